//! When a hold may have lapsed, and when it surely had.

use super::{Call, History, Moment, Reply, Time};

/// The clock's settings, by reading.
pub(super) struct Clock {
    start: Moment,
    /// Reading, and over this and all later readings: the first begin, the first end.
    ticks: Vec<(Moment, Time, Time)>,
}

impl Clock {
    pub fn of(history: &History) -> Self {
        let mut ticks = Vec::new();
        for event in &history.events {
            if let Call::Tick(now) = event.call {
                // One nobody answered may have come at any time, or never.
                let end = if matches!(event.reply, Reply::Done(_)) { event.end } else { Time::MAX };
                ticks.push((now, event.begin, end));
            }
        }
        ticks.sort_unstable();
        let (mut begin, mut end) = (Time::MAX, Time::MAX);
        for tick in ticks.iter_mut().rev() {
            (begin, end) = (begin.min(tick.1), end.min(tick.2));
            (tick.1, tick.2) = (begin, end);
        }
        Self { start: history.terms.clock, ticks }
    }

    fn reaching(&self, hold: Moment) -> (Time, Time) {
        if hold <= self.start {
            return (0, 0);
        }
        let at = self.ticks.partition_point(|tick| tick.0 < hold);
        self.ticks.get(at).map_or((Time::MAX, Time::MAX), |tick| (tick.1, tick.2))
    }

    /// Before this time the hold was live. Of a hold with an unknown end nothing is sure.
    pub fn live_until(&self, hold: Option<Moment>) -> Time {
        hold.map_or(0, |hold| self.reaching(hold).0)
    }

    /// After this time it was over.
    pub fn over_from(&self, hold: Option<Moment>) -> Time {
        hold.map_or(Time::MAX, |hold| self.reaching(hold).1)
    }
}
