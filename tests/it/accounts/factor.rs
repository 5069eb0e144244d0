//! The second factor: an authenticator app, recovery codes, and the ticket between the two steps.

use harness::stack::KAKAO_NATIVE_KEY;
use maru_accounts::SECOND_FACTORS;
use totp_rs::{Algorithm, Builder, Secret as Shared, Totp};

use super::*;

const MEMBER: &str = "member1@maru.local";

/// An authenticator app on somebody's phone.
pub(super) struct Authenticator(Totp);

impl Authenticator {
    pub(super) fn scan(secret: &str) -> Self {
        let builder = Builder::new().with_algorithm(Algorithm::SHA1).with_digits(6).with_step_duration(30);
        Self(builder.with_secret(Shared::try_from_base32(secret).unwrap()).build().unwrap())
    }

    /// The code it shows so many steps from now.
    pub(super) fn code(&self, app: &App, steps: i64) -> String {
        let at = now(app).as_second() + 30 * steps;
        self.0.generate(u64::try_from(at).unwrap()).to_string()
    }
}

/// Begins to set an app up.
pub(super) async fn begin(guest: &Guest) -> Result<Authenticator> {
    let begun = guest.post("/auth/mfa/totp", &json!({})).await?;
    anyhow::ensure!(begun.status == 200, "{begun:?}");
    assert!(begun.text("/otpauth_uri").contains(&begun.text("/secret")), "{begun:?}");
    Ok(Authenticator::scan(&begun.text("/secret")))
}

async fn by_code(guest: &Guest, deed: &str, code: &str) -> Result<Reply> {
    guest.post(&format!("/auth/mfa/{deed}"), &json!({"code": code})).await
}

pub(super) async fn confirm(guest: &Guest, code: &str) -> Result<Reply> {
    by_code(guest, "totp/confirm", code).await
}

fn codes(reply: &Reply) -> Vec<String> {
    let codes = reply.body["recovery_codes"].as_array().into_iter().flatten();
    codes.map(|code| code.as_str().unwrap().to_owned()).collect()
}

/// The first seeded member with an app, and the recovery codes; the code that proved it is over.
async fn enrolled(app: &App) -> Result<(Guest, Authenticator, Vec<String>)> {
    let member = app.member().await?;
    let phone = begin(&member).await?;
    let confirmed = confirm(&member, &phone.code(app, 0)).await?;
    anyhow::ensure!(confirmed.status == 200, "{confirmed:?}");
    app.clock.advance(60);
    Ok((member, phone, codes(&confirmed)))
}

/// The first step: what the second one is shown with.
pub(super) async fn ticket(app: &App, email: &str) -> Result<String> {
    let reply = login(app, email, PASSWORD).await?;
    anyhow::ensure!(reply.status == 200 && reply.body["mfa_required"] == true, "{reply:?}");
    Ok(reply.text("/mfa_token"))
}

pub(super) async fn second(app: &App, ticket: &str, code: &str) -> Result<Reply> {
    app.stranger().post("/auth/mfa/verify", &json!({"mfa_token": ticket, "code": code})).await
}

#[tokio::test]
async fn with_an_app_signing_in_takes_two_steps() -> Result<()> {
    let app = App::start().await?;
    let (member, phone, recovery) = enrolled(&app).await?;
    assert_eq!(recovery.iter().collect::<BTreeSet<_>>().len(), 10);
    assert_eq!(is_in(&member).await?.body["data"]["mfa"], true);
    assert_eq!(mails_about(&app, MEMBER, "2단계 인증을 켰습니다").await?, 1);
    let sessions = items::<Session>(&app, "sessions").await?.len();
    let half = login(&app, MEMBER, PASSWORD).await?;
    assert_eq!((half.status, &half.body["mfa_required"]), (200, &json!(true)));
    for name in ["token", "refresh_token", "user_id", "email", "name", "role", "csrf_token", "device_token"] {
        assert!(half.body.get(name).is_none(), "{name} after half a sign-in: {half:?}");
    }
    assert_eq!(items::<Session>(&app, "sessions").await?.len(), sessions);
    assert_eq!(told(&login(&app, MEMBER, "wrong").await?), refused(401, "bad_credentials"));
    let whole = second(&app, &half.text("/mfa_token"), &phone.code(&app, 0)).await?;
    assert_eq!((whole.status, whole.text("/email")), (200, MEMBER.into()), "{whole:?}");
    is_in(&bearer(&app, &whole.text("/token"))).await?;
    assert_eq!(refresh(&app, &whole.text("/refresh_token")).await?.status, 200);

    app.clock.advance(30);
    let (token, code) = (ticket(&app, MEMBER).await?, phone.code(&app, 0));
    let wish = json!({"mfa_token": token, "code": code, "transport": "cookie"});
    let panel = app.stranger().post("/auth/mfa/verify", &wish).await?;
    assert_eq!((panel.status, panel.body.get("refresh_token")), (200, None), "{panel:?}");
    assert!(panel.header("set-cookie").is_some_and(|set| set.starts_with("__Host-maru_refresh=mr_")));
    Ok(())
}

#[tokio::test]
async fn a_code_is_good_once_and_a_step_early_or_late() -> Result<()> {
    let app = App::start().await?;
    let (_, phone, _) = enrolled(&app).await?;
    let enter = async |steps: i64| {
        let token = ticket(&app, MEMBER).await?;
        anyhow::Ok(second(&app, &token, &phone.code(&app, steps)).await?.status)
    };
    assert_eq!(enter(-2).await?, 401, "the code that proved the app");
    assert_eq!(enter(2).await?, 401);
    assert_eq!(enter(-1).await?, 200);
    assert_eq!(enter(-1).await?, 401, "the same again");
    assert_eq!(enter(1).await?, 200);
    for steps in -1..=1 {
        assert_eq!(enter(steps).await?, 401, "one before a used one is used");
    }
    app.clock.advance(90);
    assert_eq!(enter(0).await?, 200);
    Ok(())
}

#[tokio::test]
async fn wrong_codes_are_counted_whatever_they_are_shown_for() -> Result<()> {
    let app = App::start().await?;
    let (member, phone, _) = enrolled(&app).await?;
    for deed in ["totp/disable", "recovery-codes"] {
        assert_eq!(told(&by_code(&member, deed, "000000").await?), refused(401, "bad_code"));
    }
    for code in ["", "12345", "abcde-fghjk"] {
        let reply = second(&app, &ticket(&app, MEMBER).await?, code).await?;
        assert_eq!(told(&reply), refused(401, "bad_code"), "{code}");
    }
    let token = ticket(&app, MEMBER).await?;
    for wait in [1, 2, 4, 8] {
        for reply in [
            second(&app, &token, &phone.code(&app, 0)).await?,
            by_code(&member, "totp/disable", &phone.code(&app, 0)).await?,
        ] {
            assert_eq!(told(&reply), refused(429, "too_many_tries"));
            assert_eq!(reply.header("retry-after"), Some(wait.to_string().as_str()));
        }
        app.clock.advance(wait);
        assert_eq!(told(&second(&app, &token, "000000").await?), refused(401, "bad_code"));
    }
    app.clock.advance(16);
    assert_eq!(second(&app, &token, &phone.code(&app, 0)).await?.status, 200);
    assert_eq!(told(&second(&app, &token, "000000").await?), refused(401, "bad_code"), "counted anew");
    Ok(())
}

#[tokio::test]
async fn the_second_step_has_five_minutes() -> Result<()> {
    let app = App::start().await?;
    let (_, phone, _) = enrolled(&app).await?;
    let (used, late) = (ticket(&app, MEMBER).await?, ticket(&app, MEMBER).await?);
    app.clock.advance(299);
    assert_eq!(second(&app, &used, &phone.code(&app, 0)).await?.status, 200);
    app.clock.advance(1);
    assert_eq!(told(&second(&app, &late, &phone.code(&app, 1)).await?), refused(401, "bad_mfa_token"));
    let body = late.strip_prefix("mt_").context("no prefix")?;
    let forged = forgeries(body).into_iter().map(|body| format!("mt_{body}"));
    for token in forged.chain([body.to_owned(), app.another().await?.token.unwrap_or_default()]) {
        let start: String = token.chars().take(80).collect();
        let reply = second(&app, &token, &phone.code(&app, 1)).await?;
        assert_eq!(told(&reply), refused(401, "bad_mfa_token"), "{start}");
    }
    Ok(())
}

#[tokio::test]
async fn a_ticket_dies_with_what_ends_every_sign_in() -> Result<()> {
    for deed in ["reset", "ban", "end all", "password", "leave"] {
        let app = App::start().await?;
        let (member, phone, _) = enrolled(&app).await?;
        let id = is_in(&member).await?.text("/data/user_id");
        let token = ticket(&app, MEMBER).await?;
        let done = match deed {
            "reset" => reset(&app, &reset_token(&app).await?, NEW).await?,
            "ban" => {
                let owner = app.staff("owner").await?;
                owner.post(&format!("/admin/users/{id}/ban"), &json!({})).await?
            }
            "end all" => member.delete("/auth/sessions").await?,
            "password" => {
                let wish = json!({"current_password": PASSWORD, "new_password": NEW});
                member.post("/me/password", &wish).await?
            }
            _ => member.delete("/me").await?,
        };
        assert_eq!(done.status, 200, "{deed}: {done:?}");
        let reply = second(&app, &token, &phone.code(&app, 0)).await?;
        assert_eq!(told(&reply), refused(401, "bad_mfa_token"), "{deed}");
    }
    Ok(())
}

#[tokio::test]
async fn a_recovery_code_signs_in_once_and_is_told_by_mail() -> Result<()> {
    let app = App::start().await?;
    let (_, phone, recovery) = enrolled(&app).await?;
    let typed = recovery[0].to_uppercase().replace('-', " ");
    let reply = second(&app, &ticket(&app, MEMBER).await?, &typed).await?;
    assert_eq!(reply.status, 200, "{reply:?}");
    assert_eq!(mails_about(&app, MEMBER, "복구 코드가 사용되었습니다").await?, 1);
    let again = second(&app, &ticket(&app, MEMBER).await?, &recovery[0]).await?;
    assert_eq!(told(&again), refused(401, "bad_code"));
    assert_eq!(second(&app, &ticket(&app, MEMBER).await?, &recovery[1]).await?.status, 200);
    assert_eq!(second(&app, &ticket(&app, MEMBER).await?, &phone.code(&app, 0)).await?.status, 200);
    assert_eq!(mails_about(&app, MEMBER, "복구 코드가 사용되었습니다").await?, 2);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_parallel_uses_of_one_code_open_one_session() -> Result<()> {
    let app = App::start().await?;
    let (_, phone, recovery) = enrolled(&app).await?;
    for code in [phone.code(&app, 0), recovery[0].clone()] {
        let before = items::<Session>(&app, "sessions").await?.len();
        let token = ticket(&app, MEMBER).await?;
        let replies = at_once((0..20).map(|_| second(&app, &token, &code))).await?;
        let won = replies.iter().filter(|reply| reply.status == 200).count();
        let lost: BTreeSet<_> = replies.iter().filter(|reply| reply.status != 200).map(told).collect();
        let expected = [refused(401, "bad_code"), refused(429, "too_many_tries")];
        assert!(won == 1 && lost.iter().all(|told| expected.contains(told)), "{won} won: {lost:?}");
        assert_eq!(items::<Session>(&app, "sessions").await?.len(), before + 1);
        app.clock.advance(DAY);
    }
    Ok(())
}

#[tokio::test]
async fn recovery_codes_are_renewed_and_the_factor_taken_away_by_a_code() -> Result<()> {
    let app = App::start().await?;
    let (member, phone, old) = enrolled(&app).await?;
    let renewed = by_code(&member, "recovery-codes", &phone.code(&app, 0)).await?;
    let new = codes(&renewed);
    assert!(new.len() == 10 && new.iter().all(|code| !old.contains(code)), "{renewed:?}");
    let reply = second(&app, &ticket(&app, MEMBER).await?, &old[3]).await?;
    assert_eq!(told(&reply), refused(401, "bad_code"));
    assert_eq!(second(&app, &ticket(&app, MEMBER).await?, &new[3]).await?.status, 200);
    let reply = by_code(&member, "totp/disable", &phone.code(&app, 0)).await?;
    assert_eq!(told(&reply), refused(401, "bad_code"), "used for the renewal");
    assert_eq!(by_code(&member, "totp/disable", &new[4]).await?.status, 200);
    assert_eq!(mails_about(&app, MEMBER, "2단계 인증을 껐습니다").await?, 1);
    let reply = login(&app, MEMBER, PASSWORD).await?;
    assert_eq!((reply.status, &reply.body["mfa_required"]), (200, &json!(false)));
    assert_eq!(is_in(&member).await?.body["data"]["mfa"], false);
    assert!(items::<Value>(&app, SECOND_FACTORS.name).await?.is_empty());
    Ok(())
}

#[tokio::test]
async fn beginning_anew_gives_a_fresh_secret_and_nothing_counts_before_it_is_confirmed() -> Result<()> {
    let app = App::start().await?;
    let member = app.member().await?;
    for deed in ["totp/confirm", "totp/disable", "recovery-codes"] {
        assert_eq!(told(&by_code(&member, deed, "123456").await?), refused(409, "mfa_state"), "{deed}");
    }
    let first = begin(&member).await?;
    let phone = begin(&member).await?;
    assert_eq!(login(&app, MEMBER, PASSWORD).await?.body["mfa_required"], false);
    assert_eq!(told(&confirm(&member, &first.code(&app, 0)).await?), refused(401, "bad_code"));
    for deed in ["totp/disable", "recovery-codes"] {
        let reply = by_code(&member, deed, &phone.code(&app, 0)).await?;
        assert_eq!(told(&reply), refused(409, "mfa_state"), "{deed}");
    }
    assert_eq!(confirm(&member, &phone.code(&app, 0)).await?.status, 200);
    let twice = confirm(&member, &phone.code(&app, 1)).await?;
    assert_eq!(told(&twice), refused(409, "mfa_state"));
    let anew = member.post("/auth/mfa/totp", &json!({})).await?;
    assert_eq!(told(&anew), refused(409, "mfa_state"), "only a code takes it away");
    Ok(())
}

#[tokio::test]
async fn signing_in_by_kakao_asks_for_the_code_too() -> Result<()> {
    let app = App::start().await?;
    let (member, phone, _) = enrolled(&app).await?;
    let kakao = &app.stack().outsiders.kakao;
    let proof = || json!({"id_token": kakao.id_token(77, KAKAO_NATIVE_KEY, "n"), "nonce": "n"});
    let linked = member.post("/me/kakao", &proof()).await?;
    assert_eq!(linked.status, 200, "{linked:?}");
    let half = app.stranger().post("/login/kakao", &proof()).await?;
    assert_eq!((half.status, &half.body["mfa_required"]), (200, &json!(true)), "{half:?}");
    assert!(half.body.get("jwt").is_none() && half.body.get("refresh_token").is_none(), "{half:?}");
    let whole = second(&app, &half.text("/mfa_token"), &phone.code(&app, 0)).await?;
    assert_eq!((whole.status, whole.text("/email")), (200, MEMBER.into()), "{whole:?}");
    Ok(())
}

#[tokio::test]
async fn neither_secret_nor_recovery_codes_are_kept_or_shown_again() -> Result<()> {
    let app = App::start().await?;
    let member = app.member().await?;
    let begun = member.post("/auth/mfa/totp", &json!({})).await?;
    let secret = begun.text("/secret");
    let phone = Authenticator::scan(&secret);
    let confirmed = confirm(&member, &phone.code(&app, 0)).await?;
    let token = ticket(&app, MEMBER).await?;
    let shown = [codes(&confirmed), vec![secret.clone(), token]].concat();
    let plain = shown.iter().map(|code| code.replace('-', ""));
    let texts: Vec<String> = shown.iter().cloned().chain(plain).collect();
    for (table, items) in &stored(&app).await? {
        for text in &texts {
            assert!(!items.iter().any(|item| item.contains(text)), "{text} is in {table}");
        }
    }
    let factor: Vec<Value> = items(&app, SECOND_FACTORS.name).await?;
    assert_eq!(factor[0]["recovery"].as_array().map(Vec::len), Some(10));
    for path in ["/me", "/me/export", "/auth/sessions"] {
        let reply = member.get(path).await?;
        let body = reply.body.to_string();
        assert!(texts.iter().all(|text| !body.contains(text)), "{path}: {body}");
        for name in ["sealed_secret", "recovery", "last_step"] {
            assert!(!body.contains(&format!("\"{name}\"")), "{name} in {path}: {body}");
        }
    }
    let export = member.get("/me/export").await?;
    assert_eq!(export.body["data"]["account"]["mfa"], true, "{export:?}");
    Ok(())
}
