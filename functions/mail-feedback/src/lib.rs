//! Silences addresses that bounce or complain.

use maru_accounts::FEEDBACK_GRANTS;
use maru_settings::{Function, Var};
use maru_table::Grant;

/// What it reads from its environment.
pub const FUNCTION: Function = Function { name: "mail-feedback", vars: &[Var::SecretArn] };

/// What it may do to which table.
pub fn grants() -> Vec<Grant> {
    FEEDBACK_GRANTS.to_vec()
}
