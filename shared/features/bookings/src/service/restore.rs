//! Back into the ledger: what was cancelled, what nobody came to, what was only put together.

use jiff::ToSpan;
use maru_identity::Caller;
use maru_kernel::BookingId;
use maru_table::{Change, Idempotency};

use super::enter::{Beginning, Counts};
use super::{Bookings, Refusal, Step};
use crate::gate::{Cell, Ledger};
use crate::model::{Booking, Status, What};
use crate::{BookingError, rules};

impl Bookings {
    /// Takes a cancelled booking's slots again, within a day of its cancellation, or those of one nobody came
    /// to. It becomes what it was; what was paid and is paid back is owed again.
    pub async fn restore(
        &self,
        caller: &Caller,
        id: BookingId,
        request: Option<&Idempotency>,
    ) -> Result<(Booking, bool), BookingError> {
        self.alter(caller, id, request, |booking| {
            Box::pin(async move {
                let now = self.now();
                let to = match (booking.status, &booking.cancelled) {
                    (Status::NoShow, _) => Status::Confirmed,
                    (Status::Cancelled, Some(cancelled)) => {
                        let last = cancelled.at.checked_add(rules::RESTORE_HOURS.hours());
                        if last.is_ok_and(|last| last < now) {
                            let (ko, en) = (
                                "취소한 지 24시간이 지나 복구할 수 없습니다.",
                                "It was cancelled more than 24 hours ago.",
                            );
                            return Err(BookingError::refused("restore_window", ko, en));
                        }
                        cancelled.from
                    }
                    (status, _) => return Err(BookingError::Status(status)),
                };
                if booking.end_time <= now && !to.is_before() {
                    return Err(BookingError::refused(
                        "over",
                        "이미 지난 예약입니다.",
                        "It is over already.",
                    ));
                }
                let beginning = if to == Status::Held {
                    Beginning::held(now, "booking.restored")
                } else {
                    Beginning::firm(to, "booking.restored")
                };
                self.entered(caller, booking, beginning).await
            })
        })
        .await
    }

    /// Takes the slots of a booking that was only put together.
    pub(crate) async fn enter_draft(
        &self,
        caller: &Caller,
        id: BookingId,
        firm: bool,
        request: Option<&Idempotency>,
    ) -> Result<(Booking, bool), BookingError> {
        self.alter(caller, id, request, |booking| {
            Box::pin(async move {
                if !booking.status.is_before() {
                    return Err(BookingError::Status(booking.status));
                }
                let offered = self.offered(&booking).await?;
                let beginning = Beginning::of(&offered, booking.price, firm, self.now());
                if !booking.status.next().contains(&beginning.status) {
                    return Err(BookingError::Status(booking.status));
                }
                if booking.start_time < self.now() {
                    return Err(BookingError::refused(
                        "in_the_past",
                        "지난 시각입니다.",
                        "This is in the past.",
                    ));
                }
                self.entered(caller, booking, beginning).await
            })
        })
        .await
    }

    /// The change that takes the slots of a booking that has none, or not all of them.
    async fn entered(
        &self,
        caller: &Caller,
        booking: Booking,
        beginning: Beginning,
    ) -> Result<Step, BookingError> {
        let now = self.now();
        let offered = self.offered(&booking).await?;
        if !offered.is_open() {
            return Err(BookingError::NoResource);
        }
        let counted_still = booking.status == Status::NoShow;
        let back = Booking { cancelled: None, hold_limit: beginning.hold_limit, ..booking.clone() };
        let back = if counted_still {
            // They came after all, and are here: nobody is to miss them again.
            Booking { checked_in_at: Some(now), ..back }
        } else {
            // Counted by today's quota.
            Booking { counted: offered.quota().map(|quota| quota.per), ..back }
        };
        let moved = back.moved(beginning.status, now, beginning.hold_until);
        let mut next = moved.ok_or(BookingError::Status(booking.status))?;
        let mut change = Change::new(&self.db, &caller.actor, beginning.action);
        let mut counts = Counts::default();
        let mut ledger = Ledger::default();
        if !beginning.status.is_before() {
            let plan = offered.plan_again(&booking.what, &booking.intervals());
            ledger = self.opened(ledger, &plan.claims(), &[&booking]).await?;
            ledger.free(&booking).map_err(|_| BookingError::Contended)?;
            let taker = self.taker(booking.booking_id, beginning.hold_until, None);
            next.places = self.take(&mut ledger, &offered, &plan, taker).await?;
            if !counted_still {
                counts.enters(&next);
            }
        }
        if !self.complete(&mut change, ledger, counts, None).await? {
            return Ok(Step::Again);
        }
        let key = super::seal(caller, &booking);
        let stored = change.replace(&booking, next, key, Refusal::Stale);
        Ok(Step::Write(Box::new(change), stored))
    }

    /// The seats staff gave a departure for its day, as the ledger has them.
    pub(crate) fn own_seats(ledger: &Ledger, what: &What) -> Option<u16> {
        let What::Tour(departure) = what else { return None };
        let day = ledger.day(Cell::day(what.resource(), departure.date))?;
        day.own_seats.get(&departure.time).copied()
    }
}
