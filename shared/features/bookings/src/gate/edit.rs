//! What a write does to a day.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use jiff::ToSpan;
use jiff::tz::TimeZone;
use maru_kernel::BookingId;
use maru_table::{Condition, Write};

use super::{Day, Reservation};

/// Days a past day's item is kept before DynamoDB may tidy it away. The bookings stay.
const KEEP_DAYS: i32 = 90;

/// The slots cannot be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clash;

/// Collects changes to one day.
#[derive(Debug, Clone)]
pub struct Edit {
    day: Day,
    /// Slot → number it had when read, for every slot this edit touches.
    touched: BTreeMap<u16, Option<u32>>,
    evicted: BTreeMap<u32, BookingId>,
}

impl Edit {
    /// Nothing changed yet.
    pub fn new(day: Day) -> Self {
        Self { day, touched: BTreeMap::new(), evicted: BTreeMap::new() }
    }

    /// Takes slots for a booking, until `until` if it is a hold, evicting holds that are over at `now`.
    /// Answers the booking's number on this day.
    pub fn take(
        &mut self,
        slots: Range<u16>,
        booking: BookingId,
        until: Option<i64>,
        now: i64,
    ) -> Result<u32, Clash> {
        if slots.is_empty() || !slots.clone().all(|slot| self.day.is_free(slot, now)) {
            return Err(Clash);
        }
        let over: BTreeSet<u32> =
            slots.clone().filter_map(|slot| self.day.slots.get(&slot).copied()).collect();
        for number in over {
            self.evict(number);
        }
        let number = self.day.next;
        self.day.next += 1;
        self.day.reservations.insert(number, Reservation { booking, until });
        for slot in slots {
            self.touch(slot);
            self.day.slots.insert(slot, number);
        }
        Ok(number)
    }

    /// Frees what `number` has on this day, if it is `booking`'s.
    pub fn free(&mut self, number: u32, booking: BookingId) -> Result<(), Clash> {
        self.mine(number, booking)?;
        self.remove(number);
        Ok(())
    }

    /// Makes the reservation a hold until `until`, or firm; if it is `booking`'s and still has its slots.
    pub fn retime(
        &mut self,
        number: u32,
        booking: BookingId,
        slots: Range<u16>,
        until: Option<i64>,
    ) -> Result<(), Clash> {
        self.mine(number, booking)?;
        if !slots.clone().all(|slot| self.day.slots.get(&slot) == Some(&number)) {
            return Err(Clash);
        }
        slots.for_each(|slot| self.touch(slot));
        self.day.reservations.insert(number, Reservation { booking, until });
        Ok(())
    }

    /// The bookings whose holds this edit evicts; they must expire in the same transaction.
    pub fn evicted(&self) -> impl Iterator<Item = BookingId> + '_ {
        self.evicted.values().copied()
    }

    /// The one conditional write. Touched slots must be what they were when read, the version too, and
    /// the day must not have been closed.
    pub fn into_write(self) -> Write {
        let Self { day, touched, evicted: _ } = self;
        let gone_at = day
            .date
            .checked_add(KEEP_DAYS.days())
            .and_then(|d| d.to_zoned(TimeZone::UTC))
            .map_or(i64::MAX, |z| z.timestamp().as_second());
        let reservations: BTreeMap<String, Reservation> =
            day.reservations.iter().map(|(n, r)| (n.to_string(), *r)).collect();
        let unchanged = match day.version {
            0 => Condition::absent("v"),
            version => Condition::number("v", version),
        };
        let mut write = Write::update(Day::key(day.room, day.date))
            .set_number("v", day.version + 1)
            .set_number("n", day.next)
            .set_number("expires_at", gone_at)
            .set_value("r", &reservations)
            .when(unchanged)
            .when(Condition::absent("closed"));
        for (slot, was) in touched {
            let name = format!("s{slot}");
            write = write.when(match was {
                Some(number) => Condition::number(&name, number),
                None => Condition::absent(&name),
            });
            write = match day.slots.get(&slot) {
                Some(number) => write.set_number(name, *number),
                None => write.remove(name),
            };
        }
        write
    }

    fn mine(&self, number: u32, booking: BookingId) -> Result<(), Clash> {
        let mine = self.day.reservations.get(&number).is_some_and(|r| r.booking == booking);
        if mine { Ok(()) } else { Err(Clash) }
    }

    fn evict(&mut self, number: u32) {
        if let Some(reservation) = self.day.reservations.get(&number).copied() {
            self.evicted.insert(number, reservation.booking);
            self.remove(number);
        }
    }

    fn remove(&mut self, number: u32) {
        self.day.reservations.remove(&number);
        let slots: Vec<u16> =
            self.day.slots.iter().filter(|(_, n)| **n == number).map(|(slot, _)| *slot).collect();
        for slot in slots {
            self.touch(slot);
            self.day.slots.remove(&slot);
        }
    }

    fn touch(&mut self, slot: u16) {
        let was = self.day.slots.get(&slot).copied();
        self.touched.entry(slot).or_insert(was);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use maru_kernel::{Clock, Random, RoomId};

    fn empty() -> Day {
        Day::read(room(), "2026-12-01".parse().unwrap(), None)
    }
    fn clock() -> Clock {
        Clock::from_fn(|| jiff::Timestamp::UNIX_EPOCH)
    }
    fn room() -> RoomId {
        RoomId::new(&clock(), &Random::seeded(1))
    }
    fn booking(seed: u64) -> BookingId {
        BookingId::new(&clock(), &Random::seeded(seed))
    }

    #[test]
    fn taken_slots_cannot_be_taken_and_touching_ones_can() {
        let mut edit = Edit::new(empty());
        assert_eq!(edit.take(40..48, booking(1), None, 0), Ok(1));
        assert_eq!(edit.take(47..49, booking(2), None, 0), Err(Clash));
        assert_eq!(edit.take(48..50, booking(2), None, 0), Ok(2));
        assert_eq!(edit.take(10..10, booking(3), None, 0), Err(Clash));
    }

    #[test]
    fn a_hold_that_is_over_is_evicted_whole_and_a_firm_one_never() {
        let mut edit = Edit::new(empty());
        edit.take(40..48, booking(1), Some(100), 0).unwrap();
        assert_eq!(edit.take(44..46, booking(2), None, 99), Err(Clash));
        edit.take(44..46, booking(2), None, 100).unwrap();
        assert_eq!(edit.evicted().collect::<Vec<_>>(), [booking(1)]);
        assert!(edit.day.is_free(40, 0) && !edit.day.is_free(44, i64::MAX));
    }

    #[test]
    fn only_the_owner_frees_and_retimes() {
        let mut edit = Edit::new(empty());
        let number = edit.take(40..48, booking(1), Some(100), 0).unwrap();
        assert_eq!(edit.free(number, booking(2)), Err(Clash));
        assert_eq!(edit.retime(number, booking(2), 40..48, None), Err(Clash));
        assert_eq!(edit.retime(number, booking(1), 40..49, None), Err(Clash));
        edit.retime(number, booking(1), 40..48, None).unwrap();
        assert_eq!(edit.take(40..41, booking(2), None, i64::MAX), Err(Clash));
        edit.free(number, booking(1)).unwrap();
        assert!(edit.day.is_free(40, 0));
    }

    #[test]
    fn a_closed_day_is_not_free() {
        let mut day = empty();
        day.closed = true;
        assert_eq!(Edit::new(day).take(1..2, booking(1), None, 0), Err(Clash));
    }
}
