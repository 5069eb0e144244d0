//! How well a time tells which of two sets it is from.

/// The chance that one of `left` is more than one of `right`, equal ones counted half: the area under the
/// curve of a guess by size (Mann and Whitney). One half says nothing, zero and one say everything.
#[allow(clippy::cast_precision_loss, reason = "there are far fewer than 2⁵² times")]
pub fn auc(left: &[f64], right: &[f64]) -> f64 {
    let mut right = right.to_vec();
    right.sort_by(f64::total_cmp);
    let below = |value: f64| right.partition_point(|other| *other < value);
    let up_to = |value: f64| right.partition_point(|other| *other <= value);
    let won: usize = left.iter().map(|value| below(*value) + up_to(*value)).sum();
    won as f64 / 2.0 / left.len() as f64 / right.len() as f64
}

/// What chance alone makes of the area, as a standard deviation, where the sets do not differ.
#[allow(clippy::cast_precision_loss, reason = "there are far fewer than 2⁵² times")]
pub fn deviation(left: usize, right: usize) -> f64 {
    let (left, right) = (left as f64, right as f64);
    ((left + right + 1.0) / (12.0 * left * right)).sqrt()
}

/// The value in the middle; sorts.
pub fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is(seen: f64, expected: f64) -> bool {
        (seen - expected).abs() < 1e-12
    }

    #[test]
    fn sets_apart_tell_everything_and_equal_sets_nothing() {
        assert!(is(auc(&[4.0, 5.0], &[1.0, 2.0, 3.0]), 1.0));
        assert!(is(auc(&[1.0], &[2.0, 3.0]), 0.0));
        assert!(is(auc(&[1.0, 2.0, 2.0], &[2.0, 1.0, 2.0]), 0.5));
        assert!(is(auc(&[1.0, 4.0], &[2.0, 3.0, 5.0]), 1.0 / 3.0));
    }

    #[test]
    fn a_thousand_pairs_are_known_to_about_a_hundredth() {
        assert!((0.012..0.014).contains(&deviation(1000, 1000)));
        assert!(is(median(&mut [3.0, 1.0, 2.0]), 2.0));
    }
}
