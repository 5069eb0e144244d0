//! The same request twice does what it does once, and is answered the same.

use super::*;

/// Sends this twice under one key, then something else under it.
async fn twice(guest: &Guest, method: Method, path: &str, body: &Value, other: &Value) -> Result<Reply> {
    let headers = [("content-type", "application/json"), ("idempotency-key", "once")];
    let send = |body: &Value| {
        let (method, body) = (method.clone(), body.to_string().into_bytes());
        let guest = guest.clone();
        async move { guest.send(method, path, &headers, Some(body)).await }
    };
    let first = send(body).await?;
    assert_eq!((first.status, first.header("idempotent-replayed")), (200, None), "{path}: {first:?}");
    let second = send(body).await?;
    assert_eq!((second.status, &second.body), (200, &first.body), "{path}");
    assert_eq!(second.header("idempotent-replayed"), Some("true"), "{path}");
    assert_eq!(second.header("etag"), first.header("etag"), "{path}");
    assert_problem(&send(other).await?, 422, "idempotency_key_reused");
    Ok(first)
}

async fn twice_on(guest: &Guest, id: &str, verb: &str, body: &Value) -> Result<Reply> {
    let path = format!("/api/bookings/{id}/{verb}");
    twice(guest, Method::POST, &path, body, &with(body.clone(), &json!({"more": true}))).await
}

#[tokio::test]
async fn a_change_happens_once() -> Result<()> {
    let app = start().await?;
    let operator = app.staff("operator").await?;
    let id = booked(&app.member().await?, &free_wish(10, 12)).await?;
    let path = format!("/api/bookings/{id}");
    let (body, other) = (json!({"title": "독서 모임"}), json!({"title": "다른 모임"}));
    let reply = twice(&operator, Method::PATCH, &path, &body, &other).await?;
    assert_eq!(reply.body["data"]["lock_version"], 2);
    Ok(())
}

#[tokio::test]
async fn a_change_of_a_seen_version_is_repeated_though_the_version_has_moved_on() -> Result<()> {
    let app = start().await?;
    let operator = app.staff("operator").await?;
    let id = booked(&app.member().await?, &free_wish(10, 12)).await?;
    let body = json!({"title": "독서 모임", "lock_version": 1});
    let path = format!("/api/bookings/{id}");
    twice(&operator, Method::PATCH, &path, &body, &json!({"title": "다른 모임"})).await?;
    Ok(())
}

#[tokio::test]
async fn a_move_happens_once() -> Result<()> {
    let app = start().await?;
    let (member, operator) = (app.member().await?, app.staff("operator").await?);
    let id = booked(&member, &free_wish(10, 12)).await?;
    let to = json!({"start_time": "2026-12-02T14:00", "end_time": "2026-12-02T16:00"});
    twice_on(&operator, &id, "reschedule", &to).await?;
    assert_eq!(letters(&app, &member.email, "변경").await?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn a_hold_is_extended_once() -> Result<()> {
    let app = start().await?;
    let member = app.member().await?;
    let id = booked(&member, &wish(10, 12)).await?;
    app.clock.advance(60);
    let reply = twice_on(&member, &id, "extend", &json!({})).await?;
    assert_eq!(reply.text("/data/expires_at"), "2026-12-01T08:11:00+09:00");
    Ok(())
}

#[tokio::test]
async fn a_hold_is_confirmed_once() -> Result<()> {
    let app = start().await?;
    let member = app.member().await?;
    let id = booked(&member, &wish(10, 12)).await?;
    twice_on(&app.staff("operator").await?, &id, "confirm", &json!({})).await?;
    assert_eq!(letters(&app, &member.email, "확정").await?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn a_cancellation_happens_once() -> Result<()> {
    let app = start().await?;
    let (member, operator) = (app.member().await?, app.staff("operator").await?);
    let id = booked(&member, &free_wish(10, 12)).await?;
    let path = format!("/api/bookings/{id}");
    let (body, other) = (json!({"reason": "감기"}), json!({"reason": "출장"}));
    twice(&member, Method::DELETE, &path, &body, &other).await?;
    // The same key after it was restored is still the same request.
    act(&operator, &id, "restore", &json!({})).await?;
    let headers = [("content-type", "application/json"), ("idempotency-key", "once")];
    let again = member.send(Method::DELETE, &path, &headers, Some(body.to_string().into_bytes())).await?;
    assert_eq!(again.status, 200);
    assert_eq!(member.status_of(&id).await?, "confirmed");
    Ok(())
}

#[tokio::test]
async fn a_cancellation_by_the_classroom_apps_name_happens_once() -> Result<()> {
    let app = start().await?;
    let member = app.member().await?;
    let id = booked(&member, &free_wish(10, 12)).await?;
    let path = format!("/api/reservations/{id}/cancel");
    twice(&member, Method::PUT, &path, &json!({}), &json!({"more": true})).await?;
    Ok(())
}

#[tokio::test]
async fn a_booking_is_hidden_once() -> Result<()> {
    let app = start().await?;
    let id = booked(&app.member().await?, &free_wish(10, 12)).await?;
    let path = format!("/api/bookings/{id}");
    let (body, other) = (json!({"hard_delete": true}), json!({"hard_delete": true, "reason": "실수"}));
    twice(&app.staff("admin").await?, Method::DELETE, &path, &body, &other).await?;
    Ok(())
}

#[tokio::test]
async fn a_booking_is_restored_once() -> Result<()> {
    let app = start().await?;
    let member = app.member().await?;
    let id = booked(&member, &free_wish(10, 12)).await?;
    cancel(&member, &id, &json!({})).await?;
    twice_on(&app.staff("operator").await?, &id, "restore", &json!({})).await?;
    assert_eq!(letters(&app, &member.email, "복구").await?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn a_request_is_approved_or_rejected_once() -> Result<()> {
    let app = start().await?;
    let (member, operator) = (app.member().await?, app.staff("operator").await?);
    for (rate, verb, status) in
        [(0, "approve", "confirmed"), (20_000, "approve", "held"), (0, "reject", "cancelled")]
    {
        let asked = room(&app, json!({"auto_confirm": false, "hourly_rate": rate})).await?;
        let id = booked(&member, &wish_for(&asked, "2026-12-05", 10, 12)).await?;
        assert_is(&twice_on(&operator, &id, verb, &json!({})).await?, status);
    }
    Ok(())
}

#[tokio::test]
async fn a_status_is_set_once_whatever_that_means() -> Result<()> {
    let app = start().await?;
    let (member, operator) = (app.member().await?, app.staff("operator").await?);
    let asked = room(&app, json!({"auto_confirm": false})).await?;
    let requested = booked(&member, &wish_for(&asked, "2026-12-02", 10, 12)).await?;
    let held = booked(&member, &wish(10, 12)).await?;
    let draft = booked(&operator, &with(free_wish(10, 12), &json!({"draft": true}))).await?;
    let reviewed = booked(&operator, &with(free_wish(14, 16), &json!({"draft": true}))).await?;
    let cancelled = booked(&member, &free_wish(17, 18)).await?;
    cancel(&member, &cancelled, &json!({})).await?;
    for (id, status) in [
        (&requested, "confirmed"),
        (&held, "confirmed"),
        (&draft, "confirmed"),
        (&reviewed, "reviewed"),
        (&cancelled, "confirmed"),
    ] {
        assert_is(&twice_on(&operator, id, "status", &json!({"status": status})).await?, status);
    }
    assert_is(&act(&operator, &held, "status", &json!({"status": "cancelled"})).await?, "cancelled");
    Ok(())
}

#[tokio::test]
async fn two_bookings_are_swapped_once_and_not_back_again() -> Result<()> {
    let app = start().await?;
    let member = app.member().await?;
    let (one, two) = (booked(&member, &free_wish(10, 12)).await?, booked(&member, &free_wish(14, 16)).await?);
    let reply = twice_on(&app.staff("operator").await?, &one, "swap", &json!({"with": two})).await?;
    assert_eq!(reply.text("/data/start_time"), "2026-12-02T14:00:00+09:00");
    assert_eq!(seen(&member, &two).await?["start_time"], "2026-12-02T10:00:00+09:00");
    Ok(())
}

#[tokio::test]
async fn somebody_comes_stays_or_is_missed_once() -> Result<()> {
    let app = start().await?;
    let member = app.member().await?;
    let (came, stayed, missed) = (
        booked(&member, &free_wish(10, 12)).await?,
        booked(&app.staff("operator").await?, &with(wish(10, 12), &json!({"confirm": true}))).await?,
        booked(&member, &wish_for(&room(&app, json!({})).await?, "2026-12-02", 10, 12)).await?,
    );
    until(&app, "2026-12-02T10:00:00+09:00")?;
    let operator = app.staff("operator").await?;
    for (id, verb, status) in [
        (&came, "check-in", "confirmed"),
        (&stayed, "complete", "completed"),
        (&missed, "no-show", "no_show"),
    ] {
        assert_is(&twice_on(&operator, id, verb, &json!({})).await?, status);
    }
    Ok(())
}

#[tokio::test]
async fn parallel_twins_of_a_status_are_all_answered_alike() -> Result<()> {
    let app = start().await?;
    let (member, operator) = (app.member().await?, app.staff("operator").await?);
    let asked = room(&app, json!({"auto_confirm": false})).await?;
    let id = booked(&member, &wish_for(&asked, "2026-12-02", 10, 12)).await?;
    let (path, body) = (format!("/api/bookings/{id}/status"), json!({"status": "confirmed"}));
    let twins = (0..8).map(|_| operator.post_with(&path, &body, &[("idempotency-key", "twin")]));
    let replies = futures::future::try_join_all(twins).await?;
    assert!(replies.iter().all(|reply| reply.status == 200), "{replies:?}");
    assert!(replies.iter().all(|reply| reply.body == replies[0].body), "{replies:?}");
    assert_eq!(letters(&app, &member.email, "승인").await?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn a_refusal_is_not_remembered() -> Result<()> {
    let app = start().await?;
    let (member, another) = (app.member().await?, app.another().await?);
    let theirs = booked(&another, &free_wish(10, 12)).await?;
    let key = [("idempotency-key", "later")];
    assert_eq!(member.post_with("/api/bookings", &free_wish(10, 12), &key).await?.status, 409);
    cancel(&another, &theirs, &json!({})).await?;
    let reply = member.post_with("/api/bookings", &free_wish(10, 12), &key).await?;
    assert_eq!((reply.status, reply.header("idempotent-replayed")), (201, None));
    Ok(())
}
