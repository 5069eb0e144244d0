//! API keys: shown once, stored as a hash, read together with their owner in one call.

use maru_kernel::{Random, Secret, Timestamp, UserId, crypto};
use maru_table::{Key, Record, TableSpec};
use serde::{Deserialize, Serialize};

use crate::Permission;
use crate::tables::{API_KEYS, KEY_USES};

/// An API key as a client shows it: `mk_` and 64 bytes (key id, owner, secret) in base64url.
pub struct ApiKey {
    /// Its public id.
    pub id: String,
    /// Whose it is.
    pub user_id: UserId,
    secret: [u8; 32],
}

impl ApiKey {
    /// A new key of `user_id`.
    pub fn new(user_id: UserId, random: &Random) -> Self {
        Self { id: crypto::to_base64url(&random.bytes::<16>()), user_id, secret: random.bytes() }
    }

    /// The text to be shown once.
    pub fn encode(&self) -> Secret {
        let id = crypto::from_base64url(&self.id).unwrap_or_default();
        let bytes = [id.as_slice(), &self.user_id.bytes(), &self.secret].concat();
        Secret::new(format!("mk_{}", crypto::to_base64url(&bytes)))
    }

    /// Reads a client's text.
    pub fn decode(text: &str) -> Option<Self> {
        let bytes = crypto::from_base64url(text.strip_prefix("mk_").filter(|rest| rest.len() < 128)?)?;
        let (id, rest) = bytes.split_at_checked(16)?;
        let (user, secret) = rest.split_at_checked(16)?;
        let user_id = UserId::from_bytes(user.try_into().ok()?);
        Some(Self { id: crypto::to_base64url(id), user_id, secret: secret.try_into().ok()? })
    }

    /// What is stored of the secret. It is 256 random bits, so a plain hash cannot be guessed.
    pub fn hash(&self) -> String {
        crypto::sha256_hex(&self.secret)
    }
}

/// A key as stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ApiKeyRecord {
    /// Its id.
    pub key_id: String,
    /// Whose it is: it can never do more than its owner may.
    pub user_id: UserId,
    /// What it is for, in its maker's words.
    pub name: String,
    /// Its first characters, by which people tell keys apart.
    pub prefix: String,
    /// SHA-256 of the secret.
    pub hash: String,
    /// What it may do.
    pub scopes: Vec<Permission>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Which list it is on: the only one there is.
    pub shelf: Shelf,
    /// When it stops working.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// When it was revoked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<Timestamp>,
    /// Version.
    pub lock_version: u64,
}

/// The list of all keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shelf {
    /// Every key.
    Keys,
}

impl Record for ApiKeyRecord {
    const TABLE: &'static TableSpec = &API_KEYS;
    const KIND: &'static str = "api-key";
    const HIDDEN: &'static [&'static str] = &["hash"];

    maru_table::record_fields! { id: key_id }
}

impl ApiKeyRecord {
    /// The record of a new key.
    pub fn new(
        key: &ApiKey,
        name: &str,
        scopes: &[Permission],
        expires_at: Option<Timestamp>,
        now: Timestamp,
    ) -> Self {
        Self {
            key_id: key.id.clone(),
            user_id: key.user_id,
            name: name.to_owned(),
            prefix: key.encode().expose().chars().take(PREFIX).collect(),
            hash: key.hash(),
            scopes: scopes.to_vec(),
            created_at: now,
            shelf: Shelf::Keys,
            expires_at,
            revoked_at: None,
            lock_version: 1,
        }
    }

    /// Whether `shown` is this key and it works at `now`.
    pub fn accepts(&self, shown: &ApiKey, now: Timestamp) -> bool {
        crypto::same(self.hash.as_bytes(), shown.hash().as_bytes())
            && self.user_id == shown.user_id
            && self.revoked_at.is_none()
            && self.expires_at.is_none_or(|end| now < end)
    }
}

/// `mk_` and eight characters of the key's id: nothing of the secret.
const PREFIX: usize = 11;

/// When a key was last used, to the hour.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct KeyUse {
    /// The key.
    pub key_id: String,
    /// When.
    pub last_used_at: Timestamp,
}

impl KeyUse {
    /// Where it lies.
    pub fn key(key_id: &str) -> Key {
        Key::of(&KEY_USES, key_id)
    }
}
