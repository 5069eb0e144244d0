//! API keys: shown once, stored as a hash, read together with their owner in one call.

use maru_kernel::{Random, Secret, Timestamp, UserId, crypto};
use serde::{Deserialize, Serialize};

use crate::Permission;

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
    /// SHA-256 of the secret.
    pub hash: String,
    /// What it may do.
    pub scopes: Vec<Permission>,
    /// When it stops working.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// When it was revoked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<Timestamp>,
}

impl ApiKeyRecord {
    /// Whether `shown` is this key and it works at `now`.
    pub fn accepts(&self, shown: &ApiKey, now: Timestamp) -> bool {
        crypto::same(self.hash.as_bytes(), shown.hash().as_bytes())
            && self.user_id == shown.user_id
            && self.revoked_at.is_none()
            && self.expires_at.is_none_or(|end| now < end)
    }
}
