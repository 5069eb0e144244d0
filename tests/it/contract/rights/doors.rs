//! Coming to be a person, getting in and back in, and moving to another address.

use super::*;

/// argon2id of everybody's password at the lowest cost there is.
const CHEAP: &str =
    "$argon2id$v=19$m=8,t=1,p=1$bWFydS1jaGVhcC1zYWx0IQ$dOVjww17pLCEaqkUThVfj8KbqkDBgNEcrV2GHY5zdSw";

/// What people do at the doors.
pub(super) async fn live(app: &App) -> Result<()> {
    let stranger = app.stranger();
    let kim = json!({"email": "kim@example.kr"});
    lose_the_ring(app).await?;
    app.newcomer("kim@example.kr", "김", "Str0ng!pass").await?;
    good(stranger.post("/auth/resend-verification", &kim).await?)?;
    good(stranger.post("/auth/forgot-password", &kim).await?)?;
    let token = app.mailed_token("kim@example.kr", "reset-password").await?;
    let reset = json!({"token": token, "new_password": "N3w!password"});
    good(stranger.post("/auth/reset-password", &reset).await?)?;
    sessions(app).await?;
    old_hash(app).await?;
    without_password(app).await?;
    let other = app.another().await?;
    move_to(app, &other, "elsewhere@example.kr").await?;
    owner_by_address(app).await
}

async fn sessions(app: &App) -> Result<()> {
    let (stranger, phone, laptop) = (app.stranger(), app.member().await?, app.member().await?);
    let mut refresh_token = phone.refresh_token.clone();
    for _ in 0..3 {
        lose_the_ring(app).await?;
        let reply = good(stranger.post("/auth/refresh", &json!({"refresh_token": refresh_token})).await?)?;
        refresh_token = Some(reply.text("/refresh_token"));
    }
    // An old one again: somebody stole it, and its person is told.
    let reply = stranger.post("/auth/refresh", &json!({"refresh_token": phone.refresh_token})).await?;
    ensure!(reply.status == 401, "{reply:?}");
    app.mails(&phone.email).await?;
    let listed = good(laptop.get("/auth/sessions").await?)?;
    good(laptop.delete(&format!("/auth/sessions/{}", listed.text("/data/0/id"))).await?)?;
    good(app.member().await?.delete("/auth/sessions").await?)?;
    app.machine().get("/auth/sessions").await?;
    good(app.member().await?.post("/auth/logout", &json!({})).await?)?;
    Ok(())
}

/// A hash of yesterday is renewed by the next sign-in.
async fn old_hash(app: &App) -> Result<()> {
    let grants = SEED_GRANTS.map(|grant| (grant, grant.table.name.to_owned()));
    let db = Db::connect(&app.stack().sdk, grants, app.clock.clock(), Random::system());
    let email = Email::parse("veteran@example.kr").context("no address")?;
    seed(&db, Seeded { email, name: "고참", role: Role::Member, password_hash: CHEAP, scopes: &[] }).await?;
    app.sign_in("veteran@example.kr", PASSWORD).await?;
    Ok(())
}

/// Whoever follows the link of a sign-up without its password sets one by the token in the answer.
async fn without_password(app: &App) -> Result<()> {
    let wish = json!({"email": "lee@example.kr", "password": "Str0ng!pass", "name": "이"});
    good(app.stranger().post("/auth/register", &wish).await?)?;
    let token = app.mailed_token("lee@example.kr", "verify-email").await?;
    let proved = good(app.stranger().post("/auth/verify-email", &json!({"token": token})).await?)?;
    ensure!(proved.body["password_set"] == false, "{proved:?}");
    Ok(())
}

/// Both ends agree to a change of address.
pub(super) async fn move_to(app: &App, guest: &Guest, email: &str) -> Result<()> {
    good(guest.post("/me/email", &json!({"email": email})).await?)?;
    let new = app.mailed_token(email, "confirm-email").await?;
    good(guest.post("/me/email/confirm", &json!({"token": new})).await?)?;
    if !guest.email.is_empty() {
        let old = app.mailed_token(&guest.email, "verify-email").await?;
        good(app.stranger().post("/auth/verify-email", &json!({"token": old})).await?)?;
    }
    Ok(())
}

/// Who proves the deployer's address is the owner.
async fn owner_by_address(app: &App) -> Result<()> {
    let owner = app.staff("owner").await?;
    move_to(app, &owner, "boss@example.kr").await?;
    let heir = app.newcomer("owner@maru.local", "후계자", PASSWORD).await?;
    let me = good(heir.get("/me").await?)?;
    ensure!(me.text("/data/role") == "owner", "{me:?}");
    Ok(())
}

/// The hundredth wrong try asks for the mail that lets the address in again.
pub(super) async fn a_hundred_wrong_tries(app: &App) -> Result<()> {
    let wrong = json!({"email": "member1@maru.local", "password": "wrong"});
    for _ in 0..100 {
        let reply = app.stranger().post("/auth/login", &wrong).await?;
        ensure!(reply.status == 401, "{reply:?}");
        app.clock.advance(900);
    }
    let mails = app.mails("member1@maru.local").await?;
    ensure!(mails.len() == 1, "{mails:?}");
    Ok(())
}
