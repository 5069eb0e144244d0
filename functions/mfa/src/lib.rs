//! The second factor: setting it up, and the second half of a sign-in.

use maru_accounts::{Accounts, House, Keys, MFA_GRANTS, mfa_api};
use maru_kernel::Supply;
use maru_settings::{Function, Var};
use maru_table::{Db, Grant};
use maru_web::Mounted;

/// What it reads from its environment.
pub const FUNCTION: Function =
    Function { name: "mfa", vars: &[Var::AllowedOrigins, Var::Stage, Var::SecretArn, Var::StaffMfa] };

/// What it may do to which table.
pub fn grants() -> Vec<Grant> {
    [maru_identity::GRANTS.as_slice(), &MFA_GRANTS].concat()
}

/// What it serves.
pub fn api(db: Db, keys: Supply<Keys>, house: House) -> Mounted {
    mfa_api(Accounts::new(db, keys, house))
}
