//! Payments: money in is money recorded.
//!
//! What is owed is decided here, from the booking's own price; a client's amount is only compared. The
//! intent to capture is written before Toss is called, the booking made firm in the same transaction;
//! and what is not provably declined is *unknown* until Toss tells the payment itself.
//!
//! ```text
//!   ready ──▶ confirming ──▶ done
//!     │            │  └────▶ failed      (the booking is held again for a while)
//!     │            └───────▶ unknown ──▶ done | failed
//!     └─▶ expired
//! ```
//!
//! Every move is a write on the condition of the version that was read, so a slow function cannot
//! overwrite a newer decision. `payment-checker` finishes what a request could not.
//!
//! | who | may |
//! | --- | --- |
//! | a signed-in person | pay their own booking, see their own payments |
//! | staff with `payments_read` | see anyone's |

mod error;
mod http;
mod jobs;
mod letters;
mod model;
mod rules;
mod service;
mod store;

pub use error::PaymentError;
pub use http::{confirm_api, read_api, ready_api};
pub use jobs::{Checked, Checker};
pub use letters::PaymentLetters;
pub use model::{Payment, Status};
pub use service::{Desk, Payments, Window};
pub use store::{
    CHECKER_GRANTS, CONFIRM_GRANTS, PAYMENT_EXPORT_GRANTS, PAYMENT_LETTER_GRANTS, PAYMENTS, READ_GRANTS,
    READY_GRANTS, export,
};
