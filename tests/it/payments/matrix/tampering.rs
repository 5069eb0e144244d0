//! What a client cannot talk us into, and what fifty of them at once come to.

use super::*;

const AMOUNTS: [&str; 24] = [
    "0",
    "-1",
    "-15000",
    "0.0",
    "0.5",
    "1.5",
    "40000.5",
    "9007199254740992",
    "9007199254740993",
    "1e300",
    "-0.0",
    "\"0\"",
    "\"-1\"",
    "\"1.5\"",
    "\"abc\"",
    "\"15000원\"",
    "\"15,000\"",
    "\" 15000\"",
    "\"１５０００\"",
    "\"\"",
    "\"NaN\"",
    "true",
    "[15000]",
    "{\"value\":15000}",
];

#[tokio::test]
async fn an_amount_that_is_none_is_not_paid_back_and_nobody_is_called() -> Result<()> {
    let app = patient().await?;
    let (member, desk) = (app.member().await?, app.machine());
    let (_, order, key) = member.up_to_the_window(&app, &wish(10, 12)).await?;
    assert_done(&member.confirm(&key, &order, 40_000).await?, &order, 40_000);
    for amount in AMOUNTS {
        let amount: Value = serde_json::from_str(amount)?;
        for name in ["amount", "cancelAmount", "cancel_amount"] {
            let refused = desk.post(&format!("/payments/{key}/cancel"), &json!({name: amount})).await?;
            assert_problem(&refused, 422, "invalid_input");
            assert_eq!(refused.fields(), ["/amount"], "{name} {amount}");
        }
    }
    let toss = &app.stack().outsiders.toss;
    assert_eq!((toss.cancel_calls(), toss.refunds(&order)), (0, 0));
    assert_eq!(payment(&member, &key).await?.text("/status"), "DONE");
    assert_eq!(actions(&trail(&app, &order).await?).len(), 3, "nothing was written");
    Ok(())
}

#[tokio::test]
async fn more_than_there_is_or_of_another_payment_is_not_paid_back_and_nobody_is_called() -> Result<()> {
    let app = patient().await?;
    let (member, another, desk) = (app.member().await?, app.another().await?, app.machine());
    let (_, order, key) = member.up_to_the_window(&app, &wish(10, 12)).await?;
    let (_, open, unpaid) = another.up_to_the_window(&app, &wish(13, 15)).await?;
    assert_done(&member.confirm(&key, &order, 40_000).await?, &order, 40_000);
    for more in [json!(40_001), json!("40001"), json!(80_000), json!(9_007_199_254_740_991_i64)] {
        let refused = desk.post(&format!("/payments/{key}/cancel"), &json!({"amount": more})).await?;
        assert_problem(&refused, 422, "invalid_input");
    }
    for (guest, path, status) in [
        (&desk, unpaid.as_str(), 404),
        (&desk, open.as_str(), 409),
        (&desk, "nothing", 404),
        (&another, key.as_str(), 404),
        (&another, order.as_str(), 404),
    ] {
        let refused = guest.post(&format!("/payments/{path}/cancel"), &json!({"reason": "환불"})).await?;
        assert_eq!(refused.status, status, "{path}: {refused:?}");
    }
    let toss = &app.stack().outsiders.toss;
    assert_eq!((toss.cancel_calls(), toss.refunds(&order)), (0, 0));
    Ok(())
}

/// Nothing of a confirm but key, order and amount is looked at: what else a body says changes nothing.
#[tokio::test]
async fn what_else_a_confirm_says_does_not_change_what_is_owed() -> Result<()> {
    let app = patient().await?;
    let member = app.member().await?;
    let (_, order, key) = member.up_to_the_window(&app, &wish(10, 12)).await?;
    let said = json!({
        "paymentKey": key, "orderId": order, "amount": 40_000, "currency": "USD", "totalAmount": 1,
        "status": "DONE", "user_id": "x", "balanceAmount": 0, "discount": 39_999,
    });
    let mut less = said.clone();
    less["amount"] = json!(400);
    assert_problem(&member.post("/payments/confirm", &less).await?, 422, "invalid_input");
    assert_eq!(app.stack().outsiders.toss.confirm_calls(), 0);
    let done = member.post("/payments/confirm", &said).await?;
    assert_done(&done, &order, 40_000);
    assert_eq!(done.text("/currency"), "KRW");
    assert_eq!(movements(&app, &order).await?, 40_000);
    Ok(())
}

/// What the customer authenticated is another amount than what is owed: the provider itself refuses.
#[tokio::test]
async fn another_amount_in_the_window_captures_nothing() -> Result<()> {
    let app = patient().await?;
    let member = app.member().await?;
    let (id, order, _) = member.up_to_the_window(&app, &wish(10, 12)).await?;
    let cheap = app.authenticate(&order, 100);
    let told = member.confirm(&cheap, &order, 40_000).await?;
    assert_pending(&told, &cheap, &order);
    for _ in 0..20 {
        let _checked = check_after(&app, 60).await?;
    }
    assert_eq!(app.stack().outsiders.toss.captures(&order), 0);
    assert_eq!(payment(&app.machine(), &order).await?.text("/status"), "FAILED");
    assert_ne!(member.status_of(&id).await?, "paying");
    assert_eq!(movements(&app, &order).await?, 0);
    Ok(())
}

#[tokio::test]
async fn fifty_cancellations_at_once_pay_back_once() -> Result<()> {
    let app = patient().await?;
    let member = app.member().await?;
    let toss = app.stack().outsiders.toss.clone();
    for (from, by_booking) in [(10, true), (14, false)] {
        let (id, order, key) = member.up_to_the_window(&app, &wish(from, from + 2)).await?;
        assert_done(&member.confirm(&key, &order, 40_000).await?, &order, 40_000);
        let (path, wish) = (format!("/payments/{key}/cancel"), json!({"reason": "변심"}));
        let clicks = (0..50).map(async |click| {
            // Some press the other button, too.
            if by_booking == (click % 5 > 0) {
                cancel(&member, &id).await
            } else {
                member.post(&path, &wish).await
            }
        });
        let replies = try_join_all(clicks).await?;
        for reply in &replies {
            assert!([200, 202, 409].contains(&reply.status), "{reply:?}");
        }
        assert!(replies.iter().any(|reply| reply.status == 200));
        for _ in 0..3 {
            let _checked = check_after(&app, 60).await?;
        }
        assert_eq!(member.status_of(&id).await?, "cancelled");
        assert_eq!((toss.refunds(&order), toss.captures(&order)), (1, 1));
        let shown = payment(&member, &key).await?;
        assert_eq!((shown.text("/status").as_str(), &shown.body["balance_amount"]), ("REFUNDED", &json!(0)));
        assert_eq!(movements(&app, &order).await?, 0);
    }
    Ok(())
}
