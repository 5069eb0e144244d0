//! Orders nobody paid, and who may see payments.

use super::*;

#[tokio::test]
async fn the_checker_closes_an_order_nobody_paid() -> Result<()> {
    let app = patient().await?;
    let member = app.member().await?;
    let (id, order, key) = member.up_to_the_window(&app, &wish(10, 12)).await?;
    assert_eq!(check_after(&app, 45 * 60 - 1).await?, Checked::default());
    assert_eq!(check_after(&app, 1).await?, Checked { expired: 1, ..Checked::default() });
    assert_eq!(app.stack().workers.check().await?, Checked::default());
    assert_problem(&member.confirm(&key, &order, 40_000).await?, 409, "order_closed");
    assert_eq!(app.stack().outsiders.toss.confirm_calls(), 0);
    assert_eq!(app.stack().workers.sweep().await?, 1);
    assert_eq!(member.status_of(&id).await?, "expired");
    assert_eq!(actions(&trail(&app, &order).await?), ["payment.readied", "payment.expired"]);
    Ok(())
}

// ---- who sees, and who may cancel -----------------------------------------------------------------

#[tokio::test]
async fn a_payment_is_shown_to_its_payer_and_to_staff_who_may_read_payments() -> Result<()> {
    let app = patient().await?;
    let member = app.member().await?;
    let (_, order, key) = member.up_to_the_window(&app, &wish(10, 12)).await?;
    assert_problem(&payment(&member, &key).await?, 404, "not_found");
    assert_eq!(member.confirm(&key, &order, 40_000).await?.status, 200);
    let own = payment(&member, &key).await?;
    assert_done(&own, &order, 40_000);
    assert_eq!(own.header("etag"), Some("\"3\""));
    for role in ["owner", "admin", "operator"] {
        assert_eq!(payment(&app.staff(role).await?, &key).await?.body, own.body, "{role}");
    }
    assert_eq!(payment(&app.machine(), &key).await?.body, own.body, "the operator's API key");
    for role in ["viewer", "instructor"] {
        assert_problem(&payment(&app.staff(role).await?, &key).await?, 404, "not_found");
    }
    assert_problem(&payment(&app.another().await?, &key).await?, 404, "not_found");
    assert_problem(&payment(&app.stranger(), &key).await?, 401, "unauthorized");
    let mut forged = app.stranger();
    forged.api_key = Some("mk_AAAA".into());
    assert_problem(&payment(&forged, &key).await?, 401, "unauthorized");
    assert_eq!(payment(&member, &order).await?.body, own.body, "by its order, too");
    assert_problem(&payment(&app.another().await?, &order).await?, 404, "not_found");
    for nothing in ["nothing", "...", "%2e%2e%2fx", "key%23x"] {
        assert_eq!(payment(&member, nothing).await?.status, 404, "{nothing}");
    }
    Ok(())
}

#[tokio::test]
async fn what_is_being_paid_is_not_cancelled() -> Result<()> {
    let app = hasty().await?;
    let member = app.member().await?;
    let staff = app.staff("operator").await?;
    let (id, order, key) = member.up_to_the_window(&app, &wish(10, 12)).await?;
    app.stack().outsiders.toss.next([Behaviour::Error500]);
    assert_pending(&member.confirm(&key, &order, 40_000).await?, &key, &order);
    for guest in [&member, &staff] {
        let reply = cancel(guest, &id).await?;
        assert_problem(&reply, 409, "wrong_status");
        assert_eq!(reply.text("/current_status"), "paying");
    }
    assert_eq!(check_after(&app, 60).await?, Checked { captured: 1, ..Checked::default() });
    assert_eq!(member.status_of(&id).await?, "confirmed");
    Ok(())
}

#[tokio::test]
async fn what_is_paid_is_cancelled_by_the_terms_it_was_booked_on_and_the_refund_due_is_recorded() -> Result<()>
{
    let app = patient().await?;
    let (member, staff) = (app.member().await?, app.staff("operator").await?);
    let paid = async |day: &str, from: u8| {
        let (id, order, key) = member.up_to_the_window(&app, &wish_for(ROOM_A, day, from, from + 1)).await?;
        ensure!(member.confirm(&key, &order, 20_000).await?.status == 200, "{day} {from}");
        Ok::<_, anyhow::Error>(id)
    };
    // A day and two hours ahead, and this evening: the room's terms pay back until a day before.
    let (early, late) = (paid("2026-12-02", 10).await?, paid("2026-12-01", 20).await?);
    let (kind, gone) = (paid("2026-12-01", 21).await?, paid("2026-12-03", 10).await?);
    let room = format!("/rooms/{ROOM_A}");
    let never = json!({"cancellation_policy": {"kind": "free_until", "hours": 720}, "lock_version": 1});
    let changed = app.staff("admin").await?.patch(&room, &never).await?;
    assert_eq!(changed.status, 200, "{changed:?}");
    for (id, due) in [(&early, 20_000), (&late, 0)] {
        let preview = member.post(&format!("/api/bookings/{id}/cancel-preview"), &json!({})).await?;
        let preview = &preview.body["data"];
        assert_eq!((&preview["possible"], &preview["refund_amount"]), (&json!(true), &json!(due)));
        let cancelled = cancel(&member, id).await?;
        assert_eq!((cancelled.status, cancelled.text("/data/status").as_str()), (200, "cancelled"));
        assert_eq!(cancelled.body["data"]["refund_amount"], due, "{cancelled:?}");
        assert_eq!(cancelled.body["data"]["paid_amount"], 20_000);
        assert_eq!(booking(&member, id).await?.body["data"], cancelled.body["data"]);
    }
    // What is paid back otherwise than by the terms is the staff's to say.
    for (id, refund, due) in [(&kind, "full", 20_000), (&gone, "none", 0)] {
        let wish = json!({"refund": refund}).to_string().into_bytes();
        let json = [("content-type", "application/json")];
        let path = format!("/api/bookings/{id}");
        let refused = member.send(Method::DELETE, &path, &json, Some(wish.clone())).await?;
        assert_problem(&refused, 403, "forbidden");
        assert_eq!(member.status_of(id).await?, "confirmed");
        let cancelled = staff.send(Method::DELETE, &path, &json, Some(wish)).await?;
        assert_eq!(cancelled.body["data"]["refund_amount"], due, "{cancelled:?}");
    }
    Ok(())
}
