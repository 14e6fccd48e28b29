//! The median of some figures, and an interval in which the true median lies.

use serde::Serialize;

/// The confidence that an interval has if there are enough figures.
const WANTED: f64 = 0.95;
/// An interval with less confidence than this allows no conclusion; it takes five figures.
const SURE: f64 = 0.9;

/// A median and its interval, by order statistics: two of the sorted figures between which the true median lies with a
/// probability of at least 95 %, whatever the distribution. Of five figures even the smallest and the largest reach
/// only 93.75 %; then that is the confidence.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(crate) struct Interval {
    pub(crate) low: f64,
    pub(crate) median: f64,
    pub(crate) high: f64,
    /// The probability that the true median lies in the interval.
    pub(crate) confidence: f64,
}

impl Interval {
    /// None if there are no figures, or if one is not finite.
    pub(crate) fn of(figures: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut figures: Vec<f64> = figures.into_iter().collect();
        if figures.is_empty() || !figures.iter().all(|figure| figure.is_finite()) {
            return None;
        }
        figures.sort_by(f64::total_cmp);
        let count = figures.len();
        let (trim, confidence) = trimmed(count);
        Some(Self {
            low: figures[trim],
            median: f64::midpoint(figures[(count - 1) / 2], figures[count / 2]),
            high: figures[count - 1 - trim],
            confidence,
        })
    }

    /// The width of the interval as a share of its median.
    pub(crate) fn width(&self) -> f64 {
        (self.high - self.low) / self.median
    }

    /// Whether a ratio is above one with sufficient confidence.
    pub(crate) fn is_more(&self) -> bool {
        self.low > 1.0 && self.confidence > SURE
    }

    /// Whether a ratio is below one with sufficient confidence.
    pub(crate) fn is_less(&self) -> bool {
        self.high < 1.0 && self.confidence > SURE
    }

    /// Whether all runs of a ratio were on the same side of one, although there were too few for a conclusion.
    pub(crate) fn leans(&self) -> bool {
        !self.is_clear() && (self.low > 1.0 || self.high < 1.0) && self.confidence <= SURE
    }

    pub(crate) fn is_clear(&self) -> bool {
        self.is_more() || self.is_less()
    }
}

/// How many figures at each end can be left out, and the confidence of the interval between the others.
fn trimmed(count: usize) -> (usize, f64) {
    // The number of figures below the median has the distribution of tosses of a fair coin.
    let mut probability = 0.5_f64.powi(i32::try_from(count).unwrap_or(i32::MAX));
    let (mut below, mut best) = (0.0, (0, 0.0));
    for trim in 0..count.div_ceil(2) {
        below += probability;
        let confidence = 1.0 - 2.0 * below;
        if trim > 0 && confidence < WANTED {
            break;
        }
        best = (trim, confidence.max(0.0));
        probability *= to_f64(count - trim) / to_f64(trim + 1);
    }
    best
}

#[expect(clippy::cast_precision_loss, reason = "there are few figures")]
fn to_f64(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(interval: &Interval) -> String {
        format!("{} {} {}", interval.low, interval.median, interval.high)
    }

    #[test]
    fn of_five_runs_the_interval_is_from_the_least_to_the_greatest() {
        let interval = Interval::of([3.0, 1.0, 5.0, 2.0, 4.0]).unwrap();
        assert_eq!(written(&interval), "1 3 5");
        assert!((interval.confidence - 0.9375).abs() < 1e-12, "{interval:?}");
    }

    #[test]
    fn of_many_figures_the_ends_are_left_out_as_far_as_95_percent_allows() {
        // As in statistical tables: of 20 figures the 6th and the 15th, with 95.86 %.
        let interval = Interval::of((1..=20).map(f64::from)).unwrap();
        assert_eq!(written(&interval), "6 10.5 15");
        assert!((interval.confidence - 0.9586).abs() < 1e-4, "{interval:?}");
    }

    #[test]
    fn what_was_measured_three_times_is_not_sure_whatever_it_is() {
        let ratio = |runs: usize| Interval::of(vec![2.0; runs]).unwrap();
        assert!(!ratio(3).is_clear() && ratio(3).leans());
        assert!(!ratio(5).leans());
        assert!(ratio(5).is_more() && !ratio(5).is_less());
    }

    #[test]
    fn of_nothing_there_is_no_interval() {
        assert_eq!(Interval::of([]), None);
        assert_eq!(Interval::of([f64::NAN]), None);
        assert!(Interval::of([1.0]).unwrap().confidence < 1e-12);
    }
}
