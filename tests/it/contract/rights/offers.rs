//! Rooms and tours, what staff keep of them, the front desk's day, calendars.

use harness::people::{ROOM_A, ROOM_B, TOUR};

use super::*;

/// What staff do with them, and anybody who looks.
pub(super) async fn live(app: &App) -> Result<()> {
    let (stranger, owner, operator) =
        (app.stranger(), app.staff("owner").await?, app.staff("operator").await?);
    let key = [("idempotency-key", "k")];
    let room = json!({"name": "방", "capacity": 1, "hourly_rate": 0});
    good(owner.post_with("/rooms", &room, &key).await?)?;
    let tour = json!({
        "name": "섬", "duration_minutes": 60, "prices": {"adult": 0, "child": 0, "infant": 0},
        "timetable": [{"days": [], "time": "10:00", "seats": 4}],
    });
    good(owner.post_with("/tours", &tour, &key).await?)?;
    for (path, id) in [("/rooms", ROOM_A), ("/tours", TOUR)] {
        good(stranger.get(path).await?)?;
        let one = good(stranger.get(&format!("{path}/{id}")).await?)?;
        let renamed = json!({"description": "새 설명", "lock_version": one.body["data"]["lock_version"]});
        good(owner.patch(&format!("{path}/{id}"), &renamed).await?)?;
    }
    good(stranger.get(&format!("/rooms/{ROOM_A}/availability")).await?)?;
    good(stranger.get(&format!("/tours/{TOUR}/departures?from=2026-12-02")).await?)?;

    let blackouts = format!("/rooms/{ROOM_B}/blackouts");
    let hours = free_wish(18, 19);
    let block = json!({"start_time": hours["start_time"], "end_time": hours["end_time"], "reason": "청소"});
    let kept = good(operator.post_with(&blackouts, &block, &key).await?)?;
    good(operator.get(&format!("{blackouts}?from=2026-12-02&to=2026-12-02")).await?)?;
    let kept = kept.text("/data/blackouts/0/id");
    good(operator.delete(&format!("{blackouts}?blackout_id={kept}")).await?)?;
    good(operator.get("/api/day?date=2026-12-02").await?)?;
    feeds(app).await
}

async fn feeds(app: &App) -> Result<()> {
    let operator = app.staff("operator").await?;
    let mut last = String::new();
    for wish in [json!({}), json!({"room_id": ROOM_A})] {
        let feed = good(operator.post("/api/feeds", &wish).await?)?;
        good(app.stranger().get(&feed.text("/data/path")).await?)?;
        last = feed.text("/data/id");
    }
    good(operator.get("/api/feeds").await?)?;
    good(operator.delete(&format!("/api/feeds/{last}")).await?)?;
    Ok(())
}
