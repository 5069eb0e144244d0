//! Which error codes prove that nothing happened. Everything else is unknown: a code missing here costs a
//! read, a code here by mistake would cost somebody's money.

/// This payment key will never be captured.
const NOT_CAPTURED: [&str; 30] = [
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

/// This cancel did nothing. That another one did before is for the caller to read back ("already", "amount").
const NOT_CANCELLED: [&str; 14] = [
    "ALREADY_CANCELED_PAYMENT",
    "ALREADY_REFUND_PAYMENT",
    "EXCEED_CANCEL_AMOUNT_DISCOUNT_AMOUNT",
    "EXCEED_CANCEL_LIMIT",
    "EXCEED_MAX_REFUND_DUE",
    "FORBIDDEN_BANK_REFUND_REQUEST",
    "INVALID_BANK",
    "NOT_ALLOWED_PARTIAL_REFUND",
    "NOT_ALLOWED_PARTIAL_REFUND_WAITING_DEPOSIT",
    "NOT_CANCELABLE_AMOUNT",
    "NOT_CANCELABLE_PAYMENT",
    "NOT_CANCELABLE_PAYMENT_FOR_DORMANT_USER",
    "NOT_MATCHES_REFUNDABLE_AMOUNT",
    "REFUND_REJECTED",
];

/// Toss tells apart ever more ways in which these fail.
const NOT_CANCELLED_FAMILIES: [&str; 2] = ["INVALID_REFUND_ACCOUNT_", "NOT_ALLOWED_PARTIAL_REFUND_"];

/// The card on file is of no use.
const NOT_BILLED: [&str; 5] = [
    "ALREADY_REMOVED_BILLING_KEY",
    "INVALID_BILL_KEY_REQUEST",
    "NOT_MATCHES_CUSTOMER_KEY",
    "NOT_SUPPORTED_CARD_TYPE",
    "NOT_SUPPORTED_METHOD",
];

pub fn proves_nothing_is_captured(code: &str) -> bool {
    NOT_CAPTURED.contains(&code)
}

pub fn proves_nothing_is_cancelled(code: &str) -> bool {
    NOT_CANCELLED.contains(&code) || NOT_CANCELLED_FAMILIES.iter().any(|family| code.starts_with(family))
}

pub fn proves_nothing_is_billed(code: &str) -> bool {
    NOT_BILLED.contains(&code) || proves_nothing_is_captured(code)
}
