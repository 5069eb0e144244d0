//! Garbage in: never a 5xx, always a documented status, every wrong field named, nothing stored.

mod bodies;
mod bookings;
mod odd;
mod operations;
mod questions;
mod values;

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use harness::app::{App, Guest, Reply};
use harness::functions;
use maru_web::{Front, document};
use reqwest::Method;
use serde_json::{Map, Value, json};

use operations::Operation;

/// An id of nobody and nothing.
pub(crate) const NOBODY: &str = "01900000-0000-7000-8000-00000000dead";

const JSON: (&str, &str) = ("content-type", "application/json");

/// The items of each table, as text.
pub(crate) type Stored = BTreeMap<&'static str, Vec<String>>;

/// What changed where nothing may.
pub(crate) const NOTHING: [String; 0] = [];

/// Everything in the store, table by table, as sorted text.
#[allow(clippy::disallowed_methods, reason = "a test may look at everything to see that nothing changed")]
pub(crate) async fn stored(app: &App) -> Result<Stored> {
    let client = Client::new(&app.stack().sdk);
    let mut all = BTreeMap::new();
    for table in functions::tables() {
        let mut pages = client.scan().table_name(table.name).into_paginator().items().send();
        let mut items = Vec::new();
        while let Some(item) = pages.next().await {
            items.push(told(&AttributeValue::M(item?)));
        }
        items.sort();
        all.insert(table.name, items);
    }
    Ok(all)
}

/// A value with its maps in order, so that equal values are equal texts.
fn told(value: &AttributeValue) -> String {
    if let AttributeValue::M(map) = value {
        let sorted: BTreeMap<_, _> = map.iter().map(|(name, value)| (name, told(value))).collect();
        return sorted.iter().map(|(name, value)| format!("{name}={value};")).collect();
    }
    if let AttributeValue::L(list) = value {
        return list.iter().map(|value| format!("[{}]", told(value))).collect();
    }
    format!("{value:?}")
}

/// Items that came or went since `before`, as `table: item`.
pub(crate) async fn changed(app: &App, before: &Stored) -> Result<Vec<String>> {
    let flat = |stored: &Stored| -> BTreeSet<String> {
        stored
            .iter()
            .flat_map(|(table, items)| items.iter().map(move |item| format!("{table}: {item}")))
            .collect()
    };
    let (before, after) = (flat(before), flat(&stored(app).await?));
    Ok(before.symmetric_difference(&after).cloned().collect())
}

/// The same without counters of tries: that somebody tried may be known.
pub(crate) async fn changed_but_tries(app: &App, before: &Stored) -> Result<Vec<String>> {
    let all = changed(app, before).await?;
    Ok(all.into_iter().filter(|item| !item.starts_with("throttles: ")).collect())
}

/// Write units all functions have used so far.
pub(crate) fn written(app: &App) -> f64 {
    let stores = app.stack().fronts().filter_map(|front| app.stack().store(front.name()));
    let used = stores.map(|db| db.meter().used());
    used.map(|used| used.write_units + used.index_units).sum()
}

/// The document of what is mounted.
pub(crate) fn mounted(app: &App) -> Value {
    document(app.stack().fronts().flat_map(Front::operations))
}

/// The pointers of these fields.
fn pointers<'a>(names: impl IntoIterator<Item = &'a String>) -> Vec<String> {
    sorted(names.into_iter().map(|name| format!("/{name}")).collect())
}

/// The field of the body a pointer lies in.
fn field_of(pointer: &str) -> String {
    let name = pointer.split('/').nth(1).unwrap_or_default();
    if pointer.is_empty() { String::new() } else { format!("/{name}") }
}

fn sorted(mut texts: Vec<String>) -> Vec<String> {
    texts.sort();
    texts.dedup();
    texts
}

/// Sends raw bytes. A server that refuses a body it has not read may close the connection before the
/// client has seen the answer; then the client asks again, as browsers do.
async fn send(guest: &Guest, operation: &Operation, headers: &[(&str, &str)], body: &[u8]) -> Result<Reply> {
    let mut last = None;
    for _ in 0..5 {
        match guest.send(operation.method.clone(), &operation.path, headers, Some(body.to_vec())).await {
            Ok(reply) => return Ok(reply),
            Err(error) => last = Some(error),
        }
    }
    Err(last.context("never asked")?)
}

/// Who asks: the owner, who may everything. Where a session's own token is asked for, nobody; the owner's
/// session would be the one to end.
struct Askers {
    owner: Guest,
    nobody: Guest,
}

impl Askers {
    async fn of(app: &App) -> Result<Self> {
        let owner = app.staff("owner").await?;
        // What needs a fresh sign-in is refused, so that asking for it leaves nothing behind.
        app.clock.advance(16 * 60);
        Ok(Self { owner, nobody: app.stranger() })
    }

    fn asker(&self, operation: &Operation) -> &Guest {
        if operation.guard == "refresh" { &self.nobody } else { &self.owner }
    }
}

/// The operation refuses these bytes as documented, as a problem of this status and code, and writes
/// nothing. (An empty object is enough for some: those do not refuse it.)
async fn refuses(app: &App, by: &Askers, operation: &Operation, sent: &Sent<'_>) -> Result<Reply> {
    let Sent { what, headers, body, status, code } = sent;
    let before = written(app);
    let reply = send(by.asker(operation), operation, headers, body).await?;
    let told = format!("{what} to {operation}: {reply:?}");
    assert_eq!(reply.status, *status, "{told}");
    assert!(operation.statuses.contains(&reply.status), "undocumented: {told}");
    if *status < 300 {
        assert_eq!(reply.body["success"], true, "{told}");
        return Ok(reply);
    }
    assert_eq!(reply.body["code"], *code, "{told}");
    assert_eq!(reply.body["status"], *status, "{told}");
    assert!((written(app) - before).abs() < f64::EPSILON, "it wrote: {told}");
    Ok(reply)
}

struct Sent<'a> {
    what: &'a str,
    headers: &'a [(&'a str, &'a str)],
    body: Vec<u8>,
    status: u16,
    code: &'a str,
}

/// JSON bytes that are refused like this.
fn sent<'a>(what: &'a str, body: impl Into<Vec<u8>>, status: u16, code: &'a str) -> Sent<'a> {
    Sent { what, headers: &[JSON], body: body.into(), status, code }
}
