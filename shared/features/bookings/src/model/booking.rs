//! A booking.

use jiff::Timestamp;
use jiff::civil::Date;
use maru_kernel::{BookingId, Email, Money, OrderId, Phone, RoomId, TourId, UserId};
use maru_rooms::{Period, Terms};
use maru_table::{Record, TableSpec};
use maru_tours::Party;
use serde::{Deserialize, Serialize};

use super::{Due, Interval, Place, Resource, Status, due};
use crate::store::BOOKINGS;

/// What is booked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// Hours of a room.
    Room(RoomId),
    /// Seats of a tour's departure.
    Tour(Departure),
    /// Nobody's hours: staff keep a room for themselves.
    Block(RoomId),
}

/// Seats of a departure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Departure {
    /// The tour.
    pub tour_id: TourId,
    /// The local date.
    pub date: Date,
    /// The minute of that day.
    pub time: u16,
    /// Who comes.
    pub party: Party,
    /// Where they are picked up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pickup: Option<String>,
}

/// Whom to reach about a booking, where that is not its account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// Their name.
    pub name: String,
    /// Their address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<Email>,
    /// Their phone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<Phone>,
}

/// What became of a cancelled booking, and what it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cancellation {
    /// When.
    pub at: Timestamp,
    /// What it is restored to.
    pub from: Status,
    /// What is to be paid back, by the terms it was booked on; absent where nothing was paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refund: Option<Money>,
    /// Whether payments have taken that over: from then on it is theirs to pay back.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub handed_over: bool,
}

/// A booking.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Booking {
    /// Its id.
    pub booking_id: BookingId,
    /// What is booked.
    pub what: What,
    /// Whose; absent for guests without an account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<UserId>,
    /// Whom to reach, where that is not the account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<Contact>,
    /// What for, in a line.
    pub title: String,
    /// What for, in more.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Heads that come to a room, where they were told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heads: Option<u16>,
    /// From, included; of a series, its first time.
    pub start_time: Timestamp,
    /// To, not included; of a series, the end of its last time.
    pub end_time: Timestamp,
    /// The times of a series, in order; empty where there is one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub times: Vec<Interval>,
    /// The zone it was booked in.
    pub zone: String,
    /// Where it stands.
    pub status: Status,
    /// What it costs, decided when it was booked.
    pub price: Money,
    /// What was paid for it and not paid back after a cancellation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paid: Option<Money>,
    /// The orders that paid it, the latest last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub paid_by: Vec<OrderId>,
    /// The terms it was booked on.
    pub terms: Terms,
    /// What its quota is counted in, where it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counted: Option<Period>,
    /// Where it stands in the ledger; empty while it occupies nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub places: Vec<Place>,
    /// The order that pays it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_id: Option<OrderId>,
    /// When the hold ends (epoch seconds). Set on holds only: a firm booking has no end a tidier could read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold_until: Option<i64>,
    /// Beyond this no hold of it lasts, however often it is renewed (epoch seconds).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold_limit: Option<i64>,
    /// What a worker looks at next, and
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Due>,
    /// when (epoch seconds).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_at: Option<i64>,
    /// The start its last reminder was about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reminded: Option<Timestamp>,
    /// When they came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checked_in_at: Option<Timestamp>,
    /// How it was cancelled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancelled: Option<Cancellation>,
    /// How often its times changed, as calendars count it.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub sequence: u32,
    /// Whether it is hidden from everybody.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub hidden: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Version.
    pub lock_version: u64,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands references")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

impl What {
    /// What has the days it is on.
    pub fn resource(&self) -> Resource {
        match self {
            Self::Room(id) | Self::Block(id) => Resource::Room(*id),
            Self::Tour(departure) => Resource::Tour(departure.tour_id),
        }
    }
}

impl Booking {
    /// The booking in another status, if that move is legal. The end of a hold goes with it.
    pub fn moved(&self, to: Status, now: Timestamp, hold_until: Option<i64>) -> Option<Self> {
        if !self.status.next().contains(&to) || (to == Status::Held) != hold_until.is_some() {
            return None;
        }
        // Calendars take a new status from a new revision only (RFC 5546, 2.1.4).
        let sequence = self.sequence + u32::from(self.status.in_calendars() != to.in_calendars());
        Some(Self { status: to, hold_until, sequence, ..self.clone() }.touched(now))
    }

    /// The booking as changed at `now`, with what is due next.
    #[must_use]
    pub fn touched(self, now: Timestamp) -> Self {
        let next = due::next(&self, now);
        Self { due: next.map(|due| due.0), due_at: next.map(|due| due.1), updated_at: now, ..self }
    }

    /// The booking with its reminder still to come, where its new time is far enough for one.
    #[must_use]
    pub fn to_be_reminded(self, now: Timestamp) -> Self {
        Self { reminded: due::told_by_news(&self, now), ..self }
    }

    /// What still has to be paid for it.
    pub fn owed(&self) -> Money {
        let paid = self.paid.map_or(0, |paid| paid.minor);
        Money { minor: self.price.minor.saturating_sub(paid).max(0), ..self.price }
    }

    /// What is to be paid back and nobody has taken over yet, and since when.
    pub fn refund_owed(&self) -> Option<(Money, Timestamp)> {
        let cancelled = self.cancelled.as_ref().filter(|cancelled| !cancelled.handed_over)?;
        let refund = cancelled.refund.filter(|refund| !refund.is_zero())?;
        Some((refund, cancelled.at))
    }

    /// Its times.
    pub fn intervals(&self) -> Vec<Interval> {
        if self.times.is_empty() {
            vec![Interval { start: self.start_time, end: self.end_time }]
        } else {
            self.times.clone()
        }
    }

    /// When the hold ends.
    pub fn expires_at(&self) -> Option<Timestamp> {
        self.hold_until.and_then(|second| Timestamp::from_second(second).ok())
    }

    /// Whether nothing is owed for it.
    pub fn is_settled(&self) -> bool {
        self.owed().is_zero()
    }

    /// Whether it is a hold whose end has come.
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.status == Status::Held && self.hold_until.is_some_and(|until| until <= now.as_second())
    }
}

impl Record for Booking {
    const TABLE: &'static TableSpec = &BOOKINGS;
    const KIND: &'static str = "booking";
    const PERSONAL: &'static [&'static str] = &["title", "description", "contact"];

    maru_table::record_fields! { id: booking_id }

    fn person(&self) -> Option<UserId> {
        self.user_id
    }
}
