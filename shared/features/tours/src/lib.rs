//! Tours: what can be booked by the departure.
//!
//! A tour leaves at certain minutes of certain days, with so many seats each time, and has a price for
//! adults, children and infants. Anyone may look at the active ones; who may manage rooms manages tours, too.
//! How many seats are left is the booking gate's knowledge, so departures with their seats live in `bookings`.
//!
//! How tours are kept, served and filled in is what they share with rooms: `maru_rooms::offers` and
//! `maru_rooms::form`.

mod http;
mod model;
mod rules;
mod store;

pub use http::api;
pub use model::{Party, Prices, Rule, Shelf, Tour};
pub use store::{SEED_GRANTS, TOUR_GRANTS, TOURS, Tours, all_tours, put_tour, seed_tour, tour_key};
