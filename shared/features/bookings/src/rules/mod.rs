//! Decisions, as pure functions.

mod free;
mod hours;
mod offer;
mod refund;
mod series;

use jiff::Timestamp;

pub use free::{Vacant, alternatives, free, spans_of_day};
pub use hours::open_spans;
pub use offer::{Reason, departure_bounds, may_book_room, may_book_tour, occupied, room_price};
pub use refund::{Refund, refund};
pub use series::{Frequency, MOST_TIMES, Repeat, expand};

/// Seconds an unpaid hold lasts.
pub const HOLD_SECONDS: i64 = 10 * 60;
/// Seconds after its making beyond which a hold is not renewed, however often a payment is declined.
pub const LONGEST_HOLD_SECONDS: i64 = 60 * 60;
/// Seconds somebody has to pay after staff approved, or to accept what came up while they waited.
pub const OFFER_SECONDS: i64 = 24 * 60 * 60;
/// Seconds somebody in line has to accept what came up.
pub const LINE_OFFER_SECONDS: i64 = 30 * 60;
/// Slots a booking may have on one day: what fits DynamoDB's 4 KB of condition.
pub const MOST_SLOTS: u16 = 48;
/// Hours after its cancellation in which a booking can be restored.
pub const RESTORE_HOURS: i64 = 24;
/// Minutes before the start when somebody can be checked in first.
pub const CHECK_IN_MINUTES: i64 = 60;
/// People who can wait for one day at a time: the line lies in the day's item, which stays small.
pub const LONGEST_LINE: usize = 20;

/// The end of a hold that comes back after a declined payment: as long as an ordinary one, or, where staff or
/// the line gave longer, as long as they gave.
pub fn hold_again(limit: i64, now: Timestamp) -> Option<i64> {
    let given = limit.saturating_sub(now.as_second());
    hold_until(limit, now, if given > LONGEST_HOLD_SECONDS { given } else { HOLD_SECONDS })
}

/// The end of a hold taken or renewed at `now` for `seconds`, if it may last to `limit`; `None` past that.
pub fn hold_until(limit: i64, now: Timestamp, seconds: i64) -> Option<i64> {
    let now = now.as_second();
    (now < limit).then(|| now.saturating_add(seconds).min(limit))
}
