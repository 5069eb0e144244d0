//! Who gets what.

use super::*;

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
