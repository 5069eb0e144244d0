//! Kakao out of order: each trouble has its answer within the deadline, and nothing is written.

use std::time::Duration;

use tokio::time::Instant;

use super::*;

/// Far more than both calls of a sign-in may take here.
const PATIENCE: Duration = Duration::from_secs(3);

/// What leads to Kakao.
#[derive(Debug, Clone, Copy)]
enum Door {
    Login,
    Admin,
    Link,
}

async fn knock(app: &App, door: Door, member: &Guest) -> Result<Reply> {
    let sent = json!({"code": code(app, MINA)});
    match door {
        Door::Login => app.stranger().post("/login/kakao", &sent).await,
        Door::Admin => app.stranger().post("/admin/login/kakao", &sent).await,
        Door::Link => member.post("/me/kakao", &sent).await,
    }
}

/// In time, with this status, without writing.
async fn judged(
    app: &App,
    name: &str,
    status: u16,
    act: impl Future<Output = Result<Reply>>,
) -> Result<Reply> {
    let (before, started) = (stored(app).await?, Instant::now());
    let reply = act.await?;
    let took = started.elapsed();
    ensure!(took < PATIENCE, "{name} took {took:?}");
    ensure!(reply.status == status, "{name}: {reply:?}");
    ensure!((status == 503) == reply.header("retry-after").is_some(), "{name}: {reply:?}");
    let wrote = deeds(app, &before).await?;
    ensure!(wrote == NOTHING, "{name} wrote {wrote:?}");
    Ok(reply)
}

#[tokio::test]
async fn whatever_kakao_does_wrong_has_its_answer_in_time_and_writes_nothing() -> Result<()> {
    use Behaviour::{
        Dormant, Error500, Html, Malformed, NotATester, Silent, TooManyRequests, Underage, Usual, WrongId,
    };
    let app = App::start().await?;
    let member = app.member().await?;
    let mut tried = 0;
    for door in [Door::Login, Door::Admin, Door::Link] {
        for broken in [Error500, Html, Silent, Malformed, TooManyRequests] {
            for queue in [vec![broken], vec![Usual, broken]] {
                let name = format!("{door:?} {queue:?}");
                fake(&app).next(queue);
                let reply = judged(&app, &name, 503, knock(&app, door, &member)).await?;
                assert_eq!(reply.text("/code"), "unavailable", "{name}");
                tried += 1;
            }
        }
        let name = format!("{door:?} about somebody else");
        fake(&app).next([WrongId]);
        judged(&app, &name, 503, knock(&app, door, &member)).await?;
        for (refusal, kakao_code) in [(NotATester, "KOE005"), (Underage, "-406"), (Dormant, "-103")] {
            fake(&app).next([refusal]);
            let name = format!("{door:?} {refusal:?}");
            let reply = judged(&app, &name, 403, knock(&app, door, &member)).await?;
            assert_eq!(
                (reply.text("/code"), reply.text("/kakao_code")),
                ("kakao_refuses".into(), kakao_code.into())
            );
        }
        tried += 4;
    }
    assert!(people_of(&app, MINA).await?.is_empty());
    assert_eq!(enter(&app, MINA).await?.status, 200, "healthy again at once");
    println!("{tried} troubles of Kakao: documented answers, nothing written");
    Ok(())
}

#[tokio::test]
async fn without_kakaos_keys_a_token_waits_and_counts_once_they_are_there() -> Result<()> {
    let app = App::start().await?;
    let token = fake(&app).id_token(MINA, KAKAO_NATIVE_KEY, NONCE);
    for broken in [Behaviour::Error500, Behaviour::Html, Behaviour::Silent, Behaviour::Malformed] {
        fake(&app).next([broken]);
        let reply = enter_by_token(&app, &token, NONCE);
        judged(&app, &format!("keys: {broken:?}"), 503, reply).await?;
    }
    assert_eq!(enter_by_token(&app, &token, NONCE).await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn keys_kakao_changed_are_followed_and_those_it_took_back_forgotten() -> Result<()> {
    let app = App::start().await?;
    let keys = "/.well-known/jwks.json";
    let old = fake(&app).id_token(MINA, KAKAO_REST_KEY, NONCE);
    assert_eq!(enter_by_token(&app, &old, NONCE).await?.status, 200);
    assert_eq!(enter_by_token(&app, &old, NONCE).await?.status, 200);
    assert_eq!(fake(&app).calls(keys), 1, "the keys are kept");
    fake(&app).rotate_keys();
    let new = fake(&app).id_token(MINA, KAKAO_REST_KEY, NONCE);
    assert_eq!(enter_by_token(&app, &new, NONCE).await?.status, 200);
    assert_eq!(told(&enter_by_token(&app, &old, NONCE).await?), refused(401, "bad_kakao"));
    assert_eq!(fake(&app).calls(keys), 2);
    let mut header = fake(&app).header();
    for n in 0..20 {
        header["kid"] = json!(format!("made-up-{n}"));
        let forged = fake(&app).sign(&header, &fake(&app).claims(MINA, KAKAO_REST_KEY, NONCE));
        assert_eq!(told(&enter_by_token(&app, &forged, NONCE).await?), refused(401, "bad_kakao"));
    }
    assert_eq!(fake(&app).calls(keys), 2, "made-up key ids buy no calls");
    Ok(())
}

#[tokio::test]
async fn telling_kakao_of_an_unlinking_may_fail_without_keeping_the_link() -> Result<()> {
    let app = App::start().await?;
    let member = linked_member(&app, MINA).await?;
    fake(&app).next([Behaviour::Silent]);
    let started = Instant::now();
    let reply = member.delete("/me/kakao").await?;
    assert_eq!((reply.status, &reply.body["kakao_id"]), (200, &Value::Null), "{reply:?}");
    assert!(started.elapsed() < PATIENCE);
    assert!(fake(&app).unlinked().is_empty());
    assert!(people_of(&app, MINA).await?.is_empty());
    Ok(())
}
