//! What the fake remembers: payments, answers bound to idempotency keys, money taken and given back, cards on
//! file, the ledger, webhooks to send, orders to misbehave. Kept in memory, and as one JSON file when a path is
//! given. No HTTP here.

use std::collections::{BTreeMap, VecDeque};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::answer::Answer;
use super::behaviour::Behaviour;
use super::billing::Card;
use super::ledger::Line;
use super::webhook::Webhook;

/// From authentication to confirm; afterwards the payment is `EXPIRED` for good.
pub(super) const SESSION: SignedDuration = SignedDuration::from_mins(10);
/// How long a key remembers its first answer.
const KEY_LIFE: SignedDuration = SignedDuration::from_hours(15 * 24);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum Status {
    InProgress,
    WaitingForDeposit,
    Done,
    PartialCanceled,
    Canceled,
    Aborted,
    Expired,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Payment {
    pub key: String,
    pub order_id: String,
    pub order_name: String,
    /// The Korean word the API uses for it.
    pub method: String,
    pub status: Status,
    pub total: i64,
    pub balance: i64,
    pub authenticated_at: Timestamp,
    pub approved_at: Option<Timestamp>,
    pub last_transaction: Option<String>,
    pub secret: String,
    /// The code under which the payment ended without money moving.
    pub failure: Option<String>,
    pub cancels: Vec<Cancel>,
    /// Where the customer pays in, from the confirm on.
    #[serde(default)]
    pub account: Option<Account>,
    /// Whose card on file was charged.
    #[serde(default)]
    pub customer_key: Option<String>,
}

/// A virtual account.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Account {
    pub number: String,
    pub due_at: Timestamp,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Cancel {
    pub transaction_key: String,
    pub amount: i64,
    pub reason: String,
    pub tax_free: i64,
    /// Balance left after this cancel.
    pub refundable: i64,
    pub canceled_at: Timestamp,
}

#[derive(Debug, Serialize, Deserialize)]
struct Bound {
    first_used: Timestamp,
    answer: Answer,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Book {
    pub payments: Vec<Payment>,
    pub captures: BTreeMap<String, u64>,
    pub refunds: BTreeMap<String, u64>,
    pub confirm_calls: u64,
    pub cancel_calls: u64,
    pub read_calls: u64,
    /// For confirm calls; the file has called it so since there was nothing else.
    pub queue: VecDeque<Behaviour>,
    pub cancel_queue: VecDeque<Behaviour>,
    pub charge_queue: VecDeque<Behaviour>,
    pub read_queue: VecDeque<Behaviour>,
    /// Proofs of registered cards nobody has exchanged yet, and whose they are.
    pub auth_keys: BTreeMap<String, String>,
    pub cards: BTreeMap<String, Card>,
    pub ledger: Vec<Line>,
    pub webhooks: VecDeque<Webhook>,
    bound: BTreeMap<String, Bound>,
    /// Keys of calls that have not been answered; they end with their connections, so no restart keeps them.
    #[serde(skip)]
    in_flight: Vec<String>,
    /// Whether nobody is answered. A stack that comes up again is not down.
    #[serde(skip)]
    pub silent: bool,
}

impl Book {
    /// Lets time pass: sessions lapse, keys are forgotten.
    pub(super) fn tick(&mut self, now: Timestamp) {
        let mut lapsed = Vec::new();
        for payment in &mut self.payments {
            if payment.status == Status::InProgress && now.duration_since(payment.authenticated_at) >= SESSION
            {
                payment.status = Status::Expired;
                payment.failure = Some("EXPIRED_PAYMENT".to_owned());
                lapsed.push(payment.clone());
            }
        }
        lapsed.iter().for_each(|payment| self.announce(now, payment));
        self.bound.retain(|_, bound| now.duration_since(bound.first_used) < KEY_LIFE);
    }

    pub(super) fn payment(&self, payment_key: &str) -> Option<&Payment> {
        self.payments.iter().find(|payment| payment.key == payment_key)
    }

    pub(super) fn payment_mut(&mut self, payment_key: &str) -> Option<&mut Payment> {
        self.payments.iter_mut().find(|payment| payment.key == payment_key)
    }

    /// A customer may have opened the window twice: the approved payment speaks for the order, else the one
    /// that waits for its deposit, else the latest.
    pub(super) fn payment_of_order(&self, order_id: &str) -> Option<&Payment> {
        let of_order = self.payments.iter().filter(|payment| payment.order_id == order_id);
        of_order.max_by_key(|payment| (payment.approved_at.is_some(), payment.account.is_some()))
    }

    /// Runs `act` unless `scope` (operation and idempotency key) was answered before or is being answered.
    pub(super) fn once(
        &mut self,
        scope: Option<&str>,
        now: Timestamp,
        binds: bool,
        act: impl FnOnce(&mut Self) -> Answer,
    ) -> Answer {
        let Some(scope) = scope else {
            return act(self);
        };
        if let Some(bound) = self.bound.get(scope) {
            return bound.answer.clone();
        }
        if self.in_flight.iter().any(|held| held == scope) {
            return Answer::refusal("IDEMPOTENT_REQUEST_PROCESSING");
        }
        let answer = act(self);
        if binds && answer.sticks() {
            let bound = Bound { first_used: now, answer: answer.clone() };
            self.bound.insert(scope.to_owned(), bound);
        }
        answer
    }

    pub(super) fn hold(&mut self, scope: &str) {
        self.in_flight.push(scope.to_owned());
    }

    /// Releases one hold: two hung calls may carry the same key.
    pub(super) fn release(&mut self, scope: &str) {
        if let Some(at) = self.in_flight.iter().position(|held| held == scope) {
            self.in_flight.swap_remove(at);
        }
    }
}

/// 32 letters nobody had before.
#[expect(
    clippy::disallowed_methods,
    reason = "a stranger invents its own ids: the shop's randomness, which tests may fix, must not repeat them"
)]
pub(super) fn fresh_id() -> String {
    Uuid::new_v4().simple().to_string()
}
