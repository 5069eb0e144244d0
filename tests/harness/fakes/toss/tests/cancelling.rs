//! Money back: whole, in parts, twice, too much, too late.

use serde_json::{Value, json};

use super::{ORDER, Shop, refused};

fn part(amount: i64) -> Value {
    json!({ "cancelReason": "plans changed", "cancelAmount": amount })
}

#[tokio::test]
async fn cancelling_everything_at_once_ends_canceled_and_a_second_time_is_refused() {
    let shop = Shop::new();
    let payment = shop.paid().await;
    shop.wait(60);
    let seen = shop.cancel(&payment, "a", json!({ "cancelReason": "취소" })).await;
    let body = seen.json();
    assert_eq!((seen.status, &body["status"]), (200, &json!("CANCELED")));
    assert_eq!(body["balanceAmount"], 0);
    assert_eq!(body["totalAmount"], 45_000);
    let entry = &body["cancels"][0];
    for (field, value) in [
        ("cancelAmount", json!(45_000)),
        ("refundableAmount", json!(0)),
        ("cancelReason", json!("취소")),
        ("cancelStatus", json!("DONE")),
        ("canceledAt", json!("2026-11-20T10:01:01+09:00")),
        ("taxFreeAmount", json!(0)),
    ] {
        assert_eq!(entry[field], value, "{field}");
    }
    assert_eq!(entry["transactionKey"], body["lastTransactionKey"]);
    let seen = shop.cancel(&payment, "b", json!({ "cancelReason": "again" })).await;
    assert_eq!(seen.refusal(), refused(400, "ALREADY_CANCELED_PAYMENT"));
}

#[tokio::test]
async fn parts_that_add_up_to_everything_stay_partial_and_leave_nothing_to_cancel() {
    let shop = Shop::new();
    let payment = shop.paid().await;
    let body = shop.cancel(&payment, "a", part(22_500)).await.json();
    assert_eq!(body["status"], "PARTIAL_CANCELED");
    assert_eq!((&body["balanceAmount"], &body["vat"]), (&json!(22_500), &json!(2_045)));
    let seen = shop.cancel(&payment, "too much", part(22_501)).await;
    assert_eq!(seen.refusal(), refused(403, "NOT_CANCELABLE_AMOUNT"));
    let body = shop.cancel(&payment, "b", json!({ "cancelReason": "the rest" })).await.json();
    assert_eq!((&body["status"], &body["balanceAmount"]), (&json!("PARTIAL_CANCELED"), &json!(0)));
    assert_eq!(body["cancels"].as_array().unwrap().len(), 2);
    assert_eq!(body["cancels"][1]["cancelAmount"], 22_500);
    for (key, body) in [("c", part(1)), ("d", json!({ "cancelReason": "x", "refundableAmount": 9 }))] {
        let seen = shop.cancel(&payment, key, body).await;
        assert_eq!(seen.refusal(), refused(403, "NOT_CANCELABLE_AMOUNT"));
    }
}

#[tokio::test]
async fn more_than_the_balance_is_refused_and_changes_nothing() {
    let shop = Shop::new();
    let payment = shop.paid().await;
    let before = shop.read(&payment).await.text;
    let seen = shop.cancel(&payment, "a", part(45_001)).await;
    assert_eq!(seen.refusal(), refused(403, "NOT_CANCELABLE_AMOUNT"));
    assert_eq!(shop.read(&payment).await.text, before);
}

#[tokio::test]
async fn a_stale_view_of_the_balance_is_refused_and_changes_nothing() {
    let shop = Shop::new();
    let payment = shop.paid().await;
    let mut body = part(1_000);
    body["refundableAmount"] = json!(44_000);
    let seen = shop.cancel(&payment, "a", body.clone()).await;
    assert_eq!(seen.refusal(), refused(400, "NOT_MATCHES_REFUNDABLE_AMOUNT"));
    assert_eq!(shop.read(&payment).await.json()["balanceAmount"], 45_000);
    body["refundableAmount"] = json!(45_000);
    assert_eq!(shop.cancel(&payment, "b", body).await.json()["balanceAmount"], 44_000);
}

#[tokio::test]
async fn the_same_key_gives_the_money_back_once() {
    let shop = Shop::new();
    let payment = shop.paid().await;
    let first = shop.cancel(&payment, "a", part(1_000)).await;
    let again = shop.cancel(&payment, "a", part(2_000)).await;
    assert_eq!((again.status, &again.text), (200, &first.text));
    assert_eq!(shop.read(&payment).await.json()["balanceAmount"], 44_000);
    let refusal = shop.cancel(&payment, "b", part(50_000)).await;
    let mended = shop.cancel(&payment, "b", part(1_000)).await;
    assert_eq!((mended.status, &mended.text), (403, &refusal.text));
}

#[tokio::test]
async fn only_captured_money_can_go_back() {
    let shop = Shop::new();
    let payment = shop.customer_pays();
    let seen = shop.cancel(&payment, "a", part(1_000)).await;
    assert_eq!(seen.refusal(), refused(403, "NOT_CANCELABLE_PAYMENT"));
    shop.wait(600);
    let seen = shop.cancel(&payment, "b", part(1_000)).await;
    assert_eq!(seen.refusal(), refused(403, "NOT_CANCELABLE_PAYMENT"));
    let seen = shop.cancel("tvivanobody", "c", part(1_000)).await;
    assert_eq!(seen.refusal(), refused(404, "NOT_FOUND_PAYMENT"));
    assert_eq!(shop.toss.captures(ORDER), 0);
}

#[tokio::test]
async fn a_malformed_cancel_is_an_invalid_request() {
    let shop = Shop::new();
    let payment = shop.paid().await;
    for (at, body) in [
        json!({}),
        json!({ "cancelReason": "" }),
        json!({ "cancelReason": "가".repeat(201) }),
        json!({ "cancelReason": "x", "cancelAmount": 0 }),
        json!({ "cancelReason": "x", "cancelAmount": -1 }),
        json!({ "cancelReason": "x", "cancelAmount": "1000" }),
        json!({ "cancelReason": "x", "currency": "USD" }),
        json!([]),
    ]
    .into_iter()
    .enumerate()
    {
        let seen = shop.cancel(&payment, &at.to_string(), body.clone()).await;
        assert_eq!(seen.refusal(), refused(400, "INVALID_REQUEST"), "{body}");
    }
    let long = json!({ "cancelReason": "가".repeat(200) });
    assert_eq!(shop.cancel(&payment, "long", long).await.status, 200);
}
