//! Booking: the hours, who may, and what is refused.

use anyhow::Result;
use harness::app::{App, free_wish, wish, wish_for};
use harness::people::{ROOM_A, ROOM_B};
use reqwest::Method;
use serde_json::{Value, json};

#[tokio::test]
async fn a_room_that_costs_something_is_held_for_ten_minutes_at_our_price() -> Result<()> {
    let app = App::start().await?;
    let booking = app.member().await?.book(&wish(10, 12)).await?;
    assert_eq!(booking["status"], "held");
    assert_eq!(booking["amount"], 40_000);
    assert_eq!(booking["expires_at"], "2026-12-01T08:10:00+09:00");
    assert_eq!(booking["start_time"], "2026-12-02T10:00:00+09:00");
    Ok(())
}

#[tokio::test]
async fn a_room_free_of_charge_is_confirmed_at_once_and_told_by_mail() -> Result<()> {
    let app = App::start().await?;
    let member = app.member().await?;
    let booking = member.book(&free_wish(9, 10)).await?;
    assert_eq!((&booking["status"], &booking["amount"]), (&json!("confirmed"), &json!(0)));
    assert_eq!(booking["expires_at"], Value::Null);
    let mails = app.mails(&member.email).await?;
    assert!(
        mails.iter().any(|m| m.text.contains("2026-12-02 09:00–10:00") && m.text.contains("강의실 B")),
        "{mails:?}"
    );
    Ok(())
}

#[tokio::test]
async fn a_taken_hour_is_refused_with_free_ones_and_touching_hours_are_not() -> Result<()> {
    let app = App::start().await?;
    let (member, another) = (app.member().await?, app.another().await?);
    member.book(&wish(10, 12)).await?;
    let refused = another.post("/api/bookings", &wish(11, 13)).await?;
    assert_eq!((refused.status, refused.text("/code").as_str()), (409, "slot_taken"));
    let offers = refused.body["alternatives"].as_array().unwrap();
    assert_eq!(
        offers[0],
        json!({"start_time": "2026-12-02T12:00:00+09:00", "end_time": "2026-12-02T14:00:00+09:00"})
    );
    for offer in offers {
        let again = json!({"room_id": ROOM_A, "start_time": offer["start_time"], "end_time": offer["end_time"], "title": "다른 시간"});
        assert_eq!(another.post("/api/bookings", &again).await?.status, 201, "{offer}");
    }
    member.book(&wish(9, 10)).await?;
    Ok(())
}

#[tokio::test]
async fn a_hold_that_is_over_gives_way_and_expires_in_the_same_moment() -> Result<()> {
    let app = App::start().await?;
    let (member, another) = (app.member().await?, app.another().await?);
    let first = member.book(&wish(10, 12)).await?;
    app.clock.advance(599);
    assert_eq!(another.post("/api/bookings", &wish(11, 12)).await?.status, 409);
    app.clock.advance(1);
    another.book(&wish(11, 12)).await?;
    assert_eq!(member.status_of(first["id"].as_str().unwrap()).await?, "expired");
    // The rest of the evicted hold is free, too.
    another.book(&wish(10, 11)).await?;
    Ok(())
}

#[tokio::test]
async fn what_is_left_of_an_evicted_hold_on_another_day_goes_too() -> Result<()> {
    let app = App::start().await?;
    let owner = app.staff("owner").await?;
    let night = json!({"name": "밤샘 방", "capacity": 4, "hourly_rate": 10_000, "open_time": "00:00", "close_time": "24:00"});
    let room = owner.post("/rooms", &night).await?.text("/data/id");
    let (member, another) = (app.member().await?, app.another().await?);
    let over_midnight = json!({"room_id": room, "start_time": "2026-12-02T23:00:00+09:00", "end_time": "2026-12-03T01:00:00+09:00", "title": "밤"});
    member.book(&over_midnight).await?;
    assert_eq!(another.post("/api/bookings", &wish_for(&room, "2026-12-03", 0, 1)).await?.status, 409);
    app.clock.advance(600);
    another.book(&wish_for(&room, "2026-12-02", 22, 23)).await?;
    let late = json!({"room_id": room, "start_time": "2026-12-02T23:00:00+09:00", "end_time": "2026-12-03T00:00:00+09:00", "title": "늦게"});
    another.book(&late).await?;
    another.book(&wish_for(&room, "2026-12-03", 0, 1)).await?;
    Ok(())
}

#[tokio::test]
async fn the_sweeper_expires_holds_that_are_over_and_nothing_else() -> Result<()> {
    let app = App::start().await?;
    let member = app.member().await?;
    let held = member.book(&wish(10, 11)).await?;
    let free = member.book(&free_wish(10, 11)).await?;
    assert_eq!(app.stack().workers.sweep().await?, 0);
    app.clock.advance(600);
    assert_eq!(app.stack().workers.sweep().await?, 1);
    assert_eq!(app.stack().workers.sweep().await?, 0);
    assert_eq!(member.status_of(held["id"].as_str().unwrap()).await?, "expired");
    assert_eq!(member.status_of(free["id"].as_str().unwrap()).await?, "confirmed");
    member.book(&wish(10, 11)).await?;
    Ok(())
}

#[tokio::test]
async fn wrong_wishes_are_refused_naming_every_field() -> Result<()> {
    let app = App::start().await?;
    let member = app.member().await?;
    let at = |start: &str, end: &str| json!({"room_id": ROOM_A, "start_time": start, "end_time": end, "title": "회의"});
    let cases = [
        ("off the grid", at("2026-12-02T10:07:00+09:00", "2026-12-02T11:00:00+09:00"), vec!["/start_time"]),
        (
            "both off the grid",
            at("2026-12-02T10:07:00+09:00", "2026-12-02T11:01:00+09:00"),
            vec!["/start_time", "/end_time"],
        ),
        ("with seconds", at("2026-12-02T10:00:01+09:00", "2026-12-02T11:00:00+09:00"), vec!["/start_time"]),
        ("in the past", at("2026-11-30T10:00:00+09:00", "2026-11-30T11:00:00+09:00"), vec!["/start_time"]),
        ("end before start", at("2026-12-02T12:00:00+09:00", "2026-12-02T11:00:00+09:00"), vec!["/end_time"]),
        ("nothing", at("2026-12-02T12:00:00+09:00", "2026-12-02T12:00:00+09:00"), vec!["/end_time"]),
        ("over four hours", at("2026-12-02T10:00:00+09:00", "2026-12-02T14:15:00+09:00"), vec!["/end_time"]),
        (
            "before it opens",
            at("2026-12-02T08:00:00+09:00", "2026-12-02T10:00:00+09:00"),
            vec!["/start_time"],
        ),
        (
            "after it closes",
            at("2026-12-02T21:00:00+09:00", "2026-12-02T22:15:00+09:00"),
            vec!["/start_time"],
        ),
        ("over night", at("2026-12-02T21:00:00+09:00", "2026-12-03T00:00:00+09:00"), vec!["/start_time"]),
        (
            "more than a year ahead",
            at("2027-12-03T10:00:00+09:00", "2027-12-03T11:00:00+09:00"),
            vec!["/start_time"],
        ),
        (
            "no times at all",
            json!({"room_id": ROOM_A, "start_time": "내일", "end_time": 10, "title": ""}),
            vec!["/start_time", "/end_time", "/title"],
        ),
        ("nothing at all", json!({}), vec!["/room_id", "/start_time", "/end_time", "/title"]),
    ];
    for (what, body, fields) in cases {
        let reply = member.post("/api/bookings", &body).await?;
        assert_eq!(
            (reply.status, reply.fields()),
            (422, fields.into_iter().map(str::to_owned).collect()),
            "{what}: {}",
            reply.body
        );
    }
    Ok(())
}

#[tokio::test]
async fn exactly_four_hours_and_the_last_hour_of_the_day_are_allowed() -> Result<()> {
    let app = App::start().await?;
    let member = app.member().await?;
    member.book(&wish(9, 13)).await?;
    member.book(&wish(21, 22)).await?;
    Ok(())
}

#[tokio::test]
async fn local_time_other_offsets_and_zone_names_mean_the_same_instant() -> Result<()> {
    let app = App::start().await?;
    let member = app.member().await?;
    let spellings = [
        ("2026-12-02T10:00:00", "2026-12-02T11:00:00"),
        ("2026-12-02T01:00:00Z", "2026-12-02T02:00:00Z"),
        ("2026-12-01T20:00:00-05:00", "2026-12-01T21:00:00-05:00"),
        ("2026-12-02T11:00:00+10:00[Pacific/Guam]", "2026-12-02T12:00:00+10:00[Pacific/Guam]"),
    ];
    for (start, end) in spellings {
        let body = json!({"room_id": ROOM_B, "start_time": start, "end_time": end, "title": "회의"});
        let booking = member.book(&body).await?;
        assert_eq!(booking["start_time"], "2026-12-02T10:00:00+09:00", "{start}");
        let id = booking["id"].as_str().unwrap();
        assert_eq!(member.delete(&format!("/api/bookings/{id}")).await?.status, 200);
    }
    Ok(())
}

#[tokio::test]
async fn an_unknown_room_is_not_found() -> Result<()> {
    let app = App::start().await?;
    let member = app.member().await?;
    let reply = member
        .post("/api/bookings", &wish_for("01900000-0000-7000-8000-0000000000ff", "2026-12-02", 10, 11))
        .await?;
    assert_eq!((reply.status, reply.text("/code").as_str()), (404, "no_such_room"));
    let reply = member.post("/api/bookings", &wish_for("강의실", "2026-12-02", 10, 11)).await?;
    assert_eq!((reply.status, reply.fields()), (422, vec!["/room_id".to_owned()]));
    Ok(())
}

#[tokio::test]
async fn the_same_request_twice_books_once_and_another_body_is_refused() -> Result<()> {
    let app = App::start().await?;
    let member = app.member().await?;
    let key = [("idempotency-key", "wish-1")];
    let first = member.post_with("/api/bookings", &wish(10, 11), &key).await?;
    let second = member.post_with("/api/bookings", &wish(10, 11), &key).await?;
    assert_eq!((first.status, second.status), (201, 201));
    assert_eq!(first.body["data"], second.body["data"]);
    assert_eq!(
        (first.header("idempotent-replayed"), second.header("idempotent-replayed")),
        (None, Some("true"))
    );
    let other = member.post_with("/api/bookings", &wish(12, 13), &key).await?;
    assert_eq!((other.status, other.text("/code").as_str()), (422, "idempotency_key_reused"));
    // A key is one person's: another's same key is another request.
    let foreign = app.another().await?.post_with("/api/bookings", &wish(14, 15), &key).await?;
    assert_eq!(foreign.status, 201);
    app.clock.advance(24 * 3600);
    let member = app.member().await?;
    assert_eq!(member.post_with("/api/bookings", &wish(16, 17), &key).await?.status, 201);
    Ok(())
}

#[tokio::test]
async fn parallel_twins_of_one_request_book_once() -> Result<()> {
    let app = App::start().await?;
    let member = app.member().await?;
    let body = wish(10, 11);
    let twins = (0..8).map(|_| member.post_with("/api/bookings", &body, &[("idempotency-key", "twin")]));
    let replies = futures::future::try_join_all(twins).await?;
    assert!(replies.iter().all(|r| r.status == 201), "{replies:?}");
    let ids: std::collections::BTreeSet<String> = replies.iter().map(|r| r.text("/data/id")).collect();
    assert_eq!(ids.len(), 1);
    Ok(())
}

#[tokio::test]
async fn who_may_see_and_cancel_a_booking() -> Result<()> {
    let app = App::start().await?;
    let member = app.member().await?;
    let booking = member.book(&wish(10, 12)).await?;
    let path = format!("/api/bookings/{}", booking["id"].as_str().unwrap());
    let sees = [
        ("its owner", member.clone(), 200),
        ("another member", app.another().await?, 404),
        ("an instructor", app.staff("instructor").await?, 404),
        ("a viewer", app.staff("viewer").await?, 200),
        ("an operator", app.staff("operator").await?, 200),
        ("a machine", app.machine(), 200),
        ("a stranger", app.stranger(), 401),
    ];
    for (who, guest, status) in sees {
        assert_eq!(guest.get(&path).await?.status, status, "{who}");
    }
    for (who, guest, status) in
        [("another member", app.another().await?, 404), ("a viewer", app.staff("viewer").await?, 403)]
    {
        assert_eq!(guest.delete(&path).await?.status, status, "{who}");
    }
    assert_eq!(member.status_of(booking["id"].as_str().unwrap()).await?, "held");
    assert_eq!(app.staff("operator").await?.delete(&format!("{path}?reason=점검")).await?.status, 200);
    assert_eq!(member.status_of(booking["id"].as_str().unwrap()).await?, "cancelled");
    Ok(())
}

#[tokio::test]
async fn a_cancelled_booking_frees_its_hours_and_cancelling_again_changes_nothing() -> Result<()> {
    let app = App::start().await?;
    let member = app.member().await?;
    let booking = member.book(&free_wish(10, 12)).await?;
    let path = format!("/api/bookings/{}", booking["id"].as_str().unwrap());
    let first = member.delete(&path).await?;
    let second = member.delete(&path).await?;
    assert_eq!((first.status, first.text("/data/status").as_str()), (200, "cancelled"));
    assert_eq!(first.body, second.body);
    app.another().await?.book(&free_wish(10, 12)).await?;
    Ok(())
}

#[tokio::test]
async fn own_bookings_are_listed_by_start_page_by_page() -> Result<()> {
    let app = App::start().await?;
    let member = app.member().await?;
    for hour in [9, 15, 12, 18] {
        member.book(&wish(hour, hour + 1)).await?;
    }
    app.another().await?.book(&wish(20, 21)).await?;
    let mut starts = Vec::new();
    let mut next = String::new();
    for _ in 0..3 {
        let page = member.get(&format!("/api/bookings?page_size=2&next={next}")).await?;
        assert_eq!(page.status, 200);
        starts.extend(
            page.body["data"]
                .as_array()
                .unwrap()
                .iter()
                .map(|b| b["start_time"].as_str().unwrap()[11..13].to_owned()),
        );
        next = page.text("/pagination/next");
        if page.body["pagination"]["has_next"] == false {
            break;
        }
    }
    assert_eq!(starts, ["18", "15", "12", "09"]);
    Ok(())
}

#[tokio::test]
async fn every_change_is_in_the_trail_with_who_and_what_and_without_personal_words() -> Result<()> {
    let app = App::start().await?;
    let member = app.member().await?;
    let reply = member
        .send(
            Method::POST,
            "/api/bookings",
            &[("content-type", "application/json"), ("user-agent", "시험/1.0 test")],
            Some(wish(10, 12).to_string().into_bytes()),
        )
        .await?;
    let id = reply.text("/data/id");
    member.delete(&format!("/api/bookings/{id}")).await?;
    let trail = crate::trail::of(app.stack(), &format!("booking#{id}")).await?;
    assert_eq!(
        trail.iter().map(|a| a.action.as_str()).collect::<Vec<_>>(),
        ["booking.held", "booking.cancelled"]
    );
    assert_eq!(trail[1].changes["status"], json!(["held", "cancelled"]));
    assert!(trail.iter().all(|a| a.actor.starts_with("user:")
        && a.ip_address.as_deref() == Some("127.0.0.1")
        && a.request_id.is_some()));
    assert!(!serde_json::to_string(&trail)?.contains("정기 모임"));
    let seal = crate::trail::seal_of(app.stack(), &reply.text("/data/user_id")).await?;
    assert_eq!(trail[0].open(&seal).unwrap()["title"], json!([null, "정기 모임"]));
    Ok(())
}
