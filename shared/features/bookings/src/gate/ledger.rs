//! The days one booking touches, together.

use std::collections::BTreeMap;

use jiff::civil::Date;
use maru_kernel::{BookingId, WaitId};
use maru_table::{Change, Db, Found, Key, StoreError};

use super::{Clash, Day, Edit, Taker};
use crate::grid::Span;
use crate::model::{Booking, Place, Resource, Share};
use crate::store::LEDGER;

/// Where an item of the ledger lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cell {
    /// The resource.
    pub resource: Resource,
    /// The local date.
    pub date: Date,
    /// The one slot, where the resource has an item a slot.
    pub slot: Option<u16>,
}

impl Cell {
    /// A whole day.
    pub fn day(resource: Resource, date: Date) -> Self {
        Self { resource, date, slot: None }
    }

    /// Its key.
    pub fn key(self) -> Key {
        let Self { resource, date, slot } = self;
        match slot {
            Some(slot) => Key::of(&LEDGER, format!("{resource}#{date}#{slot}")),
            None => Key::of(&LEDGER, format!("{resource}#{date}")),
        }
    }

    fn of(resource: Resource, place: &Place) -> Self {
        Self { resource, date: place.day, slot: place.cell }
    }
}

/// What somebody wants of a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// Slots of a room, buffers included; in an item a slot where the room is opened to a rush.
    Slots {
        /// The room.
        resource: Resource,
        /// Day by day.
        spans: Vec<Span>,
        /// Whether there is an item a slot.
        rush: bool,
    },
    /// Seats of a tour's departure.
    Seats {
        /// The tour.
        resource: Resource,
        /// The local date.
        date: Date,
        /// The minute of the day.
        at: u16,
        /// How many.
        seats: u16,
        /// The timetable's seats; `None` where it has no such departure.
        offered: Option<u16>,
    },
}

impl Claim {
    /// What it is of.
    pub fn resource(&self) -> Resource {
        match self {
            Self::Slots { resource, .. } | Self::Seats { resource, .. } => *resource,
        }
    }

    /// Its part of its one item; `None` where it touches several.
    pub fn share(&self) -> Option<Share> {
        match self {
            Self::Slots { spans, rush: false, .. } => match spans.as_slice() {
                [span] => Some(Share::Slots { from: span.from, to: span.to }),
                _ => None,
            },
            Self::Slots { rush: true, .. } => None,
            Self::Seats { at, seats, .. } => Some(Share::Seats { at: *at, n: *seats }),
        }
    }

    /// The items it touches.
    pub fn cells(&self) -> Vec<Cell> {
        match self {
            Self::Slots { resource, spans, rush: false } => {
                spans.iter().map(|span| Cell::day(*resource, span.day)).collect()
            }
            Self::Slots { resource, spans, rush: true } => {
                let slots = spans.iter().flat_map(|span| (span.from..span.to).map(|slot| (span.day, slot)));
                slots.map(|(date, slot)| Cell { resource: *resource, date, slot: Some(slot) }).collect()
            }
            Self::Seats { resource, date, .. } => vec![Cell::day(*resource, *date)],
        }
    }
}

/// Days as read, and what is done to them.
#[derive(Debug, Clone, Default)]
pub struct Ledger(BTreeMap<Cell, Edit>);

impl Ledger {
    /// Reads the items a claim touches and those a booking stands on.
    pub async fn open(db: &Db, cells: impl IntoIterator<Item = Cell>) -> Result<Self, StoreError> {
        let mut ledger = Self::default();
        ledger.read(db, cells).await?;
        Ok(ledger)
    }

    /// Reads what of these is not there yet.
    pub async fn read(&mut self, db: &Db, cells: impl IntoIterator<Item = Cell>) -> Result<(), StoreError> {
        let missing: Vec<Cell> = cells.into_iter().filter(|cell| !self.0.contains_key(cell)).collect();
        if missing.is_empty() {
            return Ok(());
        }
        let keys: Vec<Key> = missing.iter().map(|cell| cell.key()).collect();
        let mut found = db.get_many(&keys).await?;
        self.fill(missing, &mut found);
        Ok(())
    }

    /// The items of these cells, out of what was found.
    pub fn fill(&mut self, cells: impl IntoIterator<Item = Cell>, found: &mut Found) {
        for cell in cells {
            self.0.insert(cell, Edit::new(Day::read(cell, found.take_item(&cell.key()))));
        }
    }

    /// The items a booking stands on.
    pub fn cells_of(booking: &Booking) -> Vec<Cell> {
        let resource = booking.what.resource();
        booking.places.iter().map(|place| Cell::of(resource, place)).collect()
    }

    /// The days as they will be.
    pub fn days(&self) -> impl Iterator<Item = &Day> {
        self.0.values().map(Edit::day)
    }

    /// A day as it will be.
    pub fn day(&self, cell: Cell) -> Option<&Day> {
        self.0.get(&cell).map(Edit::day)
    }

    /// The edit of a day that was read.
    pub fn edit(&mut self, cell: Cell) -> Option<&mut Edit> {
        self.0.get_mut(&cell)
    }

    /// Takes all a claim wants, or nothing.
    pub fn take(&mut self, claim: &Claim, taker: Taker) -> Result<Vec<Place>, Clash> {
        let before = self.clone();
        let taken = self.try_take(claim, taker);
        if taken.is_err() {
            *self = before;
        }
        taken
    }

    fn try_take(&mut self, claim: &Claim, taker: Taker) -> Result<Vec<Place>, Clash> {
        match claim {
            Claim::Slots { resource, spans, rush } => {
                let mut places = Vec::new();
                for span in spans {
                    let parts = if *rush { single(span) } else { vec![(None, span.from, span.to)] };
                    for (slot, from, to) in parts {
                        let cell = Cell { resource: *resource, date: span.day, slot };
                        let edit = self.0.get_mut(&cell).ok_or(Clash)?;
                        let number = edit.take_slots(from..to, taker)?;
                        places.push(Place {
                            day: span.day,
                            cell: slot,
                            number,
                            share: Share::Slots { from, to },
                        });
                    }
                }
                Ok(places)
            }
            Claim::Seats { resource, date, at, seats, offered } => {
                let edit = self.0.get_mut(&Cell::day(*resource, *date)).ok_or(Clash)?;
                let capacity = edit.day().own_seats.get(at).copied().or(*offered).ok_or(Clash)?;
                let number = edit.take_seats(*at, *seats, capacity, taker)?;
                Ok(vec![Place { day: *date, cell: None, number, share: Share::Seats { at: *at, n: *seats } }])
            }
        }
    }

    /// Frees all a booking stands on, or nothing.
    pub fn free(&mut self, booking: &Booking) -> Result<(), Clash> {
        self.each(booking, |edit, place, id| edit.free(place.number, id))
    }

    /// Makes all a booking stands on a hold until `until`, or firm; or nothing of it.
    pub fn retime(&mut self, booking: &Booking, until: Option<i64>) -> Result<(), Clash> {
        self.each(booking, |edit, place, id| {
            let slots = match place.share {
                Share::Slots { from, to } => from..to,
                Share::Seats { .. } => 0..0,
            };
            edit.retime(place.number, id, slots, until)
        })
    }

    /// Frees what a booking has of one place from slot `from` on (of a departure: nothing, it has left).
    /// Answers what stays.
    pub fn shrink(&mut self, booking: &Booking, place: &Place, from: u16) -> Result<Option<Place>, Clash> {
        let Share::Slots { from: first, to } = place.share else { return Ok(Some(*place)) };
        let edit = self.0.get_mut(&Cell::of(booking.what.resource(), place)).ok_or(Clash)?;
        if from >= to {
            return Ok(Some(*place));
        }
        let stay = edit.free_from(place.number, booking.booking_id, from)?;
        let share = Share::Slots { from: first, to: from };
        Ok((stay > 0).then_some(Place { share, ..*place }))
    }

    fn each(
        &mut self,
        booking: &Booking,
        make: impl Fn(&mut Edit, &Place, BookingId) -> Result<(), Clash>,
    ) -> Result<(), Clash> {
        let before = self.clone();
        for place in &booking.places {
            let cell = Cell::of(booking.what.resource(), place);
            let done =
                self.0.get_mut(&cell).ok_or(Clash).and_then(|edit| make(edit, place, booking.booking_id));
            if done.is_err() {
                *self = before;
                return Err(Clash);
            }
        }
        Ok(())
    }

    /// The bookings whose holds are evicted; they must expire in the same transaction.
    pub fn evicted(&self) -> Vec<BookingId> {
        let mut all: Vec<BookingId> = self.0.values().flat_map(Edit::evicted).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// Who has a part of what a claim wants at `now`.
    pub fn holders(&self, claim: &Claim, now: i64) -> Vec<BookingId> {
        let mut found = std::collections::BTreeSet::new();
        if let Claim::Slots { resource, spans, rush } = claim {
            for span in spans {
                let parts = if *rush { single(span) } else { vec![(None, span.from, span.to)] };
                for (slot, from, to) in parts {
                    let day = self.day(Cell { resource: *resource, date: span.day, slot });
                    found.extend(day.map(|day| day.holders(from..to, now)).unwrap_or_default());
                }
            }
        }
        found.into_iter().collect()
    }

    /// Who stands first in the line of a day and could have what they want at `now`.
    pub fn first_in_line(day: &Day, now: i64, capacity: impl Fn(u16) -> Option<u16>) -> Option<WaitId> {
        let fits = |waiting: &&super::Waiting| match waiting.share {
            Share::Slots { from, to } => day.are_free(from..to, now, Some(waiting.id)),
            Share::Seats { at, n } => {
                capacity(at).is_some_and(|all| n <= day.seats_left(at, all, now, Some(waiting.id)))
            }
        };
        day.line.iter().find(fits).map(|waiting| waiting.id)
    }

    /// How many items it changes.
    pub fn changes(&self) -> usize {
        self.0.values().filter(|edit| edit.is_change()).count()
    }

    /// Adds the writes of all that changes.
    pub fn write<R: Copy>(self, change: &mut Change<R>, stale: R) {
        for edit in self.0.into_values().filter(Edit::is_change) {
            change.also(edit.into_write(), stale);
        }
    }
}

fn single(span: &Span) -> Vec<(Option<u16>, u16, u16)> {
    (span.from..span.to).map(|slot| (Some(slot), slot, slot + 1)).collect()
}
