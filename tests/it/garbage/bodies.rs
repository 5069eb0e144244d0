//! Bodies that are none, too large, or of wrong types.

use super::*;

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
