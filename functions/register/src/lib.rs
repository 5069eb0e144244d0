//! Takes sign-ups.

use maru_accounts::{Accounts, REGISTER_GRANTS, Verification, register_api};
use maru_settings::{Function, Var};
use maru_table::{Db, Grant};
use maru_web::Mounted;

/// What it reads from its environment.
pub const FUNCTION: Function =
    Function { name: "register", vars: &[Var::AllowedOrigins, Var::Stage, Var::EmailVerification] };

/// What it may do to which table.
pub fn grants() -> Vec<Grant> {
    REGISTER_GRANTS.to_vec()
}

/// What it serves.
pub fn api(db: Db, verification: Verification) -> Mounted {
    register_api(Accounts::keyless(db, verification))
}
