//! Reads files of films as batches that fit into one call, and refuses rows that need no call to be refused.

use std::sync::Arc;

use api::Money;
use api::catalogue::{ImportRow, OfferInput, OfferKind, RefusedRow, TitleInput};

use super::identities::{Identities, Known};
use super::{Broken, FieldColumns, FilmFile, Note, Refusal};

/// The largest batch: a call takes 500 rows and 4 MiB.
const BATCH_ROWS: usize = 500;
const BATCH_BYTES: usize = 2 * 1024 * 1024;

/// A file that is open for reading.
pub(crate) struct NamedFile {
    pub(crate) name: Arc<str>,
    pub(crate) films: FilmFile,
}

/// The prices of films that state none.
#[derive(Debug, Clone, Default)]
pub(crate) struct DefaultPrices {
    pub(crate) rent: Option<Money>,
    pub(crate) buy: Option<Money>,
}

/// Consecutive rows of one file.
#[derive(Debug)]
pub(crate) struct Batch {
    pub(crate) file: Arc<str>,
    pub(crate) columns: Arc<FieldColumns>,
    pub(crate) rows: Vec<ImportRow>,
    pub(crate) refused: Vec<RefusedRow>,
    /// Values that were read in another way than they are written, by row.
    pub(crate) notes: Vec<(i64, Note)>,
    /// How the file ended; only in its last batch.
    pub(crate) end: Option<Result<(), Broken>>,
}

/// The batches of the files, in order.
pub(crate) struct Batches {
    files: Vec<NamedFile>,
    current: usize,
    prices: DefaultPrices,
    identities: Identities<Place>,
}

/// The position of a film's row.
#[derive(Clone, Copy)]
struct Place {
    file: usize,
    row: i64,
}

impl Batches {
    pub(crate) fn new(files: Vec<NamedFile>, prices: DefaultPrices) -> Self {
        Self {
            files,
            current: 0,
            prices,
            identities: Identities::new(),
        }
    }

    /// The film to send, unless an earlier row has its identity: if both were sent, every import would change the film twice.
    fn accept(&mut self, row: i64, mut film: TitleInput) -> Result<TitleInput, Refusal> {
        // The catalogue refuses a film without an identity.
        if !film.source_id.is_empty() {
            let place = Place {
                file: self.current,
                row,
            };
            let reason = match self.identities.note(&film.source, film.source_id.trim(), place) {
                Known::New => None,
                Known::At(first) => Some(format!(
                    "row {} of {} already has this source_id",
                    first.row,
                    self.name(first)
                )),
                Known::TooMany(limit) => Some(format!("one import takes at most {limit} films")),
            };
            if let Some(reason) = reason {
                let name = film.name;
                return Err(Refusal {
                    name,
                    ..Refusal::new("source_id", reason)
                });
            }
        }
        self.prices.add_to(&mut film);
        Ok(film)
    }

    fn name(&self, place: Place) -> &str {
        self.files.get(place.file).map_or("", |file| &file.name)
    }
}

impl Iterator for Batches {
    type Item = Batch;

    fn next(&mut self) -> Option<Batch> {
        let mut batch = Batch::of(self.files.get(self.current)?);
        let mut bytes = 0;
        while !batch.is_full() && bytes < BATCH_BYTES {
            let row = match self.files.get_mut(self.current)?.films.next() {
                Ok(Some(row)) => row,
                end => {
                    batch.end = Some(end.map(|_none| ()));
                    self.current += 1;
                    break;
                }
            };
            bytes += row.bytes;
            batch.notes.extend(row.notes.into_iter().map(|note| (row.number, note)));
            match row.film.and_then(|film| self.accept(row.number, film)) {
                Ok(film) => batch.rows.push(ImportRow {
                    row: row.number,
                    title: Some(film),
                }),
                Err(refusal) => batch.refused.push(refusal.of(row.number)),
            }
        }
        Some(batch)
    }
}

impl Batch {
    fn of(file: &NamedFile) -> Self {
        Self {
            file: Arc::clone(&file.name),
            columns: file.films.columns(),
            rows: Vec::new(),
            refused: Vec::new(),
            notes: Vec::new(),
            end: None,
        }
    }

    fn is_full(&self) -> bool {
        self.rows.len() + self.refused.len() >= BATCH_ROWS
    }
}

impl Refusal {
    fn of(self, row: i64) -> RefusedRow {
        let Self { name, field, reason } = self;
        RefusedRow {
            row,
            name,
            field,
            reason,
        }
    }
}

impl DefaultPrices {
    /// Adds the default prices for the kinds of offers for which the film states no price.
    fn add_to(&self, film: &mut TitleInput) {
        for (kind, price) in [(OfferKind::Rent, &self.rent), (OfferKind::Buy, &self.buy)] {
            let Some(price) = price else { continue };
            let named = "price".to_owned();
            match film.offers.iter_mut().find(|offer| offer.kind() == kind) {
                // The film states windows or dates, but no price.
                Some(offer) if !offer.fields.is_empty() && !offer.fields.contains(&named) => {
                    offer.price = Some(price.clone());
                    offer.fields.push(named);
                }
                Some(_) => {}
                // If the film has such an offer in the store already, only its price is set.
                None => film.offers.push(OfferInput {
                    kind: kind.into(),
                    price: Some(price.clone()),
                    fields: vec![named],
                    ..OfferInput::default()
                }),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use serde_json::{Value, json};

    use super::*;

    fn file(name: &str, text: &impl ToString) -> NamedFile {
        NamedFile {
            name: name.into(),
            films: FilmFile::open(Cursor::new(text.to_string())).unwrap(),
        }
    }

    fn film(id: usize) -> Value {
        json!({"source": "test", "source_id": id.to_string(), "name": "A film", "year": 1950})
    }

    fn batches(files: Vec<NamedFile>) -> Vec<Batch> {
        Batches::new(files, DefaultPrices::default()).collect()
    }

    #[test]
    fn batches_have_a_limit_of_rows_and_the_last_one_of_a_file_says_so() {
        let films: Vec<_> = (0..=BATCH_ROWS).map(film).collect();
        let batches = batches(vec![
            file("a", &json!(films)),
            file("b", &"[]"),
            file("c", &json!([film(9_999)])),
        ]);
        let held: Vec<_> = batches
            .iter()
            .map(|batch| (&*batch.file, batch.rows.len(), batch.end.is_some()))
            .collect();
        assert_eq!(
            held,
            [("a", BATCH_ROWS, false), ("a", 1, true), ("b", 0, true), ("c", 1, true)]
        );
        assert!(batches.iter().flat_map(|batch| &batch.end).all(Result::is_ok));
        assert_eq!(batches[1].rows[0].row, 501);
    }

    #[test]
    fn batches_have_a_limit_of_bytes() {
        let large =
            |id| json!({"source": "test", "source_id": id, "name": "A", "synopsis": {"en": "x".repeat(60_000)}});
        let films: Vec<_> = (0..100).map(|id| large(id.to_string())).collect();
        let batches = batches(vec![file("a", &json!(films))]);
        assert!(batches.len() > 1);
        assert_eq!(batches.iter().map(|batch| batch.rows.len()).sum::<usize>(), 100);
    }

    #[test]
    fn a_film_that_comes_twice_is_refused_the_second_time_in_whichever_file() {
        let again = json!({"source": "test", "source_id": "1", "name": "Another", "year": 1951});
        let elsewhere = json!({"source": "other", "source_id": "1", "name": "Another", "year": 1951});
        let first = file("a", &json!([film(0), film(1), elsewhere, again]));
        let batches = batches(vec![first, file("b", &json!([film(1)]))]);
        let refused: Vec<_> = batches.iter().flat_map(|batch| &batch.refused).collect();
        let told: Vec<_> = refused
            .iter()
            .map(|row| (row.row, row.name.as_str(), row.field.as_str()))
            .collect();
        assert_eq!(told, [(4, "Another", "source_id"), (1, "A film", "source_id")]);
        assert!(
            refused
                .iter()
                .all(|row| row.reason == "row 2 of a already has this source_id")
        );
        assert_eq!(batches[0].rows.len(), 3);
    }

    #[test]
    fn a_file_that_breaks_keeps_its_rows_and_the_next_is_read() {
        let broken = format!("[{}, {{", film(1));
        let batches = batches(vec![file("a", &broken), file("b", &json!([film(2)]))]);
        assert_eq!(batches[0].rows.len(), 1);
        assert_eq!(batches[0].end.as_ref().unwrap().as_ref().unwrap_err().row, Some(2));
        assert_eq!(batches[1].rows.len(), 1);
    }

    #[test]
    fn default_prices_are_for_the_ways_that_a_film_does_not_offer() {
        let money = |amount_minor| Money {
            amount_minor,
            currency_code: "BRL".to_owned(),
        };
        let prices = DefaultPrices {
            rent: Some(money(1490)),
            buy: Some(money(3990)),
        };
        let mut offered = film(2);
        offered["offers"] = json!([{"kind": "rent", "price": {"amount_minor": 1, "currency_code": "BRL"}}]);
        let batch = Batches::new(vec![file("a", &json!([film(1), offered]))], prices)
            .next()
            .unwrap();
        let offers = |position: usize| {
            let film = batch.rows[position].title.as_ref().unwrap();
            film.offers
                .iter()
                .map(|offer| (offer.kind(), offer.price.as_ref().unwrap().amount_minor))
                .collect::<Vec<_>>()
        };
        assert_eq!(offers(0), [(OfferKind::Rent, 1490), (OfferKind::Buy, 3990)]);
        assert_eq!(offers(1), [(OfferKind::Rent, 1), (OfferKind::Buy, 3990)]);
    }
}
