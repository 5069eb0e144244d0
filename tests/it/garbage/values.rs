//! Values that cannot be.

use super::*;

#[tokio::test]
async fn nul_in_a_name_or_a_title_is_refused_by_name() -> Result<()> {
    let app = App::start().await?;
    let member = app.member().await?;
    let person = json!({"email": "nul@example.kr", "password": "Str0ng!pass", "name": "김\0철수"});
    let reply = app.stranger().post("/auth/register", &person).await?;
    assert_eq!((reply.status, reply.fields()), (422, vec!["/name".to_owned()]), "{reply:?}");
    assert_eq!(reply.body["errors"][0]["code"], "control_character");
    let mut wish = harness::app::wish(10, 12);
    wish["title"] = json!("회의\0");
    wish["description"] = json!("줄\n바꿈은 되고 \0은 안 됨");
    let reply = member.post("/api/bookings", &wish).await?;
    assert_eq!(reply.status, 422, "{reply:?}");
    assert_eq!(sorted(reply.fields()), ["/description", "/title"]);
    Ok(())
}

#[tokio::test]
async fn an_emoji_is_text_like_any_other() -> Result<()> {
    let app = App::start().await?;
    let mut wish = harness::app::free_wish(10, 11);
    wish["title"] = json!("생일 파티 🎂👩‍👩‍👧‍👦");
    let reply = app.member().await?.post("/api/bookings", &wish).await?;
    assert_eq!(reply.status, 201, "{reply:?}");
    assert_eq!(reply.body["data"]["title"], "생일 파티 🎂👩‍👩‍👧‍👦");
    Ok(())
}

#[tokio::test]
async fn a_text_is_measured_in_characters_at_both_ends() -> Result<()> {
    let app = App::start().await?;
    let member = app.member().await?;
    for (length, status) in [(1, 201), (200, 201), (201, 422)] {
        let mut wish = harness::app::free_wish(10, 11);
        wish["title"] = json!("한".repeat(length));
        let reply = member.post("/api/bookings", &wish).await?;
        assert_eq!(reply.status, status, "{length}: {reply:?}");
        if status == 201 {
            let id = reply.text("/data/id");
            assert_eq!(reply.body["data"]["title"], "한".repeat(length));
            let reply = member.delete(&format!("/api/bookings/{id}")).await?;
            assert_eq!((reply.status, reply.text("/data/status")), (200, "cancelled".to_owned()));
        } else {
            assert_eq!(reply.fields(), ["/title"]);
        }
    }
    Ok(())
}

#[tokio::test]
async fn fields_nobody_asked_for_are_ignored() -> Result<()> {
    let app = App::start().await?;
    let member = app.member().await?;
    let mut wish = harness::app::free_wish(10, 11);
    for (name, value) in [
        ("status", json!("completed")),
        ("amount", json!(-5)),
        ("paid_amount", json!(99)),
        ("userId", json!("01900000-0000-7000-8000-000000000001")),
        ("lock_version", json!(77)),
        ("__proto__", json!({"role": "owner"})),
        ("", json!(null)),
        ("깊은 것", json!([[[[{"x": [1, 2, {}]}]]]])),
    ] {
        wish[name] = value;
    }
    let reply = member.post("/api/bookings", &wish).await?;
    assert_eq!(reply.status, 201, "{reply:?}");
    let booking = &reply.body["data"];
    assert_eq!((&booking["status"], &booking["amount"]), (&json!("confirmed"), &json!(0)));
    assert_eq!(booking["lock_version"], 1);
    assert_ne!(booking["user_id"], "01900000-0000-7000-8000-000000000001");
    Ok(())
}

#[tokio::test]
async fn one_field_under_both_its_names_is_ambiguous() -> Result<()> {
    let app = App::start().await?;
    let member = app.member().await?;
    let before = written(&app);
    let bodies = [
        ("/payments/ready", json!({"booking_id": "a", "bookingId": "b"})),
        ("/payments/confirm", json!({"payment_key": "a", "paymentKey": "b", "order_id": "c", "amount": 1})),
    ];
    for (path, body) in bodies {
        let reply = member.post(path, &body).await?;
        assert_eq!((reply.status, reply.fields()), (422, vec![String::new()]), "{reply:?}");
        assert_eq!(reply.body["errors"][0]["code"], "ambiguous");
    }
    assert!((written(&app) - before).abs() < f64::EPSILON);
    Ok(())
}

#[tokio::test]
async fn amounts_that_are_none_are_refused_at_the_amount() -> Result<()> {
    let app = App::start().await?;
    let member = app.member().await?;
    let amounts = [
        json!(0),
        json!(-40_000),
        json!(0.5),
        json!(40_000.01),
        json!("40,000"),
        json!("4e4"),
        json!("-1"),
        json!("0x10"),
        json!(""),
        json!(" "),
        json!("٤٠"),
        json!("NaN"),
        json!("1000000000000000"),
        json!(1e300),
        json!(u64::MAX),
        json!("9".repeat(10_000)),
    ];
    for amount in amounts {
        let body = json!({"payment_key": "key1", "order_id": "order1", "amount": amount});
        let start: String = amount.to_string().chars().take(30).collect();
        let before = written(&app);
        let reply = member.post("/payments/confirm", &body).await?;
        assert_eq!((reply.status, reply.fields()), (422, vec!["/amount".to_owned()]), "{start}: {reply:?}");
        assert!((written(&app) - before).abs() < f64::EPSILON, "{start} wrote");
    }
    Ok(())
}

#[tokio::test]
async fn times_of_day_that_are_none_are_refused_at_the_time() -> Result<()> {
    let app = App::start().await?;
    let owner = app.staff("owner").await?;
    let before = stored(&app).await?;
    for time in [
        "",
        "9:00",
        "09:0",
        "09:60",
        "25:00",
        "24:15",
        "09:07",
        "0900",
        "09:00:00",
        "０９:00",
        "+9:00",
        "09:+0",
        "-1:00",
    ] {
        let body = json!({"name": "강의실", "capacity": 4, "hourly_rate": 0, "open_time": time, "close_time": "24:00"});
        let reply = owner.post("/rooms", &body).await?;
        assert_eq!((reply.status, reply.fields()), (422, vec!["/open_time".to_owned()]), "{time}: {reply:?}");
    }
    assert_eq!(changed(&app, &before).await?, NOTHING);
    Ok(())
}

#[tokio::test]
async fn a_bad_idempotency_key_is_unreadable() -> Result<()> {
    let app = App::start().await?;
    let member = app.member().await?;
    let long = "k".repeat(256);
    for key in ["", "   ", "키", long.as_str()] {
        let before = written(&app);
        let reply = member
            .post_with("/api/bookings", &harness::app::wish(10, 12), &[("idempotency-key", key)])
            .await?;
        assert_eq!(
            (reply.status, reply.text("/code")),
            (400, "bad_idempotency_key".to_owned()),
            "{key}: {reply:?}"
        );
        assert!((written(&app) - before).abs() < f64::EPSILON, "{key} wrote");
    }
    Ok(())
}

#[tokio::test]
async fn ids_in_paths_that_are_none_are_not_found() -> Result<()> {
    let app = App::start().await?;
    let (member, owner) = (app.member().await?, app.staff("owner").await?);
    let before = stored(&app).await?;
    let ids = ["x", "0", "%00", "%ff", "%F0%9F%98%80", "..%2f..%2fetc", "%20", "'--", "%7B%7D", "null"];
    let long = "a".repeat(4_000);
    for id in ids.into_iter().chain([long.as_str()]) {
        for path in ["/rooms/", "/api/bookings/", "/payments/"] {
            let path = format!("{path}{id}");
            let reply = member.get(&path).await?;
            assert_eq!(
                (reply.status, reply.text("/code")),
                (404, "not_found".to_owned()),
                "{path}: {reply:?}"
            );
        }
        for (method, path) in [
            (Method::DELETE, format!("/api/bookings/{id}")),
            (Method::DELETE, format!("/auth/sessions/{id}")),
            (Method::DELETE, format!("/staff/{id}")),
            (Method::DELETE, format!("/api/keys/{id}")),
            (Method::PATCH, format!("/staff/{id}")),
            (Method::POST, format!("/admin/users/{id}/ban")),
            (Method::POST, format!("/admin/users/{id}/unban")),
        ] {
            let body = br#"{"role":"viewer","lock_version":1}"#.to_vec();
            let reply = owner.send(method, &path, &[JSON], Some(body)).await?;
            assert_eq!(
                (reply.status, reply.text("/code")),
                (404, "not_found".to_owned()),
                "{path}: {reply:?}"
            );
        }
    }
    assert_eq!(changed(&app, &before).await?, NOTHING);
    Ok(())
}

#[tokio::test]
async fn wrong_queries_are_refused_at_the_parameter() -> Result<()> {
    let app = App::start().await?;
    let member = app.member().await?;
    let room = format!("/rooms/{}/availability", harness::people::ROOM_A);
    let queries = [
        ("/rooms?page_size=x".to_owned(), 422, vec!["?page_size"]),
        ("/rooms?page_size=-1".to_owned(), 422, vec!["?page_size"]),
        ("/api/bookings?page_size=1e3".to_owned(), 422, vec!["?page_size"]),
        ("/api/bookings?page_size=99999".to_owned(), 422, vec!["?page_size"]),
        (format!("{room}?from=2026-02-30"), 422, vec!["?from"]),
        (format!("{room}?from=x&to=y"), 422, vec!["?from", "?to"]),
    ];
    for (path, status, fields) in queries {
        let reply = member.get(&path).await?;
        assert_eq!(
            (reply.status, sorted(reply.fields())),
            (status, fields.iter().map(|f| (*f).to_owned()).collect()),
            "{path}: {reply:?}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn a_cursor_nobody_gave_is_the_first_page() -> Result<()> {
    let app = App::start().await?;
    let (member, owner) = (app.member().await?, app.staff("owner").await?);
    for next in ["x", "%00", "eyJhIjoxfQ", "%F0%9F%98%80"] {
        for (guest, path) in [
            (&member, "/rooms"),
            (&member, "/api/bookings"),
            (&member, "/auth/sessions"),
            (&owner, "/api/keys"),
        ] {
            let reply = guest.get(&format!("{path}?next={next}")).await?;
            assert_eq!(reply.status, 200, "{path} {next}: {reply:?}");
            assert!(reply.body["data"].is_array(), "{reply:?}");
        }
    }
    Ok(())
}
