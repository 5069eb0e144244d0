//! Leaving (회원 탈퇴): sign-in ends at once, the person is erased after the retention period.

use maru_identity::{Caller, Role};
use maru_kernel::{SealKey, Secret};
use maru_table::{Actor, Change, Condition, Key, Write};
use serde_json::json;

use super::{Accounts, Refusal};
use crate::AccountError;
use crate::model::{Credential, Due, Erasure, SocialLink, Standing, User};
use crate::store::BANS;

impl Accounts {
    /// The caller leaves.
    pub async fn withdraw(&self, caller: &Caller, password: Option<&Secret>) -> Result<(), AccountError> {
        let user = self.myself(caller).await?;
        let credential = self.own_credential(&user).await?;
        self.prove_recent(caller, credential.as_ref(), password).await?;
        self.leave(&caller.actor, (&user, &caller.seal), credential, true).await
    }

    /// Ends every session, frees address and Kakao account for a new beginning, and puts the erasure on
    /// the list, in one transaction. Somebody who was suspended leaves a mark instead: a code over the
    /// address, which tells nothing but keeps it from coming back. `credential` is their own.
    pub(super) async fn leave(
        &self,
        by: &Actor,
        (user, seal): (&User, &SealKey),
        credential: Option<Credential>,
        tell_kakao: bool,
    ) -> Result<(), AccountError> {
        let keys = self.keys().await?;
        let now = self.db.clock().now();
        // Who never came does not leave, and is not told so by mail.
        let came = user.standing != Standing::Invited;
        let action = if came { "account.withdrawn" } else { "staff.uninvited" };
        let mut change = Change::new(&self.db, by, action);
        let banned = user.standing == Standing::Suspended;
        let mut free = |key: Key, name: String| {
            let mine = Condition::text("user_id", user.user_id);
            change.also(Write::delete(key).when(mine), Refusal::Stale);
            if banned {
                change.also(Write::put(&BANS, &json!({"id": keys.name("ban", &name)})), Refusal::Stale);
            }
        };
        if let Some(credential) = credential {
            free(Credential::key(&credential.email), credential.email.as_str().to_owned());
        }
        if let Some(kakao_id) = &user.kakao_id {
            free(SocialLink::kakao_key(kakao_id), SocialLink::kakao(kakao_id));
        }
        if user.role.is_staff() {
            let roster = self.roster().await?;
            if user.role == Role::Owner && !roster.has_owner_beside(user.user_id) {
                return Err(AccountError::LastOwner);
            }
            change.also(roster.with(user.user_id, Role::Member, false), Refusal::Stale);
        }
        let after =
            User { role: Role::Member, deleted_at: Some(now), ..user.standing_as(Standing::Withdrawn, now) };
        change.update(user, after, Some(seal), Refusal::Stale);
        let erase_at = now.as_second() + i64::from(self.house.retention_days) * 24 * 3600;
        let kakao_id = user.kakao_id.clone().filter(|_| tell_kakao);
        let erasure = Erasure {
            user_id: user.user_id,
            due: Due::Open,
            due_at: if kakao_id.is_some() { now.as_second() } else { erase_at },
            erase_at,
            kakao_id,
            created_at: now,
            lock_version: 1,
        };
        change.create(&erasure, Some(seal), Refusal::Stale);
        Ok(self.db.commit(&change).await?)
    }
}
