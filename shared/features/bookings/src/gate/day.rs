//! A day of a resource, as read.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use maru_kernel::{BookingId, WaitId};
use serde::{Deserialize, Serialize};

use super::ledger::Cell;
use crate::model::Share;

/// One reservation of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reservation {
    /// The booking.
    #[serde(rename = "b")]
    pub booking: BookingId,
    /// When it stops counting unless paid (epoch seconds); absent on firm ones.
    #[serde(rename = "e", default, skip_serializing_if = "Option::is_none")]
    pub until: Option<i64>,
    /// The departure its seats are of.
    #[serde(rename = "t", default, skip_serializing_if = "Option::is_none")]
    pub at: Option<u16>,
    /// Its seats.
    #[serde(rename = "n", default, skip_serializing_if = "is_zero")]
    pub seats: u16,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands references")]
fn is_zero(seats: &u16) -> bool {
    *seats == 0
}

impl Reservation {
    /// Whether the next writer may evict it.
    pub fn is_over(&self, now: i64) -> bool {
        self.until.is_some_and(|until| until <= now)
    }
}

/// Somebody in the waiting line, and what of the day they want.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// Who.
    #[serde(rename = "i")]
    pub id: WaitId,
    /// What.
    #[serde(rename = "s")]
    pub share: Share,
}

/// A resource's local day (or one slot of it).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Day {
    /// Where it lies.
    pub cell: Cell,
    /// Raised by every write; 0 where there is no item yet.
    pub version: u64,
    /// The number the next reservation gets.
    pub next: u32,
    /// Reservations by number.
    pub reservations: BTreeMap<u32, Reservation>,
    /// Slot → number of its reservation.
    pub slots: BTreeMap<u16, u32>,
    /// Departure → seats taken, those of holds that are over included.
    pub taken: BTreeMap<u16, u16>,
    /// Departure → its own seats, where they differ from the timetable's. None at all: it is cancelled.
    pub own_seats: BTreeMap<u16, u16>,
    /// The line, first come first.
    pub line: Vec<Waiting>,
    /// Why staff closed the day, if they did.
    pub closed: Option<String>,
}

impl Day {
    /// Whether a slot is taken by nobody at `now`: not counting the line, or a closure.
    fn is_vacant(&self, slot: u16, now: i64) -> bool {
        match self.slots.get(&slot) {
            None => true,
            Some(number) => self.reservations.get(number).is_some_and(|r| r.is_over(now)),
        }
    }

    /// Seats of a departure that are taken by somebody at `now`.
    pub fn seats_taken(&self, at: u16, now: i64) -> u16 {
        let live = self.reservations.values().filter(|r| r.at == Some(at) && !r.is_over(now));
        live.fold(0, |sum, r| sum.saturating_add(r.seats))
    }

    /// Slots that somebody in line, before `before`, could have now: theirs, not others'.
    pub fn claimed_slots(&self, now: i64, before: Option<WaitId>) -> BTreeSet<u16> {
        let mut claimed = BTreeSet::new();
        for waiting in self.line.iter().take_while(|waiting| Some(waiting.id) != before) {
            let Share::Slots { from, to } = waiting.share else { continue };
            if (from..to).all(|slot| self.is_vacant(slot, now) && !claimed.contains(&slot)) {
                claimed.extend(from..to);
            }
        }
        claimed
    }

    /// Seats of a departure with `capacity` seats that somebody in line, before `before`, could have now.
    pub fn claimed_seats(&self, at: u16, capacity: u16, now: i64, before: Option<WaitId>) -> u16 {
        let mut left = capacity.saturating_sub(self.seats_taken(at, now));
        let mut claimed = 0_u16;
        for waiting in self.line.iter().take_while(|waiting| Some(waiting.id) != before) {
            match waiting.share {
                Share::Seats { at: wanted, n } if wanted == at && n <= left => {
                    left -= n;
                    claimed = claimed.saturating_add(n);
                }
                Share::Seats { .. } | Share::Slots { .. } => {}
            }
        }
        claimed
    }

    /// Seats of a departure with `capacity` seats that can be had at `now`: not taken, and not what somebody
    /// in line, before `before`, could have.
    pub fn seats_left(&self, at: u16, capacity: u16, now: i64, before: Option<WaitId>) -> u16 {
        let claimed = self.claimed_seats(at, capacity, now, before);
        let left = capacity.saturating_sub(self.seats_taken(at, now)).saturating_sub(claimed);
        if self.closed.is_some() { 0 } else { left }
    }

    /// Whether all of these slots can be had at `now` by somebody in line, or by whoever walks in.
    pub fn are_free(&self, slots: Range<u16>, now: i64, line: Option<WaitId>) -> bool {
        self.are_free_but_for(slots, now, &self.claimed_slots(now, line))
    }

    /// Whether all of these slots can be had at `now` by whom these claims do not keep out.
    pub fn are_free_but_for(&self, mut slots: Range<u16>, now: i64, claimed: &BTreeSet<u16>) -> bool {
        self.closed.is_none() && slots.all(|slot| self.is_vacant(slot, now) && !claimed.contains(&slot))
    }

    /// The slots that can be had by whoever walks in at `now`.
    pub fn free_slots(&self, count: u16, now: i64) -> Vec<bool> {
        let claimed = self.claimed_slots(now, None);
        (0..count).map(|slot| self.are_free_but_for(slot..slot + 1, now, &claimed)).collect()
    }

    /// Who has any of these slots at `now`.
    pub fn holders(&self, mut slots: Range<u16>, now: i64) -> BTreeSet<BookingId> {
        let mut found = BTreeSet::new();
        slots.by_ref().for_each(|slot| {
            let holder = self.slots.get(&slot).and_then(|number| self.reservations.get(number));
            found.extend(holder.filter(|r| !r.is_over(now)).map(|r| r.booking));
        });
        found
    }
}
