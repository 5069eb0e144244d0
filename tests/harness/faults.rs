//! Faults between our code and the store: injected at the SDK's HTTP connector, so every call passes.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use aws_smithy_http_client::Builder;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use serde_json::{Map, Value};
use tokio::sync::Notify;

use crate::trace::Trace;

/// What happens to a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The connection is refused: nothing is executed.
    Refuse,
    /// The call is executed; its reply is lost.
    LoseReply,
    /// The call waits, then goes on.
    Delay(Duration),
    /// The call is never answered (until its time is up); nothing is executed.
    Hang,
    /// The store throttles.
    Throttle,
    /// The store fails.
    ServerError,
    /// Another transaction holds an item. For anything but a transaction: throttled.
    Conflict,
    /// The function is gone before the call: nothing is executed or answered, and [`Faults::death`] comes.
    /// Whoever drives the function drops it.
    Die,
    /// The same with the call executed.
    DieAfter,
    /// The call waits until [`Faults::resume`], and [`Faults::stall`] comes: meanwhile the world moves on.
    Stall,
    /// The same with the call executed, and only its answer waiting.
    StallAfter,
}

/// Which calls a fault is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Calls {
    /// Any.
    All,
    /// `TransactWriteItems`.
    Writes,
    /// Anything else.
    Reads,
}

type Planned = VecDeque<(Calls, Fault)>;

/// A plan of faults, shared by every client made with it.
#[derive(Debug, Clone, Default)]
pub struct Faults(Arc<Mutex<Planned>>, Trace, Arc<OnceLock<&'static str>>, Arc<Marks>);

/// How whoever drives a function hears of it.
#[derive(Debug, Default)]
struct Marks {
    dead: Notify,
    stalled: Notify,
    resumed: Notify,
}

impl Faults {
    /// The next matching call meets `fault`; repeated calls queue up.
    pub fn next(&self, calls: Calls, fault: Fault) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push_back((calls, fault));
    }

    /// The next `times` matching calls meet `fault`.
    pub fn times(&self, times: usize, calls: Calls, fault: Fault) {
        (0..times).for_each(|_| self.next(calls, fault));
    }

    /// No more faults.
    pub fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Faults not met yet.
    pub fn left(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// A call met [`Fault::Die`] or [`Fault::DieAfter`].
    pub async fn death(&self) {
        self.3.dead.notified().await;
    }

    /// A call waits by [`Fault::Stall`] or [`Fault::StallAfter`].
    pub async fn stall(&self) {
        self.3.stalled.notified().await;
    }

    /// It goes on.
    pub fn resume(&self) {
        self.3.resumed.notify_one();
    }

    /// Where a call stands still until it may go on.
    async fn stand(&self) {
        self.3.stalled.notify_one();
        self.3.resumed.notified().await;
    }

    /// Where a call ends with its function.
    async fn end<T>(&self) -> T {
        self.3.dead.notify_one();
        std::future::pending().await
    }

    /// From now on the conditions of writes to this table count for nothing: whoever judges what comes of it
    /// must notice.
    pub fn blind(&self, table: &'static str) {
        self.2.get_or_init(|| table);
    }

    /// The transaction with conditions that always hold, if its table's are to count for nothing.
    fn blinded(&self, mut request: HttpRequest) -> HttpRequest {
        let sent = self.2.get().zip(request.body().bytes());
        let read = sent.and_then(|(table, body)| Some((*table, serde_json::from_slice::<Value>(body).ok()?)));
        let Some((table, mut body)) = read else { return request };
        let items = body.get_mut("TransactItems").and_then(Value::as_array_mut);
        let writes = items.into_iter().flatten().filter_map(Value::as_object_mut).flat_map(Map::values_mut);
        for write in writes.filter(|write| write.get("TableName").is_some_and(|name| name == table)) {
            if let Some(condition) = write.get_mut("ConditionExpression") {
                // What it names has to stay: a name nobody uses is refused.
                let said = condition.as_str().unwrap_or_default();
                *condition = Value::String(format!("{said} OR attribute_not_exists(nobodys)"));
            }
        }
        let body = body.to_string();
        request.headers_mut().insert("content-length", body.len().to_string());
        *request.body_mut() = SdkBody::from(body);
        request
    }

    /// What is asked of the store through these clients.
    pub fn trace(&self) -> &Trace {
        &self.1
    }

    /// A plain HTTP client that meets these faults.
    pub fn client(&self) -> SharedHttpClient {
        SharedHttpClient::new(Faulty { inner: Builder::new().build_http(), plan: self.clone() })
    }

    fn take(&self, writes: bool) -> Option<Fault> {
        let mut plan = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let fits = |calls: Calls| calls == Calls::All || (calls == Calls::Writes) == writes;
        let at = plan.iter().position(|(calls, _)| fits(*calls))?;
        plan.remove(at).map(|(_, fault)| fault)
    }
}

#[derive(Debug)]
struct Faulty {
    inner: SharedHttpClient,
    plan: Faults,
}

impl HttpClient for Faulty {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let inner = self.inner.http_connector(settings, components);
        SharedHttpConnector::new(FaultyConnector { inner, plan: self.plan.clone() })
    }
}

#[derive(Debug)]
struct FaultyConnector {
    inner: SharedHttpConnector,
    plan: Faults,
}

impl HttpConnector for FaultyConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let writes = request
            .headers()
            .get("x-amz-target")
            .is_some_and(|target| target.ends_with("TransactWriteItems"));
        let request = if writes { self.plan.blinded(request) } else { request };
        let (under_way, inner) = (self.plan.trace().begin(&request), self.inner.clone());
        let Some(fault) = self.plan.take(writes) else {
            return HttpConnectorFuture::new(async move {
                let answer = inner.call(request).await;
                drop(under_way);
                answer
            });
        };
        let plan = self.plan.clone();
        HttpConnectorFuture::new(async move {
            let _until_answered = under_way;
            match fault {
                Fault::Refuse => Err(ConnectorError::io("connection refused".into())),
                Fault::LoseReply => {
                    inner.call(request).await?;
                    Err(ConnectorError::io("connection reset".into()))
                }
                Fault::Delay(time) => {
                    tokio::time::sleep(time).await;
                    inner.call(request).await
                }
                Fault::Hang => std::future::pending().await,
                Fault::Die => plan.end().await,
                Fault::DieAfter => {
                    inner.call(request).await?;
                    plan.end().await
                }
                Fault::Stall => {
                    plan.stand().await;
                    inner.call(request).await
                }
                Fault::StallAfter => {
                    let answer = inner.call(request).await;
                    plan.stand().await;
                    answer
                }
                Fault::Throttle => answer(400, &error("ProvisionedThroughputExceededException", "slow down")),
                Fault::ServerError => answer(500, &error("InternalServerError", "broken")),
                Fault::Conflict if writes => answer(400, CONFLICT),
                Fault::Conflict => answer(400, &error("ThrottlingException", "slow down")),
            }
        })
    }
}

const CONFLICT: &str = r#"{"__type":"com.amazonaws.dynamodb.v20120810#TransactionCanceledException","Message":"Transaction cancelled",
    "CancellationReasons":[{"Code":"TransactionConflict","Message":"Transaction is ongoing for the item"},{"Code":"None"}]}"#;

fn error(code: &str, message: &str) -> String {
    format!(r#"{{"__type":"com.amazonaws.dynamodb.v20120810#{code}","message":"{message}"}}"#)
}

fn answer(status: u16, body: &str) -> Result<HttpResponse, ConnectorError> {
    let status = status.try_into().map_err(|_| ConnectorError::other("bad status".into(), None))?;
    let mut response = HttpResponse::new(status, SdkBody::from(body));
    response.headers_mut().insert("content-type", "application/x-amz-json-1.0");
    Ok(response)
}
