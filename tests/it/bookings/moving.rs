//! Moving to another time or room: never in both places, nor in none.

use super::*;

async fn moved(guest: &Guest, id: &str, to: &Value) -> Result<Reply> {
    act(guest, id, "reschedule", to).await
}

fn hours(from: u8, to: u8) -> Value {
    let wish = wish(from, to);
    json!({"start_time": wish["start_time"], "end_time": wish["end_time"]})
}

#[tokio::test]
async fn a_booking_moves_to_another_time_and_leaves_the_old_one_free() -> Result<()> {
    let app = start().await?;
    let (member, operator) = (app.member().await?, app.staff("operator").await?);
    let id = booked(&member, &free_wish(10, 12)).await?;
    for (verb, from, to) in [("reschedule", 14, 16), ("change", 18, 20)] {
        let reply = match verb {
            "change" => change(&operator, &id, &hours(from, to)).await?,
            _ => moved(&operator, &id, &hours(from, to)).await?,
        };
        assert_is(&reply, "confirmed");
        assert_eq!(reply.text("/data/start_time"), format!("2026-12-02T{from}:00:00+09:00"));
        let around = [format!("09:00–{from}:00"), format!("{to}:00–22:00")];
        assert_eq!(free(&app, ROOM_B, "2026-12-02").await?, around);
    }
    let told = letters(&app, &member.email, "변경").await?;
    assert_eq!(told.len(), 2);
    assert!(told[1].contains("2026-12-02 18:00–20:00"), "{told:?}");
    app.another().await?.book(&free_wish(10, 12)).await?;
    Ok(())
}

#[tokio::test]
async fn a_booking_moves_to_another_room_and_day() -> Result<()> {
    let app = start().await?;
    let (member, operator) = (app.member().await?, app.staff("operator").await?);
    let id = booked(&member, &wish(10, 12)).await?;
    let to = json!({"room_id": ROOM_B, "start_time": "2026-12-03T10:00", "end_time": "2026-12-03T13:00"});
    let reply = moved(&operator, &id, &to).await?;
    assert_is(&reply, "held");
    assert_eq!(reply.text("/data/room_id"), ROOM_B);
    assert_eq!(free(&app, ROOM_A, "2026-12-02").await?, ["09:00–22:00"]);
    assert_eq!(free(&app, ROOM_B, "2026-12-02").await?, ["09:00–22:00"]);
    assert_eq!(free(&app, ROOM_B, "2026-12-03").await?, ["09:00–10:00", "13:00–22:00"]);
    let told = letters(&app, &member.email, "변경").await?;
    assert!(told.len() == 1 && told[0].contains("강의실 B\n2026-12-03 10:00–13:00"), "{told:?}");
    Ok(())
}

#[tokio::test]
async fn a_move_may_overlap_its_own_old_time() -> Result<()> {
    let app = start().await?;
    let (member, operator) = (app.member().await?, app.staff("operator").await?);
    let id = booked(&member, &free_wish(10, 12)).await?;
    for (from, to) in [(11, 13), (10, 14), (11, 12), (11, 12)] {
        assert_is(&moved(&operator, &id, &hours(from, to)).await?, "confirmed");
        let around = [format!("09:00–{from}:00"), format!("{to}:00–22:00")];
        assert_eq!(free(&app, ROOM_B, "2026-12-02").await?, around);
    }
    Ok(())
}

#[tokio::test]
async fn one_end_alone_moves() -> Result<()> {
    let app = start().await?;
    let operator = app.staff("operator").await?;
    let id = booked(&app.member().await?, &free_wish(10, 12)).await?;
    assert_is(&moved(&operator, &id, &json!({"end_time": "2026-12-02T13:00"})).await?, "confirmed");
    assert_is(&moved(&operator, &id, &json!({"start_time": "2026-12-02T12:00"})).await?, "confirmed");
    assert_eq!(free(&app, ROOM_B, "2026-12-02").await?, ["09:00–12:00", "13:00–22:00"]);
    Ok(())
}

#[tokio::test]
async fn a_move_into_a_taken_time_leaves_everything_as_it_was_and_says_whose_it_is() -> Result<()> {
    let app = start().await?;
    let (member, operator) = (app.member().await?, app.staff("operator").await?);
    let id = booked(&member, &free_wish(10, 12)).await?;
    let theirs = booked(&app.another().await?, &free_wish(14, 16)).await?;
    let before = seen(&member, &id).await?;
    let to = with(hours(15, 17), &json!({"title": "다른 모임"}));
    for reply in [moved(&operator, &id, &to).await?, change(&operator, &id, &to).await?] {
        assert_problem(&reply, 409, "slot_taken");
        assert_eq!(named(&reply), [theirs.as_str()]);
        assert_eq!(reply.body["conflicts"][0]["start_time"], "2026-12-02T15:00:00+09:00");
        assert!(!reply.body["alternatives"].as_array().unwrap().is_empty());
    }
    assert_eq!(seen(&member, &id).await?, before);
    assert_eq!(free(&app, ROOM_B, "2026-12-02").await?, ["09:00–10:00", "12:00–14:00", "16:00–22:00"]);
    assert!(letters(&app, &member.email, "변경").await?.is_empty());
    Ok(())
}

#[tokio::test]
async fn a_move_takes_the_place_of_a_hold_that_is_over_and_tells_its_holder_nothing() -> Result<()> {
    let app = start().await?;
    let (member, another, operator) =
        (app.member().await?, app.another().await?, app.staff("operator").await?);
    let over = booked(&another, &wish(14, 16)).await?;
    app.clock.advance(600);
    let id = booked(&member, &wish(10, 12)).await?;
    assert_is(&moved(&operator, &id, &hours(15, 17)).await?, "held");
    assert_eq!(another.status_of(&over).await?, "expired");
    assert_eq!(letters(&app, &another.email, "").await?, Vec::<String>::new());
    assert_eq!(free(&app, ROOM_A, "2026-12-02").await?, ["09:00–15:00", "17:00–22:00"]);
    Ok(())
}

#[tokio::test]
async fn a_moved_hold_ends_when_it_would_have_ended() -> Result<()> {
    let app = start().await?;
    let (member, operator) = (app.member().await?, app.staff("operator").await?);
    let id = booked(&member, &wish(10, 12)).await?;
    app.clock.advance(300);
    let reply = moved(&operator, &id, &hours(14, 16)).await?;
    assert_eq!(reply.text("/data/expires_at"), "2026-12-01T08:10:00+09:00");
    app.clock.advance(300);
    assert_problem(&moved(&operator, &id, &hours(16, 18)).await?, 409, "wrong_status");
    app.another().await?.book(&wish(14, 16)).await?;
    Ok(())
}

#[tokio::test]
async fn the_price_of_what_is_not_paid_goes_with_the_time_and_the_old_order_pays_nothing() -> Result<()> {
    let app = start().await?;
    let (member, operator) = (app.member().await?, app.staff("operator").await?);
    let (id, order, key) = member.up_to_the_window(&app, &wish(10, 12)).await?;
    let reply = moved(&operator, &id, &hours(14, 17)).await?;
    assert_is(&reply, "held");
    assert_eq!(reply.body["data"]["amount"], 60_000);
    assert_problem(&member.confirm(&key, &order, 40_000).await?, 409, "order_closed");
    assert_eq!(app.stack().outsiders.toss.captures(&order), 0);
    let ready = member.post("/payments/ready", &json!({"booking_id": id})).await?;
    assert_eq!((ready.status, ready.text("/amount").as_str()), (200, "60000"));
    let anew = ready.text("/order_id");
    assert_ne!(anew, order);
    let key = app.authenticate(&anew, 60_000);
    assert_eq!(member.confirm(&key, &anew, 60_000).await?.status, 200);
    assert_eq!(member.status_of(&id).await?, "confirmed");
    Ok(())
}

#[tokio::test]
async fn an_open_order_still_pays_a_move_that_costs_the_same() -> Result<()> {
    let app = start().await?;
    let (member, operator) = (app.member().await?, app.staff("operator").await?);
    for (from, more, to) in [(10, json!({}), (14, 16)), (12, json!({"keep_price": true}), (17, 21))] {
        let (id, order, key) = member.up_to_the_window(&app, &wish(from, from + 2)).await?;
        let reply = moved(&operator, &id, &with(hours(to.0, to.1), &more)).await?;
        assert_eq!(reply.body["data"]["amount"], 40_000);
        assert_eq!(member.confirm(&key, &order, 40_000).await?.status, 200);
        assert_eq!(member.status_of(&id).await?, "confirmed");
    }
    Ok(())
}

#[tokio::test]
async fn a_hold_moved_to_where_nothing_is_owed_is_confirmed_by_its_owner() -> Result<()> {
    let app = start().await?;
    let (member, operator) = (app.member().await?, app.staff("operator").await?);
    let id = booked(&member, &wish(10, 12)).await?;
    let reply = moved(&operator, &id, &json!({"room_id": ROOM_B})).await?;
    assert_is(&reply, "held");
    assert_eq!((&reply.body["data"]["amount"], &reply.body["data"]["is_paid"]), (&json!(0), &json!(true)));
    let refused = member.post("/payments/ready", &json!({"booking_id": id})).await?;
    assert_problem(&refused, 409, "nothing_to_pay");
    assert_is(&act(&member, &id, "confirm", &json!({})).await?, "confirmed");
    Ok(())
}

#[tokio::test]
async fn what_is_paid_does_not_cost_something_else_behind_its_back() -> Result<()> {
    let app = start().await?;
    let (member, operator) = (app.member().await?, app.staff("operator").await?);
    let id = paid(&app, &member, &wish(10, 12)).await?;
    let before = seen(&member, &id).await?;
    assert_problem(&moved(&operator, &id, &hours(14, 17)).await?, 409, "price_differs");
    assert_eq!(seen(&member, &id).await?, before);
    assert_eq!(free(&app, ROOM_A, "2026-12-02").await?, ["09:00–10:00", "12:00–22:00"]);
    let same = moved(&operator, &id, &hours(14, 16)).await?;
    assert_is(&same, "confirmed");
    let kept = moved(&operator, &id, &with(hours(14, 17), &json!({"keep_price": true}))).await?;
    assert_is(&kept, "confirmed");
    let money = |name: &str| kept.body["data"][name].clone();
    assert_eq!((money("amount"), money("paid_amount")), (json!(40_000), json!(40_000)));
    assert_eq!(free(&app, ROOM_A, "2026-12-02").await?, ["09:00–14:00", "17:00–22:00"]);
    Ok(())
}

#[tokio::test]
async fn rules_hold_for_moves_and_staff_are_bound_by_opening_hours() -> Result<()> {
    let app = start().await?;
    let operator = app.staff("operator").await?;
    let id = booked(&app.member().await?, &free_wish(10, 12)).await?;
    let at = |start: &str, end: &str| json!({"start_time": start, "end_time": end});
    for (to, pointer, code) in [
        (at("2026-12-02T21:00", "2026-12-02T23:00"), "/start_time", "outside_opening_hours"),
        (at("2026-12-02T10:05", "2026-12-02T11:00"), "/start_time", "off_grid"),
        (at("2026-12-02T10:00", "2026-12-02T15:00"), "/end_time", "too_long"),
        (at("2026-12-02T12:00", "2026-12-02T11:00"), "/end_time", "not_after_start"),
        (at("2026-11-30T10:00", "2026-11-30T11:00"), "/start_time", "in_the_past"),
        (json!({"start_time": "내일"}), "/start_time", "type"),
        (json!({"room_id": "강의실"}), "/room_id", "type"),
    ] {
        assert_field(&moved(&operator, &id, &to).await?, pointer, code);
    }
    let nowhere = json!({"room_id": "01900000-0000-7000-8000-00000000dead"});
    assert_problem(&moved(&operator, &id, &nowhere).await?, 404, "no_such_room");
    assert_eq!(free(&app, ROOM_B, "2026-12-02").await?, ["09:00–10:00", "12:00–22:00"]);
    Ok(())
}

#[tokio::test]
async fn what_is_over_or_cancelled_does_not_move() -> Result<()> {
    let app = start().await?;
    let (member, operator) = (app.member().await?, app.staff("operator").await?);
    let cancelled = booked(&member, &free_wish(10, 12)).await?;
    cancel(&member, &cancelled, &json!({})).await?;
    let completed = booked(&member, &wish_for(ROOM_B, "2026-12-01", 9, 10)).await?;
    until(&app, "2026-12-01T09:30:00+09:00")?;
    let operator = again(&app, &operator).await?;
    assert_is(&act(&operator, &completed, "complete", &json!({})).await?, "completed");
    for id in [cancelled, completed] {
        assert_problem(&moved(&operator, &id, &hours(14, 16)).await?, 409, "wrong_status");
    }
    Ok(())
}

#[tokio::test]
async fn a_series_does_not_move_as_one() -> Result<()> {
    let app = start().await?;
    let repeat = json!({"repeat": {"frequency": "weekly", "count": 3}});
    let made = app.member().await?.post("/api/series", &with(free_wish(10, 12), &repeat)).await?;
    let refused = moved(&app.staff("operator").await?, &made.text("/data/id"), &hours(14, 16)).await?;
    assert_problem(&refused, 409, "series");
    Ok(())
}

#[tokio::test]
async fn nobody_but_staff_moves() -> Result<()> {
    let app = start().await?;
    let member = app.member().await?;
    let id = booked(&member, &free_wish(10, 12)).await?;
    for (who, guest, status) in [
        ("its owner", &member, 403),
        ("another", &app.another().await?, 403),
        ("a viewer", &app.staff("viewer").await?, 403),
        ("a stranger", &app.stranger(), 401),
        ("a machine", &app.machine(), 200),
    ] {
        assert_eq!(moved(guest, &id, &hours(14, 16)).await?.status, status, "{who}");
        assert_eq!(change(guest, &id, &json!({"title": "회의"})).await?.status, status, "{who}");
    }
    Ok(())
}

#[tokio::test]
async fn of_two_moves_into_one_place_at_once_one_happens() -> Result<()> {
    let app = start().await?;
    let (member, operator) = (app.member().await?, app.staff("operator").await?);
    for from in [9, 11, 13] {
        let (one, two) = (
            booked(&member, &wish_for(ROOM_B, "2026-12-03", from, from + 1)).await?,
            booked(&member, &wish_for(ROOM_B, "2026-12-04", from, from + 1)).await?,
        );
        let to = hours(from, from + 1);
        let (first, second) = tokio::join!(moved(&operator, &one, &to), moved(&operator, &two, &to));
        let mut statuses = [first?.status, second?.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409]);
    }
    Ok(())
}

#[tokio::test]
async fn hours_staff_keep_move_without_a_price_and_beyond_what_customers_may() -> Result<()> {
    let app = start().await?;
    let operator = app.staff("operator").await?;
    let kept = json!({"start_time": "2026-12-02T10:00", "end_time": "2026-12-02T12:00", "reason": "점검"});
    let reply = operator.post(&format!("/rooms/{ROOM_A}/blackouts"), &kept).await?;
    let id = reply.text("/data/blackouts/0/id");
    let night = json!({"start_time": "2026-12-02T14:00", "end_time": "2026-12-03T10:00"});
    let reply = moved(&operator, &id, &night).await?;
    assert_is(&reply, "confirmed");
    assert_eq!((&reply.body["data"]["kind"], &reply.body["data"]["amount"]), (&json!("block"), &json!(0)));
    assert_eq!(free(&app, ROOM_A, "2026-12-02").await?, ["09:00–14:00"]);
    assert_eq!(free(&app, ROOM_A, "2026-12-03").await?, ["10:00–22:00"]);
    Ok(())
}
