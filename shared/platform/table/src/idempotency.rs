//! Idempotency records: what a repeated request is answered with.
//!
//! The record is written inside the business transaction and read together with the load, before any
//! rule; so there is no "in progress" state and a lost reply is safe to repeat. It holds a reference to
//! the record that was made, never a body: nothing secret is kept.

use maru_kernel::{Timestamp, crypto};
use serde::{Deserialize, Serialize};

use crate::{Attr, Condition, Key, TableSpec, Write};

/// The table of idempotency records.
pub const IDEMPOTENCY: TableSpec = TableSpec {
    name: "idempotency",
    partition: Attr::text("id"),
    sort: None,
    indexes: &[],
    ttl: Some("expires_at"),
    stream: false,
};

/// A request that may be repeated: who, which route, which key, which body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Idempotency {
    id: String,
    body: String,
    expires_at: i64,
}

/// What a request with the same key was answered with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Replay {
    /// The same request: render this record again.
    Same {
        /// The id of the record that was made.
        reference: String,
    },
    /// The key was used for another body.
    OtherBody,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    id: String,
    body: String,
    reference: String,
    expires_at: i64,
}

impl Idempotency {
    /// The request `key` of `principal` on `route` with this body, remembered for `hours`.
    pub fn new(principal: &str, route: &str, key: &str, body: &[u8], now: Timestamp, hours: u32) -> Self {
        let id = crypto::sha256_hex(format!("{principal}\n{route}\n{key}").as_bytes());
        Self { id, body: crypto::sha256_hex(body), expires_at: now.as_second() + i64::from(hours) * 3600 }
    }

    /// Where its record lies.
    pub fn key(&self) -> Key {
        Key::of(&IDEMPOTENCY, &self.id)
    }

    /// What was answered before; `None` if this is the first time (or the record has expired).
    pub fn replay(&self, stored: Option<crate::Item>, now: Timestamp) -> Option<Replay> {
        let stored: Stored = serde_dynamo::from_item(stored?).ok()?;
        if stored.expires_at <= now.as_second() {
            return None;
        }
        let same = crypto::same(stored.body.as_bytes(), self.body.as_bytes());
        Some(if same { Replay::Same { reference: stored.reference } } else { Replay::OtherBody })
    }

    /// The write that remembers the answer: inside the change it belongs to, or as a note where the answer
    /// needed none. Refused if a live record is there already.
    pub fn remember(&self, reference: &str, now: Timestamp) -> Write {
        let stored = Stored {
            id: self.id.clone(),
            body: self.body.clone(),
            reference: reference.to_owned(),
            expires_at: self.expires_at,
        };
        Write::put(&IDEMPOTENCY, &stored)
            .when(Condition::absent("id").or(Condition::at_most("expires_at", now.as_second())))
    }
}
