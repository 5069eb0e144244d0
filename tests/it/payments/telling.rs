//! Webhooks: hints that are read back, whoever sends them, however often and in whatever order.

use super::*;

async fn tell(app: &App, body: &Value) -> Result<Reply> {
    app.stranger().post("/webhooks/toss", body).await
}

/// Delivers what the provider has to tell, each three times, the latest first.
async fn deliver(app: &App) -> Result<usize> {
    let mut told = app.stack().outsiders.toss.webhooks();
    told.reverse();
    for webhook in &told {
        for _ in 0..3 {
            let headers: Vec<(&str, &str)> =
                webhook.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            let reply = app.stranger().post_with("/webhooks/toss", &webhook.body, &headers).await?;
            ensure!((reply.status, &reply.body) == (200, &json!({"success": true})), "{reply:?}");
        }
    }
    Ok(told.len())
}

#[tokio::test]
async fn a_capture_whose_answer_was_lost_is_found_by_its_webhook() -> Result<()> {
    let app = hasty().await?;
    let member = app.member().await?;
    let (id, order, key) = member.up_to_the_window(&app, &wish(10, 12)).await?;
    app.stack().outsiders.toss.next([Behaviour::TimeoutAfterCapture]);
    assert_pending(&member.confirm(&key, &order, 40_000).await?, &key, &order);
    assert!(deliver(&app).await? > 0, "the provider told nothing");
    assert_done(&payment(&member, &key).await?, &order, 40_000);
    assert_eq!(member.status_of(&id).await?, "confirmed");
    assert_eq!(movements(&app, &order).await?, 40_000);
    assert_eq!(receipts(&app, &member).await?.len(), 1);
    let written = trail(&app, &order).await?;
    assert_eq!(actions(&written).iter().filter(|action| **action == "payment.captured").count(), 1);
    assert_eq!(written.last().map(|audit| audit.actor.as_str()), Some("system:toss-webhook"));
    Ok(())
}

#[tokio::test]
async fn what_somebody_makes_up_changes_nothing() -> Result<()> {
    let app = patient().await?;
    let member = app.member().await?;
    let (id, order, key) = member.up_to_the_window(&app, &wish(10, 12)).await?;
    let lies = [
        json!({"eventType": "PAYMENT_STATUS_CHANGED", "data": {"orderId": order, "paymentKey": key, "status": "DONE", "totalAmount": 40_000}}),
        json!({"eventType": "PAYMENT_STATUS_CHANGED", "data": {"orderId": "unknown-order", "status": "DONE"}}),
        json!({"eventType": "PAYMENT_STATUS_CHANGED", "data": "DONE"}),
        json!({"eventType": "BILLING_DELETED", "data": {"billingKey": "x"}}),
        json!({"eventType": 7, "data": [], "orderId": {}, "secret": 1}),
        json!({"orderId": order, "secret": "guess", "status": "DONE", "transactionKey": "t"}),
        json!({"eventType": "payout.changed", "entityBody": {}}),
        json!({}),
    ];
    for lie in &lies {
        assert_eq!(tell(&app, lie).await?.status, 200, "{lie}");
    }
    assert_eq!(app.stack().outsiders.toss.read_calls(), 0, "nothing was ours to ask about");
    assert_eq!(payment(&member, &order).await?.text("/status"), "READY");
    assert_eq!(member.status_of(&id).await?, "held");
    assert_done(&member.confirm(&key, &order, 40_000).await?, &order, 40_000);
    let before = payment(&member, &key).await?.body;
    for lie in &lies {
        tell(&app, lie).await?;
    }
    let cancelled =
        json!({"eventType": "PAYMENT_STATUS_CHANGED", "data": {"orderId": order, "status": "CANCELED"}});
    assert_eq!(tell(&app, &cancelled).await?.status, 200);
    assert_eq!(payment(&member, &key).await?.body, before, "not even its version");
    for (body, status) in [("not json", 400), ("[]", 422)] {
        let (headers, bytes) = ([("content-type", "application/json")], body.as_bytes().to_vec());
        let answer = app.stranger().send(Method::POST, "/webhooks/toss", &headers, Some(bytes)).await?;
        assert_eq!(answer.status, status, "{body}");
    }
    Ok(())
}

#[tokio::test]
async fn a_refund_at_the_provider_itself_is_recorded_once() -> Result<()> {
    let app = patient().await?;
    let (member, desk) = (app.member().await?, app.staff("operator").await?);
    let (_, order, key) = member.up_to_the_window(&app, &wish(10, 12)).await?;
    assert_done(&member.confirm(&key, &order, 40_000).await?, &order, 40_000);
    let toss = app.stack().outsiders.toss.clone();
    assert!(toss.cancel_outside(&key, Some(10_000)));
    deliver(&app).await?;
    let shown = payment(&member, &key).await?;
    assert_eq!(
        (shown.text("/status").as_str(), &shown.body["balance_amount"]),
        ("PARTIALLY_REFUNDED", &json!(30_000))
    );
    // Another part of the same size, between our look and our refund: the provider refuses ours, and what is
    // left of it is asked for anew.
    assert!(toss.cancel_outside(&key, Some(10_000)));
    let all = desk.post(&format!("/payments/{key}/cancel"), &json!({"reason": "전액"})).await?;
    assert_eq!((all.status, all.text("/status").as_str()), (200, "REFUNDED"), "{all:?}");
    let amounts: Vec<_> =
        all.body["refunds"].as_array().context("none")?.iter().map(|r| r["amount"].clone()).collect();
    assert_eq!(amounts, [json!(10_000), json!(10_000), json!(20_000)]);
    deliver(&app).await?;
    assert_eq!(movements(&app, &order).await?, 0);
    assert_eq!(toss.refunds(&order), 3);
    Ok(())
}

/// Hints while the provider is silent are left to the checker, which asks as soon as it may.
#[tokio::test]
async fn a_hint_that_cannot_be_followed_now_is_followed_later() -> Result<()> {
    let app = patient().await?;
    let member = app.member().await?;
    let (_, order, key) = member.up_to_the_window(&app, &wish(10, 12)).await?;
    assert_done(&member.confirm(&key, &order, 40_000).await?, &order, 40_000);
    let toss = app.stack().outsiders.toss.clone();
    assert!(toss.cancel_outside(&key, None));
    toss.silent(true);
    deliver(&app).await?;
    assert_eq!(payment(&member, &key).await?.text("/status"), "DONE");
    check_after(&app, 60).await?;
    assert_eq!(payment(&member, &key).await?.text("/status"), "DONE", "nobody guesses");
    toss.silent(false);
    check_after(&app, 60).await?;
    assert_eq!(payment(&member, &key).await?.text("/status"), "REFUNDED");
    assert_eq!(movements(&app, &order).await?, 0);
    let reads = toss.read_calls();
    check_after(&app, 60).await?;
    assert_eq!(toss.read_calls(), reads, "it rests");
    Ok(())
}
