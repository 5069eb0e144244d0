//! What clients read of a tour.

use maru_rooms::form::{TermsView, clock_text, days_view};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::model::{Prices, Rule, Tour};

/// A tour as customers see it.
#[derive(Serialize, ToSchema)]
pub struct TourView {
    id: String,
    name: String,
    description: String,
    /// Where people are picked up.
    pickups: Vec<String>,
    prices: PricesView,
    currency: &'static str,
    duration_minutes: u16,
    timetable: Vec<RuleView>,
    /// Heads one booking may have.
    max_party: u16,
    min_notice_minutes: u16,
    max_ahead_days: u16,
    is_active: bool,
    zone: String,
    auto_confirm: bool,
    #[serde(flatten)]
    terms: TermsView,
    /// When it was taken off the books.
    #[serde(skip_serializing_if = "Option::is_none")]
    deleted_at: Option<String>,
    lock_version: u64,
}

/// What a head costs, in major units.
#[derive(Serialize, ToSchema)]
pub(super) struct PricesView {
    #[schema(value_type = f64)]
    adult: Value,
    #[schema(value_type = f64)]
    child: Value,
    /// On somebody's lap: takes no seat.
    #[schema(value_type = f64)]
    infant: Value,
}

/// Departures at one time of day.
#[derive(Serialize, ToSchema)]
pub(super) struct RuleView {
    /// `mon` to `sun`; none means every day.
    #[schema(required = false)]
    days: Vec<&'static str>,
    /// `09:00`
    #[schema(example = "09:00")]
    time: String,
    #[schema(minimum = 1, maximum = 500)]
    seats: u16,
    /// The first date.
    #[schema(format = Date)]
    from: Option<String>,
    /// The last date, included.
    #[schema(format = Date)]
    to: Option<String>,
}

impl From<Prices> for PricesView {
    fn from(Prices { adult, child, infant }: Prices) -> Self {
        Self { adult: adult.to_json(), child: child.to_json(), infant: infant.to_json() }
    }
}

impl From<&Rule> for RuleView {
    fn from(Rule { days, time, seats, from, to }: &Rule) -> Self {
        Self {
            days: days_view(days),
            time: clock_text(*time),
            seats: *seats,
            from: from.map(|date| date.to_string()),
            to: to.map(|date| date.to_string()),
        }
    }
}

impl From<Tour> for TourView {
    fn from(tour: Tour) -> Self {
        let Tour {
            tour_id,
            name,
            description,
            pickups,
            prices,
            duration_minutes,
            timetable,
            max_party,
            min_notice_minutes,
            max_ahead_days,
            is_active,
            zone,
            auto_confirm,
            terms,
            quota,
            deleted_at,
            shelf: _,
            created_at: _,
            updated_at: _,
            lock_version,
        } = tour;
        Self {
            id: tour_id.to_string(),
            name,
            description,
            pickups,
            currency: prices.adult.currency.code(),
            prices: PricesView::from(prices),
            duration_minutes,
            timetable: timetable.iter().map(RuleView::from).collect(),
            max_party,
            min_notice_minutes,
            max_ahead_days,
            is_active,
            zone,
            auto_confirm,
            terms: TermsView::of(&terms, quota),
            deleted_at: deleted_at.map(|at| at.to_string()),
            lock_version,
        }
    }
}
