//! Days as readers saw them: each booking in exactly one of the ways it may have stood at that moment.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::chain::{Glimpse, Shade};
use super::joint::{self, Way};
use super::judge::{Case, Rule};
use super::place::{joined, without};
use super::space::{Stay, stays};
use super::timeline::Timeline;
use super::{Call, Change, Minute, Place, Reply, Resource, Span, Status, Taken, Time, line, moves};

/// One look at a resource between two minutes.
struct Look<'a> {
    event: usize,
    begin: Time,
    end: Time,
    resource: &'a Resource,
    day: Span,
    /// By owner, joined. Empty if the reader sees no owners.
    of: BTreeMap<usize, Vec<Span>>,
    /// Everything shown as taken, joined.
    taken: Vec<Span>,
    /// Whether the reader sees owners.
    owners: bool,
}

/// How far a booking had come when a reader saw it: at least and at most so many versions.
type Reached = (usize, usize);

/// Neighbours with different owners that overlap: no reader may be shown that.
pub(super) fn twice(taken: &[Taken]) -> Vec<(&Taken, &Taken)> {
    let mut taken: Vec<&Taken> = taken.iter().filter(|taken| taken.booking.is_some()).collect();
    taken.sort_by_key(|taken| taken.span);
    let pairs = taken.windows(2).filter_map(|pair| Some((*pair.first()?, *pair.last()?)));
    pairs.filter(|(one, two)| one.booking != two.booking && one.span.meets(two.span)).collect()
}

/// Looks at every look, and narrows what is known of when versions came to be.
pub(super) fn check(case: &mut Case) {
    let known = known(case);
    let no_shows = no_shows(case);
    let exchanges = moves::exchanges(case);
    let claims = line::claims(case);
    let mut narrowed: Vec<(usize, Reached, Time, Time, usize)> = Vec::new();
    for look in looks(case) {
        let reached = read(case, &look, (&known, &claims), &no_shows, &exchanges);
        for (swap, one, two) in &exchanges {
            let side = |(booking, state): &(usize, usize)| {
                let (least, most) = *reached.get(booking)?;
                Some((least > *state, most <= *state))
            };
            if let (Some(one), Some(two)) = (side(one), side(two))
                && (one.0 && two.1 || one.1 && two.0)
            {
                let text = "one reader saw one half of an exchange".to_owned();
                case.blame(Rule::SwapTorn, [*swap, look.event], text);
            }
        }
        narrowed
            .extend(reached.into_iter().map(|(at, reached)| (at, reached, look.begin, look.end, look.event)));
    }
    let mut touched = BTreeMap::new();
    for (booking, (least, most), begin, end, event) in narrowed {
        let states = &mut case.chains[booking].states;
        if let Some(state) = least.checked_sub(1).and_then(|at| states.get_mut(at)) {
            state.hi = state.hi.min(end);
        }
        if let Some(state) = states.get_mut(most) {
            state.lo = state.lo.max(begin);
        }
        touched.entry(booking).or_insert_with(Vec::new).push(event);
    }
    for (booking, events) in touched {
        if !case.chains[booking].settle() {
            let text = format!("{:?} was shown new, then old", case.chains[booking].booking);
            case.blame(Rule::StaleRead, events, text);
        }
    }
    exchange(case, &exchanges);
}

/// Both halves of an exchange come to be at one moment.
fn exchange(case: &mut Case, exchanges: &[moves::Exchange]) {
    for &(event, (one, first), (two, second)) in exchanges {
        let (a, b) = (&case.chains[one].states[first], &case.chains[two].states[second]);
        let (lo, hi) = (a.lo.max(b.lo), a.hi.min(b.hi));
        if lo > hi {
            let text = "one half of an exchange was seen, then not the other".to_owned();
            case.blame(Rule::SwapTorn, [event], text);
            continue;
        }
        for (booking, state) in [(one, first), (two, second)] {
            let state = &mut case.chains[booking].states[state];
            (state.lo, state.hi) = (lo, hi);
        }
        let sound = case.chains[one].settle() & case.chains[two].settle();
        if !sound {
            case.blame(Rule::SwapTorn, [event], "an exchange came at no one moment".to_owned());
        }
    }
}

fn looks<'a>(case: &mut Case<'a>) -> Vec<Look<'a>> {
    let mut looks = Vec::new();
    for (index, event) in case.history.events.iter().enumerate() {
        let Call::ReadDay { resource, day } = &event.call else { continue };
        let mut look = Look {
            event: index,
            begin: event.begin,
            end: event.end,
            resource,
            day: *day,
            of: BTreeMap::new(),
            taken: Vec::new(),
            owners: false,
        };
        match &event.reply {
            Reply::Day(taken) => {
                for (one, two) in twice(taken) {
                    case.blame(
                        Rule::DoubleBooking,
                        [index],
                        format!("{one:?} and {two:?} were shown together"),
                    );
                }
                look.owners = taken.iter().all(|taken| taken.booking.is_some());
                for taken in taken {
                    look.taken.extend(taken.span.common(*day));
                    let Some(booking) = &taken.booking else { continue };
                    match case.names.get(booking) {
                        Some(&at) => look.of.entry(at).or_default().extend(taken.span.common(*day)),
                        None => case.blame(Rule::Phantom, [index], format!("nobody made {booking:?}")),
                    }
                }
            }
            Reply::Free(free) => look.taken = without(&[*day], &joined(free.clone())),
            Reply::Done(_) | Reply::Queued(_) | Reply::Refused(_) | Reply::Lost => continue,
        }
        look.taken = joined(look.taken);
        look.of.values_mut().for_each(|spans| *spans = joined(std::mem::take(spans)));
        looks.push(look);
    }
    looks
}

/// Who may have had something of each resource, and who may have had anything.
struct Known<'a> {
    there: HashMap<&'a Resource, Timeline<Stay<'a>>>,
    anywhere: Timeline<()>,
}

fn known<'a>(case: &Case<'a>) -> Known<'a> {
    let mut known: HashMap<&Resource, Vec<(Time, Time, Stay)>> = HashMap::new();
    let mut anywhere = Vec::new();
    for stay in stays(case) {
        match stay.place {
            Some(place) => known.entry(&place.resource).or_default().push((stay.from, stay.out, stay)),
            None => anywhere.push((stay.from, stay.out, ())),
        }
    }
    let there = known.into_iter().map(|(resource, stays)| (resource, Timeline::of(stays))).collect();
    Known { there, anywhere: Timeline::of(anywhere) }
}

/// From which minute on the no-shows gave their places back, by booking.
pub(super) fn no_shows(case: &Case) -> HashMap<usize, Minute> {
    let mut from = HashMap::new();
    for event in &case.history.events {
        if let Call::Change { booking, change: Change::NoShow(at) } = &event.call
            && let Some(&booking) = case.names.get(booking)
        {
            let latest = from.entry(booking).or_insert(*at);
            *latest = (*latest).max(*at);
        }
    }
    from
}

fn read(
    case: &mut Case,
    look: &Look,
    (known, claims): (&Known, &[(Time, Time, &Place)]),
    no_shows: &HashMap<usize, Minute>,
    exchanges: &[moves::Exchange],
) -> BTreeMap<usize, Reached> {
    let mut there: BTreeSet<usize> = look.of.keys().copied().collect();
    let mut explained: Vec<Span> = Vec::new();
    if let Some(known) = known.there.get(look.resource) {
        known.any_during(look.begin, look.end, |stay| {
            let spans = stay.place.map(|place| place.within(look.resource, look.day)).unwrap_or_default();
            if !spans.is_empty() {
                there.insert(stay.booking);
                explained.extend(spans);
            }
            false
        });
    }
    // What somebody in line could have is not free for whoever walks in.
    let mut claimed = Vec::new();
    for (from, to, place) in claims.iter().filter(|_| !look.owners) {
        if *from <= look.end && look.begin <= *to {
            claimed.extend(place.within(look.resource, look.day));
        }
    }
    explained.extend(claimed.iter().copied());
    let owed = without(&look.taken, &joined(claimed));
    let (mut reached, mut all) = (BTreeMap::new(), Vec::new());
    let mut whole = !known.anywhere.any_during(look.begin, look.end, |()| true);
    if !whole {
        explained.push(look.day);
    }
    for booking in there {
        let Some(life) = case.chains[booking].between(look.begin, look.end) else {
            explained.push(look.day);
            whole = false;
            continue;
        };
        let shown = look.of.get(&booking).cloned().unwrap_or_default();
        let from = no_shows.get(&booking).copied();
        let fits = |glimpse: &&Glimpse| {
            let ways = ways(case, look, glimpse.shade, from);
            if look.owners {
                ways.contains(&shown)
            } else {
                ways.iter().any(|way| without(way, &look.taken).is_empty())
            }
        };
        let fitting: Vec<usize> = life.iter().filter(fits).map(|glimpse| glimpse.reached).collect();
        if let (Some(&least), Some(&most)) = (fitting.iter().min(), fitting.iter().max()) {
            reached.insert(booking, (least, most));
            let of = |glimpse: &Glimpse| {
                ways(case, look, glimpse.shade, from)
                    .into_iter()
                    .map(|way| (glimpse.reached, way))
                    .collect::<Vec<_>>()
            };
            let mut of: Vec<Way> =
                life.iter().flat_map(of).filter(|way| !look.owners || way.1 == shown).collect();
            of.sort();
            of.dedup();
            all.push((booking, of));
            continue;
        }
        let rule = wrong(case, look, booking, &life, &shown);
        let name = case.chains[booking].booking;
        let text = format!("{name:?} was shown at {shown:?} of {:?}, taken {:?}", look.resource, look.taken);
        case.blame(rule, [look.event], text);
        whole = false;
    }
    if whole && !together(&all, exchanges, (&look.taken, &owed)) {
        let text =
            format!("no way its bookings may have stood gives {:?} of {:?}", look.taken, look.resource);
        case.blame(Rule::MoveTorn, [look.event], text);
    }
    if !look.owners {
        let left = without(&look.taken, &joined(explained));
        if !left.is_empty() {
            let text = format!("{left:?} of {:?} was shown as taken, and nobody had it", look.resource);
            case.blame(Rule::Ghost, [look.event], text);
        }
    }
    reached
}

/// Whether their ways give all that is `owed`, and nothing that is not `taken`.
fn together(
    all: &[(usize, Vec<Way>)],
    exchanges: &[moves::Exchange],
    (taken, owed): (&[Span], &[Span]),
) -> bool {
    let at = |booking: usize| all.iter().position(|one| one.0 == booking);
    let links = exchanges.iter().filter_map(|(_, one, two)| Some(((at(one.0)?, one.1), (at(two.0)?, two.1))));
    let links: Vec<_> = links.collect();
    let ways: Vec<Vec<Way>> = all.iter().map(|one| one.1.clone()).collect();
    joint::fits(&ways, &links, (taken, owed))
}

/// What a reader may be shown of a booking that stands so.
fn ways(case: &Case, look: &Look, shade: Option<Shade>, no_show: Option<Minute>) -> Vec<Vec<Span>> {
    let Some(shade) = shade else { return vec![Vec::new()] };
    let whole = shade.place.within(look.resource, look.day);
    match shade.status {
        Status::Held if case.clock.live_until(shade.hold) > look.end => vec![whole],
        // It may be over, and may be shown nevertheless.
        Status::Held => vec![whole, Vec::new()],
        Status::Pending | Status::Paying | Status::Confirmed | Status::Completed => vec![whole],
        Status::Cancelled | Status::Expired => vec![Vec::new()],
        Status::NoShow => {
            let until = no_show.unwrap_or(Minute::MAX);
            let past = whole.iter().filter_map(|span| span.common(Span::new(Minute::MIN, until)));
            vec![past.collect(), Vec::new()]
        }
    }
}

/// The name of what a look got wrong about a booking.
fn wrong(case: &Case, look: &Look, booking: usize, life: &[Glimpse], shown: &[Span]) -> Rule {
    let shades: Vec<Shade> = life.iter().filter_map(|glimpse| glimpse.shade).collect();
    let places: BTreeSet<_> = shades.iter().map(|shade| shade.place).collect();
    if shades.iter().any(|shade| shade.status == Status::NoShow) && !shown.is_empty() {
        return Rule::NoShowKeepsFuture;
    }
    if places.len() > 1 {
        return Rule::MoveTorn;
    }
    let past = case.chains[booking].states.iter().any(|state| {
        let ways = ways(case, look, Some(state.shade), None);
        ways.iter().any(|way| way.as_slice() == shown)
    });
    match (past, shown.is_empty()) {
        (true, false) => Rule::StaleRead,
        (_, true) => Rule::Unseen,
        (false, false) => Rule::Ghost,
    }
}
