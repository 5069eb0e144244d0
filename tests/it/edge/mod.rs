//! The edge: problems, languages, browsers, headers, the system's own pages, and who may do what.

mod access;
mod problems;
mod system;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context, Result};
use harness::app::{App, Guest, Reply, free_wish, wish};
use harness::faults::{Calls, Fault};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use reqwest::Method;
use serde_json::{Value, json};

use crate::garbage::{NOBODY, NOTHING, changed, mounted, stored};

const JSON: (&str, &str) = ("content-type", "application/json");
const ORIGIN: &str = "http://localhost:5173";

/// Many refusals of one address would be refused for their number.
static NONCE: AtomicU32 = AtomicU32::new(0);

/// A request that is refused.
struct Wrong {
    status: u16,
    code: &'static str,
    method: Method,
    path: &'static str,
    headers: &'static [(&'static str, &'static str)],
    /// `{n}` stands for something else each time.
    body: Option<&'static str>,
    signed_in: bool,
}

impl Wrong {
    /// One of every status the edge itself refuses with.
    fn all() -> Vec<Self> {
        let get = |status, code, path, signed_in| Self {
            status,
            code,
            method: Method::GET,
            path,
            headers: &[],
            body: None,
            signed_in,
        };
        let post = |status, code, headers, body| Self {
            status,
            code,
            method: Method::POST,
            path: "/auth/login",
            headers,
            body: Some(body),
            signed_in: false,
        };
        let rename = |status, code, headers| Self {
            status,
            code,
            method: Method::PATCH,
            path: "/me",
            headers,
            body: Some(r#"{"name":"김"}"#),
            signed_in: true,
        };
        vec![
            post(400, "bad_json", &[JSON], "{"),
            get(401, "unauthorized", "/api/bookings", false),
            post(401, "bad_credentials", &[JSON], r#"{"email":"{n}@b.kr","password":"x"}"#),
            get(403, "forbidden", "/api/system/info", true),
            get(404, "no_such_route", "/nothing/here", false),
            get(404, "not_found", "/rooms/01900000-0000-7000-8000-00000000dead", false),
            get(404, "not_found", "/api/bookings/01900000-0000-7000-8000-00000000dead", true),
            get(405, "method_not_allowed", "/auth/login", false),
            rename(400, "bad_if_match", &[JSON, ("if-match", "*")]),
            rename(412, "conflict_version", &[JSON, ("if-match", "\"999\"")]),
            rename(428, "version_required", &[JSON]),
            post(415, "unsupported_media_type", &[("content-type", "text/plain")], "{}"),
            post(422, "invalid_input", &[JSON], "{}"),
            get(422, "invalid_input", "/rooms?page_size=x", false),
        ]
    }

    async fn ask(&self, app: &App, member: &Guest, headers: &[(&str, &str)]) -> Result<Reply> {
        let guest = if self.signed_in { member.clone() } else { app.stranger() };
        let headers: Vec<_> = self.headers.iter().chain(headers).copied().collect();
        let nonce = NONCE.fetch_add(1, Ordering::Relaxed).to_string();
        let body = self.body.map(|body| body.replace("{n}", &nonce).into_bytes());
        guest.send(self.method.clone(), self.path, &headers, body).await
    }
}

/// The reply is a whole problem of this status and code about this path.
fn is_problem(reply: &Reply, status: u16, code: &str, path: &str) {
    let body = &reply.body;
    assert_eq!(reply.status, status, "{reply:?}");
    assert_eq!(reply.header("content-type"), Some("application/problem+json; charset=utf-8"), "{reply:?}");
    assert_eq!((&body["status"], &body["code"]), (&json!(status), &json!(code)), "{reply:?}");
    assert_eq!(body["type"], format!("urn:maru:problem:{code}"), "{reply:?}");
    assert_eq!(body["instance"], path.split('?').next().unwrap_or_default(), "{reply:?}");
    assert_eq!(body["error_code"], code.to_uppercase(), "{reply:?}");
    assert_eq!(body["success"], false, "{reply:?}");
    assert!(body["title"].as_str().is_some_and(|title| !title.is_empty()), "{reply:?}");
    assert!(body["detail"].as_str().is_some_and(|detail| !detail.is_empty()), "{reply:?}");
    assert_eq!((&body["error"], &body["message"]), (&body["detail"], &body["detail"]), "{reply:?}");
    assert_eq!(body["request_id"].as_str(), reply.header("x-request-id"), "{reply:?}");
}

/// The refusals differ in what was asked for only.
fn alike(replies: &mut [Reply]) {
    for reply in replies.iter_mut() {
        reply.body["instance"] = Value::Null;
        reply.body["request_id"] = Value::Null;
    }
    for pair in replies.windows(2) {
        assert_eq!(pair[0].body, pair[1].body);
    }
}

fn is_korean(text: &str) -> bool {
    text.chars().any(|c| ('가'..='힣').contains(&c))
}

/// (method, path, who may) of everything mounted.
fn operations(app: &App) -> BTreeSet<(String, String, String)> {
    let document = mounted(app);
    let paths = document["paths"].as_object().into_iter().flatten();
    let all = paths.flat_map(|(path, operations)| {
        operations.as_object().into_iter().flatten().map(move |(method, operation)| {
            let guard = operation["x-guard"].as_str().unwrap_or_default();
            (method.to_uppercase(), path.clone(), guard.to_owned())
        })
    });
    all.collect()
}

fn cors(reply: &Reply) -> Vec<&str> {
    let names = reply.headers.iter().map(|(name, _)| name.as_str());
    names.filter(|name| name.starts_with("access-control-")).collect()
}
