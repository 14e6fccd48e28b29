//! Staff set prices, and everyone sees them.

use api::catalogue::{
    CatalogueService as _, GetOfferRequest, MediaService as _, Offer, OfferKind, SearchTitlesRequest, SetMediaRequest,
    SetOfferRequest,
};
use api::lab::ClockService as _;
use api::lab::MoveClockRequest;
use catalogue::MIGRATIONS;
use rpc::{Call, Code};
use store::Db;

use crate::world::{Shop, by_guest, film, limite, reais};

store::each_engine!(
    MIGRATIONS:
    a_price_is_seen_as_soon_as_it_is_set,
    a_wrong_price_is_refused_and_changes_nothing,
    what_is_not_named_of_an_offer_stays,
    an_offer_is_ordered_inside_its_time_alone,
    staff_work_is_refused_to_customers,
    the_clock_moves_by_staff,
);

fn to_rent(title_id: &str, amount_minor: i64) -> SetOfferRequest {
    SetOfferRequest {
        title_id: title_id.to_owned(),
        kind: OfferKind::Rent.into(),
        price: Some(reais(amount_minor)),
        ..SetOfferRequest::default()
    }
}

async fn set(shop: &Shop, request: SetOfferRequest) -> Offer {
    shop.service.set_offer(Call::by_service(request)).await.unwrap()
}

async fn a_price_is_seen_as_soon_as_it_is_set(db: &Db) {
    let shop = Shop::open(db).await;
    shop.import(vec![film("Limite", 1931)]).await;
    let title = shop.title("limite").await;
    assert!(
        title.offers.is_empty(),
        "without a price it is listed but cannot be ordered"
    );
    let first = set(&shop, to_rent(&title.title_id, 590)).await;
    assert_eq!(shop.title("limite").await.offers, std::slice::from_ref(&first));
    let again = set(&shop, to_rent(&title.title_id, 590)).await;
    assert_eq!(again, first, "the same once more is no change");
    let second = set(&shop, to_rent(&title.title_id, 690)).await;
    assert_eq!(second.offer_id, first.offer_id);
    let request = GetOfferRequest {
        offer_id: first.offer_id,
    };
    let detail = shop.service.get_offer(by_guest(request)).await.unwrap();
    assert_eq!(
        (detail.title_name.as_str(), detail.offer.unwrap().price.unwrap()),
        ("Limite", reais(690))
    );
    let found = shop.search(SearchTitlesRequest::default()).await;
    assert_eq!(found.titles[0].offers, [second]);
}

async fn a_wrong_price_is_refused_and_changes_nothing(db: &Db) {
    let shop = Shop::open(db).await;
    shop.import(vec![limite()]).await;
    let before = shop.title("limite").await;
    let good = to_rent(&before.title_id, 590);
    let wrong = [
        (
            "price",
            SetOfferRequest {
                price: None,
                ..good.clone()
            },
        ),
        ("price", to_rent(&before.title_id, 0)),
        ("price", to_rent(&before.title_id, -1)),
        (
            "kind",
            SetOfferRequest {
                kind: 0,
                ..good.clone()
            },
        ),
        (
            "viewing_window_hours",
            SetOfferRequest {
                viewing_window_hours: 9_000,
                ..good.clone()
            },
        ),
    ];
    for (field, request) in wrong {
        let refused = shop.service.set_offer(Call::by_service(request)).await.unwrap_err();
        assert_eq!(refused.fields()[0].field, field);
    }
    let unknown = SetOfferRequest {
        title_id: "garbage".to_owned(),
        ..good
    };
    let refused = shop.service.set_offer(Call::by_service(unknown)).await.unwrap_err();
    assert_eq!(refused.code, Code::NotFound);
    assert_eq!(shop.title("limite").await, before);
}

async fn what_is_not_named_of_an_offer_stays(db: &Db) {
    let shop = Shop::open(db).await;
    shop.import(vec![film("Limite", 1931)]).await;
    let title_id = shop.id_of("limite").await;
    let first = SetOfferRequest {
        start_window_hours: 168,
        viewing_window_hours: 72,
        available_from_us: 5,
        available_until_us: 9_000_000_000_000_000,
        ..to_rent(&title_id, 1490)
    };
    let first = set(&shop, first).await;
    let named = |fields: &[&str], request: SetOfferRequest| SetOfferRequest {
        fields: fields.iter().map(ToString::to_string).collect(),
        ..request
    };
    let cheaper = set(&shop, named(&["kind", "price"], to_rent(&title_id, 1290))).await;
    let wanted = Offer {
        price: Some(reais(1290)),
        ..first
    };
    assert_eq!(cheaper, wanted);
    let nothing = SetOfferRequest {
        price: None,
        ..to_rent(&title_id, 0)
    };
    let cleared = named(&["kind", "viewing_window_hours", "available_until_us"], nothing.clone());
    let wanted = Offer {
        viewing_window_hours: 48,
        available_until_us: 0,
        ..wanted
    };
    assert_eq!(set(&shop, cleared).await, wanted);
    assert_eq!(
        set(&shop, named(&["kind"], nothing.clone())).await,
        wanted,
        "nothing is named"
    );
    let to_buy = SetOfferRequest {
        kind: OfferKind::Buy.into(),
        ..named(&["available_from_us"], nothing.clone())
    };
    for (request, field) in [(to_buy, "price"), (named(&["colour"], nothing), "fields")] {
        let refused = shop.service.set_offer(Call::by_service(request)).await.unwrap_err();
        assert_eq!(refused.fields()[0].field, field);
    }
}

async fn an_offer_is_ordered_inside_its_time_alone(db: &Db) {
    use store::Clock;
    let shop = Shop::open(db).await;
    shop.import(vec![film("Limite", 1931)]).await;
    let now_us = shop.clock.now_us();
    let request = SetOfferRequest {
        available_from_us: now_us + 1_000,
        ..to_rent(&shop.id_of("limite").await, 590)
    };
    set(&shop, request).await;
    let to_rent = SearchTitlesRequest {
        offers: vec![OfferKind::Rent.into()],
        ..SearchTitlesRequest::default()
    };
    assert_eq!(shop.search(to_rent.clone()).await.total_size, 0);
    shop.clock.set_us(now_us + 1_000);
    assert_eq!(shop.search(to_rent).await.total_size, 1);
}

async fn staff_work_is_refused_to_customers(db: &Db) {
    let shop = Shop::open(db).await;
    shop.import(vec![limite()]).await;
    let title_id = shop.id_of("limite").await;
    let offer = shop.service.set_offer(shop.by_customer(to_rent(&title_id, 1))).await;
    assert_eq!(offer.unwrap_err().code, Code::PermissionDenied);
    let objects = Vec::new();
    let media = shop
        .service
        .set_media(shop.by_customer(SetMediaRequest { title_id, objects }))
        .await;
    assert_eq!(media.unwrap_err().code, Code::PermissionDenied);
    let clock = shop.service.move_clock(by_guest(MoveClockRequest { seconds: 1 })).await;
    assert_eq!(clock.unwrap_err().code, Code::Unauthenticated);
}

async fn the_clock_moves_by_staff(db: &Db) {
    let shop = Shop::open(db).await;
    let moved = shop
        .service
        .move_clock(Call::by_service(MoveClockRequest { seconds: 60 }))
        .await;
    assert!(moved.is_ok());
    assert_eq!(store::clock::lab_offset_seconds(db).await.unwrap(), 60);
    let too_far = shop
        .service
        .move_clock(Call::by_service(MoveClockRequest { seconds: i64::MAX }))
        .await;
    assert_eq!(too_far.unwrap_err().fields()[0].field, "seconds");
}
