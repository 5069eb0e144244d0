//! People and the requests they make. One step is one thing that can happen between two awaits of
//! the real code; a crash costs everything but the request key, which the app keeps.

use crate::decide::{Clock, Plan, Reader, Verdict, What};
use crate::gate;
use crate::scenario::{Scenario, Wrong};
use crate::store::{Id, Money, Slots, Status};
use crate::world::{Charge, World};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Person {
    /// Which request key is in use, and which wish it asks for.
    pub key: u8,
    pub wish: u8,
    pub step: Step,
    /// A transaction nobody waits for any more. It may still arrive, at any time or never.
    pub unanswered: Option<Plan>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// About to look for the attempt record: "was it me?"
    Asking,
    /// It was absent; about to read the day.
    Looked,
    /// The hour is taken; about to look at the attempt record once more.
    Refused,
    Sending(Plan),
    /// Knows that the booking exists.
    Booked,
    /// Has the intent of this payment attempt on record; about to call or waiting for the answer.
    Waiting(u8),
    Left,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    Look,
    Read(Clock),
    LookAgain,
    AskElsewhere,
    Pay,
    Cancel,
    CallProvider,
    HearAnswer,
    StopWaiting,
    /// The transaction is judged and the answer comes back.
    Commit,
    /// No answer to the transaction; whether it was applied is open.
    LoseReply,
    /// The unanswered transaction is judged after all.
    ArriveLate,
    Crash,
}

impl Person {
    pub fn arriving(wishes: [Slots; 2]) -> Self {
        Self {
            key: 0,
            wish: 0,
            step: if wishes[0] == 0 { Step::Left } else { Step::Asking },
            unanswered: None,
        }
    }

    /// The booking this person's present request makes.
    pub fn id(&self, who: usize) -> Id {
        who as Id * 2 + self.key
    }

    /// Back to where the request begins, all memory lost.
    pub fn restart(&mut self) {
        self.step = match self.step {
            Step::Booked | Step::Waiting(_) => Step::Booked,
            Step::Sending(plan) if plan.what != What::Take => Step::Booked,
            _ => Step::Asking,
        };
    }

    /// Turns to the next wish under the second key, or leaves.
    fn ask_elsewhere(&mut self, wishes: [Slots; 2]) {
        self.step = Step::Left;
        if self.wish == 0 && wishes[1] != 0 {
            (self.wish, self.key, self.step) = (1, 1, Step::Asking);
        }
    }
}

/// What a person can do now.
pub fn acts(scenario: &Scenario, world: &World, who: usize, person: &Person, act: &mut impl FnMut(Act)) {
    match person.step {
        Step::Asking => act(Act::Look),
        Step::Looked => {
            if scenario.mad_clocks {
                act(Act::Read(Clock::Ahead));
                act(Act::Read(Clock::Behind));
            } else {
                act(Act::Read(Clock::Right));
            }
        }
        Step::Refused => act(Act::LookAgain),
        Step::Sending(_) => {
            act(Act::Commit);
            act(Act::Crash);
            if scenario.lost_replies && person.unanswered.is_none() {
                act(Act::LoseReply);
            }
        }
        Step::Booked => {
            let status = world.store.bookings[person.id(who) as usize].map(|b| b.status);
            if status.is_some_and(Status::live) {
                if scenario.charges > 0 {
                    act(Act::Pay);
                }
                if scenario.cancel {
                    act(Act::Cancel);
                }
            } else {
                act(Act::AskElsewhere);
            }
        }
        Step::Waiting(attempt) => {
            match world.provider[person.id(who) as usize][attempt as usize] {
                Charge::Unasked => act(Act::CallProvider),
                Charge::Asked => {}
                Charge::Captured | Charge::Declined | Charge::Refunded => act(Act::HearAnswer),
            }
            act(Act::StopWaiting);
            act(Act::Crash);
        }
        Step::Left => {}
    }
    if person.unanswered.is_some() {
        act(Act::ArriveLate);
    }
}

/// Does it. `None`: nothing comes of it.
pub fn step(scenario: &Scenario, world: &mut World, who: usize, act: Act) -> Option<()> {
    match act {
        Act::CallProvider => {
            let person = &world.people[who];
            let Step::Waiting(attempt) = person.step else {
                return None;
            };
            world.provider[person.id(who) as usize][attempt as usize] = Charge::Asked;
        }
        Act::Commit => commit(scenario, world, who)?,
        Act::ArriveLate => {
            let plan = world.people[who].unanswered.take()?;
            world.deliver(scenario, &plan);
        }
        Act::HearAnswer | Act::StopWaiting => {
            world.people[who].step = settle(scenario, world, who, act)?;
        }
        Act::Look
        | Act::Read(_)
        | Act::LookAgain
        | Act::AskElsewhere
        | Act::Pay
        | Act::Cancel
        | Act::LoseReply
        | Act::Crash => world.people[who] = decide(scenario, world, who, act)?,
    }
    Some(())
}

/// Everything that changes nothing but the person's own mind.
fn decide(scenario: &Scenario, world: &World, who: usize, act: Act) -> Option<Person> {
    let mut person = world.people[who];
    let (id, wishes) = (person.id(who), scenario.wishes[who]);
    let known = world.store.attempts & (1 << id) != 0;
    let mut reader = Reader::new(scenario, world);
    match act {
        Act::Look | Act::LookAgain if known => person.step = Step::Booked,
        Act::Look => person.step = Step::Looked,
        Act::Read(clock) => {
            reader.clock = clock;
            match reader.plan(What::Take, id, wishes[person.wish as usize]) {
                Some(plan) => person.step = Step::Sending(plan),
                None if scenario.is(Wrong::RefusalNotReread) => person.ask_elsewhere(wishes),
                None => person.step = Step::Refused,
            }
        }
        Act::AskElsewhere if person.key == 1 => person.step = Step::Left,
        Act::LookAgain | Act::AskElsewhere => person.ask_elsewhere(wishes),
        Act::Pay => person.step = pay(scenario, world, id)?,
        Act::Cancel => {
            let ways = [What::Cancel, What::Refund, What::CancelRefunded];
            let plan = ways.into_iter().find_map(|what| reader.plan(what, id, 0))?;
            person.step = Step::Sending(plan);
        }
        Act::LoseReply => {
            let Step::Sending(plan) = person.step else {
                return None;
            };
            person.restart();
            person.unanswered = Some(plan);
            if scenario.is(Wrong::NewKeyOnRetry) && plan.what == What::Take {
                person.key = 1;
            }
        }
        Act::Crash => person.restart(),
        Act::CallProvider | Act::HearAnswer | Act::StopWaiting | Act::Commit | Act::ArriveLate => {
            return None;
        }
    }
    Some(person)
}

/// An open attempt is taken up again with its own key; a new one begins only after its end.
fn pay(scenario: &Scenario, world: &World, id: Id) -> Option<Step> {
    let last = world.store.payments[id as usize];
    if let Some(open) = last.filter(|p| matches!(p.state, Money::Confirming | Money::Unknown)) {
        return Some(Step::Waiting(open.attempt));
    }
    let attempt = last.map_or(0, |p| p.attempt + 1);
    let plan = Reader::new(scenario, world).plan(What::Pay(attempt), id, 0)?;
    (attempt < scenario.charges).then_some(Step::Sending(plan))
}

/// Reads what is to be settled, with the provider's answer in hand or none.
fn settle(scenario: &Scenario, world: &World, who: usize, act: Act) -> Option<Step> {
    let person = &world.people[who];
    let id = person.id(who);
    let Step::Waiting(attempt) = person.step else {
        return None;
    };
    let verdict = match (act, world.provider[id as usize][attempt as usize]) {
        (Act::HearAnswer, Charge::Declined) => Verdict::Failed,
        (Act::HearAnswer, _) => Verdict::Done,
        _ if scenario.is(Wrong::TimeoutIsFailed) => Verdict::Failed,
        _ => Verdict::Unknown,
    };
    let plan = Reader::new(scenario, world).plan(What::Settle(verdict), id, 0);
    let current = world.store.payments[id as usize].is_some_and(|p| p.attempt == attempt);
    Some(plan.filter(|_| current).map_or(Step::Booked, Step::Sending))
}

fn commit(scenario: &Scenario, world: &mut World, who: usize) -> Option<()> {
    let Step::Sending(plan) = world.people[who].step else {
        return None;
    };
    if !world.deliver(scenario, &plan) {
        world.people[who].restart();
        return Some(());
    }
    let second = gate::second_half(scenario, plan.what);
    let second = second.and_then(|what| Reader::new(scenario, world).plan(what, plan.id, 0));
    world.people[who].step = match (plan.what, second) {
        (_, Some(plan)) => Step::Sending(plan),
        (What::Pay(attempt), None) => Step::Waiting(attempt),
        (_, None) => Step::Booked,
    };
    Some(())
}
