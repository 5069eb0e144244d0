//! The provider's `/v1` routes: which key was used before, what happens to the money, what the caller gets to see.

use std::future::pending;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{any, get, post};
use serde::Deserialize;

use super::FakeToss;
use super::answer::Answer;
use super::behaviour::{Behaviour, Delivery, Fault, Plan, Verdict};
use super::desk::{CancelRequest, ConfirmRequest};
use super::door::{Call, parse};
use super::object::payment_object;

/// How long an answer that will not come keeps its caller waiting, in real time even under a test clock.
const SILENCE: Duration = Duration::from_mins(1);
const PADDING: usize = 10 * 1024 * 1024;

pub(super) fn routes(toss: FakeToss) -> Router {
    Router::new()
        .route("/v1/payments/confirm", post(confirm))
        .route("/v1/payments/{payment_key}", get(read))
        .route("/v1/payments/orders/{order_id}", get(read_order))
        .route("/v1/payments/{payment_key}/cancel", post(cancel))
        .route("/v1/elsewhere", any(elsewhere))
        .with_state(toss)
}

async fn confirm(State(toss): State<FakeToss>, headers: HeaderMap, body: Bytes) -> Response {
    let call = toss.admit(&headers, "confirm");
    // A call that is refused at the door, or says itself how it shall end, leaves the queue alone.
    let obeys = matches!(&call, Ok(call) if call.forced.is_none());
    let behaviour = toss.with_book(|book, _| {
        book.confirm_calls += 1;
        obeys.then(|| book.queue.pop_front()).flatten()
    });
    let call = match call {
        Ok(call) => call,
        Err(refusal) => return refusal.into_response(),
    };
    match behaviour.unwrap_or(Behaviour::Approve).plan() {
        Plan::Lost(fault) => toss.lose(&call, fault, &body).await,
        Plan::Judged(verdict, delivery) => {
            let answer = toss.judge(&call, &headers, &body, verdict, delivery);
            deliver(answer, delivery).await
        }
    }
}

async fn cancel(
    State(toss): State<FakeToss>,
    Path(payment_key): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    let call = match toss.admit(&headers, &format!("cancel {payment_key}")) {
        Ok(call) => call,
        Err(refusal) => return refusal,
    };
    toss.with_book(|book, now| {
        book.once(call.scope.as_deref(), now, true, |book| {
            if let Some(code) = &call.forced {
                return Answer::refusal(code);
            }
            match parse::<CancelRequest>(&headers, &body) {
                Some(request) => book.cancel(now, &payment_key, &request),
                None => Answer::refusal("INVALID_REQUEST"),
            }
        })
    })
}

async fn read(State(toss): State<FakeToss>, Path(payment_key): Path<String>, headers: HeaderMap) -> Answer {
    toss.show(&headers, || toss.payment(&payment_key))
}

async fn read_order(
    State(toss): State<FakeToss>,
    Path(order_id): Path<String>,
    headers: HeaderMap,
) -> Answer {
    toss.show(&headers, || toss.glance(|book| book.payment_of_order(&order_id).map(payment_object)))
}

#[derive(Deserialize)]
struct Strayed {
    key: String,
}

/// Where `redirect` leads. It claims an approval nobody made, so a client that follows is caught by its books.
async fn elsewhere(State(toss): State<FakeToss>, Query(Strayed { key }): Query<Strayed>) -> Response {
    let now = toss.now();
    let claimed = toss.glance(|book| book.payment(&key).cloned());
    match claimed {
        Some(mut payment) => {
            payment.approve(now);
            Answer::ok(&payment_object(&payment)).into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// Keeps a key in flight until the connection that carries it is gone.
struct Hold<'a> {
    toss: &'a FakeToss,
    scope: Option<&'a str>,
}

impl<'a> Hold<'a> {
    fn new(toss: &'a FakeToss, scope: Option<&'a str>) -> Self {
        if let Some(scope) = scope {
            toss.with_book(|book, _| book.hold(scope));
        }
        Self { toss, scope }
    }
}

impl Drop for Hold<'_> {
    fn drop(&mut self) {
        if let Some(scope) = self.scope {
            self.toss.with_book(|book, _| book.release(scope));
        }
    }
}

impl FakeToss {
    fn show(&self, headers: &HeaderMap, find: impl FnOnce() -> Option<serde_json::Value>) -> Answer {
        if let Err(refusal) = self.check_key(headers) {
            return refusal;
        }
        match self.forced(headers) {
            Some(code) => Answer::refusal(&code),
            None => find().map_or_else(|| Answer::refusal("NOT_FOUND_PAYMENT"), |object| Answer::ok(&object)),
        }
    }

    fn judge(
        &self,
        call: &Call,
        headers: &HeaderMap,
        body: &Bytes,
        verdict: Verdict,
        delivery: Delivery,
    ) -> Answer {
        // An internal error after the capture is the provider's own first answer, so the approval is not bound.
        let binds = delivery != Delivery::InternalError;
        self.with_book(|book, now| {
            book.once(call.scope.as_deref(), now, binds, |book| {
                if let Some(code) = &call.forced {
                    return Answer::refusal(code);
                }
                match parse::<ConfirmRequest>(headers, body) {
                    Some(request) if request.is_well_formed() => book.confirm(now, &request, verdict),
                    Some(_) | None => Answer::refusal("INVALID_REQUEST"),
                }
            })
        })
    }

    async fn lose(&self, call: &Call, fault: Fault, body: &Bytes) -> Response {
        match fault {
            Fault::Silence => {
                let _hold = Hold::new(self, call.scope.as_deref());
                pending().await
            }
            Fault::InternalError => internal_error(),
            Fault::GatewayPage => gateway_page(StatusCode::BAD_GATEWAY),
            Fault::Busy => Answer::refusal("IDEMPOTENT_REQUEST_PROCESSING").into_response(),
            Fault::Elsewhere => {
                let sent: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
                let key: String = sent
                    .get("paymentKey")
                    .and_then(serde_json::Value::as_str)
                    .unwrap_or_default()
                    .chars()
                    .filter(char::is_ascii_alphanumeric)
                    .collect();
                let place = format!("/v1/elsewhere?key={key}");
                (StatusCode::FOUND, [(header::LOCATION, place)]).into_response()
            }
        }
    }
}

async fn deliver(answer: Answer, delivery: Delivery) -> Response {
    match delivery {
        Delivery::Whole => answer.into_response(),
        Delivery::Silence => {
            tokio::time::sleep(SILENCE).await;
            gateway_page(StatusCode::GATEWAY_TIMEOUT)
        }
        Delivery::InternalError => internal_error(),
        Delivery::GatewayPage => gateway_page(StatusCode::BAD_GATEWAY),
        Delivery::Padded => padded(answer).into_response(),
    }
}

/// Still valid JSON with every field in place: only its size gives it away.
fn padded(mut answer: Answer) -> Answer {
    if answer.body.ends_with('}') {
        answer.body.pop();
        answer.body.push_str(",\"padding\":\"");
        answer.body.extend(std::iter::repeat_n('.', PADDING));
        answer.body.push_str("\"}");
    }
    answer
}

fn internal_error() -> Response {
    Answer::refusal("FAILED_INTERNAL_SYSTEM_PROCESSING").into_response()
}

fn gateway_page(status: StatusCode) -> Response {
    let page = format!("<html><head><title>{status}</title></head><body><h1>{status}</h1></body></html>\n");
    (status, Html(page)).into_response()
}
