//! Cards on file: registered, charged, taken off.

use serde_json::{Value, json};

use super::super::Behaviour;
use super::{ORDER, Seen, Shop, refused};

const CUSTOMER: &str = "6f9b1c3e-6c0b-4a44-9c5e-1f2d3a4b5c6d";

impl Shop {
    async fn issue(&self, proof: &str, customer: &str, key: &str) -> Seen {
        let body = json!({ "authKey": proof, "customerKey": customer });
        self.post("/v1/billing/authorizations/issue", &[("idempotency-key", key)], &body).await
    }

    async fn card(&self) -> String {
        let seen = self.issue(&self.toss.authorize_card(CUSTOMER), CUSTOMER, "issue").await;
        seen.json()["billingKey"].as_str().unwrap().to_owned()
    }

    async fn charge(&self, card: &str, key: &str, body: &Value) -> Seen {
        self.post(&format!("/v1/billing/{card}"), &[("idempotency-key", key)], body).await
    }
}

fn monthly(amount: i64) -> Value {
    json!({ "customerKey": CUSTOMER, "amount": amount, "orderId": ORDER, "orderName": "Owner plan" })
}

#[tokio::test]
async fn a_proof_is_exchanged_once_and_only_for_its_customer() {
    let shop = Shop::new();
    let proof = shop.toss.authorize_card(CUSTOMER);
    let seen = shop.issue(&proof, "somebody-else", "a").await;
    assert_eq!(seen.refusal(), refused(400, "NOT_MATCHES_CUSTOMER_KEY"));
    let first = shop.issue(&proof, CUSTOMER, "b").await;
    let body = first.json();
    assert_eq!(
        (first.status, &body["customerKey"], &body["method"]),
        (200, &json!(CUSTOMER), &json!("카드"))
    );
    assert_eq!(body["card"]["number"], "40001111****222*");
    let again = shop.issue(&proof, CUSTOMER, "b").await;
    assert_eq!((again.status, &again.text), (200, &first.text), "the key knows the first answer");
    for (proof, key) in [(proof.as_str(), "c"), ("bln_never_was", "d")] {
        let seen = shop.issue(proof, CUSTOMER, key).await;
        assert_eq!(seen.refusal(), refused(400, "INVALID_BILL_KEY_REQUEST"));
    }
    let seen = shop.issue(&shop.toss.authorize_card(CUSTOMER), "customer key", "e").await;
    assert_eq!(seen.refusal(), refused(400, "INVALID_REQUEST"));
}

#[tokio::test]
async fn a_charge_takes_the_money_once_per_key_and_per_order() {
    let shop = Shop::new();
    let card = shop.card().await;
    let first = shop.charge(&card, "a", &monthly(9_900)).await;
    let body = first.json();
    assert_eq!((first.status, &body["type"], &body["status"]), (200, &json!("BILLING"), &json!("DONE")));
    assert_eq!((&body["totalAmount"], &body["orderId"]), (&json!(9_900), &json!(ORDER)));
    let again = shop.charge(&card, "a", &monthly(1)).await;
    assert_eq!((again.status, &again.text), (200, &first.text));
    let seen = shop.charge(&card, "b", &monthly(9_900)).await;
    assert_eq!(seen.refusal(), refused(400, "DUPLICATED_ORDER_ID"));
    assert_eq!(shop.toss.captures(ORDER), 1);
    let payment = body["paymentKey"].as_str().unwrap();
    let body = shop.cancel(payment, "c", json!({ "cancelReason": "x" })).await.json();
    assert_eq!((&body["type"], &body["status"]), (&json!("BILLING"), &json!("CANCELED")));
}

#[tokio::test]
async fn a_charge_of_the_wrong_customer_card_or_amount_takes_nothing() {
    let shop = Shop::new();
    let card = shop.card().await;
    let with = |field: &str, value: Value| {
        let mut body = monthly(9_900);
        body[field] = value;
        body
    };
    for (at, (body, code)) in [
        (with("customerKey", json!("somebody-else")), "NOT_MATCHES_CUSTOMER_KEY"),
        (with("amount", json!(99)), "BELOW_MINIMUM_AMOUNT"),
        (with("amount", json!(0)), "INVALID_REQUEST"),
        (with("amount", json!("9900")), "INVALID_REQUEST"),
        (with("orderId", json!("short")), "INVALID_REQUEST"),
        (with("orderName", json!("")), "INVALID_REQUEST"),
        (json!({}), "INVALID_REQUEST"),
    ]
    .into_iter()
    .enumerate()
    {
        let seen = shop.charge(&card, &at.to_string(), &body).await;
        assert_eq!(seen.refusal(), refused(400, code), "{body}");
    }
    let seen = shop.charge("bk_never_was", "x", &monthly(9_900)).await;
    assert_eq!(seen.refusal(), refused(400, "INVALID_BILL_KEY_REQUEST"));
    assert_eq!(shop.toss.captures(ORDER), 0);
}

#[tokio::test]
async fn a_card_is_taken_off_once_and_never_charged_again() {
    let shop = Shop::new();
    let card = shop.card().await;
    let path = format!("/v1/billing/{card}");
    let seen = shop.delete(&path).await;
    assert_eq!((seen.status, seen.text.as_str()), (200, ""));
    assert_eq!(shop.delete(&path).await.refusal(), refused(400, "ALREADY_REMOVED_BILLING_KEY"));
    let seen = shop.charge(&card, "a", &monthly(9_900)).await;
    assert_eq!(seen.refusal(), refused(400, "ALREADY_REMOVED_BILLING_KEY"));
    let seen = shop.delete("/v1/billing/bk_never_was").await;
    assert_eq!(seen.refusal(), refused(400, "INVALID_BILL_KEY_REQUEST"));
}

#[tokio::test]
async fn a_charge_can_go_wrong_and_be_tried_again() {
    let shop = Shop::new();
    let card = shop.card().await;
    shop.toss.next_charge([Behaviour::Decline, Behaviour::UnmappedCode, Behaviour::HtmlAfterCapture]);
    let seen = shop.charge(&card, "a", &monthly(9_900)).await;
    assert_eq!(seen.refusal(), refused(403, "REJECT_CARD_PAYMENT"));
    let order = format!("/v1/payments/orders/{ORDER}");
    assert_eq!(shop.get(&order).await.json()["failure"]["code"], "REJECT_CARD_PAYMENT");
    assert_eq!(shop.charge(&card, "b", &monthly(9_900)).await.status, 400);
    assert_eq!(shop.charge(&card, "c", &monthly(9_900)).await.status, 502);
    assert_eq!(shop.charge(&card, "c", &monthly(9_900)).await.json()["status"], "DONE");
    assert_eq!(shop.get(&order).await.json()["status"], "DONE");
    assert_eq!(shop.toss.captures(ORDER), 1);
}

#[tokio::test]
async fn a_card_is_registered_by_a_local_call() {
    let shop = Shop::new();
    let seen = shop.local("/local/toss/cards", &json!({ "customerKey": CUSTOMER }).to_string()).await;
    let proof = seen.json()["authKey"].as_str().unwrap().to_owned();
    assert_eq!((seen.status, shop.issue(&proof, CUSTOMER, "a").await.status), (201, 200));
    for bad in ["{}", "", r#"{"customerKey":"a b"}"#, r#"{"customerKey":"a"}"#] {
        assert_eq!(shop.local("/local/toss/cards", bad).await.status, 400, "{bad}");
    }
}
