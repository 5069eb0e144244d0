//! Where bookings come from: which request made which, and what repeats were told.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::judge::{Case, Rule};
use super::{Booking, Call, Key, Person, Place, Reply, Seen, Time};

/// One wish for a booking: a call without a key, or all calls with one key.
pub(super) struct Wish<'a> {
    pub place: &'a Place,
    pub by: &'a Person,
    pub events: Vec<usize>,
    /// When it was first asked.
    pub begin: Time,
    /// Whether somebody was left without an answer.
    pub open: bool,
    /// Its first answer.
    pub made: Option<(usize, &'a Seen)>,
    /// The booking it made in silence, where no other request can have made that one.
    pub silently: Option<usize>,
}

/// What is known of everybody's making.
pub(super) struct Origins<'a> {
    pub wishes: Vec<Wish<'a>>,
    /// By event.
    pub wish_of: HashMap<usize, usize>,
    /// By booking, where a request made it or may have made it: since when it may exist.
    pub born: HashMap<usize, Time>,
    /// By booking made in silence: the places it may have been made at.
    pub places: HashMap<usize, Vec<&'a Place>>,
}

/// Gathers the wishes, and finds for each booking nobody was told of a request that may have made it.
pub(super) fn of<'a>(case: &mut Case<'a>) -> Origins<'a> {
    let mut origins = wishes(case);
    let mut owners: HashMap<usize, usize> = HashMap::new();
    for (at, wish) in origins.wishes.iter().enumerate() {
        let Some((event, seen)) = wish.made else { continue };
        let booking = case.names[&seen.booking];
        origins.born.insert(booking, wish.begin);
        if let Some(other) = owners.insert(booking, at)
            && let Some((first, _)) = origins.wishes[other].made
        {
            let text = format!("two requests were given {:?}", seen.booking);
            case.blame(Rule::Identity, [first, event], text);
        }
    }
    for (booking, begin, place) in offers(case) {
        origins.born.entry(booking).or_insert(begin);
        if let Some(place) = place {
            origins.places.insert(booking, vec![place]);
        }
    }
    orphans(case, &mut origins);
    origins
}

fn wishes<'a>(case: &mut Case<'a>) -> Origins<'a> {
    let mut wishes: Vec<Wish<'a>> = Vec::new();
    let mut wish_of = HashMap::new();
    let mut keys: BTreeMap<(&Person, &Key), usize> = BTreeMap::new();
    for (index, event) in case.history.events.iter().enumerate() {
        let (Call::Create { place, by, key } | Call::Block { place, by, key }) = &event.call else {
            continue;
        };
        let fresh = wishes.len();
        let at = key.as_ref().map_or(fresh, |key| *keys.entry((by, key)).or_insert(fresh));
        if at == fresh {
            wishes.push(Wish {
                place,
                by,
                events: Vec::new(),
                begin: event.begin,
                open: false,
                made: None,
                silently: None,
            });
        }
        let wish = &mut wishes[at];
        wish_of.insert(index, at);
        wish.events.push(index);
        wish.begin = wish.begin.min(event.begin);
        wish.open |= event.reply == Reply::Lost;
        let Reply::Done(seen) = &event.reply else { continue };
        let Some(seen) = seen.first() else {
            wish.open = true;
            continue;
        };
        match wish.made {
            None => wish.made = Some((index, seen)),
            Some((first, other)) if other.booking != seen.booking => {
                let text = format!("{key:?} made {:?} and {:?}", other.booking, seen.booking);
                case.blame(Rule::DuplicateKey, [first, index], text);
            }
            Some((first, other)) if other != seen => {
                let text = format!("{key:?} was answered {other:?}, then {seen:?}");
                case.blame(Rule::RepeatDiffers, [first, index], text);
            }
            Some(_) => {}
        }
    }
    Origins { wishes, wish_of, born: HashMap::new(), places: HashMap::new() }
}

/// Offers are made behind the scenes: one may exist since its person joined the line.
fn offers<'a>(case: &Case<'a>) -> Vec<(usize, Time, Option<&'a Place>)> {
    let mut joined = HashMap::new();
    for event in &case.history.events {
        if let (Call::Join { place, .. }, Reply::Queued(ticket)) = (&event.call, &event.reply) {
            joined.insert(ticket, (event.begin, place));
        }
    }
    // Without workers of its own, the system made a silent offer when asked to, by an unanswered call.
    let asked = |place: &Place| {
        let calls = case.history.events.iter().filter(|event| match &event.call {
            Call::Promote(resource) => *resource == place.resource && event.reply == Reply::Lost,
            Call::Create { .. }
            | Call::Block { .. }
            | Call::Change { .. }
            | Call::Join { .. }
            | Call::Leave(_)
            | Call::Tick(_)
            | Call::Read(_)
            | Call::ReadDay { .. } => false,
        });
        calls.map(|event| event.begin).min().filter(|_| !case.history.terms.works_alone).unwrap_or_default()
    };
    let told: HashSet<&Booking> = made(case).map(|seen| &seen.booking).collect();
    let offer = |seen: &'a Seen| {
        let joined = joined.get(seen.ticket.as_ref()?);
        let begin = joined.map(|joined| joined.0).unwrap_or_default();
        let silent = !told.contains(&seen.booking);
        let begin = joined.filter(|_| silent).map_or(begin, |joined| begin.max(asked(joined.1)));
        Some((case.names[&seen.booking], begin, joined.map(|joined| joined.1)))
    };
    everything_seen(case).filter_map(|(_, seen)| offer(seen)).collect()
}

/// Bookings somebody was told of by the call that made them an offer.
fn made<'a>(case: &Case<'a>) -> impl Iterator<Item = &'a Seen> + use<'a> {
    let offers = case.history.events.iter().filter(|event| matches!(event.call, Call::Promote(_)));
    offers.flat_map(|event| event.reply.seen())
}

/// All bookings shown to anybody, in the order of events.
pub(super) fn everything_seen<'a>(case: &Case<'a>) -> impl Iterator<Item = (usize, &'a Seen)> + use<'a> {
    let history = case.history;
    let last = history.events.len();
    let told = history.events.iter().enumerate();
    let told = told.flat_map(|(index, event)| event.reply.seen().iter().map(move |seen| (index, seen)));
    told.chain(history.closing.bookings.iter().map(move |seen| (last, seen)))
}

/// Bookings no answer accounts for: each needs an unanswered request of its own.
fn orphans<'a>(case: &mut Case<'a>, origins: &mut Origins<'a>) {
    let mut first: BTreeMap<usize, (usize, &Seen)> = BTreeMap::new();
    for (event, seen) in everything_seen(case) {
        let booking = case.names[&seen.booking];
        if !origins.born.contains_key(&booking) {
            let sight = first.entry(booking).or_insert((event, seen));
            if seen.version < sight.1.version {
                *sight = (event, seen);
            }
        }
    }
    let mut open: HashMap<&Person, Vec<usize>> = HashMap::new();
    for (at, wish) in origins.wishes.iter().enumerate() {
        if wish.open {
            open.entry(wish.by).or_default().push(at);
        }
    }
    let mut given: HashMap<usize, usize> = HashMap::new();
    let mut candidates: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (&booking, (_, seen)) in &first {
        let new = case.history.terms.first_version == Some(seen.version);
        let fits = |at: &usize| !new || *origins.wishes[*at].place == seen.place;
        let fitting = open.get(&seen.person).into_iter().flatten().copied().filter(fits);
        candidates.insert(booking, fitting.collect());
    }
    for (booking, (event, seen)) in first {
        let wishes = &candidates[&booking];
        let begin = wishes.iter().map(|&at| origins.wishes[at].begin).min();
        origins.born.insert(booking, begin.unwrap_or_default());
        let unanswered = |at: usize| origins.wishes[at].made.is_none();
        if !give(booking, &candidates, &unanswered, &mut given, &mut BTreeSet::new()) {
            // Its only request made another one.
            let twin = wishes.iter().find_map(|&at| origins.wishes[at].made);
            let rule = if twin.is_some() { Rule::DuplicateKey } else { Rule::Phantom };
            let events = twin.map_or(vec![event], |twin| vec![twin.0, event]);
            case.blame(rule, events, format!("no request of its own made {seen:?}"));
        }
        if let [only] = wishes[..] {
            origins.wishes[only].silently = Some(booking);
        }
        let places = wishes.iter().map(|&at| origins.wishes[at].place).collect();
        origins.places.insert(booking, places);
    }
}

/// Finds the booking a request of its own, moving others to another one if need be.
fn give(
    booking: usize,
    candidates: &BTreeMap<usize, Vec<usize>>,
    unanswered: &impl Fn(usize) -> bool,
    given: &mut HashMap<usize, usize>,
    tried: &mut BTreeSet<usize>,
) -> bool {
    for &wish in candidates.get(&booking).into_iter().flatten().filter(|wish| unanswered(**wish)) {
        if !tried.insert(wish) {
            continue;
        }
        let owner = given.get(&wish).copied();
        if owner.is_none_or(|owner| give(owner, candidates, unanswered, given, tried)) {
            given.insert(wish, booking);
            return true;
        }
    }
    false
}
