//! Who works here: invitations, roles, who is shut out, and keys for machines.

mod api_keys;
mod invitations;
mod owners;
mod roles;
mod suspension;

use anyhow::{Context, Result, ensure};
use futures::future::join_all;
use harness::app::{App, Guest, Reply};
use harness::people::PASSWORD;
use reqwest::Method;
use serde_json::{Value, json};

use crate::accounts::{forgot, items, login, refresh, refused, reset, told};
use crate::garbage::{NOTHING, changed, stored};
use crate::kakao::{MINA, by_kakao, enter, id_of, machine};

const EMAIL: &str = "new.staff@example.kr";
const OWN: &str = "N3w!colleague";

/// Somebody as the list of staff shows them.
async fn somebody(app: &App, id: &str) -> Result<Value> {
    let list = app.staff("owner").await?.get("/staff").await?;
    let found = list.body["data"].as_array().into_iter().flatten().find(|person| person["id"] == id);
    found.cloned().with_context(|| format!("{id} is not on the list"))
}

/// Sends a change with the version a caller has seen in the header.
async fn change(caller: &Guest, id: &str, version: u64, wish: &Value) -> Result<Reply> {
    let tag = format!("\"{version}\"");
    let headers = [("content-type", "application/json"), ("if-match", tag.as_str())];
    let body = Some(wish.to_string().into_bytes());
    caller.send(Method::PATCH, &format!("/staff/{id}"), &headers, body).await
}

/// The present version of somebody's record.
async fn version_of(app: &App, id: &str) -> Result<u64> {
    let users: Vec<Value> = items(app, "users").await?;
    let user = users.iter().find(|user| user["user_id"] == id).context("no such person")?;
    user["lock_version"].as_u64().context("no version")
}

/// Changes somebody as the version is now.
async fn change_now(app: &App, caller: &Guest, id: &str, wish: &Value) -> Result<Reply> {
    change(caller, id, version_of(app, id).await?, wish).await
}

/// The id of a seeded person.
async fn seeded(app: &App, name: &str) -> Result<String> {
    id_of(&app.staff(name).await?).await
}

async fn invite(caller: &Guest, email: &str, role: &str) -> Result<Reply> {
    caller.post("/staff", &json!({"email": email, "name": "새 직원", "role": role})).await
}

async fn accept(app: &App, token: &str) -> Result<Reply> {
    app.stranger().post("/auth/accept-invitation", &json!({"token": token, "password": OWN})).await
}

/// Makes a key, and answers what its maker is told.
async fn make_key(caller: &Guest, scopes: &[&str]) -> Result<Reply> {
    caller.post("/api/keys", &json!({"name": "예약 연동", "scopes": scopes})).await
}
