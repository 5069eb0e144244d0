//! Turns a sign-up into a person; mails the link again.

use maru_accounts::{Accounts, Keys, VERIFY_GRANTS, Verification, verify_email_api};
use maru_kernel::{Email, Supply};
use maru_settings::{Function, Var};
use maru_table::{Db, Grant};
use maru_web::Mounted;

/// What it reads from its environment.
pub const FUNCTION: Function = Function {
    name: "verify-email",
    vars: &[Var::AllowedOrigins, Var::Stage, Var::OwnerEmail, Var::SecretArn],
};

/// What it may do to which table.
pub fn grants() -> Vec<Grant> {
    VERIFY_GRANTS.to_vec()
}

/// What it serves.
pub fn api(db: Db, keys: Supply<Keys>, owner: Option<Email>) -> Mounted {
    verify_email_api(Accounts::new(db, keys, Verification::Required).with_owner(owner))
}
