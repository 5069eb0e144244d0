//! What people do in a simulation, and what came of it.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::ToSpan;
use jiff::civil::DateTime;
use maru_bookings::{
    Amend, Booking, BookingError, Cancel, Departure, MoveTo, NewBooking, Standing, Status, Times, When, Whom,
    Wished,
};
use maru_kernel::{BookingId, OrderId, Random};
use maru_table::{Change, CommitError, Idempotency};
use maru_tours::Party;

use super::world::{CLOSE, DAY, OPEN, World};

/// One thing somebody does. Bookings are named by their place among those made so far.
#[derive(Debug, Clone, Copy)]
pub enum Act {
    /// Hours of a room, again a day later for a series.
    Take {
        room: usize,
        from: u16,
        hours: u16,
        series: bool,
    },
    /// Seats.
    Ride {
        hour: u16,
        seats: u16,
    },
    /// Staff keep a room.
    Block {
        room: usize,
        from: u16,
        hours: u16,
    },
    Cancel(usize),
    Extend(usize),
    Move(usize, usize, u16, u16),
    Swap(usize, usize),
    Restore(usize),
    Confirm(usize),
    /// A payment begins, and ends well or not.
    Pay(usize, bool),
    /// Waits for hours.
    Wait {
        room: usize,
        from: u16,
        hours: u16,
    },
    Sweep,
    /// Time goes by.
    Pass(u32),
}

/// What became of an act.
#[derive(Debug, Clone)]
pub enum Came {
    /// This is how the booking is now.
    Of(Box<Booking>),
    /// Refused, for a reason that is told when the seed is played again.
    Refused(#[allow(dead_code, reason = "printed")] &'static str),
    /// Nobody knows: the store did not answer.
    Unknown,
    /// Nothing to tell.
    Nothing,
}

/// The bookings made so far, as those at work know them.
pub type Known = Arc<Mutex<Vec<(usize, BookingId)>>>;

/// A random act.
pub fn any(random: &Random) -> Act {
    let pick = |most: u64| usize::try_from(random.below(most)).unwrap_or(0);
    let hour = || OPEN + u16::try_from(random.below(u64::from(CLOSE - OPEN))).unwrap_or(0);
    let hours = || 1 + u16::try_from(random.below(3)).unwrap_or(0);
    let (room, from, hours) = (pick(3), hour(), hours());
    match random.below(30) {
        0..=8 => Act::Take { room, from, hours, series: random.below(5) == 0 },
        9..=11 => Act::Ride { hour: if random.below(2) == 0 { 9 } else { 14 }, seats: 1 + hours % 3 },
        12 => Act::Block { room, from, hours },
        13..=15 => Act::Cancel(pick(12)),
        16 => Act::Extend(pick(12)),
        17..=18 => Act::Move(pick(12), room, from, hours),
        19..=20 => Act::Swap(pick(12), pick(12)),
        21..=22 => Act::Restore(pick(12)),
        23 => Act::Confirm(pick(12)),
        24..=25 => Act::Pay(pick(12), random.below(2) == 0),
        26 => Act::Wait { room, from, hours },
        27 => Act::Sweep,
        _ => Act::Pass([60, 300, 600, 1800][pick(4)]),
    }
}

fn at(days: i32, hour: u16) -> DateTime {
    let date = DAY.checked_add(days.days()).unwrap_or(DAY);
    date.at(i8::try_from(hour).unwrap_or(0), 0, 0, 0)
}

fn time(days: i32, from: u16, hours: u16) -> (When, When) {
    (When::Local(at(days, from)), When::Local(at(days, (from + hours).min(CLOSE))))
}

fn wish(wished: Wished, number: usize) -> NewBooking {
    NewBooking {
        wished,
        whom: Whom::Caller,
        contact: None,
        title: format!("act {number}"),
        description: String::new(),
        heads: None,
        draft: false,
        firm: false,
    }
}

/// Does one act as person `who`; where it makes a booking, the others come to know it. Every third act comes
/// twice, as a client that lost the answer sends it: with the same key.
pub async fn perform(world: &World, who: usize, number: usize, act: Act, known: &Known) -> Came {
    let twice = number.is_multiple_of(3);
    // Whom it is about is decided once: a repeated request is the same request.
    let about = known.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let first = once(world, who, number, act, (known, &about)).await;
    if twice && !matches!(act, Act::Pass(_) | Act::Sweep | Act::Block { .. } | Act::Pay(..)) {
        let again = once(world, who, number, act, (known, &about)).await;
        return match (&first, &again) {
            (Came::Unknown, _) => again,
            _ => first,
        };
    }
    first
}

async fn once(
    world: &World,
    who: usize,
    number: usize,
    act: Act,
    (known, about): (&Known, &[(usize, BookingId)]),
) -> Came {
    let (Some(caller), Some(desk)) = (world.people.get(who), world.people.last()) else {
        return Came::Nothing;
    };
    let service = &world.bookings;
    let now = world.clock.clock().now();
    let request = Idempotency::new(&caller.principal(), "simulation", &format!("{number}"), b"", now, 24);
    let request = Some(&request);
    let named = |n: usize| about.get(n).or(about.last()).map(|(_, id)| *id);
    let room = |n: usize| world.rooms.get(n).copied().unwrap_or(world.rooms[0]);
    let done = match act {
        Act::Take { room: n, from, hours, series } => {
            let (start, end) = time(0, from, hours);
            let times = if series {
                Times::Listed(vec![(start, end), time(1, from, hours)])
            } else {
                Times::One(start, end)
            };
            let wished = Wished::Room { room_id: room(n), times, skip: false };
            service.create(caller, &wish(wished, number), request).await.map(|made| made.booking)
        }
        Act::Ride { hour, seats } => {
            let party = Party { adults: seats, children: 0, infants: 0 };
            let departure =
                Departure { tour_id: world.tour, date: DAY, time: hour * 60, party, pickup: None };
            service
                .create(caller, &wish(Wished::Tour(departure), number), request)
                .await
                .map(|made| made.booking)
        }
        Act::Block { room: n, from, hours } => service
            .block(desk, room(n), time(0, from, hours), format!("act {number}"), request)
            .await
            .map(|done| done.0),
        Act::Wait { room: n, from, hours } => {
            let (start, end) = time(0, from, hours);
            let wished = Wished::Room { room_id: room(n), times: Times::One(start, end), skip: false };
            return match service.join(caller, &wish(wished, number), request).await {
                Ok(_) => Came::Nothing,
                Err(error) => refused(&error),
            };
        }
        Act::Sweep => {
            return world.sweeper.run().await.map_or(Came::Unknown, |_| Came::Nothing);
        }
        Act::Pass(seconds) => {
            world.clock.advance(seconds);
            return Came::Nothing;
        }
        Act::Cancel(n) => match named(n) {
            Some(id) => service.cancel(desk, id, &Cancel::default(), request).await.map(|done| done.0),
            None => return Came::Nothing,
        },
        Act::Extend(n) => match named(n) {
            Some(id) => service.extend(desk, id, request).await.map(|done| done.0),
            None => return Came::Nothing,
        },
        Act::Move(n, to, from, hours) => match named(n) {
            Some(id) => {
                let (start, end) = time(0, from, hours);
                let to = MoveTo {
                    room_id: Some(room(to)),
                    start: Some(start),
                    end: Some(end),
                    ..MoveTo::default()
                };
                let amend = Amend { to: Some(to), keep_price: true, ..Amend::default() };
                service.amend(desk, id, &amend, request).await.map(|done| done.0)
            }
            None => return Came::Nothing,
        },
        Act::Swap(a, b) => match (named(a), named(b)) {
            (Some(a), Some(b)) => service.swap(desk, a, b, None, request).await.map(|done| done.0),
            _ => return Came::Nothing,
        },
        Act::Restore(n) => match named(n) {
            Some(id) => service.restore(desk, id, request).await.map(|done| done.0),
            None => return Came::Nothing,
        },
        Act::Confirm(n) => match named(n) {
            Some(id) => service.confirm_hold(desk, id, None, request).await.map(|done| done.0),
            None => return Came::Nothing,
        },
        Act::Pay(n, well) => match named(n) {
            Some(id) => return pay(world, number, id, well).await,
            None => return Came::Nothing,
        },
    };
    match done {
        Ok(booking) => {
            let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
            if !known.iter().any(|(_, id)| *id == booking.booking_id) {
                known.push((number, booking.booking_id));
            }
            Came::Of(Box::new(booking))
        }
        Err(error) => refused(&error),
    }
}

/// As payments do it: firm before the provider is asked, then confirmed or given back.
async fn pay(world: &World, number: usize, id: BookingId, well: bool) -> Came {
    let order = OrderId::new(world.db.clock(), &Random::seeded(number as u64));
    for begins in [true, false] {
        let (mut came, mut lost) = (Came::Unknown, false);
        for _ in 0..8 {
            let Ok(Some(standing)) = Standing::load(&world.faulty, id).await else { continue };
            let mut change = Change::new(&world.faulty, &world.people[0].actor, "payment.simulated");
            let next = match (begins, well) {
                (true, _) => standing.begin_payment(&mut change, order, ()),
                (false, true) => standing.confirm(&mut change, order, standing.booking.owed(), ()),
                (false, false) => standing.end_payment(&mut change, order, ()),
            };
            let Some(next) = next else {
                // Its own lost reply, or somebody else's payment: what is not to be paid is left alone.
                let mine =
                    standing.booking.status == Status::Paying && standing.booking.order_id == Some(order);
                if begins && mine {
                    came = Came::Of(Box::new(standing.booking));
                    break;
                }
                return if lost { Came::Unknown } else { Came::Refused("status") };
            };
            match world.faulty.commit(&change).await {
                Ok(()) => {
                    came = Came::Of(Box::new(next));
                    break;
                }
                Err(CommitError::Refused(..)) => {}
                Err(CommitError::Store(_)) => lost = true,
            }
        }
        if !matches!(came, Came::Of(_)) || !begins {
            return came;
        }
    }
    Came::Unknown
}

fn refused(error: &BookingError) -> Came {
    match error {
        BookingError::Store(_) => Came::Unknown,
        BookingError::Taken(_) => Came::Refused("taken"),
        BookingError::Status(_) => Came::Refused("status"),
        BookingError::Refused(code, _) => Came::Refused(code),
        BookingError::Quota(_) => Came::Refused("quota"),
        BookingError::Contended => Came::Refused("contended"),
        BookingError::Invalid(_) => Came::Refused("invalid"),
        BookingError::NoBooking | BookingError::NoResource | BookingError::NoPerson => {
            Came::Refused("missing")
        }
        BookingError::Forbidden | BookingError::KeyReused | BookingError::Changed(_) => {
            Came::Refused("other")
        }
    }
}
