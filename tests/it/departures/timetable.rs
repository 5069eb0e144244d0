//! What leaves when: weekdays, ranges of dates, notice, and other people's clocks.

use super::*;

fn times(all: &[(String, u64)]) -> Vec<&str> {
    all.iter().map(|(time, _)| time.as_str()).collect()
}

#[tokio::test]
async fn departures_follow_weekdays_and_dates_and_the_first_rule_of_a_time_counts() -> Result<()> {
    let app = App::start().await?;
    let timetable = json!([
        {"days": ["sat", "sun"], "time": "09:00", "seats": 6},
        {"days": [], "time": "09:00", "seats": 3, "from": "2026-12-03", "to": "2026-12-05"},
        {"days": ["wed"], "time": "20:00", "seats": 4, "to": "2026-12-08"},
        {"days": [], "time": "06:30", "seats": 2, "from": "2026-12-07"},
    ]);
    let tour = tour(&app, json!({"timetable": timetable})).await?;
    let all = left(&app, &tour, "from=2026-12-01&to=2026-12-09").await?;
    let expected = [
        ("2026-12-02 20:00", 4),
        ("2026-12-03 09:00", 3),
        ("2026-12-04 09:00", 3),
        ("2026-12-05 09:00", 6),
        ("2026-12-06 09:00", 6),
        ("2026-12-07 06:30", 2),
        ("2026-12-08 06:30", 2),
        ("2026-12-09 06:30", 2),
    ];
    assert_eq!(all, expected.map(|(time, seats)| (time.to_owned(), seats)));
    let member = app.member().await?;
    let refused = member.post("/api/bookings", &seats(&tour, "2026-12-09", "20:00", 1)).await?;
    assert_eq!((refused.status, faults(&refused)), (422, named(&[("/usage_time", "no_departure")])));
    assert_eq!(member.post("/api/bookings", &seats(&tour, "2026-12-05", "09:00", 7)).await?.status, 409);
    member.book(&seats(&tour, "2026-12-05", "09:00", 6)).await?;
    Ok(())
}

#[tokio::test]
async fn one_answer_tells_thirty_one_days_and_refuses_the_rest() -> Result<()> {
    let app = App::start().await?;
    let path = |query: &str| format!("/tours/{TOUR}/departures?{query}");
    let month = app.stranger().get(&path("from=2026-12-01&to=2026-12-31")).await?;
    assert_eq!((month.status, told(&month)?.len()), (200, 62));
    for (query, pointer) in [
        ("from=2026-12-01&to=2027-01-01", "?to"),
        ("from=2026-12-02&to=2026-12-01", "?to"),
        ("from=2026-12-01&to=9999-12-31", "?to"),
        ("from=내일", "?from"),
        ("to=12-02", "?to"),
    ] {
        let reply = app.stranger().get(&path(query)).await?;
        assert_eq!((reply.status, reply.fields()), (422, vec![pointer.to_owned()]), "{query}");
    }
    Ok(())
}

#[tokio::test]
async fn today_is_the_tours_own_day() -> Result<()> {
    let app = App::start().await?;
    let seoul = tour(&app, json!({})).await?;
    // Morning in Seoul and in Guam, and still yesterday in Greenwich.
    assert_eq!(times(&left(&app, TOUR, "").await?), ["2026-12-01 09:00", "2026-12-01 14:00"]);
    assert_eq!(times(&left(&app, &seoul, "").await?), ["2026-12-01 09:00", "2026-12-01 14:00"]);
    // Half past eleven at night in Seoul is the next day in Guam.
    app.clock.advance(15 * 3600 + 1800);
    assert_eq!(times(&left(&app, TOUR, "").await?), ["2026-12-02 09:00", "2026-12-02 14:00"]);
    assert_eq!(times(&left(&app, &seoul, "").await?), ["2026-12-01 09:00", "2026-12-01 14:00"]);
    Ok(())
}

#[tokio::test]
async fn one_instant_is_on_two_dates_and_each_tour_books_its_own() -> Result<()> {
    let app = App::start().await?;
    let late = json!({"timetable": [{"days": [], "time": "23:30", "seats": 5}]});
    let seoul = tour(&app, late).await?;
    let early = json!({"timetable": [{"days": [], "time": "00:30", "seats": 5}], "zone": "Pacific/Guam"});
    let guam = tour(&app, early).await?;
    let member = app.member().await?;
    let one = member.book(&seats(&seoul, "2026-12-01", "23:30", 1)).await?;
    let other = member.book(&seats(&guam, "2026-12-02", "00:30", 1)).await?;
    let instant = |booking: &Value| booking["start_time"].as_str().unwrap().parse::<jiff::Timestamp>();
    assert_eq!(instant(&one)?, instant(&other)?);
    assert_eq!((&one["usage_date"], &other["usage_date"]), (&json!("2026-12-01"), &json!("2026-12-02")));
    assert_eq!(left(&app, &guam, "from=2026-12-02").await?, [("2026-12-02 00:30".to_owned(), 4)]);
    assert_eq!(left(&app, &guam, "from=2026-12-01").await?, [("2026-12-01 00:30".to_owned(), 0)]);
    Ok(())
}

#[tokio::test]
async fn what_has_left_or_is_too_near_or_too_far_has_no_seats_to_be_had() -> Result<()> {
    let app = App::start().await?;
    let tour = tour(&app, json!({"min_notice_minutes": 120, "max_ahead_days": 1})).await?;
    let member = app.member().await?;
    let all = left(&app, &tour, "from=2026-12-01&to=2026-12-02").await?;
    let offered: Vec<u64> = all.iter().map(|(_, seats)| *seats).collect();
    assert_eq!(offered, [0, 10, 0, 0]);
    for (time, seats_left) in all {
        let reply = member.post("/api/bookings", &seats(&tour, &time[..10], &time[11..], 1)).await?;
        assert_eq!(reply.status, if seats_left > 0 { 201 } else { 422 }, "{time}: {reply:?}");
    }
    Ok(())
}

#[tokio::test]
async fn notice_is_kept_to_the_second_and_does_not_bind_staff() -> Result<()> {
    let app = App::start().await?;
    let tour = tour(&app, json!({"min_notice_minutes": 30})).await?;
    let (member, operator) = (app.member().await?, app.staff("operator").await?);
    let today = seats(&tour, "2026-12-01", "09:00", 1);
    app.clock.advance(1800);
    member.book(&today).await?;
    app.clock.advance(1);
    let late = member.post("/api/bookings", &today).await?;
    assert_eq!((late.status, faults(&late)), (422, named(&[("/usage_date", "too_late")])));
    operator.book(&today).await?;
    app.clock.advance(1799);
    let operator = app.staff("operator").await?;
    operator.book(&today).await?;
    app.clock.advance(1);
    let gone = operator.post("/api/bookings", &today).await?;
    assert_eq!((gone.status, faults(&gone)), (422, named(&[("/usage_date", "in_the_past")])));
    Ok(())
}

#[tokio::test]
async fn what_is_off_the_books_has_no_departures() -> Result<()> {
    let app = App::start().await?;
    let admin = app.staff("admin").await?;
    let (shut, gone) = (tour(&app, json!({})).await?, tour(&app, json!({})).await?);
    let version = json!({"lock_version": 1, "is_active": false});
    assert_eq!(admin.patch(&format!("/tours/{shut}"), &version).await?.status, 200);
    let tag = [("if-match", "\"1\"")];
    assert_eq!(admin.send(Method::DELETE, &format!("/tours/{gone}"), &tag, None).await?.status, 200);
    let member = app.member().await?;
    for id in [&shut, &gone, "01900000-0000-7000-8000-00000000dead"] {
        let seen = app.stranger().get(&format!("/tours/{id}/departures")).await?;
        assert_eq!(refusal(&seen), (404, "no_such_room".into()), "{id}");
        let booked = member.post("/api/bookings", &morning(id, 1)).await?;
        assert_eq!(refusal(&booked), (404, "no_such_room".into()), "{id}");
    }
    assert_eq!(app.stranger().get("/tours/nowhere/departures").await?.status, 404);
    Ok(())
}

#[tokio::test]
async fn a_departure_in_the_hour_the_clocks_skip_does_not_leave() -> Result<()> {
    let app = App::start().await?;
    let night = json!([{"days": [], "time": "02:30", "seats": 5}, {"days": [], "time": "01:30", "seats": 5}]);
    let tour = tour(&app, json!({"zone": "America/New_York", "timetable": night})).await?;
    let member = app.member().await?;
    let skipped = member.post("/api/bookings", &seats(&tour, "2027-03-14", "02:30", 1)).await?;
    assert_eq!((skipped.status, faults(&skipped)), (422, named(&[("/usage_time", "no_departure")])));
    assert_eq!(times(&left(&app, &tour, "from=2027-03-14").await?), ["2027-03-14 01:30"]);
    // Where the hour comes twice, the first is meant.
    let twice = member.book(&seats(&tour, "2027-11-07", "01:30", 1)).await?;
    assert_eq!(twice["start_time"], "2027-11-07T01:30:00-04:00");
    Ok(())
}
