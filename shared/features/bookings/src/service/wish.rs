//! A wish to book, as it was sent.

use jiff::civil::Date;
use maru_kernel::{RoomId, UserId};

use super::plan::When;
use crate::model::{Booking, Contact, Departure, Interval, Resource};
use crate::rules::Repeat;

/// The times of a wish.
#[derive(Debug, Clone)]
pub enum Times {
    /// Once.
    One(When, When),
    /// Again and again, beginning with this.
    Repeated(When, When, Repeat),
    /// These.
    Listed(Vec<(When, When)>),
}

/// What somebody wants.
#[derive(Debug, Clone)]
pub enum Wished {
    /// Hours of a room.
    Room {
        /// The room.
        room_id: RoomId,
        /// When.
        times: Times,
        /// Whether times that cannot be had are left out; otherwise all or nothing.
        skip: bool,
    },
    /// Seats of a tour's departure.
    Tour(Departure),
}

/// For whom.
#[derive(Debug, Clone)]
pub enum Whom {
    /// The caller.
    Caller,
    /// Somebody with an account. Staff only.
    Person(UserId),
    /// Somebody without. Staff only.
    Guest,
}

/// A wish to book, checked as far as it can be without what is booked.
#[derive(Debug, Clone)]
pub struct NewBooking {
    /// What.
    pub wished: Wished,
    /// For whom.
    pub whom: Whom,
    /// Whom to reach, where that is not the account.
    pub contact: Option<Contact>,
    /// What for, in a line; of a tour empty for its name.
    pub title: String,
    /// What for, in more.
    pub description: String,
    /// Heads that come to a room.
    pub heads: Option<u16>,
    /// Only put together, nothing taken. Staff only.
    pub draft: bool,
    /// Firm at once, paid or not. Staff only.
    pub firm: bool,
}

/// A time of a series that could not be had, and why.
#[derive(Debug, Clone)]
pub struct Skipped {
    /// The time.
    pub time: Interval,
    /// A code: `taken`, or the rule's.
    pub code: &'static str,
}

/// What a wish led to.
#[derive(Debug, Clone)]
pub struct Made {
    /// The booking.
    pub booking: Booking,
    /// Whether an earlier, identical request made it.
    pub replayed: bool,
    /// What was left out.
    pub skipped: Vec<Skipped>,
}

impl Wished {
    pub(super) fn resource(&self) -> Resource {
        match self {
            Self::Room { room_id, .. } => Resource::Room(*room_id),
            Self::Tour(departure) => Resource::Tour(departure.tour_id),
        }
    }

    /// The days it can touch, as far as that can be known before its resource is read.
    pub(super) fn candidates(&self) -> Vec<Date> {
        let mut dates = match self {
            Self::Room { times: Times::One(start, end), .. } => {
                [start.candidates(), end.candidates()].concat()
            }
            Self::Room { times: Times::Repeated(..) | Times::Listed(_), .. } => Vec::new(),
            Self::Tour(departure) => vec![departure.date],
        };
        dates.sort_unstable();
        dates.dedup();
        dates
    }
}
