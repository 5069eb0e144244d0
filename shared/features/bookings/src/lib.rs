//! Bookings, and the gate every one of them passes.
//!
//! A booking occupies slots of a room's local days, or seats of a tour's departure. Which are occupied by
//! which booking is kept in the *ledger*, one item per room or tour and day, and the [`gate`] is the only code
//! that knows its shape. A write through the gate holds two locks in one condition: the day has not changed
//! since it was read, and each slot taken is free or carries exactly the expired hold this write evicts. So
//! two people can never hold the same hour, whatever the order, crash, retry or clock.
//!
//! ```text
//!   draft ⇄ needs_review ⇄ reviewed          put together, occupying nothing
//!     └───────────┬────────────┘
//!                 ▼            pay                provider says yes
//!   pending ──▶ held ─────────────▶ paying ─────────────────────▶ confirmed ──▶ completed
//!      │ approve  │ ▲                  │                              │  │ ▲
//!      │          │ └── declined ──────┘                              │  ▼ │ restore
//!      ▼          ▼                                                   ▼ no_show
//!   cancelled   expired / cancelled                                cancelled ──▶ (restore) what it was
//! ```
//!
//! A room free of charge goes straight to `confirmed` (or `pending`, where staff confirm). *Firm*
//! (pending, paying, confirmed, completed) slots change only in a transaction that moves their booking
//! out of firm; an unpaid hold counts until its time is up, decided in the write of whoever wants the
//! slot next. Whoever waits in line goes before whoever walks in.
//!
//! | who | may |
//! | --- | --- |
//! | anyone | see free hours and departures |
//! | a signed-in person | book for themselves; see, extend, cancel their own; wait in line; make calendar feeds |
//! | staff and keys with `bookings_read`, `bookings_write` | see, make, move, approve, cancel, restore anyone's; keep rooms for themselves |
//! | staff with `bookings_erase` | hide a booking |

mod availability;
mod error;
pub mod gate;
mod grid;
mod http;
mod ics;
mod jobs;
mod letters;
mod model;
mod rules;
mod service;
mod store;

pub use error::BookingError;
pub use http::{api, departures_api, rooms_api};
pub use jobs::{Reminders, Sweeper, Swept};
pub use letters::{BookingLetters, Told, told};
pub use model::{Booking, Departure, Interval, Place, Resource, Share, Status, What};
pub use rules::HOLD_SECONDS;
pub use service::{
    Amend, Bookings, Cancel, Made, MoveTo, NewBooking, Refunding, Standing, Times, When, Whom, Wished,
};
pub use store::{
    BOOKING_EXPORT_GRANTS, BOOKING_GRANTS, BOOKING_LETTER_GRANTS, BOOKINGS, FEEDS, LEDGER, PAYING_GRANTS,
    REFUNDING_GRANTS, REMINDER_GRANTS, ROOM_PAGE_GRANTS, SWEEPER_GRANTS, TOUR_PAGE_GRANTS, WAITS, booking,
    export, refunds_due,
};
