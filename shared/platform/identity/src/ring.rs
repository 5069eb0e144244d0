//! The ring of public keys: verifying functions read it, they hold no secret.

use jsonwebtoken::DecodingKey;
use maru_kernel::crypto;
use maru_table::{Condition, Db, Key, StoreError, Write};
use serde::{Deserialize, Serialize};

use crate::tables::SIGNING_KEYS;
use crate::token::kid_of;

/// The id of the one ring there is.
const RING: &str = "access-tokens";

/// A key tokens can be verified with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicKey {
    /// Its id.
    pub kid: String,
    /// Its algorithm, bound to the key and never taken from a token.
    pub alg: String,
    /// The 32 public bytes, base64url.
    pub x: String,
}

impl PublicKey {
    pub(crate) fn ed25519(public: &[u8]) -> Self {
        Self { kid: kid_of(public), alg: "EdDSA".into(), x: crypto::to_base64url(public) }
    }

    pub(crate) fn decoding(&self) -> Option<DecodingKey> {
        if self.alg != "EdDSA" {
            return None;
        }
        DecodingKey::from_ed_components(&self.x).ok()
    }

    /// The key as RFC 8037 writes it in a JWK set.
    pub fn jwk(&self) -> serde_json::Value {
        serde_json::json!({
            "kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": self.alg, "kid": self.kid, "x": self.x,
        })
    }
}

/// All keys that count now.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Ring {
    id: String,
    /// The keys.
    pub keys: Vec<PublicKey>,
    version: u64,
}

impl Ring {
    /// Where the ring lies.
    pub fn key() -> Key {
        Key::of(&SIGNING_KEYS, RING)
    }

    /// The key with this id.
    pub fn find(&self, kid: &str) -> Option<&PublicKey> {
        self.keys.iter().find(|key| key.kid == kid)
    }
}

/// Adds `key` to the ring unless it is there. Signing functions call it once per sandbox, before their
/// first token. Races on the ring are settled by its version.
pub async fn publish(db: &Db, key: &PublicKey) -> Result<(), StoreError> {
    for _ in 0..4 {
        let ring: Option<Ring> = db.get(&Ring::key()).await?;
        let known = ring.unwrap_or_default();
        if known.find(&key.kid).is_some() {
            return Ok(());
        }
        let unchanged = match known.version {
            0 => Condition::absent("id"),
            version => Condition::number("version", version),
        };
        let keys = known.keys.into_iter().chain([key.clone()]).collect();
        let next = Ring { id: RING.into(), keys, version: known.version + 1 };
        if db.note(&Write::put(&SIGNING_KEYS, &next).when(unchanged)).await? {
            return Ok(());
        }
    }
    Err(StoreError::Unavailable("the key ring is contended".into()))
}
