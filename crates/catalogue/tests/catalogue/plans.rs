//! The query plans of `SQLite` for frequent statements: they use keys, even if the catalogue has grown much.

use std::collections::BTreeSet;

use api::catalogue::{
    BatchGetTitlesRequest, CatalogueService as _, GetMediaRequest, GetOfferRequest, GetPersonRequest, GetTitleRequest,
    ListRelatedTitlesRequest, ListTitleIdsRequest, ListUnplayableTitlesRequest, MarkTitleOrderedRequest,
    MediaService as _, SetOfferRequest, SetTitleOrdersRequest, SuggestTitlesRequest, TitleOrders,
};
use catalogue::MIGRATIONS;
use rpc::Call;
use store::Db;
use store::testing::plans::{self, Heard};

use crate::world::{Shop, by_guest, film, limite, reais, upload_film, words};

const TITLES: i64 = 30_000;
/// Tables that have a row or a few in every catalogue.
const SMALL: [&str; 6] = [
    "feed",
    "lab_clock",
    "names_of_people",
    "catalogue_identity",
    "store_settings",
    "collections",
];

/// An index that contains only the titles that were ordered lately, all of which are read.
const PARTIAL: &str = "titles_ordered";

/// What visitors, rent, and an import of a few films do.
async fn work(shop: &Shop) {
    shop.import(vec![limite(), film("Ganga Bruta", 1933)]).await;
    let found = shop.title("limite").await;
    let title_id = found.title_id.clone();
    upload_film(shop, &title_id).await;
    shop.search(words("peixoto")).await;
    let request = SuggestTitlesRequest {
        query: "lim".to_owned(),
    };
    shop.service.suggest_titles(by_guest(request)).await.unwrap();
    let one = || title_id.clone();
    let calls = &shop.service;
    calls
        .get_title(by_guest(GetTitleRequest { title_id: one() }))
        .await
        .unwrap();
    let title_ids = vec![one()];
    calls
        .batch_get_titles(by_guest(BatchGetTitlesRequest { title_ids }))
        .await
        .unwrap();
    calls
        .list_title_ids(by_guest(ListTitleIdsRequest {
            page_size: 10,
            after: one(),
        }))
        .await
        .unwrap();
    calls
        .list_related_titles(by_guest(ListRelatedTitlesRequest { title_id: one() }))
        .await
        .unwrap();
    let person_id = found.directors[0].person_id.clone();
    calls
        .get_person(by_guest(GetPersonRequest { person_id }))
        .await
        .unwrap();
    let offer_id = found.offers[0].offer_id.clone();
    calls.get_offer(by_guest(GetOfferRequest { offer_id })).await.unwrap();
    calls
        .get_media(Call::by_service(GetMediaRequest { title_id: one() }))
        .await
        .unwrap();
    calls
        .set_offer(Call::by_service(SetOfferRequest {
            title_id: one(),
            kind: found.offers[0].kind,
            price: Some(reais(777)),
            ..SetOfferRequest::default()
        }))
        .await
        .unwrap();
    calls
        .mark_title_ordered(Call::by_service(MarkTitleOrderedRequest { title_id: one() }))
        .await
        .unwrap();
    let titles = vec![TitleOrders {
        title_id: one(),
        orders: 2,
    }];
    calls
        .set_title_orders(Call::by_service(SetTitleOrdersRequest { titles }))
        .await
        .unwrap();
    let request = ListUnplayableTitlesRequest {
        page_size: 10,
        ..ListUnplayableTitlesRequest::default()
    };
    calls.list_unplayable_titles(Call::by_service(request)).await.unwrap();
}

/// Adds many titles, each with an offer, a director of its own and a film.
async fn grow(db: &Db) {
    const NUMBERS: &str = "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < $1) ";
    const ID: &str = "CAST(printf('%016d', n) AS BLOB)";
    let rows = [
        format!(
            "INSERT INTO titles (title_id, source, source_id, year, facts, created_at_us, revision) {NUMBERS} \
             SELECT {ID}, 'many', n, 1931, '{{}}', n, n FROM numbers"
        ),
        format!("INSERT INTO people (person_id, name) {NUMBERS} SELECT {ID}, n FROM numbers"),
        format!("INSERT INTO credits (person_id, role, title_id) {NUMBERS} SELECT {ID}, 'director', {ID} FROM numbers"),
        format!(
            "INSERT INTO offers (offer_id, title_id, kind, price_minor, currency_code, start_window_hours, \
             viewing_window_hours, available_from_us, available_until_us) {NUMBERS} \
             SELECT {ID}, {ID}, 'rent', 590, 'BRL', 720, 48, 0, 9000000000000000 FROM numbers"
        ),
        format!(
            "INSERT INTO media_objects (title_id, position, name, location, content_type, size_bytes) {NUMBERS} \
             SELECT {ID}, 0, 'film.mp4', n, 'video/mp4', 1 FROM numbers"
        ),
    ];
    plans::write(db, rows.into(), TITLES).await.unwrap();
}

/// The steps of the plans that read a large table completely.
async fn scans(db: &Db, statements: &BTreeSet<String>) -> Vec<String> {
    let is_small = |step: &String| SMALL.iter().any(|table| step.starts_with(&format!("SCAN {table}")));
    let mut steps = plans::scans(db, statements).await.unwrap();
    steps.retain(|step| !is_small(step) && !step.contains(PARTIAL));
    steps
}

#[tokio::test]
async fn what_is_asked_all_the_time_is_found_by_keys_in_a_catalogue_that_grew_large() {
    let db = store::testing::sqlite(&MIGRATIONS).await;
    // Opening reads every title, to rebuild what is lost.
    let shop = Shop::open_selling_films(&db).await;
    let heard = Heard::listen();
    work(&shop).await;
    let statements = heard.statements();
    assert!(statements.len() > 20, "{} statements were heard", statements.len());
    drop(shop);

    // As an earlier version left it when it was closed first: with statistics of tables with a row or two.
    let mut tx = db.begin_write().await.unwrap();
    store::execute!(tx, "ANALYZE").unwrap();
    tx.commit().await.unwrap();
    grow(&db).await;
    let next_day = plans::opened_again(&db).await.unwrap();
    assert_eq!(scans(&next_day, &statements).await, Vec::<String>::new());
}
