//! Puts the values of a row's cells into the fields of a film.

use serde_json::{Value, json};

use super::{Column, Row};
use crate::import::cell::CellRef;
use crate::import::cell_values::{self, ListKind};
use crate::import::content::Content;
use crate::import::notes::Note;
use crate::import::{codes, days, names, prices};
use crate::spreadsheet::{is_error, unguard};

impl Row<'_> {
    /// Puts the value of a cell into its field; an empty cell clears the field. A value that cannot be read refuses the
    /// row if the film needs it, or if it is about money or rights; otherwise it is left out and noted.
    pub(super) fn put(&mut self, column: &Column, cell: CellRef<'_>) -> Result<(), String> {
        let number = cell.number;
        let cell = std::str::from_utf8(cell.text).map_err(|_invalid| crate::import::NO_UTF_8)?;
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
            // A text that is not a number is kept as text, which the mapping refuses as it does in JSON.
            Content::Year => self.set("year", cell_values::year(cell).map_or_else(|| json!(cell), Value::from)),
            Content::Whole(field) => self.set(field, cell_values::whole(cell).map_or_else(|| json!(cell), Value::from)),
            Content::Minutes => self.put_or_note(column, cell, "runtime_minutes", cell_values::running_time(cell)),
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
                let decimal = column.decimal;
                let prices::Read { money, note } = match number {
                    Some(number) => prices::of_number(cell, number.currency.as_deref().or(currency))?,
                    None => prices::price(cell, prices::Context { currency, decimal })?,
                };
                if let Some(note) = note {
                    self.note(column, note);
                }
                let price = json!({ "amount_minor": money.amount_minor, "currency_code": money.currency_code });
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

    /// Handles an error value of a spreadsheet: the row is refused if the film needs the value, or if it is about money or rights.
    pub(super) fn put_error(&mut self, column: &Column, cell: &str) -> Result<(), String> {
        let what = format!("{cell:?} is an error of the spreadsheet, or a formula that it has not calculated");
        if column.content.is_needed() {
            return Err(format!("{what}."));
        }
        self.note(column, format!("{what}, and is left out"));
        Ok(())
    }

    pub(super) fn put_name(&mut self, column: &str, cell: &str) {
        let mut name = cell;
        if let Some((rest, year)) = cell_values::with_year(cell) {
            if self.table.gives_year {
                name = rest;
                self.set("year", json!(year));
            } else if !self.table.is_own {
                // A column of years may follow.
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

    /// Removes the year from the name if a column of years has the same year.
    pub(super) fn put_name_without_year(&mut self) {
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

    pub(super) fn put_list(&mut self, column: &Column, field: &str, kind: ListKind, cell: &str) {
        let code = |entry: &str| match kind {
            ListKind::Countries => names::country(entry).map(ToOwned::to_owned),
            ListKind::Languages => {
                names::language(entry).or_else(|| names::tag(entry).filter(|_| self.table.is_export))
            }
            ListKind::People | ListKind::Genres => None,
        };
        let (known, unknown) = match (kind, cell_values::json_list(cell, kind)) {
            (ListKind::People | ListKind::Genres, _) => (cell_values::list(cell, kind), Vec::new()),
            (_, Some(entries)) => codes::codes(&entries.join("|"), code),
            (_, None) => codes::codes(cell, code),
        };
        for entry in unknown {
            self.note(column, format!("{entry:?} is not known and left out"));
        }
        self.set(field, json!(known));
    }

    pub(super) fn put_or_note(&mut self, column: &Column, cell: &str, field: &str, value: Option<impl Into<Value>>) {
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

    pub(super) fn moment(&self, field: &str, cell: &str) -> Result<Value, String> {
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

    pub(super) fn note(&mut self, column: &Column, what: impl Into<String>) {
        self.notes.push(Note::new(&column.name, what));
    }

    /// Clears the field of a column.
    pub(super) fn clear(&mut self, content: &Content) {
        match content {
            Content::LeftOut => {}
            Content::Localized { object, language } => self.set_text(object, language, Value::Null),
            Content::Price(kind) => self.set_offer(kind, "price", Value::Null),
            Content::Offer { kind, field } => self.set_offer(kind, field, Value::Null),
            Content::Bound(field) => self.bounds.push((field, Value::Null)),
            field => self.set(&field.field(), Value::Null),
        }
    }

    pub(super) fn set(&mut self, field: &str, value: Value) {
        self.fields.insert(field.to_owned(), value);
    }

    pub(super) fn set_text(&mut self, object: &str, language: &str, value: Value) {
        let texts = self.fields.entry(object).or_insert_with(|| json!({}));
        if let Value::Object(texts) = texts {
            texts.insert(language.to_owned(), value);
        }
    }

    /// Sets when offers begin and end: of every kind that has a price in the table; if there are no prices, of the rental.
    pub(super) fn put_bounds(&mut self) {
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

    /// Sets a field of the offer of this kind, and creates the offer at its first field.
    pub(super) fn set_offer(&mut self, kind: &str, field: &str, value: Value) {
        let offers = self.fields.entry("offers").or_insert_with(|| json!([]));
        let Value::Array(offers) = offers else { return };
        if let Some(offer) = offers.iter_mut().find(|offer| offer["kind"] == kind) {
            offer[field] = value;
        } else {
            offers.push(json!({ "kind": kind, field: value }));
        }
    }
}
