//! Cards on file.

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

use crate::fakes::toss::FakeToss;
use crate::fakes::toss::answer::Answer;
use crate::fakes::toss::behaviour::Behaviour;
use crate::fakes::toss::billing::{ChargeRequest, IssueRequest};
use crate::fakes::toss::door::parse;

pub(super) async fn issue(State(toss): State<FakeToss>, headers: HeaderMap, body: Bytes) -> Response {
    let call = match toss.admit(&headers, "issue") {
        Ok(call) => call,
        Err(refusal) => return refusal.into_response(),
    };
    toss.carry_out(&call, "", Behaviour::Approve, |book, now, _| {
        match parse::<IssueRequest>(&headers, &body) {
            Some(request) => book.issue(now, &request),
            None => Answer::refusal("INVALID_REQUEST"),
        }
    })
    .await
}

pub(super) async fn charge(
    State(toss): State<FakeToss>,
    Path(billing_key): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let call = match toss.admit(&headers, &format!("charge {billing_key}")) {
        Ok(call) => call,
        Err(refusal) => return refusal.into_response(),
    };
    let behaviour = toss.behaviour(&call, |book| &mut book.charge_queue);
    toss.carry_out(&call, "", behaviour, |book, now, verdict| match parse::<ChargeRequest>(&headers, &body) {
        Some(request) => book.charge(now, &billing_key, &request, verdict),
        None => Answer::refusal("INVALID_REQUEST"),
    })
    .await
}

/// A DELETE knows no idempotency keys.
pub(super) async fn forget(
    State(toss): State<FakeToss>,
    Path(billing_key): Path<String>,
    headers: HeaderMap,
) -> Response {
    if let Err(refusal) = toss.check_key(&headers) {
        return refusal.into_response();
    }
    let refusal = match toss.forced(&headers) {
        Some(code) => Some(Answer::refusal(&code)),
        None => toss.with_book(|book, _| book.forget_card(&billing_key)),
    };
    refusal.map_or_else(|| StatusCode::OK.into_response(), IntoResponse::into_response)
}
