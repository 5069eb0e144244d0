//! The second factor: an authenticator app, and recovery codes for the day the phone is gone.

use maru_identity::Caller;
use maru_kernel::{Secret, Timestamp, UserId, crypto};
use maru_table::{Actor, Change, Write};

use super::passwords::proved;
use super::{Accounts, Refusal, SignedIn};
use crate::AccountError;
use crate::keys::Keys;
use crate::model::{SecondFactor, User};
use crate::rules::{self, RECOVERY_CODES, TICKET_SECONDS};
use crate::store::person_with_seal;

/// What an app is set up with.
pub struct Enrolment {
    /// To be typed in.
    pub secret: Secret,
    /// To be scanned.
    pub uri: Secret,
}

/// How a code was good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Taken {
    Shown,
    Recovery,
}

impl Accounts {
    /// Begins to set up an app. It counts once a code of it was shown; beginning anew replaces what was
    /// begun before.
    /// A stolen access token must not be able to lock its person out: a fresh sign-in, or the password.
    pub async fn enrol(&self, caller: &Caller, password: Option<&Secret>) -> Result<Enrolment, AccountError> {
        let keys = self.keys().await?;
        let user = self.myself(caller).await?;
        let credential = self.own_credential(&user).await?;
        self.prove_recent(caller, credential.as_ref(), password).await?;
        proved(credential.as_ref())?;
        let before: Option<SecondFactor> = self.db.get(&SecondFactor::key_of(user.user_id)).await?;
        if before.as_ref().is_some_and(|factor| factor.confirmed_at.is_some()) {
            return Err(AccountError::FactorState);
        }
        let secret: [u8; 20] = self.db.random().bytes();
        let sealed = crypto::seal(&keys.factors, self.db.random(), &user.user_id.to_string(), &secret);
        let fresh = SecondFactor {
            user_id: user.user_id,
            sealed_secret: crypto::to_base64url(&sealed.ok_or(AccountError::Broken("sealing failed"))?),
            confirmed_at: None,
            last_step: 0,
            recovery: Vec::new(),
            created_at: self.db.clock().now(),
            lock_version: 1,
        };
        let mut change = Change::new(&self.db, &caller.actor, "account.factor_begun");
        match before {
            None => change.create(&fresh, Some(&caller.seal), Refusal::Stale),
            Some(before) => change.update(&before, fresh, Some(&caller.seal), Refusal::Stale),
        }
        self.db.commit(&change).await?;
        let account = user.email.as_ref().map_or(user.name.as_str(), |email| email.as_str());
        Ok(Enrolment {
            secret: Secret::new(rules::secret_text(&secret)),
            uri: Secret::new(rules::otpauth(&secret, account)),
        })
    }

    /// Proves that the app works: from here on it is asked for. Answers the recovery codes, once.
    pub async fn confirm_factor(&self, caller: &Caller, code: &str) -> Result<Vec<Secret>, AccountError> {
        let keys = self.keys().await?;
        let user = self.myself(caller).await?;
        let factor = self.factor(user.user_id).await?.filter(|factor| factor.confirmed_at.is_none());
        let factor = factor.ok_or(AccountError::FactorState)?;
        let (taken, _) = self.take_code(&keys, &factor, code).await?;
        let now = self.db.clock().now();
        let (shown, recovery) = self.fresh_codes(&keys, user.user_id);
        let mut change = Change::new(&self.db, &caller.actor, "account.factor_enabled");
        let confirmed = SecondFactor { confirmed_at: Some(now), recovery, ..taken };
        change.update(&factor, confirmed, Some(&caller.seal), Refusal::Stale);
        // Sessions that were opened without it end, and a sign-in under way fails: only this one goes on.
        let epoch = user.session_epoch + 1;
        let after = User { mfa: true, session_epoch: epoch, updated_at: now, ..user.clone() };
        change.update(&user, after, Some(&caller.seal), Refusal::Stale);
        self.carry(&mut change, caller, epoch, false).await?;
        self.db.commit(&change).await?;
        Ok(shown)
    }

    /// Takes the second factor away, by a code of it. Staff who must have one keep it.
    pub async fn disable_factor(&self, caller: &Caller, code: &str) -> Result<(), AccountError> {
        let keys = self.keys().await?;
        let user = self.myself(caller).await?;
        if user.role.is_staff() && self.house.staff_mfa {
            return Err(AccountError::FactorRequired);
        }
        let factor = self.confirmed(user.user_id).await?;
        self.take_code(&keys, &factor, code).await?;
        let mut change = Change::new(&self.db, &caller.actor, "account.factor_disabled");
        change.delete(&factor, Some(&caller.seal), Refusal::Stale);
        let after = User { mfa: false, updated_at: self.db.clock().now(), ..user.clone() };
        change.update(&user, after, Some(&caller.seal), Refusal::Stale);
        Ok(self.db.commit(&change).await?)
    }

    /// Replaces the recovery codes, by a code of the app. Answers the new ones, once.
    pub async fn renew_codes(&self, caller: &Caller, code: &str) -> Result<Vec<Secret>, AccountError> {
        let keys = self.keys().await?;
        let user = self.myself(caller).await?;
        let factor = self.confirmed(user.user_id).await?;
        let (taken, _) = self.take_code(&keys, &factor, code).await?;
        let (shown, recovery) = self.fresh_codes(&keys, user.user_id);
        let mut change = Change::new(&self.db, &caller.actor, "account.codes_renewed");
        let after = SecondFactor { recovery, ..taken };
        change.update(&factor, after, Some(&caller.seal), Refusal::Stale);
        self.db.commit(&change).await?;
        Ok(shown)
    }

    /// The second half of a sign-in.
    pub async fn complete(&self, by: &Actor, ticket: &str, code: &str) -> Result<SignedIn, AccountError> {
        let keys = self.keys().await?;
        let now = self.db.clock().now();
        let (user_id, epoch, until) = keys.read_factor_ticket(ticket).ok_or(AccountError::BadTicket)?;
        let found = person_with_seal(&self.db, user_id).await?;
        // A reset, a suspension or a log-out everywhere since the password was shown ends the ticket.
        let (user, seal) = found
            .filter(|(user, _)| user.is_active && user.session_epoch == epoch && now.as_second() < until)
            .ok_or(AccountError::BadTicket)?;
        let factor = self
            .confirmed(user_id)
            .await
            .map_err(|error| error.instead(&AccountError::FactorState, AccountError::BadTicket))?;
        let credential = self.own_credential(&user).await?;
        let begun = until - TICKET_SECONDS;
        if credential.as_ref().is_some_and(|c| c.changed_at.as_second() > begun) {
            // The first half was done by a password of yesterday.
            return Err(AccountError::BadTicket);
        }
        let (taken, how) = self.take_code(&keys, &factor, code).await?;
        let action = match how {
            Taken::Shown => "session.opened",
            Taken::Recovery => "session.opened_by_recovery",
        };
        let mut change = Change::new(&self.db, &by.known_as(user_id), action);
        change.update(&factor, taken, Some(&seal), Refusal::Stale);
        let signed_in = self.open(&keys, change, (&user, &seal), by).await.map_err(|error| {
            // The same code twice at once: the other one was first.
            error.instead(&AccountError::Contended, AccountError::BadCode)
        })?;
        let device_token = credential.map(|c| keys.device_token(&c.email, self.db.random().bytes()));
        Ok(SignedIn { device_token, ..signed_in })
    }

    async fn factor(&self, user: UserId) -> Result<Option<SecondFactor>, AccountError> {
        Ok(self.db.get(&SecondFactor::key_of(user)).await?)
    }

    async fn confirmed(&self, user: UserId) -> Result<SecondFactor, AccountError> {
        let factor = self.factor(user).await?.filter(|factor| factor.confirmed_at.is_some());
        factor.ok_or(AccountError::FactorState)
    }

    /// Takes a code of the app or a recovery code. The try is counted first, per person: five minutes of a
    /// ticket are no time to guess a million codes. Answers the factor without what was used up.
    async fn take_code(
        &self,
        keys: &Keys,
        factor: &SecondFactor,
        typed: &str,
    ) -> Result<(SecondFactor, Taken), AccountError> {
        let counter = self.count_own_try(keys, "try-factor", factor.user_id).await?;
        let taken = used(keys, factor, typed, self.db.clock().now()).ok_or(AccountError::BadCode)?;
        self.db.note(&Write::delete(counter)).await?;
        Ok(taken)
    }

    fn fresh_codes(&self, keys: &Keys, user: UserId) -> (Vec<Secret>, Vec<String>) {
        let codes = (0..RECOVERY_CODES).map(|_| rules::recovery_code(self.db.random()));
        codes
            .map(|code| {
                let hash = keys.recovery_hash(user, &rules::normal_code(&code));
                (Secret::new(code), hash)
            })
            .unzip()
    }
}

fn used(keys: &Keys, factor: &SecondFactor, typed: &str, now: Timestamp) -> Option<(SecondFactor, Taken)> {
    let code = rules::normal_code(typed);
    let sealed = crypto::from_base64url(&factor.sealed_secret)?;
    let secret = crypto::open(&keys.factors, &factor.user_id.to_string(), &sealed)?;
    if let Some(step) = rules::matching_step(&secret, &code, now, factor.last_step) {
        return Some((SecondFactor { last_step: step, ..factor.clone() }, Taken::Shown));
    }
    let hash = keys.recovery_hash(factor.user_id, &code);
    let left: Vec<String> = factor.recovery.iter().filter(|kept| **kept != hash).cloned().collect();
    (left.len() < factor.recovery.len())
        .then(|| (SecondFactor { recovery: left, ..factor.clone() }, Taken::Recovery))
}
