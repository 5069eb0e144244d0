//! Whether somebody may have been in the way of whoever was told that a place is taken.

use std::collections::{BTreeMap, HashMap};

use super::judge::{Case, Rule};
use super::origin::Origins;
use super::reads::no_shows;
use super::space::{Stay, stays};
use super::timeline::Timeline;
use super::{Call, Change, Event, Minute, Place, Reply, Resource, Share, Status, Time, Why, line};

/// Who may be in the way.
#[derive(Clone, Copy)]
enum Obstacle<'a> {
    /// A booking at a place, with its state there if anybody saw it.
    Booking(usize, &'a Place, Option<usize>),
    /// Somebody waits for it.
    Claim(&'a Place),
    /// Nobody came to it. What had begun by this minute stays taken.
    Past(&'a Place, Minute),
}

/// What speaks for a refusal.
enum Reason {
    None,
    /// This state of this booking, and nothing else.
    Only(usize, usize),
    Some,
}

/// Blames refusals nobody can be the reason of.
pub(super) fn check<'a>(case: &mut Case<'a>, origins: &Origins<'a>) {
    let reasons = Reasons::of(case);
    for (index, event) in case.history.events.iter().enumerate() {
        let Some((places, own)) = asked(case, origins, index, event) else { continue };
        if let Some(first) = given(case, origins, index, event) {
            let text = format!("{places:?} was given, then refused to the same key");
            case.blame(Rule::RepeatDiffers, [first, index], text);
        } else if places
            .iter()
            .all(|place| matches!(reasons.of_refusal(case, place, own, event), Reason::None))
        {
            let text = format!("{places:?} was refused as taken, and nobody can have had it");
            case.blame(Rule::UnexplainedRefusal, [index], text);
        }
    }
}

/// Where only one booking can have been in the way, it was: by then it had come, and had not left.
pub(super) fn narrow<'a>(case: &mut Case<'a>, origins: &Origins<'a>) {
    let reasons = Reasons::of(case);
    for (index, event) in case.history.events.iter().enumerate() {
        let Some((places, own)) = asked(case, origins, index, event) else { continue };
        let [place] = places[..] else { continue };
        let Reason::Only(booking, state) = reasons.of_refusal(case, place, own, event) else { continue };
        let states = &mut case.chains[booking].states;
        states[state].hi = states[state].hi.min(event.end);
        if let Some(next) = states.get_mut(state + 1) {
            next.lo = next.lo.max(event.begin);
        }
        if !case.chains[booking].settle() {
            let text = format!("{place:?} was refused as taken, and nobody can have had it");
            case.blame(Rule::UnexplainedRefusal, [index], text);
        }
    }
}

/// The places a refused call asked for, and the booking that cannot be its reason: its own.
fn asked<'a>(
    case: &Case<'a>,
    origins: &Origins<'a>,
    index: usize,
    event: &'a Event,
) -> Option<(Vec<&'a Place>, Option<usize>)> {
    if event.reply != Reply::Refused(Why::Taken) {
        return None;
    }
    match &event.call {
        Call::Create { place, .. } | Call::Block { place, .. } => {
            // Its own booking would have been the answer.
            let wish = origins.wish_of.get(&index).map(|&wish| &origins.wishes[wish])?;
            let told = wish.made.and_then(|(_, seen)| case.names.get(&seen.booking)).copied();
            Some((vec![place], told.or(wish.silently)))
        }
        Call::Change { booking, change } => {
            let &own = case.names.get(booking)?;
            let places = match change {
                Change::Reschedule(to) => vec![to],
                Change::Swap(_) => return None,
                Change::Extend
                | Change::Pay
                | Change::Settle
                | Change::Approve
                | Change::Reject
                | Change::Cancel
                | Change::Restore
                | Change::CheckIn
                | Change::Complete
                | Change::NoShow(_)
                | Change::Unblock => {
                    let life = case.chains[own].between(event.begin, event.end)?;
                    life.into_iter().filter_map(|glimpse| glimpse.shade).map(|shade| shade.place).collect()
                }
            };
            Some((places, Some(own)))
        }
        Call::Join { .. }
        | Call::Leave(_)
        | Call::Promote(_)
        | Call::Tick(_)
        | Call::Read(_)
        | Call::ReadDay { .. } => None,
    }
}

/// The call that was given what is refused to the same key after it.
fn given(case: &Case, origins: &Origins, index: usize, event: &Event) -> Option<usize> {
    let wish = origins.wish_of.get(&index).map(|&wish| &origins.wishes[wish])?;
    let (first, _) = wish.made?;
    (case.history.events[first].end < event.begin).then_some(first)
}

struct Reasons<'a> {
    obstacles: HashMap<&'a Resource, Timeline<Obstacle<'a>>>,
    anywhere: Timeline<usize>,
}

impl<'a> Reasons<'a> {
    fn of(case: &Case<'a>) -> Self {
        let mut obstacles: HashMap<&Resource, Vec<(Time, Time, Obstacle)>> = HashMap::new();
        let mut anywhere = Vec::new();
        for Stay { booking, place, from, to, state, .. } in
            stays(case).into_iter().filter(|stay| stay.from <= stay.to)
        {
            match place {
                Some(place) => {
                    let obstacle = (from, to, Obstacle::Booking(booking, place, state));
                    obstacles.entry(&place.resource).or_default().push(obstacle);
                }
                None => anywhere.push((from, to, booking)),
            }
        }
        for (from, to, place) in line::claims(case) {
            obstacles.entry(&place.resource).or_default().push((from, to, Obstacle::Claim(place)));
        }
        for (booking, until) in no_shows(case) {
            let chain = &case.chains[booking];
            let states = chain.states.iter().enumerate();
            for (at, state) in states.filter(|(_, state)| state.shade.status == Status::NoShow) {
                let place = state.shade.place;
                let past = (state.lo, chain.out(at), Obstacle::Past(place, until));
                obstacles.entry(&place.resource).or_default().push(past);
            }
        }
        let obstacles = obstacles.into_iter().map(|(resource, items)| (resource, Timeline::of(items)));
        Self { obstacles: obstacles.collect(), anywhere: Timeline::of(anywhere) }
    }

    fn of_refusal(&self, case: &Case, place: &Place, own: Option<usize>, event: &Event) -> Reason {
        let (begin, end) = (event.begin, event.end);
        if self.anywhere.any_during(begin, end, |booking| Some(*booking) != own) {
            return Reason::Some;
        }
        let Some(there) = self.obstacles.get(&place.resource) else { return Reason::None };
        let Share::Seats { departure, seats } = &place.share else {
            let mut reason = Reason::None;
            there.any_during(begin, end, |obstacle| {
                match obstacle {
                    Obstacle::Booking(booking, ..) if Some(*booking) == own => {}
                    Obstacle::Booking(booking, other, state) if place.meets(other) => {
                        reason = match (&reason, state) {
                            (Reason::None, Some(state)) => Reason::Only(*booking, *state),
                            (_, _) => Reason::Some,
                        };
                    }
                    Obstacle::Claim(other) if place.meets(other) => reason = Reason::Some,
                    Obstacle::Past(other, until) if place.meets(&other.before(*until)) => {
                        reason = Reason::Some
                    }
                    Obstacle::Booking(..) | Obstacle::Claim(_) | Obstacle::Past(..) => {}
                }
                matches!(reason, Reason::Some)
            });
            return reason;
        };
        let capacity = case.history.terms.capacity.get(&(place.resource.clone(), departure.clone()));
        let Some(&capacity) = capacity else { return Reason::Some };
        let mut taken: BTreeMap<usize, u32> = BTreeMap::new();
        let claimed = there.any_during(begin, end, |obstacle| match obstacle {
            Obstacle::Booking(booking, other, _) => {
                if let Some(seats) = place.seats_beside(other).filter(|_| Some(*booking) != own) {
                    let most = taken.entry(*booking).or_default();
                    *most = (*most).max(seats);
                }
                false
            }
            Obstacle::Claim(other) => place.seats_beside(other).is_some(),
            // Whoever did not come to a departure is behind it.
            Obstacle::Past(..) => false,
        });
        let taken: u64 = taken.values().map(|seats| u64::from(*seats)).sum();
        if claimed || taken + u64::from(*seats) > u64::from(capacity) { Reason::Some } else { Reason::None }
    }
}
