//! Requests that wait for staff.

use super::*;

async fn asked(app: &App, rate: u32) -> Result<String> {
    room(app, json!({"auto_confirm": false, "hourly_rate": rate})).await
}

/// A request for ten o'clock of the next day: its room, and its id.
async fn requested(app: &App, guest: &Guest, rate: u32) -> Result<(String, String)> {
    let room = asked(app, rate).await?;
    let booking = guest.book(&wish_for(&room, "2026-12-02", 10, 11)).await?;
    ensure!(booking["status"] == "pending", "{booking}");
    Ok((room, id_of(&booking)))
}

#[tokio::test]
async fn a_request_is_firm_and_told() -> Result<()> {
    let app = start().await?;
    let member = app.member().await?;
    let (room, id) = requested(&app, &member, 20_000).await?;
    assert_eq!(seen(&member, &id).await?["expires_at"], Value::Null);
    assert_eq!(letters(&app, &member.email, "신청을 받았습니다").await?.len(), 1);
    let refused = member.post("/payments/ready", &json!({"booking_id": id})).await?;
    assert_problem(&refused, 409, "waits_for_staff");
    app.clock.advance(24 * 3600);
    assert_eq!(tidied(&app).await?, [0; 4]);
    let another = app.another().await?;
    let refused = another.post("/api/bookings", &wish_for(&room, "2026-12-02", 10, 11)).await?;
    assert_problem(&refused, 409, "slot_taken");
    Ok(())
}

#[tokio::test]
async fn a_request_free_of_charge_is_confirmed_by_its_approval_and_told() -> Result<()> {
    let app = start().await?;
    let member = app.member().await?;
    let (_, id) = requested(&app, &member, 0).await?;
    assert_is(&act(&app.staff("operator").await?, &id, "approve", &json!({})).await?, "confirmed");
    let told = letters(&app, &member.email, "승인되었습니다").await?;
    assert!(told.len() == 1 && told[0].contains("2026-12-02 10:00–11:00"), "{told:?}");
    Ok(())
}

#[tokio::test]
async fn a_request_at_a_price_is_held_for_a_day_by_its_approval_and_told_until_when() -> Result<()> {
    let app = start().await?;
    let member = app.member().await?;
    let room = asked(&app, 20_000).await?;
    let id = booked(&member, &wish_for(&room, "2026-12-05", 10, 12)).await?;
    let reply = act(&app.staff("operator").await?, &id, "approve", &json!({})).await?;
    assert_is(&reply, "held");
    assert_eq!(reply.text("/data/expires_at"), "2026-12-02T08:00:00+09:00");
    let told = letters(&app, &member.email, "결제해 주세요").await?;
    assert!(told.len() == 1 && told[0].contains("2026-12-02 08:00"), "{told:?}");
    until(&app, "2026-12-02T07:59:59+09:00")?;
    let (member, another) = (again(&app, &member).await?, app.another().await?);
    assert_eq!(tidied(&app).await?, [0; 4]);
    let refused = another.post("/api/bookings", &wish_for(&room, "2026-12-05", 10, 12)).await?;
    assert_problem(&refused, 409, "slot_taken");
    let order = member.post("/payments/ready", &json!({"booking_id": id})).await?.text("/order_id");
    let key = app.authenticate(&order, 40_000);
    assert_eq!(member.confirm(&key, &order, 40_000).await?.status, 200);
    assert_eq!(member.status_of(&id).await?, "confirmed");
    Ok(())
}

#[tokio::test]
async fn an_approved_request_nobody_pays_is_over_after_the_day() -> Result<()> {
    let app = start().await?;
    let member = app.member().await?;
    let room = asked(&app, 20_000).await?;
    let id = booked(&member, &wish_for(&room, "2026-12-05", 10, 12)).await?;
    act(&app.staff("operator").await?, &id, "approve", &json!({})).await?;
    until(&app, "2026-12-02T08:00:00+09:00")?;
    assert_eq!(free(&app, &room, "2026-12-05").await?, ["09:00–22:00"]);
    assert_eq!(tidied(&app).await?, [1, 0, 0, 0]);
    assert_eq!(again(&app, &member).await?.status_of(&id).await?, "expired");
    Ok(())
}

#[tokio::test]
async fn an_approval_shortly_before_holds_no_longer_than_until_the_start() -> Result<()> {
    let app = start().await?;
    let (member, operator) = (app.member().await?, app.staff("operator").await?);
    let (_, id) = requested(&app, &member, 20_000).await?;
    until(&app, "2026-12-01T08:59:00+09:00")?;
    let today = asked(&app, 20_000).await?;
    let soon = booked(&member, &wish_for(&today, "2026-12-01", 9, 10)).await?;
    let reply = act(&operator, &soon, "approve", &json!({})).await?;
    assert_eq!(reply.text("/data/expires_at"), "2026-12-01T09:00:00+09:00");
    until(&app, "2026-12-02T10:00:00+09:00")?;
    let operator = again(&app, &operator).await?;
    assert_problem(&act(&operator, &id, "approve", &json!({})).await?, 409, "begun");
    Ok(())
}

#[tokio::test]
async fn staff_confirm_a_request_without_its_payment() -> Result<()> {
    let app = start().await?;
    let member = app.member().await?;
    let (_, id) = requested(&app, &member, 20_000).await?;
    let reply = act(&app.staff("operator").await?, &id, "approve", &json!({"confirm": true})).await?;
    assert_is(&reply, "confirmed");
    assert_eq!(reply.body["data"]["is_paid"], false);
    assert_eq!(letters(&app, &member.email, "승인되었습니다").await?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn a_request_is_approved_by_its_status_too() -> Result<()> {
    let app = start().await?;
    let (member, operator) = (app.member().await?, app.staff("operator").await?);
    for (rate, status) in [(20_000, "held"), (20_000, "confirmed")] {
        let (_, id) = requested(&app, &member, rate).await?;
        assert_is(&act(&operator, &id, "status", &json!({"status": status})).await?, status);
    }
    Ok(())
}

#[tokio::test]
async fn a_rejection_frees_the_hours_and_tells_why() -> Result<()> {
    let app = start().await?;
    let member = app.member().await?;
    let (room, id) = requested(&app, &member, 20_000).await?;
    let why = json!({"reason": "그 날은 공사합니다"});
    let reply = act(&app.staff("operator").await?, &id, "reject", &why).await?;
    assert_is(&reply, "cancelled");
    assert_eq!(reply.text("/data/cancelled_at"), "2026-12-01T08:00:00+09:00");
    let told = letters(&app, &member.email, "받지 못했습니다").await?;
    assert!(told.len() == 1 && told[0].contains("그 날은 공사합니다"), "{told:?}");
    assert_eq!(free(&app, &room, "2026-12-02").await?, ["09:00–22:00"]);
    app.another().await?.book(&wish_for(&room, "2026-12-02", 10, 11)).await?;
    Ok(())
}

#[tokio::test]
async fn only_requests_are_approved_or_rejected() -> Result<()> {
    let app = start().await?;
    let (member, operator) = (app.member().await?, app.staff("operator").await?);
    let confirmed = booked(&member, &free_wish(10, 11)).await?;
    let held = booked(&member, &wish(10, 11)).await?;
    for (id, status) in [(&confirmed, "confirmed"), (&held, "held")] {
        for verb in ["approve", "reject"] {
            let refused = act(&operator, id, verb, &json!({})).await?;
            assert_problem(&refused, 409, "wrong_status");
            assert_eq!(refused.text("/current_status"), status);
        }
    }
    Ok(())
}

#[tokio::test]
async fn nobody_but_staff_approves_or_rejects() -> Result<()> {
    let app = start().await?;
    let member = app.member().await?;
    let (_, id) = requested(&app, &member, 0).await?;
    for (who, guest, status) in [
        ("its owner", &member, 403),
        ("another", &app.another().await?, 403),
        ("a viewer", &app.staff("viewer").await?, 403),
        ("a stranger", &app.stranger(), 401),
    ] {
        for verb in ["approve", "reject"] {
            assert_eq!(act(guest, &id, verb, &json!({})).await?.status, status, "{who} {verb}");
        }
    }
    assert_eq!(member.status_of(&id).await?, "pending");
    assert_is(&act(&app.machine(), &id, "approve", &json!({})).await?, "confirmed");
    Ok(())
}

#[tokio::test]
async fn a_request_nobody_answered_lapses_at_its_start_and_is_told() -> Result<()> {
    let app = start().await?;
    let member = app.member().await?;
    let (room, id) = requested(&app, &member, 0).await?;
    until(&app, "2026-12-02T09:59:59+09:00")?;
    assert_eq!(tidied(&app).await?, [0; 4]);
    app.clock.advance(1);
    assert_eq!(tidied(&app).await?, [0, 1, 0, 0]);
    assert_eq!(tidied(&app).await?, [0; 4]);
    let member = again(&app, &member).await?;
    assert_eq!(member.status_of(&id).await?, "cancelled");
    assert_eq!(letters(&app, &member.email, "취소되었습니다").await?.len(), 1);
    assert_eq!(free(&app, &room, "2026-12-02").await?, ["10:00–22:00"]);
    Ok(())
}

#[tokio::test]
async fn a_request_is_cancelled_by_its_owner() -> Result<()> {
    let app = start().await?;
    let member = app.member().await?;
    let (room, id) = requested(&app, &member, 20_000).await?;
    assert_is(&cancel(&member, &id, &json!({})).await?, "cancelled");
    assert_eq!(free(&app, &room, "2026-12-02").await?, ["09:00–22:00"]);
    let operator = app.staff("operator").await?;
    assert_problem(&act(&operator, &id, "approve", &json!({})).await?, 409, "wrong_status");
    Ok(())
}
