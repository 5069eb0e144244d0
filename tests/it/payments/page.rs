//! The pay page: each state, forged tickets, hostile texts, and a whole way to the window and back.

use harness::fakes::toss::FakeToss;
use maru_kernel::{Random, Supply};
use maru_payments::{Checkout, Grades, PAYMENTS, Payment, Tickets, Window};
use maru_table::{Key, Write};
use maru_web::Front;

use super::*;

/// Sent as a browser sends a form.
pub(super) const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");
pub(super) const NASTY: &str = "\"'><script>alert(1)</script>&";

/// The path of an address of this stack.
pub(super) fn path_of(app: &App, url: &str) -> Result<String> {
    Ok(url.strip_prefix(app.base_url()).with_context(|| format!("elsewhere: {url}"))?.to_owned())
}

/// The page at a path, as somebody who is not signed in gets it.
pub(super) async fn page(app: &App, path: &str) -> Result<(u16, String)> {
    let reply = app.stranger().get(path).await?;
    let (kind, policy) = (reply.header("content-type"), reply.header("content-security-policy"));
    assert_eq!(kind, Some("text/html; charset=utf-8"), "{reply:?}");
    let policy = policy.unwrap_or_default();
    assert!(policy.starts_with("default-src 'none'; base-uri 'none'; frame-ancestors 'none'; "), "{policy}");
    assert!(!policy.contains("unsafe"), "{policy}");
    let headers =
        ["cache-control", "referrer-policy", "x-content-type-options"].map(|name| reply.header(name));
    assert_eq!(headers, [Some("no-store"), Some("no-referrer"), Some("nosniff")]);
    Ok((reply.status, reply.body.as_str().unwrap_or_default().to_owned()))
}

/// What stands between two texts, as its reader sees it.
pub(super) fn between(html: &str, from: &str, to: &str) -> Result<String> {
    let rest = html.split_once(from).with_context(|| format!("no {from} in {html}"))?.1;
    let text = rest.split_once(to).with_context(|| format!("no {to} behind {from}"))?.0;
    Ok(text
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&"))
}

pub(super) async fn post_form(app: &App, path: &str, body: &str) -> Result<Reply> {
    app.stranger().send(Method::POST, path, &[FORM], Some(body.as_bytes().to_vec())).await
}

/// Presses the page's button, and then one in the fake window; answers where that sends the browser.
pub(super) async fn press(app: &App, html: &str, action: &str) -> Result<String> {
    let to = path_of(app, &between(html, "id=\"pay\" href=\"", "\"")?)?;
    let (window, query) = to.split_once('?').context("no query")?;
    assert_eq!((window, app.stranger().get(&to).await?.status), ("/local/toss/pay", 200));
    let pressed = post_form(app, window, &format!("{query}&method=CARD&action={action}")).await?;
    assert_eq!(pressed.status, 303, "{pressed:?}");
    path_of(app, pressed.header("location").context("no way back")?)
}

/// What the page behind a success address sends on by itself.
pub(super) async fn capture(app: &App, success: &str) -> Result<Reply> {
    let (status, html) = page(app, success).await?;
    assert_eq!(status, 200, "{html}");
    let field = |name: &str| between(&html, &format!("name=\"{name}\" value=\""), "\"");
    let sent = format!(
        "paymentKey={}&orderId={}&amount={}",
        field("paymentKey")?,
        field("orderId")?,
        field("amount")?
    );
    assert_eq!(between(&html, "<form method=\"post\" action=\"", "\"")?, "confirm");
    assert!(html.contains("<noscript><button"), "{html}");
    let under = success.split_once("/success?").context("no success address")?.0;
    post_form(app, &format!("{under}/confirm"), &sent).await
}

/// Where an answer sends the browser on to from `{page}/anything`.
pub(super) fn goes_on(reply: &Reply) -> Result<String> {
    assert_eq!(reply.status, 303, "{reply:?}");
    let to = reply.header("location").context("nowhere")?;
    Ok(format!("/pay/{}", to.strip_prefix("../").context("not relative")?))
}

/// A member's booking made ready: the booking, the order, the path of its page.
pub(super) async fn checkout(app: &App, member: &Guest, wish: &Value) -> Result<(String, String, String)> {
    let id = id_of(&member.book(wish).await?)?;
    let ready = ready(member, &id).await?;
    Ok((id, ready.text("/order_id"), path_of(app, &ready.text("/checkout_url"))?))
}

/// Stores a payment as no fake can make it.
pub(super) async fn rewrite(app: &App, order: &str, change: impl FnOnce(&mut Value)) -> Result<()> {
    let db = app.stack().store("payments").context("no store")?;
    let stored: Option<Payment> = db.get(&Key::of(&PAYMENTS, order)).await?;
    let mut value = serde_json::to_value(stored.context("no such order")?)?;
    change(&mut value);
    let changed: Payment = serde_json::from_value(value)?;
    ensure!(db.note(&Write::put(&PAYMENTS, &changed)).await?);
    Ok(())
}

pub(super) fn toss(app: &App) -> &FakeToss {
    &app.stack().outsiders.toss
}

#[tokio::test]
async fn a_member_pays_at_the_page_and_everything_may_be_done_twice() -> Result<()> {
    let app = patient().await?;
    let member = app.member().await?;
    let (id, order, at) = checkout(&app, &member, &wish(10, 12)).await?;
    let (status, html) = page(&app, &at).await?;
    assert_eq!(status, 200);
    for said in [
        "정기 모임",
        "40,000원",
        "2026-12-01 08:10",
        "마루 스튜디오 · 사업자등록번호 123-45-67890",
        "width=device-width",
        "결제하기",
    ] {
        assert!(html.contains(said), "{said} in {html}");
    }
    assert!(html.find("결제하기") < html.find("Pay"), "Korean first");
    let key = between(&html, "customerKey=", "&")?;
    assert_eq!(key, ready(&member, &id).await?.text("/customer_key"), "the same at the window");
    let success = press(&app, &html, "pay").await?;
    assert!(success.starts_with(&format!("{at}/success?paymentKey=")), "{success}");
    let first = capture(&app, &success).await?;
    assert_eq!(goes_on(&first)?, at);
    assert_eq!(goes_on(&capture(&app, &success).await?)?, at, "sent twice, or gone back");
    assert_eq!((toss(&app).confirm_calls(), toss(&app).captures(&order)), (1, 1));
    assert_eq!(member.status_of(&id).await?, "confirmed");
    let (_, html) = page(&app, &at).await?;
    assert!(html.contains("결제 완료") && html.contains("카드") && html.contains(&order), "{html}");
    assert!(
        between(&html, "<a class=\"button\" href=\"", "\"")?.starts_with("https://example.invalid/receipts/")
    );
    assert!(!html.contains("id=\"pay\""), "{html}");
    // Nothing leads back to the window or to another order.
    let reply = app.stranger().get(&format!("{at}/fail?code=X&message=Y")).await?;
    assert_eq!(goes_on(&reply)?, at);
    assert_eq!(goes_on(&post_form(&app, &format!("{at}/renew"), "").await?)?, at);
    assert_eq!(receipts(&app, &member).await?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn fifty_captures_at_once_by_the_page_move_the_money_once() -> Result<()> {
    let app = patient().await?;
    let (_, order, at) = checkout(&app, &app.member().await?, &wish(10, 12)).await?;
    let key = app.authenticate(&order, 40_000);
    let (path, body) = (format!("{at}/confirm"), format!("paymentKey={key}&orderId={order}&amount=40000"));
    let replies = try_join_all((0..50).map(|_| post_form(&app, &path, &body))).await?;
    for reply in &replies {
        assert_eq!(goes_on(reply)?, at);
    }
    assert_eq!(toss(&app).captures(&order), 1);
    Ok(())
}

#[tokio::test]
async fn what_the_window_refuses_is_told_and_tried_again_with_another_order() -> Result<()> {
    let app = patient().await?;
    let member = app.member().await?;
    let (id, first, at) = checkout(&app, &member, &wish(10, 12)).await?;
    let fail = press(&app, &page(&app, &at).await?.1, "decline").await?;
    let (status, html) = page(&app, &fail).await?;
    assert!(
        status == 200 && html.contains("결제되지 않았습니다") && html.contains("REJECT_CARD_COMPANY"),
        "{html}"
    );
    assert!(html.contains("청구된 금액은 없습니다"), "{html}");
    let again = goes_on(&post_form(&app, &format!("{at}/renew"), &format!("orderId={first}")).await?)?;
    assert_ne!(again, at, "another order");
    let second = booking(&member, &id).await?.text("/data/order_id");
    assert_ne!(second, first);
    // The first cannot be paid any more, whoever authenticates it.
    let late = app.authenticate(&first, 40_000);
    assert_problem(&member.confirm(&late, &first, 40_000).await?, 409, "order_closed");
    assert_eq!(toss(&app).confirm_calls(), 0);
    let success = press(&app, &page(&app, &again).await?.1, "pay").await?;
    assert_eq!(goes_on(&capture(&app, &success).await?)?, again);
    assert_eq!(member.status_of(&id).await?, "confirmed");
    assert!(page(&app, &at).await?.1.contains("이미 결제되었습니다"), "by the other order");
    Ok(())
}

#[tokio::test]
async fn what_the_provider_declines_is_shown_with_its_message_and_tried_again() -> Result<()> {
    let app = patient().await?;
    let member = app.member().await?;
    let (id, order, at) = checkout(&app, &member, &wish(10, 12)).await?;
    let success = press(&app, &page(&app, &at).await?.1, "pay").await?;
    toss(&app).next([Behaviour::Decline]);
    assert_eq!(goes_on(&capture(&app, &success).await?)?, at);
    let (_, html) = page(&app, &at).await?;
    let told = payment(&member, &order).await?.text("/failure/message");
    assert!(!told.is_empty() && html.contains(&told) && html.contains("REJECT_CARD_PAYMENT"), "{html}");
    let action = between(&html, "<form method=\"post\" action=\"", "\"")?;
    let again = goes_on(&post_form(&app, &format!("/pay/{action}"), "").await?)?;
    let success = press(&app, &page(&app, &again).await?.1, "pay").await?;
    assert_eq!(goes_on(&capture(&app, &success).await?)?, again);
    assert_eq!(member.status_of(&id).await?, "confirmed");
    Ok(())
}

#[tokio::test]
async fn what_nobody_knows_yet_is_checked_and_not_paid_again() -> Result<()> {
    let app = patient().await?;
    let member = app.member().await?;
    let (_, order, at) = checkout(&app, &member, &wish(10, 12)).await?;
    let success = press(&app, &page(&app, &at).await?.1, "pay").await?;
    toss(&app).next([Behaviour::Error500AfterCapture]);
    assert_eq!(goes_on(&capture(&app, &success).await?)?, at);
    let (_, html) = page(&app, &at).await?;
    assert!(html.contains("결제 확인 중") && html.contains("http-equiv=\"refresh\""), "{html}");
    assert!(!html.contains("id=\"pay\"") && !html.contains("id=\"retry\""), "{html}");
    check_after(&app, 61).await?;
    assert!(page(&app, &at).await?.1.contains("결제 완료"));
    assert_eq!(toss(&app).captures(&order), 1);
    Ok(())
}

#[tokio::test]
async fn an_account_is_shown_until_the_deposit_came_and_a_refund_when_it_went() -> Result<()> {
    let app = patient().await?;
    let (_, order, at) = checkout(&app, &app.member().await?, &wish(10, 12)).await?;
    let account =
        json!({"bank": "20", "number": "X0011223344556", "holder": "마루", "due_at": "2026-12-02T14:59:00Z"});
    rewrite(&app, &order, |stored| {
        stored["status"] = json!("waiting");
        stored["account"] = account;
    })
    .await?;
    let (_, html) = page(&app, &at).await?;
    for said in ["입금 대기", "우리은행", "X0011223344556", "마루", "2026-12-02 23:59", "40,000원"]
    {
        assert!(html.contains(said), "{said} in {html}");
    }
    rewrite(&app, &order, |stored| {
        stored["status"] = json!("done");
        stored["account"] = Value::Null;
        stored["capture"] = json!({"amount": stored["amount"], "receipt_url": "javascript:alert(1)"});
    })
    .await?;
    let (_, html) = page(&app, &at).await?;
    assert!(html.contains("결제 완료") && !html.contains("javascript:"), "{html}");
    rewrite(&app, &order, |stored| {
        stored["refunds"] = json!([{"transaction": "t", "amount": stored["amount"], "reason": "변심",
            "taker": "toss", "at": "2026-12-01T00:00:00Z"}]);
    })
    .await?;
    assert!(page(&app, &at).await?.1.contains("Paid back"));
    Ok(())
}

#[tokio::test]
async fn a_hold_that_is_over_is_not_paid_at_the_page() -> Result<()> {
    let app = patient().await?;
    let member = app.member().await?;
    let (_, _, at) = checkout(&app, &member, &wish(10, 12)).await?;
    app.clock.advance(HOLD_IS_OVER);
    app.stack().workers.sweep().await?;
    let (status, html) = page(&app, &at).await?;
    assert!(status == 200 && html.contains("예약 시간이 지나 결제할 수 없습니다"), "{html}");
    assert!(!html.contains("id=\"pay\""), "{html}");
    assert_eq!(goes_on(&post_form(&app, &format!("{at}/renew"), "").await?)?, at, "nothing new is made");
    // What lapsed without a hold is made anew.
    let ready = member.post("/payments/ready", &json!({"donation": {"amount": 5000}})).await?;
    let at = path_of(&app, &ready.text("/checkout_url"))?;
    check_after(&app, 46 * 60).await?;
    let (_, html) = page(&app, &at).await?;
    assert!(html.contains("결제 시간이 지났습니다"), "{html}");
    let again = goes_on(&post_form(&app, &format!("{at}/renew"), "").await?)?;
    let success = press(&app, &page(&app, &again).await?.1, "pay").await?;
    assert_eq!(goes_on(&capture(&app, &success).await?)?, again);
    assert!(page(&app, &again).await?.1.contains("결제 완료"));
    Ok(())
}

#[tokio::test]
async fn a_grade_somebody_has_is_not_paid_twice() -> Result<()> {
    let app = patient().await?;
    let member = app.member().await?;
    let grade = json!({"membership_type": "결제회원"});
    let one = member.post("/payments/ready", &grade).await?;
    let other = member.post("/payments/ready", &grade).await?;
    let (one, other) =
        (path_of(&app, &one.text("/checkout_url"))?, path_of(&app, &other.text("/checkout_url"))?);
    let success = press(&app, &page(&app, &one).await?.1, "pay").await?;
    assert_eq!(goes_on(&capture(&app, &success).await?)?, one);
    assert!(page(&app, &other).await?.1.contains("이미 결제되었습니다"));
    Ok(())
}

/// The function as it is in the cloud: the provider's own window, and a page wherever its caller reached it.
#[tokio::test]
async fn in_the_cloud_the_page_opens_the_providers_own_window() -> Result<()> {
    let app = App::start().await?;
    let member = app.member().await?;
    let (_, order, at) = checkout(&app, &member, &wish(10, 12)).await?;
    let secrets = app.stack().vault.clone();
    let tickets = secrets.supply(|secrets| Some(Tickets::derive(&secrets.master())));
    let paying = |client_key: &str| pay::Paying {
        grades: Grades::default(),
        window: Window { client_key: client_key.into(), stand_in: String::new() },
        checkout: Checkout::new("", tickets.clone()),
        toss: Supply::new(|| async { None }),
    };
    let db = app.stack().store("pay").context("no store")?;
    let front = |client_key| {
        let mounted = pay::api(db.clone(), paying(client_key), "");
        Front::new("pay", mounted, vec![], "prod", db.meter().clone(), Random::system())
    };
    let mut event: Value = serde_json::from_str(include_str!("../../../events/pay.json"))?;
    event["path"] = json!(at);
    event["requestContext"]["path"] = json!(format!("/prod{at}"));
    let ask = |front: Front, event: &Value| {
        let request = lambda_http::request::from_str(&event.to_string());
        async move {
            let answer = front.answer_event(request?).await;
            anyhow::Ok((
                answer.status().as_u16(),
                answer.headers().clone(),
                String::from_utf8_lossy(answer.body()).into_owned(),
            ))
        }
    };
    let (status, headers, html) = ask(front("test_ck_cloud"), &event).await?;
    assert_eq!(status, 200, "{html}");
    assert!(html.contains("<script src=\"https://js.tosspayments.com/v2/standard\"></script>"), "{html}");
    let data = [
        ("client-key", "test_ck_cloud"),
        ("order-id", &order),
        ("amount", "40000"),
        ("currency", "KRW"),
        ("order-name", "정기 모임"),
    ];
    for (name, value) in data {
        assert!(html.contains(&format!(" data-{name}=\"{value}\"")), "{name}: {html}");
    }
    let policy = headers["content-security-policy"].to_str()?;
    let scripts = policy.split("; ").find(|part| part.starts_with("script-src")).context("no scripts")?;
    assert!(
        scripts.ends_with(" https://js.tosspayments.com/v2/standard") && scripts.contains(" 'sha256-"),
        "{scripts}"
    );
    // Without a key there is nothing to press, and nobody else's script.
    let (status, headers, html) = ask(front(""), &event).await?;
    assert!(status == 200 && html.contains("지금은 온라인으로 결제할 수 없습니다"), "{html}");
    assert!(!headers["content-security-policy"].to_str()?.contains("tosspayments"));
    Ok(())
}
