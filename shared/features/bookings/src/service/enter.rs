//! Entering the ledger and leaving it: what every path has in common.

use std::collections::BTreeMap;

use jiff::Timestamp;
use maru_kernel::{BookingId, WaitId};
use maru_rooms::Quota;
use maru_table::{Actor, Change, CommitError, StoreError};

use super::plan::{Offered, Plan};
use super::{Bookings, Refusal};
use crate::error::Taken;
use crate::gate::{Claim, Counter, Ledger, Taker, counters};
use crate::model::{Booking, Interval, Place, Status};
use crate::{BookingError, rules, store};

/// Actions a transaction can have.
const MOST_ACTIONS: usize = 100;

/// What a change does to people's counters, netted: a transaction touches an item once.
#[derive(Debug, Default)]
pub(crate) struct Counts(BTreeMap<Counter, i64>);

impl Counts {
    /// A booking enters.
    pub fn enters(&mut self, booking: &Booking) {
        self.add(booking, 1);
    }

    /// A booking leaves.
    pub fn leaves(&mut self, booking: &Booking) {
        self.add(booking, -1);
    }

    fn add(&mut self, booking: &Booking, sign: i64) {
        for (counter, times) in counters(booking) {
            *self.0.entry(counter).or_insert(0) += sign * i64::from(times);
        }
    }

    /// Adds the writes. What grows is bound by `quota`.
    pub fn write(self, change: &mut Change<Refusal>, quota: Option<Quota>) {
        for (counter, by) in self.0 {
            match (by, quota) {
                (0, _) => {}
                (1.., Some(quota)) => {
                    let by = u16::try_from(by).unwrap_or(u16::MAX);
                    change.also(counter.raise(by, quota.bookings), Refusal::Quota(quota));
                }
                _ => change.also(counter.change(by), Refusal::Stale),
            }
        }
    }

    /// Adds the writes of a change that only frees.
    pub fn write_lower<R: Copy>(self, change: &mut Change<R>, stale: R) {
        for (counter, by) in self.0.into_iter().filter(|(_, by)| *by != 0) {
            change.also(counter.change(by), stale);
        }
    }
}

/// How a booking begins.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Beginning {
    pub status: Status,
    pub hold_until: Option<i64>,
    pub hold_limit: Option<i64>,
    pub action: &'static str,
}

impl Beginning {
    /// Of a new booking: free of charge or approved by itself it is firm at once; where staff confirm, it
    /// waits for them; what costs something is held while it is paid.
    pub fn of(offered: &Offered, price: maru_kernel::Money, firm: bool, now: Timestamp) -> Self {
        let (status, action) = match (firm || price.is_zero(), offered.auto_confirm() || firm) {
            (_, false) => (Status::Pending, "booking.requested"),
            (true, true) => (Status::Confirmed, "booking.confirmed"),
            (false, true) => (Status::Held, "booking.held"),
        };
        if status == Status::Held { Self::held(now, action) } else { Self::firm(status, action) }
    }

    /// Firm in this status.
    pub fn firm(status: Status, action: &'static str) -> Self {
        Self { status, hold_until: None, hold_limit: None, action }
    }

    /// An ordinary hold.
    pub fn held(now: Timestamp, action: &'static str) -> Self {
        Self::held_for(now, rules::HOLD_SECONDS, rules::LONGEST_HOLD_SECONDS, action)
    }

    /// A hold for so many seconds, to be renewed up to so many.
    pub fn held_for(now: Timestamp, seconds: i64, most: i64, action: &'static str) -> Self {
        let limit = now.as_second() + most;
        let until = rules::hold_until(limit, now, seconds);
        Self { status: Status::Held, hold_until: until, hold_limit: Some(limit), action }
    }
}

impl Bookings {
    /// The ledger's items of these claims and of what these bookings stand on; those in `ledger` already are
    /// not read again.
    pub(crate) async fn opened(
        &self,
        mut ledger: Ledger,
        claims: &[Claim],
        standing: &[&Booking],
    ) -> Result<Ledger, BookingError> {
        let claimed = claims.iter().flat_map(Claim::cells);
        let stood_on = standing.iter().flat_map(|booking| Ledger::cells_of(booking));
        ledger.read(&self.db, claimed.chain(stood_on).collect::<std::collections::BTreeSet<_>>()).await?;
        Ok(ledger)
    }

    /// Takes everything a plan wants, or says what stands in the way and what could be had instead.
    pub(crate) async fn take(
        &self,
        ledger: &mut Ledger,
        offered: &Offered,
        plan: &Plan,
        taker: Taker,
    ) -> Result<Vec<Place>, BookingError> {
        let before = ledger.clone();
        let mut places = Vec::new();
        let mut conflicts = Vec::new();
        for part in &plan.parts {
            match ledger.take(&part.claim, taker) {
                Ok(taken) => places.extend(taken),
                Err(_) => conflicts.push((&part.claim, part.time)),
            }
        }
        if conflicts.is_empty() {
            return Ok(places);
        }
        Err(self.taken(&before, offered, &conflicts, taker.booking).await?)
    }

    /// What to say to somebody who cannot have these.
    pub(crate) async fn taken(
        &self,
        ledger: &Ledger,
        offered: &Offered,
        conflicts: &[(&Claim, Interval)],
        own: BookingId,
    ) -> Result<BookingError, BookingError> {
        let now = self.now();
        let Some((claim, first)) = conflicts.first() else { return Ok(BookingError::Contended) };
        let seats = if let Claim::Seats { seats, .. } = claim { *seats } else { 0 };
        let alternatives = offered.alternatives(&self.db, ledger, *first, seats, now).await?;
        let mut holders: Vec<BookingId> =
            conflicts.iter().flat_map(|(claim, _)| ledger.holders(claim, now.as_second())).collect();
        holders.retain(|id| *id != own);
        holders.truncate(25);
        Ok(BookingError::Taken(Box::new(Taken {
            alternatives,
            zone: offered.zone().to_owned(),
            conflicts: conflicts.iter().map(|(_, time)| *time).collect(),
            holders: store::bookings(&self.db, &holders).await?,
        })))
    }

    /// Expires the evicted holds in this change, writes the ledger and the counters. `false`: what was read is
    /// old news, or too much at once; decide again.
    pub(crate) async fn complete(
        &self,
        change: &mut Change<Refusal>,
        ledger: Ledger,
        mut counts: Counts,
        quota: Option<Quota>,
    ) -> Result<bool, BookingError> {
        let evicted = ledger.evicted();
        if change.actions() + ledger.changes() + evicted.len() * 3 + 8 > MOST_ACTIONS {
            // More than one transaction can carry: what is over goes first, by itself.
            for id in &evicted {
                self.expire(*id, &Actor::system("gate")).await?;
            }
            return if evicted.is_empty() { Err(too_much()) } else { Ok(false) };
        }
        for id in evicted {
            if !self.expire_evicted(change, &mut counts, id).await? {
                return Ok(false);
            }
        }
        ledger.write(change, Refusal::Stale);
        counts.write(change, quota);
        Ok(true)
    }

    /// An evicted hold expires in the same transaction. One that touches another day, too, may have been
    /// evicted there before: then it has expired, and what is left of it here just goes. `false` where
    /// it is no hold any more: then the day that was read is old news.
    async fn expire_evicted(
        &self,
        change: &mut Change<Refusal>,
        counts: &mut Counts,
        id: BookingId,
    ) -> Result<bool, BookingError> {
        let Some(held) = store::booking(&self.db, id).await? else { return Ok(false) };
        if matches!(held.status, Status::Expired | Status::Cancelled) {
            return Ok(true);
        }
        let now = self.now();
        let expired = held.moved(Status::Expired, now, None).filter(|_| held.is_over(now));
        let Some(expired) = expired else { return Ok(false) };
        counts.leaves(&held);
        // Its holder must not be told what happened to somebody else's booking.
        let gone = Booking { places: Vec::new(), ..expired };
        change.replace_as("booking.expired", &held, gone, Refusal::Stale);
        Ok(true)
    }

    /// Expires a hold that is over; whether it did.
    pub(crate) async fn expire(&self, id: BookingId, by: &Actor) -> Result<bool, StoreError> {
        let Some(booking) = store::booking(&self.db, id).await? else { return Ok(false) };
        let now = self.now();
        if !booking.is_over(now) {
            return Ok(false);
        }
        let mut change = Change::new(&self.db, by, "booking.expired");
        let standing = super::Standing::of(&self.db, booking).await?;
        if standing.release(&mut change, Status::Expired, None, ()).is_none() {
            return Ok(false);
        }
        match self.db.commit(&change).await {
            Ok(()) => Ok(true),
            Err(CommitError::Refused((), _)) => Ok(false),
            Err(CommitError::Store(error)) => Err(error),
        }
    }

    /// Whoever takes for a booking.
    pub(crate) fn taker(&self, booking: BookingId, until: Option<i64>, line: Option<WaitId>) -> Taker {
        Taker { booking, until, now: self.now().as_second(), line }
    }
}

fn too_much() -> BookingError {
    let said = maru_kernel::Said::new(
        "한 번에 바꿀 수 있는 양을 넘습니다. 나누어 예약해 주세요.",
        "More than can be written at once. Please book it in parts.",
    );
    BookingError::Invalid(vec![maru_kernel::FieldError::new("", "too_much", said)])
}
