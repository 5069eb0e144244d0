//! What clients see.

use jiff::tz::TimeZone;
use maru_kernel::Money;
use maru_rooms::Policy;
use maru_web::instant;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::model::{Booking, Interval, Wait, Wanted, What};
use crate::rules::Refund;

/// A span of time.
#[derive(Serialize, ToSchema)]
pub(super) struct IntervalView {
    start_time: String,
    end_time: String,
}

impl IntervalView {
    pub fn new(span: Interval, zone: &TimeZone) -> Self {
        Self { start_time: instant(span.start, zone), end_time: instant(span.end, zone) }
    }
}

/// A minute of a local day as `09:00`.
pub(super) fn clock(minute: u16) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

/// A booking as its owner and staff see it.
#[derive(Serialize, ToSchema)]
pub(super) struct BookingView {
    pub id: String,
    /// `room`, `tour` or `block` (staff keep the room).
    kind: &'static str,
    pub room_id: Option<String>,
    tour_id: Option<String>,
    /// Whose; none for guests without an account.
    pub user_id: Option<String>,
    contact: Option<ContactView>,
    title: String,
    description: String,
    /// People who come to a room, if they were told.
    people: Option<u16>,
    /// The date of a tour, `2026-12-01`.
    usage_date: Option<String>,
    /// The departure of a tour, `09:00`.
    usage_time: Option<String>,
    people_adult: Option<u16>,
    people_child: Option<u16>,
    people_infant: Option<u16>,
    pickup: Option<String>,
    pub start_time: String,
    pub end_time: String,
    /// The times of a series.
    times: Option<Vec<IntervalView>>,
    zone: String,
    status: &'static str,
    /// Major units.
    #[schema(value_type = f64)]
    amount: Value,
    currency: &'static str,
    /// What was paid, major units.
    #[schema(value_type = f64)]
    paid_amount: Value,
    /// Whether nothing is owed.
    is_paid: bool,
    /// What is to be paid back after its cancellation, major units.
    #[schema(value_type = Option<f64>)]
    refund_amount: Value,
    #[schema(value_type = Object)]
    cancellation_policy: Value,
    /// When an unpaid hold ends.
    expires_at: Option<String>,
    order_id: Option<String>,
    checked_in_at: Option<String>,
    cancelled_at: Option<String>,
    pub created_at: String,
    updated_at: String,
    lock_version: u64,
}

/// Whom to reach.
#[derive(Serialize, ToSchema)]
struct ContactView {
    name: String,
    email: Option<String>,
    phone: Option<String>,
}

impl From<Booking> for BookingView {
    fn from(booking: Booking) -> Self {
        let (expires_at, is_paid) = (booking.expires_at(), booking.is_settled());
        let Booking {
            booking_id,
            what,
            user_id,
            contact,
            title,
            description,
            heads,
            start_time,
            end_time,
            times,
            zone,
            status,
            price,
            paid,
            paid_by: _,
            terms,
            counted: _,
            places: _,
            order_id,
            hold_until: _,
            hold_limit: _,
            due: _,
            due_at: _,
            reminded: _,
            checked_in_at,
            cancelled,
            sequence: _,
            hidden: _,
            created_at,
            updated_at,
            lock_version,
        } = booking;
        let named = zone;
        let zone = TimeZone::get(&named).unwrap_or(TimeZone::UTC);
        let (kind, room_id, departure) = match what {
            What::Room(room) => ("room", Some(room.to_string()), None),
            What::Block(room) => ("block", Some(room.to_string()), None),
            What::Tour(departure) => ("tour", None, Some(departure)),
        };
        let party = departure.as_ref().map(|departure| departure.party);
        let money = |money: Option<Money>| money.map_or(Value::Null, Money::to_json);
        let refund = cancelled.as_ref().and_then(|cancelled| cancelled.refund);
        Self {
            id: booking_id.to_string(),
            kind,
            room_id,
            tour_id: departure.as_ref().map(|departure| departure.tour_id.to_string()),
            user_id: user_id.map(|user| user.to_string()),
            contact: contact.map(|contact| ContactView {
                name: contact.name,
                email: contact.email.map(|email| email.as_str().to_owned()),
                phone: contact.phone.map(|phone| phone.as_str().to_owned()),
            }),
            title,
            description,
            people: heads,
            usage_date: departure.as_ref().map(|departure| departure.date.to_string()),
            usage_time: departure.as_ref().map(|departure| clock(departure.time)),
            people_adult: party.map(|party| party.adults),
            people_child: party.map(|party| party.children),
            people_infant: party.map(|party| party.infants),
            pickup: departure.and_then(|departure| departure.pickup),
            start_time: instant(start_time, &zone),
            end_time: instant(end_time, &zone),
            times: (!times.is_empty())
                .then(|| times.iter().map(|time| IntervalView::new(*time, &zone)).collect()),
            status: status.as_str(),
            amount: price.to_json(),
            currency: price.currency.code(),
            paid_amount: paid.unwrap_or(Money { minor: 0, ..price }).to_json(),
            is_paid,
            refund_amount: money(refund),
            cancellation_policy: policy(&terms.policy),
            expires_at: expires_at.map(|at| instant(at, &zone)),
            order_id: order_id.map(|id| id.to_string()),
            checked_in_at: checked_in_at.map(|at| instant(at, &zone)),
            cancelled_at: cancelled.map(|cancelled| instant(cancelled.at, &zone)),
            created_at: instant(created_at, &zone),
            updated_at: instant(updated_at, &zone),
            zone: named,
            lock_version,
        }
    }
}

fn policy(policy: &Policy) -> Value {
    serde_json::to_value(policy).unwrap_or_default()
}

/// What a cancellation now would mean.
#[derive(Serialize, ToSchema)]
pub(super) struct PreviewView {
    /// Whether it can be cancelled now.
    pub possible: bool,
    pub status: &'static str,
    /// What was paid, major units.
    #[schema(value_type = f64)]
    pub paid_amount: Value,
    /// What would be paid back, major units.
    #[schema(value_type = f64)]
    pub refund_amount: Value,
    pub currency: &'static str,
    /// Which rule decides: `free_until`, `staged`, `academy`.
    pub rule: &'static str,
    #[schema(value_type = Object)]
    pub cancellation_policy: Value,
}

impl PreviewView {
    pub fn new(booking: &Booking, possible: bool, refund: Refund) -> Self {
        let paid = booking.paid.unwrap_or(Money { minor: 0, ..booking.price });
        Self {
            possible,
            status: booking.status.as_str(),
            paid_amount: paid.to_json(),
            refund_amount: refund.amount.to_json(),
            currency: paid.currency.code(),
            rule: refund.rule,
            cancellation_policy: policy(&booking.terms.policy),
        }
    }
}

/// A place in a waiting line.
#[derive(Serialize, ToSchema)]
pub(super) struct WaitView {
    id: String,
    /// `room` or `tour`.
    kind: &'static str,
    resource_id: String,
    date: String,
    start_time: Option<String>,
    end_time: Option<String>,
    usage_time: Option<String>,
    title: String,
    /// `waiting`, `offered` (a hold is yours: see `booking_id`) or `left`.
    status: &'static str,
    booking_id: Option<String>,
    created_at: String,
    lock_version: u64,
}

impl From<Wait> for WaitView {
    fn from(wait: Wait) -> Self {
        let Wait {
            wait_id,
            user_id: _,
            resource,
            date,
            wanted,
            title,
            description: _,
            heads: _,
            status,
            booking_id,
            open: _,
            zone,
            until: _,
            created_at,
            updated_at: _,
            lock_version,
        } = wait;
        let zone = TimeZone::get(&zone).unwrap_or(TimeZone::UTC);
        let (hours, usage_time) = match wanted {
            Wanted::Hours(hours) => (Some(IntervalView::new(hours, &zone)), None),
            Wanted::Seats { time, party: _, pickup: _ } => (None, Some(clock(time))),
        };
        let kind = match resource {
            crate::model::Resource::Room(_) => "room",
            crate::model::Resource::Tour(_) => "tour",
        };
        let (start_time, end_time) = hours.map(|hours| (hours.start_time, hours.end_time)).unzip();
        Self {
            id: wait_id.to_string(),
            kind,
            resource_id: resource.to_string(),
            date: date.to_string(),
            start_time,
            end_time,
            usage_time,
            title,
            status: status.as_str(),
            booking_id: booking_id.map(|id| id.to_string()),
            created_at: instant(created_at, &zone),
            lock_version,
        }
    }
}

/// Times left out of a series, and why.
pub(super) fn skipped(all: &[crate::service::Skipped], zone: &TimeZone) -> Value {
    let told = |skipped: &crate::service::Skipped| {
        json!({
            "start_time": instant(skipped.time.start, zone),
            "end_time": instant(skipped.time.end, zone),
            "code": skipped.code,
        })
    };
    all.iter().map(told).collect()
}
