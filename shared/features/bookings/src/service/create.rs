//! Making a booking.

use maru_accounts::person_with_seal;
use maru_identity::{Caller, Permission};
use maru_kernel::{BookingId, Money, SealKey, UserId};
use maru_table::{Change, Found, Idempotency, Key, Replay};

use super::enter::{Beginning, Counts};
use super::plan::{Offered, Plan};
use super::times::{hours, instants, leave_out_taken};
use super::wish::{Made, NewBooking, Skipped, Whom, Wished};
use super::{Bookings, Patience, Refusal};
use crate::gate::{Cell, Ledger};
use crate::model::{Booking, Resource, Status};
use crate::{BookingError, store};

impl Bookings {
    /// Takes what is wished: a hold where it costs something, a firm booking where it does not.
    pub async fn create(
        &self,
        caller: &Caller,
        new: &NewBooking,
        request: Option<&Idempotency>,
    ) -> Result<Made, BookingError> {
        let staff = caller.may(Permission::BookingsWrite);
        let for_others = !matches!(new.whom, Whom::Caller) || new.contact.is_some();
        if (for_others || new.draft || new.firm) && !staff {
            return Err(BookingError::Forbidden);
        }
        let owner = self.owner(caller, &new.whom).await?;
        let resource = new.wished.resource();
        let guessed: Vec<Cell> =
            new.wished.candidates().into_iter().map(|date| Cell::day(resource, date)).collect();
        let keys: Vec<Key> = std::iter::once(Offered::key(resource))
            .chain(guessed.iter().map(|cell| cell.key()))
            .chain(request.map(Idempotency::key))
            .collect();
        let mut patience = Patience::new(&self.db);
        loop {
            let mut found = self.db.get_many(&keys).await?;
            // The record of an identical request wins before any rule: its slots are taken, by itself.
            if let Some(request) = request {
                match request.replay(found.take_item(&request.key()), self.now()) {
                    Some(Replay::Same { reference }) => return self.again(&reference).await,
                    Some(Replay::OtherBody) => return Err(BookingError::KeyReused),
                    None => {}
                }
            }
            match self.try_create(caller, new, &owner, request, (&guessed, &mut found)).await {
                Ok(Some(made)) => return Ok(made),
                Ok(None) => {}
                Err(error) => return self.again(&self.answered_meanwhile(error, request).await?).await,
            }
            patience.wait().await?;
        }
    }

    /// What an identical request made. Its key is the caller's, so what it made may be shown to them.
    async fn again(&self, reference: &str) -> Result<Made, BookingError> {
        let id: BookingId = reference.parse().map_err(|_| BookingError::NoBooking)?;
        let booking = store::booking(&self.db, id).await?.ok_or(BookingError::NoBooking)?;
        Ok(Made { booking, replayed: true, skipped: Vec::new() })
    }

    async fn owner(
        &self,
        caller: &Caller,
        whom: &Whom,
    ) -> Result<(Option<UserId>, Option<SealKey>), BookingError> {
        match whom {
            Whom::Caller => Ok((Some(caller.user_id), Some(caller.seal.clone()))),
            Whom::Guest => Ok((None, None)),
            Whom::Person(id) => {
                let (_, seal) = person_with_seal(&self.db, *id).await?.ok_or(BookingError::NoPerson)?;
                Ok((Some(*id), Some(seal)))
            }
        }
    }

    async fn try_create(
        &self,
        caller: &Caller,
        new: &NewBooking,
        owner: &(Option<UserId>, Option<SealKey>),
        request: Option<&Idempotency>,
        (guessed, found): (&[Cell], &mut Found),
    ) -> Result<Option<Made>, BookingError> {
        let staff = caller.may(Permission::BookingsWrite);
        let offered = Offered::take(new.wished.resource(), found)?;
        let offered = offered.filter(Offered::is_open).ok_or(BookingError::NoResource)?;
        let mut ledger = Ledger::default();
        ledger.fill(guessed.iter().copied(), found);
        let id = BookingId::new(self.db.clock(), self.db.random());
        let now = self.now();
        let (mut plan, mut skipped) = self.plan(&offered, new, &ledger, staff)?;
        if !new.draft {
            ledger = self.opened(ledger, &plan.claims(), &[]).await?;
        }
        if matches!(new.wished, Wished::Room { skip: true, .. }) {
            let trial = self.taker(id, None, None);
            skipped.extend(leave_out_taken(&ledger, &mut plan, trial));
            if plan.parts.is_empty() {
                return Err(self.nothing_left(&ledger, &offered, &skipped).await?);
            }
        }
        let price = plan.price().ok_or(BookingError::NoResource)?;
        let beginning = if new.draft {
            Beginning::firm(Status::Draft, "booking.drafted")
        } else {
            Beginning::of(&offered, price, new.firm, now)
        };
        let mut booking = self.record(new, &offered, &plan, owner.0, (id, beginning));
        let mut counts = Counts::default();
        if !new.draft {
            let taker = self.taker(id, beginning.hold_until, None);
            booking.places = self.take(&mut ledger, &offered, &plan, taker).await?;
            counts.enters(&booking);
        }
        let booking = booking.touched(now);
        let mut change = Change::new(&self.db, &caller.actor, beginning.action);
        change.create(&booking, owner.1.as_ref(), Refusal::Stale);
        // Staff decide for themselves how much somebody may have; it is counted all the same.
        let quota = offered.quota().filter(|_| !staff);
        if !self.complete(&mut change, ledger, counts, quota).await? {
            return Ok(None);
        }
        change.remember(request, id, Refusal::Stale);
        self.settle(&change, Made { booking, replayed: false, skipped }).await
    }

    /// What a wish comes to, and which of its times were left out by a rule.
    pub(super) fn plan(
        &self,
        offered: &Offered,
        new: &NewBooking,
        ledger: &Ledger,
        staff: bool,
    ) -> Result<(Plan, Vec<Skipped>), BookingError> {
        let now = self.now();
        match &new.wished {
            Wished::Tour(departure) => {
                let cell = Cell::day(Resource::Tour(departure.tour_id), departure.date);
                let own = ledger.day(cell).and_then(|day| day.own_seats.get(&departure.time).copied());
                let plan =
                    offered.plan_departure(departure, own, now, staff).map_err(BookingError::Invalid)?;
                Ok((plan, Vec::new()))
            }
            Wished::Room { room_id, times, skip } => {
                offered.may_seat(new.heads).map_err(BookingError::Invalid)?;
                let times = instants(times, offered)?;
                hours(offered, *room_id, &times, *skip, (now, staff))
            }
        }
    }

    pub(super) fn record(
        &self,
        new: &NewBooking,
        offered: &Offered,
        plan: &Plan,
        user_id: Option<UserId>,
        (booking_id, beginning): (BookingId, Beginning),
    ) -> Booking {
        let now = self.now();
        let times = plan.times();
        let first = times.first().map_or(now, |time| time.start);
        let last = times.iter().map(|time| time.end).max().unwrap_or(first);
        Booking {
            booking_id,
            what: plan.what.clone(),
            user_id,
            contact: new.contact.clone(),
            title: offered.titled(&new.title),
            description: new.description.clone(),
            heads: new.heads,
            start_time: first,
            end_time: last,
            times: if times.len() > 1 { times } else { Vec::new() },
            zone: offered.zone().to_owned(),
            status: beginning.status,
            price: plan.price().unwrap_or(Money { minor: 0, currency: maru_kernel::Currency::KRW }),
            paid: None,
            paid_by: Vec::new(),
            terms: offered.terms().clone(),
            counted: offered.quota().map(|quota| quota.per),
            places: Vec::new(),
            order_id: None,
            hold_until: beginning.hold_until,
            hold_limit: beginning.hold_limit,
            due: None,
            due_at: None,
            reminded: None,
            checked_in_at: None,
            cancelled: None,
            sequence: 0,
            hidden: false,
            created_at: now,
            updated_at: now,
            lock_version: 1,
        }
    }

    /// Of a series that may leave times out, none is left.
    async fn nothing_left(
        &self,
        ledger: &Ledger,
        offered: &Offered,
        skipped: &[Skipped],
    ) -> Result<BookingError, BookingError> {
        let alternatives = match skipped.first() {
            Some(first) => offered.alternatives(&self.db, ledger, first.time, 0, self.now()).await?,
            None => Vec::new(),
        };
        Ok(BookingError::Taken(Box::new(crate::error::Taken {
            alternatives,
            zone: offered.zone().to_owned(),
            conflicts: skipped.iter().map(|skipped| skipped.time).collect(),
            holders: Vec::new(),
        })))
    }
}
