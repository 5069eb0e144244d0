//! Administrators who come in by Kakao: only who is on the list, only by our own way.

use super::*;

/// Puts a Kakao account on the list; answers the person's id.
async fn listed(app: &App, id: i64, role: &str) -> Result<String> {
    let wish = json!({"kakao_id": id.to_string(), "name": "한관리", "role": role});
    let reply = app.staff("owner").await?.post("/staff", &wish).await?;
    ensure!(reply.status == 201, "{reply:?}");
    Ok(reply.text("/data/id"))
}

/// Signs in at the panel with whatever else is sent.
async fn at_the_panel(app: &App, id: i64, more: &Value) -> Result<Reply> {
    let back = panel(app);
    let mut sent = json!({"code": fake(app).code(id, &back), "redirect_uri": back});
    for (name, value) in more.as_object().into_iter().flatten() {
        sent[name] = value.clone();
    }
    app.stranger().post("/admin/login/kakao", &sent).await
}

async fn started(app: &App, back: &str) -> Result<Reply> {
    app.stranger().get(&format!("/admin/login/kakao?redirect_uri={back}")).await
}

#[tokio::test]
async fn the_way_of_an_administrators_browser_leads_to_the_panel() -> Result<()> {
    let app = App::start().await?;
    listed(&app, 4_000_000_001, "admin").await?;
    let start = started(&app, &panel(&app)).await?;
    assert_eq!(start.status, 200, "{start:?}");
    let url = start.text("/authorize_url");
    let path = url.strip_prefix(app.base_url()).context("Kakao is elsewhere")?;
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let pressed = b"who=4000000001&action=agree".to_vec();
    let back = app.stranger().send(Method::POST, path, &form, Some(pressed)).await?;
    let place = back.header("location").context("not sent back")?.to_owned();
    assert!(place.starts_with(&panel(&app)), "{place}");
    let named = |name: &str| {
        let (_, query) = place.split_once('?')?;
        query.split('&').find_map(|pair| pair.strip_prefix(&format!("{name}="))).map(str::to_owned)
    };
    assert_eq!(named("state"), Some(start.text("/state")));
    let sent = json!({"code": named("code"), "state": named("state"), "redirect_uri": panel(&app)});
    let reply = app.stranger().post("/admin/login/kakao", &sent).await?;
    assert_eq!(reply.status, 200, "{reply:?}");
    let admin = json!({"kakao_id": "4000000001", "nickname": "한관리", "role": "admin"});
    assert_eq!((&reply.body["admin"], reply.body["jwt"].is_string()), (&admin, true));
    Ok(())
}

#[tokio::test]
async fn each_role_on_the_list_comes_in_as_what_it_is() -> Result<()> {
    let app = App::start().await?;
    let owner = json!({"kakao_id": MINA + 9, "name": "한대표", "role": "owner"});
    let reply = app.staff("owner").await?.post("/staff", &owner).await?;
    assert_eq!((reply.status, reply.fields()), (422, vec!["/role".into()]), "nobody knows whether they come");
    for (n, role) in ["viewer", "operator", "admin"].into_iter().enumerate() {
        let id = MINA + i64::try_from(n)?;
        let person = listed(&app, id, role).await?;
        let reply = at_the_panel(&app, id, &json!({})).await?;
        assert_eq!((reply.status, reply.text("/admin/role")), (200, role.to_owned()), "{reply:?}");
        let admin = guest_of(&app, &reply)?;
        let verified = admin.get("/admin/verify").await?;
        let shape = json!({"valid": true, "admin": {
            "user_id": person, "kakao_id": id.to_string(), "nickname": "한관리", "role": role,
        }});
        assert_eq!((verified.status, &verified.body), (200, &shape));
        let mayinvite =
            admin.post("/staff", &json!({"kakao_id": id + 50, "name": "새", "role": "viewer"})).await?;
        let expected = if role == "admin" { 201 } else { 403 };
        assert_eq!(mayinvite.status, expected, "{role}: {mayinvite:?}");
    }
    let member = app.member().await?;
    assert_eq!(told(&member.get("/admin/verify").await?), refused(403, "forbidden"));
    assert_eq!(told(&app.stranger().get("/admin/verify").await?), refused(401, "unauthorized"));
    let verified = app.staff("viewer").await?.get("/admin/verify").await?;
    assert_eq!((verified.status, &verified.body["admin"]["kakao_id"]), (200, &Value::Null));
    Ok(())
}

#[tokio::test]
async fn who_is_not_on_the_list_is_refused_and_no_person_is_made() -> Result<()> {
    let app = App::start().await?;
    by_kakao(&app, JUNHO).await?;
    let before = stored(&app).await?;
    for (name, id) in [("a stranger", MINA), ("a customer", JUNHO)] {
        assert_eq!(told(&at_the_panel(&app, id, &json!({})).await?), refused(403, "not_staff"), "{name}");
    }
    assert_eq!(deeds(&app, &before).await?, NOTHING);
    Ok(())
}

#[tokio::test]
async fn only_a_registered_redirect_is_gone_to_or_come_back_from() -> Result<()> {
    let app = App::start().await?;
    listed(&app, MINA, "admin").await?;
    let base = panel(&app);
    for back in ["https://evil.example/", &format!("{base}/"), &format!("{base}2"), &base.to_uppercase()] {
        assert_eq!(told(&started(&app, back).await?), refused(422, "bad_redirect_uri"), "{back}");
        let reply = at_the_panel(&app, MINA, &json!({"redirect_uri": back})).await?;
        assert_eq!(told(&reply), refused(422, "bad_redirect_uri"), "{back}");
    }
    let reply = at_the_panel(&app, MINA, &json!({"redirect_uri": home(&app)})).await?;
    assert_eq!(told(&reply), refused(401, "bad_kakao"), "the code is another redirect's");
    Ok(())
}

#[tokio::test]
async fn a_state_that_is_sent_must_be_ours_fresh_and_of_that_redirect() -> Result<()> {
    let app = App::start().await?;
    listed(&app, MINA, "admin").await?;
    let state = started(&app, &panel(&app)).await?.text("/state");
    let elsewhere = started(&app, &home(&app)).await?.text("/state");
    let mut edited = state.clone().into_bytes();
    edited[5] = if edited[5] == b'A' { b'B' } else { b'A' };
    for (name, shown) in [
        ("forged", String::from_utf8(edited)?),
        ("of another redirect", elsewhere),
        ("made up", "x".into()),
        ("cut", state[..state.len() - 8].to_owned()),
    ] {
        let reply = at_the_panel(&app, MINA, &json!({"state": shown})).await?;
        assert_eq!(told(&reply), refused(401, "bad_kakao"), "{name}");
    }
    assert_eq!(at_the_panel(&app, MINA, &json!({})).await?.status, 200, "older panels send none");
    app.clock.advance(599);
    assert_eq!(at_the_panel(&app, MINA, &json!({"state": state})).await?.status, 200);
    app.clock.advance(1);
    let reply = at_the_panel(&app, MINA, &json!({"state": state})).await?;
    assert_eq!(told(&reply), refused(401, "bad_kakao"), "expired");
    Ok(())
}

#[tokio::test]
async fn a_forged_state_does_not_spend_the_code() -> Result<()> {
    let app = App::start().await?;
    listed(&app, MINA, "admin").await?;
    let sent =
        json!({"code": fake(&app).code(MINA, &panel(&app)), "redirect_uri": panel(&app), "state": "x"});
    assert_eq!(app.stranger().post("/admin/login/kakao", &sent).await?.status, 401);
    let sent = json!({"code": sent["code"], "redirect_uri": panel(&app)});
    assert_eq!(app.stranger().post("/admin/login/kakao", &sent).await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn a_dismissed_or_suspended_administrator_is_refused_on_the_next_request_and_sign_in() -> Result<()> {
    let app = App::start().await?;
    let owner = app.staff("owner").await?;
    let (gone, shut) = (listed(&app, MINA, "admin").await?, listed(&app, JUNHO, "operator").await?);
    let dismissed = guest_of(&app, &at_the_panel(&app, MINA, &json!({})).await?)?;
    let suspended = guest_of(&app, &at_the_panel(&app, JUNHO, &json!({})).await?)?;
    for admin in [&dismissed, &suspended] {
        assert_eq!(admin.get("/admin/verify").await?.status, 200);
    }
    assert_eq!(owner.delete(&format!("/staff/{gone}")).await?.status, 200);
    let wish = json!({"is_active": false, "lock_version": 1});
    let reply = owner.patch(&format!("/staff/{shut}"), &wish).await?;
    assert_eq!((reply.status, reply.text("/data/standing")), (200, "suspended".into()), "{reply:?}");

    assert_eq!(told(&dismissed.get("/admin/verify").await?), refused(403, "forbidden"));
    assert_eq!(told(&suspended.get("/admin/verify").await?), refused(401, "unauthorized"));
    for id in [MINA, JUNHO] {
        assert_eq!(told(&at_the_panel(&app, id, &json!({})).await?), refused(403, "not_staff"));
    }
    assert_eq!(by_kakao(&app, MINA).await?.get("/admin/verify").await?.status, 403, "a customer now");
    assert_eq!(told(&enter(&app, JUNHO).await?), refused(403, "suspended"));
    Ok(())
}
