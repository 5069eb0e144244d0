//! What an answer of the provider means for what is on record.
//!
//! It is judged with the payment as it was read before the provider was asked, and recorded only if
//! it still is so: an answer that is older than the record says nothing.

use crate::money::decide::{refunds, taken};
use crate::money::provider::{Account, Answer, Call, Cancel, Session};
use crate::money::{
    Attempt, BOOKING, Booking, Books, Deed, Key, Move, Order, PRICE, Payment, Shop, Slot, State, Status,
    Then, Write, Wrong, payment_of,
};

/// What a function does with an answer.
#[derive(Clone, Copy, Debug)]
pub enum Next {
    Nothing,
    Calls(Call),
    Writes(Write),
}

impl Shop {
    pub fn hear(
        &self,
        books: &Books,
        payment: &Payment,
        order: Order,
        call: Call,
        answer: Answer,
        due: bool,
    ) -> Next {
        let told = match &answer {
            Answer::Told(told) => told,
            Answer::Refused => return self.refused(payment, order, call),
            Answer::Silence => return self.unheard(books, payment, order, call),
        };
        let next = self.weigh(books, payment, order, call, told, due);
        // "As it was" is news, too: somebody may be about to record what was so a moment earlier.
        let turns = call == Call::Read && matches!(payment.state, State::Waiting | State::Done);
        match next {
            Next::Nothing if turns && !self.is(Wrong::LookUnmarked) => {
                Next::Writes(Write { told: Some(*told), ..writes(order, *payment) })
            }
            next => next,
        }
    }

    fn weigh(
        &self,
        books: &Books,
        payment: &Payment,
        order: Order,
        call: Call,
        told: &Account,
        due: bool,
    ) -> Next {
        let write = match (payment.state, told.session) {
            (State::Confirming | State::Unknown, Session::InProgress) => {
                if self.is(Wrong::InProgressFails) {
                    ended(books, payment, order, State::Failed)
                } else {
                    return self.resend(call, Call::Confirm { anew: false });
                }
            }
            // Whoever was given everything back before we heard of it has not paid.
            (State::Confirming | State::Unknown, Session::Done) if told.balance() == 0 => {
                ended(books, payment, order, State::Failed)
            }
            (State::Confirming | State::Unknown | State::Waiting, Session::Done) => {
                self.captured(books, order, payment, told)
            }
            (State::Confirming | State::Unknown, Session::Waiting) => {
                writes(order, Payment { state: State::Waiting, ..*payment })
            }
            (
                State::Confirming | State::Unknown,
                Session::Aborted | Session::Expired | Session::Cancelled,
            ) => ended(books, payment, order, State::Failed),
            (State::Waiting, Session::Cancelled) => ended(books, payment, order, State::Expired),
            (State::Waiting, Session::Waiting) if payment.closing => return self.resend(call, Call::Close),
            (State::Waiting, Session::Waiting) if due || !books.awaits(order) => {
                self.closing(books, payment, order)
            }
            (State::Done, Session::Waiting | Session::Cancelled) if !self.is(Wrong::TakenBackKept) => {
                self.reversed(books, payment, order, told.session)
            }
            (State::Done, Session::Done) => return self.given_back(payment, order, call, told),
            _ => return Next::Nothing,
        };
        Next::Writes(Write { told: Some(*told), ..write })
    }

    fn resend(&self, heard: Call, call: Call) -> Next {
        // One call after each look: who resends without looking resends for ever.
        if heard == Call::Read { Next::Calls(self.resends(call)) } else { Next::Nothing }
    }

    fn unheard(&self, books: &Books, payment: &Payment, order: Order, call: Call) -> Next {
        match (call, payment.state) {
            (Call::Confirm { .. }, _) if self.is(Wrong::UnmappedDeclines) => {
                Next::Writes(ended(books, payment, order, State::Failed))
            }
            (Call::Confirm { .. }, State::Confirming) => {
                Next::Writes(writes(order, Payment { state: State::Unknown, ..*payment }))
            }
            (Call::Cancel { .. }, _) if self.is(Wrong::AttemptClearedByCall) => {
                Next::Writes(writes(order, Payment { refund: None, ..*payment }))
            }
            _ => Next::Nothing,
        }
    }

    /// It will never be done under this key, so another may be made after the next look.
    fn refused(&self, payment: &Payment, order: Order, call: Call) -> Next {
        let (Call::Cancel { attempt, .. }, Some(now)) = (call, payment.refund) else {
            return Next::Nothing;
        };
        if now.key != attempt.key || self.is(Wrong::NeverRenewed) {
            return Next::Nothing;
        }
        let refund = (!self.is(Wrong::RefusedGivenUp)).then_some(Attempt { refused: true, ..now });
        Next::Writes(writes(order, Payment { refund, ..*payment }))
    }

    /// Payment done, booking confirmed and the movement; or, if the booking cannot be had any more,
    /// payment done and all of it on its way back.
    pub fn captured(&self, books: &Books, order: Order, payment: &Payment, told: &Account) -> Write {
        let booking = books.booking;
        let mine = booking.order == order;
        let had = self.is(Wrong::CaptureBlind)
            || books.awaits(order)
            || (self.is(Wrong::FirmAfterCapture) && mine && booking.status == Status::Held);
        let captures = payment.captures + 1;
        let done = Payment { state: State::Done, closing: false, captures, ..*payment };
        let key =
            if self.is(Wrong::OneCaptureKey) { Key::Capture(0) } else { Key::Capture(payment.captures) };
        let mut write = self.with_cancels(order, &done, told);
        write.moves[0] = Some(taken(key));
        write.compares |= BOOKING;
        let kept = told.balance();
        let Some((_, done)) = &mut write.payment else { return write };
        if had {
            let confirmed = Booking { status: Status::Confirmed, order, paid: PRICE, ..booking };
            write.booking = Some(confirmed).filter(|_| !self.is(Wrong::DoneFirst));
            if self.is(Wrong::ConfirmedFirst) {
                write.payment = None;
            }
        } else if kept > 0 && !self.is(Wrong::LateKept) {
            let Some(attempt) = done.refund else {
                *done = done.begins_refund(kept.min(PRICE), kept);
                write.then = refunds(order, done);
                return write;
            };
            // It was on its way when the deposit was taken back, and goes on. The rest comes after it.
            let owed = (kept - attempt.amount).max(0);
            let owed = if self.is(Wrong::RestForgotten) { 0 } else { owed };
            write.booking = mine.then_some(Booking { owed, ..booking });
        }
        write
    }

    fn closing(&self, books: &Books, payment: &Payment, order: Order) -> Write {
        let mut write = writes(order, Payment { closing: true, ..*payment });
        if self.is(Wrong::FreedEarly) {
            write = ended(books, payment, order, State::Expired);
        }
        // A booking that has ended in between is as good a reason: no version of it is compared.
        write.then = Then::Calls(order, Call::Close);
        write
    }

    /// The deposit was taken back. The slot stays whose it is, and nothing is owed of what is not there.
    /// An attempt on its way stays so: it may still be executed, should another deposit come.
    fn reversed(&self, books: &Books, payment: &Payment, order: Order, session: Session) -> Write {
        let gone = session == Session::Cancelled;
        let state = if gone { State::Expired } else { State::Waiting };
        let refund = payment.refund.filter(|_| !gone && !self.is(Wrong::AttemptDropped));
        let mut write = writes(order, Payment { state, refund, ..*payment });
        let back = -PRICE;
        write.moves[0] = Some(Move { key: Key::Reversal(payment.captures), from: back, to: back });
        write.compares |= BOOKING;
        let booking = books.booking;
        if booking.order != order {
            return write;
        }
        if booking.status == Status::Confirmed && gone {
            write.booking = Some(Booking { status: Status::Expired, paid: 0, ..booking });
            write.slot = Some(Slot::Free);
        } else if booking.status == Status::Confirmed {
            write.booking = Some(Booking { status: Status::Paying, paid: 0, ..booking });
        } else if !self.is(Wrong::OwedOutlivesDeposit) {
            write.booking = Some(Booking { owed: 0, keeps: 0, paid: 0, ..booking });
        }
        write
    }

    /// Records the cancels that are not recorded yet, and carries on with the attempt.
    fn given_back(&self, payment: &Payment, order: Order, call: Call, told: &Account) -> Next {
        if let (Call::Cancel { attempt, .. }, true) = (call, self.is(Wrong::RecordedTwice)) {
            let mut write = writes(order, Payment { refund: None, ..*payment });
            let back = -attempt.amount;
            write.moves[1] = Some(Move { key: Key::Attempt(attempt.key), from: back, to: back });
            return Next::Writes(Write { told: Some(*told), ..write });
        }
        let mut write = self.with_cancels(order, payment, told);
        let Some((_, next)) = &mut write.payment else { return Next::Nothing };
        if let Some(attempt) = next.refund.filter(|attempt| attempt.refused) {
            let again = if self.is(Wrong::NeverResized) { PRICE } else { told.balance() };
            next.refund = None;
            if again > 0 {
                *next = next.begins_refund(attempt.amount.min(again), told.balance());
            }
            write.then = refunds(order, next);
        }
        if *next != *payment {
            return Next::Writes(Write { told: Some(*told), ..write });
        }
        match payment.refund {
            Some(attempt) => self.resend(call, Call::Cancel { attempt, anew: false }),
            None => Next::Nothing,
        }
    }

    fn with_cancels(&self, order: Order, payment: &Payment, told: &Account) -> Write {
        let mut next = *payment;
        let mut write = writes(order, next);
        for (number, cancel) in (0..).zip(told.cancels) {
            let Some(cancel) = cancel else { continue };
            let mark = if self.is(Wrong::RecordedByAmount) { 1 << cancel.amount } else { 1 << number };
            if next.recorded & mark != 0 {
                continue;
            }
            next.recorded |= mark;
            let own = next.refund.filter(|attempt| self.is_own(cancel, *attempt));
            let asked = payment.refund.filter(|_| self.is(Wrong::TwoSources));
            let from = asked.map_or(cancel.amount, |attempt| attempt.amount);
            let key = Key::Refund(number);
            write.moves[1 + number as usize] = Some(Move { key, from: -from, to: -cancel.amount });
            if own.is_some() {
                next.refund = None;
            }
        }
        write.payment = Some((order, next));
        write
    }

    fn is_own(&self, cancel: Cancel, attempt: Attempt) -> bool {
        cancel.is_of(attempt) || (self.is(Wrong::OwnByAmount) && cancel.amount == attempt.amount)
    }
}

/// No money has come, and none will.
fn ended(books: &Books, payment: &Payment, order: Order, state: State) -> Write {
    let mut write = writes(order, Payment { state, closing: false, refund: None, ..*payment });
    if books.awaits(order) && state == State::Failed {
        write.booking = Some(Booking { status: Status::Held, ..books.booking });
    } else if books.awaits(order) {
        write.booking = Some(Booking { status: Status::Expired, ..books.booking });
        write.slot = Some(Slot::Free);
    }
    write.compares |= BOOKING;
    write
}

fn writes(order: Order, payment: Payment) -> Write {
    let mut write = Write::new(Deed::Settle(order), payment_of(order));
    write.payment = Some((order, payment));
    write
}
