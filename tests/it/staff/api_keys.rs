//! Keys for machines: never more than their maker, never for ever by accident.

use std::collections::BTreeSet;

use super::*;

#[tokio::test]
async fn a_key_is_shown_once_and_only_its_hash_is_kept() -> Result<()> {
    let app = App::start().await?;
    let admin = app.staff("admin").await?;
    let made = make_key(&admin, &["bookings_read", "staff_read"]).await?;
    assert_eq!(made.status, 201, "{made:?}");
    let key = made.text("/data/key");
    assert!(key.starts_with("mk_") && key.len() > 80, "too short to be safe");
    assert_eq!(made.text("/data/prefix"), key[..11]);
    assert_eq!(machine(&app, &key).get("/admin/verify").await?.text("/admin/role"), "admin");
    let (list, id) = (admin.get("/api/keys").await?, made.text("/data/id"));
    let secret = &key[key.len() - 40..];
    assert!(!list.body.to_string().contains(secret), "the list tells the key");
    let listed = list.body["data"].as_array().context("no list")?.iter().find(|k| k["id"] == json!(id));
    let listed = listed.context("not on the list")?;
    assert_eq!((&listed["prefix"], &listed["key"]), (&json!(key[..11]), &Value::Null));
    for (table, kept) in stored(&app).await? {
        assert!(!kept.iter().any(|item| item.contains(secret)), "the key is in {table}");
    }
    let records: Vec<Value> = items(&app, "api-keys").await?;
    let record = records.iter().find(|record| record["key_id"] == json!(id)).context("no record")?;
    assert_eq!(record["hash"].as_str().map(str::len), Some(64));
    let trail = &stored(&app).await?["audits"];
    let hash = record["hash"].as_str().context("no hash")?;
    assert!(!trail.iter().any(|item| item.contains(hash)), "the hash is in the trail");
    Ok(())
}

#[tokio::test]
async fn a_key_does_what_its_scopes_name_and_nothing_else() -> Result<()> {
    let app = App::start().await?;
    let admin = app.staff("admin").await?;
    let read = machine(&app, &make_key(&admin, &["staff_read"]).await?.text("/data/key"));
    assert_eq!(read.get("/admin/verify").await?.status, 200);
    for path in ["/api/keys", "/api/system/info"] {
        assert_eq!(told(&read.get(path).await?), refused(403, "forbidden"), "{path}");
    }
    let room = json!({"name": "x", "capacity": 1, "hourly_rate": 0, "currency": "KRW"});
    assert_eq!(told(&read.post("/rooms", &room).await?), refused(403, "forbidden"));
    assert_eq!(told(&read.get("/me").await?), refused(403, "forbidden"), "a person's own page");
    Ok(())
}

#[tokio::test]
async fn a_key_makes_neither_keys_nor_staff() -> Result<()> {
    let app = App::start().await?;
    let owner = app.staff("owner").await?;
    let made = make_key(&owner, &["staff_manage", "staff_read", "people_suspend"]).await?;
    let key = machine(&app, &made.text("/data/key"));
    assert_eq!(key.get("/api/keys").await?.status, 200, "it may look");
    let (id, viewer) = (made.text("/data/id"), seeded(&app, "viewer").await?);
    let before = stored(&app).await?;
    assert_eq!(told(&make_key(&key, &["staff_read"]).await?), refused(403, "forbidden"));
    assert_eq!(told(&key.delete(&format!("/api/keys/{id}")).await?), refused(403, "forbidden"));
    assert_eq!(told(&invite(&key, EMAIL, "viewer").await?), refused(403, "forbidden"));
    let kakao = json!({"kakao_id": MINA, "name": "새", "role": "viewer"});
    assert_eq!(told(&key.post("/staff", &kakao).await?), refused(403, "forbidden"));
    let reply = change_now(&app, &key, &viewer, &json!({"role": "operator"})).await?;
    assert_eq!(told(&reply), refused(403, "forbidden"));
    assert_eq!(told(&key.delete(&format!("/staff/{viewer}")).await?), refused(403, "forbidden"));
    let mut differences = changed(&app, &before).await?;
    differences.retain(|item| !item.starts_with("key-uses: "));
    assert_eq!(differences, NOTHING);
    Ok(())
}

#[tokio::test]
async fn only_admins_and_owners_make_keys_and_only_of_scopes_there_are() -> Result<()> {
    let app = App::start().await?;
    for role in ["operator", "viewer", "instructor", "member1"] {
        let reply = make_key(&app.staff(role).await?, &["staff_read"]).await?;
        assert_eq!(told(&reply), refused(403, "forbidden"), "{role}");
    }
    let admin = app.staff("admin").await?;
    let before = stored(&app).await?;
    for scopes in [json!([]), json!(["everything"]), json!("staff_read"), json!([7]), Value::Null] {
        let reply = admin.post("/api/keys", &json!({"name": "x", "scopes": scopes})).await?;
        assert_eq!(reply.status, 422, "{scopes}: {reply:?}");
        assert!(reply.fields().iter().all(|pointer| pointer.starts_with("/scopes")), "{scopes}: {reply:?}");
    }
    let past = json!({"name": "", "scopes": [], "expires_at": "2026-12-01T08:00:00+09:00"});
    let mut named = admin.post("/api/keys", &past).await?.fields();
    named.sort();
    assert_eq!(named, ["/expires_at", "/name", "/scopes"]);
    assert_eq!(changed(&app, &before).await?, NOTHING);
    Ok(())
}

#[tokio::test]
async fn a_key_of_a_demoted_person_loses_what_they_lost() -> Result<()> {
    let app = App::start().await?;
    let (owner, admin) = (app.staff("owner").await?, app.staff("admin").await?);
    let id = id_of(&admin).await?;
    let made = make_key(&admin, &["staff_read", "staff_manage", "people_write", "system_read"]).await?;
    let key = machine(&app, &made.text("/data/key"));
    let asked = async |path: &str| key.get(path).await.map(|reply| reply.status);
    assert_eq!(
        (asked("/admin/verify").await?, asked("/api/keys").await?, asked("/api/system/info").await?),
        (200, 200, 200)
    );
    change_now(&app, &owner, &id, &json!({"role": "viewer"})).await?;
    assert_eq!(
        (asked("/admin/verify").await?, asked("/api/keys").await?, asked("/api/system/info").await?),
        (200, 403, 403)
    );
    let known = key.post("/users/login-or-register", &json!({"kakao_id": MINA})).await?;
    assert_eq!(told(&known), refused(403, "forbidden"));
    assert_eq!(owner.delete(&format!("/staff/{id}")).await?.status, 200);
    assert_eq!(asked("/admin/verify").await?, 403);
    change_now(&app, &owner, &id, &json!({"role": "admin"})).await?;
    change_now(&app, &owner, &id, &json!({"is_active": false})).await?;
    assert_eq!(told(&key.get("/admin/verify").await?), refused(401, "unauthorized"));
    Ok(())
}

#[tokio::test]
async fn a_key_stops_at_its_end_and_when_it_is_revoked() -> Result<()> {
    let app = App::start().await?;
    let admin = app.staff("admin").await?;
    let wish = json!({"name": "하루", "scopes": ["staff_read"], "expires_at": "2026-12-01T09:00:00+09:00"});
    let short = machine(&app, &admin.post("/api/keys", &wish).await?.text("/data/key"));
    let made = make_key(&admin, &["staff_read"]).await?;
    let (long, id) = (machine(&app, &made.text("/data/key")), made.text("/data/id"));
    app.clock.advance(3599);
    assert_eq!(short.get("/admin/verify").await?.status, 200);
    app.clock.advance(1);
    assert_eq!(told(&short.get("/admin/verify").await?), refused(401, "unauthorized"));
    assert_eq!(long.get("/admin/verify").await?.status, 200);

    // Whoever made it: another administrator of the house revokes it as well.
    let owner = app.staff("owner").await?;
    assert_eq!(owner.delete(&format!("/api/keys/{id}")).await?.status, 200);
    assert_eq!(told(&long.get("/admin/verify").await?), refused(401, "unauthorized"));
    let before = stored(&app).await?;
    assert_eq!(owner.delete(&format!("/api/keys/{id}")).await?.status, 200, "once more changes nothing");
    assert_eq!(changed(&app, &before).await?, NOTHING);
    assert_eq!(told(&owner.delete("/api/keys/none").await?), refused(404, "not_found"));
    let list = owner.get("/api/keys").await?;
    let listed = list.body["data"].as_array().context("no list")?.iter().find(|key| key["id"] == json!(id));
    assert!(listed.is_some_and(|key| key["revoked_at"].is_string()), "{list:?}");
    Ok(())
}

#[tokio::test]
async fn when_a_key_was_last_used_is_told_to_the_hour() -> Result<()> {
    let app = App::start().await?;
    let made = make_key(&app.staff("admin").await?, &["staff_read"]).await?;
    let (key, id) = (machine(&app, &made.text("/data/key")), made.text("/data/id"));
    let used = async || -> Result<Value> {
        let list = app.staff("admin").await?.get("/api/keys").await?;
        let keys = list.body["data"].as_array().context("no list")?;
        Ok(keys.iter().find(|key| key["id"] == json!(id)).context("not there")?["last_used_at"].clone())
    };
    assert_eq!(used().await?, Value::Null);
    key.get("/admin/verify").await?;
    let first = used().await?;
    assert_eq!(first, json!("2026-11-30T23:00:00Z"));
    app.clock.advance(3599);
    key.get("/admin/verify").await?;
    assert_eq!(used().await?, first);
    app.clock.advance(1);
    key.get("/admin/verify").await?;
    assert_eq!(used().await?, json!("2026-12-01T00:00:00Z"));
    let mut forged = key.clone();
    forged.api_key = key.api_key.as_deref().map(|text| format!("{}AAAA", &text[..text.len() - 4]));
    app.clock.advance(7200);
    assert_eq!(forged.get("/admin/verify").await?.status, 401);
    assert_eq!(used().await?, json!("2026-12-01T00:00:00Z"), "a forged key is no use of it");
    Ok(())
}

#[tokio::test]
async fn the_list_of_keys_has_pages_newest_first() -> Result<()> {
    let app = App::start().await?;
    let admin = app.staff("admin").await?;
    let mut made = Vec::new();
    for n in 0..30 {
        // Pairs of them within one second: pages must not lose their twins.
        app.clock.advance(n % 2);
        made.push(make_key(&admin, &["staff_read"]).await?.text("/data/id"));
    }
    let (mut seen, mut sizes, mut next) = (Vec::new(), Vec::new(), String::new());
    for _ in 0..4 {
        let page = admin.get(&format!("/api/keys?next={next}")).await?;
        let keys = page.body["data"].as_array().context("no list")?;
        sizes.push(keys.len());
        seen.extend(keys.iter().filter_map(|key| {
            Some((key["created_at"].as_str()?.to_owned(), key["id"].as_str()?.to_owned()))
        }));
        if page.body["pagination"]["has_next"] == false {
            break;
        }
        next = page.text("/pagination/next");
    }
    assert_eq!(sizes, [25, 6], "thirty and the operator's");
    assert!(seen.windows(2).all(|pair| pair[0].0 >= pair[1].0), "not newest first");
    let ids: BTreeSet<&String> = seen.iter().map(|(_, id)| id).collect();
    assert_eq!(ids.len(), 31);
    assert!(made.iter().all(|id| ids.contains(id)));
    let reply = admin.get("/api/keys?next=forged").await?;
    assert!([200, 400, 422].contains(&reply.status), "{reply:?}");
    Ok(())
}
