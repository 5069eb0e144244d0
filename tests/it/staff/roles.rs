//! Who may change whom into what.

use super::*;

const ROLES: [&str; 6] = ["owner", "admin", "operator", "viewer", "instructor", "member"];

fn is_staff(role: &str) -> bool {
    ["owner", "admin", "operator", "viewer"].contains(&role)
}

/// The rule in words: an owner appoints anybody to anything, an admin whoever is below admins to what is
/// below admins, nobody else anybody.
fn reaches(caller: &str, role: &str) -> bool {
    caller == "owner" || (caller == "admin" && !["owner", "admin"].contains(&role))
}

fn on_change(caller: &str, target: &str, wish: &str) -> u16 {
    if reaches(caller, target) && reaches(caller, wish) { 200 } else { 403 }
}

fn on_dismissal(caller: &str, target: &str) -> u16 {
    match caller {
        "owner" | "admin" if !is_staff(target) => 404,
        _ if reaches(caller, target) => 200,
        _ => 403,
    }
}

/// Whose role is changed again and again.
struct Subject<'a> {
    app: &'a App,
    owner: Guest,
    id: String,
}

impl Subject<'_> {
    async fn becomes(&self, role: &str) -> Result<()> {
        let reply = change_now(self.app, &self.owner, &self.id, &json!({"role": role})).await?;
        ensure!(reply.status == 200 && reply.text("/data/role") == role, "{reply:?}");
        Ok(())
    }

    async fn role(&self) -> Result<String> {
        let users: Vec<Value> = items(self.app, "users").await?;
        let user = users.iter().find(|user| user["user_id"] == json!(self.id)).context("gone")?;
        Ok(user["role"].as_str().context("no role")?.to_owned())
    }
}

#[tokio::test]
async fn every_caller_changes_every_role_into_every_other_exactly_as_the_rule_says() -> Result<()> {
    let app = App::start().await?;
    let id = id_of(&app.another().await?).await?;
    let subject = Subject { app: &app, owner: app.staff("owner").await?, id };
    let mut tried = 0;
    println!("caller       target       {}  dismissed", ROLES.map(|role| format!("{role:>10}")).join(" "));
    for caller in ROLES {
        let name = if caller == "member" { "member1" } else { caller };
        let guest = app.staff(name).await?;
        for target in ROLES {
            let mut row = Vec::new();
            for wish in ROLES {
                subject.becomes(target).await?;
                let reply = change_now(&app, &guest, &subject.id, &json!({"role": wish})).await?;
                let expected = on_change(caller, target, wish);
                assert_eq!(reply.status, expected, "{caller} makes {target} {wish}: {reply:?}");
                let left = if expected == 200 { wish } else { target };
                assert_eq!(subject.role().await?, left, "{caller} makes {target} {wish}");
                row.push(format!("{:>10}", reply.status));
            }
            subject.becomes(target).await?;
            let reply = guest.delete(&format!("/staff/{}", subject.id)).await?;
            let expected = on_dismissal(caller, target);
            assert_eq!(reply.status, expected, "{caller} dismisses {target}: {reply:?}");
            let left = if expected == 200 { "member" } else { target };
            assert_eq!(subject.role().await?, left, "{caller} dismisses {target}");
            println!("{caller:<12} {target:<12} {}  {:>9}", row.join(" "), reply.status);
            tried += 7;
        }
    }
    println!("{tried} combinations: as the rule says");
    Ok(())
}

#[tokio::test]
async fn nobody_changes_or_dismisses_themselves() -> Result<()> {
    let app = App::start().await?;
    for role in ["owner", "admin"] {
        let (guest, id) = (app.staff(role).await?, seeded(&app, role).await?);
        for wish in [json!({"role": "viewer"}), json!({"role": role}), json!({"is_active": false})] {
            let reply = change_now(&app, &guest, &id, &wish).await?;
            assert_eq!(told(&reply), refused(403, "forbidden"), "{role} {wish}");
        }
        assert_eq!(told(&guest.delete(&format!("/staff/{id}")).await?), refused(403, "forbidden"), "{role}");
    }
    Ok(())
}

#[tokio::test]
async fn a_change_of_role_acts_on_the_next_request() -> Result<()> {
    let app = App::start().await?;
    let (owner, operator) = (app.staff("owner").await?, app.staff("operator").await?);
    let id = id_of(&operator).await?;
    assert_eq!(operator.get("/api/keys").await?.status, 403);
    assert_eq!(change_now(&app, &owner, &id, &json!({"role": "admin"})).await?.status, 200);
    assert_eq!(operator.get("/api/keys").await?.status, 200);
    assert_eq!(change_now(&app, &owner, &id, &json!({"role": "viewer"})).await?.status, 200);
    assert_eq!(operator.get("/api/keys").await?.status, 403);
    assert_eq!(owner.delete(&format!("/staff/{id}")).await?.status, 200);
    assert_eq!(told(&operator.get("/admin/verify").await?), refused(403, "forbidden"));
    assert_eq!(operator.get("/me").await?.text("/data/role"), "member");
    Ok(())
}

#[tokio::test]
async fn a_change_says_which_version_it_is_meant_for() -> Result<()> {
    let app = App::start().await?;
    let (owner, id) = (app.staff("owner").await?, seeded(&app, "viewer").await?);
    let path = format!("/staff/{id}");
    let version = version_of(&app, &id).await?;
    let wish = json!({"role": "operator"});
    assert_eq!(told(&owner.patch(&path, &wish).await?), refused(428, "version_required"));
    let headers = [("content-type", "application/json"), ("if-match", "viewer")];
    let reply = owner.send(Method::PATCH, &path, &headers, Some(wish.to_string().into_bytes())).await?;
    assert_eq!(told(&reply), refused(400, "bad_if_match"));
    for wrong in [version + 1, 0] {
        assert_eq!(told(&change(&owner, &id, wrong, &wish).await?), refused(412, "conflict_version"));
        let body = json!({"role": "operator", "lock_version": wrong});
        assert_eq!(told(&owner.patch(&path, &body).await?), refused(409, "conflict_version"));
    }
    let reply = change(&owner, &id, version, &wish).await?;
    assert_eq!((reply.status, reply.body["data"]["lock_version"].as_u64()), (200, Some(version + 1)));
    assert_eq!(reply.header("etag"), Some(format!("\"{}\"", version + 1).as_str()));
    assert_eq!(
        told(&change(&owner, &id, version, &json!({"role": "viewer"})).await?),
        refused(412, "conflict_version")
    );
    let body = json!({"role": "viewer", "lock_version": version + 1});
    assert_eq!(owner.patch(&path, &body).await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn a_change_of_nobody_or_to_nothing_is_told() -> Result<()> {
    let app = App::start().await?;
    let (owner, id) = (app.staff("owner").await?, seeded(&app, "viewer").await?);
    let nobody = "01900000-0000-7000-8000-00000000dead";
    assert_eq!(
        told(&change(&owner, nobody, 1, &json!({"role": "viewer"})).await?),
        refused(404, "not_found")
    );
    assert_eq!(told(&owner.delete(&format!("/staff/{nobody}")).await?), refused(404, "not_found"));
    let reply =
        change_now(&app, &owner, &id, &json!({"role": "god", "is_active": "no", "reason": 7})).await?;
    let mut named = reply.fields();
    named.sort();
    assert_eq!((reply.status, named), (422, vec!["/is_active".into(), "/reason".into(), "/role".into()]));
    let before = stored(&app).await?;
    assert_eq!(change_now(&app, &owner, &id, &json!({})).await?.status, 200);
    assert_eq!(changed(&app, &before).await?, NOTHING);
    Ok(())
}

#[tokio::test]
async fn who_may_change_staff_sees_them_and_nobody_else_does() -> Result<()> {
    let app = App::start().await?;
    for role in ["owner", "admin"] {
        let list = app.staff(role).await?.get("/staff").await?;
        let mut roles: Vec<&str> = list.body["data"]
            .as_array()
            .context("no list")?
            .iter()
            .filter_map(|p| p["role"].as_str())
            .collect();
        roles.sort_unstable();
        assert_eq!((list.status, roles), (200, vec!["admin", "operator", "owner", "viewer"]), "{role}");
    }
    for role in ["operator", "viewer", "instructor", "member1"] {
        assert_eq!(told(&app.staff(role).await?.get("/staff").await?), refused(403, "forbidden"), "{role}");
    }
    Ok(())
}
