//! Tours: a day's departures share one ledger item, and each has a count of the seats taken. A
//! reservation carries seats instead of slots; which seat is whose is nobody's business.
//!
//! Here is the store, and how it judges a write; `decide` reads and decides, `promises` says what
//! must hold, `tours` are the scenarios.

mod decide;
mod promises;
mod tours;

use crate::race::Items;
use crate::store::Id;

pub const PARTIES: usize = 5;
pub const DEPARTURES: usize = 2;

/// What one run looks at.
#[derive(Clone, Copy, Debug)]
pub struct Tour {
    pub name: &'static str,
    pub hands: usize,
    /// Each booking's departure and seats; 0 seats is no booking.
    pub parties: [(usize, u8); PARTIES],
    /// Seats of each departure.
    pub capacity: u8,
    /// What a new booking becomes: held (must be paid) or confirmed.
    pub enters: Status,
    pub sweeper: bool,
    /// What the owner may lower the capacity to.
    pub shrinks: Option<u8>,
    /// Whether a taking write, beside all else, demands that the count leaves room for it.
    pub bounded: bool,
    pub wrong: &'static [Wrong],
}

/// The seeded mistakes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// No ledger write compares the version.
    NoVersion,
    /// No ledger write asks what the count is.
    NoCountCondition,
    /// The rule that decides finds room for everybody.
    BlindRule,
    /// A hold may be evicted before its end.
    EvictsEarly,
    /// The seats of an evicted hold stay on the count.
    EvictedSeatsStay,
    /// Lapsed holds go in order until there is room, and none is spared that was too small to help.
    FirstLapsedFirst,
    /// Lapsed holds of the day's other departures go, too.
    AnyDeparture,
    /// An evicted hold stays in the list.
    EvictedStaysListed,
    /// The capacity is changed where no ledger write sees it.
    CapacityPastGate,
    /// Who lowers the capacity counts firm bookings only.
    ShrinkOverlooksHolds,
    /// Who lowers the capacity does not count holds that have lapsed.
    ShrinkOverlooksLapsed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    Held,
    Confirmed,
    Cancelled,
    Expired,
}

impl Status {
    pub fn live(self) -> bool {
        matches!(self, Self::Held | Self::Confirmed)
    }
}

/// Everything kept, the clock, and what only the checker sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ledger {
    /// The day's reservations; every write puts the whole list.
    pub list: List,
    pub taken: [u8; DEPARTURES],
    pub bookings: [Option<Status>; PARTIES],
    pub capacity: u8,
    /// Holds whose expiry the clock has passed, one bit per booking.
    pub past: u8,
    pub needless: bool,
}

pub type List = [Option<Entry>; PARTIES];

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Entry {
    pub seats: u8,
    pub expires: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Deed {
    Take(Id),
    Pay(Id),
    Cancel(Id),
    Expire(Id),
    Shrink,
}

/// One transaction: conditions and effects together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Write {
    pub deed: Deed,
    pub compares: Items,
    pub raises: Items,
    pub list: Option<List>,
    pub taken: [Count; DEPARTURES],
    pub records: [Option<Record>; PARTIES],
    pub capacity: Option<u8>,
}

/// What a departure's count must be, and becomes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Count {
    pub must: Option<u8>,
    pub at_most: Option<u8>,
    pub put: Option<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Record {
    pub from: From,
    pub to: Status,
}

/// What is demanded of a booking record beside its lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum From {
    Nothing,
    Held,
    Anything,
}

impl Tour {
    pub fn is(&self, wrong: Wrong) -> bool {
        self.wrong.contains(&wrong)
    }

    /// Judges a write and applies it; versions apart, which the race keeps.
    pub fn judge(&self, ledger: &Ledger, write: &Write) -> Option<Ledger> {
        let counts = write.taken.iter().zip(ledger.taken).all(|(count, now)| {
            count.must.is_none_or(|must| now == must) && count.at_most.is_none_or(|most| now <= most)
        });
        let records = write.records.iter().zip(ledger.bookings).all(|(record, now)| {
            record.is_none_or(|record| match record.from {
                From::Nothing => now.is_none(),
                From::Held => now == Some(Status::Held),
                From::Anything => true,
            })
        });
        (counts && records).then(|| self.apply(*ledger, write))
    }

    fn apply(&self, before: Ledger, write: &Write) -> Ledger {
        let mut after = before;
        after.list = write.list.unwrap_or(before.list);
        for (now, count) in after.taken.iter_mut().zip(write.taken) {
            *now = count.put.unwrap_or(*now);
        }
        for (booking, record) in after.bookings.iter_mut().zip(write.records) {
            *booking = record.map(|record| record.to).or(*booking);
        }
        after.capacity = write.capacity.unwrap_or(before.capacity);
        if let Deed::Take(id) = write.deed {
            after.needless |= self.evicts_needlessly(&before, write, id);
        }
        after
    }

    /// Whether there had been room for the newcomer with one of the evicted left in peace.
    fn evicts_needlessly(&self, ledger: &Ledger, write: &Write, id: Id) -> bool {
        let (departure, seats) = self.parties[id as usize];
        let evicted = (0..PARTIES).filter(|&old| write.records[old].is_some_and(|r| r.to == Status::Expired));
        let freed: u8 = evicted.clone().map(|old| self.parties[old].1).sum();
        evicted.into_iter().any(|old| {
            let (from, spared) = self.parties[old];
            from != departure || ledger.taken[departure] + seats + spared <= ledger.capacity + freed
        })
    }
}
