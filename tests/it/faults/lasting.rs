//! Faults that last.

use super::*;

#[tokio::test]
async fn a_store_that_stays_away_is_told_in_time_and_nothing_is_half_written() -> Result<()> {
    let mut wrong = Vec::new();
    // Two systems at a time: what is measured is their patience, not how busy this machine is.
    for calls in [Calls::Writes, Calls::All] {
        for pair in [[Fault::Refuse, Fault::Throttle], [Fault::ServerError, Fault::Conflict]] {
            wrong.extend(try_join_all(pair.map(|fault| stays_away(fault, calls))).await?.concat());
        }
    }
    report(&wrong);
    Ok(())
}

/// The answer to a deed, and how long it took.
async fn timed(prepared: &Prepared) -> (Result<Reply>, Duration) {
    let started = Instant::now();
    (prepared.send().await, started.elapsed())
}

/// All deeds at once on one store that fails for ever, then on the same store well again.
async fn stays_away(fault: Fault, calls: Calls) -> Result<Vec<String>> {
    let app = patient().await?;
    let member = app.member().await?;
    let mut all = Vec::new();
    for (number, deed) in DEEDS.into_iter().enumerate() {
        all.push(prepare(&app, &member, deed, number).await?);
    }
    let before = audits(&app).await?;
    let mut wrong = Vec::new();
    app.faults.times(FOR_EVER, calls, fault);
    let replies = join_all(all.iter().map(timed)).await;
    app.faults.clear();
    if audits(&app).await? != before {
        wrong.push(format!("{fault:?} on {calls:?}: the trail grew"));
    }
    for (prepared, (reply, took)) in all.iter().zip(replies) {
        let what = format!("{:?} × {fault:?} for ever on {calls:?}", prepared.deed);
        let reply = reply?;
        if took > PATIENCE {
            wrong.push(format!("{what}: the answer took {took:?}"));
        }
        let after = reply.header("retry-after").and_then(|text| text.parse::<u32>().ok());
        if (reply.status, reply.text("/code").as_str()) != (503, "unavailable")
            || after.is_none_or(|s| s == 0)
        {
            wrong.push(format!("{what}: answered {reply:?}"));
        }
        if let Err(error) = prepared.left_no_trace(&app).await {
            wrong.push(format!("{what}: {error:#}"));
        }
    }
    // Well again: the same requests, at once.
    for prepared in &all {
        let started = Instant::now();
        let reply = prepared.send().await?;
        let what = format!("{:?} after {fault:?} on {calls:?}", prepared.deed);
        if started.elapsed() > SOON {
            wrong.push(format!("{what}: it took {:?}", started.elapsed()));
        }
        if let Err(error) = prepared.happened(&app, &reply).await {
            wrong.push(format!("{what}: {error:#}"));
        }
    }
    let expected: usize = DEEDS.map(Deed::audits).iter().sum();
    let written = audits(&app).await? - before;
    if written != expected {
        wrong.push(format!("after {fault:?} on {calls:?}: {written} audit records instead of {expected}"));
    }
    Ok(wrong)
}

#[tokio::test]
async fn a_store_whose_every_write_goes_unanswered_is_asked_whether_it_was_done() -> Result<()> {
    let app = patient().await?;
    let member = app.member().await?;
    let mut all = Vec::new();
    for (number, deed) in DEEDS.into_iter().enumerate() {
        all.push(prepare(&app, &member, deed, number).await?);
    }
    let before = audits(&app).await?;
    app.faults.times(FOR_EVER, Calls::Writes, Fault::LoseReply);
    let started = Instant::now();
    let replies = join_all(all.iter().map(Prepared::send)).await;
    let took = started.elapsed();
    app.faults.clear();
    let mut wrong = Vec::new();
    for (prepared, reply) in all.iter().zip(replies) {
        if let Err(error) = prepared.happened(&app, &reply?).await {
            wrong.push(format!("{:?}: {error:#}", prepared.deed));
        }
    }
    report(&wrong);
    assert_eq!(audits(&app).await? - before, DEEDS.map(Deed::audits).iter().sum::<usize>());
    // A confirm has two writes.
    assert!(took < PATIENCE * 2, "{took:?}");
    Ok(())
}

#[tokio::test]
async fn a_store_that_hangs_for_ever_is_told_within_the_deadline() -> Result<()> {
    let app = patient().await?;
    let member = app.member().await?;
    let all = [prepare(&app, &member, Deed::Book, 1).await?, prepare(&app, &member, Deed::Confirm, 2).await?];
    let before = audits(&app).await?;
    app.faults.times(FOR_EVER, Calls::Writes, Fault::Hang);
    let started = Instant::now();
    let replies = join_all(all.iter().map(Prepared::send)).await;
    let took = started.elapsed();
    app.faults.clear();
    assert!(took < PATIENCE, "{took:?}");
    for (prepared, reply) in all.iter().zip(replies) {
        assert_unavailable(&reply?, &format!("{:?}", prepared.deed));
        prepared.left_no_trace(&app).await?;
    }
    assert_eq!(audits(&app).await?, before);
    for prepared in &all {
        prepared.happened(&app, &prepared.send().await?).await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_commit_and_the_question_whether_it_was_done_end_within_one_deadline() -> Result<()> {
    let app = patient().await?;
    let member = app.member().await?;
    let prepared = prepare(&app, &member, Deed::Book, 1).await?;
    app.faults.times(FOR_EVER, Calls::Writes, Fault::Hang);
    let silence = async {
        until("the write", || app.faults.left() < FOR_EVER).await?;
        app.faults.times(FOR_EVER, Calls::Reads, Fault::Hang);
        Ok::<_, anyhow::Error>(Instant::now())
    };
    let (reply, since) = tokio::join!(prepared.send(), silence);
    let took = since?.elapsed();
    app.faults.clear();
    assert_unavailable(&reply?, "the store hangs");
    prepared.left_no_trace(&app).await?;
    assert!(took < PATIENCE, "a commit is to end within eight seconds, and took {took:?}");
    Ok(())
}

// ---- answers that never came ------------------------------------------------------------------------
