//! Paying back: by the terms of what was booked, or as staff decide; once, and written down.

use super::*;

async fn paid(app: &App, guest: &Guest, wish: &Value, amount: i64) -> Result<(String, String, String)> {
    let (id, order, key) = guest.up_to_the_window(app, wish).await?;
    assert_done(&guest.confirm(&key, &order, amount).await?, &order, amount);
    Ok((id, order, key))
}

async fn pay_back(guest: &Guest, key: &str, body: &Value) -> Result<Reply> {
    guest.post(&format!("/payments/{key}/cancel"), body).await
}

/// The provider's book and ours say the same, and every movement sums to zero.
async fn books_agree(app: &App, order: &str, key: &str) -> Result<i64> {
    let theirs = app.stack().outsiders.toss.payment(key).context("the provider knows no such payment")?;
    let ours = movements(app, order).await?;
    assert_eq!(ours, theirs["balanceAmount"].as_i64().context("no balance")?, "{theirs}");
    Ok(ours)
}

async fn refund_letters(app: &App, guest: &Guest) -> Result<usize> {
    let mails = app.mails(&guest.email).await?;
    Ok(mails.iter().filter(|mail| mail.subject.contains("환불 안내")).count())
}

#[tokio::test]
async fn what_a_cancelled_booking_has_to_get_back_is_paid_back_within_a_minute_and_once() -> Result<()> {
    let app = patient().await?;
    let member = app.member().await?;
    let (id, order, key) = paid(&app, &member, &wish(10, 12), 40_000).await?;
    let cancelled = cancel(&member, &id).await?;
    assert_eq!(cancelled.body["data"]["refund_amount"], 40_000, "{cancelled:?}");
    assert_eq!(check_after(&app, 1).await?, Checked { owed: 1, refunded: 1, ..Checked::default() });
    assert_eq!(check_after(&app, 60).await?, Checked::default(), "nothing is left");
    let shown = payment(&member, &key).await?;
    assert_eq!((shown.text("/status").as_str(), &shown.body["balance_amount"]), ("REFUNDED", &json!(0)));
    assert_eq!(shown.body["refunds"][0]["amount"], 40_000);
    assert_eq!(books_agree(&app, &order, &key).await?, 0);
    assert_eq!(refund_letters(&app, &member).await?, 1);
    let told = booking(&member, &id).await?;
    assert_eq!(
        (&told.body["data"]["paid_amount"], &told.body["data"]["refund_amount"]),
        (&json!(0), &json!(40_000))
    );
    Ok(())
}

#[tokio::test]
async fn what_the_terms_keep_is_kept() -> Result<()> {
    let app = patient().await?;
    let member = app.member().await?;
    let (id, order, key) = paid(&app, &member, &wish(10, 12), 40_000).await?;
    app.clock.advance(3 * 3_600);
    let member = again(&app, &member).await?;
    assert_eq!(cancel(&member, &id).await?.body["data"]["refund_amount"], 0);
    assert_eq!(check_after(&app, 60).await?, Checked::default());
    assert_eq!(payment(&member, &key).await?.text("/status"), "DONE");
    assert_eq!(books_agree(&app, &order, &key).await?, 40_000);
    Ok(())
}

#[tokio::test]
async fn staff_pay_back_in_parts_and_never_more_than_came_in() -> Result<()> {
    let app = patient().await?;
    let (member, desk) = (app.member().await?, app.staff("operator").await?);
    let (id, order, key) = paid(&app, &member, &wish(10, 12), 40_000).await?;
    let part = pay_back(&desk, &key, &json!({"amount": 15_000, "reason": "늦은 입실"})).await?;
    assert_eq!((part.status, part.text("/status").as_str()), (200, "PARTIALLY_REFUNDED"), "{part:?}");
    assert_eq!(part.body["balance_amount"], 25_000);
    assert_eq!(books_agree(&app, &order, &key).await?, 25_000);
    let over = pay_back(&desk, &key, &json!({"amount": 25_001, "reason": "더"})).await?;
    assert_problem(&over, 422, "invalid_input");
    assert_eq!(
        (over.fields(), over.body["errors"][0]["code"].as_str()),
        (vec!["/amount".into()], Some("over_balance"))
    );
    for wrong in [json!(0), json!(-1), json!("1.5"), json!("abc"), json!(9_007_199_254_740_993_i64)] {
        let refused = pay_back(&desk, &key, &json!({"amount": wrong})).await?;
        assert_problem(&refused, 422, "invalid_input");
    }
    let rest = pay_back(&desk, &key, &json!({"amount": "25000", "cancelReason": "전액"})).await?;
    assert_eq!((rest.status, rest.text("/status").as_str()), (200, "REFUNDED"), "{rest:?}");
    assert_problem(
        &pay_back(&desk, &key, &json!({"amount": 1, "reason": "또"})).await?,
        422,
        "invalid_input",
    );
    assert_eq!(pay_back(&desk, &key, &json!({"reason": "전부"})).await?.body, rest.body, "all of nothing");
    assert_eq!(books_agree(&app, &order, &key).await?, 0);
    assert_eq!(member.status_of(&id).await?, "confirmed", "what staff give back does not cancel");
    assert_eq!(refund_letters(&app, &member).await?, 2);
    Ok(())
}

#[tokio::test]
async fn fifty_clicks_are_one_refund() -> Result<()> {
    let app = patient().await?;
    let (member, desk) = (app.member().await?, app.staff("admin").await?);
    for (hour, body, left) in
        [(9, json!({"reason": "착오"}), 0), (11, json!({"reason": "일부", "amount": 5_000}), 15_000)]
    {
        let (_, order, key) = paid(&app, &member, &wish(hour, hour + 1), 20_000).await?;
        for reply in try_join_all((0..50).map(|_| pay_back(&desk, &key, &body))).await? {
            assert_eq!((reply.status, &reply.body["balance_amount"]), (200, &json!(left)), "{reply:?}");
        }
        assert_eq!(pay_back(&desk, &key, &body).await?.body["balance_amount"], left, "nor one more later");
        let theirs = app.stack().outsiders.toss.payment(&key).context("gone")?;
        assert_eq!(theirs["cancels"].as_array().map(Vec::len), Some(1), "{theirs}");
        assert_eq!(books_agree(&app, &order, &key).await?, left);
    }
    Ok(())
}

#[tokio::test]
async fn a_key_tells_a_repeated_refund_from_another_one() -> Result<()> {
    let app = patient().await?;
    let (member, desk) = (app.member().await?, app.staff("admin").await?);
    let (_, order, key) = paid(&app, &member, &wish(9, 10), 20_000).await?;
    let (path, body) = (format!("/payments/{key}/cancel"), json!({"amount": 5_000, "reason": "일부"}));
    for (name, left) in [("one", 15_000), ("one", 15_000)] {
        let reply = desk.post_with(&path, &body, &[("idempotency-key", name)]).await?;
        assert_eq!((reply.status, &reply.body["balance_amount"]), (200, &json!(left)), "{name}: {reply:?}");
    }
    let other = json!({"amount": 6_000, "reason": "일부"});
    let reused = desk.post_with(&path, &other, &[("idempotency-key", "one")]).await?;
    assert_problem(&reused, 422, "idempotency_key_reused");
    app.clock.advance(61);
    let later = desk.post_with(&path, &body, &[("idempotency-key", "two")]).await?;
    assert_eq!(later.body["balance_amount"], 10_000, "{later:?}");
    assert_eq!(books_agree(&app, &order, &key).await?, 10_000);
    Ok(())
}

#[tokio::test]
async fn a_customer_gets_back_what_the_terms_say_by_cancelling() -> Result<()> {
    let app = patient().await?;
    let (member, another) = (app.member().await?, app.another().await?);
    let (id, order, key) = paid(&app, &member, &wish(10, 12), 40_000).await?;
    assert_problem(&pay_back(&another, &key, &json!({})).await?, 404, "not_found");
    assert_problem(&pay_back(&app.staff("viewer").await?, &key, &json!({})).await?, 404, "not_found");
    assert_problem(&pay_back(&member, &key, &json!({"amount": 1})).await?, 403, "forbidden");
    assert_problem(&pay_back(&member, &key, &json!({"paid_by": "cash"})).await?, 403, "forbidden");
    let done = pay_back(&member, &key, &json!({"reason": "일정 변경"})).await?;
    assert_eq!((done.status, done.text("/status").as_str()), (200, "REFUNDED"), "{done:?}");
    assert_eq!(member.status_of(&id).await?, "cancelled");
    assert_eq!(pay_back(&member, &key, &json!({})).await?.status, 200, "again is the same");
    assert_eq!(books_agree(&app, &order, &key).await?, 0);
    assert_eq!(check_after(&app, 60).await?, Checked::default(), "nothing is left for the checker");
    assert_eq!(another.book(&wish(10, 12)).await?["status"], "held", "the hours are free");
    Ok(())
}

#[tokio::test]
async fn what_was_restored_in_time_stays_paid_and_what_was_not_is_owed_again() -> Result<()> {
    let app = patient().await?;
    let (member, desk) = (app.member().await?, app.staff("operator").await?);
    let restore = async |id: &str| {
        let reply = desk.post(&format!("/api/bookings/{id}/restore"), &json!({})).await?;
        ensure!(reply.status == 200, "{reply:?}");
        anyhow::Ok(reply.body["data"].clone())
    };
    let (id, order, key) = paid(&app, &member, &wish(10, 12), 40_000).await?;
    cancel(&member, &id).await?;
    let back = restore(&id).await?;
    assert_eq!((&back["is_paid"], &back["paid_amount"]), (&json!(true), &json!(40_000)));
    assert_eq!(check_after(&app, 60).await?, Checked::default());
    assert_eq!(books_agree(&app, &order, &key).await?, 40_000);

    cancel(&member, &id).await?;
    assert_eq!(check_after(&app, 60).await?, Checked { owed: 1, refunded: 1, ..Checked::default() });
    let back = restore(&id).await?;
    assert_eq!(
        (&back["status"], &back["is_paid"], &back["paid_amount"]),
        (&json!("confirmed"), &json!(false), &json!(0))
    );
    let owed = ready(&member, &id).await?;
    assert_eq!((owed.status, &owed.body["amount"]), (200, &json!(40_000)), "{owed:?}");
    let second = app.authenticate(&owed.text("/order_id"), 40_000);
    assert_done(
        &member.confirm(&second, &owed.text("/order_id"), 40_000).await?,
        &owed.text("/order_id"),
        40_000,
    );
    let told = booking(&member, &id).await?;
    assert_eq!(
        (&told.body["data"]["is_paid"], &told.body["data"]["status"]),
        (&json!(true), &json!("confirmed"))
    );
    cancel(&member, &id).await?;
    assert_eq!(check_after(&app, 60).await?, Checked { owed: 1, refunded: 1, ..Checked::default() });
    assert_eq!(books_agree(&app, &owed.text("/order_id"), &second).await?, 0);
    Ok(())
}

/// A firm booking that is paid later may be cancelled while its payment is on its way: then the money goes back.
#[tokio::test]
async fn money_that_comes_for_a_booking_cancelled_meanwhile_goes_back() -> Result<()> {
    let app = hasty().await?;
    let (member, desk) = (app.member().await?, app.staff("operator").await?);
    let booked = member.book(&wish(10, 12)).await?;
    let id = id_of(&booked)?;
    let firm = desk.post(&format!("/api/bookings/{id}/confirm"), &json!({})).await?;
    assert_eq!(firm.text("/data/status"), "confirmed", "{firm:?}");
    let owed = ready(&member, &id).await?;
    let order = owed.text("/order_id");
    let key = app.authenticate(&order, 40_000);
    app.stack().outsiders.toss.next([Behaviour::TimeoutAfterCapture]);
    assert_pending(&member.confirm(&key, &order, 40_000).await?, &key, &order);
    assert_eq!(member.status_of(&id).await?, "confirmed");
    assert_problem(&ready(&member, &id).await?, 409, "payment_under_way");
    assert_eq!(cancel(&member, &id).await?.status, 200);
    assert_eq!(check_after(&app, 60).await?, Checked { captured: 1, ..Checked::default() });
    assert_eq!(check_after(&app, 60).await?, Checked { refunded: 1, ..Checked::default() });
    assert_eq!(payment(&member, &key).await?.text("/status"), "REFUNDED");
    assert_eq!(books_agree(&app, &order, &key).await?, 0);
    assert!(receipts(&app, &member).await?.is_empty());
    assert_eq!(refund_letters(&app, &member).await?, 1);
    Ok(())
}
