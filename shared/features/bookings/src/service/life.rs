//! What happens to a booking between its making and its end.

use jiff::ToSpan;
use maru_identity::{Caller, Permission};
use maru_kernel::BookingId;
use maru_table::{Actor, Change, Idempotency};

use super::cancel::may_touch;
use super::enter::Beginning;
use super::plan::Offered;
use super::{Bookings, Refusal, Standing, Step, seal};
use crate::gate::Ledger;
use crate::model::{Booking, Share, Status};
use crate::{BookingError, rules};

impl Bookings {
    /// Gives whoever pays for a hold more time, up to its longest.
    pub async fn extend(
        &self,
        caller: &Caller,
        id: BookingId,
        request: Option<&Idempotency>,
    ) -> Result<(Booking, bool), BookingError> {
        self.alter(caller, id, request, |booking| {
            Box::pin(async move {
                may_touch(caller, &booking)?;
                let now = self.now();
                if booking.status != Status::Held {
                    return Err(BookingError::Status(booking.status));
                }
                if booking.is_over(now) {
                    let ko = "시간이 지나 예약이 풀렸습니다. 다시 예약해 주세요.";
                    return Err(BookingError::refused(
                        "hold_over",
                        ko,
                        "The hold is over. Please book again.",
                    ));
                }
                let limit = booking.hold_limit.unwrap_or(i64::MIN);
                let until = rules::hold_until(limit, now, rules::HOLD_SECONDS);
                let until = match until {
                    Some(until) if Some(until) > booking.hold_until => until,
                    Some(_) | None => {
                        let ko = "더 늘릴 수 없습니다.";
                        return Err(BookingError::refused("hold_limit", ko, "It cannot be held any longer."));
                    }
                };
                let next = Booking { hold_until: Some(until), ..booking.clone() }.touched(now);
                let mut change = Change::new(&self.db, &caller.actor, "booking.extended");
                let standing = Standing::of(&self.db, booking).await?;
                standing.retime(&mut change, Some(until), Refusal::Stale).ok_or(BookingError::Contended)?;
                let stored =
                    change.replace(&standing.booking, next, seal(caller, &standing.booking), Refusal::Stale);
                Ok(Step::Write(Box::new(change), stored))
            })
        })
        .await
    }

    /// Says yes to a request: firm where nothing is owed or staff say so, else held while it is paid.
    pub async fn approve(
        &self,
        caller: &Caller,
        id: BookingId,
        firm: bool,
        request: Option<&Idempotency>,
    ) -> Result<(Booking, bool), BookingError> {
        self.alter(caller, id, request, |booking| {
            Box::pin(async move {
                let now = self.now();
                if booking.status != Status::Pending {
                    return Err(BookingError::Status(booking.status));
                }
                let mut change = Change::new(&self.db, &caller.actor, "booking.approved");
                if firm || booking.is_settled() {
                    let next = booking.moved(Status::Confirmed, now, None);
                    let next = next.ok_or(BookingError::Status(booking.status))?;
                    let stored = change.replace(&booking, next, None, Refusal::Stale);
                    return Ok(Step::Write(Box::new(change), stored));
                }
                let most = rules::OFFER_SECONDS.min(booking.start_time.as_second() - now.as_second());
                let held = Beginning::held_for(now, most, most, "booking.approved");
                let next = Booking { hold_limit: held.hold_limit, ..booking.clone() };
                let next = next.moved(Status::Held, now, held.hold_until).ok_or_else(too_late)?;
                let standing = Standing::of(&self.db, booking).await?;
                standing
                    .retime(&mut change, held.hold_until, Refusal::Stale)
                    .ok_or(BookingError::Contended)?;
                let stored = change.replace(&standing.booking, next, None, Refusal::Stale);
                Ok(Step::Write(Box::new(change), stored))
            })
        })
        .await
    }

    /// They are here.
    pub async fn check_in(
        &self,
        caller: &Caller,
        id: BookingId,
        request: Option<&Idempotency>,
    ) -> Result<(Booking, bool), BookingError> {
        self.alter(caller, id, request, |booking| {
            Box::pin(async move {
                let now = self.now();
                if booking.status != Status::Confirmed {
                    return Err(BookingError::Status(booking.status));
                }
                let opens = booking.start_time.checked_sub(rules::CHECK_IN_MINUTES.minutes());
                if opens.is_ok_and(|opens| now < opens) || booking.end_time <= now {
                    let (ko, en) = (
                        "시작 한 시간 전부터 끝날 때까지 체크인할 수 있습니다.",
                        "Possible from an hour before the start until the end.",
                    );
                    return Err(BookingError::refused("not_now", ko, en));
                }
                if booking.checked_in_at.is_some() {
                    return Ok(Step::Same(booking));
                }
                let next = Booking { checked_in_at: Some(now), ..booking.clone() }.touched(now);
                Ok(self.replaced(caller, "booking.checked_in", &booking, next))
            })
        })
        .await
    }

    /// It took place.
    pub async fn complete_stay(
        &self,
        caller: &Caller,
        id: BookingId,
        request: Option<&Idempotency>,
    ) -> Result<(Booking, bool), BookingError> {
        self.alter(caller, id, request, |booking| {
            Box::pin(async move {
                let now = self.now();
                if booking.status == Status::Completed {
                    return Ok(Step::Same(booking));
                }
                let next = booking.moved(Status::Completed, now, None);
                let next = next.ok_or(BookingError::Status(booking.status))?;
                if now < booking.start_time {
                    return Err(not_begun());
                }
                Ok(self.replaced(caller, "booking.completed", &booking, next))
            })
        })
        .await
    }

    /// Nobody came: what is left of the hours is free again.
    pub async fn no_show(
        &self,
        caller: &Caller,
        id: BookingId,
        reason: Option<String>,
        request: Option<&Idempotency>,
    ) -> Result<(Booking, bool), BookingError> {
        let reason = &reason;
        self.alter(caller, id, request, |booking| {
            Box::pin(async move {
                if booking.status == Status::NoShow {
                    return Ok(Step::Same(booking));
                }
                if booking.checked_in_at.is_some() {
                    let (ko, en) = ("이미 체크인한 예약입니다.", "They have checked in.");
                    return Err(BookingError::refused("checked_in", ko, en));
                }
                self.missed(&caller.actor, booking, reason.clone()).await
            })
        })
        .await
    }

    /// The change that makes a booking one nobody came to.
    pub(crate) async fn missed(
        &self,
        by: &Actor,
        booking: Booking,
        reason: Option<String>,
    ) -> Result<Step, BookingError> {
        let now = self.now();
        let moved = booking.moved(Status::NoShow, now, None).ok_or(BookingError::Status(booking.status))?;
        if now < booking.start_time {
            return Err(not_begun());
        }
        let offered = self.offered(&booking).await?;
        let mut ledger = Ledger::open(&self.db, Ledger::cells_of(&booking)).await?;
        let mut kept = Vec::new();
        for (index, place) in booking.places.iter().enumerate() {
            let ahead = offered.grid().first_ahead(place.day, now);
            // Its first slot stays, whenever it was missed: the desk sees that it was there.
            let ahead = match place.share {
                Share::Slots { from, .. } if index == 0 => ahead.max(from + 1),
                Share::Slots { .. } | Share::Seats { .. } => ahead,
            };
            kept.extend(ledger.shrink(&booking, place, ahead).map_err(|_| BookingError::Contended)?);
        }
        let mut change = Change::new(&self.db, by, "booking.missed").because(reason);
        // Their counter stays: who does not come has had their booking.
        ledger.write(&mut change, Refusal::Stale);
        let stored = change.replace(&booking, Booking { places: kept, ..moved }, None, Refusal::Stale);
        Ok(Step::Write(Box::new(change), stored))
    }

    /// A change of the record alone.
    fn replaced(&self, caller: &Caller, action: &'static str, before: &Booking, next: Booking) -> Step {
        let mut change = Change::new(&self.db, &caller.actor, action);
        let stored = change.replace(before, next, None, Refusal::Stale);
        Step::Write(Box::new(change), stored)
    }

    /// Moves a booking to a status staff name, by whatever that means.
    pub async fn set_status(
        &self,
        caller: &Caller,
        id: BookingId,
        to: Status,
        reason: Option<String>,
        request: Option<&Idempotency>,
    ) -> Result<(Booking, bool), BookingError> {
        match self.to_status(caller, id, to, reason, request).await {
            // What it means depends on where it stands, which an identical request may have changed.
            Err(BookingError::Status(_)) if self.answered(request).await?.is_some() => {
                Ok((self.get(caller, id).await?, true))
            }
            done => done,
        }
    }

    async fn to_status(
        &self,
        caller: &Caller,
        id: BookingId,
        to: Status,
        reason: Option<String>,
        request: Option<&Idempotency>,
    ) -> Result<(Booking, bool), BookingError> {
        let booking = self.get(caller, id).await?;
        match (booking.status, to) {
            (Status::Pending, Status::Confirmed) => self.approve(caller, id, true, request).await,
            (Status::Pending, Status::Held) => self.approve(caller, id, false, request).await,
            (Status::Cancelled | Status::NoShow, Status::Confirmed | Status::Pending | Status::Held) => {
                self.restore(caller, id, request).await
            }
            (_, Status::Cancelled) => {
                let wish = super::Cancel { reason, ..super::Cancel::default() };
                self.cancel(caller, id, &wish, request).await
            }
            (_, Status::Completed) => self.complete_stay(caller, id, request).await,
            (_, Status::NoShow) => self.no_show(caller, id, reason, request).await,
            (from, Status::Confirmed | Status::Held | Status::Pending) if from.is_before() => {
                self.enter_draft(caller, id, to == Status::Confirmed, request).await
            }
            (Status::Held, Status::Confirmed) => self.confirm_hold(caller, id, reason, request).await,
            (_, Status::Draft | Status::NeedsReview | Status::Reviewed) => {
                self.review(caller, id, to, reason, request).await
            }
            (from, _) => Err(BookingError::Status(from)),
        }
    }

    /// Makes a hold firm without payment: on staff's word, or where nothing is owed.
    pub async fn confirm_hold(
        &self,
        caller: &Caller,
        id: BookingId,
        reason: Option<String>,
        request: Option<&Idempotency>,
    ) -> Result<(Booking, bool), BookingError> {
        let reason = &reason;
        self.alter(caller, id, request, |booking| {
            Box::pin(async move {
                may_touch(caller, &booking)?;
                if booking.status != Status::Held {
                    return Err(BookingError::Status(booking.status));
                }
                if !booking.is_settled() && !caller.may(Permission::BookingsWrite) {
                    let (ko, en) = ("결제가 필요한 예약입니다.", "It has to be paid.");
                    return Err(BookingError::refused("unpaid", ko, en));
                }
                let next = booking.moved(Status::Confirmed, self.now(), None);
                let next = next.ok_or(BookingError::Status(booking.status))?;
                let mut change =
                    Change::new(&self.db, &caller.actor, "booking.confirmed").because(reason.clone());
                let standing = Standing::of(&self.db, booking).await?;
                // Lost to somebody else, and not known to be over yet.
                standing.retime(&mut change, None, Refusal::Stale).ok_or_else(gone)?;
                let stored = change.replace(&standing.booking, next, None, Refusal::Stale);
                Ok(Step::Write(Box::new(change), stored))
            })
        })
        .await
    }

    /// Moves what occupies nothing yet between its stages of review.
    async fn review(
        &self,
        caller: &Caller,
        id: BookingId,
        to: Status,
        reason: Option<String>,
        request: Option<&Idempotency>,
    ) -> Result<(Booking, bool), BookingError> {
        let reason = &reason;
        self.alter(caller, id, request, |booking| {
            Box::pin(async move {
                if !booking.status.is_before() {
                    return Err(BookingError::Status(booking.status));
                }
                let next = booking.moved(to, self.now(), None).ok_or(BookingError::Status(booking.status))?;
                let mut change =
                    Change::new(&self.db, &caller.actor, "booking.reviewed").because(reason.clone());
                let stored = change.replace(&booking, next, None, Refusal::Stale);
                Ok(Step::Write(Box::new(change), stored))
            })
        })
        .await
    }

    /// The resource of a booking, in whatever state.
    pub(crate) async fn offered(&self, booking: &Booking) -> Result<Offered, BookingError> {
        Offered::load(&self.db, booking.what.resource()).await?.ok_or(BookingError::NoResource)
    }
}

fn gone() -> BookingError {
    BookingError::refused(
        "hold_over",
        "시간이 지나 자리가 다른 예약에 넘어갔습니다.",
        "The hold was over, and somebody else has its place.",
    )
}

fn too_late() -> BookingError {
    BookingError::refused("begun", "이미 시작한 예약입니다.", "It has begun already.")
}

fn not_begun() -> BookingError {
    BookingError::refused("not_begun", "아직 시작하지 않은 예약입니다.", "It has not begun yet.")
}
