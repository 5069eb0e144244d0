//! What a booking says, and the version somebody changes.

use super::*;

async fn tagged(guest: &Guest, id: &str, version: u64, body: &Value) -> Result<Reply> {
    let tag = format!("\"{version}\"");
    let headers = [("content-type", "application/json"), ("if-match", tag.as_str())];
    let path = format!("/api/bookings/{id}");
    guest.send(Method::PATCH, &path, &headers, Some(body.to_string().into_bytes())).await
}

#[tokio::test]
async fn what_is_sent_changes_and_the_rest_stays() -> Result<()> {
    let app = start().await?;
    let (member, operator) = (app.member().await?, app.staff("operator").await?);
    let more = json!({"description": "창가 자리", "people": 4});
    let id = booked(&member, &with(free_wish(10, 12), &more)).await?;
    let before = seen(&member, &id).await?;
    let reply = change(&operator, &id, &json!({"title": "독서 모임"})).await?;
    let same = with(before, &json!({"title": "독서 모임", "lock_version": 2}));
    assert_eq!((reply.status, &reply.body["data"]), (200, &same));
    assert_eq!(reply.header("etag"), Some("\"2\""));
    let contact = json!({"name": "박손님", "email": "visitor@example.kr"});
    let all = json!({"description": "둘째 줄\n셋째 줄", "people": 8, "contact": contact});
    let reply = change(&operator, &id, &all).await?;
    let shown = &reply.body["data"];
    assert_eq!((&shown["description"], &shown["people"]), (&json!("둘째 줄\n셋째 줄"), &json!(8)));
    assert_eq!((&shown["contact"]["name"], &shown["title"]), (&json!("박손님"), &json!("독서 모임")));
    assert_eq!(seen(&member, &id).await?, *shown);
    assert_eq!(letters(&app, &member.email, "변경").await?.len(), 0, "it is where it was");
    Ok(())
}

#[tokio::test]
async fn whoever_is_named_as_contact_is_written_to_from_then_on() -> Result<()> {
    let app = start().await?;
    let (member, operator) = (app.member().await?, app.staff("operator").await?);
    let id = booked(&member, &free_wish(10, 12)).await?;
    change(&operator, &id, &json!({"contact": {"name": "박손님", "email": "visitor@example.kr"}})).await?;
    app.mails(&member.email).await?;
    cancel(&operator, &id, &json!({})).await?;
    assert_eq!(letters(&app, "visitor@example.kr", "취소").await?.len(), 1);
    assert!(letters(&app, &member.email, "취소").await?.is_empty());
    Ok(())
}

#[tokio::test]
async fn what_cannot_be_said_is_refused_field_by_field() -> Result<()> {
    let app = start().await?;
    let operator = app.staff("operator").await?;
    let id = booked(&app.member().await?, &free_wish(10, 12)).await?;
    let long = "가".repeat(201);
    for (body, pointer) in [
        (json!({"title": ""}), "/title"),
        (json!({"title": long}), "/title"),
        (json!({"title": 7}), "/title"),
        (json!({"description": "가".repeat(2001)}), "/description"),
        (json!({"contact": {"email": "visitor@example.kr"}}), "/contact/name"),
        (json!({"people": 0}), "/people"),
        (json!({"people": 501}), "/people"),
        (json!({"people": 9}), "/people"),
        (json!({"reason": long}), "/reason"),
        (json!({"lock_version": "하나"}), "/lock_version"),
        (json!({"keep_price": "yes"}), "/keep_price"),
    ] {
        let reply = change(&operator, &id, &body).await?;
        assert_eq!((reply.status, reply.fields()), (422, vec![pointer.to_owned()]), "{body}: {reply:?}");
    }
    assert_eq!(seen(&operator, &id).await?["lock_version"], 1);
    Ok(())
}

#[tokio::test]
async fn no_more_people_move_into_a_room_than_it_takes() -> Result<()> {
    let app = start().await?;
    let operator = app.staff("operator").await?;
    let id = booked(&app.member().await?, &with(wish(10, 12), &json!({"people": 12}))).await?;
    let refused = act(&operator, &id, "reschedule", &json!({"room_id": ROOM_B})).await?;
    assert_field(&refused, "/people", "range");
    let fewer = json!({"room_id": ROOM_B, "people": 8});
    assert_is(&act(&operator, &id, "reschedule", &fewer).await?, "held");
    Ok(())
}

#[tokio::test]
async fn an_old_etag_is_a_failed_precondition() -> Result<()> {
    let app = start().await?;
    let operator = app.staff("operator").await?;
    let id = booked(&app.member().await?, &free_wish(10, 12)).await?;
    let title = json!({"title": "독서 모임"});
    assert_eq!(tagged(&operator, &id, 1, &title).await?.header("etag"), Some("\"2\""));
    let stale = tagged(&operator, &id, 1, &json!({"title": "다른 모임"})).await?;
    assert_problem(&stale, 412, "conflict_version");
    assert_eq!(
        (&stale.body["current_version"], stale.text("/error_code").as_str()),
        (&json!(2), "CONFLICT_VERSION")
    );
    assert_eq!(seen(&operator, &id).await?["title"], "독서 모임");
    assert_eq!(tagged(&operator, &id, 2, &json!({"title": "다른 모임"})).await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn an_old_version_in_the_body_is_a_conflict() -> Result<()> {
    let app = start().await?;
    let operator = app.staff("operator").await?;
    let id = booked(&app.member().await?, &free_wish(10, 12)).await?;
    for (name, version) in [("lock_version", 1), ("_lock_version", 2)] {
        let title = json!({"title": format!("모임 {version}"), name: version});
        assert_eq!(change(&operator, &id, &title).await?.status, 200, "{name}");
        let stale = change(&operator, &id, &title).await?;
        assert_problem(&stale, 409, "conflict_version");
        assert_eq!(stale.body["current_version"], version + 1);
        assert_eq!(seen(&operator, &id).await?["title"], format!("모임 {version}"));
    }
    Ok(())
}

#[tokio::test]
async fn an_old_version_moves_nothing() -> Result<()> {
    let app = start().await?;
    let operator = app.staff("operator").await?;
    let id = booked(&app.member().await?, &free_wish(10, 12)).await?;
    change(&operator, &id, &json!({"title": "독서 모임"})).await?;
    let to = json!({"start_time": "2026-12-02T14:00", "end_time": "2026-12-02T16:00", "lock_version": 1});
    assert_problem(&act(&operator, &id, "reschedule", &to).await?, 409, "conflict_version");
    let tag = [("content-type", "application/json"), ("if-match", "\"1\"")];
    let path = format!("/api/bookings/{id}/reschedule");
    let body = with(to, &json!({"lock_version": null})).to_string().into_bytes();
    assert_problem(&operator.send(Method::POST, &path, &tag, Some(body)).await?, 412, "conflict_version");
    assert_eq!(free(&app, ROOM_B, "2026-12-02").await?, ["09:00–10:00", "12:00–22:00"]);
    Ok(())
}

#[tokio::test]
async fn whoever_names_no_version_changes_the_latest() -> Result<()> {
    let app = start().await?;
    let (one, two) = (app.staff("operator").await?, app.staff("admin").await?);
    let id = booked(&app.member().await?, &free_wish(10, 12)).await?;
    let (title, people) = (json!({"title": "독서 모임"}), json!({"people": 3}));
    let (first, second) = tokio::join!(change(&one, &id, &title), change(&two, &id, &people));
    assert_eq!((first?.status, second?.status), (200, 200));
    let shown = seen(&one, &id).await?;
    assert_eq!((&shown["title"], &shown["people"]), (&json!("독서 모임"), &json!(3)), "both are there");
    assert_eq!(shown["lock_version"], 3);
    Ok(())
}

#[tokio::test]
async fn an_if_match_that_is_no_etag_is_unreadable() -> Result<()> {
    let app = start().await?;
    let operator = app.staff("operator").await?;
    let id = booked(&app.member().await?, &free_wish(10, 12)).await?;
    let headers = [("content-type", "application/json"), ("if-match", "1")];
    let reply = operator
        .send(Method::PATCH, &format!("/api/bookings/{id}"), &headers, Some(b"{\"title\":\"x\"}".to_vec()))
        .await?;
    assert_problem(&reply, 400, "bad_if_match");
    Ok(())
}

#[tokio::test]
async fn why_something_was_changed_is_in_the_trail() -> Result<()> {
    let app = start().await?;
    let operator = app.staff("operator").await?;
    let id = booked(&app.member().await?, &free_wish(10, 12)).await?;
    change(&operator, &id, &json!({"people": 3, "_reason": "전화로 변경"})).await?;
    let to = json!({"start_time": "2026-12-02T14:00", "end_time": "2026-12-02T16:00", "reason": "요청"});
    act(&operator, &id, "reschedule", &to).await?;
    let trail = crate::trail::of(app.stack(), &format!("booking#{id}")).await?;
    let told: Vec<(&str, Option<&str>)> =
        trail.iter().map(|record| (record.action.as_str(), record.reason.as_deref())).collect();
    assert_eq!(
        told,
        [
            ("booking.confirmed", None),
            ("booking.amended", Some("전화로 변경")),
            ("booking.moved", Some("요청"))
        ]
    );
    Ok(())
}
