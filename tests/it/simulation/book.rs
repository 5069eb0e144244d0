//! The reference: what the rules come to when acts happen one after another, and what must be so in the end.
//!
//! It knows nothing of the gate: it counts hours of a wall clock in plain sets.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use maru_bookings::gate::{Cell, Ledger};
use maru_bookings::{Booking, Resource, Share, Status, What};
use maru_kernel::BookingId;

use super::world::{DAY, SEATS, World};

/// An hour of a resource: which, the date's offset, the hour of the day. Departures have their own.
pub type Hour = (Resource, i32, i32);

/// The hours a booking needs, by its own times: its buffer behind it, in the one room that has one.
pub fn hours_of(world: &World, booking: &Booking) -> BTreeSet<Hour> {
    let zone = TimeZone::get("Asia/Seoul").unwrap_or(TimeZone::UTC);
    let resource = booking.what.resource();
    let behind = i32::from(matches!(booking.what, What::Room(room) if room == world.rooms[1]));
    let mut hours = BTreeSet::new();
    for time in booking.intervals() {
        let (start, end) = (time.start.to_zoned(zone.clone()), time.end.to_zoned(zone.clone()));
        let day = i32::from(i16::from(start.date().day() - DAY.day()));
        for hour in i32::from(start.hour())..i32::from(end.hour()) + behind {
            hours.insert((resource, day, hour));
        }
    }
    hours
}

/// Seats of a booking: of which departure, how many.
pub fn seats_of(booking: &Booking) -> Option<(u16, u16)> {
    match &booking.what {
        What::Tour(departure) => Some((departure.time, departure.party.seats())),
        What::Room(_) | What::Block(_) => None,
    }
}

/// Bookings as the acts' answers told them, in the order in which they were written.
#[derive(Default)]
pub struct Book(BTreeMap<BookingId, Booking>, Vec<Booking>);

impl Book {
    /// Writes what an act's answer said. An hour somebody live has may not be written, nor a seat too many,
    /// nor anything before its own earlier version.
    pub fn write(&mut self, world: &World, booking: &Booking, now: Timestamp) -> Result<(), String> {
        let id = booking.booking_id;
        // Who found it done already tells what somebody else wrote, whenever their own note of it came.
        if self.1.contains(booking) {
            return Ok(());
        }
        self.1.push(booking.clone());
        if let Some(before) = self.0.get(&id) {
            if booking.lock_version < before.lock_version {
                return Err(format!(
                    "{id} went back from version {} to {}",
                    before.lock_version, booking.lock_version
                ));
            }
            let moves = before.status == booking.status || before.status.next().contains(&booking.status);
            // Other acts nobody was told about may lie between.
            if !moves && booking.lock_version == before.lock_version + 1 {
                return Err(format!("{id} moved from {:?} to {:?}", before.status, booking.status));
            }
        }
        if booking.status.occupies() {
            self.must_fit(world, booking, now)?;
        }
        self.0.insert(id, booking.clone());
        Ok(())
    }

    /// Writes a swap, of which only one side was told: whoever had that place has the other now.
    pub fn swap(&mut self, world: &World, told: &Booking, now: Timestamp) -> Result<(), String> {
        if let Some(before) = self.0.get(&told.booking_id).cloned() {
            let place = |booking: &Booking| (booking.what.clone(), booking.start_time, booking.end_time);
            let theirs = |other: &&mut Booking| {
                other.booking_id != told.booking_id && other.status.occupies() && place(other) == place(told)
            };
            // A hold that is over may have had the same place, and is still told here until it is swept.
            let had = self.0.values_mut().filter(theirs);
            if let Some(other) = had.max_by_key(|other| (!other.is_over(now), other.created_at)) {
                (other.what, other.start_time, other.end_time) =
                    (before.what, before.start_time, before.end_time);
                other.lock_version += 1;
            }
        }
        self.write(world, told, now)
    }

    fn must_fit(&self, world: &World, booking: &Booking, now: Timestamp) -> Result<(), String> {
        let live = |other: &&Booking| {
            other.booking_id != booking.booking_id && other.status.occupies() && !other.is_over(now)
        };
        if let Some((at, seats)) = seats_of(booking) {
            let others = self.0.values().filter(live).filter_map(seats_of).filter(|(time, _)| *time == at);
            let taken: u16 = others.map(|(_, n)| n).sum();
            return if taken + seats <= SEATS {
                Ok(())
            } else {
                Err(format!("{taken} + {seats} seats of {SEATS}"))
            };
        }
        let mine = hours_of(world, booking);
        for other in self.0.values().filter(live).filter(|other| seats_of(other).is_none()) {
            let both: Vec<_> = mine.intersection(&hours_of(world, other)).copied().collect();
            if !both.is_empty() {
                return Err(format!("{} and {} both have {both:?}", booking.booking_id, other.booking_id));
            }
        }
        Ok(())
    }
}

/// What must be so of the stored state, whatever happened: no hour twice, no seat too many, every live
/// booking's hours are its own in the ledger and nobody else is in it, and the counters count what there is.
pub async fn must_hold(world: &World, stored: &[Booking]) -> Result<(), String> {
    let now = world.clock.clock().now();
    let mut owners: BTreeMap<Hour, BookingId> = BTreeMap::new();
    let mut seats: BTreeMap<u16, u16> = BTreeMap::new();
    for booking in stored.iter().filter(|b| b.status.occupies() && !b.is_over(now)) {
        for hour in hours_of(world, booking).into_iter().filter(|_| seats_of(booking).is_none()) {
            if let Some(other) = owners.insert(hour, booking.booking_id) {
                return Err(format!("{hour:?} is {other}'s and {}'s", booking.booking_id));
            }
        }
        if let Some((at, n)) = seats_of(booking) {
            *seats.entry(at).or_default() += n;
        }
    }
    if let Some((at, n)) = seats.iter().find(|(_, n)| **n > SEATS) {
        return Err(format!("{n} seats of the departure at {at} are sold"));
    }
    ledger_is_theirs(world, stored, &owners, &seats).await
}

async fn ledger_is_theirs(
    world: &World,
    stored: &[Booking],
    owners: &BTreeMap<Hour, BookingId>,
    seats: &BTreeMap<u16, u16>,
) -> Result<(), String> {
    let now = world.clock.clock().now().as_second();
    let mut cells = Vec::new();
    for offset in 0..2 {
        let date = DAY.checked_add(jiff::Span::new().days(offset)).map_err(|e| e.to_string())?;
        for room in [world.rooms[0], world.rooms[1]] {
            cells.push(Cell::day(Resource::Room(room), date));
        }
        let rush = Resource::Room(world.rooms[2]);
        cells.extend((0..24).map(|slot| Cell { resource: rush, date, slot: Some(slot) }));
        cells.push(Cell::day(Resource::Tour(world.tour), date));
    }
    let ledger = Ledger::open(&world.db, cells).await.map_err(|e| e.to_string())?;
    let mut found: BTreeMap<Hour, BookingId> = BTreeMap::new();
    for day in ledger.days() {
        let offset = i32::from(i16::from(day.cell.date.day() - DAY.day()));
        for (slot, number) in &day.slots {
            let Some(holder) = day.reservations.get(number) else {
                return Err(format!("slot {slot} carries {number}, whom nobody knows"));
            };
            if !holder.is_over(now) {
                found.insert((day.cell.resource, offset, i32::from(*slot)), holder.booking);
            }
        }
        for (at, taken) in &day.taken {
            let counted: u16 = day.reservations.values().filter(|r| r.at == Some(*at)).map(|r| r.seats).sum();
            if counted != *taken || *taken > SEATS {
                return Err(format!("{taken} seats are counted at {at}, {counted} are listed"));
            }
            if day.seats_taken(*at, now) != seats.get(at).copied().unwrap_or(0) {
                return Err(format!(
                    "{} live seats at {at}, {:?} are sold",
                    day.seats_taken(*at, now),
                    seats.get(at)
                ));
            }
        }
    }
    if &found != owners {
        let ghosts: Vec<_> = found.iter().filter(|(hour, id)| owners.get(*hour) != Some(*id)).collect();
        let lost: Vec<_> = owners.iter().filter(|(hour, id)| found.get(*hour) != Some(*id)).collect();
        return Err(format!("the ledger has {ghosts:?}, and has not {lost:?}"));
    }
    places_are_told(stored)
}

/// A booking that occupies nothing has no places, and one that does has some.
fn places_are_told(stored: &[Booking]) -> Result<(), String> {
    for booking in stored {
        let none = booking.places.is_empty();
        if booking.status.occupies() == none {
            return Err(format!(
                "{} is {:?} with {} places",
                booking.booking_id,
                booking.status,
                booking.places.len()
            ));
        }
        let seats = booking.places.iter().any(|place| matches!(place.share, Share::Seats { .. }));
        if !none && seats != seats_of(booking).is_some() {
            return Err(format!("{} has the wrong kind of places", booking.booking_id));
        }
        if (booking.status == Status::Held) != booking.hold_until.is_some() {
            return Err(format!(
                "{} is {:?} until {:?}",
                booking.booking_id, booking.status, booking.hold_until
            ));
        }
    }
    Ok(())
}
