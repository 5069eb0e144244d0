//! Finishing what a request could not: payments left open.

use std::time::Duration;

use maru_kernel::OrderId;
use maru_table::{Actor, Change, CommitError, Condition, Write};
use maru_toss::{Confirm, READ_DEADLINE, ReadBack};
use serde::Serialize;

use crate::model::{Payment, Status};
use crate::rules::{DUE_GRACE_SECONDS, Meaning, UNKNOWN_SECONDS, WAITING_SECONDS, of_outcome, of_read_back};
use crate::service::{Desk, Refusal};
use crate::store::payment_key;
use crate::{PaymentError, store};

/// Payments looked at in one run.
const BATCH: u16 = 50;
/// Seconds after which a payment still unknown is told to people, and between tellings.
const ALARM_SECONDS: i64 = 60 * 60;
/// How long a refund is waited for here.
const CANCEL_DEADLINE: Duration = Duration::from_secs(10);

/// What a run did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Checked {
    /// Captured after all.
    pub captured: u32,
    /// Failed after all.
    pub failed: u32,
    /// Closed unpaid.
    pub expired: u32,
    /// Still unknown, or waiting for a deposit.
    pub unknown: u32,
    /// Cancelled bookings whose refund was taken over.
    pub owed: u32,
    /// Paid back.
    pub refunded: u32,
    /// Differences between our book and the provider's.
    pub differences: u32,
}

/// The checker.
#[derive(Clone)]
pub struct Checker {
    pub(crate) desk: Desk,
}

impl Checker {
    /// At `desk`.
    pub fn new(desk: Desk) -> Self {
        Self { desk }
    }

    /// Takes over what cancelled bookings have to get back, and looks at every payment that is due. What cannot
    /// be looked at now does not stop the others.
    pub async fn run(&self) -> Result<Checked, PaymentError> {
        let mut checked = Checked::default();
        for booking in maru_bookings::refunds_due(&self.desk.db, BATCH).await? {
            match self.desk.take_over(booking, &worker()).await {
                Ok(taken) => {
                    checked.owed += 1;
                    for payment in taken {
                        checked.refunded += u32::from(self.pay_back(&payment).await);
                    }
                }
                Err(error) => tracing::warn!(%error, %booking, "a refund could not be taken over"),
            }
        }
        let now = self.desk.db.clock().now().as_second();
        for order in store::due(&self.desk.db, now, BATCH).await? {
            match self.look(order).await {
                Ok(Some(Looked::Stands(Status::Done))) => checked.captured += 1,
                Ok(Some(Looked::Stands(Status::Failed))) => checked.failed += 1,
                Ok(Some(Looked::Stands(Status::Expired))) => checked.expired += 1,
                Ok(Some(Looked::Stands(_))) => checked.unknown += 1,
                Ok(Some(Looked::PaidBack(done))) => checked.refunded += u32::from(done),
                Ok(None) => {}
                Err(error) => {
                    checked.unknown += 1;
                    tracing::warn!(%error, %order, "a payment could not be looked at");
                }
            }
        }
        checked.differences = self.compare().await.unwrap_or_else(|error| {
            tracing::warn!(%error, "the books could not be compared");
            0
        });
        Ok(checked)
    }

    async fn look(&self, order: OrderId) -> Result<Option<Looked>, PaymentError> {
        let Some(payment) = store::payment(&self.desk.db, order).await? else { return Ok(None) };
        match payment.status {
            Status::Ready => Ok(self.expire(&payment).await?.map(Looked::Stands)),
            Status::Confirming | Status::Unknown => {
                self.read_back(&payment).await.map(Looked::Stands).map(Some)
            }
            Status::Waiting => self.deposit(&payment).await.map(Looked::Stands).map(Some),
            Status::Done if payment.refund.is_some() => {
                Ok(Some(Looked::PaidBack(self.refund_in_flight(&payment).await?)))
            }
            Status::Done => self.hinted(&payment).await,
            Status::Failed | Status::Expired => Ok(None),
        }
    }

    /// Something is said to have happened to money that is in: a refund at the provider itself, or a deposit
    /// taken back.
    async fn hinted(&self, payment: &Payment) -> Result<Option<Looked>, PaymentError> {
        let Some(attempt) = &payment.attempt else { return Ok(None) };
        let read = self.desk.provider().await?.read_within(&attempt.payment_key, READ_DEADLINE).await;
        let meaning = of_read_back(payment, &read, 0);
        if meaning == Meaning::Unknown {
            let soon = self.desk.db.clock().now().as_second() + UNKNOWN_SECONDS;
            self.postpone(payment, soon).await?;
            return Ok(None);
        }
        let seen = self.desk.settle(payment, meaning, &worker()).await?;
        if seen.refunds == payment.refunds && seen.status == payment.status {
            // Nothing new: it rests again.
            let rests = Write::update(payment_key(payment.order_id))
                .remove("open")
                .remove("next_check_at")
                .when(Condition::number("lock_version", seen.lock_version));
            self.desk.db.note(&rests).await?;
        }
        Ok(None)
    }

    /// An account: the deposit may have come unheard; one nobody paid into is closed when its time is over.
    async fn deposit(&self, payment: &Payment) -> Result<Status, PaymentError> {
        let Some(attempt) = &payment.attempt else { return Ok(payment.status) };
        let read = self.desk.provider().await?.read_within(&attempt.payment_key, READ_DEADLINE).await;
        let meaning = of_read_back(payment, &read, 0);
        let doubted = matches!(meaning, Meaning::Astray(..));
        let seen = self.desk.settle(payment, meaning, &worker()).await?;
        if seen.status != Status::Waiting {
            return Ok(seen.status);
        }
        let now = self.desk.db.clock().now().as_second();
        if doubted {
            self.postpone(&seen, now + UNKNOWN_SECONDS).await?;
            return Ok(seen.status);
        }
        let due = seen.account.as_ref().map_or(now, |account| account.due_at.as_second()) + DUE_GRACE_SECONDS;
        let closing = seen.account.as_ref().is_some_and(|account| account.closing.is_some());
        // Only what the provider itself tells is not paid may be closed.
        if matches!(read, ReadBack::Told(_)) && (now >= due || closing) {
            let closed = self.desk.close(&seen, &worker(), CANCEL_DEADLINE).await?;
            if closed.status != Status::Waiting {
                return Ok(closed.status);
            }
            self.postpone(&closed, now + UNKNOWN_SECONDS).await?;
            return Ok(closed.status);
        }
        self.postpone(&seen, (now + WAITING_SECONDS).min(due.max(now + UNKNOWN_SECONDS))).await?;
        Ok(seen.status)
    }

    /// A refund whose answer never came: it may be done; if not it is asked for again, under its key.
    async fn refund_in_flight(&self, payment: &Payment) -> Result<bool, PaymentError> {
        let (Some(refund), Some(attempt)) = (&payment.refund, &payment.attempt) else { return Ok(false) };
        let read = self.desk.provider().await?.read_within(&attempt.payment_key, READ_DEADLINE).await;
        let meaning = of_read_back(payment, &read, 0);
        let known = matches!(meaning, Meaning::Captured(_) | Meaning::Astray(..));
        let seen = self.desk.settle(payment, meaning, &worker()).await?;
        if seen.refund.is_none() {
            return Ok(true);
        }
        if known && self.pay_back(&seen).await {
            return Ok(true);
        }
        let now = self.desk.db.clock().now().as_second();
        let age = now - refund.since.as_second();
        if age >= ALARM_SECONDS && age % ALARM_SECONDS < UNKNOWN_SECONDS {
            tracing::error!(alarm = "payment_refund_stuck", order = %payment.order_id, age, "a refund stays unknown");
            // Nothing has come of its key for an hour: an error may be bound to it. A deposit keeps its key:
            // its balance comes back with the next deposit, and then both could be executed.
            if known && !seen.is_deposit() {
                self.desk.renew_key(&seen, &worker()).await?;
            }
        }
        // Whoever was faster has another version, which this does not touch.
        self.postpone(&seen, now + UNKNOWN_SECONDS).await?;
        Ok(false)
    }

    async fn pay_back(&self, payment: &Payment) -> bool {
        match self.desk.pay_back(payment, &worker(), CANCEL_DEADLINE).await {
            Ok(payment) => payment.refund.is_none(),
            Err(error) => {
                tracing::warn!(%error, order = %payment.order_id, "a refund could not be asked for");
                false
            }
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
            (Meaning::Unknown, Status::Unknown) => self.postpone_unknown(payment).await,
            // Told to people already; saying it again every minute would not make it truer.
            (Meaning::Mismatch(_), Status::Unknown) if payment.review.is_some() => {
                self.postpone_unknown(payment).await
            }
            _ => Ok(self.desk.settle(payment, meaning, &worker()).await?.status),
        }
    }

    async fn postpone_unknown(&self, payment: &Payment) -> Result<Status, PaymentError> {
        let next = self.desk.db.clock().now().as_second() + UNKNOWN_SECONDS;
        self.postpone(payment, next).await?;
        Ok(Status::Unknown)
    }

    /// Nothing new: only the time of the next look changes, which is nobody's decision.
    async fn postpone(&self, payment: &Payment, until: i64) -> Result<(), PaymentError> {
        let unchanged = Condition::number("lock_version", payment.lock_version);
        let later = Write::update(payment_key(payment.order_id))
            .set_number("next_check_at", until)
            .when(unchanged)
            .when(Condition::present("open"));
        self.desk.db.note(&later).await?;
        Ok(())
    }
}

/// What a look at a payment came to.
enum Looked {
    /// It stands so now.
    Stands(Status),
    /// Whether it was paid back.
    PaidBack(bool),
}

pub(crate) fn worker() -> Actor {
    Actor::system("payment-checker")
}
