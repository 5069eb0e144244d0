//! Decisions, as pure functions.

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use maru_kernel::{FieldError, Said};
use maru_rooms::Room;

use crate::error::Interval;
use crate::gate::Day;
use crate::grid::{Grid, Span};

/// Seconds an unpaid hold lasts.
pub const HOLD_SECONDS: i64 = 10 * 60;
/// Seconds after its making beyond which a hold is not renewed, however often a payment is declined.
pub const LONGEST_HOLD_SECONDS: i64 = 60 * 60;
/// Free spans offered where the asked one is taken.
const ALTERNATIVES: usize = 5;
/// Slots a booking may have on one day: what fits DynamoDB's 4 KB of condition.
pub const MOST_SLOTS: u16 = 48;

/// The end of a hold taken or renewed at `now` for a booking made at `made`; `None` past its longest.
pub fn hold_until(made: Timestamp, now: Timestamp) -> Option<i64> {
    let last = made.as_second() + LONGEST_HOLD_SECONDS;
    (now.as_second() < last).then(|| (now.as_second() + HOLD_SECONDS).min(last))
}

/// The slots of a wished interval, or everything that is wrong with it.
pub fn may_book(
    room: &Room,
    grid: &Grid,
    wish: Interval,
    now: Timestamp,
) -> Result<Vec<Span>, Vec<FieldError>> {
    let Interval { start, end } = wish;
    let mut wrong = Vec::new();
    let mut refuse = |pointer: &'static str, code, ko: String, en: String| {
        wrong.push(FieldError::new(pointer, code, Said::new(ko, en)))
    };
    for (pointer, at) in [("/start_time", start), ("/end_time", end)] {
        if !grid.is_on(at) {
            let minutes = room.slot_minutes;
            refuse(
                pointer,
                "off_grid",
                format!("{minutes}분 단위여야 합니다."),
                format!("Must lie on the {minutes}-minute grid."),
            );
        }
    }
    if start < now {
        refuse("/start_time", "in_the_past", "지난 시각입니다.".into(), "This is in the past.".into());
    }
    let latest =
        now.checked_add(i64::from(room.max_ahead_days).saturating_mul(24).hours()).unwrap_or(Timestamp::MAX);
    if start > latest {
        let days = room.max_ahead_days;
        refuse(
            "/start_time",
            "too_far_ahead",
            format!("{days}일 이내만 예약할 수 있습니다."),
            format!("Can be booked {days} days ahead at most."),
        );
    }
    let minutes = end.duration_since(start).as_mins();
    let (least, most) = (i64::from(room.min_minutes), i64::from(room.max_minutes));
    if end <= start {
        refuse(
            "/end_time",
            "not_after_start",
            "끝나는 시각이 시작보다 늦어야 합니다.".into(),
            "Must be after start_time.".into(),
        );
    } else if end.duration_since(start).as_secs() > most * 60 {
        refuse(
            "/end_time",
            "too_long",
            format!("최대 {most}분까지 예약할 수 있습니다."),
            format!("At most {most} minutes."),
        );
    } else if minutes < least {
        refuse(
            "/end_time",
            "too_short",
            format!("최소 {least}분부터 예약할 수 있습니다."),
            format!("At least {least} minutes."),
        );
    } else if !within_hours(room, grid, wish) {
        let (ko, en) = ("운영 시간이 아닙니다.", "Outside opening hours.");
        refuse("/start_time", "outside_opening_hours", ko.into(), en.into());
    }
    let spans = grid.spans(start, end);
    if wrong.is_empty() && spans.iter().any(|span| span.to - span.from > MOST_SLOTS) {
        let said = Said::new(
            format!("하루에 {MOST_SLOTS}칸까지 예약할 수 있습니다."),
            format!("At most {MOST_SLOTS} slots a day."),
        );
        wrong.push(FieldError::new("/end_time", "too_long", said));
    }
    if wrong.is_empty() { Ok(spans) } else { Err(wrong) }
}

/// Whether an interval lies inside one opening of the room. A room open round the clock has one long
/// opening, any other one a day.
fn within_hours(room: &Room, grid: &Grid, Interval { start, end }: Interval) -> bool {
    if room.opens == 0 && room.closes == 1440 {
        return true;
    }
    open_span(room, grid, grid.day_of(start)).is_some_and(|open| open.start <= start && end <= open.end)
}

/// When a room is open on a local day, by the wall clock.
pub fn open_span(room: &Room, grid: &Grid, day: Date) -> Option<Interval> {
    let at = |minutes: u16| {
        if minutes == 1440 {
            return grid.first_of(day.tomorrow().ok()?);
        }
        let time =
            jiff::civil::time(i8::try_from(minutes / 60).ok()?, i8::try_from(minutes % 60).ok()?, 0, 0);
        day.to_datetime(time).to_zoned(grid.zone().clone()).ok().map(|zoned| zoned.timestamp())
    };
    Some(Interval { start: at(room.opens)?, end: at(room.closes)? })
}

/// The free spans of a day: open, not over, not taken; as long as they go.
pub fn free(room: &Room, grid: &Grid, day: &Day, now: Timestamp) -> Vec<Interval> {
    let Some(open) = open_span(room, grid, day.date) else { return Vec::new() };
    let slots = grid.slots_of(day.date).unwrap_or(0);
    let mut spans: Vec<Interval> = Vec::new();
    for slot in 0..slots {
        let (Some(start), Some(end)) = (grid.start_of(day.date, slot), grid.start_of(day.date, slot + 1))
        else {
            break;
        };
        if start < open.start || end > open.end || start < now || !day.is_free(slot, now.as_second()) {
            continue;
        }
        match spans.last_mut() {
            Some(last) if last.end == start => last.end = end,
            _ => spans.push(Interval { start, end }),
        }
    }
    spans
}

/// Free spans as long as the wished one on the same day, nearest first.
pub fn alternatives(room: &Room, grid: &Grid, days: &[Day], wish: Interval, now: Timestamp) -> Vec<Interval> {
    let length = wish.end.duration_since(wish.start);
    let mut found: Vec<Interval> = Vec::new();
    for span in days.iter().flat_map(|day| free(room, grid, day, now)) {
        let mut start = span.start;
        while let Ok(end) = start.checked_add(length) {
            if end > span.end {
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
        if kept.iter().all(|other| span.end <= other.start || other.end <= span.start) {
            kept.push(span);
        }
        if kept.len() == ALTERNATIVES {
            break;
        }
    }
    kept
}
