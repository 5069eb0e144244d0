//! What clients asked and were told, as the judge wants it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use harness::app::Reply as Answer;
use harness::history::{Booking, Call, Change, Event, Minute, Reply, Seen, Status, Time, Why};

use super::world::World;

/// The sweeper's number among the clients.
const SWEEPER: usize = usize::MAX;

/// A recorder of one round.
#[derive(Debug, Default)]
pub struct Recorder {
    time: AtomicU64,
    events: Mutex<Vec<Event>>,
    /// Ticks of the sweeper, each with the minute it came at.
    sweeps: Mutex<Vec<(Time, Time, Minute)>>,
    /// What nobody should have seen.
    odd: Mutex<Vec<String>>,
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Recorder {
    /// A time later than any before.
    pub fn now(&self) -> Time {
        self.time.fetch_add(1, Ordering::SeqCst)
    }

    /// A call that ends now.
    pub fn note(&self, client: usize, begin: Time, call: Call, reply: Reply) {
        let end = self.now();
        lock(&self.events).push(Event { client, begin, end, call, reply });
    }

    /// A tick of the sweeper that ends now.
    pub fn swept(&self, begin: Time, at: Minute) {
        let end = self.now();
        lock(&self.sweeps).push((begin, end, at));
    }

    /// An answer about one booking.
    pub fn told(&self, world: &World, answer: &Answer) -> Reply {
        let data = &answer.body["data"];
        let view = if data["blackouts"].is_array() { &data["blackouts"][0] } else { data };
        match answer.status {
            200 | 201 => match world.seen(view) {
                Some(seen) => Reply::Done(vec![seen]),
                None => self.lost(answer),
            },
            _ => self.refused(answer),
        }
    }

    /// Why not, as far as it was told.
    pub fn refused(&self, answer: &Answer) -> Reply {
        let code = answer.text("/code");
        Reply::Refused(match (answer.status, code.as_str()) {
            (403, _) => Why::Forbidden,
            (404, _) => Why::NotFound,
            (409, "slot_taken") => Why::Taken,
            (409, "over_quota") => Why::Quota,
            (409, "conflict_version") | (412, _) => Why::Version,
            (409, _) => Why::Status,
            (422, _) => Why::Invalid,
            (503, "contended") => Why::Contended,
            _ => return self.lost(answer),
        })
    }

    fn lost(&self, answer: &Answer) -> Reply {
        self.strange(format!("{} {}", answer.status, answer.body));
        Reply::Lost
    }

    /// Something nobody should see.
    pub fn strange(&self, text: String) {
        lock(&self.odd).push(text);
    }

    /// What nobody should have seen.
    pub fn odd(&self) -> Vec<String> {
        lock(&self.odd).clone()
    }

    /// Everything that happened.
    pub fn events(&self) -> Vec<Event> {
        let mut events = lock(&self.events).clone();
        let lapses = self.lapses(&events);
        let mut doubtful = doubtful(&events, &lapses);
        doubtful.sort_unstable();
        for at in doubtful.into_iter().rev() {
            let Some(event) = events.get_mut(at) else { continue };
            let Call::Change { booking, .. } = &event.call else { continue };
            let call = Call::Read(booking.clone());
            let seen =
                Event { call, reply: std::mem::replace(&mut event.reply, Reply::Lost), ..event.clone() };
            events.push(seen);
        }
        events.extend(lapses);
        events.sort_by_key(|event| (event.begin, event.end));
        events
    }

    /// The sweeper says no to a request that begins unanswered. It tells nobody of which, so it may have done
    /// it to any that waited for staff.
    fn lapses(&self, events: &[Event]) -> Vec<Event> {
        let mut lapses = Vec::new();
        for &(begin, end, at) in lock(&self.sweeps).iter() {
            let mut asked: Vec<&Booking> = events
                .iter()
                .flat_map(|event| event.reply.seen())
                .filter_map(|seen| {
                    let begun = seen.place.spans().iter().any(|span| span.from <= at);
                    (seen.status == Status::Pending && begun).then_some(&seen.booking)
                })
                .collect();
            asked.sort_unstable();
            asked.dedup();
            lapses.extend(asked.into_iter().map(|booking| Event {
                client: SWEEPER,
                begin,
                end,
                call: Call::Change { booking: booking.clone(), change: Change::Reject },
                reply: Reply::Lost,
            }));
        }
        lapses
    }
}

/// Whoever asks for what is so already is told how it is: such an answer may come from whoever did it or
/// from whoever came late. Where that cannot be told apart, it counts as a reader's, and the deed as one
/// nobody answered. The indices of those.
fn doubtful(events: &[Event], lapses: &[Event]) -> Vec<usize> {
    let shown = |event: &Event| match (&event.call, &event.reply) {
        (Call::Change { .. }, Reply::Done(seen)) => seen.first().cloned(),
        (_, _) => None,
    };
    let changes: Vec<(usize, Seen)> =
        events.iter().enumerate().filter_map(|(at, event)| Some((at, shown(event)?))).collect();
    let lapsed = |seen: &Seen| {
        lapses
            .iter()
            .any(|event| matches!(&event.call, Call::Change { booking, .. } if *booking == seen.booking))
    };
    let alone = |at: usize, seen: &Seen| {
        !lapsed(seen)
            && changes.iter().all(|(other, two)| {
                *other == at || (&two.booking, two.version) != (&seen.booking, seen.version)
            })
    };
    let late = |(at, seen): &&(usize, Seen)| {
        let Call::Change { change, .. } = &events[*at].call else { return false };
        let repeatable =
            matches!(change, Change::Cancel | Change::NoShow(_) | Change::Complete | Change::Unblock);
        *change == Change::CheckIn || repeatable && !alone(*at, seen)
    };
    changes.iter().filter(late).map(|(at, _)| *at).collect()
}
