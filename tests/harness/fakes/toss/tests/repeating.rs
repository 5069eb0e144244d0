//! The same call again: idempotency keys, many at once, and errors forced by header.

use serde_json::json;

use super::{ORDER, Shop, confirm_body, refused};

#[tokio::test]
async fn a_second_confirm_under_another_key_is_told_it_is_done() {
    let shop = Shop::new();
    let payment = shop.customer_pays();
    assert_eq!(shop.confirm(&payment, 45_000, Some("a")).await.status, 200);
    for key in [Some("b"), None] {
        let seen = shop.confirm(&payment, 45_000, key).await;
        assert_eq!(seen.refusal(), refused(400, "ALREADY_PROCESSED_PAYMENT"));
    }
    assert_eq!((shop.toss.captures(ORDER), shop.toss.confirm_calls()), (1, 3));
}

#[tokio::test]
async fn the_same_key_brings_back_the_same_bytes_even_for_another_body() {
    let shop = Shop::new();
    let payment = shop.customer_pays();
    let first = shop.confirm(&payment, 45_000, Some("a")).await;
    shop.wait(3_600);
    let again = shop.confirm(&payment, 45_000, Some("a")).await;
    let other = shop.confirm("tvivanobody", 1, Some("a")).await;
    assert_eq!((again.status, &again.text), (200, &first.text));
    assert_eq!((other.status, &other.text), (200, &first.text));
    assert_eq!((shop.toss.captures(ORDER), shop.toss.confirm_calls()), (1, 3));
}

#[tokio::test]
async fn a_refusal_stays_with_its_key_until_fifteen_days_have_passed() {
    let shop = Shop::new();
    let payment = shop.customer_pays();
    let wrong = shop.confirm(&payment, 1, Some("a")).await;
    assert_eq!(wrong.status, 400);
    let mended = shop.confirm(&payment, 45_000, Some("a")).await;
    assert_eq!((mended.status, &mended.text), (400, &wrong.text));
    shop.wait(15 * 86_400 - 1);
    assert_eq!(shop.confirm(&payment, 45_000, Some("a")).await.text, wrong.text);
    shop.wait(1);
    let seen = shop.confirm(&payment, 45_000, Some("a")).await;
    assert_eq!(seen.refusal(), refused(404, "NOT_FOUND_PAYMENT_SESSION"));
}

#[tokio::test]
async fn a_key_counts_only_together_with_its_address() {
    let shop = Shop::new();
    let payment = shop.customer_pays();
    shop.confirm(&payment, 45_000, Some("a")).await;
    let seen = shop.cancel(&payment, "a", json!({ "cancelReason": "plans changed" })).await;
    assert_eq!(seen.json()["status"], "CANCELED");
}

#[tokio::test]
async fn a_key_of_more_than_three_hundred_letters_is_refused() {
    let shop = Shop::new();
    let payment = shop.customer_pays();
    let seen = shop.confirm(&payment, 45_000, Some(&"k".repeat(301))).await;
    assert_eq!(seen.refusal(), refused(400, "INVALID_IDEMPOTENCY_KEY"));
    let seen = shop.confirm(&payment, 45_000, Some(&"k".repeat(300))).await;
    assert_eq!(seen.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_confirms_at_once_take_the_money_once() {
    for same_key in [true, false] {
        let shop = Shop::new();
        let payment = shop.customer_pays();
        let calls: Vec<_> = (0..50)
            .map(|at| {
                let (shop, payment) = (shop.clone(), payment.clone());
                let key = if same_key { "a".to_owned() } else { at.to_string() };
                tokio::spawn(async move { shop.confirm(&payment, 45_000, Some(&key)).await })
            })
            .collect();
        let mut approved = 0;
        for call in calls {
            let seen = call.await.unwrap();
            match seen.status {
                200 => approved += 1,
                _ => assert_eq!(seen.refusal(), refused(400, "ALREADY_PROCESSED_PAYMENT")),
            }
        }
        assert_eq!(approved, if same_key { 50 } else { 1 });
        assert_eq!((shop.toss.captures(ORDER), shop.toss.confirm_calls()), (1, 50));
    }
}

#[tokio::test]
async fn a_test_key_may_force_any_error_before_anything_is_looked_at() {
    let shop = Shop::new();
    let payment = shop.customer_pays();
    for (code, status) in [
        ("REJECT_CARD_PAYMENT", 403),
        ("IDEMPOTENT_REQUEST_PROCESSING", 409),
        ("COMMON_ERROR", 500),
        ("NEVER_SEEN_BEFORE", 400),
    ] {
        let headers = [("tosspayments-test-code", code)];
        for path in ["/v1/payments/confirm", "/v1/payments/nobody/cancel"] {
            let seen = shop.post(path, &headers, &json!({})).await;
            assert_eq!(seen.refusal(), refused(status, code), "{path}");
        }
    }
    assert_eq!(shop.read(&payment).await.json()["status"], "IN_PROGRESS");
}

#[tokio::test]
async fn a_live_key_forces_nothing() {
    let shop = Shop::with("live_sk_example", None);
    let payment = shop.customer_pays();
    let headers = [("tosspayments-test-code", "REJECT_CARD_PAYMENT")];
    let body = confirm_body(&payment, 45_000);
    let seen = shop.post("/v1/payments/confirm", &headers, &body).await;
    assert_eq!(seen.json()["status"], "DONE");
}

#[tokio::test]
async fn a_forced_refusal_stays_with_its_key_and_a_forced_failure_does_not() {
    let shop = Shop::new();
    for (code, stays) in
        [("REJECT_CARD_PAYMENT", true), ("IDEMPOTENT_REQUEST_PROCESSING", false), ("COMMON_ERROR", false)]
    {
        let payment = shop.customer_pays();
        let headers = [("tosspayments-test-code", code), ("idempotency-key", code)];
        let body = confirm_body(&payment, 45_000);
        let forced = shop.post("/v1/payments/confirm", &headers, &body).await;
        let again = shop.confirm(&payment, 45_000, Some(code)).await;
        assert_eq!(again.text == forced.text, stays, "{code}");
        assert_eq!(again.status == 200, !stays, "{code}");
    }
}

#[tokio::test]
async fn two_payments_of_one_order_are_two_captures() {
    let shop = Shop::new();
    for captures in [1, 2] {
        let payment = shop.customer_pays();
        assert_eq!(shop.confirm(&payment, 45_000, None).await.status, 200);
        assert_eq!(shop.toss.captures(ORDER), captures);
    }
}
