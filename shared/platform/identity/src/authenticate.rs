//! From credentials to a caller, in one read.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use maru_kernel::{SealKey, SessionId, Timestamp, UserId};
use maru_table::{Actor, Db, Key, StoreError, Write};

use crate::tables::{API_KEYS, SEALS, SESSIONS, SealRecord, USERS};
use crate::token::{self, Claims};
use crate::{ApiKey, ApiKeyRecord, KeyUse, Permission, Principal, Ring, Role, Session};

/// A ring older than this is read again with the next request.
const RING_SECONDS: i64 = 60;
/// An unknown key id causes at most one read of the ring in this time.
const UNKNOWN_SECONDS: i64 = 30;
/// A sandbox notes the use of a key at most once in this time.
const USE_SECONDS: i64 = 3600;

/// What a request showed, with what the gateway knows about it.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// The `Authorization` header's bearer token.
    pub bearer: Option<String>,
    /// The `X-API-Key` header.
    pub api_key: Option<String>,
    /// The call, still anonymous.
    pub actor: Actor,
}

/// How a caller showed who they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Means {
    /// Signed in.
    Session(SessionId),
    /// By an API key with these scopes.
    ApiKey(Vec<Permission>),
}

/// Somebody whose records say they may call. Loads and changes ask for one.
#[derive(Debug, Clone)]
pub struct Caller {
    /// Who.
    pub user_id: UserId,
    /// What they are now, not when they signed in.
    pub role: Role,
    /// How they showed it.
    pub means: Means,
    /// Whether staff rights wait for a second factor.
    pub limited: bool,
    /// The key their personal values are sealed under.
    pub seal: SealKey,
    /// For the trail.
    pub actor: Actor,
}

impl Caller {
    /// Whether staff rights cover this; an API key has the part of its owner's that its scopes name.
    pub fn may(&self, permission: Permission) -> bool {
        let scoped = match &self.means {
            Means::Session(_) => true,
            Means::ApiKey(scopes) => scopes.contains(&permission),
        };
        scoped && !self.limited && self.role.permits().contains(&permission)
    }

    /// The name idempotency records know the caller by.
    pub fn principal(&self) -> String {
        self.user_id.to_string()
    }
}

/// Why there is no caller.
#[derive(Debug, thiserror::Error)]
pub enum Denied {
    /// No credential, or one that does not count (any more). Which of it is nobody's business.
    #[error("not signed in")]
    Unknown,
    /// The records cannot be read now.
    #[error(transparent)]
    Store(#[from] StoreError),
}

#[derive(Default)]
struct Known {
    ring: Ring,
    read_at: Option<Timestamp>,
    /// When an unknown key id last had it read.
    unknown_at: Option<Timestamp>,
}

/// Finds out who is calling.
#[derive(Clone)]
pub struct Identity {
    db: Db,
    known: Arc<Mutex<Known>>,
    /// When this sandbox last noted the use of each key (epoch seconds).
    noted: Arc<Mutex<HashMap<String, i64>>>,
}

impl Identity {
    /// Reads through `db`.
    pub fn new(db: Db) -> Self {
        Self { db, known: Arc::default(), noted: Arc::default() }
    }

    /// The caller these credentials belong to.
    pub async fn authenticate(&self, shown: &Credentials) -> Result<Caller, Denied> {
        match (&shown.bearer, &shown.api_key) {
            (Some(token), _) => self.by_token(token, shown).await,
            (None, Some(key)) => self.by_key(key, shown).await,
            (None, None) => Err(Denied::Unknown),
        }
    }

    async fn by_token(&self, token: &str, shown: &Credentials) -> Result<Caller, Denied> {
        let now = self.db.clock().now();
        let kid = token::named_key(token).ok_or(Denied::Unknown)?;
        let (claims, mut found) = match self.recall(&kid, now) {
            Recalled::Key(key) => {
                let claims = token::verify(token, &key, now).ok_or(Denied::Unknown)?;
                let found = self.db.get_many(&records(&claims)).await?;
                (claims, found)
            }
            Recalled::Refuse => return Err(Denied::Unknown),
            Recalled::ReadRing => {
                let ring: Ring =
                    self.db.get_many(&[Ring::key()]).await?.take(&Ring::key())?.unwrap_or_default();
                let key = ring.find(&kid).cloned();
                self.keep(ring, now);
                let claims = key.and_then(|key| token::verify(token, &key, now)).ok_or(Denied::Unknown)?;
                let found = self.db.get_many(&records(&claims)).await?;
                (claims, found)
            }
        };
        let session: Option<Session> = found.take(&Key::of(&SESSIONS, claims.sid))?;
        let principal: Option<Principal> = found.take(&Key::of(&USERS, claims.sub))?;
        let seal: Option<SealRecord> = found.take(&Key::of(&SEALS, claims.sub))?;
        let (Some(session), Some(principal)) = (session, principal) else { return Err(Denied::Unknown) };
        if !session.is_alive(&principal, now) {
            return Err(Denied::Unknown);
        }
        let mut caller = caller(&principal, Means::Session(claims.sid), seal, shown)?;
        caller.limited = session.limited;
        Ok(caller)
    }

    async fn by_key(&self, text: &str, shown: &Credentials) -> Result<Caller, Denied> {
        let key = ApiKey::decode(text).ok_or(Denied::Unknown)?;
        let keys = [Key::of(&API_KEYS, &key.id), Key::of(&USERS, key.user_id), Key::of(&SEALS, key.user_id)];
        let mut found = self.db.get_many(&keys).await?;
        let record: Option<ApiKeyRecord> = found.take(&Key::of(&API_KEYS, &key.id))?;
        let principal: Option<Principal> = found.take(&Key::of(&USERS, key.user_id))?;
        let seal: Option<SealRecord> = found.take(&Key::of(&SEALS, key.user_id))?;
        let (Some(record), Some(principal)) = (record, principal) else { return Err(Denied::Unknown) };
        if !principal.is_active || !record.accepts(&key, self.db.clock().now()) {
            return Err(Denied::Unknown);
        }
        self.note_use(&key.id).await;
        caller(&principal, Means::ApiKey(record.scopes), seal, shown)
    }

    fn keep(&self, ring: Ring, now: Timestamp) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        (known.ring, known.read_at) = (ring, Some(now));
    }

    /// Losing a note of when a key was used is no reason to refuse the call.
    async fn note_use(&self, key_id: &str) {
        let now = self.db.clock().now();
        {
            let mut noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
            if noted.get(key_id).is_some_and(|at| now.as_second() - at < USE_SECONDS) {
                return;
            }
            noted.insert(key_id.to_owned(), now.as_second());
        }
        let used = Write::update(KeyUse::key(key_id)).set_value("last_used_at", &now);
        if let Err(error) = self.db.tally(&used).await {
            tracing::warn!(%error, "the use of a key was not noted");
        }
    }

    /// What the cached ring says about a key id. An announced key is in the ring before it signs, so an
    /// unknown id is nearly always a forgery; those must not buy a read each. Only another master secret
    /// signs with a key nobody has heard of, and its first token must count at once.
    fn recall(&self, kid: &str, now: Timestamp) -> Recalled {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let age = |at: Option<Timestamp>| at.map_or(i64::MAX, |at| now.as_second() - at.as_second());
        match known.ring.find(kid) {
            Some(key) if age(known.read_at) < RING_SECONDS => Recalled::Key(key.clone()),
            Some(_) => Recalled::ReadRing,
            None if known.ring.keys.is_empty() => Recalled::ReadRing,
            None if age(known.unknown_at) >= UNKNOWN_SECONDS => {
                known.unknown_at = Some(now);
                Recalled::ReadRing
            }
            None => Recalled::Refuse,
        }
    }
}

enum Recalled {
    Key(crate::PublicKey),
    ReadRing,
    Refuse,
}

fn records(claims: &Claims) -> [Key; 3] {
    [Key::of(&SESSIONS, claims.sid), Key::of(&USERS, claims.sub), Key::of(&SEALS, claims.sub)]
}

/// A person whose seal key was destroyed is erased: nobody can act as them.
fn caller(
    principal: &Principal,
    means: Means,
    seal: Option<SealRecord>,
    shown: &Credentials,
) -> Result<Caller, Denied> {
    let seal = seal.and_then(|record| record.key()).ok_or(Denied::Unknown)?;
    let mut actor = shown.actor.known_as(principal.user_id);
    if matches!(means, Means::ApiKey(_)) {
        actor.id = format!("key:{}", principal.user_id);
    }
    Ok(Caller { user_id: principal.user_id, role: principal.role, means, limited: false, seal, actor })
}
