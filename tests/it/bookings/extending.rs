//! More time to pay, and holds that cost nothing.

use super::*;

#[tokio::test]
async fn a_hold_gets_ten_more_minutes_up_to_an_hour_after_it_was_made() -> Result<()> {
    let app = start().await?;
    let member = app.member().await?;
    let id = booked(&member, &wish(10, 12)).await?;
    for minute in [5, 14, 23, 32, 41, 50] {
        until(&app, &format!("2026-12-01T08:{minute:02}:00+09:00"))?;
        let reply = act(&member, &id, "extend", &json!({})).await?;
        assert_is(&reply, "held");
        let ends = std::cmp::min(minute + 10, 60);
        let ends = format!("2026-12-01T{:02}:{:02}:00+09:00", 8 + ends / 60, ends % 60);
        assert_eq!(reply.text("/data/expires_at"), ends);
    }
    until(&app, "2026-12-01T08:59:00+09:00")?;
    assert_problem(&act(&member, &id, "extend", &json!({})).await?, 409, "hold_limit");
    assert_problem(&app.another().await?.post("/api/bookings", &wish(10, 12)).await?, 409, "slot_taken");
    app.clock.advance(60);
    let another = app.another().await?;
    another.book(&wish(10, 12)).await?;
    Ok(())
}

#[tokio::test]
async fn an_extended_hold_is_left_alone_by_the_sweeper_and_by_others() -> Result<()> {
    let app = start().await?;
    let (member, another) = (app.member().await?, app.another().await?);
    let id = booked(&member, &wish(10, 12)).await?;
    app.clock.advance(300);
    assert_is(&act(&member, &id, "extend", &json!({})).await?, "held");
    app.clock.advance(599);
    assert_eq!(tidied(&app).await?, [0; 4]);
    assert_problem(&another.post("/api/bookings", &wish(10, 12)).await?, 409, "slot_taken");
    app.clock.advance(1);
    assert_eq!(tidied(&app).await?, [1, 0, 0, 0]);
    Ok(())
}

#[tokio::test]
async fn extending_twice_in_a_moment_changes_nothing_more() -> Result<()> {
    let app = start().await?;
    let member = app.member().await?;
    let id = booked(&member, &wish(10, 12)).await?;
    assert_problem(&act(&member, &id, "extend", &json!({})).await?, 409, "hold_limit");
    assert_eq!(seen(&member, &id).await?["expires_at"], "2026-12-01T08:10:00+09:00");
    Ok(())
}

#[tokio::test]
async fn a_hold_that_is_over_is_not_extended_even_where_nobody_took_it() -> Result<()> {
    let app = start().await?;
    let member = app.member().await?;
    let id = booked(&member, &wish(10, 12)).await?;
    app.clock.advance(600);
    assert_problem(&act(&member, &id, "extend", &json!({})).await?, 409, "hold_over");
    assert_eq!(tidied(&app).await?, [1, 0, 0, 0]);
    let refused = act(&member, &id, "extend", &json!({})).await?;
    assert_problem(&refused, 409, "wrong_status");
    assert_eq!(refused.text("/current_status"), "expired");
    Ok(())
}

#[tokio::test]
async fn what_is_paid_or_firm_is_not_extended() -> Result<()> {
    let app = start().await?;
    let member = app.member().await?;
    for id in [paid(&app, &member, &wish(10, 12)).await?, booked(&member, &free_wish(10, 11)).await?] {
        let refused = act(&member, &id, "extend", &json!({})).await?;
        assert_problem(&refused, 409, "wrong_status");
        assert_eq!(refused.text("/current_status"), "confirmed");
    }
    Ok(())
}

#[tokio::test]
async fn a_hold_is_extended_by_its_owner_and_by_staff() -> Result<()> {
    let app = start().await?;
    let id = booked(&app.member().await?, &wish(10, 12)).await?;
    app.clock.advance(60);
    for (who, guest, status) in [
        ("another", app.another().await?, 404),
        ("a viewer", app.staff("viewer").await?, 403),
        ("a stranger", app.stranger(), 401),
        ("an operator", app.staff("operator").await?, 200),
    ] {
        assert_eq!(act(&guest, &id, "extend", &json!({})).await?.status, status, "{who}");
    }
    Ok(())
}

#[tokio::test]
async fn what_is_owed_is_not_confirmed_by_its_owner_but_by_staff() -> Result<()> {
    let app = start().await?;
    let member = app.member().await?;
    let id = booked(&member, &wish(10, 12)).await?;
    assert_problem(&act(&member, &id, "confirm", &json!({})).await?, 409, "unpaid");
    assert_eq!(act(&app.another().await?, &id, "confirm", &json!({})).await?.status, 404);
    assert_eq!(act(&app.staff("viewer").await?, &id, "confirm", &json!({})).await?.status, 403);
    let operator = app.staff("operator").await?;
    assert_is(&act(&operator, &id, "confirm", &json!({})).await?, "confirmed");
    assert_eq!(letters(&app, &member.email, "확정").await?.len(), 1);
    app.clock.advance(600);
    assert_eq!(tidied(&app).await?, [0; 4]);
    assert_problem(&act(&operator, &id, "confirm", &json!({})).await?, 409, "wrong_status");
    Ok(())
}

#[tokio::test]
async fn a_hold_that_is_over_is_confirmed_while_nobody_took_its_hours() -> Result<()> {
    let app = start().await?;
    let (member, operator) = (app.member().await?, app.staff("operator").await?);
    let (kept, lost) = (booked(&member, &wish(10, 12)).await?, booked(&member, &wish(13, 15)).await?);
    app.clock.advance(600);
    let theirs = booked(&app.another().await?, &wish(14, 16)).await?;
    assert_is(&act(&operator, &kept, "confirm", &json!({})).await?, "confirmed");
    assert_problem(&act(&operator, &lost, "confirm", &json!({})).await?, 409, "wrong_status");
    assert_eq!(operator.status_of(&lost).await?, "expired");
    assert_eq!(operator.status_of(&theirs).await?, "held");
    Ok(())
}

#[tokio::test]
async fn whoever_loses_a_hold_to_staff_is_told_nothing_of_their_booking() -> Result<()> {
    let app = start().await?;
    let member = app.member().await?;
    let lost = booked(&member, &wish(10, 12)).await?;
    app.clock.advance(600);
    let operator = app.staff("operator").await?;
    operator.book(&with(wish(11, 13), &json!({"confirm": true}))).await?;
    assert_eq!(member.status_of(&lost).await?, "expired");
    assert_eq!(letters(&app, &member.email, "").await?, Vec::<String>::new());
    assert_eq!(letters(&app, &operator.email, "확정").await?.len(), 1);
    let trail = crate::trail::of(app.stack(), &format!("booking#{lost}")).await?;
    let actions: Vec<&str> = trail.iter().map(|record| record.action.as_str()).collect();
    assert_eq!(actions, ["booking.held", "booking.expired"]);
    Ok(())
}
