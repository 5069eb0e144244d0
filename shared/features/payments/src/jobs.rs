//! Finishing what a request could not: payments left open.

use maru_kernel::OrderId;
use maru_table::{Actor, Change, CommitError, Condition, Write};
use maru_toss::{Confirm, ReadBack};
use serde::Serialize;

use crate::model::{Payment, Status};
use crate::rules::{Meaning, UNKNOWN_SECONDS, of_outcome, of_read_back};
use crate::service::{Desk, Refusal};
use crate::store::payment_key;
use crate::{PaymentError, store};

/// Payments looked at in one run.
const BATCH: u16 = 50;
/// Seconds after which a payment still unknown is told to people, and between tellings.
const ALARM_SECONDS: i64 = 60 * 60;

/// What a run did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Checked {
    /// Captured after all.
    pub captured: u32,
    /// Failed after all.
    pub failed: u32,
    /// Closed unpaid.
    pub expired: u32,
    /// Still unknown.
    pub unknown: u32,
}

/// The checker.
#[derive(Clone)]
pub struct Checker {
    desk: Desk,
}

impl Checker {
    /// At `desk`.
    pub fn new(desk: Desk) -> Self {
        Self { desk }
    }

    /// Looks at every payment that is due. One that cannot be looked at now does not stop the others.
    pub async fn run(&self) -> Result<Checked, PaymentError> {
        let mut checked = Checked::default();
        let now = self.desk.db.clock().now().as_second();
        for order in store::due(&self.desk.db, now, BATCH).await? {
            match self.look(order).await {
                Ok(Some(Status::Done)) => checked.captured += 1,
                Ok(Some(Status::Failed)) => checked.failed += 1,
                Ok(Some(Status::Expired)) => checked.expired += 1,
                Ok(Some(Status::Ready | Status::Confirming | Status::Unknown)) => checked.unknown += 1,
                Ok(None) => {}
                Err(error) => {
                    checked.unknown += 1;
                    tracing::warn!(%error, %order, "a payment could not be looked at");
                }
            }
        }
        Ok(checked)
    }

    async fn look(&self, order: OrderId) -> Result<Option<Status>, PaymentError> {
        let Some(payment) = store::payment(&self.desk.db, order).await? else { return Ok(None) };
        match payment.status {
            Status::Ready => self.expire(&payment).await,
            Status::Confirming | Status::Unknown => self.read_back(&payment).await.map(Some),
            Status::Done | Status::Failed | Status::Expired => Ok(None),
        }
    }

    /// An order nobody paid. Its booking is a hold that ends by itself.
    async fn expire(&self, payment: &Payment) -> Result<Option<Status>, PaymentError> {
        let Some(next) = payment.moved(Status::Expired, self.desk.db.clock().now(), 0) else {
            return Ok(None);
        };
        let mut change = Change::new(&self.desk.db, &worker(), "payment.expired");
        let _stored = change.replace(payment, next, None, Refusal::Stale);
        match self.desk.db.commit(&change).await {
            Ok(()) => Ok(Some(Status::Expired)),
            Err(CommitError::Refused(..)) => Ok(None),
            Err(CommitError::Store(error)) => Err(error.into()),
        }
    }

    async fn read_back(&self, payment: &Payment) -> Result<Status, PaymentError> {
        let Some(attempt) = &payment.attempt else { return Ok(payment.status) };
        let toss = self.desk.provider().await?;
        let age = self.desk.db.clock().now().as_second() - attempt.started_at.as_second();
        let read = toss.read(&attempt.payment_key).await;
        let mut meaning = of_read_back(payment, &read, age);
        if meaning == Meaning::Uncaptured {
            // Authenticated, not captured, time left: the call was lost on its way. The same attempt
            // goes out again under the same key.
            let order_id = payment.order_id.to_string();
            let confirm = Confirm {
                payment_key: &attempt.payment_key,
                order_id: &order_id,
                amount: payment.amount.minor,
                idempotency_key: &attempt.idempotency_key,
            };
            meaning = of_outcome(payment, &toss.confirm(&confirm).await);
        }
        // Once an hour: an alarm that rings each minute is switched off.
        let due = age >= ALARM_SECONDS && age % ALARM_SECONDS < UNKNOWN_SECONDS;
        if due && matches!(meaning, Meaning::Unknown) {
            let why = match &read {
                ReadBack::Unknown(why) => why.as_str(),
                ReadBack::Told(_) | ReadBack::NotFound => "not final",
            };
            tracing::error!(alarm = "payment_stuck", order = %payment.order_id, age, why, "a payment stays unknown");
        }
        match (&meaning, payment.status) {
            (Meaning::Unknown, Status::Unknown) => self.postpone(payment).await,
            // Told to people already; saying it again every minute would not make it truer.
            (Meaning::Mismatch(_), Status::Unknown) if payment.review.is_some() => {
                self.postpone(payment).await
            }
            _ => Ok(self.desk.settle(payment, meaning, &worker()).await?.status),
        }
    }

    /// Nothing new: only the time of the next look changes, which is nobody's decision.
    async fn postpone(&self, payment: &Payment) -> Result<Status, PaymentError> {
        let next = self.desk.db.clock().now().as_second() + UNKNOWN_SECONDS;
        let unchanged = Condition::number("lock_version", payment.lock_version);
        let later =
            Write::update(payment_key(payment.order_id)).set_number("next_check_at", next).when(unchanged);
        self.desk.db.note(&later).await?;
        Ok(Status::Unknown)
    }
}

fn worker() -> Actor {
    Actor::system("payment-checker")
}
