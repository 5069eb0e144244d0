//! A change: what is written together, by whom, as what.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use maru_kernel::{EventId, SealKey, Timestamp, UserId, crypto};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::trail::difference;
use crate::{AUDITS, Action, AuditRecord, Condition, Db, Idempotency, Item, Key, TableSpec};

/// Who does something, with what the gateway knows about the call.
#[derive(Debug, Clone)]
pub struct Actor {
    /// `user:<id>`, `key:<id>`, `system:<worker>` or `anonymous`.
    pub id: String,
    /// Address of the caller, from the trusted gateway context only.
    pub ip_address: Option<String>,
    /// The caller's program.
    pub user_agent: Option<String>,
    /// The request.
    pub request_id: Option<String>,
}

impl Actor {
    /// A worker of ours.
    pub fn system(worker: &str) -> Self {
        Self { id: format!("system:{worker}"), ip_address: None, user_agent: None, request_id: None }
    }

    /// The same call, now known to be by `user`.
    #[must_use]
    pub fn known_as(&self, user: UserId) -> Self {
        Self { id: format!("user:{user}"), ..self.clone() }
    }
}

/// What an audit record is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    kind: &'static str,
    id: String,
}

impl Subject {
    /// The record `id` of this kind.
    pub fn new(kind: &'static str, id: impl ToString) -> Self {
        Self { kind, id: id.to_string() }
    }
}

impl std::fmt::Display for Subject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}#{}", self.kind, self.id)
    }
}

/// A record with a version: what features store, change and have audited.
pub trait Record: Serialize {
    /// Its table.
    const TABLE: &'static TableSpec;
    /// Its kind in the trail.
    const KIND: &'static str;
    /// Fields sealed in the trail under the person's key.
    const PERSONAL: &'static [&'static str] = &[];
    /// Fields that never enter the trail.
    const HIDDEN: &'static [&'static str] = &[];

    /// Its id.
    fn id(&self) -> String;
    /// Its version, from 1.
    fn lock_version(&self) -> u64;
    /// Sets the version; only [`Change`] does.
    fn set_lock_version(&mut self, version: u64);
    /// The person its personal fields are about.
    fn person(&self) -> Option<UserId> {
        None
    }
    /// Where it lies.
    fn key(&self) -> Key {
        Key::of(Self::TABLE, self.id())
    }
}

/// The methods of [`Record`] for a struct whose version is its field `lock_version`: names the field that
/// is its id and, if it is about a person, the one that says who.
#[macro_export]
macro_rules! record_fields {
    (id: $id:ident $(, person: $person:ident)?) => {
        fn id(&self) -> String {
            self.$id.to_string()
        }
        fn lock_version(&self) -> u64 {
            self.lock_version
        }
        fn set_lock_version(&mut self, version: u64) {
            self.lock_version = version;
        }
        $(fn person(&self) -> Option<maru_kernel::UserId> {
            Some(self.$person)
        })?
    };
}

/// One write beside the records: guards, pointers, the ledger. Not audited by itself; it is part of a
/// change that is.
#[derive(Debug, Clone)]
pub struct Write {
    pub(crate) key: Key,
    pub(crate) verb: Verb,
    pub(crate) conditions: Vec<Condition>,
}

#[derive(Debug, Clone)]
pub(crate) enum Verb {
    Put(Item),
    Update { set: BTreeMap<String, AttributeValue>, remove: Vec<String>, add: BTreeMap<String, i64> },
    Delete,
    Check,
}

impl Write {
    /// Puts the whole item.
    pub fn put<T: Serialize>(table: &'static TableSpec, value: &T) -> Self {
        let item = to_item(value);
        let text = |name: &str| item.get(name).and_then(|v| v.as_s().ok()).cloned().unwrap_or_default();
        let key =
            Key { table, partition: text(table.partition.name), sort: table.sort.map(|s| text(s.name)) };
        Self { key, verb: Verb::Put(item), conditions: Vec::new() }
    }

    /// Changes attributes of the item (which is made if it does not exist).
    pub fn update(key: Key) -> Self {
        let verb = Verb::Update { set: BTreeMap::new(), remove: Vec::new(), add: BTreeMap::new() };
        Self { key, verb, conditions: Vec::new() }
    }

    /// Deletes the item.
    pub fn delete(key: Key) -> Self {
        Self { key, verb: Verb::Delete, conditions: Vec::new() }
    }

    /// Only looks. Never on an item many requests share: it makes their transactions conflict.
    pub fn check(key: Key) -> Self {
        Self { key, verb: Verb::Check, conditions: Vec::new() }
    }

    /// Sets an attribute (of an update).
    #[must_use]
    pub fn set(mut self, name: impl Into<String>, value: AttributeValue) -> Self {
        if let Verb::Update { set, .. } = &mut self.verb {
            set.insert(name.into(), value);
        }
        self
    }

    /// Sets an attribute to a number.
    #[must_use]
    pub fn set_number(self, name: impl Into<String>, value: impl Into<i128>) -> Self {
        self.set(name, AttributeValue::N(value.into().to_string()))
    }

    /// Sets an attribute to any value that can be stored.
    #[must_use]
    pub fn set_value<T: Serialize>(self, name: impl Into<String>, value: &T) -> Self {
        self.set(name, serde_dynamo::to_attribute_value(value).unwrap_or(AttributeValue::Null(true)))
    }

    /// Removes an attribute (of an update).
    #[must_use]
    pub fn remove(mut self, name: impl Into<String>) -> Self {
        if let Verb::Update { remove, .. } = &mut self.verb {
            remove.push(name.into());
        }
        self
    }

    /// Adds to a number (of an update), which is 0 where it is absent.
    #[must_use]
    pub fn add(mut self, name: impl Into<String>, by: i64) -> Self {
        if let Verb::Update { add, .. } = &mut self.verb {
            add.insert(name.into(), by);
        }
        self
    }

    /// Only if this holds, too.
    #[must_use]
    pub fn when(mut self, condition: Condition) -> Self {
        self.conditions.push(condition);
        self
    }

    pub(crate) fn action(&self) -> Action {
        match self.verb {
            Verb::Put(_) => Action::PutItem,
            Verb::Update { .. } => Action::UpdateItem,
            Verb::Delete => Action::DeleteItem,
            Verb::Check => Action::ConditionCheckItem,
        }
    }
}

/// The item of a value, without nulls: an absent attribute is how "none" is stored, because an index
/// refuses a null key.
pub(crate) fn to_item<T: Serialize>(value: &T) -> Item {
    let mut item: Item = serde_dynamo::to_item(value).unwrap_or_default();
    item.retain(|_, value| !value.is_null());
    item
}

/// What is committed together. `R` names the ways it can be refused.
pub struct Change<R> {
    pub(crate) event: EventId,
    pub(crate) action: &'static str,
    pub(crate) by: Actor,
    pub(crate) at: Timestamp,
    pub(crate) reason: Option<String>,
    pub(crate) writes: Vec<(Write, Option<R>)>,
    pub(crate) audits: Vec<AuditRecord>,
    random: maru_kernel::Random,
}

impl<R: Copy> Change<R> {
    /// A change by `by`, as `action` (`area.verb`), now.
    pub fn new(db: &Db, by: &Actor, action: &'static str) -> Self {
        Self {
            event: EventId::new(db.clock(), db.random()),
            action,
            by: by.clone(),
            at: db.clock().now(),
            reason: None,
            writes: Vec::new(),
            audits: Vec::new(),
            random: db.random().clone(),
        }
    }

    /// Why.
    #[must_use]
    pub fn because(mut self, reason: Option<String>) -> Self {
        self.reason = reason;
        self
    }

    /// Makes a record; refused as `exists` if there is one under its key.
    pub fn create<T: Record>(&mut self, record: &T, seal: Option<&SealKey>, exists: R) {
        self.audit(&Value::Null, record, seal);
        let write = Write::put(T::TABLE, record).when(Condition::absent(T::TABLE.partition.name));
        self.writes.push((write, Some(exists)));
    }

    /// Replaces `before` by `after`, whose version becomes the next one; refused as `stale` if the
    /// stored record is not `before` any more.
    #[must_use = "the record with its new version is what was stored"]
    pub fn replace<T: Record>(&mut self, before: &T, mut after: T, seal: Option<&SealKey>, stale: R) -> T {
        after.set_lock_version(before.lock_version() + 1);
        self.audit(&serde_json::to_value(before).unwrap_or_default(), &after, seal);
        let unchanged = i128::from(before.lock_version());
        let write = Write::put(T::TABLE, &after).when(Condition::number("lock_version", unchanged));
        self.writes.push((write, Some(stale)));
        after
    }

    /// The same for a record that something else happens to on the way, told in the trail as that.
    pub fn replace_as<T: Record>(&mut self, action: &'static str, before: &T, after: T, stale: R) {
        let own = std::mem::replace(&mut self.action, action);
        let _stored = self.replace(before, after, None, stale);
        self.action = own;
    }

    /// The same where nobody needs what was stored.
    pub fn update<T: Record>(&mut self, before: &T, after: T, seal: Option<&SealKey>, stale: R) {
        drop(self.replace(before, after, seal, stale));
    }

    /// Deletes a record; refused as `stale` if the stored one is not `before` any more.
    pub fn delete<T: Record>(&mut self, before: &T, seal: Option<&SealKey>, stale: R) {
        let state = serde_json::to_value(before).unwrap_or_default();
        let version = before.lock_version();
        self.audit_states::<T>(&before.id(), (&state, &Value::Null), version + 1, before.person(), seal);
        let unchanged = Condition::number("lock_version", i128::from(version));
        self.writes.push((Write::delete(before.key()).when(unchanged), Some(stale)));
    }

    /// Tells the trail of a record that lies within a write of another kind (a day of the ledger): its
    /// version is that item's next one.
    pub fn tell<T: Record>(&mut self, record: &T) {
        self.audit(&Value::Null, record, None);
    }

    /// Adds a write beside the records; refused as `refusal`.
    pub fn also(&mut self, write: Write, refusal: R) {
        self.writes.push((write, Some(refusal)));
    }

    /// Remembers that this request made `reference`; a race on the same key is refused as `taken`.
    pub fn remember(&mut self, request: Option<&Idempotency>, reference: impl ToString, taken: R) {
        if let Some(request) = request {
            self.writes.push((request.remember(&reference.to_string(), self.at), Some(taken)));
        }
    }

    /// How many actions its transaction has so far. `DynamoDB` takes a hundred.
    pub fn actions(&self) -> usize {
        self.writes.len() + self.audits.len()
    }

    /// The id of this change.
    pub fn event(&self) -> EventId {
        self.event
    }

    fn audit<T: Record>(&mut self, before: &Value, after: &T, seal: Option<&SealKey>) {
        let state = serde_json::to_value(after).unwrap_or_default();
        self.audit_states::<T>(&after.id(), (before, &state), after.lock_version(), after.person(), seal);
    }

    fn audit_states<T: Record>(
        &mut self,
        id: &str,
        (before, after): (&Value, &Value),
        version: u64,
        person: Option<UserId>,
        seal: Option<&SealKey>,
    ) {
        let (changes, personal) = difference(before, after, T::PERSONAL, T::HIDDEN);
        let subject = Subject::new(T::KIND, id).to_string();
        let sealed = self.seal(&subject, &personal, seal);
        self.audits.push(AuditRecord {
            subject,
            event: self.event,
            action: self.action.to_owned(),
            actor: self.by.id.clone(),
            at: self.at,
            version,
            changes,
            sealed_for: sealed.as_ref().and(person),
            sealed,
            reason: None,
            ip_address: self.by.ip_address.clone(),
            user_agent: self.by.user_agent.clone(),
            request_id: self.by.request_id.clone(),
        });
    }

    /// Without a key (a person not known yet) personal fields are left out rather than written openly.
    fn seal(&self, subject: &str, personal: &Map<String, Value>, key: Option<&SealKey>) -> Option<String> {
        if personal.is_empty() {
            return None;
        }
        let plain = serde_json::to_vec(personal).ok()?;
        crypto::seal(key?, &self.random, subject, &plain).map(|bytes| crypto::to_base64url(&bytes))
    }

    /// The writes with the trail behind them.
    pub(crate) fn all_writes(&self) -> Vec<(Write, Option<R>)> {
        let trail = self.audits.iter().map(|audit| {
            let audit = AuditRecord { reason: self.reason.clone(), ..audit.clone() };
            (Write::put(&AUDITS, &audit), None)
        });
        self.writes.iter().cloned().chain(trail).collect()
    }

    /// The key under which a committed change can be recognised.
    pub(crate) fn proof(&self) -> Option<Key> {
        self.audits.first().map(|audit| Key {
            table: &AUDITS,
            partition: audit.subject.clone(),
            sort: Some(audit.event.to_string()),
        })
    }
}
