//! Why a time can be booked or not.

use super::*;

async fn explain(guest: &Guest, room: &str, start: &str, end: &str) -> Result<Reply> {
    let path = format!("/rooms/{room}/availability/explain?start_time={start}&end_time={end}");
    guest.get(&path).await
}

/// Whether a time can be booked, and the codes of what stands against it.
fn verdict(reply: &Reply) -> (bool, Vec<&str>) {
    let reasons = reply.body["data"]["reasons"].as_array().into_iter().flatten();
    let codes = reasons.map(|reason| reason["code"].as_str().unwrap()).collect();
    (reply.body["data"]["bookable"] == true, codes)
}

#[tokio::test]
async fn a_free_hour_has_nothing_against_it() -> Result<()> {
    let app = App::start().await?;
    let reply = explain(&app.member().await?, ROOM_A, "2026-12-02T10:00:00", "2026-12-02T11:00:00").await?;
    assert_eq!((reply.status, verdict(&reply)), (200, (true, vec![])));
    assert_eq!(reply.body["data"]["alternatives"], json!([]));
    Ok(())
}

#[tokio::test]
async fn each_rule_is_named() -> Result<()> {
    let app = App::start().await?;
    let strict = json!({"holidays": "KR", "min_minutes": 30, "max_minutes": 120, "min_notice_minutes": 180,
        "max_ahead_days": 60});
    let room = room(&app, strict).await?;
    let member = app.member().await?;
    for (start, end, code) in [
        ("2026-12-02T07:00:00", "2026-12-02T08:00:00", "outside_opening_hours"),
        ("2026-12-25T10:00:00", "2026-12-25T11:00:00", "public_holiday"),
        ("2026-12-01T10:00:00", "2026-12-01T11:00:00", "too_late"),
        ("2026-11-30T10:00:00", "2026-11-30T11:00:00", "in_the_past"),
        ("2027-02-01T10:00:00", "2027-02-01T11:00:00", "too_far_ahead"),
        ("2026-12-02T10:00:00", "2026-12-02T12:15:00", "too_long"),
        ("2026-12-02T10:00:00", "2026-12-02T10:15:00", "too_short"),
        ("2026-12-02T10:10:00", "2026-12-02T11:00:00", "off_grid"),
        ("2026-12-02T11:00:00", "2026-12-02T10:00:00", "not_after_start"),
    ] {
        let reply = explain(&member, &room, start, end).await?;
        assert_eq!((reply.status, verdict(&reply)), (200, (false, vec![code])), "{start}");
        let reason = &reply.body["data"]["reasons"][0];
        assert!(reason["detail"] != reason["detail_en"] && reason["detail"] != "", "{reason}");
        // What is offered instead can be had.
        try_all(&member, &room, &reply.body["data"]["alternatives"]).await?;
    }
    Ok(())
}

#[tokio::test]
async fn who_is_in_the_way_is_told_without_a_name() -> Result<()> {
    let app = App::start().await?;
    let (member, another, operator) =
        (app.member().await?, app.another().await?, app.staff("operator").await?);
    let mine = member.book(&free_wish(10, 12)).await?;
    let (start, end) = ("2026-12-02T10:00:00", "2026-12-02T11:00:00");
    assert_eq!(verdict(&explain(&member, ROOM_B, start, end).await?), (false, vec!["yours"]));
    let told = explain(&another, ROOM_B, start, end).await?;
    assert_eq!(verdict(&told), (false, vec!["taken"]));
    assert!(!told.body.to_string().contains("정기 모임"), "{told:?}");
    assert_eq!(told.body["data"]["alternatives"][0]["start_time"], "2026-12-02T09:00:00+09:00");
    let hours =
        json!({"start_time": "2026-12-02T14:00:00", "end_time": "2026-12-02T15:00:00", "reason": "촬영"});
    assert_eq!(operator.post(&format!("/rooms/{ROOM_B}/blackouts"), &hours).await?.status, 201);
    let told = explain(&another, ROOM_B, "2026-12-02T14:30:00", "2026-12-02T15:30:00").await?;
    assert_eq!(verdict(&told), (false, vec!["blocked"]));
    let path = format!("/api/bookings/{}", mine["id"].as_str().unwrap());
    let waits = another.post("/api/waitlist", &free_wish(10, 12)).await?;
    assert_eq!((waits.status, member.delete(&path).await?.status), (201, 200));
    assert_eq!(verdict(&explain(&member, ROOM_B, start, end).await?), (false, vec!["waiting_line"]));
    Ok(())
}

#[tokio::test]
async fn a_closed_day_tells_why() -> Result<()> {
    let app = App::start().await?;
    let shut = json!({"date": "2026-12-02", "reason": "대청소"});
    let operator = app.staff("operator").await?;
    assert_eq!(operator.post(&format!("/rooms/{ROOM_B}/blackouts"), &shut).await?.status, 201);
    let reply = explain(&app.member().await?, ROOM_B, "2026-12-02T10:00:00", "2026-12-02T11:00:00").await?;
    assert_eq!(verdict(&reply), (false, vec!["closed"]));
    assert!(reply.text("/data/reasons/0/detail").contains("대청소"));
    Ok(())
}

#[tokio::test]
async fn a_question_without_times_or_a_room_is_refused() -> Result<()> {
    let app = App::start().await?;
    let member = app.member().await?;
    let reply = explain(&member, ROOM_A, "10시", "").await?;
    let expected = named(&[("?start_time", "type"), ("?end_time", "type")]);
    assert_eq!((reply.status, faults(&reply)), (422, expected));
    let (start, end) = ("2026-12-02T10:00:00", "2026-12-02T11:00:00");
    let nowhere = "01900000-0000-7000-8000-00000000dead";
    assert_eq!(refusal(&explain(&member, nowhere, start, end).await?), (404, "no_such_room".into()));
    assert_eq!(explain(&app.stranger(), ROOM_A, start, end).await?.status, 401);
    let ages = explain(&member, ROOM_A, "2026-12-02T10:00:00", "2027-12-01T10:00:00").await?;
    assert_eq!((ages.status, verdict(&ages)), (200, (false, vec!["too_long"])));
    Ok(())
}
