//! `cargo bench-timing`: whether a stranger with a stopwatch can tell who has an account. As many known
//! as unknown addresses are tried with a wrong password, in random order, each once and each from
//! somewhere else, so that nothing is throttled; then the two sets of times are compared.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command-line tool: its output is its purpose"
)]

#[path = "timing/ranks.rs"]
mod ranks;

use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, ensure};
use axum::body::Body;
use axum::extract::Request;
use clap::Parser;
use harness::app::App;
use maru_accounts::{Hasher, Keys, SEED_GRANTS, Seeded, seed};
use maru_identity::Role;
use maru_kernel::{Email, Random, Secret};
use maru_table::Db;
use maru_web::Front;
use serde_json::json;

/// Q4: how well a guess by time alone may do, between never right (0) and always (1).
const BAR: std::ops::RangeInclusive<f64> = 0.45..=0.55;
/// Tries before the first that counts: connections are opened and code is paged in.
const WARM: u32 = 40;

/// Compares the times of refused sign-ins.
#[derive(Parser)]
#[command(name = "cargo bench-timing", bin_name = "cargo bench-timing")]
struct Options {
    /// Known addresses, and as many unknown ones
    #[arg(long, default_value_t = 1_000, value_name = "N")]
    pairs: u32,
    /// What the order is drawn from
    #[arg(long, default_value_t = 1, value_name = "NUMBER")]
    seed: u64,
    /// Fail where the bar is missed
    #[arg(long)]
    strict: bool,
}

/// A try to be made.
#[derive(Clone, Copy)]
struct Try {
    known: bool,
    number: u32,
}

impl Try {
    /// Of one length, so that nothing but being known differs.
    fn email(self) -> String {
        format!("{}{:06}@example.kr", if self.known { "known" } else { "guess" }, self.number)
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let options = Options::parse();
    match run(&options).await {
        Ok(held) if held || !options.strict => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(failure) => {
            eprintln!("\nerror: {failure:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(options: &Options) -> anyhow::Result<bool> {
    ensure!(options.pairs > 0, "there is nothing to compare");
    let app = App::start().await?;
    people(&app, options.pairs + WARM).await?;
    let front = app.stack().front("login").context("no login")?;
    for number in options.pairs..options.pairs + WARM {
        for known in [true, false] {
            timed(&app, front, Try { known, number }).await?;
        }
    }
    let (mut known, mut unknown) = (Vec::new(), Vec::new());
    for one in shuffled(options) {
        let took = timed(&app, front, one).await?;
        if one.known { known.push(took) } else { unknown.push(took) }
    }
    let auc = ranks::auc(&known, &unknown);
    let error = ranks::deviation(known.len(), unknown.len());
    println!("{} known and {} unknown addresses, a wrong password each", known.len(), unknown.len());
    println!(
        "median: known {:.3} ms, unknown {:.3} ms",
        ranks::median(&mut known),
        ranks::median(&mut unknown)
    );
    let held = BAR.contains(&auc);
    let verdict = if held { "ok" } else { "MISSED" };
    println!(
        "AUC {auc:.4} (0.5 tells nothing; chance alone: ±{:.4}), Q4 {:.2} to {:.2}: {verdict}",
        2.0 * error,
        BAR.start(),
        BAR.end()
    );
    Ok(held)
}

/// Makes the known ones.
async fn people(app: &App, count: u32) -> anyhow::Result<()> {
    let grants = SEED_GRANTS.map(|grant| (grant, grant.table.name.to_owned()));
    let db = Db::connect(&app.stack().sdk, grants, app.clock.clock(), Random::system());
    let keys = Keys::derive(&app.stack().vault.open().await?.master()).context("no keys")?;
    let hash = Hasher::new(Random::system()).hash(&keys, &Secret::new("Str0ng!pass")).await?;
    for number in 0..count {
        let email = Email::parse(&Try { known: true, number }.email()).context("no address")?;
        let new = Seeded { email, name: "김철수", role: Role::Member, password_hash: &hash, scopes: &[] };
        seed(&db, new).await?.context("there already")?;
    }
    Ok(())
}

/// Every try, in an order nobody chose.
fn shuffled(options: &Options) -> Vec<Try> {
    let random = Random::seeded(options.seed);
    let both = |number| [true, false].map(|known| Try { known, number });
    let mut tries: Vec<Try> = (0..options.pairs).flat_map(both).collect();
    for last in (1..tries.len()).rev() {
        let other = random.below(last as u64 + 1);
        tries.swap(last, usize::try_from(other).unwrap_or(0));
    }
    tries
}

/// Milliseconds a refused sign-in takes inside the function.
async fn timed(app: &App, front: &Front, one: Try) -> anyhow::Result<f64> {
    app.clock.advance(1);
    let body = json!({"email": one.email(), "password": "Wr0ng!pass"}).to_string();
    let request = Request::post("/auth/login").header("content-type", "application/json");
    let request = request.body(Body::from(body))?;
    // Nobody shares a /24.
    let place = one.number * 2 + u32::from(one.known);
    let [_, a, b, c] = place.to_be_bytes();
    let ip = format!("{}.{b}.{c}.1", 10 + a);
    let started = Instant::now();
    let answer = front.answer(request, Some(ip)).await;
    let took = started.elapsed();
    ensure!(answer.status() == 401, "a try was answered {}", answer.status());
    Ok(took.as_secs_f64() * 1000.0)
}
