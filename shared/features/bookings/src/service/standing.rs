//! A booking with the ledger days it stands on, and the moves that touch both.
//!
//! Payments and workers change bookings through this: they ask for the writes and commit them with
//! their own, in one transaction.

use jiff::Timestamp;
use maru_kernel::{BookingId, OrderId, SealKey};
use maru_table::{Change, Db, StoreError};

use crate::gate::{Day, Edit};
use crate::model::{Booking, Status};
use crate::{rules, store};

/// A booking and its days, as read.
#[derive(Debug, Clone)]
pub struct Standing {
    /// The booking.
    pub booking: Booking,
    days: Vec<Day>,
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
        let days = store::days_of(db, &booking).await?;
        Ok(Self { booking, days, now: db.clock().now() })
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
        let next = Booking { order_id: Some(order), updated_at: self.now, ..self.booking.clone() };
        change.replace(&self.booking, next, None, stale)
    }

    /// Confirms a booking whose payment was captured. Its slots are firm already.
    #[must_use = "without the write the booking is not confirmed"]
    pub fn confirm<R: Copy>(&self, change: &mut Change<R>, stale: R) -> Option<Booking> {
        let confirmed = self.booking.moved(Status::Confirmed, self.now, None)?;
        Some(change.replace(&self.booking, confirmed, None, stale))
    }

    /// Gives a booking back to its holder after its payment was refused: a hold again for a while, or
    /// expired where it was held long enough.
    #[must_use = "without the writes the booking stays firm"]
    pub fn end_payment<R: Copy>(&self, change: &mut Change<R>, stale: R) -> Option<Booking> {
        let Some(until) = rules::hold_until(self.booking.created_at, self.now) else {
            return self.release(change, Status::Expired, None, stale);
        };
        let held = self.booking.moved(Status::Held, self.now, Some(until))?;
        self.retime(change, Some(until), stale)?;
        Some(change.replace(&self.booking, held, None, stale))
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
        self.edits(|edit, place| edit.free(place.number, self.booking.booking_id).is_ok(), change, stale)?;
        Some(change.replace(&self.booking, Booking { places: Vec::new(), ..freed }, seal, stale))
    }

    fn retime<R: Copy>(&self, change: &mut Change<R>, until: Option<i64>, stale: R) -> Option<()> {
        let id = self.booking.booking_id;
        self.edits(
            |edit, place| edit.retime(place.number, id, place.from..place.to, until).is_ok(),
            change,
            stale,
        )
    }

    fn edits<R: Copy>(
        &self,
        make: impl Fn(&mut Edit, &crate::model::Place) -> bool,
        change: &mut Change<R>,
        stale: R,
    ) -> Option<()> {
        let mut writes = Vec::new();
        for (place, day) in self.booking.places.iter().zip(&self.days) {
            let mut edit = Edit::new(day.clone());
            if !make(&mut edit, place) {
                return None;
            }
            writes.push(edit.into_write());
        }
        writes.into_iter().for_each(|write| change.also(write, stale));
        Some(())
    }
}
