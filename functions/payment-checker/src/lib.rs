//! Settles payments left open.

use maru_bookings::REFUNDING_GRANTS;
use maru_payments::CHECKER_GRANTS;
use maru_settings::{Function, Var};
use maru_table::Grant;

/// What it reads from its environment.
pub const FUNCTION: Function =
    Function { name: "payment-checker", vars: &[Var::SecretArn, Var::TossBaseUrl] };

/// What it may do to which table.
pub fn grants() -> Vec<Grant> {
    [CHECKER_GRANTS.as_slice(), &REFUNDING_GRANTS].concat()
}
