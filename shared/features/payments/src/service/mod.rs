//! What a person can do about a payment.

mod confirm;
mod effect;
mod give_back;
mod list;
mod page;
mod ready;
mod refund;
mod settle;
mod take;

use std::sync::Arc;

use maru_bookings::Bookings;
use maru_identity::{Caller, Identity, Permission};
use maru_kernel::{Currency, Money, Supply};
use maru_table::{Db, Idempotency, Replay};
use maru_toss::Toss;

use crate::model::Payment;
use crate::{PaymentError, Tickets, store};

pub use confirm::{Confirmed, Payer, WishToConfirm};
pub use give_back::WishToRefund;
pub use list::Listed;
pub use page::Shown;
pub use ready::{Ready, ToPay, WishToPay};
pub use settle::Desk;
pub use take::Taking;

/// How a write about a payment can be refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// A record is not what was read: decide again.
    Stale,
    /// The payment key belongs to another order.
    KeyTaken,
}

/// The payment window a customer is sent to.
#[derive(Debug, Clone, Default)]
pub struct Window {
    /// The public key the window is opened with.
    pub client_key: String,
    /// A page that stands in for the provider's; empty for the provider's own.
    pub stand_in: String,
}

/// The page that opens the payment window, and what it is asked for with.
#[derive(Clone)]
pub struct Checkout {
    url: String,
    tickets: Supply<Tickets>,
}

impl Checkout {
    /// The page at `url`; empty for our own, which is where its caller reached us.
    pub fn new(url: &str, tickets: Supply<Tickets>) -> Self {
        Self { url: url.trim_end_matches('/').to_owned(), tickets }
    }

    /// The page of a ticket, for somebody who reached us at `address`.
    pub fn page(&self, address: Option<&str>, ticket: &str) -> String {
        if self.url.is_empty() {
            return format!("{}/pay/{ticket}", address.unwrap_or_default());
        }
        format!("{}/{ticket}", self.url)
    }
}

/// Grades of membership and what they cost.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Grades(Vec<(String, Money)>);

impl Grades {
    /// Reads `정회원:330000,결제회원:110000`: names and won. What is not of that form is left out, and said in
    /// the log.
    pub fn read(text: &str) -> Self {
        let one = |part: &str| {
            let (name, price) = part.rsplit_once(':')?;
            let price = Money::parse(price.trim(), Currency::KRW).ok().filter(|price| price.minor > 0)?;
            let name = name.trim();
            (1..=40).contains(&name.chars().count()).then(|| (name.to_owned(), price))
        };
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        let read = parts.filter_map(|part| {
            let grade = one(part);
            if grade.is_none() {
                tracing::error!(part, "not a grade of membership");
            }
            grade
        });
        Self(read.collect())
    }

    /// What a grade costs.
    pub fn price(&self, grade: &str) -> Option<Money> {
        self.0.iter().find(|(name, _)| name == grade).map(|(_, price)| *price)
    }
}

/// Payments, over one function's store.
#[derive(Clone)]
pub struct Payments {
    pub(crate) db: Db,
    identity: Identity,
    window: Option<Window>,
    checkout: Option<Checkout>,
    grades: Grades,
    bookings: Bookings,
    pub(crate) desk: Option<Desk>,
}

impl Payments {
    /// Payments that can be read.
    pub fn new(db: Db) -> Self {
        Self {
            identity: Identity::new(db.clone()),
            bookings: Bookings::new(db.clone()),
            db,
            window: None,
            checkout: None,
            grades: Grades::default(),
            desk: None,
        }
    }

    /// Payments that can be made ready.
    #[must_use]
    pub fn with_window(self, window: Window) -> Self {
        Self { window: Some(window), ..self }
    }

    /// Payments that can be paid by who holds a ticket.
    #[must_use]
    pub fn with_checkout(self, checkout: Checkout) -> Self {
        Self { checkout: Some(checkout), ..self }
    }

    /// Payments for memberships, too.
    #[must_use]
    pub fn with_grades(self, grades: Grades) -> Self {
        Self { grades, ..self }
    }

    /// Payments that can be captured and paid back.
    #[must_use]
    pub fn with_provider(self, toss: Supply<Toss>) -> Self {
        let desk = Some(Desk::new(self.db.clone(), toss));
        Self { desk, ..self }
    }

    pub(crate) fn identity(&self) -> &Identity {
        &self.identity
    }

    pub(crate) fn window(&self) -> Result<&Window, PaymentError> {
        self.window.as_ref().ok_or(PaymentError::Broken("no payment window"))
    }

    pub(crate) fn checkout(&self) -> Result<&Checkout, PaymentError> {
        self.checkout.as_ref().ok_or(PaymentError::Broken("no page to pay at"))
    }

    async fn tickets(&self) -> Result<Arc<Tickets>, PaymentError> {
        self.checkout()?.tickets.get().await.ok_or(PaymentError::Broken("the secret cannot be read"))
    }

    /// The payment of this provider's key or order, if the caller may see it.
    pub async fn by_key(&self, caller: &Caller, key: &str) -> Result<Payment, PaymentError> {
        let found = store::by_key(&self.db, key).await?;
        let may = |payment: &Payment| payment.is_of(caller.user_id) || caller.may(Permission::PaymentsRead);
        found.filter(may).ok_or(PaymentError::NotFound)
    }

    /// What an identical request was answered by.
    async fn answered(&self, request: Option<&Idempotency>) -> Result<Option<String>, PaymentError> {
        let Some(request) = request else { return Ok(None) };
        let stored = self.db.get_many(&[request.key()]).await?.take_item(&request.key());
        match request.replay(stored, self.db.clock().now()) {
            Some(Replay::Same { reference }) => Ok(Some(reference)),
            Some(Replay::OtherBody) => Err(PaymentError::KeyReused),
            None => Ok(None),
        }
    }
}
