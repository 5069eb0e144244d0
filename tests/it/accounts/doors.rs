//! The other doors that can be knocked at too often: devices, second factors, links, own passwords, mails.

use super::*;

#[tokio::test]
async fn a_known_device_signs_in_while_strangers_are_kept_out() -> Result<()> {
    let app = App::start().await?;
    let device = device_token(&app, KNOWN).await?;
    let others = device_token(&app, "member2@maru.local").await?;
    locked(&app, KNOWN).await?;
    let signed_in = with_device(&app, HERE, KNOWN, PASSWORD, &json!(device)).await?;
    assert_eq!(signed_in.status, 200, "{signed_in:?}");
    // It stays the device it is, and the strangers stay outside.
    assert_eq!(signed_in.text("/device_token"), device);
    assert!(too_early(&login(&app, KNOWN, PASSWORD).await?).is_some());

    let body = device.strip_prefix("md_").context("no prefix")?;
    let forged = forgeries(body).into_iter().filter(|text| text.len() < 1000);
    let shown = forged.map(|text| format!("md_{text}")).chain([
        others,
        body.to_owned(),
        String::new(),
        signed_in.text("/refresh_token"),
    ]);
    let shown = shown.map(Value::from).chain([json!(7), json!([device.clone()]), Value::Null]);
    for shown in shown {
        let reply = with_device(&app, HERE, KNOWN, PASSWORD, &shown).await?;
        assert!(too_early(&reply).is_some(), "{shown}: {reply:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_device_has_a_counter_of_its_own() -> Result<()> {
    let app = App::start().await?;
    let (phone, laptop) = (device_token(&app, KNOWN).await?, device_token(&app, KNOWN).await?);
    for _ in 0..5 {
        let reply = with_device(&app, HERE, KNOWN, "wrong", &json!(phone)).await?;
        assert_eq!(told(&reply), refused(401, "bad_credentials"));
    }
    assert_eq!(too_early(&with_device(&app, HERE, KNOWN, PASSWORD, &json!(phone)).await?), Some(1));
    assert_eq!(with_device(&app, HERE, KNOWN, PASSWORD, &json!(laptop)).await?.status, 200);
    assert_eq!(told(&login(&app, KNOWN, "wrong").await?), refused(401, "bad_credentials"));
    app.clock.advance(1);
    assert_eq!(with_device(&app, HERE, KNOWN, PASSWORD, &json!(phone)).await?.status, 200);
    assert_eq!(counters(&app, "try-device#").await?, 0);
    Ok(())
}

#[tokio::test]
async fn a_device_that_guessed_a_hundred_times_is_a_stranger_and_the_mailed_link_lets_it_in() -> Result<()> {
    let app = App::start().await?;
    let device = json!(device_token(&app, KNOWN).await?);
    with_device(&app, HERE, KNOWN, "wrong", &device).await?;
    wear(&app, 99).await?;
    let last = with_device(&app, HERE, KNOWN, "wrong", &device).await?;
    assert_eq!(told(&last), refused(401, "bad_credentials"));
    let token = app.mailed_token(KNOWN, "reset-password").await?;
    locked(&app, KNOWN).await?;
    assert!(too_early(&with_device(&app, HERE, KNOWN, PASSWORD, &device).await?).is_some());
    assert_eq!(reset(&app, &token, NEW).await?.status, 200);
    let reply = with_device(&app, HERE, KNOWN, NEW, &device).await?;
    assert_eq!(reply.status, 200, "{reply:?}");
    Ok(())
}

/// Five wrong ones are looked at, then even a right one waits; the wait over, it is taken.
async fn counted(
    app: &App,
    code: &str,
    wrong: impl AsyncFn() -> Result<Reply>,
    right: impl AsyncFn() -> Result<Reply>,
) -> Result<Reply> {
    for number in 1..=5 {
        assert_eq!(told(&wrong().await?), refused(401, code), "{number}");
    }
    for reply in [wrong().await?, right().await?] {
        assert_eq!(too_early(&reply), Some(1));
    }
    app.clock.advance(1);
    right().await
}

#[tokio::test]
async fn guessing_ones_own_password_is_counted() -> Result<()> {
    let app = App::start().await?;
    let member = app.member().await?;
    let change = |present: &'static str| {
        let member = member.clone();
        async move {
            let body = json!({"current_password": present, "new_password": NEW});
            member.post("/me/password", &body).await
        }
    };
    let reply = counted(&app, "wrong_password", || change("wrong"), || change(PASSWORD)).await?;
    assert_eq!(reply.status, 200, "{reply:?}");
    assert_eq!(counters(&app, "try-person#").await?, 0);
    Ok(())
}

#[tokio::test]
async fn guessing_the_password_of_a_sign_up_is_counted_and_spends_no_link() -> Result<()> {
    let app = App::start().await?;
    sign_up(&app, EMAIL, NAME).await?;
    let token = app.mailed_token(EMAIL, "verify-email").await?;
    let follow = async |password: &str| {
        app.stranger().post("/auth/verify-email", &json!({"token": token, "password": password})).await
    };
    let reply = counted(&app, "wrong_password", async || follow("wrong").await, async || follow(OLD).await);
    let reply = reply.await?;
    assert_eq!((reply.status, &reply.body["password_set"]), (200, &json!(true)), "{reply:?}");
    Ok(())
}

#[tokio::test]
async fn guessing_the_codes_of_a_second_factor_is_counted() -> Result<()> {
    let app = App::start().await?;
    let member = app.member().await?;
    let secret = member.post("/auth/mfa/totp", &json!({})).await?.text("/secret");
    let confirm = async |code: String| member.post("/auth/mfa/totp/confirm", &json!({"code": code})).await;
    let code = || shown_code(&app, &secret).unwrap();
    let reply =
        counted(&app, "bad_code", async || confirm("000000x".into()).await, async || confirm(code()).await);
    assert_eq!(reply.await?.status, 200);

    let ticket = login(&app, KNOWN, PASSWORD).await?.text("/mfa_token");
    let verify = async |code: String| {
        app.stranger().post("/auth/mfa/verify", &json!({"mfa_token": ticket, "code": code})).await
    };
    // The code of the confirmation is used up; the next one comes in half a minute.
    app.clock.advance(30);
    let reply =
        counted(&app, "bad_code", async || verify("000000x".into()).await, async || verify(code()).await);
    let reply = reply.await?;
    assert_eq!((reply.status, reply.text("/role")), (200, "member".into()), "{reply:?}");
    assert_eq!(counters(&app, "try-factor#").await?, 0);
    Ok(())
}

#[tokio::test]
async fn an_address_gets_five_mails_an_hour_from_all_doors_together() -> Result<()> {
    let app = App::start().await?;
    app.clock.advance(600);
    let mut told_each = Vec::new();
    for email in [KNOWN, UNKNOWN] {
        let doors = ["register", "forgot-password", "resend-verification", "forgotpassword", "register"];
        for (number, door) in doors.into_iter().enumerate() {
            // However it is typed.
            let typed = if number % 2 == 0 { email.to_uppercase() } else { format!(" {email}") };
            let reply = mailed_by(&app, HERE, door, &typed).await?;
            assert!(reply.status < 300, "{door}: {reply:?}");
        }
        let before = app.mails(email).await?.len();
        for door in ["register", "forgot-password", "forgotpassword", "resend-verification"] {
            let reply = mailed_by(&app, HERE, door, email).await?;
            assert_eq!(too_early(&reply), Some(3000), "{door}");
            told_each.push(masked(&reply, &[]));
        }
        assert_eq!(app.mails(email).await?.len(), before);
    }
    let (known, unknown) = told_each.split_at(4);
    assert_eq!(known, unknown);
    app.clock.advance(2999);
    assert_eq!(too_early(&mailed_by(&app, HERE, "forgot-password", KNOWN).await?), Some(1));
    app.clock.advance(1);
    assert_eq!(mailed_by(&app, HERE, "forgot-password", KNOWN).await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn a_place_asks_for_a_hundred_mails_an_hour_and_its_neighbours_ask_on() -> Result<()> {
    let app = App::start().await?;
    for number in 0..100 {
        let door = ["forgot-password", "resend-verification"][number % 2];
        let from = format!("203.0.113.{number}");
        let reply = mailed_by(&app, &from, door, &format!("somebody{number}@example.kr")).await?;
        assert_eq!(reply.status, 200, "{reply:?}");
    }
    for door in ["register", "forgot-password", "resend-verification"] {
        for email in [KNOWN, UNKNOWN] {
            let reply = mailed_by(&app, "203.0.113.250", door, email).await?;
            assert_eq!(too_early(&reply), Some(3600), "{door} {email}");
        }
    }
    assert_eq!(app.mails(KNOWN).await?.len(), 0);
    assert_eq!(mailed_by(&app, "203.0.114.1", "forgot-password", EMAIL).await?.status, 200);
    app.clock.advance(3600);
    assert_eq!(mailed_by(&app, "203.0.113.250", "forgot-password", EMAIL).await?.status, 200);
    Ok(())
}
