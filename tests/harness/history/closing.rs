//! The end: slots, seats and quotas must be exactly those of the bookings that stand.

use std::collections::{BTreeMap, HashMap};

use super::judge::{Case, Rule};
use super::place::{joined, without};
use super::reads::{no_shows, twice};
use super::{Booking, Minute, Seen, Share, Span, Status, Time};

pub(super) fn check(case: &mut Case) {
    let mut blames = Vec::new();
    days(case, &mut blames);
    seats(case, &mut blames);
    quotas(case, &mut blames);
    let last = case.last();
    for (rule, text) in blames {
        case.blame(rule, [last], text);
    }
}

/// Whether a booking has its place at the end, and whether it may as well have lost it.
fn stands(case: &Case, seen: &Seen) -> (bool, bool) {
    let counts = case.history.terms.lapsed_counts;
    let lapsed = !counts && seen.status == Status::Held && case.clock.live_until(seen.hold_until) < Time::MAX;
    (seen.status.occupies() && !lapsed, seen.status.occupies())
}

fn days(case: &Case, blames: &mut Vec<(Rule, String)>) {
    let closing = &case.history.closing;
    let bookings: HashMap<&Booking, &Seen> =
        closing.bookings.iter().map(|seen| (&seen.booking, seen)).collect();
    let no_shows = no_shows(case);
    for day in &closing.days {
        let mut shown: BTreeMap<&Booking, Vec<Span>> = BTreeMap::new();
        for taken in &day.taken {
            if let Some(booking) = &taken.booking {
                shown.entry(booking).or_default().extend(taken.span.common(day.span));
            }
        }
        let all = joined(day.taken.iter().filter_map(|taken| taken.span.common(day.span)).collect());
        for (one, two) in twice(&day.taken) {
            blames.push((Rule::DoubleBooking, format!("{one:?} and {two:?} on {:?}", day.resource)));
        }
        let mut standing = Vec::new();
        for seen in &closing.bookings {
            let whole = seen.place.within(&day.resource, day.span);
            let (must, may) = stands(case, seen);
            if must && !without(&whole, &all).is_empty() {
                blames.push((Rule::OwnerWithoutSlots, format!("{seen:?} has no slots on {:?}", day.span)));
            }
            if may {
                standing.extend(whole);
            }
        }
        for (booking, spans) in shown {
            let spans = joined(spans);
            let Some(seen) = bookings.get(booking) else {
                blames.push((Rule::Ghost, format!("{spans:?} belong to {booking:?}, which is not there")));
                continue;
            };
            let whole = seen.place.within(&day.resource, day.span);
            let (must, _) = stands(case, seen);
            let until =
                case.names.get(booking).and_then(|at| no_shows.get(at)).copied().unwrap_or(Minute::MAX);
            let past = || whole.iter().filter_map(|span| span.common(Span::new(Minute::MIN, until)));
            let own = match seen.status {
                Status::NoShow => joined(past().collect()),
                Status::Cancelled | Status::Expired => Vec::new(),
                Status::Held | Status::Pending | Status::Paying | Status::Confirmed | Status::Completed => {
                    whole.clone()
                }
            };
            let more = without(&spans, &own);
            if !more.is_empty() {
                let rule = if seen.status == Status::NoShow { Rule::NoShowKeepsFuture } else { Rule::Ghost };
                blames.push((rule, format!("{more:?} of {:?} belong to {seen:?}", day.resource)));
            }
            if must && !without(&own, &spans).is_empty() {
                blames.push((Rule::OwnerWithoutSlots, format!("{seen:?} has only {spans:?}")));
            }
        }
        if day.taken.iter().any(|taken| taken.booking.is_none()) {
            let ghosts = without(&all, &joined(standing));
            if !ghosts.is_empty() {
                blames.push((Rule::Ghost, format!("{ghosts:?} of {:?} belong to nobody", day.resource)));
            }
        }
    }
}

/// Counted, then what must and what may be counted.
fn range<'s>(case: &Case, bookings: impl Iterator<Item = (&'s Seen, u32)>) -> (u64, u64) {
    let (mut least, mut most) = (0, 0);
    for (seen, share) in bookings {
        let (must, may) = stands(case, seen);
        least += if must { u64::from(share) } else { 0 };
        most += if may { u64::from(share) } else { 0 };
    }
    (least, most)
}

fn seats(case: &Case, blames: &mut Vec<(Rule, String)>) {
    let closing = &case.history.closing;
    for ((resource, departure), &taken) in &closing.seats {
        let shares = closing.bookings.iter().filter_map(|seen| match &seen.place.share {
            Share::Seats { departure: there, seats }
                if there == departure && seen.place.resource == *resource =>
            {
                Some((seen, *seats))
            }
            Share::Seats { .. } | Share::Slots(_) => None,
        });
        let (least, most) = range(case, shares);
        if u64::from(taken) > most {
            blames.push((
                Rule::Ghost,
                format!("{taken} seats of {departure} are taken, {most} belong to somebody"),
            ));
        }
        if u64::from(taken) < least {
            blames.push((
                Rule::OwnerWithoutSlots,
                format!("{taken} seats of {departure} are taken, {least} sold"),
            ));
        }
    }
}

fn quotas(case: &Case, blames: &mut Vec<(Rule, String)>) {
    let closing = &case.history.closing;
    let counted = &case.history.terms.counted;
    for (person, &count) in &closing.quota {
        let own =
            closing.bookings.iter().filter(|seen| seen.person == *person && counted.contains(&seen.status));
        let (least, most) = range(case, own.map(|seen| (seen, 1)));
        if u64::from(count) < least || u64::from(count) > most {
            blames.push((
                Rule::QuotaDrift,
                format!("{person:?} has {least} to {most} bookings, counted {count}"),
            ));
        }
    }
}
