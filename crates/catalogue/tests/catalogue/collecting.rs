//! Staff put films together in collections, and searchers, readers and watchers see them.

use api::catalogue::{
    CatalogueService as _, Collection, DeleteCollectionRequest, DeleteTitleRequest, GetCollectionRequest,
    ListCollectionsRequest, LocalizedText, PutCollectionRequest, WatchTitlesRequest,
};
use catalogue::MIGRATIONS;
use futures::StreamExt;
use rpc::{Call, Code};
use store::Db;
use tokio_util::sync::CancellationToken;

use crate::world::{Shop, by_guest, film};

store::each_engine!(
    MIGRATIONS:
    a_collection_is_kept_as_it_was_put_together,
    collections_come_by_their_positions_page_by_page,
    a_collection_that_cannot_be_kept_is_refused_by_its_field,
    a_deleted_collection_is_gone_and_may_come_again,
    only_staff_put_collections_together,
    watchers_learn_of_collections,
    a_deleted_title_leaves_its_collections,
);

fn text(language: &str, text: &str) -> LocalizedText {
    LocalizedText {
        language: language.to_owned(),
        text: text.to_owned(),
    }
}

fn shadows(title_ids: &[String]) -> PutCollectionRequest {
    PutCollectionRequest {
        collection_id: "shadows".to_owned(),
        names: vec![text("en", "Shadows"), text("pt-BR", "Sombras")],
        descriptions: vec![text("en", "Walls that lean.")],
        title_ids: title_ids.to_vec(),
        position: 2,
    }
}

/// A shop with two films, and their ids.
async fn shop(db: &Db) -> (Shop, Vec<String>) {
    let shop = Shop::open(db).await;
    shop.import(vec![film("Nosferatu", 1922), film("Faust", 1926)]).await;
    let ids = vec![shop.id_of("faust").await, shop.id_of("nosferatu").await];
    (shop, ids)
}

async fn put(shop: &Shop, request: PutCollectionRequest) -> rpc::Result<Collection> {
    shop.service.put_collection(Call::by_service(request)).await
}

async fn get(shop: &Shop, collection_id: &str) -> rpc::Result<Collection> {
    let collection_id = collection_id.to_owned();
    let request = GetCollectionRequest { collection_id };
    shop.service.get_collection(by_guest(request)).await
}

async fn delete(shop: &Shop, collection_id: &str) -> rpc::Result<()> {
    let collection_id = collection_id.to_owned();
    let request = DeleteCollectionRequest { collection_id };
    shop.service
        .delete_collection(Call::by_service(request))
        .await
        .map(drop)
}

async fn a_collection_is_kept_as_it_was_put_together(db: &Db) {
    let (shop, ids) = shop(db).await;
    let kept = put(&shop, shadows(&ids)).await.unwrap();
    assert_eq!(kept.title_ids, ids, "in the order given");
    assert_eq!(kept.names[1].text, "Sombras");
    assert_eq!(get(&shop, "shadows").await.unwrap(), kept);
    let shorter = PutCollectionRequest {
        descriptions: Vec::new(),
        ..shadows(&ids[..1])
    };
    let shorter = put(&shop, shorter).await.unwrap();
    assert_eq!((shorter.title_ids.len(), shorter.descriptions.len()), (1, 0));
    assert_eq!(get(&shop, "shadows").await.unwrap(), shorter);
    assert_eq!(&*get(&shop, "light").await.unwrap_err().reason, "COLLECTION_NOT_FOUND");
}

async fn collections_come_by_their_positions_page_by_page(db: &Db) {
    let (shop, ids) = shop(db).await;
    for (collection_id, position) in [("c-last", 9), ("b", 1), ("a-2", 1), ("a", 1), ("first", 0)] {
        let collection_id = collection_id.to_owned();
        let request = PutCollectionRequest {
            collection_id,
            position,
            ..shadows(&ids)
        };
        put(&shop, request).await.unwrap();
    }
    let mut seen = Vec::new();
    let mut request = ListCollectionsRequest {
        page_size: 2,
        page_token: String::new(),
    };
    loop {
        let page = shop.service.list_collections(by_guest(request.clone())).await.unwrap();
        seen.extend(page.collections.into_iter().map(|collection| collection.collection_id));
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
    }
    assert_eq!(seen, ["first", "a", "a-2", "b", "c-last"]);
    "garbage".clone_into(&mut request.page_token);
    let refused = shop.service.list_collections(by_guest(request)).await.unwrap_err();
    assert_eq!(&*refused.reason, "PAGE_TOKEN_UNKNOWN");
}

async fn a_collection_that_cannot_be_kept_is_refused_by_its_field(db: &Db) {
    let (shop, ids) = shop(db).await;
    let unknown = "01a20bb9-3344-7ab4-9fd1-a1a0cd8b7361".to_owned();
    let wrong: [(&str, PutCollectionRequest); 5] = [
        (
            "collection_id",
            PutCollectionRequest {
                collection_id: "../shadows".to_owned(),
                ..shadows(&ids)
            },
        ),
        (
            "names",
            PutCollectionRequest {
                names: Vec::new(),
                ..shadows(&ids)
            },
        ),
        ("title_ids", shadows(&[])),
        ("title_ids[1]", shadows(&[ids[0].clone(), unknown])),
        ("title_ids[0]", shadows(&["nosferatu".to_owned()])),
    ];
    for (field, request) in wrong {
        let refused = put(&shop, request).await.unwrap_err();
        assert_eq!(refused.code, Code::InvalidArgument);
        assert_eq!(refused.fields()[0].field, field);
    }
    assert!(get(&shop, "shadows").await.is_err(), "nothing is left behind");
}

async fn a_deleted_collection_is_gone_and_may_come_again(db: &Db) {
    let (shop, ids) = shop(db).await;
    put(&shop, shadows(&ids)).await.unwrap();
    delete(&shop, "shadows").await.unwrap();
    assert_eq!(
        &*get(&shop, "shadows").await.unwrap_err().reason,
        "COLLECTION_NOT_FOUND"
    );
    assert_eq!(
        &*delete(&shop, "shadows").await.unwrap_err().reason,
        "COLLECTION_NOT_FOUND"
    );
    let request = by_guest(ListCollectionsRequest::default());
    assert_eq!(shop.service.list_collections(request).await.unwrap().collections, []);
    put(&shop, shadows(&ids)).await.unwrap();
    assert_eq!(get(&shop, "shadows").await.unwrap().title_ids, ids);
}

async fn only_staff_put_collections_together(db: &Db) {
    let (shop, ids) = shop(db).await;
    put(&shop, shadows(&ids)).await.unwrap();
    let refused = shop.service.put_collection(shop.by_customer(shadows(&ids))).await;
    assert_eq!(refused.unwrap_err().code, Code::PermissionDenied);
    let request = DeleteCollectionRequest {
        collection_id: "shadows".to_owned(),
    };
    let refused = shop.service.delete_collection(shop.by_customer(request)).await;
    assert_eq!(refused.unwrap_err().code, Code::PermissionDenied);
    assert!(get(&shop, "shadows").await.is_ok());
}

async fn watchers_learn_of_collections(db: &Db) {
    let (shop, ids) = shop(db).await;
    let cancel = CancellationToken::new();
    let follower = shop.catalogue.follower();
    let following = tokio::spawn({
        let cancel = cancel.clone();
        async move { follower.run(cancel).await }
    });
    let request = by_guest(WatchTitlesRequest::default());
    let mut changes = shop.service.watch_titles(request).await.unwrap();
    let begins = changes.next().await.unwrap().unwrap();
    put(&shop, shadows(&ids)).await.unwrap();
    let change = changes.next().await.unwrap().unwrap();
    assert_eq!(change.collection_ids, ["shadows"]);
    assert_eq!((change.titles.len(), change.revision), (0, begins.revision + 1));
    // Writing the same collection again is not a change; the next change is its deletion.
    put(&shop, shadows(&ids)).await.unwrap();
    delete(&shop, "shadows").await.unwrap();
    let change = changes.next().await.unwrap().unwrap();
    assert_eq!(
        (&*change.collection_ids[0], change.revision),
        ("shadows", begins.revision + 2)
    );
    cancel.cancel();
    following.await.unwrap();
}

async fn a_deleted_title_leaves_its_collections(db: &Db) {
    let (shop, ids) = shop(db).await;
    put(&shop, shadows(&ids)).await.unwrap();
    let of_others = PutCollectionRequest {
        collection_id: "others".to_owned(),
        ..shadows(&ids[1..])
    };
    let of_others = put(&shop, of_others).await.unwrap();
    for (deleted, left) in [(0, &ids[1..]), (1, &[])] {
        let request = DeleteTitleRequest {
            title_id: ids[deleted].clone(),
        };
        shop.service.delete_title(Call::by_service(request)).await.unwrap();
        assert_eq!(get(&shop, "shadows").await.unwrap().title_ids, left);
        if deleted == 0 {
            assert_eq!(get(&shop, "others").await.unwrap(), of_others);
        }
    }
    assert_eq!(get(&shop, "shadows").await.unwrap().names[0].text, "Shadows");
}
