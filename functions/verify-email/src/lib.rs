//! Proves addresses: makes people of sign-ups, moves sign-ins; mails the link again.

use maru_accounts::{Accounts, House, Keys, VERIFY_GRANTS, verify_email_api};
use maru_kernel::Supply;
use maru_settings::{Function, Var};
use maru_table::{Db, Grant};
use maru_web::Mounted;

/// What it reads from its environment.
pub const FUNCTION: Function = Function {
    name: "verify-email",
    vars: &[Var::AllowedOrigins, Var::Stage, Var::SecretArn, Var::Consents, Var::OwnerEmail],
};

/// What it may do to which table.
pub fn grants() -> Vec<Grant> {
    VERIFY_GRANTS.to_vec()
}

/// What it serves.
pub fn api(db: Db, keys: Supply<Keys>, house: House) -> Mounted {
    verify_email_api(Accounts::new(db, keys, house))
}
