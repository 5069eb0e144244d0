//! The forms of a room.

use std::collections::BTreeSet;

use maru_web::Amount;
use serde::Deserialize;
use utoipa::ToSchema;

use super::views::{ExceptionView, PeakView};
use crate::form::{
    Form, Object, Sent, SpanWish, SpansWish, TermsWish, WeekView, WeekWish, amount, check_span, currency,
    days, local_date, minute_of_day, span, spans, week,
};
use crate::hours::{Exception, Minutes, Week};
use crate::rules::{check_lengths, check_prices, is_grid};
use crate::terms::Peak;
use crate::{Calendar, Room};

/// Dates with other hours.
const MOST_EXCEPTIONS: usize = 60;
/// Prices at certain hours.
const MOST_PEAKS: usize = 20;
/// A booking of a month is the longest a form takes; the grid's limit lies far below it on most.
const MOST_MINUTES: u16 = 30 * 24 * 60;

/// A room to be made.
#[derive(Deserialize, ToSchema)]
pub struct NewRoom {
    /// 1 to 100 characters.
    #[schema(required = true, value_type = String, min_length = 1, max_length = 100, example = "강의실 A")]
    #[serde(default)]
    name: Sent<String>,
    #[schema(required = true, value_type = u32, minimum = 1, maximum = 10000)]
    #[serde(default)]
    capacity: Sent<i64>,
    /// An hour: 0, or enough that the shortest booking costs the provider's least (100원).
    #[schema(required = true, value_type = f64, example = 20000)]
    #[serde(default)]
    hourly_rate: Sent<Amount>,
    #[serde(flatten)]
    rest: RoomWish,
}

/// A room to be changed: what is left out stays.
#[derive(Deserialize, ToSchema)]
pub struct RoomChange {
    /// Whether it can be booked and seen.
    #[schema(value_type = Option<bool>)]
    #[serde(default)]
    pub(super) is_active: Sent<bool>,
    /// The version that is changed, where `If-Match` is not sent.
    #[schema(value_type = Option<u64>)]
    #[serde(default)]
    pub(super) lock_version: Sent<u64>,
    #[serde(flatten)]
    pub(super) room: RoomWish,
}

/// What can be said of a room.
#[derive(Deserialize, ToSchema)]
pub struct RoomWish {
    /// 1 to 100 characters.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 100)]
    #[serde(default)]
    name: Sent<String>,
    #[schema(value_type = Option<u32>, minimum = 1, maximum = 10000)]
    #[serde(default)]
    capacity: Sent<i64>,
    /// At most 2000 characters.
    #[schema(value_type = Option<String>, max_length = 2000)]
    #[serde(default)]
    description: Sent<String>,
    /// An hour: 0, or enough that the shortest booking costs the provider's least (100원).
    #[schema(value_type = Option<f64>)]
    #[serde(default)]
    hourly_rate: Sent<Amount>,
    /// `KRW` by default, or `USD`; changes only together with every price.
    #[schema(value_type = Option<String>)]
    #[serde(default)]
    currency: Sent<String>,
    /// Other prices at certain hours, at most 20; the first that fits counts.
    #[schema(value_type = Option<Vec<PeakView>>, max_items = 20)]
    #[serde(default)]
    peak_prices: Sent<Vec<Sent<Object<PeakWish>>>>,
    /// IANA zone; Asia/Seoul by default. Never changes.
    #[schema(value_type = Option<String>, example = "Asia/Seoul")]
    #[serde(default)]
    zone: Sent<String>,
    /// The same hours every day; `09:00` by default.
    #[schema(value_type = Option<String>, example = "09:00")]
    #[serde(default)]
    open_time: Sent<String>,
    /// `22:00` by default; `24:00` is midnight.
    #[schema(value_type = Option<String>, example = "22:00")]
    #[serde(default)]
    close_time: Sent<String>,
    /// The hours of each weekday, instead of `open_time` and `close_time`; a weekday left out is closed.
    #[schema(value_type = Option<WeekView>)]
    #[serde(default)]
    opening_hours: Sent<WeekWish>,
    /// Dates with other hours, at most 60; they win over everything.
    #[schema(value_type = Option<Vec<ExceptionView>>, max_items = 60)]
    #[serde(default)]
    exceptions: Sent<Vec<Sent<Object<ExceptionWish>>>>,
    /// Whose public holidays it is closed on: `KR`, `GU`, or null.
    #[schema(value_type = Option<String>)]
    #[serde(default)]
    holidays: Sent<String>,
    /// 15 by default, or a multiple that divides a day. Never changes.
    #[schema(value_type = Option<u16>, minimum = 15, maximum = 1440)]
    #[serde(default)]
    slot_minutes: Sent<i64>,
    /// Minutes kept free before each booking, whole slots.
    #[schema(value_type = Option<u16>, maximum = 240)]
    #[serde(default)]
    buffer_before_minutes: Sent<i64>,
    /// Minutes kept free behind each booking, whole slots.
    #[schema(value_type = Option<u16>, maximum = 240)]
    #[serde(default)]
    buffer_after_minutes: Sent<i64>,
    /// The shortest booking; a slot by default.
    #[schema(value_type = Option<u16>, minimum = 15)]
    #[serde(default)]
    min_minutes: Sent<i64>,
    /// The longest booking, 240 by default; at most 48 slots together with the buffers.
    #[schema(value_type = Option<u16>, minimum = 15)]
    #[serde(default)]
    max_minutes: Sent<i64>,
    /// Minutes before the start when it can be booked last.
    #[schema(value_type = Option<u16>, maximum = 43200)]
    #[serde(default)]
    min_notice_minutes: Sent<i64>,
    /// Days ahead it can be booked; 365 by default.
    #[schema(value_type = Option<u16>, minimum = 1, maximum = 730)]
    #[serde(default)]
    max_ahead_days: Sent<i64>,
    /// Whether bookings are confirmed without staff; yes by default.
    #[schema(value_type = Option<bool>)]
    #[serde(default)]
    auto_confirm: Sent<bool>,
    /// For openings many wait for. Never changes.
    #[schema(value_type = Option<bool>)]
    #[serde(default)]
    rush: Sent<bool>,
    #[serde(flatten)]
    terms: TermsWish,
}

/// Another price at certain hours, as it is sent.
#[derive(Default, Deserialize)]
#[serde(default)]
struct PeakWish {
    days: Sent<Vec<Sent<String>>>,
    hourly_rate: Sent<Amount>,
    #[serde(flatten)]
    span: SpanWish,
}

/// Other hours on one date, as they are sent.
#[derive(Default, Deserialize)]
#[serde(default)]
struct ExceptionWish {
    date: Sent<String>,
    hours: Sent<SpansWish>,
}

impl NewRoom {
    pub(super) fn whole(self) -> RoomWish {
        let Self { name, capacity, hourly_rate, rest } = self;
        RoomWish { name, capacity, hourly_rate, ..rest }
    }
}

impl RoomWish {
    /// Fills in what was sent, and checks the room that makes as a whole.
    pub(super) fn fill(mut self, form: &mut Form, room: &mut Room) {
        form.name(std::mem::take(&mut self.name), &mut room.name);
        if let Some(seats) = form.required(std::mem::take(&mut self.capacity), "/capacity") {
            room.capacity = form.within(seats, "/capacity", &(1..=10_000)).unwrap_or(room.capacity);
        }
        form.description(std::mem::take(&mut self.description), &mut room.description);
        self.fill_lengths(form, room);
        self.fill_prices(form, room);
        form.zone(std::mem::take(&mut self.zone), &mut room.zone);
        self.fill_week(form, room);
        self.fill_dates(form, room);
        form.number(
            self.min_notice_minutes,
            "/min_notice_minutes",
            &(0..=43_200),
            &mut room.min_notice_minutes,
        );
        form.number(self.max_ahead_days, "/max_ahead_days", &(1..=730), &mut room.max_ahead_days);
        form.flag(self.auto_confirm, "/auto_confirm", &mut room.auto_confirm);
        room.rush = form.once(self.rush, "/rush", &room.rush).unwrap_or(room.rush);
        self.terms.fill(form, &mut room.terms, &mut room.quota);
    }

    fn fill_lengths(&mut self, form: &mut Form, room: &mut Room) {
        let slot = std::mem::take(&mut self.slot_minutes);
        if let Some(slot) = form.once(slot, "/slot_minutes", &i64::from(room.slot_minutes)) {
            if let Some(slot) = u16::try_from(slot).ok().filter(|slot| is_grid(*slot)) {
                room.on_grid(slot);
            } else {
                let said = (
                    "15분의 배수이고 하루를 나누어떨어지게 해야 합니다.",
                    "Must be a multiple of 15 minutes that divides a day.",
                );
                form.refuse("/slot_minutes", "grid", said.0, said.1);
            }
        }
        let longest_by_default = form.is_fresh() && matches!(self.max_minutes, Sent::Absent | Sent::Null);
        let (before, after) = (&mut room.buffer_before, &mut room.buffer_after);
        let (shortest, longest) = (&mut room.min_minutes, &mut room.max_minutes);
        for (sent, pointer, range, into) in [
            (&mut self.buffer_before_minutes, "/buffer_before_minutes", 0..=240, before),
            (&mut self.buffer_after_minutes, "/buffer_after_minutes", 0..=240, after),
            (&mut self.min_minutes, "/min_minutes", 15..=MOST_MINUTES, shortest),
            (&mut self.max_minutes, "/max_minutes", 15..=MOST_MINUTES, longest),
        ] {
            form.number(std::mem::take(sent), pointer, &range, into);
        }
        if longest_by_default {
            room.max_minutes = room.max_minutes.max(room.min_minutes);
        }
        check_lengths(form, room);
    }

    fn fill_prices(&mut self, form: &mut Form, room: &mut Room) {
        let faults = form.faults();
        let before = room.hourly_rate.currency;
        let mut unit = before;
        currency(form, std::mem::take(&mut self.currency), &mut unit);
        if unit != before && !form.is_fresh() {
            // The stored amounts mean nothing in another currency.
            let missing = [
                (self.hourly_rate.is_absent(), "/hourly_rate"),
                (self.peak_prices.is_absent() && !room.peaks.is_empty(), "/peak_prices"),
            ];
            for (_, pointer) in missing.into_iter().filter(|(missing, _)| *missing) {
                let said =
                    ("통화와 함께 모든 금액을 보내 주세요.", "Send every price together with the currency.");
                form.refuse(pointer, "required", said.0, said.1);
            }
        }
        let rate = form.required(std::mem::take(&mut self.hourly_rate), "/hourly_rate");
        if let Some(rate) = rate.and_then(|rate| amount(form, &rate, "/hourly_rate", unit)) {
            room.hourly_rate = rate;
        }
        let peaks = form.list(std::mem::take(&mut self.peak_prices), "/peak_prices", MOST_PEAKS);
        if let Some(peaks) = peaks {
            let read = |(index, wish): (usize, Sent<Object<PeakWish>>)| {
                let pointer = format!("/peak_prices/{index}");
                form.must(wish, pointer.clone())?.0.read(form, &pointer, room.slot_minutes, unit)
            };
            room.peaks = peaks.into_iter().enumerate().filter_map(read).collect();
        }
        if form.faults() == faults {
            check_prices(form, room);
        }
    }

    fn fill_week(&mut self, form: &mut Form, room: &mut Room) {
        let (slot, faults) = (room.slot_minutes, form.faults());
        let whole = form.value(std::mem::take(&mut self.opening_hours), "/opening_hours");
        let open = form.value(std::mem::take(&mut self.open_time), "/open_time");
        let close = form.value(std::mem::take(&mut self.close_time), "/close_time");
        if let Some(whole) = whole {
            for (_, pointer) in
                [(open, "/open_time"), (close, "/close_time")].into_iter().filter(|(sent, _)| sent.is_some())
            {
                let said =
                    ("opening_hours와 함께 보낼 수 없습니다.", "Cannot be sent together with opening_hours.");
                form.refuse(pointer, "exclusive", said.0, said.1);
            }
            room.hours.week = week(form, whole, "/opening_hours", slot);
            return;
        }
        let untouched = open.is_none() && close.is_none();
        if form.faults() > faults || (untouched && !form.is_fresh()) {
            return;
        }
        // Half of the shorthand would flatten a week whose days differ.
        if open.is_some() != close.is_some() && !room.hours.week.is_even() {
            let pointer = if open.is_none() { "/open_time" } else { "/close_time" };
            let said = (
                "요일마다 시간이 다르므로 여는 시각과 닫는 시각을 모두 보내 주세요.",
                "Send both times: the days of its week differ.",
            );
            form.refuse(pointer, "required", said.0, said.1);
            return;
        }
        let present = room.hours.week.bounds().unwrap_or(Minutes { from: 0, to: 0 });
        let mut end = |text: Option<String>, pointer: &'static str, present| match text {
            Some(text) => minute_of_day(form, Sent::Value(text), pointer),
            None => Some(present),
        };
        let (from, to) = (end(open, "/open_time", present.from), end(close, "/close_time", present.to));
        if let Some((from, to)) = from.zip(to) {
            check_span(form, Minutes { from, to }, slot, ("/open_time", "/close_time"));
            room.hours.week = Week::every_day(from, to);
        }
    }

    fn fill_dates(&mut self, form: &mut Form, room: &mut Room) {
        match form.nullable(std::mem::take(&mut self.holidays), "/holidays") {
            None => {}
            Some(None) => room.hours.holidays = None,
            Some(Some(code)) => match Calendar::ALL.into_iter().find(|known| known.code() == code) {
                Some(calendar) => room.hours.holidays = Some(calendar),
                None => form.refuse("/holidays", "value", "KR 또는 GU여야 합니다.", "Must be KR or GU."),
            },
        }
        let sent = std::mem::take(&mut self.exceptions);
        let Some(sent) = form.list(sent, "/exceptions", MOST_EXCEPTIONS) else { return };
        let (mut dates, mut exceptions) = (BTreeSet::new(), Vec::new());
        for (index, wish) in sent.into_iter().enumerate() {
            let pointer = format!("/exceptions/{index}");
            let Some(Object(ExceptionWish { date, hours })) = form.must(wish, pointer.clone()) else {
                continue;
            };
            let date = local_date(form, date, format!("{pointer}/date"));
            let listed = format!("{pointer}/hours");
            let hours = form.must(hours, listed.clone());
            let hours = hours.map(|hours| spans(form, hours, &listed, room.slot_minutes));
            let Some((date, hours)) = date.zip(hours) else { continue };
            if dates.insert(date) {
                exceptions.push(Exception { date, hours });
            } else {
                let said = ("같은 날짜가 두 번 있습니다.", "The date is there twice.");
                form.refuse(format!("{pointer}/date"), "duplicate", said.0, said.1);
            }
        }
        exceptions.sort_unstable_by_key(|exception| exception.date);
        room.hours.exceptions = exceptions;
    }
}

impl PeakWish {
    fn read(self, form: &mut Form, pointer: &str, slot: u16, unit: maru_kernel::Currency) -> Option<Peak> {
        let listed = format!("{pointer}/days");
        let named = form.must(self.days, listed.clone()).and_then(|names| days(form, names, &listed));
        if named.as_ref().is_some_and(Vec::is_empty) {
            form.refuse(listed, "length", "하나 이상 정해 주세요.", "At least one, please.");
        }
        let span = span(form, self.span, pointer, slot);
        let priced = format!("{pointer}/hourly_rate");
        let rate = form.must(self.hourly_rate, priced.clone());
        let rate = rate.and_then(|rate| amount(form, &rate, priced, unit));
        let (days, Minutes { from, to }) = (named?, span?);
        Some(Peak { days, from, to, hourly_rate: rate? })
    }
}
