//! Running the checker and printing what it found.

use std::collections::{BTreeSet, HashSet};
use std::fmt::{self, Debug};
use std::hash::Hash;
use std::time::Instant;

use stateright::{Checker, HasDiscoveries, Model};

use crate::scenario::Scenario;
use crate::store::{Id, Status};
use crate::workers::Job;
use crate::world::{Action, Charge, World};

/// A model that can be named and printed.
pub trait Shown:
    Model<State: Clone + Debug + Hash + PartialEq + Send + Sync, Action: Clone + Debug + PartialEq>
    + Clone
    + Send
    + Sync
    + 'static
{
    fn name(&self) -> &'static str;
    /// The mistakes built in.
    fn mistakes(&self) -> String;
    fn step(action: &Self::Action) -> String;
    /// What the store shows, in one line.
    fn line(&self, state: &Self::State) -> String;
}

type Trace<M> = Vec<(<M as Model>::State, Option<<M as Model>::Action>)>;

/// Visits every state; fails on a violated rule, or on one that says "sometimes" and never holds.
pub fn every_state_is_safe<M: Shown>(model: M) {
    let (begun, name) = (Instant::now(), model.name());
    let checker = model.checker().spawn_bfs().join();
    println!(
        "{name}: {} states, {} steps, depth {}, {:.1?}",
        checker.unique_state_count(),
        checker.state_count(),
        checker.max_depth(),
        begun.elapsed(),
    );
    checker.assert_properties();
}

/// What a scenario's promises look at, in every state it reaches.
pub fn reachable_stores(scenario: Scenario) -> HashSet<impl Eq + Hash> {
    let mut open = scenario.init_states();
    let mut seen: HashSet<World> = open.iter().copied().collect();
    let mut stores = HashSet::new();
    while let Some(world) = open.pop() {
        stores.insert((world.store, world.past, world.provider));
        let next = scenario.next_states(&world);
        open.extend(next.into_iter().filter(|world| seen.insert(*world)));
    }
    stores
}

/// Fails unless the checker finds the rule violated; prints a shortest trace.
pub fn is_caught<M: Shown>(model: M, rule: &'static str) {
    let mut shortest = search(&model, rule, usize::MAX);
    assert!(shortest.is_some(), "{} went unnoticed: {rule}", model.mistakes());
    while let Some(shorter) = shortest.as_ref().and_then(|t| search(&model, rule, t.len() - 1)) {
        shortest = Some(shorter);
    }
    if let Some(trace) = shortest {
        println!("\n{} in \"{}\"", model.mistakes(), model.name());
        println!("violates \"{rule}\" after {} steps:", trace.len() - 1);
        print(&model, &trace);
    }
}

/// A trace of at most so many states into a violation. Breadth first, but the checker keeps the
/// last violation of a block of states and not the first.
fn search<M: Shown>(model: &M, rule: &'static str, states: usize) -> Option<Trace<M>> {
    let checker = model
        .clone()
        .checker()
        .finish_when(HasDiscoveries::AllOf(BTreeSet::from([rule])))
        .target_max_depth(states.saturating_add(1))
        .spawn_bfs()
        .join();
    checker.discovery(rule).map(stateright::Path::into_vec)
}

fn print<M: Shown>(model: &M, trace: &Trace<M>) {
    for (number, steps) in trace.windows(2).enumerate() {
        let [(before, Some(action)), (after, _)] = steps else {
            continue;
        };
        let (before, after) = (model.line(before), model.line(after));
        let news = if after == before { "" } else { &after };
        let step = format!("  {:>2}. {:<44}{news}", number + 1, M::step(action));
        println!("{}", step.trim_end());
    }
}

impl Shown for Scenario {
    fn name(&self) -> &'static str {
        self.name
    }

    fn mistakes(&self) -> String {
        format!("{:?}", self.wrong)
    }

    fn step(action: &Action) -> String {
        action.to_string()
    }

    fn line(&self, world: &World) -> String {
        line(self, world)
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Person(who, act) => write!(f, "person {who}: {act:?}"),
            Self::Worker(worker, Job::Read(id, what)) => {
                write!(f, "{worker:?}: Read({}, {what:?})", Name(*id))
            }
            Self::Worker(worker, job) => write!(f, "{worker:?}: {job:?}"),
            Self::HoldLapses(id) => write!(f, "clock: the hold of {} lapses", Name(*id)),
            Self::Provider(id, attempt, charge) => {
                write!(f, "provider: {} attempt {attempt} {charge:?}", Name(*id))
            }
        }
    }
}

/// Each slot's holder, then the bookings.
fn line(scenario: &Scenario, world: &World) -> String {
    let holder = |k: usize| match scenario.holder(&world.store, k) {
        Some(entry) => Name(entry.booking).to_string(),
        None if world.store.slots[k] == 0 => "--".to_owned(),
        None => "??".to_owned(),
    };
    let mut words = vec![format!("[{} {} {}]", holder(0), holder(1), holder(2))];
    for (id, booking) in (0..).zip(world.store.bookings) {
        let Some(booking) = booking else { continue };
        words.push(format!("{} {:?}", Name(id), booking.status));
        if booking.status == Status::Held && world.past & (1 << id) != 0 {
            words.push("lapsed".to_owned());
        }
        if let Some(payment) = world.store.payments[id as usize] {
            words.push(format!("{:?}", payment.state));
        }
        let charges = world.provider[id as usize].iter();
        let made = charges.filter(|charge| **charge != Charge::Unasked);
        words.extend(made.map(|charge| format!("({charge:?})")));
    }
    words.join(" ")
}

/// A booking is called after its person and request: `0a`, `0b`, `1a`.
struct Name(Id);

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.0 / 2, if self.0.is_multiple_of(2) { 'a' } else { 'b' })
    }
}
