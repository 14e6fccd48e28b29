//! Several processes on one database give the same answers, and an index that is lost is rebuilt.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use api::catalogue::{CatalogueService as _, OfferKind, SearchTitlesRequest, SetOfferRequest};
use catalogue::MIGRATIONS;
use rpc::Call;
use store::Db;
use tokio_util::sync::CancellationToken;

use crate::world::{Shop, film, limite, reais};

store::each_engine!(
    MIGRATIONS:
    what_one_process_changes_another_shows,
    a_catalogue_opens_with_what_was_written_while_it_was_closed,
    an_index_that_is_lost_is_rebuilt,
    an_index_that_is_ahead_of_the_database_is_rebuilt,
    whatever_is_in_the_index_folder_the_catalogue_opens,
    an_index_of_another_catalogue_is_rebuilt,
);

async fn what_one_process_changes_another_shows(db: &Db) {
    let (one, other) = (Shop::open(db).await, Shop::open(db).await);
    let cancel = CancellationToken::new();
    let following = tokio::spawn({
        let (follower, cancel) = (other.catalogue.follower(), cancel.clone());
        async move { follower.run(cancel).await }
    });
    one.import(vec![limite()]).await;
    while other.named("limite").await.is_empty() {
        tokio::task::yield_now().await;
    }
    let title_id = other.title("limite").await.title_id;
    let request = SetOfferRequest {
        title_id,
        kind: OfferKind::Rent.into(),
        price: Some(reais(690)),
        ..SetOfferRequest::default()
    };
    one.service.set_offer(Call::by_service(request)).await.unwrap();
    // The other process has the old title in its cache, and must not show it for longer than the feed takes.
    while other.title("limite").await.offers[0].price != Some(reais(690)) {
        tokio::task::yield_now().await;
    }
    cancel.cancel();
    following.await.unwrap();
}

async fn a_catalogue_opens_with_what_was_written_while_it_was_closed(db: &Db) {
    let first = Shop::open(db).await;
    first.import(vec![limite(), film("Ganga Bruta", 1933)]).await;
    let Shop { folder, service, .. } = first;
    drop(service);
    let other = Shop::open(db).await;
    let renamed = api::catalogue::TitleInput {
        source_id: limite().source_id,
        ..film("Boundary", 1931)
    };
    other.import(vec![renamed, film("Barro Humano", 1929)]).await;
    let again = Shop::open_in(db, folder).await;
    assert_eq!(again.search(SearchTitlesRequest::default()).await.total_size, 3);
    assert_eq!(again.named("limite").await, Vec::<String>::new());
    assert_eq!(again.named("boundary").await, ["Boundary"]);
    assert_eq!(again.named("humano").await, ["Barro Humano"]);
}

async fn an_index_that_is_lost_is_rebuilt(db: &Db) {
    let Shop { folder, service, .. } = shop_with_limite(db).await;
    drop(service);
    fs::remove_dir_all(folder.path().join("search")).unwrap();
    let again = Shop::open_in(db, folder).await;
    assert_eq!(again.named("limite").await, ["Limite"]);
}

async fn an_index_that_is_ahead_of_the_database_is_rebuilt(db: &Db) {
    let Shop { folder, service, .. } = shop_with_limite(db).await;
    drop(service);
    let restored = store::testing::sqlite(&MIGRATIONS).await;
    let elsewhere = Shop::open_in(&restored, folder).await;
    assert_eq!(elsewhere.named("limite").await, Vec::<String>::new());
    elsewhere.import(vec![film("Ganga Bruta", 1933)]).await;
    assert_eq!(elsewhere.named("ganga").await, ["Ganga Bruta"]);
}

async fn shop_with_limite(db: &Db) -> Shop {
    let shop = Shop::open(db).await;
    shop.import(vec![limite()]).await;
    shop
}

/// Damage to an index's folder, or to a file in it, while no process has it open.
type Damage = fn(&Path);

const OF_A_FILE: [(&str, Damage); 6] = [
    ("is missing", |file| fs::remove_file(file).unwrap()),
    ("is empty", |file| fs::write(file, "").unwrap()),
    ("is cut off", |file| {
        let bytes = fs::read(file).unwrap();
        fs::write(file, &bytes[..bytes.len() / 2]).unwrap();
    }),
    ("has another byte in it", |file| {
        let mut bytes = fs::read(file).unwrap();
        let middle = bytes.len() / 2;
        if let Some(byte) = bytes.get_mut(middle) {
            *byte ^= 0x55;
        }
        fs::write(file, bytes).unwrap();
    }),
    ("is another file", |file| {
        fs::write(file, "not what it was".repeat(40)).unwrap();
    }),
    ("is a folder", |file| {
        fs::remove_file(file).unwrap();
        fs::create_dir_all(file.join("inside")).unwrap();
    }),
];

const OF_THE_FOLDER: [(&str, Damage); 5] = [
    ("is missing", |folder| fs::remove_dir_all(folder).unwrap()),
    ("is a file", |folder| {
        fs::remove_dir_all(folder).unwrap();
        fs::write(folder, "no folder").unwrap();
    }),
    ("leads nowhere", |folder| {
        fs::remove_dir_all(folder).unwrap();
        std::os::unix::fs::symlink("nowhere", folder).unwrap();
    }),
    ("has other things in it", |folder| {
        fs::create_dir_all(folder.join("deep/down")).unwrap();
        fs::write(folder.join("deep/down/file"), "").unwrap();
        fs::write(folder.join("00000000000000000000000000000000.7.del"), "left by a kill").unwrap();
    }),
    ("is closed to its owner", |folder| {
        fs::set_permissions(folder, fs::Permissions::from_mode(0o0)).unwrap();
    }),
];

async fn whatever_is_in_the_index_folder_the_catalogue_opens(db: &Db) {
    let shop = Shop::open(db).await;
    shop.import(vec![limite(), film("Ganga Bruta", 1933)]).await;
    let Shop { folder, service, .. } = shop;
    drop(service);
    let search = folder.path().join("search");
    let whole = folder.path().join("whole");
    copy(&search, &whole);
    let mut files: Vec<_> = fs::read_dir(&whole)
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    files.sort();
    assert!(files.len() >= 6, "{files:?}");
    let of_files = files
        .iter()
        .flat_map(|file| OF_A_FILE.map(|(what, damage)| (Some(file), what, damage)));
    let of_the_folder = OF_THE_FOLDER.map(|(what, damage)| (None, what, damage));
    let mut folder = folder;
    for (file, what, damage) in of_files.chain(of_the_folder) {
        clear(&search);
        copy(&whole, &search);
        damage(&file.map_or_else(|| search.clone(), |file| search.join(file)));
        let again = Shop::open_in(db, folder).await;
        let at = format!(
            "{} {what}",
            file.map_or("the folder".into(), |file| file.to_string_lossy())
        );
        assert_eq!(again.named("limite").await, ["Limite"], "{at}");
        // The rebuilt index follows the feed too: the next change is written to the disk.
        let name = format!("Barro{}", again.len().await);
        again.import(vec![film(&name, 1929)]).await;
        assert_eq!(again.named(&name).await, [name], "{at}");
        folder = again.folder;
    }
}

async fn an_index_of_another_catalogue_is_rebuilt(db: &Db) {
    let Shop { folder, service, .. } = shop_with_limite(db).await;
    drop(service);
    // Another catalogue with as many revisions or more: they have nothing to do with this one's.
    let other = store::testing::sqlite(&MIGRATIONS).await;
    let elsewhere = Shop::open(&other).await;
    elsewhere.import(vec![film("Ganga Bruta", 1933)]).await;
    elsewhere.import(vec![film("Barro Humano", 1929)]).await;
    drop(elsewhere);
    let moved = Shop::open_in(&other, folder).await;
    assert_eq!(moved.named("limite").await, Vec::<String>::new());
    assert_eq!(moved.named("ganga").await, ["Ganga Bruta"]);
    assert_eq!(moved.named("humano").await, ["Barro Humano"]);
}

fn clear(folder: &Path) {
    if fs::symlink_metadata(folder).is_ok_and(|found| found.is_dir()) {
        fs::set_permissions(folder, fs::Permissions::from_mode(0o700)).unwrap();
        fs::remove_dir_all(folder).unwrap();
    } else if folder.symlink_metadata().is_ok() {
        fs::remove_file(folder).unwrap();
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}
