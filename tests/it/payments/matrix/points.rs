//! Where a run can go wrong, and how.

use super::*;

/// Whose invocation is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Site {
    /// `payment-confirm`.
    Confirm,
    /// `payments`, paying back.
    Refund,
    /// `payment-checker`.
    Checker,
    /// `payment-webhook`.
    Webhook,
}

pub(super) const SITES: [Site; 4] = [Site::Confirm, Site::Refund, Site::Checker, Site::Webhook];

/// What the provider is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    Confirm,
    Cancel,
    Read,
}

/// One fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Point {
    /// A call to the store, counted within its invocation.
    Store(Site, usize, Fault),
    /// What the provider does with its next call of this kind.
    Provider(Asked, Behaviour),
    /// The same request twice at once.
    Twice(Site),
    /// A quarter of an hour too late: the session, the hold and every deadline are over.
    Late(Site),
}

impl Point {
    /// The invocation it happens to, where it is one of ours.
    pub(super) fn site(self) -> Option<Site> {
        match self {
            Self::Store(site, ..) | Self::Twice(site) | Self::Late(site) => Some(site),
            Self::Provider(..) => None,
        }
    }
}

/// What is done with what was paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Then {
    /// Nothing: it is kept.
    Stays,
    /// The customer cancels in time; the checker pays back.
    Cancels,
    /// The customer asks for the money, which cancels.
    GivesUp,
    /// The customer cancels so late that the terms keep all of it.
    CancelsLate,
    /// Staff pay a part back.
    StaffPart,
    /// Staff pay all of it back.
    StaffAll,
}

const EVERY: [Then; 6] =
    [Then::Stays, Then::Cancels, Then::GivesUp, Then::CancelsLate, Then::StaffPart, Then::StaffAll];

/// One run to be: what happens in it, whether the provider's webhooks arrive, and what goes wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Plan {
    pub then: Then,
    pub hooks: bool,
    pub points: Vec<Point>,
}

/// The stories in which these faults have something to happen to.
fn stories(points: &[Point]) -> Vec<(Then, bool)> {
    let asks =
        |wanted: Asked| points.iter().any(|p| matches!(p, Point::Provider(asked, _) if *asked == wanted));
    let at = |site: Site| points.iter().any(|point| point.site() == Some(site));
    let thens: &[Then] = match (at(Site::Refund), asks(Asked::Cancel)) {
        (true, _) => &[Then::GivesUp, Then::StaffPart, Then::StaffAll],
        (false, true) => &[Then::Cancels, Then::StaffPart, Then::GivesUp, Then::StaffAll],
        (false, false) if at(Site::Checker) => &[Then::Cancels, Then::Stays, Then::GivesUp, Then::StaffPart],
        (false, false) => &EVERY,
    };
    // Only what is told, or found by the checker, is read back.
    let hooks: &[bool] = if at(Site::Webhook) || asks(Asked::Read) { &[true] } else { &[true, false] };
    thens.iter().flat_map(|then| hooks.iter().map(|hooks| (*then, *hooks))).collect()
}

/// How many calls each invocation makes, at most, and which of them may write.
pub(super) type Calls4 = [Vec<bool>; 4];

/// Every fault there is.
pub(super) fn all(calls: &Calls4) -> Vec<Point> {
    let mut points = Vec::new();
    for (site, calls) in SITES.into_iter().zip(calls) {
        for (call, writes) in calls.iter().enumerate() {
            let lasting = [Fault::Refuse, Fault::Throttle, Fault::Die, Fault::Stall];
            let executed: &[Fault] = if *writes {
                &[Fault::LoseReply, Fault::DieAfter, Fault::StallAfter]
            } else {
                &[Fault::LoseReply]
            };
            points.extend(lasting.iter().chain(executed).map(|fault| Point::Store(site, call, *fault)));
        }
        points.extend([Point::Twice(site), Point::Late(site)]);
    }
    for asked in [Asked::Confirm, Asked::Cancel, Asked::Read] {
        let wrong = Behaviour::ALL.into_iter().filter(|behaviour| *behaviour != Behaviour::Approve);
        points.extend(wrong.map(|behaviour| Point::Provider(asked, behaviour)));
    }
    points
}

/// The faults that differ in what follows. A call that is throttled is one that is refused. A read that is
/// refused or unheard is the same read again, below the rules of payments: one in each function stands for them.
/// And between two writes nothing has happened yet: where a function dies or stands still there, its first read
/// stands for all.
pub(super) fn apart(points: &[Point], calls: &Calls4) -> Vec<Point> {
    let differs = |point: &&Point| match **point {
        Point::Store(site, call, fault) => {
            let of = SITES.into_iter().zip(calls).find(|(known, _)| *known == site);
            let writes = |call: usize| of.is_some_and(|(_, writes)| writes.get(call) == Some(&true));
            let first = call.checked_sub(1).is_none_or(writes);
            match fault {
                Fault::Throttle => false,
                Fault::Refuse => writes(call) || call == 0,
                Fault::Die | Fault::Stall => writes(call) || first,
                Fault::LoseReply
                | Fault::DieAfter
                | Fault::StallAfter
                | Fault::Delay(_)
                | Fault::Hang
                | Fault::ServerError
                | Fault::Conflict => writes(call),
            }
        }
        Point::Provider(..) | Point::Twice(_) | Point::Late(_) => true,
    };
    points.iter().filter(differs).copied().collect()
}

/// One run of each fault, or one in every story it fits.
pub(super) fn singles(points: &[Point], every_story: bool) -> Vec<Plan> {
    let plan = |(number, point): (usize, &Point)| {
        let stories = stories(&[*point]);
        let turn = if every_story { 0..stories.len() } else { number..number + 1 };
        let of = turn.map(|turn| stories[turn % stories.len()]);
        of.map(|(then, hooks)| Plan { then, hooks, points: vec![*point] }).collect::<Vec<_>>()
    };
    points.iter().enumerate().flat_map(plan).collect()
}

/// One run of each two faults; the stories take turns.
pub(super) fn pairs(points: &[Point]) -> Vec<Plan> {
    let mut plans = Vec::new();
    for first in points {
        for second in points {
            let pair = [*first, *second];
            // In one invocation after the other, or in the order in which the run comes to them.
            if first.site() == second.site() || position(*first) <= position(*second) {
                let stories = stories(&pair);
                // A step without a common factor with their numbers, so that each fault meets each story.
                let (then, hooks) = stories[plans.len() * 7 % stories.len()];
                plans.push(Plan { then, hooks, points: pair.into() });
            }
        }
    }
    plans
}

/// Two faults of different sites are one pair, whichever is named first.
fn position(point: Point) -> usize {
    match point {
        Point::Provider(Asked::Confirm, _) => 4,
        Point::Provider(Asked::Cancel, _) => 5,
        Point::Provider(Asked::Read, _) => 6,
        Point::Store(site, ..) | Point::Twice(site) | Point::Late(site) => {
            SITES.iter().position(|known| *known == site).unwrap_or_default()
        }
    }
}
