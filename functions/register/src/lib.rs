//! Takes sign-ups.

use maru_accounts::{Accounts, House, Keys, REGISTER_GRANTS, register_api};
use maru_kernel::Supply;
use maru_settings::{Function, Var};
use maru_table::{Db, Grant};
use maru_web::Mounted;

/// What it reads from its environment.
pub const FUNCTION: Function = Function {
    name: "register",
    vars: &[
        Var::AllowedOrigins,
        Var::Stage,
        Var::SecretArn,
        Var::Consents,
        Var::EmailVerification,
        Var::PasswordPolicy,
    ],
};

/// What it may do to which table.
pub fn grants() -> Vec<Grant> {
    REGISTER_GRANTS.to_vec()
}

/// What it serves.
pub fn api(db: Db, keys: Supply<Keys>, house: House) -> Mounted {
    register_api(Accounts::new(db, keys, house))
}
