//! Filters, and the counts of the facets, in one pass over the titles that match.

use crate::search::matches::Match;
use crate::search::projection::{Entry, Offered, Ordinal, Projection};
use crate::search::values::{ListNumber, Values};
use crate::search::{Facets, OfferKind, PriceBand, Query};

/// The most values a facet shows.
const VALUES: usize = 50;

/// The decades that are counted, from 1870 on: more than two hundred years; and their years.
const FIRST_DECADE: i32 = 1870;
const DECADES: usize = 24;
const YEARS: usize = DECADES * 10;

pub(super) const DAY_US: i64 = 24 * 60 * 60 * 1_000_000;
const MINUTE_US: i64 = 60 * 1_000_000;

const OFFERS: [(OfferKind, &str); 2] = [(OfferKind::Rent, "rent"), (OfferKind::Buy, "buy")];

/// The filters that a title may fail, a bit each.
const GENRE: u8 = 1;
const DECADE: u8 = 1 << 1;
const COUNTRY: u8 = 1 << 2;
const LANGUAGE: u8 = 1 << 3;
/// All conditions on offers, which must hold for one offer together.
const OFFER: u8 = 1 << 4;
const KIND: u8 = 1 << 5;
const YEAR: u8 = 1 << 6;
/// Every filter fails, so no facet counts the title.
const ALL: u8 = u8::MAX;

/// The filters of a query. A filter of values holds, for each list of values by its number, whether it passes.
pub(super) struct Filters<'a> {
    genres: Option<Vec<bool>>,
    decades: &'a [i32],
    years: &'a [i32],
    kinds: Option<Vec<bool>>,
    countries: Option<Vec<bool>>,
    languages: Option<Vec<bool>>,
    offers: &'a [OfferKind],
    prices: Option<Vec<u16>>,
    /// When an offer must have ended; `None` if the query does not ask.
    ends_by_us: Option<i64>,
    now_us: i64,
}

impl<'a> Filters<'a> {
    pub(super) fn new(query: &'a Query, projection: &Projection, now_us: i64) -> Self {
        // A filter by values that no title has is still a filter.
        let lists = |wanted: &[String], values: &Values| (!wanted.is_empty()).then(|| values.lists_with(wanted));
        let kinds: Vec<_> = query.kinds.iter().map(|kind| kind.name().to_owned()).collect();
        let prices = query.prices.iter().map(PriceBand::to_string);
        let prices = prices.filter_map(|price| projection.prices.find(&price));
        let genres: Vec<_> = query
            .genres
            .iter()
            .map(|genre| projection.spellings.name(genre))
            .collect();
        let days = i64::from(query.ends_within_days);
        Self {
            genres: lists(&genres, &projection.genres),
            decades: &query.decades,
            years: &query.years,
            kinds: lists(&kinds, &projection.kinds),
            countries: lists(&query.countries, &projection.countries),
            languages: lists(&query.languages, &projection.languages),
            offers: &query.offers,
            prices: (!query.prices.is_empty()).then(|| prices.collect()),
            ends_by_us: (days > 0).then(|| now_us.saturating_add(days * DAY_US)),
            now_us,
        }
    }

    fn is_of_kind(&self, kind: OfferKind) -> bool {
        self.offers.is_empty() || self.offers.contains(&kind)
    }

    fn is_priced(&self, offer: Offered) -> bool {
        let within = |prices: &Vec<u16>| offer.band.is_some_and(|band| prices.contains(&band));
        self.prices.as_ref().is_none_or(within)
    }

    fn ends(&self, offer: Offered) -> bool {
        self.ends_by_us
            .is_none_or(|by_us| offer.until_us != 0 && offer.until_us <= by_us)
    }

    fn asks_of_offers(&self) -> bool {
        !self.offers.is_empty() || self.prices.is_some() || self.ends_by_us.is_some()
    }

    /// The offers of a title that can be ordered now.
    fn open<'b>(&self, entry: Entry<'b>) -> impl Iterator<Item = (OfferKind, Offered)> + use<'b> {
        let now_us = self.now_us;
        let open = move |(kind, _)| Some((kind, entry.offer(kind, now_us)?));
        OFFERS.into_iter().filter_map(open)
    }

    /// Of these, the offers that meet all conditions of the query.
    fn wanted(&self, entry: Entry<'_>) -> impl Iterator<Item = Offered> {
        let open = self.open(entry);
        open.filter(|(kind, offer)| self.is_of_kind(*kind) && self.is_priced(*offer) && self.ends(*offer))
            .map(|(_, offer)| offer)
    }

    /// Whether a title passes all filters.
    pub(super) fn pass(&self, entry: Entry<'_>) -> bool {
        self.failed(entry) == 0
    }

    /// The filters that a title fails.
    fn failed(&self, entry: Entry<'_>) -> u8 {
        if !entry.is_listed {
            return ALL;
        }
        let outside =
            |filter: &Option<Vec<bool>>, list: ListNumber| filter.as_ref().is_some_and(|filter| !filter[list as usize]);
        let mut failed = 0;
        if outside(&self.genres, entry.genres) {
            failed |= GENRE;
        }
        if !self.decades.is_empty() && !self.decades.contains(&entry.decade()) {
            failed |= DECADE;
        }
        if !self.years.is_empty() && !self.years.contains(&entry.year) {
            failed |= YEAR;
        }
        if outside(&self.kinds, entry.kinds) {
            failed |= KIND;
        }
        if outside(&self.countries, entry.countries) {
            failed |= COUNTRY;
        }
        if outside(&self.languages, entry.languages) {
            failed |= LANGUAGE;
        }
        if self.asks_of_offers() && self.wanted(entry).next().is_none() {
            failed |= OFFER;
        }
        failed
    }
}

/// Counts by number; those of values by the number of their list.
struct Counts {
    genres: Vec<usize>,
    decades: [usize; DECADES],
    years: [usize; YEARS],
    kinds: Vec<usize>,
    countries: Vec<usize>,
    languages: Vec<usize>,
    offers: [usize; OFFERS.len()],
    prices: Vec<usize>,
}

impl Counts {
    /// Counts a title in every facet if it fails no filter; if it fails one, only in that filter's own facet.
    fn add(&mut self, entry: Entry<'_>, failed: u8, filters: &Filters) {
        let counts = |facet: u8| failed & !facet == 0;
        if counts(GENRE) {
            self.genres[entry.genres as usize] += 1;
        }
        if counts(DECADE)
            && let Ok(decade) = usize::try_from((entry.decade() - FIRST_DECADE) / 10)
            && let Some(count) = self.decades.get_mut(decade)
        {
            *count += 1;
        }
        if counts(YEAR)
            && let Ok(year) = usize::try_from(entry.year - FIRST_DECADE)
            && let Some(count) = self.years.get_mut(year)
        {
            *count += 1;
        }
        if counts(KIND) {
            self.kinds[entry.kinds as usize] += 1;
        }
        if counts(COUNTRY) {
            self.countries[entry.countries as usize] += 1;
        }
        if counts(LANGUAGE) {
            self.languages[entry.languages as usize] += 1;
        }
        if counts(OFFER) {
            self.add_offers(entry, filters);
        }
    }

    /// Counts the offers by kind, and those of the wanted kinds by price.
    fn add_offers(&mut self, entry: Entry<'_>, filters: &Filters) {
        for (count, (kind, _)) in self.offers.iter_mut().zip(OFFERS) {
            let offer = entry.offer(kind, filters.now_us);
            *count += usize::from(offer.is_some_and(|offer| filters.is_priced(offer) && filters.ends(offer)));
        }
        let mut counted = None;
        for (kind, offer) in filters.open(entry) {
            // A title with two offers in one price band is counted once.
            if let Some(band) = offer.band.filter(|band| counted != Some(*band))
                && filters.is_of_kind(kind)
                && filters.ends(offer)
            {
                self.prices[usize::from(band)] += 1;
                counted = Some(band);
            }
        }
    }

    fn named(self, projection: &Projection) -> Facets {
        let values = |counts: &[usize], values: &Values| {
            let counted = values.spread(counts);
            most_first(counted.map(|(value, count)| (value.to_owned(), count)))
        };
        let prices = self.prices.into_iter().enumerate();
        let prices = prices.map(|(number, count)| (projection.prices.name(number).to_owned(), count));
        let decades = (FIRST_DECADE..).step_by(10).zip(self.decades);
        let years = (FIRST_DECADE..).zip(self.years);
        let offers = OFFERS.into_iter().zip(self.offers);
        Facets {
            genres: values(&self.genres, &projection.genres),
            decades: most_first(decades.map(|(decade, count)| (decade.to_string(), count))),
            countries: values(&self.countries, &projection.countries),
            languages: values(&self.languages, &projection.languages),
            kinds: values(&self.kinds, &projection.kinds),
            years: most_first(years.map(|(year, count)| (year.to_string(), count))),
            offers: most_first(offers.map(|((_, name), count)| (name.to_owned(), count))),
            prices: cheapest_first(most_first(prices)),
        }
    }
}

fn cheapest_first(mut counted: Vec<(String, usize)>) -> Vec<(String, usize)> {
    counted.sort_by_key(|(band, _)| PriceBand::parse(band).map(PriceBand::order));
    counted
}

fn most_first(counted: impl Iterator<Item = (String, usize)>) -> Vec<(String, usize)> {
    let mut counted: Vec<_> = counted.filter(|(_, count)| *count > 0).collect();
    counted.sort_unstable_by(|(a, a_count), (b, b_count)| b_count.cmp(a_count).then_with(|| a.cmp(b)));
    counted.truncate(VALUES);
    counted
}

/// Keeps the titles that pass every filter, and counts the facets.
pub(super) fn filter<T>(
    matches: impl Iterator<Item = T>,
    ordinal: impl Fn(&T) -> Ordinal,
    query: &Query,
    projection: &Projection,
    now_us: i64,
) -> (Vec<T>, Facets) {
    let filters = Filters::new(query, projection, now_us);
    let mut counts = Counts {
        genres: vec![0; projection.genres.lists()],
        decades: [0; DECADES],
        years: [0; YEARS],
        kinds: vec![0; projection.kinds.lists()],
        countries: vec![0; projection.countries.lists()],
        languages: vec![0; projection.languages.lists()],
        offers: [0; OFFERS.len()],
        prices: vec![0; projection.prices.len()],
    };
    let mut passed = Vec::new();
    for found in matches {
        let entry = projection.entry(ordinal(&found));
        let failed = filters.failed(entry);
        if failed.count_ones() > 1 {
            continue;
        }
        counts.add(entry, failed, &filters);
        if failed == 0 {
            passed.push(found);
        }
    }
    (passed, counts.named(projection))
}

/// Scores titles by how soon a wanted offer of theirs ends; a title whose offers have no end has no score.
pub(super) fn score_by_end(found: &mut [Match], query: &Query, projection: &Projection, now_us: i64) {
    let filters = Filters::new(query, projection, now_us);
    for found in found {
        let wanted = filters.wanted(projection.entry(found.ordinal));
        let ends = wanted.map(|offer| offer.until_us).filter(|until_us| *until_us != 0);
        let minutes = ends
            .min()
            .map(|until_us| u32::try_from(until_us / MINUTE_US).unwrap_or(u32::MAX));
        found.score = minutes.map_or(0, |minutes| (u32::MAX - minutes).max(1));
    }
}
