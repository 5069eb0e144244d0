//! Paying back: written down first, asked for under one key, recorded as the provider tells it.

use std::time::Duration;

use maru_bookings::Standing;
use maru_kernel::{BookingId, Money};
use maru_table::{Actor, Change, CommitError};
use maru_toss::{Cancel, Outcome, ReadBack, RefundAccount};

use super::{Desk, Refusal};
use crate::model::{Payment, Refund, Status, Taker, Waits};
use crate::rules::{self, Meaning};
use crate::{PaymentError, store};

/// Tries at records others change.
const TRIES: u32 = 6;
/// What a customer reads about a refund after a cancellation.
const CANCELLED: &str = "예약 취소 환불";

impl Desk {
    /// Asks the provider to pay back what is written down on the payment, and records what it tells.
    /// Asking again asks under the same key. What nobody knows stays written down for the checker.
    pub(crate) async fn pay_back(
        &self,
        payment: &Payment,
        by: &Actor,
        within: Duration,
    ) -> Result<Payment, PaymentError> {
        let mut current = payment.clone();
        for _ in 0..TRIES {
            let (Some(refund), Some(attempt)) = (&current.refund, &current.attempt) else {
                return Ok(current);
            };
            if refund.waits.is_some() {
                return Ok(current);
            }
            let balance = current.balance();
            let account = current.refund_account.as_ref().map(|to| RefundAccount {
                bank: to.bank.clone(),
                number: to.number.clone(),
                holder: to.holder.clone(),
            });
            let reason = rules::sent_reason(refund);
            let whole = current.refunds.is_empty() && refund.amount == balance;
            let cancel = Cancel {
                payment_key: &attempt.payment_key,
                reason: &reason,
                amount: (!whole).then_some(refund.amount.minor),
                refundable: Some(balance.minor),
                account: account.as_ref(),
                idempotency_key: &refund.key,
            };
            let toss = self.provider().await?;
            let outcome = toss.cancel_within(&cancel, within).await;
            let told = match &outcome {
                Outcome::Told(told) => ReadBack::Told(told.clone()),
                // What is refused may be because it is done: the provider's book decides.
                Outcome::Declined(_) => toss.read_within(&attempt.payment_key, within).await,
                Outcome::Unknown(why) => {
                    tracing::warn!(order = %current.order_id, why, "nobody knows whether it was paid back");
                    return Ok(current);
                }
            };
            let meaning = rules::of_read_back(&current, &told, 0);
            if !matches!(meaning, Meaning::Captured(_) | Meaning::Astray(..)) {
                return Ok(current);
            }
            let recorded = self.settle(&current, meaning, by).await?;
            let (Outcome::Declined(failure), true) = (&outcome, recorded.refund.as_ref() == Some(refund))
            else {
                return Ok(recorded);
            };
            // Errors stay bound to their key, so what is asked for again is asked for under another.
            let next = match failure.code.as_str() {
                "NOT_MATCHES_REFUNDABLE_AMOUNT"
                | "NOT_CANCELABLE_AMOUNT"
                | "ALREADY_CANCELED_PAYMENT"
                | "ALREADY_REFUND_PAYMENT"
                    if recorded.balance() != balance =>
                {
                    self.cut_to_balance(&recorded, refund)
                }
                code => Self::left_to_people(&recorded, refund, code),
            };
            let mut change = Change::new(&self.db, by, "payment.refund_refused");
            let stored = change.replace(&recorded, next, None, Refusal::Stale);
            current = if let Some(stored) = self.commit(&change, stored).await? {
                stored
            } else {
                let now = store::payment(&self.db, recorded.order_id).await?;
                now.ok_or(PaymentError::NotFound)?
            };
        }
        Err(PaymentError::Contended)
    }

    /// Somebody paid a part back at the provider itself: what is left of the wish is asked for anew.
    fn cut_to_balance(&self, payment: &Payment, refund: &Refund) -> Payment {
        let amount = Money { minor: refund.amount.minor.min(payment.balance().minor), ..refund.amount };
        let cut = Payment { refund: None, ..payment.clone() }.looked_at(None);
        let mut cut = self.owing_back(cut, amount, &refund.reason, &refund.by);
        if let Some(anew) = &mut cut.refund {
            anew.mark.clone_from(&refund.mark);
        }
        cut
    }

    /// The provider will not pay it back: it stays owed until people have.
    fn left_to_people(payment: &Payment, refund: &Refund, code: &str) -> Payment {
        tracing::error!(alarm = "payment_refund_refused", order = %payment.order_id, code, "the provider does not pay back");
        let account = matches!(code, "INVALID_REFUND_ACCOUNT_INFO" | "INVALID_REFUND_ACCOUNT_NUMBER")
            || matches!(code, "INVALID_BANK" | "FORBIDDEN_BANK_REFUND_REQUEST");
        let waits = Some(if account { Waits::Account } else { Waits::Desk });
        Payment {
            refund: Some(Refund { waits, ..refund.clone() }),
            refund_account: None,
            review: Some(format!("the provider does not pay back: {code}")),
            ..payment.clone()
        }
        .looked_at(None)
    }

    /// Gives a refund another key, of which it is known that nothing came of the one it has.
    pub(crate) async fn renew_key(&self, payment: &Payment, by: &Actor) -> Result<(), PaymentError> {
        let Some(refund) = &payment.refund else { return Ok(()) };
        let renewed = Refund { key: self.refund_key(payment), ..refund.clone() };
        let mut change = Change::new(&self.db, by, "payment.refund_renewed");
        let next = Payment { refund: Some(renewed), ..payment.clone() };
        let stored = change.replace(payment, next, None, Refusal::Stale);
        self.commit(&change, stored).await.map(drop)
    }

    /// Writes a refund down on a payment whose money is in. `None` if somebody was faster.
    pub(crate) async fn owe_back(
        &self,
        payment: &Payment,
        next: Payment,
        by: &Actor,
        remember: Option<&maru_table::Idempotency>,
    ) -> Result<Option<Payment>, PaymentError> {
        let reason = next.refund.as_ref().map(|refund| refund.reason.clone());
        let mut change = Change::new(&self.db, by, "payment.refund_begun").because(reason);
        let stored = change.replace(payment, next, None, Refusal::Stale);
        change.remember(remember, payment.order_id, Refusal::Stale);
        self.commit(&change, stored).await
    }

    /// Takes over what a cancelled booking has to get back: from then on it is written on the payments that
    /// paid it, in the transaction that strikes it off the booking. Answers those payments.
    pub(crate) async fn take_over(&self, id: BookingId, by: &Actor) -> Result<Vec<Payment>, PaymentError> {
        for _ in 0..TRIES {
            let Some(standing) = Standing::load(&self.db, id).await? else { return Ok(Vec::new()) };
            let Some((owed, _)) = standing.booking.refund_owed() else { return Ok(Vec::new()) };
            let mut change = Change::new(&self.db, by, "payment.refund_begun");
            let (mut left, mut taken) = (owed.minor, Vec::new());
            for order in standing.booking.paid_by.iter().rev() {
                let Some(payment) = store::payment(&self.db, *order).await? else { continue };
                if payment.refund.is_some() {
                    // One refund at a time: the next run finds this one done.
                    return Ok(Vec::new());
                }
                let part = Money { minor: left.min(payment.balance().minor), ..owed };
                if part.minor > 0 && part.currency == payment.amount.currency {
                    let next = self.owing_back(payment.clone(), part, CANCELLED, &by.id);
                    taken.push(change.replace(&payment, next, None, Refusal::Stale));
                    left -= part.minor;
                }
            }
            if left > 0 {
                // Staff gave it back before, or it was never paid through us.
                tracing::warn!(booking = %id, left, "more is owed back than was paid and not given back yet");
            }
            if standing.hand_over_refund(&mut change, Refusal::Stale).is_none() {
                return Ok(Vec::new());
            }
            match self.db.commit(&change).await {
                Ok(()) => return Ok(taken),
                Err(CommitError::Refused(..)) => {}
                Err(CommitError::Store(error)) => return Err(error.into()),
            }
        }
        Err(PaymentError::Contended)
    }

    /// Closes an account nobody paid into: the intent is written, the provider asked, and only when it says so
    /// is the slot free.
    pub(crate) async fn close(
        &self,
        payment: &Payment,
        by: &Actor,
        within: Duration,
    ) -> Result<Payment, PaymentError> {
        let (Status::Waiting, Some(account), Some(attempt)) =
            (payment.status, &payment.account, &payment.attempt)
        else {
            return Ok(payment.clone());
        };
        let mut closing = payment.clone();
        if account.closing.is_none() {
            let key = self.refund_key(payment);
            let account = Some(crate::model::Account { closing: Some(key), ..account.clone() });
            let mut change = Change::new(&self.db, by, "payment.closing");
            let soon = Some(self.db.clock().now().as_second() + rules::REFUNDING_SECONDS);
            let next = Payment { account, ..payment.clone() }.looked_at(soon);
            let stored = change.replace(payment, next, None, Refusal::Stale);
            match self.commit(&change, stored).await? {
                Some(stored) => closing = stored,
                None => {
                    return store::payment(&self.db, payment.order_id).await?.ok_or(PaymentError::NotFound);
                }
            }
        }
        let key = closing.account.as_ref().and_then(|account| account.closing.clone()).unwrap_or_default();
        let cancel = Cancel {
            payment_key: &attempt.payment_key,
            reason: "입금 기한 경과 또는 취소",
            amount: None,
            refundable: None,
            account: None,
            idempotency_key: &key,
        };
        let toss = self.provider().await?;
        let told = match toss.cancel_within(&cancel, within).await {
            Outcome::Told(told) => ReadBack::Told(told),
            Outcome::Declined(_) | Outcome::Unknown(_) => {
                toss.read_within(&attempt.payment_key, within).await
            }
        };
        let meaning = rules::of_read_back(&closing, &told, 0);
        self.settle(&closing, meaning, by).await
    }

    /// Records that the desk handed over what is owed back itself.
    pub(crate) async fn paid_back_by_hand(
        &self,
        payment: &Payment,
        refund: &Refund,
        from: Taker,
        by: &Actor,
        remember: Option<&maru_table::Idempotency>,
    ) -> Result<Option<Payment>, PaymentError> {
        let now = self.db.clock().now();
        let done = crate::model::Refunded {
            transaction: refund.key.clone(),
            amount: refund.amount,
            reason: refund.reason.clone(),
            by: Some(by.id.clone()),
            taker: from,
            at: now,
        };
        let mut change = Change::new(&self.db, by, "payment.refunded").because(Some(refund.reason.clone()));
        change.also(crate::model::Movement::refund(payment, &done, now).write(), Refusal::Stale);
        change.remember(remember, payment.order_id, Refusal::Stale);
        let mut next =
            Payment { refund: None, refund_account: None, review: None, updated_at: now, ..payment.clone() }
                .looked_at(None);
        next.refunds.push(done);
        self.refunded_so_far(&mut change, payment, next, now).await
    }
}
