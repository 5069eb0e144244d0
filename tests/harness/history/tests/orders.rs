//! The second opinion: does any order of the calls explain a history? Tries them all, by the book.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use super::book::{Book, Look, Will};
use super::crowd::{free, name};
use super::slips::Slip;
use super::table::touches;
use crate::history::*;

/// Beyond so many situations the question stays open.
const MOST_TRIED: usize = 60_000;

/// Whether some order of the calls, done one by one by a careful clerk, gives every answer and the end.
/// `hint` are the calls in an order worth trying first. `None`: too much to try.
pub(super) fn explained(history: &History, hint: &[usize]) -> Option<bool> {
    assert!(history.events.len() <= 128, "one bit per call");
    let mut rank = vec![usize::MAX; history.events.len()];
    hint.iter().enumerate().for_each(|(at, &event)| rank[event] = at);
    let mut order: Vec<usize> = (0..history.events.len()).collect();
    order.sort_by_key(|&event| (rank[event], event));
    let holds = Holds::of(history);
    let (mut seen, mut tried) = (HashSet::new(), 0);
    let mut open = vec![(0_u128, Book::default())];
    while let Some((done, book)) = open.pop() {
        let mut hasher = DefaultHasher::new();
        (done, &book).hash(&mut hasher);
        if !seen.insert(hasher.finish()) {
            continue;
        }
        tried += 1;
        if tried > MOST_TRIED {
            return None;
        }
        let undone = |event: &usize| done & (1 << event) == 0;
        let heard = |event: &usize| history.events[*event].reply != Reply::Lost;
        let until = (0..history.events.len())
            .filter(|event| undone(event) && heard(event))
            .map(|event| history.events[event].end)
            .min();
        if until.is_none() && ends(&book, history) {
            return Some(true);
        }
        let until = until.unwrap_or(Time::MAX);
        let next = order.iter().filter(|event| undone(event) && history.events[**event].begin <= until);
        let mut ways = Vec::new();
        for booking in book.bookings.keys().filter(|booking| book.lapsed(booking) && holds.ends(booking)) {
            let mut after = book.clone();
            after.expire(booking);
            ways.push((done, after));
        }
        // What changes nothing may as well come first.
        let idle = |event: &&usize| heard(event) && idles(&book, &history.events[**event]);
        if let Some(&event) = next.clone().find(idle) {
            open.push((done | (1 << event), book));
            continue;
        }
        let mut certain = None;
        for &event in next {
            for after in afters(&book, history, event, &holds) {
                let nothing = after == book;
                if nothing && heard(&event) {
                    certain = Some((done | (1 << event), after));
                } else if !nothing {
                    ways.push((done | (1 << event), after));
                }
            }
            if certain.is_some() {
                break;
            }
        }
        match certain {
            Some(certain) => open.push(certain),
            None => open.extend(ways.into_iter().rev()),
        }
    }
    Some(false)
}

/// What anybody ever saw of the ends of holds.
struct Holds {
    ends: BTreeMap<Booking, BTreeSet<Moment>>,
    expired: BTreeSet<Booking>,
    ticks: BTreeSet<Moment>,
}

impl Holds {
    fn of(history: &History) -> Self {
        let mut holds = Self { ends: BTreeMap::new(), expired: BTreeSet::new(), ticks: BTreeSet::new() };
        holds.ticks.extend(history.events.iter().filter_map(|event| match event.call {
            Call::Tick(now) => Some(now),
            _ => None,
        }));
        let told = history.events.iter().flat_map(|event| event.reply.seen());
        for seen in told.chain(&history.closing.bookings) {
            holds.ends.entry(seen.booking.clone()).or_default().extend(seen.hold_until);
            if seen.status == Status::Expired {
                holds.expired.insert(seen.booking.clone());
            }
        }
        holds
    }

    fn ends(&self, booking: &Booking) -> bool {
        self.expired.contains(booking)
    }
}

/// Whether a call that changes nothing is answered as it was.
fn idles(book: &Book, event: &Event) -> bool {
    match (&event.call, &event.reply) {
        (Call::Read(booking), Reply::Done(seen)) => book.bookings.get(booking) == seen.first(),
        (Call::ReadDay { resource, day }, Reply::Day(taken)) => book.day(resource, *day) == *taken,
        (Call::ReadDay { resource, day }, Reply::Free(spans)) => {
            free(*day, &book.day(resource, *day)) == *spans
        }
        (Call::Promote(_), Reply::Done(seen)) => seen.is_empty(),
        (Call::Change { change: Change::Swap(_), .. }, Reply::Refused(_)) => true,
        (call, Reply::Refused(Why::Taken)) => refuses(book, call),
        // The judge asks no reasons but for that one.
        (_, Reply::Refused(_)) => true,
        _ => false,
    }
}

/// Whether a place is taken by somebody, or somebody who waits for it is reason enough.
fn refuses(book: &Book, call: &Call) -> bool {
    let nobody = Booking(String::new());
    let (place, own) = match call {
        Call::Create { by, key: Some(key), .. } | Call::Block { by, key: Some(key), .. }
            if book.answers.contains_key(&(by.clone(), key.clone())) =>
        {
            return false;
        }
        Call::Create { place, .. } | Call::Block { place, .. } => (place, &nobody),
        Call::Change { booking, change: Change::Reschedule(to) } => (to, booking),
        Call::Change { booking, .. } => match book.bookings.get(booking) {
            Some(seen) => (&seen.place, booking),
            None => return false,
        },
        _ => return false,
    };
    let there = book.in_the_way(place, own, Look::Well);
    let claimed = book.line.iter().any(|waiting| touches(place, &waiting.1));
    claimed || there.iter().any(|booking| !book.lapsed(booking))
}

/// What the book may be after a call that was answered as it was.
fn afters(book: &Book, history: &History, index: usize, holds: &Holds) -> Vec<Book> {
    let event = &history.events[index];
    let open = Will { status: None, hold: None, walks_in: true };
    match &event.reply {
        Reply::Refused(_) | Reply::Day(_) | Reply::Free(_) => Vec::new(),
        Reply::Done(seen) => {
            let change = matches!(event.call, Call::Change { .. });
            let will = match seen.first() {
                Some(seen) => Will { status: change.then_some(seen.status), hold: seen.hold_until, ..open },
                None => open,
            };
            done_by(book, event, &name(index), will).into_iter().collect()
        }
        Reply::Lost => {
            let target = match &event.call {
                Call::Change { booking, .. } => booking.clone(),
                _ => Booking(unheard(history, index)),
            };
            let seen = holds.ends.get(&target).into_iter().flatten().copied();
            let ticks = holds.ticks.iter().copied().filter(|_| holds.ends(&target));
            let seen = seen.chain(ticks);
            let ends: BTreeSet<Moment> =
                seen.chain([book.clock, Moment::MAX]).filter(|end| *end >= book.clock).collect();
            let statuses = match (&event.call, book.bookings.get(&target)) {
                (Call::Change { change, .. }, Some(seen)) => {
                    book.ways(seen, change).into_iter().map(Some).collect()
                }
                _ => vec![None],
            };
            let mut ways: Vec<Book> = Vec::new();
            for status in statuses {
                for &end in &ends {
                    let will = Will { status, hold: Some(end), ..open };
                    let after = done_by(book, event, &unheard(history, index), will);
                    ways.extend(after.filter(|after| !ways.contains(after)));
                }
            }
            ways
        }
        Reply::Queued(_) => done_by(book, event, &name(index), open).into_iter().collect(),
    }
}

/// What a call that was not answered made, if it made anything: what a repeat was told, if there is one.
fn unheard(history: &History, index: usize) -> String {
    let wish = |call: &Call| match call {
        Call::Create { by, key: Some(key), .. } | Call::Block { by, key: Some(key), .. } => {
            Some((by.clone(), key.clone()))
        }
        _ => None,
    };
    let own = wish(&history.events[index].call);
    let same = history.events.iter().filter(|event| own.is_some() && wish(&event.call) == own);
    let told = same.filter_map(|event| event.reply.seen().first());
    let mut told = told.map(|seen| seen.booking.0.clone());
    told.next().unwrap_or_else(|| name(index))
}

/// The book after a call, if the call is answered as it was.
fn done_by(book: &Book, event: &Event, name: &str, will: Will) -> Option<Book> {
    let mut after = book.clone();
    let name = match &event.reply {
        Reply::Done(seen) if !matches!(event.call, Call::Change { .. } | Call::Read(_)) => {
            seen.first().map_or(name, |seen| &seen.booking.0)
        }
        Reply::Queued(ticket) => &ticket.0,
        _ => name,
    };
    after.will = Some(will);
    let reply = after.act(&event.call, name, &mut Slip::of(None, 0));
    after.will = None;
    match &event.reply {
        Reply::Lost => Some(after),
        answer => (*answer == reply).then_some(after),
    }
}

fn ends(book: &Book, history: &History) -> bool {
    // Whoever has no booking may be counted as none or not at all; a line is read as a set.
    let counted = |mut closing: Closing| {
        closing.quota.retain(|_, count| *count > 0);
        closing.line.sort();
        closing
    };
    let end = Closing { at: history.closing.at, ..book.closing() };
    counted(end) == counted(history.closing.clone())
}
