//! Sign-up, verification and reset: everything that goes through a mailed link.

use maru_identity::Role;
use maru_kernel::{Email, MailLinkId, Secret, UserId};
use maru_table::{Actor, Change, Condition, Key, Write};

use super::doors::{place_of, tries};
use super::people::NewPerson;
use super::{Accounts, Refusal};
use crate::AccountError;
use crate::keys::Keys;
use crate::model::{Consent, Credential, MailLink, Newest, Proofs, Purpose, Standing, User, Verification};
use crate::password::Check;
use crate::rules::{self, MAIL_PER_ADDRESS, MAIL_PER_PLACE};
use crate::store::{CREDENTIALS, MAIL_LINKS, person_with_seal};

/// A sign-up as it was typed and checked.
pub struct SignUp {
    pub email: Email,
    pub name: String,
    pub password: Secret,
    /// Kinds of the documents agreed to.
    pub consents: Vec<String>,
}

/// What a sign-up led to.
pub enum SignedUp {
    /// A mail will tell; the id is the request's, whether or not the address is known.
    Asked(MailLinkId),
    /// A person.
    Made(Box<User>),
}

/// What a proved address led to.
pub enum Verified {
    /// A person. Whoever could not say the sign-up's password must set one by this token.
    Person { user: User, set_password: Option<Secret> },
    /// A change of address was made.
    Moved(User),
    /// The other address has yet to agree to it.
    HalfMoved,
}

/// What a link is asked for with.
#[derive(Default)]
pub(super) struct Asked {
    pub name: Option<String>,
    pub password_hash: Option<String>,
    pub consents: Vec<String>,
    pub user_id: Option<UserId>,
    pub proofs: Option<Proofs>,
    pub locked: bool,
}

impl Accounts {
    /// Takes a sign-up.
    ///
    /// Where verification is required this writes the same request for a known and an unknown address;
    /// the mail to the address's owner is where the two part.
    pub async fn sign_up(&self, by: &Actor, new: SignUp) -> Result<SignedUp, AccountError> {
        let keys = self.keys().await?;
        self.count_mail(&keys, by, &new.email).await?;
        let password_hash = Some(self.hasher.hash(&keys, &new.password).await?);
        let SignUp { email, name, password: _, consents } = new;
        match self.house.verification {
            Verification::Required => {
                let asked = Asked { name: Some(name), password_hash, consents, ..Asked::default() };
                self.ask(by, Purpose::SignUp, email, asked).await.map(SignedUp::Asked)
            }
            Verification::Optional => {
                let mut change = Change::new(&self.db, by, "account.created");
                Self::unless_banned(&mut change, &keys.name("ban", email.as_str()));
                let person = NewPerson { name, role: Role::Member, standing: Standing::Active };
                let consents = self.agreed(&consents);
                let (mut user, seal) = self.new_person(person);
                (user.email, user.consents) = (Some(email.clone()), consents);
                Self::add_person(&mut change, &user, &seal);
                self.add_credential(&mut change, email, user.user_id, password_hash, false);
                self.db.commit(&change).await.map_err(|error| {
                    // Told like a taken address: they know why.
                    AccountError::from(error).instead(&AccountError::BadLink, AccountError::EmailTaken)
                })?;
                Ok(SignedUp::Made(Box::new(user)))
            }
        }
    }

    /// Takes a request for a reset mail.
    pub async fn ask_reset(&self, by: &Actor, email: Email) -> Result<(), AccountError> {
        self.count_mail(&*self.keys().await?, by, &email).await?;
        self.ask(by, Purpose::Reset, email, Asked::default()).await.map(drop)
    }

    /// Takes a request to mail the sign-up link once more.
    pub async fn ask_again(&self, by: &Actor, email: Email) -> Result<(), AccountError> {
        self.count_mail(&*self.keys().await?, by, &email).await?;
        self.ask(by, Purpose::Resend, email, Asked::default()).await.map(drop)
    }

    /// Asks for the mail that lets an address in again after too many wrong passwords.
    pub(super) async fn ask_unlock(&self, by: &Actor, email: Email) -> Result<(), AccountError> {
        self.ask(by, Purpose::Reset, email, Asked { locked: true, ..Asked::default() }).await.map(drop)
    }

    async fn count_mail(&self, keys: &Keys, by: &Actor, email: &Email) -> Result<(), AccountError> {
        let place = place_of(by);
        let (address, place) = tokio::join!(
            self.count_hour(keys, MAIL_PER_ADDRESS, email.as_str()),
            self.count_hour(keys, MAIL_PER_PLACE, &place),
        );
        address.and(place)
    }

    pub(super) async fn ask(
        &self,
        by: &Actor,
        purpose: Purpose,
        email: Email,
        asked: Asked,
    ) -> Result<MailLinkId, AccountError> {
        let mut change = Change::new(&self.db, by, "account.link_asked");
        let link = self.add_link(&mut change, purpose, email, asked);
        self.db.commit(&change).await?;
        Ok(link.id)
    }

    /// Adds a link to a change, as the newest of its kind.
    pub(super) fn add_link(
        &self,
        change: &mut Change<Refusal>,
        purpose: Purpose,
        email: Email,
        asked: Asked,
    ) -> MailLink {
        let now = self.db.clock().now();
        let Asked { name, password_hash, consents, user_id, proofs, locked } = asked;
        let link = MailLink {
            id: MailLinkId::new(self.db.clock(), self.db.random()),
            purpose,
            email,
            name,
            password_hash,
            consents,
            user_id,
            proofs,
            locked,
            created_at: now,
            expires_at: now.as_second() + purpose.life_seconds(),
            lock_version: 1,
        };
        change.create(&link, None, Refusal::Stale);
        change.also(Write::put(&MAIL_LINKS, &Newest::of(&link)), Refusal::Stale);
        link
    }

    /// Follows the link that proves an address.
    ///
    /// A sign-up's link makes the person. Whoever follows it has the mailbox; only with the password of
    /// that very sign-up is it known to be the one who signed up, so only then does the password count.
    /// Otherwise somebody could sign up with another's address, wait for the click and walk in.
    pub async fn verify(
        &self,
        by: &Actor,
        token: &str,
        password: Option<&Secret>,
    ) -> Result<Verified, AccountError> {
        let keys = self.keys().await?;
        if rules::read_link_token(&keys.mail, token, Purpose::OldEmail).is_some() {
            let link = self.follow(&keys, token, Purpose::OldEmail).await?;
            return self.agree_to_move(by, &keys, link, Purpose::OldEmail).await;
        }
        let link = self.follow(&keys, token, Purpose::SignUp).await?;
        let (Some(name), Some(hash)) = (link.name.clone(), link.password_hash.clone()) else {
            return Err(AccountError::BadLink);
        };
        let password_hash = match password {
            None => None,
            Some(password) => {
                self.count_own_try(&keys, "try-link", link.id).await?;
                if self.hasher.verify(&keys, password, Some(&hash)).await? == Check::Wrong {
                    return Err(AccountError::WrongPassword);
                }
                Some(hash)
            }
        };
        let mut change = Change::new(&self.db, by, "account.created");
        change.also(spend(&link), Refusal::LinkSpent);
        Self::unless_banned(&mut change, &keys.name("ban", link.email.as_str()));
        let role = if self.house.owner.as_ref() == Some(&link.email) { Role::Owner } else { Role::Member };
        let consents = self.agreed(&link.consents);
        let (mut user, seal) = self.new_person(NewPerson { name, role, standing: Standing::Active });
        (user.email, user.consents) = (Some(link.email.clone()), consents);
        Self::add_person(&mut change, &user, &seal);
        if role.is_staff() {
            change.also(self.roster().await?.with(user.user_id, role, true), Refusal::Stale);
        }
        let set_password = password_hash.is_none().then(|| {
            let asked = Asked { user_id: Some(user.user_id), ..Asked::default() };
            let reset = self.add_link(&mut change, Purpose::Reset, link.email.clone(), asked);
            Secret::new(keys.link_token(reset.id, Purpose::Reset))
        });
        self.add_credential(&mut change, link.email, user.user_id, password_hash, true);
        match self.db.commit(&change).await.map_err(AccountError::from) {
            Ok(()) => Ok(Verified::Person { user, set_password }),
            // Verified by another link meanwhile.
            Err(AccountError::EmailTaken) => Err(AccountError::BadLink),
            Err(error) => Err(error),
        }
    }

    /// Follows a reset link: the password changes, every session ends, in one transaction.
    pub async fn reset(&self, by: &Actor, token: &str, password: &Secret) -> Result<(), AccountError> {
        let keys = self.keys().await?;
        let link = self.follow(&keys, token, Purpose::Reset).await?;
        let credential: Option<Credential> = self.db.get(&Credential::key(&link.email)).await?;
        let credential = credential.ok_or(AccountError::BadLink)?;
        let found = person_with_seal(&self.db, credential.user_id).await?;
        let (user, seal) = found.filter(|(user, _)| user.is_active).ok_or(AccountError::BadLink)?;
        let password_hash = Some(self.hasher.hash(&keys, password).await?);
        let now = self.db.clock().now();
        let mut change = Change::new(&self.db, &by.known_as(user.user_id), "account.password_reset");
        change.also(spend(&link), Refusal::LinkSpent);
        // Whoever has the mailbox is let in, however often others tried.
        change.also(Write::delete(tries(&keys, "try", link.email.as_str())), Refusal::Stale);
        change.also(Write::delete(tries(&keys, "try-person", &user.user_id.to_string())), Refusal::Stale);
        let next = Credential { password_hash, changed_at: now, proved: true, ..credential };
        let mine = Condition::text("user_id", user.user_id);
        change.also(Write::put(&CREDENTIALS, &next).when(mine), Refusal::Stale);
        let after = User { session_epoch: user.session_epoch + 1, updated_at: now, ..user.clone() };
        change.update(&user, after, Some(&seal), Refusal::Stale);
        Ok(self.db.commit(&change).await?)
    }

    /// Follows an invitation: the invited become staff with this password.
    pub async fn accept(&self, by: &Actor, token: &str, password: &Secret) -> Result<User, AccountError> {
        let keys = self.keys().await?;
        let link = self.follow(&keys, token, Purpose::Invite).await?;
        let invited = link.user_id.ok_or(AccountError::BadLink)?;
        let found = person_with_seal(&self.db, invited).await?;
        let (user, seal) =
            found.filter(|(user, _)| user.standing == Standing::Invited).ok_or(AccountError::BadLink)?;
        let password_hash = Some(self.hasher.hash(&keys, password).await?);
        let now = self.db.clock().now();
        let mut change = Change::new(&self.db, &by.known_as(user.user_id), "staff.accepted");
        change.also(spend(&link), Refusal::LinkSpent);
        self.add_credential(&mut change, link.email, user.user_id, password_hash, true);
        change.also(self.roster().await?.with(user.user_id, user.role, true), Refusal::Stale);
        let after = user.standing_as(Standing::Active, now);
        let after = change.replace(&user, after, Some(&seal), Refusal::Stale);
        self.db.commit(&change).await?;
        Ok(after)
    }

    pub(super) async fn follow(
        &self,
        keys: &Keys,
        token: &str,
        purpose: Purpose,
    ) -> Result<MailLink, AccountError> {
        let id = rules::read_link_token(&keys.mail, token, purpose).ok_or(AccountError::BadLink)?;
        let link: Option<MailLink> = self.db.get(&Key::of(&MAIL_LINKS, id)).await?;
        let works = |link: &MailLink| rules::works(link, purpose.request(), self.db.clock().now());
        link.filter(works).ok_or(AccountError::BadLink)
    }

    /// The documents agreed to, as they are now.
    fn agreed(&self, kinds: &[String]) -> std::collections::BTreeMap<String, Consent> {
        let at = self.db.clock().now();
        let known = self.house.documents.iter().filter(|document| kinds.contains(&document.kind));
        known.map(|d| (d.kind.clone(), Consent { version: d.version.clone(), accepted: true, at })).collect()
    }

    /// A person whose address or account was banned may not come back under it.
    pub(super) fn unless_banned(change: &mut Change<Refusal>, name: &str) {
        let free = Write::check(Key::of(&crate::store::BANS, name)).when(Condition::absent("id"));
        change.also(free, Refusal::Banned);
    }
}

/// Single use and newest only, in one condition.
pub(super) fn spend(link: &MailLink) -> Write {
    Write::delete(Newest::key(link.purpose, &link.whose())).when(Condition::text("link", link.id))
}
