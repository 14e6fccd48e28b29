//! One row: a right to a film in one country.

use serde_json::{Map, Value, json};

use super::{CURRENCIES, DELETION, Film, READ, SOURCE};
use crate::import::cell::Cell;
use crate::import::days::{self, DateOrder};
use crate::import::derived::identifying;
use crate::import::names::fold;
use crate::import::table::Settings;
use crate::import::{Refusal, cell_values, prices};

/// One row.
pub(super) struct Right<'a> {
    pub(super) names: &'a [String],
    pub(super) cells: &'a [Cell],
    /// How prices separate decimals, if they show it.
    pub(super) decimal: Option<char>,
}

impl Right<'_> {
    fn cell(&self, name: &str) -> Option<&Cell> {
        let place = self.names.iter().position(|known| known == name);
        place.and_then(|place| self.cells.get(place))
    }

    pub(super) fn get(&self, name: &str) -> &str {
        self.cell(name).map_or("", |cell| &cell.text)
    }

    pub(super) fn name(&self) -> &str {
        match self.get("titledisplayunlimited") {
            "" => self.get("titleinternalalias"),
            name => name,
        }
    }

    pub(super) fn identity(&self) -> String {
        let ids = ["contentid", "alid", "altid"].map(|name| self.get(name));
        let id = ids.into_iter().find(|id| !id.is_empty()).map(ToOwned::to_owned);
        id.unwrap_or_else(|| format!("{} {}", identifying(self.name()), self.get("releaseyear")))
    }

    pub(super) fn film(&self, number: i64) -> Film {
        let mut film = Film {
            number,
            fields: Map::new(),
            notes: Vec::new(),
            refusal: None,
            has_rights: false,
        };
        film.fields.insert("source".to_owned(), json!(SOURCE));
        film.fields.insert("source_id".to_owned(), json!(self.identity()));
        film.fields.insert("name".to_owned(), json!(self.name()));
        if let Some(year) = cell_values::year(self.get("releaseyear")) {
            film.fields.insert("year".to_owned(), json!(year));
        }
        let time = self.get("totalruntime");
        match cell_values::minutes(time) {
            Some(minutes) => {
                film.fields.insert("runtime_minutes".to_owned(), json!(minutes));
            }
            None if time.is_empty() => {}
            None => film.note("TotalRunTime", format!("{time:?} cannot be read and is left out")),
        }
        let rating = self.get("ratingvalue");
        let is_brazilian = matches!(
            fold(self.get("ratingsystem")).as_str(),
            "classind" | "djctq" | "brazil" | "br"
        );
        match cell_values::age(rating).filter(|_| is_brazilian) {
            Some(age) => {
                film.fields.insert("age_rating".to_owned(), json!(age));
            }
            None if rating.is_empty() => {}
            None => film.note(
                "RatingValue",
                format!("{rating:?} is no age rating of Brazil's and is left out"),
            ),
        }
        film
    }

    pub(super) fn add_to(&self, film: &mut Film, settings: &Settings) {
        for (name, cell) in self.names.iter().zip(self.cells) {
            let cell = &cell.text;
            if !cell.is_empty() && !READ.contains(&name.as_str()) {
                let what = if name == "territory" {
                    format!("offers hold everywhere: {cell:?} is left out")
                } else {
                    "is left out: the store does not keep it".to_owned()
                };
                film.note(name, what);
            }
        }
        let work = self.get("worktype");
        if !work.is_empty() && !matches!(fold(work).as_str(), "movie" | "feature" | "short" | "film") {
            film.refusal
                .get_or_insert_with(|| Refusal::new("WorkType", format!("{work:?} is no film.")));
            return;
        }
        if fold(self.get("entrytype")).contains("delete") {
            return film.note("EntryType", DELETION);
        }
        film.has_rights = true;
        let kind = match self.get("licensetype").to_uppercase().as_str() {
            "EST" => "buy",
            "VOD" => "rent",
            other => {
                return film.note(
                    "LicenseType",
                    format!("{other:?} is left out: films are rented (VOD) and bought (EST)"),
                );
            }
        };
        match self.offer(kind, film, settings) {
            Ok(Some(offer)) => film.offer(kind, offer),
            Ok(None) => {}
            Err(refusal) => {
                film.refusal.get_or_insert(refusal);
            }
        }
    }

    pub(super) fn offer(&self, kind: &str, film: &mut Film, settings: &Settings) -> Result<Option<Value>, Refusal> {
        let column = if self.get("srp").is_empty() && fold(self.get("pricetype")) == "srp" {
            "pricevalue"
        } else {
            "srp"
        };
        let Some(retail) = self.cell(column).filter(|cell| !cell.text.is_empty()) else {
            film.note(
                "SRP",
                format!("there is no retail price: the film is not for sale to {kind}"),
            );
            return Ok(None);
        };
        let territory = self.get("territory");
        let of_territory = CURRENCIES
            .into_iter()
            .find(|(code, _)| *code == territory)
            .map(|(_, currency)| currency);
        let currency = Some(self.get("pricecurrency")).filter(|currency| !currency.is_empty());
        let currency = currency.or(settings.currency.as_deref());
        if let Some(guessed) = of_territory.filter(|_| currency.is_none() && prices::is_bare(retail)) {
            film.note(
                "SRP",
                format!("is read as {guessed}, for its territory (--currency says otherwise)"),
            );
        }
        let currency = currency.or(of_territory);
        let decimal = self.decimal;
        let read = match &retail.number {
            Some(number) => prices::of_number(&retail.text, number.currency.as_deref().or(currency)),
            None => prices::price(&retail.text, prices::Context { currency, decimal }),
        };
        let prices::Read { money, note } = read.map_err(|reason| Refusal::new("SRP", reason))?;
        if let Some(note) = note {
            film.note("SRP", note);
        }
        let mut offer = json!({
            "kind": kind,
            "price": { "amount_minor": money.amount_minor, "currency_code": money.currency_code },
        });
        for (field, column) in [("available_from", "Start"), ("available_until", "End")] {
            let cell = self.get(&column.to_lowercase());
            if cell.is_empty() || fold(cell) == "open" {
                offer[field] = Value::Null;
                continue;
            }
            let order = settings.order.unwrap_or(DateOrder::DayFirst);
            let bound = days::bound(cell, order);
            let bound =
                bound.ok_or_else(|| Refusal::new(column, format!("{cell:?} is no date such as 2026-01-31.")))?;
            let at_us = if column == "Start" {
                bound.begins_us()
            } else {
                bound.ends_us()
            };
            let at = jiff::Timestamp::from_microsecond(at_us);
            offer[field] = at.map_or(Value::Null, |at| json!(at.to_string()));
        }
        for (field, column) in [
            ("start_window_hours", "RentalDuration"),
            ("viewing_window_hours", "WatchDuration"),
        ] {
            let cell = self.get(&column.to_lowercase());
            if kind == "rent" && !cell.is_empty() {
                let hours = cell_values::whole(cell);
                let hours = hours.ok_or_else(|| Refusal::new(column, format!("{cell:?} is no number of hours.")))?;
                offer[field] = json!(hours);
            }
        }
        Ok(Some(offer))
    }
}
