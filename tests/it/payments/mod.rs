//! Payments: we say what is owed, the money moves once, and what nobody knows is never guessed.

mod comparing;
mod confirm;
mod deposits;
mod holds;
mod hostile;
mod links;
mod matrix;
mod page;
mod reading;
mod ready;
mod refunds;
mod sample;
mod telling;
mod till;
mod unknown;

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use aws_sdk_dynamodb::types::AttributeValue;
use futures::future::{join_all, try_join_all};
use harness::app::{App, Guest, Reply, Wish, free_wish, wish, wish_for};
use harness::fakes::toss::Behaviour;
use harness::people::{PASSWORD, ROOM_A};
use maru_payments::Checked;
use maru_table::AuditRecord;
use maru_web::StreamRecord;
use reqwest::Method;
use serde_json::{Value, json};

/// Ten minutes and a second: a hold is over.
const HOLD_IS_OVER: u32 = 601;

/// A system that waits for its provider: what is tested is not the deadline.
async fn patient() -> Result<App> {
    App::with(Wish { toss_deadline: Duration::from_secs(15), ..Wish::default() }).await
}

/// A system that soon stops waiting for its provider.
async fn hasty() -> Result<App> {
    App::with(Wish { toss_deadline: Duration::from_millis(300), ..Wish::default() }).await
}

async fn ready(guest: &Guest, booking: &str) -> Result<Reply> {
    guest.post("/payments/ready", &json!({"booking_id": booking})).await
}

async fn payment(guest: &Guest, key: &str) -> Result<Reply> {
    guest.get(&format!("/payments/{key}")).await
}

async fn booking(guest: &Guest, id: &str) -> Result<Reply> {
    guest.get(&format!("/api/bookings/{id}")).await
}

async fn cancel(guest: &Guest, id: &str) -> Result<Reply> {
    guest.delete(&format!("/api/bookings/{id}")).await
}

fn id_of(booking: &Value) -> Result<String> {
    Ok(booking["id"].as_str().context("a booking has an id")?.to_owned())
}

/// The same person on another day: an access token lives for an hour.
async fn again(app: &App, guest: &Guest) -> Result<Guest> {
    app.sign_in(&guest.email, PASSWORD).await
}

/// Receipts that came to somebody, after the mailer has caught up.
async fn receipts(app: &App, guest: &Guest) -> Result<Vec<String>> {
    let mails = app.mails(&guest.email).await?;
    Ok(mails.into_iter().filter(|mail| mail.subject.contains("결제 영수증")).map(|mail| mail.text).collect())
}

/// The clock goes on, and the checker runs.
async fn check_after(app: &App, seconds: u32) -> Result<Checked> {
    app.clock.advance(seconds);
    app.stack().workers.check().await
}

/// The trail of an order, oldest first. By version: the clock stands still, and events of one millisecond
/// are in no order.
async fn trail(app: &App, order: &str) -> Result<Vec<AuditRecord>> {
    let client = aws_sdk_dynamodb::Client::new(&app.stack().sdk);
    let answer = client
        .query()
        .table_name("audits")
        .key_condition_expression("subject = :s")
        .expression_attribute_values(":s", AttributeValue::S(format!("payment#{order}")))
        .consistent_read(true)
        .send()
        .await?;
    let mut records: Vec<AuditRecord> = serde_dynamo::from_items(answer.items.unwrap_or_default())?;
    records.sort_by_key(|record| record.version);
    Ok(records)
}

fn actions(trail: &[AuditRecord]) -> Vec<&str> {
    trail.iter().map(|record| record.action.as_str()).collect()
}

/// A record as the trail's stream hands it over.
fn streamed(audit: &AuditRecord) -> Result<StreamRecord> {
    let image: HashMap<String, serde_dynamo::AttributeValue> = serde_dynamo::to_item(audit)?;
    let image: BTreeMap<_, _> = image.into_iter().collect();
    let record = json!({"eventName": "INSERT", "dynamodb": {"SequenceNumber": "1", "NewImage": image}});
    Ok(serde_json::from_value(record)?)
}

/// Lets everybody else work until this is so.
async fn until(what: &str, so: impl Fn() -> bool) -> Result<()> {
    let waiting = async {
        while !so() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), waiting).await.with_context(|| format!("never: {what}"))
}

/// What an order's movements leave in the tills, after every one of them was seen to sum to zero.
async fn movements(app: &App, order: &str) -> Result<i64> {
    let day = app.clock.clock().now().to_zoned(jiff::tz::TimeZone::get("Asia/Seoul")?).date();
    let list = app.staff("admin").await?.get(&format!("/payments/ledger?day={day}")).await?;
    ensure!(list.status == 200 && list.body["pagination"]["has_next"] == false, "{list:?}");
    let mut left = 0;
    for movement in list.body["data"].as_array().context("no list")? {
        let lines = movement["lines"].as_array().context("no lines")?;
        let sum = |of: &dyn Fn(&str) -> bool| -> i64 {
            let named = lines.iter().filter(|line| of(line["account"].as_str().unwrap_or_default()));
            named.filter_map(|line| line["amount"].as_i64()).sum()
        };
        ensure!(sum(&|_| true) == 0 && sum(&|account| account == "customer") == 0, "{movement}");
        if movement["order_id"] == order {
            left += sum(&|account| ["provider:toss", "cash", "bank"].contains(&account));
        }
    }
    Ok(left)
}

#[track_caller]
fn assert_problem(reply: &Reply, status: u16, code: &str) {
    assert_eq!((reply.status, reply.text("/code").as_str()), (status, code), "{reply:?}");
    assert_eq!(reply.body["success"], false, "{reply:?}");
    assert_eq!(reply.header("content-type"), Some("application/problem+json; charset=utf-8"), "{reply:?}");
}

#[track_caller]
fn assert_pending(reply: &Reply, key: &str, order: &str) {
    assert_eq!((reply.status, reply.text("/code").as_str()), (202, "PAYMENT_PENDING"), "{reply:?}");
    assert_eq!(reply.text("/order_id"), order, "{reply:?}");
    assert_eq!(reply.text("/url"), format!("/payments/{key}"), "{reply:?}");
}

#[track_caller]
fn assert_done(reply: &Reply, order: &str, amount: i64) {
    assert_eq!((reply.status, reply.text("/status").as_str()), (200, "DONE"), "{reply:?}");
    assert_eq!(
        (reply.text("/order_id").as_str(), reply.body["total_amount"].as_i64()),
        (order, Some(amount))
    );
}
