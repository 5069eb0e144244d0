//! Reading and deciding: what a process carries from its read to its commit.

use crate::scenario::{Scenario, Wrong};
use crate::store::{Id, Money, Number, Reservation, SLOTS, Slots, Status, has};
use crate::world::World;

/// A decided write on its way to the store. It remembers what it read and nothing else; `gate`
/// makes it a transaction when it arrives, which may be much later.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Plan {
    pub what: What,
    pub id: Id,
    /// The booking's slots: as read, or as wished for when it does not exist yet.
    pub slots: Slots,
    /// Versions as read: of each day touched (0: not touched), of the booking, of the payment.
    pub v: [u8; SLOTS],
    pub lock: u8,
    pub fence: u8,
    /// The booking's number in each day's list, its own or the one it will take.
    pub number: [Number; SLOTS],
    /// What each slot to be taken carried, and each slot of a hold to be evicted.
    pub found: [Number; SLOTS],
    /// Whose lapsed holds go, one bit per booking.
    pub evicts: u8,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum What {
    #[default]
    Take,
    /// From held to paying, together with the intent of this payment attempt.
    Pay(u8),
    Settle(Verdict),
    /// The intent to give the money back; the booking stays firm until it is back.
    Refund,
    Cancel,
    /// The end of a refund: the money is back, now the slots go.
    CancelRefunded,
    Expire,
    Approve,
    Move(Slots),
    Restore,
    /// Second halves, which only the designs that write twice know.
    MarkCancelled,
    MoveIn(Slots),
}

impl What {
    fn asks_lock(self) -> bool {
        !matches!(self, Self::Take | Self::Expire | Self::Refund | Self::Settle(Verdict::Unknown))
    }

    fn asks_fence(self) -> bool {
        matches!(self, Self::Pay(_) | Self::Settle(_) | Self::Refund | Self::CancelRefunded)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    Done,
    Failed,
    Unknown,
}

/// What a reader's clock says about holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    Right,
    /// Far ahead: every hold has lapsed. Far behind: none has.
    Ahead,
    Behind,
}

/// One process at its read: it sees the world and decides.
pub struct Reader<'a> {
    pub scenario: &'a Scenario,
    pub world: &'a World,
    pub clock: Clock,
}

impl<'a> Reader<'a> {
    pub fn new(scenario: &'a Scenario, world: &'a World) -> Self {
        let clock = Clock::Right;
        Self { scenario, world, clock }
    }

    /// Reads what the write needs and decides on it; `None` is a refusal.
    /// `wish` are the slots of a booking that does not exist yet.
    pub fn plan(&self, what: What, id: Id, wish: Slots) -> Option<Plan> {
        let store = &self.world.store;
        let booking = store.bookings[id as usize];
        let mut plan = Plan {
            what,
            id,
            slots: booking.map_or(wish, |b| b.slots),
            number: store.days.map(|day| day.number_of(id)),
            ..Plan::default()
        };
        if !self.legal(&plan) {
            return None;
        }
        let touched = match what {
            What::Take | What::Restore => self.claim(&mut plan)?,
            What::Move(_) | What::MoveIn(_) => self.claim(&mut plan)? | plan.slots,
            What::Pay(_)
            | What::Settle(Verdict::Failed)
            | What::Cancel
            | What::CancelRefunded
            | What::Expire => plan.slots,
            What::Settle(Verdict::Done | Verdict::Unknown)
            | What::Refund
            | What::Approve
            | What::MarkCancelled => 0,
        };
        for (day, touched) in self.scenario.days(touched).into_iter().enumerate() {
            plan.v[day] = if touched { store.days[day].v } else { 0 };
        }
        if what.asks_lock() {
            plan.lock = booking.map_or(0, |b| b.lock);
        }
        if what.asks_fence() {
            plan.fence = store.payments[id as usize].map_or(0, |p| p.fence);
        }
        Some(plan)
    }

    /// Whether the booking and its payment, as read, allow this move.
    fn legal(&self, plan: &Plan) -> bool {
        let store = &self.world.store;
        let status = store.bookings[plan.id as usize].map(|b| b.status);
        let money = store.payments[plan.id as usize].map(|p| p.state);
        let open = matches!(money, Some(Money::Confirming | Money::Unknown));
        match plan.what {
            What::Take => status.is_none(),
            What::Pay(_) => {
                status == Some(Status::Held)
                    && !open
                    && (self.owns(plan) || self.scenario.is(Wrong::ConfirmWithoutGuard))
            }
            What::Settle(verdict) => {
                let news = verdict != Verdict::Unknown || money == Some(Money::Confirming);
                let awaited =
                    if self.scenario.is(Wrong::CallBeforeFirm) { Status::Held } else { Status::Paying };
                open && news && status == Some(awaited)
            }
            What::Refund => status == Some(Status::Confirmed) && money == Some(Money::Done),
            What::Cancel => {
                let paid = status == Some(Status::Confirmed) && money.is_some();
                status.is_some_and(|s| s.live() && s != Status::Paying) && !paid && !open && self.owns(plan)
            }
            What::CancelRefunded => self.world.refunded(plan.id) && self.owns(plan),
            What::Expire => {
                let mut lists = store.days.iter().flat_map(|day| day.list).flatten();
                lists.any(|r| r.booking == plan.id && r.expires) && self.lapsed(plan.id)
            }
            What::Approve => status == Some(Status::Pending),
            What::Move(to) => self.owns(plan) && to != plan.slots && status == Some(Status::Confirmed),
            What::Restore => status == Some(Status::Cancelled),
            What::MarkCancelled | What::MoveIn(_) => true,
        }
    }

    fn owns(&self, plan: &Plan) -> bool {
        (0..SLOTS).filter(|&k| has(plan.slots, k)).all(|k| {
            let mine = plan.number[self.scenario.day_of[k]];
            mine != 0 && self.world.store.slots[k] == mine
        })
    }

    fn lapsed(&self, id: Id) -> bool {
        match self.clock {
            Clock::Right => self.world.past & (1 << id) != 0,
            Clock::Ahead => true,
            Clock::Behind => false,
        }
    }

    /// Notes what the wanted slots carry and which lapsed holds must go; gives the slots touched.
    fn claim(&self, plan: &mut Plan) -> Option<Slots> {
        let (scenario, store) = (self.scenario, &self.world.store);
        let wanted = scenario.wanted(plan);
        for k in (0..SLOTS).filter(|&k| has(wanted, k)) {
            let number = store.slots[k];
            if number == 0 || scenario.overlooks(plan, k) {
                continue;
            }
            let entry = scenario.holder(store, k)?;
            if entry.booking == plan.id {
                plan.found[k] = number;
            } else if entry.expires && self.lapsed(entry.booking) {
                plan.evicts |= 1 << entry.booking;
            } else {
                return None;
            }
        }
        let touched = wanted | self.evict(plan);
        let used = scenario.days(wanted);
        for day in (0..SLOTS).filter(|&day| used[day]) {
            if plan.number[day] == 0 {
                let gone = |r: Reservation| plan.evicts & (1 << r.booking) != 0;
                let free = |entry: &Option<Reservation>| entry.is_none_or(gone);
                let free = store.days[day].list.iter().position(free)?;
                plan.number[day] = free as Number + 1;
            }
        }
        Some(touched)
    }

    /// An evicted hold goes whole, with all its slots on every day it touches: half of one would
    /// stay for ever, for the next writer could not expire its booking again.
    fn evict(&self, plan: &mut Plan) -> Slots {
        let store = &self.world.store;
        let mut touched = 0;
        for k in 0..SLOTS {
            let holder = self.scenario.holder(store, k);
            if holder.is_some_and(|r| plan.evicts & (1 << r.booking) != 0) {
                plan.found[k] = store.slots[k];
                touched |= 1 << k;
            }
        }
        touched
    }
}
