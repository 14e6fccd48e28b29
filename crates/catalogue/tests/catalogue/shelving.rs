//! Staff hide and delete titles; customers keep what they have.

use api::catalogue::{
    BatchGetTitlesRequest, CatalogueService as _, DeleteTitleRequest, GetMediaRequest, GetOfferRequest,
    GetPersonRequest, GetTitleRequest, ListRelatedTitlesRequest, ListTitleIdsRequest, MarkTitleOrderedRequest,
    MediaService as _, SearchTitlesRequest, SetMediaRequest, SetTitleHiddenRequest, SuggestTitlesRequest, TitleInput,
};
use catalogue::MIGRATIONS;
use object_store::ObjectStoreExt;
use object_store::path::Path;
use rpc::{Call, Code};
use store::{Clock, Db};

use crate::world::{Shop, by_guest, film, limite, texts, upload_film, words};

store::each_engine!(
    MIGRATIONS:
    a_hidden_title_is_not_found_listed_or_sold_and_is_there_for_those_who_have_it,
    a_hidden_title_is_shown_again,
    a_deleted_title_is_gone_and_its_place_is_free,
    a_title_that_was_ordered_is_hidden_and_not_deleted,
    hiding_and_deleting_is_staff_work,
);

async fn hide(shop: &Shop, title_id: &str, hidden: bool) {
    let title_id = title_id.to_owned();
    let request = SetTitleHiddenRequest { title_id, hidden };
    let title = shop.service.set_title_hidden(Call::by_service(request)).await.unwrap();
    assert_eq!(title.is_hidden, hidden);
}

async fn delete(shop: &Shop, title_id: &str) -> bool {
    let request = DeleteTitleRequest {
        title_id: title_id.to_owned(),
    };
    shop.service
        .delete_title(Call::by_service(request))
        .await
        .unwrap()
        .is_kept
}

async fn sweep_a_minute_later(shop: &Shop) {
    shop.clock.set_us(shop.clock.now_us() + 60_000_000);
    shop.catalogue.sweeper().sweep(false).await;
}

/// Two films of one director, and the first one's id.
async fn two_films(shop: &Shop) -> String {
    let other = TitleInput {
        directors: texts(&["Mário Peixoto"]),
        genres: texts(&["Drama"]),
        ..film("Onde a Terra Acaba", 1933)
    };
    shop.import(vec![limite(), other]).await;
    shop.id_of("limite").await
}

/// The answers in which customers may find a title.
async fn found_at(shop: &Shop, title_id: &str) -> Vec<&'static str> {
    let other = shop.title("onde").await;
    let service = &shop.service;
    let search = shop.search(words("limite")).await;
    let suggest = SuggestTitlesRequest {
        query: "limi".to_owned(),
    };
    let suggest = service.suggest_titles(by_guest(suggest)).await.unwrap();
    let browse = shop.search(SearchTitlesRequest::default()).await;
    let facets = browse.facets.clone().unwrap_or_default();
    let related = ListRelatedTitlesRequest {
        title_id: other.title_id.clone(),
    };
    let related = service.list_related_titles(by_guest(related)).await.unwrap();
    let person = GetPersonRequest {
        person_id: other.directors[0].person_id.clone(),
    };
    let person = service.get_person(by_guest(person)).await.unwrap();
    let ids = service
        .list_title_ids(by_guest(ListTitleIdsRequest::default()))
        .await
        .unwrap();
    let places = [
        ("search", search.titles.iter().any(|title| title.title_id == title_id)),
        (
            "suggestions",
            suggest.suggestions.iter().any(|title| title.title_id == title_id),
        ),
        (
            "browsing",
            browse.titles.iter().any(|title| title.title_id == title_id) || browse.total_size == 2,
        ),
        ("facets", facets.countries.iter().any(|facet| facet.value == "BR")),
        (
            "related",
            related
                .titles
                .iter()
                .any(|title| title.title.as_ref().unwrap().title_id == title_id),
        ),
        ("person", person.directed.iter().any(|title| title.title_id == title_id)),
        ("site map", ids.titles.iter().any(|title| title.title_id == title_id)),
    ];
    places
        .into_iter()
        .filter(|(_, is_there)| *is_there)
        .map(|(place, _)| place)
        .collect()
}

async fn a_hidden_title_is_not_found_listed_or_sold_and_is_there_for_those_who_have_it(db: &Db) {
    let shop = Shop::open(db).await;
    let title_id = two_films(&shop).await;
    let offer_id = shop.title("limite").await.offers[0].offer_id.clone();
    assert_eq!(found_at(&shop, &title_id).await.len(), 7);
    hide(&shop, &title_id, true).await;
    assert_eq!(found_at(&shop, &title_id).await, [""; 0]);
    let offer = shop
        .service
        .get_offer(by_guest(GetOfferRequest { offer_id }))
        .await
        .unwrap_err();
    assert_eq!(&*offer.reason, "OFFER_NOT_FOUND");
    let request = GetTitleRequest {
        title_id: title_id.clone(),
    };
    let title = shop.service.get_title(by_guest(request)).await.unwrap();
    assert!(title.is_hidden && title.offers.is_empty());
    let request = BatchGetTitlesRequest {
        title_ids: vec![title_id.clone()],
    };
    let summaries = shop.service.batch_get_titles(by_guest(request)).await.unwrap().titles;
    assert!(summaries[0].is_hidden && summaries[0].offers.is_empty() && summaries[0].name == "Limite");
    let reopened = Shop::open_in(db, shop.folder).await;
    assert_eq!(found_at(&reopened, &title_id).await, [""; 0], "and after a start");
    let restarted = Shop::open(db).await;
    assert_eq!(found_at(&restarted, &title_id).await, [""; 0], "and with a new index");
}

async fn a_hidden_title_is_shown_again(db: &Db) {
    let shop = Shop::open(db).await;
    let title_id = two_films(&shop).await;
    hide(&shop, &title_id, true).await;
    hide(&shop, &title_id, true).await;
    hide(&shop, &title_id, false).await;
    assert_eq!(found_at(&shop, &title_id).await.len(), 7);
    assert_eq!(shop.title("limite").await.offers.len(), 1);
    let request = SetTitleHiddenRequest {
        title_id: "01a20bb9-3344-7ab4-9fd1-a1a0cd8b7361".to_owned(),
        hidden: true,
    };
    let unknown = shop
        .service
        .set_title_hidden(Call::by_service(request))
        .await
        .unwrap_err();
    assert_eq!(unknown.code, Code::NotFound);
}

async fn a_deleted_title_is_gone_and_its_place_is_free(db: &Db) {
    let (shop, replica) = (Shop::open(db).await, Shop::open(db).await);
    let title_id = two_films(&shop).await;
    let film_of_both = upload_film(&shop, &title_id).await;
    let location = Path::from(film_of_both.objects[0].location.as_str());
    let other_id = shop.id_of("onde").await;
    let request = SetMediaRequest {
        title_id: other_id.clone(),
        objects: film_of_both.objects,
    };
    shop.service.set_media(Call::by_service(request)).await.unwrap();
    assert!(!delete(&shop, &title_id).await);
    assert_eq!(found_at(&shop, &title_id).await, [""; 0]);
    let request = GetTitleRequest {
        title_id: title_id.clone(),
    };
    let gone = shop.service.get_title(by_guest(request.clone())).await.unwrap_err();
    assert_eq!(gone.code, Code::NotFound);
    let media = GetMediaRequest {
        title_id: title_id.clone(),
    };
    assert!(shop.service.get_media(by_guest(media)).await.is_err());
    // Another process learns of the deletion through the feed.
    replica.import(vec![film("Ganga Bruta", 1933)]).await;
    assert!(replica.service.get_title(by_guest(request)).await.is_err());
    assert_eq!(replica.named("limite").await, texts(&[]));
    let again = TitleInput {
        title_id: title_id.clone(),
        ..limite()
    };
    assert_eq!(shop.import(vec![again]).await.created, 1);
    assert_eq!(
        shop.id_of("limite").await,
        title_id,
        "an export brings it back under its id"
    );
    assert!(!shop.title("limite").await.has_media);
    // The other title plays the same file; when that title is deleted too, the file is removed.
    sweep_a_minute_later(&shop).await;
    shop.blobs.head(&location).await.unwrap();
    assert!(!delete(&shop, &other_id).await);
    sweep_a_minute_later(&shop).await;
    let gone = shop.blobs.head(&location).await.unwrap_err();
    assert!(matches!(gone, object_store::Error::NotFound { .. }), "{gone}");
}

async fn a_title_that_was_ordered_is_hidden_and_not_deleted(db: &Db) {
    let shop = Shop::open(db).await;
    let title_id = two_films(&shop).await;
    let request = MarkTitleOrderedRequest {
        title_id: title_id.clone(),
    };
    shop.service
        .mark_title_ordered(Call::by_service(request.clone()))
        .await
        .unwrap();
    assert!(delete(&shop, &title_id).await);
    let title = GetTitleRequest { title_id };
    assert!(shop.service.get_title(by_guest(title)).await.unwrap().is_hidden);
    let late = shop
        .service
        .mark_title_ordered(Call::by_service(request))
        .await
        .unwrap_err();
    assert_eq!(late.code, Code::NotFound, "a hidden title takes no orders");
}

async fn hiding_and_deleting_is_staff_work(db: &Db) {
    let shop = Shop::open(db).await;
    let title_id = two_films(&shop).await;
    let hide = SetTitleHiddenRequest {
        title_id: title_id.clone(),
        hidden: true,
    };
    let hidden = shop.service.set_title_hidden(shop.by_customer(hide)).await.unwrap_err();
    let deleted = shop
        .service
        .delete_title(shop.by_customer(DeleteTitleRequest { title_id }))
        .await
        .unwrap_err();
    assert_eq!(
        (hidden.code, deleted.code),
        (Code::PermissionDenied, Code::PermissionDenied)
    );
}
