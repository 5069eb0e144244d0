//! The doors people knock at: what is counted before anything costly is done.
//!
//! A counter's name is a code over the typed address or the place, so the table tells nobody who tried
//! to sign in; and an unknown address is counted exactly like a known one.

use maru_identity::RefreshToken;
use maru_kernel::{Email, Secret};
use maru_table::{Actor, Condition, Key, Tally, Write};
use maru_web::CookieSession;

use super::Accounts;
use crate::AccountError;
use crate::keys::Keys;
use crate::model::Credential;
use crate::rules::{Attempts, Limit, Step, WRONG_PER_PLACE, place};
use crate::store::{CREDENTIALS, THROTTLES};

/// Tries to count one try that others count, too.
const ROUNDS: u32 = 8;

/// What a sign-in is counted at.
pub(super) struct Counter {
    /// Where it lies.
    pub key: Key,
    /// As it was read.
    pub known: Attempts,
    /// The device whose own it is; the address's has none.
    pub device: Option<[u8; 16]>,
    /// Where wrong passwords of the place are counted, if it is not a device's own.
    pub hour: Option<Key>,
}

impl Accounts {
    /// Reads whose an address is, and the counter that holds: a known device's own, until it has used up
    /// its tries. From then on it is a stranger like any other, so that the mailed link lets it in, too.
    pub(super) async fn look(
        &self,
        keys: &Keys,
        email: Option<&Email>,
        name: &str,
        device: Option<[u8; 16]>,
        hour: Key,
    ) -> Result<(Option<Credential>, Counter), AccountError> {
        let item = Key::of(&CREDENTIALS, email.map_or("-", Email::as_str));
        let address = tries(keys, "try", name);
        let own = device.map(|id| {
            let what = format!("{name} {}", maru_kernel::crypto::sha256_hex(&id));
            (id, tries(keys, "try-device", &what))
        });
        let wanted = [item.clone(), address.clone(), hour.clone()];
        let wanted = wanted.into_iter().chain(own.clone().map(|(_, key)| key));
        let mut found = self.db.get_many(&wanted.collect::<Vec<_>>()).await?;
        let credential: Option<Credential> = found.take(&item)?;
        if let Some((id, key)) = own {
            let known: Attempts = found.take(&key)?.unwrap_or_default();
            if !known.is_stopped(self.db.clock().now()) {
                return Ok((credential, Counter { key, known, device: Some(id), hour: None }));
            }
        }
        let here: Attempts = found.take(&hour)?.unwrap_or_default();
        // Before anything is counted: whoever shares a place with a guesser keeps their own tries.
        self.within(WRONG_PER_PLACE, here.n + 1)?;
        let known = found.take(&address)?.unwrap_or_default();
        Ok((credential, Counter { key: address, known, device: None, hour: Some(hour) }))
    }

    /// Counts a try at `key` before it is made; answers whether it was the last. `known` is the counter
    /// as it was read. Parallel tries are counted one by one, so all but the free ones are told to wait.
    pub(crate) async fn count_try(&self, key: &Key, known: Attempts) -> Result<bool, AccountError> {
        let mut known = known;
        for _ in 0..ROUNDS {
            let (counted, last) = match known.step(self.db.clock().now()) {
                Step::Go { counted, last } => (counted, last),
                Step::Wait(seconds) => return Err(AccountError::TooMany(seconds)),
            };
            let unchanged = match known.n {
                0 => Condition::absent("n"),
                n => Condition::number("n", n),
            };
            let count = Write::update(key.clone())
                .set_number("n", counted.n)
                .set_number("next_at", counted.next_at)
                .set_number("expires_at", counted.expires_at)
                .when(unchanged);
            match self.db.tally(&count).await? {
                Tally::Done(_) => return Ok(last),
                Tally::Refused(found) => known = found.map(attempts).unwrap_or_default(),
            }
        }
        Err(AccountError::TooMany(1))
    }

    /// Counts a try at what is one's own (a password, a factor, a link) before it is made. Answers where it
    /// was counted, to be forgotten if it was right.
    pub(super) async fn count_own_try(
        &self,
        keys: &Keys,
        kind: &str,
        what: impl ToString,
    ) -> Result<Key, AccountError> {
        let counter = tries(keys, kind, &what.to_string());
        let known = self.db.get_many(std::slice::from_ref(&counter)).await?.take(&counter)?;
        self.count_try(&counter, known.unwrap_or_default()).await?;
        Ok(counter)
    }

    /// Counts one more within this hour; refused when there were too many.
    pub(crate) async fn count_hour(&self, keys: &Keys, limit: Limit, what: &str) -> Result<(), AccountError> {
        self.count_at(&self.hour(keys, limit, what), limit).await
    }

    /// The same at a counter that was named before.
    pub(crate) async fn count_at(&self, hour: &Key, limit: Limit) -> Result<(), AccountError> {
        let (_, ends) = Limit::window(self.db.clock().now());
        let count = Write::update(hour.clone()).add("n", 1).set_number("expires_at", ends);
        match self.db.tally(&count).await? {
            Tally::Done(item) => self.within(limit, attempts(item).n),
            Tally::Refused(_) => Ok(()),
        }
    }

    /// Takes one back from the very counter it was added to: it was no wrong one.
    pub(crate) async fn uncount(&self, hour: &Key) {
        let back = Write::update(hour.clone()).add("n", -1).when(Condition::present("n"));
        if let Err(error) = self.db.tally(&back).await {
            tracing::warn!(%error, "a count was not taken back");
        }
    }

    /// Refused until the hour is over, if `n` is beyond the limit.
    pub(crate) fn within(&self, limit: Limit, n: u64) -> Result<(), AccountError> {
        let now = self.db.clock().now();
        let (_, ends) = Limit::window(now);
        if n <= limit.most {
            return Ok(());
        }
        Err(AccountError::TooMany(u32::try_from(ends - now.as_second()).unwrap_or(3600).max(1)))
    }

    /// Where the counter of this hour lies.
    pub(crate) fn hour(&self, keys: &Keys, limit: Limit, what: &str) -> Key {
        let (hour, _) = Limit::window(self.db.clock().now());
        Key::of(&THROTTLES, keys.name(limit.what, &format!("{what} {hour}")))
    }

    /// The refresh token of a panel's cookie, if the header beside it is the one given with it.
    pub(crate) async fn cookie_token(&self, shown: &CookieSession) -> Result<Secret, AccountError> {
        let keys = self.keys().await?;
        let token = RefreshToken::decode(shown.refresh_token.expose(), &keys.refresh)
            .ok_or(AccountError::BadRefreshToken)?;
        let code = shown.csrf_token.as_ref().ok_or(AccountError::NoCsrf)?;
        let same =
            maru_kernel::crypto::same(code.expose().as_bytes(), keys.csrf(token.session).expose().as_bytes());
        if same { Ok(shown.refresh_token.clone()) } else { Err(AccountError::NoCsrf) }
    }
}

/// Where the counter of tries at an address, a device or a person lies.
pub(crate) fn tries(keys: &Keys, kind: &str, what: &str) -> Key {
    Key::of(&THROTTLES, keys.name(kind, what))
}

/// Where a caller calls from, as far as counting is concerned.
pub(crate) fn place_of(by: &Actor) -> String {
    place(by.ip_address.as_deref().unwrap_or_default())
}

fn attempts(item: maru_table::Item) -> Attempts {
    serde_dynamo::from_item(item).unwrap_or_default()
}
