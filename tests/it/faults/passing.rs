//! Faults that pass.

use super::*;

#[tokio::test]
async fn every_deed_under_every_passing_fault_happens_exactly_once() -> Result<()> {
    let plans = [
        ("one write", Calls::Writes, 1),
        ("three writes", Calls::Writes, 3),
        ("one call", Calls::All, 1),
        ("four calls", Calls::All, 4),
    ];
    let mut wrong = Vec::new();
    let mut cells = 0;
    for deed in DEEDS {
        let app = patient().await?;
        let member = app.member().await?;
        for fault in FAULTS {
            for (name, calls, times) in plans {
                cells += 1;
                let prepared = prepare(&app, &member, deed, cells).await?;
                if let Err(error) = cell(&app, &prepared, &vec![(calls, fault); times]).await {
                    wrong.push(format!("{deed:?} × {fault:?} on {name}: {error:#}"));
                }
            }
        }
    }
    assert_eq!(cells, DEEDS.len() * 6 * 4);
    report(&wrong);
    Ok(())
}

#[tokio::test]
async fn every_pair_of_faults_on_a_booking_and_on_a_capture_changes_nothing() -> Result<()> {
    let mut wrong = Vec::new();
    for deed in [Deed::Book, Deed::Confirm] {
        let app = patient().await?;
        let member = app.member().await?;
        let pairs = FAULTS.iter().flat_map(|one| FAULTS.map(|two| (*one, two)));
        for (number, (one, two)) in pairs.enumerate() {
            for (half, calls) in [Calls::Writes, Calls::All].into_iter().enumerate() {
                let prepared = prepare(&app, &member, deed, 2 * number + half).await?;
                if let Err(error) = cell(&app, &prepared, &[(calls, one), (calls, two)]).await {
                    wrong.push(format!("{deed:?} × {one:?} then {two:?} on {calls:?}: {error:#}"));
                }
            }
        }
    }
    report(&wrong);
    Ok(())
}

#[tokio::test]
async fn a_fault_at_any_single_call_of_a_deed_changes_nothing() -> Result<()> {
    let mut wrong = Vec::new();
    for deed in DEEDS {
        let app = patient().await?;
        let member = app.member().await?;
        let (mut number, mut met) = (0, 0);
        for fault in [Fault::Refuse, Fault::LoseReply, Fault::Throttle, Fault::ServerError, Fault::Conflict] {
            for call in 0.. {
                number += 1;
                let prepared = prepare(&app, &member, deed, number).await?;
                let before = audits(&app).await?;
                app.faults.times(call, Calls::All, PASS);
                app.faults.next(Calls::All, fault);
                let reply = prepared.send().await?;
                let left = app.faults.left();
                app.faults.clear();
                let what = format!("{deed:?} × {fault:?} at call {call}");
                if let Err(error) = prepared.happened(&app, &reply).await {
                    wrong.push(format!("{what}: {error:#}"));
                }
                let written = audits(&app).await? - before;
                if written != deed.audits() {
                    wrong.push(format!("{what}: {written} audit records instead of {}", deed.audits()));
                }
                if left > 0 {
                    // The deed has no such call any more.
                    break;
                }
                met += 1;
            }
        }
        // A sign-up is one call to the store; everything else reads before it writes.
        assert!(met >= if deed == Deed::Register { 5 } else { 10 }, "{deed:?} met {met} faults only");
    }
    report(&wrong);
    Ok(())
}

#[tokio::test]
async fn a_write_that_hangs_once_is_given_up_and_made_again() -> Result<()> {
    let app = patient().await?;
    let member = app.member().await?;
    for (number, deed) in [Deed::Book, Deed::Confirm].into_iter().enumerate() {
        let prepared = prepare(&app, &member, deed, number).await?;
        let before = audits(&app).await?;
        let started = Instant::now();
        app.faults.next(Calls::Writes, Fault::Hang);
        let reply = prepared.send().await?;
        assert_eq!(app.faults.left(), 0, "{deed:?}");
        assert!(started.elapsed() < PATIENCE, "{deed:?} took {:?}", started.elapsed());
        prepared.happened(&app, &reply).await.with_context(|| format!("{deed:?}"))?;
        assert_eq!(audits(&app).await? - before, deed.audits(), "{deed:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_read_that_hangs_once_is_given_up_and_made_again() -> Result<()> {
    let app = patient().await?;
    let member = app.member().await?;
    let prepared = prepare(&app, &member, Deed::Confirm, 1).await?;
    app.faults.next(Calls::Reads, Fault::Hang);
    let reply = prepared.send().await?;
    assert_eq!(app.faults.left(), 0);
    prepared.happened(&app, &reply).await
}

// ---- faults that stay -------------------------------------------------------------------------------
