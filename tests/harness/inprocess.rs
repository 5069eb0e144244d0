//! The embedded DynamoDB without a port: the SDK's calls go straight into the engine, in an order and with
//! faults that a seed decides. What happens once happens again with the same seed.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_config::SdkConfig;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use dynoxide::Database;
use maru_kernel::Random;
use maru_settings::{LocalAws, sdk_for};
use serde::Serialize;

/// The engine and what comes between it and its callers.
#[derive(Clone)]
pub struct InProcess {
    database: Database,
    random: Random,
    /// Calls in a hundred that meet a fault.
    faults: u64,
    writes: Arc<Mutex<Vec<usize>>>,
}

impl std::fmt::Debug for InProcess {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("InProcess").finish_non_exhaustive()
    }
}

tokio::task_local! {
    /// Which of a simulation's operations is at work.
    pub static OPERATION: usize;
}

impl InProcess {
    /// Over `database`; `random` decides orders and faults.
    pub fn new(database: Database, random: Random, faults: u64) -> Self {
        Self { database, random, faults, writes: Arc::default() }
    }

    /// The configuration of a client that calls it.
    pub fn sdk(&self) -> SdkConfig {
        let local = LocalAws { endpoint: "http://in.process".into() };
        sdk_for(&local, Some(SharedHttpClient::new(self.clone())))
    }

    /// The operations whose transactions were executed, in that order; each once.
    pub fn written(&self) -> Vec<usize> {
        let mut seen = Vec::new();
        for operation in self.writes.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            if *operation != usize::MAX && !seen.contains(operation) {
                seen.push(*operation);
            }
        }
        seen
    }

    async fn answer(self, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let target = request.headers().get("x-amz-target").unwrap_or_default().to_owned();
        let operation = target.rsplit('.').next().unwrap_or_default().to_owned();
        let body = request.body().bytes().map(<[u8]>::to_vec).unwrap_or_default();
        // Calls overtake each other.
        self.wait(4).await;
        let lost = match self.random.below(100) {
            n if n >= self.faults => false,
            n if n % 4 == 0 => return Err(ConnectorError::io("connection refused".into())),
            n if n % 4 == 1 => {
                // A slow call: it goes on even if nobody waits for it any more.
                let late = self.clone();
                let wait = self.random.below(4000);
                let task = OPERATION.try_with(|operation| *operation).unwrap_or(usize::MAX);
                let call = tokio::spawn(OPERATION.scope(task, async move {
                    tokio::time::sleep(Duration::from_millis(wait)).await;
                    late.execute(&operation, &body)
                }));
                return call.await.map_err(|error| ConnectorError::other(error.into(), None));
            }
            n if n % 4 == 2 => return Ok(throttled(&operation)),
            _ => true,
        };
        let answer = self.execute(&operation, &body);
        self.wait(4).await;
        if lost { Err(ConnectorError::io("connection reset".into())) } else { Ok(answer) }
    }

    async fn wait(&self, most: u64) {
        tokio::time::sleep(Duration::from_millis(self.random.below(most))).await;
    }

    fn execute(&self, operation: &str, body: &[u8]) -> HttpResponse {
        macro_rules! call {
            ($method:ident) => {
                match serde_json::from_slice(body) {
                    Ok(request) => told(self.database.$method(request)),
                    Err(error) => respond(400, error.to_string()),
                }
            };
        }
        match operation {
            "GetItem" => call!(get_item),
            "BatchGetItem" => call!(batch_get_item),
            "Query" => call!(query),
            "UpdateItem" => call!(update_item),
            "CreateTable" => call!(create_table),
            "ListTables" => call!(list_tables),
            "UpdateTimeToLive" => call!(update_time_to_live),
            "TransactWriteItems" => {
                let answer = call!(transact_write_items);
                if answer.status().is_success()
                    && let Ok(operation) = OPERATION.try_with(|operation| *operation)
                {
                    self.writes.lock().unwrap_or_else(PoisonError::into_inner).push(operation);
                }
                answer
            }
            other => respond(400, format!("{other} is not simulated")),
        }
    }
}

fn told<T: Serialize>(answer: Result<T, dynoxide::DynoxideError>) -> HttpResponse {
    match answer {
        Ok(answer) => respond(200, serde_json::to_string(&answer).unwrap_or_default()),
        Err(error) => respond(error.status_code(), error.to_json()),
    }
}

fn throttled(operation: &str) -> HttpResponse {
    let conflict = r#"{"__type":"com.amazonaws.dynamodb.v20120810#TransactionCanceledException","Message":"Transaction cancelled","CancellationReasons":[{"Code":"TransactionConflict","Message":"Transaction is ongoing for the item"}]}"#;
    let slow = r#"{"__type":"com.amazonaws.dynamodb.v20120810#ThrottlingException","message":"slow down"}"#;
    respond(400, if operation == "TransactWriteItems" { conflict } else { slow }.to_owned())
}

fn respond(status: u16, body: String) -> HttpResponse {
    let status = status.try_into().unwrap_or_else(|_| 500.try_into().unwrap_or_else(|_| unreachable!()));
    let mut response = HttpResponse::new(status, SdkBody::from(body));
    response.headers_mut().insert("content-type", "application/x-amz-json-1.0");
    response
}

impl HttpClient for InProcess {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for InProcess {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        HttpConnectorFuture::new(self.clone().answer(request))
    }
}
