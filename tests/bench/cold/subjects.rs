//! What is measured: each function with the environment and the event it is started with. The
//! hello is the baseline and needs neither.
//!
//! Functions find the store where they find AWS, at `AWS_ENDPOINT_URL`. One without a secret is
//! pointed straight at the embedded engine; one with a secret goes through `endpoint`, which splices
//! connections and costs a little at every call. Over plain HTTP a first answer is spared the TLS
//! handshake; the start is not shorter by it, because the SDK sets TLS up when it first calls.

mod endpoint;
mod world;

use std::{fs, path::Path};

use anyhow::Context;
use harness::{
    engines::BUCKET,
    functions::{self, Listed},
    people::PASSWORD,
    stack::{KAKAO_NATIVE_KEY, KAKAO_REST_KEY},
};
use maru_settings::Var;
use serde_json::{Value, json};

use self::world::{MEMBER, NONCE, World};
use crate::event::{WHERE, WHO};

/// A function, and what it needs to answer one event well.
pub struct Subject {
    /// Package and binary, which share the name.
    pub name: String,
    /// Variables beside the ones Lambda sets itself.
    pub env: Vec<(String, String)>,
    /// Sent at every invocation, so it must stay answerable when repeated.
    pub event: Value,
}

/// All functions worth measuring. Their events show an access token, which is good for an hour.
pub async fn subjects() -> anyhow::Result<Vec<Subject>> {
    // The store and the outsiders live as long as this process.
    let world: &World = Box::leak(Box::new(World::start().await?));
    println!("note: login, register and reset-password hash a password at each call: warm times contain it");
    println!(
        "note: register, forgot-password, verify-email and kakao-login are asked by somebody else each time"
    );
    println!("note: reset-password sets the password once, then does all its work and answers 400");
    let hello = Subject { name: "bench-hello".to_owned(), env: Vec::new(), event: gateway_event("GET", "/") };
    let mut subjects = vec![hello];
    for listed in functions::all() {
        let name = listed.function.name;
        let event = event(name, world).with_context(|| format!("the event of {name}"))?;
        subjects.push(Subject { name: name.to_owned(), env: environment(&listed, world), event });
    }
    Ok(subjects)
}

fn environment(listed: &Listed, world: &World) -> Vec<(String, String)> {
    let vars = listed.function.vars;
    let mut environment: Vec<(String, String)> =
        vars.iter().map(|var| (var.name().to_owned(), value(*var, world))).collect();
    environment
        .extend(listed.grants.iter().map(|grant| (grant.table.variable(), grant.table.name.to_owned())));
    let asks_for_secret = vars.contains(&Var::SecretArn);
    let aws = if asks_for_secret { &world.store_and_secret } else { &world.store };
    environment.push(("AWS_ENDPOINT_URL".to_owned(), aws.clone()));
    environment.push(("AWS_ENDPOINT_URL_SES".to_owned(), format!("{}/outside/ses", world.base_url)));
    environment
}

fn value(var: Var, world: &World) -> String {
    match var {
        Var::AllowedOrigins => "https://app.example.kr".to_owned(),
        Var::AppBaseUrl => "https://app.example.kr/maru".to_owned(),
        Var::BusinessInfo => "마루 · 123-45-67890".to_owned(),
        Var::CheckoutUrl => "https://app.example.kr/pay".to_owned(),
        Var::Consents => "terms:1!".to_owned(),
        Var::EmailVerification => "required".to_owned(),
        Var::FilesBucket => BUCKET.to_owned(),
        Var::KakaoApiUrl => format!("{}/outside/kapi", world.base_url),
        Var::KakaoAudiences => KAKAO_NATIVE_KEY.to_owned(),
        Var::KakaoAuthUrl => format!("{}/outside/kauth", world.base_url),
        Var::KakaoRedirectUris => format!("{}/local/app/kakao", world.base_url),
        Var::KakaoRestApiKey => KAKAO_REST_KEY.to_owned(),
        Var::MailConfigurationSet => "maru-mail".to_owned(),
        Var::MembershipPrices => "정회원:330000".to_owned(),
        Var::OwnerEmail => "owner@example.kr".to_owned(),
        Var::PasswordPolicy => "strong".to_owned(),
        Var::PayWindowUrl => format!("{}/local/toss/pay", world.base_url),
        Var::RetentionDays => "30".to_owned(),
        Var::SecretArn => "arn:aws:secretsmanager:us-east-1:000000000000:secret:maru-bench".to_owned(),
        Var::SenderEmail => "no-reply@example.kr".to_owned(),
        Var::StaffMfa => "optional".to_owned(),
        Var::Stage => "prod".to_owned(),
        Var::TossBaseUrl => format!("{}/outside/toss", world.base_url),
        Var::TossClientKey => "test_ck_bench".to_owned(),
    }
}

/// Where a call comes from.
const SOURCE: &str = "/requestContext/identity/sourceIp";

/// The recorded event, naming what is there instead of what it invents.
fn event(name: &str, world: &World) -> anyhow::Result<Value> {
    let mut event = recorded(name)?;
    sign(&mut event, if name == "staff" { &world.owner_token } else { &world.token });
    match name {
        "register" | "forgot-password" | "verify-email" => {
            tell(&mut event, &json!({"email": format!("kim.{WHO}@example.kr")}))?;
            set(&mut event, SOURCE, WHERE)?;
        }
        "kakao-login" => {
            // A browser's code is spent by its first use; the token of a phone is not.
            let shown = json!({"id_token": world.id_token, "nonce": NONCE});
            set(&mut event, "/body", shown.to_string())?;
            set(&mut event, SOURCE, WHERE)?;
        }
        "login" => tell(&mut event, &json!({"email": MEMBER, "password": PASSWORD}))?,
        "sessions" => tell(&mut event, &json!({"refresh_token": world.refresh_token}))?,
        "reset-password" => tell(&mut event, &json!({"token": world.reset_token}))?,
        "payment-ready" => tell(&mut event, &json!({"booking_id": world.held_booking}))?,
        "payment-confirm" => {
            let paid = &world.paid;
            let named = json!({"paymentKey": paid.key, "orderId": paid.order, "amount": paid.amount});
            tell(&mut event, &named)?;
        }
        "pay" => {
            let ticket = &world.paid.ticket;
            set(&mut event, "/path", format!("/pay/{ticket}"))?;
            set(&mut event, "/pathParameters/proxy", ticket.as_str())?;
            set(&mut event, "/requestContext/path", format!("/prod/pay/{ticket}"))?;
        }
        "payments" => {
            let key = &world.paid.key;
            set(&mut event, "/path", format!("/payments/{key}"))?;
            set(&mut event, "/pathParameters/proxy", key.as_str())?;
            set(&mut event, "/requestContext/path", format!("/prod/payments/{key}"))?;
        }
        "mailer" => {
            let record = event.pointer_mut("/Records/0").context("it has no record")?;
            concern(record, &world.sign_up_link)?;
        }
        _ => {}
    }
    Ok(event)
}

/// An event of `events/`.
fn recorded(name: &str) -> anyhow::Result<Value> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../events/{name}.json"));
    let text = fs::read(&file).with_context(|| format!("{} is unreadable", file.display()))?;
    Ok(serde_json::from_slice(&text)?)
}

/// Shows this token where the recorded caller showed one.
fn sign(event: &mut Value, token: &str) {
    for pointer in ["/headers/Authorization", "/multiValueHeaders/Authorization/0"] {
        if let Some(header) = event.pointer_mut(pointer) {
            *header = format!("Bearer {token}").into();
        }
    }
}

/// Replaces members of the recorded body.
fn tell(event: &mut Value, members: &Value) -> anyhow::Result<()> {
    let body = event.get("body").and_then(Value::as_str).context("it has no body")?;
    let mut body: Value = serde_json::from_str(body)?;
    for (name, value) in members.as_object().into_iter().flatten() {
        set(&mut body, &format!("/{name}"), value.clone())?;
    }
    set(event, "/body", body.to_string())
}

/// Makes a record of the trail's stream one about this mail link.
fn concern(record: &mut Value, link: &str) -> anyhow::Result<()> {
    set(record, "/dynamodb/Keys/subject/S", format!("mail-link#{link}"))?;
    set(record, "/dynamodb/NewImage/subject/S", format!("mail-link#{link}"))
}

fn set(within: &mut Value, pointer: &str, value: impl Into<Value>) -> anyhow::Result<()> {
    *within.pointer_mut(pointer).with_context(|| format!("{pointer} is missing"))? = value.into();
    Ok(())
}

/// The smallest REST API event that `lambda_http` reads.
fn gateway_event(method: &str, path: &str) -> Value {
    json!({
        "resource": "/{proxy+}",
        "path": path,
        "httpMethod": method,
        "headers": { "Host": "localhost" },
        "multiValueHeaders": { "Host": ["localhost"] },
        "requestContext": {
            "accountId": "000000000000",
            "apiId": "bench",
            "httpMethod": method,
            "identity": { "sourceIp": "127.0.0.1" },
            "path": path,
            "protocol": "HTTP/1.1",
            "requestId": "00000000-0000-4000-8000-000000000000",
            "resourcePath": "/{proxy+}",
            "stage": "bench",
        },
        "body": null,
        "isBase64Encoded": false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_function_has_a_recorded_event() {
        for listed in functions::all() {
            recorded(listed.function.name).unwrap();
        }
    }

    #[test]
    fn members_of_a_body_are_replaced_and_the_others_stay() {
        let mut event = json!({"body": r#"{"token":"invented","new_password":"Fake!2027"}"#});
        tell(&mut event, &json!({"token": "real"})).unwrap();
        assert_eq!(event, json!({"body": r#"{"token":"real","new_password":"Fake!2027"}"#}));
    }

    #[test]
    fn only_who_showed_a_token_shows_another() {
        let mut event = json!({"headers": {"Authorization": "Bearer a"}, "multiValueHeaders": {}});
        sign(&mut event, "b");
        assert_eq!(event, json!({"headers": {"Authorization": "Bearer b"}, "multiValueHeaders": {}}));
    }
}
