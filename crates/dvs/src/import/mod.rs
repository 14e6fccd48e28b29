//! Film files: JSON arrays, JSON Lines, tables and workbooks, read with no more than one row in memory (a workbook,
//! and rights that take several rows, are read whole within limits).
//!
//! `docs/import.md` tells people what such a file holds.

mod avails;
mod batches;
mod cell_values;
mod cells;
mod columns;
mod content;
mod days;
mod derived;
mod dialect;
mod field_columns;
mod fields;
mod identities;
mod json;
mod mapping;
mod mapping_file;
mod names;
mod notes;
mod prices;
mod records;
mod report;
mod source;
mod table;
mod workbook;

use std::io::{self, BufRead, Read};
use std::sync::Arc;

use api::catalogue::TitleInput;
use encoding_rs::Encoding;

pub(crate) use batches::{Batch, Batches, DefaultPrices, NamedFile};
pub(crate) use field_columns::FieldColumns;
pub(crate) use mapping_file::Mapping;
pub(crate) use names::{country, fold, language};
pub(crate) use notes::Note;
pub(crate) use prices::currency;
pub(crate) use report::Report;

/// How large one row may be.
const ROW_LIMIT_BYTES: usize = 64 * 1024;

const NO_UTF_8: &str = "This is not UTF-8 text; --encoding says what it is, such as --encoding windows-1252.";

/// A file of films, of whichever form.
pub(crate) struct FilmFile {
    rows: Rows,
    number: i64,
    about: records::About,
}

enum Rows {
    Json(json::Objects),
    Table(Box<records::Records>),
}

/// What is said of how files are to be read; what is not said is found out.
#[derive(Debug, Clone, Default)]
pub(crate) struct Reading {
    pub(crate) encoding: Option<&'static Encoding>,
    pub(crate) mapping: Option<Mapping>,
    pub(crate) currency: Option<String>,
}

impl Reading {
    fn mapping(&self) -> Mapping {
        self.mapping.clone().unwrap_or_default()
    }

    fn settings(&self) -> table::Settings {
        let settings = self.mapping().settings();
        table::Settings {
            currency: self.currency.clone().or(settings.currency),
            ..settings
        }
    }
}

/// One film of a file, or why it is none.
#[derive(Debug)]
pub(crate) struct Row {
    /// From 1; a table's header is not counted.
    pub(crate) number: i64,
    /// How many bytes it has in its file, about.
    pub(crate) bytes: usize,
    pub(crate) film: Result<TitleInput, Refusal>,
    /// What was read otherwise than it is written.
    pub(crate) notes: Vec<Note>,
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
    /// How its columns were understood, to be corrected.
    pub(crate) mapping: Option<String>,
}

impl FilmFile {
    /// Finds out what kind of file it is; a table's header is read too.
    pub(crate) fn open(file: impl Read + Send + 'static) -> Result<Self, Broken> {
        Self::open_as(file, &Reading::default())
    }

    /// Opens a file of which some things are known.
    pub(crate) fn open_as(file: impl Read + Send + 'static, reading: &Reading) -> Result<Self, Broken> {
        let encoding = reading.encoding.or_else(|| reading.mapping().encoding());
        let mut about = records::About::default();
        let rows = match source::open(file, encoding)? {
            source::Opened::Workbook(workbook) => {
                let (records, told) = records::Records::of_workbook(&workbook, reading)?;
                about = told;
                Rows::Table(Box::new(records))
            }
            source::Opened::Text(mut text) => match first_of_text(&mut text.bytes)? {
                None => return Err(invalid("the file is empty").into()),
                Some(b'[') => Rows::Json(json::Objects::of_array(text.bytes)),
                Some(b'{') => Rows::Json(json::Objects::of_lines(text.bytes)),
                Some(_) => {
                    let (records, told) = records::Records::of_text(text, reading)?;
                    about = told;
                    Rows::Table(Box::new(records))
                }
            },
        };
        Ok(Self { rows, number: 0, about })
    }

    /// How a table is read, a line each; nothing where it needs no saying.
    pub(crate) fn about(&self) -> &[String] {
        &self.about.lines
    }

    /// Which columns hold the fields that a refusal may name.
    pub(crate) fn columns(&self) -> Arc<FieldColumns> {
        match &self.rows {
            Rows::Table(records) => records.columns(),
            Rows::Json(_) => Arc::default(),
        }
    }

    /// The same as a mapping that people may correct.
    pub(crate) fn mapping(&self) -> Option<&str> {
        self.about.mapping.as_deref()
    }

    /// The next row; none at the end of a file that was read whole. After an error there is nothing more to read.
    pub(crate) fn next(&mut self) -> Result<Option<Row>, Broken> {
        loop {
            let number = self.number + 1;
            let read = match &mut self.rows {
                Rows::Json(objects) => objects.next(),
                Rows::Table(records) => records.next(),
            };
            let read = read.map_err(|error| Broken::in_row(number, &error))?;
            let Some(record) = read else {
                return Ok(None);
            };
            self.number = record.number.unwrap_or(number);
            // A row without anything in it is none.
            let Some(film) = record.film else { continue };
            return Ok(Some(Row {
                number: self.number,
                bytes: record.bytes,
                film: film.and_then(derived::identified),
                notes: record.notes,
            }));
        }
    }
}

/// What the readers of the forms give: the size of a row, and its film.
#[derive(Debug)]
struct Record {
    bytes: usize,
    /// Where it stands, when not behind the one before.
    number: Option<i64>,
    /// None of a row that is empty.
    film: Option<Result<TitleInput, Refusal>>,
    notes: Vec<Note>,
}

impl Record {
    fn new(bytes: usize, film: Result<TitleInput, Refusal>) -> Self {
        Self {
            bytes,
            number: None,
            film: Some(film),
            notes: Vec::new(),
        }
    }

    fn refused(bytes: usize, refusal: Refusal) -> Self {
        Self::new(bytes, Err(refusal))
    }

    fn empty(bytes: usize) -> Self {
        Self {
            film: None,
            ..Self::refused(bytes, Refusal::new("", ""))
        }
    }
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
            mapping: None,
        }
    }
}

impl From<io::Error> for Broken {
    fn from(error: io::Error) -> Self {
        Self {
            row: None,
            reason: reason(&error),
            mapping: None,
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
