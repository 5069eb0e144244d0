//! What staff decide about a date.

use super::*;

#[tokio::test]
async fn a_departure_has_seats_of_its_own_on_one_date_and_the_timetables_on_others() -> Result<()> {
    let app = App::start().await?;
    let tour = tour(&app, json!({})).await?;
    let operator = app.staff("operator").await?;
    let reply = decide(&operator, &tour, &json!({"date": "2026-12-02", "time": "09:00", "seats": 2})).await?;
    let expected =
        |first, second| vec![("2026-12-02 09:00".to_owned(), first), ("2026-12-02 14:00".to_owned(), second)];
    assert_eq!((reply.status, told(&reply)?), (200, expected(2, 10)), "{reply:?}");
    let member = app.member().await?;
    let refused = member.post("/api/bookings", &morning(&tour, 3)).await?;
    assert_eq!(refusal(&refused), (409, "slot_taken".into()));
    member.book(&morning(&tour, 2)).await?;
    assert_eq!(next_day(&app, &tour).await?, [0, 10]);
    assert_eq!(left(&app, &tour, "from=2026-12-03").await?[0].1, 10);
    let more = json!({"date": "2026-12-02", "time": "09:00", "seats": 30});
    assert_eq!(told(&decide(&operator, &tour, &more).await?)?, expected(28, 10));
    let again = json!({"date": "2026-12-02", "time": "09:00", "seats": null});
    assert_eq!(told(&decide(&operator, &tour, &again).await?)?, expected(8, 10));
    Ok(())
}

#[tokio::test]
async fn a_departure_without_seats_is_cancelled_for_that_date() -> Result<()> {
    let app = App::start().await?;
    let tour = tour(&app, json!({})).await?;
    let operator = app.staff("operator").await?;
    let none = json!({"date": "2026-12-02", "time": "09:00", "seats": 0});
    let reply = decide(&operator, &tour, &none).await?;
    assert_eq!((reply.status, told(&reply)?), (200, vec![("2026-12-02 14:00".to_owned(), 10)]));
    let refused = app.member().await?.post("/api/bookings", &morning(&tour, 1)).await?;
    assert_eq!((refused.status, faults(&refused)), (422, named(&[("/usage_time", "no_departure")])));
    assert_eq!(left(&app, &tour, "from=2026-12-03").await?.len(), 2);
    let again = json!({"date": "2026-12-02", "time": "09:00"});
    assert_eq!(decide(&operator, &tour, &again).await?.status, 200);
    app.member().await?.book(&morning(&tour, 1)).await?;
    Ok(())
}

#[tokio::test]
async fn no_departure_is_given_fewer_seats_than_are_booked() -> Result<()> {
    let app = App::start().await?;
    let tour = tour(&app, json!({})).await?;
    let operator = app.staff("operator").await?;
    let booking = app.member().await?.book(&morning(&tour, 6)).await?;
    for fewer in [5, 0] {
        let wish = json!({"date": "2026-12-02", "time": "09:00", "seats": fewer});
        assert_eq!(refusal(&decide(&operator, &tour, &wish).await?), (409, "seats_booked".into()), "{fewer}");
    }
    assert_eq!(next_day(&app, &tour).await?, [4, 10]);
    let wish = json!({"date": "2026-12-02", "time": "09:00", "seats": 6});
    assert_eq!(decide(&operator, &tour, &wish).await?.status, 200);
    assert_eq!(next_day(&app, &tour).await?, [0, 10]);
    assert_eq!(operator.delete(&path_of(&booking)).await?.status, 200);
    let wish = json!({"date": "2026-12-02", "time": "09:00", "seats": 0});
    assert_eq!(decide(&operator, &tour, &wish).await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn the_timetables_seats_come_back_only_while_they_are_enough() -> Result<()> {
    let app = App::start().await?;
    let tour = tour(&app, json!({})).await?;
    let (member, operator) = (app.member().await?, app.staff("operator").await?);
    for (time, seats) in [("09:00", 15), ("11:00", 5)] {
        let wish = json!({"date": "2026-12-02", "time": time, "seats": seats});
        assert_eq!(decide(&operator, &tour, &wish).await?.status, 200);
    }
    member.book(&morning(&tour, 12)).await?;
    member.book(&seats(&tour, "2026-12-02", "11:00", 1)).await?;
    for time in ["09:00", "11:00"] {
        let again = json!({"date": "2026-12-02", "time": time, "seats": null});
        assert_eq!(refusal(&decide(&operator, &tour, &again).await?), (409, "seats_booked".into()), "{time}");
    }
    let seats: Vec<u64> = left(&app, &tour, "from=2026-12-02").await?.into_iter().map(|(_, n)| n).collect();
    assert_eq!(seats, [3, 4, 10]);
    Ok(())
}

#[tokio::test]
async fn a_time_the_timetable_lacks_is_added_for_that_date() -> Result<()> {
    let app = App::start().await?;
    let tour = tour(&app, json!({})).await?;
    let operator = app.staff("operator").await?;
    let more = json!({"date": "2026-12-02", "time": "11:07", "seats": 3});
    let reply = decide(&operator, &tour, &more).await?;
    let expected = [("2026-12-02 09:00", 10), ("2026-12-02 11:07", 3), ("2026-12-02 14:00", 10)];
    assert_eq!(told(&reply)?, expected.map(|(time, seats)| (time.to_owned(), seats)));
    let booking = app.member().await?.book(&seats(&tour, "2026-12-02", "11:07", 3)).await?;
    assert_eq!(booking["start_time"], "2026-12-02T11:07:00+09:00");
    let wish = seats(&tour, "2026-12-02", "11:07", 1);
    assert_eq!(app.another().await?.post("/api/bookings", &wish).await?.status, 409);
    let wish = seats(&tour, "2026-12-03", "11:07", 1);
    assert_eq!(app.another().await?.post("/api/bookings", &wish).await?.status, 422);
    assert_eq!(operator.delete(&path_of(&booking)).await?.status, 200);
    let away = json!({"date": "2026-12-02", "time": "11:07", "seats": null});
    assert_eq!(told(&decide(&operator, &tour, &away).await?)?.len(), 2);
    Ok(())
}

#[tokio::test]
async fn a_closed_day_takes_no_more_and_loses_none() -> Result<()> {
    let app = App::start().await?;
    let tour = tour(&app, json!({})).await?;
    let (member, operator) = (app.member().await?, app.staff("operator").await?);
    let booking = member.book(&morning(&tour, 2)).await?;
    let closed = decide(&operator, &tour, &json!({"date": "2026-12-02", "closed": "태풍"})).await?;
    let none = vec![("2026-12-02 09:00".to_owned(), 0), ("2026-12-02 14:00".to_owned(), 0)];
    assert_eq!((closed.status, told(&closed)?), (200, none));
    let refused = member.post("/api/bookings", &seats(&tour, "2026-12-02", "14:00", 1)).await?;
    assert_eq!(refusal(&refused), (409, "slot_taken".into()));
    assert_eq!(refused.body["alternatives"][0]["start_time"], "2026-12-03T09:00:00+09:00");
    assert_eq!(member.get(&path_of(&booking)).await?.text("/data/status"), "held");
    let into = json!({"usage_time": "14:00"});
    assert_eq!(refusal(&operator.patch(&path_of(&booking), &into).await?), (409, "slot_taken".into()));
    assert_eq!(member.delete(&path_of(&booking)).await?.status, 200);
    let open = decide(&operator, &tour, &json!({"date": "2026-12-02", "closed": null})).await?;
    assert_eq!((open.status, next_day(&app, &tour).await?), (200, [10, 10]));
    member.book(&morning(&tour, 2)).await?;
    Ok(())
}

#[tokio::test]
async fn what_is_said_about_a_date_is_said_whole() -> Result<()> {
    let app = App::start().await?;
    let tour = tour(&app, json!({})).await?;
    let operator = app.staff("operator").await?;
    decide(&operator, &tour, &json!({"date": "2026-12-02", "closed": "태풍"})).await?;
    let cases = [
        (json!({}), ("/date", "required")),
        (json!({"date": "2026-12-32", "time": "09:00"}), ("/date", "type")),
        (json!({"date": "2026-12-02", "time": "24:00"}), ("/time", "time")),
        (json!({"date": "2026-12-02", "time": "09:00", "seats": 501}), ("/seats", "range")),
        (json!({"date": "2026-12-02", "time": "09:00", "seats": -1}), ("/seats", "type")),
        (json!({"date": "2026-12-02", "closed": ""}), ("/closed", "length")),
        (json!({"date": "2026-12-02", "seats": 5}), ("/time", "required")),
    ];
    for (wish, fault) in cases {
        let reply = decide(&operator, &tour, &wish).await?;
        assert_eq!((reply.status, faults(&reply)), (422, named(&[fault])), "{wish}");
    }
    assert_eq!(next_day(&app, &tour).await?, [0, 0], "the day is closed still");
    Ok(())
}

#[tokio::test]
async fn who_may_decide_about_a_date() -> Result<()> {
    let app = App::start().await?;
    let wish = json!({"date": "2026-12-02", "time": "09:00", "seats": 7});
    for (who, guest, status) in [
        ("a stranger", app.stranger(), 401),
        ("a member", app.member().await?, 403),
        ("an instructor", app.staff("instructor").await?, 403),
        ("a viewer", app.staff("viewer").await?, 403),
        ("an operator", app.staff("operator").await?, 200),
        ("an owner", app.staff("owner").await?, 200),
        ("a machine", app.machine(), 200),
    ] {
        assert_eq!(decide(&guest, TOUR, &wish).await?.status, status, "{who}");
    }
    let nowhere = "01900000-0000-7000-8000-00000000dead";
    let reply = decide(&app.staff("operator").await?, nowhere, &wish).await?;
    assert_eq!(refusal(&reply), (404, "no_such_room".into()));
    Ok(())
}
