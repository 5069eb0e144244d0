//! What is paid at the desk.

use maru_bookings::Standing;
use maru_identity::Caller;
use maru_kernel::{Money, OrderId, UserId};
use maru_table::{Change, CommitError, Idempotency};

use super::ready::{ToPay, WishToPay};
use super::{Payments, Refusal, effect};
use crate::model::{Capture, Movement, Payment, Purpose, Status, Taker};
use crate::{PaymentError, store};

/// Tries at records others change.
const TRIES: u32 = 6;

/// Money taken at the desk.
#[derive(Debug, Clone)]
pub struct Taking {
    /// For what.
    pub what: ToPay,
    /// Whose; of a booking, its own person.
    pub user_id: Option<UserId>,
    /// In cash or into the bank account.
    pub taker: Taker,
    /// What staff say about it.
    pub note: Option<String>,
}

impl Payments {
    /// Records money staff took themselves: the payment is done, and what it pays is paid, at once.
    pub async fn take(
        &self,
        caller: &Caller,
        taking: &Taking,
        request: Option<&Idempotency>,
    ) -> Result<(Payment, bool), PaymentError> {
        for _ in 0..TRIES {
            if let Some(reference) = self.answered(request).await? {
                let order: OrderId = reference.parse().map_err(|_| PaymentError::NotFound)?;
                let stored = store::payment(&self.db, order).await?;
                return Ok((stored.ok_or(PaymentError::NotFound)?, true));
            }
            let mut change =
                Change::new(&self.db, &caller.actor, "payment.taken").because(taking.note.clone());
            let payment = self.taken(&mut change, taking).await?;
            change.create(&payment, None, Refusal::Stale);
            change.remember(request, payment.order_id, Refusal::Stale);
            match self.db.commit(&change).await {
                Ok(()) => return Ok((payment, false)),
                Err(CommitError::Refused(..)) => {}
                Err(CommitError::Store(error)) => return Err(error.into()),
            }
        }
        Err(PaymentError::Contended)
    }

    async fn taken(&self, change: &mut Change<Refusal>, taking: &Taking) -> Result<Payment, PaymentError> {
        let wish = WishToPay { what: taking.what.clone(), order_name: None };
        let (mut payment, standing) = match &taking.what {
            ToPay::Booking(id) => {
                let standing = Standing::load(&self.db, *id).await?.ok_or(PaymentError::NotFound)?;
                let payment = self.order(standing.booking.user_id, &wish, Some(&standing.booking))?;
                (payment, Some(standing))
            }
            ToPay::Membership(_) | ToPay::Donation { .. } => (self.order(taking.user_id, &wish, None)?, None),
        };
        let (now, amount) = (self.db.clock().now(), payment.amount);
        payment.taker = taking.taker;
        payment.status = Status::Done;
        let method = Some(if taking.taker == Taker::Cash { "현금" } else { "계좌이체" }.to_owned());
        payment.capture = Some(Capture { amount, method, approved_at: Some(now), receipt_url: None });
        let payment = payment.looked_at(None);
        change.also(Movement::capture(&payment, amount, now).write(), Refusal::Stale);
        match standing {
            Some(standing) => Self::paid_now(change, &standing, &payment, amount)?,
            None if payment.user_id.is_none() && matches!(payment.purpose, Purpose::Membership { .. }) => {
                return Err(PaymentError::NotFound);
            }
            None => {
                if !effect::give(&self.db, change, &payment, amount).await? {
                    return Err(PaymentError::AlreadyPaid);
                }
            }
        }
        Ok(payment)
    }

    fn paid_now(
        change: &mut Change<Refusal>,
        standing: &Standing,
        payment: &Payment,
        amount: Money,
    ) -> Result<(), PaymentError> {
        use maru_bookings::Status as Booked;
        let booking = &standing.booking;
        if booking.owed().is_zero() {
            return Err(if booking.price.is_zero() {
                PaymentError::NothingToPay
            } else {
                PaymentError::AlreadyPaid
            });
        }
        let paid = standing.pay_at_desk(change, payment.order_id, amount, Refusal::Stale);
        paid.map(drop).ok_or(match booking.status {
            Booked::Paying => PaymentError::UnderWay,
            Booked::Pending | Booked::Draft | Booked::NeedsReview | Booked::Reviewed => {
                PaymentError::WaitsForStaff
            }
            Booked::Held
            | Booked::Expired
            | Booked::Cancelled
            | Booked::Confirmed
            | Booked::Completed
            | Booked::NoShow => PaymentError::HoldOver,
        })
    }
}
