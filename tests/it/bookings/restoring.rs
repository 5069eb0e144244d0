//! Back again: what was cancelled, within a day, and those who came after all.

use super::*;

async fn restore(guest: &Guest, id: &str) -> Result<Reply> {
    act(guest, id, "restore", &json!({})).await
}

#[tokio::test]
async fn a_cancelled_booking_takes_its_hours_again_and_is_told() -> Result<()> {
    let app = start().await?;
    let (member, operator) = (app.member().await?, app.staff("operator").await?);
    let id = booked(&member, &free_wish(10, 12)).await?;
    cancel(&member, &id, &json!({})).await?;
    assert_eq!(free(&app, ROOM_B, "2026-12-02").await?, ["09:00–22:00"]);
    let reply = restore(&operator, &id).await?;
    assert_is(&reply, "confirmed");
    assert_eq!(reply.body["data"]["cancelled_at"], Value::Null);
    assert_eq!(free(&app, ROOM_B, "2026-12-02").await?, ["09:00–10:00", "12:00–22:00"]);
    assert_eq!(letters(&app, &member.email, "복구").await?.len(), 1);
    assert_problem(&restore(&operator, &id).await?, 409, "wrong_status");
    assert_is(&cancel(&member, &id, &json!({})).await?, "cancelled");
    Ok(())
}

#[tokio::test]
async fn a_day_after_its_cancellation_to_the_second_is_the_last_moment() -> Result<()> {
    let app = start().await?;
    let member = app.member().await?;
    let (one, two) = (
        booked(&member, &wish_for(ROOM_B, "2026-12-10", 10, 12)).await?,
        booked(&member, &wish_for(ROOM_B, "2026-12-10", 14, 16)).await?,
    );
    for id in [&one, &two] {
        cancel(&member, id, &json!({})).await?;
    }
    until(&app, "2026-12-02T08:00:00+09:00")?;
    let operator = app.staff("operator").await?;
    assert_is(&restore(&operator, &one).await?, "confirmed");
    app.clock.advance(1);
    assert_problem(&restore(&operator, &two).await?, 409, "restore_window");
    assert_eq!(operator.status_of(&two).await?, "cancelled");
    assert_eq!(free(&app, ROOM_B, "2026-12-10").await?, ["09:00–10:00", "12:00–22:00"]);
    Ok(())
}

#[tokio::test]
async fn hours_somebody_else_has_stand_in_the_way_and_staff_are_told_whose() -> Result<()> {
    let app = start().await?;
    let (member, operator) = (app.member().await?, app.staff("operator").await?);
    let id = booked(&member, &free_wish(10, 12)).await?;
    cancel(&member, &id, &json!({})).await?;
    let theirs = booked(&app.another().await?, &with(free_wish(11, 12), &json!({"title": "면접"}))).await?;
    let refused = restore(&operator, &id).await?;
    assert_problem(&refused, 409, "slot_taken");
    let conflict = json!({"id": theirs, "title": "면접", "status": "confirmed"});
    assert_eq!(refused.body["conflicting_bookings"], json!([conflict]));
    assert_eq!(refused.body["alternatives"][0]["start_time"], "2026-12-02T09:00:00+09:00");
    assert_eq!(refused.body["conflicts"][0]["start_time"], "2026-12-02T10:00:00+09:00");
    assert_eq!(operator.status_of(&id).await?, "cancelled");
    assert_eq!(free(&app, ROOM_B, "2026-12-02").await?, ["09:00–11:00", "12:00–22:00"]);
    cancel(&operator, &theirs, &json!({})).await?;
    assert_is(&restore(&operator, &id).await?, "confirmed");
    Ok(())
}

#[tokio::test]
async fn a_hold_comes_back_as_a_hold_of_ten_minutes_and_is_paid() -> Result<()> {
    let app = start().await?;
    let (member, operator) = (app.member().await?, app.staff("operator").await?);
    let id = booked(&member, &wish(10, 12)).await?;
    cancel(&member, &id, &json!({})).await?;
    app.clock.advance(1800);
    let reply = restore(&operator, &id).await?;
    assert_is(&reply, "held");
    assert_eq!(reply.text("/data/expires_at"), "2026-12-01T08:40:00+09:00");
    let ready = member.post("/payments/ready", &json!({"booking_id": id})).await?;
    let key = app.authenticate(&ready.text("/order_id"), 40_000);
    assert_eq!(member.confirm(&key, &ready.text("/order_id"), 40_000).await?.status, 200);
    assert_eq!(member.status_of(&id).await?, "confirmed");
    Ok(())
}

#[tokio::test]
async fn a_restored_hold_nobody_pays_ends_again() -> Result<()> {
    let app = start().await?;
    let (member, operator) = (app.member().await?, app.staff("operator").await?);
    let id = booked(&member, &wish(10, 12)).await?;
    cancel(&member, &id, &json!({})).await?;
    assert_is(&restore(&operator, &id).await?, "held");
    app.clock.advance(600);
    assert_eq!(tidied(&app).await?, [1, 0, 0, 0]);
    assert_eq!(member.status_of(&id).await?, "expired");
    assert_problem(&restore(&operator, &id).await?, 409, "wrong_status");
    Ok(())
}

#[tokio::test]
async fn a_request_comes_back_as_a_request() -> Result<()> {
    let app = start().await?;
    let (member, operator) = (app.member().await?, app.staff("operator").await?);
    let asked = room(&app, json!({"auto_confirm": false})).await?;
    let id = booked(&member, &wish_for(&asked, "2026-12-02", 10, 11)).await?;
    act(&operator, &id, "reject", &json!({})).await?;
    assert_is(&restore(&operator, &id).await?, "pending");
    assert_is(&act(&operator, &id, "approve", &json!({})).await?, "confirmed");
    Ok(())
}

#[tokio::test]
async fn what_was_paid_comes_back_paid_and_nothing_is_paid_back() -> Result<()> {
    let app = start().await?;
    let (member, operator) = (app.member().await?, app.staff("operator").await?);
    let id = paid(&app, &member, &wish_for(ROOM_A, "2026-12-10", 10, 12)).await?;
    let gone = cancel(&member, &id, &json!({})).await?;
    assert_eq!(gone.body["data"]["refund_amount"], 40_000);
    let reply = restore(&operator, &id).await?;
    assert_is(&reply, "confirmed");
    let data = &reply.body["data"];
    assert_eq!((&data["paid_amount"], &data["refund_amount"]), (&json!(40_000), &Value::Null));
    Ok(())
}

#[tokio::test]
async fn what_is_over_or_was_never_cancelled_is_not_restored() -> Result<()> {
    let app = start().await?;
    let (member, operator) = (app.member().await?, app.staff("operator").await?);
    let id = booked(&member, &wish_for(ROOM_B, "2026-12-01", 9, 10)).await?;
    assert_problem(&restore(&operator, &id).await?, 409, "wrong_status");
    cancel(&member, &id, &json!({})).await?;
    until(&app, "2026-12-01T09:30:00+09:00")?;
    let operator = again(&app, &operator).await?;
    assert_is(&restore(&operator, &id).await?, "confirmed");
    cancel(&operator, &id, &json!({})).await?;
    until(&app, "2026-12-01T10:00:00+09:00")?;
    assert_problem(&restore(&operator, &id).await?, 409, "over");
    Ok(())
}

#[tokio::test]
async fn a_room_off_the_books_takes_nothing_back() -> Result<()> {
    let app = start().await?;
    let (member, operator) = (app.member().await?, app.staff("operator").await?);
    let gone = room(&app, json!({})).await?;
    let id = booked(&member, &wish_for(&gone, "2026-12-02", 10, 11)).await?;
    cancel(&member, &id, &json!({})).await?;
    change_room(&app, &gone, json!({"is_active": false})).await?;
    assert_problem(&restore(&operator, &id).await?, 404, "no_such_room");
    Ok(())
}

#[tokio::test]
async fn whoever_came_after_all_has_the_rest_of_their_hours_and_is_not_missed_again() -> Result<()> {
    let app = start().await?;
    let late = room(&app, json!({"no_show_minutes": 15})).await?;
    let id = booked(&app.member().await?, &wish_for(&late, "2026-12-02", 10, 12)).await?;
    until(&app, "2026-12-02T10:15:00+09:00")?;
    assert_eq!(tidied(&app).await?, [0, 0, 1, 0]);
    assert_eq!(free(&app, &late, "2026-12-02").await?, ["10:15–22:00"]);
    app.clock.advance(300);
    let operator = app.staff("operator").await?;
    let reply = restore(&operator, &id).await?;
    assert_is(&reply, "confirmed");
    assert_eq!(reply.text("/data/checked_in_at"), "2026-12-02T10:20:00+09:00");
    assert_eq!(free(&app, &late, "2026-12-02").await?, ["12:00–22:00"]);
    app.clock.advance(60);
    assert_eq!(tidied(&app).await?, [0; 4], "they are here");
    assert_eq!(operator.status_of(&id).await?, "confirmed");
    until(&app, "2026-12-02T12:00:00+09:00")?;
    assert_eq!(tidied(&app).await?, [0, 0, 0, 1]);
    Ok(())
}

#[tokio::test]
async fn whoever_came_after_all_finds_their_hours_given_away() -> Result<()> {
    let app = start().await?;
    let id = booked(&app.member().await?, &free_wish(10, 12)).await?;
    until(&app, "2026-12-02T10:10:00+09:00")?;
    let operator = app.staff("operator").await?;
    assert_is(&act(&operator, &id, "no-show", &json!({})).await?, "no_show");
    let theirs = booked(&app.another().await?, &free_wish(11, 12)).await?;
    let refused = restore(&operator, &id).await?;
    assert_problem(&refused, 409, "slot_taken");
    assert_eq!(named(&refused), [theirs]);
    assert_eq!(operator.status_of(&id).await?, "no_show");
    Ok(())
}

#[tokio::test]
async fn nobody_but_staff_restores() -> Result<()> {
    let app = start().await?;
    let member = app.member().await?;
    let id = booked(&member, &free_wish(10, 12)).await?;
    cancel(&member, &id, &json!({})).await?;
    for (who, guest, status) in [
        ("its owner", &member, 403),
        ("a viewer", &app.staff("viewer").await?, 403),
        ("a stranger", &app.stranger(), 401),
        ("a machine", &app.machine(), 200),
    ] {
        assert_eq!(restore(guest, &id).await?.status, status, "{who}");
    }
    Ok(())
}

#[tokio::test]
async fn a_series_comes_back_whole_or_not_at_all() -> Result<()> {
    let app = start().await?;
    let (member, operator) = (app.member().await?, app.staff("operator").await?);
    let repeat = json!({"repeat": {"frequency": "daily", "count": 3}});
    let id = member.post("/api/series", &with(free_wish(10, 12), &repeat)).await?.text("/data/id");
    cancel(&member, &id, &json!({})).await?;
    let theirs = booked(&app.another().await?, &wish_for(ROOM_B, "2026-12-03", 11, 12)).await?;
    let refused = restore(&operator, &id).await?;
    assert_problem(&refused, 409, "slot_taken");
    assert_eq!(named(&refused), [theirs.as_str()]);
    assert_eq!(free(&app, ROOM_B, "2026-12-02").await?, ["09:00–22:00"]);
    cancel(&operator, &theirs, &json!({})).await?;
    assert_is(&restore(&operator, &id).await?, "confirmed");
    for day in ["2026-12-02", "2026-12-03", "2026-12-04"] {
        assert_eq!(free(&app, ROOM_B, day).await?, ["09:00–10:00", "12:00–22:00"]);
    }
    Ok(())
}
