//! The decisions of the provider: may this payment be confirmed, may this money go back, what does a deposit
//! do. No HTTP here.

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};

use super::answer::Answer;
use super::behaviour::Verdict;
use super::book::{Account, Book, Cancel, Payment, Status, fresh_id};
use super::object::{TRANSFER, VIRTUAL_ACCOUNT, korean_time, payment_object};

/// How long a virtual account says it takes a deposit.
const DEPOSIT_TIME: SignedDuration = SignedDuration::from_hours(168);
/// A code no sheet lists.
pub(super) const UNMAPPED: &str = "TODAY_THE_MOON_IS_TOO_BRIGHT";

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
    refund_receive_account: Option<RefundAccount>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct RefundAccount {
    bank: String,
    account_number: String,
    holder_name: String,
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
            account: None,
            customer_key: None,
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
            Status::WaitingForDeposit
            | Status::Done
            | Status::PartialCanceled
            | Status::Canceled
            | Status::Aborted => return Answer::refusal("ALREADY_PROCESSED_PAYMENT"),
            Status::InProgress => {}
        }
        if payment.total != request.amount {
            return Answer::refusal_because("INVALID_REQUEST", "결제 금액이 인증된 금액과 다릅니다.");
        }
        if payment.total < minimum(&payment.method) {
            return Answer::refusal("BELOW_MINIMUM_AMOUNT");
        }
        self.capture(now, &request.payment_key, verdict)
    }

    /// Nothing stands in the way any more but `verdict`.
    pub(super) fn capture(&mut self, now: Timestamp, payment_key: &str, verdict: Verdict) -> Answer {
        let Some(payment) = self.payment_mut(payment_key) else {
            return Answer::refusal("NOT_FOUND_PAYMENT");
        };
        match verdict {
            Verdict::Decline => {
                payment.status = Status::Aborted;
                payment.failure = Some("REJECT_CARD_PAYMENT".to_owned());
                let aborted = payment.clone();
                self.announce(now, &aborted);
                return Answer::refusal("REJECT_CARD_PAYMENT");
            }
            Verdict::RefuseWithoutReason => return Answer::refusal(UNMAPPED),
            Verdict::ApproveAnotherAmount => {
                payment.total = payment.total.saturating_add(1);
                payment.balance = payment.total;
            }
            Verdict::Approve | Verdict::ApproveUnderAnotherStatus => {}
        }
        if payment.method == VIRTUAL_ACCOUNT {
            payment.open_account(now);
            let waiting = payment.clone();
            self.announce(now, &waiting);
            return shown(&waiting, verdict);
        }
        payment.approve(now);
        let captured = payment.clone();
        *self.captures.entry(captured.order_id.clone()).or_default() += 1;
        self.enter(now, &captured, captured.total);
        self.announce(now, &captured);
        shown(&captured, verdict)
    }

    /// Money back, all of it or a part. Nothing changes unless the answer is the payment.
    pub(super) fn cancel(
        &mut self,
        now: Timestamp,
        payment_key: &str,
        request: &CancelRequest,
        verdict: Verdict,
    ) -> Answer {
        if !request.is_well_formed() {
            return Answer::refusal("INVALID_REQUEST");
        }
        let Some(payment) = self.payment(payment_key) else {
            return Answer::refusal("NOT_FOUND_PAYMENT");
        };
        let mut amount = match payment.refundable(request) {
            Ok(amount) => amount,
            Err(code) => return Answer::refusal(code),
        };
        match verdict {
            Verdict::Decline => return Answer::refusal("REFUND_REJECTED"),
            Verdict::RefuseWithoutReason => return Answer::refusal(UNMAPPED),
            Verdict::ApproveAnotherAmount => amount = amount.saturating_sub(1).max(1),
            Verdict::Approve | Verdict::ApproveUnderAnotherStatus => {}
        }
        let tax_free = request.tax_free_amount.unwrap_or_default();
        match self.give_back(now, payment_key, amount, &request.cancel_reason, tax_free) {
            Some(payment) => shown(&payment, verdict),
            None => Answer::refusal("NOT_FOUND_PAYMENT"),
        }
    }

    /// The money goes back, whoever asked for it and whether or not they might.
    pub(super) fn give_back(
        &mut self,
        now: Timestamp,
        payment_key: &str,
        amount: i64,
        reason: &str,
        tax_free: i64,
    ) -> Option<Payment> {
        let payment = self.payment_mut(payment_key)?;
        let before = payment.status;
        payment.take_back(now, amount, reason, tax_free);
        let after = payment.clone();
        *self.refunds.entry(after.order_id.clone()).or_default() += 1;
        self.enter(now, &after, amount);
        if after.status != before {
            self.announce(now, &after);
        }
        Some(after)
    }

    /// The shop's own console, which asks for nothing but an amount.
    pub(super) fn cancel_outside(&mut self, now: Timestamp, payment_key: &str, amount: Option<i64>) -> bool {
        let Some(payment) = self.payment(payment_key) else {
            return false;
        };
        let amount = amount.unwrap_or(payment.balance);
        let may = match payment.status {
            Status::WaitingForDeposit => amount == payment.balance,
            Status::Done | Status::PartialCanceled => (1..=payment.balance).contains(&amount),
            Status::InProgress | Status::Canceled | Status::Aborted | Status::Expired => false,
        };
        may && self.give_back(now, payment_key, amount, "상점관리자 취소", 0).is_some()
    }

    /// Somebody pays in. No due date stands in the way: late money is the harder case for a caller.
    pub(super) fn deposit(&mut self, now: Timestamp, order_id: &str) -> Option<Payment> {
        let waits = |payment: &&mut Payment| {
            payment.order_id == order_id && payment.status == Status::WaitingForDeposit
        };
        let payment = self.payments.iter_mut().rev().find(waits)?;
        payment.approve(now);
        let paid = payment.clone();
        *self.captures.entry(paid.order_id.clone()).or_default() += 1;
        self.enter(now, &paid, paid.total);
        self.announce(now, &paid);
        Some(paid)
    }

    /// The bank made a mistake: the deposit never was.
    pub(super) fn take_back_deposit(&mut self, now: Timestamp, order_id: &str) -> Option<Payment> {
        let is_paid = |payment: &&mut Payment| {
            payment.order_id == order_id && payment.status == Status::Done && payment.account.is_some()
        };
        let payment = self.payments.iter_mut().rev().find(is_paid)?;
        payment.status = Status::WaitingForDeposit;
        payment.approved_at = None;
        payment.last_transaction = Some(transaction_key());
        let waiting = payment.clone();
        if let Some(captures) = self.captures.get_mut(order_id) {
            *captures = captures.saturating_sub(1);
        }
        self.enter(now, &waiting, waiting.total);
        self.announce(now, &waiting);
        Some(waiting)
    }
}

/// The payment as the caller is to see it, which need not be how it is kept.
fn shown(payment: &Payment, verdict: Verdict) -> Answer {
    let mut object = payment_object(payment);
    if verdict == Verdict::ApproveUnderAnotherStatus {
        another_status(&mut object);
    }
    Answer::ok(&object)
}

/// Puts a status nobody knows on an object.
pub(super) fn another_status(object: &mut Value) {
    if let Some(status) = object.get_mut("status") {
        *status = json!("SOMETHING_NEW");
    }
}

impl Payment {
    /// The amount was captured.
    pub(super) fn approve(&mut self, now: Timestamp) {
        self.status = Status::Done;
        self.approved_at = Some(now);
        self.last_transaction = Some(transaction_key());
    }

    fn open_account(&mut self, now: Timestamp) {
        let digits =
            fresh_id().bytes().filter(u8::is_ascii_digit).map(char::from).take(12).collect::<String>();
        self.status = Status::WaitingForDeposit;
        self.last_transaction = Some(transaction_key());
        self.account = Some(Account { number: format!("X{digits:0<13}"), due_at: now + DEPOSIT_TIME });
    }

    /// How much `request` would give back, or the code it is refused with.
    fn refundable(&self, request: &CancelRequest) -> Result<i64, &'static str> {
        match self.status {
            Status::Canceled => return Err("ALREADY_CANCELED_PAYMENT"),
            Status::InProgress | Status::Aborted | Status::Expired => return Err("NOT_CANCELABLE_PAYMENT"),
            Status::WaitingForDeposit | Status::Done | Status::PartialCanceled => {}
        }
        if self.balance == 0 {
            return Err("NOT_CANCELABLE_AMOUNT");
        }
        if request.refundable_amount.is_some_and(|expected| expected != self.balance) {
            return Err("NOT_MATCHES_REFUNDABLE_AMOUNT");
        }
        let amount = request.cancel_amount.unwrap_or(self.balance);
        if amount > self.balance {
            return Err("NOT_CANCELABLE_AMOUNT");
        }
        if self.status == Status::WaitingForDeposit {
            let whole = amount == self.balance;
            return if whole { Ok(amount) } else { Err("NOT_ALLOWED_PARTIAL_REFUND_WAITING_DEPOSIT") };
        }
        if self.account.is_some() {
            let account = request.refund_receive_account.as_ref().ok_or("INVALID_REFUND_ACCOUNT_INFO")?;
            account.check()?;
        }
        Ok(amount)
    }

    /// `CANCELED` is only for one cancel of everything: parts that add up to it stay `PARTIAL_CANCELED`.
    pub(super) fn take_back(&mut self, now: Timestamp, amount: i64, reason: &str, tax_free: i64) {
        let transaction_key = transaction_key();
        self.status = if self.status != Status::PartialCanceled && amount == self.balance {
            Status::Canceled
        } else {
            Status::PartialCanceled
        };
        self.balance -= amount;
        self.last_transaction = Some(transaction_key.clone());
        self.cancels.push(Cancel {
            transaction_key,
            amount,
            reason: reason.to_owned(),
            tax_free,
            refundable: self.balance,
            canceled_at: now,
        });
    }
}

impl RefundAccount {
    fn check(&self) -> Result<(), &'static str> {
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if !(1..=60).contains(&self.holder_name.chars().count()) || self.account_number.is_empty() {
            return Err("INVALID_REFUND_ACCOUNT_INFO");
        }
        if !is_number(&self.account_number) || self.account_number.len() > 20 {
            return Err("INVALID_REFUND_ACCOUNT_NUMBER");
        }
        if is_number(&self.bank) && self.bank.len() <= 3 { Ok(()) } else { Err("INVALID_BANK") }
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

pub(super) fn minimum(method: &str) -> i64 {
    if method == TRANSFER { 200 } else { 100 }
}

/// As long as the provider's own.
pub(super) fn transaction_key() -> String {
    fresh_id().to_uppercase()
}
