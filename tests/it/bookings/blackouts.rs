//! What staff keep for themselves: hours, and whole days.

use super::*;

fn path(room: &str) -> String {
    format!("/rooms/{room}/blackouts")
}

async fn keep(guest: &Guest, room: &str, start: &str, end: &str) -> Result<Reply> {
    guest.post(&path(room), &json!({"start_time": start, "end_time": end, "reason": "점검"})).await
}

async fn close(guest: &Guest, room: &str, day: &str) -> Result<Reply> {
    guest.post(&path(room), &json!({"date": day, "reason": "대청소"})).await
}

/// A room that is open all night.
async fn all_night(app: &App) -> Result<String> {
    room(app, json!({"open_time": "00:00", "close_time": "24:00"})).await
}

#[tokio::test]
async fn kept_hours_are_nobodys_until_they_are_given_back() -> Result<()> {
    let app = start().await?;
    let (member, operator) = (app.member().await?, app.staff("operator").await?);
    let kept = keep(&operator, ROOM_B, "2026-12-02T10:00", "2026-12-02T12:00").await?;
    assert_eq!(kept.status, 201, "{kept:?}");
    let block = &kept.body["data"]["blackouts"][0];
    assert_eq!(
        (&block["kind"], &block["title"], &block["amount"]),
        (&json!("block"), &json!("점검"), &json!(0))
    );
    assert_eq!(free(&app, ROOM_B, "2026-12-02").await?, ["09:00–10:00", "12:00–22:00"]);
    assert_problem(&member.post("/api/bookings", &free_wish(11, 13)).await?, 409, "slot_taken");
    let reasons = why_not(&member, ROOM_B, "2026-12-02T11:00", "2026-12-02T13:00").await?;
    assert_eq!(reasons, ["blocked"]);
    let lift = format!("{}?blackout_id={}", path(ROOM_B), id_of(block));
    let lifted = operator.delete(&lift).await?;
    assert_eq!((lifted.status, lifted.text("/data/blackouts/0/status")), (200, "cancelled".to_owned()));
    assert_eq!(operator.delete(&lift).await?.body, lifted.body, "twice answers the same");
    assert!(why_not(&member, ROOM_B, "2026-12-02T11:00", "2026-12-02T13:00").await?.is_empty());
    member.book(&free_wish(11, 13)).await?;
    assert!(app.mails(&operator.email).await?.is_empty(), "nobody is written to about it");
    Ok(())
}

#[tokio::test]
async fn booked_hours_are_not_kept_and_whose_they_are_is_told() -> Result<()> {
    let app = start().await?;
    let (member, operator) = (app.member().await?, app.staff("operator").await?);
    let theirs = booked(&member, &free_wish(10, 12)).await?;
    let refused = keep(&operator, ROOM_B, "2026-12-02T11:00", "2026-12-02T13:00").await?;
    assert_problem(&refused, 409, "slot_taken");
    let conflict = json!({"id": theirs, "title": "정기 모임", "status": "confirmed"});
    assert_eq!(refused.body["conflicting_bookings"], json!([conflict]));
    assert_eq!(free(&app, ROOM_B, "2026-12-02").await?, ["09:00–10:00", "12:00–22:00"]);
    let held = booked(&member, &wish(10, 12)).await?;
    let refused = keep(&operator, ROOM_A, "2026-12-02T09:00", "2026-12-02T22:00").await?;
    assert_eq!((refused.status, named(&refused)), (409, vec![held]));
    Ok(())
}

#[tokio::test]
async fn kept_hours_take_the_place_of_a_hold_that_is_over() -> Result<()> {
    let app = start().await?;
    let (member, operator) = (app.member().await?, app.staff("operator").await?);
    let over = booked(&member, &wish(10, 12)).await?;
    app.clock.advance(600);
    assert_eq!(keep(&operator, ROOM_A, "2026-12-02T11:00", "2026-12-02T13:00").await?.status, 201);
    assert_eq!(member.status_of(&over).await?, "expired");
    Ok(())
}

#[tokio::test]
async fn a_whole_day_of_ninety_six_slots_and_more_is_kept_at_once() -> Result<()> {
    let app = start().await?;
    let operator = app.staff("operator").await?;
    let night = all_night(&app).await?;
    let kept = keep(&operator, &night, "2026-12-02T00:00", "2026-12-03T00:00").await?;
    assert_eq!(kept.status, 201, "{kept:?}");
    assert_eq!(free(&app, &night, "2026-12-01").await?.last().unwrap(), "08:00–00:00");
    assert!(free(&app, &night, "2026-12-02").await?.is_empty());
    assert_eq!(free(&app, &night, "2026-12-03").await?, ["00:00–00:00"]);
    let kept = keep(&operator, &night, "2026-12-05T12:00", "2027-01-04T12:00").await?;
    assert_eq!(kept.status, 201, "{kept:?}");
    assert!(free(&app, &night, "2026-12-25").await?.is_empty());
    let lift = format!("{}?blackout_id={}", path(&night), kept.text("/data/blackouts/0/id"));
    assert_eq!(operator.delete(&lift).await?.status, 200);
    assert_eq!(free(&app, &night, "2026-12-25").await?, ["00:00–00:00"]);
    let refused = keep(&operator, &night, "2026-12-05T12:00", "2027-01-05T12:00").await?;
    assert_field(&refused, "/end_time", "range");
    Ok(())
}

#[tokio::test]
async fn kept_hours_need_no_opening_hours_but_lie_on_the_grid_and_in_order() -> Result<()> {
    let app = start().await?;
    let operator = app.staff("operator").await?;
    assert_eq!(keep(&operator, ROOM_B, "2026-12-02T20:00", "2026-12-03T10:00").await?.status, 201);
    assert_eq!(free(&app, ROOM_B, "2026-12-02").await?, ["09:00–20:00"]);
    assert_eq!(free(&app, ROOM_B, "2026-12-03").await?, ["10:00–22:00"]);
    for (start, end, pointer, code) in [
        ("2026-12-04T10:05", "2026-12-04T11:00", "/start_time", "off_grid"),
        ("2026-12-04T10:00", "2026-12-04T11:01", "/end_time", "off_grid"),
        ("2026-12-04T10:00", "2026-12-04T10:00", "/end_time", "not_after_start"),
        ("2026-12-04T10:00", "모레", "/end_time", "type"),
    ] {
        assert_field(&keep(&operator, ROOM_B, start, end).await?, pointer, code);
    }
    let reply = operator.post(&path(ROOM_B), &json!({})).await?;
    assert_eq!(
        (reply.status, reply.fields()),
        (422, ["/reason", "/start_time", "/end_time"].map(str::to_owned).to_vec())
    );
    Ok(())
}

#[tokio::test]
async fn a_closed_day_takes_no_new_bookings_and_says_why() -> Result<()> {
    let app = start().await?;
    let (member, operator) = (app.member().await?, app.staff("operator").await?);
    let closed = close(&operator, ROOM_B, "2026-12-02").await?;
    assert_eq!(closed.body["data"]["closed_days"], json!([{"date": "2026-12-02", "reason": "대청소"}]));
    assert_eq!(closed.status, 201);
    assert!(free(&app, ROOM_B, "2026-12-02").await?.is_empty());
    let refused = member.post("/api/bookings", &free_wish(10, 11)).await?;
    assert_problem(&refused, 409, "slot_taken");
    assert_eq!(why_not(&member, ROOM_B, "2026-12-02T10:00", "2026-12-02T11:00").await?, ["closed"]);
    assert_problem(&operator.post("/api/bookings", &free_wish(10, 11)).await?, 409, "slot_taken");
    let opened = operator.delete(&format!("{}?date=2026-12-02", path(ROOM_B))).await?;
    assert_eq!(opened.status, 200);
    assert_eq!(free(&app, ROOM_B, "2026-12-02").await?, ["09:00–22:00"]);
    member.book(&free_wish(10, 11)).await?;
    Ok(())
}

#[tokio::test]
async fn what_was_booked_before_its_day_was_closed_is_paid_extended_or_cancelled_as_ever() -> Result<()> {
    let app = start().await?;
    let (member, operator) = (app.member().await?, app.staff("operator").await?);
    let (id, order, key) = member.up_to_the_window(&app, &wish(10, 12)).await?;
    let other = booked(&member, &wish(14, 16)).await?;
    app.clock.advance(60);
    assert_eq!(close(&operator, ROOM_A, "2026-12-02").await?.status, 201);
    assert_is(&act(&member, &other, "extend", &json!({})).await?, "held");
    assert_eq!(member.confirm(&key, &order, 40_000).await?.status, 200);
    assert_eq!(member.status_of(&id).await?, "confirmed");
    for id in [&id, &other] {
        assert_is(&cancel(&member, id, &json!({})).await?, "cancelled");
    }
    assert_problem(&act(&operator, &id, "restore", &json!({})).await?, 409, "slot_taken");
    assert!(free(&app, ROOM_A, "2026-12-02").await?.is_empty());
    Ok(())
}

#[tokio::test]
async fn nothing_reaches_into_a_closed_day_over_midnight() -> Result<()> {
    let app = start().await?;
    let (member, operator) = (app.member().await?, app.staff("operator").await?);
    let night = all_night(&app).await?;
    close(&operator, &night, "2026-12-03").await?;
    let over =
        |day: u8| local(&night, &format!("2026-12-{day:02}T23:00"), &format!("2026-12-{:02}T01:00", day + 1));
    for day in [2, 3] {
        assert_problem(&member.post("/api/bookings", &over(day)).await?, 409, "slot_taken");
    }
    member.book(&local(&night, "2026-12-02T22:00", "2026-12-03T00:00")).await?;
    member.book(&local(&night, "2026-12-04T00:00", "2026-12-04T01:00")).await?;
    assert_eq!(why_not(&member, &night, "2026-12-02T23:00", "2026-12-03T01:00").await?, ["yours", "closed"]);
    Ok(())
}

#[tokio::test]
async fn what_staff_keep_is_listed_for_staff() -> Result<()> {
    let app = start().await?;
    let operator = app.staff("operator").await?;
    keep(&operator, ROOM_B, "2026-12-02T10:00", "2026-12-02T12:00").await?;
    close(&operator, ROOM_B, "2026-12-04").await?;
    app.member().await?.book(&free_wish(14, 15)).await?;
    let all = app.staff("viewer").await?.get(&path(ROOM_B)).await?;
    assert_eq!(all.status, 200, "{all:?}");
    assert_eq!(all.body["data"]["blackouts"].as_array().unwrap().len(), 1);
    assert_eq!(all.body["data"]["closed_days"], json!([{"date": "2026-12-04", "reason": "대청소"}]));
    let none = operator.get(&format!("{}?from=2026-12-05&to=2026-12-06", path(ROOM_B))).await?;
    assert_eq!(none.body["data"], json!({"blackouts": [], "closed_days": []}));
    for query in ["from=2026-12-05&to=2026-12-04", "from=2026-12-05&to=2027-12-04", "from=어제"] {
        assert_eq!(operator.get(&format!("{}?{query}", path(ROOM_B))).await?.status, 422, "{query}");
    }
    Ok(())
}

#[tokio::test]
async fn nobody_but_staff_keeps_anything() -> Result<()> {
    let app = start().await?;
    for (who, guest, status) in [
        ("a member", app.member().await?, 403),
        ("a viewer", app.staff("viewer").await?, 403),
        ("a stranger", app.stranger(), 401),
        ("a machine", app.machine(), 201),
    ] {
        assert_eq!(close(&guest, ROOM_B, "2026-12-02").await?.status, status, "{who}");
        let kept = keep(&guest, ROOM_A, "2026-12-02T10:00", "2026-12-02T12:00").await?;
        assert_eq!(kept.status, status, "{who}");
    }
    let operator = app.staff("operator").await?;
    assert_eq!(operator.delete(&path(ROOM_B)).await?.status, 422);
    let booking = booked(&app.member().await?, &wish(14, 15)).await?;
    let lift = format!("{}?blackout_id={booking}", path(ROOM_A));
    assert_eq!(operator.delete(&lift).await?.status, 404, "a booking is no blackout");
    let nowhere = "01900000-0000-7000-8000-00000000dead";
    assert_problem(&close(&operator, nowhere, "2026-12-02").await?, 404, "no_such_room");
    assert_problem(
        &keep(&operator, nowhere, "2026-12-02T10:00", "2026-12-02T12:00").await?,
        404,
        "no_such_room",
    );
    Ok(())
}

#[tokio::test]
async fn of_a_rush_room_hours_are_kept_but_no_day_is_closed() -> Result<()> {
    let app = start().await?;
    let operator = app.staff("operator").await?;
    let rush = room(&app, json!({"rush": true, "open_time": "00:00", "close_time": "24:00"})).await?;
    assert_problem(&close(&operator, &rush, "2026-12-02").await?, 409, "rush_room");
    let kept = keep(&operator, &rush, "2026-12-02T02:00", "2026-12-02T22:00").await?;
    assert_eq!(kept.status, 201, "{kept:?}");
    assert_eq!(free(&app, &rush, "2026-12-02").await?, ["00:00–02:00", "22:00–00:00"]);
    let refused = keep(&operator, &rush, "2026-12-03T00:00", "2026-12-04T00:00").await?;
    assert_field(&refused, "/end_time", "range");
    let lift = format!("{}?blackout_id={}", path(&rush), kept.text("/data/blackouts/0/id"));
    assert_eq!(operator.delete(&lift).await?.status, 200);
    assert_eq!(free(&app, &rush, "2026-12-02").await?, ["00:00–00:00"]);
    Ok(())
}
