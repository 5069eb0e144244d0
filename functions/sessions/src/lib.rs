//! Refreshes, lists and ends sessions.

use maru_accounts::{Accounts, House, Keys, SESSION_GRANTS, sessions_api};
use maru_kernel::Supply;
use maru_settings::{Function, Var};
use maru_table::{Db, Grant};
use maru_web::Mounted;

/// What it reads from its environment.
pub const FUNCTION: Function =
    Function { name: "sessions", vars: &[Var::AllowedOrigins, Var::Stage, Var::SecretArn] };

/// What it may do to which table.
pub fn grants() -> Vec<Grant> {
    [maru_identity::GRANTS.as_slice(), &SESSION_GRANTS].concat()
}

/// What it serves.
pub fn api(db: Db, keys: Supply<Keys>, house: House) -> Mounted {
    sessions_api(Accounts::new(db, keys, house))
}
