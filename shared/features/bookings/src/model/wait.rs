//! Somebody who waits for hours or seats that are taken.

use jiff::Timestamp;
use jiff::civil::Date;
use maru_kernel::{BookingId, UserId, WaitId};
use maru_table::{Record, TableSpec};
use maru_tours::Party;
use serde::{Deserialize, Serialize};

use super::{Interval, Resource};
use crate::store::WAITS;

/// Where somebody stands who waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WaitStatus {
    /// In the line.
    Waiting,
    /// Has a hold; the line goes on behind them.
    Offered,
    /// Left the line, or nothing came up in time.
    Left,
}

impl WaitStatus {
    /// The name clients know.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Offered => "offered",
            Self::Left => "left",
        }
    }
}

/// What they wait for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wanted {
    /// Hours of a room.
    Hours(Interval),
    /// Seats of a departure: its minute of the day, and who comes.
    Seats {
        /// The minute of the day.
        time: u16,
        /// Who comes.
        party: Party,
        /// Where they are picked up.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pickup: Option<String>,
    },
}

/// A place in the waiting line of a day.
#[allow(clippy::struct_field_names, reason = "ids are named by what they are of")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wait {
    /// Its id.
    pub wait_id: WaitId,
    /// Whose.
    pub user_id: UserId,
    /// For what.
    pub resource: Resource,
    /// The local day.
    pub date: Date,
    /// Which hours or seats.
    pub wanted: Wanted,
    /// What for, in a line.
    pub title: String,
    /// What for, in more.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Heads that come to a room, where they were told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heads: Option<u16>,
    /// Where it stands.
    pub status: WaitStatus,
    /// The hold they were given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub booking_id: Option<BookingId>,
    /// Set while waiting, for the index the workers read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open: Option<WaitStatus>,
    /// The zone its hours are told in.
    pub zone: String,
    /// When it is pointless (epoch seconds).
    pub until: i64,
    /// When they joined.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Version.
    pub lock_version: u64,
}

impl Wait {
    /// The place in another status.
    #[must_use]
    pub fn moved(&self, status: WaitStatus, booking: Option<BookingId>, now: Timestamp) -> Self {
        let open = (status == WaitStatus::Waiting).then_some(status);
        Self { status, open, booking_id: booking, updated_at: now, ..self.clone() }
    }
}

impl Record for Wait {
    const TABLE: &'static TableSpec = &WAITS;
    const KIND: &'static str = "wait";
    const PERSONAL: &'static [&'static str] = &["title", "description"];

    maru_table::record_fields! { id: wait_id, person: user_id }
}
