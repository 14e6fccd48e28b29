//! Files of films: JSON arrays, JSON Lines, tables and workbooks. They are read with no more than one row in memory;
//! workbooks, and files in which several rows make a film, are read completely, within limits.
//!
//! `docs/import.md` explains the contents of such files.

mod avails;
mod batches;
mod cell;
mod cell_values;
mod cells;
mod codes;
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
pub(crate) use source::decoded;

/// The largest row.
const ROW_LIMIT_BYTES: usize = 64 * 1024;

const NO_UTF_8: &str = "This is not UTF-8 text; --encoding says what it is, such as --encoding windows-1252.";

/// A file of films, in any of the forms.
pub(crate) struct FilmFile {
    rows: Rows,
    number: i64,
    about: records::About,
}

enum Rows {
    Json(json::Objects),
    Table(Box<records::Records>),
}

/// How files are to be read, as far as the caller says; the rest is guessed.
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

/// One film of a file, or why it cannot be read.
#[derive(Debug)]
pub(crate) struct Row {
    /// From 1; a table's header is not counted.
    pub(crate) number: i64,
    /// About how many bytes it has in its file.
    pub(crate) bytes: usize,
    pub(crate) film: Result<TitleInput, Refusal>,
    /// Values that were read in another way than they are written.
    pub(crate) notes: Vec<Note>,
}

/// Why a row is not imported, though others are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// The film's name, if it is known.
    pub(crate) name: String,
    /// The wrong field, such as `offers[0].price`; empty if the whole row is wrong.
    pub(crate) field: String,
    pub(crate) reason: String,
}

/// Why a file cannot be read, or not to its end.
#[derive(Debug)]
pub(crate) struct Broken {
    /// The row in which reading stopped.
    pub(crate) row: Option<i64>,
    pub(crate) reason: String,
    /// The guessed mapping of its columns, for the user to correct.
    pub(crate) mapping: Option<String>,
}

impl FilmFile {
    /// Finds the form of the file; the header of a table is read too.
    pub(crate) fn open(file: impl Read + Send + 'static) -> Result<Self, Broken> {
        Self::open_as(file, &Reading::default())
    }

    /// Opens a file about whose form some things are known.
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

    /// How a table is read, one line for each guess.
    pub(crate) fn about(&self) -> &[String] {
        &self.about.lines
    }

    /// The columns of the fields that a refusal may name.
    pub(crate) fn columns(&self) -> Arc<FieldColumns> {
        match &self.rows {
            Rows::Table(records) => records.columns(),
            Rows::Json(_) => Arc::default(),
        }
    }

    /// The same as a mapping that people can correct.
    pub(crate) fn mapping(&self) -> Option<&str> {
        self.about.mapping.as_deref()
    }

    /// The next row; `None` at the end of a complete file. After an error there is nothing more to read.
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
            // A row without any value is skipped.
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

/// What the readers of the forms return: the size of a row, and its film.
#[derive(Debug)]
struct Record {
    bytes: usize,
    /// Its number, if it does not follow the row before.
    number: Option<i64>,
    /// `None` for an empty row.
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

    /// The refusal of a row that is larger than allowed.
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

/// Skips white space up to the first byte of the text, which is not consumed.
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

/// An error of the file in words for people.
fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => "the file is cut off".to_owned(),
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests;
