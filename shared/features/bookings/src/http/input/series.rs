//! A wish to book a room again and again.

use jiff::civil::Weekday;
use maru_kernel::{FieldError, Fields};
use maru_rooms::form::Object;
use maru_web::Raw;
use serde::Deserialize;
use utoipa::ToSchema;

use super::wish::Again;
use super::{BookingWish, date, needed, when, wrong};
use crate::rules::{Frequency, MOST_TIMES, Repeat};
use crate::service::{NewBooking, When};

/// A series: a wish to book a room whose time comes again.
#[derive(Deserialize, ToSchema, Default)]
pub(in crate::http) struct SeriesWish {
    #[serde(flatten)]
    wish: BookingWish,
    /// How the time comes again; or `times`.
    #[schema(value_type = Option<RepeatWish>)]
    repeat: Raw<Object<RepeatWish>>,
    /// The times, instead of `start_time`, `end_time` and `repeat`.
    #[schema(value_type = Option<Vec<TimeWish>>, max_items = 25)]
    times: Raw<Vec<Raw<Object<TimeWish>>>>,
    /// `refuse` (all or nothing, the default) or `skip` (what cannot be had is left out and reported).
    #[schema(value_type = Option<String>, example = "skip")]
    on_conflict: Raw<String>,
}

/// How a time comes again: at most 25 times.
#[derive(Deserialize, ToSchema)]
pub(in crate::http) struct RepeatWish {
    /// `daily` or `weekly`
    #[schema(value_type = String, example = "weekly")]
    frequency: Raw<String>,
    /// Every so many days or weeks; 1 by default.
    #[schema(value_type = Option<u16>, minimum = 1, maximum = 52)]
    interval: Raw<u16>,
    /// Weekdays of a weekly one: `mon` … `sun`; that of `start_time` by default.
    #[schema(value_type = Option<Vec<String>>)]
    days: Raw<Vec<String>>,
    /// How many times.
    #[schema(value_type = Option<usize>, minimum = 1, maximum = 25)]
    count: Raw<usize>,
    /// The last date.
    #[schema(value_type = Option<String>, format = "date")]
    until: Raw<String>,
}

/// One time.
#[derive(Deserialize, ToSchema)]
pub(in crate::http) struct TimeWish {
    #[schema(value_type = String)]
    start_time: Raw<String>,
    #[schema(value_type = String)]
    end_time: Raw<String>,
}

impl SeriesWish {
    /// The wish with its times.
    pub fn read(self) -> Result<NewBooking, Vec<FieldError>> {
        let Self { wish, repeat, times, on_conflict } = self;
        let mut fields = Fields::new();
        let skip =
            fields.take(on_conflict.optional("/on_conflict").and_then(|named| match named.as_deref() {
                None | Some("refuse") => Ok(false),
                Some("skip") => Ok(true),
                Some(_) => Err(wrong(
                    "/on_conflict",
                    "unknown",
                    "refuse나 skip이어야 합니다.",
                    "Must be refuse or skip.",
                )),
            }));
        let is_listed = !times.is_missing();
        let listed = fields.take(times.optional("/times")).flatten();
        let listed = listed.and_then(|times| listed_times(times, &mut fields));
        // Beside listed times a repetition says nothing, but is judged all the same.
        let repeat = if is_listed {
            fields.take(repeat.optional("/repeat")).flatten()
        } else {
            fields.take(repeat.required("/repeat"))
        };
        let repeat = repeat.and_then(|Object(repeat)| repeat.read(&mut fields));
        let again = if is_listed { Again::Listed(listed) } else { Again::Repeated(repeat) };
        let new = wish.fill(&mut fields, again, skip.unwrap_or(false));
        fields.finish(new)
    }
}

fn listed_times(listed: Vec<Raw<Object<TimeWish>>>, fields: &mut Fields) -> Option<Vec<(When, When)>> {
    if listed.is_empty() || listed.len() > MOST_TIMES {
        fields.refuse(wrong("/times", "range", "1~25개여야 합니다.", "Must be 1 to 25."));
        return None;
    }
    let times: Vec<_> = listed
        .into_iter()
        .enumerate()
        .map(|(at, time)| {
            let within = |error: FieldError| FieldError {
                pointer: format!("/times/{at}{}", error.pointer).into(),
                ..error
            };
            let Object(TimeWish { start_time, end_time }) = fields.take(time.required("").map_err(within))?;
            let start = fields.take(when(start_time, "/start_time").map_err(within));
            let end = fields.take(when(end_time, "/end_time").map_err(within));
            start.zip(end)
        })
        .collect();
    times.into_iter().collect()
}

impl RepeatWish {
    fn read(self, fields: &mut Fields) -> Option<Repeat> {
        let Self { frequency, interval, days, count, until } = self;
        let frequency =
            fields.take(frequency.required("/repeat/frequency").and_then(|text| match text.as_str() {
                "daily" => Ok(Frequency::Daily),
                "weekly" => Ok(Frequency::Weekly),
                _ => Err(wrong(
                    "/repeat/frequency",
                    "unknown",
                    "daily나 weekly여야 합니다.",
                    "Must be daily or weekly.",
                )),
            }));
        let interval =
            fields.take(interval.optional("/repeat/interval").and_then(|every| match every.unwrap_or(1) {
                every @ 1..=52 => Ok(every),
                _ => Err(wrong("/repeat/interval", "range", "1~52여야 합니다.", "Must be 1 to 52.")),
            }));
        let days = fields.take(days.optional("/repeat/days").and_then(|days| {
            let named = days.unwrap_or_default();
            let days: Option<Vec<Weekday>> = named.iter().map(|day| weekday(day)).collect();
            days.ok_or_else(|| {
                wrong("/repeat/days", "unknown", "mon~sun이어야 합니다.", "Must be mon to sun.")
            })
        }));
        let count = fields.take(count.optional("/repeat/count").and_then(|count| match count {
            Some(0 | 26..) => Err(wrong("/repeat/count", "range", "1~25여야 합니다.", "Must be 1 to 25.")),
            count => Ok(count),
        }));
        let until = fields.take(needed(until, false, |text| date(text, "/repeat/until")));
        if matches!((&count, &until), (Some(None), Some(None))) {
            fields.refuse(wrong(
                "/repeat/count",
                "required",
                "count나 until이 필요합니다.",
                "count or until is needed.",
            ));
            return None;
        }
        Some(Repeat { frequency: frequency?, interval: interval?, days: days?, count: count?, until: until? })
    }
}

fn weekday(name: &str) -> Option<Weekday> {
    Some(match name {
        "mon" => Weekday::Monday,
        "tue" => Weekday::Tuesday,
        "wed" => Weekday::Wednesday,
        "thu" => Weekday::Thursday,
        "fri" => Weekday::Friday,
        "sat" => Weekday::Saturday,
        "sun" => Weekday::Sunday,
        _ => return None,
    })
}
