//! The store: what `DynamoDB` keeps, and how one `TransactWriteItems` is judged, all or nothing.
//! It knows no rule of booking; which conditions a write carries is the business of `gate`.

/// Slots of the grid in this model. A slot set is a bit mask over them.
pub const SLOTS: usize = 3;
/// Bookings that may ever exist: two requests for each of four people.
pub const BOOKINGS: usize = 8;

pub type Slots = u8;
/// A reservation's number in the day's list, from 1. A slot carrying 0 is an absent attribute.
pub type Number = u8;
pub type Id = u8;

/// The ledger's items and the records beside them. `Scenario::day_of` says which day's item each
/// slot attribute is part of; most scenarios use one day only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Store {
    pub days: [Day; SLOTS],
    pub slots: [Number; SLOTS],
    pub bookings: [Option<Booking>; BOOKINGS],
    pub payments: [Option<Payment>; BOOKINGS],
    /// The attempt (idempotency) records that exist, one bit per request key.
    pub attempts: u8,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Day {
    pub v: u8,
    pub list: List<Option<Reservation>>,
}

/// A day's reservations; number `n` stands at `n - 1`.
pub type List<T> = [T; SLOTS];

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Reservation {
    pub booking: Id,
    /// Whether the entry carries an expiry. Whether that moment has passed, only a clock knows.
    pub expires: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Booking {
    pub status: Status,
    pub slots: Slots,
    pub lock: u8,
    pub expires: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    Pending,
    Held,
    Paying,
    Confirmed,
    Cancelled,
    Expired,
}

impl Status {
    pub fn firm(self) -> bool {
        matches!(self, Self::Pending | Self::Paying | Self::Confirmed)
    }

    pub fn live(self) -> bool {
        self == Self::Held || self.firm()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Payment {
    pub state: Money,
    /// Which attempt this is; the provider's idempotency key is (booking, attempt).
    pub attempt: u8,
    pub fence: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Money {
    Confirming,
    Unknown,
    Done,
    Failed,
    Refunding,
    Refunded,
}

/// One `TransactWriteItems`: conditions and effects together.
#[derive(Default)]
pub struct Transaction {
    /// For each day this writes, the version it must still have.
    pub days: [Option<Version>; SLOTS],
    pub slots: [SlotWrite; SLOTS],
    /// Changes of each day's list.
    pub entries: [List<EntryWrite>; SLOTS],
    pub bookings: Vec<BookingWrite>,
    pub payment: Option<PaymentWrite>,
    /// The attempt record to create; it must be absent.
    pub attempt: Option<Id>,
}

#[derive(Clone, Copy)]
pub enum Version {
    Is(u8),
    Unchecked,
}

#[derive(Clone, Copy, Default)]
pub struct SlotWrite {
    /// `Some(0)` is `attribute_not_exists`, `Some(n)` equality, `None` no condition.
    pub must: Option<Number>,
    /// `Some(0)` removes the attribute.
    pub put: Option<Number>,
}

#[derive(Clone, Copy, Default)]
pub enum EntryWrite {
    #[default]
    Keep,
    Put(Reservation),
    StrikeOut,
}

pub struct BookingWrite {
    pub id: Id,
    pub must: Must,
    pub status: Status,
    pub expires: bool,
    /// New slots, where they change.
    pub slots: Option<Slots>,
}

/// What a transaction demands of a booking record it changes.
#[derive(Clone, Copy)]
pub enum Must {
    NotExist,
    BeHeld,
    CarryExpiry,
    HaveLock(u8),
    Nothing,
}

pub struct PaymentWrite {
    pub id: Id,
    /// The fence it must still have; 0 is `attribute_not_exists`.
    pub fence: u8,
    pub state: Money,
    /// The attempt's number, where a new one begins.
    pub attempt: Option<u8>,
}

pub fn has(slots: Slots, slot: usize) -> bool {
    slots & (1 << slot) != 0
}

impl Store {
    /// Applies everything or nothing; says which.
    pub fn commit(&mut self, write: &Transaction) -> bool {
        let accepted = self.accepts(write);
        if accepted {
            self.apply(write);
        }
        accepted
    }

    pub fn accepts(&self, write: &Transaction) -> bool {
        let slots = write.slots.iter().zip(self.slots);
        !self.overwritten(write)
            && slots.into_iter().all(|(slot, now)| slot.must.is_none_or(|must| must == now))
            && write.bookings.iter().all(|b| {
                let now = self.bookings[b.id as usize];
                match b.must {
                    Must::NotExist => now.is_none(),
                    Must::BeHeld => now.is_some_and(|now| now.status == Status::Held),
                    Must::CarryExpiry => now.is_some_and(|now| now.expires),
                    // Compared in `overwritten`.
                    Must::HaveLock(_) | Must::Nothing => true,
                }
            })
    }

    /// Whether a version, lock or fence this compares with has been overwritten, or the attempt
    /// record it would create is there. None of that ever changes back.
    pub fn overwritten(&self, write: &Transaction) -> bool {
        let mut days = write.days.iter().zip(self.days);
        let mut locks = write.bookings.iter().map(|b| (b.must, self.bookings[b.id as usize]));
        days.any(|(day, now)| matches!(day, Some(Version::Is(v)) if *v != now.v))
            || locks.any(|(must, now)| match must {
                Must::HaveLock(lock) => now.is_none_or(|now| now.lock != lock),
                _ => false,
            })
            || write.payment.as_ref().is_some_and(|p| {
                let fence = self.payments[p.id as usize].map_or(0, |now| now.fence);
                p.fence != fence
            })
            || write.attempt.is_some_and(|key| self.attempts & (1 << key) != 0)
    }

    fn apply(&mut self, write: &Transaction) {
        for (day, write) in self.days.iter_mut().zip(write.days) {
            day.v += u8::from(write.is_some());
        }
        for (slot, write) in self.slots.iter_mut().zip(write.slots) {
            *slot = write.put.unwrap_or(*slot);
        }
        for (day, entries) in self.days.iter_mut().zip(write.entries) {
            for (entry, write) in day.list.iter_mut().zip(entries) {
                *entry = match write {
                    EntryWrite::Keep => *entry,
                    EntryWrite::Put(reservation) => Some(reservation),
                    EntryWrite::StrikeOut => None,
                };
            }
        }
        for change in &write.bookings {
            let record = &mut self.bookings[change.id as usize];
            *record = Some(Booking {
                status: change.status,
                slots: change.slots.or(record.map(|b| b.slots)).unwrap_or(0),
                lock: record.map_or(1, |b| b.lock + 1),
                expires: change.expires,
            });
        }
        if let Some(change) = &write.payment {
            let record = &mut self.payments[change.id as usize];
            *record = Some(Payment {
                state: change.state,
                attempt: change.attempt.or(record.map(|p| p.attempt)).unwrap_or(0),
                fence: record.map_or(1, |p| p.fence + 1),
            });
        }
        if let Some(key) = write.attempt {
            self.attempts |= 1 << key;
        }
    }
}

impl Day {
    /// The number under which a booking stands in the list, or 0.
    pub fn number_of(self, id: Id) -> Number {
        let at = |entry: &Option<Reservation>| entry.is_some_and(|r| r.booking == id);
        self.list.iter().position(at).map_or(0, |n| n as Number + 1)
    }

    pub fn entry(self, number: Number) -> Option<Reservation> {
        self.list.get((number as usize).wrapping_sub(1)).copied()?
    }
}
