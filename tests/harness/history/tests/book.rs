//! A booking book as the rules want it: plain, one call at a time. Faults are slips of its clerk.

use std::collections::{BTreeMap, BTreeSet};

use super::slips::{Kind, Later, Slip};
use super::table::{counted, entry, occupies, touches, ways};
use crate::history::*;

pub(super) const HOLD: Moment = 10;
pub(super) const CAPACITY: u32 = 4;
pub(super) const DAY: Span = Span::new(0, 480);
pub(super) const ROOMS: [&str; 3] = ["hall", "studio", "court"];
pub(super) const DEPARTURES: [&str; 2] = ["morning", "evening"];

#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct Book {
    pub clock: Moment,
    pub bookings: BTreeMap<Booking, Seen>,
    pub slots: BTreeSet<(Resource, Span, Booking)>,
    pub seats: BTreeMap<(String, Booking), u32>,
    pub answers: BTreeMap<(Person, Key), Seen>,
    pub quota: BTreeMap<Person, u32>,
    pub line: Vec<(Ticket, Place, Person)>,
    /// What the next call shall lead to, where the rules leave that open.
    pub will: Option<Will>,
}

/// Outcomes no rule fixes: where a change of several leads, when a hold ends, whether somebody walks
/// past a line. The second opinion tries them all; the book itself has habits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Will {
    pub status: Option<Status>,
    pub hold: Option<Moment>,
    pub walks_in: bool,
}

/// What a clerk overlooks when looking for whoever is in the way.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    Well,
    /// The last minutes of every interval.
    Short(Minute),
    FirstSpan,
    /// Whoever merely touches counts, too.
    Touch,
}

impl Book {
    /// One call, done in one moment. A new booking or ticket is called `name`.
    pub fn act(&mut self, call: &Call, name: &str, slip: &mut Slip) -> Reply {
        match call {
            Call::Create { place, by, key } => self.create(place, by, key.as_ref(), name, false, slip),
            Call::Block { place, by, key } => self.create(place, by, key.as_ref(), name, true, slip),
            Call::Change { booking, change } => {
                let done = self.change(booking, change, slip);
                done.map_or_else(Reply::Refused, Reply::Done)
            }
            Call::Join { place, by } => {
                let ticket = Ticket(name.to_owned());
                self.line.push((ticket.clone(), place.clone(), by.clone()));
                Reply::Queued(ticket)
            }
            Call::Leave(ticket) => {
                self.line.retain(|waiting| waiting.0 != *ticket);
                Reply::Done(Vec::new())
            }
            Call::Promote(resource) => self.promote(resource, name, slip),
            Call::Tick(now) => {
                self.clock = self.clock.max(*now);
                self.tidy();
                slip.on_tick(self);
                Reply::Done(Vec::new())
            }
            Call::Read(booking) => match self.bookings.get(booking) {
                Some(seen) => Reply::Done(vec![slip.stale(seen)]),
                None => Reply::Refused(Why::NotFound),
            },
            Call::ReadDay { resource, day } => Reply::Day(slip.old_day(resource, self.day(resource, *day))),
        }
    }

    pub fn lapsed(&self, booking: &Booking) -> bool {
        let seen = self.bookings.get(booking);
        seen.is_some_and(|b| b.status == Status::Held && b.hold_until.is_some_and(|end| end <= self.clock))
    }

    /// The sweeper, which comes by now and then.
    fn tidy(&mut self) {
        let due = |booking: &&Booking| self.lapsed(booking) && booking.0.len().is_multiple_of(2);
        let over: Vec<Booking> = self.bookings.keys().filter(due).cloned().collect();
        if self.will.is_none() {
            over.iter().for_each(|booking| self.expire(booking));
        }
    }

    pub fn expire(&mut self, booking: &Booking) {
        self.free(booking);
        self.set(booking, |seen| (seen.status, seen.hold_until) = (Status::Expired, None));
    }

    pub fn free(&mut self, booking: &Booking) {
        self.slots.retain(|slot| slot.2 != *booking);
        self.seats.retain(|seat, _| seat.1 != *booking);
    }

    /// Changes a booking: a new version, and the quota with it.
    pub fn set(&mut self, booking: &Booking, change: impl FnOnce(&mut Seen)) -> Option<Seen> {
        let seen = self.bookings.get_mut(booking)?;
        let before = counted(seen.status);
        change(seen);
        seen.version += 1;
        let (person, after) = (seen.person.clone(), counted(seen.status));
        let seen = seen.clone();
        self.count(&person, before, after);
        Some(seen)
    }

    fn count(&mut self, person: &Person, before: bool, after: bool) {
        let count = self.quota.entry(person.clone()).or_default();
        *count = (*count + u32::from(after)).saturating_sub(u32::from(before));
    }

    /// Enters a booking in the ledger, whoever is there.
    pub fn put(&mut self, place: &Place, booking: &Booking) {
        match &place.share {
            Share::Slots(spans) => {
                self.slots.extend(spans.iter().map(|span| (place.resource.clone(), *span, booking.clone())))
            }
            Share::Seats { departure, seats } => {
                self.seats.insert((departure.clone(), booking.clone()), *seats);
            }
        }
    }

    /// Who is in the way: those whose place is needed. For seats everybody aboard if it is too full.
    pub fn in_the_way(&self, place: &Place, own: &Booking, look: Look) -> BTreeSet<Booking> {
        match &place.share {
            Share::Slots(spans) => {
                let spans = if look == Look::FirstSpan { &spans[..1] } else { spans };
                let meets = |there: &Span| {
                    spans.iter().any(|span| match look {
                        Look::Well | Look::FirstSpan => span.meets(*there),
                        Look::Short(by) => span.from < there.to - by && there.from < span.to - by,
                        Look::Touch => span.from <= there.to && there.from <= span.to,
                    })
                };
                let slots = self.slots.iter().filter(|(resource, span, booking)| {
                    *resource == place.resource && booking != own && meets(span)
                });
                slots.map(|slot| slot.2.clone()).collect()
            }
            Share::Seats { departure, seats } => {
                let aboard = || self.seats.iter().filter(|((d, b), _)| d == departure && b != own);
                let taken = |lapsed: bool| -> u32 {
                    aboard().filter(|((_, b), _)| lapsed || !self.lapsed(b)).map(|seat| seat.1).sum()
                };
                if taken(true) + seats <= CAPACITY {
                    return BTreeSet::new();
                }
                let room = taken(false) + seats <= CAPACITY;
                let needed = aboard().filter(|((_, b), _)| !room || self.lapsed(b));
                needed.map(|((_, booking), _)| booking.clone()).collect()
            }
        }
    }

    /// Takes a place, evicting lapsed holds; or tells that it is taken.
    fn take(&mut self, place: &Place, own: &Booking, doors: &[Kind], slip: &mut Slip) -> Result<(), Why> {
        let there = self.in_the_way(place, own, Look::Well);
        let live: Vec<&Booking> = there.iter().filter(|booking| !self.lapsed(booking)).collect();
        if !live.is_empty() {
            return if slip.lets_in(self, place, own, &live, doors) {
                self.put(place, own);
                Ok(())
            } else {
                Err(Why::Taken)
            };
        }
        if slip.refuses(self, place, own) {
            return Err(Why::Taken);
        }
        for booking in &there {
            if slip.evicts_wrongly(self, booking) {
                continue;
            }
            self.expire(booking);
        }
        self.put(place, own);
        Ok(())
    }

    fn create(
        &mut self,
        place: &Place,
        by: &Person,
        key: Option<&Key>,
        name: &str,
        block: bool,
        slip: &mut Slip,
    ) -> Reply {
        let answer = key.map(|key| (by.clone(), key.clone()));
        if let Some(seen) = answer.as_ref().and_then(|answer| self.answers.get(answer))
            && !slip.now(Kind::DuplicateByRetry)
        {
            return Reply::Done(vec![slip.repeat(self, seen)]);
        }
        let claimed = self.line.iter().any(|(_, other, _)| touches(place, other));
        if claimed && !block && !self.will.is_some_and(|will| will.walks_in) {
            return Reply::Refused(Why::Taken);
        }
        let booking = Booking(name.to_owned());
        let door = if block { Kind::DoubleByBlock } else { Kind::DoubleByCreate };
        if let Err(why) = self.take(place, &booking, &[door], slip) {
            return Reply::Refused(why);
        }
        let status = if block { Status::Confirmed } else { entry(place) };
        let seen = self.enter(booking, place, by, status, None);
        if let Some(answer) = answer {
            self.answers.insert(answer, seen.clone());
        }
        slip.after_create(self, &seen);
        Reply::Done(vec![seen])
    }

    pub fn enter(
        &mut self,
        booking: Booking,
        place: &Place,
        by: &Person,
        status: Status,
        ticket: Option<Ticket>,
    ) -> Seen {
        let hold_until = (status == Status::Held).then_some(self.hold());
        let (person, place) = (by.clone(), place.clone());
        let seen = Seen { booking, person, status, version: 1, place, hold_until, ticket };
        self.bookings.insert(seen.booking.clone(), seen.clone());
        self.count(by, false, counted(status));
        seen
    }

    fn hold(&self) -> Moment {
        self.will.and_then(|will| will.hold).unwrap_or(self.clock + HOLD)
    }

    /// An offer is a real hold, for the first whose place is free.
    fn promote(&mut self, resource: &Resource, name: &str, slip: &mut Slip) -> Reply {
        let booking = Booking(name.to_owned());
        let free = |(_, place, _): &(Ticket, Place, Person)| {
            let there = self.in_the_way(place, &booking, Look::Well);
            place.resource == *resource && there.iter().all(|booking| self.lapsed(booking))
        };
        let Some(first) = self.line.iter().position(free) else { return Reply::Done(Vec::new()) };
        let at = slip.jumps(self, first).unwrap_or(first);
        let (ticket, place, by) = self.line[at].clone();
        if self.take(&place, &booking, &[], slip).is_err() {
            return Reply::Done(Vec::new());
        }
        if !slip.now(Kind::DoubleOffer) {
            self.line.remove(at);
        }
        Reply::Done(vec![self.enter(booking, &place, &by, Status::Held, Some(ticket))])
    }

    fn change(&mut self, booking: &Booking, change: &Change, slip: &mut Slip) -> Result<Vec<Seen>, Why> {
        let Some(before) = self.bookings.get(booking).cloned() else { return Err(Why::NotFound) };
        let legal = self.next(&before, change);
        let status = legal.or_else(|| slip.illegal(&before, change)).ok_or(Why::Status)?;
        if slip.loses(change) {
            let version = before.version + 1;
            return Ok(vec![Seen {
                status,
                version,
                hold_until: self.end_of(status, change, &before),
                ..before
            }]);
        }
        match change {
            Change::Swap(with) => return self.swap(&before, with, slip),
            Change::Reschedule(to) => {
                let places = slip.later.is_none();
                self.take(to, booking, &[Kind::DoubleByMove], slip)?;
                let old: Vec<_> = self.slots.iter().filter(|slot| slot.2 == *booking).cloned().collect();
                if !slip.now(Kind::MoveLeavesGhost) {
                    self.free(booking);
                }
                self.put(to, booking);
                if places {
                    slip.tear_move(self, booking, to, &old);
                }
            }
            Change::Restore => self.take(&before.place, booking, &[Kind::DoubleByRestore], slip)?,
            Change::NoShow(_) => {
                if !slip.now(Kind::NoShowKeepsFuture) {
                    self.free(booking);
                }
            }
            Change::Cancel | Change::Reject | Change::Unblock | Change::Settle if !occupies(status) => {
                self.free(booking);
            }
            Change::Cancel
            | Change::Reject
            | Change::Unblock
            | Change::Settle
            | Change::Extend
            | Change::Pay
            | Change::Approve
            | Change::CheckIn
            | Change::Complete => slip.on_plain_change(self, &before, change),
        }
        let place = if let Change::Reschedule(to) = change { to } else { &before.place }.clone();
        let hold = self.end_of(status, change, &before);
        let quota = self.quota.clone();
        let after = self.set(booking, |seen| {
            (seen.status, seen.place, seen.hold_until) = (status, place, hold);
        });
        let mut after = after.ok_or(Why::NotFound)?;
        if matches!(change, Change::Cancel) && slip.now(Kind::QuotaDrift) {
            self.quota = quota;
        }
        slip.turn_back(self, &mut after);
        Ok(vec![after])
    }

    fn end_of(&self, status: Status, change: &Change, before: &Seen) -> Option<Moment> {
        let fresh = !matches!(change, Change::Reschedule(_)) || before.hold_until.is_none();
        (status == Status::Held)
            .then(|| if fresh { self.hold() } else { before.hold_until.unwrap_or_default() })
    }

    fn swap(&mut self, before: &Seen, with: &Booking, slip: &mut Slip) -> Result<Vec<Seen>, Why> {
        let other = self.bookings.get(with).cloned().ok_or(Why::NotFound)?;
        let live = |seen: &Seen| {
            occupies(seen.status) && seen.status != Status::Completed && !self.lapsed(&seen.booking)
        };
        if other.booking == before.booking || !live(before) || !live(&other) {
            return Err(Why::Status);
        }
        let lost = slip.now(Kind::DoubleBySwap);
        self.free(&before.booking);
        self.free(with);
        self.put(&other.place, &before.booking);
        self.put(if lost { &other.place } else { &before.place }, with);
        let one = self.set(&before.booking, |seen| seen.place = other.place.clone());
        let two = self.set(with, |seen| {
            seen.place = if lost { other.place.clone() } else { before.place.clone() };
        });
        if slip.now(Kind::HalfSwapVisible) {
            // The second half is entered a moment later.
            slip.later = Some(Later::Show(self.bookings[with].clone()));
            self.bookings.insert(with.clone(), other.clone());
            self.slots.retain(|slot| slot.2 != *with);
        }
        Ok([one, two].into_iter().flatten().collect())
    }

    fn next(&self, seen: &Seen, change: &Change) -> Option<Status> {
        let ways = self.ways(seen, change);
        match self.will.and_then(|will| will.status) {
            Some(status) => ways.iter().find(|way| **way == status).copied(),
            None => ways.get(usize::try_from(seen.version).unwrap() % ways.len().max(1)).copied(),
        }
    }

    pub fn ways(&self, seen: &Seen, change: &Change) -> Vec<Status> {
        ways(seen, self.lapsed(&seen.booking), change)
    }

    pub fn day(&self, resource: &Resource, day: Span) -> Vec<Taken> {
        let slots = self.slots.iter().filter(|slot| slot.0 == *resource && slot.1.meets(day));
        slots.map(|(_, span, booking)| Taken { span: *span, booking: Some(booking.clone()) }).collect()
    }

    pub fn closing(&self) -> Closing {
        let tour = |departure: &&'static str| {
            let aboard = self.seats.iter().filter(|seat| seat.0.0 == **departure);
            ((Resource("boat".into()), (*departure).to_owned()), aboard.map(|seat| *seat.1).sum())
        };
        let rooms = ROOMS.map(|room| Resource(room.into()));
        let last = self.slots.iter().map(|slot| slot.1.to).max().unwrap_or_default();
        let all = Span::new(DAY.from, DAY.to.max(last));
        Closing {
            at: 0,
            bookings: self.bookings.values().cloned().collect(),
            days: rooms.map(|r| Day { taken: self.day(&r, all), resource: r, span: all }).into(),
            seats: DEPARTURES.iter().map(tour).collect(),
            quota: self.quota.clone(),
            line: self.line.iter().map(|waiting| waiting.0.clone()).collect(),
        }
    }
}
