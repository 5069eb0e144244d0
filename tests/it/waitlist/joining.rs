//! Joining a line, seeing it, leaving it.

use super::*;

#[tokio::test]
async fn somebody_waits_for_hours_that_are_taken() -> Result<()> {
    let app = App::start().await?;
    let (member, another) = (app.member().await?, app.another().await?);
    member.book(&free_wish(10, 12)).await?;
    let reply = ask(&another, &free_wish(11, 13)).await?;
    let place = &reply.body["data"];
    assert_eq!((reply.status, &place["status"], &place["kind"]), (201, &json!("waiting"), &json!("room")));
    assert_eq!(
        (&place["date"], &place["start_time"], &place["booking_id"]),
        (&json!("2026-12-02"), &json!("2026-12-02T11:00:00+09:00"), &Value::Null)
    );
    assert_eq!(reply.header("etag"), Some("\"1\""));
    let list = another.get("/api/waitlist").await?;
    assert_eq!((list.status, &list.body["data"]), (200, &json!([place])));
    assert_eq!(member.get("/api/waitlist").await?.body["data"], json!([]));
    Ok(())
}

#[tokio::test]
async fn nobody_waits_for_what_is_free() -> Result<()> {
    let app = App::start().await?;
    let (member, another) = (app.member().await?, app.another().await?);
    assert_eq!(refusal(&ask(&another, &free_wish(10, 12)).await?), (409, "free_now".into()));
    let hold = member.book(&wish(10, 12)).await?;
    join(&another, &wish(10, 11)).await?;
    app.clock.advance(600);
    assert_eq!(
        refusal(&ask(&app.staff("instructor").await?, &wish(11, 12)).await?),
        (409, "free_now".into()),
        "a hold that is over is free, and what the first in line does not want, too"
    );
    assert_eq!(member.status_of(hold["id"].as_str().unwrap()).await?, "held");
    Ok(())
}

#[tokio::test]
async fn hours_the_first_in_line_could_have_are_waited_for_by_the_next() -> Result<()> {
    let app = App::start().await?;
    let (member, another) = (app.member().await?, app.another().await?);
    let booking = member.book(&free_wish(10, 12)).await?;
    join(&another, &free_wish(10, 12)).await?;
    cancel(&member, &booking).await?;
    join(&app.staff("instructor").await?, &free_wish(10, 11)).await?;
    Ok(())
}

#[tokio::test]
async fn there_is_no_line_for_a_rush_or_over_midnight() -> Result<()> {
    let app = App::start().await?;
    let (member, another) = (app.member().await?, app.another().await?);
    let rush = room(&app, json!({"rush": true})).await?;
    member.book(&wish_for(&rush, "2026-12-02", 10, 11)).await?;
    let asked = ask(&another, &wish_for(&rush, "2026-12-02", 10, 11)).await?;
    assert_eq!(refusal(&asked), (409, "no_line".into()));
    let night = room(&app, json!({"open_time": "00:00", "close_time": "24:00"})).await?;
    let over = json!({"room_id": night, "start_time": "2026-12-02T23:00:00+09:00",
        "end_time": "2026-12-03T01:00:00+09:00", "title": "밤"});
    member.book(&over).await?;
    assert_eq!(refusal(&ask(&another, &over).await?), (409, "no_line".into()));
    let evening = json!({"room_id": night, "start_time": "2026-12-02T23:00:00+09:00",
        "end_time": "2026-12-03T00:00:00+09:00", "title": "밤"});
    join(&another, &evening).await?;
    Ok(())
}

#[tokio::test]
async fn somebody_waits_once_for_the_same_and_as_often_as_they_like_for_other_hours() -> Result<()> {
    let app = App::start().await?;
    let (member, another) = (app.member().await?, app.another().await?);
    member.book(&free_wish(10, 12)).await?;
    let first = join(&another, &free_wish(10, 12)).await?;
    assert_eq!(refusal(&ask(&another, &free_wish(10, 12)).await?), (409, "already_waiting".into()));
    join(&another, &free_wish(10, 11)).await?;
    join(&app.staff("instructor").await?, &free_wish(10, 12)).await?;
    assert_eq!(another.delete(&format!("/api/waitlist/{first}")).await?.status, 200);
    join(&another, &free_wish(10, 12)).await?;
    Ok(())
}

#[tokio::test]
async fn twenty_wait_for_a_day_and_no_more() -> Result<()> {
    let app = App::start().await?;
    let room = room(&app, json!({})).await?;
    app.member().await?.book(&wish_for(&room, "2026-12-02", 10, 14)).await?;
    let mut guests = vec![app.another().await?];
    for name in ["instructor", "viewer", "operator", "admin"] {
        guests.push(app.staff(name).await?);
    }
    let hours = [(10, 11), (11, 12), (12, 13), (13, 14)];
    let mut first = String::new();
    for guest in &guests {
        for (from, to) in hours {
            first = join(guest, &wish_for(&room, "2026-12-02", from, to)).await?;
        }
    }
    let late = app.newcomer("late@example.kr", "늦은이", "Str0ng!pass").await?;
    let wish = wish_for(&room, "2026-12-02", 10, 12);
    assert_eq!(refusal(&ask(&late, &wish).await?), (409, "line_full".into()));
    assert_eq!(guests[4].delete(&format!("/api/waitlist/{first}")).await?.status, 200);
    join(&late, &wish).await?;
    Ok(())
}

#[tokio::test]
async fn only_what_could_be_booked_is_waited_for() -> Result<()> {
    let app = App::start().await?;
    let (member, another) = (app.member().await?, app.another().await?);
    let nowhere = wish_for("01900000-0000-7000-8000-00000000dead", "2026-12-02", 10, 11);
    assert_eq!(refusal(&ask(&another, &nowhere).await?), (404, "no_such_room".into()));
    assert_eq!(app.stranger().post("/api/waitlist", &free_wish(10, 11)).await?.status, 401);
    member.book(&free_wish(10, 12)).await?;
    for (wish, fault) in [
        (free_wish(8, 10), ("/start_time", "outside_opening_hours")),
        (free_wish(9, 14), ("/end_time", "too_long")),
        (wish_for(ROOM_A, "2026-11-30", 10, 11), ("/start_time", "in_the_past")),
        (json!({"room_id": ROOM_A, "title": "모임"}), ("/start_time", "required")),
    ] {
        let reply = ask(&another, &wish).await?;
        assert_eq!((reply.status, faults(&reply)[0].clone()), (422, named(&[fault])[0].clone()), "{wish}");
    }
    Ok(())
}

#[tokio::test]
async fn everybody_waits_for_themselves() -> Result<()> {
    let app = App::start().await?;
    let (member, operator) = (app.member().await?, app.staff("operator").await?);
    let booking = member.book(&free_wish(10, 12)).await?;
    for more in [
        json!({"user_id": booking["user_id"]}),
        json!({"contact": {"name": "손님", "phone": "010-1234-5678"}}),
        json!({"draft": true}),
        json!({"confirm": true}),
    ] {
        let mut wish = free_wish(10, 12);
        wish.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        assert_eq!(refusal(&ask(&operator, &wish).await?), (403, "forbidden".into()), "{more}");
    }
    join(&operator, &free_wish(10, 12)).await?;
    Ok(())
}

#[tokio::test]
async fn a_repeated_request_joins_once() -> Result<()> {
    let app = App::start().await?;
    let (member, another) = (app.member().await?, app.another().await?);
    member.book(&free_wish(10, 12)).await?;
    let key = [("idempotency-key", "wait-1")];
    let wish = free_wish(10, 12);
    let twins = try_join_all((0..6).map(|_| another.post_with("/api/waitlist", &wish, &key))).await?;
    let ids: std::collections::BTreeSet<String> = twins.iter().map(|reply| reply.text("/data/id")).collect();
    assert_eq!((twins.iter().all(|reply| reply.status == 201), ids.len()), (true, 1), "{twins:?}");
    let repeated = another.post_with("/api/waitlist", &wish, &key).await?;
    assert_eq!(repeated.header("idempotent-replayed"), Some("true"));
    let reused = another.post_with("/api/waitlist", &free_wish(10, 11), &key).await?;
    assert_eq!(refusal(&reused), (422, "idempotency_key_reused".into()));
    assert_eq!(another.get("/api/waitlist").await?.body["data"].as_array().unwrap().len(), 1);
    Ok(())
}

#[tokio::test]
async fn places_in_lines_are_listed_newest_first_and_page_by_page() -> Result<()> {
    let app = App::start().await?;
    let (member, another) = (app.member().await?, app.another().await?);
    member.book(&free_wish(9, 13)).await?;
    let mut joined = Vec::new();
    for hour in 9..13 {
        app.clock.advance(1);
        joined.insert(0, join(&another, &free_wish(hour, hour + 1)).await?);
    }
    join(&member, &free_wish(9, 13)).await?;
    let (mut seen, mut next) = (Vec::new(), String::new());
    for _ in 0..2 {
        let page = another.get(&format!("/api/waitlist?page_size=2&next={next}")).await?;
        assert_eq!((page.status, page.body["pagination"]["page_size"].as_u64()), (200, Some(2)));
        let ids = page.body["data"].as_array().unwrap().iter();
        seen.extend(ids.map(|place| place["id"].as_str().unwrap().to_owned()));
        next = page.text("/pagination/next");
    }
    assert_eq!(seen, joined);
    let wrong = another.get("/api/waitlist?page_size=둘").await?;
    assert_eq!((wrong.status, wrong.fields()), (422, vec!["?page_size".to_owned()]));
    Ok(())
}

#[tokio::test]
async fn who_leaves_the_line_has_no_claim_any_more() -> Result<()> {
    let app = App::start().await?;
    let (member, another) = (app.member().await?, app.another().await?);
    let booking = member.book(&free_wish(10, 12)).await?;
    let path = format!("/api/waitlist/{}", join(&another, &free_wish(10, 12)).await?);
    let left = another.delete(&path).await?;
    assert_eq!((left.status, left.text("/data/status")), (200, "left".into()));
    let again = another.delete(&path).await?;
    assert_eq!((again.status, &again.body), (200, &left.body), "leaving again answers the same");
    cancel(&member, &booking).await?;
    assert_eq!(served(&app).await?, 0);
    app.staff("instructor").await?.book(&free_wish(10, 12)).await?;
    Ok(())
}

#[tokio::test]
async fn nobody_but_staff_leaves_for_others() -> Result<()> {
    let app = App::start().await?;
    let (member, another) = (app.member().await?, app.another().await?);
    member.book(&free_wish(10, 12)).await?;
    let id = join(&another, &free_wish(10, 12)).await?;
    let path = format!("/api/waitlist/{id}");
    for (who, guest, status) in [
        ("a member", member, 404),
        ("a viewer", app.staff("viewer").await?, 404),
        ("a stranger", app.stranger(), 401),
    ] {
        assert_eq!(guest.delete(&path).await?.status, status, "{who}");
    }
    assert_eq!(super::status(&another, &id).await?, "waiting");
    assert_eq!(app.staff("operator").await?.delete(&path).await?.status, 200);
    assert_eq!(super::status(&another, &id).await?, "left");
    Ok(())
}
