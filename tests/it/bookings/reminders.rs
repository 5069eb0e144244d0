//! Reminders: once, in time, and not of what is not.

use super::*;

/// A tick of the reminders, and the reminders somebody has by then.
async fn reminded(app: &App, guest: &Guest) -> Result<(u32, Vec<String>)> {
    let marked = app.stack().workers.remind().await?;
    Ok((marked, letters(app, &guest.email, "예약 안내").await?))
}

#[tokio::test]
async fn a_day_before_somebody_is_reminded_once() -> Result<()> {
    let app = start().await?;
    let member = app.member().await?;
    booked(&member, &wish_for(ROOM_B, "2026-12-03", 10, 12)).await?;
    until(&app, "2026-12-02T09:59:59+09:00")?;
    assert_eq!(reminded(&app, &member).await?, (0, Vec::new()));
    app.clock.advance(1);
    let (marked, told) = reminded(&app, &member).await?;
    assert_eq!((marked, told.len()), (1, 1));
    assert!(told[0].contains("강의실 B") && told[0].contains("2026-12-03 10:00–12:00"), "{told:?}");
    for _ in 0..3 {
        app.clock.advance(3600);
        let (marked, told) = reminded(&app, &member).await?;
        assert_eq!((marked, told.len()), (0, 1));
    }
    Ok(())
}

#[tokio::test]
async fn a_room_reminds_as_early_as_it_says_or_not_at_all() -> Result<()> {
    let app = start().await?;
    let member = app.member().await?;
    let early = room(&app, json!({"remind_hours": 48})).await?;
    let never = room(&app, json!({"remind_hours": null})).await?;
    booked(&member, &wish_for(&early, "2026-12-10", 10, 12)).await?;
    booked(&member, &wish_for(&never, "2026-12-10", 10, 12)).await?;
    until(&app, "2026-12-08T10:00:00+09:00")?;
    assert_eq!(reminded(&app, &member).await?.0, 1);
    until(&app, "2026-12-10T09:59:00+09:00")?;
    assert_eq!(reminded(&app, &member).await?.1.len(), 1);
    Ok(())
}

#[tokio::test]
async fn whoever_books_within_the_day_is_not_reminded() -> Result<()> {
    let app = start().await?;
    let member = app.member().await?;
    booked(&member, &wish_for(ROOM_B, "2026-12-02", 8 + 1, 10)).await?;
    booked(&member, &wish_for(ROOM_B, "2026-12-01", 10, 12)).await?;
    app.clock.advance(3599);
    assert_eq!(reminded(&app, &member).await?, (0, Vec::new()));
    app.clock.advance(1);
    assert_eq!(reminded(&app, &member).await?.0, 1, "an hour before the day begins there was time for it");
    Ok(())
}

#[tokio::test]
async fn what_is_cancelled_held_or_waits_reminds_nobody() -> Result<()> {
    let app = start().await?;
    let member = app.member().await?;
    let asked = room(&app, json!({"auto_confirm": false})).await?;
    let cancelled = booked(&member, &wish_for(ROOM_B, "2026-12-03", 10, 12)).await?;
    booked(&member, &wish_for(&asked, "2026-12-03", 10, 12)).await?;
    booked(&member, &wish_for(ROOM_A, "2026-12-03", 10, 12)).await?;
    cancel(&member, &cancelled, &json!({})).await?;
    until(&app, "2026-12-02T10:00:00+09:00")?;
    assert_eq!(reminded(&app, &member).await?, (0, Vec::new()));
    Ok(())
}

#[tokio::test]
async fn a_reminder_of_what_is_cancelled_before_it_is_written_is_not_sent() -> Result<()> {
    let app = start().await?;
    let member = app.member().await?;
    let id = booked(&member, &wish_for(ROOM_B, "2026-12-03", 10, 12)).await?;
    until(&app, "2026-12-02T10:00:00+09:00")?;
    assert_eq!(app.stack().workers.remind().await?, 1);
    cancel(&again(&app, &member).await?, &id, &json!({})).await?;
    assert!(letters(&app, &member.email, "예약 안내").await?.is_empty());
    Ok(())
}

#[tokio::test]
async fn what_moves_is_reminded_of_anew() -> Result<()> {
    let app = start().await?;
    let member = app.member().await?;
    let id = booked(&member, &wish_for(ROOM_B, "2026-12-03", 10, 12)).await?;
    until(&app, "2026-12-02T10:00:00+09:00")?;
    assert_eq!(reminded(&app, &member).await?.0, 1);
    let to = json!({"start_time": "2026-12-05T14:00", "end_time": "2026-12-05T16:00"});
    assert_is(&act(&app.staff("operator").await?, &id, "reschedule", &to).await?, "confirmed");
    until(&app, "2026-12-04T13:59:59+09:00")?;
    assert_eq!(reminded(&app, &member).await?.0, 0);
    app.clock.advance(1);
    let (marked, told) = reminded(&app, &member).await?;
    assert_eq!((marked, told.len()), (1, 2));
    assert!(told[1].contains("2026-12-05 14:00–16:00"), "{told:?}");
    Ok(())
}

#[tokio::test]
async fn what_moved_before_its_reminder_reminds_at_its_new_time_only() -> Result<()> {
    let app = start().await?;
    let member = app.member().await?;
    let id = booked(&member, &wish_for(ROOM_B, "2026-12-03", 10, 12)).await?;
    let to = json!({"start_time": "2026-12-04T10:00", "end_time": "2026-12-04T12:00"});
    act(&app.staff("operator").await?, &id, "reschedule", &to).await?;
    until(&app, "2026-12-02T10:00:00+09:00")?;
    assert_eq!(reminded(&app, &member).await?.0, 0);
    until(&app, "2026-12-03T10:00:00+09:00")?;
    assert_eq!(reminded(&app, &member).await?.0, 1);
    Ok(())
}

#[tokio::test]
async fn what_is_paid_or_restored_is_reminded_of() -> Result<()> {
    let app = start().await?;
    let (member, operator) = (app.member().await?, app.staff("operator").await?);
    paid(&app, &member, &wish_for(ROOM_A, "2026-12-03", 10, 12)).await?;
    let restored = booked(&member, &wish_for(ROOM_B, "2026-12-03", 10, 12)).await?;
    cancel(&member, &restored, &json!({})).await?;
    act(&operator, &restored, "restore", &json!({})).await?;
    until(&app, "2026-12-02T10:00:00+09:00")?;
    assert_eq!(reminded(&app, &member).await?.0, 2);
    Ok(())
}

#[tokio::test]
async fn of_a_series_each_time_is_reminded_of() -> Result<()> {
    let app = start().await?;
    let member = app.member().await?;
    let repeat = json!({"repeat": {"frequency": "weekly", "count": 3}});
    let wish = wish_for(ROOM_B, "2026-12-03", 10, 12);
    assert_eq!(member.post("/api/series", &with(wish, &repeat)).await?.status, 201);
    for (day, sent) in [("02", 1), ("09", 2), ("16", 3)] {
        until(&app, &format!("2026-12-{day}T10:00:00+09:00"))?;
        let (marked, told) = reminded(&app, &member).await?;
        assert_eq!((marked, told.len()), (1, sent), "{day}");
    }
    until(&app, "2026-12-17T13:00:00+09:00")?;
    assert_eq!(reminded(&app, &member).await?.0, 0);
    Ok(())
}

#[tokio::test]
async fn a_late_worker_reminds_of_what_is_still_ahead_and_of_nothing_else() -> Result<()> {
    let app = start().await?;
    let member = app.member().await?;
    booked(&member, &wish_for(ROOM_B, "2026-12-03", 10, 12)).await?;
    booked(&member, &wish_for(ROOM_B, "2026-12-03", 14, 16)).await?;
    until(&app, "2026-12-03T11:00:00+09:00")?;
    let (marked, told) = reminded(&app, &member).await?;
    assert_eq!((marked, told.len()), (1, 1));
    assert!(told[0].contains("14:00–16:00"), "{told:?}");
    Ok(())
}

#[tokio::test]
async fn a_guest_is_reminded_at_their_contact() -> Result<()> {
    let app = start().await?;
    let contact = json!({"contact": {"name": "박손님", "email": "visitor@example.kr"}});
    let wish = with(wish_for(ROOM_B, "2026-12-03", 10, 12), &contact);
    booked(&app.staff("operator").await?, &wish).await?;
    until(&app, "2026-12-02T10:00:00+09:00")?;
    assert_eq!(app.stack().workers.remind().await?, 1);
    assert_eq!(letters(&app, "visitor@example.kr", "예약 안내").await?.len(), 1);
    Ok(())
}
