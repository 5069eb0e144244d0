//! What is paid at the desk, memberships and donations, and the ledger that holds it all.

use super::*;

async fn take(guest: &Guest, body: &Value) -> Result<Reply> {
    guest.post("/payments/manual", body).await
}

async fn user_id(guest: &Guest) -> Result<String> {
    Ok(guest.get("/me").await?.text("/data/user_id"))
}

#[tokio::test]
async fn money_taken_at_the_desk_is_recorded_and_makes_a_hold_firm() -> Result<()> {
    let app = App::start().await?;
    let (member, desk) = (app.member().await?, app.staff("operator").await?);
    let id = id_of(&member.book(&wish(10, 12)).await?)?;
    let body = json!({"booking_id": id, "method": "cash", "note": "현장 결제"});
    assert_problem(&take(&member, &body).await?, 403, "forbidden");
    let taken = desk.post_with("/payments/manual", &body, &[("idempotency-key", "k")]).await?;
    assert_eq!(
        (taken.status, taken.text("/status").as_str(), taken.text("/provider").as_str()),
        (201, "DONE", "cash")
    );
    let repeated = desk.post_with("/payments/manual", &body, &[("idempotency-key", "k")]).await?;
    assert_eq!(repeated.body, taken.body, "the same request is one payment");
    assert_problem(&take(&desk, &body).await?, 409, "already_paid");
    let told = booking(&member, &id).await?;
    assert_eq!(
        (told.text("/data/status").as_str(), &told.body["data"]["paid_amount"]),
        ("confirmed", &json!(40_000))
    );
    let order = taken.text("/order_id");
    assert_eq!(movements(&app, &order).await?, 40_000);
    assert_eq!(receipts(&app, &member).await?.len(), 1);

    // What a cancellation owes in cash is handed over by people.
    cancel(&member, &id).await?;
    assert_eq!(check_after(&app, 60).await?, Checked { owed: 1, ..Checked::default() });
    let waits = payment(&member, &order).await?;
    assert_eq!(
        (waits.text("/status").as_str(), waits.text("/refund/waits_for").as_str()),
        ("REFUNDING", "desk")
    );
    let path = format!("/payments/{order}/cancel");
    let done = desk.post(&path, &json!({})).await?;
    assert_eq!((done.status, done.text("/status").as_str()), (200, "REFUNDED"), "{done:?}");
    assert_eq!(desk.post(&path, &json!({})).await?.body, done.body, "once");
    assert_eq!(movements(&app, &order).await?, 0);
    Ok(())
}

#[tokio::test]
async fn what_is_wrong_with_money_at_the_desk_is_said() -> Result<()> {
    let app = App::start().await?;
    let (member, desk) = (app.member().await?, app.staff("operator").await?);
    let id = id_of(&member.book(&wish(10, 12)).await?)?;
    for (body, fields) in [
        (json!({}), vec!["/booking_id", "/method"]),
        (json!({"booking_id": id}), vec!["/method"]),
        (json!({"booking_id": id, "method": "toss"}), vec!["/method"]),
        (json!({"booking_id": id, "membership_type": "정회원", "method": "cash"}), vec!["/booking_id"]),
        (
            json!({"membership_type": "없는 등급", "user_id": user_id(&member).await?, "method": "cash"}),
            vec!["/membership_type"],
        ),
        (json!({"donation": {"amount": 999}, "method": "cash"}), vec!["/donation/amount"]),
    ] {
        let refused = take(&desk, &body).await?;
        assert_eq!(
            (refused.status, refused.fields()),
            (422, fields.iter().map(ToString::to_string).collect()),
            "{body}: {refused:?}"
        );
    }
    let nobody = json!({"membership_type": "정회원", "method": "cash"});
    assert_problem(&take(&desk, &nobody).await?, 404, "not_found");
    app.clock.advance(HOLD_IS_OVER);
    let (desk, another) = (app.staff("operator").await?, app.another().await?);
    another.book(&wish(10, 12)).await?;
    let late = json!({"booking_id": id, "method": "cash"});
    assert_problem(&take(&desk, &late).await?, 409, "hold_over");
    assert_eq!(app.stack().outsiders.toss.confirm_calls(), 0);
    Ok(())
}

#[tokio::test]
async fn a_grade_is_given_once_with_the_payment_it_came_from() -> Result<()> {
    let app = patient().await?;
    let member = app.member().await?;
    let id = user_id(&member).await?;
    let grade = json!({"membership_type": "정회원"});
    let shown = async || member.get(&format!("/payments/memberships/{id}")).await;
    assert_eq!(shown().await?.body["data"]["membership_type"], Value::Null);
    let mut orders = Vec::new();
    for _ in 0..2 {
        let ready = member.post("/payments/ready", &grade).await?;
        assert_eq!((ready.status, &ready.body["amount"]), (200, &json!(330_000)), "{ready:?}");
        let order = ready.text("/order_id");
        orders.push((order.clone(), app.authenticate(&order, 330_000)));
    }
    let (order, key) = &orders[0];
    assert_done(&member.confirm(key, order, 330_000).await?, order, 330_000);
    let told = shown().await?;
    assert_eq!(
        (told.text("/data/membership_type").as_str(), told.text("/data/order_id").as_str()),
        ("정회원", order.as_str())
    );
    assert_problem(&member.post("/payments/ready", &grade).await?, 409, "already_paid");
    // A second window was open: its money is not kept.
    let (second, second_key) = &orders[1];
    assert_problem(&member.confirm(second_key, second, 330_000).await?, 409, "payment_returned");
    assert_eq!(check_after(&app, 60).await?, Checked { refunded: 1, ..Checked::default() });
    assert_eq!((movements(&app, order).await?, movements(&app, second).await?), (330_000, 0));
    assert_eq!(shown().await?.text("/data/order_id"), *order, "the grade is still of the first");
    assert_problem(
        &app.another().await?.get(&format!("/payments/memberships/{id}")).await?,
        403,
        "forbidden",
    );

    let why = app.staff("admin").await?.get(&format!("/payments/ledger?user_id={id}")).await?;
    let list = why.body["data"].as_array().context("no list")?;
    assert!(
        list.iter().any(|m| m["order_id"] == **order && m["membership_type"] == "정회원"),
        "why they are one: {why:?}"
    );

    let desk = app.staff("operator").await?;
    let back = desk.post(&format!("/payments/{key}/cancel"), &json!({"reason": "탈퇴"})).await?;
    assert_eq!(back.text("/status"), "REFUNDED", "{back:?}");
    let ended = shown().await?;
    assert!(
        ended.body["data"]["membership_type"].is_null() && ended.body["data"]["ended_at"].is_string(),
        "{ended:?}"
    );
    assert_eq!(member.post("/payments/ready", &grade).await?.status, 200, "and can be had again");
    Ok(())
}

#[tokio::test]
async fn a_donation_needs_no_booking_and_gets_its_own_receipt() -> Result<()> {
    let app = patient().await?;
    let member = app.member().await?;
    for wrong in [json!({"amount": 999}), json!({"amount": 10_000_001}), json!({"amount": "1e4"}), json!({})]
    {
        let refused = member.post("/payments/ready", &json!({"donation": wrong})).await?;
        assert_eq!((refused.status, refused.fields()), (422, vec!["/donation/amount".to_owned()]), "{wrong}");
    }
    let wish = json!({"donation": {"amount": 10_000, "donor": "김후원"}, "order_name": "한글 후원"});
    let ready = member.post("/payments/ready", &wish).await?;
    let order = ready.text("/order_id");
    let key = app.authenticate(&order, 10_000);
    assert_done(&member.confirm(&key, &order, 10_000).await?, &order, 10_000);
    let mails = app.mails(&member.email).await?;
    let receipt = mails.iter().find(|mail| mail.subject.contains("후원 영수증")).context("no receipt")?;
    for part in ["김후원", "10000 KRW", "사업자등록번호 123-45-67890", order.as_str()] {
        assert!(receipt.text.contains(part), "{part} is not in {}", receipt.text);
    }
    assert_eq!(movements(&app, &order).await?, 10_000);
    Ok(())
}

#[tokio::test]
async fn payments_are_listed_for_their_owner_and_for_staff() -> Result<()> {
    let app = patient().await?;
    let (member, another, desk) = (app.member().await?, app.another().await?, app.staff("operator").await?);
    let (id, order, key) = member.up_to_the_window(&app, &wish(10, 12)).await?;
    member.confirm(&key, &order, 40_000).await?;
    ready(&another, &id_of(&another.book(&wish(13, 14)).await?)?).await?;
    let orders = async |guest: &Guest, query: &str| {
        let list = guest.get(&format!("/payments{query}")).await?;
        ensure!(list.status == 200, "{list:?}");
        anyhow::Ok(
            list.body["data"]
                .as_array()
                .context("no list")?
                .iter()
                .map(|p| p["order_id"].clone())
                .collect::<Vec<_>>(),
        )
    };
    assert_eq!(orders(&member, "").await?, [json!(order)]);
    assert_eq!(orders(&desk, "").await?.len(), 2);
    assert_eq!(orders(&desk, "?status=done").await?, [json!(order)]);
    assert_eq!(orders(&desk, &format!("?booking_id={id}")).await?, [json!(order)]);
    let theirs = user_id(&another).await?;
    assert_eq!(orders(&desk, &format!("?user_id={theirs}")).await?.len(), 1);
    assert_problem(&member.get(&format!("/payments?user_id={theirs}")).await?, 403, "forbidden");
    assert_problem(
        &member.get("/payments?user_id=x&page_size=0x&review=perhaps").await?,
        422,
        "invalid_input",
    );
    let first = desk.get("/payments?page_size=1").await?;
    let next = first.text("/pagination/next");
    assert_eq!(orders(&desk, &format!("?page_size=1&next={next}")).await?.len(), 1);
    assert_problem(&member.get("/payments?next=nonsense").await?, 422, "invalid_input");
    Ok(())
}
