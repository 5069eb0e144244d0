//! Erasing people who left, when their time has come; and again after a restore.

use std::collections::BTreeMap;
use std::sync::Arc;

use maru_identity::{SEALS, USERS};
use maru_kakao::Kakao;
use maru_kernel::{Supply, UserId};
use maru_table::{Actor, Change, CommitError, Db, Key, Page, Ranged, StoreError, Write};
use serde::{Deserialize, Serialize};

use crate::model::{Due, Erasure, Profile, SecondFactor, Standing, User};
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

    /// Erases again everybody who was erased before: the tables were restored to a day when they were
    /// not. Whoever is erased stays untouched.
    pub async fn reapply(&self) -> Result<Erased, StoreError> {
        let (mut done, mut after) = (Erased::default(), None);
        loop {
            let range = Ranged::index(&ERASURES, &ERASURES_BY_DUE, Due::Done.as_str(), BATCH).after(after);
            let page: Page<Found> = self.db.query(&range).await?;
            for found in page.items {
                let erasure: Option<Erasure> = self.db.get(&Erasure::key_of(found.user_id)).await?;
                let user: Option<User> = self.db.get(&Key::of(&USERS, found.user_id)).await?;
                let seal: Option<maru_identity::SealRecord> =
                    self.db.get(&Key::of(&SEALS, found.user_id)).await?;
                let back = seal.is_some() || user.is_some_and(|user| user.standing != Standing::Erased);
                if let Some(erasure) = erasure.filter(|_| back) {
                    self.erase(&erasure, &mut done).await?;
                }
            }
            after = page.next;
            if after.is_none() {
                return Ok(done);
            }
        }
    }

    async fn step(&self, erasure: Erasure, now: i64, done: &mut Erased) -> Result<(), StoreError> {
        if let Some(id) = &erasure.kakao_id {
            let told = match (self.kakao.get().await, id.parse()) {
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
                // Erasing does not wait for Kakao, but its id must be kept until it was told.
                Erasure { due_at: now + RETRY_SECONDS, ..erasure.clone() }
            };
            self.note(&erasure, after, "account.kakao_told").await?;
            return Ok(());
        }
        if erasure.erase_at <= now { self.erase(&erasure, done).await } else { Ok(()) }
    }

    async fn tell(&self, kakao: &Arc<Kakao>, id: maru_kakao::KakaoId) -> bool {
        kakao.unlink(id).await.map_err(|error| tracing::warn!(%error, "an unlinking waits")).is_ok()
    }

    async fn note(&self, before: &Erasure, after: Erasure, action: &'static str) -> Result<(), StoreError> {
        let mut change = Change::new(&self.db, &Actor::system("eraser"), action);
        let _stored = change.replace(before, after, None, ());
        settled(self.db.commit(&change).await)
    }

    /// The record becomes an empty one, and the key goes under which the trail, and every backup of it,
    /// keeps what they were called and where they lived.
    async fn erase(&self, erasure: &Erasure, done: &mut Erased) -> Result<(), StoreError> {
        let user: Option<User> = self.db.get(&Key::of(&USERS, erasure.user_id)).await?;
        let mut change = Change::new(&self.db, &Actor::system("eraser"), "account.erased");
        if let Some(user) = user {
            let now = self.db.clock().now();
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
            let _stored = change.replace(&user, after, None, ());
        }
        for key in [
            Key::of(&SEALS, erasure.user_id),
            Profile::key_of(erasure.user_id),
            SecondFactor::key_of(erasure.user_id),
        ] {
            change.also(Write::delete(key), ());
        }
        let after = Erasure { due: Due::Done, kakao_id: None, ..erasure.clone() };
        let _stored = change.replace(erasure, after, None, ());
        settled(self.db.commit(&change).await)?;
        done.erased += 1;
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
