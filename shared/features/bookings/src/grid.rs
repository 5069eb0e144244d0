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
    /// interval has a whole slot of each day it touches: where clocks change by less than a slot, the rest
    /// of that day is none.
    pub fn spans(&self, start: Timestamp, end: Timestamp) -> Vec<Span> {
        if end <= start || !self.is_on(start) || !self.is_on(end) {
            return Vec::new();
        }
        let mut spans = Vec::new();
        let mut day = self.day_of(start);
        let mut at = start;
        while at < end {
            let next = day.tomorrow().ok().and_then(|d| Some((d, self.first_of(d)?)));
            let Some(next) = next else { return Vec::new() };
            let until = end.min(next.1);
            let from = self.slot_at(day, at).map(|(slot, _)| slot);
            let to = self.slot_at(day, until).map(|(slot, _)| slot);
            let (Some(from), Some(to)) = (from, to) else { return Vec::new() };
            if from == to {
                return Vec::new();
            }
            spans.push(Span { day, from, to });
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

    /// Clocks that change at midnight, by half an hour, by a whole day, in the south, or never.
    const ZONES: [&str; 10] = [
        "Asia/Seoul",
        "Pacific/Guam",
        "America/New_York",
        "Europe/Berlin",
        "America/Sao_Paulo",
        "Asia/Beirut",
        "Australia/Lord_Howe",
        "Pacific/Apia",
        "Africa/Casablanca",
        "Asia/Kathmandu",
    ];

    /// A day around every clock change from 2000 to 2040, in each zone.
    #[test]
    fn whatever_the_clocks_do_each_instant_of_a_day_is_in_one_slot() {
        let (from, until) = (at("2000-01-01T00:00:00Z"), at("2041-01-01T00:00:00Z"));
        let mut changes = 0;
        for zone in ZONES {
            let grid = Grid::new(zone, 15).unwrap();
            for change in grid.zone().following(from).take_while(|change| change.timestamp() < until) {
                changes += 1;
                let middle = grid.day_of(change.timestamp());
                for day in [middle.yesterday().unwrap(), middle, middle.tomorrow().unwrap()] {
                    a_day_adds_up(&grid, day);
                }
            }
        }
        assert!(changes > 400, "{changes} clock changes");
    }

    fn a_day_adds_up(grid: &Grid, day: Date) {
        let (first, next) = (grid.first_of(day).unwrap(), grid.first_of(day.tomorrow().unwrap()).unwrap());
        let slots = grid.slots_of(day).unwrap();
        assert_eq!(next.duration_since(first), grid.slot * i32::from(slots), "{day} in {:?}", grid.zone());
        for slot in 0..slots {
            let start = grid.start_of(day, slot).unwrap();
            assert_eq!((grid.day_of(start), grid.slot_at(day, start)), (day, Some((slot, true))));
            let last = start.checked_add(SignedDuration::from_secs(899)).unwrap();
            assert_eq!((grid.day_of(last), grid.slot_at(day, last)), (day, Some((slot, false))));
            assert_eq!(grid.first_ahead(day, last), slot + 1);
        }
        let mut before = None;
        for minute in (0..1440).step_by(15) {
            let Some(found) = grid.at_minute(day, minute) else { continue };
            assert!(grid.day_of(found) == day && grid.is_on(found), "{minute} of {day}");
            assert!(before < Some(found), "the wall clock of {day} goes back at {minute}");
            before = Some(found);
        }
        // Over the whole day and into its neighbours nothing is missing.
        let spans = grid.spans(first, next);
        let whole = Span { day, from: 0, to: slots };
        // A date line crossed skips a day, which then has no slots and no span.
        assert!(if slots == 0 { spans.is_empty() } else { spans == [whole] }, "{day}: {spans:?}");
    }

    #[test]
    fn where_clocks_change_by_half_a_slot_the_rest_of_the_day_is_nobodys() {
        let grid = Grid::new("Australia/Lord_Howe", 60).unwrap();
        let day: Date = "2026-10-04".parse().unwrap();
        let next = grid.first_of(day.tomorrow().unwrap()).unwrap();
        let rest = grid.start_of(day, grid.slots_of(day).unwrap()).unwrap();
        assert_eq!(next.duration_since(rest), SignedDuration::from_mins(30));
        assert!(grid.spans(rest, next).is_empty());
        let hour = SignedDuration::from_hours(1);
        assert!(grid.spans(rest, next.checked_add(hour).unwrap()).is_empty());
        assert_eq!(grid.spans(rest.checked_sub(hour).unwrap(), next).len(), 1);
    }

    proptest! {
        /// Two aligned intervals overlap exactly when their slots meet: the ledger cannot miss a clash.
        /// `PROPTEST_CASES=1000000` tries a million pairs.
        #[test]
        fn intervals_overlap_exactly_when_they_share_a_slot(
            zone in prop::sample::select(&ZONES[..]), slot in prop::sample::select(&[5_i64, 15, 30, 60][..]),
            day in 0_i64..15_000, a in 0_i64..192, alen in 1_i64..32, b in 0_i64..192, blen in 1_i64..32,
        ) {
            let grid = Grid::new(zone, u16::try_from(slot).unwrap()).unwrap();
            let base = grid.first_of(grid.day_of(Timestamp::from_second(946_684_800 + day * 86_400).unwrap()));
            let instant = |n: i64| base.unwrap().checked_add(SignedDuration::from_mins(n * slot)).unwrap();
            let slots = |start: i64, len: i64| -> std::collections::BTreeSet<(Date, u16)> {
                let spans = grid.spans(instant(start), instant(start + len)).into_iter();
                spans.flat_map(|s| (s.from..s.to).map(move |k| (s.day, k))).collect()
            };
            let (left, right) = (slots(a, alen), slots(b, blen));
            // Only where clocks change by half a slot can one be off the grid.
            if slot == 60 && (left.is_empty() || right.is_empty()) {
                return Ok(());
            }
            prop_assert_eq!(i64::try_from(left.len()).unwrap(), alen);
            let overlap = a < b + blen && b < a + alen;
            prop_assert_eq!(overlap, !left.is_disjoint(&right));
        }
    }
}
