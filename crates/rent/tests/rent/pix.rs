//! Paying by Pix: the order waits with its code, is paid, is cancelled or expires; and the process may die at each step.

use api::rent::{
    CancelOrderRequest, GetOrderRequest, Order, OrderState, PaySandboxOrderRequest, Payment, PaymentMethod,
    PlaceOrderRequest, SandboxChargeState,
};
use rent::checkpoint::{Moment, Step};
use rpc::{Call, Code};
use uuid::Uuid;

use crate::provider::Line;
use crate::world::{Shopper, Store, World, brl, by_guest, code_of, item, order, stories};

pub(crate) const PIX_MINUTES: u64 = 15;
const MOMENTS: [Moment; 2] = [Moment::Before, Moment::After];

stories!(
    an_order_by_pix_waits_with_its_code_and_is_fulfilled_when_it_is_paid,
    a_pix_is_paid_once_however_often,
    a_pix_that_is_not_paid_in_time_frees_its_title_and_can_be_paid_no_more,
    money_that_was_on_its_way_when_the_code_expired_is_honoured,
    a_pix_that_is_paid_after_the_film_was_bought_is_given_back,
    only_its_customer_can_cancel_an_unpaid_order,
    giving_up_an_order_that_was_paid_is_too_late,
    who_orders_the_film_again_is_told_which_order_waits,
    a_process_that_dies_while_a_pix_is_asked_for_leaves_an_order_with_its_code_or_none,
    a_process_that_dies_while_a_pix_is_paid_or_given_up_is_followed_by_one_that_finishes,
    a_payment_without_a_notification_is_found_within_half_a_minute,
    the_only_process_leaves_an_order_open_that_waits_for_its_customer,
    a_customer_pays_only_their_own_waiting_orders,
    a_pix_is_in_reais,
);

pub(crate) fn by_pix(key: &str, offer_id: &str) -> PlaceOrderRequest {
    PlaceOrderRequest {
        payment: Some(Payment {
            method: PaymentMethod::Pix.into(),
            token: String::new(),
        }),
        ..order(key, offer_id)
    }
}

impl Store {
    pub(crate) async fn get(&self, shopper: &Shopper, order_id: &str) -> Order {
        let order_id = order_id.to_owned();
        let call = self.by(shopper, GetOrderRequest { order_id }).await;
        self.rent.get_order(call).await.unwrap()
    }

    async fn pay(&self, shopper: &Shopper, order_id: &str) -> rpc::Result<Order> {
        let order_id = order_id.to_owned();
        let call = self.by(shopper, PaySandboxOrderRequest { order_id }).await;
        self.rent.pay_sandbox_order(call).await
    }

    async fn give_up(&self, shopper: &Shopper, order_id: &str) -> rpc::Result<Order> {
        let order_id = order_id.to_owned();
        let call = self.by(shopper, CancelOrderRequest { order_id }).await;
        self.rent.cancel_order(call).await
    }
}

async fn an_order_by_pix_waits_with_its_code_and_is_fulfilled_when_it_is_paid(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    let waiting = store.place(&ana, by_pix("k", "rent-1")).await.unwrap();
    assert_eq!(waiting.state(), OrderState::Pending);
    let pix = code_of(&waiting).unwrap();
    assert!(
        pix.code.starts_with("000201") && pix.code.contains("540514.90"),
        "{}",
        pix.code
    );
    assert!(pix.sandbox);
    assert_eq!(pix.expires_at_us - waiting.created_at_us, 15 * 60 * 1_000_000);
    // A repeated call gets the same code, even after the reconciler has asked the provider.
    world.seconds_pass(60);
    store.reconcile().await;
    assert_eq!(store.place(&ana, by_pix("k", "rent-1")).await.unwrap(), waiting);
    assert_eq!(store.get(&ana, &waiting.order_id).await, waiting);
    assert_eq!(store.charges().await, []);

    let paid = store.pay(&ana, &waiting.order_id).await.unwrap();
    assert_eq!((paid.state(), paid.next_action.clone()), (OrderState::Fulfilled, None));
    assert_eq!(store.library(&ana).await, paid.entitlements);
    let [charge] = store.charges().await.try_into().unwrap();
    assert_eq!(
        (charge.state(), charge.amount_minor),
        (SandboxChargeState::Charged, 1490)
    );
}

async fn a_pix_is_paid_once_however_often(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    let waiting = store.place(&ana, by_pix("k", "rent-1")).await.unwrap();
    let (one, two) = futures::join!(store.pay(&ana, &waiting.order_id), store.pay(&ana, &waiting.order_id));
    for paid in [one, two, store.pay(&ana, &waiting.order_id).await] {
        assert_eq!(paid.unwrap().state(), OrderState::Fulfilled);
    }
    assert_eq!((store.charged().await, store.library(&ana).await.len()), (1, 1));
}

async fn a_pix_that_is_not_paid_in_time_frees_its_title_and_can_be_paid_no_more(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    let waiting = store.place(&ana, by_pix("k", "rent-1")).await.unwrap();
    world.seconds_pass(PIX_MINUTES * 60 - 1);
    store.reconcile().await;
    assert_eq!(store.get(&ana, &waiting.order_id).await.state(), OrderState::Pending);
    world.seconds_pass(1);
    store.reconcile().await;
    let lapsed = store.get(&ana, &waiting.order_id).await;
    assert_eq!((lapsed.state(), lapsed.next_action), (OrderState::Cancelled, None));
    let fault = store.pay(&ana, &waiting.order_id).await.unwrap_err();
    assert_eq!(
        (fault.code, &*fault.reason),
        (Code::FailedPrecondition, "NOTHING_TO_PAY")
    );
    assert_eq!(store.charges().await, []);
    let again = store.place(&ana, order("l", "rent-1")).await.unwrap();
    assert_eq!(again.state(), OrderState::Fulfilled);
}

async fn money_that_was_on_its_way_when_the_code_expired_is_honoured(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    let waiting = store.place(&ana, by_pix("k", "rent-1")).await.unwrap();
    world.seconds_pass(PIX_MINUTES * 60 + 5);
    assert_eq!(
        store.pay(&ana, &waiting.order_id).await.unwrap().state(),
        OrderState::Fulfilled
    );
    store.reconcile().await;
    assert_eq!((store.charged().await, store.library(&ana).await.len()), (1, 1));
}

async fn a_pix_that_is_paid_after_the_film_was_bought_is_given_back(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    let waiting = store.place(&ana, by_pix("k", "rent-1")).await.unwrap();
    store.place(&ana, order("l", "buy-1")).await.unwrap();
    let paid = store.pay(&ana, &waiting.order_id).await.unwrap();
    assert_eq!(paid.state(), OrderState::Refunded);
    store.reconcile().await;
    assert_eq!((store.charged().await, store.library(&ana).await.len()), (1, 1));
}

async fn only_its_customer_can_cancel_an_unpaid_order(world: World) {
    let store = world.open();
    let (ana, bia) = (store.sign_up("ana").await, store.sign_up("bia").await);
    let waiting = store.place(&ana, by_pix("k", "rent-1")).await.unwrap();
    assert_eq!(
        store.give_up(&bia, &waiting.order_id).await.unwrap_err().reason,
        "ORDER_NOT_FOUND"
    );
    let guest = CancelOrderRequest {
        order_id: waiting.order_id.clone(),
    };
    assert_eq!(
        store.rent.cancel_order(by_guest(guest)).await.unwrap_err().code,
        Code::Unauthenticated
    );
    for _ in 0..2 {
        let cancelled = store.give_up(&ana, &waiting.order_id).await.unwrap();
        assert_eq!(cancelled.state(), OrderState::Cancelled);
    }
    assert_eq!(
        store.pay(&ana, &waiting.order_id).await.unwrap_err().reason,
        "NOTHING_TO_PAY"
    );
    let by_card = store.place(&ana, order("l", "rent-1")).await.unwrap();
    assert_eq!(by_card.state(), OrderState::Fulfilled);
}

async fn giving_up_an_order_that_was_paid_is_too_late(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    let waiting = store.place(&ana, by_pix("k", "rent-1")).await.unwrap();
    // The provider took the money, and the store has not learned of it.
    world.crash.at(Step::Settle, Moment::Before);
    world.open().pay_or_die(&ana, &waiting.order_id).await;
    assert!(!world.crash.call_off());
    let too_late = store.give_up(&ana, &waiting.order_id).await.unwrap();
    assert_eq!(too_late.state(), OrderState::Fulfilled);
    assert_eq!((store.charged().await, store.library(&ana).await.len()), (1, 1));
}

async fn who_orders_the_film_again_is_told_which_order_waits(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    let waiting = store.place(&ana, by_pix("k", "rent-1")).await.unwrap();
    let fault = store.place(&ana, order("l", "rent-1")).await.unwrap_err();
    assert_eq!(&*fault.reason, "TITLE_BEING_ORDERED");
    assert_eq!(fault.metadata("order_id"), Some(waiting.order_id.as_str()));
}

async fn a_process_that_dies_while_a_pix_is_asked_for_leaves_an_order_with_its_code_or_none(world: World) {
    let ana = world.open().sign_up("ana").await;
    let steps = [Step::Write, Step::Charge, Step::Leave];
    let moments = steps.into_iter().flat_map(|step| MOMENTS.map(|moment| (step, moment)));
    for (number, (step, moment)) in (0..).zip(moments) {
        let offer = format!("rent-{number}");
        world.crash.at(step, moment);
        world.open().place_or_die(&ana, by_pix(&offer, &offer)).await;
        assert!(!world.crash.call_off(), "{step:?} {moment:?}: no process died");
        let store = world.open();
        world.orders_lapse();
        store.reconcile().await;
        let left = store
            .orders(&ana)
            .await
            .into_iter()
            .find(|order| order.lines[0].offer_id == offer);
        match left {
            Some(order) if order.state() == OrderState::Pending => {
                assert!(code_of(&order).is_some(), "{step:?} {moment:?}");
                assert_eq!(
                    store.pay(&ana, &order.order_id).await.unwrap().state(),
                    OrderState::Fulfilled
                );
            }
            Some(order) => assert_eq!(order.state(), OrderState::Cancelled, "{step:?} {moment:?}"),
            None => assert_eq!((step, moment), (Step::Write, Moment::Before)),
        }
    }
    let store = world.open();
    assert_eq!(store.charged().await, store.library(&ana).await.len());
}

async fn a_process_that_dies_while_a_pix_is_paid_or_given_up_is_followed_by_one_that_finishes(world: World) {
    let ana = world.open().sign_up("ana").await;
    for (number, (step, moment)) in (0..).zip(MOMENTS.map(|moment| (Step::Settle, moment))) {
        let offer = format!("rent-{number}");
        let waiting = world.open().place(&ana, by_pix(&offer, &offer)).await.unwrap();
        world.crash.at(step, moment);
        world.open().pay_or_die(&ana, &waiting.order_id).await;
        assert!(!world.crash.call_off(), "{moment:?}: no process died");
        let store = world.open();
        world.seconds_pass(30);
        store.reconcile().await;
        assert_eq!(
            store.get(&ana, &waiting.order_id).await.state(),
            OrderState::Fulfilled,
            "{moment:?}"
        );
    }
    let given_up = [Step::Cancel, Step::Settle]
        .into_iter()
        .flat_map(|step| MOMENTS.map(|moment| (step, moment)));
    for (number, (step, moment)) in (4..).zip(given_up) {
        let offer = format!("rent-{number}");
        let waiting = world.open().place(&ana, by_pix(&offer, &offer)).await.unwrap();
        world.crash.at(step, moment);
        let (store, shopper, id) = (world.open(), ana.clone(), waiting.order_id.clone());
        let _ = tokio::spawn(async move { store.give_up(&shopper, &id).await }).await;
        assert!(!world.crash.call_off(), "{step:?} {moment:?}: no process died");
        let store = world.open();
        world.seconds_pass(PIX_MINUTES * 60);
        store.reconcile().await;
        assert_eq!(
            store.get(&ana, &waiting.order_id).await.state(),
            OrderState::Cancelled,
            "{step:?} {moment:?}"
        );
    }
    let store = world.open();
    assert_eq!((store.charged().await, store.library(&ana).await.len()), (2, 2));
}

async fn a_payment_without_a_notification_is_found_within_half_a_minute(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    let waiting = store.place(&ana, by_pix("k", "rent-1")).await.unwrap();
    world.crash.at(Step::Settle, Moment::Before);
    world.open().pay_or_die(&ana, &waiting.order_id).await;
    world.provider.set(Line::Dead);
    world.seconds_pass(20);
    store.reconcile().await;
    assert_eq!(store.get(&ana, &waiting.order_id).await.state(), OrderState::Pending);
    world.provider.set(Line::Good);
    world.seconds_pass(10);
    store.reconcile().await;
    assert_eq!(store.get(&ana, &waiting.order_id).await.state(), OrderState::Fulfilled);
}

async fn the_only_process_leaves_an_order_open_that_waits_for_its_customer(mut world: World) {
    world.is_sole_process = true;
    let ana = world.open().sign_up("ana").await;
    let waiting = world.open().place(&ana, by_pix("k", "rent-1")).await.unwrap();
    world.seconds_pass(1);
    let store = world.restart().await;
    store.reconcile().await;
    assert_eq!(store.get(&ana, &waiting.order_id).await, waiting);
}

async fn a_customer_pays_only_their_own_waiting_orders(world: World) {
    let store = world.open();
    let (ana, bia) = (store.sign_up("ana").await, store.sign_up("bia").await);
    let waiting = store.place(&ana, by_pix("k", "rent-1")).await.unwrap();
    for order_id in [waiting.order_id.as_str(), "garbage"] {
        assert_eq!(store.pay(&bia, order_id).await.unwrap_err().reason, "ORDER_NOT_FOUND");
    }
    world.provider.set(Line::LateAnswers);
    let by_card = store.place(&ana, order("l", "rent-2")).await.unwrap();
    world.provider.set(Line::Good);
    assert_eq!(
        store.pay(&ana, &by_card.order_id).await.unwrap_err().reason,
        "NOTHING_TO_PAY"
    );

    // The store's own tool may pay the order of any customer, but only one that is open.
    let request = || PaySandboxOrderRequest {
        order_id: waiting.order_id.clone(),
    };
    let paid = store.rent.pay_sandbox_order(Call::by_service(request())).await.unwrap();
    assert_eq!(paid.state(), OrderState::Fulfilled);
    let again = store
        .rent
        .pay_sandbox_order(Call::by_service(request()))
        .await
        .unwrap_err();
    assert_eq!(again.reason, "NOTHING_TO_PAY");
    let unknown = PaySandboxOrderRequest {
        order_id: Uuid::nil().to_string(),
    };
    let unknown = store.rent.pay_sandbox_order(Call::by_service(unknown)).await;
    let unknown = unknown.unwrap_err();
    assert_eq!((unknown.code, &*unknown.reason), (Code::NotFound, "ORDER_NOT_FOUND"));
}

async fn a_pix_is_in_reais(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    let usd = api::Money {
        currency_code: "USD".to_owned(),
        ..brl(1490)
    };
    let price = Some(usd.clone());
    world.films.change("rent-1", |offer| offer.price = Some(usd));
    let in_dollars = PlaceOrderRequest {
        items: vec![api::rent::OrderItem {
            price,
            ..item("rent-1")
        }],
        ..by_pix("k", "rent-1")
    };
    let fault = store.place(&ana, in_dollars).await.unwrap_err();
    assert_eq!(
        (fault.code, fault.fields()[0].field.as_str()),
        (Code::InvalidArgument, "payment.method")
    );
    assert_eq!(store.orders(&ana).await, []);
}
