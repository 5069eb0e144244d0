//! A room's ledger for the smaller models, with what they ask of it: `rush`, `swap`, `no_show`,
//! `closure`, `line`, `quota`. Here is the store, and how it judges a write; `decide` reads and
//! decides, `promises` says what must hold.
//!
//! A slot carries its booking itself. That the real one carries a number in the item's list, and
//! what a payment adds, is the business of the large model.

mod closure;
mod decide;
mod line;
mod no_show;
mod promises;
mod quota;
mod rush;
mod swap;

use crate::race::Items;
use crate::store::{Id, SLOTS, Slots, has};

pub const BOOKINGS: usize = 7;
pub const PEOPLE: usize = 4;
pub const WAITERS: usize = 3;

/// What one run looks at.
#[derive(Clone, Copy, Debug)]
pub struct Room {
    pub name: &'static str,
    pub hands: usize,
    /// What each booking is for; 0 is no booking.
    pub wishes: [Slots; BOOKINGS],
    /// Whose it is.
    pub people: [usize; BOOKINGS],
    /// The ledger item of each slot: one for the day, or in a rush room one for each.
    pub item_of: [usize; SLOTS],
    /// What a walk-in's booking becomes: held (must be paid) or confirmed.
    pub enters: Status,
    /// Bookings a person may have at once.
    pub limit: u8,
    /// The waiters, each with the bookings an offer may make. Nobody else makes these.
    pub waiters: &'static [[Id; 2]],
    pub cancels: bool,
    pub sweeper: bool,
    pub swaps: bool,
    pub no_shows: bool,
    pub closes: bool,
    /// Whether a waiter's claim is judged by the clock of the commit instead of the read.
    pub strict: bool,
    pub wrong: &'static [Wrong],
}

/// The seeded mistakes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// No ledger write compares a version.
    NoVersion,
    /// No ledger write asks what the slots carry.
    NoSlotCondition,
    /// A booking over several items is guarded on the first of them only.
    FirstItemOnly,
    /// Paying takes the expiry off the first item only.
    FirstItemPaid,
    /// A hold may be evicted before its end.
    EvictsEarly,
    /// An eviction frees the evicted hold's slots only where the new booking wants them.
    HalfEviction,
    /// A swap moves one booking in a first write and the other in a second.
    SwapOneByOne,
    /// A swap frees all slots in a first write and takes them crosswise in a second.
    SwapFreesFirst,
    /// A swap asks nothing of the two bookings' records.
    SwapWithoutLocks,
    /// A no-show is marked in a first write, and its slots freed in a second.
    NoShowMarksFirst,
    /// A no-show's slots are freed in a first write, and it is marked in a second.
    NoShowFreesFirst,
    /// A no-show gives up the slots that are over, too.
    NoShowFreesAll,
    /// A closure is written where no ledger write sees it.
    ClosurePastGate,
    /// Whoever leaves must find the day open.
    ClosureStopsLeaving,
    /// A walk-in does not look at the line.
    LineOverlooked,
    /// A walk-in looks only at the first in line.
    LineSeenToItsFirst,
    /// The last in line is served first.
    LastComeFirst,
    /// An offer leaves its waiter in the line.
    NotStruck,
    /// A waiter fits whether or not the day is open and his time still to come.
    WaitingBlindly,
    /// A waiter who has reached the limit stays in the line and is waited for.
    LimitStopsLine,
    /// The limit is looked at before the transaction and not in it.
    LimitReadOnly,
    /// The counter is set to one more than was read.
    CountSetFromRead,
    /// An evicted hold stays on its person's count.
    EvictionKeepsCount,
    /// Two holds of one person evicted at once come off the count as one.
    EvictionsCountOnce,
    /// A no-show comes off its person's count.
    NoShowLowersCount,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    Held,
    Confirmed,
    /// Its hour is over. No ledger write makes it so.
    Completed,
    Cancelled,
    Expired,
    NoShow,
}

impl Status {
    pub fn firm(self) -> bool {
        matches!(self, Self::Confirmed | Self::Completed)
    }

    pub fn live(self) -> bool {
        self == Self::Held || self.firm()
    }
}

/// Everything kept, the clock, and what only the checker sees.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Ledger {
    pub slots: [Option<Entry>; SLOTS],
    pub bookings: [Option<Booking>; BOOKINGS],
    pub counts: [u8; PEOPLE],
    /// Who waits, in order.
    pub line: Line,
    pub closed: bool,
    pub clock: Clock,
    /// Who has ever joined the line: each waiter does so once.
    pub joined: u8,
    pub overtaken: bool,
    pub entered_closed: bool,
    pub resurrected: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Clock {
    /// Holds whose expiry it has passed, one bit per booking.
    pub past: u8,
    /// How many slots have begun.
    pub begun: usize,
}

pub type Waiter = usize;
pub type Line = [Option<Waiter>; WAITERS];

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Entry {
    pub booking: Id,
    pub expires: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Booking {
    pub status: Status,
    pub slots: Slots,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Deed {
    Take(Id),
    Pay(Id),
    Complete(Id),
    Cancel(Id),
    Expire(Id),
    NoShow(Id),
    Swap(Id, Id),
    Close,
    Join(Waiter),
    Promote,
    /// Second halves, which only the designs that write twice know.
    FinishSwap(Id, Id),
    FinishNoShow(Id),
}

/// One transaction: conditions and effects together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Write {
    pub deed: Deed,
    pub compares: Items,
    pub raises: Items,
    pub slots: [(Must, Put); SLOTS],
    pub records: [Option<Record>; BOOKINGS],
    pub counts: [Count; PEOPLE],
    pub line: Option<Line>,
    /// The day must not have been closed.
    pub open: bool,
    pub closes: bool,
    /// The clock that decided. No condition: a line is judged by it.
    pub clock: Clock,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Must {
    Anything,
    BeFree,
    Carry(Id),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Put {
    Nothing,
    Free,
    Entry(Entry),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Record {
    pub from: From,
    pub to: Booking,
}

/// What is demanded of a booking record beside its lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum From {
    Nothing,
    Held,
    Anything,
}

/// What happens to a person's count: `add`, or the number itself where one is set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Count {
    pub add: i8,
    pub set: Option<u8>,
    pub at_most: Option<u8>,
    pub at_least: Option<u8>,
}

impl Room {
    pub fn is(&self, wrong: Wrong) -> bool {
        self.wrong.contains(&wrong)
    }

    /// Judges a write and applies it; versions apart, which the race keeps.
    pub fn judge(&self, ledger: &Ledger, write: &Write) -> Option<Ledger> {
        let slots = write.slots.iter().zip(ledger.slots).all(|((must, _), now)| match must {
            Must::Anything => true,
            Must::BeFree => now.is_none(),
            Must::Carry(id) => now.is_some_and(|entry| entry.booking == *id),
        });
        let records = write.records.iter().zip(ledger.bookings).all(|(record, now)| {
            record.is_none_or(|record| match record.from {
                From::Nothing => now.is_none(),
                From::Held => now.is_some_and(|b| b.status == Status::Held),
                From::Anything => true,
            })
        });
        let counts = write.counts.iter().zip(ledger.counts).all(|(count, now)| {
            count.at_most.is_none_or(|most| now <= most) && count.at_least.is_none_or(|least| now >= least)
        });
        let accepted = slots && records && counts && !(write.open && ledger.closed);
        accepted.then(|| self.apply(*ledger, write))
    }

    fn apply(&self, before: Ledger, write: &Write) -> Ledger {
        let mut after = before;
        for (slot, (_, put)) in after.slots.iter_mut().zip(write.slots) {
            *slot = match put {
                Put::Nothing => *slot,
                Put::Free => None,
                Put::Entry(entry) => Some(entry),
            };
        }
        for (booking, record) in after.bookings.iter_mut().zip(write.records) {
            let back = |was: Booking, to: Booking| !was.status.live() || was.status > to.status;
            after.resurrected |= booking.zip(record).is_some_and(|(was, record)| back(was, record.to));
            *booking = record.map(|record| record.to).or(*booking);
        }
        for (now, count) in after.counts.iter_mut().zip(write.counts) {
            *now = count.set.unwrap_or(now.saturating_add_signed(count.add));
        }
        after.line = write.line.unwrap_or(after.line);
        after.closed |= write.closes;
        match write.deed {
            Deed::Join(who) => after.joined |= 1 << who,
            Deed::Take(_) | Deed::Promote => {
                after.entered_closed |= after.closed;
                after.overtaken |= self.overtakes(&before, &after, write);
            }
            _ => {}
        }
        after
    }

    /// Whether a waiter who fitted loses his slots to a booking that is not his, made by somebody
    /// from behind him or from outside the line.
    fn overtakes(&self, before: &Ledger, after: &Ledger, write: &Write) -> bool {
        let clock = if self.strict { before.clock } else { write.clock };
        let made = |id: &Id| write.records[*id as usize].is_some_and(|r| r.from == From::Nothing);
        if !(0..BOOKINGS as Id).any(|id| made(&id)) {
            return false; // He was struck from the line, for nobody's benefit.
        }
        let served = |who: &Waiter| self.waiters[*who].iter().any(made);
        let could = self.fitting(before, clock);
        let ahead = could.iter().take_while(|who| !served(who));
        let can = self.fitting(after, clock);
        ahead.into_iter().any(|who| !can.contains(who))
    }

    /// The waiters who fit, in order: each wants slots of an open day that are still to come, free or
    /// of lapsed holds, and not claimed by one before him.
    pub fn fitting(&self, ledger: &Ledger, clock: Clock) -> Vec<Waiter> {
        if ledger.closed && !self.is(Wrong::WaitingBlindly) {
            return Vec::new();
        }
        let taken =
            |k: usize| ledger.slots[k].is_some_and(|e| !e.expires || clock.past & (1 << e.booking) == 0);
        let over = |k: usize| k < clock.begun && !self.is(Wrong::WaitingBlindly);
        let mut claimed: Slots = (0..SLOTS).filter(|&k| taken(k) || over(k)).map(|k| 1 << k).sum();
        let mut fitting: Vec<Waiter> = ledger.line.into_iter().flatten().collect();
        fitting.retain(|&who| {
            let wanted = self.wanted_by(who);
            let fits = claimed & wanted == 0;
            claimed |= if fits { wanted } else { 0 };
            fits
        });
        fitting
    }

    pub fn wanted_by(&self, who: Waiter) -> Slots {
        self.wishes[self.waiters[who][0] as usize]
    }
}

/// The slots of a set, in order.
pub fn each(slots: Slots) -> impl Iterator<Item = usize> {
    (0..SLOTS).filter(move |&k| has(slots, k))
}
