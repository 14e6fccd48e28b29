//! A title is sold only while it has a playable film, which staff upload.

use api::catalogue::{
    BatchGetTitlesRequest, CatalogueService as _, GetMediaRequest, GetMediaStatusRequest, GetOfferRequest,
    ListUnplayableTitlesRequest, MediaObject, MediaRole, MediaService as _, MediaState, OfferKind, SearchTitlesRequest,
    SetMediaRequest, TitleInput,
};
use catalogue::MIGRATIONS;
use object_store::ObjectStoreExt;
use rpc::{Call, Code};
use store::Db;

use crate::world::{Shop, by_guest, film, limite, upload_film};

store::each_engine!(
    MIGRATIONS:
    a_film_is_played_from_the_objects_that_were_set_last,
    a_title_is_for_sale_while_it_has_a_film,
    a_film_whose_file_has_vanished_is_not_sold,
    a_film_whose_file_was_cut_off_is_not_sold,
    every_title_that_cannot_be_ordered_is_listed_page_by_page,
    a_store_may_sell_without_films,
);

async fn a_film_is_played_from_the_objects_that_were_set_last(db: &Db) {
    let shop = Shop::open(db).await;
    shop.import(vec![limite()]).await;
    let title_id = shop.id_of("limite").await;
    let media = GetMediaRequest {
        title_id: title_id.clone(),
    };
    let none = shop.service.get_media(by_guest(media.clone())).await.unwrap_err();
    assert_eq!((none.code, &*none.reason), (Code::NotFound, "MEDIA_NOT_FOUND"));
    assert!(!shop.title("limite").await.has_media);
    for location in ["titles/1/a.mp4", "titles/1/b.mp4"] {
        let film = catalogue::DEMONSTRATION_FILM;
        shop.blobs.put(&location.into(), film.into()).await.unwrap();
        let object = MediaObject {
            name: "film.mp4".to_owned(),
            location: location.to_owned(),
            content_type: "video/mp4".to_owned(),
            size_bytes: i64::try_from(film.len()).unwrap(),
            role: MediaRole::Film.into(),
            ..MediaObject::default()
        };
        let request = SetMediaRequest {
            title_id: title_id.clone(),
            objects: vec![object.clone()],
        };
        shop.service.set_media(Call::by_service(request)).await.unwrap();
        let asset = shop.service.get_media(by_guest(media.clone())).await.unwrap();
        assert_eq!(asset.objects, [object]);
    }
    assert!(shop.title("limite").await.has_media);
}

/// Whether the title is for sale, by each answer that says so: the title, its summary, its offer, the search for films
/// to rent, and the list of unplayable titles.
async fn sale_answers(shop: &Shop, title_id: &str) -> [bool; 5] {
    let title = shop.title("limite").await;
    let batch = BatchGetTitlesRequest {
        title_ids: vec![title_id.to_owned()],
    };
    let batch = shop.service.batch_get_titles(by_guest(batch)).await.unwrap();
    let offer = GetOfferRequest {
        offer_id: title.offers[0].offer_id.clone(),
    };
    let offer = shop.service.get_offer(by_guest(offer)).await.unwrap();
    let to_rent = SearchTitlesRequest {
        offers: vec![OfferKind::Rent.into()],
        ..SearchTitlesRequest::default()
    };
    let unplayable = ListUnplayableTitlesRequest::default();
    let unplayable = shop.service.list_unplayable_titles(Call::by_service(unplayable)).await;
    [
        title.playable,
        batch.titles[0].playable,
        offer.playable,
        shop.search(to_rent).await.total_size == 1,
        unplayable.unwrap().titles.is_empty(),
    ]
}

async fn a_title_is_for_sale_while_it_has_a_film(db: &Db) {
    let shop = Shop::open_selling_films(db).await;
    // The second title has no offers, so it is not listed as unplayable.
    shop.import(vec![limite(), film("Ganga Bruta", 1933)]).await;
    let title_id = shop.id_of("limite").await;
    assert_eq!(sale_answers(&shop, &title_id).await, [false; 5]);
    let of_staff = ListUnplayableTitlesRequest::default();
    let listed = shop
        .service
        .list_unplayable_titles(Call::by_service(of_staff.clone()))
        .await;
    let listed = listed.unwrap().titles;
    assert_eq!(listed.len(), 1);
    assert_eq!((&*listed[0].name, listed[0].offers.len()), ("Limite", 1));
    let refused = shop.service.list_unplayable_titles(shop.by_customer(of_staff)).await;
    assert_eq!(refused.unwrap_err().code, Code::PermissionDenied);

    upload_film(&shop, &title_id).await;
    assert_eq!(sale_answers(&shop, &title_id).await, [true; 5]);

    // Another process removes the film: what decides about an order must be read from the database.
    let other = Shop::open_beside(db, shop.blobs.clone()).await;
    let location = "titles/1/subtitles.en.vtt";
    other
        .blobs
        .put(&location.into(), catalogue::DEMONSTRATION_SUBTITLES[0].1.into())
        .await
        .unwrap();
    let subtitles = MediaObject {
        name: "subtitles.en.vtt".to_owned(),
        location: location.to_owned(),
        content_type: "text/vtt".to_owned(),
        size_bytes: 1,
        role: MediaRole::Subtitles.into(),
        language: "en".to_owned(),
        ..MediaObject::default()
    };
    let subtitles_alone = SetMediaRequest {
        title_id: title_id.clone(),
        objects: vec![subtitles],
    };
    other
        .service
        .set_media(Call::by_service(subtitles_alone))
        .await
        .unwrap();
    let offer_id = shop.title("limite").await.offers[0].offer_id.clone();
    let offer = shop
        .service
        .get_offer(by_guest(GetOfferRequest { offer_id }))
        .await
        .unwrap();
    assert!(!offer.playable);
    assert_eq!(sale_answers(&other, &title_id).await, [false; 5]);
}

async fn a_film_whose_file_has_vanished_is_not_sold(db: &Db) {
    let shop = Shop::open_selling_films(db).await;
    shop.import(vec![limite()]).await;
    let title_id = shop.id_of("limite").await;
    let asset = upload_film(&shop, &title_id).await;
    shop.blobs
        .delete(&asset.objects[0].location.as_str().into())
        .await
        .unwrap();
    let offer_id = shop.title("limite").await.offers[0].offer_id.clone();
    let offer = shop
        .service
        .get_offer(by_guest(GetOfferRequest { offer_id }))
        .await
        .unwrap();
    assert!(!offer.playable);
    let status = GetMediaStatusRequest { title_id };
    let status = shop.service.get_media_status(Call::by_service(status)).await.unwrap();
    assert_eq!(status.state(), MediaState::Unplayable);
    assert_eq!(status.reason, "Its file is not in the media store.");
    assert_eq!(
        listed_as_unplayable(&shop).await,
        [("Limite".to_owned(), "Its file is not in the media store.".to_owned())]
    );
}

/// The names of the titles that cannot be ordered, with the reasons.
async fn listed_as_unplayable(shop: &Shop) -> Vec<(String, String)> {
    let request = Call::by_service(ListUnplayableTitlesRequest::default());
    let listed = shop.service.list_unplayable_titles(request).await.unwrap().titles;
    listed.into_iter().map(|title| (title.name, title.reason)).collect()
}

async fn a_film_whose_file_was_cut_off_is_not_sold(db: &Db) {
    let shop = Shop::open_selling_films(db).await;
    shop.import(vec![limite()]).await;
    let title_id = shop.id_of("limite").await;
    let asset = upload_film(&shop, &title_id).await;
    assert_eq!(sale_answers(&shop, &title_id).await, [true; 5]);
    // As after a full disk, or an interrupted copy, while the store did not look.
    let location = asset.objects[0].location.as_str().into();
    let cut = catalogue::DEMONSTRATION_FILM[..100].to_vec();
    shop.blobs.put(&location, cut.into()).await.unwrap();
    let offer_id = shop.title("limite").await.offers[0].offer_id.clone();
    let offer = GetOfferRequest { offer_id };
    assert!(!shop.service.get_offer(by_guest(offer)).await.unwrap().playable);
    let status = Call::by_service(GetMediaStatusRequest { title_id });
    let status = shop.service.get_media_status(status).await.unwrap();
    assert_eq!(status.state(), MediaState::Unplayable);
    assert!(status.reason.contains("has 100 bytes"), "{}", status.reason);
    assert_eq!(
        listed_as_unplayable(&shop).await,
        [("Limite".to_owned(), status.reason)]
    );
}

async fn every_title_that_cannot_be_ordered_is_listed_page_by_page(db: &Db) {
    let shop = Shop::open_selling_films(db).await;
    let films = (1..=5).map(|number| TitleInput {
        source_id: format!("limite-{number}"),
        name: format!("Limite {number}"),
        ..limite()
    });
    shop.import(films.collect()).await;
    let title_id = shop.title("limite 3").await.title_id.clone();
    upload_film(&shop, &title_id).await;
    let (mut after, mut names) = (String::new(), Vec::new());
    loop {
        let page = ListUnplayableTitlesRequest {
            page_size: 2,
            after: after.clone(),
        };
        let page = shop
            .service
            .list_unplayable_titles(Call::by_service(page))
            .await
            .unwrap();
        let Some(last) = page.titles.last() else { break };
        after.clone_from(&last.title_id);
        names.extend(page.titles.into_iter().map(|title| title.name));
    }
    names.sort();
    assert_eq!(names, ["Limite 1", "Limite 2", "Limite 4", "Limite 5"]);
}

async fn a_store_may_sell_without_films(db: &Db) {
    let shop = Shop::open(db).await;
    shop.import(vec![limite()]).await;
    let title_id = shop.id_of("limite").await;
    assert_eq!(sale_answers(&shop, &title_id).await, [true; 5]);
    assert!(
        !shop.title("limite").await.has_media,
        "which is a fact, whatever is sold"
    );
}
