//! The item of a day, read.

use std::collections::BTreeMap;

use maru_table::{AttributeValue, Item};

use super::day::{Day, Reservation};
use super::ledger::Cell;

fn number<T: std::str::FromStr>(value: &AttributeValue) -> Option<T> {
    value.as_n().ok()?.parse().ok()
}

fn value<T: serde::de::DeserializeOwned>(item: &Item, name: &str) -> Option<T> {
    item.get(name).and_then(|value| serde_dynamo::from_attribute_value(value.clone()).ok())
}

/// Attributes named by a letter and a number.
fn numbered<T: std::str::FromStr>(item: &Item, letter: char) -> BTreeMap<u16, T> {
    let named = |(name, value): (&String, &AttributeValue)| {
        Some((name.strip_prefix(letter)?.parse().ok()?, number(value)?))
    };
    item.iter().filter_map(named).collect()
}

impl Day {
    /// The day from its item; without one, an empty day.
    pub fn read(cell: Cell, item: Option<Item>) -> Self {
        let item = item.unwrap_or_default();
        let reservations: BTreeMap<String, Reservation> = value(&item, "r").unwrap_or_default();
        Self {
            cell,
            version: item.get("v").and_then(number).unwrap_or(0),
            next: item.get("n").and_then(number).unwrap_or(1),
            reservations: reservations.into_iter().filter_map(|(n, r)| Some((n.parse().ok()?, r))).collect(),
            slots: numbered(&item, 's'),
            taken: numbered(&item, 't'),
            own_seats: numbered(&item, 'c'),
            line: value(&item, "w").unwrap_or_default(),
            closed: value(&item, "closed"),
        }
    }
}
