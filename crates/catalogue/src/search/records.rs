//! The lab's records: each title's name and first genre, in a few arrays; the projection has its id and year.

use crate::search::projection::Ordinal;
use crate::search::texts::Texts;

/// The genre of a title without one.
const NONE: u16 = u16::MAX;

#[derive(Debug, Default)]
pub(super) struct Records {
    names: Texts,
    genres: Vec<u16>,
}

impl Records {
    /// Stores a title's record; each ordinal is either a known one or the next one.
    pub(super) fn put(&mut self, ordinal: Ordinal, name: &str, genre: Option<u16>) {
        self.names.put(ordinal, name);
        let genre = genre.unwrap_or(NONE);
        match self.genres.get_mut(ordinal as usize) {
            Some(known) => *known = genre,
            None => self.genres.push(genre),
        }
    }

    /// A title's name, and the number of its first genre.
    pub(super) fn get(&self, ordinal: Ordinal) -> (&str, Option<u16>) {
        let genre = self.genres[ordinal as usize];
        (self.names.get(ordinal), Some(genre).filter(|genre| *genre != NONE))
    }
}
