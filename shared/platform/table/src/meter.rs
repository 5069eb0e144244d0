//! What a request cost: round trips and capacity units, summed; and which rights were used.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_dynamodb::types::ConsumedCapacity;

use crate::Action;

/// Sums since the meter was made.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Used {
    /// Calls to the store that were sent, retries included.
    pub trips: u64,
    /// Read capacity units.
    pub read_units: f64,
    /// Write capacity units of tables.
    pub write_units: f64,
    /// Write capacity units of indexes.
    pub index_units: f64,
}

impl Used {
    /// What was used between `earlier` and this.
    #[must_use]
    pub fn since(self, earlier: Self) -> Self {
        Self {
            trips: self.trips - earlier.trips,
            read_units: self.read_units - earlier.read_units,
            write_units: self.write_units - earlier.write_units,
            index_units: self.index_units - earlier.index_units,
        }
    }
}

/// Counts. Clones share their counts.
#[derive(Debug, Clone, Default)]
pub struct Meter(Arc<Mutex<(Used, Rights)>>);

/// The (table, action) pairs exercised.
type Rights = BTreeSet<(&'static str, Action)>;

impl Meter {
    /// The sums so far.
    pub fn used(&self) -> Used {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).0
    }

    /// Every (table, action) exercised so far.
    pub fn rights(&self) -> BTreeSet<(&'static str, Action)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).1.clone()
    }

    pub(crate) fn right(&self, table: &'static str, action: Action) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).1.insert((table, action));
    }

    pub(crate) fn trip(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).0.trips += 1;
    }

    pub(crate) fn capacity(&self, consumed: &[ConsumedCapacity], wrote: bool) {
        let mut guard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for entry in consumed {
            let total = entry.capacity_units().unwrap_or(0.0);
            let indexes: f64 = entry.global_secondary_indexes().map_or(0.0, |all| {
                all.values().filter_map(aws_sdk_dynamodb::types::Capacity::capacity_units).sum()
            });
            if wrote {
                guard.0.write_units += total - indexes;
                guard.0.index_units += indexes;
            } else {
                guard.0.read_units += total;
            }
        }
    }
}
