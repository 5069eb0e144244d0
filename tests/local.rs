//! `cargo local`: the whole system on one port, on engines and fakes embedded in this process.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "it talks to the person who started it")]

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Parser;
use harness::people::Person;
use harness::serve::{Served, outside};
use harness::stack::{Options, Outsiders};
use maru_kernel::{Clock, ManualClock};
use tokio::net::TcpListener;

/// 마루를 이 컴퓨터에서 실행합니다. Runs Maru on this computer.
#[derive(Parser)]
#[command(name = "cargo local")]
struct Arguments {
    /// The port to listen on, on 127.0.0.1.
    #[arg(long, default_value_t = 3000)]
    port: u16,
    /// Keep nothing: all data is gone when it stops.
    #[arg(long)]
    memory: bool,
    /// Let POST /local/clock move the time.
    #[arg(long)]
    test_clock: bool,
    /// Serve only the stand-ins of the outsiders (mail, payments), for functions that run elsewhere.
    #[arg(long)]
    fakes_only: bool,
    /// Where data is kept.
    #[arg(long, default_value = ".local")]
    folder: PathBuf,
}

#[tokio::main]
async fn main() -> ExitCode {
    logs();
    match run(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Warnings of ours; the engine calls every refused condition one, which here is daily business.
fn logs() {
    use tracing_subscriber::filter::{LevelFilter, Targets};
    use tracing_subscriber::layer::SubscriberExt;
    use tracing_subscriber::util::SubscriberInitExt;
    let filter = Targets::new().with_default(LevelFilter::WARN).with_target("dynoxide", LevelFilter::ERROR);
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    tracing_subscriber::registry().with(filter).with(lines).init();
}

async fn run(arguments: Arguments) -> Result<()> {
    let listener = listen(arguments.port).await?;
    let base_url = format!("http://{}", listener.local_addr()?);
    let folder = (!arguments.memory).then(|| arguments.folder.clone());
    let manual = arguments.test_clock.then(|| ManualClock::ahead_of(Clock::system()));
    let clock = manual.as_ref().map_or_else(Clock::system, ManualClock::clock);
    if arguments.fakes_only {
        let app = outside(&Outsiders::new(&base_url, None, &clock));
        println!("mail and payments only: {base_url}");
        let service = app.into_make_service_with_connect_info::<SocketAddr>();
        return Ok(axum::serve(listener, service).with_graceful_shutdown(interrupted()).await?);
    }
    let options = Options { folder, clock, ..Options::throw_away(&base_url) };
    let served = Served::start(listener, options, manual, true).await?;
    greet(&base_url, &served.stack.people, (!arguments.memory).then_some(&arguments.folder));
    interrupted().await;
    println!("stopping");
    served.stop().await;
    Ok(())
}

async fn listen(port: u16) -> Result<TcpListener> {
    match TcpListener::bind(("127.0.0.1", port)).await {
        Err(error) if error.kind() == ErrorKind::AddrInUse => {
            anyhow::bail!(
                "포트 {port}은(는) 이미 쓰이고 있습니다. Port {port} is taken: choose another with --port."
            )
        }
        bound => bound.with_context(|| format!("listening on port {port}")),
    }
}

fn greet(base_url: &str, people: &[Person], folder: Option<&PathBuf>) {
    println!("마루 · Maru  {base_url}");
    println!("  {base_url}/local   메일함, 사람 · mailbox, people");
    println!("  {base_url}/docs    API 문서 · API documents");
    match folder {
        Some(folder) => println!("  data in {}; delete it to begin anew", folder.display()),
        None => println!("  data is gone when it stops"),
    }
    for person in people {
        let key = person.api_key.as_deref().map(|key| format!("  X-API-Key: {key}")).unwrap_or_default();
        println!("  {:<10} {:<24} {}{key}", person.role, person.email, person.password);
    }
}

/// Ctrl-C, or the signal a supervisor sends.
async fn interrupted() {
    #[cfg(unix)]
    {
        let Ok(mut terminated) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())
        else {
            return drop(tokio::signal::ctrl_c().await);
        };
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminated.recv() => {}
        }
    }
    #[cfg(not(unix))]
    drop(tokio::signal::ctrl_c().await);
}
