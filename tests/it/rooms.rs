//! Rooms: who makes, changes and deletes them, and when they are free.

use anyhow::{Result, bail, ensure};
use harness::app::{App, Guest, Reply, wish, wish_for};
use harness::people::ROOM_A;
use reqwest::Method;
use serde_json::{Value, json};

use crate::accounts::items;

#[tokio::test]
async fn availability_tells_what_can_be_booked_and_is_right() -> Result<()> {
    let app = App::start().await?;
    let member = app.member().await?;
    member.book(&wish(10, 12)).await?;
    member.book(&wish(12, 13)).await?;
    let path = format!("/rooms/{ROOM_A}/availability?from=2026-12-02&to=2026-12-03");
    let reply = app.stranger().get(&path).await?;
    let spans = |from: &str, to: &str| json!({"start_time": from, "end_time": to});
    assert_eq!(
        reply.body["data"][0]["free"],
        json!([
            spans("2026-12-02T09:00:00+09:00", "2026-12-02T10:00:00+09:00"),
            spans("2026-12-02T13:00:00+09:00", "2026-12-02T22:00:00+09:00"),
        ])
    );
    assert_eq!(
        reply.body["data"][1],
        json!({"date": "2026-12-03", "free": [spans("2026-12-03T09:00:00+09:00", "2026-12-03T22:00:00+09:00")]})
    );
    app.clock.advance(600);
    let reply = app.stranger().get(&path).await?;
    assert_eq!(reply.body["data"][0]["free"].as_array().unwrap().len(), 1, "holds that are over are free");
    for (query, pointer) in [
        ("from=내일", "?from"),
        ("from=2026-12-02&to=2026-12-01", "?to"),
        ("from=2026-12-01&to=2027-12-01", "?to"),
    ] {
        let reply = app.stranger().get(&format!("/rooms/{ROOM_A}/availability?{query}")).await?;
        assert_eq!((reply.status, reply.fields()), (422, vec![pointer.to_owned()]), "{query}");
    }
    assert_eq!(app.stranger().get("/rooms/nowhere/availability").await?.status, 404);
    Ok(())
}

#[tokio::test]
async fn a_room_is_made_by_an_admin_and_by_nobody_below() -> Result<()> {
    let app = App::start().await?;
    let room = json!({"name": "새 강의실", "capacity": 12, "hourly_rate": "15000"});
    for (who, guest, status) in [
        ("a stranger", app.stranger(), 401),
        ("a member", app.member().await?, 403),
        ("an operator", app.staff("operator").await?, 403),
        ("a machine", app.machine(), 403),
    ] {
        assert_eq!(guest.post("/rooms", &room).await?.status, status, "{who}");
    }
    let admin = app.staff("admin").await?;
    let made = admin.post_with("/rooms", &room, &[("idempotency-key", "r")]).await?;
    assert_eq!((made.status, made.text("/data/hourly_rate").as_str()), (201, "15000"));
    let again = admin.post_with("/rooms", &room, &[("idempotency-key", "r")]).await?;
    assert_eq!(again.text("/data/id"), made.text("/data/id"));
    let list = app.stranger().get("/rooms").await?;
    let names: Vec<&str> =
        list.body["data"].as_array().unwrap().iter().map(|r| r["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["강의실 A", "강의실 B", "새 강의실"]);
    let wrong = json!({"name": "", "capacity": 0, "hourly_rate": 10, "zone": "Asia/Nowhere", "open_time": "9:00", "close_time": "25:00", "auto_confirm": "yes"});
    let reply = admin.post("/rooms", &wrong).await?;
    assert_eq!(
        reply.fields(),
        ["/name", "/capacity", "/hourly_rate", "/zone", "/open_time", "/close_time", "/auto_confirm"]
    );
    Ok(())
}

#[tokio::test]
async fn a_booking_of_a_room_without_auto_confirm_waits_for_staff_and_is_firm() -> Result<()> {
    let app = App::start().await?;
    let room = json!({"name": "승인제", "capacity": 3, "hourly_rate": 0, "auto_confirm": false});
    let room = app.staff("admin").await?.post("/rooms", &room).await?.text("/data/id");
    let booking = app.member().await?.book(&wish_for(&room, "2026-12-02", 10, 11)).await?;
    assert_eq!(booking["status"], "pending");
    app.clock.advance(24 * 3600 - 1);
    let another = app.another().await?;
    assert_eq!(another.post("/api/bookings", &wish_for(&room, "2026-12-02", 10, 11)).await?.status, 409);
    Ok(())
}

/// A room of these fields beside the ones it must have; answers the whole answer.
async fn make(admin: &Guest, more: Value) -> Result<Reply> {
    let mut body = json!({"name": "새 강의실", "capacity": 12, "hourly_rate": 15_000});
    let (Some(members), Some(more)) = (body.as_object_mut(), more.as_object()) else { bail!("no object") };
    members.extend(more.clone());
    admin.post("/rooms", &body).await
}

/// The same where nothing is wrong; answers the room.
async fn made(admin: &Guest, more: Value) -> Result<Value> {
    let reply = make(admin, more).await?;
    ensure!(reply.status == 201, "{reply:?}");
    Ok(reply.body["data"].clone())
}

fn path_of(room: &Value) -> String {
    format!("/rooms/{}", room["id"].as_str().unwrap_or_default())
}

/// A request about one version of a room, by the header.
async fn tagged(guest: &Guest, method: Method, path: &str, version: u64, body: &Value) -> Result<Reply> {
    let tag = format!("\"{version}\"");
    let headers = [("content-type", "application/json"), ("if-match", tag.as_str())];
    guest.send(method, path, &headers, Some(body.to_string().into_bytes())).await
}

/// Field errors as pointer and code.
fn refusals(reply: &Reply) -> Vec<(String, String)> {
    let errors = reply.body["errors"].as_array().into_iter().flatten();
    let text = |error: &Value, name: &str| error[name].as_str().unwrap_or_default().to_owned();
    errors.map(|error| (text(error, "pointer"), text(error, "code"))).collect()
}

fn names(list: &Reply) -> Vec<String> {
    let rooms = list.body["data"].as_array().into_iter().flatten();
    rooms.filter_map(|room| Some(room["name"].as_str()?.to_owned())).collect()
}

/// The actions the trail holds about a record.
async fn actions(app: &App, subject: &str) -> Result<Vec<String>> {
    let audits: Vec<Value> = items(app, "audits").await?;
    let about = audits.iter().filter(|audit| audit["subject"] == subject);
    let mut actions: Vec<(u64, String)> = about
        .filter_map(|audit| Some((audit["version"].as_u64()?, audit["action"].as_str()?.to_owned())))
        .collect();
    actions.sort();
    Ok(actions.into_iter().map(|(_, action)| action).collect())
}

#[tokio::test]
async fn a_room_is_changed_in_the_version_somebody_has_seen() -> Result<()> {
    let app = App::start().await?;
    let admin = app.staff("admin").await?;
    let room = made(&admin, json!({})).await?;
    let path = path_of(&room);
    let wish = json!({"name": "별관"});
    for (who, guest, status) in [
        ("a stranger", app.stranger(), 401),
        ("a member", app.member().await?, 403),
        ("an operator", app.staff("operator").await?, 403),
        ("a machine", app.machine(), 403),
    ] {
        assert_eq!(tagged(&guest, Method::PATCH, &path, 1, &wish).await?.status, status, "{who}");
        assert_eq!(tagged(&guest, Method::DELETE, &path, 1, &json!({})).await?.status, status, "{who}");
    }
    let reply = admin.patch(&path, &wish).await?;
    assert_eq!((reply.status, reply.text("/code")), (428, "version_required".to_owned()));
    let reply = tagged(&admin, Method::PATCH, &path, 7, &wish).await?;
    assert_eq!((reply.status, reply.text("/code")), (412, "conflict_version".to_owned()));
    let reply = admin.patch(&path, &json!({"name": "별관", "lock_version": 7})).await?;
    assert_eq!((reply.status, reply.text("/code")), (409, "conflict_version".to_owned()));
    let reply = tagged(&admin, Method::PATCH, &path, 1, &wish).await?;
    assert_eq!((reply.status, reply.text("/data/name")), (200, "별관".to_owned()), "{reply:?}");
    assert_eq!((reply.header("etag"), reply.text("/data/lock_version")), (Some("\"2\""), "2".to_owned()));
    assert_eq!(tagged(&admin, Method::PATCH, &path, 1, &wish).await?.status, 412);
    let reply = admin.patch(&path, &json!({"capacity": 3, "lock_version": 2})).await?;
    assert_eq!((reply.status, reply.text("/data/capacity")), (200, "3".to_owned()));
    assert_eq!(app.stranger().get(&path).await?.body["data"], reply.body["data"]);
    let nowhere = "/rooms/01900000-0000-7000-8000-00000000dead";
    assert_eq!(tagged(&admin, Method::PATCH, nowhere, 1, &wish).await?.status, 404);
    let subject = format!("room#{}", room["id"].as_str().unwrap_or_default());
    assert_eq!(actions(&app, &subject).await?, ["room.created", "room.changed", "room.changed"]);
    Ok(())
}

#[tokio::test]
async fn everything_a_room_can_be_told_is_told_again() -> Result<()> {
    let app = App::start().await?;
    let admin = app.staff("admin").await?;
    let said = json!({
        "description": "창가", "currency": "USD", "hourly_rate": 12.5, "zone": "Pacific/Guam",
        "exceptions": [{"date": "2026-12-31", "hours": [{"open": "09:00", "close": "10:00"}]}],
        "holidays": "GU", "slot_minutes": 30, "buffer_before_minutes": 30, "buffer_after_minutes": 60,
        "min_minutes": 60, "max_minutes": 120, "min_notice_minutes": 90, "max_ahead_days": 30,
        "auto_confirm": false, "rush": true,
        "peak_prices": [{"days": ["sat", "sun"], "open": "10:00", "close": "12:00", "hourly_rate": 20}],
        "cancellation_policy": {"kind": "staged", "stages": [
            {"hours": 48, "percent": 100}, {"hours": 24, "percent": 50},
        ]},
        "no_show_minutes": 15, "remind_hours": null, "quota": {"bookings": 2, "per": "week"},
    });
    let week = json!({
        "mon": [{"open": "09:00", "close": "12:00"}, {"open": "13:00", "close": "18:00"}],
        "sat": [{"open": "10:00", "close": "24:00"}],
    });
    let mut wish = said.clone();
    wish["opening_hours"] = week.clone();
    let room = made(&admin, wish).await?;
    for (name, value) in said.as_object().unwrap() {
        assert_eq!(&room[name], value, "{name}");
    }
    let hours = &room["opening_hours"];
    assert_eq!((&hours["mon"], &hours["tue"], &hours["sat"]), (&week["mon"], &json!([]), &week["sat"]));
    assert_eq!((&room["open_time"], &room["close_time"]), (&json!("09:00"), &json!("24:00")));
    let nulls = json!({
        "lock_version": 1, "description": null, "exceptions": null, "holidays": null, "peak_prices": null,
        "no_show_minutes": null, "quota": null,
    });
    let reply = admin.patch(&path_of(&room), &nulls).await?;
    assert_eq!(reply.status, 200, "{reply:?}");
    let bare = &reply.body["data"];
    assert_eq!(
        (&bare["description"], &bare["exceptions"], &bare["peak_prices"]),
        (&json!(""), &json!([]), &json!([]))
    );
    for name in ["holidays", "no_show_minutes", "quota"] {
        assert_eq!(bare[name], Value::Null, "{name}");
    }
    assert_eq!((&bare["hourly_rate"], &bare["min_minutes"]), (&json!(12.5), &json!(60)), "the rest stays");
    let reply = admin.patch(&path_of(&room), &json!({"lock_version": 2, "name": null})).await?;
    assert_eq!((reply.status, refusals(&reply)), (422, vec![("/name".into(), "required".into())]));
    Ok(())
}

#[tokio::test]
async fn zone_grid_and_rush_of_a_room_never_change() -> Result<()> {
    let app = App::start().await?;
    let admin = app.staff("admin").await?;
    let room = made(&admin, json!({})).await?;
    let other = json!({"lock_version": 1, "zone": "Pacific/Guam", "slot_minutes": 30, "rush": true});
    let reply = admin.patch(&path_of(&room), &other).await?;
    let immutable = |pointer: &str| (pointer.to_owned(), "immutable".to_owned());
    assert_eq!(reply.status, 422, "{reply:?}");
    assert_eq!(refusals(&reply), [immutable("/slot_minutes"), immutable("/zone"), immutable("/rush")]);
    let same = json!({"lock_version": 1, "zone": "Asia/Seoul", "slot_minutes": 15, "rush": false});
    assert_eq!(admin.patch(&path_of(&room), &same).await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn a_room_is_refused_with_every_fault_at_once() -> Result<()> {
    let app = App::start().await?;
    let admin = app.staff("admin").await?;
    let wrong = json!({
        "hourly_rate": 10, "currency": "EUR", "slot_minutes": 20, "buffer_before_minutes": 10,
        "buffer_after_minutes": 300, "min_minutes": 60, "max_minutes": 45, "min_notice_minutes": 50_000,
        "max_ahead_days": 0, "holidays": "US", "open_time": "09:00",
        "opening_hours": {"mon": [{"open": "09:00", "close": "12:00"}, {"open": "11:00", "close": "13:05"}]},
        "exceptions": [{"date": "2026-12-25", "hours": []}, {"date": "2026-12-25", "hours": []}],
        "peak_prices": [{"days": ["mon"], "open": "10:00", "close": "09:00", "hourly_rate": 20_000}],
        "cancellation_policy": {"kind": "staged", "stages": [
            {"hours": 24, "percent": 50}, {"hours": 48, "percent": 60},
        ]},
        "no_show_minutes": 300, "remind_hours": 0, "quota": {"bookings": 0, "per": "day"},
    });
    let reply = make(&admin, wrong).await?;
    let expected = [
        ("/slot_minutes", "grid"),
        ("/buffer_after_minutes", "range"),
        ("/buffer_before_minutes", "grid"),
        ("/max_minutes", "below_minimum"),
        ("/currency", "value"),
        ("/peak_prices/0/close", "not_after_open"),
        ("/open_time", "exclusive"),
        ("/opening_hours/mon/1/close", "grid"),
        ("/opening_hours/mon/1/open", "overlap"),
        ("/holidays", "value"),
        ("/exceptions/1/date", "duplicate"),
        ("/min_notice_minutes", "range"),
        ("/max_ahead_days", "range"),
        ("/cancellation_policy/stages/1/hours", "not_falling"),
        ("/cancellation_policy/stages/1/percent", "not_falling"),
        ("/no_show_minutes", "range"),
        ("/remind_hours", "range"),
        ("/quota/bookings", "range"),
    ];
    assert_eq!(reply.status, 422, "{reply:?}");
    assert_eq!(refusals(&reply), expected.map(|(pointer, code)| (pointer.to_owned(), code.to_owned())));
    Ok(())
}

#[tokio::test]
async fn the_room_a_change_makes_is_checked_as_a_whole() -> Result<()> {
    let app = App::start().await?;
    let admin = app.staff("admin").await?;
    let room = made(&admin, json!({"hourly_rate": 100, "min_minutes": 60})).await?;
    for (wish, pointer, code) in [
        (json!({"min_minutes": 15}), "/hourly_rate", "below_minimum"),
        (json!({"max_minutes": 45}), "/max_minutes", "below_minimum"),
        (json!({"max_minutes": 735}), "/max_minutes", "too_long"),
        (json!({"currency": "USD"}), "/hourly_rate", "required"),
    ] {
        let mut wish = wish;
        wish["lock_version"] = json!(1);
        let reply = admin.patch(&path_of(&room), &wish).await?;
        assert_eq!((reply.status, refusals(&reply)), (422, vec![(pointer.into(), code.into())]), "{wish}");
    }
    let reply = admin.patch(&path_of(&room), &json!({"lock_version": 1, "max_minutes": 720})).await?;
    assert_eq!((reply.status, reply.text("/data/max_minutes")), (200, "720".to_owned()));
    Ok(())
}

#[tokio::test]
async fn a_room_that_is_closed_for_a_while_is_seen_by_staff_only() -> Result<()> {
    let app = App::start().await?;
    let admin = app.staff("admin").await?;
    let room = made(&admin, json!({})).await?;
    let path = path_of(&room);
    let reply = admin.patch(&path, &json!({"lock_version": 1, "is_active": false})).await?;
    assert_eq!((reply.status, &reply.body["data"]["is_active"]), (200, &json!(false)));
    let stranger = app.stranger();
    assert_eq!(stranger.get(&path).await?.status, 404);
    for list in ["/rooms", "/api/rooms/list"] {
        assert_eq!(names(&stranger.get(list).await?), ["강의실 A", "강의실 B"], "{list}");
    }
    assert_eq!(stranger.get("/api/admin/rooms").await?.status, 401);
    assert_eq!(app.member().await?.get("/api/admin/rooms").await?.status, 403);
    let all = app.staff("viewer").await?.get("/api/admin/rooms").await?;
    assert_eq!(names(&all), ["강의실 A", "강의실 B", "새 강의실"]);
    let reply = admin.patch(&path, &json!({"lock_version": 2, "is_active": true})).await?;
    assert_eq!((reply.status, stranger.get(&path).await?.status), (200, 200));
    Ok(())
}

#[tokio::test]
async fn a_deleted_room_is_gone_and_deleting_it_again_answers_the_same() -> Result<()> {
    let app = App::start().await?;
    let admin = app.staff("admin").await?;
    let room = made(&admin, json!({})).await?;
    let path = path_of(&room);
    let bare = admin.delete(&path).await?;
    assert_eq!((bare.status, bare.text("/code")), (428, "version_required".to_owned()));
    assert_eq!(tagged(&admin, Method::DELETE, &path, 2, &json!({})).await?.status, 412);
    let old = json!({"lock_version": 2}).to_string().into_bytes();
    let json_type = [("content-type", "application/json")];
    assert_eq!(admin.send(Method::DELETE, &path, &json_type, Some(old)).await?.status, 409);
    let gone = tagged(&admin, Method::DELETE, &path, 1, &json!({})).await?;
    assert_eq!((gone.status, &gone.body["data"]["is_active"]), (200, &json!(false)), "{gone:?}");
    assert!(gone.body["data"]["deleted_at"].is_string());
    let again = tagged(&admin, Method::DELETE, &path, 1, &json!({})).await?;
    assert_eq!((again.status, &again.body), (200, &gone.body));
    assert_eq!(app.stranger().get(&path).await?.status, 404);
    assert_eq!(names(&admin.get("/api/admin/rooms").await?), ["강의실 A", "강의실 B"]);
    let wish = json!({"lock_version": 2, "is_active": true});
    assert_eq!(admin.patch(&path, &wish).await?.status, 404, "nothing brings it back");
    let nowhere = "/rooms/01900000-0000-7000-8000-00000000dead";
    assert_eq!(tagged(&admin, Method::DELETE, nowhere, 1, &json!({})).await?.status, 404);
    let subject = format!("room#{}", room["id"].as_str().unwrap_or_default());
    assert_eq!(actions(&app, &subject).await?, ["room.created", "room.deleted"]);
    Ok(())
}

#[tokio::test]
async fn a_booking_of_a_deleted_room_stays() -> Result<()> {
    let app = App::start().await?;
    let (admin, member) = (app.staff("admin").await?, app.member().await?);
    let room = made(&admin, json!({"hourly_rate": 0})).await?;
    let id = room["id"].as_str().unwrap_or_default();
    let booking = member.book(&wish_for(id, "2026-12-02", 10, 11)).await?;
    let gone = tagged(&admin, Method::DELETE, &path_of(&room), 1, &json!({})).await?;
    assert_eq!(gone.status, 200, "{gone:?}");
    assert_eq!(member.status_of(booking["id"].as_str().unwrap_or_default()).await?, "confirmed");
    let refused = member.post("/api/bookings", &wish_for(id, "2026-12-02", 12, 13)).await?;
    assert!((400..500).contains(&refused.status), "{refused:?}");
    Ok(())
}

#[tokio::test]
async fn of_two_changes_at_once_one_counts() -> Result<()> {
    let app = App::start().await?;
    let admin = app.staff("admin").await?;
    let room = made(&admin, json!({})).await?;
    let path = path_of(&room);
    let (first, second) = (json!({"capacity": 1}), json!({"capacity": 2}));
    let (one, two) = tokio::join!(
        tagged(&admin, Method::PATCH, &path, 1, &first),
        tagged(&admin, Method::PATCH, &path, 1, &second),
    );
    let mut statuses = [one?.status, two?.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412]);
    assert_eq!(app.stranger().get(&path).await?.text("/data/lock_version"), "2");
    Ok(())
}
