//! What is asked of the store, as somebody who watches the wire would see it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use serde_json::Value;

/// The calls of one moment: those under way together, in the order of the alphabet.
pub type Round = Vec<String>;

/// Calls to the store, kept while somebody watches.
#[derive(Debug, Clone, Default)]
pub struct Trace(Arc<Mutex<Seen>>);

#[derive(Debug, Default)]
struct Seen {
    watching: bool,
    under_way: usize,
    rounds: Vec<Round>,
}

/// A call under way.
pub(crate) struct Call(Option<Trace>);

impl Drop for Call {
    fn drop(&mut self) {
        if let Some(trace) = &self.0 {
            trace.with(|seen| seen.under_way = seen.under_way.saturating_sub(1));
        }
    }
}

impl Trace {
    /// Keeps calls from now on.
    pub fn watch(&self) {
        self.with(|seen| *seen = Seen { watching: true, ..Seen::default() });
    }

    /// What was asked since, one round after another: each call with the tables it names.
    pub fn taken(&self) -> Vec<Round> {
        self.with(std::mem::take).rounds
    }

    pub(crate) fn begin(&self, request: &HttpRequest) -> Call {
        let watching = self.with(|seen| seen.watching);
        if !watching {
            return Call(None);
        }
        let call = told(request);
        self.with(|seen| {
            if seen.under_way == 0 {
                seen.rounds.push(Round::new());
            }
            seen.under_way += 1;
            if let Some(round) = seen.rounds.last_mut() {
                round.push(call);
                round.sort();
            }
        });
        Call(Some(self.clone()))
    }

    fn with<T>(&self, change: impl FnOnce(&mut Seen) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// `BatchGetItem credentials 1, throttles 1`: the action, the tables, and how much of each.
fn told(request: &HttpRequest) -> String {
    let action = request.headers().get("x-amz-target").and_then(|target| target.rsplit('.').next());
    let body: Value = request.body().bytes().and_then(|b| serde_json::from_slice(b).ok()).unwrap_or_default();
    let mut tables = BTreeMap::<String, usize>::new();
    if let Some(name) = body.get("TableName").and_then(Value::as_str) {
        tables.insert(name.to_owned(), 1);
    }
    for (name, wanted) in body.get("RequestItems").and_then(Value::as_object).into_iter().flatten() {
        let keys = wanted.get("Keys").and_then(Value::as_array).map_or(0, Vec::len);
        tables.insert(name.clone(), keys);
    }
    let items = body.get("TransactItems").and_then(Value::as_array).into_iter().flatten();
    for (verb, item) in items.filter_map(Value::as_object).flatten() {
        let table = item.get("TableName").and_then(Value::as_str).unwrap_or_default();
        *tables.entry(format!("{verb} {table}")).or_default() += 1;
    }
    let tables: Vec<String> = tables.iter().map(|(table, count)| format!("{table} {count}")).collect();
    format!("{} {}", action.unwrap_or("?"), tables.join(", "))
}
