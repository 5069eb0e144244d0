//! Intervals of time, found by the time they meet.

use super::Time;

/// Things with a first and a last time, in a tree over the first ones that knows the latest last one
/// below each node.
pub(super) struct Timeline<T> {
    items: Vec<(Time, Time, T)>,
    latest: Vec<Time>,
}

impl<T> Timeline<T> {
    pub fn of(mut items: Vec<(Time, Time, T)>) -> Self {
        items.sort_by_key(|item| item.0);
        let mut latest = vec![0; items.len()];
        fill(&items, &mut latest, 0, items.len());
        Self { items, latest }
    }

    /// Visits what may have been between two times, both included, until `done` says so.
    pub fn any_during(&self, begin: Time, end: Time, mut done: impl FnMut(&T) -> bool) -> bool {
        let mut open = vec![(0, self.items.len())];
        while let Some((from, to)) = open.pop() {
            if from >= to {
                continue;
            }
            let middle = usize::midpoint(from, to);
            let (first, last, item) = &self.items[middle];
            if self.latest[middle] < begin {
                continue;
            }
            if *first <= end && begin <= *last && done(item) {
                return true;
            }
            open.push((from, middle));
            if *first <= end {
                open.push((middle + 1, to));
            }
        }
        false
    }
}

fn fill<T>(items: &[(Time, Time, T)], latest: &mut [Time], from: usize, to: usize) -> Time {
    if from >= to {
        return 0;
    }
    let middle = usize::midpoint(from, to);
    let below = fill(items, latest, from, middle).max(fill(items, latest, middle + 1, to));
    latest[middle] = below.max(items[middle].1);
    latest[middle]
}
