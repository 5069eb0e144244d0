//! The front door of a function: from a request to an answer, the same in Lambda and on a port.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use futures::FutureExt;
use maru_kernel::Random;
use maru_kernel::crypto::to_base64url;
use maru_table::{Meter, Used};
use tower::ServiceExt;

use crate::api::{Operation, Pattern};
use crate::{Lang, Meta, Mounted, Problem, input};

/// One function's HTTP side.
#[derive(Clone)]
pub struct Front(Arc<Inner>);

struct Inner {
    name: &'static str,
    router: Router,
    operations: Vec<Operation>,
    origins: Vec<String>,
    stage: String,
    meter: Meter,
    random: Random,
}

/// What the transport knows of a request beyond HTTP.
#[derive(Debug, Clone, Default)]
pub(crate) struct Transport {
    pub request_id: Option<String>,
    pub ip_address: Option<String>,
    /// The name the caller asked for, and the whole path behind it.
    pub asked: Option<(String, String)>,
}

impl Front {
    /// Serves `mounted` for the function `name`. Browsers of exactly these origins may call. `stage` is
    /// the path prefix clients may or may not send. `meter` counts what the routes use.
    pub fn new(
        name: &'static str,
        mounted: Mounted,
        origins: Vec<String>,
        stage: &str,
        meter: Meter,
        random: Random,
    ) -> Self {
        let operations = mounted.operations().to_vec();
        let router = mounted.into_router();
        Self(Arc::new(Inner { name, router, operations, origins, stage: stage.to_owned(), meter, random }))
    }

    /// What is served.
    pub fn operations(&self) -> &[Operation] {
        &self.0.operations
    }

    /// The function's name.
    pub fn name(&self) -> &'static str {
        self.0.name
    }

    /// Answers a request that came over a port from `ip_address`.
    pub async fn answer(&self, request: Request, ip_address: Option<String>) -> Response {
        self.handle(request, Transport { ip_address, ..Transport::default() }).await
    }

    pub(crate) async fn handle(&self, mut request: Request, transport: Transport) -> Response {
        let started = std::time::Instant::now();
        let used = self.0.meter.used();
        let meta = self.meta(&request, transport);
        let origin = self.allowed_origin(request.headers());
        let method = request.method().clone();
        strip_to(request.uri_mut(), &meta.path);
        request.extensions_mut().insert(meta.clone());

        let response = if method == Method::OPTIONS {
            preflight(request.headers(), origin.is_some())
        } else if too_long(request.headers()) {
            input::too_large().into_response()
        } else {
            self.route(request).await
        };
        let mut response = match response.extensions().get::<Problem>().cloned() {
            Some(problem) => {
                let mut rendered = problem.render(&meta);
                if let Some(pattern) = response.extensions().get::<Pattern>() {
                    rendered.extensions_mut().insert(*pattern);
                }
                if let Some(allow) = response.headers().get(header::ALLOW) {
                    rendered.headers_mut().insert(header::ALLOW, allow.clone());
                }
                rendered
            }
            None => response,
        };
        dress(response.headers_mut(), &meta, origin);
        self.log(&method, &meta, &response, started.elapsed(), self.0.meter.used().since(used));
        response
    }

    async fn route(&self, request: Request) -> Response {
        match AssertUnwindSafe(self.0.router.clone().oneshot(request)).catch_unwind().await {
            Ok(Ok(response)) => response,
            Ok(Err(impossible)) => match impossible {},
            Err(_) => {
                tracing::error!("a handler panicked");
                Problem::internal().into_response()
            }
        }
    }

    fn meta(&self, request: &Request, transport: Transport) -> Meta {
        let text = |name: HeaderName| request.headers().get(name).and_then(|v| v.to_str().ok());
        let random_id = || to_base64url(&self.0.random.bytes::<12>());
        let path = self.without_stage(request.uri().path());
        let address = transport.asked.and_then(|(name, whole)| {
            let before = whole.strip_suffix(&path)?;
            Some(format!("https://{name}{before}"))
        });
        Meta {
            request_id: transport.request_id.unwrap_or_else(random_id),
            ip_address: transport.ip_address,
            user_agent: text(header::USER_AGENT).map(|agent| agent.chars().take(256).collect()),
            lang: Lang::preferred(text(header::ACCEPT_LANGUAGE)),
            path,
            address,
        }
    }

    /// Clients call with or without the stage; no route of ours begins with one.
    fn without_stage(&self, path: &str) -> String {
        let rest = path
            .strip_prefix('/')
            .and_then(|p| p.strip_prefix(self.0.stage.as_str()))
            .filter(|_| !self.0.stage.is_empty());
        match rest {
            Some("") => "/".into(),
            Some(rest) if rest.starts_with('/') => rest.to_owned(),
            _ => path.to_owned(),
        }
    }

    fn allowed_origin(&self, headers: &HeaderMap) -> Option<HeaderValue> {
        let origin = headers.get(header::ORIGIN)?;
        self.0.origins.iter().any(|known| known.as_bytes() == origin.as_bytes()).then(|| origin.clone())
    }

    fn log(&self, method: &Method, meta: &Meta, response: &Response, took: std::time::Duration, used: Used) {
        let route = response.extensions().get::<Pattern>().map_or("-", |p| p.0);
        let status = response.status().as_u16();
        tracing::info!(
            function = self.0.name, %method, route, status, request_id = meta.request_id,
            ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            store_trips = used.trips, read_units = used.read_units, write_units = used.write_units + used.index_units,
            "request"
        );
    }
}

fn strip_to(uri: &mut Uri, path: &str) {
    let query = uri.query().map(|q| format!("?{q}")).unwrap_or_default();
    if let Ok(stripped) = format!("{path}{query}").parse() {
        *uri = stripped;
    }
}

fn too_long(headers: &HeaderMap) -> bool {
    let length = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|v| v.to_str().ok())
        .and_then(|v| v.parse::<usize>().ok());
    length.is_some_and(|length| length > input::MAX_BODY)
}

fn preflight(headers: &HeaderMap, allowed: bool) -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    if allowed && headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD) {
        let out = response.headers_mut();
        let methods = HeaderValue::from_static("GET, POST, PUT, PATCH, DELETE, HEAD");
        let names = HeaderValue::from_static(
            "authorization, content-type, accept-language, idempotency-key, if-match, x-api-key, x-csrf-token",
        );
        out.insert(header::ACCESS_CONTROL_ALLOW_METHODS, methods);
        out.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, names);
        out.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("7200"));
    }
    response
}

/// Headers every answer has; one a handler has set stays.
fn dress(headers: &mut HeaderMap, meta: &Meta, origin: Option<HeaderValue>) {
    let fixed = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
        (header::STRICT_TRANSPORT_SECURITY, "max-age=63072000; includeSubDomains"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
    ];
    for (name, value) in fixed {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    if let Ok(id) = HeaderValue::from_str(&meta.request_id) {
        headers.insert(HeaderName::from_static("x-request-id"), id);
    }
    headers.append(header::VARY, HeaderValue::from_static("origin, accept-language"));
    if let Some(origin) = origin {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
        let exposed =
            HeaderValue::from_static("etag, idempotent-replayed, location, retry-after, x-request-id");
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
    }
}

/// The bytes of an answer, for transports that need them whole.
pub(crate) async fn whole(response: Response) -> (axum::http::response::Parts, bytes::Bytes) {
    use http_body_util::BodyExt;
    let (parts, body) = response.into_parts();
    let bytes = Body::collect(body).await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    (parts, bytes)
}
