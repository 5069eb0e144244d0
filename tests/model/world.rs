//! The whole world as one state, and the steps it can take: the model that stateright explores.

use stateright::{Model, Property};

use crate::decide::Plan;
use crate::gate;
use crate::people::{self, Act, Person, Step};
use crate::properties;
use crate::scenario::{PEOPLE, Scenario};
use crate::store::{BOOKINGS, BookingWrite, Day, Id, Money, SLOTS, Status, Store};
use crate::workers::{self, Job, WORKERS, Worker};

/// A version that was read and has been overwritten since.
const STALE: u8 = 9;
/// Payment attempts a booking may see at most.
pub const CHARGES: usize = 2;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct World {
    pub store: Store,
    /// Holds whose expiry the clock has passed, one bit per booking.
    pub past: u8,
    /// What the provider did with each attempt.
    pub provider: [[Charge; CHARGES]; BOOKINGS],
    pub people: [Person; PEOPLE],
    /// What each worker is about to write.
    pub workers: [Option<Plan>; WORKERS],
}

/// The provider's truth about one attempt. Only `Unasked` and `Asked` can still change by
/// themselves; `Declined` stands for refused, aborted and expired alike.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Charge {
    #[default]
    Unasked,
    Asked,
    Captured,
    Declined,
    Refunded,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    Person(usize, Act),
    Worker(Worker, Job),
    /// The clock passes the expiry of this booking's hold.
    HoldLapses(Id),
    Provider(Id, u8, Charge),
}

impl World {
    pub fn refunded(&self, id: Id) -> bool {
        self.store.payments[id as usize].is_some_and(|p| {
            p.state == Money::Refunding && self.provider[id as usize][p.attempt as usize] == Charge::Refunded
        })
    }

    /// A plan reaches the store; says whether it was accepted.
    pub fn deliver(&mut self, scenario: &Scenario, plan: &Plan) -> bool {
        let transaction = gate::transaction(scenario, plan);
        let accepted = self.store.commit(&transaction);
        if accepted {
            let mine = |b: &BookingWrite| b.id == plan.id && b.status == Status::Held;
            if transaction.bookings.iter().any(mine) {
                self.past &= !(1 << plan.id); // a new expiry
            }
            self.renumber();
            if !scenario.refused_late {
                self.refuse_overwritten(scenario);
            }
        }
        accepted
    }

    /// Versions only grow and are only ever compared with the present one, so "as it is now" and
    /// "overwritten since" is all that can matter of them. Without this no state would recur.
    fn renumber(&mut self) {
        let Self { store, people, workers, .. } = self;
        let on_the_way = people.iter_mut().flat_map(|person| {
            let sending = match &mut person.step {
                Step::Sending(plan) => Some(plan),
                _ => None,
            };
            sending.into_iter().chain(&mut person.unanswered)
        });
        for plan in on_the_way.chain(workers.iter_mut().flatten()) {
            let lock = store.bookings[plan.id as usize].map_or(0, |b| b.lock);
            let fence = store.payments[plan.id as usize].map_or(0, |p| p.fence);
            for (read, now) in plan.v.iter_mut().zip(store.days) {
                renumber(read, now.v);
            }
            renumber(&mut plan.lock, lock);
            renumber(&mut plan.fence, fence);
        }
        store.days.iter_mut().for_each(|day| day.v = 1);
        store.bookings.iter_mut().flatten().for_each(|b| b.lock = 1);
        store.payments.iter_mut().flatten().for_each(|p| p.fence = 1);
    }

    /// Refuses at once what nothing can make acceptable again.
    fn refuse_overwritten(&mut self, scenario: &Scenario) {
        let Self { store, people, workers, .. } = self;
        let lost = |plan: &Plan| store.overwritten(&gate::transaction(scenario, plan));
        for person in people {
            if matches!(&person.step, Step::Sending(plan) if lost(plan)) {
                person.restart();
            }
            if person.unanswered.as_ref().is_some_and(lost) {
                person.unanswered = None;
            }
        }
        for plan in workers {
            if plan.as_ref().is_some_and(lost) {
                *plan = None;
            }
        }
    }
}

/// 0 stays 0: nothing was read, or there was nothing.
fn renumber(read: &mut u8, now: u8) {
    if *read != 0 {
        *read = if *read == now { 1 } else { STALE };
    }
}

impl Model for Scenario {
    type State = World;
    type Action = Action;

    fn init_states(&self) -> Vec<World> {
        let empty = Day { v: 1, ..Day::default() };
        vec![World {
            store: Store { days: [empty; SLOTS], ..Store::default() },
            past: 0,
            provider: [[Charge::Unasked; CHARGES]; BOOKINGS],
            people: self.wishes.map(Person::arriving),
            workers: [None; WORKERS],
        }]
    }

    fn actions(&self, world: &World, actions: &mut Vec<Action>) {
        for (who, person) in world.people.iter().enumerate() {
            let mut act = |act| actions.push(Action::Person(who, act));
            people::acts(self, world, who, person, &mut act);
        }
        workers::jobs(self, world, &mut |worker, job| {
            actions.push(Action::Worker(worker, job));
        });
        for id in 0..BOOKINGS as Id {
            let holding = world.store.bookings[id as usize].is_some_and(|b| b.expires);
            if holding && !self.mad_clocks && world.past & (1 << id) == 0 {
                actions.push(Action::HoldLapses(id));
            }
            let Some(payment) = world.store.payments[id as usize] else {
                continue;
            };
            for attempt in 0..=payment.attempt {
                let mut rules = |charge| actions.push(Action::Provider(id, attempt, charge));
                match world.provider[id as usize][attempt as usize] {
                    // The session ends before anybody called.
                    Charge::Unasked => rules(Charge::Declined),
                    Charge::Asked => {
                        rules(Charge::Captured);
                        rules(Charge::Declined);
                    }
                    // Whoever wrote the intent, or the checker after it, has called.
                    Charge::Captured if payment.state == Money::Refunding => {
                        rules(Charge::Refunded);
                    }
                    Charge::Captured | Charge::Declined | Charge::Refunded => {}
                }
            }
        }
    }

    fn next_state(&self, last: &World, action: Action) -> Option<World> {
        let mut world = *last;
        match action {
            Action::Person(who, act) => people::step(self, &mut world, who, act)?,
            Action::Worker(worker, job) => workers::step(self, &mut world, worker, job)?,
            Action::HoldLapses(id) => world.past |= 1 << id,
            Action::Provider(id, attempt, charge) => {
                world.provider[id as usize][attempt as usize] = charge;
            }
        }
        Some(world)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        properties::of(self)
    }
}
