//! What a write does to a day.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use jiff::ToSpan;
use jiff::tz::TimeZone;
use maru_kernel::{BookingId, WaitId};
use maru_table::{Condition, Write};

use super::{Day, Reservation, Waiting};

/// Days a past day's item is kept before DynamoDB may tidy it away. The bookings stay.
const KEEP_DAYS: i32 = 90;

/// The slots or seats cannot be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clash;

/// Who takes: for which booking, held until when (`None`: firm), at what time, and from which place in the
/// line, if they stood in it.
#[derive(Debug, Clone, Copy)]
pub struct Taker {
    /// The booking.
    pub booking: BookingId,
    /// When the hold ends (epoch seconds); firm without.
    pub until: Option<i64>,
    /// The time (epoch seconds).
    pub now: i64,
    /// Their place in the line.
    pub line: Option<WaitId>,
}

/// Collects changes to one day.
#[derive(Debug, Clone)]
pub struct Edit {
    day: Day,
    /// What was read, for the conditions.
    read: Day,
    /// Slots whose condition the write carries.
    slots: BTreeSet<u16>,
    /// Departures whose condition the write carries.
    departures: BTreeSet<u16>,
    /// Departure → what may be taken of it at most when the write comes. Should our own counting be wrong, it
    /// is refused all the same.
    bounds: BTreeMap<u16, i128>,
    /// Whether something is taken, which a closed day refuses.
    takes: bool,
    evicted: BTreeSet<BookingId>,
}

impl Edit {
    /// Nothing changed yet.
    pub fn new(day: Day) -> Self {
        let (slots, departures, evicted) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        Self { read: day.clone(), day, slots, departures, bounds: BTreeMap::new(), takes: false, evicted }
    }

    /// The day as it will be.
    pub fn day(&self) -> &Day {
        &self.day
    }

    /// Takes slots, evicting holds that are over. Answers the booking's number on this day.
    pub fn take_slots(&mut self, slots: Range<u16>, taker: Taker) -> Result<u32, Clash> {
        // Who waits has a claim to what could be had before this write, not to what its own booking gives up.
        let claimed = self.read.claimed_slots(taker.now, taker.line);
        if slots.is_empty() || !self.day.are_free_but_for(slots.clone(), taker.now, &claimed) {
            return Err(Clash);
        }
        let over: BTreeSet<u32> =
            slots.clone().filter_map(|slot| self.day.slots.get(&slot).copied()).collect();
        over.into_iter().for_each(|number| self.evict(number));
        let reservation = Reservation { booking: taker.booking, until: taker.until, at: None, seats: 0 };
        let number = self.enter(reservation, taker);
        for slot in slots {
            self.slots.insert(slot);
            self.day.slots.insert(slot, number);
        }
        Ok(number)
    }

    /// Takes seats of a departure that has `capacity` of them, evicting as many holds that are over as it
    /// needs. Answers the booking's number on this day.
    pub fn take_seats(&mut self, at: u16, seats: u16, capacity: u16, taker: Taker) -> Result<u32, Clash> {
        let claimed = self.read.claimed_seats(at, capacity, taker.now, taker.line);
        let taken = self.day.seats_taken(at, taker.now).saturating_add(claimed);
        if self.day.closed.is_some() || seats == 0 || seats > capacity.saturating_sub(taken) {
            return Err(Clash);
        }
        let excess = self.counted(at).saturating_add(seats).saturating_sub(capacity);
        self.over(at, excess, taker.now)?.into_iter().for_each(|number| self.evict(number));
        let reservation = Reservation { booking: taker.booking, until: taker.until, at: Some(at), seats };
        let number = self.enter(reservation, taker);
        self.count(at);
        // What was taken may not exceed the capacity once this write's own comings and goings are added.
        let before = self.read.taken.get(&at).copied().unwrap_or(0);
        let grows = i128::from(self.counted(at)) - i128::from(before);
        self.bounds.insert(at, i128::from(capacity) - grows);
        Ok(number)
    }

    /// Frees what `number` has on this day, if it is `booking`'s.
    pub fn free(&mut self, number: u32, booking: BookingId) -> Result<(), Clash> {
        self.mine(number, booking)?;
        self.remove(number);
        Ok(())
    }

    /// Frees the slots of `number` from `from` on; those before stay. Answers how many stay.
    pub fn free_from(&mut self, number: u32, booking: BookingId, from: u16) -> Result<usize, Clash> {
        self.mine(number, booking)?;
        let its = |slot: &u16, n: &u32, later: bool| *n == number && (*slot >= from) == later;
        let stay = self.day.slots.iter().filter(|(slot, n)| its(slot, n, false)).count();
        if stay == 0 {
            self.remove(number);
            return Ok(0);
        }
        self.slots.extend(self.day.slots.iter().filter(|(_, n)| **n == number).map(|(slot, _)| *slot));
        self.day.slots.retain(|slot, n| !its(slot, n, true));
        Ok(stay)
    }

    /// Makes the reservation a hold until `until`, or firm; if it is `booking`'s and has all it had.
    pub fn retime(
        &mut self,
        number: u32,
        booking: BookingId,
        slots: Range<u16>,
        until: Option<i64>,
    ) -> Result<(), Clash> {
        let mut reservation = self.mine(number, booking)?;
        if !slots.clone().all(|slot| self.day.slots.get(&slot) == Some(&number)) {
            return Err(Clash);
        }
        self.slots.extend(slots);
        self.departures.extend(reservation.at);
        reservation.until = until;
        self.day.reservations.insert(number, reservation);
        Ok(())
    }

    /// Puts somebody at the end of the line.
    pub fn join(&mut self, waiting: Waiting) {
        self.day.line.push(waiting);
    }

    /// Corrects what somebody in line wants; whether it was something else.
    pub fn restate(&mut self, waiting: Waiting) -> bool {
        let theirs = self.day.line.iter_mut().find(|theirs| theirs.id == waiting.id);
        theirs.filter(|theirs| **theirs != waiting).map(|theirs| *theirs = waiting).is_some()
    }

    /// Takes somebody out of the line; whether they stood in it.
    pub fn leave(&mut self, id: WaitId) -> bool {
        let before = self.day.line.len();
        self.day.line.retain(|waiting| waiting.id != id);
        self.day.line.len() < before
    }

    /// Closes the day for new bookings, or opens it. What is booked stays.
    pub fn close(&mut self, reason: Option<String>) {
        self.day.closed = reason;
    }

    /// Gives a departure seats of its own, or the timetable's again, which has `timetable` of them. Not fewer
    /// than are taken, counting the holds that are over: somebody may be paying for one of them.
    pub fn reseat(&mut self, at: u16, seats: Option<u16>, timetable: u16) -> Result<(), Clash> {
        if seats.unwrap_or(timetable) < self.counted(at) {
            return Err(Clash);
        }
        match seats {
            Some(seats) => self.day.own_seats.insert(at, seats),
            None => self.day.own_seats.remove(&at),
        };
        self.departures.insert(at);
        Ok(())
    }

    /// The bookings whose holds this edit evicts; they must expire in the same transaction.
    pub fn evicted(&self) -> impl Iterator<Item = BookingId> + '_ {
        self.evicted.iter().copied()
    }

    /// Whether it changes anything.
    pub fn is_change(&self) -> bool {
        self.day != self.read || !self.slots.is_empty() || !self.departures.is_empty()
    }

    /// The one conditional write. Touched slots and departures must be what they were when read, the version
    /// too, and the day must not have been closed where something is taken.
    pub fn into_write(self) -> Write {
        let Self { day, read, slots, departures, bounds, takes, evicted: _ } = self;
        let gone_at = day
            .cell
            .date
            .checked_add(KEEP_DAYS.days())
            .and_then(|d| d.to_zoned(TimeZone::UTC))
            .map_or(i64::MAX, |z| z.timestamp().as_second());
        let reservations: BTreeMap<String, Reservation> =
            day.reservations.iter().map(|(n, r)| (n.to_string(), *r)).collect();
        let unchanged = match read.version {
            0 => Condition::absent("v"),
            version => Condition::number("v", version),
        };
        let mut write = Write::update(day.cell.key())
            .set_number("v", read.version + 1)
            .set_number("n", day.next)
            .set_number("expires_at", gone_at)
            .set_value("r", &reservations)
            .when(unchanged);
        if takes {
            write = write.when(Condition::absent("closed"));
        }
        for slot in slots {
            write = guarded(write, format!("s{slot}"), read.slots.get(&slot), day.slots.get(&slot));
        }
        for at in departures {
            write = guarded(write, format!("t{at}"), read.taken.get(&at), day.taken.get(&at));
            if read.own_seats.get(&at) != day.own_seats.get(&at) {
                write = guarded(write, format!("c{at}"), read.own_seats.get(&at), day.own_seats.get(&at));
            }
        }
        for (at, most) in bounds {
            let name = format!("t{at}");
            write = write.when(Condition::absent(&name).or(Condition::at_most(name, most)));
        }
        if day.line != read.line {
            write = if day.line.is_empty() { write.remove("w") } else { write.set_value("w", &day.line) };
        }
        match (&read.closed, day.closed) {
            (was, now) if *was == now => write,
            (_, Some(reason)) => write.set_value("closed", &reason),
            (_, None) => write.remove("closed"),
        }
    }

    fn mine(&self, number: u32, booking: BookingId) -> Result<Reservation, Clash> {
        self.day.reservations.get(&number).filter(|r| r.booking == booking).copied().ok_or(Clash)
    }

    fn enter(&mut self, reservation: Reservation, taker: Taker) -> u32 {
        let number = self.day.next;
        self.day.next += 1;
        self.day.reservations.insert(number, reservation);
        self.takes = true;
        if let Some(place) = taker.line {
            self.leave(place);
        }
        number
    }

    fn evict(&mut self, number: u32) {
        if let Some(reservation) = self.day.reservations.get(&number).copied() {
            self.evicted.insert(reservation.booking);
            self.remove(number);
        }
    }

    fn remove(&mut self, number: u32) {
        let Some(gone) = self.day.reservations.remove(&number) else { return };
        self.slots.extend(self.day.slots.iter().filter(|(_, n)| **n == number).map(|(slot, _)| *slot));
        self.day.slots.retain(|_, n| *n != number);
        if let Some(at) = gone.at {
            self.count(at);
        }
    }

    /// Holds of a departure that are over and have `excess` seats together, none of them for nothing.
    fn over(&self, at: u16, excess: u16, now: i64) -> Result<Vec<u32>, Clash> {
        let its = self.day.reservations.iter().filter(|(_, r)| r.at == Some(at) && r.is_over(now));
        let (mut chosen, mut sum) = (Vec::new(), 0_u16);
        for (number, reservation) in its {
            if sum >= excess {
                break;
            }
            sum = sum.saturating_add(reservation.seats);
            chosen.push((*number, reservation.seats));
        }
        if sum < excess {
            return Err(Clash);
        }
        chosen.retain(|(_, seats)| {
            let spare = sum - seats >= excess;
            if spare {
                sum -= seats;
            }
            !spare
        });
        Ok(chosen.into_iter().map(|(number, _)| number).collect())
    }

    /// Seats of a departure that are counted as taken: of holds that are over, too.
    fn counted(&self, at: u16) -> u16 {
        let its = self.day.reservations.values().filter(|r| r.at == Some(at));
        its.fold(0, |sum, r| sum.saturating_add(r.seats))
    }

    fn count(&mut self, at: u16) {
        self.departures.insert(at);
        match self.counted(at) {
            0 => self.day.taken.remove(&at),
            seats => self.day.taken.insert(at, seats),
        };
    }
}

/// Sets or removes an attribute on condition that it is what was read.
fn guarded<T: Copy + Into<i128>>(write: Write, name: String, was: Option<&T>, now: Option<&T>) -> Write {
    let write = write.when(match was {
        Some(value) => Condition::number(&name, *value),
        None => Condition::absent(&name),
    });
    match now {
        Some(value) => write.set_number(name, *value),
        None => write.remove(name),
    }
}
