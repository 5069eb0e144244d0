//! What a request cost: round trips and capacity units, summed; and which rights were used.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_sdk_dynamodb::types::ConsumedCapacity;

use crate::Action;

/// Sums since the meter was made.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Used {
    /// Calls to the store that were sent, retries included.
    pub trips: u64,
    /// Calls that began while no other was under way: how many were made one after the other.
    pub sequential: u64,
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
            sequential: self.sequential - earlier.sequential,
            read_units: self.read_units - earlier.read_units,
            write_units: self.write_units - earlier.write_units,
            index_units: self.index_units - earlier.index_units,
        }
    }
}

/// Counts. Clones share their counts.
#[derive(Debug, Clone, Default)]
pub struct Meter(Arc<Mutex<Counts>>);

#[derive(Debug, Default)]
struct Counts {
    used: Used,
    rights: Rights,
    under_way: u32,
}

/// A call under way, until it is dropped.
#[must_use]
pub(crate) struct UnderWay(Meter);

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.counts().under_way -= 1;
    }
}

/// The (table, action) pairs exercised.
type Rights = BTreeSet<(&'static str, Action)>;

impl Meter {
    /// The sums so far.
    pub fn used(&self) -> Used {
        self.counts().used
    }

    /// Every (table, action) exercised so far.
    pub fn rights(&self) -> BTreeSet<(&'static str, Action)> {
        self.counts().rights.clone()
    }

    pub(crate) fn right(&self, table: &'static str, action: Action) {
        self.counts().rights.insert((table, action));
    }

    pub(crate) fn trip(&self) -> UnderWay {
        let mut counts = self.counts();
        counts.used.trips += 1;
        counts.used.sequential += u64::from(counts.under_way == 0);
        counts.under_way += 1;
        UnderWay(self.clone())
    }

    pub(crate) fn capacity(&self, consumed: &[ConsumedCapacity], wrote: bool) {
        let mut counts = self.counts();
        for entry in consumed {
            let total = entry.capacity_units().unwrap_or(0.0);
            let indexes: f64 = entry.global_secondary_indexes().map_or(0.0, |all| {
                all.values().filter_map(aws_sdk_dynamodb::types::Capacity::capacity_units).sum()
            });
            if wrote {
                counts.used.write_units += total - indexes;
                counts.used.index_units += indexes;
            } else {
                counts.used.read_units += total;
            }
        }
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_made_at_once_are_one_after_the_other_only_once() {
        let meter = Meter::default();
        drop(meter.trip());
        let (first, second) = (meter.trip(), meter.trip());
        drop(first);
        let third = meter.trip();
        drop((second, third));
        drop(meter.trip());
        let used = meter.used();
        assert_eq!((used.trips, used.sequential), (5, 3));
    }
}
