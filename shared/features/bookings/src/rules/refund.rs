//! What is paid back on a cancellation.

use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use maru_kernel::Money;
use maru_rooms::Policy;

use crate::model::Interval;

/// What is paid back, and by which rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refund {
    /// The amount.
    pub amount: Money,
    /// The rule that decided, for people: `free_until`, `staged`, `academy`.
    pub rule: &'static str,
}

/// What of `paid` is paid back when a booking of these times is cancelled at `now`. Rounded up to the minor
/// unit, in the customer's favour.
pub fn refund(policy: &Policy, paid: Money, times: &[Interval], zone: &TimeZone, now: Timestamp) -> Refund {
    let start = times.iter().map(|time| time.start).min().unwrap_or(now);
    let hours_left = |hours: u16| start.duration_since(now).as_secs() >= i64::from(hours) * 3600;
    let percent = |percent: u8| share(paid, u64::from(percent), 100);
    match policy {
        Policy::FreeUntil { hours } => {
            let share = if hours_left(*hours) && now < start { 100 } else { 0 };
            Refund { amount: percent(share), rule: "free_until" }
        }
        Policy::Staged { stages } => {
            let stage = stages.iter().find(|stage| hours_left(stage.hours)).filter(|_| now < start);
            Refund { amount: percent(stage.map_or(0, |stage| stage.percent)), rule: "staged" }
        }
        Policy::Academy => Refund { amount: academy(paid, times, zone, now), rule: "academy" },
    }
}

/// `paid` × `part` / `whole`, rounded up.
fn share(paid: Money, part: u64, whole: u64) -> Money {
    let (part, whole) = (i128::from(part), i128::from(whole.max(1)));
    let minor = (i128::from(paid.minor) * part + whole - 1).div_euclid(whole);
    Money { minor: i64::try_from(minor).unwrap_or(paid.minor), ..paid }
}

/// The table of the enforcement decree (별표 4, 제18조 제3항): before the teaching begins everything; within a
/// month two thirds until a third of its hours is over, half until half of them is, then nothing; of a longer
/// one the running month by that rule and the months to come whole. Months are counted from the first day,
/// and each is worth its share of the hours.
fn academy(paid: Money, times: &[Interval], zone: &TimeZone, now: Timestamp) -> Money {
    let minutes = |times: &[Interval]| times.iter().map(|t| t.minutes().unsigned_abs()).sum::<u64>();
    let total = minutes(times);
    // In sixths of a minute, so that thirds and halves are whole.
    let back: u64 = months(times, zone)
        .iter()
        .map(|month| {
            let all = minutes(month);
            let over: u64 = month.iter().map(|time| elapsed(*time, now)).sum();
            let begun = month.iter().any(|time| time.start <= now);
            match () {
                () if !begun => all * 6,
                () if over * 3 < all => all * 4,
                () if over * 2 < all => all * 3,
                () => 0,
            }
        })
        .sum();
    share(paid, back, total.saturating_mul(6))
}

fn elapsed(time: Interval, now: Timestamp) -> u64 {
    let until = now.clamp(time.start, time.end);
    until.duration_since(time.start).as_mins().unsigned_abs()
}

/// The times by month from the local day of the first.
fn months(times: &[Interval], zone: &TimeZone) -> Vec<Vec<Interval>> {
    let Some(first) = times.iter().map(|time| time.start).min() else { return Vec::new() };
    let day = |at: Timestamp| at.to_zoned(zone.clone()).date();
    let mut months: Vec<Vec<Interval>> = Vec::new();
    for time in times {
        let ends = (1..).map_while(|n| day(first).checked_add(Span::new().months(n)).ok());
        let index = ends.take_while(|end| *end <= day(time.start)).count();
        months.resize_with(months.len().max(index + 1), Vec::new);
        if let Some(month) = months.get_mut(index) {
            month.push(*time);
        }
    }
    months
}

#[cfg(test)]
mod tests {
    use super::*;
    use maru_kernel::Currency;
    use maru_rooms::Stage;

    const PAID: Money = Money { minor: 90_000, currency: Currency::KRW };

    fn at(text: &str) -> Timestamp {
        format!("{text}:00+09:00").parse().unwrap()
    }
    fn seoul() -> TimeZone {
        TimeZone::get("Asia/Seoul").unwrap()
    }
    fn time(from: &str, to: &str) -> Interval {
        Interval { start: at(from), end: at(to) }
    }
    fn back(policy: &Policy, times: &[Interval], now: &str) -> i64 {
        refund(policy, PAID, times, &seoul(), at(now)).amount.minor
    }

    #[test]
    fn free_until_a_day_before_to_the_second() {
        let times = [time("2026-12-10T10:00", "2026-12-10T12:00")];
        let policy = Policy::FreeUntil { hours: 24 };
        assert_eq!(back(&policy, &times, "2026-12-09T10:00"), 90_000);
        assert_eq!(back(&policy, &times, "2026-12-09T10:01"), 0);
        assert_eq!(back(&Policy::FreeUntil { hours: 0 }, &times, "2026-12-10T10:00"), 0, "begun is begun");
    }

    #[test]
    fn stages_fall_towards_the_start_and_end_with_nothing() {
        let times = [time("2026-12-10T10:00", "2026-12-10T12:00")];
        let stages = vec![
            Stage { hours: 72, percent: 100 },
            Stage { hours: 24, percent: 50 },
            Stage { hours: 1, percent: 33 },
        ];
        let policy = Policy::Staged { stages };
        let cases = [
            ("2026-12-07T10:00", 90_000),
            ("2026-12-07T10:01", 45_000),
            ("2026-12-09T10:01", 29_700),
            ("2026-12-10T09:01", 0),
        ];
        for (now, expected) in cases {
            assert_eq!(back(&policy, &times, now), expected, "{now}");
        }
    }

    #[test]
    fn the_academy_table_within_a_month() {
        // Six hours in a month: a third is two, half is three.
        let times: Vec<Interval> =
            (1..=6).map(|d| time(&format!("2026-12-0{d}T10:00"), &format!("2026-12-0{d}T11:00"))).collect();
        let cases = [
            ("2026-12-01T09:59", 90_000),
            ("2026-12-01T10:00", 60_000),
            ("2026-12-02T10:59", 60_000),
            ("2026-12-02T11:00", 45_000),
            ("2026-12-03T10:59", 45_000),
            ("2026-12-03T11:00", 0),
            ("2026-12-09T00:00", 0),
        ];
        for (now, expected) in cases {
            assert_eq!(back(&Policy::Academy, &times, now), expected, "{now}");
        }
    }

    #[test]
    fn the_academy_table_over_three_months() {
        let day = |date: &str| time(&format!("{date}T10:00"), &format!("{date}T11:00"));
        // Three a month, 10,000 won each.
        let dates = [
            "2026-12-01",
            "2026-12-08",
            "2026-12-31",
            "2027-01-01",
            "2027-01-12",
            "2027-01-31",
            "2027-02-01",
            "2027-02-09",
            "2027-02-28",
        ];
        let times: Vec<Interval> = dates.into_iter().map(day).collect();
        // The first month is half over, the others are whole.
        assert_eq!(back(&Policy::Academy, &times, "2026-12-09T00:00"), 60_000);
        // A third of the first is over: half of it comes back.
        assert_eq!(back(&Policy::Academy, &times, "2026-12-01T11:00"), 75_000);
        // Between two months, before the second begins.
        assert_eq!(back(&Policy::Academy, &times, "2027-01-01T09:59"), 60_000);
        assert_eq!(back(&Policy::Academy, &times, "2027-01-01T10:00"), 50_000);
    }
}
