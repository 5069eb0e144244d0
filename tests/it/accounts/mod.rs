//! Accounts: signing up, in and out; links, tokens, and what an outsider cannot learn.

mod canaries;
mod doors;
mod guessing;
mod optional;
mod reset;
mod sessions;
mod sign_up;
mod strangers;
mod tokens;
mod tries;

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use futures::future::join_all;
use harness::app::{App, Guest, Reply, Wish};
use harness::people::PASSWORD;
use jsonwebtoken::{Algorithm, EncodingKey};
use maru_accounts::{Hasher, Keys, SEED_GRANTS, Seeded, Verification, seed};
use maru_identity::{PublicKey, Ring, Role, SealRecord, Signer, turn};
use maru_kernel::crypto::{from_base64url, to_base64url};
use maru_kernel::{Email, Random, Secret};
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
        let signer = Signer::from_seed(&SEED, 900).context("the seed")?;
        announce(app, signer.public()).await?;
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

pub(crate) fn part(token: &str, at: usize) -> Value {
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
