//! The titles that have a word, and those that have all of some words.
//!
//! The words of searches repeat: a client that searches with each letter typed asks for the earlier words again. So the
//! titles of each word are cached until the next change, and a search intersects a few such lists.

use std::sync::Arc;

use moka::sync::Cache;

use crate::search::projection::Ordinal;

/// How much memory the cached lists may take.
const KEPT_BYTES: u64 = 8 * 1024 * 1024;
/// What an entry takes besides its list.
const ENTRY_BYTES: usize = 200;
/// How many bits of a list's entry hold the score: sixteen degrees.
const DEGREE_BITS: u32 = 4;
const DEGREES: u32 = 1 << DEGREE_BITS;

/// A title that matches, and how well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Match {
    pub(super) ordinal: Ordinal,
    pub(super) score: u32,
}

/// A title that has a word, and how well, in four bytes: the ordinal in the upper bits, the score less one in the
/// lower, so that lists are sorted by ordinal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Having(u32);

impl Having {
    /// `None` for a title whose ordinal is too large: beyond 268 million titles, further ones are not found by words.
    fn new(found: Match) -> Option<Self> {
        let degree = found.score.clamp(1, DEGREES) - 1;
        let fits = found.ordinal <= Ordinal::MAX >> DEGREE_BITS;
        fits.then_some(Self(found.ordinal << DEGREE_BITS | degree))
    }

    fn ordinal(self) -> Ordinal {
        self.0 >> DEGREE_BITS
    }

    fn score(self) -> u32 {
        self.0 % DEGREES + 1
    }
}

/// A word that is looked for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Word {
    pub(super) letters: String,
    /// Other spellings of the same word, some of them together with its neighbours.
    pub(super) others: Vec<String>,
    /// Another way to write it, which is no beginning of a word.
    pub(super) alike: Option<String>,
    /// Phrases of this word and its neighbours that may name a genre, a country or a year.
    pub(super) phrases: Vec<String>,
    /// Every word of the search means a genre, a country or a year: titles that only have a person of this name come last.
    pub(super) is_meant: bool,
    /// It may be the beginning of a word.
    pub(super) is_begun: bool,
    /// It may be misspelt.
    pub(super) is_misspelt: bool,
}

/// The cached titles of words, sorted by ordinal.
#[derive(Debug)]
pub(super) struct Words {
    kept: Cache<Word, Arc<[Having]>>,
}

impl Default for Words {
    fn default() -> Self {
        let weigh = |word: &Word, list: &Arc<[Having]>| {
            let written = word
                .others
                .iter()
                .chain(&word.alike)
                .chain(&word.phrases)
                .map(String::len)
                .sum::<usize>();
            let bytes = ENTRY_BYTES + word.letters.len() + written + size_of_val::<[Having]>(list);
            u32::try_from(bytes).unwrap_or(u32::MAX)
        };
        Self {
            kept: Cache::builder().max_capacity(KEPT_BYTES).weigher(weigh).build(),
        }
    }
}

impl Words {
    /// The titles of a word: from the cache, or by `find`.
    pub(super) fn get<E>(
        &self,
        word: Word,
        look: impl FnOnce(&Word) -> Result<Vec<Match>, E>,
    ) -> Result<Arc<[Having]>, E> {
        if let Some(known) = self.kept.get(&word) {
            return Ok(known);
        }
        let mut found: Vec<_> = look(&word)?.into_iter().filter_map(Having::new).collect();
        // A title that has the word in several ways has its best score.
        found.sort_unstable_by_key(|title| (title.ordinal(), std::cmp::Reverse(title.score())));
        found.dedup_by_key(|title| title.ordinal());
        let found: Arc<[Having]> = found.into();
        self.kept.insert(word, Arc::clone(&found));
        Ok(found)
    }
}

/// The titles that are in every list, each with the sum of its scores. Lists are sorted by ordinal.
pub(super) fn in_all(mut lists: Vec<Arc<[Having]>>) -> Vec<Match> {
    lists.sort_by_key(|list| list.len());
    let Some((shortest, others)) = lists.split_first() else {
        return Vec::new();
    };
    let first = shortest.iter().map(|title| Match {
        ordinal: title.ordinal(),
        score: title.score(),
    });
    let mut found: Vec<_> = first.collect();
    for mut rest in others.iter().map(|list| &**list) {
        found.retain_mut(|found| {
            rest = from(rest, found.ordinal);
            let other = rest.first().filter(|other| other.ordinal() == found.ordinal);
            found.score += other.map_or(0, |other| other.score());
            other.is_some()
        });
    }
    found
}

/// The part of a list from an ordinal on, found in steps that double, so that a short list skips most of a long one.
fn from(list: &[Having], ordinal: Ordinal) -> &[Having] {
    let mut step = 1;
    while list.get(step).is_some_and(|title| title.ordinal() < ordinal) {
        step *= 2;
    }
    let near = &list[step / 2..list.len().min(step + 1)];
    let passed = near.partition_point(|title| title.ordinal() < ordinal);
    &list[step / 2 + passed..]
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn matches(scores: &BTreeMap<Ordinal, u32>) -> Vec<Match> {
        let matches = scores.iter().map(|(&ordinal, &score)| Match { ordinal, score });
        matches.collect()
    }

    fn list(scores: &BTreeMap<Ordinal, u32>) -> Arc<[Having]> {
        matches(scores).into_iter().filter_map(Having::new).collect()
    }

    proptest! {
        #[test]
        fn what_is_in_all_lists_is_found_with_its_scores(
            lists in prop::collection::vec(prop::collection::btree_map(0_u32..200, 1..=DEGREES, 0..150), 1..4)
        ) {
            let mut expected = lists[0].clone();
            for other in &lists[1..] {
                expected = expected
                    .into_iter()
                    .filter_map(|(ordinal, score)| Some((ordinal, score + other.get(&ordinal)?)))
                    .collect();
            }
            let found = in_all(lists.iter().map(list).collect());
            prop_assert_eq!(found, matches(&expected));
        }

        #[test]
        fn what_begins_at_an_ordinal_is_all_of_it(
            ordinals in prop::collection::btree_set(0_u32..200, 0..100), at in 0_u32..210
        ) {
            let list = list(&ordinals.iter().map(|&ordinal| (ordinal, 1)).collect());
            let expected: Vec<_> = list.iter().filter(|title| title.ordinal() >= at).copied().collect();
            prop_assert_eq!(from(&list, at), expected);
        }
    }

    #[test]
    fn a_title_beyond_the_last_ordinal_is_in_no_list() {
        let title = |ordinal, score| Having::new(Match { ordinal, score });
        let last = title(Ordinal::MAX >> DEGREE_BITS, DEGREES).unwrap();
        assert_eq!((last.ordinal(), last.score()), (Ordinal::MAX >> DEGREE_BITS, DEGREES));
        assert_eq!(title((Ordinal::MAX >> DEGREE_BITS) + 1, 1), None);
    }

    #[test]
    fn a_word_is_looked_for_once() {
        let words = Words::default();
        let word = |is_begun| Word {
            letters: "moon".to_owned(),
            others: Vec::new(),
            alike: None,
            phrases: Vec::new(),
            is_meant: false,
            is_begun,
            is_misspelt: false,
        };
        let score = |score| vec![Match { ordinal: 2, score }, Match { ordinal: 1, score }];
        for _ in 0..2 {
            let found = words.get(word(false), |_| Ok::<_, ()>(score(1)));
            assert_eq!(
                found.unwrap().iter().map(|title| title.ordinal()).collect::<Vec<_>>(),
                [1, 2]
            );
        }
        assert_eq!(words.get(word(false), |_| Err("asked again")).unwrap()[0].score(), 1);
        assert_eq!(words.get(word(true), |_| Ok::<_, ()>(score(3))).unwrap()[0].score(), 3);
        let failing = Word {
            is_misspelt: true,
            ..word(true)
        };
        assert!(words.get(failing.clone(), |_| Err("failed")).is_err());
        assert!(words.get(failing, |_| Ok::<_, ()>(score(1))).is_ok());
    }
}
