//! What each function reads, and the write it decides on.

use crate::money::provider::{Account, Call, Session};
use crate::money::{
    Amount, BOOKING, Booking, Books, Deed, Key, Move, Order, PRICE, Payment, SLOT, Shop, Slot, State, Status,
    Then, Write, Wrong, payment_of,
};

impl Shop {
    /// Everything anybody may ask for.
    pub fn deeds(&self) -> Vec<Deed> {
        let orders = 0..self.orders as Order;
        let mut deeds: Vec<Deed> = orders.clone().map(Deed::Look).collect();
        if !self.paid {
            deeds.extend(orders.clone().map(Deed::Confirm));
        }
        if self.orders > 1 {
            deeds.push(Deed::Reorder);
        }
        if self.rival {
            deeds.push(Deed::Evict);
        }
        if self.terms.is_some() {
            deeds.push(Deed::Cancel);
            deeds.push(Deed::HandOver);
        }
        if self.desk {
            deeds.push(Deed::DeskCancel);
        }
        if self.staff > 0 {
            deeds.extend(orders.clone().map(Deed::StaffRefund));
        }
        if self.is(Wrong::WebhookBelieved) || self.is(Wrong::WebhookCounts) {
            deeds.extend(orders.map(Deed::Forged));
        }
        deeds
    }

    /// Reads and decides; `None` is a refusal. `Look` reads a payment and writes nothing yet.
    pub fn plan(&self, books: &Books, lapsed: bool, deed: Deed) -> Option<Write> {
        let booking = books.booking;
        match deed {
            Deed::Confirm(order) => self.confirm(books, order),
            Deed::Reorder => {
                let mut write = Write::new(deed, BOOKING | payment_of(1));
                write.booking = Some(Booking { order: 1, ..booking });
                write.payment = Some((1, Payment { state: State::Ready, ..*books.payment(1) }));
                let may = booking.status == Status::Held && books.payment(1).state == State::Absent;
                may.then_some(write)
            }
            Deed::Evict => {
                let mut write = Write::new(deed, BOOKING | SLOT);
                write.slot = Some(Slot::Rival);
                match books.slot {
                    Slot::Free => write.compares = SLOT,
                    Slot::Ours if booking.status == Status::Held && lapsed => {
                        write.booking = Some(Booking { status: Status::Expired, ..booking });
                    }
                    Slot::Ours | Slot::Rival => return None,
                }
                Some(write)
            }
            Deed::Cancel => {
                let back = self.terms?;
                let mut write = Write::new(deed, BOOKING);
                let (owed, keeps) = (back.min(booking.paid), (booking.paid - back).max(0));
                write.booking = Some(Booking { status: Status::Cancelled, owed, keeps, ..booking });
                write.slot = Some(Slot::Free);
                (booking.status == Status::Confirmed).then_some(write)
            }
            Deed::DeskCancel => {
                let mut write = Write::new(deed, BOOKING);
                write.booking = Some(Booking { status: Status::Cancelled, ..booking });
                write.slot = Some(Slot::Free);
                (booking.status == Status::Paying).then_some(write)
            }
            Deed::StaffRefund(order) => {
                let payment = books.payment(order);
                let may = payment.attempts < self.staff && may_be_given(books, order) >= 1;
                let mut write = may.then(|| begin_refund(deed, books, order, 1))?;
                if self.is(Wrong::StaffUnguarded) {
                    write.compares = 0;
                }
                Some(write)
            }
            Deed::HandOver => self.hand_over(books),
            Deed::ClearOwed => {
                let mut write = Write::new(deed, BOOKING);
                write.booking = Some(Booking { owed: 0, ..booking });
                Some(write)
            }
            Deed::WriteAttempt(owed) => {
                let amount = owed.min(may_be_given(books, booking.order));
                (amount > 0).then(|| begin_refund(deed, books, booking.order, amount))
            }
            Deed::Forged(order) => self.forged(books, order),
            Deed::Look(_) | Deed::Settle(_) => None,
        }
    }

    fn confirm(&self, books: &Books, order: Order) -> Option<Write> {
        let (booking, payment) = (books.booking, books.payment(order));
        let mine = booking.order == order || self.is(Wrong::AnyOrder);
        let mut write = Write::new(Deed::Confirm(order), BOOKING | payment_of(order));
        write.payment = Some((order, Payment { state: State::Confirming, ..*payment }));
        write.then = Then::Calls(order, Call::Confirm { anew: false });
        if !self.is(Wrong::FirmAfterCapture) {
            // Even a lapsed hold, as long as nobody has evicted it.
            write.booking = Some(Booking { status: Status::Paying, ..booking });
        }
        let held =
            booking.status == Status::Held || (self.is(Wrong::AnyOrder) && booking.status == Status::Paying);
        (payment.state == State::Ready && mine && held).then_some(write)
    }

    fn hand_over(&self, books: &Books) -> Option<Write> {
        let booking = books.booking;
        let order = booking.order;
        let payment = books.payment(order);
        if booking.owed == 0 || payment.state != State::Done || payment.refund.is_some() {
            return None;
        }
        let amount = booking.owed.min(may_be_given(books, order));
        if amount == 0 && self.is(Wrong::NothingLeftWaits) {
            return None;
        }
        let mut write = Write::new(Deed::HandOver, BOOKING);
        if amount > 0 && !self.is(Wrong::OwedClearedFirst) {
            write = begin_refund(Deed::HandOver, books, order, amount);
        }
        if self.is(Wrong::AttemptWrittenFirst) {
            write.then = Then::Writes(Deed::ClearOwed);
            return Some(write);
        }
        write.compares |= BOOKING;
        write.booking = Some(Booking { owed: 0, ..booking });
        if self.is(Wrong::OwedClearedFirst) {
            write.then = Then::Writes(Deed::WriteAttempt(booking.owed));
        }
        Some(write)
    }

    fn forged(&self, books: &Books, order: Order) -> Option<Write> {
        let payment = books.payment(order);
        let says = Account { session: Session::Done, captures: 1, ..Account::NEW };
        let waits = matches!(payment.state, State::Confirming | State::Unknown | State::Waiting);
        if self.is(Wrong::WebhookBelieved) && waits {
            return Some(Write { told: None, ..self.captured(books, order, payment, &says) });
        }
        // The same news once more: the payment stays as it is, and the money comes again.
        let mut write = Write::new(Deed::Forged(order), payment_of(order));
        write.payment = Some((order, Payment { captures: payment.captures + 1, ..*payment }));
        write.moves[0] = Some(taken(Key::Capture(payment.captures)));
        (self.is(Wrong::WebhookCounts) && payment.state == State::Done && payment.captures < 2)
            .then_some(write)
    }
}

pub fn taken(key: Key) -> Move {
    Move { key, from: PRICE, to: PRICE }
}

/// What the ledger has to give of an order no refund of which is on its way.
pub fn may_be_given(books: &Books, order: Order) -> Amount {
    let payment = books.payment(order);
    let free = payment.state == State::Done && payment.refund.is_none();
    if free { books.balance(order).max(0) } else { 0 }
}

/// Writes the attempt; its function goes on with the call.
fn begin_refund(deed: Deed, books: &Books, order: Order, amount: Amount) -> Write {
    let payment = books.payment(order).begins_refund(amount, books.balance(order).max(0));
    let mut write = Write::new(deed, payment_of(order));
    write.payment = Some((order, payment));
    write.then = refunds(order, &payment);
    write
}

pub fn refunds(order: Order, payment: &Payment) -> Then {
    payment.refund.map_or(Then::Ends, |attempt| Then::Calls(order, Call::Cancel { attempt, anew: false }))
}
