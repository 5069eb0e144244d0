//! Shutting somebody out, and letting them in again.

use super::*;

async fn ban(caller: &Guest, id: &str, verb: &str, reason: &str) -> Result<Reply> {
    caller.post(&format!("/admin/users/{id}/{verb}"), &json!({"reason": reason})).await
}

#[tokio::test]
async fn suspended_staff_are_out_on_the_next_request_and_told_why_by_mail() -> Result<()> {
    let app = App::start().await?;
    let (owner, operator) = (app.staff("owner").await?, app.staff("operator").await?);
    let id = id_of(&operator).await?;
    assert_eq!(app.machine().get("/admin/verify").await?.status, 200);
    let wish = json!({"is_active": false, "reason": "근무지 이탈 <b>"});
    let reply = change_now(&app, &owner, &id, &wish).await?;
    assert_eq!((reply.status, reply.text("/data/standing")), (200, "suspended".into()), "{reply:?}");

    assert_eq!(told(&operator.get("/admin/verify").await?), refused(401, "unauthorized"));
    assert_eq!(told(&app.machine().get("/admin/verify").await?), refused(401, "unauthorized"), "their key");
    let shown = operator.refresh_token.as_deref().context("no refresh token")?;
    assert_eq!(told(&refresh(&app, shown).await?), refused(401, "bad_refresh_token"));
    assert_eq!(told(&login(&app, "operator@maru.local", PASSWORD).await?), refused(401, "bad_credentials"));
    let mails = app.mails("operator@maru.local").await?;
    let last = mails.last().context("no mail")?;
    assert!(last.subject.contains("이용이 정지되었습니다"), "{last:?}");
    assert!(last.text.contains("사유: 근무지 이탈 <b>") && last.html.contains("&lt;b&gt;"), "{last:?}");
    assert_eq!(somebody(&app, &id).await?["standing"], "suspended");

    let reply = change_now(&app, &owner, &id, &json!({"is_active": true})).await?;
    assert_eq!((reply.status, reply.text("/data/standing")), (200, "active".into()));
    assert_eq!(
        told(&operator.get("/admin/verify").await?),
        refused(401, "unauthorized"),
        "old sessions stay dead"
    );
    assert_eq!(app.staff("operator").await?.get("/admin/verify").await?.text("/admin/role"), "operator");
    let mails = app.mails("operator@maru.local").await?;
    assert!(mails.last().is_some_and(|mail| mail.subject.contains("해제")), "{mails:?}");
    Ok(())
}

#[tokio::test]
async fn a_customer_who_is_shut_out_is_refused_everywhere_without_being_told() -> Result<()> {
    let app = App::start().await?;
    let member = app.member().await?;
    let id = id_of(&member).await?;
    forgot(&app, "member1@maru.local").await?;
    let link = app.mailed_token("member1@maru.local", "reset-password").await?;
    let reply = ban(&app.staff("admin").await?, &id, "ban", "노쇼 3회").await?;
    assert_eq!((reply.status, reply.text("/data/standing")), (200, "suspended".into()), "{reply:?}");

    assert_eq!(told(&member.get("/me").await?), refused(401, "unauthorized"));
    assert_eq!(
        told(&member.post("/api/bookings", &harness::app::free_wish(10, 11)).await?),
        refused(401, "unauthorized")
    );
    let shown = member.refresh_token.as_deref().context("no refresh token")?;
    assert_eq!(told(&refresh(&app, shown).await?), refused(401, "bad_refresh_token"));
    assert_eq!(told(&reset(&app, &link, "N3w!password").await?), refused(400, "bad_link"));
    let known = login(&app, "member1@maru.local", PASSWORD).await?;
    let unknown = login(&app, "member9@maru.local", PASSWORD).await?;
    assert_eq!((told(&known), known.text("/message")), (told(&unknown), unknown.text("/message")));
    let mails = app.mails("member1@maru.local").await?;
    assert!(mails.last().is_some_and(|mail| mail.text.contains("사유: 노쇼 3회")), "{mails:?}");
    let known = forgot(&app, "member1@maru.local").await?;
    let unknown = forgot(&app, "member9@maru.local").await?;
    assert_eq!((known.status, &known.body["message"]), (unknown.status, &unknown.body["message"]));
    assert_eq!(app.mails("member1@maru.local").await?.len(), mails.len(), "no reset link");

    let reply = ban(&app.staff("admin").await?, &id, "unban", "").await?;
    assert_eq!((reply.status, reply.text("/data/standing")), (200, "active".into()));
    assert_eq!(told(&member.get("/me").await?), refused(401, "unauthorized"));
    assert_eq!(id_of(&app.member().await?).await?, id);
    Ok(())
}

#[tokio::test]
async fn staff_cannot_be_shut_out_like_customers() -> Result<()> {
    let app = App::start().await?;
    let admin = app.staff("admin").await?;
    for role in ["owner", "admin", "operator", "viewer"] {
        let id = seeded(&app, role).await?;
        let before = stored(&app).await?;
        assert_eq!(told(&ban(&admin, &id, "ban", "").await?), refused(403, "forbidden"), "{role}");
        assert_eq!(told(&ban(&admin, &id, "unban", "").await?), refused(403, "forbidden"), "{role}");
        assert_eq!(changed(&app, &before).await?, NOTHING, "{role}");
    }
    assert_eq!(ban(&admin, &seeded(&app, "instructor").await?, "ban", "").await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn only_admins_and_owners_shut_customers_out() -> Result<()> {
    let app = App::start().await?;
    let id = id_of(&app.another().await?).await?;
    let before = app.staff("owner").await?;
    for caller in ["operator", "viewer", "instructor", "member1"] {
        let reply = ban(&app.staff(caller).await?, &id, "ban", "").await?;
        assert_eq!(told(&reply), refused(403, "forbidden"), "{caller}");
    }
    assert_eq!(told(&ban(&app.stranger(), &id, "ban", "").await?), refused(401, "unauthorized"));
    assert_eq!(
        told(&ban(&app.machine(), &id, "ban", "").await?),
        refused(403, "forbidden"),
        "an operator's key"
    );
    assert_eq!(app.another().await?.get("/me").await?.status, 200);
    assert_eq!(ban(&before, &id, "ban", "").await?.status, 200);
    let nobody = "01900000-0000-7000-8000-00000000dead";
    assert_eq!(told(&ban(&before, nobody, "ban", "").await?), refused(404, "not_found"));
    let long = "가".repeat(501);
    let reply = ban(&before, &id, "ban", &long).await?;
    assert_eq!((reply.status, reply.fields()), (422, vec!["/reason".to_owned()]));
    Ok(())
}

#[tokio::test]
async fn shutting_out_twice_is_one_suspension_and_one_mail() -> Result<()> {
    let app = App::start().await?;
    let (admin, id) = (app.staff("admin").await?, id_of(&app.member().await?).await?);
    let replies = join_all((0..10).map(|_| ban(&admin, &id, "ban", "사유"))).await;
    for reply in replies {
        let reply = reply?;
        assert!([200, 409].contains(&reply.status), "{reply:?}");
    }
    let before = stored(&app).await?;
    assert_eq!(ban(&admin, &id, "ban", "다시").await?.status, 200);
    assert_eq!(changed(&app, &before).await?, NOTHING);
    assert_eq!(app.mails("member1@maru.local").await?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn somebody_who_left_can_neither_be_shut_out_nor_let_in() -> Result<()> {
    let app = App::start().await?;
    let member = app.member().await?;
    let (admin, id) = (app.staff("admin").await?, id_of(&member).await?);
    assert_eq!(member.delete("/me").await?.status, 200);
    for verb in ["ban", "unban"] {
        assert_eq!(told(&ban(&admin, &id, verb, "").await?), refused(409, "wrong_standing"), "{verb}");
    }
    let owner = app.staff("owner").await?;
    let reply = change_now(&app, &owner, &id, &json!({"role": "viewer"})).await?;
    assert_eq!(told(&reply), refused(404, "not_found"));
    Ok(())
}

#[tokio::test]
async fn somebody_without_an_address_is_shut_out_without_a_mail() -> Result<()> {
    let app = App::start().await?;
    let guest = by_kakao(&app, MINA).await?;
    let id = id_of(&guest).await?;
    assert_eq!(ban(&app.staff("admin").await?, &id, "ban", "사유").await?.status, 200);
    assert!(app.stack().workers.deliver().await?);
    assert!(app.stack().outsiders.ses.mails(None).is_empty());
    assert_eq!(told(&enter(&app, MINA).await?), refused(403, "suspended"));
    Ok(())
}
