//! Filters, counts and pages over many titles equal those of a simple count.

use std::collections::{BTreeMap, BTreeSet};

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, RngExt, SeedableRng};

use super::tests::{NOW_US, Searched, all, at, over, title};
use super::*;

const GENRES: [&str; 4] = ["Comedy", "Drama", "Horror", "Silent"];
const COUNTRIES: [&str; 3] = ["BR", "DE", "US"];
const WORDS: [&str; 6] = ["night", "light", "city", "river", "moon", "sound"];

fn some(random: &mut impl Rng, values: &[&str]) -> Vec<String> {
    let count = random.random_range(0..=2);
    values.sample(random, count).map(ToString::to_string).collect()
}

fn random_titles(random: &mut impl Rng, count: u128) -> Vec<Document> {
    let offer = |random: &mut dyn Rng| {
        random.random_bool(0.5).then(|| OnSale {
            from_us: [0, 0, in_days(1)][random.random_range(0..3)],
            until_us: [0, NOW_US + 1, in_days(3), in_days(30)][random.random_range(0..4)],
            ..at([490, 590, 1490][random.random_range(0..3)])
        })
    };
    (0..count)
        .map(|number| Document {
            year: random.random_range(1895..1905),
            genres: some(random, &GENRES),
            countries: some(random, &COUNTRIES),
            languages: some(random, &["de", "pt"]),
            kinds: Kind::of([0, 20, 90][random.random_range(0..3)], &some(random, &GENRES)),
            popularity: random.random_range(0..3),
            created_at_us: random.random_range(0..3),
            revision: 0,
            rent: offer(random),
            buy: offer(random),
            ..title(number, &some(random, &WORDS).join(" "))
        })
        .collect()
}

fn in_days(days: i64) -> i64 {
    NOW_US + days * 24 * 60 * 60 * 1_000_000
}

/// The facets and the total at a moment, by a simple count.
fn counted(
    titles: &[Document],
    query: &Query,
    now_us: i64,
) -> (usize, BTreeMap<&'static str, BTreeMap<String, usize>>) {
    let alike = |wanted: &[String], has: &[String]| wanted.is_empty() || has.iter().any(|value| wanted.contains(value));
    let mut total = 0;
    let mut facets: BTreeMap<_, BTreeMap<String, usize>> = BTreeMap::new();
    for title in titles.iter().filter(|title| title.name.contains(&query.text)) {
        let decade = title.year / 10 * 10;
        let offers = [
            ("rent", OfferKind::Rent, title.rent),
            ("buy", OfferKind::Buy, title.buy),
        ];
        let offers: Vec<_> = offers
            .into_iter()
            .filter_map(|(name, kind, offer)| Some((name, kind, offer?)))
            .filter(|(_, _, offer)| offer.from_us <= now_us && (offer.until_us == 0 || now_us < offer.until_us))
            .collect();
        let by_us = now_us + in_days(query.ends_within_days.into()) - NOW_US;
        let ends = |offer: &OnSale| query.ends_within_days == 0 || (1..=by_us).contains(&offer.until_us);
        let is_of_kind = |kind| query.offers.is_empty() || query.offers.contains(&kind);
        let is_priced = |offer: &OnSale| query.prices.is_empty() || query.prices.contains(&offer.band);
        let asks = !query.offers.is_empty() || !query.prices.is_empty() || query.ends_within_days != 0;
        let is_wanted = offers
            .iter()
            .any(|(_, kind, offer)| is_of_kind(*kind) && is_priced(offer) && ends(offer));
        let kinds = offers.iter().filter(|(_, _, offer)| is_priced(offer) && ends(offer));
        let prices = offers
            .iter()
            .filter(|(_, kind, offer)| is_of_kind(*kind) && ends(offer));
        let prices: BTreeSet<_> = prices.map(|(_, _, offer)| offer.band.to_string()).collect();
        let checks = [
            ("genres", alike(&query.genres, &title.genres), title.genres.clone()),
            (
                "decades",
                query.decades.is_empty() || query.decades.contains(&decade),
                vec![decade.to_string()],
            ),
            (
                "countries",
                alike(&query.countries, &title.countries),
                title.countries.clone(),
            ),
            (
                "languages",
                alike(&query.languages, &title.languages),
                title.languages.clone(),
            ),
            (
                "kinds",
                query.kinds.is_empty() || title.kinds.iter().any(|kind| query.kinds.contains(kind)),
                title.kinds.iter().map(|kind| kind.name().to_owned()).collect(),
            ),
            (
                "years",
                query.years.is_empty() || query.years.contains(&title.year),
                vec![title.year.to_string()],
            ),
            (
                "offers",
                is_wanted || !asks,
                kinds.map(|(name, ..)| (*name).to_owned()).collect(),
            ),
            ("prices", is_wanted || !asks, prices.into_iter().collect()),
        ];
        // The conditions on offers count as one filter.
        let filter = |facet: &str| if facet == "prices" { "offers" } else { facet }.to_owned();
        total += usize::from(checks.iter().all(|(_, holds, _)| *holds));
        for (facet, _, values) in &checks {
            if checks
                .iter()
                .all(|(other, holds, _)| *holds || filter(other) == filter(facet))
            {
                for value in values {
                    *facets.entry(*facet).or_default().entry(value.clone()).or_default() += 1;
                }
            }
        }
    }
    (total, facets)
}

#[test]
fn filters_and_counts_are_what_one_would_count_by_hand() {
    let mut random = StdRng::seed_from_u64(1922);
    let titles = random_titles(&mut random, 200);
    let searched = over(&titles);
    for _ in 0..200 {
        let query = Query {
            text: if random.random_bool(0.3) {
                (*WORDS.choose(&mut random).unwrap()).to_owned()
            } else {
                String::new()
            },
            genres: some(&mut random, &GENRES),
            decades: if random.random_bool(0.3) {
                vec![1890]
            } else {
                Vec::new()
            },
            countries: some(&mut random, &COUNTRIES),
            languages: some(&mut random, &["de", "pt", "xx"]),
            kinds: if random.random_bool(0.3) {
                vec![Kind::Short, Kind::Silent]
            } else {
                Vec::new()
            },
            years: if random.random_bool(0.2) {
                vec![1899, 1900]
            } else {
                Vec::new()
            },
            offers: if random.random_bool(0.3) {
                vec![OfferKind::Rent]
            } else {
                Vec::new()
            },
            prices: if random.random_bool(0.3) {
                vec![at(590).band]
            } else {
                Vec::new()
            },
            ends_within_days: [0, 0, 7, 60][random.random_range(0..4)],
            limit: 1_000,
            ..all()
        };
        // Cached counts hold only until an offer begins or ends.
        for now_us in [
            NOW_US,
            NOW_US + 1,
            in_days(1),
            in_days(3),
            in_days(40),
            in_days(1) - 1,
            NOW_US,
        ] {
            assert_counted_by_hand(&searched, &titles, &query, now_us);
        }
    }
}

fn assert_counted_by_hand(searched: &Searched, titles: &[Document], query: &Query, now_us: i64) {
    let found = searched.index.search(query, now_us, Effort::AsNeeded).unwrap();
    // A search that was done once is answered from the cache, at once.
    assert_eq!(searched.index.search(query, now_us, Effort::AtOnce).unwrap(), found);
    let (total, facets) = counted(titles, query, now_us);
    let of = format!("{query:?} at {now_us}");
    assert_eq!((found.total, found.ids.len()), (total, total), "{of}");
    let Facets {
        genres,
        decades,
        countries,
        languages,
        offers,
        prices,
        kinds,
        years,
    } = found.facets;
    assert!(prices.is_sorted_by_key(|(band, _)| PriceBand::parse(band).map(PriceBand::order)));
    let named = [
        ("genres", genres),
        ("decades", decades),
        ("countries", countries),
        ("languages", languages),
        ("offers", offers),
        ("kinds", kinds),
        ("years", years),
    ];
    for (name, values) in named {
        assert!(
            values.is_sorted_by_key(|(value, count)| (std::cmp::Reverse(*count), value.clone())),
            "{values:?}"
        );
        let values: BTreeMap<_, _> = values.into_iter().collect();
        assert_eq!(values, facets.get(name).cloned().unwrap_or_default(), "{name} of {of}");
    }
    let prices: BTreeMap<_, _> = prices.into_iter().collect();
    assert_eq!(prices, facets.get("prices").cloned().unwrap_or_default(), "{of}");
}

#[test]
fn pages_show_every_title_once_in_order_whatever_their_size() {
    let mut random = StdRng::seed_from_u64(7);
    let titles = random_titles(&mut random, 137);
    let searched = over(&titles);
    let sorts = [
        Sort::Relevance,
        Sort::Popular,
        Sort::Newest,
        Sort::Year,
        Sort::Name,
        Sort::EndsSoon,
    ];
    for sort in sorts {
        for text in ["", "n"] {
            let whole = Query {
                text: text.to_owned(),
                sort,
                limit: 1_000,
                ..all()
            };
            let whole_ids = searched.numbers(&whole);
            for limit in [1, 7, 100, 137] {
                let mut walked = Vec::new();
                let mut query = Query { limit, ..whole.clone() };
                loop {
                    let found = searched.index.search(&query, NOW_US, Effort::AsNeeded).unwrap();
                    assert_eq!(found.total, whole_ids.len());
                    walked.extend(found.ids.iter().map(Uuid::as_u128));
                    let Some(next) = found.next else { break };
                    query.after = Some(next);
                }
                assert_eq!(walked, whole_ids, "{sort:?} {text:?} by {limit}");
            }
        }
    }
}

#[test]
fn a_page_continues_at_its_position_after_the_title_there_has_moved() {
    let searched = over(&[title(1, "A"), title(2, "B"), title(3, "C")]);
    let first = Query {
        sort: Sort::Name,
        limit: 2,
        ..all()
    };
    let found = searched.index.search(&first, NOW_US, Effort::AsNeeded).unwrap();
    searched.index.apply(&[title(2, "Z")], 2).unwrap();
    let rest = Query {
        after: found.next,
        ..first
    };
    assert_eq!(searched.numbers(&rest), [3, 2]);
}
