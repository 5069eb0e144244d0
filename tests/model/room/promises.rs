//! The room as a design under the checker: what may be asked for, what must hold, how it prints.

use stateright::Property;

use crate::properties::{ENTRY_LIVES, FAIR, FIRM_OWNS, NO_OVERLAP};
use crate::race::{Design, Items, Race};
use crate::room::{BOOKINGS, Booking, Deed, Ledger, PEOPLE, Room, Status, Write, Wrong, each};
use crate::store::{Id, SLOTS, Slots, has};

pub const TRADED: &str = "bookings trade places, and no place is lost or doubled";
pub const FORWARD: &str = "no booking goes back to what it was";
pub const PAST_STAYS: &str = "a no-show keeps the slots that were over";
pub const CLOSED: &str = "nobody comes in on a closed day";
pub const CAN_LEAVE: &str = "who is in can get out";
pub const IN_TURN: &str = "nobody takes the slots of a waiter who fits and came before";
pub const ONE_OFFER: &str = "one place in the line makes one offer";
pub const LINE_MOVES: &str = "the line moves while anybody in it fits";
pub const COUNTED: &str = "a count is the number of its person's bookings";
pub const LIMITED: &str = "nobody has more bookings than the limit";

type Rule = Property<Race<Room>>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tick {
    /// The clock passes the expiry of this booking's hold.
    HoldLapses(Id),
    NextSlotBegins,
}

impl Design for Room {
    type Ledger = Ledger;
    type Write = Write;
    type Deed = Deed;
    type Tick = Tick;

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
        Ledger::default()
    }

    fn deeds(&self) -> Vec<Deed> {
        let offered = |id: &Id| self.waiters.iter().any(|ids| ids.contains(id));
        let ids = (0..BOOKINGS as Id).filter(|id| self.wishes[*id as usize] != 0);
        let held = |id: &Id| self.enters == Status::Held || offered(id);
        let mut deeds = Vec::new();
        deeds.extend(ids.clone().filter(|id| !offered(id)).map(Deed::Take));
        deeds.extend(ids.clone().filter(held).map(Deed::Pay));
        for id in ids.clone() {
            if self.cancels {
                deeds.push(Deed::Cancel(id));
            }
            if self.sweeper {
                deeds.push(Deed::Expire(id));
            }
            if self.no_shows {
                deeds.push(Deed::NoShow(id));
            }
            if self.swaps {
                deeds.push(Deed::Complete(id));
                deeds.extend(ids.clone().filter(|other| *other > id).map(|other| Deed::Swap(id, other)));
            }
        }
        if self.closes {
            deeds.push(Deed::Close);
        }
        if !self.waiters.is_empty() {
            deeds.extend((0..self.waiters.len()).map(Deed::Join));
            deeds.push(Deed::Promote);
        }
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

    fn second(&self, deed: Deed) -> Option<Deed> {
        let swap = self.is(Wrong::SwapOneByOne) || self.is(Wrong::SwapFreesFirst);
        let no_show = self.is(Wrong::NoShowMarksFirst) || self.is(Wrong::NoShowFreesFirst);
        match deed {
            Deed::Swap(one, other) if swap => Some(Deed::FinishSwap(one, other)),
            Deed::NoShow(id) if no_show => Some(Deed::FinishNoShow(id)),
            _ => None,
        }
    }

    fn ticks(&self, ledger: &Ledger) -> Vec<Tick> {
        let held = bookings(ledger).filter(|(_, b)| b.status == Status::Held);
        let lapses =
            held.filter(|(id, _)| ledger.clock.past & (1 << id) == 0).map(|(id, _)| Tick::HoldLapses(id));
        let begins = (self.no_shows && ledger.clock.begun < SLOTS).then_some(Tick::NextSlotBegins);
        lapses.chain(begins).collect()
    }

    fn tick(&self, ledger: &mut Ledger, tick: Tick) {
        match tick {
            Tick::HoldLapses(id) => ledger.clock.past |= 1 << id,
            Tick::NextSlotBegins => ledger.clock.begun += 1,
        }
    }

    fn rules(&self) -> Vec<Rule> {
        let mut rules = vec![
            Rule::always(NO_OVERLAP, |_, m| no_overlap(&m.ledger)),
            Rule::always(FIRM_OWNS, |_, m| firm_owns(&m.ledger)),
            Rule::always(ENTRY_LIVES, |_, m| entry_lives(&m.ledger)),
            Rule::always(FAIR, |_, m| fair(&m.ledger)),
            Rule::always(FORWARD, |_, m| !m.ledger.resurrected),
            Rule::always(CAN_LEAVE, |room, m| can_leave(&room.0, &m.ledger)),
            Rule::always(COUNTED, |room, m| counted(&room.0, &m.ledger)),
            Rule::always(LIMITED, |room, m| limited(&room.0, &m.ledger)),
        ];
        if self.enters == Status::Held && self.wrong.is_empty() {
            rules.push(Rule::sometimes("an eviction goes through", |room, m| {
                room.about_to(m, |w| evictions(w) > 0 && matches!(w.deed, Deed::Take(_)))
            }));
        }
        if self.swaps {
            rules.push(Rule::always(TRADED, |_, m| traded(&m.ledger)));
            rules.push(Rule::sometimes("a swap goes through", |room, m| {
                room.about_to(m, |w| matches!(w.deed, Deed::Swap(..)))
            }));
        }
        if self.no_shows {
            rules.push(Rule::always(PAST_STAYS, |room, m| past_stays(&room.0, &m.ledger)));
            rules.push(Rule::sometimes("a no-show's rest is taken by another", |_, m| taken_over(&m.ledger)));
        }
        if self.closes {
            rules.push(Rule::always(CLOSED, |_, m| !m.ledger.entered_closed));
            rules.push(Rule::sometimes("somebody gets out of a closed day", |room, m| {
                m.ledger.closed && room.about_to(m, |w| matches!(w.deed, Deed::Cancel(_)))
            }));
        }
        if !self.waiters.is_empty() {
            rules.push(Rule::always(IN_TURN, |_, m| !m.ledger.overtaken));
            rules.push(Rule::always(ONE_OFFER, |room, m| one_offer(&room.0, &m.ledger)));
            rules.push(Rule::always(LINE_MOVES, |room, m| line_moves(&room.0, &m.ledger)));
            rules.push(Rule::sometimes("an offer evicts a hold", |room, m| {
                room.about_to(m, |w| evictions(w) > 0 && w.deed == Deed::Promote)
            }));
        }
        rules
    }

    /// Whom each slot carries, a question mark on what expires; then the bookings and the rest.
    fn line(&self, ledger: &Ledger) -> String {
        let slots = ledger.slots.map(|slot| {
            slot.map_or("-".to_owned(), |e| format!("{}{}", e.booking, if e.expires { "?" } else { "" }))
        });
        let mut words = vec![format!("[{}]", slots.join(" "))];
        words.extend(bookings(ledger).map(|(id, b)| {
            let lapsed =
                if b.status == Status::Held && ledger.clock.past & (1 << id) != 0 { " lapsed" } else { "" };
            format!("{id} {:?}{lapsed}", b.status)
        }));
        if ledger.line != <[_; _]>::default() {
            words.push(format!("line {:?}", ledger.line.iter().flatten().collect::<Vec<_>>()));
        }
        if self.limit < u8::MAX {
            words.push(format!("counts {:?}", ledger.counts));
        }
        if ledger.closed {
            words.push("closed".to_owned());
        }
        if self.no_shows {
            words.push(format!("{} begun", ledger.clock.begun));
        }
        words.join(" ")
    }
}

fn bookings(ledger: &Ledger) -> impl Iterator<Item = (Id, Booking)> {
    let numbered = (0..).zip(ledger.bookings);
    numbered.filter_map(|(id, booking)| Some((id, booking?)))
}

fn evictions(write: &Write) -> usize {
    write.records.iter().flatten().filter(|record| record.to.status == Status::Expired).count()
}

fn no_overlap(ledger: &Ledger) -> bool {
    let mut taken: Slots = 0;
    bookings(ledger).filter(|(_, b)| b.status.firm()).all(|(_, b)| {
        let free = taken & b.slots == 0;
        taken |= b.slots;
        free
    })
}

fn firm_owns(ledger: &Ledger) -> bool {
    let mut firm = bookings(ledger).filter(|(_, b)| b.status.firm());
    firm.all(|(id, b)| each(b.slots).all(|k| ledger.slots[k].is_some_and(|e| e.booking == id && !e.expires)))
}

fn entry_lives(ledger: &Ledger) -> bool {
    let booking = |id: Id| ledger.bookings[id as usize];
    let lives = |b: Booking, k| (b.status.live() || b.status == Status::NoShow) && has(b.slots, k);
    let carried = (0..SLOTS).filter_map(|k| Some((k, ledger.slots[k]?)));
    carried.into_iter().all(|(k, entry)| booking(entry.booking).is_some_and(|b| lives(b, k)))
}

fn fair(ledger: &Ledger) -> bool {
    bookings(ledger).all(|(id, b)| b.status != Status::Expired || ledger.clock.past & (1 << id) != 0)
}

/// Whoever is in and not over could leave, were he alone with the ledger.
fn can_leave(room: &Room, ledger: &Ledger) -> bool {
    let mut inside = bookings(ledger).filter(|(_, b)| b.status.live() && b.status != Status::Completed);
    inside.all(|(id, _)| {
        let write = room.plan(ledger, Deed::Cancel(id));
        write.is_some_and(|write| room.judge(ledger, &write).is_some())
    })
}

/// Every wish differs from the others, so no two bookings may ever stand for the same slots.
fn traded(ledger: &Ledger) -> bool {
    bookings(ledger).all(|(id, b)| bookings(ledger).all(|(other, o)| id == other || b.slots != o.slots))
}

fn past_stays(room: &Room, ledger: &Ledger) -> bool {
    let mut absent = bookings(ledger).filter(|(_, b)| b.status == Status::NoShow);
    absent.all(|(id, b)| {
        let first = room.wishes[id as usize].trailing_zeros() as usize;
        let kept = |k: usize| ledger.slots[k].is_some_and(|e| e.booking == id);
        has(b.slots, first) && each(b.slots).all(kept)
    })
}

fn taken_over(ledger: &Ledger) -> bool {
    let absent = bookings(ledger).any(|(_, b)| b.status == Status::NoShow);
    absent
        && bookings(ledger).filter(|(_, b)| b.status.firm()).any(|(id, b)| {
            let before = |k: &usize| (0..*k).any(|k| ledger.slots[k].is_some_and(|e| e.booking != id));
            each(b.slots).any(|k| before(&k))
        })
}

fn one_offer(room: &Room, ledger: &Ledger) -> bool {
    let made = |id: Id| ledger.bookings[id as usize].is_some();
    room.waiters.iter().all(|[one, other]| one == other || !made(*one) || !made(*other))
}

fn line_moves(room: &Room, ledger: &Ledger) -> bool {
    let write = room.plan(ledger, Deed::Promote);
    room.fitting(ledger, ledger.clock).is_empty()
        || write.is_some_and(|write| room.judge(ledger, &write).is_some())
}

fn counted(room: &Room, ledger: &Ledger) -> bool {
    (0..PEOPLE).all(|person| owned(room, ledger, person) == usize::from(ledger.counts[person]))
}

fn limited(room: &Room, ledger: &Ledger) -> bool {
    (0..PEOPLE).all(|person| owned(room, ledger, person) <= usize::from(room.limit))
}

fn owned(room: &Room, ledger: &Ledger, person: usize) -> usize {
    // Who does not come has had their booking.
    let counts = |status: Status| status.live() || status == Status::NoShow;
    bookings(ledger).filter(|(id, b)| counts(b.status) && room.people[*id as usize] == person).count()
}
