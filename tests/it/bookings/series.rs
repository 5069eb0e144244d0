//! Times that come again: one booking of several times.

use super::*;

async fn series(guest: &Guest, wish: &Value, more: &Value) -> Result<Reply> {
    guest.post("/api/series", &with(wish.clone(), more)).await
}

fn weekly(count: u8) -> Value {
    json!({"repeat": {"frequency": "weekly", "count": count}})
}

fn starts(reply: &Reply) -> Vec<String> {
    let times = reply.body["data"]["times"].as_array().into_iter().flatten();
    times.map(|time| time["start_time"].as_str().unwrap_or_default().to_owned()).collect()
}

#[tokio::test]
async fn ten_weeks_are_one_booking_of_ten_times_at_the_sum_of_their_prices() -> Result<()> {
    let app = start().await?;
    let reply = series(&app.member().await?, &wish(10, 12), &weekly(10)).await?;
    assert_eq!((reply.status, reply.text("/data/status").as_str()), (201, "held"), "{reply:?}");
    assert_eq!(reply.body["data"]["amount"], 400_000);
    let starts = starts(&reply);
    assert_eq!(starts.len(), 10);
    assert_eq!(
        (starts[0].as_str(), starts[9].as_str()),
        ("2026-12-02T10:00:00+09:00", "2027-02-03T10:00:00+09:00")
    );
    assert_eq!(reply.text("/data/end_time"), "2027-02-03T12:00:00+09:00");
    for day in ["2026-12-02", "2026-12-30", "2027-02-03"] {
        assert_eq!(free(&app, ROOM_A, day).await?, ["09:00–10:00", "12:00–22:00"], "{day}");
    }
    assert_eq!(free(&app, ROOM_A, "2027-02-10").await?, ["09:00–22:00"]);
    Ok(())
}

#[tokio::test]
async fn a_series_is_had_whole_or_not_at_all_and_says_what_is_in_the_way() -> Result<()> {
    let app = start().await?;
    let (member, operator) = (app.member().await?, app.staff("operator").await?);
    let third = booked(&member, &wish_for(ROOM_B, "2026-12-16", 11, 12)).await?;
    let sixth = booked(&member, &wish_for(ROOM_B, "2027-01-06", 9, 11)).await?;
    let refused = series(&app.another().await?, &free_wish(10, 12), &weekly(10)).await?;
    assert_problem(&refused, 409, "slot_taken");
    let conflict = |day: &str| json!({"start_time": format!("{day}T10:00:00+09:00"), "end_time": format!("{day}T12:00:00+09:00")});
    assert_eq!(refused.body["conflicts"], json!([conflict("2026-12-16"), conflict("2027-01-06")]));
    assert_eq!(refused.body.get("conflicting_bookings"), None, "whose they are is for staff");
    let mut told = named(&series(&operator, &free_wish(10, 12), &weekly(10)).await?);
    told.sort();
    let mut theirs = vec![third, sixth];
    theirs.sort();
    assert_eq!(told, theirs);
    assert_eq!(free(&app, ROOM_B, "2026-12-02").await?, ["09:00–22:00"]);
    assert_eq!(free(&app, ROOM_B, "2026-12-23").await?, ["09:00–22:00"]);
    Ok(())
}

#[tokio::test]
async fn what_cannot_be_had_is_left_out_and_reported_where_that_is_wished() -> Result<()> {
    let app = start().await?;
    let member = app.member().await?;
    let open = room(
        &app,
        json!({"hourly_rate": 10_000, "exceptions": [{"date": "2026-12-23", "hours": []}], "max_ahead_days": 40}),
    )
    .await?;
    booked(&app.another().await?, &wish_for(&open, "2026-12-09", 11, 12)).await?;
    let skip = with(weekly(7), &json!({"on_conflict": "skip"}));
    let reply = series(&member, &wish_for(&open, "2026-12-02", 10, 12), &skip).await?;
    assert_eq!(reply.status, 201, "{reply:?}");
    let days: Vec<String> = starts(&reply).into_iter().map(|start| start[5..10].to_owned()).collect();
    assert_eq!(days, ["12-02", "12-16", "12-30", "01-06"]);
    assert_eq!(reply.body["data"]["amount"], 80_000, "only what was had is paid");
    let mut skipped: Vec<(String, String)> = reply.body["skipped"]
        .as_array()
        .unwrap()
        .iter()
        .map(|left| {
            (
                left["start_time"].as_str().unwrap()[5..10].to_owned(),
                left["code"].as_str().unwrap().to_owned(),
            )
        })
        .collect();
    skipped.sort();
    let expected = [("01-13", "too_far_ahead"), ("12-09", "taken"), ("12-23", "outside_opening_hours")];
    assert_eq!(skipped, expected.map(|(day, code)| (day.to_owned(), code.to_owned())));
    assert_eq!(free(&app, &open, "2026-12-09").await?, ["09:00–11:00", "12:00–22:00"]);
    Ok(())
}

#[tokio::test]
async fn where_nothing_is_left_a_series_is_refused_even_so() -> Result<()> {
    let app = start().await?;
    let member = app.member().await?;
    let daily = json!({"repeat": {"frequency": "daily", "count": 2}});
    series(&app.another().await?, &free_wish(10, 12), &daily).await?;
    let refused =
        series(&member, &free_wish(11, 13), &with(daily.clone(), &json!({"on_conflict": "skip"}))).await?;
    assert_problem(&refused, 409, "slot_taken");
    assert_eq!(refused.body["conflicts"].as_array().unwrap().len(), 2);
    let at_night = series(&member, &free_wish(22, 23), &with(daily, &json!({"on_conflict": "skip"}))).await?;
    assert_field(&at_night, "/start_time", "outside_opening_hours");
    Ok(())
}

#[tokio::test]
async fn listed_times_are_had_in_their_order() -> Result<()> {
    let app = start().await?;
    let time = |day: &str, from: u8| json!({"start_time": format!("{day}T{from:02}:00"), "end_time": format!("{day}T{:02}:00", from + 1)});
    let times = [time("2026-12-05", 14), time("2026-12-02", 10), time("2026-12-02", 11)];
    let body = json!({"room_id": ROOM_A, "title": "보강", "times": times});
    let reply = app.member().await?.post("/api/series", &body).await?;
    assert_eq!(reply.status, 201, "{reply:?}");
    assert_eq!(
        starts(&reply),
        ["2026-12-02T10:00:00+09:00", "2026-12-02T11:00:00+09:00", "2026-12-05T14:00:00+09:00"]
    );
    assert_eq!(reply.body["data"]["amount"], 60_000);
    assert_eq!(free(&app, ROOM_A, "2026-12-02").await?, ["09:00–10:00", "12:00–22:00"]);
    assert_eq!(free(&app, ROOM_A, "2026-12-05").await?, ["09:00–14:00", "15:00–22:00"]);
    Ok(())
}

#[tokio::test]
async fn listed_times_that_overlap_each_other_stand_in_their_own_way() -> Result<()> {
    let app = start().await?;
    let member = app.member().await?;
    let time = |from: &str, to: &str| json!({"start_time": from, "end_time": to});
    let times = [time("2026-12-02T10:00", "2026-12-02T12:00"), time("2026-12-02T11:00", "2026-12-02T13:00")];
    let body = json!({"room_id": ROOM_B, "title": "보강", "times": times});
    assert_problem(&member.post("/api/series", &body).await?, 409, "slot_taken");
    let reply = member.post("/api/series", &with(body, &json!({"on_conflict": "skip"}))).await?;
    assert_eq!((reply.status, reply.text("/skipped/0/code").as_str()), (201, "taken"), "{reply:?}");
    assert_eq!(free(&app, ROOM_B, "2026-12-02").await?, ["09:00–10:00", "12:00–22:00"]);
    Ok(())
}

#[tokio::test]
async fn twenty_five_times_are_the_most() -> Result<()> {
    let app = start().await?;
    let member = app.member().await?;
    let daily = |more: Value| json!({"repeat": with(json!({"frequency": "daily"}), &more)});
    let reply = series(&member, &free_wish(10, 12), &daily(json!({"count": 25}))).await?;
    assert_eq!((reply.status, starts(&reply).len()), (201, 25), "{reply:?}");
    let refused = series(&member, &free_wish(14, 15), &daily(json!({"count": 26}))).await?;
    assert_field(&refused, "/repeat/count", "range");
    let refused = series(&member, &free_wish(14, 15), &daily(json!({"until": "2026-12-27"}))).await?;
    assert_field(&refused, "/repeat", "range");
    let reply = series(&member, &free_wish(14, 15), &daily(json!({"until": "2026-12-26"}))).await?;
    assert_eq!((reply.status, starts(&reply).len()), (201, 25), "{reply:?}");
    let time = |n: u8| json!({"start_time": format!("2027-01-{:02}T10:00", n % 28 + 1), "end_time": "2027-01-01T11:00"});
    let times: Vec<Value> = (0..26).map(time).collect();
    let refused =
        member.post("/api/series", &json!({"room_id": ROOM_B, "title": "보강", "times": times})).await?;
    assert_field(&refused, "/times", "range");
    Ok(())
}

#[tokio::test]
async fn a_repetition_that_is_none_is_refused_field_by_field() -> Result<()> {
    let app = start().await?;
    let member = app.member().await?;
    let cases = [
        (json!({}), "/repeat"),
        (json!({"repeat": {"frequency": "weekly"}}), "/repeat/count"),
        (json!({"repeat": {"frequency": "monthly", "count": 2}}), "/repeat/frequency"),
        (json!({"repeat": {"frequency": "weekly", "count": 0}}), "/repeat/count"),
        (json!({"repeat": {"frequency": "weekly", "count": 2, "interval": 0}}), "/repeat/interval"),
        (json!({"repeat": {"frequency": "weekly", "count": 2, "days": ["월"]}}), "/repeat/days"),
        (json!({"repeat": {"frequency": "weekly", "until": "내년"}}), "/repeat/until"),
        (json!({"repeat": {"frequency": "weekly", "count": 2}, "on_conflict": "force"}), "/on_conflict"),
        (json!({"times": []}), "/times"),
    ];
    for (more, pointer) in cases {
        let refused = series(&member, &free_wish(10, 12), &more).await?;
        assert_eq!(
            (refused.status, refused.fields()),
            (422, vec![pointer.to_owned()]),
            "{more}: {refused:?}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn ten_oclock_stays_ten_oclock_when_the_clocks_change() -> Result<()> {
    let app = start().await?;
    let york =
        room(&app, json!({"zone": "America/New_York", "open_time": "00:00", "close_time": "24:00"})).await?;
    let wish = local(&york, "2027-03-07T10:00", "2027-03-07T11:00");
    let reply = series(&app.member().await?, &wish, &weekly(3)).await?;
    assert_eq!(
        starts(&reply),
        ["2027-03-07T10:00:00-05:00", "2027-03-14T10:00:00-04:00", "2027-03-21T10:00:00-04:00"]
    );
    assert_eq!(free(&app, &york, "2027-03-14").await?, ["00:00–10:00", "11:00–00:00"]);
    let at_night = local(&york, "2027-03-07T02:30", "2027-03-07T03:30");
    let reply = series(&app.another().await?, &at_night, &weekly(3)).await?;
    assert_eq!(
        starts(&reply),
        ["2027-03-07T02:30:00-05:00", "2027-03-21T02:30:00-04:00"],
        "there is no such time between"
    );
    Ok(())
}

#[tokio::test]
async fn over_the_long_night_a_booking_has_an_hour_more() -> Result<()> {
    let app = start().await?;
    let york = room(&app, json!({"zone": "America/New_York", "hourly_rate": 10_000, "open_time": "00:00", "close_time": "24:00"})).await?;
    let wish = local(&york, "2027-10-31T00:00", "2027-10-31T03:00");
    let reply = series(&app.member().await?, &wish, &weekly(2)).await?;
    assert_eq!(reply.status, 201, "{reply:?}");
    assert_eq!(reply.text("/data/times/1/end_time"), "2027-11-07T03:00:00-05:00");
    assert_eq!(reply.body["data"]["amount"], 70_000, "three hours, and four");
    assert_eq!(free(&app, &york, "2027-11-07").await?, ["03:00–00:00"]);
    Ok(())
}

#[tokio::test]
async fn a_series_is_paid_at_once() -> Result<()> {
    let app = start().await?;
    let member = app.member().await?;
    let reply = series(&member, &wish(10, 12), &weekly(10)).await?;
    let id = reply.text("/data/id");
    let ready = member.post("/payments/ready", &json!({"booking_id": id})).await?;
    assert_eq!(ready.text("/amount"), "400000");
    let key = app.authenticate(&ready.text("/order_id"), 400_000);
    assert_eq!(member.confirm(&key, &ready.text("/order_id"), 400_000).await?.status, 200);
    assert_eq!(member.status_of(&id).await?, "confirmed");
    app.clock.advance(600);
    assert_eq!(tidied(&app).await?, [0; 4]);
    let refused = app.another().await?.post("/api/bookings", &wish_for(ROOM_A, "2027-02-03", 11, 12)).await?;
    assert_problem(&refused, 409, "slot_taken");
    Ok(())
}

#[tokio::test]
async fn cancelling_a_series_frees_all_its_times() -> Result<()> {
    let app = start().await?;
    let member = app.member().await?;
    let id = series(&member, &free_wish(10, 12), &weekly(10)).await?.text("/data/id");
    assert_is(&cancel(&member, &id, &json!({})).await?, "cancelled");
    assert_eq!(series(&app.another().await?, &free_wish(10, 12), &weekly(10)).await?.status, 201);
    Ok(())
}

#[tokio::test]
async fn a_series_nobody_paid_gives_way_at_any_of_its_times() -> Result<()> {
    let app = start().await?;
    let (member, another) = (app.member().await?, app.another().await?);
    let id = series(&member, &wish(10, 12), &weekly(10)).await?.text("/data/id");
    app.clock.advance(600);
    another.book(&wish_for(ROOM_A, "2026-12-16", 11, 13)).await?;
    assert_eq!(member.status_of(&id).await?, "expired");
    another.book(&wish(10, 12)).await?;
    assert_eq!(series(&another, &wish_for(ROOM_A, "2026-12-23", 10, 12), &weekly(7)).await?.status, 201);
    Ok(())
}

#[tokio::test]
async fn the_same_series_twice_is_one() -> Result<()> {
    let app = start().await?;
    let member = app.member().await?;
    let body = with(free_wish(10, 12), &weekly(10));
    let key = [("idempotency-key", "series")];
    let first = member.post_with("/api/series", &body, &key).await?;
    let second = member.post_with("/api/series", &body, &key).await?;
    assert_eq!((first.status, second.status, second.header("idempotent-replayed")), (201, 201, Some("true")));
    assert_eq!(first.body, second.body);
    let other = member.post_with("/api/series", &with(free_wish(14, 15), &weekly(2)), &key).await?;
    assert_problem(&other, 422, "idempotency_key_reused");
    Ok(())
}

#[tokio::test]
async fn a_series_of_one_time_is_an_ordinary_booking() -> Result<()> {
    let app = start().await?;
    let reply = series(&app.member().await?, &free_wish(10, 12), &weekly(1)).await?;
    assert_eq!((reply.status, &reply.body["data"]["times"]), (201, &Value::Null));
    let to = json!({"start_time": "2026-12-02T14:00", "end_time": "2026-12-02T16:00"});
    let moved = act(&app.staff("operator").await?, &reply.text("/data/id"), "reschedule", &to).await?;
    assert_is(&moved, "confirmed");
    Ok(())
}
