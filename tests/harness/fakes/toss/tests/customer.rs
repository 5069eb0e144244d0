//! The customer's side: the local calls and the pay page.

use axum::body::Body;
use axum::http::{Request, header};
use serde_json::{Value, json};

use super::super::Behaviour;
use super::{ORDER, Seen, Shop};

impl Shop {
    async fn open(&self, query: &str) -> Seen {
        let request = Request::get(format!("/local/toss/pay?{query}")).body(Body::empty()).unwrap();
        self.send(self.toss.window(), request).await
    }
}

#[tokio::test]
async fn a_customer_authenticates_by_call_with_a_number_or_digits() {
    let shop = Shop::new();
    for amount in [json!(45_000), json!("45000")] {
        let body = json!({ "orderId": ORDER, "amount": amount, "method": "계좌이체" });
        let seen = shop.local("/local/toss/payments", &body.to_string()).await;
        let answer = seen.json();
        assert_eq!(
            (seen.status, &answer["orderId"], &answer["amount"]),
            (201, &json!(ORDER), &json!(45_000))
        );
        let payment = shop.toss.payment(answer["paymentKey"].as_str().unwrap()).unwrap();
        assert_eq!((&payment["status"], &payment["method"]), (&json!("IN_PROGRESS"), &json!("계좌이체")));
    }
    let request = Request::get("/local/toss/payments").body(Body::empty()).unwrap();
    let list = shop.send(shop.toss.window(), request).await.json();
    assert_eq!(list.as_array().unwrap().len(), 2);
    assert_eq!(list[0]["orderId"], ORDER);
}

#[tokio::test]
async fn bad_fields_are_named_one_by_one() {
    let shop = Shop::new();
    for (body, fields) in [
        (json!({}), vec!["amount", "orderId"]),
        (json!({ "orderId": "short", "amount": 1 }), vec!["orderId"]),
        (json!({ "orderId": "a".repeat(65), "amount": 1 }), vec!["orderId"]),
        (json!({ "orderId": "has space", "amount": 1 }), vec!["orderId"]),
        (json!({ "orderId": ORDER, "amount": 0 }), vec!["amount"]),
        (json!({ "orderId": ORDER, "amount": "-5" }), vec!["amount"]),
        (json!({ "orderId": ORDER, "amount": "1,000" }), vec!["amount"]),
        (json!({ "orderId": ORDER, "amount": "99999999999999999999" }), vec!["amount"]),
        (json!({ "orderId": ORDER, "amount": 1.5 }), vec!["amount"]),
        (json!({ "orderId": ORDER, "amount": 1, "method": "GOLD" }), vec!["method"]),
        (json!([]), vec!["body"]),
    ] {
        let seen = shop.local("/local/toss/payments", &body.to_string()).await;
        let answer = seen.json();
        let named: Vec<_> = answer["fields"].as_object().unwrap().keys().cloned().collect();
        assert_eq!((seen.status, named), (400, fields.iter().map(ToString::to_string).collect()), "{body}");
        assert_eq!(answer["code"], "INVALID_REQUEST");
    }
    assert_eq!(shop.local("/local/toss/payments", "{").await.status, 400);
}

#[tokio::test]
async fn misbehaviour_is_ordered_by_call_all_or_nothing() {
    let shop = Shop::new();
    let seen = shop.local("/local/toss/behaviour", r#"{"next":["error_500","approve"]}"#).await;
    assert_eq!((seen.status, seen.json()), (200, json!({ "next": ["error_500", "approve"] })));
    let seen = shop.local("/local/toss/behaviour", r#"{"next":["html","explode"]}"#).await;
    assert_eq!(seen.status, 400);
    let answer = seen.json();
    assert_eq!(answer["allowed"].as_array().unwrap().len(), Behaviour::ALL.len());
    assert!(answer["message"].as_str().unwrap().contains("explode"));
    assert_eq!(shop.local("/local/toss/behaviour", r#"{"next":"html"}"#).await.status, 400);
    let seen = shop.local("/local/toss/behaviour", r#"{"next":["hang"]}"#).await;
    assert_eq!(seen.json(), json!({ "next": ["error_500", "approve", "hang"] }));
    let payment = shop.customer_pays();
    assert_eq!(shop.confirm(&payment, 45_000, None).await.status, 500);
}

#[tokio::test]
async fn the_pay_page_offers_four_means_and_three_buttons_and_no_script() {
    let shop = Shop::new();
    let seen = shop
        .open(&format!(
            "orderId={ORDER}&amount=45000&orderName=%EC%8A%A4%ED%8A%9C%EB%94%94%EC%98%A4%20%3Cb%3E"
        ))
        .await;
    assert_eq!(seen.status, 200);
    for text in [
        "lang=\"ko\"",
        "width=device-width",
        "45,000원",
        "스튜디오 &lt;b&gt;",
        "카드",
        "계좌이체",
        "간편결제",
        "가상계좌",
        "Virtual account",
        "결제하기",
        "카드 거절",
        "취소",
        "Card declined",
        "method=\"post\" action=\"/local/toss/pay\"",
    ] {
        assert!(seen.text.contains(text), "{text}");
    }
    assert!(!seen.text.contains("<script") && !seen.text.contains("<b>"));
    let policy = seen.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
    assert!(policy.contains("default-src 'none'") && !policy.contains("form-action"));
}

#[tokio::test]
async fn a_link_that_cannot_be_paid_says_why() {
    let shop = Shop::new();
    let evil = "https%3A%2F%2Fevil.example%2F";
    for (query, why) in [
        ("amount=45000".to_owned(), "orderId:"),
        (format!("orderId={ORDER}&amount=-1"), "amount:"),
        (format!("orderId={ORDER}&amount=1&amount=2"), "amount"),
        (format!("orderId={ORDER}&amount=1&orderName={}", "a".repeat(101)), "orderName:"),
        (format!("orderId={ORDER}&amount=1&successUrl={evil}"), "successUrl:"),
        (format!("orderId={ORDER}&amount=1&failUrl={evil}"), "failUrl:"),
    ] {
        let seen = shop.open(&query).await;
        assert_eq!(seen.status, 400, "{query}");
        assert!(seen.text.contains(why) && !seen.text.contains("<form"), "{query}");
    }
}

/// Reads the fields of the page's form back the way a browser would.
fn form_of(page: &str, action: &str, method: &str) -> String {
    let mut pairs = vec![format!("action={action}"), format!("method={method}")];
    for field in page.split("type=\"hidden\" name=\"").skip(1) {
        let (name, rest) = field.split_once("\" value=\"").unwrap();
        let value = rest.split_once('"').unwrap().0;
        let value = value
            .replace("&amp;", "&")
            .bytes()
            .map(|byte| format!("%{byte:02X}"))
            .collect::<Vec<_>>()
            .concat();
        pairs.push(format!("{name}={value}"));
    }
    pairs.join("&")
}

#[tokio::test]
async fn pressing_pay_brings_the_customer_back_with_a_payment_that_can_be_confirmed() {
    let shop = Shop::new();
    let page = shop.open(&format!("orderId={ORDER}&amount=45000&orderName=%EB%B0%A9%20%26%201")).await;
    let seen = shop.local("/local/toss/pay", &form_of(&page.text, "pay", "EASY_PAY")).await;
    assert_eq!(seen.status, 303);
    let rest = seen.location().strip_prefix("https://shop.example/paid?from=toss&paymentKey=").unwrap();
    let (payment, rest) = rest.split_once('&').unwrap();
    assert_eq!(rest, format!("orderId={ORDER}&amount=45000&paymentType=NORMAL"));
    let body = shop.confirm(payment, 45_000, None).await.json();
    assert_eq!((&body["status"], &body["method"]), (&json!("DONE"), &json!("간편결제")));
    assert_eq!(body["orderName"], "방 & 1");
}

#[tokio::test]
async fn refusing_and_stopping_bring_the_customer_back_without_a_payment() {
    let shop = Shop::new();
    let back = "http%3A%2F%2Flocalhost%3A5173%2Ffail%3Fa%3D1%23top";
    let page = shop.open(&format!("orderId={ORDER}&amount=45000&failUrl={back}")).await;
    for (action, code) in [("decline", "REJECT_CARD_COMPANY"), ("cancel", "PAY_PROCESS_CANCELED")] {
        let seen = shop.local("/local/toss/pay", &form_of(&page.text, action, "CARD")).await;
        assert_eq!(seen.status, 303);
        let place = seen.location();
        let start = format!("http://localhost:5173/fail?a=1&code={code}&message=%");
        assert!(place.starts_with(&start), "{place}");
        assert!(place.ends_with(&format!("&orderId={ORDER}#top")), "{place}");
    }
    let order = shop.get(&format!("/v1/payments/orders/{ORDER}")).await;
    assert_eq!(order.status, 404);
}

#[tokio::test]
async fn a_forged_form_is_checked_like_a_link() {
    let shop = Shop::new();
    let good = format!("orderId={ORDER}&amount=45000&action=pay&method=CARD");
    assert_eq!(shop.local("/local/toss/pay", &good).await.status, 303);
    for bad in [
        format!("{good}&successUrl=https%3A%2F%2Fevil.example%2F"),
        format!("{good}&failUrl=javascript%3Aalert(1)"),
        good.replace("pay", "steal"),
        good.replace("CARD", "GOLD"),
        good.replace("45000", "0"),
        "\r\n".to_owned(),
        String::new(),
    ] {
        let seen = shop.local("/local/toss/pay", &bad).await;
        assert_eq!(seen.status, 400, "{bad}");
        assert!(!seen.headers.contains_key(header::LOCATION));
    }
    let request = Request::get("/local/toss/payments").body(Body::empty()).unwrap();
    let list: Value = shop.send(shop.toss.window(), request).await.json();
    assert_eq!(list.as_array().unwrap().len(), 1);
}
