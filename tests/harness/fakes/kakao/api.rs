//! The API: who somebody is, and ending their link. A person's token opens their own record, the admin key
//! any.

use axum::extract::State;
use axum::extract::rejection::FormRejection;
use axum::http::{HeaderMap, header};
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Form, Router};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::FakeKakao;
use super::answer::{Answer, Pairs, value};
use super::behaviour::Desk;
use super::book::{Book, Person};

const ME: &str = "/v2/user/me";
const TOKEN_INFO: &str = "/v1/user/access_token_info";
const UNLINK: &str = "/v1/user/unlink";
/// The number of the one app there is.
const APP: i64 = 123_456;

type Fields = Result<Form<Pairs>, FormRejection>;

pub(super) fn routes(kakao: FakeKakao) -> Router {
    Router::new()
        .route(ME, get(me).post(me))
        .route(TOKEN_INFO, get(token_info))
        .route(UNLINK, post(unlink))
        .with_state(kakao)
}

async fn me(State(kakao): State<FakeKakao>, headers: HeaderMap, fields: Fields) -> Response {
    let pairs = pairs(fields);
    kakao
        .serve(Desk::Api, ME, || {
            kakao.with_book(|book, now| {
                let told = kakao.whom(book, now, &headers, &pairs).and_then(|id| about(book, id, &pairs));
                told.unwrap_or_else(|refusal| refusal)
            })
        })
        .await
}

async fn token_info(State(kakao): State<FakeKakao>, headers: HeaderMap) -> Response {
    kakao
        .serve(Desk::Api, TOKEN_INFO, || {
            let admitted = kakao.with_book(|book, now| book.admitted(now, bearer(&headers)?));
            admitted.map_or_else(
                || Answer::api(-401),
                |(id, seconds)| Answer::ok(json!({ "id": id, "expires_in": seconds, "app_id": APP })),
            )
        })
        .await
}

async fn unlink(State(kakao): State<FakeKakao>, headers: HeaderMap, fields: Fields) -> Response {
    let pairs = pairs(fields);
    kakao
        .serve(Desk::Api, UNLINK, || {
            kakao.with_book(|book, now| match kakao.whom(book, now, &headers, &pairs) {
                Ok(id) if book.unlink(id) => Answer::ok(json!({ "id": id })),
                Ok(_) => Answer::api(-101),
                Err(refusal) => refusal,
            })
        })
        .await
}

impl FakeKakao {
    /// Whom a call is about: the owner of the token, or whomever the admin names.
    fn whom(&self, book: &Book, now: Timestamp, headers: &HeaderMap, pairs: &Pairs) -> Result<i64, Answer> {
        if let Some(access) = bearer(headers) {
            return book.admitted(now, access).map(|(id, _)| id).ok_or_else(|| Answer::api(-401));
        }
        let key = authorization(headers).and_then(|text| text.strip_prefix("KakaoAK "));
        if key.is_none() || key != self.options().admin_key.as_deref() {
            return Err(Answer::api(-401));
        }
        let named = value(pairs, "target_id_type") == Some("user_id");
        let id = value(pairs, "target_id").and_then(|text| text.parse().ok());
        id.filter(|_| named).ok_or_else(|| Answer::api(-2))
    }
}

/// The person, as far as `property_keys` asks.
fn about(book: &Book, id: i64, pairs: &Pairs) -> Result<Answer, Answer> {
    let wanted: Option<Vec<String>> = match value(pairs, "property_keys") {
        Some(text) => Some(serde_json::from_str(text).map_err(|_| Answer::api(-2))?),
        None => None,
    };
    let wants = |key: &str| wanted.as_ref().is_none_or(|keys| keys.iter().any(|asked| asked == key));
    let since = book.linked.get(&id).ok_or_else(|| Answer::api(-101))?;
    let Person { nickname, email } = book.people.get(&id).cloned().unwrap_or_default();
    let mut account = Map::new();
    if wants("kakao_account.profile") {
        account.insert("profile_nickname_needs_agreement".into(), json!(nickname.is_none()));
        if let Some(nickname) = nickname {
            account.insert("profile".into(), json!({ "nickname": nickname, "is_default_nickname": false }));
        }
    }
    if wants("kakao_account.email") {
        account.insert("email_needs_agreement".into(), json!(email.is_none()));
        if let Some((address, proved)) = email {
            account.insert("is_email_valid".into(), json!(true));
            account.insert("is_email_verified".into(), json!(proved));
            account.insert("email".into(), json!(address));
        }
    }
    let connected_at = since.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let body = json!({ "id": id, "connected_at": connected_at, "kakao_account": Value::Object(account) });
    Ok(Answer::ok(body))
}

fn authorization(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::AUTHORIZATION)?.to_str().ok()
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    authorization(headers)?.strip_prefix("Bearer ")
}

/// Calls with a token may come without a form.
fn pairs(fields: Fields) -> Pairs {
    fields.map(|Form(pairs)| pairs).unwrap_or_default()
}
