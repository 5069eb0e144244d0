//! Who is served, and who is not.

use super::*;

#[tokio::test]
async fn a_wish_that_does_not_fit_yet_does_not_stop_those_behind_it() -> Result<()> {
    let app = App::start().await?;
    let (member, another, third) =
        (app.member().await?, app.another().await?, app.staff("instructor").await?);
    let first = member.book(&free_wish(10, 12)).await?;
    let second = member.book(&free_wish(12, 13)).await?;
    let long = join(&another, &free_wish(10, 13)).await?;
    let short = join(&third, &free_wish(10, 11)).await?;
    cancel(&member, &first).await?;
    assert_eq!(served(&app).await?, 1);
    assert_eq!(
        (status(&another, &long).await?, status(&third, &short).await?),
        ("waiting".into(), "offered".into())
    );
    // What is left is nobody's in the line.
    let walked_in = member.book(&free_wish(11, 12)).await?;
    cancel(&third, &offer(&third, &short).await?).await?;
    cancel(&member, &second).await?;
    cancel(&member, &walked_in).await?;
    assert_eq!(served(&app).await?, 1);
    assert_eq!(offer(&another, &long).await?["end_time"], "2026-12-02T13:00:00+09:00");
    Ok(())
}

#[tokio::test]
async fn a_short_wish_that_came_first_goes_before_a_longer_one() -> Result<()> {
    let app = App::start().await?;
    let (member, another, third) =
        (app.member().await?, app.another().await?, app.staff("instructor").await?);
    let booking = member.book(&free_wish(10, 12)).await?;
    let short = join(&another, &free_wish(10, 11)).await?;
    let long = join(&third, &free_wish(10, 12)).await?;
    cancel(&member, &booking).await?;
    assert_eq!(served(&app).await?, 1);
    assert_eq!(
        (status(&another, &short).await?, status(&third, &long).await?),
        ("offered".into(), "waiting".into())
    );
    app.clock.advance(OFFER);
    assert_eq!(served(&app).await?, 1);
    assert_eq!(offer(&third, &long).await?["start_time"], "2026-12-02T10:00:00+09:00");
    Ok(())
}

#[tokio::test]
async fn wishes_that_do_not_touch_are_served_together() -> Result<()> {
    let app = App::start().await?;
    let (member, another, third) =
        (app.member().await?, app.another().await?, app.staff("instructor").await?);
    let booking = member.book(&free_wish(10, 13)).await?;
    let one = join(&another, &free_wish(12, 13)).await?;
    let two = join(&third, &free_wish(10, 12)).await?;
    cancel(&member, &booking).await?;
    assert_eq!(served(&app).await?, 2);
    assert_eq!(
        (status(&another, &one).await?, status(&third, &two).await?),
        ("offered".into(), "offered".into())
    );
    Ok(())
}

#[tokio::test]
async fn those_with_one_wish_are_served_in_the_order_they_came() -> Result<()> {
    let app = App::start().await?;
    let member = app.member().await?;
    let guests = [app.another().await?, app.staff("instructor").await?, app.staff("viewer").await?];
    let booking = member.book(&free_wish(10, 12)).await?;
    let mut places = Vec::new();
    // At one instant: the line is an order, not a clock.
    for guest in &guests {
        places.push(join(guest, &free_wish(10, 12)).await?);
    }
    cancel(&member, &booking).await?;
    for turn in 0..3 {
        app.clock.advance(OFFER);
        assert_eq!(served(&app).await?, 1, "turn {turn}");
        for (n, (guest, place)) in guests.iter().zip(&places).enumerate() {
            let guest = again(&app, guest).await?;
            let expected = if n <= turn { "offered" } else { "waiting" };
            assert_eq!(status(&guest, place).await?, expected, "{n} at turn {turn}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn who_waits_for_what_has_begun_waits_for_nothing() -> Result<()> {
    let app = App::start().await?;
    let (member, another) = (app.member().await?, app.another().await?);
    member.book(&free_wish(10, 12)).await?;
    let place = join(&another, &free_wish(11, 12)).await?;
    app.clock.advance(27 * 3600 - 1);
    assert_eq!(served(&app).await?, 0);
    app.clock.advance(1);
    assert_eq!(served(&app).await?, 1);
    let another = again(&app, &another).await?;
    assert_eq!((status(&another, &place).await?, served(&app).await?), ("left".into(), 0));
    Ok(())
}

#[tokio::test]
async fn who_has_as_many_as_they_may_is_struck_off_and_the_next_is_served() -> Result<()> {
    let app = App::start().await?;
    let room = room(&app, json!({"quota": {"bookings": 1, "per": "day"}})).await?;
    let (member, another, third) =
        (app.member().await?, app.another().await?, app.staff("instructor").await?);
    let booking = member.book(&wish_for(&room, "2026-12-02", 10, 11)).await?;
    another.book(&wish_for(&room, "2026-12-02", 14, 15)).await?;
    let bound = join(&another, &wish_for(&room, "2026-12-02", 10, 11)).await?;
    let next = join(&third, &wish_for(&room, "2026-12-02", 10, 11)).await?;
    cancel(&member, &booking).await?;
    served(&app).await?;
    assert_eq!(
        (status(&another, &bound).await?, status(&third, &next).await?),
        ("left".into(), "offered".into())
    );
    Ok(())
}

#[tokio::test]
async fn a_line_goes_on_where_a_room_has_closed_or_changed() -> Result<()> {
    let app = App::start().await?;
    let room = room(&app, json!({})).await?;
    let admin = app.staff("admin").await?;
    let (member, another, third) =
        (app.member().await?, app.another().await?, app.staff("instructor").await?);
    let hours = |from, to| wish_for(&room, "2026-12-02", from, to);
    let (early, late) = (member.book(&hours(10, 11)).await?, member.book(&hours(14, 15)).await?);
    member.book(&hours(11, 12)).await?;
    let squeezed = join(&another, &hours(10, 11)).await?;
    let shut = join(&third, &hours(14, 15)).await?;
    let behind = join(&another, &hours(14, 15)).await?;
    // From now on an hour is kept free behind each booking, and the first wish would need the next one's.
    let change = json!({"lock_version": 1, "buffer_after_minutes": 60});
    assert_eq!(admin.patch(&format!("/rooms/{room}"), &change).await?.status, 200);
    cancel(&member, &early).await?;
    cancel(&member, &late).await?;
    served(&app).await?;
    assert_eq!(status(&third, &shut).await?, "offered", "whatever stands before them");
    assert_eq!(status(&another, &behind).await?, "waiting");
    assert_ne!(status(&another, &squeezed).await?, "offered");
    // And nobody is offered a room that is shut.
    let change = json!({"lock_version": 2, "is_active": false});
    assert_eq!(admin.patch(&format!("/rooms/{room}"), &change).await?.status, 200);
    served(&app).await?;
    assert_eq!(status(&another, &behind).await?, "left");
    Ok(())
}
