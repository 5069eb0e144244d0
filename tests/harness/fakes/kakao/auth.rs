//! Tokens for codes, and the keys they are signed with.

use axum::extract::State;
use axum::extract::rejection::FormRejection;
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Form, Router};
use jiff::Timestamp;

use super::FakeKakao;
use super::answer::{Answer, Pairs, value};
use super::behaviour::Desk;
use super::book::Book;

const TOKEN: &str = "/oauth/token";
const KEYS: &str = "/.well-known/jwks.json";

pub(super) fn routes(kakao: FakeKakao) -> Router {
    Router::new().route(TOKEN, post(token)).route(KEYS, get(keys)).with_state(kakao)
}

async fn keys(State(kakao): State<FakeKakao>) -> Response {
    kakao.serve(Desk::Keys, KEYS, || Answer::ok(kakao.key_set())).await
}

async fn token(State(kakao): State<FakeKakao>, form: Result<Form<Pairs>, FormRejection>) -> Response {
    kakao
        .serve(Desk::Token, TOKEN, || match form {
            Ok(Form(pairs)) => kakao.grant(&pairs).unwrap_or_else(|refusal| refusal),
            Err(_) => Answer::auth("KOE001"),
        })
        .await
}

impl FakeKakao {
    fn grant(&self, pairs: &Pairs) -> Result<Answer, Answer> {
        let options = self.options();
        if value(pairs, "client_id") != Some(&options.rest_api_key) {
            return Err(Answer::auth("KOE101"));
        }
        let secret = options.client_secret.as_deref();
        if secret.is_some() && value(pairs, "client_secret") != secret {
            return Err(Answer::auth("KOE010"));
        }
        match value(pairs, "grant_type") {
            Some("authorization_code") => self.with_book(|book, now| self.for_code(book, now, pairs)),
            Some("refresh_token") => self.with_book(|book, now| self.for_refresh(book, now, pairs)),
            Some(_) | None => Err(Answer::auth("KOE310")),
        }
    }

    fn for_code(&self, book: &mut Book, now: Timestamp, pairs: &Pairs) -> Result<Answer, Answer> {
        let redirect_uri = value(pairs, "redirect_uri").unwrap_or_default();
        if !self.is_registered(redirect_uri) {
            return Err(Answer::auth("KOE006"));
        }
        let text = value(pairs, "code").unwrap_or_default();
        let code = book.open_code(now, text).ok_or_else(|| Answer::auth("KOE320"))?;
        if code.redirect_uri != redirect_uri {
            return Err(Answer::auth("KOE303"));
        }
        let tokens = book.exchange(now, text, &self.options().rest_api_key);
        tokens.map(Answer::ok).ok_or_else(|| Answer::auth("KOE320"))
    }

    fn for_refresh(&self, book: &mut Book, now: Timestamp, pairs: &Pairs) -> Result<Answer, Answer> {
        let text = value(pairs, "refresh_token").ok_or_else(|| Answer::auth("KOE319"))?;
        let tokens = book.refreshed(now, text, &self.options().rest_api_key);
        tokens.map(Answer::ok).ok_or_else(|| Answer::auth("KOE322"))
    }
}
