//! Tours: who makes, changes and deletes them.

use anyhow::{Result, ensure};
use harness::app::{App, Guest, Reply};
use harness::people::TOUR;
use reqwest::Method;
use serde_json::{Value, json};

/// Everything a tour can be told.
fn everything() -> Value {
    json!({
        "name": "마리아나 크루즈", "description": "해 질 녘", "pickups": ["호텔 로비", "공항"],
        "prices": {"adult": 80, "child": 40.5, "infant": 0}, "currency": "USD", "duration_minutes": 150,
        "timetable": [
            {"days": ["mon", "sat"], "time": "17:30", "seats": 40, "from": "2026-12-01", "to": "2027-02-28"},
            {"days": [], "time": "14:00", "seats": 15, "from": null, "to": null},
        ],
        "max_party": 8, "min_notice_minutes": 120, "max_ahead_days": 90, "zone": "Pacific/Guam",
        "auto_confirm": false, "cancellation_policy": {"kind": "free_until", "hours": 48},
        "no_show_minutes": 30, "remind_hours": 12, "quota": {"bookings": 1, "per": "day"},
    })
}

async fn made(admin: &Guest) -> Result<Value> {
    let reply = admin.post("/tours", &everything()).await?;
    ensure!(reply.status == 201, "{reply:?}");
    Ok(reply.body["data"].clone())
}

fn path_of(tour: &Value) -> String {
    format!("/tours/{}", tour["id"].as_str().unwrap_or_default())
}

/// A request about one version of a tour, by the header.
async fn tagged(guest: &Guest, method: Method, path: &str, version: u64, body: &Value) -> Result<Reply> {
    let tag = format!("\"{version}\"");
    let headers = [("content-type", "application/json"), ("if-match", tag.as_str())];
    guest.send(method, path, &headers, Some(body.to_string().into_bytes())).await
}

/// Field errors as pointer and code.
fn refusals(reply: &Reply) -> Vec<(String, String)> {
    let errors = reply.body["errors"].as_array().into_iter().flatten();
    let text = |error: &Value, name: &str| error[name].as_str().unwrap_or_default().to_owned();
    errors.map(|error| (text(error, "pointer"), text(error, "code"))).collect()
}

fn named(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(pointer, code)| ((*pointer).to_owned(), (*code).to_owned())).collect()
}

fn names(list: &Reply) -> Vec<String> {
    let tours = list.body["data"].as_array().into_iter().flatten();
    tours.filter_map(|tour| Some(tour["name"].as_str()?.to_owned())).collect()
}

#[tokio::test]
async fn anyone_sees_the_city_tour() -> Result<()> {
    let app = App::start().await?;
    let stranger = app.stranger();
    let list = stranger.get("/tours").await?;
    assert_eq!((list.status, names(&list)), (200, vec!["괌 시티투어".to_owned()]), "{list:?}");
    let tour = stranger.get(&format!("/tours/{TOUR}")).await?;
    assert_eq!((tour.status, &tour.body["data"]), (200, &list.body["data"][0]));
    let tour = &tour.body["data"];
    assert_eq!(tour["prices"], json!({"adult": 50, "child": 30, "infant": 0}));
    assert_eq!((&tour["currency"], &tour["zone"]), (&json!("USD"), &json!("Pacific/Guam")));
    let daily = |time: &str| json!({"days": [], "time": time, "seats": 20, "from": null, "to": null});
    assert_eq!(tour["timetable"], json!([daily("09:00"), daily("14:00")]));
    assert_eq!(stranger.get("/tours/01900000-0000-7000-8000-00000000dead").await?.status, 404);
    assert_eq!(stranger.get("/tours/nowhere").await?.status, 404);
    Ok(())
}

#[tokio::test]
async fn a_tour_is_made_once_by_an_admin_and_by_nobody_below() -> Result<()> {
    let app = App::start().await?;
    for (who, guest, status) in [
        ("a stranger", app.stranger(), 401),
        ("a member", app.member().await?, 403),
        ("an operator", app.staff("operator").await?, 403),
        ("a machine", app.machine(), 403),
    ] {
        assert_eq!(guest.post("/tours", &everything()).await?.status, status, "{who}");
        let path = format!("/tours/{TOUR}");
        assert_eq!(tagged(&guest, Method::PATCH, &path, 1, &json!({})).await?.status, status, "{who}");
        assert_eq!(tagged(&guest, Method::DELETE, &path, 1, &json!({})).await?.status, status, "{who}");
    }
    let admin = app.staff("admin").await?;
    let key = [("idempotency-key", "t")];
    let made = admin.post_with("/tours", &everything(), &key).await?;
    assert_eq!((made.status, made.header("etag")), (201, Some("\"1\"")), "{made:?}");
    assert_eq!(made.header("location"), Some(path_of(&made.body["data"]).as_str()));
    for (name, value) in everything().as_object().unwrap() {
        assert_eq!(&made.body["data"][name], value, "{name}");
    }
    let again = admin.post_with("/tours", &everything(), &key).await?;
    assert_eq!((again.status, again.header("idempotent-replayed")), (201, Some("true")));
    assert_eq!(again.text("/data/id"), made.text("/data/id"));
    let mut other = everything();
    other["name"] = json!("다른 투어");
    let reused = admin.post_with("/tours", &other, &key).await?;
    assert_eq!((reused.status, reused.text("/code")), (422, "idempotency_key_reused".to_owned()));
    assert_eq!(names(&app.stranger().get("/tours").await?), ["괌 시티투어", "마리아나 크루즈"]);
    Ok(())
}

#[tokio::test]
async fn a_tour_is_refused_with_every_fault_at_once() -> Result<()> {
    let app = App::start().await?;
    let admin = app.staff("admin").await?;
    let wrong = json!({
        "name": "", "pickups": ["로비", "로비"], "prices": {"adult": 99, "child": 100, "infant": 0},
        "duration_minutes": 1441, "max_party": 0, "max_ahead_days": 731, "zone": "Guam",
        "timetable": [
            {"days": ["월"], "time": "24:00", "seats": 0},
            {"time": "09:00", "seats": 1, "from": "2026-12-02", "to": "2026-12-01"},
        ],
        "cancellation_policy": {"kind": "staged"}, "quota": {"bookings": 1, "per": "year"},
    });
    let reply = admin.post("/tours", &wrong).await?;
    let expected = [
        ("/name", "length"),
        ("/pickups/1", "duplicate"),
        ("/prices/adult", "below_minimum"),
        ("/duration_minutes", "range"),
        ("/timetable/0/days/0", "value"),
        ("/timetable/0/time", "time"),
        ("/timetable/0/seats", "range"),
        ("/timetable/1/to", "before_from"),
        ("/max_party", "range"),
        ("/max_ahead_days", "range"),
        ("/zone", "zone"),
        ("/cancellation_policy/stages", "required"),
        ("/quota/per", "value"),
    ];
    assert_eq!(reply.status, 422, "{reply:?}");
    assert_eq!(refusals(&reply), named(&expected));
    let mut cheap = everything();
    cheap["currency"] = json!("KRW");
    cheap["prices"] = json!({"adult": 99, "child": 1, "infant": 0});
    let reply = admin.post("/tours", &cheap).await?;
    let expected = [("/prices/adult", "below_minimum"), ("/prices/child", "below_minimum")];
    assert_eq!((reply.status, refusals(&reply)), (422, named(&expected)));
    Ok(())
}

#[tokio::test]
async fn a_tour_is_changed_in_the_version_somebody_has_seen() -> Result<()> {
    let app = App::start().await?;
    let admin = app.staff("admin").await?;
    let tour = made(&admin).await?;
    let path = path_of(&tour);
    let dearer = json!({"prices": {"adult": "90"}});
    assert_eq!(admin.patch(&path, &dearer).await?.text("/code"), "version_required");
    let reply = tagged(&admin, Method::PATCH, &path, 2, &dearer).await?;
    assert_eq!((reply.status, reply.text("/code")), (412, "conflict_version".to_owned()));
    let reply = admin.patch(&path, &json!({"lock_version": 2, "max_party": 2})).await?;
    assert_eq!((reply.status, reply.text("/code")), (409, "conflict_version".to_owned()));
    let reply = tagged(&admin, Method::PATCH, &path, 1, &dearer).await?;
    assert_eq!((reply.status, reply.header("etag")), (200, Some("\"2\"")), "{reply:?}");
    assert_eq!(reply.body["data"]["prices"], json!({"adult": 90, "child": 40.5, "infant": 0}));
    let nulls =
        json!({"lock_version": 2, "pickups": null, "timetable": null, "quota": null, "remind_hours": null});
    let reply = admin.patch(&path, &nulls).await?;
    let bare = &reply.body["data"];
    assert_eq!((reply.status, &bare["pickups"], &bare["timetable"]), (200, &json!([]), &json!([])));
    assert_eq!((&bare["quota"], &bare["remind_hours"]), (&Value::Null, &Value::Null));
    for (wish, pointer, code) in [
        (json!({"zone": "Asia/Seoul"}), "/zone", "immutable"),
        (json!({"currency": "KRW"}), "/prices", "required"),
        (json!({"duration_minutes": null}), "/duration_minutes", "required"),
    ] {
        let reply = tagged(&admin, Method::PATCH, &path, 3, &wish).await?;
        assert_eq!((reply.status, refusals(&reply)), (422, named(&[(pointer, code)])), "{wish}");
    }
    Ok(())
}

#[tokio::test]
async fn an_inactive_tour_is_seen_by_staff_only_and_a_deleted_one_by_nobody() -> Result<()> {
    let app = App::start().await?;
    let (admin, stranger) = (app.staff("admin").await?, app.stranger());
    let tour = made(&admin).await?;
    let path = path_of(&tour);
    let reply = admin.patch(&path, &json!({"lock_version": 1, "is_active": false})).await?;
    assert_eq!(reply.status, 200, "{reply:?}");
    assert_eq!(stranger.get(&path).await?.status, 404);
    assert_eq!(names(&stranger.get("/tours").await?), ["괌 시티투어"]);
    assert_eq!(stranger.get("/api/admin/tours").await?.status, 401);
    let all = app.staff("viewer").await?.get("/api/admin/tours").await?;
    assert_eq!(names(&all), ["괌 시티투어", "마리아나 크루즈"]);
    assert_eq!(admin.delete(&path).await?.status, 428);
    assert_eq!(tagged(&admin, Method::DELETE, &path, 1, &json!({})).await?.status, 412);
    let gone = tagged(&admin, Method::DELETE, &path, 2, &json!({})).await?;
    assert_eq!(gone.status, 200, "{gone:?}");
    assert!(gone.body["data"]["deleted_at"].is_string());
    let again = tagged(&admin, Method::DELETE, &path, 2, &json!({})).await?;
    assert_eq!((again.status, &again.body), (200, &gone.body));
    assert_eq!(names(&admin.get("/api/admin/tours").await?), ["괌 시티투어"]);
    assert_eq!(tagged(&admin, Method::PATCH, &path, 3, &json!({"is_active": true})).await?.status, 404);
    Ok(())
}
