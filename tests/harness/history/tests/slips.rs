//! One mistake of the clerk each: where the book goes wrong, once in a history.

use std::collections::{BTreeMap, BTreeSet};

use super::book::{Book, CAPACITY, Look};
use super::table::occupies;
use crate::history::*;

/// A small generator of numbers (a split mix), so that a seed replays a history.
#[derive(Debug, Clone)]
pub(super) struct Dice(pub u64);

impl Dice {
    pub fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((z ^ (z >> 31)) % (end.max(1) as u64)).unwrap()
    }

    pub fn percent(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub fn of<'a, T>(&mut self, things: &'a [T]) -> Option<&'a T> {
        (!things.is_empty()).then(|| &things[self.below(things.len())])
    }
}

macro_rules! kinds {
    ($($kind:ident: $($rule:ident)|+;)+) => {
        /// A mistake, and the rules that may be named for it: its own first, then those of what follows
        /// from it where nobody was there to see the mistake itself.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub(super) enum Kind { $($kind),+ }

        impl Kind {
            pub const ALL: &[Self] = &[$(Self::$kind),+];

            pub fn rules(self) -> &'static [Rule] {
                match self { $(Self::$kind => &[$(Rule::$rule),+]),+ }
            }
        }
    };
}

kinds! {
    DoubleByCreate: DoubleBooking | Oversold;
    DoubleByApprove: DoubleBooking | OwnerWithoutSlots | Unseen;
    DoubleByMove: DoubleBooking | Oversold;
    DoubleByRestore: DoubleBooking | Oversold;
    DoubleBySwap: DoubleBooking | NotAsAsked;
    DoubleByBlock: DoubleBooking | Oversold;
    SecondIntervalUnchecked: DoubleBooking;
    BufferForgotten: DoubleBooking;
    LastSlotForgotten: DoubleBooking;
    LiveHoldEvicted: DoubleBooking | LiveHoldEvicted | Oversold;
    LiveHoldSwept: LiveHoldEvicted | DoubleBooking | Oversold | Unseen;
    EvictedHoldUsed: EvictedHoldUsed | DoubleBooking | Oversold | OwnerWithoutSlots | Unseen;
    HalfEviction: DoubleBooking | Oversold | OwnerWithoutSlots | Unseen;
    OneSeatTooMany: Oversold;
    EvictedSeatsKept: Ghost | UnexplainedRefusal;
    UpdateLost: LostUpdate | StaleRead | VersionBack;
    CancellationVanished: LostUpdate | StaleRead | VersionBack | IllegalMove;
    CreateLost: LostBooking;
    BookingHidden: LostBooking | Ghost | Phantom;
    PhantomBooking: Phantom;
    CancelledResurrected: Resurrected | IllegalMove | Unasked;
    ConfirmedVanished: Unasked | DoubleBooking | IllegalMove | Unseen;
    DuplicateByRetry: DuplicateKey | UnexplainedRefusal | RepeatDiffers;
    RepeatAnsweredDifferently: RepeatDiffers;
    StaleRead: StaleRead | DoubleBooking | Oversold;
    StaleDay: StaleRead | Unseen | Ghost | MoveTorn | NoShowKeepsFuture;
    VersionStands: LostUpdate | VersionBack | StaleRead | IllegalMove;
    VersionGoesBack: LostUpdate | VersionBack | StaleRead;
    IllegalMove: IllegalMove | Unasked | Resurrected;
    HalfSwapVisible: SwapTorn | StaleRead | Unseen | MoveTorn | DoubleBooking | LostUpdate;
    MoveFreesFirst: MoveTorn | StaleRead | Unseen | DoubleBooking;
    MoveShowsBoth: MoveTorn | StaleRead | Ghost | UnexplainedRefusal;
    MoveLeavesGhost: Ghost | UnexplainedRefusal | MoveTorn | StaleRead;
    RefusedForNothing: UnexplainedRefusal;
    TouchingRefused: UnexplainedRefusal;
    QuotaDrift: QuotaDrift;
    QueueJumped: QueueJumped;
    DoubleOffer: DoubleOffer;
    NoShowKeepsFuture: NoShowKeepsFuture | UnexplainedRefusal | Ghost;
    OwnerLosesSlots: OwnerWithoutSlots | Unseen | DoubleBooking | Oversold;
    TakenShownFree: Unseen | StaleRead | MoveTorn;
    OwnerChanged: Identity;
}

/// The second half of something that should have been one.
#[derive(Debug, Clone)]
pub(super) enum Later {
    /// A booking stands as it was said to.
    Show(Seen),
    /// The slots of a move are entered.
    Enter(Seen),
    /// The slots a move left are freed.
    Leave(Vec<(Resource, Span, Booking)>),
}

#[derive(Debug, Clone)]
pub(super) struct Slip {
    pub kind: Option<Kind>,
    /// Whether it has happened.
    pub done: bool,
    pub later: Option<Later>,
    dice: Dice,
    past: BTreeMap<Booking, Seen>,
    days: BTreeMap<Resource, Vec<Taken>>,
}

impl Slip {
    pub fn of(kind: Option<Kind>, seed: u64) -> Self {
        let (past, days) = (BTreeMap::new(), BTreeMap::new());
        Self { kind, done: false, later: None, dice: Dice(seed), past, days }
    }

    /// Whether this is the moment: a rare chance is taken, any other one with one in two.
    pub fn now(&mut self, kind: Kind) -> bool {
        let rare = matches!(kind, Kind::EvictedSeatsKept | Kind::HalfEviction | Kind::EvictedHoldUsed);
        let now = self.kind == Some(kind) && !self.done && (rare || self.dice.percent(50));
        self.done |= now;
        now
    }

    /// Remembers what is about to be old.
    pub fn remember(&mut self, book: &Book) {
        if self.kind == Some(Kind::StaleRead) && self.dice.percent(20) {
            let fresh = |seen: &&Seen| self.past.get(&seen.booking).is_none_or(|p| p.version < seen.version);
            let changed: Vec<Seen> = book.bookings.values().filter(fresh).cloned().collect();
            self.past.extend(changed.into_iter().map(|seen| (seen.booking.clone(), seen)));
        }
    }

    pub fn stale(&mut self, seen: &Seen) -> Seen {
        let old = self.past.get(&seen.booking).filter(|old| old.version < seen.version).cloned();
        match old {
            Some(old) if self.now(Kind::StaleRead) => old,
            _ => seen.clone(),
        }
    }

    pub fn old_day(&mut self, resource: &Resource, now: Vec<Taken>) -> Vec<Taken> {
        let old = self.days.get(resource).filter(|old| **old != now).cloned();
        match old {
            Some(old) if self.now(Kind::StaleDay) => old,
            _ => {
                if self.dice.percent(40) {
                    self.days.insert(resource.clone(), now.clone());
                }
                now
            }
        }
    }

    pub fn free(&mut self, mut taken: Vec<Taken>) -> Vec<Taken> {
        if !taken.is_empty() && self.now(Kind::TakenShownFree) {
            taken.remove(self.dice.below(taken.len()));
        }
        taken
    }

    pub fn on_tick(&mut self, book: &mut Book) {
        let is = |status: Status| move |seen: &&Seen| seen.status == status;
        let all: Vec<Seen> = book.bookings.values().cloned().collect();
        let room =
            |book: &Book, seen: &Seen| book.in_the_way(&seen.place, &seen.booking, Look::Well).is_empty();
        if let Some(seen) = all.iter().filter(is(Status::Cancelled)).find(|seen| room(book, seen))
            && self.now(Kind::CancelledResurrected)
        {
            book.put(&seen.place, &seen.booking);
            book.set(&seen.booking, |seen| seen.status = Status::Confirmed);
        }
        if let Some(seen) = all.iter().find(is(Status::Confirmed))
            && self.now(Kind::ConfirmedVanished)
        {
            book.free(&seen.booking);
            book.set(&seen.booking, |seen| seen.status = Status::Cancelled);
        }
        let live = |seen: &&Seen| seen.status == Status::Held && seen.hold_until > Some(book.clock);
        if let Some(seen) = all.iter().find(live)
            && self.now(Kind::LiveHoldSwept)
        {
            book.free(&seen.booking);
            book.set(&seen.booking, |seen| (seen.status, seen.hold_until) = (Status::Expired, None));
        }
        let nobody = Booking("phantom".into());
        let place =
            Place { resource: Resource("court".into()), share: Share::Slots(vec![Span::new(60, 130)]) };
        if book.in_the_way(&place, &nobody, Look::Well).is_empty() && self.now(Kind::PhantomBooking) {
            book.put(&place, &nobody);
            book.enter(nobody, &place, &Person("nobody".into()), Status::Confirmed, None);
        }
    }

    /// Whether somebody gets in where live bookings stand.
    pub fn lets_in(
        &mut self,
        book: &mut Book,
        place: &Place,
        own: &Booking,
        live: &[&Booking],
        doors: &[Kind],
    ) -> bool {
        let overlooked =
            |look: Look| book.in_the_way(place, own, look).iter().all(|there| !live.contains(&there));
        let looks = [
            (Kind::SecondIntervalUnchecked, Look::FirstSpan),
            (Kind::BufferForgotten, Look::Short(10)),
            (Kind::LastSlotForgotten, Look::Short(30)),
        ];
        if let Some((kind, _)) = looks.into_iter().find(|look| self.kind == Some(look.0))
            && !place.spans().is_empty()
        {
            let look = looks.into_iter().find(|look| look.0 == kind).map_or(Look::Well, |look| look.1);
            return overlooked(look) && self.now(kind);
        }
        if let Share::Seats { departure, seats } = &place.share {
            let aboard = book.seats.iter().filter(|((there, other), _)| there == departure && other != own);
            let aboard: u32 = aboard.map(|seat| *seat.1).sum();
            if aboard + seats == CAPACITY + 1 && self.now(Kind::OneSeatTooMany) {
                return true;
            }
        }
        let held =
            |booking: &&Booking| book.bookings.get(*booking).is_some_and(|seen| seen.status == Status::Held);
        if live.iter().all(held) && self.now(Kind::LiveHoldEvicted) {
            let there: BTreeSet<Booking> = live.iter().map(|booking| (*booking).clone()).collect();
            for booking in there {
                book.free(&booking);
                book.set(&booking, |seen| (seen.status, seen.hold_until) = (Status::Expired, None));
            }
            return true;
        }
        doors.iter().any(|&door| self.now(door))
    }

    pub fn refuses(&mut self, book: &Book, place: &Place, own: &Booking) -> bool {
        let touched = self.kind == Some(Kind::TouchingRefused)
            && !place.spans().is_empty()
            && !book.in_the_way(place, own, Look::Touch).is_empty()
            && book.in_the_way(place, own, Look::Well).is_empty();
        touched && self.now(Kind::TouchingRefused) || self.now(Kind::RefusedForNothing)
    }

    pub fn evicts_wrongly(&mut self, book: &mut Book, booking: &Booking) -> bool {
        let seats: Vec<_> =
            book.seats.iter().filter(|seat| seat.0.1 == *booking).map(|(k, v)| (k.clone(), *v)).collect();
        if !seats.is_empty() && self.now(Kind::EvictedSeatsKept) {
            book.set(booking, |seen| (seen.status, seen.hold_until) = (Status::Expired, None));
            return true;
        }
        let half = self.now(Kind::HalfEviction);
        if half {
            book.free(booking);
        }
        half
    }

    pub fn repeat(&mut self, book: &Book, answer: &Seen) -> Seen {
        match book.bookings.get(&answer.booking) {
            Some(now) if now != answer && self.now(Kind::RepeatAnsweredDifferently) => now.clone(),
            _ => answer.clone(),
        }
    }

    pub fn after_create(&mut self, book: &mut Book, seen: &Seen) {
        let hidden = self.now(Kind::BookingHidden);
        let lost = self.now(Kind::CreateLost);
        if hidden || lost {
            book.bookings.remove(&seen.booking);
            book.quota.entry(seen.person.clone()).and_modify(|count| *count = count.saturating_sub(1));
        }
        if lost || seen.status == Status::Pending && self.now(Kind::DoubleByApprove) {
            book.free(&seen.booking);
        }
    }

    /// Somebody behind the first, who waits for the same.
    pub fn jumps(&mut self, book: &Book, first: usize) -> Option<usize> {
        let same = |at: &usize| book.line[*at].1 == book.line[first].1;
        let behind = (first + 1..book.line.len()).find(same)?;
        self.now(Kind::QueueJumped).then_some(behind)
    }

    pub fn illegal(&mut self, before: &Seen, change: &Change) -> Option<Status> {
        let (kind, to) = match (before.status, change) {
            (Status::Expired, Change::Pay) => (Kind::EvictedHoldUsed, Status::Paying),
            (Status::Expired, Change::Extend) => (Kind::EvictedHoldUsed, Status::Held),
            (Status::Pending | Status::Held | Status::Cancelled, Change::Complete) => {
                (Kind::IllegalMove, Status::Completed)
            }
            (Status::Cancelled | Status::Held, Change::Approve) => (Kind::IllegalMove, Status::Confirmed),
            (Status::Completed | Status::Paying, Change::Cancel) => (Kind::IllegalMove, Status::Cancelled),
            (Status::Cancelled, Change::Pay) => (Kind::IllegalMove, Status::Confirmed),
            _ => return None,
        };
        self.now(kind).then_some(to)
    }

    /// Whether a change is answered, but not written.
    pub fn loses(&mut self, change: &Change) -> bool {
        match change {
            Change::Swap(_) | Change::Reschedule(_) | Change::Restore => false,
            Change::Cancel => self.now(Kind::CancellationVanished),
            _ => self.now(Kind::UpdateLost),
        }
    }

    pub fn tear_move(
        &mut self,
        book: &mut Book,
        booking: &Booking,
        to: &Place,
        old: &[(Resource, Span, Booking)],
    ) {
        if old.is_empty() || to.spans().is_empty() {
            return;
        }
        if self.now(Kind::MoveFreesFirst) {
            book.free(booking);
            let mut seen = book.bookings[booking].clone();
            seen.place = to.clone();
            self.later = Some(Later::Enter(seen));
        }
        if self.now(Kind::MoveShowsBoth) {
            let new: Vec<_> = book.slots.iter().filter(|slot| slot.2 == *booking).cloned().collect();
            let gone: Vec<_> = old.iter().filter(|slot| !new.contains(slot)).cloned().collect();
            book.slots.extend(gone.iter().cloned());
            self.later = Some(Later::Leave(gone));
        }
    }

    pub fn on_plain_change(&mut self, book: &mut Book, before: &Seen, change: &Change) {
        if self.done && self.kind == Some(Kind::DoubleByApprove) && *change == Change::Approve {
            book.put(&before.place, &before.booking);
        }
        if occupies(before.status) && self.now(Kind::OwnerLosesSlots) {
            book.free(&before.booking);
        }
        if self.now(Kind::OwnerChanged) {
            let other = Person(if before.person.0 == "0" { "1" } else { "0" }.into());
            book.quota.entry(before.person.clone()).and_modify(|count| *count = count.saturating_sub(1));
            *book.quota.entry(other.clone()).or_default() += 1;
            book.bookings.entry(before.booking.clone()).and_modify(|seen| seen.person = other);
        }
    }

    pub fn turn_back(&mut self, book: &mut Book, after: &mut Seen) {
        let version = if after.version > 2 && self.now(Kind::VersionGoesBack) {
            after.version - 2
        } else if self.now(Kind::VersionStands) {
            after.version - 1
        } else {
            return;
        };
        after.version = version;
        book.bookings.insert(after.booking.clone(), after.clone());
    }

    /// The room where something is half done.
    pub fn half_done(&self) -> Option<Resource> {
        match self.later.as_ref()? {
            Later::Show(seen) | Later::Enter(seen) => Some(seen.place.resource.clone()),
            Later::Leave(gone) => gone.first().map(|slot| slot.0.clone()),
        }
    }

    /// The second half, a moment later.
    pub fn finish(&mut self, book: &mut Book) {
        let now = |seen: &Seen| book.bookings.get(&seen.booking);
        match self.later.take() {
            Some(Later::Show(seen)) if now(&seen).is_some_and(|now| now.version + 1 == seen.version) => {
                book.put(&seen.place, &seen.booking);
                book.bookings.insert(seen.booking.clone(), seen);
            }
            Some(Later::Enter(seen))
                if now(&seen).is_some_and(|now| now.place == seen.place && occupies(now.status)) =>
            {
                book.put(&seen.place, &seen.booking);
            }
            Some(Later::Leave(gone)) => gone.iter().for_each(|slot| {
                book.slots.remove(slot);
            }),
            // Somebody changed the booking in between.
            Some(Later::Show(_) | Later::Enter(_)) | None => {}
        }
    }
}
