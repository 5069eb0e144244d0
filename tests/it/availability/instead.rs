//! What a refusal offers instead.

use super::*;

#[tokio::test]
async fn what_is_offered_at_the_edge_of_the_horizon_and_of_the_notice_can_be_had() -> Result<()> {
    let app = App::start().await?;
    let room = room(&app, json!({"max_ahead_days": 1, "min_notice_minutes": 90})).await?;
    app.clock.advance(4 * 3600);
    let (member, another) = (app.member().await?, app.another().await?);
    for (start, end, starts) in [
        // It is noon: from half past one on, until noon tomorrow.
        ("2026-12-01T14:00:00", "2026-12-01T15:00:00", "13:00"),
        ("2026-12-02T11:00:00", "2026-12-02T12:00:00", "13:00"),
    ] {
        member.book(&at(&room, start, end)).await?;
        let refused = another.post("/api/bookings", &at(&room, start, end)).await?;
        assert_eq!(refusal(&refused), (409, "slot_taken".into()));
        let count = take_all(&another, &room, &refused).await?;
        assert!(count >= 2, "not {starts}: {refused:?}");
    }
    Ok(())
}

#[tokio::test]
async fn what_is_offered_beside_buffers_can_be_had() -> Result<()> {
    let app = App::start().await?;
    let buffers = json!({"buffer_before_minutes": 15, "buffer_after_minutes": 30, "open_time": "00:00",
        "close_time": "24:00"});
    let room = room(&app, buffers).await?;
    let (member, another) = (app.member().await?, app.another().await?);
    for (start, end) in [
        ("2026-12-02T10:00:00", "2026-12-02T11:00:00"),
        ("2026-12-02T23:00:00", "2026-12-03T00:00:00"),
        ("2026-12-05T23:30:00", "2026-12-06T01:30:00"),
        ("2026-12-09T00:00:00", "2026-12-09T02:00:00"),
    ] {
        member.book(&at(&room, start, end)).await?;
        let refused = another.post("/api/bookings", &at(&room, start, end)).await?;
        assert_eq!(refusal(&refused), (409, "slot_taken".into()), "{start}");
        assert!(try_all(&another, &room, &refused.body["alternatives"]).await? > 0, "{start}");
    }
    Ok(())
}

#[tokio::test]
async fn a_day_that_fills_up_offers_what_is_left_until_there_is_nothing() -> Result<()> {
    let app = App::start().await?;
    let room = room(&app, json!({"open_time": "09:00", "close_time": "19:00"})).await?;
    let member = app.member().await?;
    let asked = wish_for(&room, "2026-12-02", 12, 14);
    member.book(&asked).await?;
    let mut booked = 1;
    loop {
        let refused = member.post("/api/bookings", &asked).await?;
        assert_eq!(refusal(&refused), (409, "slot_taken".into()));
        match take_all(&member, &room, &refused).await? {
            0 => break,
            some => booked += some,
        }
    }
    // Two before noon lie an hour from nine: 10–12, and 14–16, 16–18.
    assert_eq!(booked, 4);
    let left = spans(&days(&app, &room, "from=2026-12-02").await?[0]);
    for (from, to) in left {
        let length = to.parse::<jiff::Timestamp>()?.duration_since(from.parse()?);
        assert!(length.as_mins() < 120, "{from} to {to} is free and was not offered");
    }
    Ok(())
}

#[tokio::test]
async fn every_path_that_finds_hours_taken_offers_others() -> Result<()> {
    let app = App::start().await?;
    let (member, another, operator) =
        (app.member().await?, app.another().await?, app.staff("operator").await?);
    let first = member.book(&free_wish(10, 12)).await?;
    let second = member.book(&free_wish(14, 16)).await?;
    let series = json!({"room_id": ROOM_B, "title": "수업", "start_time": "2026-12-02T10:00:00",
        "end_time": "2026-12-02T11:00:00", "repeat": {"frequency": "daily", "count": 2}});
    let path =
        |booking: &Value, verb: &str| format!("/api/bookings/{}{verb}", booking["id"].as_str().unwrap());
    let hours = json!({"start_time": "2026-12-02T11:00:00", "end_time": "2026-12-02T13:00:00"});
    let mut block = hours.clone();
    block["reason"] = json!("촬영");
    let camel = json!({"roomId": ROOM_B, "startTime": "2026-12-02T10:00:00", "endTime": "2026-12-02T11:00:00",
        "title": "수업"});
    let gone = member.delete(&path(&second, "")).await?;
    another.book(&free_wish(15, 16)).await?;
    let refused = [
        ("a booking", another.post("/api/bookings", &free_wish(11, 12)).await?),
        ("a series", another.post("/api/series", &series).await?),
        ("the classroom app", another.post("/api/reservations/create", &camel).await?),
        (
            "a change",
            operator
                .patch(
                    &path(&first, ""),
                    &json!({"end_time": "2026-12-02T15:30:00", "start_time": "2026-12-02T14:30:00"}),
                )
                .await?,
        ),
        (
            "a move",
            operator
                .post(
                    &path(&first, "/reschedule"),
                    &json!({"start_time": "2026-12-02T15:00:00", "end_time": "2026-12-02T17:00:00"}),
                )
                .await?,
        ),
        ("a restoring", operator.post(&path(&second, "/restore"), &json!({})).await?),
        ("a blackout", operator.post(&format!("/rooms/{ROOM_B}/blackouts"), &block).await?),
    ];
    assert_eq!(gone.status, 200);
    for (what, reply) in refused {
        assert_eq!(refusal(&reply), (409, "slot_taken".into()), "{what}: {reply:?}");
        assert!(
            reply.body["alternatives"].as_array().is_some_and(|all| !all.is_empty()),
            "{what}: {reply:?}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn only_staff_are_told_whose_hours_they_are() -> Result<()> {
    let app = App::start().await?;
    let booking = app.member().await?.book(&free_wish(10, 12)).await?;
    let told = app.another().await?.post("/api/bookings", &free_wish(10, 12)).await?;
    assert_eq!((told.status, told.body.get("conflicting_bookings")), (409, None));
    let told = app.staff("operator").await?.post("/api/bookings", &free_wish(10, 12)).await?;
    let whose = json!([{"id": booking["id"], "title": "정기 모임", "status": "confirmed"}]);
    assert_eq!((told.status, &told.body["conflicting_bookings"]), (409, &whose));
    Ok(())
}
