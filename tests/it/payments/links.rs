//! Links by which a booking is paid by whoever has them.

use super::page::{NASTY, between, capture, goes_on, page, path_of, post_form, press};
use super::*;

/// A booking staff took from somebody without an account, by phone.
async fn of_a_guest(app: &App, from: u8, to: u8, more: &Value) -> Result<String> {
    let mut wish = wish(from, to);
    wish["contact"] = json!({"name": "홍길동", "phone": "010-1234-5678"});
    for (name, value) in more.as_object().into_iter().flatten() {
        wish[name] = value.clone();
    }
    id_of(&app.staff("operator").await?.book(&wish).await?)
}

async fn link(app: &App, body: &Value) -> Result<Reply> {
    app.staff("operator").await?.post("/payments/links", body).await
}

#[tokio::test]
async fn a_guest_pays_by_link_from_the_message_to_the_receipt() -> Result<()> {
    let app = patient().await?;
    let id = of_a_guest(&app, 10, 12, &json!({"confirm": true, "title": NASTY})).await?;
    let made = link(&app, &json!({"booking_id": id, "expires_in_hours": 48})).await?;
    assert_eq!(made.status, 201, "{made:?}");
    let told = |name: &str| made.text(&format!("/{name}"));
    let seen = [told("success"), told("order_name"), told("amount"), told("currency"), told("expires_at")];
    assert_eq!(seen, ["true", NASTY, "40000", "KRW", "2026-12-03T08:00:00+09:00"]);
    let at = path_of(&app, &told("url"))?;
    assert_eq!(at.len(), "/pay/".len() + 50, "{at}");

    let (_, html) = page(&app, &at).await?;
    assert!(
        html.contains("2026-12-03 08:00") && html.contains("customerKey=&"),
        "a guest has no key: {html}"
    );
    let order = between(&html, "orderId=", "&")?;
    let (_, same) = page(&app, &at).await?;
    assert_eq!(between(&same, "orderId=", "&")?, order, "looking again makes no other order");
    let fail = press(&app, &html, "cancel").await?;
    assert!(page(&app, &fail).await?.1.contains("PAY_PROCESS_CANCELED"));
    let again = post_form(&app, &format!("{at}/renew"), &format!("orderId={order}")).await?;
    assert_eq!(goes_on(&again)?, at, "the link stays");
    let (_, html) = page(&app, &at).await?;
    let other = between(&html, "orderId=", "&")?;
    assert_ne!(other, order);
    let twice = post_form(&app, &format!("{at}/renew"), &format!("orderId={order}")).await?;
    assert_eq!(goes_on(&twice)?, at);
    assert_eq!(between(&page(&app, &at).await?.1, "orderId=", "&")?, other, "pressed twice, made once");

    let success = press(&app, &html, "pay").await?;
    assert_eq!(goes_on(&capture(&app, &success).await?)?, at);
    assert_eq!(goes_on(&capture(&app, &success).await?)?, at);
    assert_eq!(app.stack().outsiders.toss.captures(&other), 1);
    assert!(page(&app, &at).await?.1.contains("결제 완료"));
    let operator = app.staff("operator").await?;
    let booked = booking(&operator, &id).await?;
    assert_eq!(booked.text("/data/status"), "confirmed");
    let paid = payment(&operator, &other).await?;
    assert_eq!((paid.text("/user_id").as_str(), paid.text("/status").as_str()), ("null", "DONE"));
    assert_eq!(movements(&app, &other).await?, 40_000);
    let trail = trail(&app, &other).await?;
    assert_eq!(actions(&trail), ["payment.readied", "payment.begun", "payment.captured"]);
    assert!(trail.iter().all(|record| record.actor == "anonymous"), "{trail:?}");
    Ok(())
}

#[tokio::test]
async fn a_member_may_be_sent_a_link_too_and_pays_under_their_own_key() -> Result<()> {
    let app = patient().await?;
    let member = app.member().await?;
    let id = id_of(&member.book(&wish(10, 12)).await?)?;
    let made = link(&app, &json!({"bookingId": id})).await?;
    assert_eq!(made.text("/expires_at"), "2026-12-04T08:00:00+09:00", "three days: {made:?}");
    let at = path_of(&app, &made.text("/url"))?;
    let (_, html) = page(&app, &at).await?;
    assert!(html.contains("2026-12-01 08:10"), "the hold ends before the link: {html}");
    let ready = ready(&member, &id).await?;
    assert_eq!(between(&html, "orderId=", "&")?, ready.text("/order_id"), "one order for both");
    assert_eq!(between(&html, "customerKey=", "&")?, ready.text("/customer_key"));
    // Paid in the app: the link says so, and makes nothing new.
    let key = app.authenticate(&ready.text("/order_id"), 40_000);
    assert_done(
        &member.confirm(&key, &ready.text("/order_id"), 40_000).await?,
        &ready.text("/order_id"),
        40_000,
    );
    let (_, html) = page(&app, &at).await?;
    assert!(html.contains("결제 완료") && html.contains(&ready.text("/order_id")), "{html}");
    assert_eq!(receipts(&app, &member).await?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn what_cannot_be_paid_gets_no_link() -> Result<()> {
    let app = patient().await?;
    let member = app.member().await?;
    let (paid, order, key) = member.up_to_the_window(&app, &wish(9, 10)).await?;
    assert_done(&member.confirm(&key, &order, 20_000).await?, &order, 20_000);
    let free = id_of(&member.book(&free_wish(9, 10)).await?)?;
    let cancelled = id_of(&member.book(&wish(10, 11)).await?)?;
    assert_eq!(cancel(&member, &cancelled).await?.status, 200);
    let draft = of_a_guest(&app, 11, 12, &json!({"draft": true})).await?;
    let late = id_of(&member.book(&wish(13, 14)).await?)?;
    app.clock.advance(HOLD_IS_OVER);
    for (id, code) in [
        (&paid, "already_paid"),
        (&free, "nothing_to_pay"),
        (&cancelled, "hold_over"),
        (&draft, "waits_for_staff"),
        (&late, "hold_over"),
    ] {
        assert_problem(&link(&app, &json!({"booking_id": id})).await?, 409, code);
    }
    let nobody = json!({"booking_id": "01900000-0000-7000-8000-0000000000ff"});
    assert_problem(&link(&app, &nobody).await?, 404, "not_found");
    Ok(())
}

#[tokio::test]
async fn only_staff_make_links_and_only_for_so_long() -> Result<()> {
    let app = App::start().await?;
    let id = of_a_guest(&app, 10, 12, &json!({"confirm": true})).await?;
    let body = json!({"booking_id": id});
    assert_problem(&app.stranger().post("/payments/links", &body).await?, 401, "unauthorized");
    for guest in [app.member().await?, app.staff("viewer").await?] {
        assert_problem(&guest.post("/payments/links", &body).await?, 403, "forbidden");
    }
    for (hours, field) in [
        (json!(0), true),
        (json!(337), true),
        (json!(-1), true),
        (json!(1.5), true),
        (json!("x"), true),
        (json!(1), false),
        (json!(336), false),
        (Value::Null, false),
    ] {
        let reply = link(&app, &json!({"booking_id": id, "expires_in_hours": hours})).await?;
        let wrong = (reply.status, reply.fields()) == (422, vec!["/expires_in_hours".to_owned()]);
        assert_eq!((wrong, reply.status == 201), (field, !field), "{hours}: {reply:?}");
    }
    assert_eq!(link(&app, &json!({"booking_id": "x"})).await?.fields(), ["/booking_id"]);
    assert_eq!(link(&app, &json!({})).await?.fields(), ["/booking_id"]);
    Ok(())
}

#[tokio::test]
async fn a_link_says_what_became_of_its_booking_until_it_ends_itself() -> Result<()> {
    let app = patient().await?;
    let id = of_a_guest(&app, 10, 12, &json!({"confirm": true})).await?;
    let at =
        path_of(&app, &link(&app, &json!({"booking_id": id, "expires_in_hours": 2})).await?.text("/url"))?;
    let first = between(&page(&app, &at).await?.1, "orderId=", "&")?;
    check_after(&app, 46 * 60).await?;
    let second = between(&page(&app, &at).await?.1, "orderId=", "&")?;
    assert_ne!(first, second, "an order that lapsed is made anew by looking");
    // Declined: told before anything new is made.
    let success = press(&app, &page(&app, &at).await?.1, "pay").await?;
    app.stack().outsiders.toss.next([Behaviour::Decline]);
    assert_eq!(goes_on(&capture(&app, &success).await?)?, at);
    for _ in 0..2 {
        assert!(page(&app, &at).await?.1.contains("REJECT_CARD_PAYMENT"));
    }
    assert_eq!(goes_on(&post_form(&app, &format!("{at}/renew"), "").await?)?, at);
    assert!(page(&app, &at).await?.1.contains("id=\"pay\""));
    let operator = app.staff("operator").await?;
    assert_eq!(cancel(&operator, &id).await?.status, 200);
    let (status, html) = page(&app, &at).await?;
    assert!(status == 200 && html.contains("결제할 수 없습니다") && !html.contains("id=\"pay\""), "{html}");
    app.clock.advance(2 * 3600);
    assert_eq!(page(&app, &at).await?.0, 404);
    Ok(())
}

#[tokio::test]
async fn a_booking_of_another_currency_is_paid_at_the_desk() -> Result<()> {
    let app = App::start().await?;
    let tours = app.stranger().get("/tours").await?;
    let member = app.member().await?;
    let wish = json!({"tour_id": tours.text("/data/0/id"), "usage_date": "2026-12-05", "usage_time": "09:00",
        "people_adult": 1, "title": "가족 여행"});
    let id = id_of(&member.book(&wish).await?)?;
    assert_problem(&link(&app, &json!({"booking_id": id})).await?, 409, "at_the_desk");
    Ok(())
}
