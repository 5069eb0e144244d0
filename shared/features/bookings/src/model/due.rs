//! What a worker has to look at next about a booking, and when.

use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

use super::{Booking, Status};

/// What is due. Partitions of one index, so each worker reads its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Due {
    /// A hold ends.
    Hold,
    /// A reminder is to be sent.
    Remind,
    /// Somebody should have come, or a request should have been answered.
    Arrive,
    /// It is over.
    Finish,
    /// What was paid is to be paid back.
    Refund,
}

impl Due {
    /// The partition of the index.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hold => "hold",
            Self::Remind => "remind",
            Self::Arrive => "arrive",
            Self::Finish => "finish",
            Self::Refund => "refund",
        }
    }
}

/// The next thing due about a booking as it is at `now`. It decides nothing: whoever looks decides by the
/// booking and the clock.
pub(super) fn next(booking: &Booking, now: Timestamp) -> Option<(Due, i64)> {
    match booking.status {
        Status::Held => booking.hold_until.map(|until| (Due::Hold, until)),
        Status::Pending => Some((Due::Arrive, booking.start_time.as_second())),
        Status::Confirmed => {
            let end = (Due::Finish, booking.end_time.as_second());
            [reminder(booking, now), arrival(booking), Some(end)]
                .into_iter()
                .flatten()
                .min_by_key(|due| due.1)
        }
        Status::Cancelled => booking.refund_owed().map(|(_, since)| (Due::Refund, since.as_second())),
        Status::Draft
        | Status::NeedsReview
        | Status::Reviewed
        | Status::Paying
        | Status::Completed
        | Status::Expired
        | Status::NoShow => None,
    }
}

/// The reminder of the first time still ahead that has none yet; a time booked too late for one has none. One
/// that is late already is due at once.
fn reminder(booking: &Booking, now: Timestamp) -> Option<(Due, i64)> {
    let before = i64::from(booking.terms.remind_hours?).hours();
    let mut starts = booking.intervals().iter().map(|time| time.start).collect::<Vec<_>>();
    starts.retain(|start| *start > now && booking.reminded.is_none_or(|done| *start > done));
    let mut at = starts.into_iter().filter_map(|start| start.checked_sub(before).ok());
    let at = at.find(|at| *at > booking.created_at)?;
    Some((Due::Remind, at.as_second()))
}

/// What counts as reminded of once a booking has another first time: a time too near for a reminder is told by
/// the news itself.
pub(super) fn told_by_news(booking: &Booking, now: Timestamp) -> Option<Timestamp> {
    let before = i64::from(booking.terms.remind_hours?).hours();
    let near = booking.start_time.checked_sub(before).is_ok_and(|at| at <= now);
    near.then_some(booking.start_time)
}

/// When whoever has not checked in counts as not come. A series has no such time: its later hours are theirs.
fn arrival(booking: &Booking) -> Option<(Due, i64)> {
    let minutes = booking.terms.no_show_minutes.filter(|_| booking.checked_in_at.is_none())?;
    let at = booking.start_time.as_second() + i64::from(minutes) * 60;
    (booking.times.is_empty()).then_some((Due::Arrive, at))
}
