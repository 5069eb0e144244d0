//! Signing in by Kakao.
//!
//! A person is known by Kakao's id and nothing else. An e-mail address Kakao tells is a place to write
//! to; it never links to an account that signs in with that address, because whoever holds an address
//! at Kakao today need not be who proved it to us.

use maru_identity::{Caller, Role};
use maru_kakao::{KakaoError, KakaoId, KakaoPerson};
use maru_kernel::{SealKey, Secret};
use maru_table::{Actor, Change, Condition, Write};

use super::doors::place_of;
use super::passwords::proved;
use super::people::NewPerson;
use super::{Accounts, Entered, Refusal};
use crate::AccountError;
use crate::keys::Keys;
use crate::model::{Credential, SocialLink, Standing, User};
use crate::rules::{Limit, STATE_SECONDS};
use crate::store::{IDENTITIES, person_with_seal};

/// Asking Kakao costs, so a place may ask only so often an hour.
const KAKAO_PER_PLACE: Limit = Limit { what: "kakao-place", most: 600 };
/// Tries to make a person whom a second request makes, too.
const TRIES: u32 = 3;

/// What Kakao vouches with.
pub enum KakaoProof {
    /// The code a browser brings back.
    Code {
        /// The code.
        code: Secret,
        /// Where it came back to; the first registered one if none is said.
        redirect_uri: Option<String>,
    },
    /// The token a phone's own library gives.
    IdToken {
        /// The token.
        token: Secret,
        /// What the app gave Kakao, so that a stolen token of another sign-in does not count.
        nonce: String,
    },
}

/// A sign-in by Kakao.
pub struct KakaoSignedIn {
    /// What it led to.
    pub entered: Entered,
    /// Their id there.
    pub kakao_id: KakaoId,
    /// What they are called here.
    pub nickname: String,
    /// Whether they told the rest about themselves.
    pub completed: bool,
    /// What they may do.
    pub role: Role,
}

impl Accounts {
    /// Signs in whoever Kakao vouches for, as a new person the first time.
    pub async fn sign_in_kakao(&self, by: &Actor, proof: &KakaoProof) -> Result<KakaoSignedIn, AccountError> {
        let keys = self.keys().await?;
        let person = self.vouched(&keys, by, proof).await?;
        let (found, _) = self.found_or_made(by, &keys, &person).await?;
        self.enter(&keys, by, person.id, found).await
    }

    /// Where an administrator's browser is sent to, and the `state` it brings back.
    pub async fn start_admin(&self, redirect_uri: Option<&str>) -> Result<(String, String), AccountError> {
        let (keys, kakao) = (self.keys().await?, self.kakao().await?);
        let redirect_uri = kakao.redirect_uri(redirect_uri).ok_or(AccountError::BadRedirect)?;
        let until = self.db.clock().now().as_second() + STATE_SECONDS;
        let state = keys.state(redirect_uri, self.db.random().bytes(), until);
        Ok((kakao.authorize_url(redirect_uri, &state), state))
    }

    /// Signs in staff by a Kakao account somebody put on the list. A `state`, where one is sent, must be
    /// ours for that place and fresh.
    pub async fn sign_in_admin(
        &self,
        by: &Actor,
        code: Secret,
        redirect_uri: Option<String>,
        state: Option<&str>,
    ) -> Result<KakaoSignedIn, AccountError> {
        let (keys, kakao) = (self.keys().await?, self.kakao().await?);
        let place = kakao.redirect_uri(redirect_uri.as_deref()).ok_or(AccountError::BadRedirect)?.to_owned();
        if let Some(state) = state {
            let until = keys.read_state(&place, state);
            until.filter(|until| self.db.clock().now().as_second() < *until).ok_or(AccountError::BadKakao)?;
        }
        let proof = KakaoProof::Code { code, redirect_uri: Some(place) };
        let person = self.vouched(&keys, by, &proof).await?;
        let found = self
            .linked(person.id)
            .await
            .map_err(|error| error.instead(&AccountError::Suspended, AccountError::NotAllowed))?;
        let found = found.filter(|(user, _)| user.role.is_staff());
        self.enter(&keys, by, person.id, found.ok_or(AccountError::NotAllowed)?).await
    }

    /// Links the caller's account to a Kakao account.
    pub async fn link_kakao(
        &self,
        caller: &Caller,
        proof: &KakaoProof,
        password: Option<&Secret>,
    ) -> Result<User, AccountError> {
        let keys = self.keys().await?;
        let user = self.myself(caller).await?;
        let credential = self.own_credential(&user).await?;
        self.prove_recent(caller, credential.as_ref(), password).await?;
        proved(credential.as_ref())?;
        let person = self.vouched(&keys, &caller.actor, proof).await?;
        if user.kakao_id.is_some() {
            return Err(AccountError::KakaoTaken);
        }
        let mut change = Change::new(&self.db, &caller.actor, "account.kakao_linked");
        self.add_kakao(&mut change, &keys, person.id, &user);
        let kakao_id = Some(person.id.to_string());
        let after = User { kakao_id, updated_at: self.db.clock().now(), ..user.clone() };
        let after = change.replace(&user, after, Some(&caller.seal), Refusal::Stale);
        self.db.commit(&change).await.map_err(|error| {
            // The Kakao account of somebody banned.
            AccountError::from(error).instead(&AccountError::BadLink, AccountError::KakaoTaken)
        })?;
        Ok(after)
    }

    /// Takes the link away again, unless it is the only way in.
    pub async fn unlink_kakao(
        &self,
        caller: &Caller,
        password: Option<&Secret>,
    ) -> Result<User, AccountError> {
        let user = self.myself(caller).await?;
        let credential = self.own_credential(&user).await?;
        self.prove_recent(caller, credential.as_ref(), password).await?;
        let id = user.kakao_id.clone().ok_or(AccountError::Missing)?;
        if !credential.is_some_and(|credential| credential.has_password()) {
            return Err(AccountError::LastWayIn);
        }
        let after = self.drop_kakao(&caller.actor, Some(caller), &user, &caller.seal).await?;
        // They asked us, not Kakao; if it cannot be told now, the next sign-in there simply links anew.
        if let (Ok(kakao), Ok(id)) = (self.kakao().await, id.parse())
            && let Err(error) = kakao.unlink(id).await
        {
            tracing::warn!(%error, "Kakao was not told of an unlinking");
        }
        Ok(after)
    }

    /// Kakao says somebody cut the link there. With a password they stay, signed out; without one they
    /// have left.
    pub async fn unlinked_there(&self, by: &Actor, id: KakaoId) -> Result<(), AccountError> {
        for _ in 0..TRIES {
            match self.cut_there(by, id).await {
                // Kakao repeats itself, and pauses a webhook that fails: the other notice may have done it.
                Err(AccountError::Contended) => {}
                done => return done,
            }
        }
        Err(AccountError::Contended)
    }

    async fn cut_there(&self, by: &Actor, id: KakaoId) -> Result<(), AccountError> {
        let link: Option<SocialLink> = self.db.get(&SocialLink::kakao_key(&id.to_string())).await?;
        let Some(link) = link else { return Ok(()) };
        let Some((user, seal)) = person_with_seal(&self.db, link.user_id).await? else { return Ok(()) };
        if user.kakao_id != Some(id.to_string()) {
            return Ok(());
        }
        let credential = self.own_credential(&user).await?;
        if credential.as_ref().is_some_and(Credential::has_password) {
            // The link is what keeps the Kakao account of somebody shut out from being a new person's.
            if user.standing == Standing::Suspended {
                return Ok(());
            }
            return self.drop_kakao(by, None, &user, &seal).await.map(drop);
        }
        if user.role.is_staff() {
            // Their only way in stays theirs: the last owner must not be lost by a click elsewhere.
            let mut change = Change::new(&self.db, by, "session.all_closed");
            let (session_epoch, updated_at) = (user.session_epoch + 1, self.db.clock().now());
            let after = User { session_epoch, updated_at, ..user.clone() };
            change.update(&user, after, Some(&seal), Refusal::Stale);
            return Ok(self.db.commit(&change).await?);
        }
        self.leave(by, (&user, &seal), credential, false).await
    }

    /// For staff and machines: the person of a Kakao account, made if there is none. Answers whether it
    /// was.
    pub async fn look_up_or_make(
        &self,
        caller: &Caller,
        id: KakaoId,
        name: Option<String>,
    ) -> Result<(User, bool), AccountError> {
        let keys = self.keys().await?;
        let person = KakaoPerson { id, nickname: name, email: None };
        let ((user, _), made) = self.found_or_made(&caller.actor, &keys, &person).await?;
        Ok((user, made))
    }

    /// The person of a Kakao account, made as a customer if there is none; answers whether they were.
    async fn found_or_made(
        &self,
        by: &Actor,
        keys: &Keys,
        person: &KakaoPerson,
    ) -> Result<((User, SealKey), bool), AccountError> {
        for _ in 0..TRIES {
            if let Some(found) = self.linked(person.id).await? {
                return Ok((found, false));
            }
            match self.join(by, keys, person, Role::Member).await {
                Ok(made) => return Ok((made, true)),
                // The same person's other request was first.
                Err(AccountError::KakaoTaken) => {}
                Err(error) => return Err(error),
            }
        }
        Err(AccountError::Contended)
    }

    /// The person of a Kakao account, if it is linked; an error if they may not come in.
    async fn linked(&self, id: KakaoId) -> Result<Option<(User, SealKey)>, AccountError> {
        let link: Option<SocialLink> = self.db.get(&SocialLink::kakao_key(&id.to_string())).await?;
        let Some(link) = link else { return Ok(None) };
        match person_with_seal(&self.db, link.user_id).await? {
            Some((user, seal)) if user.is_active => Ok(Some((user, seal))),
            Some((user, _)) if user.standing == Standing::Suspended => Err(AccountError::Suspended),
            Some(_) | None => Err(AccountError::BadKakao),
        }
    }

    async fn enter(
        &self,
        keys: &Keys,
        by: &Actor,
        kakao_id: KakaoId,
        (user, seal): (User, SealKey),
    ) -> Result<KakaoSignedIn, AccountError> {
        let (nickname, completed, role) = (user.name.clone(), user.completed_at.is_some(), user.role);
        let entered = if user.mfa {
            self.half_way(keys, &user)
        } else {
            let change = Change::new(&self.db, &by.known_as(user.user_id), "session.opened");
            Entered::In(Box::new(self.open(keys, change, (&user, &seal), by).await?))
        };
        Ok(KakaoSignedIn { entered, kakao_id, nickname, completed, role })
    }

    /// Makes the person of a Kakao account.
    pub(super) async fn join(
        &self,
        by: &Actor,
        keys: &Keys,
        person: &KakaoPerson,
        role: Role,
    ) -> Result<(User, SealKey), AccountError> {
        let name = person.nickname.clone().unwrap_or_else(|| "카카오 회원".into());
        let (mut user, seal) = self.new_person(NewPerson { name, role, standing: Standing::Active });
        user.email.clone_from(&person.email);
        user.kakao_id = Some(person.id.to_string());
        let mut change = Change::new(&self.db, by, "account.created");
        Self::add_person(&mut change, &user, &seal);
        self.add_kakao(&mut change, keys, person.id, &user);
        if role.is_staff() {
            change.also(self.roster().await?.with(user.user_id, role, true), Refusal::Stale);
        }
        self.db.commit(&change).await.map_err(|error| {
            AccountError::from(error).instead(&AccountError::BadLink, AccountError::Suspended)
        })?;
        Ok((user, seal))
    }

    fn add_kakao(&self, change: &mut Change<Refusal>, keys: &Keys, id: KakaoId, user: &User) {
        let link = SocialLink {
            id: SocialLink::kakao(&id.to_string()),
            user_id: user.user_id,
            linked_at: self.db.clock().now(),
        };
        Self::unless_banned(change, &keys.name("ban", &link.id));
        change.also(Write::put(&IDENTITIES, &link).when(Condition::absent("id")), Refusal::KakaoTaken);
    }

    /// Takes the link away and ends whatever was signed in through it; the caller's own session goes on.
    async fn drop_kakao(
        &self,
        by: &Actor,
        caller: Option<&Caller>,
        user: &User,
        seal: &SealKey,
    ) -> Result<User, AccountError> {
        let mut change = Change::new(&self.db, by, "account.kakao_unlinked");
        let mine = Condition::text("user_id", user.user_id);
        let id = user.kakao_id.as_deref().ok_or(AccountError::Missing)?;
        change.also(Write::delete(SocialLink::kakao_key(id)).when(mine), Refusal::Stale);
        let session_epoch = user.session_epoch + 1;
        if let Some(caller) = caller {
            self.carry(&mut change, caller, session_epoch, true).await?;
        }
        let after = User { kakao_id: None, session_epoch, updated_at: self.db.clock().now(), ..user.clone() };
        let after = change.replace(user, after, Some(seal), Refusal::Stale);
        self.db.commit(&change).await?;
        Ok(after)
    }

    async fn vouched(
        &self,
        keys: &Keys,
        by: &Actor,
        proof: &KakaoProof,
    ) -> Result<KakaoPerson, AccountError> {
        let kakao = self.kakao().await?;
        self.count_hour(keys, KAKAO_PER_PLACE, &place_of(by)).await?;
        let vouched = match proof {
            KakaoProof::Code { code, redirect_uri } => {
                let place = kakao.redirect_uri(redirect_uri.as_deref()).ok_or(AccountError::BadRedirect)?;
                kakao.by_code(code.expose(), place).await
            }
            KakaoProof::IdToken { token, nonce } => {
                kakao.by_id_token(token.expose(), nonce, self.db.clock().now()).await
            }
        };
        vouched.map_err(|error| match error {
            KakaoError::BadCredential => AccountError::BadKakao,
            KakaoError::Refused(code) => AccountError::KakaoRefuses(code),
            KakaoError::Unavailable(why) => AccountError::KakaoAway(why),
        })
    }
}
