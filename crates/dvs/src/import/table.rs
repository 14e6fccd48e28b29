//! Tables: a header that names the columns, then a film a row. A row becomes the object that it would be in JSON.

use api::catalogue::TitleInput;
use serde_json::{Map, Value, json};

use super::Refusal;
use super::cell_values::{self, ListKind};
use super::columns::Guess;
use super::content::{self, Content, WIKIPEDIA};
use super::days::{self, DateOrder};
use super::mapping::{self, Shape};
use super::names;
use super::notes::Note;
use super::prices;
use crate::spreadsheet::{is_error, unguard};

/// How the rows of a table become films.
#[derive(Debug)]
pub(super) struct Table {
    columns: Vec<Column>,
    /// What the films' source is, where no column says it.
    source: Option<String>,
    /// What prices are in that do not say it.
    currency: Option<String>,
    order: DateOrder,
    /// Which offers the table has prices of.
    kinds: Vec<&'static str>,
    is_own: bool,
    gives_year: bool,
    shape: Shape,
}

#[derive(Debug)]
struct Column {
    /// As the header has it.
    name: String,
    content: Content,
    /// What its prices are in, where its name says it: "Preço (R$)".
    currency: Option<String>,
}

impl Table {
    pub(super) fn new(header: &[String], guess: &Guess, settings: Settings, sample: &[Vec<String>]) -> Self {
        let named: Vec<_> = header.iter().filter(|name| !name.is_empty()).collect();
        let has = |field: &str| named.iter().any(|name| *name == field);
        let is_wikipedia = named.iter().all(|name| WIKIPEDIA.contains(&name.as_str()))
            && has("title")
            && (has("href") || has("extract") || has("thumbnail"));
        let shape = if is_wikipedia { Shape::Wikipedia } else { Shape::Own };
        let columns: Vec<_> = header
            .iter()
            .zip(&guess.fields)
            .map(|(name, field)| Column {
                name: name.clone(),
                currency: prices::currency_in(name),
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
        let seen = dates.find_map(|cell| days::order_of(cell));
        Self {
            kinds: kinds.collect(),
            source: settings.source.or_else(|| guess.source.clone()),
            currency: settings.currency,
            order: settings.order.or(seen).unwrap_or(DateOrder::DayFirst),
            is_own: guess.is_own,
            gives_year: guess.has("name") && !guess.has("year"),
            columns,
            shape,
        }
    }

    pub(super) fn width(&self) -> usize {
        self.columns.len()
    }

    /// How many cells a row has at least: as many as have a name above them.
    pub(super) fn needed(&self) -> usize {
        let last = self.columns.iter().rposition(|column| !column.name.is_empty());
        last.map_or(0, |last| last + 1)
    }

    /// What the table lacks to have a film in any row: all of it, so that one look mends it.
    pub(super) fn needs(&self, guess: &Guess, sample: &[Vec<String>]) -> Vec<String> {
        let mut needs = Vec::new();
        if self.shape == Shape::Wikipedia {
            return needs;
        }
        let has_identity = guess.has("source_id") && (guess.has("source") || self.source.is_some());
        if !guess.has("name") && !has_identity {
            needs.push("a column with the films' names, such as name, title or título".to_owned());
        }
        let cells = |wanted: &dyn Fn(&Column) -> bool| {
            let columns: Vec<_> = self
                .columns
                .iter()
                .enumerate()
                .filter(|(_, column)| wanted(column))
                .collect();
            columns
                .into_iter()
                .flat_map(|(place, _)| sample.iter().filter_map(move |row| row.get(place)))
        };
        let has_years =
            || cells(&|column| column.content == Content::Name).any(|name| cell_values::with_year(name).is_some());
        if !guess.has("year") && !has_identity && !has_years() {
            needs.push("a column with their years, such as year or ano".to_owned());
        }
        let is_without = |column: &Column| matches!(column.content, Content::Price(_)) && column.currency.is_none();
        let mut prices = cells(&is_without);
        if self.currency.is_none() && prices.any(|price| !is_error(price) && prices::is_bare(price)) {
            needs.push("the currency of its prices: --currency BRL".to_owned());
        }
        needs
    }

    /// How the table is read, a line each: what was guessed is to be seen.
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

    /// The film of a row, and what was read otherwise than it is written.
    pub(super) fn film<'a>(&self, cells: impl Iterator<Item = &'a [u8]>) -> (Result<TitleInput, Refusal>, Vec<Note>) {
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
        (mapping::film(row.fields), row.notes)
    }
}

/// What the command or a mapping says of a table.
#[derive(Debug, Clone, Default)]
pub(super) struct Settings {
    pub(super) source: Option<String>,
    pub(super) currency: Option<String>,
    pub(super) order: Option<DateOrder>,
}

/// A row on its way to a film.
struct Row<'a> {
    table: &'a Table,
    fields: Map<String, Value>,
    /// When its offers begin and end, whichever there are in the end.
    bounds: Vec<(&'static str, Value)>,
    /// The column of a name that ends with a year, what stands before that, and the year.
    name_without_year: Option<(String, String, i64)>,
    notes: Vec<Note>,
}

impl Row<'_> {
    /// Puts what a cell says where it belongs; an empty cell clears its field. What cannot be read refuses the row where
    /// it is about money or rights, or needed; otherwise it is left out, and noted.
    fn put(&mut self, column: &Column, cell: &[u8]) -> Result<(), String> {
        let cell = std::str::from_utf8(cell).map_err(|_invalid| super::NO_UTF_8)?;
        if column.content == Content::LeftOut {
            return Ok(());
        }
        if is_error(cell.trim()) {
            return self.put_error(column, cell.trim());
        }
        let unguarded = unguard(cell.trim());
        let cell = &*unguarded;
        if cell.is_empty() || (!self.table.is_own && cell_values::is_nothing(cell)) {
            self.clear(&column.content);
            return Ok(());
        }
        match &column.content {
            Content::LeftOut => {}
            Content::Text(field) => self.set(field, json!(cell)),
            Content::Name => self.put_name(&column.name, cell),
            // What is no number stays a text, which the mapping refuses as it does in JSON.
            Content::Year => self.set("year", cell_values::year(cell).map_or_else(|| json!(cell), Value::from)),
            Content::Whole(field) => self.set(field, cell_values::whole(cell).map_or_else(|| json!(cell), Value::from)),
            Content::Minutes => self.put_or_note(column, cell, "runtime_minutes", cell_values::minutes(cell)),
            Content::Age => self.put_or_note(column, cell, "age_rating", cell_values::age(cell)),
            Content::Url(field) => {
                let url = cell.starts_with("https://").then_some(cell);
                if url.is_none() {
                    self.note(column, "an address that does not begin with https:// is left out");
                    return Ok(());
                }
                self.set(field, json!(url));
            }
            Content::Flag(field) => match cell.to_lowercase().as_str() {
                "yes" | "true" | "1" | "sim" | "sí" => self.set(field, json!(true)),
                "no" | "false" | "0" | "não" => self.set(field, json!(false)),
                _ => return Err("This must be yes or no.".to_owned()),
            },
            Content::List(field, kind) => self.put_list(column, field, *kind, cell),
            Content::Localized { object, language } => self.set_text(object, language, json!(cell)),
            Content::Price(kind) => {
                let currency = column.currency.as_deref().or(self.table.currency.as_deref());
                let price = prices::price(cell, currency)?;
                let price = json!({ "amount_minor": price.amount_minor, "currency_code": price.currency_code });
                self.set_offer(kind, "price", price);
            }
            Content::Offer { kind, field } => {
                let value = match *field {
                    "available_from" | "available_until" => self.moment(field, cell)?,
                    "id" => json!(cell),
                    _ => cell_values::whole(cell).map_or_else(|| json!(cell), Value::from),
                };
                self.set_offer(kind, field, value);
            }
            Content::Bound(field) => {
                let value = self.moment(field, cell)?;
                self.bounds.push((field, value));
            }
        }
        Ok(())
    }

    /// What a formula that failed should have said is not known: where a film needs it, or it is about money or rights,
    /// its row is refused.
    fn put_error(&mut self, column: &Column, cell: &str) -> Result<(), String> {
        let what = format!("{cell:?} is an error of the spreadsheet, or a formula that it has not calculated");
        if column.content.is_needed() {
            return Err(format!("{what}."));
        }
        self.note(column, format!("{what}, and is left out"));
        Ok(())
    }

    fn put_name(&mut self, column: &str, cell: &str) {
        let mut name = cell;
        if let Some((rest, year)) = cell_values::with_year(cell) {
            if self.table.gives_year {
                name = rest;
                self.set("year", json!(year));
            } else if !self.table.is_own {
                // Its column of years may stand behind it.
                self.name_without_year = Some((column.to_owned(), rest.to_owned(), year));
            }
        }
        let turned = cell_values::with_article_first(name).filter(|_| !self.table.is_own);
        if let Some(turned) = turned {
            self.notes
                .push(Note::new(column, format!("{name:?} is read as {turned:?}")));
            return self.set("name", json!(turned));
        }
        self.set("name", json!(name));
    }

    /// Takes the year off the name where it only says what the column of years says too.
    fn put_name_without_year(&mut self) {
        let Some((column, name, year)) = self.name_without_year.take() else {
            return;
        };
        if self.fields.get("year") == Some(&json!(year)) {
            let name = cell_values::with_article_first(&name).unwrap_or(name);
            let written = self.fields.get("name").and_then(Value::as_str).unwrap_or_default();
            self.notes
                .push(Note::new(&column, format!("{written:?} is read as {name:?}")));
            self.set("name", json!(name));
        }
    }

    fn put_list(&mut self, column: &Column, field: &str, kind: ListKind, cell: &str) {
        let entries = cell_values::list(cell, kind);
        let code = |entry: &str| match kind {
            ListKind::Countries => names::country(entry).map(ToOwned::to_owned),
            ListKind::Languages => names::language(entry),
            ListKind::People | ListKind::Genres => Some(entry.to_owned()),
        };
        let mut known = Vec::with_capacity(entries.len());
        for entry in entries {
            let codes = code(&entry).map(|code| vec![code]);
            match codes.or_else(|| names::joined(&entry, code)) {
                Some(codes) => known.extend(codes),
                None => self.note(column, format!("{entry:?} is not known and left out")),
            }
        }
        self.set(field, json!(known));
    }

    fn put_or_note(&mut self, column: &Column, cell: &str, field: &str, value: Option<impl Into<Value>>) {
        match value {
            Some(value) => self.set(field, value.into()),
            None if field == "age_rating" => {
                self.note(
                    column,
                    format!("{cell:?} is no age rating of Brazil's (L, 10, 12, 14, 16, 18) and is left out"),
                );
            }
            None => self.note(column, format!("{cell:?} cannot be read and is left out")),
        }
    }

    fn moment(&self, field: &str, cell: &str) -> Result<Value, String> {
        let bound = days::bound(cell, self.table.order);
        let bound = bound.ok_or_else(|| format!("{cell:?} is no date such as 2026-01-31 or 31/01/2026."))?;
        let at_us = if field == "available_from" {
            bound.begins_us()
        } else {
            bound.ends_us()
        };
        let at = jiff::Timestamp::from_microsecond(at_us).map_err(|_| "This date is out of range.".to_owned())?;
        Ok(json!(at.to_string()))
    }

    fn note(&mut self, column: &Column, what: impl Into<String>) {
        self.notes.push(Note::new(&column.name, what));
    }

    /// The field of a column with nothing in it.
    fn clear(&mut self, content: &Content) {
        match content {
            Content::LeftOut => {}
            Content::Localized { object, language } => self.set_text(object, language, Value::Null),
            Content::Price(kind) => self.set_offer(kind, "price", Value::Null),
            Content::Offer { kind, field } => self.set_offer(kind, field, Value::Null),
            Content::Bound(field) => self.bounds.push((field, Value::Null)),
            field => self.set(&field.field(), Value::Null),
        }
    }

    fn set(&mut self, field: &str, value: Value) {
        self.fields.insert(field.to_owned(), value);
    }

    fn set_text(&mut self, object: &str, language: &str, value: Value) {
        let texts = self.fields.entry(object).or_insert_with(|| json!({}));
        if let Value::Object(texts) = texts {
            texts.insert(language.to_owned(), value);
        }
    }

    /// Sets when every offer begins and ends that has a price in the table; without prices there, when the rental does.
    fn put_bounds(&mut self) {
        for (field, value) in std::mem::take(&mut self.bounds) {
            if self.table.kinds.is_empty() {
                self.set_offer("rent", field, value);
                continue;
            }
            let offers = self.fields.get_mut("offers").and_then(Value::as_array_mut);
            for offer in offers.into_iter().flatten().filter(|offer| !offer["price"].is_null()) {
                offer[field] = value.clone();
            }
        }
    }

    /// Sets something of the offer of this kind, which is there from its first cell on.
    fn set_offer(&mut self, kind: &str, field: &str, value: Value) {
        let offers = self.fields.entry("offers").or_insert_with(|| json!([]));
        let Value::Array(offers) = offers else { return };
        if let Some(offer) = offers.iter_mut().find(|offer| offer["kind"] == kind) {
            offer[field] = value;
        } else {
            offers.push(json!({ "kind": kind, field: value }));
        }
    }
}

#[cfg(test)]
mod tests;
