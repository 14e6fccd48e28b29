//! Returning money.

use fake_providers::stripe::RefundMode;
use futures::future::join_all;
use payments::{Money, PaymentProvider as _, RefundRequest, RefundState};

use crate::world::World;

#[tokio::test]
async fn refunds_return_what_was_paid_and_no_more() {
    let world = World::new().await;
    let (payment, _) = world.paid(1000).await;
    for minor in [333, 333, 334] {
        let refund = world.refund(minor);
        for _ in 0..2 {
            assert_eq!(
                world.stripe.refund(&payment, &refund).await.unwrap(),
                RefundState::Succeeded
            );
        }
        // After a day Stripe has forgotten the key: the refund is found in its list.
        world.fake.switch(|switches| switches.forget_keys = true);
        assert_eq!(
            world.stripe.refund(&payment, &refund).await.unwrap(),
            RefundState::Succeeded
        );
    }
    assert_eq!(world.taken(), (1000, 1000));
    let refused = world.stripe.refund(&payment, &world.refund(1)).await.unwrap();
    assert!(
        matches!(&refused, RefundState::Failed(why) if why == "charge_already_refunded"),
        "{refused:?}"
    );
    let (unpaid, _) = world.begun(1000).await;
    let refused = world.stripe.refund(&unpaid, &world.refund(1)).await.unwrap();
    assert_eq!(refused, RefundState::Failed("no money was taken".to_owned()));
}

#[tokio::test]
async fn a_refund_under_a_used_id_with_another_amount_is_refused() {
    let world = World::new().await;
    let (payment, _) = world.paid(1000).await;
    let refund = world.refund(300);
    assert_eq!(
        world.stripe.refund(&payment, &refund).await.unwrap(),
        RefundState::Succeeded
    );
    let other = RefundRequest {
        amount: Money::parse(400, "BRL").unwrap(),
        ..refund
    };
    let refused = world.stripe.refund(&payment, &other).await.unwrap();
    assert_eq!(refused, RefundState::Failed("another refund has this id".to_owned()));
    assert_eq!(world.taken().1, 300);
}

#[tokio::test]
async fn sixty_four_refunds_at_once_return_exactly_what_was_paid() {
    let world = World::new().await;
    let (payment, _) = world.paid(1000).await;
    let refunds: Vec<_> = (0..64).map(|_| world.refund(100)).collect();
    let asked = refunds.iter().map(|refund| world.stripe.refund(&payment, refund));
    let answers = join_all(asked).await;
    let succeeded = answers
        .iter()
        .filter(|answer| *answer.as_ref().unwrap() == RefundState::Succeeded);
    assert_eq!(succeeded.count(), 10);
    assert_eq!(world.taken(), (1000, 1000));
}

#[tokio::test]
async fn a_refund_whose_answers_are_lost_returns_the_money_once() {
    let world = World::new().await;
    let (payment, _) = world.paid(1000).await;
    let refund = world.refund(1000);
    world.fake.switch(|switches| switches.lose_answers = 2);
    assert!(world.stripe.refund(&payment, &refund).await.is_err());
    world.fake.switch(|switches| switches.forget_keys = true);
    assert_eq!(
        world.stripe.refund(&payment, &refund).await.unwrap(),
        RefundState::Succeeded
    );
    assert_eq!(world.taken(), (1000, 1000));
}

#[tokio::test]
async fn a_refund_that_is_slow_or_fails_says_so() {
    let world = World::new().await;
    let (payment, _) = world.paid(1000).await;
    world.fake.switch(|switches| switches.refunds = RefundMode::Pends);
    let slow = world.refund(400);
    for _ in 0..2 {
        assert_eq!(
            world.stripe.refund(&payment, &slow).await.unwrap(),
            RefundState::Pending
        );
    }
    world.fake.switch(|switches| switches.refunds = RefundMode::Fails);
    let fails = world.stripe.refund(&payment, &world.refund(400)).await.unwrap();
    assert_eq!(fails, RefundState::Failed("expired_or_canceled_card".to_owned()));
}
