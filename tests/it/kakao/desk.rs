//! The desk takes customers in by their Kakao id.

use super::*;

const PATH: &str = "/users/login-or-register";

fn about(id: i64) -> Value {
    json!({"kakao_id": id.to_string(), "name": "김민아"})
}

/// A key of the administrator's with these scopes.
async fn key(app: &App, scopes: &[&str]) -> Result<Guest> {
    let wish = json!({"name": "연동", "scopes": scopes});
    let reply = app.staff("admin").await?.post("/api/keys", &wish).await?;
    ensure!(reply.status == 201, "{reply:?}");
    Ok(machine(app, &reply.text("/data/key")))
}

#[tokio::test]
async fn staff_and_keys_with_the_scope_take_somebody_in_once() -> Result<()> {
    let app = App::start().await?;
    let reply = app.staff("operator").await?.post(PATH, &about(MINA)).await?;
    assert_eq!((reply.status, &reply.body["is_new"]), (200, &json!(true)), "{reply:?}");
    let user = &reply.body["user"];
    assert_eq!((&user["kakao_id"], &user["nickname"]), (&json!(MINA.to_string()), &json!("김민아")));
    assert_eq!(user["member_status"], "비회원");
    for caller in [app.machine(), key(&app, &["people_write"]).await?, app.staff("admin").await?] {
        let again = caller.post(PATH, &json!({"kakao_id": MINA})).await?;
        assert_eq!((again.status, &again.body["is_new"], &again.body["user"]), (200, &json!(false), user));
    }
    assert_eq!(enter(&app, MINA).await?.text("/user/user_id"), reply.text("/user/user_id"));
    Ok(())
}

#[tokio::test]
async fn nobody_else_takes_anybody_in() -> Result<()> {
    let app = App::start().await?;
    let unscoped = key(&app, &["bookings_read", "bookings_write", "staff_manage"]).await?;
    let (viewer, member) = (app.staff("viewer").await?, app.member().await?);
    for (name, caller) in [("a key without the scope", unscoped), ("viewer", viewer), ("member", member)] {
        assert_eq!(told(&caller.post(PATH, &about(MINA)).await?), refused(403, "forbidden"), "{name}");
    }
    assert_eq!(told(&app.stranger().post(PATH, &about(MINA)).await?), refused(401, "unauthorized"));
    assert!(people_of(&app, MINA).await?.is_empty());
    Ok(())
}

#[tokio::test]
async fn an_id_that_is_none_is_named() -> Result<()> {
    let app = App::start().await?;
    let operator = app.staff("operator").await?;
    for wrong in [json!("0"), json!(-1), json!("x"), json!(1.5), json!("007"), json!(["7"]), json!(true)] {
        let reply = operator.post(PATH, &json!({"kakao_id": wrong, "name": ""})).await?;
        let mut named = reply.fields();
        named.sort();
        assert_eq!((reply.status, named), (422, vec!["/kakao_id".into(), "/name".into()]), "{wrong}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_parallel_wishes_make_one_person() -> Result<()> {
    let app = App::start().await?;
    let operator = app.staff("operator").await?;
    let wish = about(MINA);
    let replies = join_all((0..20).map(|_| operator.post(PATH, &wish))).await;
    let replies: Vec<Reply> = replies.into_iter().collect::<Result<_>>()?;
    assert!(replies.iter().all(|reply| reply.status == 200), "{replies:?}");
    assert_eq!(replies.iter().filter(|reply| reply.body["is_new"] == true).count(), 1);
    let mut people: Vec<String> = replies.iter().map(|reply| reply.text("/user/user_id")).collect();
    people.dedup();
    assert_eq!((people.len(), people_of(&app, MINA).await?.len()), (1, 1));
    Ok(())
}

#[tokio::test]
async fn somebody_shut_out_is_not_taken_in() -> Result<()> {
    let app = App::start().await?;
    let id = id_of(&by_kakao(&app, MINA).await?).await?;
    ban(&app, &id, true).await?;
    let before = people_of(&app, MINA).await?;
    assert_eq!(told(&app.machine().post(PATH, &about(MINA)).await?), refused(403, "suspended"));
    assert_eq!(people_of(&app, MINA).await?, before);
    Ok(())
}
