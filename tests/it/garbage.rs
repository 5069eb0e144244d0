//! Garbage in: never a 5xx, always a documented status, every wrong field named, nothing stored.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use harness::app::{App, Guest, Reply};
use harness::functions;
use maru_web::{Front, document};
use reqwest::Method;
use serde_json::{Map, Value, json};

const JSON: (&str, &str) = ("content-type", "application/json");

/// The items of each table, as text.
pub(crate) type Stored = BTreeMap<&'static str, Vec<String>>;

/// What changed where nothing may.
pub(crate) const NOTHING: [String; 0] = [];

/// Everything in the store, table by table, as sorted text.
#[allow(clippy::disallowed_methods, reason = "a test may look at everything to see that nothing changed")]
pub(crate) async fn stored(app: &App) -> Result<Stored> {
    let client = Client::new(&app.stack().sdk);
    let mut all = BTreeMap::new();
    for table in functions::tables() {
        let mut pages = client.scan().table_name(table.name).into_paginator().items().send();
        let mut items = Vec::new();
        while let Some(item) = pages.next().await {
            items.push(told(&AttributeValue::M(item?)));
        }
        items.sort();
        all.insert(table.name, items);
    }
    Ok(all)
}

/// A value with its maps in order, so that equal values are equal texts.
fn told(value: &AttributeValue) -> String {
    if let AttributeValue::M(map) = value {
        let sorted: BTreeMap<_, _> = map.iter().map(|(name, value)| (name, told(value))).collect();
        return sorted.iter().map(|(name, value)| format!("{name}={value};")).collect();
    }
    if let AttributeValue::L(list) = value {
        return list.iter().map(|value| format!("[{}]", told(value))).collect();
    }
    format!("{value:?}")
}

/// Items that came or went since `before`, as `table: item`.
pub(crate) async fn changed(app: &App, before: &Stored) -> Result<Vec<String>> {
    let flat = |stored: &Stored| -> BTreeSet<String> {
        stored
            .iter()
            .flat_map(|(table, items)| items.iter().map(move |item| format!("{table}: {item}")))
            .collect()
    };
    let (before, after) = (flat(before), flat(&stored(app).await?));
    Ok(before.symmetric_difference(&after).cloned().collect())
}

/// Write units all functions have used so far.
pub(crate) fn written(app: &App) -> f64 {
    let stores = app.stack().fronts().filter_map(|front| app.stack().store(front.name()));
    let used = stores.map(|db| db.meter().used());
    used.map(|used| used.write_units + used.index_units).sum()
}

/// The document of what is mounted.
pub(crate) fn mounted(app: &App) -> Value {
    document(app.stack().fronts().flat_map(Front::operations))
}

/// A POST route as the document tells it.
struct Post {
    path: String,
    statuses: Vec<u16>,
    fields: Map<String, Value>,
    required: Vec<String>,
}

impl Post {
    fn all(app: &App) -> Vec<Self> {
        let document = mounted(app);
        let paths = document["paths"].as_object().cloned().unwrap_or_default();
        let posts =
            paths.into_iter().filter_map(|(path, operations)| Some((path, operations.get("post")?.clone())));
        posts.map(|(path, operation)| Self::read(&document, path, &operation)).collect()
    }

    /// Those that take a body.
    fn with_body(app: &App) -> Vec<Self> {
        Self::all(app).into_iter().filter(|post| !post.fields.is_empty()).collect()
    }

    fn read(document: &Value, path: String, operation: &Value) -> Self {
        let statuses = operation["responses"].as_object().into_iter().flatten();
        let reference = operation.pointer("/requestBody/content/application~1json/schema/$ref");
        let name =
            reference.and_then(Value::as_str).and_then(|text| text.rsplit('/').next()).unwrap_or_default();
        let schema = &document["components"]["schemas"][name];
        let required = schema["required"].as_array().into_iter().flatten();
        Self {
            path,
            statuses: statuses.filter_map(|(status, _)| status.parse().ok()).collect(),
            fields: schema["properties"].as_object().cloned().unwrap_or_default(),
            required: required.filter_map(|name| Some(name.as_str()?.to_owned())).collect(),
        }
    }

    /// The fields the document gives this type.
    fn taking<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a String> {
        let is_of = move |schema: &Value| {
            let one = schema["type"] == kind;
            one || schema["type"].as_array().into_iter().flatten().any(|known| known == kind)
        };
        self.fields.iter().filter(move |(_, schema)| is_of(schema)).map(|(name, _)| name)
    }

    /// The fields whose type is another than this list's, object's or boolean's.
    fn not_taking(&self, value: &Value) -> Vec<&String> {
        let kind = if value.is_array() {
            "array"
        } else if value.is_object() {
            "object"
        } else {
            "boolean"
        };
        let taking: Vec<_> = self.taking(kind).collect();
        self.fields.keys().filter(|name| !taking.contains(name)).collect()
    }

    /// A body with the same value in every field.
    fn filled(&self, value: &Value) -> Value {
        self.fields.keys().map(|name| (name.clone(), value.clone())).collect::<Map<_, _>>().into()
    }
}

/// The pointers of these fields.
fn pointers<'a>(names: impl IntoIterator<Item = &'a String>) -> Vec<String> {
    sorted(names.into_iter().map(|name| format!("/{name}")).collect())
}

fn sorted(mut texts: Vec<String>) -> Vec<String> {
    texts.sort();
    texts.dedup();
    texts
}

/// Sends raw bytes. A server that refuses a body it has not read may close the connection before the
/// client has seen the answer; then the client asks again, as browsers do.
async fn send(guest: &Guest, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Result<Reply> {
    let mut last = None;
    for _ in 0..5 {
        match guest.send(Method::POST, path, headers, Some(body.to_vec())).await {
            Ok(reply) => return Ok(reply),
            Err(error) => last = Some(error),
        }
    }
    Err(last.context("never asked")?)
}

/// The route refuses these bytes as documented, as a problem of this status and code, and writes nothing.
async fn refuses(app: &App, guest: &Guest, post: &Post, sent: &Sent<'_>) -> Result<Reply> {
    let Sent { what, headers, body, status, code } = sent;
    let before = written(app);
    let reply = send(guest, &post.path, headers, body).await?;
    let told = format!("{what} to {}: {reply:?}", post.path);
    assert_eq!(reply.status, *status, "{told}");
    assert!(post.statuses.contains(&reply.status), "undocumented: {told}");
    assert_eq!(reply.body["code"], *code, "{told}");
    assert_eq!(reply.body["status"], *status, "{told}");
    assert!((written(app) - before).abs() < f64::EPSILON, "it wrote: {told}");
    Ok(reply)
}

struct Sent<'a> {
    what: &'a str,
    headers: &'a [(&'a str, &'a str)],
    body: Vec<u8>,
    status: u16,
    code: &'a str,
}

/// JSON bytes that are refused like this.
fn sent<'a>(what: &'a str, body: impl Into<Vec<u8>>, status: u16, code: &'a str) -> Sent<'a> {
    Sent { what, headers: &[JSON], body: body.into(), status, code }
}

#[tokio::test]
async fn the_document_tells_the_body_of_every_post_but_log_out() -> Result<()> {
    let app = App::start().await?;
    let bare: Vec<_> =
        Post::all(&app).into_iter().filter(|post| post.fields.is_empty()).map(|p| p.path).collect();
    assert_eq!(bare, ["/auth/logout"]);
    assert!(Post::with_body(&app).len() >= 11);
    Ok(())
}

#[tokio::test]
async fn what_is_not_json_is_unreadable() -> Result<()> {
    let app = App::start().await?;
    let owner = app.staff("owner").await?;
    let deep = format!("{{\"x\":{}1{}}}", "[".repeat(5_000), "]".repeat(5_000));
    let wrong: [(&str, Vec<u8>, &str); 14] = [
        ("nothing", Vec::new(), "bad_json"),
        ("white space", b" \r\n\t".to_vec(), "bad_json"),
        ("half an object", b"{\"email\":".to_vec(), "bad_json"),
        ("an object and more", b"{} {}".to_vec(), "bad_json"),
        ("a trailing comma", b"{\"email\":\"a@b.kr\",}".to_vec(), "bad_json"),
        ("single quotes", b"{'email':'a@b.kr'}".to_vec(), "bad_json"),
        ("NaN", b"{\"amount\":NaN}".to_vec(), "bad_json"),
        ("an endless number", b"{\"amount\":1e999999}".to_vec(), "bad_json"),
        ("a raw control character", b"{\"title\":\"a\0b\"}".to_vec(), "bad_json"),
        ("half a surrogate pair", br#"{"title":"\ud83d"}"#.to_vec(), "bad_json"),
        ("a byte order mark", b"\xef\xbb\xbf{}".to_vec(), "bad_json"),
        ("deep nesting", deep.into_bytes(), "bad_json"),
        ("bad UTF-8", b"{\"title\":\"\xff\xfe\"}".to_vec(), "bad_utf8"),
        ("EUC-KR", b"{\"name\":\"\xb1\xe8\xc3\xb6\xbc\xf6\"}".to_vec(), "bad_utf8"),
    ];
    let before = stored(&app).await?;
    for post in Post::with_body(&app) {
        for (what, body, code) in &wrong {
            refuses(&app, &owner, &post, &sent(what, body.clone(), 400, code)).await?;
        }
    }
    assert_eq!(changed(&app, &before).await?, NOTHING);
    Ok(())
}

#[tokio::test]
async fn json_that_is_no_object_is_refused_as_a_whole() -> Result<()> {
    let app = App::start().await?;
    let owner = app.staff("owner").await?;
    for post in Post::with_body(&app) {
        for body in ["[]", "[{}]", "\"text\"", "42", "-0.5", "true", "null"] {
            let reply = refuses(&app, &owner, &post, &sent(body, body, 422, "invalid_input")).await?;
            assert_eq!(reply.fields(), [""], "{body} to {}: {reply:?}", post.path);
        }
    }
    Ok(())
}

#[tokio::test]
async fn another_content_type_than_json_is_not_supported() -> Result<()> {
    let app = App::start().await?;
    let owner = app.staff("owner").await?;
    let types: [&[(&str, &str)]; 7] = [
        &[],
        &[("content-type", "")],
        &[("content-type", "text/plain")],
        &[("content-type", "text/json")],
        &[("content-type", "application/x-www-form-urlencoded")],
        &[("content-type", "multipart/form-data; boundary=x")],
        &[("content-type", "application/jsonp")],
    ];
    for post in Post::with_body(&app) {
        for headers in types {
            let what = format!("{headers:?}");
            let code = "unsupported_media_type";
            let sent = Sent { what: &what, headers, body: b"{}".to_vec(), status: 415, code };
            refuses(&app, &owner, &post, &sent).await?;
        }
    }
    Ok(())
}

#[tokio::test]
async fn json_is_recognised_by_any_of_its_content_types() -> Result<()> {
    let app = App::start().await?;
    let owner = app.staff("owner").await?;
    for post in Post::with_body(&app) {
        for kind in ["application/json; charset=utf-8", "APPLICATION/JSON", "application/merge-patch+json"] {
            let headers = [("content-type", kind)];
            let (status, code) = (422, "invalid_input");
            let sent = Sent { what: kind, headers: &headers, body: b"{}".to_vec(), status, code };
            refuses(&app, &owner, &post, &sent).await?;
        }
    }
    Ok(())
}

#[tokio::test]
async fn two_megabytes_are_too_large_for_every_post_that_takes_a_body() -> Result<()> {
    let app = App::start().await?;
    let owner = app.staff("owner").await?;
    let body = format!("{{\"x\":\"{}\"}}", "x".repeat(2 * 1024 * 1024));
    let before = stored(&app).await?;
    for post in Post::with_body(&app) {
        refuses(&app, &owner, &post, &sent("2 MB", body.clone(), 413, "too_large")).await?;
    }
    assert_eq!(changed(&app, &before).await?, NOTHING);
    Ok(())
}

#[tokio::test]
async fn two_megabytes_to_log_out_are_answered_as_documented() -> Result<()> {
    let app = App::start().await?;
    let owner = app.staff("owner").await?;
    let logout =
        Post::all(&app).into_iter().find(|post| post.path == "/auth/logout").context("no log-out")?;
    let reply = send(&owner, &logout.path, &[JSON], &vec![b'x'; 2 * 1024 * 1024]).await?;
    assert!(logout.statuses.contains(&reply.status), "undocumented: {reply:?}");
    Ok(())
}

#[tokio::test]
async fn a_body_of_exactly_one_megabyte_is_read() -> Result<()> {
    let app = App::start().await?;
    let owner = app.staff("owner").await?;
    let empty = "{\"x\":\"\"}";
    let filled = |size: usize| format!("{{\"x\":\"{}\"}}", "x".repeat(size - empty.len()));
    for post in Post::with_body(&app) {
        let (fits, more) = (filled(1024 * 1024), filled(1024 * 1024 + 1));
        refuses(&app, &owner, &post, &sent("1 MB", fits, 422, "invalid_input")).await?;
        refuses(&app, &owner, &post, &sent("1 MB and a byte", more, 413, "too_large")).await?;
    }
    Ok(())
}

#[tokio::test]
async fn an_empty_object_names_every_required_field_at_once() -> Result<()> {
    let app = App::start().await?;
    let owner = app.staff("owner").await?;
    for post in Post::with_body(&app) {
        let nulls = post.filled(&Value::Null).to_string();
        for (what, body) in [("{}", "{}".to_owned()), ("nulls", nulls)] {
            let reply = refuses(&app, &owner, &post, &sent(what, body, 422, "invalid_input")).await?;
            assert_eq!(sorted(reply.fields()), pointers(&post.required), "{what} to {}", post.path);
            let errors = reply.body["errors"].as_array().context("no errors")?;
            assert!(errors.iter().all(|error| error["code"] == "required"), "{reply:?}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn fields_of_a_wrong_type_are_all_named_at_once() -> Result<()> {
    let app = App::start().await?;
    let owner = app.staff("owner").await?;
    let before = stored(&app).await?;
    for post in Post::with_body(&app) {
        for value in [json!([]), json!({}), json!(true), json!(["a@b.kr"]), json!({"email": "a@b.kr"})] {
            let body = post.filled(&value).to_string();
            let reply =
                refuses(&app, &owner, &post, &sent("wrong types", body, 422, "invalid_input")).await?;
            assert_eq!(sorted(reply.fields()), pointers(post.not_taking(&value)), "{value} to {}", post.path);
            let errors = reply.body["errors"].as_array().context("no errors")?;
            assert!(errors.iter().all(|e| e["code"] == "type" && e["detail"].is_string()), "{reply:?}");
        }
    }
    assert_eq!(changed(&app, &before).await?, NOTHING);
    Ok(())
}

#[tokio::test]
async fn one_field_of_a_wrong_type_is_named_beside_those_that_are_missing() -> Result<()> {
    let app = App::start().await?;
    let owner = app.staff("owner").await?;
    for post in Post::with_body(&app) {
        for name in post.fields.keys() {
            let body = json!({ name: [7] }).to_string();
            let reply = refuses(&app, &owner, &post, &sent(name, body, 422, "invalid_input")).await?;
            let expected = pointers(post.required.iter().chain([name]));
            assert_eq!(sorted(reply.fields()), expected, "{name} to {}", post.path);
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_number_where_a_text_is_due_is_a_wrong_type() -> Result<()> {
    let app = App::start().await?;
    let owner = app.staff("owner").await?;
    for post in Post::with_body(&app) {
        let texts: Vec<&String> = post.taking("string").collect();
        assert!(!texts.is_empty(), "{}", post.path);
        for number in [json!(7), json!(-1), json!(1.5), json!(u64::MAX), json!(1e300)] {
            let body = post.filled(&number).to_string();
            let reply = refuses(&app, &owner, &post, &sent("numbers", body, 422, "invalid_input")).await?;
            let named = sorted(reply.fields());
            let unnamed: Vec<_> = texts.iter().filter(|name| !named.contains(&format!("/{name}"))).collect();
            assert!(unnamed.is_empty(), "{number} to {}: {unnamed:?} of {reply:?}", post.path);
        }
    }
    Ok(())
}

/// Odd texts in every field are refused, or are a wrong link or password; whatever it is, it is
/// documented, and nothing is stored.
#[tokio::test]
async fn odd_texts_in_every_field_are_refused_as_documented_and_change_nothing() -> Result<()> {
    let app = App::start().await?;
    let owner = app.staff("owner").await?;
    let odd = [
        String::new(),
        " ".into(),
        "\0".into(),
        "a\0b".into(),
        "\u{7}\u{1b}[31m\u{7f}\u{85}".into(),
        "😀👩‍👩‍👧‍👦🇰🇷".into(),
        "\u{202e}\u{200b}\u{feff}\u{ffff}\u{10ffff}".into(),
        "김".repeat(300),
        "e\u{301}".repeat(2_000),
        "x".repeat(500_000),
        "'; DROP TABLE users; --".into(),
        "<script>alert(1)</script>".into(),
        "../../etc/passwd".into(),
        "{{7*7}}${7*7}%s%n".into(),
        "9999-99-99T99:99:99Z".into(),
        "-9999-01-01T00:00:00Z".into(),
        "9999-12-31T23:59:59.999999999Z".into(),
        "1e400".into(),
        "mr_".into(),
        "a.b.c".into(),
        "00000000-0000-0000-0000-000000000000".into(),
        "00000000-0000-0000-0000-00000000000g".into(),
    ];
    let before = stored(&app).await?;
    for post in Post::with_body(&app) {
        for text in &odd {
            let start: String = text.chars().take(20).collect();
            let wrote = written(&app);
            let reply = owner.post(&post.path, &post.filled(&json!(text))).await?;
            assert!((400..500).contains(&reply.status), "{start:?} to {}: {reply:?}", post.path);
            assert!(post.statuses.contains(&reply.status), "{start:?} to {}: {reply:?}", post.path);
            assert_eq!(reply.body["success"], false, "{start:?} to {}: {reply:?}", post.path);
            assert!((written(&app) - wrote).abs() < f64::EPSILON, "{start:?} to {} wrote", post.path);
        }
    }
    assert_eq!(changed(&app, &before).await?, NOTHING);
    Ok(())
}

#[tokio::test]
async fn nul_in_a_name_or_a_title_is_refused_by_name() -> Result<()> {
    let app = App::start().await?;
    let member = app.member().await?;
    let person = json!({"email": "nul@example.kr", "password": "Str0ng!pass", "name": "김\0철수"});
    let reply = app.stranger().post("/auth/register", &person).await?;
    assert_eq!((reply.status, reply.fields()), (422, vec!["/name".to_owned()]), "{reply:?}");
    assert_eq!(reply.body["errors"][0]["code"], "control_character");
    let mut wish = harness::app::wish(10, 12);
    wish["title"] = json!("회의\0");
    wish["description"] = json!("줄\n바꿈은 되고 \0은 안 됨");
    let reply = member.post("/api/bookings", &wish).await?;
    assert_eq!(reply.status, 422, "{reply:?}");
    assert_eq!(sorted(reply.fields()), ["/description", "/title"]);
    Ok(())
}

#[tokio::test]
async fn an_emoji_is_text_like_any_other() -> Result<()> {
    let app = App::start().await?;
    let mut wish = harness::app::free_wish(10, 11);
    wish["title"] = json!("생일 파티 🎂👩‍👩‍👧‍👦");
    let reply = app.member().await?.post("/api/bookings", &wish).await?;
    assert_eq!(reply.status, 201, "{reply:?}");
    assert_eq!(reply.body["data"]["title"], "생일 파티 🎂👩‍👩‍👧‍👦");
    Ok(())
}

#[tokio::test]
async fn a_text_is_measured_in_characters_at_both_ends() -> Result<()> {
    let app = App::start().await?;
    let member = app.member().await?;
    for (length, status) in [(1, 201), (200, 201), (201, 422)] {
        let mut wish = harness::app::free_wish(10, 11);
        wish["title"] = json!("한".repeat(length));
        let reply = member.post("/api/bookings", &wish).await?;
        assert_eq!(reply.status, status, "{length}: {reply:?}");
        if status == 201 {
            let id = reply.text("/data/id");
            assert_eq!(reply.body["data"]["title"], "한".repeat(length));
            let reply = member.delete(&format!("/api/bookings/{id}")).await?;
            assert_eq!((reply.status, reply.text("/data/status")), (200, "cancelled".to_owned()));
        } else {
            assert_eq!(reply.fields(), ["/title"]);
        }
    }
    Ok(())
}

#[tokio::test]
async fn fields_nobody_asked_for_are_ignored() -> Result<()> {
    let app = App::start().await?;
    let member = app.member().await?;
    let mut wish = harness::app::free_wish(10, 11);
    for (name, value) in [
        ("status", json!("completed")),
        ("amount", json!(-5)),
        ("user_id", json!("01900000-0000-7000-8000-000000000001")),
        ("lock_version", json!(77)),
        ("__proto__", json!({"role": "owner"})),
        ("", json!(null)),
        ("깊은 것", json!([[[[{"x": [1, 2, {}]}]]]])),
    ] {
        wish[name] = value;
    }
    let reply = member.post("/api/bookings", &wish).await?;
    assert_eq!(reply.status, 201, "{reply:?}");
    let booking = &reply.body["data"];
    assert_eq!((&booking["status"], &booking["amount"]), (&json!("confirmed"), &json!(0)));
    assert_eq!(booking["lock_version"], 1);
    assert_ne!(booking["user_id"], "01900000-0000-7000-8000-000000000001");
    Ok(())
}

#[tokio::test]
async fn one_field_under_both_its_names_is_ambiguous() -> Result<()> {
    let app = App::start().await?;
    let member = app.member().await?;
    let before = written(&app);
    let bodies = [
        ("/payments/ready", json!({"booking_id": "a", "bookingId": "b"})),
        ("/payments/confirm", json!({"payment_key": "a", "paymentKey": "b", "order_id": "c", "amount": 1})),
    ];
    for (path, body) in bodies {
        let reply = member.post(path, &body).await?;
        assert_eq!((reply.status, reply.fields()), (422, vec![String::new()]), "{reply:?}");
        assert_eq!(reply.body["errors"][0]["code"], "ambiguous");
    }
    assert!((written(&app) - before).abs() < f64::EPSILON);
    Ok(())
}

#[tokio::test]
async fn amounts_that_are_none_are_refused_at_the_amount() -> Result<()> {
    let app = App::start().await?;
    let member = app.member().await?;
    let amounts = [
        json!(0),
        json!(-40_000),
        json!(0.5),
        json!(40_000.01),
        json!("40,000"),
        json!("4e4"),
        json!("-1"),
        json!("0x10"),
        json!(""),
        json!(" "),
        json!("٤٠"),
        json!("NaN"),
        json!("1000000000000000"),
        json!(1e300),
        json!(u64::MAX),
        json!("9".repeat(10_000)),
    ];
    for amount in amounts {
        let body = json!({"payment_key": "key1", "order_id": "order1", "amount": amount});
        let start: String = amount.to_string().chars().take(30).collect();
        let before = written(&app);
        let reply = member.post("/payments/confirm", &body).await?;
        assert_eq!((reply.status, reply.fields()), (422, vec!["/amount".to_owned()]), "{start}: {reply:?}");
        assert!((written(&app) - before).abs() < f64::EPSILON, "{start} wrote");
    }
    Ok(())
}

#[tokio::test]
async fn times_of_day_that_are_none_are_refused_at_the_time() -> Result<()> {
    let app = App::start().await?;
    let owner = app.staff("owner").await?;
    let before = stored(&app).await?;
    for time in [
        "",
        "9:00",
        "09:0",
        "09:60",
        "25:00",
        "24:15",
        "09:07",
        "0900",
        "09:00:00",
        "０９:00",
        "+9:00",
        "09:+0",
        "-1:00",
    ] {
        let body = json!({"name": "강의실", "capacity": 4, "hourly_rate": 0, "open_time": time, "close_time": "24:00"});
        let reply = owner.post("/rooms", &body).await?;
        assert_eq!((reply.status, reply.fields()), (422, vec!["/open_time".to_owned()]), "{time}: {reply:?}");
    }
    assert_eq!(changed(&app, &before).await?, NOTHING);
    Ok(())
}

#[tokio::test]
async fn a_bad_idempotency_key_is_unreadable() -> Result<()> {
    let app = App::start().await?;
    let member = app.member().await?;
    let long = "k".repeat(256);
    for key in ["", "   ", "키", long.as_str()] {
        let before = written(&app);
        let reply = member
            .post_with("/api/bookings", &harness::app::wish(10, 12), &[("idempotency-key", key)])
            .await?;
        assert_eq!(
            (reply.status, reply.text("/code")),
            (400, "bad_idempotency_key".to_owned()),
            "{key}: {reply:?}"
        );
        assert!((written(&app) - before).abs() < f64::EPSILON, "{key} wrote");
    }
    Ok(())
}

#[tokio::test]
async fn ids_in_paths_that_are_none_are_not_found() -> Result<()> {
    let app = App::start().await?;
    let member = app.member().await?;
    let ids = ["x", "0", "%00", "%ff", "%F0%9F%98%80", "..%2f..%2fetc", "%20", "'--", "%7B%7D", "null"];
    let long = "a".repeat(4_000);
    for id in ids.into_iter().chain([long.as_str()]) {
        for path in ["/rooms/", "/api/bookings/", "/payments/"] {
            let path = format!("{path}{id}");
            let reply = member.get(&path).await?;
            assert_eq!(
                (reply.status, reply.text("/code")),
                (404, "not_found".to_owned()),
                "{path}: {reply:?}"
            );
        }
    }
    Ok(())
}

#[tokio::test]
async fn wrong_queries_are_refused_at_the_parameter() -> Result<()> {
    let app = App::start().await?;
    let member = app.member().await?;
    let room = format!("/rooms/{}/availability", harness::people::ROOM_A);
    let queries = [
        ("/rooms?page_size=x".to_owned(), 422, vec!["?page_size"]),
        ("/rooms?page_size=-1".to_owned(), 422, vec!["?page_size"]),
        ("/api/bookings?page_size=1e3".to_owned(), 422, vec!["?page_size"]),
        ("/api/bookings?page_size=99999".to_owned(), 422, vec!["?page_size"]),
        (format!("{room}?from=2026-02-30"), 422, vec!["?from"]),
        (format!("{room}?from=x&to=y"), 422, vec!["?from", "?to"]),
    ];
    for (path, status, fields) in queries {
        let reply = member.get(&path).await?;
        assert_eq!(
            (reply.status, sorted(reply.fields())),
            (status, fields.iter().map(|f| (*f).to_owned()).collect()),
            "{path}: {reply:?}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn a_cursor_nobody_gave_is_the_first_page() -> Result<()> {
    let app = App::start().await?;
    let member = app.member().await?;
    for next in ["x", "%00", "eyJhIjoxfQ", "%F0%9F%98%80"] {
        for path in ["/rooms", "/api/bookings"] {
            let reply = member.get(&format!("{path}?next={next}")).await?;
            assert_eq!(reply.status, 200, "{path} {next}: {reply:?}");
            assert!(reply.body["data"].is_array(), "{reply:?}");
        }
    }
    Ok(())
}
