//! Making a person: record and seal key together or not at all, with what they sign in with.

use maru_identity::{ApiKey, ApiKeyRecord, Caller, Permission, Role, SEALS, SealRecord};
use maru_kernel::{Email, SealKey, Secret, UserId};
use maru_table::{Actor, Change, Condition, Db, Write};

use super::{Accounts, Refusal};
use crate::AccountError;
use crate::keys::Keys;
use crate::model::{Credential, Roster, Standing, User};
use crate::store::{CREDENTIALS, person};

/// Somebody about to be a person.
pub(super) struct NewPerson {
    /// What they are called.
    pub name: String,
    /// Never from a request of their own.
    pub role: Role,
    /// How they begin.
    pub standing: Standing,
}

impl Accounts {
    pub(super) fn new_person(&self, new: NewPerson) -> (User, SealKey) {
        let NewPerson { name, role, standing } = new;
        let now = self.db.clock().now();
        let user = User {
            user_id: UserId::new(self.db.clock(), self.db.random()),
            email: None,
            name,
            role,
            session_epoch: 1,
            is_active: standing == Standing::Active,
            standing,
            mfa: false,
            kakao_id: None,
            completed_at: None,
            consents: std::collections::BTreeMap::new(),
            created_at: now,
            updated_at: now,
            last_login: None,
            deleted_at: None,
            lock_version: 1,
        };
        (user, SealKey::new(self.db.random().bytes()))
    }

    pub(super) fn add_person(change: &mut Change<Refusal>, user: &User, seal: &SealKey) {
        change.create(user, Some(seal), Refusal::Stale);
        let record = SealRecord::new(user.user_id, seal);
        change.also(Write::put(&SEALS, &record).when(Condition::absent("user_id")), Refusal::Stale);
    }

    /// Refused as taken if the address has a credential. `proved` says whether its owner has read mail
    /// there: only whoever adds it knows.
    pub(super) fn add_credential(
        &self,
        change: &mut Change<Refusal>,
        email: Email,
        user_id: UserId,
        password_hash: Option<String>,
        proved: bool,
    ) {
        let changed_at = self.db.clock().now();
        let credential = Credential { email, user_id, password_hash, changed_at, proved };
        change.also(Write::put(&CREDENTIALS, &credential).when(Condition::absent("email")), Refusal::Taken);
    }

    /// The caller's record; their seal key is the caller's. Whoever was erased since the guard looked is
    /// nobody any more.
    pub(super) async fn myself(&self, caller: &Caller) -> Result<User, AccountError> {
        let user = person(&self.db, caller.user_id).await?;
        user.filter(|user| user.standing != Standing::Erased).ok_or(AccountError::Missing)
    }

    pub(super) async fn roster(&self) -> Result<Roster, AccountError> {
        Ok(self.db.get(&Roster::key()).await?.unwrap_or_default())
    }
}

/// A person of a new stack.
pub struct Seeded<'a> {
    /// Their address.
    pub email: Email,
    /// What they are called.
    pub name: &'a str,
    /// What they may do.
    pub role: Role,
    /// The hash of their password.
    pub password_hash: &'a str,
    /// What their API key may do; without scopes they have none.
    pub scopes: &'a [Permission],
}

/// Makes a verified person. A taken address is left as it is and answers `None`.
pub async fn seed(db: &Db, new: Seeded<'_>) -> Result<Option<(User, Option<Secret>)>, AccountError> {
    let Seeded { email, name, role, password_hash, scopes } = new;
    if db.get::<Credential>(&Credential::key(&email)).await?.is_some() {
        return Ok(None);
    }
    let nobodys_keys = maru_kernel::Supply::<Keys>::new(|| async { None });
    let accounts = Accounts::new(db.clone(), nobodys_keys, super::House::default());
    let mut change = Change::new(db, &Actor::system("seed"), "account.seeded");
    let person = NewPerson { name: name.to_owned(), role, standing: Standing::Active };
    let (mut user, seal) = accounts.new_person(person);
    user.email = Some(email.clone());
    Accounts::add_person(&mut change, &user, &seal);
    accounts.add_credential(&mut change, email, user.user_id, Some(password_hash.to_owned()), true);
    if role.is_staff() {
        change.also(accounts.roster().await?.with(user.user_id, role, true), Refusal::Stale);
    }
    let key = (!scopes.is_empty()).then(|| ApiKey::new(user.user_id, db.random()));
    if let Some(key) = &key {
        let record = ApiKeyRecord::new(key, "처음 만든 키", scopes, None, db.clock().now());
        change.create(&record, None, Refusal::Stale);
    }
    db.commit(&change).await?;
    Ok(Some((user, key.map(|key| key.encode()))))
}
