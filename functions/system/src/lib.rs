//! Health, build, keys, and the API document.

mod document;
mod routes;

use maru_blobs::Blobs;
use maru_identity::{API_KEYS, SEALS, SESSIONS, SIGNING_KEYS, USERS};
use maru_settings::{Function, Var};
use maru_table::{Action, Db, Grant};
use maru_web::Mounted;

/// What it reads from its environment.
pub const FUNCTION: Function =
    Function { name: "system", vars: &[Var::AllowedOrigins, Var::Stage, Var::FilesBucket] };

/// What it may do to which table: who calls, and the public keys.
pub fn grants() -> Vec<Grant> {
    let may: &[Action] = &[Action::BatchGetItem];
    let read = |table| Grant { table, may };
    let keys = Grant { table: &SIGNING_KEYS, may: &[Action::GetItem, Action::BatchGetItem] };
    vec![read(&USERS), read(&SESSIONS), read(&SEALS), read(&API_KEYS), keys]
}

/// What it serves.
pub fn api(db: Db, files: Blobs) -> Mounted {
    routes::api(routes::System::new(db, files))
}
