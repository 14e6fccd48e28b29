//! Exports, imports and watches: the calls that are streams.

use api::catalogue::{
    CatalogueService as _, ExportTitlesRequest, ImportRow, ImportTitlesRequest, MediaService as _, TitleBatch,
    TitleInput, TitlesChanged, WatchTitlesRequest,
};
use catalogue::MIGRATIONS;
use futures::{StreamExt, TryStreamExt, stream};
use rpc::{Call, Code, Fault};
use store::Db;

use crate::world::{Shop, by_guest, film, limite, pieces, said, texts};

store::each_engine!(
    MIGRATIONS:
    an_export_imported_into_another_store_is_the_same_catalogue,
    an_export_that_was_cut_off_is_resumed_where_it_ended,
    an_export_ends_after_as_many_titles_as_were_wanted,
    an_export_gives_what_its_filters_let_through,
    a_name_from_another_store_is_taken_once,
    what_came_before_a_cut_stays_and_the_answer_is_a_fault,
    a_watcher_receives_changes_and_resumes_at_its_revision,
    streams_are_for_staff_where_calls_are,
);

async fn export(shop: &Shop, request: ExportTitlesRequest) -> Vec<TitleBatch> {
    let batches = shop.service.export_titles(Call::by_service(request)).await.unwrap();
    batches.try_collect().await.unwrap()
}

async fn everything(shop: &Shop) -> Vec<TitleInput> {
    let batches = export(shop, ExportTitlesRequest::default()).await;
    batches.into_iter().flat_map(|batch| batch.titles).collect()
}

async fn an_export_imported_into_another_store_is_the_same_catalogue(db: &Db) {
    let shop = Shop::open(db).await;
    shop.clock.set_us(1_000_000);
    shop.import(vec![limite(), film("Ganga Bruta", 1933)]).await;
    let exported = everything(&shop).await;
    let elsewhere = store::testing::sqlite(&MIGRATIONS).await;
    let elsewhere = Shop::open(&elsewhere).await;
    assert_eq!(elsewhere.import(exported.clone()).await.created, 2);
    assert_eq!(
        everything(&elsewhere).await,
        exported,
        "with ids, offers and the time they came in"
    );
    let again = elsewhere.import(exported).await;
    assert_eq!((again.unchanged, again.updated), (2, 0));
}

async fn an_export_that_was_cut_off_is_resumed_where_it_ended(db: &Db) {
    let shop = Shop::open(db).await;
    shop.import((0..25).map(|number| film("Film", 1900 + number)).collect())
        .await;
    let whole = everything(&shop).await;
    let request = ExportTitlesRequest {
        batch_size: 4,
        ..ExportTitlesRequest::default()
    };
    for cut_after in 1..7 {
        let batches = shop
            .service
            .export_titles(Call::by_service(request.clone()))
            .await
            .unwrap();
        let first: Vec<TitleBatch> = batches.take(cut_after).try_collect().await.unwrap();
        let rest = ExportTitlesRequest {
            cursor: first.last().unwrap().cursor.clone(),
            ..request.clone()
        };
        let rest = export(&shop, rest).await;
        let titles: Vec<_> = first.into_iter().chain(rest).flat_map(|batch| batch.titles).collect();
        assert_eq!(titles, whole, "cut after {cut_after}");
    }
}

async fn an_export_ends_after_as_many_titles_as_were_wanted(db: &Db) {
    let shop = Shop::open(db).await;
    shop.import((0..9).map(|number| film("Film", 1900 + number)).collect())
        .await;
    let whole = everything(&shop).await;
    for (most_titles, batches) in [
        (1, vec![1]),
        (4, vec![4]),
        (7, vec![4, 3]),
        (9, vec![4, 4, 1]),
        (50, vec![4, 4, 1]),
    ] {
        let wanted = ExportTitlesRequest {
            batch_size: 4,
            most_titles,
            ..ExportTitlesRequest::default()
        };
        let exported = export(&shop, wanted).await;
        let sizes: Vec<_> = exported.iter().map(|batch| batch.titles.len()).collect();
        assert_eq!(sizes, batches, "{most_titles}");
        let titles: Vec<_> = exported.into_iter().flat_map(|batch| batch.titles).collect();
        assert_eq!(titles, whole[..titles.len()]);
    }
}

async fn an_export_gives_what_its_filters_let_through(db: &Db) {
    let shop = Shop::open(db).await;
    shop.import(vec![limite(), film("Ganga Bruta", 1933), film("Aitaré da Praia", 1925)])
        .await;
    let names = async |request: ExportTitlesRequest| {
        let batches = export(&shop, request).await;
        let titles = batches.into_iter().flat_map(|batch| batch.titles);
        titles.map(|title| title.name).collect::<Vec<_>>()
    };
    let decade = ExportTitlesRequest {
        decades: vec![1930],
        ..ExportTitlesRequest::default()
    };
    assert_eq!(names(decade.clone()).await, ["Limite", "Ganga Bruta"]);
    let both = ExportTitlesRequest {
        genres: texts(&["Drama", "Comedy"]),
        ..decade
    };
    assert_eq!(names(both).await, ["Limite"]);
    for (field, request) in [
        (
            "batch_size",
            ExportTitlesRequest {
                batch_size: 4097,
                ..ExportTitlesRequest::default()
            },
        ),
        (
            "most_titles",
            ExportTitlesRequest {
                most_titles: -1,
                ..ExportTitlesRequest::default()
            },
        ),
        (
            "cursor",
            ExportTitlesRequest {
                cursor: "garbage".to_owned(),
                ..ExportTitlesRequest::default()
            },
        ),
    ] {
        let refused = shop
            .service
            .export_titles(Call::by_service(request))
            .await
            .err()
            .unwrap();
        assert_eq!(refused.fields()[0].field, field);
    }
}

async fn a_name_from_another_store_is_taken_once(db: &Db) {
    let shop = Shop::open(db).await;
    shop.import(vec![limite()]).await;
    let exported = everything(&shop).await.remove(0);
    let same_id = TitleInput {
        title_id: exported.title_id.clone(),
        ..film("Another", 1950)
    };
    let same_offer = TitleInput {
        offers: exported.offers.clone(),
        ..film("A third", 1950)
    };
    let garbage = TitleInput {
        title_id: "garbage".to_owned(),
        ..film("A fourth", 1950)
    };
    let summary = shop.import(vec![same_id, same_offer, garbage]).await;
    let refused: Vec<_> = summary
        .refused
        .iter()
        .map(|row| (row.row, row.field.as_str()))
        .collect();
    assert_eq!(refused, [(1, "id"), (2, "offers[0].id"), (3, "id")]);
    assert_eq!(everything(&shop).await, [exported]);
}

async fn what_came_before_a_cut_stays_and_the_answer_is_a_fault(db: &Db) {
    let shop = Shop::open(db).await;
    let message = |title: TitleInput| ImportTitlesRequest {
        rows: vec![ImportRow {
            row: 1,
            title: Some(title),
        }],
        ..ImportTitlesRequest::default()
    };
    let cut = Fault::new(Code::Unavailable, "CUT", "The line was cut.");
    let messages = stream::iter([Ok(message(limite())), Err(cut), Ok(message(film("Never", 1950)))]);
    let fault = shop
        .service
        .import_titles(Call::by_service(Box::pin(messages)))
        .await
        .unwrap_err();
    assert_eq!(&*fault.reason, "CUT");
    let names: Vec<_> = everything(&shop).await.into_iter().map(|title| title.name).collect();
    assert_eq!(names, ["Limite"]);
}

async fn a_watcher_receives_changes_and_resumes_at_its_revision(db: &Db) {
    let shop = Shop::open(db).await;
    let watch = async |after_revision| {
        let request = WatchTitlesRequest { after_revision };
        shop.service.watch_titles(by_guest(request)).await.unwrap()
    };
    let names = |changed: &TitlesChanged| {
        changed
            .titles
            .iter()
            .map(|title| title.name.clone())
            .collect::<Vec<_>>()
    };
    let mut first = watch(0).await;
    let begins = first.next().await.unwrap().unwrap();
    assert!(begins.titles.is_empty());
    shop.import(vec![limite()]).await;
    let seen = first.next().await.unwrap().unwrap();
    assert_eq!(names(&seen), ["Limite"]);
    drop(first);

    shop.import(vec![film("Ganga Bruta", 1933)]).await;
    shop.import(vec![film("Barro Humano", 1929)]).await;
    let mut again = watch(seen.revision).await;
    let mut told = Vec::new();
    while told.len() < 2 {
        told.extend(names(&again.next().await.unwrap().unwrap()));
    }
    assert_eq!(told, ["Ganga Bruta", "Barro Humano"], "nothing lost, nothing twice");
    let unknown = WatchTitlesRequest { after_revision: 1_000 };
    let refused = shop.service.watch_titles(by_guest(unknown)).await.err().unwrap();
    assert_eq!(refused.fields()[0].field, "after_revision");
}

async fn streams_are_for_staff_where_calls_are(db: &Db) {
    let shop = Shop::open(db).await;
    let exported = shop
        .service
        .export_titles(by_guest(ExportTitlesRequest::default()))
        .await;
    assert_eq!(exported.err().unwrap().code, Code::Unauthenticated);
    let uploaded = shop
        .service
        .upload_media(shop.by_customer(said(pieces("", b"a film"))))
        .await;
    assert_eq!(uploaded.unwrap_err().code, Code::PermissionDenied);
}
