//! Nothing Kakao hands out, and no key of ours to it, is kept or told on.

use super::*;

/// An answer as it came over the wire.
fn whole(reply: &Reply) -> String {
    format!("{:?} {}", reply.headers, reply.body)
}

#[tokio::test]
async fn no_code_or_token_of_kakaos_is_in_an_answer_our_tokens_the_store_or_the_trail() -> Result<()> {
    let app = App::start().await?;
    fake(&app).person(MINA, Some("김민아"), Some((EMAIL, true)));
    let mut answers = vec![enter(&app, MINA).await?];
    let native = fake(&app).id_token(MINA, KAKAO_NATIVE_KEY, NONCE);
    answers.push(enter_by_token(&app, &native, NONCE).await?);
    answers.push(enter_by_token(&app, &native, "another").await?);
    let guest = guest_of(&app, &answers[0])?;
    let used = code(&app, MINA);
    for _ in 0..2 {
        answers.push(app.stranger().post("/login/kakao", &json!({"code": used})).await?);
    }
    for broken in [Behaviour::Error500, Behaviour::Malformed, Behaviour::Html, Behaviour::Silent] {
        fake(&app).next([Behaviour::Usual, broken]);
        answers.push(enter(&app, MINA).await?);
    }
    let (member, staff) = (app.member().await?, app.staff("operator").await?);
    answers.push(link(&app, &member, MINA).await?);
    answers.push(link(&app, &member, JUNHO).await?);
    answers.push(link(&app, &staff, HUGE).await?);
    let back = panel(&app);
    for id in [HUGE, 4_100_000_009] {
        let sent = json!({"code": fake(&app).code(id, &back), "redirect_uri": back});
        answers.push(app.stranger().post("/admin/login/kakao", &sent).await?);
    }
    answers.push(app.stranger().get(&format!("/admin/login/kakao?redirect_uri={back}")).await?);
    answers.push(guest.get("/me/export").await?);
    answers.push(guest.get("/me").await?);
    answers.push(member.delete("/me/kakao").await?);
    answers.push(cut_there(&app, MINA).await?);
    app.stack().workers.deliver().await?;

    let mut secrets = fake(&app).seen_tokens();
    let handed_out = secrets.len();
    assert!(secrets.iter().any(|s| s.starts_with("aT-")) && secrets.iter().any(|s| s.starts_with("rT-")));
    // A token's signature would open as much as the whole.
    secrets.extend(fake(&app).seen_tokens().iter().filter_map(|s| Some(s.split('.').nth(2)?.to_owned())));
    secrets.extend([KAKAO_ADMIN_KEY.to_owned(), "local-client-secret".to_owned()]);

    let mut places: Vec<(String, String)> = Vec::new();
    for reply in &answers {
        places.push((format!("the answer {}", reply.status), whole(reply)));
        let jwt = reply.text("/jwt");
        if !jwt.is_empty() {
            places.push(("our token".into(), format!("{} {}", part(&jwt, 0), part(&jwt, 1))));
        }
    }
    for (table, kept) in stored(&app).await? {
        places.push((format!("the table {table}"), kept.join("\n")));
    }
    for mail in app.stack().outsiders.ses.mails(None) {
        places.push(("a mail".into(), format!("{} {} {}", mail.subject, mail.text, mail.html)));
    }
    for (place, text) in &places {
        let found = secrets.iter().find(|secret| text.contains(secret.as_str()));
        assert!(found.is_none(), "{found:?} is in {place}");
    }
    println!("{handed_out} codes and tokens of Kakao's, {} places: none found", places.len());
    Ok(())
}

#[tokio::test]
async fn our_token_says_who_and_nothing_about_kakao() -> Result<()> {
    let app = App::start().await?;
    let reply = enter(&app, MINA).await?;
    let claims = part(&reply.text("/jwt"), 1);
    let mut names: Vec<&String> = claims.as_object().context("no claims")?.keys().collect();
    names.sort();
    assert_eq!(names, ["aud", "exp", "iat", "iss", "sid", "sub"]);
    assert_eq!(claims["sub"], reply.body["user"]["user_id"]);
    assert!(!claims.to_string().contains(&MINA.to_string()));
    Ok(())
}

#[tokio::test]
async fn the_trail_keeps_a_kakao_id_and_name_under_seal_only() -> Result<()> {
    let app = App::start().await?;
    fake(&app).person(MINA, Some("김민아"), Some((EMAIL, true)));
    by_kakao(&app, MINA).await?;
    linked_member(&app, JUNHO).await?;
    cut_there(&app, MINA).await?;
    let trail = &stored(&app).await?["audits"];
    for told in [MINA.to_string(), JUNHO.to_string(), "김민아".into(), EMAIL.into()] {
        let found = trail.iter().find(|item| item.contains(&told));
        assert!(found.is_none(), "{told} is open in the trail: {found:?}");
    }
    Ok(())
}
