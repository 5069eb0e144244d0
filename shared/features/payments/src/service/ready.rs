//! Fixing what is owed.

use maru_bookings::{Booking, Standing, Status as BookingStatus};
use maru_identity::Caller;
use maru_kernel::{BookingId, OrderId, Timestamp, crypto};
use maru_table::{Change, CommitError, Idempotency, Replay};

use super::{Payments, Refusal};
use crate::model::{OpenMark, Payment, Status};
use crate::rules::UNPAID_SECONDS;
use crate::{PaymentError, store};

/// Tries at a booking others change.
const TRIES: u32 = 4;

/// A wish to pay for a booking.
#[derive(Debug, Clone)]
pub struct WishToPay {
    /// The booking.
    pub booking_id: BookingId,
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
    /// Fixes the amount for a held booking of the caller's. Asking again gives the same open order.
    pub async fn ready(
        &self,
        caller: &Caller,
        wish: &WishToPay,
        request: Option<&Idempotency>,
    ) -> Result<Ready, PaymentError> {
        for _ in 0..TRIES {
            if let Some(request) = request {
                let stored = self.db.get_many(&[request.key()]).await?.take_item(&request.key());
                match request.replay(stored, self.db.clock().now()) {
                    Some(Replay::Same { reference }) => return self.again(caller, &reference).await,
                    Some(Replay::OtherBody) => return Err(PaymentError::KeyReused),
                    None => {}
                }
            }
            let booking = maru_bookings::booking(&self.db, wish.booking_id).await?;
            let booking = booking
                .filter(|b| b.user_id == Some(caller.user_id) && !b.hidden)
                .ok_or(PaymentError::NotFound)?;
            self.payable(&booking)?;
            if let Some(open) = self.open_order(caller, &booking).await? {
                // Nothing changes, but a repeat must still find this answer.
                if let Some(request) = request {
                    let note = request.remember(&open.order_id.to_string(), self.db.clock().now());
                    if !self.db.note(&note).await? {
                        continue;
                    }
                }
                return self.answer(caller, open, &booking, false);
            }
            let standing = Standing::of(&self.db, booking).await?;
            let payment = self.order(caller, wish, &standing.booking);
            let mut change = Change::new(&self.db, &caller.actor, "payment.readied");
            change.create(&payment, None, Refusal::Stale);
            let booking = standing.assign_order(&mut change, payment.order_id, Refusal::Stale);
            change.remember(request, payment.order_id, Refusal::Stale);
            match self.db.commit(&change).await {
                Ok(()) => return self.answer(caller, payment, &booking, false),
                Err(CommitError::Refused(..)) => {}
                Err(CommitError::Store(error)) => return Err(error.into()),
            }
        }
        Err(PaymentError::Contended)
    }

    fn payable(&self, booking: &Booking) -> Result<(), PaymentError> {
        let now = self.db.clock().now().as_second();
        match booking.status {
            BookingStatus::Held if booking.hold_until.is_some_and(|until| now < until) => {
                if booking.price.is_zero() { Err(PaymentError::NothingToPay) } else { Ok(()) }
            }
            BookingStatus::Held | BookingStatus::Expired | BookingStatus::Cancelled => {
                Err(PaymentError::HoldOver)
            }
            BookingStatus::Paying => Err(PaymentError::UnderWay),
            _ if booking.price.is_zero() => Err(PaymentError::NothingToPay),
            BookingStatus::Pending
            | BookingStatus::Draft
            | BookingStatus::NeedsReview
            | BookingStatus::Reviewed => Err(PaymentError::WaitsForStaff),
            BookingStatus::Confirmed | BookingStatus::Completed | BookingStatus::NoShow => {
                Err(PaymentError::AlreadyPaid)
            }
        }
    }

    async fn open_order(&self, caller: &Caller, booking: &Booking) -> Result<Option<Payment>, PaymentError> {
        let Some(order) = booking.order_id else { return Ok(None) };
        let payment = store::own(&self.db, caller, order).await?;
        Ok(payment.filter(|payment| payment.status == Status::Ready))
    }

    fn order(&self, caller: &Caller, wish: &WishToPay, booking: &Booking) -> Payment {
        let now = self.db.clock().now();
        Payment {
            order_id: OrderId::new(self.db.clock(), self.db.random()),
            user_id: caller.user_id,
            booking_id: booking.booking_id,
            amount: booking.price,
            order_name: wish.order_name.clone().unwrap_or_else(|| booking.title.chars().take(100).collect()),
            status: Status::Ready,
            attempt: None,
            capture: None,
            failure: None,
            review: None,
            open: Some(OpenMark::Open),
            next_check_at: Some(now.as_second() + UNPAID_SECONDS),
            created_at: now,
            updated_at: now,
            lock_version: 1,
        }
    }

    async fn again(&self, caller: &Caller, reference: &str) -> Result<Ready, PaymentError> {
        let order = reference.parse().map_err(|_| PaymentError::NotFound)?;
        let payment = store::own(&self.db, caller, order).await?.ok_or(PaymentError::NotFound)?;
        let booking =
            maru_bookings::booking(&self.db, payment.booking_id).await?.ok_or(PaymentError::NotFound)?;
        self.answer(caller, payment, &booking, true)
    }

    fn answer(
        &self,
        caller: &Caller,
        payment: Payment,
        booking: &Booking,
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
            expires_at: booking.expires_at(),
            replayed,
        })
    }
}
