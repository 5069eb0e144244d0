//! The two calls of the provider's sample front ends.

use super::*;

/// The calls, which differ in their address alone.
const CALLS: [&str; 2] = ["/confirm/widget", "/confirm/payment"];

#[tokio::test]
async fn the_sample_front_ends_get_the_providers_payment_object() -> Result<()> {
    let app = patient().await?;
    let member = app.member().await?;
    for (call, (from, to), amount) in
        [(CALLS[0], (10, 12), json!(40_000)), (CALLS[1], (13, 15), json!("40000"))]
    {
        let (id, order, key) = member.up_to_the_window(&app, &wish(from, to)).await?;
        let sent = json!({"paymentKey": key, "orderId": order, "amount": amount});
        let first = app.stranger().post(call, &sent).await?;
        assert_eq!(first.status, 200, "{first:?}");
        let toss = app.stack().outsiders.toss.payment(&key).context("no payment")?;
        for name in [
            "version",
            "paymentKey",
            "type",
            "orderId",
            "currency",
            "method",
            "totalAmount",
            "balanceAmount",
            "status",
            "approvedAt",
            "receipt",
            "virtualAccount",
            "country",
        ] {
            assert_eq!(first.body[name], toss[name], "{name} as the provider tells it");
        }
        assert_eq!(first.text("/orderName"), "정기 모임");
        assert_eq!(first.text("/requestedAt"), "2026-12-01T08:00:00+09:00");
        let again = app.stranger().post(call, &sent).await?;
        assert_eq!((again.status, &again.body), (200, &first.body), "a reload is harmless");
        assert_eq!(app.stack().outsiders.toss.captures(&order), 1);
        assert_eq!(member.status_of(&id).await?, "confirmed");
    }
    Ok(())
}

#[tokio::test]
async fn failures_are_told_in_the_providers_words() -> Result<()> {
    let app = patient().await?;
    let member = app.member().await?;
    let toss = &app.stack().outsiders.toss;
    let (_, order, key) = member.up_to_the_window(&app, &wish(10, 12)).await?;
    let (_, other, others) = member.up_to_the_window(&app, &wish(13, 14)).await?;
    let unknown = "01900000-0000-7000-8000-0000000000ff";
    for call in CALLS {
        for (sent, status, code) in [
            (json!({"paymentKey": key, "orderId": order, "amount": 100}), 400, "INVALID_REQUEST"),
            (json!({"paymentKey": key, "orderId": order, "amount": "40000.5"}), 400, "INVALID_REQUEST"),
            (json!({"paymentKey": key, "orderId": order}), 400, "INVALID_REQUEST"),
            (json!({}), 400, "INVALID_REQUEST"),
            (json!({"paymentKey": key, "orderId": unknown, "amount": 40_000}), 404, "NOT_FOUND_PAYMENT"),
            (json!({"paymentKey": key, "orderId": "no-order", "amount": 40_000}), 404, "NOT_FOUND_PAYMENT"),
        ] {
            let reply = app.stranger().post(call, &sent).await?;
            assert_eq!((reply.status, reply.text("/code").as_str()), (status, code), "{sent}: {reply:?}");
            let names: Vec<&String> = reply.body.as_object().context("no object")?.keys().collect();
            assert_eq!(names, ["code", "message"], "{reply:?}");
        }
    }
    assert_eq!(toss.confirm_calls(), 0);
    toss.next([Behaviour::Decline]);
    let sent = json!({"paymentKey": key, "orderId": order, "amount": 40_000});
    let declined = app.stranger().post(CALLS[0], &sent).await?;
    assert_eq!(
        (declined.status, declined.text("/code").as_str()),
        (403, "REJECT_CARD_PAYMENT"),
        "{declined:?}"
    );
    let swapped = json!({"paymentKey": key, "orderId": other, "amount": 20_000});
    let swapped = app.stranger().post(CALLS[0], &swapped).await?;
    assert_eq!((swapped.status, swapped.text("/code").as_str()), (400, "INVALID_REQUEST"), "{swapped:?}");
    assert_eq!(toss.confirm_calls(), 1);
    // What nobody knows is no failure: who is told one pays again.
    toss.next([Behaviour::Error500AfterCapture]);
    let sent = json!({"paymentKey": others, "orderId": other, "amount": 20_000});
    let pending = app.stranger().post(CALLS[1], &sent).await?;
    assert_eq!((pending.status, pending.text("/status").as_str()), (202, "IN_PROGRESS"), "{pending:?}");
    check_after(&app, 61).await?;
    let done = app.stranger().post(CALLS[1], &sent).await?;
    assert_eq!((done.status, done.text("/status").as_str()), (200, "DONE"), "{done:?}");
    let second = json!({"paymentKey": "tgen_another", "orderId": other, "amount": 20_000});
    let second = app.stranger().post(CALLS[1], &second).await?;
    assert_eq!(
        (second.status, second.text("/code").as_str()),
        (400, "ALREADY_PROCESSED_PAYMENT"),
        "{second:?}"
    );
    // A hold that is over.
    let (late, order, key) = member.up_to_the_window(&app, &wish(15, 16)).await?;
    app.clock.advance(HOLD_IS_OVER);
    app.stack().workers.sweep().await?;
    assert_eq!(member.status_of(&late).await?, "expired");
    let sent = json!({"paymentKey": key, "orderId": order, "amount": 20_000});
    let late = app.stranger().post(CALLS[0], &sent).await?;
    assert_eq!((late.status, late.text("/code").as_str()), (404, "NOT_FOUND_PAYMENT_SESSION"), "{late:?}");
    Ok(())
}
