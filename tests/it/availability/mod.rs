//! What is free, what is not and why, and that what is offered can be had.

mod clocks;
mod instead;
mod month;
mod reasons;

use anyhow::{Context, Result, ensure};
use futures::future::try_join_all;
use harness::app::{App, Guest, Reply, free_wish, wish_for};
use harness::people::{ROOM_A, ROOM_B};
use serde_json::{Value, json};

use crate::departures::{faults, named, refusal};

/// A room free of charge with these fields beside those it must have; its id.
pub(crate) async fn room(app: &App, more: Value) -> Result<String> {
    let mut room = json!({"name": "세미나실", "capacity": 6, "hourly_rate": 0});
    room.as_object_mut().context("no object")?.extend(more.as_object().context("no object")?.clone());
    let reply = app.staff("admin").await?.post("/rooms", &room).await?;
    ensure!(reply.status == 201, "{reply:?}");
    Ok(reply.text("/data/id"))
}

/// A wish of a room by its own wall clock, or with an offset.
fn at(room: &str, start: &str, end: &str) -> Value {
    json!({"room_id": room, "start_time": start, "end_time": end, "title": "모임"})
}

/// A room's days.
async fn days(app: &App, room: &str, query: &str) -> Result<Vec<Value>> {
    let reply = app.stranger().get(&format!("/rooms/{room}/availability?{query}")).await?;
    ensure!(reply.status == 200, "{reply:?}");
    Ok(reply.body["data"].as_array().context("no list")?.clone())
}

/// Free spans as they are told, from and to.
fn spans(day: &Value) -> Vec<(String, String)> {
    let text = |span: &Value, name: &str| span[name].as_str().unwrap_or_default().to_owned();
    let all = day["free"].as_array().into_iter().flatten();
    all.map(|span| (text(span, "start_time"), text(span, "end_time"))).collect()
}

/// Books everything a refusal offers instead, each as if it were chosen.
async fn try_all(guest: &Guest, room: &str, offers: &Value) -> Result<usize> {
    let offers = offers.as_array().context("no alternatives")?;
    for offer in offers {
        let text = |name: &str| offer[name].as_str().context("no time");
        let reply = guest.post("/api/bookings", &at(room, text("start_time")?, text("end_time")?)).await?;
        ensure!(reply.status == 201, "{offer} was offered: {reply:?}");
        let gone = guest.delete(&format!("/api/bookings/{}", reply.text("/data/id"))).await?;
        ensure!(gone.status == 200, "{gone:?}");
    }
    Ok(offers.len())
}

/// Books everything a refusal offers instead, one with the other.
async fn take_all(guest: &Guest, room: &str, refused: &Reply) -> Result<usize> {
    let offers = refused.body["alternatives"].as_array().context("no alternatives")?;
    for offer in offers {
        let text = |name: &str| offer[name].as_str().context("no time");
        let reply = guest.post("/api/bookings", &at(room, text("start_time")?, text("end_time")?)).await?;
        ensure!(reply.status == 201, "{offer} was offered: {reply:?}");
    }
    Ok(offers.len())
}
