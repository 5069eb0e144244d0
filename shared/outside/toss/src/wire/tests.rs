use maru_kernel::Secret;
use serde_json::{Value, json};

use super::*;
use crate::{Charge, Issued, RefundAccount, TossStatus};

/// A body of the contract sheet, as it travels.
fn bytes(body: Value) -> Vec<u8> {
    body.to_string().into_bytes()
}

fn payment(body: Value) -> TossPayment {
    let ReadBack::Told(payment) = read_back(200, &bytes(body.clone())) else { panic!("{body}") };
    payment
}

fn refusal(code: &str) -> Vec<u8> {
    bytes(json!({ "code": code, "message": "m" }))
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn smallest() -> Value {
    json!({ "paymentKey": "k", "orderId": "o", "status": "DONE", "totalAmount": 45000 })
}

#[test]
fn only_a_known_refusal_counts_as_declined() {
    let outcome = |code: &str| captured(400, &refusal(code));
    assert!(matches!(outcome("REJECT_CARD_PAYMENT"), Outcome::Declined(_)));
    for code in
        ["ALREADY_PROCESSED_PAYMENT", "PROVIDER_ERROR", "IDEMPOTENT_REQUEST_PROCESSING", "SOMETHING_NEW"]
    {
        assert_eq!(outcome(code), Outcome::Unknown(code.into()));
    }
    assert!(matches!(captured(502, b"<html>"), Outcome::Unknown(_)));
    assert!(matches!(captured(200, b"{}"), Outcome::Unknown(_)));
    assert!(matches!(captured(302, &refusal("REJECT_CARD_PAYMENT")), Outcome::Unknown(_)));
}

#[test]
fn a_cancel_is_declined_only_by_codes_that_prove_nothing_was_given_back() {
    for code in [
        "REFUND_REJECTED",
        "EXCEED_CANCEL_AMOUNT_DISCOUNT_AMOUNT",
        "INVALID_REFUND_ACCOUNT_INFO",
        "INVALID_REFUND_ACCOUNT_NUMBER",
        "INVALID_BANK",
        "FORBIDDEN_BANK_REFUND_REQUEST",
        "NOT_MATCHES_REFUNDABLE_AMOUNT",
        "NOT_CANCELABLE_PAYMENT",
        "NOT_CANCELABLE_AMOUNT",
        "EXCEED_MAX_REFUND_DUE",
        "EXCEED_CANCEL_LIMIT",
        "NOT_ALLOWED_PARTIAL_REFUND",
        "NOT_ALLOWED_PARTIAL_REFUND_WAITING_DEPOSIT",
        "NOT_CANCELABLE_PAYMENT_FOR_DORMANT_USER",
        "ALREADY_CANCELED_PAYMENT",
        "ALREADY_REFUND_PAYMENT",
    ] {
        assert!(matches!(cancelled(403, &refusal(code)), Outcome::Declined(f) if f.code == code), "{code}");
        assert!(matches!(captured(403, &refusal(code)), Outcome::Unknown(_)), "{code}");
    }
    for code in [
        "FAILED_REFUND_PROCESS",
        "FAILED_PARTIAL_REFUND",
        "FAILED_METHOD_HANDLING_CANCEL",
        "PROVIDER_ERROR",
        "NOT_FOUND_PAYMENT",
        "INVALID_REQUEST",
        "IDEMPOTENT_REQUEST_PROCESSING",
        "FORBIDDEN_CONSECUTIVE_REQUEST",
        "UNAUTHORIZED_KEY",
        "REJECT_CARD_PAYMENT",
        "SOMETHING_NEW",
    ] {
        assert_eq!(cancelled(400, &refusal(code)), Outcome::Unknown(code.into()));
    }
    for (status, body) in [(504, "<html>"), (200, "[]"), (200, ""), (429, ""), (400, r#"{"message":"m"}"#)] {
        assert!(matches!(cancelled(status, body.as_bytes()), Outcome::Unknown(_)), "{status} {body}");
    }
}

#[test]
fn billing_is_declined_by_its_own_codes_and_those_of_cards() {
    for code in [
        "NOT_MATCHES_CUSTOMER_KEY",
        "ALREADY_REMOVED_BILLING_KEY",
        "INVALID_BILL_KEY_REQUEST",
        "NOT_SUPPORTED_CARD_TYPE",
        "NOT_SUPPORTED_METHOD",
        "REJECT_CARD_COMPANY",
    ] {
        assert!(matches!(charged(400, &refusal(code)), Outcome::Declined(_)), "{code}");
        assert!(matches!(issued(400, &refusal(code)), Issued::Declined(_)), "{code}");
    }
    for code in ["FAILED_DB_PROCESSING", "FAILED_BILLING_AUTO_CANCEL", "DUPLICATED_ORDER_ID", "NEW"] {
        assert_eq!(charged(500, &refusal(code)), Outcome::Unknown(code.into()));
        assert_eq!(issued(500, &refusal(code)), Issued::Unknown(code.into()));
    }
    assert!(matches!(issued(502, b"<html>"), Issued::Unknown(_)));
}

#[test]
fn a_payment_with_nulls_and_new_fields_is_read() {
    let payment = payment(json!({
        "paymentKey": "k", "orderId": "o", "status": "EXPIRED", "totalAmount": 45000, "balanceAmount": null,
        "currency": null, "method": null, "approvedAt": null, "useEscrow": null, "receipt": null,
        "cancels": null, "secret": null, "virtualAccount": null, "brandNew": { "a": 1 },
        "failure": { "code": "C", "message": "실패", "more": 1 },
    }));
    assert_eq!(payment.status, TossStatus::Expired);
    assert_eq!((payment.balance_amount, payment.currency.as_str()), (45_000, "KRW"));
    assert_eq!(payment.failure.unwrap().message, "실패");
    assert_eq!((payment.cancels.len(), payment.secret, payment.virtual_account), (0, None, None));
}

#[test]
fn a_captured_payment_is_read_whole() {
    let payment = payment(json!({
        "version": "2022-11-16", "paymentKey": "tviva20261120AbCd", "orderId": "bk_01JD7Q4T",
        "status": "DONE", "method": "카드", "currency": "KRW", "totalAmount": 45000, "balanceAmount": 45000,
        "approvedAt": "2026-11-20T10:00:31+09:00", "cancels": null, "failure": null, "secret": "ps_example",
        "receipt": { "url": "https://example.invalid/r" },
    }));
    assert_eq!((&payment.status, payment.method.as_deref()), (&TossStatus::Done, Some("카드")));
    assert_eq!(payment.approved_at, Some(at("2026-11-20T01:00:31Z")));
    assert_eq!(payment.receipt_url.as_deref(), Some("https://example.invalid/r"));
    assert_eq!(payment.secret, Some(Secret::new("ps_example")));
    assert!(!format!("{payment:?}").contains("ps_example"));
}

#[test]
fn a_refused_payment_says_why() {
    let payment = payment(json!({
        "paymentKey": "k", "orderId": "o", "status": "ABORTED", "totalAmount": 45000, "balanceAmount": 45000,
        "failure": { "code": "REJECT_CARD_PAYMENT", "message": "Limit exceeded or balance too low." },
    }));
    assert_eq!(payment.status, TossStatus::Aborted);
    assert_eq!(payment.failure.unwrap().code, "REJECT_CARD_PAYMENT");
}

#[test]
fn what_was_given_back_is_told_part_by_part() {
    let part = |amount: i64| json!({ "transactionKey": "A1F0", "cancelAmount": amount });
    let mut first = part(22_500);
    first["cancelReason"] = json!("customer request, 3 days before");
    first["canceledAt"] = json!("2026-11-21T09:00:00+09:00");
    first["cancelStatus"] = json!("DONE");
    let (mut slow, mut failed) = (part(1), part(2));
    slow["cancelStatus"] = json!("IN_PROGRESS");
    slow["transactionKey"] = Value::Null;
    failed["cancelStatus"] = json!("ABORTED");
    let mut body = smallest();
    body["status"] = json!("PARTIAL_CANCELED");
    body["balanceAmount"] = json!(22_500);
    body["cancels"] = json!([first, slow, failed, part(3)]);
    let Outcome::Told(payment) = cancelled(200, &bytes(body)) else { panic!() };
    assert_eq!((&payment.status, payment.balance_amount), (&TossStatus::PartialCanceled, 22_500));
    let first = &payment.cancels[0];
    assert_eq!((first.transaction_key.as_str(), first.amount), ("A1F0", 22_500));
    assert_eq!(first.reason, "customer request, 3 days before");
    assert_eq!(first.at, Some(at("2026-11-21T00:00:00Z")));
    assert_eq!(payment.cancels.iter().map(|c| c.done).collect::<Vec<_>>(), [true, false, false, true]);
    assert_eq!(payment.cancels[1].transaction_key, "");
}

#[test]
fn a_virtual_account_is_told_in_korean_time_and_not_printed() {
    let mut body = smallest();
    body["status"] = json!("WAITING_FOR_DEPOSIT");
    body["secret"] = json!("ps_example");
    body["virtualAccount"] = json!({
        "accountType": "일반", "accountNumber": "X0011223344556", "bankCode": "20", "customerName": "Kim",
        "dueDate": "2026-11-21T23:59:59", "refundStatus": "NONE", "expired": false,
    });
    let payment = payment(body);
    assert_eq!(payment.status, TossStatus::WaitingForDeposit);
    let account = payment.virtual_account.as_ref().unwrap();
    assert_eq!((account.bank_code.as_str(), account.account_number.as_str()), ("20", "X0011223344556"));
    assert_eq!(account.customer_name.as_deref(), Some("Kim"));
    assert_eq!(account.due_at, Some(at("2026-11-21T14:59:59Z")));
    let printed = format!("{payment:?}");
    assert!(!printed.contains("Kim") && !printed.contains("X0011223344556"), "{printed}");
}

#[test]
fn nonsense_beside_the_money_is_dropped_and_nonsense_about_it_makes_the_payment_unreadable() {
    let with = |field: &str, value: Value| {
        let mut body = smallest();
        body[field] = value;
        read_back(200, &bytes(body))
    };
    for (field, value) in [
        ("method", json!(5)),
        ("approvedAt", json!("yesterday")),
        ("approvedAt", json!(1)),
        ("receipt", json!("none")),
        ("failure", json!([])),
        ("secret", json!({})),
        ("virtualAccount", json!({ "bankCode": 20 })),
        ("virtualAccount", json!("X00")),
    ] {
        let ReadBack::Told(told) = with(field, value.clone()) else { panic!("{field} {value}") };
        let ReadBack::Told(plain) = read_back(200, &bytes(smallest())) else { panic!() };
        assert_eq!(told, plain, "{field} {value}");
    }
    for (field, value) in [
        ("paymentKey", Value::Null),
        ("orderId", json!(1)),
        ("status", Value::Null),
        ("totalAmount", json!("45000")),
        ("totalAmount", json!(45_000.5)),
        ("balanceAmount", json!("45000")),
        ("currency", json!(1)),
        ("cancels", json!({})),
        ("cancels", json!([{ "transactionKey": "A" }])),
        ("cancels", json!([{ "transactionKey": "A", "cancelAmount": "1" }])),
    ] {
        assert!(matches!(with(field, value.clone()), ReadBack::Unknown(_)), "{field} {value}");
    }
}

#[test]
fn every_status_has_its_name() {
    for (word, status) in [
        ("READY", TossStatus::Ready),
        ("IN_PROGRESS", TossStatus::InProgress),
        ("WAITING_FOR_DEPOSIT", TossStatus::WaitingForDeposit),
        ("DONE", TossStatus::Done),
        ("CANCELED", TossStatus::Canceled),
        ("PARTIAL_CANCELED", TossStatus::PartialCanceled),
        ("ABORTED", TossStatus::Aborted),
        ("EXPIRED", TossStatus::Expired),
        ("SOMETHING_NEW", TossStatus::Other("SOMETHING_NEW".into())),
    ] {
        assert_eq!(payment::status(word.into()), status);
    }
}

#[test]
fn not_found_is_told_apart_from_not_known() {
    for code in ["NOT_FOUND_PAYMENT", "NOT_FOUND"] {
        assert_eq!(read_back(404, &refusal(code)), ReadBack::NotFound);
    }
    assert_eq!(read_back(401, &refusal("UNAUTHORIZED_KEY")), ReadBack::Unknown("UNAUTHORIZED_KEY".into()));
    for (status, body) in [(404, "<html>"), (404, ""), (200, "null"), (204, "")] {
        assert!(matches!(read_back(status, body.as_bytes()), ReadBack::Unknown(_)), "{status} {body}");
    }
}

#[test]
fn calls_carry_what_the_sheet_says_and_no_more() {
    let read = |body: Vec<u8>| serde_json::from_slice::<Value>(&body).unwrap();
    let ask = Confirm { payment_key: "k", order_id: "o", amount: 1, idempotency_key: "i" };
    assert_eq!(read(confirm(&ask)), json!({ "paymentKey": "k", "orderId": "o", "amount": 1 }));
    let account = RefundAccount { bank: "20".into(), number: "1002".into(), holder: "Kim".into() };
    let mut ask = Cancel {
        payment_key: "k",
        reason: "studio closed",
        amount: None,
        refundable: None,
        account: None,
        idempotency_key: "i",
    };
    assert_eq!(read(cancel(&ask)), json!({ "cancelReason": "studio closed" }));
    let long = "가".repeat(201);
    (ask.amount, ask.refundable, ask.account, ask.reason) = (Some(1), Some(2), Some(&account), &long);
    assert_eq!(
        read(cancel(&ask)),
        json!({
            "cancelReason": "가".repeat(200), "cancelAmount": 1, "refundableAmount": 2,
            "refundReceiveAccount": { "bank": "20", "accountNumber": "1002", "holderName": "Kim" },
        })
    );
    let printed = format!("{ask:?}");
    assert!(!printed.contains("1002") && !printed.contains("Kim"), "{printed}");
    assert_eq!(read(issue("a", "c")), json!({ "authKey": "a", "customerKey": "c" }));
    let ask = Charge {
        billing_key: "bk_secret_example",
        customer_key: "c",
        amount: 9_900,
        order_id: "sub_2026_11",
        order_name: "Owner plan, November",
        idempotency_key: "i",
    };
    assert_eq!(
        read(charge(&ask)),
        json!({ "customerKey": "c", "amount": 9900, "orderId": "sub_2026_11", "orderName": "Owner plan, November" })
    );
    assert!(!format!("{ask:?}").contains("bk_secret_example"));
}

#[test]
fn a_card_on_file_is_read_and_not_printed() {
    let body = json!({
        "mId": "shop_example_b", "customerKey": "c", "authenticatedAt": "2026-11-20T10:00:00+09:00",
        "method": "카드", "billingKey": "bk_secret_example",
        "card": { "issuerCode": "61", "acquirerCode": "31", "number": "40001111****222*", "cardType": "신용" },
    });
    let Issued::Key(key) = issued(200, &bytes(body)) else { panic!() };
    assert_eq!((key.billing_key.expose(), key.customer_key.as_str()), ("bk_secret_example", "c"));
    assert_eq!((key.method.as_deref(), key.card.as_deref()), (Some("카드"), Some("40001111****222*")));
    assert_eq!(key.issuer_code.as_deref(), Some("61"));
    let printed = format!("{key:?}");
    assert!(!printed.contains("bk_secret") && !printed.contains("4000"), "{printed}");
    let bare =
        json!({ "customerKey": "c", "billingKey": "b", "method": null, "card": null, "transfers": [] });
    let Issued::Key(key) = issued(200, &bytes(bare)) else { panic!() };
    assert_eq!((key.card, key.issuer_code), (None, None));
    for wrong in [json!({}), json!([]), json!({ "customerKey": "c", "billingKey": "" }), Value::Null] {
        assert!(matches!(issued(200, &bytes(wrong.clone())), Issued::Unknown(_)), "{wrong}");
    }
}

#[test]
fn a_card_taken_off_file_answers_with_nothing() {
    assert_eq!(forgotten(200, b""), Ok(true));
    assert_eq!(forgotten(200, b"{}"), Ok(true));
    assert_eq!(forgotten(400, &refusal("ALREADY_REMOVED_BILLING_KEY")), Ok(false));
    assert_eq!(forgotten(400, &refusal("INVALID_REQUEST")), Err("INVALID_REQUEST".into()));
    for (status, body) in [(200, "<html>"), (502, ""), (302, ""), (400, "{}")] {
        assert!(forgotten(status, body.as_bytes()).is_err(), "{status} {body}");
    }
}

#[test]
fn the_ledger_is_read_line_by_line_or_not_at_all() {
    let line = json!({
        "mId": "shop_example", "transactionKey": "9C1E", "paymentKey": "tviva", "orderId": "bk_01JD7Q4T",
        "method": "카드", "customerKey": null, "useEscrow": false, "receiptUrl": null, "status": "DONE",
        "transactionAt": "2026-11-20T10:00:31+09:00", "currency": "KRW", "amount": 45000, "brandNew": [],
    });
    let mut back = line.clone();
    back["amount"] = json!(-45_000);
    back["status"] = json!("CANCELED");
    back["transactionAt"] = json!("2026-11-20T10:00:31");
    back["orderId"] = Value::Null;
    let lines = transactions(200, &bytes(json!([line, back]))).unwrap();
    assert_eq!((lines[0].transaction_key.as_str(), lines[0].payment_key.as_str()), ("9C1E", "tviva"));
    assert_eq!((lines[0].order_id.as_str(), lines[0].currency.as_str()), ("bk_01JD7Q4T", "KRW"));
    assert_eq!((&lines[0].status, lines[0].amount), (&TossStatus::Done, 45_000));
    assert_eq!((&lines[1].status, lines[1].amount), (&TossStatus::Canceled, -45_000));
    assert_eq!(
        (lines[0].at, lines[1].at),
        (Some(at("2026-11-20T01:00:31Z")), Some(at("2026-11-20T01:00:31Z")))
    );
    assert_eq!(transactions(200, b"[]"), Ok(Vec::new()));
    let mut broken = line.clone();
    broken["amount"] = json!("45000");
    for body in [json!([line, broken]), json!([line, {}]), json!({}), Value::Null] {
        assert!(transactions(200, &bytes(body.clone())).is_err(), "{body}");
    }
    assert_eq!(transactions(429, &refusal("TOO_MANY")), Err("TOO_MANY".into()));
    assert!(transactions(504, b"<html>").is_err());
}

#[test]
fn queries_are_in_korean_time() {
    assert_eq!(korean_time("2026-12-31T15:00:00.9Z".parse().unwrap()), "2027-01-01T00:00:00");
}
