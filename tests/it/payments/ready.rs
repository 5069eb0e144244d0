//! Making ready.

use super::*;

// ---- ready ----------------------------------------------------------------------------------------

#[tokio::test]
async fn the_price_is_rate_times_hours_whatever_the_client_says() -> Result<()> {
    let app = App::start().await?;
    let member = app.member().await?;
    let spans = [
        ("09:00", "09:15", 5_000),
        ("10:00", "11:00", 20_000),
        ("11:00", "12:30", 30_000),
        ("14:00", "18:00", 80_000),
    ];
    for (from, to, amount) in spans {
        let day = "2026-12-02";
        let wish = json!({"room_id": ROOM_A, "title": "수업", "start_time": format!("{day}T{from}:00+09:00"),
            "end_time": format!("{day}T{to}:00+09:00"), "amount": 1, "price": 1});
        let id = id_of(&member.book(&wish).await?)?;
        let said = json!({"booking_id": id, "amount": 1, "total_amount": 1, "price": 0, "currency": "USD"});
        let reply = member.post("/payments/ready", &said).await?;
        assert_eq!(reply.status, 200, "{reply:?}");
        assert_eq!((reply.body["amount"].as_i64(), reply.text("/currency").as_str()), (Some(amount), "KRW"));
        assert_eq!(reply.body["success"], true);
        assert_eq!(reply.text("/order_name"), "수업");
        assert_eq!(reply.text("/expires_at"), "2026-12-01T08:10:00+09:00");
        let url = reply.text("/checkout_url");
        let page = url.strip_prefix(&format!("{}/pay/", app.base_url())).context("our own page")?;
        assert!(page.len() == 50 && !page.contains(&reply.text("/order_id")), "{url}");
        assert!(!reply.text("/client_key").is_empty() && !reply.text("/customer_key").is_empty());
        let booking = booking(&member, &id).await?;
        assert_eq!(booking.text("/data/order_id"), reply.text("/order_id"));
        assert_eq!(
            (booking.text("/data/status").as_str(), booking.body["data"]["lock_version"].as_i64()),
            ("held", Some(2))
        );
    }
    assert_eq!(app.stack().outsiders.toss.confirm_calls(), 0);
    Ok(())
}

#[tokio::test]
async fn asking_again_gives_the_same_open_order() -> Result<()> {
    let app = App::start().await?;
    let member = app.member().await?;
    let id = id_of(&member.book(&wish(10, 12)).await?)?;
    let first = ready(&member, &id).await?;
    let camel = member.post("/payments/ready", &json!({"bookingId": id, "orderName": "다른 이름"})).await?;
    assert_eq!((first.status, camel.status), (200, 200), "{first:?} {camel:?}");
    assert_eq!(first.body, camel.body, "an open order is given as it is");
    assert_eq!(booking(&member, &id).await?.body["data"]["lock_version"], 2, "nothing was written again");
    Ok(())
}

#[tokio::test]
async fn twenty_at_once_who_ask_to_pay_get_one_order() -> Result<()> {
    let app = App::start().await?;
    let member = app.member().await?;
    let id = id_of(&member.book(&wish(10, 12)).await?)?;
    let replies = try_join_all((0..20).map(|_| ready(&member, &id))).await?;
    let orders: std::collections::BTreeSet<_> =
        replies.iter().map(|reply| (reply.status, reply.text("/order_id"))).collect();
    assert_eq!(orders.len(), 1, "{orders:?}");
    assert_eq!(orders.first().map(|(status, _)| *status), Some(200));
    Ok(())
}

#[tokio::test]
async fn a_repeated_key_is_answered_with_the_same_order_and_another_body_is_refused() -> Result<()> {
    let app = App::start().await?;
    let member = app.member().await?;
    let (one, other) =
        (id_of(&member.book(&wish(10, 12)).await?)?, id_of(&member.book(&wish(13, 14)).await?)?);
    let key = [("idempotency-key", "ready-1")];
    let body = json!({"booking_id": one});
    let first = member.post_with("/payments/ready", &body, &key).await?;
    assert_eq!((first.status, first.header("idempotent-replayed")), (200, None), "{first:?}");
    let second = member.post_with("/payments/ready", &body, &key).await?;
    assert_eq!((second.status, second.header("idempotent-replayed")), (200, Some("true")), "{second:?}");
    assert_eq!(first.body, second.body);
    let reused = member.post_with("/payments/ready", &json!({"booking_id": other}), &key).await?;
    assert_problem(&reused, 422, "idempotency_key_reused");
    assert_eq!(booking(&member, &other).await?.text("/data/order_id"), "null", "nothing was made ready");
    // Somebody else's key of the same name is another key.
    let stranger = app.another().await?;
    let theirs = id_of(&stranger.book(&wish(15, 16)).await?)?;
    let reply = stranger.post_with("/payments/ready", &json!({"booking_id": theirs}), &key).await?;
    assert_eq!((reply.status, reply.header("idempotent-replayed")), (200, None), "{reply:?}");
    Ok(())
}

#[tokio::test]
async fn a_key_is_remembered_even_where_the_order_was_open_before() -> Result<()> {
    let app = App::start().await?;
    let member = app.member().await?;
    let (one, other) =
        (id_of(&member.book(&wish(10, 12)).await?)?, id_of(&member.book(&wish(13, 14)).await?)?);
    assert_eq!(ready(&member, &one).await?.status, 200);
    let key = [("idempotency-key", "ready-late")];
    let first = member.post_with("/payments/ready", &json!({"booking_id": one}), &key).await?;
    assert_eq!(first.status, 200, "{first:?}");
    let reused = member.post_with("/payments/ready", &json!({"booking_id": other}), &key).await?;
    assert_problem(&reused, 422, "idempotency_key_reused");
    Ok(())
}

#[tokio::test]
async fn only_a_live_hold_of_ones_own_can_be_made_ready() -> Result<()> {
    let app = patient().await?;
    let (member, another) = (app.member().await?, app.another().await?);
    let free = id_of(&member.book(&free_wish(10, 11)).await?)?;
    assert_problem(&ready(&member, &free).await?, 409, "nothing_to_pay");

    let (paid, order, key) = member.up_to_the_window(&app, &wish(9, 10)).await?;
    assert_done(&member.confirm(&key, &order, 20_000).await?, &order, 20_000);
    assert_problem(&ready(&member, &paid).await?, 409, "already_paid");

    let cancelled = id_of(&member.book(&wish(10, 11)).await?)?;
    assert_eq!(cancel(&member, &cancelled).await?.status, 200);
    assert_problem(&ready(&member, &cancelled).await?, 409, "hold_over");

    let foreign = id_of(&another.book(&wish(11, 12)).await?)?;
    assert_problem(&ready(&member, &foreign).await?, 404, "not_found");
    let staff = app.staff("operator").await?;
    assert_problem(&ready(&staff, &foreign).await?, 404, "not_found");
    assert_problem(&ready(&member, "01900000-0000-7000-8000-0000000000ff").await?, 404, "not_found");
    assert_problem(&ready(&app.stranger(), &foreign).await?, 401, "unauthorized");
    for wrong in
        [json!({}), json!({"booking_id": 7}), json!({"booking_id": "x"}), json!({"booking_id": null})]
    {
        let reply = member.post("/payments/ready", &wrong).await?;
        assert_problem(&reply, 422, "invalid_input");
        assert_eq!(reply.fields(), ["/booking_id"], "{wrong}");
    }

    let late = id_of(&member.book(&wish(13, 14)).await?)?;
    app.clock.advance(600);
    assert_problem(&ready(&member, &late).await?, 409, "hold_over");
    assert!(app.stack().workers.sweep().await? >= 1);
    assert_eq!(member.status_of(&late).await?, "expired");
    assert_problem(&ready(&member, &late).await?, 409, "hold_over");
    Ok(())
}

/// Without a page of its own, `checkout_url` is ours where the caller reached us: under a name of one's own, too.
#[tokio::test]
async fn the_page_is_where_its_caller_reached_us() -> Result<()> {
    use maru_payments::{Checkout, Grades, Tickets, Window};
    let app = App::start().await?;
    let member = app.member().await?;
    let id = id_of(&member.book(&wish(10, 12)).await?)?;
    let tickets = app.stack().vault.clone().supply(|secrets| Some(Tickets::derive(&secrets.master())));
    let db = app.stack().store("payment-ready").context("no store")?.clone();
    let mounted =
        payment_ready::api(db.clone(), Grades::default(), Window::default(), Checkout::new("", tickets));
    let random = maru_kernel::Random::system();
    let front = maru_web::Front::new("payment-ready", mounted, vec![], "prod", db.meter().clone(), random);
    let mut event: Value = serde_json::from_str(include_str!("../../../events/payment-ready.json"))?;
    event["body"] = json!(json!({"booking_id": id}).to_string());
    let bearer = format!("Bearer {}", member.token.as_deref().context("no token")?);
    event["headers"]["Authorization"] = json!(bearer);
    event["multiValueHeaders"]["Authorization"] = json!([bearer]);
    let mut tickets = Vec::new();
    for (name, path, page) in [
        (
            "a1b2.execute-api.ap-northeast-2.amazonaws.com",
            "/prod/payments/ready",
            "https://a1b2.execute-api.ap-northeast-2.amazonaws.com/prod/pay/",
        ),
        ("api.example.kr", "/payments/ready", "https://api.example.kr/pay/"),
    ] {
        event["requestContext"]["domainName"] = json!(name);
        event["requestContext"]["path"] = json!(path);
        let answer = front.answer_event(lambda_http::request::from_str(&event.to_string())?).await;
        let body: Value = serde_json::from_slice(answer.body())?;
        let url = body["checkout_url"].as_str().with_context(|| body.to_string())?;
        tickets.push(url.strip_prefix(page).with_context(|| url.to_owned())?.to_owned());
    }
    assert_eq!(tickets[0], tickets[1], "the same page, by both names");
    Ok(())
}
