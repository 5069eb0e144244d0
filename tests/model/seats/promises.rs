//! The tour as a design under the checker: what may be asked for, what must hold, how it prints.

use stateright::Property;

use crate::properties::FAIR;
use crate::race::{Design, Items, Race};
use crate::seats::{DEPARTURES, Deed, Ledger, PARTIES, Status, Tour, Write};
use crate::store::Id;

pub const NOT_OVERSOLD: &str = "firm bookings never have more seats than there are";
pub const COUNTED: &str = "a count is the sum of its reservations' seats";
pub const LISTED: &str = "the live bookings and no others stand in the list";
pub const NEEDED: &str = "a hold is evicted only when its seats are needed";

type Rule = Property<Race<Tour>>;

/// The clock passes the expiry of this booking's hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HoldLapses(Id);

impl Design for Tour {
    type Ledger = Ledger;
    type Write = Write;
    type Deed = Deed;
    type Tick = HoldLapses;

    fn name(&self) -> &'static str {
        self.name
    }

    fn mistakes(&self) -> String {
        format!("{:?}", self.wrong)
    }

    fn hands(&self) -> usize {
        self.hands
    }

    fn begin(&self) -> Ledger {
        Ledger {
            list: [None; PARTIES],
            taken: [0; DEPARTURES],
            bookings: [None; PARTIES],
            capacity: self.capacity,
            past: 0,
            needless: false,
        }
    }

    fn deeds(&self) -> Vec<Deed> {
        let ids = (0..PARTIES as Id).filter(|id| self.parties[*id as usize].1 != 0);
        let mut deeds: Vec<Deed> = ids.clone().flat_map(|id| [Deed::Take(id), Deed::Cancel(id)]).collect();
        if self.enters == Status::Held {
            deeds.extend(ids.clone().map(Deed::Pay));
        }
        if self.sweeper {
            deeds.extend(ids.map(Deed::Expire));
        }
        deeds.extend(self.shrinks.map(|_| Deed::Shrink));
        deeds
    }

    fn decide(&self, ledger: &Ledger, deed: Deed) -> Option<Write> {
        self.plan(ledger, deed)
    }

    fn commit(&self, ledger: &Ledger, write: &Write) -> Option<Ledger> {
        self.judge(ledger, write)
    }

    fn deed(write: &Write) -> Deed {
        write.deed
    }

    fn compares(write: &Write) -> Items {
        write.compares
    }

    fn raises(write: &Write) -> Items {
        write.raises
    }

    fn second(&self, _: Deed) -> Option<Deed> {
        None
    }

    fn ticks(&self, ledger: &Ledger) -> Vec<HoldLapses> {
        let held =
            |id: &Id| ledger.bookings[*id as usize] == Some(Status::Held) && ledger.past & (1 << id) == 0;
        (0..PARTIES as Id).filter(held).map(HoldLapses).collect()
    }

    fn tick(&self, ledger: &mut Ledger, HoldLapses(id): HoldLapses) {
        ledger.past |= 1 << id;
    }

    fn rules(&self) -> Vec<Rule> {
        let mut rules = vec![
            Rule::always(NOT_OVERSOLD, |tour, m| not_oversold(&tour.0, &m.ledger)),
            Rule::always(COUNTED, |tour, m| counted(&tour.0, &m.ledger)),
            Rule::always(LISTED, |_, m| listed(&m.ledger)),
            Rule::always(NEEDED, |_, m| !m.ledger.needless),
            Rule::always(FAIR, |_, m| fair(&m.ledger)),
            Rule::sometimes("a departure is sold out", |tour, m| sold_out(&tour.0, &m.ledger)),
        ];
        if self.enters == Status::Held && self.wrong.is_empty() {
            rules.push(Rule::sometimes("two holds are evicted at once", |tour, m| {
                tour.about_to(m, |w| matches!(w.deed, Deed::Take(_)) && evictions(w) == 2)
            }));
        }
        if self.shrinks.is_some() {
            rules.push(Rule::sometimes("seats are taken away beside a booking", |tour, m| {
                m.ledger.taken != [0; _] && tour.about_to(m, |w| w.deed == Deed::Shrink)
            }));
        }
        rules
    }

    /// Each departure's count, then the bookings.
    fn line(&self, ledger: &Ledger) -> String {
        let mut words = vec![format!("{:?} of {}", ledger.taken, ledger.capacity)];
        for (id, status) in ledger.bookings.into_iter().enumerate() {
            let Some(status) = status else { continue };
            let lapsed = if status == Status::Held && ledger.past & (1 << id) != 0 { " lapsed" } else { "" };
            let unlisted = if status.live() && ledger.list[id].is_none() { " unlisted" } else { "" };
            words.push(format!("{id} {status:?}{lapsed}{unlisted}"));
        }
        words.join(" ")
    }
}

fn evictions(write: &Write) -> usize {
    write.records.iter().flatten().filter(|record| record.to == Status::Expired).count()
}

fn seats(tour: &Tour, ledger: &Ledger, departure: usize, counts: fn(Status) -> bool) -> u8 {
    let here = (0..PARTIES).filter(|id| tour.parties[*id].0 == departure);
    here.filter(|id| ledger.bookings[*id].is_some_and(counts)).map(|id| tour.parties[id].1).sum()
}

fn firm(status: Status) -> bool {
    status == Status::Confirmed
}

fn not_oversold(tour: &Tour, ledger: &Ledger) -> bool {
    (0..DEPARTURES).all(|departure| seats(tour, ledger, departure, firm) <= ledger.capacity)
}

fn sold_out(tour: &Tour, ledger: &Ledger) -> bool {
    (0..DEPARTURES).any(|departure| seats(tour, ledger, departure, firm) == ledger.capacity)
}

fn counted(tour: &Tour, ledger: &Ledger) -> bool {
    (0..DEPARTURES).all(|departure| {
        let here = (0..PARTIES).filter(|id| tour.parties[*id].0 == departure);
        here.filter_map(|id| ledger.list[id]).map(|entry| entry.seats).sum::<u8>() == ledger.taken[departure]
    })
}

fn listed(ledger: &Ledger) -> bool {
    ledger.bookings.iter().zip(ledger.list).all(|(status, entry)| match status {
        Some(Status::Held) => entry.is_some_and(|entry| entry.expires),
        Some(Status::Confirmed) => entry.is_some_and(|entry| !entry.expires),
        Some(Status::Cancelled | Status::Expired) | None => entry.is_none(),
    })
}

fn fair(ledger: &Ledger) -> bool {
    let expired = |id: &usize| ledger.bookings[*id] == Some(Status::Expired);
    (0..PARTIES).filter(expired).all(|id| ledger.past & (1 << id) != 0)
}
