//! Sign-up, verification and reset: everything that goes through a mailed link.

use maru_identity::Role;
use maru_kernel::{Email, MailLinkId, Secret};
use maru_table::{Actor, Change, Condition, Key, Write};

use super::people::{NewPerson, add_person};
use super::{Accounts, Refusal};
use crate::model::{Credential, MailLink, Newest, Purpose, User};
use crate::store::{MAIL_LINKS, person_with_seal};
use crate::{AccountError, Verification, rules};

/// A sign-up as it was typed and checked.
pub struct SignUp {
    pub email: Email,
    pub name: String,
    pub password: Secret,
}

/// What a sign-up led to.
pub enum SignedUp {
    /// A mail will tell; the id is the request's, whether or not the address is known.
    Asked(MailLinkId),
    /// A person.
    Made(User),
}

impl Accounts {
    /// Takes a sign-up.
    ///
    /// Where verification is required this writes the same request for a known and an unknown address;
    /// the mail to the address's owner is where the two part.
    pub async fn sign_up(&self, by: &Actor, new: SignUp) -> Result<SignedUp, AccountError> {
        let password_hash = self.hasher.hash(&new.password).await?;
        match self.verification {
            Verification::Required => {
                let (name, hash) = (Some(new.name), Some(password_hash));
                self.ask(by, Purpose::SignUp, new.email, name, hash).await.map(SignedUp::Asked)
            }
            Verification::Optional => {
                let mut change = Change::new(&self.db, by, "account.created");
                let person =
                    NewPerson { email: new.email, name: new.name, password_hash, role: Role::Member };
                let (user, _) = add_person(&self.db, &mut change, person);
                self.db.commit(&change).await?;
                Ok(SignedUp::Made(user))
            }
        }
    }

    /// Takes a request for a reset mail.
    pub async fn ask_reset(&self, by: &Actor, email: Email) -> Result<(), AccountError> {
        self.ask(by, Purpose::Reset, email, None, None).await.map(drop)
    }

    /// Takes a request to mail the sign-up link once more.
    pub async fn ask_again(&self, by: &Actor, email: Email) -> Result<(), AccountError> {
        self.ask(by, Purpose::Resend, email, None, None).await.map(drop)
    }

    async fn ask(
        &self,
        by: &Actor,
        purpose: Purpose,
        email: Email,
        name: Option<String>,
        password_hash: Option<String>,
    ) -> Result<MailLinkId, AccountError> {
        let now = self.db.clock().now();
        let id = MailLinkId::new(self.db.clock(), self.db.random());
        let expires_at = now.as_second() + purpose.life_seconds();
        let newest = Newest { id: Newest::id_of(purpose, &email), link: id, expires_at };
        let link = MailLink {
            id,
            purpose,
            email,
            name,
            password_hash,
            created_at: now,
            expires_at,
            lock_version: 1,
        };
        let mut change = Change::new(&self.db, by, "account.link_asked");
        change.create(&link, None, Refusal::Stale);
        change.also(Write::put(&MAIL_LINKS, &newest), Refusal::Stale);
        self.db.commit(&change).await?;
        Ok(id)
    }

    /// Follows a sign-up link: the person comes to be.
    pub async fn verify(&self, by: &Actor, token: &str) -> Result<User, AccountError> {
        let link = self.follow(token, Purpose::SignUp).await?;
        let MailLink {
            id,
            purpose,
            email,
            name,
            password_hash,
            created_at: _,
            expires_at: _,
            lock_version: _,
        } = link;
        let (Some(name), Some(password_hash)) = (name, password_hash) else {
            return Err(AccountError::BadLink);
        };
        let mut change = Change::new(&self.db, by, "account.created");
        change.also(spend(purpose, &email, id), Refusal::LinkSpent);
        let role = if self.owner.as_ref() == Some(&email) { Role::Owner } else { Role::Member };
        let (user, _) = add_person(&self.db, &mut change, NewPerson { email, name, password_hash, role });
        match self.db.commit(&change).await.map_err(AccountError::from) {
            Ok(()) => Ok(user),
            // The address was verified through an earlier sign-up; this link is worth nothing now.
            Err(AccountError::EmailTaken) => Err(AccountError::BadLink),
            Err(error) => Err(error),
        }
    }

    /// Follows a reset link: the password becomes `password` and every session ends.
    pub async fn reset(&self, by: &Actor, token: &str, password: &Secret) -> Result<(), AccountError> {
        let link = self.follow(token, Purpose::Reset).await?;
        let credential: Option<Credential> = self.db.get(&Credential::key(&link.email)).await?;
        let credential = credential.ok_or(AccountError::BadLink)?;
        let (user, seal) =
            person_with_seal(&self.db, credential.user_id).await?.ok_or(AccountError::BadLink)?;
        let password_hash = self.hasher.hash(password).await?;
        let now = self.db.clock().now();
        let mut change = Change::new(&self.db, &by.known_as(user.user_id), "account.password_reset");
        change.also(spend(link.purpose, &link.email, link.id), Refusal::LinkSpent);
        let next = Credential { password_hash, changed_at: now, ..credential };
        let mine = Condition::text("user_id", user.user_id);
        change.also(Write::put(&crate::store::CREDENTIALS, &next).when(mine), Refusal::Stale);
        let after = User { session_epoch: user.session_epoch + 1, updated_at: now, ..user.clone() };
        let _stored = change.replace(&user, after, Some(&seal), Refusal::Stale);
        Ok(self.db.commit(&change).await?)
    }

    async fn follow(&self, token: &str, purpose: Purpose) -> Result<MailLink, AccountError> {
        let keys = self.keys().await?;
        let id = rules::read_link_token(&keys.mail, token, purpose).ok_or(AccountError::BadLink)?;
        let link: Option<MailLink> = self.db.get(&Key::of(&MAIL_LINKS, id)).await?;
        link.filter(|link| rules::works(link, purpose, self.db.clock().now())).ok_or(AccountError::BadLink)
    }
}

/// Single use and newest only, in one condition.
fn spend(purpose: Purpose, email: &Email, id: MailLinkId) -> Write {
    Write::delete(Newest::key(purpose, email)).when(Condition::text("link", id))
}
