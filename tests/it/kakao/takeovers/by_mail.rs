//! By the address an account tells, or is to have.

use super::*;

/// The attacker signs in with this password account.
async fn attacker(app: &App) -> Result<Guest> {
    app.member().await
}

pub(super) async fn forgotten(app: &App) -> Result<()> {
    let victim = Victim::by_kakao(app).await?;
    let before = app.mails(EMAIL).await?.len();
    ensure!(forgot(app, EMAIL).await?.status == 200);
    ensure!(app.mails(EMAIL).await?.len() == before, "a reset link for somebody without a password");
    is(&login(app, EMAIL, OWN).await?, 401, "bad_credentials")?;
    victim.is_untouched(app).await
}

pub(super) async fn sign_up_and_merge(app: &App) -> Result<()> {
    let victim = Victim::by_kakao(app).await?;
    // Whoever reads the mail today need not be who proved the address to Kakao.
    let evil = app.newcomer(EMAIL, "공격자", "Att4cker!pass").await?;
    ensure!(id_of(&evil).await? != victim.id);
    is(&link(app, &evil, MINA).await?, 409, "kakao_taken")?;
    let me = evil.get("/me").await?;
    ensure!(
        me.body["data"]["kakao_id"] == Value::Null && me.body["data"]["profile"] == Value::Null,
        "{me:?}"
    );
    victim.is_untouched(app).await?;
    ensure!(enter(app, MINA).await?.text("/user/user_id") == victim.id);
    Ok(())
}

pub(super) async fn old_reset_link(app: &App) -> Result<()> {
    // The attacker read the victim's old mailbox once; the victim moves to another address.
    let victim = Victim::by_password(app).await?;
    forgot(app, EMAIL).await?;
    let stolen = app.mailed_token(EMAIL, "reset-password").await?;
    let next = "mina.new@example.kr";
    ensure!(victim.guest.post("/me/email", &json!({"email": next})).await?.status == 202);
    let token = app.mailed_token(EMAIL, "verify-email").await?;
    ensure!(app.stranger().post("/auth/verify-email", &json!({"token": token})).await?.status == 200);
    let token = app.mailed_token(next, "confirm-email").await?;
    ensure!(victim.guest.post("/me/email/confirm", &json!({"token": token})).await?.status == 200);
    is(&reset(app, &stolen, "Att4cker!pass").await?, 400, "bad_link")?;
    ensure!(login(app, next, OWN).await?.text("/user_id") == victim.id);
    Ok(())
}

pub(super) async fn move_to_known(app: &App) -> Result<()> {
    let victim = Victim::by_password(app).await?;
    let evil = attacker(app).await?;
    let id = id_of(&evil).await?;
    let before = app.mails(EMAIL).await?.len();
    ensure!(evil.post("/me/email", &json!({"email": EMAIL})).await?.status == 202);
    let mails = app.mails(EMAIL).await?;
    ensure!(mails.len() == before + 1 && !mails[before].text.contains("token="), "{:?}", mails.last());
    let own = app.mails("member1@maru.local").await?;
    ensure!(own.iter().all(|mail| !mail.text.contains("token=")), "{own:?}");
    let me = evil.get("/me").await?;
    ensure!((me.text("/data/user_id"), me.text("/data/email")) == (id, "member1@maru.local".into()));
    victim.is_untouched(app).await
}

pub(super) async fn move_to_unknown(app: &App) -> Result<()> {
    let evil = attacker(app).await?;
    ensure!(evil.post("/me/email", &json!({"email": EMAIL})).await?.status == 202);
    // Their own end agrees; the victim's never does.
    let token = app.mailed_token("member1@maru.local", "verify-email").await?;
    for _ in 0..2 {
        let reply = app.stranger().post("/auth/verify-email", &json!({"token": token})).await?;
        ensure!(reply.status == 200, "{reply:?}");
    }
    ensure!(evil.get("/me").await?.text("/data/email") == "member1@maru.local");
    let victim = Victim::by_password(app).await?;
    ensure!(id_of(&evil).await? != victim.id);
    victim.is_untouched(app).await
}

pub(super) async fn move_asked_before(app: &App) -> Result<()> {
    let evil = attacker(app).await?;
    ensure!(evil.post("/me/email", &json!({"email": EMAIL})).await?.status == 202);
    let trap = app.mailed_token(EMAIL, "confirm-email").await?;
    let own = app.mailed_token("member1@maru.local", "verify-email").await?;
    let victim = Victim::by_password(app).await?;
    // The victim follows the older link, too; by then the address has its person.
    ensure!(app.stranger().post("/auth/verify-email", &json!({"token": own})).await?.status == 200);
    is(&app.stranger().post("/auth/verify-email", &json!({"token": trap})).await?, 400, "bad_link")?;
    is(&victim.guest.post("/me/email/confirm", &json!({"token": trap})).await?, 400, "bad_link")?;
    is(&evil.post("/me/email/confirm", &json!({"token": trap})).await?, 400, "bad_link")?;
    ensure!(evil.get("/me").await?.text("/data/email") == "member1@maru.local");
    victim.is_untouched(app).await
}

pub(super) async fn click_on_a_trap(app: &App) -> Result<()> {
    // A Kakao-only attacker asks for an address nobody has here, and its owner clicks the link: signed out,
    // and signed in as somebody of their own. It never becomes the attacker's.
    let evil = super::by_kakao(app, 4_000_000_666).await?;
    ensure!(evil.post("/me/email", &json!({"email": EMAIL})).await?.status == 202);
    let trap = json!({"token": app.mailed_token(EMAIL, "confirm-email").await?});
    is(&app.stranger().post("/auth/verify-email", &trap).await?, 400, "bad_link")?;
    is(&app.stranger().post("/me/email/confirm", &trap).await?, 401, "unauthorized")?;
    is(&app.member().await?.post("/me/email/confirm", &trap).await?, 400, "bad_link")?;
    let victim = Victim::by_password(app).await?;
    ensure!(id_of(&evil).await? != victim.id);
    victim.is_untouched(app).await
}

pub(super) async fn crossed_links(app: &App) -> Result<()> {
    let victim = Victim::by_password(app).await?;
    forgot(app, EMAIL).await?;
    let reset_link = app.mailed_token(EMAIL, "reset-password").await?;
    ensure!(victim.guest.post("/me/email", &json!({"email": "mina.new@example.kr"})).await?.status == 202);
    let move_link = app.mailed_token("mina.new@example.kr", "confirm-email").await?;
    is(&reset(app, &move_link, "Att4cker!pass").await?, 400, "bad_link")?;
    for (path, token) in [
        ("/auth/verify-email", &reset_link),
        ("/auth/accept-invitation", &reset_link),
        ("/auth/accept-invitation", &move_link),
    ] {
        let sent = json!({"token": token, "password": "Att4cker!pass"});
        is(&app.stranger().post(path, &sent).await?, 400, "bad_link")?;
    }
    victim.is_untouched(app).await
}
