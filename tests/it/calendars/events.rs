//! One booking as an event.

use super::*;

async fn revision(guest: &Guest, booking: &Value) -> Result<(u32, String)> {
    let event = event(guest, booking).await?;
    Ok((event["SEQUENCE"].parse()?, event["STATUS"].clone()))
}

#[tokio::test]
async fn who_may_see_a_booking_may_have_it_as_a_calendar() -> Result<()> {
    let app = App::start().await?;
    let member = app.member().await?;
    let booking = member.book(&free_wish(10, 12)).await?;
    for (who, guest, status) in [
        ("its owner", member, 200),
        ("a viewer", app.staff("viewer").await?, 200),
        ("a machine", app.machine(), 200),
        ("another member", app.another().await?, 404),
        ("an instructor", app.staff("instructor").await?, 404),
        ("a stranger", app.stranger(), 401),
    ] {
        let reply = ics(&guest, &booking).await?;
        assert_eq!(reply.status, status, "{who}");
        if status == 200 {
            assert_eq!(events(&reply)?.len(), 1, "{who}");
        }
    }
    assert_eq!(app.member().await?.get("/api/bookings/nothing.ics").await?.status, 404);
    Ok(())
}

#[tokio::test]
async fn an_event_tells_its_time_in_utc_and_its_place() -> Result<()> {
    let app = App::start().await?;
    let member = app.member().await?;
    let booking = member.book(&free_wish(10, 12)).await?;
    let event = event(&member, &booking).await?;
    for (name, value) in [
        ("UID", format!("{}@maru", id(&booking))),
        ("DTSTART", "20261202T010000Z".into()),
        ("DTEND", "20261202T030000Z".into()),
        ("DTSTAMP", "20261130T230000Z".into()),
        ("SUMMARY", "정기 모임".into()),
        ("LOCATION", "강의실 B".into()),
        ("STATUS", "CONFIRMED".into()),
        ("TRANSP", "OPAQUE".into()),
        ("SEQUENCE", "0".into()),
    ] {
        assert_eq!(event[name], value, "{name}");
    }
    assert_eq!(event.get("DESCRIPTION"), None);
    Ok(())
}

#[tokio::test]
async fn a_departure_is_an_event_of_its_tour() -> Result<()> {
    let app = App::start().await?;
    let tour = tour(&app, json!({"zone": "Pacific/Guam"})).await?;
    let member = app.member().await?;
    let booking = member.book(&seats(&tour, "2026-12-02", "09:00", 2)).await?;
    let event = event(&member, &booking).await?;
    assert_eq!(
        (event["DTSTART"].as_str(), event["DTEND"].as_str()),
        ("20261201T230000Z", "20261202T010000Z")
    );
    assert_eq!((event["SUMMARY"].as_str(), event["LOCATION"].as_str()), ("경복궁 산책", "경복궁 산책"));
    assert_eq!(event["STATUS"], "TENTATIVE", "it is not paid yet");
    Ok(())
}

#[tokio::test]
async fn another_time_another_place_and_an_end_are_new_revisions() -> Result<()> {
    let app = App::start().await?;
    let (member, operator) = (app.member().await?, app.staff("operator").await?);
    let room = room(&app, json!({})).await?;
    let booking = member.book(&free_wish(10, 12)).await?;
    let uid = event(&member, &booking).await?["UID"].clone();
    let mut last = revision(&member, &booking).await?.0;
    let elsewhere = json!({"room_id": room});
    let later = json!({"start_time": "2026-12-02T13:00:00", "end_time": "2026-12-02T14:00:00"});
    for (verb, body, status) in [
        ("reschedule", later, "CONFIRMED"),
        ("reschedule", elsewhere, "CONFIRMED"),
        ("", json!({}), "CANCELLED"),
        ("restore", json!({}), "CONFIRMED"),
    ] {
        if verb.is_empty() {
            assert_eq!(operator.delete(&format!("/api/bookings/{}", id(&booking))).await?.status, 200);
        } else {
            done(&operator, &booking, verb, &body).await?;
        }
        let (sequence, told) = revision(&member, &booking).await?;
        assert!(sequence > last, "{verb}: {sequence} after {last}");
        assert_eq!((told.as_str(), &event(&member, &booking).await?["UID"]), (status, &uid), "{verb}");
        last = sequence;
    }
    assert_eq!(event(&member, &booking).await?["LOCATION"], "세미나실");
    Ok(())
}

#[tokio::test]
async fn swapped_bookings_are_both_revised() -> Result<()> {
    let app = App::start().await?;
    let (member, another) = (app.member().await?, app.another().await?);
    let (one, other) = (member.book(&free_wish(10, 11)).await?, another.book(&free_wish(14, 15)).await?);
    done(&app.staff("operator").await?, &one, "swap", &json!({"with": id(&other)})).await?;
    let (mine, theirs) = (event(&member, &one).await?, event(&another, &other).await?);
    assert_eq!((mine["SEQUENCE"].as_str(), theirs["SEQUENCE"].as_str()), ("1", "1"));
    assert_eq!(
        (mine["DTSTART"].as_str(), theirs["DTSTART"].as_str()),
        ("20261202T050000Z", "20261202T010000Z")
    );
    Ok(())
}

#[tokio::test]
async fn what_becomes_of_a_hold_is_a_new_revision() -> Result<()> {
    let app = App::start().await?;
    let (member, operator) = (app.member().await?, app.staff("operator").await?);
    let (kept, lost) = (member.book(&wish(10, 12)).await?, member.book(&wish(13, 14)).await?);
    assert_eq!(revision(&member, &kept).await?, (0, "TENTATIVE".into()));
    done(&operator, &kept, "confirm", &json!({})).await?;
    assert_eq!(revision(&member, &kept).await?, (1, "CONFIRMED".into()));
    app.clock.advance(600);
    app.stack().workers.tidy().await?;
    assert_eq!(revision(&member, &lost).await?, (1, "CANCELLED".into()));
    Ok(())
}

#[tokio::test]
async fn nobody_came_is_a_new_revision_and_coming_is_none() -> Result<()> {
    let app = App::start().await?;
    let member = app.member().await?;
    let (came, missed) = (
        member.book(&wish_for(ROOM_B, "2026-12-01", 9, 10)).await?,
        member.book(&wish_for(ROOM_B, "2026-12-01", 10, 11)).await?,
    );
    app.clock.advance(7200 + 60);
    let (member, operator) = (app.member().await?, app.staff("operator").await?);
    done(&operator, &came, "complete", &json!({})).await?;
    done(&operator, &missed, "no-show", &json!({})).await?;
    assert_eq!(revision(&member, &came).await?, (0, "CONFIRMED".into()));
    assert_eq!(revision(&member, &missed).await?, (1, "CANCELLED".into()));
    Ok(())
}

#[tokio::test]
async fn another_title_and_a_check_in_are_no_new_revision() -> Result<()> {
    let app = App::start().await?;
    let (member, operator) = (app.member().await?, app.staff("operator").await?);
    let booking = member.book(&wish_for(ROOM_B, "2026-12-01", 9, 10)).await?;
    let titled =
        operator.patch(&format!("/api/bookings/{}", id(&booking)), &json!({"title": "회의"})).await?;
    assert_eq!(titled.status, 200);
    app.clock.advance(600);
    done(&operator, &booking, "check-in", &json!({})).await?;
    let event = event(&member, &booking).await?;
    assert_eq!((event["SEQUENCE"].as_str(), event["SUMMARY"].as_str()), ("0", "회의"));
    assert_eq!(event["LAST-MODIFIED"], "20261130T231000Z");
    Ok(())
}

#[tokio::test]
async fn nothing_somebody_types_breaks_a_calendar() -> Result<()> {
    let app = App::start().await?;
    let member = app.member().await?;
    let mut hostile = free_wish(10, 12);
    hostile["title"] = json!("회의;ATTENDEE=x, \\n BEGIN:VEVENT: \"끝\"");
    hostile["description"] = json!("하나\r\nEND:VEVENT\nBEGIN:VEVENT\n\t둘, 셋; 넷\\");
    let event = event(&member, &member.book(&hostile).await?).await?;
    assert_eq!(event["SUMMARY"], "회의\\;ATTENDEE=x\\, \\\\n BEGIN:VEVENT: \"끝\"");
    assert!(event["DESCRIPTION"].starts_with("하나\\nEND:VEVENT\\nBEGIN:VEVENT\\n"), "{event:?}");
    assert!(event["DESCRIPTION"].ends_with("둘\\, 셋\\; 넷\\\\"), "{event:?}");
    Ok(())
}

#[tokio::test]
async fn long_lines_are_folded_between_characters() -> Result<()> {
    let app = App::start().await?;
    let member = app.member().await?;
    let (title, text) = ("가나다라마바사아자차".repeat(20), "한글😀 and ASCII. ".repeat(100));
    let mut long = free_wish(10, 12);
    long["title"] = json!(title);
    long["description"] = json!(text);
    // Each line is checked where it is read.
    let event = event(&member, &member.book(&long).await?).await?;
    assert_eq!((event["SUMMARY"].as_str(), event["DESCRIPTION"].as_str()), (title.as_str(), text.trim()));
    Ok(())
}

#[tokio::test]
async fn a_series_is_an_event_for_each_time() -> Result<()> {
    let app = App::start().await?;
    let member = app.member().await?;
    let series = json!({"room_id": ROOM_B, "title": "수업", "start_time": "2026-12-02T10:00:00",
        "end_time": "2026-12-02T11:00:00", "repeat": {"frequency": "weekly", "count": 3}});
    let booking = member.post("/api/series", &series).await?.body["data"].clone();
    let all = events(&ics(&member, &booking).await?)?;
    let starts: Vec<&str> = all.iter().map(|event| event["DTSTART"].as_str()).collect();
    assert_eq!(starts, ["20261202T010000Z", "20261209T010000Z", "20261216T010000Z"]);
    let uids: std::collections::BTreeSet<&String> = all.iter().map(|event| &event["UID"]).collect();
    assert_eq!(uids.len(), 3);
    Ok(())
}
