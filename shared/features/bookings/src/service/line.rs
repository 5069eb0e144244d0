//! Waiting for what is taken, first come first served.
//!
//! The line stands in the day's own ledger item, so the gate sees it whenever it decides: what somebody in
//! line could have is not free for who walks in. What came free becomes a hold of the first who can have it.

use jiff::civil::Date;
use maru_accounts::people;
use maru_identity::{Caller, Permission};
use maru_kernel::{BookingId, SealKey, WaitId};
use maru_table::{Actor, Change, Idempotency, StoreError};

use super::enter::{Beginning, Counts};
use super::plan::{Offered, Plan};
use super::{Bookings, NewBooking, Patience, Refusal, Wished};
use crate::gate::{Cell, Ledger, Waiting};
use crate::model::{Departure, Interval, Resource, Share, Wait, WaitStatus, Wanted, What};
use crate::{BookingError, rules, store};

/// Somebody who stands in line, and who did already by an earlier, identical request.
#[derive(Debug, Clone)]
pub struct Joined {
    /// Their place.
    pub wait: Wait,
    /// Whether an earlier, identical request made it.
    pub replayed: bool,
}

impl Bookings {
    /// Puts the caller at the end of the line for what they wish.
    pub async fn join(
        &self,
        caller: &Caller,
        new: &NewBooking,
        request: Option<&Idempotency>,
    ) -> Result<Joined, BookingError> {
        let mut patience = Patience::new(&self.db);
        loop {
            if let Some(reference) = self.answered(request).await? {
                return self.joined(&reference).await;
            }
            match self.try_join(caller, new, request).await {
                Ok(Some(wait)) => return Ok(Joined { wait, replayed: false }),
                Ok(None) => {}
                Err(error) => return self.joined(&self.answered_meanwhile(error, request).await?).await,
            }
            patience.wait().await?;
        }
    }

    /// The place an identical request got.
    async fn joined(&self, reference: &str) -> Result<Joined, BookingError> {
        let id: WaitId = reference.parse().map_err(|_| BookingError::NoBooking)?;
        let wait = store::wait(&self.db, id).await?.ok_or(BookingError::NoBooking)?;
        Ok(Joined { wait, replayed: true })
    }

    async fn try_join(
        &self,
        caller: &Caller,
        new: &NewBooking,
        request: Option<&Idempotency>,
    ) -> Result<Option<Wait>, BookingError> {
        let offered = Offered::load(&self.db, new.wished.resource()).await?.filter(Offered::is_open);
        let offered = offered.ok_or(BookingError::NoResource)?;
        let mut ledger = Ledger::default();
        if let Wished::Tour(departure) = &new.wished {
            ledger.read(&self.db, [Cell::day(new.wished.resource(), departure.date)]).await?;
        }
        let (plan, _) = self.plan(&offered, new, &ledger, false)?;
        let mut ledger = self.opened(ledger, &plan.claims(), &[]).await?;
        let [cell] = plan.claims().iter().flat_map(crate::gate::Claim::cells).collect::<Vec<_>>()[..] else {
            return Err(no_line());
        };
        if cell.slot.is_some() {
            return Err(no_line());
        }
        let id = WaitId::new(self.db.clock(), self.db.random());
        let part = plan.parts.first().ok_or(BookingError::NoResource)?;
        if ledger.clone().take(&part.claim, self.taker(BookingId::from_bytes(id.bytes()), None, None)).is_ok()
        {
            let (ko, en) = ("지금 예약할 수 있습니다.", "It can be booked right now.");
            return Err(BookingError::refused("free_now", ko, en));
        }
        let share = part.claim.share().ok_or_else(no_line)?;
        let day = ledger.day(cell).ok_or(BookingError::NoResource)?;
        self.may_join(caller, &day.line, share).await?;
        let now = self.now();
        let wait = Wait {
            wait_id: id,
            user_id: caller.user_id,
            resource: cell.resource,
            date: cell.date,
            wanted: match &plan.what {
                What::Tour(departure) => Wanted::Seats {
                    time: departure.time,
                    party: departure.party,
                    pickup: departure.pickup.clone(),
                },
                What::Room(_) | What::Block(_) => Wanted::Hours(part.time),
            },
            title: offered.titled(&new.title),
            description: new.description.clone(),
            heads: new.heads,
            status: WaitStatus::Waiting,
            booking_id: None,
            open: Some(WaitStatus::Waiting),
            zone: offered.zone().to_owned(),
            until: part.time.start.as_second(),
            created_at: now,
            updated_at: now,
            lock_version: 1,
        };
        if let Some(edit) = ledger.edit(cell) {
            edit.join(Waiting { id, share });
        }
        let mut change = Change::new(&self.db, &caller.actor, "wait.joined");
        change.create(&wait, Some(&caller.seal), Refusal::Stale);
        ledger.write(&mut change, Refusal::Stale);
        change.remember(request, id, Refusal::Stale);
        self.settle(&change, wait).await
    }

    /// Nobody stands in line twice for the same, and no line is longer than its day's item can hold.
    async fn may_join(&self, caller: &Caller, line: &[Waiting], share: Share) -> Result<(), BookingError> {
        if line.len() >= rules::LONGEST_LINE {
            let (ko, en) = ("대기자가 너무 많습니다.", "Too many are waiting already.");
            return Err(BookingError::refused("line_full", ko, en));
        }
        for waiting in line.iter().filter(|waiting| waiting.share == share) {
            let theirs = store::wait(&self.db, waiting.id).await?;
            if theirs.is_some_and(|wait| wait.user_id == caller.user_id) {
                let (ko, en) = ("이미 대기 중입니다.", "You are waiting for it already.");
                return Err(BookingError::refused("already_waiting", ko, en));
            }
        }
        Ok(())
    }

    /// The caller's places in lines, newest first.
    pub async fn waits(
        &self,
        caller: &Caller,
        limit: u16,
        after: Option<maru_table::Cursor>,
    ) -> Result<maru_table::Page<Wait>, BookingError> {
        Ok(store::waits_of(&self.db, caller, limit, after).await?)
    }

    /// Takes the caller out of the line, or anyone for staff. Leaving twice answers the same.
    pub async fn leave_line(&self, caller: &Caller, id: WaitId) -> Result<Wait, BookingError> {
        let staff = caller.may(Permission::BookingsWrite);
        let mut patience = Patience::new(&self.db);
        loop {
            let wait =
                store::wait(&self.db, id).await?.filter(|wait| wait.user_id == caller.user_id || staff);
            let wait = wait.ok_or(BookingError::NoBooking)?;
            if wait.status != WaitStatus::Waiting {
                return Ok(wait);
            }
            let own = (wait.user_id == caller.user_id).then_some(&caller.seal);
            if let Some(left) = self.strike(&caller.actor, &wait, own).await? {
                return Ok(left);
            }
            patience.wait().await?;
        }
    }

    async fn strike(
        &self,
        by: &Actor,
        wait: &Wait,
        seal: Option<&SealKey>,
    ) -> Result<Option<Wait>, BookingError> {
        let cell = Cell::day(wait.resource, wait.date);
        let mut ledger = Ledger::open(&self.db, [cell]).await?;
        if let Some(edit) = ledger.edit(cell) {
            edit.leave(wait.wait_id);
        }
        let mut change = Change::new(&self.db, by, "wait.left");
        let left = wait.moved(WaitStatus::Left, None, self.now());
        let left = change.replace(wait, left, seal, Refusal::Stale);
        ledger.write(&mut change, Refusal::Stale);
        self.settle(&change, left).await
    }

    /// Gives what is free on a day to those in line who can have it, in their order. Answers to how many.
    pub async fn serve_line(&self, resource: Resource, date: Date) -> Result<u32, BookingError> {
        let by = Actor::system("hold-sweeper");
        let mut served = 0;
        let mut patience = Patience::new(&self.db);
        loop {
            match self.serve_first(&by, resource, date).await? {
                Some(true) => served += 1,
                Some(false) => return Ok(served),
                None => patience.wait().await?,
            }
        }
    }

    /// Serves the first who can be: `Some(false)` where nobody can, `None` where somebody else wrote the day.
    async fn serve_first(
        &self,
        by: &Actor,
        resource: Resource,
        date: Date,
    ) -> Result<Option<bool>, BookingError> {
        let cell = Cell::day(resource, date);
        let offered = Offered::load(&self.db, resource).await?;
        let mut ledger = Ledger::open(&self.db, [cell]).await?;
        let (Some(offered), Some(day)) = (offered, ledger.day(cell)) else { return Ok(Some(false)) };
        let now = self.now();
        let capacity = |at: u16| match &offered {
            Offered::Tour(tour, _) => day.own_seats.get(&at).copied().or_else(|| tour.seats_at(date, at)),
            Offered::Room(..) => None,
        };
        // Whoever waits for what has begun waits for nothing.
        for waiting in &day.line {
            let wait = store::wait(&self.db, waiting.id).await?;
            if let Some(wait) = wait.filter(|wait| wait.until <= now.as_second() || !offered.is_open()) {
                return Ok(self.strike(by, &wait, None).await?.map(|_| true));
            }
        }
        let Some(first) = Ledger::first_in_line(day, now.as_second(), capacity) else {
            return Ok(Some(false));
        };
        let wait = store::wait(&self.db, first)
            .await?
            .ok_or_else(|| StoreError::Broken("a place in a line is gone".into()))?;
        // Whoever may not sign in any more could not take it either.
        let person = people(&self.db, &[wait.user_id]).await?.remove(&wait.user_id);
        if person.is_none_or(|person| !person.is_active) {
            return Ok(self.strike(by, &wait, None).await?.map(|_| true));
        }
        let Some((plan, new)) = self.wish_of(&wait, &offered, &ledger) else {
            return Ok(self.strike(by, &wait, None).await?.map(|_| true));
        };
        let share = plan.parts.first().and_then(|part| part.claim.share());
        let Some(share) = share else { return Ok(self.strike(by, &wait, None).await?.map(|_| true)) };
        if ledger.edit(cell).is_some_and(|edit| edit.restate(Waiting { id: first, share })) {
            // The room keeps other buffers than when they came: whether it fits is decided anew.
            let mut change = Change::new(&self.db, by, "wait.restated");
            let _restated =
                change.replace(&wait, Wait { updated_at: now, ..wait.clone() }, None, Refusal::Stale);
            ledger.write(&mut change, Refusal::Stale);
            self.settle(&change, ()).await?;
            return Ok(None);
        }
        let price = plan.price().ok_or(BookingError::NoResource)?;
        let beginning = if offered.auto_confirm() {
            let until_start = wait.until.saturating_sub(now.as_second());
            let seconds = rules::LINE_OFFER_SECONDS.min(until_start);
            Beginning::held_for(now, seconds, seconds, "booking.offered")
        } else {
            Beginning::of(&offered, price, false, now)
        };
        let id = BookingId::new(self.db.clock(), self.db.random());
        let mut booking = self.record(&new, &offered, &plan, Some(wait.user_id), (id, beginning));
        let taker = self.taker(id, beginning.hold_until, Some(first));
        booking.places = self.take(&mut ledger, &offered, &plan, taker).await?;
        let mut counts = Counts::default();
        counts.enters(&booking);
        let booking = booking.touched(now);
        let mut change = Change::new(&self.db, by, beginning.action);
        change.create(&booking, None, Refusal::Stale);
        let _offered =
            change.replace(&wait, wait.moved(WaitStatus::Offered, Some(id), now), None, Refusal::Stale);
        if !self.complete(&mut change, ledger, counts, offered.quota()).await? {
            return Ok(None);
        }
        match self.settle(&change, true).await {
            // They have as many as they may: the next one's turn.
            Err(BookingError::Quota(_)) => Ok(self.strike(by, &wait, None).await?.map(|_| true)),
            other => other,
        }
    }

    /// What somebody in line wants, as a wish of today; `None` where it is no longer allowed.
    fn wish_of(&self, wait: &Wait, offered: &Offered, ledger: &Ledger) -> Option<(Plan, NewBooking)> {
        let (wished, plan) = match (&wait.wanted, wait.resource) {
            (Wanted::Hours(Interval { start, end }), Resource::Room(room_id)) => {
                let time = Interval { start: *start, end: *end };
                let part = offered.plan_hours(time, self.now(), true).ok()?;
                let times = super::Times::One(super::When::Instant(*start), super::When::Instant(*end));
                (
                    Wished::Room { room_id, times, skip: false },
                    Plan { what: What::Room(room_id), parts: vec![part] },
                )
            }
            (Wanted::Seats { time, party, pickup }, Resource::Tour(tour_id)) => {
                // A place where nobody is picked up any more is forgotten, and not the whole wish.
                let pickup = pickup.clone().filter(|named| offered.picks_up(named));
                let departure = Departure { tour_id, date: wait.date, time: *time, party: *party, pickup };
                let own = Self::own_seats(ledger, &What::Tour(departure.clone()));
                let plan = offered.plan_departure(&departure, own, self.now(), true).ok()?;
                (Wished::Tour(departure), plan)
            }
            (Wanted::Hours(_), Resource::Tour(_)) | (Wanted::Seats { .. }, Resource::Room(_)) => return None,
        };
        let new = NewBooking {
            wished,
            whom: super::Whom::Person(wait.user_id),
            contact: None,
            title: wait.title.clone(),
            description: wait.description.clone(),
            heads: wait.heads,
            draft: false,
            firm: false,
        };
        Some((plan, new))
    }
}

fn no_line() -> BookingError {
    BookingError::refused("no_line", "이 시간에는 대기할 수 없습니다.", "There is no waiting line for this.")
}
