//! Checks a password and opens a session.

use maru_accounts::{Accounts, House, Keys, LOGIN_GRANTS, login_api};
use maru_kernel::Supply;
use maru_settings::{Function, Var};
use maru_table::{Db, Grant};
use maru_web::Mounted;

/// What it reads from its environment.
pub const FUNCTION: Function =
    Function { name: "login", vars: &[Var::AllowedOrigins, Var::Stage, Var::SecretArn, Var::StaffMfa] };

/// What it may do to which table.
pub fn grants() -> Vec<Grant> {
    LOGIN_GRANTS.to_vec()
}

/// What it serves.
pub fn api(db: Db, keys: Supply<Keys>, house: House) -> Mounted {
    login_api(Accounts::new(db, keys, house))
}
