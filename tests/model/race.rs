//! The frame of the smaller models: a few hands that each read, decide, and commit later or never,
//! against one ledger.
//!
//! A hand is one request or one run of a worker and remembers nothing but the write it carries. Who
//! retries, crashes or loses a reply is a hand that lets its write go, or carries it for very long
//! while another one asks for the same again. Hands are alike, so their order is no matter.

use std::fmt::Debug;
use std::hash::Hash;

use stateright::{Model, Property};

use crate::show::Shown;

/// Ledger items and booking records, one bit each.
pub type Items = u16;

/// Writes on their way at once, at most.
pub const HANDS: usize = 3;

/// A way to keep a ledger.
pub trait Design: Clone + Debug + Send + Sync + 'static {
    type Ledger: Copy + Debug + Eq + Hash + Send + Sync;
    /// A decided write: conditions and effects together.
    type Write: Copy + Debug + Hash + Ord + Send + Sync;
    type Deed: Copy + Debug + PartialEq;
    type Tick: Copy + Debug + PartialEq;

    fn name(&self) -> &'static str;
    fn mistakes(&self) -> String;
    fn hands(&self) -> usize;
    fn begin(&self) -> Self::Ledger;

    /// Everything anybody may ask for.
    fn deeds(&self) -> Vec<Self::Deed>;
    /// Reads and decides; `None` is a refusal.
    fn decide(&self, ledger: &Self::Ledger, deed: Self::Deed) -> Option<Self::Write>;
    /// Judges all conditions but those on versions. `None`: refused, nothing happened.
    fn commit(&self, ledger: &Self::Ledger, write: &Self::Write) -> Option<Self::Ledger>;
    fn deed(write: &Self::Write) -> Self::Deed;
    /// Whose versions it compares with what it read, and whose it raises.
    fn compares(write: &Self::Write) -> Items;
    fn raises(write: &Self::Write) -> Items;
    /// What is left to do after it, in a design that writes twice.
    fn second(&self, deed: Self::Deed) -> Option<Self::Deed>;

    /// What time does to the ledger without anybody's doing.
    fn ticks(&self, ledger: &Self::Ledger) -> Vec<Self::Tick>;
    fn tick(&self, ledger: &mut Self::Ledger, tick: Self::Tick);

    fn rules(&self) -> Vec<Property<Race<Self>>>;
    fn line(&self, ledger: &Self::Ledger) -> String;
}

/// A design under the checker.
#[derive(Clone, Debug)]
pub struct Race<D>(pub D);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Moment<L, W> {
    pub ledger: L,
    pub hands: [Option<W>; HANDS],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step<D, T> {
    Read(D),
    Commit(usize, D),
    /// The hand lets its write go.
    Drop(usize, D),
    Clock(T),
}

type State<D> = Moment<<D as Design>::Ledger, <D as Design>::Write>;

impl<D: Design> Race<D> {
    /// Whether a write of this kind is about to go through. No state more for asking.
    pub fn about_to(&self, state: &State<D>, kind: impl Fn(&D::Write) -> bool) -> bool {
        let mut writes = state.hands.iter().flatten();
        writes.any(|write| kind(write) && self.0.commit(&state.ledger, write).is_some())
    }

    /// Versions only grow, so a write that compares one which was raised is never accepted again:
    /// it is refused at once. The versions themselves need not be kept.
    fn deliver(&self, state: &mut State<D>, hand: usize) -> Option<()> {
        let write = state.hands[hand].take()?;
        let Some(ledger) = self.0.commit(&state.ledger, &write) else {
            return Some(());
        };
        state.ledger = ledger;
        for other in &mut state.hands {
            *other = other.filter(|other| D::compares(other) & D::raises(&write) == 0);
        }
        let second = self.0.second(D::deed(&write));
        state.hands[hand] = second.and_then(|deed| self.0.decide(&state.ledger, deed));
        Some(())
    }
}

impl<D: Design> Model for Race<D> {
    type State = State<D>;
    type Action = Step<D::Deed, D::Tick>;

    fn init_states(&self) -> Vec<Self::State> {
        vec![Moment { ledger: self.0.begin(), hands: [None; HANDS] }]
    }

    fn actions(&self, state: &Self::State, steps: &mut Vec<Self::Action>) {
        for (hand, write) in state.hands.iter().enumerate() {
            if let Some(write) = write {
                steps.push(Step::Commit(hand, D::deed(write)));
                steps.push(Step::Drop(hand, D::deed(write)));
            }
        }
        if state.hands.iter().flatten().count() < self.0.hands() {
            steps.extend(self.0.deeds().into_iter().map(Step::Read));
        }
        steps.extend(self.0.ticks(&state.ledger).into_iter().map(Step::Clock));
    }

    fn next_state(&self, last: &Self::State, step: Self::Action) -> Option<Self::State> {
        let mut state = *last;
        match step {
            Step::Read(deed) => {
                let idle = state.hands.iter_mut().find(|hand| hand.is_none())?;
                *idle = Some(self.0.decide(&last.ledger, deed)?);
            }
            Step::Commit(hand, _) => self.deliver(&mut state, hand)?,
            Step::Drop(hand, _) => state.hands[hand] = None,
            Step::Clock(tick) => self.0.tick(&mut state.ledger, tick),
        }
        state.hands.sort_unstable();
        Some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        self.0.rules()
    }
}

impl<D: Design> Shown for Race<D> {
    fn name(&self) -> &'static str {
        self.0.name()
    }

    fn mistakes(&self) -> String {
        self.0.mistakes()
    }

    fn step(step: &Self::Action) -> String {
        match step {
            Step::Read(deed) => format!("somebody reads for {deed:?}"),
            Step::Commit(_, deed) => format!("somebody commits {deed:?}"),
            Step::Drop(_, deed) => format!("somebody lets go of {deed:?}"),
            Step::Clock(tick) => format!("clock: {tick:?}"),
        }
    }

    fn line(&self, state: &Self::State) -> String {
        self.0.line(&state.ledger)
    }
}
