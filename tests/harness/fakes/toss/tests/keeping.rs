//! State across restarts.

use std::fs;
use std::path::PathBuf;

use serde_json::json;

use super::super::Behaviour;
use super::super::book::fresh_id;
use super::{ORDER, SECRET, Shop};

/// A folder of its own per test, gone when the test is.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        Self(std::env::temp_dir().join(format!("fake-toss-{}", fresh_id())))
    }

    fn file(&self) -> PathBuf {
        self.0.join("deep").join("toss.json")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[tokio::test]
async fn payments_keys_captures_and_orders_to_misbehave_survive_a_restart() {
    let folder = Folder::new();
    let shop = Shop::with(SECRET, Some(folder.file()));
    let payment = shop.customer_pays();
    let open = shop.toss.authenticate("another_order", 1_000, Some("TRANSFER"));
    let first = shop.confirm(&payment, 45_000, Some("a")).await;
    shop.cancel(&payment, "c", json!({ "cancelReason": "part", "cancelAmount": 5_000 })).await;
    shop.toss.next([Behaviour::Html]);
    let before = shop.toss.payment(&payment);
    drop(shop);

    let shop = Shop::with(SECRET, Some(folder.file()));
    assert_eq!(shop.toss.payment(&payment), before);
    assert_eq!((shop.toss.captures(ORDER), shop.toss.confirm_calls()), (1, 1));
    assert_eq!(shop.toss.payment(&open).unwrap()["status"], "IN_PROGRESS");
    assert_eq!(shop.confirm(&payment, 45_000, Some("a")).await.status, 502);
    let again = shop.confirm(&payment, 45_000, Some("a")).await;
    assert_eq!((again.status, &again.text), (200, &first.text));
    assert_eq!(shop.toss.captures(ORDER), 1);
    assert!(!fs::read_to_string(folder.file()).unwrap().contains(SECRET));
}

#[tokio::test]
async fn cards_lines_webhooks_and_accounts_survive_a_restart_and_silence_does_not() {
    let folder = Folder::new();
    let shop = Shop::with(SECRET, Some(folder.file()));
    let payment = shop.awaited().await;
    let proof = shop.toss.authorize_card("customer-1");
    shop.toss.next_cancel([Behaviour::Html]);
    shop.toss.next_read([Behaviour::Html]);
    shop.toss.silent(true);
    let before = shop.toss.payment(&payment);
    drop(shop);

    let shop = Shop::with(SECRET, Some(folder.file()));
    assert_eq!(shop.toss.payment(&payment), before);
    assert_eq!(shop.toss.webhooks().len(), 1);
    assert!(shop.toss.deposit(ORDER));
    let body = json!({ "authKey": proof, "customerKey": "customer-1" });
    assert_eq!(shop.post("/v1/billing/authorizations/issue", &[], &body).await.status, 200);
    assert_eq!(shop.read(&payment).await.status, 502);
    assert_eq!(shop.cancel(&payment, "a", json!({ "cancelReason": "x" })).await.status, 502);
    assert_eq!((shop.toss.read_calls(), shop.toss.cancel_calls()), (1, 1));
}

/// As it was kept before there were virtual accounts, cards, a ledger and webhooks.
const OLD_FILE: &str = r#"{
    "payments": [{
        "key": "tvivaold", "order_id": "bk_01JD7Q4T", "order_name": "bk_01JD7Q4T", "method": "카드",
        "status": "DONE", "total": 45000, "balance": 45000, "authenticated_at": "2026-11-20T01:00:01Z",
        "approved_at": "2026-11-20T01:00:01Z", "last_transaction": "9C1E", "secret": "ps_x", "failure": null,
        "cancels": []
    }],
    "captures": { "bk_01JD7Q4T": 1 },
    "confirm_calls": 1,
    "queue": ["html"],
    "bound": {}
}"#;

#[tokio::test]
async fn an_older_file_is_read() {
    let folder = Folder::new();
    fs::create_dir_all(folder.file().parent().unwrap()).unwrap();
    fs::write(folder.file(), OLD_FILE).unwrap();
    let shop = Shop::with(SECRET, Some(folder.file()));
    assert_eq!((shop.toss.captures(ORDER), shop.toss.confirm_calls()), (1, 1));
    assert_eq!(shop.toss.payment("tvivaold").unwrap()["type"], "NORMAL");
    let seen = shop.cancel("tvivaold", "a", json!({ "cancelReason": "x" })).await;
    assert_eq!((seen.status, shop.toss.refunds(ORDER)), (200, 1));
    let payment = shop.customer_pays();
    assert_eq!(shop.confirm(&payment, 45_000, None).await.status, 502);
}

#[tokio::test]
async fn a_file_that_cannot_be_read_is_set_aside() {
    let folder = Folder::new();
    fs::create_dir_all(folder.file().parent().unwrap()).unwrap();
    fs::write(folder.file(), "{ half a bo").unwrap();
    let shop = Shop::with(SECRET, Some(folder.file()));
    let payment = shop.customer_pays();
    assert!(shop.toss.payment(&payment).is_some());
    let aside = folder.file().with_added_extension("unreadable");
    assert_eq!(fs::read_to_string(aside).unwrap(), "{ half a bo");
}

#[tokio::test]
async fn without_a_file_every_fake_starts_empty() {
    let payment = Shop::new().customer_pays();
    assert_eq!(Shop::new().toss.payment(&payment), None);
}
