//! What is free.

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use maru_rooms::Room;

use super::hours::open_spans;
use crate::grid::Grid;
use crate::model::Interval;

/// Free spans offered where the asked one is taken.
const ALTERNATIVES: usize = 5;

/// Which slots of some consecutive local days can be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vacant {
    /// The days, in order.
    pub days: Vec<(Date, Vec<bool>)>,
}

impl Vacant {
    /// The runs of slots that can be had, from instant to instant; one that goes on over midnight is one.
    fn runs(&self, grid: &Grid) -> Vec<Interval> {
        let mut runs: Vec<Interval> = Vec::new();
        for (date, slots) in &self.days {
            for (slot, free) in (0_u16..).zip(slots) {
                let ends = (grid.start_of(*date, slot), grid.start_of(*date, slot + 1));
                let (true, (Some(start), Some(end))) = (free, ends) else { continue };
                match runs.last_mut() {
                    Some(last) if last.end == start => last.end = end,
                    _ => runs.push(Interval { start, end }),
                }
            }
        }
        runs
    }
}

/// The spans in which any booking of the room's shortest length or longer can be made now: its buffers fit
/// around them, the room is open, and its notice and horizon are kept. `vacant` reaches a day further on
/// either side where there are buffers.
pub fn free(room: &Room, grid: &Grid, vacant: &Vacant, now: Timestamp) -> Vec<Interval> {
    let (Some(first), Some(last)) = (vacant.days.first(), vacant.days.last()) else { return Vec::new() };
    let open = open_spans(room, grid, first.0, last.0);
    let (earliest, latest) = bounds(room, now);
    let runs = vacant.runs(grid).into_iter().filter_map(|run| shrink(room, run));
    let mut spans = Vec::new();
    for run in runs {
        spans.extend(open.spans.iter().filter_map(|open| {
            let start = up(grid, run.start.max(open.start).max(earliest))?;
            let end = run.end.min(open.end);
            (start < end && start <= latest).then_some(Interval { start, end })
        }));
    }
    spans.retain(|span| span.minutes() >= i64::from(room.min_minutes));
    spans
}

/// The first and last instant a booking may begin at.
pub(super) fn bounds(room: &Room, now: Timestamp) -> (Timestamp, Timestamp) {
    let notice = i64::from(room.min_notice_minutes).minutes();
    let ahead = i64::from(room.max_ahead_days).saturating_mul(24).hours();
    (now.checked_add(notice).unwrap_or(Timestamp::MAX), now.checked_add(ahead).unwrap_or(Timestamp::MAX))
}

fn shrink(room: &Room, run: Interval) -> Option<Interval> {
    let start = run.start.checked_add(i64::from(room.buffer_before).minutes()).ok()?;
    let end = run.end.checked_sub(i64::from(room.buffer_after).minutes()).ok()?;
    (start < end).then_some(Interval { start, end })
}

/// The first instant of the grid that is not before `at`.
fn up(grid: &Grid, at: Timestamp) -> Option<Timestamp> {
    let day = grid.day_of(at);
    match grid.slot_at(day, at)? {
        (_, true) => Some(at),
        (slot, false) => grid.start_of(day, slot + 1),
    }
}

/// The part of free spans that lies on a local day.
pub fn spans_of_day(grid: &Grid, spans: &[Interval], date: Date) -> Vec<Interval> {
    let ends = (grid.first_of(date), date.tomorrow().ok().and_then(|next| grid.first_of(next)));
    let (Some(start), Some(end)) = ends else { return Vec::new() };
    let clipped = spans.iter().map(|span| Interval { start: span.start.max(start), end: span.end.min(end) });
    clipped.filter(|span| span.start < span.end).collect()
}

/// Free spans as long as the wished one, nearest first.
pub fn alternatives(
    room: &Room,
    grid: &Grid,
    vacant: &Vacant,
    wish: Interval,
    now: Timestamp,
) -> Vec<Interval> {
    let length = wish.end.duration_since(wish.start);
    let (_, latest) = bounds(room, now);
    let mut found: Vec<Interval> = Vec::new();
    for span in free(room, grid, vacant, now) {
        let mut start = span.start;
        while let Ok(end) = start.checked_add(length) {
            // A span may reach further than a booking may begin.
            if end > span.end || start > latest {
                break;
            }
            found.push(Interval { start, end });
            let Ok(next) = start.checked_add(i64::from(room.slot_minutes).minutes()) else { break };
            start = next;
        }
    }
    found.sort_by_key(|span| (span.start.duration_since(wish.start).abs(), span.start));
    let mut kept: Vec<Interval> = Vec::new();
    for span in found {
        // Overlapping offers are one offer moved by a slot; people want a choice.
        if kept.iter().all(|other| !span.overlaps(*other)) {
            kept.push(span);
        }
        if kept.len() == ALTERNATIVES {
            break;
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grid_is_met_from_below() {
        let grid = Grid::new("Asia/Seoul", 15).unwrap();
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        assert_eq!(up(&grid, at("2026-12-01T10:00:00+09:00")), Some(at("2026-12-01T10:00:00+09:00")));
        assert_eq!(up(&grid, at("2026-12-01T10:00:01+09:00")), Some(at("2026-12-01T10:15:00+09:00")));
        assert_eq!(up(&grid, at("2026-12-01T23:50:00+09:00")), Some(at("2026-12-02T00:00:00+09:00")));
    }

    #[test]
    fn a_run_over_midnight_is_one() {
        let grid = Grid::new("Asia/Seoul", 60).unwrap();
        let date = |text: &str| text.parse::<Date>().unwrap();
        let mut first = vec![false; 24];
        first[23] = true;
        let mut second = vec![false; 24];
        second[0] = true;
        let vacant = Vacant { days: vec![(date("2026-12-01"), first), (date("2026-12-02"), second)] };
        let runs = vacant.runs(&grid);
        assert_eq!(runs.len(), 1);
        assert_eq!(runs[0].minutes(), 120);
    }
}
