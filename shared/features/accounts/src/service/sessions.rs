//! Signing in by password, staying signed in, signing out.

use maru_identity::{Caller, Means, RefreshToken, SESSIONS, SESSIONS_BY_USER, Session, Verdict, judge};
use maru_kernel::{Email, Secret, SessionId, Timestamp, UserId};
use maru_table::{Actor, Change, CommitError, Condition, Cursor, Key, Page, Ranged, Write};
use serde::Deserialize;

use super::doors::{Counter, place_of};
use super::{Accounts, Refusal, SignedIn};
use crate::AccountError;
use crate::keys::Keys;
use crate::model::{Credential, User};
use crate::password::Check;
use crate::rules::{IDLE_SECONDS, TICKET_SECONDS, WRONG_PER_PLACE};
use crate::store::{CREDENTIALS, person_in, person_keys, person_with_seal};

/// Tries to write a rotation that others write too.
const TRIES: u32 = 4;

/// A sign-in as it was typed.
pub struct SignIn<'a> {
    /// The address.
    pub typed: &'a str,
    /// The password.
    pub password: &'a Secret,
    /// What the device was given when it signed in before.
    pub device: Option<&'a Secret>,
}

/// What a sign-in led to.
pub enum Entered {
    /// A session.
    In(Box<SignedIn>),
    /// The password is right, and a second factor is asked for; the ticket says whose.
    Factor(Secret),
}

/// The key of a session, as the index gives it.
#[derive(Deserialize)]
pub(super) struct Device {
    pub session_id: SessionId,
}

impl Accounts {
    /// Opens a session for whoever knows the password. The try is counted before the password is looked
    /// at; an unknown address is counted, read and hashed for like a known one.
    ///
    /// Three trips one after another: credential and counter; counting, and the person; the session.
    pub async fn sign_in(&self, by: &Actor, shown: &SignIn<'_>) -> Result<Entered, AccountError> {
        let keys = self.keys().await?;
        let email = Email::parse(shown.typed);
        // What is no address is counted like one, under what was typed.
        let name =
            email.as_ref().map_or_else(|| shown.typed.trim().to_lowercase(), |e| e.as_str().to_owned());
        let device = email.as_ref().zip(shown.device).and_then(|(e, d)| keys.device(e, d.expose()));
        let hour = self.hour(&keys, WRONG_PER_PLACE, &place_of(by));
        let (credential, counter) = self.look(&keys, email.as_ref(), &name, device, hour).await?;
        let Counter { key: counter, known, device, hour } = counter;
        let whose = credential.as_ref().map_or_else(|| decoy(&keys, &name), |c| c.user_id);
        let at = person_keys(whose);
        let (last, placed, found) = tokio::join!(
            self.count_try(&counter, known),
            self.count_place(hour.as_ref()),
            self.db.get_many(&at),
        );
        let last = match last {
            Ok(last) => last,
            Err(error) => {
                // It was never made, so it was no wrong one.
                self.uncount_at(hour.as_ref()).await;
                return Err(error);
            }
        };
        if let Err(error) = placed {
            self.stopped(by, email, last).await?;
            return Err(error);
        }
        let found = found?;

        let hash = credential.as_ref().and_then(|c| c.password_hash.as_deref());
        let check = self.hasher.verify(&keys, shown.password, hash).await?;
        // Only now is it read what was found: an address nobody has leaves nothing to read, and quickly.
        let person = if check == Check::Wrong { None } else { person_in(whose, found)? };
        let person = person.filter(|(user, _)| user.is_active);
        let (Some((user, seal)), Some(credential)) = (person, credential) else {
            self.stopped(by, email, last).await?;
            return Err(AccountError::BadCredentials);
        };
        let credential = self.renewed(&keys, credential, check, shown.password).await?;
        let right = self.uncount_at(hour.as_ref());
        if user.mfa {
            let forget = Write::delete(counter);
            let (cleared, ()) = tokio::join!(self.db.note(&forget), right);
            cleared?;
            return Ok(self.half_way(&keys, &user));
        }
        let mut change = Change::new(&self.db, &by.known_as(user.user_id), "session.opened");
        // A reset may have been committed since the hash was read; then this sign-in is of yesterday.
        let same = Condition::text("password_hash", credential.password_hash.as_deref().unwrap_or_default());
        change.also(Write::check(Credential::key(&credential.email)).when(same), Refusal::Stale);
        change.also(Write::delete(counter), Refusal::Stale);
        let (opened, ()) = tokio::join!(self.open(&keys, change, (&user, &seal), by), right);
        let device_token =
            keys.device_token(&credential.email, device.unwrap_or_else(|| self.db.random().bytes()));
        match opened {
            Ok(signed_in) => {
                Ok(Entered::In(Box::new(SignedIn { device_token: Some(device_token), ..signed_in })))
            }
            Err(AccountError::Contended) => Err(AccountError::BadCredentials),
            Err(error) => Err(error),
        }
    }

    /// Who has a second factor gets a ticket for it, not a session.
    pub(super) fn half_way(&self, keys: &Keys, user: &User) -> Entered {
        let until = self.db.clock().now().as_second() + TICKET_SECONDS;
        Entered::Factor(keys.factor_ticket(user.user_id, user.session_epoch, until))
    }

    /// The credential, with the hash of today if it had one of yesterday. Only now is the password known.
    async fn renewed(
        &self,
        keys: &Keys,
        credential: Credential,
        check: Check,
        password: &Secret,
    ) -> Result<Credential, AccountError> {
        if check != Check::RightButOld {
            return Ok(credential);
        }
        let old = Condition::text("password_hash", credential.password_hash.as_deref().unwrap_or_default());
        let password_hash = Some(self.hasher.hash(keys, password).await?);
        let renewed = Credential { password_hash, ..credential.clone() };
        let written = self.db.note(&Write::put(&CREDENTIALS, &renewed).when(old)).await?;
        Ok(if written { renewed } else { credential })
    }

    async fn count_place(&self, hour: Option<&Key>) -> Result<(), AccountError> {
        match hour {
            Some(hour) => self.count_at(hour, WRONG_PER_PLACE).await,
            None => Ok(()),
        }
    }

    async fn uncount_at(&self, hour: Option<&Key>) {
        if let Some(hour) = hour {
            self.uncount(hour).await;
        }
    }

    /// After the last try only a mailed link helps, so its owner gets one.
    async fn stopped(&self, by: &Actor, email: Option<Email>, last: bool) -> Result<(), AccountError> {
        match email.filter(|_| last) {
            Some(email) => self.ask_unlock(by, email).await,
            None => Ok(()),
        }
    }

    /// Gives the successor of a refresh token; a reused old one ends the session, and the person is told.
    pub async fn refresh(&self, by: &Actor, shown: &str) -> Result<SignedIn, AccountError> {
        let keys = self.keys().await?;
        let token = RefreshToken::decode(shown, &keys.refresh).ok_or(AccountError::BadRefreshToken)?;
        let signer = self.signer(&keys).await?;
        for _ in 0..TRIES {
            let now = self.db.clock().now();
            let session: Option<Session> = self.db.get(&Key::of(&SESSIONS, token.session)).await?;
            let session = session.ok_or(AccountError::BadRefreshToken)?;
            let found = person_with_seal(&self.db, session.user_id).await?;
            let (user, seal) = found.ok_or(AccountError::BadRefreshToken)?;
            if is_idle(&session, now) || !session.is_alive(&user.principal(), now) {
                return Err(AccountError::BadRefreshToken);
            }
            let by = by.known_as(user.user_id);
            let (action, next) = match judge(token.generation, session.generation, session.rotated_at, now) {
                Verdict::Repeat { generation } => {
                    return Self::tokens(&keys, &signer, user, &session, generation, now);
                }
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
                Ok(()) => return Self::tokens(&keys, &signer, user, &stored, stored.generation, now),
                // Another refresh of the same session was first: judge again by what it left.
                Err(CommitError::Refused(..)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(AccountError::Contended)
    }

    /// Ends the session of a refresh token, newest or not. A token that is none of ours ends nothing, and
    /// nobody is told.
    pub async fn sign_out_by_token(&self, by: &Actor, shown: &str) -> Result<(), AccountError> {
        let keys = self.keys().await?;
        match RefreshToken::decode(shown, &keys.refresh) {
            Some(token) => self.end(by, token.session, None).await.map(drop),
            None => Ok(()),
        }
    }

    /// Ends the session the caller signed in with.
    pub async fn sign_out(&self, caller: &Caller) -> Result<(), AccountError> {
        let Means::Session(id) = caller.means else { return Ok(()) };
        self.end(&caller.actor, id, Some(caller)).await.map(drop)
    }

    /// The caller's sessions that are alive, newest first.
    pub async fn sessions(
        &self,
        caller: &Caller,
        after: Option<Cursor>,
        size: u16,
    ) -> Result<Page<Session>, AccountError> {
        let now = self.db.clock().now();
        let range =
            Ranged::index(&SESSIONS, &SESSIONS_BY_USER, caller.user_id, size).newest_first().after(after);
        let page: Page<Device> = self.db.query(&range).await?;
        let ids: Vec<Key> = page.items.iter().map(|found| Key::of(&SESSIONS, found.session_id)).collect();
        let user_key = Key::of(&maru_identity::USERS, caller.user_id);
        let mut found = self.db.get_many(&[ids.clone(), vec![user_key.clone()]].concat()).await?;
        let user: User = found.take(&user_key)?.ok_or(AccountError::Missing)?;
        let mut alive = Vec::new();
        for id in ids {
            let session: Option<Session> = found.take(&id)?;
            let lives =
                |session: &Session| session.is_alive(&user.principal(), now) && !is_idle(session, now);
            alive.extend(session.filter(lives));
        }
        Ok(Page { items: alive, next: page.next })
    }

    /// Ends one of the caller's sessions.
    pub async fn end_session(&self, caller: &Caller, id: SessionId) -> Result<(), AccountError> {
        let ended = self.end(&caller.actor, id, Some(caller)).await?;
        if ended { Ok(()) } else { Err(AccountError::Missing) }
    }

    /// Ends all of the caller's sessions at once, by one number.
    pub async fn end_all_sessions(&self, caller: &Caller) -> Result<(), AccountError> {
        for _ in 0..TRIES {
            let user = self.myself(caller).await?;
            let mut change = Change::new(&self.db, &caller.actor, "session.all_closed");
            let now = self.db.clock().now();
            let after = User { session_epoch: user.session_epoch + 1, updated_at: now, ..user.clone() };
            change.update(&user, after, Some(&caller.seal), Refusal::Stale);
            match self.db.commit(&change).await {
                Err(CommitError::Refused(..)) => {}
                done => return Ok(done?),
            }
        }
        Err(AccountError::Contended)
    }

    /// Ends a session, if it is the caller's (anybody's without one); answers whether there was such a one.
    async fn end(&self, by: &Actor, id: SessionId, caller: Option<&Caller>) -> Result<bool, AccountError> {
        for _ in 0..TRIES {
            let session: Option<Session> = self.db.get(&Key::of(&SESSIONS, id)).await?;
            let session =
                session.filter(|session| caller.is_none_or(|caller| caller.user_id == session.user_id));
            let Some(session) = session else { return Ok(false) };
            if session.ended_at.is_some() {
                return Ok(true);
            }
            let seal = match caller {
                Some(caller) => Some(caller.seal.clone()),
                None => person_with_seal(&self.db, session.user_id).await?.map(|(_, seal)| seal),
            };
            // Whoever shows a session's own token is its person.
            let by = caller.map_or_else(|| by.known_as(session.user_id), |_| by.clone());
            let mut change = Change::new(&self.db, &by, "session.closed");
            let ended = Session { ended_at: Some(self.db.clock().now()), ..session.clone() };
            change.update(&session, ended, seal.as_ref(), Refusal::Stale);
            match self.db.commit(&change).await {
                Err(CommitError::Refused(..)) => {}
                done => return done.map(|()| true).map_err(Into::into),
            }
        }
        Err(AccountError::Contended)
    }
}

/// Whether it went without a refresh for too long to have another.
fn is_idle(session: &Session, now: Timestamp) -> bool {
    now.as_second() - session.rotated_at.as_second() > IDLE_SECONDS
}

/// The id of nobody, to be read for an unknown address; the same one each time.
fn decoy(keys: &Keys, name: &str) -> UserId {
    let digest = maru_kernel::crypto::sha256(keys.name("decoy", name).as_bytes());
    let (half, _) = digest.split_at(16);
    UserId::from_bytes(half.try_into().unwrap_or_default())
}
