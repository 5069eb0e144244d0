//! What becomes of a booking, and what the front desk asks, each step with what it was charged.

use harness::{
    app::Guest,
    people::{ROOM_A, TOUR},
};
use serde_json::json;

use crate::visit::{BOOKING, Bars, DAY, Door::Guarded, Door::Open, NONE, Till, described, hours, post};

/// Q17 for a write of a room booking that is there already.
const CHANGE: Bars = Bars { writes: Some(16.0), ..NONE };

/// Moves, cancels, restores, repeats, and rides along on `day`.
pub async fn live(till: &mut Till<'_>, guest: &Guest, day: &str) -> anyhow::Result<()> {
    let desk = till.app.staff("operator").await?;
    desk.get("/api/day").await?;
    let booked = till.app.another().await?.book(&hours(day, 18)).await?;
    let one =
        format!("/api/bookings/{}", booked.get("id").and_then(serde_json::Value::as_str).unwrap_or_default());
    let moved =
        json!({"start_time": format!("{day}T19:00:00+09:00"), "end_time": format!("{day}T21:00:00+09:00")});
    let act = |verb: &str| format!("{one}/{verb}");
    till.note(("move", "bookings", Guarded, CHANGE), post(&desk, &act("reschedule"), &moved)).await?;
    till.app.clock.advance(60);
    till.note(("extend a hold", "bookings", Guarded, CHANGE), post(&desk, &act("extend"), &json!({})))
        .await?;
    till.note(("confirm a hold", "bookings", Guarded, CHANGE), post(&desk, &act("confirm"), &json!({})))
        .await?;
    let cancel = desk.send(reqwest::Method::DELETE, &one, &[], None);
    till.note(("cancel", "bookings", Guarded, CHANGE), cancel).await?;
    till.note(("restore", "bookings", Guarded, CHANGE), post(&desk, &act("restore"), &json!({}))).await?;

    let mut weekly = described(hours(day, 12));
    if let Some(wish) = weekly.as_object_mut() {
        wish.insert("repeat".into(), json!({"frequency": "weekly", "count": 10}));
    }
    till.note(("book ten weeks", "bookings", Guarded, NONE), post(guest, "/api/series", &weekly)).await?;
    let ride = json!({"tour_id": TOUR, "usage_date": day, "usage_time": "14:00", "people_adult": 2, "title": "투어"});
    till.note(("book a tour", "bookings", Guarded, BOOKING), post(guest, "/api/bookings", &ride)).await?;
    let wanted = hours(day, 12);
    let line = ("stand in line", "bookings", Guarded, CHANGE);
    till.note(line, post(&till.app.another().await?, "/api/waitlist", &wanted)).await?;

    let departures = format!("/tours/{TOUR}/departures?from={day}");
    till.note(("departures of a day", "tours", Open, DAY), till.app.stranger().get(&departures)).await?;
    let month = format!("/rooms/{ROOM_A}/availability?month={}", day.get(..7).unwrap_or_default());
    till.note(("availability, a month", "rooms", Open, NONE), till.app.stranger().get(&month)).await?;
    till.note(("front desk's day", "bookings", Guarded, NONE), desk.get(&format!("/api/day?date={day}")))
        .await?;
    Ok(())
}
