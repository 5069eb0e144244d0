//! Getting back in.

use super::*;

#[tokio::test]
async fn forgot_password_answers_and_costs_the_same_for_a_known_and_an_unknown_address() -> Result<()> {
    let app = App::start().await?;
    let (known, known_used) = footprint(&app, "forgot-password", forgot(&app, "member1@maru.local")).await?;
    let (unknown, unknown_used) =
        footprint(&app, "forgot-password", forgot(&app, "member9@maru.local")).await?;
    assert_eq!(known.status, 200, "{known:?}");
    assert_eq!(masked(&known, &[]), masked(&unknown, &[]));
    assert_eq!(known_used, unknown_used);
    assert!(known_used.trips > 0 && known_used.write_units > 0.0, "{known_used:?}");
    assert_eq!(app.mails("member1@maru.local").await?.len(), 1);
    assert_eq!(app.mails("member9@maru.local").await?.len(), 0);
    Ok(())
}

#[tokio::test]
async fn forgot_password_is_known_under_both_its_paths() -> Result<()> {
    let app = App::start().await?;
    let reply = app.stranger().post("/auth/forgotpassword", &json!({"email": "member1@maru.local"})).await?;
    assert_eq!((reply.status, &reply.body["success"]), (200, &json!(true)));
    let token = app.mailed_token("member1@maru.local", "reset-password").await?;
    assert_eq!(reset(&app, &token, NEW).await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn a_reset_replaces_the_password() -> Result<()> {
    let app = App::start().await?;
    let token = reset_token(&app).await?;
    let reply = reset(&app, &token, NEW).await?;
    assert_eq!((reply.status, &reply.body["success"]), (200, &json!(true)));
    assert_eq!(told(&login(&app, "member1@maru.local", PASSWORD).await?), refused(401, "bad_credentials"));
    let reply = login(&app, "member1@maru.local", NEW).await?;
    assert_eq!((reply.status, reply.text("/name")), (200, "김철수".into()));
    Ok(())
}

#[tokio::test]
async fn a_reset_is_told_by_mail_without_a_link() -> Result<()> {
    let app = App::start().await?;
    let token = reset_token(&app).await?;
    assert_eq!(reset(&app, &token, NEW).await?.status, 200);
    let mails = app.mails("member1@maru.local").await?;
    let last = mails.last().context("no mail")?;
    assert_eq!(mails.len(), 2);
    assert!(last.subject.contains("비밀번호가 변경되었습니다"), "{last:?}");
    assert!(!last.text.contains("token=") && !last.text.contains(NEW), "{last:?}");
    Ok(())
}

#[tokio::test]
async fn a_reset_link_works_once() -> Result<()> {
    let app = App::start().await?;
    let token = reset_token(&app).await?;
    assert_eq!(reset(&app, &token, NEW).await?.status, 200);
    assert_eq!(told(&reset(&app, &token, "An0ther!one").await?), refused(400, "bad_link"));
    assert_eq!(login(&app, "member1@maru.local", NEW).await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn only_the_newest_reset_link_works() -> Result<()> {
    let app = App::start().await?;
    let older = reset_token(&app).await?;
    let newer = reset_token(&app).await?;
    assert_ne!(older, newer);
    assert_eq!(told(&reset(&app, &older, NEW).await?), refused(400, "bad_link"));
    assert_eq!(login(&app, "member1@maru.local", PASSWORD).await?.status, 200);
    assert_eq!(reset(&app, &newer, NEW).await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn a_reset_link_works_for_30_minutes_and_no_second_longer() -> Result<()> {
    let app = App::start().await?;
    forgot(&app, "member2@maru.local").await?;
    let in_time = reset_token(&app).await?;
    let late = app.mailed_token("member2@maru.local", "reset-password").await?;
    app.clock.advance(30 * 60 - 1);
    assert_eq!(reset(&app, &in_time, NEW).await?.status, 200);
    app.clock.advance(1);
    assert_eq!(told(&reset(&app, &late, NEW).await?), refused(400, "bad_link"));
    assert_eq!(login(&app, "member2@maru.local", PASSWORD).await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn a_weak_new_password_leaves_the_link_unspent() -> Result<()> {
    let app = App::start().await?;
    let token = reset_token(&app).await?;
    let reply = reset(&app, &token, "weak").await?;
    assert_eq!(reply.status, 422, "{reply:?}");
    assert!(reply.fields().iter().all(|pointer| pointer == "/new_password"), "{reply:?}");
    assert_eq!(reset(&app, &token, NEW).await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn a_reset_ends_every_session_at_once_and_nobody_elses() -> Result<()> {
    let app = App::start().await?;
    let (phone, laptop, other) = (app.member().await?, app.member().await?, app.another().await?);
    assert_eq!(phone.get("/api/bookings").await?.status, 200);
    let token = reset_token(&app).await?;
    assert_eq!(reset(&app, &token, NEW).await?.status, 200);
    for device in [&phone, &laptop] {
        assert_eq!(told(&device.get("/api/bookings").await?), refused(401, "unauthorized"));
        let shown = device.refresh_token.as_deref().context("no refresh token")?;
        assert_eq!(told(&refresh(&app, shown).await?), refused(401, "bad_refresh_token"));
    }
    assert_eq!(other.get("/api/bookings").await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn fifty_parallel_uses_of_a_reset_link_set_one_password() -> Result<()> {
    let app = App::start().await?;
    let token = reset_token(&app).await?;
    let passwords: Vec<String> = (0..50).map(|n| format!("N3w!password{n}")).collect();
    let replies = join_all(passwords.iter().map(|password| reset(&app, &token, password))).await;
    let replies: Vec<Reply> = replies.into_iter().collect::<Result<_>>()?;
    let won: Vec<_> = replies.iter().zip(&passwords).filter(|(reply, _)| reply.status == 200).collect();
    assert_eq!(won.len(), 1, "{:?}", replies.iter().map(told).collect::<Vec<_>>());
    let lost = replies.iter().filter(|reply| reply.status != 200);
    let lost: BTreeSet<_> = lost.map(told).collect();
    let expected = [refused(400, "bad_link"), refused(409, "changed_meanwhile")];
    assert!(lost.iter().all(|told| expected.contains(told)), "{lost:?}");
    assert_eq!(login(&app, "member1@maru.local", won[0].1).await?.status, 200);
    let mails = app.mails("member1@maru.local").await?;
    assert_eq!(mails.iter().filter(|mail| mail.subject.contains("변경되었습니다")).count(), 1);
    Ok(())
}
