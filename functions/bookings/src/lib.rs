//! Bookings and all that becomes of them: series, waiting lines, the front desk, calendars.

use maru_bookings::{BOOKING_GRANTS, Bookings};
use maru_settings::Function;
use maru_table::{Db, Grant};
use maru_web::{HTTP_VARS, Mounted};

/// What it reads from its environment.
pub const FUNCTION: Function = Function { name: "bookings", vars: &HTTP_VARS };

/// What it may do to which table.
pub fn grants() -> Vec<Grant> {
    [maru_identity::GRANTS.as_slice(), &BOOKING_GRANTS].concat()
}

/// What it serves.
pub fn api(db: Db) -> Mounted {
    maru_bookings::api(Bookings::new(db))
}
