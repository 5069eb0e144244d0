//! Cancelling, and what is paid back.

use jiff::tz::TimeZone;
use maru_identity::{Caller, Permission};
use maru_kernel::{BookingId, Money};
use maru_table::{Change, Idempotency};

use super::{Bookings, Refusal, Standing, Step, seal};
use crate::model::{Booking, Cancellation, Status};
use crate::rules::{self, Refund};
use crate::{BookingError, store};

/// What staff decide about the money, where not by the terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Refunding {
    /// By the terms it was booked on.
    #[default]
    ByTerms,
    /// All of it.
    Full,
    /// Nothing of it.
    None,
}

/// A wish to cancel.
#[derive(Debug, Clone, Default)]
pub struct Cancel {
    /// Why.
    pub reason: Option<String>,
    /// The money. Staff only, where not by the terms.
    pub refunding: Refunding,
}

/// What a cancellation now would mean.
#[derive(Debug, Clone)]
pub struct Preview {
    /// The booking.
    pub booking: Booking,
    /// Whether the caller can cancel it now.
    pub possible: bool,
    /// What would be paid back.
    pub refund: Refund,
}

impl Bookings {
    /// What would be paid back if it were cancelled now.
    pub async fn preview(&self, caller: &Caller, id: BookingId) -> Result<Preview, BookingError> {
        let booking = self.get(caller, id).await?;
        may_touch(caller, &booking)?;
        let possible = booking.status.next().contains(&Status::Cancelled) && !self.is_past(caller, &booking);
        let refund = self.refund(&booking, Refunding::ByTerms);
        Ok(Preview { booking, possible, refund })
    }

    /// Cancels a booking of the caller's, or anyone's for staff, and frees its slots. What is to be paid back
    /// is decided and recorded with it. Cancelling what is cancelled answers the same again.
    pub async fn cancel(
        &self,
        caller: &Caller,
        id: BookingId,
        wish: &Cancel,
        request: Option<&Idempotency>,
    ) -> Result<(Booking, bool), BookingError> {
        self.alter(caller, id, request, |booking| {
            Box::pin(async move { self.cancelled(caller, booking, wish, "booking.cancelled").await })
        })
        .await
    }

    /// Says no to a request that waits for staff.
    pub async fn reject(
        &self,
        caller: &Caller,
        id: BookingId,
        reason: Option<String>,
        request: Option<&Idempotency>,
    ) -> Result<(Booking, bool), BookingError> {
        let wish = &Cancel { reason, refunding: Refunding::Full };
        self.alter(caller, id, request, |booking| {
            Box::pin(async move {
                if booking.status != Status::Pending {
                    return Err(BookingError::Status(booking.status));
                }
                self.cancelled(caller, booking, wish, "booking.rejected").await
            })
        })
        .await
    }

    async fn cancelled(
        &self,
        caller: &Caller,
        booking: Booking,
        wish: &Cancel,
        action: &'static str,
    ) -> Result<Step, BookingError> {
        may_touch(caller, &booking)?;
        let staff = caller.may(Permission::BookingsWrite);
        if wish.refunding != Refunding::ByTerms && !staff {
            return Err(BookingError::Forbidden);
        }
        if booking.status == Status::Cancelled {
            return Ok(Step::Same(booking));
        }
        let now = self.now();
        if self.is_past(caller, &booking) {
            return Err(BookingError::refused("over", "이미 끝난 예약입니다.", "It is over already."));
        }
        let refund = booking.paid.map(|_| self.refund(&booking, wish.refunding).amount);
        let cancellation = Cancellation { at: now, from: booking.status, refund, handed_over: false };
        let status = booking.status;
        let moved = booking.moved(Status::Cancelled, now, None).ok_or(BookingError::Status(status))?;
        let freed = Booking { cancelled: Some(cancellation), ..moved }.touched(now);
        let standing = Standing::of(&self.db, booking).await?;
        let key = seal(caller, &standing.booking);
        let mut change = Change::new(&self.db, &caller.actor, action).because(wish.reason.clone());
        let stored = standing.leave(&mut change, freed, key, Refusal::Stale);
        Ok(Step::Write(Box::new(change), stored.ok_or(BookingError::Contended)?))
    }

    /// Whether it took place, as far as its owner is concerned.
    fn is_past(&self, caller: &Caller, booking: &Booking) -> bool {
        let staff = caller.may(Permission::BookingsWrite);
        booking.end_time <= self.now() && booking.status.is_firm() && !staff
    }

    fn refund(&self, booking: &Booking, refunding: Refunding) -> Refund {
        let paid = booking.paid.unwrap_or(Money { minor: 0, ..booking.price });
        let zone = TimeZone::get(&booking.zone).unwrap_or(TimeZone::UTC);
        match refunding {
            Refunding::ByTerms => {
                rules::refund(&booking.terms.policy, paid, &booking.intervals(), &zone, self.now())
            }
            Refunding::Full => Refund { amount: paid, rule: "staff" },
            Refunding::None => Refund { amount: Money { minor: 0, ..paid }, rule: "staff" },
        }
    }

    /// Hides a booking from everybody, freeing what it has. The trail keeps it.
    pub async fn hide(
        &self,
        caller: &Caller,
        id: BookingId,
        reason: Option<String>,
        request: Option<&Idempotency>,
    ) -> Result<(Booking, bool), BookingError> {
        let reason = &reason;
        let hidden = self
            .alter(caller, id, request, |booking| {
                Box::pin(async move {
                    let now = self.now();
                    if booking.status == Status::Paying {
                        return Err(BookingError::Status(booking.status));
                    }
                    let mut hidden = Booking { hidden: true, ..booking.clone() };
                    if booking.status.occupies() && booking.status != Status::Completed {
                        let refund = booking.paid.map(|_| self.refund(&booking, Refunding::ByTerms).amount);
                        let from = booking.status;
                        hidden.cancelled = Some(Cancellation { at: now, from, refund, handed_over: false });
                        (hidden.status, hidden.hold_until) = (Status::Cancelled, None);
                    }
                    let hidden = hidden.touched(now);
                    let standing = Standing::of(&self.db, booking).await?;
                    let mut change =
                        Change::new(&self.db, &caller.actor, "booking.hidden").because(reason.clone());
                    let stored = standing.leave(&mut change, hidden, None, Refusal::Stale);
                    Ok(Step::Write(Box::new(change), stored.ok_or(BookingError::Contended)?))
                })
            })
            .await;
        match hidden {
            // An identical request has hidden it, from this one, too.
            Err(BookingError::NoBooking) if self.answered(request).await?.is_some() => {
                let booking = store::booking(&self.db, id).await?.ok_or(BookingError::NoBooking)?;
                Ok((booking, true))
            }
            done => done,
        }
    }
}

/// One's own, or anyone's for staff.
pub(crate) fn may_touch(caller: &Caller, booking: &Booking) -> Result<(), BookingError> {
    let own = booking.user_id == Some(caller.user_id);
    if own || caller.may(Permission::BookingsWrite) { Ok(()) } else { Err(BookingError::Forbidden) }
}
