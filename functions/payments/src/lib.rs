//! Reads payments.

use maru_payments::{Payments, READ_GRANTS, read_api};
use maru_settings::Function;
use maru_table::{Db, Grant};
use maru_web::{HTTP_VARS, Mounted};

/// What it reads from its environment.
pub const FUNCTION: Function = Function { name: "payments", vars: &HTTP_VARS };

/// What it may do to which table.
pub fn grants() -> Vec<Grant> {
    [maru_identity::GRANTS.as_slice(), &READ_GRANTS].concat()
}

/// What it serves.
pub fn api(db: Db) -> Mounted {
    read_api(Payments::new(db))
}
