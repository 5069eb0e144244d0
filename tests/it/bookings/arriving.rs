//! Whoever comes, whoever does not, and what is left of their hours.

use super::*;

#[tokio::test]
async fn somebody_is_checked_in_from_an_hour_before_until_the_end() -> Result<()> {
    let app = start().await?;
    let member = app.member().await?;
    let (early, late) = (booked(&member, &free_wish(10, 12)).await?, booked(&member, &wish(10, 12)).await?);
    act(&app.staff("operator").await?, &late, "confirm", &json!({})).await?;
    until(&app, "2026-12-02T08:59:59+09:00")?;
    let operator = app.staff("operator").await?;
    assert_problem(&act(&operator, &early, "check-in", &json!({})).await?, 409, "not_now");
    app.clock.advance(1);
    let reply = act(&operator, &early, "check-in", &json!({})).await?;
    assert_is(&reply, "confirmed");
    assert_eq!(reply.text("/data/checked_in_at"), "2026-12-02T09:00:00+09:00");
    until(&app, "2026-12-02T11:59:59+09:00")?;
    let operator = again(&app, &operator).await?;
    assert_is(&act(&operator, &late, "check-in", &json!({})).await?, "confirmed");
    Ok(())
}

#[tokio::test]
async fn at_the_end_it_is_too_late_to_check_in() -> Result<()> {
    let app = start().await?;
    let id = booked(&app.member().await?, &free_wish(10, 12)).await?;
    until(&app, "2026-12-02T12:00:00+09:00")?;
    let operator = app.staff("operator").await?;
    assert_problem(&act(&operator, &id, "check-in", &json!({})).await?, 409, "not_now");
    Ok(())
}

#[tokio::test]
async fn checking_in_twice_keeps_the_first_time() -> Result<()> {
    let app = start().await?;
    let id = booked(&app.member().await?, &free_wish(10, 12)).await?;
    until(&app, "2026-12-02T10:00:00+09:00")?;
    let operator = app.staff("operator").await?;
    let first = act(&operator, &id, "check-in", &json!({})).await?;
    app.clock.advance(60);
    let second = act(&operator, &id, "check-in", &json!({})).await?;
    assert_eq!((second.status, second.body), (200, first.body));
    Ok(())
}

#[tokio::test]
async fn what_is_not_confirmed_is_not_checked_in_completed_or_missed() -> Result<()> {
    let app = start().await?;
    let member = app.member().await?;
    let asked = room(&app, json!({"auto_confirm": false})).await?;
    let pending = booked(&member, &wish_for(&asked, "2026-12-02", 10, 12)).await?;
    let cancelled = booked(&member, &free_wish(10, 12)).await?;
    cancel(&member, &cancelled, &json!({})).await?;
    until(&app, "2026-12-02T09:59:00+09:00")?;
    let held = booked(&app.member().await?, &wish(10, 12)).await?;
    until(&app, "2026-12-02T10:00:00+09:00")?;
    let operator = app.staff("operator").await?;
    for (id, status) in [(&pending, "pending"), (&cancelled, "cancelled"), (&held, "held")] {
        for verb in ["check-in", "complete", "no-show"] {
            let refused = act(&operator, id, verb, &json!({})).await?;
            assert_problem(&refused, 409, "wrong_status");
            assert_eq!(refused.text("/current_status"), status, "{verb}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn nothing_took_place_or_was_missed_before_it_began() -> Result<()> {
    let app = start().await?;
    let id = booked(&app.member().await?, &free_wish(10, 12)).await?;
    until(&app, "2026-12-02T09:59:59+09:00")?;
    let operator = app.staff("operator").await?;
    for verb in ["complete", "no-show"] {
        assert_problem(&act(&operator, &id, verb, &json!({})).await?, 409, "not_begun");
    }
    app.clock.advance(1);
    let first = act(&operator, &id, "complete", &json!({})).await?;
    assert_is(&first, "completed");
    let second = act(&operator, &id, "complete", &json!({})).await?;
    assert_eq!((second.status, second.body), (200, first.body), "twice answers the same");
    assert_eq!(free(&app, ROOM_B, "2026-12-02").await?, ["12:00–22:00"], "its hours stay its own");
    Ok(())
}

#[tokio::test]
async fn a_no_show_frees_only_what_is_still_to_come() -> Result<()> {
    let app = start().await?;
    let id = booked(&app.member().await?, &free_wish(10, 14)).await?;
    until(&app, "2026-12-02T11:20:00+09:00")?;
    let operator = app.staff("operator").await?;
    assert_eq!(free(&app, ROOM_B, "2026-12-02").await?, ["14:00–22:00"]);
    let reply = act(&operator, &id, "no-show", &json!({"reason": "연락 없음"})).await?;
    assert_is(&reply, "no_show");
    assert_eq!(free(&app, ROOM_B, "2026-12-02").await?, ["11:30–22:00"]);
    let walk_in = local(ROOM_B, "2026-12-02T11:30", "2026-12-02T14:00");
    app.another().await?.book(&walk_in).await?;
    let again = act(&operator, &id, "no-show", &json!({})).await?;
    assert_eq!((again.status, again.body), (200, reply.body), "twice answers the same");
    Ok(())
}

#[tokio::test]
async fn a_no_show_of_the_first_minute_frees_all_but_the_quarter_that_has_begun() -> Result<()> {
    let app = start().await?;
    let id = booked(&app.member().await?, &free_wish(10, 12)).await?;
    until(&app, "2026-12-02T10:00:00+09:00")?;
    let operator = app.staff("operator").await?;
    assert_is(&act(&operator, &id, "no-show", &json!({})).await?, "no_show");
    assert_eq!(free(&app, ROOM_B, "2026-12-02").await?, ["10:15–22:00"], "its first quarter tells of it");
    Ok(())
}

#[tokio::test]
async fn a_no_show_over_midnight_frees_the_rest_of_the_night() -> Result<()> {
    let app = start().await?;
    let night = room(&app, json!({"open_time": "00:00", "close_time": "24:00"})).await?;
    let wish = local(&night, "2026-12-02T22:00", "2026-12-03T02:00");
    let id = booked(&app.member().await?, &wish).await?;
    until(&app, "2026-12-02T23:00:00+09:00")?;
    assert_is(&act(&app.staff("operator").await?, &id, "no-show", &json!({})).await?, "no_show");
    assert_eq!(free(&app, &night, "2026-12-02").await?, ["23:00–00:00"]);
    assert_eq!(free(&app, &night, "2026-12-03").await?, ["00:00–00:00"]);
    Ok(())
}

#[tokio::test]
async fn whoever_has_checked_in_has_come() -> Result<()> {
    let app = start().await?;
    let late = room(&app, json!({"no_show_minutes": 15})).await?;
    let id = booked(&app.member().await?, &wish_for(&late, "2026-12-02", 10, 12)).await?;
    until(&app, "2026-12-02T10:00:00+09:00")?;
    let operator = app.staff("operator").await?;
    act(&operator, &id, "check-in", &json!({})).await?;
    assert_problem(&act(&operator, &id, "no-show", &json!({})).await?, 409, "checked_in");
    app.clock.advance(1800);
    assert_eq!(tidied(&app).await?, [0; 4]);
    assert_eq!(operator.status_of(&id).await?, "confirmed");
    Ok(())
}

#[tokio::test]
async fn whoever_has_not_come_after_the_rooms_minutes_is_missed_by_itself() -> Result<()> {
    let app = start().await?;
    let late = room(&app, json!({"no_show_minutes": 20})).await?;
    let member = app.member().await?;
    let id = booked(&member, &wish_for(&late, "2026-12-02", 10, 12)).await?;
    let patient = booked(&member, &free_wish(10, 12)).await?;
    until(&app, "2026-12-02T10:19:59+09:00")?;
    assert_eq!(tidied(&app).await?, [0; 4]);
    app.clock.advance(1);
    assert_eq!(tidied(&app).await?, [0, 0, 1, 0]);
    assert_eq!(tidied(&app).await?, [0; 4]);
    let member = again(&app, &member).await?;
    assert_eq!(member.status_of(&id).await?, "no_show");
    assert_eq!(member.status_of(&patient).await?, "confirmed", "there staff decide");
    assert_eq!(free(&app, &late, "2026-12-02").await?, ["10:30–22:00"]);
    app.another().await?.book(&wish_for(&late, "2026-12-02", 11, 12)).await?;
    Ok(())
}

#[tokio::test]
async fn at_its_end_a_booking_took_place() -> Result<()> {
    let app = start().await?;
    let member = app.member().await?;
    let id = booked(&member, &free_wish(10, 12)).await?;
    until(&app, "2026-12-02T11:59:59+09:00")?;
    assert_eq!(tidied(&app).await?, [0; 4]);
    app.clock.advance(1);
    assert_eq!(tidied(&app).await?, [0, 0, 0, 1]);
    assert_eq!(tidied(&app).await?, [0; 4]);
    let (member, operator) = (again(&app, &member).await?, app.staff("operator").await?);
    assert_eq!(member.status_of(&id).await?, "completed");
    assert_problem(&act(&operator, &id, "no-show", &json!({})).await?, 409, "wrong_status");
    Ok(())
}

#[tokio::test]
async fn a_series_took_place_at_the_end_of_its_last_time() -> Result<()> {
    let app = start().await?;
    let member = app.member().await?;
    let repeat = json!({"repeat": {"frequency": "daily", "count": 2}});
    let id = member.post("/api/series", &with(free_wish(10, 12), &repeat)).await?.text("/data/id");
    until(&app, "2026-12-02T12:00:00+09:00")?;
    assert_eq!(tidied(&app).await?, [0; 4]);
    until(&app, "2026-12-03T12:00:00+09:00")?;
    assert_eq!(tidied(&app).await?, [0, 0, 0, 1]);
    assert_eq!(again(&app, &member).await?.status_of(&id).await?, "completed");
    Ok(())
}

#[tokio::test]
async fn nobody_but_staff_says_who_came() -> Result<()> {
    let app = start().await?;
    let id = booked(&app.member().await?, &free_wish(10, 12)).await?;
    until(&app, "2026-12-02T10:00:00+09:00")?;
    for (who, guest, status) in [
        ("its owner", app.member().await?, 403),
        ("another", app.another().await?, 403),
        ("a viewer", app.staff("viewer").await?, 403),
        ("a stranger", app.stranger(), 401),
    ] {
        for verb in ["check-in", "complete", "no-show"] {
            assert_eq!(act(&guest, &id, verb, &json!({})).await?.status, status, "{who} {verb}");
        }
    }
    assert_is(&act(&app.machine(), &id, "check-in", &json!({})).await?, "confirmed");
    Ok(())
}
