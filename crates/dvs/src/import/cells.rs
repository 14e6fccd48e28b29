//! The records of CSV text as cells of bytes, one record in memory at a time.

use std::io::{self, BufRead};

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};

use super::ROW_LIMIT_BYTES;
use super::dialect::Dialect;
use super::source::Bytes;

/// The most cells of a record that are kept.
pub(super) const CELLS_LIMIT: usize = 200;

pub(super) struct Cells {
    bytes: Bytes,
    reader: Reader,
    /// The cells of the last record, one after another, and the end of each.
    text: Vec<u8>,
    ends: Vec<usize>,
    /// Read after the last byte: a line end, which ends the last record unless a quote is open, and then nothing.
    tail: &'static [u8],
}

/// A record that was read; [`Cells::of`] gives its cells.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Record {
    pub(super) bytes: usize,
    pub(super) cells: usize,
    /// It has more bytes or cells than are kept.
    pub(super) is_too_large: bool,
    /// It is the last record, and has no line end.
    pub(super) is_unended: bool,
}

impl Cells {
    pub(super) fn new(bytes: Bytes, dialect: Dialect) -> Self {
        let mut reader = ReaderBuilder::new();
        reader.delimiter(dialect.delimiter).quoting(dialect.is_quoted);
        Self {
            bytes,
            reader: reader.build(),
            text: vec![0; ROW_LIMIT_BYTES],
            ends: vec![0; CELLS_LIMIT],
            tail: b"\n",
        }
    }

    /// Reads the next record; blank lines are skipped.
    pub(super) fn next(&mut self) -> io::Result<Option<Record>> {
        let mut record = Record::default();
        let (mut length, mut ends) = (0, 0);
        loop {
            let chunk = self.bytes.fill_buf()?;
            let is_tail = chunk.is_empty();
            let input = if is_tail { self.tail } else { chunk };
            let (text, places) = (self.text.get_mut(length..), self.ends.get_mut(ends..));
            let (text, places) = (text.unwrap_or_default(), places.unwrap_or_default());
            let (result, read, written, ended) = self.reader.read_record(input, text, places);
            let is_end = input.is_empty();
            if is_tail {
                self.tail = self.tail.get(read..).unwrap_or_default();
            } else {
                self.bytes.consume(read);
            }
            record.bytes += read;
            record.cells += ended;
            length += written;
            ends += ended;
            match result {
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull | ReadRecordResult::OutputEndsFull => {
                    record.is_too_large = true;
                    (length, ends) = (0, 0);
                }
                // The line end of the tail did not end the record: a quote is still open.
                ReadRecordResult::Record if is_end => return Err(io::ErrorKind::UnexpectedEof.into()),
                ReadRecordResult::Record => {
                    record.is_unended = is_tail;
                    return Ok(Some(record));
                }
                ReadRecordResult::End => return Ok(None),
            }
        }
    }

    /// The cells of the last record, unless it is too large.
    pub(super) fn of<'a>(&'a self, record: &Record) -> impl Iterator<Item = &'a [u8]> + Clone + use<'a> {
        let ends = self.ends.iter().take(record.cells);
        ends.scan(0, |start, &end| {
            let cell = self.text.get(*start..end);
            *start = end;
            Some(cell.unwrap_or_default())
        })
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn open(text: &str) -> Cells {
        let dialect = Dialect {
            delimiter: b',',
            is_quoted: true,
        };
        Cells::new(Box::new(Cursor::new(text.to_owned())), dialect)
    }

    fn cells_of(text: &str) -> Vec<Vec<String>> {
        let mut cells = open(text);
        let mut records = Vec::new();
        while let Some(record) = cells.next().unwrap() {
            records.push(
                cells
                    .of(&record)
                    .map(|cell| String::from_utf8(cell.to_vec()).unwrap())
                    .collect(),
            );
        }
        records
    }

    #[test]
    fn quoted_cells_hold_separators_quotes_and_line_ends() {
        let text = "a,\"b,c\"\r\n\n\"say \"\"cheese\"\"\",\"two\nlines\"\n,";
        assert_eq!(
            cells_of(text),
            [["a", "b,c"], ["say \"cheese\"", "two\nlines"], ["", ""]]
        );
        assert!(cells_of("").is_empty());
        assert!(cells_of("\n\r\n").is_empty());
        assert_eq!(cells_of("6\" reel,\"\"\n"), [["6\" reel", ""]]);
    }

    #[test]
    fn an_open_quote_at_the_end_is_a_cut_and_a_missing_line_end_is_told() {
        for text in ["a,\"b", "a,\"b\n", "\"", "a,\"b\"\"\n\n"] {
            let error = open(text).next().unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof, "{text:?}");
        }
        assert!(open("a,b").next().unwrap().unwrap().is_unended);
        assert!(!open("a,b\n").next().unwrap().unwrap().is_unended);
    }

    #[test]
    fn a_record_that_is_too_large_is_passed_over() {
        let long = "x".repeat(ROW_LIMIT_BYTES + 1);
        let wide = ",".repeat(CELLS_LIMIT);
        let mut cells = open(&format!("{long}\n{wide}\na,b\n"));
        assert!(cells.next().unwrap().unwrap().is_too_large);
        assert!(cells.next().unwrap().unwrap().is_too_large);
        let record = cells.next().unwrap().unwrap();
        assert!(!record.is_too_large);
        assert_eq!(cells.of(&record).collect::<Vec<_>>(), [b"a", b"b"]);
    }
}
