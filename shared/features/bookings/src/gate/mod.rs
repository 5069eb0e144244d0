//! The gate: the only code that knows the ledger's shape, and the only one that writes it.
//!
//! One item per room and local day: a version `v`, the day's reservations `r` (number → booking and,
//! for a hold, its end), and one flat attribute per occupied slot (`s40`) holding the number of its
//! reservation. [`Day`] is that item as read; an [`Edit`] collects what a write does to it and turns
//! into one conditional write.
//!
//! Two locks guard the write, in one condition: the version is the one that was read, and every slot is
//! what the edit believes it to be. If our own logic were wrong about one, the store would still refuse.

mod day;
mod edit;

pub use day::{Day, Reservation};
pub use edit::{Clash, Edit};
