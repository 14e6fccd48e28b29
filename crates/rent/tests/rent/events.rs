//! Events of payment providers: they come once, twice, in any order, forged or about nothing; what they are about is looked up.

use std::time::Duration;

use api::rent::{CancelOrderRequest, OrderState, ReceiveProviderEventRequest, RefundReason, RefundState};
use futures::future::join_all;
use payments::PaymentRef;
use rpc::Code;
use serde_json::json;
use uuid::Uuid;

use crate::pix::by_pix;
use crate::provider::Line;
use crate::world::{Store, World, by_guest, order, stories};

stories!(
    an_event_has_its_order_looked_up_at_once,
    an_order_is_looked_up_when_its_customer_looks_at_it,
    an_event_is_taken_once_however_often_it_comes,
    an_event_about_several_orders_settles_each,
    what_is_no_event_of_the_provider_changes_nothing,
    an_event_of_another_stores_payment_is_taken_and_changes_nothing,
    an_event_while_the_provider_is_down_is_not_lost,
    money_that_comes_after_the_order_ended_goes_back_once,
    events_are_forgotten_once_providers_send_them_no_more,
);

fn event(id: &str, orders: &[&str]) -> ReceiveProviderEventRequest {
    ReceiveProviderEventRequest {
        provider: "sandbox".to_owned(),
        headers: [("signature".to_owned(), "right".to_owned())].into(),
        query: String::new(),
        body: json!({"id": id, "payments": orders}).to_string().into_bytes(),
    }
}

impl Store {
    async fn receive(&self, event: ReceiveProviderEventRequest) -> rpc::Result<()> {
        let received = self.rent.receive_provider_event(by_guest(event)).await;
        received.map(|_received| ())
    }
}

/// A customer pays in the app of their bank: the store does not hear of it.
async fn pay_at_the_provider(world: &World, order_id: &str) {
    let payment = PaymentRef::new(order_id.parse().unwrap());
    world.provider.sandbox.pay(&payment).await.unwrap();
}

async fn an_event_has_its_order_looked_up_at_once(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    let waiting = store.place(&ana, by_pix("k", "rent-1")).await.unwrap();
    pay_at_the_provider(&world, &waiting.order_id).await;
    store.reconcile().await;
    assert_eq!(store.get(&ana, &waiting.order_id).await.state(), OrderState::Pending);
    store.receive(event("e1", &[&waiting.order_id])).await.unwrap();
    store.reconcile().await;
    assert_eq!(store.get(&ana, &waiting.order_id).await.state(), OrderState::Fulfilled);
    assert_eq!((store.charged().await, store.library(&ana).await.len()), (1, 1));
}

async fn an_order_is_looked_up_when_its_customer_looks_at_it(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    let waiting = store.place(&ana, by_pix("k", "rent-1")).await.unwrap();
    pay_at_the_provider(&world, &waiting.order_id).await;
    let before = world.provider.look_ups();
    for _ in 0..3 {
        assert_eq!(store.get(&ana, &waiting.order_id).await.state(), OrderState::Pending);
    }
    store.reconcile().await;
    assert_eq!(store.get(&ana, &waiting.order_id).await.state(), OrderState::Fulfilled);
    assert_eq!(world.provider.look_ups(), before + 1);

    // A page that stays open has the provider asked again after some seconds, and not each time.
    let waits = store.place(&ana, by_pix("l", "rent-2")).await.unwrap();
    let before = world.provider.look_ups();
    for _ in 0..10 {
        store.get(&ana, &waits.order_id).await;
        store.reconcile().await;
        world.seconds_pass(1);
    }
    assert_eq!(world.provider.look_ups(), before + 3);
}

async fn an_event_is_taken_once_however_often_it_comes(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    let waiting = store.place(&ana, by_pix("k", "rent-1")).await.unwrap();
    // It says that the order has changed, and it has not: the provider is asked once and not three times.
    let before = world.provider.look_ups();
    let received = join_all((0..3).map(|_| store.receive(event("e1", &[&waiting.order_id])))).await;
    assert!(received.iter().all(Result::is_ok), "{received:?}");
    store.reconcile().await;
    assert_eq!(world.provider.look_ups(), before + 1);
    store.receive(event("e1", &[&waiting.order_id])).await.unwrap();
    store.reconcile().await;
    assert_eq!(world.provider.look_ups(), before + 1);

    pay_at_the_provider(&world, &waiting.order_id).await;
    for id in ["e3", "e2", "e3", "e2"] {
        store.receive(event(id, &[&waiting.order_id])).await.unwrap();
        store.reconcile().await;
    }
    assert_eq!(store.get(&ana, &waiting.order_id).await.state(), OrderState::Fulfilled);
    assert_eq!((store.charged().await, store.library(&ana).await.len()), (1, 1));
}

async fn an_event_about_several_orders_settles_each(world: World) {
    let store = world.open();
    let (ana, bia) = (store.sign_up("ana").await, store.sign_up("bia").await);
    let anas = store.place(&ana, by_pix("k", "rent-1")).await.unwrap();
    let bias = store.place(&bia, by_pix("k", "rent-1")).await.unwrap();
    for paid in [&anas, &bias] {
        pay_at_the_provider(&world, &paid.order_id).await;
    }
    let both = event("e1", &[&anas.order_id, &bias.order_id]);
    store.receive(both).await.unwrap();
    store.reconcile().await;
    assert_eq!(store.get(&ana, &anas.order_id).await.state(), OrderState::Fulfilled);
    assert_eq!(store.get(&bia, &bias.order_id).await.state(), OrderState::Fulfilled);
    let many: Vec<_> = (0..101).map(|_| anas.order_id.as_str()).collect();
    let refused = store.receive(event("e2", &many)).await.unwrap_err();
    assert_eq!(refused.code, Code::InvalidArgument);
}

async fn what_is_no_event_of_the_provider_changes_nothing(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    let waiting = store.place(&ana, by_pix("k", "rent-1")).await.unwrap();
    pay_at_the_provider(&world, &waiting.order_id).await;
    let right = || event("e1", &[&waiting.order_id]);
    let unsigned = ReceiveProviderEventRequest {
        headers: [].into(),
        ..right()
    };
    let forged = ReceiveProviderEventRequest {
        headers: [("signature".to_owned(), "guessed".to_owned())].into(),
        ..right()
    };
    let garbage = ReceiveProviderEventRequest {
        body: vec![0xff; 100],
        ..right()
    };
    for refused in [unsigned, forged, garbage] {
        let refusal = store.receive(refused).await.unwrap_err();
        assert_eq!(
            (refusal.code, &*refusal.reason),
            (Code::InvalidArgument, "EVENT_REFUSED")
        );
    }
    let elsewhere = ReceiveProviderEventRequest {
        provider: "stripe".to_owned(),
        ..right()
    };
    let refusal = store.receive(elsewhere).await.unwrap_err();
    assert_eq!((refusal.code, &*refusal.reason), (Code::NotFound, "PROVIDER_UNKNOWN"));
    store.reconcile().await;
    assert_eq!(store.get(&ana, &waiting.order_id).await.state(), OrderState::Pending);
    // None of them was noted as the event that the provider sends later.
    store.receive(right()).await.unwrap();
    store.reconcile().await;
    assert_eq!(store.get(&ana, &waiting.order_id).await.state(), OrderState::Fulfilled);
}

async fn an_event_of_another_stores_payment_is_taken_and_changes_nothing(world: World) {
    let store = world.open();
    let unknown = Uuid::from_u128(7).to_string();
    let before = world.provider.look_ups();
    store.receive(event("e1", &[&unknown])).await.unwrap();
    store.receive(event("e2", &[])).await.unwrap();
    store.reconcile().await;
    assert_eq!(world.provider.look_ups(), before);
}

async fn an_event_while_the_provider_is_down_is_not_lost(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    let waiting = store.place(&ana, by_pix("k", "rent-1")).await.unwrap();
    pay_at_the_provider(&world, &waiting.order_id).await;
    world.provider.set(Line::Dead);
    store.receive(event("e1", &[&waiting.order_id])).await.unwrap();
    store.reconcile().await;
    assert_eq!(store.get(&ana, &waiting.order_id).await.state(), OrderState::Pending);
    world.provider.set(Line::Good);
    world.clock.advance(Duration::from_secs(30));
    // Another process finishes what this one had begun.
    world.open().reconcile().await;
    assert_eq!(store.get(&ana, &waiting.order_id).await.state(), OrderState::Fulfilled);
}

async fn money_that_comes_after_the_order_ended_goes_back_once(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    let waiting = store.place(&ana, by_pix("k", "rent-1")).await.unwrap();
    let cancel = CancelOrderRequest {
        order_id: waiting.order_id.clone(),
    };
    let cancelled = store.rent.cancel_order(store.by(&ana, cancel).await).await.unwrap();
    assert_eq!(cancelled.state(), OrderState::Cancelled);
    // The title is free again, and she rents it by card meanwhile.
    let again = store.place(&ana, order("l", "rent-1")).await.unwrap();
    assert_eq!(again.state(), OrderState::Fulfilled);

    world
        .provider
        .take_late(PaymentRef::new(waiting.order_id.parse().unwrap()));
    for id in ["e1", "e2", "e2"] {
        store.receive(event(id, &[&waiting.order_id])).await.unwrap();
        store.reconcile().await;
    }
    let late = store.get(&ana, &waiting.order_id).await;
    assert_eq!(late.state(), OrderState::Refunded);
    let [refund] = late.refunds.as_slice() else {
        panic!("{:?}", late.refunds);
    };
    assert_eq!(
        (
            refund.reason(),
            refund.state(),
            refund.amount.clone().unwrap().amount_minor
        ),
        (RefundReason::PaidTooLate, RefundState::Succeeded, 1490)
    );
    assert_eq!(store.library(&ana).await, again.entitlements);
    store.deliver_mails().await;
    let mails = world.letterbox.mails();
    let told = mails
        .iter()
        .filter(|mail| mail.body.contains("came after the order had ended"));
    assert_eq!(told.count(), 1);
}

async fn events_are_forgotten_once_providers_send_them_no_more(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    let waiting = store.place(&ana, by_pix("k", "rent-1")).await.unwrap();
    let before = world.provider.look_ups();
    for _ in 0..2 {
        store.receive(event("e1", &[&waiting.order_id])).await.unwrap();
    }
    store.reconcile().await;
    assert_eq!(world.provider.look_ups(), before + 1);
    world.hours_pass(41 * 24);
    store.receive(event("e2", &[])).await.unwrap();
    store.receive(event("e1", &[&waiting.order_id])).await.unwrap();
    store.reconcile().await;
    assert!(world.provider.look_ups() > before + 1);
}
