//! One start of one function: spawned, questioned through the Runtime API, looked at, killed.

use std::{
    collections::BTreeSet,
    fs::{self, File},
    net::SocketAddr,
    path::Path,
    process::Stdio,
    time::{Duration, Instant},
};

use anyhow::{Context, bail};
use tokio::{
    process::{Child, Command},
    time::timeout,
};

use crate::{
    runtime_api::{Conversation, RuntimeApi},
    subjects::Subject,
};

/// How long a function may go without any progress.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long it may take to be gone once killed.
const DEATH: Duration = Duration::from_secs(5);
/// Enough of a log to see why a function gave up.
const TAIL: usize = 4_000;

/// What one start showed.
#[derive(Clone, Debug)]
pub struct ColdStart {
    /// From just before the spawn to the first poll.
    pub init: Duration,
    /// The first answer, counted from handing out its event.
    pub first: Duration,
    /// All later answers.
    pub warm: Vec<Duration>,
    /// Memory after the last answer, and at its highest.
    pub memory: Memory,
    /// HTTP statuses answered.
    pub statuses: BTreeSet<u16>,
}

/// Resident memory, in bytes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Memory {
    /// Now.
    pub resident: usize,
    /// At its highest.
    pub peak: usize,
}

/// Starts the binary and measures one first and `warm` later answers. What it prints goes to
/// `log`, whose end is part of the error when it fails.
///
/// What ran just before leaves its memory in the machine's caches, and hashing a password leaves much:
/// the next start would take a fifth longer. So a start that is not measured goes first, and what ran
/// before is always the function itself.
pub async fn cold_start(
    binary: &Path,
    subject: &Subject,
    warm: usize,
    log: &Path,
) -> anyhow::Result<ColdStart> {
    run(binary, subject, 0, log).await?;
    let (spawned_at, conversation, memory) = run(binary, subject, warm.saturating_add(1), log).await?;
    let mut answers = conversation.answers.into_iter();
    Ok(ColdStart {
        init: conversation.first_poll.duration_since(spawned_at),
        first: answers.next().context("it answered nothing")?,
        warm: answers.collect(),
        memory,
        statuses: conversation.statuses,
    })
}

/// Starts the binary, has it answer `wanted` events and kills it when it asks for one more.
async fn run(
    binary: &Path,
    subject: &Subject,
    wanted: usize,
    log: &Path,
) -> anyhow::Result<(Instant, Conversation, Memory)> {
    let api = RuntimeApi::start(&subject.event, wanted).await?;
    let mut command = command(binary, subject, api.address, log)?;
    let spawned_at = Instant::now();
    let mut child = command.spawn().with_context(|| format!("{} could not be started", binary.display()))?;

    let watched = watch(&mut child, &api).await;
    timeout(DEATH, child.kill()).await.context("it does not die")?.context("it could not be killed")?;
    match watched {
        Ok((conversation, memory)) => Ok((spawned_at, conversation, memory)),
        Err(failure) => bail!("{failure:#}{}", tail(log)),
    }
}

async fn watch(child: &mut Child, api: &RuntimeApi) -> anyhow::Result<(Conversation, Memory)> {
    let conversation = tokio::select! {
        biased;
        conversation = api.finished(PATIENCE) => conversation?,
        status = child.wait() => bail!("it left before it was measured ({})", status?),
    };
    let id = child.id().context("it left after its last answer")?;
    let status = fs::read_to_string(format!("/proc/{id}/status"))?;
    let memory = memory(&status).context("the kernel does not tell its memory")?;
    Ok((conversation, memory))
}

/// As Lambda would: nothing of our own environment reaches the function.
fn command(binary: &Path, subject: &Subject, api: SocketAddr, log: &Path) -> anyhow::Result<Command> {
    let output = File::create(log).with_context(|| format!("{} is closed", log.display()))?;
    let mut command = Command::new(binary);
    command
        .env_clear()
        .env("AWS_LAMBDA_RUNTIME_API", api.to_string())
        .env("AWS_LAMBDA_FUNCTION_NAME", &subject.name)
        .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512")
        .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
        .env("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand")
        .env("AWS_LAMBDA_LOG_GROUP_NAME", format!("/aws/lambda/{}", subject.name))
        .env("AWS_LAMBDA_LOG_STREAM_NAME", "bench")
        .env("AWS_REGION", "us-east-1")
        .env("AWS_DEFAULT_REGION", "us-east-1")
        .env("AWS_ACCESS_KEY_ID", "bench")
        .env("AWS_SECRET_ACCESS_KEY", "bench")
        .env("AWS_SESSION_TOKEN", "bench")
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .env("TZ", ":UTC")
        .envs(subject.env.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::null())
        .stdout(output.try_clone()?)
        .stderr(output)
        .kill_on_drop(true);
    Ok(command)
}

fn memory(status: &str) -> Option<Memory> {
    let bytes = |field: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(field))?;
        let kibibytes: usize = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
        kibibytes.checked_mul(1_024)
    };
    Some(Memory { resident: bytes("VmRSS:")?, peak: bytes("VmHWM:")? })
}

fn tail(log: &Path) -> String {
    let output = fs::read(log).unwrap_or_default();
    let start = output.len().saturating_sub(TAIL);
    let end = String::from_utf8_lossy(output.get(start..).unwrap_or_default());
    match end.trim() {
        "" => "; it printed nothing".to_owned(),
        end => format!("; it printed:\n{end}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_read_from_the_kernels_lines() {
        let status = "Name:\tbookings\nVmHWM:\t    4096 kB\nVmRSS:\t    2048 kB\nThreads:\t1\n";
        let expected = Memory { resident: 2_097_152, peak: 4_194_304 };
        assert_eq!(memory(status), Some(expected));
        assert_eq!(memory("Name:\tbookings\n"), None);
    }

    #[tokio::test]
    async fn a_binary_that_leaves_early_is_reported_with_what_it_printed() {
        let log = std::env::temp_dir().join(format!("bench-cold-{}.log", std::process::id()));
        let subject = Subject { name: "rooms".to_owned(), env: Vec::new(), event: serde_json::Value::Null };
        // `cp` without arguments complains on stderr and leaves.
        let failure = cold_start(Path::new("cp"), &subject, 1, &log).await.unwrap_err();
        drop(fs::remove_file(log));
        let failure = failure.to_string();
        assert!(failure.starts_with("it left before it was measured (exit status: 1)"), "{failure}");
        assert!(failure.contains("it printed:\ncp: "), "{failure}");
    }
}
