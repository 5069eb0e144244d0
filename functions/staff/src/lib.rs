//! Staff, their API keys, and who is shut out.

use maru_accounts::{Accounts, House, Keys, STAFF_DOOR_GRANTS, STAFF_GRANTS, staff_api};
use maru_kernel::Supply;
use maru_settings::{Function, Var};
use maru_table::{Db, Grant};
use maru_web::Mounted;

/// What it reads from its environment.
pub const FUNCTION: Function =
    Function { name: "staff", vars: &[Var::AllowedOrigins, Var::Stage, Var::SecretArn, Var::RetentionDays] };

/// What it may do to which table.
pub fn grants() -> Vec<Grant> {
    [maru_identity::GRANTS.as_slice(), &STAFF_GRANTS, &STAFF_DOOR_GRANTS].concat()
}

/// What it serves.
pub fn api(db: Db, keys: Supply<Keys>, house: House) -> Mounted {
    staff_api(Accounts::new(db, keys, house))
}
