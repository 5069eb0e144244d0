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
    assert_eq!(changed(&app, &before).await?, NOTHING);
    Ok(())
}

#[tokio::test]
async fn where_verification_is_optional_fifty_parallel_sign_ups_make_one_person() -> Result<()> {
    let app = App::with(Wish { verification: Verification::Optional, ..Wish::default() }).await?;
    let replies: Vec<Reply> =
        join_all((0..50).map(|_| sign_up(&app, EMAIL, NAME))).await.into_iter().collect::<Result<_>>()?;
    assert_eq!(replies.iter().filter(|reply| reply.status == 201).count(), 1);
    let rest = replies.iter().filter(|reply| reply.status != 201);
    assert!(
        rest.clone().all(|reply| told(reply) == refused(409, "email_taken")),
        "{:?}",
        rest.map(told).collect::<Vec<_>>()
    );
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
async fn a_failed_sign_in_asks_the_store_the_same_for_a_known_and_an_unknown_address() -> Result<()> {
    let app = App::start().await?;
    let (_, known) = footprint(&app, "login", login(&app, "member1@maru.local", "wrong")).await?;
    let (reply, unknown) = footprint(&app, "login", login(&app, "member9@maru.local", "wrong")).await?;
    assert_eq!(told(&reply), refused(401, "bad_credentials"));
    assert_eq!(known, unknown);
    assert_eq!((known.trips, known.write_units), (1, 0.0));
    Ok(())
}
