//! Taking another address: both mailboxes agree.

use harness::stack::KAKAO_NATIVE_KEY;

use super::*;

const MEMBER: &str = "member1@maru.local";
const HALF: &str = "확인되었습니다. 다른 주소의 확인을 기다립니다.";
const OTHER_HALF: &str = "확인되었습니다. 쓰던 주소의 확인을 기다립니다.";

async fn ask(guest: &Guest, email: &str) -> Result<Reply> {
    guest.post("/me/email", &json!({"email": email})).await
}

async fn follow(app: &App, token: &str) -> Result<Reply> {
    app.stranger().post("/auth/verify-email", &json!({"token": token})).await
}

/// The token of the new mailbox counts only signed in as whoever asked.
async fn confirm(guest: &Guest, token: &str) -> Result<Reply> {
    guest.post("/me/email/confirm", &json!({"token": token})).await
}

/// The member asks for another address: the links at the old one and at the new one.
async fn asked(app: &App, member: &Guest, email: &str) -> Result<(String, String)> {
    let reply = ask(member, email).await?;
    anyhow::ensure!(reply.status == 202, "{reply:?}");
    Ok((app.mailed_token(MEMBER, "verify-email").await?, app.mailed_token(email, "confirm-email").await?))
}

/// The same person with a fresh access token.
async fn renewed(app: &App, guest: &Guest) -> Result<Guest> {
    let reply = refresh(app, guest.refresh_token.as_deref().context("no refresh token")?).await?;
    Ok(bearer(app, &reply.text("/token")))
}

#[tokio::test]
async fn an_address_moves_once_both_mailboxes_agree_in_either_order() -> Result<()> {
    for new_first in [false, true] {
        let app = App::start().await?;
        let (phone, laptop) = (app.member().await?, app.member().await?);
        let (old, new) = asked(&app, &phone, EMAIL).await?;
        for _ in 0..2 {
            let (half, said) = if new_first {
                (confirm(&phone, &new).await?, OTHER_HALF)
            } else {
                (follow(&app, &old).await?, HALF)
            };
            assert_eq!((half.status, half.text("/message")), (200, said.into()), "{half:?}");
            assert!(!half.body.to_string().contains('@'), "{half:?}");
        }
        // The new mailbox alone is not enough, nor is somebody else who reads it.
        for guest in [&app.stranger(), &app.another().await?] {
            assert!(confirm(guest, &new).await?.status >= 400);
        }
        assert_eq!(login(&app, MEMBER, PASSWORD).await?.status, 200);
        assert_eq!(told(&login(&app, EMAIL, PASSWORD).await?), refused(401, "bad_credentials"));
        let moved = if new_first { follow(&app, &old).await? } else { confirm(&phone, &new).await? };
        assert_eq!(moved.status, 200, "{moved:?}");

        assert_eq!(told(&login(&app, MEMBER, PASSWORD).await?), refused(401, "bad_credentials"));
        let reply = login(&app, EMAIL, PASSWORD).await?;
        assert_eq!((reply.status, reply.text("/email")), (200, EMAIL.into()));
        for device in [&phone, &laptop] {
            assert_eq!(is_in(device).await?.text("/data/email"), EMAIL);
            let shown = device.refresh_token.as_deref().context("no refresh token")?;
            assert_eq!(refresh(&app, shown).await?.status, 200);
        }
        assert_eq!(told(&follow(&app, &old).await?), refused(400, "bad_link"));
        assert_eq!(told(&confirm(&phone, &new).await?), refused(400, "bad_link"));
        assert_eq!(mails_about(&app, EMAIL, "로그인 주소가 변경되었습니다").await?, 1);
        // The old one is anybody's again who can read mail there.
        app.newcomer(MEMBER, NAME, OLD).await?;
    }
    Ok(())
}

#[tokio::test]
async fn both_ends_at_once_move_the_address_once() -> Result<()> {
    let app = App::start().await?;
    let member = app.member().await?;
    let (old, new) = asked(&app, &member, EMAIL).await?;
    for _ in 0..2 {
        let both = (0..3).map(|_| futures::future::join(follow(&app, &old), confirm(&member, &new)));
        join_all(both).await;
    }
    assert_eq!(is_in(&member).await?.text("/data/email"), EMAIL);
    assert_eq!(trail_of(&app, "account.email_changed").await?.len(), 1);
    assert_eq!(login(&app, EMAIL, PASSWORD).await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn only_the_newest_request_counts_for_a_day() -> Result<()> {
    let app = App::start().await?;
    let member = app.member().await?;
    let (_, first) = asked(&app, &member, "first@example.kr").await?;
    let (old, new) = asked(&app, &member, EMAIL).await?;
    assert_eq!(follow(&app, &old).await?.text("/message"), HALF);
    assert_eq!(told(&confirm(&member, &first).await?), refused(400, "bad_link"));
    app.clock.advance(DAY - 1);
    let member = renewed(&app, &member).await?;
    assert_eq!(confirm(&member, &new).await?.status, 200);
    assert_eq!(is_in(&member).await?.text("/data/email"), EMAIL);

    let late = app.another().await?;
    let reply = ask(&late, "late@example.kr").await?;
    assert_eq!(reply.status, 202);
    let token = app.mailed_token("late@example.kr", "confirm-email").await?;
    app.clock.advance(DAY);
    let late = renewed(&app, &late).await?;
    assert_eq!(told(&confirm(&late, &token).await?), refused(400, "bad_link"));
    Ok(())
}

#[tokio::test]
async fn nobody_learns_that_an_address_is_taken_but_its_owner() -> Result<()> {
    let app = App::start().await?;
    let member = app.member().await?;
    // The first request of a function reads the keys, too.
    is_in(&member).await?;
    let (free, free_used) = footprint(&app, "me", ask(&member, EMAIL)).await?;
    let (taken, taken_used) = footprint(&app, "me", ask(&member, "member2@maru.local")).await?;
    assert_eq!(free.status, 202, "{free:?}");
    assert_eq!(masked(&taken, &[]), masked(&free, &[]));
    assert_eq!(taken_used, free_used);
    assert_eq!(mails_about(&app, "member2@maru.local", "이미 가입된 주소입니다").await?, 1);
    let mails = app.mails("member2@maru.local").await?;
    assert!(mails.iter().all(|mail| token_in(&mail.text, "confirm-email").is_none()), "{mails:?}");
    let again = app.another().await?;
    assert_eq!(is_in(&again).await?.text("/data/email"), "member2@maru.local");
    Ok(())
}

#[tokio::test]
async fn whoever_signs_up_with_the_address_meanwhile_keeps_it() -> Result<()> {
    let app = App::start().await?;
    let member = app.member().await?;
    let (old, new) = asked(&app, &member, EMAIL).await?;
    assert_eq!(follow(&app, &old).await?.status, 200);
    let hana = app.newcomer(EMAIL, NAME, OLD).await?;
    assert_eq!(told(&confirm(&member, &new).await?), refused(400, "bad_link"));
    assert_eq!(is_in(&hana).await?.text("/data/name"), NAME);
    assert_eq!(is_in(&member).await?.text("/data/email"), MEMBER);
    assert_eq!(login(&app, MEMBER, PASSWORD).await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn asking_takes_a_fresh_sign_in_or_the_password_and_not_too_many_times() -> Result<()> {
    let app = App::start().await?;
    let member = app.member().await?;
    app.clock.advance(15 * 60);
    assert_eq!(ask(&member, EMAIL).await?.status, 202);
    app.clock.advance(1);
    assert_eq!(told(&ask(&member, EMAIL).await?), refused(403, "sign_in_again"));
    let with =
        async |password: &str| member.post("/me/email", &json!({"email": EMAIL, "password": password})).await;
    assert_eq!(told(&with("wrong").await?), refused(401, "wrong_password"));
    for _ in 0..4 {
        assert_eq!(with(PASSWORD).await?.status, 202);
    }
    assert_eq!(told(&with(PASSWORD).await?), refused(429, "too_many_tries"));
    assert_eq!(told(&ask(&app.machine(), EMAIL).await?), refused(403, "forbidden"));
    let reply = ask(&member, "no address").await?;
    assert_eq!((reply.status, reply.fields()), (422, vec!["/email".into()]));
    Ok(())
}

#[tokio::test]
async fn somebody_without_an_address_takes_one_by_its_link_alone_and_a_password_by_reset() -> Result<()> {
    let app = App::start().await?;
    let kakao = &app.stack().outsiders.kakao;
    let proof = json!({"id_token": kakao.id_token(78, KAKAO_NATIVE_KEY, "n"), "nonce": "n"});
    let reply = app.stranger().post("/login/kakao", &proof).await?;
    let hana = bearer(&app, &reply.text("/jwt"));
    assert_eq!(ask(&hana, EMAIL).await?.status, 202);
    let token = app.mailed_token(EMAIL, "confirm-email").await?;
    assert_eq!(confirm(&hana, &token).await?.status, 200);
    let me = is_in(&hana).await?;
    assert_eq!((me.text("/data/email"), &me.body["data"]["has_password"]), (EMAIL.into(), &json!(false)));
    for guess in ["", OLD] {
        assert_eq!(told(&login(&app, EMAIL, guess).await?), refused(401, "bad_credentials"));
    }
    forgot(&app, EMAIL).await?;
    let token = app.mailed_token(EMAIL, "reset-password").await?;
    assert_eq!(reset(&app, &token, NEW).await?.status, 200);
    assert_eq!(login(&app, EMAIL, NEW).await?.text("/user_id"), me.text("/data/user_id"));
    Ok(())
}

#[tokio::test]
async fn a_link_of_an_address_change_dies_with_its_persons_leaving() -> Result<()> {
    let app = App::start().await?;
    let member = app.member().await?;
    let (old, new) = asked(&app, &member, EMAIL).await?;
    assert_eq!(follow(&app, &old).await?.status, 200);
    assert_eq!(member.delete("/me").await?.status, 200);
    let before = stored(&app).await?;
    assert_eq!(told(&follow(&app, &old).await?), refused(400, "bad_link"));
    assert_eq!(told(&confirm(&member, &new).await?), refused(401, "unauthorized"));
    assert_eq!(changed(&app, &before).await?, NOTHING);
    Ok(())
}
