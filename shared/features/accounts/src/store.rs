//! Tables and loads.

use std::collections::{BTreeSet, HashMap};

use maru_identity::{SEALS, SealRecord, USERS};
use maru_kernel::{SealKey, UserId};
use maru_table::{Attr, Db, Found, IndexSpec, Key, StoreError, TableSpec};

use crate::model::User;

const fn table(name: &'static str, key: &'static str, ttl: Option<&'static str>) -> TableSpec {
    TableSpec { name, partition: Attr::text(key), sort: None, indexes: &[], ttl, stream: false }
}

/// One item per address: who it belongs to and the hash of their password.
pub const CREDENTIALS: TableSpec = table("credentials", "email", None);
/// One item per account of another system: who it belongs to here.
pub const IDENTITIES: TableSpec = table("identities", "id", None);
/// Requests for mailed links, and which of them is the newest.
pub const MAIL_LINKS: TableSpec = table("mail-links", "id", Some("expires_at"));
/// What members tell about themselves.
pub const PROFILES: TableSpec = table("profiles", "user_id", None);
/// Authenticator apps and recovery codes.
pub const SECOND_FACTORS: TableSpec = table("second-factors", "user_id", None);
/// Who is staff: one item.
pub const ROSTERS: TableSpec = table("rosters", "id", None);
/// Counters of tries. Their names are codes over what is counted.
pub const THROTTLES: TableSpec = table("throttles", "id", Some("expires_at"));
/// Addresses no mail goes to, as codes over them.
pub const SUPPRESSIONS: TableSpec = table("suppressions", "id", Some("expires_at"));
/// Addresses and accounts that may not come back, as codes over them.
pub const BANS: TableSpec = table("bans", "id", None);

/// Erasures that are open, by when to look at them; and all that are done.
pub const ERASURES_BY_DUE: IndexSpec =
    IndexSpec { name: "by-due", partition: Attr::text("due"), sort: Attr::number("due_at") };

/// People who left.
pub const ERASURES: TableSpec = TableSpec {
    name: "erasures",
    partition: Attr::text("user_id"),
    sort: None,
    indexes: &[ERASURES_BY_DUE],
    ttl: None,
    stream: false,
};

/// A person by id, without the key that seals their values.
pub async fn person(db: &Db, user_id: UserId) -> Result<Option<User>, StoreError> {
    db.get(&Key::of(&USERS, user_id)).await
}

/// People by id, for other features' views of them.
pub async fn people(db: &Db, ids: &[UserId]) -> Result<HashMap<UserId, User>, StoreError> {
    let ids: BTreeSet<UserId> = ids.iter().copied().collect();
    let keys: Vec<Key> = ids.iter().map(|id| Key::of(&USERS, *id)).collect();
    let mut found = db.get_many(&keys).await?;
    let mut people = HashMap::new();
    for (id, key) in ids.into_iter().zip(&keys) {
        people.extend(found.take::<User>(key)?.map(|user| (id, user)));
    }
    Ok(people)
}

/// A person with the key that seals their values; neither without the other.
pub async fn person_with_seal(db: &Db, user_id: UserId) -> Result<Option<(User, SealKey)>, StoreError> {
    person_in(user_id, db.get_many(&person_keys(user_id)).await?)
}

/// Where a person and their seal key lie.
pub(crate) fn person_keys(user_id: UserId) -> [Key; 2] {
    [Key::of(&USERS, user_id), Key::of(&SEALS, user_id)]
}

/// The person among what was found there.
pub(crate) fn person_in(user_id: UserId, found: Found) -> Result<Option<(User, SealKey)>, StoreError> {
    let mut found = found;
    let [user, seal] = person_keys(user_id);
    let user: Option<User> = found.take(&user)?;
    let seal: Option<SealRecord> = found.take(&seal)?;
    Ok(user.zip(seal.and_then(|s| s.key())))
}
