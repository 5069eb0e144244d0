//! Tables, rights and loads.

use maru_identity::{SEALS, SESSIONS, SIGNING_KEYS, SealRecord, USERS};
use maru_kernel::{SealKey, UserId};
use maru_table::{AUDITS, Action, Attr, Db, Grant, Key, StoreError, TableSpec};

use crate::model::User;

/// One item per address: who it belongs to and the hash of their password.
pub const CREDENTIALS: TableSpec = TableSpec {
    name: "credentials",
    partition: Attr::text("email"),
    sort: None,
    indexes: &[],
    ttl: None,
    stream: false,
};

/// Requests for mailed links, and which of them is the newest.
pub const MAIL_LINKS: TableSpec = TableSpec {
    name: "mail-links",
    partition: Attr::text("id"),
    sort: None,
    indexes: &[],
    ttl: Some("expires_at"),
    stream: false,
};

const TRAIL: Grant = Grant { table: &AUDITS, may: &[Action::PutItem, Action::GetItem] };
const RING: Grant = Grant { table: &SIGNING_KEYS, may: &[Action::GetItem, Action::PutItem] };
const NEW_PEOPLE: [Grant; 3] = [
    Grant { table: &USERS, may: &[Action::PutItem] },
    Grant { table: &CREDENTIALS, may: &[Action::PutItem] },
    Grant { table: &SEALS, may: &[Action::PutItem] },
];
const NEW_LINKS: Grant = Grant { table: &MAIL_LINKS, may: &[Action::PutItem] };

/// The rights of `register`: a link where verification is required, a person where it is optional.
pub const REGISTER_GRANTS: [Grant; 5] = [TRAIL, NEW_LINKS, NEW_PEOPLE[0], NEW_PEOPLE[1], NEW_PEOPLE[2]];
/// The rights of `forgot-password`.
pub const FORGOT_GRANTS: [Grant; 2] = [TRAIL, NEW_LINKS];
/// The rights of `verify-email`.
pub const VERIFY_GRANTS: [Grant; 5] = [
    TRAIL,
    Grant { table: &MAIL_LINKS, may: &[Action::GetItem, Action::PutItem, Action::DeleteItem] },
    NEW_PEOPLE[0],
    NEW_PEOPLE[1],
    NEW_PEOPLE[2],
];
/// The rights of `reset-password`.
pub const RESET_GRANTS: [Grant; 5] = [
    TRAIL,
    Grant { table: &MAIL_LINKS, may: &[Action::GetItem, Action::DeleteItem] },
    Grant { table: &USERS, may: &[Action::BatchGetItem, Action::PutItem] },
    Grant { table: &SEALS, may: &[Action::BatchGetItem] },
    Grant { table: &CREDENTIALS, may: &[Action::GetItem, Action::PutItem] },
];
/// The rights of `login`.
pub const LOGIN_GRANTS: [Grant; 6] = [
    TRAIL,
    RING,
    Grant { table: &CREDENTIALS, may: &[Action::GetItem, Action::ConditionCheckItem] },
    Grant { table: &USERS, may: &[Action::BatchGetItem, Action::UpdateItem] },
    Grant { table: &SEALS, may: &[Action::BatchGetItem] },
    Grant { table: &SESSIONS, may: &[Action::PutItem] },
];
/// The rights of `sessions`. Its guard reads through the same handle.
pub const SESSION_GRANTS: [Grant; 6] = [
    TRAIL,
    Grant { table: &SIGNING_KEYS, may: &[Action::GetItem, Action::PutItem, Action::BatchGetItem] },
    Grant { table: &USERS, may: &[Action::BatchGetItem] },
    Grant { table: &SEALS, may: &[Action::BatchGetItem] },
    Grant { table: &SESSIONS, may: &[Action::GetItem, Action::BatchGetItem, Action::PutItem] },
    Grant { table: &maru_identity::API_KEYS, may: &[Action::BatchGetItem] },
];
/// The rights of whoever writes letters about accounts.
pub const LETTER_GRANTS: [Grant; 3] = [
    Grant { table: &MAIL_LINKS, may: &[Action::GetItem] },
    Grant { table: &CREDENTIALS, may: &[Action::GetItem] },
    Grant { table: &USERS, may: &[Action::GetItem] },
];
/// The rights needed to make the local stack's people.
pub const SEED_GRANTS: [Grant; 6] = [
    TRAIL,
    RING,
    Grant { table: &CREDENTIALS, may: &[Action::GetItem, Action::PutItem] },
    Grant { table: &USERS, may: &[Action::PutItem] },
    Grant { table: &SEALS, may: &[Action::PutItem] },
    Grant { table: &maru_identity::API_KEYS, may: &[Action::PutItem] },
];

/// A person by id, for other features' letters.
pub async fn person(db: &Db, user_id: UserId) -> Result<Option<User>, StoreError> {
    db.get(&Key::of(&USERS, user_id)).await
}

/// A person with the key that seals their values; neither without the other.
pub(crate) async fn person_with_seal(
    db: &Db,
    user_id: UserId,
) -> Result<Option<(User, SealKey)>, StoreError> {
    let (user_key, seal_key) = (Key::of(&USERS, user_id), Key::of(&SEALS, user_id));
    let mut found = db.get_many(&[user_key.clone(), seal_key.clone()]).await?;
    let user: Option<User> = found.take(&user_key)?;
    let seal: Option<SealRecord> = found.take(&seal_key)?;
    Ok(user.zip(seal.and_then(|s| s.key())))
}
