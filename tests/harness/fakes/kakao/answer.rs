//! Answers: a status and a JSON text, the two kinds of refusal, and what comes instead of an answer.

use std::future::pending;

use axum::Json;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use serde_json::{Value, json};

use super::FakeKakao;
use super::behaviour::{Behaviour, Desk};

/// What a call is answered with.
#[derive(Debug)]
pub(super) struct Answer {
    pub status: u16,
    pub body: Value,
}

impl Answer {
    pub(super) fn ok(body: Value) -> Self {
        Self { status: 200, body }
    }

    /// A refusal of the token desk. Texts are ours: callers must not read them.
    pub(super) fn auth(code: &str) -> Self {
        let (status, error) = match code {
            "KOE003" => (500, "server_error"),
            "KOE010" | "KOE101" => (401, "invalid_client"),
            "KOE303" | "KOE320" | "KOE322" => (400, "invalid_grant"),
            _ => (400, "invalid_request"),
        };
        let text = format!("{code} was chosen by the fake");
        Self { status, body: json!({ "error": error, "error_description": text, "error_code": code }) }
    }

    /// A refusal of the API.
    pub(super) fn api(code: i64) -> Self {
        let status = match code {
            -1 => 500,
            -401 | -406 => 401,
            _ => 400,
        };
        Self { status, body: json!({ "msg": format!("{code} was chosen by the fake"), "code": code }) }
    }

    /// The same about the person with the next number.
    fn about_another(mut self) -> Self {
        if let Some(id) = self.body.get_mut("id") {
            *id = json!(id.as_i64().unwrap_or_default() + 1);
        }
        self
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        (status, Json(self.body)).into_response()
    }
}

impl FakeKakao {
    /// Counts a call and answers it, or does what was ordered instead.
    pub(super) async fn serve(&self, desk: Desk, path: &str, usual: impl FnOnce() -> Answer) -> Response {
        let behaviour = self.with_book(|book, _| {
            *book.calls.entry(path.to_owned()).or_default() += 1;
            book.queue.pop_front_if(|first| first.is_about(desk))
        });
        let refusal = |auth: &str, api: i64| match desk {
            Desk::Token | Desk::Keys => Answer::auth(auth).into_response(),
            Desk::Api => Answer::api(api).into_response(),
        };
        match behaviour.unwrap_or(Behaviour::Usual) {
            Behaviour::Usual => usual().into_response(),
            Behaviour::WrongId => usual().about_another().into_response(),
            Behaviour::Error500 => refusal("KOE003", -1),
            Behaviour::TooManyRequests => refusal("KOE237", -10),
            Behaviour::NotATester => Answer::auth("KOE005").into_response(),
            Behaviour::Underage => Answer::api(-406).into_response(),
            Behaviour::Dormant => Answer::api(-103).into_response(),
            Behaviour::Malformed => ([("content-type", "application/json")], "{\"id\": 40").into_response(),
            Behaviour::Html => {
                let page = Html("<html><body><h1>502 Bad Gateway</h1></body></html>\n");
                (StatusCode::BAD_GATEWAY, page).into_response()
            }
            Behaviour::Silent => pending().await,
        }
    }
}

/// Pairs of a form or a query.
pub(super) type Pairs = Vec<(String, String)>;

/// The first value under a name, if it is not empty.
pub(super) fn value<'a>(pairs: &'a Pairs, name: &str) -> Option<&'a str> {
    pairs.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
}
