//! Health, keys, document.

use super::*;

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
