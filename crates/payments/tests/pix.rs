//! What Pix promises as a payment provider, against a stand-in for a bank.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod pix_world;

use std::time::Duration;

use fake_providers::stripe::RefundMode;
use futures::future::join_all;
use payments::{
    Currency, DeclineReason, Money, MovementKind, PaymentMethod, PaymentProvider as _, PaymentRef, PaymentState,
    ProviderError, RefundRequest, RefundState,
};

use crate::pix_world::{MINUTE_US, World, brl, code};

#[tokio::test]
async fn a_payment_begins_with_a_code_and_succeeds_when_the_customer_pays_it() {
    let world = World::new().await;
    let request = world.request(1490);
    assert_eq!(world.state(&request.payment).await, PaymentState::Pending);
    let begun = world.pix.start(&request).await.unwrap();
    let (text, expires_at_us) = code(&begun.state);
    assert!(text.starts_with("000201"));
    assert_eq!(expires_at_us, world.now_us() + 15 * MINUTE_US);
    world.clock.advance(Duration::from_mins(2));
    assert_eq!(world.pix.start(&request).await.unwrap(), begun);
    assert_eq!(world.pix.look_up(&request.payment).await.unwrap(), begun);
    let [charge] = world.fake.charges().try_into().unwrap();
    assert_eq!(charge["valor"]["original"], "14.90");
    assert_eq!(charge["txid"], request.payment.id().simple().to_string());
    assert_eq!(charge["solicitacaoPagador"], "Nosferatu & Limite");

    assert!(world.pay(&request.payment));
    let paid = world.pix.look_up(&request.payment).await.unwrap();
    assert_eq!(paid.state, PaymentState::Succeeded);
    let reference = paid.reference.clone().unwrap();
    assert_eq!(reference, world.fake.transfers()[0]["endToEndId"]);
    // A repetition finds it paid, and a second transfer is not taken.
    assert_eq!(world.pix.start(&request).await.unwrap(), paid);
    assert!(!world.pay(&request.payment));
    assert_eq!(world.moved(), (1490, 0));
}

#[tokio::test]
async fn a_bank_that_takes_a_charge_once_gives_the_same_code_again() {
    let world = World::new().await;
    let request = world.request(1490);
    world.fake.switch(|switches| switches.refuse_repetitions = true);
    let begun = world.pix.start(&request).await.unwrap();
    assert_eq!(world.pix.start(&request).await.unwrap(), begun);
}

#[tokio::test]
async fn pix_is_for_reais_between_a_centavo_and_ten_digits() {
    let world = World::new().await;
    for currency in [Currency::USD, Currency::JPY, Currency::KWD] {
        assert_eq!(world.pix.methods(currency), []);
    }
    assert_eq!(world.pix.methods(Currency::BRL), [PaymentMethod::Pix]);
    let refused = PaymentState::Declined(DeclineReason::AmountNotAccepted);
    for (minor, code) in [
        (0, "BRL"),
        (1_000_000_000_000, "BRL"),
        (1490, "USD"),
        (1490, "JPY"),
        (1490, "KWD"),
    ] {
        let mut request = world.request(1);
        request.amount = Money::parse(minor, code).unwrap();
        assert_eq!(
            world.pix.start(&request).await.unwrap().state,
            refused,
            "{minor} {code}"
        );
    }
    for minor in [1, 999_999_999_999] {
        let begun = world.pix.start(&world.request(minor)).await.unwrap();
        assert!(matches!(begun.state, PaymentState::NeedsAction(_)), "{minor}");
    }
    assert_eq!(world.fake.charges().len(), 2);
}

#[tokio::test]
async fn a_lost_answer_makes_no_second_charge() {
    let world = World::new().await;
    let request = world.request(1490);
    // Once: the request is sent again at once. Twice: the store has no answer, and finds the charge.
    world.fake.switch(|switches| switches.lose_answers = 1);
    let begun = world.pix.start(&request).await.unwrap();
    let request = world.request(1490);
    world.fake.switch(|switches| switches.lose_answers = 2);
    assert!(matches!(world.pix.start(&request).await, Err(ProviderError::Failed(_))));
    let found = world.pix.look_up(&request.payment).await.unwrap();
    assert!(matches!(found.state, PaymentState::NeedsAction(_)));
    assert_ne!(found, begun);
    assert_eq!(world.fake.charges().len(), 2);
}

#[tokio::test]
async fn a_cancelled_payment_never_succeeds_and_a_paid_one_stays_paid() {
    let world = World::new().await;
    let open = world.begun(1490).await;
    for _ in 0..2 {
        assert_eq!(world.pix.cancel(&open).await.unwrap().state, PaymentState::Cancelled);
    }
    assert!(!world.pay(&open));
    assert_eq!(world.state(&open).await, PaymentState::Cancelled);

    let paid = world.paid(1490).await;
    let cancelled = world.pix.cancel(&paid).await.unwrap();
    assert_eq!(cancelled.state, PaymentState::Succeeded);
    assert!(cancelled.reference.is_some());
}

#[tokio::test]
async fn a_payment_that_is_cancelled_before_the_bank_knows_it_cannot_begin_any_more() {
    let world = World::new().await;
    let late = world.request(1490);
    assert_eq!(
        world.pix.cancel(&late.payment).await.unwrap().state,
        PaymentState::Cancelled
    );
    assert_eq!(world.pix.start(&late).await.unwrap().state, PaymentState::Cancelled);
    assert!(!world.pay(&late.payment));
    assert_eq!(world.moved(), (0, 0));
}

#[tokio::test]
async fn a_code_that_has_expired_is_paid_until_it_is_removed() {
    let world = World::new().await;
    let (in_time, too_late) = (world.begun(1490).await, world.begun(1490).await);
    world.clock.advance(Duration::from_mins(20));
    let state = world.state(&in_time).await;
    assert!(code(&state).1 < world.now_us());
    assert!(world.pay(&in_time));
    assert_eq!(world.pix.cancel(&in_time).await.unwrap().state, PaymentState::Succeeded);
    assert_eq!(
        world.pix.cancel(&too_late).await.unwrap().state,
        PaymentState::Cancelled
    );
    assert!(!world.pay(&too_late));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_cancelling_paying_and_beginning_at_once_one_wins() {
    let world = World::new().await;
    for _ in 0..30 {
        let request = world.request(1490);
        let payment = &request.payment;
        let before = world.moved().0;
        let paying = async {
            for _ in 0..20 {
                tokio::task::yield_now().await;
                if world.pay(payment) {
                    return true;
                }
            }
            false
        };
        let (begun, cancelled, _) = futures::join!(world.pix.start(&request), world.pix.cancel(payment), paying);
        begun.unwrap();
        let state = cancelled.unwrap().state;
        // After the cancellation nothing changes, whoever tries.
        let can_pay = world.pay(payment);
        assert!(!can_pay, "{state:?}");
        let taken = world.moved().0 - before;
        match state {
            PaymentState::Succeeded => assert!(taken > 0),
            PaymentState::Cancelled => assert_eq!(taken, 0),
            other => panic!("{other:?}"),
        }
        assert_eq!(world.state(payment).await, state);
    }
}

#[tokio::test]
async fn money_that_a_bank_should_not_have_let_through_is_not_lost() {
    let world = World::new().await;
    let (start_us, twice) = (world.now_us(), world.paid(1490).await);
    let first = world.pix.look_up(&twice).await.unwrap();
    world.clock.advance(Duration::from_secs(5));
    world.fake.pay_anyway(&World::txid(&twice), 1490);
    assert_eq!(world.pix.look_up(&twice).await.unwrap(), first);
    let removed = world.begun(1490).await;
    world.pix.cancel(&removed).await.unwrap();
    world.fake.pay_anyway(&World::txid(&removed), 1490);
    assert_eq!(world.state(&removed).await, PaymentState::Succeeded);
    let more = world.begun(1490).await;
    world.fake.pay_anyway(&World::txid(&more), 2000);
    assert_eq!(world.state(&more).await, PaymentState::Succeeded);
    let less = world.begun(1490).await;
    world.fake.pay_anyway(&World::txid(&less), 1489);
    let failed = world.pix.look_up(&less).await.unwrap_err();
    assert!(failed.to_string().contains("less than was charged"), "{failed}");
    let movements = world.pix.movements(start_us, world.now_us() + 1).await.unwrap();
    let of = |payment: &PaymentRef| -> i64 {
        let own = movements.iter().filter(|one| one.payment == Some(payment.id()));
        own.map(|one| one.amount.minor()).sum()
    };
    assert_eq!(
        (of(&twice), of(&removed), of(&more), of(&less)),
        (2980, 1490, 2000, 1489)
    );
}

#[tokio::test]
async fn refunds_return_what_was_paid_and_no_more() {
    let world = World::new().await;
    let payment = world.paid(1000).await;
    let referred = payment
        .clone()
        .with_reference(world.pix.look_up(&payment).await.unwrap().reference);
    for (minor, payment) in [(333, &payment), (333, &referred), (334, &referred)] {
        let refund = world.refund(minor);
        for _ in 0..2 {
            assert_eq!(
                world.pix.refund(payment, &refund).await.unwrap(),
                RefundState::Succeeded
            );
        }
    }
    assert_eq!(world.moved(), (1000, 1000));
    let refused = world.pix.refund(&payment, &world.refund(1)).await.unwrap();
    assert!(
        matches!(&refused, RefundState::Failed(why) if why.contains("excederiam")),
        "{refused:?}"
    );
    let unpaid = world.begun(1000).await;
    let refused = world.pix.refund(&unpaid, &world.refund(1)).await.unwrap();
    assert_eq!(refused, RefundState::Failed("no money was taken".to_owned()));
}

#[tokio::test]
async fn a_refund_whose_answer_was_lost_is_made_once() {
    let world = World::new().await;
    let payment = world.paid(1000).await;
    for lost in [1, 2] {
        let refund = world.refund(100);
        world.fake.switch(|switches| switches.lose_answers = lost);
        let asked = world.pix.refund(&payment, &refund).await;
        assert_eq!(asked.is_ok(), lost == 1);
        assert_eq!(
            world.pix.refund(&payment, &refund).await.unwrap(),
            RefundState::Succeeded
        );
        let other = RefundRequest {
            amount: brl(200),
            ..refund
        };
        let refused = world.pix.refund(&payment, &other).await.unwrap();
        assert_eq!(refused, RefundState::Failed("another refund has this id".to_owned()));
    }
    assert_eq!(world.moved(), (1000, 200));
}

#[tokio::test]
async fn a_refund_that_takes_its_time_ends_as_the_bank_says() {
    let world = World::new().await;
    let payment = world.paid(1000).await;
    world.fake.switch(|switches| switches.refunds = RefundMode::Pends);
    let (comes, fails) = (world.refund(600), world.refund(400));
    for refund in [&comes, &fails] {
        assert_eq!(world.pix.refund(&payment, refund).await.unwrap(), RefundState::Pending);
    }
    assert!(world.fake.settle_refund(&comes.id.simple().to_string(), true));
    assert!(world.fake.settle_refund(&fails.id.simple().to_string(), false));
    assert_eq!(
        world.pix.refund(&payment, &comes).await.unwrap(),
        RefundState::Succeeded
    );
    let failed = RefundState::Failed("Negado por timeout.".to_owned());
    assert_eq!(world.pix.refund(&payment, &fails).await.unwrap(), failed);
    // What was not returned can be returned under another id.
    world.fake.switch(|switches| switches.refunds = RefundMode::Succeeds);
    assert_eq!(
        world.pix.refund(&payment, &world.refund(400)).await.unwrap(),
        RefundState::Succeeded
    );
    assert_eq!(world.moved(), (1000, 1000));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixty_four_refunds_at_once_return_exactly_what_was_paid() {
    let world = World::new().await;
    let payment = world.paid(1000).await;
    let refunds: Vec<_> = (0..64).map(|_| world.refund(100)).collect();
    let states = join_all(refunds.iter().map(|refund| world.pix.refund(&payment, refund))).await;
    let returned = states
        .iter()
        .filter(|state| matches!(state, Ok(RefundState::Succeeded)))
        .count();
    assert_eq!(returned, 10);
    assert_eq!(world.moved(), (1000, 1000));
    // Each is answered a second time as the first.
    let again = join_all(refunds.iter().map(|refund| world.pix.refund(&payment, refund))).await;
    for (first, second) in states.iter().zip(&again) {
        assert_eq!(first.as_ref().unwrap(), second.as_ref().unwrap());
    }
    assert_eq!(world.moved(), (1000, 1000));
}

#[tokio::test]
async fn movements_are_what_the_bank_received_and_returned_in_a_span_of_time() {
    let world = World::new().await;
    let start_us = world.now_us();
    let mut payments = Vec::new();
    for _ in 0..120 {
        payments.push(world.paid(1000).await);
    }
    world.fake.pay_without_charge(77);
    let paid_us = world.now_us();
    // A return weeks later belongs to its own time, and its transfer does not.
    world.clock.advance(Duration::from_hours(80 * 24));
    let refund = world.refund(400);
    world.pix.refund(&payments[0], &refund).await.unwrap();
    assert!(world.fake.take_back(&World::txid(&payments[1])));
    world.fake.switch(|switches| switches.refunds = RefundMode::Pends);
    world.pix.refund(&payments[2], &world.refund(1)).await.unwrap();

    let first = world.pix.movements(start_us, paid_us + 1).await.unwrap();
    assert_eq!(first.len(), 121);
    assert!(
        first
            .iter()
            .all(|one| one.kind == MovementKind::Payment && one.fee == brl(0))
    );
    let foreign: Vec<_> = first.iter().filter(|one| one.payment.is_none()).collect();
    assert_eq!(foreign.len(), 1);
    assert_eq!(foreign[0].amount, brl(77));
    for payment in &payments {
        assert_eq!(first.iter().filter(|one| one.payment == Some(payment.id())).count(), 1);
    }
    let later = world.pix.movements(paid_us + 1, world.now_us() + 1).await.unwrap();
    let mut kinds: Vec<_> = later
        .iter()
        .map(|one| (one.payment.unwrap(), &one.kind, one.amount))
        .collect();
    kinds.sort_by_key(|(_, _, amount)| amount.minor());
    assert_eq!(
        kinds,
        [
            (payments[0].id(), &MovementKind::Refund(Some(refund.id)), brl(400)),
            (payments[1].id(), &MovementKind::DisputeOpened, brl(1000)),
        ]
    );
    // The end of a span is not a part of it.
    assert_eq!(world.pix.movements(start_us, start_us).await.unwrap(), []);
    assert_eq!(world.pix.movements(paid_us, paid_us).await.unwrap(), []);
}
