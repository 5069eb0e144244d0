//! `cargo bench-cost`: what each operation costs at the store, counted by the functions' own meters
//! while people act over HTTP. Everything is done twice, with few bookings in the tables and with many:
//! what an operation costs must not depend on how much business was done before.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command-line tool: its output is its purpose"
)]

#[path = "cost/life.rs"]
mod life;
#[path = "cost/past.rs"]
mod past;
#[path = "cost/report.rs"]
mod report;
#[path = "cost/visit.rs"]
mod visit;

use std::{path::PathBuf, process::ExitCode};

use anyhow::Context;
use clap::Parser;
use harness::app::App;
use serde_json::json;

use crate::visit::Charge;

/// What the wished number is compared with.
const FEW: u32 = 1_000;

/// Counts round trips and capacity units of the operations.
#[derive(Parser)]
#[command(name = "cargo bench-cost", bin_name = "cargo bench-cost")]
struct Options {
    /// Bookings there are already, beside a run with 1000
    #[arg(long, default_value_t = 2_000, value_name = "N")]
    bookings: u32,
    /// Also write the figures to this file
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(&Options::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("\nerror: {failure:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(options: &Options) -> anyhow::Result<()> {
    let few = charges(FEW).await?;
    let many = charges(options.bookings).await?;
    println!("{} bookings there already, compared with {FEW}", options.bookings);
    print!("\n{}", report::table(&few, &many));
    println!(
        "trips: one after the other, without the caller's own read, which guarded routes make; reads: with it"
    );
    for line in report::missed(&few, &many) {
        println!("{line}");
    }
    if let Some(file) = &options.json {
        let runs = json!([
            {"bookings": FEW, "operations": report::json(&few)},
            {"bookings": options.bookings, "operations": report::json(&many)},
        ]);
        std::fs::write(file, serde_json::to_vec_pretty(&runs)?)
            .with_context(|| format!("the figures could not be written to {}", file.display()))?;
    }
    Ok(())
}

/// What everything costs in a new system with this many bookings. The first visit warms the functions
/// up: keys are announced and fetched once per sandbox, not per request.
async fn charges(bookings: u32) -> anyhow::Result<Vec<Charge>> {
    let app = App::start().await?;
    past::bookings(&app, bookings).await?;
    visit::visit(&app, "2026-12-07", "warm@example.kr").await?;
    visit::visit(&app, "2026-12-08", "kim@example.kr").await
}
