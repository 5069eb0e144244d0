//! What a person sees and says of themselves.

use jiff::tz::TimeZone;
use maru_identity::{Caller, SESSIONS, SESSIONS_BY_USER};
use maru_table::{AUDITS, AuditRecord, Change, Key, Page, Ranged};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::sessions::Device;
use super::{Accounts, Refusal};
use crate::AccountError;
use crate::model::{Profile, User};
use crate::rules::{NewProfile, ProfileInput};

/// Sessions, and records of the trail about one thing, an export holds at most; a person has far fewer.
const MOST: usize = 1000;
/// How many of them are asked for at once.
const PAGE: u16 = 100;

/// A person as they see themselves.
pub struct Me {
    /// The record.
    pub user: User,
    /// What they told.
    pub profile: Option<Profile>,
    /// Whether they can sign in by password.
    pub has_password: bool,
}

impl Accounts {
    /// The caller.
    pub async fn me(&self, caller: &Caller) -> Result<Me, AccountError> {
        let user = self.myself(caller).await?;
        let profile: Option<Profile> = self.db.get(&Profile::key_of(caller.user_id)).await?;
        let has_password = self.has_password(&user).await?;
        Ok(Me { user, profile, has_password })
    }

    /// The caller's record alone.
    pub async fn whoever(&self, caller: &Caller) -> Result<User, AccountError> {
        self.myself(caller).await
    }

    /// Changes what the caller is called.
    pub async fn rename(&self, caller: &Caller, seen: u64, name: String) -> Result<User, AccountError> {
        let user = self.myself(caller).await?;
        if user.lock_version != seen {
            return Err(AccountError::Stale);
        }
        let mut change = Change::new(&self.db, &caller.actor, "account.renamed");
        let after = User { name, updated_at: self.db.clock().now(), ..user.clone() };
        let after = change.replace(&user, after, Some(&caller.seal), Refusal::Stale);
        self.db.commit(&change).await.map_err(|error| {
            AccountError::from(error).instead(&AccountError::Contended, AccountError::Stale)
        })?;
        Ok(after)
    }

    /// Completes a sign-up by what the caller tells about themselves; telling it again replaces it.
    pub async fn submit(&self, caller: &Caller, told: ProfileInput) -> Result<Me, AccountError> {
        let now = self.db.clock().now();
        let today = now.to_zoned(TimeZone::get("Asia/Seoul").unwrap_or(TimeZone::UTC)).date();
        let told = told.read(today).map_err(AccountError::Wrong)?;
        let NewProfile { name, birth_date, birth_time, calendar, phone, gender } = told;
        let user = self.myself(caller).await?;
        let before: Option<Profile> = self.db.get(&Profile::key_of(caller.user_id)).await?;
        let user_id = caller.user_id;
        let profile = Profile { user_id, birth_date, birth_time, calendar, phone, gender, lock_version: 1 };
        let mut change = Change::new(&self.db, &caller.actor, "account.completed");
        let completed_at = user.completed_at.or(Some(now));
        let after = User { name, completed_at, updated_at: now, ..user.clone() };
        let user = change.replace(&user, after, Some(&caller.seal), Refusal::Stale);
        let profile = match before {
            None => {
                change.create(&profile, Some(&caller.seal), Refusal::Stale);
                profile
            }
            Some(before) => change.replace(&before, profile, Some(&caller.seal), Refusal::Stale),
        };
        self.db.commit(&change).await?;
        let has_password = self.has_password(&user).await?;
        Ok(Me { user, profile: Some(profile), has_password })
    }

    async fn has_password(&self, user: &User) -> Result<bool, AccountError> {
        Ok(self.own_credential(user).await?.is_some_and(|credential| credential.has_password()))
    }

    /// Everything kept about the caller here: record, profile, devices, and the trail of their own record
    /// with what is sealed in it.
    pub async fn export(&self, caller: &Caller) -> Result<Map<String, Value>, AccountError> {
        let Me { user, profile, has_password } = self.me(caller).await?;
        let devices = Ranged::index(&SESSIONS, &SESSIONS_BY_USER, caller.user_id, PAGE);
        let devices: Vec<Device> = self.all(&devices).await?;
        let keys: Vec<Key> = devices.iter().map(|found| Key::of(&SESSIONS, found.session_id)).collect();
        let mut sessions = Vec::new();
        for some in keys.chunks(PAGE.into()) {
            let mut found = self.db.get_many(some).await?;
            for key in some {
                sessions.extend(found.take::<Value>(key)?);
            }
        }
        let mut trail = Vec::new();
        for subject in [format!("user#{}", caller.user_id), format!("profile#{}", caller.user_id)] {
            let audits: Vec<AuditRecord> = self.all(&Ranged::table(&AUDITS, subject, PAGE)).await?;
            trail.extend(audits.into_iter().map(|audit| {
                let personal = audit.open(&caller.seal);
                json!({
                    "at": audit.at, "action": audit.action, "actor": audit.actor, "reason": audit.reason,
                    "ip_address": audit.ip_address, "changes": audit.changes, "personal": personal,
                })
            }));
        }
        let mut whole = Map::new();
        whole.insert("exported_at".into(), json!(self.db.clock().now()));
        whole.insert("account".into(), json!(user));
        whole.insert("has_password".into(), json!(has_password));
        whole.insert("profile".into(), json!(profile));
        whole.insert("sessions".into(), json!(sessions));
        whole.insert("trail".into(), json!(trail));
        Ok(whole)
    }

    /// A range page by page, up to what an export holds.
    async fn all<T: DeserializeOwned>(&self, range: &Ranged) -> Result<Vec<T>, AccountError> {
        let (mut all, mut after) = (Vec::new(), None);
        while all.len() < MOST {
            let page: Page<T> = self.db.query(&range.clone().after(after)).await?;
            all.extend(page.items);
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        Ok(all)
    }
}
