//! Linking a Kakao account to one that is there, and cutting the link.

use super::*;

#[tokio::test]
async fn a_linked_account_signs_in_both_ways_and_its_owner_is_told_by_mail() -> Result<()> {
    let app = App::start().await?;
    let member = app.member().await?;
    let reply = link(&app, &member, MINA).await?;
    assert_eq!((reply.status, reply.text("/kakao_id")), (200, MINA.to_string()), "{reply:?}");
    let (ours, theirs) = (id_of(&member).await?, id_of(&by_kakao(&app, MINA).await?).await?);
    assert_eq!(ours, theirs);
    assert_eq!(login(&app, "member1@maru.local", PASSWORD).await?.text("/user_id"), ours);
    let mails = app.mails("member1@maru.local").await?;
    assert!(mails.iter().any(|mail| mail.subject.contains("카카오 계정이 연결되었습니다")), "{mails:?}");
    Ok(())
}

#[tokio::test]
async fn a_token_of_the_phone_links_too_and_a_bad_proof_does_not() -> Result<()> {
    let app = App::start().await?;
    let member = app.member().await?;
    let token = fake(&app).id_token(MINA, KAKAO_NATIVE_KEY, NONCE);
    let wrong = member.post("/me/kakao", &json!({"id_token": token, "nonce": "another"})).await?;
    assert_eq!(told(&wrong), refused(401, "bad_kakao"));
    let right = member.post("/me/kakao", &json!({"id_token": token, "nonce": NONCE})).await?;
    assert_eq!((right.status, right.text("/kakao_id")), (200, MINA.to_string()));
    Ok(())
}

#[tokio::test]
async fn linking_and_unlinking_take_a_fresh_sign_in_or_the_password() -> Result<()> {
    let app = App::start().await?;
    let member = app.member().await?;
    app.clock.advance(RECENT + 1);
    let shown = |password: &str| json!({"code": code(&app, MINA), "password": password});
    assert_eq!(told(&link(&app, &member, MINA).await?), refused(403, "sign_in_again"));
    assert_eq!(told(&member.post("/me/kakao", &shown("wrong")).await?), refused(401, "wrong_password"));
    assert_eq!(member.post("/me/kakao", &shown(PASSWORD)).await?.status, 200);

    assert_eq!(told(&member.delete("/me/kakao").await?), refused(403, "sign_in_again"));
    let cut = |password: &str| {
        let body = json!({"password": password}).to_string().into_bytes();
        let member = member.clone();
        async move {
            member
                .send(Method::DELETE, "/me/kakao", &[("content-type", "application/json")], Some(body))
                .await
        }
    };
    assert_eq!(told(&cut("wrong").await?), refused(401, "wrong_password"));
    let reply = cut(PASSWORD).await?;
    assert_eq!((reply.status, &reply.body["kakao_id"]), (200, &Value::Null), "{reply:?}");
    Ok(())
}

#[tokio::test]
async fn a_sign_in_stays_fresh_for_a_quarter_of_an_hour_and_no_second_longer() -> Result<()> {
    let app = App::start().await?;
    let (member, another) = (app.member().await?, app.another().await?);
    app.clock.advance(RECENT);
    assert_eq!(link(&app, &member, MINA).await?.status, 200);
    app.clock.advance(1);
    assert_eq!(told(&link(&app, &another, JUNHO).await?), refused(403, "sign_in_again"));
    Ok(())
}

#[tokio::test]
async fn unlinking_tells_kakao_and_the_next_sign_in_there_is_a_new_person() -> Result<()> {
    let app = App::start().await?;
    let member = linked_member(&app, MINA).await?;
    let old = id_of(&member).await?;
    assert_eq!(member.delete("/me/kakao").await?.status, 200);
    assert_eq!(fake(&app).unlinked(), [MINA]);
    assert_eq!(told(&member.delete("/me/kakao").await?), refused(404, "not_found"));
    assert_eq!(member.get("/me").await?.status, 200, "still signed in");
    assert_ne!(enter(&app, MINA).await?.text("/user/user_id"), old);
    Ok(())
}

#[tokio::test]
async fn the_only_way_in_cannot_be_cut() -> Result<()> {
    let app = App::start().await?;
    fake(&app).person(MINA, None, Some((EMAIL, true)));
    let guest = by_kakao(&app, MINA).await?;
    assert_eq!(told(&guest.delete("/me/kakao").await?), refused(409, "last_way_in"));
    assert!(fake(&app).unlinked().is_empty());
    assert_eq!(people_of(&app, MINA).await?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn one_kakao_account_is_one_persons_and_one_person_has_one() -> Result<()> {
    let app = App::start().await?;
    let (member, another) = (linked_member(&app, MINA).await?, app.another().await?);
    by_kakao(&app, JUNHO).await?;
    let before = stored(&app).await?;
    assert_eq!(told(&link(&app, &another, MINA).await?), refused(409, "kakao_taken"), "another's");
    assert_eq!(told(&link(&app, &another, JUNHO).await?), refused(409, "kakao_taken"), "a person by itself");
    assert_eq!(told(&link(&app, &member, HUGE).await?), refused(409, "kakao_taken"), "a second one");
    assert_eq!(deeds(&app, &before).await?, NOTHING);
    Ok(())
}

#[tokio::test]
async fn a_key_or_a_stranger_links_nothing() -> Result<()> {
    let app = App::start().await?;
    assert_eq!(told(&link(&app, &app.machine(), MINA).await?), refused(403, "forbidden"));
    assert_eq!(told(&link(&app, &app.stranger(), MINA).await?), refused(401, "unauthorized"));
    assert_eq!(told(&app.machine().delete("/me/kakao").await?), refused(403, "forbidden"));
    assert!(people_of(&app, MINA).await?.is_empty());
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_parallel_links_of_one_kakao_account_reach_one_person() -> Result<()> {
    let app = App::start().await?;
    let guests = [app.member().await?, app.another().await?, app.staff("instructor").await?];
    let tries = (0..20).map(|n| link(&app, &guests[n % guests.len()], MINA));
    let replies: Vec<Reply> = join_all(tries).await.into_iter().collect::<Result<_>>()?;
    let statuses: Vec<u16> = replies.iter().map(|reply| reply.status).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|status| [200, 409].contains(status)), "{statuses:?}");
    assert_eq!(people_of(&app, MINA).await?.len(), 1);
    Ok(())
}
