//! The titles of the measurements: generated from a seed, always the same ones.

use std::collections::BTreeSet;
use std::sync::Arc;

use anyhow::{Context, Result, anyhow};
use api::Money;
use api::catalogue::{
    CatalogueService, ImportRow, ImportTitlesRequest, LocalizedText, OfferInput, OfferKind, TitleInput,
};
use futures::stream;
use rpc::Call;

use crate::cell::{Carrier, Cell, Work};
use crate::commands::Store;
use crate::connection_pool::clients;

/// The titles of one measured import.
pub(crate) const IMPORTED: u32 = 10_000;
/// The rows of one message.
const ROWS: u32 = 500;

const WORDS: [&str; 64] = [
    "amber", "autumn", "bridge", "candle", "carnival", "city", "cloud", "dance", "desert", "distance", "door", "dream",
    "empire", "engine", "evening", "fire", "forest", "garden", "ghost", "glass", "harbour", "heart", "horizon",
    "house", "island", "journey", "king", "lantern", "letter", "light", "machine", "memory", "midnight", "mirror",
    "moon", "morning", "mountain", "music", "night", "ocean", "paper", "promise", "rain", "river", "road", "sand",
    "season", "secret", "shadow", "silence", "silver", "sister", "snow", "song", "star", "stone", "storm", "stranger",
    "street", "summer", "train", "voice", "winter", "window",
];
const GENRES: [&str; 8] = [
    "Drama",
    "Comedy",
    "Horror",
    "Romance",
    "Western",
    "Crime",
    "Adventure",
    "Musical",
];
/// The sort orders of a search.
const ORDERS: [&str; 5] = ["relevance", "popular", "newest", "year", "name"];
const COUNTRIES: [&str; 6] = ["BR", "US", "FR", "DE", "JP", "IT"];

/// A word that occurs in titles, which depends on the number.
pub(crate) fn word(number: u64) -> &'static str {
    let chosen = usize::try_from(mixed(number) % 64).unwrap_or_default();
    WORDS[chosen]
}

/// Two words that occur in titles, which depend on the number.
pub(crate) fn search(number: u64) -> String {
    format!("{} {}", word(number), word(number + 1_000_003))
}

/// Searches as people type them, all different: a word and the beginning of another one, in each of the sort orders.
/// Their sequence is pseudo-random.
pub(crate) fn typed_searches() -> Vec<String> {
    let starts = WORDS
        .iter()
        .flat_map(|word| (1..=word.len()).map(move |end| &word[..end]));
    let starts: BTreeSet<&str> = starts.collect();
    let mut searches = Vec::with_capacity(WORDS.len() * starts.len() * ORDERS.len());
    for first in WORDS {
        for start in &starts {
            searches.extend(ORDERS.map(|order| format!("q={first}%20{start}&sort={order}")));
        }
    }
    let mut lot = 0;
    searches.sort_by_cached_key(|_| {
        lot += 1;
        mixed(lot)
    });
    searches
}

/// Imports this many titles into a store's catalogue, unless it has them already.
pub async fn fill(store: &Store, count: u32) -> Result<()> {
    let cell = Cell::new(Work::Import, Carrier::Grpc);
    let token = store.service_token.as_deref().map(Arc::from);
    let catalogue = clients(&cell, &store.catalogue, token.as_ref(), None)?;
    let catalogue = catalogue.first().context("a cell has a connection")?;
    let summary = catalogue.import_titles(Call::by_service(rows(count, ROWS))).await;
    let summary = summary.map_err(|fault| anyhow!("the catalogue could not be filled: {fault:?}"))?;
    match summary.refused.first() {
        None => Ok(()),
        Some(refusal) => Err(anyhow!("the catalogue refused a title: {refusal:?}")),
    }
}

/// The titles as the messages of an import.
pub(crate) fn rows(count: u32, batch: u32) -> rpc::Stream<ImportTitlesRequest> {
    let batch = batch.max(1);
    let messages = (0..count)
        .step_by(usize::try_from(batch).unwrap_or(1))
        .map(move |first| {
            let numbers = first..count.min(first + batch);
            let rows = numbers.map(|number| ImportRow {
                row: i64::from(number) + 1,
                title: Some(title(number)),
            });
            Ok(ImportTitlesRequest {
                rows: rows.collect(),
                ..ImportTitlesRequest::default()
            })
        });
    Box::pin(stream::iter(messages))
}

/// One title, about 1 kB of JSON.
fn title(number: u32) -> TitleInput {
    let seed = u64::from(number) * 100;
    let pick = |at: u64| word(seed + at);
    let name = format!("The {} of the {} {}", pick(1), pick(2), pick(3));
    let synopsis: Vec<_> = (10..50).map(pick).collect();
    let text = |language: &str, text: String| LocalizedText {
        language: language.to_owned(),
        text,
    };
    let person = |at: u64| format!("{} {}son", capital(pick(at)), capital(pick(at + 1)));
    let of = |list: &[&str], at: u64| {
        let chosen = usize::try_from(mixed(seed + at)).unwrap_or_default() % list.len();
        vec![list[chosen].to_owned()]
    };
    let offer = |kind: OfferKind, amount_minor| OfferInput {
        kind: kind.into(),
        price: Some(Money {
            amount_minor,
            currency_code: "BRL".to_owned(),
        }),
        ..OfferInput::default()
    };
    TitleInput {
        source: "comparison".to_owned(),
        source_id: number.to_string(),
        original_name: name.clone(),
        name,
        year: 1920 + i32::try_from(mixed(seed) % 105).unwrap_or_default(),
        runtime_minutes: 60 + i32::try_from(mixed(seed + 1) % 120).unwrap_or_default(),
        countries: of(&COUNTRIES, 4),
        genres: of(&GENRES, 5),
        directors: vec![person(60)],
        cast: (62..70).step_by(2).map(person).collect(),
        synopses: vec![text("en", synopsis.join(" "))],
        popularity: i32::try_from(mixed(seed + 2) % 101).unwrap_or_default(),
        offers: vec![offer(OfferKind::Rent, 1_490), offer(OfferKind::Buy, 3_990)],
        ..TitleInput::default()
    }
}

fn capital(word: &str) -> String {
    let (first, rest) = word.split_at(1);
    first.to_uppercase() + rest
}

/// A pseudo-random number (the finalizer of `SplitMix64`).
pub(crate) fn mixed(number: u64) -> u64 {
    let mut mixed = number.wrapping_add(0x9E37_79B9_7F4A_7C15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use futures::StreamExt;

    use super::*;

    #[test]
    fn no_search_is_typed_twice() {
        let searches = typed_searches();
        let different: BTreeSet<_> = searches.iter().collect();
        assert!(searches.len() > 50_000, "{}", searches.len());
        assert_eq!(different.len(), searches.len());
    }

    #[tokio::test]
    async fn an_import_has_every_title_once_however_it_is_cut() {
        for batch in [1, 7, 500] {
            let messages: Vec<_> = rows(20, batch).collect().await;
            let rows: Vec<_> = messages.into_iter().flat_map(|message| message.unwrap().rows).collect();
            let numbers: Vec<_> = rows.iter().map(|row| row.row).collect();
            assert_eq!(numbers, (1..=20).collect::<Vec<_>>());
            assert_eq!(rows[3].title, Some(title(3)));
        }
    }
}
