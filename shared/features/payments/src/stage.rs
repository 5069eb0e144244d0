//! Where an order stands for whoever may pay it: what the pay page shows, decided from the records alone.

use maru_bookings::{Booking, Status as Booked};
use maru_kernel::{Currency, Timestamp};

use crate::PaymentError;
use crate::model::{Account, FailureReason, Payment, Status};

/// What is shown.
#[derive(Debug)]
pub enum Stage {
    /// It can be paid now.
    Open,
    /// Nobody knows yet.
    UnderWay,
    /// An account waits for the deposit.
    Deposit(Account),
    /// The money came in.
    Done,
    /// The money came in and went back, or does now.
    Returned,
    /// It was refused (and why), or its time ran out. A new order may be made.
    Failed(Option<FailureReason>),
    /// Something else has paid it.
    Paid,
    /// It cannot be paid.
    Refused(PaymentError),
}

/// Whether something of a booking can be paid now.
pub fn payable(booking: &Booking, now: Timestamp) -> Result<(), PaymentError> {
    let now = now.as_second();
    match booking.status {
        Booked::Held if booking.hold_until.is_some_and(|until| now < until) => {}
        Booked::Held | Booked::Expired | Booked::Cancelled => return Err(PaymentError::HoldOver),
        Booked::Paying => return Err(PaymentError::UnderWay),
        _ if booking.price.is_zero() => {}
        Booked::Pending | Booked::Draft | Booked::NeedsReview | Booked::Reviewed => {
            return Err(PaymentError::WaitsForStaff);
        }
        Booked::Confirmed | Booked::Completed | Booked::NoShow => {}
    }
    match booking.owed() {
        _ if booking.price.is_zero() => Err(PaymentError::NothingToPay),
        owed if owed.is_zero() => Err(PaymentError::AlreadyPaid),
        owed if owed.currency != Currency::KRW => Err(PaymentError::AtTheDesk),
        _ => Ok(()),
    }
}

/// Where an order stands. `booking` is the one it pays, if it pays one.
pub fn of_order(payment: &Payment, booking: Option<&Booking>, now: Timestamp) -> Stage {
    match payment.status {
        Status::Confirming | Status::Unknown => Stage::UnderWay,
        Status::Waiting => payment.account.clone().map_or(Stage::UnderWay, Stage::Deposit),
        Status::Done if is_gone(payment) => Stage::Returned,
        Status::Done => Stage::Done,
        Status::Ready | Status::Failed | Status::Expired => {
            match booking.map_or(Ok(()), |booking| payable(booking, now)) {
                Err(PaymentError::AlreadyPaid) => Stage::Paid,
                Err(PaymentError::UnderWay) => Stage::UnderWay,
                Err(why) => Stage::Refused(why),
                Ok(()) if payment.status == Status::Failed => Stage::Failed(payment.failure.clone()),
                Ok(()) if payment.status == Status::Ready && booking.is_none_or(|b| is_of(payment, b)) => {
                    Stage::Open
                }
                Ok(()) => Stage::Failed(None),
            }
        }
    }
}

/// Whether the order is what is to pay the booking, and all of it: a later one may have taken its place.
pub fn is_of(payment: &Payment, booking: &Booking) -> bool {
    booking.order_id == Some(payment.order_id) && booking.owed() == payment.amount
}

/// Whether nothing of what came in stays.
fn is_gone(payment: &Payment) -> bool {
    let going = payment.refund.as_ref().map_or(0, |refund| refund.amount.minor);
    payment.went_back() || payment.balance().minor <= going
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::model::{Purpose, Refund, SENT_BACK, Shelf, Taker};
    use maru_kernel::{Money, OrderId};

    pub(crate) fn payment(status: Status) -> Payment {
        let amount = Money::new(40_000, Currency::KRW);
        let captured = crate::model::Capture { amount, method: None, approved_at: None, receipt_url: None };
        Payment {
            order_id: OrderId::from_bytes([1; 16]),
            user_id: None,
            purpose: Purpose::Donation { donor: None },
            taker: Taker::Toss,
            amount,
            order_name: "후원".into(),
            status,
            attempt: None,
            account: None,
            deposit_secret: None,
            capture: (status == Status::Done).then_some(captured),
            refund: None,
            refund_account: None,
            refunds: Vec::new(),
            failure: None,
            review: None,
            open: None,
            next_check_at: None,
            shelf: Shelf::Payments,
            created_at: Timestamp::UNIX_EPOCH,
            updated_at: Timestamp::UNIX_EPOCH,
            lock_version: 1,
        }
    }

    fn refund(amount: i64, by: &str) -> Refund {
        Refund {
            amount: Money::new(amount, Currency::KRW),
            reason: "변심".into(),
            by: by.into(),
            mark: "AbC123".into(),
            key: "refund:o:x".into(),
            since: Timestamp::UNIX_EPOCH,
            waits: None,
        }
    }

    fn of(payment: &Payment) -> Stage {
        of_order(payment, None, Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn an_order_for_itself_is_shown_as_it_stands() {
        assert!(matches!(of(&payment(Status::Ready)), Stage::Open));
        assert!(matches!(of(&payment(Status::Confirming)), Stage::UnderWay));
        assert!(matches!(of(&payment(Status::Unknown)), Stage::UnderWay));
        assert!(matches!(of(&payment(Status::Expired)), Stage::Failed(None)));
        assert!(matches!(of(&payment(Status::Failed)), Stage::Failed(None)));
        assert!(matches!(of(&payment(Status::Done)), Stage::Done));
        let told = FailureReason { code: "REJECT_CARD_PAYMENT".into(), message: "한도 초과".into() };
        let failed = Payment { failure: Some(told.clone()), ..payment(Status::Failed) };
        assert!(matches!(of(&failed), Stage::Failed(Some(why)) if why == told));
    }

    #[test]
    fn money_that_goes_back_whole_is_not_shown_as_paid() {
        let done = payment(Status::Done);
        let with = |refund| of(&Payment { refund: Some(refund), ..done.clone() });
        assert!(matches!(with(refund(40_000, "user:x")), Stage::Returned));
        assert!(matches!(with(refund(39_999, "user:x")), Stage::Done), "a part of it");
        assert!(matches!(with(refund(1, SENT_BACK)), Stage::Returned), "it could not be kept");
    }
}
