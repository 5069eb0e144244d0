//! Rooms: who makes them, and when they are free.

use anyhow::Result;
use harness::app::{App, wish, wish_for};
use harness::people::ROOM_A;
use serde_json::json;

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
