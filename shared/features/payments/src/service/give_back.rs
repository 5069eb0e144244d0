//! What people ask to be paid back.

use std::time::Duration;

use maru_bookings::{Cancel, Refunding};
use maru_identity::{Caller, Permission};
use maru_kernel::Money;
use maru_table::Idempotency;
use tokio::time::Instant;

use super::{Desk, Payments};
use crate::model::{Payment, Purpose, Refund, RefundTo, Status, Taker, Waits};
use crate::rules::SAME_CLICK_SECONDS;
use crate::{PaymentError, store};

/// Tries at records others change.
const TRIES: u32 = 8;
/// How long the provider is waited for.
const ANSWER_WITHIN: Duration = Duration::from_secs(20);
/// Between looks at a refund another request asks for.
const LOOK: Duration = Duration::from_millis(150);

/// A wish to have something paid back.
#[derive(Debug, Clone, Default)]
pub struct WishToRefund {
    /// How much; all that is left where it is absent.
    pub amount: Option<Money>,
    /// Why.
    pub reason: Option<String>,
    /// Where to, for what was deposited into an account.
    pub account: Option<RefundTo>,
    /// The desk hands it over itself, from here.
    pub by_hand: Option<Taker>,
}

impl Payments {
    /// Pays back. Staff decide how much; customers get what the terms of their booking say, which is
    /// cancelled by it. The same wish twice is paid back once.
    pub async fn refund(
        &self,
        caller: &Caller,
        key: &str,
        wish: &WishToRefund,
        request: Option<&Idempotency>,
    ) -> Result<Payment, PaymentError> {
        let desk = self.desk.as_ref().ok_or(PaymentError::Broken("no provider"))?;
        let until = Instant::now() + ANSWER_WITHIN;
        for _ in 0..TRIES {
            if self.answered(request).await?.is_some() {
                let payment = self.by_key(caller, key).await?;
                return self.watch(payment, until).await;
            }
            let payment = self.by_key(caller, key).await?;
            let done = if caller.may(Permission::PaymentsWrite) {
                self.by_staff(desk, caller, &payment, wish, request, until).await?
            } else {
                self.by_owner(desk, caller, &payment, wish).await?
            };
            if let Some(done) = done {
                return Ok(done);
            }
        }
        Err(PaymentError::Contended)
    }

    /// `None`: somebody was faster, decide again.
    async fn by_staff(
        &self,
        desk: &Desk,
        caller: &Caller,
        payment: &Payment,
        wish: &WishToRefund,
        request: Option<&Idempotency>,
        until: Instant,
    ) -> Result<Option<Payment>, PaymentError> {
        let by = &caller.actor;
        if payment.status == Status::Waiting && wish.amount.is_none() {
            return desk.close(payment, by, ANSWER_WITHIN).await.map(Some);
        }
        if payment.status != Status::Done {
            return Err(PaymentError::NotPaid);
        }
        if let Some(refund) = &payment.refund {
            return self.go_on(desk, caller, payment, refund, wish, request, until).await;
        }
        let balance = payment.balance();
        let amount = wish.amount.unwrap_or(balance);
        if balance.is_zero() && wish.amount.is_none() || self.is_same_click(payment, amount, wish, &by.id) {
            return Ok(Some(payment.clone()));
        }
        if amount.minor <= 0 || amount.minor > balance.minor || amount.currency != balance.currency {
            return Err(PaymentError::OverBalance(balance));
        }
        let reason = wish.reason.as_deref().unwrap_or("환불");
        let to = Payment { refund_account: wish.account.clone(), ..payment.clone() };
        let next = desk.owing_back(to, amount, reason, &by.id);
        let by_hand = wish.by_hand.or((payment.taker != Taker::Toss).then_some(payment.taker));
        if let (Some(from), Some(refund)) = (by_hand, &next.refund) {
            return desk.paid_back_by_hand(payment, refund, from, by, request).await;
        }
        match desk.owe_back(payment, next, by, request).await? {
            Some(owing) => desk.pay_back(&owing, by, ANSWER_WITHIN).await.map(Some),
            None => Ok(None),
        }
    }

    /// A refund is written down already.
    #[allow(clippy::too_many_arguments, reason = "one decision about one payment, split off for its length")]
    async fn go_on(
        &self,
        desk: &Desk,
        caller: &Caller,
        payment: &Payment,
        refund: &Refund,
        wish: &WishToRefund,
        request: Option<&Idempotency>,
        until: Instant,
    ) -> Result<Option<Payment>, PaymentError> {
        let by = &caller.actor;
        let same = wish.amount.is_none_or(|amount| amount == refund.amount);
        if !same {
            return Err(PaymentError::RefundUnderWay);
        }
        match (refund.waits, wish.by_hand, &wish.account) {
            (Some(_), Some(from), _) => desk.paid_back_by_hand(payment, refund, from, by, request).await,
            (Some(Waits::Account), None, Some(account)) => {
                self.try_again(desk, caller, payment, refund, Some(account.clone()), request).await
            }
            (Some(Waits::Account), None, None) => Err(PaymentError::AccountNeeded),
            (Some(Waits::Desk), None, _) if payment.taker == Taker::Toss => {
                self.try_again(desk, caller, payment, refund, wish.account.clone(), request).await
            }
            (Some(Waits::Desk), None, _) => {
                desk.paid_back_by_hand(payment, refund, payment.taker, by, request).await
            }
            (None, ..) => self.watch(payment.clone(), until).await.map(Some),
        }
    }

    /// Asks the provider once more, under another key.
    async fn try_again(
        &self,
        desk: &Desk,
        caller: &Caller,
        payment: &Payment,
        refund: &Refund,
        account: Option<RefundTo>,
        request: Option<&Idempotency>,
    ) -> Result<Option<Payment>, PaymentError> {
        let open = Payment { refund: None, refund_account: account, review: None, ..payment.clone() };
        let next = desk.owing_back(open, refund.amount, &refund.reason, &refund.by);
        match desk.owe_back(payment, next, &caller.actor, request).await? {
            Some(owing) => desk.pay_back(&owing, &caller.actor, ANSWER_WITHIN).await.map(Some),
            None => Ok(None),
        }
    }

    async fn by_owner(
        &self,
        desk: &Desk,
        caller: &Caller,
        payment: &Payment,
        wish: &WishToRefund,
    ) -> Result<Option<Payment>, PaymentError> {
        if wish.amount.is_some() || wish.by_hand.is_some() {
            return Err(PaymentError::Forbidden);
        }
        let by = &caller.actor;
        match (payment.status, &payment.refund, &wish.account) {
            (Status::Waiting, ..) => return desk.close(payment, by, ANSWER_WITHIN).await.map(Some),
            (Status::Done, Some(refund), Some(account)) if refund.waits == Some(Waits::Account) => {
                return self.try_again(desk, caller, payment, refund, Some(account.clone()), None).await;
            }
            (Status::Done, None, _) => {}
            (Status::Done, Some(_), _) => return Ok(Some(payment.clone())),
            _ => return Err(PaymentError::NotPaid),
        }
        let Purpose::Booking { booking_id } = payment.purpose else { return Err(PaymentError::Forbidden) };
        let cancel = Cancel { reason: wish.reason.clone(), refunding: Refunding::ByTerms };
        self.bookings.cancel(caller, booking_id, &cancel, None).await.map_err(PaymentError::Booking)?;
        for taken in desk.take_over(booking_id, by).await? {
            let taken = match &wish.account {
                Some(account) if taken.refund.as_ref().is_some_and(|r| r.waits == Some(Waits::Account)) => {
                    let Some(refund) = taken.refund.clone() else { continue };
                    self.try_again(desk, caller, &taken, &refund, Some(account.clone()), None).await?
                }
                _ => desk.pay_back(&taken, by, ANSWER_WITHIN).await.map(Some)?,
            };
            if let Some(mine) = taken.filter(|taken| taken.order_id == payment.order_id) {
                return Ok(Some(mine));
            }
        }
        store::payment(&self.db, payment.order_id).await.map_err(Into::into)
    }

    /// Waits for a refund another request asks for.
    async fn watch(&self, payment: Payment, until: Instant) -> Result<Payment, PaymentError> {
        let mut current = payment;
        while current.refund.as_ref().is_some_and(|refund| refund.waits.is_none()) && Instant::now() < until {
            tokio::time::sleep(LOOK).await;
            current = store::payment(&self.db, current.order_id).await?.ok_or(PaymentError::NotFound)?;
        }
        Ok(current)
    }

    /// Whether the last refund is this one: a finger that pressed twice.
    fn is_same_click(&self, payment: &Payment, amount: Money, wish: &WishToRefund, by: &str) -> bool {
        let age = self.db.clock().now().as_second() - payment.updated_at.as_second();
        payment.refunds.last().is_some_and(|last| {
            last.amount == amount
                && last.by.as_deref() == Some(by)
                && last.reason == wish.reason.as_deref().unwrap_or("환불")
                && age < SAME_CLICK_SECONDS
        })
    }
}
