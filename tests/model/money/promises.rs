//! What must hold, in every state; and what must happen somewhere, so that nothing holds for want of
//! anything happening.

use stateright::Property;

use crate::money::provider::{Account, Call, Fate, Session};
use crate::money::world::{Hand, Seen, Step, World};
use crate::money::{Amount, Books, Deed, Order, PRICE, Shop, Slot, State, Status};
use crate::show::Shown;

pub const BALANCED: &str = "once nothing is open, the ledger has what the provider has";
pub const ONE_CAPTURE: &str = "an order is captured once";
pub const NOT_NEGATIVE: &str = "no more is given back than was taken";
pub const PAID: &str = "who is confirmed has paid";
pub const KEPT: &str = "no more is kept than the terms keep, but what is owed or on its way back";
pub const GIVEN: &str = "nothing is given back that nobody decided to";
pub const ONE_HOLDER: &str = "a booking that lives has its slot";
pub const UNDER_PAYMENT: &str = "a booking that is being paid is not evicted";
pub const ZERO: &str = "the ledger sums to zero";
pub const KEYED: &str = "no movement's key is written twice";
pub const CLOSES: &str = "the checker, left alone, closes everything";

/// Rounds in which the checker has to be done with everything: it needs no more than one for each
/// step of the longest way, which is a deposit after the cancel that was meant for the account.
const ROUNDS: usize = 12;
/// Steps of one function; who takes more turns in circles.
const STEPS: usize = 12;

type Rule = Property<Shop>;

pub fn of(shop: &Shop) -> Vec<Rule> {
    let mut rules = vec![
        Rule::always(BALANCED, balanced),
        Rule::always(ONE_CAPTURE, |_, w| w.accounts.iter().all(|account| account.captures <= 1)),
        Rule::always(NOT_NEGATIVE, |shop, w| orders(shop).all(|order| w.books.balance(order) >= 0)),
        Rule::always(PAID, |_, w| paid(w)),
        Rule::always(KEPT, |shop, w| orders(shop).all(|order| kept(&w.books, order))),
        Rule::always(GIVEN, |_, w| given(w)),
        Rule::always(ONE_HOLDER, |_, w| one_holder(&w.books)),
        Rule::always(UNDER_PAYMENT, |shop, w| orders(shop).all(|order| under_payment(&w.books, order))),
        Rule::always(ZERO, |_, w| w.books.ledger.iter().all(|sheet| sheet.customer + sheet.provider == 0)),
        Rule::always(KEYED, |_, w| w.books.ledger.iter().all(|sheet| !sheet.doubled)),
        Rule::always(CLOSES, closes),
        Rule::sometimes("somebody is confirmed", |_, w| w.books.booking.status == Status::Confirmed),
    ];
    if !shop.paid {
        rules.push(Rule::sometimes("a payment is unknown", |_, w| any(w, State::Unknown)));
        rules.push(Rule::sometimes("a refused payment gives the hold back", |_, w| {
            any(w, State::Failed) && w.books.booking.status == Status::Held
        }));
        rules.push(Rule::sometimes("two functions call for one order", |_, w| {
            w.hands.iter().flatten().filter(|hand| matches!(hand, Hand::Calling(..))).count() > 1
        }));
    }
    if shop.desk {
        rules.push(Rule::sometimes("late money is on its way back", |_, w| {
            w.books.booking.status == Status::Cancelled && on_its_way(&w.books) == PRICE
        }));
    }
    if shop.orders > 1 {
        rules.push(Rule::sometimes("a second order is confirmed", |_, w| {
            w.books.booking.status == Status::Confirmed && w.books.booking.order == 1
        }));
    }
    if shop.terms.is_some() {
        rules.push(Rule::sometimes("an owner has his refund", |_, w| {
            w.books.booking.status == Status::Cancelled
                && w.books.payments[0].recorded != 0
                && w.books.payments[0].refund.is_none()
        }));
    }
    if shop.terms.is_some() && !shop.locked {
        rules.push(Rule::sometimes("a refused refund is made under a new key", |_, w| {
            w.accounts[0].refused != 0 && w.accounts[0].cancels[0].is_some_and(|cancel| cancel.key > 1)
        }));
    }
    if shop.console > 0 {
        rules.push(Rule::sometimes("the console is quicker than an attempt", |_, w| {
            let first = w.accounts[0].cancels[0];
            first.is_some_and(|cancel| cancel.key == 0) && on_its_way(&w.books) > 0
        }));
    }
    if shop.rival && !shop.paid {
        rules.push(Rule::sometimes("a lapsed hold is paid", |_, w| {
            w.lapsed && writes(w, |deed| matches!(deed, Deed::Confirm(_)))
        }));
    }
    if shop.account {
        rules.push(Rule::sometimes("an unpaid account frees its slot", |_, w| {
            any(w, State::Expired) && w.books.slot == Slot::Free
        }));
    }
    if shop.taken_back > 0 {
        rules.push(Rule::sometimes("a deposit is taken back and comes again", |_, w| {
            w.books.payments[0].captures == 2
        }));
    }
    rules
}

fn orders(shop: &Shop) -> std::ops::Range<Order> {
    0..shop.orders as Order
}

fn any(world: &World, state: State) -> bool {
    world.books.payments.iter().any(|payment| payment.state == state)
}

fn writes(world: &World, kind: fn(Deed) -> bool) -> bool {
    let mut hands = world.hands.iter().flatten();
    hands.any(|hand| matches!(hand, Hand::Writing(write) if kind(write.deed)))
}

fn on_its_way(books: &Books) -> Amount {
    books.payments.iter().filter_map(|payment| payment.refund).map(|attempt| attempt.amount).sum()
}

fn equal(world: &World, order: Order) -> bool {
    world.books.balance(order) == world.accounts[order as usize].balance()
}

/// What an account did by itself, and nobody has looked at since, is open, too.
fn balanced(shop: &Shop, world: &World) -> bool {
    let open = !world.idle() || world.late.is_some() || world.news != 0;
    open || orders(shop).any(|order| world.books.payment(order).open())
        || orders(shop).all(|order| equal(world, order))
}

/// Whoever was given something back since has it on record. That a bank takes a deposit back is
/// nobody's fault until somebody has looked.
fn paid(world: &World) -> bool {
    let (booking, books) = (world.books.booking, &world.books);
    let payment = books.payment(booking.order);
    let there = world.accounts[booking.order as usize].session == Session::Done;
    booking.status != Status::Confirmed
        || (payment.state == State::Done
            && (there || world.news & (1 << booking.order) != 0)
            && booking.paid == PRICE
            && (books.balance(booking.order) == PRICE || payment.recorded != 0))
}

fn kept(books: &Books, order: Order) -> bool {
    let booking = books.booking;
    let (may, owed) = match booking.status {
        _ if booking.order != order => (0, 0),
        Status::Confirmed => (PRICE, 0),
        Status::Held | Status::Paying | Status::Expired => (0, 0),
        Status::Cancelled => (booking.keeps, booking.owed),
    };
    let returns = books.payment(order).refund.map_or(0, |attempt| attempt.amount);
    books.balance(order) <= may + owed + returns
}

fn given(world: &World) -> bool {
    world.accounts.iter().zip(world.allowed).all(|(account, allowed)| account.given_back() <= allowed)
}

fn one_holder(books: &Books) -> bool {
    let lives = matches!(books.booking.status, Status::Held | Status::Paying | Status::Confirmed);
    lives == (books.slot == Slot::Ours)
}

fn under_payment(books: &Books, order: Order) -> bool {
    let under = matches!(books.payment(order).state, State::Confirming | State::Unknown | State::Waiting);
    !under || books.booking.order != order || books.booking.status != Status::Expired
}

/// The functions stop, the checker goes on, the provider answers, and time passes. As any function
/// may stop at any time, it is enough to ask it where none is on its way.
fn closes(shop: &Shop, world: &World) -> bool {
    if !world.idle() {
        return true;
    }
    let mut other = *world;
    let arrives = other.late.take().is_none_or(|(order, call)| {
        shop.execute(&mut other.accounts[order as usize], call);
        is_closed(shop, alone(shop, other))
    });
    arrives && is_closed(shop, alone(shop, World { late: None, ..*world }))
}

fn alone(shop: &Shop, mut world: World) -> World {
    let mut waited = false;
    for _ in 0..ROUNDS {
        let before = world;
        for order in orders(shop) {
            run(shop, &mut world, Deed::Look(order));
        }
        run(shop, &mut world, Deed::HandOver);
        if world == before && waited {
            break;
        }
        if world == before {
            waited = true;
            for order in 0..shop.orders {
                world.session_ends(order);
                world.clocks[order].due = true;
            }
        }
    }
    world
}

fn run(shop: &Shop, world: &mut World, deed: Deed) {
    let mut hand = world.starts(shop, deed);
    for _ in 0..STEPS {
        hand = match hand {
            Some(Hand::Writing(write)) => world.commit(shop, &write),
            Some(Hand::Calling(order, call, seen)) => world.call(shop, order, call, seen, Fate::Answered),
            None => break,
        };
    }
}

fn is_closed(shop: &Shop, world: World) -> bool {
    let closed = |order: Order| !world.books.payment(order).open() && equal(&world, order);
    world.books.booking.owed == 0
        && orders(shop).all(|order| closed(order) && kept(&world.books, order))
        && one_holder(&world.books)
        && paid(&world)
        && world.books.booking.status != Status::Paying
}

impl Shown for Shop {
    fn name(&self) -> &'static str {
        self.name
    }

    fn mistakes(&self) -> String {
        format!("{:?}", self.wrong)
    }

    fn step(step: &Step) -> String {
        match step {
            Step::Read(deed) => format!("somebody reads for {deed:?}"),
            Step::Commit(_, deed) => format!("somebody commits {deed:?}"),
            Step::Call(_, order, call, fate) => format!("{} for {order}: {fate:?}", verb(*call)),
            Step::Crash(_) => "somebody crashes".to_owned(),
            Step::Arrives => "the late call arrives".to_owned(),
            Step::NeverArrives => "the late call never arrives".to_owned(),
            Step::Lapses | Step::SessionEnds(_) | Step::DueDatePasses(_) => format!("clock: {step:?}"),
            Step::Deposit(_) | Step::TakenBack(_) | Step::Console(_) => format!("provider: {step:?}"),
        }
    }

    /// The booking, then each order: ours, and in brackets the provider's truth.
    fn line(&self, world: &World) -> String {
        let booking = world.books.booking;
        let mut words = vec![format!("{:?} for {}", booking.status, booking.order)];
        if booking.owed > 0 {
            words.push(format!("owes {}", booking.owed));
        }
        if world.books.slot != Slot::Ours {
            words.push(format!("slot {:?}", world.books.slot));
        }
        for order in orders(self) {
            let payment = world.books.payment(order);
            words.push(format!("| {order} {:?} {}", payment.state, world.books.balance(order)));
            if let Some(attempt) = payment.refund {
                words.push(format!("returns {} by {}", attempt.amount, attempt.key));
            }
            words.push(truth(&world.accounts[order as usize]));
        }
        for hand in world.hands.iter().flatten() {
            if let Hand::Calling(order, call, seen) = hand {
                let late = if *seen == Seen::Now { "" } else { " too late" };
                words.push(format!("<{} {order}{late}>", verb(*call)));
            }
        }
        words.join(" ")
    }
}

fn verb(call: Call) -> String {
    match call {
        Call::Read => "Read".to_owned(),
        Call::Confirm { anew } => format!("Confirm{}", if anew { " anew" } else { "" }),
        Call::Cancel { attempt, anew } => {
            format!("Cancel {} by {}{}", attempt.amount, attempt.key, if anew { " anew" } else { "" })
        }
        Call::Close => "Close".to_owned(),
    }
}

fn truth(account: &Account) -> String {
    match account.session {
        Session::Done => format!("({})", account.balance()),
        session => format!("({session:?})"),
    }
}
