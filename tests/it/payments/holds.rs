//! Holds and payments together.

use super::*;

// ---- the hold -------------------------------------------------------------------------------------

#[tokio::test]
async fn a_hold_that_is_over_can_still_be_paid_while_nobody_took_its_hours() -> Result<()> {
    let app = patient().await?;
    let (member, another) = (app.member().await?, app.another().await?);
    let id = id_of(&member.book(&wish(10, 12)).await?)?;
    let order = ready(&member, &id).await?.text("/order_id");
    app.clock.advance(HOLD_IS_OVER);
    let key = app.authenticate(&order, 40_000);
    assert_done(&member.confirm(&key, &order, 40_000).await?, &order, 40_000);
    assert_eq!(member.status_of(&id).await?, "confirmed");
    assert_problem(&another.post("/api/bookings", &wish(10, 12)).await?, 409, "slot_taken");
    assert_eq!(app.stack().workers.sweep().await?, 0, "nothing is left to sweep");
    Ok(())
}

#[tokio::test]
async fn a_hold_whose_hours_somebody_took_is_never_charged() -> Result<()> {
    let app = patient().await?;
    let (member, another) = (app.member().await?, app.another().await?);
    let id = id_of(&member.book(&wish(10, 12)).await?)?;
    let order = ready(&member, &id).await?.text("/order_id");
    app.clock.advance(HOLD_IS_OVER);
    let key = app.authenticate(&order, 40_000);
    let theirs = id_of(&another.book(&wish(11, 13)).await?)?;
    assert_problem(&member.confirm(&key, &order, 40_000).await?, 409, "hold_over");
    let toss = &app.stack().outsiders.toss;
    assert_eq!((toss.confirm_calls(), toss.captures(&order)), (0, 0));
    assert_eq!(
        (member.status_of(&id).await?.as_str(), another.status_of(&theirs).await?.as_str()),
        ("expired", "held")
    );
    assert_problem(&member.confirm(&key, &order, 40_000).await?, 409, "hold_over");
    assert_eq!(toss.confirm_calls(), 0);
    Ok(())
}

#[tokio::test]
async fn a_swept_or_cancelled_hold_is_never_charged() -> Result<()> {
    let app = patient().await?;
    let member = app.member().await?;
    let (cancelled, order, key) = member.up_to_the_window(&app, &wish(10, 12)).await?;
    assert_eq!(cancel(&member, &cancelled).await?.status, 200);
    assert_problem(&member.confirm(&key, &order, 40_000).await?, 409, "hold_over");
    let swept = id_of(&member.book(&wish(13, 15)).await?)?;
    let order = ready(&member, &swept).await?.text("/order_id");
    app.clock.advance(HOLD_IS_OVER);
    assert_eq!(app.stack().workers.sweep().await?, 1);
    let key = app.authenticate(&order, 40_000);
    assert_problem(&member.confirm(&key, &order, 40_000).await?, 409, "hold_over");
    assert_eq!(app.stack().outsiders.toss.confirm_calls(), 0);
    Ok(())
}

#[tokio::test]
async fn the_sweeper_ends_an_overdue_hold_and_leaves_what_is_being_paid_alone() -> Result<()> {
    let app = hasty().await?;
    let member = app.member().await?;
    let idle = id_of(&member.book(&wish(9, 10)).await?)?;
    let (paying, order, key) = member.up_to_the_window(&app, &wish(10, 12)).await?;
    app.stack().outsiders.toss.next([Behaviour::Error500]);
    assert_pending(&member.confirm(&key, &order, 40_000).await?, &key, &order);
    assert_eq!(app.stack().workers.sweep().await?, 0, "nothing is overdue yet");
    app.clock.advance(HOLD_IS_OVER);
    assert_eq!(app.stack().workers.sweep().await?, 1);
    assert_eq!(app.stack().workers.sweep().await?, 0);
    assert_eq!(
        (member.status_of(&idle).await?.as_str(), member.status_of(&paying).await?.as_str()),
        ("expired", "paying")
    );
    let another = app.another().await?;
    assert_problem(&another.post("/api/bookings", &wish(10, 12)).await?, 409, "slot_taken");
    assert_eq!(another.post("/api/bookings", &wish(9, 10)).await?.status, 201);
    Ok(())
}

#[tokio::test]
async fn an_over_hold_that_two_want_at_once_goes_to_exactly_one() -> Result<()> {
    let app = patient().await?;
    let (member, another) = (app.member().await?, app.another().await?);
    let mut holds = Vec::new();
    for hour in 9..17 {
        let id = id_of(&member.book(&wish(hour, hour + 1)).await?)?;
        let order = ready(&member, &id).await?.text("/order_id");
        holds.push((hour, id, order));
    }
    app.clock.advance(HOLD_IS_OVER);
    for (hour, id, order) in holds {
        let key = app.authenticate(&order, 20_000);
        let wanted = wish(hour, hour + 1);
        let (paid, booked) =
            tokio::join!(member.confirm(&key, &order, 20_000), another.post("/api/bookings", &wanted));
        let (paid, booked) = (paid?, booked?);
        let captured = app.stack().outsiders.toss.captures(&order);
        match (paid.status, booked.status) {
            (200, 409) => {
                assert_eq!((captured, member.status_of(&id).await?.as_str()), (1, "confirmed"));
                assert_problem(&booked, 409, "slot_taken");
            }
            (409, 201) => {
                assert_eq!((captured, member.status_of(&id).await?.as_str()), (0, "expired"));
                assert_problem(&paid, 409, "hold_over");
            }
            other => panic!("{other:?} at {hour}: {paid:?} {booked:?}"),
        }
    }
    Ok(())
}

#[tokio::test]
async fn of_a_cancel_and_a_confirm_at_once_exactly_one_happens() -> Result<()> {
    let app = patient().await?;
    let member = app.member().await?;
    for hour in 9..19 {
        let (id, order, key) = member.up_to_the_window(&app, &wish(hour, hour + 1)).await?;
        let (paid, gone) = tokio::join!(member.confirm(&key, &order, 20_000), cancel(&member, &id));
        let (paid, gone) = (paid?, gone?);
        let captured = app.stack().outsiders.toss.captures(&order);
        let status = member.status_of(&id).await?;
        match (paid.status, gone.status) {
            (200, 409) => assert_eq!((captured, status.as_str()), (1, "confirmed"), "{gone:?}"),
            (409, 200) => assert_eq!((captured, status.as_str()), (0, "cancelled"), "{paid:?}"),
            other => panic!("{other:?} at {hour}: {paid:?} {gone:?}"),
        }
    }
    Ok(())
}

// ---- declined -------------------------------------------------------------------------------------

#[tokio::test]
async fn a_declined_payment_gives_the_hold_back_and_another_try_succeeds() -> Result<()> {
    let app = patient().await?;
    let (member, another) = (app.member().await?, app.another().await?);
    let (id, order, key) = member.up_to_the_window(&app, &wish(10, 12)).await?;
    app.clock.advance(120);
    app.stack().outsiders.toss.next([Behaviour::Decline]);
    let declined = member.confirm(&key, &order, 40_000).await?;
    assert_problem(&declined, 409, "payment_declined");
    assert_eq!(
        declined.body["failure"],
        json!({"code": "REJECT_CARD_PAYMENT", "message": "한도 초과 또는 잔액 부족입니다."})
    );
    assert_eq!(declined.text("/message"), "한도 초과 또는 잔액 부족입니다.");
    let shown = booking(&member, &id).await?;
    assert_eq!(shown.text("/data/status"), "held");
    assert_eq!(shown.text("/data/expires_at"), "2026-12-01T08:12:00+09:00", "ten minutes from the refusal");
    assert_problem(&another.post("/api/bookings", &wish(10, 12)).await?, 409, "slot_taken");
    let failed = payment(&member, &key).await?;
    assert_eq!((failed.status, failed.text("/status").as_str()), (200, "FAILED"));
    assert_eq!(failed.text("/failure/code"), "REJECT_CARD_PAYMENT");

    let repeated = member.confirm(&key, &order, 40_000).await?;
    assert_problem(&repeated, 409, "payment_declined");
    assert_eq!(repeated.body["failure"], declined.body["failure"]);
    let other_key = app.authenticate(&order, 40_000);
    assert_problem(&member.confirm(&other_key, &order, 40_000).await?, 409, "order_closed");
    assert_eq!(app.stack().outsiders.toss.confirm_calls(), 1, "what is refused is not asked again");

    let anew = ready(&member, &id).await?.text("/order_id");
    assert_ne!(anew, order);
    let key = app.authenticate(&anew, 40_000);
    assert_done(&member.confirm(&key, &anew, 40_000).await?, &anew, 40_000);
    assert_eq!(member.status_of(&id).await?, "confirmed");
    let toss = &app.stack().outsiders.toss;
    assert_eq!((toss.captures(&order), toss.captures(&anew)), (0, 1));
    assert_eq!(receipts(&app, &member).await?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn however_often_a_card_is_declined_the_hold_ends_an_hour_after_it_began() -> Result<()> {
    let app = patient().await?;
    let another = app.another().await?;
    let mut member = app.member().await?;
    let id = id_of(&member.book(&wish(10, 12)).await?)?;
    // Declines at 9, 18 … 54 minutes, each in time.
    for minute in (9..=54).step_by(9) {
        app.clock.advance(9 * 60);
        let order = ready(&member, &id).await?.text("/order_id");
        let key = app.authenticate(&order, 40_000);
        app.stack().outsiders.toss.next([Behaviour::Decline]);
        assert_problem(&member.confirm(&key, &order, 40_000).await?, 409, "payment_declined");
        let last = std::cmp::min(minute + 10, 60);
        let ends = format!("2026-12-01T{:02}:{:02}:00+09:00", 8 + last / 60, last % 60);
        assert_eq!(booking(&member, &id).await?.text("/data/expires_at"), ends, "declined at {minute}");
    }
    assert_problem(&another.post("/api/bookings", &wish(10, 12)).await?, 409, "slot_taken");
    // At 59 the next order is made ready, at 61 it is declined: held long enough.
    app.clock.advance(5 * 60);
    let order = ready(&member, &id).await?.text("/order_id");
    app.clock.advance(2 * 60);
    member = again(&app, &member).await?;
    let key = app.authenticate(&order, 40_000);
    app.stack().outsiders.toss.next([Behaviour::Decline]);
    assert_problem(&member.confirm(&key, &order, 40_000).await?, 409, "payment_declined");
    assert_eq!(member.status_of(&id).await?, "expired");
    assert_problem(&ready(&member, &id).await?, 409, "hold_over");
    let another = again(&app, &another).await?;
    assert_eq!(another.post("/api/bookings", &wish(10, 12)).await?.status, 201);
    Ok(())
}
