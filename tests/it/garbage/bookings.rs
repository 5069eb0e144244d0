//! Wishes and changes of bookings that cannot be.

use harness::app::{free_wish, wish_for};
use harness::people::{ROOM_A, ROOM_B, TOUR};

use super::*;

/// Texts that are no point in time.
const NO_TIMES: [&str; 8] = [
    "",
    "내일",
    "2026-12-02",
    "10:00",
    "2026-12-02T25:00:00+09:00",
    "2026-02-30T10:00:00+09:00",
    "1e9",
    "2026-12-02T10:00:00[Asia/Atlantis]",
];

pub(super) fn tour_wish() -> Value {
    json!({"tour_id": TOUR, "usage_date": "2026-12-02", "usage_time": "09:00", "people_adult": 2})
}

pub(super) fn series_wish() -> Value {
    let mut wish = free_wish(10, 11);
    wish["repeat"] = json!({"frequency": "weekly", "count": 2});
    wish
}

/// The wish with this value at this pointer.
pub(super) fn with(mut wish: Value, pointer: &str, value: Value) -> Value {
    let (parent, name) = pointer.rsplit_once('/').unwrap_or_default();
    let parent = if parent.is_empty() { Some(&mut wish) } else { wish.pointer_mut(parent) };
    match parent {
        Some(Value::Array(list)) => list[name.parse::<usize>().unwrap()] = value,
        Some(parent) => parent[name] = value,
        None => {}
    }
    wish
}

/// Each body is refused at exactly this field, and nothing is stored.
async fn refused(app: &App, guest: &Guest, cells: Vec<(Method, String, Value, &str)>) -> Result<()> {
    let before = stored(app).await?;
    for (method, path, body, pointer) in cells {
        let reply = guest.send(method, &path, &[JSON], Some(body.to_string().into_bytes())).await?;
        assert_eq!(
            (reply.status, reply.fields()),
            (422, vec![pointer.to_owned()]),
            "{path} {body}: {reply:?}"
        );
    }
    assert_eq!(changed(app, &before).await?, NOTHING);
    Ok(())
}

#[tokio::test]
async fn what_cannot_be_wished_is_refused_at_its_field() -> Result<()> {
    let app = App::start().await?;
    let operator = app.staff("operator").await?;
    let mut cells = Vec::new();
    let post = |path: &str, body: Value, pointer| (Method::POST, path.to_owned(), body, pointer);
    for time in NO_TIMES {
        cells.push(post("/api/bookings", with(free_wish(10, 11), "/start_time", json!(time)), "/start_time"));
        cells.push(post(
            "/api/reservations/create",
            with(free_wish(10, 11), "/end_time", json!(time)),
            "/end_time",
        ));
        cells.push(post("/api/waitlist", with(free_wish(10, 11), "/start_time", json!(time)), "/start_time"));
    }
    let rooms = [
        ("/room_id", json!("강의실")),
        ("/title", json!("")),
        ("/title", json!("줄\n바꿈")),
        ("/description", json!("가".repeat(2001))),
        ("/people", json!(0)),
        ("/people", json!(9)),
        ("/people", json!(501)),
        ("/people", json!(70_000)),
        ("/user_id", json!("나")),
        ("/contact/name", json!("")),
        ("/contact/email", json!("아님")),
        ("/contact/phone", json!("12")),
        ("/draft", json!("yes")),
        ("/confirm", json!(1)),
        ("/people_adult", json!(-1)),
        ("/usage_time", json!("9:00")),
        ("/usage_date", json!("2026-02-29")),
    ];
    for (pointer, value) in rooms {
        let wish = with(free_wish(10, 11), "/contact", json!({"name": "손님"}));
        cells.push(post("/api/bookings", with(wish, pointer, value), pointer));
    }
    let tours = [
        ("/tour_id", json!("투어")),
        ("/usage_date", json!("2026-12-2")),
        ("/usage_date", json!("2026-12-02T09:00:00+10:00")),
        ("/usage_time", json!("24:00")),
        ("/usage_time", json!("09:00:00")),
        ("/usage_time", json!("09:01")),
        ("/people_adult", json!(0)),
        ("/people_adult", json!(501)),
        ("/people_child", json!(1.5)),
        ("/people_infant", json!("1")),
        ("/pickup", json!("달")),
        ("/title", json!(" ")),
        ("/room_id", json!(ROOM_A)),
    ];
    for (pointer, value) in tours {
        cells.push(post("/api/bookings", with(tour_wish(), pointer, value), pointer));
    }
    refused(&app, &operator, cells).await
}

#[tokio::test]
async fn a_series_that_cannot_be_is_refused_at_its_field() -> Result<()> {
    let app = App::start().await?;
    let member = app.member().await?;
    let repeats = [
        ("/repeat", json!([])),
        ("/repeat/frequency", json!("monthly")),
        ("/repeat/interval", json!(0)),
        ("/repeat/interval", json!(53)),
        ("/repeat/days", json!(["mon", "월"])),
        ("/repeat/days", json!("mon")),
        ("/repeat/count", json!(0)),
        ("/repeat/count", json!(26)),
        ("/repeat/count", Value::Null),
        ("/repeat/until", json!("2026-02-30")),
        ("/on_conflict", json!("ask")),
        ("/tour_id", json!(TOUR)),
    ];
    let mut cells: Vec<(Method, String, Value, &str)> = Vec::new();
    let series = |body: Value, pointer| (Method::POST, "/api/series".to_owned(), body, pointer);
    for (pointer, value) in repeats {
        cells.push(series(with(series_wish(), pointer, value), pointer));
    }
    // Six weeks of days are more than a series may have.
    let daily = json!({"frequency": "daily", "until": "2027-01-15"});
    cells.push(series(with(series_wish(), "/repeat", daily), "/repeat"));
    let time = |day: &str| {
        let wish = wish_for(ROOM_B, day, 10, 11);
        json!({"start_time": wish["start_time"], "end_time": wish["end_time"]})
    };
    let listed =
        json!({"room_id": ROOM_B, "title": "모임", "times": [time("2026-12-02"), time("2026-12-03")]});
    for (pointer, value) in [
        ("/times", json!([])),
        ("/times", json!(vec![time("2026-12-02"); 26])),
        ("/times", json!({})),
        ("/times/1", json!("2026-12-03")),
        ("/times/1/start_time", json!("내일")),
        ("/times/0/end_time", Value::Null),
    ] {
        cells.push(series(with(listed.clone(), pointer, value), pointer));
    }
    refused(&app, &member, cells).await?;
    assert_eq!(member.post("/api/series", &listed).await?.status, 201);
    Ok(())
}

#[tokio::test]
async fn a_change_that_cannot_be_is_refused_at_its_field() -> Result<()> {
    let app = App::start().await?;
    let (member, operator) = (app.member().await?, app.staff("operator").await?);
    let room = member.book(&free_wish(10, 11)).await?;
    let tour = member.book(&tour_wish()).await?;
    let path = |booking: &Value| format!("/api/bookings/{}", booking["id"].as_str().unwrap_or_default());
    let mut cells: Vec<(Method, String, Value, &str)> = Vec::new();
    let both = [
        ("/title", json!("")),
        ("/people", json!(0)),
        ("/contact", json!(["손님", null, null])),
        ("/contact/name", json!(7)),
        ("/keep_price", json!("yes")),
        ("/lock_version", json!("1")),
        ("/reason", json!("가".repeat(201))),
    ];
    let rooms = [
        ("/start_time", json!("2026-12-02")),
        ("/end_time", json!("2026-12-02T10:00:00+09:00")),
        ("/room_id", json!(TOUR.replace('c', "x"))),
        ("/people", json!(9)),
        ("/usage_date", json!("2026-12-03")),
        ("/usage_time", json!("14:00")),
        ("/people_adult", json!(1)),
        ("/pickup", json!("공항")),
    ];
    let tours = [
        ("/usage_date", json!("2026-13-01")),
        ("/usage_time", json!("10:00")),
        ("/people_adult", json!(501)),
        ("/pickup", json!("달")),
        ("/room_id", json!(ROOM_A)),
        ("/start_time", json!("2026-12-03T10:00:00+09:00")),
        ("/end_time", json!("2026-12-03T10:00:00+09:00")),
    ];
    for (booking, own) in [(&room, &rooms[..]), (&tour, &tours[..])] {
        for (pointer, value) in both.iter().chain(own) {
            let body = with(json!({"contact": {"name": "손님"}}), pointer, value.clone());
            cells.push((Method::PATCH, path(booking), body.clone(), pointer));
            cells.push((Method::POST, path(booking) + "/reschedule", body, pointer));
        }
    }
    for (verb, body, pointer) in [
        ("/status", json!({"status": "done"}), "/status"),
        ("/status", json!({"status": "cancelled", "reason": "가".repeat(201)}), "/reason"),
        ("/status", json!({"status": "paying "}), "/status"),
        ("/swap", json!({"with": "저것"}), "/with"),
        ("/swap", json!({"with": room["id"], "reason": "\u{7}"}), "/reason"),
        ("/approve", json!({"confirm": "yes"}), "/confirm"),
        ("/reject", json!({"reason": 7}), "/reason"),
        ("/no-show", json!({"reason": "줄\n바꿈"}), "/reason"),
    ] {
        cells.push((Method::POST, path(&room) + verb, body, pointer));
    }
    for (body, pointer) in [
        (json!({"refund": "half"}), "/refund"),
        (json!({"refund": 100}), "/refund"),
        (json!({"hard_delete": "true"}), "/hard_delete"),
        (json!({"reason": "가".repeat(201)}), "/reason"),
    ] {
        cells.push((Method::DELETE, path(&room), body, pointer));
    }
    refused(&app, &operator, cells).await
}

#[tokio::test]
async fn only_what_is_sent_of_a_party_changes() -> Result<()> {
    let app = App::start().await?;
    let (member, operator) = (app.member().await?, app.staff("operator").await?);
    let tour = member.book(&tour_wish()).await?;
    assert_eq!(tour["title"], "괌 시티투어", "called like its tour");
    let path = format!("/api/bookings/{}", tour["id"].as_str().context("no id")?);
    let changed = operator.patch(&path, &json!({"people_child": 1})).await?;
    let party =
        ["people_adult", "people_child", "people_infant"].map(|name| changed.body["data"][name].clone());
    assert_eq!((changed.status, party), (200, [json!(2), json!(1), json!(0)]), "{changed:?}");
    assert_eq!(changed.body["data"]["amount"], 130);
    Ok(())
}

#[tokio::test]
async fn what_staff_cannot_keep_is_refused_at_its_field() -> Result<()> {
    let app = App::start().await?;
    let operator = app.staff("operator").await?;
    let blackouts = format!("/rooms/{ROOM_B}/blackouts");
    let departures = format!("/tours/{TOUR}/departures");
    let hours = free_wish(10, 11);
    let block = json!({"start_time": hours["start_time"], "end_time": hours["end_time"], "reason": "청소"});
    let seats = json!({"date": "2026-12-02", "time": "09:00", "seats": 5});
    let mut cells: Vec<(Method, String, Value, &str)> = Vec::new();
    for (pointer, value) in [
        ("/start_time", json!("2026-12-02")),
        ("/start_time", json!("2026-12-02T10:07:00+09:00")),
        ("/end_time", hours["start_time"].clone()),
        ("/end_time", json!("9999-12-01T10:00:00+09:00")),
        ("/end_time", Value::Null),
        ("/reason", json!("")),
        ("/reason", json!("가".repeat(201))),
        ("/date", json!("2026-12-02")),
        ("/date", json!("12월 2일")),
    ] {
        cells.push((Method::POST, blackouts.clone(), with(block.clone(), pointer, value), pointer));
    }
    for (pointer, value) in [
        ("/date", json!("2026-12-32")),
        ("/time", json!("24:00")),
        ("/time", Value::Null),
        ("/seats", json!(501)),
        ("/seats", json!(-1)),
        ("/closed", json!("태풍")),
        ("/closed", json!("")),
    ] {
        cells.push((Method::PUT, departures.clone(), with(seats.clone(), pointer, value), pointer));
    }
    cells.push((Method::POST, "/api/feeds".into(), json!({"name": "가".repeat(61)}), "/name"));
    cells.push((Method::POST, "/api/feeds".into(), json!({"room_id": "강의실"}), "/room_id"));
    refused(&app, &operator, cells).await
}
