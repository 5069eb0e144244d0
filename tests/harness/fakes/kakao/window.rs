//! The customer's side by call instead of by page, and ordering misbehaviour. For the local stack and tests only.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::FakeKakao;
use super::behaviour::Behaviour;

pub(super) fn routes(kakao: FakeKakao) -> Router {
    Router::new()
        .route("/local/kakao/code", post(code))
        .route("/local/kakao/id-token", post(id_token))
        .route("/local/kakao/behaviour", post(misbehave))
        .with_state(kakao)
}

/// A number, or the same as text: JavaScript cannot say the large ones.
#[derive(Deserialize)]
#[serde(untagged)]
enum Number {
    Plain(i64),
    Text(String),
}

#[derive(Deserialize)]
struct Who {
    id: Number,
    #[serde(default)]
    nickname: Option<String>,
    /// Counts as proved.
    #[serde(default)]
    email: Option<String>,
}

#[derive(Deserialize)]
struct CodeWish {
    #[serde(flatten)]
    who: Who,
    #[serde(default)]
    redirect_uri: Option<String>,
}

#[derive(Deserialize)]
struct TokenWish {
    #[serde(flatten)]
    who: Who,
    nonce: String,
    #[serde(default)]
    audience: Option<String>,
}

async fn code(State(kakao): State<FakeKakao>, body: Bytes) -> Response {
    let Ok(CodeWish { who, redirect_uri }) = serde_json::from_slice(&body) else {
        return refused(r#"send {"id": 4000000001, "nickname"?, "email"?, "redirect_uri"?}"#);
    };
    let redirect_uri = redirect_uri.or_else(|| kakao.options().redirect_uris.first().cloned());
    let Some(redirect_uri) = redirect_uri.filter(|uri| kakao.is_registered(uri)) else {
        return refused("redirect_uri: one that is registered");
    };
    match kakao.arrive(who) {
        Some(id) => created(&json!({ "code": kakao.code(id, &redirect_uri) })),
        None => refused("id: a whole number above 0"),
    }
}

async fn id_token(State(kakao): State<FakeKakao>, body: Bytes) -> Response {
    let Ok(TokenWish { who, nonce, audience }) = serde_json::from_slice(&body) else {
        return refused(r#"send {"id": 4000000001, "nonce": "...", "nickname"?, "email"?, "audience"?}"#);
    };
    let audience = audience.unwrap_or_else(|| kakao.options().rest_api_key.clone());
    match kakao.arrive(who) {
        Some(id) => created(&json!({ "id_token": kakao.id_token(id, &audience, &nonce) })),
        None => refused("id: a whole number above 0"),
    }
}

async fn misbehave(State(kakao): State<FakeKakao>, body: Bytes) -> Response {
    #[derive(Deserialize)]
    struct Order {
        next: Vec<String>,
    }
    let Ok(order) = serde_json::from_slice::<Order>(&body) else {
        return refused(r#"send {"next": ["<behaviour>", ...]}"#);
    };
    // All or nothing: half a queue would misbehave at the wrong call.
    let named: Result<Vec<_>, _> = order.next.into_iter().map(Behaviour::try_from).collect();
    match named {
        Ok(behaviours) => {
            kakao.next(behaviours);
            Json(json!({ "next": kakao.glance(|book| book.queue.clone()) })).into_response()
        }
        Err(unknown) => refused(&unknown.to_string()),
    }
}

impl FakeKakao {
    /// Somebody comes. What is told about them counts from now on; what is left out stays as it was.
    fn arrive(&self, who: Who) -> Option<i64> {
        let Who { id, nickname, email } = who;
        let id = match id {
            Number::Plain(id) => Some(id),
            Number::Text(digits) => digits.parse().ok(),
        };
        let id = id.filter(|id| *id > 0)?;
        self.with_book(|book, _| {
            let person = book.people.entry(id).or_default();
            person.nickname = nickname.or_else(|| person.nickname.take());
            person.email = email.map(|address| (address, true)).or_else(|| person.email.take());
        });
        Some(id)
    }
}

fn created(body: &Value) -> Response {
    (StatusCode::CREATED, Json(body)).into_response()
}

fn refused(message: &str) -> Response {
    let problem = json!({ "code": "INVALID_REQUEST", "message": message });
    (StatusCode::BAD_REQUEST, Json(problem)).into_response()
}
