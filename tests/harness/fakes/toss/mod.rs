//! A stand-in for Toss Payments: a small server with the wire contract of the real one (confirm, read, cancel,
//! virtual accounts, cards on file, transactions) that can misbehave on demand, and the customer's side of it as
//! local-only routes:
//!
//! | route | what it does |
//! | --- | --- |
//! | `GET, POST /local/toss/pay` | the payment window as a page |
//! | `POST /local/toss/payments` `{orderId, amount, method?}` | the same without a browser |
//! | `GET /local/toss/payments` | every payment |
//! | `POST /local/toss/deposits` `{orderId, takeBack?}` | somebody pays in to the order's virtual account, or the bank takes it back |
//! | `POST /local/toss/cards` `{customerKey}` | a customer registers a card; answers the `authKey`, which counts once |
//! | `POST /local/toss/behaviour` `{next}` | what the next confirm calls meet |
//!
//! Webhooks are made and not sent: whoever asks for them ([`FakeToss::webhooks`]) carries them.
//!
//! Not here: settlements, cash receipts, accounts issued without the window, instalments.

mod answer;
mod behaviour;
mod billing;
mod book;
mod desk;
mod door;
mod hands;
mod ledger;
mod object;
mod page;
mod returns;
#[cfg(test)]
mod tests;
mod webhook;
mod window;
mod wire;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use jiff::Timestamp;

use super::keep;
pub use behaviour::{Behaviour, UnknownBehaviour};
use book::Book;
pub use webhook::Webhook;

/// The fake and everything it remembers; clones share it.
#[derive(Clone)]
pub struct FakeToss {
    inner: Arc<Inner>,
}

/// What a fake is made of.
pub struct FakeTossOptions {
    /// The clock of payments, sessions and keys. Silence on the wire is real time all the same.
    pub now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    /// The only key let in. One that starts with `test_` may force errors by header.
    pub secret_key: String,
    /// Where the pay page sends a customer who has authenticated, unless its link names another place.
    pub success_url: String,
    /// Where it sends everybody else.
    pub fail_url: String,
    /// State kept as JSON across restarts; `None` is memory only.
    pub file: Option<PathBuf>,
}

struct Inner {
    options: FakeTossOptions,
    book: Mutex<Book>,
}

impl FakeToss {
    #[must_use]
    pub fn new(options: FakeTossOptions) -> Self {
        let book = options.file.as_deref().map(keep::load::<Book>).unwrap_or_default();
        Self { inner: Arc::new(Inner { options, book: Mutex::new(book) }) }
    }

    /// The provider's own routes, `/v1/...`.
    pub fn api(&self) -> Router {
        wire::routes(self.clone())
    }

    /// The customer's side, `/local/toss/...`: these do not exist at the real provider.
    pub fn window(&self) -> Router {
        window::routes(self.clone())
    }

    fn options(&self) -> &FakeTossOptions {
        &self.inner.options
    }

    fn now(&self) -> Timestamp {
        (self.inner.options.now)()
    }

    /// Reads the book as of now.
    fn glance<T>(&self, read: impl FnOnce(&Book) -> T) -> T {
        let now = self.now();
        let mut book = self.inner.book.lock().unwrap_or_else(PoisonError::into_inner);
        book.tick(now);
        read(&book)
    }

    /// Changes the book as of now, and keeps it.
    fn with_book<T>(&self, change: impl FnOnce(&mut Book, Timestamp) -> T) -> T {
        let now = self.now();
        let mut book = self.inner.book.lock().unwrap_or_else(PoisonError::into_inner);
        book.tick(now);
        let outcome = change(&mut book, now);
        if let Some(file) = &self.options().file {
            // A full disk must not take the payments of a running stack away: memory goes on being right.
            let _ = keep::save(&*book, file);
        }
        outcome
    }
}
