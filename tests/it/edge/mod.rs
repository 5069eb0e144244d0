//! The edge: problems, languages, browsers, headers, the system's own pages, and who may do what.

mod access;
mod problems;
mod system;

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use harness::app::{App, Guest, Reply, free_wish, wish};
use harness::faults::{Calls, Fault};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use reqwest::Method;
use serde_json::{Value, json};

use crate::garbage::{NOTHING, changed, mounted, stored};

const JSON: (&str, &str) = ("content-type", "application/json");
const ORIGIN: &str = "http://localhost:5173";
const NOBODY: &str = "01900000-0000-7000-8000-00000000dead";

/// A request that is refused.
struct Wrong {
    status: u16,
    code: &'static str,
    method: Method,
    path: &'static str,
    headers: &'static [(&'static str, &'static str)],
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
        vec![
            post(400, "bad_json", &[JSON], "{"),
            get(401, "unauthorized", "/api/bookings", false),
            post(401, "bad_credentials", &[JSON], r#"{"email":"a@b.kr","password":"x"}"#),
            get(403, "forbidden", "/api/system/info", true),
            get(404, "no_such_route", "/nothing/here", false),
            get(404, "not_found", "/rooms/01900000-0000-7000-8000-00000000dead", false),
            get(404, "not_found", "/api/bookings/01900000-0000-7000-8000-00000000dead", true),
            get(405, "method_not_allowed", "/auth/login", false),
            post(415, "unsupported_media_type", &[("content-type", "text/plain")], "{}"),
            post(422, "invalid_input", &[JSON], "{}"),
            get(422, "invalid_input", "/rooms?page_size=x", false),
        ]
    }

    async fn ask(&self, app: &App, member: &Guest, headers: &[(&str, &str)]) -> Result<Reply> {
        let guest = if self.signed_in { member.clone() } else { app.stranger() };
        let headers: Vec<_> = self.headers.iter().chain(headers).copied().collect();
        guest.send(self.method.clone(), self.path, &headers, self.body.map(Into::into)).await
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

/// The oracle: every operation and who may. What is mounted without being here, or other than here,
/// fails.
const ACCESS: [(&str, &str, &str); 27] = [
    ("DELETE", "/api/bookings/{id}", "self|staff:bookings_write"),
    ("GET", "/.well-known/jwks.json", "public"),
    ("GET", "/api/bookings", "member"),
    ("GET", "/api/bookings/{id}", "self|staff:bookings_read"),
    ("GET", "/api/health", "public"),
    ("GET", "/api/system/info", "staff:system_read"),
    ("GET", "/docs", "public"),
    ("GET", "/health", "public"),
    ("GET", "/healthz", "public"),
    ("GET", "/openapi.json", "public"),
    ("GET", "/payments/{payment_key}", "self|staff:payments_read"),
    ("GET", "/rooms", "public"),
    ("GET", "/rooms/{id}", "public"),
    ("GET", "/rooms/{id}/availability", "public"),
    ("POST", "/api/bookings", "member"),
    ("POST", "/auth/forgot-password", "public"),
    ("POST", "/auth/forgotpassword", "public"),
    ("POST", "/auth/login", "public"),
    ("POST", "/auth/logout", "member"),
    ("POST", "/auth/refresh", "public"),
    ("POST", "/auth/register", "public"),
    ("POST", "/auth/resend-verification", "public"),
    ("POST", "/auth/reset-password", "public"),
    ("POST", "/auth/verify-email", "public"),
    ("POST", "/payments/confirm", "member"),
    ("POST", "/payments/ready", "member"),
    ("POST", "/rooms", "staff:rooms_manage"),
];

/// What the first member has: a booking and a payment.
struct Theirs {
    booking: String,
    payment_key: String,
}

impl Theirs {
    async fn make(app: &App) -> Result<Self> {
        let member = app.member().await?;
        let (_, order, payment_key) = member.up_to_the_window(app, &wish(14, 15)).await?;
        let reply = member.confirm(&payment_key, &order, 20_000).await?;
        assert_eq!(reply.status, 200, "{reply:?}");
        let booking = member.book(&free_wish(10, 11)).await?;
        Ok(Self { booking: booking["id"].as_str().context("no id")?.to_owned(), payment_key })
    }

    fn path(&self, pattern: &str) -> String {
        let id = if pattern.starts_with("/rooms") { harness::people::ROOM_A } else { &self.booking };
        pattern.replace("{id}", id).replace("{payment_key}", &self.payment_key)
    }
}

/// Asks for an operation as this guest, with an empty object where there is a body.
async fn ask(guest: &Guest, method: &str, path: &str) -> Result<Reply> {
    let body = (method == "POST").then(|| b"{}".to_vec());
    guest.send(Method::from_bytes(method.as_bytes())?, path, &[JSON], body).await
}

/// Whom each guard lets through beside the record's owner.
fn lets_through(guard: &str, who: &str) -> bool {
    let all: &[&str] = match guard {
        "public" => return true,
        "member" => return who != "stranger",
        "staff:rooms_manage" | "staff:system_read" => &["admin", "owner"],
        "self|staff:bookings_read" => &["self", "viewer", "operator", "admin", "owner", "key"],
        "self|staff:bookings_write" | "self|staff:payments_read" => {
            &["self", "operator", "admin", "owner", "key"]
        }
        other => panic!("{other} is not in the table"),
    };
    all.contains(&who)
}
