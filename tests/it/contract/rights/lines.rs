//! Waiting lines and what the clock brings: offers, reminders, what took place and what did not.

use harness::people::TOUR;

use super::*;

/// Who waits, and who comes.
pub(super) async fn live(app: &App) -> Result<()> {
    let (member, other, operator) = (app.member().await?, app.another().await?, app.staff("operator").await?);
    let key = [("idempotency-key", "w")];
    let hours = free_wish(20, 21);
    let taken = member.book(&hours).await?;
    good(other.post_with("/api/waitlist", &hours, &key).await?)?;
    let again = other.post("/api/waitlist", &hours).await?;
    ensure!(again.text("/code") == "already_waiting", "{again:?}");
    good(other.get("/api/waitlist").await?)?;
    good(member.delete(&format!("/api/bookings/{}", taken["id"].as_str().context("no id")?)).await?)?;

    // One seat, and two who want it.
    let departures = format!("/tours/{TOUR}/departures");
    let seats = |seats: u8| json!({"date": "2026-12-03", "time": "09:00", "seats": seats}).to_string();
    let json = [("content-type", "application/json")];
    good(operator.send(Method::PUT, &departures, &json, Some(seats(1).into_bytes())).await?)?;
    let mut seat = json!({
        "tour_id": TOUR, "usage_date": "2026-12-03", "usage_time": "09:00", "people_adult": 1,
    });
    let free = other.post("/api/waitlist", &seat).await?;
    ensure!(free.text("/code") == "free_now", "{free:?}");
    good(member.post("/api/bookings", &seat).await?)?;
    good(other.post("/api/waitlist", &seat).await?)?;
    good(operator.send(Method::PUT, &departures, &json, Some(seats(2).into_bytes())).await?)?;
    let swept = app.stack().workers.tidy().await?;
    ensure!(swept.served == 2, "{swept:?}");

    // Firm at once, so it is told by letter; a day before it begins its person is reminded.
    (seat["usage_time"], seat["confirm"]) = (json!("14:00"), json!(true));
    seat["contact"] = json!({"name": "김", "email": "kim@example.kr"});
    good(operator.post("/api/bookings", &seat).await?)?;
    good(member.post("/api/bookings", &free_wish(12, 13)).await?)?;
    let mails = app.mails("kim@example.kr").await?;
    ensure!(mails.len() == 1, "{mails:?}");
    Ok(())
}

/// Two days on: who comes is reminded, and what took place is over.
pub(super) async fn days_pass(app: &App) -> Result<()> {
    app.clock.advance(20 * 3600);
    let reminded = app.stack().workers.remind().await?;
    ensure!(reminded >= 1, "{reminded}");
    app.clock.advance(40 * 3600);
    let swept = app.stack().workers.tidy().await?;
    ensure!(swept.completed >= 1, "{swept:?}");
    Ok(())
}
