//! The provider's `/v1` routes: which key was used before, what happens to the money, what the caller gets to see.

mod billing;
mod faults;

use std::collections::VecDeque;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::FakeToss;
use super::answer::Answer;
use super::behaviour::{Behaviour, Delivery, Plan, Verdict};
use super::book::{Book, Payment};
use super::desk::{CancelRequest, ConfirmRequest, UNMAPPED, another_status};
use super::door::{Call, parse};
use super::ledger::Page;
use super::object::payment_object;

pub(super) fn routes(toss: FakeToss) -> Router {
    Router::new()
        .route("/v1/payments/confirm", post(confirm))
        .route("/v1/payments/{payment_key}", get(read))
        .route("/v1/payments/orders/{order_id}", get(read_order))
        .route("/v1/payments/{payment_key}/cancel", post(cancel))
        .route("/v1/billing/authorizations/issue", post(billing::issue))
        .route("/v1/billing/{billing_key}", post(billing::charge).delete(billing::forget))
        .route("/v1/transactions", get(transactions))
        .route("/v1/elsewhere", any(elsewhere))
        .route_layer(from_fn_with_state(toss.clone(), threshold))
        .with_state(toss)
}

/// Counts whoever comes, and turns everybody away while nobody is to be answered.
async fn threshold(State(toss): State<FakeToss>, request: Request, next: Next) -> Response {
    let path = request.uri().path().strip_prefix("/v1/payments/").unwrap_or_default();
    let (is_post, is_get) = (request.method() == Method::POST, request.method() == Method::GET);
    let silent = toss.with_book(|book, _| {
        match path {
            "" => {}
            "confirm" if is_post => book.confirm_calls += 1,
            path if is_post && path.ends_with("/cancel") => book.cancel_calls += 1,
            _ if is_get => book.read_calls += 1,
            _ => {}
        }
        book.silent
    });
    if silent { hung_up() } else { next.run(request).await }
}

/// A body that breaks off before its first byte: the server then closes the connection.
fn hung_up() -> Response {
    let broken = futures::stream::once(async { Err::<Bytes, _>(std::io::Error::other("hung up")) });
    Body::from_stream(broken).into_response()
}

async fn confirm(State(toss): State<FakeToss>, headers: HeaderMap, body: Bytes) -> Response {
    let call = match toss.admit(&headers, "confirm") {
        Ok(call) => call,
        Err(refusal) => return refusal.into_response(),
    };
    let sent: Value = serde_json::from_slice(&body).unwrap_or_default();
    let payment_key = sent.get("paymentKey").and_then(Value::as_str).unwrap_or_default();
    let behaviour = toss.behaviour(&call, |book| &mut book.queue);
    toss.carry_out(&call, payment_key, behaviour, |book, now, verdict| {
        match parse::<ConfirmRequest>(&headers, &body) {
            Some(request) if request.is_well_formed() => book.confirm(now, &request, verdict),
            Some(_) | None => Answer::refusal("INVALID_REQUEST"),
        }
    })
    .await
}

async fn cancel(
    State(toss): State<FakeToss>,
    Path(payment_key): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let call = match toss.admit(&headers, &format!("cancel {payment_key}")) {
        Ok(call) => call,
        Err(refusal) => return refusal.into_response(),
    };
    let behaviour = toss.behaviour(&call, |book| &mut book.cancel_queue);
    toss.carry_out(&call, &payment_key, behaviour, |book, now, verdict| {
        match parse::<CancelRequest>(&headers, &body) {
            Some(request) => book.cancel(now, &payment_key, &request, verdict),
            None => Answer::refusal("INVALID_REQUEST"),
        }
    })
    .await
}

async fn read(State(toss): State<FakeToss>, Path(payment_key): Path<String>, headers: HeaderMap) -> Response {
    toss.show(&headers, |book| book.payment(&payment_key)).await
}

async fn read_order(
    State(toss): State<FakeToss>,
    Path(order_id): Path<String>,
    headers: HeaderMap,
) -> Response {
    toss.show(&headers, |book| book.payment_of_order(&order_id)).await
}

async fn transactions(
    State(toss): State<FakeToss>,
    headers: HeaderMap,
    page: Result<Query<Page>, QueryRejection>,
) -> Answer {
    if let Err(refusal) = toss.check_key(&headers) {
        return refusal;
    }
    match (toss.forced(&headers), page) {
        (Some(code), _) => Answer::refusal(&code),
        (None, Err(_)) => Answer::refusal("INVALID_REQUEST"),
        (None, Ok(Query(page))) => toss.glance(|book| book.transactions(&page)),
    }
}

#[derive(Deserialize)]
struct Strayed {
    key: String,
}

/// Where `redirect` leads. It claims an approval nobody made, or money back nobody gave, so a client that follows
/// is caught by its books.
async fn elsewhere(State(toss): State<FakeToss>, Query(Strayed { key }): Query<Strayed>) -> Response {
    let now = toss.now();
    let claimed = toss.glance(|book| book.payment(&key).cloned());
    match claimed {
        Some(mut payment) => {
            if payment.approved_at.is_some() {
                payment.take_back(now, payment.balance, "elsewhere", 0);
            } else {
                payment.approve(now);
            }
            Answer::ok(&payment_object(&payment)).into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

impl FakeToss {
    /// The next of the ordered behaviours. A call that says itself how it shall end leaves the queue alone.
    fn behaviour(&self, call: &Call, queue: fn(&mut Book) -> &mut VecDeque<Behaviour>) -> Behaviour {
        let ordered = match call.forced {
            None => self.with_book(|book, _| queue(book).pop_front()),
            Some(_) => None,
        };
        ordered.unwrap_or(Behaviour::Approve)
    }

    /// `act` as `behaviour` would have it, once per idempotency key; `key` is the payment a redirect would be
    /// about.
    async fn carry_out(
        &self,
        call: &Call,
        key: &str,
        behaviour: Behaviour,
        act: impl FnOnce(&mut Book, Timestamp, Verdict) -> Answer,
    ) -> Response {
        let (verdict, delivery) = match behaviour.plan() {
            Plan::Lost(fault) => return self.lose(call, fault, key).await,
            Plan::Judged(verdict, delivery) => (verdict, delivery),
        };
        // An internal error after the capture is the provider's own first answer, so the approval is not bound.
        let binds = delivery != Delivery::InternalError;
        let answer = self.with_book(|book, now| {
            book.once(call.scope.as_deref(), now, binds, |book| match &call.forced {
                Some(code) => Answer::refusal(code),
                None => act(book, now, verdict),
            })
        });
        faults::deliver(answer, delivery).await
    }

    async fn show(&self, headers: &HeaderMap, find: impl FnOnce(&Book) -> Option<&Payment>) -> Response {
        if let Err(refusal) = self.check_key(headers) {
            return refusal.into_response();
        }
        let call = Call { scope: None, forced: self.forced(headers) };
        let behaviour = self.behaviour(&call, |book| &mut book.read_queue);
        let found = self.glance(|book| find(book).cloned());
        let key = found.as_ref().map(|payment| payment.key.clone()).unwrap_or_default();
        self.carry_out(&call, &key, behaviour, |_, _, verdict| match &found {
            None => Answer::refusal("NOT_FOUND_PAYMENT"),
            Some(payment) => seen(payment, verdict),
        })
        .await
    }
}

/// A payment as a read tells it; whatever is wrong about it is gone with the next read.
fn seen(payment: &Payment, verdict: Verdict) -> Answer {
    let mut object = payment_object(payment);
    match verdict {
        Verdict::Approve => {}
        Verdict::Decline => return Answer::refusal("NOT_FOUND_PAYMENT"),
        Verdict::RefuseWithoutReason => return Answer::refusal(UNMAPPED),
        Verdict::ApproveUnderAnotherStatus => another_status(&mut object),
        Verdict::ApproveAnotherAmount => {
            if let Some(total) = object.get_mut("totalAmount") {
                *total = json!(payment.total.saturating_add(1));
            }
        }
    }
    Answer::ok(&object)
}
