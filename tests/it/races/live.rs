//! The live race: many clients do everything there is to do about a few rooms and a tour, while the clock
//! moves on; each round's history is judged from outside.
//!
//! `MARU_ROUNDS=200` runs more; `MARU_SEED` changes what the clients do.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use futures::future::try_join_all;
use harness::app::App;
use harness::history::{Booking, Call, Change, Event, Finding, History, Reply, Rule, Why, judge};
use jiff::civil::{Date, date};
use maru_kernel::Random;

use super::closing::history;
use super::hand::{Hand, Round};
use super::recorder::Recorder;
use super::world::{DAYS, World, later, midnight, moment, people};
use super::{app, setting};

/// Clients at once.
const CLIENTS: usize = 64;
/// What each of them does in a round.
const ACTS: usize = 4;
/// Rounds of the usual run.
const ROUNDS: usize = 6;
/// The first round's day; each has its own.
const FIRST: Date = date(2026, 12, 8);
/// When a round begins, in minutes of its day: some come in time for the first hour, and some do not.
const BEGIN: i64 = 8 * 60 + 50;

/// What became of calls of a kind.
type Tally = BTreeMap<(&'static str, &'static str), usize>;

/// What rounds came to.
#[derive(Debug, Default)]
struct Run {
    rounds: usize,
    events: usize,
    bookings: usize,
    judged: Duration,
    tally: Tally,
    odd: Vec<String>,
    findings: BTreeMap<Rule, usize>,
    /// The first of them, with the calls they are about.
    told: String,
}

/// Plays a round; its history, and answers nobody should have got.
async fn play(app: &App, world: &World, round: usize, seed: u64) -> Result<(History, Vec<String>)> {
    let day = later(FIRST, DAYS * i64::try_from(round)?);
    let begin = (midnight(day) + BEGIN) * 60;
    app.clock.advance(u32::try_from(begin - moment(app))?);
    // What is left of earlier rounds ends, and the keys turn.
    app.stack().workers.rotate(&serde_json::Value::Null).await?;
    while app.stack().workers.tidy().await? != maru_bookings::Swept::default() {}
    let people = people(app).await?;
    let round = &Round {
        app,
        world,
        people,
        day,
        begin,
        recorder: Recorder::default(),
        known: Mutex::default(),
        tickets: Mutex::default(),
    };
    try_join_all((0..CLIENTS).map(|number| async move {
        let hand =
            Hand { number, round, random: Random::seeded(seed.wrapping_mul(64).wrapping_add(number as u64)) };
        for turn in 0..ACTS {
            if number == 0 {
                hand.tick();
            }
            if number == 0 && turn % 2 == 1 {
                hand.sweep().await?;
            }
            hand.act().await?;
        }
        anyhow::Ok(())
    }))
    .await?;
    let last = Hand { number: 0, round, random: Random::seeded(seed) };
    while last.sweep().await? > 0 {}
    Ok((history(round).await?, round.recorder.odd()))
}

/// The findings with the calls they are about.
fn told(history: &History, findings: &[Finding]) -> Result<String> {
    let mut text = String::new();
    for finding in findings.iter().take(5) {
        write!(text, "\n{:?}: {}", finding.rule, finding.text)?;
        for at in &finding.events {
            write!(text, "\n    {at}: {:?}", history.events.get(*at))?;
        }
        let events = finding.events.iter().filter_map(|at| history.events.get(*at));
        let named: BTreeSet<&Booking> = events.flat_map(bookings).collect();
        let about = history.events.iter().enumerate();
        let about = about.filter(|(_, event)| bookings(event).any(|booking| named.contains(booking)));
        for (at, event) in about {
            write!(text, "\n        beside {at}: {event:?}")?;
        }
    }
    Ok(text)
}

/// The bookings a call is about.
fn bookings(event: &Event) -> impl Iterator<Item = &Booking> {
    let named = match &event.call {
        Call::Change { booking, .. } | Call::Read(booking) => Some(booking),
        Call::Create { .. }
        | Call::Block { .. }
        | Call::Join { .. }
        | Call::Leave(_)
        | Call::Promote(_)
        | Call::Tick(_)
        | Call::ReadDay { .. } => None,
    };
    named.into_iter().chain(event.reply.seen().iter().map(|seen| &seen.booking))
}

fn kind(call: &Call) -> &'static str {
    match call {
        Call::Create { key: Some(_), .. } => "create, twice",
        Call::Create { place, .. } if place.spans().is_empty() => "create seats",
        Call::Create { place, .. } if place.spans().len() > 1 => "create series",
        Call::Create { .. } => "create",
        Call::Block { .. } => "block",
        Call::Change { change, .. } => match change {
            Change::Extend => "extend",
            Change::Pay => "confirm",
            Change::Settle => "settle",
            Change::Approve => "approve",
            Change::Reject => "reject",
            Change::Cancel => "cancel",
            Change::Reschedule(_) => "reschedule",
            Change::Swap(_) => "swap",
            Change::Restore => "restore",
            Change::CheckIn => "check in",
            Change::Complete => "complete",
            Change::NoShow(_) => "no show",
            Change::Unblock => "unblock",
        },
        Call::Join { .. } => "join the line",
        Call::Leave(_) => "leave the line",
        Call::Promote(_) => "promote",
        Call::Tick(_) => "tick",
        Call::Read(_) => "read",
        Call::ReadDay { .. } => "read a day",
    }
}

fn outcome(reply: &Reply) -> &'static str {
    match reply {
        Reply::Done(_) | Reply::Queued(_) | Reply::Day(_) | Reply::Free(_) => "done",
        Reply::Refused(Why::Taken) => "taken",
        Reply::Refused(Why::Contended) => "contended",
        Reply::Refused(_) => "refused",
        Reply::Lost => "doubtful",
    }
}

/// Plays and judges round after round, until there is a finding.
async fn race(app: &App, rounds: usize) -> Result<Run> {
    let world = World::new(app).await?;
    let seed = setting("MARU_SEED").and_then(|seed| seed.parse().ok()).unwrap_or(1_u64);
    let mut run = Run::default();
    for round in 0..rounds {
        let seed = seed.wrapping_mul(1_000).wrapping_add(round as u64);
        let (history, strange) = play(app, &world, round, seed).await?;
        run.odd.extend(strange);
        let begin = Instant::now();
        let findings = judge(&history);
        run.judged += begin.elapsed();
        run.rounds += 1;
        run.events += history.events.len();
        run.bookings += history.closing.bookings.len();
        for event in &history.events {
            *run.tally.entry((kind(&event.call), outcome(&event.reply))).or_default() += 1;
        }
        let offers = history.closing.bookings.iter().filter(|seen| seen.ticket.is_some()).count();
        *run.tally.entry(("offer", "done")).or_default() += offers;
        if !findings.is_empty() {
            run.told = format!("round {round}, seed {seed}:{}", told(&history, &findings)?);
            for finding in findings {
                *run.findings.entry(finding.rule).or_default() += 1;
            }
            break;
        }
    }
    Ok(run)
}

fn show(tally: &Tally) {
    let mut kinds: Vec<&str> = tally.keys().map(|(kind, _)| *kind).collect();
    kinds.dedup();
    for kind in kinds {
        let of: Vec<String> =
            tally.iter().filter(|(key, _)| key.0 == kind).map(|(key, n)| format!("{n} {}", key.1)).collect();
        println!("  {kind:<16} {}", of.join(", "));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_live_race_of_everything_breaks_no_promise() -> Result<()> {
    let app = app().await?;
    let rounds = setting("MARU_ROUNDS").and_then(|rounds| rounds.parse().ok()).unwrap_or(ROUNDS);
    let begin = Instant::now();
    let run = race(&app, rounds).await?;
    println!(
        "{} rounds of {CLIENTS} clients in {:.1?} (judging {:.1?}): {} events, {} bookings, {} findings",
        run.rounds,
        begin.elapsed(),
        run.judged,
        run.events,
        run.bookings,
        run.findings.values().sum::<usize>()
    );
    show(&run.tally);
    ensure!(run.findings.is_empty(), "{:?} in {}", run.findings, run.told);
    ensure!(run.odd.is_empty(), "strange answers: {:#?}", run.odd);
    for deed in
        ["create", "create seats", "create series", "block", "cancel", "confirm", "swap", "reschedule"]
    {
        let done = run.tally.contains_key(&(deed, "done"));
        ensure!(done || rounds < ROUNDS, "nobody came to {deed}: {:?}", run.tally);
    }
    Ok(())
}

/// The race judged where the gate's conditions count for nothing: it must find that out.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gate_without_its_conditions_is_found_out() -> Result<()> {
    let app = app().await?;
    app.faults.blind("ledger");
    let run = race(&app, 3).await?;
    println!("without conditions: {} events, {} bookings: {:?}", run.events, run.bookings, run.findings);
    ensure!(run.findings.contains_key(&Rule::DoubleBooking), "nobody noticed: {:?}", run.findings);
    Ok(())
}
