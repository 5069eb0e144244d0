//! Cards on file: exchanged for a proof that counts once, charged, forgotten. No HTTP here.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::answer::Answer;
use super::behaviour::Verdict;
use super::book::{Book, fresh_id};
use super::desk::{is_order_id, minimum};
use super::object::{CARD, korean_time};

/// A card on file. A forgotten one is remembered as such.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Card {
    customer_key: String,
    forgotten: bool,
}

/// Body of an exchange.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct IssueRequest {
    auth_key: String,
    customer_key: String,
}

/// Body of a charge.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ChargeRequest {
    customer_key: String,
    amount: i64,
    order_id: String,
    order_name: String,
}

impl Book {
    /// The customer has registered a card in the window.
    pub(super) fn authorize_card(&mut self, customer_key: &str) -> String {
        let auth_key = format!("bln_{}", fresh_id());
        self.auth_keys.insert(auth_key.clone(), customer_key.to_owned());
        auth_key
    }

    pub(super) fn issue(&mut self, now: Timestamp, request: &IssueRequest) -> Answer {
        if !(1..=300).contains(&request.auth_key.len()) || !is_customer_key(&request.customer_key) {
            return Answer::refusal("INVALID_REQUEST");
        }
        match self.auth_keys.get(&request.auth_key) {
            None => return Answer::refusal("INVALID_BILL_KEY_REQUEST"),
            Some(whose) if *whose != request.customer_key => {
                return Answer::refusal("NOT_MATCHES_CUSTOMER_KEY");
            }
            Some(_) => {}
        }
        self.auth_keys.remove(&request.auth_key);
        let billing_key = format!("bk_{}", fresh_id());
        let card = Card { customer_key: request.customer_key.clone(), forgotten: false };
        self.cards.insert(billing_key.clone(), card);
        Answer::ok(&json!({
            "mId": "maru_local",
            "customerKey": request.customer_key,
            "authenticatedAt": korean_time(now),
            "method": CARD,
            "billingKey": billing_key,
            "card": {
                "issuerCode": "61",
                "acquirerCode": "31",
                "number": "40001111****222*",
                "cardType": "신용",
                "ownerType": "개인",
            },
            "transfers": null,
        }))
    }

    pub(super) fn charge(
        &mut self,
        now: Timestamp,
        billing_key: &str,
        request: &ChargeRequest,
        verdict: Verdict,
    ) -> Answer {
        let named = (1..=100).contains(&request.order_name.chars().count());
        if !named || !is_order_id(&request.order_id) || request.amount <= 0 {
            return Answer::refusal("INVALID_REQUEST");
        }
        match self.cards.get(billing_key) {
            None => return Answer::refusal("INVALID_BILL_KEY_REQUEST"),
            Some(card) if card.forgotten => return Answer::refusal("ALREADY_REMOVED_BILLING_KEY"),
            Some(card) if card.customer_key != request.customer_key => {
                return Answer::refusal("NOT_MATCHES_CUSTOMER_KEY");
            }
            Some(_) => {}
        }
        if request.amount < minimum(CARD) {
            return Answer::refusal("BELOW_MINIMUM_AMOUNT");
        }
        if self.payment_of_order(&request.order_id).is_some_and(|payment| payment.approved_at.is_some()) {
            return Answer::refusal("DUPLICATED_ORDER_ID");
        }
        // A refusal nobody can name leaves no payment behind either.
        if verdict == Verdict::RefuseWithoutReason {
            return Answer::refusal(super::desk::UNMAPPED);
        }
        let key = self.authenticate(now, &request.order_id, &request.order_name, request.amount, CARD);
        if let Some(payment) = self.payment_mut(&key) {
            payment.customer_key = Some(request.customer_key.clone());
        }
        self.capture(now, &key, verdict)
    }

    /// `None` is the empty answer of success.
    pub(super) fn forget_card(&mut self, billing_key: &str) -> Option<Answer> {
        match self.cards.get_mut(billing_key) {
            None => Some(Answer::refusal("INVALID_BILL_KEY_REQUEST")),
            Some(card) if card.forgotten => Some(Answer::refusal("ALREADY_REMOVED_BILLING_KEY")),
            Some(card) => {
                card.forgotten = true;
                None
            }
        }
    }
}

/// 2 to 300 letters, digits and `-_=.@`.
pub(super) fn is_customer_key(key: &str) -> bool {
    (2..=300).contains(&key.len())
        && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_=.@".contains(&byte))
}
