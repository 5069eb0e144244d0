//! Health, build, keys, and the API document.

mod document;
mod routes;

use maru_blobs::Blobs;
use maru_identity::SIGNING_KEYS;
use maru_settings::{Function, Var};
use maru_table::{Action, Db, Grant};
use maru_web::Mounted;

/// What it reads from its environment.
pub const FUNCTION: Function =
    Function { name: "system", vars: &[Var::AllowedOrigins, Var::Stage, Var::FilesBucket] };

/// What it may do to which table: who calls, and the public keys.
pub fn grants() -> Vec<Grant> {
    [maru_identity::GRANTS.as_slice(), &[Grant { table: &SIGNING_KEYS, may: &[Action::GetItem] }]].concat()
}

/// What it serves.
pub fn api(db: Db, files: Blobs) -> Mounted {
    routes::api(routes::System::new(db, files))
}
