//! The edge: problems, languages, browsers, headers, the system's own pages, and who may do what.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use harness::app::{App, Guest, Reply, free_wish, wish};
use harness::faults::{Calls, Fault};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use reqwest::Method;
use serde_json::{Value, json};

use crate::garbage::{NOTHING, changed, mounted, stored};

const JSON: (&str, &str) = ("content-type", "application/json");
const ORIGIN: &str = "http://localhost:5173";
const NOBODY: &str = "01900000-0000-7000-8000-00000000dead";

/// A request that is refused.
struct Wrong {
    status: u16,
    code: &'static str,
    method: Method,
    path: &'static str,
    headers: &'static [(&'static str, &'static str)],
    body: Option<&'static str>,
    signed_in: bool,
}

impl Wrong {
    /// One of every status the edge itself refuses with.
    fn all() -> Vec<Self> {
        let get = |status, code, path, signed_in| Self {
            status,
            code,
            method: Method::GET,
            path,
            headers: &[],
            body: None,
            signed_in,
        };
        let post = |status, code, headers, body| Self {
            status,
            code,
            method: Method::POST,
            path: "/auth/login",
            headers,
            body: Some(body),
            signed_in: false,
        };
        vec![
            post(400, "bad_json", &[JSON], "{"),
            get(401, "unauthorized", "/api/bookings", false),
            post(401, "bad_credentials", &[JSON], r#"{"email":"a@b.kr","password":"x"}"#),
            get(403, "forbidden", "/api/system/info", true),
            get(404, "no_such_route", "/nothing/here", false),
            get(404, "not_found", "/rooms/01900000-0000-7000-8000-00000000dead", false),
            get(404, "not_found", "/api/bookings/01900000-0000-7000-8000-00000000dead", true),
            get(405, "method_not_allowed", "/auth/login", false),
            post(415, "unsupported_media_type", &[("content-type", "text/plain")], "{}"),
            post(422, "invalid_input", &[JSON], "{}"),
            get(422, "invalid_input", "/rooms?page_size=x", false),
        ]
    }

    async fn ask(&self, app: &App, member: &Guest, headers: &[(&str, &str)]) -> Result<Reply> {
        let guest = if self.signed_in { member.clone() } else { app.stranger() };
        let headers: Vec<_> = self.headers.iter().chain(headers).copied().collect();
        guest.send(self.method.clone(), self.path, &headers, self.body.map(Into::into)).await
    }
}

/// The reply is a whole problem of this status and code about this path.
fn is_problem(reply: &Reply, status: u16, code: &str, path: &str) {
    let body = &reply.body;
    assert_eq!(reply.status, status, "{reply:?}");
    assert_eq!(reply.header("content-type"), Some("application/problem+json; charset=utf-8"), "{reply:?}");
    assert_eq!((&body["status"], &body["code"]), (&json!(status), &json!(code)), "{reply:?}");
    assert_eq!(body["type"], format!("urn:maru:problem:{code}"), "{reply:?}");
    assert_eq!(body["instance"], path.split('?').next().unwrap_or_default(), "{reply:?}");
    assert_eq!(body["error_code"], code.to_uppercase(), "{reply:?}");
    assert_eq!(body["success"], false, "{reply:?}");
    assert!(body["title"].as_str().is_some_and(|title| !title.is_empty()), "{reply:?}");
    assert!(body["detail"].as_str().is_some_and(|detail| !detail.is_empty()), "{reply:?}");
    assert_eq!((&body["error"], &body["message"]), (&body["detail"], &body["detail"]), "{reply:?}");
    assert_eq!(body["request_id"].as_str(), reply.header("x-request-id"), "{reply:?}");
}

fn is_korean(text: &str) -> bool {
    text.chars().any(|c| ('가'..='힣').contains(&c))
}

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

/// (method, path, who may) of everything mounted.
fn operations(app: &App) -> BTreeSet<(String, String, String)> {
    let document = mounted(app);
    let paths = document["paths"].as_object().into_iter().flatten();
    let all = paths.flat_map(|(path, operations)| {
        operations.as_object().into_iter().flatten().map(move |(method, operation)| {
            let guard = operation["x-guard"].as_str().unwrap_or_default();
            (method.to_uppercase(), path.clone(), guard.to_owned())
        })
    });
    all.collect()
}

#[tokio::test]
async fn a_method_a_path_does_not_take_is_refused_and_those_it_takes_are_told() -> Result<()> {
    let app = App::start().await?;
    let operations = operations(&app);
    let paths: BTreeSet<&String> = operations.iter().map(|(_, path, _)| path).collect();
    for path in paths {
        let takes: BTreeSet<&str> =
            operations.iter().filter(|o| &o.1 == path).map(|o| o.0.as_str()).collect();
        let asked = path.replace("{id}", NOBODY).replace("{payment_key}", "key1");
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

fn cors(reply: &Reply) -> Vec<&str> {
    let names = reply.headers.iter().map(|(name, _)| name.as_str());
    names.filter(|name| name.starts_with("access-control-")).collect()
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
        for name in ["authorization", "content-type", "accept-language", "idempotency-key", "x-api-key"] {
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

#[tokio::test]
async fn health_is_public_and_asks_nothing() -> Result<()> {
    let app = App::start().await?;
    let meter = app.stack().store("system").context("no system")?.meter();
    for path in ["/health", "/healthz"] {
        let reply = app.stranger().get(path).await?;
        assert_eq!((reply.status, reply.body), (200, json!({"status": "ok"})), "{path}");
    }
    assert_eq!(meter.used().trips, 0);
    Ok(())
}

#[tokio::test]
async fn deep_health_tells_of_the_store_and_the_bucket() -> Result<()> {
    let app = App::start().await?;
    let reply = app.stranger().get("/api/health").await?;
    assert_eq!((reply.status, reply.text("/status")), (200, "ok".into()), "{reply:?}");
    assert_eq!((reply.text("/database/status"), reply.text("/files/status")), ("ok".into(), "ok".into()));
    assert!(reply.body["database"]["latency"].is_u64() && reply.body["responseTime"].is_u64(), "{reply:?}");
    assert_eq!(reply.text("/timestamp"), "2026-11-30T23:00:00Z");
    Ok(())
}

#[tokio::test]
async fn deep_health_is_degraded_while_the_store_is_away() -> Result<()> {
    let app = App::start().await?;
    app.faults.times(50, Calls::All, Fault::Refuse);
    let reply = app.stranger().get("/api/health").await?;
    assert_eq!((reply.status, reply.text("/status")), (503, "degraded".into()), "{reply:?}");
    assert_eq!((reply.text("/database/status"), reply.text("/files/status")), ("down".into(), "ok".into()));
    app.faults.clear();
    let reply = app.stranger().get("/api/health").await?;
    assert_eq!((reply.status, reply.text("/status")), (200, "ok".into()), "{reply:?}");
    Ok(())
}

#[tokio::test]
async fn the_version_is_for_administrators() -> Result<()> {
    let app = App::start().await?;
    let path = "/api/system/info";
    is_problem(&app.stranger().get(path).await?, 401, "unauthorized", path);
    is_problem(&app.member().await?.get(path).await?, 403, "forbidden", path);
    for role in ["viewer", "operator", "instructor"] {
        is_problem(&app.staff(role).await?.get(path).await?, 403, "forbidden", path);
    }
    for role in ["admin", "owner"] {
        let reply = app.staff(role).await?.get(path).await?;
        assert_eq!((reply.status, reply.text("/name")), (200, "maru".into()), "{role}: {reply:?}");
        assert!(!reply.text("/version").is_empty(), "{reply:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_token_can_be_verified_with_the_published_keys() -> Result<()> {
    let app = App::start().await?;
    let token = app.member().await?.token.context("no token")?;
    let reply = app.stranger().get("/.well-known/jwks.json").await?;
    assert_eq!((reply.status, reply.header("cache-control")), (200, Some("public, max-age=300")));
    let kid = jsonwebtoken::decode_header(&token)?.kid.context("no kid")?;
    let keys = reply.body["keys"].as_array().context("no keys")?;
    let key = keys.iter().find(|key| key["kid"] == kid.as_str()).context("the key is not published")?;
    assert_eq!(
        (&key["kty"], &key["crv"], &key["use"], &key["alg"]),
        (&json!("OKP"), &json!("Ed25519"), &json!("sig"), &json!("EdDSA"))
    );
    let mut rules = Validation::new(Algorithm::EdDSA);
    rules.set_audience(&["maru-api"]);
    // The machine's clock is not the test's.
    rules.validate_exp = false;
    let decoding = DecodingKey::from_ed_components(key["x"].as_str().context("no x")?)?;
    let claims = jsonwebtoken::decode::<Value>(&token, &decoding, &rules)?.claims;
    let lives = claims["exp"].as_i64().zip(claims["iat"].as_i64()).map(|(exp, iat)| exp - iat);
    assert_eq!((claims["iss"].as_str(), lives), (Some("maru"), Some(3600)));
    assert!(claims.get("role").is_none() && claims.get("email").is_none(), "{claims}");
    Ok(())
}

#[tokio::test]
async fn no_private_key_is_published() -> Result<()> {
    let app = App::start().await?;
    app.member().await?;
    let reply = app.stranger().get("/.well-known/jwks.json").await?;
    assert_eq!(reply.status, 200);
    for key in reply.body["keys"].as_array().context("no keys")? {
        let members: BTreeSet<&str> =
            key.as_object().into_iter().flatten().map(|(name, _)| name.as_str()).collect();
        assert_eq!(members, ["alg", "crv", "kid", "kty", "use", "x"].into());
    }
    Ok(())
}

#[tokio::test]
async fn the_served_document_is_that_of_what_is_mounted() -> Result<()> {
    let app = App::start().await?;
    let reply = app.stranger().get("/openapi.json").await?;
    assert_eq!((reply.status, reply.header("content-type")), (200, Some("application/json; charset=utf-8")));
    assert_eq!(reply.body["openapi"], "3.1.0", "docs/openapi.json was not generated");
    assert!(reply.body == mounted(&app), "docs/openapi.json is not that of what is mounted");
    Ok(())
}

#[tokio::test]
async fn the_documents_page_names_every_operation_and_runs_no_script() -> Result<()> {
    let app = App::start().await?;
    let reply = app.stranger().get("/docs").await?;
    assert_eq!((reply.status, reply.header("content-type")), (200, Some("text/html; charset=utf-8")));
    let policy = reply.header("content-security-policy").unwrap_or_default();
    assert!(policy.contains("default-src 'none'") && !policy.contains("script-src"), "{policy}");
    let page = reply.body.as_str().context("no page")?;
    assert!(!page.contains("<script"), "a script");
    for (method, path, _) in operations(&app) {
        assert!(
            page.contains(&format!("<code>{method} {path}</code>")),
            "{method} {path} is not on the page"
        );
    }
    Ok(())
}

/// The oracle: every operation and who may. What is mounted without being here, or other than here,
/// fails.
const ACCESS: [(&str, &str, &str); 27] = [
    ("DELETE", "/api/bookings/{id}", "self|staff:bookings_write"),
    ("GET", "/.well-known/jwks.json", "public"),
    ("GET", "/api/bookings", "member"),
    ("GET", "/api/bookings/{id}", "self|staff:bookings_read"),
    ("GET", "/api/health", "public"),
    ("GET", "/api/system/info", "staff:system_read"),
    ("GET", "/docs", "public"),
    ("GET", "/health", "public"),
    ("GET", "/healthz", "public"),
    ("GET", "/openapi.json", "public"),
    ("GET", "/payments/{payment_key}", "self|staff:payments_read"),
    ("GET", "/rooms", "public"),
    ("GET", "/rooms/{id}", "public"),
    ("GET", "/rooms/{id}/availability", "public"),
    ("POST", "/api/bookings", "member"),
    ("POST", "/auth/forgot-password", "public"),
    ("POST", "/auth/forgotpassword", "public"),
    ("POST", "/auth/login", "public"),
    ("POST", "/auth/logout", "member"),
    ("POST", "/auth/refresh", "public"),
    ("POST", "/auth/register", "public"),
    ("POST", "/auth/resend-verification", "public"),
    ("POST", "/auth/reset-password", "public"),
    ("POST", "/auth/verify-email", "public"),
    ("POST", "/payments/confirm", "member"),
    ("POST", "/payments/ready", "member"),
    ("POST", "/rooms", "staff:rooms_manage"),
];

#[tokio::test]
async fn what_is_mounted_is_guarded_as_the_access_table_says() -> Result<()> {
    let app = App::start().await?;
    let expected: BTreeSet<_> =
        ACCESS.into_iter().map(|(m, p, g)| (m.to_owned(), p.to_owned(), g.to_owned())).collect();
    let difference: Vec<_> = operations(&app).symmetric_difference(&expected).cloned().collect();
    assert!(difference.is_empty(), "{difference:?}");
    Ok(())
}

/// What the first member has: a booking and a payment.
struct Theirs {
    booking: String,
    payment_key: String,
}

impl Theirs {
    async fn make(app: &App) -> Result<Self> {
        let member = app.member().await?;
        let (_, order, payment_key) = member.up_to_the_window(app, &wish(14, 15)).await?;
        let reply = member.confirm(&payment_key, &order, 20_000).await?;
        assert_eq!(reply.status, 200, "{reply:?}");
        let booking = member.book(&free_wish(10, 11)).await?;
        Ok(Self { booking: booking["id"].as_str().context("no id")?.to_owned(), payment_key })
    }

    fn path(&self, pattern: &str) -> String {
        let id = if pattern.starts_with("/rooms") { harness::people::ROOM_A } else { &self.booking };
        pattern.replace("{id}", id).replace("{payment_key}", &self.payment_key)
    }
}

/// Asks for an operation as this guest, with an empty object where there is a body.
async fn ask(guest: &Guest, method: &str, path: &str) -> Result<Reply> {
    let body = (method == "POST").then(|| b"{}".to_vec());
    guest.send(Method::from_bytes(method.as_bytes())?, path, &[JSON], body).await
}

#[tokio::test]
async fn a_stranger_is_refused_wherever_somebody_is_demanded() -> Result<()> {
    let app = App::start().await?;
    let theirs = Theirs::make(&app).await?;
    let before = stored(&app).await?;
    for (method, pattern, guard) in ACCESS {
        let path = theirs.path(pattern);
        let reply = ask(&app.stranger(), method, &path).await?;
        if guard == "public" {
            assert_ne!(reply.text("/code"), "unauthorized", "{method} {path}: {reply:?}");
            assert_ne!(reply.status, 403, "{method} {path}: {reply:?}");
        } else {
            is_problem(&reply, 401, "unauthorized", &path);
        }
    }
    assert_eq!(changed(&app, &before).await?, NOTHING);
    Ok(())
}

#[tokio::test]
async fn a_stranger_is_refused_before_the_body_or_the_record_is_looked_at() -> Result<()> {
    let app = App::start().await?;
    for (method, pattern, _) in ACCESS.into_iter().filter(|(.., guard)| *guard != "public") {
        let path = pattern.replace("{id}", NOBODY).replace("{payment_key}", "nobodys");
        let method = Method::from_bytes(method.as_bytes())?;
        let reply = app
            .stranger()
            .send(method, &path, &[("content-type", "text/plain")], Some(b"{".to_vec()))
            .await?;
        is_problem(&reply, 401, "unauthorized", &path);
    }
    Ok(())
}

#[tokio::test]
async fn customers_are_forbidden_what_is_for_staff_only() -> Result<()> {
    let app = App::start().await?;
    let theirs = Theirs::make(&app).await?;
    let customers = [app.member().await?, app.another().await?, app.staff("instructor").await?];
    let before = stored(&app).await?;
    let mut asked = 0;
    for (method, pattern, _) in ACCESS.into_iter().filter(|(.., guard)| guard.starts_with("staff:")) {
        let path = theirs.path(pattern);
        for customer in &customers {
            is_problem(&ask(customer, method, &path).await?, 403, "forbidden", &path);
            asked += 1;
        }
    }
    assert!(asked >= 3);
    assert_eq!(changed(&app, &before).await?, NOTHING);
    Ok(())
}

/// Whom each guard lets through beside the record's owner.
fn lets_through(guard: &str, who: &str) -> bool {
    let all: &[&str] = match guard {
        "public" => return true,
        "member" => return who != "stranger",
        "staff:rooms_manage" | "staff:system_read" => &["admin", "owner"],
        "self|staff:bookings_read" => &["self", "viewer", "operator", "admin", "owner", "key"],
        "self|staff:bookings_write" | "self|staff:payments_read" => {
            &["self", "operator", "admin", "owner", "key"]
        }
        other => panic!("{other} is not in the table"),
    };
    all.contains(&who)
}

#[tokio::test]
async fn everybody_gets_exactly_what_the_access_table_lets_them() -> Result<()> {
    let app = App::start().await?;
    let theirs = Theirs::make(&app).await?;
    let mut people = vec![
        ("stranger", app.stranger()),
        ("other", app.another().await?),
        ("instructor", app.staff("instructor").await?),
        ("self", app.member().await?),
        ("key", app.machine()),
    ];
    for role in ["viewer", "operator", "admin", "owner"] {
        people.push((role, app.staff(role).await?));
    }
    // Logging out ends what the rest needs.
    let (last, first): (Vec<_>, Vec<_>) =
        ACCESS.into_iter().partition(|(_, path, _)| *path == "/auth/logout");
    for (method, pattern, guard) in first.into_iter().chain(last) {
        let path = theirs.path(pattern);
        // Refused ones first: what they may not do must not have been done.
        let (through, refused): (Vec<_>, Vec<_>) =
            people.iter().partition(|(who, _)| lets_through(guard, who));
        let before = stored(&app).await?;
        for (who, guest) in refused {
            let reply = ask(guest, method, &path).await?;
            let told = format!("{who}: {method} {path}: {reply:?}");
            assert!([401, 403, 404].contains(&reply.status), "{told}");
            assert_eq!(reply.status == 401, *who == "stranger", "{told}");
            assert_eq!(reply.body["success"], false, "{told}");
        }
        assert_eq!(changed(&app, &before).await?, NOTHING, "{method} {path}");
        for (who, guest) in through {
            let reply = ask(guest, method, &path).await?;
            let told = format!("{who}: {method} {path}: {reply:?}");
            let expected = if method == "POST" && pattern != "/auth/logout" { 422 } else { 200 };
            assert_eq!(reply.status, expected, "{told}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn somebody_elses_booking_is_not_found_just_like_none() -> Result<()> {
    let app = App::start().await?;
    let theirs = Theirs::make(&app).await?;
    let other = app.another().await?;
    for method in ["GET", "DELETE"] {
        let (path, none) = (format!("/api/bookings/{}", theirs.booking), format!("/api/bookings/{NOBODY}"));
        let mut replies = [ask(&other, method, &path).await?, ask(&other, method, &none).await?];
        is_problem(&replies[0], 404, "not_found", &path);
        is_problem(&replies[1], 404, "not_found", &none);
        for reply in &mut replies {
            reply.body["instance"] = Value::Null;
            reply.body["request_id"] = Value::Null;
        }
        assert_eq!(replies[0].body, replies[1].body);
    }
    Ok(())
}

#[tokio::test]
async fn a_viewer_may_know_of_a_booking_and_is_forbidden_to_cancel_it() -> Result<()> {
    let app = App::start().await?;
    let theirs = Theirs::make(&app).await?;
    let viewer = app.staff("viewer").await?;
    let path = format!("/api/bookings/{}", theirs.booking);
    assert_eq!(viewer.get(&path).await?.text("/data/status"), "confirmed");
    let reply = viewer.delete(&path).await?;
    assert_eq!(viewer.get(&path).await?.text("/data/status"), "confirmed");
    is_problem(&reply, 403, "forbidden", &path);
    Ok(())
}

#[tokio::test]
async fn somebody_elses_held_booking_cannot_be_paid_even_by_staff() -> Result<()> {
    let app = App::start().await?;
    let booking = app.member().await?.book(&wish(10, 11)).await?;
    let others = [app.another().await?, app.staff("owner").await?, app.machine()];
    let before = stored(&app).await?;
    for guest in others {
        let reply = guest.post("/payments/ready", &json!({"booking_id": booking["id"]})).await?;
        is_problem(&reply, 404, "not_found", "/payments/ready");
    }
    assert_eq!(changed(&app, &before).await?, NOTHING);
    Ok(())
}

#[tokio::test]
async fn a_booking_is_made_for_whoever_is_signed_in_whatever_the_body_says() -> Result<()> {
    let app = App::start().await?;
    let (member, other) = (app.member().await?, app.another().await?);
    let own = member.book(&free_wish(9, 10)).await?["user_id"].clone();
    let mut wish = free_wish(10, 11);
    wish["user_id"] = own.clone();
    let booking = other.book(&wish).await?;
    assert_ne!(booking["user_id"], own);
    let path = format!("/api/bookings/{}", booking["id"].as_str().context("no id")?);
    is_problem(&member.get(&path).await?, 404, "not_found", &path);
    Ok(())
}
