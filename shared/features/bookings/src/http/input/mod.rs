//! What clients send, read so that every offending field is named at once.

mod amend;
mod series;
mod wish;

use jiff::civil::{Date, DateTime};
use jiff::{Timestamp, Zoned};
use maru_kernel::{BookingId, FieldError, LineRule, Said, line};
use maru_web::Raw;

use crate::service::When;

pub(super) use amend::AmendWish;
pub(super) use series::SeriesWish;
pub(super) use wish::BookingWish;

/// Heads anybody may name.
const MOST_HEADS: u16 = 500;

fn wrong(pointer: &'static str, code: &'static str, ko: &'static str, en: &'static str) -> FieldError {
    FieldError::new(pointer, code, Said::new(ko, en))
}

/// A field this wish needs, or one it does not: that one is judged only if it was sent.
pub(super) fn needed<T>(
    typed: Raw<String>,
    is_needed: bool,
    read: impl FnOnce(Raw<String>) -> Result<T, FieldError>,
) -> Result<Option<T>, FieldError> {
    if is_needed || !typed.is_missing() { read(typed).map(Some) } else { Ok(None) }
}

/// A point in time, with or without an offset.
pub(super) fn when(typed: Raw<String>, pointer: &'static str) -> Result<When, FieldError> {
    let text = typed.required(pointer)?;
    instant_of(&text).ok_or_else(|| {
        wrong(
            pointer,
            "type",
            "2026-12-01T10:00:00+09:00 형식이어야 합니다.",
            "Must look like 2026-12-01T10:00:00+09:00.",
        )
    })
}

/// A point in time as text. A zone's name in brackets is Temporal's, not RFC 3339's.
pub(super) fn instant_of(text: &str) -> Option<When> {
    let text = text.trim();
    // A date alone is no point in time, and not meant to be midnight.
    if !text.split('[').next().is_some_and(|wall| wall.contains(['T', 't', ' '])) {
        return None;
    }
    if text.contains('[') {
        return text.parse::<Zoned>().ok().map(|zoned| When::Instant(zoned.timestamp()));
    }
    let instant = text.parse::<Timestamp>().ok().map(When::Instant);
    instant.or_else(|| text.parse::<DateTime>().ok().map(When::Local))
}

/// An id of any kind.
pub(super) fn id<T: std::str::FromStr>(typed: Raw<String>, pointer: &'static str) -> Result<T, FieldError> {
    let text = typed.required(pointer)?;
    text.parse().map_err(|_| wrong(pointer, "type", "ID가 아닙니다.", "Not an id."))
}

/// `2026-12-01`
pub(super) fn date(typed: Raw<String>, pointer: &'static str) -> Result<Date, FieldError> {
    let text = typed.required(pointer)?;
    let date = text.parse::<Date>().ok().filter(|_| text.len() == 10);
    date.ok_or_else(|| {
        wrong(pointer, "type", "2026-12-01 형식의 날짜여야 합니다.", "Must be a date like 2026-12-01.")
    })
}

/// Minutes after midnight of `HH:MM`.
pub(super) fn minute(typed: Raw<String>, pointer: &'static str) -> Result<u16, FieldError> {
    let text = typed.required(pointer)?;
    let digits = |part: &str| part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
    let read = text.split_once(':').filter(|(h, m)| digits(h) && digits(m));
    let minute = read.and_then(|(h, m)| Some((h.parse::<u16>().ok()?, m.parse::<u16>().ok()?)));
    let minute = minute.filter(|(h, m)| *h < 24 && *m < 60).map(|(h, m)| h * 60 + m);
    minute.ok_or_else(|| wrong(pointer, "time", "HH:MM이어야 합니다.", "Must be HH:MM."))
}

/// So many of a party, if they were told.
fn heads(typed: Raw<u16>, pointer: &'static str) -> Result<Option<u16>, FieldError> {
    match typed.optional(pointer)? {
        Some(heads) if heads > MOST_HEADS => {
            Err(wrong(pointer, "range", "500명 이하여야 합니다.", "Must be 500 at most."))
        }
        heads => Ok(heads),
    }
}

/// How many come to a room, if they were told.
fn people(typed: Raw<u16>) -> Result<Option<u16>, FieldError> {
    match typed.optional("/people")? {
        Some(people) if people == 0 || people > MOST_HEADS => {
            Err(wrong("/people", "range", "1~500명이어야 합니다.", "Must be 1 to 500."))
        }
        people => Ok(people),
    }
}

fn title(typed: Raw<String>) -> Result<String, FieldError> {
    let rule = LineRule { pointer: "/title", min: 1, max: 200, multiline: false };
    typed.required("/title").and_then(|text| line(&text, rule))
}

fn description(typed: Raw<String>) -> Result<Option<String>, FieldError> {
    let rule = LineRule { pointer: "/description", min: 0, max: 2000, multiline: true };
    typed.optional("/description")?.map(|text| line(&text, rule)).transpose()
}

/// Why, at most 200 characters.
pub(super) fn reason(typed: Raw<String>) -> Result<Option<String>, FieldError> {
    let rule = LineRule { pointer: "/reason", min: 0, max: 200, multiline: false };
    typed.optional("/reason")?.map(|text| line(&text, rule)).transpose()
}

/// A booking's id, with or without `.ics` behind it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shown {
    pub id: BookingId,
    pub as_calendar: bool,
}

impl std::str::FromStr for Shown {
    type Err = <BookingId as std::str::FromStr>::Err;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (id, as_calendar) = text.strip_suffix(".ics").map_or((text, false), |id| (id, true));
        Ok(Self { id: id.parse()?, as_calendar })
    }
}
