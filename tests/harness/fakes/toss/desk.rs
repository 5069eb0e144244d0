//! The two decisions of the provider: may this payment be confirmed, may this money go back. No HTTP here.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;

use super::answer::Answer;
use super::behaviour::Verdict;
use super::book::{Book, Cancel, Payment, Status, fresh_id};
use super::object::{TRANSFER, korean_time, payment_object};

/// Body of a confirm. Unknown fields are let pass, as the real one does.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ConfirmRequest {
    payment_key: String,
    order_id: String,
    amount: i64,
}

/// Body of a cancel.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CancelRequest {
    cancel_reason: String,
    cancel_amount: Option<i64>,
    refundable_amount: Option<i64>,
    tax_free_amount: Option<i64>,
    currency: Option<String>,
}

impl Book {
    /// The customer has authenticated: money may be asked for within the session.
    pub(super) fn authenticate(
        &mut self,
        now: Timestamp,
        order_id: &str,
        order_name: &str,
        amount: i64,
        method: &str,
    ) -> String {
        let day = korean_time(now).chars().filter(char::is_ascii_digit).take(14).collect::<String>();
        let suffix = fresh_id();
        let payment_key = format!("tviva{day}{}{suffix:.12}", self.payments.len());
        self.payments.push(Payment {
            key: payment_key.clone(),
            order_id: order_id.to_owned(),
            order_name: order_name.to_owned(),
            method: method.to_owned(),
            status: Status::InProgress,
            total: amount,
            balance: amount,
            authenticated_at: now,
            approved_at: None,
            last_transaction: None,
            secret: format!("ps_{}", fresh_id()),
            failure: None,
            cancels: Vec::new(),
        });
        payment_key
    }

    /// A payment whose session never was, has lapsed, or belongs to another order is not there at all.
    pub(super) fn confirm(&mut self, now: Timestamp, request: &ConfirmRequest, verdict: Verdict) -> Answer {
        let order_id = request.order_id.clone();
        let Some(payment) =
            self.payment_mut(&request.payment_key).filter(|payment| payment.order_id == order_id)
        else {
            return Answer::refusal("NOT_FOUND_PAYMENT_SESSION");
        };
        match payment.status {
            Status::Expired => return Answer::refusal("NOT_FOUND_PAYMENT_SESSION"),
            Status::Done | Status::PartialCanceled | Status::Canceled | Status::Aborted => {
                return Answer::refusal("ALREADY_PROCESSED_PAYMENT");
            }
            Status::InProgress => {}
        }
        if payment.total != request.amount {
            return Answer::refusal_because("INVALID_REQUEST", "결제 금액이 인증된 금액과 다릅니다.");
        }
        if payment.total < minimum(&payment.method) {
            return Answer::refusal("BELOW_MINIMUM_AMOUNT");
        }
        match verdict {
            Verdict::Decline => {
                payment.status = Status::Aborted;
                payment.failure = Some("REJECT_CARD_PAYMENT".to_owned());
                return Answer::refusal("REJECT_CARD_PAYMENT");
            }
            Verdict::RefuseWithoutReason => return Answer::refusal("TODAY_THE_MOON_IS_TOO_BRIGHT"),
            Verdict::ApproveAnotherAmount => {
                payment.total = payment.total.saturating_add(1);
                payment.balance = payment.total;
            }
            Verdict::Approve | Verdict::ApproveUnderAnotherStatus => {}
        }
        payment.approve(now);
        let mut object = payment_object(payment);
        if verdict == Verdict::ApproveUnderAnotherStatus
            && let Some(status) = object.get_mut("status")
        {
            *status = json!("SOMETHING_NEW");
        }
        *self.captures.entry(order_id).or_default() += 1;
        Answer::ok(&object)
    }

    /// Money back, all of it or a part. Nothing changes unless the answer is the payment.
    pub(super) fn cancel(&mut self, now: Timestamp, payment_key: &str, request: &CancelRequest) -> Answer {
        if !request.is_well_formed() {
            return Answer::refusal("INVALID_REQUEST");
        }
        let Some(payment) = self.payment_mut(payment_key) else {
            return Answer::refusal("NOT_FOUND_PAYMENT");
        };
        match payment.status {
            Status::Canceled => return Answer::refusal("ALREADY_CANCELED_PAYMENT"),
            Status::InProgress | Status::Aborted | Status::Expired => {
                return Answer::refusal("NOT_CANCELABLE_PAYMENT");
            }
            Status::Done | Status::PartialCanceled => {}
        }
        if payment.balance == 0 {
            return Answer::refusal("NOT_CANCELABLE_AMOUNT");
        }
        if request.refundable_amount.is_some_and(|expected| expected != payment.balance) {
            return Answer::refusal("NOT_MATCHES_REFUNDABLE_AMOUNT");
        }
        let amount = request.cancel_amount.unwrap_or(payment.balance);
        if amount > payment.balance {
            return Answer::refusal("NOT_CANCELABLE_AMOUNT");
        }
        payment.take_back(now, amount, request);
        Answer::ok(&payment_object(payment))
    }
}

impl Payment {
    /// The amount was captured.
    pub(super) fn approve(&mut self, now: Timestamp) {
        self.status = Status::Done;
        self.approved_at = Some(now);
        self.last_transaction = Some(transaction_key());
    }

    /// `CANCELED` is only for one cancel of everything: parts that add up to it stay `PARTIAL_CANCELED`.
    fn take_back(&mut self, now: Timestamp, amount: i64, request: &CancelRequest) {
        let transaction_key = transaction_key();
        self.status = if self.status == Status::Done && amount == self.balance {
            Status::Canceled
        } else {
            Status::PartialCanceled
        };
        self.balance -= amount;
        self.last_transaction = Some(transaction_key.clone());
        self.cancels.push(Cancel {
            transaction_key,
            amount,
            reason: request.cancel_reason.clone(),
            tax_free: request.tax_free_amount.unwrap_or_default(),
            refundable: self.balance,
            canceled_at: now,
        });
    }
}

impl ConfirmRequest {
    pub(super) fn is_well_formed(&self) -> bool {
        (1..=200).contains(&self.payment_key.chars().count())
            && is_order_id(&self.order_id)
            && self.amount > 0
    }
}

impl CancelRequest {
    fn is_well_formed(&self) -> bool {
        (1..=200).contains(&self.cancel_reason.chars().count())
            && self.cancel_amount.is_none_or(|amount| amount > 0)
            && self.tax_free_amount.is_none_or(|amount| amount >= 0)
            && self.currency.as_deref().is_none_or(|currency| currency == "KRW")
    }
}

/// 6 to 64 letters, digits, `-` and `_`.
pub(super) fn is_order_id(order_id: &str) -> bool {
    (6..=64).contains(&order_id.len())
        && order_id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

fn minimum(method: &str) -> i64 {
    if method == TRANSFER { 200 } else { 100 }
}

fn transaction_key() -> String {
    fresh_id().to_uppercase()
}
