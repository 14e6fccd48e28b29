//! Random numbers for the variation of a poster, derived only from the film’s name and year. They must never change, so
//! the hash (FNV-1a) and the generator (`SplitMix64`) are implemented here, where no library's update can change them.

/// A stream of random numbers. Each decision about a poster has its own stream, by the decision's name, so that a new
/// decision does not change the earlier ones.
#[derive(Clone, Debug)]
pub(crate) struct Seed {
    state: u64,
}

impl Seed {
    /// The stream for one decision about one film.
    pub(crate) fn of(film: &str, decision: &str) -> Self {
        let hash = film
            .bytes()
            .chain([0])
            .chain(decision.bytes())
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
                (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
            });
        Self { state: hash }
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.state;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    /// From 0 to 1, without 1.
    pub(crate) fn unit(&mut self) -> f64 {
        f64::from(u32::try_from(self.next() >> 32).unwrap_or(0)) / 4_294_967_296.0
    }

    /// From `low` to `high`, without `high`.
    pub(crate) fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// A whole number from `low` to `high`, both included.
    pub(crate) fn count(&mut self, low: u32, high: u32) -> u32 {
        let span = u64::from(high.saturating_sub(low)) + 1;
        low + u32::try_from(self.next() % span).unwrap_or(0)
    }

    pub(crate) fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// One or minus one, as the direction in which something leans.
    pub(crate) fn side(&mut self) -> f64 {
        if self.chance(0.5) { 1.0 } else { -1.0 }
    }

    /// One of the choices; an empty array does not compile.
    pub(crate) fn pick<T: Copy, const COUNT: usize>(&mut self, choices: [T; COUNT]) -> T {
        const { assert!(COUNT > 0, "nothing to pick from") };
        choices[self.index(COUNT)]
    }

    /// An index into a list of this length.
    pub(crate) fn index(&mut self, length: usize) -> usize {
        let length = u64::try_from(length.max(1)).unwrap_or(1);
        usize::try_from(self.next() % length).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generator_gives_the_published_numbers_of_splitmix64() {
        let mut seed = Seed { state: 1_234_567 };
        assert_eq!(seed.next(), 6_457_827_717_110_365_317);
        assert_eq!(seed.next(), 3_203_168_211_198_807_973);
    }

    #[test]
    fn two_decisions_about_one_title_do_not_share_their_numbers() {
        assert_ne!(
            Seed::of("a", "palette").unit().to_bits(),
            Seed::of("a", "family").unit().to_bits()
        );
    }
}
