//! Two bookings that want one slot take turns: which one had it first often follows, and with it when
//! the one left and the other came.

use std::collections::{BTreeMap, HashSet};

use super::judge::{Case, Rule};
use super::timeline::Timeline;
use super::{Place, Resource, Time};

/// Rounds of narrowing: what follows from one pair may settle the next one.
const ROUNDS: usize = 3;

/// A place a booking had, with the times between which it came there and left again.
#[derive(Clone, Copy)]
struct Turn<'a> {
    booking: usize,
    place: &'a Place,
    event: usize,
    come: (Time, Time),
    leave: (Time, Time),
    /// The states whose coming is the coming here, and the leaving.
    states: (Option<usize>, Option<usize>),
}

/// Narrows when versions came to be. With `blame`, names pairs that cannot have taken turns.
pub(super) fn narrow(case: &mut Case, blame: bool) {
    for round in 1..=ROUNDS {
        let turns = turns(case);
        let changed = pairs(case, &turns, blame && round == ROUNDS);
        let unsettled: Vec<usize> = (0..case.chains.len()).filter(|&at| !case.chains[at].settle()).collect();
        for at in unsettled {
            let chain = &case.chains[at];
            let events: Vec<usize> = chain.states.iter().map(|state| state.event).collect();
            let text = format!("{:?} cannot have taken turns with the others", chain.booking);
            case.blame(Rule::DoubleBooking, events, text);
        }
        if !changed && !blame {
            break;
        }
    }
}

fn turns<'a>(case: &Case<'a>) -> Vec<Turn<'a>> {
    let mut turns = Vec::new();
    for (booking, chain) in case.chains.iter().enumerate() {
        for (at, state) in chain.states.iter().enumerate() {
            let gap = &chain.gaps[at];
            let shades = gap.shades.as_deref().unwrap_or_default();
            // Where versions are not counted, there may have been none between.
            if let Some(first) = shades.first().filter(|_| case.history.terms.first_version.is_some())
                && shades.iter().all(|shade| shade.status.occupies() && shade.place == first.place)
            {
                // Nobody saw it come, but there it was before it became this.
                turns.push(Turn {
                    booking,
                    place: first.place,
                    event: state.event,
                    come: (gap.since, state.hi),
                    leave: (state.lo, state.hi),
                    states: (None, Some(at)),
                });
            }
            if !state.shade.status.occupies() {
                continue;
            }
            let come = (state.lo, state.hi);
            let (leave, leaves) = match (chain.states.get(at + 1), chain.gaps.get(at + 1)) {
                (Some(next), Some(gap)) if gap.shades.as_ref().is_some_and(Vec::is_empty) => {
                    ((next.lo, next.hi), Some(at + 1))
                }
                (Some(next), Some(gap)) => ((gap.since.min(next.lo), next.hi), None),
                (_, _) if chain.closed => ((Time::MAX, Time::MAX), None),
                (_, _) => ((state.pin, Time::MAX), None),
            };
            turns.push(Turn {
                booking,
                place: state.shade.place,
                event: state.event,
                come,
                leave,
                states: (Some(at), leaves),
            });
        }
    }
    turns
}

fn pairs(case: &mut Case, turns: &[Turn], blame: bool) -> bool {
    let mut known: BTreeMap<&Resource, Vec<(Time, Time, usize)>> = BTreeMap::new();
    for (at, turn) in turns.iter().enumerate().filter(|(_, turn)| !turn.place.spans().is_empty()) {
        known.entry(&turn.place.resource).or_default().push((turn.come.0, turn.leave.1, at));
    }
    let (mut changed, mut told) = (false, HashSet::new());
    for (resource, items) in known {
        let (mut narrower, mut clashes) = (Vec::new(), Vec::new());
        let all: Vec<usize> = items.iter().map(|item| item.2).collect();
        let timeline = Timeline::of(items);
        for at in all {
            let one = turns[at];
            timeline.any_during(one.come.0, one.leave.1, |&other| {
                let two = turns[other];
                if other <= at || one.booking == two.booking || !one.place.meets(two.place) {
                    return false;
                }
                match (one.leave.0 <= two.come.1, two.leave.0 <= one.come.1) {
                    (true, true) => {}
                    (true, false) => narrower.push((one, two)),
                    (false, true) => narrower.push((two, one)),
                    (false, false) => clashes.push((one, two)),
                }
                false
            });
        }
        for (first, then) in narrower {
            let states = &mut case.chains[first.booking].states;
            if let Some(state) = first.states.1.and_then(|at| states.get_mut(at)) {
                changed |= then.come.1 < state.hi;
                state.hi = state.hi.min(then.come.1);
            }
            let states = &mut case.chains[then.booking].states;
            if let Some(state) = then.states.0.and_then(|at| states.get_mut(at)) {
                changed |= first.leave.0 > state.lo;
                state.lo = state.lo.max(first.leave.0);
            }
        }
        for (one, two) in clashes.into_iter().filter(|_| blame) {
            if told.insert((one.booking, two.booking)) {
                let names = (case.chains[one.booking].booking, case.chains[two.booking].booking);
                let text = format!("{:?} and {:?} cannot have taken turns in {resource:?}", names.0, names.1);
                case.blame(Rule::DoubleBooking, [one.event, two.event], text);
            }
        }
    }
    changed
}
