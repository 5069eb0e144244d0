//! Ranges and cursors. A cursor is a sort position only: the partition is rebuilt from the caller and
//! the query, so a cursor opens nothing and needs no secret.

use aws_sdk_dynamodb::types::AttributeValue;
use maru_kernel::crypto;
use serde::{Deserialize, Serialize};

use crate::{IndexSpec, Item, TableSpec};

/// Where a page ends: the sort position and, for an index, the keys of the table that break ties.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor(Vec<String>);

impl Cursor {
    /// The text a client carries.
    pub fn encode(&self) -> String {
        crypto::to_base64url(serde_json::to_string(&self.0).unwrap_or_default().as_bytes())
    }

    /// Reads a client's text; `None` if it is not one of ours.
    pub fn decode(text: &str) -> Option<Self> {
        let parts: Vec<String> = serde_json::from_slice(&crypto::from_base64url(text)?).ok()?;
        ((1..=3).contains(&parts.len()) && parts.iter().all(|p| p.len() <= 1024)).then_some(Self(parts))
    }
}

/// A range of one partition.
#[derive(Debug, Clone)]
pub struct Ranged {
    pub(crate) table: &'static TableSpec,
    pub(crate) index: Option<&'static IndexSpec>,
    pub(crate) partition: String,
    pub(crate) at_most: Option<AttributeValue>,
    pub(crate) newest_first: bool,
    pub(crate) limit: i32,
    pub(crate) after: Option<Cursor>,
}

impl Ranged {
    /// The partition of a table, oldest first.
    pub fn table(table: &'static TableSpec, partition: impl ToString, limit: u16) -> Self {
        let partition = partition.to_string();
        Self {
            table,
            index: None,
            partition,
            at_most: None,
            newest_first: false,
            limit: limit.into(),
            after: None,
        }
    }

    /// The partition of an index, oldest first.
    pub fn index(
        table: &'static TableSpec,
        index: &'static IndexSpec,
        partition: impl ToString,
        limit: u16,
    ) -> Self {
        Self { index: Some(index), ..Self::table(table, partition, limit) }
    }

    /// Newest first.
    #[must_use]
    pub fn newest_first(mut self) -> Self {
        self.newest_first = true;
        self
    }

    /// Only up to this sort number, included.
    #[must_use]
    pub fn up_to(mut self, number: i64) -> Self {
        self.at_most = Some(AttributeValue::N(number.to_string()));
        self
    }

    /// Only behind the cursor.
    #[must_use]
    pub fn after(mut self, cursor: Option<Cursor>) -> Self {
        self.after = cursor;
        self
    }

    /// The key attributes a cursor stands for: sort of the range, then the table's keys for an index.
    fn cursor_attributes(&self) -> Vec<(&'static str, crate::Kind)> {
        let table_keys = std::iter::once(self.table.partition).chain(self.table.sort);
        match self.index {
            Some(index) => std::iter::once(index.sort).chain(table_keys).map(|a| (a.name, a.kind)).collect(),
            None => self.table.sort.iter().map(|a| (a.name, a.kind)).collect(),
        }
    }

    pub(crate) fn start_key(&self) -> Option<Item> {
        let cursor = self.after.as_ref()?;
        let partition = self.index.map_or(self.table.partition, |i| i.partition);
        let mut key = Item::from([(partition.name.to_owned(), AttributeValue::S(self.partition.clone()))]);
        for ((name, kind), text) in self.cursor_attributes().into_iter().zip(&cursor.0) {
            let value = match kind {
                crate::Kind::S => AttributeValue::S(text.clone()),
                crate::Kind::N => AttributeValue::N(text.clone()),
            };
            key.insert(name.to_owned(), value);
        }
        Some(key)
    }

    pub(crate) fn cursor(&self, last: &Item) -> Option<Cursor> {
        let parts: Option<Vec<String>> = self
            .cursor_attributes()
            .into_iter()
            .map(|(name, _)| {
                let value = last.get(name)?;
                value.as_s().or_else(|_| value.as_n()).ok().cloned()
            })
            .collect();
        parts.map(Cursor)
    }
}

/// A bounded piece of a range.
#[derive(Debug, Clone)]
pub struct Page<T> {
    /// The records.
    pub items: Vec<T>,
    /// Where the next page starts; `None` at the end.
    pub next: Option<Cursor>,
}
