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
    for nothing in ["nothing", "...", "%2e%2e%2fx", "key%23x", &order] {
        assert_eq!(payment(&member, nothing).await?.status, 404, "{nothing}");
    }
    Ok(())
}

#[tokio::test]
async fn what_is_being_paid_or_paid_is_not_cancelled() -> Result<()> {
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
    for guest in [&member, &staff] {
        assert_problem(&cancel(guest, &id).await?, 409, "paid_booking");
    }
    assert_eq!(member.status_of(&id).await?, "confirmed");
    Ok(())
}
