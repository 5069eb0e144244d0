//! Where an address need not be proved; and failed sign-ins.

use super::*;

#[tokio::test]
async fn where_verification_is_optional_a_person_comes_to_be_at_once() -> Result<()> {
    let app = App::with(Wish { verification: Verification::Optional, ..Wish::default() }).await?;
    let reply = sign_up(&app, EMAIL, NAME).await?;
    assert_eq!((reply.status, reply.text("/message")), (201, "가입되었습니다.".into()));
    let made = reply.text("/user_id");
    let reply = login(&app, EMAIL, OLD).await?;
    assert_eq!((reply.status, reply.text("/user_id"), reply.text("/role")), (200, made, "member".into()));
    Ok(())
}

#[tokio::test]
async fn where_verification_is_optional_a_known_address_is_taken() -> Result<()> {
    let app = App::with(Wish { verification: Verification::Optional, ..Wish::default() }).await?;
    assert_eq!(sign_up(&app, EMAIL, NAME).await?.status, 201);
    let before = stored(&app).await?;
    for spelling in [EMAIL, "Hana@EXAMPLE.kr", " hana@example.kr"] {
        let reply = sign_up(&app, spelling, NAME).await?;
        assert_eq!(told(&reply), refused(409, "email_taken"), "{spelling}");
        assert_eq!(reply.text("/error_code"), "EMAIL_TAKEN");
    }
    assert_eq!(changed_but_tries(&app, &before).await?, NOTHING);
    assert_eq!(counted(&app, "mail#").await?, [4], "each spelling is the same address");
    Ok(())
}

#[tokio::test]
async fn where_verification_is_optional_fifty_parallel_sign_ups_make_one_person() -> Result<()> {
    let app = App::with(Wish { verification: Verification::Optional, ..Wish::default() }).await?;
    let people = items::<Value>(&app, "users").await?.len();
    let replies: Vec<Reply> =
        join_all((0..50).map(|_| sign_up(&app, EMAIL, NAME))).await.into_iter().collect::<Result<_>>()?;
    let answered = |expected: (u16, String)| replies.iter().filter(|reply| told(reply) == expected).count();
    // Five are let through to the address in an hour; the rest is not even hashed.
    let all = [(201, String::new()), refused(409, "email_taken"), refused(429, "too_many_tries")];
    assert_eq!(all.map(answered), [1, 4, 45], "{:?}", replies.iter().map(told).collect::<Vec<_>>());
    assert_eq!(items::<Value>(&app, "users").await?.len(), people + 1);
    Ok(())
}

#[tokio::test]
async fn every_failed_sign_in_answers_the_same() -> Result<()> {
    let app = App::start().await?;
    let usual = login(&app, "member1@maru.local", "wrong").await?;
    assert_eq!(told(&usual), refused(401, "bad_credentials"));
    let long = "Aa1!".repeat(100);
    for (email, password) in [
        ("member9@maru.local", PASSWORD),
        ("member9@maru.local", "wrong"),
        ("member1@maru.local", ""),
        ("member1@maru.local", "maru!2026"),
        ("member1@maru.local", "Maru!2026 "),
        ("member1@maru.local", long.as_str()),
        ("not an address", PASSWORD),
        ("", ""),
        ("김철수@maru.local", PASSWORD),
        ("member1@maru.local\0", PASSWORD),
    ] {
        let reply = login(&app, email, password).await?;
        assert_eq!(masked(&reply, &[]), masked(&usual, &[]), "{email} {password}");
    }
    Ok(())
}

#[tokio::test]
async fn failed_sign_ins_answer_and_cost_the_same_for_a_known_and_an_unknown_address() -> Result<()> {
    let app = App::start().await?;
    for nth in 1..=7 {
        let wrong = async |email| footprint(&app, "login", login(&app, email, "wrong")).await;
        let (known, known_used) = wrong("member1@maru.local").await?;
        let (unknown, unknown_used) = wrong("member9@maru.local").await?;
        assert_eq!(masked(&known, &[]), masked(&unknown, &[]), "{nth}");
        assert_eq!(known_used, unknown_used, "{nth}");
        let used = (known_used.trips, known_used.sequential, known_used.write_units);
        if nth <= 5 {
            assert_eq!(told(&known), refused(401, "bad_credentials"));
            // Credential and counter; then at once counting the try, counting the place, and the person.
            assert_eq!(used, (4, 2, 2.0), "{nth}");
        } else {
            assert_eq!(told(&known), refused(429, "too_many_tries"));
            assert_eq!(known.header("retry-after"), Some("1"));
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_sign_in_asks_the_store_three_times_one_after_the_other() -> Result<()> {
    let app = App::start().await?;
    // The first sign-in of a sandbox also looks which key signs.
    app.another().await?;
    let (reply, used) = footprint(&app, "login", login(&app, "member1@maru.local", PASSWORD)).await?;
    assert_eq!((reply.status, used.sequential), (200, 3), "{used:?}");
    Ok(())
}

#[tokio::test]
async fn too_many_mails_are_refused_alike_for_a_known_and_an_unknown_address() -> Result<()> {
    let app = App::start().await?;
    for nth in 1..=7 {
        let asks = async |email| footprint(&app, "forgot-password", forgot(&app, email)).await;
        let (known, known_used) = asks("member1@maru.local").await?;
        let (unknown, unknown_used) = asks("member9@maru.local").await?;
        assert_eq!(masked(&known, &[]), masked(&unknown, &[]), "{nth}");
        assert_eq!(known_used, unknown_used, "{nth}");
        assert_eq!(known.status, if nth <= 5 { 200 } else { 429 }, "{known:?}");
    }
    assert_eq!(app.mails("member1@maru.local").await?.len(), 5);
    for email in ["member1@maru.local", "member9@maru.local"] {
        let again = app.stranger().post("/auth/resend-verification", &json!({"email": email})).await?;
        for reply in [again, sign_up(&app, email, NAME).await?] {
            assert_eq!(told(&reply), refused(429, "too_many_tries"), "{email}: {reply:?}");
        }
    }
    Ok(())
}
