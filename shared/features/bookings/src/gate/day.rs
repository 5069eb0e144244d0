//! A day of a room, as read.

use std::collections::BTreeMap;

use jiff::civil::Date;
use maru_kernel::{BookingId, RoomId};
use maru_table::{AttributeValue, Item, Key};
use serde::{Deserialize, Serialize};

use crate::store::LEDGER;

/// One reservation of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reservation {
    /// The booking.
    #[serde(rename = "b")]
    pub booking: BookingId,
    /// When it stops counting unless paid (epoch seconds); absent on firm ones.
    #[serde(rename = "e", default, skip_serializing_if = "Option::is_none")]
    pub until: Option<i64>,
}

impl Reservation {
    /// Whether the next writer may evict it.
    pub fn is_over(&self, now: i64) -> bool {
        self.until.is_some_and(|until| until <= now)
    }
}

/// A room's local day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Day {
    /// The room.
    pub room: RoomId,
    /// The local date.
    pub date: Date,
    /// Raised by every write; 0 where there is no item yet.
    pub version: u64,
    /// The number the next reservation gets.
    pub next: u32,
    /// Reservations by number.
    pub reservations: BTreeMap<u32, Reservation>,
    /// Slot → number of its reservation.
    pub slots: BTreeMap<u16, u32>,
    /// Whether staff closed the day.
    pub closed: bool,
}

impl Day {
    /// Where a day lies.
    pub fn key(room: RoomId, date: Date) -> Key {
        Key::of(&LEDGER, format!("{room}#{date}"))
    }

    /// The day from its item; without one, an empty day.
    pub fn read(room: RoomId, date: Date, item: Option<Item>) -> Self {
        let item = item.unwrap_or_default();
        let number =
            |name: &str| item.get(name).and_then(|v| v.as_n().ok()).and_then(|n| n.parse::<u64>().ok());
        let reservations: BTreeMap<String, Reservation> = item
            .get("r")
            .and_then(|v| serde_dynamo::from_attribute_value(v.clone()).ok())
            .unwrap_or_default();
        let slots = item.iter().filter_map(|(name, value)| {
            let slot = name.strip_prefix('s')?.parse().ok()?;
            Some((slot, value.as_n().ok()?.parse().ok()?))
        });
        Self {
            room,
            date,
            version: number("v").unwrap_or(0),
            next: number("n").and_then(|n| u32::try_from(n).ok()).unwrap_or(1),
            reservations: reservations.into_iter().filter_map(|(n, r)| Some((n.parse().ok()?, r))).collect(),
            slots: slots.collect(),
            closed: item.get("closed").is_some_and(|v| !matches!(v, AttributeValue::Null(_))),
        }
    }

    /// Whether a slot can be had at `now`.
    pub fn is_free(&self, slot: u16, now: i64) -> bool {
        if self.closed {
            return false;
        }
        match self.slots.get(&slot) {
            None => true,
            Some(number) => self.reservations.get(number).is_some_and(|r| r.is_over(now)),
        }
    }
}
