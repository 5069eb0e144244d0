//! Whose a booking is, who may touch it, and for whom one may book.

use harness::app::wish_for;
use harness::people::{ROOM_A, ROOM_B};

use super::*;

/// What a person asks about one booking of theirs.
const OWN: [(&str, &str); 7] = [
    ("GET", "/api/bookings/{id}"),
    ("GET", "/api/reservations/{id}"),
    ("POST", "/api/bookings/{id}/cancel-preview"),
    ("POST", "/api/bookings/{id}/confirm"),
    ("POST", "/api/bookings/{id}/extend"),
    ("PUT", "/api/reservations/{id}/cancel"),
    ("DELETE", "/api/bookings/{id}"),
];

#[tokio::test]
async fn somebody_elses_booking_place_in_a_line_and_calendar_are_not_found_just_like_none() -> Result<()> {
    let app = App::start().await?;
    let theirs = Theirs::make(&app).await?;
    let other = app.another().await?;
    let before = stored(&app).await?;
    for (method, pattern) in
        OWN.into_iter().chain([("DELETE", "/api/waitlist/{id}"), ("DELETE", "/api/feeds/{id}")])
    {
        let (path, none) = (theirs.path(pattern), pattern.replace("{id}", NOBODY));
        let mut replies = [ask(&other, method, &path).await?, ask(&other, method, &none).await?];
        is_problem(&replies[0], 404, "not_found", &path);
        is_problem(&replies[1], 404, "not_found", &none);
        alike(&mut replies);
    }
    assert_eq!(changed(&app, &before).await?, NOTHING);
    Ok(())
}

#[tokio::test]
async fn a_viewer_may_know_of_a_booking_and_is_forbidden_to_touch_it() -> Result<()> {
    let app = App::start().await?;
    let theirs = Theirs::make(&app).await?;
    let viewer = app.staff("viewer").await?;
    let before = stored(&app).await?;
    for (method, pattern) in OWN {
        let path = theirs.path(pattern);
        let reply = ask(&viewer, method, &path).await?;
        if method == "GET" {
            assert_eq!(reply.text("/data/status"), "confirmed", "{reply:?}");
        } else {
            is_problem(&reply, 403, "forbidden", &path);
        }
    }
    let path = theirs.path("/api/waitlist/{id}");
    is_problem(&ask(&viewer, "DELETE", &path).await?, 404, "not_found", &path);
    assert_eq!(changed(&app, &before).await?, NOTHING);
    Ok(())
}

#[tokio::test]
async fn a_calendar_is_told_to_whoever_knows_its_secret_and_to_nobody_once_it_is_deleted() -> Result<()> {
    let app = App::start().await?;
    let (member, stranger) = (app.member().await?, app.stranger());
    let booking = member.book(&free_wish(10, 11)).await?;
    let feed = member.post("/api/feeds", &json!({})).await?;
    let (path, id) = (feed.text("/data/path"), feed.text("/data/id"));
    let told = stranger.get(&path).await?;
    assert_eq!((told.status, told.header("content-type")), (200, Some("text/calendar; charset=utf-8")));
    let uid = booking["id"].as_str().context("no id")?;
    assert!(told.body.as_str().is_some_and(|text| text.contains(uid)), "{told:?}");
    // One character of the secret is another one.
    let at = path.len() - ".ics".len() - 3;
    let other = if path.as_bytes()[at] == b'A' { "B" } else { "A" };
    let guessed = format!("{}{other}{}", &path[..at], &path[at + 1..]);
    is_problem(&stranger.get(&guessed).await?, 404, "not_found", &guessed);
    assert_eq!(member.delete(&format!("/api/feeds/{id}")).await?.status, 200);
    is_problem(&stranger.get(&path).await?, 404, "not_found", &path);
    Ok(())
}

#[tokio::test]
async fn the_calendar_of_a_room_is_for_staff() -> Result<()> {
    let app = App::start().await?;
    let before = stored(&app).await?;
    let wish = json!({"room_id": ROOM_A});
    for guest in [app.member().await?, app.staff("instructor").await?] {
        is_problem(&guest.post("/api/feeds", &wish).await?, 403, "forbidden", "/api/feeds");
    }
    let made = |items: Vec<String>| items.iter().any(|item| item.starts_with("feeds: "));
    assert!(!made(changed(&app, &before).await?));
    assert_eq!(app.staff("viewer").await?.post("/api/feeds", &wish).await?.status, 201);
    assert!(made(changed(&app, &before).await?));
    Ok(())
}

#[tokio::test]
async fn hiding_a_booking_is_for_admins_and_then_nobody_finds_it() -> Result<()> {
    let app = App::start().await?;
    let theirs = Theirs::make(&app).await?;
    use_the_key(&app).await?;
    let path = theirs.path("/api/bookings/{id}");
    let hide = |guest: Guest| {
        let body = Some(br#"{"hard_delete":true}"#.to_vec());
        let path = path.clone();
        async move { guest.send(Method::DELETE, &path, &[JSON], body).await }
    };
    let (member, operator) = (app.member().await?, app.staff("operator").await?);
    let before = stored(&app).await?;
    for guest in [member.clone(), operator.clone(), app.machine()] {
        is_problem(&hide(guest).await?, 403, "forbidden", &path);
    }
    assert_eq!(changed(&app, &before).await?, NOTHING);
    let hidden = hide(app.staff("admin").await?).await?;
    assert_eq!((hidden.status, hidden.text("/data/status").as_str()), (200, "cancelled"), "{hidden:?}");
    for guest in [member.clone(), operator, app.staff("owner").await?] {
        is_problem(&guest.get(&path).await?, 404, "not_found", &path);
    }
    let listed = member.get("/api/bookings").await?.body.to_string();
    assert!(!listed.contains(&theirs.booking), "{listed}");
    member.book(&free_wish(10, 11)).await?;
    Ok(())
}

/// What only staff may name, each with its value.
fn only_staff(own: &Value) -> [(&'static str, Value); 4] {
    [
        ("user_id", own.clone()),
        ("contact", json!({"name": "손님", "email": "guest@example.kr"})),
        ("draft", json!(true)),
        ("confirm", json!(true)),
    ]
}

/// Every way to book, or to wait, and a wish for each.
fn ways() -> [(&'static str, Value); 4] {
    let mut series = free_wish(12, 13);
    series["repeat"] = json!({"frequency": "weekly", "count": 2});
    [
        ("/api/bookings", free_wish(12, 13)),
        ("/api/series", series),
        ("/api/reservations/create", free_wish(12, 13)),
        ("/api/waitlist", free_wish(16, 17)),
    ]
}

#[tokio::test]
async fn members_book_and_wait_for_themselves_only() -> Result<()> {
    let app = App::start().await?;
    Theirs::make(&app).await?;
    let owner = app.staff("owner").await?;
    let reader = json!({"name": "읽기만", "scopes": ["bookings_read"]});
    let mut reader_key = app.stranger();
    reader_key.api_key = Some(owner.post("/api/keys", &reader).await?.text("/data/key"));
    assert_eq!(reader_key.get("/api/bookings").await?.status, 200);
    let own = app.member().await?.get("/me").await?.body["data"]["user_id"].clone();
    let guests = [
        app.member().await?,
        app.another().await?,
        app.staff("instructor").await?,
        app.staff("viewer").await?,
        reader_key,
    ];
    let before = stored(&app).await?;
    for guest in &guests {
        for (path, wish) in ways() {
            for (name, value) in only_staff(&own) {
                let mut wish = wish.clone();
                wish[name] = value;
                is_problem(&guest.post(path, &wish).await?, 403, "forbidden", path);
            }
        }
    }
    assert_eq!(changed(&app, &before).await?, NOTHING);
    // What says nothing is nothing.
    let mut wish = free_wish(12, 13);
    (wish["user_id"], wish["contact"]) = (Value::Null, Value::Null);
    (wish["draft"], wish["confirm"]) = (json!(false), json!(false));
    let booking = app.member().await?.book(&wish).await?;
    assert_eq!((&booking["user_id"], &booking["status"]), (&own, &json!("confirmed")));
    Ok(())
}

#[tokio::test]
async fn staff_and_keys_with_the_scope_book_for_anybody() -> Result<()> {
    let app = App::start().await?;
    let member = app.member().await?;
    let own = member.get("/me").await?.body["data"]["user_id"].clone();
    let people = [app.staff("operator").await?, app.staff("admin").await?, app.machine()];
    for (day, guest) in ["2026-12-02", "2026-12-03", "2026-12-04"].into_iter().zip(people) {
        let booked = async |room: &str, hour: u8, name: &str, value: Value| {
            let mut wish = wish_for(room, day, hour, hour + 1);
            wish[name] = value;
            guest.book(&wish).await
        };
        let [(_, whom), (_, contact), ..] = only_staff(&own);
        let theirs = booked(ROOM_B, 9, "user_id", whom).await?;
        assert_eq!(theirs["user_id"], own);
        let path = format!("/api/bookings/{}", theirs["id"].as_str().context("no id")?);
        assert_eq!(member.get(&path).await?.body["data"], theirs);
        let guests = booked(ROOM_B, 10, "contact", contact.clone()).await?;
        assert_eq!(guests["user_id"], Value::Null);
        for name in ["name", "email"] {
            assert_eq!(guests["contact"][name], contact[name]);
        }
        // The room costs something: without the word it would be held.
        assert_eq!(booked(ROOM_A, 11, "confirm", json!(true)).await?["status"], "confirmed");
        assert_eq!(booked(ROOM_A, 13, "confirm", json!(false)).await?["status"], "held");
        // A draft takes nothing: others have its hours.
        assert_eq!(booked(ROOM_B, 15, "draft", json!(true)).await?["status"], "draft");
        member.book(&wish_for(ROOM_B, day, 15, 16)).await?;
    }
    Ok(())
}

#[tokio::test]
async fn nobody_books_for_a_person_who_is_not_there() -> Result<()> {
    let app = App::start().await?;
    let operator = app.staff("operator").await?;
    let before = stored(&app).await?;
    let mut wish = free_wish(9, 10);
    wish["user_id"] = json!(NOBODY);
    let reply = operator.post("/api/bookings", &wish).await?;
    is_problem(&reply, 404, "no_such_person", "/api/bookings");
    assert_eq!(changed(&app, &before).await?, NOTHING);
    Ok(())
}
