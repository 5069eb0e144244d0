//! Kakao tells that somebody cut the link there.

use std::time::Duration;

use tokio::time::Instant;

use super::*;

/// What Kakao grants a webhook.
const GRANTED: Duration = Duration::from_secs(3);

#[tokio::test]
async fn only_kakaos_own_header_opens_the_webhook() -> Result<()> {
    let app = App::start().await?;
    by_kakao(&app, MINA).await?;
    let before = stored(&app).await?;
    let id = MINA.to_string();
    for shown in [
        None,
        Some(""),
        Some("KakaoAK"),
        Some("KakaoAK "),
        Some("KakaoAK local-admin-ke"),
        Some("KakaoAK local-admin-key2"),
        Some("KakaoAK LOCAL-ADMIN-KEY"),
        Some("local-admin-key"),
        Some("Bearer local-admin-key"),
        Some("KakaoAK local-rest-key"),
    ] {
        let reply = notice(&app, &id, shown).await?;
        assert_eq!(told(&reply), refused(401, "unauthorized"), "{shown:?}");
    }
    assert_eq!(changed(&app, &before).await?, NOTHING);
    assert_eq!(cut_there(&app, MINA).await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn without_an_admin_key_no_header_opens_it() -> Result<()> {
    let blank = |secrets: &mut maru_settings::Secrets| secrets.kakao_admin_key = maru_kernel::Secret::new("");
    let app = App::with(Wish { secrets: blank, ..Wish::default() }).await?;
    by_kakao(&app, MINA).await?;
    let before = stored(&app).await?;
    let id = MINA.to_string();
    for shown in [None, Some(""), Some("KakaoAK"), Some("KakaoAK "), Some("KakaoAK local-admin-key")] {
        assert_eq!(told(&notice(&app, &id, shown).await?), refused(401, "unauthorized"), "{shown:?}");
    }
    assert_eq!(changed(&app, &before).await?, NOTHING);
    Ok(())
}

#[tokio::test]
async fn a_notice_about_nobody_is_taken_and_changes_nothing() -> Result<()> {
    let app = App::start().await?;
    by_kakao(&app, MINA).await?;
    let before = stored(&app).await?;
    let header = format!("KakaoAK {KAKAO_ADMIN_KEY}");
    let next = (MINA + 1).to_string();
    for id in [next.as_str(), "0", "-1", "", "x", "99999999999999999999", "+4100000001", "04100000001"] {
        let reply = notice(&app, id, Some(&header)).await?;
        assert_eq!(reply.status, 200, "{id}: {reply:?}");
    }
    let form = [("authorization", header.as_str())];
    let reply = app.stranger().send(Method::POST, "/webhooks/kakao/unlink", &form, None).await?;
    assert_eq!(reply.status, 200, "{reply:?}");
    assert_eq!(changed(&app, &before).await?, NOTHING);
    Ok(())
}

#[tokio::test]
async fn somebody_with_kakao_only_has_left_and_waits_to_be_erased() -> Result<()> {
    let app = App::start().await?;
    fake(&app).person(MINA, Some("김민아"), Some((EMAIL, true)));
    let guest = by_kakao(&app, MINA).await?;
    let id = id_of(&guest).await?;
    let shown = guest.refresh_token.clone().context("no refresh token")?;
    assert_eq!(cut_there(&app, MINA).await?.status, 200);
    assert_eq!(told(&guest.get("/me").await?), refused(401, "unauthorized"));
    assert_eq!(told(&refresh(&app, &shown).await?), refused(401, "bad_refresh_token"));
    let erasures: Vec<Value> = items(&app, "erasures").await?;
    assert_eq!(
        (erasures.len(), &erasures[0]["user_id"], &erasures[0]["due"]),
        (1, &json!(id), &json!("open"))
    );
    assert_eq!(erasures[0]["kakao_id"], Value::Null, "Kakao knows already");
    let links: Vec<Value> = items(&app, "identities").await?;
    assert!(links.is_empty());
    assert_eq!(app.stack().workers.erase(false).await?.erased, 0, "not before its time");
    app.clock.advance(30 * 24 * 3600);
    assert_eq!(app.stack().workers.erase(false).await?.erased, 1);
    assert!(fake(&app).unlinked().is_empty(), "nobody is to be told");
    let users: Vec<Value> = items(&app, "users").await?;
    let erased = users.iter().find(|user| user["user_id"] == json!(id)).context("no record")?;
    assert_eq!((&erased["standing"], &erased["name"]), (&json!("erased"), &json!("")));
    Ok(())
}

#[tokio::test]
async fn somebody_with_a_password_loses_the_link_only_and_is_signed_out() -> Result<()> {
    let app = App::start().await?;
    let member = linked_member(&app, MINA).await?;
    assert_eq!(cut_there(&app, MINA).await?.status, 200);
    assert_eq!(told(&member.get("/me").await?), refused(401, "unauthorized"));
    let back = app.member().await?.get("/me").await?;
    assert_eq!((back.status, &back.body["data"]["kakao_id"]), (200, &Value::Null));
    let erasures: Vec<Value> = items(&app, "erasures").await?;
    assert!(erasures.is_empty());
    Ok(())
}

#[tokio::test]
async fn a_repeated_notice_changes_nothing_more() -> Result<()> {
    let app = App::start().await?;
    let id = id_of(&by_kakao(&app, MINA).await?).await?;
    linked_member(&app, JUNHO).await?;
    for kakao in [MINA, JUNHO] {
        assert_eq!(cut_there(&app, kakao).await?.status, 200);
        let before = stored(&app).await?;
        for _ in 0..3 {
            assert_eq!(cut_there(&app, kakao).await?.status, 200);
        }
        assert_eq!(changed(&app, &before).await?, NOTHING);
    }
    let anew = by_kakao(&app, MINA).await?;
    assert_ne!(id_of(&anew).await?, id);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_parallel_notices_are_all_taken_in_time_and_do_it_once() -> Result<()> {
    let app = App::start().await?;
    by_kakao(&app, MINA).await?;
    linked_member(&app, JUNHO).await?;
    let mut slowest = Duration::ZERO;
    for id in [MINA, JUNHO] {
        let timed = (0..20).map(|_| async {
            let started = Instant::now();
            cut_there(&app, id).await.map(|reply| (reply, started.elapsed()))
        });
        for answer in join_all(timed).await {
            let (reply, took) = answer?;
            assert_eq!(reply.status, 200, "{reply:?}");
            slowest = slowest.max(took);
        }
    }
    assert!(slowest < GRANTED, "{slowest:?}");
    let trail: Vec<Value> = items(&app, "audits").await?;
    let of = |action: &str| {
        let users =
            trail.iter().filter(|audit| audit["subject"].as_str().is_some_and(|s| s.starts_with("user#")));
        users.filter(|audit| audit["action"] == action).count()
    };
    assert_eq!((of("account.withdrawn"), of("account.kakao_unlinked")), (1, 1));
    let erasures: Vec<Value> = items(&app, "erasures").await?;
    assert_eq!(erasures.len(), 1);
    println!("2 × 20 parallel notices: all taken, the slowest in {slowest:?}");
    Ok(())
}

#[tokio::test]
async fn a_notice_is_answered_in_time_even_if_kakao_itself_is_silent() -> Result<()> {
    let app = App::start().await?;
    by_kakao(&app, MINA).await?;
    fake(&app).next([Behaviour::Silent]);
    let started = Instant::now();
    assert_eq!(cut_there(&app, MINA).await?.status, 200);
    assert!(started.elapsed() < GRANTED / 3);
    Ok(())
}

#[tokio::test]
async fn the_trail_says_that_kakao_did_it() -> Result<()> {
    let app = App::start().await?;
    by_kakao(&app, MINA).await?;
    cut_there(&app, MINA).await?;
    let trail: Vec<Value> = items(&app, "audits").await?;
    let left = trail.iter().find(|audit| audit["action"] == "account.withdrawn").context("no record")?;
    assert_eq!(left["actor"], "system:kakao");
    Ok(())
}
