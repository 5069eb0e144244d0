//! The books, the provider, the clocks and the functions on their way, as one state.

use stateright::{Model, Property};

use crate::money::hear::Next;
use crate::money::promises;
use crate::money::provider::{Account, Answer, Call, Fate, Session};
use crate::money::{
    Amount, BOOKING, Booking, Books, Deed, ORDERS, Order, PRICE, Payment, Sheet, Shop, Slot, State, Status,
    Then, Write, Wrong, payment_of,
};

pub const HANDS: usize = 3;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct World {
    pub books: Books,
    pub accounts: [Account; ORDERS],
    pub clocks: [Clock; ORDERS],
    /// The booking's hold is over, and nobody has evicted it yet.
    pub lapsed: bool,
    pub hands: [Option<Hand>; HANDS],
    /// A call that was given up and may still arrive.
    pub late: Option<(Order, Call)>,
    /// Only the checker sees these: accounts that changed by themselves and were not looked at since,
    /// one bit each; and what somebody decided to give back of each.
    pub news: u8,
    pub allowed: [Amount; ORDERS],
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Clock {
    /// The day until which the deposit is due.
    pub due: bool,
    pub taken_back: u8,
    pub by_console: bool,
}

/// A function between two awaits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Hand {
    Writing(Write),
    /// Has read the payment, and is about to call or waits for the answer.
    Calling(Order, Call, Seen),
}

/// The payment as the function read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Seen {
    Now,
    /// Overwritten since: the answer will be of no use to this function.
    Before,
    /// Overwritten since, and the function does not know. Only the mistakes.
    Unaware(Payment),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Read(Deed),
    Commit(usize, Deed),
    Call(usize, Order, Call, Fate),
    /// The function stops for ever.
    Crash(usize),
    Arrives,
    NeverArrives,
    Lapses,
    SessionEnds(Order),
    DueDatePasses(Order),
    Deposit(Order),
    TakenBack(Order),
    Console(Order),
}

impl World {
    pub fn begin(shop: &Shop) -> Self {
        let payment = Payment {
            state: State::Absent,
            closing: false,
            refund: None,
            attempts: 0,
            captures: 0,
            recorded: 0,
        };
        let booking = Booking { status: Status::Held, order: 0, paid: 0, owed: 0, keeps: 0 };
        let ready = Payment { state: State::Ready, ..payment };
        let mut books = Books {
            booking,
            slot: Slot::Ours,
            payments: [ready, payment],
            ledger: [Sheet::default(); ORDERS],
        };
        let mut account = Account::NEW;
        if shop.paid {
            books.booking = Booking { status: Status::Confirmed, paid: PRICE, ..booking };
            books.payments[0] = Payment { state: State::Done, captures: 1, ..payment };
            books.ledger[0] = Sheet { keys: 1, customer: -PRICE, provider: PRICE, doubled: false };
            account = Account { session: Session::Done, captures: 1, ..account };
        }
        Self {
            books,
            accounts: [account, Account::NEW],
            clocks: [Clock::default(); ORDERS],
            lapsed: false,
            hands: [None; HANDS],
            late: None,
            news: 0,
            allowed: [0; ORDERS],
        }
    }

    pub fn idle(&self) -> bool {
        self.hands == [None; HANDS]
    }

    /// A function begins, if there is anything to do.
    pub fn starts(&self, shop: &Shop, deed: Deed) -> Option<Hand> {
        let Deed::Look(order) = deed else {
            return shop.plan(&self.books, self.lapsed, deed).map(|write| match (write.then, deed) {
                (Then::Calls(order, call), Deed::Confirm(_)) if shop.is(Wrong::CallBeforeIntent) => {
                    Hand::Calling(order, call, Seen::Now)
                }
                _ => Hand::Writing(write),
            });
        };
        let payment = self.books.payment(order);
        let looks = payment.open() || (payment.state == State::Done && !shop.is(Wrong::DoneUnwatched));
        looks.then_some(Hand::Calling(order, Call::Read, Seen::Now))
    }

    /// The store judges a write. What other functions carry on an overwritten version can never be
    /// accepted again and is refused at once.
    pub fn commit(&mut self, shop: &Shop, write: &Write) -> Option<Hand> {
        let books = shop.judge(&self.books, write)?;
        let before = std::mem::replace(&mut self.books, books);
        // A hold that was paid for in vain begins anew.
        self.lapsed &= self.books.booking.status == Status::Held;
        self.counts_decision(&before, write);
        if let (Some(told), Some((order, _))) = (write.told, write.payment) {
            self.told(order, &told);
        }
        for number in 0..HANDS {
            self.hands[number] =
                self.hands[number].and_then(|hand| self.overtaken(shop, hand, write, &before));
        }
        match write.then {
            Then::Ends => None,
            Then::Calls(order, call) => Some(Hand::Calling(order, call, Seen::Now)),
            Then::Writes(deed) => self.starts(shop, deed),
        }
    }

    /// What becomes of a function when somebody else was faster.
    fn overtaken(&self, shop: &Shop, hand: Hand, write: &Write, before: &Books) -> Option<Hand> {
        match hand {
            Hand::Writing(other) => {
                let blind = if shop.is(Wrong::NoVersion) && other.told.is_some() { !BOOKING } else { 0 };
                if other.compares & write.raises() & !blind == 0 {
                    return Some(hand);
                }
                let (told, (order, _)) = (other.told?, other.payment?);
                if shop.is(Wrong::OldAnswer) {
                    self.hears(shop, order, Call::Read, Answer::Told(told), Seen::Now)
                } else {
                    None
                }
            }
            Hand::Calling(order, call, Seen::Now)
                if write.raises() & payment_of(order) != 0 && !shop.is(Wrong::OldAnswer) =>
            {
                if shop.is(Wrong::NoVersion) {
                    return Some(Hand::Calling(order, call, Seen::Unaware(*before.payment(order))));
                }
                (call != Call::Read).then_some(Hand::Calling(order, call, Seen::Before))
            }
            Hand::Calling(..) => Some(hand),
        }
    }

    fn counts_decision(&mut self, before: &Books, write: &Write) {
        let order = before.booking.order as usize;
        let decided = match write.deed {
            Deed::Cancel => (order, self.books.booking.owed),
            Deed::StaffRefund(order) => (order as usize, 1),
            // Late money: nobody asked, and all of it goes back.
            Deed::Settle(order) if write.moves[0].is_some_and(|movement| movement.to > 0) => {
                let late = self.books.booking.status != Status::Confirmed;
                (order as usize, if late { PRICE } else { 0 })
            }
            _ => (order, 0),
        };
        let allowed = &mut self.allowed[decided.0];
        *allowed = (*allowed + decided.1).min(PRICE);
    }

    /// Somebody has seen an account as it is.
    fn told(&mut self, order: Order, told: &Account) {
        if told.looks_like(&self.accounts[order as usize]) {
            self.news &= !(1 << order);
        }
    }

    fn hears(&self, shop: &Shop, order: Order, call: Call, answer: Answer, seen: Seen) -> Option<Hand> {
        let payment = match seen {
            Seen::Now => *self.books.payment(order),
            Seen::Before => return None,
            Seen::Unaware(payment) => payment,
        };
        let due = self.clocks[order as usize].due;
        match shop.hear(&self.books, &payment, order, call, answer, due) {
            Next::Nothing => None,
            Next::Calls(call) => Some(Hand::Calling(order, call, seen)),
            Next::Writes(mut write) => {
                if seen != Seen::Now {
                    write.compares &= !payment_of(order);
                }
                Some(Hand::Writing(write))
            }
        }
    }

    /// A function's call and what it goes on with.
    pub fn call(&mut self, shop: &Shop, order: Order, call: Call, seen: Seen, fate: Fate) -> Option<Hand> {
        if shop.is(Wrong::CallBeforeIntent) && self.books.payment(order).state == State::Ready {
            // Called, and only then about to write so.
            if fate != Fate::Unreached {
                shop.execute(&mut self.accounts[order as usize], call);
            }
            return shop.plan(&self.books, self.lapsed, Deed::Confirm(order)).map(Hand::Writing);
        }
        let account = &mut self.accounts[order as usize];
        let answer = match fate {
            Fate::Answered => shop.execute(account, call),
            Fate::Unanswered => {
                shop.execute(account, call);
                Answer::Silence
            }
            Fate::Declined => Shop::decline(account, call),
            Fate::DeclinedUnheard => {
                Shop::decline(account, call);
                Answer::Silence
            }
            Fate::Unreached => {
                shop.leaves_undone(account, call);
                Answer::Silence
            }
            Fate::Late => {
                self.late = Some((order, call));
                Answer::Silence
            }
        };
        let next = self.hears(shop, order, call, answer, seen);
        if next.is_none()
            && seen == Seen::Now
            && let Answer::Told(told) = answer
        {
            self.told(order, &told);
        }
        next
    }

    fn happens(&mut self, shop: &Shop, step: Step) -> Option<()> {
        let (Step::Deposit(order) | Step::TakenBack(order) | Step::Console(order)) = step else {
            return None;
        };
        let (account, clock) = (&mut self.accounts[order as usize], &mut self.clocks[order as usize]);
        match step {
            Step::Deposit(_) => (account.session, account.captures) = (Session::Done, 1),
            Step::TakenBack(_) => {
                (account.session, account.captures) = (Session::Waiting, 0);
                clock.taken_back += 1;
            }
            _ => {
                let amount = shop.console.min(account.balance());
                account.cancel(amount, 0)?;
                clock.by_console = true;
                let allowed = &mut self.allowed[order as usize];
                *allowed = (*allowed + amount).min(PRICE);
            }
        }
        self.news |= 1 << order;
        Some(())
    }

    pub fn session_ends(&mut self, order: usize) {
        if self.accounts[order].session == Session::InProgress {
            self.accounts[order].session = Session::Expired;
        }
    }
}

impl Model for Shop {
    type State = World;
    type Action = Step;

    fn init_states(&self) -> Vec<World> {
        vec![World::begin(self)]
    }

    fn actions(&self, world: &World, steps: &mut Vec<Step>) {
        for (number, hand) in world.hands.iter().enumerate() {
            match hand {
                None => continue,
                Some(Hand::Writing(write)) => steps.push(Step::Commit(number, write.deed)),
                Some(Hand::Calling(order, call, _)) => {
                    let account = &world.accounts[*order as usize];
                    let fates = self.fates(account, *call, world.late.is_none());
                    steps.extend(fates.into_iter().map(|fate| Step::Call(number, *order, *call, fate)));
                }
            }
            steps.push(Step::Crash(number));
        }
        if world.hands.iter().flatten().count() < self.hands {
            steps.extend(self.deeds().into_iter().map(Step::Read));
        }
        if world.late.is_some() {
            steps.extend([Step::Arrives, Step::NeverArrives]);
        }
        if self.rival && world.books.booking.status == Status::Held && !world.lapsed {
            steps.push(Step::Lapses);
        }
        for order in 0..self.orders as Order {
            let (account, clock) = (&world.accounts[order as usize], world.clocks[order as usize]);
            if account.session == Session::InProgress {
                steps.push(Step::SessionEnds(order));
            }
            if self.account && !clock.due && account.session == Session::Waiting {
                steps.push(Step::DueDatePasses(order));
            }
            if self.account && account.session == Session::Waiting {
                steps.push(Step::Deposit(order));
            }
            let touched = account.given_back() > 0;
            if account.session == Session::Done && !touched && clock.taken_back < self.taken_back {
                steps.push(Step::TakenBack(order));
            }
            if self.console > 0 && !clock.by_console && account.balance() > 0 {
                steps.push(Step::Console(order));
            }
        }
    }

    fn next_state(&self, last: &World, step: Step) -> Option<World> {
        let mut world = *last;
        match step {
            Step::Read(deed) => {
                let idle = world.hands.iter().position(Option::is_none)?;
                world.hands[idle] = Some(world.starts(self, deed)?);
            }
            Step::Commit(number, _) => {
                let Some(Hand::Writing(write)) = world.hands[number].take() else { return None };
                world.hands[number] = world.commit(self, &write);
            }
            Step::Call(number, _, _, fate) => {
                let Some(Hand::Calling(order, call, seen)) = world.hands[number].take() else { return None };
                world.hands[number] = world.call(self, order, call, seen, fate);
            }
            Step::Crash(number) => world.hands[number] = None,
            Step::Arrives => {
                let (order, call) = world.late.take()?;
                self.execute(&mut world.accounts[order as usize], call);
            }
            Step::NeverArrives => world.late = None,
            Step::Lapses => world.lapsed = true,
            Step::SessionEnds(order) => world.session_ends(order as usize),
            Step::DueDatePasses(order) => world.clocks[order as usize].due = true,
            Step::Deposit(_) | Step::TakenBack(_) | Step::Console(_) => world.happens(self, step)?,
        }
        world.hands.sort_unstable();
        Some(world)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        promises::of(self)
    }
}
