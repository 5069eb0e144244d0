//! Rooms: what can be booked by the hour.
//!
//! A room has a zone, opening hours, a grid and a price an hour. Anyone may look at the active ones; who
//! may manage rooms makes and changes them, and takes them off the books. When a room is free is the booking
//! gate's knowledge, so availability lives in `bookings`.
//!
//! What rooms and tours have in common is here, too: [`offers`], how they are kept and served; [`form`], how
//! they are filled in and read; and the terms they are booked on.

pub mod form;
mod holidays;
mod hours;
mod http;
mod model;
pub mod offers;
mod rules;
mod store;
mod terms;

pub use holidays::Calendar;
pub use hours::{Because, DAY_MINUTES, Exception, Hours, Minutes, Week};
pub use http::api;
pub use model::{Room, Shelf};
pub use store::{ROOM_GRANTS, ROOMS, Rooms, SEED_GRANTS, all_rooms, put_room, room_key, seed_room};
pub use terms::{Peak, Period, Policy, Quota, Stage, Terms};
