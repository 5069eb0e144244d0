//! How an answer fails to arrive.

use std::future::pending;
use std::time::Duration;

use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};

use crate::fakes::toss::FakeToss;
use crate::fakes::toss::answer::Answer;
use crate::fakes::toss::behaviour::{Delivery, Fault};
use crate::fakes::toss::door::Call;

/// How long an answer that will not come keeps its caller waiting, in real time even under a test clock.
const SILENCE: Duration = Duration::from_mins(1);
const PADDING: usize = 10 * 1024 * 1024;

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
    /// The call about the payment `key` never reaches it.
    pub(super) async fn lose(&self, call: &Call, fault: Fault, key: &str) -> Response {
        match fault {
            Fault::Silence => {
                let _hold = Hold::new(self, call.scope.as_deref());
                pending().await
            }
            Fault::InternalError => internal_error(),
            Fault::GatewayPage => gateway_page(StatusCode::BAD_GATEWAY),
            Fault::Busy => Answer::refusal("IDEMPOTENT_REQUEST_PROCESSING").into_response(),
            Fault::Elsewhere => {
                let key: String = key.chars().filter(char::is_ascii_alphanumeric).collect();
                let place = format!("/v1/elsewhere?key={key}");
                (StatusCode::FOUND, [(header::LOCATION, place)]).into_response()
            }
        }
    }
}

pub(super) async fn deliver(answer: Answer, delivery: Delivery) -> Response {
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
