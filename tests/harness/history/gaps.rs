//! What may have been between two versions somebody saw.

use super::chain::{Chain, Gap, Shade, State};
use super::judge::Case;
use super::moves::{ENTRIES, Mover, Trail, changers};
use super::origin::Origins;
use super::{Place, Status, Time};

/// Beyond so many unseen versions, or so many things a booking may be, it may be anything.
const MOST_STEPS: u64 = 6;
const MOST_SHADES: usize = 200;
const MOST_TRAILS: usize = 2_000;

/// Fills in what may have been between the versions somebody saw.
pub(super) fn fill<'a>(case: &mut Case<'a>, origins: &Origins<'a>) {
    for booking in 0..case.chains.len() {
        let gaps = gaps(case, &case.chains[booking], origins.places.get(&booking));
        case.chains[booking].gaps = gaps;
        let since: Vec<Time> = unasked(case, &case.chains[booking]);
        let mut lo = 0;
        for (state, since) in case.chains[booking].states.iter_mut().zip(since) {
            lo = state.lo.max(since).max(lo).min(state.hi);
            state.lo = lo;
        }
    }
}

fn gaps<'a>(case: &Case<'a>, chain: &Chain<'a>, places: Option<&Vec<&'a Place>>) -> Vec<Gap<'a>> {
    let mut gaps = Vec::with_capacity(chain.states.len());
    let mut before: Option<&State<'a>> = None;
    for state in &chain.states {
        let mover = Mover { case, booking: chain.booking, until: state.hi };
        let first = case.history.terms.first_version;
        let unseen =
            first.map(|first| state.version - before.map_or(first.min(state.version), |b| b.version + 1));
        let since = before.map_or(chain.born, |before| {
            let calls = changers(case, chain, state.hi).into_iter().flatten();
            let first = calls.map(|(event, _)| case.history.events[event].begin).min().unwrap_or(Time::MAX);
            let alone = match before.shade.status {
                Status::Held => case.clock.live_until(before.shade.hold),
                Status::Paying if case.history.terms.works_alone => 0,
                Status::Paying
                | Status::Pending
                | Status::Confirmed
                | Status::Completed
                | Status::Cancelled
                | Status::Expired
                | Status::NoShow => Time::MAX,
            };
            first.min(alone).min(state.hi).max(before.pin)
        });
        let start: Option<Vec<Shade>> = match (before, places) {
            (Some(before), _) => Some(vec![before.shade]),
            (None, Some(places)) => Some(entries(places)),
            (None, None) => None,
        };
        let fresh: Vec<Trail> = start.iter().flatten().map(|&shade| (shade, 0)).collect();
        let walked = match (unseen, start) {
            (Some(0), _) => Some((Vec::new(), fresh)),
            (Some(unseen), Some(start)) if unseen <= MOST_STEPS => {
                let (all, steps) =
                    if before.is_some() { (Vec::new(), unseen) } else { (start.clone(), unseen - 1) };
                walk(&mover, chain, fresh, all, steps)
            }
            // Any number of changes may lie between, or none.
            (None, Some(start)) if before.is_some() => {
                let steps = MOST_STEPS.min(changers(case, chain, state.hi).len() as u64 + 1);
                walk(&mover, chain, fresh, start.clone(), steps).map(|(all, _)| {
                    let last = all.iter().map(|&shade| (shade, 0)).collect();
                    (all, last)
                })
            }
            (_, _) => None,
        };
        let (shades, last) = walked.map_or((None, Vec::new()), |(all, last)| (Some(all), last));
        gaps.push(Gap { since, shades, last });
        before = Some(state);
    }
    gaps
}

/// For each version nobody was answered with: since when something may have made it of the one before.
fn unasked(case: &Case, chain: &Chain) -> Vec<Time> {
    let mut since = vec![0];
    for pair in chain.states.windows(2) {
        let [one, two] = pair else { continue };
        if two.writer.is_some()
            || case.history.terms.first_version.is_none()
            || two.version != one.version + 1
        {
            since.push(0);
            continue;
        }
        let mover = Mover { case, booking: chain.booking, until: two.hi };
        let by = changers(case, chain, two.hi).into_iter();
        let earliest = by.filter(|&by| mover.reaches(by, &one.shade, &two.shade)).map(|by| match by {
            Some((event, _)) => case.history.events[event].begin,
            None if one.shade.status == Status::Held => case.clock.live_until(one.shade.hold),
            None => 0,
        });
        since.push(earliest.min().unwrap_or(0));
    }
    since
}

fn entries<'a>(places: &[&'a Place]) -> Vec<Shade<'a>> {
    let entries = |&place| ENTRIES.map(|status| Shade { status, place, hold: None });
    places.iter().flat_map(entries).collect()
}

/// Everything on the way, and what stands at the end of it.
fn walk<'a>(
    mover: &Mover<'_, 'a>,
    chain: &Chain<'a>,
    mut at: Vec<Trail<'a>>,
    mut all: Vec<Shade<'a>>,
    steps: u64,
) -> Option<(Vec<Shade<'a>>, Vec<Trail<'a>>)> {
    for _ in 0..steps {
        at = mover.step(chain, &at)?;
        for (shade, _) in &at {
            if !all.contains(shade) {
                all.push(*shade);
            }
        }
        if all.len() > MOST_SHADES || at.len() > MOST_TRAILS {
            return None;
        }
    }
    Some((all, at))
}
