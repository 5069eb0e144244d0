//! What tests reach for: orders to misbehave, the other people's deeds (customers, banks, the shop's console),
//! and looks behind the counter.

use serde_json::Value;

use super::desk::transaction_key;
use super::ledger::Line;
use super::{Behaviour, FakeToss, Webhook, object};

impl FakeToss {
    /// Queues behaviours behind those already waiting; each confirm call that is let in takes one.
    pub fn next(&self, behaviours: impl IntoIterator<Item = Behaviour>) {
        let behaviours: Vec<_> = behaviours.into_iter().collect();
        self.with_book(|book, _| book.queue.extend(behaviours));
    }

    /// The same for cancel calls.
    pub fn next_cancel(&self, behaviours: impl IntoIterator<Item = Behaviour>) {
        let behaviours: Vec<_> = behaviours.into_iter().collect();
        self.with_book(|book, _| book.cancel_queue.extend(behaviours));
    }

    /// The same for charges of cards on file.
    pub fn next_charge(&self, behaviours: impl IntoIterator<Item = Behaviour>) {
        let behaviours: Vec<_> = behaviours.into_iter().collect();
        self.with_book(|book, _| book.charge_queue.extend(behaviours));
    }

    /// The same for reads of one payment, by its key or by its order.
    pub fn next_read(&self, behaviours: impl IntoIterator<Item = Behaviour>) {
        let behaviours: Vec<_> = behaviours.into_iter().collect();
        self.with_book(|book, _| book.read_queue.extend(behaviours));
    }

    /// Nothing is to go wrong any more: what was queued and not met is forgotten.
    pub fn behave(&self) {
        self.with_book(|book, _| {
            for queue in
                [&mut book.queue, &mut book.cancel_queue, &mut book.charge_queue, &mut book.read_queue]
            {
                queue.clear();
            }
        });
    }

    /// While on, every `/v1` call is counted and then closed without an answer, at once.
    pub fn silent(&self, on: bool) {
        self.with_book(|book, _| book.silent = on);
    }

    /// HTTP calls that reached confirm, refused and replayed ones included.
    #[must_use]
    pub fn confirm_calls(&self) -> u64 {
        self.glance(|book| book.confirm_calls)
    }

    /// HTTP calls that reached cancel, refused and replayed ones included.
    #[must_use]
    pub fn cancel_calls(&self) -> u64 {
        self.glance(|book| book.cancel_calls)
    }

    /// HTTP calls that asked for one payment, by its key or by its order.
    #[must_use]
    pub fn read_calls(&self) -> u64 {
        self.glance(|book| book.read_calls)
    }

    /// How many times money was taken for an order: captures, charges and deposits that were not taken back.
    #[must_use]
    pub fn captures(&self, order_id: &str) -> u64 {
        self.glance(|book| book.captures.get(order_id).copied().unwrap_or_default())
    }

    /// How many cancels took effect for an order, those of the shop's console included.
    #[must_use]
    pub fn refunds(&self, order_id: &str) -> u64 {
        self.glance(|book| book.refunds.get(order_id).copied().unwrap_or_default())
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

    /// The customer registers a card; the proof is what the browser would bring to the success page, and counts
    /// once.
    #[must_use]
    pub fn authorize_card(&self, customer_key: &str) -> String {
        self.with_book(|book, _| book.authorize_card(customer_key))
    }

    /// Somebody pays in to the order's virtual account, however late; whether one was waiting.
    pub fn deposit(&self, order_id: &str) -> bool {
        self.with_book(|book, now| book.deposit(now, order_id)).is_some()
    }

    /// The bank made a mistake and the deposit never was; whether there was one, with nothing given back yet.
    pub fn take_back_deposit(&self, order_id: &str) -> bool {
        self.with_book(|book, now| book.take_back_deposit(now, order_id)).is_some()
    }

    /// The shop's own console gives money back (`None`: all that is left); whether it could.
    pub fn cancel_outside(&self, payment_key: &str, amount: Option<i64>) -> bool {
        self.with_book(|book, now| book.cancel_outside(now, payment_key, amount))
    }

    /// A line in the ledger, as of now, of a payment that need not exist; its transaction key.
    pub fn plant_transaction(&self, payment_key: &str, order_id: &str, status: &str, amount: i64) -> String {
        let transaction_key = transaction_key();
        let line = |at| Line {
            transaction_key: transaction_key.clone(),
            payment_key: payment_key.to_owned(),
            order_id: order_id.to_owned(),
            method: Some(object::CARD.to_owned()),
            customer_key: None,
            status: status.to_owned(),
            at,
            amount,
        };
        self.with_book(|book, now| book.ledger.push(line(now)));
        transaction_key
    }

    /// Strikes a line from the ledger; whether it was there.
    pub fn forget_transaction(&self, transaction_key: &str) -> bool {
        self.with_book(|book, _| {
            let before = book.ledger.len();
            book.ledger.retain(|line| line.transaction_key != transaction_key);
            book.ledger.len() < before
        })
    }

    /// Takes the deliveries that have come up since somebody last asked, oldest first.
    #[must_use]
    pub fn webhooks(&self) -> Vec<Webhook> {
        self.with_book(|book, _| book.webhooks.drain(..).collect())
    }
}
