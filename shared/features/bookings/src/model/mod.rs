//! The words: bookings, their statuses, what they occupy.

mod booking;
mod due;
mod place;
mod status;
mod wait;

pub use booking::{Booking, Cancellation, Contact, Departure, What};
pub use due::Due;
pub use place::{Interval, Place, Resource, Share};
pub use status::Status;
pub use wait::{Wait, WaitStatus, Wanted};
