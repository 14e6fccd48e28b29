//! Filters, and the counts beside them, in one pass over the titles that match.

use crate::search::projection::{Entry, Names, Ordinal, Projection};
use crate::search::{Facets, OfferKind, Query};

/// The most values a facet shows.
const VALUES: usize = 50;

/// The decades that are counted apart: from 1870 on, two hundred years.
const FIRST_DECADE: i32 = 1870;
const DECADES: usize = 20;

const OFFERS: [(OfferKind, &str); 2] = [(OfferKind::Rent, "rent"), (OfferKind::Buy, "buy")];

/// What a title may fail at, a bit each.
const GENRE: u8 = 1;
const DECADE: u8 = 1 << 1;
const COUNTRY: u8 = 1 << 2;
const LANGUAGE: u8 = 1 << 3;
const OFFER: u8 = 1 << 4;

/// The filters of a query, by number.
struct Filters<'a> {
    genres: Option<Vec<u16>>,
    decades: &'a [i32],
    countries: Option<Vec<u16>>,
    languages: Option<Vec<u16>>,
    offers: &'a [OfferKind],
    now_us: i64,
}

impl<'a> Filters<'a> {
    fn new(query: &'a Query, projection: &Projection, now_us: i64) -> Self {
        // A filter by values that no title has is still a filter.
        let numbers = |values: &[String], names: &Names| {
            (!values.is_empty()).then(|| values.iter().filter_map(|value| names.find(value)).collect())
        };
        Self {
            genres: numbers(&query.genres, &projection.genres),
            decades: &query.decades,
            countries: numbers(&query.countries, &projection.countries),
            languages: numbers(&query.languages, &projection.languages),
            offers: &query.offers,
            now_us,
        }
    }

    /// The filters that a title fails.
    fn failed(&self, entry: &Entry) -> u8 {
        let outside = |filter: &Option<Vec<u16>>, numbers: &[u16]| {
            filter
                .as_ref()
                .is_some_and(|filter| !numbers.iter().any(|number| filter.contains(number)))
        };
        let mut failed = 0;
        if outside(&self.genres, &entry.genres) {
            failed |= GENRE;
        }
        if !self.decades.is_empty() && !self.decades.contains(&entry.decade()) {
            failed |= DECADE;
        }
        if outside(&self.countries, &entry.countries) {
            failed |= COUNTRY;
        }
        if outside(&self.languages, &entry.languages) {
            failed |= LANGUAGE;
        }
        if !self.offers.is_empty() && !self.offers.iter().any(|&kind| entry.offers(kind, self.now_us)) {
            failed |= OFFER;
        }
        failed
    }
}

/// Counts by number.
struct Counts {
    genres: Vec<usize>,
    decades: [usize; DECADES],
    countries: Vec<usize>,
    languages: Vec<usize>,
    offers: [usize; OFFERS.len()],
}

impl Counts {
    /// Counts a title in the facets whose own filter is the only one it fails, or in all when it fails none.
    fn add(&mut self, entry: &Entry, failed: u8, now_us: i64) {
        let counts = |facet: u8| failed & !facet == 0;
        if counts(GENRE) {
            entry
                .genres
                .iter()
                .for_each(|&number| self.genres[usize::from(number)] += 1);
        }
        if counts(DECADE)
            && let Ok(decade) = usize::try_from((entry.decade() - FIRST_DECADE) / 10)
            && let Some(count) = self.decades.get_mut(decade)
        {
            *count += 1;
        }
        if counts(COUNTRY) {
            entry
                .countries
                .iter()
                .for_each(|&number| self.countries[usize::from(number)] += 1);
        }
        if counts(LANGUAGE) {
            entry
                .languages
                .iter()
                .for_each(|&number| self.languages[usize::from(number)] += 1);
        }
        if counts(OFFER) {
            for (count, (kind, _)) in self.offers.iter_mut().zip(OFFERS) {
                *count += usize::from(entry.offers(kind, now_us));
            }
        }
    }

    fn named(self, projection: &Projection) -> Facets {
        let values = |counts: Vec<usize>, names: &Names| {
            let counted = counts.into_iter().enumerate();
            most_first(counted.map(|(number, count)| (names.name(number).to_owned(), count)))
        };
        let decades = (FIRST_DECADE..).step_by(10).zip(self.decades);
        let offers = OFFERS.into_iter().zip(self.offers);
        Facets {
            genres: values(self.genres, &projection.genres),
            decades: most_first(decades.map(|(decade, count)| (decade.to_string(), count))),
            countries: values(self.countries, &projection.countries),
            languages: values(self.languages, &projection.languages),
            offers: most_first(offers.map(|((_, name), count)| (name.to_owned(), count))),
        }
    }
}

fn most_first(counted: impl Iterator<Item = (String, usize)>) -> Vec<(String, usize)> {
    let mut counted: Vec<_> = counted.filter(|(_, count)| *count > 0).collect();
    counted.sort_unstable_by(|(a, a_count), (b, b_count)| b_count.cmp(a_count).then_with(|| a.cmp(b)));
    counted.truncate(VALUES);
    counted
}

/// Keeps the titles that pass every filter, and counts the facets of all.
pub(super) fn filter<T>(
    matches: impl Iterator<Item = T>,
    ordinal: impl Fn(&T) -> Ordinal,
    query: &Query,
    projection: &Projection,
    now_us: i64,
) -> (Vec<T>, Facets) {
    let filters = Filters::new(query, projection, now_us);
    let mut counts = Counts {
        genres: vec![0; projection.genres.len()],
        decades: [0; DECADES],
        countries: vec![0; projection.countries.len()],
        languages: vec![0; projection.languages.len()],
        offers: [0; OFFERS.len()],
    };
    let mut passed = Vec::new();
    for found in matches {
        let entry = projection.entry(ordinal(&found));
        let failed = filters.failed(entry);
        if failed.count_ones() > 1 {
            continue;
        }
        counts.add(entry, failed, now_us);
        if failed == 0 {
            passed.push(found);
        }
    }
    (passed, counts.named(projection))
}
