//! A payment: one order, paid at most once, and what was paid back of it.

use maru_kernel::{BookingId, Money, OrderId, Timestamp, UserId};
use maru_table::{Key, Record, TableSpec};
use serde::{Deserialize, Serialize};

use super::refund::{Refund, RefundTo, Refunded};
use crate::store::PAYMENTS;

/// Who sends back what cannot be kept.
pub const SENT_BACK: &str = "system:payments";

/// Where a payment stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// The amount is fixed; the customer may pay.
    Ready,
    /// The provider is being asked.
    Confirming,
    /// Nobody knows yet.
    Unknown,
    /// An account waits for the deposit.
    Waiting,
    /// The money came in.
    Done,
    /// Refused.
    Failed,
    /// Never paid.
    Expired,
}

impl Status {
    /// The name clients know.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ready => "READY",
            Self::Confirming => "CONFIRMING",
            Self::Unknown => "UNKNOWN",
            Self::Waiting => "WAITING_FOR_DEPOSIT",
            Self::Done => "DONE",
            Self::Failed => "FAILED",
            Self::Expired => "EXPIRED",
        }
    }

    /// The states it may move to.
    pub const fn next(self) -> &'static [Self] {
        match self {
            Self::Ready => &[Self::Confirming, Self::Expired],
            Self::Confirming => &[Self::Done, Self::Failed, Self::Unknown, Self::Waiting],
            Self::Unknown => &[Self::Done, Self::Failed, Self::Unknown, Self::Waiting],
            Self::Waiting => &[Self::Done, Self::Expired],
            // A deposit may be taken back.
            Self::Done => &[Self::Waiting],
            Self::Failed | Self::Expired => &[],
        }
    }

    /// Whether `payment-checker` still has to look at it.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Ready | Self::Confirming | Self::Unknown | Self::Waiting)
    }
}

/// What is paid for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "for", rename_all = "snake_case")]
pub enum Purpose {
    /// A booking.
    Booking {
        /// Which.
        booking_id: BookingId,
    },
    /// A grade of membership.
    Membership {
        /// Its name: 정회원, 결제회원 ...
        grade: String,
    },
    /// A donation.
    Donation {
        /// The name on its receipt.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        donor: Option<String>,
    },
}

impl Purpose {
    /// The booking it pays, if it pays one.
    pub const fn booking(&self) -> Option<BookingId> {
        match self {
            Self::Booking { booking_id } => Some(*booking_id),
            Self::Membership { .. } | Self::Donation { .. } => None,
        }
    }

    /// The name clients and the ledger know.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Booking { .. } => "booking",
            Self::Membership { .. } => "membership",
            Self::Donation { .. } => "donation",
        }
    }
}

/// Who takes the money in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Taker {
    /// Toss Payments.
    #[default]
    Toss,
    /// The desk, in cash.
    Cash,
    /// The business's own bank account.
    Transfer,
}

impl Taker {
    /// The name clients know.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Toss => "toss",
            Self::Cash => "cash",
            Self::Transfer => "transfer",
        }
    }
}

/// One try to capture, written before Toss is called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// The provider's key of the authenticated payment.
    pub payment_key: String,
    /// Sent with every call of this attempt, so the provider captures at most once.
    pub idempotency_key: String,
    /// When it began.
    pub started_at: Timestamp,
}

/// How the money came in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capture {
    /// What came in.
    pub amount: Money,
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
    /// The provider's code.
    pub code: String,
    /// The provider's message.
    pub message: String,
}

/// An account that waits for a deposit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// The bank's code.
    pub bank: String,
    /// The number to pay to.
    pub number: String,
    /// Whose it seems to be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holder: Option<String>,
    /// Until when.
    pub due_at: Timestamp,
    /// The key under which it is closed at the provider, written before that is asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closing: Option<String>,
}

/// Puts all payments on one shelf, in the order they were made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shelf {
    /// The only one.
    #[default]
    Payments,
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
    /// The order; what the provider knows it by.
    pub order_id: OrderId,
    /// Whose; absent for guests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<UserId>,
    /// What it pays.
    pub purpose: Purpose,
    /// Who takes the money in.
    #[serde(default)]
    pub taker: Taker,
    /// What is owed. Decided by us.
    pub amount: Money,
    /// What the customer reads in the payment window.
    pub order_name: String,
    /// Where it stands.
    pub status: Status,
    /// The try to capture it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempt: Option<Attempt>,
    /// The account that waits for a deposit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<Account>,
    /// What a deposit is proved by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deposit_secret: Option<String>,
    /// How the money came in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capture: Option<Capture>,
    /// What is being paid back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refund: Option<Refund>,
    /// Where it is to be paid back to, while it is. Never told, never logged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refund_account: Option<RefundTo>,
    /// What was paid back, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refunds: Vec<Refunded>,
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
    /// The shelf it is listed on.
    #[serde(default)]
    pub shelf: Shelf,
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
        self.status.next().contains(&to).then(|| {
            let moved = Self { status: to, updated_at: now, ..self.clone() };
            moved.looked_at(to.is_open().then(|| now.as_second() + check_after))
        })
    }

    /// The payment, to be looked at then (epoch seconds), or not any more.
    #[must_use]
    pub fn looked_at(self, next_check_at: Option<i64>) -> Self {
        Self { open: next_check_at.map(|_| OpenMark::Open), next_check_at, ..self }
    }

    /// Whether this is the try with that key.
    pub fn is_try_of(&self, payment_key: &str) -> bool {
        self.attempt.as_ref().is_some_and(|attempt| attempt.payment_key == payment_key)
    }

    /// Whether this is somebody's own.
    pub fn is_of(&self, user: UserId) -> bool {
        self.user_id == Some(user)
    }

    /// What was paid back so far.
    pub fn refunded(&self) -> Money {
        Money { minor: self.refunds.iter().map(|refund| refund.amount.minor).sum(), ..self.amount }
    }

    /// What came in and was not paid back: of it more can be. Nothing while the money is not in.
    pub fn balance(&self) -> Money {
        let captured = match (&self.capture, self.status) {
            (Some(capture), Status::Done) => capture.amount.minor,
            _ => 0,
        };
        Money { minor: captured - self.refunded().minor, ..self.amount }
    }

    /// Whether it is paid by a deposit into an account, which the provider may take back.
    pub const fn is_deposit(&self) -> bool {
        self.deposit_secret.is_some() || self.account.is_some()
    }

    /// Whether what came in was sent back by ourselves, because it could not be kept.
    pub fn went_back(&self) -> bool {
        let ours = |by: Option<&str>| by == Some(SENT_BACK);
        ours(self.refund.as_ref().map(|refund| refund.by.as_str()))
            || self.refunds.iter().any(|done| ours(done.by.as_deref()))
    }

    /// What clients read: its state, and once the money is in how much of it went back.
    pub fn standing(&self) -> &'static str {
        match (self.status, &self.refund) {
            (Status::Done, Some(_)) => "REFUNDING",
            (Status::Done, None) if self.refunds.is_empty() => "DONE",
            (Status::Done, None) if self.balance().is_zero() => "REFUNDED",
            (Status::Done, None) => "PARTIALLY_REFUNDED",
            (status, _) => status.as_str(),
        }
    }
}

impl Record for Payment {
    const TABLE: &'static TableSpec = &PAYMENTS;
    const KIND: &'static str = "payment";
    /// The key opens the payment at the provider.
    const HIDDEN: &'static [&'static str] =
        &["attempt", "account", "deposit_secret", "refund_account", "open", "next_check_at", "shelf"];

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
