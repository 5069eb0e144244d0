//! What one run of the checker looks at: who wants what, which hands are at work, which mistakes
//! are built in.

use crate::decide::{Plan, What};
use crate::store::{Id, Reservation, SLOTS, Slots, Status, Store, has};

pub const PEOPLE: usize = 4;

#[derive(Clone, Copy, Debug)]
pub struct Scenario {
    pub name: &'static str,
    /// Each person's first choice and the alternative taken after a no; 0 is no wish.
    pub wishes: [[Slots; 2]; PEOPLE],
    /// The day of each slot. Every day is a ledger item with a version of its own.
    pub day_of: [usize; SLOTS],
    /// What a new booking becomes: held (must be paid), pending (must be approved) or confirmed.
    pub enters: Status,
    /// Payment attempts a booking may see.
    pub charges: u8,
    /// Whether people cancel.
    pub cancel: bool,
    pub sweeper: bool,
    pub checker: bool,
    /// A clerk who approves, moves, restores and cancels anybody's booking.
    pub desk: bool,
    /// Whether a transaction may go unanswered and arrive later.
    pub lost_replies: bool,
    /// Whether a write that can no longer be accepted stays on its way until it is refused.
    /// Otherwise it is refused at once: the store stays as it is either way, with fewer states.
    pub refused_late: bool,
    /// Every reader's clock shows what it likes, instead of one clock for all.
    pub mad_clocks: bool,
    /// Rules that are not promised here; the test says why.
    pub except: &'static [&'static str],
    pub wrong: &'static [Wrong],
}

/// The seeded mistakes. Everything else of the design stays as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// No ledger write compares the version.
    NoVersion,
    /// No ledger write asks what the slots carry.
    NoSlotCondition,
    /// The rule that decides takes every slot for free.
    BlindRule,
    /// A lapsed hold is taken over without asking whether it is still a hold.
    TakeOverWithoutFence,
    /// Going from hold to paying asks neither the ledger nor the booking.
    ConfirmWithoutGuard,
    /// The provider is called while the booking is only held.
    CallBeforeFirm,
    /// No answer from the provider counts as a refusal.
    TimeoutIsFailed,
    /// The checker takes "in progress" and "not found" for a refusal.
    InProgressIsFailed,
    /// A retry after no answer comes with a new attempt id.
    NewKeyOnRetry,
    /// The attempt record is not looked at again after a refusal.
    RefusalNotReread,
    /// Going firm leaves the expiry where it was.
    ExpiryLeftOnFirm,
    /// The sweeper writes what an old read told it, without conditions.
    SweeperBlind,
    /// An eviction frees the evicted hold's slots only where the new booking wants them.
    HalfEviction,
    /// Cancelling frees the slots in one write and changes the booking in the next.
    CancelFreesFirst,
    /// Moving frees the old slots in one write and takes the new ones in the next.
    MoveFreesFirst,
    /// A cancelled booking is restored without taking its slots again.
    RestoreWithoutReacquire,
    /// Approving asks nothing of the booking.
    ApproveWithoutGuard,
    /// Person 0 is the owner, whose blocks are written past the gate.
    BlockBypassesGate,
    /// The last slot of each wish is its buffer, and nobody claims it.
    BufferForgotten,
    /// A series is guarded on its first two days only.
    SeriesUncheckedBeyondSecond,
}

impl Scenario {
    pub fn is(&self, wrong: Wrong) -> bool {
        self.wrong.contains(&wrong)
    }

    /// The slots a plan claims.
    pub fn wanted(&self, plan: &Plan) -> Slots {
        match plan.what {
            What::Move(to) | What::MoveIn(to) => to,
            _ if self.is(Wrong::BufferForgotten) => plan.slots & (plan.slots >> 1),
            _ => plan.slots,
        }
    }

    /// Whether the rule that decides on a claim fails to look at this slot.
    pub fn overlooks(&self, plan: &Plan, slot: usize) -> bool {
        self.is(Wrong::BlindRule)
            || (self.is(Wrong::BlockBypassesGate) && owner(plan.id))
            || (self.is(Wrong::SeriesUncheckedBeyondSecond) && self.day_of[slot] == 2)
    }

    /// Whose reservation a slot carries.
    pub fn holder(&self, store: &Store, slot: usize) -> Option<Reservation> {
        store.days[self.day_of[slot]].entry(store.slots[slot])
    }

    /// Which days a slot set touches.
    pub fn days(&self, slots: Slots) -> [bool; SLOTS] {
        let mut days = [false; SLOTS];
        for (slot, day) in self.day_of.into_iter().enumerate() {
            days[day] |= has(slots, slot);
        }
        days
    }
}

/// Person 0 is the owner where a scenario needs one.
pub fn owner(id: Id) -> bool {
    id < 2
}
