//! Answers in the envelopes clients know.

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use maru_kernel::Secret;
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::cookie;

/// A JSON answer.
#[derive(Debug)]
pub struct Answer {
    status: StatusCode,
    body: Value,
    headers: Vec<(HeaderName, HeaderValue)>,
}

/// Where a list stands.
#[derive(Debug, Clone, Serialize)]
pub struct Pagination {
    /// Records a page.
    pub page_size: u16,
    /// Whether more follow.
    pub has_next: bool,
    /// Where the next page starts.
    pub next: Option<String>,
}

impl Answer {
    /// Exactly this object.
    pub fn plain(status: StatusCode, body: &impl Serialize) -> Self {
        Self { status, body: serde_json::to_value(body).unwrap_or_default(), headers: Vec::new() }
    }

    /// One thing: `{success, data}`.
    pub fn one(data: &impl Serialize) -> Self {
        Self::plain(StatusCode::OK, &json!({"success": true, "data": data}))
    }

    /// A thing just made: 201 `{success, message, data}`.
    pub fn created(message: &str, data: &impl Serialize) -> Self {
        Self::plain(StatusCode::CREATED, &json!({"success": true, "message": message, "data": data}))
    }

    /// A list: `{success, data, pagination}`.
    pub fn list(data: &[impl Serialize], pagination: &Pagination) -> Self {
        Self::plain(StatusCode::OK, &json!({"success": true, "data": data, "pagination": pagination}))
    }

    /// Adds a member to the object.
    #[must_use]
    pub fn with(mut self, name: &str, value: Value) -> Self {
        if let Some(object) = self.body.as_object_mut() {
            object.insert(name.to_owned(), value);
        }
        self
    }

    /// Adds a header.
    #[must_use]
    fn header(mut self, name: HeaderName, value: &str) -> Self {
        self.headers.extend(HeaderValue::from_str(value).ok().map(|value| (name, value)));
        self
    }

    /// Tells where the thing just made lies.
    #[must_use]
    pub fn at(self, path: &str) -> Self {
        self.header(header::LOCATION, path)
    }

    /// Lets anyone keep the answer this long.
    #[must_use]
    pub fn cached(self, seconds: u32) -> Self {
        self.header(header::CACHE_CONTROL, &format!("public, max-age={seconds}"))
    }

    /// Sets the strong `ETag` of this version.
    #[must_use]
    pub fn version(self, lock_version: u64) -> Self {
        self.header(header::ETAG, &format!("\"{lock_version}\""))
    }

    /// Gives the panel's browser a refresh token to keep for `seconds`; none takes it away.
    #[must_use]
    pub fn cookie(self, token: Option<&Secret>, seconds: i64) -> Self {
        self.header(header::SET_COOKIE, &cookie::set(token, seconds))
    }

    /// Marks the answer as that of an earlier, identical request.
    #[must_use]
    pub fn replayed(self, yes: bool) -> Self {
        if yes { self.header(HeaderName::from_static("idempotent-replayed"), "true") } else { self }
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let mut response = Response::new(self.body.to_string().into());
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
        for (name, value) in self.headers {
            headers.insert(name, value);
        }
        response
    }
}

/// A calendar, which is no JSON.
#[derive(Debug, Clone)]
pub struct Calendar(pub String);

impl IntoResponse for Calendar {
    fn into_response(self) -> Response {
        let mut response = Response::new(self.0.into());
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/calendar; charset=utf-8"));
        let name = HeaderValue::from_static("inline; filename=\"maru.ics\"");
        headers.insert(header::CONTENT_DISPOSITION, name);
        response
    }
}

/// A page for a person's browser.
#[derive(Debug, Clone)]
pub struct Page {
    status: StatusCode,
    html: String,
    policy: String,
}

impl Page {
    /// What every page forbids, whatever else it allows.
    const POLICY: &str = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'";

    /// A whole document, every value in it escaped. `policy` is what it may load beyond nothing, as directives
    /// of a content security policy (`style-src 'sha256-…'`).
    pub fn new(status: StatusCode, html: String, policy: &str) -> Self {
        Self { status, html, policy: format!("{}; {policy}", Self::POLICY) }
    }
}

impl IntoResponse for Page {
    fn into_response(self) -> Response {
        let mut response = Response::new(self.html.into());
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
        // Without a policy of its own it gets the front's, which allows nothing at all.
        let policy = HeaderValue::from_str(&self.policy);
        headers.extend(policy.ok().map(|policy| (header::CONTENT_SECURITY_POLICY, policy)));
        response
    }
}

/// Sends a browser on to look at something (303), whatever it came with.
#[derive(Debug, Clone)]
pub struct SeeOther(pub String);

impl IntoResponse for SeeOther {
    fn into_response(self) -> Response {
        let mut response = StatusCode::SEE_OTHER.into_response();
        let to = HeaderValue::from_str(&self.0);
        response.headers_mut().extend(to.ok().map(|to| (header::LOCATION, to)));
        response
    }
}

/// An instant as RFC 3339 with the zone's offset (`2026-12-01T10:00:00+09:00`).
pub fn instant(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

/// An object of these members, for views that mix records.
impl From<Map<String, Value>> for Answer {
    fn from(object: Map<String, Value>) -> Self {
        Self { status: StatusCode::OK, body: Value::Object(object), headers: Vec::new() }
    }
}
