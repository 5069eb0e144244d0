//! Answers nobody heard, and stores that die half way.

use super::*;

/// Does a deed whose write is executed, but nobody ever hears of it: 503.
async fn unheard(app: &App, prepared: &Prepared) -> Result<()> {
    app.faults.times(FOR_EVER, Calls::Writes, Fault::LoseReply);
    let silence = async {
        until("the write", || app.faults.left() < FOR_EVER).await?;
        app.faults.times(FOR_EVER, Calls::Reads, Fault::Refuse);
        Ok::<_, anyhow::Error>(())
    };
    let (reply, silent) = tokio::join!(prepared.send(), silence);
    app.faults.clear();
    silent?;
    assert_unavailable(&reply?, &format!("{:?}", prepared.deed));
    Ok(())
}

#[tokio::test]
async fn a_repeat_with_its_key_after_a_lost_answer_is_answered_what_was_done_once() -> Result<()> {
    let app = patient().await?;
    let member = app.member().await?;
    for (number, deed) in KEYED.into_iter().enumerate() {
        let prepared = prepare(&app, &member, deed, number).await?;
        let before = audits(&app).await?;
        unheard(&app, &prepared).await?;
        assert_eq!(audits(&app).await? - before, deed.audits(), "{deed:?} was written all the same");
        let mut told = Vec::new();
        for _ in 0..3 {
            let again = prepared.send().await?;
            assert_eq!(again.header("idempotent-replayed"), Some("true"), "{deed:?}: {again:?}");
            prepared.happened(&app, &again).await.with_context(|| format!("{deed:?}"))?;
            told.push(again.body);
        }
        assert!(told.windows(2).all(|pair| pair[0] == pair[1]), "{deed:?}: {told:?}");
        assert_eq!(audits(&app).await? - before, deed.audits(), "{deed:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_repeat_without_its_key_is_another_wish_for_what_is_taken() -> Result<()> {
    let app = patient().await?;
    let member = app.member().await?;
    let prepared = prepare(&app, &member, Deed::Book, 1).await?;
    unheard(&app, &prepared).await?;
    assert_eq!(member.post("/api/bookings", &prepared.wish(10)).await?.status, 409);
    Ok(())
}

#[tokio::test]
async fn a_repeat_after_a_lost_answer_changes_nothing_more() -> Result<()> {
    let app = patient().await?;
    let member = app.member().await?;
    for (number, deed) in [Deed::Ready, Deed::Cancel].into_iter().enumerate() {
        let prepared = prepare(&app, &member, deed, number).await?;
        let before = audits(&app).await?;
        unheard(&app, &prepared).await?;
        let again = prepared.send().await?;
        prepared.happened(&app, &again).await.with_context(|| format!("{deed:?}"))?;
        assert_eq!(audits(&app).await? - before, deed.audits(), "{deed:?}");
    }
    Ok(())
}

#[tokio::test]
async fn an_intent_nobody_heard_of_is_finished_by_the_checker_with_one_capture() -> Result<()> {
    let app = App::with(Wish { toss_deadline: Duration::from_millis(300), ..Wish::default() }).await?;
    let member = app.member().await?;
    let prepared = prepare(&app, &member, Deed::Confirm, 1).await?;
    unheard(&app, &prepared).await?;
    let toss = app.stack().outsiders.toss.clone();
    assert_eq!(toss.confirm_calls(), 0, "without an intent on record nobody is called");
    assert_eq!(member.status_of(&prepared.booking).await?, "paying");
    let again = prepared.send().await?;
    assert_eq!((again.status, again.text("/status").as_str()), (202, "CONFIRMING"), "{again:?}");
    app.clock.advance(30);
    assert_eq!(app.stack().workers.check().await?, Checked { captured: 1, ..Checked::default() });
    assert_eq!((toss.confirm_calls(), toss.captures(&prepared.order)), (1, 1));
    prepared.happened(&app, &prepared.send().await?).await
}

#[tokio::test]
async fn a_store_that_dies_after_the_capture_leaves_it_to_the_checker() -> Result<()> {
    let deaths = [Fault::Refuse, Fault::Throttle, Fault::ServerError, Fault::Conflict, Fault::Hang]
        .map(dies_at_settle);
    try_join_all(deaths).await?;
    Ok(())
}

async fn dies_at_settle(fault: Fault) -> Result<()> {
    let app = patient().await?;
    let (member, another) = (app.member().await?, app.another().await?);
    let prepared = prepare(&app, &member, Deed::Confirm, 1).await?;
    let toss = app.stack().outsiders.toss.clone();
    // The intent is written; the outcome cannot be.
    app.faults.next(Calls::Writes, PASS);
    app.faults.times(FOR_EVER, Calls::Writes, fault);
    let started = Instant::now();
    let reply = prepared.send().await?;
    let took = started.elapsed();
    app.faults.clear();
    ensure!(took < PATIENCE, "{fault:?}: {took:?}");
    ensure!(reply.status == 202 && reply.text("/code") == "PAYMENT_PENDING", "{fault:?}: {reply:?}");
    ensure!(reply.text("/url") == format!("/payments/{}", prepared.key), "{fault:?}: {reply:?}");
    ensure!((toss.confirm_calls(), toss.captures(&prepared.order)) == (1, 1), "{fault:?}");
    ensure!(member.status_of(&prepared.booking).await? == "paying", "{fault:?}");
    let taken = another.post("/api/bookings", &prepared.wish(10)).await?;
    ensure!(taken.status == 409, "{fault:?}: {taken:?}");
    app.clock.advance(30);
    let checked = app.stack().workers.check().await?;
    ensure!(checked == Checked { captured: 1, ..Checked::default() }, "{fault:?}: {checked:?}");
    ensure!(toss.confirm_calls() == 1, "{fault:?}: it was read, not sent again");
    prepared.happened(&app, &prepared.send().await?).await.with_context(|| format!("{fault:?}"))?;
    let mails = app.mails(&member.email).await?.len();
    ensure!(mails == 1, "{fault:?}: {mails} receipts");
    Ok(())
}

#[tokio::test]
async fn a_refusal_that_could_not_be_recorded_is_found_by_the_checker() -> Result<()> {
    let app = patient().await?;
    let member = app.member().await?;
    let prepared = prepare(&app, &member, Deed::Confirm, 1).await?;
    app.stack().outsiders.toss.next([Behaviour::Decline]);
    app.faults.next(Calls::Writes, PASS);
    app.faults.times(FOR_EVER, Calls::Writes, Fault::Refuse);
    let reply = prepared.send().await?;
    app.faults.clear();
    assert_eq!((reply.status, reply.text("/code").as_str()), (202, "PAYMENT_PENDING"), "{reply:?}");
    assert_eq!(member.status_of(&prepared.booking).await?, "paying");
    app.clock.advance(30);
    assert_eq!(app.stack().workers.check().await?, Checked { failed: 1, ..Checked::default() });
    let told = prepared.send().await?;
    assert_eq!((told.status, told.text("/code").as_str()), (409, "payment_declined"), "{told:?}");
    assert_eq!(told.text("/failure/code"), "REJECT_CARD_PAYMENT");
    assert_eq!(member.status_of(&prepared.booking).await?, "held");
    assert_eq!(app.stack().outsiders.toss.captures(&prepared.order), 0);
    Ok(())
}

#[tokio::test]
async fn a_store_that_dies_at_any_call_of_a_confirm_never_takes_money_without_a_booking() -> Result<()> {
    let deaths = (0..10).flat_map(|call| [(call, Fault::Refuse), (call, Fault::LoseReply)]);
    let ends = try_join_all(deaths.map(|(call, fault)| dies_at(call, fault))).await?;
    // Some die before the provider is called, some after, some not at all.
    for status in [503, 202, 200] {
        assert!(ends.contains(&status), "no {status} among {ends:?}");
    }
    Ok(())
}

/// The store dies for ever at this call of a confirm, then lives again; answers what the customer was told.
async fn dies_at(call: usize, fault: Fault) -> Result<u16> {
    let what = format!("dies at call {call} by {fault:?}");
    let app = App::with(Wish { toss_deadline: Duration::from_secs(2), ..Wish::default() }).await?;
    let member = app.member().await?;
    let prepared = prepare(&app, &member, Deed::Confirm, 1).await?;
    let before = audits(&app).await?;
    let toss = app.stack().outsiders.toss.clone();
    app.faults.times(call, Calls::All, PASS);
    app.faults.times(FOR_EVER, Calls::All, fault);
    let reply = prepared.send().await?;
    app.faults.clear();
    let captured = toss.captures(&prepared.order);
    let honest = match reply.status {
        503 => captured == 0 && reply.header("retry-after").is_some(),
        202 => reply.text("/code") == "PAYMENT_PENDING",
        200 => captured == 1,
        _ => false,
    };
    ensure!(honest, "{what}: captured {captured}, answered {reply:?}");
    // The customer tries again, and the checker does its rounds.
    let again = prepared.send().await?;
    ensure!([200, 202].contains(&again.status), "{what}: again {again:?}");
    for _ in 0..3 {
        app.clock.advance(60);
        let _checked = app.stack().workers.check().await?;
    }
    prepared.happened(&app, &prepared.send().await?).await.with_context(|| what.clone())?;
    let written = audits(&app).await? - before;
    ensure!(written == Deed::Confirm.audits(), "{what}: {written} audit records");
    let mails = app.mails(&member.email).await?.len();
    ensure!(mails == 1, "{what}: {mails} receipts");
    Ok(reply.status)
}

// ---- workers ----------------------------------------------------------------------------------------

#[tokio::test]
async fn workers_whose_store_fails_once_still_do_their_work_once() -> Result<()> {
    let mut wrong = Vec::new();
    let app = App::with(Wish { toss_deadline: Duration::from_millis(500), ..Wish::default() }).await?;
    let mut number = 0;
    for fault in FAULTS {
        for calls in [Calls::Writes, Calls::All] {
            number += 1;
            let what = format!("{fault:?} on {calls:?}");
            let member = app.member().await?;
            let paid = prepare(&app, &member, Deed::Confirm, number).await?;
            let idle = prepare(&app, &member, Deed::Cancel, 100 + number).await?;
            app.stack().outsiders.toss.next([Behaviour::Error500AfterCapture]);
            let reply = paid.send().await?;
            ensure!(reply.status == 202, "{what}: {reply:?}");
            app.clock.advance(601);
            app.faults.times(2, calls, fault);
            let swept = app.stack().workers.sweep().await?;
            app.faults.clear();
            app.faults.times(2, calls, fault);
            let checked = app.stack().workers.check().await?;
            app.faults.clear();
            app.faults.times(2, calls, fault);
            let mails = app.mails(&member.email).await?.len();
            app.faults.clear();
            if (swept, checked) != (1, Checked { captured: 1, ..Checked::default() }) || mails != number {
                wrong.push(format!(
                    "{what}: swept {swept}, {checked:?}, {mails} mails in the {number}th round"
                ));
            }
            if member.status_of(&idle.booking).await? != "expired" {
                wrong.push(format!("{what}: the hold was not swept"));
            }
            if let Err(error) = paid.happened(&app, &paid.send().await?).await {
                wrong.push(format!("{what}: {error:#}"));
            }
        }
    }
    report(&wrong);
    Ok(())
}
