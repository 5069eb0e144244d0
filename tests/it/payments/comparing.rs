//! The hourly comparison: what is in one book and not in the other is found.

use super::*;

const HOUR: u32 = 3_600;

#[tokio::test]
async fn books_that_agree_are_left_alone() -> Result<()> {
    let app = patient().await?;
    let (member, desk) = (app.member().await?, app.staff("operator").await?);
    let (_, order, key) = member.up_to_the_window(&app, &wish(10, 12)).await?;
    member.confirm(&key, &order, 40_000).await?;
    desk.post(&format!("/payments/{key}/cancel"), &json!({"amount": 10_000, "reason": "일부"})).await?;
    for _ in 0..3 {
        assert_eq!(check_after(&app, HOUR).await?, Checked::default());
    }
    assert_eq!(again(&app, &member).await?.get(&format!("/payments/{key}")).await?.body["lock_version"], 5);
    Ok(())
}

#[tokio::test]
async fn a_refund_at_the_provider_that_nobody_told_us_of_is_found_within_the_hour() -> Result<()> {
    let app = patient().await?;
    let member = app.member().await?;
    let (_, order, key) = member.up_to_the_window(&app, &wish(10, 12)).await?;
    member.confirm(&key, &order, 40_000).await?;
    let toss = app.stack().outsiders.toss.clone();
    check_after(&app, HOUR).await?;
    toss.cancel_outside(&key, Some(15_000));
    let _never_delivered = toss.webhooks();
    let mut found = 0;
    for _ in 0..2 {
        found += check_after(&app, HOUR).await?.differences;
    }
    assert_eq!(found, 1);
    let member = again(&app, &member).await?;
    assert_eq!(payment(&member, &key).await?.body["balance_amount"], 25_000);
    Ok(())
}

#[tokio::test]
async fn money_of_no_order_of_ours_is_kept_for_people_once() -> Result<()> {
    let app = patient().await?;
    let toss = app.stack().outsiders.toss.clone();
    check_after(&app, 1).await?;
    toss.plant_transaction("tgen_stray", "somebody-elses-order", "DONE", 12_345);
    let mut found = 0;
    for _ in 0..3 {
        found += check_after(&app, HOUR).await?.differences;
    }
    assert_eq!(found, 1, "told once");
    let strays = app.staff("admin").await?.get("/payments/strays").await?;
    let stray = &strays.body["data"][0];
    assert_eq!(
        (&stray["payment_key"], &stray["amount"]),
        (&json!("tgen_stray"), &json!(12_345)),
        "{strays:?}"
    );
    assert_problem(&app.member().await?.get("/payments/strays").await?, 403, "forbidden");
    Ok(())
}

#[tokio::test]
async fn a_capture_the_provider_has_no_line_for_is_looked_into() -> Result<()> {
    let app = patient().await?;
    let member = app.member().await?;
    let (_, order, key) = member.up_to_the_window(&app, &wish(10, 12)).await?;
    member.confirm(&key, &order, 40_000).await?;
    let toss = app.stack().outsiders.toss.clone();
    let told = toss.payment(&key).context("gone")?;
    assert!(toss.forget_transaction(told["lastTransactionKey"].as_str().context("no line")?));
    toss.next_read([Behaviour::Decline]);
    let mut found = 0;
    for _ in 0..2 {
        found += check_after(&app, HOUR).await?.differences;
    }
    assert_eq!(found, 1);
    let doubted = app.staff("admin").await?.get("/payments?review=true").await?;
    assert_eq!(doubted.body["data"][0]["order_id"], json!(order), "{doubted:?}");
    Ok(())
}

#[tokio::test]
async fn a_provider_that_was_silent_for_hours_is_caught_up_with() -> Result<()> {
    let app = patient().await?;
    let toss = app.stack().outsiders.toss.clone();
    check_after(&app, 1).await?;
    toss.plant_transaction("tgen_early", "somebody-elses-order", "DONE", 1);
    toss.silent(true);
    for _ in 0..5 {
        assert_eq!(check_after(&app, HOUR).await?, Checked::default());
    }
    toss.silent(false);
    assert_eq!(check_after(&app, 60).await?.differences, 1);
    Ok(())
}
