//! The lab's records: the same in one message and in many, and up to date with the catalogue.

use api::Records;
use api::catalogue::TitleInput;
use api::lab::RecordService as _;
use api::lab::{ExportRecordsRequest, ListRecordsRequest};
use catalogue::MIGRATIONS;
use futures::TryStreamExt;
use rpc::Code;
use store::Db;

use crate::world::{Shop, by_guest, film, limite, texts};

store::each_engine!(
    MIGRATIONS:
    records_are_the_same_in_one_message_and_in_batches,
    the_database_has_the_same_records,
    a_record_follows_its_title,
    a_catalogue_opened_again_has_the_same_records,
    no_more_is_given_than_is_asked_for,
    only_a_lab_has_records,
);

/// Name, genre and year of a record.
type Said = (String, String, i32);

fn read(batch: &Records) -> Vec<Said> {
    let read = |record: api::Record<'_>| (record.name.to_owned(), record.genre.to_owned(), record.year);
    let records = batch.read().unwrap();
    records.iter().map(|record| read(record.unwrap())).collect()
}

async fn list(shop: &Shop, records: i32) -> Records {
    list_from(shop, records, false).await
}

async fn list_from(shop: &Shop, records: i32, from_database: bool) -> Records {
    let asked = ListRecordsRequest { records, from_database };
    shop.service.list_records(by_guest(asked)).await.unwrap()
}

async fn export(shop: &Shop, records: i32, batch_size: i32) -> Vec<Records> {
    let asked = ExportRecordsRequest { records, batch_size };
    let batches = shop.service.export_records(by_guest(asked)).await.unwrap();
    batches.try_collect().await.unwrap()
}

async fn refused(shop: &Shop, records: i32, batch_size: i32) -> Code {
    let asked = ExportRecordsRequest { records, batch_size };
    shop.service.export_records(by_guest(asked)).await.err().unwrap().code
}

fn numbered(count: i32) -> Vec<TitleInput> {
    let named = |number: i32| film(&format!("Film {number}"), 1900 + number % 100);
    (0..count).map(named).collect()
}

async fn records_are_the_same_in_one_message_and_in_batches(db: &Db) {
    let shop = Shop::open(db).await;
    shop.import(vec![limite(), film("Ganga Bruta", 1933)]).await;
    shop.import(numbered(23)).await;
    let whole = list(&shop, 100).await;
    assert_eq!(read(&whole).len(), 25);
    let records = whole.read().unwrap();
    let first = records.iter().next().unwrap().unwrap();
    let title = shop.title("Limite").await;
    assert_eq!(
        (first.id, first.name, first.genre, first.year),
        (&*title.title_id, "Limite", "Drama", 1931)
    );
    for (batch_size, batches) in [(1, 25), (10, 3), (4_096, 1), (0, 1)] {
        let exported = export(&shop, 100, batch_size).await;
        assert_eq!(exported.len(), batches, "{batch_size} a batch");
        let together: Vec<_> = exported.iter().flat_map(read).collect();
        assert_eq!(together, read(&whole), "{batch_size} a batch");
    }
}

async fn the_database_has_the_same_records(db: &Db) {
    let shop = Shop::open(db).await;
    shop.import(vec![
        limite(),
        film("Ganga Bruta", 1933),
        film("“Ónibus 174” \\ 'x'", 2002),
    ])
    .await;
    shop.import(numbered(23)).await;
    let sorted = |records: Records| {
        let mut said = read(&records);
        said.sort();
        said
    };
    let read_anew = sorted(list_from(&shop, 100, true).await);
    assert_eq!(read_anew.len(), 26);
    assert_eq!(read_anew, sorted(list(&shop, 100).await));
    assert_eq!(read(&list_from(&shop, 3, true).await).len(), 3);
}

async fn a_record_follows_its_title(db: &Db) {
    let shop = Shop::open(db).await;
    shop.import(vec![limite(), film("Ganga Bruta", 1933)]).await;
    for (name, genre) in [("Limite, restored", "Silent"), ("L", ""), ("Limite", "Drama")] {
        shop.import(vec![TitleInput {
            name: name.to_owned(),
            genres: texts(&[genre]).into_iter().filter(|genre| !genre.is_empty()).collect(),
            ..limite()
        }])
        .await;
        let expected = [
            (name.to_owned(), genre.to_owned(), 1931),
            ("Ganga Bruta".to_owned(), String::new(), 1933),
        ];
        assert_eq!(read(&list(&shop, 10).await), expected);
    }
}

async fn a_catalogue_opened_again_has_the_same_records(db: &Db) {
    let shop = Shop::open(db).await;
    shop.import(numbered(7)).await;
    let before = read(&list(&shop, 10).await);
    let folder = shop.folder;
    drop(shop.service);
    let again = Shop::open_in(db, folder).await;
    let mut after = read(&list(&again, 10).await);
    after.sort();
    assert_eq!(after, before);
}

async fn no_more_is_given_than_is_asked_for(db: &Db) {
    let shop = Shop::open(db).await;
    shop.import(numbered(5)).await;
    assert_eq!(read(&list(&shop, 3).await).len(), 3);
    let exported = export(&shop, 3, 2).await;
    assert_eq!(
        exported.iter().map(|batch| read(batch).len()).collect::<Vec<_>>(),
        [2, 1]
    );
    for (records, batch_size) in [(0, 1), (-1, 1), (1_000_001, 1), (1, -1), (1, 4_097)] {
        assert_eq!(refused(&shop, records, batch_size).await, Code::InvalidArgument);
    }
}

async fn only_a_lab_has_records(db: &Db) {
    let shop = Shop::open_without_lab(db).await;
    let listed = shop
        .service
        .list_records(by_guest(ListRecordsRequest {
            records: 1,
            ..Default::default()
        }))
        .await;
    assert_eq!(listed.err().unwrap().code, Code::PermissionDenied);
    assert_eq!(refused(&shop, 1, 1).await, Code::PermissionDenied);
}
