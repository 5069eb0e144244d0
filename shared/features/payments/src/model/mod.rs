//! The words of payments.

mod membership;
mod movement;
mod payment;
mod refund;

pub use membership::Membership;
pub use movement::{Kind, Line, Movement};
pub use payment::{
    Account, Attempt, Capture, FailureReason, KeyGuard, Payment, Purpose, SENT_BACK, Shelf, Status, Taker,
};
pub use refund::{Refund, RefundTo, Refunded, Waits};
