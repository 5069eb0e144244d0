//! Fixing what is owed.

use maru_bookings::{Booking, Standing};
use maru_identity::Caller;
use maru_kernel::{BookingId, Money, OrderId, SealKey, Timestamp, UserId, crypto};
use maru_table::{Actor, Change, CommitError, Idempotency};

use super::{Payments, Refusal};
use crate::model::{Payment, Purpose, Shelf, Status, Taker};
use crate::rules::UNPAID_SECONDS;
use crate::stage::payable;
use crate::{PaymentError, store};

/// Tries at a booking others change.
pub(super) const TRIES: u32 = 4;

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
    /// What the page that opens the window is asked for with.
    pub ticket: String,
    /// Stands for the customer at the provider; cannot be guessed, says nothing.
    pub customer_key: String,
    /// When the hold ends.
    pub expires_at: Option<Timestamp>,
    /// Whether an earlier, identical request was answered so.
    pub replayed: bool,
}

/// How an order of a booking comes to be.
pub(super) struct Making<'a> {
    pub wish: &'a WishToPay,
    pub by: &'a Actor,
    pub request: Option<&'a Idempotency>,
    /// An order that is open and shall not be paid any more.
    pub instead_of: Option<&'a Payment>,
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
        let making = Making { wish, by: &caller.actor, request, instead_of: None };
        match self.order_for(booking, &making).await? {
            Some((payment, booking)) => self.answer(caller, payment, Some(&booking), false).await.map(Some),
            None => Ok(None),
        }
    }

    /// The order of a booking that is open, or a new one. `None`: decide again.
    pub(super) async fn order_for(
        &self,
        booking: Booking,
        making: &Making<'_>,
    ) -> Result<Option<(Payment, Booking)>, PaymentError> {
        let Making { wish, by, request, instead_of } = making;
        payable(&booking, self.db.clock().now())?;
        let open = self.open_order(&booking).await?;
        if let Some(open) = open.filter(|open| instead_of.is_none_or(|old| old.order_id != open.order_id)) {
            // Nothing changes, but a repeat must still find this answer.
            if let Some(request) = request {
                let note = request.remember(&open.order_id.to_string(), self.db.clock().now());
                if !self.db.note(&note).await? {
                    return Ok(None);
                }
            }
            return Ok(Some((open, booking)));
        }
        let standing = Standing::of(&self.db, booking).await?;
        let payment = self.order(standing.booking.user_id, wish, Some(&standing.booking))?;
        let mut change = Change::new(&self.db, by, "payment.readied");
        change.create(&payment, None, Refusal::Stale);
        self.close(&mut change, *instead_of);
        let booking = standing.assign_order(&mut change, payment.order_id, Refusal::Stale);
        change.remember(*request, payment.order_id, Refusal::Stale);
        match self.db.commit(&change).await {
            Ok(()) => Ok(Some((payment, booking))),
            Err(CommitError::Refused(..)) => Ok(None),
            Err(CommitError::Store(error)) => Err(error.into()),
        }
    }

    /// Closes an order nobody has begun to pay, so that it and the one in its place are not both paid.
    pub(super) fn close(&self, change: &mut Change<Refusal>, old: Option<&Payment>) {
        let moved = old.and_then(|old| Some((old, old.moved(Status::Expired, self.db.clock().now(), 0)?)));
        if let Some((old, closed)) = moved.filter(|(old, _)| old.status == Status::Ready) {
            let _stored = change.replace(old, closed, None, Refusal::Stale);
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
            Ok(()) => self.answer(caller, payment, None, false).await.map(Some),
            Err(CommitError::Refused(..)) => Ok(None),
            Err(CommitError::Store(error)) => Err(error.into()),
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
        self.answer(caller, payment, booking.as_ref(), true).await
    }

    async fn answer(
        &self,
        caller: &Caller,
        payment: Payment,
        booking: Option<&Booking>,
        replayed: bool,
    ) -> Result<Ready, PaymentError> {
        let window = self.window()?;
        let customer_key = customer_key(&caller.seal);
        let ticket = self.order_ticket(&payment).await?;
        let client_key = window.client_key.clone();
        Ok(Ready {
            payment,
            client_key,
            ticket,
            customer_key,
            expires_at: booking.and_then(Booking::expires_at),
            replayed,
        })
    }
}

/// Stands for a person at the provider: cannot be guessed, and says nothing.
pub(super) fn customer_key(seal: &SealKey) -> String {
    crypto::to_base64url(&crypto::hmac_sha256(seal.expose(), &[b"toss-customer"]))
}
