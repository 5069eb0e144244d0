//! The front desk's day.

use anyhow::{Context, Result, ensure};
use harness::app::{App, Guest, free_wish, wish, wish_for};
use harness::people::{PASSWORD, ROOM_A, ROOM_B, TOUR};
use serde_json::{Value, json};

use crate::availability::room;
use crate::departures::{seats, tour};

/// A room or a tour on a date.
async fn desk(guest: &Guest, date: &str, id: &str) -> Result<Value> {
    let reply = guest.get(&format!("/api/day?date={date}")).await?;
    ensure!(reply.status == 200 && reply.body["date"] == date, "{reply:?}");
    let all = reply.body["data"].as_array().context("no list")?;
    all.iter().find(|one| one["id"] == id).cloned().context("not on the desk")
}

fn ids(desk: &Value) -> Vec<&str> {
    desk["bookings"].as_array().into_iter().flatten().filter_map(|booking| booking["id"].as_str()).collect()
}

fn id(booking: &Value) -> &str {
    booking["id"].as_str().unwrap_or_default()
}

async fn done(guest: &Guest, booking: &Value, verb: &str) -> Result<()> {
    let reply = guest.post(&format!("/api/bookings/{}/{verb}", id(booking)), &json!({})).await?;
    ensure!(reply.status == 200, "{verb}: {reply:?}");
    Ok(())
}

#[tokio::test]
async fn every_room_and_tour_is_on_the_desk() -> Result<()> {
    let app = App::start().await?;
    let viewer = app.staff("viewer").await?;
    let day = viewer.get("/api/day?date=2026-12-02").await?;
    let all = day.body["data"].as_array().context("no list")?;
    let told: Vec<(&str, &str)> =
        all.iter().map(|one| (one["kind"].as_str().unwrap(), one["name"].as_str().unwrap())).collect();
    assert_eq!(
        (day.status, told),
        (200, vec![("room", "강의실 A"), ("room", "강의실 B"), ("tour", "괌 시티투어")])
    );
    let open = json!([{"start_time": "2026-12-02T09:00:00+09:00", "end_time": "2026-12-02T22:00:00+09:00"}]);
    assert_eq!((&all[0]["open"], &all[0]["waiting"]), (&open, &json!(0)));
    let departures = json!([{"time": "09:00", "seats_left": 20}, {"time": "14:00", "seats_left": 20}]);
    assert_eq!((&all[2]["departures"], &all[2]["bookings"]), (&departures, &json!([])));
    Ok(())
}

#[tokio::test]
async fn who_comes_is_told_with_how_to_reach_them_and_whether_they_paid() -> Result<()> {
    let app = App::start().await?;
    let (member, operator) = (app.member().await?, app.staff("operator").await?);
    let (paid, order, key) = member.up_to_the_window(&app, &wish(13, 15)).await?;
    assert_eq!(member.confirm(&key, &order, 40_000).await?.status, 200);
    let mut guest = wish(10, 11);
    guest["contact"] = json!({"name": "홍길동", "phone": "010-1234-5678", "email": "hong@example.kr"});
    guest["confirm"] = json!(true);
    let guest = operator.book(&guest).await?;
    let desk = desk(&app.staff("viewer").await?, "2026-12-02", ROOM_A).await?;
    assert_eq!(ids(&desk), [id(&guest), paid.as_str()], "by time");
    let told = |n: usize, name: &str| desk["bookings"][n][name].clone();
    let texts = |n| ["name", "phone", "email", "status"].map(|name| told(n, name));
    let reached = [json!("홍길동"), json!("+821012345678"), json!("hong@example.kr"), json!("confirmed")];
    assert_eq!((texts(0), told(0, "is_paid")), (reached, json!(false)));
    let reached = [json!("김철수"), Value::Null, json!("member1@maru.local"), json!("confirmed")];
    assert_eq!((texts(1), told(1, "is_paid")), (reached, json!(true)));
    assert_eq!((told(1, "amount"), told(1, "paid_amount")), (json!(40_000), json!(40_000)));
    Ok(())
}

#[tokio::test]
async fn a_contact_is_told_where_it_is_and_the_account_where_it_is_not() -> Result<()> {
    let app = App::start().await?;
    let (member, operator) = (app.member().await?, app.staff("operator").await?);
    let own = member.book(&free_wish(9, 10)).await?;
    let mut theirs = free_wish(11, 12);
    theirs["user_id"] = own["user_id"].clone();
    theirs["contact"] = json!({"name": "김철수 비서", "phone": "010-0000-1111"});
    operator.book(&theirs).await?;
    let desk = desk(&operator, "2026-12-02", ROOM_B).await?;
    let second = &desk["bookings"][1];
    assert_eq!((&second["name"], &second["phone"]), (&json!("김철수 비서"), &json!("+821000001111")));
    assert_eq!(second["email"], "member1@maru.local", "the contact has no address of its own");
    Ok(())
}

#[tokio::test]
async fn drafts_and_what_is_free_again_are_not_on_the_desk_and_no_shows_are() -> Result<()> {
    let app = App::start().await?;
    let (member, operator) = (app.member().await?, app.staff("operator").await?);
    let today = |from, to| wish_for(ROOM_B, "2026-12-01", from, to);
    let mut draft = today(9, 10);
    draft["draft"] = json!(true);
    operator.book(&draft).await?;
    let cancelled = member.book(&today(10, 11)).await?;
    assert_eq!(member.delete(&format!("/api/bookings/{}", id(&cancelled))).await?.status, 200);
    let (missed, came) = (member.book(&today(12, 13)).await?, member.book(&today(9, 10)).await?);
    let over = member.book(&wish_for(ROOM_A, "2026-12-01", 20, 21)).await?;
    let room_a = desk(&operator, "2026-12-01", ROOM_A).await?;
    assert_eq!((ids(&room_a), &room_a["bookings"][0]["status"]), (vec![id(&over)], &json!("held")));
    app.clock.advance(4 * 3600 + 600);
    let operator = app.staff("operator").await?;
    done(&operator, &missed, "no-show").await?;
    app.stack().workers.tidy().await?;
    let room_b = desk(&operator, "2026-12-01", ROOM_B).await?;
    let statuses: Vec<&Value> = room_b["bookings"].as_array().unwrap().iter().map(|b| &b["status"]).collect();
    assert_eq!(
        (ids(&room_b), statuses),
        (vec![id(&came), id(&missed)], vec![&json!("completed"), &json!("no_show")])
    );
    assert_eq!(ids(&desk(&operator, "2026-12-01", ROOM_A).await?), Vec::<&str>::new(), "a hold that is over");
    Ok(())
}

#[tokio::test]
async fn what_staff_keep_and_what_is_closed_is_on_the_desk() -> Result<()> {
    let app = App::start().await?;
    let operator = app.staff("operator").await?;
    let path = format!("/rooms/{ROOM_B}/blackouts");
    let hours =
        json!({"start_time": "2026-12-02T14:00:00", "end_time": "2026-12-02T15:00:00", "reason": "촬영"});
    for wish in [hours, json!({"date": "2026-12-02", "reason": "대청소"})] {
        assert_eq!(operator.post(&path, &wish).await?.status, 201, "{wish}");
    }
    let holidays = room(&app, json!({"holidays": "KR"})).await?;
    let desk_b = desk(&operator, "2026-12-02", ROOM_B).await?;
    assert_eq!((&desk_b["closed"], &desk_b["holiday"]), (&json!("대청소"), &Value::Null));
    let block = &desk_b["bookings"][0];
    assert_eq!(
        (&block["kind"], &block["title"], &block["status"]),
        (&json!("block"), &json!("촬영"), &json!("confirmed"))
    );
    let christmas = desk(&operator, "2026-12-25", &holidays).await?;
    assert_eq!((&christmas["holiday"], &christmas["open"]), (&json!("기독탄신일"), &json!([])));
    Ok(())
}

#[tokio::test]
async fn parties_and_who_waits_are_on_the_desk() -> Result<()> {
    let app = App::start().await?;
    let (member, another) = (app.member().await?, app.another().await?);
    let tour = tour(&app, json!({})).await?;
    let full = member.book(&seats(&tour, "2026-12-02", "09:00", 9)).await?;
    for (guest, party) in [(&another, 2), (&app.staff("instructor").await?, 3)] {
        let wish = seats(&tour, "2026-12-02", "09:00", party);
        assert_eq!(guest.post("/api/waitlist", &wish).await?.status, 201);
    }
    let desk = desk(&app.staff("viewer").await?, "2026-12-02", &tour).await?;
    assert_eq!((ids(&desk), &desk["waiting"]), (vec![id(&full)], &json!(2)));
    let departures = json!([{"time": "09:00", "seats_left": 1}, {"time": "14:00", "seats_left": 10}]);
    assert_eq!((&desk["departures"], &desk["bookings"][0]["people_adult"]), (&departures, &json!(9)));
    Ok(())
}

#[tokio::test]
async fn every_room_and_tour_has_its_own_date() -> Result<()> {
    let app = App::start().await?;
    let york = room(&app, json!({"zone": "America/New_York"})).await?;
    let member = app.member().await?;
    // Midnight of the third in Seoul, one in the morning in Guam.
    let hour = json!({"room_id": york, "start_time": "2026-12-02T10:00:00", "end_time": "2026-12-02T11:00:00", "title": "수업"});
    let booking = member.book(&hour).await?;
    let party = member.book(&seats(TOUR, "2026-12-02", "09:00", 1)).await?;
    let viewer = app.staff("viewer").await?;
    let second = desk(&viewer, "2026-12-02", &york).await?;
    assert_eq!((ids(&second), &second["zone"]), (vec![id(&booking)], &json!("America/New_York")));
    assert_eq!(second["open"][0]["start_time"], "2026-12-02T09:00:00-05:00");
    assert!(ids(&desk(&viewer, "2026-12-03", &york).await?).is_empty());
    assert_eq!(ids(&desk(&viewer, "2026-12-02", TOUR).await?), [id(&party)]);
    assert!(ids(&desk(&viewer, "2026-12-01", TOUR).await?).is_empty());
    Ok(())
}

#[tokio::test]
async fn without_a_date_it_is_today_in_seoul() -> Result<()> {
    let app = App::start().await?;
    assert_eq!(app.staff("viewer").await?.get("/api/day").await?.body["date"], "2026-12-01");
    app.clock.advance(15 * 3600 + 3599);
    let viewer = app.sign_in("viewer@maru.local", PASSWORD).await?;
    assert_eq!(viewer.get("/api/day").await?.body["date"], "2026-12-01");
    app.clock.advance(1);
    assert_eq!(viewer.get("/api/day").await?.body["date"], "2026-12-02");
    for wrong in ["내일", "2026-02-30", "20261201T"] {
        let reply = viewer.get(&format!("/api/day?date={wrong}")).await?;
        assert_eq!((reply.status, reply.fields()), (422, vec!["?date".to_owned()]), "{wrong}");
    }
    Ok(())
}

#[tokio::test]
async fn who_stands_behind_the_desk() -> Result<()> {
    let app = App::start().await?;
    for (who, guest, status) in [
        ("a stranger", app.stranger(), 401),
        ("a member", app.member().await?, 403),
        ("an instructor", app.staff("instructor").await?, 403),
        ("a viewer", app.staff("viewer").await?, 200),
        ("an operator", app.staff("operator").await?, 200),
        ("a machine", app.machine(), 200),
    ] {
        assert_eq!(guest.get("/api/day?date=2026-12-02").await?.status, status, "{who}");
    }
    Ok(())
}

#[tokio::test]
async fn rooms_off_the_books_are_not_on_the_desk_and_inactive_ones_are() -> Result<()> {
    let app = App::start().await?;
    let (shut, gone) = (room(&app, json!({})).await?, room(&app, json!({"name": "옛 방"})).await?);
    let admin = app.staff("admin").await?;
    let member = app.member().await?;
    let booking = member.book(&wish_for(&shut, "2026-12-02", 10, 11)).await?;
    let inactive = json!({"lock_version": 1, "is_active": false});
    assert_eq!(admin.patch(&format!("/rooms/{shut}"), &inactive).await?.status, 200);
    let tag = [("if-match", "\"1\"")];
    assert_eq!(admin.send(reqwest::Method::DELETE, &format!("/rooms/{gone}"), &tag, None).await?.status, 200);
    let operator = app.staff("operator").await?;
    assert_eq!(
        ids(&desk(&operator, "2026-12-02", &shut).await?),
        [id(&booking)],
        "who booked it comes still"
    );
    assert!(desk(&operator, "2026-12-02", &gone).await.is_err());
    Ok(())
}

#[tokio::test]
async fn a_day_of_more_than_a_hundred_bookings_is_told_whole() -> Result<()> {
    let app = App::start().await?;
    let tour = tour(&app, json!({"timetable": [{"days": [], "time": "09:00", "seats": 200}]})).await?;
    let rush = room(&app, json!({"rush": true})).await?;
    let (member, viewer) = (app.member().await?, app.staff("viewer").await?);
    for _ in 0..110 {
        member.book(&seats(&tour, "2026-12-02", "09:00", 1)).await?;
    }
    let hour = member.book(&wish_for(&rush, "2026-12-02", 10, 12)).await?;
    assert_eq!(ids(&desk(&viewer, "2026-12-02", &tour).await?).len(), 110);
    assert_eq!(ids(&desk(&viewer, "2026-12-02", &rush).await?), [id(&hour)]);
    Ok(())
}
