//! What the sandbox promises as a payment provider, on both engines.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::sync::Arc;

use futures::future::join_all;
use payments::sandbox::{MIGRATIONS, Sandbox, is_own_code};
use payments::{
    Checkout, Currency, DeclineReason, Money, MovementKind, NextAction, PaymentMethod, PaymentProvider, PaymentRef,
    PaymentRequest, PaymentState, PaymentToken, ProviderError, RefundRequest, RefundState,
};
use store::Db;
use store::testing::ManualClock;
use uuid::Uuid;

store::each_engine!(MIGRATIONS:
    a_payment_that_is_started_again_is_answered_as_it_is,
    each_token_has_its_answer,
    a_payment_that_was_cancelled_never_succeeds,
    a_pix_waits_until_it_is_paid,
    a_pix_that_was_cancelled_is_paid_no_more,
    only_money_that_was_taken_is_returned,
    parts_of_a_payment_are_returned_up_to_all_of_it,
    of_starts_at_once_one_decides,
    charges_are_listed_page_by_page_oldest_first,
    money_is_recorded_when_it_moves,
    pix_is_offered_and_taken_in_reais_alone,
);

const PAY_BY_US: i64 = 900_000_000;

fn open(db: &Db) -> Sandbox {
    Sandbox::open(db.clone(), Arc::new(ManualClock::default()))
}

fn payment(number: u8) -> PaymentRef {
    PaymentRef::new(Uuid::from_u128(number.into()))
}

fn by_card(number: u8, token: &str) -> PaymentRequest {
    PaymentRequest {
        payment: payment(number),
        amount: Money::parse(1490, "BRL").unwrap(),
        method: PaymentMethod::Card,
        token: PaymentToken::parse(token).unwrap(),
        pay_by_us: PAY_BY_US,
        checkout: Checkout::default(),
    }
}

fn by_pix(number: u8) -> PaymentRequest {
    PaymentRequest {
        method: PaymentMethod::Pix,
        token: PaymentToken::default(),
        ..by_card(number, "none")
    }
}

fn refund(number: u8, minor: i64) -> RefundRequest {
    RefundRequest {
        id: Uuid::from_u128(number.into()),
        amount: Money::parse(minor, "BRL").unwrap(),
    }
}

async fn a_payment_that_is_started_again_is_answered_as_it_is(db: &Db) {
    let sandbox = open(db);
    assert_eq!(sandbox.look_up(&payment(1)).await.unwrap().state, PaymentState::Pending);
    for token in ["tok_visa", "tok_declined", "tok_visa"] {
        assert_eq!(
            sandbox.start(&by_card(1, token)).await.unwrap().state,
            PaymentState::Succeeded,
            "{token}"
        );
    }
    // A process that starts later finds the same.
    let later = open(db);
    assert_eq!(later.look_up(&payment(1)).await.unwrap().state, PaymentState::Succeeded);
    let [charge] = later.list(0, 10).await.unwrap().try_into().unwrap();
    assert_eq!((charge.payment, charge.amount.minor()), (payment(1), 1490));
}

async fn each_token_has_its_answer(db: &Db) {
    let sandbox = open(db);
    let declined = [
        ("tok_declined", DeclineReason::Declined),
        ("tok_insufficient_funds", DeclineReason::InsufficientFunds),
        ("tok_unheard_of", DeclineReason::InvalidToken),
    ];
    for (number, (token, reason)) in (1..).zip(declined) {
        let state = sandbox.start(&by_card(number, token)).await.unwrap().state;
        assert_eq!(state, PaymentState::Declined(reason), "{token}");
        assert_eq!(sandbox.look_up(&payment(number)).await.unwrap().state, state);
    }
    let once = by_card(9, "tok_error_once");
    assert!(matches!(sandbox.start(&once).await, Err(ProviderError::Failed(_))));
    assert_eq!(sandbox.look_up(&payment(9)).await.unwrap().state, PaymentState::Pending);
    assert_eq!(sandbox.start(&once).await.unwrap().state, PaymentState::Succeeded);
}

async fn a_payment_that_was_cancelled_never_succeeds(db: &Db) {
    let sandbox = open(db);
    for _ in 0..2 {
        assert_eq!(
            sandbox.cancel(&payment(1)).await.unwrap().state,
            PaymentState::Cancelled
        );
        let started = sandbox.start(&by_card(1, "tok_visa")).await;
        assert_eq!(started.unwrap().state, PaymentState::Cancelled);
    }
    assert_eq!(sandbox.list(0, 10).await.unwrap(), []);

    // A payment that succeeded before stays so, and the answer says it.
    sandbox.start(&by_card(2, "tok_visa")).await.unwrap();
    assert_eq!(
        sandbox.cancel(&payment(2)).await.unwrap().state,
        PaymentState::Succeeded
    );
}

async fn a_pix_waits_until_it_is_paid(db: &Db) {
    let sandbox = open(db);
    let waiting = sandbox.start(&by_pix(1)).await.unwrap().state;
    let PaymentState::NeedsAction(NextAction::ShowCode { code, expires_at_us }) = waiting.clone() else {
        panic!("{waiting:?}");
    };
    assert!(is_own_code(&code) && code.contains("540514.90"), "{code}");
    assert_eq!(expires_at_us, PAY_BY_US);
    assert!(!is_own_code(&code.replace("pix.sandbox.invalid", "pix.bank.example")));
    assert_eq!(sandbox.look_up(&payment(1)).await.unwrap().state, waiting);
    assert_eq!(sandbox.start(&by_pix(1)).await.unwrap().state, waiting);
    assert_eq!(sandbox.list(0, 10).await.unwrap(), [], "no money has moved");

    for _ in 0..2 {
        assert_eq!(sandbox.pay(&payment(1)).await.unwrap(), PaymentState::Succeeded);
    }
    assert_eq!(
        sandbox.look_up(&payment(1)).await.unwrap().state,
        PaymentState::Succeeded
    );
}

async fn a_pix_that_was_cancelled_is_paid_no_more(db: &Db) {
    let sandbox = open(db);
    sandbox.start(&by_pix(1)).await.unwrap();
    assert_eq!(
        sandbox.cancel(&payment(1)).await.unwrap().state,
        PaymentState::Cancelled
    );
    assert_eq!(sandbox.pay(&payment(1)).await.unwrap(), PaymentState::Cancelled);
}

async fn only_money_that_was_taken_is_returned(db: &Db) {
    let sandbox = open(db);
    let failed = |state| matches!(state, RefundState::Failed(_));
    assert!(failed(sandbox.refund(&payment(1), &refund(1, 1)).await.unwrap()));
    sandbox.start(&by_card(2, "tok_declined")).await.unwrap();
    assert!(failed(sandbox.refund(&payment(2), &refund(2, 1)).await.unwrap()));
    sandbox.start(&by_card(3, "tok_visa")).await.unwrap();
    let in_dollars = RefundRequest {
        amount: Money::parse(1490, "USD").unwrap(),
        ..refund(3, 1490)
    };
    assert!(failed(sandbox.refund(&payment(3), &in_dollars).await.unwrap()));
    for _ in 0..2 {
        let returned = sandbox.refund(&payment(3), &refund(4, 1490)).await.unwrap();
        assert_eq!(returned, RefundState::Succeeded);
    }
    assert!(failed(sandbox.refund(&payment(3), &refund(5, 1)).await.unwrap()));
    let charge = sandbox.list(0, 10).await.unwrap().pop().unwrap();
    assert_eq!((charge.refunded.minor(), charge.is_refunded()), (1490, true));
}

async fn parts_of_a_payment_are_returned_up_to_all_of_it(db: &Db) {
    let sandbox = open(db);
    sandbox.start(&by_card(1, "tok_visa")).await.unwrap();
    // A refund under another's id is none.
    assert_eq!(
        sandbox.refund(&payment(1), &refund(1, 90)).await.unwrap(),
        RefundState::Succeeded
    );
    let other = sandbox.refund(&payment(1), &refund(1, 91)).await.unwrap();
    assert!(matches!(other, RefundState::Failed(_)));
    let parts: Vec<_> = (2..66).map(|number| refund(number, 100)).collect();
    let charged = payment(1);
    let answers = join_all(parts.iter().map(|part| sandbox.refund(&charged, part))).await;
    let returned = answers
        .into_iter()
        .filter(|answer| *answer.as_ref().unwrap() == RefundState::Succeeded);
    assert_eq!(returned.count(), 14);
    let [charge] = sandbox.list(0, 10).await.unwrap().try_into().unwrap();
    assert!(charge.is_refunded());
}

async fn of_starts_at_once_one_decides(db: &Db) {
    let sandbox = open(db);
    let requests: Vec<_> = ["tok_visa", "tok_declined", "tok_insufficient_funds", "tok_visa"]
        .map(|token| by_card(1, token))
        .into();
    let answers = join_all(requests.iter().map(|request| sandbox.start(request))).await;
    let decided = sandbox.look_up(&payment(1)).await.unwrap().state;
    for answer in answers {
        assert_eq!(answer.unwrap().state, decided);
    }
    assert_eq!(sandbox.list(0, 10).await.unwrap().len(), 1);
}

async fn charges_are_listed_page_by_page_oldest_first(db: &Db) {
    let sandbox = open(db);
    for (number, token) in [(3, "tok_visa"), (1, "tok_declined"), (2, "tok_visa")] {
        sandbox.start(&by_card(number, token)).await.unwrap();
    }
    sandbox.refund(&payment(3), &refund(1, 1490)).await.unwrap();
    let first = sandbox.list(0, 2).await.unwrap();
    let rest = sandbox.list(first[1].number, 2).await.unwrap();
    let listed: Vec<_> = first
        .into_iter()
        .chain(rest)
        .map(|one| (one.payment.clone(), one.is_refunded(), one.state))
        .collect();
    let expected = [
        (payment(3), true, PaymentState::Succeeded),
        (payment(1), false, PaymentState::Declined(DeclineReason::Declined)),
        (payment(2), false, PaymentState::Succeeded),
    ];
    assert_eq!(listed, expected);
}

async fn pix_is_offered_and_taken_in_reais_alone(db: &Db) {
    let sandbox = open(db);
    assert_eq!(
        sandbox.methods(Currency::BRL),
        [PaymentMethod::Card, PaymentMethod::Pix]
    );
    assert_eq!(sandbox.methods(Currency::USD), [PaymentMethod::Card]);
    let in_dollars = PaymentRequest {
        amount: Money::parse(1490, "USD").unwrap(),
        ..by_pix(1)
    };
    let state = sandbox.start(&in_dollars).await.unwrap().state;
    assert_eq!(state, PaymentState::Declined(DeclineReason::Declined));
}

/// The record has what was taken and returned, at the time when it was, and nothing that was not paid.
async fn money_is_recorded_when_it_moves(db: &Db) {
    let clock = Arc::new(ManualClock::at_us(1_000));
    let sandbox = Sandbox::open(db.clone(), clock.clone());
    sandbox.start(&by_card(1, "tok_visa")).await.unwrap();
    sandbox.start(&by_card(2, "tok_declined")).await.unwrap();
    sandbox.start(&by_pix(3)).await.unwrap();
    clock.set_us(2_000);
    sandbox.pay(&payment(3)).await.unwrap();
    // A repeated call moves nothing.
    sandbox.start(&by_card(1, "tok_visa")).await.unwrap();
    clock.set_us(3_000);
    sandbox.refund(&payment(1), &refund(7, 490)).await.unwrap();
    let moved = sandbox.movements(0, i64::MAX).await.unwrap();
    let told: Vec<_> = moved
        .iter()
        .map(|one| (one.kind, one.payment, one.amount.minor(), one.at_us))
        .collect();
    let of = |number: u8| Some(payment(number).id());
    let expected = [
        (MovementKind::Payment, of(1), 1490, 1_000),
        (MovementKind::Payment, of(3), 1490, 2_000),
        (MovementKind::Refund(Some(refund(7, 490).id)), of(1), 490, 3_000),
    ];
    assert_eq!(told, expected);
    assert_eq!(moved[2].reference, refund(7, 490).id.to_string());
    // The beginning of a span belongs to it, and its end does not.
    assert_eq!(sandbox.movements(2_000, 3_000).await.unwrap(), moved[1..2]);
}
