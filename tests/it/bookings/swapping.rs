//! Two bookings change places: both or neither.

use super::*;

async fn swap(guest: &Guest, one: &str, two: &str) -> Result<Reply> {
    act(guest, one, "swap", &json!({"with": two})).await
}

fn place(booking: &Value) -> (String, String) {
    let text = |name: &str| booking[name].as_str().unwrap_or_default().to_owned();
    (text("room_id"), text("start_time")[..13].to_owned())
}

#[tokio::test]
async fn two_bookings_change_rooms_and_times_and_both_are_told() -> Result<()> {
    let app = start().await?;
    let (member, another, operator) =
        (app.member().await?, app.another().await?, app.staff("operator").await?);
    let one = booked(&member, &free_wish(10, 12)).await?;
    let two = paid(&app, &another, &wish(14, 17)).await?;
    let reply = swap(&operator, &one, &two).await?;
    assert_is(&reply, "confirmed");
    assert_eq!(place(&reply.body["data"]), (ROOM_A.into(), "2026-12-02T14".into()));
    let theirs = seen(&another, &two).await?;
    assert_eq!(place(&theirs), (ROOM_B.into(), "2026-12-02T10".into()));
    assert_eq!((&theirs["amount"], &theirs["paid_amount"]), (&json!(60_000), &json!(60_000)), "prices stay");
    assert_eq!(reply.body["data"]["amount"], 0);
    assert_eq!(free(&app, ROOM_A, "2026-12-02").await?, ["09:00–14:00", "17:00–22:00"]);
    assert_eq!(free(&app, ROOM_B, "2026-12-02").await?, ["09:00–10:00", "12:00–22:00"]);
    for (guest, when) in
        [(&member, "강의실 A\n2026-12-02 14:00–17:00"), (&another, "강의실 B\n2026-12-02 10:00–12:00")]
    {
        let told = letters(&app, &guest.email, "변경").await?;
        assert!(told.len() == 1 && told[0].contains(when), "{told:?}");
    }
    Ok(())
}

#[tokio::test]
async fn neighbours_in_one_room_change_places_though_their_lengths_differ() -> Result<()> {
    let app = start().await?;
    let (member, operator) = (app.member().await?, app.staff("operator").await?);
    let one = booked(&member, &free_wish(10, 12)).await?;
    let two = booked(&app.another().await?, &free_wish(12, 13)).await?;
    assert_is(&swap(&operator, &one, &two).await?, "confirmed");
    assert_eq!(seen(&operator, &one).await?["start_time"], "2026-12-02T12:00:00+09:00");
    assert_eq!(seen(&operator, &two).await?["end_time"], "2026-12-02T12:00:00+09:00");
    assert_eq!(free(&app, ROOM_B, "2026-12-02").await?, ["09:00–10:00", "13:00–22:00"]);
    assert_is(&swap(&operator, &one, &two).await?, "confirmed");
    assert_eq!(seen(&operator, &one).await?["start_time"], "2026-12-02T10:00:00+09:00");
    Ok(())
}

#[tokio::test]
async fn swapped_holds_keep_their_ends_and_are_paid_as_before() -> Result<()> {
    let app = start().await?;
    let (member, another, operator) =
        (app.member().await?, app.another().await?, app.staff("operator").await?);
    let (one, order, key) = member.up_to_the_window(&app, &wish(10, 12)).await?;
    app.clock.advance(60);
    let two = booked(&another, &wish(14, 16)).await?;
    assert_is(&swap(&operator, &one, &two).await?, "held");
    assert_eq!(seen(&member, &one).await?["expires_at"], "2026-12-01T08:10:00+09:00");
    assert_eq!(seen(&another, &two).await?["expires_at"], "2026-12-01T08:11:00+09:00");
    assert_eq!(member.confirm(&key, &order, 40_000).await?.status, 200);
    app.clock.advance(600);
    assert_eq!(tidied(&app).await?, [1, 0, 0, 0], "the other's was not paid");
    assert_eq!(free(&app, ROOM_A, "2026-12-02").await?, ["09:00–14:00", "16:00–22:00"]);
    Ok(())
}

#[tokio::test]
async fn a_firm_booking_and_a_hold_change_places_and_each_stays_what_it_was() -> Result<()> {
    let app = start().await?;
    let (member, operator) = (app.member().await?, app.staff("operator").await?);
    let firm = paid(&app, &member, &wish(10, 12)).await?;
    let held = booked(&app.another().await?, &wish(14, 16)).await?;
    assert_is(&swap(&operator, &held, &firm).await?, "held");
    assert_eq!(member.status_of(&firm).await?, "confirmed");
    app.clock.advance(600);
    assert_eq!(free(&app, ROOM_A, "2026-12-02").await?, ["09:00–14:00", "16:00–22:00"]);
    assert_problem(&swap(&operator, &firm, &held).await?, 409, "wrong_status");
    Ok(())
}

#[tokio::test]
async fn a_booking_is_not_swapped_with_itself_a_tour_a_series_or_nothing() -> Result<()> {
    let app = start().await?;
    let (member, operator) = (app.member().await?, app.staff("operator").await?);
    let id = booked(&member, &free_wish(10, 12)).await?;
    assert_problem(&swap(&operator, &id, &id).await?, 409, "same_booking");
    let seats =
        json!({"tour_id": TOUR, "usage_date": "2026-12-05", "usage_time": "09:00", "people_adult": 2});
    let tour = booked(&member, &seats).await?;
    let repeat = json!({"repeat": {"frequency": "daily", "count": 2}});
    let series = member.post("/api/series", &with(free_wish(14, 15), &repeat)).await?.text("/data/id");
    for other in [&tour, &series] {
        assert_problem(&swap(&operator, &id, other).await?, 409, "not_swappable");
        assert_problem(&swap(&operator, other, &id).await?, 409, "not_swappable");
    }
    assert_eq!(swap(&operator, &id, "01900000-0000-7000-8000-00000000dead").await?.status, 404);
    assert_field(&swap(&operator, &id, "강의실").await?, "/with", "type");
    assert_eq!(seen(&member, &id).await?["lock_version"], 1);
    Ok(())
}

#[tokio::test]
async fn what_is_cancelled_or_begun_is_not_swapped() -> Result<()> {
    let app = start().await?;
    let (member, operator) = (app.member().await?, app.staff("operator").await?);
    let id = booked(&member, &free_wish(10, 12)).await?;
    let gone = booked(&member, &free_wish(14, 16)).await?;
    let begun = booked(&member, &wish_for(ROOM_B, "2026-12-01", 9, 10)).await?;
    cancel(&member, &gone, &json!({})).await?;
    assert_problem(&swap(&operator, &id, &gone).await?, 409, "wrong_status");
    until(&app, "2026-12-01T09:00:00+09:00")?;
    let operator = again(&app, &operator).await?;
    for (one, two) in [(&id, &begun), (&begun, &id)] {
        assert_problem(&swap(&operator, one, two).await?, 409, "begun");
    }
    Ok(())
}

#[tokio::test]
async fn somebody_elses_hours_within_a_buffer_leave_both_where_they_were() -> Result<()> {
    let app = start().await?;
    let (member, another, operator) =
        (app.member().await?, app.another().await?, app.staff("operator").await?);
    let tight = room(&app, json!({})).await?;
    let one = booked(&member, &wish_for(&tight, "2026-12-02", 10, 11)).await?;
    let third = booked(&another, &wish_for(&tight, "2026-12-02", 11, 12)).await?;
    let two = booked(&another, &free_wish(16, 17)).await?;
    let before = (seen(&operator, &one).await?, seen(&operator, &two).await?);
    // Whoever comes to ten o'clock from now on needs the hour behind it.
    change_room(&app, &tight, json!({"buffer_after_minutes": 60})).await?;
    for (mine, theirs) in [(&one, &two), (&two, &one)] {
        let refused = swap(&operator, mine, theirs).await?;
        assert_problem(&refused, 409, "slot_taken");
        assert_eq!(named(&refused), [third.as_str()]);
    }
    assert_eq!((seen(&operator, &one).await?, seen(&operator, &two).await?), before);
    assert_eq!(free(&app, ROOM_B, "2026-12-02").await?, ["09:00–16:00", "17:00–22:00"]);
    Ok(())
}

#[tokio::test]
async fn nobody_but_staff_swaps() -> Result<()> {
    let app = start().await?;
    let member = app.member().await?;
    let (one, two) = (booked(&member, &free_wish(10, 12)).await?, booked(&member, &free_wish(14, 16)).await?);
    for (who, guest, status) in [
        ("their owner", &member, 403),
        ("a viewer", &app.staff("viewer").await?, 403),
        ("a machine", &app.machine(), 200),
    ] {
        assert_eq!(swap(guest, &one, &two).await?.status, status, "{who}");
    }
    Ok(())
}

#[tokio::test]
async fn a_swapped_booking_counts_where_it_is_now() -> Result<()> {
    let app = start().await?;
    let (member, another, operator) =
        (app.member().await?, app.another().await?, app.staff("operator").await?);
    let scarce = room(&app, json!({"quota": {"bookings": 1, "per": "day"}})).await?;
    let mine = booked(&member, &wish_for(&scarce, "2026-12-02", 10, 11)).await?;
    let theirs = booked(&another, &free_wish(10, 11)).await?;
    assert_is(&swap(&operator, &mine, &theirs).await?, "confirmed");
    let wish = wish_for(&scarce, "2026-12-02", 14, 15);
    assert_problem(&another.post("/api/bookings", &wish).await?, 409, "over_quota");
    assert_eq!(member.post("/api/bookings", &wish).await?.status, 201);
    Ok(())
}
