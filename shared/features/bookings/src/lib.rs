//! Bookings, and the gate every one of them passes.
//!
//! A booking occupies slots of a room's local days. Which slots are occupied by which booking is kept
//! in the *ledger*, one item per room and day, and the [`gate`] is the only code that knows its shape.
//! A write through the gate holds two locks in one condition: the day has not changed since it was
//! read, and each slot taken is free or carries exactly the expired hold this write evicts. So two
//! people can never hold the same hour, whatever the order, crash, retry or clock.
//!
//! ```text
//!              pay                 provider says yes
//!   held ─────────────▶ paying ─────────────────────▶ confirmed ──▶ completed / no_show
//!    │ ▲                  │                              │
//!    │ └── declined ──────┘                              │
//!    ▼                                                   ▼
//!  expired / cancelled                                cancelled
//! ```
//!
//! A room free of charge goes straight to `confirmed` (or `pending`, where staff confirm). *Firm*
//! (pending, paying, confirmed, completed) slots change only in a transaction that moves their booking
//! out of firm; an unpaid hold counts until its time is up, decided in the write of whoever wants the
//! slot next.
//!
//! | who | may |
//! | --- | --- |
//! | anyone | see free hours |
//! | a signed-in person | book for themselves, see and cancel their own |
//! | staff with `bookings_read`, `bookings_write` | see, cancel anyone's |

mod availability;
mod error;
pub mod gate;
mod grid;
mod http;
mod jobs;
mod letters;
mod model;
mod rules;
mod service;
mod store;

pub use error::BookingError;
pub use http::{api, availability_api};
pub use jobs::Sweeper;
pub use letters::{BookingLetters, Told, told};
pub use model::{Booking, Status};
pub use rules::HOLD_SECONDS;
pub use service::{Bookings, Standing};
pub use store::{
    BOOKING_EXPORT_GRANTS, BOOKING_GRANTS, BOOKING_LETTER_GRANTS, BOOKINGS, LEDGER, PAYING_GRANTS,
    ROOM_PAGE_GRANTS, SWEEPER_GRANTS, booking, export,
};
