//! Turns the ring of keys: announces the next one in time, retires those whose tokens are over.

use maru_accounts::ROTATOR_GRANTS;
use maru_settings::{Function, Var};
use maru_table::Grant;

/// What it reads from its environment.
pub const FUNCTION: Function = Function { name: "key-rotator", vars: &[Var::SecretArn] };

/// What it may do to which table.
pub fn grants() -> Vec<Grant> {
    ROTATOR_GRANTS.to_vec()
}
