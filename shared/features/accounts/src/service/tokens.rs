//! Opening sessions and giving tokens.

use std::sync::{Arc, PoisonError};

use maru_identity::{ACCESS_SECONDS, PublicKey, RefreshToken, Ring, Session, Signer, Turn, USERS, turn};
use maru_kernel::{SealKey, Secret, SessionId, Timestamp};
use maru_table::{Actor, Change, Condition, Key, Write};

use super::{Accounts, Refusal};
use crate::AccountError;
use crate::keys::Keys;
use crate::model::User;
use crate::rules::SESSION_SECONDS;

/// Seconds a sandbox keeps to one signer before it looks whether the next one is due.
const SIGNER_SECONDS: i64 = 60;

/// A fresh pair of tokens, and whose.
pub struct SignedIn {
    /// The person.
    pub user: User,
    /// The access token.
    pub token: Secret,
    /// The refresh token.
    pub refresh_token: Secret,
    /// The text for the header beside the panel's cookie.
    pub csrf_token: Secret,
    /// What a device shows next time so that others' wrong passwords do not hold it up.
    pub device_token: Option<Secret>,
    /// Seconds the access token lives.
    pub expires_in: i64,
    /// Whether staff rights wait for a second factor.
    pub limited: bool,
}

/// The signer in use.
pub(crate) struct Current {
    signer: Arc<Signer>,
    looked_at: i64,
    /// Derived from the master key like the signer, so it tells whether that changed.
    master: [u8; 32],
}

impl Accounts {
    /// Opens a session for `user` together with whatever else `change` holds.
    pub(crate) async fn open(
        &self,
        keys: &Keys,
        mut change: Change<Refusal>,
        (user, seal): (&User, &SealKey),
        by: &Actor,
    ) -> Result<SignedIn, AccountError> {
        let signer = self.signer(keys).await?;
        let now = self.db.clock().now();
        let session = Session {
            session_id: SessionId::new(self.db.clock(), self.db.random()),
            user_id: user.user_id,
            epoch: user.session_epoch,
            generation: 1,
            rotated_at: now,
            created_at: now,
            ended_at: None,
            expires_at: now.as_second() + SESSION_SECONDS,
            limited: user.role.is_staff() && self.house.staff_mfa && !user.mfa,
            user_agent: by.user_agent.clone(),
            lock_version: 1,
        };
        change.create(&session, Some(seal), Refusal::Stale);
        let same_epoch = Condition::number("session_epoch", user.session_epoch);
        let seen =
            Write::update(Key::of(&USERS, user.user_id)).set_value("last_login", &now).when(same_epoch);
        change.also(seen, Refusal::Stale);
        self.db.commit(&change).await?;
        Self::tokens(keys, &signer, user.clone(), &session, 1, now)
    }

    pub(crate) fn tokens(
        keys: &Keys,
        signer: &Signer,
        user: User,
        session: &Session,
        generation: u64,
        now: Timestamp,
    ) -> Result<SignedIn, AccountError> {
        let token = signer.sign(session.user_id, session.session_id, now);
        let refresh = RefreshToken { session: session.session_id, generation }.encode(&keys.refresh);
        Ok(SignedIn {
            user,
            token: Secret::new(token.ok_or(AccountError::Broken("signing failed"))?),
            refresh_token: Secret::new(refresh),
            csrf_token: keys.csrf(session.session_id),
            device_token: None,
            expires_in: ACCESS_SECONDS,
            limited: session.limited,
        })
    }

    /// The signer the ring says is due. The ring knows every key before it signs; only the first key of a
    /// stack, or of a new master secret, is put there here.
    pub(crate) async fn signer(&self, keys: &Keys) -> Result<Arc<Signer>, AccountError> {
        let now = self.db.clock().now();
        let kept = || self.signer.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(current) = kept().as_ref() {
            let fresh = now.as_second() - current.looked_at < SIGNER_SECONDS;
            if fresh && current.master == keys.mail {
                return Ok(Arc::clone(&current.signer));
            }
        }
        let ours = |key: &PublicKey| keys.public(key.generation).is_some_and(|made| made.kid == key.kid);
        let ring: Ring = self.db.get(&Ring::key()).await?.unwrap_or_default();
        let generation = if let Some(known) = ring.signing(now, ours) {
            Some(known)
        } else {
            let make = |generation| keys.public(generation);
            let wanted = |ring: &Ring| ring.turned(now, Turn::default(), make, &keys.shared);
            turn(&self.db, wanted).await?.signing(now, ours)
        };
        let signer = generation.and_then(|generation| keys.signer(generation));
        let signer = Arc::new(signer.ok_or(AccountError::Broken("no key to sign with"))?);
        let looked_at = now.as_second();
        *kept() = Some(Current { signer: Arc::clone(&signer), looked_at, master: keys.mail });
        Ok(signer)
    }
}
