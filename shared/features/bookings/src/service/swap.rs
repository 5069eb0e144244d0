//! Two bookings exchange their places.

use maru_identity::Caller;
use maru_kernel::BookingId;
use maru_table::{Change, Idempotency};

use super::enter::Counts;
use super::{Bookings, Refusal, Step};
use crate::BookingError;
use crate::gate::Ledger;
use crate::model::{Booking, Status, What};

impl Bookings {
    /// Exchanges the rooms and times of two bookings in one transaction: both or neither. Their prices stay.
    pub async fn swap(
        &self,
        caller: &Caller,
        id: BookingId,
        with: BookingId,
        reason: Option<String>,
        request: Option<&Idempotency>,
    ) -> Result<(Booking, bool), BookingError> {
        let reason = &reason;
        self.alter(caller, id, request, |one| {
            Box::pin(async move {
                if id == with {
                    let (ko, en) =
                        ("자기 자신과는 바꿀 수 없습니다.", "A booking cannot be swapped with itself.");
                    return Err(BookingError::refused("same_booking", ko, en));
                }
                let other = self.get(caller, with).await?;
                for booking in [&one, &other] {
                    self.may_swap(booking)?;
                }
                let (mine, theirs) = (self.offered(&one).await?, self.offered(&other).await?);
                let to_theirs = theirs.plan_again(&other.what, &other.intervals());
                let to_mine = mine.plan_again(&one.what, &one.intervals());
                let claims = [to_theirs.claims(), to_mine.claims()].concat();
                let mut ledger = self.opened(Ledger::default(), &claims, &[&one, &other]).await?;
                for booking in [&one, &other] {
                    ledger.free(booking).map_err(|_| BookingError::Contended)?;
                }
                let mut change =
                    Change::new(&self.db, &caller.actor, "booking.swapped").because(reason.clone());
                let mut counts = Counts::default();
                let mut next = Vec::new();
                for (booking, plan, offered, source) in
                    [(&one, &to_theirs, &theirs, &other), (&other, &to_mine, &mine, &one)]
                {
                    let taker = self.taker(booking.booking_id, booking.hold_until, None);
                    let places = self.take(&mut ledger, offered, plan, taker).await?;
                    let moved = Booking {
                        what: plan.what.clone(),
                        start_time: source.start_time,
                        end_time: source.end_time,
                        zone: source.zone.clone(),
                        sequence: booking.sequence + 1,
                        checked_in_at: None,
                        places,
                        counted: offered.quota().map(|quota| quota.per),
                        ..booking.clone()
                    }
                    .to_be_reminded(self.now());
                    counts.leaves(booking);
                    counts.enters(&moved);
                    next.push(moved.touched(self.now()));
                }
                let (Some(theirs_next), Some(mine_next)) = (next.pop(), next.pop()) else {
                    return Ok(Step::Again);
                };
                if !self.complete(&mut change, ledger, counts, None).await? {
                    return Ok(Step::Again);
                }
                let _other = change.replace(&other, theirs_next, None, Refusal::Stale);
                let stored = change.replace(&one, mine_next, None, Refusal::Stale);
                Ok(Step::Write(Box::new(change), stored))
            })
        })
        .await
    }

    fn may_swap(&self, booking: &Booking) -> Result<(), BookingError> {
        if !matches!(booking.status, Status::Held | Status::Pending | Status::Confirmed)
            || booking.is_over(self.now())
        {
            return Err(BookingError::Status(booking.status));
        }
        if !booking.times.is_empty() || !matches!(booking.what, What::Room(_)) {
            let (ko, en) = (
                "한 번짜리 강의실 예약끼리만 바꿀 수 있습니다.",
                "Only single bookings of rooms can be swapped.",
            );
            return Err(BookingError::refused("not_swappable", ko, en));
        }
        if booking.start_time <= self.now() {
            return Err(BookingError::refused("begun", "이미 시작한 예약입니다.", "It has begun already."));
        }
        Ok(())
    }
}
