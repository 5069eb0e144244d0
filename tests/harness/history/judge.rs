//! The verdict: which promises a history breaks.

use std::collections::HashMap;

use super::chain::{self, Chain};
use super::clock::Clock;
use super::{Booking, Call, History, closing, line, moves, origin, reads, refusals, space, turns};

/// A promise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// Two bookings had one minute at one time.
    DoubleBooking,
    /// More seats were taken than there are.
    Oversold,
    /// A booking somebody was told of is gone without a trace.
    LostBooking,
    /// An acknowledged change left no trace, or one version has two contents.
    LostUpdate,
    /// A change was answered with a version that had passed before it began.
    VersionBack,
    /// A read showed what had passed before it began.
    StaleRead,
    /// A call moved a booking where it may not go from where it stood.
    IllegalMove,
    /// A call did something else than was asked.
    NotAsAsked,
    /// A booking changed, and nobody asked for it.
    Unasked,
    /// A booking that had ended occupies again, and nobody restored it.
    Resurrected,
    /// A hold was taken away before it lapsed.
    LiveHoldEvicted,
    /// A hold that had been taken away was extended or paid.
    EvictedHoldUsed,
    /// One idempotency key made two bookings.
    DuplicateKey,
    /// A repeated key was answered differently.
    RepeatDiffers,
    /// A booking nobody asked for.
    Phantom,
    /// One booking was given to two requests, or changed its owner.
    Identity,
    /// A read showed a booking in the middle of a move.
    MoveTorn,
    /// Somebody saw one half of an exchange.
    SwapTorn,
    /// A read did not show what was occupied.
    Unseen,
    /// A slot or seat is taken that no booking has.
    Ghost,
    /// A booking has no slot where it should.
    OwnerWithoutSlots,
    /// A no-show keeps what came after.
    NoShowKeepsFuture,
    /// A place was refused that nobody can have had.
    UnexplainedRefusal,
    /// A quota counts something else than the person's bookings.
    QuotaDrift,
    /// A later one in the line was served first.
    QueueJumped,
    /// One place in the line was offered twice.
    DoubleOffer,
}

/// A broken promise with its evidence.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    pub rule: Rule,
    /// Indices of events; the number of events stands for the reading at the end.
    pub events: Vec<usize>,
    pub text: String,
}

/// Judges a history. No finding means: no promise is provably broken.
pub fn judge(history: &History) -> Vec<Finding> {
    let mut case = Case::of(history);
    let origins = origin::of(&mut case);
    chain::build(&mut case, &origins);
    moves::check(&mut case);
    turns::narrow(&mut case, false);
    refusals::narrow(&mut case, &origins);
    reads::check(&mut case);
    turns::narrow(&mut case, true);
    space::check(&mut case);
    refusals::check(&mut case, &origins);
    line::check(&mut case);
    closing::check(&mut case);
    let mut findings = case.findings;
    findings.sort();
    findings.dedup();
    findings
}

/// What is known so far.
pub(super) struct Case<'a> {
    pub history: &'a History,
    pub clock: Clock,
    pub names: HashMap<&'a Booking, usize>,
    pub chains: Vec<Chain<'a>>,
    pub findings: Vec<Finding>,
}

impl<'a> Case<'a> {
    fn of(history: &'a History) -> Self {
        let mut case = Case {
            history,
            clock: Clock::of(history),
            names: HashMap::new(),
            chains: Vec::new(),
            findings: Vec::new(),
        };
        for event in &history.events {
            event.reply.seen().iter().for_each(|seen| case.name(&seen.booking));
        }
        history.closing.bookings.iter().for_each(|seen| case.name(&seen.booking));
        case
    }

    fn name(&mut self, booking: &'a Booking) {
        if !self.names.contains_key(booking) {
            self.names.insert(booking, self.chains.len());
            self.chains.push(Chain::of(booking));
        }
    }

    pub fn blame(&mut self, rule: Rule, events: impl Into<Vec<usize>>, text: String) {
        let mut events = events.into();
        events.sort_unstable();
        events.dedup();
        self.findings.push(Finding { rule, events, text });
    }

    /// The index that stands for the reading at the end.
    pub fn last(&self) -> usize {
        self.history.events.len()
    }

    pub fn call(&self, event: usize) -> Option<&'a Call> {
        self.history.events.get(event).map(|event| &event.call)
    }
}
