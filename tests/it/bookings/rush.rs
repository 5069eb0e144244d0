//! Rooms opened to a rush: their ledger has an item a slot.

use std::collections::BTreeMap;

use futures::future::try_join_all;

use super::*;

async fn rush(app: &App, more: Value) -> Result<String> {
    room(app, with(json!({"rush": true, "open_time": "00:00", "close_time": "24:00"}), &more)).await
}

#[tokio::test]
async fn a_booking_of_several_slots_is_had_whole_or_not_at_all() -> Result<()> {
    let app = start().await?;
    let room = rush(&app, json!({})).await?;
    let (member, another) = (app.member().await?, app.another().await?);
    let theirs = booked(&member, &wish_for(&room, "2026-12-02", 10, 12)).await?;
    let refused = another.post("/api/bookings", &wish_for(&room, "2026-12-02", 11, 14)).await?;
    assert_problem(&refused, 409, "slot_taken");
    assert_eq!(refused.body["alternatives"][0]["start_time"], "2026-12-02T12:00:00+09:00");
    assert_eq!(free(&app, &room, "2026-12-02").await?, ["00:00–10:00", "12:00–00:00"]);
    assert_eq!(why_not(&member, &room, "2026-12-02T11:00", "2026-12-02T13:00").await?, ["yours"]);
    assert_eq!(why_not(&another, &room, "2026-12-02T11:00", "2026-12-02T13:00").await?, ["taken"]);
    another.book(&wish_for(&room, "2026-12-02", 12, 14)).await?;
    cancel(&member, &theirs, &json!({})).await?;
    assert_eq!(free(&app, &room, "2026-12-02").await?, ["00:00–12:00", "14:00–00:00"]);
    Ok(())
}

#[tokio::test]
async fn a_booking_goes_on_over_midnight() -> Result<()> {
    let app = start().await?;
    let room = rush(&app, json!({})).await?;
    let member = app.member().await?;
    let id = booked(&member, &local(&room, "2026-12-02T23:00", "2026-12-03T01:00")).await?;
    assert_eq!(free(&app, &room, "2026-12-02").await?, ["00:00–23:00"]);
    assert_eq!(free(&app, &room, "2026-12-03").await?, ["01:00–00:00"]);
    let refused = app.another().await?.post("/api/bookings", &wish_for(&room, "2026-12-03", 0, 1)).await?;
    assert_problem(&refused, 409, "slot_taken");
    cancel(&member, &id, &json!({})).await?;
    assert_eq!(free(&app, &room, "2026-12-03").await?, ["00:00–00:00"]);
    Ok(())
}

#[tokio::test]
async fn a_hold_that_is_over_gives_way_slot_by_slot() -> Result<()> {
    let app = start().await?;
    let room = rush(&app, json!({"hourly_rate": 10_000})).await?;
    let (member, another) = (app.member().await?, app.another().await?);
    let over = booked(&member, &wish_for(&room, "2026-12-02", 10, 12)).await?;
    app.clock.advance(600);
    another.book(&wish_for(&room, "2026-12-02", 11, 13)).await?;
    assert_eq!(member.status_of(&over).await?, "expired");
    // What is left of it lies in other items, and gives way, too.
    another.book(&wish_for(&room, "2026-12-02", 9, 11)).await?;
    assert_eq!(free(&app, &room, "2026-12-02").await?, ["00:00–09:00", "13:00–00:00"]);
    assert_eq!(tidied(&app).await?, [0; 4]);
    Ok(())
}

#[tokio::test]
async fn a_hold_is_paid_extended_and_swept() -> Result<()> {
    let app = start().await?;
    let room = rush(&app, json!({"hourly_rate": 20_000})).await?;
    let member = app.member().await?;
    let bought = paid(&app, &member, &wish_for(&room, "2026-12-02", 10, 12)).await?;
    let held = booked(&member, &wish_for(&room, "2026-12-02", 14, 16)).await?;
    app.clock.advance(300);
    assert_is(&act(&member, &held, "extend", &json!({})).await?, "held");
    app.clock.advance(600);
    assert_eq!(tidied(&app).await?, [1, 0, 0, 0]);
    assert_eq!(member.status_of(&bought).await?, "confirmed");
    assert_eq!(free(&app, &room, "2026-12-02").await?, ["00:00–10:00", "12:00–00:00"]);
    Ok(())
}

#[tokio::test]
async fn a_booking_moves_over_its_own_old_time_and_to_another_kind_of_room() -> Result<()> {
    let app = start().await?;
    let room = rush(&app, json!({})).await?;
    let (member, operator) = (app.member().await?, app.staff("operator").await?);
    let id = booked(&member, &wish_for(&room, "2026-12-02", 10, 12)).await?;
    let to = json!({"start_time": "2026-12-02T11:00", "end_time": "2026-12-02T13:00"});
    assert_is(&act(&operator, &id, "reschedule", &to).await?, "confirmed");
    assert_eq!(free(&app, &room, "2026-12-02").await?, ["00:00–11:00", "13:00–00:00"]);
    assert_is(&act(&operator, &id, "reschedule", &json!({"room_id": ROOM_B})).await?, "confirmed");
    assert_eq!(free(&app, &room, "2026-12-02").await?, ["00:00–00:00"]);
    assert_eq!(free(&app, ROOM_B, "2026-12-02").await?, ["09:00–11:00", "13:00–22:00"]);
    let other = booked(&member, &wish_for(&room, "2026-12-02", 20, 21)).await?;
    assert_is(&act(&operator, &id, "swap", &json!({"with": other})).await?, "confirmed");
    assert_eq!(free(&app, &room, "2026-12-02").await?, ["00:00–20:00", "21:00–00:00"]);
    Ok(())
}

#[tokio::test]
async fn a_series_holds_as_many_slots_as_a_transaction_does() -> Result<()> {
    let app = start().await?;
    let room = rush(&app, json!({})).await?;
    let member = app.member().await?;
    let daily = |hours: u8, count: u8| {
        with(
            wish_for(&room, "2026-12-02", 10, 10 + hours),
            &json!({"repeat": {"frequency": "daily", "count": count}}),
        )
    };
    let refused = member.post("/api/series", &daily(4, 25)).await?;
    assert_field(&refused, "", "too_much");
    assert_eq!(free(&app, &room, "2026-12-02").await?, ["00:00–00:00"]);
    assert_eq!(member.post("/api/series", &daily(2, 10)).await?.status, 201);
    Ok(())
}

#[tokio::test]
async fn three_days_of_it_are_shown_at_once_with_their_distances() -> Result<()> {
    let app = start().await?;
    let room = rush(&app, json!({"buffer_before_minutes": 60, "buffer_after_minutes": 60})).await?;
    let member = app.member().await?;
    member.book(&local(&room, "2026-12-02T23:00", "2026-12-03T01:00")).await?;
    let days = |to: u8| format!("/rooms/{room}/availability?from=2026-12-02&to=2026-12-{to:02}");
    let shown = app.stranger().get(&days(4)).await?;
    assert_eq!(shown.status, 200, "{shown:?}");
    let starts = |day: usize| shown.body["data"][day]["free"][0]["start_time"].clone();
    assert_eq!(starts(1), "2026-12-03T03:00:00+09:00");
    assert_eq!(starts(2), "2026-12-04T00:00:00+09:00");
    assert_field(&app.stranger().get(&days(5)).await?, "?to", "range");
    let over = local(&room, "2026-12-02T22:00", "2026-12-03T00:30");
    let refused = app.another().await?.post("/api/bookings", &over).await?;
    assert_problem(&refused, 409, "slot_taken");
    assert!(!refused.body["alternatives"].as_array().unwrap().is_empty());
    Ok(())
}

#[tokio::test]
async fn the_front_desk_and_what_staff_keep_show_many_slots() -> Result<()> {
    let app = start().await?;
    let room = rush(&app, json!({})).await?;
    rush(&app, json!({})).await?;
    let operator = app.staff("operator").await?;
    let id = booked(&app.member().await?, &wish_for(&room, "2026-12-02", 10, 12)).await?;
    let day = operator.get("/api/day?date=2026-12-02").await?;
    assert_eq!(day.status, 200, "{day:?}");
    let its = day.body["data"].as_array().unwrap().iter().find(|desk| desk["id"] == room.as_str()).unwrap();
    assert_eq!(its["bookings"].as_array().unwrap().iter().map(id_of).collect::<Vec<_>>(), [id]);
    let kept = operator.get(&format!("/rooms/{room}/blackouts")).await?;
    assert_eq!((kept.status, &kept.body["data"]["blackouts"]), (200, &json!([])), "{kept:?}");
    Ok(())
}

#[tokio::test]
async fn nobody_waits_in_line_for_a_rush() -> Result<()> {
    let app = start().await?;
    let room = rush(&app, json!({})).await?;
    let wish = wish_for(&room, "2026-12-02", 10, 12);
    app.member().await?.book(&wish).await?;
    assert_problem(&app.another().await?.post("/api/waitlist", &wish).await?, 409, "no_line");
    Ok(())
}

/// Sends a wish until it is answered: whoever is told to try again does, as a client should.
async fn answered(guest: Guest, wish: Value, client: usize) -> Result<String> {
    let key = format!("client-{client}");
    for _ in 0..30 {
        let reply = guest.post_with("/api/bookings", &wish, &[("idempotency-key", key.as_str())]).await?;
        if reply.status == 503 && reply.header("retry-after").is_some() {
            continue;
        }
        return Ok(format!("{} {}", reply.status, reply.text("/code")).trim().to_owned());
    }
    bail!("client {client} is never answered")
}

/// How often each status and code was answered to these wishes, all sent at once.
async fn answers(app: &App, wishes: Vec<Value>) -> Result<BTreeMap<String, usize>> {
    let guests = [app.member().await?, app.another().await?, app.staff("instructor").await?];
    let sent = wishes.into_iter().enumerate().map(|(n, wish)| answered(guests[n % 3].clone(), wish, n));
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for answer in try_join_all(sent).await? {
        *counts.entry(answer).or_default() += 1;
    }
    Ok(counts)
}

/// 96 slots of each of two days, and eight of a third: a slot for each of 200 clients.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_clients_for_as_many_slots_are_all_served() -> Result<()> {
    let app = start().await?;
    let room = rush(&app, json!({})).await?;
    let slot = |n: u32| {
        let first = "2026-12-02T00:00:00+09:00".parse::<Timestamp>().unwrap();
        let at = |slot: u32| first + jiff::SignedDuration::from_mins(i64::from(slot) * 15);
        local(&room, &at(n).to_string(), &at(n + 1).to_string())
    };
    let counts = answers(&app, (0..200).map(slot).collect()).await?;
    assert_eq!(counts, BTreeMap::from([("201".to_owned(), 200)]));
    assert!(
        free(&app, &room, "2026-12-02").await?.is_empty()
            && free(&app, &room, "2026-12-03").await?.is_empty()
    );
    assert_eq!(free(&app, &room, "2026-12-04").await?, ["02:00–00:00"]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_hundred_clients_for_one_slot_one_wins() -> Result<()> {
    let app = start().await?;
    let room = rush(&app, json!({})).await?;
    let slot = local(&room, "2026-12-02T10:00", "2026-12-02T10:15");
    let counts = answers(&app, vec![slot; 200]).await?;
    assert_eq!(counts, BTreeMap::from([("201".to_owned(), 1), ("409 slot_taken".to_owned(), 199)]));
    assert_eq!(free(&app, &room, "2026-12-02").await?, ["00:00–10:00", "10:15–00:00"]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_overlapping_wishes_leave_no_slot_to_two() -> Result<()> {
    let app = start().await?;
    let room = rush(&app, json!({})).await?;
    let wishes = (0..200_u32).map(|n| {
        let (from, slots) = (n * 7 % 40, 1 + n % 4);
        let clock = |slot: u32| format!("2026-12-02T{:02}:{:02}", 8 + slot / 4, slot % 4 * 15);
        local(&room, &clock(from), &clock(from + slots))
    });
    let counts = answers(&app, wishes.collect()).await?;
    assert!(counts.keys().all(|answer| ["201", "409 slot_taken"].contains(&answer.as_str())), "{counts:?}");
    let mut taken = Vec::new();
    for guest in [app.member().await?, app.another().await?, app.staff("instructor").await?] {
        let mut next = String::new();
        loop {
            let page = guest.get(&format!("/api/bookings?next={next}")).await?;
            let text = |booking: &Value, name: &str| booking[name].as_str().unwrap_or_default().to_owned();
            taken.extend(
                page.body["data"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|b| (text(b, "start_time"), text(b, "end_time"))),
            );
            if page.body["pagination"]["has_next"] == false {
                break;
            }
            next = page.text("/pagination/next");
        }
    }
    taken.sort();
    assert_eq!(Some(&taken.len()), counts.get("201"));
    assert!(taken.windows(2).all(|pair| pair[0].1 <= pair[1].0), "{taken:?}");
    Ok(())
}
