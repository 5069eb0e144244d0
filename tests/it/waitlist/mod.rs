//! Waiting for hours and seats that are taken: first come, first served.

mod joining;
mod offers;
mod order;
mod racing;
mod seats;

use anyhow::{Context, Result, ensure};
use futures::future::try_join_all;
use harness::app::{App, Guest, Reply, free_wish, wish, wish_for};
use harness::people::{PASSWORD, ROOM_A, ROOM_B};
use serde_json::{Value, json};

use crate::availability::room;
use crate::departures::{faults, named, refusal, seats, tour};

/// Half an hour: what somebody in line has to accept.
const OFFER: u32 = 1800;

async fn ask(guest: &Guest, wish: &Value) -> Result<Reply> {
    guest.post("/api/waitlist", wish).await
}

/// Stands in line; the id of the place.
async fn join(guest: &Guest, wish: &Value) -> Result<String> {
    let reply = ask(guest, wish).await?;
    ensure!((reply.status, reply.text("/data/status")) == (201, "waiting".into()), "{reply:?}");
    Ok(reply.text("/data/id"))
}

/// A place in a line, as its owner sees it.
async fn place(guest: &Guest, id: &str) -> Result<Value> {
    let list = guest.get("/api/waitlist").await?;
    let found = list.body["data"].as_array().context("no list")?.iter().find(|place| place["id"] == id);
    found.cloned().with_context(|| format!("{id} is not in {list:?}"))
}

async fn status(guest: &Guest, id: &str) -> Result<String> {
    Ok(place(guest, id).await?["status"].as_str().context("no status")?.to_owned())
}

/// The booking somebody in line was offered.
async fn offer(guest: &Guest, id: &str) -> Result<Value> {
    let place = place(guest, id).await?;
    ensure!(place["status"] == "offered", "{place}");
    let booking = place["booking_id"].as_str().context("no booking")?;
    Ok(guest.get(&format!("/api/bookings/{booking}")).await?.body["data"].clone())
}

fn path_of(booking: &Value) -> String {
    format!("/api/bookings/{}", booking["id"].as_str().unwrap_or_default())
}

async fn cancel(guest: &Guest, booking: &Value) -> Result<()> {
    let reply = guest.delete(&path_of(booking)).await?;
    ensure!(reply.status == 200, "{reply:?}");
    Ok(())
}

/// How many the sweeper serves.
async fn served(app: &App) -> Result<u32> {
    Ok(app.stack().workers.tidy().await?.served)
}

/// The same person later: an access token lives for an hour.
async fn again(app: &App, guest: &Guest) -> Result<Guest> {
    app.sign_in(&guest.email, PASSWORD).await
}
