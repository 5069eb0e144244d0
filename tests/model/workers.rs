//! The hands that work without being asked: the hold sweeper, the payment checker, and the clerk
//! at the desk. Each carries one plan at a time; a crash loses it.

use crate::decide::{Clock, Reader, Verdict, What};
use crate::gate;
use crate::scenario::{Scenario, Wrong};
use crate::store::{BOOKINGS, Id, Money, Status};
use crate::world::{Charge, World};

pub const WORKERS: usize = 3;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Worker {
    Sweeper,
    Checker,
    Desk,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Job {
    Read(Id, What),
    Commit,
    Crash,
}

/// What the workers can do now.
pub fn jobs(scenario: &Scenario, world: &World, job: &mut impl FnMut(Worker, Job)) {
    let at_work = [
        (Worker::Sweeper, scenario.sweeper),
        (Worker::Checker, scenario.checker),
        (Worker::Desk, scenario.desk),
    ];
    for (worker, _) in at_work.into_iter().filter(|(_, here)| *here) {
        if world.workers[worker as usize].is_some() {
            job(worker, Job::Commit);
            job(worker, Job::Crash);
            continue;
        }
        for id in 0..BOOKINGS as Id {
            let read = |what| job(worker, Job::Read(id, what));
            match worker {
                Worker::Sweeper => sweep(world, id, read),
                Worker::Checker => check(scenario, world, id, read),
                Worker::Desk => serve(scenario, world, id, read),
            }
        }
    }
}

fn sweep(world: &World, id: Id, mut read: impl FnMut(What)) {
    let mut lists = world.store.days.iter().flat_map(|day| day.list).flatten();
    if lists.any(|r| r.booking == id && r.expires) {
        read(What::Expire);
    }
}

/// Reads the payment back from the provider. "In progress" proves nothing.
fn check(scenario: &Scenario, world: &World, id: Id, mut read: impl FnMut(What)) {
    let Some(payment) = world.store.payments[id as usize] else {
        return;
    };
    let charge = world.provider[id as usize][payment.attempt as usize];
    match (payment.state, charge) {
        (Money::Confirming | Money::Unknown, Charge::Captured) => read(What::Settle(Verdict::Done)),
        (Money::Confirming | Money::Unknown, Charge::Declined) => {
            read(What::Settle(Verdict::Failed));
        }
        (Money::Confirming | Money::Unknown, _) if scenario.is(Wrong::InProgressIsFailed) => {
            read(What::Settle(Verdict::Failed));
        }
        (Money::Refunding, Charge::Refunded) => read(What::CancelRefunded),
        _ => {}
    }
}

fn serve(scenario: &Scenario, world: &World, id: Id, mut read: impl FnMut(What)) {
    let Some(booking) = world.store.bookings[id as usize] else {
        return;
    };
    match booking.status {
        Status::Pending => {
            read(What::Approve);
            read(What::Cancel);
        }
        Status::Confirmed => {
            read(What::Cancel);
            for to in scenario.wishes[id as usize / 2] {
                if to != 0 && to != booking.slots {
                    read(What::Move(to));
                }
            }
        }
        Status::Cancelled => read(What::Restore),
        Status::Held | Status::Paying | Status::Expired => {}
    }
}

/// Does it. `None`: nothing comes of it.
pub fn step(scenario: &Scenario, world: &mut World, worker: Worker, job: Job) -> Option<()> {
    let read = |world: &World, id, what| {
        let mut reader = Reader::new(scenario, world);
        if scenario.mad_clocks {
            reader.clock = Clock::Ahead; // a sweeper too late would only do nothing
        }
        reader.plan(what, id, 0)
    };
    let plan = world.workers[worker as usize].take();
    match (job, plan) {
        (Job::Read(id, what), _) => world.workers[worker as usize] = Some(read(world, id, what)?),
        (Job::Commit, Some(plan)) => {
            if world.deliver(scenario, &plan)
                && let Some(second) = gate::second_half(scenario, plan.what)
            {
                world.workers[worker as usize] = read(world, plan.id, second);
            }
        }
        (Job::Crash | Job::Commit, _) => {}
    }
    Some(())
}
