//! The arithmetic of measuring: percentiles, ratios, units. Knows nothing of functions.

use std::time::Duration;

/// The nearest-rank percentile: a value that was measured, never one in between.
pub fn percentile<T: Copy + Ord>(values: &[T], percent: usize) -> Option<T> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    let rank = (sorted.len() * percent.min(100)).div_ceil(100);
    sorted.get(rank.saturating_sub(1)).copied()
}

/// The middle value; of two in the middle, the lower.
pub fn median<T: Copy + Ord>(values: impl IntoIterator<Item = T>) -> Option<T> {
    percentile(&values.into_iter().collect::<Vec<T>>(), 50)
}

/// How many times the baseline this took, to the thousandth.
pub fn ratio(time: Duration, baseline: Duration) -> Option<f64> {
    (!baseline.is_zero()).then(|| thousandths(time.as_secs_f64() / baseline.as_secs_f64()))
}

/// Milliseconds, to the microsecond.
pub fn milliseconds(time: Duration) -> f64 {
    thousandths(time.as_secs_f64() * 1e3)
}

/// Millions of bytes, to the thousand; the decimal unit is the stricter one for a limit.
pub fn megabytes(bytes: usize) -> f64 {
    f64::from(u32::try_from(bytes.div_ceil(1_000)).unwrap_or(u32::MAX)) / 1e3
}

fn thousandths(value: f64) -> f64 {
    (value * 1e3).round() / 1e3
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[track_caller]
    fn same(left: f64, right: f64) {
        assert!((left - right).abs() < 1e-9, "{left} is not {right}");
    }

    #[test]
    fn a_percentile_is_the_nearest_rank() {
        let hundred: Vec<u32> = (1..=100).rev().collect();
        assert_eq!(percentile(&hundred, 50), Some(50));
        assert_eq!(percentile(&hundred, 99), Some(99));
        assert_eq!(percentile(&hundred, 100), Some(100));
        assert_eq!(percentile(&hundred, 0), Some(1));
    }

    #[test]
    fn one_value_is_every_percentile_of_itself() {
        assert_eq!(percentile(&[7], 1), Some(7));
        assert_eq!(percentile(&[7], 99), Some(7));
    }

    #[test]
    fn nothing_measured_has_no_percentile() {
        assert_eq!(percentile::<u32>(&[], 50), None);
        assert_eq!(median(Vec::<u32>::new()), None);
    }

    #[test]
    fn one_slow_run_does_not_move_the_median() {
        assert_eq!(median([3, 900, 1, 2, 4]), Some(3));
        assert_eq!(median([4, 1, 3, 2]), Some(2));
    }

    #[test]
    fn a_ratio_is_rounded_to_the_thousandth() {
        same(ratio(MS * 3, MS * 2).unwrap(), 1.5);
        same(ratio(MS * 2, MS * 3).unwrap(), 0.667);
        same(ratio(MS, MS).unwrap(), 1.0);
    }

    #[test]
    fn nothing_is_compared_with_no_time_at_all() {
        assert_eq!(ratio(MS, Duration::ZERO), None);
    }

    #[test]
    fn units_are_milliseconds_and_millions_of_bytes() {
        same(milliseconds(Duration::from_nanos(1_234_567)), 1.235);
        same(megabytes(4_000_000), 4.0);
        same(megabytes(4_000_001), 4.001);
        same(megabytes(0), 0.0);
    }
}
