//! The routes of the system itself.

use std::time::Instant;

use maru_blobs::Blobs;
use maru_identity::{Identity, Ring, permit};
use maru_table::Db;
use maru_web::{
    Answer, Api, Doc, FromRef, IntoResponse, Mounted, Problem, Public, Response, Staff, State, StatusCode,
};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::document;

/// What the routes work with.
#[derive(Clone)]
pub struct System {
    db: Db,
    files: Blobs,
    identity: Identity,
}

impl System {
    /// Over `db` and the bucket.
    pub fn new(db: Db, files: Blobs) -> Self {
        Self { identity: Identity::new(db.clone()), db, files }
    }
}

impl FromRef<System> for Identity {
    fn from_ref(system: &System) -> Self {
        system.identity.clone()
    }
}

/// Health, build, keys, document.
pub fn api(system: System) -> Mounted {
    let alive = |id| {
        Doc::new(id, "살아 있음", "Answers without asking anything else.")
            .plain::<Alive>(200, "살아 있음 · alive")
    };
    let health = Doc::new("health", "상태", "Asks the store and the bucket.")
        .plain::<Health>(200, "정상 · healthy")
        .plain::<Health>(503, "일부 장애 · degraded");
    let info = Doc::new("systemInfo", "버전", "Version and build.").plain::<Info>(200, "버전 · version");
    let jwks =
        Doc::new("jwks", "공개 키", "The public keys of access tokens (RFC 7517).").object(200, "JWK set");
    let openapi = Doc::new("openapi", "API 문서 (JSON)", "This document.").object(200, "OpenAPI 3.1");
    let docs = Doc::new("docs", "API 문서", "This document as a page.").object(200, "HTML");
    Api::new()
        .get("/health", alive("healthAlias"), alive_handler)
        .get("/healthz", alive("healthz"), alive_handler)
        .get("/api/health", health, deep)
        .get("/api/system/info", info, about)
        .get("/.well-known/jwks.json", jwks, keys)
        .get("/openapi.json", openapi, open_api)
        .get("/docs", docs, page)
        .with_state(system)
}

/// Alive.
#[derive(Serialize, ToSchema)]
struct Alive {
    status: &'static str,
}

/// How the parts are.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Health {
    /// `ok` or `degraded`
    status: &'static str,
    timestamp: String,
    /// Milliseconds.
    response_time: u64,
    database: Part,
    files: Part,
}

/// How one part is.
#[derive(Serialize, ToSchema)]
struct Part {
    /// `ok` or `down`
    status: &'static str,
    /// Milliseconds.
    latency: u64,
}

/// What runs here.
#[derive(Serialize, ToSchema)]
struct Info {
    name: &'static str,
    version: &'static str,
    /// The commit it was built from, where the build told.
    commit: Option<&'static str>,
}

async fn alive_handler(_: Public) -> Answer {
    Answer::plain(StatusCode::OK, &Alive { status: "ok" })
}

async fn deep(_: Public, State(system): State<System>) -> Answer {
    let started = Instant::now();
    let database = part(system.db.get::<Value>(&Ring::key())).await;
    let files = part(system.files.reachable()).await;
    let well = database.status == "ok" && files.status == "ok";
    let (code, status) =
        if well { (StatusCode::OK, "ok") } else { (StatusCode::SERVICE_UNAVAILABLE, "degraded") };
    let timestamp = system.db.clock().now().to_string();
    Answer::plain(code, &Health { status, timestamp, response_time: millis(started), database, files })
}

async fn part<T, E>(check: impl Future<Output = Result<T, E>>) -> Part {
    let started = Instant::now();
    let status = if check.await.is_ok() { "ok" } else { "down" };
    Part { status, latency: millis(started) }
}

fn millis(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}

async fn about(_: Staff<permit::SystemRead>) -> Answer {
    let info = Info { name: "maru", version: env!("CARGO_PKG_VERSION"), commit: option_env!("MARU_COMMIT") };
    Answer::plain(StatusCode::OK, &info)
}

async fn keys(_: Public, State(system): State<System>) -> Result<Answer, Problem> {
    let ring: Ring = system.db.get(&Ring::key()).await?.unwrap_or_default();
    let keys: Vec<Value> = ring.keys.iter().filter_map(maru_identity::PublicKey::jwk).collect();
    Ok(Answer::plain(StatusCode::OK, &json!({"keys": keys})).cached(300))
}

async fn open_api(_: Public) -> Response {
    (
        [("content-type", "application/json; charset=utf-8"), ("cache-control", "public, max-age=300")],
        document::JSON,
    )
        .into_response()
}

async fn page(_: Public) -> Response {
    let headers = [
        ("content-type", "text/html; charset=utf-8"),
        ("content-security-policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"),
    ];
    (headers, document::page()).into_response()
}
