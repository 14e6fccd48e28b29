//! A row of an import changes the fields that it names of a known title; a dry run reports the changes.

use api::catalogue::{
    CatalogueService as _, ExportTitlesRequest, ImportRow, ImportSummary, ImportTitlesRequest, LocalizedText,
    MarkTitleOrderedRequest, OfferInput, OfferKind, TitleInput,
};
use catalogue::MIGRATIONS;
use futures::StreamExt;
use rpc::{Call, Code};
use store::{Db, Feed};

use crate::world::{Shop, film, limite, reais, rental, said, texts};

store::each_engine!(
    MIGRATIONS:
    a_row_changes_only_what_it_names,
    a_field_that_is_named_and_empty_is_cleared,
    a_row_with_another_films_id_does_not_take_its_place,
    an_ordered_title_keeps_its_name_and_its_year,
    a_dry_run_says_every_change_and_makes_none,
    every_field_of_the_contract_comes_out_as_it_came_in,
    a_name_that_no_field_has_is_refused,
);

fn text(language: &str, text: &str) -> LocalizedText {
    let (language, text) = (language.to_owned(), text.to_owned());
    LocalizedText { language, text }
}

/// A film with a value in every field, the kinds of its offers in their order.
fn whole() -> TitleInput {
    TitleInput {
        source: "festival".to_owned(),
        source_id: "1".to_owned(),
        name: "Limite".to_owned(),
        original_name: "Limite (1931)".to_owned(),
        localized_names: vec![text("en", "Limit"), text("pt-BR", "Limite")],
        year: 1931,
        runtime_minutes: 114,
        countries: texts(&["BR"]),
        languages: texts(&["zxx"]),
        subtitle_languages: texts(&["en", "pt-BR"]),
        age_rating: "L".to_owned(),
        directors: texts(&["Mário Peixoto"]),
        cast: texts(&["Olga Breno", "Taciana Rei"]),
        genres: texts(&["Drama", "Experimental"]),
        synopses: vec![text("en", "A boat."), text("pt-BR", "Um barco.")],
        trailer_url: "https://example.org/trailer".to_owned(),
        image_url: "https://example.org/image".to_owned(),
        licence: "Public domain".to_owned(),
        popularity: 80,
        offers: vec![OfferInput {
            kind: OfferKind::Rent.into(),
            price: Some(reais(1490)),
            start_window_hours: 168,
            viewing_window_hours: 72,
            available_from_us: 1_000_000,
            available_until_us: 9_000_000_000_000_000,
            offer_id: "01a20bb9-3344-7ab5-9957-d50c77817714".to_owned(),
            fields: Vec::new(),
        }],
        title_id: "01a20bb9-3344-7ab4-9fd1-a1a0cd8b7361".to_owned(),
        created_at_us: 2_000_000,
        fields: Vec::new(),
        is_hidden: true,
    }
}

/// A row of the same film that names only these fields.
fn naming(fields: &[&str], row: TitleInput) -> TitleInput {
    TitleInput {
        source: "festival".to_owned(),
        source_id: "1".to_owned(),
        fields: [&["source", "source_id"], fields]
            .concat()
            .iter()
            .map(ToString::to_string)
            .collect(),
        ..row
    }
}

async fn exported(shop: &Shop) -> Vec<TitleInput> {
    let batches = shop
        .service
        .export_titles(Call::by_service(ExportTitlesRequest::default()));
    let batches: Vec<_> = batches.await.unwrap().collect().await;
    batches.into_iter().flat_map(|batch| batch.unwrap().titles).collect()
}

async fn every_field_of_the_contract_comes_out_as_it_came_in(db: &Db) {
    let shop = Shop::open(db).await;
    assert_eq!(shop.import(vec![whole()]).await.created, 1);
    assert_eq!(exported(&shop).await, [whole()]);
}

async fn a_row_changes_only_what_it_names(db: &Db) {
    let shop = Shop::open(db).await;
    shop.import(vec![whole()]).await;
    let cheaper = OfferInput {
        price: Some(reais(990)),
        fields: texts(&["price"]),
        ..rental(0)
    };
    let row = TitleInput {
        offers: vec![cheaper],
        synopses: vec![text("es", "Un barco.")],
        ..TitleInput::default()
    };
    let summary = shop.import(vec![naming(&["synopses.es"], row.clone())]).await;
    assert_eq!((summary.updated, summary.refused.len()), (1, 0), "{summary:?}");
    let mut wanted = whole();
    wanted.offers[0].price = Some(reais(990));
    wanted.synopses.push(text("es", "Un barco."));
    assert_eq!(exported(&shop).await, [wanted]);
    assert_eq!(shop.import(vec![naming(&["synopses.es"], row)]).await.unchanged, 1);
}

async fn a_field_that_is_named_and_empty_is_cleared(db: &Db) {
    let shop = Shop::open(db).await;
    shop.import(vec![whole()]).await;
    let row = naming(
        &["directors", "age_rating", "synopses.en", "is_hidden"],
        TitleInput::default(),
    );
    shop.import(vec![row]).await;
    let mut wanted = whole();
    wanted.directors.clear();
    wanted.age_rating.clear();
    wanted.synopses.remove(0);
    wanted.is_hidden = false;
    assert_eq!(exported(&shop).await, [wanted.clone()]);
    let unbound = OfferInput {
        kind: OfferKind::Rent.into(),
        fields: texts(&["viewing_window_hours", "available_until_us"]),
        ..OfferInput::default()
    };
    let row = TitleInput {
        offers: vec![unbound],
        ..TitleInput::default()
    };
    shop.import(vec![naming(&[], row)]).await;
    wanted.offers[0].viewing_window_hours = 48;
    wanted.offers[0].available_until_us = 0;
    assert_eq!(exported(&shop).await, [wanted.clone()]);
    let withdrawn = OfferInput {
        kind: OfferKind::Rent.into(),
        fields: texts(&["price"]),
        ..OfferInput::default()
    };
    let row = TitleInput {
        offers: vec![withdrawn],
        ..TitleInput::default()
    };
    assert_eq!(shop.import(vec![naming(&[], row)]).await.updated, 1);
    wanted.offers.clear();
    assert_eq!(exported(&shop).await, [wanted]);
    shop.import(vec![TitleInput {
        name: "Limite".to_owned(),
        ..whole()
    }])
    .await;
    assert_eq!(exported(&shop).await[0].offers.len(), 1);
    shop.import(vec![naming(&["offers"], TitleInput::default())]).await;
    assert_eq!(exported(&shop).await[0].offers, []);
    let nameless = shop.import(vec![naming(&["name"], TitleInput::default())]).await;
    assert_eq!((nameless.refused[0].field.as_str(), nameless.updated), ("name", 0));
}

async fn a_name_that_no_field_has_is_refused(db: &Db) {
    let shop = Shop::open(db).await;
    let refused = shop.import(vec![naming(&["colour"], whole())]).await.refused;
    assert_eq!(refused[0].field, "fields");
}

async fn with_mode(shop: &Shop, row: TitleInput, is_dry_run: bool, allows_renames: bool) -> ImportSummary {
    let request = ImportTitlesRequest {
        rows: vec![ImportRow {
            row: 1,
            title: Some(row),
        }],
        is_dry_run,
        allows_renames,
    };
    let answer = shop.service.import_titles(Call::by_service(said([request]))).await;
    answer.unwrap()
}

async fn a_row_with_another_films_id_does_not_take_its_place(db: &Db) {
    let shop = Shop::open(db).await;
    shop.import(vec![limite()]).await;
    let mistyped = TitleInput {
        name: "Outro filme".to_owned(),
        year: 2020,
        ..limite()
    };
    let summary = shop.import(vec![mistyped.clone()]).await;
    assert_eq!((summary.updated, summary.refused[0].field.as_str()), (0, "source_id"));
    assert!(summary.refused[0].reason.contains("Limite"), "{summary:?}");
    assert_eq!(shop.named("limite").await, ["Limite"]);
    let corrected = TitleInput {
        name: "Limite, o filme".to_owned(),
        ..limite()
    };
    assert_eq!(
        shop.import(vec![corrected]).await.updated,
        1,
        "a title without orders can be corrected"
    );
    assert_eq!(with_mode(&shop, mistyped, false, true).await.updated, 1);
    assert_eq!(shop.named("outro").await, ["Outro filme"]);
}

async fn an_ordered_title_keeps_its_name_and_its_year(db: &Db) {
    let shop = Shop::open(db).await;
    shop.import(vec![limite()]).await;
    let title_id = shop.id_of("limite").await;
    let mark = || MarkTitleOrderedRequest {
        title_id: title_id.clone(),
    };
    let by_customer = shop.service.mark_title_ordered(shop.by_customer(mark())).await;
    assert_eq!(by_customer.unwrap_err().code, Code::PermissionDenied);
    shop.service.mark_title_ordered(Call::by_service(mark())).await.unwrap();
    shop.service.mark_title_ordered(Call::by_service(mark())).await.unwrap();
    let renamed = TitleInput {
        name: "Outro filme".to_owned(),
        ..limite()
    };
    let moved = TitleInput { year: 1932, ..limite() };
    for (row, field) in [(renamed.clone(), "name"), (moved, "year")] {
        let refused = shop.import(vec![row]).await.refused;
        assert_eq!(refused[0].field, field);
        assert!(refused[0].reason.contains("--allow-renames"));
    }
    let in_capitals = TitleInput {
        name: "LIMITE".to_owned(),
        popularity: 7,
        ..limite()
    };
    assert_eq!(
        shop.import(vec![in_capitals]).await.updated,
        1,
        "the same name is no rename"
    );
    assert_eq!(with_mode(&shop, renamed, false, true).await.updated, 1);
}

async fn a_dry_run_says_every_change_and_makes_none(db: &Db) {
    let shop = Shop::open(db).await;
    shop.import(vec![whole()]).await;
    let revision = Feed::new(db.clone()).revision().await.unwrap();
    let mut row = TitleInput {
        directors: texts(&["Another"]),
        ..whole()
    };
    row.offers[0].price = Some(reais(990));
    let summary = with_mode(&shop, row, true, false).await;
    assert_eq!((summary.updated, summary.changed.len()), (1, 1));
    let changes: Vec<_> = summary.changed[0]
        .changes
        .iter()
        .map(|change| (change.field.as_str(), change.before.as_str(), change.after.as_str()))
        .collect();
    let wanted = [
        ("directors", "Mário Peixoto", "Another"),
        ("rent_price", "BRL:1490", "BRL:990"),
    ];
    assert_eq!(changes, wanted);
    let new = with_mode(&shop, film("Ganga Bruta", 1933), true, false).await;
    assert_eq!((new.created, new.changed[0].title_id.as_str()), (1, ""));
    assert_eq!(exported(&shop).await, [whole()]);
    assert_eq!(Feed::new(db.clone()).revision().await.unwrap(), revision);
}
