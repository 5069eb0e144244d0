//! How much one person has: counters that move in the transaction that takes or frees.

use std::collections::BTreeMap;

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use maru_kernel::UserId;
use maru_rooms::Period;
use maru_table::{Condition, Key, Write};

use crate::model::{Booking, Resource, What};
use crate::store::LEDGER;

/// Days a counter is kept behind its period.
const KEEP_DAYS: i32 = 90;

/// A person's bookings of one resource in one period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Counter {
    user: UserId,
    resource: Resource,
    /// The first day of the period.
    first: Date,
}

/// What a booking counts for, and how often: a series once for each time. Nothing where it is not counted;
/// what staff keep for themselves never is.
pub fn counters(booking: &Booking) -> BTreeMap<Counter, u16> {
    let (Some(per), Some(user)) = (booking.counted, booking.user_id) else { return BTreeMap::new() };
    if matches!(booking.what, What::Block(_)) {
        return BTreeMap::new();
    }
    let zone = TimeZone::get(&booking.zone).unwrap_or(TimeZone::UTC);
    let mut counts = BTreeMap::new();
    for time in booking.intervals() {
        let first = first_of(per, time.start.to_zoned(zone.clone()).date());
        *counts.entry(Counter { user, resource: booking.what.resource(), first }).or_insert(0) += 1;
    }
    counts
}

fn first_of(per: Period, date: Date) -> Date {
    match per {
        Period::Day => date,
        Period::Week if date.weekday() == Weekday::Monday => date,
        Period::Week => date.nth_weekday(-1, Weekday::Monday).unwrap_or(date),
        Period::Month => date.first_of_month(),
    }
}

impl Counter {
    /// Counts `by` more, up to `limit`.
    pub fn raise(self, by: u16, limit: u16) -> Write {
        let room = i128::from(limit) - i128::from(by);
        let fits = Condition::at_most("n", room);
        // Where nothing is counted yet, there must be room for all of it.
        let condition = if room >= 0 { Condition::absent("n").or(fits) } else { fits };
        self.change(i64::from(by)).when(condition)
    }

    /// Counts `by` more or fewer, whatever the limit.
    pub fn change(self, by: i64) -> Write {
        let Self { user, resource, first } = self;
        let gone_at = first
            .checked_add((KEEP_DAYS + 31).days())
            .and_then(|date| date.to_zoned(TimeZone::UTC))
            .map_or(i64::MAX, |zoned| zoned.timestamp().as_second());
        let key = Key::of(&LEDGER, format!("quota#{user}#{resource}#{first}"));
        Write::update(key).add("n", by).set_number("expires_at", gone_at)
    }
}
