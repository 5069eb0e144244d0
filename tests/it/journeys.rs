//! Whole journeys, as `tests/walk.sh` makes them, step by step.

use anyhow::{Context, Result};
use harness::app::{App, wish};
use harness::people::ROOM_A;
use serde_json::{Value, json};

#[tokio::test]
async fn a_newcomer_books_pays_and_gets_back_in_after_forgetting_the_password() -> Result<()> {
    let app = App::start().await?;
    let (email, password) = ("chulsoo@example.kr", "Str0ng!pass");
    let member = app.newcomer(email, "김철수", password).await?;

    let rooms = app.stranger().get("/rooms").await?;
    assert_eq!(rooms.text("/data/0/name"), "강의실 A");
    assert_eq!(rooms.text("/data/0/id"), ROOM_A);
    let free = member.get(&format!("/rooms/{ROOM_A}/availability?from=2026-12-02")).await?;
    assert_eq!(free.text("/data/0/free/0/start_time"), "2026-12-02T09:00:00+09:00");

    let (booking, order, key) = member.up_to_the_window(&app, &wish(10, 12)).await?;
    let confirmed = member.confirm(&key, &order, 40_000).await?;
    assert_eq!((confirmed.status, confirmed.text("/status").as_str()), (200, "DONE"));
    assert_eq!(member.status_of(&booking).await?, "confirmed");
    let receipt =
        app.mails(email).await?.into_iter().find(|mail| mail.text.contains(&order)).context("no receipt")?;
    assert!(
        receipt.text.contains("김철수님")
            && receipt.text.contains("40000 KRW")
            && receipt.text.contains("강의실 A"),
        "{receipt:?}"
    );

    let second = app.newcomer("younghee@example.kr", "이영희", password).await?;
    let refused = second.post("/api/bookings", &wish(10, 12)).await?;
    assert_eq!(refused.status, 409);
    let offers = refused.body.get("alternatives").and_then(Value::as_array).context("no alternatives")?;
    assert!(!offers.is_empty());

    let stranger = app.stranger();
    assert_eq!(stranger.post("/auth/forgot-password", &json!({"email": email})).await?.status, 200);
    let token = app.mailed_token(email, "reset-password").await?;
    let reset = stranger
        .post("/auth/reset-password", &json!({"token": token, "new_password": "N3w!password"}))
        .await?;
    assert_eq!(reset.status, 200);
    let old = stranger.post("/auth/login", &json!({"email": email, "password": password})).await?;
    assert_eq!((old.status, old.text("/code").as_str()), (401, "bad_credentials"));
    assert_eq!(member.get("/api/bookings").await?.status, 401);
    let back = app.sign_in(email, "N3w!password").await?;
    assert_eq!(back.status_of(&booking).await?, "confirmed");
    Ok(())
}

#[tokio::test]
async fn a_person_can_pay_in_the_window_knowing_only_the_order() -> Result<()> {
    let app = App::start().await?;
    let member = app.member().await?;
    let booking = member.book(&wish(10, 12)).await?;
    let ready = member.post("/payments/ready", &json!({"booking_id": booking["id"]})).await?;
    let page = app.stranger().get(&format!("/local/toss/pay?orderId={}", ready.text("/order_id"))).await?;
    let link = page.header("location").context("not completed")?.to_owned();
    assert!(link.contains("&amount=40000&orderName=%EC%A0%95"), "{link}");
    let page = app.stranger().get(&link).await?;
    assert_eq!(page.status, 200);
    assert!(page.text("").contains("40,000") || page.text("").contains("40000"), "{}", page.text(""));
    Ok(())
}
