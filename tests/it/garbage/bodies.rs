//! Bodies that are none, too large, or of wrong types.

use super::*;

/// What asks for no body.
const BARE: [(&str, &str); 8] = [
    ("POST", "/admin/users/{user_id}/reset-mfa"),
    ("POST", "/api/bookings/{id}/cancel-preview"),
    ("POST", "/api/bookings/{id}/check-in"),
    ("POST", "/api/bookings/{id}/complete"),
    ("POST", "/api/bookings/{id}/confirm"),
    ("POST", "/api/bookings/{id}/extend"),
    ("POST", "/api/bookings/{id}/restore"),
    ("PUT", "/api/reservations/{id}/cancel"),
];

#[tokio::test]
async fn what_asks_for_no_body_does_not_look_at_one() -> Result<()> {
    let app = App::start().await?;
    let owner = app.staff("owner").await?;
    let before = stored(&app).await?;
    for (method, path) in BARE {
        let path = path.replace("{id}", NOBODY).replace("{user_id}", NOBODY);
        let method = Method::from_bytes(method.as_bytes())?;
        for body in [&b""[..], b"{", b"[]", b"{}", b"\xff\xfe", br#"{"status":"confirmed","id":7}"#] {
            for headers in [&[][..], &[JSON], &[("content-type", "text/plain")]] {
                let reply = owner.send(method.clone(), &path, headers, Some(body.to_vec())).await?;
                let known = (reply.status, reply.text("/code"));
                assert_eq!(known, (404, "not_found".to_owned()), "{path} {body:?}: {reply:?}");
            }
        }
    }
    assert_eq!(changed(&app, &before).await?, NOTHING);
    Ok(())
}

#[tokio::test]
async fn the_document_tells_the_body_of_everything_that_takes_one() -> Result<()> {
    let app = App::start().await?;
    let document = mounted(&app);
    let mut bare = Vec::new();
    for (path, operations) in document["paths"].as_object().context("no paths")? {
        for (method, operation) in operations.as_object().context("no operations")? {
            if ["post", "put", "patch"].contains(&method.as_str()) && operation["requestBody"].is_null() {
                bare.push(path.clone());
            }
        }
    }
    assert_eq!(bare, BARE.map(|(_, path)| path));
    let all = Operation::all(&app);
    assert!(all.len() >= 50, "{}", all.len());
    let optional: Vec<_> = all.iter().filter(|one| !one.needs_body).map(ToString::to_string).collect();
    let expected = [
        "DELETE /api/bookings/{id}",
        "DELETE /me",
        "DELETE /me/kakao",
        "DELETE /rooms/{id}",
        "DELETE /tours/{id}",
        "POST /admin/users/{user_id}/ban",
        "POST /admin/users/{user_id}/unban",
        "POST /api/bookings/{id}/approve",
        "POST /api/bookings/{id}/no-show",
        "POST /api/bookings/{id}/reject",
        "POST /auth/logout",
        "POST /auth/mfa/totp",
        "POST /auth/refresh",
        "POST /payments/{payment_key}/cancel",
    ];
    assert_eq!(sorted(optional), expected);
    Ok(())
}

#[tokio::test]
async fn a_body_that_may_be_left_out_is_an_empty_object() -> Result<()> {
    let app = App::start().await?;
    let by = Askers::of(&app).await?;
    for operation in Operation::all(&app).iter().filter(|one| !one.needs_body) {
        let (status, code) = operation.empty();
        for headers in [&[][..], &[JSON], &[("content-type", "text/plain")]] {
            let nothing = Sent { what: "nothing", headers, body: Vec::new(), status, code };
            refuses(&app, &by, operation, &nothing).await?;
        }
    }
    Ok(())
}

#[tokio::test]
async fn what_is_not_json_is_unreadable() -> Result<()> {
    let app = App::start().await?;
    let by = Askers::of(&app).await?;
    let deep = format!("{{\"x\":{}1{}}}", "[".repeat(5_000), "]".repeat(5_000));
    let wrong: [(&str, Vec<u8>, &str); 13] = [
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
    for operation in Operation::all(&app) {
        if operation.needs_body {
            refuses(&app, &by, &operation, &sent("nothing", "", 400, "bad_json")).await?;
        }
        for (what, body, code) in &wrong {
            refuses(&app, &by, &operation, &sent(what, body.clone(), 400, code)).await?;
        }
    }
    assert_eq!(changed(&app, &before).await?, NOTHING);
    Ok(())
}

#[tokio::test]
async fn json_that_is_no_object_is_refused_as_a_whole() -> Result<()> {
    let app = App::start().await?;
    let by = Askers::of(&app).await?;
    for operation in Operation::all(&app) {
        for body in ["[]", "[{}]", "\"text\"", "42", "-0.5", "true", "null"] {
            let reply = refuses(&app, &by, &operation, &sent(body, body, 422, "invalid_input")).await?;
            assert_eq!(reply.fields(), [""], "{body} to {operation}: {reply:?}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn another_content_type_than_json_is_not_supported() -> Result<()> {
    let app = App::start().await?;
    let by = Askers::of(&app).await?;
    let types: [&[(&str, &str)]; 7] = [
        &[],
        &[("content-type", "")],
        &[("content-type", "text/plain")],
        &[("content-type", "text/json")],
        &[("content-type", "application/x-www-form-urlencoded")],
        &[("content-type", "multipart/form-data; boundary=x")],
        &[("content-type", "application/jsonp")],
    ];
    for operation in Operation::all(&app) {
        for headers in types {
            let what = format!("{headers:?}");
            let code = "unsupported_media_type";
            let sent = Sent { what: &what, headers, body: b"{}".to_vec(), status: 415, code };
            refuses(&app, &by, &operation, &sent).await?;
        }
    }
    Ok(())
}

#[tokio::test]
async fn json_is_recognised_by_any_of_its_content_types() -> Result<()> {
    let app = App::start().await?;
    let by = Askers::of(&app).await?;
    for operation in Operation::all(&app) {
        for kind in ["application/json; charset=utf-8", "APPLICATION/JSON", "application/merge-patch+json"] {
            let headers = [("content-type", kind)];
            let (status, code) = operation.empty();
            let sent = Sent { what: kind, headers: &headers, body: b"{}".to_vec(), status, code };
            refuses(&app, &by, &operation, &sent).await?;
        }
    }
    Ok(())
}

#[tokio::test]
async fn two_megabytes_are_too_large_for_everything_that_takes_a_body() -> Result<()> {
    let app = App::start().await?;
    let by = Askers::of(&app).await?;
    let body = format!("{{\"x\":\"{}\"}}", "x".repeat(2 * 1024 * 1024));
    let before = stored(&app).await?;
    for operation in Operation::all(&app) {
        refuses(&app, &by, &operation, &sent("2 MB", body.clone(), 413, "too_large")).await?;
    }
    assert_eq!(changed(&app, &before).await?, NOTHING);
    Ok(())
}

#[tokio::test]
async fn a_body_of_exactly_one_megabyte_is_read() -> Result<()> {
    let app = App::start().await?;
    let by = Askers::of(&app).await?;
    let empty = "{\"x\":\"\"}";
    let filled = |size: usize| format!("{{\"x\":\"{}\"}}", "x".repeat(size - empty.len()));
    for operation in Operation::all(&app) {
        let (fits, more) = (filled(1024 * 1024), filled(1024 * 1024 + 1));
        let (status, code) = operation.empty();
        refuses(&app, &by, &operation, &sent("1 MB", fits, status, code)).await?;
        refuses(&app, &by, &operation, &sent("1 MB and a byte", more, 413, "too_large")).await?;
    }
    Ok(())
}

#[tokio::test]
async fn an_empty_object_names_every_required_field_at_once() -> Result<()> {
    let app = App::start().await?;
    let by = Askers::of(&app).await?;
    for operation in Operation::all(&app) {
        let nulls = Operation::filled(operation.fields.keys(), &Value::Null).to_string();
        for (what, body) in [("{}", "{}".to_owned()), ("nulls", nulls)] {
            let (status, code) = operation.empty();
            let reply = refuses(&app, &by, &operation, &sent(what, body, status, code)).await?;
            let missing = operation.missing_beside(None);
            assert_eq!(missing.is_empty(), status != 422, "{operation}");
            assert_eq!(sorted(reply.fields()), pointers(&missing), "{what} to {operation}");
            let mut errors = reply.body["errors"].as_array().into_iter().flatten();
            assert!(errors.all(|error| error["code"] == "required"), "{reply:?}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn fields_of_a_wrong_type_are_all_named_at_once() -> Result<()> {
    let app = App::start().await?;
    let by = Askers::of(&app).await?;
    let before = stored(&app).await?;
    for operation in Operation::all(&app) {
        for value in [json!([]), json!({}), json!(true), json!(["a@b.kr"]), json!({"email": "a@b.kr"})] {
            let expected = pointers(operation.not_taking(&value));
            if expected.is_empty() {
                continue;
            }
            let body = Operation::filled(operation.fields.keys(), &value).to_string();
            let reply =
                refuses(&app, &by, &operation, &sent("wrong types", body, 422, "invalid_input")).await?;
            let errors = reply.body["errors"].as_array().context("no errors")?;
            let pointer = |error: &Value| error["pointer"].as_str().unwrap_or_default().to_owned();
            // What lies deeper is judged with the value it lies in, which is of the right type.
            let (whole, deeper): (Vec<&Value>, Vec<&Value>) =
                errors.iter().partition(|error| pointer(error) == field_of(&pointer(error)));
            let is_type = |error: &&Value| error["code"] == "type" && error["detail"].is_string();
            let (wrong, others): (Vec<&Value>, Vec<&Value>) = whole.into_iter().partition(is_type);
            let wrong = wrong.into_iter().map(pointer).collect();
            assert_eq!(sorted(wrong), expected, "{value} to {operation}");
            // Whatever else is refused is of the right type, and wrong by its value.
            let taken = |error: &Value| !expected.contains(&field_of(&pointer(error)));
            assert!(others.iter().all(|e| taken(e) && e["code"] != "required"), "{operation}: {reply:?}");
            assert!(deeper.iter().all(|e| taken(e)), "{operation}: {reply:?}");
        }
    }
    assert_eq!(changed(&app, &before).await?, NOTHING);
    Ok(())
}

#[tokio::test]
async fn one_field_of_a_wrong_type_is_named_beside_those_that_are_missing() -> Result<()> {
    let app = App::start().await?;
    let by = Askers::of(&app).await?;
    for operation in Operation::all(&app) {
        for name in operation.judged() {
            let body = json!({ name: [7] }).to_string();
            let reply = refuses(&app, &by, &operation, &sent(name, body, 422, "invalid_input")).await?;
            let missing = operation.missing_beside(Some(name));
            let expected = pointers(missing.iter().chain([name]));
            let named = reply.fields().iter().map(|pointer| field_of(pointer)).collect();
            assert_eq!(sorted(named), expected, "{name} to {operation}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_number_where_a_text_is_due_is_a_wrong_type() -> Result<()> {
    let app = App::start().await?;
    let by = Askers::of(&app).await?;
    for operation in Operation::all(&app) {
        let texts = operation.texts();
        if texts.is_empty() {
            assert!(!operation.needs_body, "{operation}");
            continue;
        }
        for number in [json!(7), json!(-1), json!(1.5), json!(u64::MAX), json!(1e300)] {
            let body = Operation::filled(operation.fields.keys(), &number).to_string();
            let reply = refuses(&app, &by, &operation, &sent("numbers", body, 422, "invalid_input")).await?;
            let named = sorted(reply.fields());
            let unnamed: Vec<_> = texts.iter().filter(|name| !named.contains(&format!("/{name}"))).collect();
            assert!(unnamed.is_empty(), "{number} to {operation}: {unnamed:?} of {reply:?}");
        }
    }
    Ok(())
}
