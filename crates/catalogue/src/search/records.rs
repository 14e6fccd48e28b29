//! The records of the lab: of each title its name and first genre, in a few arrays; its id and year are the projection's.
//!
//! At 500,000 titles these arrays and the projection's take less than 40 MiB.

use crate::search::projection::Ordinal;

/// The genre of a title without one.
const NONE: u16 = u16::MAX;

/// Texts of titles by ordinal, all in one piece of memory.
#[derive(Debug, Default)]
pub(super) struct Records {
    names: Vec<u8>,
    starts: Vec<u32>,
    lengths: Vec<u16>,
    genres: Vec<u16>,
    /// Bytes of names that are no title's any more.
    stale: usize,
}

impl Records {
    /// Puts a title's texts; ordinals come one behind the other, or again.
    pub(super) fn put(&mut self, ordinal: Ordinal, name: &str, genre: Option<u16>) {
        let (ordinal, genre) = (ordinal as usize, genre.unwrap_or(NONE));
        let length = u16::try_from(name.len()).unwrap_or(0);
        let name = &name.as_bytes()[..usize::from(length)];
        if ordinal < self.starts.len() {
            self.genres[ordinal] = genre;
            if self.name(ordinal) == name {
                return;
            }
            self.stale += usize::from(self.lengths[ordinal]);
            (self.starts[ordinal], self.lengths[ordinal]) = (self.append(name), length);
            self.tidy();
        } else {
            let start = self.append(name);
            self.starts.push(start);
            self.lengths.push(length);
            self.genres.push(genre);
        }
    }

    /// A title's name, and the number of its first genre.
    pub(super) fn get(&self, ordinal: Ordinal) -> (&str, Option<u16>) {
        let ordinal = ordinal as usize;
        let name = std::str::from_utf8(self.name(ordinal)).unwrap_or_default();
        (name, Some(self.genres[ordinal]).filter(|genre| *genre != NONE))
    }

    fn name(&self, ordinal: usize) -> &[u8] {
        let start = self.starts[ordinal] as usize;
        &self.names[start..start + usize::from(self.lengths[ordinal])]
    }

    /// Where a name stands now. Beyond 4 GiB of names there is no room, and they stand empty.
    fn append(&mut self, name: &[u8]) -> u32 {
        let start = u32::try_from(self.names.len()).unwrap_or_default();
        self.names.extend_from_slice(name);
        start
    }

    /// Writes the names anew once most of them are stale.
    fn tidy(&mut self) {
        if self.stale <= self.names.len() / 2 {
            return;
        }
        let mut names = Vec::with_capacity(self.names.len() - self.stale);
        for (start, length) in self.starts.iter_mut().zip(&self.lengths) {
            let from = *start as usize;
            *start = u32::try_from(names.len()).unwrap_or_default();
            names.extend_from_slice(&self.names[from..from + usize::from(*length)]);
        }
        (self.names, self.stale) = (names, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_change_again_and_again_take_no_more_room() {
        let mut records = Records::default();
        records.put(0, "Limite", Some(3));
        records.put(1, "Ganga Bruta", None);
        for number in 0..10_000 {
            records.put(1, &format!("Ganga Bruta {number}"), Some(1));
        }
        assert_eq!(records.get(0), ("Limite", Some(3)));
        assert_eq!(records.get(1), ("Ganga Bruta 9999", Some(1)));
        assert!(records.names.capacity() < 200, "{}", records.names.capacity());
    }
}
