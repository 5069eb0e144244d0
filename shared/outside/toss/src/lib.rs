//! Toss Payments: our verbs. Their JSON is in `wire.rs` and never leaves this crate.
//!
//! Toss decides by error *code*, never by HTTP status; an answer that is not JSON, a code we do not know
//! and a broken connection all mean the same: nobody knows what happened ([`Outcome::Unknown`]) until
//! the payment is read back.

mod asked;
mod told;
mod wire;

use std::time::Duration;

use jiff::Timestamp;
use maru_dial::{Answer, Call, Dial, DialError, query};
use maru_kernel::{Secret, crypto, path_segment};

pub use asked::{Cancel, Charge, Confirm, RefundAccount};
pub use told::{
    BillingKey, Failure, Issued, Outcome, ReadBack, TossCancel, TossPayment, TossStatus, Transaction,
    VirtualAccount,
};

/// The confirm call must end inside the gateway's 29 s with time left to record the outcome.
pub const CONFIRM_DEADLINE: Duration = Duration::from_secs(20);
/// Reading back is quick or not worth waiting for on a request path.
pub const READ_DEADLINE: Duration = Duration::from_secs(5);
/// Toss may take this long over a card on file and over its ledger: never on a request path.
pub const SLOW_DEADLINE: Duration = Duration::from_secs(60);
/// The most lines of the ledger in one answer.
pub const TRANSACTIONS_LIMIT: usize = 5000;

/// Toss, with the key of one shop.
#[derive(Debug, Clone)]
pub struct Toss {
    dial: Dial,
    base: String,
    authorization: Secret,
    /// The longest a call that moves money is waited for, whoever asks.
    ceiling: Option<Duration>,
}

impl Toss {
    /// Toss at `base` with this shop's secret key.
    pub fn new(dial: Dial, base: &str, secret_key: &Secret) -> Self {
        // The key is the user name, the password is empty, the colon stays.
        let basic = crypto::to_base64(format!("{}:", secret_key.expose()).as_bytes());
        let authorization = Secret::new(format!("Basic {basic}"));
        Self { dial, base: base.trim_end_matches('/').to_owned(), authorization, ceiling: None }
    }

    /// The same with the dial and base of a function; `None` until the operator has set the key.
    pub fn with_key(dial: &Dial, base: &str, secret_key: &Secret) -> Option<Self> {
        (!secret_key.expose().is_empty()).then(|| Self::new(dial.clone(), base, secret_key))
    }

    /// Waits this long for a capture instead of [`CONFIRM_DEADLINE`], and no longer for anything else that
    /// moves money.
    #[must_use]
    pub fn answering_within(self, deadline: Duration) -> Self {
        Self { ceiling: Some(deadline), ..self }
    }

    /// The longest a capture is waited for.
    pub fn confirm_deadline(&self) -> Duration {
        self.ceiling.unwrap_or(CONFIRM_DEADLINE)
    }

    /// Captures an authenticated payment.
    pub async fn confirm(&self, confirm: &Confirm<'_>) -> Outcome {
        self.confirm_within(confirm, self.confirm_deadline()).await
    }

    /// The same for somebody who has less time.
    pub async fn confirm_within(&self, confirm: &Confirm<'_>, time: Duration) -> Outcome {
        let call = Call::post(
            self.at("payments/confirm"),
            wire::confirm(confirm),
            time.min(self.confirm_deadline()),
        )
        .header("idempotency-key", confirm.idempotency_key);
        match self.send(call).await {
            Ok(answer) => wire::captured(answer.status, &answer.body),
            Err(error) => Outcome::Unknown(error.to_string()),
        }
    }

    /// Gives money back. A refusal that says "already" or names an amount is told apart by reading back.
    pub async fn cancel_within(&self, cancel: &Cancel<'_>, time: Duration) -> Outcome {
        let url = self.at(&format!("payments/{}/cancel", path_segment(cancel.payment_key)));
        let call = Call::post(url, wire::cancel(cancel), self.at_most(time))
            .header("idempotency-key", cancel.idempotency_key);
        match self.send(call).await {
            Ok(answer) => wire::cancelled(answer.status, &answer.body),
            Err(error) => Outcome::Unknown(error.to_string()),
        }
    }

    /// Reads a payment by Toss's key.
    pub async fn read(&self, payment_key: &str) -> ReadBack {
        self.read_within(payment_key, READ_DEADLINE).await
    }

    /// The same for somebody who has another time.
    pub async fn read_within(&self, payment_key: &str, time: Duration) -> ReadBack {
        // Keys are opaque to us.
        self.read_at(&format!("payments/{}", path_segment(payment_key)), time).await
    }

    /// Reads the payment of an order whose key we may never have heard of.
    pub async fn read_order(&self, order_id: &str) -> ReadBack {
        self.read_at(&format!("payments/orders/{}", path_segment(order_id)), READ_DEADLINE).await
    }

    async fn read_at(&self, path: &str, time: Duration) -> ReadBack {
        match self.send(Call::get(self.at(path), time)).await {
            Ok(answer) => wire::read_back(answer.status, &answer.body),
            Err(error @ (DialError::NotSent | DialError::TimedOut | DialError::Unreadable)) => {
                ReadBack::Unknown(error.to_string())
            }
        }
    }

    /// The ledger between two moments, both included, to the second: at most [`TRANSACTIONS_LIMIT`] lines, from
    /// the one after `after` on. The error is a code or a cause. More than a megabyte of lines (some two
    /// thousand) cannot be read: ask for a shorter time then.
    pub async fn transactions(
        &self,
        from: Timestamp,
        to: Timestamp,
        after: Option<&str>,
    ) -> Result<Vec<Transaction>, String> {
        let (from, to, limit) =
            (wire::korean_time(from), wire::korean_time(to), TRANSACTIONS_LIMIT.to_string());
        let mut pairs = vec![("startDate", from.as_str()), ("endDate", &to), ("limit", &limit)];
        pairs.extend(after.map(|key| ("startingAfter", key)));
        let url = self.at(&format!("transactions?{}", query(&pairs)));
        let answer = self.send(Call::get(url, SLOW_DEADLINE)).await.map_err(|error| error.to_string())?;
        wire::transactions(answer.status, &answer.body)
    }

    /// Exchanges the proof of a registered card, which counts once, for a key that charges it.
    pub async fn issue_billing_key(
        &self,
        auth_key: &str,
        customer_key: &str,
        idempotency_key: &str,
    ) -> Issued {
        let url = self.at("billing/authorizations/issue");
        let call = Call::post(url, wire::issue(auth_key, customer_key), self.confirm_deadline())
            .header("idempotency-key", idempotency_key);
        match self.send(call).await {
            Ok(answer) => wire::issued(answer.status, &answer.body),
            Err(error) => Issued::Unknown(error.to_string()),
        }
    }

    /// Charges a card on file. Toss sends no webhook about it.
    pub async fn charge(&self, charge: &Charge<'_>) -> Outcome {
        let url = self.at(&format!("billing/{}", path_segment(charge.billing_key)));
        let call = Call::post(url, wire::charge(charge), self.at_most(SLOW_DEADLINE))
            .header("idempotency-key", charge.idempotency_key);
        match self.send(call).await {
            Ok(answer) => wire::charged(answer.status, &answer.body),
            Err(error) => Outcome::Unknown(error.to_string()),
        }
    }

    /// Takes a card off file; `false` if it was gone already. The error is a code or a cause.
    pub async fn forget_billing_key(&self, billing_key: &str, idempotency_key: &str) -> Result<bool, String> {
        let url = self.at(&format!("billing/{}", path_segment(billing_key)));
        let call =
            Call::delete(url, self.confirm_deadline()).header("idempotency-key", idempotency_key.to_owned());
        let answer = self.send(call).await.map_err(|error| error.to_string())?;
        wire::forgotten(answer.status, &answer.body)
    }

    fn at(&self, path: &str) -> String {
        format!("{}/v1/{path}", self.base)
    }

    fn at_most(&self, time: Duration) -> Duration {
        self.ceiling.map_or(time, |ceiling| time.min(ceiling))
    }

    async fn send(&self, call: Call) -> Result<Answer, DialError> {
        self.dial.send(call.authorization(self.authorization.clone())).await
    }
}
