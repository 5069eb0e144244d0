//! Reminds people of what they booked.

use maru_bookings::REMINDER_GRANTS;
use maru_settings::Function;
use maru_table::Grant;

/// What it reads from its environment: its tables only.
pub const FUNCTION: Function = Function { name: "reminders", vars: &[] };

/// What it may do to which table.
pub fn grants() -> Vec<Grant> {
    REMINDER_GRANTS.to_vec()
}
