//! The book's rules, written down apart from the judge's: which status leads where, and what counts.

use crate::history::*;

/// Where a change may lead from here, by this book's own table.
pub(super) fn ways(seen: &Seen, lapsed: bool, change: &Change) -> Vec<Status> {
    use Status::{Cancelled, Completed, Confirmed, Expired, Held, NoShow, Paying, Pending};
    match (seen.status, change) {
        (Held, Change::Pay) => vec![Confirmed, Paying],
        (Paying, Change::Settle) => vec![Confirmed, Held, Expired],
        (Pending, Change::Approve) => vec![Held, Confirmed],
        (Held, Change::Extend) => vec![Held],
        (Pending, Change::Reject)
        | (Held | Pending | Confirmed, Change::Cancel)
        | (Confirmed, Change::Unblock) => vec![Cancelled],
        (Held | Pending | Confirmed, Change::Reschedule(_) | Change::Swap(_)) if !lapsed => {
            vec![seen.status]
        }
        (Confirmed, Change::CheckIn) | (NoShow, Change::Restore) => vec![Confirmed],
        (Cancelled, Change::Restore) => vec![entry(&seen.place)],
        (Confirmed, Change::Complete) => vec![Completed],
        (Confirmed, Change::NoShow(_)) => vec![NoShow],
        _ => Vec::new(),
    }
}

pub(super) fn occupies(status: Status) -> bool {
    use Status::{Completed, Confirmed, Held, Paying, Pending};
    [Held, Pending, Paying, Confirmed, Completed].contains(&status)
}

pub(super) fn counted(status: Status) -> bool {
    occupies(status) && status != Status::Completed
}

pub(super) fn entry(place: &Place) -> Status {
    match place.resource.0.as_str() {
        "studio" => Status::Pending,
        "court" => Status::Confirmed,
        _ => Status::Held,
    }
}

pub(super) fn touches(one: &Place, two: &Place) -> bool {
    let seats = |place: &Place| match &place.share {
        Share::Seats { departure, .. } => Some(departure.clone()),
        Share::Slots(_) => None,
    };
    let same_tour = seats(one).is_some() && seats(one) == seats(two);
    let rooms =
        one.resource == two.resource && one.spans().iter().any(|a| two.spans().iter().any(|b| a.meets(*b)));
    same_tour || rooms
}
