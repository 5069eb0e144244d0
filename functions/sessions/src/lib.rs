//! Refreshes and ends sessions.

use maru_accounts::{Accounts, Keys, SESSION_GRANTS, Verification, sessions_api};
use maru_kernel::Supply;
use maru_settings::{Function, Var};
use maru_table::{Db, Grant};
use maru_web::Mounted;

/// What it reads from its environment.
pub const FUNCTION: Function =
    Function { name: "sessions", vars: &[Var::AllowedOrigins, Var::Stage, Var::SecretArn] };

/// What it may do to which table.
pub fn grants() -> Vec<Grant> {
    SESSION_GRANTS.to_vec()
}

/// What it serves.
pub fn api(db: Db, keys: Supply<Keys>) -> Mounted {
    sessions_api(Accounts::new(db, keys, Verification::Required))
}
