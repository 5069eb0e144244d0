//! Signing in by Kakao: who comes in, who does not, and what nobody can take over that way.

mod admin;
mod desk;
mod linking;
mod misbehaving;
mod secrets;
mod sign_in;
mod submit;
mod takeovers;
mod webhook;

use anyhow::{Context, Result, ensure};
use futures::future::join_all;
use harness::app::{App, Guest, Reply, Wish};
use harness::fakes::kakao::{Behaviour, FakeKakao};
use harness::people::PASSWORD;
use harness::stack::{KAKAO_ADMIN_KEY, KAKAO_NATIVE_KEY, KAKAO_REST_KEY};
use reqwest::Method;
use serde_json::{Value, json};

use crate::accounts::{bearer, forgot, items, login, part, refresh, refused, reset, told};
use crate::garbage::{NOTHING, Stored, changed, stored};

/// Kakao accounts.
pub(crate) const MINA: i64 = 4_100_000_001;
pub(crate) const JUNHO: i64 = 4_100_000_002;
/// Beyond what JavaScript's numbers can say.
const HUGE: i64 = 9_007_199_254_740_993;
const NONCE: &str = "n-71c";
const EMAIL: &str = "mina@example.kr";
const OWN: &str = "V1ctim!pass";
/// Seconds a sign-in counts as fresh.
const RECENT: u32 = 15 * 60;

/// Kakao's side of the stack.
pub(crate) fn fake(app: &App) -> &FakeKakao {
    &app.stack().outsiders.kakao
}

/// Where the app's people come back to: the default.
fn home(app: &App) -> String {
    format!("{}/local/app/kakao", app.base_url())
}

/// Where administrators come back to.
fn panel(app: &App) -> String {
    format!("{}/local/app/admin-kakao", app.base_url())
}

/// A code of somebody who agreed and came back to the app.
fn code(app: &App, id: i64) -> String {
    fake(app).code(id, &home(app))
}

/// Signs in by a fresh code.
pub(crate) async fn enter(app: &App, id: i64) -> Result<Reply> {
    app.stranger().post("/login/kakao", &json!({"code": code(app, id)})).await
}

/// Signs in by an `id_token` for that app.
async fn enter_by_token(app: &App, token: &str, nonce: &str) -> Result<Reply> {
    app.stranger().post("/login/kakao", &json!({"id_token": token, "nonce": nonce})).await
}

/// Somebody whom an answer to a sign-in let in.
fn guest_of(app: &App, reply: &Reply) -> Result<Guest> {
    ensure!(reply.status == 200, "{reply:?}");
    let mut guest = bearer(app, &reply.text("/jwt"));
    guest.refresh_token = Some(reply.text("/refresh_token"));
    Ok(guest)
}

/// Somebody signed in by their Kakao account.
pub(crate) async fn by_kakao(app: &App, id: i64) -> Result<Guest> {
    guest_of(app, &enter(app, id).await?)
}

/// The id of whoever this is.
pub(crate) async fn id_of(guest: &Guest) -> Result<String> {
    let reply = guest.get("/me").await?;
    ensure!(reply.status == 200, "{reply:?}");
    Ok(reply.text("/data/user_id"))
}

/// A machine with this key.
pub(crate) fn machine(app: &App, key: &str) -> Guest {
    let mut guest = app.stranger();
    guest.api_key = Some(key.to_owned());
    guest
}

/// Links the caller to a Kakao account by a fresh code.
async fn link(app: &App, guest: &Guest, id: i64) -> Result<Reply> {
    guest.post("/me/kakao", &json!({"code": code(app, id)})).await
}

/// A member with a password and a linked Kakao account.
async fn linked_member(app: &App, id: i64) -> Result<Guest> {
    let member = app.member().await?;
    let reply = link(app, &member, id).await?;
    ensure!(reply.status == 200, "{reply:?}");
    Ok(member)
}

/// Kakao's notice that somebody cut the link there, with this header.
async fn notice(app: &App, id: &str, shown: Option<&str>) -> Result<Reply> {
    let form = format!("app_id=123456&user_id={id}&referrer_type=UNLINK_FROM_APPS");
    let mut headers = vec![("content-type", "application/x-www-form-urlencoded;charset=utf-8")];
    headers.extend(shown.map(|shown| ("authorization", shown)));
    app.stranger().send(Method::POST, "/webhooks/kakao/unlink", &headers, Some(form.into_bytes())).await
}

/// The notice as Kakao sends it.
async fn cut_there(app: &App, id: i64) -> Result<Reply> {
    notice(app, &id.to_string(), Some(&format!("KakaoAK {KAKAO_ADMIN_KEY}"))).await
}

/// People with this Kakao account who have not left.
async fn people_of(app: &App, id: i64) -> Result<Vec<Value>> {
    let mut people: Vec<Value> = items(app, "users").await?;
    people.retain(|user| user["kakao_id"] == json!(id.to_string()) && user["standing"] != "withdrawn");
    Ok(people)
}

/// What came or went, leaving out the counters of tries.
async fn deeds(app: &App, before: &Stored) -> Result<Vec<String>> {
    let mut changed = changed(app, before).await?;
    changed.retain(|item| !item.starts_with("throttles: "));
    Ok(changed)
}

/// Shuts somebody out, or lets them in again.
async fn ban(app: &App, id: &str, out: bool) -> Result<()> {
    let verb = if out { "ban" } else { "unban" };
    let reply = app.staff("admin").await?.post(&format!("/admin/users/{id}/{verb}"), &json!({})).await?;
    ensure!(reply.status == 200, "{reply:?}");
    Ok(())
}
