//! A booking with the ledger days it stands on, and the moves that touch both.
//!
//! Payments and workers change bookings through this: they ask for the writes and commit them with
//! their own, in one transaction.

use jiff::Timestamp;
use maru_kernel::{BookingId, OrderId, SealKey};
use maru_table::{Change, Db, StoreError};

use super::Counts;
use crate::gate::Ledger;
use crate::model::{Booking, Status};
use crate::{rules, store};

/// A booking and its days, as read.
#[derive(Debug, Clone)]
pub struct Standing {
    /// The booking.
    pub booking: Booking,
    ledger: Ledger,
    now: Timestamp,
}

impl Standing {
    /// Reads a booking and its days.
    pub async fn load(db: &Db, id: BookingId) -> Result<Option<Self>, StoreError> {
        match store::booking(db, id).await? {
            Some(booking) => Self::of(db, booking).await.map(Some),
            None => Ok(None),
        }
    }

    /// Reads the days of a booking.
    pub async fn of(db: &Db, booking: Booking) -> Result<Self, StoreError> {
        let ledger = Ledger::open(db, Ledger::cells_of(&booking)).await?;
        Ok(Self { booking, ledger, now: db.clock().now() })
    }

    /// Makes a hold firm because a payment for it begins: its slots lose their end before the provider
    /// is called. Works on a hold whose time is up, too, as long as nobody evicted it. `None` if the
    /// booking is not a hold, or lost its slots.
    #[must_use = "without the writes the booking is not firm"]
    pub fn begin_payment<R: Copy>(
        &self,
        change: &mut Change<R>,
        order: OrderId,
        stale: R,
    ) -> Option<Booking> {
        let paying = self.booking.moved(Status::Paying, self.now, None)?;
        self.retime(change, None, stale)?;
        Some(change.replace(&self.booking, Booking { order_id: Some(order), ..paying }, None, stale))
    }

    /// Names the order that is to pay the booking. Its status stays.
    #[must_use = "the booking with its new version is what was stored"]
    pub fn assign_order<R: Copy>(&self, change: &mut Change<R>, order: OrderId, stale: R) -> Booking {
        let next = Booking { order_id: Some(order), ..self.booking.clone() }.touched(self.now);
        change.replace(&self.booking, next, None, stale)
    }

    /// Confirms a booking whose payment was captured. Its slots are firm already. `None` if `order` is not
    /// what is paying it.
    #[must_use = "without the write the booking is not confirmed"]
    pub fn confirm<R: Copy>(&self, change: &mut Change<R>, order: OrderId, stale: R) -> Option<Booking> {
        let paying = self.paying(order)?;
        let paid = Booking { paid: Some(paying.price), ..paying.clone() };
        let confirmed = paid.moved(Status::Confirmed, self.now, None)?;
        Some(change.replace(&self.booking, confirmed, None, stale))
    }

    /// Gives a booking back to its holder after its payment was refused: a hold again for a while, or
    /// expired where it was held long enough. `None` if `order` is not what is paying it.
    #[must_use = "without the writes the booking stays firm"]
    pub fn end_payment<R: Copy>(&self, change: &mut Change<R>, order: OrderId, stale: R) -> Option<Booking> {
        let limit = self.paying(order)?.hold_limit.unwrap_or(i64::MIN);
        let Some(until) = rules::hold_again(limit, self.now) else {
            return self.release(change, Status::Expired, None, stale);
        };
        let held = self.booking.moved(Status::Held, self.now, Some(until))?;
        self.retime(change, Some(until), stale)?;
        Some(change.replace(&self.booking, held, None, stale))
    }

    /// The booking, while `order` is paying it. A legal move is not enough to go by: what was cancelled may
    /// be confirmed too, by being restored, and has no slots.
    fn paying(&self, order: OrderId) -> Option<&Booking> {
        let theirs = self.booking.status == Status::Paying && self.booking.order_id == Some(order);
        theirs.then_some(&self.booking)
    }

    /// Frees the slots and moves the booking to `to`, in one transaction. `None` if that move is illegal
    /// or the slots are not the booking's any more.
    pub fn release<R: Copy>(
        &self,
        change: &mut Change<R>,
        to: Status,
        seal: Option<&SealKey>,
        stale: R,
    ) -> Option<Booking> {
        let freed = self.booking.moved(to, self.now, None)?;
        self.leave(change, freed, seal, stale)
    }

    /// Frees the slots of the booking, which becomes `freed`. `None` if they are not its any more.
    pub(crate) fn leave<R: Copy>(
        &self,
        change: &mut Change<R>,
        freed: Booking,
        seal: Option<&SealKey>,
        stale: R,
    ) -> Option<Booking> {
        let mut ledger = self.ledger.clone();
        ledger.free(&self.booking).ok()?;
        ledger.write(change, stale);
        let mut counts = Counts::default();
        if self.booking.status.occupies() {
            counts.leaves(&self.booking);
        }
        counts.write_lower(change, stale);
        Some(change.replace(&self.booking, Booking { places: Vec::new(), ..freed }, seal, stale))
    }

    /// Makes the slots a hold until `until`, or firm. `None` if they are not the booking's any more.
    pub(crate) fn retime<R: Copy>(&self, change: &mut Change<R>, until: Option<i64>, stale: R) -> Option<()> {
        let mut ledger = self.ledger.clone();
        ledger.retime(&self.booking, until).ok()?;
        ledger.write(change, stale);
        Some(())
    }
}
