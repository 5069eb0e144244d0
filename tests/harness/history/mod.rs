//! Judging bookings from outside: what clients asked and were told, and what stands at the end.
//!
//! A recorder writes one [`Event`] per call, with the times between which the call was under way, and
//! reads everything once when nothing runs any more ([`Closing`]). [`judge()`] then says which promises
//! that history breaks. It knows no product code and no ledger: only what a guest, a clerk and a clock
//! can see.
//!
//! Every verdict is a proof. A history that *some* order of its calls explains is never blamed: two
//! calls under way together may have happened either way round, and one without an answer may have
//! happened at any time after it began, or never. What follows from that is kept as certainties ("from
//! the end of the call that took it to the beginning of the one that freed it") for what must not be,
//! and as possibilities ("from the beginning of the one to the end of the other") for what needs a reason.
#![allow(clippy::indexing_slicing, reason = "an index is used on the table that handed it out")]

mod chain;
mod clock;
mod closing;
mod gaps;
mod joint;
mod judge;
mod line;
mod moves;
mod origin;
mod place;
mod reads;
mod refusals;
mod space;
mod timeline;
mod turns;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

pub use judge::{Finding, Rule, judge};
pub use place::{Place, Resource, Share, Span};

/// A time of the recorder: nanoseconds, or a counter. A call precedes another one when its end is
/// *smaller* than the other one's begin; at equal times they were under way together.
pub type Time = u64;
/// A minute on one endless axis, the same for every resource.
pub type Minute = i64;
/// A reading of the clock that makes holds lapse, in any unit.
pub type Moment = i64;

/// A booking's id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Booking(pub String);

/// Whose a booking is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Person(pub String);

/// An idempotency key, one person's.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(pub String);

/// A place in a waiting line.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(pub String);

/// Where a booking stands. What occupies nothing yet (a draft) needs no recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    Held,
    Pending,
    Paying,
    Confirmed,
    Completed,
    Cancelled,
    Expired,
    NoShow,
}

/// A booking as somebody was shown it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Seen {
    pub booking: Booking,
    pub person: Person,
    pub status: Status,
    /// Grows with every change.
    pub version: u64,
    /// What it occupies while its status occupies anything, buffers included.
    pub place: Place,
    /// When the hold lapses; on holds only.
    pub hold_until: Option<Moment>,
    /// The line's place it was offered to.
    pub ticket: Option<Ticket>,
}

/// What is asked of a booking that exists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    Extend,
    /// Makes a hold firm.
    Pay,
    /// The provider's word on a payment.
    Settle,
    Approve,
    Reject,
    Cancel,
    Reschedule(Place),
    /// Exchanges places with another booking. Its answer shows both.
    Swap(Booking),
    /// A cancellation or a no-show taken back.
    Restore,
    CheckIn,
    Complete,
    /// Nobody came; from this minute on its place is free.
    NoShow(Minute),
    Unblock,
}

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Call {
    Create {
        place: Place,
        by: Person,
        key: Option<Key>,
    },
    /// Closes a place for everybody. Counts as a booking.
    Block {
        place: Place,
        by: Person,
        key: Option<Key>,
    },
    Change {
        booking: Booking,
        change: Change,
    },
    /// Waits for exactly this place; answered by [`Reply::Queued`].
    Join {
        place: Place,
        by: Person,
    },
    Leave(Ticket),
    /// The line's next is made an offer. Whoever only *sees* an offer records a read.
    Promote(Resource),
    /// The clock was set. One that runs by itself is recorded as one tick from reading to reading. Who
    /// sets a clock hears of it: a lost tick leaves open for good whether anything has lapsed.
    Tick(Moment),
    Read(Booking),
    /// Who has what, or what is free, between two minutes. One consistent read.
    ReadDay {
        resource: Resource,
        day: Span,
    },
}

/// Why a call was refused. The judge asks reasons for [`Why::Taken`] only: the others say nothing about
/// anybody else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Why {
    Taken,
    Status,
    Forbidden,
    Invalid,
    Contended,
    Version,
    Quota,
    NotFound,
}

/// Something shown as occupied, with its owner where the reader may see owners.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    pub span: Span,
    pub booking: Option<Booking>,
}

/// What was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// The bookings the call made, changed or read, as they stood right after it.
    Done(Vec<Seen>),
    Queued(Ticket),
    Day(Vec<Taken>),
    Free(Vec<Span>),
    Refused(Why),
    /// Nobody knows: it may have happened, at any time since it began, or not.
    Lost,
}

impl Reply {
    /// The bookings it shows.
    pub fn seen(&self) -> &[Seen] {
        match self {
            Self::Done(seen) => seen,
            Self::Queued(_) | Self::Day(_) | Self::Free(_) | Self::Refused(_) | Self::Lost => &[],
        }
    }
}

/// One call of one client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    pub client: usize,
    pub begin: Time,
    pub end: Time,
    pub call: Call,
    pub reply: Reply,
}

/// A ledger day at the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Day {
    pub resource: Resource,
    pub span: Span,
    pub taken: Vec<Taken>,
}

/// Everything, read when nothing ran any more.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Closing {
    /// When that reading began: after the end of every event.
    pub at: Time,
    /// All bookings there ever were.
    pub bookings: Vec<Seen>,
    /// The days that were looked at; others are not judged.
    pub days: Vec<Day>,
    /// Seats counted as taken, for the departures that were looked at.
    pub seats: BTreeMap<(Resource, String), u32>,
    /// Occupying bookings as the system counts them, for the people that were looked at.
    pub quota: BTreeMap<Person, u32>,
    /// Who still waits.
    pub line: Vec<Ticket>,
}

/// What a judge must be told about the system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// Seats of each departure.
    pub capacity: BTreeMap<(Resource, String), u32>,
    /// The clock at the beginning.
    pub clock: Moment,
    /// The version of a booking just made, if every change adds exactly one; `None` if versions only rise.
    pub first_version: Option<u64>,
    /// What a quota counts.
    pub counted: Vec<Status>,
    /// Whether the reading at the end counts a lapsed hold as long as nobody has taken its place. If
    /// not, it may count it or not.
    pub lapsed_counts: bool,
    /// Whether payments are settled and offers made behind the scenes, too, not by recorded calls alone.
    pub works_alone: bool,
}

impl Default for Terms {
    fn default() -> Self {
        Self {
            capacity: BTreeMap::new(),
            clock: Moment::MIN,
            first_version: Some(1),
            counted: vec![Status::Held, Status::Pending, Status::Paying, Status::Confirmed],
            lapsed_counts: true,
            works_alone: true,
        }
    }
}

/// What happened, as clients saw it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct History {
    pub terms: Terms,
    pub events: Vec<Event>,
    pub closing: Closing,
}
