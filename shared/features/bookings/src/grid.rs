//! The grid: instants of a room as numbered slots of its local days.
//!
//! Slots are counted by elapsed time from the day's first instant, so a day with a daylight-saving
//! change simply has more or fewer of them and no slot is ever met twice.

use jiff::civil::{Date, DateTime};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{SignedDuration, Timestamp};

/// The zone and slot length of a room.
#[derive(Debug, Clone)]
pub struct Grid {
    zone: TimeZone,
    slot: SignedDuration,
}

/// Consecutive slots of one local day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// The local day.
    pub day: Date,
    /// First slot.
    pub from: u16,
    /// One behind the last.
    pub to: u16,
}

impl Grid {
    /// The grid of `slot_minutes` in an IANA zone; `None` if there is no such zone or the slot is zero.
    pub fn new(zone: &str, slot_minutes: u16) -> Option<Self> {
        let slot = SignedDuration::from_mins(i64::from(slot_minutes));
        let zone = TimeZone::get(zone).ok()?;
        (!slot.is_zero()).then_some(Self { zone, slot })
    }

    /// The zone.
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// The local day of an instant.
    pub fn day_of(&self, at: Timestamp) -> Date {
        at.to_zoned(self.zone.clone()).date()
    }

    /// The first instant of a local day.
    pub fn first_of(&self, day: Date) -> Option<Timestamp> {
        day.to_zoned(self.zone.clone()).ok().map(|zoned| zoned.timestamp())
    }

    /// The instant of a wall-clock time: of one that comes twice the first, `None` for one the clocks skip.
    pub fn at_wall(&self, wall: DateTime) -> Option<Timestamp> {
        let at = self.zone.to_ambiguous_timestamp(wall);
        match at.offset() {
            AmbiguousOffset::Gap { .. } => None,
            AmbiguousOffset::Unambiguous { .. } | AmbiguousOffset::Fold { .. } => at.earlier().ok(),
        }
    }

    /// The instant of a minute of a local day by the wall clock.
    pub fn at_minute(&self, day: Date, minute: u16) -> Option<Timestamp> {
        let clock = jiff::civil::time(i8::try_from(minute / 60).ok()?, i8::try_from(minute % 60).ok()?, 0, 0);
        self.at_wall(day.to_datetime(clock))
    }

    /// How many slots the local day has (a last shorter one counts not).
    pub fn slots_of(&self, day: Date) -> Option<u16> {
        let next = self.first_of(day.tomorrow().ok()?)?;
        self.slot_at(day, next).map(|(slot, _)| slot)
    }

    /// The first instant of a slot.
    pub fn start_of(&self, day: Date, slot: u16) -> Option<Timestamp> {
        let offset = self.slot.checked_mul(i32::from(slot))?;
        self.first_of(day)?.checked_add(offset).ok()
    }

    /// The slot of `day` an instant lies in, and whether it is the slot's first instant.
    pub fn slot_at(&self, day: Date, at: Timestamp) -> Option<(u16, bool)> {
        let elapsed = at.duration_since(self.first_of(day)?).as_secs();
        let slot = self.slot.as_secs();
        let index = u16::try_from(elapsed.checked_div_euclid(slot)?).ok()?;
        Some((index, elapsed.checked_rem_euclid(slot)? == 0 && at.subsec_nanosecond() == 0))
    }

    /// The first slot of a day that has not begun at `now`.
    pub fn first_ahead(&self, day: Date, now: Timestamp) -> u16 {
        if self.first_of(day).is_some_and(|first| now <= first) {
            return 0;
        }
        // A day long past has no slot ahead.
        self.slot_at(day, now).map_or(u16::MAX, |(slot, begins)| if begins { slot } else { slot + 1 })
    }

    /// Whether an instant lies on the grid.
    pub fn is_on(&self, at: Timestamp) -> bool {
        self.slot_at(self.day_of(at), at).is_some_and(|(_, exact)| exact)
    }

    /// The slots of a half-open interval, day by day. Empty unless both ends lie on the grid and the
    /// interval is longer than nothing.
    pub fn spans(&self, start: Timestamp, end: Timestamp) -> Vec<Span> {
        if end <= start || !self.is_on(start) || !self.is_on(end) {
            return Vec::new();
        }
        let mut spans = Vec::new();
        let mut day = self.day_of(start);
        let mut at = start;
        while at < end {
            let Some(next) = day.tomorrow().ok().and_then(|d| Some((d, self.first_of(d)?))) else { break };
            let until = end.min(next.1);
            let from = self.slot_at(day, at).map(|(slot, _)| slot);
            let to = self.slot_at(day, until).map(|(slot, _)| slot);
            if let (Some(from), Some(to)) = (from, to) {
                spans.push(Span { day, from, to });
            }
            (day, at) = next;
        }
        spans
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn ten_to_twelve_in_seoul_is_slots_forty_to_forty_eight() {
        let grid = Grid::new("Asia/Seoul", 15).unwrap();
        let spans = grid.spans(at("2026-12-01T10:00:00+09:00"), at("2026-12-01T12:00:00+09:00"));
        assert_eq!(spans, [Span { day: "2026-12-01".parse().unwrap(), from: 40, to: 48 }]);
    }

    #[test]
    fn over_midnight_touches_two_days_and_the_same_instant_in_guam_another_day() {
        let grid = Grid::new("Asia/Seoul", 15).unwrap();
        let spans = grid.spans(at("2026-12-01T23:30:00+09:00"), at("2026-12-02T00:30:00+09:00"));
        assert_eq!(spans.iter().map(|s| (s.from, s.to)).collect::<Vec<_>>(), [(94, 96), (0, 2)]);
        let guam = Grid::new("Pacific/Guam", 15).unwrap();
        assert_eq!(guam.day_of(at("2026-12-01T23:30:00+09:00")).to_string(), "2026-12-02");
    }

    #[test]
    fn a_day_with_a_clock_change_has_more_or_fewer_slots() {
        let grid = Grid::new("America/New_York", 15).unwrap();
        assert_eq!(grid.slots_of("2026-03-08".parse().unwrap()), Some(92));
        assert_eq!(grid.slots_of("2026-11-01".parse().unwrap()), Some(100));
        assert_eq!(grid.slots_of("2026-12-01".parse().unwrap()), Some(96));
    }

    #[test]
    fn off_the_grid_there_is_nothing() {
        let grid = Grid::new("Asia/Seoul", 15).unwrap();
        for wrong in ["2026-12-01T10:07:00+09:00", "2026-12-01T10:00:01+09:00", "2026-12-01T10:00:00.5+09:00"]
        {
            assert!(grid.spans(at(wrong), at("2026-12-01T12:00:00+09:00")).is_empty(), "{wrong}");
        }
    }

    proptest! {
        /// Two aligned intervals overlap exactly when their slots meet: the ledger cannot miss a clash.
        #[test]
        fn intervals_overlap_exactly_when_they_share_a_slot(
            zone in prop::sample::select(vec!["Asia/Seoul", "Pacific/Guam", "America/New_York", "Europe/Berlin"]),
            day in 0_i64..3000, a in 0_i64..192, alen in 1_i64..32, b in 0_i64..192, blen in 1_i64..32,
        ) {
            let grid = Grid::new(zone, 15).unwrap();
            let base = 1_767_225_600 + day * 86_400;
            let instant = |quarter: i64| Timestamp::from_second(base + quarter * 900).unwrap();
            let slots = |start: i64, len: i64| -> std::collections::BTreeSet<(Date, u16)> {
                grid.spans(instant(start), instant(start + len)).into_iter().flat_map(|s| (s.from..s.to).map(move |k| (s.day, k))).collect()
            };
            let (left, right) = (slots(a, alen), slots(b, blen));
            prop_assert_eq!(i64::try_from(left.len()).unwrap(), alen);
            let overlap = a < b + blen && b < a + alen;
            prop_assert_eq!(overlap, !left.is_disjoint(&right));
        }
    }
}
