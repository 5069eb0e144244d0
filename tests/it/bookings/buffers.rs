//! Minutes kept free around bookings.

use super::*;

async fn wide(app: &App, before: u8, after: u8) -> Result<String> {
    let buffers = json!({"buffer_before_minutes": before, "buffer_after_minutes": after});
    room(app, with(buffers, &json!({"open_time": "00:00", "close_time": "24:00"}))).await
}

#[tokio::test]
async fn neighbours_keep_their_distance() -> Result<()> {
    let app = start().await?;
    let room = wide(&app, 15, 30).await?;
    let (member, another) = (app.member().await?, app.another().await?);
    let booking = member.book(&wish_for(&room, "2026-12-02", 10, 12)).await?;
    assert_eq!(booking["start_time"], "2026-12-02T10:00:00+09:00", "its own times are as wished");
    // Half an hour behind it, and a quarter before the next.
    for (start, end) in
        [("12:00", "13:00"), ("12:30", "13:30"), ("09:00", "10:00"), ("08:00", "09:30"), ("10:30", "11:00")]
    {
        let wish = local(&room, &format!("2026-12-02T{start}"), &format!("2026-12-02T{end}"));
        assert_problem(&another.post("/api/bookings", &wish).await?, 409, "slot_taken");
    }
    for (start, end) in [("12:45", "13:00"), ("08:15", "09:15")] {
        another.book(&local(&room, &format!("2026-12-02T{start}"), &format!("2026-12-02T{end}"))).await?;
    }
    Ok(())
}

#[tokio::test]
async fn what_is_said_to_be_free_leaves_room_for_the_distance() -> Result<()> {
    let app = start().await?;
    let room = wide(&app, 15, 30).await?;
    app.member().await?.book(&wish_for(&room, "2026-12-02", 10, 12)).await?;
    let spans = free(&app, &room, "2026-12-02").await?;
    assert_eq!(spans, ["00:00–09:15", "12:45–00:00"]);
    let another = app.another().await?;
    another.book(&local(&room, "2026-12-02T05:15", "2026-12-02T09:15")).await?;
    another.book(&local(&room, "2026-12-02T12:45", "2026-12-02T16:45")).await?;
    assert_eq!(free(&app, &room, "2026-12-02").await?, ["00:00–04:30", "17:30–00:00"]);
    Ok(())
}

#[tokio::test]
async fn alternatives_keep_the_distance_too() -> Result<()> {
    let app = start().await?;
    let room = wide(&app, 15, 30).await?;
    let (member, another) = (app.member().await?, app.another().await?);
    member.book(&wish_for(&room, "2026-12-02", 10, 12)).await?;
    let refused = another.post("/api/bookings", &wish_for(&room, "2026-12-02", 12, 13)).await?;
    let offers = refused.body["alternatives"].as_array().unwrap();
    assert_eq!(offers[0]["start_time"], "2026-12-02T12:45:00+09:00");
    let first =
        local(&room, offers[0]["start_time"].as_str().unwrap(), offers[0]["end_time"].as_str().unwrap());
    another.book(&first).await?;
    Ok(())
}

#[tokio::test]
async fn a_distance_reaches_over_midnight() -> Result<()> {
    let app = start().await?;
    let room = wide(&app, 60, 60).await?;
    let (member, another) = (app.member().await?, app.another().await?);
    let id = booked(&member, &local(&room, "2026-12-02T23:00", "2026-12-03T00:00")).await?;
    assert_eq!(free(&app, &room, "2026-12-02").await?, ["00:00–21:00"]);
    assert_eq!(free(&app, &room, "2026-12-03").await?, ["02:00–00:00"]);
    let wish = wish_for(&room, "2026-12-03", 1, 2);
    let refused = another.post("/api/bookings", &wish).await?;
    assert_problem(&refused, 409, "slot_taken");
    assert_eq!(why_not(&another, &room, "2026-12-03T01:00", "2026-12-03T02:00").await?, ["taken"]);
    another.book(&wish_for(&room, "2026-12-03", 2, 3)).await?;
    cancel(&member, &id, &json!({})).await?;
    assert_eq!(free(&app, &room, "2026-12-02").await?, ["00:00–00:00"]);
    // Before the other's hour there is no time left but its distance.
    assert_eq!(free(&app, &room, "2026-12-03").await?, ["05:00–00:00"]);
    Ok(())
}

#[tokio::test]
async fn the_distance_of_the_first_hour_reaches_into_the_day_before() -> Result<()> {
    let app = start().await?;
    let room = wide(&app, 60, 0).await?;
    let (member, another) = (app.member().await?, app.another().await?);
    member.book(&wish_for(&room, "2026-12-03", 0, 1)).await?;
    assert_eq!(free(&app, &room, "2026-12-02").await?, ["00:00–23:00"]);
    let late = local(&room, "2026-12-02T22:30", "2026-12-02T23:30");
    assert_problem(&another.post("/api/bookings", &late).await?, 409, "slot_taken");
    another.book(&local(&room, "2026-12-02T22:00", "2026-12-02T23:00")).await?;
    Ok(())
}

#[tokio::test]
async fn a_distance_may_lie_outside_opening_hours_but_costs_nothing() -> Result<()> {
    let app = start().await?;
    let room =
        room(&app, json!({"hourly_rate": 20_000, "buffer_before_minutes": 60, "buffer_after_minutes": 60}))
            .await?;
    let member = app.member().await?;
    assert_eq!(member.book(&wish_for(&room, "2026-12-02", 9, 10)).await?["amount"], 20_000);
    assert_eq!(member.book(&wish_for(&room, "2026-12-02", 21, 22)).await?["amount"], 20_000);
    assert_eq!(free(&app, &room, "2026-12-02").await?, ["12:00–19:00"]);
    Ok(())
}

#[tokio::test]
async fn a_booking_moves_within_its_own_distance() -> Result<()> {
    let app = start().await?;
    let room = wide(&app, 60, 60).await?;
    let (member, operator) = (app.member().await?, app.staff("operator").await?);
    let id = booked(&member, &wish_for(&room, "2026-12-02", 10, 12)).await?;
    let third = booked(&app.another().await?, &wish_for(&room, "2026-12-02", 16, 17)).await?;
    let to = |start: &str, end: &str| json!({"start_time": format!("2026-12-02T{start}"), "end_time": format!("2026-12-02T{end}")});
    assert_is(&act(&operator, &id, "reschedule", &to("12:00", "14:00")).await?, "confirmed");
    let refused = act(&operator, &id, "reschedule", &to("12:15", "14:15")).await?;
    assert_problem(&refused, 409, "slot_taken");
    assert_eq!(named(&refused), [third]);
    assert_eq!(free(&app, &room, "2026-12-02").await?, ["00:00–10:00", "19:00–00:00"]);
    Ok(())
}

#[tokio::test]
async fn what_staff_keep_keeps_no_distance_but_others_keep_theirs_from_it() -> Result<()> {
    let app = start().await?;
    let room = wide(&app, 60, 60).await?;
    let operator = app.staff("operator").await?;
    app.member().await?.book(&wish_for(&room, "2026-12-02", 10, 12)).await?;
    let path = format!("/rooms/{room}/blackouts");
    let kept = |start: &str, end: &str| json!({"start_time": format!("2026-12-02T{start}"), "end_time": format!("2026-12-02T{end}"), "reason": "청소"});
    assert_eq!(operator.post(&path, &kept("12:30", "13:30")).await?.status, 409);
    assert_eq!(operator.post(&path, &kept("13:00", "14:00")).await?.status, 201);
    assert_eq!(free(&app, &room, "2026-12-02").await?, ["00:00–08:00", "15:00–00:00"]);
    Ok(())
}

#[tokio::test]
async fn a_no_show_frees_the_distance_behind_it() -> Result<()> {
    let app = start().await?;
    let room = wide(&app, 60, 60).await?;
    let id = booked(&app.member().await?, &wish_for(&room, "2026-12-02", 10, 12)).await?;
    until(&app, "2026-12-02T11:00:00+09:00")?;
    assert_is(&act(&app.staff("operator").await?, &id, "no-show", &json!({})).await?, "no_show");
    assert_eq!(free(&app, &room, "2026-12-02").await?, ["12:00–00:00"]);
    Ok(())
}
