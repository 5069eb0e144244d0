//! Tours and their departures.

use maru_bookings::{TOUR_PAGE_GRANTS, departures_api};
use maru_settings::Function;
use maru_table::{Db, Grant};
use maru_tours::{TOUR_GRANTS, Tours};
use maru_web::{HTTP_VARS, Mounted};

/// What it reads from its environment.
pub const FUNCTION: Function = Function { name: "tours", vars: &HTTP_VARS };

/// What it may do to which table.
pub fn grants() -> Vec<Grant> {
    [maru_identity::GRANTS.as_slice(), &TOUR_GRANTS, &TOUR_PAGE_GRANTS].concat()
}

/// What it serves.
pub fn api(db: Db) -> Mounted {
    maru_tours::api(Tours::new(db.clone())).and(departures_api(db))
}
