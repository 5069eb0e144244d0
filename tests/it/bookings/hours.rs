//! When a room can be booked at all: its hours, holidays, notice and horizon, and what it costs when.

use super::*;

async fn refused_at(guest: &Guest, room: &str, start: &str, end: &str, code: &str) -> Result<()> {
    let pointer = if ["too_short", "too_long"].contains(&code) { "/end_time" } else { "/start_time" };
    assert_field(&guest.post("/api/bookings", &local(room, start, end)).await?, pointer, code);
    assert_eq!(why_not(guest, room, start, end).await?, [code]);
    Ok(())
}

#[tokio::test]
async fn a_room_is_open_by_weekday_with_a_break_at_noon() -> Result<()> {
    let app = start().await?;
    let halves = json!([{"open": "09:00", "close": "12:00"}, {"open": "13:00", "close": "18:00"}]);
    let week = json!({"opening_hours": {"wed": halves, "sat": [{"open": "10:00", "close": "12:00"}]}});
    let room = room(&app, week).await?;
    let member = app.member().await?;
    assert_eq!(free(&app, &room, "2026-12-02").await?, ["09:00–12:00", "13:00–18:00"]);
    assert_eq!(free(&app, &room, "2026-12-05").await?, ["10:00–12:00"]);
    assert!(free(&app, &room, "2026-12-03").await?.is_empty());
    refused_at(&member, &room, "2026-12-02T11:00", "2026-12-02T14:00", "outside_opening_hours").await?;
    refused_at(&member, &room, "2026-12-03T10:00", "2026-12-03T11:00", "outside_opening_hours").await?;
    refused_at(&member, &room, "2026-12-05T09:00", "2026-12-05T11:00", "outside_opening_hours").await?;
    member.book(&wish_for(&room, "2026-12-02", 9, 12)).await?;
    Ok(())
}

#[tokio::test]
async fn an_exception_wins_over_the_week() -> Result<()> {
    let app = start().await?;
    let late = json!([{"open": "18:00", "close": "20:00"}]);
    let exceptions = json!([{"date": "2026-12-02", "hours": late}, {"date": "2026-12-03", "hours": []}]);
    let room = room(&app, json!({"exceptions": exceptions})).await?;
    let member = app.member().await?;
    assert_eq!(free(&app, &room, "2026-12-02").await?, ["18:00–20:00"]);
    assert!(free(&app, &room, "2026-12-03").await?.is_empty());
    refused_at(&member, &room, "2026-12-02T10:00", "2026-12-02T11:00", "outside_opening_hours").await?;
    refused_at(&member, &room, "2026-12-03T10:00", "2026-12-03T11:00", "outside_opening_hours").await?;
    member.book(&wish_for(&room, "2026-12-02", 18, 20)).await?;
    Ok(())
}

#[tokio::test]
async fn on_a_public_holiday_it_is_closed_and_says_which() -> Result<()> {
    let app = start().await?;
    let exceptions = json!([{"date": "2027-01-01", "hours": [{"open": "12:00", "close": "15:00"}]}]);
    let room = room(&app, json!({"holidays": "KR", "exceptions": exceptions})).await?;
    let member = app.member().await?;
    assert!(free(&app, &room, "2026-12-25").await?.is_empty());
    refused_at(&member, &room, "2026-12-25T10:00", "2026-12-25T11:00", "public_holiday").await?;
    let refused = member.post("/api/bookings", &wish_for(&room, "2026-12-25", 10, 11)).await?;
    assert!(refused.text("/errors/0/detail").contains("기독탄신일"), "{refused:?}");
    let month = app.stranger().get(&format!("/rooms/{room}/availability?month=2026-12")).await?;
    let christmas = &month.body["data"][24];
    assert_eq!(
        (&christmas["date"], &christmas["state"], &christmas["holiday"]),
        (&json!("2026-12-25"), &json!("closed"), &json!("기독탄신일"))
    );
    assert_eq!(free(&app, &room, "2027-01-01").await?, ["12:00–15:00"], "the exception wins");
    assert_eq!(free(&app, ROOM_B, "2026-12-25").await?, ["09:00–22:00"], "another room keeps no holidays");
    Ok(())
}

#[tokio::test]
async fn a_night_into_a_holiday_ends_at_midnight() -> Result<()> {
    let app = start().await?;
    let room = room(&app, json!({"holidays": "KR", "open_time": "00:00", "close_time": "24:00"})).await?;
    let member = app.member().await?;
    refused_at(&member, &room, "2026-12-24T23:00", "2026-12-25T01:00", "public_holiday").await?;
    refused_at(&member, &room, "2026-12-25T23:00", "2026-12-26T01:00", "public_holiday").await?;
    member.book(&local(&room, "2026-12-24T23:00", "2026-12-25T00:00")).await?;
    member.book(&local(&room, "2026-12-26T00:00", "2026-12-26T01:00")).await?;
    Ok(())
}

#[tokio::test]
async fn who_comes_too_late_or_too_early_is_refused_and_staff_are_not() -> Result<()> {
    let app = start().await?;
    let room = room(&app, json!({"min_notice_minutes": 90, "max_ahead_days": 7})).await?;
    let (member, operator) = (app.member().await?, app.staff("operator").await?);
    refused_at(&member, &room, "2026-12-01T09:15", "2026-12-01T10:00", "too_late").await?;
    refused_at(&member, &room, "2026-12-08T09:00", "2026-12-08T10:00", "too_far_ahead").await?;
    assert_eq!(free(&app, &room, "2026-12-01").await?, ["09:30–22:00"]);
    assert!(free(&app, &room, "2026-12-08").await?.is_empty());
    assert_eq!(free(&app, &room, "2026-12-07").await?, ["09:00–22:00"]);
    member.book(&local(&room, "2026-12-01T09:30", "2026-12-01T10:00")).await?;
    operator.book(&local(&room, "2026-12-01T09:15", "2026-12-01T09:30")).await?;
    operator.book(&local(&room, "2026-12-30T10:00", "2026-12-30T11:00")).await?;
    let past = local(&room, "2026-11-30T10:00", "2026-11-30T11:00");
    assert_field(&operator.post("/api/bookings", &past).await?, "/start_time", "in_the_past");
    Ok(())
}

#[tokio::test]
async fn a_booking_is_neither_too_short_nor_too_long_for_anybody() -> Result<()> {
    let app = start().await?;
    let room = room(&app, json!({"min_minutes": 60, "max_minutes": 120, "slot_minutes": 30})).await?;
    let (member, operator) = (app.member().await?, app.staff("operator").await?);
    for guest in [&member, &operator] {
        refused_at(guest, &room, "2026-12-02T10:00", "2026-12-02T10:30", "too_short").await?;
        refused_at(guest, &room, "2026-12-02T10:00", "2026-12-02T12:30", "too_long").await?;
        refused_at(guest, &room, "2026-12-02T10:15", "2026-12-02T11:30", "off_grid").await?;
    }
    member.book(&wish_for(&room, "2026-12-02", 10, 12)).await?;
    member.book(&local(&room, "2026-12-02T12:30", "2026-12-02T13:30")).await?;
    assert_eq!(
        free(&app, &room, "2026-12-02").await?,
        ["09:00–10:00", "13:30–22:00"],
        "half an hour is of no use"
    );
    Ok(())
}

#[tokio::test]
async fn peak_hours_cost_their_own_price_slot_by_slot() -> Result<()> {
    let app = start().await?;
    let peaks = json!([
        {"days": ["wed"], "open": "18:00", "close": "22:00", "hourly_rate": 30_000},
        {"days": ["sat", "sun"], "open": "09:00", "close": "22:00", "hourly_rate": 25_000},
        {"days": ["sun"], "open": "09:00", "close": "12:00", "hourly_rate": 1},
        {"days": ["thu"], "open": "09:00", "close": "12:00", "hourly_rate": 0},
    ]);
    let mut peaks = peaks;
    peaks[2]["hourly_rate"] = json!(50_000);
    let room = room(&app, json!({"hourly_rate": 10_000, "peak_prices": peaks})).await?;
    let member = app.member().await?;
    for (start, end, amount) in [
        ("2026-12-02T10:00", "2026-12-02T12:00", 20_000),
        ("2026-12-02T17:30", "2026-12-02T18:45", 27_500),
        ("2026-12-04T18:00", "2026-12-04T20:00", 20_000),
        ("2026-12-05T10:00", "2026-12-05T12:00", 50_000),
        ("2026-12-06T10:00", "2026-12-06T12:00", 50_000),
        ("2026-12-03T11:00", "2026-12-03T12:15", 2_500),
    ] {
        let booking = member.book(&local(&room, start, end)).await?;
        assert_eq!((&booking["amount"], &booking["status"]), (&json!(amount), &json!("held")), "{start}");
    }
    let nothing = member.book(&local(&room, "2026-12-03T09:00", "2026-12-03T11:00")).await?;
    assert_eq!((&nothing["amount"], &nothing["status"]), (&json!(0), &json!("confirmed")));
    Ok(())
}

#[tokio::test]
async fn a_price_counts_by_the_rooms_own_clock() -> Result<()> {
    let app = start().await?;
    let peaks = json!([{"days": ["wed"], "open": "09:00", "close": "10:00", "hourly_rate": 40}]);
    let guam = room(
        &app,
        json!({"currency": "USD", "hourly_rate": 20, "zone": "Pacific/Guam", "peak_prices": peaks}),
    )
    .await?;
    // Nine o'clock in Guam is eight in Seoul.
    let wish = json!({"room_id": guam, "title": "회의", "start_time": "2026-12-02T08:00:00+09:00", "end_time": "2026-12-02T10:00:00+09:00"});
    let booking = app.member().await?.book(&wish).await?;
    assert_eq!((&booking["amount"], &booking["currency"]), (&json!(60), &json!("USD")));
    assert_eq!(booking["start_time"], "2026-12-02T09:00:00+10:00");
    Ok(())
}

#[tokio::test]
async fn a_room_takes_no_more_people_than_it_seats() -> Result<()> {
    let app = start().await?;
    let member = app.member().await?;
    for people in [0, 9, 501] {
        let refused =
            member.post("/api/bookings", &with(free_wish(10, 12), &json!({"people": people}))).await?;
        assert_field(&refused, "/people", "range");
    }
    member.book(&with(free_wish(10, 12), &json!({"people": 8}))).await?;
    Ok(())
}

#[tokio::test]
async fn a_room_that_is_closed_to_customers_takes_no_bookings() -> Result<()> {
    let app = start().await?;
    let room = room(&app, json!({})).await?;
    change_room(&app, &room, json!({"is_active": false})).await?;
    for guest in [app.member().await?, app.staff("operator").await?] {
        let refused = guest.post("/api/bookings", &wish_for(&room, "2026-12-02", 10, 11)).await?;
        assert_problem(&refused, 404, "no_such_room");
    }
    Ok(())
}
