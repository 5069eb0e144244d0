//! Recording what became of a capture: payment and booking, in one transaction.

use std::sync::Arc;

use maru_bookings::Standing;
use maru_kernel::Supply;
use maru_table::{Actor, Change, CommitError, Db};
use maru_toss::{Failure, Toss, TossPayment};

use super::Refusal;
use crate::model::{Capture, FailureReason, Payment, Status};
use crate::rules::{Meaning, UNKNOWN_SECONDS};
use crate::{PaymentError, store};

/// Tries at records others change.
const TRIES: u32 = 6;

/// Where captures are recorded; shared by the request and the checker.
#[derive(Clone)]
pub struct Desk {
    pub(crate) db: Db,
    toss: Supply<Toss>,
}

impl Desk {
    /// Over `db`, with the provider asked for when needed.
    pub fn new(db: Db, toss: Supply<Toss>) -> Self {
        Self { db, toss }
    }

    pub(crate) async fn provider(&self) -> Result<Arc<Toss>, PaymentError> {
        self.toss.get().await.ok_or(PaymentError::Broken("the provider's key cannot be read"))
    }

    /// Records what an answer of Toss means. If another function was faster, what it recorded stands.
    pub(crate) async fn settle(
        &self,
        payment: &Payment,
        meaning: Meaning,
        by: &Actor,
    ) -> Result<Payment, PaymentError> {
        let mut current = payment.clone();
        for _ in 0..TRIES {
            if !matches!(current.status, Status::Confirming | Status::Unknown) {
                return Ok(current);
            }
            let recorded = match &meaning {
                Meaning::Captured(told) => self.captured(&current, told, by).await?,
                Meaning::Failed(failure) => self.failed(&current, failure, by).await?,
                Meaning::Unknown | Meaning::Uncaptured => self.unknown(&current, None, by).await?,
                Meaning::Mismatch(what) => {
                    tracing::error!(alarm = "payment_mismatch", order = %current.order_id, what, "Toss captured something else");
                    self.unknown(&current, Some(format!("Toss tells another {what}")), by).await?
                }
            };
            if let Some(payment) = recorded {
                return Ok(payment);
            }
            current = store::payment(&self.db, payment.order_id).await?.ok_or(PaymentError::NotFound)?;
        }
        Err(PaymentError::Contended)
    }

    async fn captured(
        &self,
        payment: &Payment,
        told: &TossPayment,
        by: &Actor,
    ) -> Result<Option<Payment>, PaymentError> {
        let mut change = Change::new(&self.db, by, "payment.captured");
        let now = self.db.clock().now();
        let next = payment.moved(Status::Done, now, 0).ok_or(PaymentError::Closed)?;
        let capture = Capture {
            method: told.method.clone(),
            approved_at: told.approved_at,
            receipt_url: told.receipt_url.clone(),
        };
        let standing = Standing::load(&self.db, payment.booking_id).await?.ok_or(PaymentError::NotFound)?;
        let confirmed = standing.confirm(&mut change, payment.order_id, Refusal::Stale).is_some();
        // A booking under payment is firm, so it cannot be gone; if it is, the money must not go unseen.
        let review = (!confirmed)
            .then(|| format!("captured while the booking is {}", standing.booking.status.as_str()));
        if review.is_some() {
            tracing::error!(alarm = "payment_without_booking", order = %payment.order_id, "captured without a booking");
        }
        let done =
            change.replace(payment, Payment { capture: Some(capture), review, ..next }, None, Refusal::Stale);
        self.commit(&change, done).await
    }

    async fn failed(
        &self,
        payment: &Payment,
        failure: &Failure,
        by: &Actor,
    ) -> Result<Option<Payment>, PaymentError> {
        let mut change = Change::new(&self.db, by, "payment.failed");
        let next = payment.moved(Status::Failed, self.db.clock().now(), 0).ok_or(PaymentError::Closed)?;
        let standing = Standing::load(&self.db, payment.booking_id).await?.ok_or(PaymentError::NotFound)?;
        if standing.end_payment(&mut change, payment.order_id, Refusal::Stale).is_none() {
            tracing::error!(order = %payment.order_id, status = standing.booking.status.as_str(), "a failed payment's booking is not under payment");
        }
        let reason = FailureReason { code: failure.code.clone(), message: failure.message.clone() };
        let failed = change.replace(payment, Payment { failure: Some(reason), ..next }, None, Refusal::Stale);
        self.commit(&change, failed).await
    }

    async fn unknown(
        &self,
        payment: &Payment,
        review: Option<String>,
        by: &Actor,
    ) -> Result<Option<Payment>, PaymentError> {
        let mut change = Change::new(&self.db, by, "payment.unknown");
        let next = payment
            .moved(Status::Unknown, self.db.clock().now(), UNKNOWN_SECONDS)
            .ok_or(PaymentError::Closed)?;
        let review = review.or_else(|| payment.review.clone());
        let unknown = change.replace(payment, Payment { review, ..next }, None, Refusal::Stale);
        self.commit(&change, unknown).await
    }

    async fn commit(
        &self,
        change: &Change<Refusal>,
        stored: Payment,
    ) -> Result<Option<Payment>, PaymentError> {
        match self.db.commit(change).await {
            Ok(()) => Ok(Some(stored)),
            Err(CommitError::Refused(..)) => Ok(None),
            Err(CommitError::Store(error)) => Err(error.into()),
        }
    }
}
