//! The times of a wish: as instants, by the room's rules, and without those that are taken.

use jiff::Timestamp;
use maru_kernel::{FieldError, RoomId, Said};

use super::plan::{Offered, Plan, When};
use super::wish::{Skipped, Times};
use crate::BookingError;
use crate::gate::{Ledger, Taker};
use crate::model::{Interval, What};
use crate::rules;

/// The instants of the wished times.
pub(crate) fn instants(times: &Times, offered: &Offered) -> Result<Vec<Interval>, BookingError> {
    let grid = offered.grid();
    let read = |when: When, pointer: &'static str| {
        let said = || Said::new("시각이 올바르지 않습니다.", "Not a point in time.");
        when.in_zone(grid)
            .ok_or_else(|| BookingError::Invalid(vec![FieldError::new(pointer, "type", said())]))
    };
    let pair = |start: &When, end: &When| {
        Ok(Interval { start: read(*start, "/start_time")?, end: read(*end, "/end_time")? })
    };
    let mut all = match times {
        Times::One(start, end) => vec![pair(start, end)?],
        Times::Listed(pairs) => pairs.iter().map(|(s, e)| pair(s, e)).collect::<Result<_, BookingError>>()?,
        Times::Repeated(start, end, repeat) => {
            rules::expand(repeat, start.wall(grid.zone()), end.wall(grid.zone()), grid)
        }
    };
    all.sort_unstable();
    if all.is_empty() || all.len() > rules::MOST_TIMES {
        let most = rules::MOST_TIMES;
        let said = Said::new(format!("1~{most}번이어야 합니다."), format!("Must be 1 to {most} times."));
        return Err(BookingError::Invalid(vec![FieldError::new("/repeat", "range", said)]));
    }
    Ok(all)
}

/// What the times of a room come to; with `skip`, without those a rule refuses.
pub(super) fn hours(
    offered: &Offered,
    room_id: RoomId,
    times: &[Interval],
    skip: bool,
    (now, staff): (Timestamp, bool),
) -> Result<(Plan, Vec<Skipped>), BookingError> {
    let (mut parts, mut skipped) = (Vec::new(), Vec::new());
    for time in times {
        match offered.plan_hours(*time, now, staff) {
            Ok(part) => parts.push(part),
            Err(reasons) if skip => {
                let code = reasons.first().map_or("refused", |reason| reason.code);
                skipped.push(Skipped { time: *time, code });
            }
            Err(reasons) => return Err(BookingError::Invalid(reasons)),
        }
    }
    if parts.is_empty() {
        // Not one time is allowed: say why not of the first.
        let first = times.first().map(|time| offered.plan_hours(*time, now, staff));
        return Err(BookingError::Invalid(first.and_then(Result::err).unwrap_or_default()));
    }
    Ok((Plan { what: What::Room(room_id), parts }, skipped))
}

/// Leaves out of a plan what cannot be had, each time tried behind those before it.
pub(super) fn leave_out_taken(ledger: &Ledger, plan: &mut Plan, taker: Taker) -> Vec<Skipped> {
    let mut trial = ledger.clone();
    let mut skipped = Vec::new();
    plan.parts.retain(|part| {
        let fits = trial.take(&part.claim, taker).is_ok();
        if !fits {
            skipped.push(Skipped { time: part.time, code: "taken" });
        }
        fits
    });
    skipped
}
