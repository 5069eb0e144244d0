//! The words: payments and their states.

use maru_kernel::{BookingId, Money, OrderId, Timestamp, UserId};
use maru_table::{Key, Record, TableSpec};
use serde::{Deserialize, Serialize};

use crate::store::PAYMENTS;

/// Where a payment stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// The amount is fixed; the customer may pay.
    Ready,
    /// Toss is being asked.
    Confirming,
    /// Captured.
    Done,
    /// Refused.
    Failed,
    /// Nobody knows yet.
    Unknown,
    /// Never paid.
    Expired,
}

impl Status {
    /// The name clients know.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ready => "READY",
            Self::Confirming => "CONFIRMING",
            Self::Done => "DONE",
            Self::Failed => "FAILED",
            Self::Unknown => "UNKNOWN",
            Self::Expired => "EXPIRED",
        }
    }

    /// The states it may move to.
    pub const fn next(self) -> &'static [Self] {
        match self {
            Self::Ready => &[Self::Confirming, Self::Expired],
            Self::Confirming => &[Self::Done, Self::Failed, Self::Unknown],
            Self::Unknown => &[Self::Done, Self::Failed, Self::Unknown],
            Self::Done | Self::Failed | Self::Expired => &[],
        }
    }

    /// Whether `payment-checker` still has to look at it.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Ready | Self::Confirming | Self::Unknown)
    }
}

/// One try to capture, written before Toss is called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// Toss's key of the authenticated payment.
    pub payment_key: String,
    /// Sent with every call of this attempt, so Toss captures at most once.
    pub idempotency_key: String,
    /// When it began.
    pub started_at: Timestamp,
}

/// What Toss told of a captured payment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capture {
    /// 카드, 간편결제 …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// When.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approved_at: Option<Timestamp>,
    /// The receipt page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt_url: Option<String>,
}

/// Why it failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailureReason {
    /// Toss's code.
    pub code: String,
    /// Toss's message.
    pub message: String,
}

/// Marks an open payment for the index the checker reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OpenMark {
    /// It has to be looked at again.
    Open,
}

/// A payment: one order, paid at most once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    /// The order; what Toss knows it by.
    pub order_id: OrderId,
    /// Whose.
    pub user_id: UserId,
    /// What it pays.
    pub booking_id: BookingId,
    /// What is owed. Decided by us.
    pub amount: Money,
    /// What the customer reads in the payment window.
    pub order_name: String,
    /// Where it stands.
    pub status: Status,
    /// The try to capture it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempt: Option<Attempt>,
    /// What Toss told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capture: Option<Capture>,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<FailureReason>,
    /// Why a person has to look at it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review: Option<String>,
    /// Set while it is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open: Option<OpenMark>,
    /// When it is to be looked at (epoch seconds); set while it is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_check_at: Option<i64>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Version; also the fence against stale decisions.
    pub lock_version: u64,
}

impl Payment {
    /// The payment in another state, looked at again after `check_after` seconds if that state is open.
    /// `None` where the move is illegal.
    pub fn moved(&self, to: Status, now: Timestamp, check_after: i64) -> Option<Self> {
        if !self.status.next().contains(&to) {
            return None;
        }
        let open = to.is_open().then_some(OpenMark::Open);
        let next_check_at = open.map(|_| now.as_second() + check_after);
        Some(Self { status: to, open, next_check_at, updated_at: now, ..self.clone() })
    }

    /// Whether this is the try with that key.
    pub fn is_try_of(&self, payment_key: &str) -> bool {
        self.attempt.as_ref().is_some_and(|attempt| attempt.payment_key == payment_key)
    }
}

impl Record for Payment {
    const TABLE: &'static TableSpec = &PAYMENTS;
    const KIND: &'static str = "payment";
    /// The key opens the payment at the provider.
    const HIDDEN: &'static [&'static str] = &["attempt", "open", "next_check_at"];

    maru_table::record_fields! { id: order_id }
}

/// Makes a payment key unique and leads from it to its order.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct KeyGuard {
    /// `key#` and the payment key.
    pub order_id: String,
    /// The order.
    pub of: OrderId,
}

impl KeyGuard {
    /// The guard of a key.
    pub fn new(payment_key: &str, of: OrderId) -> Self {
        Self { order_id: format!("key#{payment_key}"), of }
    }

    /// Where the guard of a key lies.
    pub fn key(payment_key: &str) -> Key {
        Key::of(&PAYMENTS, format!("key#{payment_key}"))
    }
}
