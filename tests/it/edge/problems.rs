//! Refusals, languages, headers, methods.

use super::*;

#[tokio::test]
async fn every_refusal_is_a_whole_problem() -> Result<()> {
    let app = App::start().await?;
    let member = app.member().await?;
    for wrong in Wrong::all() {
        let reply = wrong.ask(&app, &member, &[]).await?;
        is_problem(&reply, wrong.status, wrong.code, wrong.path);
    }
    Ok(())
}

#[tokio::test]
async fn a_taken_hour_is_a_whole_problem_with_more_to_tell() -> Result<()> {
    let app = App::start().await?;
    app.member().await?.book(&wish(10, 11)).await?;
    let reply = app.another().await?.post("/api/bookings", &wish(10, 11)).await?;
    is_problem(&reply, 409, "slot_taken", "/api/bookings");
    assert!(reply.body["alternatives"].as_array().is_some_and(|all| !all.is_empty()), "{reply:?}");
    Ok(())
}

#[tokio::test]
async fn a_body_that_is_too_large_is_a_whole_problem() -> Result<()> {
    let app = App::start().await?;
    let body = format!("{{\"email\":\"{}\"}}", "x".repeat(1024 * 1024));
    let reply = app.stranger().send(Method::POST, "/auth/login", &[JSON], Some(body.into_bytes())).await?;
    is_problem(&reply, 413, "too_large", "/auth/login");
    Ok(())
}

#[tokio::test]
async fn field_errors_tell_pointer_code_and_detail() -> Result<()> {
    let app = App::start().await?;
    let reply = app.stranger().post("/auth/login", &json!({"email": 7})).await?;
    is_problem(&reply, 422, "invalid_input", "/auth/login");
    let expected = json!([
        {"pointer": "/email", "code": "type", "detail": "형식이 올바르지 않습니다."},
        {"pointer": "/password", "code": "required", "detail": "필수 항목입니다."},
    ]);
    assert_eq!(reply.body["errors"], expected);
    Ok(())
}

#[tokio::test]
async fn problems_are_korean_unless_english_is_preferred() -> Result<()> {
    let app = App::start().await?;
    let member = app.member().await?;
    let languages: [(&[(&str, &str)], bool); 7] = [
        (&[], true),
        (&[("accept-language", "ko-KR,ko;q=0.9,en;q=0.8")], true),
        (&[("accept-language", "fr")], true),
        (&[("accept-language", ";;q=,,=*")], true),
        (&[("accept-language", "en")], false),
        (&[("accept-language", "en-US,en;q=0.9,ko;q=0.5")], false),
        (&[("accept-language", "fr, EN;q=0.3")], false),
    ];
    for wrong in Wrong::all() {
        for (headers, korean) in languages {
            let reply = wrong.ask(&app, &member, headers).await?;
            is_problem(&reply, wrong.status, wrong.code, wrong.path);
            let told = (is_korean(&reply.text("/title")), is_korean(&reply.text("/detail")));
            assert_eq!(told, (korean, korean), "{headers:?}: {reply:?}");
            assert_eq!(reply.header("content-language"), Some(if korean { "ko" } else { "en" }), "{reply:?}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn field_errors_are_told_in_the_language_of_the_problem() -> Result<()> {
    let app = App::start().await?;
    let reply = app.stranger().post_with("/auth/login", &json!({}), &[("accept-language", "en")]).await?;
    is_problem(&reply, 422, "invalid_input", "/auth/login");
    let details: Vec<_> =
        reply.body["errors"].as_array().into_iter().flatten().map(|e| &e["detail"]).collect();
    assert_eq!(details, ["This field is required.", "This field is required."]);
    Ok(())
}

#[tokio::test]
async fn a_request_id_is_ours_and_new_each_time() -> Result<()> {
    let app = App::start().await?;
    let mut seen = BTreeSet::new();
    for _ in 0..5 {
        let reply = app.stranger().send(Method::GET, "/nothing", &[("x-request-id", "forged")], None).await?;
        is_problem(&reply, 404, "no_such_route", "/nothing");
        seen.insert(reply.header("x-request-id").context("no id")?.to_owned());
    }
    assert_eq!(seen.len(), 5);
    assert!(!seen.contains("forged"));
    Ok(())
}

#[tokio::test]
async fn a_good_answer_has_a_request_id_too() -> Result<()> {
    let app = App::start().await?;
    let reply = app.stranger().get("/rooms").await?;
    assert_eq!((reply.status, &reply.body["success"]), (200, &json!(true)));
    assert!(reply.header("x-request-id").is_some_and(|id| id.len() >= 16), "{reply:?}");
    Ok(())
}

#[tokio::test]
async fn a_method_a_path_does_not_take_is_refused_and_those_it_takes_are_told() -> Result<()> {
    let app = App::start().await?;
    let operations = operations(&app);
    let paths: BTreeSet<&String> = operations.iter().map(|(_, path, _)| path).collect();
    for path in paths {
        let takes: BTreeSet<&str> =
            operations.iter().filter(|o| &o.1 == path).map(|o| o.0.as_str()).collect();
        let asked = path.replace("{id}", NOBODY).replace("{user_id}", NOBODY);
        let asked =
            asked.replace("{payment_key}", "key1").replace("{token}", "x.ics").replace("{ticket}", "x");
        for method in [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
            if takes.contains(method.as_str()) {
                continue;
            }
            let reply = app.stranger().send(method, &asked, &[], None).await?;
            is_problem(&reply, 405, "method_not_allowed", &asked);
            let allow = reply.header("allow").unwrap_or_default();
            let told: BTreeSet<&str> = allow.split(',').map(str::trim).filter(|m| *m != "HEAD").collect();
            assert_eq!(told, takes, "{asked}: {reply:?}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn there_is_nothing_at_other_addresses() -> Result<()> {
    let app = App::start().await?;
    for path in [
        "/nothing",
        "/auth",
        "/auth/",
        "/auth/login/",
        "/auth/login/x",
        "//auth/login",
        "/AUTH/LOGIN",
        "/api",
        "/rooms/x/y/z",
        "/prod/rooms",
        "/devil/rooms",
        "/dev",
        "/dev/dev/rooms",
        "/openapi.yaml",
        "/.env",
        "/favicon.ico",
    ] {
        for method in [Method::GET, Method::POST] {
            let reply = app.stranger().send(method, path, &[], None).await?;
            assert_eq!(
                (reply.status, reply.text("/code")),
                (404, "no_such_route".into()),
                "{path}: {reply:?}"
            );
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_path_with_the_stage_is_the_path_without_it() -> Result<()> {
    let app = App::start().await?;
    let stranger = app.stranger();
    let (plain, staged) =
        (stranger.get("/rooms?page_size=1").await?, stranger.get("/dev/rooms?page_size=1").await?);
    assert_eq!((plain.status, staged.status), (200, 200), "{staged:?}");
    assert_eq!(plain.body, staged.body);
    let reply = stranger.post("/dev/auth/login", &json!({})).await?;
    is_problem(&reply, 422, "invalid_input", "/auth/login");
    let credentials = json!({"email": "member1@maru.local", "password": harness::people::PASSWORD});
    let reply = stranger.post("/dev/auth/login", &credentials).await?;
    assert_eq!((reply.status, reply.text("/role")), (200, "member".into()));
    let reply = app.member().await?.get(&format!("/dev/api/bookings/{NOBODY}")).await?;
    is_problem(&reply, 404, "not_found", &format!("/api/bookings/{NOBODY}"));
    Ok(())
}

#[tokio::test]
async fn every_answer_carries_the_security_headers() -> Result<()> {
    let app = App::start().await?;
    let member = app.member().await?;
    let mut replies =
        vec![member.get("/rooms").await?, member.get("/health").await?, member.get("/api/bookings").await?];
    for wrong in Wrong::all() {
        replies.push(wrong.ask(&app, &member, &[]).await?);
    }
    replies.push(member.send(Method::OPTIONS, "/rooms", &[("origin", ORIGIN)], None).await?);
    let expected = [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("cache-control", "no-store"),
        ("strict-transport-security", "max-age=63072000; includeSubDomains"),
        ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
    ];
    for reply in replies {
        for (name, value) in expected {
            assert_eq!(reply.header(name), Some(value), "{name}: {reply:?}");
        }
        assert!(reply.header("server").is_none() && reply.header("x-powered-by").is_none(), "{reply:?}");
        assert!(reply.header("vary").is_some_and(|vary| vary.contains("origin")), "{reply:?}");
    }
    Ok(())
}

#[tokio::test]
async fn being_nobody_is_answered_with_how_to_be_somebody() -> Result<()> {
    let app = App::start().await?;
    let reply = app.stranger().get("/api/bookings").await?;
    is_problem(&reply, 401, "unauthorized", "/api/bookings");
    assert_eq!(reply.header("www-authenticate"), Some("Bearer realm=\"maru\""));
    Ok(())
}

#[tokio::test]
async fn a_known_origin_is_echoed_exactly_with_answers_and_problems() -> Result<()> {
    let app = App::start().await?;
    for origin in [ORIGIN, "http://localhost:5174"] {
        for (path, status) in [("/rooms", 200), ("/api/bookings", 401), ("/nothing", 404)] {
            let reply = app.stranger().send(Method::GET, path, &[("origin", origin)], None).await?;
            assert_eq!((reply.status, reply.body["success"] == true), (status, status == 200), "{reply:?}");
            assert_eq!(reply.header("access-control-allow-origin"), Some(origin), "{reply:?}");
            assert_eq!(reply.header("access-control-allow-credentials"), Some("true"), "{reply:?}");
            let exposed = reply.header("access-control-expose-headers").unwrap_or_default();
            assert!(exposed.contains("x-request-id") && exposed.contains("etag"), "{reply:?}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_foreign_origin_is_told_nothing() -> Result<()> {
    let app = App::start().await?;
    for origin in [
        "https://evil.example",
        "http://localhost:5173.evil.example",
        "http://evil.example/http://localhost:5173",
        "https://localhost:5173",
        "http://localhost:51730",
        "http://localhost",
        "HTTP://LOCALHOST:5173",
        "http://localhost:5173/",
        "null",
        "*",
        "",
    ] {
        let reply = app.stranger().send(Method::GET, "/rooms", &[("origin", origin)], None).await?;
        assert_eq!((reply.status, &reply.body["success"]), (200, &json!(true)));
        assert!(cors(&reply).is_empty(), "{origin}: {reply:?}");
        let asked = [("origin", origin), ("access-control-request-method", "POST")];
        let reply = app.stranger().send(Method::OPTIONS, "/auth/login", &asked, None).await?;
        assert_eq!((reply.status, &reply.body), (204, &json!("")), "{origin}: {reply:?}");
        assert!(cors(&reply).is_empty(), "{origin}: {reply:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_preflight_of_a_known_origin_is_told_what_it_may_send() -> Result<()> {
    let app = App::start().await?;
    let before = stored(&app).await?;
    let asked = [
        ("origin", ORIGIN),
        ("access-control-request-method", "DELETE"),
        ("access-control-request-headers", "authorization, content-type, idempotency-key"),
    ];
    for (method, path, _) in operations(&app) {
        let reply = app.stranger().send(Method::OPTIONS, &path, &asked, None).await?;
        assert_eq!((reply.status, &reply.body), (204, &json!("")), "{path}: {reply:?}");
        assert_eq!(reply.header("access-control-allow-origin"), Some(ORIGIN));
        let methods = reply.header("access-control-allow-methods").unwrap_or_default();
        assert!(methods.split(", ").any(|known| known == method), "{method}: {reply:?}");
        let headers = reply.header("access-control-allow-headers").unwrap_or_default();
        let names = ["authorization", "content-type", "accept-language", "idempotency-key", "if-match"];
        for name in names.into_iter().chain(["x-api-key", "x-csrf-token"]) {
            assert!(headers.split(", ").any(|known| known == name), "{name}: {reply:?}");
        }
        assert!(reply.header("access-control-max-age").is_some());
    }
    assert_eq!(changed(&app, &before).await?, NOTHING);
    Ok(())
}

#[tokio::test]
async fn head_is_get_without_the_body() -> Result<()> {
    let app = App::start().await?;
    let member = app.member().await?;
    for path in ["/rooms", "/health", "/openapi.json", "/docs", "/api/bookings", "/.well-known/jwks.json"] {
        let (get, head) = (member.get(path).await?, member.send(Method::HEAD, path, &[], None).await?);
        assert_eq!((head.status, &head.body), (200, &json!("")), "{path}: {head:?}");
        for name in ["content-type", "cache-control", "content-security-policy"] {
            assert_eq!(head.header(name), get.header(name), "{path}");
        }
    }
    let head = app.stranger().send(Method::HEAD, "/api/bookings", &[], None).await?;
    assert_eq!((head.status, &head.body), (401, &json!("")));
    let head = app.stranger().send(Method::HEAD, "/auth/login", &[], None).await?;
    assert_eq!((head.status, &head.body), (405, &json!("")));
    Ok(())
}
