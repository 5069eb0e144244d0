//! Virtual accounts: opened, paid in to, taken back, cancelled before and after.

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};

use super::{ORDER, Shop, refused};

const DAY: i64 = 86_400;

fn back(account: Value) -> Value {
    json!({ "cancelReason": "studio closed", "refundReceiveAccount": account })
}

#[tokio::test]
async fn a_confirmed_virtual_account_waits_for_its_deposit_and_no_money_was_taken() {
    let shop = Shop::new();
    let payment = shop.toss.authenticate(ORDER, 45_000, Some("가상계좌"));
    let body = shop.confirm(&payment, 45_000, Some("a")).await.json();
    for (field, value) in [
        ("status", json!("WAITING_FOR_DEPOSIT")),
        ("method", json!("가상계좌")),
        ("balanceAmount", json!(45_000)),
        ("approvedAt", Value::Null),
        ("card", Value::Null),
    ] {
        assert_eq!(body[field], value, "{field}");
    }
    let account = &body["virtualAccount"];
    assert!(account["accountNumber"].as_str().unwrap().starts_with('X'));
    assert_eq!((&account["bankCode"], &account["dueDate"]), (&json!("20"), &json!("2026-11-27T10:00:01")));
    assert!(body["secret"].as_str().is_some_and(|secret| secret.len() <= 50));
    assert_eq!(shop.toss.captures(ORDER), 0);
    let seen = shop.confirm(&payment, 45_000, Some("b")).await;
    assert_eq!(seen.refusal(), refused(400, "ALREADY_PROCESSED_PAYMENT"));
}

#[tokio::test]
async fn nobody_paying_in_changes_nothing_and_late_money_still_arrives() {
    let shop = Shop::new();
    let payment = shop.awaited().await;
    shop.wait(30 * DAY);
    assert_eq!(shop.read(&payment).await.json()["status"], "WAITING_FOR_DEPOSIT");
    assert!(shop.toss.deposit(ORDER));
    let body = shop.read(&payment).await.json();
    assert_eq!((&body["status"], &body["approvedAt"]), (&json!("DONE"), &json!("2026-12-20T10:00:01+09:00")));
    assert_eq!(shop.toss.captures(ORDER), 1);
    assert!(!shop.toss.deposit(ORDER), "there is nothing to pay any more");
}

#[tokio::test]
async fn a_deposit_can_be_taken_back_and_made_again() {
    let shop = Shop::new();
    let payment = shop.awaited().await;
    assert!(!shop.toss.take_back_deposit(ORDER));
    assert!(shop.toss.deposit(ORDER));
    assert!(shop.toss.take_back_deposit(ORDER));
    let body = shop.read(&payment).await.json();
    assert_eq!((&body["status"], &body["approvedAt"]), (&json!("WAITING_FOR_DEPOSIT"), &Value::Null));
    assert_eq!(shop.toss.captures(ORDER), 0);
    assert!(shop.toss.deposit(ORDER));
    assert_eq!(
        (shop.read(&payment).await.json()["status"].as_str(), shop.toss.captures(ORDER)),
        (Some("DONE"), 1)
    );
}

#[tokio::test]
async fn a_card_payment_has_no_deposit() {
    let shop = Shop::new();
    shop.paid().await;
    assert!(!shop.toss.deposit(ORDER) && !shop.toss.take_back_deposit(ORDER));
}

#[tokio::test]
async fn before_the_deposit_only_everything_can_be_cancelled_and_no_account_is_needed() {
    let shop = Shop::new();
    let payment = shop.awaited().await;
    let part = json!({ "cancelReason": "x", "cancelAmount": 1_000 });
    let seen = shop.cancel(&payment, "a", part).await;
    assert_eq!(seen.refusal(), refused(403, "NOT_ALLOWED_PARTIAL_REFUND_WAITING_DEPOSIT"));
    assert_eq!(shop.read(&payment).await.json()["balanceAmount"], 45_000);
    let body = shop.cancel(&payment, "b", json!({ "cancelReason": "x" })).await.json();
    assert_eq!((&body["status"], &body["balanceAmount"]), (&json!("CANCELED"), &json!(0)));
    assert_eq!(body["virtualAccount"]["refundStatus"], "NONE");
    assert!(!shop.toss.deposit(ORDER));
    assert_eq!((shop.toss.captures(ORDER), shop.toss.refunds(ORDER)), (0, 1));
}

#[tokio::test]
async fn after_the_deposit_the_money_needs_an_account_to_go_to() {
    let shop = Shop::new();
    let payment = shop.awaited().await;
    shop.toss.deposit(ORDER);
    let good = json!({ "bank": "20", "accountNumber": "1002000000000", "holderName": "Kim" });
    let with = |field: &str, value: Value| {
        let mut account = good.clone();
        account[field] = value;
        account
    };
    for (account, code) in [
        (Value::Null, "INVALID_REFUND_ACCOUNT_INFO"),
        (json!({}), "INVALID_REFUND_ACCOUNT_INFO"),
        (with("holderName", json!("")), "INVALID_REFUND_ACCOUNT_INFO"),
        (with("holderName", json!("가".repeat(61))), "INVALID_REFUND_ACCOUNT_INFO"),
        (with("accountNumber", json!("1002-00")), "INVALID_REFUND_ACCOUNT_NUMBER"),
        (with("accountNumber", json!("1".repeat(21))), "INVALID_REFUND_ACCOUNT_NUMBER"),
        (with("bank", json!("우리")), "INVALID_BANK"),
    ] {
        let key = account.to_string();
        assert_eq!(shop.cancel(&payment, &key, back(account)).await.refusal(), refused(400, code), "{key}");
    }
    assert_eq!(shop.toss.refunds(ORDER), 0);
    let mut part = back(good.clone());
    part["cancelAmount"] = json!(5_000);
    let body = shop.cancel(&payment, "part", part).await.json();
    assert_eq!((&body["status"], &body["balanceAmount"]), (&json!("PARTIAL_CANCELED"), &json!(40_000)));
    assert_eq!(body["virtualAccount"]["refundStatus"], "PENDING");
    assert!(!shop.toss.take_back_deposit(ORDER));
    let body = shop.cancel(&payment, "rest", back(good)).await.json();
    assert_eq!((&body["status"], &body["balanceAmount"]), (&json!("PARTIAL_CANCELED"), &json!(0)));
}

#[tokio::test]
async fn an_account_that_waits_speaks_for_its_order_before_a_window_opened_later() {
    let shop = Shop::new();
    let payment = shop.awaited().await;
    shop.customer_pays();
    let path = format!("/v1/payments/orders/{ORDER}");
    assert_eq!(shop.get(&path).await.json()["paymentKey"], payment.as_str());
}

#[tokio::test]
async fn people_pay_in_by_a_local_call() {
    let shop = Shop::new();
    let payment = shop.awaited().await;
    let order = json!({ "orderId": ORDER }).to_string();
    let seen = shop.local("/local/toss/deposits", &order).await;
    assert_eq!((seen.status, &seen.json()["status"]), (200, &json!("DONE")));
    let seen = shop.local("/local/toss/deposits", &order).await;
    assert_eq!(seen.refusal(), refused(404, "NOT_FOUND_PAYMENT"));
    let undo = json!({ "orderId": ORDER, "takeBack": true }).to_string();
    assert_eq!(shop.local("/local/toss/deposits", &undo).await.json()["status"], "WAITING_FOR_DEPOSIT");
    for bad in ["{}", "", r#"{"orderId":1}"#, r#"{"orderId":"bk_01JD7Q4T","takeBack":"yes"}"#] {
        assert_eq!(shop.local("/local/toss/deposits", bad).await.status, 400, "{bad}");
    }
    let request = Request::get("/local/toss/payments").body(Body::empty()).unwrap();
    let list = shop.send(shop.toss.window(), request).await.json();
    assert_eq!((&list[0]["paymentKey"], &list[0]["approvedAt"]), (&json!(payment), &Value::Null));
}
