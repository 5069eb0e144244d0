//! Webhooks: which changes are told, in which envelope, and which are not.

use serde_json::{Value, json};

use super::super::{Behaviour, Webhook};
use super::{ORDER, Shop};

/// Envelope and status of each delivery.
fn told(webhooks: &[Webhook]) -> Vec<(&str, &str)> {
    webhooks
        .iter()
        .map(|webhook| match webhook.body.get("eventType") {
            Some(event) => (event.as_str().unwrap(), webhook.body["data"]["status"].as_str().unwrap()),
            None => ("flat", webhook.body["status"].as_str().unwrap()),
        })
        .collect()
}

const EVENT: &str = "PAYMENT_STATUS_CHANGED";

#[tokio::test]
async fn a_capture_is_told_once_with_the_whole_payment() {
    let shop = Shop::new();
    let payment = shop.customer_pays();
    assert!(shop.toss.webhooks().is_empty());
    let body = shop.confirm(&payment, 45_000, Some("a")).await.json();
    shop.confirm(&payment, 45_000, Some("a")).await;
    let webhooks = shop.toss.webhooks();
    assert_eq!(told(&webhooks), [(EVENT, "DONE")]);
    let webhook = &webhooks[0];
    assert_eq!(webhook.body["data"], body);
    assert_eq!(webhook.body["createdAt"], "2026-11-20T10:00:01.000000");
    let header = |name: &str| webhook.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value);
    assert_eq!(header("tosspayments-webhook-transmission-id"), Some(&webhook.transmission_id));
    let time = header("tosspayments-webhook-transmission-time").unwrap();
    assert_eq!(time, "2026-11-20T10:00:01+09:00");
    assert_eq!(header("tosspayments-webhook-transmission-retried-count").unwrap(), "0");
    assert!(shop.toss.webhooks().is_empty(), "asking takes them");
}

#[tokio::test]
async fn every_end_of_a_payment_is_told() {
    let shop = Shop::new();
    let declined = shop.customer_pays();
    shop.toss.next([Behaviour::Decline]);
    shop.confirm(&declined, 45_000, None).await;
    assert_eq!(told(&shop.toss.webhooks()), [(EVENT, "ABORTED")]);
    shop.customer_pays();
    shop.wait(600);
    assert_eq!(told(&shop.toss.webhooks()), [(EVENT, "EXPIRED")]);
    assert!(shop.toss.webhooks().is_empty(), "a payment lapses once");
    let payment = shop.paid().await;
    shop.toss.cancel_outside(&payment, Some(1_000));
    shop.toss.cancel_outside(&payment, Some(1_000));
    let expected = [(EVENT, "DONE"), (EVENT, "PARTIAL_CANCELED")];
    assert_eq!(told(&shop.toss.webhooks()), expected, "what stays as it is is not told");
    let payment = shop.paid().await;
    shop.cancel(&payment, "a", json!({ "cancelReason": "x" })).await;
    assert_eq!(told(&shop.toss.webhooks()), [(EVENT, "DONE"), (EVENT, "CANCELED")]);
}

#[tokio::test]
async fn a_virtual_account_is_told_about_in_both_envelopes() {
    let shop = Shop::new();
    let payment = shop.awaited().await;
    let body = shop.read(&payment).await.json();
    let webhooks = shop.toss.webhooks();
    assert_eq!(told(&webhooks), [("flat", "WAITING_FOR_DEPOSIT")]);
    assert_eq!(
        webhooks[0].body,
        json!({
            "createdAt": "2026-11-20T10:00:01.000000", "secret": body["secret"],
            "status": "WAITING_FOR_DEPOSIT", "transactionKey": body["lastTransactionKey"], "orderId": ORDER,
        })
    );
    shop.toss.deposit(ORDER);
    let webhooks = shop.toss.webhooks();
    assert_eq!(told(&webhooks), [("flat", "DONE"), (EVENT, "DONE")]);
    assert_eq!(webhooks[0].body["secret"], webhooks[1].body["data"]["secret"]);
    assert_ne!(webhooks[0].transmission_id, webhooks[1].transmission_id);
    shop.toss.take_back_deposit(ORDER);
    assert_eq!(told(&shop.toss.webhooks()), [("flat", "WAITING_FOR_DEPOSIT")]);
    shop.wait(30 * 86_400);
    assert!(shop.toss.webhooks().is_empty(), "nobody is told of a due date");
    shop.cancel(&payment, "a", json!({ "cancelReason": "x" })).await;
    assert_eq!(told(&shop.toss.webhooks()), [("flat", "CANCELED"), (EVENT, "CANCELED")]);
}

#[tokio::test]
async fn a_charge_of_a_card_on_file_is_not_told_and_its_cancel_is() {
    let shop = Shop::new();
    let proof = shop.toss.authorize_card("customer-1");
    let body = json!({ "authKey": proof, "customerKey": "customer-1" });
    let issued = shop.post("/v1/billing/authorizations/issue", &[], &body).await.json();
    let path = format!("/v1/billing/{}", issued["billingKey"].as_str().unwrap());
    let body = json!({ "customerKey": "customer-1", "amount": 9_900, "orderId": ORDER, "orderName": "plan" });
    let charged = shop.post(&path, &[], &body).await.json();
    assert!(shop.toss.webhooks().is_empty());
    shop.toss.cancel_outside(charged["paymentKey"].as_str().unwrap(), None);
    assert_eq!(told(&shop.toss.webhooks()), [(EVENT, "CANCELED")]);
}

#[tokio::test]
async fn a_stack_nobody_asks_keeps_the_latest_thousand() {
    let shop = Shop::new();
    for at in 0..1_001 {
        let _ = shop.toss.authenticate(&format!("order_{at}"), 1_000, None);
    }
    shop.wait(600);
    let webhooks = shop.toss.webhooks();
    assert_eq!(webhooks.len(), 1_000);
    let last: &Value = &webhooks.last().unwrap().body["data"]["orderId"];
    assert_eq!(last, "order_1000");
}
