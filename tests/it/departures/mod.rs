//! Departures: who gets which seats, and what staff decide about a date.

mod desk;
mod moving;
mod racing;
mod seats;
mod timetable;

use anyhow::{Context, Result, ensure};
use futures::future::try_join_all;
use harness::app::{App, Guest, Reply};
use harness::people::TOUR;
use reqwest::Method;
use serde_json::{Value, json};

/// A tour in Seoul of ten seats at 09:00 and at 14:00, paid in won, with more or other fields; its id.
pub(crate) async fn tour(app: &App, more: Value) -> Result<String> {
    let mut tour = json!({
        "name": "경복궁 산책", "prices": {"adult": 50_000, "child": 30_000, "infant": 0}, "duration_minutes": 120,
        "timetable": [{"days": [], "time": "09:00", "seats": 10}, {"days": [], "time": "14:00", "seats": 10}],
    });
    tour.as_object_mut().context("no object")?.extend(more.as_object().context("no object")?.clone());
    let reply = app.staff("admin").await?.post("/tours", &tour).await?;
    ensure!(reply.status == 201, "{reply:?}");
    Ok(reply.text("/data/id"))
}

/// A wish for so many adults on a departure.
pub(crate) fn seats(tour: &str, date: &str, time: &str, adults: u16) -> Value {
    json!({"tour_id": tour, "usage_date": date, "usage_time": time, "people_adult": adults})
}

/// The same for the next morning.
fn morning(tour: &str, adults: u16) -> Value {
    seats(tour, "2026-12-02", "09:00", adults)
}

/// The departures of some dates as `2026-12-02 09:00` and the seats left.
async fn left(app: &App, tour: &str, query: &str) -> Result<Vec<(String, u64)>> {
    let reply = app.stranger().get(&format!("/tours/{tour}/departures?{query}")).await?;
    ensure!(reply.status == 200, "{reply:?}");
    told(&reply)
}

/// The departures of an answer.
fn told(reply: &Reply) -> Result<Vec<(String, u64)>> {
    let all = reply.body["data"].as_array().context("no list")?.iter();
    let one = |departure: &Value| {
        let text = |name: &str| departure[name].as_str().context("no text");
        Ok((
            format!("{} {}", text("date")?, text("time")?),
            departure["seats_left"].as_u64().context("no seats")?,
        ))
    };
    all.map(one).collect()
}

/// The seats left on the two departures of the next day.
async fn next_day(app: &App, tour: &str) -> Result<[u64; 2]> {
    let all = left(app, tour, "from=2026-12-02").await?;
    let seats: Vec<u64> = all.into_iter().map(|(_, seats)| seats).collect();
    seats.try_into().ok().context("not two departures")
}

/// What staff decide about a date.
async fn decide(guest: &Guest, tour: &str, wish: &Value) -> Result<Reply> {
    let headers = [("content-type", "application/json")];
    let path = format!("/tours/{tour}/departures");
    guest.send(Method::PUT, &path, &headers, Some(wish.to_string().into_bytes())).await
}

/// Field errors as pointer and code.
pub(crate) fn faults(reply: &Reply) -> Vec<(String, String)> {
    let errors = reply.body["errors"].as_array().into_iter().flatten();
    let text = |error: &Value, name: &str| error[name].as_str().unwrap_or_default().to_owned();
    errors.map(|error| (text(error, "pointer"), text(error, "code"))).collect()
}

/// Field errors as they are expected.
pub(crate) fn named(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(pointer, code)| ((*pointer).to_owned(), (*code).to_owned())).collect()
}

/// Status and code of a refusal.
pub(crate) fn refusal(reply: &Reply) -> (u16, String) {
    (reply.status, reply.text("/code"))
}

fn path_of(booking: &Value) -> String {
    format!("/api/bookings/{}", booking["id"].as_str().unwrap_or_default())
}
