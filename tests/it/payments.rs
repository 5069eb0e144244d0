//! Payments: we say what is owed, the money moves once, and what nobody knows is never guessed.

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

// ---- ready ----------------------------------------------------------------------------------------

#[tokio::test]
async fn the_price_is_rate_times_hours_whatever_the_client_says() -> Result<()> {
    let app = App::start().await?;
    let member = app.member().await?;
    let spans = [
        ("09:00", "09:15", 5_000),
        ("10:00", "11:00", 20_000),
        ("11:00", "12:30", 30_000),
        ("14:00", "18:00", 80_000),
    ];
    for (from, to, amount) in spans {
        let day = "2026-12-02";
        let wish = json!({"room_id": ROOM_A, "title": "수업", "start_time": format!("{day}T{from}:00+09:00"),
            "end_time": format!("{day}T{to}:00+09:00"), "amount": 1, "price": 1});
        let id = id_of(&member.book(&wish).await?)?;
        let said = json!({"booking_id": id, "amount": 1, "total_amount": 1, "price": 0, "currency": "USD"});
        let reply = member.post("/payments/ready", &said).await?;
        assert_eq!(reply.status, 200, "{reply:?}");
        assert_eq!((reply.body["amount"].as_i64(), reply.text("/currency").as_str()), (Some(amount), "KRW"));
        assert_eq!(reply.body["success"], true);
        assert_eq!(reply.text("/order_name"), "수업");
        assert_eq!(reply.text("/expires_at"), "2026-12-01T08:10:00+09:00");
        let url = reply.text("/checkout_url");
        assert!(url.contains(&format!("orderId={}&amount={amount}", reply.text("/order_id"))), "{url}");
        assert!(!reply.text("/client_key").is_empty() && !reply.text("/customer_key").is_empty());
        let booking = booking(&member, &id).await?;
        assert_eq!(booking.text("/data/order_id"), reply.text("/order_id"));
        assert_eq!(
            (booking.text("/data/status").as_str(), booking.body["data"]["lock_version"].as_i64()),
            ("held", Some(2))
        );
    }
    assert_eq!(app.stack().outsiders.toss.confirm_calls(), 0);
    Ok(())
}

#[tokio::test]
async fn asking_again_gives_the_same_open_order() -> Result<()> {
    let app = App::start().await?;
    let member = app.member().await?;
    let id = id_of(&member.book(&wish(10, 12)).await?)?;
    let first = ready(&member, &id).await?;
    let camel = member.post("/payments/ready", &json!({"bookingId": id, "orderName": "다른 이름"})).await?;
    assert_eq!((first.status, camel.status), (200, 200), "{first:?} {camel:?}");
    assert_eq!(first.body, camel.body, "an open order is given as it is");
    assert_eq!(booking(&member, &id).await?.body["data"]["lock_version"], 2, "nothing was written again");
    Ok(())
}

#[tokio::test]
async fn twenty_at_once_who_ask_to_pay_get_one_order() -> Result<()> {
    let app = App::start().await?;
    let member = app.member().await?;
    let id = id_of(&member.book(&wish(10, 12)).await?)?;
    let replies = try_join_all((0..20).map(|_| ready(&member, &id))).await?;
    let orders: std::collections::BTreeSet<_> =
        replies.iter().map(|reply| (reply.status, reply.text("/order_id"))).collect();
    assert_eq!(orders.len(), 1, "{orders:?}");
    assert_eq!(orders.first().map(|(status, _)| *status), Some(200));
    Ok(())
}

#[tokio::test]
async fn a_repeated_key_is_answered_with_the_same_order_and_another_body_is_refused() -> Result<()> {
    let app = App::start().await?;
    let member = app.member().await?;
    let (one, other) =
        (id_of(&member.book(&wish(10, 12)).await?)?, id_of(&member.book(&wish(13, 14)).await?)?);
    let key = [("idempotency-key", "ready-1")];
    let body = json!({"booking_id": one});
    let first = member.post_with("/payments/ready", &body, &key).await?;
    assert_eq!((first.status, first.header("idempotent-replayed")), (200, None), "{first:?}");
    let second = member.post_with("/payments/ready", &body, &key).await?;
    assert_eq!((second.status, second.header("idempotent-replayed")), (200, Some("true")), "{second:?}");
    assert_eq!(first.body, second.body);
    let reused = member.post_with("/payments/ready", &json!({"booking_id": other}), &key).await?;
    assert_problem(&reused, 422, "idempotency_key_reused");
    assert_eq!(booking(&member, &other).await?.text("/data/order_id"), "null", "nothing was made ready");
    // Somebody else's key of the same name is another key.
    let stranger = app.another().await?;
    let theirs = id_of(&stranger.book(&wish(15, 16)).await?)?;
    let reply = stranger.post_with("/payments/ready", &json!({"booking_id": theirs}), &key).await?;
    assert_eq!((reply.status, reply.header("idempotent-replayed")), (200, None), "{reply:?}");
    Ok(())
}

#[tokio::test]
async fn a_key_is_remembered_even_where_the_order_was_open_before() -> Result<()> {
    let app = App::start().await?;
    let member = app.member().await?;
    let (one, other) =
        (id_of(&member.book(&wish(10, 12)).await?)?, id_of(&member.book(&wish(13, 14)).await?)?);
    assert_eq!(ready(&member, &one).await?.status, 200);
    let key = [("idempotency-key", "ready-late")];
    let first = member.post_with("/payments/ready", &json!({"booking_id": one}), &key).await?;
    assert_eq!(first.status, 200, "{first:?}");
    let reused = member.post_with("/payments/ready", &json!({"booking_id": other}), &key).await?;
    assert_problem(&reused, 422, "idempotency_key_reused");
    Ok(())
}

#[tokio::test]
async fn only_a_live_hold_of_ones_own_can_be_made_ready() -> Result<()> {
    let app = patient().await?;
    let (member, another) = (app.member().await?, app.another().await?);
    let free = id_of(&member.book(&free_wish(10, 11)).await?)?;
    assert_problem(&ready(&member, &free).await?, 409, "nothing_to_pay");

    let (paid, order, key) = member.up_to_the_window(&app, &wish(9, 10)).await?;
    assert_done(&member.confirm(&key, &order, 20_000).await?, &order, 20_000);
    assert_problem(&ready(&member, &paid).await?, 409, "already_paid");

    let cancelled = id_of(&member.book(&wish(10, 11)).await?)?;
    assert_eq!(cancel(&member, &cancelled).await?.status, 200);
    assert_problem(&ready(&member, &cancelled).await?, 409, "hold_over");

    let foreign = id_of(&another.book(&wish(11, 12)).await?)?;
    assert_problem(&ready(&member, &foreign).await?, 404, "not_found");
    let staff = app.staff("operator").await?;
    assert_problem(&ready(&staff, &foreign).await?, 404, "not_found");
    assert_problem(&ready(&member, "01900000-0000-7000-8000-0000000000ff").await?, 404, "not_found");
    assert_problem(&ready(&app.stranger(), &foreign).await?, 401, "unauthorized");
    for wrong in
        [json!({}), json!({"booking_id": 7}), json!({"booking_id": "x"}), json!({"booking_id": null})]
    {
        let reply = member.post("/payments/ready", &wrong).await?;
        assert_problem(&reply, 422, "invalid_input");
        assert_eq!(reply.fields(), ["/booking_id"], "{wrong}");
    }

    let late = id_of(&member.book(&wish(13, 14)).await?)?;
    app.clock.advance(600);
    assert_problem(&ready(&member, &late).await?, 409, "hold_over");
    assert!(app.stack().workers.sweep().await? >= 1);
    assert_eq!(member.status_of(&late).await?, "expired");
    assert_problem(&ready(&member, &late).await?, 409, "hold_over");
    Ok(())
}

// ---- confirm --------------------------------------------------------------------------------------

#[tokio::test]
async fn a_confirmed_payment_confirms_the_booking_and_mails_one_receipt() -> Result<()> {
    let app = patient().await?;
    let member = app.member().await?;
    let (id, order, key) = member.up_to_the_window(&app, &wish(10, 12)).await?;
    let reply = member.confirm(&key, &order, 40_000).await?;
    assert_done(&reply, &order, 40_000);
    assert_eq!(reply.body["success"], true);
    assert_eq!((reply.text("/payment_key"), reply.text("/booking_id")), (key.clone(), id.clone()));
    assert_eq!((reply.text("/method").as_str(), reply.text("/currency").as_str()), ("카드", "KRW"));
    assert_eq!(reply.text("/approved_at"), "2026-12-01T08:00:00+09:00");
    assert!(reply.text("/receipt_url").starts_with("http"), "{reply:?}");
    assert_eq!(reply.body["failure"], Value::Null);
    assert_eq!(reply.body["lock_version"], 3);

    let shown = booking(&member, &id).await?;
    assert_eq!(
        (shown.text("/data/status").as_str(), shown.text("/data/expires_at").as_str()),
        ("confirmed", "null")
    );
    assert_eq!(shown.body["data"]["lock_version"], 4);
    assert_eq!(payment(&member, &key).await?.body, reply.body, "a later look shows the same");
    assert_eq!(app.stack().outsiders.toss.captures(&order), 1);

    let letters = receipts(&app, &member).await?;
    assert_eq!(letters.len(), 1, "{letters:?}");
    for part in [order.as_str(), "40000", "강의실 A", "카드"] {
        assert!(letters[0].contains(part), "{part} is not in {}", letters[0]);
    }
    // The stream repeats itself: the same records again, one of them twice.
    let trail = trail(&app, &order).await?;
    assert_eq!(actions(&trail), ["payment.readied", "payment.begun", "payment.captured"]);
    for audit in trail.iter().chain(trail.last()) {
        assert!(app.stack().workers.hand(streamed(audit)?).await, "done with {}", audit.action);
    }
    app.clock.advance(3_000);
    for audit in &trail {
        assert!(app.stack().workers.hand(streamed(audit)?).await, "done with {}", audit.action);
    }
    assert!(app.stack().workers.deliver().await?);
    assert_eq!(receipts(&app, &member).await?.len(), 1, "a receipt is mailed once");
    Ok(())
}

#[tokio::test]
async fn a_receipt_that_the_post_refused_for_now_still_comes_once() -> Result<()> {
    let app = patient().await?;
    let member = app.member().await?;
    let (_, order, key) = member.up_to_the_window(&app, &wish(10, 12)).await?;
    assert_eq!(member.confirm(&key, &order, 40_000).await?.status, 200);
    app.stack().outsiders.ses.throttle(50);
    assert!(!app.stack().workers.deliver().await?, "the record is not done with");
    app.stack().outsiders.ses.throttle(0);
    app.clock.advance(180);
    assert!(app.stack().workers.deliver().await?);
    assert_eq!(receipts(&app, &member).await?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn both_spellings_and_both_kinds_of_amount_are_understood() -> Result<()> {
    let app = patient().await?;
    let member = app.member().await?;
    let bodies: [fn(&str, &str) -> Value; 6] = [
        |key, order| json!({"paymentKey": key, "orderId": order, "amount": 20_000}),
        |key, order| json!({"payment_key": key, "order_id": order, "amount": 20_000}),
        |key, order| json!({"paymentKey": key, "orderId": order, "amount": "20000"}),
        |key, order| json!({"payment_key": key, "order_id": order, "amount": "20000"}),
        |key, order| json!({"payment_key": key, "orderId": order, "amount": 20_000.0}),
        |key, order| json!({"paymentKey": key, "orderId": order, "amount": "20000", "paymentType": "NORMAL"}),
    ];
    for (hour, body) in (9..).zip(bodies) {
        let (id, order, key) = member.up_to_the_window(&app, &wish(hour, hour + 1)).await?;
        let body = body(&key, &order);
        let reply = member.post("/payments/confirm", &body).await?;
        assert_eq!((reply.status, reply.text("/status").as_str()), (200, "DONE"), "{body}: {reply:?}");
        assert_eq!(member.status_of(&id).await?, "confirmed", "{body}");
    }
    Ok(())
}

#[tokio::test]
async fn an_amount_that_is_not_the_orders_is_refused_before_the_provider_is_called() -> Result<()> {
    let app = patient().await?;
    let member = app.member().await?;
    let (id, order, key) = member.up_to_the_window(&app, &wish(10, 12)).await?;
    let wrongs = [
        json!(39_999),
        json!(40_001),
        json!(1),
        json!(0),
        json!(-40_000),
        json!(-1),
        json!(4_000_000),
        json!(9_007_199_254_740_992_i64),
        json!(9_007_199_254_740_993_i64),
        json!(i64::MAX),
        json!(u64::MAX),
        json!(1e300),
        json!(40_000.5),
        json!(0.0),
        json!(-0.0),
        json!("39999"),
        json!("0"),
        json!("-40000"),
        json!("40000.5"),
        json!("40000.01"),
        json!(""),
        json!(" "),
        json!(" 40000"),
        json!("40000 "),
        json!("+40000"),
        json!("40,000"),
        json!("40000원"),
        json!("4e4"),
        json!("0x9c40"),
        json!("４００００"),
        json!("NaN"),
        json!("Infinity"),
        json!("abc"),
        json!("9007199254740992"),
        json!("40000000000000000000000"),
        json!("40000;DROP"),
        json!("40000\u{0}"),
        json!(null),
        json!(true),
        json!([40_000]),
        json!({"value": 40_000}),
    ];
    for wrong in wrongs {
        let reply = member
            .post("/payments/confirm", &json!({"paymentKey": key, "orderId": order, "amount": wrong}))
            .await?;
        assert_problem(&reply, 422, "invalid_input");
        assert_eq!(reply.fields(), ["/amount"], "{wrong}: {reply:?}");
        assert_eq!(app.stack().outsiders.toss.confirm_calls(), 0, "{wrong}");
    }
    let missing = member.post("/payments/confirm", &json!({"paymentKey": key, "orderId": order})).await?;
    assert_eq!((missing.status, missing.fields()), (422, vec!["/amount".to_owned()]), "{missing:?}");
    assert_eq!(member.status_of(&id).await?, "held");
    assert_eq!(app.stack().outsiders.toss.confirm_calls(), 0);
    assert_eq!(actions(&trail(&app, &order).await?), ["payment.readied"], "nothing was written");
    assert_done(&member.confirm(&key, &order, 40_000).await?, &order, 40_000);
    Ok(())
}

#[tokio::test]
async fn a_body_that_says_nothing_clear_is_refused_with_every_field_named() -> Result<()> {
    let app = App::start().await?;
    let member = app.member().await?;
    let (_, order, key) = member.up_to_the_window(&app, &wish(10, 12)).await?;
    let reply = member.post("/payments/confirm", &json!({})).await?;
    assert_eq!(
        (reply.status, reply.fields()),
        (422, vec!["/payment_key".into(), "/order_id".into(), "/amount".into()])
    );
    for wrong in ["", " ", "a/b", "../x", "a b", "한글", "?", &"k".repeat(201)] {
        let reply = member.confirm(wrong, &order, 40_000).await?;
        assert_eq!((reply.status, reply.fields()), (422, vec!["/payment_key".to_owned()]), "{wrong}");
    }
    let twice = json!({"paymentKey": key, "payment_key": "other", "orderId": order, "amount": 40_000});
    assert_problem(&member.post("/payments/confirm", &twice).await?, 422, "invalid_input");
    assert_problem(&app.stranger().confirm(&key, &order, 40_000).await?, 401, "unauthorized");
    assert_eq!(app.stack().outsiders.toss.confirm_calls(), 0);
    Ok(())
}

#[tokio::test]
async fn anothers_order_and_no_order_are_not_found_and_nothing_is_charged() -> Result<()> {
    let app = App::start().await?;
    let (member, another) = (app.member().await?, app.another().await?);
    let (id, order, key) = member.up_to_the_window(&app, &wish(10, 12)).await?;
    let (_, _, own_key) = another.up_to_the_window(&app, &wish(13, 15)).await?;
    for guest in [&another, &app.staff("operator").await?, &app.staff("owner").await?, &app.machine()] {
        for key in [&key, &own_key] {
            assert_problem(&guest.confirm(key, &order, 40_000).await?, 404, "not_found");
        }
    }
    let unknown = "01900000-0000-7000-8000-0000000000ff";
    for nothing in [unknown, "x", "", "../../x", &format!("key#{key}")] {
        let reply = member.confirm(&key, nothing, 40_000).await?;
        assert!(reply.status == 404 || (nothing.is_empty() && reply.status == 422), "{nothing}: {reply:?}");
    }
    assert_eq!(app.stack().outsiders.toss.confirm_calls(), 0);
    assert_eq!(member.status_of(&id).await?, "held");
    Ok(())
}

#[tokio::test]
async fn a_payment_key_that_paid_one_order_pays_no_other() -> Result<()> {
    let app = patient().await?;
    let (member, another) = (app.member().await?, app.another().await?);
    let (_, order, key) = member.up_to_the_window(&app, &wish(10, 11)).await?;
    assert_eq!(member.confirm(&key, &order, 20_000).await?.status, 200);
    for (guest, hour) in [(&member, 11), (&another, 12)] {
        let (id, theirs, _) = guest.up_to_the_window(&app, &wish(hour, hour + 1)).await?;
        assert_problem(&guest.confirm(&key, &theirs, 20_000).await?, 409, "payment_key_used");
        assert_eq!(guest.status_of(&id).await?, "held");
        assert_eq!(app.stack().outsiders.toss.captures(&theirs), 0);
    }
    assert_eq!(
        (app.stack().outsiders.toss.confirm_calls(), app.stack().outsiders.toss.captures(&order)),
        (1, 1)
    );
    Ok(())
}

#[tokio::test]
async fn swapped_payment_keys_charge_nobody_and_both_orders_can_still_be_paid() -> Result<()> {
    let app = patient().await?;
    let member = app.member().await?;
    let (one, order_one, key_one) = member.up_to_the_window(&app, &wish(10, 11)).await?;
    let (two, order_two, key_two) = member.up_to_the_window(&app, &wish(11, 12)).await?;
    let swapped = member.confirm(&key_two, &order_one, 20_000).await?;
    assert_problem(&swapped, 409, "payment_declined");
    assert_problem(&member.confirm(&key_one, &order_two, 20_000).await?, 409, "payment_declined");
    let toss = &app.stack().outsiders.toss;
    assert_eq!((toss.captures(&order_one), toss.captures(&order_two)), (0, 0));
    for id in [one, two] {
        assert_eq!(member.status_of(&id).await?, "held");
        let reply = ready(&member, &id).await?;
        let order = reply.text("/order_id");
        let key = app.authenticate(&order, 20_000);
        assert_done(&member.confirm(&key, &order, 20_000).await?, &order, 20_000);
        assert_eq!(toss.captures(&order), 1);
    }
    Ok(())
}

#[tokio::test]
async fn a_repeated_confirm_is_answered_the_same_and_captures_once() -> Result<()> {
    let app = patient().await?;
    let member = app.member().await?;
    let (id, order, key) = member.up_to_the_window(&app, &wish(10, 12)).await?;
    let first = member.confirm(&key, &order, 40_000).await?;
    for _ in 0..3 {
        let again = member.confirm(&key, &order, 40_000).await?;
        assert_eq!((again.status, &again.body), (first.status, &first.body));
    }
    app.clock.advance(3_000);
    assert_eq!(member.confirm(&key, &order, 40_000).await?.body, first.body, "and much later, too");
    // A second authentication of a paid order is worth nothing.
    let second_key = app.authenticate(&order, 40_000);
    assert_problem(&member.confirm(&second_key, &order, 40_000).await?, 409, "already_paid");
    assert_problem(&member.confirm(&key, &order, 39_999).await?, 422, "invalid_input");
    let toss = &app.stack().outsiders.toss;
    assert_eq!((toss.confirm_calls(), toss.captures(&order)), (1, 1));
    assert_eq!(member.status_of(&id).await?, "confirmed");
    assert_eq!(receipts(&app, &member).await?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn fifty_parallel_confirms_capture_once_and_are_all_answered_alike() -> Result<()> {
    let app = patient().await?;
    let member = app.member().await?;
    let (id, order, key) = member.up_to_the_window(&app, &wish(10, 12)).await?;
    let replies = try_join_all((0..50).map(|_| member.confirm(&key, &order, 40_000))).await?;
    for reply in &replies {
        assert_done(reply, &order, 40_000);
        assert_eq!(reply.body, replies[0].body);
    }
    let toss = &app.stack().outsiders.toss;
    assert_eq!((toss.confirm_calls(), toss.captures(&order)), (1, 1));
    assert_eq!(member.status_of(&id).await?, "confirmed");
    assert_eq!(
        actions(&trail(&app, &order).await?),
        ["payment.readied", "payment.begun", "payment.captured"]
    );
    assert_eq!(receipts(&app, &member).await?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn of_two_windows_opened_for_one_order_only_one_is_captured() -> Result<()> {
    let app = patient().await?;
    let member = app.member().await?;
    let (id, order, one) = member.up_to_the_window(&app, &wish(10, 12)).await?;
    let two = app.authenticate(&order, 40_000);
    let attempts = (0..10).map(|n| member.confirm(if n % 2 == 0 { &one } else { &two }, &order, 40_000));
    let replies = try_join_all(attempts).await?;
    let done = replies.iter().filter(|reply| reply.status == 200).count();
    assert_eq!(done, 5, "one key's five requests are answered with the payment: {replies:?}");
    for reply in replies.iter().filter(|reply| reply.status != 200) {
        let code = reply.text("/code");
        assert!(
            reply.status == 409 && ["payment_under_way", "already_paid"].contains(&code.as_str()),
            "{reply:?}"
        );
    }
    let toss = &app.stack().outsiders.toss;
    assert_eq!((toss.confirm_calls(), toss.captures(&order)), (1, 1));
    assert_eq!(member.status_of(&id).await?, "confirmed");
    Ok(())
}

// ---- the hold -------------------------------------------------------------------------------------

#[tokio::test]
async fn a_hold_that_is_over_can_still_be_paid_while_nobody_took_its_hours() -> Result<()> {
    let app = patient().await?;
    let (member, another) = (app.member().await?, app.another().await?);
    let id = id_of(&member.book(&wish(10, 12)).await?)?;
    let order = ready(&member, &id).await?.text("/order_id");
    app.clock.advance(HOLD_IS_OVER);
    let key = app.authenticate(&order, 40_000);
    assert_done(&member.confirm(&key, &order, 40_000).await?, &order, 40_000);
    assert_eq!(member.status_of(&id).await?, "confirmed");
    assert_problem(&another.post("/api/bookings", &wish(10, 12)).await?, 409, "slot_taken");
    assert_eq!(app.stack().workers.sweep().await?, 0, "nothing is left to sweep");
    Ok(())
}

#[tokio::test]
async fn a_hold_whose_hours_somebody_took_is_never_charged() -> Result<()> {
    let app = patient().await?;
    let (member, another) = (app.member().await?, app.another().await?);
    let id = id_of(&member.book(&wish(10, 12)).await?)?;
    let order = ready(&member, &id).await?.text("/order_id");
    app.clock.advance(HOLD_IS_OVER);
    let key = app.authenticate(&order, 40_000);
    let theirs = id_of(&another.book(&wish(11, 13)).await?)?;
    assert_problem(&member.confirm(&key, &order, 40_000).await?, 409, "hold_over");
    let toss = &app.stack().outsiders.toss;
    assert_eq!((toss.confirm_calls(), toss.captures(&order)), (0, 0));
    assert_eq!(
        (member.status_of(&id).await?.as_str(), another.status_of(&theirs).await?.as_str()),
        ("expired", "held")
    );
    assert_problem(&member.confirm(&key, &order, 40_000).await?, 409, "hold_over");
    assert_eq!(toss.confirm_calls(), 0);
    Ok(())
}

#[tokio::test]
async fn a_swept_or_cancelled_hold_is_never_charged() -> Result<()> {
    let app = patient().await?;
    let member = app.member().await?;
    let (cancelled, order, key) = member.up_to_the_window(&app, &wish(10, 12)).await?;
    assert_eq!(cancel(&member, &cancelled).await?.status, 200);
    assert_problem(&member.confirm(&key, &order, 40_000).await?, 409, "hold_over");
    let swept = id_of(&member.book(&wish(13, 15)).await?)?;
    let order = ready(&member, &swept).await?.text("/order_id");
    app.clock.advance(HOLD_IS_OVER);
    assert_eq!(app.stack().workers.sweep().await?, 1);
    let key = app.authenticate(&order, 40_000);
    assert_problem(&member.confirm(&key, &order, 40_000).await?, 409, "hold_over");
    assert_eq!(app.stack().outsiders.toss.confirm_calls(), 0);
    Ok(())
}

#[tokio::test]
async fn the_sweeper_ends_an_overdue_hold_and_leaves_what_is_being_paid_alone() -> Result<()> {
    let app = hasty().await?;
    let member = app.member().await?;
    let idle = id_of(&member.book(&wish(9, 10)).await?)?;
    let (paying, order, key) = member.up_to_the_window(&app, &wish(10, 12)).await?;
    app.stack().outsiders.toss.next([Behaviour::Error500]);
    assert_pending(&member.confirm(&key, &order, 40_000).await?, &key, &order);
    assert_eq!(app.stack().workers.sweep().await?, 0, "nothing is overdue yet");
    app.clock.advance(HOLD_IS_OVER);
    assert_eq!(app.stack().workers.sweep().await?, 1);
    assert_eq!(app.stack().workers.sweep().await?, 0);
    assert_eq!(
        (member.status_of(&idle).await?.as_str(), member.status_of(&paying).await?.as_str()),
        ("expired", "paying")
    );
    let another = app.another().await?;
    assert_problem(&another.post("/api/bookings", &wish(10, 12)).await?, 409, "slot_taken");
    assert_eq!(another.post("/api/bookings", &wish(9, 10)).await?.status, 201);
    Ok(())
}

#[tokio::test]
async fn an_over_hold_that_two_want_at_once_goes_to_exactly_one() -> Result<()> {
    let app = patient().await?;
    let (member, another) = (app.member().await?, app.another().await?);
    let mut holds = Vec::new();
    for hour in 9..17 {
        let id = id_of(&member.book(&wish(hour, hour + 1)).await?)?;
        let order = ready(&member, &id).await?.text("/order_id");
        holds.push((hour, id, order));
    }
    app.clock.advance(HOLD_IS_OVER);
    for (hour, id, order) in holds {
        let key = app.authenticate(&order, 20_000);
        let wanted = wish(hour, hour + 1);
        let (paid, booked) =
            tokio::join!(member.confirm(&key, &order, 20_000), another.post("/api/bookings", &wanted));
        let (paid, booked) = (paid?, booked?);
        let captured = app.stack().outsiders.toss.captures(&order);
        match (paid.status, booked.status) {
            (200, 409) => {
                assert_eq!((captured, member.status_of(&id).await?.as_str()), (1, "confirmed"));
                assert_problem(&booked, 409, "slot_taken");
            }
            (409, 201) => {
                assert_eq!((captured, member.status_of(&id).await?.as_str()), (0, "expired"));
                assert_problem(&paid, 409, "hold_over");
            }
            other => panic!("{other:?} at {hour}: {paid:?} {booked:?}"),
        }
    }
    Ok(())
}

#[tokio::test]
async fn of_a_cancel_and_a_confirm_at_once_exactly_one_happens() -> Result<()> {
    let app = patient().await?;
    let member = app.member().await?;
    for hour in 9..19 {
        let (id, order, key) = member.up_to_the_window(&app, &wish(hour, hour + 1)).await?;
        let (paid, gone) = tokio::join!(member.confirm(&key, &order, 20_000), cancel(&member, &id));
        let (paid, gone) = (paid?, gone?);
        let captured = app.stack().outsiders.toss.captures(&order);
        let status = member.status_of(&id).await?;
        match (paid.status, gone.status) {
            (200, 409) => assert_eq!((captured, status.as_str()), (1, "confirmed"), "{gone:?}"),
            (409, 200) => assert_eq!((captured, status.as_str()), (0, "cancelled"), "{paid:?}"),
            other => panic!("{other:?} at {hour}: {paid:?} {gone:?}"),
        }
    }
    Ok(())
}

// ---- declined -------------------------------------------------------------------------------------

#[tokio::test]
async fn a_declined_payment_gives_the_hold_back_and_another_try_succeeds() -> Result<()> {
    let app = patient().await?;
    let (member, another) = (app.member().await?, app.another().await?);
    let (id, order, key) = member.up_to_the_window(&app, &wish(10, 12)).await?;
    app.clock.advance(120);
    app.stack().outsiders.toss.next([Behaviour::Decline]);
    let declined = member.confirm(&key, &order, 40_000).await?;
    assert_problem(&declined, 409, "payment_declined");
    assert_eq!(
        declined.body["failure"],
        json!({"code": "REJECT_CARD_PAYMENT", "message": "한도 초과 또는 잔액 부족입니다."})
    );
    assert_eq!(declined.text("/message"), "한도 초과 또는 잔액 부족입니다.");
    let shown = booking(&member, &id).await?;
    assert_eq!(shown.text("/data/status"), "held");
    assert_eq!(shown.text("/data/expires_at"), "2026-12-01T08:12:00+09:00", "ten minutes from the refusal");
    assert_problem(&another.post("/api/bookings", &wish(10, 12)).await?, 409, "slot_taken");
    let failed = payment(&member, &key).await?;
    assert_eq!((failed.status, failed.text("/status").as_str()), (200, "FAILED"));
    assert_eq!(failed.text("/failure/code"), "REJECT_CARD_PAYMENT");

    let repeated = member.confirm(&key, &order, 40_000).await?;
    assert_problem(&repeated, 409, "payment_declined");
    assert_eq!(repeated.body["failure"], declined.body["failure"]);
    let other_key = app.authenticate(&order, 40_000);
    assert_problem(&member.confirm(&other_key, &order, 40_000).await?, 409, "order_closed");
    assert_eq!(app.stack().outsiders.toss.confirm_calls(), 1, "what is refused is not asked again");

    let anew = ready(&member, &id).await?.text("/order_id");
    assert_ne!(anew, order);
    let key = app.authenticate(&anew, 40_000);
    assert_done(&member.confirm(&key, &anew, 40_000).await?, &anew, 40_000);
    assert_eq!(member.status_of(&id).await?, "confirmed");
    let toss = &app.stack().outsiders.toss;
    assert_eq!((toss.captures(&order), toss.captures(&anew)), (0, 1));
    assert_eq!(receipts(&app, &member).await?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn however_often_a_card_is_declined_the_hold_ends_an_hour_after_it_began() -> Result<()> {
    let app = patient().await?;
    let another = app.another().await?;
    let mut member = app.member().await?;
    let id = id_of(&member.book(&wish(10, 12)).await?)?;
    // Declines at 9, 18 … 54 minutes, each in time.
    for minute in (9..=54).step_by(9) {
        app.clock.advance(9 * 60);
        let order = ready(&member, &id).await?.text("/order_id");
        let key = app.authenticate(&order, 40_000);
        app.stack().outsiders.toss.next([Behaviour::Decline]);
        assert_problem(&member.confirm(&key, &order, 40_000).await?, 409, "payment_declined");
        let last = std::cmp::min(minute + 10, 60);
        let ends = format!("2026-12-01T{:02}:{:02}:00+09:00", 8 + last / 60, last % 60);
        assert_eq!(booking(&member, &id).await?.text("/data/expires_at"), ends, "declined at {minute}");
    }
    assert_problem(&another.post("/api/bookings", &wish(10, 12)).await?, 409, "slot_taken");
    // At 59 the next order is made ready, at 61 it is declined: held long enough.
    app.clock.advance(5 * 60);
    let order = ready(&member, &id).await?.text("/order_id");
    app.clock.advance(2 * 60);
    member = again(&app, &member).await?;
    let key = app.authenticate(&order, 40_000);
    app.stack().outsiders.toss.next([Behaviour::Decline]);
    assert_problem(&member.confirm(&key, &order, 40_000).await?, 409, "payment_declined");
    assert_eq!(member.status_of(&id).await?, "expired");
    assert_problem(&ready(&member, &id).await?, 409, "hold_over");
    let another = again(&app, &another).await?;
    assert_eq!(another.post("/api/bookings", &wish(10, 12)).await?.status, 201);
    Ok(())
}

// ---- unknown --------------------------------------------------------------------------------------

#[tokio::test]
async fn a_capture_whose_answer_never_came_keeps_its_hours_and_is_found_by_the_checker() -> Result<()> {
    let app = hasty().await?;
    let (member, another) = (app.member().await?, app.another().await?);
    let (id, order, key) = member.up_to_the_window(&app, &wish(10, 12)).await?;
    app.stack().outsiders.toss.next([Behaviour::TimeoutAfterCapture]);
    let pending = member.confirm(&key, &order, 40_000).await?;
    assert_pending(&pending, &key, &order);
    assert_eq!(
        (pending.body["success"].as_bool(), pending.text("/status").as_str()),
        (Some(true), "UNKNOWN")
    );
    assert_eq!(member.status_of(&id).await?, "paying");
    assert_eq!(payment(&member, &key).await?.text("/status"), "UNKNOWN");
    assert_problem(&another.post("/api/bookings", &wish(10, 12)).await?, 409, "slot_taken");
    assert_problem(&ready(&member, &id).await?, 409, "payment_under_way");
    assert_problem(&cancel(&member, &id).await?, 409, "wrong_status");

    app.clock.advance(3_600);
    let (member, another) = (again(&app, &member).await?, again(&app, &another).await?);
    assert_eq!(app.stack().workers.sweep().await?, 0);
    assert_problem(&another.post("/api/bookings", &wish(11, 12)).await?, 409, "slot_taken");

    let checked = app.stack().workers.check().await?;
    assert_eq!(checked, Checked { captured: 1, ..Checked::default() });
    assert_eq!(app.stack().workers.check().await?, Checked::default(), "nothing is left to look at");
    let settled = payment(&member, &key).await?;
    assert_done(&settled, &order, 40_000);
    assert_eq!(member.status_of(&id).await?, "confirmed");
    assert_eq!(
        member.confirm(&key, &order, 40_000).await?.body,
        settled.body,
        "a late repeat is told the end"
    );
    let toss = &app.stack().outsiders.toss;
    assert_eq!((toss.confirm_calls(), toss.captures(&order)), (1, 1));
    assert_eq!(receipts(&app, &member).await?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn a_payment_nobody_knows_yet_is_not_sent_again_by_its_customer() -> Result<()> {
    let app = hasty().await?;
    let member = app.member().await?;
    let (_, order, key) = member.up_to_the_window(&app, &wish(10, 12)).await?;
    app.stack().outsiders.toss.next([Behaviour::Html]);
    assert_pending(&member.confirm(&key, &order, 40_000).await?, &key, &order);
    for reply in try_join_all((0..5).map(|_| member.confirm(&key, &order, 40_000))).await? {
        assert_pending(&reply, &key, &order);
    }
    let other_key = app.authenticate(&order, 40_000);
    assert_problem(&member.confirm(&other_key, &order, 40_000).await?, 409, "payment_under_way");
    assert_eq!(app.stack().outsiders.toss.confirm_calls(), 1);
    assert_eq!(check_after(&app, 59).await?, Checked::default(), "not due yet");
    assert_eq!(check_after(&app, 1).await?, Checked { captured: 1, ..Checked::default() });
    Ok(())
}

#[tokio::test]
async fn a_call_that_was_lost_on_its_way_is_sent_again_under_the_same_key() -> Result<()> {
    let app = hasty().await?;
    let member = app.member().await?;
    let (id, order, key) = member.up_to_the_window(&app, &wish(10, 12)).await?;
    app.stack().outsiders.toss.next([Behaviour::Hang]);
    assert_pending(&member.confirm(&key, &order, 40_000).await?, &key, &order);
    assert_eq!(app.stack().outsiders.toss.captures(&order), 0);
    assert_eq!(check_after(&app, 60).await?, Checked { captured: 1, ..Checked::default() });
    let toss = &app.stack().outsiders.toss;
    assert_eq!((toss.confirm_calls(), toss.captures(&order)), (2, 1));
    assert_eq!(member.status_of(&id).await?, "confirmed");
    assert_eq!(receipts(&app, &member).await?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn a_call_lost_until_the_session_ended_fails_and_the_hours_come_free() -> Result<()> {
    let app = hasty().await?;
    let (member, another) = (app.member().await?, app.another().await?);
    let (id, order, key) = member.up_to_the_window(&app, &wish(10, 12)).await?;
    app.stack().outsiders.toss.next([Behaviour::Hang]);
    assert_pending(&member.confirm(&key, &order, 40_000).await?, &key, &order);
    assert_eq!(check_after(&app, 16 * 60).await?, Checked { failed: 1, ..Checked::default() });
    let failed = payment(&member, &key).await?;
    assert_eq!(
        (failed.text("/status").as_str(), failed.text("/failure/code").as_str()),
        ("FAILED", "EXPIRED_PAYMENT")
    );
    assert_problem(&member.confirm(&key, &order, 40_000).await?, 409, "payment_declined");
    // Within its hour the booking is its holder's for ten minutes more; then anybody's.
    assert_eq!(booking(&member, &id).await?.text("/data/expires_at"), "2026-12-01T08:26:00+09:00");
    assert_problem(&another.post("/api/bookings", &wish(10, 12)).await?, 409, "slot_taken");
    app.clock.advance(600);
    assert_eq!(another.post("/api/bookings", &wish(10, 12)).await?.status, 201);
    assert_eq!(member.status_of(&id).await?, "expired");
    assert_eq!(app.stack().outsiders.toss.captures(&order), 0);
    assert!(receipts(&app, &member).await?.is_empty());
    Ok(())
}

#[tokio::test]
async fn a_payment_that_failed_after_the_holds_longest_hour_frees_the_hours_at_once() -> Result<()> {
    let app = hasty().await?;
    let (member, another) = (app.member().await?, app.another().await?);
    let (id, order, key) = member.up_to_the_window(&app, &wish(10, 12)).await?;
    app.stack().outsiders.toss.next([Behaviour::Hang]);
    assert_pending(&member.confirm(&key, &order, 40_000).await?, &key, &order);
    assert_eq!(check_after(&app, 61 * 60).await?, Checked { failed: 1, ..Checked::default() });
    let (member, another) = (again(&app, &member).await?, again(&app, &another).await?);
    assert_eq!(member.status_of(&id).await?, "expired");
    assert_eq!(another.post("/api/bookings", &wish(10, 12)).await?.status, 201);
    assert_eq!(app.stack().outsiders.toss.captures(&order), 0);
    Ok(())
}

#[tokio::test]
async fn a_request_the_checker_overtook_tells_what_the_checker_found() -> Result<()> {
    let app = App::with(Wish { toss_deadline: Duration::from_millis(1500), ..Wish::default() }).await?;
    let member = app.member().await?;
    let (id, order, key) = member.up_to_the_window(&app, &wish(10, 12)).await?;
    let toss = app.stack().outsiders.toss.clone();
    toss.next([Behaviour::TimeoutAfterCapture]);
    let overtake = async {
        until("the capture", || toss.captures(&order) == 1).await?;
        ensure!(check_after(&app, 29).await? == Checked::default(), "a capture is left alone for a while");
        check_after(&app, 1).await
    };
    let (reply, checked) = tokio::join!(member.confirm(&key, &order, 40_000), overtake);
    assert_eq!(checked?, Checked { captured: 1, ..Checked::default() });
    assert_done(&reply?, &order, 40_000);
    assert_eq!(member.status_of(&id).await?, "confirmed");
    assert_eq!((toss.confirm_calls(), toss.captures(&order)), (1, 1));
    assert_eq!(
        actions(&trail(&app, &order).await?),
        ["payment.readied", "payment.begun", "payment.captured"]
    );
    assert_eq!(receipts(&app, &member).await?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn the_checker_beside_a_hanging_request_captures_once_in_the_end() -> Result<()> {
    let app = App::with(Wish { toss_deadline: Duration::from_millis(1500), ..Wish::default() }).await?;
    let member = app.member().await?;
    let (id, order, key) = member.up_to_the_window(&app, &wish(10, 12)).await?;
    let toss = app.stack().outsiders.toss.clone();
    toss.next([Behaviour::Hang]);
    let beside = async {
        until("the call", || toss.confirm_calls() == 1).await?;
        check_after(&app, 30).await
    };
    let (reply, checked) = tokio::join!(member.confirm(&key, &order, 40_000), beside);
    // The provider says the same key is still being answered: that is no answer.
    assert_eq!(checked?, Checked { unknown: 1, ..Checked::default() });
    assert_pending(&reply?, &key, &order);
    assert_eq!(toss.captures(&order), 0);
    assert_eq!(check_after(&app, 60).await?, Checked { captured: 1, ..Checked::default() });
    assert_eq!((member.status_of(&id).await?.as_str(), toss.captures(&order)), ("confirmed", 1));
    Ok(())
}

#[tokio::test]
async fn whatever_the_provider_does_nothing_is_guessed_and_the_checker_ends_in_the_truth() -> Result<()> {
    use Behaviour::{
        Approve, Decline, Error500, Error500AfterCapture, Hang, Html, HtmlAfterCapture, Huge, Processing,
        Redirect, TimeoutAfterCapture, UnknownStatus, UnmappedCode, WrongAmount,
    };
    // What the provider does; what the customer is told; where the payment ends; how often money moved.
    let table = [
        (Approve, 200, "DONE", 1),
        (Decline, 409, "FAILED", 0),
        (TimeoutAfterCapture, 202, "DONE", 1),
        (Hang, 202, "DONE", 1),
        (Error500, 202, "DONE", 1),
        (Error500AfterCapture, 202, "DONE", 1),
        (Html, 202, "DONE", 1),
        (HtmlAfterCapture, 202, "DONE", 1),
        (Processing, 202, "DONE", 1),
        (WrongAmount, 202, "UNKNOWN", 1),
        (UnknownStatus, 202, "DONE", 1),
        (UnmappedCode, 202, "FAILED", 0),
        (Huge, 202, "DONE", 1),
        (Redirect, 202, "DONE", 1),
    ];
    assert_eq!(table.map(|(behaviour, ..)| behaviour), Behaviour::ALL, "the table names every behaviour");
    let app = App::with(Wish { toss_deadline: Duration::from_millis(1200), ..Wish::default() }).await?;
    let member = app.member().await?;
    let toss = app.stack().outsiders.toss.clone();
    let mut paid = Vec::new();
    for (day, (behaviour, told, ends, captures)) in (2..).zip(table) {
        let name = behaviour.name();
        let wish = wish_for(ROOM_A, &format!("2026-12-{day:02}"), 10, 12);
        let (id, order, key) = member.up_to_the_window(&app, &wish).await?;
        toss.next([behaviour]);
        let reply = member.confirm(&key, &order, 40_000).await?;
        assert_eq!(reply.status, told, "{name}: {reply:?}");
        let status = member.status_of(&id).await?;
        let expected = match told {
            200 => "confirmed",
            409 => "held",
            _ => {
                assert_pending(&reply, &key, &order);
                "paying"
            }
        };
        assert_eq!(status, expected, "{name}");
        paid.push((name, wish, id, order, key, ends, captures));
    }
    let calls = toss.confirm_calls();
    assert_eq!(calls, 14, "one call each");
    for _ in 0..25 {
        let _checked = check_after(&app, 60).await?;
    }
    for (name, wish, id, order, key, ends, captures) in paid {
        let shown = payment(&member, &key).await?;
        assert_eq!((shown.status, shown.text("/status").as_str()), (200, ends), "{name}: {shown:?}");
        assert_eq!(toss.captures(&order), captures, "{name}");
        let status = member.status_of(&id).await?;
        let expected = match ends {
            "DONE" => "confirmed",
            "UNKNOWN" => "paying",
            _ => "held",
        };
        assert_eq!(status, expected, "{name}");
        // The answer to a repeat is the end, whatever the first answer was.
        let again = member.confirm(&key, &order, 40_000).await?;
        let end = match ends {
            "DONE" => 200,
            "UNKNOWN" => 202,
            _ => 409,
        };
        assert_eq!(again.status, end, "{name}: {again:?}");
        let other = app.another().await?.post("/api/bookings", &wish).await?;
        // What failed is a hold again, and that is over by now.
        assert_eq!(other.status, if ends == "FAILED" { 201 } else { 409 }, "{name}: {other:?}");
    }
    let done = table.iter().filter(|(_, _, ends, _)| *ends == "DONE").count();
    assert_eq!(receipts(&app, &member).await?.len(), done, "a receipt for each capture that is ours");
    Ok(())
}

#[tokio::test]
async fn a_capture_of_another_amount_waits_for_a_person_and_confirms_nothing() -> Result<()> {
    let app = patient().await?;
    let (member, another) = (app.member().await?, app.another().await?);
    let (id, order, key) = member.up_to_the_window(&app, &wish(10, 12)).await?;
    app.stack().outsiders.toss.next([Behaviour::WrongAmount]);
    assert_pending(&member.confirm(&key, &order, 40_000).await?, &key, &order);
    let written = trail(&app, &order).await?;
    assert_eq!(actions(&written), ["payment.readied", "payment.begun", "payment.unknown"]);
    let review = &written[2].changes["review"];
    assert!(review[0].is_null() && review[1].as_str().is_some_and(|why| why.contains("amount")), "{review}");
    for _ in 0..30 {
        assert_eq!(check_after(&app, 60).await?, Checked { unknown: 1, ..Checked::default() });
    }
    assert_problem(&another.post("/api/bookings", &wish(10, 12)).await?, 409, "slot_taken");
    assert_eq!(check_after(&app, 24 * 3_600).await?, Checked { unknown: 1, ..Checked::default() });
    let member = again(&app, &member).await?;
    assert_eq!(member.status_of(&id).await?, "paying");
    assert_eq!(payment(&member, &key).await?.text("/status"), "UNKNOWN");
    assert_eq!(trail(&app, &order).await?.len(), 3, "what was told to people once is not told each minute");
    assert!(receipts(&app, &member).await?.is_empty());
    assert_eq!(app.stack().outsiders.toss.confirm_calls(), 1);
    Ok(())
}

#[tokio::test]
async fn one_payment_that_cannot_be_settled_does_not_stop_the_others() -> Result<()> {
    let app = hasty().await?;
    let member = app.member().await?;
    let toss = app.stack().outsiders.toss.clone();
    let mut paid = Vec::new();
    for (hour, behaviour) in (9..).zip([Behaviour::WrongAmount, Behaviour::UnmappedCode, Behaviour::Error500])
    {
        let (id, order, key) = member.up_to_the_window(&app, &wish(hour, hour + 1)).await?;
        toss.next([behaviour]);
        assert_pending(&member.confirm(&key, &order, 20_000).await?, &key, &order);
        paid.push(id);
    }
    assert_eq!(check_after(&app, 60).await?, Checked { captured: 1, unknown: 2, ..Checked::default() });
    assert_eq!(member.status_of(&paid[2]).await?, "confirmed");
    Ok(())
}

#[tokio::test]
async fn two_checkers_at_once_settle_a_payment_once() -> Result<()> {
    let app = hasty().await?;
    let member = app.member().await?;
    let (id, order, key) = member.up_to_the_window(&app, &wish(10, 12)).await?;
    app.stack().outsiders.toss.next([Behaviour::Hang]);
    assert_pending(&member.confirm(&key, &order, 40_000).await?, &key, &order);
    app.clock.advance(60);
    for checked in join_all((0..8).map(|_| app.stack().workers.check())).await {
        assert_eq!(checked?.failed, 0);
    }
    assert_eq!(app.stack().outsiders.toss.captures(&order), 1);
    assert_eq!(member.status_of(&id).await?, "confirmed");
    let trail = trail(&app, &order).await?;
    assert_eq!(actions(&trail).iter().filter(|action| **action == "payment.captured").count(), 1);
    assert_eq!(receipts(&app, &member).await?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn the_checker_closes_an_order_nobody_paid() -> Result<()> {
    let app = patient().await?;
    let member = app.member().await?;
    let (id, order, key) = member.up_to_the_window(&app, &wish(10, 12)).await?;
    assert_eq!(check_after(&app, 45 * 60 - 1).await?, Checked::default());
    assert_eq!(check_after(&app, 1).await?, Checked { expired: 1, ..Checked::default() });
    assert_eq!(app.stack().workers.check().await?, Checked::default());
    assert_problem(&member.confirm(&key, &order, 40_000).await?, 409, "order_closed");
    assert_eq!(app.stack().outsiders.toss.confirm_calls(), 0);
    assert_eq!(app.stack().workers.sweep().await?, 1);
    assert_eq!(member.status_of(&id).await?, "expired");
    assert_eq!(actions(&trail(&app, &order).await?), ["payment.readied", "payment.expired"]);
    Ok(())
}

// ---- who sees, and who may cancel -----------------------------------------------------------------

#[tokio::test]
async fn a_payment_is_shown_to_its_payer_and_to_staff_who_may_read_payments() -> Result<()> {
    let app = patient().await?;
    let member = app.member().await?;
    let (_, order, key) = member.up_to_the_window(&app, &wish(10, 12)).await?;
    assert_problem(&payment(&member, &key).await?, 404, "not_found");
    assert_eq!(member.confirm(&key, &order, 40_000).await?.status, 200);
    let own = payment(&member, &key).await?;
    assert_done(&own, &order, 40_000);
    assert_eq!(own.header("etag"), Some("\"3\""));
    for role in ["owner", "admin", "operator"] {
        assert_eq!(payment(&app.staff(role).await?, &key).await?.body, own.body, "{role}");
    }
    assert_eq!(payment(&app.machine(), &key).await?.body, own.body, "the operator's API key");
    for role in ["viewer", "instructor"] {
        assert_problem(&payment(&app.staff(role).await?, &key).await?, 404, "not_found");
    }
    assert_problem(&payment(&app.another().await?, &key).await?, 404, "not_found");
    assert_problem(&payment(&app.stranger(), &key).await?, 401, "unauthorized");
    let mut forged = app.stranger();
    forged.api_key = Some("mk_AAAA".into());
    assert_problem(&payment(&forged, &key).await?, 401, "unauthorized");
    for nothing in ["nothing", "...", "%2e%2e%2fx", "key%23x", &order] {
        assert_eq!(payment(&member, nothing).await?.status, 404, "{nothing}");
    }
    Ok(())
}

#[tokio::test]
async fn what_is_being_paid_or_paid_is_not_cancelled() -> Result<()> {
    let app = hasty().await?;
    let member = app.member().await?;
    let staff = app.staff("operator").await?;
    let (id, order, key) = member.up_to_the_window(&app, &wish(10, 12)).await?;
    app.stack().outsiders.toss.next([Behaviour::Error500]);
    assert_pending(&member.confirm(&key, &order, 40_000).await?, &key, &order);
    for guest in [&member, &staff] {
        let reply = cancel(guest, &id).await?;
        assert_problem(&reply, 409, "wrong_status");
        assert_eq!(reply.text("/current_status"), "paying");
    }
    assert_eq!(check_after(&app, 60).await?, Checked { captured: 1, ..Checked::default() });
    for guest in [&member, &staff] {
        assert_problem(&cancel(guest, &id).await?, 409, "paid_booking");
    }
    assert_eq!(member.status_of(&id).await?, "confirmed");
    Ok(())
}
