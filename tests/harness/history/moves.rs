//! Legal moves, what may have happened unseen between two versions, and whether each step was asked for.

use std::collections::{BTreeSet, HashSet};

use super::chain::{Chain, Shade, State};
use super::judge::{Case, Rule};
use super::{Booking, Call, Change, Place, Reply, Status, Time};

impl Status {
    /// Whether its booking has its place. A hold has it while it is live.
    pub const fn occupies(self) -> bool {
        matches!(self, Self::Held | Self::Pending | Self::Paying | Self::Confirmed | Self::Completed)
    }
}

/// How a booking begins.
pub(super) const ENTRIES: [Status; 3] = [Status::Held, Status::Pending, Status::Confirmed];

/// Where a change may lead from a status: nowhere if it is illegal there.
const fn outcomes(change: &Change, from: Status) -> &'static [Status] {
    use Status::{Cancelled, Completed, Confirmed, Expired, Held, NoShow, Paying, Pending};
    match (change, from) {
        (Change::Extend, Held) => &[Held],
        (Change::Pay, Held) => &[Paying, Confirmed],
        (Change::Settle, Paying) => &[Confirmed, Held, Expired],
        (Change::Approve, Pending) => &[Confirmed, Held],
        (Change::Reject, Pending) | (Change::Cancel, Held | Pending | Confirmed) => &[Cancelled],
        (Change::Reschedule(_) | Change::Swap(_), Held) => &[Held],
        (Change::Reschedule(_) | Change::Swap(_), Pending) => &[Pending],
        (Change::Reschedule(_) | Change::Swap(_), Paying) => &[Paying],
        (Change::Reschedule(_) | Change::Swap(_), Confirmed) => &[Confirmed],
        (Change::Restore, Cancelled) => &ENTRIES,
        (Change::Restore, NoShow) | (Change::CheckIn, Confirmed) => &[Confirmed],
        (Change::Complete, Confirmed) => &[Completed],
        (Change::NoShow(_), Confirmed) => &[NoShow],
        (Change::Unblock, Confirmed) => &[Cancelled],
        (_, _) => &[],
    }
}

/// What the system may do by itself: tidy a hold away, hear from the provider.
const fn silent(from: Status) -> &'static [Status] {
    match from {
        Status::Held => &[Status::Expired],
        Status::Paying => &[Status::Confirmed, Status::Held, Status::Expired],
        Status::Pending
        | Status::Confirmed
        | Status::Completed
        | Status::Cancelled
        | Status::Expired
        | Status::NoShow => &[],
    }
}

/// Somebody who may have changed a booking: a call, or the system itself.
pub(super) type Changer<'a> = Option<(usize, &'a Change)>;

/// What a booking may have become unseen, and by which of its unheard calls.
pub(super) type Trail<'a> = (Shade<'a>, u64);

/// What may move one booking.
pub(super) struct Mover<'c, 'a> {
    pub case: &'c Case<'a>,
    pub booking: &'a Booking,
    /// The change came before this.
    pub until: Time,
}

impl<'a> Mover<'_, 'a> {
    fn statuses(&self, changer: Changer<'a>, from: &Shade<'a>) -> &'static [Status] {
        match changer {
            Some((_, change)) => outcomes(change, from.status),
            None if from.status == Status::Held && self.case.clock.live_until(from.hold) > self.until => &[],
            None if from.status == Status::Paying && !self.case.history.terms.works_alone => &[],
            None => silent(from.status),
        }
    }

    /// The places a change may lead to from this one; `None` if that may be any.
    fn places(&self, changer: Changer<'a>, from: &Shade<'a>) -> Option<Vec<&'a Place>> {
        match changer {
            Some((_, Change::Reschedule(to))) => Some(vec![to]),
            Some((event, Change::Swap(with))) => {
                // The call names one of them; the other one's partner is the one it was asked of.
                let partner = match self.case.call(event) {
                    Some(Call::Change { booking, .. }) if booking != self.booking => booking,
                    Some(_) | None => with,
                };
                let partner = self.case.names.get(partner).map(|&at| &self.case.chains[at])?;
                // Where it stood before it came here: if that was seen, right there.
                let made = partner.states.iter().position(|state| state.writer == Some(event));
                if let Some([one, two]) = made.and_then(|at| partner.states.get(at.checked_sub(1)?..=at))
                    && two.version == one.version + 1
                {
                    return Some(vec![one.shade.place]);
                }
                let before = partner.states.iter().take_while(|state| state.writer != Some(event));
                let mut places: Vec<_> = before.map(|state| state.shade.place).collect();
                let earlier = |other: &&usize| {
                    **other != event && self.case.history.events[**other].begin <= self.until
                };
                for &other in partner.unheard.iter().filter(earlier) {
                    match self.case.call(other) {
                        Some(Call::Change { change: Change::Reschedule(to), .. }) => places.push(to),
                        Some(Call::Change { change: Change::Swap(_), .. }) => return None,
                        Some(_) | None => {}
                    }
                }
                Some(places)
            }
            Some(_) | None => Some(vec![from.place]),
        }
    }

    pub fn reaches(&self, changer: Changer<'a>, from: &Shade<'a>, to: &Shade<'a>) -> bool {
        let place = || match changer {
            // What has passed may stay on record.
            Some((_, Change::NoShow(_))) => {
                from.place == to.place
                    || to.place.common(from.place).is_some_and(|common| common == *to.place)
            }
            // A no-show's record may have been cut short.
            Some((_, Change::Restore)) => {
                from.place == to.place
                    || to.place.common(from.place).is_some_and(|common| common == *from.place)
            }
            Some(_) | None => self.places(changer, from).is_none_or(|places| places.contains(&to.place)),
        };
        self.statuses(changer, from).contains(&to.status) && place()
    }

    /// Everything one unseen change may make of these, each call used once; `None` if that may be anything.
    pub fn step(&self, chain: &Chain<'a>, from: &[Trail<'a>]) -> Option<Vec<Trail<'a>>> {
        let mut after = HashSet::new();
        for changer in changers(self.case, chain, self.until) {
            let bit = bit(chain, changer);
            for (shade, used) in from.iter().filter(|trail| trail.1 & bit == 0) {
                for &status in self.statuses(changer, shade) {
                    let places = self.places(changer, shade)?;
                    // These leave a hold its time, or give it more.
                    let keeps = matches!(
                        changer,
                        Some((_, Change::Extend | Change::Reschedule(_) | Change::Swap(_)))
                    );
                    let hold = shade.hold.filter(|_| keeps);
                    after.extend(places.into_iter().map(|place| (Shade { status, place, hold }, used | bit)));
                }
            }
        }
        Some(after.into_iter().collect())
    }
}

/// A call's bit among its booking's unheard ones. Beyond the last bit a call may be used again.
fn bit(chain: &Chain, changer: Changer) -> u64 {
    let at = changer.and_then(|(event, _)| chain.unheard.iter().position(|&other| other == event));
    at.and_then(|at| 1_u64.checked_shl(u32::try_from(at).ok()?)).unwrap_or_default()
}

/// Those whose change may have come before `until` without anybody hearing of it.
pub(super) fn changers<'a>(case: &Case<'a>, chain: &Chain<'a>, until: Time) -> Vec<Changer<'a>> {
    let calls = chain.unheard.iter().filter_map(|&event| match case.call(event) {
        Some(Call::Change { change, .. }) if case.history.events[event].begin <= until => {
            Some(Some((event, change)))
        }
        Some(_) | None => None,
    });
    calls.chain([None]).collect()
}

/// Blames every step nobody asked for, or that was not what was asked.
pub(super) fn check(case: &mut Case) {
    let mut blames = Vec::new();
    for chain in &case.chains {
        if let Some(first) = chain.states.first() {
            blames.extend(beginning(case, first, chain).map(|(rule, text)| (rule, vec![first.event], text)));
            let gap = &chain.gaps[0];
            if gap.shades.as_ref().is_some_and(|between| !between.is_empty())
                && !explained(case, chain, &gap.last, first)
            {
                let text = format!("{:?} became {:?}", chain.booking, first.shade);
                blames.push((Rule::Unasked, vec![first.event], text));
            }
        }
        for (at, pair) in chain.states.windows(2).enumerate() {
            let [one, two] = pair else { continue };
            if one.person != two.person {
                let text = format!("{:?} went from {:?} to {:?}", chain.booking, one.person, two.person);
                blames.push((Rule::Identity, vec![one.event, two.event], text));
            }
            let gap = &chain.gaps[at + 1];
            if gap.shades.is_some() && !explained(case, chain, &gap.last, two) {
                let rule = rule(&one.shade, &gap.last, &two.shade, asked(case, two).map(|asked| asked.1));
                let text = format!("{:?} went from {:?} to {:?}", chain.booking, one.shade, two.shade);
                blames.push((rule, vec![one.event, two.event], text));
            }
        }
    }
    for (rule, events, text) in blames {
        case.blame(rule, events, text);
    }
}

fn beginning(case: &Case, first: &State, chain: &Chain) -> Option<(Rule, String)> {
    let asked = first.writer.and_then(|event| case.call(event));
    if let Some(Call::Create { place, by, .. } | Call::Block { place, by, .. }) = asked
        && (first.shade.place != place || first.person != by || !ENTRIES.contains(&first.shade.status))
    {
        return Some((Rule::NotAsAsked, format!("{:?} was made as {:?}", chain.booking, first.shade)));
    }
    let illegal =
        case.history.terms.first_version == Some(first.version) && !ENTRIES.contains(&first.shade.status);
    illegal.then(|| (Rule::IllegalMove, format!("{:?} began as {:?}", chain.booking, first.shade)))
}

/// The change that was answered with a version.
fn asked<'a>(case: &Case<'a>, state: &State<'a>) -> Option<(usize, &'a Change)> {
    state.writer.and_then(|event| match case.call(event) {
        Some(Call::Change { change, .. }) => Some((event, change)),
        Some(_) | None => None,
    })
}

fn explained<'a>(case: &Case<'a>, chain: &Chain<'a>, from: &[Trail<'a>], to: &State<'a>) -> bool {
    let mover = Mover { case, booking: chain.booking, until: to.hi };
    let by = asked(case, to).map_or_else(|| changers(case, chain, to.hi), |asked| vec![Some(asked)]);
    by.iter().any(|&by| {
        let fresh = from.iter().filter(|(_, used)| used & bit(chain, by) == 0);
        fresh.into_iter().any(|(from, _)| mover.reaches(by, from, &to.shade))
    })
}

/// The name of a step that nothing explains: from a version seen, by way of what lay between.
fn rule(seen: &Shade, from: &[Trail], to: &Shade, asked: Option<&Change>) -> Rule {
    let ended = |shade: &Shade| shade.status == Status::Expired;
    let hold = matches!(asked, Some(Change::Pay | Change::Extend)) && to.status.occupies();
    if hold
        && (ended(seen)
            || from.iter().any(|from| ended(&from.0))
            || from.is_empty() && seen.status == Status::Held)
    {
        return Rule::EvictedHoldUsed;
    }
    match asked {
        Some(_) if from.is_empty() && !seen.status.occupies() => Rule::Resurrected,
        Some(_) if from.is_empty() => Rule::Unasked,
        Some(change) if from.iter().any(|from| outcomes(change, from.0.status).contains(&to.status)) => {
            Rule::NotAsAsked
        }
        Some(_) => Rule::IllegalMove,
        None if !seen.status.occupies() => Rule::Resurrected,
        None if seen.status == Status::Held && ended(to) => Rule::LiveHoldEvicted,
        None => Rule::Unasked,
    }
}

/// An exchange: its event, and twice a booking with the state it came to.
pub(super) type Exchange = (usize, (usize, usize), (usize, usize));

/// Pairs of versions, of two bookings, that one exchange made: by the indices of their states.
pub(super) fn exchanges(case: &Case) -> Vec<Exchange> {
    let mut pairs = Vec::new();
    let made = |booking: &Booking, event: usize| {
        let at = *case.names.get(booking)?;
        let chain = &case.chains[at];
        let told = chain.states.iter().position(|state| state.writer == Some(event));
        Some((at, told.or_else(|| only_step(case, chain, event))?))
    };
    for (index, event) in case.history.events.iter().enumerate() {
        let Call::Change { booking, change: Change::Swap(with) } = &event.call else { continue };
        if !matches!(event.reply, Reply::Done(_) | Reply::Lost) {
            continue;
        }
        if let (Some(one), Some(two)) = (made(booking, index), made(with, index)) {
            pairs.push((index, one, two));
        }
    }
    pairs
}

/// The state only this unanswered call can have made.
fn only_step(case: &Case, chain: &Chain, event: usize) -> Option<usize> {
    let mut made = BTreeSet::new();
    for (at, pair) in chain.states.windows(2).enumerate() {
        let [one, two] = pair else { continue };
        let seamless = two.version == one.version + 1 && two.writer.is_none();
        let mover = Mover { case, booking: chain.booking, until: two.hi };
        let by = changers(case, chain, two.hi);
        let by: Vec<_> = by.into_iter().filter(|&by| mover.reaches(by, &one.shade, &two.shade)).collect();
        if seamless && by.iter().all(|by| by.is_some_and(|by| by.0 == event)) && !by.is_empty() {
            made.insert(at + 1);
        }
    }
    (made.len() == 1).then(|| made.into_iter().next()).flatten()
}
