//! Who works here: invitations, roles, suspension.

use maru_identity::{Caller, Means, Role, USERS};
use maru_kakao::{KakaoId, KakaoPerson};
use maru_kernel::{Email, SealKey, UserId};
use maru_table::{Change, Key, Write};

use super::doors::tries;
use super::links::Asked;
use super::people::NewPerson;
use super::{Accounts, Refusal};
use crate::model::{Credential, Purpose, Roster, SecondFactor, SocialLink, Standing, User};
use crate::store::person_with_seal;
use crate::{AccountError, rules};

/// How somebody comes to be staff.
pub enum Invitation {
    /// They set a password by a mailed link.
    ByMail(Email),
    /// They may sign in with this Kakao account from now on.
    ByKakao(KakaoId),
}

/// What is to be changed about a member of staff.
#[derive(Default)]
pub struct Appointment {
    /// The version the caller has seen.
    pub seen: u64,
    /// Another role; a customer's takes them off the staff.
    pub role: Option<Role>,
    /// Whether they can sign in.
    pub is_active: Option<bool>,
    /// Why; told to whoever is suspended.
    pub reason: Option<String>,
}

impl Accounts {
    /// Everybody on staff, and everybody invited.
    pub async fn staff(&self) -> Result<Vec<User>, AccountError> {
        self.on(&self.roster().await?).await
    }

    async fn on(&self, roster: &Roster) -> Result<Vec<User>, AccountError> {
        let keys: Vec<Key> = roster.people().map(|id| Key::of(&USERS, id)).collect();
        let mut people: Vec<User> = Vec::new();
        for some in keys.chunks(100) {
            let mut found = self.db.get_many(some).await?;
            for key in some {
                people.extend(found.take::<User>(key)?);
            }
        }
        Ok(people)
    }

    /// Anybody, for whoever may change them; the route's guard has seen to that.
    pub async fn somebody(&self, _: &Caller, id: UserId) -> Result<User, AccountError> {
        let found = person_with_seal(&self.db, id).await?;
        Ok(found.ok_or(AccountError::Missing)?.0)
    }

    /// Takes somebody on. An address or Kakao account that is a person's already is answered with who;
    /// an invitation that is open is mailed again, if it is to the same role.
    pub async fn invite(
        &self,
        caller: &Caller,
        invitation: Invitation,
        name: String,
        role: Role,
    ) -> Result<User, AccountError> {
        in_person(caller)?;
        if !caller.role.may_appoint(role) {
            return Err(AccountError::BeyondRole);
        }
        rules::invited_as(role, matches!(invitation, Invitation::ByKakao(_)))?;
        match invitation {
            Invitation::ByKakao(id) => {
                let link: Option<SocialLink> = self.db.get(&SocialLink::kakao_key(&id.to_string())).await?;
                if let Some(link) = link {
                    return Err(AccountError::AlreadyAPerson(link.user_id));
                }
                let person = KakaoPerson { id, nickname: Some(name), email: None };
                let keys = self.keys().await?;
                self.join(&caller.actor, &keys, &person, role).await.map(|(user, _)| user)
            }
            Invitation::ByMail(email) => {
                let known: Option<Credential> = self.db.get(&Credential::key(&email)).await?;
                if let Some(known) = known {
                    return Err(AccountError::AlreadyAPerson(known.user_id));
                }
                self.invite_by_mail(caller, email, name, role).await
            }
        }
    }

    async fn invite_by_mail(
        &self,
        caller: &Caller,
        email: Email,
        name: String,
        role: Role,
    ) -> Result<User, AccountError> {
        // The list that is looked through is the one that is written: of two invitations at once, one sees
        // the other.
        let roster = self.roster().await?;
        let mut waiting = self.on(&roster).await?.into_iter();
        let open =
            waiting.find(|user| user.standing == Standing::Invited && user.email.as_ref() == Some(&email));
        let asked = |user: &User| Asked {
            user_id: Some(user.user_id),
            name: Some(user.name.clone()),
            ..Asked::default()
        };
        if let Some(user) = open {
            if user.role != role {
                return Err(AccountError::AlreadyAPerson(user.user_id));
            }
            self.ask(&caller.actor, Purpose::Invite, email, asked(&user)).await?;
            return Ok(user);
        }
        let (mut user, seal) = self.new_person(NewPerson { name, role, standing: Standing::Invited });
        user.email = Some(email.clone());
        let mut change = Change::new(&self.db, &caller.actor, "staff.invited");
        Self::add_person(&mut change, &user, &seal);
        self.add_link(&mut change, Purpose::Invite, email, asked(&user));
        change.also(roster.with(user.user_id, role, false), Refusal::Stale);
        self.db.commit(&change).await?;
        Ok(user)
    }

    /// Changes somebody's role or standing. Nobody changes their own; an admin changes those below
    /// admins; somebody must stay owner.
    pub async fn appoint(
        &self,
        caller: &Caller,
        id: UserId,
        wish: Appointment,
    ) -> Result<User, AccountError> {
        let (user, seal) = person_with_seal(&self.db, id).await?.ok_or(AccountError::Missing)?;
        may_change(caller, &user, wish.role.unwrap_or(user.role))?;
        if user.lock_version != wish.seen {
            return Err(AccountError::Stale);
        }
        self.apply(caller, (user, seal), wish)
            .await
            .map_err(|error| error.instead(&AccountError::Contended, AccountError::Stale))
    }

    /// Takes somebody off the staff: they stay as a customer. An invitation is taken back.
    pub async fn dismiss(&self, caller: &Caller, id: UserId) -> Result<(), AccountError> {
        let (user, seal) = person_with_seal(&self.db, id).await?.ok_or(AccountError::Missing)?;
        if !user.role.is_staff() {
            return Err(AccountError::Missing);
        }
        may_change(caller, &user, user.role)?;
        if user.standing == Standing::Invited {
            let credential = self.own_credential(&user).await?;
            return self.leave(&caller.actor, (&user, &seal), credential, false).await;
        }
        let seen = user.lock_version;
        let wish = Appointment { seen, role: Some(Role::Member), ..Appointment::default() };
        self.apply(caller, (user, seal), wish).await.map(drop)
    }

    /// Shuts a customer out, or lets them in again.
    pub async fn suspend(
        &self,
        caller: &Caller,
        id: UserId,
        shut_out: bool,
        reason: Option<String>,
    ) -> Result<User, AccountError> {
        let (user, seal) = person_with_seal(&self.db, id).await?.ok_or(AccountError::Missing)?;
        if user.role.is_staff() {
            return Err(AccountError::BeyondRole);
        }
        let wish = Appointment { seen: user.lock_version, role: None, is_active: Some(!shut_out), reason };
        self.apply(caller, (user, seal), wish).await
    }

    /// Takes somebody's second factor away: their phone is gone and their recovery codes, too. They are
    /// signed out everywhere and told; whoever asks has made sure that it is them.
    pub async fn reset_factor(&self, caller: &Caller, id: UserId) -> Result<User, AccountError> {
        let (user, seal) = person_with_seal(&self.db, id).await?.ok_or(AccountError::Missing)?;
        may_change(caller, &user, user.role)?;
        let factor: Option<SecondFactor> = self.db.get(&SecondFactor::key_of(id)).await?;
        let factor = factor.ok_or(AccountError::FactorState)?;
        let mut change = Change::new(&self.db, &caller.actor, "account.factor_disabled");
        change.delete(&factor, Some(&seal), Refusal::Stale);
        // Wrong codes of the lost one must not hold up the next.
        let keys = self.keys().await?;
        change.also(Write::delete(tries(&keys, "try-factor", &id.to_string())), Refusal::Stale);
        let (session_epoch, updated_at) = (user.session_epoch + 1, self.db.clock().now());
        let after = User { mfa: false, session_epoch, updated_at, ..user.clone() };
        let after = change.replace(&user, after, Some(&seal), Refusal::Stale);
        self.db.commit(&change).await?;
        Ok(after)
    }

    async fn apply(
        &self,
        caller: &Caller,
        (user, seal): (User, SealKey),
        wish: Appointment,
    ) -> Result<User, AccountError> {
        let now = self.db.clock().now();
        let standing = match (user.standing, wish.is_active) {
            (standing, None) => standing,
            (Standing::Active | Standing::Suspended, Some(true)) => Standing::Active,
            (Standing::Active | Standing::Suspended, Some(false)) => Standing::Suspended,
            (Standing::Invited | Standing::Withdrawn | Standing::Erased, Some(_)) => {
                return Err(AccountError::WrongStanding);
            }
        };
        if matches!(standing, Standing::Withdrawn | Standing::Erased) {
            return Err(AccountError::Missing);
        }
        let role = wish.role.unwrap_or(user.role);
        if standing == user.standing && role == user.role {
            return Ok(user);
        }
        let action = match (user.standing, standing) {
            (Standing::Active, Standing::Suspended) => "account.suspended",
            (Standing::Suspended, Standing::Active) => "account.resumed",
            _ => "staff.role_changed",
        };
        let mut change = Change::new(&self.db, &caller.actor, action).because(wish.reason);
        if user.role.is_staff() || role.is_staff() {
            let roster = self.roster().await?;
            let stays = role == Role::Owner && standing == Standing::Active;
            if user.role == Role::Owner && !stays && !roster.has_owner_beside(user.user_id) {
                return Err(AccountError::LastOwner);
            }
            let acts = standing == Standing::Active;
            change.also(roster.with(user.user_id, role, acts), Refusal::Stale);
        }
        // Whoever joins the staff signs in again: their sessions were opened without asking what staff are
        // asked for.
        let joins = role.is_staff() && !user.role.is_staff();
        let after = if standing == user.standing && !joins {
            User { updated_at: now, ..user.clone() }
        } else {
            user.standing_as(standing, now)
        };
        let after = change.replace(&user, User { role, ..after }, Some(&seal), Refusal::Stale);
        self.db.commit(&change).await?;
        Ok(after)
    }
}

/// Nobody changes themselves, nor anybody their role does not reach.
fn may_change(caller: &Caller, user: &User, role: Role) -> Result<(), AccountError> {
    in_person(caller)?;
    let reaches = caller.role.may_appoint(user.role) && caller.role.may_appoint(role);
    if reaches && caller.user_id != user.user_id { Ok(()) } else { Err(AccountError::BeyondRole) }
}

/// A key must not be able to make people or other keys: whoever found one could stay for ever.
pub(super) fn in_person(caller: &Caller) -> Result<(), AccountError> {
    match caller.means {
        Means::Session(_) => Ok(()),
        Means::ApiKey(_) => Err(AccountError::BeyondRole),
    }
}
