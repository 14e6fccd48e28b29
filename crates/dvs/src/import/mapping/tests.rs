//! Rows of both shapes, and what can be wrong in them.

use serde_json::json;

use super::*;

fn read(fields: Value) -> Result<TitleInput, Refusal> {
    film(serde_json::from_value(fields).unwrap())
}

fn text(language: &str, text: &str) -> LocalizedText {
    let (language, text) = (language.to_owned(), text.to_owned());
    LocalizedText { language, text }
}

#[test]
fn every_field_of_our_own_shape_has_its_place() {
    let whole = json!({
        "source": "me", "source_id": "limite", "name": "Limite", "original_name": "Limite", "name_pt": "Limite",
        "localized_names": {"en": "Limit"}, "year": 1931, "runtime_minutes": 120, "countries": ["BR"],
        "languages": ["zxx"], "subtitle_languages": ["en"], "age_rating": "L", "directors": ["Mário Peixoto"],
        "cast": ["Olga Breno"], "genres": ["Drama"], "synopsis": {"en": "A boat.", "pt-BR": "Um barco."},
        "trailer_url": "https://example.org/t", "image_url": "https://example.org/i", "licence": "Public domain",
        "popularity": 80, "id": "01a20bb9-3344-7ab4-9fd1-a1a0cd8b7361", "created_at": "1970-01-01T00:00:02Z",
        "hidden": true,
            "offers": [{
                "id": "01a20bb9-3344-7ab5-9957-d50c77817714", "kind": "rent", "price": {"amount_minor": 590, "currency_code": "BRL"}, "start_window_hours": 720,
            "viewing_window_hours": 48, "available_from": "1970-01-01T00:00:01Z", "available_until": null,
        }],
    });
    let mut film = read(whole).unwrap();
    let named = film.fields.split_off(0);
    assert_eq!(
        named.len(),
        FIELDS.len() + 3,
        "and the texts, language by language: {named:?}"
    );
    assert_eq!(film.offers[0].fields.split_off(0).len(), OFFER_FIELDS.len());
    let texts = |words: &[&str]| words.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(
        film,
        TitleInput {
            source: "me".to_owned(),
            source_id: "limite".to_owned(),
            name: "Limite".to_owned(),
            original_name: "Limite".to_owned(),
            localized_names: vec![text("en", "Limit"), text("pt-BR", "Limite")],
            year: 1931,
            runtime_minutes: 120,
            countries: texts(&["BR"]),
            languages: texts(&["zxx"]),
            subtitle_languages: texts(&["en"]),
            age_rating: "L".to_owned(),
            directors: texts(&["Mário Peixoto"]),
            cast: texts(&["Olga Breno"]),
            genres: texts(&["Drama"]),
            synopses: vec![text("en", "A boat."), text("pt-BR", "Um barco.")],
            trailer_url: "https://example.org/t".to_owned(),
            image_url: "https://example.org/i".to_owned(),
            licence: "Public domain".to_owned(),
            popularity: 80,
            offers: vec![OfferInput {
                kind: OfferKind::Rent.into(),
                price: Some(Money {
                    amount_minor: 590,
                    currency_code: "BRL".to_owned()
                }),
                start_window_hours: 720,
                viewing_window_hours: 48,
                available_from_us: 1_000_000,
                available_until_us: 0,
                offer_id: "01a20bb9-3344-7ab5-9957-d50c77817714".to_owned(),
                fields: Vec::new(),
            }],
            title_id: "01a20bb9-3344-7ab4-9fd1-a1a0cd8b7361".to_owned(),
            created_at_us: 2_000_000,
            fields: Vec::new(),
            is_hidden: true,
        }
    );
}

#[test]
fn a_refusal_names_the_film_and_the_field() {
    let offer = |price: Value| json!([{"kind": "rent", "price": price}]);
    let wrong = [
        ("colour", json!("blue"), "colour"),
        ("title", json!("Limite"), "title"),
        ("year", json!("soon"), "year"),
        ("year", json!(1931.5), "year"),
        ("year", json!(1931.5), "year"),
        ("year", json!(99_999_999_999_i64), "year"),
        ("original_name", json!(7), "original_name"),
        ("cast", json!("Olga Breno"), "cast"),
        ("cast", json!(["Olga Breno", 7]), "cast[1]"),
        ("synopsis", json!("A boat."), "synopsis"),
        ("synopsis", json!({"en": 7}), "synopsis.en"),
        ("offers", json!([7]), "offers[0]"),
        ("offers", json!([{"kind": "lend"}]), "offers[0].kind"),
        ("offers", json!([{"kind": "rent", "days": 2}]), "offers[0].days"),
        (
            "offers",
            json!([{"kind": "rent", "available_from": "soon"}]),
            "offers[0].available_from",
        ),
        (
            "offers",
            json!([{"kind": "rent", "start_window_hours": 0}]),
            "offers[0].start_window_hours",
        ),
        (
            "offers",
            json!([{"kind": "rent", "viewing_window_hours": 0}]),
            "offers[0].viewing_window_hours",
        ),
        (
            "offers",
            json!([{"kind": "rent", "available_until": "1970-01-01T00:00:00Z"}]),
            "offers[0].available_until",
        ),
        ("created_at", json!("1969-12-31T00:00:00Z"), "created_at"),
        (
            "offers",
            offer(json!({"amount_minor": 0.1, "currency_code": "BRL"})),
            "offers[0].price.amount_minor",
        ),
        (
            "offers",
            offer(json!({"amount_minor": 1, "cents": 1})),
            "offers[0].price.cents",
        ),
    ];
    for (field, value, at) in wrong {
        let mut fields = json!({"name": "Limite", "year": 1931});
        fields[field] = value;
        let refusal = read(fields).unwrap_err();
        assert_eq!(
            (refusal.name.as_str(), refusal.field.as_str()),
            ("Limite", at),
            "{}",
            refusal.reason
        );
    }
}

#[test]
fn null_names_a_field_and_an_absent_one_is_not_named() {
    let film = read(json!({"name": "Limite", "year": null, "cast": null, "offers": null, "colour": null})).unwrap();
    let wanted = TitleInput {
        name: "Limite".to_owned(),
        fields: ["cast", "name", "year", "offers"].map(ToOwned::to_owned).into(),
        ..TitleInput::default()
    };
    assert_eq!(film, wanted);
    let texts = read(
        json!({"synopsis": {"en": "A boat.", "es": null}, "localized_names": {}, "offers": [
            {"kind": "rent", "price": null, "available_from": null}
        ]}),
    );
    let film = texts.unwrap();
    assert_eq!(film.fields, ["localized_names", "synopses.en", "synopses.es"]);
    assert_eq!(film.offers[0].fields, ["available_from_us", "kind", "price"]);
}

#[test]
fn a_film_of_wikipedia_is_known_by_its_article() {
    let film = read(json!({
        "title": "Dinner at Eight", "year": 1933, "cast": ["Marie Dressler"], "genres": ["Comedy"],
        "href": "Dinner_at_Eight_%281933_film%29", "extract": "A\tdinner.",
        "thumbnail": "https://example.org/poster.jpg", "thumbnail_width": 220, "thumbnail_height": 330,
    }));
    assert_eq!(
        film.unwrap(),
        TitleInput {
            source: "wikipedia".to_owned(),
            source_id: "Dinner_at_Eight_(1933_film)".to_owned(),
            name: "Dinner at Eight".to_owned(),
            year: 1933,
            cast: vec!["Marie Dressler".to_owned()],
            genres: vec!["Comedy".to_owned()],
            synopses: vec![text("en", "A dinner.")],
            fields: ["cast", "synopses.en", "genres", "name", "year"]
                .map(ToOwned::to_owned)
                .into(),
            ..TitleInput::default()
        }
    );
    let without_article = read(json!({"title": "This Is America", "year": 1933, "href": null, "extract": ""})).unwrap();
    assert_eq!(without_article.source_id, "This Is America (1933)");
    assert!(without_article.synopses.is_empty());
    assert_eq!(
        read(json!({"title": "M", "year": 1931, "director": "Fritz Lang"}))
            .unwrap_err()
            .field,
        "director"
    );
}

#[test]
fn a_whole_number_may_be_written_as_programs_write_it() {
    for year in [json!(1931), json!(1931.0), json!("1931"), json!("1931.0")] {
        let film = read(json!({"source": "me", "source_id": "1", "name": "Limite", "year": year})).unwrap();
        assert_eq!(film.year, 1931, "{year}");
    }
}
