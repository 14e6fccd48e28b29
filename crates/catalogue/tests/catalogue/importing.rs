//! Each title of an import is taken completely or refused, and no title is taken twice.

use api::catalogue::{CatalogueService as _, ImportRow, ImportTitlesRequest, SearchTitlesRequest, TitleInput};
use catalogue::MIGRATIONS;
use rpc::{Call, Code};
use store::{Db, Feed};

use crate::world::{Shop, by_guest, film, limite, rental, said, texts};

store::each_engine!(
    MIGRATIONS:
    what_was_taken_in_is_found_at_once,
    the_same_rows_twice_change_nothing,
    a_changed_row_changes_its_title_and_no_other,
    offers_that_an_import_does_not_speak_of_stay,
    a_refused_row_leaves_nothing_and_the_others_come_in,
    an_identity_comes_once_in_a_batch,
    two_imports_of_the_same_titles_at_once_make_each_title_once,
    only_staff_import_and_only_so_much,
);

async fn what_was_taken_in_is_found_at_once(db: &Db) {
    let shop = Shop::open(db).await;
    let summary = shop.import(vec![limite(), film("Aitaré da Praia", 1925)]).await;
    assert_eq!((summary.created, summary.refused.len()), (2, 0));
    let title = shop.title("limite").await;
    assert_eq!(
        (title.name.as_str(), title.original_name.as_str(), title.year),
        ("Limite", "Limite", 1931)
    );
    assert_eq!(title.directors[0].name, "Mário Peixoto");
    assert_eq!(
        title.cast.iter().map(|credit| &*credit.name).collect::<Vec<_>>(),
        ["Olga Breno", "Taciana Rei"]
    );
    assert_eq!(title.offers[0].price.as_ref().unwrap().amount_minor, 590);
    assert_eq!(
        (title.offers[0].start_window_hours, title.offers[0].viewing_window_hours),
        (720, 48)
    );
    assert_eq!(shop.named("mario peixoto").await, ["Limite"]);
    assert_eq!(shop.named("aitare").await, ["Aitaré da Praia"]);
}

async fn the_same_rows_twice_change_nothing(db: &Db) {
    let shop = Shop::open(db).await;
    let rows = vec![limite(), film("Ganga Bruta", 1933)];
    shop.import(rows.clone()).await;
    let (before, revision) = (
        shop.title("limite").await,
        Feed::new(db.clone()).revision().await.unwrap(),
    );
    let again = shop.import(rows).await;
    assert_eq!((again.created, again.updated, again.unchanged), (0, 0, 2));
    assert_eq!(shop.title("limite").await, before);
    assert_eq!(Feed::new(db.clone()).revision().await.unwrap(), revision);
}

async fn a_changed_row_changes_its_title_and_no_other(db: &Db) {
    let shop = Shop::open(db).await;
    shop.import(vec![limite(), film("Ganga Bruta", 1933)]).await;
    let before = shop.title("limite").await;
    let changed = TitleInput {
        cast: texts(&["Olga Breno", "Brutus Pedreira"]),
        offers: vec![rental(690)],
        ..limite()
    };
    let summary = shop.import(vec![changed, film("Ganga Bruta", 1933)]).await;
    assert_eq!((summary.created, summary.updated, summary.unchanged), (0, 1, 1));
    let after = shop.title("limite").await;
    assert_eq!(after.title_id, before.title_id);
    assert_eq!(
        after.offers[0].offer_id, before.offers[0].offer_id,
        "an offer keeps its id"
    );
    assert_eq!(after.offers[0].price.as_ref().unwrap().amount_minor, 690);
    assert_eq!(shop.named("brutus").await, ["Limite"]);
    assert_eq!(
        shop.named("taciana").await,
        texts(&[]),
        "who is no longer in it is not found by it"
    );
}

async fn offers_that_an_import_does_not_speak_of_stay(db: &Db) {
    let shop = Shop::open(db).await;
    shop.import(vec![limite()]).await;
    let without_offers = TitleInput {
        offers: Vec::new(),
        popularity: 50,
        ..limite()
    };
    assert_eq!(shop.import(vec![without_offers]).await.updated, 1);
    let title = shop.title("limite").await;
    assert_eq!((title.popularity, title.offers.len()), (50, 1));
}

async fn a_refused_row_leaves_nothing_and_the_others_come_in(db: &Db) {
    let shop = Shop::open(db).await;
    let with_bad_offer = TitleInput {
        offers: vec![rental(590), rental(690)],
        ..film("Two prices", 1950)
    };
    let with_free_offer = TitleInput {
        offers: vec![rental(0)],
        ..film("Free", 1950)
    };
    let rows = vec![
        film("", 1931),
        film("Early", 123),
        with_bad_offer,
        with_free_offer,
        limite(),
    ];
    let summary = shop.import(rows).await;
    assert_eq!(summary.created, 1);
    let refused: Vec<_> = summary
        .refused
        .iter()
        .map(|row| (row.row, row.name.as_str(), row.field.as_str()))
        .collect();
    assert_eq!(
        refused,
        [
            (1, "", "name"),
            (2, "Early", "year"),
            (3, "Two prices", "offers"),
            (4, "Free", "offers[0].price")
        ]
    );
    assert_eq!(shop.search(SearchTitlesRequest::default()).await.total_size, 1);
}

async fn an_identity_comes_once_in_a_batch(db: &Db) {
    let shop = Shop::open(db).await;
    let again = TitleInput { year: 1932, ..limite() };
    let summary = shop.import(vec![limite(), again]).await;
    assert_eq!((summary.created, summary.refused[0].row), (1, 2));
    assert_eq!(shop.title("limite").await.year, 1931);
}

async fn two_imports_of_the_same_titles_at_once_make_each_title_once(db: &Db) {
    let (one, other) = (Shop::open(db).await, Shop::open(db).await);
    let rows: Vec<_> = (0..40).map(|number| film("Serial", 1900 + number)).collect();
    let (first, second) = futures::join!(one.import(rows.clone()), other.import(rows));
    assert_eq!(first.created + second.created, 40);
    assert_eq!(first.unchanged + second.unchanged, 40);
    // The process that answered second has taken in the titles of the first.
    let seen = [one, other].map(|shop| async move { shop.search(SearchTitlesRequest::default()).await.total_size });
    assert!(futures::future::join_all(seen).await.contains(&40));
}

async fn only_staff_import_and_only_so_much(db: &Db) {
    let shop = Shop::open(db).await;
    let request = |count: usize| ImportTitlesRequest {
        rows: vec![
            ImportRow {
                row: 1,
                title: Some(limite())
            };
            count
        ],
        ..ImportTitlesRequest::default()
    };
    let by_anybody = shop
        .service
        .import_titles(by_guest(said([request(1)])))
        .await
        .unwrap_err();
    assert_eq!(by_anybody.code, Code::Unauthenticated);
    let by_customer = shop.service.import_titles(shop.by_customer(said([request(1)]))).await;
    assert_eq!(by_customer.unwrap_err().code, Code::PermissionDenied);
    let too_much = shop.service.import_titles(Call::by_service(said([request(501)]))).await;
    assert_eq!(too_much.unwrap_err().fields()[0].field, "rows");
    assert_eq!(shop.search(SearchTitlesRequest::default()).await.total_size, 0);
}
