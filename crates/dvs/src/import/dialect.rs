//! The dialect of a table: the separator of its cells, whether quotes have a meaning, and the position of its header.

use std::io::Cursor;

use super::cells::Cells;
use super::columns::Guess;

/// Possible separators of cells, the most common first.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];
/// The header is looked for in this many records, because some programs first write about themselves.
const HEADER_WITHIN: usize = 20;
/// How many of the first records are kept unchanged.
const FIRST: usize = 4;
/// How many records are examined to see how values are written.
const SAMPLE: usize = 500;

/// The dialect of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Dialect {
    pub(super) delimiter: u8,
    pub(super) is_quoted: bool,
}

/// What the first part of a table shows.
#[derive(Debug)]
pub(super) struct Shown {
    pub(super) dialect: Dialect,
    /// How many records come before the header.
    pub(super) before: usize,
    pub(super) header: Vec<String>,
    /// The first records below the header.
    pub(super) sample: Vec<Vec<String>>,
    pub(super) guess: Guess,
    /// The first records of the file.
    pub(super) first: Vec<Vec<String>>,
}

/// The length of a line that names the delimiter, as some spreadsheets need it, and the delimiter.
pub(super) fn separator_line(head: &[u8]) -> Option<(usize, u8)> {
    let rest = head
        .get(..4)
        .filter(|start| start.eq_ignore_ascii_case(b"sep="))
        .and_then(|_| head.get(4..))?;
    let (delimiter, end) = rest.split_first()?;
    let end = match end {
        [b'\r', b'\n', ..] => 2,
        [b'\r' | b'\n', ..] => 1,
        _ => return None,
    };
    Some((5 + end, *delimiter))
}

/// Finds the dialect of a table from its first bytes.
pub(super) fn find(head: &[u8], delimiter: Option<u8>, guess: impl Fn(&[String]) -> Guess) -> Shown {
    let delimiters = delimiter.map_or_else(|| DELIMITERS.to_vec(), |delimiter| vec![delimiter]);
    let mut best: Option<((usize, usize), Shown)> = None;
    for delimiter in delimiters {
        let shown = read(head, delimiter, &guess);
        let rank = (shown.guess.score(), shown.header.len());
        if best.as_ref().is_none_or(|(known, _)| rank > *known) {
            best = Some((rank, shown));
        }
    }
    best.map_or_else(|| read(head, b',', &guess), |(_, shown)| shown)
}

/// The header among rows that were read already.
pub(super) fn find_in(rows: &[Vec<String>], guess: impl Fn(&[String]) -> Guess) -> Shown {
    let dialect = Dialect {
        delimiter: b',',
        is_quoted: true,
    };
    shown(
        rows.iter().take(HEADER_WITHIN + SAMPLE).cloned().collect(),
        dialect,
        &guess,
    )
}

fn read(head: &[u8], delimiter: u8, guess: &impl Fn(&[String]) -> Guess) -> Shown {
    let quoted = Dialect {
        delimiter,
        is_quoted: true,
    };
    let literal = Dialect {
        is_quoted: false,
        ..quoted
    };
    // Both may occur in one file: quotes are literal only if all records then have the same number of cells.
    let is_even = |records: &[Vec<String>]| {
        let mut lengths = records.iter().rev().map(Vec::len);
        let last = lengths.next();
        lengths.take(SAMPLE).all(|length| Some(length) == last)
    };
    let is_literal = has_literal_quotes(head, delimiter) && is_even(&records(head, literal));
    let dialect = if is_literal { literal } else { quoted };
    shown(records(head, dialect), dialect, guess)
}

/// Finds the header: the record with the most names that are understood.
fn shown(mut records: Vec<Vec<String>>, dialect: Dialect, guess: &impl Fn(&[String]) -> Guess) -> Shown {
    let guesses = records.iter().take(HEADER_WITHIN).map(|record| guess(record));
    let mut found = (0, Guess::default());
    for (place, guess) in guesses.enumerate() {
        if guess.score() > found.1.score() || place == 0 {
            found = (place, guess);
        }
    }
    let (before, guess) = found;
    let first = records.iter().take(FIRST).cloned().collect();
    let sample = records.split_off((before + 1).min(records.len()));
    Shown {
        dialect,
        before,
        header: records.pop().unwrap_or_default(),
        sample,
        guess,
        first,
    }
}

/// The first records of a text, without the one that the end of `head` cuts off.
fn records(head: &[u8], dialect: Dialect) -> Vec<Vec<String>> {
    let mut cells = Cells::new(Box::new(Cursor::new(head.to_vec())), dialect);
    let mut records = Vec::new();
    while records.len() < HEADER_WITHIN + SAMPLE
        && let Ok(Some(record)) = cells.next()
    {
        if record.is_too_large {
            records.push(Vec::new());
            continue;
        }
        let text = |cell: &[u8]| String::from_utf8_lossy(cell).trim().to_owned();
        records.push(cells.of(&record).map(text).collect());
    }
    records
}

/// Whether quotes are ordinary letters: some cell begins with one, and no cell ends where it is closed.
fn has_literal_quotes(head: &[u8], delimiter: u8) -> bool {
    let is_end = |byte: Option<&u8>| byte.is_none_or(|byte| *byte == delimiter || matches!(byte, b'\r' | b'\n'));
    let mut at = 0;
    let mut is_start = true;
    while let Some(byte) = head.get(at) {
        if !(is_start && *byte == b'"') {
            is_start = is_end(Some(byte));
            at += 1;
            continue;
        }
        at += 1;
        loop {
            let Some(length) = head
                .get(at..)
                .and_then(|rest| rest.iter().position(|byte| *byte == b'"'))
            else {
                // A quote is still open at the end of the head: it is an ordinary letter only if a record could not be that long.
                return delimiter == b'\t' && at + super::ROW_LIMIT_BYTES < head.len();
            };
            at += length + 1;
            if head.get(at) != Some(&b'"') {
                break;
            }
            at += 1;
        }
        if !is_end(head.get(at)) {
            return true;
        }
        is_start = false;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::columns;

    fn shown(text: &str) -> Shown {
        find(text.as_bytes(), None, columns::guess)
    }

    #[test]
    fn the_header_says_what_separates_cells() {
        for (text, delimiter) in [
            ("name,year\na;b,1950\n", b','),
            ("name;year\na,b,c;1950\n", b';'),
            ("name\tyear\na\t1950\n", b'\t'),
            ("name|year\na|1950\n", b'|'),
            ("name,cast|genres\n", b','),
            ("Título;Preço\n\"a;b\";R$ 1,50\n", b';'),
        ] {
            assert_eq!(shown(text).dialect.delimiter, delimiter, "{text}");
        }
    }

    #[test]
    fn the_header_is_found_below_what_a_program_says_of_itself() {
        let list =
            shown("Letterboxd list export v7\nDate,Name,Tags\n2024-03-01,A list,\n\nPosition,Name,Year\n1,A,1950\n");
        assert_eq!(
            (list.before, list.header[1].as_str(), list.sample.len()),
            (3, "Name", 1)
        );
        assert_eq!(shown("name,year\r1,2\r").sample.len(), 1);
    }

    #[test]
    fn quotes_are_letters_where_no_cell_ends_with_them() {
        assert!(
            !shown("name\tyear\n\"Swing it\" magistern\t1940\n\"Giliap\t1975\n")
                .dialect
                .is_quoted
        );
        assert!(shown("name\tyear\n\"A\n\"\"film\"\"\"\t1940\n").dialect.is_quoted);
        assert!(shown("name,year\n6\" reel,1940\n").dialect.is_quoted);
    }

    #[test]
    fn a_line_may_name_the_delimiter() {
        assert_eq!(separator_line(b"sep=;\r\nname"), Some((7, b';')));
        assert_eq!(separator_line(b"SEP=,\nname"), Some((6, b',')));
        assert_eq!(separator_line(b"sep=ia\n"), None);
        assert_eq!(separator_line(b"name,year"), None);
    }
}
