//! Several processes on one database see the same, and an index that is lost is made anew.

use std::fs;

use api::catalogue::{Catalogue, OfferKind, SearchTitlesRequest, SetOfferRequest};
use catalogue::MIGRATIONS;
use rpc::Call;
use store::Db;
use tokio_util::sync::CancellationToken;

use crate::world::{Shop, film, limite, reais};

store::each_engine!(
    MIGRATIONS:
    what_one_process_changes_another_shows,
    a_catalogue_opens_with_what_was_written_while_it_was_closed,
    an_index_that_is_lost_is_made_anew,
    an_index_that_is_ahead_of_the_database_is_made_anew,
);

async fn what_one_process_changes_another_shows(db: &Db) {
    let (one, other) = (Shop::open(db).await, Shop::open(db).await);
    let cancel = CancellationToken::new();
    let following = tokio::spawn({
        let (follower, cancel) = (other.service.follower(), cancel.clone());
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
    // The title that the other one keeps in memory is old now, and is not shown for longer than the feed takes.
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

async fn an_index_that_is_lost_is_made_anew(db: &Db) {
    let Shop { folder, service, .. } = shop_with_limite(db).await;
    drop(service);
    fs::remove_dir_all(folder.path().join("search")).unwrap();
    let again = Shop::open_in(db, folder).await;
    assert_eq!(again.named("limite").await, ["Limite"]);
}

async fn an_index_that_is_ahead_of_the_database_is_made_anew(db: &Db) {
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
