//! Signing in, staying signed in, signing out.

use std::sync::PoisonError;

use maru_identity::{
    ACCESS_SECONDS, Caller, Means, Principal, RefreshToken, SESSIONS, Session, USERS, Verdict, judge, publish,
};
use maru_kernel::{Email, Secret, SessionId, Timestamp};
use maru_table::{Actor, Change, CommitError, Condition, Key, Write};

use super::{Accounts, Keys, Refusal};
use crate::AccountError;
use crate::model::{Credential, User};
use crate::rules::SESSION_SECONDS;
use crate::store::person_with_seal;

/// Tries to write a rotation that others write too.
const TRIES: u32 = 4;

/// A fresh pair of tokens.
pub struct SignedIn {
    /// The access token.
    pub token: Secret,
    /// The refresh token.
    pub refresh_token: Secret,
    /// Seconds the access token lives.
    pub expires_in: i64,
}

impl Accounts {
    /// Opens a session for whoever knows the password. An unknown address costs the same work.
    pub async fn sign_in(
        &self,
        by: &Actor,
        email: Option<Email>,
        password: &Secret,
    ) -> Result<(User, SignedIn), AccountError> {
        let credential: Option<Credential> = match &email {
            Some(email) => self.db.get(&Credential::key(email)).await?,
            None => None,
        };
        let hash = credential.as_ref().map(|c| c.password_hash.as_str());
        let knows = self.hasher.verify(password, hash).await?;
        let credential = credential.filter(|_| knows).ok_or(AccountError::BadCredentials)?;
        let found = person_with_seal(&self.db, credential.user_id).await?;
        let (user, seal) = found.filter(|(user, _)| user.is_active).ok_or(AccountError::BadCredentials)?;

        let keys = self.keys().await?;
        self.publish(&keys).await?;
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
            user_agent: by.user_agent.clone(),
            lock_version: 1,
        };
        let mut change = Change::new(&self.db, &by.known_as(user.user_id), "session.opened");
        change.create(&session, Some(&seal), Refusal::Stale);
        // A reset may have been committed since the hash was read; then this sign-in is of yesterday.
        let same_password = Condition::text("password_hash", &credential.password_hash);
        change.also(Write::check(Credential::key(&credential.email)).when(same_password), Refusal::Stale);
        let same_epoch = Condition::number("session_epoch", user.session_epoch);
        let seen =
            Write::update(Key::of(&USERS, user.user_id)).set_value("last_login", &now).when(same_epoch);
        change.also(seen, Refusal::Stale);
        match self.db.commit(&change).await {
            Ok(()) => Ok((user, Self::tokens(&keys, &session, 1, now)?)),
            Err(CommitError::Refused(..)) => Err(AccountError::BadCredentials),
            Err(error) => Err(error.into()),
        }
    }

    /// Gives the successor of a refresh token; a reused old one ends the session.
    pub async fn refresh(&self, by: &Actor, shown: &str) -> Result<SignedIn, AccountError> {
        let keys = self.keys().await?;
        let token = RefreshToken::decode(shown, &keys.refresh).ok_or(AccountError::BadRefreshToken)?;
        self.publish(&keys).await?;
        for _ in 0..TRIES {
            let now = self.db.clock().now();
            let session: Option<Session> = self.db.get(&Key::of(&SESSIONS, token.session)).await?;
            let session = session.ok_or(AccountError::BadRefreshToken)?;
            let found = person_with_seal(&self.db, session.user_id).await?;
            let (user, seal) = found.ok_or(AccountError::BadRefreshToken)?;
            let User { user_id, role, session_epoch, is_active, .. } = user;
            if !session.is_alive(&Principal { user_id, role, session_epoch, is_active }, now) {
                return Err(AccountError::BadRefreshToken);
            }
            let by = by.known_as(user_id);
            let (action, next) = match judge(token.generation, session.generation, session.rotated_at, now) {
                Verdict::Repeat { generation } => return Self::tokens(&keys, &session, generation, now),
                Verdict::Rotate => {
                    let next =
                        Session { generation: session.generation + 1, rotated_at: now, ..session.clone() };
                    ("session.refreshed", next)
                }
                Verdict::Reused => {
                    ("session.reuse_detected", Session { ended_at: Some(now), ..session.clone() })
                }
            };
            let mut change = Change::new(&self.db, &by, action);
            let stored = change.replace(&session, next, Some(&seal), Refusal::Stale);
            match self.db.commit(&change).await {
                Ok(()) if stored.ended_at.is_some() => return Err(AccountError::BadRefreshToken),
                Ok(()) => return Self::tokens(&keys, &stored, stored.generation, now),
                // Another refresh of the same session was first: judge again by what it left.
                Err(CommitError::Refused(..)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(AccountError::Contended)
    }

    /// Ends the session the caller signed in with.
    pub async fn sign_out(&self, caller: &Caller) -> Result<(), AccountError> {
        let Means::Session(id) = caller.means else { return Ok(()) };
        for _ in 0..TRIES {
            let session: Option<Session> = self.db.get(&Key::of(&SESSIONS, id)).await?;
            let Some(session) = session.filter(|session| session.ended_at.is_none()) else { return Ok(()) };
            let mut change = Change::new(&self.db, &caller.actor, "session.closed");
            let ended = Session { ended_at: Some(self.db.clock().now()), ..session.clone() };
            let _stored = change.replace(&session, ended, Some(&caller.seal), Refusal::Stale);
            match self.db.commit(&change).await {
                Err(CommitError::Refused(..)) => {}
                done => return Ok(done?),
            }
        }
        Err(AccountError::Contended)
    }

    fn tokens(
        keys: &Keys,
        session: &Session,
        generation: u64,
        now: Timestamp,
    ) -> Result<SignedIn, AccountError> {
        let token = keys
            .signer
            .sign(session.user_id, session.session_id, now)
            .ok_or(AccountError::Broken("signing failed"))?;
        let refresh = RefreshToken { session: session.session_id, generation }.encode(&keys.refresh);
        Ok(SignedIn {
            token: Secret::new(token),
            refresh_token: Secret::new(refresh),
            expires_in: ACCESS_SECONDS,
        })
    }

    /// Verifying functions must know the key before they see a token of it.
    async fn publish(&self, keys: &Keys) -> Result<(), AccountError> {
        let kid = &keys.signer.public().kid;
        let announced = || self.published.lock().unwrap_or_else(PoisonError::into_inner);
        if announced().as_ref() == Some(kid) {
            return Ok(());
        }
        publish(&self.db, keys.signer.public()).await?;
        *announced() = Some(kid.clone());
        Ok(())
    }
}
