//! The times of a series.

use jiff::civil::{Date, DateTime, Weekday};
use jiff::{SignedDuration, Span};

use crate::grid::Grid;
use crate::model::Interval;

/// Times a series may have: with two days each and what else a write carries, a transaction's hundred
/// actions hold them.
pub const MOST_TIMES: usize = 25;
/// Days ahead a repetition is followed; none that is open needs more.
const MOST_DAYS: i32 = 366 * 2;

/// How often.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Frequency {
    /// Every so many days.
    Daily,
    /// Every so many weeks, on some weekdays.
    Weekly,
}

/// A repetition by the wall clock: ten o'clock stays ten o'clock when the clocks change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repeat {
    /// How often.
    pub frequency: Frequency,
    /// Every so many of those.
    pub interval: u16,
    /// The weekdays of a weekly one; the first time's own where none is named.
    pub days: Vec<Weekday>,
    /// How many times at most.
    pub count: Option<usize>,
    /// The last date.
    pub until: Option<Date>,
}

/// The times of a repetition that begins with `first` to `last`, one more than allowed at most. A time the
/// clocks skip is left out.
pub fn expand(repeat: &Repeat, first: DateTime, last: DateTime, grid: &Grid) -> Vec<Interval> {
    let length = last.duration_since(first);
    let most = repeat.count.unwrap_or(MOST_TIMES + 1).min(MOST_TIMES + 1);
    let dates = (0..MOST_DAYS).filter_map(|offset| {
        let date = first.date().checked_add(Span::new().days(offset)).ok()?;
        fits(repeat, first.date(), date, offset).then_some(date)
    });
    let dates = dates.take_while(|date| repeat.until.is_none_or(|until| *date <= until)).take(most);
    dates.filter_map(|date| time_on(date, first, length, grid)).collect()
}

fn fits(repeat: &Repeat, first: Date, date: Date, offset: i32) -> bool {
    let every = i32::from(repeat.interval.max(1));
    match repeat.frequency {
        Frequency::Daily => offset % every == 0,
        Frequency::Weekly => {
            let into_week = i32::from(first.weekday().to_monday_zero_offset());
            let named = if repeat.days.is_empty() {
                date.weekday() == first.weekday()
            } else {
                repeat.days.contains(&date.weekday())
            };
            named && ((offset + into_week) / 7) % every == 0
        }
    }
}

fn time_on(date: Date, first: DateTime, length: SignedDuration, grid: &Grid) -> Option<Interval> {
    let wall = date.to_datetime(first.time());
    let start = grid.at_wall(wall)?;
    Some(Interval { start, end: grid.at_wall(wall.checked_add(length).ok()?)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weekly(days: Vec<Weekday>, interval: u16, count: usize) -> Repeat {
        Repeat { frequency: Frequency::Weekly, interval, days, count: Some(count), until: None }
    }
    fn times(repeat: &Repeat, first: &str, last: &str, zone: &str) -> Vec<String> {
        let grid = Grid::new(zone, 15).unwrap();
        expand(repeat, first.parse().unwrap(), last.parse().unwrap(), &grid)
            .into_iter()
            .map(|time| time.start.to_zoned(grid.zone().clone()).strftime("%m-%d %H:%M %:z").to_string())
            .collect()
    }

    #[test]
    fn weeks_are_counted_from_monday_and_days_within_them_in_order() {
        let days = vec![Weekday::Tuesday, Weekday::Thursday];
        let found = times(&weekly(days, 2, 4), "2026-12-03T10:00", "2026-12-03T11:00", "Asia/Seoul");
        assert_eq!(
            found,
            ["12-03 10:00 +09:00", "12-15 10:00 +09:00", "12-17 10:00 +09:00", "12-29 10:00 +09:00"]
        );
    }

    #[test]
    fn ten_oclock_stays_ten_oclock_and_a_time_that_does_not_exist_is_left_out() {
        let found = times(&weekly(vec![], 1, 3), "2026-03-01T10:00", "2026-03-01T11:00", "America/New_York");
        assert_eq!(found, ["03-01 10:00 -05:00", "03-08 10:00 -04:00", "03-15 10:00 -04:00"]);
        let found = times(&weekly(vec![], 1, 3), "2026-03-01T02:30", "2026-03-01T03:30", "America/New_York");
        assert_eq!(found, ["03-01 02:30 -05:00", "03-15 02:30 -04:00"]);
    }

    #[test]
    fn it_ends_by_count_by_date_or_one_beyond_what_is_allowed() {
        let daily = Repeat {
            frequency: Frequency::Daily,
            interval: 1,
            days: vec![],
            count: None,
            until: Some("2026-12-03".parse().unwrap()),
        };
        assert_eq!(times(&daily, "2026-12-01T10:00", "2026-12-01T11:00", "Asia/Seoul").len(), 3);
        let endless = Repeat { until: None, ..daily };
        assert_eq!(
            times(&endless, "2026-12-01T10:00", "2026-12-01T11:00", "Asia/Seoul").len(),
            MOST_TIMES + 1
        );
    }
}
