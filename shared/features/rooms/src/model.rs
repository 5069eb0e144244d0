//! The words: rooms.

use maru_kernel::{Money, RoomId, Timestamp};
use maru_table::{Record, TableSpec};
use serde::{Deserialize, Serialize};

use crate::store::ROOMS;

/// A room.
#[derive(Debug, Clone, Serialize, Deserialize)]
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
    /// Whether it can be booked and seen.
    pub is_active: bool,
    /// IANA zone its hours are in.
    pub zone: String,
    /// Minutes after local midnight when it opens.
    pub opens: u16,
    /// Minutes after local midnight when it closes; 1440 is midnight.
    pub closes: u16,
    /// Minutes of a slot: 15 or a multiple that divides a day.
    pub slot_minutes: u16,
    /// Shortest booking.
    pub min_minutes: u16,
    /// Longest booking.
    pub max_minutes: u16,
    /// Days ahead it can be booked.
    pub max_ahead_days: u16,
    /// Whether a free or paid booking is confirmed without staff.
    pub auto_confirm: bool,
    /// Where the index finds all rooms.
    pub shelf: Shelf,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Version.
    pub lock_version: u64,
}

/// The one shelf: a business has few rooms, so one index partition holds them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shelf {
    /// All rooms.
    Rooms,
}

impl Record for Room {
    const TABLE: &'static TableSpec = &ROOMS;
    const KIND: &'static str = "room";

    maru_table::record_fields! { id: room_id }
}
