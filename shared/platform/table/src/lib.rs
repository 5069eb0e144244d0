//! The store: the only user of the DynamoDB SDK.
//!
//! A feature says what a table looks like ([`TableSpec`]), reads by key or index ([`Db`]) and writes by
//! committing a [`Change`]: one `TransactWriteItems` holding the records, their guards and the audit
//! records. A change cannot be built without an actor and an action, so an unaudited write of a record
//! cannot be expressed. A refused condition comes back under the name its writer gave it.
//!
//! Not here: what any item means, and which tables exist beside the trail itself.

mod change;
mod commit;
mod db;
mod expression;
mod idempotency;
mod meter;
mod page;
mod spec;
mod tally;
mod trail;

pub use aws_sdk_dynamodb::types::AttributeValue;
pub use change::{Actor, Change, Record, Subject, Write};
pub use commit::CommitError;
pub use db::{Db, Found, Key, StoreError};
pub use expression::Condition;
pub use idempotency::{IDEMPOTENCY, Idempotency, Replay};
pub use meter::{Meter, Used};
pub use page::{Cursor, Page, Ranged};
pub use spec::{Action, Attr, Grant, IndexSpec, Kind, TableSpec};
pub use tally::Tally;
pub use trail::{AUDITS, AuditRecord};

/// A stored item: attribute names to values.
pub type Item = std::collections::HashMap<String, AttributeValue>;
