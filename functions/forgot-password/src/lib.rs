//! Takes requests for a reset mail.

use maru_accounts::{Accounts, FORGOT_GRANTS, House, Keys, forgot_password_api};
use maru_kernel::Supply;
use maru_settings::{Function, Var};
use maru_table::{Db, Grant};
use maru_web::Mounted;

/// What it reads from its environment.
pub const FUNCTION: Function =
    Function { name: "forgot-password", vars: &[Var::AllowedOrigins, Var::Stage, Var::SecretArn] };

/// What it may do to which table.
pub fn grants() -> Vec<Grant> {
    FORGOT_GRANTS.to_vec()
}

/// What it serves.
pub fn api(db: Db, keys: Supply<Keys>, house: House) -> Mounted {
    forgot_password_api(Accounts::new(db, keys, house))
}
