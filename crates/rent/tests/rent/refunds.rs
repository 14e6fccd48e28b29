//! Refunds: who gets how much back and when, what ends with it, and that the money goes back once.

use api::rent::{
    CustomersOrder, DeleteCustomerRequest, EntitlementState, LookUpOrderRequest, Order, OrderState, RefundOrderRequest,
    RefundReason, RefundState, RequestRefundRequest,
};
use futures::future::join_all;
use rpc::{Call, Code};
use store::Clock as _;

use crate::catalogue::{BUY_MINOR, RENT_MINOR};
use crate::provider::Line;
use crate::watching::{check, open, play, reason};
use crate::world::{PASSWORD, Shopper, Store, World, order, order_on, stories};

stories!(
    a_rental_that_was_never_played_is_refunded_within_two_days,
    a_purchase_that_was_never_played_is_refunded_within_seven_days,
    a_film_that_was_played_is_not_refunded,
    only_the_customer_of_a_paid_order_gets_money_back,
    a_refund_asked_for_many_times_at_once_is_one,
    staff_refund_parts_up_to_the_whole,
    staff_may_leave_the_film,
    a_part_from_staff_leaves_the_right_to_the_rest,
    refunds_at_once_return_what_was_paid_and_no_more,
    what_plays_stops_when_it_is_refunded,
    a_refund_waits_for_its_provider,
    a_refund_does_not_wait_until_a_clock_that_was_set_back_shows_its_time_again,
    refunds_at_once_of_an_order_whose_account_is_gone_are_no_more_than_it,
    what_was_refunded_can_be_ordered_again,
    the_answer_of_an_order_is_repeated_after_its_refund,
);

async fn ask(store: &Store, shopper: &Shopper, order_id: &str) -> rpc::Result<Order> {
    let request = RequestRefundRequest {
        order_id: order_id.to_owned(),
    };
    store.rent.request_refund(store.by(shopper, request).await).await
}

fn by_staff(order_id: &str, key: &str, minor: Option<i64>) -> RefundOrderRequest {
    RefundOrderRequest {
        order_id: order_id.to_owned(),
        idempotency_key: key.to_owned(),
        amount: minor.map(|amount_minor| api::Money {
            amount_minor,
            currency_code: "BRL".to_owned(),
        }),
        reason: RefundReason::TechnicalProblem.into(),
        keep_access: false,
    }
}

async fn refund(store: &Store, request: RefundOrderRequest) -> rpc::Result<CustomersOrder> {
    store.rent.refund_order(Call::by_service(request)).await
}

/// The amounts of an order's refunds, and their states.
fn refunds(order: &Order) -> Vec<(i64, RefundState)> {
    let refund = |one: &api::rent::Refund| (one.amount.clone().unwrap().amount_minor, one.state());
    order.refunds.iter().map(refund).collect()
}

/// What the provider has of an order: the amount, and how much of it was returned.
async fn provider(store: &Store, order: &Order) -> (i64, i64) {
    let charges = store.charges().await;
    let charge = charges.iter().find(|charge| charge.order_id == order.order_id).unwrap();
    (charge.amount_minor, charge.refunded_minor)
}

async fn latest(store: &Store, shopper: &Shopper) -> Order {
    store.orders(shopper).await.remove(0)
}

async fn a_rental_that_was_never_played_is_refunded_within_two_days(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    let paid = store.place(&ana, order("k1", "rent-1")).await.unwrap();
    assert_eq!(paid.refundable_until_us - paid.created_at_us, 48 * 3_600_000_000);
    world.hours_pass(47);
    let refunded = ask(&store, &ana, &paid.order_id).await.unwrap();
    assert_eq!(refunded.state(), OrderState::Refunded);
    assert_eq!(refunds(&refunded), [(RENT_MINOR, RefundState::Pending)]);
    assert_eq!(refunded.refundable_until_us, 0);
    let ended = store.library(&ana).await.remove(0);
    assert_eq!(ended.state(), EntitlementState::Expired);
    assert_eq!(ended.taken_back_at_us, refunded.refunds[0].decided_at_us);
    assert_eq!(paid.entitlements[0].taken_back_at_us, 0);
    let film = &paid.entitlements[0].entitlement_id;
    assert_eq!(reason(open(&store, &ana, film, true, false).await), "ACCESS_ENDED");

    store.reconcile().await;
    assert_eq!(provider(&store, &paid).await, (RENT_MINOR, RENT_MINOR));
    let returned = latest(&store, &ana).await;
    assert_eq!(refunds(&returned), [(RENT_MINOR, RefundState::Succeeded)]);
    store.deliver_mails().await;
    let subjects = world.letterbox.subjects_to("ana@example.com");
    assert!(
        subjects.iter().any(|subject| subject.starts_with("Your refund")),
        "{subjects:?}"
    );

    let late = store.place(&ana, order("k2", "rent-2")).await.unwrap();
    world.hours_pass(48);
    let refused = ask(&store, &ana, &late.order_id).await.unwrap_err();
    assert_eq!(
        (&*refused.reason, refused.metadata("rule")),
        ("REFUND_NOT_ALLOWED", Some("too_late"))
    );
    assert_eq!(latest(&store, &ana).await.refundable_until_us, 0);
}

async fn a_purchase_that_was_never_played_is_refunded_within_seven_days(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    let paid = store.place(&ana, order("k1", "buy-1")).await.unwrap();
    world.hours_pass(7 * 24 - 1);
    let refunded = ask(&store, &ana, &paid.order_id).await.unwrap();
    assert_eq!(refunds(&refunded), [(BUY_MINOR, RefundState::Pending)]);
    let late = store.place(&ana, order("k2", "buy-2")).await.unwrap();
    world.hours_pass(7 * 24);
    assert_eq!(reason(ask(&store, &ana, &late.order_id).await), "REFUND_NOT_ALLOWED");
}

async fn a_film_that_was_played_is_not_refunded(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    for (key, offer) in [("k1", "rent-1"), ("k2", "buy-2")] {
        let paid = store.place(&ana, order(key, offer)).await.unwrap();
        let film = &paid.entitlements[0].entitlement_id;
        // A player that opens has shown nothing yet.
        let opened = open(&store, &ana, film, true, false).await.unwrap();
        assert_ne!(latest(&store, &ana).await.refundable_until_us, 0);
        check(&store, &opened.media_token).await.unwrap();
        crate::watching::report(&store, &ana, film, &opened, 0, true)
            .await
            .unwrap();
        assert_eq!(latest(&store, &ana).await.refundable_until_us, 0);
        let refused = ask(&store, &ana, &paid.order_id).await.unwrap_err();
        assert_eq!(refused.metadata("rule"), Some("played"), "{offer}");
    }
    store.reconcile().await;
    assert_eq!(store.charged().await, 2);
}

async fn only_the_customer_of_a_paid_order_gets_money_back(world: World) {
    let store = world.open();
    let (ana, rui) = (store.sign_up("ana").await, store.sign_up("rui").await);
    let paid = store.place(&ana, order("k1", "rent-1")).await.unwrap();
    assert_eq!(reason(ask(&store, &rui, &paid.order_id).await), "ORDER_NOT_FOUND");
    let declined = store
        .place(&ana, order_on("k2", "rent-2", "tok_declined"))
        .await
        .unwrap();
    let refused = ask(&store, &ana, &declined.order_id).await.unwrap_err();
    assert_eq!(refused.metadata("rule"), Some("not_paid"));
    let refused = refund(&store, by_staff(&declined.order_id, "s", None))
        .await
        .unwrap_err();
    assert_eq!(refused.metadata("rule"), Some("not_paid"));
    // Staff's methods are for staff.
    let call = store.by(&ana, by_staff(&paid.order_id, "s", None)).await;
    assert_eq!(
        store.rent.refund_order(call).await.unwrap_err().code,
        Code::PermissionDenied
    );
    let look = LookUpOrderRequest {
        order_id: paid.order_id.clone(),
    };
    let call = store.by(&ana, look.clone()).await;
    assert_eq!(
        store.rent.look_up_order(call).await.unwrap_err().code,
        Code::PermissionDenied
    );
    let seen = store.rent.look_up_order(Call::by_service(look)).await.unwrap();
    assert_eq!((&*seen.email, &*seen.provider), ("ana@example.com", "sandbox"));
    assert_eq!(seen.order.unwrap().order_id, paid.order_id);
}

async fn a_refund_asked_for_many_times_at_once_is_one(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    let paid = store.place(&ana, order("k1", "rent-1")).await.unwrap();
    let answers = join_all((0..8).map(|_| ask(&store, &ana, &paid.order_id))).await;
    for answer in answers {
        assert_eq!(answer.unwrap().refunds.len(), 1);
    }
    store.reconcile().await;
    assert_eq!(ask(&store, &ana, &paid.order_id).await.unwrap().refunds.len(), 1);
    assert_eq!(provider(&store, &paid).await, (RENT_MINOR, RENT_MINOR));
}

async fn staff_refund_parts_up_to_the_whole(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    let paid = store.place(&ana, order("k1", "buy-1")).await.unwrap();
    let id = &paid.order_id;
    let third = BUY_MINOR / 3;
    for key in ["s1", "s2", "s2"] {
        let partly = refund(&store, by_staff(id, key, Some(third)))
            .await
            .unwrap()
            .order
            .unwrap();
        assert_eq!(partly.state(), OrderState::Fulfilled);
    }
    for wrong in [0, -1, BUY_MINOR - 2 * third + 1] {
        let refused = refund(&store, by_staff(id, "s3", Some(wrong))).await.unwrap_err();
        assert_eq!(refused.code, Code::InvalidArgument, "{wrong}");
    }
    let mut in_dollars = by_staff(id, "s3", Some(1));
    "USD".clone_into(&mut in_dollars.amount.as_mut().unwrap().currency_code);
    assert_eq!(
        refund(&store, in_dollars).await.unwrap_err().code,
        Code::InvalidArgument
    );
    let whole = refund(&store, by_staff(id, "s3", None)).await.unwrap().order.unwrap();
    assert_eq!(whole.state(), OrderState::Refunded);
    assert_eq!(whole.refunds.len(), 3);
    assert_eq!(
        reason(refund(&store, by_staff(id, "s4", None)).await),
        "REFUND_NOT_ALLOWED"
    );
    store.reconcile().await;
    assert_eq!(provider(&store, &paid).await, (BUY_MINOR, BUY_MINOR));
    store.deliver_mails().await;
    let subjects = world.letterbox.subjects_to("ana@example.com");
    let mails = subjects.iter().filter(|subject| subject.starts_with("Your refund"));
    assert_eq!(mails.count(), 3);
}

async fn staff_may_leave_the_film(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    let paid = store.place(&ana, order("k1", "rent-1")).await.unwrap();
    let kept = RefundOrderRequest {
        keep_access: true,
        ..by_staff(&paid.order_id, "s1", Some(100))
    };
    refund(&store, kept).await.unwrap();
    let film = &paid.entitlements[0].entitlement_id;
    play(&store, &ana, film).await;
    let ended = refund(&store, by_staff(&paid.order_id, "s2", Some(100))).await.unwrap();
    assert_eq!(ended.order.unwrap().state(), OrderState::Fulfilled);
    assert_eq!(reason(open(&store, &ana, film, true, false).await), "ACCESS_ENDED");
    let reused = by_staff(&paid.order_id, "s2", Some(101));
    assert_eq!(reason(refund(&store, reused).await), "IDEMPOTENCY_KEY_REUSED");
    let untold = RefundOrderRequest {
        reason: RefundReason::Withdrawal.into(),
        ..by_staff(&paid.order_id, "s3", None)
    };
    assert_eq!(refund(&store, untold).await.unwrap_err().code, Code::InvalidArgument);
}

/// What is left goes back by right even after staff gave a part back.
async fn a_part_from_staff_leaves_the_right_to_the_rest(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    let paid = store.place(&ana, order("k1", "rent-1")).await.unwrap();
    let kept = RefundOrderRequest {
        keep_access: true,
        ..by_staff(&paid.order_id, "s1", Some(100))
    };
    refund(&store, kept).await.unwrap();
    assert_ne!(latest(&store, &ana).await.refundable_until_us, 0);
    let rest = ask(&store, &ana, &paid.order_id).await.unwrap();
    assert_eq!((rest.state(), rest.refunds.len()), (OrderState::Refunded, 2));
    store.reconcile().await;
    assert_eq!(provider(&store, &paid).await, (RENT_MINOR, RENT_MINOR));
}

async fn refunds_at_once_return_what_was_paid_and_no_more(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    let paid = store.place(&ana, order("k1", "rent-1")).await.unwrap();
    let parts = (0..64).map(|number| {
        let (store, id) = (store.clone(), paid.order_id.clone());
        async move { refund(&store, by_staff(&id, &format!("s{number}"), Some(100))).await }
    });
    let (answers, own) = futures::join!(join_all(parts), ask(&store, &ana, &paid.order_id));
    let left = latest(&store, &ana).await;
    let decided: i64 = refunds(&left).iter().map(|(minor, _)| minor).sum();
    let accepted = answers.iter().filter(|answer| answer.is_ok()).count();
    assert_eq!(left.refunds.len(), accepted + usize::from(own.is_ok()));
    let most = RENT_MINOR - RENT_MINOR % 100;
    assert!(decided == RENT_MINOR || decided == most, "{decided}");
    store.reconcile().await;
    assert_eq!(provider(&store, &paid).await, (RENT_MINOR, decided));
}

async fn what_plays_stops_when_it_is_refunded(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    let paid = store.place(&ana, order("k1", "buy-1")).await.unwrap();
    let film = &paid.entitlements[0].entitlement_id;
    let playing = play(&store, &ana, film).await;
    check(&store, &playing.media_token).await.unwrap();
    refund(&store, by_staff(&paid.order_id, "s1", None)).await.unwrap();
    assert_eq!(reason(check(&store, &playing.media_token).await), "PLAYBACK_ENDED");
    let reported = crate::watching::beat(&store, &ana, film, &playing, 60).await;
    assert_eq!(reason(reported), "PLAYBACK_ENDED");
}

async fn a_refund_waits_for_its_provider(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    let paid = store.place(&ana, order("k1", "rent-1")).await.unwrap();
    world.provider.set(Line::Dead);
    ask(&store, &ana, &paid.order_id).await.unwrap();
    store.reconcile().await;
    assert_eq!(
        refunds(&latest(&store, &ana).await),
        [(RENT_MINOR, RefundState::Pending)]
    );
    assert_eq!(provider(&store, &paid).await, (RENT_MINOR, 0));
    world.provider.set(Line::Good);
    world.hours_pass(1);
    world.open().reconcile().await;
    assert_eq!(
        refunds(&latest(&store, &ana).await),
        [(RENT_MINOR, RefundState::Succeeded)]
    );
    assert_eq!(provider(&store, &paid).await, (RENT_MINOR, RENT_MINOR));
}

async fn a_refund_does_not_wait_until_a_clock_that_was_set_back_shows_its_time_again(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    let before_us = world.clock.now_us();
    world.hours_pass(40);
    let paid = store.place(&ana, order("k1", "rent-1")).await.unwrap();
    ask(&store, &ana, &paid.order_id).await.unwrap();
    world.clock.set_us(before_us);
    store.reconcile().await;
    world.hours_pass(1);
    store.reconcile().await;
    assert_eq!(provider(&store, &paid).await, (RENT_MINOR, RENT_MINOR));
    let film = &paid.entitlements[0].entitlement_id;
    assert_eq!(reason(open(&store, &ana, film, true, false).await), "ACCESS_ENDED");
}

async fn refunds_at_once_of_an_order_whose_account_is_gone_are_no_more_than_it(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    let paid = store.place(&ana, order("k1", "rent-1")).await.unwrap();
    let leave = DeleteCustomerRequest {
        current_password: PASSWORD.to_owned(),
    };
    store.rent.delete_customer(store.by(&ana, leave).await).await.unwrap();
    let parts = (0..8).map(|number| {
        let (store, id) = (store.clone(), paid.order_id.clone());
        async move { refund(&store, by_staff(&id, &format!("s{number}"), Some(RENT_MINOR * 6 / 10))).await }
    });
    let answers = join_all(parts).await;
    let accepted = answers.iter().filter(|answer| answer.is_ok()).count();
    assert_eq!(accepted, 1, "{answers:?}");
    store.reconcile().await;
    assert_eq!(provider(&store, &paid).await, (RENT_MINOR, RENT_MINOR * 6 / 10));
}

async fn what_was_refunded_can_be_ordered_again(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    for (number, offer) in ["rent-1", "buy-1", "buy-1", "rent-1"].into_iter().enumerate() {
        let paid = store.place(&ana, order(&format!("k{number}"), offer)).await.unwrap();
        assert_eq!(paid.state(), OrderState::Fulfilled, "{offer}");
        ask(&store, &ana, &paid.order_id).await.unwrap();
    }
    store.reconcile().await;
    assert_eq!(store.charged().await, 0);
}

async fn the_answer_of_an_order_is_repeated_after_its_refund(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    let paid = store.place(&ana, order("k1", "rent-1")).await.unwrap();
    ask(&store, &ana, &paid.order_id).await.unwrap();
    assert_eq!(store.place(&ana, order("k1", "rent-1")).await.unwrap(), paid);
}
