//! The provider's truth, and what a call does to it.

use crate::money::{Amount, Attempt, PRICE, Shop, Wrong};

/// With two units to give back, no more can be told.
pub const CANCELS: usize = 2;
/// Refunds that may be refused for no reason of ours, in turn.
const REFUSALS: u8 = 1;
/// Marks a key that a resend made up.
const ANEW: u8 = 8;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Session {
    InProgress,
    Done,
    Waiting,
    Aborted,
    Expired,
    /// An account that was closed before a deposit.
    Cancelled,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Account {
    pub session: Session,
    /// How often it took the price: more than once only under several keys.
    pub captures: i8,
    pub cancels: [Option<Cancel>; CANCELS],
    /// Keys that were refused, one bit each: a refusal is kept and repeated.
    pub refused: u16,
    /// Keys whose 5xx is kept.
    pub stuck: u16,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cancel {
    pub amount: Amount,
    /// Whose request it was; 0 is the console.
    pub key: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    Told(Account),
    /// It was not done, and never will be under this key.
    Refused,
    /// None, or one that proves nothing.
    Silence,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Call {
    Read,
    Confirm {
        anew: bool,
    },
    Cancel {
        attempt: Attempt,
        anew: bool,
    },
    /// Cancels an account nobody paid into; refused once somebody has.
    Close,
}

/// What becomes of a call, and of its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Answered,
    /// Executed, and the answer is lost or in words nobody knows.
    Unanswered,
    Declined,
    /// Declined, and the answer is lost.
    DeclinedUnheard,
    /// Not executed: a 5xx before anything happened.
    Unreached,
    /// Not executed yet.
    Late,
}

impl Cancel {
    pub fn is_of(self, attempt: Attempt) -> bool {
        self.key & !ANEW == attempt.key
    }
}

impl Account {
    pub const NEW: Self =
        Self { session: Session::InProgress, captures: 0, cancels: [None; CANCELS], refused: 0, stuck: 0 };

    pub fn given_back(&self) -> Amount {
        self.cancels.iter().flatten().map(|cancel| cancel.amount).sum()
    }

    pub fn balance(&self) -> Amount {
        let taken = if self.session == Session::Done { PRICE * self.captures } else { 0 };
        (taken - self.given_back()).max(0)
    }

    /// Whether there is nothing to tell of one that is not told of the other.
    pub fn looks_like(&self, other: &Self) -> bool {
        (self.session, self.captures, self.cancels) == (other.session, other.captures, other.cancels)
    }

    /// Which keys it keeps is no part of what it tells.
    fn tell(&self) -> Answer {
        Answer::Told(Self { refused: 0, stuck: 0, ..*self })
    }

    fn knows(&self, key: u8) -> bool {
        let done = self.cancels.iter().flatten().any(|cancel| cancel.key == key);
        done || (self.refused | self.stuck) & (1 << key) != 0
    }

    /// What it looked like before these cancels.
    fn with_first(&self, cancels: usize) -> Self {
        let mut past = *self;
        past.cancels.iter_mut().skip(cancels).for_each(|cancel| *cancel = None);
        past
    }

    pub fn cancel(&mut self, amount: Amount, key: u8) -> Option<()> {
        let free = self.cancels.iter_mut().find(|cancel| cancel.is_none())?;
        *free = Some(Cancel { amount, key });
        Some(())
    }
}

impl Shop {
    pub fn fates(&self, account: &Account, call: Call, may_be_late: bool) -> Vec<Fate> {
        let mut fates = vec![Fate::Answered];
        if call == Call::Read {
            return fates;
        }
        fates.extend([Fate::Unanswered, Fate::Unreached]);
        let declines = match call {
            Call::Confirm { .. } => account.session == Session::InProgress,
            // Not for ever. And who resends under many keys learns nothing from the refusal of one.
            Call::Cancel { attempt, .. } => {
                attempt.key <= REFUSALS && !self.locked && !account.knows(attempt.key)
            }
            Call::Close | Call::Read => false,
        };
        if declines {
            fates.extend([Fate::Declined, Fate::DeclinedUnheard]);
        }
        if self.late && may_be_late {
            fates.push(Fate::Late);
        }
        fates
    }

    /// Executes a call.
    pub fn execute(&self, account: &mut Account, call: Call) -> Answer {
        match call {
            Call::Read => account.tell(),
            Call::Confirm { .. } if account.stuck & 1 != 0 => Answer::Silence,
            Call::Confirm { anew } => match account.session {
                Session::InProgress if self.account => {
                    account.session = Session::Waiting;
                    account.tell()
                }
                Session::InProgress => {
                    (account.session, account.captures) = (Session::Done, 1);
                    account.tell()
                }
                Session::Done if anew => {
                    account.captures = 2;
                    account.tell()
                }
                // The answer of the first time.
                Session::Done | Session::Waiting | Session::Cancelled if self.account => {
                    Answer::Told(Account { session: Session::Waiting, ..Account::NEW })
                }
                _ => account.with_first(0).tell(),
            },
            Call::Cancel { attempt, anew } => {
                let key = if anew { attempt.key | ANEW } else { attempt.key };
                let mut made = account.cancels.iter();
                if let Some(before) = made.position(|c| c.is_some_and(|c| c.key == key)) {
                    return account.with_first(before + 1).tell();
                }
                if account.refused & (1 << key) != 0 {
                    return Answer::Refused;
                }
                if account.stuck & (1 << key) != 0 {
                    return Answer::Silence;
                }
                if account.session == Session::Waiting && attempt.amount == PRICE {
                    account.session = Session::Cancelled;
                    return account.tell();
                }
                let refused = attempt.amount > account.balance()
                    || (self.locked && attempt.of != account.balance())
                    || account.cancel(attempt.amount, key).is_none();
                if refused {
                    account.refused |= 1 << key;
                    return Answer::Refused;
                }
                account.tell()
            }
            Call::Close => {
                if account.session == Session::Waiting {
                    account.session = Session::Cancelled;
                }
                account.tell()
            }
        }
    }

    /// What the provider does not want to do, whatever it is.
    pub fn decline(account: &mut Account, call: Call) -> Answer {
        match call {
            Call::Cancel { attempt, .. } => {
                account.refused |= 1 << attempt.key;
                Answer::Refused
            }
            Call::Confirm { .. } | Call::Close | Call::Read => {
                account.session = Session::Aborted;
                account.tell()
            }
        }
    }

    /// A 5xx. A second key knows nothing of the failure of the first.
    pub fn leaves_undone(&self, account: &mut Account, call: Call) {
        if self.sticky {
            account.stuck |= match call {
                Call::Confirm { anew: false } => 1,
                Call::Cancel { attempt, anew: false } => 1 << attempt.key,
                Call::Confirm { .. } | Call::Cancel { .. } | Call::Close | Call::Read => 0,
            };
        }
    }

    /// The call that carries on with what is on record.
    pub fn resends(&self, call: Call) -> Call {
        let anew = self.is(Wrong::NewKeyOnResend) || self.locked;
        match call {
            Call::Confirm { .. } => Call::Confirm { anew: self.is(Wrong::NewKeyOnResend) },
            Call::Cancel { attempt, .. } => Call::Cancel { attempt, anew },
            Call::Read | Call::Close => call,
        }
    }
}
