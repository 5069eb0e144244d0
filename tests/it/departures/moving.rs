//! Another departure, another party, another pickup.

use super::*;

#[tokio::test]
async fn whom_a_change_does_not_name_still_comes() -> Result<()> {
    let app = App::start().await?;
    let tour = tour(&app, json!({})).await?;
    let mut wish = morning(&tour, 2);
    wish["people_infant"] = json!(1);
    let booking = app.member().await?.book(&wish).await?;
    let operator = app.staff("operator").await?;
    let reply = operator.patch(&path_of(&booking), &json!({"people_child": 1})).await?;
    let party =
        ["people_adult", "people_child", "people_infant"].map(|name| reply.body["data"][name].clone());
    assert_eq!((reply.status, party), (200, [json!(2), json!(1), json!(1)]), "{reply:?}");
    assert_eq!((&reply.body["data"]["amount"], next_day(&app, &tour).await?), (&json!(130_000), [7, 10]));
    Ok(())
}

#[tokio::test]
async fn a_party_grows_as_far_as_there_are_seats_and_gives_back_what_it_leaves() -> Result<()> {
    let app = App::start().await?;
    let tour = tour(&app, json!({})).await?;
    let (member, operator) = (app.member().await?, app.staff("operator").await?);
    let booking = member.book(&morning(&tour, 4)).await?;
    app.another().await?.book(&morning(&tour, 4)).await?;
    let refused = operator.patch(&path_of(&booking), &json!({"people_adult": 7})).await?;
    assert_eq!(refusal(&refused), (409, "slot_taken".into()));
    assert_eq!(refused.body["alternatives"][0]["start_time"], "2026-12-02T14:00:00+09:00");
    assert_eq!(next_day(&app, &tour).await?, [2, 10], "nothing has changed");
    let grown = operator.patch(&path_of(&booking), &json!({"people_adult": 6})).await?;
    assert_eq!((grown.status, &grown.body["data"]["amount"]), (200, &json!(300_000)), "{grown:?}");
    assert_eq!(next_day(&app, &tour).await?, [0, 10]);
    let shrunk = operator.patch(&path_of(&booking), &json!({"people_adult": 1})).await?;
    assert_eq!((shrunk.status, &shrunk.body["data"]["amount"]), (200, &json!(50_000)));
    assert_eq!(next_day(&app, &tour).await?, [5, 10]);
    Ok(())
}

#[tokio::test]
async fn a_paid_party_changes_only_at_its_price() -> Result<()> {
    let app = App::start().await?;
    let tour = tour(&app, json!({})).await?;
    let (member, operator) = (app.member().await?, app.staff("operator").await?);
    let (id, order, key) = member.up_to_the_window(&app, &morning(&tour, 2)).await?;
    assert_eq!(member.confirm(&key, &order, 100_000).await?.status, 200);
    let path = format!("/api/bookings/{id}");
    let dearer = json!({"people_adult": 3});
    assert_eq!(refusal(&operator.patch(&path, &dearer).await?), (409, "price_differs".into()));
    assert_eq!(next_day(&app, &tour).await?, [8, 10]);
    let kept = operator.patch(&path, &json!({"people_adult": 3, "keep_price": true})).await?;
    assert_eq!((kept.status, &kept.body["data"]["amount"]), (200, &json!(100_000)), "{kept:?}");
    assert_eq!(next_day(&app, &tour).await?, [7, 10]);
    Ok(())
}

#[tokio::test]
async fn a_party_moves_to_another_departure_and_is_never_on_both() -> Result<()> {
    let app = App::start().await?;
    let tour = tour(&app, json!({})).await?;
    let (member, operator) = (app.member().await?, app.staff("operator").await?);
    let booking = member.book(&morning(&tour, 6)).await?;
    let path = path_of(&booking);
    let moved = operator.patch(&path, &json!({"usage_time": "14:00"})).await?;
    assert_eq!((moved.status, moved.text("/data/start_time")), (200, "2026-12-02T14:00:00+09:00".into()));
    assert_eq!(next_day(&app, &tour).await?, [10, 4]);
    let moved = operator.post(&format!("{path}/reschedule"), &json!({"usage_date": "2026-12-03"})).await?;
    assert_eq!((moved.status, moved.text("/data/start_time")), (200, "2026-12-03T14:00:00+09:00".into()));
    assert_eq!(next_day(&app, &tour).await?, [10, 10]);
    member.book(&morning(&tour, 5)).await?;
    let full = json!({"usage_date": "2026-12-02", "usage_time": "09:00"});
    let refused = operator.post(&format!("{path}/reschedule"), &full).await?;
    assert_eq!(refusal(&refused), (409, "slot_taken".into()), "{refused:?}");
    assert_eq!(member.get(&path).await?.text("/data/start_time"), "2026-12-03T14:00:00+09:00");
    assert_eq!(left(&app, &tour, "from=2026-12-03").await?[1], ("2026-12-03 14:00".to_owned(), 4));
    Ok(())
}

#[tokio::test]
async fn a_party_moves_only_to_a_departure_there_is() -> Result<()> {
    let app = App::start().await?;
    let tour = tour(&app, json!({"pickups": ["공항"]})).await?;
    let (member, operator) = (app.member().await?, app.staff("operator").await?);
    let path = path_of(&member.book(&morning(&tour, 2)).await?);
    let cases = [
        (json!({"usage_time": "10:00"}), ("/usage_time", "no_departure")),
        (json!({"usage_date": "2026-11-30"}), ("/usage_date", "in_the_past")),
        (json!({"people_adult": 0}), ("/people_adult", "range")),
        (json!({"pickup": "항구"}), ("/pickup", "unknown")),
        (json!({"start_time": "2026-12-02T14:00:00+09:00"}), ("/start_time", "not_of_this")),
        (json!({"room_id": harness::people::ROOM_A}), ("/room_id", "not_of_this")),
    ];
    for (wish, fault) in cases {
        let reply = operator.patch(&path, &wish).await?;
        assert_eq!((reply.status, faults(&reply)), (422, named(&[fault])), "{wish}");
    }
    let reply = operator.patch(&path, &json!({"pickup": "공항"})).await?;
    assert_eq!((reply.status, reply.text("/data/pickup")), (200, "공항".into()));
    assert_eq!(member.patch(&path, &json!({"people_adult": 1})).await?.status, 403, "by staff only");
    assert_eq!(next_day(&app, &tour).await?, [8, 10]);
    Ok(())
}

#[tokio::test]
async fn a_party_that_has_left_keeps_its_seats_whether_it_came_or_not() -> Result<()> {
    let app = App::start().await?;
    let free = json!({"adult": 0, "child": 0, "infant": 0});
    let tour = tour(&app, json!({"prices": free, "no_show_minutes": 15})).await?;
    let today = seats(&tour, "2026-12-01", "09:00", 4);
    let member = app.member().await?;
    let (came, missed) = (member.book(&today).await?, member.book(&today).await?);
    app.clock.advance(3500);
    let operator = app.staff("operator").await?;
    assert_eq!(operator.post(&format!("{}/check-in", path_of(&came)), &json!({})).await?.status, 200);
    app.clock.advance(100 + 15 * 60);
    assert_eq!(app.stack().workers.tidy().await?.missed, 1);
    let operator = app.staff("operator").await?;
    assert_eq!(operator.get(&path_of(&missed)).await?.text("/data/status"), "no_show");
    assert_eq!(operator.get(&path_of(&came)).await?.text("/data/status"), "confirmed");
    app.clock.advance(2 * 3600);
    assert_eq!(app.stack().workers.tidy().await?.completed, 1);
    Ok(())
}
