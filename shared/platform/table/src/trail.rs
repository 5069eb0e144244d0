//! The audit trail: one record per record changed, written in the same transaction; also the outbox.

use maru_kernel::{EventId, SealKey, Timestamp, UserId, crypto};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{Attr, TableSpec};

/// The trail. Its stream is what mailers and projectors read.
pub const AUDITS: TableSpec = TableSpec {
    name: "audits",
    partition: Attr::text("subject"),
    sort: Some(Attr::text("event")),
    indexes: &[],
    ttl: None,
    stream: true,
};

/// One change of one record.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AuditRecord {
    /// `kind#id` of the record that changed.
    pub subject: String,
    /// The change; records changed together share it.
    pub event: EventId,
    /// What was done, as `area.verb`.
    pub action: String,
    /// Who did it: `user:<id>`, `key:<id>`, `system:<worker>` or `anonymous`.
    pub actor: String,
    /// When.
    pub at: Timestamp,
    /// The record's version after the change.
    pub version: u64,
    /// Changed fields that are nobody's secret: name → `[before, after]`.
    pub changes: Map<String, Value>,
    /// The person whose key seals [`AuditRecord::sealed`].
    #[serde(default)]
    pub sealed_for: Option<UserId>,
    /// Changed personal fields, sealed (base64url).
    #[serde(default)]
    pub sealed: Option<String>,
    /// Why, where a reason was given.
    #[serde(default)]
    pub reason: Option<String>,
    /// Address of the caller, from the gateway only.
    #[serde(default)]
    pub ip_address: Option<String>,
    /// The caller's program.
    #[serde(default)]
    pub user_agent: Option<String>,
    /// The request that did it.
    #[serde(default)]
    pub request_id: Option<String>,
}

impl AuditRecord {
    /// The kind and id of the record that changed.
    pub fn record(&self) -> (&str, &str) {
        self.subject.split_once('#').unwrap_or((&self.subject, ""))
    }

    /// The personal fields that changed, if this key still exists and is the right one.
    pub fn open(&self, key: &SealKey) -> Option<Map<String, Value>> {
        let sealed = crypto::from_base64url(self.sealed.as_deref()?)?;
        let plain = crypto::open(key, &self.subject, &sealed)?;
        serde_json::from_slice(&plain).ok()
    }
}

/// The fields that differ between two states, as `[before, after]`, parted into open and personal ones.
/// `hidden` fields never enter the trail; versions and update times are told by the record itself.
pub(crate) fn difference(
    before: &Value,
    after: &Value,
    personal: &[&str],
    hidden: &[&str],
) -> (Map<String, Value>, Map<String, Value>) {
    let empty = Map::new();
    let (before, after) = (before.as_object().unwrap_or(&empty), after.as_object().unwrap_or(&empty));
    let mut open = Map::new();
    let mut sealed = Map::new();
    let names = before.keys().chain(after.keys().filter(|name| !before.contains_key(*name)));
    for name in names.filter(|name| !["lock_version", "updated_at"].contains(&name.as_str())) {
        let (was, is) = (before.get(name).unwrap_or(&Value::Null), after.get(name).unwrap_or(&Value::Null));
        if was == is || hidden.contains(&name.as_str()) {
            continue;
        }
        let into = if personal.contains(&name.as_str()) { &mut sealed } else { &mut open };
        into.insert(name.clone(), Value::Array(vec![was.clone(), is.clone()]));
    }
    (open, sealed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_difference_names_changed_fields_only_and_keeps_personal_ones_apart() {
        let before = json!({"status": "held", "title": "회의", "hash": "a", "same": 1, "lock_version": 1});
        let after = json!({"status": "paying", "title": "비밀", "hash": "b", "same": 1, "lock_version": 2});
        let (open, sealed) = difference(&before, &after, &["title"], &["hash"]);
        assert_eq!(Value::Object(open), json!({"status": ["held", "paying"]}));
        assert_eq!(Value::Object(sealed), json!({"title": ["회의", "비밀"]}));
    }
}
