//! Rooms: what can be booked by the hour.
//!
//! A room has a zone, opening hours, a grid and a price an hour. Anyone may look at the active ones.
//! When a room is free is the booking gate's knowledge, so availability lives in `bookings`.

mod http;
mod model;
mod store;

pub use http::api;
pub use model::Room;
pub use model::Shelf;
pub use store::{NewRoom, ROOM_GRANTS, ROOMS, RoomError, Rooms, SEED_GRANTS, put_room, room_key, seed_room};
