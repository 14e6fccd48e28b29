//! Notes about values that an import read differently or left out. They are grouped by column, so that no change is
//! silent, and so that a million rows do not give a million lines.

use std::collections::BTreeMap;

/// The most different notes of one file; further ones are only counted.
const NOTES_LIMIT: usize = 200;

/// A value that was read differently, or not, in one row.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Note {
    pub(crate) column: String,
    pub(crate) what: String,
}

impl Note {
    pub(super) fn new(column: &str, what: impl Into<String>) -> Self {
        Self {
            column: column.to_owned(),
            what: what.into(),
        }
    }
}

/// The notes of a file.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    /// For each note, the number of its rows and the first of them.
    known: BTreeMap<Note, (usize, i64)>,
    others: usize,
}

impl Notes {
    pub(crate) fn add(&mut self, row: i64, note: Note) {
        let is_full = self.known.len() >= NOTES_LIMIT;
        match self.known.get_mut(&note) {
            Some((rows, _)) => *rows += 1,
            None if is_full => self.others += 1,
            None => {
                self.known.insert(note, (1, row));
            }
        }
    }

    /// A line for each note; they are removed.
    pub(crate) fn take(&mut self) -> Vec<String> {
        let line = |(Note { column, what }, (rows, first)): (Note, (usize, i64))| match rows {
            1 => format!("  {column}: {what} (row {first})"),
            _ => format!("  {column}: {what} ({rows} rows, the first is row {first})"),
        };
        let mut lines: Vec<_> = std::mem::take(&mut self.known).into_iter().map(line).collect();
        let others = std::mem::take(&mut self.others);
        if others > 0 {
            lines.push(format!("  … and {others} more notes"));
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_note_of_many_rows_is_told_once() {
        let mut notes = Notes::default();
        for row in 1..=3 {
            notes.add(row, Note::new("age_rating", "\"R\" is left out"));
        }
        notes.add(2, Note::new("countries", "\"Ruritania\" is left out"));
        assert_eq!(
            notes.take(),
            [
                "  age_rating: \"R\" is left out (3 rows, the first is row 1)",
                "  countries: \"Ruritania\" is left out (row 2)"
            ]
        );
        for row in 0..300 {
            notes.add(row, Note::new("x", row.to_string()));
        }
        assert_eq!(notes.take().last().unwrap(), "  … and 100 more notes");
        assert!(notes.take().is_empty());
    }
}
