//! Each behaviour: what happens to the money, what the caller sees, what a read says afterwards.

use std::time::Duration;

use axum::http::header;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

use super::super::Behaviour;
use super::{ORDER, SECRET, Shop, basic, confirm_body, refused};

#[tokio::test]
async fn answered_behaviours_do_to_the_money_what_they_promise() {
    for (behaviour, status, captures, afterwards) in [
        (Behaviour::Approve, 200, 1, "DONE"),
        (Behaviour::Decline, 403, 0, "ABORTED"),
        (Behaviour::Error500, 500, 0, "IN_PROGRESS"),
        (Behaviour::Error500AfterCapture, 500, 1, "DONE"),
        (Behaviour::Html, 502, 0, "IN_PROGRESS"),
        (Behaviour::HtmlAfterCapture, 502, 1, "DONE"),
        (Behaviour::Processing, 409, 0, "IN_PROGRESS"),
        (Behaviour::WrongAmount, 200, 1, "DONE"),
        (Behaviour::UnknownStatus, 200, 1, "DONE"),
        (Behaviour::UnmappedCode, 400, 0, "IN_PROGRESS"),
        (Behaviour::Huge, 200, 1, "DONE"),
        (Behaviour::Redirect, 302, 0, "IN_PROGRESS"),
    ] {
        let shop = Shop::new();
        let payment = shop.customer_pays();
        shop.toss.next([behaviour]);
        let seen = shop.confirm(&payment, 45_000, Some("a")).await;
        let read = shop.read(&payment).await.json();
        assert_eq!(
            (seen.status, shop.toss.captures(ORDER), read["status"].as_str()),
            (status, captures, Some(afterwards)),
            "{behaviour:?}"
        );
    }
}

#[tokio::test]
async fn a_declined_payment_stays_readable_with_its_reason() {
    let shop = Shop::new();
    let payment = shop.customer_pays();
    shop.toss.next([Behaviour::Decline]);
    let seen = shop.confirm(&payment, 45_000, Some("a")).await;
    assert_eq!(seen.refusal(), refused(403, "REJECT_CARD_PAYMENT"));
    let read = shop.get(&format!("/v1/payments/orders/{ORDER}")).await.json();
    assert_eq!(read["failure"]["code"], "REJECT_CARD_PAYMENT");
    assert_eq!((&read["status"], &read["approvedAt"]), (&json!("ABORTED"), &json!(null)));
    let again = shop.confirm(&payment, 45_000, Some("a")).await;
    assert_eq!(again.text, seen.text);
    let seen = shop.confirm(&payment, 45_000, Some("b")).await;
    assert_eq!(seen.refusal(), refused(400, "ALREADY_PROCESSED_PAYMENT"));
}

#[tokio::test(start_paused = true)]
async fn a_timeout_after_capture_is_silent_for_a_minute_and_the_key_then_knows_the_answer() {
    let shop = Shop::new();
    let payment = shop.customer_pays();
    shop.toss.next([Behaviour::TimeoutAfterCapture]);
    let call = shop.confirm(&payment, 45_000, Some("a"));
    assert!(timeout(Duration::from_secs(59), call).await.is_err());
    assert_eq!(shop.toss.captures(ORDER), 1);
    let again = shop.confirm(&payment, 45_000, Some("a")).await;
    assert_eq!(again.json()["status"], "DONE");
    assert_eq!((shop.toss.captures(ORDER), shop.toss.confirm_calls()), (1, 2));

    shop.toss.next([Behaviour::TimeoutAfterCapture]);
    let call = shop.confirm(&payment, 45_000, Some("a"));
    let seen = timeout(Duration::from_secs(61), call).await.unwrap();
    assert_eq!(seen.status, 504);
    assert_eq!(shop.toss.captures(ORDER), 1, "a replay captures nothing");
}

#[tokio::test(start_paused = true)]
async fn a_hanging_call_never_answers_and_holds_its_key_until_it_is_given_up() {
    let shop = Shop::new();
    let payment = shop.customer_pays();
    shop.toss.next([Behaviour::Hang]);
    {
        let hung = shop.confirm(&payment, 45_000, Some("a"));
        tokio::pin!(hung);
        assert!(timeout(Duration::from_hours(1), &mut hung).await.is_err());
        let seen = shop.confirm(&payment, 45_000, Some("a")).await;
        assert_eq!(seen.refusal(), refused(409, "IDEMPOTENT_REQUEST_PROCESSING"));
        let elsewhere = shop.cancel(&payment, "a", json!({ "cancelReason": "x" })).await;
        assert_eq!(elsewhere.refusal(), refused(403, "NOT_CANCELABLE_PAYMENT"));
        assert_eq!(shop.toss.captures(ORDER), 0);
    }
    let seen = shop.confirm(&payment, 45_000, Some("a")).await;
    assert_eq!((seen.status, shop.toss.captures(ORDER)), (200, 1));
}

#[tokio::test]
async fn a_closed_connection_ends_a_hanging_call() {
    let shop = Shop::new();
    let payment = shop.customer_pays();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let api = shop.toss.api();
    let server = tokio::spawn(async move { axum::serve(listener, api).await });
    let body = confirm_body(&payment, 45_000).to_string();
    let request = format!(
        "POST /v1/payments/confirm HTTP/1.1\r\nhost: toss\r\nauthorization: {}\r\nidempotency-key: a\r\n\
         content-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        basic(&format!("{SECRET}:")),
        body.len()
    );
    shop.toss.next([Behaviour::Hang]);
    let mut hung = TcpStream::connect(address).await.unwrap();
    hung.write_all(request.as_bytes()).await.unwrap();
    while shop.toss.confirm_calls() == 0 {
        tokio::task::yield_now().await;
    }
    drop(hung);
    let mut answers = Vec::new();
    timeout(Duration::from_secs(20), async {
        loop {
            let mut retry = TcpStream::connect(address).await.unwrap();
            retry.write_all(request.as_bytes()).await.unwrap();
            let mut answer = String::new();
            retry.read_to_string(&mut answer).await.unwrap();
            let free = answer.starts_with("HTTP/1.1 200");
            answers.push(answer);
            if free {
                break;
            }
        }
    })
    .await
    .unwrap();
    assert!(answers.iter().rev().skip(1).all(|answer| answer.starts_with("HTTP/1.1 409")), "{answers:?}");
    assert_eq!(shop.toss.captures(ORDER), 1);
    server.abort();
}

#[tokio::test]
async fn what_never_reached_the_payment_may_be_sent_again_under_the_same_key() {
    let shop = Shop::new();
    let payment = shop.customer_pays();
    let lost = [Behaviour::Error500, Behaviour::Html, Behaviour::Processing, Behaviour::Redirect];
    shop.toss.next(lost);
    for _ in lost {
        assert_ne!(shop.confirm(&payment, 45_000, Some("a")).await.status, 200);
    }
    assert_eq!(shop.confirm(&payment, 45_000, Some("a")).await.json()["status"], "DONE");
    assert_eq!((shop.toss.captures(ORDER), shop.toss.confirm_calls()), (1, 5));
}

#[tokio::test]
async fn an_internal_error_after_the_capture_leaves_the_key_unbound() {
    let shop = Shop::new();
    let payment = shop.customer_pays();
    shop.toss.next([Behaviour::Error500AfterCapture]);
    let seen = shop.confirm(&payment, 45_000, Some("a")).await;
    assert_eq!(seen.refusal(), refused(500, "FAILED_INTERNAL_SYSTEM_PROCESSING"));
    let seen = shop.confirm(&payment, 45_000, Some("a")).await;
    assert_eq!(seen.refusal(), refused(400, "ALREADY_PROCESSED_PAYMENT"));
    assert_eq!(shop.toss.captures(ORDER), 1);
}

#[tokio::test]
async fn a_gateway_page_is_html_and_the_lost_answer_waits_under_its_key() {
    let shop = Shop::new();
    let payment = shop.customer_pays();
    shop.toss.next([Behaviour::HtmlAfterCapture]);
    let seen = shop.confirm(&payment, 45_000, Some("a")).await;
    let kind = seen.headers[header::CONTENT_TYPE].to_str().unwrap();
    assert!(kind.starts_with("text/html") && seen.text.contains("<html>"));
    let again = shop.confirm(&payment, 45_000, Some("a")).await;
    assert_eq!((again.status, &again.json()["status"]), (200, &json!("DONE")));
    assert_eq!(shop.toss.captures(ORDER), 1);
}

#[tokio::test]
async fn a_wrong_amount_stays_wrong_when_read_and_goes_back_whole() {
    let shop = Shop::new();
    let payment = shop.customer_pays();
    shop.toss.next([Behaviour::WrongAmount]);
    let body = shop.confirm(&payment, 45_000, None).await.json();
    assert_eq!((&body["status"], &body["totalAmount"]), (&json!("DONE"), &json!(45_001)));
    assert_eq!(body["balanceAmount"], 45_001);
    assert_eq!(shop.read(&payment).await.json()["totalAmount"], 45_001);
    let body = shop.cancel(&payment, "a", json!({ "cancelReason": "mismatch" })).await.json();
    assert_eq!((&body["status"], &body["balanceAmount"]), (&json!("CANCELED"), &json!(0)));
}

#[tokio::test]
async fn an_unknown_status_is_shown_and_replayed_but_not_kept() {
    let shop = Shop::new();
    let payment = shop.customer_pays();
    shop.toss.next([Behaviour::UnknownStatus]);
    let seen = shop.confirm(&payment, 45_000, Some("a")).await;
    assert_eq!(seen.json()["status"], "SOMETHING_NEW");
    assert_eq!(shop.confirm(&payment, 45_000, Some("a")).await.text, seen.text);
    assert_eq!(shop.read(&payment).await.json()["status"], "DONE");
}

#[tokio::test]
async fn a_huge_answer_is_over_ten_megabytes_of_valid_json() {
    let shop = Shop::new();
    let payment = shop.customer_pays();
    shop.toss.next([Behaviour::Huge]);
    let seen = shop.confirm(&payment, 45_000, Some("a")).await;
    assert!(seen.text.len() > 10 * 1024 * 1024);
    assert_eq!(seen.json()["status"], "DONE");
    assert!(shop.confirm(&payment, 45_000, Some("a")).await.text.len() < 10_000);
}

#[tokio::test]
async fn a_client_that_follows_the_redirect_is_shown_an_approval_nobody_made() {
    let shop = Shop::new();
    let payment = shop.customer_pays();
    shop.toss.next([Behaviour::Redirect]);
    let seen = shop.confirm(&payment, 45_000, None).await;
    assert_eq!(seen.status, 302);
    let trap = shop.get(seen.location()).await.json();
    assert_eq!((&trap["status"], &trap["paymentKey"]), (&json!("DONE"), &json!(payment)));
    assert_eq!(shop.toss.captures(ORDER), 0);
    assert_eq!(shop.read(&payment).await.json()["status"], "IN_PROGRESS");
}

#[tokio::test]
async fn only_calls_that_are_let_in_take_from_the_queue() {
    let shop = Shop::new();
    let payment = shop.customer_pays();
    shop.toss.next([Behaviour::Html]);
    shop.confirm(&payment, 45_000, Some(&"k".repeat(301))).await;
    let forced = [("tosspayments-test-code", "COMMON_ERROR")];
    shop.post("/v1/payments/confirm", &forced, &json!({})).await;
    assert_eq!(shop.read(&payment).await.status, 200);
    assert_eq!(shop.confirm(&payment, 45_000, None).await.status, 502);
    assert_eq!(shop.confirm(&payment, 45_000, None).await.status, 200);
    assert_eq!(shop.toss.confirm_calls(), 4);
}

#[tokio::test]
async fn a_fault_on_a_replay_loses_the_answer_and_nothing_else() {
    let shop = Shop::new();
    let payment = shop.customer_pays();
    shop.toss.next([Behaviour::HtmlAfterCapture, Behaviour::HtmlAfterCapture, Behaviour::Decline]);
    assert_eq!(shop.confirm(&payment, 45_000, Some("a")).await.status, 502);
    assert_eq!(shop.confirm(&payment, 45_000, Some("a")).await.status, 502);
    let seen = shop.confirm(&payment, 45_000, Some("a")).await;
    assert_eq!(seen.json()["status"], "DONE", "the first verdict stands");
    assert_eq!(shop.toss.captures(ORDER), 1);
}
