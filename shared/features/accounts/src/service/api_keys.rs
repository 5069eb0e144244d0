//! Keys for machines.

use maru_identity::{API_KEYS, API_KEYS_BY_SHELF, ApiKey, ApiKeyRecord, Caller, KeyUse, Permission};
use maru_kernel::{Secret, Timestamp};
use maru_table::{Change, CommitError, Cursor, Key, Page, Ranged};
use serde::Deserialize;

use super::staff::in_person;
use super::{Accounts, Refusal};
use crate::{AccountError, rules};

/// Characters of a key's id: sixteen bytes in base64url.
const LONGEST_ID: usize = 22;

/// A key to be made.
pub struct NewKey {
    /// What it is for.
    pub name: String,
    /// What it may do; never more than its maker.
    pub scopes: Vec<Permission>,
    /// When it stops working.
    pub expires_at: Option<Timestamp>,
}

/// A key and when it was last used.
pub struct ListedKey {
    /// The key.
    pub key: ApiKeyRecord,
    /// To the hour.
    pub last_used_at: Option<Timestamp>,
}

#[derive(Deserialize)]
struct Found {
    key_id: String,
}

impl Accounts {
    /// All keys, newest first.
    pub async fn api_keys(&self, after: Option<Cursor>, size: u16) -> Result<Page<ListedKey>, AccountError> {
        let range = Ranged::index(&API_KEYS, &API_KEYS_BY_SHELF, "keys", size).newest_first().after(after);
        let page: Page<Found> = self.db.query(&range).await?;
        let place = |found: &Found| (Key::of(&API_KEYS, &found.key_id), KeyUse::key(&found.key_id));
        let places: Vec<(Key, Key)> = page.items.iter().map(place).collect();
        let all: Vec<Key> = places.iter().flat_map(|(key, used)| [key.clone(), used.clone()]).collect();
        let mut found = self.db.get_many(&all).await?;
        let mut items = Vec::new();
        for (key, used) in places {
            let last_used_at = found.take::<KeyUse>(&used)?.map(|used| used.last_used_at);
            items.extend(found.take(&key)?.map(|key| ListedKey { key, last_used_at }));
        }
        Ok(Page { items, next: page.next })
    }

    /// Makes a key of the caller's. Its text is answered here and never again.
    pub async fn make_key(
        &self,
        caller: &Caller,
        new: NewKey,
    ) -> Result<(ApiKeyRecord, Secret), AccountError> {
        in_person(caller)?;
        if !new.scopes.iter().all(|scope| caller.may(*scope)) {
            return Err(AccountError::BeyondRole);
        }
        let key = ApiKey::new(caller.user_id, self.db.random());
        let now = self.db.clock().now();
        let expires_at = rules::key_until(new.expires_at, now)?;
        let record = ApiKeyRecord::new(&key, &new.name, &new.scopes, expires_at, now);
        let mut change = Change::new(&self.db, &caller.actor, "api-key.made");
        change.create(&record, None, Refusal::Stale);
        self.db.commit(&change).await?;
        Ok((record, key.encode()))
    }

    /// Revokes a key, whoever made it.
    pub async fn revoke_key(&self, caller: &Caller, id: &str) -> Result<(), AccountError> {
        in_person(caller)?;
        // The store takes no key text much longer, and no key has a longer id.
        if id.len() > LONGEST_ID {
            return Err(AccountError::Missing);
        }
        for _ in 0..4 {
            let key: Option<ApiKeyRecord> = self.db.get(&Key::of(&API_KEYS, id)).await?;
            let key = key.ok_or(AccountError::Missing)?;
            if key.revoked_at.is_some() {
                return Ok(());
            }
            let mut change = Change::new(&self.db, &caller.actor, "api-key.revoked");
            let after = ApiKeyRecord { revoked_at: Some(self.db.clock().now()), ..key.clone() };
            change.update(&key, after, None, Refusal::Stale);
            match self.db.commit(&change).await {
                Err(CommitError::Refused(..)) => {}
                done => return Ok(done?),
            }
        }
        Err(AccountError::Contended)
    }
}
