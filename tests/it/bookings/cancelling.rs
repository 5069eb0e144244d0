//! Cancelling, by the terms a booking was made on.

use super::*;

/// A room at 20,000 won an hour on these terms.
async fn on_terms(app: &App, policy: Value) -> Result<String> {
    room(app, json!({"hourly_rate": 20_000, "cancellation_policy": policy})).await
}

async fn preview(guest: &Guest, id: &str) -> Result<Value> {
    let reply = guest.post(&format!("/api/bookings/{id}/cancel-preview"), &json!({})).await?;
    ensure!(reply.status == 200, "{reply:?}");
    Ok(reply.body["data"].clone())
}

/// Books and pays two hours of the 10th from ten o'clock (40,000 won) in a room on these terms; at each of
/// these instants another such booking is cancelled, and this is paid back.
async fn paid_back(policy: Value, rule: &str, cases: &[(&str, i64)]) -> Result<()> {
    let app = start().await?;
    let room = on_terms(&app, policy.clone()).await?;
    let mut bookings = Vec::new();
    for (at, amount) in cases {
        // Each in a room of its own, so that they can be at the same time.
        let room = if bookings.is_empty() { room.clone() } else { on_terms(&app, policy.clone()).await? };
        let id = paid(&app, &app.member().await?, &wish_for(&room, "2026-12-10", 10, 12)).await?;
        bookings.push((id, room, at, *amount));
    }
    for (id, room, at, amount) in bookings {
        until(&app, at)?;
        let member = app.member().await?;
        let shown = preview(&member, &id).await?;
        assert_eq!((&shown["refund_amount"], &shown["rule"]), (&json!(amount), &json!(rule)), "{at}");
        assert_eq!((&shown["possible"], &shown["paid_amount"]), (&json!(true), &json!(40_000)));
        assert_eq!(shown["cancellation_policy"], policy);
        let reply = cancel(&member, &id, &json!({})).await?;
        assert_is(&reply, "cancelled");
        assert_eq!(reply.body["data"]["refund_amount"], amount, "{at}");
        assert_eq!(seen(&member, &id).await?["refund_amount"], amount);
        assert_eq!(free(&app, &room, "2026-12-10").await?.len(), 1, "the whole day is free");
    }
    Ok(())
}

#[tokio::test]
async fn free_until_means_everything_to_the_second_and_then_nothing() -> Result<()> {
    let cases = [("2026-12-08T10:00:00+09:00", 40_000), ("2026-12-08T10:00:01+09:00", 0)];
    paid_back(json!({"kind": "free_until", "hours": 48}), "free_until", &cases).await
}

#[tokio::test]
async fn stages_pay_back_less_and_less() -> Result<()> {
    let stages =
        json!([{"hours": 72, "percent": 100}, {"hours": 24, "percent": 50}, {"hours": 1, "percent": 33}]);
    let cases = [
        ("2026-12-07T10:00:00+09:00", 40_000),
        ("2026-12-07T10:00:01+09:00", 20_000),
        ("2026-12-09T10:00:01+09:00", 13_200),
        ("2026-12-10T09:00:01+09:00", 0),
    ];
    paid_back(json!({"kind": "staged", "stages": stages}), "staged", &cases).await
}

#[tokio::test]
async fn an_academy_pays_back_by_what_was_taught() -> Result<()> {
    let cases = [("2026-12-10T09:59:59+09:00", 40_000), ("2026-12-10T10:00:00+09:00", 26_667)];
    let app = start().await?;
    let policy = json!({"kind": "academy"});
    for (at, amount) in cases {
        let room = on_terms(&app, policy.clone()).await?;
        let id = paid(&app, &app.member().await?, &wish_for(&room, "2026-12-10", 10, 12)).await?;
        until(&app, at)?;
        let member = app.member().await?;
        let shown = preview(&member, &id).await?;
        assert_eq!((&shown["refund_amount"], &shown["rule"]), (&json!(amount), &json!("academy")), "{at}");
        let reply = cancel(&member, &id, &json!({})).await?;
        assert_eq!(reply.body["data"]["refund_amount"], amount, "{at}");
        if amount == 40_000 {
            continue;
        }
        assert!(letters(&app, &member.email, "취소").await?.last().unwrap().contains("26667"));
    }
    Ok(())
}

#[tokio::test]
async fn terms_that_change_later_do_not_matter() -> Result<()> {
    let app = start().await?;
    let room = on_terms(&app, json!({"kind": "free_until", "hours": 24})).await?;
    let member = app.member().await?;
    let id = paid(&app, &member, &wish_for(&room, "2026-12-10", 10, 12)).await?;
    let harsher = json!({"kind": "staged", "stages": [{"hours": 1000, "percent": 10}]});
    change_room(&app, &room, json!({"cancellation_policy": harsher})).await?;
    let before = preview(&member, &id).await?;
    assert_eq!((&before["refund_amount"], &before["rule"]), (&json!(40_000), &json!("free_until")));
    let reply = cancel(&member, &id, &json!({})).await?;
    assert_eq!(reply.body["data"]["refund_amount"], 40_000);
    assert_eq!(reply.body["data"]["cancellation_policy"], json!({"kind": "free_until", "hours": 24}));
    let later = paid(&app, &member, &wish_for(&room, "2026-12-10", 14, 16)).await?;
    assert_eq!(cancel(&member, &later, &json!({})).await?.body["data"]["refund_amount"], 0);
    Ok(())
}

#[tokio::test]
async fn nothing_is_paid_back_of_what_was_not_paid() -> Result<()> {
    let app = start().await?;
    let member = app.member().await?;
    let id = booked(&member, &wish(10, 12)).await?;
    let shown = preview(&member, &id).await?;
    assert_eq!((&shown["refund_amount"], &shown["paid_amount"]), (&json!(0), &json!(0)));
    let reply = cancel(&member, &id, &json!({})).await?;
    assert_eq!(reply.body["data"]["refund_amount"], Value::Null);
    Ok(())
}

#[tokio::test]
async fn staff_pay_back_all_or_nothing_and_members_do_not_choose() -> Result<()> {
    let app = start().await?;
    let (member, operator) = (app.member().await?, app.staff("operator").await?);
    let room = on_terms(&app, json!({"kind": "staged", "stages": [{"hours": 24, "percent": 50}]})).await?;
    for (hour, wish, amount) in
        [(9, "full", 40_000), (11, "none", 0), (13, "policy", 20_000), (15, "full", 40_000)]
    {
        let id = paid(&app, &member, &wish_for(&room, "2026-12-10", hour, hour + 2)).await?;
        for wish in ["full", "none"] {
            let refused = cancel(&member, &id, &json!({"refund": wish})).await?;
            assert_eq!((refused.status, refused.text("/code").as_str()), (403, "forbidden"));
        }
        assert_eq!(member.status_of(&id).await?, "confirmed");
        let reply = cancel(&operator, &id, &json!({"refund": wish})).await?;
        assert_is(&reply, "cancelled");
        assert_eq!(reply.body["data"]["refund_amount"], amount, "{wish}");
    }
    let id = paid(&app, &member, &wish_for(&room, "2026-12-11", 9, 11)).await?;
    assert_field(&cancel(&operator, &id, &json!({"refund": "half"})).await?, "/refund", "unknown");
    assert_is(&cancel(&member, &id, &json!({"refund": "policy"})).await?, "cancelled");
    Ok(())
}

#[tokio::test]
async fn cancelling_twice_answers_the_same_whatever_is_asked_the_second_time() -> Result<()> {
    let app = start().await?;
    let (member, operator) = (app.member().await?, app.staff("operator").await?);
    let id = paid(&app, &member, &wish(10, 12)).await?;
    let first = cancel(&member, &id, &json!({"reason": "감기"})).await?;
    app.clock.advance(60);
    for again in
        [cancel(&member, &id, &json!({})).await?, cancel(&operator, &id, &json!({"refund": "none"})).await?]
    {
        assert_eq!((again.status, &again.body), (200, &first.body));
    }
    let told = letters(&app, &member.email, "취소").await?;
    assert!(told.len() == 1 && told[0].contains("감기") && told[0].contains("40000"), "{told:?}");
    Ok(())
}

#[tokio::test]
async fn a_preview_is_for_whoever_may_cancel_and_changes_nothing() -> Result<()> {
    let app = start().await?;
    let member = app.member().await?;
    let id = booked(&member, &free_wish(10, 12)).await?;
    for (who, guest, status) in [
        ("its owner", member.clone(), 200),
        ("another", app.another().await?, 404),
        ("a viewer", app.staff("viewer").await?, 403),
        ("an operator", app.staff("operator").await?, 200),
        ("a stranger", app.stranger(), 401),
    ] {
        let reply = guest.post(&format!("/api/bookings/{id}/cancel-preview"), &json!({})).await?;
        assert_eq!(reply.status, status, "{who}");
    }
    assert_eq!(seen(&member, &id).await?["lock_version"], 1);
    cancel(&member, &id, &json!({})).await?;
    let shown = preview(&member, &id).await?;
    assert_eq!((&shown["possible"], &shown["status"]), (&json!(false), &json!("cancelled")));
    Ok(())
}

#[tokio::test]
async fn what_is_over_is_cancelled_by_staff_only_and_the_preview_says_so() -> Result<()> {
    let app = start().await?;
    let id = booked(&app.member().await?, &free_wish(10, 12)).await?;
    until(&app, "2026-12-02T12:00:00+09:00")?;
    let (member, operator) = (app.member().await?, app.staff("operator").await?);
    assert_eq!(preview(&member, &id).await?["possible"], false);
    assert_eq!(preview(&operator, &id).await?["possible"], true);
    assert_problem(&cancel(&member, &id, &json!({})).await?, 409, "over");
    assert_is(&cancel(&operator, &id, &json!({})).await?, "cancelled");
    Ok(())
}

#[tokio::test]
async fn what_took_place_is_not_cancelled() -> Result<()> {
    let app = start().await?;
    let id = booked(&app.member().await?, &free_wish(10, 12)).await?;
    until(&app, "2026-12-02T10:00:00+09:00")?;
    let operator = app.staff("operator").await?;
    act(&operator, &id, "complete", &json!({})).await?;
    assert_eq!(preview(&operator, &id).await?["possible"], false);
    let refused = cancel(&operator, &id, &json!({})).await?;
    assert_problem(&refused, 409, "wrong_status");
    assert_eq!(refused.text("/current_status"), "completed");
    Ok(())
}

// ---- hidden ---------------------------------------------------------------------------------------

#[tokio::test]
async fn a_hidden_booking_is_there_for_nobody_and_its_hours_are_free() -> Result<()> {
    let app = start().await?;
    let member = app.member().await?;
    let id = booked(&member, &free_wish(10, 12)).await?;
    let hide = json!({"hard_delete": true, "reason": "잘못 들어옴"});
    for (who, guest, status) in [
        ("its owner", member.clone(), 403),
        ("an operator", app.staff("operator").await?, 403),
        ("a machine", app.machine(), 403),
        ("a viewer", app.staff("viewer").await?, 403),
        ("another", app.another().await?, 403),
        ("a stranger", app.stranger(), 401),
    ] {
        assert_eq!(cancel(&guest, &id, &hide).await?.status, status, "{who}");
    }
    assert_eq!(member.status_of(&id).await?, "confirmed");
    let admin = app.staff("admin").await?;
    assert_is(&cancel(&admin, &id, &hide).await?, "cancelled");
    for guest in [&member, &admin, &app.staff("owner").await?] {
        assert_eq!(guest.get(&format!("/api/bookings/{id}")).await?.status, 404);
        assert_eq!(act(guest, &id, "extend", &json!({})).await?.status, 404);
    }
    assert_eq!(act(&admin, &id, "restore", &json!({})).await?.status, 404);
    assert_eq!(member.get("/api/bookings").await?.body["data"], json!([]));
    let desk = admin.get("/api/day?date=2026-12-02").await?;
    assert!(!desk.body.to_string().contains(&id));
    assert_eq!(free(&app, ROOM_B, "2026-12-02").await?, ["09:00–22:00"]);
    let trail = crate::trail::of(app.stack(), &format!("booking#{id}")).await?;
    let last = trail.last().unwrap();
    assert_eq!((last.action.as_str(), last.reason.as_deref()), ("booking.hidden", Some("잘못 들어옴")));
    assert_eq!(cancel(&admin, &id, &hide).await?.status, 404);
    Ok(())
}

#[tokio::test]
async fn what_was_paid_of_a_hidden_booking_is_recorded_to_be_paid_back() -> Result<()> {
    let app = start().await?;
    let (member, admin) = (app.member().await?, app.staff("admin").await?);
    let id = paid(&app, &member, &wish_for(ROOM_A, "2026-12-10", 10, 12)).await?;
    let reply = cancel(&admin, &id, &json!({"hard_delete": true})).await?;
    assert_is(&reply, "cancelled");
    assert_eq!(reply.body["data"]["refund_amount"], 40_000);
    assert_eq!(free(&app, ROOM_A, "2026-12-10").await?, ["09:00–22:00"]);
    Ok(())
}

#[tokio::test]
async fn an_instructor_cancels_their_own_but_nobody_elses() -> Result<()> {
    let app = start().await?;
    let instructor = app.staff("instructor").await?;
    let own = booked(&instructor, &free_wish(10, 12)).await?;
    let id = booked(&app.member().await?, &free_wish(14, 16)).await?;
    assert_eq!(cancel(&instructor, &id, &json!({})).await?.status, 404);
    assert_is(&cancel(&instructor, &own, &json!({})).await?, "cancelled");
    Ok(())
}
