//! What must not outlive the day somebody claims what is theirs: an address nobody proved, a way in that was
//! taken away, a session that never showed a code.

use harness::stack::KAKAO_NATIVE_KEY;
use totp_rs::{Algorithm as Hash, Builder, Secret as Shared};

use super::devices::kakao_unlinks;
use super::*;

/// A proof of this Kakao account.
fn proof(app: &App, id: i64) -> Value {
    let token = app.stack().outsiders.kakao.id_token(id, KAKAO_NATIVE_KEY, "n");
    json!({"id_token": token, "nonce": "n"})
}

/// Sets an app up in this session; answers the present code first.
async fn enrol(app: &App, guest: &Guest) -> Result<Reply> {
    let begun = guest.post("/auth/mfa/totp", &json!({})).await?;
    if begun.status != 200 {
        return Ok(begun);
    }
    let secret = Shared::try_from_base32(begun.text("/secret")).map_err(|_| anyhow::anyhow!("no secret"))?;
    let shown = Builder::new().with_algorithm(Hash::SHA1).with_digits(6).with_secret(secret).build();
    let shown = shown.map_err(|error| anyhow::anyhow!("{error}"))?;
    let now = u64::try_from(app.clock.clock().now().as_second())?;
    guest.post("/auth/mfa/totp/confirm", &json!({"code": shown.generate(now).to_string()})).await
}

#[tokio::test]
async fn whoever_took_an_unproved_address_first_ties_nothing_to_it_that_stays() -> Result<()> {
    let app = App::with(Wish { verification: Verification::Optional, ..Wish::default() }).await?;
    assert_eq!(sign_up(&app, EMAIL, "먼저 온 사람").await?.status, 201);
    let thief = app.sign_in(EMAIL, OLD).await?;
    assert_eq!(told(&thief.post("/me/kakao", &proof(&app, 13)).await?), refused(409, "email_unproved"));
    assert_eq!(told(&enrol(&app, &thief).await?), refused(409, "email_unproved"));

    forgot(&app, EMAIL).await?;
    let token = app.mailed_token(EMAIL, "reset-password").await?;
    assert_eq!(reset(&app, &token, NEW).await?.status, 200);
    assert_eq!(thief.get("/me").await?.status, 401);
    assert_eq!(login(&app, EMAIL, OLD).await?.status, 401);
    // Its owner has read mail there, so it is theirs to tie things to.
    let hana = app.sign_in(EMAIL, NEW).await?;
    assert_eq!(hana.post("/me/kakao", &proof(&app, 14)).await?.status, 200);
    assert_eq!(enrol(&app, &hana).await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn whoever_followed_a_mailed_link_has_proved_the_address_also_where_sign_ups_need_not() -> Result<()> {
    let app = App::with(Wish { verification: Verification::Optional, ..Wish::default() }).await?;
    let invited = json!({"email": "staff@example.kr", "name": NAME, "role": "viewer"});
    assert_eq!(app.staff("owner").await?.post("/staff", &invited).await?.status, 201);
    let token = app.mailed_token("staff@example.kr", "accept-invitation").await?;
    let accepted = json!({"token": token, "password": OLD});
    assert_eq!(app.stranger().post("/auth/accept-invitation", &accepted).await?.status, 200);
    let staff = app.sign_in("staff@example.kr", OLD).await?;
    assert_eq!(enrol(&app, &staff).await?.status, 200);

    assert_eq!(sign_up(&app, EMAIL, NAME).await?.status, 201);
    let hana = app.sign_in(EMAIL, OLD).await?;
    assert_eq!(told(&enrol(&app, &hana).await?), refused(409, "email_unproved"));
    assert_eq!(hana.post("/me/email", &json!({"email": "new@example.kr"})).await?.status, 202);
    let old = app.mailed_token(EMAIL, "verify-email").await?;
    assert_eq!(app.stranger().post("/auth/verify-email", &json!({"token": old})).await?.status, 200);
    let new = app.mailed_token("new@example.kr", "confirm-email").await?;
    assert_eq!(hana.post("/me/email/confirm", &json!({"token": new})).await?.status, 200);
    assert_eq!(enrol(&app, &hana).await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn a_second_factor_ends_every_session_that_did_not_show_it() -> Result<()> {
    let app = App::start().await?;
    let (here, elsewhere) = (app.member().await?, app.member().await?);
    assert_eq!(enrol(&app, &here).await?.status, 200);
    assert_eq!(here.get("/me").await?.status, 200);
    assert_eq!(elsewhere.get("/me").await?.status, 401);
    let shown = elsewhere.refresh_token.as_deref().context("no refresh token")?;
    assert_eq!(told(&refresh(&app, shown).await?), refused(401, "bad_refresh_token"));
    let shown = here.refresh_token.as_deref().context("no refresh token")?;
    assert_eq!(refresh(&app, shown).await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn a_kakao_account_that_is_unlinked_leaves_no_session_behind_and_its_person_is_told() -> Result<()> {
    let app = App::start().await?;
    let hana = app.newcomer(EMAIL, NAME, OLD).await?;
    assert_eq!(hana.post("/me/kakao", &proof(&app, 15)).await?.status, 200);
    let by_kakao = app.stranger().post("/login/kakao", &proof(&app, 15)).await?;
    let foreign = bearer(&app, &by_kakao.text("/jwt"));
    assert_eq!(foreign.get("/me").await?.status, 200);
    assert_eq!(hana.delete("/me/kakao").await?.status, 200);
    assert_eq!(foreign.get("/me").await?.status, 401);
    assert_eq!(hana.get("/me").await?.status, 200);
    let mails = app.mails(EMAIL).await?;
    assert!(mails.iter().any(|mail| mail.subject.contains("카카오 연결이 끊어졌습니다")), "{mails:?}");
    Ok(())
}

#[tokio::test]
async fn an_address_that_only_gets_mail_must_agree_to_a_move_too() -> Result<()> {
    let app = App::start().await?;
    app.stack().outsiders.kakao.person(16, Some("민아"), Some(("mina@example.kr", true)));
    let back = format!("{}/local/app/kakao", app.base_url());
    let code = app.stack().outsiders.kakao.code(16, &back);
    let reply = app.stranger().post("/login/kakao", &json!({"code": code})).await?;
    let thief = bearer(&app, &reply.text("/jwt"));
    assert_eq!(thief.post("/me/email", &json!({"email": "evil@example.kr"})).await?.status, 202);
    let new = app.mailed_token("evil@example.kr", "confirm-email").await?;
    assert_eq!(thief.post("/me/email/confirm", &json!({"token": new})).await?.status, 200);
    assert_eq!(thief.get("/me").await?.text("/data/email"), "mina@example.kr");
    // Its person reads of it.
    let old = app.mailed_token("mina@example.kr", "verify-email").await?;
    assert_eq!(app.stranger().post("/auth/verify-email", &json!({"token": old})).await?.status, 200);
    assert_eq!(thief.get("/me").await?.text("/data/email"), "evil@example.kr");
    Ok(())
}

#[tokio::test]
async fn a_log_out_ends_the_session_of_the_access_token_whatever_else_was_shown() -> Result<()> {
    for shown in ["", "mr_nonsense", "nonsense"] {
        let app = App::start().await?;
        let member = app.member().await?;
        let reply = member.post("/auth/logout", &json!({"refresh_token": shown})).await?;
        assert_eq!(reply.status, 200, "{shown:?}");
        assert_eq!(member.get("/me").await?.status, 401, "{shown:?}");
    }
    Ok(())
}

#[tokio::test]
async fn staff_known_only_by_kakao_are_signed_out_and_not_shut_out_by_a_click_there() -> Result<()> {
    let app = App::start().await?;
    let owner = app.staff("owner").await?;
    let wish = json!({"kakao_id": "17", "name": "카카오 관리자", "role": "admin"});
    assert_eq!(owner.post("/staff", &wish).await?.status, 201);
    let back = format!("{}/local/app/kakao", app.base_url());
    let enter = async || {
        let code = app.stack().outsiders.kakao.code(17, &back);
        app.stranger().post("/admin/login/kakao", &json!({"code": code})).await
    };
    let admin = bearer(&app, &enter().await?.text("/jwt"));
    assert_eq!(admin.get("/admin/verify").await?.status, 200);
    assert_eq!(kakao_unlinks(&app, 17).await?.status, 200);
    assert_eq!(admin.get("/admin/verify").await?.status, 401);
    assert_eq!(enter().await?.text("/admin/role"), "admin");
    Ok(())
}

#[tokio::test]
async fn a_key_reaches_its_owners_own_records_within_its_scopes_only() -> Result<()> {
    let app = App::start().await?;
    let owner = app.staff("owner").await?;
    let booked = owner.book(&harness::app::free_wish(9, 10)).await?;
    let path = format!("/api/bookings/{}", booked["id"].as_str().context("no id")?);
    let key = owner.post("/api/keys", &json!({"name": "연동", "scopes": ["bookings_read"]})).await?;
    let mut machine = app.stranger();
    machine.api_key = Some(key.text("/data/key"));
    assert_eq!(machine.get(&path).await?.status, 200);
    assert_eq!(told(&machine.delete(&path).await?), refused(403, "forbidden"));
    assert_eq!(owner.get(&path).await?.text("/data/status"), "confirmed");
    Ok(())
}
