//! One booking's life: the versions anybody saw of it, and between which times each came to be.

use std::collections::HashMap;

use super::judge::{Case, Rule};
use super::moves::Trail;
use super::origin::{Origins, everything_seen};
use super::{Booking, Call, Change, Moment, Person, Place, Reply, Seen, Status, Time, gaps};

/// What a booking is, as far as others are concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Shade<'a> {
    pub status: Status,
    pub place: &'a Place,
    /// The end of a hold; `None` where nobody knows it. Of what nobody saw, it is the earliest one.
    pub hold: Option<Moment>,
}

/// A version somebody saw.
#[derive(Debug, Clone)]
pub(super) struct State<'a> {
    pub version: u64,
    pub shade: Shade<'a>,
    pub person: &'a Person,
    /// It came to be after `lo` and before `hi`.
    pub lo: Time,
    pub hi: Time,
    /// It or an earlier one still stood after this time.
    pub pin: Time,
    /// The call that was answered with it.
    pub writer: Option<usize>,
    /// Somebody who saw it.
    pub event: usize,
}

/// What nobody saw between one version and the next.
#[derive(Debug, Clone)]
pub(super) struct Gap<'a> {
    /// Since when it may have been so.
    pub since: Time,
    /// What it may have been; nothing if there was no version between. `None`: anything.
    pub shades: Option<Vec<Shade<'a>>>,
    /// What it may have been right before the next version, the one before included.
    pub last: Vec<Trail<'a>>,
}

#[derive(Debug)]
pub(super) struct Chain<'a> {
    pub booking: &'a Booking,
    pub states: Vec<State<'a>>,
    /// `gaps[i]` lies before `states[i]`.
    pub gaps: Vec<Gap<'a>>,
    /// Changes whose outcome nobody was told.
    pub unheard: Vec<usize>,
    pub born: Time,
    /// Whether it was there at the end.
    pub closed: bool,
}

/// How far a life had come: `reached` versions somebody saw had come, the next one had not.
#[derive(Debug, Clone, Copy)]
pub(super) struct Glimpse<'a> {
    pub reached: usize,
    /// `None` before it was made.
    pub shade: Option<Shade<'a>>,
}

impl<'a> Chain<'a> {
    pub fn of(booking: &'a Booking) -> Self {
        let (states, gaps, unheard) = (Vec::new(), Vec::new(), Vec::new());
        Self { booking, states, gaps, unheard, born: 0, closed: false }
    }

    /// Until when a state may have stood.
    pub fn out(&self, at: usize) -> Time {
        self.states.get(at + 1).map_or(Time::MAX, |next| next.hi)
    }

    /// Everything the booking may have been between two times; `None` if that may be anything.
    pub fn between(&self, begin: Time, end: Time) -> Option<Vec<Glimpse<'a>>> {
        let mut glimpses = Vec::new();
        if self.states.first().is_none_or(|first| begin <= first.hi) {
            glimpses.push(Glimpse { reached: 0, shade: None });
        }
        let from = self.states.partition_point(|state| state.hi < begin).saturating_sub(1);
        for (at, state) in self.states.iter().enumerate().skip(from) {
            let gap = &self.gaps[at];
            if gap.since > end && state.lo > end {
                break;
            }
            if gap.since <= end && begin <= state.hi {
                let shades = gap.shades.as_ref()?;
                glimpses.extend(shades.iter().map(|&shade| Glimpse { reached: at, shade: Some(shade) }));
            }
            if state.lo <= end && begin <= self.out(at) {
                glimpses.push(Glimpse { reached: at + 1, shade: Some(state.shade) });
            }
        }
        Some(glimpses)
    }

    /// Makes the times of coming monotone again after some were narrowed. False if that cannot be.
    pub fn settle(&mut self) -> bool {
        let mut hi = Time::MAX;
        for state in self.states.iter_mut().rev() {
            hi = hi.min(state.hi);
            state.hi = hi;
        }
        let (mut lo, mut sound) = (0, true);
        for state in &mut self.states {
            lo = lo.max(state.lo);
            sound &= lo <= state.hi;
            state.lo = lo.min(state.hi);
        }
        sound
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Made,
    Changed,
    Read,
    Closing,
}

struct Sight<'a> {
    event: usize,
    begin: Time,
    end: Time,
    seen: &'a Seen,
    kind: Kind,
}

/// Makes every booking's life of what was seen of it.
pub(super) fn build<'a>(case: &mut Case<'a>, origins: &Origins<'a>) {
    let mut sights: Vec<Vec<Sight<'a>>> = case.chains.iter().map(|_| Vec::new()).collect();
    for (event, seen) in everything_seen(case) {
        let sight = sight(case, origins, event, seen);
        sights[case.names[&seen.booking]].push(sight);
    }
    for (booking, sights) in sights.into_iter().enumerate() {
        let mut chain = Chain::of(case.chains[booking].booking);
        chain.born = origins.born.get(&booking).copied().unwrap_or_default();
        chain.closed = sights.iter().any(|sight| sight.kind == Kind::Closing);
        if !chain.closed {
            let events: Vec<usize> = sights.iter().map(|sight| sight.event).collect();
            case.blame(Rule::LostBooking, events, format!("{:?} is gone at the end", chain.booking));
        }
        states(case, &mut chain, sights);
        case.chains[booking] = chain;
    }
    for (index, event) in case.history.events.iter().enumerate() {
        let Call::Change { booking, change } = &event.call else { continue };
        let told: &[Seen] = match &event.reply {
            Reply::Done(seen) => seen,
            Reply::Lost => &[],
            Reply::Queued(_) | Reply::Day(_) | Reply::Free(_) | Reply::Refused(_) => continue,
        };
        let other = if let Change::Swap(other) = change { Some(other) } else { None };
        for booking in [Some(booking), other].into_iter().flatten() {
            if told.iter().all(|seen| seen.booking != *booking)
                && let Some(&at) = case.names.get(booking)
            {
                case.chains[at].unheard.push(index);
            }
        }
    }
    gaps::fill(case, origins);
}

fn sight<'a>(case: &Case<'a>, origins: &Origins<'a>, event: usize, seen: &'a Seen) -> Sight<'a> {
    let Some(told) = case.history.events.get(event) else {
        let at = case.history.closing.at;
        return Sight { event, begin: at, end: at, seen, kind: Kind::Closing };
    };
    let kind = match told.call {
        Call::Create { .. } | Call::Block { .. } | Call::Promote(_) => Kind::Made,
        Call::Change { .. } => Kind::Changed,
        Call::Join { .. } | Call::Leave(_) | Call::Tick(_) | Call::Read(_) | Call::ReadDay { .. } => {
            Kind::Read
        }
    };
    // A repeat is answered as the first one was: it tells of that time, not of its own.
    let begin = origins.wish_of.get(&event).map_or(told.begin, |&wish| origins.wishes[wish].begin);
    Sight { event, begin, end: told.end, seen, kind }
}

fn states<'a>(case: &mut Case<'a>, chain: &mut Chain<'a>, mut sights: Vec<Sight<'a>>) {
    sights.sort_by_key(|sight| (sight.seen.version, sight.kind == Kind::Read, sight.end, sight.event));
    let mut from = 0;
    for sights in sights.chunk_by(|one, two| one.seen.version == two.seen.version) {
        let first = &sights[0];
        let wrote = matches!(first.kind, Kind::Made | Kind::Changed);
        let Seen { status, ref place, hold_until: hold, ref person, version, .. } = *first.seen;
        let (begin, end) = if wrote { (first.begin, first.end) } else { (0, Time::MAX) };
        for sight in sights.iter().skip(1) {
            agree(case, first, sight);
        }
        chain.states.push(State {
            version,
            shade: Shade { status, place, hold },
            person,
            lo: begin.max(if from == 0 { chain.born } else { 0 }),
            hi: sights.iter().map(|sight| sight.end).fold(end, Time::min),
            pin: sights.iter().map(|sight| sight.begin).fold(0, Time::max),
            writer: wrote.then_some(first.event),
            event: first.event,
        });
        from += sights.len();
    }
    let mut hi = Time::MAX;
    for state in chain.states.iter_mut().rev() {
        hi = hi.min(state.hi);
        state.hi = hi;
    }
    // What was seen after something newer: told once each, then left out of account.
    let later: HashMap<u64, (Time, usize)> =
        chain.states.windows(2).map(|pair| (pair[0].version, (pair[1].hi, pair[1].event))).collect();
    let mut pins: HashMap<u64, Time> = HashMap::new();
    for sight in &sights {
        let version = sight.seen.version;
        let (next, newer) = later.get(&version).copied().unwrap_or((Time::MAX, 0));
        if next < sight.begin {
            let rule = match sight.kind {
                Kind::Made | Kind::Changed => Rule::VersionBack,
                Kind::Read => Rule::StaleRead,
                Kind::Closing => Rule::LostUpdate,
            };
            let text =
                format!("{:?} was shown at version {version}, but a newer one was known", chain.booking);
            case.blame(rule, [newer, sight.event], text);
        } else {
            let pin = pins.entry(version).or_default();
            *pin = (*pin).max(sight.begin);
        }
    }
    let mut pin = 0;
    for state in &mut chain.states {
        state.lo = state.lo.max(pin).min(state.hi);
        pin = pin.max(pins.get(&state.version).copied().unwrap_or_default());
        state.pin = pin;
    }
}

/// Two sights of one version must show the same thing, and only one call can have made it.
fn agree(case: &mut Case, first: &Sight, sight: &Sight) {
    let (one, two) = (first.seen, sight.seen);
    if one.person != two.person {
        let text = format!("{:?} is {:?}'s and {:?}'s", one.booking, one.person, two.person);
        case.blame(Rule::Identity, [first.event, sight.event], text);
    }
    let repeat = first.kind == Kind::Made && sight.kind == Kind::Made;
    let facts = |seen: &Seen| (seen.status, seen.hold_until, seen.place.clone());
    if !repeat && facts(one) != facts(two) {
        let text = format!("one version, two contents: {one:?} and {two:?}");
        case.blame(Rule::LostUpdate, [first.event, sight.event], text);
    }
    let wrote = |sight: &Sight| matches!(sight.kind, Kind::Changed | Kind::Made);
    if !repeat && wrote(first) && wrote(sight) {
        let text = format!("two calls made version {} of {:?}", one.version, one.booking);
        case.blame(Rule::LostUpdate, [first.event, sight.event], text);
    }
}
