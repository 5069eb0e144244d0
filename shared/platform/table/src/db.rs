//! Reads, with retries and a deadline; and what every call to the store shares.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use aws_config::SdkConfig;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes, ReturnConsumedCapacity};
use maru_kernel::{Clock, Random};
use serde::de::DeserializeOwned;
use tokio::time::Instant;

use crate::expression::Names;
use crate::{Action, Grant, Item, Meter, Page, Ranged, TableSpec};

/// The whole of one read or commit, retries included; well inside the gateway's 29 s.
const DEADLINE: Duration = Duration::from_secs(8);
/// One attempt. Longer than DynamoDB's slowest ordinary answer, short enough for three tries.
const ATTEMPT: Duration = Duration::from_millis(2500);
/// Tries before the deadline is asked.
const TRIES: u32 = 8;
/// Items DynamoDB reads in one call.
const MOST_KEYS: usize = 100;

/// Why the store gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Throttled, slow or away; nothing can be said about the data. Ask again later.
    #[error("the store did not answer: {0}")]
    Unavailable(String),
    /// A bug or a missing right; asking again will not help.
    #[error("the store refused the call: {0}")]
    Broken(String),
}

/// Where an item lies.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Key {
    pub(crate) table: &'static TableSpec,
    pub(crate) partition: String,
    pub(crate) sort: Option<String>,
}

impl std::hash::Hash for TableSpec {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl Key {
    /// The item of a table without a sort key.
    pub fn of(table: &'static TableSpec, partition: impl ToString) -> Self {
        Self { table, partition: partition.to_string(), sort: None }
    }

    /// The item behind this sort key, of a table that has one.
    #[must_use]
    pub fn sorted(self, sort: impl ToString) -> Self {
        Self { sort: Some(sort.to_string()), ..self }
    }

    pub(crate) fn attributes(&self) -> Item {
        let text = |value: &str| AttributeValue::S(value.to_owned());
        let mut key = Item::from([(self.table.partition.name.to_owned(), text(&self.partition))]);
        if let (Some(attr), Some(sort)) = (self.table.sort, &self.sort) {
            key.insert(attr.name.to_owned(), text(sort));
        }
        key
    }
}

/// What a batch of keys gave.
#[derive(Debug, Default)]
pub struct Found(HashMap<Key, Item>);

impl Found {
    /// The stored item, read as `T`.
    pub fn take<T: DeserializeOwned>(&mut self, key: &Key) -> Result<Option<T>, StoreError> {
        self.0.remove(key).map(read).transpose()
    }

    /// The stored item as it is.
    pub fn take_item(&mut self, key: &Key) -> Option<Item> {
        self.0.remove(key)
    }
}

pub(crate) fn read<T: DeserializeOwned>(item: Item) -> Result<T, StoreError> {
    serde_dynamo::from_item(item).map_err(|error| StoreError::Broken(format!("unreadable item: {error}")))
}

/// The store as one function may use it. Cheap to clone.
#[derive(Clone)]
pub struct Db(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub client: Client,
    tables: HashMap<&'static str, (String, BTreeSet<Action>)>,
    pub meter: Meter,
    clock: Clock,
    random: Random,
}

impl Db {
    /// A handle with these rights: each grant with the table's physical name.
    pub fn connect(
        sdk: &SdkConfig,
        grants: impl IntoIterator<Item = (Grant, String)>,
        clock: Clock,
        random: Random,
    ) -> Self {
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(Duration::from_millis(1000))
            .operation_attempt_timeout(ATTEMPT)
            .build();
        // Retries are ours: only we know whether an attempt may have been executed.
        let config = aws_sdk_dynamodb::config::Builder::from(sdk)
            .retry_config(RetryConfig::disabled())
            .timeout_config(timeouts)
            .build();
        let mut tables: HashMap<&'static str, (String, BTreeSet<Action>)> = HashMap::new();
        for (grant, name) in grants {
            tables.entry(grant.table.name).or_insert((name, BTreeSet::new())).1.extend(grant.may);
        }
        let client = Client::from_conf(config);
        Self(Arc::new(Inner { client, tables, meter: Meter::default(), clock, random }))
    }

    /// The clock.
    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// The randomness.
    pub fn random(&self) -> &Random {
        &self.0.random
    }

    /// What was used through this handle.
    pub fn meter(&self) -> &Meter {
        &self.0.meter
    }

    /// One item, strongly consistent.
    pub async fn get<T: DeserializeOwned>(&self, key: &Key) -> Result<Option<T>, StoreError> {
        self.get_since(Instant::now(), key).await
    }

    /// One item, as a part of something that began at `started` and has one deadline.
    pub(crate) async fn get_since<T: DeserializeOwned>(
        &self,
        started: Instant,
        key: &Key,
    ) -> Result<Option<T>, StoreError> {
        let table = self.physical(key.table, Action::GetItem)?;
        let answer = self
            .retrying(started, || {
                let call = self.0.client.get_item().table_name(&table).set_key(Some(key.attributes()));
                call.consistent_read(true).return_consumed_capacity(ReturnConsumedCapacity::Total).send()
            })
            .await?;
        self.0.meter.capacity(answer.consumed_capacity.as_slice(), false);
        answer.item.map(read).transpose()
    }

    /// Items of any tables, strongly consistent item by item; up to 100 of them in one call.
    pub async fn get_many(&self, keys: &[Key]) -> Result<Found, StoreError> {
        let mut found = Found::default();
        for some in keys.chunks(MOST_KEYS) {
            self.get_some(some, &mut found).await?;
        }
        Ok(found)
    }

    async fn get_some(&self, keys: &[Key], found: &mut Found) -> Result<(), StoreError> {
        let mut wanted: HashMap<String, (&'static TableSpec, Vec<Item>)> = HashMap::new();
        for key in keys {
            let table = self.physical(key.table, Action::BatchGetItem)?;
            let entry = wanted.entry(table).or_insert_with(|| (key.table, Vec::new()));
            let attributes = key.attributes();
            if !entry.1.contains(&attributes) {
                entry.1.push(attributes);
            }
        }
        let specs: HashMap<String, &'static TableSpec> =
            wanted.iter().map(|(n, (s, _))| (n.clone(), *s)).collect();
        let mut request: HashMap<String, KeysAndAttributes> = HashMap::new();
        for (name, (_, keys)) in wanted {
            let built = KeysAndAttributes::builder().set_keys(Some(keys)).consistent_read(true).build();
            request.insert(name, built.map_err(|e| StoreError::Broken(e.to_string()))?);
        }
        for round in 0..TRIES {
            if request.is_empty() {
                return Ok(());
            }
            if round > 0 {
                self.pause(round).await;
            }
            let answer = self
                .retrying(Instant::now(), || {
                    let call = self.0.client.batch_get_item().set_request_items(Some(request.clone()));
                    call.return_consumed_capacity(ReturnConsumedCapacity::Total).send()
                })
                .await?;
            self.0.meter.capacity(answer.consumed_capacity(), false);
            for (name, items) in answer.responses.unwrap_or_default() {
                let Some(spec) = specs.get(&name) else { continue };
                for item in items {
                    if let Some(key) = key_of(spec, &item) {
                        found.0.insert(key, item);
                    }
                }
            }
            request = answer.unprocessed_keys.unwrap_or_default();
        }
        Err(StoreError::Unavailable("keys left unprocessed".into()))
    }

    /// A page of a range. Reading through an index is eventually consistent: it finds candidates, and
    /// whoever decides reads the records again.
    pub async fn query<T: DeserializeOwned>(&self, range: &Ranged) -> Result<Page<T>, StoreError> {
        let table = self.physical(range.table, Action::Query)?;
        let mut names = Names::default();
        let partition = range.index.map_or(range.table.partition, |i| i.partition);
        let mut condition = format!(
            "{} = {}",
            names.name(partition.name),
            names.value(AttributeValue::S(range.partition.clone()))
        );
        if let (Some(most), Some(sort)) = (&range.at_most, range.index.map(|i| i.sort).or(range.table.sort)) {
            condition = format!("{condition} AND {} <= {}", names.name(sort.name), names.value(most.clone()));
        }
        let (names, values) = names.into_parts();
        let answer = self
            .retrying(Instant::now(), || {
                let call = self.0.client.query().table_name(&table).key_condition_expression(&condition);
                call.set_index_name(range.index.map(|i| i.name.to_owned()))
                    .set_expression_attribute_names(names.clone())
                    .set_expression_attribute_values(values.clone())
                    .set_exclusive_start_key(range.start_key())
                    .scan_index_forward(!range.newest_first)
                    .consistent_read(range.index.is_none())
                    .limit(range.limit)
                    .return_consumed_capacity(ReturnConsumedCapacity::Total)
                    .send()
            })
            .await?;
        self.0.meter.capacity(answer.consumed_capacity.as_slice(), false);
        let next = answer.last_evaluated_key.as_ref().and_then(|last| range.cursor(last));
        let items = answer.items.unwrap_or_default().into_iter().map(read).collect::<Result<_, _>>()?;
        Ok(Page { items, next })
    }

    /// The physical name, if this function declared that it does this.
    pub(crate) fn physical(&self, table: &'static TableSpec, action: Action) -> Result<String, StoreError> {
        let granted = self.0.tables.get(table.name);
        let (name, may) =
            granted.ok_or_else(|| StoreError::Broken(format!("no grant for table {}", table.name)))?;
        if !may.contains(&action) {
            return Err(StoreError::Broken(format!("no grant for {action:?} on {}", table.name)));
        }
        self.0.meter.right(table.name, action);
        Ok(name.clone())
    }

    /// Sends until an answer comes that is not the store's temporary trouble.
    pub(crate) async fn retrying<F, T, E, X>(
        &self,
        started: Instant,
        call: impl Fn() -> F,
    ) -> Result<T, StoreError>
    where
        F: Future<Output = Result<T, SdkError<E, X>>>,
        E: ProvideErrorMetadata + std::error::Error + 'static,
        X: std::fmt::Debug + 'static,
    {
        let mut last = String::new();
        for attempt in 0..TRIES {
            if attempt > 0 {
                self.pause(attempt).await;
            }
            // One attempt is always made: a question worth asking deserves one.
            if attempt > 0 && !Self::time_left(started) {
                break;
            }
            let under_way = self.0.meter.trip();
            // Boxed: the SDK's futures would make that of every handler large.
            let answer = Box::pin(call()).await;
            drop(under_way);
            match answer {
                Ok(answer) => return Ok(answer),
                Err(error) if temporary(&error) => last = told(&error),
                Err(error) => return Err(StoreError::Broken(told(&error))),
            }
        }
        Err(StoreError::Unavailable(last))
    }

    /// Full jitter: a random share of 20 ms doubled per attempt, at most 600 ms.
    pub(crate) async fn pause(&self, attempt: u32) {
        let most = (20_u64 << attempt.min(5)).min(600);
        tokio::time::sleep(Duration::from_millis(self.random().below(most))).await;
    }

    pub(crate) fn time_left(started: Instant) -> bool {
        started.elapsed() + ATTEMPT < DEADLINE
    }
}

fn key_of(table: &'static TableSpec, item: &Item) -> Option<Key> {
    let text = |name: &str| item.get(name).and_then(|v| v.as_s().ok()).cloned();
    let sort = match table.sort {
        Some(attr) => Some(text(attr.name)?),
        None => None,
    };
    Some(Key { table, partition: text(table.partition.name)?, sort })
}

/// Whether asking again can help: transport trouble, throttling, the service's own errors.
pub(crate) fn temporary<E: ProvideErrorMetadata, X>(error: &SdkError<E, X>) -> bool {
    match error.code() {
        Some(code) => TEMPORARY.contains(&code),
        None => !matches!(error, SdkError::ConstructionFailure(_)),
    }
}

/// The codes the service documents as worth a retry.
const TEMPORARY: [&str; 8] = [
    "InternalServerError",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "ServiceUnavailable",
    "ThrottlingException",
    "TransactionConflictException",
    "TransactionInProgressException",
    "LimitExceededException",
];

/// The error with its chain, free of item values.
pub(crate) fn told<E: ProvideErrorMetadata, X>(error: &SdkError<E, X>) -> String {
    match (error.code(), error) {
        (Some(code), _) => format!("{code}: {}", error.message().unwrap_or_default()),
        (None, SdkError::TimeoutError(_)) => "timed out".into(),
        (None, SdkError::DispatchFailure(_)) => "connection failed".into(),
        (None, _) => "unreadable answer".into(),
    }
}
