//! Coming in by Kakao: by code, by token, once or fifty times.

use std::time::Duration;

use harness::faults::{Calls, Fault};

use super::*;

#[tokio::test]
async fn the_answer_is_the_one_the_existing_app_reads() -> Result<()> {
    let app = App::start().await?;
    fake(&app).person(HUGE, Some("김민아"), None);
    let reply = enter(&app, HUGE).await?;
    assert_eq!(reply.status, 200, "{reply:?}");
    let mut names: Vec<&String> = reply.body.as_object().context("no object")?.keys().collect();
    names.sort();
    assert_eq!(names, ["expires_in", "jwt", "refresh_token", "success", "token_type", "user"]);
    let guest = guest_of(&app, &reply)?;
    let user = json!({
        "kakao_id": HUGE.to_string(), "nickname": "김민아", "member_status": "비회원",
        "user_id": id_of(&guest).await?,
    });
    assert_eq!(reply.body["user"], user);
    assert!(reply.body["user"]["kakao_id"].is_string(), "a number would be rounded");
    assert_eq!(reply.body["expires_in"], 3600);
    let me = guest.get("/me").await?;
    assert_eq!((me.text("/data/kakao_id"), me.text("/data/role")), (HUGE.to_string(), "member".into()));
    assert_eq!((&me.body["data"]["has_password"], &me.body["data"]["email"]), (&json!(false), &Value::Null));
    let shown = guest.refresh_token.as_deref().context("no refresh token")?;
    assert_eq!(refresh(&app, shown).await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn a_token_for_the_web_or_the_phone_lets_in_like_a_code() -> Result<()> {
    let app = App::start().await?;
    fake(&app).person(MINA, Some("김민아"), Some((EMAIL, true)));
    let first = enter(&app, MINA).await?;
    for audience in [KAKAO_REST_KEY, KAKAO_NATIVE_KEY] {
        let token = fake(&app).id_token(MINA, audience, NONCE);
        let reply = enter_by_token(&app, &token, NONCE).await?;
        assert_eq!((reply.status, &reply.body["user"]), (200, &first.body["user"]), "{audience}");
    }
    assert_eq!(people_of(&app, MINA).await?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn a_first_sign_in_by_token_makes_a_person_without_an_address() -> Result<()> {
    let app = App::start().await?;
    fake(&app).person(MINA, Some("김민아"), Some((EMAIL, true)));
    let token = fake(&app).id_token(MINA, KAKAO_NATIVE_KEY, NONCE);
    let guest = guest_of(&app, &enter_by_token(&app, &token, NONCE).await?)?;
    let me = guest.get("/me").await?;
    assert_eq!((me.text("/data/name"), &me.body["data"]["email"]), ("김민아".into(), &Value::Null));
    assert!(app.mails(EMAIL).await?.is_empty(), "a token does not say whether its address was proved");
    Ok(())
}

#[tokio::test]
async fn both_registered_redirects_are_taken_and_somebody_without_a_name_gets_one() -> Result<()> {
    let app = App::start().await?;
    let back = panel(&app);
    let wish = json!({"code": fake(&app).code(MINA, &back), "redirect_uri": back});
    let reply = app.stranger().post("/login/kakao", &wish).await?;
    assert_eq!((reply.status, reply.text("/user/nickname")), (200, "카카오 회원".into()), "{reply:?}");
    Ok(())
}

#[tokio::test]
async fn the_second_sign_in_is_the_same_person_and_keeps_what_they_are_called_here() -> Result<()> {
    let app = App::start().await?;
    fake(&app).person(MINA, Some("김민아"), None);
    let first = enter(&app, MINA).await?;
    fake(&app).person(MINA, Some("다른 이름"), Some((EMAIL, true)));
    let second = enter(&app, MINA).await?;
    assert_eq!((second.status, &second.body["user"]), (200, &first.body["user"]));
    let me = guest_of(&app, &second)?.get("/me").await?;
    assert_eq!(me.body["data"]["email"], Value::Null);
    assert_eq!(people_of(&app, MINA).await?.len(), 1);
    let other = enter(&app, JUNHO).await?;
    assert_ne!(other.text("/user/user_id"), first.text("/user/user_id"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_parallel_first_sign_ins_make_one_person() -> Result<()> {
    let app = App::start().await?;
    // Nobody's first write is through before everybody has looked and found nobody.
    app.faults.times(50, Calls::Writes, Fault::Delay(Duration::from_millis(300)));
    let replies = join_all((0..50).map(|_| enter(&app, MINA))).await;
    let replies: Vec<Reply> = replies.into_iter().collect::<Result<_>>()?;
    let mut people: Vec<String> = Vec::new();
    for reply in &replies {
        assert_eq!(reply.status, 200, "{reply:?}");
        people.push(reply.text("/user/user_id"));
        assert_eq!(guest_of(&app, reply)?.get("/me").await?.status, 200);
    }
    people.sort();
    people.dedup();
    assert_eq!((people.len(), people_of(&app, MINA).await?.len()), (1, 1), "{people:?}");
    let links: Vec<Value> = items(&app, "identities").await?;
    assert_eq!(links.len(), 1);
    println!("50 parallel first sign-ins: 50 sessions of 1 person");
    Ok(())
}

#[tokio::test]
async fn mail_goes_to_a_proved_address_only_and_nothing_fails_without_one() -> Result<()> {
    let app = App::start().await?;
    let (proved, unproved) = (EMAIL, "junho@example.kr");
    fake(&app).person(MINA, Some("김민아"), Some((proved, true)));
    fake(&app).person(JUNHO, Some("이준호"), Some((unproved, false)));
    for (id, from) in [(MINA, 10), (JUNHO, 11), (HUGE, 12)] {
        by_kakao(&app, id).await?.book(&harness::app::free_wish(from, from + 1)).await?;
    }
    assert!(app.stack().workers.deliver().await?, "a letter is stuck");
    let mails = app.mails(proved).await?;
    assert!(mails.iter().any(|mail| mail.subject.contains("가입을 환영합니다")), "{mails:?}");
    assert!(app.mails(unproved).await?.is_empty());
    assert_eq!(app.stack().outsiders.ses.mails(None).len(), mails.len(), "mail went elsewhere");
    let users: Vec<Value> = items(&app, "users").await?;
    assert!(!users.iter().any(|user| user["email"] == unproved), "an unproved address was kept");
    Ok(())
}

#[tokio::test]
async fn a_code_that_does_not_count_lets_nobody_in() -> Result<()> {
    let app = App::start().await?;
    let used = code(&app, JUNHO);
    assert_eq!(app.stranger().post("/login/kakao", &json!({"code": used})).await?.status, 200);
    let over = code(&app, MINA);
    app.clock.advance(600);
    let elsewhere = fake(&app).code(MINA, &panel(&app));
    let before = stored(&app).await?;
    let long = "c".repeat(5000);
    for (name, sent) in [
        ("used", json!({"code": used})),
        ("over", json!({"code": over})),
        ("made up", json!({"code": "made-up"})),
        ("long", json!({"code": long})),
        ("of another redirect", json!({"code": elsewhere})),
        (
            "of the default redirect shown as another's",
            json!({"code": code(&app, MINA), "redirect_uri": panel(&app)}),
        ),
    ] {
        let reply = app.stranger().post("/login/kakao", &sent).await?;
        assert_eq!(told(&reply), refused(401, "bad_kakao"), "{name}");
    }
    let sent = json!({"code": code(&app, MINA), "redirect_uri": "https://evil.example/back"});
    let reply = app.stranger().post("/login/kakao", &sent).await?;
    assert_eq!(told(&reply), refused(422, "bad_redirect_uri"));
    assert_eq!(deeds(&app, &before).await?, NOTHING);
    Ok(())
}

#[tokio::test]
async fn a_sign_in_without_proof_names_what_is_missing() -> Result<()> {
    let app = App::start().await?;
    for (sent, fields) in [
        (json!({}), vec!["/code"]),
        (json!({"nonce": NONCE}), vec!["/code"]),
        (json!({"id_token": "x"}), vec!["/nonce"]),
        (json!({"code": 7, "redirect_uri": []}), vec!["/code", "/redirect_uri"]),
    ] {
        let reply = app.stranger().post("/login/kakao", &sent).await?;
        let named = reply.fields();
        assert_eq!(reply.status, 422, "{sent}: {reply:?}");
        assert!(fields.iter().all(|field| named.iter().any(|known| known == field)), "{sent}: {named:?}");
    }
    Ok(())
}

#[tokio::test]
async fn where_staff_need_a_second_factor_kakao_alone_gives_no_staff_rights() -> Result<()> {
    let app = App::with(Wish { staff_mfa: true, ..Wish::default() }).await?;
    let (mut staff, member) = (app.staff("operator").await?, by_kakao(&app, MINA).await?);
    assert_eq!(link(&app, &staff, JUNHO).await?.status, 200);
    staff = by_kakao(&app, JUNHO).await?;
    assert_eq!(told(&staff.get("/admin/verify").await?), refused(403, "forbidden"));
    assert_eq!(member.get("/me").await?.status, 200);
    Ok(())
}
