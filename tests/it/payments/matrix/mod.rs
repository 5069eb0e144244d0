//! Money in is money recorded, whatever fails: every single fault, and every two of them, in what a booking's
//! money goes through, each followed by the same judgement.
//!
//! `MARU_PAIRS=all` makes a run of every two faults that differ in what follows (minutes), `MARU_PAIRS=every` of
//! every two; otherwise a sample. `MARU_HOOKS` is how many webhooks storm.

mod judge;
mod lane;
mod points;
mod run;
mod silence;
mod storms;
mod tampering;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::bail;
use harness::faults::{Calls, Fault};
use lane::{Lane, Told, ledger, sum, till};
use maru_bookings::Booking;
use maru_payments::{Kind, Movement, Payment};
use points::{Asked, Calls4, Plan, Point, SITES, Site, Then};
use run::{Figures, PART, PRICE, Run};
use serde::de::DeserializeOwned;

use super::*;
use crate::races::setting;

/// Systems at work at once: most of a run's time somebody waits for an answer that does not come.
const LANES: usize = 10;
/// Runs of two faults where not all are asked for.
const SAMPLE: usize = 90;
/// A wait of nothing: lets a call through.
const PASS: Fault = Fault::Delay(Duration::ZERO);

/// Makes every run, on several systems, and answers what they came to.
async fn all_runs(plans: Vec<Plan>) -> Result<Figures> {
    let (plans, next) = (Arc::new(plans), Arc::new(AtomicUsize::new(0)));
    let lanes =
        (0..LANES.min(plans.len())).map(|_| tokio::spawn(one_lane(Arc::clone(&plans), Arc::clone(&next))));
    let mut all = Figures::default();
    let mut wrong = Vec::new();
    for lane in join_all(lanes.collect::<Vec<_>>()).await {
        let (figures, errors) = lane??;
        all.add(figures);
        wrong.extend(errors);
    }
    ensure!(wrong.is_empty(), "{} of {} runs are wrong:\n{}", wrong.len(), plans.len(), wrong.join("\n"));
    Ok(all)
}

async fn one_lane(plans: Arc<Vec<Plan>>, next: Arc<AtomicUsize>) -> Result<(Figures, Vec<String>)> {
    let mut lane = Lane::open().await?;
    let (mut all, mut wrong) = (Figures::default(), Vec::new());
    while let Some(plan) = plans.get(next.fetch_add(1, Ordering::Relaxed)) {
        let judged = match Box::pin(Run::make(&lane, plan)).await {
            Ok(run) => run.judge().await,
            Err(error) => Err(error),
        };
        let failed = judged.is_err();
        match judged {
            Ok(figures) => all.add(figures),
            Err(error) => wrong.push(format!("{plan:?}: {error:#}")),
        }
        // What is left of a run that went wrong is not to go on in the next one.
        if failed || lane.is_old() {
            lane = Lane::open().await?;
        }
    }
    Ok((all, wrong))
}

/// What each function asks of the store, at most: the calls of every invocation that something comes of.
async fn survey() -> Result<Calls4> {
    let mut calls = Calls4::default();
    let lane = Lane::open().await?;
    for then in [Then::Cancels, Then::GivesUp, Then::StaffPart] {
        // A capture whose answer is lost gives the webhook and the checker something to find.
        let lost = vec![Point::Provider(Asked::Confirm, Behaviour::Error500AfterCapture)];
        for (hooks, points) in [(true, Vec::new()), (true, lost.clone()), (false, lost)] {
            let plan = Plan { then, hooks, points };
            let run = Box::pin(Run::make(&lane, &plan)).await?;
            run.judge().await?;
            for (site, seen) in SITES.into_iter().zip(&mut calls) {
                for traced in run.traced(site) {
                    seen.resize(seen.len().max(traced.len()), false);
                    seen.iter_mut().zip(traced).for_each(|(writes, call)| *writes |= *call);
                }
            }
        }
    }
    ensure!(calls.iter().all(|calls| calls.contains(&true)), "a function writes nothing: {calls:?}");
    Ok(calls)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_fails_once_money_in_is_money_recorded() -> Result<()> {
    let calls = Box::pin(survey()).await?;
    let points = points::all(&calls);
    let figures = all_runs(points::singles(&points, setting("MARU_PAIRS").is_some())).await?;
    println!("{} single faults: {figures}", points.len());
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_two_things_fail_money_in_is_money_recorded() -> Result<()> {
    let calls = Box::pin(survey()).await?;
    let every = points::all(&calls);
    let points = if setting("MARU_PAIRS").is_some_and(|value| value == "every") {
        every
    } else {
        points::apart(&every, &calls)
    };
    let mut plans = points::pairs(&points);
    let pairs = plans.len();
    if setting("MARU_PAIRS").is_none() {
        let step = pairs / SAMPLE;
        plans = plans.into_iter().step_by(step.max(1)).collect();
    }
    let figures = all_runs(plans).await?;
    println!("{pairs} pairs of {} faults: {figures}", points.len());
    Ok(())
}
