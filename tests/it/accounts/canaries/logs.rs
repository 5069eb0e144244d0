//! Everything this process logs, kept: as a function writes it, and in more detail than one ever does.

use std::io::Write;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use harness::functions;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::{LevelFilter, filter_fn};
use tracing_subscriber::layer::SubscriberExt;

/// What was written so far.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Kept {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
    }
}

/// The logs.
pub(super) struct Logs {
    lines: Kept,
    details: Kept,
}

/// A process has one: other tests' lines are in it, too.
static LOGS: LazyLock<Logs> = LazyLock::new(|| {
    let logs = Logs { lines: Kept::default(), details: Kept::default() };
    let (lines, details) = (logs.lines.clone(), logs.details.clone());
    let ours: Vec<String> =
        functions::all().iter().map(|listed| listed.function.name.replace('-', "_")).collect();
    let is_ours = move |target: &str| {
        let package = target.split("::").next().unwrap_or_default();
        package.starts_with("maru_") || ours.iter().any(|name| name == package)
    };
    let details = tracing_subscriber::fmt::layer()
        .with_ansi(false)
        .with_span_events(tracing_subscriber::fmt::format::FmtSpan::FULL)
        .with_writer(move || details.clone())
        .with_filter(filter_fn(move |meta| is_ours(meta.target())));
    let lines = maru_web::log_lines(move || lines.clone()).with_filter(LevelFilter::INFO);
    tracing::subscriber::set_global_default(tracing_subscriber::registry().with(lines).with(details))
        .expect("no other subscriber");
    logs
});

impl Logs {
    /// Begins to keep what is logged.
    pub(super) fn keep() -> &'static Self {
        &LOGS
    }

    /// The lines as they are written in the cloud.
    pub(super) fn lines(&self) -> String {
        self.lines.text()
    }

    /// Our own crates' events and spans of every level.
    pub(super) fn details(&self) -> String {
        self.details.text()
    }
}
