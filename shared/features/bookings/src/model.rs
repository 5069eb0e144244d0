//! The words: bookings, their statuses and the moves between them.

use jiff::civil::Date;
use maru_kernel::{BookingId, Money, OrderId, RoomId, Timestamp, UserId};
use maru_table::{Record, TableSpec};
use serde::{Deserialize, Serialize};

use crate::store::BOOKINGS;

/// Where a booking stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Has its slots until `expires_at`; waits for payment.
    Held,
    /// Firm; waits for staff.
    Pending,
    /// Firm; a payment is under way or unknown.
    Paying,
    /// Firm.
    Confirmed,
    /// Firm; it took place.
    Completed,
    /// Freed on request.
    Cancelled,
    /// A hold whose time ran out.
    Expired,
    /// Nobody came.
    NoShow,
}

impl Status {
    /// The name clients know.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Pending => "pending",
            Self::Paying => "paying",
            Self::Confirmed => "confirmed",
            Self::Completed => "completed",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
            Self::NoShow => "no_show",
        }
    }

    /// Whether its slots can be had by nobody else, whatever the clock says.
    pub const fn is_firm(self) -> bool {
        matches!(self, Self::Pending | Self::Paying | Self::Confirmed | Self::Completed)
    }

    /// The statuses it may move to. An illegal move cannot be written: [`Booking::moved`] refuses it.
    pub const fn next(self) -> &'static [Self] {
        match self {
            Self::Held => &[Self::Paying, Self::Confirmed, Self::Cancelled, Self::Expired],
            Self::Pending => &[Self::Confirmed, Self::Cancelled],
            Self::Paying => &[Self::Confirmed, Self::Held, Self::Expired],
            Self::Confirmed => &[Self::Completed, Self::NoShow, Self::Cancelled],
            Self::Completed | Self::Cancelled | Self::Expired | Self::NoShow => &[],
        }
    }
}

/// Where a booking stands in the ledger: its number on one local day, and its slots there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The local day.
    pub day: Date,
    /// Its number among the day's reservations.
    pub number: u32,
    /// First slot.
    pub from: u16,
    /// One behind the last slot.
    pub to: u16,
}

/// Marks a hold for the index the sweeper reads; absent on anything else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HoldMark {
    /// It has an end.
    Held,
}

/// A booking.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Booking {
    /// Its id.
    pub booking_id: BookingId,
    /// The room.
    pub room_id: RoomId,
    /// Whose.
    pub user_id: UserId,
    /// What for, in a line.
    pub title: String,
    /// What for, in more.
    pub description: String,
    /// From, included.
    pub start_time: Timestamp,
    /// To, not included.
    pub end_time: Timestamp,
    /// The room's zone when it was booked.
    pub zone: String,
    /// Where it stands.
    pub status: Status,
    /// What it costs, decided when it was booked.
    pub price: Money,
    /// Where it stands in the ledger; empty once freed.
    pub places: Vec<Place>,
    /// The order that pays it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_id: Option<OrderId>,
    /// Set on holds only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold: Option<HoldMark>,
    /// When the hold ends (epoch seconds). Set on holds only: a firm booking has no end a tidier could
    /// read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold_until: Option<i64>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Version.
    pub lock_version: u64,
}

impl Booking {
    /// The booking in another status, if that move is legal. The mark and end of a hold go with it.
    pub fn moved(&self, to: Status, now: Timestamp, hold_until: Option<i64>) -> Option<Self> {
        if !self.status.next().contains(&to) || (to == Status::Held) != hold_until.is_some() {
            return None;
        }
        let hold = hold_until.map(|_| HoldMark::Held);
        Some(Self { status: to, hold, hold_until, updated_at: now, ..self.clone() })
    }

    /// When the hold ends.
    pub fn expires_at(&self) -> Option<Timestamp> {
        self.hold_until.and_then(|second| Timestamp::from_second(second).ok())
    }
}

impl Record for Booking {
    const TABLE: &'static TableSpec = &BOOKINGS;
    const KIND: &'static str = "booking";
    const PERSONAL: &'static [&'static str] = &["title", "description"];

    maru_table::record_fields! { id: booking_id, person: user_id }
}
