//! Toss Payments: our verbs. Their JSON is in `wire.rs` and never leaves this crate.
//!
//! Toss decides by error *code*, never by HTTP status; an answer that is not JSON, a code we do not know
//! and a broken connection all mean the same: nobody knows what happened ([`Outcome::Unknown`]) until
//! the payment is read back.

mod wire;

use std::time::Duration;

use jiff::Timestamp;
use maru_dial::{Call, Dial, DialError};
use maru_kernel::{Secret, crypto, path_segment};

/// The confirm call must end inside the gateway's 29 s with time left to record the outcome.
pub const CONFIRM_DEADLINE: Duration = Duration::from_secs(20);
/// Reading back is quick or not worth waiting for on a request path.
pub const READ_DEADLINE: Duration = Duration::from_secs(5);

/// Toss, with the key of one shop.
#[derive(Debug, Clone)]
pub struct Toss {
    dial: Dial,
    base: String,
    authorization: Secret,
    confirm_deadline: Duration,
}

/// What is asked to be captured.
#[derive(Debug, Clone)]
pub struct Confirm<'a> {
    /// The key the payment window gave.
    pub payment_key: &'a str,
    /// Our order.
    pub order_id: &'a str,
    /// Our amount in won; never a client's.
    pub amount: i64,
    /// Stored before the call and the same for every try of this attempt.
    pub idempotency_key: &'a str,
}

/// A payment as Toss tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TossPayment {
    /// Toss's key.
    pub payment_key: String,
    /// Our order.
    pub order_id: String,
    /// Where it stands.
    pub status: TossStatus,
    /// The whole amount in won.
    pub total_amount: i64,
    /// `KRW`.
    pub currency: String,
    /// Korean name of the means of payment (카드, 간편결제 …).
    pub method: Option<String>,
    /// When it was approved.
    pub approved_at: Option<Timestamp>,
    /// The receipt page.
    pub receipt_url: Option<String>,
    /// Why it failed.
    pub failure: Option<Failure>,
}

/// Toss's status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TossStatus {
    /// The window is open.
    Ready,
    /// The customer has authenticated; not captured.
    InProgress,
    /// A virtual account waits for its deposit.
    WaitingForDeposit,
    /// Captured.
    Done,
    /// Given back, whole or in part.
    Canceled,
    /// Refused.
    Aborted,
    /// Ran out.
    Expired,
    /// A status this version does not know.
    Other(String),
}

/// Toss's reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Stable code.
    pub code: String,
    /// For the customer, in Korean.
    pub message: String,
}

/// What a call to capture led to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Toss told the payment; look at its status.
    Told(TossPayment),
    /// Provably refused; this payment key will never be captured.
    Declined(Failure),
    /// Nobody knows. Read the payment back.
    Unknown(String),
}

/// What reading back led to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReadBack {
    /// Toss told the payment.
    Told(TossPayment),
    /// Toss knows no such payment (yet): proves nothing by itself.
    NotFound,
    /// No readable answer.
    Unknown(String),
}

impl Toss {
    /// Toss at `base` with this shop's secret key.
    pub fn new(dial: Dial, base: &str, secret_key: &Secret) -> Self {
        // The key is the user name, the password is empty, the colon stays.
        let basic = crypto::to_base64(format!("{}:", secret_key.expose()).as_bytes());
        let authorization = Secret::new(format!("Basic {basic}"));
        Self {
            dial,
            base: base.trim_end_matches('/').to_owned(),
            authorization,
            confirm_deadline: CONFIRM_DEADLINE,
        }
    }

    /// The same with the dial and base of a function; `None` until the operator has set the key.
    pub fn with_key(dial: &Dial, base: &str, secret_key: &Secret) -> Option<Self> {
        (!secret_key.expose().is_empty()).then(|| Self::new(dial.clone(), base, secret_key))
    }

    /// Waits this long for a capture instead of [`CONFIRM_DEADLINE`].
    #[must_use]
    pub fn answering_within(self, deadline: Duration) -> Self {
        Self { confirm_deadline: deadline, ..self }
    }

    /// The longest a capture is waited for.
    pub fn confirm_deadline(&self) -> Duration {
        self.confirm_deadline
    }

    /// Captures an authenticated payment.
    pub async fn confirm(&self, confirm: &Confirm<'_>) -> Outcome {
        self.confirm_within(confirm, self.confirm_deadline).await
    }

    /// The same for somebody who has less time.
    pub async fn confirm_within(&self, confirm: &Confirm<'_>, time: Duration) -> Outcome {
        let deadline = time.min(self.confirm_deadline);
        let url = format!("{}/v1/payments/confirm", self.base);
        let call = Call::post(url, wire::confirm(confirm), deadline)
            .header("idempotency-key", confirm.idempotency_key);
        match self.dial.send(call.authorization(self.authorization.clone())).await {
            Ok(answer) => wire::outcome(answer.status, &answer.body),
            Err(error) => Outcome::Unknown(error.to_string()),
        }
    }

    /// Reads a payment by Toss's key.
    pub async fn read(&self, payment_key: &str) -> ReadBack {
        // Keys are opaque to us.
        let url = format!("{}/v1/payments/{}", self.base, path_segment(payment_key));
        match self.dial.send(Call::get(url, READ_DEADLINE).authorization(self.authorization.clone())).await {
            Ok(answer) => wire::read_back(answer.status, &answer.body),
            Err(error @ (DialError::NotSent | DialError::TimedOut | DialError::Unreadable)) => {
                ReadBack::Unknown(error.to_string())
            }
        }
    }
}
