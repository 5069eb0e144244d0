//! The pay page against those who forge its address, its form and its words.

use super::page::{NASTY, checkout, page, path_of, post_form, rewrite, toss};
use super::*;

#[tokio::test]
async fn a_forged_an_expired_and_a_foreign_ticket_lead_nowhere() -> Result<()> {
    let (app, elsewhere) = (App::start().await?, App::start().await?);
    let (_, order, at) = checkout(&app, &app.member().await?, &wish(10, 12)).await?;
    let (_, _, foreign) = checkout(&elsewhere, &elsewhere.member().await?, &wish(10, 12)).await?;
    let last = if at.ends_with('A') { "E" } else { "A" };
    let forged = format!("{}{last}", &at[..at.len() - 1]);
    let nowhere = |path: String| {
        let app = &app;
        async move {
            let (status, html) = page(app, &path).await?;
            assert!(status == 404 && html.contains("결제 링크를 찾을 수 없습니다"), "{path}: {html}");
            assert!(!html.contains("정기 모임") && !html.contains("script>alert"), "{html}");
            anyhow::Ok(())
        }
    };
    for ticket in [&forged, &foreign, &format!("/pay/{order}"), &"/pay/%22%3E%3Cscript%3Ealert(1)".to_owned()]
    {
        nowhere(ticket.clone()).await?;
        nowhere(format!("{ticket}/success?paymentKey=k&orderId={order}&amount=40000")).await?;
        nowhere(format!("{ticket}/fail?code=C&message=M")).await?;
        for (path, body) in
            [("confirm", format!("paymentKey=k&orderId={order}&amount=40000")), ("renew", String::new())]
        {
            let reply = post_form(&app, &format!("{ticket}/{path}"), &body).await?;
            assert_eq!(reply.status, 404, "{reply:?}");
        }
    }
    nowhere_after(&app, &at, 14 * 24 * 3600).await?;
    assert_eq!(toss(&app).confirm_calls(), 0);
    Ok(())
}

async fn nowhere_after(app: &App, at: &str, seconds: u32) -> Result<()> {
    app.clock.advance(seconds - 1);
    assert_eq!(page(app, at).await?.0, 200);
    app.clock.advance(1);
    assert_eq!(page(app, at).await?.0, 404);
    Ok(())
}

#[tokio::test]
async fn another_amount_and_anothers_order_never_reach_the_provider() -> Result<()> {
    let app = App::start().await?;
    let (_, order, at) = checkout(&app, &app.member().await?, &wish(10, 12)).await?;
    let (_, theirs, _) = checkout(&app, &app.another().await?, &wish(13, 14)).await?;
    let key = app.authenticate(&order, 40_000);
    for (sent, status, said) in [
        (format!("paymentKey={key}&orderId={order}&amount=100"), 422, "금액이 주문과 다릅니다"),
        (format!("paymentKey={key}&orderId={order}&amount="), 422, "금액이 주문과 다릅니다"),
        (format!("paymentKey={key}&orderId={order}&amount=1e4"), 422, "금액이 주문과 다릅니다"),
        (format!("paymentKey={key}&orderId={theirs}&amount=20000"), 409, "이 링크의 결제가 아니어서"),
        (format!("paymentKey={key}&orderId=x&amount=40000"), 409, "이 링크의 결제가 아니어서"),
        (format!("paymentKey=a/b&orderId={order}&amount=40000"), 409, "이 링크의 결제가 아니어서"),
        (format!("orderId={order}&amount=40000"), 409, "이 링크의 결제가 아니어서"),
        (String::new(), 409, "이 링크의 결제가 아니어서"),
    ] {
        let (seen, html) = page(&app, &format!("{at}/success?{sent}")).await?;
        assert!(seen == status && html.contains(said), "{sent}: {seen} {html}");
        assert!(!html.contains("id=\"capture\""), "{sent}");
        let reply = post_form(&app, &format!("{at}/confirm"), &sent).await?;
        assert!(
            reply.status == status && reply.body.as_str().is_some_and(|b| b.contains(said)),
            "{sent}: {reply:?}"
        );
    }
    assert_eq!(toss(&app).confirm_calls(), 0);
    Ok(())
}

#[tokio::test]
async fn no_text_of_anybody_is_ever_html() -> Result<()> {
    let app = App::start().await?;
    let member = app.member().await?;
    let id = id_of(&member.book(&wish(10, 12)).await?)?;
    let named = json!({"booking_id": id, "order_name": NASTY});
    let donated = json!({"donation": {"amount": 5000, "donor": NASTY}, "order_name": NASTY});
    for wish in [named, donated] {
        let ready = member.post("/payments/ready", &wish).await?;
        let at = path_of(&app, &ready.text("/checkout_url"))?;
        let message: String = NASTY.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let fail = format!("{at}/fail?code={message}&message={message}{}&orderId={message}", "a".repeat(500));
        let success = format!(
            "{at}/success?paymentKey=k&orderId={}&amount={}",
            ready.text("/order_id"),
            ready.text("/amount")
        );
        let order = ready.text("/order_id");
        for path in [&at, &fail, &success] {
            let (status, html) = page(&app, path).await?;
            assert_eq!(status, 200);
            assert!(!html.contains("<script>alert") && !html.contains("\"'>"), "{html}");
            assert!(html.contains("&quot;&#39;&gt;&lt;script&gt;alert(1)"), "{html}");
        }
        assert!(!page(&app, &fail).await?.1.contains(&"a".repeat(200)), "cut to 200 characters");
        rewrite(&app, &order, |stored| {
            stored["status"] = json!("failed");
            stored["failure"] = json!({"code": NASTY, "message": NASTY});
        })
        .await?;
        let (_, html) = page(&app, &at).await?;
        assert!(html.contains("id=\"failure\"") && !html.contains("<script>alert"), "{html}");
    }
    Ok(())
}
