//! Bookings in other people's calendars: one by one, and as feeds.

mod events;
mod feeds;

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use harness::app::{App, Guest, Reply, free_wish, wish, wish_for};
use harness::people::{PASSWORD, ROOM_B};
use serde_json::{Value, json};

use crate::availability::room;
use crate::departures::{refusal, seats, tour};

/// An event's properties by name.
type Event = BTreeMap<String, String>;

/// A calendar's events, read as RFC 5545 says, and all its lines checked on the way.
fn events(reply: &Reply) -> Result<Vec<Event>> {
    let text = reply.body.as_str().context("no text")?;
    ensure!(reply.header("content-type") == Some("text/calendar; charset=utf-8"), "{reply:?}");
    ensure!(text.ends_with("\r\n") && !text.replace("\r\n", "").contains(['\r', '\n']), "{text:?}");
    ensure!(text.split("\r\n").all(|line| line.len() <= 75), "{text}");
    let unfolded = text.replace("\r\n ", "");
    let mut lines = unfolded.trim_end().split("\r\n");
    ensure!(lines.next() == Some("BEGIN:VCALENDAR") && unfolded.trim_end().ends_with("\r\nEND:VCALENDAR"));
    let (mut all, mut open): (Vec<Event>, Option<Event>) = (Vec::new(), None);
    for line in lines {
        let (name, value) = line.split_once(':').context("not a property")?;
        match (name, value) {
            ("BEGIN", "VEVENT") => ensure!(open.replace(Event::new()).is_none(), "an event in an event"),
            ("END", "VEVENT") => all.push(open.take().context("no event")?),
            _ => {
                let Some(event) = open.as_mut() else { continue };
                ensure!(event.insert(name.into(), value.into()).is_none(), "{name} twice");
            }
        }
    }
    for event in &all {
        for name in ["UID", "DTSTAMP", "DTSTART", "DTEND", "SEQUENCE", "STATUS", "SUMMARY"] {
            ensure!(event.contains_key(name), "{event:?} has no {name}");
        }
    }
    Ok(all)
}

/// A booking as a calendar.
async fn ics(guest: &Guest, booking: &Value) -> Result<Reply> {
    guest.get(&format!("/api/bookings/{}.ics", id(booking))).await
}

/// A booking's one event.
async fn event(guest: &Guest, booking: &Value) -> Result<Event> {
    let mut all = events(&ics(guest, booking).await?)?;
    ensure!(all.len() == 1, "{all:?}");
    all.pop().context("no event")
}

fn id(booking: &Value) -> &str {
    booking["id"].as_str().unwrap_or_default()
}

/// What staff do about a booking.
async fn done(guest: &Guest, booking: &Value, verb: &str, body: &Value) -> Result<()> {
    let reply = guest.post(&format!("/api/bookings/{}/{verb}", id(booking)), body).await?;
    ensure!(reply.status == 200, "{verb}: {reply:?}");
    Ok(())
}
