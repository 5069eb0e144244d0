//! Lambda: the event loops of HTTP functions and workers.

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::Arc;

use axum::body::Body;
use lambda_http::request::RequestContext;
use lambda_http::{RequestExt, service_fn};
use lambda_runtime::LambdaEvent;
use maru_kernel::{Clock, Random};
use maru_settings::{Faults, Function, Settings, Var, Vault};
use maru_table::{Db, Grant};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::front::{Transport, whole};
use crate::{Front, Mounted, logs};

/// A function that has read its settings.
pub struct Started {
    /// Its variables.
    pub settings: Settings,
    /// Its store, with its rights.
    pub db: Db,
    name: &'static str,
}

impl Started {
    /// The front door over these routes, with the origins and the stage of the settings.
    pub fn front(&self, mounted: Mounted) -> Front {
        let origins = self.settings.list(Var::AllowedOrigins);
        let stage = self.settings.get(Var::Stage);
        Front::new(self.name, mounted, origins, stage, self.db.meter().clone(), self.db.random().clone())
    }

    /// The vault of the stack's secret.
    pub fn vault(&self) -> Vault {
        Vault::remote(self.settings.sdk(), self.settings.get(Var::SecretArn))
    }
}

/// Starts logging and reads the settings, then runs `serve`; on a fault says all of them and does not
/// start.
#[allow(clippy::print_stderr, reason = "Lambda shows the standard error of a function that did not start")]
pub async fn boot<F>(function: &Function, grants: &[Grant], serve: impl FnOnce(Started) -> F) -> ExitCode
where
    F: Future<Output = Result<(), lambda_runtime::Error>>,
{
    logs::start();
    let tables: BTreeMap<_, _> =
        grants.iter().map(|grant| (grant.table.name, grant.table.variable())).collect();
    let settings = match Settings::read(function, &tables.into_iter().collect::<Vec<_>>()) {
        Ok(settings) => settings,
        Err(faults) => return refuse(&faults),
    };
    let named = grants.iter().map(|grant| (*grant, settings.table(grant.table.name).to_owned()));
    let db = Db::connect(settings.sdk(), named, Clock::system(), Random::system());
    match serve(Started { settings, db, name: function.name }).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}: {error}", function.name);
            ExitCode::FAILURE
        }
    }
}

#[allow(clippy::print_stderr, reason = "Lambda shows the standard error of a function that did not start")]
fn refuse(faults: &Faults) -> ExitCode {
    eprintln!("{faults}");
    ExitCode::FAILURE
}

/// The allowed origins and the stage, which every HTTP function reads.
pub const HTTP_VARS: [Var; 2] = [Var::AllowedOrigins, Var::Stage];

/// Answers gateway events (REST v1 and HTTP v2) until Lambda ends the sandbox.
pub async fn serve(front: Front) -> Result<(), lambda_runtime::Error> {
    // Boxed, like the worker loops: the nested future types overflow the compiler's depth limit.
    Box::pin(lambda_http::run(service_fn(move |event: lambda_http::Request| {
        let front = front.clone();
        async move { Ok::<_, std::convert::Infallible>(front.answer_event(event).await) }
    })))
    .await
}

impl Front {
    /// Answers a gateway's event.
    pub async fn answer_event(
        &self,
        event: lambda_http::Request,
    ) -> lambda_http::Response<lambda_http::Body> {
        let transport = transport(event.request_context_ref());
        let path = event.raw_http_path().to_owned();
        let (mut parts, body) = event.into_parts();
        let query = parts.uri.query().map(|q| format!("?{q}")).unwrap_or_default();
        if let Ok(uri) = format!("{path}{query}").parse() {
            parts.uri = uri;
        }
        let body = match body {
            lambda_http::Body::Text(text) => Body::from(text),
            lambda_http::Body::Binary(bytes) => Body::from(bytes),
            lambda_http::Body::Empty => Body::empty(),
            // The enum is open; a kind of body this version does not know carries nothing it could read.
            #[allow(clippy::wildcard_enum_match_arm, reason = "a foreign, open enum")]
            _ => Body::empty(),
        };
        let response = self.handle(axum::extract::Request::from_parts(parts, body), transport).await;
        let (parts, bytes) = whole(response).await;
        let body = match String::from_utf8(bytes.to_vec()) {
            Ok(text) if text.is_empty() => lambda_http::Body::Empty,
            Ok(text) => lambda_http::Body::Text(text),
            Err(binary) => lambda_http::Body::Binary(binary.into_bytes()),
        };
        lambda_http::Response::from_parts(parts, body)
    }
}

fn transport(context: Option<&RequestContext>) -> Transport {
    match context {
        Some(RequestContext::ApiGatewayV1(v1)) => Transport {
            request_id: v1.request_id.clone(),
            ip_address: v1.identity.source_ip.clone(),
            asked: v1.domain_name.clone().zip(v1.path.clone()),
        },
        Some(RequestContext::ApiGatewayV2(v2)) => Transport {
            request_id: v2.request_id.clone(),
            ip_address: v2.http.source_ip.clone(),
            asked: v2.domain_name.clone().zip(v2.http.path.clone()),
        },
        _ => Transport::default(),
    }
}

/// A batch of stream records, as Lambda hands it over.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct StreamEvent {
    /// The records, oldest first.
    #[serde(rename = "Records")]
    pub records: Vec<StreamRecord>,
}

/// One record of a stream.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct StreamRecord {
    /// `INSERT`, `MODIFY` or `REMOVE`.
    #[serde(rename = "eventName")]
    pub event_name: String,
    /// What changed.
    pub dynamodb: StreamImage,
}

/// The images of a stream record.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct StreamImage {
    /// Its position; also what a failed record is reported by.
    #[serde(rename = "SequenceNumber")]
    pub sequence_number: String,
    /// The item after the change, in DynamoDB's JSON.
    #[serde(rename = "NewImage", default)]
    pub new_image: BTreeMap<String, serde_dynamo::AttributeValue>,
}

impl StreamRecord {
    /// The inserted item; `None` for changes and removals, which the trail never has but by TTL.
    pub fn inserted<T: serde::de::DeserializeOwned>(&self) -> Option<T> {
        if self.event_name != "INSERT" {
            return None;
        }
        let item: std::collections::HashMap<_, _> = self.dynamodb.new_image.clone().into_iter().collect();
        serde_dynamo::from_item(item).ok()
    }
}

/// A tick of the scheduler, or an event an operator wrote by hand to ask for something special.
pub type TickEvent = Value;

/// A notification of the post's feedback, as SNS hands it to Lambda.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct NoticeEvent {
    /// The notices.
    #[serde(rename = "Records")]
    pub records: Vec<NoticeRecord>,
}

/// One notice.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct NoticeRecord {
    /// Its envelope.
    #[serde(rename = "Sns")]
    pub sns: Notice,
}

/// What was published.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Notice {
    /// The text, which is the sender's own JSON.
    #[serde(rename = "Message")]
    pub message: String,
}

/// Runs a stream worker: `work` answers whether a record is done. The first one that is not ends the
/// batch and is reported, so Lambda comes again with it and all behind it, in order.
pub async fn serve_stream<W, F>(work: W) -> Result<(), lambda_runtime::Error>
where
    W: Fn(StreamRecord) -> F + Send + Sync + 'static,
    F: Future<Output = bool> + Send,
{
    let work = Arc::new(work);
    Box::pin(lambda_runtime::run(service_fn(move |event: LambdaEvent<StreamEvent>| {
        let work = Arc::clone(&work);
        async move {
            for record in event.payload.records {
                let position = record.dynamodb.sequence_number.clone();
                if !work(record).await {
                    return Ok::<_, std::convert::Infallible>(failed_at(&position));
                }
            }
            Ok(serde_json::json!({"batchItemFailures": []}))
        }
    })))
    .await
}

fn failed_at(position: &str) -> Value {
    serde_json::json!({"batchItemFailures": [{"itemIdentifier": position}]})
}

/// Runs a scheduled worker: `work` answers a summary for the log, or fails and is tried again by Lambda.
pub async fn serve_ticks<W, F, E>(work: W) -> Result<(), lambda_runtime::Error>
where
    W: Fn() -> F + Send + Sync + 'static,
    F: Future<Output = Result<Value, E>> + Send,
    E: std::fmt::Display,
{
    serve_events(move |_: TickEvent| work()).await
}

/// Runs a worker that reads its event: `work` answers a summary, or fails and is tried again by Lambda.
pub async fn serve_events<T, W, F, E>(work: W) -> Result<(), lambda_runtime::Error>
where
    T: serde::de::DeserializeOwned + Send + Sync + 'static,
    W: Fn(T) -> F + Send + Sync + 'static,
    F: Future<Output = Result<Value, E>> + Send,
    E: std::fmt::Display,
{
    let work = Arc::new(work);
    Box::pin(lambda_runtime::run(service_fn(move |event: LambdaEvent<T>| {
        let work = Arc::clone(&work);
        async move {
            work(event.payload).await.map_err(|error| {
                tracing::error!(%error, "event");
                lambda_runtime::Error::from(error.to_string())
            })
        }
    })))
    .await
}
