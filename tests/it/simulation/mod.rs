//! The real service under a seeded simulation: several people at once over an engine that delays, refuses,
//! throttles and loses replies, all decided by a seed; then compared with a plain reference.
//!
//! `MARU_SEEDS=10000 cargo test --test it simulation` runs more; `MARU_SEED=17` runs that one again, the same
//! way, and prints what happened.

mod acts;
mod book;
mod world;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use anyhow::{Context, Result, anyhow, ensure};
use harness::inprocess::OPERATION;
use maru_bookings::{Booking, Cancel, Standing, Status};
use maru_kernel::{OrderId, Random};
use maru_table::Change;

use acts::{Act, Came, Known};
use book::Book;
use world::World;

use crate::races::setting;

/// People at work at once.
const HANDS: usize = 4;
/// What each of them does at most.
const ACTS: usize = 5;
/// Calls of a hundred that go wrong.
const FAULTS: u64 = 12;

/// What a seed came to.
#[derive(Debug, Default, Clone, Copy)]
struct Tally {
    written: usize,
    refused: usize,
    unknown: usize,
}

/// One seed, from the first act to the last check.
async fn play(seed: u64, loud: bool) -> Result<Tally> {
    let world = World::new(seed, FAULTS).await?;
    let known: Known = Arc::default();
    let came: Arc<Mutex<Vec<(usize, Act, Came)>>> = Arc::default();
    let hands = (0..HANDS).map(|hand| {
        let (world, known, came) = (world.clone(), known.clone(), came.clone());
        let random = Random::seeded(seed.wrapping_mul(64).wrapping_add(hand as u64));
        async move {
            // Short histories find some things, long ones others.
            let turns = 2 + usize::try_from(seed % (ACTS as u64 - 1)).unwrap_or(0);
            for turn in 0..turns {
                let (number, act) = (hand * ACTS + turn, acts::any(&random));
                let one = acts::perform(&world, hand % 3, number, act, &known);
                let result = OPERATION.scope(number, Box::pin(one)).await;
                came.lock().unwrap_or_else(PoisonError::into_inner).push((number, act, result));
            }
        }
    });
    futures::future::join_all(hands).await;
    // A slow call may still be on its way.
    tokio::time::sleep(std::time::Duration::from_secs(2)).await;
    let came = came.lock().unwrap_or_else(PoisonError::into_inner).clone();
    if loud {
        println!("written: {:?}", world.engine.written());
        came.iter().for_each(|(number, act, came)| println!("{number:3} {act:?}\n      {came:?}"));
    }
    let mut tally = Tally { written: world.engine.written().len(), ..Tally::default() };
    for (_, _, came) in &came {
        match came {
            Came::Refused(_) => tally.refused += 1,
            Came::Unknown => tally.unknown += 1,
            Came::Of(_) | Came::Nothing => {}
        }
    }
    judge(&world, &came).await.map_err(|why| anyhow!("seed {seed}: {why}"))?;
    Ok(tally)
}

async fn judge(world: &World, came: &[(usize, Act, Came)]) -> Result<(), String> {
    let now = world.clock.clock().now();
    let mut book = Book::default();
    for number in world.engine.written() {
        match came.iter().find(|(act, ..)| *act == number) {
            Some((_, Act::Swap(..), Came::Of(told))) => book.swap(world, told, now),
            Some((_, _, Came::Of(told))) => book.write(world, told, now),
            // What it did is not known to anybody; from here on only the stored state can be judged.
            Some((_, _, Came::Unknown)) => break,
            Some((_, _, Came::Refused(_) | Came::Nothing)) | None => Ok(()),
        }
        .map_err(|why| format!("act {number}: {why}"))?;
    }
    let stored = stored(world).await?;
    // Whatever somebody was told is there, in that version or a later one.
    for (number, _, came) in came {
        if let Came::Of(told) = came {
            let found = stored.iter().find(|booking| booking.booking_id == told.booking_id);
            let found = found.ok_or_else(|| format!("act {number}: what was made is gone"))?;
            if found.lock_version < told.lock_version {
                return Err(format!(
                    "act {number}: version {} was told, {} is stored",
                    told.lock_version, found.lock_version
                ));
            }
            if found.lock_version == told.lock_version && found != &**told {
                return Err(format!("act {number}: told {told:?}, stored {found:?}"));
            }
        }
    }
    book::must_hold(world, &stored).await
}

/// Every booking there is, found by what anybody ever wrote about one.
async fn stored(world: &World) -> Result<Vec<Booking>, String> {
    let mut all = Vec::new();
    for caller in world.people.iter() {
        all.extend(maru_bookings::export(&world.db, caller).await.map_err(|e| e.to_string())?);
    }
    Ok(all)
}

fn run(seed: u64, loud: bool) -> Result<Tally> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build()?;
    runtime.block_on(play(seed, loud))
}

/// Seeds one after another on as many threads as there are cores.
#[test]
fn whatever_order_and_fault_no_hour_is_anybodys_twice() -> Result<()> {
    let number = |name: &str| setting(name).and_then(|text| text.parse::<u64>().ok());
    if let Some(seed) = number("MARU_SEED") {
        let tally = run(seed, true)?;
        println!("{tally:?}");
        return Ok(());
    }
    let seeds = number("MARU_SEEDS").unwrap_or(150);
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get).min(4) as u64;
    let began = Instant::now();
    let mut total = Tally::default();
    let parts: Vec<Result<Tally>> = std::thread::scope(|scope| {
        let part = |first: u64| {
            scope.spawn(move || {
                let mut sum = Tally::default();
                for seed in (first..seeds).step_by(usize::try_from(threads).unwrap_or(1)) {
                    let one = run(seed, false)?;
                    sum.written += one.written;
                    sum.refused += one.refused;
                    sum.unknown += one.unknown;
                }
                Ok(sum)
            })
        };
        let running: Vec<_> = (0..threads).map(part).collect();
        running.into_iter().map(|thread| thread.join().map_err(|_| anyhow!("a seed panicked"))?).collect()
    });
    for part in parts {
        let part = part?;
        total.written += part.written;
        total.refused += part.refused;
        total.unknown += part.unknown;
    }
    println!(
        "{seeds} seeds in {:.1?}: {} acts written, {} refused, {} unanswered; no hour twice (95 %: below {:.4} of seeds)",
        began.elapsed(),
        total.written,
        total.refused,
        total.unknown,
        3.0 / f64::from(u32::try_from(seeds).unwrap_or(u32::MAX))
    );
    ensure!(total.written as u64 > seeds * 2, "hardly anything happened: {total:?}");
    Ok(())
}

/// A cancelled booking may be confirmed, by being restored; a payment that comes too late takes not that road.
#[tokio::test(start_paused = true)]
async fn a_payment_that_is_not_under_way_neither_confirms_nor_frees() -> Result<()> {
    let world = World::new(0, 0).await?;
    let take = Act::Take { room: 0, from: 10, hours: 2, series: false };
    let Came::Of(held) = acts::perform(&world, 0, 1, take, &Known::default()).await else {
        return Err(anyhow!("it was free"));
    };
    let orders = [
        OrderId::new(world.db.clock(), world.db.random()),
        OrderId::new(world.db.clock(), world.db.random()),
    ];
    let load = || async { Standing::load(&world.db, held.booking_id).await?.context("it is gone") };
    let mut change = Change::new(&world.db, &world.people[0].actor, "payment.simulated");
    let paying = load().await?.begin_payment(&mut change, orders[0], ()).context("it was held")?;
    world.db.commit(&change).await?;
    for (order, theirs) in [(orders[1], false), (orders[0], true)] {
        let mut change = Change::new(&world.db, &world.people[0].actor, "payment.simulated");
        assert_eq!(
            load().await?.confirm(&mut change, order, paying.price, ()).is_some(),
            theirs,
            "{paying:?}"
        );
        assert_eq!(load().await?.end_payment(&mut change, order, ()).is_some(), theirs, "{paying:?}");
    }
    let mut change = Change::new(&world.db, &world.people[0].actor, "payment.simulated");
    load().await?.end_payment(&mut change, orders[0], ()).context("it was being paid")?;
    world.db.commit(&change).await?;
    let desk = world.people.last().context("nobody is at the desk")?;
    world.bookings.cancel(desk, held.booking_id, &Cancel::default(), None).await?;
    let mut change = Change::new(&world.db, &world.people[0].actor, "payment.simulated");
    let standing = load().await?;
    assert_eq!((standing.booking.status, standing.booking.order_id), (Status::Cancelled, Some(orders[0])));
    assert!(standing.confirm(&mut change, orders[0], paying.price, ()).is_none());
    assert!(standing.end_payment(&mut change, orders[0], ()).is_none());
    Ok(())
}

/// The same seed comes to the same.
#[test]
fn a_seed_can_be_played_again() -> Result<()> {
    let (first, again) = (run(7, false)?, run(7, false)?);
    ensure!(format!("{first:?}") == format!("{again:?}"), "{first:?} and {again:?}");
    Ok(())
}
