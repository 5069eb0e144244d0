//! Erasing people who left: when, what remains, and again after a restore.

use std::collections::HashMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use harness::app::{free_wish, wish};
use harness::fakes::kakao::Behaviour;
use harness::faults::{Calls, Fault};
use maru_accounts::{Erased, User};
use maru_kernel::SealKey;

use super::leaving::by_kakao;
use super::*;

/// Where somebody's own words are, if anywhere: all but what forgets by itself within days.
const OWN_WORDS: [&str; 9] = [
    "users",
    "credentials",
    "identities",
    "seals",
    "profiles",
    "second-factors",
    "audits",
    "erasures",
    "bans",
];

fn nothing() -> Erased {
    Erased::default()
}

async fn user(app: &App, id: &str) -> Result<User> {
    let all: Vec<User> = items(app, "users").await?;
    all.into_iter().find(|user| user.user_id.to_string() == id).context("no such person")
}

async fn seal(app: &App, id: &str) -> Result<Option<SealKey>> {
    let all: Vec<SealRecord> = items(app, "seals").await?;
    Ok(all.into_iter().find(|seal| seal.user_id.to_string() == id).and_then(|seal| seal.key()))
}

/// A member with a profile, a Kakao account, an app begun, a free and a paid booking.
async fn hana(app: &App) -> Result<(Guest, String)> {
    let hana = app.newcomer(EMAIL, NAME, OLD).await?;
    let told_of = json!({
        "username": NAME, "birthDate": "1990-02-14", "userphonenumber": "010-1234-5678", "gender": "여",
    });
    assert_eq!(hana.post("/submit", &told_of).await?.status, 200);
    let token = app.stack().outsiders.kakao.id_token(4_000_000_077, harness::stack::KAKAO_NATIVE_KEY, "n");
    let linked = hana.post("/me/kakao", &json!({"id_token": token, "nonce": "n"})).await?;
    assert_eq!(linked.status, 200, "{linked:?}");
    assert_eq!(hana.post("/auth/mfa/totp", &json!({})).await?.status, 200);
    hana.book(&free_wish(10, 11)).await?;
    let (_, order, key) = hana.up_to_the_window(app, &wish(13, 14)).await?;
    assert_eq!(hana.confirm(&key, &order, 20_000).await?.status, 200);
    let id = is_in(&hana).await?.text("/data/user_id");
    app.mails(EMAIL).await?;
    Ok((hana, id))
}

type Items = Vec<HashMap<String, AttributeValue>>;

/// A table as a backup has it.
#[allow(clippy::disallowed_methods, reason = "what a backup does beside every door")]
async fn backup(app: &App, table: &str) -> Result<Items> {
    let client = Client::new(&app.stack().sdk);
    let mut pages = client.scan().table_name(table).into_paginator().items().send();
    let mut all = Vec::new();
    while let Some(item) = pages.next().await {
        all.push(item?);
    }
    Ok(all)
}

#[allow(clippy::disallowed_methods, reason = "what a restore does beside every door")]
async fn restore(app: &App, table: &str, items: Items) -> Result<()> {
    let client = Client::new(&app.stack().sdk);
    for item in items {
        client.put_item().table_name(table).set_item(Some(item)).send().await?;
    }
    Ok(())
}

#[tokio::test]
async fn after_the_retention_nothing_readable_is_left_but_bookings_and_payments_stay() -> Result<()> {
    let app = App::start().await?;
    let (hana, id) = hana(&app).await?;
    let key = seal(&app, &id).await?.context("no seal key")?;
    let records: Vec<AuditRecord> = items(&app, "audits").await?;
    let sealed = records.iter().filter(|record| record.open(&key).is_some()).count();
    assert!(sealed >= 5, "{sealed} records are sealed for them");
    let before = stored(&app).await?;
    assert_eq!(hana.delete("/me").await?.status, 200);
    assert_eq!(app.stack().workers.erase(false).await?, Erased { unlinked: 1, ..nothing() });
    assert_eq!(app.stack().outsiders.kakao.unlinked(), [4_000_000_077]);
    app.clock.advance(30 * DAY - 1);
    assert_eq!(app.stack().workers.erase(false).await?, nothing());
    assert_eq!(user(&app, &id).await?.name, NAME);
    app.clock.advance(1);
    assert_eq!(app.stack().workers.erase(false).await?, Erased { erased: 1, ..nothing() });

    let left = user(&app, &id).await?;
    assert_eq!((left.name.as_str(), &left.email, &left.kakao_id, left.mfa), ("", &None, &None, false));
    assert!(!left.is_active && left.consents.is_empty() && left.last_login.is_none(), "{left:?}");
    assert!(seal(&app, &id).await?.is_none());
    let after = stored(&app).await?;
    for table in OWN_WORDS {
        for words in [EMAIL, NAME, "4000000077", "1990-02-14", "1012345678"] {
            let found = after[table].iter().find(|item| item.contains(words));
            assert!(found.is_none(), "{words} is in {table}: {found:?}");
        }
    }
    assert!(after["profiles"].is_empty() && after["second-factors"].is_empty());
    for table in ["bookings", "payments", "ledger"] {
        assert_eq!(after[table], before[table], "{table}");
    }
    // The trail goes on telling what was done, and nobody's key opens what it said.
    let records: Vec<AuditRecord> = items(&app, "audits").await?;
    let theirs: Vec<_> =
        records.iter().filter(|r| r.sealed_for.is_some_and(|whose| whose.to_string() == id)).collect();
    assert!(theirs.len() >= sealed);
    let keys: Vec<SealRecord> = items(&app, "seals").await?;
    let opened =
        theirs.iter().filter(|r| keys.iter().filter_map(SealRecord::key).any(|k| r.open(&k).is_some()));
    assert_eq!(opened.count(), 0);
    assert_eq!(app.stack().workers.erase(false).await?, nothing());
    Ok(())
}

#[tokio::test]
async fn an_address_that_somebody_new_has_by_then_stays_theirs() -> Result<()> {
    let app = App::start().await?;
    let old = app.newcomer(EMAIL, NAME, OLD).await?;
    assert_eq!(old.delete("/me").await?.status, 200);
    let new = app.newcomer(EMAIL, "박새나", NEW).await?;
    app.clock.advance(30 * DAY);
    assert_eq!(app.stack().workers.erase(false).await?.erased, 1);
    is_out(&old).await?;
    is_out(&new).await?;
    let new = app.sign_in(EMAIL, NEW).await?;
    assert_eq!(is_in(&new).await?.text("/data/name"), "박새나");
    Ok(())
}

#[tokio::test]
async fn kakao_is_told_once_it_is_there_again_and_erasing_does_not_wait_for_it() -> Result<()> {
    let app = App::start().await?;
    let (workers, kakao) = (&app.stack().workers, &app.stack().outsiders.kakao);
    let first = by_kakao(&app, 77).await?;
    assert_eq!(bearer(&app, &first.text("/jwt")).delete("/me").await?.status, 200);
    kakao.next([Behaviour::Error500, Behaviour::Silent]);
    for _ in 0..2 {
        assert_eq!(workers.erase(false).await?, Erased { waiting: 1, ..nothing() });
        assert_eq!(workers.erase(false).await?, nothing(), "not before ten minutes");
        app.clock.advance(600);
    }
    kakao.next([Behaviour::Error500]);
    app.clock.advance(30 * DAY);
    assert_eq!(workers.erase(false).await?, Erased { waiting: 1, erased: 1, ..nothing() });
    let id = first.text("/user/user_id");
    assert_eq!(user(&app, &id).await?.name, "");
    assert!(seal(&app, &id).await?.is_none());
    kakao.next([Behaviour::Error500]);
    app.clock.advance(600);
    assert_eq!(workers.erase(false).await?, Erased { waiting: 1, ..nothing() });
    assert!(kakao.unlinked().is_empty());
    app.clock.advance(600);
    assert_eq!(workers.erase(false).await?.unlinked, 1);
    assert_eq!(kakao.unlinked(), [77]);
    workers.erase(false).await?;
    assert_eq!(workers.erase(false).await?, nothing());
    let kept: Vec<Value> = items(&app, "erasures").await?;
    assert!(
        kept.iter().all(|erasure| erasure["due"] == "done" && erasure.get("kakao_id").is_none()),
        "{kept:?}"
    );
    Ok(())
}

#[tokio::test]
async fn a_restore_brings_nobody_back_and_the_rest_stays_as_restored() -> Result<()> {
    let app = App::start().await?;
    let (hana, id) = hana(&app).await?;
    let tables = ["users", "seals", "profiles", "second-factors", "credentials", "identities", "sessions"];
    let mut backups = Vec::new();
    for table in tables {
        backups.push((table, backup(&app, table).await?));
    }
    let others_before = stored(&app).await?;
    assert_eq!(hana.delete("/me").await?.status, 200);
    app.clock.advance(30 * DAY);
    for _ in 0..2 {
        app.stack().workers.erase(false).await?;
    }
    let erased = stored(&app).await?;
    assert_eq!(app.stack().workers.erase(true).await?, nothing(), "nobody came back");
    assert_eq!(changed(&app, &erased).await?, NOTHING);

    for (table, items) in backups {
        restore(&app, table, items).await?;
    }
    assert_eq!(user(&app, &id).await?.name, NAME);
    assert_eq!(app.stack().workers.erase(true).await?, Erased { erased: 1, ..nothing() });
    assert_eq!(app.stack().workers.erase(true).await?, nothing());
    assert_eq!(user(&app, &id).await?.name, "");
    let after = stored(&app).await?;
    for table in OWN_WORDS {
        for words in [EMAIL, NAME, "4000000077", "1990-02-14"] {
            let found = after[table].iter().find(|item| item.contains(words));
            assert!(found.is_none(), "{words} is back in {table}: {found:?}");
        }
    }
    let mine = |item: &&String| item.contains(&id) || item.contains(EMAIL);
    for table in tables {
        let others = |items: &[String]| items.iter().filter(|item| !mine(item)).cloned().collect::<Vec<_>>();
        assert_eq!(others(&after[table]), others(&others_before[table]), "others in {table}");
    }
    app.newcomer(EMAIL, "박새나", NEW).await?;
    assert_eq!(by_kakao(&app, 4_000_000_077).await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn doubled_and_crashed_runs_erase_everybody_once() -> Result<()> {
    let app = App::start().await?;
    let mut ids = Vec::new();
    for who in [app.member().await?, app.another().await?, app.staff("instructor").await?] {
        ids.push(is_in(&who).await?.text("/data/user_id"));
        assert_eq!(who.delete("/me").await?.status, 200);
    }
    app.clock.advance(30 * DAY);
    let workers = &app.stack().workers;
    for fault in [Fault::Refuse, Fault::LoseReply, Fault::ServerError, Fault::Throttle] {
        app.faults.times(3, Calls::All, fault);
        // Whatever a run that dies has done, the next one finds.
        let _died = workers.erase(false).await;
        app.faults.clear();
    }
    let _counted_twice = at_once((0..6).map(|_| workers.erase(false))).await?;
    assert_eq!(workers.erase(false).await?, nothing());
    for id in &ids {
        assert_eq!(user(&app, id).await?.name, "");
        assert!(seal(&app, id).await?.is_none());
    }
    let erased: Vec<String> =
        trail_of(&app, "account.erased").await?.into_iter().map(|r| r.subject).collect();
    for id in &ids {
        assert_eq!(erased.iter().filter(|subject| **subject == format!("user#{id}")).count(), 1);
    }
    Ok(())
}

#[tokio::test]
async fn more_people_than_one_run_takes_are_erased_by_the_next_ones() -> Result<()> {
    let app = App::start().await?;
    for n in 0..53 {
        let reply = by_kakao(&app, 1000 + n).await?;
        assert_eq!(bearer(&app, &reply.text("/jwt")).delete("/me").await?.status, 200);
    }
    let workers = &app.stack().workers;
    assert_eq!(workers.erase(false).await?.unlinked, 50);
    assert_eq!(workers.erase(false).await?.unlinked, 3);
    app.clock.advance(30 * DAY);
    assert_eq!(workers.erase(false).await?.erased, 50);
    assert_eq!(workers.erase(false).await?.erased, 3);
    assert_eq!(workers.erase(false).await?, nothing());
    Ok(())
}
