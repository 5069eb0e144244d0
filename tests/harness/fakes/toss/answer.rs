//! An answer of the API as it is kept and replayed: a status and the exact bytes, and the error codes.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::book::fresh_id;

/// Status and JSON text; kept as text because a replay is the same bytes, not the same meaning.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Answer {
    pub status: u16,
    pub body: String,
}

/// Statuses codes travel under. A code in none of these lists, known or not, is a 400.
const STATUSES: [(u16, &[&str]); 5] = [
    (401, &["UNAUTHORIZED_KEY"]),
    (
        403,
        &[
            "EXCEED_CANCEL_LIMIT",
            "EXCEED_MAX_AUTH_COUNT",
            "EXCEED_MAX_ONE_DAY_AMOUNT",
            "EXCEED_MAX_REFUND_DUE",
            "FDS_ERROR",
            "FORBIDDEN_CONSECUTIVE_REQUEST",
            "FORBIDDEN_REQUEST",
            "INCORRECT_BASIC_AUTH_FORMAT",
            "INVALID_PASSWORD",
            "NOT_ALLOWED_PARTIAL_REFUND",
            "NOT_ALLOWED_PARTIAL_REFUND_WAITING_DEPOSIT",
            "NOT_AVAILABLE_BANK",
            "NOT_CANCELABLE_AMOUNT",
            "NOT_CANCELABLE_PAYMENT",
            "NOT_CANCELABLE_PAYMENT_FOR_DORMANT_USER",
            "REJECT_ACCOUNT_PAYMENT",
            "REJECT_CARD_COMPANY",
            "REJECT_CARD_PAYMENT",
            "REJECT_TOSSPAY_INVALID_ACCOUNT",
        ],
    ),
    (404, &["NOT_FOUND", "NOT_FOUND_PAYMENT", "NOT_FOUND_PAYMENT_SESSION"]),
    (409, &["IDEMPOTENT_REQUEST_PROCESSING"]),
    (
        500,
        &[
            "COMMON_ERROR",
            "FAILED_BILLING_AUTO_CANCEL",
            "FAILED_BILL_KEY_AUTH_CREATION",
            "FAILED_DB_PROCESSING",
            "FAILED_INTERNAL_SYSTEM_PROCESSING",
            "FAILED_METHOD_HANDLING_CANCEL",
            "FAILED_PARTIAL_REFUND",
            "FAILED_PAYMENT_INTERNAL_SYSTEM_PROCESSING",
            "FAILED_REFUND_PROCESS",
            "UNKNOWN_PAYMENT_ERROR",
        ],
    ),
];

const MESSAGES: [(&str, &str); 26] = [
    ("ALREADY_CANCELED_PAYMENT", "이미 취소된 결제입니다."),
    ("ALREADY_PROCESSED_PAYMENT", "이미 처리된 결제입니다."),
    ("ALREADY_REMOVED_BILLING_KEY", "이미 삭제된 빌링키입니다."),
    ("BELOW_MINIMUM_AMOUNT", "카드는 100원, 계좌이체는 200원부터 결제할 수 있습니다."),
    ("DUPLICATED_ORDER_ID", "이미 사용된 주문번호입니다."),
    ("EXPIRED_PAYMENT", "결제 시간이 지났습니다."),
    ("FAILED_INTERNAL_SYSTEM_PROCESSING", "내부 시스템 처리에 실패했습니다."),
    ("IDEMPOTENT_REQUEST_PROCESSING", "같은 멱등키의 요청을 처리하고 있습니다."),
    ("INCORRECT_BASIC_AUTH_FORMAT", "시크릿 키 뒤에 콜론을 붙여 인코딩해야 합니다."),
    ("INVALID_BILL_KEY_REQUEST", "빌링키 인증이 완료되지 않았거나 유효하지 않습니다."),
    ("INVALID_IDEMPOTENCY_KEY", "멱등키는 300자를 넘을 수 없습니다."),
    ("INVALID_REFUND_ACCOUNT_INFO", "환불 계좌 정보가 올바르지 않습니다."),
    ("INVALID_REFUND_ACCOUNT_NUMBER", "환불 계좌번호가 올바르지 않습니다."),
    ("INVALID_REQUEST", "잘못된 요청입니다."),
    ("NOT_ALLOWED_PARTIAL_REFUND_WAITING_DEPOSIT", "입금 전에는 부분 취소할 수 없습니다."),
    ("NOT_CANCELABLE_AMOUNT", "취소할 수 없는 금액입니다."),
    ("NOT_CANCELABLE_PAYMENT", "취소할 수 없는 결제입니다."),
    ("NOT_FOUND_PAYMENT", "존재하지 않는 결제입니다."),
    ("NOT_FOUND_PAYMENT_SESSION", "결제 시간이 지나 진행 중인 결제가 없습니다."),
    ("NOT_MATCHES_CUSTOMER_KEY", "고객 정보가 빌링키와 일치하지 않습니다."),
    ("NOT_MATCHES_REFUNDABLE_AMOUNT", "취소 가능 금액이 서로 다릅니다."),
    ("PAY_PROCESS_CANCELED", "고객이 결제를 취소했습니다."),
    ("REFUND_REJECTED", "환불이 거절되었습니다."),
    ("REJECT_CARD_COMPANY", "카드사가 승인을 거절했습니다."),
    ("REJECT_CARD_PAYMENT", "한도 초과 또는 잔액 부족입니다."),
    ("UNAUTHORIZED_KEY", "인증되지 않은 키입니다."),
];

impl Answer {
    pub(super) fn ok(body: &Value) -> Self {
        Self { status: 200, body: body.to_string() }
    }

    /// The error object under the status its code travels with.
    pub(super) fn refusal(code: &str) -> Self {
        Self::refusal_because(code, message(code))
    }

    /// The same, saying more than the code does.
    pub(super) fn refusal_because(code: &str, message: &str) -> Self {
        Self { status: status(code), body: json!({ "code": code, "message": message }).to_string() }
    }

    /// Whether the answer stays bound to its idempotency key. Client errors do, an "in flight" cannot;
    /// for 5xx no source says, so a retry under the same key runs again (the harder case for a caller).
    pub(super) fn sticks(&self) -> bool {
        self.status < 500 && self.status != 409
    }
}

/// What people read for `code`.
pub(super) fn message(code: &str) -> &'static str {
    MESSAGES
        .iter()
        .find(|(known, _)| *known == code)
        .map_or("요청을 처리하지 못했습니다.", |(_, message)| message)
}

fn status(code: &str) -> u16 {
    STATUSES.iter().find(|(_, codes)| codes.contains(&code)).map_or(400, |(status, _)| *status)
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (
            status,
            [(header::CONTENT_TYPE, HeaderValue::from_static("application/json;charset=utf-8"))],
            self.body,
        )
            .into_response();
        if let Ok(trace) = HeaderValue::from_str(&fresh_id()) {
            response.headers_mut().insert("x-tosspayments-trace-id", trace);
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_travels_under_the_status_of_the_contract_sheet() {
        for (code, status) in [
            ("REJECT_CARD_PAYMENT", 403),
            ("ALREADY_PROCESSED_PAYMENT", 400),
            ("IDEMPOTENT_REQUEST_PROCESSING", 409),
            ("DUPLICATED_ORDER_ID", 400),
            ("FAILED_PAYMENT_INTERNAL_SYSTEM_PROCESSING", 500),
            ("COMMON_ERROR", 500),
            ("PROVIDER_ERROR", 400),
            ("NOT_FOUND_PAYMENT_SESSION", 404),
            ("NOT_CANCELABLE_AMOUNT", 403),
            ("UNAUTHORIZED_KEY", 401),
        ] {
            assert_eq!(Answer::refusal(code).status, status, "{code}");
        }
    }

    #[test]
    fn an_error_is_a_code_and_a_message_and_nothing_else() {
        let body: Value = serde_json::from_str(&Answer::refusal("FDS_ERROR").body).unwrap();
        let body = body.as_object().unwrap();
        assert_eq!(body.len(), 2);
        assert_eq!(body["code"], "FDS_ERROR");
        assert!(!body["message"].as_str().unwrap().is_empty());
    }
}
