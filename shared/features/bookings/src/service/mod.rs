//! What a person can do about a booking.

mod amend;
mod block;
mod cancel;
mod create;
mod desk;
mod enter;
mod feeds;
mod life;
mod line;
pub(crate) mod plan;
mod restore;
mod standing;
mod swap;
mod times;
mod wish;

use std::pin::Pin;

use maru_identity::{Caller, Identity, Permission};
use maru_kernel::{BookingId, SealKey};
use maru_rooms::Quota;
use maru_table::{Change, CommitError, Cursor, Db, Idempotency, Page, Replay};

use crate::model::Booking;
use crate::{BookingError, store};

pub use amend::{Amend, MoveTo};
pub use block::Leaving;
pub use cancel::{Cancel, Refunding};
pub use desk::{Desk, DeskDay};
pub(crate) use enter::Counts;
pub use feeds::{Feed, FeedOf};
pub use plan::When;
pub use standing::Standing;
pub(crate) use times::instants;
pub use wish::{Made, NewBooking, Skipped, Times, Whom, Wished};

/// Bookings, over one function's store.
#[derive(Clone)]
pub struct Bookings {
    pub(crate) db: Db,
    identity: Identity,
}

/// How a write about a booking can be refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The ledger or a record is not what was read: decide again.
    Stale,
    /// A person's counter has no room.
    Quota(Quota),
}

/// What a look at a booking led to.
pub(crate) enum Step {
    /// Nothing is to be written: it is as asked already.
    Same(Booking),
    /// This is to be written; then the booking is this.
    Write(Box<Change<Refusal>>, Booking),
    /// What was read is old news: look again.
    Again,
}

/// A decision under way.
pub(crate) type Deciding<'a> = Pin<Box<dyn Future<Output = Result<Step, BookingError>> + Send + 'a>>;

/// Waits between tries at what others write, with full jitter, and not for ever.
pub(crate) struct Patience<'a> {
    db: &'a Db,
    since: tokio::time::Instant,
    tried: u32,
}

impl<'a> Patience<'a> {
    pub(crate) fn new(db: &'a Db) -> Self {
        Self { db, since: tokio::time::Instant::now(), tried: 0 }
    }

    pub(crate) async fn wait(&mut self) -> Result<(), BookingError> {
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

    /// What the place of a booking is called.
    pub async fn place_of(&self, booking: &Booking) -> Result<String, BookingError> {
        let offered = plan::Offered::load(&self.db, booking.what.resource()).await?;
        Ok(offered.map(|offered| offered.name().to_owned()).unwrap_or_default())
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

    /// Reads a booking the caller may see, decides, and writes; again where somebody else was faster. An
    /// identical earlier request wins before any rule. Answers whether there was one.
    pub(crate) async fn alter<'a>(
        &'a self,
        caller: &'a Caller,
        id: BookingId,
        request: Option<&'a Idempotency>,
        decide: impl Fn(Booking) -> Deciding<'a> + Send + 'a,
    ) -> Result<(Booking, bool), BookingError> {
        let mut patience = Patience::new(&self.db);
        loop {
            if self.answered(request).await?.is_some() {
                return Ok((self.get(caller, id).await?, true));
            }
            let booking = self.get(caller, id).await?;
            let seen = booking.lock_version;
            let step = match decide(booking).await {
                Ok(step) => step,
                // What is refused may be what the same request has just done.
                Err(error) => {
                    let moved = error.is_about_days() && self.get(caller, id).await?.lock_version != seen;
                    if moved && self.answered(request).await?.is_none() {
                        // The days were read after the booking: what stands in its way may be itself, come
                        // back or moved in between.
                        Step::Again
                    } else {
                        self.answered_meanwhile(error, request).await?;
                        return Ok((self.get(caller, id).await?, true));
                    }
                }
            };
            match step {
                // Nothing changes, but a repeat must still find this answer, whatever happens meanwhile.
                Step::Same(booking) => match request {
                    Some(request) if !self.noted(request, id).await? => {}
                    Some(_) | None => return Ok((booking, false)),
                },
                Step::Again => {}
                Step::Write(mut change, booking) => {
                    change.remember(request, id, Refusal::Stale);
                    if let Some(booking) = self.settle(&change, booking).await? {
                        return Ok((booking, false));
                    }
                }
            }
            patience.wait().await?;
        }
    }

    /// Remembers a request that changed nothing; whether it was the first of its key.
    async fn noted(&self, request: &Idempotency, id: BookingId) -> Result<bool, BookingError> {
        Ok(self.db.note(&request.remember(&id.to_string(), self.now())).await?)
    }

    /// What an identical earlier request made, if there was one.
    pub(crate) async fn answered(
        &self,
        request: Option<&Idempotency>,
    ) -> Result<Option<String>, BookingError> {
        let Some(request) = request else { return Ok(None) };
        let stored = self.db.get_many(&[request.key()]).await?.take_item(&request.key());
        match request.replay(stored, self.now()) {
            Some(Replay::Same { reference }) => Ok(Some(reference)),
            Some(Replay::OtherBody) => Err(BookingError::KeyReused),
            None => Ok(None),
        }
    }

    /// What an identical request made while this one was refused, which then is why; else the refusal. A store
    /// that failed is not asked once more.
    pub(crate) async fn answered_meanwhile(
        &self,
        refused: BookingError,
        request: Option<&Idempotency>,
    ) -> Result<String, BookingError> {
        if matches!(refused, BookingError::Store(_)) {
            return Err(refused);
        }
        self.answered(request).await?.ok_or(refused)
    }

    /// Commits; `None` means decide again. What a quota refuses may be old news, too: the counter is only read
    /// by its condition, so the refusal is the decision.
    pub(crate) async fn settle<T>(
        &self,
        change: &Change<Refusal>,
        stored: T,
    ) -> Result<Option<T>, BookingError> {
        match self.db.commit(change).await {
            Ok(()) => Ok(Some(stored)),
            Err(CommitError::Refused(Refusal::Stale, _)) => Ok(None),
            Err(CommitError::Refused(Refusal::Quota(quota), _)) => Err(BookingError::Quota(quota)),
            Err(CommitError::Store(error)) => Err(error.into()),
        }
    }
}

/// The key under which a booking's personal values enter the trail: its person's, where they act themselves.
pub(crate) fn seal<'a>(caller: &'a Caller, booking: &Booking) -> Option<&'a SealKey> {
    (booking.user_id == Some(caller.user_id)).then_some(&caller.seal)
}
