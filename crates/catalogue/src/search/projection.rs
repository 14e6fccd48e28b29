//! What filters, facets and orders need of every title, in a few arrays.
//!
//! Titles are known by an ordinal that stays theirs as long as the process runs.

use std::collections::HashMap;

use uuid::Uuid;

use crate::fold::fold;
use crate::search::{Document, OfferKind, OnSale};

pub(super) type Ordinal = u32;

/// One title.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) id: Uuid,
    /// Folded, for the order by name.
    pub(super) name: Box<str>,
    pub(super) year: i32,
    pub(super) popularity: i32,
    pub(super) created_at_us: i64,
    pub(super) revision: i64,
    pub(super) genres: Box<[u16]>,
    pub(super) countries: Box<[u16]>,
    pub(super) languages: Box<[u16]>,
    pub(super) rent: Option<Offered>,
    pub(super) buy: Option<Offered>,
}

/// An offer, with its price band by number.
#[derive(Debug, Clone, Copy)]
pub(super) struct Offered {
    pub(super) band: Option<u16>,
    from_us: i64,
    pub(super) until_us: i64,
}

impl Entry {
    /// The first year of the title's decade.
    pub(super) fn decade(&self) -> i32 {
        self.year.div_euclid(10) * 10
    }

    /// The title's offer of a kind, while it can be ordered.
    pub(super) fn offer(&self, kind: OfferKind, now_us: i64) -> Option<Offered> {
        let offer = match kind {
            OfferKind::Rent => self.rent,
            OfferKind::Buy => self.buy,
        };
        let is_open = |offer: &Offered| offer.from_us <= now_us && (offer.until_us == 0 || now_us < offer.until_us);
        offer.filter(is_open)
    }
}

/// Values that many titles share, known by a small number.
#[derive(Debug, Default)]
pub(super) struct Names {
    names: Vec<Box<str>>,
    numbers: HashMap<Box<str>, u16>,
}

impl Names {
    /// The number of a value, new or known. When numbers run out, further values are not told apart from none.
    fn number(&mut self, name: &str) -> Option<u16> {
        if let Some(&number) = self.numbers.get(name) {
            return Some(number);
        }
        let number = u16::try_from(self.names.len()).ok()?;
        self.names.push(name.into());
        self.numbers.insert(name.into(), number);
        Some(number)
    }

    pub(super) fn find(&self, name: &str) -> Option<u16> {
        self.numbers.get(name).copied()
    }

    pub(super) fn name(&self, number: usize) -> &str {
        &self.names[number]
    }

    pub(super) fn len(&self) -> usize {
        self.names.len()
    }

    fn all(&mut self, names: &[String]) -> Box<[u16]> {
        let mut numbers: Vec<_> = names.iter().filter_map(|name| self.number(name)).collect();
        numbers.sort_unstable();
        numbers.dedup();
        numbers.into()
    }
}

#[derive(Debug, Default)]
pub(super) struct Projection {
    pub(super) entries: Vec<Entry>,
    ordinals: HashMap<Uuid, Ordinal>,
    pub(super) genres: Names,
    pub(super) countries: Names,
    pub(super) languages: Names,
    pub(super) prices: Names,
}

impl Projection {
    pub(super) fn ordinal(&self, id: Uuid) -> Option<Ordinal> {
        self.ordinals.get(&id).copied()
    }

    pub(super) fn entry(&self, ordinal: Ordinal) -> &Entry {
        &self.entries[ordinal as usize]
    }

    pub(super) fn ordinals(&self) -> impl Iterator<Item = Ordinal> {
        (0..).take(self.entries.len())
    }

    fn offered(&mut self, offer: OnSale) -> Offered {
        Offered {
            band: self.prices.number(&offer.band.to_string()),
            from_us: offer.from_us,
            until_us: offer.until_us,
        }
    }

    pub(super) fn put(&mut self, document: &Document) {
        let entry = Entry {
            id: document.id,
            name: fold(&document.name).into(),
            year: document.year,
            popularity: document.popularity,
            created_at_us: document.created_at_us,
            revision: document.revision,
            genres: self.genres.all(&document.genres),
            countries: self.countries.all(&document.countries),
            languages: self.languages.all(&document.languages),
            rent: document.rent.map(|offer| self.offered(offer)),
            buy: document.buy.map(|offer| self.offered(offer)),
        };
        if let Some(&ordinal) = self.ordinals.get(&document.id) {
            self.entries[ordinal as usize] = entry;
        } else if let Ok(ordinal) = Ordinal::try_from(self.entries.len()) {
            self.entries.push(entry);
            self.ordinals.insert(document.id, ordinal);
        }
    }
}
