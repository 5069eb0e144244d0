//! When something is open: a week, its exceptions, and public holidays.

use jiff::civil::{Date, Weekday};
use serde::{Deserialize, Serialize};

use crate::holidays::Calendar;

/// Minutes of a day by the wall clock.
pub const DAY_MINUTES: u16 = 24 * 60;

/// From one minute of a local day to another, the latter not included. Minutes count from midnight by the
/// wall clock; 1440 is the next midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Minutes {
    /// Included.
    #[serde(rename = "f")]
    pub from: u16,
    /// Not included.
    #[serde(rename = "t")]
    pub to: u16,
}

/// Opening hours by weekday, Monday first; no hours on a weekday means closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Week(pub [Vec<Minutes>; 7]);

impl Week {
    /// The same hours every day.
    pub fn every_day(from: u16, to: u16) -> Self {
        Self(std::array::from_fn(|_| vec![Minutes { from, to }]))
    }

    /// The hours of a weekday.
    pub fn on(&self, day: Weekday) -> &[Minutes] {
        let index = usize::try_from(day.to_monday_zero_offset()).unwrap_or(0);
        self.0.get(index).map_or(&[], Vec::as_slice)
    }

    /// From the earliest opening to the latest closing of any weekday; `None` where it never opens.
    pub fn bounds(&self) -> Option<Minutes> {
        let all = || self.0.iter().flatten();
        let (from, to) = (all().map(|span| span.from).min()?, all().map(|span| span.to).max()?);
        Some(Minutes { from, to })
    }

    /// Whether every day has the same one span, or none.
    pub fn is_even(&self) -> bool {
        let first = self.on(Weekday::Monday);
        first.len() <= 1 && self.0.iter().all(|day| day.as_slice() == first)
    }
}

/// Other hours on one date: none means closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exception {
    /// The local date.
    #[serde(rename = "d")]
    pub date: Date,
    /// Its hours.
    #[serde(rename = "h")]
    pub hours: Vec<Minutes>,
}

/// Opening hours as they are set up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hours {
    /// The ordinary week.
    pub week: Week,
    /// Dates with other hours, which win over everything.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exceptions: Vec<Exception>,
    /// Whose public holidays it is closed on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holidays: Option<Calendar>,
}

/// Why there are the hours there are on a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Because {
    /// The ordinary week.
    Week,
    /// A public holiday of this name.
    Holiday(&'static str),
    /// An exception for the date.
    Exception,
}

impl Hours {
    /// The hours of a date, and why they are that.
    pub fn on(&self, date: Date) -> (&[Minutes], Because) {
        if let Some(exception) = self.exceptions.iter().find(|exception| exception.date == date) {
            return (&exception.hours, Because::Exception);
        }
        match self.holidays.and_then(|calendar| calendar.holiday(date)) {
            Some(name) => (&[], Because::Holiday(name)),
            None => (self.week.on(date.weekday()), Because::Week),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn an_exception_wins_over_a_holiday_and_a_holiday_over_the_week() {
        let late = vec![Minutes { from: 720, to: 780 }];
        let exceptions = vec![
            Exception { date: date(2026, 12, 25), hours: late.clone() },
            Exception { date: date(2026, 12, 28), hours: Vec::new() },
        ];
        let week = Week::every_day(540, 1320);
        let hours = Hours { week, exceptions, holidays: Some(Calendar::Korea) };
        let open: &[Minutes] = &[Minutes { from: 540, to: 1320 }];
        for (day, expected) in [
            (date(2026, 12, 24), (open, Because::Week)),
            (date(2026, 12, 25), (late.as_slice(), Because::Exception)),
            (date(2026, 12, 28), (&[], Because::Exception)),
            (date(2026, 10, 9), (&[], Because::Holiday("한글날"))),
        ] {
            assert_eq!(hours.on(day), expected, "{day}");
        }
        let hours = Hours { holidays: None, ..hours };
        assert_eq!(hours.on(date(2026, 10, 9)), (open, Because::Week));
    }

    #[test]
    fn the_bounds_of_a_week_are_its_earliest_and_its_latest_minute() {
        let mut week = Week::every_day(540, 720);
        assert!(week.is_even());
        week.0[6] = vec![Minutes { from: 480, to: 600 }, Minutes { from: 900, to: 1000 }];
        assert_eq!((week.bounds(), week.is_even()), (Some(Minutes { from: 480, to: 1000 }), false));
        let closed = Week(std::array::from_fn(|_| Vec::new()));
        assert_eq!((closed.bounds(), closed.is_even()), (None, true));
    }
}
