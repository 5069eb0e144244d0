//! A stand-in for Toss Payments: a small server with the wire contract of the real one (confirm, read, cancel)
//! that can misbehave on demand, and the customer's side of it as local-only routes.
//!
//! Not here: virtual accounts, billing, transactions, settlements, webhooks.

mod answer;
mod behaviour;
mod book;
mod desk;
mod door;
mod object;
mod page;
mod returns;
#[cfg(test)]
mod tests;
mod window;
mod wire;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use jiff::Timestamp;
use serde_json::Value;

use super::keep;
pub use behaviour::{Behaviour, UnknownBehaviour};
use book::Book;

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

    /// Queues behaviours behind those already waiting; each confirm call that is let in takes one.
    pub fn next(&self, behaviours: impl IntoIterator<Item = Behaviour>) {
        let behaviours: Vec<_> = behaviours.into_iter().collect();
        self.with_book(|book, _| book.queue.extend(behaviours));
    }

    /// HTTP calls that reached confirm, refused and replayed ones included.
    #[must_use]
    pub fn confirm_calls(&self) -> u64 {
        self.glance(|book| book.confirm_calls)
    }

    /// How many times money was taken for an order.
    #[must_use]
    pub fn captures(&self, order_id: &str) -> u64 {
        self.glance(|book| book.captures.get(order_id).copied().unwrap_or_default())
    }

    /// The payment as a read would show it now.
    #[must_use]
    pub fn payment(&self, payment_key: &str) -> Option<Value> {
        self.glance(|book| book.payment(payment_key).map(object::payment_object))
    }

    /// The customer authenticates; the payment key is what the browser would bring to the success page.
    /// `method` is the kit's word or the API's (default: card). A word the fake does not know is shown as it
    /// is, for callers that must cope with one.
    #[must_use]
    pub fn authenticate(&self, order_id: &str, amount: i64, method: Option<&str>) -> String {
        let method = method.map_or(object::CARD, |word| object::known_method(word).unwrap_or(word));
        self.with_book(|book, now| book.authenticate(now, order_id, order_id, amount, method))
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
