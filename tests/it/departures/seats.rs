//! Taking seats.

use super::*;

#[tokio::test]
async fn a_seat_is_for_everybody_but_an_infant_and_prices_add_up_to_the_cent() -> Result<()> {
    let app = App::start().await?;
    let prices = json!({"adult": 80.25, "child": 40.5, "infant": "1.05"});
    let tour = tour(&app, json!({"prices": prices, "currency": "USD", "zone": "Pacific/Guam"})).await?;
    let mut wish = morning(&tour, 2);
    wish["people_child"] = json!(1);
    wish["people_infant"] = json!(2);
    let reply = app.member().await?.post("/api/bookings", &wish).await?;
    let booking = &reply.body["data"];
    assert_eq!((reply.status, &booking["amount"], &booking["currency"]), (201, &json!(203.1), &json!("USD")));
    assert_eq!((&booking["kind"], &booking["status"]), (&json!("tour"), &json!("held")));
    let party = ["people_adult", "people_child", "people_infant"].map(|name| booking[name].clone());
    assert_eq!(party, [json!(2), json!(1), json!(2)]);
    assert_eq!(next_day(&app, &tour).await?, [7, 10]);
    Ok(())
}

#[tokio::test]
async fn a_departure_begins_and_ends_by_the_clock_of_its_tour() -> Result<()> {
    let app = App::start().await?;
    let booking = app.member().await?.book(&morning(TOUR, 1)).await?;
    assert_eq!(booking["start_time"], "2026-12-02T09:00:00+10:00");
    assert_eq!(booking["end_time"], "2026-12-02T12:00:00+10:00");
    assert_eq!(booking["expires_at"], "2026-12-01T09:10:00+10:00");
    assert_eq!((&booking["amount"], &booking["currency"]), (&json!(50), &json!("USD")));
    Ok(())
}

#[tokio::test]
async fn a_tour_is_the_title_where_none_is_sent() -> Result<()> {
    let app = App::start().await?;
    let member = app.member().await?;
    assert_eq!(member.book(&morning(TOUR, 1)).await?["title"], "괌 시티투어");
    let mut wish = morning(TOUR, 1);
    wish["title"] = json!("신혼여행");
    assert_eq!(member.book(&wish).await?["title"], "신혼여행");
    Ok(())
}

#[tokio::test]
async fn held_seats_that_are_paid_for_are_confirmed() -> Result<()> {
    let app = App::start().await?;
    let tour = tour(&app, json!({})).await?;
    let member = app.member().await?;
    let (id, order, key) = member.up_to_the_window(&app, &morning(&tour, 2)).await?;
    let paid = member.confirm(&key, &order, 100_000).await?;
    assert_eq!((paid.status, member.status_of(&id).await?), (200, "confirmed".to_owned()), "{paid:?}");
    app.clock.advance(24 * 3600 - 3 * 3600);
    assert_eq!(next_day(&app, &tour).await?, [8, 10], "what is paid for is not over");
    Ok(())
}

#[tokio::test]
async fn a_tour_free_of_charge_is_confirmed_at_once_and_one_with_approval_waits() -> Result<()> {
    let app = App::start().await?;
    let free = json!({"adult": 0, "child": 0, "infant": 0});
    let member = app.member().await?;
    let open = tour(&app, json!({"prices": free})).await?;
    assert_eq!(member.book(&morning(&open, 2)).await?["status"], "confirmed");
    let asked = tour(&app, json!({"auto_confirm": false})).await?;
    let booking = member.book(&morning(&asked, 2)).await?;
    assert_eq!((&booking["status"], &booking["expires_at"]), (&json!("pending"), &Value::Null));
    assert_eq!(next_day(&app, &asked).await?, [8, 10]);
    Ok(())
}

#[tokio::test]
async fn two_departures_of_a_day_fill_on_their_own() -> Result<()> {
    let app = App::start().await?;
    let tour = tour(&app, json!({})).await?;
    let member = app.member().await?;
    member.book(&morning(&tour, 10)).await?;
    assert_eq!(next_day(&app, &tour).await?, [0, 10]);
    member.book(&seats(&tour, "2026-12-02", "14:00", 4)).await?;
    member.book(&seats(&tour, "2026-12-03", "09:00", 3)).await?;
    let all = left(&app, &tour, "from=2026-12-02&to=2026-12-03").await?;
    let expected =
        [("2026-12-02 09:00", 0), ("2026-12-02 14:00", 6), ("2026-12-03 09:00", 7), ("2026-12-03 14:00", 10)];
    assert_eq!(all, expected.map(|(time, seats)| (time.to_owned(), seats)));
    Ok(())
}

#[tokio::test]
async fn who_is_refused_seats_can_have_each_departure_that_is_offered_instead() -> Result<()> {
    let app = App::start().await?;
    let tour = tour(&app, json!({"min_notice_minutes": 120, "max_ahead_days": 2})).await?;
    let (member, another) = (app.member().await?, app.another().await?);
    member.book(&seats(&tour, "2026-12-01", "14:00", 8)).await?;
    member.book(&morning(&tour, 7)).await?;
    let refused = another.post("/api/bookings", &seats(&tour, "2026-12-01", "14:00", 3)).await?;
    assert_eq!(refusal(&refused), (409, "slot_taken".into()));
    let offers = refused.body["alternatives"].as_array().unwrap();
    let starts: Vec<&str> = offers.iter().map(|offer| offer["start_time"].as_str().unwrap()).collect();
    assert_eq!(
        starts,
        ["2026-12-02T09:00:00+09:00", "2026-12-02T14:00:00+09:00"],
        "not this morning's, which is too near, and not Thursday's, which is too far"
    );
    for start in starts {
        another.book(&seats(&tour, &start[..10], &start[11..16], 3)).await?;
    }
    Ok(())
}

#[tokio::test]
async fn seats_of_holds_that_are_over_come_back_and_no_more_holds_expire_than_are_needed() -> Result<()> {
    let app = App::start().await?;
    let tour = tour(&app, json!({})).await?;
    let (member, another) = (app.member().await?, app.another().await?);
    let mut holds = Vec::new();
    for party in [4, 3, 3] {
        holds.push(member.book(&morning(&tour, party)).await?);
    }
    app.clock.advance(599);
    assert_eq!(
        refusal(&another.post("/api/bookings", &morning(&tour, 1)).await?),
        (409, "slot_taken".into())
    );
    app.clock.advance(1);
    assert_eq!(next_day(&app, &tour).await?, [10, 10], "what is over counts for nothing");
    let statuses = async || {
        let all = holds.iter().map(|hold| member.status_of(hold["id"].as_str().unwrap()));
        let mut all = try_join_all(all).await?;
        all.sort();
        anyhow::Ok(all)
    };
    another.book(&morning(&tour, 3)).await?;
    assert_eq!(statuses().await?, ["expired", "held", "held"], "one hold is enough for three seats");
    another.book(&morning(&tour, 7)).await?;
    assert_eq!(statuses().await?, ["expired", "expired", "expired"]);
    assert_eq!(next_day(&app, &tour).await?, [0, 10]);
    Ok(())
}

#[tokio::test]
async fn the_sweeper_gives_seats_back_once() -> Result<()> {
    let app = App::start().await?;
    let tour = tour(&app, json!({})).await?;
    let member = app.member().await?;
    let hold = member.book(&morning(&tour, 6)).await?;
    app.clock.advance(600);
    let swept = app.stack().workers.tidy().await?;
    assert_eq!(
        (swept.expired, member.status_of(hold["id"].as_str().unwrap()).await?.as_str()),
        (1, "expired")
    );
    assert_eq!(app.stack().workers.tidy().await?.expired, 0);
    assert_eq!(next_day(&app, &tour).await?, [10, 10]);
    Ok(())
}

#[tokio::test]
async fn a_party_has_a_seat_and_is_no_larger_than_the_tour_takes_except_for_staff() -> Result<()> {
    let app = App::start().await?;
    let tour = tour(&app, json!({"max_party": 4})).await?;
    let member = app.member().await?;
    let cases = [
        (json!({"people_adult": 0}), ("/people_adult", "range")),
        (json!({"people_adult": null, "people_infant": 2}), ("/people_adult", "range")),
        (json!({"people_adult": 5}), ("/people_adult", "too_many")),
        (json!({"people_adult": 3, "people_infant": 2}), ("/people_adult", "too_many")),
        (json!({"people_adult": 501}), ("/people_adult", "range")),
        (json!({"people_child": -1}), ("/people_child", "type")),
        (json!({"people_infant": "둘"}), ("/people_infant", "type")),
    ];
    for (more, fault) in cases {
        let mut wish = morning(&tour, 1);
        wish.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let reply = member.post("/api/bookings", &wish).await?;
        assert_eq!((reply.status, faults(&reply)), (422, named(&[fault])), "{more}");
    }
    member.book(&morning(&tour, 4)).await?;
    let contact = json!({"name": "단체", "phone": "010-1234-5678"});
    let mut wish = morning(&tour, 6);
    wish["contact"] = contact;
    let group = app.staff("operator").await?.book(&wish).await?;
    assert_eq!((&group["people_adult"], &group["user_id"]), (&json!(6), &Value::Null));
    Ok(())
}

#[tokio::test]
async fn people_are_picked_up_where_the_tour_picks_up_and_nowhere_else() -> Result<()> {
    let app = App::start().await?;
    let tour = tour(&app, json!({"pickups": ["호텔 로비", "공항"]})).await?;
    let member = app.member().await?;
    let mut wish = morning(&tour, 1);
    wish["pickup"] = json!("항구");
    let reply = member.post("/api/bookings", &wish).await?;
    assert_eq!((reply.status, faults(&reply)), (422, named(&[("/pickup", "unknown")])));
    wish["pickup"] = json!("공항");
    assert_eq!(member.book(&wish).await?["pickup"], "공항");
    assert_eq!(member.book(&morning(&tour, 1)).await?["pickup"], Value::Null);
    Ok(())
}

#[tokio::test]
async fn wishes_for_seats_are_refused_naming_every_field() -> Result<()> {
    let app = App::start().await?;
    let member = app.member().await?;
    let nothing = json!({"tour_id": "곳", "usage_date": "내일", "usage_time": "9시", "people_adult": "하나"});
    let faulty =
        [("/tour_id", "type"), ("/usage_date", "type"), ("/usage_time", "time"), ("/people_adult", "type")];
    let both = json!({"tour_id": TOUR, "room_id": harness::people::ROOM_A, "usage_date": "2026-12-02",
        "usage_time": "09:00", "people_adult": 1});
    let cases = [
        (nothing, named(&faulty)),
        (json!({"tour_id": TOUR}), named(&[("/usage_date", "required"), ("/usage_time", "required")])),
        (both, named(&[("/room_id", "ambiguous")])),
        (seats(TOUR, "2026-12-02", "10:00", 1), named(&[("/usage_time", "no_departure")])),
        (seats(TOUR, "2026-11-30", "09:00", 1), named(&[("/usage_date", "in_the_past")])),
        (seats(TOUR, "2027-12-02", "09:00", 1), named(&[("/usage_date", "too_far_ahead")])),
    ];
    for (wish, expected) in cases {
        let reply = member.post("/api/bookings", &wish).await?;
        assert_eq!((reply.status, faults(&reply)), (422, expected), "{wish}");
    }
    Ok(())
}

#[tokio::test]
async fn cancelled_seats_are_free_and_can_be_restored_while_they_are() -> Result<()> {
    let app = App::start().await?;
    let tour = tour(&app, json!({})).await?;
    let (member, operator) = (app.member().await?, app.staff("operator").await?);
    let booking = member.book(&morning(&tour, 6)).await?;
    let cancelled = member.delete(&path_of(&booking)).await?;
    assert_eq!((cancelled.status, cancelled.text("/data/status")), (200, "cancelled".into()));
    assert_eq!(next_day(&app, &tour).await?, [10, 10]);
    let other = app.another().await?.book(&morning(&tour, 5)).await?;
    let restore = format!("{}/restore", path_of(&booking));
    let refused = operator.post(&restore, &json!({})).await?;
    assert_eq!(refusal(&refused), (409, "slot_taken".into()));
    assert_eq!(refused.body["alternatives"][0]["start_time"], "2026-12-02T14:00:00+09:00");
    assert_eq!(operator.delete(&path_of(&other)).await?.status, 200);
    let restored = operator.post(&restore, &json!({})).await?;
    assert_eq!((restored.status, restored.text("/data/status")), (200, "held".into()), "{restored:?}");
    assert_eq!(next_day(&app, &tour).await?, [4, 10]);
    Ok(())
}
