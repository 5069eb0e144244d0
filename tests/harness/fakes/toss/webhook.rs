//! What the provider would tell the shop by itself. Nothing is sent from here: whoever asks for the deliveries
//! carries them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::book::{Book, Payment, Status, fresh_id};
use super::object::{korean, korean_time, payment_object};

/// The most deliveries kept for somebody to ask for; a stack nobody asks must not grow for ever.
const KEPT: usize = 1000;

/// A delivery, as it would be posted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Webhook {
    /// The same for every try of one delivery; among the headers as well.
    pub transmission_id: String,
    /// The provider's own headers. There is no signature among them: the real one has none on payments.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Value,
}

impl Book {
    /// Queues what is told when `payment` has just come to its status.
    ///
    /// A virtual account is told about twice, as to a shop that registered both events.
    pub(super) fn announce(&mut self, now: Timestamp, payment: &Payment) {
        let created_at = korean(now, "%Y-%m-%dT%H:%M:%S.%6f");
        let (has_event, has_callback) = match payment.status {
            Status::InProgress => (false, false),
            Status::WaitingForDeposit => (false, true),
            Status::Aborted | Status::Expired => (true, false),
            // Nobody is told that a card on file was charged.
            Status::Done => (payment.customer_key.is_none(), true),
            Status::Canceled | Status::PartialCanceled => (true, true),
        };
        if has_callback && payment.account.is_some() {
            let body = json!({
                "createdAt": created_at,
                "secret": payment.secret,
                "status": payment.status,
                "transactionKey": payment.last_transaction,
                "orderId": payment.order_id,
            });
            self.post(now, body);
        }
        if has_event {
            let body = json!({
                "eventType": "PAYMENT_STATUS_CHANGED",
                "createdAt": created_at,
                "data": payment_object(payment),
            });
            self.post(now, body);
        }
    }

    fn post(&mut self, now: Timestamp, body: Value) {
        let transmission_id = fresh_id();
        let headers =
            [("id", transmission_id.clone()), ("time", korean_time(now)), ("retried-count", "0".into())]
                .map(|(name, value)| (format!("tosspayments-webhook-transmission-{name}"), value));
        if self.webhooks.len() == KEPT {
            self.webhooks.pop_front();
        }
        self.webhooks.push_back(Webhook { transmission_id, headers: headers.into(), body });
    }
}
