//! Least privilege is exact: a function uses every right it has.

mod bookings;
mod doors;
mod lines;
mod money;
mod offers;
mod people;

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, ensure};
use aws_lc_rs::hmac;
use harness::app::{App, Guest, Reply, Wish, free_wish, wish};
use harness::fakes::toss::Behaviour;
use harness::functions;
use harness::people::PASSWORD;
use harness::stack::KAKAO_ADMIN_KEY;
use maru_accounts::{CREDENTIALS, IDENTITIES, SEED_GRANTS, Seeded, Verification, seed};
use maru_identity::{Ring, Role, SIGNING_KEYS};
use maru_kernel::{Email, Random};
use maru_table::{Action, Db, Grant, Write};
use maru_web::{StreamImage, StreamRecord};
use reqwest::Method;
use serde_json::json;

type Rights = BTreeSet<(&'static str, Action)>;

/// What is not done uses nothing.
fn good(reply: Reply) -> Result<Reply> {
    ensure!((200..300).contains(&reply.status), "{reply:?}");
    Ok(reply)
}

/// Nobody has signed yet, as on the first day in the cloud: the next function that signs announces its
/// key. (The harness has done it.) Sandboxes look again after a minute.
async fn lose_the_ring(app: &App) -> Result<()> {
    let grant = Grant { table: &SIGNING_KEYS, may: &[Action::DeleteItem] };
    let grants = [(grant, grant.table.name.to_owned())];
    let db = Db::connect(&app.stack().sdk, grants, app.clock.clock(), Random::system());
    db.note(&Write::delete(Ring::key())).await?;
    app.clock.advance(61);
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
    let app = App::start().await?;
    bookings::live(&app).await?;
    collect(&app, &mut used);
    let app = App::start().await?;
    money::live(&app).await?;
    collect(&app, &mut used);
    let app = App::start().await?;
    doors::live(&app).await?;
    people::live(&app).await?;
    collect(&app, &mut used);
    let app = App::start().await?;
    doors::a_hundred_wrong_tries(&app).await?;
    collect(&app, &mut used);
    let app = App::with(Wish { staff_mfa: true, ..Wish::default() }).await?;
    people::second_factor_of_staff(&app).await?;
    collect(&app, &mut used);
    let app = App::with(Wish { verification: Verification::Optional, ..Wish::default() }).await?;
    let person = json!({"email": "park@example.kr", "password": "Str0ng!pass", "name": "박"});
    good(app.stranger().post("/auth/register", &person).await?)?;
    collect(&app, &mut used);

    let mut unused = Vec::new();
    for listed in functions::all() {
        let name = listed.function.name;
        let used = used.remove(name).unwrap_or_default();
        for grant in &listed.grants {
            for action in grant.may {
                // Whether a lost write was done is asked of the trail; which function meets one is chance.
                let asks_the_trail = grant.table.name == "audits" && *action == Action::GetItem;
                if !asks_the_trail && !used.contains(&(grant.table.name, *action)) {
                    unused.push(format!("{name}: {action:?} on {}", grant.table.name));
                }
            }
        }
    }
    assert_eq!(unused, Vec::<String>::new());
    Ok(())
}
