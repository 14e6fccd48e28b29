//! Film files: JSON arrays, JSON Lines and CSV, read row by row with no more than a row in memory.
//!
//! `docs/import.md` tells people what such a file holds.

mod batches;
mod cells;
mod csv;
mod fields;
mod identities;
mod json;
mod mapping;
mod report;
mod source;

use std::io::{self, BufRead, Read};

use api::catalogue::TitleInput;

pub(crate) use batches::{Batch, Batches, DefaultPrices, NamedFile};
pub(crate) use report::Report;

/// How large one row may be.
const ROW_LIMIT_BYTES: usize = 64 * 1024;

/// A file of films, of whichever form.
pub(crate) struct FilmFile {
    rows: Rows,
    number: i64,
}

enum Rows {
    Json(json::Objects),
    Csv(Box<csv::Records>),
}

/// One film of a file, or why it is none.
#[derive(Debug)]
pub(crate) struct Row {
    /// From 1; a CSV file's header is not counted.
    pub(crate) number: i64,
    /// How many bytes it has in its file, about.
    pub(crate) bytes: usize,
    pub(crate) film: Result<TitleInput, Refusal>,
}

/// Why a row does not come in, while the others do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// The film's name, as far as it is known.
    pub(crate) name: String,
    /// Where the fault is, such as `offers[0].price`; empty when it is the row itself.
    pub(crate) field: String,
    pub(crate) reason: String,
}

/// Why a file cannot be read, or not to its end.
#[derive(Debug)]
pub(crate) struct Broken {
    /// The row in which reading ended.
    pub(crate) row: Option<i64>,
    pub(crate) reason: String,
}

impl FilmFile {
    /// Finds out what kind of file it is; a CSV file's header is read too.
    pub(crate) fn open(file: impl Read + Send + 'static) -> Result<Self, Broken> {
        let mut bytes = source::open(file)?;
        let rows = match first_of_text(&mut bytes)? {
            None => return Err(invalid("the file is empty").into()),
            Some(b'[') => Rows::Json(json::Objects::of_array(bytes)),
            Some(b'{') => Rows::Json(json::Objects::of_lines(bytes)),
            Some(_) => Rows::Csv(Box::new(csv::Records::open(bytes)?)),
        };
        Ok(Self { rows, number: 0 })
    }

    /// The next row; none at the end of a file that was read whole. After an error there is nothing more to read.
    pub(crate) fn next(&mut self) -> Result<Option<Row>, Broken> {
        let number = self.number + 1;
        let read = match &mut self.rows {
            Rows::Json(objects) => objects.next(),
            Rows::Csv(records) => records.next(),
        };
        let read = read.map_err(|error| Broken::in_row(number, &error))?;
        let Some(Record { bytes, film }) = read else {
            return Ok(None);
        };
        self.number = number;
        Ok(Some(Row { number, bytes, film }))
    }
}

/// What the readers of the forms give: the size of a row, and its film.
struct Record {
    bytes: usize,
    film: Result<TitleInput, Refusal>,
}

impl Refusal {
    fn new(field: impl Into<String>, reason: impl Into<String>) -> Self {
        Self {
            name: String::new(),
            field: field.into(),
            reason: reason.into(),
        }
    }

    /// Of a row that is larger than a row may be.
    fn too_large() -> Self {
        Self::new("", format!("It is larger than {ROW_LIMIT_BYTES} bytes."))
    }
}

impl Broken {
    fn in_row(row: i64, error: &io::Error) -> Self {
        Self {
            row: Some(row),
            reason: reason(error),
        }
    }
}

impl From<io::Error> for Broken {
    fn from(error: io::Error) -> Self {
        Self {
            row: None,
            reason: reason(&error),
        }
    }
}

/// Passes over white space to the first byte of the text, which stays to be read.
fn first_of_text(bytes: &mut source::Bytes) -> io::Result<Option<u8>> {
    loop {
        let chunk = bytes.fill_buf()?;
        if chunk.is_empty() {
            return Ok(None);
        }
        if let Some(blank) = chunk.iter().position(|byte| !byte.is_ascii_whitespace()) {
            let first = chunk.get(blank).copied();
            bytes.consume(blank);
            return Ok(first);
        }
        let blank = chunk.len();
        bytes.consume(blank);
    }
}

fn invalid(reason: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason.into())
}

/// A fault of the file in a person's words.
fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => "the file is cut off".to_owned(),
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests;
