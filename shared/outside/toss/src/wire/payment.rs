//! The Payment object. New fields appear without notice, so unknown ones are ignored and most known ones may
//! be null. What money is decided by is read strictly: a cancel that was dropped would be paid twice.

use serde::Deserialize;

use super::{ErrorBody, lenient, moment};
use crate::{Failure, TossCancel, TossPayment, TossStatus, VirtualAccount};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PaymentBody {
    payment_key: String,
    order_id: String,
    status: String,
    total_amount: i64,
    #[serde(default)]
    balance_amount: Option<i64>,
    #[serde(default)]
    currency: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    method: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    approved_at: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    receipt: Option<Receipt>,
    #[serde(default, deserialize_with = "lenient")]
    failure: Option<ErrorBody>,
    #[serde(default)]
    cancels: Option<Vec<CancelEntry>>,
    #[serde(default, deserialize_with = "lenient")]
    secret: Option<maru_kernel::Secret>,
    #[serde(default, deserialize_with = "lenient")]
    virtual_account: Option<AccountEntry>,
}

#[derive(Deserialize)]
struct Receipt {
    #[serde(default)]
    url: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CancelEntry {
    #[serde(default)]
    transaction_key: Option<String>,
    cancel_amount: i64,
    #[serde(default, deserialize_with = "lenient")]
    cancel_reason: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    canceled_at: Option<String>,
    #[serde(default)]
    cancel_status: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AccountEntry {
    bank_code: String,
    account_number: String,
    #[serde(default, deserialize_with = "lenient")]
    customer_name: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    due_date: Option<String>,
}

/// The status Toss calls by `word`.
pub fn status(word: String) -> TossStatus {
    match word.as_str() {
        "READY" => TossStatus::Ready,
        "IN_PROGRESS" => TossStatus::InProgress,
        "WAITING_FOR_DEPOSIT" => TossStatus::WaitingForDeposit,
        "DONE" => TossStatus::Done,
        "CANCELED" => TossStatus::Canceled,
        "PARTIAL_CANCELED" => TossStatus::PartialCanceled,
        "ABORTED" => TossStatus::Aborted,
        "EXPIRED" => TossStatus::Expired,
        _ => TossStatus::Other(word),
    }
}

/// Toss leaves the currency of won out.
pub fn currency(word: Option<String>) -> String {
    word.unwrap_or_else(|| "KRW".into())
}

impl From<PaymentBody> for TossPayment {
    fn from(body: PaymentBody) -> Self {
        let PaymentBody {
            payment_key,
            order_id,
            status: word,
            total_amount,
            balance_amount,
            currency: unit,
            method,
            approved_at,
            receipt,
            failure,
            cancels,
            secret,
            virtual_account,
        } = body;
        Self {
            payment_key,
            order_id,
            status: status(word),
            total_amount,
            balance_amount: balance_amount.unwrap_or(total_amount),
            currency: currency(unit),
            method,
            approved_at: approved_at.as_deref().and_then(moment),
            receipt_url: receipt.and_then(|receipt| receipt.url),
            failure: failure.map(Failure::from),
            cancels: cancels.unwrap_or_default().into_iter().map(TossCancel::from).collect(),
            secret,
            virtual_account: virtual_account.map(VirtualAccount::from),
        }
    }
}

impl From<CancelEntry> for TossCancel {
    fn from(entry: CancelEntry) -> Self {
        let CancelEntry { transaction_key, cancel_amount, cancel_reason, canceled_at, cancel_status } = entry;
        Self {
            transaction_key: transaction_key.unwrap_or_default(),
            amount: cancel_amount,
            reason: cancel_reason.unwrap_or_default(),
            at: canceled_at.as_deref().and_then(moment),
            done: cancel_status.is_none_or(|status| status == "DONE"),
        }
    }
}

impl From<AccountEntry> for VirtualAccount {
    fn from(entry: AccountEntry) -> Self {
        let AccountEntry { bank_code, account_number, customer_name, due_date } = entry;
        Self { bank_code, account_number, customer_name, due_at: due_date.as_deref().and_then(moment) }
    }
}
