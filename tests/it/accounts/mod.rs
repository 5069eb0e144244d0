//! Accounts: signing up, in and out; links, tokens, and what an outsider cannot learn.

mod addresses;
mod attacks;
mod canaries;
mod claims;
mod cookies;
mod devices;
mod doors;
mod erasing;
mod factor;
mod guessing;
mod leaving;
mod me;
mod optional;
mod passwords;
mod post;
mod refresh;
mod reset;
mod rotation;
mod secrets;
mod sessions;
mod sign_up;
mod staff_factor;
mod strangers;
mod tokens;
mod tries;

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use futures::future::join_all;
use harness::app::{App, Guest, Reply, Wish};
use harness::people::PASSWORD;
use maru_accounts::{Hasher, Keys, SEED_GRANTS, Seeded, Verification, seed};
use maru_identity::{PublicKey, Ring, Role, SealRecord, Session, Signer, turn};
use maru_kernel::crypto::{from_base64url, to_base64url};
use maru_kernel::{Email, Random, Secret, Timestamp};
use maru_table::{AuditRecord, Db, Used};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::garbage::{NOTHING, changed, changed_but_tries, stored};
use tries::*;

const EMAIL: &str = "hana@example.kr";
const NAME: &str = "박하나";
const OLD: &str = "Str0ng!pass";
const NEW: &str = "N3w!password";

async fn sign_up(app: &App, email: &str, name: &str) -> Result<Reply> {
    let wish = json!({"email": email, "password": OLD, "name": name});
    app.stranger().post("/auth/register", &wish).await
}

pub(crate) async fn login(app: &App, email: &str, password: &str) -> Result<Reply> {
    app.stranger().post("/auth/login", &json!({"email": email, "password": password})).await
}

/// Follows a sign-up's link with the sign-up's password.
async fn verify(app: &App, token: &str) -> Result<Reply> {
    app.stranger().post("/auth/verify-email", &json!({"token": token, "password": OLD})).await
}

pub(crate) async fn forgot(app: &App, email: &str) -> Result<Reply> {
    app.stranger().post("/auth/forgot-password", &json!({"email": email})).await
}

pub(crate) async fn reset(app: &App, token: &str, password: &str) -> Result<Reply> {
    app.stranger().post("/auth/reset-password", &json!({"token": token, "new_password": password})).await
}

pub(crate) async fn refresh(app: &App, token: &str) -> Result<Reply> {
    app.stranger().post("/auth/refresh", &json!({"refresh_token": token})).await
}

/// The first seeded member's fresh reset token.
async fn reset_token(app: &App) -> Result<String> {
    forgot(app, "member1@maru.local").await?;
    app.mailed_token("member1@maru.local", "reset-password").await
}

/// Somebody who shows this access token.
pub(crate) fn bearer(app: &App, token: &str) -> Guest {
    let mut guest = app.stranger();
    guest.token = Some(token.to_owned());
    guest
}

pub(crate) fn told(reply: &Reply) -> (u16, String) {
    (reply.status, reply.text("/code"))
}

pub(crate) fn refused(status: u16, code: &str) -> (u16, String) {
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
pub(crate) async fn items<T: DeserializeOwned>(app: &App, table: &str) -> Result<Vec<T>> {
    let client = aws_sdk_dynamodb::Client::new(&app.stack().sdk);
    let mut pages = client.scan().table_name(table).into_paginator().items().send();
    let mut all = Vec::new();
    while let Some(item) = pages.next().await {
        all.push(serde_dynamo::from_item(item?)?);
    }
    Ok(all)
}

/// How often something was counted, by the kinds of counters.
async fn counted(app: &App, kind: &str) -> Result<Vec<u64>> {
    let all = items::<Value>(app, "throttles").await?;
    let of_kind = all.iter().filter(|item| item["id"].as_str().is_some_and(|id| id.starts_with(kind)));
    Ok(of_kind.filter_map(|item| item["n"].as_u64()).collect())
}

/// Makes a person with this address beside every door, as an administrator's desk would.
async fn made_by_hand(app: &App, email: &str) -> Result<()> {
    let grants = SEED_GRANTS.map(|grant| (grant, grant.table.name.to_owned()));
    let db = Db::connect(&app.stack().sdk, grants, app.clock.clock(), Random::system());
    let hash = Hasher::new(Random::system()).hash(&keys(app).await?, &Secret::new(PASSWORD)).await?;
    let address = Email::parse(email).context("no address")?;
    let new = Seeded { email: address, name: NAME, role: Role::Member, password_hash: &hash, scopes: &[] };
    seed(&db, new).await?.context("there already")?;
    Ok(())
}

/// The keys of this stack.
async fn keys(app: &App) -> Result<Keys> {
    let secrets = app.stack().vault.open().await?;
    Keys::derive(&secrets.master()).context("no keys")
}

/// Puts a key into the ring beside those that are there.
async fn announce(app: &App, key: &PublicKey) -> Result<()> {
    let db = app.stack().store("login").context("no login")?;
    let with = |ring: &Ring| {
        let mut ring = ring.clone();
        ring.keys.push(key.clone());
        ring
    };
    turn(db, with).await?;
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

/// The generation a refresh token names: behind the session's 16 bytes.
fn generation(token: &str) -> u64 {
    let bytes = from_base64url(token.strip_prefix("mr_").unwrap()).unwrap();
    u64::from_be_bytes(bytes[16..24].try_into().unwrap())
}

/// A part of a token as JSON: 0 is the header, 1 the claims.
pub(crate) fn part(token: &str, at: usize) -> Value {
    let bytes = from_base64url(token.split('.').nth(at).unwrap()).unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

fn now(app: &App) -> Timestamp {
    app.clock.clock().now()
}

const DAY: u32 = 24 * 3600;

/// How many mails to an address have this in their subject.
async fn mails_about(app: &App, email: &str, subject: &str) -> Result<usize> {
    Ok(app.mails(email).await?.iter().filter(|mail| mail.subject.contains(subject)).count())
}

/// The token of the link to this page in a mail's text.
fn token_in(text: &str, page: &str) -> Option<String> {
    let rest = text.split(&format!("/{page}?token=")).nth(1)?;
    Some(rest.chars().take_while(|c| c.is_ascii_alphanumeric() || "-_".contains(*c)).collect())
}

/// The trail's records of this action.
async fn trail_of(app: &App, action: &str) -> Result<Vec<AuditRecord>> {
    let all: Vec<AuditRecord> = items(app, "audits").await?;
    Ok(all.into_iter().filter(|record| record.action == action).collect())
}

/// Whoever shows this is refused as everybody unknown is.
async fn is_out(guest: &Guest) -> Result<()> {
    assert_eq!(told(&guest.get("/me").await?), refused(401, "unauthorized"));
    Ok(())
}

/// They are signed in; answers who they are.
async fn is_in(guest: &Guest) -> Result<Reply> {
    let reply = guest.get("/me").await?;
    assert_eq!(reply.status, 200, "{reply:?}");
    Ok(reply)
}

/// All of these at once.
async fn at_once<T>(deeds: impl IntoIterator<Item = impl Future<Output = Result<T>>>) -> Result<Vec<T>> {
    join_all(deeds).await.into_iter().collect()
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
