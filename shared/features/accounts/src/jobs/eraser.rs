//! Erasing people who left, when their time has come; and again after a restore.

use std::collections::BTreeMap;
use std::sync::Arc;

use maru_identity::{Role, SEALS, SealRecord, USERS};
use maru_kakao::Kakao;
use maru_kernel::{Supply, UserId};
use maru_table::{Actor, Change, CommitError, Condition, Db, Key, Page, Ranged, StoreError, Write};
use serde::{Deserialize, Serialize};

use crate::model::{Credential, Due, Erasure, Profile, SecondFactor, SocialLink, Standing, User};
use crate::store::{ERASURES, ERASURES_BY_DUE};

/// Erasures looked at in one run.
const BATCH: u16 = 50;
/// Seconds until Kakao is asked again.
const RETRY_SECONDS: i64 = 600;

/// Does what erasures wait for.
#[derive(Clone)]
pub struct Eraser {
    db: Db,
    kakao: Supply<Kakao>,
}

/// What a run did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Erased {
    /// Kakao accounts unlinked.
    pub unlinked: u32,
    /// People erased.
    pub erased: u32,
    /// What could not be done and waits.
    pub waiting: u32,
}

#[derive(Deserialize)]
struct Found {
    user_id: UserId,
}

/// Whose a way in is.
#[derive(Deserialize)]
struct Owned {
    user_id: UserId,
}

impl Eraser {
    /// Over `db`.
    pub fn new(db: Db, kakao: Supply<Kakao>) -> Self {
        Self { db, kakao }
    }

    /// Looks at what is due.
    pub async fn run(&self) -> Result<Erased, StoreError> {
        let now = self.db.clock().now().as_second();
        let range = Ranged::index(&ERASURES, &ERASURES_BY_DUE, Due::Open.as_str(), BATCH).up_to(now);
        let page: Page<Found> = self.db.query(&range).await?;
        let mut done = Erased::default();
        for found in page.items {
            // The index may be late; the record decides.
            let erasure: Option<Erasure> = self.db.get(&Erasure::key_of(found.user_id)).await?;
            if let Some(erasure) = erasure.filter(|e| e.due == Due::Open && e.due_at <= now) {
                self.step(erasure, now, &mut done).await?;
            }
        }
        Ok(done)
    }

    /// After the tables were restored to an earlier day: whoever had left by then leaves again, whoever was
    /// erased is erased again. Everybody else stays untouched.
    pub async fn reapply(&self) -> Result<Erased, StoreError> {
        let mut done = Erased::default();
        for due in [Due::Open, Due::Done] {
            let mut after = None;
            loop {
                let range = Ranged::index(&ERASURES, &ERASURES_BY_DUE, due.as_str(), BATCH).after(after);
                let page: Page<Found> = self.db.query(&range).await?;
                for found in page.items {
                    self.again(found.user_id, &mut done).await?;
                }
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
        }
        Ok(done)
    }

    async fn again(&self, id: UserId, done: &mut Erased) -> Result<(), StoreError> {
        let erasure: Option<Erasure> = self.db.get(&Erasure::key_of(id)).await?;
        let user: Option<User> = self.db.get(&Key::of(&USERS, id)).await?;
        let Some(erasure) = erasure else { return Ok(()) };
        if erasure.due == Due::Done {
            return if self.is_there(id).await? { self.erase(&erasure, done).await } else { Ok(()) };
        }
        let Some(user) = user.filter(|user| user.is_active) else { return Ok(()) };
        let now = self.db.clock().now();
        let mut change = Change::new(&self.db, &Actor::system("eraser"), "account.withdrawn_again");
        let after = User { role: Role::Member, ..user.standing_as(Standing::Withdrawn, now) };
        change.update(&user, after, None, ());
        self.forget_ways_in(&mut change, &user).await?;
        settled(self.db.commit(&change).await)
    }

    /// Whether anything is left to erase of somebody.
    async fn is_there(&self, user_id: UserId) -> Result<bool, StoreError> {
        let user: Option<User> = self.db.get(&Key::of(&USERS, user_id)).await?;
        let seal: Option<SealRecord> = self.db.get(&Key::of(&SEALS, user_id)).await?;
        Ok(seal.is_some() || user.is_some_and(|user| user.standing != Standing::Erased))
    }

    async fn step(&self, erasure: Erasure, now: i64, done: &mut Erased) -> Result<(), StoreError> {
        let mut erasure = erasure;
        if let Some(id) = &erasure.kakao_id {
            let link: Option<SocialLink> = self.db.get(&SocialLink::kakao_key(id)).await?;
            let told = match (self.kakao.get().await, id.parse()) {
                // They came back as somebody new: cutting it now would cut theirs.
                _ if link.is_some_and(|link| link.user_id != erasure.user_id) => true,
                (Some(kakao), Ok(id)) => self.tell(&kakao, id).await,
                (None, _) => false,
                // What is no id of Kakao's cannot be linked there.
                (_, Err(_)) => true,
            };
            let after = if told {
                done.unlinked += 1;
                Erasure { kakao_id: None, due_at: erasure.erase_at.max(now), ..erasure.clone() }
            } else {
                done.waiting += 1;
                Erasure { due_at: now + RETRY_SECONDS, ..erasure.clone() }
            };
            match self.note(&erasure, after, "account.kakao_told").await? {
                Some(stored) => erasure = stored,
                None => return Ok(()),
            }
        }
        // Erasing does not wait for Kakao; only its id is kept until it was told.
        let due = erasure.erase_at <= now;
        if due && (erasure.kakao_id.is_none() || self.is_there(erasure.user_id).await?) {
            self.erase(&erasure, done).await?;
        }
        Ok(())
    }

    async fn tell(&self, kakao: &Arc<Kakao>, id: maru_kakao::KakaoId) -> bool {
        kakao.unlink(id).await.map_err(|error| tracing::warn!(%error, "an unlinking waits")).is_ok()
    }

    /// The record as it was stored; none if somebody else was first.
    async fn note(
        &self,
        before: &Erasure,
        after: Erasure,
        action: &'static str,
    ) -> Result<Option<Erasure>, StoreError> {
        let mut change = Change::new(&self.db, &Actor::system("eraser"), action);
        let stored = change.replace(before, after, None, ());
        match self.db.commit(&change).await {
            Ok(()) => Ok(Some(stored)),
            Err(CommitError::Refused(..)) => Ok(None),
            Err(CommitError::Store(error)) => Err(error),
        }
    }

    /// The record becomes an empty one, and the key goes under which the trail, and every backup of it,
    /// keeps what they were called and where they lived.
    async fn erase(&self, erasure: &Erasure, done: &mut Erased) -> Result<(), StoreError> {
        let user: Option<User> = self.db.get(&Key::of(&USERS, erasure.user_id)).await?;
        let mut change = Change::new(&self.db, &Actor::system("eraser"), "account.erased");
        let user = user.filter(|user| user.standing != Standing::Erased);
        let count = u32::from(user.is_some());
        if let Some(user) = user {
            let now = self.db.clock().now();
            self.forget_ways_in(&mut change, &user).await?;
            let after = User {
                email: None,
                name: String::new(),
                kakao_id: None,
                consents: BTreeMap::new(),
                completed_at: None,
                last_login: None,
                mfa: false,
                ..user.standing_as(Standing::Erased, now)
            };
            change.update(&user, after, None, ());
        }
        for key in [
            Key::of(&SEALS, erasure.user_id),
            Profile::key_of(erasure.user_id),
            SecondFactor::key_of(erasure.user_id),
        ] {
            change.also(Write::delete(key), ());
        }
        let due = if erasure.kakao_id.is_some() { Due::Open } else { Due::Done };
        let after = Erasure { due, ..erasure.clone() };
        change.update(erasure, after, None, ());
        settled(self.db.commit(&change).await)?;
        done.erased += count;
        Ok(())
    }

    /// Leaving freed address and Kakao account; a restore may have brought them back. What somebody else
    /// has by now stays theirs.
    async fn forget_ways_in(&self, change: &mut Change<()>, user: &User) -> Result<(), StoreError> {
        let credential = user.email.as_ref().map(Credential::key);
        let link = user.kakao_id.as_deref().map(SocialLink::kakao_key);
        for key in credential.into_iter().chain(link) {
            let owned: Option<Owned> = self.db.get(&key).await?;
            if owned.is_some_and(|owned| owned.user_id == user.user_id) {
                let mine = Condition::text("user_id", user.user_id);
                change.also(Write::delete(key).when(mine), ());
            }
        }
        Ok(())
    }
}

/// Refused means that somebody else did it, or that it changed: the next run looks again.
fn settled(outcome: Result<(), CommitError<()>>) -> Result<(), StoreError> {
    match outcome {
        Ok(()) | Err(CommitError::Refused(..)) => Ok(()),
        Err(CommitError::Store(error)) => Err(error),
    }
}
