//! Confirming, and what is refused before anybody is called.

use super::*;

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
