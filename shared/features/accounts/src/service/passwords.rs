//! A signed-in person's own password.

use maru_identity::{Caller, Means, SESSIONS, Session};
use maru_kernel::Secret;
use maru_table::{Change, Condition, Key, Write};

use super::{Accounts, Refusal};
use crate::AccountError;
use crate::model::{Credential, User};
use crate::password::Check;
use crate::rules::RECENT_SECONDS;
use crate::store::CREDENTIALS;

impl Accounts {
    /// Changes the caller's password. Every other session ends; the caller's goes on.
    pub async fn change_password(
        &self,
        caller: &Caller,
        present: &Secret,
        next: &Secret,
    ) -> Result<(), AccountError> {
        let keys = self.keys().await?;
        let user = self.myself(caller).await?;
        let credential = self.own_credential(&user).await?.ok_or(AccountError::WrongPassword)?;
        self.prove_password(caller, Some(&credential), present).await?;
        let password_hash = Some(self.hasher.hash(&keys, next).await?);
        let now = self.db.clock().now();
        let mut change = Change::new(&self.db, &caller.actor, "account.password_changed");
        let same = Condition::text("password_hash", credential.password_hash.as_deref().unwrap_or_default());
        let changed = Credential { password_hash, changed_at: now, ..credential };
        change.also(Write::put(&CREDENTIALS, &changed).when(same), Refusal::Stale);
        let epoch = user.session_epoch + 1;
        let after = User { session_epoch: epoch, updated_at: now, ..user.clone() };
        change.update(&user, after, Some(&caller.seal), Refusal::Stale);
        self.carry(&mut change, caller, epoch, true).await?;
        Ok(self.db.commit(&change).await?)
    }

    /// Takes the caller's own session along into another epoch: all their other ones end. With `limited` it goes
    /// on waiting for a second factor, if it did.
    pub(super) async fn carry(
        &self,
        change: &mut Change<Refusal>,
        caller: &Caller,
        epoch: u64,
        limited: bool,
    ) -> Result<(), AccountError> {
        let Means::Session(id) = caller.means else { return Err(AccountError::NotRecent) };
        let session: Option<Session> = self.db.get(&Key::of(&SESSIONS, id)).await?;
        let session = session.ok_or(AccountError::Missing)?;
        let limited = limited && session.limited;
        let after = Session { epoch, limited, ..session.clone() };
        change.update(&session, after, Some(&caller.seal), Refusal::Stale);
        Ok(())
    }

    /// Delicate things need a fresh sign-in or the password, which is that of `credential`.
    pub(super) async fn prove_recent(
        &self,
        caller: &Caller,
        credential: Option<&Credential>,
        password: Option<&Secret>,
    ) -> Result<(), AccountError> {
        if let Some(password) = password {
            return self.prove_password(caller, credential, password).await;
        }
        let Means::Session(session) = caller.means else { return Err(AccountError::NotRecent) };
        let session: Option<Session> = self.db.get(&Key::of(&SESSIONS, session)).await?;
        let age = session.map(|s| self.db.clock().now().as_second() - s.created_at.as_second());
        if age.is_some_and(|age| age <= RECENT_SECONDS) { Ok(()) } else { Err(AccountError::NotRecent) }
    }

    /// Tries are counted per person: a stolen access token must not be a way to guess.
    async fn prove_password(
        &self,
        caller: &Caller,
        credential: Option<&Credential>,
        password: &Secret,
    ) -> Result<(), AccountError> {
        let keys = self.keys().await?;
        let counter = self.count_own_try(&keys, "try-person", caller.user_id).await?;
        let hash = credential.and_then(|credential| credential.password_hash.as_deref());
        if self.hasher.verify(&keys, password, hash).await? == Check::Wrong {
            return Err(AccountError::WrongPassword);
        }
        self.db.note(&Write::delete(counter)).await?;
        Ok(())
    }

    /// What the person signs in with by address, if they do.
    pub(super) async fn own_credential(&self, user: &User) -> Result<Option<Credential>, AccountError> {
        let Some(email) = &user.email else { return Ok(None) };
        let credential: Option<Credential> = self.db.get(&Credential::key(email)).await?;
        Ok(credential.filter(|credential| credential.user_id == user.user_id))
    }
}

/// Nothing may be tied to an account whose address somebody else may own: where addresses are not
/// proved at sign-up, whoever typed one first would stay in after its owner has claimed it.
pub(super) fn proved(credential: Option<&Credential>) -> Result<(), AccountError> {
    if credential.is_none_or(|credential| credential.proved) { Ok(()) } else { Err(AccountError::Unproved) }
}
