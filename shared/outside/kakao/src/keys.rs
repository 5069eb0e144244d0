//! The public keys Kakao signs with, kept between requests.
//!
//! Anybody can name a key that does not exist, and Kakao may shut out who asks too often: so that happens
//! rarely, whatever is brought.

use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::DecodingKey;
use maru_dial::{Call, Dial};
use tokio::sync::Mutex;

use crate::{KakaoError, wire};

/// How long a set counts as fresh.
const FRESH: SignedDuration = SignedDuration::from_hours(6);
/// The least time between two fetches for the same reason.
const PAUSE: SignedDuration = SignedDuration::from_mins(5);

/// A public key under its id.
pub struct Named {
    /// The id tokens name.
    pub kid: String,
    /// The key.
    pub key: DecodingKey,
}

/// The keys, wherever they come from.
pub struct Keys {
    url: String,
    shelf: RwLock<Shelf>,
    /// Held while fetching, so that a crowd at the door fetches once.
    fetching: Mutex<()>,
}

#[derive(Default)]
struct Shelf {
    keys: Vec<Named>,
    fetched: Option<Timestamp>,
    /// The last try for whatever reason, and the last one for a key that was not there.
    tried: Option<Timestamp>,
    missed: Option<Timestamp>,
    failed: bool,
}

enum Look {
    Found(DecodingKey),
    Fetch,
    /// No such key, and no reason to ask again yet.
    Unknown,
    /// Not here, and the last time we asked nobody answered.
    Unreachable,
}

impl Keys {
    /// Keys to be fetched from `url` when first needed.
    pub fn new(url: String) -> Self {
        Self { url, shelf: RwLock::default(), fetching: Mutex::new(()) }
    }

    /// The key with this id.
    pub async fn find(
        &self,
        dial: &Dial,
        deadline: Duration,
        kid: &str,
        now: Timestamp,
    ) -> Result<DecodingKey, KakaoError> {
        if let Some(told) = self.look(kid, now) {
            return told;
        }
        let _turn = self.fetching.lock().await;
        // Whoever had the turn before us may have brought it.
        if let Some(told) = self.look(kid, now) {
            return told;
        }
        let fetched = match dial.send(Call::get(self.url.as_str(), deadline)).await {
            Ok(answer) => wire::keys(answer.status, &answer.body),
            Err(error) => Err(error.into()),
        };
        if let Err(error) = &fetched {
            tracing::warn!(%error, "Kakao's keys cannot be fetched");
        }
        let mut shelf = self.shelf.write().unwrap_or_else(PoisonError::into_inner);
        shelf.put(fetched, kid, now);
        match (shelf.key(kid), shelf.failed) {
            (Some(key), _) => Ok(key),
            (None, true) => Err(unreachable()),
            (None, false) => Err(KakaoError::BadCredential),
        }
    }

    fn look(&self, kid: &str, now: Timestamp) -> Option<Result<DecodingKey, KakaoError>> {
        match self.shelf.read().unwrap_or_else(PoisonError::into_inner).look(kid, now) {
            Look::Found(key) => Some(Ok(key)),
            Look::Fetch => None,
            Look::Unknown => Some(Err(KakaoError::BadCredential)),
            Look::Unreachable => Some(Err(unreachable())),
        }
    }
}

impl Shelf {
    fn key(&self, kid: &str) -> Option<DecodingKey> {
        self.keys.iter().find(|named| named.kid == kid).map(|named| named.key.clone())
    }

    fn look(&self, kid: &str, now: Timestamp) -> Look {
        match self.key(kid) {
            Some(key) if within(FRESH, self.fetched, now) || within(PAUSE, self.tried, now) => {
                Look::Found(key)
            }
            Some(_) => Look::Fetch,
            // With no key at all nobody can sign in, so everybody may try.
            None if self.keys.is_empty() || !within(PAUSE, self.missed, now) => Look::Fetch,
            None if self.failed => Look::Unreachable,
            None => Look::Unknown,
        }
    }

    /// Takes in what a fetch for `kid` brought. Old keys outlive a failure: Kakao seldom changes them.
    fn put(&mut self, fetched: Result<Vec<Named>, KakaoError>, kid: &str, now: Timestamp) {
        let was_missing = !self.keys.is_empty() && self.key(kid).is_none();
        self.tried = Some(now);
        self.failed = fetched.is_err();
        if let Ok(keys) = fetched {
            self.keys = keys;
            self.fetched = Some(now);
        }
        if was_missing || self.key(kid).is_none() {
            self.missed = Some(now);
        }
    }
}

/// Whether `then` is no further from `now` than `span`, in either direction: a clock may be set back.
fn within(span: SignedDuration, then: Option<Timestamp>, now: Timestamp) -> bool {
    then.is_some_and(|then| now.duration_since(then).abs() < span)
}

fn unreachable() -> KakaoError {
    KakaoError::Unavailable("no keys".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minutes: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + minutes * 60).unwrap()
    }

    #[allow(clippy::unnecessary_wraps, reason = "the good half of what a fetch brings")]
    fn set(kids: &[&str]) -> Result<Vec<Named>, KakaoError> {
        let named = |kid: &&str| Named {
            kid: (*kid).to_owned(),
            key: DecodingKey::from_rsa_raw_components(&[1; 256], &[1, 0, 1]),
        };
        Ok(kids.iter().map(named).collect())
    }

    fn outage() -> Result<Vec<Named>, KakaoError> {
        Err(KakaoError::Unavailable("no answer in time".into()))
    }

    fn shelf(kids: &[&str]) -> Shelf {
        let mut shelf = Shelf::default();
        assert!(matches!(shelf.look("a", at(0)), Look::Fetch));
        shelf.put(set(kids), "a", at(0));
        shelf
    }

    #[test]
    fn a_set_is_fetched_again_after_six_hours_and_not_before() {
        let shelf = shelf(&["a"]);
        assert!(matches!(shelf.look("a", at(359)), Look::Found(_)));
        assert!(matches!(shelf.look("a", at(360)), Look::Fetch));
    }

    #[test]
    fn an_unknown_key_is_asked_for_once_in_five_minutes() {
        let mut shelf = shelf(&["a"]);
        assert!(matches!(shelf.look("b", at(1)), Look::Fetch), "the keys may have changed");
        shelf.put(set(&["a"]), "b", at(1));
        for kid in ["b", "c"] {
            assert!(matches!(shelf.look(kid, at(5)), Look::Unknown));
            assert!(matches!(shelf.look(kid, at(6)), Look::Fetch));
        }
        shelf.put(set(&["c"]), "c", at(6));
        assert!(matches!(shelf.look("c", at(6)), Look::Found(_)));
        assert!(matches!(shelf.look("a", at(6)), Look::Unknown), "a key taken back is no key");
    }

    #[test]
    fn a_first_fetch_that_did_not_bring_the_key_counts_as_asking() {
        let shelf = shelf(&["b"]);
        assert!(matches!(shelf.look("a", at(1)), Look::Unknown));
    }

    #[test]
    fn an_outage_keeps_old_keys_and_blames_nobody() {
        let mut shelf = shelf(&["a"]);
        assert!(matches!(shelf.look("a", at(400)), Look::Fetch));
        shelf.put(outage(), "a", at(400));
        assert!(matches!(shelf.look("a", at(401)), Look::Found(_)), "stale is better than nothing");
        assert!(matches!(shelf.look("a", at(405)), Look::Fetch));
        shelf.put(outage(), "b", at(405));
        assert!(matches!(shelf.look("b", at(406)), Look::Unreachable));
        let mut empty = Shelf::default();
        empty.put(outage(), "a", at(0));
        assert!(matches!(empty.look("a", at(0)), Look::Fetch), "without any key everybody may try");
    }
}
