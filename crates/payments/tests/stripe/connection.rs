//! The connection: failures, the record of calls, secrets, and what Stripe's own record says.

use std::sync::Arc;
use std::time::Duration;

use payments::stripe::{Stripe, StripeOptions};
use payments::{DisputeState, MovementKind, PaymentProvider as _, ProviderError, Secret};
use store::Clock as _;
use store::testing::ManualClock;
use uuid::Uuid;

use crate::world::{Calls, World};

#[tokio::test]
async fn a_stripe_that_is_down_is_a_failure_and_is_left_alone_after_some() {
    let world = World::new().await;
    world.fake.switch(|switches| switches.unavailable = true);
    let request = world.request(1490, "BRL");
    for _ in 0..8 {
        assert!(matches!(
            world.stripe.start(&request).await,
            Err(ProviderError::Failed(_))
        ));
    }
    let sent = world.calls.0.lock().unwrap().len();
    assert_eq!(sent, 16, "each is tried once more");
    let left_alone = world.stripe.start(&request).await.unwrap_err();
    assert!(left_alone.to_string().contains("left alone"), "{left_alone}");
    assert_eq!(world.calls.0.lock().unwrap().len(), sent);
}

#[tokio::test]
async fn every_call_is_recorded_and_none_tells_a_secret() {
    let world = World::new().await;
    let (payment, _) = world.paid(1490).await;
    world.stripe.refund(&payment, &world.refund(1490)).await.unwrap();
    world.fake.switch(|switches| switches.unavailable = true);
    let failed = world.stripe.look_up(&payment).await.unwrap_err();
    let calls = world.calls.0.lock().unwrap();
    let first = calls.first().unwrap();
    assert_eq!(
        (
            first.provider,
            first.payment,
            &*first.method,
            &*first.path,
            first.status,
            first.error.as_deref()
        ),
        (
            "stripe",
            Some(payment.id()),
            "POST",
            "/v1/checkout/sessions",
            Some(200),
            None
        )
    );
    let last = calls.last().unwrap();
    assert_eq!((last.status, last.error.is_some()), (Some(503), true));
    let told = format!("{calls:?} {failed} {failed:?}");
    assert!(
        !told.contains("nobody-may-see") && !told.contains("ana@example.com"),
        "{told}"
    );
}

#[tokio::test]
async fn the_balance_tells_payments_and_refunds_with_their_fees() {
    let world = World::new().await;
    let from_us = world.clock.now_us();
    let (payment, _) = world.paid(1000).await;
    let refund = world.refund(400);
    world.stripe.refund(&payment, &refund).await.unwrap();
    world.clock.advance(Duration::from_mins(1));
    let (later, _) = world.paid(2000).await;
    let movements = world.stripe.movements(from_us, from_us + 60_000_000).await.unwrap();
    let told: Vec<_> = movements
        .iter()
        .map(|one| (one.kind, one.payment, one.amount.minor(), one.fee.minor()))
        .collect();
    let id: Option<Uuid> = Some(payment.id());
    assert_eq!(
        told,
        [
            (MovementKind::Refund(Some(refund.id)), id, 400, 0),
            (MovementKind::Payment, id, 1000, 79)
        ]
    );
    let all = world.stripe.movements(from_us, i64::MAX).await.unwrap();
    assert_eq!((all.len(), all[0].payment), (3, Some(later.id())));
}

#[tokio::test]
async fn a_dispute_leads_to_its_payment() {
    let world = World::new().await;
    let (payment, session) = world.paid(1000).await;
    let dispute = world.fake.dispute(&session);
    let found = world.stripe.look_up_dispute(&dispute).await.unwrap();
    let movements = world.stripe.movements(0, i64::MAX).await.unwrap();
    assert_eq!(
        (movements[0].kind, movements[0].payment),
        (MovementKind::DisputeOpened, Some(payment.id()))
    );
    assert_eq!(
        (found.payment, found.amount.minor(), found.state),
        (Some(payment.id()), 1000, DisputeState::Open)
    );
}

#[tokio::test]
async fn only_an_https_address_and_a_secret_key_are_taken() {
    let clock = Arc::new(ManualClock::default());
    let of = |key: &str, api_url: &str| {
        let options = StripeOptions {
            secret_key: Secret::parse(key).unwrap(),
            webhook_secrets: Vec::new(),
            api_url: api_url.to_owned(),
            pix: false,
        };
        Stripe::new(options, clock.clone(), Arc::new(Calls::default())).map(drop)
    };
    assert!(of("sk_live_1", "https://api.stripe.com").is_ok());
    assert!(of("rk_test_1", "http://127.0.0.1:4242").is_ok());
    for (key, url) in [
        ("pk_live_1", "https://api.stripe.com"),
        ("sk_live_1", "http://api.stripe.com"),
        ("sk_live_1", "api.stripe.com"),
    ] {
        let refused = of(key, url).unwrap_err().to_string();
        assert!(!refused.contains("live_1"), "{refused}");
    }
}
