//! People who were shut out, and people who left.

use super::*;

/// Nobody new came to be.
async fn people(app: &App) -> Result<usize> {
    Ok(items::<Value>(app, "users").await?.len())
}

pub(super) async fn same_kakao(app: &App) -> Result<()> {
    let guest = super::super::by_kakao(app, MINA).await?;
    let (id, before) = (id_of(&guest).await?, people(app).await?);
    ban(app, &id, true).await?;
    is(&guest.get("/me").await?, 401, "unauthorized")?;
    is(&enter(app, MINA).await?, 403, "suspended")?;
    let token = fake(app).id_token(MINA, KAKAO_NATIVE_KEY, NONCE);
    is(&enter_by_token(app, &token, NONCE).await?, 403, "suspended")?;
    is(&link(app, &app.member().await?, MINA).await?, 409, "kakao_taken")?;
    ensure!(people(app).await? == before);
    ban(app, &id, false).await?;
    ensure!(enter(app, MINA).await?.text("/user/user_id") == id, "let in again as the same person");
    Ok(())
}

pub(super) async fn same_address(app: &App) -> Result<()> {
    let victim = Victim::by_password(app).await?;
    ban(app, &victim.id, true).await?;
    let (before, shut_out) = (people(app).await?, kept(app, &victim.id).await?);
    let wish = json!({"email": EMAIL, "password": OWN, "name": "김민아"});
    ensure!(app.stranger().post("/auth/register", &wish).await?.status == 201);
    let mails = app.mails(EMAIL).await?;
    ensure!(!mails.last().context("no mail")?.text.contains("token="), "{mails:?}");
    let mover = app.member().await?;
    ensure!(mover.post("/me/email", &json!({"email": EMAIL})).await?.status == 202);
    ensure!(app.mails(EMAIL).await?.iter().skip(mails.len()).all(|mail| !mail.text.contains("token=")));
    is(&login(app, EMAIL, OWN).await?, 401, "bad_credentials")?;
    ensure!(people(app).await? == before && kept(app, &victim.id).await? == shut_out);
    Ok(())
}

/// With a password beside it, a cut at Kakao takes the link only. It must not free the Kakao account of
/// somebody who is shut out.
pub(super) async fn cut_and_return(app: &App) -> Result<()> {
    let member = linked_member(app, MINA).await?;
    let (id, before) = (id_of(&member).await?, people(app).await?);
    ban(app, &id, true).await?;
    ensure!(cut_there(app, MINA).await?.status == 200);
    is(&enter(app, MINA).await?, 403, "suspended")?;
    is(&link(app, &app.another().await?, MINA).await?, 409, "kakao_taken")?;
    is(&app.machine().post("/users/login-or-register", &json!({"kakao_id": MINA})).await?, 403, "suspended")?;
    ensure!(people(app).await? == before);
    ban(app, &id, false).await?;
    ensure!(enter(app, MINA).await?.text("/user/user_id") == id, "let in again as the same person");
    Ok(())
}

pub(super) async fn leave_and_return(app: &App) -> Result<()> {
    let id = id_of(&super::super::by_kakao(app, MINA).await?).await?;
    ban(app, &id, true).await?;
    let before = people(app).await?;
    ensure!(cut_there(app, MINA).await?.status == 200);
    is(&enter(app, MINA).await?, 403, "suspended")?;
    is(&link(app, &app.member().await?, MINA).await?, 409, "kakao_taken")?;
    ensure!(people(app).await? == before);
    let marks = stored(app).await?["bans"].clone();
    ensure!(marks.len() == 1 && !marks[0].contains(&MINA.to_string()), "{marks:?}");
    // Erasing them does not lift it.
    app.clock.advance(31 * 24 * 3600);
    ensure!(app.stack().workers.erase(false).await?.erased == 1);
    is(&enter(app, MINA).await?, 403, "suspended")
}

pub(super) async fn other_way(app: &App) -> Result<()> {
    let member = linked_member(app, MINA).await?;
    let shown = member.refresh_token.clone().context("no refresh token")?;
    ban(app, &id_of(&member).await?, true).await?;
    is(&login(app, "member1@maru.local", PASSWORD).await?, 401, "bad_credentials")?;
    is(&enter(app, MINA).await?, 403, "suspended")?;
    is(&refresh(app, &shown).await?, 401, "bad_refresh_token")?;
    is(&member.delete("/me/kakao").await?, 401, "unauthorized")
}

pub(super) async fn left_by_kakao(app: &App) -> Result<()> {
    let victim = Victim::by_kakao(app).await?;
    let told = json!({
        "username": "김민아", "birthDate": "1990-02-14", "userphonenumber": "010-1234-5678", "gender": "여",
    });
    ensure!(victim.guest.post("/submit", &told).await?.status == 200);
    let booking = victim.guest.book(&harness::app::free_wish(10, 11)).await?;
    ensure!(victim.guest.delete("/me").await?.status == 200);
    fake(app).person(MINA, Some("새 이름"), None);
    let anew = enter(app, MINA).await?;
    ensure!(anew.text("/user/member_status") == "비회원", "{anew:?}");
    let guest = guest_of(app, &anew)?;
    let me = guest.get("/me").await?;
    ensure!(me.text("/data/user_id") != victim.id && me.text("/data/name") == "새 이름", "{me:?}");
    ensure!(me.body["data"]["email"] == Value::Null && me.body["data"]["profile"] == Value::Null, "{me:?}");
    let theirs = guest.get("/api/bookings").await?;
    ensure!(theirs.body["data"] == json!([]), "{theirs:?}");
    let id = booking["id"].as_str().context("no id")?;
    ensure!(guest.get(&format!("/api/bookings/{id}")).await?.status == 404);
    // Telling Kakao that the old one left, and erasing them, leaves the new one alone.
    app.stack().workers.erase(false).await?;
    app.clock.advance(30 * 24 * 3600);
    app.stack().workers.erase(false).await?;
    ensure!(enter(app, MINA).await?.text("/user/user_id") == me.text("/data/user_id"));
    Ok(())
}

pub(super) async fn old_tokens(app: &App) -> Result<()> {
    let victim = Victim::by_kakao(app).await?;
    let shown = victim.guest.refresh_token.clone().context("no refresh token")?;
    ensure!(victim.guest.delete("/me").await?.status == 200);
    super::super::by_kakao(app, MINA).await?;
    is(&victim.guest.get("/me").await?, 401, "unauthorized")?;
    is(&refresh(app, &shown).await?, 401, "bad_refresh_token")
}
