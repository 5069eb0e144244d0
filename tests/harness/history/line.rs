//! The waiting line: first come, first served, and once.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::judge::{Case, Rule};
use super::origin::everything_seen;
use super::{Call, Person, Place, Reply, Ticket, Time};

/// Somebody who waits.
struct Waiting<'a> {
    event: usize,
    ticket: &'a Ticket,
    place: &'a Place,
    by: &'a Person,
    /// Bookings offered to them.
    offers: Vec<usize>,
}

/// The bookings each place in the line was offered.
fn offers<'a>(case: &Case<'a>) -> BTreeMap<&'a Ticket, Vec<usize>> {
    let mut offers: BTreeMap<&Ticket, Vec<usize>> = BTreeMap::new();
    for (_, seen) in everything_seen(case) {
        let booking = case.names[&seen.booking];
        if let Some(ticket) = &seen.ticket {
            let offers = offers.entry(ticket).or_default();
            if !offers.contains(&booking) {
                offers.push(booking);
            }
        }
    }
    offers
}

fn waiting<'a>(case: &Case<'a>) -> Vec<Waiting<'a>> {
    let mut offers = offers(case);
    let events = case.history.events.iter().enumerate();
    let waiting = events.filter_map(|(event, told)| match (&told.call, &told.reply) {
        (Call::Join { place, by }, Reply::Queued(ticket)) => {
            let offers = offers.remove(ticket).unwrap_or_default();
            Some(Waiting { event, ticket, place, by, offers })
        }
        (_, _) => None,
    });
    let mut waiting: Vec<_> = waiting.collect();
    // Whoever is offered something without having heard of a ticket joined without an answer.
    for (ticket, offers) in offers {
        let Some(first) = offers.first().and_then(|&at| case.chains[at].states.first()) else { continue };
        let lost = case.history.events.iter().enumerate().filter_map(|(event, told)| match &told.call {
            Call::Join { place, by } if told.reply == Reply::Lost && by == first.person => {
                let stood =
                    offers.iter().any(|&at| case.chains[at].states.iter().any(|s| s.shade.place == place));
                stood.then_some((event, place, by))
            }
            Call::Join { .. }
            | Call::Create { .. }
            | Call::Block { .. }
            | Call::Change { .. }
            | Call::Leave(_)
            | Call::Promote(_)
            | Call::Tick(_)
            | Call::Read(_)
            | Call::ReadDay { .. } => None,
        });
        let earliest = lost.min_by_key(|(event, ..)| case.history.events[*event].begin);
        if let Some((event, place, by)) = earliest {
            waiting.push(Waiting { event, ticket, place, by, offers });
        }
    }
    waiting
}

/// Since and until when somebody may have waited for a place.
pub(super) fn claims<'a>(case: &Case<'a>) -> Vec<(Time, Time, &'a Place)> {
    let mut left = HashMap::new();
    for event in &case.history.events {
        if let (Call::Leave(ticket), Reply::Done(_)) = (&event.call, &event.reply) {
            left.insert(ticket, event.end);
        }
    }
    let mut claims = Vec::new();
    for waiting in waiting(case) {
        let offered =
            waiting.offers.iter().filter_map(|&at| case.chains[at].states.first()).map(|state| state.hi);
        let gone = offered.chain(left.get(waiting.ticket).copied()).min().unwrap_or(Time::MAX);
        claims.push((case.history.events[waiting.event].begin, gone, waiting.place));
    }
    for event in &case.history.events {
        if let (Call::Join { place, .. }, Reply::Lost) = (&event.call, &event.reply) {
            claims.push((event.begin, Time::MAX, place));
        }
    }
    claims
}

pub(super) fn check(case: &mut Case) {
    let still: HashSet<&Ticket> = case.history.closing.line.iter().collect();
    for (ticket, offers) in offers(case) {
        if offers.len() > 1 || still.contains(ticket) {
            let events: Vec<usize> = offers.iter().map(|&at| case.chains[at].states[0].event).collect();
            case.blame(
                Rule::DoubleOffer,
                events,
                format!("{ticket:?} was offered {offers:?} and may wait on"),
            );
        }
    }
    let mut lines: BTreeMap<&Place, Vec<Waiting>> = BTreeMap::new();
    for waiting in waiting(case) {
        for &offer in &waiting.offers {
            let first = &case.chains[offer].states[0];
            if first.person != waiting.by
                || case.chains[offer].states.iter().all(|s| s.shade.place != waiting.place)
            {
                let text = format!("{:?} was offered {:?}", waiting.ticket, first.shade);
                case.blame(Rule::NotAsAsked, [waiting.event, first.event], text);
            }
        }
        lines.entry(waiting.place).or_default().push(waiting);
    }
    for line in lines.into_values() {
        order(case, &line, &still);
    }
}

/// Nobody who joined after somebody else's joining had ended is served surely before them.
fn order(case: &mut Case, line: &[Waiting], still: &HashSet<&Ticket>) {
    let events = &case.history.events;
    // Who joined, by the end of it, with the earliest time they may have been served.
    let mut joined: Vec<(Time, Time, usize)> = Vec::new();
    let mut served: Vec<(Time, Time, usize)> = Vec::new();
    for waiting in line {
        let joining = &events[waiting.event];
        let first = waiting.offers.iter().map(|&at| &case.chains[at].states[0]);
        let offered = first.clone().map(|state| state.lo).min();
        let earliest = offered.or_else(|| still.contains(waiting.ticket).then_some(Time::MAX));
        // Nobody is behind one who may have joined at any time.
        let end = if joining.reply == Reply::Lost { Time::MAX } else { joining.end };
        joined.extend(earliest.map(|earliest| (end, earliest, waiting.event)));
        served.extend(first.map(|state| state.hi).min().map(|hi| (joining.begin, hi, waiting.event)));
    }
    joined.sort_unstable();
    served.sort_unstable();
    let mut blames = Vec::new();
    let mut before = joined.into_iter().peekable();
    let mut longest: Option<(Time, usize)> = None;
    for (begin, hi, event) in served {
        while let Some((_, earliest, first)) = before.next_if(|joined| joined.0 < begin) {
            longest = longest.max(Some((earliest, first)));
        }
        if let Some((earliest, first)) = longest.filter(|longest| longest.0 > hi) {
            let when = if earliest == Time::MAX { "never" } else { "later" };
            blames.push((vec![first, event], format!("whoever joined first was served {when}")));
        }
    }
    for (events, text) in blames {
        case.blame(Rule::QueueJumped, events, text);
    }
}
