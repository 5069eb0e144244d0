//! How somebody comes to be staff.

use super::*;

#[tokio::test]
async fn an_invitation_comes_by_mail_and_makes_staff_once() -> Result<()> {
    let app = App::start().await?;
    let reply = invite(&app.staff("owner").await?, EMAIL, "operator").await?;
    assert_eq!((reply.status, reply.text("/data/standing")), (201, "invited".into()), "{reply:?}");
    let id = reply.text("/data/id");
    assert_eq!(reply.header("location"), Some(format!("/staff/{id}").as_str()));
    let mails = app.mails(EMAIL).await?;
    assert!(mails.len() == 1 && mails[0].subject.contains("직원으로 초대되었습니다"), "{mails:?}");
    assert_eq!(login(&app, EMAIL, OWN).await?.status, 401, "not before they accepted");
    assert_eq!(forgot(&app, EMAIL).await?.status, 200);
    assert_eq!(app.mails(EMAIL).await?.len(), 1, "nothing to reset yet");

    let token = app.mailed_token(EMAIL, "accept-invitation").await?;
    let weak = json!({"token": token, "password": "weak"});
    assert_eq!(app.stranger().post("/auth/accept-invitation", &weak).await?.status, 422);
    let accepted = accept(&app, &token).await?;
    assert_eq!(
        (accepted.status, accepted.text("/user_id"), accepted.text("/role")),
        (200, id, "operator".into())
    );
    assert_eq!(told(&accept(&app, &token).await?), refused(400, "bad_link"));
    let staff = app.sign_in(EMAIL, OWN).await?;
    assert_eq!(staff.get("/admin/verify").await?.text("/admin/role"), "operator");
    Ok(())
}

#[tokio::test]
async fn an_invitation_works_for_seven_days_and_no_second_longer() -> Result<()> {
    let app = App::start().await?;
    let owner = app.staff("owner").await?;
    let late = "late@example.kr";
    for email in [EMAIL, late] {
        assert_eq!(invite(&owner, email, "viewer").await?.status, 201);
    }
    let (in_time, too_late) = (
        app.mailed_token(EMAIL, "accept-invitation").await?,
        app.mailed_token(late, "accept-invitation").await?,
    );
    app.clock.advance(7 * 24 * 3600 - 1);
    assert_eq!(accept(&app, &in_time).await?.status, 200);
    app.clock.advance(1);
    assert_eq!(told(&accept(&app, &too_late).await?), refused(400, "bad_link"));
    Ok(())
}

#[tokio::test]
async fn inviting_an_open_invitation_again_mails_a_new_link_to_the_same_person() -> Result<()> {
    let app = App::start().await?;
    let owner = app.staff("owner").await?;
    let first = invite(&owner, EMAIL, "viewer").await?;
    let older = app.mailed_token(EMAIL, "accept-invitation").await?;
    let second = invite(&owner, &EMAIL.to_uppercase(), "viewer").await?;
    assert_eq!((second.status, second.text("/data/id")), (201, first.text("/data/id")));
    let newer = app.mailed_token(EMAIL, "accept-invitation").await?;
    assert_ne!(older, newer);
    assert_eq!(told(&accept(&app, &older).await?), refused(400, "bad_link"));
    assert_eq!(accept(&app, &newer).await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn a_wrong_invitation_names_what_is_wrong() -> Result<()> {
    let app = App::start().await?;
    let owner = app.staff("owner").await?;
    let before = stored(&app).await?;
    for role in ["member", "instructor", "god", "", "OWNER"] {
        let reply = invite(&owner, EMAIL, role).await?;
        assert_eq!((reply.status, reply.fields()), (422, vec!["/role".to_owned()]), "{role}: {reply:?}");
    }
    let reply = owner.post("/staff", &json!({"email": "x", "name": "", "role": "x"})).await?;
    let mut named = reply.fields();
    named.sort();
    assert_eq!((reply.status, named), (422, vec!["/email".into(), "/name".into(), "/role".into()]));
    let reply = owner.post("/staff", &json!({"kakao_id": "x", "name": "새", "role": "viewer"})).await?;
    assert_eq!((reply.status, reply.fields()), (422, vec!["/kakao_id".to_owned()]));
    assert_eq!(changed(&app, &before).await?, NOTHING);
    Ok(())
}

#[tokio::test]
async fn somebody_with_an_account_is_answered_with_who_they_are() -> Result<()> {
    let app = App::start().await?;
    let (owner, member) = (app.staff("owner").await?, id_of(&app.member().await?).await?);
    let kakao = id_of(&by_kakao(&app, MINA).await?).await?;
    let before = stored(&app).await?;
    let reply = invite(&owner, "member1@maru.local", "viewer").await?;
    assert_eq!((told(&reply), reply.text("/user_id")), (refused(409, "already_a_person"), member.clone()));
    let reply = owner.post("/staff", &json!({"kakao_id": MINA, "name": "새", "role": "viewer"})).await?;
    assert_eq!((told(&reply), reply.text("/user_id")), (refused(409, "already_a_person"), kakao));
    assert_eq!(changed(&app, &before).await?, NOTHING);
    // Their role is changed instead.
    let reply = change_now(&app, &owner, &member, &json!({"role": "viewer"})).await?;
    assert_eq!((reply.status, reply.text("/data/role")), (200, "viewer".into()), "{reply:?}");
    assert_eq!(app.member().await?.get("/admin/verify").await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn an_invitation_that_is_taken_back_opens_nothing() -> Result<()> {
    let app = App::start().await?;
    let owner = app.staff("owner").await?;
    let id = invite(&owner, EMAIL, "admin").await?.text("/data/id");
    let token = app.mailed_token(EMAIL, "accept-invitation").await?;
    assert_eq!(owner.delete(&format!("/staff/{id}")).await?.status, 200);
    assert_eq!(told(&accept(&app, &token).await?), refused(400, "bad_link"));
    assert!(somebody(&app, &id).await.is_err(), "still on the list");
    assert_eq!(app.mails(EMAIL).await?.len(), 1, "who never came is not told that they left");
    assert_eq!(told(&owner.delete(&format!("/staff/{id}")).await?), refused(404, "not_found"));
    let again = invite(&owner, EMAIL, "viewer").await?;
    assert_eq!(again.status, 201, "{again:?}");
    assert_ne!(again.text("/data/id"), id);
    assert_eq!(
        accept(&app, &app.mailed_token(EMAIL, "accept-invitation").await?).await?.text("/role"),
        "viewer"
    );
    Ok(())
}

#[tokio::test]
async fn nobody_invites_beyond_their_own_role() -> Result<()> {
    let app = App::start().await?;
    for (caller, role, status) in [
        ("owner", "owner", 201),
        ("owner", "admin", 201),
        ("admin", "owner", 403),
        ("admin", "admin", 403),
        ("admin", "operator", 201),
        ("admin", "viewer", 201),
        ("operator", "viewer", 403),
        ("viewer", "viewer", 403),
        ("instructor", "viewer", 403),
        ("member1", "viewer", 403),
    ] {
        let email = format!("{caller}.{role}@example.kr");
        let reply = invite(&app.staff(caller).await?, &email, role).await?;
        assert_eq!(reply.status, status, "{caller} invites {role}: {reply:?}");
        assert_eq!(app.mails(&email).await?.is_empty(), status != 201, "{caller} {role}");
    }
    assert_eq!(told(&invite(&app.stranger(), EMAIL, "viewer").await?), refused(401, "unauthorized"));
    Ok(())
}

#[tokio::test]
async fn an_invited_role_may_change_before_it_is_accepted() -> Result<()> {
    let app = App::start().await?;
    let owner = app.staff("owner").await?;
    let id = invite(&owner, EMAIL, "admin").await?.text("/data/id");
    assert_eq!(change_now(&app, &owner, &id, &json!({"role": "viewer"})).await?.status, 200);
    let reply = change_now(&app, &owner, &id, &json!({"is_active": true})).await?;
    assert_eq!(told(&reply), refused(409, "wrong_standing"), "only they accept");
    let token = app.mailed_token(EMAIL, "accept-invitation").await?;
    assert_eq!(accept(&app, &token).await?.text("/role"), "viewer");
    Ok(())
}

#[tokio::test]
async fn an_open_invitation_to_another_role_is_changed_and_not_mailed_again() -> Result<()> {
    let app = App::start().await?;
    let id = invite(&app.staff("owner").await?, EMAIL, "admin").await?.text("/data/id");
    let before = stored(&app).await?;
    let reply = invite(&app.staff("admin").await?, EMAIL, "viewer").await?;
    assert_eq!((told(&reply), reply.text("/user_id")), (refused(409, "already_a_person"), id.clone()));
    assert_eq!(app.mails(EMAIL).await?.len(), 1);
    let after = changed(&app, &before).await?;
    assert!(after.iter().all(|item| !item.contains("invite")), "{after:?}");
    assert_eq!(somebody(&app, &id).await?["role"], "admin");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_parallel_invitations_of_one_address_invite_one_person() -> Result<()> {
    let app = App::start().await?;
    let owner = app.staff("owner").await?;
    let replies = join_all((0..20).map(|_| invite(&owner, EMAIL, "viewer"))).await;
    let replies: Vec<Reply> = replies.into_iter().collect::<Result<_>>()?;
    let statuses: Vec<u16> = replies.iter().map(|reply| reply.status).collect();
    assert!(statuses.iter().all(|status| [201, 409].contains(status)), "{statuses:?}");
    let mut invited: Vec<Value> = items(&app, "users").await?;
    invited.retain(|user| user["email"] == EMAIL);
    assert_eq!(invited.len(), 1, "{statuses:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_parallel_acceptances_make_one_member_of_staff() -> Result<()> {
    let app = App::start().await?;
    invite(&app.staff("owner").await?, EMAIL, "viewer").await?;
    let token = app.mailed_token(EMAIL, "accept-invitation").await?;
    let replies = join_all((0..20).map(|_| accept(&app, &token))).await;
    let replies: Vec<Reply> = replies.into_iter().collect::<Result<_>>()?;
    let statuses: Vec<u16> = replies.iter().map(|reply| reply.status).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|status| [200, 400, 409].contains(status)), "{statuses:?}");
    assert_eq!(login(&app, EMAIL, OWN).await?.status, 200);
    Ok(())
}
