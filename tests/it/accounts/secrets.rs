//! What an operator changes of the stack's secret: the master key, and a secret shared with another
//! system.

use jsonwebtoken::Algorithm;
use jsonwebtoken::EncodingKey;
use maru_kernel::crypto::sha256_hex;
use maru_settings::Secrets;

use super::attacks::signed;
use super::*;

const SHARED: &str = "a secret of thirty-two bytes, or more";

/// What an operator writes into the secret.
async fn operator(app: &App, change: impl FnOnce(&mut Secrets)) -> Result<()> {
    let mut secrets = Secrets::clone(app.stack().vault.open().await?.as_ref());
    change(&mut secrets);
    app.stack().vault.replace(secrets);
    Ok(())
}

async fn rotator(app: &App, event: &Value) -> Result<()> {
    app.stack().workers.rotate(event).await
}

#[tokio::test]
async fn another_master_key_signs_at_once_and_ends_the_old_tokens_when_told() -> Result<()> {
    let app = App::start().await?;
    let old = app.member().await?;
    is_in(&old).await?;
    operator(&app, |secrets| secrets.master = Secret::new("another master key, fresh from the operator"))
        .await?;
    let new = app.member().await?;
    is_in(&new).await?;
    assert_eq!(new.get("/api/bookings").await?.status, 200);
    is_in(&old).await?;
    let shown = old.refresh_token.as_deref().context("no refresh token")?;
    assert_eq!(told(&refresh(&app, shown).await?), refused(401, "bad_refresh_token"));

    rotator(&app, &json!({"forget_others": true})).await?;
    app.clock.advance(60);
    for path in ["/me", "/api/bookings", "/auth/sessions"] {
        assert_eq!(told(&old.get(path).await?), refused(401, "unauthorized"), "{path}");
        assert_eq!(new.get(path).await?.status, 200, "{path}");
    }
    let shown = new.refresh_token.as_deref().context("no refresh token")?;
    let reply = refresh(&app, shown).await?;
    is_in(&bearer(&app, &reply.text("/token"))).await?;
    Ok(())
}

#[tokio::test]
async fn links_mailed_before_another_master_key_open_nothing_after_it() -> Result<()> {
    let app = App::start().await?;
    let token = reset_token(&app).await?;
    operator(&app, |secrets| secrets.master = Secret::new("another master key, fresh from the operator"))
        .await?;
    assert_eq!(told(&reset(&app, &token, NEW).await?), refused(400, "bad_link"));
    let token = reset_token(&app).await?;
    assert_eq!(reset(&app, &token, NEW).await?.status, 200);
    Ok(())
}

/// A token of another system that shares our secret, for this person's session.
struct Other {
    claims: String,
    kid: String,
}

impl Other {
    fn of(token: &str) -> Self {
        let kid = format!("hs-{}", &sha256_hex(SHARED.as_bytes())[..16]);
        Self { claims: part(token, 1).to_string(), kid }
    }

    fn token(&self, secret: &[u8], algorithm: Algorithm, alg: &str) -> String {
        let header = json!({"typ": "at+jwt", "alg": alg, "kid": self.kid});
        signed(&header.to_string(), &self.claims, &EncodingKey::from_secret(secret), algorithm)
    }

    fn proper(&self) -> String {
        self.token(SHARED.as_bytes(), Algorithm::HS256, "HS256")
    }
}

/// A stack that was started with the shared secret, and the rotator's first look.
async fn sharing() -> Result<App> {
    let secrets = |secrets: &mut Secrets| secrets.hs256_secret = Secret::new(SHARED);
    App::with(Wish { secrets, ..Wish::default() }).await
}

#[tokio::test]
async fn a_token_signed_with_the_shared_secret_counts_until_the_secret_is_taken_away() -> Result<()> {
    let app = sharing().await?;
    let member = app.member().await?;
    let other = Other::of(member.token.as_deref().context("no token")?);
    let guest = bearer(&app, &other.proper());
    assert_eq!(is_in(&guest).await?.text("/data/email"), "member1@maru.local");
    assert_eq!(guest.get("/api/bookings").await?.status, 200);
    let jwks = app.stranger().get("/.well-known/jwks.json").await?;
    let text = jwks.body.to_string();
    assert_eq!(jwks.body["keys"].as_array().map(Vec::len), Some(1));
    assert!(!text.contains(&other.kid) && !text.contains("HS256"), "{text}");
    assert!(!text.contains(&to_base64url(SHARED.as_bytes())), "{text}");

    operator(&app, |secrets| secrets.hs256_secret = Secret::new("")).await?;
    rotator(&app, &Value::Null).await?;
    app.clock.advance(60);
    is_out(&guest).await?;
    is_in(&member).await?;
    Ok(())
}

#[tokio::test]
async fn a_shared_secret_given_later_counts_after_the_rotators_look() -> Result<()> {
    let app = App::start().await?;
    let member = app.member().await?;
    let other = Other::of(member.token.as_deref().context("no token")?);
    let guest = bearer(&app, &other.proper());
    is_out(&guest).await?;
    operator(&app, |secrets| secrets.hs256_secret = Secret::new(SHARED)).await?;
    rotator(&app, &Value::Null).await?;
    app.clock.advance(60);
    is_in(&guest).await?;
    Ok(())
}

#[tokio::test]
async fn the_shared_secret_signs_with_its_own_algorithm_only_and_no_public_key_is_one() -> Result<()> {
    let app = sharing().await?;
    let member = app.member().await?;
    let real = member.token.clone().context("no token")?;
    let other = Other::of(&real);
    let jwks = app.stranger().get("/.well-known/jwks.json").await?;
    let public = from_base64url(&jwks.text("/keys/0/x")).context("no key")?;
    let usual = app.stranger().get("/me").await?;
    let none = {
        let header = json!({"typ": "at+jwt", "alg": "none", "kid": other.kid}).to_string();
        format!("{}.{}.", to_base64url(header.as_bytes()), to_base64url(other.claims.as_bytes()))
    };
    let ours = |alg: &str, kid: &Value| {
        let header = json!({"typ": "at+jwt", "alg": alg, "kid": kid});
        signed(
            &header.to_string(),
            &other.claims,
            &EncodingKey::from_secret(SHARED.as_bytes()),
            Algorithm::HS256,
        )
    };
    let real_kid = part(&real, 0)["kid"].clone();
    let claims = |name: &str, value: Value| {
        let claims = but(&part(&real, 1), name, &value).to_string();
        Other { claims, kid: other.kid.clone() }.proper()
    };
    let attacks = [
        ("HS512", other.token(SHARED.as_bytes(), Algorithm::HS512, "HS512")),
        ("HS384", other.token(SHARED.as_bytes(), Algorithm::HS384, "HS384")),
        ("HS256 said, HS512 done", other.token(SHARED.as_bytes(), Algorithm::HS512, "HS256")),
        ("EdDSA said, HS256 done", ours("EdDSA", &json!(other.kid))),
        ("HS256 under the public key's kid", ours("HS256", &real_kid)),
        ("EdDSA under the public key's kid", ours("EdDSA", &real_kid)),
        ("none", none),
        ("the public key as the secret", other.token(&public, Algorithm::HS256, "HS256")),
        ("the public key's text as the secret", {
            other.token(jwks.text("/keys/0/x").as_bytes(), Algorithm::HS256, "HS256")
        }),
        ("the encoded secret as the secret", {
            other.token(to_base64url(SHARED.as_bytes()).as_bytes(), Algorithm::HS256, "HS256")
        }),
        ("another secret", other.token(b"another secret of thirty-two bytes!!", Algorithm::HS256, "HS256")),
        ("another issuer", claims("iss", json!("other"))),
        ("another audience", claims("aud", json!("other"))),
        ("a longer life", claims("exp", json!(now(&app).as_second() + 3601))),
        ("nobody's session", claims("sid", json!("01900000-0000-7000-8000-00000000dead"))),
    ];
    for (name, token) in &attacks {
        let reply = bearer(&app, token).get("/me").await?;
        assert_eq!(masked(&reply, &[]), masked(&usual, &[]), "{name}");
    }
    is_in(&bearer(&app, &other.proper())).await?;
    is_in(&member).await?;
    Ok(())
}

#[tokio::test]
async fn a_shared_secret_that_is_too_short_makes_no_key_and_stops_nobody() -> Result<()> {
    let app = App::start().await?;
    let member = app.member().await?;
    operator(&app, |secrets| secrets.hs256_secret = Secret::new("thirty-one bytes are not enough")).await?;
    rotator(&app, &Value::Null).await?;
    let ring = items::<Value>(&app, "keys").await?;
    let kids: Vec<_> = ring[0]["keys"].as_array().into_iter().flatten().map(|key| &key["alg"]).collect();
    assert_eq!(kids, ["EdDSA"]);
    assert_eq!(login(&app, "member1@maru.local", PASSWORD).await?.status, 200);
    is_in(&member).await?;
    assert_eq!(member.get("/api/bookings").await?.status, 200);
    operator(&app, |secrets| secrets.hs256_secret = Secret::new(SHARED)).await?;
    assert_eq!(login(&app, "member1@maru.local", PASSWORD).await?.status, 200);
    Ok(())
}
