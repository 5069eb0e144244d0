//! Secret addresses that calendars subscribe to.

use super::*;

/// Makes a feed; its id and its path.
async fn made(guest: &Guest, wish: &Value) -> Result<(String, String)> {
    let reply = guest.post("/api/feeds", wish).await?;
    ensure!(reply.status == 201, "{reply:?}");
    Ok((reply.text("/data/id"), reply.text("/data/path")))
}

/// What a feed tells whoever knows it.
async fn told(app: &App, path: &str) -> Result<Vec<Event>> {
    let reply = app.stranger().get(path).await?;
    ensure!(reply.status == 200, "{reply:?}");
    events(&reply)
}

/// Somebody's record as the owner sees it.
async fn colleague(app: &App, email: &str) -> Result<(String, u64)> {
    let list = app.staff("owner").await?.get("/staff").await?;
    let all = list.body["data"].as_array().context("no list")?;
    let found = all.iter().find(|person| person["email"] == email).context("no such person")?;
    Ok((
        found["id"].as_str().context("no id")?.to_owned(),
        found["lock_version"].as_u64().context("no version")?,
    ))
}

async fn change(app: &App, email: &str, wish: &Value) -> Result<()> {
    let (id, version) = colleague(app, email).await?;
    let mut wish = wish.clone();
    wish["lock_version"] = json!(version);
    let reply = app.staff("owner").await?.patch(&format!("/staff/{id}"), &wish).await?;
    ensure!(reply.status == 200, "{reply:?}");
    Ok(())
}

#[tokio::test]
async fn ones_own_feed_tells_ones_own_bookings_to_whoever_knows_it() -> Result<()> {
    let app = App::start().await?;
    let (member, another) = (app.member().await?, app.another().await?);
    let booking = member.book(&free_wish(10, 12)).await?;
    another.book(&free_wish(13, 14)).await?;
    let (_, path) = made(&member, &json!({"name": "내 달력"})).await?;
    let all = told(&app, &path).await?;
    assert_eq!((all.len(), all[0]["UID"].as_str()), (1, format!("{}@maru", id(&booking)).as_str()));
    assert_eq!(all[0]["LOCATION"], "강의실 B");
    member.book(&wish(14, 15)).await?;
    let all = told(&app, &path).await?;
    assert_eq!(
        all.iter().map(|event| event["STATUS"].as_str()).collect::<Vec<_>>(),
        ["CONFIRMED", "TENTATIVE"]
    );
    Ok(())
}

#[tokio::test]
async fn a_cancelled_booking_stays_in_ones_own_feed_as_cancelled_and_a_hidden_one_does_not() -> Result<()> {
    let app = App::start().await?;
    let member = app.member().await?;
    let (one, other) = (member.book(&free_wish(10, 11)).await?, member.book(&free_wish(13, 14)).await?);
    let (_, path) = made(&member, &json!({})).await?;
    assert_eq!(member.delete(&format!("/api/bookings/{}", id(&one))).await?.status, 200);
    let hidden = json!({"hard_delete": true}).to_string().into_bytes();
    let gone = format!("/api/bookings/{}", id(&other));
    let headers = [("content-type", "application/json")];
    let admin = app.staff("admin").await?;
    assert_eq!(admin.send(reqwest::Method::DELETE, &gone, &headers, Some(hidden)).await?.status, 200);
    let all = told(&app, &path).await?;
    assert_eq!(
        (all.len(), all[0]["STATUS"].as_str(), all[0]["TRANSP"].as_str()),
        (1, "CANCELLED", "TRANSPARENT")
    );
    assert!(all[0]["UID"].starts_with(id(&one)));
    Ok(())
}

#[tokio::test]
async fn a_feeds_address_is_told_once_and_kept_nowhere() -> Result<()> {
    let app = App::start().await?;
    let member = app.member().await?;
    let (id, path) = made(&member, &json!({"name": "집"})).await?;
    let token = path.trim_start_matches("/calendar/").trim_end_matches(".ics");
    let list = member.get("/api/feeds").await?;
    let feed = &list.body["data"][0];
    assert_eq!(
        (list.status, &feed["id"], &feed["name"], &feed["of"]),
        (200, &json!(id), &json!("집"), &json!("me"))
    );
    assert!(!list.body.to_string().contains(token), "{list:?}");
    let secret = &token[token.len() - 30..];
    for (table, kept) in crate::garbage::stored(&app).await? {
        assert!(!kept.iter().any(|item| item.contains(secret)), "it is in {table}");
    }
    assert_eq!(
        app.stranger().get(path.trim_end_matches(".ics")).await?.status,
        200,
        "with or without its ending"
    );
    Ok(())
}

#[tokio::test]
async fn an_address_nobody_was_told_tells_nothing() -> Result<()> {
    let app = App::start().await?;
    let (_, path) = made(&app.member().await?, &json!({})).await?;
    let token = path.trim_start_matches("/calendar/").trim_end_matches(".ics");
    let flipped: String = token.chars().rev().collect();
    let mut other = token.to_owned();
    other.replace_range(40..41, if &token[40..41] == "A" { "B" } else { "A" });
    for wrong in
        [other.as_str(), &flipped, &token[..22], "x", "%00", "가", &"A".repeat(64), &format!("{token}AAAA")]
    {
        let reply = app.stranger().get(&format!("/calendar/{wrong}.ics")).await?;
        assert_eq!(refusal(&reply), (404, "not_found".into()), "{wrong}");
    }
    Ok(())
}

#[tokio::test]
async fn a_feed_that_is_ended_tells_nothing_from_then_on() -> Result<()> {
    let app = App::start().await?;
    let (member, another) = (app.member().await?, app.another().await?);
    let (id, path) = made(&member, &json!({})).await?;
    let own = format!("/api/feeds/{id}");
    assert_eq!(another.delete(&own).await?.status, 404, "not by others");
    assert_eq!(app.staff("owner").await?.delete(&own).await?.status, 404);
    assert_eq!(another.get("/api/feeds").await?.body["data"], json!([]));
    told(&app, &path).await?;
    let ended = member.delete(&own).await?;
    assert_eq!((ended.status, ended.text("/data/id")), (200, id));
    assert_eq!(app.stranger().get(&path).await?.status, 404);
    assert_eq!(
        (member.delete(&own).await?.status, &member.get("/api/feeds").await?.body["data"]),
        (404, &json!([]))
    );
    Ok(())
}

#[tokio::test]
async fn a_rooms_feed_is_for_staff_and_tells_everybodys_bookings_of_the_days_around() -> Result<()> {
    let app = App::start().await?;
    let (member, another, viewer) = (app.member().await?, app.another().await?, app.staff("viewer").await?);
    let wish = json!({"room_id": ROOM_B, "name": "강의실"});
    for guest in [&member, &app.staff("instructor").await?] {
        assert_eq!(refusal(&guest.post("/api/feeds", &wish).await?), (403, "forbidden".into()));
    }
    let nowhere = json!({"room_id": "01900000-0000-7000-8000-00000000dead"});
    assert_eq!(refusal(&viewer.post("/api/feeds", &nowhere).await?), (404, "no_such_room".into()));
    let (_, path) = made(&viewer, &wish).await?;
    let first = member.book(&wish_for(ROOM_B, "2026-12-02", 10, 12)).await?;
    let second = another.book(&wish_for(ROOM_B, "2027-01-30", 10, 12)).await?;
    another.book(&wish_for(ROOM_B, "2027-01-31", 10, 12)).await?;
    let cancelled = another.book(&wish_for(ROOM_B, "2026-12-03", 10, 12)).await?;
    assert_eq!(another.delete(&format!("/api/bookings/{}", id(&cancelled))).await?.status, 200);
    let uids = |all: Vec<Event>| all.into_iter().map(|event| event["UID"].clone()).collect::<Vec<_>>();
    let both = [&first, &second].map(|booking| format!("{}@maru", id(booking)));
    assert_eq!(uids(told(&app, &path).await?), both, "sixty days ahead, and nothing that is free again");
    app.clock.advance(8 * 24 * 3600);
    assert_eq!(uids(told(&app, &path).await?)[0], both[0], "a week back");
    app.clock.advance(24 * 3600);
    assert!(!uids(told(&app, &path).await?).contains(&both[0]));
    Ok(())
}

#[tokio::test]
async fn a_feed_goes_with_whoever_made_it() -> Result<()> {
    let app = App::start().await?;
    let viewer = app.staff("viewer").await?;
    let (_, own) = made(&viewer, &json!({})).await?;
    let (_, of_room) = made(&viewer, &json!({"room_id": ROOM_B})).await?;
    change(&app, "viewer@maru.local", &json!({"role": "instructor"})).await?;
    assert_eq!(refusal(&app.stranger().get(&of_room).await?), (404, "not_found".into()), "no staff any more");
    told(&app, &own).await?;
    let operator = app.staff("operator").await?;
    let (_, own) = made(&operator, &json!({})).await?;
    let (_, of_room) = made(&operator, &json!({"room_id": ROOM_B})).await?;
    change(&app, "operator@maru.local", &json!({"is_active": false, "reason": "퇴사"})).await?;
    for path in [&own, &of_room] {
        assert_eq!(refusal(&app.stranger().get(path).await?), (404, "not_found".into()), "shut out");
    }
    Ok(())
}

#[tokio::test]
async fn a_feed_of_somebody_who_left_tells_nothing() -> Result<()> {
    let app = App::start().await?;
    let member = app.member().await?;
    let (_, path) = made(&member, &json!({})).await?;
    told(&app, &path).await?;
    let body = json!({"password": PASSWORD}).to_string().into_bytes();
    let headers = [("content-type", "application/json")];
    let left = member.send(reqwest::Method::DELETE, "/me", &headers, Some(body)).await?;
    assert!((200..300).contains(&left.status), "{left:?}");
    assert_eq!(app.stranger().get(&path).await?.status, 404);
    Ok(())
}

#[tokio::test]
async fn twenty_feeds_are_enough() -> Result<()> {
    let app = App::start().await?;
    let member = app.member().await?;
    let mut first = String::new();
    for _ in 0..20 {
        first = made(&member, &json!({})).await?.0;
    }
    assert_eq!(refusal(&member.post("/api/feeds", &json!({})).await?), (409, "too_many_feeds".into()));
    made(&app.another().await?, &json!({})).await?;
    assert_eq!(member.delete(&format!("/api/feeds/{first}")).await?.status, 200);
    made(&member, &json!({})).await?;
    Ok(())
}

#[tokio::test]
async fn no_machine_makes_lists_or_ends_feeds() -> Result<()> {
    let app = App::start().await?;
    let machine = app.machine();
    let (id, _) = made(&app.staff("operator").await?, &json!({})).await?;
    let path = format!("/api/feeds/{id}");
    let replies = [
        machine.post("/api/feeds", &json!({})).await?,
        machine.get("/api/feeds").await?,
        machine.delete(&path).await?,
    ];
    assert_eq!(replies.map(|reply| reply.status), [403, 403, 403]);
    assert_eq!(app.stranger().post("/api/feeds", &json!({})).await?.status, 401);
    Ok(())
}

#[tokio::test]
async fn a_wrong_wish_for_a_feed_is_refused_naming_every_field() -> Result<()> {
    let app = App::start().await?;
    let wish = json!({"name": "가".repeat(61), "room_id": "강의실"});
    let reply = app.staff("viewer").await?.post("/api/feeds", &wish).await?;
    assert_eq!((reply.status, reply.fields()), (422, vec!["/name".to_owned(), "/room_id".to_owned()]));
    Ok(())
}
