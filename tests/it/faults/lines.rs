//! The sweeper gives what came free to who waits for it.

use maru_bookings::Swept;

use super::*;

/// Somebody waits for hours that have just come free; answers their place.
async fn waiting(app: &App, member: &Guest, day: &str) -> Result<String> {
    let wish = wish_for(ROOM_B, day, 10, 12);
    let other = app.another().await?;
    let taken = other.book(&wish).await?;
    let joined = member.post("/api/waitlist", &wish).await?;
    ensure!(joined.status == 201, "{joined:?}");
    let path = format!("/api/bookings/{}", taken["id"].as_str().context("no id")?);
    ensure!(other.delete(&path).await?.status == 200);
    Ok(joined.text("/data/id"))
}

/// The place in the line, and the member's booking of the day if there is one.
async fn stands(member: &Guest, wait: &str, day: &str) -> Result<(Value, Option<Value>)> {
    let list = member.get("/api/waitlist").await?.body["data"].clone();
    let mut places = list.as_array().context("no list")?.iter().filter(|place| place["id"] == wait);
    let place = places.next().context("no such place")?.clone();
    let booked = bookings_on(member, day).await?;
    ensure!(booked.len() < 2, "{booked:?}");
    Ok((place, booked.into_iter().next()))
}

/// They have one hold, which is the one they were offered.
async fn is_served(app: &App, member: &Guest, wait: &str, day: &str) -> Result<()> {
    let (place, booking) = stands(member, wait, day).await?;
    let booking = booking.context("nothing was given")?;
    ensure!(place["status"] == "offered" && place["booking_id"] == booking["id"], "{place} {booking}");
    ensure!(booking["status"] == "held" && booking["lock_version"] == 1, "{booking}");
    ensure!(!is_free(app, ROOM_B, day, 10).await?, "others can have it, too");
    Ok(())
}

#[tokio::test]
async fn whoever_waits_is_given_their_place_once_under_every_passing_fault() -> Result<()> {
    let app = patient().await?;
    let member = app.member().await?;
    let mut wrong = Vec::new();
    let mut cells = 0;
    for fault in FAULTS {
        for (calls, times) in [(Calls::Writes, 1), (Calls::Writes, 3), (Calls::All, 2), (Calls::All, 4)] {
            cells += 1;
            let what = format!("{fault:?} {times} times on {calls:?}");
            let day = format!("2026-12-{:02}", 2 + cells);
            let wait = waiting(&app, &member, &day).await?;
            let before = audits(&app).await?;
            app.faults.times(times, calls, fault);
            let swept = app.stack().workers.tidy().await;
            app.faults.clear();
            if !matches!(&swept, Ok(Swept { served: 1, .. })) {
                wrong.push(format!("{what}: {swept:?}"));
            }
            if let Err(error) = is_served(&app, &member, &wait, &day).await {
                wrong.push(format!("{what}: {error:#}"));
            }
            let again = app.stack().workers.tidy().await?;
            // The hold, and their place in the line.
            let written = audits(&app).await? - before;
            if (again.served, written) != (0, 2) {
                wrong.push(format!("{what}: served {} again, {written} audit records", again.served));
            }
        }
    }
    assert_eq!(cells, 6 * 4);
    report(&wrong);
    Ok(())
}

#[tokio::test]
async fn a_place_that_cannot_be_given_now_is_kept_and_given_later() -> Result<()> {
    let app = patient().await?;
    let member = app.member().await?;
    let mut wrong = Vec::new();
    for (number, fault) in
        [Fault::Refuse, Fault::Throttle, Fault::ServerError, Fault::Conflict].into_iter().enumerate()
    {
        let day = format!("2026-12-{:02}", 3 + number);
        let wait = waiting(&app, &member, &day).await?;
        let before = audits(&app).await?;
        app.faults.times(FOR_EVER, Calls::Writes, fault);
        let swept = app.stack().workers.tidy().await;
        app.faults.clear();
        let (place, booking) = stands(&member, &wait, &day).await?;
        let untouched = place["status"] == "waiting" && booking.is_none() && audits(&app).await? == before;
        if !untouched || swept.is_ok_and(|swept| swept.served > 0) {
            wrong.push(format!("{fault:?}: {place} {booking:?}"));
        }
        // Whoever waits goes before whoever walks in, also now.
        let walk_in = app.another().await?.post("/api/bookings", &wish_for(ROOM_B, &day, 10, 12)).await?;
        if walk_in.status != 409 {
            wrong.push(format!("{fault:?}: {walk_in:?}"));
        }
        let swept = app.stack().workers.tidy().await?;
        if swept.served != 1 {
            wrong.push(format!("{fault:?}, well again: {swept:?}"));
        }
        if let Err(error) = is_served(&app, &member, &wait, &day).await {
            wrong.push(format!("{fault:?}, well again: {error:#}"));
        }
    }
    report(&wrong);
    Ok(())
}
