//! The fake seen from outside: a shop with a test clock that talks to it over its routers.

mod balancing;
mod cancelling;
mod cards;
mod confirming;
mod customer;
mod depositing;
mod failing;
mod keeping;
mod misbehaving;
mod repeating;
mod spoken;
mod telling;

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, header};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tower::ServiceExt;

use super::{FakeToss, FakeTossOptions};

const SECRET: &str = "test_sk_example";
const ORDER: &str = "bk_01JD7Q4T";

struct Seen {
    status: u16,
    headers: HeaderMap,
    text: String,
}

impl Seen {
    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("not JSON: {}", self.text))
    }

    /// Status and error code, the way refusals are compared.
    fn refusal(&self) -> (u16, String) {
        (self.status, self.json()["code"].as_str().unwrap().to_owned())
    }

    fn location(&self) -> &str {
        self.headers[header::LOCATION].to_str().unwrap()
    }
}

fn refused(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

#[derive(Clone)]
struct Shop {
    toss: FakeToss,
    clock: Arc<Mutex<Timestamp>>,
    secret: String,
}

impl Shop {
    fn new() -> Self {
        Self::with(SECRET, None)
    }

    fn with(secret: &str, file: Option<PathBuf>) -> Self {
        let clock = Arc::new(Mutex::new("2026-11-20T01:00:01Z".parse().unwrap()));
        let hands = Arc::clone(&clock);
        let toss = FakeToss::new(FakeTossOptions {
            now: Arc::new(move || *hands.lock().unwrap()),
            secret_key: secret.to_owned(),
            success_url: "https://shop.example/paid?from=toss".to_owned(),
            fail_url: "https://shop.example/failed".to_owned(),
            file,
        });
        Self { toss, clock, secret: secret.to_owned() }
    }

    fn wait(&self, seconds: i64) {
        *self.clock.lock().unwrap() += SignedDuration::from_secs(seconds);
    }

    async fn send(&self, router: Router, request: Request<Body>) -> Seen {
        let response = router.oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.unwrap();
        Seen {
            status: parts.status.as_u16(),
            headers: parts.headers,
            text: String::from_utf8(bytes.to_vec()).unwrap(),
        }
    }

    async fn post(&self, path: &str, headers: &[(&str, &str)], body: &Value) -> Seen {
        let mut request = Request::post(path)
            .header("authorization", basic(&format!("{}:", self.secret)))
            .header("content-type", "application/json");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::from(body.to_string())).unwrap();
        self.send(self.toss.api(), request).await
    }

    async fn get(&self, path: &str) -> Seen {
        let request = Request::get(path)
            .header("authorization", basic(&format!("{}:", self.secret)))
            .body(Body::empty())
            .unwrap();
        self.send(self.toss.api(), request).await
    }

    async fn confirm(&self, payment: &str, amount: i64, key: Option<&str>) -> Seen {
        let headers: Vec<_> = key.map(|key| ("idempotency-key", key)).into_iter().collect();
        self.post("/v1/payments/confirm", &headers, &confirm_body(payment, amount)).await
    }

    async fn cancel(&self, payment: &str, key: &str, body: Value) -> Seen {
        let path = format!("/v1/payments/{payment}/cancel");
        self.post(&path, &[("idempotency-key", key)], &body).await
    }

    async fn read(&self, payment: &str) -> Seen {
        self.get(&format!("/v1/payments/{payment}")).await
    }

    async fn delete(&self, path: &str) -> Seen {
        let request = Request::delete(path)
            .header("authorization", basic(&format!("{}:", self.secret)))
            .body(Body::empty())
            .unwrap();
        self.send(self.toss.api(), request).await
    }

    async fn local(&self, path: &str, body: &str) -> Seen {
        let request = Request::post(path).body(Body::from(body.to_owned())).unwrap();
        self.send(self.toss.window(), request).await
    }

    /// An authenticated payment of 45,000 won for the usual order.
    fn customer_pays(&self) -> String {
        self.toss.authenticate(ORDER, 45_000, None)
    }

    /// The same, captured.
    async fn paid(&self) -> String {
        let payment = self.customer_pays();
        assert_eq!(self.confirm(&payment, 45_000, None).await.status, 200);
        payment
    }

    /// The same with a virtual account that waits for its deposit.
    async fn awaited(&self) -> String {
        let payment = self.toss.authenticate(ORDER, 45_000, Some("VIRTUAL_ACCOUNT"));
        assert_eq!(self.confirm(&payment, 45_000, None).await.json()["status"], "WAITING_FOR_DEPOSIT");
        payment
    }
}

fn confirm_body(payment: &str, amount: i64) -> Value {
    json!({ "paymentKey": payment, "orderId": ORDER, "amount": amount })
}

fn basic(credentials: &str) -> String {
    format!("Basic {}", STANDARD.encode(credentials))
}
