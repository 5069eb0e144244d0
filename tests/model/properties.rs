//! What must always hold; and what must happen somewhere, so that nothing holds for want of
//! anything happening. The second kind looks at what a state is about to do, which costs no states.

use stateright::Property;

use crate::decide::{Plan, Verdict, What};
use crate::gate;
use crate::people::Step;
use crate::scenario::{PEOPLE, Scenario, Wrong};
use crate::store::{BOOKINGS, Booking, Id, Money, Reservation, SLOTS, Slots, Status, Store, has};
use crate::workers::Worker;
use crate::world::{Charge, World};

pub const NO_OVERLAP: &str = "no slot is shared by two firm bookings";
pub const FIRM_OWNS: &str = "a firm booking owns all its slots and never expires";
pub const ENTRY_LIVES: &str = "a slot entry belongs to a live booking of that slot";
pub const MONEY_KEPT: &str = "captured money belongs to a booking that is paying or confirmed";
pub const PAID: &str = "a confirmed booking has been paid";
pub const ONE_CHARGE: &str = "no booking keeps two charges";
pub const ONE_EACH: &str = "one wish makes one booking";
pub const FAIR: &str = "a hold goes only after it has lapsed";

type Rule = Property<Scenario>;

pub fn of(scenario: &Scenario) -> Vec<Rule> {
    let mut rules = vec![
        Rule::always(NO_OVERLAP, |_, w| no_overlap(&w.store)),
        Rule::always(FIRM_OWNS, firm_owns),
        Rule::always(ENTRY_LIVES, entry_lives),
        Rule::always(ONE_EACH, |_, w| one_each(&w.store)),
        Rule::always(FAIR, |_, w| fair(w)),
        Rule::sometimes("somebody is confirmed", |_, w| somebody(w, Status::Confirmed)),
    ];
    if scenario.enters == Status::Held && !scenario.is(Wrong::BlindRule) {
        rules.push(Rule::sometimes("an eviction goes through", evicts));
    }
    if scenario.sweeper {
        rules.push(Rule::sometimes("the sweeper frees a hold", sweeps));
    }
    if scenario.charges > 0 {
        rules.extend([
            Rule::always(MONEY_KEPT, |_, w| money_kept(w)),
            Rule::always(PAID, |_, w| paid(w)),
            Rule::always(ONE_CHARGE, |_, w| one_charge(w)),
            Rule::sometimes("a refused payment gives the hold back", |_, w| refused(w)),
        ]);
        if scenario.checker {
            rules.push(Rule::sometimes("the checker settles an unknown payment", settles));
        }
        if scenario.cancel {
            rules.push(Rule::sometimes("a refund ends in a cancellation", |_, w| refunded(w)));
        }
    }
    if scenario.lost_replies {
        rules.push(Rule::sometimes("a lost reply is found in the attempt record", |_, w| found(w)));
        rules.push(Rule::sometimes("an unanswered write arrives late", arrives));
    }
    if scenario.refused_late {
        rules.push(Rule::sometimes("an overwritten write is refused", is_refused));
    }
    if scenario.desk {
        rules.push(Rule::sometimes("a clerk moves a booking", |s, w| serves(s, w, moves)));
        if scenario.charges == 0 {
            rules.push(Rule::sometimes("a clerk restores a booking", |s, w| {
                serves(s, w, |what| what == What::Restore)
            }));
        }
    }
    rules.retain(|rule| !scenario.except.contains(&rule.name));
    rules
}

fn bookings(store: &Store) -> impl Iterator<Item = (Id, Booking)> {
    let numbered = (0..).zip(store.bookings);
    numbered.filter_map(|(id, booking)| Some((id, booking?)))
}

fn no_overlap(store: &Store) -> bool {
    let mut taken: Slots = 0;
    bookings(store).filter(|(_, b)| b.status.firm()).all(|(_, b)| {
        let free = taken & b.slots == 0;
        taken |= b.slots;
        free
    })
}

fn firm_owns(scenario: &Scenario, world: &World) -> bool {
    let store = &world.store;
    bookings(store).filter(|(_, b)| b.status.firm()).all(|(id, b)| {
        !b.expires
            && (0..SLOTS).filter(|&k| has(b.slots, k)).all(|k| {
                let holder = scenario.holder(store, k);
                holder.is_some_and(|r| r.booking == id && !r.expires)
            })
    })
}

fn entry_lives(scenario: &Scenario, world: &World) -> bool {
    let store = &world.store;
    let live = |r: Reservation| store.bookings[r.booking as usize].filter(|b| b.status.live());
    let mut listed = store.days.iter().flat_map(|day| day.list).flatten();
    listed.all(|r| live(r).is_some())
        && (0..SLOTS).filter(|&k| store.slots[k] != 0).all(|k| {
            let booking = scenario.holder(store, k).and_then(live);
            booking.is_some_and(|b| has(b.slots, k))
        })
}

fn one_each(store: &Store) -> bool {
    let live = |id: usize| store.bookings[id].is_some_and(|b| b.status.live());
    (0..PEOPLE).all(|who| !(live(who * 2) && live(who * 2 + 1)))
}

fn fair(world: &World) -> bool {
    let mut bookings = bookings(&world.store);
    bookings.all(|(id, b)| b.status != Status::Expired || world.past & (1 << id) != 0)
}

fn money_kept(world: &World) -> bool {
    (0..BOOKINGS).all(|id| {
        let status = world.store.bookings[id].map(|b| b.status);
        !world.provider[id].contains(&Charge::Captured)
            || matches!(status, Some(Status::Paying | Status::Confirmed))
    })
}

fn paid(world: &World) -> bool {
    let captured = |c: &Charge| matches!(c, Charge::Captured | Charge::Refunded);
    let mut confirmed = bookings(&world.store).filter(|(_, b)| b.status == Status::Confirmed);
    confirmed.all(|(id, _)| {
        let money = world.store.payments[id as usize].map(|p| p.state);
        matches!(money, Some(Money::Done | Money::Refunding))
            && world.provider[id as usize].iter().any(captured)
    })
}

fn one_charge(world: &World) -> bool {
    let captured = |c: &&Charge| **c == Charge::Captured;
    let mut bookings = world.provider.iter();
    bookings.all(|attempts| attempts.iter().filter(captured).count() <= 1)
}

fn somebody(world: &World, status: Status) -> bool {
    bookings(&world.store).any(|(_, b)| b.status == status)
}

fn goes_through(scenario: &Scenario, world: &World, plan: &Plan) -> bool {
    world.store.accepts(&gate::transaction(scenario, plan))
}

fn evicts(scenario: &Scenario, world: &World) -> bool {
    world.people.iter().any(|person| match &person.step {
        Step::Sending(plan) => plan.evicts != 0 && goes_through(scenario, world, plan),
        _ => false,
    })
}

fn sweeps(scenario: &Scenario, world: &World) -> bool {
    let plan = &world.workers[Worker::Sweeper as usize];
    plan.as_ref().is_some_and(|plan| goes_through(scenario, world, plan))
}

fn refused(world: &World) -> bool {
    bookings(&world.store).any(|(id, b)| {
        let money = world.store.payments[id as usize].map(|p| p.state);
        b.status == Status::Held && money == Some(Money::Failed)
    })
}

fn settles(scenario: &Scenario, world: &World) -> bool {
    world.workers[Worker::Checker as usize].is_some_and(|plan| {
        let money = world.store.payments[plan.id as usize].map(|p| p.state);
        money == Some(Money::Unknown)
            && plan.what == What::Settle(Verdict::Done)
            && goes_through(scenario, world, &plan)
    })
}

fn refunded(world: &World) -> bool {
    bookings(&world.store).any(|(id, b)| {
        let money = world.store.payments[id as usize].map(|p| p.state);
        b.status == Status::Cancelled && money == Some(Money::Refunded)
    })
}

/// Somebody who got no answer is about to ask, and the record is there to say yes.
fn found(world: &World) -> bool {
    world
        .people
        .iter()
        .enumerate()
        .any(|(who, person)| person.step == Step::Asking && world.store.attempts & (1 << person.id(who)) != 0)
}

fn arrives(scenario: &Scenario, world: &World) -> bool {
    let mut late = world.people.iter().filter_map(|p| p.unanswered);
    late.any(|plan| goes_through(scenario, world, &plan))
}

fn is_refused(scenario: &Scenario, world: &World) -> bool {
    let mut late = world.people.iter().filter_map(|p| p.unanswered);
    late.any(|plan| !goes_through(scenario, world, &plan))
}

fn moves(what: What) -> bool {
    matches!(what, What::Move(_))
}

fn serves(scenario: &Scenario, world: &World, kind: fn(What) -> bool) -> bool {
    world.workers[Worker::Desk as usize]
        .is_some_and(|plan| kind(plan.what) && goes_through(scenario, world, &plan))
}
