//! EMA Avails, the format in which distributors send rights: one row for each right, several rows for a film, the names
//! of the columns in the second row. The store keeps a film's facts, and one offer to rent and one to buy; anything
//! else is reported as left out.

mod right;

use std::collections::HashMap;
use std::io;

use serde_json::{Map, Value, json};

use self::right::Right;
use super::cell::Cell;
use super::days::{self, DateOrder};
use super::dialect::Shown;
use super::names::fold;
use super::notes::Note;
use super::table::Settings;
use super::{Record, Refusal, cells, invalid, mapping, prices};
use crate::spreadsheet::is_error;

/// The most rows of one file: all are held in memory until the file is read, because the rows of a film may be anywhere in it.
const ROWS_LIMIT: usize = 100_000;
/// The row with the names of the columns is among the first: a row above it names groups of columns.
const NAMES_WITHIN: usize = 3;
const SOURCE: &str = "ema";
const DELETION: &str = "a deletion is left out: `dvs title hide` hides a film";
/// The currency of a territory's prices, if the file does not state one.
const CURRENCIES: [(&str, &str); 16] = [
    ("BR", "BRL"),
    ("US", "USD"),
    ("CA", "CAD"),
    ("MX", "MXN"),
    ("AR", "ARS"),
    ("CL", "CLP"),
    ("CO", "COP"),
    ("PE", "PEN"),
    ("GB", "GBP"),
    ("JP", "JPY"),
    ("AU", "AUD"),
    ("PT", "EUR"),
    ("ES", "EUR"),
    ("FR", "EUR"),
    ("DE", "EUR"),
    ("IT", "EUR"),
];
/// The columns that are read; the others are reported as left out.
const READ: [&str; 21] = [
    "worktype",
    "entrytype",
    "titleinternalalias",
    "titledisplayunlimited",
    "licensetype",
    "start",
    "end",
    "pricetype",
    "pricevalue",
    "pricecurrency",
    "srp",
    "contentid",
    "alid",
    "altid",
    "availid",
    "releaseyear",
    "ratingsystem",
    "ratingvalue",
    "rentalduration",
    "watchduration",
    "totalruntime",
];

/// Whether a table is in this format.
pub(super) fn are_in(shown: &Shown) -> bool {
    shown.first.iter().any(|row| is_header(row.iter().map(String::as_str)))
}

fn is_header<'a>(row: impl Iterator<Item = &'a str>) -> bool {
    let names: Vec<_> = row.map(|cell| fold(cell).replace(' ', "")).collect();
    let has = |name: &str| names.iter().any(|cell| cell == name);
    has("licensetype") && (has("titledisplayunlimited") || has("titleinternalalias"))
}

pub(super) fn check_size(rows: usize) -> io::Result<()> {
    if rows > ROWS_LIMIT {
        return Err(invalid(format!("it has more than {ROWS_LIMIT} rows of rights")));
    }
    Ok(())
}

/// The cells of a row, or why the row cannot be read.
pub(super) type Row = Result<Vec<Cell>, Refusal>;

/// A row of a text file.
pub(super) fn row<'a>(record: &cells::Record, cells: impl Iterator<Item = &'a [u8]>) -> Row {
    if record.is_too_large {
        return Err(Refusal::too_large());
    }
    let text = |cell: &[u8]| std::str::from_utf8(cell).map(|text| Cell::of_text(text.trim()));
    let cells: Result<Vec<_>, _> = cells.map(text).collect();
    cells.map_err(|_invalid| Refusal::new("", super::NO_UTF_8))
}

/// A film, collected from its rows.
struct Film {
    number: i64,
    fields: Map<String, Value>,
    notes: Vec<Note>,
    refusal: Option<Refusal>,
    /// Whether any of its rows is something other than a deletion.
    has_rights: bool,
}

/// The films of all rows, in the order of their first rows.
pub(super) fn films(rows: &[Row], settings: &Settings) -> Vec<Record> {
    let has_names = |row: &Row| {
        row.as_ref()
            .is_ok_and(|cells| is_header(cells.iter().map(|cell| cell.text.as_str())))
    };
    let Some(header) = rows.iter().take(NAMES_WITHIN + 1).position(has_names) else {
        return Vec::new();
    };
    let names: Vec<String> = rows
        .get(header)
        .and_then(|row| row.as_ref().ok())
        .into_iter()
        .flatten()
        .map(|name| fold(&name.text).replace(' ', ""))
        .collect();
    let order = settings.order.or_else(|| order_of_days(&names, rows));
    let settings = &Settings {
        order,
        ..settings.clone()
    };
    let below = rows.get(header + 1..).unwrap_or_default();
    let decimal = settings
        .decimal
        .or_else(|| prices::decimal_in(cells_of(&["srp", "pricevalue"], &names, below)));
    let mut films: Vec<Film> = Vec::new();
    let mut known: HashMap<String, usize> = HashMap::new();
    let rows = rows.iter().zip(0_i64..).skip(header + 1);
    for (row, number) in rows {
        let cells = match row {
            Ok(cells) => cells,
            Err(refusal) => {
                films.push(Film::refused(number, refusal.clone()));
                continue;
            }
        };
        let is_about_columns =
            |cell: &Cell| matches!(fold(&cell.text).as_str(), "" | "required" | "optional" | "conditional");
        if cells.iter().all(is_about_columns) {
            continue;
        }
        if let Err(refusal) = check_cells(&names, cells) {
            films.push(Film::refused(number, refusal));
            continue;
        }
        let right = Right {
            names: &names,
            cells,
            decimal,
        };
        let place = *known.entry(right.identity()).or_insert_with(|| {
            films.push(right.film(number));
            films.len() - 1
        });
        if let Some(film) = films.get_mut(place) {
            right.add_to(film, settings);
        }
    }
    films.into_iter().map(Film::record).collect()
}

/// Whether days or months come first, if the date of any right shows it.
fn order_of_days(names: &[String], rows: &[Row]) -> Option<DateOrder> {
    cells_of(&["start", "end"], names, rows).find_map(|cell| days::order_of(&cell.text))
}

/// The cells of some columns.
fn cells_of<'a>(wanted: &[&str], names: &[String], rows: &'a [Row]) -> impl Iterator<Item = &'a Cell> + use<'a> {
    let places = wanted
        .iter()
        .filter_map(|name| names.iter().position(|known| known == name));
    let places: Vec<_> = places.collect();
    let cells = rows.iter().flatten();
    cells.flat_map(move |cells| places.clone().into_iter().filter_map(|place| cells.get(place)))
}

/// A comma in a name without quotes moves all cells behind it, so no cell of such a row can be trusted.
fn check_cells(names: &[String], cells: &[Cell]) -> Result<(), Refusal> {
    if cells.iter().skip(names.len()).any(|cell| !cell.text.is_empty()) {
        let reason = format!(
            "It has {} cells, and the header has {}: a text with a comma must be in quotes.",
            cells.len(),
            names.len()
        );
        return Err(Refusal::new("", reason));
    }
    let mut read = names
        .iter()
        .zip(cells)
        .filter(|(name, _)| READ.contains(&name.as_str()));
    match read.find(|(_, cell)| is_error(&cell.text)) {
        Some((name, cell)) => Err(Refusal::new(
            name.as_str(),
            format!(
                "{:?} is an error of the spreadsheet, or a formula that it has not calculated.",
                cell.text
            ),
        )),
        None => Ok(()),
    }
}

impl Film {
    /// A row from which no film can be read.
    fn refused(number: i64, refusal: Refusal) -> Self {
        Self {
            number,
            fields: Map::new(),
            notes: Vec::new(),
            refusal: Some(refusal),
            has_rights: true,
        }
    }

    fn note(&mut self, column: &str, what: impl Into<String>) {
        let note = Note::new(column, what);
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    fn offer(&mut self, kind: &str, offer: Value) {
        let offers = self.fields.entry("offers").or_insert_with(|| json!([]));
        let Value::Array(offers) = offers else { return };
        if offers.iter().any(|known| known["kind"] == kind) {
            return self.note(
                "LicenseType",
                format!("of several rights to {kind} a film the first is taken"),
            );
        }
        offers.push(offer);
    }

    fn record(self) -> Record {
        let bytes = self.fields.values().map(|value| value.to_string().len()).sum();
        let name = mapping::name(&self.fields);
        let film = match self.refusal {
            Some(refusal) => Err(Refusal { name, ..refusal }),
            None if !self.has_rights => Err(Refusal {
                name,
                ..Refusal::new("EntryType", DELETION)
            }),
            None => mapping::film(self.fields),
        };
        Record {
            bytes,
            number: Some(self.number),
            film: Some(film),
            notes: self.notes,
        }
    }
}
