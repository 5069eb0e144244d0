//! Who gets what.

mod bookings;
mod table;

use super::*;
use table::*;

#[tokio::test]
async fn what_is_mounted_is_guarded_as_the_access_table_says() -> Result<()> {
    let app = App::start().await?;
    let expected: BTreeSet<_> =
        ACCESS.into_iter().map(|(m, p, g)| (m.to_owned(), p.to_owned(), g.to_owned())).collect();
    let difference: Vec<_> = operations(&app).symmetric_difference(&expected).cloned().collect();
    assert!(difference.is_empty(), "{difference:?}");
    Ok(())
}

#[tokio::test]
async fn a_stranger_is_refused_wherever_somebody_is_demanded() -> Result<()> {
    let app = App::start().await?;
    let theirs = Theirs::make(&app).await?;
    let before = stored(&app).await?;
    for (method, pattern, guard) in ACCESS {
        let path = theirs.path(pattern);
        let reply = ask(&app.stranger(), method, &path).await?;
        match guard {
            "public" => {
                assert_ne!(reply.text("/code"), "unauthorized", "{method} {path}: {reply:?}");
                assert_ne!(reply.status, 403, "{method} {path}: {reply:?}");
            }
            // What is demanded is in the body, and the body is read first.
            "refresh" if path == "/auth/refresh" => assert_eq!(reply.fields(), ["/refresh_token"]),
            _ => is_problem(&reply, 401, "unauthorized", &path),
        }
    }
    assert_eq!(changed(&app, &before).await?, NOTHING);
    Ok(())
}

#[tokio::test]
async fn a_stranger_is_refused_before_the_body_or_the_record_is_looked_at() -> Result<()> {
    let app = App::start().await?;
    let open = ["public", "refresh"];
    for (method, pattern, _) in ACCESS.into_iter().filter(|(.., guard)| !open.contains(guard)) {
        let path = pattern.replace("{id}", NOBODY).replace("{user_id}", NOBODY);
        let path = path.replace("{payment_key}", "nobodys");
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
    assert!(asked >= 30, "{asked}");
    assert_eq!(changed(&app, &before).await?, NOTHING);
    Ok(())
}

/// One of each kind, freshly signed in.
async fn everybody(app: &App) -> Result<Vec<(&'static str, Guest)>> {
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
    Ok(people)
}

/// The key says once an hour that it was used; here, before anybody looks.
async fn use_the_key(app: &App) -> Result<()> {
    assert_eq!(app.machine().get("/api/bookings").await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn everybody_gets_exactly_what_the_access_table_lets_them() -> Result<()> {
    let app = App::start().await?;
    let theirs = Theirs::make(&app).await?;
    use_the_key(&app).await?;
    // What ends sessions, and then people, comes last, and each finds everybody signed in.
    let ends = ["POST /auth/logout", "DELETE /auth/sessions", "DELETE /me"];
    let place = |method: &str, path: &str| ends.iter().position(|end| *end == format!("{method} {path}"));
    let mut table = ACCESS;
    table.sort_by_key(|(method, path, _)| place(method, path).map_or(0, |place| place + 1));
    let mut people = everybody(&app).await?;
    for (method, pattern, guard) in table {
        if place(method, pattern).is_some() {
            people = everybody(&app).await?;
        }
        let path = theirs.path(pattern);
        // Refused ones first: what they may not do must not have been done.
        let (through, refused): (Vec<_>, Vec<_>) =
            people.iter().partition(|(who, _)| lets_through(guard, pattern, who));
        if !refused.is_empty() {
            let before = stored(&app).await?;
            for (who, guest) in refused {
                let reply = ask(guest, method, &path).await?;
                let told = format!("{who}: {method} {path}: {reply:?}");
                assert!(refusal(guard, who).contains(&reply.status), "{told}");
                assert_eq!(reply.body["success"], false, "{told}");
            }
            assert_eq!(changed(&app, &before).await?, NOTHING, "{method} {path}");
        }
        for (who, guest) in through {
            let reply = ask(guest, method, &path).await?;
            let told = format!("{who}: {method} {path}: {reply:?}");
            assert_eq!(reply.status, answer(method, pattern, who), "{told}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn an_api_key_is_forbidden_what_is_its_owners_own() -> Result<()> {
    let app = App::start().await?;
    let theirs = Theirs::make(&app).await?;
    use_the_key(&app).await?;
    let before = stored(&app).await?;
    let mut asked = 0;
    for (method, pattern, _) in ACCESS.into_iter().filter(|(.., guard)| *guard == "self") {
        let path = theirs.path(pattern);
        is_problem(&ask(&app.machine(), method, &path).await?, 403, "forbidden", &path);
        asked += 1;
    }
    assert!(asked >= 15, "{asked}");
    assert_eq!(changed(&app, &before).await?, NOTHING);
    Ok(())
}

#[tokio::test]
async fn an_api_key_without_the_scope_is_forbidden_what_its_owners_role_permits() -> Result<()> {
    let app = App::start().await?;
    let owner = app.staff("owner").await?;
    let theirs = Theirs::make(&app).await?;
    for scope in ["bookings_read", "people_write"] {
        let wish = json!({"name": scope, "scopes": [scope]});
        let mut machine = app.stranger();
        machine.api_key = Some(owner.post("/api/keys", &wish).await?.text("/data/key"));
        let known = machine.get(&theirs.path("/rooms/{id}/availability/explain")).await?;
        assert_eq!(known.fields(), ["?start_time", "?end_time"], "{known:?}");
        let before = stored(&app).await?;
        let mut asked = 0;
        let within = format!("staff:{scope}");
        let of_staff = |guard: &str| guard.contains("staff:") && !guard.ends_with(&within);
        for (method, pattern, _) in ACCESS.into_iter().filter(|(.., guard)| of_staff(guard)) {
            let path = theirs.path(pattern);
            is_problem(&ask(&machine, method, &path).await?, 403, "forbidden", &path);
            asked += 1;
        }
        assert!(asked >= 40, "{scope}: {asked}");
        assert_eq!(changed(&app, &before).await?, NOTHING, "{scope}");
    }
    Ok(())
}

#[tokio::test]
async fn somebody_elses_session_is_not_found_just_like_none() -> Result<()> {
    let app = App::start().await?;
    let theirs = Theirs::make(&app).await?;
    let other = app.another().await?;
    let before = stored(&app).await?;
    let mut replies = Vec::new();
    for path in [theirs.path("/auth/sessions/{id}"), format!("/auth/sessions/{NOBODY}")] {
        let reply = ask(&other, "DELETE", &path).await?;
        is_problem(&reply, 404, "not_found", &path);
        replies.push(reply);
    }
    alike(&mut replies);
    assert_eq!(changed(&app, &before).await?, NOTHING);
    Ok(())
}

#[tokio::test]
async fn somebody_elses_held_booking_cannot_be_paid_even_by_staff() -> Result<()> {
    let app = App::start().await?;
    let booking = app.member().await?.book(&wish(10, 11)).await?;
    let others = [app.another().await?, app.staff("owner").await?, app.machine()];
    use_the_key(&app).await?;
    let before = stored(&app).await?;
    for guest in others {
        let reply = guest.post("/payments/ready", &json!({"booking_id": booking["id"]})).await?;
        is_problem(&reply, 404, "not_found", "/payments/ready");
    }
    assert_eq!(changed(&app, &before).await?, NOTHING);
    Ok(())
}
