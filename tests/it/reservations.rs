//! The calls of the classroom system, under the names its clients know.

use anyhow::{Context, Result, ensure};
use harness::app::{App, Guest, Reply, free_wish};
use harness::people::{ROOM_A, ROOM_B};
use reqwest::Method;
use serde_json::{Value, json};

use crate::departures::refusal;

/// A wish as those clients write it.
fn camel(room: &str, from: &str, to: &str) -> Value {
    json!({"roomId": room, "startTime": from, "endTime": to, "title": "알고리즘 수업", "description": "3주차"})
}

fn morning() -> Value {
    camel(ROOM_B, "2026-12-02T10:00:00+09:00", "2026-12-02T12:00:00+09:00")
}

async fn reserve(guest: &Guest, wish: &Value) -> Result<Value> {
    let reply = guest.post("/api/reservations/create", wish).await?;
    ensure!(reply.status == 201, "{reply:?}");
    Ok(reply.body["data"].clone())
}

fn path_of(reservation: &Value) -> String {
    format!("/api/reservations/{}", reservation["id"].as_str().unwrap_or_default())
}

async fn cancel(guest: &Guest, path: &str) -> Result<Reply> {
    guest.send(Method::PUT, &format!("{path}/cancel"), &[], None).await
}

/// Every name in both spellings.
fn both_ways(reservation: &Value) -> Result<()> {
    let members = reservation.as_object().context("no object")?;
    for (snake, camel) in [
        ("room_id", "roomId"),
        ("user_id", "userId"),
        ("start_time", "startTime"),
        ("end_time", "endTime"),
        ("created_at", "createdAt"),
    ] {
        let (snake, camel) = (members.get(snake).context(snake)?, members.get(camel).context(camel)?);
        ensure!(snake == camel && snake.is_string(), "{snake} and {camel}");
    }
    Ok(())
}

#[tokio::test]
async fn a_reservation_is_a_booking_in_both_spellings() -> Result<()> {
    let app = App::start().await?;
    let member = app.member().await?;
    let reply = member.post("/api/reservations/create", &morning()).await?;
    let made = &reply.body["data"];
    assert_eq!((reply.status, reply.header("etag")), (201, Some("\"1\"")), "{reply:?}");
    assert_eq!(reply.header("location"), Some(path_of(made).as_str()));
    both_ways(made)?;
    assert_eq!((&made["roomId"], &made["startTime"]), (&json!(ROOM_B), &json!("2026-12-02T10:00:00+09:00")));
    assert_eq!((&made["title"], &made["description"]), (&json!("알고리즘 수업"), &json!("3주차")));
    assert_eq!((&made["status"], &reply.body["success"]), (&json!("confirmed"), &json!(true)));
    let booking = member.get(&format!("/api/bookings/{}", made["id"].as_str().unwrap())).await?;
    assert_eq!((booking.status, booking.text("/data/title")), (200, "알고리즘 수업".into()));
    Ok(())
}

#[tokio::test]
async fn either_spelling_is_read_and_a_time_without_an_offset_is_the_rooms() -> Result<()> {
    let app = App::start().await?;
    let member = app.member().await?;
    reserve(&member, &free_wish(14, 15)).await?;
    let local = reserve(&member, &camel(ROOM_B, "2026-12-02T16:00:00", "2026-12-02T17:00:00")).await?;
    assert_eq!(local["startTime"], "2026-12-02T16:00:00+09:00");
    let booked = member.post("/api/bookings", &camel(ROOM_B, "2026-12-02T18:00", "2026-12-02T19:00")).await?;
    assert_eq!((booked.status, booked.text("/data/start_time")), (201, "2026-12-02T18:00:00+09:00".into()));
    Ok(())
}

#[tokio::test]
async fn taken_hours_are_refused_with_others() -> Result<()> {
    let app = App::start().await?;
    reserve(&app.member().await?, &morning()).await?;
    let reply = app.another().await?.post("/api/reservations/create", &morning()).await?;
    assert_eq!(refusal(&reply), (409, "slot_taken".into()));
    assert_eq!(reply.body["alternatives"][0]["start_time"], "2026-12-02T12:00:00+09:00");
    assert_eq!((&reply.body["success"], &reply.body["error_code"]), (&json!(false), &json!("SLOT_TAKEN")));
    Ok(())
}

#[tokio::test]
async fn a_wrong_reservation_is_refused_naming_every_field() -> Result<()> {
    let app = App::start().await?;
    let member = app.member().await?;
    let reply = member.post("/api/reservations/create", &json!({"roomId": 1, "startTime": "내일"})).await?;
    let fields = ["/room_id", "/start_time", "/end_time", "/title"].map(str::to_owned);
    assert_eq!((reply.status, reply.fields()), (422, fields.to_vec()), "{reply:?}");
    let nowhere = camel("01900000-0000-7000-8000-00000000dead", "2026-12-02T10:00:00", "2026-12-02T11:00:00");
    assert_eq!(
        refusal(&member.post("/api/reservations/create", &nowhere).await?),
        (404, "no_such_room".into())
    );
    assert_eq!(app.stranger().post("/api/reservations/create", &morning()).await?.status, 401);
    Ok(())
}

#[tokio::test]
async fn a_repeated_request_reserves_once() -> Result<()> {
    let app = App::start().await?;
    let member = app.member().await?;
    let key = [("idempotency-key", "r-1")];
    let first = member.post_with("/api/reservations/create", &morning(), &key).await?;
    let again = member.post_with("/api/reservations/create", &morning(), &key).await?;
    assert_eq!((again.status, again.header("idempotent-replayed")), (201, Some("true")));
    assert_eq!(again.body["data"], first.body["data"]);
    Ok(())
}

#[tokio::test]
async fn ones_own_reservations_are_listed_page_by_page() -> Result<()> {
    let app = App::start().await?;
    let (member, another) = (app.member().await?, app.another().await?);
    for hour in [9, 15, 12] {
        let at = |hour: u8| format!("2026-12-02T{hour:02}:00:00");
        reserve(&member, &camel(ROOM_B, &at(hour), &at(hour + 1))).await?;
    }
    reserve(&another, &camel(ROOM_A, "2026-12-02T10:00:00", "2026-12-02T11:00:00")).await?;
    let (mut starts, mut next) = (Vec::new(), String::new());
    for size in [2, 1] {
        let page = member.get(&format!("/api/reservations/list?page_size=2&next={next}")).await?;
        let all = page.body["data"].as_array().context("no list")?;
        assert_eq!((page.status, all.len()), (200, size), "{page:?}");
        for reservation in all {
            both_ways(reservation)?;
            starts.push(reservation["startTime"].as_str().context("no time")?[11..13].to_owned());
        }
        next = page.text("/pagination/next");
    }
    assert_eq!(starts, ["15", "12", "09"]);
    let wrong = member.get("/api/reservations/list?page_size=many").await?;
    assert_eq!((wrong.status, wrong.fields()), (422, vec!["?page_size".to_owned()]));
    Ok(())
}

#[tokio::test]
async fn who_may_see_and_cancel_a_reservation() -> Result<()> {
    let app = App::start().await?;
    let member = app.member().await?;
    let path = path_of(&reserve(&member, &morning()).await?);
    for (who, guest, seen, cancelled) in [
        ("a stranger", app.stranger(), 401, 401),
        ("another member", app.another().await?, 404, 404),
        ("a viewer", app.staff("viewer").await?, 200, 403),
    ] {
        assert_eq!(guest.get(&path).await?.status, seen, "{who}");
        assert_eq!(cancel(&guest, &path).await?.status, cancelled, "{who}");
    }
    let shown = member.get(&path).await?;
    both_ways(&shown.body["data"])?;
    assert_eq!((shown.status, shown.text("/data/status")), (200, "confirmed".into()));
    assert_eq!(cancel(&app.staff("operator").await?, &path).await?.text("/data/status"), "cancelled");
    Ok(())
}

#[tokio::test]
async fn a_cancelled_reservation_is_free_again_and_cancelling_again_answers_the_same() -> Result<()> {
    let app = App::start().await?;
    let member = app.member().await?;
    let path = path_of(&reserve(&member, &morning()).await?);
    let first = cancel(&member, &path).await?;
    both_ways(&first.body["data"])?;
    assert_eq!((first.status, first.text("/data/status")), (200, "cancelled".into()));
    let second = cancel(&member, &path).await?;
    assert_eq!((second.status, &second.body), (200, &first.body));
    reserve(&app.another().await?, &morning()).await?;
    assert_eq!(cancel(&member, "/api/reservations/nothing").await?.status, 404);
    Ok(())
}

#[tokio::test]
async fn rooms_are_listed_under_the_old_name_too() -> Result<()> {
    let app = App::start().await?;
    let (old, new) = (app.stranger().get("/api/rooms/list").await?, app.stranger().get("/rooms").await?);
    assert_eq!((old.status, &old.body["data"]), (200, &new.body["data"]), "{old:?}");
    assert_eq!(old.body["data"].as_array().map(Vec::len), Some(2));
    Ok(())
}
