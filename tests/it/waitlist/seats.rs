//! Waiting for seats of a departure.

use super::*;

fn morning(tour: &str, adults: u16) -> Value {
    seats(tour, "2026-12-02", "09:00", adults)
}

#[tokio::test]
async fn only_those_whose_party_fits_now_go_before_who_walks_in() -> Result<()> {
    let app = App::start().await?;
    let tour = tour(&app, json!({})).await?;
    let (member, another, third) =
        (app.member().await?, app.another().await?, app.staff("instructor").await?);
    member.book(&morning(&tour, 5)).await?;
    let three = member.book(&morning(&tour, 3)).await?;
    assert_eq!(refusal(&ask(&another, &morning(&tour, 2)).await?), (409, "free_now".into()));
    let place = join(&another, &morning(&tour, 3)).await?;
    // Two are free, three are waited for.
    let two = third.book(&morning(&tour, 2)).await?;
    cancel(&member, &three).await?;
    assert_eq!(refusal(&third.post("/api/bookings", &morning(&tour, 1)).await?), (409, "slot_taken".into()));
    cancel(&third, &two).await?;
    // Five are free, three of them are spoken for.
    assert_eq!(refusal(&third.post("/api/bookings", &morning(&tour, 3)).await?), (409, "slot_taken".into()));
    third.book(&morning(&tour, 2)).await?;
    assert_eq!(served(&app).await?, 1);
    let booking = offer(&another, &place).await?;
    assert_eq!((&booking["people_adult"], &booking["amount"]), (&json!(3), &json!(150_000)));
    Ok(())
}

#[tokio::test]
async fn a_large_party_does_not_stop_a_small_one_behind_it() -> Result<()> {
    let app = App::start().await?;
    let tour = tour(&app, json!({})).await?;
    let (member, another, third) =
        (app.member().await?, app.another().await?, app.staff("instructor").await?);
    member.book(&morning(&tour, 8)).await?;
    let two = member.book(&morning(&tour, 2)).await?;
    let large = join(&another, &morning(&tour, 4)).await?;
    let small = join(&third, &morning(&tour, 1)).await?;
    cancel(&member, &two).await?;
    assert_eq!(served(&app).await?, 1);
    assert_eq!(
        (status(&another, &large).await?, status(&third, &small).await?),
        ("waiting".into(), "offered".into())
    );
    app.staff("viewer").await?.book(&morning(&tour, 1)).await?;
    Ok(())
}

#[tokio::test]
async fn a_wait_for_one_departure_is_not_for_another() -> Result<()> {
    let app = App::start().await?;
    let tour = tour(&app, json!({})).await?;
    let (member, another) = (app.member().await?, app.another().await?);
    let morning_party = member.book(&morning(&tour, 10)).await?;
    member.book(&seats(&tour, "2026-12-02", "14:00", 10)).await?;
    let place = join(&another, &seats(&tour, "2026-12-02", "14:00", 1)).await?;
    cancel(&member, &morning_party).await?;
    assert_eq!((served(&app).await?, status(&another, &place).await?), (0, "waiting".into()));
    app.staff("instructor").await?.book(&morning(&tour, 10)).await?;
    Ok(())
}

#[tokio::test]
async fn more_seats_of_a_departure_go_to_who_waits() -> Result<()> {
    let app = App::start().await?;
    let tour = tour(&app, json!({})).await?;
    let (member, another) = (app.member().await?, app.another().await?);
    member.book(&morning(&tour, 10)).await?;
    let place = join(&another, &morning(&tour, 2)).await?;
    let more = json!({"date": "2026-12-02", "time": "09:00", "seats": 12});
    let put = app.staff("operator").await?;
    let body = Some(more.to_string().into_bytes());
    let headers = [("content-type", "application/json")];
    let path = format!("/tours/{tour}/departures");
    assert_eq!(put.send(reqwest::Method::PUT, &path, &headers, body).await?.status, 200);
    assert_eq!(refusal(&member.post("/api/bookings", &morning(&tour, 1)).await?), (409, "slot_taken".into()));
    assert_eq!((served(&app).await?, offer(&another, &place).await?["status"].clone()), (1, json!("held")));
    Ok(())
}

#[tokio::test]
async fn who_waits_keeps_their_pickup_and_what_they_wrote() -> Result<()> {
    let app = App::start().await?;
    let tour = tour(&app, json!({"pickups": ["공항"]})).await?;
    let (member, another) = (app.member().await?, app.another().await?);
    let booking = member.book(&morning(&tour, 10)).await?;
    let mut wish = morning(&tour, 2);
    wish["pickup"] = json!("공항");
    wish["description"] = json!("유모차 한 대");
    let place = join(&another, &wish).await?;
    cancel(&member, &booking).await?;
    assert_eq!(served(&app).await?, 1);
    let booking = offer(&another, &place).await?;
    assert_eq!((&booking["pickup"], &booking["description"]), (&json!("공항"), &json!("유모차 한 대")));
    assert_eq!(booking["title"], "경복궁 산책");
    Ok(())
}
