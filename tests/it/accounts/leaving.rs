//! Leaving: what ends at once, what becomes free, and who may not come back.

use harness::stack::KAKAO_NATIVE_KEY;
use maru_accounts::BANS;

use super::devices::kakao_unlinks;
use super::*;

const MEMBER: &str = "member1@maru.local";

/// Leaves by this password.
pub(super) async fn leave(guest: &Guest, password: &str) -> Result<Reply> {
    let body = json!({"password": password}).to_string().into_bytes();
    guest.send(reqwest::Method::DELETE, "/me", &[("content-type", "application/json")], Some(body)).await
}

/// Signs somebody of Kakao's in.
pub(super) async fn by_kakao(app: &App, id: i64) -> Result<Reply> {
    let token = app.stack().outsiders.kakao.id_token(id, KAKAO_NATIVE_KEY, "n");
    app.stranger().post("/login/kakao", &json!({"id_token": token, "nonce": "n"})).await
}

#[tokio::test]
async fn leaving_takes_a_fresh_sign_in_or_the_password() -> Result<()> {
    let app = App::start().await?;
    let (member, other) = (app.member().await?, app.another().await?);
    app.clock.advance(15 * 60 + 1);
    assert_eq!(told(&member.delete("/me").await?), refused(403, "sign_in_again"));
    for wrong in ["", "wrong", NEW, "x", "y"] {
        assert_eq!(told(&leave(&member, wrong).await?), refused(401, "wrong_password"), "{wrong}");
    }
    assert_eq!(told(&leave(&member, PASSWORD).await?), refused(429, "too_many_tries"));
    is_in(&member).await?;
    app.clock.advance(1);
    assert_eq!(leave(&member, PASSWORD).await?.status, 200);
    is_out(&member).await?;
    let fresh = app.another().await?;
    assert_eq!(fresh.delete("/me").await?.status, 200);
    is_out(&other).await?;
    assert_eq!(told(&app.machine().delete("/me").await?), refused(403, "forbidden"));
    assert_eq!(told(&app.stranger().delete("/me").await?), refused(401, "unauthorized"));
    Ok(())
}

#[tokio::test]
async fn leaving_ends_every_session_is_told_by_mail_and_frees_the_address_for_a_new_person() -> Result<()> {
    let app = App::start().await?;
    let (phone, laptop) = (app.member().await?, app.member().await?);
    let old = is_in(&phone).await?.text("/data/user_id");
    let reset_link = reset_token(&app).await?;
    assert_eq!(phone.delete("/me").await?.status, 200);
    for device in [&phone, &laptop] {
        is_out(device).await?;
        let shown = device.refresh_token.as_deref().context("no refresh token")?;
        assert_eq!(told(&refresh(&app, shown).await?), refused(401, "bad_refresh_token"));
    }
    assert_eq!(told(&login(&app, MEMBER, PASSWORD).await?), refused(401, "bad_credentials"));
    assert_eq!(told(&reset(&app, &reset_link, NEW).await?), refused(400, "bad_link"));
    assert_eq!(mails_about(&app, MEMBER, "탈퇴가 접수되었습니다").await?, 1);

    let again = app.newcomer(MEMBER, NAME, OLD).await?;
    let me = is_in(&again).await?;
    assert_ne!(me.text("/data/user_id"), old);
    assert_eq!(me.text("/data/name"), NAME);
    assert_eq!(again.get("/api/bookings").await?.body["data"], json!([]));
    is_out(&phone).await
}

#[tokio::test]
async fn leaving_frees_the_kakao_account_at_once() -> Result<()> {
    let app = App::start().await?;
    let first = by_kakao(&app, 77).await?;
    assert_eq!(bearer(&app, &first.text("/jwt")).delete("/me").await?.status, 200);
    let second = by_kakao(&app, 77).await?;
    assert_eq!(second.status, 200, "{second:?}");
    assert_ne!(second.text("/user/user_id"), first.text("/user/user_id"));
    is_out(&bearer(&app, &first.text("/jwt"))).await?;
    is_in(&bearer(&app, &second.text("/jwt"))).await?;
    Ok(())
}

#[tokio::test]
async fn twenty_parallel_leavings_are_one() -> Result<()> {
    let app = App::start().await?;
    let member = app.member().await?;
    let replies = at_once((0..20).map(|_| member.delete("/me"))).await?;
    let statuses: BTreeSet<u16> = replies.iter().map(|reply| reply.status).collect();
    assert_eq!(replies.iter().filter(|reply| reply.status == 200).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|status| [200, 401, 404, 409].contains(status)), "{statuses:?}");
    assert_eq!(mails_about(&app, MEMBER, "탈퇴가 접수되었습니다").await?, 1);
    Ok(())
}

#[tokio::test]
async fn the_last_owner_stays() -> Result<()> {
    let app = App::start().await?;
    let owner = app.staff("owner").await?;
    assert_eq!(told(&owner.delete("/me").await?), refused(409, "last_owner"));
    is_in(&owner).await?;
    let admin = app.staff("admin").await?;
    assert_eq!(admin.delete("/me").await?.status, 200);
    let staff = owner.get("/staff").await?;
    let roles: Vec<&str> =
        staff.body["data"].as_array().context("no list")?.iter().filter_map(|s| s["role"].as_str()).collect();
    assert!(!roles.contains(&"admin"), "{roles:?}");
    Ok(())
}

#[tokio::test]
async fn somebody_suspended_cannot_come_back_by_leaving_and_nothing_readable_is_kept_of_them() -> Result<()> {
    let app = App::start().await?;
    let hana = by_kakao(&app, 4_000_000_077).await?;
    let id = hana.text("/user/user_id");
    let guest = bearer(&app, &hana.text("/jwt"));
    assert_eq!(guest.post("/me/email", &json!({"email": EMAIL})).await?.status, 202);
    let token = app.mailed_token(EMAIL, "confirm-email").await?;
    assert_eq!(guest.post("/me/email/confirm", &json!({"token": token})).await?.status, 200);
    let owner = app.staff("owner").await?;
    assert_eq!(owner.post(&format!("/admin/users/{id}/ban"), &json!({"reason": "소란"})).await?.status, 200);
    assert_eq!(told(&by_kakao(&app, 4_000_000_077).await?), refused(403, "suspended"));
    assert_eq!(kakao_unlinks(&app, 4_000_000_077).await?.status, 200);

    let bans = &stored(&app).await?[BANS.name];
    assert_eq!(bans.len(), 2);
    for readable in [EMAIL, "hana", "4000000077", id.as_str()] {
        assert!(!bans.iter().any(|ban| ban.contains(readable)), "{readable}: {bans:?}");
    }
    for _ in 0..2 {
        assert_eq!(told(&by_kakao(&app, 4_000_000_077).await?), refused(403, "suspended"));
        let wish = json!({"kakao_id": "4000000077", "name": NAME});
        assert_eq!(
            told(&app.machine().post("/users/login-or-register", &wish).await?),
            refused(403, "suspended")
        );
        assert_eq!(sign_up(&app, EMAIL, NAME).await?.status, 201, "told like everybody");
        let token = app.mailed_token(EMAIL, "verify-email").await?;
        assert_eq!(told(&verify(&app, &token).await?), refused(400, "bad_link"));
        // Nor by the door of somebody who is in already.
        let member = app.member().await?;
        let proof = app.stack().outsiders.kakao.id_token(4_000_000_077, KAKAO_NATIVE_KEY, "n");
        let linked = member.post("/me/kakao", &json!({"id_token": proof, "nonce": "n"})).await?;
        assert_eq!(told(&linked), refused(409, "kakao_taken"));
        // The mark outlives the erasure.
        app.clock.advance(31 * DAY);
        app.stack().workers.erase(false).await?;
    }
    assert_eq!(by_kakao(&app, 4_000_000_078).await?.status, 200, "others may");
    Ok(())
}

#[tokio::test]
async fn where_verification_is_optional_a_banned_address_is_told_like_a_taken_one() -> Result<()> {
    let app = App::with(Wish { verification: Verification::Optional, ..Wish::default() }).await?;
    let hana = by_kakao(&app, 77).await?;
    let guest = bearer(&app, &hana.text("/jwt"));
    assert_eq!(guest.post("/me/email", &json!({"email": EMAIL})).await?.status, 202);
    let token = app.mailed_token(EMAIL, "confirm-email").await?;
    assert_eq!(guest.post("/me/email/confirm", &json!({"token": token})).await?.status, 200);
    let owner = app.staff("owner").await?;
    let id = hana.text("/user/user_id");
    assert_eq!(owner.post(&format!("/admin/users/{id}/ban"), &json!({})).await?.status, 200);
    assert_eq!(kakao_unlinks(&app, 77).await?.status, 200);
    assert_eq!(told(&sign_up(&app, EMAIL, NAME).await?), refused(409, "email_taken"));
    Ok(())
}

#[tokio::test]
async fn somebody_who_simply_left_leaves_no_mark() -> Result<()> {
    let app = App::start().await?;
    let member = app.member().await?;
    assert_eq!(member.delete("/me").await?.status, 200);
    let hana = by_kakao(&app, 77).await?;
    assert_eq!(kakao_unlinks(&app, 77).await?.status, 200);
    is_out(&bearer(&app, &hana.text("/jwt"))).await?;
    assert!(stored(&app).await?[BANS.name].is_empty());
    Ok(())
}
