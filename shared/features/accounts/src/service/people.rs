//! Making a person: record, credential and seal key, together or not at all.

use maru_identity::{API_KEYS, ApiKey, ApiKeyRecord, Permission, Role, SEALS, SealRecord};
use maru_kernel::{Email, SealKey, Secret, UserId};
use maru_table::{Actor, Change, Condition, Db, Write};

use super::Refusal;
use crate::AccountError;
use crate::model::{Credential, User};
use crate::store::CREDENTIALS;

/// Somebody about to be a person.
pub struct NewPerson {
    /// Their address.
    pub email: Email,
    /// What they are called.
    pub name: String,
    /// PHC string.
    pub password_hash: String,
    /// Never from a request.
    pub role: Role,
}

/// Adds the writes that make a person; refused as taken if the address has a credential.
pub(super) fn add_person(db: &Db, change: &mut Change<Refusal>, new: NewPerson) -> (User, SealKey) {
    let user_id = UserId::new(db.clock(), db.random());
    let now = db.clock().now();
    let seal = SealKey::new(db.random().bytes());
    let NewPerson { email, name, password_hash, role } = new;
    let credential = Credential { email: email.clone(), user_id, password_hash, changed_at: now };
    let user = User {
        user_id,
        email,
        name,
        role,
        session_epoch: 1,
        is_active: true,
        created_at: now,
        updated_at: now,
        last_login: None,
        lock_version: 1,
    };
    change.also(Write::put(&CREDENTIALS, &credential).when(Condition::absent("email")), Refusal::Taken);
    change.create(&user, Some(&seal), Refusal::Stale);
    change.also(
        Write::put(&SEALS, &SealRecord::new(user_id, &seal)).when(Condition::absent("user_id")),
        Refusal::Stale,
    );
    (user, seal)
}

/// Makes a verified person with this password hash, and an API key with these scopes if any; for the people of
/// a new stack. A taken address is left as it is and answers `None`.
pub async fn seed(
    db: &Db,
    email: Email,
    name: &str,
    role: Role,
    password_hash: &str,
    scopes: &[Permission],
) -> Result<Option<(User, Option<Secret>)>, AccountError> {
    if db.get::<Credential>(&Credential::key(&email)).await?.is_some() {
        return Ok(None);
    }
    let mut change = Change::new(db, &Actor::system("seed"), "account.seeded");
    let (user, _) = add_person(
        db,
        &mut change,
        NewPerson { email, name: name.to_owned(), password_hash: password_hash.to_owned(), role },
    );
    let key = (!scopes.is_empty()).then(|| ApiKey::new(user.user_id, db.random()));
    if let Some(key) = &key {
        let record = ApiKeyRecord {
            key_id: key.id.clone(),
            user_id: user.user_id,
            hash: key.hash(),
            scopes: scopes.to_vec(),
            expires_at: None,
            revoked_at: None,
        };
        change.also(Write::put(&API_KEYS, &record).when(Condition::absent("key_id")), Refusal::Stale);
    }
    db.commit(&change).await?;
    Ok(Some((user, key.map(|key| key.encode()))))
}
