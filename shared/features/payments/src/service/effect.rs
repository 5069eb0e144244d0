//! What a payment brings about, in the transaction that records it.

use maru_bookings::Standing;
use maru_kernel::{Money, Timestamp};
use maru_table::{Change, Db};

use super::Refusal;
use crate::model::{Membership, Payment, Purpose};
use crate::{PaymentError, store};

/// Gives what was paid for. `false` where it cannot be had any more: then the money goes back.
pub(crate) async fn give(
    db: &Db,
    change: &mut Change<Refusal>,
    payment: &Payment,
    amount: Money,
) -> Result<bool, PaymentError> {
    match &payment.purpose {
        Purpose::Booking { booking_id } => {
            let Some(standing) = Standing::load(db, *booking_id).await? else { return Ok(false) };
            let confirmed = standing.confirm(change, payment.order_id, amount, Refusal::Stale);
            if confirmed.is_none() {
                tracing::error!(alarm = "payment_without_booking", order = %payment.order_id,
                    status = standing.booking.status.as_str(), "captured without a booking");
            }
            Ok(confirmed.is_some())
        }
        Purpose::Membership { grade } => grant(db, change, payment, grade).await,
        Purpose::Donation { .. } => Ok(true),
    }
}

/// The money will not come: what was kept for it is free again.
pub(crate) async fn give_up(
    db: &Db,
    change: &mut Change<Refusal>,
    payment: &Payment,
) -> Result<(), PaymentError> {
    let Some(booking_id) = payment.purpose.booking() else { return Ok(()) };
    let Some(standing) = Standing::load(db, booking_id).await? else { return Ok(()) };
    if standing.end_payment(change, payment.order_id, Refusal::Stale).is_none() {
        tracing::error!(order = %payment.order_id, status = standing.booking.status.as_str(),
            "the booking of a payment that ended is not under payment");
    }
    Ok(())
}

/// The provider took the money back: what was paid for is not paid any more.
pub(crate) async fn take_back(
    db: &Db,
    change: &mut Change<Refusal>,
    payment: &Payment,
    amount: Money,
) -> Result<(), PaymentError> {
    match payment.purpose.booking() {
        Some(booking_id) => {
            if let Some(standing) = Standing::load(db, booking_id).await? {
                let _unpaid = standing.unpay(change, payment.order_id, amount, Refusal::Stale);
            }
        }
        None => end(db, change, payment, db.clock().now()).await?,
    }
    Ok(())
}

/// A grade is given once for a payment, and not twice to somebody who has it.
async fn grant(
    db: &Db,
    change: &mut Change<Refusal>,
    payment: &Payment,
    grade: &str,
) -> Result<bool, PaymentError> {
    let Some(user_id) = payment.user_id else { return Ok(false) };
    let now = db.clock().now();
    let granted = Membership {
        user_id,
        grade: grade.to_owned(),
        order_id: payment.order_id,
        paid_at: now,
        ended_at: None,
        updated_at: now,
        lock_version: 1,
    };
    match store::membership(db, user_id).await? {
        Some(has) if has.ended_at.is_none() && has.grade == grade => Ok(false),
        Some(has) => {
            change.update(&has, granted, None, Refusal::Stale);
            Ok(true)
        }
        None => {
            change.create(&granted, None, Refusal::Stale);
            Ok(true)
        }
    }
}

/// Ends the membership this payment gave, the money having gone back whole.
pub(crate) async fn end(
    db: &Db,
    change: &mut Change<Refusal>,
    payment: &Payment,
    now: Timestamp,
) -> Result<(), PaymentError> {
    let (Purpose::Membership { .. }, Some(user_id)) = (&payment.purpose, payment.user_id) else {
        return Ok(());
    };
    let has = store::membership(db, user_id).await?;
    if let Some(has) = has.filter(|has| has.order_id == payment.order_id && has.ended_at.is_none()) {
        let ended = Membership { ended_at: Some(now), updated_at: now, ..has.clone() };
        change.update(&has, ended, None, Refusal::Stale);
    }
    Ok(())
}
