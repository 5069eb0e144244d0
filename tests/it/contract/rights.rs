//! Least privilege is exact: a function uses every right it has.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use harness::app::{App, Guest, Wish, free_wish, wish};
use harness::fakes::toss::Behaviour;
use harness::functions;
use maru_accounts::Verification;
use maru_table::Action;
use maru_web::{StreamImage, StreamRecord};
use serde_json::json;

type Rights = BTreeSet<(&'static str, Action)>;

/// What everybody does.
async fn live(app: &App) -> Result<()> {
    let stranger = app.stranger();
    app.newcomer("kim@example.kr", "김", "Str0ng!pass").await?;
    stranger.post("/auth/resend-verification", &json!({"email": "kim@example.kr"})).await?;
    stranger.post("/auth/forgot-password", &json!({"email": "kim@example.kr"})).await?;
    let token = app.mailed_token("kim@example.kr", "reset-password").await?;
    stranger.post("/auth/reset-password", &json!({"token": token, "new_password": "N3w!password"})).await?;
    let member = app.member().await?;
    stranger.post("/auth/refresh", &json!({"refresh_token": member.refresh_token})).await?;

    app.staff("owner")
        .await?
        .post_with(
            "/rooms",
            &json!({"name": "방", "capacity": 1, "hourly_rate": 0}),
            &[("idempotency-key", "k")],
        )
        .await?;
    stranger.get("/rooms").await?;
    stranger.get(&format!("/rooms/{}/availability", harness::people::ROOM_A)).await?;
    member.post_with("/api/bookings", &free_wish(9, 10), &[("idempotency-key", "k")]).await?;
    let held = member.book(&wish(20, 21)).await?;
    member.get(&format!("/api/bookings/{}", held["id"].as_str().unwrap_or_default())).await?;
    member.get("/api/bookings").await?;
    app.clock.advance(601);
    app.stack().workers.sweep().await?;

    let booking = member.book(&wish(10, 12)).await?;
    let ready = member
        .post_with("/payments/ready", &json!({"booking_id": booking["id"]}), &[("idempotency-key", "k")])
        .await?;
    let (order, key) = (ready.text("/order_id"), app.authenticate(&ready.text("/order_id"), 40_000));
    app.stack().outsiders.toss.next([Behaviour::Error500AfterCapture]);
    member.confirm(&key, &order, 40_000).await?;
    app.clock.advance(120);
    app.stack().workers.check().await?;
    member.get(&format!("/payments/{key}")).await?;
    member.book(&wish(14, 15)).await?;
    app.clock.advance(120);
    app.mails("kim@example.kr").await?;
    receipt_again(app, &order).await?;
    settle_by_the_checker(app, &member).await?;

    let machine = app.machine();
    for path in ["/api/bookings", "/payments/unknown-key", "/api/system/info"] {
        machine.get(path).await?;
    }
    machine.post("/rooms", &json!({})).await?;
    machine.post("/payments/ready", &json!({})).await?;
    machine.post("/payments/confirm", &json!({})).await?;
    machine.post("/auth/logout", &json!({})).await?;
    member.post("/auth/logout", &json!({})).await?;
    for path in ["/.well-known/jwks.json", "/api/health", "/api/system/info"] {
        app.staff("admin").await?.get(path).await?;
    }
    Ok(())
}

/// The stream repeats itself.
async fn receipt_again(app: &App, order: &str) -> Result<()> {
    for audit in crate::trail::of(app.stack(), &format!("payment#{order}")).await? {
        let image: serde_dynamo::Item = serde_dynamo::to_item(&audit)?;
        let new_image = image.into_inner().into_iter().collect();
        let dynamodb = StreamImage { sequence_number: "1".into(), new_image };
        app.stack().workers.hand(StreamRecord { event_name: "INSERT".into(), dynamodb }).await;
    }
    Ok(())
}

/// A payment nobody knows, looked at until its session is over.
async fn settle_by_the_checker(app: &App, member: &Guest) -> Result<()> {
    let booking = member.book(&wish(16, 17)).await?;
    let wish = json!({"booking_id": booking["id"]});
    let ready = member.post("/payments/ready", &wish).await?;
    member.post("/payments/ready", &wish).await?;
    let (order, key) = (ready.text("/order_id"), app.authenticate(&ready.text("/order_id"), 20_000));
    app.stack().outsiders.toss.next(vec![Behaviour::Error500; 8]);
    member.confirm(&key, &order, 20_000).await?;
    for _ in 0..4 {
        app.clock.advance(300);
        app.stack().workers.check().await?;
    }
    Ok(())
}

fn collect(app: &App, used: &mut BTreeMap<&'static str, Rights>) {
    for listed in functions::all() {
        let name = listed.function.name;
        if let Some(db) = app.stack().store(name) {
            used.entry(name).or_default().extend(db.meter().rights());
        }
    }
}

#[tokio::test]
async fn every_right_a_function_has_is_used_by_it() -> Result<()> {
    let mut used = BTreeMap::new();
    for verification in [Verification::Required, Verification::Optional] {
        let app = App::with(Wish { verification, ..Wish::default() }).await?;
        if verification == Verification::Required {
            live(&app).await?;
        } else {
            let person = json!({"email": "park@example.kr", "password": "Str0ng!pass", "name": "박"});
            app.stranger().post("/auth/register", &person).await?;
        }
        collect(&app, &mut used);
    }
    let mut unused = Vec::new();
    for listed in functions::all() {
        let name = listed.function.name;
        let used = used.remove(name).unwrap_or_default();
        for grant in &listed.grants {
            for action in grant.may {
                // Whether a lost write was done is asked of the trail; which function meets one is chance.
                // The harness announces the key before anybody signs in; in the cloud the first sign-in does.
                let announces = grant.table.name == "keys" && *action == Action::PutItem;
                let asks_the_trail = grant.table.name == "audits" && *action == Action::GetItem;
                if !asks_the_trail && !announces && !used.contains(&(grant.table.name, *action)) {
                    unused.push(format!("{name}: {action:?} on {}", grant.table.name));
                }
            }
        }
    }
    assert_eq!(unused, Vec::<String>::new());
    Ok(())
}
