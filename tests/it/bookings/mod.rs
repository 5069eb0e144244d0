//! Bookings, from the wish to what became of it: the hours, who may, what is refused, and what it does to
//! everybody else.

mod arriving;
mod blackouts;
mod buffers;
mod cancelling;
mod changing;
mod extending;
mod hours;
mod moving;
mod others;
mod pending;
mod quotas;
mod reminders;
mod repeats;
mod restoring;
mod rush;
mod series;
mod swapping;
mod taking;

use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use harness::app::{App, Guest, Reply, Wish, free_wish, wish, wish_for};
use harness::people::{PASSWORD, ROOM_A, ROOM_B, TOUR};
use jiff::Timestamp;
use reqwest::Method;
use serde_json::{Value, json};

/// A system that waits for its provider: what is tested is not the deadline.
async fn start() -> Result<App> {
    App::with(Wish { toss_deadline: Duration::from_secs(15), ..Wish::default() }).await
}

/// A room at no charge, with these fields beside or instead of the ordinary ones.
async fn room(app: &App, more: Value) -> Result<String> {
    let mut body = json!({"name": "새 강의실", "capacity": 10, "hourly_rate": 0});
    let (Some(members), Some(more)) = (body.as_object_mut(), more.as_object()) else { bail!("no object") };
    members.extend(more.clone());
    let reply = app.staff("admin").await?.post("/rooms", &body).await?;
    ensure!(reply.status == 201, "{reply:?}");
    Ok(reply.text("/data/id"))
}

/// Changes a room that was not changed before.
async fn change_room(app: &App, room: &str, mut change: Value) -> Result<()> {
    change["lock_version"] = json!(1);
    let reply = app.staff("admin").await?.patch(&format!("/rooms/{room}"), &change).await?;
    ensure!(reply.status == 200, "{reply:?}");
    Ok(())
}

/// A wish for a room by its own wall clock, `2026-12-02T10:00` to `2026-12-02T12:00`.
fn local(room: &str, start: &str, end: &str) -> Value {
    json!({"room_id": room, "start_time": start, "end_time": end, "title": "정기 모임"})
}

/// The object with these fields, too.
fn with(mut body: Value, more: &Value) -> Value {
    if let (Some(members), Some(more)) = (body.as_object_mut(), more.as_object()) {
        members.extend(more.clone());
    }
    body
}

fn id_of(booking: &Value) -> String {
    booking["id"].as_str().unwrap_or_default().to_owned()
}

/// Books, and answers the id.
async fn booked(guest: &Guest, wish: &Value) -> Result<String> {
    Ok(id_of(&guest.book(wish).await?))
}

/// Does something to a booking.
async fn act(guest: &Guest, id: &str, verb: &str, body: &Value) -> Result<Reply> {
    guest.post(&format!("/api/bookings/{id}/{verb}"), body).await
}

/// Changes a booking.
async fn change(guest: &Guest, id: &str, body: &Value) -> Result<Reply> {
    guest.patch(&format!("/api/bookings/{id}"), body).await
}

/// Cancels a booking, saying this.
async fn cancel(guest: &Guest, id: &str, body: &Value) -> Result<Reply> {
    let json_type = [("content-type", "application/json")];
    let body = Some(body.to_string().into_bytes());
    guest.send(Method::DELETE, &format!("/api/bookings/{id}"), &json_type, body).await
}

/// A booking as somebody sees it.
async fn seen(guest: &Guest, id: &str) -> Result<Value> {
    let reply = guest.get(&format!("/api/bookings/{id}")).await?;
    ensure!(reply.status == 200, "{reply:?}");
    Ok(reply.body["data"].clone())
}

/// Books at a price, and pays it.
async fn paid(app: &App, guest: &Guest, wish: &Value) -> Result<String> {
    let (id, order, key) = guest.up_to_the_window(app, wish).await?;
    let amount = seen(guest, &id).await?["amount"].as_i64().context("no amount")?;
    let reply = guest.confirm(&key, &order, amount).await?;
    ensure!(reply.status == 200, "{reply:?}");
    Ok(id)
}

/// When a room can be booked on a day, `09:00–10:00` by its own clock.
async fn free(app: &App, room: &str, day: &str) -> Result<Vec<String>> {
    let path = format!("/rooms/{room}/availability?from={day}&to={day}");
    let reply = app.stranger().get(&path).await?;
    ensure!(reply.status == 200, "{reply:?}");
    let spans = reply.body["data"][0]["free"].as_array().context("no days")?;
    let clock = |span: &Value, name: &str| span[name].as_str().unwrap_or_default()[11..16].to_owned();
    Ok(spans.iter().map(|span| clock(span, "start_time") + "–" + &clock(span, "end_time")).collect())
}

/// The codes of why a time can not be booked.
async fn why_not(guest: &Guest, room: &str, start: &str, end: &str) -> Result<Vec<String>> {
    let path = format!("/rooms/{room}/availability/explain?start_time={start}&end_time={end}");
    let reply = guest.get(&path).await?;
    ensure!(reply.status == 200, "{reply:?}");
    let reasons = reply.body["data"]["reasons"].as_array().context("no reasons")?;
    ensure!(reply.body["data"]["bookable"] == json!(reasons.is_empty()), "{reply:?}");
    Ok(reasons.iter().map(|reason| reason["code"].as_str().unwrap_or_default().to_owned()).collect())
}

/// The ids of the bookings a refusal names.
fn named(refused: &Reply) -> Vec<String> {
    refused.body["conflicting_bookings"].as_array().into_iter().flatten().map(id_of).collect()
}

/// Lets the clock go on until an instant.
fn until(app: &App, instant: &str) -> Result<()> {
    let ahead = instant.parse::<Timestamp>()?.duration_since(app.clock.clock().now()).as_secs();
    app.clock.advance(u32::try_from(ahead)?);
    Ok(())
}

/// The same person later: an access token lives for an hour.
async fn again(app: &App, guest: &Guest) -> Result<Guest> {
    app.sign_in(&guest.email, PASSWORD).await
}

/// The mails to somebody whose subject has this in it, oldest first.
async fn letters(app: &App, email: &str, subject: &str) -> Result<Vec<String>> {
    let mails = app.mails(email).await?;
    Ok(mails.into_iter().filter(|mail| mail.subject.contains(subject)).map(|mail| mail.text).collect())
}

/// A tick of the sweeper, as `[expired, lapsed, missed, completed]`. The reminders have run before: of a
/// booking one thing is due at a time.
async fn tidied(app: &App) -> Result<[u32; 4]> {
    app.stack().workers.remind().await?;
    let swept = app.stack().workers.tidy().await?;
    Ok([swept.expired, swept.lapsed, swept.missed, swept.completed])
}

#[track_caller]
fn assert_is(reply: &Reply, status: &str) {
    assert_eq!((reply.status, reply.text("/data/status").as_str()), (200, status), "{reply:?}");
}

#[track_caller]
fn assert_problem(reply: &Reply, status: u16, code: &str) {
    assert_eq!((reply.status, reply.text("/code").as_str()), (status, code), "{reply:?}");
    assert_eq!(reply.body["success"], false, "{reply:?}");
}

/// Refused for this one field.
#[track_caller]
fn assert_field(reply: &Reply, pointer: &str, code: &str) {
    let errors = reply.body["errors"].as_array().into_iter().flatten();
    let text = |error: &Value, name: &str| error[name].as_str().unwrap_or_default().to_owned();
    let errors: Vec<(String, String)> = errors.map(|e| (text(e, "pointer"), text(e, "code"))).collect();
    assert_eq!((reply.status, errors), (422, vec![(pointer.to_owned(), code.to_owned())]), "{reply:?}");
}
