//! The routes of bookings.

mod classroom;
mod create;
mod desk;
mod feeds;
mod input;
mod life;
mod line;
mod problem;
mod rooms;
mod tours;
mod views;

use maru_identity::{Caller, Identity};
use maru_table::{Db, Idempotency};
use maru_web::{Api, FromRef, Mounted, Repeat};

use crate::Bookings;

/// Hours a repeated request is recognised.
const REMEMBER_HOURS: u32 = 24;
/// Records a page shows at most.
const PAGE: u16 = 50;

impl FromRef<Bookings> for Identity {
    fn from_ref(bookings: &Bookings) -> Self {
        bookings.identity().clone()
    }
}

/// The routes of `bookings`.
pub fn api(bookings: Bookings) -> Mounted {
    let api = create::mount(Api::new());
    let api = life::mount(api);
    let api = line::mount(api);
    let api = feeds::mount(api);
    let api = desk::mount(api);
    classroom::mount(api).with_state(bookings)
}

/// A room's free hours and what staff keep of it, mounted by the function that shows rooms.
pub fn rooms_api(db: Db) -> Mounted {
    rooms::mount(Api::new()).with_state(Bookings::new(db))
}

/// A tour's departures, mounted by the function that shows tours.
pub fn departures_api(db: Db) -> Mounted {
    tours::mount(Api::new()).with_state(Bookings::new(db))
}

/// The request as idempotency records know it.
fn request_of(repeat: &Repeat, caller: &Caller, route: &str, bookings: &Bookings) -> Option<Idempotency> {
    repeat.of(caller, route, bookings.now(), REMEMBER_HOURS)
}
