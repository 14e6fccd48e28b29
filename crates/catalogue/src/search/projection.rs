//! What filters, facets and orders need of every title, in a few arrays.
//!
//! Each title has an ordinal, which stays the same as long as the process runs.

use std::collections::HashMap;
use std::hash::BuildHasher;
use std::ops::{Deref, Range};

use hashbrown::{DefaultHashBuilder, HashTable};
use text::fold;
use uuid::Uuid;

use crate::search::facets::DAY_US;
use crate::search::genres::Spellings;
use crate::search::kind::Kind;
use crate::search::standing::{Crews, standing};
use crate::search::texts::Texts;
use crate::search::values::{ListNumber, Names, Values};
use crate::search::{Document, OfferKind, OnSale};

pub(super) type Ordinal = u32;

/// A title's id, and the values that orders sort by.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) id: Uuid,
    pub(super) created_at_us: i64,
    pub(super) revision: i64,
    /// How often it was ordered lately.
    orders: i32,
    popularity: i32,
    completeness: u16,
}

/// The values that titles are filtered and counted by. Few bytes, because a search reads those of every title that it found.
#[derive(Debug)]
pub(super) struct Traits {
    pub(super) year: i32,
    pub(super) genres: ListNumber,
    pub(super) countries: ListNumber,
    pub(super) languages: ListNumber,
    pub(super) kinds: ListNumber,
    rent: Mark,
    buy: Mark,
    pub(super) is_listed: bool,
}

/// A row's offer: that there is none, or its price band and whether it has bounds of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Mark(u16);

impl Mark {
    const NONE: Self = Self(0x7fff);
    const WITHOUT_BAND: u16 = 0x7ffe;
    const BOUND: u16 = 0x8000;

    fn new(band: Option<u16>, is_bound: bool) -> Self {
        let band = band
            .filter(|band| *band < Self::WITHOUT_BAND)
            .unwrap_or(Self::WITHOUT_BAND);
        Self(if is_bound { band | Self::BOUND } else { band })
    }

    fn band(self) -> Option<u16> {
        Some(self.0 & !Self::BOUND).filter(|band| *band != Self::WITHOUT_BAND)
    }

    fn is_bound(self) -> bool {
        self.0 & Self::BOUND != 0
    }
}

/// An offer, with the number of its price band.
#[derive(Debug, Clone, Copy)]
pub(super) struct Offered {
    pub(super) band: Option<u16>,
    pub(super) until_us: i64,
}

/// One title.
#[derive(Clone, Copy)]
pub(super) struct Entry<'a> {
    projection: &'a Projection,
    ordinal: Ordinal,
    traits: &'a Traits,
}

impl Deref for Entry<'_> {
    type Target = Traits;

    fn deref(&self) -> &Traits {
        self.traits
    }
}

impl<'a> Entry<'a> {
    pub(super) fn row(&self) -> &'a Row {
        &self.projection.rows[self.ordinal as usize]
    }

    /// The folded name, for the order by name.
    pub(super) fn name(&self) -> &'a str {
        self.projection.folded_names.get(self.ordinal)
    }

    /// Its rank where the search itself gives no order: a larger number comes first.
    pub(super) fn standing(&self) -> u64 {
        let row = self.row();
        standing(
            row.orders,
            row.popularity,
            row.completeness,
            self.ordinal,
            &self.projection.crews,
        )
    }

    /// The first year of the title's decade.
    pub(super) fn decade(&self) -> i32 {
        self.year.div_euclid(10) * 10
    }

    /// The title's offer of a kind, while it can be ordered.
    pub(super) fn offer(&self, kind: OfferKind, now_us: i64) -> Option<Offered> {
        let mark = match kind {
            OfferKind::Rent => self.rent,
            OfferKind::Buy => self.buy,
        };
        if mark == Mark::NONE {
            return None;
        }
        let bounds = mark
            .is_bound()
            .then(|| self.projection.bounds.get(&(self.ordinal, kind)));
        let (from_us, until_us) = bounds.flatten().copied().unwrap_or_default();
        let is_open = from_us <= now_us && (until_us == 0 || now_us < until_us);
        is_open.then(|| Offered {
            band: mark.band(),
            until_us,
        })
    }
}

#[derive(Debug, Default)]
pub(super) struct Projection {
    rows: Vec<Row>,
    traits: Vec<Traits>,
    folded_names: Texts,
    /// From when until when an offer can be ordered, for offers that have such bounds.
    bounds: HashMap<(Ordinal, OfferKind), (i64, i64)>,
    /// Ordinals by the ids of their rows.
    ordinals: HashTable<Ordinal>,
    hasher: DefaultHashBuilder,
    pub(super) genres: Values,
    pub(super) spellings: Spellings,
    pub(super) countries: Values,
    pub(super) languages: Values,
    pub(super) kinds: Values,
    crews: Crews,
    pub(super) prices: Names,
}

impl Projection {
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    pub(super) fn ordinal(&self, id: Uuid) -> Option<Ordinal> {
        let is_its = |ordinal: &Ordinal| self.rows[*ordinal as usize].id == id;
        self.ordinals.find(self.hasher.hash_one(id), is_its).copied()
    }

    pub(super) fn entry(&self, ordinal: Ordinal) -> Entry<'_> {
        Entry {
            projection: self,
            ordinal,
            traits: &self.traits[ordinal as usize],
        }
    }

    pub(super) fn ordinals(&self) -> impl Iterator<Item = Ordinal> + use<> {
        (0..).take(self.rows.len())
    }

    /// The number of a genre, however it is written.
    pub(super) fn genre(&self, written: &str) -> Option<u16> {
        self.genres.names.find(&self.spellings.name(written))
    }

    /// Takes in a title and returns its ordinal; `None` if all ordinals are used.
    pub(super) fn put(&mut self, document: &Document) -> Option<Ordinal> {
        let known = self.ordinal(document.id);
        let ordinal = known.or_else(|| Ordinal::try_from(self.rows.len()).ok())?;
        let row = Row {
            id: document.id,
            created_at_us: document.created_at_us,
            revision: document.revision,
            orders: document.orders,
            popularity: document.popularity,
            completeness: document.completeness,
        };
        let kinds: Vec<_> = document.kinds.iter().map(|kind| Kind::name(*kind).to_owned()).collect();
        let genres: Vec<_> = document
            .genres
            .iter()
            .map(|genre| self.spellings.learn(genre))
            .collect();
        let traits = Traits {
            year: document.year,
            genres: self.genres.number(&genres),
            countries: self.countries.number(&document.countries),
            languages: self.languages.number(&document.languages),
            kinds: self.kinds.number(&kinds),
            rent: self.mark(ordinal, OfferKind::Rent, document.rent),
            buy: self.mark(ordinal, OfferKind::Buy, document.buy),
            is_listed: document.is_listed,
        };
        self.folded_names.put(ordinal, &fold(&document.name));
        let people = document.directors.iter().chain(&document.cast);
        self.crews.put(ordinal, people.map(String::as_str));
        if known.is_some() {
            self.rows[ordinal as usize] = row;
            self.traits[ordinal as usize] = traits;
            return known;
        }
        self.rows.push(row);
        self.traits.push(traits);
        let Self { rows, hasher, .. } = self;
        let hash = |ordinal: &Ordinal| hasher.hash_one(rows[*ordinal as usize].id);
        self.ordinals.insert_unique(hash(&ordinal), ordinal, hash);
        Some(ordinal)
    }

    /// The time around a moment, in microseconds since 1970 UTC, in which no offer begins, ends, or starts to be within
    /// `ends_within_days` of its end.
    pub(super) fn unchanging(&self, now_us: i64, ends_within_days: u16) -> Range<i64> {
        let ahead_us = i64::from(ends_within_days) * DAY_US;
        let moments = self.bounds.values().flat_map(|&(from_us, until_us)| {
            let near_us = until_us.saturating_sub(ahead_us);
            [from_us, until_us, near_us]
        });
        moments.fold(i64::MIN..i64::MAX, |holds, moment| {
            if moment <= now_us {
                holds.start.max(moment)..holds.end
            } else {
                holds.start..holds.end.min(moment)
            }
        })
    }

    fn mark(&mut self, ordinal: Ordinal, kind: OfferKind, offer: Option<OnSale>) -> Mark {
        let bounds = offer.map(|offer| (offer.from_us, offer.until_us));
        let bounds = bounds.filter(|bounds| *bounds != (0, 0));
        match bounds {
            Some(bounds) => self.bounds.insert((ordinal, kind), bounds),
            None => self.bounds.remove(&(ordinal, kind)),
        };
        offer.map_or(Mark::NONE, |offer| {
            Mark::new(self.prices.number(&offer.band.to_string()), bounds.is_some())
        })
    }
}
