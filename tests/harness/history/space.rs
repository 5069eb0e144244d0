//! Who surely had what, and that nobody else had it too.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};

use super::chain::{Chain, Shade};
use super::judge::{Case, Rule};
use super::place::joined;
use super::timeline::Timeline;
use super::{Minute, Place, Resource, Share, Span, Status, Time};

/// A place a booking may have had for a time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stay<'a> {
    pub booking: usize,
    /// `None`: it may have been anywhere.
    pub place: Option<&'a Place>,
    pub from: Time,
    /// Nobody is refused for a hold that is over: whoever wants its place has it.
    pub to: Time,
    /// When it surely had it no more, lapsed or not.
    pub out: Time,
    /// Which of its states this is, if anybody saw it.
    pub state: Option<usize>,
}

/// Every place every booking may have had, for as long as it may have had it.
pub(super) fn stays<'a>(case: &Case<'a>) -> Vec<Stay<'a>> {
    let mut stays = Vec::new();
    for (booking, chain) in case.chains.iter().enumerate() {
        for (at, state) in chain.states.iter().enumerate() {
            let gap = &chain.gaps[at];
            match &gap.shades {
                None => stays.push(Stay {
                    booking,
                    place: None,
                    from: gap.since,
                    to: state.hi,
                    out: state.hi,
                    state: None,
                }),
                Some(shades) => {
                    stays.extend(shades.iter().filter(|shade| shade.status.occupies()).map(|shade| Stay {
                        booking,
                        place: Some(shade.place),
                        from: gap.since,
                        to: state.hi,
                        out: state.hi,
                        state: None,
                    }))
                }
            }
            if state.shade.status.occupies() {
                let over = match state.shade.status {
                    Status::Held => case.clock.over_from(state.shade.hold),
                    Status::Pending
                    | Status::Paying
                    | Status::Confirmed
                    | Status::Completed
                    | Status::Cancelled
                    | Status::Expired
                    | Status::NoShow => Time::MAX,
                };
                let (place, out) = (Some(state.shade.place), chain.out(at));
                stays.push(Stay { booking, place, from: state.lo, to: out.min(over), out, state: Some(at) });
            }
        }
    }
    stays
}

/// A place a booking surely had for a time.
struct Surety<'a> {
    booking: usize,
    event: usize,
    place: Cow<'a, Place>,
    from: Time,
    to: Time,
}

/// Between any two times at which something may have changed: what all that it may have been has in
/// common. A lapsed hold still has its place: whoever takes that ends it.
fn sureties<'a>(booking: usize, chain: &Chain<'a>, sureties: &mut Vec<Surety<'a>>) {
    let mut cuts: Vec<Time> = chain.states.iter().flat_map(|state| [state.lo, state.hi]).collect();
    cuts.extend(chain.gaps.iter().map(|gap| gap.since));
    cuts.extend(chain.states.last().map(|last| if chain.closed { Time::MAX } else { last.pin }));
    cuts.sort_unstable();
    cuts.dedup();
    for cut in cuts.windows(2) {
        let &[from, to] = cut else { continue };
        let within = !chain.closed && chain.states.last().is_none_or(|last| last.pin < to);
        let Some(life) = chain.between(from + 1, to - 1).filter(|_| !within) else { continue };
        let mut shades = life.iter().map(|glimpse| glimpse.shade);
        let Some(Some(first)) = shades.next() else { continue };
        let common = first.status.occupies().then_some(Cow::Borrowed(first.place));
        let common = shades.try_fold(common, |common, shade| {
            let shade = shade?;
            Some(common.and_then(|common| shared(common, &shade)))
        });
        let Some(place) = common.flatten() else { continue };
        let reached = life.iter().map(|glimpse| glimpse.reached).max().unwrap_or_default();
        let event = chain.states[reached.saturating_sub(1).min(chain.states.len() - 1)].event;
        match sureties.last_mut() {
            Some(last) if last.booking == booking && last.to == from && last.place == place => last.to = to,
            Some(_) | None => sureties.push(Surety { booking, event, place, from, to }),
        }
    }
}

/// What a booking surely has that stands so or otherwise.
fn shared<'a>(common: Cow<'a, Place>, shade: &Shade) -> Option<Cow<'a, Place>> {
    if !shade.status.occupies() {
        return None;
    }
    if *common == *shade.place { Some(common) } else { common.common(shade.place).map(Cow::Owned) }
}

/// No minute twice at one time, and never more seats than there are.
pub(super) fn check(case: &mut Case) {
    let mut sure = Vec::new();
    for (booking, chain) in case.chains.iter().enumerate() {
        sureties(booking, chain, &mut sure);
    }
    let mut rooms: BTreeMap<&Resource, Vec<(Span, usize)>> = BTreeMap::new();
    let mut tours: BTreeMap<(&Resource, &str), Vec<(u32, usize)>> = BTreeMap::new();
    for (at, surety) in sure.iter().enumerate() {
        match &surety.place.share {
            Share::Slots(spans) => {
                let spans = joined(spans.clone()).into_iter().map(|span| (span, at));
                rooms.entry(&surety.place.resource).or_default().extend(spans);
            }
            Share::Seats { departure, seats } => {
                tours.entry((&surety.place.resource, departure)).or_default().push((*seats, at));
            }
        }
    }
    let mut blames = boarding(case, &sure);
    for (resource, held) in rooms {
        overlaps(&sure, &held, |one, two| {
            let names = (case.chains[one.booking].booking, case.chains[two.booking].booking);
            let text = format!(
                "{:?} and {:?} both had {:?} and {:?} of {resource:?}",
                names.0, names.1, one.place.share, two.place.share
            );
            blames.push((Rule::DoubleBooking, vec![one.event, two.event], text));
        });
    }
    for ((resource, departure), held) in tours {
        let capacity = case.history.terms.capacity.get(&(resource.clone(), departure.to_owned()));
        if let Some((most, events)) = fullest(&sure, &held)
            && capacity.is_some_and(|&capacity| most > u64::from(capacity))
        {
            blames.push((Rule::Oversold, events, format!("{most} seats of {departure} were taken at once")));
        }
    }
    for (rule, events, text) in blames {
        case.blame(rule, events, text);
    }
}

/// Somebody who came aboard at a moment nobody knows did so while others surely were.
fn boarding(case: &Case, sure: &[Surety]) -> Vec<(Rule, Vec<usize>, String)> {
    let mut known: BTreeMap<&Resource, Vec<(Time, Time, &Surety)>> = BTreeMap::new();
    for surety in sure {
        known.entry(&surety.place.resource).or_default().push((surety.from, surety.to, surety));
    }
    let known: BTreeMap<&Resource, Timeline<&Surety>> =
        known.into_iter().map(|(resource, items)| (resource, Timeline::of(items))).collect();
    let mut blames = Vec::new();
    for (booking, chain) in case.chains.iter().enumerate() {
        for state in chain.states.iter().filter(|state| state.shade.status.occupies()) {
            let Some(known) = known.get(&state.shade.place.resource) else { continue };
            let (mut aboard, mut beside) = (0, vec![state.event]);
            known.any_during(state.lo, state.hi, |other| {
                let throughout = other.from < state.lo && state.hi < other.to;
                let seats = state.shade.place.seats_beside(&other.place);
                if let Some(seats) = seats.filter(|_| throughout && other.booking != booking) {
                    aboard += u64::from(seats);
                    beside.push(other.event);
                }
                false
            });
            let Share::Seats { departure, seats } = &state.shade.place.share else { continue };
            let capacity = (state.shade.place.resource.clone(), departure.clone());
            let capacity = case.history.terms.capacity.get(&capacity).copied().unwrap_or(u32::MAX);
            if aboard + u64::from(*seats) > u64::from(capacity) {
                let text = format!("{:?} came aboard {departure} with {aboard} there", chain.booking);
                blames.push((Rule::Oversold, beside, text));
            }
        }
    }
    blames
}

/// Beginnings and ends in the order of time; what ends makes room for what begins.
fn moments<T>(sure: &[Surety], held: &[(T, usize)]) -> Vec<(Time, bool, usize)> {
    let mut moments: Vec<(Time, bool, usize)> = Vec::with_capacity(held.len() * 2);
    for (index, (_, at)) in held.iter().enumerate() {
        moments.push((sure[*at].from, true, index));
        moments.push((sure[*at].to, false, index));
    }
    moments.sort_unstable();
    moments
}

fn overlaps<'s, 'a>(
    sure: &'s [Surety<'a>],
    held: &[(Span, usize)],
    mut found: impl FnMut(&'s Surety<'a>, &'s Surety<'a>),
) {
    // Disjoint, as long as all is well: whoever does not fit is reported and left out.
    let mut open: BTreeMap<Minute, usize> = BTreeMap::new();
    let mut told = HashSet::new();
    for (_, begins, index) in moments(sure, held) {
        let (span, at) = held[index];
        if !begins {
            if open.get(&span.from) == Some(&index) {
                open.remove(&span.from);
            }
            continue;
        }
        let before = open.range(..=span.from).next_back();
        let met: Vec<usize> = before
            .into_iter()
            .chain(open.range(span.from + 1..span.to.max(span.from + 1)))
            .map(|(_, &other)| other)
            .filter(|&other| held[other].0.meets(span))
            .collect();
        for &other in &met {
            let (one, two) = (&sure[held[other].1], &sure[at]);
            let pair = (one.booking.min(two.booking), one.booking.max(two.booking));
            if one.booking != two.booking && told.insert(pair) {
                found(one, two);
            }
        }
        if met.is_empty() {
            open.insert(span.from, index);
        }
    }
}

/// The most seats that were surely taken at one time, and by whom.
fn fullest(sure: &[Surety], held: &[(u32, usize)]) -> Option<(u64, Vec<usize>)> {
    let (mut most, mut when, mut taken) = (0, None, 0);
    for (at, begins, index) in moments(sure, held) {
        let seats = u64::from(held[index].0);
        taken = if begins { taken + seats } else { taken - seats };
        if taken > most {
            (most, when) = (taken, Some(at));
        }
    }
    let when = when?;
    let there = |at: &usize| sure[*at].from <= when && when < sure[*at].to;
    Some((most, held.iter().map(|held| held.1).filter(there).map(|at| sure[at].event).collect()))
}
