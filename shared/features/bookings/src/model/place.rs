//! What is occupied: spans of time, resources, and places in the ledger.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::Date;
use maru_kernel::{RoomId, TourId};
use serde::{Deserialize, Serialize};

/// A span of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Interval {
    /// Included.
    #[serde(rename = "f")]
    pub start: Timestamp,
    /// Not included.
    #[serde(rename = "t")]
    pub end: Timestamp,
}

impl Interval {
    /// Its length in minutes.
    pub fn minutes(self) -> i64 {
        self.end.duration_since(self.start).as_mins()
    }

    /// Whether the two have an instant in common.
    pub fn overlaps(self, other: Self) -> bool {
        self.start < other.end && other.start < self.end
    }
}

/// What has days in the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Resource {
    /// A room: its days have slots.
    Room(RoomId),
    /// A tour: its days have departures with seats.
    Tour(TourId),
}

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Room(id) => id.fmt(f),
            Self::Tour(id) => id.fmt(f),
        }
    }
}

/// The part of a ledger item somebody has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Share {
    /// Consecutive slots.
    Slots {
        /// The first.
        from: u16,
        /// One behind the last.
        to: u16,
    },
    /// Seats of a departure.
    Seats {
        /// Its minute of the local day.
        at: u16,
        /// How many.
        n: u16,
    },
}

/// Where a booking stands in the ledger: its number in one item, and its part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The local day.
    #[serde(rename = "d")]
    pub day: Date,
    /// The item's one slot, where the resource has an item a slot.
    #[serde(rename = "c", default, skip_serializing_if = "Option::is_none")]
    pub cell: Option<u16>,
    /// Its number among the item's reservations.
    #[serde(rename = "n")]
    pub number: u32,
    /// Its part.
    #[serde(rename = "s")]
    pub share: Share,
}
