//! The gate: the only code that knows the ledger's shape, and the only one that writes it.
//!
//! One item per resource and local day, or, for a room opened to a rush, per slot: a version `v`, the
//! item's reservations `r` (number → booking, a hold's end, seats), and one flat attribute per occupied
//! slot (`s40`, holding the number of its reservation) or departure (`t540`, holding how many of its seats
//! are taken). Beside them the waiting line `w`, a departure's own seats (`c540`) and the closure of the
//! day (`closed`). [`Day`] is that item as read; an [`Edit`] collects what a write does to it and turns
//! into one conditional write; a [`Ledger`] is the few of them one booking touches, across which it takes
//! and frees all or nothing.
//!
//! Two locks guard the write, in one condition: the version is the one that was read, and every slot and
//! departure is what the edit believes it to be. If our own logic were wrong about one, the store would
//! still refuse.
//!
//! A hold that is over counts for nothing, whoever asks; who needs its place evicts it. Who waits in line
//! goes before who walks in: hours that somebody in line could have now are not free for others.

mod day;
mod edit;
mod ledger;
mod quota;
mod read;

pub use day::{Day, Reservation, Waiting};
pub use edit::{Clash, Edit, Taker};
pub use ledger::{Cell, Claim, Ledger};
pub use quota::{Counter, counters};
