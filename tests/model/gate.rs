//! The gate: which conditions and effects each decided write carries. `right` is the design;
//! `weaken` takes off what a seeded mistake leaves out.

use crate::decide::{Plan, Verdict, What};
use crate::scenario::{Scenario, Wrong, owner};
use crate::store::{
    BOOKINGS, BookingWrite, EntryWrite, Id, List, Money, Must, Number, PaymentWrite, Reservation, SLOTS,
    SlotWrite, Slots, Status, Transaction, Version, has,
};

/// The transaction a plan sends.
pub fn transaction(scenario: &Scenario, plan: &Plan) -> Transaction {
    let mut t = right(scenario, plan);
    weaken(scenario, plan, &mut t);
    t
}

/// Designs that write twice: what is left to do after the first write went through.
pub fn second_half(scenario: &Scenario, what: What) -> Option<What> {
    match what {
        What::Cancel | What::CancelRefunded if scenario.is(Wrong::CancelFreesFirst) => {
            Some(What::MarkCancelled)
        }
        What::Move(to) if scenario.is(Wrong::MoveFreesFirst) => Some(What::MoveIn(to)),
        _ => None,
    }
}

fn right(scenario: &Scenario, plan: &Plan) -> Transaction {
    let mut t = Transaction::default();
    for (day, v) in t.days.iter_mut().zip(plan.v) {
        *day = (v != 0).then_some(Version::Is(v));
    }
    let locked = Must::HaveLock(plan.lock);
    match plan.what {
        What::Take => {
            claim(&mut t, scenario, plan, scenario.enters);
            record(&mut t, plan, Must::NotExist, scenario.enters);
            t.attempt = Some(plan.id);
        }
        What::Pay(attempt) => {
            keep(&mut t, scenario, plan, Status::Paying);
            record(&mut t, plan, locked, Status::Paying);
            payment(&mut t, plan, Money::Confirming, Some(attempt));
        }
        What::Settle(Verdict::Done) => {
            record(&mut t, plan, locked, Status::Confirmed);
            payment(&mut t, plan, Money::Done, None);
        }
        What::Settle(Verdict::Failed) => {
            keep(&mut t, scenario, plan, Status::Held);
            record(&mut t, plan, locked, Status::Held);
            payment(&mut t, plan, Money::Failed, None);
        }
        What::Settle(Verdict::Unknown) => payment(&mut t, plan, Money::Unknown, None),
        What::Refund => payment(&mut t, plan, Money::Refunding, None),
        What::Cancel | What::CancelRefunded | What::MarkCancelled => {
            free(&mut t, scenario, plan);
            record(&mut t, plan, locked, Status::Cancelled);
            if plan.what == What::CancelRefunded {
                payment(&mut t, plan, Money::Refunded, None);
            }
        }
        What::Expire => {
            // The sweeper goes by the expiry, as a table's TTL would.
            free(&mut t, scenario, plan);
            record(&mut t, plan, Must::CarryExpiry, Status::Expired);
        }
        What::Approve => record(&mut t, plan, locked, Status::Confirmed),
        What::Move(_) => {
            free(&mut t, scenario, plan);
            claim(&mut t, scenario, plan, Status::Confirmed);
            record(&mut t, plan, locked, Status::Confirmed);
        }
        What::MoveIn(_) => {
            claim(&mut t, scenario, plan, Status::Confirmed);
            record(&mut t, plan, locked, Status::Confirmed);
        }
        What::Restore => {
            // Unpaid as before it was cancelled, where it must be paid.
            let status = match scenario.enters {
                Status::Held => Status::Held,
                _ => Status::Confirmed,
            };
            claim(&mut t, scenario, plan, status);
            record(&mut t, plan, locked, status);
        }
    }
    t
}

/// Takes the wanted slots, absent or of the holds this evicts, and expires those holds' bookings.
fn claim(t: &mut Transaction, scenario: &Scenario, plan: &Plan, status: Status) {
    let wanted = scenario.wanted(plan);
    for k in 0..SLOTS {
        let (day, found) = (scenario.day_of[k], plan.found[k]);
        if has(wanted, k) || found != 0 {
            t.slots[k] =
                SlotWrite { must: Some(found), put: Some(if has(wanted, k) { plan.number[day] } else { 0 }) };
        }
        if let Some(entry) = at(&mut t.entries[day], found) {
            *entry = EntryWrite::StrikeOut;
        }
    }
    for id in (0..BOOKINGS as Id).filter(|id| plan.evicts & (1 << id) != 0) {
        t.bookings.push(BookingWrite {
            id,
            must: Must::BeHeld,
            status: Status::Expired,
            expires: false,
            slots: None,
        });
    }
    list(t, scenario, plan, wanted, Some(status));
}

/// Frees the booking's slots, each of which must carry its number.
fn free(t: &mut Transaction, scenario: &Scenario, plan: &Plan) {
    guard(t, scenario, plan, Some(0));
    list(t, scenario, plan, plan.slots, None);
}

/// Changes the list only, but demands that every slot still carries the booking's number.
fn keep(t: &mut Transaction, scenario: &Scenario, plan: &Plan, status: Status) {
    guard(t, scenario, plan, None);
    list(t, scenario, plan, plan.slots, Some(status));
}

fn guard(t: &mut Transaction, scenario: &Scenario, plan: &Plan, put: Option<Number>) {
    for k in (0..SLOTS).filter(|&k| has(plan.slots, k)) {
        let must = Some(plan.number[scenario.day_of[k]]);
        t.slots[k] = SlotWrite { must, put };
    }
}

/// Enters the booking in the lists of these slots' days, or strikes it out. An entry carries an
/// expiry for a hold and for nothing else.
fn list(t: &mut Transaction, scenario: &Scenario, plan: &Plan, slots: Slots, status: Option<Status>) {
    let write = status.map_or(EntryWrite::StrikeOut, |status| {
        EntryWrite::Put(Reservation { booking: plan.id, expires: status == Status::Held })
    });
    for day in (0..SLOTS).filter(|&day| scenario.days(slots)[day]) {
        if let Some(entry) = at(&mut t.entries[day], plan.number[day]) {
            *entry = write;
        }
    }
}

fn at<T>(list: &mut List<T>, number: Number) -> Option<&mut T> {
    list.get_mut((number as usize).wrapping_sub(1))
}

fn record(t: &mut Transaction, plan: &Plan, must: Must, status: Status) {
    let slots = match plan.what {
        What::Take => Some(plan.slots),
        What::Move(to) | What::MoveIn(to) => Some(to),
        _ => None,
    };
    t.bookings.push(BookingWrite { id: plan.id, must, status, expires: status == Status::Held, slots });
}

fn payment(t: &mut Transaction, plan: &Plan, state: Money, attempt: Option<u8>) {
    t.payment = Some(PaymentWrite { id: plan.id, fence: plan.fence, state, attempt });
}

fn weaken(scenario: &Scenario, plan: &Plan, t: &mut Transaction) {
    for wrong in scenario.wrong {
        match (wrong, plan.what) {
            (Wrong::NoVersion, _) => forget_versions(t),
            (Wrong::NoSlotCondition, _) => forget_slots(t),
            (Wrong::BlockBypassesGate, What::Take) if owner(plan.id) => unguard(t),
            (Wrong::SweeperBlind, What::Expire) | (Wrong::ApproveWithoutGuard, What::Approve) => {
                unguard(t);
            }
            (Wrong::TakeOverWithoutFence, What::Take) if t.bookings.len() > 1 => {
                forget_versions(t);
                let evicted = t.bookings.iter_mut().filter(|b| b.id != plan.id);
                evicted.for_each(|b| b.must = Must::Nothing);
            }
            (Wrong::HalfEviction, What::Take | What::Restore) => {
                let rest = t.slots.iter_mut().filter(|slot| slot.put == Some(0));
                rest.for_each(|slot| *slot = SlotWrite::default());
            }
            (Wrong::SeriesUncheckedBeyondSecond, What::Take) => {
                t.days[2] = t.days[2].map(|_| Version::Unchecked);
                t.slots[2].must = None;
            }
            (Wrong::ConfirmWithoutGuard, What::Pay(_)) => {
                leave_ledger(t);
                unguard(t);
            }
            (Wrong::CallBeforeFirm, What::Pay(_)) => {
                leave_ledger(t);
                t.bookings.clear();
            }
            (Wrong::RestoreWithoutReacquire, What::Restore)
            | (Wrong::CancelFreesFirst, What::MarkCancelled) => leave_ledger(t),
            (Wrong::CancelFreesFirst, What::Cancel | What::CancelRefunded) => {
                t.bookings.clear();
                t.payment = None;
            }
            (Wrong::MoveFreesFirst, What::Move(_)) => {
                t.bookings.clear();
                t.slots = Default::default();
                t.entries = Default::default();
                free(t, scenario, plan);
            }
            (Wrong::ExpiryLeftOnFirm, What::Pay(_) | What::Settle(Verdict::Done)) => {
                t.entries = Default::default();
                t.bookings.iter_mut().for_each(|b| b.expires = true);
            }
            _ => {}
        }
    }
}

fn forget_versions(t: &mut Transaction) {
    let days = t.days.iter_mut().flatten();
    days.for_each(|v| *v = Version::Unchecked);
}

fn forget_slots(t: &mut Transaction) {
    t.slots.iter_mut().for_each(|slot| slot.must = None);
}

fn unguard(t: &mut Transaction) {
    forget_versions(t);
    forget_slots(t);
    t.bookings.iter_mut().for_each(|b| b.must = Must::Nothing);
}

fn leave_ledger(t: &mut Transaction) {
    t.days = Default::default();
    t.slots = Default::default();
    t.entries = Default::default();
}
