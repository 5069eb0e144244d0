//! Bookings, payments, and what asks how the system is.

use super::*;

/// What everybody does.
pub(super) async fn live(app: &App) -> Result<()> {
    offers::live(app).await?;
    lines::live(app).await?;
    let member = app.member().await?;
    member.post_with("/api/bookings", &free_wish(9, 10), &[("idempotency-key", "k")]).await?;
    let held = member.book(&wish(20, 21)).await?;
    member.get(&format!("/api/bookings/{}", held["id"].as_str().unwrap_or_default())).await?;
    member.get("/api/bookings").await?;
    app.clock.advance(601);
    app.stack().workers.sweep().await?;

    let booking = member.book(&wish(10, 12)).await?;
    let ready = member
        .post_with("/payments/ready", &json!({"booking_id": booking["id"]}), &[("idempotency-key", "k")])
        .await?;
    let (order, key) = (ready.text("/order_id"), app.authenticate(&ready.text("/order_id"), 40_000));
    app.stack().outsiders.toss.next([Behaviour::Error500AfterCapture]);
    member.confirm(&key, &order, 40_000).await?;
    app.clock.advance(120);
    app.stack().workers.check().await?;
    member.get(&format!("/payments/{key}")).await?;
    // What they have shows in what they take home.
    good(member.get("/me/export").await?)?;
    member.book(&wish(14, 15)).await?;
    app.clock.advance(120);
    app.mails("kim@example.kr").await?;
    receipt_again(app, &order).await?;
    settle_by_the_checker(app, &member).await?;

    let machine = app.machine();
    for path in ["/api/bookings", "/payments/unknown-key", "/api/system/info"] {
        machine.get(path).await?;
    }
    for path in ["/rooms", "/tours", "/payments/ready", "/payments/confirm"] {
        machine.post(path, &json!({})).await?;
    }
    for path in ["/.well-known/jwks.json", "/api/health", "/api/system/info"] {
        app.staff("admin").await?.get(path).await?;
    }
    lines::days_pass(app).await
}

/// The stream repeats itself.
async fn receipt_again(app: &App, order: &str) -> Result<()> {
    for audit in crate::trail::of(app.stack(), &format!("payment#{order}")).await? {
        let image: serde_dynamo::Item = serde_dynamo::to_item(&audit)?;
        let new_image = image.into_inner().into_iter().collect();
        let dynamodb = StreamImage { sequence_number: "1".into(), new_image };
        app.stack().workers.hand(StreamRecord { event_name: "INSERT".into(), dynamodb }).await;
    }
    Ok(())
}

/// A payment nobody knows, looked at until its session is over.
async fn settle_by_the_checker(app: &App, member: &Guest) -> Result<()> {
    let booking = member.book(&wish(16, 17)).await?;
    let wish = json!({"booking_id": booking["id"]});
    let ready = member.post("/payments/ready", &wish).await?;
    member.post("/payments/ready", &wish).await?;
    let (order, key) = (ready.text("/order_id"), app.authenticate(&ready.text("/order_id"), 20_000));
    app.stack().outsiders.toss.next(vec![Behaviour::Error500; 8]);
    member.confirm(&key, &order, 20_000).await?;
    for _ in 0..4 {
        app.clock.advance(300);
        app.stack().workers.check().await?;
    }
    Ok(())
}
