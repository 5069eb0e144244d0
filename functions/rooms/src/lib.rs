//! Rooms, their free hours, and what staff keep of them.

use maru_bookings::{ROOM_PAGE_GRANTS, rooms_api};
use maru_rooms::{ROOM_GRANTS, Rooms};
use maru_settings::Function;
use maru_table::{Db, Grant};
use maru_web::{HTTP_VARS, Mounted};

/// What it reads from its environment.
pub const FUNCTION: Function = Function { name: "rooms", vars: &HTTP_VARS };

/// What it may do to which table.
pub fn grants() -> Vec<Grant> {
    [maru_identity::GRANTS.as_slice(), &ROOM_GRANTS, &ROOM_PAGE_GRANTS].concat()
}

/// What it serves.
pub fn api(db: Db) -> Mounted {
    maru_rooms::api(Rooms::new(db.clone())).and(rooms_api(db))
}
