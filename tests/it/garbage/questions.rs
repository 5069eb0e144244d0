//! Questions that cannot be answered: at the ends of time, with wrong parameters, about nothing.

use harness::app::free_wish;
use harness::people::{ROOM_A, ROOM_B, TOUR};

use super::bookings::{series_wish, tour_wish, with};
use super::*;

/// The last instants anybody can write.
const FAR: [&str; 6] = [
    "0000-01-01T00:00:00Z",
    "0001-01-01T00:00:00+09:00",
    "-009999-01-02T01:59:59Z",
    "9999-12-30T22:00:00Z",
    "9999-12-31T23:59:59+09:00",
    "9999-12-31T23:30:00",
];

#[tokio::test]
async fn the_ends_of_time_are_refused_and_never_our_bug() -> Result<()> {
    let app = App::start().await?;
    let operator = app.staff("operator").await?;
    let before = stored(&app).await?;
    let (from, to) = ("/start_time", "/end_time");
    for far in FAR {
        for (start, end) in
            [(far, far), ("2026-12-02T10:00:00+09:00", far), (far, "2026-12-02T11:00:00+09:00")]
        {
            let wish = with(with(series_wish(), from, json!(start)), to, json!(end));
            let block = json!({"start_time": start, "end_time": end, "reason": "청소"});
            let blackouts = format!("/rooms/{ROOM_B}/blackouts");
            for (path, body) in [
                ("/api/bookings", &wish),
                ("/api/waitlist", &wish),
                ("/api/series", &wish),
                (blackouts.as_str(), &block),
            ] {
                let reply = operator.post(path, body).await?;
                assert_eq!(
                    (reply.status, reply.text("/code").as_str()),
                    (422, "invalid_input"),
                    "{path} {start} {end}: {reply:?}"
                );
            }
            let query =
                format!("start_time={}&end_time={}", start.replace('+', "%2B"), end.replace('+', "%2B"));
            let reply = operator.get(&format!("/rooms/{ROOM_B}/availability/explain?{query}")).await?;
            let refused = reply.status == 422 && reply.fields().iter().all(|field| field.starts_with('?'));
            let told = reply.status == 200 && reply.body["data"]["bookable"] == false;
            assert!(refused || told, "{query}: {reply:?}");
        }
    }
    for date in ["0000-01-01", "9999-12-31"] {
        let mut wish = tour_wish();
        wish["usage_date"] = json!(date);
        for path in ["/api/bookings", "/api/waitlist"] {
            let reply = operator.post(path, &wish).await?;
            assert_eq!(reply.status, 422, "{path} {date}: {reply:?}");
        }
        for path in [
            format!("/rooms/{ROOM_B}/availability?from={date}&to={date}"),
            format!("/rooms/{ROOM_B}/blackouts?from={date}&to={date}"),
            format!("/tours/{TOUR}/departures?from={date}&to={date}"),
            format!("/api/day?date={date}"),
        ] {
            let reply = operator.get(&path).await?;
            assert_eq!(reply.status, 200, "{path}: {reply:?}");
        }
    }
    assert_eq!(changed(&app, &before).await?, NOTHING);
    Ok(())
}

#[tokio::test]
async fn wrong_questions_are_refused_at_the_parameter() -> Result<()> {
    let app = App::start().await?;
    let operator = app.staff("operator").await?;
    let (room, tour) = (format!("/rooms/{ROOM_B}"), format!("/tours/{TOUR}"));
    let far = "from=0001-01-01&to=9999-12-31";
    for (path, fields) in [
        (format!("{room}/availability?month=2026-13"), &["?month"][..]),
        (format!("{room}/availability?month=2026-1"), &["?month"]),
        (format!("{room}/availability?{far}"), &["?to"]),
        (format!("{room}/availability?from=2026-12-02&to=2026-12-01"), &["?to"]),
        (format!("{room}/availability/explain"), &["?end_time", "?start_time"]),
        (format!("{room}/availability/explain?start_time=x&end_time=2026-12-02T10:00:00Z"), &["?start_time"]),
        (format!("{room}/blackouts?from=x&to=y"), &["?from", "?to"]),
        (format!("{room}/blackouts?{far}"), &["?to"]),
        (format!("{tour}/departures?from=x&to=y"), &["?from", "?to"]),
        (format!("{tour}/departures?{far}"), &["?to"]),
        (format!("{tour}/departures?from=2026-12-02&to=2026-12-01"), &["?to"]),
        ("/api/day?date=today".to_owned(), &["?date"]),
        ("/api/waitlist?page_size=x".to_owned(), &["?page_size"]),
        ("/api/reservations/list?page_size=-1".to_owned(), &["?page_size"]),
        ("/api/rooms/list?page_size=x".to_owned(), &["?page_size"]),
        ("/tours?page_size=x".to_owned(), &["?page_size"]),
    ] {
        let reply = operator.get(&path).await?;
        let expected = fields.iter().map(|field| (*field).to_owned()).collect();
        assert_eq!((reply.status, sorted(reply.fields())), (422, expected), "{path}: {reply:?}");
    }
    for (query, field) in [
        ("", "?blackout_id"),
        ("?blackout_id=x", "?blackout_id"),
        ("?date=x", "?date"),
        ("?blackout_id=01900000-0000-7000-8000-00000000dead&date=2026-12-02", "?blackout_id"),
    ] {
        let reply = operator.delete(&format!("{room}/blackouts{query}")).await?;
        assert_eq!((reply.status, reply.fields()), (422, vec![field.to_owned()]), "{query}: {reply:?}");
    }
    Ok(())
}

#[tokio::test]
async fn what_is_asked_about_nothing_is_not_found() -> Result<()> {
    let app = App::start().await?;
    let owner = app.staff("owner").await?;
    let before = stored(&app).await?;
    let verbs =
        ["", "/cancel-preview", "/approve", "/check-in", "/complete", "/confirm", "/extend", "/no-show"];
    let more = ["/reject", "/reschedule", "/restore", "/status", "/swap"];
    let body = json!({"status": "confirmed", "with": NOBODY}).to_string().into_bytes();
    for id in [NOBODY, "x", "%ff", "null", "%F0%9F%98%80", ROOM_A] {
        let mut asked: Vec<(Method, String)> = Vec::new();
        for verb in verbs.into_iter().chain(more) {
            let method = if verb.is_empty() { Method::PATCH } else { Method::POST };
            asked.push((method, format!("/api/bookings/{id}{verb}")));
        }
        asked.push((Method::GET, format!("/api/bookings/{id}.ics")));
        asked.push((Method::GET, format!("/api/reservations/{id}")));
        asked.push((Method::PUT, format!("/api/reservations/{id}/cancel")));
        asked.push((Method::DELETE, format!("/api/waitlist/{id}")));
        asked.push((Method::DELETE, format!("/api/feeds/{id}")));
        asked.push((Method::GET, format!("/calendar/{id}")));
        asked.push((Method::GET, format!("/calendar/{id}.ics")));
        for (method, path) in asked {
            let reply = owner.send(method.clone(), &path, &[JSON], Some(body.clone())).await?;
            let known = (reply.status, reply.text("/code"));
            assert_eq!(known, (404, "not_found".to_owned()), "{method} {path}: {reply:?}");
        }
        if id != ROOM_A {
            let hours = free_wish(10, 11);
            let block =
                json!({"start_time": hours["start_time"], "end_time": hours["end_time"], "reason": "청소"});
            assert_eq!(owner.post(&format!("/rooms/{id}/blackouts"), &block).await?.status, 404, "{id}");
            assert_eq!(owner.get(&format!("/rooms/{id}/blackouts")).await?.status, 404, "{id}");
            assert_eq!(
                owner.delete(&format!("/rooms/{ROOM_A}/blackouts?blackout_id={NOBODY}")).await?.status,
                404
            );
        }
        let seats = json!({"date": "2026-12-02", "time": "09:00", "seats": 5}).to_string().into_bytes();
        let path = format!("/tours/{id}/departures");
        assert_eq!(owner.send(Method::PUT, &path, &[JSON], Some(seats)).await?.status, 404, "{id}");
        assert_eq!(owner.get(&path).await?.status, 404, "{id}");
    }
    assert_eq!(changed(&app, &before).await?, NOTHING);
    Ok(())
}
