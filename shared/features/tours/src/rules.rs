//! What a tour begins with, and what its prices must be.

use maru_kernel::{Currency, Money, Timestamp, TourId};
use maru_rooms::Terms;
use maru_rooms::form::{Form, is_payable};

use crate::model::{Prices, Shelf, Tour};

impl Tour {
    /// A tour with what a new one begins with: no name, no price and no departure, in Seoul, parties of
    /// twenty, a year ahead.
    pub fn ordinary(tour_id: TourId, now: Timestamp) -> Self {
        let nothing = Money::new(0, Currency::KRW);
        Self {
            tour_id,
            name: String::new(),
            description: String::new(),
            pickups: Vec::new(),
            prices: Prices { adult: nothing, child: nothing, infant: nothing },
            duration_minutes: 60,
            timetable: Vec::new(),
            max_party: 20,
            min_notice_minutes: 0,
            max_ahead_days: 365,
            is_active: true,
            zone: "Asia/Seoul".into(),
            auto_confirm: true,
            terms: Terms::default(),
            quota: None,
            deleted_at: None,
            shelf: Shelf::Tours,
            created_at: now,
            updated_at: now,
            lock_version: 1,
        }
    }
}

/// Each price is nothing, or can be paid by itself: a party may be one head.
pub(crate) fn check_prices(form: &mut Form, prices: Prices) {
    let Prices { adult, child, infant } = prices;
    for (price, pointer) in [(adult, "/prices/adult"), (child, "/prices/child"), (infant, "/prices/infant")] {
        if !is_payable(price) {
            let said =
                ("0원이거나 100원 이상이어야 결제할 수 있습니다.", "Must be nothing, or 100 won at least.");
            form.refuse(pointer, "below_minimum", said.0, said.1);
        }
    }
}
