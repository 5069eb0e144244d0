//! Payments: money in is money recorded.
//!
//! What is owed is decided here, from the booking's own price; a client's amount is only compared. The
//! intent to capture is written before Toss is called, the booking made firm in the same transaction;
//! and what is not provably declined is *unknown* until Toss tells the payment itself.
//!
//! ```text
//!   ready ──▶ confirming ──▶ done ⇄ waiting     (a deposit comes, and may be taken back)
//!     │            │  └────▶ failed              (the booking is held again for a while)
//!     │            ├───────▶ unknown ──▶ done | waiting | failed
//!     │            └───────▶ waiting ──▶ done | expired
//!     └─▶ expired
//! ```
//!
//! Every move is a write on the condition of the version that was read, so a slow function cannot
//! overwrite a newer decision. `payment-checker` finishes what a request could not.
//!
//! | who | may |
//! | --- | --- |
//! | a signed-in person | pay their own booking, see their own payments |
//! | whoever holds a ticket | see and pay what it is for |
//! | staff with `payments_read` | see anyone's |

mod compare;
mod error;
mod hints;
mod http;
mod jobs;
mod letters;
mod model;
mod rules;
mod service;
mod stage;
mod store;
mod tickets;

pub use compare::Stray;
pub use error::PaymentError;
pub use hints::{Hint, Hints};
pub use http::{confirm_api, desk_api, pay_api, ready_api, webhook_api};
pub use jobs::{Checked, Checker};
pub use letters::PaymentLetters;
pub use model::{Kind, Line, Membership, Movement, Payment, Purpose, Status, Taker};
pub use service::{Checkout, Desk, Grades, Payments, Window};
pub use store::{
    CHECKER_GRANTS, CONFIRM_GRANTS, DESK_GRANTS, MEMBERSHIPS, MOVEMENTS, PAY_GRANTS, PAYMENT_EXPORT_GRANTS,
    PAYMENT_LETTER_GRANTS, PAYMENTS, READY_GRANTS, WEBHOOK_GRANTS, export,
};
pub use tickets::{Subject, Ticket, Tickets};
