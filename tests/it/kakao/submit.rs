//! Completing a sign-up: 비회원 becomes 회원 by telling the rest.

use super::*;

fn whole() -> Value {
    json!({
        "username": "김민아", "birthDate": "1990-02-14", "birthTime": "02:30", "ampm": "오후",
        "calendar": "solar", "userphonenumber": "010-1234-5678", "gender": "여",
    })
}

fn with(changes: &Value) -> Value {
    let mut wish = whole();
    for (name, value) in changes.as_object().into_iter().flatten() {
        wish[name] = value.clone();
        if value.is_null() {
            wish.as_object_mut().unwrap().remove(name);
        }
    }
    wish
}

#[tokio::test]
async fn telling_the_rest_makes_a_visitor_a_member() -> Result<()> {
    let app = App::start().await?;
    let guest = by_kakao(&app, MINA).await?;
    assert_eq!(guest.get("/me").await?.text("/data/member_status"), "비회원");
    let reply = guest.post("/submit", &whole()).await?;
    assert_eq!((reply.status, reply.text("/status")), (200, "success".into()), "{reply:?}");
    let profile = json!({
        "birth_date": "1990-02-14", "birth_time": "14:30", "calendar": "solar", "phone": "+821012345678",
        "gender": "여",
    });
    let user = &reply.body["user"];
    assert_eq!((&user["profile"], &user["name"]), (&profile, &json!("김민아")));
    assert_eq!((&user["member_status"], &user["kakao_id"]), (&json!("회원"), &json!(MINA.to_string())));
    let again = enter(&app, MINA).await?;
    assert_eq!(again.text("/user/member_status"), "회원");
    assert_eq!(again.text("/user/nickname"), "김민아");
    let kept: Vec<Value> = items(&app, "profiles").await?;
    assert_eq!(kept.len(), 1);
    Ok(())
}

#[tokio::test]
async fn times_and_dates_are_taken_as_clients_write_them() -> Result<()> {
    let app = App::start().await?;
    let guest = by_kakao(&app, MINA).await?;
    let none = Value::Null;
    for (sent, date, time, calendar) in [
        (json!({"birthTime": "14:30", "ampm": none}), "1990-02-14", json!("14:30"), "solar"),
        (json!({"birthTime": "1430", "ampm": none}), "1990-02-14", json!("14:30"), "solar"),
        (json!({"birthTime": "1430", "ampm": "pm"}), "1990-02-14", json!("14:30"), "solar"),
        (json!({"birthTime": "0230", "ampm": "PM"}), "1990-02-14", json!("14:30"), "solar"),
        (json!({"birthTime": "230", "ampm": "오전"}), "1990-02-14", json!("02:30"), "solar"),
        (json!({"birthTime": "12:05", "ampm": "am"}), "1990-02-14", json!("00:05"), "solar"),
        (json!({"birthTime": "12:05", "ampm": "pm"}), "1990-02-14", json!("12:05"), "solar"),
        (json!({"birthTime": "", "ampm": ""}), "1990-02-14", none.clone(), "solar"),
        (json!({"birthTime": none, "calendar": none}), "1990-02-14", none.clone(), "solar"),
        (
            json!({"birthDate": "19900230", "calendar": "lunar", "birthTime": none}),
            "1990-02-30",
            none.clone(),
            "lunar",
        ),
        (
            json!({"birthDate": "1990.02.28", "calendar": "음력", "birthTime": none}),
            "1990-02-28",
            none.clone(),
            "lunar",
        ),
    ] {
        let reply = guest.post("/submit", &with(&sent)).await?;
        let profile = &reply.body["user"]["profile"];
        assert_eq!(
            (reply.status, &profile["birth_date"], &profile["birth_time"], &profile["calendar"]),
            (200, &json!(date), &time, &json!(calendar)),
            "{sent}: {reply:?}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn every_wrong_field_is_named_at_once_and_nothing_is_kept() -> Result<()> {
    let app = App::start().await?;
    let guest = by_kakao(&app, MINA).await?;
    let before = stored(&app).await?;
    let all_wrong = json!({
        "username": "", "birthDate": "1990-02-30", "birthTime": "25:00", "ampm": "night",
        "calendar": "julian", "userphonenumber": "12", "gender": "x",
    });
    let mut every: Vec<String> =
        all_wrong.as_object().unwrap().keys().map(|name| format!("/{name}")).collect();
    every.sort();
    let reply = guest.post("/submit", &all_wrong).await?;
    let mut named = reply.fields();
    named.sort();
    assert_eq!((reply.status, named), (422, every), "{reply:?}");

    let reply = guest.post("/submit", &json!({})).await?;
    let mut named = reply.fields();
    named.sort();
    assert_eq!(
        (reply.status, named),
        (422, vec!["/birthDate".into(), "/gender".into(), "/username".into(), "/userphonenumber".into()])
    );
    for (sent, pointer) in [
        (json!({"birthDate": "1990-02-30"}), "/birthDate"),
        (json!({"birthDate": "2026-12-02"}), "/birthDate"),
        (json!({"birthDate": "1990-02-31", "calendar": "lunar"}), "/birthDate"),
        (json!({"birthTime": "14:30", "ampm": "am"}), "/birthTime"),
        (json!({"birthTime": "24:00", "ampm": Value::Null}), "/birthTime"),
        (json!({"gender": "M"}), "/gender"),
        (json!({"username": "가".repeat(51)}), "/username"),
        (json!({"calendar": 1}), "/calendar"),
    ] {
        let reply = guest.post("/submit", &with(&sent)).await?;
        assert_eq!((reply.status, reply.fields()), (422, vec![pointer.to_owned()]), "{sent}");
    }
    assert_eq!(changed(&app, &before).await?, NOTHING);
    assert_eq!(guest.get("/me").await?.text("/data/member_status"), "비회원");
    Ok(())
}

#[tokio::test]
async fn only_a_signed_in_person_completes_their_own_sign_up() -> Result<()> {
    let app = App::start().await?;
    let before = stored(&app).await?;
    assert_eq!(told(&app.stranger().post("/submit", &whole()).await?), refused(401, "unauthorized"));
    assert_eq!(told(&app.machine().post("/submit", &whole()).await?), refused(403, "forbidden"));
    let mut differences = changed(&app, &before).await?;
    differences.retain(|item| !item.starts_with("key-uses: "));
    assert_eq!(differences, NOTHING);
    Ok(())
}
