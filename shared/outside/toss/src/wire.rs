//! Toss's JSON (core API v1, object version 2022-11-16): what calls carry, and what their answers mean.

mod billing;
mod codes;
mod ledger;
mod payment;
#[cfg(test)]
mod tests;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use crate::{Cancel, Confirm, Failure, Outcome, ReadBack, TossPayment};

pub use billing::{charge, charged, forgotten, issue, issued};
pub use ledger::transactions;
use payment::PaymentBody;

/// Toss's clock. Korea has kept this offset since 1988.
const KOREA: Offset = Offset::constant(9);
/// The longest reason Toss takes, in characters.
const LONGEST_REASON: usize = 200;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ConfirmBody<'a> {
    payment_key: &'a str,
    order_id: &'a str,
    amount: i64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CancelBody<'a> {
    cancel_reason: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    cancel_amount: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refundable_amount: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refund_receive_account: Option<AccountBody<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AccountBody<'a> {
    bank: &'a str,
    account_number: &'a str,
    holder_name: &'a str,
}

#[derive(Deserialize)]
struct ErrorBody {
    code: String,
    #[serde(default, deserialize_with = "lenient")]
    message: Option<String>,
}

pub fn confirm(confirm: &Confirm<'_>) -> Vec<u8> {
    let Confirm { payment_key, order_id, amount, idempotency_key: _ } = confirm;
    json(&ConfirmBody { payment_key, order_id, amount: *amount })
}

pub fn cancel(cancel: &Cancel<'_>) -> Vec<u8> {
    let Cancel { payment_key: _, reason, amount, refundable, account, idempotency_key: _ } = cancel;
    json(&CancelBody {
        cancel_reason: reason.chars().take(LONGEST_REASON).collect(),
        cancel_amount: *amount,
        refundable_amount: *refundable,
        refund_receive_account: account.map(|account| AccountBody {
            bank: &account.bank,
            account_number: &account.number,
            holder_name: &account.holder,
        }),
    })
}

pub fn captured(status: u16, body: &[u8]) -> Outcome {
    outcome(status, body, codes::proves_nothing_is_captured)
}

pub fn cancelled(status: u16, body: &[u8]) -> Outcome {
    outcome(status, body, codes::proves_nothing_is_cancelled)
}

pub fn read_back(status: u16, body: &[u8]) -> ReadBack {
    match told::<PaymentBody>(status, body) {
        Told::Thing(payment) => ReadBack::Told(payment.into()),
        Told::Refusal(error) if ["NOT_FOUND_PAYMENT", "NOT_FOUND"].contains(&error.code.as_str()) => {
            ReadBack::NotFound
        }
        Told::Refusal(error) => ReadBack::Unknown(error.code),
        Told::Nonsense => ReadBack::Unknown(unreadable(status)),
    }
}

/// Korean wall time without its offset, as Toss takes it in queries.
pub fn korean_time(at: Timestamp) -> String {
    KOREA.to_datetime(at).strftime("%Y-%m-%dT%H:%M:%S").to_string()
}

fn outcome(status: u16, body: &[u8], is_proof: fn(&str) -> bool) -> Outcome {
    match told::<PaymentBody>(status, body) {
        Told::Thing(payment) => Outcome::Told(TossPayment::from(payment)),
        Told::Refusal(error) if is_proof(&error.code) => Outcome::Declined(error),
        Told::Refusal(error) => Outcome::Unknown(error.code),
        Told::Nonsense => Outcome::Unknown(unreadable(status)),
    }
}

enum Told<T> {
    Thing(T),
    Refusal(Failure),
    Nonsense,
}

fn told<T: DeserializeOwned>(status: u16, body: &[u8]) -> Told<T> {
    if status == 200 {
        return serde_json::from_slice(body).map_or(Told::Nonsense, Told::Thing);
    }
    match serde_json::from_slice::<ErrorBody>(body) {
        Ok(error) if status >= 400 => Told::Refusal(error.into()),
        _ => Told::Nonsense,
    }
}

fn unreadable(status: u16) -> String {
    format!("unreadable answer with status {status}")
}

fn json(body: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(body).unwrap_or_default()
}

/// A moment as told: with its offset, or in Korean time where Toss leaves it out.
fn moment(text: &str) -> Option<Timestamp> {
    text.parse().ok().or_else(|| KOREA.to_timestamp(text.parse::<DateTime>().ok()?).ok())
}

/// `None` for a value of another shape than it had when this was written. Only for what nothing is decided by:
/// a payment must not become unreadable because of its receipt.
fn lenient<'de, D: Deserializer<'de>, T: DeserializeOwned>(from: D) -> Result<Option<T>, D::Error> {
    let value = Value::deserialize(from)?;
    Ok(serde_json::from_value(value).ok())
}

impl From<ErrorBody> for Failure {
    fn from(ErrorBody { code, message }: ErrorBody) -> Self {
        Self { code, message: message.unwrap_or_default() }
    }
}
