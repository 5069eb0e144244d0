//! What staff and machines book for others, and what is only put together first.

use super::*;

const NOBODY: &str = "01900000-0000-7000-8000-00000000dead";

async fn person(guest: &Guest) -> Result<String> {
    Ok(guest.get("/me").await?.text("/data/user_id"))
}

fn visitor() -> Value {
    json!({"name": "박손님", "email": "visitor@example.kr", "phone": "010-1234-5678"})
}

#[tokio::test]
async fn staff_and_machines_book_for_a_member_who_sees_it_as_their_own() -> Result<()> {
    let app = start().await?;
    let member = app.member().await?;
    let user = person(&member).await?;
    for (hour, guest) in [(9, app.staff("operator").await?), (11, app.machine())] {
        let theirs = guest.book(&with(free_wish(hour, hour + 1), &json!({"user_id": user}))).await?;
        assert_eq!((&theirs["user_id"], &theirs["status"]), (&json!(user), &json!("confirmed")));
        assert_eq!(seen(&member, &id_of(&theirs)).await?["title"], "정기 모임");
        assert_eq!(letters(&app, &member.email, "확정").await?.len(), if hour == 9 { 1 } else { 2 });
    }
    assert_eq!(free(&app, ROOM_B, "2026-12-02").await?, ["10:00–11:00", "12:00–22:00"]);
    Ok(())
}

#[tokio::test]
async fn what_staff_hold_for_a_member_is_paid_by_them() -> Result<()> {
    let app = start().await?;
    let member = app.member().await?;
    let for_them = with(wish(10, 12), &json!({"user_id": person(&member).await?}));
    let held = app.staff("operator").await?.book(&for_them).await?;
    assert_eq!((&held["status"], &held["expires_at"]), (&json!("held"), &json!("2026-12-01T08:10:00+09:00")));
    let ready = member.post("/payments/ready", &json!({"booking_id": held["id"]})).await?;
    assert_eq!((ready.status, ready.text("/amount").as_str()), (200, "40000"));
    let key = app.authenticate(&ready.text("/order_id"), 40_000);
    assert_eq!(member.confirm(&key, &ready.text("/order_id"), 40_000).await?.status, 200);
    assert_eq!(member.status_of(&id_of(&held)).await?, "confirmed");
    Ok(())
}

#[tokio::test]
async fn nobody_is_booked_for_who_is_not_there() -> Result<()> {
    let app = start().await?;
    let operator = app.staff("operator").await?;
    let refused =
        operator.post("/api/bookings", &with(free_wish(9, 10), &json!({"user_id": NOBODY}))).await?;
    assert_problem(&refused, 404, "no_such_person");
    let refused =
        operator.post("/api/bookings", &with(free_wish(9, 10), &json!({"user_id": "철수"}))).await?;
    assert_field(&refused, "/user_id", "type");
    assert_eq!(free(&app, ROOM_B, "2026-12-02").await?, ["09:00–22:00"]);
    Ok(())
}

#[tokio::test]
async fn a_guest_without_an_account_is_booked_for_by_their_contact_and_told_there() -> Result<()> {
    let app = start().await?;
    for (hour, guest) in [(9, app.staff("operator").await?), (11, app.machine())] {
        let booking = guest.book(&with(free_wish(hour, hour + 1), &json!({"contact": visitor()}))).await?;
        assert_eq!(booking["user_id"], Value::Null);
        let contact = &booking["contact"];
        assert_eq!((&contact["name"], &contact["email"]), (&json!("박손님"), &json!("visitor@example.kr")));
        assert!(contact["phone"].as_str().is_some_and(|phone| phone.ends_with("1012345678")), "{contact}");
    }
    let told = letters(&app, "visitor@example.kr", "확정").await?;
    assert_eq!(told.len(), 2);
    assert!(told[0].contains("박손님") && told[0].contains("2026-12-02 09:00–10:00"), "{told:?}");
    let operator = app.staff("operator").await?;
    assert!(letters(&app, &operator.email, "").await?.is_empty());
    assert_eq!(operator.get("/api/bookings").await?.body["data"], json!([]), "it is not the operator's own");
    Ok(())
}

#[tokio::test]
async fn of_a_contact_every_wrong_field_is_named() -> Result<()> {
    let app = start().await?;
    let contact = json!({"contact": {"name": "", "email": "손님", "phone": "전화"}});
    let refused =
        app.staff("operator").await?.post("/api/bookings", &with(free_wish(9, 10), &contact)).await?;
    assert_eq!(
        (refused.status, refused.fields()),
        (422, vec!["/contact/name".into(), "/contact/email".into(), "/contact/phone".into()])
    );
    Ok(())
}

#[tokio::test]
async fn a_contact_beside_a_member_is_who_is_written_to() -> Result<()> {
    let app = start().await?;
    let member = app.member().await?;
    let more = json!({"user_id": person(&member).await?, "contact": visitor()});
    let booking = app.staff("operator").await?.book(&with(free_wish(9, 10), &more)).await?;
    assert_eq!(seen(&member, &id_of(&booking)).await?["contact"]["name"], "박손님");
    assert_eq!(letters(&app, "visitor@example.kr", "확정").await?.len(), 1);
    assert!(letters(&app, &member.email, "확정").await?.is_empty());
    Ok(())
}

#[tokio::test]
async fn staff_confirm_at_once_what_is_not_paid_yet() -> Result<()> {
    let app = start().await?;
    let operator = app.staff("operator").await?;
    let firm = json!({"contact": visitor(), "confirm": true});
    let booking = operator.book(&with(wish(10, 12), &firm)).await?;
    assert_eq!((&booking["status"], &booking["amount"]), (&json!("confirmed"), &json!(40_000)));
    assert_eq!((&booking["is_paid"], &booking["expires_at"]), (&json!(false), &Value::Null));
    assert_eq!(letters(&app, "visitor@example.kr", "확정").await?.len(), 1);
    app.clock.advance(3000);
    assert_eq!(tidied(&app).await?, [0; 4], "it is no hold");
    assert_problem(&app.member().await?.post("/api/bookings", &wish(10, 12)).await?, 409, "slot_taken");
    Ok(())
}

#[tokio::test]
async fn staff_confirm_at_once_where_requests_wait_for_staff() -> Result<()> {
    let app = start().await?;
    let asked = room(&app, json!({"auto_confirm": false})).await?;
    let operator = app.staff("operator").await?;
    let wish = wish_for(&asked, "2026-12-02", 10, 11);
    assert_eq!(operator.book(&with(wish, &json!({"confirm": true}))).await?["status"], "confirmed");
    let wish = wish_for(&asked, "2026-12-02", 11, 12);
    assert_eq!(operator.book(&wish).await?["status"], "pending");
    Ok(())
}

#[tokio::test]
async fn a_member_books_for_nobody_else_and_decides_nothing() -> Result<()> {
    let app = start().await?;
    let (member, another) = (app.member().await?, app.another().await?);
    let mores = [
        json!({"user_id": person(&another).await?}),
        json!({"user_id": person(&member).await?}),
        json!({"user_id": NOBODY}),
        json!({"contact": visitor()}),
        json!({"confirm": true}),
        json!({"draft": true}),
    ];
    for more in mores {
        let refused = member.post("/api/bookings", &with(free_wish(9, 10), &more)).await?;
        assert_eq!((refused.status, refused.text("/code").as_str()), (403, "forbidden"), "{more}");
    }
    assert_eq!(free(&app, ROOM_B, "2026-12-02").await?, ["09:00–22:00"]);
    let no_more = json!({"user_id": null, "contact": null, "confirm": false, "draft": false});
    assert_eq!(member.post("/api/bookings", &with(free_wish(9, 10), &no_more)).await?.status, 201);
    Ok(())
}

// ---- drafts ---------------------------------------------------------------------------------------

async fn drafted(app: &App, wish: &Value) -> Result<String> {
    booked(&app.staff("operator").await?, &with(wish.clone(), &json!({"draft": true}))).await
}

async fn set(guest: &Guest, id: &str, status: &str) -> Result<Reply> {
    act(guest, id, "status", &json!({"status": status})).await
}

#[tokio::test]
async fn a_draft_occupies_nothing_and_is_told_to_nobody() -> Result<()> {
    let app = start().await?;
    let operator = app.staff("operator").await?;
    let draft = with(wish(10, 12), &json!({"draft": true, "contact": visitor()}));
    let first = operator.book(&draft).await?;
    let second = operator.book(&draft).await?;
    assert_eq!((&first["status"], &first["amount"]), (&json!("draft"), &json!(40_000)));
    assert_eq!(second["status"], "draft");
    assert_eq!(free(&app, ROOM_A, "2026-12-02").await?, ["09:00–22:00"]);
    app.member().await?.book(&wish(10, 12)).await?;
    assert!(letters(&app, "visitor@example.kr", "").await?.is_empty());
    app.clock.advance(600);
    assert_eq!(tidied(&app).await?, [1, 0, 0, 0], "only the member's hold ends");
    assert_eq!(operator.status_of(&id_of(&first)).await?, "draft");
    Ok(())
}

#[tokio::test]
async fn a_draft_is_reviewed_and_then_takes_its_hours() -> Result<()> {
    let app = start().await?;
    let operator = app.staff("operator").await?;
    let id = drafted(&app, &with(wish(10, 12), &json!({"contact": visitor()}))).await?;
    for status in ["needs_review", "reviewed"] {
        assert_is(&set(&operator, &id, status).await?, status);
        assert_eq!(free(&app, ROOM_A, "2026-12-02").await?, ["09:00–22:00"], "{status}");
    }
    assert_is(&set(&operator, &id, "confirmed").await?, "confirmed");
    assert_eq!(free(&app, ROOM_A, "2026-12-02").await?, ["09:00–10:00", "12:00–22:00"]);
    assert_eq!(letters(&app, "visitor@example.kr", "확정").await?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn a_review_cannot_be_skipped() -> Result<()> {
    let app = start().await?;
    let operator = app.staff("operator").await?;
    let id = drafted(&app, &wish(10, 12)).await?;
    assert_is(&set(&operator, &id, "needs_review").await?, "needs_review");
    for status in ["confirmed", "held", "pending"] {
        let refused = set(&operator, &id, status).await?;
        assert_problem(&refused, 409, "wrong_status");
        assert_eq!(refused.text("/current_status"), "needs_review");
    }
    assert_is(&set(&operator, &id, "draft").await?, "draft");
    assert_is(&set(&operator, &id, "confirmed").await?, "confirmed");
    for status in ["draft", "needs_review", "reviewed"] {
        assert_problem(&set(&operator, &id, status).await?, 409, "wrong_status");
    }
    Ok(())
}

#[tokio::test]
async fn a_draft_at_a_price_is_held_while_it_is_paid() -> Result<()> {
    let app = start().await?;
    let member = app.member().await?;
    let id = drafted(&app, &with(wish(10, 12), &json!({"user_id": person(&member).await?}))).await?;
    let reply = set(&app.staff("operator").await?, &id, "held").await?;
    assert_is(&reply, "held");
    assert_eq!(reply.text("/data/expires_at"), "2026-12-01T08:10:00+09:00");
    assert_problem(&app.another().await?.post("/api/bookings", &wish(11, 12)).await?, 409, "slot_taken");
    let ready = member.post("/payments/ready", &json!({"booking_id": id})).await?;
    assert_eq!((ready.status, ready.text("/amount").as_str()), (200, "40000"));
    Ok(())
}

#[tokio::test]
async fn a_draft_whose_hours_are_taken_stays_a_draft_and_says_by_whom() -> Result<()> {
    let app = start().await?;
    let operator = app.staff("operator").await?;
    let id = drafted(&app, &free_wish(10, 12)).await?;
    let theirs = booked(&app.member().await?, &free_wish(11, 12)).await?;
    let refused = set(&operator, &id, "confirmed").await?;
    assert_problem(&refused, 409, "slot_taken");
    assert_eq!(named(&refused), [theirs]);
    assert_eq!(refused.body["alternatives"][0]["start_time"], "2026-12-02T09:00:00+09:00");
    assert_eq!(operator.status_of(&id).await?, "draft");
    assert_eq!(free(&app, ROOM_B, "2026-12-02").await?, ["09:00–11:00", "12:00–22:00"]);
    Ok(())
}

#[tokio::test]
async fn a_draft_of_the_past_takes_nothing() -> Result<()> {
    let app = start().await?;
    let id = drafted(&app, &free_wish(10, 12)).await?;
    until(&app, "2026-12-02T10:00:01+09:00")?;
    assert_problem(&set(&app.staff("operator").await?, &id, "confirmed").await?, 409, "in_the_past");
    Ok(())
}

#[tokio::test]
async fn a_draft_is_cancelled_and_comes_back_as_a_draft() -> Result<()> {
    let app = start().await?;
    let operator = app.staff("operator").await?;
    let id = drafted(&app, &free_wish(10, 12)).await?;
    assert_is(&cancel(&operator, &id, &json!({})).await?, "cancelled");
    app.member().await?.book(&free_wish(10, 12)).await?;
    assert_is(&act(&operator, &id, "restore", &json!({})).await?, "draft");
    Ok(())
}

#[tokio::test]
async fn statuses_are_set_by_staff_only_and_only_such_as_there_are() -> Result<()> {
    let app = start().await?;
    let member = app.member().await?;
    let id = booked(&member, &wish(10, 12)).await?;
    for (who, guest, status) in [
        ("its owner", &member, 403),
        ("a stranger", &app.stranger(), 401),
        ("a viewer", &app.staff("viewer").await?, 403),
    ] {
        assert_eq!(set(guest, &id, "confirmed").await?.status, status, "{who}");
    }
    let operator = app.staff("operator").await?;
    assert_field(&set(&operator, &id, "approved").await?, "/status", "unknown");
    for status in ["expired", "paying", "held"] {
        assert_problem(&set(&operator, &id, status).await?, 409, "wrong_status");
    }
    assert_eq!(set(&operator, NOBODY, "confirmed").await?.status, 404);
    assert_is(&set(&operator, &id, "confirmed").await?, "confirmed");
    assert_eq!(letters(&app, &member.email, "확정").await?.len(), 1);
    Ok(())
}
