//! Reading and deciding: from a deed and the ledger as read to the write that goes out.

use crate::race::Items;
use crate::room::{
    BOOKINGS, Booking, Clock, Count, Deed, Entry, From, Ledger, Line, Must, PEOPLE, Put, Record, Room,
    Status, Waiter, Write, Wrong, each,
};
use crate::store::{Id, SLOTS, Slots, has};

/// A write in the making.
struct Draft<'a> {
    room: &'a Room,
    ledger: &'a Ledger,
    write: Write,
}

impl Room {
    /// Reads what the deed needs and decides on it; `None` is a refusal.
    pub fn plan(&self, ledger: &Ledger, deed: Deed) -> Option<Write> {
        let draft = Draft { room: self, ledger, write: Write::of(deed) };
        let write = match deed {
            Deed::Take(id) => draft.walk_in(id),
            Deed::Promote => draft.promote(),
            Deed::Pay(id) => draft.pay(id),
            Deed::Complete(id) => draft.complete(id),
            Deed::Cancel(id) => draft.leave(id, ledger.slots_of(id), Status::Cancelled),
            Deed::Expire(id) => draft.expire(id),
            Deed::NoShow(id) => draft.no_show(id),
            Deed::Swap(one, other) => draft.swap(one, other),
            Deed::Close => draft.close(),
            Deed::Join(who) => draft.join(who),
            Deed::FinishSwap(one, other) => Some(draft.finish_swap(one, other)),
            Deed::FinishNoShow(id) => Some(draft.finish_no_show(id)),
        };
        write.map(|write| self.weaken(write))
    }

    fn item(&self, slot: usize) -> Items {
        1 << self.item_of[slot]
    }

    fn weaken(&self, mut write: Write) -> Write {
        if self.is(Wrong::NoVersion) {
            write.compares &= !ALL_ITEMS;
        }
        if self.is(Wrong::NoSlotCondition) {
            write.slots.iter_mut().for_each(|(must, _)| *must = Must::Anything);
        }
        let touched = |k: &usize| write.slots[*k].1 != Put::Nothing;
        if let Some(first) = (0..SLOTS).find(touched)
            && matches!(write.deed, Deed::Take(_))
            && self.is(Wrong::FirstItemOnly)
        {
            write.compares &= self.item(first) | !ALL_ITEMS;
            let others = (0..SLOTS).filter(|&k| self.item_of[k] != self.item_of[first]);
            others.for_each(|k| write.slots[k].0 = Must::Anything);
        }
        write
    }
}

/// The bits of the ledger's items; those above are the booking records'.
const ALL_ITEMS: Items = (1 << SLOTS) - 1;

impl Write {
    fn of(deed: Deed) -> Self {
        Self {
            deed,
            compares: 0,
            raises: 0,
            slots: [(Must::Anything, Put::Nothing); SLOTS],
            records: [None; BOOKINGS],
            counts: [Count::default(); PEOPLE],
            line: None,
            open: false,
            closes: false,
            clock: Clock::default(),
        }
    }
}

impl Ledger {
    fn slots_of(&self, id: Id) -> Slots {
        self.bookings[id as usize].map_or(0, |b| b.slots)
    }

    fn status_of(&self, id: Id) -> Option<Status> {
        self.bookings[id as usize].map(|b| b.status)
    }

    fn owns(&self, id: Id, slots: Slots) -> bool {
        each(slots).all(|k| self.slots[k].is_some_and(|entry| entry.booking == id))
    }

    fn lapsed(&self, id: Id) -> bool {
        self.clock.past & (1 << id) != 0
    }
}

impl Draft<'_> {
    fn walk_in(mut self, id: Id) -> Option<Write> {
        let (room, ledger) = (self.room, self.ledger);
        let wanted = room.wishes[id as usize];
        let mut claims = room.fitting(ledger, ledger.clock);
        if room.is(Wrong::LineSeenToItsFirst) {
            claims.retain(|who| ledger.line[0] == Some(*who));
        }
        let claimed = |who: Waiter| room.wanted_by(who) & wanted != 0;
        if !room.is(Wrong::LineOverlooked) && claims.into_iter().any(claimed) {
            return None;
        }
        self.enter(id, room.enters)?;
        let person = room.people[id as usize];
        let net = ledger.counts[person].saturating_add_signed(self.write.counts[person].add);
        (net <= room.limit).then_some(self.write)
    }

    /// Makes the first waiter who fits a booking and strikes him from the line; or strikes him only,
    /// where he has reached his limit and the others would wait for ever.
    fn promote(mut self) -> Option<Write> {
        let (room, ledger) = (self.room, self.ledger);
        let who = if room.is(Wrong::LastComeFirst) {
            let taken = |k: usize| ledger.slots[k].is_some_and(|e| !e.expires || !ledger.lapsed(e.booking));
            let mut backwards = ledger.line.into_iter().rev().flatten();
            backwards.find(|&who| !each(room.wanted_by(who)).any(taken))?
        } else {
            room.fitting(ledger, ledger.clock).into_iter().next()?
        };
        let id = room.waiters[who].into_iter().find(|id| ledger.status_of(*id).is_none())?;
        let person = room.people[id as usize];
        self.enter(id, Status::Held)?;
        let net = ledger.counts[person].saturating_add_signed(self.write.counts[person].add);
        if net > room.limit {
            if room.is(Wrong::LimitStopsLine) {
                return None;
            }
            self.write = Write::of(Deed::Promote);
            self.write.counts[person].at_least = Some(room.limit);
            self.touch(0);
        }
        if !room.is(Wrong::NotStruck) || net > room.limit {
            let mut rest: Line = [None; _];
            let waiting = ledger.line.into_iter().flatten().filter(|w| *w != who);
            rest.iter_mut().zip(waiting).for_each(|(place, waiter)| *place = Some(waiter));
            self.write.line = Some(rest);
        }
        Some(self.write)
    }

    /// A hold may be paid after its end, too, as long as nobody has evicted it.
    fn pay(mut self, id: Id) -> Option<Write> {
        let slots = self.ledger.slots_of(id);
        if self.ledger.status_of(id) != Some(Status::Held) || !self.ledger.owns(id, slots) {
            return None;
        }
        for k in each(slots) {
            let later = self.room.item_of[k] != self.room.item_of[slots.trailing_zeros() as usize];
            let expires = later && self.room.is(Wrong::FirstItemPaid);
            self.slot(k, Must::Carry(id), Put::Entry(Entry { booking: id, expires }));
        }
        self.locked(id, Status::Confirmed, slots);
        Some(self.write)
    }

    fn complete(mut self, id: Id) -> Option<Write> {
        let slots = self.ledger.slots_of(id);
        self.locked(id, Status::Completed, slots);
        (self.ledger.status_of(id) == Some(Status::Confirmed)).then_some(self.write)
    }

    fn expire(self, id: Id) -> Option<Write> {
        let held = self.ledger.status_of(id) == Some(Status::Held) && self.ledger.lapsed(id);
        let slots = self.ledger.slots_of(id);
        if held { self.leave(id, slots, Status::Expired) } else { None }
    }

    /// Of a booking that nobody came to, only what is still to come can be had by others.
    fn no_show(mut self, id: Id) -> Option<Write> {
        let (room, slots) = (self.room, self.ledger.slots_of(id));
        let over = self.over(slots);
        if self.ledger.status_of(id) != Some(Status::Confirmed) || over == 0 {
            return None;
        }
        if room.is(Wrong::NoShowMarksFirst) {
            self.locked(id, Status::NoShow, over);
            return Some(self.write);
        }
        let freed = if room.is(Wrong::NoShowFreesAll) { slots } else { slots & !over };
        let mut write = self.leave(id, freed, Status::NoShow)?;
        if room.is(Wrong::NoShowFreesFirst) {
            write.records = [None; _];
        }
        Some(write)
    }

    fn finish_no_show(mut self, id: Id) -> Write {
        let (wish, slots) = (self.room.wishes[id as usize], self.ledger.slots_of(id));
        if self.room.is(Wrong::NoShowMarksFirst) {
            each(wish & !slots).for_each(|k| self.slot(k, Must::Carry(id), Put::Free));
        } else {
            let over = self.over(slots);
            self.locked(id, Status::NoShow, over);
        }
        self.write
    }

    fn over(&self, slots: Slots) -> Slots {
        slots & ((1 << self.ledger.clock.begun) - 1)
    }

    fn swap(mut self, one: Id, other: Id) -> Option<Write> {
        let (room, ledger) = (self.room, self.ledger);
        let (ours, theirs) = (ledger.slots_of(one), ledger.slots_of(other));
        let firm =
            |id| ledger.status_of(id) == Some(Status::Confirmed) && ledger.owns(id, ledger.slots_of(id));
        if !firm(one) || !firm(other) {
            return None;
        }
        self.hand_over(other, one, theirs);
        if room.is(Wrong::SwapOneByOne) {
            each(ours).for_each(|k| self.slot(k, Must::Carry(one), Put::Free));
            self.locked(one, Status::Confirmed, theirs);
            return Some(self.write);
        }
        self.hand_over(one, other, ours);
        if room.is(Wrong::SwapFreesFirst) {
            self.write.slots.iter_mut().for_each(|(_, put)| {
                *put = if *put == Put::Nothing { Put::Nothing } else { Put::Free };
            });
            return Some(self.write);
        }
        self.locked(one, Status::Confirmed, theirs);
        self.locked(other, Status::Confirmed, ours);
        if room.is(Wrong::SwapWithoutLocks) {
            self.write.compares &= ALL_ITEMS;
        }
        Some(self.write)
    }

    fn hand_over(&mut self, from: Id, to: Id, slots: Slots) {
        let put = Put::Entry(Entry { booking: to, expires: false });
        each(slots).for_each(|k| self.slot(k, Must::Carry(from), put));
    }

    fn finish_swap(mut self, one: Id, other: Id) -> Write {
        let wish = |id: Id| self.room.wishes[id as usize];
        let (ours, theirs) = (wish(one), wish(other));
        self.put_in(other, ours);
        if self.room.is(Wrong::SwapFreesFirst) {
            self.put_in(one, theirs);
        }
        self.write
    }

    fn put_in(&mut self, id: Id, slots: Slots) {
        let put = Put::Entry(Entry { booking: id, expires: false });
        each(slots).for_each(|k| self.slot(k, Must::BeFree, put));
        self.locked(id, Status::Confirmed, slots);
    }

    fn close(mut self) -> Option<Write> {
        (0..SLOTS).for_each(|k| self.touch(k));
        if self.room.is(Wrong::ClosurePastGate) {
            (self.write.compares, self.write.raises) = (0, 0);
        }
        self.write.closes = true;
        (!self.ledger.closed).then_some(self.write)
    }

    fn join(mut self, who: Waiter) -> Option<Write> {
        let mut line = self.ledger.line;
        *line.iter_mut().find(|place| place.is_none())? = Some(who);
        self.write.line = Some(line);
        self.touch(0);
        (self.ledger.joined & (1 << who) == 0).then_some(self.write)
    }

    /// Takes a new booking's slots, evicting lapsed holds. An evicted hold goes whole, on every item
    /// it touches, and its booking expires in the same write.
    fn enter(&mut self, id: Id, status: Status) -> Option<()> {
        let (room, ledger) = (self.room, self.ledger);
        let wanted = room.wishes[id as usize];
        let past = wanted & ((1 << ledger.clock.begun) - 1) != 0;
        if wanted == 0 || past || ledger.closed || ledger.bookings[id as usize].is_some() {
            return None;
        }
        let evicted = each(wanted).filter_map(|k| ledger.slots[k]).fold(0, |bits, e| bits | 1 << e.booking);
        for old in (0..BOOKINGS as Id).filter(|old| evicted & (1 << old) != 0) {
            self.evict(old, wanted)?;
        }
        for k in each(wanted) {
            let must = ledger.slots[k].map_or(Must::BeFree, |entry| Must::Carry(entry.booking));
            self.slot(k, must, Put::Entry(Entry { booking: id, expires: status == Status::Held }));
        }
        self.record(id, From::Nothing, Booking { status, slots: wanted });
        self.count(id, 1);
        self.write.open = !room.is(Wrong::ClosurePastGate);
        self.write.clock = if room.waiters.is_empty() { Clock::default() } else { ledger.clock };
        Some(())
    }

    fn evict(&mut self, old: Id, wanted: Slots) -> Option<()> {
        let mine = |k: &usize| self.ledger.slots[*k].is_some_and(|e| e.booking == old);
        let slots: Vec<usize> = (0..SLOTS).filter(mine).collect();
        let expires = |k: &usize| self.ledger.slots[*k].is_some_and(|e| e.expires);
        let lapsed = self.ledger.lapsed(old) || self.room.is(Wrong::EvictsEarly);
        if !lapsed || !slots.iter().filter(|k| has(wanted, **k)).all(expires) {
            return None;
        }
        for k in slots {
            if has(wanted, k) || !self.room.is(Wrong::HalfEviction) {
                self.slot(k, Must::Carry(old), Put::Free);
            }
        }
        let slots = self.ledger.slots_of(old);
        self.record(old, From::Held, Booking { status: Status::Expired, slots });
        let person = self.room.people[old as usize];
        let once = self.write.counts[person].add < 0 && self.room.is(Wrong::EvictionsCountOnce);
        if !once && !self.room.is(Wrong::EvictionKeepsCount) {
            self.count(old, -1);
        }
        Some(())
    }

    /// Frees these slots of a booking, each of which must be its own, and moves it out.
    fn leave(mut self, id: Id, freed: Slots, to: Status) -> Option<Write> {
        let may_leave = self.ledger.status_of(id).is_some_and(|was| was.live() && was != Status::Completed);
        let slots = self.ledger.slots_of(id);
        if !may_leave || !self.ledger.owns(id, freed) {
            return None;
        }
        each(freed).for_each(|k| self.slot(k, Must::Carry(id), Put::Free));
        self.locked(id, to, if to == Status::NoShow { slots & !freed } else { slots });
        if to != Status::NoShow || self.room.is(Wrong::NoShowLowersCount) {
            self.count(id, -1);
        }
        self.write.open = self.room.is(Wrong::ClosureStopsLeaving);
        Some(self.write)
    }

    fn touch(&mut self, slot: usize) {
        self.write.compares |= self.room.item(slot);
        self.write.raises |= self.room.item(slot);
    }

    fn slot(&mut self, slot: usize, must: Must, put: Put) {
        self.touch(slot);
        self.write.slots[slot] = (must, put);
    }

    fn record(&mut self, id: Id, from: From, to: Booking) {
        self.write.raises |= 1 << (SLOTS as Id + id);
        self.write.records[id as usize] = Some(Record { from, to });
    }

    fn locked(&mut self, id: Id, status: Status, slots: Slots) {
        self.record(id, From::Anything, Booking { status, slots });
        self.write.compares |= 1 << (SLOTS as Id + id);
    }

    /// All changes of one person's count are one: a transaction may name an item only once.
    fn count(&mut self, id: Id, add: i8) {
        let person = self.room.people[id as usize];
        let count = &mut self.write.counts[person];
        count.add += add;
        let grows = count.add > 0;
        let read_only = self.room.is(Wrong::LimitReadOnly) || self.room.is(Wrong::CountSetFromRead);
        count.at_most = (grows && !read_only).then(|| self.room.limit.saturating_sub(1));
        if self.room.is(Wrong::CountSetFromRead) {
            count.set = Some(self.ledger.counts[person].saturating_add_signed(count.add));
        }
    }
}
