//! A provider that is silent for an hour after each step, and then answers: everything settles, nothing moves
//! twice.

use super::*;

/// An hour of nobody answering, with the checker at its rounds.
async fn an_hour_of_silence(app: &App) -> Result<()> {
    let toss = &app.stack().outsiders.toss;
    toss.silent(true);
    for _ in 0..60 {
        let _checked = check_after(app, 60).await?;
        app.stack().workers.sweep().await?;
    }
    toss.silent(false);
    Ok(())
}

/// The checker until there is nothing to do, and the books after it: what is kept.
async fn settled(app: &App, order: &str, key: &str) -> Result<i64> {
    for _ in 0..15 {
        let _checked = check_after(app, 60).await?;
    }
    let toss = &app.stack().outsiders.toss;
    let theirs = toss.payment(key).context("gone")?;
    let there = if theirs["approvedAt"].is_string() { theirs["balanceAmount"].as_i64() } else { Some(0) };
    let kept = till(app, order).await?;
    assert_eq!(there, Some(kept), "{theirs}");
    assert!(toss.captures(order) <= 1);
    Ok(kept)
}

async fn standing(app: &App, order: &str) -> Result<String> {
    Ok(payment(&app.machine(), order).await?.text("/status"))
}

#[tokio::test]
async fn a_confirm_nobody_answers_for_an_hour_takes_no_money_and_frees_its_hours() -> Result<()> {
    let app = patient().await?;
    let member = app.member().await?;
    let (id, order, key) = member.up_to_the_window(&app, &wish(10, 12)).await?;
    app.stack().outsiders.toss.silent(true);
    assert_pending(&member.confirm(&key, &order, 40_000).await?, &key, &order);
    an_hour_of_silence(&app).await?;
    assert_eq!(standing(&app, &order).await?, "UNKNOWN", "silence proves nothing");
    assert_eq!(settled(&app, &order, &key).await?, 0);
    app.stack().workers.sweep().await?;
    assert_eq!(standing(&app, &order).await?, "FAILED");
    assert_eq!(again(&app, &member).await?.status_of(&id).await?, "expired");
    Ok(())
}

#[tokio::test]
async fn a_capture_nobody_hears_of_for_an_hour_is_kept_with_its_booking() -> Result<()> {
    let app = patient().await?;
    let member = app.member().await?;
    let (id, order, key) = member.up_to_the_window(&app, &wish(10, 12)).await?;
    app.stack().outsiders.toss.next([Behaviour::Error500AfterCapture]);
    assert_pending(&member.confirm(&key, &order, 40_000).await?, &key, &order);
    an_hour_of_silence(&app).await?;
    assert_eq!(settled(&app, &order, &key).await?, 40_000);
    assert_eq!(standing(&app, &order).await?, "DONE");
    assert_eq!(again(&app, &member).await?.status_of(&id).await?, "confirmed");
    assert_eq!(app.stack().outsiders.toss.captures(&order), 1);
    Ok(())
}

#[tokio::test]
async fn a_refund_nobody_answers_for_an_hour_is_paid_back_once() -> Result<()> {
    // Lost on its way there, and lost on its way back.
    for lost in [None, Some(Behaviour::Error500AfterCapture), Some(Behaviour::HtmlAfterCapture)] {
        let app = patient().await?;
        let (member, desk) = (app.member().await?, app.machine());
        let toss = app.stack().outsiders.toss.clone();
        let (_, order, key) = member.up_to_the_window(&app, &wish(10, 12)).await?;
        assert_done(&member.confirm(&key, &order, 40_000).await?, &order, 40_000);
        toss.silent(lost.is_none());
        toss.next_cancel(lost);
        let body = json!({"amount": 15_000, "reason": "일부"});
        let asked = desk.post(&format!("/payments/{key}/cancel"), &body).await?;
        assert_eq!((asked.status, asked.text("/status").as_str()), (202, "REFUNDING"), "{lost:?}: {asked:?}");
        an_hour_of_silence(&app).await?;
        assert_eq!(standing(&app, &order).await?, "REFUNDING", "{lost:?}");
        assert_eq!(settled(&app, &order, &key).await?, 25_000, "{lost:?}");
        assert_eq!(standing(&app, &order).await?, "PARTIALLY_REFUNDED", "{lost:?}");
        assert_eq!(toss.refunds(&order), 1, "{lost:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_cancelled_booking_gets_its_money_back_after_an_hour_of_silence() -> Result<()> {
    let app = patient().await?;
    let member = app.member().await?;
    let (id, order, key) = member.up_to_the_window(&app, &wish(18, 20)).await?;
    assert_done(&member.confirm(&key, &order, 40_000).await?, &order, 40_000);
    assert_eq!(cancel(&member, &id).await?.status, 200);
    an_hour_of_silence(&app).await?;
    assert_eq!(settled(&app, &order, &key).await?, 0);
    assert_eq!(
        (standing(&app, &order).await?.as_str(), app.stack().outsiders.toss.refunds(&order)),
        ("REFUNDED", 1)
    );
    Ok(())
}

#[tokio::test]
async fn a_deposit_in_an_hour_of_silence_is_recorded_once() -> Result<()> {
    let app = patient().await?;
    let member = app.member().await?;
    let toss = app.stack().outsiders.toss.clone();
    let (id, order, _) = member.up_to_the_window(&app, &wish(10, 12)).await?;
    let key = toss.authenticate(&order, 40_000, Some("VIRTUAL_ACCOUNT"));
    assert_eq!(member.confirm(&key, &order, 40_000).await?.text("/status"), "WAITING_FOR_DEPOSIT");
    assert!(toss.deposit(&order));
    toss.silent(true);
    for webhook in toss.webhooks().iter().chain(&toss.webhooks()) {
        assert_eq!(app.stranger().post("/webhooks/toss", &webhook.body).await?.status, 200);
    }
    an_hour_of_silence(&app).await?;
    assert_eq!(standing(&app, &order).await?, "WAITING_FOR_DEPOSIT", "nobody guesses");
    assert_eq!(settled(&app, &order, &key).await?, 40_000);
    assert_eq!((standing(&app, &order).await?.as_str(), toss.captures(&order)), ("DONE", 1));
    assert_eq!(again(&app, &member).await?.status_of(&id).await?, "confirmed");
    Ok(())
}

// ---- nonsense -------------------------------------------------------------------------------------

#[tokio::test]
async fn whatever_the_provider_answers_to_a_refund_it_is_paid_back_once_and_to_the_won() -> Result<()> {
    let app = hasty().await?;
    let toss = app.stack().outsiders.toss.clone();
    let mut asked = Vec::new();
    for (day, behaviour) in (2..).zip(Behaviour::ALL) {
        let (member, desk) = (app.member().await?, app.machine());
        let wish = wish_for(ROOM_A, &format!("2026-12-{day:02}"), 10, 12);
        let (_, order, key) = member.up_to_the_window(&app, &wish).await?;
        assert_done(&member.confirm(&key, &order, 40_000).await?, &order, 40_000);
        toss.next_cancel([behaviour]);
        let body = json!({"amount": 15_000, "reason": "일부"});
        let told = desk.post(&format!("/payments/{key}/cancel"), &body).await?;
        // Refused for good is known at once, and is the desk's; all else but an approval is not known.
        let known = matches!(behaviour, Behaviour::Approve | Behaviour::UnknownStatus | Behaviour::Decline);
        assert!(
            told.status == if known { 200 } else { 202 } || told.status == 202,
            "{behaviour:?}: {told:?}"
        );
        asked.push((behaviour, order, key));
    }
    // An error may be bound to a key for good: after an hour it is asked for under another.
    for _ in 0..65 {
        let _checked = check_after(&app, 60).await?;
    }
    for (behaviour, order, key) in asked {
        let refused = behaviour == Behaviour::Decline;
        let (ends, left) = if refused { ("REFUNDING", 40_000) } else { ("PARTIALLY_REFUNDED", 25_000) };
        assert_eq!(standing(&app, &order).await?, ends, "{behaviour:?}");
        let there = toss.payment(&key).context("gone")?["balanceAmount"].as_i64();
        assert_eq!((till(&app, &order).await?, there), (left, Some(left)), "{behaviour:?}");
        // What came one won short was asked for again.
        let short = behaviour == Behaviour::WrongAmount;
        let times = if refused { 0 } else { 1 + u64::from(short) };
        assert_eq!(toss.refunds(&order), times, "{behaviour:?}");
    }
    Ok(())
}

#[tokio::test]
async fn whatever_the_provider_answers_to_a_read_only_its_book_counts_in_the_end() -> Result<()> {
    let app = hasty().await?;
    let toss = app.stack().outsiders.toss.clone();
    for (day, behaviour) in (2..).zip(Behaviour::ALL) {
        // One is captured and unheard, one is paid back in the console: each is read back by a hint.
        let member = app.member().await?;
        let mut orders = Vec::new();
        for (from, behaves) in [(10, Behaviour::Error500AfterCapture), (14, Behaviour::Approve)] {
            let wish = wish_for(ROOM_A, &format!("2026-12-{day:02}"), from, from + 2);
            let (_, order, key) = member.up_to_the_window(&app, &wish).await?;
            toss.next([behaves]);
            member.confirm(&key, &order, 40_000).await?;
            orders.push((order, key));
        }
        assert!(toss.cancel_outside(&orders[1].1, Some(10_000)));
        let _not_all_of_them = toss.webhooks();
        for (order, _) in &orders {
            toss.next_read([behaviour]);
            let hint = json!({"eventType": "PAYMENT_STATUS_CHANGED", "data": {"orderId": order}});
            assert_eq!(app.stranger().post("/webhooks/toss", &hint).await?.status, 200, "{behaviour:?}");
        }
        toss.behave();
        for _ in 0..3 {
            let _checked = check_after(&app, 60).await?;
        }
        for ((order, key), (ends, left)) in
            orders.iter().zip([("DONE", 40_000), ("PARTIALLY_REFUNDED", 30_000)])
        {
            // A total that is another only in one answer sends nothing back that was captured right.
            let there = toss.payment(key).context("gone")?["balanceAmount"].as_i64();
            let here = till(&app, order).await?;
            assert_eq!(
                (standing(&app, order).await?.as_str(), here, there),
                (ends, left, Some(left)),
                "{behaviour:?}"
            );
            assert_eq!(toss.captures(order), 1, "{behaviour:?}");
        }
    }
    Ok(())
}
