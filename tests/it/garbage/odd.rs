//! Texts nobody types by accident.

use super::*;
use harness::people::PASSWORD;
use harness::stack::KAKAO_ADMIN_KEY;

fn odd_texts() -> Vec<String> {
    vec![
        String::new(),
        " ".into(),
        "\0".into(),
        "a\0b".into(),
        "\u{7}\u{1b}[31m\u{7f}\u{85}".into(),
        "😀👩‍👩‍👧‍👦🇰🇷".into(),
        "\u{202e}\u{200b}\u{feff}\u{ffff}\u{10ffff}".into(),
        "김".repeat(300),
        "e\u{301}".repeat(2_000),
        "x".repeat(500_000),
        "'; DROP TABLE users; --".into(),
        "<script>alert(1)</script>".into(),
        "../../etc/passwd".into(),
        "{{7*7}}${7*7}%s%n".into(),
        "9999-99-99T99:99:99Z".into(),
        "-9999-01-01T00:00:00Z".into(),
        "9999-12-31T23:59:59.999999999Z".into(),
        "1e400".into(),
        "mr_".into(),
        "a.b.c".into(),
        "00000000-0000-0000-0000-000000000000".into(),
        "00000000-0000-0000-0000-00000000000g".into(),
    ]
}

/// What counts tries or asks an outsider, and so writes a counter: once the rest of it is in order.
const COUNTED: [&str; 7] = [
    "DELETE /me",
    "DELETE /me/kakao",
    "POST /admin/login/kakao",
    "POST /auth/login",
    "POST /auth/mfa/totp",
    "POST /login/kakao",
    "POST /me/kakao",
];

/// A token that is none of ours ends nothing, and nobody is told.
const FORGIVING: &str = "POST /auth/logout";

/// Odd texts in every field, and in the demanded ones alone, are refused, or are a wrong link or
/// password; whatever it is, it is documented, and nothing is stored but that it was tried.
#[tokio::test]
async fn odd_texts_in_every_field_are_refused_as_documented_and_change_nothing() -> Result<()> {
    let app = App::start().await?;
    let by = Askers::of(&app).await?;
    let before = stored(&app).await?;
    let mut counted = BTreeSet::new();
    for operation in Operation::all(&app) {
        let all: Vec<String> = operation.fields.keys().cloned().collect();
        for names in [all, operation.missing_beside(None)] {
            if names.is_empty() {
                continue;
            }
            for text in &odd_texts() {
                let start: String = text.chars().take(20).collect();
                let wrote = written(&app);
                let body = Operation::filled(&names, &json!(text)).to_string();
                let reply = send(by.asker(&operation), &operation, &[JSON], body.as_bytes()).await?;
                let told = format!("{start:?} to {operation}: {reply:?}");
                let forgiven = operation.to_string() == FORGIVING && reply.status == 200;
                let refused = (400..500).contains(&reply.status) && reply.status != 429;
                assert!(refused || forgiven, "{told}");
                assert!(operation.statuses.contains(&reply.status), "undocumented: {told}");
                assert_eq!(reply.body["success"], forgiven, "{told}");
                if (written(&app) - wrote).abs() > f64::EPSILON {
                    counted.insert(operation.to_string());
                }
                if reply.text("/code") == "wrong_password" {
                    forget_tries(&by.owner).await?;
                }
            }
        }
    }
    assert_eq!(counted, COUNTED.map(str::to_owned).into());
    assert_eq!(changed_but_tries(&app, &before).await?, NOTHING);
    Ok(())
}

/// The right password clears the counter of wrong ones.
async fn forget_tries(owner: &Guest) -> Result<()> {
    let right = json!({"password": PASSWORD}).to_string().into_bytes();
    let reply = owner.send(Method::DELETE, "/me/kakao", &[JSON], Some(right)).await?;
    assert_eq!((reply.status, reply.text("/code")), (404, "not_found".to_owned()), "{reply:?}");
    Ok(())
}

#[tokio::test]
async fn a_webhook_takes_whatever_it_is_told_and_does_nothing_about_nobody() -> Result<()> {
    let app = App::start().await?;
    let before = stored(&app).await?;
    let known = format!("KakaoAK {KAKAO_ADMIN_KEY}");
    let form = ("content-type", "application/x-www-form-urlencoded");
    for text in odd_texts().iter().filter(|text| text.len() < 10_000) {
        let escaped: String = text.bytes().map(|byte| format!("%{byte:02X}")).collect();
        for body in [text.clone(), format!("user_id={escaped}"), format!("user_id={escaped}&user_id=1")] {
            let headers = [form, ("authorization", known.as_str())];
            let told = app.stranger();
            let reply = told
                .send(Method::POST, "/webhooks/kakao/unlink", &headers, Some(body.clone().into_bytes()))
                .await?;
            assert_eq!((reply.status, &reply.body["success"]), (200, &json!(true)), "{body}: {reply:?}");
            let reply =
                told.send(Method::POST, "/webhooks/kakao/unlink", &[form], Some(body.into_bytes())).await?;
            assert_eq!((reply.status, reply.text("/code")), (401, "unauthorized".to_owned()), "{reply:?}");
        }
    }
    assert_eq!(changed(&app, &before).await?, NOTHING);
    Ok(())
}
