//! What a person can do about a payment.

mod confirm;
mod ready;
mod settle;

use maru_identity::{Caller, Identity};
use maru_kernel::Supply;
use maru_table::Db;
use maru_toss::Toss;

use crate::model::Payment;
use crate::{PaymentError, store};

pub use confirm::{Confirmed, WishToConfirm};
pub use ready::{Ready, WishToPay};
pub use settle::Desk;

/// How a write about a payment can be refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// A record is not what was read: decide again.
    Stale,
    /// The payment key belongs to another order.
    KeyTaken,
}

/// The payment window a customer is sent to.
#[derive(Debug, Clone)]
pub struct Window {
    /// The public key the window is opened with.
    pub client_key: String,
    /// The page that opens it.
    pub checkout_url: String,
}

/// Payments, over one function's store.
#[derive(Clone)]
pub struct Payments {
    pub(crate) db: Db,
    identity: Identity,
    window: Option<Window>,
    pub(crate) desk: Option<Desk>,
}

impl Payments {
    /// Payments that can be read.
    pub fn new(db: Db) -> Self {
        Self { identity: Identity::new(db.clone()), db, window: None, desk: None }
    }

    /// Payments that can be made ready.
    #[must_use]
    pub fn with_window(self, window: Window) -> Self {
        Self { window: Some(window), ..self }
    }

    /// Payments that can be captured.
    #[must_use]
    pub fn with_provider(self, toss: Supply<Toss>) -> Self {
        let desk = Some(Desk::new(self.db.clone(), toss));
        Self { desk, ..self }
    }

    pub(crate) fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The payment of this key, if the caller may see it.
    pub async fn by_key(&self, caller: &Caller, payment_key: &str) -> Result<Payment, PaymentError> {
        store::by_key(&self.db, caller, payment_key).await?.ok_or(PaymentError::NotFound)
    }
}
