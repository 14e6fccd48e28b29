//! An export can be imported without loss: every field of the contract, in JSON Lines and in a table.

#![expect(clippy::similar_names, reason = "a film and its file, a list and its parts")]

use std::collections::BTreeSet;
use std::fs::File;

use api::Money;
use api::catalogue::{LocalizedText, OfferInput, OfferKind, TitleInput};
use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::import::FilmFile;

/// A film with a value in every field. No `..`: when the contract gets a new field, this does not compile until it has a value.
fn whole(odd: &str) -> TitleInput {
    let text = |language: &str, text: &str| {
        let (language, text) = (language.to_owned(), text.to_owned());
        LocalizedText { language, text }
    };
    let list = |entries: &[&str]| entries.iter().map(ToString::to_string).collect::<Vec<_>>();
    let offer = |kind: OfferKind, hours: i32, id: &str| OfferInput {
        kind: kind.into(),
        price: Some(Money {
            amount_minor: 1490,
            currency_code: "BRL".to_owned(),
        }),
        start_window_hours: hours,
        viewing_window_hours: hours,
        available_from_us: 1_000_000,
        available_until_us: 9_000_000_000_000_000,
        offer_id: id.to_owned(),
        fields: Vec::new(),
    };
    TitleInput {
        source: "me".to_owned(),
        source_id: format!("=1{odd}"),
        name: format!("-30-{odd}"),
        original_name: format!("'=Limite{odd}"),
        localized_names: vec![text("en", "@Limit"), text("pt-BR", "Limite, O")],
        year: 1931,
        runtime_minutes: 114,
        countries: list(&["BR", "FR"]),
        languages: list(&["zxx"]),
        subtitle_languages: list(&["en", "pt-BR"]),
        age_rating: "L".to_owned(),
        directors: vec!["Mário Peixoto".to_owned(), format!("A|B; C, D/E{odd}")],
        cast: list(&["Sammy Davis, Jr."]),
        genres: list(&["[Drama]"]),
        synopses: vec![text("en", "A boat;=1+1\n-2"), text("pt-BR", &format!("Um barco.{odd}"))],
        trailer_url: "https://example.org/trailer".to_owned(),
        image_url: "https://example.org/image".to_owned(),
        licence: "Public domain".to_owned(),
        popularity: 80,
        offers: vec![
            offer(OfferKind::Rent, 48, "01a20bb9-3344-7ab5-9957-d50c77817714"),
            offer(OfferKind::Buy, 1, "01a20bb9-3344-7ab5-9957-d50c77817715"),
        ],
        title_id: "01a20bb9-3344-7ab4-9fd1-a1a0cd8b7361".to_owned(),
        created_at_us: 2_000_000,
        fields: Vec::new(),
        is_hidden: true,
    }
}

/// Writes a film and reads it again: the film, and the fields that the file named.
fn exported_and_imported(title: &TitleInput, name: &str) -> (TitleInput, BTreeSet<String>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    let form = Form::of(&path).unwrap();
    let mut languages = form.languages();
    if let Some(languages) = &mut languages {
        languages.note(title);
    }
    let mut writer = FilmWriter::create(&path, form, languages).unwrap();
    writer.write(title).unwrap();
    writer.finish().unwrap();
    let mut file = FilmFile::open(File::open(&path).unwrap()).unwrap();
    let row = file.next().unwrap().unwrap();
    assert!(row.notes.is_empty() && file.next().unwrap().is_none());
    let mut film = row.film.unwrap();
    let base = |field: String| field.split('.').next().unwrap_or_default().to_owned();
    let named = std::mem::take(&mut film.fields).into_iter().map(base).collect();
    for offer in &mut film.offers {
        offer.fields.clear();
    }
    (film, named)
}

#[test]
fn every_field_of_the_contract_survives_lines_and_a_table() {
    let title = whole("");
    let Value::Object(fields) = serde_json::to_value(&title).unwrap() else {
        panic!("a message is an object")
    };
    // The JSON of a message leaves out empty fields, so this shows that each field except `fields` has a value.
    assert_eq!(fields.len(), 23, "{fields:?}");
    // A field that a file cannot name could never be edited, because an import keeps what it does not name.
    let can_be_named: BTreeSet<_> = fields.keys().filter(|name| *name != "offers").cloned().collect();
    for name in ["films.jsonl", "films.csv", "films.csv.gz"] {
        let (film, named) = exported_and_imported(&title, name);
        assert_eq!(film, title, "{name}");
        assert_eq!(named, can_be_named, "{name}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn odd_texts_survive_a_table(odd in "[=+@,;|/'\"\\[\\]\\\\ à-]{0,10}x") {
        let title = whole(&odd);
        prop_assert_eq!(exported_and_imported(&title, "films.csv").0, title);
    }
}
