//! A stand-in for Kakao sign-in: a small server with the wire contract of the real one (consent page, token,
//! keys, the person, unlink) that can misbehave on demand, and the customer's side of it for tests.
//!
//! Not here: messages, friends, further consents, logging out. The unlink webhook is a call somebody else makes.

mod answer;
mod api;
mod auth;
mod behaviour;
mod book;
mod consent;
mod page;
mod signer;
#[cfg(test)]
mod tests;
mod window;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::keep;
pub use behaviour::{Behaviour, UnknownBehaviour};
use book::Book;

/// Kakao's name for itself in tokens, wherever the fake listens.
const ISSUER: &str = "https://kauth.kakao.com";
/// What an access token and an `id_token` live.
const ACCESS_SECONDS: i64 = 21_599;

/// The fake and everything it remembers; clones share it.
#[derive(Clone)]
pub struct FakeKakao {
    inner: Arc<Inner>,
}

/// What a fake is made of.
pub struct FakeKakaoOptions {
    /// The clock of codes and tokens. Silence on the wire is real time all the same.
    pub now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    /// The one app there is.
    pub rest_api_key: String,
    /// Asked for with each code; `None` is an app that has switched it off.
    pub client_secret: Option<String>,
    /// Opens the server's side of the API; without it nothing does.
    pub admin_key: Option<String>,
    /// Addresses people may be sent back to.
    pub redirect_uris: Vec<String>,
    /// State kept as JSON across restarts; `None` is memory only.
    pub file: Option<PathBuf>,
}

struct Inner {
    options: FakeKakaoOptions,
    book: Mutex<Book>,
}

impl FakeKakao {
    #[must_use]
    pub fn new(options: FakeKakaoOptions) -> Self {
        let book = options.file.as_deref().map(keep::load::<Book>).unwrap_or_default();
        Self { inner: Arc::new(Inner { options, book: Mutex::new(book) }) }
    }

    /// Where people sign in and tokens are given out: `/oauth/...` and `/.well-known/jwks.json`.
    pub fn auth(&self) -> Router {
        auth::routes(self.clone()).merge(consent::routes(self.clone()))
    }

    /// Where people are told about and unlinked: `/v1/user/...` and `/v2/user/me`.
    pub fn api(&self) -> Router {
        api::routes(self.clone())
    }

    /// `/local/kakao/...`: these do not exist at the real provider.
    pub fn window(&self) -> Router {
        window::routes(self.clone())
    }

    /// Somebody with a Kakao account. A second call changes what is known about them.
    pub fn person(&self, id: i64, nickname: Option<&str>, email: Option<(&str, bool)>) {
        self.with_book(|book, _| book.know(id, nickname, email));
    }

    /// The person agrees; the code is what the browser would bring to `redirect_uri`.
    #[must_use]
    pub fn code(&self, id: i64, redirect_uri: &str) -> String {
        self.with_book(|book, now| book.code(now, id, redirect_uri, None))
    }

    /// The person signs in inside an app of ours; the token is what the app would bring.
    #[must_use]
    pub fn id_token(&self, id: i64, audience: &str, nonce: &str) -> String {
        self.with_book(|book, now| {
            book.link(now, id);
            book.id_token(now, id, audience, Some(nonce))
        })
    }

    /// The claims [`Self::id_token`] would sign, to be changed and signed by a test.
    #[must_use]
    pub fn claims(&self, id: i64, audience: &str, nonce: &str) -> Value {
        self.with_book(|book, now| book.claims(now, id, audience, Some(nonce)))
    }

    /// The header of an honest token.
    #[must_use]
    pub fn header(&self) -> Value {
        self.glance(Book::header)
    }

    /// A token of whatever a test wants. `alg` in the header says how it is signed: `none` is not at all,
    /// `HS256` is with the public modulus as the secret, everything else is with the present key.
    #[must_use]
    pub fn sign(&self, header: &Value, claims: &Value) -> String {
        self.with_book(|book, _| book.sign(header, claims))
    }

    /// From now on another key signs, and the one before is no longer published.
    pub fn rotate_keys(&self) {
        self.with_book(|book, _| book.turn += 1);
    }

    /// Whom the shop unlinked through the API, in order.
    #[must_use]
    pub fn unlinked(&self) -> Vec<i64> {
        self.glance(|book| book.unlinked.clone())
    }

    /// Queues behaviours behind those already waiting; each call takes the first if it can obey it.
    pub fn next(&self, behaviours: impl IntoIterator<Item = Behaviour>) {
        let behaviours: Vec<_> = behaviours.into_iter().collect();
        self.with_book(|book, _| book.queue.extend(behaviours));
    }

    /// HTTP calls that reached a path, refused ones included.
    #[must_use]
    pub fn calls(&self, path: &str) -> u64 {
        self.glance(|book| book.calls.get(path).copied().unwrap_or_default())
    }

    /// Every code and token handed out since the start, so that a test can look for them where they must not be.
    #[must_use]
    pub fn seen_tokens(&self) -> Vec<String> {
        self.glance(|book| book.seen.clone())
    }

    fn options(&self) -> &FakeKakaoOptions {
        &self.inner.options
    }

    fn is_registered(&self, redirect_uri: &str) -> bool {
        self.options().redirect_uris.iter().any(|registered| registered == redirect_uri)
    }

    /// The public half of the present key, as a set of one.
    fn key_set(&self) -> Value {
        self.glance(|book| json!({ "keys": [signer::public_key(book.turn)] }))
    }

    fn glance<T>(&self, read: impl FnOnce(&Book) -> T) -> T {
        read(&self.inner.book.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Changes the book as of now, and keeps it.
    fn with_book<T>(&self, change: impl FnOnce(&mut Book, Timestamp) -> T) -> T {
        let now = (self.options().now)();
        let mut book = self.inner.book.lock().unwrap_or_else(PoisonError::into_inner);
        let outcome = change(&mut book, now);
        if let Some(file) = &self.options().file {
            // A full disk must not lock the people of a running stack out: memory goes on being right.
            let _ = keep::save(&*book, file);
        }
        outcome
    }
}
