//! The rows of a table, from a text or a workbook, and how the table is read.

use std::io::{self, BufRead, BufReader};
use std::sync::Arc;
use std::vec::IntoIter;

use super::avails;
use super::cell::{Cell, CellRef};
use super::cells::{CELLS_LIMIT, Cells};
use super::dialect::{self, Shown};
use super::field_columns::FieldColumns;
use super::mapping_file::{self, Mapping};
use super::notes::Note;
use super::source::{Text, peek};
use super::table::{Settings, Table};
use super::workbook::{self, Workbook};
use super::{Broken, ROW_LIMIT_BYTES, Reading, Record, Refusal, invalid};

/// How much of a text is examined to find its dialect.
const HEAD_BYTES: usize = 256 * 1024;
const CURRENCY_NEEDED: &str = "the currency of its prices: --currency BRL";
/// How many columns of a header are shown if it is not understood.
const COLUMNS_TOLD: usize = 30;
const NAME_TOLD_CHARACTERS: usize = 40;

/// The rows of a file.
pub(super) struct Records {
    rows: Rows,
    table: Table,
}

enum Rows {
    Text(Box<Cells>),
    Workbook(IntoIter<Vec<Cell>>),
    /// In this form several rows make a film, so the films are collected first.
    Films(IntoIter<Record>),
}

/// What is reported about a table before its rows.
#[derive(Debug, Default)]
pub(super) struct About {
    /// How it is read, one line for each guess.
    pub(super) lines: Vec<String>,
    /// The same as a file that people can correct.
    pub(super) mapping: Option<String>,
}

impl Records {
    /// Finds the dialect of a text, and the fields of its columns.
    pub(super) fn of_text(text: Text, reading: &Reading) -> Result<(Self, About), Broken> {
        let mapping = reading.mapping();
        let Text { bytes, guessed } = text;
        let (head, bytes) = peek(bytes, HEAD_BYTES);
        let mut bytes: super::source::Bytes = Box::new(BufReader::new(bytes));
        let separator = dialect::separator_line(&head);
        let (skipped, delimiter) = separator.map_or((0, None), |(length, delimiter)| (length, Some(delimiter)));
        let delimiter = mapping.delimiter().or(delimiter);
        let mut left = skipped;
        while left > 0 {
            let length = bytes.fill_buf()?.len().min(left);
            bytes.consume(length);
            left -= length;
        }
        let mut shown = dialect::find(head.get(skipped..).unwrap_or_default(), delimiter, |header| {
            mapping.guess(header)
        });
        mapping.leave_out_points(&mut shown);
        let mut lines = Vec::new();
        lines.extend(guessed.map(|encoding| format!("  read as {} (--encoding says otherwise)", encoding.name())));
        let about = mapping_file::written(
            &shown.header,
            &shown.guess,
            &reading.settings(),
            guessed.or(mapping.encoding()),
            Some(shown.dialect),
        );
        let mut cells = Cells::new(bytes, shown.dialect);
        if avails::are_in(&shown) {
            let mut rows = Vec::new();
            while let Some(record) = cells.next()? {
                rows.push(avails::row(&record, cells.of(&record)));
                avails::check_size(rows.len())?;
            }
            return Ok(Self::of_avails(&rows, reading, lines));
        }
        for _ in 0..=shown.before {
            cells.next()?;
        }
        lines.extend(of_missing(&mapping, &shown));
        let texts = |row: &Vec<String>| row.iter().map(Cell::of_text).collect();
        let sample = shown.sample.iter().map(texts).collect::<Vec<_>>();
        let rows = Rows::Text(Box::new(cells));
        let records = Self::new(rows, &shown, &sample, reading.settings(), lines, about);
        records.map_err(|broken| match guessed {
            Some(encoding) => Broken {
                reason: format!(
                    "{}. It was read as {}: --encoding says otherwise",
                    broken.reason,
                    encoding.name()
                ),
                ..broken
            },
            None => broken,
        })
    }

    /// The rows of the one sheet of a workbook that has films.
    pub(super) fn of_workbook(workbook: &[u8], reading: &Reading) -> Result<(Self, About), Broken> {
        let mapping = reading.mapping();
        let Workbook {
            sheet,
            others,
            rows,
            has_merged,
        } = workbook::read(workbook, |header| mapping.guess(header))?;
        let mut lines = vec![format!("  sheet {sheet:?}")];
        if has_merged {
            lines.push("  merged cells are read in each of their rows".to_owned());
        }
        if !others.is_empty() {
            lines.push(format!("  other sheets are left out: {}", others.join(", ")));
        }
        let mut shown = dialect::find_in(&workbook::texts(&rows), |header| mapping.guess(header));
        if avails::are_in(&shown) {
            let rows: Vec<_> = rows.into_iter().map(Ok).collect();
            avails::check_size(rows.len())?;
            return Ok(Self::of_avails(&rows, reading, lines));
        }
        mapping.leave_out_points(&mut shown);
        lines.extend(of_missing(&mapping, &shown));
        let settings = reading.settings();
        let about = mapping_file::written(&shown.header, &shown.guess, &settings, None, None);
        let rows = rows.into_iter().skip(shown.before + 1).collect::<Vec<_>>();
        let sample = rows.iter().take(shown.sample.len()).cloned().collect::<Vec<_>>();
        let rows = Rows::Workbook(rows.into_iter());
        Self::new(rows, &shown, &sample, settings, lines, about)
    }

    fn of_avails(rows: &[avails::Row], reading: &Reading, mut lines: Vec<String>) -> (Self, About) {
        lines.push("  EMA Avails: the columns have names of the standard".to_owned());
        let films = avails::films(rows, &reading.settings());
        let table = Table::new(&[], &super::columns::Guess::default(), Settings::default(), &[]);
        let records = Self {
            rows: Rows::Films(films.into_iter()),
            table,
        };
        (records, About { lines, mapping: None })
    }

    fn new(
        rows: Rows,
        shown: &Shown,
        sample: &[Vec<Cell>],
        settings: Settings,
        mut lines: Vec<String>,
        mapping: String,
    ) -> Result<(Self, About), Broken> {
        if shown.header.is_empty() {
            return Err(invalid(format!(
                "its header has more than {CELLS_LIMIT} columns or {ROW_LIMIT_BYTES} bytes"
            ))
            .into());
        }
        let twice = shown
            .header
            .iter()
            .enumerate()
            .find(|(place, name)| !name.is_empty() && shown.guess.is_own && shown.header[..*place].contains(name));
        if let Some((_, name)) = twice {
            return Err(invalid(format!("its header has the column {name:?} twice")).into());
        }
        let table = Table::new(&shown.header, &shown.guess, settings, sample);
        lines.extend(table.described());
        let missing = table.missing(&shown.guess, sample);
        let currency = table.needs_currency(sample).then_some(CURRENCY_NEEDED);
        let about = About {
            lines,
            mapping: Some(mapping),
        };
        if missing.is_empty() && currency.is_none() {
            return Ok((Self { rows, table }, about));
        }
        // Everything that is missing, so that the user has to correct the file only once.
        let needs: Vec<_> = missing.iter().copied().chain(currency).collect();
        let needs = needs.join(", and ");
        let reason = if missing.is_empty() {
            format!("it needs {needs}")
        } else {
            let columns = listed(&shown.header);
            format!("it needs {needs}; its columns are {columns}. Say what they are in the file of --mapping")
        };
        Err(Broken {
            row: None,
            reason,
            mapping: about.mapping,
        })
    }

    /// The columns of the fields.
    pub(super) fn columns(&self) -> Arc<FieldColumns> {
        match self.rows {
            Rows::Films(_) => Arc::new(FieldColumns::of_avails()),
            Rows::Text(_) | Rows::Workbook(_) => self.table.field_columns(),
        }
    }

    pub(super) fn next(&mut self) -> io::Result<Option<Record>> {
        match &mut self.rows {
            Rows::Films(films) => Ok(films.next()),
            Rows::Workbook(rows) => {
                let Some(mut row) = rows.next() else { return Ok(None) };
                let bytes = row.iter().map(|cell| cell.text.len()).sum();
                if row.iter().all(|cell| cell.text.is_empty()) {
                    return Ok(Some(Record::empty(bytes)));
                }
                // A sheet has no cells after the last non-empty one of a row.
                row.resize(self.table.width().max(row.len()), Cell::default());
                Ok(Some(self.table.record(bytes, row.len(), row.iter().map(Cell::by_ref))))
            }
            Rows::Text(cells) => {
                let Some(record) = cells.next()? else { return Ok(None) };
                let is_empty = || cells.of(&record).all(|cell| cell.iter().all(u8::is_ascii_whitespace));
                if !record.is_too_large && record.cells > 1 && is_empty() {
                    return Ok(Some(Record::empty(record.bytes)));
                }
                if record.is_unended && record.cells < self.table.needed() {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
                if record.is_too_large {
                    return Ok(Some(Record::refused(record.bytes, Refusal::too_large())));
                }
                let of_text = |text| CellRef { text, number: None };
                let row = cells.of(&record).map(of_text);
                Ok(Some(self.table.record(record.bytes, record.cells, row)))
            }
        }
    }
}

/// The first names of a header, each cut to a readable length.
fn listed(header: &[String]) -> String {
    let short = |name: &String| format!("{:?}", name.chars().take(NAME_TOLD_CHARACTERS).collect::<String>());
    let mut names: Vec<_> = header.iter().take(COLUMNS_TOLD).map(short).collect();
    if header.len() > COLUMNS_TOLD {
        names.push(format!("and {} more", header.len() - COLUMNS_TOLD));
    }
    names.join(", ")
}

/// The error if a mapping names columns that do not exist: a name may be mistyped.
fn of_missing(mapping: &Mapping, shown: &Shown) -> Option<String> {
    let missing = mapping.missing(&shown.header);
    (!missing.is_empty()).then(|| format!("  the mapping has columns that are not here: {}", missing.join(", ")))
}

impl Table {
    /// A row as a film, if it has no more cells than the header, apart from empty ones. Some spreadsheets leave out the
    /// empty cells at the end of a row: the fields of these keep their values.
    fn record<'a>(&self, bytes: usize, count: usize, cells: impl Iterator<Item = CellRef<'a>> + Clone) -> Record {
        let is_more = cells
            .clone()
            .skip(self.width())
            .any(|cell| !cell.text.trim_ascii().is_empty());
        if is_more {
            let reason = format!("It has {count} cells, and the header has {}.", self.needed());
            return Record::refused(bytes, Refusal::new("", reason));
        }
        let (film, mut notes) = self.film(cells.take(self.width()));
        if count < self.needed() && film.is_ok() {
            let what = format!(
                "it has {count} cells, and the header has {}: the rest stays as it is",
                self.needed()
            );
            notes.push(Note::new("row", what));
        }
        Record {
            bytes,
            number: None,
            film: Some(film),
            notes,
        }
    }
}
