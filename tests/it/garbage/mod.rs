//! Garbage in: never a 5xx, always a documented status, every wrong field named, nothing stored.

mod bodies;
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

/// A POST route as the document tells it.
struct Post {
    path: String,
    statuses: Vec<u16>,
    fields: Map<String, Value>,
    required: Vec<String>,
}

impl Post {
    fn all(app: &App) -> Vec<Self> {
        let document = mounted(app);
        let paths = document["paths"].as_object().cloned().unwrap_or_default();
        let posts =
            paths.into_iter().filter_map(|(path, operations)| Some((path, operations.get("post")?.clone())));
        posts.map(|(path, operation)| Self::read(&document, path, &operation)).collect()
    }

    /// Those that take a body.
    fn with_body(app: &App) -> Vec<Self> {
        Self::all(app).into_iter().filter(|post| !post.fields.is_empty()).collect()
    }

    fn read(document: &Value, path: String, operation: &Value) -> Self {
        let statuses = operation["responses"].as_object().into_iter().flatten();
        let reference = operation.pointer("/requestBody/content/application~1json/schema/$ref");
        let name =
            reference.and_then(Value::as_str).and_then(|text| text.rsplit('/').next()).unwrap_or_default();
        let schema = &document["components"]["schemas"][name];
        let required = schema["required"].as_array().into_iter().flatten();
        Self {
            path,
            statuses: statuses.filter_map(|(status, _)| status.parse().ok()).collect(),
            fields: schema["properties"].as_object().cloned().unwrap_or_default(),
            required: required.filter_map(|name| Some(name.as_str()?.to_owned())).collect(),
        }
    }

    /// The fields the document gives this type.
    fn taking<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a String> {
        let is_of = move |schema: &Value| {
            let one = schema["type"] == kind;
            one || schema["type"].as_array().into_iter().flatten().any(|known| known == kind)
        };
        self.fields.iter().filter(move |(_, schema)| is_of(schema)).map(|(name, _)| name)
    }

    /// The fields whose type is another than this list's, object's or boolean's.
    fn not_taking(&self, value: &Value) -> Vec<&String> {
        let kind = if value.is_array() {
            "array"
        } else if value.is_object() {
            "object"
        } else {
            "boolean"
        };
        let taking: Vec<_> = self.taking(kind).collect();
        self.fields.keys().filter(|name| !taking.contains(name)).collect()
    }

    /// A body with the same value in every field.
    fn filled(&self, value: &Value) -> Value {
        self.fields.keys().map(|name| (name.clone(), value.clone())).collect::<Map<_, _>>().into()
    }
}

/// The pointers of these fields.
fn pointers<'a>(names: impl IntoIterator<Item = &'a String>) -> Vec<String> {
    sorted(names.into_iter().map(|name| format!("/{name}")).collect())
}

fn sorted(mut texts: Vec<String>) -> Vec<String> {
    texts.sort();
    texts.dedup();
    texts
}

/// Sends raw bytes. A server that refuses a body it has not read may close the connection before the
/// client has seen the answer; then the client asks again, as browsers do.
async fn send(guest: &Guest, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Result<Reply> {
    let mut last = None;
    for _ in 0..5 {
        match guest.send(Method::POST, path, headers, Some(body.to_vec())).await {
            Ok(reply) => return Ok(reply),
            Err(error) => last = Some(error),
        }
    }
    Err(last.context("never asked")?)
}

/// The route refuses these bytes as documented, as a problem of this status and code, and writes nothing.
async fn refuses(app: &App, guest: &Guest, post: &Post, sent: &Sent<'_>) -> Result<Reply> {
    let Sent { what, headers, body, status, code } = sent;
    let before = written(app);
    let reply = send(guest, &post.path, headers, body).await?;
    let told = format!("{what} to {}: {reply:?}", post.path);
    assert_eq!(reply.status, *status, "{told}");
    assert!(post.statuses.contains(&reply.status), "undocumented: {told}");
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
