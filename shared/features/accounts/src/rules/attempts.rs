//! Guessing does not pay: when another try is allowed.

use std::net::IpAddr;

use maru_kernel::Timestamp;
use serde::{Deserialize, Serialize};

/// Tries that cost no waiting.
const FREE: u64 = 5;
/// The longest wait, in seconds.
const LONGEST_WAIT: i64 = 15 * 60;
/// Tries after which only a mailed link helps.
const LAST: u64 = 100;
/// Seconds after which tries are forgotten.
const FORGOTTEN: i64 = 24 * 3600;
/// Seconds a full stop lasts where nobody follows the mailed link.
const STOPPED: i64 = 30 * 24 * 3600;

/// Tries at one thing: an address, a device, a person's second factor.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempts {
    /// Counted tries.
    #[serde(default)]
    pub n: u64,
    /// When the next one may be made (epoch seconds).
    #[serde(default)]
    pub next_at: i64,
    /// When they are forgotten (epoch seconds).
    #[serde(default)]
    pub expires_at: i64,
}

/// Whether another try may be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Yes, if it is counted first: what the counter is then, and whether it was the last.
    Go {
        /// The counter with this try.
        counted: Attempts,
        /// Only a mailed link helps from here on.
        last: bool,
    },
    /// Not for this many seconds.
    Wait(u32),
}

impl Attempts {
    /// Whether the last try was made, and is not forgotten yet.
    pub fn is_stopped(self, now: Timestamp) -> bool {
        self.n >= LAST && now.as_second() < self.expires_at
    }

    /// Judges another try at `now`: five are free, then each waits twice as long as the one before, up to
    /// a quarter of an hour; the hundredth is the last.
    pub fn step(self, now: Timestamp) -> Step {
        let second = now.as_second();
        let known = if self.expires_at <= second { Self::default() } else { self };
        let wait = |until: i64| Step::Wait(u32::try_from(until - second).unwrap_or(u32::MAX).max(1));
        if known.is_stopped(now) {
            return wait(known.expires_at);
        }
        if known.next_at > second {
            return wait(known.next_at);
        }
        let n = known.n + 1;
        let delay = match n.checked_sub(FREE) {
            None => 0,
            Some(doublings) => {
                1_i64.checked_shl(u32::try_from(doublings).unwrap_or(63).min(62)).unwrap_or(i64::MAX)
            }
        };
        let last = n >= LAST;
        let expires_at = second + if last { STOPPED } else { FORGOTTEN };
        Step::Go { counted: Self { n, next_at: second + delay.min(LONGEST_WAIT), expires_at }, last }
    }
}

/// So many in each hour of the clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// What is counted; part of the counter's key.
    pub what: &'static str,
    /// How many.
    pub most: u64,
}

/// Mails asked for, for one address.
pub const MAIL_PER_ADDRESS: Limit = Limit { what: "mail", most: 5 };
/// Mails asked for from one place.
pub const MAIL_PER_PLACE: Limit = Limit { what: "mail-place", most: 100 };
/// Wrong passwords from one place. Much higher than for an address: a classroom shares one.
pub const WRONG_PER_PLACE: Limit = Limit { what: "wrong-place", most: 100 };

impl Limit {
    /// The hour a moment is in, and the second it ends.
    pub fn window(now: Timestamp) -> (i64, i64) {
        let hour = now.as_second().div_euclid(3600);
        (hour, (hour + 1) * 3600)
    }
}

/// The place an address of the net stands for: a /24 of IPv4, a /56 of IPv6 (what a household gets).
pub fn place(ip: &str) -> String {
    match ip.parse::<IpAddr>().map(|ip| ip.to_canonical()) {
        Ok(IpAddr::V4(v4)) => {
            let [a, b, c, _] = v4.octets();
            format!("{a}.{b}.{c}")
        }
        Ok(IpAddr::V6(v6)) => {
            let [a, b, c, d, ..] = v6.segments();
            format!("{a:x}:{b:x}:{c:x}:{:x}", d & 0xff00)
        }
        Err(_) => "unknown".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    /// The seconds waited before each of the first `count` tries of somebody who never gives up.
    fn waits(count: usize) -> Vec<i64> {
        let (mut now, mut known, mut waits) = (1_000_000, Attempts::default(), Vec::new());
        for _ in 0..count {
            let before = now;
            if let Step::Wait(seconds) = known.step(at(now)) {
                now += i64::from(seconds);
            }
            let Step::Go { counted, .. } = known.step(at(now)) else { panic!("waiting did not help") };
            known = counted;
            waits.push(now - before);
        }
        waits
    }

    #[test]
    fn five_tries_are_free_and_then_the_waits_double_to_a_quarter_of_an_hour() {
        assert_eq!(waits(17), [0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]);
    }

    #[test]
    fn the_hundredth_is_the_last_and_a_day_without_tries_forgives() {
        assert_eq!(waits(100).len(), 100);
        let spent = Attempts { n: 99, next_at: 0, expires_at: 10_000_000 };
        let Step::Go { counted, last } = spent.step(at(1000)) else { panic!() };
        assert!(last);
        assert!(matches!(counted.step(at(1000 + 29 * 24 * 3600)), Step::Wait(_)));
        let five = Attempts { n: 5, next_at: 0, expires_at: 5000 };
        assert!(matches!(five.step(at(5000)), Step::Go { counted: Attempts { n: 1, .. }, .. }));
    }

    #[test]
    fn neighbours_share_a_place() {
        assert_eq!(place("203.0.113.7"), place("203.0.113.250"));
        assert_ne!(place("203.0.113.7"), place("203.0.114.7"));
        assert_eq!(place("::ffff:203.0.113.7"), place("203.0.113.9"));
        assert_eq!(place("2001:db8:1:2::1"), place("2001:db8:1:ff::9"));
        assert_ne!(place("2001:db8:1:0100::1"), place("2001:db8:1:0200::1"));
        assert_eq!(place("localhost"), "unknown");
    }
}
