//! Accounts that wait for a deposit.

use super::*;

/// A booking whose customer chose to pay into an account: (booking, order, key, what they were told).
async fn waiting(app: &App, guest: &Guest, wish: &Value) -> Result<(String, String, String, Reply)> {
    let id = id_of(&guest.book(wish).await?)?;
    let order = ready(guest, &id).await?.text("/order_id");
    let key = app.stack().outsiders.toss.authenticate(&order, 40_000, Some("VIRTUAL_ACCOUNT"));
    let told = guest.confirm(&key, &order, 40_000).await?;
    ensure!((told.status, told.text("/status").as_str()) == (200, "WAITING_FOR_DEPOSIT"), "{told:?}");
    Ok((id, order, key, told))
}

async fn deliver(app: &App) -> Result<()> {
    for webhook in app.stack().outsiders.toss.webhooks() {
        ensure!(app.stranger().post("/webhooks/toss", &webhook.body).await?.status == 200);
    }
    Ok(())
}

const ACCOUNT: &str = r#"{"bank": "20", "accountNumber": "1002-000-000000", "holderName": "김철수"}"#;

#[tokio::test]
async fn an_account_keeps_the_hours_until_the_deposit_comes() -> Result<()> {
    let app = patient().await?;
    let (member, another) = (app.member().await?, app.another().await?);
    let (id, order, key, told) = waiting(&app, &member, &wish(10, 12)).await?;
    let account = &told.body["virtual_account"];
    assert!(account["account_number"].is_string() && account["due_at"].is_string(), "{told:?}");
    assert_eq!((&told.body["balance_amount"], told.text("/approved_at").as_str()), (&json!(0), "null"));
    assert_eq!(member.status_of(&id).await?, "paying");
    assert_eq!(movements(&app, &order).await?, 0, "no money moved");
    let letter = app.mails(&member.email).await?.into_iter().find(|mail| mail.subject.contains("입금 안내"));
    let number = account["account_number"].as_str().context("no number")?;
    assert!(letter.context("no letter")?.text.contains(number));
    let trail_text = serde_json::to_string(&trail(&app, &order).await?)?;
    assert!(!trail_text.contains(number), "the trail names no account");

    app.clock.advance(3_600);
    app.stack().workers.sweep().await?;
    let (member, another) = (again(&app, &member).await?, again(&app, &another).await?);
    assert_problem(&another.post("/api/bookings", &wish(10, 12)).await?, 409, "slot_taken");
    assert_eq!(member.confirm(&key, &order, 40_000).await?.text("/status"), "WAITING_FOR_DEPOSIT");
    assert_problem(&cancel(&member, &id).await?, 409, "wrong_status");

    assert!(app.stack().outsiders.toss.deposit(&order));
    deliver(&app).await?;
    assert_done(&payment(&member, &key).await?, &order, 40_000);
    assert_eq!(member.status_of(&id).await?, "confirmed");
    assert_eq!(movements(&app, &order).await?, 40_000);
    assert_eq!(receipts(&app, &member).await?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn a_deposit_nobody_told_of_is_found() -> Result<()> {
    let app = patient().await?;
    let member = app.member().await?;
    let (id, order, _, _) = waiting(&app, &member, &wish(10, 12)).await?;
    assert_eq!(check_after(&app, 601).await?, Checked { unknown: 1, ..Checked::default() });
    app.stack().outsiders.toss.deposit(&order);
    assert_eq!(check_after(&app, 601).await?, Checked { captured: 1, ..Checked::default() });
    assert_eq!(again(&app, &member).await?.status_of(&id).await?, "confirmed");
    Ok(())
}

#[tokio::test]
async fn a_deposit_told_without_its_secret_is_not_believed() -> Result<()> {
    let app = patient().await?;
    let member = app.member().await?;
    let (_, order, key, _) = waiting(&app, &member, &wish(10, 12)).await?;
    let toss = &app.stack().outsiders.toss;
    toss.deposit(&order);
    let reads = toss.read_calls();
    for secret in [json!("guess"), json!(""), Value::Null] {
        let forged = json!({"orderId": order, "status": "DONE", "secret": secret, "transactionKey": "t"});
        assert_eq!(app.stranger().post("/webhooks/toss", &forged).await?.status, 200);
    }
    assert_eq!(toss.read_calls(), reads, "nobody was asked");
    assert_eq!(payment(&member, &key).await?.text("/status"), "WAITING_FOR_DEPOSIT");
    Ok(())
}

#[tokio::test]
async fn an_account_nobody_paid_into_is_closed_there_before_its_hours_are_free_here() -> Result<()> {
    let app = patient().await?;
    let (member, another) = (app.member().await?, app.another().await?);
    let day = wish_for(ROOM_A, "2026-12-20", 10, 12);
    let (id, order, key, _) = waiting(&app, &member, &day).await?;
    let toss = app.stack().outsiders.toss.clone();
    // A week, and the time a late message may take: the provider is silent when it is over.
    app.clock.advance(7 * 24 * 3_600 + 601);
    toss.silent(true);
    assert_eq!(check_after(&app, 1).await?.expired, 0);
    let (member, another) = (again(&app, &member).await?, again(&app, &another).await?);
    assert_problem(&another.post("/api/bookings", &day).await?, 409, "slot_taken");
    toss.silent(false);
    assert_eq!(check_after(&app, 601).await?.expired, 1);
    assert_eq!(toss.payment(&key).context("gone")?["status"], "CANCELED");
    assert_eq!(payment(&member, &key).await?.text("/status"), "EXPIRED");
    assert_eq!(member.status_of(&id).await?, "expired");
    assert_eq!(another.post("/api/bookings", &day).await?.status, 201);
    assert!(!toss.deposit(&order), "nobody can pay into it any more");
    Ok(())
}

#[tokio::test]
async fn a_deposit_taken_back_is_undone_in_the_ledger_and_keeps_its_hours() -> Result<()> {
    let app = patient().await?;
    let (member, another) = (app.member().await?, app.another().await?);
    let (id, order, key, _) = waiting(&app, &member, &wish(10, 12)).await?;
    let toss = app.stack().outsiders.toss.clone();
    for _ in 0..2 {
        toss.deposit(&order);
        deliver(&app).await?;
        assert_eq!(movements(&app, &order).await?, 40_000);
        assert!(toss.take_back_deposit(&order));
        deliver(&app).await?;
        assert_eq!(payment(&member, &key).await?.text("/status"), "WAITING_FOR_DEPOSIT");
        assert_eq!(movements(&app, &order).await?, 0);
        let told = booking(&member, &id).await?;
        assert_eq!(
            (told.text("/data/status").as_str(), &told.body["data"]["is_paid"]),
            ("confirmed", &json!(false))
        );
    }
    assert_problem(&another.post("/api/bookings", &wish(10, 12)).await?, 409, "slot_taken");
    toss.deposit(&order);
    deliver(&app).await?;
    assert_eq!(booking(&member, &id).await?.body["data"]["is_paid"], true);
    Ok(())
}

#[tokio::test]
async fn a_deposit_goes_back_to_the_account_its_customer_names() -> Result<()> {
    let app = patient().await?;
    let member = app.member().await?;
    let (id, order, key, _) = waiting(&app, &member, &wish(10, 12)).await?;
    app.stack().outsiders.toss.deposit(&order);
    deliver(&app).await?;
    cancel(&member, &id).await?;
    assert_eq!(check_after(&app, 60).await?, Checked { owed: 1, ..Checked::default() });
    let waits = payment(&member, &key).await?;
    assert_eq!(
        (waits.text("/status").as_str(), waits.text("/refund/waits_for").as_str()),
        ("REFUNDING", "refund_account")
    );
    let path = format!("/payments/{key}/cancel");
    let nowhere = app.staff("operator").await?.post(&path, &json!({})).await?;
    assert_eq!((nowhere.status, nowhere.fields()), (422, vec!["/refund_account".to_owned()]));
    let wrong =
        member.post(&path, &json!({"refund_account": {"bank": "x", "number": "", "holder": ""}})).await?;
    assert_eq!((wrong.status, wrong.fields().len()), (422, 3), "{wrong:?}");
    let account: Value = serde_json::from_str(ACCOUNT)?;
    let done = member.post(&path, &json!({"refund_account": account})).await?;
    assert_eq!((done.status, done.text("/status").as_str()), (200, "REFUNDED"), "{done:?}");
    assert_eq!(movements(&app, &order).await?, 0);
    let everything = format!("{:?}{}", trail(&app, &order).await?, done.body);
    assert!(!everything.contains("1002000000000"), "nobody is told the account");
    Ok(())
}

#[tokio::test]
async fn who_does_not_want_to_pay_into_an_account_any_more_gives_it_up() -> Result<()> {
    let app = patient().await?;
    let (member, another) = (app.member().await?, app.another().await?);
    let (_, _, key, _) = waiting(&app, &member, &wish(10, 12)).await?;
    let done = member.post(&format!("/payments/{key}/cancel"), &json!({})).await?;
    assert_eq!((done.status, done.text("/status").as_str()), (200, "EXPIRED"), "{done:?}");
    app.clock.advance(HOLD_IS_OVER);
    assert_eq!(another.post("/api/bookings", &wish(10, 12)).await?.status, 201);
    Ok(())
}
