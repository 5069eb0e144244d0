//! What workers do about bookings: ending what is over, serving who waits, reminding.

use std::collections::BTreeSet;

use maru_kernel::BookingId;
use maru_table::{Actor, Change, CommitError, Db, StoreError};
use serde::Serialize;

use crate::model::{Booking, Due, Resource, Status};
use crate::service::{Bookings, Standing, Step};
use crate::{BookingError, store};

/// Bookings looked at in one run, of each kind.
const BATCH: u16 = 100;
/// People in lines looked at in one run.
const MOST_WAITING: usize = 1000;

/// What a run of the sweeper did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Swept {
    /// Holds that are over.
    pub expired: u32,
    /// Requests nobody answered before they began.
    pub lapsed: u32,
    /// Bookings nobody came to.
    pub missed: u32,
    /// Bookings that took place.
    pub completed: u32,
    /// People in line who were given a hold, or struck off.
    pub served: u32,
}

/// The sweeper. Nothing depends on its time: holds that are over are evicted by whoever needs their place.
#[derive(Clone)]
pub struct Sweeper {
    bookings: Bookings,
    db: Db,
}

impl Sweeper {
    /// Over `db`.
    pub fn new(db: Db) -> Self {
        Self { bookings: Bookings::new(db.clone()), db }
    }

    /// Ends what is over and serves the lines. What cannot be done now is left for the next run and does not
    /// stop the rest.
    pub async fn run(&self) -> Result<Swept, BookingError> {
        let mut swept = Swept::default();
        for id in self.due(Due::Hold).await? {
            swept.expired += tried(id, self.bookings.expire(id, &worker()).await.map_err(Into::into));
        }
        for id in self.due(Due::Arrive).await? {
            match self.look(id).await {
                Ok(Some(Status::NoShow)) => swept.missed += 1,
                Ok(Some(_)) => swept.lapsed += 1,
                Ok(None) => {}
                Err(error) => tracing::warn!(%error, booking = %id, "an arrival could not be looked at"),
            }
        }
        for id in self.due(Due::Finish).await? {
            swept.completed += tried(id, self.finish(id).await);
        }
        swept.served = self.serve().await?;
        Ok(swept)
    }

    async fn due(&self, due: Due) -> Result<Vec<BookingId>, StoreError> {
        store::due(&self.db, due, self.db.clock().now().as_second(), BATCH).await
    }

    /// A request that begins unanswered is cancelled; whoever has not come has not come. Answers what it became.
    async fn look(&self, id: BookingId) -> Result<Option<Status>, BookingError> {
        let now = self.db.clock().now();
        let Some(booking) = self.still_due(id, Due::Arrive).await? else { return Ok(None) };
        let step = if booking.status == Status::Pending {
            let freed = booking.moved(Status::Cancelled, now, None);
            let freed = freed.ok_or(BookingError::Status(booking.status))?;
            let mut change = Change::new(&self.db, &worker(), "booking.lapsed");
            let standing = Standing::of(&self.db, booking).await?;
            match standing.leave(&mut change, freed, None, crate::service::Refusal::Stale) {
                Some(stored) => Step::Write(Box::new(change), stored),
                None => Step::Again,
            }
        } else {
            self.bookings.missed(&worker(), booking, None).await?
        };
        let Step::Write(change, next) = step else { return Ok(None) };
        self.bookings.settle(&change, next.status).await
    }

    async fn finish(&self, id: BookingId) -> Result<bool, BookingError> {
        let Some(booking) = self.still_due(id, Due::Finish).await? else { return Ok(false) };
        let Some(next) = booking.moved(Status::Completed, self.db.clock().now(), None) else {
            return Ok(false);
        };
        replace(&self.db, &worker(), "booking.completed", &booking, next).await.map_err(Into::into)
    }

    async fn still_due(&self, id: BookingId, due: Due) -> Result<Option<Booking>, StoreError> {
        still_due(&self.db, id, due).await
    }

    /// Every day somebody waits for, in the order of who came first.
    async fn serve(&self) -> Result<u32, BookingError> {
        let (mut served, mut after, mut seen) = (0, None, 0);
        let mut done: BTreeSet<(Resource, jiff::civil::Date)> = BTreeSet::new();
        while seen < MOST_WAITING {
            let page = store::waiting(&self.db, BATCH, after).await?;
            seen += page.items.len();
            for id in page.items {
                let Some(wait) = store::wait(&self.db, id).await? else { continue };
                if !done.insert((wait.resource, wait.date)) {
                    continue;
                }
                match self.bookings.serve_line(wait.resource, wait.date).await {
                    Ok(some) => served += some,
                    Err(error) => tracing::warn!(%error, wait = %id, "a line could not be served"),
                }
            }
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        Ok(served)
    }
}

/// Whoever reminds people.
#[derive(Clone)]
pub struct Reminders {
    db: Db,
}

impl Reminders {
    /// Over `db`.
    pub fn new(db: Db) -> Self {
        Self { db }
    }

    /// Marks every booking whose reminder is due; the mark is what the mailer writes to people about. Answers
    /// how many.
    pub async fn run(&self) -> Result<u32, StoreError> {
        let now = self.db.clock().now();
        let mut done = 0;
        for id in store::due(&self.db, Due::Remind, now.as_second(), BATCH).await? {
            let Some(booking) = still_due(&self.db, id, Due::Remind).await? else { continue };
            let ahead = booking.intervals().into_iter().find(|time| time.start > now);
            let reminded = ahead.map_or(booking.end_time, |time| time.start);
            let next = Booking { reminded: Some(reminded), ..booking.clone() }.touched(now);
            // It began while nobody looked: nothing to remind of any more.
            let action = if ahead.is_some() { "booking.reminded" } else { "booking.unreminded" };
            match replace(&self.db, &Actor::system("reminders"), action, &booking, next).await {
                Ok(marked) => done += u32::from(marked && ahead.is_some()),
                Err(error) => tracing::warn!(%error, booking = %id, "somebody could not be reminded"),
            }
        }
        Ok(done)
    }
}

/// How many were tidied: one or none. What cannot be tidied now is left for the next run.
fn tried(id: BookingId, done: Result<bool, BookingError>) -> u32 {
    done.map_or_else(
        |error| {
            tracing::warn!(%error, booking = %id, "a booking could not be tidied");
            0
        },
        u32::from,
    )
}

/// The booking, if that is still due about it.
async fn still_due(db: &Db, id: BookingId, due: Due) -> Result<Option<Booking>, StoreError> {
    let now = db.clock().now().as_second();
    let found = store::booking(db, id).await?;
    Ok(found.filter(|booking| booking.due == Some(due) && booking.due_at.is_some_and(|at| at <= now)))
}

/// Whether it was replaced, and not by somebody else.
async fn replace(
    db: &Db,
    by: &Actor,
    action: &'static str,
    before: &Booking,
    next: Booking,
) -> Result<bool, StoreError> {
    let mut change = Change::new(db, by, action);
    let _stored = change.replace(before, next, None, ());
    match db.commit(&change).await {
        Ok(()) => Ok(true),
        Err(CommitError::Refused((), _)) => Ok(false),
        Err(CommitError::Store(error)) => Err(error),
    }
}

fn worker() -> Actor {
    Actor::system("hold-sweeper")
}
