//! A month at a glance, and how much one answer tells.

use super::*;

fn states(days: &[Value]) -> Vec<(&str, &str)> {
    days.iter().map(|day| (day["date"].as_str().unwrap(), day["state"].as_str().unwrap())).collect()
}

#[tokio::test]
async fn a_day_of_a_month_is_past_closed_full_or_free() -> Result<()> {
    let app = App::start().await?;
    let week = json!({"tue": [{"open": "09:00", "close": "11:00"}], "wed": [{"open": "09:00", "close": "11:00"}],
        "thu": [{"open": "09:00", "close": "11:00"}], "fri": [{"open": "09:00", "close": "11:00"}]});
    let room = room(&app, json!({"opening_hours": week, "holidays": "KR"})).await?;
    let (member, operator) = (app.member().await?, app.staff("operator").await?);
    member.book(&wish_for(&room, "2026-12-02", 9, 11)).await?;
    member.book(&wish_for(&room, "2026-12-03", 9, 10)).await?;
    let shut = json!({"date": "2026-12-04", "reason": "대청소"});
    assert_eq!(operator.post(&format!("/rooms/{room}/blackouts"), &shut).await?.status, 201);
    app.clock.advance(24 * 3600);
    let all = days(&app, &room, "month=2026-12").await?;
    assert_eq!(all.len(), 31);
    assert_eq!(
        states(&all)[..6],
        [
            ("2026-12-01", "past"),
            ("2026-12-02", "full"),
            ("2026-12-03", "free"),
            ("2026-12-04", "closed"),
            ("2026-12-05", "closed"),
            ("2026-12-06", "closed"),
        ]
    );
    assert_eq!((&all[2]["open_minutes"], &all[2]["free_minutes"]), (&json!(120), &json!(60)));
    assert_eq!((&all[24]["state"], &all[24]["holiday"]), (&json!("closed"), &json!("기독탄신일")));
    assert_eq!((&all[24]["open_minutes"], &all[23]["holiday"]), (&json!(0), &Value::Null));
    Ok(())
}

#[tokio::test]
async fn the_evening_of_a_day_that_is_booked_out_is_full() -> Result<()> {
    let app = App::start().await?;
    let room = room(&app, json!({"open_time": "09:00", "close_time": "18:00", "min_minutes": 60})).await?;
    app.clock.advance(9 * 3600 + 1);
    let all = days(&app, &room, "month=2026-12").await?;
    assert_eq!(states(&all)[0], ("2026-12-01", "full"), "an hour does not fit in any more");
    assert_eq!(states(&all)[1], ("2026-12-02", "free"));
    Ok(())
}

#[tokio::test]
async fn one_answer_tells_forty_two_days_and_three_of_a_rush() -> Result<()> {
    let app = App::start().await?;
    let rush = room(&app, json!({"rush": true})).await?;
    for (room, last, beyond) in
        [(ROOM_A, "2027-01-11", "2027-01-12"), (rush.as_str(), "2026-12-03", "2026-12-04")]
    {
        let count = days(&app, room, &format!("from=2026-12-01&to={last}")).await?.len();
        assert_eq!(count, if room == ROOM_A { 42 } else { 3 });
        for to in [beyond, "9999-12-31", "2026-11-30"] {
            let path = format!("/rooms/{room}/availability?from=2026-12-01&to={to}");
            let reply = app.stranger().get(&path).await?;
            assert_eq!((reply.status, faults(&reply)), (422, named(&[("?to", "range")])), "{to}");
        }
    }
    for month in ["2026-13", "2026-1", "12-2026", "2026-12-01", "내일"] {
        let reply = app.stranger().get(&format!("/rooms/{ROOM_A}/availability?month={month}")).await?;
        assert_eq!((reply.status, faults(&reply)), (422, named(&[("?month", "type")])), "{month}");
    }
    Ok(())
}

#[tokio::test]
async fn today_is_the_rooms_own_day() -> Result<()> {
    let app = App::start().await?;
    let york = room(&app, json!({"zone": "America/New_York"})).await?;
    let guam = room(&app, json!({"zone": "Pacific/Guam"})).await?;
    let today = async || {
        let mut dates = Vec::new();
        for room in [york.as_str(), ROOM_A, guam.as_str()] {
            dates.push(days(&app, room, "").await?[0]["date"].as_str().context("no date")?.to_owned());
        }
        anyhow::Ok(dates)
    };
    assert_eq!(today().await?, ["2026-11-30", "2026-12-01", "2026-12-01"], "eight in the morning in Seoul");
    app.clock.advance(15 * 3600 + 1800);
    assert_eq!(today().await?, ["2026-12-01", "2026-12-01", "2026-12-02"], "half past eleven at night");
    Ok(())
}

#[tokio::test]
async fn what_staff_keep_is_listed_from_the_rooms_own_day_on() -> Result<()> {
    let app = App::start().await?;
    let operator = app.staff("operator").await?;
    let path = format!("/rooms/{ROOM_A}/blackouts");
    let today = json!({"date": "2026-12-01", "reason": "점검"});
    assert_eq!(operator.post(&path, &today).await?.status, 201);
    let last = json!({"date": "2026-12-31", "reason": "송년회"});
    assert_eq!(operator.post(&path, &last).await?.status, 201);
    let hours =
        json!({"start_time": "2026-12-05T10:00:00", "end_time": "2026-12-05T12:00:00", "reason": "촬영"});
    assert_eq!(operator.post(&path, &hours).await?.status, 201);
    let list = operator.get(&path).await?;
    let closed = json!([
        {"date": "2026-12-01", "reason": "점검"}, {"date": "2026-12-31", "reason": "송년회"},
    ]);
    assert_eq!((list.status, &list.body["data"]["closed_days"]), (200, &closed));
    assert_eq!(list.body["data"]["blackouts"][0]["title"], "촬영");
    for query in ["from=2026-12-02&to=2026-12-01", "from=2026-12-01&to=2027-01-01", "to=9999-12-31"] {
        let reply = operator.get(&format!("{path}?{query}")).await?;
        assert_eq!((reply.status, faults(&reply)), (422, named(&[("?to", "range")])), "{query}");
    }
    Ok(())
}

#[tokio::test]
async fn a_room_opened_to_a_rush_tells_what_is_free_of_it() -> Result<()> {
    let app = App::start().await?;
    let rush = room(&app, json!({"rush": true})).await?;
    let (member, another) = (app.member().await?, app.another().await?);
    member.book(&wish_for(&rush, "2026-12-02", 10, 12)).await?;
    let all = days(&app, &rush, "from=2026-12-01&to=2026-12-03").await?;
    let hours =
        |day: usize| spans(&all[day]).iter().map(|span| span.0[11..13].to_owned()).collect::<Vec<_>>();
    assert_eq!((hours(1), hours(2)), (vec!["09".to_owned(), "12".to_owned()], vec!["09".to_owned()]));
    let refused = another.post("/api/bookings", &wish_for(&rush, "2026-12-02", 11, 13)).await?;
    assert_eq!(refusal(&refused), (409, "slot_taken".into()));
    assert!(take_all(&another, &rush, &refused).await? > 1);
    Ok(())
}
