//! Where somebody is signed in, and that every end of it acts on the very next request.

use harness::stack::KAKAO_ADMIN_KEY;
use reqwest::Method;

use super::*;

/// Signs the first seeded member in with a program of this name.
async fn device(app: &App, agent: &str) -> Result<Guest> {
    let wish = json!({"email": "member1@maru.local", "password": PASSWORD});
    let reply = app.stranger().post_with("/auth/login", &wish, &[("user-agent", agent)]).await?;
    anyhow::ensure!(reply.status == 200, "{reply:?}");
    let mut guest = bearer(app, &reply.text("/token"));
    guest.refresh_token = Some(reply.text("/refresh_token"));
    Ok(guest)
}

/// The programs of the caller's devices, and which of them is asking.
async fn listed(guest: &Guest) -> Result<Vec<(String, bool)>> {
    let reply = guest.get("/auth/sessions").await?;
    anyhow::ensure!(reply.status == 200, "{reply:?}");
    let devices = reply.body["data"].as_array().context("no list")?;
    Ok(devices
        .iter()
        .map(|d| (d["user_agent"].as_str().unwrap_or("-").into(), d["current"] == true))
        .collect())
}

async fn id_of(guest: &Guest, agent: &str) -> Result<String> {
    let reply = guest.get("/auth/sessions").await?;
    let devices = reply.body["data"].as_array().context("no list")?;
    let found = devices.iter().find(|device| device["user_agent"] == agent).context("no such device")?;
    Ok(found["id"].as_str().context("no id")?.to_owned())
}

fn named(devices: &[(&str, bool)]) -> Vec<(String, bool)> {
    devices.iter().map(|(name, current)| ((*name).to_owned(), *current)).collect()
}

#[tokio::test]
async fn ones_own_live_devices_are_listed_newest_first_with_the_asking_one_marked() -> Result<()> {
    let app = App::start().await?;
    let phone = device(&app, "phone").await?;
    app.clock.advance(1);
    let laptop = device(&app, "laptop").await?;
    app.clock.advance(1);
    device(&app, "tablet").await?;
    app.another().await?;
    assert_eq!(listed(&phone).await?, named(&[("tablet", false), ("laptop", false), ("phone", true)]));
    assert_eq!(laptop.post("/auth/logout", &json!({})).await?.status, 200);
    assert_eq!(listed(&phone).await?, named(&[("tablet", false), ("phone", true)]));
    let reply = phone.get("/auth/sessions").await?;
    assert_eq!(reply.text("/data/1/last_seen_at"), "2026-11-30T23:00:00Z");
    assert_eq!(reply.text("/data/1/expires_at"), "2026-12-30T23:00:00Z");
    assert!(!reply.body.to_string().contains("mr_"), "{reply:?}");
    Ok(())
}

#[tokio::test]
async fn a_device_that_cannot_refresh_any_more_is_not_listed() -> Result<()> {
    let app = App::start().await?;
    device(&app, "forgotten").await?;
    app.clock.advance(14 * DAY);
    let phone = device(&app, "phone").await?;
    assert_eq!(listed(&phone).await?, named(&[("phone", true), ("forgotten", false)]));
    app.clock.advance(1);
    assert_eq!(listed(&phone).await?, named(&[("phone", true)]));
    Ok(())
}

#[tokio::test]
async fn every_device_is_met_once_over_all_pages() -> Result<()> {
    let app = App::start().await?;
    let mut phone = device(&app, "0").await?;
    for n in 1..=52 {
        app.clock.advance(1);
        phone = device(&app, &n.to_string()).await?;
    }
    let first = phone.get("/auth/sessions").await?;
    let next = first.text("/pagination/next");
    let second = phone.get(&format!("/auth/sessions?next={next}")).await?;
    let agents = [&first, &second].map(|page| page.body["data"].as_array().cloned().unwrap_or_default());
    assert_eq!(agents.each_ref().map(Vec::len), [50, 3]);
    let met: Vec<String> =
        agents.iter().flatten().map(|d| d["user_agent"].as_str().unwrap().into()).collect();
    assert_eq!(met, (0..=52).rev().map(|n| n.to_string()).collect::<Vec<_>>());
    assert_eq!(second.body["pagination"]["has_next"], false);
    Ok(())
}

#[tokio::test]
async fn one_device_is_ended_from_another_and_nobody_elses_can_be() -> Result<()> {
    let app = App::start().await?;
    let (phone, laptop) = (device(&app, "phone").await?, device(&app, "laptop").await?);
    let (other, owner) = (app.another().await?, app.staff("owner").await?);
    let path = format!("/auth/sessions/{}", id_of(&phone, "laptop").await?);
    let before = stored(&app).await?;
    for stranger in [&other, &owner] {
        assert_eq!(told(&stranger.delete(&path).await?), refused(404, "not_found"));
    }
    let nobodys = "/auth/sessions/01900000-0000-7000-8000-00000000dead";
    assert_eq!(told(&phone.delete(nobodys).await?), refused(404, "not_found"));
    assert_eq!(told(&app.machine().delete(&path).await?), refused(403, "forbidden"));
    assert_eq!(changed(&app, &before).await?.iter().filter(|c| !c.starts_with("key-uses")).count(), 0);
    is_in(&laptop).await?;
    assert_eq!(phone.delete(&path).await?.status, 200);
    is_out(&laptop).await?;
    is_in(&phone).await?;
    assert_eq!(phone.delete(&path).await?.status, 200, "it is over: that is what was asked for");
    assert_eq!(trail_of(&app, "session.closed").await?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn all_devices_end_by_one_number_and_signing_in_again_works() -> Result<()> {
    let app = App::start().await?;
    let (phone, laptop, other) =
        (device(&app, "phone").await?, device(&app, "laptop").await?, app.another().await?);
    let before = stored(&app).await?;
    assert_eq!(phone.delete("/auth/sessions").await?.status, 200);
    let tables: BTreeSet<String> = changed(&app, &before)
        .await?
        .iter()
        .map(|change| change.split(':').next().unwrap_or_default().to_owned())
        .collect();
    assert_eq!(tables, BTreeSet::from(["audits".into(), "users".into()]));
    for gone in [&phone, &laptop] {
        is_out(gone).await?;
        let shown = gone.refresh_token.as_deref().context("no refresh token")?;
        assert_eq!(told(&refresh(&app, shown).await?), refused(401, "bad_refresh_token"));
    }
    is_in(&other).await?;
    assert_eq!(listed(&device(&app, "new").await?).await?, named(&[("new", true)]));
    Ok(())
}

/// What ends somebody's sign-in.
#[derive(Debug, Clone, Copy)]
enum Deed {
    LogOut,
    LogOutByRefreshToken,
    EndedFromAnotherDevice,
    EndAll,
    Ban,
    StaffSuspended,
    PasswordChanged,
    Reset,
    Withdrawal,
    KakaoUnlinked,
    Hired,
}

impl Deed {
    const ALL: [Self; 11] = [
        Self::LogOut,
        Self::LogOutByRefreshToken,
        Self::EndedFromAnotherDevice,
        Self::EndAll,
        Self::Ban,
        Self::StaffSuspended,
        Self::PasswordChanged,
        Self::Reset,
        Self::Withdrawal,
        Self::KakaoUnlinked,
        Self::Hired,
    ];

    /// Does it to `phone`, of whom `laptop` is another device.
    async fn happens(self, app: &App, phone: &Guest, laptop: &Guest) -> Result<Reply> {
        let owner = app.staff("owner").await?;
        let id = is_in(phone).await?.text("/data/user_id");
        match self {
            Self::LogOut => phone.post("/auth/logout", &json!({})).await,
            Self::LogOutByRefreshToken => {
                app.stranger().post("/auth/logout", &json!({"refresh_token": phone.refresh_token})).await
            }
            Self::EndedFromAnotherDevice => {
                let list = phone.get("/auth/sessions").await?;
                let devices = list.body["data"].as_array().context("no list")?;
                let mine = devices.iter().find(|device| device["current"] == true).context("not there")?;
                laptop.delete(&format!("/auth/sessions/{}", mine["id"].as_str().context("no id")?)).await
            }
            Self::EndAll => laptop.delete("/auth/sessions").await,
            Self::Ban => owner.post(&format!("/admin/users/{id}/ban"), &json!({})).await,
            Self::StaffSuspended => change_staff(&owner, phone, &json!({"is_active": false})).await,
            Self::Hired => change_staff(&owner, phone, &json!({"role": "viewer"})).await,
            Self::PasswordChanged => {
                let wish = json!({"current_password": PASSWORD, "new_password": NEW});
                laptop.post("/me/password", &wish).await
            }
            Self::Reset => reset(app, &reset_token(app).await?, NEW).await,
            Self::Withdrawal => laptop.delete("/me").await,
            Self::KakaoUnlinked => {
                let token = app.stack().outsiders.kakao.id_token(77, harness::stack::KAKAO_NATIVE_KEY, "n");
                let linked = phone.post("/me/kakao", &json!({"id_token": token, "nonce": "n"})).await?;
                anyhow::ensure!(linked.status == 200, "{linked:?}");
                kakao_unlinks(app, 77).await
            }
        }
    }
}

/// Changes somebody's role or standing as they are now.
async fn change_staff(owner: &Guest, whom: &Guest, wish: &Value) -> Result<Reply> {
    let me = is_in(whom).await?;
    let wish = but(wish, "lock_version", &me.body["data"]["lock_version"]);
    owner.patch(&format!("/staff/{}", me.text("/data/user_id")), &wish).await
}

#[tokio::test]
async fn whatever_ends_a_sign_in_acts_on_the_very_next_request() -> Result<()> {
    for deed in Deed::ALL {
        let app = App::start().await?;
        let (phone, laptop) = (device(&app, "phone").await?, device(&app, "laptop").await?);
        is_in(&phone).await?;
        let done = deed.happens(&app, &phone, &laptop).await?;
        assert_eq!(done.status, 200, "{deed:?}: {done:?}");
        for (method, path) in
            [(Method::GET, "/me"), (Method::GET, "/api/bookings"), (Method::POST, "/me/email")]
        {
            let reply = phone.send(method, path, &[], None).await?;
            assert_eq!(told(&reply), refused(401, "unauthorized"), "{deed:?} {path}");
        }
        let shown = phone.refresh_token.as_deref().context("no refresh token")?;
        assert_eq!(told(&refresh(&app, shown).await?), refused(401, "bad_refresh_token"), "{deed:?}");
    }
    println!("{} deeds: the next request is refused after each", Deed::ALL.len());
    Ok(())
}

#[tokio::test]
async fn another_role_acts_on_the_very_next_request_of_the_same_session() -> Result<()> {
    let app = App::start().await?;
    let (owner, operator) = (app.staff("owner").await?, app.staff("operator").await?);
    let key = app.machine();
    for (role, seen, made) in [("viewer", 200, 403), ("operator", 200, 200), ("member", 403, 403)] {
        let reply = change_staff(&owner, &operator, &json!({"role": role})).await?;
        assert_eq!(reply.status, 200, "{reply:?}");
        assert_eq!(operator.get("/admin/verify").await?.status, seen, "{role}");
        let wish = json!({"kakao_id": "4000000001", "name": "손님"});
        assert_eq!(operator.post("/users/login-or-register", &wish).await?.status, made, "{role}");
        assert_eq!(key.post("/users/login-or-register", &wish).await?.status, made, "the key of a {role}");
    }
    is_in(&operator).await?;
    Ok(())
}

#[tokio::test]
async fn the_keys_of_somebody_shut_out_are_refused_on_the_next_request() -> Result<()> {
    let app = App::start().await?;
    let (owner, operator, key) = (app.staff("owner").await?, app.staff("operator").await?, app.machine());
    assert_eq!(key.get("/api/bookings").await?.status, 200);
    assert_eq!(change_staff(&owner, &operator, &json!({"is_active": false})).await?.status, 200);
    assert_eq!(told(&key.get("/api/bookings").await?), refused(401, "unauthorized"));
    is_out(&operator).await
}

/// Kakao tells that this account cut the link there.
pub(super) async fn kakao_unlinks(app: &App, id: i64) -> Result<Reply> {
    let shown = format!("KakaoAK {KAKAO_ADMIN_KEY}");
    let headers = [("authorization", shown.as_str()), ("content-type", "application/x-www-form-urlencoded")];
    let body = format!("app_id=1&user_id={id}&referrer_type=UNLINK_FROM_APPS");
    app.stranger().send(Method::POST, "/webhooks/kakao/unlink", &headers, Some(body.into_bytes())).await
}
