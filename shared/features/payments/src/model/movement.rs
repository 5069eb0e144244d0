//! The ledger: every movement of money, in double entry.
//!
//! | account | grows (+) when | shrinks (−) when |
//! | --- | --- | --- |
//! | `provider:toss`, `cash`, `bank` | money comes in there | it goes back |
//! | `customer` | something is sold, or money goes back to them | they pay, or a sale is undone |
//! | `revenue:…` | a sale is undone | something is sold |
//!
//! So the lines of every movement sum to zero, `customer` is at zero after each, and what an account holds is
//! the sum of its lines.

use maru_kernel::{BookingId, Currency, Money, OrderId, Timestamp, UserId};
use maru_table::{Condition, Write};
use serde::{Deserialize, Serialize};

use super::{Payment, Purpose, Refunded, Taker};
use crate::rules;
use crate::store::MOVEMENTS;

/// A line: what an account gains or loses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// The account.
    pub account: String,
    /// Minor units; what it loses is negative.
    pub minor: i64,
}

/// What moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Money came in.
    Capture,
    /// Money went back.
    Refund,
    /// The provider took back what had come in.
    Reversal,
}

impl Kind {
    /// The name clients know.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Capture => "capture",
            Self::Refund => "refund",
            Self::Reversal => "reversal",
        }
    }
}

/// A movement of money. Never changed, never deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Movement {
    /// The order.
    pub order_id: OrderId,
    /// Which of the order's movements, as nobody else names one: what is known by it is not written twice.
    pub movement: String,
    /// What moved.
    pub kind: Kind,
    /// When we learned of it.
    pub at: Timestamp,
    /// Its day in Seoul, by which it is found.
    pub day: String,
    /// The currency of its lines.
    pub currency: Currency,
    /// What each account gains or loses: they sum to zero.
    pub lines: Vec<Line>,
    /// Whose money it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<UserId>,
    /// For which booking.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub booking_id: Option<BookingId>,
    /// For which grade of membership.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grade: Option<String>,
}

impl Movement {
    /// Money of a payment came in, as its `version` tells.
    pub fn capture(payment: &Payment, amount: Money, at: Timestamp) -> Self {
        Self::of(payment, Kind::Capture, &format!("capture#{}", payment.lock_version), amount, at)
    }

    /// Money of a payment went back.
    pub fn refund(payment: &Payment, done: &Refunded, at: Timestamp) -> Self {
        let movement = format!("refund#{}", done.transaction);
        Self::from(payment, done.taker, Kind::Refund, &movement, done.amount, at)
    }

    /// The provider took back what had come in.
    pub fn reversal(payment: &Payment, amount: Money, at: Timestamp) -> Self {
        Self::of(payment, Kind::Reversal, &format!("reversal#{}", payment.lock_version), amount, at)
    }

    fn of(payment: &Payment, kind: Kind, movement: &str, amount: Money, at: Timestamp) -> Self {
        Self::from(payment, payment.taker, kind, movement, amount, at)
    }

    fn from(
        payment: &Payment,
        taker: Taker,
        kind: Kind,
        movement: &str,
        amount: Money,
        at: Timestamp,
    ) -> Self {
        let till = match taker {
            Taker::Toss => "provider:toss",
            Taker::Cash => "cash",
            Taker::Transfer => "bank",
        };
        let revenue = format!("revenue:{}", payment.purpose.as_str());
        let minor = if kind == Kind::Capture { amount.minor } else { -amount.minor };
        let line = |account: &str, minor| Line { account: account.to_owned(), minor };
        let lines = vec![
            line("customer", minor),
            line(&revenue, -minor),
            line(till, minor),
            line("customer", -minor),
        ];
        let grade = match &payment.purpose {
            Purpose::Membership { grade } => Some(grade.clone()),
            Purpose::Booking { .. } | Purpose::Donation { .. } => None,
        };
        Self {
            order_id: payment.order_id,
            movement: movement.to_owned(),
            kind,
            at,
            day: rules::day_in_seoul(at).to_string(),
            currency: amount.currency,
            lines,
            user_id: payment.user_id,
            booking_id: payment.purpose.booking(),
            grade,
        }
    }

    /// The write that records it, refused where it is recorded already.
    pub fn write(&self) -> Write {
        Write::put(&MOVEMENTS, self).when(Condition::absent("movement"))
    }
}
