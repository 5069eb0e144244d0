//! Places: intervals of rooms, seats of departures, and what two of them have in common.

use super::Minute;

/// A room or a tour.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Resource(pub String);

/// Half-open: what ends at eleven does not touch what begins at eleven.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    pub from: Minute,
    pub to: Minute,
}

impl Span {
    pub const fn new(from: Minute, to: Minute) -> Self {
        Self { from, to }
    }

    pub const fn meets(self, other: Self) -> bool {
        self.from < other.to && other.from < self.to
    }

    /// What both cover, if anything.
    pub fn common(self, other: Self) -> Option<Self> {
        let common = Self { from: self.from.max(other.from), to: self.to.min(other.to) };
        (common.from < common.to).then_some(common)
    }
}

/// A share of a resource.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Share {
    /// Occupied minutes with their buffers; several for a series.
    Slots(Vec<Span>),
    Seats {
        departure: String,
        seats: u32,
    },
}

/// What a booking occupies.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    pub resource: Resource,
    pub share: Share,
}

impl Place {
    /// Its minutes: none of a departure's.
    pub fn spans(&self) -> &[Span] {
        match &self.share {
            Share::Slots(spans) => spans,
            Share::Seats { .. } => &[],
        }
    }

    /// Its minutes of this resource within `day`, sorted and joined.
    pub(super) fn within(&self, resource: &Resource, day: Span) -> Vec<Span> {
        if self.resource != *resource {
            return Vec::new();
        }
        joined(self.spans().iter().filter_map(|span| span.common(day)).collect())
    }

    /// Its minutes before this one.
    pub(super) fn before(&self, minute: Minute) -> Self {
        let past = Span::new(Minute::MIN, minute);
        let spans = self.spans().iter().filter_map(|span| span.common(past)).collect();
        Self { resource: self.resource.clone(), share: Share::Slots(spans) }
    }

    /// Whether two bookings could not both have these minutes. Seats are a matter of counting.
    pub(super) fn meets(&self, other: &Self) -> bool {
        self.resource == other.resource
            && self.spans().iter().any(|one| other.spans().iter().any(|two| one.meets(*two)))
    }

    /// The seats of the other one, if both are on one departure.
    pub(super) fn seats_beside(&self, other: &Self) -> Option<u32> {
        match (&self.share, &other.share) {
            (Share::Seats { departure, .. }, Share::Seats { departure: there, seats }) => {
                (self.resource == other.resource && departure == there).then_some(*seats)
            }
            (Share::Slots(_), _) | (Share::Seats { .. }, Share::Slots(_)) => None,
        }
    }

    /// What a booking that stands at one of two places surely has.
    pub(super) fn common(&self, other: &Self) -> Option<Self> {
        if self.resource != other.resource {
            return None;
        }
        let share = match (&self.share, &other.share) {
            (Share::Slots(one), Share::Slots(two)) => Share::Slots(
                one.iter().flat_map(|one| two.iter().filter_map(|two| one.common(*two))).collect(),
            ),
            (Share::Seats { departure, seats }, Share::Seats { departure: other, seats: most }) => {
                if departure != other {
                    return None;
                }
                Share::Seats { departure: departure.clone(), seats: (*seats).min(*most) }
            }
            (Share::Slots(_), Share::Seats { .. }) | (Share::Seats { .. }, Share::Slots(_)) => return None,
        };
        Some(Self { resource: self.resource.clone(), share })
    }
}

/// Sorted, with what touches or overlaps made one.
pub(super) fn joined(mut spans: Vec<Span>) -> Vec<Span> {
    spans.retain(|span| span.from < span.to);
    spans.sort_unstable();
    let mut joined: Vec<Span> = Vec::with_capacity(spans.len());
    for span in spans {
        match joined.last_mut() {
            Some(last) if span.from <= last.to => last.to = last.to.max(span.to),
            Some(_) | None => joined.push(span),
        }
    }
    joined
}

/// What is left of `whole` without `parts`; both joined.
pub(super) fn without(whole: &[Span], parts: &[Span]) -> Vec<Span> {
    let mut left = Vec::new();
    for span in whole {
        let mut from = span.from;
        for part in parts.iter().filter(|part| part.meets(*span)) {
            if part.from > from {
                left.push(Span::new(from, part.from));
            }
            from = from.max(part.to);
        }
        if from < span.to {
            left.push(Span::new(from, span.to));
        }
    }
    left
}
