//! Lambda's side of the conversation: a Runtime API that hands one function its event over and
//! over and notes when things happen. It answers the function on the spot, without asking the
//! measuring task, so that no task switch of ours is counted as the function's time.

use std::{
    collections::BTreeSet,
    future,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant, SystemTime},
};

use anyhow::{Context, anyhow, bail};
use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, Path, State},
    http::{HeaderName, StatusCode, Uri, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
    routing::{get, post},
    serve::ListenerExt as _,
};
use serde_json::Value;
use tokio::{net::TcpListener, sync::Notify, task::JoinHandle, time::timeout};

use crate::{answer, event::Event};

/// What a function is told it may take.
const DEADLINE: Duration = Duration::from_secs(30);

/// What one function did.
#[derive(Debug)]
pub struct Conversation {
    /// When it first asked for work, which ends its start.
    pub first_poll: Instant,
    /// From handing out the event to having the whole answer, in order.
    pub answers: Vec<Duration>,
    /// The HTTP statuses among the answers.
    pub statuses: BTreeSet<u16>,
}

/// A Runtime API for one start of one function.
pub struct RuntimeApi {
    /// What goes into `AWS_LAMBDA_RUNTIME_API`.
    pub address: SocketAddr,
    desk: Arc<Desk>,
    server: JoinHandle<()>,
}

struct Desk {
    event: Event,
    wanted: usize,
    notes: Mutex<Notes>,
    settled: Notify,
}

#[derive(Default)]
struct Notes {
    first_poll: Option<Instant>,
    handed_out: Option<(String, Instant)>,
    answers: Vec<Duration>,
    statuses: BTreeSet<u16>,
    failure: Option<String>,
}

impl RuntimeApi {
    /// Listens on a free port, with `wanted` events to hand out.
    pub async fn start(event: &Value, wanted: usize) -> anyhow::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let desk = Arc::new(Desk {
            event: Event::new(event)?,
            wanted,
            notes: Mutex::default(),
            settled: Notify::new(),
        });
        let router = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route("/2018-06-01/runtime/invocation/{id}/response", post(response))
            .route("/2018-06-01/runtime/invocation/{id}/error", post(error))
            .route("/2018-06-01/runtime/init/error", post(init_error))
            .fallback(unknown)
            .layer(DefaultBodyLimit::disable())
            .with_state(Arc::clone(&desk));
        // Nagle's algorithm would put its own delay into every answer.
        let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
        let server = tokio::spawn(async move { drop(axum::serve(listener, router).await) });
        Ok(Self { address, desk, server })
    }

    /// Waits until the function has given all its answers and asks for more; it may go without
    /// any progress for as long as `patience`.
    pub async fn finished(&self, patience: Duration) -> anyhow::Result<Conversation> {
        let mut seen = None;
        while timeout(patience, self.desk.settled.notified()).await.is_err() {
            let notes = self.desk.notes();
            let progress = notes.first_poll.map(|_| notes.answers.len());
            match progress {
                None => bail!("it did not ask for work within {patience:?}"),
                Some(answers) if seen == progress => {
                    bail!("it did not answer invocation {} within {patience:?}", answers + 1)
                }
                Some(_) => seen = progress,
            }
        }
        let mut notes = self.desk.notes();
        if let Some(failure) = notes.failure.take() {
            return Err(anyhow!(failure));
        }
        Ok(Conversation {
            first_poll: notes.first_poll.context("it never asked for work")?,
            answers: std::mem::take(&mut notes.answers),
            statuses: std::mem::take(&mut notes.statuses),
        })
    }
}

impl Drop for RuntimeApi {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Desk {
    fn notes(&self) -> MutexGuard<'_, Notes> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn fail(&self, failure: String) {
        self.notes().failure.get_or_insert(failure);
        self.settled.notify_one();
    }

    /// The id of the next invocation, or nothing when there are no more.
    fn hand_out(&self, asked_at: Instant) -> Option<String> {
        let mut notes = self.notes();
        notes.first_poll.get_or_insert(asked_at);
        if notes.failure.is_some() || notes.answers.len() >= self.wanted {
            return None;
        }
        let id = format!("00000000-0000-4000-8000-{:012}", notes.answers.len());
        notes.handed_out = Some((id.clone(), Instant::now()));
        Some(id)
    }
}

async fn next(State(desk): State<Arc<Desk>>) -> Response {
    let asked_at = Instant::now();
    let event = desk.event.next();
    let Some(id) = desk.hand_out(asked_at) else {
        desk.settled.notify_one();
        return future::pending().await;
    };
    let deadline = SystemTime::now() + DEADLINE;
    let deadline = deadline.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let name = HeaderName::from_static;
    let headers = [
        (CONTENT_TYPE, "application/json".to_owned()),
        (name("lambda-runtime-aws-request-id"), id),
        (name("lambda-runtime-deadline-ms"), deadline.as_millis().to_string()),
        (
            name("lambda-runtime-invoked-function-arn"),
            "arn:aws:lambda:us-east-1:000000000000:function:bench".to_owned(),
        ),
    ];
    (headers, event).into_response()
}

async fn response(State(desk): State<Arc<Desk>>, Path(id): Path<String>, body: Bytes) -> StatusCode {
    let answered_at = Instant::now();
    let mut notes = desk.notes();
    let handed_out = notes.handed_out.take_if(|(expected, _)| *expected == id);
    let Some((_, handed_out_at)) = handed_out else {
        return StatusCode::BAD_REQUEST;
    };
    notes.answers.push(answered_at.duration_since(handed_out_at));
    let read = answer::read(&body);
    if let Ok(status) = read {
        notes.statuses.extend(status);
    }
    drop(notes);
    if let Err(failure) = read {
        desk.fail(failure);
    }
    StatusCode::ACCEPTED
}

async fn error(State(desk): State<Arc<Desk>>, Path(id): Path<String>, body: Bytes) -> StatusCode {
    desk.fail(format!("invocation {id} failed: {}", String::from_utf8_lossy(&body)));
    StatusCode::ACCEPTED
}

async fn init_error(State(desk): State<Arc<Desk>>, body: Bytes) -> StatusCode {
    desk.fail(format!("it could not start: {}", String::from_utf8_lossy(&body)));
    StatusCode::ACCEPTED
}

async fn unknown(State(desk): State<Arc<Desk>>, uri: Uri) -> StatusCode {
    desk.fail(format!("it asked for {uri}, which is not imitated here"));
    StatusCode::NOT_FOUND
}

#[cfg(test)]
mod tests;
