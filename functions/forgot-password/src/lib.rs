//! Takes requests for a reset mail.

use maru_accounts::{Accounts, FORGOT_GRANTS, Verification, forgot_password_api};
use maru_settings::Function;
use maru_table::{Db, Grant};
use maru_web::{HTTP_VARS, Mounted};

/// What it reads from its environment.
pub const FUNCTION: Function = Function { name: "forgot-password", vars: &HTTP_VARS };

/// What it may do to which table.
pub fn grants() -> Vec<Grant> {
    FORGOT_GRANTS.to_vec()
}

/// What it serves.
pub fn api(db: Db) -> Mounted {
    forgot_password_api(Accounts::keyless(db, Verification::Required))
}
