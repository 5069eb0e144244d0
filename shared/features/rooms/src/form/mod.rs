//! What staff fill in to make or change something that can be booked: reading it so that every fault is
//! named at its place, and the parts that rooms and tours share.
//!
//! A form is filled in over a record: a new one with what it begins with, or the stored one. What was not
//! sent stays as it is.

mod clock;
mod price;
mod terms;

use std::borrow::Cow;
use std::fmt::Display;
use std::ops::RangeInclusive;

use jiff::tz::TimeZone;
use maru_kernel::{FieldError, Fields, LineRule, Said, line};
use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

pub use clock::{
    SpanView, SpanWish, SpansWish, WeekView, WeekWish, clock_text, day_name, days, days_view, local_date,
    minute_of_day, spans, week,
};
pub(crate) use clock::{check_span, span};
pub use price::{amount, currency, is_payable};
pub use terms::{PolicyView, PolicyWish, QuotaView, QuotaWish, StageView, StageWish, TermsView, TermsWish};

/// What whoever sent another type is told.
pub(crate) const WRONG_TYPE: (&str, &str) = ("형식이 올바르지 않습니다.", "Wrong type.");

/// A JSON pointer.
pub type Pointer = Cow<'static, str>;

/// A field as it came. A change must tell one that was left out from one that is null; so a struct of these
/// is read with `#[serde(default)]`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Sent<T> {
    /// Left out.
    #[default]
    Absent,
    /// Null.
    Null,
    /// Of another type.
    Wrong,
    /// There.
    Value(T),
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Sent<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match Option::<Value>::deserialize(deserializer)? {
            None => Self::Null,
            Some(value) => serde_json::from_value(value).map_or(Self::Wrong, Self::Value),
        })
    }
}

/// A part of a form that is an object: a struct alone would take a list of its members, too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object<T>(pub T);

impl<'de, T: DeserializeOwned> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let members = Map::deserialize(deserializer)?;
        serde_json::from_value(Value::Object(members)).map(Self).map_err(Error::custom)
    }
}

impl<T> Sent<T> {
    /// Whether it was left out.
    pub const fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }
}

/// A form being read: collects what is wrong with it.
#[derive(Debug)]
pub struct Form {
    fields: Fields,
    faults: usize,
    fresh: bool,
}

impl Form {
    /// The form of a new record: what is null counts as left out.
    pub fn fresh() -> Self {
        Self { fields: Fields::new(), faults: 0, fresh: true }
    }

    /// The form of a change: what is null is refused unless it has a meaning.
    pub fn change() -> Self {
        Self { fresh: false, ..Self::fresh() }
    }

    /// Whether it makes a new record.
    pub const fn is_fresh(&self) -> bool {
        self.fresh
    }

    /// How much is wrong so far.
    pub const fn faults(&self) -> usize {
        self.faults
    }

    /// The record if nothing was wrong, else every fault.
    pub fn finish<T>(self, record: T) -> Result<T, Vec<FieldError>> {
        self.fields.finish(Some(record))
    }

    /// Notes a fault.
    pub fn refuse(
        &mut self,
        pointer: impl Into<Pointer>,
        code: &'static str,
        ko: impl Into<Pointer>,
        en: impl Into<Pointer>,
    ) {
        self.faults += 1;
        self.fields.refuse(FieldError::new(pointer, code, Said::new(ko, en)));
    }

    /// Keeps a good value; notes a bad one.
    pub fn take<T>(&mut self, value: Result<T, FieldError>) -> Option<T> {
        self.faults += usize::from(value.is_err());
        self.fields.take(value)
    }

    /// The value of a field that always has one.
    pub fn must<T>(&mut self, sent: Sent<T>, pointer: impl Into<Pointer>) -> Option<T> {
        match sent {
            Sent::Value(value) => return Some(value),
            Sent::Wrong => self.refuse(pointer, "type", WRONG_TYPE.0, WRONG_TYPE.1),
            Sent::Absent | Sent::Null => {
                self.refuse(pointer, "required", "필수 항목입니다.", "This field is required.");
            }
        }
        None
    }

    /// The value of a field a new record must have.
    pub fn required<T>(&mut self, sent: Sent<T>, pointer: impl Into<Pointer>) -> Option<T> {
        if self.fresh || !sent.is_absent() { self.must(sent, pointer) } else { None }
    }

    /// The value of a field, if it was sent.
    pub fn value<T>(&mut self, sent: Sent<T>, pointer: impl Into<Pointer>) -> Option<T> {
        match sent {
            Sent::Absent => None,
            Sent::Null if self.fresh => None,
            sent @ (Sent::Null | Sent::Wrong | Sent::Value(_)) => self.must(sent, pointer),
        }
    }

    /// The value of a field for which null means none.
    #[allow(clippy::option_option, reason = "left out, none, and a value are three things")]
    pub fn nullable<T>(&mut self, sent: Sent<T>, pointer: impl Into<Pointer>) -> Option<Option<T>> {
        match sent {
            Sent::Absent => None,
            Sent::Null => Some(None),
            sent @ (Sent::Wrong | Sent::Value(_)) => self.must(sent, pointer).map(Some),
        }
    }

    /// The value of a field that is said once, of a new record. In a change another than the `present` one
    /// is refused.
    pub fn once<T: PartialEq>(&mut self, sent: Sent<T>, pointer: &'static str, present: &T) -> Option<T> {
        let value = self.value(sent, pointer)?;
        if self.fresh {
            return Some(value);
        }
        if value != *present {
            let said = ("처음에 정하면 바꿀 수 없습니다.", "Cannot be changed once it is set.");
            self.refuse(pointer, "immutable", said.0, said.1);
        }
        None
    }

    /// A number within a range.
    pub fn within<N: TryFrom<i64> + PartialOrd + Display>(
        &mut self,
        number: i64,
        pointer: impl Into<Pointer>,
        range: &RangeInclusive<N>,
    ) -> Option<N> {
        let good = N::try_from(number).ok().filter(|number| range.contains(number));
        if good.is_none() {
            let (least, most) = (range.start(), range.end());
            let said = (format!("{least}~{most}이어야 합니다."), format!("Must be {least} to {most}."));
            self.refuse(pointer, "range", said.0, said.1);
        }
        good
    }

    /// A number within a range, if one was sent.
    pub fn number<N: TryFrom<i64> + PartialOrd + Display>(
        &mut self,
        sent: Sent<i64>,
        pointer: &'static str,
        range: &RangeInclusive<N>,
        into: &mut N,
    ) {
        if let Some(number) = self.value(sent, pointer)
            && let Some(number) = self.within(number, pointer, range)
        {
            *into = number;
        }
    }

    /// A number within a range, or none where null was sent.
    pub fn number_or_none(
        &mut self,
        sent: Sent<i64>,
        pointer: &'static str,
        range: &RangeInclusive<u16>,
        into: &mut Option<u16>,
    ) {
        match self.nullable(sent, pointer) {
            None => {}
            Some(None) => *into = None,
            Some(Some(number)) => *into = self.within(number, pointer, range).or(*into),
        }
    }

    /// Yes or no, if it was sent.
    pub fn flag(&mut self, sent: Sent<bool>, pointer: &'static str, into: &mut bool) {
        if let Some(yes) = self.value(sent, pointer) {
            *into = yes;
        }
    }

    /// The version a change says it has seen: here only whether it is a number.
    pub fn version(&mut self, sent: &Sent<u64>) {
        if *sent == Sent::Wrong {
            self.refuse("/lock_version", "type", WRONG_TYPE.0, WRONG_TYPE.1);
        }
    }

    /// A name: 1 to 100 characters.
    pub fn name(&mut self, sent: Sent<String>, into: &mut String) {
        let rule = LineRule { pointer: "/name", min: 1, max: 100, multiline: false };
        if let Some(text) = self.required(sent, rule.pointer)
            && let Some(text) = self.take(line(&text, rule))
        {
            *into = text;
        }
    }

    /// A description: at most 2000 characters; null empties it.
    pub fn description(&mut self, sent: Sent<String>, into: &mut String) {
        let rule = LineRule { pointer: "/description", min: 0, max: 2000, multiline: true };
        if let Some(text) = self.nullable(sent, rule.pointer)
            && let Some(text) = self.take(line(&text.unwrap_or_default(), rule))
        {
            *into = text;
        }
    }

    /// The IANA zone, which never changes.
    pub fn zone(&mut self, sent: Sent<String>, into: &mut String) {
        let Some(zone) = self.once(sent, "/zone", into) else { return };
        if TimeZone::get(&zone).is_ok() {
            *into = zone;
        } else {
            self.refuse("/zone", "zone", "알 수 없는 시간대입니다.", "Not a time zone.");
        }
    }

    /// A bounded list, if one was sent; null is an empty one.
    pub fn list<T>(&mut self, sent: Sent<Vec<T>>, pointer: &'static str, most: usize) -> Option<Vec<T>> {
        let list = self.nullable(sent, pointer)?.unwrap_or_default();
        if list.len() > most {
            let said = (format!("{most}개 이하여야 합니다."), format!("At most {most}."));
            self.refuse(pointer, "length", said.0, said.1);
            return None;
        }
        Some(list)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[derive(Debug, Default, Deserialize)]
    #[serde(default)]
    struct Inner {
        b: Sent<i64>,
    }

    #[derive(Debug, Deserialize)]
    struct Outer {
        #[serde(default)]
        a: Sent<String>,
        #[serde(flatten)]
        inner: Inner,
    }

    #[test]
    fn left_out_null_wrong_and_there_are_four_things() {
        let read =
            |value| serde_json::from_value::<Outer>(value).map(|outer| (outer.a, outer.inner.b)).unwrap();
        assert_eq!(read(json!({})), (Sent::Absent, Sent::Absent));
        assert_eq!(read(json!({"a": null, "b": null})), (Sent::Null, Sent::Null));
        assert_eq!(read(json!({"a": 1, "b": 1.5})), (Sent::Wrong, Sent::Wrong));
        assert_eq!(read(json!({"a": "x", "b": 1})), (Sent::Value("x".into()), Sent::Value(1)));
    }

    #[test]
    fn an_object_is_no_list_of_its_members() {
        let read = |value| serde_json::from_value::<Sent<Object<Inner>>>(value).unwrap();
        assert!(matches!(read(json!({"b": 7})), Sent::Value(Object(Inner { b: Sent::Value(7) }))));
        assert!(matches!(read(json!([7])), Sent::Wrong));
        assert!(matches!(read(json!([])), Sent::Wrong));
        assert!(matches!(read(json!(null)), Sent::Null));
    }

    #[test]
    fn null_is_left_out_of_a_new_record_and_refused_in_a_change() {
        let mut fresh = Form::fresh();
        let mut number = 7_u16;
        fresh.number(Sent::Null, "/n", &(1..=9), &mut number);
        assert_eq!(fresh.finish(number), Ok(7));
        let mut change = Form::change();
        change.number(Sent::Null, "/n", &(1..=9), &mut number);
        assert_eq!(change.finish(()).unwrap_err().first().map(|e| e.code), Some("required"));
    }

    #[test]
    fn a_number_beyond_its_range_is_named_with_the_range() {
        let mut form = Form::change();
        let mut number = 7_u16;
        for wrong in [0, 10, -1, 70_000] {
            form.number(Sent::Value(wrong), "/n", &(1..=9), &mut number);
        }
        assert_eq!((number, form.faults()), (7, 4));
        assert!(
            form.finish(()).unwrap_err().iter().all(|e| e.code == "range" && e.said.en == "Must be 1 to 9.")
        );
    }
}
