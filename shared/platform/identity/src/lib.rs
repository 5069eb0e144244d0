//! Who is calling.
//!
//! A caller shows an access token (people) or an API key (machines). Either way the session or key
//! record, the person and the person's seal key are read on every request in one strongly consistent
//! call, so log-out, a ban or a change of role acts on the next request.
//!
//! Not here: how people sign in (`accounts`), and what they may see of a record (each feature's rules).

mod api_key;
mod authenticate;
mod refresh;
mod ring;
mod role;
mod tables;
mod token;

pub use api_key::{ApiKey, ApiKeyRecord, KeyUse, Shelf};
pub use authenticate::{Caller, Credentials, Denied, Identity, Means};
pub use refresh::{RefreshToken, Verdict, judge};
pub use ring::{PublicKey, Ring, Turn, turn};
pub use role::{Permission, Permit, Role, permit};
pub use tables::{
    API_KEYS, API_KEYS_BY_SHELF, KEY_USES, Principal, SEALS, SESSIONS, SESSIONS_BY_USER, SIGNING_KEYS,
    SealRecord, Session, USERS,
};
pub use token::{ACCESS_SECONDS, Claims, Signer};

use maru_table::{Action, Grant};

/// The rights every function with signed-in callers needs.
pub const GRANTS: [Grant; 6] = [
    Grant { table: &USERS, may: &[Action::BatchGetItem] },
    Grant { table: &SESSIONS, may: &[Action::BatchGetItem] },
    Grant { table: &SEALS, may: &[Action::BatchGetItem] },
    Grant { table: &API_KEYS, may: &[Action::BatchGetItem] },
    Grant { table: &KEY_USES, may: &[Action::UpdateItem] },
    Grant { table: &SIGNING_KEYS, may: &[Action::BatchGetItem] },
];
