//! What a person can do about a booking.

mod create;
mod standing;

use maru_identity::{Caller, Identity, Permission};
use maru_kernel::BookingId;
use maru_table::{Change, CommitError, Cursor, Db, Page};

use crate::model::{Booking, Status};
use crate::{BookingError, store};

pub use create::{NewBooking, When};
pub use standing::Standing;

/// Bookings, over one function's store.
#[derive(Clone)]
pub struct Bookings {
    db: Db,
    identity: Identity,
}

/// How a write about a booking can be refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Refusal {
    /// The ledger or a booking is not what was read: decide again.
    Stale,
}

/// Waits between tries at what others write, with full jitter, and not for ever.
struct Patience<'a> {
    db: &'a Db,
    since: tokio::time::Instant,
    tried: u32,
}

impl<'a> Patience<'a> {
    fn new(db: &'a Db) -> Self {
        Self { db, since: tokio::time::Instant::now(), tried: 0 }
    }

    async fn wait(&mut self) -> Result<(), BookingError> {
        self.tried += 1;
        if self.tried >= TRIES || self.since.elapsed() > PATIENCE {
            return Err(BookingError::Contended);
        }
        let most = (10_u64 << self.tried.min(5)).min(300);
        tokio::time::sleep(std::time::Duration::from_millis(self.db.random().below(most))).await;
        Ok(())
    }
}

/// Tries at a contended day before giving up.
const TRIES: u32 = 16;
/// Time at a contended day before giving up.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(4);

impl Bookings {
    /// Over `db`.
    pub fn new(db: Db) -> Self {
        Self { identity: Identity::new(db.clone()), db }
    }

    pub(crate) fn identity(&self) -> &Identity {
        &self.identity
    }

    pub(crate) fn now(&self) -> jiff::Timestamp {
        self.db.clock().now()
    }

    /// A booking the caller may see.
    pub async fn get(&self, caller: &Caller, id: BookingId) -> Result<Booking, BookingError> {
        let found = store::visible(&self.db, caller, Permission::BookingsRead, id).await?;
        found.ok_or(BookingError::NoBooking)
    }

    /// The caller's own bookings, latest start first.
    pub async fn own(
        &self,
        caller: &Caller,
        limit: u16,
        after: Option<Cursor>,
    ) -> Result<Page<Booking>, BookingError> {
        Ok(store::own(&self.db, caller, limit, after).await?)
    }

    /// Cancels a booking of the caller's, or anyone's for staff, and frees its slots. Cancelling what is
    /// cancelled answers the same again.
    pub async fn cancel(
        &self,
        caller: &Caller,
        id: BookingId,
        reason: Option<String>,
    ) -> Result<Booking, BookingError> {
        let mut patience = Patience::new(&self.db);
        loop {
            if let Some(done) = self.try_cancel(caller, id, reason.clone()).await? {
                return Ok(done);
            }
            patience.wait().await?;
        }
    }

    async fn try_cancel(
        &self,
        caller: &Caller,
        id: BookingId,
        reason: Option<String>,
    ) -> Result<Option<Booking>, BookingError> {
        let booking = self.get(caller, id).await?;
        if booking.user_id != caller.user_id && !caller.may(Permission::BookingsWrite) {
            return Err(BookingError::Forbidden);
        }
        match booking.status {
            Status::Cancelled => return Ok(Some(booking)),
            Status::Confirmed if !booking.price.is_zero() => return Err(BookingError::Paid),
            Status::Held | Status::Pending | Status::Confirmed => {}
            other @ (Status::Paying | Status::Completed | Status::Expired | Status::NoShow) => {
                return Err(BookingError::Status(other));
            }
        }
        let status = booking.status;
        let standing = Standing::of(&self.db, booking).await?;
        let seal = (standing.booking.user_id == caller.user_id).then_some(&caller.seal);
        let mut change = Change::new(&self.db, &caller.actor, "booking.cancelled").because(reason);
        let stored = standing.release(&mut change, Status::Cancelled, seal, Refusal::Stale);
        let Some(stored) = stored else { return Err(BookingError::Status(status)) };
        self.settle(&change, stored).await
    }

    /// Commits; `None` means decide again.
    async fn settle<T>(&self, change: &Change<Refusal>, stored: T) -> Result<Option<T>, BookingError> {
        match self.db.commit(change).await {
            Ok(()) => Ok(Some(stored)),
            Err(CommitError::Refused(Refusal::Stale, _)) => Ok(None),
            Err(CommitError::Store(error)) => Err(error.into()),
        }
    }
}
