//! One's own password: changing it, what it may be, and how it is kept.

use aws_sdk_dynamodb::types::AttributeValue;
use maru_accounts::{CREDENTIALS, Credential, Policy};
use maru_settings::Secrets;

use super::*;

const MEMBER: &str = "member1@maru.local";

async fn change(guest: &Guest, present: &str, next: &str) -> Result<Reply> {
    guest.post("/me/password", &json!({"current_password": present, "new_password": next})).await
}

/// What is kept of an address's password.
async fn hash(app: &App, email: &str) -> Result<String> {
    let all: Vec<Credential> = items(app, CREDENTIALS.name).await?;
    let found = all.into_iter().find(|credential| credential.email.as_str() == email);
    found.and_then(|credential| credential.password_hash).context("no hash")
}

#[tokio::test]
async fn changing_the_password_ends_every_other_session_and_is_told_by_mail() -> Result<()> {
    let app = App::start().await?;
    let (phone, laptop, other) = (app.member().await?, app.member().await?, app.another().await?);
    assert_eq!(change(&phone, PASSWORD, NEW).await?.status, 200);
    is_in(&phone).await?;
    let shown = phone.refresh_token.as_deref().context("no refresh token")?;
    let fresh = refresh(&app, shown).await?;
    is_in(&bearer(&app, &fresh.text("/token"))).await?;
    is_out(&laptop).await?;
    let shown = laptop.refresh_token.as_deref().context("no refresh token")?;
    assert_eq!(told(&refresh(&app, shown).await?), refused(401, "bad_refresh_token"));
    is_in(&other).await?;
    assert_eq!(told(&login(&app, MEMBER, PASSWORD).await?), refused(401, "bad_credentials"));
    assert_eq!(login(&app, MEMBER, NEW).await?.status, 200);
    assert_eq!(mails_about(&app, MEMBER, "비밀번호가 변경되었습니다").await?, 1);
    Ok(())
}

#[tokio::test]
async fn a_wrong_present_password_changes_nothing_and_is_counted() -> Result<()> {
    let app = App::start().await?;
    let (phone, laptop) = (app.member().await?, app.member().await?);
    let before = hash(&app, MEMBER).await?;
    for wrong in ["", "wrong", NEW, "maru!2026", "Maru!2026 "] {
        assert_eq!(told(&change(&phone, wrong, NEW).await?), refused(401, "wrong_password"), "{wrong}");
    }
    let reply = change(&phone, PASSWORD, NEW).await?;
    assert_eq!((told(&reply), reply.header("retry-after")), (refused(429, "too_many_tries"), Some("1")));
    // Guessing here and guessing at the other doors of the same person is one count.
    let reply = laptop.send(
        reqwest::Method::DELETE,
        "/me",
        &[("content-type", "application/json")],
        Some(json!({"password": "guess"}).to_string().into_bytes()),
    );
    assert_eq!(told(&reply.await?), refused(429, "too_many_tries"));
    assert_eq!(hash(&app, MEMBER).await?, before);
    is_in(&laptop).await?;
    app.clock.advance(1);
    assert_eq!(change(&phone, PASSWORD, NEW).await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn parallel_changes_set_one_password() -> Result<()> {
    let app = App::start().await?;
    let member = app.member().await?;
    let wishes: Vec<String> = (0..5).map(|n| format!("N3w!password{n}")).collect();
    let replies = at_once(wishes.iter().map(|wish| change(&member, PASSWORD, wish))).await?;
    let won: Vec<_> = replies.iter().zip(&wishes).filter(|(reply, _)| reply.status == 200).collect();
    assert_eq!(won.len(), 1, "{:?}", replies.iter().map(told).collect::<Vec<_>>());
    assert_eq!(login(&app, MEMBER, won[0].1).await?.status, 200);
    is_in(&member).await?;
    Ok(())
}

#[tokio::test]
async fn each_policy_names_every_rule_a_new_password_breaks() -> Result<()> {
    let (longest, too_long) = (format!("Aa1!{}", "x".repeat(252)), format!("Aa1!{}", "x".repeat(253)));
    let sixty_four = format!("Aa1!{}", "긴".repeat(60));
    let cases: [(&str, &[&str], &[&str]); 14] = [
        ("Str0ng!", &["too_short"], &["too_short"]),
        ("Str0ng!8", &[], &[]),
        ("str0ng!8", &["no_upper"], &[]),
        ("STR0NG!8", &["no_lower"], &[]),
        ("Strong!!", &["no_digit"], &[]),
        ("Str0ng88", &["no_symbol"], &[]),
        ("Password1!", &["too_common"], &["too_common"]),
        ("password123", &["no_symbol", "no_upper", "too_common"], &["too_common"]),
        ("12345678", &["no_lower", "no_symbol", "no_upper", "too_common"], &["too_common"]),
        ("Aa1비밀번호넷", &[], &[]),
        ("Aa1🐈🐈🐈🐈🐈", &[], &[]),
        (&sixty_four, &[], &[]),
        (&longest, &[], &[]),
        (&too_long, &["too_long"], &["too_long"]),
    ];
    for policy in [Policy::Strong, Policy::Basic] {
        let app = App::with(Wish { passwords: policy, ..Wish::default() }).await?;
        let (mut member, mut present) = (app.member().await?, PASSWORD.to_owned());
        for (next, strong, basic) in &cases {
            let expected = if policy == Policy::Strong { *strong } else { *basic };
            let start: String = next.chars().take(20).collect();
            let reply = change(&member, &present, next).await?;
            let mut broken: Vec<&str> = reply.body["errors"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|e| e["code"].as_str())
                .collect();
            broken.sort_unstable();
            assert_eq!(broken, expected, "{policy:?} {start}");
            assert_eq!(
                reply.status,
                if expected.is_empty() { 200 } else { 422 },
                "{policy:?} {start}: {reply:?}"
            );
            if expected.is_empty() {
                (*next).clone_into(&mut present);
                member = app.sign_in(MEMBER, next).await?;
            }
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_password_is_the_same_however_a_keyboard_composes_it() -> Result<()> {
    let app = App::start().await?;
    let (composed, decomposed) =
        ("Aa1!가나다라é", "Aa1!\u{1100}\u{1161}\u{1102}\u{1161}\u{1103}\u{1161}\u{1105}\u{1161}e\u{301}");
    assert_ne!(composed, decomposed);
    let person = app.newcomer(EMAIL, NAME, decomposed).await?;
    for typed in [composed, decomposed] {
        assert_eq!(login(&app, EMAIL, typed).await?.status, 200);
    }
    assert_eq!(change(&person, composed, "Aa1!\u{1112}\u{1161}\u{11ab}글글글").await?.status, 200);
    assert_eq!(login(&app, EMAIL, "Aa1!한글글글").await?.status, 200);
    let token = {
        forgot(&app, EMAIL).await?;
        app.mailed_token(EMAIL, "reset-password").await?
    };
    assert_eq!(reset(&app, &token, decomposed).await?.status, 200);
    assert_eq!(login(&app, EMAIL, composed).await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn blanks_around_a_password_are_part_of_it() -> Result<()> {
    let app = App::start().await?;
    let member = app.member().await?;
    let spaced = "  Str0ng!pass ";
    assert_eq!(change(&member, PASSWORD, spaced).await?.status, 200);
    for wrong in ["Str0ng!pass", " Str0ng!pass ", "  Str0ng!pass"] {
        assert_eq!(told(&login(&app, MEMBER, wrong).await?), refused(401, "bad_credentials"), "{wrong:?}");
    }
    assert_eq!(login(&app, MEMBER, spaced).await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn a_cheaper_hash_of_yesterday_is_renewed_by_signing_in() -> Result<()> {
    let app = App::start().await?;
    // argon2id of `Str0ng!pass` with 64 KiB and one pass.
    let cheap =
        "$argon2id$v=19$m=64,t=1,p=1$bWFydS1vbGQtc2FsdC0xNg$epUa71Fs2eDeUtYujQ4Kt1NGOmRPmUZ0XTbRK5cub9I";
    put_hash(&app, MEMBER, cheap).await?;
    assert_eq!(told(&login(&app, MEMBER, PASSWORD).await?), refused(401, "bad_credentials"));
    assert_eq!(hash(&app, MEMBER).await?, cheap, "a wrong password renews nothing");
    assert_eq!(login(&app, MEMBER, OLD).await?.status, 200);
    let renewed = hash(&app, MEMBER).await?;
    assert!(renewed.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{renewed}");
    assert_eq!(login(&app, MEMBER, OLD).await?.status, 200);
    assert_eq!(hash(&app, MEMBER).await?, renewed, "once is enough");
    Ok(())
}

#[allow(clippy::disallowed_methods, reason = "a hash of an earlier version, which no door writes any more")]
async fn put_hash(app: &App, email: &str, hash: &str) -> Result<()> {
    let client = aws_sdk_dynamodb::Client::new(&app.stack().sdk);
    let update =
        client.update_item().table_name(CREDENTIALS.name).key("email", AttributeValue::S(email.into()));
    let update = update.update_expression("SET password_hash = :h");
    update.expression_attribute_values(":h", AttributeValue::S(hash.into())).send().await?;
    Ok(())
}

/// What an operator writes into the secret.
async fn peppers(app: &App, pepper: &str, previous: &str) -> Result<()> {
    let held = app.stack().vault.open().await?;
    let (pepper, pepper_previous) = (Secret::new(pepper), Secret::new(previous));
    app.stack().vault.replace(Secrets { pepper, pepper_previous, ..held.as_ref().clone() });
    Ok(())
}

#[tokio::test]
async fn a_pepper_is_added_and_changed_while_people_sign_in() -> Result<()> {
    let app = App::start().await?;
    let plain = hash(&app, MEMBER).await?;
    assert!(plain.starts_with("$argon2id$"), "{plain}");
    peppers(&app, "the first pepper", "").await?;
    assert_eq!(login(&app, MEMBER, PASSWORD).await?.status, 200);
    let first = hash(&app, MEMBER).await?;
    assert!(first.contains(":$argon2id$") && !first.contains("pepper"), "{first}");
    assert_eq!(told(&login(&app, MEMBER, "wrong").await?), refused(401, "bad_credentials"));
    assert_eq!(hash(&app, MEMBER).await?, first);

    peppers(&app, "the second pepper", "the first pepper").await?;
    assert_eq!(login(&app, MEMBER, PASSWORD).await?.status, 200);
    let second = hash(&app, MEMBER).await?;
    assert_ne!(second.split(':').next(), first.split(':').next());
    assert_eq!(login(&app, "member2@maru.local", PASSWORD).await?.status, 200, "who still had none");

    // Everybody has signed in since: the first one may go.
    peppers(&app, "the second pepper", "").await?;
    let member = app.member().await?;
    assert_eq!(change(&member, PASSWORD, NEW).await?.status, 200);
    assert_eq!(login(&app, MEMBER, NEW).await?.status, 200);
    assert_eq!(hash(&app, MEMBER).await?.split(':').next(), second.split(':').next());
    Ok(())
}

#[tokio::test]
async fn a_key_cannot_change_its_owners_password() -> Result<()> {
    let app = App::start().await?;
    let reply = change(&app.machine(), PASSWORD, NEW).await?;
    assert_eq!(told(&reply), refused(403, "forbidden"));
    Ok(())
}
