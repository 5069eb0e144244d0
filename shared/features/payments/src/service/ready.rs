//! Fixing what is owed.

use maru_bookings::{Booking, Standing, Status as BookingStatus};
use maru_identity::Caller;
use maru_kernel::{BookingId, Currency, Money, OrderId, Timestamp, UserId, crypto};
use maru_table::{Change, CommitError, Idempotency};

use super::{Payments, Refusal};
use crate::model::{Payment, Purpose, Shelf, Status, Taker};
use crate::rules::UNPAID_SECONDS;
use crate::{PaymentError, store};

/// Tries at a booking others change.
const TRIES: u32 = 4;

/// What is to be paid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ToPay {
    /// What a booking owes.
    Booking(BookingId),
    /// A grade of membership.
    Membership(String),
    /// A donation.
    Donation {
        /// How much.
        amount: Money,
        /// The name on the receipt.
        donor: Option<String>,
    },
}

/// A wish to pay.
#[derive(Debug, Clone)]
pub struct WishToPay {
    /// What.
    pub what: ToPay,
    /// What the window is to call it.
    pub order_name: Option<String>,
}

/// What the customer's app needs to open the payment window.
#[derive(Debug, Clone)]
pub struct Ready {
    /// The order.
    pub payment: Payment,
    /// The window's public key.
    pub client_key: String,
    /// The page that opens the window.
    pub checkout_url: String,
    /// Stands for the customer at the provider; cannot be guessed, says nothing.
    pub customer_key: String,
    /// When the hold ends.
    pub expires_at: Option<Timestamp>,
    /// Whether an earlier, identical request was answered so.
    pub replayed: bool,
}

impl Payments {
    /// Fixes the amount of what the caller wants to pay. Asking again for a booking gives the same open order.
    pub async fn ready(
        &self,
        caller: &Caller,
        wish: &WishToPay,
        request: Option<&Idempotency>,
    ) -> Result<Ready, PaymentError> {
        for _ in 0..TRIES {
            if let Some(reference) = self.answered(request).await? {
                return self.again(caller, &reference).await;
            }
            let done = match &wish.what {
                ToPay::Booking(id) => self.ready_for_booking(caller, *id, wish, request).await?,
                ToPay::Membership(grade) => {
                    let has = store::membership(&self.db, caller.user_id).await?;
                    if has.is_some_and(|has| has.ended_at.is_none() && has.grade == *grade) {
                        return Err(PaymentError::AlreadyPaid);
                    }
                    self.ready_for_itself(caller, wish, request).await?
                }
                ToPay::Donation { .. } => self.ready_for_itself(caller, wish, request).await?,
            };
            if let Some(done) = done {
                return Ok(done);
            }
        }
        Err(PaymentError::Contended)
    }

    async fn ready_for_booking(
        &self,
        caller: &Caller,
        id: BookingId,
        wish: &WishToPay,
        request: Option<&Idempotency>,
    ) -> Result<Option<Ready>, PaymentError> {
        let booking = maru_bookings::booking(&self.db, id).await?;
        let booking = booking
            .filter(|b| b.user_id == Some(caller.user_id) && !b.hidden)
            .ok_or(PaymentError::NotFound)?;
        self.payable(&booking)?;
        if let Some(open) = self.open_order(&booking).await? {
            // Nothing changes, but a repeat must still find this answer.
            if let Some(request) = request {
                let note = request.remember(&open.order_id.to_string(), self.db.clock().now());
                if !self.db.note(&note).await? {
                    return Ok(None);
                }
            }
            return self.answer(caller, open, Some(&booking), false).map(Some);
        }
        let standing = Standing::of(&self.db, booking).await?;
        let payment = self.order(Some(caller.user_id), wish, Some(&standing.booking))?;
        let mut change = Change::new(&self.db, &caller.actor, "payment.readied");
        change.create(&payment, None, Refusal::Stale);
        let booking = standing.assign_order(&mut change, payment.order_id, Refusal::Stale);
        change.remember(request, payment.order_id, Refusal::Stale);
        match self.db.commit(&change).await {
            Ok(()) => self.answer(caller, payment, Some(&booking), false).map(Some),
            Err(CommitError::Refused(..)) => Ok(None),
            Err(CommitError::Store(error)) => Err(error.into()),
        }
    }

    async fn ready_for_itself(
        &self,
        caller: &Caller,
        wish: &WishToPay,
        request: Option<&Idempotency>,
    ) -> Result<Option<Ready>, PaymentError> {
        let payment = self.order(Some(caller.user_id), wish, None)?;
        let mut change = Change::new(&self.db, &caller.actor, "payment.readied");
        change.create(&payment, None, Refusal::Stale);
        change.remember(request, payment.order_id, Refusal::Stale);
        match self.db.commit(&change).await {
            Ok(()) => self.answer(caller, payment, None, false).map(Some),
            Err(CommitError::Refused(..)) => Ok(None),
            Err(CommitError::Store(error)) => Err(error.into()),
        }
    }

    fn payable(&self, booking: &Booking) -> Result<(), PaymentError> {
        let now = self.db.clock().now().as_second();
        match booking.status {
            BookingStatus::Held if booking.hold_until.is_some_and(|until| now < until) => {}
            BookingStatus::Held | BookingStatus::Expired | BookingStatus::Cancelled => {
                return Err(PaymentError::HoldOver);
            }
            BookingStatus::Paying => return Err(PaymentError::UnderWay),
            _ if booking.price.is_zero() => {}
            BookingStatus::Pending
            | BookingStatus::Draft
            | BookingStatus::NeedsReview
            | BookingStatus::Reviewed => return Err(PaymentError::WaitsForStaff),
            BookingStatus::Confirmed | BookingStatus::Completed | BookingStatus::NoShow => {}
        }
        match booking.owed() {
            _ if booking.price.is_zero() => Err(PaymentError::NothingToPay),
            owed if owed.is_zero() => Err(PaymentError::AlreadyPaid),
            owed if owed.currency != Currency::KRW => Err(PaymentError::AtTheDesk),
            _ => Ok(()),
        }
    }

    /// The order of a booking that is still open, and still for what is owed.
    async fn open_order(&self, booking: &Booking) -> Result<Option<Payment>, PaymentError> {
        let Some(order) = booking.order_id else { return Ok(None) };
        match store::payment(&self.db, order).await? {
            Some(open) if open.status == Status::Ready && open.amount == booking.owed() => Ok(Some(open)),
            // One that is being captured for a firm booking is waited for, not doubled.
            Some(open) if open.status != Status::Ready && open.status.is_open() => {
                Err(PaymentError::UnderWay)
            }
            _ => Ok(None),
        }
    }

    /// A new order.
    pub(crate) fn order(
        &self,
        user_id: Option<UserId>,
        wish: &WishToPay,
        booking: Option<&Booking>,
    ) -> Result<Payment, PaymentError> {
        let now = self.db.clock().now();
        let (purpose, amount, name) = match (&wish.what, booking) {
            (ToPay::Booking(id), Some(booking)) => {
                (Purpose::Booking { booking_id: *id }, booking.owed(), booking.title.clone())
            }
            (ToPay::Booking(_), None) => return Err(PaymentError::NotFound),
            (ToPay::Membership(grade), _) => {
                let price = self.grades.price(grade).ok_or(PaymentError::NoGrade)?;
                (Purpose::Membership { grade: grade.clone() }, price, grade.clone())
            }
            (ToPay::Donation { amount, donor }, _) => {
                (Purpose::Donation { donor: donor.clone() }, *amount, "후원".to_owned())
            }
        };
        let payment = Payment {
            order_id: OrderId::new(self.db.clock(), self.db.random()),
            user_id,
            purpose,
            taker: Taker::Toss,
            amount,
            order_name: wish.order_name.clone().unwrap_or_else(|| name.chars().take(100).collect()),
            status: Status::Ready,
            attempt: None,
            account: None,
            deposit_secret: None,
            capture: None,
            refund: None,
            refund_account: None,
            refunds: Vec::new(),
            failure: None,
            review: None,
            open: None,
            next_check_at: None,
            shelf: Shelf::Payments,
            created_at: now,
            updated_at: now,
            lock_version: 1,
        };
        Ok(payment.looked_at(Some(now.as_second() + UNPAID_SECONDS)))
    }

    async fn again(&self, caller: &Caller, reference: &str) -> Result<Ready, PaymentError> {
        let order = reference.parse().map_err(|_| PaymentError::NotFound)?;
        let payment = store::own(&self.db, caller, order).await?.ok_or(PaymentError::NotFound)?;
        let booking = match payment.purpose.booking() {
            Some(id) => maru_bookings::booking(&self.db, id).await?,
            None => None,
        };
        self.answer(caller, payment, booking.as_ref(), true)
    }

    fn answer(
        &self,
        caller: &Caller,
        payment: Payment,
        booking: Option<&Booking>,
        replayed: bool,
    ) -> Result<Ready, PaymentError> {
        let window = self.window.as_ref().ok_or(PaymentError::Broken("no payment window"))?;
        let mark = crypto::hmac_sha256(caller.seal.expose(), &[b"toss-customer"]);
        let customer_key = crypto::to_base64url(&mark);
        let glue = if window.checkout_url.contains('?') { '&' } else { '?' };
        let checkout_url =
            format!("{}{glue}orderId={}&amount={}", window.checkout_url, payment.order_id, payment.amount);
        let client_key = window.client_key.clone();
        Ok(Ready {
            payment,
            client_key,
            checkout_url,
            customer_key,
            expires_at: booking.and_then(Booking::expires_at),
            replayed,
        })
    }
}
