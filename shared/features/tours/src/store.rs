//! Tables and rights, and the tour of a new stack.

use maru_kernel::TourId;
use maru_rooms::offers::{self, Offers};
use maru_table::{AUDITS, Action, Attr, Db, Grant, IDEMPOTENCY, IndexSpec, Key, StoreError, TableSpec};

use crate::model::{Prices, Rule, Tour};

pub(crate) const BY_SHELF: IndexSpec =
    IndexSpec { name: "by-shelf", partition: Attr::text("shelf"), sort: Attr::text("name") };

/// Tours.
pub const TOURS: TableSpec = TableSpec {
    name: "tours",
    partition: Attr::text("tour_id"),
    sort: None,
    indexes: &[BY_SHELF],
    ttl: None,
    stream: false,
};

/// The rights of whoever shows, makes and changes tours, beside those of its guard.
pub const TOUR_GRANTS: [Grant; 3] = [
    Grant { table: &TOURS, may: &[Action::GetItem, Action::BatchGetItem, Action::Query, Action::PutItem] },
    Grant { table: &IDEMPOTENCY, may: &[Action::BatchGetItem, Action::PutItem] },
    Grant { table: &AUDITS, may: &[Action::PutItem, Action::GetItem] },
];

/// The rights needed to make the local stack's tour.
pub const SEED_GRANTS: [Grant; 2] = [
    Grant { table: &TOURS, may: &[Action::PutItem] },
    Grant { table: &AUDITS, may: &[Action::PutItem, Action::GetItem] },
];

/// Tours, over one function's store.
pub type Tours = Offers<Tour>;

/// Where a tour lies.
pub fn tour_key(id: TourId) -> Key {
    Key::of(&TOURS, id)
}

/// Every tour on the books by name, at most 500. Needs `Query` and `BatchGetItem` on tours.
pub async fn all_tours(db: &Db) -> Result<Vec<Tour>, StoreError> {
    offers::all(db).await
}

/// Makes a tour for a new stack unless its id is taken: three hours in Guam, every day at 09:00 and 14:00,
/// 20 seats.
pub async fn seed_tour(db: &Db, tour_id: TourId, name: &str, prices: Prices) -> Result<(), StoreError> {
    let daily = |time| Rule { days: Vec::new(), time, seats: 20, from: None, to: None };
    let tour = Tour {
        name: name.to_owned(),
        prices,
        duration_minutes: 180,
        timetable: vec![daily(9 * 60), daily(14 * 60)],
        zone: "Pacific/Guam".into(),
        ..Tour::ordinary(tour_id, db.clock().now())
    };
    put_tour(db, &tour).await
}

/// Makes this tour unless its id is taken.
pub async fn put_tour(db: &Db, tour: &Tour) -> Result<(), StoreError> {
    offers::put(db, tour).await
}
