//! Toss's JSON and error codes (core API v1, object version 2022-11-16).

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Confirm, Failure, Outcome, ReadBack, TossPayment, TossStatus};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ConfirmBody<'a> {
    payment_key: &'a str,
    order_id: &'a str,
    amount: i64,
}

/// New fields appear without notice, so unknown ones are ignored and most known ones may be null.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PaymentBody {
    payment_key: String,
    order_id: String,
    status: String,
    total_amount: i64,
    #[serde(default)]
    currency: Option<String>,
    #[serde(default)]
    method: Option<String>,
    #[serde(default)]
    approved_at: Option<String>,
    #[serde(default)]
    receipt: Option<Receipt>,
    #[serde(default)]
    failure: Option<ErrorBody>,
}

#[derive(Deserialize)]
struct Receipt {
    #[serde(default)]
    url: Option<String>,
}

#[derive(Deserialize)]
struct ErrorBody {
    code: String,
    #[serde(default)]
    message: String,
}

/// Codes that prove this payment key will never be captured. Everything else is unknown: a code missing
/// here costs a read, a code here by mistake would cost somebody's money.
const DECLINED: [&str; 30] = [
    "BELOW_MINIMUM_AMOUNT",
    "EXCEED_MAX_AMOUNT",
    "EXCEED_MAX_AUTH_COUNT",
    "EXCEED_MAX_CARD_INSTALLMENT_PLAN",
    "EXCEED_MAX_DAILY_PAYMENT_COUNT",
    "EXCEED_MAX_MONTHLY_PAYMENT_AMOUNT",
    "EXCEED_MAX_ONE_DAY_AMOUNT",
    "EXCEED_MAX_ONE_DAY_WITHDRAW_AMOUNT",
    "EXCEED_MAX_ONE_TIME_WITHDRAW_AMOUNT",
    "EXCEED_MAX_PAYMENT_AMOUNT",
    "FDS_ERROR",
    "INVALID_ACCOUNT_INFO_RE_REGISTER",
    "INVALID_CARD_EXPIRATION",
    "INVALID_CARD_INSTALLMENT_PLAN",
    "INVALID_CARD_LOST_OR_STOLEN",
    "INVALID_CARD_NUMBER",
    "INVALID_PASSWORD",
    "INVALID_REJECT_CARD",
    "INVALID_STOPPED_CARD",
    "NOT_ALLOWED_POINT_USE",
    "NOT_AVAILABLE_BANK",
    "NOT_AVAILABLE_PAYMENT",
    "NOT_FOUND_PAYMENT_SESSION",
    "NOT_SUPPORTED_INSTALLMENT_PLAN_CARD_OR_MERCHANT",
    "NOT_SUPPORTED_MONTHLY_INSTALLMENT_PLAN",
    "REJECT_ACCOUNT_PAYMENT",
    "REJECT_CARD_COMPANY",
    "REJECT_CARD_PAYMENT",
    "REJECT_TOSSPAY_INVALID_ACCOUNT",
    "RESTRICTED_TRANSFER_ACCOUNT",
];

pub fn confirm(confirm: &Confirm<'_>) -> Vec<u8> {
    let body =
        ConfirmBody { payment_key: confirm.payment_key, order_id: confirm.order_id, amount: confirm.amount };
    serde_json::to_vec(&body).unwrap_or_default()
}

pub fn outcome(status: u16, body: &[u8]) -> Outcome {
    match told(status, body) {
        Told::Payment(payment) => Outcome::Told(payment),
        Told::Refusal(error) if DECLINED.contains(&error.code.as_str()) => Outcome::Declined(error),
        Told::Refusal(error) => Outcome::Unknown(error.code),
        Told::Nonsense => Outcome::Unknown(format!("unreadable answer with status {status}")),
    }
}

pub fn read_back(status: u16, body: &[u8]) -> ReadBack {
    match told(status, body) {
        Told::Payment(payment) => ReadBack::Told(payment),
        Told::Refusal(error) if ["NOT_FOUND_PAYMENT", "NOT_FOUND"].contains(&error.code.as_str()) => {
            ReadBack::NotFound
        }
        Told::Refusal(error) => ReadBack::Unknown(error.code),
        Told::Nonsense => ReadBack::Unknown(format!("unreadable answer with status {status}")),
    }
}

enum Told {
    Payment(TossPayment),
    Refusal(Failure),
    Nonsense,
}

fn told(status: u16, body: &[u8]) -> Told {
    if status == 200 {
        return match serde_json::from_slice::<PaymentBody>(body) {
            Ok(payment) => Told::Payment(payment.into()),
            Err(_) => Told::Nonsense,
        };
    }
    match serde_json::from_slice::<ErrorBody>(body) {
        Ok(error) if status >= 400 => Told::Refusal(error.into()),
        _ => Told::Nonsense,
    }
}

impl From<ErrorBody> for Failure {
    fn from(ErrorBody { code, message }: ErrorBody) -> Self {
        Self { code, message }
    }
}

impl From<PaymentBody> for TossPayment {
    fn from(body: PaymentBody) -> Self {
        let PaymentBody {
            payment_key,
            order_id,
            status,
            total_amount,
            currency,
            method,
            approved_at,
            receipt,
            failure,
        } = body;
        let status = match status.as_str() {
            "READY" => TossStatus::Ready,
            "IN_PROGRESS" => TossStatus::InProgress,
            "WAITING_FOR_DEPOSIT" => TossStatus::WaitingForDeposit,
            "DONE" => TossStatus::Done,
            "CANCELED" | "PARTIAL_CANCELED" => TossStatus::Canceled,
            "ABORTED" => TossStatus::Aborted,
            "EXPIRED" => TossStatus::Expired,
            _ => TossStatus::Other(status),
        };
        Self {
            payment_key,
            order_id,
            status,
            total_amount,
            currency: currency.unwrap_or_else(|| "KRW".into()),
            method,
            approved_at: approved_at.and_then(|text| text.parse::<Timestamp>().ok()),
            receipt_url: receipt.and_then(|r| r.url),
            failure: failure.map(Failure::from),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_known_refusal_counts_as_declined() {
        let refusal = |code: &str| outcome(400, format!(r#"{{"code":"{code}","message":"m"}}"#).as_bytes());
        assert!(matches!(refusal("REJECT_CARD_PAYMENT"), Outcome::Declined(_)));
        for code in
            ["ALREADY_PROCESSED_PAYMENT", "PROVIDER_ERROR", "IDEMPOTENT_REQUEST_PROCESSING", "SOMETHING_NEW"]
        {
            assert!(matches!(refusal(code), Outcome::Unknown(_)), "{code}");
        }
        assert!(matches!(outcome(502, b"<html>"), Outcome::Unknown(_)));
        assert!(matches!(outcome(200, b"{}"), Outcome::Unknown(_)));
        assert!(matches!(outcome(302, br#"{"code":"REJECT_CARD_PAYMENT"}"#), Outcome::Unknown(_)));
    }

    #[test]
    fn a_payment_with_nulls_and_new_fields_is_read() {
        let body = r#"{"paymentKey":"k","orderId":"o","status":"EXPIRED","totalAmount":45000,"method":null,
            "approvedAt":null,"useEscrow":null,"brandNew":{"a":1},"failure":{"code":"C","message":"실패"}}"#;
        let ReadBack::Told(payment) = read_back(200, body.as_bytes()) else { panic!() };
        assert_eq!(payment.status, TossStatus::Expired);
        assert_eq!(payment.failure.unwrap().message, "실패");
    }
}
