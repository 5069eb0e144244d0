//! Tidying: holds whose time ran out. Nothing depends on it; the next writer evicts them anyway.

use maru_table::{Actor, Change, CommitError, Db, StoreError};

use crate::model::Status;
use crate::service::Standing;
use crate::store;

/// Holds tidied in one run.
const BATCH: u16 = 100;

/// The sweeper.
#[derive(Clone)]
pub struct Sweeper {
    db: Db,
}

impl Sweeper {
    /// Over `db`.
    pub fn new(db: Db) -> Self {
        Self { db }
    }

    /// Expires holds that are over; answers how many. One that cannot be tidied now is left for the
    /// next run and does not stop the others.
    pub async fn run(&self) -> Result<u32, StoreError> {
        let mut done = 0;
        for id in store::overdue(&self.db, self.db.clock().now().as_second(), BATCH).await? {
            match self.expire(id).await {
                Ok(true) => done += 1,
                Ok(false) => {}
                Err(error) => tracing::warn!(%error, booking = %id, "a hold could not be tidied"),
            }
        }
        Ok(done)
    }

    async fn expire(&self, id: maru_kernel::BookingId) -> Result<bool, StoreError> {
        let now = self.db.clock().now();
        let Some(standing) = Standing::load(&self.db, id).await? else { return Ok(false) };
        let over = standing.booking.hold_until.is_some_and(|until| until <= now.as_second());
        if standing.booking.status != Status::Held || !over {
            return Ok(false);
        }
        let mut change = Change::new(&self.db, &Actor::system("hold-sweeper"), "booking.expired");
        if standing.release(&mut change, Status::Expired, None, ()).is_none() {
            return Ok(false);
        }
        match self.db.commit(&change).await {
            Ok(()) => Ok(true),
            Err(CommitError::Refused((), _)) => Ok(false),
            Err(CommitError::Store(error)) => Err(error),
        }
    }
}
