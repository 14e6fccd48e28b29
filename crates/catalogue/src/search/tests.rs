use tempfile::TempDir;

use super::*;
use crate::offer::money::Price;

pub(super) const NOW_US: i64 = 1_000;
pub(super) const CATALOGUE: &str = "a catalogue";

/// An offer that is always open.
pub(super) fn at(minor: i64) -> OnSale {
    OnSale {
        band: PriceBand::of(Price::parse(minor, "BRL").unwrap()),
        from_us: 0,
        until_us: 0,
    }
}

fn until(until_us: i64) -> OnSale {
    OnSale { until_us, ..at(1490) }
}

pub(super) fn title(number: u128, name: &str) -> Document {
    Document {
        id: Uuid::from_u128(number),
        is_listed: true,
        name: name.to_owned(),
        other_names: Vec::new(),
        directors: Vec::new(),
        cast: Vec::new(),
        year: 1950,
        genres: Vec::new(),
        countries: Vec::new(),
        languages: Vec::new(),
        kinds: Vec::new(),
        orders: 0,
        popularity: 0,
        completeness: 0,
        created_at_us: 0,
        revision: 0,
        rent: None,
        buy: None,
    }
}

pub(super) struct Searched {
    pub(super) index: Index,
    _folder: TempDir,
}

pub(super) fn over(documents: &[Document]) -> Searched {
    let folder = tempfile::tempdir().unwrap();
    let (index, revision) = Index::open(&folder.path().join("search"), CATALOGUE).unwrap();
    assert_eq!(revision, 0);
    index.apply(documents, 1).unwrap();
    Searched { index, _folder: folder }
}

pub(super) fn all() -> Query {
    Query {
        limit: 100,
        ..Query::default()
    }
}

pub(super) fn text(text: &str) -> Query {
    Query {
        text: text.to_owned(),
        ..all()
    }
}

impl Searched {
    pub(super) fn numbers(&self, query: &Query) -> Vec<u128> {
        let found = self.index.search(query, NOW_US, Effort::AsNeeded).unwrap();
        found.ids.iter().map(Uuid::as_u128).collect()
    }
}

#[test]
fn a_whole_name_comes_before_its_words_and_those_before_a_beginning() {
    let searched = over(&[
        Document {
            popularity: 90,
            ..title(1, "Nosferatus Return")
        },
        Document {
            popularity: 50,
            ..title(2, "Shadow of Nosferatu")
        },
        title(3, "Nosferatu"),
        title(4, "Faust"),
    ]);
    assert_eq!(searched.numbers(&text("nosferatu")), [3, 2, 1]);
    assert_eq!(
        searched.numbers(&text("nosf")),
        [1, 2, 3],
        "the popular first, where the match is alike"
    );
}

#[test]
fn accents_and_capitals_do_not_matter_on_either_side() {
    let searched = over(&[
        title(1, "São Paulo, Sinfonia da Metrópole"),
        Document {
            other_names: vec!["Häxan".to_owned()],
            ..title(2, "The Witch")
        },
    ]);
    assert_eq!(searched.numbers(&text("sao paulo metropole")), [1]);
    assert_eq!(searched.numbers(&text("SÃO")), [1]);
    assert_eq!(searched.numbers(&text("haxan")), [2]);
}

#[test]
fn people_are_found_after_names() {
    let searched = over(&[
        Document {
            cast: vec!["Charles Chaplin".to_owned()],
            popularity: 99,
            ..title(1, "The Kid")
        },
        title(2, "Chaplin"),
    ]);
    assert_eq!(searched.numbers(&text("chaplin")), [2, 1]);
    assert_eq!(
        searched.numbers(&text("kid chaplin")),
        [1],
        "words may be in different places"
    );
}

#[test]
fn a_misspelt_word_finds_what_was_meant_and_only_when_nothing_is_spelt_so() {
    let searched = over(&[
        Document {
            cast: vec!["Audrey Hepburn".to_owned()],
            ..title(1, "Charade")
        },
        title(2, "Chaplin"),
        title(3, "Chaplain"),
        title(4, "M"),
    ]);
    assert_eq!(searched.numbers(&text("hepbrun")), [1]);
    assert_eq!(searched.numbers(&text("chaplin")), [2]);
    assert_eq!(
        searched.numbers(&text("x")),
        [0; 0],
        "short words are taken as they are"
    );
}

#[test]
fn a_text_without_words_finds_nothing_and_no_text_everything() {
    let searched = over(&[title(1, "M")]);
    assert_eq!(searched.numbers(&text("?!")), [0; 0]);
    assert_eq!(searched.numbers(&text("  ")), [1]);
    assert_eq!(searched.numbers(&text(&"long ".repeat(10_000))), [0; 0]);
}

#[test]
fn an_offer_counts_while_it_is_available() {
    let ended = until(NOW_US);
    let later = OnSale {
        from_us: NOW_US + 1,
        ..at(1490)
    };
    let searched = over(&[
        Document {
            rent: Some(at(1490)),
            buy: Some(later),
            ..title(1, "A")
        },
        Document {
            rent: Some(ended),
            buy: Some(at(1490)),
            ..title(2, "B")
        },
    ]);
    assert_eq!(
        searched.numbers(&Query {
            offers: vec![OfferKind::Rent],
            ..all()
        }),
        [1]
    );
    assert_eq!(
        searched.numbers(&Query {
            offers: vec![OfferKind::Buy],
            ..all()
        }),
        [2]
    );
    let both = vec![OfferKind::Rent, OfferKind::Buy];
    assert_eq!(searched.numbers(&Query { offers: both, ..all() }), [1, 2]);
}

#[test]
fn a_price_counts_each_title_once_and_only_while_it_can_be_had() {
    let searched = over(&[
        Document {
            rent: Some(at(590)),
            buy: Some(at(990)),
            ..title(1, "A")
        },
        Document {
            rent: Some(at(590)),
            buy: Some(at(2990)),
            ..title(2, "B")
        },
        Document {
            rent: Some(OnSale {
                until_us: NOW_US,
                ..at(490)
            }),
            ..title(3, "C")
        },
    ]);
    let prices = |query: &Query| {
        searched
            .index
            .search(query, NOW_US, Effort::AsNeeded)
            .unwrap()
            .facets
            .prices
    };
    let counted = |counts: &[(&str, usize)]| {
        counts
            .iter()
            .map(|(band, count)| ((*band).to_owned(), *count))
            .collect()
    };
    let both: Vec<_> = counted(&[("BRL:500-1000", 2), ("BRL:2000-5000", 1)]);
    assert_eq!(prices(&all()), both);
    let cheap = Query {
        prices: vec![PriceBand::parse("BRL:500-1000").unwrap()],
        ..all()
    };
    assert_eq!(prices(&cheap), both, "a facet's own filter does not narrow it");
    assert_eq!(searched.numbers(&cheap), [1, 2]);
    // One offer must meet both conditions: a title that can be bought, and rented at this price, is not enough.
    let cheap_to_buy = Query {
        offers: vec![OfferKind::Buy],
        ..cheap
    };
    assert_eq!(searched.numbers(&cheap_to_buy), [1]);
    let offers = searched
        .index
        .search(&cheap_to_buy, NOW_US, Effort::AsNeeded)
        .unwrap()
        .facets
        .offers;
    assert_eq!(offers, counted(&[("rent", 2), ("buy", 1)]));
}

#[test]
fn what_ends_soon_comes_in_the_order_of_its_end() {
    let day = |days: i64| NOW_US + days * 24 * 60 * 60 * 1_000_000;
    let ending = |number, rent, buy| Document {
        rent,
        buy,
        ..title(number, "Film")
    };
    let searched = over(&[
        ending(1, Some(until(day(5))), Some(at(3990))),
        ending(2, Some(at(1490)), Some(until(day(2)))),
        ending(3, Some(at(1490)), None),
        ending(4, Some(until(NOW_US)), None),
        ending(5, Some(until(day(30))), None),
    ]);
    let soon = Query {
        sort: Sort::EndsSoon,
        limit: 2,
        ..all()
    };
    let first = searched.index.search(&soon, NOW_US, Effort::AsNeeded).unwrap();
    let rest = Query {
        after: first.next,
        limit: 100,
        ..soon.clone()
    };
    assert_eq!(first.ids.iter().map(Uuid::as_u128).collect::<Vec<_>>(), [2, 1]);
    assert_eq!(searched.numbers(&rest), [5, 3, 4]);
    let within_a_week = Query {
        ends_within_days: 7,
        limit: 100,
        ..soon
    };
    assert_eq!(searched.numbers(&within_a_week), [2, 1]);
    let rented = Query {
        offers: vec![OfferKind::Rent],
        ..within_a_week
    };
    assert_eq!(searched.numbers(&rented), [1]);
}

#[test]
fn what_takes_long_is_not_done_where_others_wait() {
    let searched = over(&[title(1, "Nosferatu"), title(2, "Faust")]);
    let at_once = |query: &Query| searched.index.search(query, NOW_US, Effort::AtOnce);
    for query in [text("faust"), text("fuast"), all()] {
        assert!(matches!(at_once(&query), Err(SearchError::TakesLonger)), "{query:?}");
        let found = searched.index.search(&query, NOW_US, Effort::AsNeeded).unwrap();
        assert_eq!(at_once(&query).unwrap(), found);
        searched.index.apply(&[title(3, "Sunrise")], 2).unwrap();
        assert!(
            matches!(at_once(&query), Err(SearchError::TakesLonger)),
            "changed: {query:?}"
        );
    }
    let suggested = searched.index.suggest("sun", 8, Effort::AtOnce);
    assert!(matches!(suggested, Err(SearchError::TakesLonger)));

    let many: Vec<_> = (0..=Effort::TITLES_AT_ONCE as u128)
        .map(|number| title(number, "Film"))
        .collect();
    let searched = over(&many);
    let at_once = |query: &Query| searched.index.search(query, NOW_US, Effort::AtOnce);
    let rare = Query {
        genres: vec!["Horror".to_owned()],
        ..all()
    };
    for (query, is_quick) in [(all(), true), (text("film"), false), (rare, false)] {
        searched.index.search(&query, NOW_US, Effort::AsNeeded).unwrap();
        assert_eq!(at_once(&query).is_ok(), is_quick, "{query:?}");
    }
}

#[test]
fn a_changed_title_is_found_as_it_is_now() {
    let searched = over(&[title(1, "Old"), title(2, "Other")]);
    searched.index.apply(&[title(1, "New")], 2).unwrap();
    assert_eq!(searched.numbers(&text("old")), [0; 0]);
    assert_eq!(searched.numbers(&text("other")), [2]);
    assert_eq!(searched.numbers(&text("new")), [1]);
    assert_eq!(searched.numbers(&all()), [1, 2]);
}

#[test]
fn suggestions_are_the_best_names_that_begin_so() {
    let searched = over(&[title(1, "Metropolis"), title(2, "Meteor"), title(3, "The Kid")]);
    let mut suggested = searched.index.suggest("met", 8, Effort::AsNeeded).unwrap();
    suggested.sort_unstable();
    assert_eq!(suggested, [Uuid::from_u128(1), Uuid::from_u128(2)]);
    assert_eq!(searched.index.suggest("met", 1, Effort::AsNeeded).unwrap().len(), 1);
    assert!(searched.index.suggest("", 8, Effort::AsNeeded).unwrap().is_empty());
}

#[test]
fn an_index_on_disk_is_used_again_with_its_revision() {
    let folder = tempfile::tempdir().unwrap();
    let titles = [title(1, "Nosferatu"), title(2, "Faust")];
    let (index, _) = Index::open(folder.path(), CATALOGUE).unwrap();
    index.apply(&titles, 42).unwrap();
    drop(index);
    let (index, revision) = Index::open(folder.path(), CATALOGUE).unwrap();
    assert_eq!(revision, 42);
    for part in titles {
        index.load(std::iter::once(part));
    }
    index.loaded().unwrap();
    assert_eq!(
        index
            .search(&text("nosferatu"), NOW_US, Effort::AsNeeded)
            .unwrap()
            .total,
        1
    );
    assert_eq!(index.search(&text("faust"), NOW_US, Effort::AsNeeded).unwrap().total, 1);
    index.apply(&[title(2, "Sunrise")], 43).unwrap();
    assert_eq!(index.search(&text("faust"), NOW_US, Effort::AsNeeded).unwrap().total, 0);
}

#[test]
fn a_damaged_index_is_rebuilt() {
    let folder = tempfile::tempdir().unwrap();
    let (index, _) = Index::open(folder.path(), CATALOGUE).unwrap();
    index.apply(&[title(1, "Nosferatu")], 42).unwrap();
    drop(index);
    std::fs::write(folder.path().join("meta.json"), "not what it was").unwrap();
    let (index, revision) = Index::open(folder.path(), CATALOGUE).unwrap();
    assert_eq!(revision, 0);
    index.apply(&[title(1, "Nosferatu")], 43).unwrap();
    assert_eq!(
        index
            .search(&text("nosferatu"), NOW_US, Effort::AsNeeded)
            .unwrap()
            .total,
        1
    );
}
