//! The identities of the films of one run, to recognize a film that occurs twice.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::{BuildHasher, RandomState};

/// The most films of one run; their identities are held in memory until it ends.
const FILMS_LIMIT: usize = 1_000_000;

/// Identities, and the rows that they came from.
pub(crate) struct Identities<P> {
    places: HashMap<u128, P>,
    /// An identity is stored as two hashes, so that a million films take tens of megabytes.
    hashers: [RandomState; 2],
    limit: usize,
}

/// What is known about an identity.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Known<P> {
    /// It is new, and is recorded now.
    New,
    At(P),
    /// The run has more films than allowed.
    TooMany(usize),
}

impl<P: Copy> Identities<P> {
    pub(crate) fn new() -> Self {
        Self::within(FILMS_LIMIT)
    }

    fn within(limit: usize) -> Self {
        Self {
            places: HashMap::new(),
            hashers: [RandomState::new(), RandomState::new()],
            limit,
        }
    }

    pub(crate) fn note(&mut self, source: &str, source_id: &str, place: P) -> Known<P> {
        let full = self.places.len() >= self.limit;
        match self.places.entry(self.key(source, source_id)) {
            Entry::Occupied(known) => Known::At(*known.get()),
            Entry::Vacant(_) if full => Known::TooMany(self.limit),
            Entry::Vacant(new) => {
                new.insert(place);
                Known::New
            }
        }
    }

    fn key(&self, source: &str, source_id: &str) -> u128 {
        let [high, low] = self
            .hashers
            .each_ref()
            .map(|hasher| hasher.hash_one((source, source_id)));
        u128::from(high) << 64 | u128::from(low)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_identity_is_known_and_another_is_not() {
        let mut identities = Identities::new();
        assert_eq!(identities.note("a", "1", 1), Known::New);
        assert_eq!(identities.note("a", "2", 2), Known::New);
        assert_eq!(identities.note("b", "1", 3), Known::New);
        assert_eq!(identities.note("a", "1", 4), Known::At(1));
        assert_eq!(identities.note("a1", "", 5), Known::New);
    }

    #[test]
    fn a_run_takes_films_up_to_its_limit() {
        let mut identities = Identities::within(1);
        assert_eq!(identities.note("a", "1", 1), Known::New);
        assert_eq!(identities.note("a", "2", 2), Known::TooMany(1));
        assert_eq!(identities.note("a", "1", 3), Known::At(1));
    }
}
