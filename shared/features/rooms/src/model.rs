//! The words: rooms.

use jiff::Timestamp;
use jiff::civil::DateTime;
use maru_kernel::{Money, RoomId};
use maru_table::{Record, TableSpec};
use serde::{Deserialize, Serialize};

use crate::hours::Hours;
use crate::store::ROOMS;
use crate::terms::{Peak, Quota, Terms};

/// A room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Room {
    /// Its id.
    pub room_id: RoomId,
    /// What the front desk calls it.
    pub name: String,
    /// Seats.
    pub capacity: u32,
    /// For customers.
    pub description: String,
    /// Price an hour; zero is free of charge.
    pub hourly_rate: Money,
    /// Other prices at certain hours; the first that fits counts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub peaks: Vec<Peak>,
    /// Whether it can be booked and seen.
    pub is_active: bool,
    /// IANA zone its hours are in. Never changes: the ledger counts slots in it.
    pub zone: String,
    /// When it is open.
    pub hours: Hours,
    /// Minutes of a slot: 15 or a multiple that divides a day. Never changes.
    pub slot_minutes: u16,
    /// Minutes kept free before each booking, whole slots.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub buffer_before: u16,
    /// Minutes kept free behind each booking, whole slots.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub buffer_after: u16,
    /// Shortest booking.
    pub min_minutes: u16,
    /// Longest booking.
    pub max_minutes: u16,
    /// Minutes before the start when it can be booked last.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub min_notice_minutes: u16,
    /// Days ahead it can be booked.
    pub max_ahead_days: u16,
    /// Whether a free or paid booking is confirmed without staff.
    pub auto_confirm: bool,
    /// Whether its ledger has an item a slot instead of one a day: for openings many wait for. Never changes.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub rush: bool,
    /// What it is booked on.
    pub terms: Terms,
    /// How much one person may have of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quota: Option<Quota>,
    /// When it was taken off the books.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<Timestamp>,
    /// Where the index finds all rooms.
    pub shelf: Shelf,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Version.
    pub lock_version: u64,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands references")]
fn is_zero(minutes: &u16) -> bool {
    *minutes == 0
}

/// The one shelf: a business has few rooms, so one index partition holds them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shelf {
    /// All rooms.
    Rooms,
}

impl Room {
    /// Whether customers can see and book it.
    pub fn is_open(&self) -> bool {
        self.is_active && self.deleted_at.is_none()
    }

    /// The price an hour at a local time.
    pub fn rate_at(&self, local: DateTime) -> Money {
        let day = u8::try_from(local.weekday().to_monday_one_offset()).unwrap_or(0);
        let minute = u16::try_from(i32::from(local.hour()) * 60 + i32::from(local.minute())).unwrap_or(0);
        let peak = self.peaks.iter().find(|p| p.days.contains(&day) && (p.from..p.to).contains(&minute));
        peak.map_or(self.hourly_rate, |peak| peak.hourly_rate)
    }

    /// The highest price an hour.
    pub fn top_rate(&self) -> Money {
        let rates = self.peaks.iter().map(|peak| peak.hourly_rate);
        rates.fold(self.hourly_rate, |top, rate| if rate.minor > top.minor { rate } else { top })
    }
}

impl Record for Room {
    const TABLE: &'static TableSpec = &ROOMS;
    const KIND: &'static str = "room";

    maru_table::record_fields! { id: room_id }
}
