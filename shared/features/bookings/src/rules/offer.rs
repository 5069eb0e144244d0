//! Whether a room or a tour allows a wish, and at what price.

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use maru_kernel::{FieldError, Money, Said};
use maru_rooms::{Because, Room};
use maru_tours::{Party, Tour};

use super::MOST_SLOTS;
use super::free::bounds;
use super::hours::open_spans;
use crate::grid::{Grid, Span};
use crate::model::Interval;

/// Why a wish cannot be met, whoever else wants it: a field, a code, and what to tell.
#[derive(Debug, Clone)]
pub struct Reason {
    pub(crate) pointer: &'static str,
    pub(crate) code: &'static str,
    pub(crate) said: Said,
}

impl Reason {
    fn new(pointer: &'static str, code: &'static str, ko: impl Into<String>, en: impl Into<String>) -> Self {
        Self { pointer, code, said: Said::new(ko.into(), en.into()) }
    }
}

impl From<Reason> for FieldError {
    fn from(reason: Reason) -> Self {
        Self::new(reason.pointer, reason.code, reason.said)
    }
}

/// The hours a booking occupies: with the room's buffers.
pub fn occupied(room: &Room, wish: Interval) -> Option<Interval> {
    let start = wish.start.checked_sub(i64::from(room.buffer_before).minutes()).ok()?;
    let end = wish.end.checked_add(i64::from(room.buffer_after).minutes()).ok()?;
    Some(Interval { start, end })
}

/// The slots of a wished interval, buffers included, or everything that is wrong with it. Staff are not bound
/// by notice and horizon.
pub fn may_book_room(
    room: &Room,
    grid: &Grid,
    wish: Interval,
    now: Timestamp,
    staff: bool,
) -> Result<Vec<Span>, Vec<Reason>> {
    let mut wrong = Vec::new();
    for (pointer, at) in [("/start_time", wish.start), ("/end_time", wish.end)] {
        if !grid.is_on(at) {
            let minutes = room.slot_minutes;
            let ko = format!("{minutes}분 단위여야 합니다.");
            wrong.push(Reason::new(
                pointer,
                "off_grid",
                ko,
                format!("Must lie on the {minutes}-minute grid."),
            ));
        }
    }
    let days = (room.max_ahead_days, room.min_notice_minutes);
    wrong.extend(early_or_late(wish.start, now, bounds(room, now), days, staff));
    let (least, most) = (i64::from(room.min_minutes), i64::from(room.max_minutes));
    if wish.end <= wish.start {
        let ko = "끝나는 시각이 시작보다 늦어야 합니다.";
        wrong.push(Reason::new("/end_time", "not_after_start", ko, "Must be after start_time."));
    } else if wish.end.duration_since(wish.start).as_secs() > most * 60 {
        let ko = format!("최대 {most}분까지 예약할 수 있습니다.");
        wrong.push(Reason::new("/end_time", "too_long", ko, format!("At most {most} minutes.")));
    } else if wish.minutes() < least {
        let ko = format!("최소 {least}분부터 예약할 수 있습니다.");
        wrong.push(Reason::new("/end_time", "too_short", ko, format!("At least {least} minutes.")));
    } else {
        wrong.extend(closed(room, grid, wish));
    }
    if !wrong.is_empty() {
        return Err(wrong);
    }
    let spans = occupied(room, wish).map(|all| grid.spans(all.start, all.end)).unwrap_or_default();
    if spans.is_empty() || spans.iter().any(|span| span.to - span.from > MOST_SLOTS) {
        let ko = format!("하루에 {MOST_SLOTS}칸까지 예약할 수 있습니다.");
        return Err(vec![Reason::new(
            "/end_time",
            "too_long",
            ko,
            format!("At most {MOST_SLOTS} slots a day."),
        )]);
    }
    Ok(spans)
}

fn early_or_late(
    start: Timestamp,
    now: Timestamp,
    (earliest, latest): (Timestamp, Timestamp),
    (days, notice): (u16, u16),
    staff: bool,
) -> Option<Reason> {
    if start < now {
        return Some(Reason::new("/start_time", "in_the_past", "지난 시각입니다.", "This is in the past."));
    }
    if staff {
        return None;
    }
    if start < earliest {
        let ko = format!("시작 {notice}분 전까지 예약할 수 있습니다.");
        let en = format!("Can be booked until {notice} minutes before its start.");
        return Some(Reason::new("/start_time", "too_late", ko, en));
    }
    let ko = format!("{days}일 이내만 예약할 수 있습니다.");
    let en = format!("Can be booked {days} days ahead at most.");
    (start > latest).then(|| Reason::new("/start_time", "too_far_ahead", ko, en))
}

fn closed(room: &Room, grid: &Grid, wish: Interval) -> Option<Reason> {
    let (from, to) = (grid.day_of(wish.start), grid.day_of(wish.end));
    let open = open_spans(room, grid, from, to);
    if open.covers(wish) {
        return None;
    }
    let holiday = open.because.iter().find_map(|(_, because)| match because {
        Because::Holiday(name) => Some(*name),
        Because::Week | Because::Exception => None,
    });
    let Some(name) = holiday else {
        let ko = "운영 시간이 아닙니다.";
        return Some(Reason::new("/start_time", "outside_opening_hours", ko, "Outside opening hours."));
    };
    let (ko, en) = (format!("공휴일({name})에는 쉽니다."), format!("Closed on a public holiday ({name})."));
    Some(Reason::new("/start_time", "public_holiday", ko, en))
}

/// What an interval of a room costs: each slot at its own hour's price, rounded up to the minor unit once.
/// `None` where that leaves the range.
pub fn room_price(room: &Room, grid: &Grid, wish: Interval) -> Option<Money> {
    let mut sum: i64 = 0;
    let mut at = wish.start;
    while at < wish.end {
        let rate = room.rate_at(at.to_zoned(grid.zone().clone()).datetime());
        sum = sum.checked_add(rate.minor.checked_mul(i64::from(room.slot_minutes))?)?;
        at = at.checked_add(i64::from(room.slot_minutes).minutes()).ok()?;
    }
    Some(Money { minor: sum.checked_add(59)?.div_euclid(60), currency: room.hourly_rate.currency })
}

/// The first and last instant a departure may leave at, to be booked now.
pub fn departure_bounds(tour: &Tour, now: Timestamp) -> (Timestamp, Timestamp) {
    let notice = i64::from(tour.min_notice_minutes).minutes();
    let ahead = i64::from(tour.max_ahead_days).saturating_mul(24).hours();
    (now.checked_add(notice).unwrap_or(Timestamp::MAX), now.checked_add(ahead).unwrap_or(Timestamp::MAX))
}

/// When a departure leaves and is over, or everything that is wrong with the wish for it. `offered` are the
/// seats of the timetable or of staff's own decision for the day.
pub fn may_book_tour(
    tour: &Tour,
    grid: &Grid,
    (date, time): (Date, u16),
    party: Party,
    offered: Option<u16>,
    (now, staff): (Timestamp, bool),
) -> Result<Interval, Vec<Reason>> {
    let mut wrong = Vec::new();
    let start = grid.at_minute(date, time);
    let end = start.and_then(|at| at.checked_add(i64::from(tour.duration_minutes).minutes()).ok());
    let span = start.zip(end).map(|(start, end)| Interval { start, end });
    if offered.is_none_or(|seats| seats == 0) || span.is_none() {
        let ko = "그 날 그 시각에는 출발하지 않습니다.";
        wrong.push(Reason::new("/usage_time", "no_departure", ko, "There is no such departure that day."));
    } else if let Some(span) = span {
        let days = (tour.max_ahead_days, tour.min_notice_minutes);
        let late = early_or_late(span.start, now, departure_bounds(tour, now), days, staff);
        wrong.extend(late.map(|reason| Reason { pointer: "/usage_date", ..reason }));
    }
    if party.seats() == 0 {
        let ko = "성인이나 아동이 한 명 이상이어야 합니다.";
        wrong.push(Reason::new("/people_adult", "range", ko, "At least one adult or child."));
    } else if party.heads() > tour.max_party && !staff {
        let most = tour.max_party;
        let ko = format!("한 번에 {most}명까지 예약할 수 있습니다.");
        wrong.push(Reason::new("/people_adult", "too_many", ko, format!("At most {most} people at a time.")));
    }
    match span {
        Some(span) if wrong.is_empty() => Ok(span),
        _ => Err(wrong),
    }
}
