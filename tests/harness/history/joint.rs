//! One look at a day, all bookings together: each stands in one of its ways, and all of them at once
//! must give what was shown.

use super::Span;
use super::place::{joined, without};

/// Beyond so many combinations nothing is said.
const MOST: usize = 4_096;

/// A way a booking may stand within a look: how far it had come, and its minutes.
pub(super) type Way = (usize, Vec<Span>);

/// Two versions that came at one moment: (which booking, how far it is then) twice, by position.
pub(super) type Link = ((usize, usize), (usize, usize));

/// Whether one way of each gives what is owed, nothing that was not taken, and nothing twice.
pub(super) fn fits(ways: &[Vec<Way>], links: &[Link], shown: (&[Span], &[Span])) -> bool {
    let combinations = ways.iter().try_fold(1_usize, |all, ways| all.checked_mul(ways.len()));
    if combinations.is_none_or(|all| all > MOST) {
        return true;
    }
    choose(ways, links, shown, &mut Vec::new())
}

fn choose<'a>(
    ways: &'a [Vec<Way>],
    links: &[Link],
    (taken, owed): (&[Span], &[Span]),
    chosen: &mut Vec<&'a Way>,
) -> bool {
    let Some(next) = ways.get(chosen.len()) else {
        let minutes: Vec<Span> = chosen.iter().flat_map(|way| way.1.iter().copied()).collect();
        let linked = links
            .iter()
            .all(|((one, first), (two, second))| (chosen[*one].0 > *first) == (chosen[*two].0 > *second));
        return linked && without(owed, &joined(minutes)).is_empty();
    };
    next.iter().any(|way| {
        let free =
            chosen.iter().all(|other| !other.1.iter().any(|one| way.1.iter().any(|two| one.meets(*two))));
        let shown = without(&way.1, taken).is_empty();
        chosen.push(way);
        let fits = free && shown && choose(ways, links, (taken, owed), chosen);
        chosen.pop();
        fits
    })
}
