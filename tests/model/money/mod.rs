//! Money: hold, pay, crash, read back, give back. One booking and a rival for its slot, one or two
//! orders that may pay it, a provider with a truth of its own, and a few functions at once.
//!
//! Here is what is kept, and how the store judges a write; `provider` is whom we ask, `decide` says
//! what is read and written, `hear` what an answer means, `world` puts them together, `promises`
//! says what must hold. The scenarios are `card`, `refunds` and `account`.
//!
//! An amount is two units, so that a part of it is one. A function may stop between any two steps
//! for ever; what it asked of the provider may be done and not answered, never arrive, or arrive at
//! any later time (one call at once). Who reads back is the checker, or whoever sent a webhook: they
//! come at any time, in any number, for no reason. A provider's cancel carries the key it was asked
//! for with, as its reason does in truth; nothing else tells ours from the console's. A call that is
//! repeated is answered as it was the first time, however much has happened since.

mod account;
mod card;
mod decide;
mod hear;
mod promises;
mod provider;
mod refunds;
mod world;

use crate::race::Items;
use provider::{Account, CANCELS, Call};

pub const ORDERS: usize = 2;
pub const PRICE: Amount = 2;

pub type Order = u8;
pub type Amount = i8;

/// What one run looks at.
#[derive(Clone, Copy, Debug)]
pub struct Shop {
    pub name: &'static str,
    /// Functions at once.
    pub hands: usize,
    /// Orders that may be made for the booking.
    pub orders: usize,
    /// It begins with a booking that a first order has paid.
    pub paid: bool,
    /// Paid into a virtual account, and how often a deposit may be taken back.
    pub account: bool,
    pub taken_back: u8,
    /// Somebody else wants the slot.
    pub rival: bool,
    /// What the owner gets back who cancels.
    pub terms: Option<Amount>,
    /// Staff cancel a booking that is being paid.
    pub desk: bool,
    /// Refunds that staff begin, of one unit each.
    pub staff: u8,
    /// What somebody gives back in the provider's console, once.
    pub console: Amount,
    /// Whether a call may arrive late.
    pub late: bool,
    /// The provider keeps the failure of a call that it did not execute under the call's key.
    pub sticky: bool,
    /// A cancel names the balance it was decided on, and every resend has a key of its own.
    pub locked: bool,
    pub wrong: &'static [Wrong],
}

/// The seeded mistakes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// The provider is called before the intent is on record.
    CallBeforeIntent,
    /// A resend comes with a new key.
    NewKeyOnResend,
    /// The booking stays held until the capture.
    FirmAfterCapture,
    /// A code nobody has seen counts as a refusal.
    UnmappedDeclines,
    /// "In progress" and "not found" count as a refusal at once.
    InProgressFails,
    /// What a function settles is not compared with the payment's version.
    NoVersion,
    /// An answer is applied to a payment that was read after it.
    OldAnswer,
    /// A capture is recorded in a first write, and the booking confirmed in a second.
    DoneFirst,
    /// The booking is confirmed in a first write, and the capture recorded in a second.
    ConfirmedFirst,
    /// A capture confirms the booking, whosever it is and whatever became of it.
    CaptureBlind,
    /// Money that comes too late is recorded and kept.
    LateKept,
    /// Any order of the booking may pay it.
    AnyOrder,
    /// Staff write a refund's attempt over whatever there is.
    StaffUnguarded,
    /// A refund's attempt is cleared when its call has been made.
    AttemptClearedByCall,
    /// Cancels are told apart by their amounts.
    RecordedByAmount,
    /// A cancel's answer is recorded under the attempt, and what is read back under its transaction.
    RecordedTwice,
    /// A cancel of the attempt's amount is taken for the attempt's.
    OwnByAmount,
    /// A refused attempt is made again although there is no longer so much to give.
    NeverResized,
    /// A refused attempt is resent under the key that was refused.
    NeverRenewed,
    /// A refused attempt is given up.
    RefusedGivenUp,
    /// Where there is nothing left to give, what is owed waits for more.
    NothingLeftWaits,
    /// An attempt that goes on into the next deposit is all that is given back of it.
    RestForgotten,
    /// An attempt is given up when the deposit is taken back.
    AttemptDropped,
    /// One side of a refund's movement is the attempt's amount and the other what the provider tells.
    TwoSources,
    /// What is owed is cleared in a first write, and the attempt written in a second.
    OwedClearedFirst,
    /// The attempt is written first, and what is owed cleared in a second write.
    AttemptWrittenFirst,
    /// What a webhook says is recorded.
    WebhookBelieved,
    /// Every webhook of a capture records one.
    WebhookCounts,
    /// No movement's key is asked for.
    NoMovementKey,
    /// An unpaid account's slot is freed with the intent to cancel it.
    FreedEarly,
    /// A deposit that was taken back stays recorded.
    TakenBackKept,
    /// What is owed stays so when the deposit is taken back.
    OwedOutlivesDeposit,
    /// A second deposit is recorded under the key of the first.
    OneCaptureKey,
    /// A look that finds nothing new leaves the payment's version as it is.
    LookUnmarked,
    /// Nobody looks at payments that are done.
    DoneUnwatched,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    Held,
    Paying,
    Confirmed,
    Cancelled,
    Expired,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Slot {
    Free,
    Ours,
    Rival,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Booking {
    pub status: Status,
    /// Which order may pay it.
    pub order: Order,
    pub paid: Amount,
    /// To be given back, and not handed over to the payment yet.
    pub owed: Amount,
    /// What its terms keep after it was cancelled.
    pub keeps: Amount,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    Absent,
    Ready,
    Confirming,
    Unknown,
    Waiting,
    Done,
    Failed,
    Expired,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Payment {
    pub state: State,
    /// The intent to cancel an account nobody paid into.
    pub closing: bool,
    pub refund: Option<Attempt>,
    /// Refund attempts so far; the number of one is its key.
    pub attempts: u8,
    /// Captures recorded so far.
    pub captures: u8,
    /// The provider's cancels that are recorded, one bit each.
    pub recorded: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Attempt {
    pub amount: Amount,
    pub key: u8,
    /// The balance it was decided on.
    pub of: Amount,
    /// The provider has said no, and says so to this key for ever.
    pub refused: bool,
}

/// One order's account in the ledger.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sheet {
    /// Keys of the movements written, one bit each.
    pub keys: u16,
    pub customer: Amount,
    pub provider: Amount,
    /// Only the checker sees it: a key was written twice.
    pub doubled: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    Capture(u8),
    Reversal(u8),
    /// By the number of the provider's transaction.
    Refund(u8),
    /// By the attempt, as it should not be.
    Attempt(u8),
}

/// What the customer gives, and what the provider has of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Move {
    pub key: Key,
    pub from: Amount,
    pub to: Amount,
}

/// A capture and what has been cancelled of it.
pub type Moves = [Option<Move>; 1 + CANCELS];

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Books {
    pub booking: Booking,
    pub slot: Slot,
    pub payments: [Payment; ORDERS],
    pub ledger: [Sheet; ORDERS],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Deed {
    Confirm(Order),
    Reorder,
    Evict,
    Cancel,
    DeskCancel,
    StaffRefund(Order),
    HandOver,
    /// Reads the payment, then what the provider tells of it.
    Look(Order),
    /// Records what the provider told.
    Settle(Order),
    // What only the mistakes do.
    Forged(Order),
    ClearOwed,
    WriteAttempt(Amount),
}

/// One transaction: conditions and effects together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Write {
    pub deed: Deed,
    pub compares: Items,
    pub booking: Option<Booking>,
    pub slot: Option<Slot>,
    pub payment: Option<(Order, Payment)>,
    pub moves: Moves,
    /// The provider's answer it was decided on.
    pub told: Option<Account>,
    pub then: Then,
}

/// What its function goes on with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Then {
    Ends,
    Calls(Order, Call),
    Writes(Deed),
}

/// The bits of the versions.
pub const BOOKING: Items = 1;
pub const SLOT: Items = 2;

pub fn payment_of(order: Order) -> Items {
    4 << order
}

impl Key {
    fn bit(self) -> u16 {
        match self {
            Self::Capture(n) => 1 << n,
            Self::Reversal(n) => 1 << (4 + n),
            Self::Refund(n) => 1 << (8 + n),
            Self::Attempt(n) => 1 << (10 + n),
        }
    }
}

impl Write {
    pub fn new(deed: Deed, compares: Items) -> Self {
        let nothing = (None, None, None, None, Then::Ends);
        let (booking, slot, payment, told, then) = nothing;
        Self { deed, compares, booking, slot, payment, moves: Moves::default(), told, then }
    }

    pub fn raises(&self) -> Items {
        let payment = self.payment.map_or(0, |(order, _)| payment_of(order));
        let booking = if self.booking.is_some() { BOOKING } else { 0 };
        payment | booking | if self.slot.is_some() { SLOT } else { 0 }
    }
}

impl Shop {
    pub fn is(&self, wrong: Wrong) -> bool {
        self.wrong.contains(&wrong)
    }

    /// Judges a write and applies it; versions apart, which the world keeps.
    pub fn judge(&self, books: &Books, write: &Write) -> Option<Books> {
        let mut after = *books;
        after.booking = write.booking.unwrap_or(after.booking);
        after.slot = write.slot.unwrap_or(after.slot);
        let Some((order, payment)) = write.payment else {
            return Some(after);
        };
        after.payments[order as usize] = payment;
        let sheet = &mut after.ledger[order as usize];
        for movement in write.moves.iter().flatten() {
            if sheet.keys & movement.key.bit() != 0 {
                if !self.is(Wrong::NoMovementKey) {
                    return None;
                }
                sheet.doubled = true;
            }
            sheet.keys |= movement.key.bit();
            sheet.customer -= movement.from;
            sheet.provider += movement.to;
        }
        Some(after)
    }
}

impl Books {
    /// What the ledger says we have of an order.
    pub fn balance(&self, order: Order) -> Amount {
        self.ledger[order as usize].provider
    }

    pub fn payment(&self, order: Order) -> &Payment {
        &self.payments[order as usize]
    }

    /// Whether the booking is still this order's to pay.
    pub fn awaits(&self, order: Order) -> bool {
        self.booking.status == Status::Paying && self.booking.order == order
    }
}

impl Payment {
    pub fn open(&self) -> bool {
        matches!(self.state, State::Confirming | State::Unknown | State::Waiting) || self.refund.is_some()
    }

    pub fn begins_refund(self, amount: Amount, of: Amount) -> Self {
        let key = self.attempts + 1;
        Self { refund: Some(Attempt { amount, key, of, refused: false }), attempts: key, ..self }
    }
}
