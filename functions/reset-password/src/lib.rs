//! Sets a password by a mailed link: a new one, or the first of invited staff.

use maru_accounts::{Accounts, House, Keys, RESET_GRANTS, reset_password_api};
use maru_kernel::Supply;
use maru_settings::{Function, Var};
use maru_table::{Db, Grant};
use maru_web::Mounted;

/// What it reads from its environment.
pub const FUNCTION: Function = Function {
    name: "reset-password",
    vars: &[Var::AllowedOrigins, Var::Stage, Var::SecretArn, Var::PasswordPolicy],
};

/// What it may do to which table.
pub fn grants() -> Vec<Grant> {
    RESET_GRANTS.to_vec()
}

/// What it serves.
pub fn api(db: Db, keys: Supply<Keys>, house: House) -> Mounted {
    reset_password_api(Accounts::new(db, keys, house))
}
