//! Workbooks (XLSX): the rows of the sheet that has films.

use std::collections::HashMap;
use std::io::{self, Cursor, Read};

use calamine::{DataRef, Dimensions, Reader, Xlsx};

use super::cell::{Cell, Number};
use super::cells::CELLS_LIMIT;
use super::columns::Guess;
use super::{dialect, invalid, prices};
use crate::spreadsheet::UNCALCULATED;

/// The largest size of an unpacked workbook: a small archive can contain a huge one.
const UNPACKED_LIMIT_BYTES: u64 = 256 * 1024 * 1024;
const ROWS_LIMIT: usize = 100_000;
const SHEETS_LIMIT: usize = 50;
/// The most bytes that all cells may hold together.
const TEXT_LIMIT_BYTES: usize = 256 * 1024 * 1024;
/// The most cells that merged ones may be copied into.
const MERGED_LIMIT: usize = 1_000_000;
/// How many rows of a sheet are read to see whether it has films.
const LOOKED_AT: usize = 40;

pub(super) struct Workbook {
    pub(super) sheet: String,
    /// The names of the sheets that are not read.
    pub(super) others: Vec<String>,
    pub(super) rows: Vec<Vec<Cell>>,
    /// The value of merged cells is in each of their rows.
    pub(super) has_merged: bool,
}

/// A row and its number in the sheet.
type Numbered = (u32, Vec<Cell>);

/// Reads the sheet whose header is understood best; of several equal ones, the first.
pub(super) fn read(workbook: &[u8], guess: impl Fn(&[String]) -> Guess) -> io::Result<Workbook> {
    check_size(workbook, UNPACKED_LIMIT_BYTES)?;
    let mut book = Xlsx::new(Cursor::new(workbook)).map_err(|error| unreadable(&error))?;
    let mut others = book.sheet_names();
    if others.len() > SHEETS_LIMIT {
        return Err(invalid(format!("it has more than {SHEETS_LIMIT} sheets")));
    }
    let mut best: Option<(usize, usize)> = None;
    for (place, sheet) in others.iter().enumerate() {
        let rows = plain(rows(&mut book, sheet, LOOKED_AT)?);
        let score = dialect::find_in(&texts(&rows), &guess).guess.score();
        if best.is_none_or(|(known, _)| score > known) {
            best = Some((score, place));
        }
    }
    let Some((_, place)) = best else {
        return Err(invalid("it has no sheets"));
    };
    let sheet = others.remove(place);
    let mut rows = rows(&mut book, &sheet, ROWS_LIMIT + 1)?;
    if rows.is_empty() {
        return Err(invalid(format!("the sheet {sheet:?} is empty")));
    }
    if rows.len() > ROWS_LIMIT {
        return Err(invalid(format!(
            "the sheet {sheet:?} has more than {ROWS_LIMIT} rows: save it as CSV"
        )));
    }
    put_currencies(&mut book, &sheet, &mut rows)?;
    let merged = book
        .merge_cells_by_sheet_name(&sheet)
        .map_err(|error| unreadable(&error))?;
    let has_merged = fill_merged(&mut rows, &merged)?;
    Ok(Workbook {
        sheet,
        others,
        rows: plain(rows),
        has_merged,
    })
}

fn plain(rows: Vec<Numbered>) -> Vec<Vec<Cell>> {
    rows.into_iter().map(|(_, cells)| cells).collect()
}

/// The texts of rows.
pub(super) fn texts(rows: &[Vec<Cell>]) -> Vec<Vec<String>> {
    let texts = |row: &Vec<Cell>| row.iter().map(|cell| cell.text.clone()).collect();
    rows.iter().map(texts).collect()
}

/// Adds the currencies that the formats of the numbers show, which the library reads apart from the values.
fn put_currencies(book: &mut Xlsx<Cursor<&[u8]>>, sheet: &str, rows: &mut [Numbered]) -> io::Result<()> {
    let mut cells = book.worksheet_cells_reader(sheet).map_err(|error| unreadable(&error))?;
    let formats = cells.styles().iter().map(|style| style.number_format.as_ref());
    let currencies = formats.map(|format| prices::currency_of_format(&format?.format_code));
    let currencies: HashMap<usize, String> = (0..)
        .zip(currencies)
        .filter_map(|(id, code)| Some((id, code?)))
        .collect();
    if currencies.is_empty() {
        return Ok(());
    }
    while let Some((row, column, style)) = cells.next_style_id().map_err(|error| unreadable(&error))? {
        let Some(currency) = currencies.get(&style) else {
            continue;
        };
        let Ok(place) = rows.binary_search_by_key(&row, |(number, _)| *number) else {
            continue;
        };
        let column = usize::try_from(column).unwrap_or(usize::MAX);
        let cell = rows.get_mut(place).and_then(|(_, cells)| cells.get_mut(column));
        if let Some(number) = cell.and_then(|cell| cell.number.as_mut()) {
            number.currency = Some(currency.clone());
        }
    }
    Ok(())
}

/// Copies the value of cells that are merged over several rows into each of these rows, as a director of three films.
/// Returns whether there were any. Cells that are merged within a row are a heading, and stay one cell.
fn fill_merged(rows: &mut [Numbered], merged: &[Dimensions]) -> io::Result<bool> {
    let (mut written, mut bytes) = (0, 0);
    for Dimensions { start, end } in merged {
        let from = rows.partition_point(|(number, _)| *number < start.0);
        let to = rows.partition_point(|(number, _)| *number <= end.0);
        let column = usize::try_from(start.1).unwrap_or(usize::MAX);
        let Some([(first, cells), below @ ..]) = rows.get_mut(from..to) else {
            continue;
        };
        let Some(cell) = cells
            .get(column)
            .filter(|cell| *first == start.0 && !cell.text.is_empty())
        else {
            continue;
        };
        written += below.len();
        bytes += below.len() * cell.text.len();
        if written > MERGED_LIMIT || bytes > TEXT_LIMIT_BYTES {
            return Err(invalid("its merged cells are too many: save it as CSV"));
        }
        for (_, cells) in below {
            put(cells, column, cell.clone());
        }
    }
    Ok(written > 0)
}

fn put(cells: &mut Vec<Cell>, column: usize, cell: Cell) {
    if cells.len() <= column {
        cells.resize(column + 1, Cell::default());
    }
    if let Some(place) = cells.get_mut(column) {
        *place = cell;
    }
}

/// Unpacks everything once without keeping it, so that the library cannot unpack more than the limit later.
fn check_size(workbook: &[u8], limit: u64) -> io::Result<()> {
    let mut archive = zip::ZipArchive::new(Cursor::new(workbook)).map_err(|error| unreadable(&error))?;
    if archive.index_for_name("content.xml").is_some() {
        return Err(invalid("it is an ODS workbook: save it as XLSX or CSV"));
    }
    let mut left = limit;
    for place in 0..archive.len() {
        let entry = archive.by_index(place).map_err(|error| unreadable(&error))?;
        let read = io::copy(&mut entry.take(left + 1), &mut io::sink())?;
        left = left
            .checked_sub(read)
            .ok_or_else(|| invalid(format!("it unpacks to more than {limit} bytes")))?;
    }
    Ok(())
}

/// The first rows of a sheet; empty rows, and cells beyond the limit of columns, are left out.
fn rows(book: &mut Xlsx<Cursor<&[u8]>>, sheet: &str, limit: usize) -> io::Result<Vec<Numbered>> {
    let mut cells = book.worksheet_cells_reader(sheet).map_err(|error| unreadable(&error))?;
    let mut rows: Vec<Numbered> = Vec::new();
    let mut bytes = 0;
    while let Some(cell) = cells
        .next_cell_with_formula_metadata()
        .map_err(|error| unreadable(&error))?
    {
        let (row, column) = cell.pos;
        let column = usize::try_from(column).unwrap_or(usize::MAX);
        let is_number = matches!(cell.value, DataRef::Int(_) | DataRef::Float(_));
        let text = match cell.value {
            // Programs write formulas without values, and leave it to the spreadsheet to calculate them.
            DataRef::Empty if cell.formula.is_some() => UNCALCULATED.to_owned(),
            value => text(&value),
        };
        if text.is_empty() || column >= CELLS_LIMIT {
            continue;
        }
        bytes += text.len();
        if bytes > TEXT_LIMIT_BYTES {
            return Err(invalid(format!("its cells hold more than {TEXT_LIMIT_BYTES} bytes")));
        }
        if rows.last().is_none_or(|(number, _)| *number != row) {
            if rows.len() == limit {
                break;
            }
            rows.push((row, Vec::new()));
        }
        if let Some((_, cells)) = rows.last_mut() {
            let number = is_number.then(Number::default);
            put(cells, column, Cell { text, number });
        }
    }
    Ok(rows)
}

fn text(value: &DataRef<'_>) -> String {
    match value {
        DataRef::String(text) => text.trim().to_owned(),
        DataRef::SharedString(text) => text.trim().to_owned(),
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => number.to_string(),
        DataRef::Bool(flag) => flag.to_string(),
        DataRef::DateTime(at) if at.is_datetime() && at.as_f64() >= 1.0 => {
            let (year, month, day, hour, minute, second, _) = at.to_ymd_hms_milli();
            format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")
        }
        // A time of the day, or a duration.
        DataRef::DateTime(at) => {
            let (_, _, _, hour, minute, second, _) = at.to_ymd_hms_milli();
            format!("{hour:02}:{minute:02}:{second:02}")
        }
        DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::Error(error) => error.to_string(),
        DataRef::Empty => String::new(),
    }
}

fn unreadable(error: &dyn std::fmt::Display) -> io::Error {
    invalid(format!("it is no workbook (XLSX) that can be read: {error}"))
}

#[cfg(test)]
mod tests;
