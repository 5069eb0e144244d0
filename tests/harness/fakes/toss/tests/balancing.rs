//! The ledger: what makes a line, in which pages it is read, and differences on the provider's side.

use serde_json::{Value, json};

use super::{ORDER, Shop, refused};

const DAY: &str = "startDate=2026-11-20T00:00:00&endDate=2026-11-20T23:59:59";

impl Shop {
    async fn lines(&self, query: &str) -> Vec<Value> {
        let seen = self.get(&format!("/v1/transactions?{query}")).await;
        assert_eq!(seen.status, 200, "{}", seen.text);
        seen.json().as_array().unwrap().clone()
    }
}

fn told(lines: &[Value]) -> Vec<(&str, i64)> {
    lines.iter().map(|line| (line["status"].as_str().unwrap(), line["amount"].as_i64().unwrap())).collect()
}

#[tokio::test]
async fn whatever_moved_money_is_a_line_and_nothing_else_is() {
    let shop = Shop::new();
    let payment = shop.customer_pays();
    shop.confirm(&payment, 1, None).await;
    shop.confirm(&payment, 45_000, Some("a")).await;
    shop.confirm(&payment, 45_000, Some("a")).await;
    shop.cancel(&payment, "b", json!({ "cancelReason": "x", "cancelAmount": 5_000 })).await;
    shop.cancel(&payment, "c", json!({ "cancelReason": "x", "cancelAmount": 50_000 })).await;
    shop.cancel(&payment, "d", json!({ "cancelReason": "x" })).await;
    let lines = shop.lines(DAY).await;
    assert_eq!(told(&lines), [("DONE", 45_000), ("PARTIAL_CANCELED", 5_000), ("PARTIAL_CANCELED", 40_000)]);
    let body = shop.read(&payment).await.json();
    assert_eq!(lines[1]["transactionKey"], body["cancels"][0]["transactionKey"]);
    assert_eq!(lines[2]["transactionKey"], body["lastTransactionKey"]);
    for (field, value) in [
        ("paymentKey", json!(payment)),
        ("orderId", json!(ORDER)),
        ("method", json!("카드")),
        ("customerKey", Value::Null),
        ("transactionAt", json!("2026-11-20T10:00:01+09:00")),
        ("currency", json!("KRW")),
    ] {
        assert_eq!(lines[0][field], value, "{field}");
    }
}

#[tokio::test]
async fn a_deposit_is_a_line_and_an_account_that_waits_is_none() {
    let shop = Shop::new();
    shop.awaited().await;
    assert!(shop.lines(DAY).await.is_empty());
    shop.toss.deposit(ORDER);
    shop.toss.take_back_deposit(ORDER);
    let lines = shop.lines(DAY).await;
    assert_eq!(told(&lines), [("DONE", 45_000), ("WAITING_FOR_DEPOSIT", 45_000)]);
}

#[tokio::test]
async fn both_ends_of_a_time_belong_to_it() {
    let shop = Shop::new();
    shop.paid().await;
    shop.wait(60);
    shop.paid().await;
    for (from, to, lines) in [
        ("2026-11-20T10:00:01", "2026-11-20T10:01:01", 2),
        ("2026-11-20T10:00:02", "2026-11-20T10:01:01", 1),
        ("2026-11-20T10:00:01", "2026-11-20T10:01:00", 1),
        ("2026-11-20T10:00:02", "2026-11-20T10:01:00", 0),
    ] {
        let query = format!("startDate={from}&endDate={to}");
        assert_eq!(shop.lines(&query).await.len(), lines, "{query}");
    }
}

#[tokio::test]
async fn pages_follow_each_other_without_a_gap() {
    let shop = Shop::new();
    let keys: Vec<_> = (0..5).map(|at| shop.toss.plant_transaction("k", ORDER, "DONE", at)).collect();
    let mut seen: Vec<String> = Vec::new();
    for size in [2, 2, 1, 0] {
        let after = seen.last().map(|key| format!("&startingAfter={key}")).unwrap_or_default();
        let page = shop.lines(&format!("{DAY}&limit=2{after}")).await;
        assert_eq!(page.len(), size);
        seen.extend(page.iter().map(|line| line["transactionKey"].as_str().unwrap().to_owned()));
    }
    assert_eq!(seen, keys);
}

#[tokio::test]
async fn a_hundred_lines_are_a_page_unless_somebody_says_otherwise() {
    let shop = Shop::new();
    for _ in 0..101 {
        shop.toss.plant_transaction("k", ORDER, "DONE", 1);
    }
    assert_eq!(shop.lines(DAY).await.len(), 100);
    assert_eq!(shop.lines(&format!("{DAY}&limit=5000")).await.len(), 101);
}

#[tokio::test]
async fn a_query_that_cannot_be_read_is_an_invalid_request() {
    let shop = Shop::new();
    for query in [
        "",
        "startDate=2026-11-20T00:00:00",
        "startDate=2026-11-20&endDate=2026-11-21",
        "startDate=2026-11-20T00:00:00Z&endDate=2026-11-21T00:00:00Z",
        "startDate=2026-11-21T00:00:00&endDate=2026-11-20T00:00:00",
        &format!("{DAY}&limit=0"),
        &format!("{DAY}&limit=5001"),
        &format!("{DAY}&limit=many"),
        &format!("{DAY}&startingAfter=nobody"),
    ] {
        let seen = shop.get(&format!("/v1/transactions?{query}")).await;
        assert_eq!(seen.refusal(), refused(400, "INVALID_REQUEST"), "{query}");
    }
}

#[tokio::test]
async fn the_providers_side_can_be_made_to_differ() {
    let shop = Shop::new();
    let payment = shop.paid().await;
    let ours = shop.read(&payment).await.json()["lastTransactionKey"].as_str().unwrap().to_owned();
    let planted = shop.toss.plant_transaction("tvivanobody", "nobodys_order", "CANCELED", -1_000);
    assert!(shop.toss.forget_transaction(&ours) && !shop.toss.forget_transaction(&ours));
    let lines = shop.lines(DAY).await;
    assert_eq!(told(&lines), [("CANCELED", -1_000)]);
    assert_eq!(
        (&lines[0]["transactionKey"], &lines[0]["orderId"]),
        (&json!(planted), &json!("nobodys_order"))
    );
}

#[tokio::test]
async fn the_shops_console_gives_money_back_behind_our_back() {
    let shop = Shop::new();
    let payment = shop.paid().await;
    assert!(shop.toss.cancel_outside(&payment, Some(5_000)));
    for too_much in [Some(40_001), Some(0), Some(-1)] {
        assert!(!shop.toss.cancel_outside(&payment, too_much), "{too_much:?}");
    }
    assert!(shop.toss.cancel_outside(&payment, None));
    assert!(!shop.toss.cancel_outside(&payment, None) && !shop.toss.cancel_outside("tvivanobody", None));
    let body = shop.read(&payment).await.json();
    assert_eq!((&body["status"], &body["balanceAmount"]), (&json!("PARTIAL_CANCELED"), &json!(0)));
    assert_eq!((shop.toss.refunds(ORDER), shop.toss.cancel_calls()), (2, 0));
    assert_eq!(shop.lines(DAY).await.len(), 3);
}
