//! `cargo bench-cold`: starts every function the way Lambda does, again and again, and tells how
//! long each takes next to a bare hello. Times are only compared within one run, because machines
//! differ. What to start with which environment and event is `subjects`' business.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command-line tool: its output is its purpose"
)]
#![allow(
    clippy::disallowed_methods,
    reason = "a stop-watch reads the real clock, and cargo is handed the real environment"
)]

mod answer;
mod binaries;
mod cold_start;
mod event;
mod figures;
mod report;
mod runtime_api;
mod subjects;

use std::{
    collections::{BTreeMap, BTreeSet},
    num::NonZeroUsize,
    path::PathBuf,
    process::ExitCode,
    thread,
};

use anyhow::{Context, bail};
use clap::Parser;

use crate::{
    binaries::{Binaries, Profile},
    report::Measured,
    subjects::Subject,
};

/// The function all others are compared with.
const BASELINE: &str = "bench-hello";

/// Measures cold start, first and warm answers, memory and size of the functions.
#[derive(Parser)]
#[command(name = "cargo bench-cold", bin_name = "cargo bench-cold")]
struct Options {
    /// Only these functions, separated by commas (the hello is always measured)
    #[arg(long, value_delimiter = ',', value_name = "NAMES")]
    only: Vec<String>,
    /// Also write the figures to this file
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Profile the functions are built with; the bars are meant for `deploy`
    #[arg(long, value_enum, default_value_t = Profile::Deploy)]
    profile: Profile,
    /// Cold starts per function
    #[arg(long, default_value = "15", value_name = "N")]
    runs: NonZeroUsize,
    /// Warm invocations after each cold start
    #[arg(long, default_value = "300", value_name = "N")]
    warm: NonZeroUsize,
    /// Measure the binaries that are there
    #[arg(long)]
    no_build: bool,
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
    let cores = thread::available_parallelism().context("the machine hides its cores")?;
    println!(
        "{cores} cores, {} runs, {} warm invocations each, profile {}",
        options.runs, options.warm, options.profile
    );
    if cfg!(debug_assertions) {
        println!("note: this tool is itself unoptimised, which flatters first and warm ratios");
    }

    let subjects = chosen(subjects::subjects().await?, &options.only)?;
    let binaries = Binaries::of_workspace(options.profile).await?;
    if !options.no_build {
        let functions: Vec<&str> = subjects.iter().skip(1).map(|s| s.name.as_str()).collect();
        binaries.build(&[BASELINE]).await?;
        binaries.build(&functions).await?;
    }

    let (measured, failures) = measure(&subjects, &binaries, options).await?;
    let rows = report::rows(&measured)?;
    print!("\n{}", report::table(&rows));
    for line in report::remarks(&measured).iter().chain(&report::missed(&rows)) {
        println!("{line}");
    }
    if let Some(file) = &options.json {
        std::fs::write(file, serde_json::to_vec_pretty(&rows)?)
            .with_context(|| format!("the figures could not be written to {}", file.display()))?;
    }
    if failures.is_empty() {
        return Ok(());
    }
    for (name, failure) in &failures {
        eprintln!("\n{name}: {failure:#}");
    }
    let names: Vec<&str> = failures.into_keys().collect();
    bail!("not measured: {}", names.join(", "))
}

/// The baseline first, then the wanted ones in their own order.
fn chosen(subjects: Vec<Subject>, only: &[String]) -> anyhow::Result<Vec<Subject>> {
    let known: BTreeSet<&str> = subjects.iter().map(|subject| subject.name.as_str()).collect();
    if known.len() != subjects.len() {
        bail!("a subject is listed twice");
    }
    if let Some(stranger) = only.iter().find(|name| !known.contains(name.as_str())) {
        let known: Vec<&str> = known.into_iter().collect();
        bail!("there is no function {stranger:?}; there are {}", known.join(", "));
    }
    let (baseline, functions): (Vec<Subject>, Vec<Subject>) =
        subjects.into_iter().partition(|subject| subject.name == BASELINE);
    if baseline.is_empty() {
        bail!("{BASELINE} is not among the subjects");
    }
    let wanted = functions.into_iter().filter(|s| only.is_empty() || only.contains(&s.name));
    Ok(baseline.into_iter().chain(wanted).collect())
}

/// Starts every subject once per round, so that a noisy minute hits all of them alike. A subject
/// that fails leaves the rounds; without the baseline there is nothing to compare with.
async fn measure<'a>(
    subjects: &'a [Subject],
    binaries: &Binaries,
    options: &Options,
) -> anyhow::Result<(Vec<Measured>, BTreeMap<&'a str, anyhow::Error>)> {
    let mut failures = BTreeMap::new();
    let mut measured = Vec::new();
    for subject in subjects {
        match binaries.unpack(&subject.name) {
            Ok(size) => measured.push(Measured::new(&subject.name, size)),
            Err(failure) if subject.name == BASELINE => return Err(failure),
            Err(failure) => drop(failures.insert(subject.name.as_str(), failure)),
        }
    }
    for round in 1..=options.runs.get() {
        eprintln!("round {round} of {}", options.runs);
        for subject in subjects {
            if failures.contains_key(subject.name.as_str()) {
                continue;
            }
            let binary = binaries.path(&subject.name);
            let log = binaries.log(&subject.name);
            match cold_start::cold_start(&binary, subject, options.warm.get(), &log).await {
                Ok(start) => {
                    for one in measured.iter_mut().filter(|one| one.name == subject.name) {
                        one.starts.push(start.clone());
                    }
                }
                Err(failure) if subject.name == BASELINE => return Err(failure.context(BASELINE)),
                Err(failure) => drop(failures.insert(subject.name.as_str(), failure)),
            }
        }
    }
    measured.retain(|one| !failures.contains_key(one.name.as_str()));
    Ok((measured, failures))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subject(name: &str) -> Subject {
        Subject { name: name.to_owned(), env: Vec::new(), event: serde_json::Value::Null }
    }

    fn names(subjects: &[Subject]) -> Vec<&str> {
        subjects.iter().map(|subject| subject.name.as_str()).collect()
    }

    #[test]
    fn the_hello_comes_first_even_when_not_asked_for() {
        let all = vec![subject("rooms"), subject("bookings"), subject(BASELINE)];
        let chosen = chosen(all, &["bookings".to_owned()]).unwrap();
        assert_eq!(names(&chosen), [BASELINE, "bookings"]);
    }

    #[test]
    fn without_names_everything_is_measured() {
        let chosen = chosen(vec![subject(BASELINE), subject("rooms")], &[]).unwrap();
        assert_eq!(names(&chosen), [BASELINE, "rooms"]);
    }

    #[test]
    fn an_unknown_name_is_refused_with_the_known_ones() {
        let refusal = chosen(vec![subject(BASELINE)], &["romms".to_owned()]).err().unwrap();
        assert_eq!(refusal.to_string(), "there is no function \"romms\"; there are bench-hello");
    }

    #[test]
    fn a_list_without_the_hello_is_refused() {
        let refusal = chosen(vec![subject("rooms")], &[]).err().unwrap();
        assert_eq!(refusal.to_string(), "bench-hello is not among the subjects");
    }
}
