//! A booking with the ledger days it stands on, and the moves that touch both.
//!
//! Payments and workers change bookings through this: they ask for the writes and commit them with
//! their own, in one transaction.

use jiff::Timestamp;
use maru_kernel::{BookingId, Money, OrderId, SealKey};
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
    /// is called. Works on a hold whose time is up, too, as long as nobody evicted it. A booking that is firm
    /// and owes something stays as it is. `None` if it is neither, or lost its slots.
    #[must_use = "without the writes the booking is not firm"]
    pub fn begin_payment<R: Copy>(
        &self,
        change: &mut Change<R>,
        order: OrderId,
        stale: R,
    ) -> Option<Booking> {
        if let Some(firm) = self.owing(order) {
            return Some(firm.clone());
        }
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

    /// Confirms a booking for which `amount` was captured. Its slots are firm already. `None` if `order` is
    /// not what is paying it.
    #[must_use = "without the write the booking is not confirmed"]
    pub fn confirm<R: Copy>(
        &self,
        change: &mut Change<R>,
        order: OrderId,
        amount: Money,
        stale: R,
    ) -> Option<Booking> {
        let paid = match self.paying(order) {
            Some(paying) => paid(paying, order, amount).moved(Status::Confirmed, self.now, None)?,
            None => paid(self.owing(order)?, order, amount).touched(self.now),
        };
        Some(change.replace(&self.booking, paid, None, stale))
    }

    /// Records that `amount` was paid at the desk as `order`: a hold becomes firm, what is firm stays so.
    /// `None` if nothing is to be paid for it now, or it lost its slots.
    #[must_use = "without the writes the booking is not paid"]
    pub fn pay_at_desk<R: Copy>(
        &self,
        change: &mut Change<R>,
        order: OrderId,
        amount: Money,
        stale: R,
    ) -> Option<Booking> {
        let booking = Booking { order_id: Some(order), ..paid(&self.booking, order, amount) };
        let paid = if self.booking.status == Status::Held {
            self.retime(change, None, stale)?;
            booking.moved(Status::Confirmed, self.now, None)?
        } else if self.owes() {
            booking.touched(self.now)
        } else {
            return None;
        };
        Some(change.replace(&self.booking, paid, None, stale))
    }

    /// Takes back what `order` paid, which the provider took back itself. Its slots stay its own.
    #[must_use = "without the write the booking stays paid"]
    pub fn unpay<R: Copy>(
        &self,
        change: &mut Change<R>,
        order: OrderId,
        amount: Money,
        stale: R,
    ) -> Option<Booking> {
        let mut booking = self.booking.clone();
        let index = booking.paid_by.iter().position(|paid| *paid == order)?;
        booking.paid_by.remove(index);
        let left = booking.paid.map_or(0, |paid| paid.minor.saturating_sub(amount.minor)).max(0);
        booking.paid = (left > 0).then_some(Money { minor: left, ..amount });
        // Whatever is deposited again is this order's.
        booking.order_id = Some(order);
        // What came in no more is not paid back either.
        if let Some(cancelled) = booking.cancelled.as_mut().filter(|cancelled| !cancelled.handed_over) {
            cancelled.refund = None;
        }
        Some(change.replace(&self.booking, booking.touched(self.now), None, stale))
    }

    /// Hands what is to be paid back over to payments, who write it down in the same transaction. `None` if
    /// nothing is.
    #[must_use = "without the write it would be paid back again"]
    pub fn hand_over_refund<R: Copy>(&self, change: &mut Change<R>, stale: R) -> Option<Booking> {
        let (refund, _) = self.booking.refund_owed()?;
        let mut booking = self.booking.clone();
        booking.cancelled.as_mut()?.handed_over = true;
        let left = booking.paid.map_or(0, |paid| paid.minor.saturating_sub(refund.minor)).max(0);
        booking.paid = Some(Money { minor: left, ..refund });
        Some(change.replace(&self.booking, booking.touched(self.now), None, stale))
    }

    /// Gives a booking back to its holder after its payment was refused: a hold again for a while, or
    /// expired where it was held long enough. One that was firm already stays so. `None` if `order` is not what is paying it.
    #[must_use = "without the writes the booking stays firm"]
    pub fn end_payment<R: Copy>(&self, change: &mut Change<R>, order: OrderId, stale: R) -> Option<Booking> {
        if let Some(firm) = self.owing(order) {
            return Some(firm.clone());
        }
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

    /// The booking, while it is firm without being paid and `order` is to pay it.
    fn owing(&self, order: OrderId) -> Option<&Booking> {
        (self.owes() && self.booking.order_id == Some(order)).then_some(&self.booking)
    }

    fn owes(&self) -> bool {
        let firm = matches!(self.booking.status, Status::Confirmed | Status::Completed | Status::NoShow);
        firm && !self.booking.owed().is_zero()
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

fn paid(booking: &Booking, order: OrderId, amount: Money) -> Booking {
    let before = booking.paid.map_or(0, |paid| paid.minor);
    let mut paid =
        Booking { paid: Some(Money { minor: before + amount.minor, ..amount }), ..booking.clone() };
    paid.paid_by.push(order);
    paid
}
