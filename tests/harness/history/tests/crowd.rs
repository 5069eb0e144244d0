//! People at the book: calls under way together, answers lost, the same wish asked again.

use super::book::{Book, DAY, DEPARTURES, ROOMS};
use super::slips::{Dice, Slip};
use crate::history::*;

const CLIENTS: usize = 4;
/// Each lost answer doubles what an explanation may try: one in so many at most.
const LOST_ONE_IN: usize = 16;

/// A history, with what only the book knows: in which order the calls were done.
pub(super) struct Run {
    pub history: History,
    pub order: Vec<usize>,
    pub slipped: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Answered,
    /// Done, and nobody hears of it.
    Unheard,
    /// Done after the client gave up.
    Late,
    /// Never done.
    Never,
}

enum Stage {
    Idle,
    Asking { event: usize, fate: Fate },
    Answering { event: usize, reply: Reply, fate: Fate },
}

struct Crowd {
    dice: Dice,
    book: Book,
    slip: Slip,
    now: Time,
    events: Vec<Event>,
    order: Vec<usize>,
    /// What they have heard of; they ask for the latest.
    known: Vec<Booking>,
    tickets: Vec<Ticket>,
    /// What each client may ask again: after a lost answer, or to make sure.
    again: Vec<Option<Call>>,
    late: Vec<usize>,
    lost: usize,
}

/// A history of `length` calls.
pub(super) fn run(seed: u64, length: usize, slip: Slip) -> Run {
    let mut dice = Dice(seed);
    dice.below(2);
    let mut crowd = Crowd {
        dice,
        book: Book::default(),
        slip,
        now: 0,
        events: Vec::new(),
        order: Vec::new(),
        known: Vec::new(),
        tickets: Vec::new(),
        again: vec![None; CLIENTS],
        late: Vec::new(),
        lost: 0,
    };
    let mut stages: Vec<Stage> = (0..CLIENTS).map(|_| Stage::Idle).collect();
    while crowd.events.len() < length || stages.iter().any(|stage| !matches!(stage, Stage::Idle)) {
        let client = crowd.dice.below(CLIENTS);
        stages[client] = match std::mem::replace(&mut stages[client], Stage::Idle) {
            Stage::Idle if crowd.events.len() < length => crowd.begin(client),
            Stage::Idle => Stage::Idle,
            Stage::Asking { event, fate } => crowd.go(event, fate),
            Stage::Answering { event, reply, fate } => crowd.end(event, reply, fate),
        };
        if crowd.dice.percent(5)
            && let Some(event) = crowd.late.pop()
        {
            crowd.commit(event);
        }
        if crowd.slip.later.is_some() && crowd.dice.percent(3) {
            crowd.slip.finish(&mut crowd.book);
        }
    }
    crowd.slip.finish(&mut crowd.book);
    let mut closing = crowd.book.closing();
    closing.at = crowd.now + 1;
    let boat = Resource("boat".into());
    let capacity = DEPARTURES.iter().map(|d| ((boat.clone(), (*d).to_owned()), super::book::CAPACITY));
    let terms = Terms { capacity: capacity.collect(), clock: 0, works_alone: false, ..Terms::default() };
    let history = History { terms, events: crowd.events, closing };
    Run { history, order: crowd.order, slipped: crowd.slip.done }
}

impl Crowd {
    fn begin(&mut self, client: usize) -> Stage {
        let call = self.call(client);
        let loses = self.lost <= self.events.len() / LOST_ONE_IN
            && self.dice.percent(7)
            && !matches!(call, Call::Read(_) | Call::ReadDay { .. } | Call::Tick(_));
        let fate = if loses {
            *self.dice.of(&[Fate::Unheard, Fate::Unheard, Fate::Late, Fate::Never]).unwrap()
        } else {
            Fate::Answered
        };
        self.lost += usize::from(loses);
        self.now += 1;
        let event = self.events.len();
        self.events.push(Event { client, begin: self.now, end: Time::MAX, call, reply: Reply::Lost });
        Stage::Asking { event, fate }
    }

    fn go(&mut self, event: usize, fate: Fate) -> Stage {
        let reply = match fate {
            Fate::Answered | Fate::Unheard => self.commit(event),
            Fate::Late => {
                self.late.push(event);
                Reply::Lost
            }
            Fate::Never => Reply::Lost,
        };
        Stage::Answering { event, reply, fate }
    }

    fn commit(&mut self, event: usize) -> Reply {
        self.order.push(event);
        self.slip.remember(&self.book);
        let call = &self.events[event].call;
        let reply = self.book.act(call, &name(event), &mut self.slip);
        match (call, reply) {
            (Call::ReadDay { day, .. }, Reply::Day(taken)) if event.is_multiple_of(3) => {
                let taken = self.slip.free(taken);
                Reply::Free(free(*day, &taken))
            }
            (_, reply) => reply,
        }
    }

    fn end(&mut self, event: usize, reply: Reply, fate: Fate) -> Stage {
        self.now += 1;
        let reply = if fate == Fate::Answered { reply } else { Reply::Lost };
        let told = &mut self.events[event];
        told.end = self.now;
        let keyed =
            matches!(&told.call, Call::Create { key: Some(_), .. } | Call::Block { key: Some(_), .. });
        if keyed && (fate != Fate::Answered || self.dice.percent(30)) {
            self.again[told.client] = Some(told.call.clone());
        }
        match &reply {
            Reply::Done(seen) => {
                for seen in seen {
                    if !latest(&self.known).contains(&seen.booking) {
                        self.known.push(seen.booking.clone());
                    }
                }
            }
            Reply::Queued(ticket) => self.tickets.push(ticket.clone()),
            _ => {}
        }
        told.reply = reply;
        Stage::Idle
    }

    fn call(&mut self, client: usize) -> Call {
        if self.dice.percent(40)
            && let Some(call) = self.again[client].take()
        {
            return call;
        }
        let by = Person(client.to_string());
        let key = self.dice.percent(50).then(|| Key(format!("key {}", self.events.len())));
        let place = self.place();
        // While something is half done, more people look.
        let half_done = self.slip.half_done().filter(|_| self.dice.percent(70));
        let looks = half_done.is_some();
        match if looks { 85 + self.dice.below(15) } else { self.dice.below(100) } {
            0..26 => Call::Create { place, by, key },
            26..29 => Call::Block { place, by, key },
            29..68 => match self.somebody() {
                Some(booking) => Call::Change { booking, change: self.change(place) },
                None => Call::Create { place, by, key },
            },
            68..73 => {
                let waited = self.book.line.first().filter(|_| self.events.len().is_multiple_of(2));
                Call::Join { place: waited.map_or(place, |first| first.1.clone()), by }
            }
            73..79 => Call::Promote(place.resource),
            79..85 => Call::Tick(self.book.clock + 4),
            85..91 => match self.somebody() {
                Some(booking) => Call::Read(booking),
                None => Call::Tick(self.book.clock + 1),
            },
            91..92 => match self.tickets.pop() {
                Some(ticket) => Call::Leave(ticket),
                None => Call::Promote(place.resource),
            },
            _ => {
                let any = Resource((*self.dice.of(&ROOMS).unwrap()).into());
                let resource = half_done.filter(|room| ROOMS.contains(&room.0.as_str())).unwrap_or(any);
                let day = Span::new(DAY.from + self.later(), DAY.to + self.later());
                Call::ReadDay { resource, day }
            }
        }
    }

    fn somebody(&mut self) -> Option<Booking> {
        self.dice.of(latest(&self.known)).cloned()
    }

    fn change(&mut self, place: Place) -> Change {
        let with = self.somebody();
        match (self.dice.below(26), with) {
            (0..2, _) => Change::Extend,
            (2..6, _) => Change::Pay,
            (6..8, _) => Change::Settle,
            (8..11, _) => Change::Approve,
            (11, _) => Change::Reject,
            (12..15, _) => Change::Cancel,
            (15..18, _) => Change::Reschedule(place),
            (18..20, Some(with)) => Change::Swap(with),
            (20..22, _) => Change::Restore,
            (22, _) => Change::CheckIn,
            (23, _) => Change::Complete,
            (24, _) => Change::NoShow(0),
            _ => Change::Unblock,
        }
    }

    /// Days fill up: a long history goes on with the next one.
    fn later(&self) -> Minute {
        DAY.to * Minute::try_from(self.events.len() / 150).unwrap()
    }

    fn place(&mut self) -> Place {
        if self.dice.percent(25) {
            let departure = (*self.dice.of(&DEPARTURES).unwrap()).to_owned();
            let seats = u32::try_from(1 + self.dice.below(2)).unwrap();
            return Place { resource: Resource("boat".into()), share: Share::Seats { departure, seats } };
        }
        let resource = Resource((*self.dice.of(&ROOMS).unwrap()).into());
        let later = self.later();
        let mut span = |from: i64| {
            let from = later + from + 30 * i64::try_from(self.dice.below(6)).unwrap();
            // Ten minutes to tidy up, on odd hours.
            let buffer = if from % 60 == 0 { 10 } else { 0 };
            Span::new(from, from + 60 + buffer)
        };
        let mut spans = vec![span(0)];
        if spans[0].from % 90 == 0 {
            spans.push(span(240));
        }
        Place { resource, share: Share::Slots(spans) }
    }
}

fn latest(known: &[Booking]) -> &[Booking] {
    &known[known.len().saturating_sub(40)..]
}

/// What the booking or ticket is called that this call makes.
pub(super) fn name(event: usize) -> String {
    format!("b{event}")
}

/// What a day leaves free.
pub(super) fn free(day: Span, taken: &[Taken]) -> Vec<Span> {
    let mut spans: Vec<Span> = taken.iter().map(|taken| taken.span).collect();
    spans.sort_unstable();
    let mut free = Vec::new();
    let mut from = day.from;
    for span in spans {
        if from < span.from {
            free.push(Span::new(from, span.from));
        }
        from = from.max(span.to);
    }
    if from < day.to {
        free.push(Span::new(from, day.to));
    }
    free
}
