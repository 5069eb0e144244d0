//! By what Kakao vouches with.

use super::*;

/// The attacker's Kakao account.
const EVIL: i64 = 4_666_000_001;

async fn attacker(app: &App) -> Result<Guest> {
    fake(app).person(EVIL, Some("공격자"), Some((EMAIL, true)));
    super::super::by_kakao(app, EVIL).await
}

pub(super) async fn same_address(app: &App) -> Result<()> {
    let victim = Victim::by_password(app).await?;
    let evil = attacker(app).await?;
    ensure!(id_of(&evil).await? != victim.id);
    let me = evil.get("/me").await?;
    ensure!(me.body["data"]["has_password"] == false, "{me:?}");
    let wish = json!({"current_password": OWN, "new_password": "Att4cker!pass"});
    is(&evil.post("/me/password", &wish).await?, 401, "wrong_password")?;
    // Leaving frees what one signs in with: their own only.
    ensure!(evil.delete("/me").await?.status == 200);
    victim.is_untouched(app).await?;
    ensure!(login(app, EMAIL, OWN).await?.status == 200);
    Ok(())
}

pub(super) async fn pending_sign_up(app: &App) -> Result<()> {
    let wish = json!({"email": EMAIL, "password": OWN, "name": "김민아"});
    ensure!(app.stranger().post("/auth/register", &wish).await?.status == 201);
    let evil = attacker(app).await?;
    let proof = json!({"token": app.mailed_token(EMAIL, "verify-email").await?, "password": OWN});
    ensure!(app.stranger().post("/auth/verify-email", &proof).await?.status == 200);
    let victim = Victim::of(app, app.sign_in(EMAIL, OWN).await?).await?;
    ensure!(id_of(&evil).await? != victim.id);
    ensure!(enter(app, EVIL).await?.text("/user/user_id") != victim.id);
    victim.is_untouched(app).await
}

pub(super) async fn token_with_address(app: &App) -> Result<()> {
    let victim = Victim::by_password(app).await?;
    fake(app).person(EVIL, Some("공격자"), Some((EMAIL, true)));
    let token = fake(app).id_token(EVIL, KAKAO_NATIVE_KEY, NONCE);
    let evil = guest_of(app, &enter_by_token(app, &token, NONCE).await?)?;
    ensure!(id_of(&evil).await? != victim.id);
    victim.is_untouched(app).await
}

pub(super) async fn link_the_victims(app: &App) -> Result<()> {
    let victim = Victim::by_kakao(app).await?;
    let evil = app.member().await?;
    is(&link(app, &evil, MINA).await?, 409, "kakao_taken")?;
    let token = fake(app).id_token(MINA, KAKAO_REST_KEY, NONCE);
    let sent = json!({"id_token": token, "nonce": NONCE});
    is(&evil.post("/me/kakao", &sent).await?, 409, "kakao_taken")?;
    ensure!(id_of(&evil).await? != victim.id);
    victim.is_untouched(app).await
}

pub(super) async fn link_by_stolen_token(app: &App) -> Result<()> {
    let victim = Victim::by_password(app).await?;
    let stolen = bearer(app, victim.guest.token.as_deref().context("no token")?);
    app.clock.advance(RECENT + 1);
    is(&link(app, &stolen, EVIL).await?, 403, "sign_in_again")?;
    // A refreshed session is as old as its sign-in.
    let shown = victim.guest.refresh_token.as_deref().context("no refresh token")?;
    let refreshed = refresh(app, shown).await?;
    ensure!(refreshed.status == 200, "{refreshed:?}");
    is(&link(app, &bearer(app, &refreshed.text("/token")), EVIL).await?, 403, "sign_in_again")?;
    ensure!(people_of(app, EVIL).await?.is_empty());
    Ok(())
}

pub(super) async fn guess_to_link(app: &App) -> Result<()> {
    let victim = Victim::by_password(app).await?;
    app.clock.advance(RECENT + 1);
    let mut held_up = 0;
    for n in 0..20 {
        let sent = json!({"code": code(app, EVIL), "password": format!("Gu3ss!{n}")});
        let reply = victim.guest.post("/me/kakao", &sent).await?;
        ensure!([401, 429].contains(&reply.status), "{reply:?}");
        held_up += usize::from(reply.status == 429);
    }
    ensure!(held_up == 15, "only {held_up} of 20 guesses were held up");
    victim.is_untouched(app).await
}

pub(super) async fn replayed_code(app: &App) -> Result<()> {
    let victim = Victim::by_kakao(app).await?;
    let used = code(app, MINA);
    ensure!(app.stranger().post("/login/kakao", &json!({"code": used})).await?.status == 200);
    let victim = Victim::of(app, victim.guest).await?;
    is(&app.stranger().post("/login/kakao", &json!({"code": used})).await?, 401, "bad_kakao")?;
    is(&app.stranger().post("/admin/login/kakao", &json!({"code": used})).await?, 401, "bad_kakao")?;
    is(&app.member().await?.post("/me/kakao", &json!({"code": used})).await?, 401, "bad_kakao")?;
    victim.is_untouched(app).await
}

pub(super) async fn code_of_another_redirect(app: &App) -> Result<()> {
    let victim = Victim::by_kakao(app).await?;
    let stolen = fake(app).code(MINA, &panel(app));
    for sent in [json!({"code": stolen}), json!({"code": stolen, "redirect_uri": home(app)})] {
        is(&app.stranger().post("/login/kakao", &sent).await?, 401, "bad_kakao")?;
    }
    victim.is_untouched(app).await
}

pub(super) async fn replayed_token(app: &App) -> Result<()> {
    let victim = Victim::by_kakao(app).await?;
    let token = fake(app).id_token(MINA, KAKAO_REST_KEY, NONCE);
    for nonce in ["another", "n-71", "n-71c ", "N-71C"] {
        is(&enter_by_token(app, &token, nonce).await?, 401, "bad_kakao")?;
    }
    for sent in [json!({"id_token": token}), json!({"id_token": token, "nonce": Value::Null})] {
        is(&app.stranger().post("/login/kakao", &sent).await?, 422, "invalid_input")?;
    }
    let empty = enter_by_token(app, &token, "").await?;
    ensure!([401, 422].contains(&empty.status), "{empty:?}");
    let mut claims = fake(app).claims(MINA, KAKAO_REST_KEY, "");
    let blank = fake(app).sign(&fake(app).header(), &claims);
    ensure!(enter_by_token(app, &blank, "").await?.status != 200, "an empty nonce is none");
    claims.as_object_mut().context("no claims")?.remove("nonce");
    let without = fake(app).sign(&fake(app).header(), &claims);
    is(&enter_by_token(app, &without, NONCE).await?, 401, "bad_kakao")?;
    victim.is_untouched(app).await
}

pub(super) async fn token_of_another_app(app: &App) -> Result<()> {
    let victim = Victim::by_kakao(app).await?;
    for audience in
        ["another-app", "", "LOCAL-REST-KEY", "local-rest-key ", "local-rest-key,local-native-key"]
    {
        let token = fake(app).id_token(MINA, audience, NONCE);
        is(&enter_by_token(app, &token, NONCE).await?, 401, "bad_kakao")?;
    }
    let mut claims = fake(app).claims(MINA, KAKAO_REST_KEY, NONCE);
    claims["aud"] = json!(["another-app", KAKAO_REST_KEY]);
    let several = fake(app).sign(&fake(app).header(), &claims);
    is(&enter_by_token(app, &several, NONCE).await?, 401, "bad_kakao")?;
    victim.is_untouched(app).await
}

pub(super) async fn forged_tokens(app: &App) -> Result<()> {
    let victim = Victim::by_kakao(app).await?;
    let evil_token = fake(app).id_token(EVIL, KAKAO_REST_KEY, NONCE);
    let (header, claims) = (fake(app).header(), fake(app).claims(MINA, KAKAO_REST_KEY, NONCE));
    let headed = |name: &str, value: Value| {
        let mut header = header.clone();
        header[name] = value;
        fake(app).sign(&header, &claims)
    };
    let claiming = |name: &str, value: Value| {
        let mut claims = claims.clone();
        claims[name] = value;
        fake(app).sign(&header, &claims)
    };
    let honest = fake(app).sign(&header, &claims);
    let (parts, evil): (Vec<&str>, Vec<&str>) =
        (honest.split('.').collect(), evil_token.split('.').collect());
    let now = app.clock.clock().now().as_second();
    let session = victim.guest.token.clone().context("no token")?;
    for (name, token) in [
        ("alg none", headed("alg", json!("none"))),
        ("alg None", headed("alg", json!("None"))),
        ("HS256 with the public key", headed("alg", json!("HS256"))),
        ("RS512 over an RS256 signature", headed("alg", json!("RS512"))),
        ("an unknown key", headed("kid", json!("unknown"))),
        ("a header that insists", headed("crit", json!(["exp"]))),
        ("an event notice", headed("typ", json!("secevent+jwt"))),
        ("another issuer", claiming("iss", json!("https://evil.example"))),
        ("over", claiming("exp", json!(now - 61))),
        ("from the future", claiming("iat", json!(now + 3600))),
        ("nearly for ever", claiming("exp", json!(now + 10 * 365 * 24 * 3600))),
        ("sub as a number", claiming("sub", json!(MINA))),
        ("sub with a sign", claiming("sub", json!(format!("+{MINA}")))),
        ("sub with a zero", claiming("sub", json!(format!("0{MINA}")))),
        ("the victim's claims under the attacker's signature", [parts[0], parts[1], evil[2]].join(".")),
        ("no signature", format!("{}.{}.", parts[0], parts[1])),
        ("two parts", format!("{}.{}", parts[0], parts[1])),
        ("our own access token", session),
    ] {
        let reply = enter_by_token(app, &token, NONCE).await?;
        is(&reply, 401, "bad_kakao").with_context(|| name.to_owned())?;
    }
    victim.is_untouched(app).await
}

pub(super) async fn forged_notice(app: &App) -> Result<()> {
    let victim = Victim::by_kakao(app).await?;
    for shown in [None, Some("KakaoAK evil"), Some("KakaoAK local-rest-key")] {
        is(&notice(app, &MINA.to_string(), shown).await?, 401, "unauthorized")?;
    }
    victim.is_untouched(app).await
}

/// However the two race, the Kakao account opens exactly the account whose record names it.
pub(super) async fn unlink_relink(app: &App) -> Result<()> {
    for _ in 0..8 {
        let (owner, evil) = (linked_member(app, MINA).await?, app.another().await?);
        let evil_id = id_of(&evil).await?;
        let (cut, caught, entered) =
            tokio::join!(owner.delete("/me/kakao"), link(app, &evil, MINA), enter(app, MINA));
        for reply in [cut?, caught?, entered?] {
            ensure!([200, 401, 403, 404, 409].contains(&reply.status), "{reply:?}");
        }
        let links: Vec<Value> = items(app, "identities").await?;
        let people = people_of(app, MINA).await?;
        ensure!(links.len() <= 1 && people.len() == links.len(), "{links:?} {people:?}");
        if let (Some(link), Some(person)) = (links.first(), people.first()) {
            ensure!(link["user_id"] == person["user_id"], "{link:?} {person:?}");
        }
        ensure!(id_of(&evil).await? == evil_id);
        // Whoever has it now gives it back.
        ensure!(cut_there(app, MINA).await?.status == 200);
    }
    Ok(())
}
