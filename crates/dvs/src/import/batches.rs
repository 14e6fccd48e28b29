//! Files of films as batches that fit into one call, with the rows that no call is needed to refuse.

use std::sync::Arc;

use api::Money;
use api::catalogue::{ImportRow, OfferInput, OfferKind, RefusedRow, TitleInput};

use super::identities::{Identities, Known};
use super::{Broken, FilmFile, Refusal};

/// What a batch holds at most: a call takes 500 rows and 4 MiB.
const BATCH_ROWS: usize = 500;
const BATCH_BYTES: usize = 2 * 1024 * 1024;

/// A file that is open to be read.
pub(crate) struct NamedFile {
    pub(crate) name: Arc<str>,
    pub(crate) films: FilmFile,
}

/// What films cost that do not say it themselves.
#[derive(Debug, Clone, Default)]
pub(crate) struct DefaultPrices {
    pub(crate) rent: Option<Money>,
    pub(crate) buy: Option<Money>,
}

/// Rows of one file, one after another.
#[derive(Debug)]
pub(crate) struct Batch {
    pub(crate) file: Arc<str>,
    pub(crate) rows: Vec<ImportRow>,
    pub(crate) refused: Vec<RefusedRow>,
    /// How the file ended; only its last batch says so.
    pub(crate) end: Option<Result<(), Broken>>,
}

/// The batches of some files, in their order.
pub(crate) struct Batches {
    files: Vec<NamedFile>,
    current: usize,
    prices: DefaultPrices,
    identities: Identities<Place>,
}

/// Where a film stands.
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

    /// A film as it is sent, unless it came before: were it taken twice, each import would change it there and back.
    fn accept(&mut self, row: i64, mut film: TitleInput) -> Result<TitleInput, Refusal> {
        // One without identity is the catalogue's to refuse.
        if !film.source_id.is_empty() {
            let place = Place {
                file: self.current,
                row,
            };
            let reason = match self.identities.note(&film.source, &film.source_id, place) {
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
        let mut batch = Batch::of(Arc::clone(&self.files.get(self.current)?.name));
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
    fn of(file: Arc<str>) -> Self {
        let (rows, refused) = (Vec::new(), Vec::new());
        Self {
            file,
            rows,
            refused,
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
    /// Offers the film in each way that has a price here and that the film does not offer itself.
    fn add_to(&self, film: &mut TitleInput) {
        for (kind, price) in [(OfferKind::Rent, &self.rent), (OfferKind::Buy, &self.buy)] {
            let is_offered = film.offers.iter().any(|offer| offer.kind() == kind);
            if price.is_some() && !is_offered {
                let (kind, price) = (kind.into(), price.clone());
                film.offers.push(OfferInput {
                    kind,
                    price,
                    ..OfferInput::default()
                });
            }
        }
    }
}
