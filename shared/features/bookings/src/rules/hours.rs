//! When a room is open, as instants.

use jiff::civil::{Date, time};
use maru_rooms::{Because, DAY_MINUTES, Room};

use crate::grid::Grid;
use crate::model::Interval;

/// A room's openings over some days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Open {
    /// When it is open, in order; one that goes on over midnight is one.
    pub spans: Vec<Interval>,
    /// Day by day, why there are the hours there are.
    pub because: Vec<(Date, Because)>,
}

impl Open {
    /// Whether it is open from the first to the last instant.
    pub fn covers(&self, wish: Interval) -> bool {
        self.spans.iter().any(|open| open.start <= wish.start && wish.end <= open.end)
    }
}

/// When a room is open from one local day to another, both included.
pub fn open_spans(room: &Room, grid: &Grid, from: Date, to: Date) -> Open {
    let mut open = Open { spans: Vec::new(), because: Vec::new() };
    for date in from.series(jiff::Span::new().days(1)).take_while(|date| *date <= to) {
        let (hours, because) = room.hours.on(date);
        open.because.push((date, because));
        for minutes in hours {
            let (Some(start), Some(end)) = (at(grid, date, minutes.from), at(grid, date, minutes.to)) else {
                continue;
            };
            match open.spans.last_mut() {
                Some(last) if last.end >= start => last.end = last.end.max(end),
                _ if start < end => open.spans.push(Interval { start, end }),
                _ => {}
            }
        }
    }
    open
}

/// The instant of a minute of a local day by the wall clock; 1440 is the next midnight.
fn at(grid: &Grid, day: Date, minutes: u16) -> Option<jiff::Timestamp> {
    if minutes >= DAY_MINUTES {
        return grid.first_of(day.tomorrow().ok()?);
    }
    let clock = time(i8::try_from(minutes / 60).ok()?, i8::try_from(minutes % 60).ok()?, 0, 0);
    day.to_datetime(clock).to_zoned(grid.zone().clone()).ok().map(|zoned| zoned.timestamp())
}
