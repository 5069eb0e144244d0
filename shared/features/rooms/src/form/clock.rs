//! Weekdays, times of day and dates, as clients write them.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Form, Object, Pointer, Sent};
use crate::hours::{DAY_MINUTES, Minutes, Week};

/// Weekdays, Monday first.
const NAMES: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
/// Spans a day can have: one a quarter of an hour.
const MOST_SPANS: usize = 96;

/// From one time of day to another, as it is sent.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct SpanWish {
    open: Sent<String>,
    close: Sent<String>,
}

/// Spans of a day, as they are sent.
pub type SpansWish = Vec<Sent<Object<SpanWish>>>;

/// Spans by the weekday's name, as they are sent.
pub type WeekWish = BTreeMap<String, Sent<SpansWish>>;

/// From one time of day to another.
#[derive(Debug, Serialize, ToSchema)]
pub struct SpanView {
    /// `09:00`, on the slot grid.
    #[schema(example = "09:00")]
    pub open: String,
    /// `12:00`, on the slot grid; `24:00` is midnight.
    #[schema(example = "12:00")]
    pub close: String,
}

impl From<&Minutes> for SpanView {
    fn from(span: &Minutes) -> Self {
        Self { open: clock_text(span.from), close: clock_text(span.to) }
    }
}

/// Spans by weekday, sorted and apart; a weekday without any is closed.
#[derive(Debug, Serialize, ToSchema)]
pub struct WeekView {
    #[schema(required = false)]
    mon: Vec<SpanView>,
    #[schema(required = false)]
    tue: Vec<SpanView>,
    #[schema(required = false)]
    wed: Vec<SpanView>,
    #[schema(required = false)]
    thu: Vec<SpanView>,
    #[schema(required = false)]
    fri: Vec<SpanView>,
    #[schema(required = false)]
    sat: Vec<SpanView>,
    #[schema(required = false)]
    sun: Vec<SpanView>,
}

impl From<&Week> for WeekView {
    fn from(week: &Week) -> Self {
        let [mon, tue, wed, thu, fri, sat, sun] =
            week.0.each_ref().map(|spans| spans.iter().map(SpanView::from).collect());
        Self { mon, tue, wed, thu, fri, sat, sun }
    }
}

/// The name of a weekday, Monday being 1.
pub fn day_name(day: u8) -> &'static str {
    let index = usize::from(day).checked_sub(1);
    index.and_then(|index| NAMES.get(index)).copied().unwrap_or_default()
}

/// The names of weekdays.
pub fn days_view(days: &[u8]) -> Vec<&'static str> {
    days.iter().copied().map(day_name).collect()
}

/// Weekdays by name, sorted, each once; `None` where one of them is none.
pub fn days(form: &mut Form, sent: Vec<Sent<String>>, pointer: &str) -> Option<Vec<u8>> {
    if sent.len() > NAMES.len() {
        form.refuse(pointer.to_owned(), "length", "7개 이하여야 합니다.", "At most 7.");
        return None;
    }
    let (faults, mut days) = (form.faults(), Vec::new());
    for (index, name) in sent.into_iter().enumerate() {
        let pointer = format!("{pointer}/{index}");
        let Some(name) = form.must(name, pointer.clone()) else { continue };
        match (1..=7).find(|day| day_name(*day) == name) {
            Some(day) => days.push(day),
            None => {
                form.refuse(pointer, "value", "mon~sun 중 하나여야 합니다.", "Must be one of mon to sun.")
            }
        }
    }
    days.sort_unstable();
    days.dedup();
    (form.faults() == faults).then_some(days)
}

/// `HH:MM` of a minute of the day.
pub fn clock_text(minutes: u16) -> String {
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

/// The minute of the day of an `HH:MM`; `24:00` is 1440.
fn minutes_of(text: &str) -> Option<u16> {
    let two_digits = |part: &str| part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
    let (hours, minutes) = text.split_once(':').filter(|(h, m)| two_digits(h) && two_digits(m))?;
    let minutes = minutes.parse::<u16>().ok().filter(|minutes| *minutes < 60)?;
    Some(hours.parse::<u16>().ok()? * 60 + minutes).filter(|minute| *minute <= DAY_MINUTES)
}

/// The minute of the day of an `HH:MM` that must be there; `24:00` is 1440.
pub fn minute_of_day(form: &mut Form, sent: Sent<String>, pointer: impl Into<Pointer>) -> Option<u16> {
    let pointer = pointer.into();
    let text = form.must(sent, pointer.clone())?;
    let minute = minutes_of(&text);
    if minute.is_none() {
        form.refuse(pointer, "time", "HH:MM이어야 합니다.", "Must be HH:MM.");
    }
    minute
}

/// A `YYYY-MM-DD` that must be there.
pub fn local_date(form: &mut Form, sent: Sent<String>, pointer: impl Into<Pointer>) -> Option<Date> {
    let pointer = pointer.into();
    let text = form.must(sent, pointer.clone())?;
    let date = text.parse::<Date>().ok().filter(|date| date.to_string() == text);
    if date.is_none() {
        form.refuse(pointer, "date", "YYYY-MM-DD이어야 합니다.", "Must be YYYY-MM-DD.");
    }
    date
}

/// What keeps a span from being one on a grid: `open` and `close` are where its ends were sent.
pub(crate) fn check_span(form: &mut Form, span: Minutes, slot: u16, (open, close): (&str, &str)) {
    for (minute, pointer) in [(span.from, open), (span.to, close)] {
        if minute % slot != 0 {
            let said = (
                format!("{slot}분 단위의 시각이어야 합니다."),
                format!("Must be on the grid of {slot} minutes."),
            );
            form.refuse(pointer.to_owned(), "grid", said.0, said.1);
        }
    }
    if span.from >= span.to {
        let said = ("여는 시각보다 늦어야 합니다.", "Must be after the opening.");
        form.refuse(close.to_owned(), "not_after_open", said.0, said.1);
    }
}

/// One span on a grid.
pub(crate) fn span(form: &mut Form, wish: SpanWish, pointer: &str, slot: u16) -> Option<Minutes> {
    let (open, close) = (format!("{pointer}/open"), format!("{pointer}/close"));
    let from = minute_of_day(form, wish.open, open.clone());
    let to = minute_of_day(form, wish.close, close.clone());
    let span = Minutes { from: from?, to: to? };
    check_span(form, span, slot, (&open, &close));
    Some(span)
}

/// Spans of a day: sorted, not overlapping, on the grid. Those that touch become one, because a booking may
/// go on from one into the other.
pub fn spans(form: &mut Form, sent: SpansWish, pointer: &str, slot: u16) -> Vec<Minutes> {
    if sent.len() > MOST_SPANS {
        let said = (format!("{MOST_SPANS}개 이하여야 합니다."), format!("At most {MOST_SPANS}."));
        form.refuse(pointer.to_owned(), "length", said.0, said.1);
        return Vec::new();
    }
    let mut spans: Vec<Minutes> = Vec::new();
    for (index, wish) in sent.into_iter().enumerate() {
        let pointer = format!("{pointer}/{index}");
        let Some(Object(wish)) = form.must(wish, pointer.clone()) else { continue };
        let Some(next) = span(form, wish, &pointer, slot) else { continue };
        match spans.last_mut() {
            Some(last) if next.from < last.to => {
                let said = (
                    "앞 시간과 겹치거나 순서가 바뀌었습니다.",
                    "Overlaps the one before, or is out of order.",
                );
                form.refuse(format!("{pointer}/open"), "overlap", said.0, said.1);
            }
            Some(last) if next.from == last.to => last.to = next.to,
            Some(_) | None => spans.push(next),
        }
    }
    spans
}

/// A week of spans by the weekday's name; a weekday left out is closed.
pub fn week(form: &mut Form, mut sent: WeekWish, pointer: &str, slot: u16) -> Week {
    let days = NAMES.map(|name| {
        let pointer = format!("{pointer}/{name}");
        let day = sent.remove(name).and_then(|day| form.must(day, pointer.clone()));
        spans(form, day.unwrap_or_default(), &pointer, slot)
    });
    for unknown in sent.keys() {
        let escaped = unknown.replace('~', "~0").replace('/', "~1");
        let said = ("mon~sun 중 하나여야 합니다.", "Must be one of mon to sun.");
        form.refuse(format!("{pointer}/{escaped}"), "unknown", said.0, said.1);
    }
    Week(days)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn read(slot: u16, value: Value) -> Result<Week, Vec<(String, &'static str)>> {
        let mut form = Form::fresh();
        let week = week(&mut form, serde_json::from_value(value).unwrap(), "/w", slot);
        form.finish(week).map_err(|all| all.into_iter().map(|e| (e.pointer.into_owned(), e.code)).collect())
    }

    #[test]
    fn a_week_reads_back_as_it_was_said_and_days_left_out_are_closed() {
        let said = json!({"mon": [{"open": "09:00", "close": "12:00"}, {"open": "13:00", "close": "24:00"}]});
        let week = read(15, said.clone()).unwrap();
        let view = serde_json::to_value(WeekView::from(&week)).unwrap();
        assert_eq!((&view["mon"], &view["tue"]), (&said["mon"], &json!([])));
        assert_eq!(read(15, view).unwrap(), week);
    }

    #[test]
    fn spans_that_touch_are_one() {
        let said = json!({"sun": [{"open": "09:00", "close": "12:00"}, {"open": "12:00", "close": "13:00"}]});
        assert_eq!(read(60, said).unwrap().0[6], [Minutes { from: 540, to: 780 }]);
    }

    #[test]
    fn every_fault_of_a_week_is_named_where_it_is() {
        let said = json!({
            "mon": [{"open": "9:00", "close": "25:00"}, {"open": "10:10", "close": "12:00"}],
            "tue": [{"open": "12:00", "close": "12:00"}, 5, {"close": "13:00"}],
            "wed": [{"open": "10:00", "close": "12:00"}, {"open": "11:00", "close": "13:00"}],
            "thu": "closed", "fri": null,
            "a/b": [],
        });
        let named = read(60, said).unwrap_err();
        let expected = [
            ("/w/mon/0/open", "time"),
            ("/w/mon/0/close", "time"),
            ("/w/mon/1/open", "grid"),
            ("/w/tue/0/close", "not_after_open"),
            ("/w/tue/1", "type"),
            ("/w/tue/2/open", "required"),
            ("/w/wed/1/open", "overlap"),
            ("/w/thu", "type"),
            ("/w/fri", "required"),
            ("/w/a~1b", "unknown"),
        ];
        assert_eq!(named, expected.map(|(pointer, code)| (pointer.to_owned(), code)));
    }

    #[test]
    fn weekdays_are_sorted_and_kept_once() {
        let sent = |names: &[&str]| names.iter().map(|n| Sent::Value((*n).to_owned())).collect::<Vec<_>>();
        let mut form = Form::fresh();
        assert_eq!(days(&mut form, sent(&["sun", "mon", "sun"]), "/d"), Some(vec![1, 7]));
        assert_eq!(days_view(&[1, 7]), ["mon", "sun"]);
        days(&mut form, sent(&["mon", "Monday"]), "/d");
        assert_eq!(form.finish(()).unwrap_err()[0].pointer, "/d/1");
    }

    #[test]
    fn a_time_is_two_digits_twice_and_a_date_is_written_whole() {
        for (text, minute) in [("00:00", Some(0)), ("24:00", Some(1440)), ("09:05", Some(545))] {
            assert_eq!(minutes_of(text), minute, "{text}");
        }
        for text in ["24:01", "9:00", "09:60", "+9:00", "0900", "09:00:00", "٠٩:٠٠"] {
            assert_eq!(minutes_of(text), None, "{text}");
        }
        let mut form = Form::fresh();
        let date = |form: &mut Form, text: &str| local_date(form, Sent::Value(text.into()), "/d");
        assert!(date(&mut form, "2026-12-01").is_some());
        for wrong in ["2026-13-01", "2026-02-29", "20261201", "2026-12-01T00:00:00", "내일"] {
            assert!(date(&mut form, wrong).is_none(), "{wrong}");
        }
        assert_eq!(form.faults(), 5);
    }
}
