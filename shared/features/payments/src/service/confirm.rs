//! Capturing.

use std::time::Duration;

use maru_bookings::Standing;
use maru_identity::Caller;
use maru_kernel::{Money, OrderId, crypto};
use maru_table::{Actor, Change, CommitError, Condition, Write};
use maru_toss::{Confirm, Failure, Toss};
use tokio::time::{Instant, timeout_at};

use super::{Desk, Payments, Refusal};
use crate::model::{Attempt, KeyGuard, Payment, Status};
use crate::rules::{CONFIRMING_SECONDS, of_outcome};
use crate::store::PAYMENTS;
use crate::{PaymentError, store};

/// Tries at a booking others change.
const TRIES: u32 = 6;
/// When the request has to be answered, whatever is known by then: before the gateway gives up at 29 s.
const ANSWER_WITHIN: Duration = Duration::from_secs(27);
/// Time kept for recording what Toss said.
const RECORD_WITHIN: Duration = Duration::from_secs(6);
/// Between looks at a payment another request is capturing.
const LOOK: Duration = Duration::from_millis(150);

/// A wish to capture what a customer has authenticated.
#[derive(Debug, Clone)]
pub struct WishToConfirm {
    /// Toss's key.
    pub payment_key: String,
    /// Our order.
    pub order_id: OrderId,
    /// What the client believes is owed; only compared. `None` if it is no amount of the currency.
    pub amount: Option<Money>,
}

/// Who may have an order captured.
#[derive(Debug, Clone, Copy)]
pub enum Payer<'a> {
    /// A signed-in person: their own.
    Owner(&'a Caller),
    /// Whoever showed that they may pay this order: its ticket, or what was authenticated for it.
    Bearer(&'a Actor),
}

impl Payer<'_> {
    fn actor(&self) -> &Actor {
        match self {
            Self::Owner(caller) => &caller.actor,
            Self::Bearer(actor) => actor,
        }
    }

    fn may_pay(&self, payment: &Payment) -> bool {
        match self {
            Self::Owner(caller) => payment.is_of(caller.user_id),
            Self::Bearer(_) => true,
        }
    }
}

/// Where a capture stands when the request has to be answered.
#[derive(Debug, Clone)]
pub enum Confirmed {
    /// Captured, or an account waits for the deposit.
    Done(Payment),
    /// Not known yet: ask for the payment again.
    Pending(Payment),
}

impl Payments {
    /// Captures a payment its payer authenticated. However often and however parallel it is asked for, the
    /// money moves once and all are answered alike.
    pub async fn confirm(&self, payer: Payer<'_>, wish: &WishToConfirm) -> Result<Confirmed, PaymentError> {
        let desk = self.desk.as_ref().ok_or(PaymentError::Broken("no provider"))?;
        let answer_by = Instant::now() + ANSWER_WITHIN;
        for _ in 0..TRIES {
            let payment = self.to_pay(payer, wish.order_id).await?;
            if wish.amount != Some(payment.amount) {
                return Err(PaymentError::Amount);
            }
            match payment.status {
                Status::Ready => {
                    let toss = desk.provider().await?;
                    if let Some(begun) = self.begin(payer, &payment, wish).await? {
                        return desk.capture(&toss, begun, payer.actor(), answer_by).await;
                    }
                }
                _ if !payment.is_try_of(&wish.payment_key) => return Err(other_key(payment.status)),
                Status::Done | Status::Waiting => return kept(payment),
                Status::Failed => return Err(PaymentError::Declined(reason(&payment))),
                Status::Expired => return Err(PaymentError::Closed),
                Status::Confirming | Status::Unknown => return self.wait(desk, payer, wish).await,
            }
        }
        Err(PaymentError::Contended)
    }

    async fn to_pay(&self, payer: Payer<'_>, order: OrderId) -> Result<Payment, PaymentError> {
        let payment = store::payment(&self.db, order).await?;
        payment.filter(|payment| payer.may_pay(payment)).ok_or(PaymentError::NotFound)
    }

    /// Writes the intent, and makes the booking firm, before anybody is called. `None`: decide again.
    async fn begin(
        &self,
        payer: Payer<'_>,
        payment: &Payment,
        wish: &WishToConfirm,
    ) -> Result<Option<Payment>, PaymentError> {
        let now = self.db.clock().now();
        let mut change = Change::new(&self.db, payer.actor(), "payment.begun");
        let attempt = Attempt {
            payment_key: wish.payment_key.clone(),
            idempotency_key: format!(
                "confirm:{}:{}",
                payment.order_id,
                crypto::to_base64url(&self.db.random().bytes::<9>())
            ),
            started_at: now,
        };
        let next = payment.moved(Status::Confirming, now, CONFIRMING_SECONDS).ok_or(PaymentError::Closed)?;
        let begun = change.replace(payment, Payment { attempt: Some(attempt), ..next }, None, Refusal::Stale);
        let guard = KeyGuard::new(&wish.payment_key, payment.order_id);
        change.also(Write::put(&PAYMENTS, &guard).when(Condition::absent("order_id")), Refusal::KeyTaken);
        if let Some(booking_id) = payment.purpose.booking() {
            let standing = Standing::load(&self.db, booking_id).await?.ok_or(PaymentError::NotFound)?;
            // A later `ready` may have made another order for the same booking; only the newest can pay it.
            if standing.booking.order_id != Some(payment.order_id) {
                return Err(PaymentError::Closed);
            }
            if standing.begin_payment(&mut change, payment.order_id, Refusal::Stale).is_none() {
                return Err(PaymentError::HoldOver);
            }
        }
        match self.db.commit(&change).await {
            Ok(()) => Ok(Some(begun)),
            Err(CommitError::Refused(Refusal::KeyTaken, _)) => {
                match store::payment(&self.db, payment.order_id).await? {
                    // A parallel request with the same key was first.
                    Some(now) if now.is_try_of(&wish.payment_key) => Ok(None),
                    _ => Err(PaymentError::KeyTaken),
                }
            }
            Err(CommitError::Refused(Refusal::Stale, _)) => Ok(None),
            Err(CommitError::Store(error)) => Err(error.into()),
        }
    }

    /// Another request is capturing: wait for what it finds, as long as it may wait itself.
    async fn wait(
        &self,
        desk: &Desk,
        payer: Payer<'_>,
        wish: &WishToConfirm,
    ) -> Result<Confirmed, PaymentError> {
        let until = Instant::now() + desk.provider().await?.confirm_deadline();
        loop {
            let payment = self.to_pay(payer, wish.order_id).await?;
            match payment.status {
                Status::Done | Status::Waiting => return kept(payment),
                Status::Failed => return Err(PaymentError::Declined(reason(&payment))),
                Status::Expired | Status::Ready => return Err(PaymentError::Closed),
                Status::Unknown => return Ok(Confirmed::Pending(payment)),
                Status::Confirming if Instant::now() >= until => {
                    return Ok(Confirmed::Pending(payment));
                }
                Status::Confirming => tokio::time::sleep(LOOK).await,
            }
        }
    }
}

impl Desk {
    /// Calls Toss for a payment whose intent is written, and records what it said.
    async fn capture(
        &self,
        toss: &Toss,
        payment: Payment,
        by: &Actor,
        answer_by: Instant,
    ) -> Result<Confirmed, PaymentError> {
        let outcome = match &payment.attempt {
            Some(attempt) => {
                let order_id = payment.order_id.to_string();
                let confirm = Confirm {
                    payment_key: &attempt.payment_key,
                    order_id: &order_id,
                    amount: payment.amount.minor,
                    idempotency_key: &attempt.idempotency_key,
                };
                let left = answer_by.saturating_duration_since(Instant::now()).saturating_sub(RECORD_WITHIN);
                toss.confirm_within(&confirm, left).await
            }
            None => return Err(PaymentError::Closed),
        };
        let meaning = of_outcome(&payment, &outcome);
        tracing::info!(order = %payment.order_id, meaning = meaning.name(), "capture");
        let settled = match timeout_at(answer_by, self.settle(&payment, meaning, by)).await {
            Ok(Ok(settled)) => settled,
            // The money may have moved and the books do not say so: the checker reads it back.
            Err(_) => {
                tracing::error!(order = %payment.order_id, "the outcome of a capture could not be recorded in time");
                return Ok(Confirmed::Pending(payment));
            }
            Ok(Err(error)) => {
                tracing::error!(%error, order = %payment.order_id, "the outcome of a capture could not be recorded");
                return Ok(Confirmed::Pending(payment));
            }
        };
        match settled.status {
            Status::Done | Status::Waiting => kept(settled),
            Status::Failed => Err(PaymentError::Declined(reason(&settled))),
            Status::Ready | Status::Confirming | Status::Unknown | Status::Expired => {
                Ok(Confirmed::Pending(settled))
            }
        }
    }
}

/// A capture as its customer is told it: what went straight back is no success.
fn kept(payment: Payment) -> Result<Confirmed, PaymentError> {
    if payment.went_back() { Err(PaymentError::WentBack) } else { Ok(Confirmed::Done(payment)) }
}

fn other_key(status: Status) -> PaymentError {
    match status {
        Status::Done | Status::Waiting => PaymentError::AlreadyPaid,
        Status::Confirming | Status::Unknown => PaymentError::UnderWay,
        Status::Ready | Status::Failed | Status::Expired => PaymentError::Closed,
    }
}

fn reason(payment: &Payment) -> Failure {
    match &payment.failure {
        Some(failure) => Failure { code: failure.code.clone(), message: failure.message.clone() },
        None => Failure { code: "ABORTED".into(), message: "결제가 승인되지 않았습니다.".into() },
    }
}
