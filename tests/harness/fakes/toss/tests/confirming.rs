//! Confirming and reading: the door, the session, the Payment object.

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};

use super::{ORDER, SECRET, Shop, basic, confirm_body, refused};

#[tokio::test]
async fn a_confirmed_payment_is_done_and_captured_once() {
    let shop = Shop::new();
    let payment = shop.customer_pays();
    assert!(payment.starts_with("tviva20261120100001") && payment.len() <= 200);
    shop.wait(30);
    let seen = shop.confirm(&payment, 45_000, Some("confirm:1")).await;
    let body = seen.json();
    assert_eq!(seen.status, 200);
    assert!(seen.headers.contains_key("x-tosspayments-trace-id"));
    for (field, value) in [
        ("paymentKey", json!(payment)),
        ("orderId", json!(ORDER)),
        ("status", json!("DONE")),
        ("method", json!("카드")),
        ("totalAmount", json!(45_000)),
        ("balanceAmount", json!(45_000)),
        ("suppliedAmount", json!(40_909)),
        ("vat", json!(4_091)),
        ("currency", json!("KRW")),
        ("requestedAt", json!("2026-11-20T10:00:01+09:00")),
        ("approvedAt", json!("2026-11-20T10:00:31+09:00")),
        ("cancels", Value::Null),
        ("failure", Value::Null),
    ] {
        assert_eq!(body[field], value, "{field}");
    }
    assert_eq!(body["card"]["cardType"], "신용");
    assert_eq!((shop.toss.captures(ORDER), shop.toss.confirm_calls()), (1, 1));
    assert_eq!(shop.toss.payment(&payment), Some(body));
}

#[tokio::test]
async fn every_field_of_the_contract_sheet_is_present_before_and_after_approval() {
    let shop = Shop::new();
    let payment = shop.customer_pays();
    let before = shop.read(&payment).await.json();
    let after = shop.confirm(&payment, 45_000, None).await.json();
    let fields = "version paymentKey type orderId orderName mId currency method totalAmount balanceAmount status \
        requestedAt approvedAt useEscrow lastTransactionKey suppliedAmount vat cultureExpense taxFreeAmount \
        taxExemptionAmount cancels isPartialCancelable card virtualAccount secret mobilePhone giftCertificate \
        transfer metadata receipt checkout easyPay country failure cashReceipt cashReceipts discount";
    for object in [before, after] {
        let object = object.as_object().unwrap();
        for field in fields.split_whitespace() {
            assert!(object.contains_key(field), "{field}");
        }
        assert_eq!(object.len(), fields.split_whitespace().count());
    }
}

#[tokio::test]
async fn each_means_of_payment_shows_its_own_details() {
    let shop = Shop::new();
    for (word, korean, detail) in
        [("CARD", "카드", "card"), ("TRANSFER", "계좌이체", "transfer"), ("간편결제", "간편결제", "easyPay")]
    {
        let payment = shop.toss.authenticate(ORDER, 45_000, Some(word));
        let body = shop.confirm(&payment, 45_000, None).await.json();
        assert_eq!(body["method"], korean);
        for other in ["card", "transfer", "easyPay"] {
            assert_eq!(body[other].is_object(), other == detail, "{word}: {other}");
        }
    }
}

#[tokio::test]
async fn only_the_secret_key_with_its_colon_opens_the_door() {
    let shop = Shop::new();
    let payment = shop.customer_pays();
    let unauthorized = refused(401, "UNAUTHORIZED_KEY");
    let malformed = refused(403, "INCORRECT_BASIC_AUTH_FORMAT");
    let unpadded = basic(&format!("{SECRET}:")).trim_end_matches('=').to_owned();
    assert_ne!(unpadded, basic(&format!("{SECRET}:")), "the key must need padding");
    for (credentials, expected) in [
        (None, &unauthorized),
        (Some(basic("test_sk_other:")), &unauthorized),
        (Some(basic(&format!("{SECRET}:password"))), &unauthorized),
        (Some(basic(&format!("\u{feff}{SECRET}:"))), &unauthorized),
        (Some(basic(SECRET)), &malformed),
        (Some(unpadded), &malformed),
        (Some(format!("Bearer {SECRET}")), &malformed),
        (Some("Basic !!!".to_owned()), &malformed),
    ] {
        for (method, path) in [
            ("POST", "/v1/payments/confirm".to_owned()),
            ("POST", format!("/v1/payments/{payment}/cancel")),
            ("GET", format!("/v1/payments/{payment}")),
            ("GET", format!("/v1/payments/orders/{ORDER}")),
        ] {
            let mut request = Request::builder().method(method).uri(&path);
            if let Some(credentials) = &credentials {
                request = request.header("authorization", credentials);
            }
            let request = request
                .header("content-type", "application/json")
                .body(Body::from(confirm_body(&payment, 45_000).to_string()))
                .unwrap();
            let seen = shop.send(shop.toss.api(), request).await;
            assert_eq!(&seen.refusal(), expected, "{credentials:?} {path}");
        }
    }
    assert_eq!(shop.toss.captures(ORDER), 0);
}

#[tokio::test]
async fn a_malformed_confirm_is_an_invalid_request() {
    let shop = Shop::new();
    let payment = shop.customer_pays();
    for (field, value) in [
        ("amount", json!("45000")),
        ("amount", json!(45_000.5)),
        ("amount", json!(0)),
        ("amount", json!(-45_000)),
        ("amount", Value::Null),
        ("orderId", json!("short")),
        ("orderId", json!("가나다라마바")),
        ("paymentKey", json!("")),
        ("paymentKey", json!("k".repeat(201))),
    ] {
        let mut body = confirm_body(&payment, 45_000);
        body[field] = value.clone();
        let seen = shop.post("/v1/payments/confirm", &[], &body).await;
        assert_eq!(seen.refusal(), refused(400, "INVALID_REQUEST"), "{field}: {value}");
    }
    let plain = Request::post("/v1/payments/confirm")
        .header("authorization", basic(&format!("{SECRET}:")))
        .header("content-type", "text/plain")
        .body(Body::from(confirm_body(&payment, 45_000).to_string()))
        .unwrap();
    let seen = shop.send(shop.toss.api(), plain).await;
    assert_eq!(seen.refusal(), refused(400, "INVALID_REQUEST"));
    assert_eq!(shop.toss.captures(ORDER), 0);
}

#[tokio::test]
async fn another_amount_or_another_order_takes_no_money_and_ends_nothing() {
    let shop = Shop::new();
    let payment = shop.customer_pays();
    for amount in [44_999, 45_001, 1] {
        let seen = shop.confirm(&payment, amount, None).await;
        assert_eq!(seen.refusal(), refused(400, "INVALID_REQUEST"));
    }
    let mut swapped = confirm_body(&payment, 45_000);
    swapped["orderId"] = json!("another_order");
    let seen = shop.post("/v1/payments/confirm", &[], &swapped).await;
    assert_eq!(seen.refusal(), refused(404, "NOT_FOUND_PAYMENT_SESSION"));
    assert_eq!(shop.toss.captures(ORDER), 0);
    assert_eq!(shop.confirm(&payment, 45_000, None).await.status, 200);
}

#[tokio::test]
async fn an_amount_below_the_minimum_of_its_means_is_refused() {
    let shop = Shop::new();
    for (method, amount, status) in
        [("CARD", 99, 400), ("CARD", 100, 200), ("TRANSFER", 199, 400), ("TRANSFER", 200, 200)]
    {
        let payment = shop.toss.authenticate(ORDER, amount, Some(method));
        let seen = shop.confirm(&payment, amount, None).await;
        assert_eq!(seen.status, status, "{method} {amount}");
        if status == 400 {
            assert_eq!(seen.refusal(), refused(400, "BELOW_MINIMUM_AMOUNT"));
        }
    }
}

#[tokio::test]
async fn a_session_lapses_ten_minutes_after_authentication() {
    let shop = Shop::new();
    let early = shop.customer_pays();
    let late = shop.customer_pays();
    shop.wait(599);
    assert_eq!(shop.confirm(&early, 45_000, None).await.status, 200);
    shop.wait(1);
    let seen = shop.confirm(&late, 45_000, None).await;
    assert_eq!(seen.refusal(), refused(404, "NOT_FOUND_PAYMENT_SESSION"));
    let body = shop.read(&late).await.json();
    assert_eq!(body["status"], "EXPIRED");
    for field in ["method", "approvedAt", "useEscrow", "lastTransactionKey"] {
        assert_eq!(body[field], Value::Null, "{field}");
    }
    assert_eq!(shop.read(&early).await.json()["status"], "DONE");
    assert_eq!(shop.toss.captures(ORDER), 1);
}

#[tokio::test]
async fn an_unknown_payment_is_a_missing_session_to_confirm_and_a_missing_payment_to_read() {
    let shop = Shop::new();
    let seen = shop.confirm("tvivanobody", 45_000, None).await;
    assert_eq!(seen.refusal(), refused(404, "NOT_FOUND_PAYMENT_SESSION"));
    assert_eq!(shop.read("tvivanobody").await.refusal(), refused(404, "NOT_FOUND_PAYMENT"));
    let seen = shop.get("/v1/payments/orders/no_such_order").await;
    assert_eq!(seen.refusal(), refused(404, "NOT_FOUND_PAYMENT"));
}

#[tokio::test]
async fn a_payment_is_read_by_its_key_and_by_its_order() {
    let shop = Shop::new();
    let first = shop.customer_pays();
    assert_eq!(shop.read(&first).await.json()["status"], "IN_PROGRESS");
    let second = shop.customer_pays();
    let path = format!("/v1/payments/orders/{ORDER}");
    assert_eq!(shop.get(&path).await.json()["paymentKey"], second.as_str());
    shop.confirm(&first, 45_000, None).await;
    assert_eq!(shop.get(&path).await.json()["paymentKey"], first.as_str());
}
