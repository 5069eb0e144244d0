//! A life: signing up and in, staying, recovering, two factors, Kakao, work, paying, leaving; each with
//! what can go wrong in it.

use harness::app::wish;
use harness::fakes::kakao::Behaviour;
use harness::fakes::toss;
use harness::stack::{KAKAO_ADMIN_KEY, KAKAO_NATIVE_KEY, TOSS_SECRET_KEY};
use jsonwebtoken::Algorithm;
use reqwest::Method;

use super::visit::Visit;
use super::*;
use crate::accounts::attacks::signed;
use jsonwebtoken::EncodingKey;

const HER: &str = "kanarie@example.kr";
const HER_NEXT: &str = "kanarie-neu@example.kr";
const COLLEAGUE: &str = "kanarie-kollegin@example.kr";
const AT_KAKAO: &str = "kanarie@kakao.example.kr";
const FIRST: &str = "Kanarie!2026-eins";
const SECOND: &str = "Kanarie!2026-zwei";
const THIRD: &str = "Kanarie!2026-drei";
const MISTYPED: &str = "Kanarie!2026-falsch";
const HOUR: u32 = 3600;

/// Everything, one thing after another.
pub(super) async fn lived(app: &App) -> Result<Visit<'_>> {
    let mut visit = Visit::of(app);
    for (name, text) in [
        ("the master key", MASTER),
        ("the pepper", PEPPER),
        ("the pepper before", OLD_PEPPER),
        ("the shared HS256 secret", SHARED),
        ("the payment provider's secret key", TOSS_SECRET_KEY),
        ("Kakao's client secret", "local-client-secret"),
        ("Kakao's admin key", KAKAO_ADMIN_KEY),
        ("a password", FIRST),
        ("a reset password", SECOND),
        ("a changed password", THIRD),
        ("a mistyped password", MISTYPED),
        ("a weak password", "kanarienvogel-schwach"),
        ("everybody's password", PASSWORD),
    ] {
        visit.plant(name, Kind::Unspoken, text);
    }
    for (name, to, text) in [
        ("a name", [HER, HER_NEXT].as_slice(), "김카나리아"),
        ("an address", &[HER], HER),
        ("the next address", &[HER_NEXT], HER_NEXT),
        ("a colleague's name", &[COLLEAGUE], "박카나리아"),
        ("a colleague's address", &[COLLEAGUE], COLLEAGUE),
        ("a nickname", &[AT_KAKAO], "카카오카나리아"),
        ("an address Kakao told", &[AT_KAKAO], AT_KAKAO),
    ] {
        visit.plant(name, Kind::Named(to), text);
    }
    comes(&mut visit).await?;
    stays(&mut visit).await?;
    forgets(&mut visit).await?;
    proves_herself_twice(&mut visit).await?;
    tells_about_herself(&mut visit).await?;
    moves(&mut visit).await?;
    comes_by_kakao(&mut visit).await?;
    works(&mut visit).await?;
    pays(&mut visit).await?;
    leaves(&mut visit).await?;
    Ok(visit)
}

fn sign_in(email: &str, password: &str) -> Value {
    json!({"email": email, "password": password})
}

async fn comes(visit: &mut Visit<'_>) -> Result<()> {
    let stranger = visit.app.stranger();
    let wish = |password: &str| json!({"email": HER, "password": password, "name": "김카나리아"});
    visit.post(&stranger, "/auth/register", &wish("kanarienvogel-schwach"), 422).await?;
    visit.troubled(&stranger, "/auth/register", &wish(FIRST)).await?;
    visit.post(&stranger, "/auth/register", &wish(FIRST), 201).await?;
    let token = visit.link("a verification link", HER, "verify-email").await?;
    let follow = |password: &str| json!({"token": token, "password": password});
    visit.post(&stranger, "/auth/verify-email", &follow(MISTYPED), 401).await?;
    visit.troubled(&stranger, "/auth/verify-email", &follow(FIRST)).await?;
    visit.post(&stranger, "/auth/verify-email", &follow(FIRST), 200).await?;
    visit.post(&stranger, "/auth/verify-email", &follow(FIRST), 400).await?;
    // The mailbox is full; the letter goes out a little later.
    visit.app.stack().outsiders.ses.throttle(2);
    visit.app.mails(HER).await?;
    visit.app.mails(HER).await?;

    visit.troubled(&stranger, "/auth/login", &sign_in(HER, FIRST)).await?;
    visit.post(&stranger, "/auth/login", &sign_in(HER, MISTYPED), 401).await?;
    let reply = visit.post(&stranger, "/auth/login", &sign_in(HER, FIRST), 200).await?;
    let given = [
        ("an access token", "/token"),
        ("a refresh token", "/refresh_token"),
        ("a device token", "/device_token"),
    ];
    visit.shown(&reply, &given);
    let mut device = sign_in(HER, MISTYPED);
    device["device_token"] = json!(reply.text("/device_token"));
    for _ in 0..5 {
        visit.post(&stranger, "/auth/login", &device, 401).await?;
    }
    visit.post(&stranger, "/auth/login", &device, 429).await?;
    let broken = format!("{}x", reply.text("/token"));
    let who = bearer(visit.app, &broken);
    visit.send(&who, (Method::GET, "/me"), &[], String::new(), 401).await?;
    let kid: String = sha256_hex(SHARED.as_bytes()).chars().take(16).collect();
    let header = json!({"typ": "at+jwt", "alg": "HS256", "kid": format!("hs-{kid}")}).to_string();
    let claims = part(&reply.text("/token"), 1).to_string();
    let shared = signed(&header, &claims, &EncodingKey::from_secret(SHARED.as_bytes()), Algorithm::HS256);
    visit.plant("another system's token", Kind::Unspoken, &shared);
    visit.send(&bearer(visit.app, &shared), (Method::GET, "/me"), &[], String::new(), 200).await?;
    let foreign = EncodingKey::from_secret(b"kanarie-of-nobody-we-know-of-32-bytes");
    let foreign = signed(&header, &claims, &foreign, Algorithm::HS256);
    visit.send(&bearer(visit.app, &foreign), (Method::GET, "/me"), &[], String::new(), 401).await?;
    visit.send(&stranger, (Method::GET, "/.well-known/jwks.json"), &[], String::new(), 200).await?;
    Ok(())
}

async fn stays(visit: &mut Visit<'_>) -> Result<()> {
    let stranger = visit.app.stranger();
    let reply = visit.post(&stranger, "/auth/login", &sign_in(HER, FIRST), 200).await?;
    let first = json!({"refresh_token": reply.text("/refresh_token")});
    visit.troubled(&stranger, "/auth/refresh", &first).await?;
    let second = visit.post(&stranger, "/auth/refresh", &first, 200).await?;
    visit.shown(&second, &[("a refreshed token", "/refresh_token"), ("a refreshed access token", "/token")]);
    let second = json!({"refresh_token": second.text("/refresh_token")});
    visit.post(&stranger, "/auth/refresh", &second, 200).await?;
    visit.app.clock.advance(60);
    // A copy is used: the session ends, and its person is told.
    visit.post(&stranger, "/auth/refresh", &first, 401).await?;

    let mut panel = sign_in(HER, FIRST);
    panel["transport"] = json!("cookie");
    let reply = visit.post(&stranger, "/auth/login", &panel, 200).await?;
    visit.shown(&reply, &[("a CSRF token", "/csrf_token")]);
    let cookie = reply.header("set-cookie").context("no cookie")?.to_owned();
    let cookie = cookie.split(';').next().context("an empty cookie")?.to_owned();
    let token = cookie.split_once('=').context("no value")?.1.to_owned();
    visit.plant("a cookie", Kind::Shown, &token);
    let code = reply.text("/csrf_token");
    for (code, status) in [(None, 403), (Some(format!("{code}x")), 403), (Some(code), 200)] {
        let json = ("content-type", "application/json");
        let mut headers = vec![json, ("cookie", cookie.as_str())];
        headers.extend(code.as_deref().map(|code| ("x-csrf-token", code)));
        visit.send(&stranger, (Method::POST, "/auth/refresh"), &headers, "{}".into(), status).await?;
    }
    Ok(())
}

async fn forgets(visit: &mut Visit<'_>) -> Result<()> {
    let stranger = visit.app.stranger();
    let address = json!({"email": HER});
    visit.troubled(&stranger, "/auth/forgot-password", &address).await?;
    visit.post(&stranger, "/auth/forgot-password", &address, 200).await?;
    let token = visit.link("a reset link", HER, "reset-password").await?;
    let reset = |token: &str, password: &str| json!({"token": token, "new_password": password});
    visit.post(&stranger, "/auth/reset-password", &reset(&token, "kanarienvogel-schwach"), 422).await?;
    visit.post(&stranger, "/auth/reset-password", &reset(&token[1..], SECOND), 400).await?;
    visit.troubled(&stranger, "/auth/reset-password", &reset(&token, SECOND)).await?;
    visit.post(&stranger, "/auth/reset-password", &reset(&token, SECOND), 200).await?;
    visit.post(&stranger, "/auth/login", &sign_in(HER, FIRST), 401).await?;
    for _ in 0..6 {
        visit.whatever(&stranger, "/auth/forgot-password", &address).await?;
    }
    visit.post(&stranger, "/auth/forgot-password", &address, 429).await?;
    visit.app.clock.advance(HOUR);
    Ok(())
}

/// Her, signed in.
async fn her(visit: &mut Visit<'_>, password: &str) -> Result<Guest> {
    let reply = visit.post(&visit.app.stranger(), "/auth/login", &sign_in(HER, password), 200).await?;
    Ok(bearer(visit.app, &reply.text("/token")))
}

async fn proves_herself_twice(visit: &mut Visit<'_>) -> Result<()> {
    let (stranger, her) = (visit.app.stranger(), her(visit, SECOND).await?);
    let begun = visit.post(&her, "/auth/mfa/totp", &json!({}), 200).await?;
    visit.shown(&begun, &[("an authenticator's secret", "/secret")]);
    let secret = begun.text("/secret");
    visit.troubled(&her, "/auth/mfa/totp/confirm", &json!({"code": "000000"})).await?;
    visit.post(&her, "/auth/mfa/totp/confirm", &json!({"code": "0000001"}), 401).await?;
    let code = json!({"code": shown_code(visit.app, &secret)?});
    let codes = visit.post(&her, "/auth/mfa/totp/confirm", &code, 200).await?;
    let codes_of = [("a recovery code", "/recovery_codes/0"), ("another recovery code", "/recovery_codes/1")];
    visit.shown(&codes, &codes_of);

    let half = visit.post(&stranger, "/auth/login", &sign_in(HER, SECOND), 200).await?;
    visit.shown(&half, &[("a ticket", "/mfa_token")]);
    let ticket = half.text("/mfa_token");
    let show = |ticket: &str, code: &str| json!({"mfa_token": ticket, "code": code});
    let recovery = codes.text("/recovery_codes/0");
    visit.post(&stranger, "/auth/mfa/verify", &show(&ticket[1..], &recovery), 401).await?;
    visit.post(&stranger, "/auth/mfa/verify", &show(&ticket, "0000001"), 401).await?;
    visit.troubled(&stranger, "/auth/mfa/verify", &show(&ticket, &recovery)).await?;
    let reply = visit.post(&stranger, "/auth/mfa/verify", &show(&ticket, &recovery), 200).await?;
    visit.shown(&reply, &[("a second device token", "/device_token")]);
    let her = bearer(visit.app, &reply.text("/token"));
    let off = json!({"code": codes.text("/recovery_codes/1")});
    visit.post(&her, "/auth/mfa/totp/disable", &off, 200).await?;
    Ok(())
}

async fn tells_about_herself(visit: &mut Visit<'_>) -> Result<()> {
    let her = her(visit, SECOND).await?;
    let change = |present: &str, next: &str| json!({"current_password": present, "new_password": next});
    visit.post(&her, "/me/password", &change(MISTYPED, THIRD), 401).await?;
    visit.post(&her, "/me/password", &change(SECOND, "kanarienvogel-schwach"), 422).await?;
    visit.troubled(&her, "/me/password", &change(SECOND, THIRD)).await?;
    visit.post(&her, "/me/password", &change(SECOND, THIRD), 200).await?;
    visit.plant("a telephone number", Kind::Private, "+821097531864");
    visit.plant("a date of birth", Kind::Private, "1987-03-29");
    let told = |phone: &str, gender: &str| {
        json!({"username": "김카나리아", "birthDate": "1987-03-29", "birthTime": "1430", "calendar": "solar",
               "ampm": "pm", "userphonenumber": phone, "gender": gender})
    };
    for canary in ["010-9753-1864", "01097531864", "19870329"] {
        // Spellings that are never kept: nothing may show them at all.
        visit.plant(&format!("typed as {}", canary.len()), Kind::Unspoken, canary);
    }
    visit.post(&her, "/submit", &told("010-9753-1864", "여자"), 422).await?;
    visit.troubled(&her, "/submit", &told("01097531864", "여")).await?;
    visit.post(&her, "/submit", &told("010-9753-1864", "여"), 200).await?;
    visit.send(&her, (Method::GET, "/me"), &[], String::new(), 200).await?;
    Ok(())
}

async fn moves(visit: &mut Visit<'_>) -> Result<()> {
    let (stranger, her) = (visit.app.stranger(), her(visit, THIRD).await?);
    let wish = |password: &str| json!({"email": HER_NEXT, "password": password});
    visit.post(&her, "/me/email", &wish(MISTYPED), 401).await?;
    visit.troubled(&her, "/me/email", &wish(THIRD)).await?;
    visit.post(&her, "/me/email", &wish(THIRD), 202).await?;
    let new = visit.link("the new end of a move", HER_NEXT, "confirm-email").await?;
    let old = visit.link("the old end of a move", HER, "verify-email").await?;
    visit.post(&her, "/me/email/confirm", &json!({"token": new}), 200).await?;
    visit.post(&stranger, "/auth/verify-email", &json!({"token": old}), 200).await?;
    Ok(())
}

async fn comes_by_kakao(visit: &mut Visit<'_>) -> Result<()> {
    let (app, stranger) = (visit.app, visit.app.stranger());
    let kakao = &app.stack().outsiders.kakao;
    kakao.person(4_200_000_001, Some("카카오카나리아"), Some((AT_KAKAO, true)));
    kakao.person(4_200_000_002, Some("관리카나리아"), None);
    let back = format!("{}/local/app/kakao", app.base_url());
    let code = |id: i64| json!({"code": kakao.code(id, &back)});
    let never_given = visit.plant("a made-up code", Kind::Unspoken, "kanarie-code-of-nobody");
    visit.post(&stranger, "/login/kakao", &json!({"code": never_given}), 401).await?;
    visit.troubled(&stranger, "/login/kakao", &code(4_200_000_001)).await?;
    let misbehaving =
        Behaviour::ALL.into_iter().filter(|one| ![Behaviour::Usual, Behaviour::Silent].contains(one));
    for behaviour in misbehaving {
        kakao.next([behaviour]);
        visit.whatever(&stranger, "/login/kakao", &code(4_200_000_001)).await?;
    }
    let reply = visit.post(&stranger, "/login/kakao", &code(4_200_000_001), 200).await?;
    visit.shown(&reply, &[("a token by Kakao", "/jwt"), ("a refresh token by Kakao", "/refresh_token")]);
    let nonce = visit.plant("a nonce", Kind::Unspoken, "kanarie-nonce-7531");
    let id_token = kakao.id_token(4_200_000_001, KAKAO_NATIVE_KEY, &nonce);
    let by_phone = |nonce: &str| json!({"id_token": id_token, "nonce": nonce});
    visit.post(&stranger, "/login/kakao", &by_phone("another"), 401).await?;
    visit.post(&stranger, "/login/kakao", &by_phone(&nonce), 200).await?;

    let member = app.another().await?;
    visit.post(&member, "/me/kakao", &code(4_200_000_002), 200).await?;
    kakao.next([Behaviour::Error500]);
    visit.send(&member, (Method::DELETE, "/me/kakao"), &[], String::new(), 200).await?;
    // Whoever leaves while suspended may not come back: the mark they leave tells nothing.
    let ban = format!("/admin/users/{}/ban", reply.text("/user/user_id"));
    visit.post(&app.staff("admin").await?, &ban, &json!({"reason": "규칙 위반"}), 200).await?;
    let form = "application/x-www-form-urlencoded";
    let wrong = visit.plant("a wrong webhook key", Kind::Unspoken, "kanarie-webhook-key");
    for (key, status) in [(wrong.as_str(), 401), (KAKAO_ADMIN_KEY, 200)] {
        let shown = format!("KakaoAK {key}");
        let headers = [("content-type", form), ("authorization", shown.as_str())];
        let body = "app_id=1&user_id=4200000001&referrer_type=UNLINK_FROM_APPS".to_owned();
        visit.send(&stranger, (Method::POST, "/webhooks/kakao/unlink"), &headers, body, status).await?;
    }
    Ok(())
}

async fn works(visit: &mut Visit<'_>) -> Result<()> {
    let (app, stranger) = (visit.app, visit.app.stranger());
    let owner = app.staff("owner").await?;
    let wish = json!({"email": COLLEAGUE, "name": "박카나리아", "role": "viewer"});
    visit.troubled(&owner, "/staff", &wish).await?;
    visit.post(&owner, "/staff", &wish, 201).await?;
    let token = visit.link("an invitation", COLLEAGUE, "accept-invitation").await?;
    let accept = |password: &str| json!({"token": token, "password": password});
    visit.post(&stranger, "/auth/accept-invitation", &accept("kanarienvogel-schwach"), 422).await?;
    visit.troubled(&stranger, "/auth/accept-invitation", &accept(FIRST)).await?;
    visit.post(&stranger, "/auth/accept-invitation", &accept(FIRST), 200).await?;
    visit.post(&owner, "/staff", &wish, 409).await?;

    let back = format!("{}/local/app/admin-kakao", app.base_url());
    let known = json!({"kakao_id": "4200000003", "name": "관리카나리아", "role": "viewer"});
    visit.post(&owner, "/staff", &known, 201).await?;
    let start = format!("/admin/login/kakao?redirect_uri={back}");
    let started = visit.send(&stranger, (Method::GET, &start), &[], String::new(), 200).await?;
    visit.shown(&started, &[("a state", "/state")]);
    let kakao = &app.stack().outsiders.kakao;
    kakao.person(4_200_000_003, Some("관리카나리아"), None);
    for (state, status) in [("kanarie".to_owned(), 401), (started.text("/state"), 200)] {
        let code = kakao.code(4_200_000_003, &back);
        let proof = json!({"code": code, "redirect_uri": back, "state": state});
        visit.post(&stranger, "/admin/login/kakao", &proof, status).await?;
    }

    let wish = json!({"name": "연동", "scopes": ["bookings_read"]});
    let made = visit.post(&owner, "/api/keys", &wish, 201).await?;
    visit.shown(&made, &[("an API key", "/data/key")]);
    let (mut machine, mut broken) = (app.stranger(), app.stranger());
    machine.api_key = Some(made.text("/data/key"));
    broken.api_key = Some(format!("{}x", made.text("/data/key")));
    visit.send(&machine, (Method::GET, "/api/bookings"), &[], String::new(), 200).await?;
    visit.send(&machine, (Method::GET, "/staff"), &[], String::new(), 403).await?;
    visit.send(&broken, (Method::GET, "/api/bookings"), &[], String::new(), 401).await?;
    let revoked = format!("/api/keys/{}", made.text("/data/id"));
    visit.send(&owner, (Method::DELETE, &revoked), &[], String::new(), 200).await?;
    visit.send(&machine, (Method::GET, "/api/bookings"), &[], String::new(), 401).await?;
    Ok(())
}

async fn pays(visit: &mut Visit<'_>) -> Result<()> {
    let (app, member) = (visit.app, visit.app.member().await?);
    let hours = [9, 11, 13, 15];
    for (from, behaviour) in hours.into_iter().zip([
        Some(toss::Behaviour::Error500),
        Some(toss::Behaviour::Decline),
        Some(toss::Behaviour::Html),
        None,
    ]) {
        let (_, order, key) = member.up_to_the_window(app, &wish(from, from + 1)).await?;
        app.stack().outsiders.toss.next(behaviour);
        let paid = json!({"paymentKey": key, "orderId": order, "amount": 20_000});
        visit.whatever(&member, "/payments/confirm", &paid).await?;
    }
    app.stack().workers.tick().await;
    Ok(())
}

async fn leaves(visit: &mut Visit<'_>) -> Result<()> {
    let app = visit.app;
    let report = json!({"notificationType": "Bounce", "bounce": {"bounceType": "Permanent",
        "bouncedRecipients": [{"emailAddress": format!("김카나리아 <{HER_NEXT}>")}]}});
    assert_eq!(app.stack().workers.report(&report.to_string()).await?, 1);
    app.stack().workers.report(&format!("no report of {HER_NEXT}")).await?;
    let signed_in = visit.post(&app.stranger(), "/auth/login", &sign_in(HER_NEXT, THIRD), 200).await?;
    let her = bearer(app, &signed_in.text("/token"));
    let admin = app.staff("admin").await?;
    let mine = visit.send(&her, (Method::GET, "/me"), &[], String::new(), 200).await?;
    let ban = format!("/admin/users/{}/ban", mine.text("/data/user_id"));
    let json = [("content-type", "application/json")];
    let goodbye = json!({"password": MISTYPED}).to_string();
    visit.send(&her, (Method::DELETE, "/me"), &json, goodbye, 401).await?;
    visit.post(&admin, &ban, &json!({"reason": "규칙 위반"}), 200).await?;
    visit.send(&her, (Method::GET, "/me"), &[], String::new(), 401).await?;

    // Every code and token Kakao ever gave out.
    for (number, token) in app.stack().outsiders.kakao.seen_tokens().iter().enumerate() {
        let kind = token.split('-').next().filter(|kind| kind.len() < 5).unwrap_or("id_token");
        visit.plant(&format!("Kakao's {kind} {number}"), Kind::Unspoken, token);
    }
    app.mails(HER_NEXT).await?;
    app.stack().workers.tick().await;
    Ok(())
}
