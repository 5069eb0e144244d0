//! Recording what became of a payment: payment, what it pays, and the ledger of money, in one transaction.

use std::sync::Arc;

use maru_kernel::{Money, Supply};
use maru_table::{Actor, Change, CommitError, Condition, Db, Write};
use maru_toss::{Failure, Toss, TossPayment};

use super::{Refusal, effect};
use crate::model::{
    Account, Capture, FailureReason, Movement, Payment, Refund, SENT_BACK, Status, Taker, Waits,
};
use crate::rules::{DUE_GRACE_SECONDS, Meaning, REFUNDING_SECONDS, UNKNOWN_SECONDS, WAITING_SECONDS};
use crate::{PaymentError, rules, store};

/// Tries at records others change.
const TRIES: u32 = 6;

/// Where money is recorded; shared by requests, the webhook and the checker.
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

    /// Records what an answer of the provider means. If another function was faster, what it recorded stands.
    pub(crate) async fn settle(
        &self,
        payment: &Payment,
        meaning: Meaning,
        by: &Actor,
    ) -> Result<Payment, PaymentError> {
        let mut current = payment.clone();
        for _ in 0..TRIES {
            let asked = matches!(current.status, Status::Confirming | Status::Unknown);
            let may_come = asked || current.status == Status::Waiting;
            let done = current.status == Status::Done;
            let recorded = match &meaning {
                Meaning::Captured(told) if may_come => self.captured(&current, told, None, by).await?,
                Meaning::Astray(told, what) if may_come => self.astray(&current, told, what, by).await?,
                Meaning::Captured(told) | Meaning::Astray(told, _) if done => {
                    self.refunded(&current, told, by).await?
                }
                Meaning::Waiting(told) if asked => self.waiting(&current, told, by).await?,
                Meaning::Waiting(told) if done => self.taken_back(&current, told, by).await?,
                Meaning::Failed(failure) if may_come => self.failed(&current, failure, by).await?,
                Meaning::Unknown | Meaning::Uncaptured if asked => self.unknown(&current, None, by).await?,
                Meaning::Mismatch(what) => {
                    tracing::error!(alarm = "payment_mismatch", order = %current.order_id, what, "the provider tells of something else");
                    if !asked {
                        return Ok(current);
                    }
                    self.unknown(&current, Some(format!("the provider tells another {what}")), by).await?
                }
                Meaning::Waiting(_) if current.status == Status::Waiting => {
                    return self.looked(current).await;
                }
                Meaning::Captured(_)
                | Meaning::Astray(..)
                | Meaning::Waiting(_)
                | Meaning::Failed(_)
                | Meaning::Unknown
                | Meaning::Uncaptured => return Ok(current),
            };
            if let Some(payment) = recorded {
                return Ok(payment);
            }
            current = store::payment(&self.db, payment.order_id).await?.ok_or(PaymentError::NotFound)?;
            // What the provider said may be older than what is stored by now, where it can take back what it
            // said: it has to be asked anew.
            if current.is_deposit() {
                return Err(PaymentError::Contended);
            }
        }
        Err(PaymentError::Contended)
    }

    /// Money of another amount. Told once it may be a slip of the answer, and the books would have what nobody
    /// paid: it is noted. Told again it is so.
    async fn astray(
        &self,
        payment: &Payment,
        told: &TossPayment,
        what: &str,
        by: &Actor,
    ) -> Result<Option<Payment>, PaymentError> {
        if payment.review.as_deref() == Some(what) {
            return self.captured(payment, told, Some(what), by).await;
        }
        if payment.status == Status::Waiting {
            return self.to_review(payment, what, by).await;
        }
        self.unknown(payment, Some(what.to_owned()), by).await
    }

    /// The money came in. What cannot be had for it any more is not kept silently: it goes back.
    async fn captured(
        &self,
        payment: &Payment,
        told: &TossPayment,
        astray: Option<&str>,
        by: &Actor,
    ) -> Result<Option<Payment>, PaymentError> {
        let mut change = Change::new(&self.db, by, "payment.captured");
        let now = self.db.clock().now();
        let mut next = payment.moved(Status::Done, now, 0).ok_or(PaymentError::Closed)?;
        let amount = Money { minor: told.total_amount, ..payment.amount };
        next.capture = Some(Capture {
            amount,
            method: told.method.clone(),
            approved_at: told.approved_at,
            receipt_url: told.receipt_url.clone(),
        });
        next.account = None;
        next.review = next.review.filter(|note| !note.starts_with(rules::ANOTHER_AMOUNT));
        change.also(Movement::capture(payment, amount, now).write(), Refusal::Stale);
        let (back, _) = rules::unrecorded(payment, told, now);
        for done in &back {
            change.also(Movement::refund(payment, done, now).write(), Refusal::Stale);
        }
        next.refunds.extend(back);
        let whole = astray.is_none() && next.refunds.is_empty();
        let given = whole && effect::give(&self.db, &mut change, payment, amount).await?;
        if !given {
            if !whole {
                effect::give_up(&self.db, &mut change, payment).await?;
            }
            let why = astray.unwrap_or("what was paid for cannot be had any more");
            tracing::error!(alarm = "payment_goes_back", order = %payment.order_id, why, "money that is not ours to keep");
            next.review = Some(why.to_owned());
            // One that is on its way from an earlier deposit may still be executed: it stays, and the rest is
            // left to people.
            if next.refund.is_none() {
                let reason = "자동 환불: 결제한 예약을 이용할 수 없습니다.";
                let left = next.balance();
                next = self.owing_back(next, left, reason, SENT_BACK);
            } else {
                next = next.looked_at(Some(now.as_second() + REFUNDING_SECONDS));
            }
        }
        let done = change.replace(payment, next, None, Refusal::Stale);
        self.commit(&change, done).await
    }

    /// The payment with this much to be paid back, looked at at once. Nothing where nothing is left.
    pub(crate) fn owing_back(&self, payment: Payment, amount: Money, reason: &str, by: &str) -> Payment {
        if amount.minor <= 0 {
            return payment;
        }
        let now = self.db.clock().now();
        let deposited = payment.is_deposit();
        let waits = match payment.taker {
            Taker::Cash | Taker::Transfer => Some(Waits::Desk),
            Taker::Toss if deposited && payment.refund_account.is_none() => Some(Waits::Account),
            Taker::Toss => None,
        };
        let refund = Refund {
            amount,
            reason: reason.to_owned(),
            by: by.to_owned(),
            mark: maru_kernel::crypto::to_base64url(&self.db.random().bytes::<6>()),
            key: self.refund_key(&payment),
            since: now,
            waits,
        };
        let next = waits.is_none().then(|| now.as_second() + REFUNDING_SECONDS);
        Payment { refund: Some(refund), updated_at: now, ..payment }.looked_at(next)
    }

    pub(crate) fn refund_key(&self, payment: &Payment) -> String {
        let mark = maru_kernel::crypto::to_base64url(&self.db.random().bytes::<6>());
        format!("refund:{}:{mark}", payment.order_id)
    }

    async fn failed(
        &self,
        payment: &Payment,
        failure: &Failure,
        by: &Actor,
    ) -> Result<Option<Payment>, PaymentError> {
        let unpaid = payment.status == Status::Waiting;
        let (action, to) =
            if unpaid { ("payment.expired", Status::Expired) } else { ("payment.failed", Status::Failed) };
        let mut change = Change::new(&self.db, by, action);
        let next = payment.moved(to, self.db.clock().now(), 0).ok_or(PaymentError::Closed)?;
        effect::give_up(&self.db, &mut change, payment).await?;
        let reason = FailureReason { code: failure.code.clone(), message: failure.message.clone() };
        let failure = (!unpaid).then_some(reason);
        let failed =
            change.replace(payment, Payment { failure, account: None, ..next }, None, Refusal::Stale);
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

    /// An account waits for the deposit; what it pays stays firm meanwhile.
    async fn waiting(
        &self,
        payment: &Payment,
        told: &TossPayment,
        by: &Actor,
    ) -> Result<Option<Payment>, PaymentError> {
        let mut change = Change::new(&self.db, by, "payment.waiting");
        let next = self.with_account(payment, told)?;
        let waiting = change.replace(payment, next, None, Refusal::Stale);
        self.commit(&change, waiting).await
    }

    /// The provider took a deposit back. The slot is kept, and people are told.
    async fn taken_back(
        &self,
        payment: &Payment,
        told: &TossPayment,
        by: &Actor,
    ) -> Result<Option<Payment>, PaymentError> {
        tracing::error!(alarm = "payment_taken_back", order = %payment.order_id, "a deposit was taken back");
        let mut change = Change::new(&self.db, by, "payment.taken_back");
        let (now, amount) = (self.db.clock().now(), payment.balance());
        let next = Payment {
            capture: None,
            review: Some("the provider took the deposit back".into()),
            ..self.with_account(payment, told)?
        };
        if amount.minor > 0 {
            change.also(Movement::reversal(payment, amount, now).write(), Refusal::Stale);
        }
        effect::take_back(&self.db, &mut change, payment, amount).await?;
        let back = change.replace(payment, next, None, Refusal::Stale);
        self.commit(&change, back).await
    }

    fn with_account(&self, payment: &Payment, told: &TossPayment) -> Result<Payment, PaymentError> {
        let now = self.db.clock().now();
        let next = payment.moved(Status::Waiting, now, WAITING_SECONDS).ok_or(PaymentError::Closed)?;
        let account = told.virtual_account.as_ref().map(|account| Account {
            bank: account.bank_code.clone(),
            number: account.account_number.clone(),
            holder: account.customer_name.clone(),
            due_at: account.due_at.unwrap_or(now),
            closing: None,
        });
        let secret = told.secret.as_ref().map(|secret| secret.expose().to_owned());
        let due = account.as_ref().map_or(0, |account| account.due_at.as_second()) + DUE_GRACE_SECONDS;
        let look = due.clamp(now.as_second() + 1, now.as_second() + WAITING_SECONDS);
        let deposit_secret = secret.or_else(|| payment.deposit_secret.clone());
        Ok(Payment { account, deposit_secret, ..next }.looked_at(Some(look)))
    }

    /// Records what the provider paid back, each by the provider's own id.
    async fn refunded(
        &self,
        payment: &Payment,
        told: &TossPayment,
        by: &Actor,
    ) -> Result<Option<Payment>, PaymentError> {
        let now = self.db.clock().now();
        let (back, landed) = rules::unrecorded(payment, told, now);
        if back.is_empty() {
            return self.looked(payment.clone()).await.map(Some);
        }
        let mut change = Change::new(&self.db, by, "payment.refunded");
        let mut next = Payment { updated_at: now, ..payment.clone() };
        // Only what was asked for here has somebody who decided it.
        let came: i64 = back.iter().filter(|done| done.by.is_some()).map(|done| done.amount.minor).sum();
        for done in back {
            change.also(Movement::refund(payment, &done, now).write(), Refusal::Stale);
            next.refunds.push(done);
        }
        if landed || next.refund.is_none() {
            let (account, asked) = (next.refund_account.take(), next.refund.take());
            next = next.looked_at(None);
            let short = |asked: &Refund| asked.amount.minor.saturating_sub(came).min(next.balance().minor);
            if let Some((left, asked)) =
                asked.map(|asked| (short(&asked), asked)).filter(|(left, _)| *left > 0)
            {
                tracing::warn!(order = %payment.order_id, left, "the provider paid back less than it was asked for");
                let open = Payment { refund_account: account, ..next };
                let left = Money { minor: left, ..asked.amount };
                next = self.owing_back(open, left, &asked.reason, &asked.by);
            }
        }
        self.refunded_so_far(&mut change, payment, next, now).await
    }

    /// Commits a payment of which more was paid back.
    pub(crate) async fn refunded_so_far(
        &self,
        change: &mut Change<Refusal>,
        payment: &Payment,
        next: Payment,
        now: maru_kernel::Timestamp,
    ) -> Result<Option<Payment>, PaymentError> {
        if next.balance().minor <= 0 {
            effect::end(&self.db, change, payment, now).await?;
        }
        let refunded = change.replace(payment, next, None, Refusal::Stale);
        self.commit(change, refunded).await
    }

    /// A look at a deposit that found nothing new still counts: whoever looked before, and is slower, must not
    /// have the last word.
    async fn looked(&self, payment: Payment) -> Result<Payment, PaymentError> {
        if !payment.is_deposit() {
            return Ok(payment);
        }
        let seen = Write::update(store::payment_key(payment.order_id))
            .add("lock_version", 1)
            .when(Condition::number("lock_version", payment.lock_version));
        if !self.db.note(&seen).await? {
            return Err(PaymentError::Contended);
        }
        Ok(Payment { lock_version: payment.lock_version + 1, ..payment })
    }

    /// Leaves a payment to people.
    pub(crate) async fn to_review(
        &self,
        payment: &Payment,
        why: &str,
        by: &Actor,
    ) -> Result<Option<Payment>, PaymentError> {
        let mut change = Change::new(&self.db, by, "payment.doubted");
        let next =
            Payment { review: Some(why.to_owned()), updated_at: self.db.clock().now(), ..payment.clone() };
        let doubted = change.replace(payment, next, None, Refusal::Stale);
        self.commit(&change, doubted).await
    }

    pub(crate) async fn commit(
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
