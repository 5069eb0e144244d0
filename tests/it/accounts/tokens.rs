//! Tokens, keys, and what is kept of them.

use super::attacks::{Forge, attacks, proper};
use super::*;

#[tokio::test]
async fn an_access_token_works_for_an_hour() -> Result<()> {
    let app = App::start().await?;
    let member = app.member().await?;
    app.clock.advance(3599);
    let reply = member.get("/api/bookings").await?;
    assert_eq!((reply.status, &reply.body["success"]), (200, &json!(true)));
    app.clock.advance(1);
    assert_eq!(told(&member.get("/api/bookings").await?), refused(401, "unauthorized"));
    Ok(())
}

#[tokio::test]
async fn every_kind_of_forged_access_token_is_refused_with_the_same_words() -> Result<()> {
    let app = App::start().await?;
    let mut forge = Forge::announced(&app).await?;
    let (member, another) = (app.member().await?, app.another().await?);
    let real = member.token.clone().context("no token")?;
    forge.claims = part(&real, 1);
    // The forge's key counts: without a fault its token is as good as the real one.
    let good = bearer(&app, &proper(&forge.header(), &forge.claims)).get("/api/bookings").await?;
    assert_eq!(good.status, 200, "{good:?}");

    let usual = app.stranger().get("/api/bookings").await?;
    assert_eq!(told(&usual), refused(401, "unauthorized"));
    let before = stored(&app).await?;
    let tokens = attacks(&forge, &real, another.token.as_deref().context("no token")?);
    let names: BTreeSet<&str> = tokens.iter().map(|(name, _)| *name).collect();
    assert!(names.len() == tokens.len() && names.len() >= 60, "{}", names.len());
    for (name, token) in &tokens {
        // A header cannot hold every text; what the client library cannot send, nobody can.
        let sent = bearer(&app, token).get("/api/bookings").await;
        let reply = sent.with_context(|| (*name).to_owned())?;
        assert_eq!(masked(&reply, &[]), masked(&usual, &[]), "{name}");
    }
    let ways = elsewhere(&app, &real).await?;
    for (name, reply) in &ways {
        assert_eq!(masked(reply, &[]), masked(&usual, &[]), "{name}");
    }
    println!("{} forged tokens and {} wrong ways to show a real one: all refused", tokens.len(), ways.len());
    assert_eq!(changed(&app, &before).await?, NOTHING);
    assert_eq!(member.get("/api/bookings").await?.status, 200);
    Ok(())
}

/// The real token, shown as it may not be shown.
async fn elsewhere(app: &App, real: &str) -> Result<Vec<(&'static str, Reply)>> {
    let stranger = app.stranger();
    let get = async |path: &str, headers: &[(&str, &str)]| {
        stranger.send(reqwest::Method::GET, path, headers, None).await
    };
    let shown = format!("Bearer {real}");
    let list = "/api/bookings";
    Ok(vec![
        ("in the query", get(&format!("{list}?access_token={real}"), &[]).await?),
        ("in the query as a header", get(&format!("{list}?authorization=Bearer%20{real}"), &[]).await?),
        (
            "in a cookie",
            get(list, &[("cookie", &format!("token={real}; __Host-maru_refresh={real}"))]).await?,
        ),
        ("in another header", get(list, &[("x-access-token", real)]).await?),
        ("as an API key", get(list, &[("x-api-key", real)]).await?),
        ("twice", get(list, &[("authorization", &shown), ("authorization", &shown)]).await?),
        ("before another", get(list, &[("authorization", &shown), ("authorization", "Bearer x")]).await?),
        ("behind another", get(list, &[("authorization", "Bearer x"), ("authorization", &shown)]).await?),
        ("without the scheme's blank", get(list, &[("authorization", &format!("Bearer{real}"))]).await?),
        ("behind a comma", get(list, &[("authorization", &format!("Basic x, {shown}"))]).await?),
    ])
}

#[tokio::test]
async fn times_at_the_ends_of_the_number_range_are_refused_like_any_other() -> Result<()> {
    let app = App::start().await?;
    let mut forge = Forge::announced(&app).await?;
    let member = app.member().await?;
    forge.claims = part(member.token.as_deref().context("no token")?, 1);
    forge.claims["iat"] = json!(i64::MIN);
    let reply = bearer(&app, &forge.claiming("exp", &json!(i64::MAX))).get("/api/bookings").await?;
    assert_eq!(told(&reply), refused(401, "unauthorized"));
    Ok(())
}

#[tokio::test]
async fn a_token_of_a_megabyte_is_no_server_error() -> Result<()> {
    let app = App::start().await?;
    let long = "A".repeat(1_000_000);
    assert_eq!(told(&refresh(&app, &long).await?), refused(401, "bad_refresh_token"));
    assert_eq!(told(&verify(&app, &long).await?), refused(400, "bad_link"));
    assert_eq!(told(&reset(&app, &long, NEW).await?), refused(400, "bad_link"));
    Ok(())
}

#[tokio::test]
async fn only_the_bearer_scheme_carries_an_access_token() -> Result<()> {
    let app = App::start().await?;
    let token = app.member().await?.token.context("no token")?;
    let stranger = app.stranger();
    for (value, status) in [
        (format!("Bearer {token}"), 200),
        (format!("bearer {token}"), 200),
        (token.clone(), 401),
        (format!("Basic {token}"), 401),
        (format!("Token {token}"), 401),
        ("Bearer".into(), 401),
        ("Bearer ".into(), 401),
    ] {
        let headers = [("authorization", value.as_str())];
        let reply = stranger.send(reqwest::Method::GET, "/api/bookings", &headers, None).await?;
        let scheme: String = value.chars().take(12).collect();
        assert_eq!((reply.status, reply.body["success"] == true), (status, status == 200), "{scheme}");
    }
    Ok(())
}

#[tokio::test]
async fn an_access_token_that_does_not_count_is_not_made_up_for_by_an_api_key() -> Result<()> {
    let app = App::start().await?;
    let mut both = app.machine();
    both.token = Some("forged".into());
    assert_eq!(told(&both.get("/api/bookings").await?), refused(401, "unauthorized"));
    Ok(())
}

#[tokio::test]
async fn an_api_key_reads_what_its_scopes_name() -> Result<()> {
    let app = App::start().await?;
    let booking = app.member().await?.book(&harness::app::free_wish(10, 11)).await?;
    let id = booking["id"].as_str().context("no id")?;
    let reply = app.machine().get(&format!("/api/bookings/{id}")).await?;
    assert_eq!((reply.status, reply.text("/data/id")), (200, id.to_owned()));
    let reply = app.machine().get("/api/system/info").await?;
    assert_eq!(told(&reply), refused(403, "forbidden"));
    Ok(())
}

#[tokio::test]
async fn a_wrong_or_edited_api_key_is_nobody() -> Result<()> {
    let app = App::start().await?;
    let usual = app.stranger().get("/api/bookings").await?;
    let key = app.machine().api_key.context("no key")?;
    let body = key.strip_prefix("mk_").context("no prefix")?;
    let bytes = from_base64url(body).context("no base64")?;
    let mut edited: Vec<String> = (0..64)
        .map(|at| {
            let mut bytes = bytes.clone();
            bytes[at] ^= 1;
            format!("mk_{}", to_base64url(&bytes))
        })
        .collect();
    edited.extend([
        body.to_owned(),
        key[..key.len() - 2].to_owned(),
        format!("{key}AA"),
        "mk_".into(),
        "x".repeat(10_000),
    ]);
    for key in edited {
        let start: String = key.chars().take(90).collect();
        let mut guest = app.stranger();
        guest.api_key = Some(key);
        let reply = guest.get("/api/bookings").await?;
        assert_eq!(masked(&reply, &[]), masked(&usual, &[]), "{start}");
    }
    Ok(())
}

#[tokio::test]
async fn no_password_token_or_address_is_in_the_trail() -> Result<()> {
    let app = App::start().await?;
    let member = app.newcomer(EMAIL, NAME, OLD).await?;
    login(&app, EMAIL, "Wr0ng!canary").await?;
    app.stranger().post("/auth/resend-verification", &json!({"email": EMAIL})).await?;
    let shown = member.refresh_token.clone().context("no refresh token")?;
    let refreshed = refresh(&app, &shown).await?;
    forgot(&app, EMAIL).await?;
    let mailed = app.mailed_token(EMAIL, "reset-password").await?;
    assert_eq!(reset(&app, &mailed, NEW).await?.status, 200);
    let again = app.sign_in(EMAIL, NEW).await?;
    again.post("/auth/logout", &json!({})).await?;
    let verified = app.mailed_token(EMAIL, "verify-email").await?;

    let trail = &stored(&app).await?["audits"];
    let text = trail.join("\n");
    for action in ["account.created", "account.link_asked", "account.password_reset", "session.opened"] {
        assert!(text.contains(action), "the trail lacks {action}");
    }
    for action in ["session.refreshed", "session.closed"] {
        assert!(text.contains(action), "the trail lacks {action}");
    }
    let secrets = [
        EMAIL.into(),
        "hana".into(),
        NAME.into(),
        OLD.into(),
        NEW.into(),
        "Wr0ng!canary".into(),
        mailed,
        verified,
        shown,
        refreshed.text("/token"),
        refreshed.text("/refresh_token"),
        member.token.unwrap_or_default(),
        again.token.unwrap_or_default(),
        "argon2".into(),
        "password_hash".into(),
        "member1@maru.local".into(),
        "김철수".into(),
        PASSWORD.to_owned(),
    ];
    for secret in secrets {
        assert!(!secret.is_empty());
        let found = trail.iter().find(|item| item.contains(&secret));
        assert!(found.is_none(), "{secret} is in the trail: {found:?}");
    }
    Ok(())
}

#[tokio::test]
async fn no_password_is_stored_anywhere_but_as_an_argon2id_hash() -> Result<()> {
    let app = App::start().await?;
    app.newcomer(EMAIL, NAME, OLD).await?;
    let all = stored(&app).await?;
    for (table, items) in &all {
        assert!(!items.iter().any(|item| item.contains(OLD)), "{table}");
    }
    let credential = all["credentials"].iter().find(|item| item.contains(EMAIL)).context("no credential")?;
    assert!(credential.contains("$argon2id$v=19$m=19456,t=2,p=1$"), "{credential}");
    Ok(())
}

#[tokio::test]
async fn no_token_is_stored_anywhere() -> Result<()> {
    let app = App::start().await?;
    let member = app.newcomer(EMAIL, NAME, OLD).await?;
    forgot(&app, EMAIL).await?;
    let reset = app.mailed_token(EMAIL, "reset-password").await?;
    let verify = app.mailed_token(EMAIL, "verify-email").await?;
    let key = app.machine().api_key.context("no key")?;
    let secret = to_base64url(&from_base64url(&key[3..]).context("no base64")?[32..]);
    let tokens = [
        member.token.unwrap_or_default(),
        member.refresh_token.unwrap_or_default(),
        reset,
        verify,
        key,
        secret,
    ];
    for (table, items) in &stored(&app).await? {
        for token in &tokens {
            assert!(!items.iter().any(|item| item.contains(token)), "{token} is in {table}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn the_record_of_a_new_account_opens_with_that_persons_seal_key_only() -> Result<()> {
    let app = App::start().await?;
    app.newcomer(EMAIL, NAME, OLD).await?;
    let trail: Vec<AuditRecord> = items(&app, "audits").await?;
    let made = trail.iter().find(|r| r.action == "account.created").context("no such record")?;
    let person = made.sealed_for.context("sealed for nobody")?;
    assert_eq!(made.subject, format!("user#{person}"));
    assert_eq!(made.actor, "anonymous");
    assert_eq!(made.changes.get("role"), Some(&json!([null, "member"])));
    let seals: Vec<SealRecord> = items(&app, "seals").await?;
    let (own, others): (Vec<_>, Vec<_>) = seals.into_iter().partition(|seal| seal.user_id == person);
    let opened =
        own.first().and_then(SealRecord::key).and_then(|key| made.open(&key)).context("it stays shut")?;
    assert_eq!(Value::Object(opened), json!({"email": [null, EMAIL], "name": [null, NAME]}));
    assert!(!others.is_empty());
    assert!(others.iter().filter_map(SealRecord::key).all(|key| made.open(&key).is_none()));
    Ok(())
}
