//! A series: times that come again.

use jiff::civil::Weekday;
use maru_kernel::{FieldError, Fields};
use maru_web::Raw;
use serde::Deserialize;
use utoipa::ToSchema;

use super::BookingWish;
use super::fields::{date, when, wrong};
use crate::rules::{Frequency, Repeat};
use crate::service::{NewBooking, Times};

/// A series: a wish to book a room whose time comes again.
#[derive(Deserialize, ToSchema, Default)]
pub struct SeriesWish {
    #[serde(flatten)]
    pub wish: BookingWish,
    /// How the time comes again; or `times`.
    #[schema(value_type = Option<RepeatWish>)]
    pub repeat: Raw<RepeatWish>,
    /// The times, instead of `start_time`, `end_time` and `repeat`.
    #[schema(value_type = Option<Vec<TimeWish>>, max_items = 25)]
    pub times: Raw<Vec<TimeWish>>,
    /// `refuse` (all or nothing, the default) or `skip` (what cannot be had is left out and reported).
    #[schema(value_type = Option<String>, example = "skip")]
    pub on_conflict: Raw<String>,
}

/// How a time comes again: at most 25 times.
#[derive(Deserialize, ToSchema)]
pub struct RepeatWish {
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
pub struct TimeWish {
    #[schema(value_type = String)]
    start_time: Raw<String>,
    #[schema(value_type = String)]
    end_time: Raw<String>,
}

impl SeriesWish {
    /// The wish with its times.
    pub fn read(mut self) -> Result<NewBooking, Vec<FieldError>> {
        let skip = match self.on_conflict.optional("/on_conflict").map_err(|e| vec![e])?.as_deref() {
            None | Some("refuse") => false,
            Some("skip") => true,
            Some(_) => {
                return Err(vec![wrong(
                    "/on_conflict",
                    "unknown",
                    "refuse나 skip이어야 합니다.",
                    "Must be refuse or skip.",
                )]);
            }
        };
        let times = if self.times.is_missing() {
            let mut fields = Fields::new();
            let (start, end) =
                (std::mem::take(&mut self.wish.start_time), std::mem::take(&mut self.wish.end_time));
            let start = fields.take(when(start, "/start_time"));
            let end = fields.take(when(end, "/end_time"));
            let repeat = fields.take(self.repeat.required("/repeat"));
            let repeat = repeat.and_then(|repeat| repeat.read(&mut fields));
            let times = start.zip(end).zip(repeat);
            fields.finish(times.map(|((start, end), repeat)| Times::Repeated(start, end, repeat)))?
        } else {
            let listed = self.times.required("/times").map_err(|e| vec![e])?;
            if listed.is_empty() || listed.len() > crate::rules::MOST_TIMES {
                return Err(vec![wrong("/times", "range", "1~25개여야 합니다.", "Must be 1 to 25.")]);
            }
            let one = |time: TimeWish| {
                Ok((when(time.start_time, "/times/start_time")?, when(time.end_time, "/times/end_time")?))
            };
            let times = listed.into_iter().map(one).collect::<Result<Vec<_>, FieldError>>();
            Times::Listed(times.map_err(|e| vec![e])?)
        };
        self.wish.read(Some((times, skip)))
    }
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
        let until =
            fields.take(if until.is_missing() { Ok(None) } else { date(until, "/repeat/until").map(Some) });
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
