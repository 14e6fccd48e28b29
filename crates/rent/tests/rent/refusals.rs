//! Orders that are refused before any charge, and calls about what belongs to another customer.

use api::rent::{
    GetOrderRequest, ListEntitlementsRequest, ListOrdersRequest, OpenPlaybackRequest, OrderState, Payment,
    PaymentMethod, PlaceOrderRequest,
};
use rpc::Code;

use crate::pix::by_pix;
use crate::watching::to_open;
use crate::world::{Store, World, brl, by_guest, item, order, order_on, stories};

stories!(
    what_one_holds_is_refused_and_buying_what_one_rents_is_not,
    a_rental_that_has_ended_can_be_rented_again,
    another_price_than_the_customer_saw_is_refused_with_the_new_one,
    an_offer_outside_its_time_is_refused,
    a_film_that_does_not_play_is_not_sold_and_one_that_is_being_paid_is_kept,
    a_key_used_for_another_order_is_refused,
    a_refusal_does_not_use_up_the_key,
    bad_input_is_refused_with_the_field_named,
    an_order_is_not_charged_while_the_catalogue_is_down,
    a_guest_cannot_order,
    what_belongs_to_another_customer_is_not_found,
    lists_refuse_sizes_and_tokens_that_are_not_theirs,
);

async fn refusal(store: &Store, ana: &crate::world::Shopper, request: PlaceOrderRequest) -> rpc::Fault {
    let fault = store.place(ana, request).await.unwrap_err();
    assert_eq!(store.charges().await.len(), store.orders(ana).await.len());
    fault
}

async fn what_one_holds_is_refused_and_buying_what_one_rents_is_not(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    let rented = store.place(&ana, order("k1", "rent-1")).await.unwrap();
    let fault = refusal(&store, &ana, order("k2", "rent-1")).await;
    assert_eq!((fault.code, &*fault.reason), (Code::AlreadyExists, "ALREADY_HELD"));
    let held = &rented.entitlements[0].entitlement_id;
    assert_eq!(fault.metadata("entitlement_id"), Some(held.as_str()));

    let bought = store.place(&ana, order("k3", "buy-1")).await.unwrap();
    assert_eq!(bought.state(), OrderState::Fulfilled);
    for offer in ["rent-1", "buy-1"] {
        assert_eq!(refusal(&store, &ana, order("k4", offer)).await.reason, "ALREADY_HELD");
    }
    // Another customer may order the same film.
    let bia = store.sign_up("bia").await;
    assert_eq!(
        store.place(&bia, order("k1", "rent-1")).await.unwrap().state(),
        OrderState::Fulfilled
    );
}

async fn a_rental_that_has_ended_can_be_rented_again(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    store.place(&ana, order("k1", "rent-1")).await.unwrap();
    world.hours_pass(720);
    let again = store.place(&ana, order("k2", "rent-1")).await.unwrap();
    crate::watching::play(&store, &ana, &again.entitlements[0].entitlement_id).await;
    world.hours_pass(48);
    assert_eq!(
        store.place(&ana, order("k3", "rent-1")).await.unwrap().state(),
        OrderState::Fulfilled
    );
    assert_eq!(store.library(&ana).await.len(), 3);
}

async fn another_price_than_the_customer_saw_is_refused_with_the_new_one(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    world.films.change("rent-1", |offer| offer.price = Some(brl(1590)));
    let fault = refusal(&store, &ana, order("k", "rent-1")).await;
    assert_eq!(
        (fault.code, &*fault.reason),
        (Code::FailedPrecondition, "PRICE_CHANGED")
    );
    let facts = ["offer_id", "amount_minor", "currency_code"].map(|key| fault.metadata(key).unwrap());
    assert_eq!(facts, ["rent-1", "1590", "BRL"]);
}

async fn an_offer_outside_its_time_is_refused(world: World) {
    use store::Clock;
    let store = world.open();
    let ana = store.sign_up("ana").await;
    let now_us = world.clock.now_us();
    world.films.change("rent-1", |offer| offer.available_until_us = now_us);
    world
        .films
        .change("rent-2", |offer| offer.available_from_us = now_us + 1);
    for offer in ["rent-1", "rent-2"] {
        assert_eq!(
            refusal(&store, &ana, order("k", offer)).await.reason,
            "OFFER_NOT_AVAILABLE"
        );
    }
}

async fn a_film_that_does_not_play_is_not_sold_and_one_that_is_being_paid_is_kept(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    let waiting = store.place(&ana, by_pix("k1", "rent-2")).await.unwrap();
    world.films.have_media(false);
    for offer in ["rent-1", "buy-1"] {
        let fault = store.place(&ana, order("k", offer)).await.unwrap_err();
        assert_eq!((fault.code.http_status(), &*fault.reason), (409, "NOT_PLAYABLE"));
        assert_eq!(fault.metadata("offer_id"), Some(offer));
        assert_eq!(fault.metadata("title_id"), Some("film-1"));
    }
    // An order that was placed while there was a film gets the same answer as before, and can be paid.
    let again = store.place(&ana, by_pix("k1", "rent-2")).await.unwrap();
    assert_eq!(again.order_id, waiting.order_id);
    world.films.have_media(true);
    let sold = store.place(&ana, order("k", "rent-1")).await.unwrap();
    assert_eq!(sold.state(), OrderState::Fulfilled);
}

async fn a_key_used_for_another_order_is_refused(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    store.place(&ana, order("k", "rent-1")).await.unwrap();
    for other in [order("k", "rent-2"), order_on("k", "rent-1", "tok_declined")] {
        let fault = refusal(&store, &ana, other).await;
        assert_eq!(fault.reason, "IDEMPOTENCY_KEY_REUSED");
        assert_eq!(fault.code.http_status(), 409);
    }
    // Each customer has keys of their own.
    let bia = store.sign_up("bia").await;
    assert!(store.place(&bia, order("k", "rent-2")).await.is_ok());
}

async fn a_refusal_does_not_use_up_the_key(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    world.films.change("rent-1", |offer| offer.price = Some(brl(1590)));
    refusal(&store, &ana, order("k", "rent-1")).await;
    let at_the_new_price = PlaceOrderRequest {
        items: vec![api::rent::OrderItem {
            price: Some(brl(1590)),
            ..item("rent-1")
        }],
        ..order("k", "rent-1")
    };
    assert_eq!(
        store.place(&ana, at_the_new_price).await.unwrap().state(),
        OrderState::Fulfilled
    );
}

async fn bad_input_is_refused_with_the_field_named(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    let good = || order("k", "rent-1");
    let with_items = |items| PlaceOrderRequest { items, ..good() };
    let with_payment = |method: i32, token: &str| PlaceOrderRequest {
        payment: Some(Payment {
            method,
            token: token.to_owned(),
        }),
        ..good()
    };
    let priced = |price| {
        with_items(vec![api::rent::OrderItem {
            price,
            ..item("rent-1")
        }])
    };
    let eleven = (0..11).map(|number| item(&format!("rent-{number}"))).collect();
    let usd = api::rent::OrderItem {
        price: Some(api::Money {
            amount_minor: 1,
            currency_code: "USD".to_owned(),
        }),
        ..item("rent-2")
    };
    for (request, field) in [
        (order("", "rent-1"), "idempotency_key"),
        (order("a b", "rent-1"), "idempotency_key"),
        (order(&"k".repeat(256), "rent-1"), "idempotency_key"),
        (with_items(Vec::new()), "items"),
        (with_items(eleven), "items"),
        (with_items(vec![item("rent-1"), item("rent-1")]), "items"),
        (with_items(vec![item("rent-1"), usd]), "items"),
        (priced(None), "items.price"),
        (priced(Some(brl(-1))), "items.price"),
        (with_payment(0, "tok_visa"), "payment.method"),
        (with_payment(99, "tok_visa"), "payment.method"),
        (with_payment(PaymentMethod::Card.into(), ""), "payment.token"),
    ] {
        let fault = refusal(&store, &ana, request).await;
        assert_eq!(
            (fault.code, fault.fields()[0].field.as_str()),
            (Code::InvalidArgument, field)
        );
    }
    for offer in ["rent-99", "rent 1", ""] {
        let fault = refusal(&store, &ana, order("k", offer)).await;
        assert_eq!(
            (fault.code, &*fault.reason),
            (Code::NotFound, "OFFER_NOT_FOUND"),
            "{offer}"
        );
    }
}

async fn an_order_is_not_charged_while_the_catalogue_is_down(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    world.films.go_down();
    let fault = refusal(&store, &ana, order("k", "rent-1")).await;
    assert_eq!(
        (fault.code, &*fault.reason),
        (Code::Unavailable, "CATALOGUE_UNAVAILABLE")
    );
    assert!(fault.retry_after().is_some());
}

async fn a_guest_cannot_order(world: World) {
    let store = world.open();
    let fault = store
        .rent
        .place_order(by_guest(order("k", "rent-1")))
        .await
        .unwrap_err();
    assert_eq!(fault.code, Code::Unauthenticated);
    // Not even the store itself, because it is not a customer.
    let by_service = rpc::Call::by_service(order("k", "rent-1"));
    assert_eq!(
        store.rent.place_order(by_service).await.unwrap_err().code,
        Code::Unauthenticated
    );
}

async fn what_belongs_to_another_customer_is_not_found(world: World) {
    let store = world.open();
    let (ana, bia) = (store.sign_up("ana").await, store.sign_up("bia").await);
    let order = store.place(&ana, order("k", "rent-1")).await.unwrap();
    for order_id in [order.order_id.as_str(), "garbage", ""] {
        let call = store
            .by(
                &bia,
                GetOrderRequest {
                    order_id: order_id.to_owned(),
                },
            )
            .await;
        let fault = store.rent.get_order(call).await.unwrap_err();
        assert_eq!((fault.code, &*fault.reason), (Code::NotFound, "ORDER_NOT_FOUND"));
    }
    for entitlement_id in [order.entitlements[0].entitlement_id.as_str(), "garbage"] {
        let request = OpenPlaybackRequest {
            confirm_start: true,
            take_over: true,
            ..to_open(entitlement_id)
        };
        let fault = store
            .rent
            .open_playback(store.by(&bia, request).await)
            .await
            .unwrap_err();
        assert_eq!((fault.code, &*fault.reason), (Code::NotFound, "ENTITLEMENT_NOT_FOUND"));
    }
    assert_eq!(store.orders(&bia).await, []);
    assert_eq!(store.library(&bia).await, []);
}

async fn lists_refuse_sizes_and_tokens_that_are_not_theirs(world: World) {
    let store = world.open();
    let (ana, bia) = (store.sign_up("ana").await, store.sign_up("bia").await);
    for number in 0..2 {
        store
            .place(&ana, order(&format!("k{number}"), &format!("rent-{number}")))
            .await
            .unwrap();
    }
    let orders = async |shopper, page_size, page_token: &str| {
        let page_token = page_token.to_owned();
        let request = ListOrdersRequest { page_size, page_token };
        store.rent.list_orders(store.by(shopper, request).await).await
    };
    for size in [-1, 101] {
        let fault = orders(&ana, size, "").await.unwrap_err();
        assert_eq!(
            (fault.code, fault.fields()[0].field.as_str()),
            (Code::InvalidArgument, "page_size")
        );
    }
    let token = orders(&ana, 1, "").await.unwrap().next_page_token;
    assert_eq!(orders(&ana, 1, &token).await.unwrap().orders.len(), 1);
    for (shopper, token) in [(&ana, "garbage"), (&bia, token.as_str())] {
        assert_eq!(
            orders(shopper, 1, token).await.unwrap_err().reason,
            "PAGE_TOKEN_UNKNOWN"
        );
    }
    let library = ListEntitlementsRequest {
        page_token: token,
        ..ListEntitlementsRequest::default()
    };
    let fault = store
        .rent
        .list_entitlements(store.by(&ana, library).await)
        .await
        .unwrap_err();
    assert_eq!(fault.reason, "PAGE_TOKEN_UNKNOWN");
}
