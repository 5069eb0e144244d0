//! The panel's cookie: what it is, what it needs beside it, and when it goes.

use std::borrow::Cow;

use reqwest::Method;

use super::*;

const NAME: &str = "__Host-maru_refresh";
const ORIGIN: &str = "http://localhost:5173";
const CLEARED: &str = "__Host-maru_refresh=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0";

/// A browser with the panel open.
struct Panel {
    guest: Guest,
    cookie: String,
    csrf: String,
}

impl Panel {
    async fn open(app: &App, email: &str) -> Result<Self> {
        let wish = json!({"email": email, "password": PASSWORD, "transport": "cookie"});
        let reply = app.stranger().post("/auth/login", &wish).await?;
        anyhow::ensure!(reply.status == 200, "{reply:?}");
        let csrf = reply.text("/csrf_token");
        Ok(Self { guest: bearer(app, &reply.text("/token")), cookie: cookie(&reply)?, csrf })
    }

    /// Sends what the browser would, with this header of the page's.
    async fn post(&self, app: &App, path: &str, body: &Value, csrf: Option<&str>) -> Result<Reply> {
        let cookies = format!("theme=dark; {NAME}={}", self.cookie);
        let headers = [("cookie", cookies.as_str()), ("x-csrf-token", csrf.unwrap_or_default())];
        let headers = if csrf.is_some() { &headers[..] } else { &headers[..1] };
        app.stranger().post_with(path, body, headers).await
    }

    async fn refresh(&self, app: &App) -> Result<Reply> {
        self.post(app, "/auth/refresh", &json!({}), Some(&self.csrf)).await
    }
}

/// The value of the cookie an answer sets.
fn cookie(reply: &Reply) -> Result<String> {
    let set = reply.header("set-cookie").with_context(|| format!("no cookie: {reply:?}"))?;
    let value = set.strip_prefix(NAME).and_then(|rest| rest.strip_prefix('='));
    Ok(value.and_then(|rest| rest.split(';').next()).context("another cookie")?.to_owned())
}

#[tokio::test]
async fn the_cookie_is_bound_to_host_https_and_site_and_hidden_from_scripts() -> Result<()> {
    let app = App::start().await?;
    let wish = json!({"email": "admin@maru.local", "password": PASSWORD, "transport": "cookie"});
    let reply = app.stranger().post("/auth/login", &wish).await?;
    let token = cookie(&reply)?;
    assert!(token.starts_with("mr_"), "{token}");
    let set = format!("{NAME}={token}; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=2592000");
    assert_eq!(reply.header("set-cookie"), Some(set.as_str()));
    assert_eq!(reply.headers.iter().filter(|(name, _)| name == "set-cookie").count(), 1);
    assert!(
        reply.body.get("refresh_token").is_none() && !reply.body.to_string().contains("mr_"),
        "{reply:?}"
    );
    assert!(reply.text("/csrf_token").len() >= 40, "{reply:?}");
    is_in(&bearer(&app, &reply.text("/token"))).await?;

    let plain = login(&app, "admin@maru.local", PASSWORD).await?;
    assert!(plain.header("set-cookie").is_none() && plain.body.get("csrf_token").is_none(), "{plain:?}");
    let wish = json!({"email": "admin@maru.local", "password": PASSWORD, "transport": "carrier pigeon"});
    let reply = app.stranger().post("/auth/login", &wish).await?;
    assert_eq!((reply.status, reply.fields()), (422, vec!["/transport".into()]));
    Ok(())
}

#[tokio::test]
async fn a_panel_refreshes_by_cookie_and_header_and_goes_on_with_the_same_header() -> Result<()> {
    let app = App::start().await?;
    let mut panel = Panel::open(&app, "admin@maru.local").await?;
    for round in 2..5 {
        app.clock.advance(3600);
        let reply = panel.refresh(&app).await?;
        assert_eq!((reply.status, reply.text("/csrf_token")), (200, panel.csrf.clone()), "{reply:?}");
        assert!(reply.body.get("refresh_token").is_none(), "{reply:?}");
        panel.cookie = cookie(&reply)?;
        assert_eq!(generation(&panel.cookie), round);
        is_in(&bearer(&app, &reply.text("/token"))).await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_cookie_without_its_own_header_does_nothing() -> Result<()> {
    let app = App::start().await?;
    let panel = Panel::open(&app, "admin@maru.local").await?;
    let (same_person, another) =
        (Panel::open(&app, "admin@maru.local").await?, Panel::open(&app, "owner@maru.local").await?);
    let long = "A".repeat(5000);
    let shorter = &panel.csrf[..panel.csrf.len() - 1];
    let before = stored(&app).await?;
    for path in ["/auth/refresh", "/auth/logout"] {
        let wrong = ["", "x", shorter, &same_person.csrf, &another.csrf, &panel.cookie, &long];
        for csrf in std::iter::once(None).chain(wrong.map(Some)) {
            let reply = panel.post(&app, path, &json!({}), csrf).await?;
            assert_eq!(told(&reply), refused(403, "csrf"), "{path} {csrf:?}");
            assert!(reply.header("set-cookie").is_none(), "{reply:?}");
        }
        // Neither does an access token make up for the header.
        let headers = [("cookie", format!("{NAME}={}", panel.cookie))];
        let headers = headers.each_ref().map(|(name, value)| (*name, value.as_str()));
        let reply = panel.guest.post_with(path, &json!({}), &headers).await?;
        assert_eq!(told(&reply), refused(403, "csrf"), "{path}");
    }
    assert_eq!(changed(&app, &before).await?, NOTHING);
    assert_eq!(panel.refresh(&app).await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn a_cookie_that_is_no_token_of_ours_is_refused_whatever_the_header() -> Result<()> {
    let app = App::start().await?;
    let mut panel = Panel::open(&app, "admin@maru.local").await?;
    let real = std::mem::take(&mut panel.cookie);
    for forged in
        ["", "x", &real[..real.len() - 2], "mr_AAAA", panel.guest.token.clone().unwrap_or_default().as_str()]
    {
        panel.cookie = forged.to_owned();
        assert_eq!(told(&panel.refresh(&app).await?), refused(401, "bad_refresh_token"), "{forged}");
    }
    panel.cookie = real;
    assert_eq!(panel.refresh(&app).await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn a_token_in_the_body_wins_over_the_cookie() -> Result<()> {
    let app = App::start().await?;
    let panel = Panel::open(&app, "admin@maru.local").await?;
    let member = app.member().await?;
    let shown = json!({"refresh_token": member.refresh_token});
    let reply = panel.post(&app, "/auth/refresh", &shown, None).await?;
    assert_eq!((reply.status, generation(&reply.text("/refresh_token"))), (200, 2), "{reply:?}");
    assert!(reply.header("set-cookie").is_none() && reply.body.get("csrf_token").is_none(), "{reply:?}");
    assert_eq!(is_in(&bearer(&app, &reply.text("/token"))).await?.text("/data/role"), "member");
    let shown = json!({"refresh_token": reply.text("/refresh_token")});
    assert_eq!(panel.post(&app, "/auth/logout", &shown, None).await?.status, 200);
    is_out(&member).await?;
    assert_eq!(panel.refresh(&app).await?.status, 200, "the cookie's session goes on");
    Ok(())
}

#[tokio::test]
async fn every_way_out_takes_the_cookie_away() -> Result<()> {
    let app = App::start().await?;
    let panel = Panel::open(&app, "member1@maru.local").await?;
    let reply = panel.post(&app, "/auth/logout", &json!({}), Some(&panel.csrf)).await?;
    assert_eq!((reply.status, reply.header("set-cookie")), (200, Some(CLEARED)));
    is_out(&panel.guest).await?;
    assert_eq!(told(&panel.refresh(&app).await?), refused(401, "bad_refresh_token"));
    let panel = Panel::open(&app, "member1@maru.local").await?;
    let reply = panel.guest.delete("/auth/sessions").await?;
    assert_eq!((reply.status, reply.header("set-cookie")), (200, Some(CLEARED)));
    let panel = Panel::open(&app, "member1@maru.local").await?;
    let reply = panel.guest.delete("/me").await?;
    assert_eq!((reply.status, reply.header("set-cookie")), (200, Some(CLEARED)));
    assert_eq!(told(&panel.refresh(&app).await?), refused(401, "bad_refresh_token"));
    Ok(())
}

#[tokio::test]
async fn only_pages_of_allowed_origins_may_send_the_header() -> Result<()> {
    let app = App::start().await?;
    for (origin, allowed) in [
        (ORIGIN, true),
        ("http://localhost:5174", true),
        ("http://localhost:9999", false),
        ("https://evil.example", false),
        ("http://localhost:5173.evil.example", false),
        ("null", false),
    ] {
        for path in ["/auth/refresh", "/auth/logout", "/auth/login", "/auth/mfa/verify"] {
            let headers = [
                ("origin", origin),
                ("access-control-request-method", "POST"),
                ("access-control-request-headers", "content-type,x-csrf-token"),
            ];
            let reply = app.stranger().send(Method::OPTIONS, path, &headers, None).await?;
            assert_eq!(reply.status, 204, "{reply:?}");
            let names = reply.header("access-control-allow-headers").unwrap_or_default();
            assert_eq!(names.contains("x-csrf-token"), allowed, "{origin} {path}");
            assert_eq!(reply.header("access-control-allow-origin"), allowed.then_some(origin), "{path}");
            let credentials = reply.header("access-control-allow-credentials");
            assert_eq!(credentials, allowed.then_some("true"), "{origin} {path}");
        }
    }
    Ok(())
}

/// A recorded event of the gateway, with another body and more headers.
async fn event(app: &App, file: &str, path: &str, body: &Value, more: &[(&str, &str)]) -> Result<Reply> {
    let recorded = format!("{}/../events/{file}", env!("CARGO_MANIFEST_DIR"));
    let mut event: Value = serde_json::from_str(&std::fs::read_to_string(recorded)?)?;
    let v2 = event["version"] == "2.0";
    event["body"] = json!(body.to_string());
    if v2 {
        event["rawPath"] = json!(path);
        event["requestContext"]["http"]["path"] = json!(path);
    } else {
        event["path"] = json!(path);
    }
    for (name, value) in more {
        if v2 && *name == "cookie" {
            // The second kind of event has cookies apart.
            event["cookies"] = json!([value]);
            continue;
        }
        event["headers"][*name] = json!(value);
        if !v2 {
            event["multiValueHeaders"][*name] = json!([value]);
        }
    }
    let function = app.stack().gateway().function(path).context("no route")?;
    let front = app.stack().front(function).context("serves no HTTP")?;
    let response = front.answer_event(lambda_http::request::from_str(&event.to_string())?).await;
    let headers = response.headers().iter();
    let headers = headers.map(|(n, v)| (n.as_str().into(), String::from_utf8_lossy(v.as_bytes()).into()));
    let text: Cow<str> = String::from_utf8_lossy(response.body());
    let body = serde_json::from_str(&text)?;
    Ok(Reply { status: response.status().as_u16(), headers: headers.collect(), body })
}

#[tokio::test]
async fn the_cookie_comes_and_goes_through_both_kinds_of_gateway_events() -> Result<()> {
    for file in ["login.json", "login.v2.json"] {
        let app = App::start().await?;
        let wish = json!({"email": "admin@maru.local", "password": PASSWORD, "transport": "cookie"});
        let reply = event(&app, file, "/auth/login", &wish, &[]).await?;
        assert_eq!(reply.status, 200, "{file}: {reply:?}");
        let shown = format!("theme=dark; {NAME}={}", cookie(&reply)?);
        assert!(reply.header("set-cookie").is_some_and(|set| set.ends_with("Max-Age=2592000")), "{file}");
        let csrf = reply.text("/csrf_token");
        let reply = event(&app, file, "/auth/refresh", &json!({}), &[("cookie", &shown)]).await?;
        assert_eq!(told(&reply), refused(403, "csrf"), "{file}");
        let both = [("cookie", shown.as_str()), ("x-csrf-token", csrf.as_str())];
        let reply = event(&app, file, "/auth/refresh", &json!({}), &both).await?;
        assert_eq!((reply.status, generation(&cookie(&reply)?)), (200, 2), "{file}: {reply:?}");
        let reply = event(&app, file, "/auth/logout", &json!({}), &both).await?;
        assert_eq!((reply.status, reply.header("set-cookie")), (200, Some(CLEARED)), "{file}: {reply:?}");
    }
    Ok(())
}
