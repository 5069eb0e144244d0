//! Where staff must have a second factor.

use super::factor::{begin, confirm, second, ticket};
use super::*;

async fn strict() -> Result<App> {
    App::with(Wish { staff_mfa: true, ..Wish::default() }).await
}

/// A thing each member of staff may do once their rights are theirs.
async fn may(guest: &Guest) -> Result<u16> {
    Ok(guest.get("/admin/verify").await?.status)
}

#[tokio::test]
async fn staff_have_no_rights_until_their_app_is_set_up_and_then_the_same_session_has() -> Result<()> {
    let app = strict().await?;
    let reply = login(&app, "admin@maru.local", PASSWORD).await?;
    assert_eq!(reply.body["mfa_enrolment_required"], true, "{reply:?}");
    let (admin, elsewhere) = (bearer(&app, &reply.text("/token")), app.staff("admin").await?);
    let wish = json!({"name": "강의실 C", "capacity": 4, "hourly_rate": 10_000});
    for reply in [
        admin.get("/admin/verify").await?,
        admin.get("/staff").await?,
        admin.get("/api/system/info").await?,
        admin.post("/rooms", &wish).await?,
        admin.post("/api/keys", &json!({"name": "열쇠", "scopes": ["bookings_read"]})).await?,
    ] {
        assert_eq!(told(&reply), refused(403, "forbidden"));
    }
    is_in(&admin).await?;
    let refreshed = refresh(&app, &reply.text("/refresh_token")).await?;
    assert_eq!(may(&bearer(&app, &refreshed.text("/token"))).await?, 403, "a refresh gives no rights");

    let phone = begin(&admin).await?;
    assert_eq!(may(&admin).await?, 403);
    assert_eq!(told(&confirm(&admin, "000000").await?), refused(401, "bad_code"));
    assert_eq!(may(&admin).await?, 403);
    assert_eq!(confirm(&admin, &phone.code(&app, 0)).await?.status, 200);
    assert_eq!(may(&admin).await?, 200);
    assert_eq!(may(&elsewhere).await?, 401, "that device did not show a code: it is signed out");
    app.clock.advance(30);
    let whole = second(&app, &ticket(&app, "admin@maru.local").await?, &phone.code(&app, 0)).await?;
    assert_eq!((whole.status, &whole.body["mfa_enrolment_required"]), (200, &json!(false)));
    assert_eq!(may(&bearer(&app, &whole.text("/token"))).await?, 200);
    Ok(())
}

#[tokio::test]
async fn staff_cannot_switch_it_off() -> Result<()> {
    let app = strict().await?;
    let viewer = app.staff("viewer").await?;
    let phone = begin(&viewer).await?;
    confirm(&viewer, &phone.code(&app, 0)).await?;
    app.clock.advance(30);
    let reply = viewer.post("/auth/mfa/totp/disable", &json!({"code": phone.code(&app, 0)})).await?;
    assert_eq!(told(&reply), refused(409, "mfa_required"));
    assert_eq!(
        second(&app, &ticket(&app, "viewer@maru.local").await?, &phone.code(&app, 0)).await?.status,
        200
    );
    Ok(())
}

#[tokio::test]
async fn customers_are_not_asked() -> Result<()> {
    let app = strict().await?;
    let reply = login(&app, "member1@maru.local", PASSWORD).await?;
    assert_eq!(reply.body["mfa_enrolment_required"], false, "{reply:?}");
    assert_eq!(reply.body["mfa_required"], false, "{reply:?}");
    Ok(())
}

#[tokio::test]
async fn a_customer_who_is_hired_gets_no_rights_past_the_second_factor() -> Result<()> {
    let app = strict().await?;
    let owner = app.staff("owner").await?;
    let phone = begin(&owner).await?;
    assert_eq!(confirm(&owner, &phone.code(&app, 0)).await?.status, 200);
    let member = app.member().await?;
    let me = is_in(&member).await?;
    let wish = json!({"role": "admin", "lock_version": me.body["data"]["lock_version"]});
    let hired = owner.patch(&format!("/staff/{}", me.text("/data/user_id")), &wish).await?;
    assert_eq!(hired.status, 200, "{hired:?}");
    is_out(&member).await?;
    let shown = member.refresh_token.as_deref().context("no refresh token")?;
    assert_eq!(told(&refresh(&app, shown).await?), refused(401, "bad_refresh_token"));
    let reply = login(&app, "member1@maru.local", PASSWORD).await?;
    assert_eq!((reply.text("/role"), &reply.body["mfa_enrolment_required"]), ("admin".into(), &json!(true)));
    assert_eq!(may(&bearer(&app, &reply.text("/token"))).await?, 403);
    Ok(())
}
