//! Accounts: signing up, in and out; links, tokens, and what an outsider cannot learn.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use futures::future::join_all;
use harness::app::{App, Guest, Reply, Wish};
use harness::people::PASSWORD;
use jsonwebtoken::{Algorithm, EncodingKey};
use maru_accounts::{Hasher, SEED_GRANTS, Verification, seed};
use maru_identity::{Role, SealRecord, Signer, publish};
use maru_kernel::crypto::{from_base64url, to_base64url};
use maru_kernel::{Email, Random, Secret};
use maru_table::{AuditRecord, Db, Used};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::garbage::{NOTHING, changed, stored};

const EMAIL: &str = "hana@example.kr";
const NAME: &str = "박하나";
const OLD: &str = "Str0ng!pass";
const NEW: &str = "N3w!password";

async fn sign_up(app: &App, email: &str, name: &str) -> Result<Reply> {
    let wish = json!({"email": email, "password": OLD, "name": name});
    app.stranger().post("/auth/register", &wish).await
}

async fn login(app: &App, email: &str, password: &str) -> Result<Reply> {
    app.stranger().post("/auth/login", &json!({"email": email, "password": password})).await
}

async fn verify(app: &App, token: &str) -> Result<Reply> {
    app.stranger().post("/auth/verify-email", &json!({"token": token})).await
}

async fn forgot(app: &App, email: &str) -> Result<Reply> {
    app.stranger().post("/auth/forgot-password", &json!({"email": email})).await
}

async fn reset(app: &App, token: &str, password: &str) -> Result<Reply> {
    app.stranger().post("/auth/reset-password", &json!({"token": token, "new_password": password})).await
}

async fn refresh(app: &App, token: &str) -> Result<Reply> {
    app.stranger().post("/auth/refresh", &json!({"refresh_token": token})).await
}

/// The first seeded member's fresh reset token.
async fn reset_token(app: &App) -> Result<String> {
    forgot(app, "member1@maru.local").await?;
    app.mailed_token("member1@maru.local", "reset-password").await
}

/// Somebody who shows this access token.
fn bearer(app: &App, token: &str) -> Guest {
    let mut guest = app.stranger();
    guest.token = Some(token.to_owned());
    guest
}

fn told(reply: &Reply) -> (u16, String) {
    (reply.status, reply.text("/code"))
}

fn refused(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

/// The answer without what differs in any two answers, and without these members.
fn masked(reply: &Reply, hidden: &[&str]) -> (u16, Vec<String>, Value) {
    let mut body = reply.body.clone();
    for name in hidden.iter().chain(&["request_id"]) {
        if let Some(value) = body.get_mut(name) {
            *value = json!("…");
        }
    }
    let headers = reply.headers.iter().map(|(name, value)| match name.as_str() {
        "x-request-id" | "date" | "content-length" => name.clone(),
        _ => format!("{name}: {value}"),
    });
    (reply.status, headers.collect(), body)
}

/// What a function used of the store while this was done.
async fn footprint<T>(app: &App, function: &str, act: impl Future<Output = Result<T>>) -> Result<(T, Used)> {
    let meter = app.stack().store(function).context("no such function")?.meter();
    let before = meter.used();
    let done = act.await?;
    Ok((done, meter.used().since(before)))
}

/// The items of a table, read as `T`.
#[allow(clippy::disallowed_methods, reason = "a test may look at everything that was stored")]
async fn items<T: DeserializeOwned>(app: &App, table: &str) -> Result<Vec<T>> {
    let client = aws_sdk_dynamodb::Client::new(&app.stack().sdk);
    let mut pages = client.scan().table_name(table).into_paginator().items().send();
    let mut all = Vec::new();
    while let Some(item) = pages.next().await {
        all.push(serde_dynamo::from_item(item?)?);
    }
    Ok(all)
}

#[tokio::test]
async fn a_newcomer_follows_the_mailed_link_and_signs_in() -> Result<()> {
    let app = App::start().await?;
    let reply = sign_up(&app, EMAIL, NAME).await?;
    assert_eq!(reply.status, 201, "{reply:?}");
    assert_eq!((reply.text("/email"), reply.text("/name")), (EMAIL.into(), NAME.into()));
    assert!(reply.text("/message").contains("확인 메일"), "{reply:?}");
    let token = app.mailed_token(EMAIL, "verify-email").await?;
    let reply = verify(&app, &token).await?;
    assert_eq!((reply.status, reply.text("/email"), reply.text("/name")), (200, EMAIL.into(), NAME.into()));
    let reply = login(&app, EMAIL, OLD).await?;
    assert_eq!(reply.status, 200, "{reply:?}");
    assert_eq!((reply.text("/role"), reply.text("/token_type")), ("member".into(), "Bearer".into()));
    assert_eq!((reply.text("/name"), &reply.body["expires_in"]), (NAME.into(), &json!(3600)));
    let reply = bearer(&app, &reply.text("/token")).get("/api/bookings").await?;
    assert_eq!((reply.status, &reply.body["data"]), (200, &json!([])));
    Ok(())
}

#[tokio::test]
async fn the_mails_of_a_sign_up_are_a_link_and_then_a_welcome() -> Result<()> {
    let app = App::start().await?;
    app.newcomer(EMAIL, NAME, OLD).await?;
    let subjects: Vec<_> = app.mails(EMAIL).await?.into_iter().map(|mail| mail.subject).collect();
    assert_eq!(subjects.len(), 2, "{subjects:?}");
    assert!(subjects[0].contains("이메일 주소를 확인해"), "{subjects:?}");
    assert!(subjects[1].contains("가입을 환영합니다"), "{subjects:?}");
    Ok(())
}

#[tokio::test]
async fn a_korean_name_is_trimmed_and_composed() -> Result<()> {
    let app = App::start().await?;
    let reply = sign_up(&app, EMAIL, "  \u{1100}\u{1175}\u{11b7}철수 ").await?;
    assert_eq!((reply.status, reply.text("/name")), (201, "김철수".into()));
    let token = app.mailed_token(EMAIL, "verify-email").await?;
    let reply = verify(&app, &token).await?;
    assert_eq!((reply.status, reply.text("/name")), (200, "김철수".into()));
    let reply = login(&app, EMAIL, OLD).await?;
    assert_eq!((reply.status, reply.text("/name")), (200, "김철수".into()));
    Ok(())
}

#[tokio::test]
async fn one_address_has_one_spelling() -> Result<()> {
    let app = App::start().await?;
    app.newcomer(EMAIL, NAME, OLD).await?;
    for spelling in ["HANA@Example.KR", "  hana@example.kr ", "ｈａｎａ@example.kr"] {
        let reply = login(&app, spelling, OLD).await?;
        assert_eq!((reply.status, reply.text("/email")), (200, EMAIL.into()), "{spelling}");
    }
    Ok(())
}

#[tokio::test]
async fn a_composed_password_is_the_decomposed_one() -> Result<()> {
    let app = App::start().await?;
    app.newcomer(EMAIL, NAME, "Aa1!\u{1100}\u{1161}\u{1100}\u{1161}가가").await?;
    let reply = login(&app, EMAIL, "Aa1!가가가가").await?;
    assert_eq!((reply.status, reply.text("/email")), (200, EMAIL.into()));
    Ok(())
}

#[tokio::test]
async fn a_weak_password_is_told_every_rule_it_breaks_beside_the_other_fields() -> Result<()> {
    let app = App::start().await?;
    let wish = json!({"email": "hana", "password": "password", "name": " "});
    let reply = app.stranger().post("/auth/register", &wish).await?;
    assert_eq!(reply.status, 422, "{reply:?}");
    let errors = reply.body["errors"].as_array().context("no errors")?;
    let named: BTreeSet<String> = errors
        .iter()
        .map(|e| format!("{} {}", e["pointer"].as_str().unwrap(), e["code"].as_str().unwrap()))
        .collect();
    let expected =
        ["/email email", "/name length", "/password no_digit", "/password no_symbol", "/password no_upper"];
    assert_eq!(named, expected.map(str::to_owned).into());
    Ok(())
}

#[tokio::test]
async fn a_role_in_a_request_is_ignored() -> Result<()> {
    let app = App::start().await?;
    let wish = json!({
        "email": EMAIL, "password": OLD, "name": NAME, "role": "owner", "is_admin": true,
        "session_epoch": 9, "user": {"role": "owner"}, "scopes": ["system_read"],
    });
    assert_eq!(app.stranger().post("/auth/register", &wish).await?.status, 201);
    let token = app.mailed_token(EMAIL, "verify-email").await?;
    let reply = app.stranger().post("/auth/verify-email", &json!({"token": token, "role": "owner"})).await?;
    assert_eq!(reply.status, 200, "{reply:?}");
    let wish = json!({"email": EMAIL, "password": OLD, "role": "owner"});
    let reply = app.stranger().post("/auth/login", &wish).await?;
    assert_eq!((reply.status, reply.text("/role")), (200, "member".into()));
    let reply = bearer(&app, &reply.text("/token")).get("/api/system/info").await?;
    assert_eq!(told(&reply), refused(403, "forbidden"));
    Ok(())
}

#[tokio::test]
async fn who_verifies_the_owners_address_becomes_nothing_more_than_its_known_owner() -> Result<()> {
    let app = App::start().await?;
    assert_eq!(sign_up(&app, "owner@maru.local", "침입자").await?.status, 201);
    assert!(app.mailed_token("owner@maru.local", "verify-email").await.is_err());
    let reply = login(&app, "owner@maru.local", OLD).await?;
    assert_eq!(told(&reply), refused(401, "bad_credentials"));
    Ok(())
}

#[tokio::test]
async fn register_answers_a_known_and_an_unknown_address_alike() -> Result<()> {
    let app = App::start().await?;
    let (known, known_used) = footprint(&app, "register", sign_up(&app, "member1@maru.local", NAME)).await?;
    let (unknown, unknown_used) =
        footprint(&app, "register", sign_up(&app, "member9@maru.local", NAME)).await?;
    assert_eq!(known.status, 201, "{known:?}");
    assert_eq!(masked(&known, &["user_id", "email"]), masked(&unknown, &["user_id", "email"]));
    assert_eq!(known.text("/user_id").len(), unknown.text("/user_id").len());
    assert_eq!(known.text("/email"), "member1@maru.local");
    assert_eq!(known_used, unknown_used);
    assert!(known_used.trips > 0);
    Ok(())
}

#[tokio::test]
async fn a_sign_up_with_a_known_address_tells_its_owner_and_changes_nothing_of_theirs() -> Result<()> {
    let app = App::start().await?;
    let reply = sign_up(&app, "member1@maru.local", "침입자").await?;
    assert_eq!((reply.status, reply.text("/email")), (201, "member1@maru.local".into()));
    let mails = app.mails("member1@maru.local").await?;
    assert_eq!(mails.len(), 1, "{mails:?}");
    assert!(mails[0].subject.contains("이미 가입된 주소"), "{mails:?}");
    assert!(!mails[0].text.contains("token=") && !mails[0].html.contains("token="), "{mails:?}");
    assert!(!mails[0].text.contains("침입자"), "a stranger's words travel in our mail: {mails:?}");
    assert_eq!(told(&login(&app, "member1@maru.local", OLD).await?), refused(401, "bad_credentials"));
    let reply = login(&app, "member1@maru.local", PASSWORD).await?;
    assert_eq!((reply.status, reply.text("/name")), (200, "김철수".into()));
    Ok(())
}

#[tokio::test]
async fn a_verification_link_works_once() -> Result<()> {
    let app = App::start().await?;
    sign_up(&app, EMAIL, NAME).await?;
    let token = app.mailed_token(EMAIL, "verify-email").await?;
    assert_eq!(verify(&app, &token).await?.status, 200);
    assert_eq!(told(&verify(&app, &token).await?), refused(400, "bad_link"));
    Ok(())
}

#[tokio::test]
async fn fifty_parallel_uses_of_a_verification_link_make_one_person() -> Result<()> {
    let app = App::start().await?;
    let people = items::<Value>(&app, "users").await?.len();
    sign_up(&app, EMAIL, NAME).await?;
    let token = app.mailed_token(EMAIL, "verify-email").await?;
    let replies: Vec<Reply> =
        join_all((0..50).map(|_| verify(&app, &token))).await.into_iter().collect::<Result<_>>()?;
    let good = replies.iter().filter(|reply| reply.status == 200).count();
    assert_eq!(good, 1, "{:?}", replies.iter().map(told).collect::<Vec<_>>());
    assert!(
        replies.iter().filter(|r| r.status != 200).all(|r| told(r) == refused(400, "bad_link")),
        "{replies:?}"
    );
    assert_eq!(items::<Value>(&app, "users").await?.len(), people + 1);
    Ok(())
}

#[tokio::test]
async fn a_verification_link_works_for_24_hours_and_no_second_longer() -> Result<()> {
    let app = App::start().await?;
    sign_up(&app, EMAIL, NAME).await?;
    sign_up(&app, "late@example.kr", NAME).await?;
    let in_time = app.mailed_token(EMAIL, "verify-email").await?;
    let late = app.mailed_token("late@example.kr", "verify-email").await?;
    app.clock.advance(24 * 3600 - 1);
    assert_eq!(verify(&app, &in_time).await?.status, 200);
    app.clock.advance(1);
    assert_eq!(told(&verify(&app, &late).await?), refused(400, "bad_link"));
    assert_eq!(told(&login(&app, "late@example.kr", OLD).await?), refused(401, "bad_credentials"));
    Ok(())
}

#[tokio::test]
async fn a_newer_sign_up_replaces_the_link_of_the_older() -> Result<()> {
    let app = App::start().await?;
    sign_up(&app, EMAIL, "옛 이름").await?;
    let older = app.mailed_token(EMAIL, "verify-email").await?;
    let wish = json!({"email": EMAIL, "password": NEW, "name": NAME});
    assert_eq!(app.stranger().post("/auth/register", &wish).await?.status, 201);
    let newer = app.mailed_token(EMAIL, "verify-email").await?;
    assert_ne!(older, newer);
    assert_eq!(told(&verify(&app, &older).await?), refused(400, "bad_link"));
    let reply = verify(&app, &newer).await?;
    assert_eq!((reply.status, reply.text("/name")), (200, NAME.into()));
    assert_eq!(told(&login(&app, EMAIL, OLD).await?), refused(401, "bad_credentials"));
    assert_eq!(login(&app, EMAIL, NEW).await?.status, 200);
    Ok(())
}

/// Makes a person with this address beside every door, as an administrator's desk would.
async fn made_by_hand(app: &App, email: &str) -> Result<()> {
    let grants = SEED_GRANTS.map(|grant| (grant, grant.table.name.to_owned()));
    let db = Db::connect(&app.stack().sdk, grants, app.clock.clock(), Random::system());
    let hash = Hasher::new(Random::system()).hash(&Secret::new(PASSWORD)).await?;
    let address = Email::parse(email).context("no address")?;
    seed(&db, address, NAME, Role::Member, &hash, &[]).await?.context("there already")?;
    Ok(())
}

#[tokio::test]
async fn a_waiting_sign_up_link_sets_nobodys_password() -> Result<()> {
    let app = App::start().await?;
    sign_up(&app, EMAIL, NAME).await?;
    let token = app.mailed_token(EMAIL, "verify-email").await?;
    made_by_hand(&app, EMAIL).await?;
    let before = stored(&app).await?;
    assert_eq!(told(&reset(&app, &token, NEW).await?), refused(400, "bad_link"));
    assert_eq!(told(&verify(&app, &token).await?), refused(400, "bad_link"));
    assert_eq!(changed(&app, &before).await?, NOTHING);
    assert_eq!(login(&app, EMAIL, PASSWORD).await?.status, 200);
    Ok(())
}

/// Texts that are nearly this token.
fn forgeries(token: &str) -> Vec<String> {
    let flip = |at: usize| {
        let mut bytes = token.as_bytes().to_vec();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        String::from_utf8(bytes).unwrap()
    };
    let bytes = from_base64url(token).unwrap();
    vec![
        flip(0),
        flip(15),
        flip(30),
        flip(token.len() - 2),
        token[..token.len() - 4].to_owned(),
        format!("{token}AAAA"),
        format!("{token}="),
        token.replace(['-', '_'], "+").to_lowercase(),
        to_base64url(&bytes[..16]),
        to_base64url(&[bytes[..16].to_vec(), vec![0; 32]].concat()),
        to_base64url(&[7; 48]),
        "확인".into(),
        "x".into(),
        "A".repeat(900_000),
    ]
}

#[tokio::test]
async fn a_forged_verification_token_opens_nothing_and_spends_nothing() -> Result<()> {
    let app = App::start().await?;
    sign_up(&app, EMAIL, NAME).await?;
    let token = app.mailed_token(EMAIL, "verify-email").await?;
    let before = stored(&app).await?;
    for forged in forgeries(&token) {
        let start: String = forged.chars().take(80).collect();
        assert_eq!(told(&verify(&app, &forged).await?), refused(400, "bad_link"), "{start}");
    }
    assert_eq!(changed(&app, &before).await?, NOTHING);
    assert_eq!(verify(&app, &token).await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn a_forged_reset_token_opens_nothing_and_spends_nothing() -> Result<()> {
    let app = App::start().await?;
    let token = reset_token(&app).await?;
    let before = stored(&app).await?;
    for forged in forgeries(&token) {
        let start: String = forged.chars().take(80).collect();
        assert_eq!(told(&reset(&app, &forged, NEW).await?), refused(400, "bad_link"), "{start}");
    }
    assert_eq!(changed(&app, &before).await?, NOTHING);
    assert_eq!(reset(&app, &token, NEW).await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn a_link_of_another_purpose_opens_nothing_and_is_not_spent() -> Result<()> {
    let app = App::start().await?;
    sign_up(&app, EMAIL, NAME).await?;
    let to_verify = app.mailed_token(EMAIL, "verify-email").await?;
    let to_reset = reset_token(&app).await?;
    assert_eq!(told(&verify(&app, &to_reset).await?), refused(400, "bad_link"));
    assert_eq!(told(&reset(&app, &to_verify, NEW).await?), refused(400, "bad_link"));
    assert_eq!(verify(&app, &to_verify).await?.status, 200);
    assert_eq!(reset(&app, &to_reset, NEW).await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn signing_in_unverified_is_refused_like_an_unknown_address() -> Result<()> {
    let app = App::start().await?;
    sign_up(&app, EMAIL, NAME).await?;
    let (unverified, used) = footprint(&app, "login", login(&app, EMAIL, OLD)).await?;
    let (unknown, used_for_unknown) = footprint(&app, "login", login(&app, "nana@example.kr", OLD)).await?;
    assert_eq!(told(&unverified), refused(401, "bad_credentials"));
    assert_eq!(masked(&unverified, &[]), masked(&unknown, &[]));
    assert_eq!(used, used_for_unknown);
    Ok(())
}

#[tokio::test]
async fn the_sign_up_link_is_mailed_again_on_request() -> Result<()> {
    let app = App::start().await?;
    sign_up(&app, EMAIL, NAME).await?;
    let first = app.mailed_token(EMAIL, "verify-email").await?;
    let reply = app.stranger().post("/auth/resend-verification", &json!({"email": EMAIL})).await?;
    assert_eq!((reply.status, &reply.body["success"]), (200, &json!(true)));
    assert_eq!(app.mails(EMAIL).await?.len(), 2);
    let again = app.mailed_token(EMAIL, "verify-email").await?;
    assert_eq!(again, first);
    assert_eq!(verify(&app, &again).await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn resend_answers_waiting_known_and_unknown_addresses_alike_and_mails_the_first_only() -> Result<()> {
    let app = App::start().await?;
    sign_up(&app, EMAIL, NAME).await?;
    let mut answers = Vec::new();
    for email in [EMAIL, "member1@maru.local", "member9@maru.local"] {
        let asked = app.stranger();
        let body = json!({"email": email});
        let (reply, used) =
            footprint(&app, "verify-email", asked.post("/auth/resend-verification", &body)).await?;
        assert_eq!(reply.status, 200, "{reply:?}");
        answers.push((masked(&reply, &[]), used));
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[1], answers[2]);
    assert_eq!(app.mails(EMAIL).await?.len(), 2);
    assert_eq!(app.mails("member1@maru.local").await?.len(), 0);
    assert_eq!(app.mails("member9@maru.local").await?.len(), 0);
    Ok(())
}

#[tokio::test]
async fn an_expired_sign_up_is_not_mailed_again() -> Result<()> {
    let app = App::start().await?;
    sign_up(&app, EMAIL, NAME).await?;
    assert_eq!(app.mails(EMAIL).await?.len(), 1);
    app.clock.advance(24 * 3600);
    let reply = app.stranger().post("/auth/resend-verification", &json!({"email": EMAIL})).await?;
    assert_eq!((reply.status, &reply.body["success"]), (200, &json!(true)));
    assert_eq!(app.mails(EMAIL).await?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn where_verification_is_optional_a_person_comes_to_be_at_once() -> Result<()> {
    let app = App::with(Wish { verification: Verification::Optional, ..Wish::default() }).await?;
    let reply = sign_up(&app, EMAIL, NAME).await?;
    assert_eq!((reply.status, reply.text("/message")), (201, "가입되었습니다.".into()));
    let made = reply.text("/user_id");
    let reply = login(&app, EMAIL, OLD).await?;
    assert_eq!((reply.status, reply.text("/user_id"), reply.text("/role")), (200, made, "member".into()));
    Ok(())
}

#[tokio::test]
async fn where_verification_is_optional_a_known_address_is_taken() -> Result<()> {
    let app = App::with(Wish { verification: Verification::Optional, ..Wish::default() }).await?;
    assert_eq!(sign_up(&app, EMAIL, NAME).await?.status, 201);
    let before = stored(&app).await?;
    for spelling in [EMAIL, "Hana@EXAMPLE.kr", " hana@example.kr"] {
        let reply = sign_up(&app, spelling, NAME).await?;
        assert_eq!(told(&reply), refused(409, "email_taken"), "{spelling}");
        assert_eq!(reply.text("/error_code"), "EMAIL_TAKEN");
    }
    assert_eq!(changed(&app, &before).await?, NOTHING);
    Ok(())
}

#[tokio::test]
async fn where_verification_is_optional_fifty_parallel_sign_ups_make_one_person() -> Result<()> {
    let app = App::with(Wish { verification: Verification::Optional, ..Wish::default() }).await?;
    let replies: Vec<Reply> =
        join_all((0..50).map(|_| sign_up(&app, EMAIL, NAME))).await.into_iter().collect::<Result<_>>()?;
    assert_eq!(replies.iter().filter(|reply| reply.status == 201).count(), 1);
    let rest = replies.iter().filter(|reply| reply.status != 201);
    assert!(
        rest.clone().all(|reply| told(reply) == refused(409, "email_taken")),
        "{:?}",
        rest.map(told).collect::<Vec<_>>()
    );
    Ok(())
}

#[tokio::test]
async fn every_failed_sign_in_answers_the_same() -> Result<()> {
    let app = App::start().await?;
    let usual = login(&app, "member1@maru.local", "wrong").await?;
    assert_eq!(told(&usual), refused(401, "bad_credentials"));
    let long = "Aa1!".repeat(100);
    for (email, password) in [
        ("member9@maru.local", PASSWORD),
        ("member9@maru.local", "wrong"),
        ("member1@maru.local", ""),
        ("member1@maru.local", "maru!2026"),
        ("member1@maru.local", "Maru!2026 "),
        ("member1@maru.local", long.as_str()),
        ("not an address", PASSWORD),
        ("", ""),
        ("김철수@maru.local", PASSWORD),
        ("member1@maru.local\0", PASSWORD),
    ] {
        let reply = login(&app, email, password).await?;
        assert_eq!(masked(&reply, &[]), masked(&usual, &[]), "{email} {password}");
    }
    Ok(())
}

#[tokio::test]
async fn a_failed_sign_in_asks_the_store_the_same_for_a_known_and_an_unknown_address() -> Result<()> {
    let app = App::start().await?;
    let (_, known) = footprint(&app, "login", login(&app, "member1@maru.local", "wrong")).await?;
    let (reply, unknown) = footprint(&app, "login", login(&app, "member9@maru.local", "wrong")).await?;
    assert_eq!(told(&reply), refused(401, "bad_credentials"));
    assert_eq!(known, unknown);
    assert_eq!((known.trips, known.write_units), (1, 0.0));
    Ok(())
}

#[tokio::test]
async fn forgot_password_answers_and_costs_the_same_for_a_known_and_an_unknown_address() -> Result<()> {
    let app = App::start().await?;
    let (known, known_used) = footprint(&app, "forgot-password", forgot(&app, "member1@maru.local")).await?;
    let (unknown, unknown_used) =
        footprint(&app, "forgot-password", forgot(&app, "member9@maru.local")).await?;
    assert_eq!(known.status, 200, "{known:?}");
    assert_eq!(masked(&known, &[]), masked(&unknown, &[]));
    assert_eq!(known_used, unknown_used);
    assert!(known_used.trips > 0 && known_used.write_units > 0.0, "{known_used:?}");
    assert_eq!(app.mails("member1@maru.local").await?.len(), 1);
    assert_eq!(app.mails("member9@maru.local").await?.len(), 0);
    Ok(())
}

#[tokio::test]
async fn forgot_password_is_known_under_both_its_paths() -> Result<()> {
    let app = App::start().await?;
    let reply = app.stranger().post("/auth/forgotpassword", &json!({"email": "member1@maru.local"})).await?;
    assert_eq!((reply.status, &reply.body["success"]), (200, &json!(true)));
    let token = app.mailed_token("member1@maru.local", "reset-password").await?;
    assert_eq!(reset(&app, &token, NEW).await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn a_reset_replaces_the_password() -> Result<()> {
    let app = App::start().await?;
    let token = reset_token(&app).await?;
    let reply = reset(&app, &token, NEW).await?;
    assert_eq!((reply.status, &reply.body["success"]), (200, &json!(true)));
    assert_eq!(told(&login(&app, "member1@maru.local", PASSWORD).await?), refused(401, "bad_credentials"));
    let reply = login(&app, "member1@maru.local", NEW).await?;
    assert_eq!((reply.status, reply.text("/name")), (200, "김철수".into()));
    Ok(())
}

#[tokio::test]
async fn a_reset_is_told_by_mail_without_a_link() -> Result<()> {
    let app = App::start().await?;
    let token = reset_token(&app).await?;
    assert_eq!(reset(&app, &token, NEW).await?.status, 200);
    let mails = app.mails("member1@maru.local").await?;
    let last = mails.last().context("no mail")?;
    assert_eq!(mails.len(), 2);
    assert!(last.subject.contains("비밀번호가 변경되었습니다"), "{last:?}");
    assert!(!last.text.contains("token=") && !last.text.contains(NEW), "{last:?}");
    Ok(())
}

#[tokio::test]
async fn a_reset_link_works_once() -> Result<()> {
    let app = App::start().await?;
    let token = reset_token(&app).await?;
    assert_eq!(reset(&app, &token, NEW).await?.status, 200);
    assert_eq!(told(&reset(&app, &token, "An0ther!one").await?), refused(400, "bad_link"));
    assert_eq!(login(&app, "member1@maru.local", NEW).await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn only_the_newest_reset_link_works() -> Result<()> {
    let app = App::start().await?;
    let older = reset_token(&app).await?;
    let newer = reset_token(&app).await?;
    assert_ne!(older, newer);
    assert_eq!(told(&reset(&app, &older, NEW).await?), refused(400, "bad_link"));
    assert_eq!(login(&app, "member1@maru.local", PASSWORD).await?.status, 200);
    assert_eq!(reset(&app, &newer, NEW).await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn a_reset_link_works_for_30_minutes_and_no_second_longer() -> Result<()> {
    let app = App::start().await?;
    forgot(&app, "member2@maru.local").await?;
    let in_time = reset_token(&app).await?;
    let late = app.mailed_token("member2@maru.local", "reset-password").await?;
    app.clock.advance(30 * 60 - 1);
    assert_eq!(reset(&app, &in_time, NEW).await?.status, 200);
    app.clock.advance(1);
    assert_eq!(told(&reset(&app, &late, NEW).await?), refused(400, "bad_link"));
    assert_eq!(login(&app, "member2@maru.local", PASSWORD).await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn a_weak_new_password_leaves_the_link_unspent() -> Result<()> {
    let app = App::start().await?;
    let token = reset_token(&app).await?;
    let reply = reset(&app, &token, "weak").await?;
    assert_eq!(reply.status, 422, "{reply:?}");
    assert!(reply.fields().iter().all(|pointer| pointer == "/new_password"), "{reply:?}");
    assert_eq!(reset(&app, &token, NEW).await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn a_reset_ends_every_session_at_once_and_nobody_elses() -> Result<()> {
    let app = App::start().await?;
    let (phone, laptop, other) = (app.member().await?, app.member().await?, app.another().await?);
    assert_eq!(phone.get("/api/bookings").await?.status, 200);
    let token = reset_token(&app).await?;
    assert_eq!(reset(&app, &token, NEW).await?.status, 200);
    for device in [&phone, &laptop] {
        assert_eq!(told(&device.get("/api/bookings").await?), refused(401, "unauthorized"));
        let shown = device.refresh_token.as_deref().context("no refresh token")?;
        assert_eq!(told(&refresh(&app, shown).await?), refused(401, "bad_refresh_token"));
    }
    assert_eq!(other.get("/api/bookings").await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn fifty_parallel_uses_of_a_reset_link_set_one_password() -> Result<()> {
    let app = App::start().await?;
    let token = reset_token(&app).await?;
    let passwords: Vec<String> = (0..50).map(|n| format!("N3w!password{n}")).collect();
    let replies = join_all(passwords.iter().map(|password| reset(&app, &token, password))).await;
    let replies: Vec<Reply> = replies.into_iter().collect::<Result<_>>()?;
    let won: Vec<_> = replies.iter().zip(&passwords).filter(|(reply, _)| reply.status == 200).collect();
    assert_eq!(won.len(), 1, "{:?}", replies.iter().map(told).collect::<Vec<_>>());
    let lost = replies.iter().filter(|reply| reply.status != 200);
    let lost: BTreeSet<_> = lost.map(told).collect();
    let expected = [refused(400, "bad_link"), refused(409, "changed_meanwhile")];
    assert!(lost.iter().all(|told| expected.contains(told)), "{lost:?}");
    assert_eq!(login(&app, "member1@maru.local", won[0].1).await?.status, 200);
    let mails = app.mails("member1@maru.local").await?;
    assert_eq!(mails.iter().filter(|mail| mail.subject.contains("변경되었습니다")).count(), 1);
    Ok(())
}

/// The generation a refresh token names: behind the session's 16 bytes.
fn generation(token: &str) -> u64 {
    let bytes = from_base64url(token.strip_prefix("mr_").unwrap()).unwrap();
    u64::from_be_bytes(bytes[16..24].try_into().unwrap())
}

#[tokio::test]
async fn a_refresh_gives_new_tokens_that_work() -> Result<()> {
    let app = App::start().await?;
    let member = app.member().await?;
    let shown = member.refresh_token.clone().context("no refresh token")?;
    app.clock.advance(60);
    let reply = refresh(&app, &shown).await?;
    assert_eq!((reply.status, &reply.body["expires_in"]), (200, &json!(3600)));
    assert_eq!((generation(&shown), generation(&reply.text("/refresh_token"))), (1, 2));
    assert_ne!(Some(reply.text("/token")), member.token);
    let reply = bearer(&app, &reply.text("/token")).get("/api/bookings").await?;
    assert_eq!((reply.status, &reply.body["success"]), (200, &json!(true)));
    Ok(())
}

#[tokio::test]
async fn a_lost_answer_to_a_refresh_can_be_asked_for_again_at_any_time() -> Result<()> {
    let app = App::start().await?;
    let shown = app.member().await?.refresh_token.context("no refresh token")?;
    let first = refresh(&app, &shown).await?.text("/refresh_token");
    app.clock.advance(10 * 24 * 3600);
    let again = refresh(&app, &shown).await?;
    assert_eq!((again.status, again.text("/refresh_token")), (200, first.clone()));
    assert_eq!(refresh(&app, &first).await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn fifty_parallel_refreshes_make_one_new_generation() -> Result<()> {
    let app = App::start().await?;
    let shown = app.member().await?.refresh_token.context("no refresh token")?;
    let replies: Vec<Reply> =
        join_all((0..50).map(|_| refresh(&app, &shown))).await.into_iter().collect::<Result<_>>()?;
    let odd: Vec<_> = replies.iter().filter(|reply| reply.status != 200).map(told).collect();
    assert!(odd.is_empty(), "{odd:?}");
    let successors: BTreeSet<_> = replies.iter().map(|reply| reply.text("/refresh_token")).collect();
    assert_eq!(successors.len(), 1, "{successors:?}");
    assert_eq!(successors.first().map(|token| generation(token)), Some(2));
    let trail: Vec<AuditRecord> = items(&app, "audits").await?;
    assert_eq!(trail.iter().filter(|record| record.action == "session.refreshed").count(), 1);
    Ok(())
}

#[tokio::test]
async fn two_tabs_may_use_an_old_refresh_token_for_ten_seconds() -> Result<()> {
    let app = App::start().await?;
    let first = app.member().await?.refresh_token.context("no refresh token")?;
    let second = refresh(&app, &first).await?.text("/refresh_token");
    let third = refresh(&app, &second).await?.text("/refresh_token");
    app.clock.advance(10);
    let reply = refresh(&app, &first).await?;
    assert_eq!((reply.status, reply.text("/refresh_token")), (200, second));
    assert_eq!(refresh(&app, &third).await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn an_old_refresh_token_used_after_the_grace_ends_the_session() -> Result<()> {
    let app = App::start().await?;
    let member = app.member().await?;
    let first = member.refresh_token.clone().context("no refresh token")?;
    let second = refresh(&app, &first).await?.text("/refresh_token");
    let reply = refresh(&app, &second).await?;
    let (token, third) = (reply.text("/token"), reply.text("/refresh_token"));
    app.clock.advance(11);
    assert_eq!(bearer(&app, &token).get("/api/bookings").await?.status, 200);
    assert_eq!(told(&refresh(&app, &first).await?), refused(401, "bad_refresh_token"));
    for token in [Some(token), member.token] {
        let reply = bearer(&app, &token.context("no token")?).get("/api/bookings").await?;
        assert_eq!(told(&reply), refused(401, "unauthorized"));
    }
    for token in [&second, &third] {
        assert_eq!(told(&refresh(&app, token).await?), refused(401, "bad_refresh_token"));
    }
    Ok(())
}

#[tokio::test]
async fn a_reused_refresh_token_ends_its_own_session_only() -> Result<()> {
    let app = App::start().await?;
    let (phone, laptop) = (app.member().await?, app.member().await?);
    let first = phone.refresh_token.context("no refresh token")?;
    let second = refresh(&app, &first).await?.text("/refresh_token");
    refresh(&app, &second).await?;
    app.clock.advance(11);
    assert_eq!(told(&refresh(&app, &first).await?), refused(401, "bad_refresh_token"));
    let reply = laptop.get("/api/bookings").await?;
    assert_eq!((reply.status, &reply.body["success"]), (200, &json!(true)));
    Ok(())
}

#[tokio::test]
async fn a_forged_refresh_token_is_refused_and_ends_nothing() -> Result<()> {
    let app = App::start().await?;
    let member = app.member().await?;
    let shown = member.refresh_token.clone().context("no refresh token")?;
    let body = shown.strip_prefix("mr_").context("no prefix")?;
    let mut next = from_base64url(body).context("no base64")?;
    next[23] += 1;
    let more = [to_base64url(&next), body[..32].to_owned()].map(|body| format!("mr_{body}"));
    let forged = forgeries(body).into_iter().map(|body| format!("mr_{body}"));
    let before = stored(&app).await?;
    for text in forged.chain(more).chain([body.to_owned(), member.token.clone().unwrap_or_default()]) {
        let start: String = text.chars().take(90).collect();
        assert_eq!(told(&refresh(&app, &text).await?), refused(401, "bad_refresh_token"), "{start}");
    }
    assert_eq!(changed(&app, &before).await?, NOTHING);
    assert_eq!(refresh(&app, &shown).await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn a_session_ends_after_thirty_days_whatever_is_refreshed() -> Result<()> {
    let app = App::start().await?;
    let mut shown = app.member().await?.refresh_token.context("no refresh token")?;
    for _ in 0..29 {
        app.clock.advance(24 * 3600);
        shown = refresh(&app, &shown).await?.text("/refresh_token");
    }
    app.clock.advance(24 * 3600 - 1);
    let reply = refresh(&app, &shown).await?;
    assert_eq!(reply.status, 200, "{reply:?}");
    app.clock.advance(1);
    let last = reply.text("/refresh_token");
    assert_eq!(told(&refresh(&app, &last).await?), refused(401, "bad_refresh_token"));
    let reply = bearer(&app, &reply.text("/token")).get("/api/bookings").await?;
    assert_eq!(told(&reply), refused(401, "unauthorized"));
    Ok(())
}

#[tokio::test]
async fn log_out_acts_on_the_next_request_and_on_the_refresh_token() -> Result<()> {
    let app = App::start().await?;
    let (phone, laptop) = (app.member().await?, app.member().await?);
    let reply = phone.post("/auth/logout", &json!({})).await?;
    assert_eq!((reply.status, reply.text("/message")), (200, "로그아웃되었습니다.".into()));
    assert_eq!(told(&phone.get("/api/bookings").await?), refused(401, "unauthorized"));
    assert_eq!(told(&phone.post("/auth/logout", &json!({})).await?), refused(401, "unauthorized"));
    let shown = phone.refresh_token.as_deref().context("no refresh token")?;
    assert_eq!(told(&refresh(&app, shown).await?), refused(401, "bad_refresh_token"));
    assert_eq!(laptop.get("/api/bookings").await?.status, 200);
    Ok(())
}

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

const SEED: [u8; 32] = [7; 32];

/// The private key of these seed bytes, as PKCS#8 writes an Ed25519 key.
fn private_key(seed: [u8; 32]) -> EncodingKey {
    let head = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];
    EncodingKey::from_ed_der(&[head.as_slice(), &seed].concat())
}

/// A signed token of exactly these texts.
fn signed(header: &str, claims: &str, key: &EncodingKey, algorithm: Algorithm) -> String {
    let message = format!("{}.{}", to_base64url(header.as_bytes()), to_base64url(claims.as_bytes()));
    let signature = jsonwebtoken::crypto::sign(message.as_bytes(), key, algorithm).unwrap();
    format!("{message}.{signature}")
}

/// Signed with the forge's key over exactly these claims.
fn raw(header: &Value, claims: &str) -> String {
    signed(&header.to_string(), claims, &private_key(SEED), Algorithm::EdDSA)
}

/// The same, of claims that are JSON.
fn proper(header: &Value, claims: &Value) -> String {
    raw(header, &claims.to_string())
}

/// The object with this member instead; null takes it away.
fn but(object: &Value, name: &str, value: &Value) -> Value {
    let mut changed = object.clone();
    changed[name] = value.clone();
    if value.is_null() {
        changed.as_object_mut().unwrap().remove(name);
    }
    changed
}

/// Makes tokens of any shape with a key that counts, so that only their shape can be what is refused.
struct Forge {
    kid: String,
    public: String,
    claims: Value,
}

impl Forge {
    /// With the claims of this person's own token. The key is announced before anybody has asked.
    async fn announced(app: &App) -> Result<Self> {
        let signer = Signer::from_seed(&SEED).context("the seed")?;
        publish(app.stack().store("login").context("no login")?, signer.public()).await?;
        let public = signer.public().clone();
        Ok(Self { kid: public.kid, public: public.x, claims: Value::Null })
    }

    fn header(&self) -> Value {
        json!({"typ": "at+jwt", "alg": "EdDSA", "kid": self.kid})
    }

    /// A proper token but for this claim; null takes it away.
    fn claiming(&self, name: &str, value: &Value) -> String {
        proper(&self.header(), &but(&self.claims, name, value))
    }

    /// A proper token but for this member of its header; null takes it away.
    fn headed(&self, name: &str, value: &Value) -> String {
        proper(&but(&self.header(), name, value), &self.claims)
    }

    /// A token of another algorithm over our claims.
    fn coded(&self, algorithm: Algorithm, secret: &[u8]) -> String {
        let header = json!({"typ": "at+jwt", "alg": format!("{algorithm:?}"), "kid": self.kid});
        signed(&header.to_string(), &self.claims.to_string(), &EncodingKey::from_secret(secret), algorithm)
    }
}

fn part(token: &str, at: usize) -> Value {
    let bytes = from_base64url(token.split('.').nth(at).unwrap()).unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

/// Tokens that must not count, each for one reason, named.
fn attacks(forge: &Forge, real: &str, another: &str) -> Vec<(&'static str, String)> {
    let now = forge.claims["iat"].as_i64().unwrap();
    let claims = forge.claims.to_string();
    let none = |alg: &str| {
        to_base64url(json!({"typ": "at+jwt", "alg": alg, "kid": forge.kid}).to_string().as_bytes())
    };
    let doubled = |extra: &str| raw(&forge.header(), &format!("{},{extra}}}", &claims[..claims.len() - 1]));
    let parts: Vec<&str> = real.split('.').collect();
    let their = part(another, 1);
    let mut mixed = forge.claims.clone();
    mixed["sub"] = their["sub"].clone();
    let der = [
        &[0x30, 0x2a, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 3, 0x21, 0][..],
        &from_base64url(&forge.public).unwrap(),
    ]
    .concat();
    let real_kid = part(real, 0)["kid"].clone();
    let jwk = json!({"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "kid": "mine", "x": forge.public});
    let stranger = private_key([9; 32]);
    vec![
        ("alg none, no signature", format!("{}.{}.", none("none"), to_base64url(claims.as_bytes()))),
        ("alg none, the real signature", format!("{}.{}.{}", none("none"), parts[1], parts[2])),
        ("alg NONE", format!("{}.{}.AA", none("NONE"), to_base64url(claims.as_bytes()))),
        ("HS256 with the public key's text", forge.coded(Algorithm::HS256, forge.public.as_bytes())),
        (
            "HS256 with the public key's bytes",
            forge.coded(Algorithm::HS256, &from_base64url(&forge.public).unwrap()),
        ),
        ("HS256 with the public key's DER", forge.coded(Algorithm::HS256, &der)),
        (
            "HS512 with the public key's bytes",
            forge.coded(Algorithm::HS512, &from_base64url(&forge.public).unwrap()),
        ),
        ("an alg of another family over our signature", forge.headed("alg", &json!("RS256"))),
        ("an alg that is a list", forge.headed("alg", &json!(["EdDSA"]))),
        ("typ JWT", forge.headed("typ", &json!("JWT"))),
        ("no typ", forge.headed("typ", &Value::Null)),
        ("an unknown kid", forge.headed("kid", &json!("0123456789abcdef"))),
        ("no kid", forge.headed("kid", &Value::Null)),
        ("a kid that is a path", forge.headed("kid", &json!("../../dev/null"))),
        ("another announced key's kid", forge.headed("kid", &real_kid)),
        ("the sender's own key in the header", {
            let mut header = forge.header();
            header["jwk"] = jwk;
            header["kid"] = json!("mine");
            proper(&header, &forge.claims)
        }),
        (
            "a stranger's key under our kid",
            signed(&forge.header().to_string(), &claims, &stranger, Algorithm::EdDSA),
        ),
        ("another issuer", forge.claiming("iss", &json!("maru2"))),
        ("no issuer", forge.claiming("iss", &Value::Null)),
        ("another audience", forge.claiming("aud", &json!("maru-admin"))),
        ("no audience", forge.claiming("aud", &Value::Null)),
        ("exp as text", forge.claiming("exp", &json!((now + 3600).to_string()))),
        (
            "exp with a fraction",
            raw(&forge.header(), &claims.replace(&(now + 3600).to_string(), &format!("{}.5", now + 3600))),
        ),
        ("exp in exponents", forge.claiming("exp", &json!(1e300))),
        ("the hugest exp", forge.claiming("exp", &json!(i64::MAX))),
        ("exp beyond an hour", forge.claiming("exp", &json!(now + 3601))),
        ("exp in the past", forge.claiming("exp", &json!(now))),
        ("a negative exp", forge.claiming("exp", &json!(-1))),
        ("exp null", raw(&forge.header(), &claims.replace(&(now + 3600).to_string(), "null"))),
        ("no exp", forge.claiming("exp", &Value::Null)),
        ("iat to come", forge.claiming("iat", &json!(now + 60))),
        ("sub twice", doubled(&format!("\"sub\":{}", their["sub"]))),
        ("exp twice", doubled(&format!("\"exp\":{}", now + 3600))),
        ("iss twice", doubled("\"iss\":\"maru\"")),
        ("somebody else's sub in my session", proper(&forge.header(), &mixed)),
        ("nobody's sub", forge.claiming("sub", &json!("01900000-0000-7000-8000-00000000dead"))),
        ("a sub that is no id", forge.claiming("sub", &json!("admin"))),
        ("nobody's session", forge.claiming("sid", &json!("01900000-0000-7000-8000-00000000dead"))),
        ("no session", forge.claiming("sid", &Value::Null)),
        ("claims that are a list", raw(&forge.header(), "[]")),
        ("claims that are no JSON", raw(&forge.header(), "sub=me")),
        ("a truncated signature", real[..real.len() - 1].to_owned()),
        ("no signature", format!("{}.{}", parts[0], parts[1])),
        ("an empty signature", format!("{}.{}.", parts[0], parts[1])),
        ("a fourth part", format!("{real}.{}", parts[2])),
        (
            "another's claims under my signature",
            format!("{}.{}.{}", parts[0], another.split('.').nth(1).unwrap(), parts[2]),
        ),
        ("padding behind", format!("{real}==")),
        ("dots", "..".into()),
        ("one dot", ".".into()),
        ("a long tail", format!("{real}{}", "A".repeat(100_000))),
        ("a long header", forge.headed("x", &json!("y".repeat(50_000)))),
    ]
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
    for (name, token) in attacks(&forge, &real, another.token.as_deref().context("no token")?) {
        let reply = bearer(&app, &token).get("/api/bookings").await?;
        assert_eq!(masked(&reply, &[]), masked(&usual, &[]), "{name}");
    }
    assert_eq!(changed(&app, &before).await?, NOTHING);
    assert_eq!(member.get("/api/bookings").await?.status, 200);
    Ok(())
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
