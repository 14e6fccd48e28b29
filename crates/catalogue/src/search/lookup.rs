//! Looks up the words of a search: in the names and people on disk, and in the genres, countries and years that they mean.

use tantivy::query::Query;

use crate::search::index::{Index, State};
use crate::search::matches::{Match, Word, in_all};
use crate::search::words::{Matches, Wanted, score};
use crate::search::{Effort, SearchError};

impl Index {
    /// The titles that have all the words as they are spelt. If there are none: without words such as “film”, and then
    /// with spelling mistakes. A title with exactly this name comes first.
    pub(super) fn matches(&self, state: &State, wanted: &Wanted, effort: Effort) -> Result<Vec<Match>, SearchError> {
        let to_the_point = wanted.to_the_point();
        let mut found = Vec::new();
        for is_misspelt in [false, true] {
            for wanted in std::iter::once(wanted).chain(&to_the_point) {
                if found.is_empty() {
                    found = self.having(state, wanted, is_misspelt, effort)?;
                }
            }
        }
        for whole in self.look(state, &*wanted.whole_name(self.fields))? {
            if let Ok(place) = found.binary_search_by_key(&whole.ordinal, |found| found.ordinal) {
                found[place].score += whole.score;
            }
        }
        Ok(found)
    }

    fn look(&self, state: &State, query: &dyn Query) -> Result<Vec<Match>, SearchError> {
        let collector = Matches {
            segments: &state.segments,
        };
        Ok(self.reader.searcher().search(query, &collector)?)
    }

    /// The titles that have all of some words.
    fn having(
        &self,
        state: &State,
        wanted: &Wanted,
        is_misspelt: bool,
        effort: Effort,
    ) -> Result<Vec<Match>, SearchError> {
        let lists = wanted.words(is_misspelt).map(|word| {
            state.words.get(word, |word| {
                effort.spend(true)?;
                self.titles_of(state, word)
            })
        });
        let lists: Vec<_> = lists.collect::<Result<_, SearchError>>()?;
        effort.go_through(lists.iter().map(|list| list.len()).min().unwrap_or_default())?;
        Ok(in_all(lists))
    }

    /// The titles that have a word in a name or a person's, and those of the genre, country or year that it means.
    fn titles_of(&self, state: &State, word: &Word) -> Result<Vec<Match>, SearchError> {
        let mut found = self.look(state, &word.query(self.fields))?;
        let phrases = word.phrases.iter().map(String::as_str);
        let meant = state.lexicon.titles(phrases, &state.projection);
        let as_scored = |score| move |ordinal| Match { ordinal, score };
        let score = if word.is_meant {
            score::TRAIT_MEANT
        } else {
            score::TRAIT
        };
        found.extend(meant.into_iter().map(as_scored(score)));
        if found.is_empty() {
            let (begun, distance) = (word.is_begun, word.distance());
            let guessed = state.lexicon.guessed(&word.letters, begun, distance, &state.projection);
            found.extend(guessed.into_iter().map(as_scored(score::TRAIT_GUESSED)));
        }
        Ok(found)
    }
}
