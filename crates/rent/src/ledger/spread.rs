//! Spreading an amount over several parts, in whole minor units, so that the parts are exactly the amount.

/// Spreads an amount over weights in proportion, by largest remainder: each part is its exact share, rounded down or up,
/// and where remainders are equal the earlier part is rounded up. Without weights above zero every part is zero.
/// Neither the amount nor a weight is negative.
pub(super) fn spread(amount: i64, weights: &[i64]) -> Vec<i64> {
    let whole: i128 = weights.iter().copied().map(i128::from).sum();
    if whole <= 0 {
        return vec![0; weights.len()];
    }
    let share = |weight: &i64| i128::from(amount) * i128::from(*weight);
    let mut parts: Vec<i64> = weights.iter().map(|weight| narrow(share(weight) / whole)).collect();
    let mut by_remainder: Vec<usize> = (0..weights.len()).collect();
    by_remainder.sort_by_key(|index| std::cmp::Reverse(share(&weights[*index]) % whole));
    let left = amount - parts.iter().sum::<i64>();
    let rounded_up = usize::try_from(left).unwrap_or_default();
    for index in by_remainder.into_iter().take(rounded_up) {
        parts[index] += 1;
    }
    parts
}

/// The part of what is left of something that goes with a part of what is left of a whole, rounded half up. The last part
/// of the whole takes all that is left.
pub(super) fn part(left: i64, amount: i64, of: i64) -> i64 {
    if amount >= of {
        return left;
    }
    let of = i128::from(of);
    narrow((i128::from(left) * i128::from(amount) * 2 + of) / (of * 2))
}

/// A share is never more than what it is a share of.
fn narrow(share: i128) -> i64 {
    i64::try_from(share).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The largest amount of money.
    const MOST: i64 = 1_000_000_000_000;

    #[test]
    fn a_third_of_an_odd_amount_is_rounded_once() {
        assert_eq!(spread(100, &[1, 1, 1]), [34, 33, 33]);
        assert_eq!(spread(1, &[1, 1, 1]), [1, 0, 0]);
        assert_eq!(spread(5480, &[1490, 3990]), [1490, 3990]);
        assert_eq!(spread(0, &[1, 2]), [0, 0]);
        assert_eq!(spread(7, &[0, 0]), [0, 0]);
        assert_eq!(spread(MOST, &[MOST, MOST, MOST]).iter().sum::<i64>(), MOST);
    }

    proptest! {
        #[test]
        fn parts_sum_to_the_amount_and_are_within_one_of_their_share(
            amount in 0..=MOST,
            weights in prop::collection::vec(1..=MOST, 1..12),
        ) {
            let parts = spread(amount, &weights);
            prop_assert_eq!(parts.iter().sum::<i64>(), amount);
            let whole: i128 = weights.iter().copied().map(i128::from).sum();
            for (part, weight) in parts.iter().zip(&weights) {
                let share = i128::from(amount) * i128::from(*weight);
                prop_assert!(*part >= 0);
                prop_assert!((i128::from(*part) * whole - share).abs() < whole);
            }
        }

        #[test]
        fn parts_of_what_is_left_end_at_zero_and_are_never_negative(
            weights in prop::collection::vec(0..=MOST, 1..5),
            cuts in prop::collection::vec(1..=100_i64, 0..8),
        ) {
            let mut left = weights;
            let refund = |left: &mut Vec<i64>, amount: i64| {
                let parts = spread(amount, left);
                for (left, part) in left.iter_mut().zip(&parts) {
                    *left -= part;
                }
                (parts, left.clone())
            };
            for cut in cuts {
                let amount = left.iter().sum::<i64>() * cut / 100;
                let (parts, left) = refund(&mut left, amount);
                prop_assert_eq!(parts.iter().sum::<i64>(), amount);
                prop_assert!(parts.iter().chain(&left).all(|minor| *minor >= 0), "{:?} {:?}", parts, left);
            }
            let rest = left.iter().sum();
            let (_, left) = refund(&mut left, rest);
            prop_assert!(left.iter().all(|minor| *minor == 0));
        }

        #[test]
        fn a_part_of_what_is_left_is_never_more_than_it(left in 0..=MOST, of in 1..=MOST, share in 0..=100_i64) {
            let amount = of * share / 100;
            let taken = part(left, amount, of);
            prop_assert!((0..=left).contains(&taken));
            prop_assert_eq!(part(left, of, of), left);
            prop_assert_eq!(part(left, 0, of), 0);
            prop_assert_eq!(part(left, 0, 0), left);
        }
    }
}
