//! How much one person may have of a room.

use std::collections::BTreeMap;

use futures::future::try_join_all;

use super::*;
use crate::accounts::items;

async fn scarce(app: &App, bookings: u8, per: &str) -> Result<String> {
    room(app, json!({"quota": {"bookings": bookings, "per": per}})).await
}

/// Tries one hour of each of these days, and answers the statuses.
async fn tried(guest: &Guest, room: &str, days: &[&str], from: u8) -> Result<Vec<u16>> {
    let mut statuses = Vec::new();
    for day in days {
        let reply = guest.post("/api/bookings", &wish_for(room, day, from, from + 1)).await?;
        if reply.status != 201 {
            ensure!(reply.text("/code") == "over_quota", "{reply:?}");
        }
        statuses.push(reply.status);
    }
    Ok(statuses)
}

#[tokio::test]
async fn the_third_of_a_day_is_refused_and_takes_nothing() -> Result<()> {
    let app = start().await?;
    let room = scarce(&app, 2, "day").await?;
    let member = app.member().await?;
    for from in [9, 10] {
        assert_eq!(tried(&member, &room, &["2026-12-02"], from).await?, [201]);
    }
    let refused = member.post("/api/bookings", &wish_for(&room, "2026-12-02", 11, 12)).await?;
    assert_problem(&refused, 409, "over_quota");
    assert_eq!(refused.body["limit"], 2);
    assert_eq!(free(&app, &room, "2026-12-02").await?, ["11:00–22:00"]);
    assert_eq!(tried(&member, &room, &["2026-12-03"], 11).await?, [201], "another day is another count");
    assert_eq!(tried(&app.another().await?, &room, &["2026-12-02"], 11).await?, [201], "and another person");
    Ok(())
}

#[tokio::test]
async fn a_week_begins_on_monday() -> Result<()> {
    let app = start().await?;
    let room = scarce(&app, 2, "week").await?;
    let member = app.member().await?;
    // Sunday the 6th ends the week of Tuesday the 1st; Monday the 7th begins the next.
    let days =
        ["2026-12-02", "2026-12-06", "2026-12-05", "2026-12-07", "2026-12-13", "2026-12-10", "2026-12-14"];
    assert_eq!(tried(&member, &room, &days, 10).await?, [201, 201, 409, 201, 201, 409, 201]);
    Ok(())
}

#[tokio::test]
async fn a_month_is_a_calendar_month_of_the_rooms_own_zone() -> Result<()> {
    let app = start().await?;
    let guam = room(&app, json!({"zone": "Pacific/Guam", "quota": {"bookings": 1, "per": "month"}, "open_time": "00:00", "close_time": "24:00"})).await?;
    let member = app.member().await?;
    member.book(&local(&guam, "2026-12-31T23:00", "2027-01-01T00:00")).await?;
    let refused = member.post("/api/bookings", &local(&guam, "2026-12-03T10:00", "2026-12-03T11:00")).await?;
    assert_problem(&refused, 409, "over_quota");
    // Still the 31st in Seoul, the first in Guam.
    member.book(&json!({"room_id": guam, "title": "새해", "start_time": "2026-12-31T23:30:00+09:00", "end_time": "2027-01-01T00:00:00+09:00"})).await?;
    Ok(())
}

#[tokio::test]
async fn what_is_cancelled_is_given_back() -> Result<()> {
    let app = start().await?;
    let room = scarce(&app, 1, "day").await?;
    let member = app.member().await?;
    let id = booked(&member, &wish_for(&room, "2026-12-02", 10, 11)).await?;
    assert_eq!(tried(&member, &room, &["2026-12-02"], 14).await?, [409]);
    cancel(&member, &id, &json!({})).await?;
    cancel(&member, &id, &json!({})).await?;
    assert_eq!(tried(&member, &room, &["2026-12-02"], 14).await?, [201]);
    assert_eq!(tried(&member, &room, &["2026-12-02"], 16).await?, [409], "it was given back once");
    Ok(())
}

#[tokio::test]
async fn what_is_hidden_or_rejected_is_given_back() -> Result<()> {
    let app = start().await?;
    let room = room(&app, json!({"auto_confirm": false, "quota": {"bookings": 1, "per": "week"}})).await?;
    let (member, admin) = (app.member().await?, app.staff("admin").await?);
    let hidden = booked(&member, &wish_for(&room, "2026-12-02", 10, 11)).await?;
    cancel(&admin, &hidden, &json!({"hard_delete": true})).await?;
    let rejected = booked(&member, &wish_for(&room, "2026-12-03", 10, 11)).await?;
    act(&admin, &rejected, "reject", &json!({})).await?;
    assert_eq!(tried(&member, &room, &["2026-12-04", "2026-12-05"], 10).await?, [201, 409]);
    Ok(())
}

#[tokio::test]
async fn a_hold_the_sweeper_ends_is_given_back() -> Result<()> {
    let app = start().await?;
    let room = room(&app, json!({"hourly_rate": 10_000, "quota": {"bookings": 2, "per": "day"}})).await?;
    let member = app.member().await?;
    assert_eq!(tried(&member, &room, &["2026-12-02"], 10).await?, [201]);
    assert_eq!(tried(&member, &room, &["2026-12-02"], 11).await?, [201]);
    app.clock.advance(600);
    assert_eq!(tidied(&app).await?, [2, 0, 0, 0]);
    for from in [14, 15] {
        assert_eq!(tried(&member, &room, &["2026-12-02"], from).await?, [201]);
    }
    assert_eq!(tried(&member, &room, &["2026-12-02"], 16).await?, [409]);
    Ok(())
}

#[tokio::test]
async fn a_hold_somebody_evicts_is_given_back() -> Result<()> {
    let app = start().await?;
    let room = room(&app, json!({"hourly_rate": 10_000, "quota": {"bookings": 1, "per": "day"}})).await?;
    let (member, another) = (app.member().await?, app.another().await?);
    assert_eq!(tried(&member, &room, &["2026-12-02"], 10).await?, [201]);
    app.clock.advance(600);
    assert_eq!(tried(&another, &room, &["2026-12-02"], 10).await?, [201]);
    assert_eq!(tried(&member, &room, &["2026-12-02"], 14).await?, [201]);
    assert_eq!(tried(&member, &room, &["2026-12-02"], 15).await?, [409]);
    app.clock.advance(600);
    // One's own, too, in the very write that takes its place.
    assert_eq!(tried(&member, &room, &["2026-12-02"], 14).await?, [201]);
    Ok(())
}

#[tokio::test]
async fn staff_are_not_bound_and_what_they_book_for_somebody_counts() -> Result<()> {
    let app = start().await?;
    let room = scarce(&app, 1, "day").await?;
    let (member, operator) = (app.member().await?, app.staff("operator").await?);
    for from in [9, 10, 11] {
        assert_eq!(tried(&operator, &room, &["2026-12-02"], from).await?, [201]);
    }
    let user = member.get("/me").await?.text("/data/user_id");
    for from in [12, 13] {
        operator
            .book(&with(wish_for(&room, "2026-12-02", from, from + 1), &json!({"user_id": user})))
            .await?;
    }
    assert_eq!(tried(&member, &room, &["2026-12-02"], 15).await?, [409]);
    Ok(())
}

#[tokio::test]
async fn a_series_counts_once_for_each_of_its_times() -> Result<()> {
    let app = start().await?;
    let room = scarce(&app, 3, "week").await?;
    let member = app.member().await?;
    let daily = |count: u8| {
        with(
            wish_for(&room, "2026-12-07", 10, 11),
            &json!({"repeat": {"frequency": "daily", "count": count}}),
        )
    };
    assert_problem(&member.post("/api/series", &daily(4)).await?, 409, "over_quota");
    assert_eq!(member.post("/api/series", &daily(3)).await?.status, 201);
    assert_eq!(tried(&member, &room, &["2026-12-11"], 10).await?, [409]);
    Ok(())
}

#[tokio::test]
async fn what_moves_to_another_week_counts_there() -> Result<()> {
    let app = start().await?;
    let room = scarce(&app, 1, "week").await?;
    let (member, operator) = (app.member().await?, app.staff("operator").await?);
    let id = booked(&member, &wish_for(&room, "2026-12-02", 10, 11)).await?;
    let to = json!({"start_time": "2026-12-09T10:00", "end_time": "2026-12-09T11:00"});
    assert_is(&act(&operator, &id, "reschedule", &to).await?, "confirmed");
    assert_eq!(tried(&member, &room, &["2026-12-10", "2026-12-03"], 10).await?, [409, 201]);
    let within = json!({"start_time": "2026-12-11T10:00", "end_time": "2026-12-11T11:00"});
    assert_is(&act(&operator, &id, "reschedule", &within).await?, "confirmed");
    cancel(&member, &id, &json!({})).await?;
    assert_eq!(tried(&member, &room, &["2026-12-10", "2026-12-12"], 10).await?, [201, 409]);
    Ok(())
}

#[tokio::test]
async fn what_moves_to_another_room_counts_there_or_not_at_all() -> Result<()> {
    let app = start().await?;
    let room = scarce(&app, 1, "day").await?;
    let (member, operator) = (app.member().await?, app.staff("operator").await?);
    let id = booked(&member, &wish_for(&room, "2026-12-02", 10, 11)).await?;
    assert_is(&act(&operator, &id, "reschedule", &json!({"room_id": ROOM_B})).await?, "confirmed");
    let second = booked(&member, &wish_for(&room, "2026-12-02", 14, 15)).await?;
    cancel(&member, &id, &json!({})).await?;
    assert_eq!(tried(&member, &room, &["2026-12-02"], 16).await?, [409]);
    cancel(&member, &second, &json!({})).await?;
    let back = booked(&member, &free_wish(18, 19)).await?;
    assert_is(&act(&operator, &back, "reschedule", &json!({"room_id": room})).await?, "confirmed");
    assert_eq!(tried(&member, &room, &["2026-12-02"], 16).await?, [409]);
    Ok(())
}

#[tokio::test]
async fn whoever_does_not_come_has_had_their_booking() -> Result<()> {
    let app = start().await?;
    let room = scarce(&app, 1, "day").await?;
    let id = booked(&app.member().await?, &wish_for(&room, "2026-12-02", 10, 12)).await?;
    until(&app, "2026-12-02T10:15:00+09:00")?;
    let operator = app.staff("operator").await?;
    assert_is(&act(&operator, &id, "no-show", &json!({})).await?, "no_show");
    assert_eq!(tried(&app.member().await?, &room, &["2026-12-02"], 15).await?, [409]);
    assert_is(&act(&operator, &id, "restore", &json!({})).await?, "confirmed");
    cancel(&operator, &id, &json!({})).await?;
    assert_eq!(tried(&app.member().await?, &room, &["2026-12-02"], 15).await?, [201]);
    Ok(())
}

#[tokio::test]
async fn what_staff_keep_is_not_counted_wherever_it_moves() -> Result<()> {
    let app = start().await?;
    let room = scarce(&app, 1, "day").await?;
    let admin = app.staff("admin").await?;
    let kept = json!({"start_time": "2026-12-02T09:00", "end_time": "2026-12-02T10:00", "reason": "점검"});
    let id = admin.post(&format!("/rooms/{room}/blackouts"), &kept).await?.text("/data/blackouts/0/id");
    let to = json!({"start_time": "2026-12-02T11:00", "end_time": "2026-12-02T12:00"});
    assert_is(&act(&admin, &id, "reschedule", &to).await?, "confirmed");
    let ledger: Vec<Value> = items(&app, "ledger").await?;
    assert!(ledger.iter().all(|item| !item.to_string().contains("quota#")), "{ledger:?}");
    app.member().await?.book(&wish_for(&room, "2026-12-02", 9, 10)).await?;
    let ledger: Vec<Value> = items(&app, "ledger").await?;
    assert!(ledger.iter().any(|item| item.to_string().contains("quota#")), "{ledger:?}");
    Ok(())
}

#[tokio::test]
async fn what_is_restored_counts_again() -> Result<()> {
    let app = start().await?;
    let room = scarce(&app, 1, "day").await?;
    let (member, operator) = (app.member().await?, app.staff("operator").await?);
    let id = booked(&member, &wish_for(&room, "2026-12-02", 10, 11)).await?;
    cancel(&member, &id, &json!({})).await?;
    assert_is(&act(&operator, &id, "restore", &json!({})).await?, "confirmed");
    assert_eq!(tried(&member, &room, &["2026-12-02"], 14).await?, [409]);
    Ok(())
}

/// Twenty at once, each for an hour of its own.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_twenty_requests_of_one_person_at_once_exactly_two_are_met() -> Result<()> {
    let app = start().await?;
    let room = scarce(&app, 2, "month").await?;
    let member = app.member().await?;
    let replies = try_join_all((0..20_u8).map(|n| {
        let wish = wish_for(&room, &format!("2026-12-{:02}", n / 10 + 10), 9 + n % 10, 10 + n % 10);
        let member = member.clone();
        async move { member.post("/api/bookings", &wish).await }
    }))
    .await?;
    let mut by_code: BTreeMap<String, usize> = BTreeMap::new();
    for reply in &replies {
        *by_code.entry(format!("{} {}", reply.status, reply.text("/code"))).or_default() += 1;
    }
    assert_eq!(by_code, BTreeMap::from([("201 ".to_owned(), 2), ("409 over_quota".to_owned(), 18)]));
    Ok(())
}
