//! The tables identity is read from, and the part of their records every request needs.

use maru_kernel::{SealKey, SessionId, Timestamp, UserId, crypto};
use maru_table::{Attr, IndexSpec, Record, TableSpec};
use serde::{Deserialize, Serialize};

use crate::Role;

/// People. The full record is `accounts`' own.
pub const USERS: TableSpec = TableSpec {
    name: "users",
    partition: Attr::text("user_id"),
    sort: None,
    indexes: &[],
    ttl: None,
    stream: false,
};

/// Signed-in devices.
pub const SESSIONS: TableSpec = TableSpec {
    name: "sessions",
    partition: Attr::text("session_id"),
    sort: None,
    indexes: &[SESSIONS_BY_USER],
    ttl: Some("expires_at"),
    stream: false,
};

/// A person's devices, by the time they signed in.
pub const SESSIONS_BY_USER: IndexSpec =
    IndexSpec { name: "by-user", partition: Attr::text("user_id"), sort: Attr::text("created_at") };

/// One key per person, under which the trail seals personal values.
pub const SEALS: TableSpec = TableSpec {
    name: "seals",
    partition: Attr::text("user_id"),
    sort: None,
    indexes: &[],
    ttl: None,
    stream: false,
};

/// API keys, by id; only a hash is stored.
pub const API_KEYS: TableSpec = TableSpec {
    name: "api-keys",
    partition: Attr::text("key_id"),
    sort: None,
    indexes: &[API_KEYS_BY_SHELF],
    ttl: None,
    stream: false,
};

/// All keys, by the time they were made.
pub const API_KEYS_BY_SHELF: IndexSpec =
    IndexSpec { name: "by-shelf", partition: Attr::text("shelf"), sort: Attr::text("created_at") };

/// When API keys were last used. Apart from the keys, so that a function that only verifies them cannot
/// change one.
pub const KEY_USES: TableSpec = TableSpec {
    name: "key-uses",
    partition: Attr::text("key_id"),
    sort: None,
    indexes: &[],
    ttl: None,
    stream: false,
};

/// The public halves of the token signing keys.
pub const SIGNING_KEYS: TableSpec = TableSpec {
    name: "keys",
    partition: Attr::text("id"),
    sort: None,
    indexes: &[],
    ttl: None,
    stream: false,
};

/// What of a person decides who they are.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Principal {
    /// The person.
    pub user_id: UserId,
    /// What they may do.
    pub role: Role,
    /// Sessions of an earlier epoch have ended.
    pub session_epoch: u64,
    /// A suspended or deleted person is nobody.
    pub is_active: bool,
}

/// A signed-in device.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Session {
    /// Its id; also the refresh family.
    pub session_id: SessionId,
    /// Whose.
    pub user_id: UserId,
    /// The person's epoch at sign-in.
    pub epoch: u64,
    /// The generation of the newest refresh token.
    pub generation: u64,
    /// When that generation was made.
    pub rotated_at: Timestamp,
    /// When the person signed in.
    pub created_at: Timestamp,
    /// When it was ended, by log-out or by a reused token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    /// Absolute end (epoch seconds); DynamoDB tidies by it later.
    pub expires_at: i64,
    /// Whether it gives no staff rights: its person must set up a second factor first.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub limited: bool,
    /// The program signed in with, as it called itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<String>,
    /// Version.
    pub lock_version: u64,
}

impl Record for Session {
    const TABLE: &'static TableSpec = &SESSIONS;
    const KIND: &'static str = "session";
    const PERSONAL: &'static [&'static str] = &["user_agent"];

    maru_table::record_fields! { id: session_id, person: user_id }
}

impl Session {
    /// Whether it counts for `principal` at `now`.
    pub fn is_alive(&self, principal: &Principal, now: Timestamp) -> bool {
        principal.is_active
            && self.user_id == principal.user_id
            && self.ended_at.is_none()
            && self.epoch == principal.session_epoch
            && now.as_second() < self.expires_at
    }
}

/// A person's seal key as stored.
#[derive(Clone, Serialize, Deserialize)]
pub struct SealRecord {
    /// Whose.
    pub user_id: UserId,
    key: String,
}

impl SealRecord {
    /// The record of this key.
    pub fn new(user_id: UserId, key: &SealKey) -> Self {
        Self { user_id, key: crypto::to_base64url(key.expose()) }
    }

    /// The key.
    pub fn key(&self) -> Option<SealKey> {
        crypto::from_base64url(&self.key)?.try_into().ok().map(SealKey::new)
    }
}
