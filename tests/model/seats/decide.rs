//! Reading and deciding: from a deed and the ledger as read to the write that goes out.

use crate::race::Items;
use crate::seats::{
    Count, DEPARTURES, Deed, Entry, From, Ledger, PARTIES, Record, Status, Tour, Write, Wrong,
};
use crate::store::Id;

/// The day's item. The bits above it are the booking records'.
const DAY: Items = 1;

impl Tour {
    /// Reads what the deed needs and decides on it; `None` is a refusal.
    pub fn plan(&self, ledger: &Ledger, deed: Deed) -> Option<Write> {
        let mut write = Write {
            deed,
            compares: DAY,
            raises: DAY,
            list: Some(ledger.list),
            taken: [Count::default(); DEPARTURES],
            records: [None; PARTIES],
            capacity: None,
        };
        match deed {
            Deed::Take(id) => self.take(ledger, id, &mut write)?,
            Deed::Pay(id) => self.pay(ledger, id, &mut write)?,
            Deed::Cancel(id) => {
                ledger.bookings[id as usize].filter(|status| status.live())?;
                self.strike(ledger, id, Status::Cancelled, &mut write);
                lock(id, &mut write);
            }
            Deed::Expire(id) => {
                ledger.lapsed(id).then_some(())?;
                self.strike(ledger, id, Status::Expired, &mut write);
            }
            Deed::Shrink => self.shrink(ledger, &mut write)?,
        }
        if self.is(Wrong::NoVersion) {
            write.compares &= !DAY;
        }
        if self.is(Wrong::NoCountCondition) {
            write.taken.iter_mut().for_each(|count| count.must = None);
        }
        Some(write)
    }

    fn take(&self, ledger: &Ledger, id: Id, write: &mut Write) -> Option<()> {
        let (departure, seats) = self.parties[id as usize];
        if ledger.bookings[id as usize].is_some() {
            return None;
        }
        for old in self.evicted(ledger, departure, seats)? {
            self.strike(ledger, old, Status::Expired, write);
        }
        let count = &mut write.taken[departure];
        let left = count.put.unwrap_or(ledger.taken[departure]);
        let freed = ledger.taken[departure].saturating_sub(left);
        count.must = Some(ledger.taken[departure]);
        count.at_most = self.bounded.then(|| (ledger.capacity + freed).saturating_sub(seats));
        count.put = Some(left + seats);
        let list = write.list.get_or_insert(ledger.list);
        list[id as usize] = Some(Entry { seats, expires: self.enters == Status::Held });
        record(id, From::Nothing, self.enters, write);
        Some(())
    }

    /// The lapsed holds that must go for these seats: none while there is room, and none that can be
    /// spared in the end.
    fn evicted(&self, ledger: &Ledger, departure: usize, seats: u8) -> Option<Vec<Id>> {
        let room = |gone: &[Id]| {
            let freed: u8 = gone.iter().map(|old| self.parties[*old as usize].1).sum();
            self.is(Wrong::BlindRule) || ledger.taken[departure] + seats <= ledger.capacity + freed
        };
        let here = |old: &Id| self.parties[*old as usize].0 == departure || self.is(Wrong::AnyDeparture);
        let lapsed = |old: Id| ledger.lapsed(old) || (self.is(Wrong::EvictsEarly) && ledger.held(old));
        let mut over = (0..PARTIES as Id).filter(|old| here(old) && lapsed(*old));
        let mut gone = Vec::new();
        while !room(&gone) {
            gone.push(over.next()?);
        }
        if !self.is(Wrong::FirstLapsedFirst) {
            for old in gone.clone() {
                let rest: Vec<Id> = gone.iter().copied().filter(|other| *other != old).collect();
                gone = if room(&rest) { rest } else { gone };
            }
        }
        Some(gone)
    }

    fn pay(&self, ledger: &Ledger, id: Id, write: &mut Write) -> Option<()> {
        let list = write.list.get_or_insert(ledger.list);
        let entry = list[id as usize].as_mut()?;
        entry.expires = false;
        write.taken[self.parties[id as usize].0].must = Some(ledger.taken[self.parties[id as usize].0]);
        record(id, From::Held, Status::Confirmed, write);
        lock(id, write);
        (ledger.bookings[id as usize] == Some(Status::Held)).then_some(())
    }

    /// Takes a reservation off the list and its seats off the count.
    fn strike(&self, ledger: &Ledger, id: Id, to: Status, write: &mut Write) {
        let (departure, seats) = self.parties[id as usize];
        let evicted = matches!(write.deed, Deed::Take(_));
        if !evicted || !self.is(Wrong::EvictedStaysListed) {
            write.list.get_or_insert(ledger.list)[id as usize] = None;
        }
        let count = &mut write.taken[departure];
        count.must = Some(ledger.taken[departure]);
        if !evicted || !self.is(Wrong::EvictedSeatsStay) {
            count.put = Some(count.put.unwrap_or(ledger.taken[departure]).saturating_sub(seats));
        }
        record(id, if to == Status::Expired { From::Held } else { From::Anything }, to, write);
    }

    /// Fewer seats, if everybody who has one or may still pay for one can keep it.
    fn shrink(&self, ledger: &Ledger, write: &mut Write) -> Option<()> {
        let fewer = self.shrinks.filter(|fewer| *fewer < ledger.capacity)?;
        write.list = None;
        write.capacity = Some(fewer);
        if self.is(Wrong::CapacityPastGate) {
            (write.compares, write.raises) = (0, 0);
        }
        let counts = |id: &usize| match ledger.bookings[*id] {
            Some(Status::Held) if ledger.lapsed(*id as Id) => {
                !self.is(Wrong::ShrinkOverlooksHolds) && !self.is(Wrong::ShrinkOverlooksLapsed)
            }
            Some(Status::Held) => !self.is(Wrong::ShrinkOverlooksHolds),
            status => status.is_some_and(Status::live),
        };
        let all = (0..DEPARTURES).all(|departure| {
            let here = (0..PARTIES).filter(|id| self.parties[*id].0 == departure && counts(id));
            here.map(|id| self.parties[id].1).sum::<u8>() <= fewer
        });
        all.then_some(())
    }
}

impl Ledger {
    fn lapsed(&self, id: Id) -> bool {
        self.held(id) && self.past & (1 << id) != 0
    }

    fn held(&self, id: Id) -> bool {
        self.bookings[id as usize] == Some(Status::Held)
    }
}

fn record(id: Id, from: From, to: Status, write: &mut Write) {
    write.raises |= DAY << (id + 1);
    write.records[id as usize] = Some(Record { from, to });
}

fn lock(id: Id, write: &mut Write) {
    write.compares |= DAY << (id + 1);
}
