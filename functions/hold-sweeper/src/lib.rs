//! Tidies holds whose time ran out.

use maru_bookings::SWEEPER_GRANTS;
use maru_settings::Function;
use maru_table::Grant;

/// What it reads from its environment: its tables only.
pub const FUNCTION: Function = Function { name: "hold-sweeper", vars: &[] };

/// What it may do to which table.
pub fn grants() -> Vec<Grant> {
    SWEEPER_GRANTS.to_vec()
}
