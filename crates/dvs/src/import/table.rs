//! Tables: a header with the names of the columns, then a film in each row. A row becomes the object that it would be in JSON.

use std::sync::Arc;

use api::catalogue::TitleInput;
use serde_json::{Map, Value, json};

use super::Refusal;
use super::cell::{Cell, CellRef};
use super::cell_values;
use super::columns::Guess;
use super::content::{self, Content, WIKIPEDIA};
use super::days::{self, DateOrder};
use super::field_columns::FieldColumns;
use super::mapping::{self, Shape};
use super::notes::Note;
use super::prices;
use crate::spreadsheet::is_error;

/// How the rows of a table become films.
#[derive(Debug)]
pub(super) struct Table {
    columns: Vec<Column>,
    /// The films' source, if no column has it.
    source: Option<String>,
    /// The currency of prices that state none.
    currency: Option<String>,
    order: DateOrder,
    /// The kinds of offers for which the table has prices.
    kinds: Vec<&'static str>,
    is_own: bool,
    /// Whether it is one that `dvs export` writes, whose values are the store's.
    is_export: bool,
    gives_year: bool,
    shape: Shape,
    fields: Arc<FieldColumns>,
}

#[derive(Debug)]
pub(super) struct Column {
    /// Its name in the header.
    pub(super) name: String,
    pub(super) content: Content,
    /// The currency of its prices, if its name says it: "Preço (R$)".
    currency: Option<String>,
    /// How its prices separate decimals, if they or a mapping show it.
    decimal: Option<char>,
}

impl Table {
    pub(super) fn new(header: &[String], guess: &Guess, settings: Settings, sample: &[Vec<Cell>]) -> Self {
        let named: Vec<_> = header.iter().filter(|name| !name.is_empty()).collect();
        let has = |field: &str| named.iter().any(|name| *name == field);
        let is_wikipedia = named.iter().all(|name| WIKIPEDIA.contains(&name.as_str()))
            && has("title")
            && (has("href") || has("extract") || has("thumbnail"));
        let shape = if is_wikipedia { Shape::Wikipedia } else { Shape::Own };
        let columns: Vec<_> = header
            .iter()
            .zip(&guess.fields)
            .enumerate()
            .map(|(place, (name, field))| Column {
                name: name.clone(),
                currency: prices::currency_in(name),
                decimal: settings
                    .decimal
                    .or_else(|| prices::decimal_in(sample.iter().filter_map(|row| row.get(place)))),
                content: match shape {
                    Shape::Wikipedia => content::wikipedia(name),
                    Shape::Own => field.as_deref().map_or(Content::LeftOut, content::of_field),
                },
            })
            .collect();
        let kinds = columns.iter().filter_map(|column| match column.content {
            Content::Price(kind) => Some(kind),
            _ => None,
        });
        let dates = columns
            .iter()
            .enumerate()
            .filter(|(_, column)| column.content.is_moment());
        let mut dates = dates.flat_map(|(place, _)| sample.iter().filter_map(move |row| row.get(place)));
        let seen = dates.find_map(|cell| days::order_of(&cell.text));
        Self {
            fields: Arc::new(FieldColumns::of(&columns)),
            kinds: kinds.collect(),
            source: settings.source.or_else(|| guess.source.clone()),
            currency: settings.currency,
            order: settings.order.or(seen).unwrap_or(DateOrder::DayFirst),
            is_own: guess.is_own,
            is_export: guess.is_own && guess.has("id"),
            gives_year: guess.has("name") && !guess.has("year"),
            columns,
            shape,
        }
    }

    pub(super) fn field_columns(&self) -> Arc<FieldColumns> {
        Arc::clone(&self.fields)
    }

    pub(super) fn width(&self) -> usize {
        self.columns.len()
    }

    /// The least number of cells of a row: up to the last column that has a name.
    pub(super) fn needed(&self) -> usize {
        let last = self.columns.iter().rposition(|column| !column.name.is_empty());
        last.map_or(0, |last| last + 1)
    }

    /// The columns without which no row can have a film.
    pub(super) fn missing(&self, guess: &Guess, sample: &[Vec<Cell>]) -> Vec<&'static str> {
        let mut missing = Vec::new();
        if self.shape == Shape::Wikipedia {
            return missing;
        }
        let has_identity = guess.has("source_id") && (guess.has("source") || self.source.is_some());
        if !guess.has("name") && !has_identity {
            missing.push("a column with the films' names, such as name, title or título");
        }
        let is_name = |column: &Column| column.content == Content::Name;
        let has_years = || {
            self.cells(sample, is_name)
                .any(|name| cell_values::with_year(&name.text).is_some())
        };
        if !guess.has("year") && !has_identity && !has_years() {
            missing.push("a column with their years, such as year or ano");
        }
        missing
    }

    /// Whether the command has to state the currency of the prices.
    pub(super) fn needs_currency(&self, sample: &[Vec<Cell>]) -> bool {
        if self.shape == Shape::Wikipedia || self.currency.is_some() {
            return false;
        }
        let is_without = |column: &Column| matches!(column.content, Content::Price(_)) && column.currency.is_none();
        let prices: Vec<_> = self
            .cells(sample, is_without)
            .filter(|price| !is_error(&price.text))
            .collect();
        // If some prices name their currency, only the rows without one are refused.
        prices.iter().any(|price| prices::is_bare(price)) && !prices.iter().any(|price| prices::names_currency(price))
    }

    /// The cells of some columns in the rows of a sample.
    fn cells<'a>(
        &'a self,
        sample: &'a [Vec<Cell>],
        is_wanted: impl Fn(&Column) -> bool,
    ) -> impl Iterator<Item = &'a Cell> {
        let places: Vec<_> = (0..self.columns.len())
            .filter(|place| is_wanted(&self.columns[*place]))
            .collect();
        places
            .into_iter()
            .flat_map(|place| sample.iter().filter_map(move |row| row.get(place)))
    }

    /// How the table is read, one line for each guess, so that people can check it.
    pub(super) fn described(&self) -> Vec<String> {
        let left_out = self.columns.iter().filter(|column| column.content == Content::LeftOut);
        let left_out: Vec<_> = left_out
            .map(|column| &*column.name)
            .filter(|name| !name.is_empty())
            .collect();
        let mut lines = Vec::new();
        if !self.is_own && self.shape == Shape::Own {
            let read = self.columns.iter().filter(|column| column.content != Content::LeftOut);
            lines.extend(read.map(|column| format!("  {} → {}", column.name.escape_debug(), column.content.field())));
            if let Some(source) = &self.source {
                lines.push(format!("  every film's source → {source:?}"));
            }
            if self.columns.iter().any(|column| column.content.is_moment()) {
                let order = match self.order {
                    DateOrder::DayFirst => "day/month/year",
                    DateOrder::MonthFirst => "month/day/year",
                };
                lines.push(format!("  dates are read as {order}"));
            }
        }
        if !left_out.is_empty() {
            lines.push(format!("  left out: {}", left_out.join(", ").escape_debug()));
        }
        lines
    }

    /// The film of a row, and notes about values that were read differently.
    pub(super) fn film<'a>(
        &self,
        cells: impl Iterator<Item = CellRef<'a>>,
    ) -> (Result<TitleInput, Refusal>, Vec<Note>) {
        let mut row = Row {
            table: self,
            fields: Map::new(),
            bounds: Vec::new(),
            name_without_year: None,
            notes: Vec::new(),
        };
        for (column, cell) in self.columns.iter().zip(cells) {
            if let Err(reason) = row.put(column, cell) {
                let refusal = Refusal {
                    name: mapping::name(&row.fields),
                    ..Refusal::new(column.name.clone(), reason)
                };
                return (Err(refusal), row.notes);
            }
        }
        row.put_name_without_year();
        row.put_bounds();
        if let Some(source) = self.source.as_ref().filter(|_| self.shape == Shape::Own) {
            row.fields.entry("source").or_insert_with(|| json!(source));
        }
        let film = mapping::film(row.fields).map_err(|refusal| Refusal {
            field: self.fields.named(refusal.field),
            ..refusal
        });
        (film, row.notes)
    }
}

/// What the command or a mapping states about a table.
#[derive(Debug, Clone, Default)]
pub(super) struct Settings {
    pub(super) source: Option<String>,
    pub(super) currency: Option<String>,
    pub(super) order: Option<DateOrder>,
    /// The sign of decimals in prices.
    pub(super) decimal: Option<char>,
}

/// A row that is being converted to a film.
struct Row<'a> {
    table: &'a Table,
    fields: Map<String, Value>,
    /// When its offers begin and end; they are set last, because only then it is known which offers there are.
    bounds: Vec<(&'static str, Value)>,
    /// If a name ends with a year: its column, the name without the year, and the year.
    name_without_year: Option<(String, String, i64)>,
    notes: Vec<Note>,
}

mod row;
#[cfg(test)]
mod tests;
