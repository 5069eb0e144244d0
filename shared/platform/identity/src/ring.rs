//! The ring of keys tokens are verified with: verifying functions read it, they hold no secret.
//!
//! A key is *announced* some time before it *signs*, so that every sandbox's copy of the ring has it
//! before it meets a token of it; it is *retired* once the last token it signed is over.

use jsonwebtoken::{Algorithm, DecodingKey};
use maru_kernel::{Secret, Timestamp, crypto};
use maru_table::{Condition, Db, Key, StoreError, Write};
use serde::{Deserialize, Serialize};

use crate::tables::SIGNING_KEYS;
use crate::token::{ACCESS_SECONDS, kid_of};

/// The id of the one ring there is.
const RING: &str = "access-tokens";
/// Seconds between announcement and first use: longer than any sandbox keeps its copy of the ring (60 s)
/// or of the secret (300 s).
const LEAD_SECONDS: i64 = 600;
/// Seconds a key signs before it is replaced: 30 days.
const TERM_SECONDS: i64 = 30 * 24 * 3600;
/// Seconds a replaced key is kept beyond the life of its last token: copies of the ring are late, and so
/// may the signer have been.
const MARGIN_SECONDS: i64 = 300;
/// A shared secret shorter than its hash can be guessed (RFC 7518, 3.2).
const SHORTEST_SHARED: usize = 32;

/// A key tokens can be verified with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicKey {
    /// Its id.
    pub kid: String,
    /// Its algorithm, bound to the key and never taken from a token.
    pub alg: String,
    /// The 32 public bytes, base64url; of a shared key, the secret itself.
    pub x: String,
    /// Which of the signing keys it is, from 1; a shared key is none of them.
    #[serde(default)]
    pub generation: u32,
    /// From when it signs (epoch seconds).
    #[serde(default)]
    pub signs_from: i64,
}

const EDDSA: &str = "EdDSA";
const HS256: &str = "HS256";

impl PublicKey {
    pub(crate) fn ed25519(public: &[u8], generation: u32) -> Self {
        let x = crypto::to_base64url(public);
        Self { kid: kid_of(public), alg: EDDSA.into(), x, generation, signs_from: 0 }
    }

    /// The key of an operator's own HS256 secret: whoever holds the secret can make tokens, and every
    /// verifying function can then read it. Only where the operator asks for it. `None` if it is too short.
    pub fn shared(secret: &Secret) -> Option<Self> {
        let bytes = secret.expose().as_bytes();
        (bytes.len() >= SHORTEST_SHARED).then(|| Self {
            kid: format!("hs-{}", kid_of(bytes)),
            alg: HS256.into(),
            x: crypto::to_base64url(bytes),
            generation: 0,
            signs_from: 0,
        })
    }

    /// The algorithm tokens of this key have.
    pub(crate) fn algorithm(&self) -> Option<Algorithm> {
        match self.alg.as_str() {
            EDDSA => Some(Algorithm::EdDSA),
            HS256 => Some(Algorithm::HS256),
            _ => None,
        }
    }

    pub(crate) fn decoding(&self) -> Option<DecodingKey> {
        match self.alg.as_str() {
            EDDSA => DecodingKey::from_ed_components(&self.x).ok(),
            HS256 => crypto::from_base64url(&self.x).map(|secret| DecodingKey::from_secret(&secret)),
            _ => None,
        }
    }

    fn is_shared(&self) -> bool {
        self.alg == HS256
    }

    /// The key as RFC 8037 writes it in a JWK set; `None` for a shared key, which is no public one.
    pub fn jwk(&self) -> Option<serde_json::Value> {
        (!self.is_shared()).then(|| {
            serde_json::json!({
                "kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": self.alg, "kid": self.kid, "x": self.x,
            })
        })
    }
}

/// All keys that count now.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Ring {
    id: String,
    /// The keys.
    pub keys: Vec<PublicKey>,
    version: u64,
}

/// What a look at the ring is to do beyond what time demands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Turn {
    /// Announce the next key now, whatever the age of the present one.
    pub rotate: bool,
    /// Take away every key that is not derived from the present master secret: its tokens end at once.
    pub forget_others: bool,
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

    /// The generation to sign with at `now`, among keys `ours` recognises: the newest that is due, or the
    /// eldest where a clock that runs late finds none due.
    pub fn signing(&self, now: Timestamp, ours: impl Fn(&PublicKey) -> bool) -> Option<u32> {
        let known = || self.keys.iter().filter(|key| !key.is_shared() && ours(key));
        let due = known().filter(|key| key.signs_from <= now.as_second()).map(|key| key.generation).max();
        due.or_else(|| known().map(|key| key.generation).min())
    }

    /// The ring after a look at `now`. `make` gives the public key of a generation under the present
    /// master secret; `shared` are the operator's own keys.
    #[must_use]
    pub fn turned(
        &self,
        now: Timestamp,
        turn: Turn,
        make: impl Fn(u32) -> Option<PublicKey>,
        shared: &[PublicKey],
    ) -> Self {
        let second = now.as_second();
        let ours = |key: &PublicKey| make(key.generation).is_some_and(|made| made.kid == key.kid);
        let mut signing: Vec<PublicKey> = self.keys.iter().filter(|key| !key.is_shared()).cloned().collect();
        if turn.forget_others {
            signing.retain(ours);
        }
        let newest_ours = signing.iter().filter(|key| ours(key)).max_by_key(|key| key.generation).cloned();
        let last = signing.iter().map(|key| key.generation).max().unwrap_or(0);
        let starts = match &newest_ours {
            None => Some(second),
            Some(newest) if newest.signs_from > second => None,
            Some(newest) if turn.rotate || second - newest.signs_from >= TERM_SECONDS => {
                Some(second + LEAD_SECONDS)
            }
            Some(_) => None,
        };
        if let Some((starts, key)) = starts.zip(make(last + 1)) {
            signing.push(PublicKey { signs_from: starts, ..key });
        }
        // After a master secret was put back, the key in use may be an elder one.
        let in_use = signing.iter().filter(|key| ours(key)).map(|key| key.generation).max();
        let successors: Vec<(u32, i64)> = signing.iter().map(|k| (k.generation, k.signs_from)).collect();
        signing.retain(|key| {
            let successor = successors.iter().filter(|(generation, _)| *generation > key.generation);
            let replaced = successor.map(|(_, from)| *from).min();
            Some(key.generation) == in_use
                || replaced.is_none_or(|from| second < from + ACCESS_SECONDS + MARGIN_SECONDS)
        });
        let keys = signing.into_iter().chain(shared.iter().cloned()).collect();
        Self { id: RING.into(), keys, version: self.version }
    }
}

/// Writes what `next` makes of the ring, unless that changes nothing. Races are settled by its version.
pub async fn turn(db: &Db, next: impl Fn(&Ring) -> Ring) -> Result<Ring, StoreError> {
    for _ in 0..4 {
        let known: Ring = db.get(&Ring::key()).await?.unwrap_or_default();
        let wanted = next(&known);
        if wanted.keys == known.keys {
            return Ok(known);
        }
        let unchanged = match known.version {
            0 => Condition::absent("id"),
            version => Condition::number("version", version),
        };
        let wanted = Ring { version: known.version + 1, ..wanted };
        if db.note(&Write::put(&SIGNING_KEYS, &wanted).when(unchanged)).await? {
            return Ok(wanted);
        }
    }
    Err(StoreError::Unavailable("the key ring is contended".into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(master: u8) -> impl Fn(u32) -> Option<PublicKey> {
        move |generation| Some(PublicKey::ed25519(&[master, u8::try_from(generation).unwrap()], generation))
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn generations(ring: &Ring) -> Vec<u32> {
        ring.keys.iter().map(|key| key.generation).collect()
    }

    #[test]
    fn a_key_is_announced_then_signs_then_its_elder_retires() {
        let make = made(1);
        let ours = |key: &PublicKey| made(1)(key.generation).unwrap().kid == key.kid;
        let ring = Ring::default().turned(at(1000), Turn::default(), &make, &[]);
        assert_eq!((generations(&ring), ring.signing(at(1000), ours)), (vec![1], Some(1)));
        assert_eq!(ring.turned(at(2000), Turn::default(), &make, &[]).keys, ring.keys);

        let now = 1000 + TERM_SECONDS;
        let ring = ring.turned(at(now), Turn::default(), &make, &[]);
        assert_eq!((generations(&ring), ring.signing(at(now), ours)), (vec![1, 2], Some(1)));
        let from = now + LEAD_SECONDS;
        assert_eq!((ring.signing(at(from - 1), ours), ring.signing(at(from), ours)), (Some(1), Some(2)));
        let last = from + ACCESS_SECONDS + MARGIN_SECONDS;
        assert_eq!(generations(&ring.turned(at(last - 1), Turn::default(), &make, &[])), [1, 2]);
        assert_eq!(generations(&ring.turned(at(last), Turn::default(), &make, &[])), [2]);
    }

    #[test]
    fn asking_twice_for_a_rotation_announces_one_key() {
        let make = made(1);
        let wish = Turn { rotate: true, ..Turn::default() };
        let ring = Ring::default().turned(at(0), wish, &make, &[]).turned(at(10), wish, &make, &[]);
        assert_eq!(generations(&ring.turned(at(20), wish, &make, &[])), [1, 2]);
    }

    #[test]
    fn another_master_signs_at_once_and_the_old_keys_go_when_told() {
        let old = Ring::default().turned(at(0), Turn::default(), made(1), &[]);
        let ring = old.turned(at(100), Turn::default(), made(2), &[]);
        assert_eq!(generations(&ring), [1, 2]);
        assert_eq!(ring.signing(at(100), |key| made(2)(key.generation).unwrap().kid == key.kid), Some(2));
        let forget = Turn { forget_others: true, ..Turn::default() };
        assert_eq!(generations(&ring.turned(at(101), forget, made(2), &[])), [2]);
    }

    #[test]
    fn a_master_that_was_put_back_keeps_its_key() {
        let ring = Ring::default().turned(at(0), Turn::default(), made(1), &[]);
        let ring = ring.turned(at(100), Turn::default(), made(2), &[]);
        let ring = ring.turned(at(9000), Turn::default(), made(1), &[]);
        assert_eq!(ring.signing(at(9000), |key| made(1)(key.generation).unwrap().kid == key.kid), Some(1));
    }

    #[test]
    fn a_shared_key_comes_and_goes_with_its_configuration_and_is_never_published() {
        let shared = PublicKey::shared(&Secret::new("x".repeat(32))).unwrap();
        assert!(PublicKey::shared(&Secret::new("x".repeat(31))).is_none());
        let ring = Ring::default().turned(at(0), Turn::default(), made(1), std::slice::from_ref(&shared));
        assert_eq!(ring.keys.len(), 2);
        assert_eq!(ring.keys.iter().filter_map(PublicKey::jwk).count(), 1);
        assert_eq!(ring.signing(at(0), |_| true), Some(1));
        assert_eq!(ring.turned(at(1), Turn::default(), made(1), &[]).keys.len(), 1);
        assert_eq!(ring.signing(at(-5), |_| true), Some(1), "a clock that runs late");
    }
}
