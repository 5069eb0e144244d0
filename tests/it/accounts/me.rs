//! A person's own page: who they are, what they agreed to, and everything that is kept of them.

use harness::app::{free_wish, wish};
use reqwest::Method;

use super::*;

/// Renames by this version, as a header or in the body.
async fn rename(guest: &Guest, name: &str, tag: Option<&str>, version: Option<u64>) -> Result<Reply> {
    let mut body = json!({"name": name});
    if let Some(version) = version {
        body["lock_version"] = json!(version);
    }
    let tag = tag.map(|tag| ("if-match", tag));
    let headers: Vec<_> = [("content-type", "application/json")].into_iter().chain(tag).collect();
    guest.send(Method::PATCH, "/me", &headers, Some(body.to_string().into_bytes())).await
}

#[tokio::test]
async fn a_person_sees_and_changes_themselves_by_version() -> Result<()> {
    let app = App::start().await?;
    let member = app.member().await?;
    let me = is_in(&member).await?;
    let tag = me.header("etag").context("no tag")?.to_owned();
    let version = me.body["data"]["lock_version"].as_u64().context("no version")?;
    assert_eq!(tag, format!("\"{version}\""));
    assert_eq!((me.text("/data/name"), me.text("/data/role")), ("김철수".into(), "member".into()));
    assert_eq!((&me.body["data"]["has_password"], &me.body["data"]["mfa"]), (&json!(true), &json!(false)));

    assert_eq!(told(&rename(&member, NAME, None, None).await?), refused(428, "version_required"));
    assert_eq!(told(&rename(&member, NAME, Some("x"), None).await?), refused(400, "bad_if_match"));
    assert_eq!(told(&rename(&member, NAME, Some("\"99\""), None).await?), refused(412, "conflict_version"));
    assert_eq!(told(&rename(&member, NAME, None, Some(99)).await?), refused(409, "conflict_version"));
    let reply = rename(&member, "", Some(&tag), None).await?;
    assert_eq!((reply.status, reply.fields()), (422, vec!["/name".into()]));
    assert_eq!(is_in(&member).await?.text("/data/name"), "김철수");

    let renamed = rename(&member, NAME, Some(&tag), None).await?;
    assert_eq!((renamed.status, renamed.text("/data/name")), (200, NAME.into()));
    assert_eq!(renamed.header("etag"), Some(format!("\"{}\"", version + 1).as_str()));
    assert_eq!(rename(&member, "박둘", None, Some(version + 1)).await?.text("/data/name"), "박둘");
    assert_eq!(told(&rename(&member, NAME, Some(&tag), None).await?), refused(412, "conflict_version"));
    Ok(())
}

#[tokio::test]
async fn of_fifty_parallel_changes_of_one_version_one_wins() -> Result<()> {
    let app = App::start().await?;
    let member = app.member().await?;
    let tag = is_in(&member).await?.header("etag").context("no tag")?.to_owned();
    let names: Vec<String> = (0..50).map(|n| format!("이름 {n}")).collect();
    let replies = at_once(names.iter().map(|name| rename(&member, name, Some(&tag), None))).await?;
    let won: Vec<_> = replies.iter().zip(&names).filter(|(reply, _)| reply.status == 200).collect();
    let lost: BTreeSet<_> = replies.iter().filter(|reply| reply.status != 200).map(told).collect();
    assert_eq!((won.len(), lost), (1, BTreeSet::from([refused(412, "conflict_version")])));
    assert_eq!(&is_in(&member).await?.text("/data/name"), won[0].1);
    Ok(())
}

/// What somebody decided: kind, agreed to the present version, version decided about.
async fn decisions(guest: &Guest) -> Result<Vec<(String, bool, String)>> {
    let reply = guest.get("/me/consents").await?;
    let all = reply.body["data"].as_array().with_context(|| format!("no list: {reply:?}"))?;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    Ok(all.iter().map(|d| (text(&d["kind"]), d["accepted"] == true, text(&d["decided_version"]))).collect())
}

#[tokio::test]
async fn what_somebody_agreed_to_is_kept_by_version_and_can_be_taken_back() -> Result<()> {
    let app = App::start().await?;
    let wish = json!({"email": EMAIL, "password": OLD, "name": NAME, "consents": ["terms", "privacy", "x"]});
    assert_eq!(app.stranger().post("/auth/register", &wish).await?.status, 201);
    let token = app.mailed_token(EMAIL, "verify-email").await?;
    verify(&app, &token).await?;
    let hana = app.sign_in(EMAIL, OLD).await?;
    let row = |kind: &str, accepted, version: &str| (kind.to_owned(), accepted, version.to_owned());
    let (terms, privacy) = (row("terms", true, "1"), row("privacy", true, "1"));
    assert_eq!(decisions(&hana).await?, [terms.clone(), privacy.clone(), row("marketing", false, "")]);

    let decide = async |kind: &str, accepted: bool| {
        hana.post("/me/consents", &json!({"kind": kind, "accepted": accepted})).await
    };
    assert_eq!(decide("marketing", true).await?.status, 200);
    assert_eq!(decisions(&hana).await?[2], row("marketing", true, "1"));
    assert_eq!(decide("marketing", false).await?.status, 200);
    assert_eq!(decisions(&hana).await?, [terms, privacy, row("marketing", false, "1")]);
    for unknown in ["x", "Terms", ""] {
        assert_eq!(told(&decide(unknown, true).await?), refused(404, "not_found"), "{unknown}");
    }
    let reply = hana.post("/me/consents", &json!({})).await?;
    assert_eq!((reply.status, reply.fields()), (422, vec!["/kind".into(), "/accepted".into()]));
    let kept = trail_of(&app, "account.consent_given").await?;
    assert_eq!(kept.len(), 2);
    assert!(kept.iter().all(|record| record.changes.contains_key("consents")), "{kept:?}");
    assert_eq!(told(&app.stranger().get("/me/consents").await?), refused(401, "unauthorized"));
    Ok(())
}

#[tokio::test]
async fn parallel_decisions_about_different_documents_are_all_kept() -> Result<()> {
    let app = App::start().await?;
    let member = app.member().await?;
    let deeds = ["terms", "privacy", "marketing"]
        .map(async |kind| member.post("/me/consents", &json!({"kind": kind, "accepted": true})).await);
    assert!(at_once(deeds).await?.iter().all(|reply| reply.status == 200));
    assert!(decisions(&member).await?.iter().all(|(_, accepted, _)| *accepted));
    Ok(())
}

#[tokio::test]
async fn the_export_holds_everything_and_opens_what_is_sealed() -> Result<()> {
    let app = App::start().await?;
    let hana = app.newcomer(EMAIL, NAME, OLD).await?;
    let told_of = json!({
        "username": NAME, "birthDate": "1990-02-14", "birthTime": "14:30", "calendar": "solar",
        "userphonenumber": "010-1234-5678", "gender": "여",
    });
    let submitted = hana.post("/submit", &told_of).await?;
    assert_eq!(
        (submitted.status, submitted.text("/user/member_status")),
        (200, "회원".into()),
        "{submitted:?}"
    );
    let free = hana.book(&free_wish(10, 11)).await?;
    let (paid, order, key) = hana.up_to_the_window(&app, &wish(13, 14)).await?;
    assert_eq!(hana.confirm(&key, &order, 20_000).await?.status, 200);
    app.another().await?.book(&free_wish(12, 13)).await?;

    let reply = hana.get("/me/export").await?;
    assert_eq!(reply.status, 200, "{reply:?}");
    let data = &reply.body["data"];
    assert_eq!((&data["account"]["email"], &data["account"]["name"]), (&json!(EMAIL), &json!(NAME)));
    assert_eq!(data["profile"]["birth_date"], "1990-02-14");
    assert_eq!(data["sessions"].as_array().map(Vec::len), Some(1));
    let ids = |name: &str, member: &str| -> BTreeSet<String> {
        let list = data[name].as_array().into_iter().flatten();
        list.map(|item| item[member].as_str().unwrap_or_default().to_owned()).collect()
    };
    let free = free["id"].as_str().context("no id")?.to_owned();
    assert_eq!(ids("bookings", "booking_id"), BTreeSet::from([free, paid]), "{}", data["bookings"]);
    assert_eq!(data["payments"].as_array().map(Vec::len), Some(1), "{}", data["payments"]);
    assert!(data["payments"].to_string().contains(&order), "{}", data["payments"]);
    let trail = data["trail"].as_array().context("no trail")?;
    let opened = |action: &str, field: &str| {
        let mut found = trail.iter().filter(|record| record["action"] == action);
        found.find_map(|record| record["personal"].get(field)).cloned()
    };
    assert_eq!(opened("account.created", "email"), Some(json!([null, EMAIL])));
    assert_eq!(opened("account.completed", "birth_date"), Some(json!([null, "1990-02-14"])));
    let text = reply.body.to_string();
    for others in ["member2", "이영희", "argon2", "password_hash", "sealed"] {
        assert!(!text.contains(others), "{others} is in the export");
    }
    assert_eq!(told(&app.machine().get("/me/export").await?), refused(403, "forbidden"));
    Ok(())
}

#[tokio::test]
async fn the_export_holds_the_whole_trail_however_long() -> Result<()> {
    let app = App::start().await?;
    let hana = app.newcomer(EMAIL, NAME, OLD).await?;
    let changes = 120;
    for nth in 0..changes {
        let accepted = json!({"kind": "marketing", "accepted": nth % 2 == 0});
        assert_eq!(hana.post("/me/consents", &accepted).await?.status, 200);
    }
    let reply = hana.get("/me/export").await?;
    let trail = reply.body["data"]["trail"].as_array().context("no trail")?;
    let decided = trail.iter().filter(|record| record["action"] == "account.consent_given");
    assert_eq!(decided.count(), changes);
    Ok(())
}
