//! Taking another address: both mailboxes agree, the new one last or first.

use maru_identity::Caller;
use maru_kernel::{Email, Secret};
use maru_table::{Actor, Change, Condition, Write};

use super::links::{Asked, Verified, spend};
use super::{Accounts, Refusal};
use crate::AccountError;
use crate::keys::Keys;
use crate::model::{Credential, MailLink, Newest, Proofs, Purpose, User};
use crate::rules::MAIL_PER_ADDRESS;
use crate::store::person_with_seal;

impl Accounts {
    /// Takes a request for another address. Whether the new one is known is nobody's business here: the
    /// mail to it parts the cases.
    pub async fn ask_move(
        &self,
        caller: &Caller,
        email: Email,
        password: Option<&Secret>,
    ) -> Result<(), AccountError> {
        let keys = self.keys().await?;
        let user = self.myself(caller).await?;
        let credential = match password {
            Some(_) => self.own_credential(&user).await?,
            None => None,
        };
        self.prove_recent(caller, credential.as_ref(), password).await?;
        self.count_hour(&keys, MAIL_PER_ADDRESS, &caller.user_id.to_string()).await?;
        // An address that only gets mail agrees, too: it is where its person would learn of a thief.
        let old = user.email.as_ref().map(|_| false);
        let asked = Asked {
            name: Some(user.name),
            user_id: Some(user.user_id),
            proofs: Some(Proofs { old, new: false }),
            ..Asked::default()
        };
        self.ask(&caller.actor, Purpose::NewEmail, email, asked).await.map(drop)
    }

    /// The new end agrees: whoever asked shows the token of the mail to it, signed in. A link that anybody
    /// could follow would let somebody talk the owner of an address into giving it to their account.
    pub async fn confirm_move(&self, caller: &Caller, token: &str) -> Result<Verified, AccountError> {
        let keys = self.keys().await?;
        let link = self.follow(&keys, token, Purpose::NewEmail).await?;
        if link.user_id != Some(caller.user_id) {
            return Err(AccountError::BadLink);
        }
        self.agree_to_move(&caller.actor, &keys, link, Purpose::NewEmail).await
    }

    /// One end agrees. With both, the address moves; the sign-in goes with it.
    pub(super) async fn agree_to_move(
        &self,
        by: &Actor,
        keys: &Keys,
        link: MailLink,
        end: Purpose,
    ) -> Result<Verified, AccountError> {
        let (Some(user_id), Some(before)) = (link.user_id, link.proofs.clone()) else {
            return Err(AccountError::BadLink);
        };
        let newest: Option<Newest> = self.db.get(&Newest::key(link.purpose, &link.whose())).await?;
        newest.filter(|newest| newest.link == link.id).ok_or(AccountError::BadLink)?;
        let proofs = if end == Purpose::OldEmail {
            Proofs { old: Some(true), ..before.clone() }
        } else {
            Proofs { new: true, ..before.clone() }
        };
        let found = person_with_seal(&self.db, user_id).await?;
        let (user, seal) = found.filter(|(user, _)| user.is_active).ok_or(AccountError::BadLink)?;
        if !proofs.complete() {
            if proofs != before {
                let mut change = Change::new(&self.db, &by.known_as(user_id), "account.move_half_agreed");
                let newest = Newest::key(link.purpose, &link.whose());
                change.also(Write::check(newest).when(Condition::text("link", link.id)), Refusal::LinkSpent);
                let after = MailLink { proofs: Some(proofs), ..link.clone() };
                change.update(&link, after, Some(&seal), Refusal::Stale);
                self.db.commit(&change).await?;
            }
            return Ok(Verified::HalfMoved);
        }
        let old = self.own_credential(&user).await?;
        let mut change = Change::new(&self.db, &by.known_as(user_id), "account.email_changed");
        change.also(spend(&link), Refusal::LinkSpent);
        Self::unless_banned(&mut change, &keys.name("ban", link.email.as_str()));
        let password_hash = old.as_ref().and_then(|credential| credential.password_hash.clone());
        if let Some(old) = &old {
            let mine = Condition::text("user_id", user_id);
            change.also(Write::delete(Credential::key(&old.email)).when(mine), Refusal::Stale);
        }
        self.add_credential(&mut change, link.email.clone(), user_id, password_hash, true);
        let now = self.db.clock().now();
        let after = User { email: Some(link.email), updated_at: now, ..user.clone() };
        let after = change.replace(&user, after, Some(&seal), Refusal::Stale);
        match self.db.commit(&change).await.map_err(AccountError::from) {
            Ok(()) => Ok(Verified::Moved(after)),
            // Somebody signed up with it meanwhile.
            Err(AccountError::EmailTaken) => Err(AccountError::BadLink),
            Err(error) => Err(error),
        }
    }
}
