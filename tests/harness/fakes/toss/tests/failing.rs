//! Cancels and reads that go wrong, and a provider that answers nobody.

use std::time::Duration;

use axum::http::Request;
use serde_json::{Value, json};
use tokio::time::timeout;
use tower::ServiceExt;

use super::super::Behaviour;
use super::{ORDER, Shop, refused};

fn whole() -> Value {
    json!({ "cancelReason": "plans changed" })
}

#[tokio::test]
async fn answered_behaviours_do_to_the_money_of_a_cancel_what_they_promise() {
    for (behaviour, status, refunds, balance) in [
        (Behaviour::Approve, 200, 1, 0),
        (Behaviour::Decline, 400, 0, 45_000),
        (Behaviour::Error500, 500, 0, 45_000),
        (Behaviour::Error500AfterCapture, 500, 1, 0),
        (Behaviour::Html, 502, 0, 45_000),
        (Behaviour::HtmlAfterCapture, 502, 1, 0),
        (Behaviour::Processing, 409, 0, 45_000),
        (Behaviour::WrongAmount, 200, 1, 1),
        (Behaviour::UnknownStatus, 200, 1, 0),
        (Behaviour::UnmappedCode, 400, 0, 45_000),
        (Behaviour::Huge, 200, 1, 0),
        (Behaviour::Redirect, 302, 0, 45_000),
    ] {
        let shop = Shop::new();
        let payment = shop.paid().await;
        shop.toss.next_cancel([behaviour]);
        let seen = shop.cancel(&payment, "a", whole()).await;
        let read = shop.read(&payment).await.json();
        assert_eq!(
            (seen.status, shop.toss.refunds(ORDER), read["balanceAmount"].as_i64()),
            (status, refunds, Some(balance)),
            "{behaviour:?}"
        );
        assert_eq!((shop.toss.cancel_calls(), shop.toss.read_calls()), (1, 1));
    }
}

#[tokio::test]
async fn a_lost_answer_of_a_cancel_waits_under_its_key_and_a_refusal_stays_there() {
    let shop = Shop::new();
    let payment = shop.paid().await;
    shop.toss.next_cancel([Behaviour::HtmlAfterCapture]);
    assert_eq!(shop.cancel(&payment, "a", whole()).await.status, 502);
    let again = shop.cancel(&payment, "a", whole()).await;
    assert_eq!((again.status, &again.json()["status"]), (200, &json!("CANCELED")));
    assert_eq!(shop.toss.refunds(ORDER), 1);

    let payment = shop.paid().await;
    shop.toss.next_cancel([Behaviour::Decline]);
    for _ in 0..2 {
        let seen = shop.cancel(&payment, "b", whole()).await;
        assert_eq!(seen.refusal(), refused(400, "REFUND_REJECTED"));
    }
    assert_eq!(shop.cancel(&payment, "c", whole()).await.status, 200);
    assert_eq!((shop.toss.refunds(ORDER), shop.toss.cancel_calls()), (2, 5));
}

#[tokio::test(start_paused = true)]
async fn a_cancel_can_be_silent_before_and_after_the_money_went_back() {
    let shop = Shop::new();
    let payment = shop.paid().await;
    shop.toss.next_cancel([Behaviour::Hang, Behaviour::TimeoutAfterCapture]);
    {
        let hung = shop.cancel(&payment, "a", whole());
        tokio::pin!(hung);
        assert!(timeout(Duration::from_hours(1), &mut hung).await.is_err());
        assert_eq!(shop.toss.refunds(ORDER), 0);
    }
    let call = shop.cancel(&payment, "a", whole());
    assert!(timeout(Duration::from_secs(59), call).await.is_err());
    assert_eq!(shop.toss.refunds(ORDER), 1);
    assert_eq!(shop.cancel(&payment, "a", whole()).await.json()["status"], "CANCELED");
    assert_eq!(shop.toss.refunds(ORDER), 1);
}

#[tokio::test]
async fn a_client_that_follows_the_redirect_of_a_cancel_is_shown_money_back_nobody_gave() {
    let shop = Shop::new();
    let payment = shop.paid().await;
    shop.toss.next_cancel([Behaviour::Redirect]);
    let seen = shop.cancel(&payment, "a", whole()).await;
    let trap = shop.get(seen.location()).await.json();
    assert_eq!((&trap["status"], &trap["balanceAmount"]), (&json!("CANCELED"), &json!(0)));
    assert_eq!(shop.read(&payment).await.json()["status"], "DONE");
}

#[tokio::test]
async fn a_read_that_goes_wrong_changes_nothing() {
    for (behaviour, status) in [
        (Behaviour::Approve, 200),
        (Behaviour::Decline, 404),
        (Behaviour::Error500, 500),
        (Behaviour::Error500AfterCapture, 500),
        (Behaviour::Html, 502),
        (Behaviour::HtmlAfterCapture, 502),
        (Behaviour::Processing, 409),
        (Behaviour::WrongAmount, 200),
        (Behaviour::UnknownStatus, 200),
        (Behaviour::UnmappedCode, 400),
        (Behaviour::Huge, 200),
        (Behaviour::Redirect, 302),
    ] {
        let shop = Shop::new();
        let payment = shop.paid().await;
        let order = format!("/v1/payments/orders/{ORDER}");
        let before = shop.read(&payment).await.text;
        shop.toss.next_read([behaviour, behaviour]);
        let (by_key, by_order) = (shop.read(&payment).await, shop.get(&order).await);
        assert_eq!((by_key.status, by_order.status), (status, status), "{behaviour:?}");
        assert_eq!(by_key.text == before, behaviour == Behaviour::Approve, "{behaviour:?}");
        assert_eq!(shop.read(&payment).await.text, before, "{behaviour:?}");
        assert_eq!(shop.toss.read_calls(), 4);
    }
}

#[tokio::test]
async fn a_read_can_tell_another_amount_or_status_or_no_payment() {
    let shop = Shop::new();
    let payment = shop.paid().await;
    shop.toss.next_read([Behaviour::WrongAmount, Behaviour::UnknownStatus, Behaviour::Decline]);
    assert_eq!(shop.read(&payment).await.json()["totalAmount"], 45_001);
    assert_eq!(shop.read(&payment).await.json()["status"], "SOMETHING_NEW");
    assert_eq!(shop.read(&payment).await.refusal(), refused(404, "NOT_FOUND_PAYMENT"));
}

#[tokio::test]
async fn each_kind_of_call_has_a_queue_of_its_own() {
    let shop = Shop::new();
    shop.toss.next_cancel([Behaviour::Html]);
    shop.toss.next_read([Behaviour::Error500]);
    let payment = shop.paid().await;
    assert_eq!(shop.get("/v1/transactions").await.status, 400);
    assert_eq!(shop.cancel(&payment, "a", whole()).await.status, 502);
    assert_eq!(shop.read(&payment).await.status, 500);
    assert_eq!(shop.read(&payment).await.status, 200);
}

#[tokio::test]
async fn a_silent_provider_counts_and_answers_nobody_and_comes_back() {
    let shop = Shop::new();
    let payment = shop.customer_pays();
    shop.toss.silent(true);
    for (method, path) in [
        ("POST", "/v1/payments/confirm".to_owned()),
        ("POST", format!("/v1/payments/{payment}/cancel")),
        ("GET", format!("/v1/payments/{payment}")),
        ("GET", format!("/v1/payments/orders/{ORDER}")),
        ("GET", "/v1/transactions".to_owned()),
        ("POST", "/v1/billing/authorizations/issue".to_owned()),
        ("POST", "/v1/billing/bk".to_owned()),
        ("DELETE", "/v1/billing/bk".to_owned()),
    ] {
        let request = Request::builder().method(method).uri(&path).body(axum::body::Body::empty()).unwrap();
        let response = shop.toss.api().oneshot(request).await.unwrap();
        assert!(axum::body::to_bytes(response.into_body(), usize::MAX).await.is_err(), "{path}");
    }
    let calls = (shop.toss.confirm_calls(), shop.toss.cancel_calls(), shop.toss.read_calls());
    assert_eq!(calls, (1, 1, 2));
    shop.toss.silent(false);
    assert_eq!(shop.confirm(&payment, 45_000, None).await.status, 200);
}
