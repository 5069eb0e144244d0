//! The Payment object of version 2022-11-16, every field of the contract sheet always present.

use jiff::Timestamp;
use jiff::tz::Offset;
use serde_json::{Value, json};

use super::answer::message;
use super::book::{Account, Cancel, Payment, Status};

/// The words for a means of payment: the browser kit's and the API's.
pub(super) const METHODS: [(&str, &str); 4] =
    [("CARD", CARD), ("TRANSFER", TRANSFER), ("EASY_PAY", EASY_PAY), ("VIRTUAL_ACCOUNT", VIRTUAL_ACCOUNT)];
pub(super) const CARD: &str = "카드";
pub(super) const TRANSFER: &str = "계좌이체";
pub(super) const EASY_PAY: &str = "간편결제";
pub(super) const VIRTUAL_ACCOUNT: &str = "가상계좌";

/// The API's word for `method`, given either word.
pub(super) fn known_method(method: &str) -> Option<&'static str> {
    METHODS.iter().find(|(kit, api)| *kit == method || *api == method).map(|(_, api)| *api)
}

/// Korean wall time with its offset, to the second.
pub(super) fn korean_time(at: Timestamp) -> String {
    korean(at, "%Y-%m-%dT%H:%M:%S+09:00")
}

/// Korean wall time as `format` says.
pub(super) fn korean(at: Timestamp, format: &str) -> String {
    Offset::constant(9).to_datetime(at).strftime(format).to_string()
}

pub(super) fn payment_object(payment: &Payment) -> Value {
    let approved = payment.approved_at.is_some();
    let expired = payment.status == Status::Expired;
    let vat = vat(payment.balance);
    json!({
        "version": "2022-11-16",
        "mId": "maru_local",
        "paymentKey": payment.key,
        "type": if payment.customer_key.is_some() { "BILLING" } else { "NORMAL" },
        "orderId": payment.order_id,
        "orderName": payment.order_name,
        "currency": "KRW",
        "country": "KR",
        // A lapsed payment forgets how it was going to be paid.
        "method": (!expired).then_some(&payment.method),
        "useEscrow": (!expired).then_some(false),
        "status": payment.status,
        "totalAmount": payment.total,
        "balanceAmount": payment.balance,
        "suppliedAmount": payment.balance - vat,
        "vat": vat,
        "taxFreeAmount": 0,
        "taxExemptionAmount": 0,
        "cultureExpense": false,
        "requestedAt": korean_time(payment.authenticated_at),
        "approvedAt": payment.approved_at.map(korean_time),
        "lastTransactionKey": payment.last_transaction,
        "isPartialCancelable": true,
        "cancels": (!payment.cancels.is_empty())
            .then(|| payment.cancels.iter().map(cancel_entry).collect::<Vec<_>>()),
        "card": (approved && payment.method == CARD).then(|| card(payment)),
        "transfer": (approved && payment.method == TRANSFER)
            .then(|| json!({ "bankCode": "20", "settlementStatus": "INCOMPLETED" })),
        "easyPay": (approved && payment.method == EASY_PAY)
            .then(|| json!({ "provider": "토스페이", "amount": payment.total, "discountAmount": 0 })),
        "virtualAccount": payment.account.as_ref().map(|account| virtual_account(payment, account)),
        "mobilePhone": null,
        "giftCertificate": null,
        "metadata": null,
        "secret": (approved || payment.account.is_some()).then_some(&payment.secret),
        "receipt": approved.then(|| json!({ "url": address("receipts", payment) })),
        "checkout": { "url": address("checkouts", payment) },
        "failure": payment.failure.as_ref()
            .map(|code| json!({ "code": code, "message": message(code) })),
        "cashReceipt": null,
        "cashReceipts": null,
        "discount": null,
    })
}

/// One eleventh, rounded half up, without leaving the integers.
fn vat(amount: i64) -> i64 {
    amount / 11 + i64::from(amount % 11 >= 6)
}

/// Pages that exist nowhere: nothing local may send a person to the real provider.
fn address(kind: &str, payment: &Payment) -> String {
    format!("https://example.invalid/{kind}/{}", payment.key)
}

fn card(payment: &Payment) -> Value {
    json!({
        "amount": payment.total,
        "issuerCode": "61",
        "acquirerCode": "31",
        "number": "40001111****222*",
        "installmentPlanMonths": 0,
        "approveNo": "11223344",
        "useCardPoint": false,
        "cardType": "신용",
        "ownerType": "개인",
        "acquireStatus": "READY",
        "isInterestFree": false,
        "interestPayer": null,
    })
}

fn virtual_account(payment: &Payment, account: &Account) -> Value {
    let paid_back = payment.approved_at.is_some() && !payment.cancels.is_empty();
    json!({
        "accountType": "일반",
        "accountNumber": account.number,
        "bankCode": "20",
        "customerName": "연습고객",
        "depositorName": payment.approved_at.map(|_| "연습고객"),
        "dueDate": korean(account.due_at, "%Y-%m-%dT%H:%M:%S"),
        "refundStatus": if paid_back { "PENDING" } else { "NONE" },
        "expired": false,
        "settlementStatus": "INCOMPLETED",
        "refundReceiveAccount": null,
    })
}

fn cancel_entry(cancel: &Cancel) -> Value {
    json!({
        "transactionKey": cancel.transaction_key,
        "cancelAmount": cancel.amount,
        "cancelReason": cancel.reason,
        "canceledAt": korean_time(cancel.canceled_at),
        "refundableAmount": cancel.refundable,
        "taxFreeAmount": cancel.tax_free,
        "taxExemptionAmount": 0,
        "easyPayDiscountAmount": 0,
        "cardDiscountAmount": 0,
        "transferDiscountAmount": 0,
        "receiptKey": null,
        "cancelStatus": "DONE",
        "cancelRequestId": null,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vat_is_an_eleventh_rounded() {
        assert_eq!(vat(45_000), 4_091);
        assert_eq!(vat(0), 0);
        assert_eq!(vat(5), 0);
        assert_eq!(vat(6), 1);
        assert_eq!(vat(11), 1);
    }

    #[test]
    fn times_are_korean_with_their_offset() {
        let at: Timestamp = "2026-11-20T01:00:31.987Z".parse().unwrap();
        assert_eq!(korean_time(at), "2026-11-20T10:00:31+09:00");
        let eve: Timestamp = "2026-12-31T15:00:00Z".parse().unwrap();
        assert_eq!(korean_time(eve), "2027-01-01T00:00:00+09:00");
    }
}
