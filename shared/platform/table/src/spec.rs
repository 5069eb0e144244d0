//! What a table looks like, as data: local tables are made from it and the template is compared with it.

/// The type of a key attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    S,
    /// Number.
    N,
}

/// A key attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attr {
    /// Its name.
    pub name: &'static str,
    /// Its type.
    pub kind: Kind,
}

impl Attr {
    /// A text key.
    pub const fn text(name: &'static str) -> Self {
        Self { name, kind: Kind::S }
    }

    /// A number key.
    pub const fn number(name: &'static str) -> Self {
        Self { name, kind: Kind::N }
    }
}

/// A global secondary index. Always `KEYS_ONLY`: it finds, the table tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IndexSpec {
    /// Its name.
    pub name: &'static str,
    /// Partition key.
    pub partition: Attr,
    /// Sort key.
    pub sort: Attr,
}

/// A table.
#[derive(Debug, PartialEq, Eq)]
pub struct TableSpec {
    /// The logical name. The template's resource is its CamelCase form with `Table` behind it, the
    /// environment variable its `UPPER_SNAKE` form with `_TABLE`.
    pub name: &'static str,
    /// Partition key.
    pub partition: Attr,
    /// Sort key, if any.
    pub sort: Option<Attr>,
    /// Indexes.
    pub indexes: &'static [IndexSpec],
    /// The Number attribute (epoch seconds) by which DynamoDB tidies. Never decides anything.
    pub ttl: Option<&'static str>,
    /// Whether it has a stream of new images. Only the trail has one.
    pub stream: bool,
}

impl TableSpec {
    /// The environment variable that holds the physical name.
    pub fn variable(&self) -> String {
        format!("{}_TABLE", self.name.to_uppercase().replace('-', "_"))
    }

    /// The logical id of its resource in the template.
    pub fn resource(&self) -> String {
        let camel: String = self.name.split('-').map(capital).collect();
        format!("{camel}Table")
    }
}

fn capital(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map(|c| c.to_ascii_uppercase().to_string() + chars.as_str()).unwrap_or_default()
}

/// One thing a function may do to a table; the names are IAM's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// Read one item.
    GetItem,
    /// Read several items, strongly consistent.
    BatchGetItem,
    /// Read a range of a partition or an index.
    Query,
    /// Put inside a transaction.
    PutItem,
    /// Update inside a transaction, or a note.
    UpdateItem,
    /// Delete inside a transaction.
    DeleteItem,
    /// Look at an item inside a transaction without writing it.
    ConditionCheckItem,
}

impl Action {
    /// The IAM action.
    pub const fn iam(self) -> &'static str {
        match self {
            Self::GetItem => "dynamodb:GetItem",
            Self::BatchGetItem => "dynamodb:BatchGetItem",
            Self::Query => "dynamodb:Query",
            Self::PutItem => "dynamodb:PutItem",
            Self::UpdateItem => "dynamodb:UpdateItem",
            Self::DeleteItem => "dynamodb:DeleteItem",
            Self::ConditionCheckItem => "dynamodb:ConditionCheckItem",
        }
    }
}

/// What one function may do to one table. The same list becomes its rights in the template and what
/// [`crate::Db`] lets through, so a missing right fails on the laptop first.
#[derive(Debug, Clone, Copy)]
pub struct Grant {
    /// The table.
    pub table: &'static TableSpec,
    /// The actions.
    pub may: &'static [Action],
}
