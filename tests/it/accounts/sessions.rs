//! Staying signed in, and out.

use super::*;

#[tokio::test]
async fn a_refresh_gives_new_tokens_that_work() -> Result<()> {
    let app = App::start().await?;
    let member = app.member().await?;
    let shown = member.refresh_token.clone().context("no refresh token")?;
    app.clock.advance(60);
    let reply = refresh(&app, &shown).await?;
    assert_eq!((reply.status, &reply.body["expires_in"]), (200, &json!(3600)));
    assert_eq!((generation(&shown), generation(&reply.text("/refresh_token"))), (1, 2));
    assert_ne!(Some(reply.text("/token")), member.token);
    let reply = bearer(&app, &reply.text("/token")).get("/api/bookings").await?;
    assert_eq!((reply.status, &reply.body["success"]), (200, &json!(true)));
    Ok(())
}

#[tokio::test]
async fn a_lost_answer_to_a_refresh_can_be_asked_for_again_at_any_time() -> Result<()> {
    let app = App::start().await?;
    let shown = app.member().await?.refresh_token.context("no refresh token")?;
    let first = refresh(&app, &shown).await?.text("/refresh_token");
    app.clock.advance(10 * 24 * 3600);
    let again = refresh(&app, &shown).await?;
    assert_eq!((again.status, again.text("/refresh_token")), (200, first.clone()));
    assert_eq!(refresh(&app, &first).await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn fifty_parallel_refreshes_make_one_new_generation() -> Result<()> {
    let app = App::start().await?;
    let shown = app.member().await?.refresh_token.context("no refresh token")?;
    let replies: Vec<Reply> =
        join_all((0..50).map(|_| refresh(&app, &shown))).await.into_iter().collect::<Result<_>>()?;
    let odd: Vec<_> = replies.iter().filter(|reply| reply.status != 200).map(told).collect();
    assert!(odd.is_empty(), "{odd:?}");
    let successors: BTreeSet<_> = replies.iter().map(|reply| reply.text("/refresh_token")).collect();
    assert_eq!(successors.len(), 1, "{successors:?}");
    assert_eq!(successors.first().map(|token| generation(token)), Some(2));
    let trail: Vec<AuditRecord> = items(&app, "audits").await?;
    assert_eq!(trail.iter().filter(|record| record.action == "session.refreshed").count(), 1);
    Ok(())
}

#[tokio::test]
async fn two_tabs_may_use_an_old_refresh_token_for_ten_seconds() -> Result<()> {
    let app = App::start().await?;
    let first = app.member().await?.refresh_token.context("no refresh token")?;
    let second = refresh(&app, &first).await?.text("/refresh_token");
    let third = refresh(&app, &second).await?.text("/refresh_token");
    app.clock.advance(10);
    let reply = refresh(&app, &first).await?;
    assert_eq!((reply.status, reply.text("/refresh_token")), (200, second));
    assert_eq!(refresh(&app, &third).await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn an_old_refresh_token_used_after_the_grace_ends_the_session() -> Result<()> {
    let app = App::start().await?;
    let member = app.member().await?;
    let first = member.refresh_token.clone().context("no refresh token")?;
    let second = refresh(&app, &first).await?.text("/refresh_token");
    let reply = refresh(&app, &second).await?;
    let (token, third) = (reply.text("/token"), reply.text("/refresh_token"));
    app.clock.advance(11);
    assert_eq!(bearer(&app, &token).get("/api/bookings").await?.status, 200);
    assert_eq!(told(&refresh(&app, &first).await?), refused(401, "bad_refresh_token"));
    for token in [Some(token), member.token] {
        let reply = bearer(&app, &token.context("no token")?).get("/api/bookings").await?;
        assert_eq!(told(&reply), refused(401, "unauthorized"));
    }
    for token in [&second, &third] {
        assert_eq!(told(&refresh(&app, token).await?), refused(401, "bad_refresh_token"));
    }
    Ok(())
}

#[tokio::test]
async fn a_reused_refresh_token_ends_its_own_session_only() -> Result<()> {
    let app = App::start().await?;
    let (phone, laptop) = (app.member().await?, app.member().await?);
    let first = phone.refresh_token.context("no refresh token")?;
    let second = refresh(&app, &first).await?.text("/refresh_token");
    refresh(&app, &second).await?;
    app.clock.advance(11);
    assert_eq!(told(&refresh(&app, &first).await?), refused(401, "bad_refresh_token"));
    let reply = laptop.get("/api/bookings").await?;
    assert_eq!((reply.status, &reply.body["success"]), (200, &json!(true)));
    Ok(())
}

#[tokio::test]
async fn a_forged_refresh_token_is_refused_and_ends_nothing() -> Result<()> {
    let app = App::start().await?;
    let member = app.member().await?;
    let shown = member.refresh_token.clone().context("no refresh token")?;
    let body = shown.strip_prefix("mr_").context("no prefix")?;
    let mut next = from_base64url(body).context("no base64")?;
    next[23] += 1;
    let more = [to_base64url(&next), body[..32].to_owned()].map(|body| format!("mr_{body}"));
    let forged = forgeries(body).into_iter().map(|body| format!("mr_{body}"));
    let before = stored(&app).await?;
    for text in forged.chain(more).chain([body.to_owned(), member.token.clone().unwrap_or_default()]) {
        let start: String = text.chars().take(90).collect();
        assert_eq!(told(&refresh(&app, &text).await?), refused(401, "bad_refresh_token"), "{start}");
    }
    assert_eq!(changed(&app, &before).await?, NOTHING);
    assert_eq!(refresh(&app, &shown).await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn a_session_ends_after_thirty_days_whatever_is_refreshed() -> Result<()> {
    let app = App::start().await?;
    let mut shown = app.member().await?.refresh_token.context("no refresh token")?;
    for _ in 0..29 {
        app.clock.advance(24 * 3600);
        shown = refresh(&app, &shown).await?.text("/refresh_token");
    }
    app.clock.advance(24 * 3600 - 1);
    let reply = refresh(&app, &shown).await?;
    assert_eq!(reply.status, 200, "{reply:?}");
    app.clock.advance(1);
    let last = reply.text("/refresh_token");
    assert_eq!(told(&refresh(&app, &last).await?), refused(401, "bad_refresh_token"));
    let reply = bearer(&app, &reply.text("/token")).get("/api/bookings").await?;
    assert_eq!(told(&reply), refused(401, "unauthorized"));
    Ok(())
}

#[tokio::test]
async fn log_out_acts_on_the_next_request_and_on_the_refresh_token() -> Result<()> {
    let app = App::start().await?;
    let (phone, laptop) = (app.member().await?, app.member().await?);
    let reply = phone.post("/auth/logout", &json!({})).await?;
    assert_eq!((reply.status, reply.text("/message")), (200, "로그아웃되었습니다.".into()));
    assert_eq!(told(&phone.get("/api/bookings").await?), refused(401, "unauthorized"));
    assert_eq!(told(&phone.post("/auth/logout", &json!({})).await?), refused(401, "unauthorized"));
    let shown = phone.refresh_token.as_deref().context("no refresh token")?;
    assert_eq!(told(&refresh(&app, shown).await?), refused(401, "bad_refresh_token"));
    assert_eq!(laptop.get("/api/bookings").await?.status, 200);
    Ok(())
}
