//! Coming to be a person.

use super::*;

#[tokio::test]
async fn a_newcomer_follows_the_mailed_link_and_signs_in() -> Result<()> {
    let app = App::start().await?;
    let reply = sign_up(&app, EMAIL, NAME).await?;
    assert_eq!(reply.status, 201, "{reply:?}");
    assert_eq!((reply.text("/email"), reply.text("/name")), (EMAIL.into(), NAME.into()));
    assert!(reply.text("/message").contains("확인 메일"), "{reply:?}");
    let token = app.mailed_token(EMAIL, "verify-email").await?;
    let reply = verify(&app, &token).await?;
    assert_eq!((reply.status, reply.text("/email"), reply.text("/name")), (200, EMAIL.into(), NAME.into()));
    let reply = login(&app, EMAIL, OLD).await?;
    assert_eq!(reply.status, 200, "{reply:?}");
    assert_eq!((reply.text("/role"), reply.text("/token_type")), ("member".into(), "Bearer".into()));
    assert_eq!((reply.text("/name"), &reply.body["expires_in"]), (NAME.into(), &json!(3600)));
    let reply = bearer(&app, &reply.text("/token")).get("/api/bookings").await?;
    assert_eq!((reply.status, &reply.body["data"]), (200, &json!([])));
    Ok(())
}

#[tokio::test]
async fn the_mails_of_a_sign_up_are_a_link_and_then_a_welcome() -> Result<()> {
    let app = App::start().await?;
    app.newcomer(EMAIL, NAME, OLD).await?;
    let subjects: Vec<_> = app.mails(EMAIL).await?.into_iter().map(|mail| mail.subject).collect();
    assert_eq!(subjects.len(), 2, "{subjects:?}");
    assert!(subjects[0].contains("이메일 주소를 확인해"), "{subjects:?}");
    assert!(subjects[1].contains("가입을 환영합니다"), "{subjects:?}");
    Ok(())
}

#[tokio::test]
async fn a_korean_name_is_trimmed_and_composed() -> Result<()> {
    let app = App::start().await?;
    let reply = sign_up(&app, EMAIL, "  \u{1100}\u{1175}\u{11b7}철수 ").await?;
    assert_eq!((reply.status, reply.text("/name")), (201, "김철수".into()));
    let token = app.mailed_token(EMAIL, "verify-email").await?;
    let reply = verify(&app, &token).await?;
    assert_eq!((reply.status, reply.text("/name")), (200, "김철수".into()));
    let reply = login(&app, EMAIL, OLD).await?;
    assert_eq!((reply.status, reply.text("/name")), (200, "김철수".into()));
    Ok(())
}

#[tokio::test]
async fn one_address_has_one_spelling() -> Result<()> {
    let app = App::start().await?;
    app.newcomer(EMAIL, NAME, OLD).await?;
    for spelling in ["HANA@Example.KR", "  hana@example.kr ", "ｈａｎａ@example.kr"] {
        let reply = login(&app, spelling, OLD).await?;
        assert_eq!((reply.status, reply.text("/email")), (200, EMAIL.into()), "{spelling}");
    }
    Ok(())
}

#[tokio::test]
async fn a_composed_password_is_the_decomposed_one() -> Result<()> {
    let app = App::start().await?;
    app.newcomer(EMAIL, NAME, "Aa1!\u{1100}\u{1161}\u{1100}\u{1161}가가").await?;
    let reply = login(&app, EMAIL, "Aa1!가가가가").await?;
    assert_eq!((reply.status, reply.text("/email")), (200, EMAIL.into()));
    Ok(())
}

#[tokio::test]
async fn a_weak_password_is_told_every_rule_it_breaks_beside_the_other_fields() -> Result<()> {
    let app = App::start().await?;
    let wish = json!({"email": "hana", "password": "password", "name": " "});
    let reply = app.stranger().post("/auth/register", &wish).await?;
    assert_eq!(reply.status, 422, "{reply:?}");
    let errors = reply.body["errors"].as_array().context("no errors")?;
    let named: BTreeSet<String> = errors
        .iter()
        .map(|e| format!("{} {}", e["pointer"].as_str().unwrap(), e["code"].as_str().unwrap()))
        .collect();
    let expected = [
        "/email email",
        "/name length",
        "/password no_digit",
        "/password no_symbol",
        "/password no_upper",
        "/password too_common",
    ];
    assert_eq!(named, expected.map(str::to_owned).into());
    Ok(())
}

#[tokio::test]
async fn a_role_in_a_request_is_ignored() -> Result<()> {
    let app = App::start().await?;
    let wish = json!({
        "email": EMAIL, "password": OLD, "name": NAME, "role": "owner", "is_admin": true,
        "session_epoch": 9, "user": {"role": "owner"}, "scopes": ["system_read"],
    });
    assert_eq!(app.stranger().post("/auth/register", &wish).await?.status, 201);
    let token = app.mailed_token(EMAIL, "verify-email").await?;
    let proof = json!({"token": token, "password": OLD, "role": "owner"});
    let reply = app.stranger().post("/auth/verify-email", &proof).await?;
    assert_eq!(reply.status, 200, "{reply:?}");
    let wish = json!({"email": EMAIL, "password": OLD, "role": "owner"});
    let reply = app.stranger().post("/auth/login", &wish).await?;
    assert_eq!((reply.status, reply.text("/role")), (200, "member".into()));
    let reply = bearer(&app, &reply.text("/token")).get("/api/system/info").await?;
    assert_eq!(told(&reply), refused(403, "forbidden"));
    Ok(())
}

#[tokio::test]
async fn who_verifies_the_owners_address_becomes_nothing_more_than_its_known_owner() -> Result<()> {
    let app = App::start().await?;
    assert_eq!(sign_up(&app, "owner@maru.local", "침입자").await?.status, 201);
    assert!(app.mailed_token("owner@maru.local", "verify-email").await.is_err());
    let reply = login(&app, "owner@maru.local", OLD).await?;
    assert_eq!(told(&reply), refused(401, "bad_credentials"));
    Ok(())
}

#[tokio::test]
async fn register_answers_a_known_and_an_unknown_address_alike() -> Result<()> {
    let app = App::start().await?;
    let (known, known_used) = footprint(&app, "register", sign_up(&app, "member1@maru.local", NAME)).await?;
    let (unknown, unknown_used) =
        footprint(&app, "register", sign_up(&app, "member9@maru.local", NAME)).await?;
    assert_eq!(known.status, 201, "{known:?}");
    assert_eq!(masked(&known, &["user_id", "email"]), masked(&unknown, &["user_id", "email"]));
    assert_eq!(known.text("/user_id").len(), unknown.text("/user_id").len());
    assert_eq!(known.text("/email"), "member1@maru.local");
    assert_eq!(known_used, unknown_used);
    assert!(known_used.trips > 0);
    Ok(())
}

#[tokio::test]
async fn a_sign_up_with_a_known_address_tells_its_owner_and_changes_nothing_of_theirs() -> Result<()> {
    let app = App::start().await?;
    let reply = sign_up(&app, "member1@maru.local", "침입자").await?;
    assert_eq!((reply.status, reply.text("/email")), (201, "member1@maru.local".into()));
    let mails = app.mails("member1@maru.local").await?;
    assert_eq!(mails.len(), 1, "{mails:?}");
    assert!(mails[0].subject.contains("이미 가입된 주소"), "{mails:?}");
    assert!(!mails[0].text.contains("token=") && !mails[0].html.contains("token="), "{mails:?}");
    assert!(!mails[0].text.contains("침입자"), "a stranger's words travel in our mail: {mails:?}");
    assert_eq!(told(&login(&app, "member1@maru.local", OLD).await?), refused(401, "bad_credentials"));
    let reply = login(&app, "member1@maru.local", PASSWORD).await?;
    assert_eq!((reply.status, reply.text("/name")), (200, "김철수".into()));
    Ok(())
}

#[tokio::test]
async fn a_verification_link_works_once() -> Result<()> {
    let app = App::start().await?;
    sign_up(&app, EMAIL, NAME).await?;
    let token = app.mailed_token(EMAIL, "verify-email").await?;
    assert_eq!(verify(&app, &token).await?.status, 200);
    assert_eq!(told(&verify(&app, &token).await?), refused(400, "bad_link"));
    Ok(())
}

#[tokio::test]
async fn fifty_parallel_uses_of_a_verification_link_make_one_person() -> Result<()> {
    let app = App::start().await?;
    let people = items::<Value>(&app, "users").await?.len();
    sign_up(&app, EMAIL, NAME).await?;
    let token = app.mailed_token(EMAIL, "verify-email").await?;
    let replies: Vec<Reply> =
        join_all((0..50).map(|_| verify(&app, &token))).await.into_iter().collect::<Result<_>>()?;
    let answered = |expected: (u16, String)| replies.iter().filter(|reply| told(reply) == expected).count();
    // Each use tries the sign-up's password, and five tries are free.
    let all = [(200, String::new()), refused(400, "bad_link"), refused(429, "too_many_tries")];
    assert_eq!(all.map(answered), [1, 4, 45], "{:?}", replies.iter().map(told).collect::<Vec<_>>());
    assert_eq!(login(&app, EMAIL, OLD).await?.status, 200);
    assert_eq!(items::<Value>(&app, "users").await?.len(), people + 1);
    Ok(())
}

#[tokio::test]
async fn fifty_parallel_uses_of_a_link_without_its_password_make_one_person_without_one() -> Result<()> {
    let app = App::start().await?;
    let people = items::<Value>(&app, "users").await?.len();
    sign_up(&app, EMAIL, NAME).await?;
    let token = app.mailed_token(EMAIL, "verify-email").await?;
    let follow = || async {
        let stranger = app.stranger();
        stranger.post("/auth/verify-email", &json!({"token": token})).await
    };
    let replies: Vec<Reply> = join_all((0..50).map(|_| follow())).await.into_iter().collect::<Result<_>>()?;
    let won: Vec<_> = replies.iter().filter(|reply| reply.status == 200).collect();
    assert_eq!(won.len(), 1, "{:?}", replies.iter().map(told).collect::<Vec<_>>());
    let lost = replies.iter().filter(|reply| reply.status != 200);
    assert!(lost.clone().all(|reply| told(reply) == refused(400, "bad_link")), "{replies:?}");
    assert_eq!(items::<Value>(&app, "users").await?.len(), people + 1);
    assert_eq!(told(&login(&app, EMAIL, OLD).await?), refused(401, "bad_credentials"));
    assert_eq!(reset(&app, &won[0].text("/reset_token"), NEW).await?.status, 200);
    assert_eq!(login(&app, EMAIL, NEW).await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn a_verification_link_works_for_24_hours_and_no_second_longer() -> Result<()> {
    let app = App::start().await?;
    sign_up(&app, EMAIL, NAME).await?;
    sign_up(&app, "late@example.kr", NAME).await?;
    let in_time = app.mailed_token(EMAIL, "verify-email").await?;
    let late = app.mailed_token("late@example.kr", "verify-email").await?;
    app.clock.advance(24 * 3600 - 1);
    assert_eq!(verify(&app, &in_time).await?.status, 200);
    app.clock.advance(1);
    assert_eq!(told(&verify(&app, &late).await?), refused(400, "bad_link"));
    assert_eq!(told(&login(&app, "late@example.kr", OLD).await?), refused(401, "bad_credentials"));
    Ok(())
}

#[tokio::test]
async fn a_newer_sign_up_replaces_the_link_of_the_older() -> Result<()> {
    let app = App::start().await?;
    sign_up(&app, EMAIL, "옛 이름").await?;
    let older = app.mailed_token(EMAIL, "verify-email").await?;
    let wish = json!({"email": EMAIL, "password": NEW, "name": NAME});
    assert_eq!(app.stranger().post("/auth/register", &wish).await?.status, 201);
    let newer = app.mailed_token(EMAIL, "verify-email").await?;
    assert_ne!(older, newer);
    assert_eq!(told(&verify(&app, &older).await?), refused(400, "bad_link"));
    // The password of the older sign-up went with its link.
    assert_eq!(told(&verify(&app, &newer).await?), refused(401, "wrong_password"));
    let proof = json!({"token": newer, "password": NEW});
    let reply = app.stranger().post("/auth/verify-email", &proof).await?;
    assert_eq!((reply.status, reply.text("/name")), (200, NAME.into()));
    assert_eq!(told(&login(&app, EMAIL, OLD).await?), refused(401, "bad_credentials"));
    assert_eq!(login(&app, EMAIL, NEW).await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn a_waiting_sign_up_link_sets_nobodys_password() -> Result<()> {
    let app = App::start().await?;
    sign_up(&app, EMAIL, NAME).await?;
    let token = app.mailed_token(EMAIL, "verify-email").await?;
    made_by_hand(&app, EMAIL).await?;
    let before = stored(&app).await?;
    assert_eq!(told(&reset(&app, &token, NEW).await?), refused(400, "bad_link"));
    assert_eq!(changed(&app, &before).await?, NOTHING);
    assert_eq!(told(&verify(&app, &token).await?), refused(400, "bad_link"));
    assert_eq!(changed_but_tries(&app, &before).await?, NOTHING);
    assert_eq!(login(&app, EMAIL, PASSWORD).await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn a_forged_verification_token_opens_nothing_and_spends_nothing() -> Result<()> {
    let app = App::start().await?;
    sign_up(&app, EMAIL, NAME).await?;
    let token = app.mailed_token(EMAIL, "verify-email").await?;
    let before = stored(&app).await?;
    for forged in forgeries(&token) {
        let start: String = forged.chars().take(80).collect();
        assert_eq!(told(&verify(&app, &forged).await?), refused(400, "bad_link"), "{start}");
    }
    assert_eq!(changed(&app, &before).await?, NOTHING);
    assert_eq!(verify(&app, &token).await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn a_forged_reset_token_opens_nothing_and_spends_nothing() -> Result<()> {
    let app = App::start().await?;
    let token = reset_token(&app).await?;
    let before = stored(&app).await?;
    for forged in forgeries(&token) {
        let start: String = forged.chars().take(80).collect();
        assert_eq!(told(&reset(&app, &forged, NEW).await?), refused(400, "bad_link"), "{start}");
    }
    assert_eq!(changed(&app, &before).await?, NOTHING);
    assert_eq!(reset(&app, &token, NEW).await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn a_link_of_another_purpose_opens_nothing_and_is_not_spent() -> Result<()> {
    let app = App::start().await?;
    sign_up(&app, EMAIL, NAME).await?;
    let to_verify = app.mailed_token(EMAIL, "verify-email").await?;
    let to_reset = reset_token(&app).await?;
    assert_eq!(told(&verify(&app, &to_reset).await?), refused(400, "bad_link"));
    assert_eq!(told(&reset(&app, &to_verify, NEW).await?), refused(400, "bad_link"));
    assert_eq!(verify(&app, &to_verify).await?.status, 200);
    assert_eq!(reset(&app, &to_reset, NEW).await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn signing_in_unverified_is_refused_like_an_unknown_address() -> Result<()> {
    let app = App::start().await?;
    sign_up(&app, EMAIL, NAME).await?;
    let (unverified, used) = footprint(&app, "login", login(&app, EMAIL, OLD)).await?;
    let (unknown, used_for_unknown) = footprint(&app, "login", login(&app, "nana@example.kr", OLD)).await?;
    assert_eq!(told(&unverified), refused(401, "bad_credentials"));
    assert_eq!(masked(&unverified, &[]), masked(&unknown, &[]));
    assert_eq!(used, used_for_unknown);
    Ok(())
}

#[tokio::test]
async fn the_sign_up_link_is_mailed_again_on_request() -> Result<()> {
    let app = App::start().await?;
    sign_up(&app, EMAIL, NAME).await?;
    let first = app.mailed_token(EMAIL, "verify-email").await?;
    let reply = app.stranger().post("/auth/resend-verification", &json!({"email": EMAIL})).await?;
    assert_eq!((reply.status, &reply.body["success"]), (200, &json!(true)));
    assert_eq!(app.mails(EMAIL).await?.len(), 2);
    let again = app.mailed_token(EMAIL, "verify-email").await?;
    assert_eq!(again, first);
    assert_eq!(verify(&app, &again).await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn resend_answers_waiting_known_and_unknown_addresses_alike_and_mails_the_first_only() -> Result<()> {
    let app = App::start().await?;
    sign_up(&app, EMAIL, NAME).await?;
    let mut answers = Vec::new();
    for email in [EMAIL, "member1@maru.local", "member9@maru.local"] {
        let asked = app.stranger();
        let body = json!({"email": email});
        let (reply, used) =
            footprint(&app, "verify-email", asked.post("/auth/resend-verification", &body)).await?;
        assert_eq!(reply.status, 200, "{reply:?}");
        answers.push((masked(&reply, &[]), used));
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[1], answers[2]);
    assert_eq!(app.mails(EMAIL).await?.len(), 2);
    assert_eq!(app.mails("member1@maru.local").await?.len(), 0);
    assert_eq!(app.mails("member9@maru.local").await?.len(), 0);
    Ok(())
}

#[tokio::test]
async fn an_expired_sign_up_is_not_mailed_again() -> Result<()> {
    let app = App::start().await?;
    sign_up(&app, EMAIL, NAME).await?;
    assert_eq!(app.mails(EMAIL).await?.len(), 1);
    app.clock.advance(24 * 3600);
    let reply = app.stranger().post("/auth/resend-verification", &json!({"email": EMAIL})).await?;
    assert_eq!((reply.status, &reply.body["success"]), (200, &json!(true)));
    assert_eq!(app.mails(EMAIL).await?.len(), 1);
    Ok(())
}
