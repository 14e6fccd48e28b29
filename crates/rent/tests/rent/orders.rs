//! Placing orders: once, again, and many at once.

use api::catalogue::OfferKind;
use api::rent::{
    DeclineReason, EntitlementState, GetOrderRequest, ListOrdersRequest, OrderState, PlaceOrderRequest,
    SandboxChargeState,
};
use futures::future::join_all;
use tokio_util::sync::CancellationToken;

use crate::crashes::give_away;
use crate::provider::Line;
use crate::world::{Store, World, item, order, order_on, stories, waits};

stories!(
    a_rental_is_paid_once_and_gives_one_entitlement_with_its_windows,
    an_order_of_two_titles_gives_both_or_neither,
    a_repeated_order_gets_the_same_answer_even_after_the_film_was_played,
    a_decline_is_an_answer_and_is_repeated,
    a_provider_that_fails_once_is_asked_again_for_the_same_charge,
    an_order_that_the_provider_does_not_decide_waits_and_is_fulfilled_when_it_turns_out_charged,
    an_order_that_never_reached_the_provider_lapses_and_frees_its_title,
    a_cancelled_charge_can_never_be_charged,
    money_that_finds_no_place_for_an_entitlement_is_given_back,
    a_provider_that_is_down_is_asked_until_it_answers,
    orders_that_cannot_be_ended_yet_do_not_delay_those_that_can,
    the_reconciler_works_by_itself_until_it_is_cancelled,
    a_caller_who_gives_up_does_not_leave_half_an_order,
    a_key_in_flight_in_another_process_gets_the_same_order_and_one_charge,
    orders_are_listed_newest_first_page_by_page,
);

async fn a_rental_is_paid_once_and_gives_one_entitlement_with_its_windows(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    let order = store.place(&ana, order("k", "rent-1")).await.unwrap();
    assert_eq!(order.state(), OrderState::Fulfilled);
    assert_eq!(order.total.as_ref().unwrap().amount_minor, 1490);
    assert_eq!(order.subtotal, order.total);
    assert_eq!(order.next_action, None);
    assert_eq!(
        (order.lines[0].start_window_hours, order.lines[0].viewing_window_hours),
        (720, 48)
    );
    let library = store.library(&ana).await;
    assert_eq!(library, order.entitlements);
    let [entitlement] = library.try_into().unwrap();
    assert_eq!(
        (entitlement.kind(), entitlement.state()),
        (OfferKind::Rent, EntitlementState::NotStarted)
    );
    assert_eq!(
        entitlement.start_by_us - entitlement.granted_at_us,
        720 * 3_600 * 1_000_000
    );
    let [charge] = store.charges().await.try_into().unwrap();
    assert_eq!(charge.state(), SandboxChargeState::Charged);
    assert_eq!((charge.amount_minor, charge.currency_code.as_str()), (1490, "BRL"));
    assert_eq!(charge.order_id, order.order_id);
}

async fn an_order_of_two_titles_gives_both_or_neither(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    let both = |key: &str, offers: [&str; 2]| PlaceOrderRequest {
        items: offers.map(item).to_vec(),
        ..order(key, "rent-1")
    };
    let placed = store.place(&ana, both("k", ["rent-1", "buy-2"])).await.unwrap();
    assert_eq!(placed.total.unwrap().amount_minor, 1490 + 3990);
    assert_eq!(placed.entitlements.len(), 2);
    let refused = store.place(&ana, both("l", ["rent-3", "rent-1"])).await.unwrap_err();
    assert_eq!(refused.reason, "ALREADY_HELD");
    assert_eq!(store.library(&ana).await.len(), 2);
    // Neither a charge nor a reservation remains.
    assert_eq!(store.charged().await, 1);
    assert_eq!(
        store.place(&ana, order("m", "rent-3")).await.unwrap().state(),
        OrderState::Fulfilled
    );
}

async fn a_repeated_order_gets_the_same_answer_even_after_the_film_was_played(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    let first = store.place(&ana, order("k", "rent-1")).await.unwrap();
    crate::watching::play(&store, &ana, &first.entitlements[0].entitlement_id).await;
    world
        .films
        .change("rent-1", |offer| offer.price.as_mut().unwrap().amount_minor = 9990);
    world.hours_pass(100);
    let again = world.open().place(&ana, order("k", "rent-1")).await.unwrap();
    assert_eq!(again, first);
    assert_eq!(store.charged().await, 1);
}

async fn a_decline_is_an_answer_and_is_repeated(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    for (token, reason) in [
        ("tok_declined", DeclineReason::Declined),
        ("tok_insufficient_funds", DeclineReason::InsufficientFunds),
        ("tok_of_another_store", DeclineReason::InvalidToken),
    ] {
        let declined = store.place(&ana, order_on(token, "rent-1", token)).await.unwrap();
        assert_eq!(declined.state(), OrderState::Declined);
        assert_eq!(declined.decline_reason(), reason);
        let again = store.place(&ana, order_on(token, "rent-1", token)).await.unwrap();
        assert_eq!(again, declined);
    }
    assert_eq!(world.charge_calls(), 3);
    assert_eq!(store.library(&ana).await, []);
    assert_eq!(
        store.place(&ana, order("k", "rent-1")).await.unwrap().state(),
        OrderState::Fulfilled
    );
}

async fn a_provider_that_fails_once_is_asked_again_for_the_same_charge(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    let order = store
        .place(&ana, order_on("k", "rent-1", "tok_error_once"))
        .await
        .unwrap();
    assert_eq!(order.state(), OrderState::Fulfilled);
    assert_eq!(world.charge_calls(), 2);
    assert_eq!(store.charged().await, 1);
}

async fn an_order_that_the_provider_does_not_decide_waits_and_is_fulfilled_when_it_turns_out_charged(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    world.provider.set(Line::LateAnswers);
    let waiting = store.place(&ana, order("k", "rent-1")).await.unwrap();
    assert_eq!((waiting.state(), waits(&waiting)), (OrderState::Pending, true));
    assert_eq!(store.place(&ana, order("k", "rent-1")).await.unwrap(), waiting);
    let refused = store.place(&ana, order("l", "rent-1")).await.unwrap_err();
    assert_eq!(refused.reason, "TITLE_BEING_ORDERED");

    store.reconcile().await;
    let fulfilled = store.place(&ana, order("k", "rent-1")).await.unwrap();
    assert_eq!(fulfilled.state(), OrderState::Fulfilled);
    assert_eq!(store.library(&ana).await.len(), 1);
    assert_eq!(store.charged().await, 1);
}

async fn an_order_that_never_reached_the_provider_lapses_and_frees_its_title(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    world.provider.set(Line::NoCharges);
    let waiting = store.place(&ana, order("k", "rent-1")).await.unwrap();
    store.reconcile().await;
    assert_eq!(get(&store, &ana, &waiting.order_id).await, OrderState::Pending);

    world.orders_lapse();
    store.reconcile().await;
    assert_eq!(get(&store, &ana, &waiting.order_id).await, OrderState::Cancelled);
    world.provider.set(Line::Good);
    assert_eq!(
        store.place(&ana, order("k", "rent-1")).await.unwrap().state(),
        OrderState::Cancelled
    );
    assert_eq!(
        store.place(&ana, order("l", "rent-1")).await.unwrap().state(),
        OrderState::Fulfilled
    );
    assert_eq!(store.charged().await, 1);
}

/// A charge that was delayed for longer than the order's life arrives after all.
async fn a_cancelled_charge_can_never_be_charged(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    world.provider.set(Line::Gated);
    let placing = tokio::spawn({
        let (store, ana) = (store.clone(), ana.clone());
        async move { store.place(&ana, order("k", "rent-1")).await }
    });
    world.provider.waiting.acquire().await.unwrap().forget();
    world.orders_lapse();
    world.open().reconcile().await;
    world.provider.gate.add_permits(1);
    assert_eq!(placing.await.unwrap().unwrap().state(), OrderState::Cancelled);
    assert_eq!(store.charges().await, []);
    assert_eq!(store.library(&ana).await, []);
}

async fn money_that_finds_no_place_for_an_entitlement_is_given_back(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    world.provider.set(Line::LateAnswers);
    let waiting = store.place(&ana, order("k", "buy-1")).await.unwrap();
    // The operator gives the film to the customer in the meantime.
    world.provider.set(Line::Good);
    let other = store.place(&ana, order("l", "buy-2")).await.unwrap();
    give_away(&world, &other, "film-1").await;

    store.reconcile().await;
    assert_eq!(get(&store, &ana, &waiting.order_id).await, OrderState::Refunded);
    let states: Vec<_> = store.charges().await.into_iter().map(|charge| charge.state()).collect();
    assert_eq!(states, [SandboxChargeState::Refunded, SandboxChargeState::Charged]);
    assert_eq!(store.library(&ana).await.len(), 1);
}

async fn a_provider_that_is_down_is_asked_until_it_answers(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    world.provider.set(Line::Dead);
    let waiting = store.place(&ana, order("k", "rent-1")).await.unwrap();
    assert_eq!(waiting.state(), OrderState::Pending);
    world.orders_lapse();
    store.reconcile().await;
    assert_eq!(get(&store, &ana, &waiting.order_id).await, OrderState::Pending);
    world.provider.set(Line::Good);
    world.seconds_pass(3);
    store.reconcile().await;
    assert_eq!(get(&store, &ana, &waiting.order_id).await, OrderState::Cancelled);
}

async fn orders_that_cannot_be_ended_yet_do_not_delay_those_that_can(mut world: World) {
    world.limits.reconciling.at_once = 1;
    let store = world.open();
    let ana = store.sign_up("ana").await;
    world.provider.set(Line::NoCharges);
    let first = store.place(&ana, order("k1", "rent-1")).await.unwrap();
    world.provider.set(Line::LateAnswers);
    let second = store.place(&ana, order("k2", "rent-2")).await.unwrap();
    world.provider.set(Line::Good);
    store.reconcile().await;
    assert_eq!(get(&store, &ana, &first.order_id).await, OrderState::Pending);
    assert_eq!(get(&store, &ana, &second.order_id).await, OrderState::Fulfilled);
}

async fn the_reconciler_works_by_itself_until_it_is_cancelled(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    world.provider.set(Line::LateAnswers);
    let waiting = store.place(&ana, order("k", "rent-1")).await.unwrap();
    let cancel = CancellationToken::new();
    let running = tokio::spawn({
        let (reconciler, cancel) = (store.reconciler.clone(), cancel.clone());
        async move { reconciler.run(cancel).await }
    });
    while get(&store, &ana, &waiting.order_id).await != OrderState::Fulfilled {
        tokio::task::yield_now().await;
    }
    cancel.cancel();
    running.await.unwrap();
}

async fn a_caller_who_gives_up_does_not_leave_half_an_order(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    world.provider.set(Line::Gated);
    let placing = tokio::spawn({
        let (store, ana) = (store.clone(), ana.clone());
        async move { store.place(&ana, order("k", "rent-1")).await }
    });
    world.provider.waiting.acquire().await.unwrap().forget();
    placing.abort();
    assert!(placing.await.unwrap_err().is_cancelled());
    world.provider.gate.add_permits(1);
    store.service.drain().await;
    let again = world.open().place(&ana, order("k", "rent-1")).await.unwrap();
    assert_eq!(again.state(), OrderState::Fulfilled);
    assert_eq!(store.charged().await, 1);
}

async fn a_key_in_flight_in_another_process_gets_the_same_order_and_one_charge(world: World) {
    let ana = world.open().sign_up("ana").await;
    world.provider.set(Line::Gated);
    let placing: Vec<_> = [world.open(), world.open()]
        .into_iter()
        .map(|store| {
            let ana = ana.clone();
            tokio::spawn(async move { store.place(&ana, order("k", "rent-1")).await })
        })
        .collect();
    // Both calls have reached the provider: the second did not wait for the first.
    world.provider.waiting.acquire_many(2).await.unwrap().forget();
    world.provider.gate.add_permits(2);
    let answers: Vec<_> = join_all(placing).await.into_iter().map(Result::unwrap).collect();
    let first = answers[0].as_ref().unwrap();
    assert_eq!(first.state(), OrderState::Fulfilled);
    assert_eq!(answers[1].as_ref().unwrap(), first);
    let store = world.open();
    assert_eq!((store.charged().await, store.library(&ana).await.len()), (1, 1));
}

async fn orders_are_listed_newest_first_page_by_page(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    for number in 0..5 {
        // Two of them at the same time.
        world.seconds_pass(u64::from(number != 2));
        store
            .place(&ana, order(&format!("k{number}"), &format!("rent-{number}")))
            .await
            .unwrap();
    }
    let mut seen = Vec::new();
    let mut request = ListOrdersRequest {
        page_size: 2,
        ..ListOrdersRequest::default()
    };
    loop {
        let page = store
            .rent
            .list_orders(store.by(&ana, request.clone()).await)
            .await
            .unwrap();
        seen.extend(page.orders.into_iter().map(|order| order.lines[0].title_id.clone()));
        request.page_token = page.next_page_token;
        if request.page_token.is_empty() {
            break;
        }
    }
    assert_eq!(seen, ["film-4", "film-3", "film-2", "film-1", "film-0"]);
}

async fn get(store: &Store, ana: &crate::world::Shopper, order_id: &str) -> OrderState {
    let order_id = order_id.to_owned();
    let call = store.by(ana, GetOrderRequest { order_id }).await;
    store.rent.get_order(call).await.unwrap().state()
}
