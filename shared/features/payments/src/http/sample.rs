//! What the provider's sample front ends call: the same capture, in the provider's words.
//!
//! Nobody signs in here, and nobody has to: whoever shows the payment key of what a customer authenticated,
//! our order and our amount wants what that customer wants. Another's card cannot be charged by it, because
//! the key exists only after its holder has authenticated it for this very order; nor another amount.

use maru_toss::Failure;
use maru_web::{Answer, Body, Public, State, StatusCode, instant};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::confirm::Confirmation;
use super::seoul;
use crate::model::{Account, Payment, Status};
use crate::service::{Confirmed, Payer};
use crate::{PaymentError, Payments};

/// A payment as the provider tells it, under the provider's own names.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ProviderPayment {
    version: &'static str,
    payment_key: String,
    #[serde(rename = "type")]
    kind: &'static str,
    order_id: String,
    order_name: String,
    currency: &'static str,
    /// 카드, 간편결제, 가상계좌 …
    method: Option<String>,
    /// Won.
    #[schema(value_type = f64)]
    total_amount: Value,
    /// What was not paid back, won.
    #[schema(value_type = f64)]
    balance_amount: Value,
    /// `DONE`, `WAITING_FOR_DEPOSIT`, `PARTIAL_CANCELED`, `CANCELED`; `IN_PROGRESS` while nobody knows.
    status: &'static str,
    requested_at: String,
    approved_at: Option<String>,
    receipt: Option<Receipt>,
    virtual_account: Option<ProviderAccount>,
    country: &'static str,
}

/// Where the receipt is.
#[derive(Serialize, ToSchema)]
pub(super) struct Receipt {
    url: String,
}

/// An account that waits for a deposit.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ProviderAccount {
    account_number: String,
    bank_code: String,
    customer_name: Option<String>,
    /// Korean time.
    due_date: String,
}

/// Why not, as the provider says it.
#[derive(Serialize, ToSchema)]
pub(super) struct ProviderFailure {
    /// A code of the provider's.
    code: String,
    message: String,
}

impl ProviderPayment {
    fn of(payment: &Payment, payment_key: String) -> Self {
        let capture = payment.capture.as_ref();
        let total = capture.map_or(payment.amount, |capture| capture.amount);
        let balance = if payment.status == Status::Done { payment.balance() } else { payment.amount };
        let status = match payment.status {
            Status::Done if payment.refunds.is_empty() => "DONE",
            Status::Done if balance.is_zero() => "CANCELED",
            Status::Done => "PARTIAL_CANCELED",
            Status::Waiting => "WAITING_FOR_DEPOSIT",
            Status::Confirming | Status::Unknown => "IN_PROGRESS",
            Status::Ready => "READY",
            Status::Failed => "ABORTED",
            Status::Expired => "EXPIRED",
        };
        let requested_at = payment.attempt.as_ref().map_or(payment.created_at, |attempt| attempt.started_at);
        let waits = payment.account.as_ref();
        let method = capture.and_then(|capture| capture.method.clone());
        Self {
            version: "2022-11-16",
            payment_key,
            kind: "NORMAL",
            order_id: payment.order_id.to_string(),
            order_name: payment.order_name.clone(),
            currency: total.currency.code(),
            method: method.or_else(|| waits.map(|_| "가상계좌".to_owned())),
            total_amount: total.to_json(),
            balance_amount: balance.to_json(),
            status,
            requested_at: instant(requested_at, &seoul()),
            approved_at: capture.and_then(|c| c.approved_at).map(|at| instant(at, &seoul())),
            receipt: capture.and_then(|c| c.receipt_url.clone()).map(|url| Receipt { url }),
            virtual_account: waits.map(|account| {
                let Account { bank, number, holder, due_at, closing: _ } = account.clone();
                let due_date = due_at.to_zoned(seoul()).strftime("%Y-%m-%dT%H:%M:%S").to_string();
                ProviderAccount { account_number: number, bank_code: bank, customer_name: holder, due_date }
            }),
            country: "KR",
        }
    }
}

pub(super) async fn confirm(
    by: Public,
    State(payments): State<Payments>,
    body: Body<Confirmation>,
) -> Answer {
    let wish = match body.value.read() {
        Ok(Some(wish)) => wish,
        // What cannot be an order of ours is nobody's order.
        Ok(None) => return refusal(PaymentError::NotFound),
        Err(_) => {
            return failure(StatusCode::BAD_REQUEST, "INVALID_REQUEST", "잘못된 요청입니다.");
        }
    };
    let key = wish.payment_key.clone();
    match payments.confirm(Payer::Bearer(&by.actor), &wish).await {
        Ok(Confirmed::Done(payment)) => Answer::plain(StatusCode::OK, &ProviderPayment::of(&payment, key)),
        // Not a failure: a customer who is told one pays again.
        Ok(Confirmed::Pending(payment)) => {
            Answer::plain(StatusCode::ACCEPTED, &ProviderPayment::of(&payment, key))
        }
        Err(error) => refusal(error),
    }
}

fn failure(status: StatusCode, code: &str, message: &str) -> Answer {
    Answer::plain(status, &ProviderFailure { code: code.to_owned(), message: message.to_owned() })
}

/// Our causes in the provider's words: its code where it has one for it, and its status for that code.
fn refusal(error: PaymentError) -> Answer {
    const EXPIRED: &str = "결제 시간이 지나 승인할 수 없습니다. 청구된 금액은 없습니다. 다시 결제해 주세요.";
    match error {
        PaymentError::Declined(Failure { code, message }) => failure(status_of(&code), &code, &message),
        PaymentError::NotFound => {
            failure(StatusCode::NOT_FOUND, "NOT_FOUND_PAYMENT", "존재하지 않는 결제 정보입니다.")
        }
        PaymentError::Amount => failure(
            StatusCode::BAD_REQUEST,
            "INVALID_REQUEST",
            "금액이 주문과 다릅니다. 청구된 금액은 없습니다.",
        ),
        PaymentError::KeyTaken => {
            failure(StatusCode::BAD_REQUEST, "INVALID_REQUEST", "다른 주문에 쓰인 결제 키입니다.")
        }
        PaymentError::HoldOver | PaymentError::Closed => {
            failure(StatusCode::NOT_FOUND, "NOT_FOUND_PAYMENT_SESSION", EXPIRED)
        }
        PaymentError::AlreadyPaid => {
            failure(StatusCode::BAD_REQUEST, "ALREADY_PROCESSED_PAYMENT", "이미 처리된 결제입니다.")
        }
        PaymentError::WentBack => failure(
            StatusCode::BAD_REQUEST,
            "ALREADY_CANCELED_PAYMENT",
            "결제한 예약을 이용할 수 없어 결제 금액을 전액 환불합니다.",
        ),
        PaymentError::UnderWay => failure(
            StatusCode::CONFLICT,
            "IDEMPOTENT_REQUEST_PROCESSING",
            "결제가 진행 중입니다. 다시 결제하지 마세요.",
        ),
        // Ours to look at: nothing was charged, or the checker finds out.
        error @ (PaymentError::NothingToPay
        | PaymentError::WaitsForStaff
        | PaymentError::NotPaid
        | PaymentError::OverBalance(_)
        | PaymentError::RefundUnderWay
        | PaymentError::AccountNeeded
        | PaymentError::Forbidden
        | PaymentError::AtTheDesk
        | PaymentError::NoGrade
        | PaymentError::Booking(_)
        | PaymentError::KeyReused
        | PaymentError::Contended
        | PaymentError::Store(_)
        | PaymentError::Broken(_)) => {
            tracing::error!(%error, "a capture by a sample front end");
            failure(
                StatusCode::INTERNAL_SERVER_ERROR,
                "FAILED_INTERNAL_SYSTEM_PROCESSING",
                "일시적인 오류입니다. 잠시 후 다시 시도해 주세요.",
            )
        }
    }
}

/// The status the provider answers such a code with.
fn status_of(code: &str) -> StatusCode {
    const FORBIDDEN: [&str; 8] = [
        "REJECT_",
        "EXCEED_MAX_AUTH_COUNT",
        "EXCEED_MAX_ONE_DAY_AMOUNT",
        "INVALID_PASSWORD",
        "FDS_ERROR",
        "NOT_AVAILABLE_BANK",
        "FORBIDDEN_",
        "INCORRECT_BASIC_AUTH_FORMAT",
    ];
    match code {
        code if code.starts_with("NOT_FOUND") => StatusCode::NOT_FOUND,
        code if FORBIDDEN.iter().any(|known| code.starts_with(known)) => StatusCode::FORBIDDEN,
        "UNAUTHORIZED_KEY" => StatusCode::UNAUTHORIZED,
        _ => StatusCode::BAD_REQUEST,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_the_providers_status() {
        for (code, status) in [
            ("REJECT_CARD_PAYMENT", 403),
            ("REJECT_CARD_COMPANY", 403),
            ("FDS_ERROR", 403),
            ("NOT_FOUND_PAYMENT_SESSION", 404),
            ("INVALID_CARD_EXPIRATION", 400),
            ("EXCEED_MAX_AMOUNT", 400),
            ("SOMETHING_NEW", 400),
        ] {
            assert_eq!(status_of(code).as_u16(), status, "{code}");
        }
    }
}
