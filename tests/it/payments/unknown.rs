//! What nobody knows yet, and the checker.

use super::*;

// ---- unknown --------------------------------------------------------------------------------------

#[tokio::test]
async fn a_capture_whose_answer_never_came_keeps_its_hours_and_is_found_by_the_checker() -> Result<()> {
    let app = hasty().await?;
    let (member, another) = (app.member().await?, app.another().await?);
    let (id, order, key) = member.up_to_the_window(&app, &wish(10, 12)).await?;
    app.stack().outsiders.toss.next([Behaviour::TimeoutAfterCapture]);
    let pending = member.confirm(&key, &order, 40_000).await?;
    assert_pending(&pending, &key, &order);
    assert_eq!(
        (pending.body["success"].as_bool(), pending.text("/status").as_str()),
        (Some(true), "UNKNOWN")
    );
    assert_eq!(member.status_of(&id).await?, "paying");
    assert_eq!(payment(&member, &key).await?.text("/status"), "UNKNOWN");
    assert_problem(&another.post("/api/bookings", &wish(10, 12)).await?, 409, "slot_taken");
    assert_problem(&ready(&member, &id).await?, 409, "payment_under_way");
    assert_problem(&cancel(&member, &id).await?, 409, "wrong_status");

    app.clock.advance(3_600);
    let (member, another) = (again(&app, &member).await?, again(&app, &another).await?);
    assert_eq!(app.stack().workers.sweep().await?, 0);
    assert_problem(&another.post("/api/bookings", &wish(11, 12)).await?, 409, "slot_taken");

    let checked = app.stack().workers.check().await?;
    assert_eq!(checked, Checked { captured: 1, ..Checked::default() });
    assert_eq!(app.stack().workers.check().await?, Checked::default(), "nothing is left to look at");
    let settled = payment(&member, &key).await?;
    assert_done(&settled, &order, 40_000);
    assert_eq!(member.status_of(&id).await?, "confirmed");
    assert_eq!(
        member.confirm(&key, &order, 40_000).await?.body,
        settled.body,
        "a late repeat is told the end"
    );
    let toss = &app.stack().outsiders.toss;
    assert_eq!((toss.confirm_calls(), toss.captures(&order)), (1, 1));
    assert_eq!(receipts(&app, &member).await?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn a_payment_nobody_knows_yet_is_not_sent_again_by_its_customer() -> Result<()> {
    let app = hasty().await?;
    let member = app.member().await?;
    let (_, order, key) = member.up_to_the_window(&app, &wish(10, 12)).await?;
    app.stack().outsiders.toss.next([Behaviour::Html]);
    assert_pending(&member.confirm(&key, &order, 40_000).await?, &key, &order);
    for reply in try_join_all((0..5).map(|_| member.confirm(&key, &order, 40_000))).await? {
        assert_pending(&reply, &key, &order);
    }
    let other_key = app.authenticate(&order, 40_000);
    assert_problem(&member.confirm(&other_key, &order, 40_000).await?, 409, "payment_under_way");
    assert_eq!(app.stack().outsiders.toss.confirm_calls(), 1);
    assert_eq!(check_after(&app, 59).await?, Checked::default(), "not due yet");
    assert_eq!(check_after(&app, 1).await?, Checked { captured: 1, ..Checked::default() });
    Ok(())
}

#[tokio::test]
async fn a_call_that_was_lost_on_its_way_is_sent_again_under_the_same_key() -> Result<()> {
    let app = hasty().await?;
    let member = app.member().await?;
    let (id, order, key) = member.up_to_the_window(&app, &wish(10, 12)).await?;
    app.stack().outsiders.toss.next([Behaviour::Hang]);
    assert_pending(&member.confirm(&key, &order, 40_000).await?, &key, &order);
    assert_eq!(app.stack().outsiders.toss.captures(&order), 0);
    assert_eq!(check_after(&app, 60).await?, Checked { captured: 1, ..Checked::default() });
    let toss = &app.stack().outsiders.toss;
    assert_eq!((toss.confirm_calls(), toss.captures(&order)), (2, 1));
    assert_eq!(member.status_of(&id).await?, "confirmed");
    assert_eq!(receipts(&app, &member).await?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn a_call_lost_until_the_session_ended_fails_and_the_hours_come_free() -> Result<()> {
    let app = hasty().await?;
    let (member, another) = (app.member().await?, app.another().await?);
    let (id, order, key) = member.up_to_the_window(&app, &wish(10, 12)).await?;
    app.stack().outsiders.toss.next([Behaviour::Hang]);
    assert_pending(&member.confirm(&key, &order, 40_000).await?, &key, &order);
    assert_eq!(check_after(&app, 16 * 60).await?, Checked { failed: 1, ..Checked::default() });
    let failed = payment(&member, &key).await?;
    assert_eq!(
        (failed.text("/status").as_str(), failed.text("/failure/code").as_str()),
        ("FAILED", "EXPIRED_PAYMENT")
    );
    assert_problem(&member.confirm(&key, &order, 40_000).await?, 409, "payment_declined");
    // Within its hour the booking is its holder's for ten minutes more; then anybody's.
    assert_eq!(booking(&member, &id).await?.text("/data/expires_at"), "2026-12-01T08:26:00+09:00");
    assert_problem(&another.post("/api/bookings", &wish(10, 12)).await?, 409, "slot_taken");
    app.clock.advance(600);
    assert_eq!(another.post("/api/bookings", &wish(10, 12)).await?.status, 201);
    assert_eq!(member.status_of(&id).await?, "expired");
    assert_eq!(app.stack().outsiders.toss.captures(&order), 0);
    assert!(receipts(&app, &member).await?.is_empty());
    Ok(())
}

#[tokio::test]
async fn a_payment_that_failed_after_the_holds_longest_hour_frees_the_hours_at_once() -> Result<()> {
    let app = hasty().await?;
    let (member, another) = (app.member().await?, app.another().await?);
    let (id, order, key) = member.up_to_the_window(&app, &wish(10, 12)).await?;
    app.stack().outsiders.toss.next([Behaviour::Hang]);
    assert_pending(&member.confirm(&key, &order, 40_000).await?, &key, &order);
    assert_eq!(check_after(&app, 61 * 60).await?, Checked { failed: 1, ..Checked::default() });
    let (member, another) = (again(&app, &member).await?, again(&app, &another).await?);
    assert_eq!(member.status_of(&id).await?, "expired");
    assert_eq!(another.post("/api/bookings", &wish(10, 12)).await?.status, 201);
    assert_eq!(app.stack().outsiders.toss.captures(&order), 0);
    Ok(())
}

#[tokio::test]
async fn a_request_the_checker_overtook_tells_what_the_checker_found() -> Result<()> {
    let app = App::with(Wish { toss_deadline: Duration::from_millis(1500), ..Wish::default() }).await?;
    let member = app.member().await?;
    let (id, order, key) = member.up_to_the_window(&app, &wish(10, 12)).await?;
    let toss = app.stack().outsiders.toss.clone();
    toss.next([Behaviour::TimeoutAfterCapture]);
    let overtake = async {
        until("the capture", || toss.captures(&order) == 1).await?;
        ensure!(check_after(&app, 29).await? == Checked::default(), "a capture is left alone for a while");
        check_after(&app, 1).await
    };
    let (reply, checked) = tokio::join!(member.confirm(&key, &order, 40_000), overtake);
    assert_eq!(checked?, Checked { captured: 1, ..Checked::default() });
    assert_done(&reply?, &order, 40_000);
    assert_eq!(member.status_of(&id).await?, "confirmed");
    assert_eq!((toss.confirm_calls(), toss.captures(&order)), (1, 1));
    assert_eq!(
        actions(&trail(&app, &order).await?),
        ["payment.readied", "payment.begun", "payment.captured"]
    );
    assert_eq!(receipts(&app, &member).await?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn the_checker_beside_a_hanging_request_captures_once_in_the_end() -> Result<()> {
    let app = App::with(Wish { toss_deadline: Duration::from_millis(1500), ..Wish::default() }).await?;
    let member = app.member().await?;
    let (id, order, key) = member.up_to_the_window(&app, &wish(10, 12)).await?;
    let toss = app.stack().outsiders.toss.clone();
    toss.next([Behaviour::Hang]);
    let beside = async {
        until("the call", || toss.confirm_calls() == 1).await?;
        check_after(&app, 30).await
    };
    let (reply, checked) = tokio::join!(member.confirm(&key, &order, 40_000), beside);
    // The provider says the same key is still being answered: that is no answer.
    assert_eq!(checked?, Checked { unknown: 1, ..Checked::default() });
    assert_pending(&reply?, &key, &order);
    assert_eq!(toss.captures(&order), 0);
    assert_eq!(check_after(&app, 60).await?, Checked { captured: 1, ..Checked::default() });
    assert_eq!((member.status_of(&id).await?.as_str(), toss.captures(&order)), ("confirmed", 1));
    Ok(())
}

#[tokio::test]
async fn whatever_the_provider_does_nothing_is_guessed_and_the_checker_ends_in_the_truth() -> Result<()> {
    use Behaviour::{
        Approve, Decline, Error500, Error500AfterCapture, Hang, Html, HtmlAfterCapture, Huge, Processing,
        Redirect, TimeoutAfterCapture, UnknownStatus, UnmappedCode, WrongAmount,
    };
    // What the provider does; what the customer is told; where the payment ends; how often money moved.
    let table = [
        (Approve, 200, "DONE", 1),
        (Decline, 409, "FAILED", 0),
        (TimeoutAfterCapture, 202, "DONE", 1),
        (Hang, 202, "DONE", 1),
        (Error500, 202, "DONE", 1),
        (Error500AfterCapture, 202, "DONE", 1),
        (Html, 202, "DONE", 1),
        (HtmlAfterCapture, 202, "DONE", 1),
        (Processing, 202, "DONE", 1),
        (WrongAmount, 202, "REFUNDED", 1),
        (UnknownStatus, 202, "DONE", 1),
        (UnmappedCode, 202, "FAILED", 0),
        (Huge, 202, "DONE", 1),
        (Redirect, 202, "DONE", 1),
    ];
    assert_eq!(table.map(|(behaviour, ..)| behaviour), Behaviour::ALL, "the table names every behaviour");
    let app = App::with(Wish { toss_deadline: Duration::from_millis(1200), ..Wish::default() }).await?;
    let member = app.member().await?;
    let toss = app.stack().outsiders.toss.clone();
    let mut paid = Vec::new();
    for (day, (behaviour, told, ends, captures)) in (2..).zip(table) {
        let name = behaviour.name();
        let wish = wish_for(ROOM_A, &format!("2026-12-{day:02}"), 10, 12);
        let (id, order, key) = member.up_to_the_window(&app, &wish).await?;
        toss.next([behaviour]);
        let reply = member.confirm(&key, &order, 40_000).await?;
        assert_eq!(reply.status, told, "{name}: {reply:?}");
        let status = member.status_of(&id).await?;
        let expected = match told {
            200 => "confirmed",
            409 => "held",
            _ => {
                assert_pending(&reply, &key, &order);
                "paying"
            }
        };
        assert_eq!(status, expected, "{name}");
        paid.push((name, wish, id, order, key, ends, captures));
    }
    let calls = toss.confirm_calls();
    assert_eq!(calls, 14, "one call each");
    for _ in 0..25 {
        let _checked = check_after(&app, 60).await?;
    }
    for (name, wish, id, order, key, ends, captures) in paid {
        let shown = payment(&member, &key).await?;
        assert_eq!((shown.status, shown.text("/status").as_str()), (200, ends), "{name}: {shown:?}");
        assert_eq!(toss.captures(&order), captures, "{name}");
        let status = member.status_of(&id).await?;
        let expected = match ends {
            "DONE" => "confirmed",
            _ => "held",
        };
        assert_eq!(status, expected, "{name}");
        // The answer to a repeat is the end, whatever the first answer was.
        let again = member.confirm(&key, &order, 40_000).await?;
        let end = match ends {
            "DONE" => 200,
            _ => 409,
        };
        assert_eq!(again.status, end, "{name}: {again:?}");
        let other = app.another().await?.post("/api/bookings", &wish).await?;
        // What failed or went back is a hold again, and that is over by now.
        assert_eq!(other.status, if ends == "DONE" { 409 } else { 201 }, "{name}: {other:?}");
    }
    let done = table.iter().filter(|(_, _, ends, _)| *ends == "DONE").count();
    assert_eq!(receipts(&app, &member).await?.len(), done, "a receipt for each capture that is ours");
    Ok(())
}

#[tokio::test]
async fn a_capture_of_another_amount_is_read_twice_and_goes_back() -> Result<()> {
    let app = patient().await?;
    let (member, another) = (app.member().await?, app.another().await?);
    let (id, order, key) = member.up_to_the_window(&app, &wish(10, 12)).await?;
    app.stack().outsiders.toss.next([Behaviour::WrongAmount]);
    assert_pending(&member.confirm(&key, &order, 40_000).await?, &key, &order);
    assert_problem(&another.post("/api/bookings", &wish(10, 12)).await?, 409, "slot_taken");
    assert_eq!(check_after(&app, 60).await?, Checked { captured: 1, ..Checked::default() });
    assert_eq!(member.status_of(&id).await?, "held", "it confirms nothing");
    assert_eq!(check_after(&app, 60).await?, Checked { refunded: 1, ..Checked::default() });
    assert_eq!(check_after(&app, 3_600).await?, Checked::default(), "nothing is left to look at");
    let member = again(&app, &member).await?;
    let shown = payment(&member, &key).await?;
    assert_eq!((shown.text("/status").as_str(), &shown.body["balance_amount"]), ("REFUNDED", &json!(0)));
    assert_eq!(shown.body["refunds"][0]["amount"], 40_001, "all that came in");
    let written = trail(&app, &order).await?;
    assert_eq!(
        actions(&written),
        ["payment.readied", "payment.begun", "payment.unknown", "payment.captured", "payment.refunded"]
    );
    assert!(receipts(&app, &member).await?.is_empty());
    assert_problem(&member.confirm(&key, &order, 40_000).await?, 409, "payment_returned");
    assert_eq!(app.stack().outsiders.toss.confirm_calls(), 1);
    Ok(())
}

#[tokio::test]
async fn one_payment_that_cannot_be_settled_does_not_stop_the_others() -> Result<()> {
    let app = hasty().await?;
    let member = app.member().await?;
    let toss = app.stack().outsiders.toss.clone();
    let mut paid = Vec::new();
    for (hour, behaviour) in (9..).zip([Behaviour::WrongAmount, Behaviour::UnmappedCode, Behaviour::Error500])
    {
        let (id, order, key) = member.up_to_the_window(&app, &wish(hour, hour + 1)).await?;
        toss.next([behaviour]);
        assert_pending(&member.confirm(&key, &order, 20_000).await?, &key, &order);
        paid.push(id);
    }
    assert_eq!(check_after(&app, 60).await?, Checked { captured: 2, unknown: 1, ..Checked::default() });
    assert_eq!(member.status_of(&paid[2]).await?, "confirmed");
    Ok(())
}

#[tokio::test]
async fn two_checkers_at_once_settle_a_payment_once() -> Result<()> {
    let app = hasty().await?;
    let member = app.member().await?;
    let (id, order, key) = member.up_to_the_window(&app, &wish(10, 12)).await?;
    app.stack().outsiders.toss.next([Behaviour::Hang]);
    assert_pending(&member.confirm(&key, &order, 40_000).await?, &key, &order);
    app.clock.advance(60);
    for checked in join_all((0..8).map(|_| app.stack().workers.check())).await {
        assert_eq!(checked?.failed, 0);
    }
    assert_eq!(app.stack().outsiders.toss.captures(&order), 1);
    assert_eq!(member.status_of(&id).await?, "confirmed");
    let trail = trail(&app, &order).await?;
    assert_eq!(actions(&trail).iter().filter(|action| **action == "payment.captured").count(), 1);
    assert_eq!(receipts(&app, &member).await?.len(), 1);
    Ok(())
}
