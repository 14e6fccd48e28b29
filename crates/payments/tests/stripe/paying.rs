//! Beginning a payment, paying it and cancelling it.

use std::time::Duration;

use fake_providers::stripe::Outcome;
use payments::{Currency, DeclineReason, PaymentMethod, PaymentProvider as _, PaymentRef, PaymentState, ProviderError};
use store::{Clock as _, Ids as _};

use crate::world::{MINUTE_US, World, page};

#[tokio::test]
async fn a_payment_begins_with_a_page_and_succeeds_when_the_customer_pays_there() {
    let world = World::new().await;
    let request = world.request(1490, "BRL");
    assert_eq!(world.state(&request.payment).await, PaymentState::Pending);
    let begun = world.stripe.start(&request).await.unwrap();
    let session = begun.reference.clone().unwrap();
    let (url, expires_at_us) = page(&begun);
    assert!(url.starts_with(world.fake.url()));
    assert!(expires_at_us > world.clock.now_us() + 30 * MINUTE_US);
    // The same again, also without the reference and after a while, is the same page.
    world.clock.advance(Duration::from_mins(2));
    assert_eq!(world.stripe.start(&request).await.unwrap(), begun);
    assert_eq!(world.stripe.look_up(&request.payment).await.unwrap(), begun);
    let payment = request.payment.clone().with_reference(begun.reference.clone());
    assert_eq!(world.stripe.look_up(&payment).await.unwrap(), begun);

    let made = world.fake.session_of(&payment.to_string()).unwrap();
    assert_eq!(made["success_url"], request.checkout.return_url);
    assert_eq!(
        (&made["locale"], &made["customer_email"]),
        (&"pt-BR".into(), &"ana@example.com".into())
    );
    assert_eq!(made["metadata"]["payment_id"], payment.to_string());

    assert!(world.fake.visit(&session, Outcome::Approved));
    assert_eq!(world.state(&payment).await, PaymentState::Succeeded);
    assert_eq!(world.state(&request.payment).await, PaymentState::Succeeded);
    assert_eq!(world.taken(), (1490, 0));
}

#[tokio::test]
async fn a_card_that_is_declined_leaves_the_page_open_for_another() {
    let world = World::new().await;
    let (payment, session) = world.begun(1490).await;
    assert!(world.fake.visit(&session, Outcome::Declined));
    assert!(matches!(world.state(&payment).await, PaymentState::NeedsAction(_)));
    assert!(world.fake.visit(&session, Outcome::Approved));
    assert_eq!(world.state(&payment).await, PaymentState::Succeeded);
}

#[tokio::test]
async fn a_page_that_nobody_pays_on_expires() {
    let world = World::new().await;
    let (payment, session) = world.begun(1490).await;
    world.clock.advance(Duration::from_mins(36));
    assert_eq!(world.state(&payment).await, PaymentState::Cancelled);
    assert!(!world.fake.visit(&session, Outcome::Approved));
    assert_eq!(world.taken(), (0, 0));
}

#[tokio::test]
async fn a_payment_whose_money_comes_later_waits_for_it() {
    let world = World::new().await;
    let (comes, session) = world.begun(1490).await;
    assert!(world.fake.visit(&session, Outcome::Delayed));
    assert_eq!(world.state(&comes).await, PaymentState::Pending);
    // It cannot be cancelled: the money is on its way.
    assert_eq!(world.stripe.cancel(&comes).await.unwrap().state, PaymentState::Pending);
    world.fake.settle(&session, true);
    assert_eq!(world.state(&comes).await, PaymentState::Succeeded);

    let (fails, session) = world.begun(1490).await;
    assert!(world.fake.visit(&session, Outcome::Delayed));
    world.fake.settle(&session, false);
    assert_eq!(
        world.state(&fails).await,
        PaymentState::Declined(DeclineReason::Declined)
    );
}

#[tokio::test]
async fn a_lost_answer_makes_no_second_page() {
    let world = World::new().await;
    let request = world.request(1490, "BRL");
    // Once: the request is sent again at once, under the same key.
    world.fake.switch(|switches| switches.lose_answers = 1);
    let begun = world.stripe.start(&request).await.unwrap();
    assert_eq!(world.fake.list("checkout.session").len(), 1);
    assert_eq!(world.stripe.start(&request).await.unwrap(), begun);

    // Twice: the store has no answer, and finds the page by the payment's id and time.
    let request = world.request(1490, "BRL");
    world.fake.switch(|switches| switches.lose_answers = 2);
    assert!(matches!(
        world.stripe.start(&request).await,
        Err(ProviderError::Failed(_))
    ));
    world.clock.advance(Duration::from_mins(3));
    let found = world.stripe.look_up(&request.payment).await.unwrap();
    assert!(page(&found).0.starts_with(world.fake.url()));
    assert_eq!(world.fake.list("checkout.session").len(), 2);
    assert_eq!(
        world.stripe.cancel(&request.payment).await.unwrap().state,
        PaymentState::Cancelled
    );
    assert!(!world.fake.visit(&found.reference.unwrap(), Outcome::Approved));
}

#[tokio::test]
async fn a_page_is_found_among_hundreds() {
    let world = World::new().await;
    let first = world.begun(1490).await;
    for _ in 0..250 {
        world.begun(1490).await;
    }
    let (payment, session) = first;
    let unheard = PaymentRef::new(payment.id());
    assert_eq!(world.stripe.look_up(&unheard).await.unwrap().reference, Some(session));
    let unknown = PaymentRef::new(world.ids.next());
    assert_eq!(world.state(&unknown).await, PaymentState::Pending);
}

#[tokio::test]
async fn a_cancelled_payment_never_succeeds_and_a_paid_one_stays_paid() {
    let world = World::new().await;
    let (open, session) = world.begun(1490).await;
    for _ in 0..2 {
        assert_eq!(world.stripe.cancel(&open).await.unwrap().state, PaymentState::Cancelled);
    }
    assert!(!world.fake.visit(&session, Outcome::Approved));
    let (paid, _) = world.paid(1490).await;
    assert_eq!(world.stripe.cancel(&paid).await.unwrap().state, PaymentState::Succeeded);
    let unknown = PaymentRef::new(world.ids.next());
    assert_eq!(
        world.stripe.cancel(&unknown).await.unwrap().state,
        PaymentState::Cancelled
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_cancelling_and_paying_at_once_one_wins() {
    let world = World::new().await;
    for _ in 0..30 {
        let (payment, session) = world.begun(1490).await;
        let before = world.taken().0;
        let paying = async {
            tokio::task::yield_now().await;
            world.fake.visit(&session, Outcome::Approved)
        };
        let (cancelled, is_paid) = futures::join!(world.stripe.cancel(&payment), paying);
        let state = cancelled.unwrap().state;
        let expected = if is_paid {
            PaymentState::Succeeded
        } else {
            PaymentState::Cancelled
        };
        assert_eq!(state, expected);
        assert_eq!(world.taken().0 - before, if is_paid { 1490 } else { 0 });
    }
}

#[tokio::test]
async fn amounts_are_in_the_units_of_the_currency() {
    let world = World::new().await;
    for (minor, currency, there) in [
        (500, "JPY", 500),
        (1_250, "KWD", 1_250),
        (900, "ISK", 90_000),
        (99_999_999, "USD", 99_999_999),
    ] {
        let request = world.request(minor, currency);
        let begun = world.stripe.start(&request).await.unwrap();
        page(&begun);
        let made = world.fake.session_of(&request.payment.to_string()).unwrap();
        assert_eq!(
            (made["amount_total"].as_i64(), made["currency"].as_str()),
            (Some(there), Some(&*currency.to_lowercase()))
        );
    }
    for (minor, currency) in [
        (1, "USD"),
        (49, "BRL"),
        (100_000_000, "USD"),
        (1_000_000_000_000, "BRL"),
        (1_255, "KWD"),
    ] {
        let refused = world.stripe.start(&world.request(minor, currency)).await.unwrap();
        assert_eq!(
            refused.state,
            PaymentState::Declined(DeclineReason::AmountNotAccepted),
            "{currency} {minor}"
        );
    }
    assert_eq!(
        world.stripe.methods(Currency::BRL),
        [PaymentMethod::Card, PaymentMethod::Pix]
    );
    assert_eq!(world.stripe.methods(Currency::JPY), [PaymentMethod::Card]);
    assert_eq!(world.stripe.methods(Currency::KPW), []);
}

#[tokio::test]
async fn a_payment_that_is_begun_again_with_other_words_keeps_its_page() {
    let world = World::new().await;
    let mut request = world.request(1490, "BRL");
    let begun = world.stripe.start(&request).await.unwrap();
    request.checkout.email = "maria@example.com".to_owned();
    assert_eq!(world.stripe.start(&request).await.unwrap(), begun);
    request.payment = request.payment.with_reference(begun.reference.clone());
    world.fake.switch(|switches| switches.forget_keys = true);
    assert_eq!(world.stripe.start(&request).await.unwrap(), begun);
    assert_eq!(world.fake.list("checkout.session").len(), 1);
}
