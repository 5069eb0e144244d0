//! What came free becomes an offer, which is accepted or lapses.

use super::*;

/// Hours of the free room that come free while somebody waits for them: who waits, their place, and the
/// walk-in's own wish.
async fn freed(app: &App) -> Result<(Guest, String, Value)> {
    let (member, another) = (app.member().await?, app.another().await?);
    let booking = member.book(&free_wish(10, 12)).await?;
    let place = join(&another, &free_wish(10, 12)).await?;
    cancel(&member, &booking).await?;
    Ok((another, place, free_wish(10, 12)))
}

#[tokio::test]
async fn what_comes_free_is_not_free_for_who_walks_in() -> Result<()> {
    let app = App::start().await?;
    let (waiter, _, wish) = freed(&app).await?;
    let member = app.member().await?;
    let refused = member.post("/api/bookings", &wish).await?;
    assert_eq!(refusal(&refused), (409, "slot_taken".into()));
    assert_eq!(refused.body["alternatives"][0]["start_time"], "2026-12-02T12:00:00+09:00");
    assert_eq!(refusal(&member.post("/api/bookings", &free_wish(11, 12)).await?), (409, "slot_taken".into()));
    assert_eq!(
        waiter.post("/api/bookings", &wish).await?.status,
        409,
        "nor for who waits, until it is offered"
    );
    let free = app.stranger().get(&format!("/rooms/{ROOM_B}/availability?from=2026-12-02")).await?;
    let free = &free.body["data"][0]["free"];
    assert_eq!(free[1]["start_time"], "2026-12-02T12:00:00+09:00");
    Ok(())
}

#[tokio::test]
async fn the_first_in_line_gets_a_hold_of_half_an_hour_and_a_letter() -> Result<()> {
    let app = App::start().await?;
    let (waiter, place, _) = freed(&app).await?;
    assert_eq!(served(&app).await?, 1);
    let booking = offer(&waiter, &place).await?;
    assert_eq!((&booking["status"], &booking["title"]), (&json!("held"), &json!("정기 모임")));
    assert_eq!(booking["expires_at"], "2026-12-01T08:30:00+09:00");
    let mails = app.mails(&waiter.email).await?;
    let told: Vec<_> =
        mails.iter().filter(|mail| mail.subject.contains("기다리시던 자리가 났습니다")).collect();
    assert_eq!(told.len(), 1, "{mails:?}");
    assert!(told[0].text.contains("2026-12-02 10:00–12:00") && told[0].text.contains("2026-12-01 08:30"));
    assert_eq!(served(&app).await?, 0, "once");
    Ok(())
}

#[tokio::test]
async fn who_may_not_sign_in_any_more_is_passed_over() -> Result<()> {
    let app = App::start().await?;
    let (waiter, _, _) = freed(&app).await?;
    let next = app.member().await?;
    let theirs = join(&next, &free_wish(10, 12)).await?;
    let shut_out = waiter.get("/me").await?.text("/data/user_id");
    let ban = format!("/admin/users/{shut_out}/ban");
    let reply = app.staff("admin").await?.post(&ban, &json!({"reason": "노쇼 3회"})).await?;
    ensure!(reply.status == 200, "{reply:?}");
    assert_eq!(served(&app).await?, 2, "one is struck off, the next served");
    assert_eq!(offer(&next, &theirs).await?["status"], "held");
    assert!(app.mails(&waiter.email).await?.iter().all(|mail| !mail.subject.contains("자리가 났습니다")));
    Ok(())
}

#[tokio::test]
async fn an_offer_in_a_room_free_of_charge_is_accepted_by_confirming() -> Result<()> {
    let app = App::start().await?;
    let (waiter, place, wish) = freed(&app).await?;
    served(&app).await?;
    let path = path_of(&offer(&waiter, &place).await?);
    let stranger = app.member().await?.post(&format!("{path}/confirm"), &json!({})).await?;
    assert_eq!(stranger.status, 404);
    app.clock.advance(OFFER - 1);
    let accepted = waiter.post(&format!("{path}/confirm"), &json!({})).await?;
    assert_eq!((accepted.status, accepted.text("/data/status")), (200, "confirmed".into()), "{accepted:?}");
    app.clock.advance(OFFER);
    assert_eq!(app.stack().workers.tidy().await?.expired, 0);
    assert_eq!(refusal(&app.member().await?.post("/api/bookings", &wish).await?), (409, "slot_taken".into()));
    Ok(())
}

#[tokio::test]
async fn an_offer_that_costs_something_is_accepted_by_paying() -> Result<()> {
    let app = App::start().await?;
    let (member, another) = (app.member().await?, app.another().await?);
    let booking = member.book(&wish(10, 12)).await?;
    let place = join(&another, &wish(10, 12)).await?;
    cancel(&member, &booking).await?;
    served(&app).await?;
    let booking = offer(&another, &place).await?;
    assert_eq!((&booking["status"], &booking["amount"]), (&json!("held"), &json!(40_000)));
    let unpaid = another.post(&format!("{}/confirm", path_of(&booking)), &json!({})).await?;
    assert_eq!(refusal(&unpaid), (409, "unpaid".into()));
    let ready = another.post("/payments/ready", &json!({"booking_id": booking["id"]})).await?;
    assert_eq!((ready.status, ready.text("/amount")), (200, "40000".into()), "{ready:?}");
    app.clock.advance(OFFER - 1);
    let key = app.authenticate(&ready.text("/order_id"), 40_000);
    assert_eq!(another.confirm(&key, &ready.text("/order_id"), 40_000).await?.status, 200);
    assert_eq!(another.get(&path_of(&booking)).await?.text("/data/status"), "confirmed");
    Ok(())
}

#[tokio::test]
async fn an_offer_that_lapses_goes_to_the_next_in_line() -> Result<()> {
    let app = App::start().await?;
    let (first, first_place, wish) = freed(&app).await?;
    let second = app.staff("instructor").await?;
    let second_place = join(&second, &wish).await?;
    assert_eq!(served(&app).await?, 1);
    let booking = offer(&first, &first_place).await?;
    assert_eq!(status(&second, &second_place).await?, "waiting");
    app.clock.advance(OFFER - 1);
    assert_eq!(served(&app).await?, 0);
    app.clock.advance(1);
    assert_eq!(
        refusal(&app.member().await?.post("/api/bookings", &wish).await?),
        (409, "slot_taken".into()),
        "it is the next one's already"
    );
    let swept = app.stack().workers.tidy().await?;
    assert_eq!((swept.expired, swept.served), (1, 1));
    assert_eq!(first.get(&path_of(&booking)).await?.text("/data/status"), "expired");
    assert_eq!(offer(&second, &second_place).await?["expires_at"], "2026-12-01T09:00:00+09:00");
    app.clock.advance(OFFER);
    app.stack().workers.tidy().await?;
    app.member().await?.book(&wish).await?;
    Ok(())
}

#[tokio::test]
async fn an_offer_that_is_declined_goes_to_the_next_in_line() -> Result<()> {
    let app = App::start().await?;
    let (first, first_place, wish) = freed(&app).await?;
    let second = app.staff("instructor").await?;
    let second_place = join(&second, &wish).await?;
    served(&app).await?;
    cancel(&first, &offer(&first, &first_place).await?).await?;
    assert_eq!(served(&app).await?, 1);
    assert_eq!(offer(&second, &second_place).await?["status"], "held");
    Ok(())
}

#[tokio::test]
async fn a_hold_nobody_pays_for_goes_to_who_waits_and_not_to_who_walks_in() -> Result<()> {
    let app = App::start().await?;
    let (member, another) = (app.member().await?, app.another().await?);
    let hold = member.book(&wish(10, 12)).await?;
    let place = join(&another, &wish(10, 12)).await?;
    app.clock.advance(600);
    let walk_in = app.staff("instructor").await?;
    assert_eq!(refusal(&walk_in.post("/api/bookings", &wish(10, 12)).await?), (409, "slot_taken".into()));
    let swept = app.stack().workers.tidy().await?;
    assert_eq!((swept.expired, swept.served), (1, 1));
    assert_eq!(member.get(&path_of(&hold)).await?.text("/data/status"), "expired");
    assert_eq!(offer(&another, &place).await?["status"], "held");
    Ok(())
}

#[tokio::test]
async fn where_staff_approve_what_came_free_is_a_request_of_who_waited() -> Result<()> {
    let app = App::start().await?;
    let room = room(&app, json!({"auto_confirm": false})).await?;
    let wish = wish_for(&room, "2026-12-02", 10, 11);
    let (member, another) = (app.member().await?, app.another().await?);
    let booking = member.book(&wish).await?;
    let place = join(&another, &wish).await?;
    cancel(&member, &booking).await?;
    served(&app).await?;
    let booking = offer(&another, &place).await?;
    assert_eq!((&booking["status"], &booking["expires_at"]), (&json!("pending"), &Value::Null));
    Ok(())
}
