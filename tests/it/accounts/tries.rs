//! What it takes to try too often.

use aws_lc_rs::hmac;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;

use super::*;

pub(super) const KNOWN: &str = "member1@maru.local";
pub(super) const UNKNOWN: &str = "member9@maru.local";
/// Where most people call from.
pub(super) const HERE: &str = "127.0.0.1";

/// A sign-in from somewhere.
pub(super) async fn login_from(app: &App, ip: &str, email: &str, password: &str) -> Result<Reply> {
    with_device(app, ip, email, password, &Value::Null).await
}

/// A sign-in that shows a device token.
pub(super) async fn with_device(
    app: &App,
    ip: &str,
    email: &str,
    password: &str,
    device: &Value,
) -> Result<Reply> {
    let body = json!({"email": email, "password": password, "device_token": device});
    app.stranger().post_with("/auth/login", &body, &[("x-local-ip", ip)]).await
}

/// What a device is given for signing in as this person.
pub(super) async fn device_token(app: &App, email: &str) -> Result<String> {
    let reply = login(app, email, PASSWORD).await?;
    assert_eq!(reply.status, 200, "{reply:?}");
    Ok(reply.text("/device_token"))
}

/// Asks for a mail at one of the doors that send some.
pub(super) async fn mailed_by(app: &App, ip: &str, door: &str, email: &str) -> Result<Reply> {
    let body = json!({"email": email, "password": OLD, "name": NAME});
    app.stranger().post_with(&format!("/auth/{door}"), &body, &[("x-local-ip", ip)]).await
}

/// The seconds to wait, if the answer is that there were too many tries.
pub(super) fn too_early(reply: &Reply) -> Option<u32> {
    (told(reply) == refused(429, "too_many_tries")).then(|| reply.header("retry-after")?.parse().ok())?
}

/// Uses up the free tries at an address.
pub(super) async fn locked(app: &App, email: &str) -> Result<()> {
    for _ in 0..5 {
        login(app, email, "wrong").await?;
    }
    assert!(too_early(&login(app, email, PASSWORD).await?).is_some());
    Ok(())
}

/// So many wrong passwords from one place, each at another address.
pub(super) async fn wrong_everywhere(app: &App, place: &str, count: usize) -> Result<()> {
    for number in 0..count {
        let (ip, email) = (format!("{place}.{number}"), format!("somebody{number}@example.kr"));
        let reply = login_from(app, &ip, &email, "wrong").await?;
        assert_eq!(told(&reply), refused(401, "bad_credentials"), "{number}");
    }
    Ok(())
}

/// How many counters of this kind there are.
pub(super) async fn counters(app: &App, kind: &str) -> Result<usize> {
    let all: Vec<Value> = items(app, "throttles").await?;
    Ok(all.iter().filter(|item| item["id"].as_str().is_some_and(|id| id.starts_with(kind))).count())
}

/// Makes every counter of tries one of so many whose waits are over: to wait for them takes a day.
#[allow(clippy::disallowed_methods, reason = "a test may turn a counter on")]
pub(super) async fn wear(app: &App, count: u64) -> Result<()> {
    let client = Client::new(&app.stack().sdk);
    let number = |number: u64| AttributeValue::N(number.to_string());
    for item in items::<Value>(app, "throttles").await? {
        let Some(id) = item["id"].as_str().filter(|id| id.starts_with("try")) else { continue };
        let call = client.update_item().table_name("throttles").key("id", AttributeValue::S(id.to_owned()));
        let call = call.update_expression("SET n = :n, next_at = :zero");
        call.expression_attribute_values(":n", number(count))
            .expression_attribute_values(":zero", number(0))
            .send()
            .await?;
    }
    Ok(())
}

/// What an authenticator app with this secret shows at the moment (RFC 6238).
pub(super) fn shown_code(app: &App, secret: &str) -> Result<String> {
    let mut bits = String::new();
    for letter in secret.chars() {
        let value = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".find(letter).context("no base32")?;
        bits.extend((0..5).rev().map(|bit| if value >> bit & 1 == 1 { '1' } else { '0' }));
    }
    let bytes = bits
        .as_bytes()
        .chunks_exact(8)
        .map(|byte| byte.iter().fold(0_u8, |value, bit| value << 1 | (bit - b'0')));
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &bytes.collect::<Vec<u8>>());
    let step = app.clock.clock().now().as_second() / 30;
    let tag = hmac::sign(&key, &step.to_be_bytes());
    let from = usize::from(tag.as_ref()[19] & 15);
    let four: [u8; 4] = tag.as_ref()[from..from + 4].try_into()?;
    Ok(format!("{:06}", (u32::from_be_bytes(four) & 0x7fff_ffff) % 1_000_000))
}
