//! Random sequences of orders, crashes, repeated calls, faults of the provider and passes of the reconciler. After each
//! of them, money and entitlements must agree.

use std::collections::HashMap;

use api::catalogue::OfferKind;
use api::rent::{CancelOrderRequest, OrderState, Payment, PaymentMethod, SandboxChargeState};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseResult};
use rent::checkpoint::{Moment, RECONCILING_STEPS, STEPS, Step};

use crate::provider::Line;
use crate::world::{Shopper, Store, World, code_of, order_on};

#[derive(Debug, Clone)]
enum Event {
    Place {
        key: u8,
        offer: &'static str,
        token: &'static str,
        line: Line,
    },
    /// Pays, or cancels, the last order that waits for a Pix.
    Pay,
    GiveUp,
    Reconcile,
    /// The next process that reaches this moment dies.
    Crash(Step, Moment),
    SecondsPass(u64),
}

fn any_event() -> impl Strategy<Value = Event> {
    let offers = prop::sample::select(vec!["rent-0", "rent-0", "buy-0", "rent-1"]);
    let tokens = prop::sample::select(vec![
        "tok_visa",
        "tok_visa",
        "tok_declined",
        "tok_error_once",
        "pix",
        "pix",
    ]);
    let lines = prop::sample::select(vec![
        Line::Good,
        Line::Good,
        Line::LateAnswers,
        Line::NoCharges,
        Line::Dead,
    ]);
    let steps: Vec<_> = STEPS.into_iter().chain(RECONCILING_STEPS).collect();
    let moments = prop::sample::select(vec![Moment::Before, Moment::After]);
    prop_oneof![
        4 => (0_u8..4, offers, tokens, lines).prop_map(|(key, offer, token, line)| Event::Place { key, offer, token, line }),
        2 => Just(Event::Pay),
        1 => Just(Event::GiveUp),
        2 => Just(Event::Reconcile),
        3 => (prop::sample::select(steps), moments).prop_map(|(step, moment)| Event::Crash(step, moment)),
        1 => (0_u64..20).prop_map(Event::SecondsPass),
        1 => (880_u64..920).prop_map(Event::SecondsPass),
    ]
}

async fn live(world: &World, ana: &Shopper, events: &[Event]) {
    // Each event runs in a process of its own, as if the one before had died or another one ran at the same time.
    for event in events {
        let store = world.open();
        match event {
            Event::Place {
                key,
                offer,
                token,
                line,
            } => {
                world.provider.set(*line);
                let mut request = order_on(&format!("k{key}"), offer, token);
                if *token == "pix" {
                    request.payment = Some(Payment {
                        method: PaymentMethod::Pix.into(),
                        token: String::new(),
                    });
                }
                store.place_or_die(ana, request).await;
            }
            Event::Pay => {
                if let Some(order_id) = waiting(&store, ana).await {
                    store.pay_or_die(ana, &order_id).await;
                }
            }
            Event::GiveUp => {
                if let Some(order_id) = waiting(&store, ana).await {
                    let call = store.by(ana, CancelOrderRequest { order_id }).await;
                    let _ = tokio::spawn(async move { store.rent.cancel_order(call).await }).await;
                }
            }
            Event::Reconcile => store.reconcile().await,
            Event::Crash(step, moment) => world.crash.at(*step, *moment),
            Event::SecondsPass(seconds) => world.seconds_pass(*seconds),
        }
    }
}

async fn waiting(store: &Store, ana: &Shopper) -> Option<String> {
    let orders = store.orders(ana).await;
    let waits = orders.into_iter().find(|order| code_of(order).is_some());
    waits.map(|order| order.order_id)
}

/// After everything has come to an end: every order has ended, and money and rights agree.
async fn balance(world: &World, ana: &Shopper) -> TestCaseResult {
    world.crash.call_off();
    world.provider.set(Line::Good);
    world.orders_lapse();
    // What a crash kept from being written is written now, and unpaid orders expire.
    world.open().reconcile().await;
    world.seconds_pass(16 * 60);
    let store = world.open();
    store.reconcile().await;

    let charges: HashMap<_, _> = store
        .charges()
        .await
        .into_iter()
        .map(|one| (one.order_id.clone(), one.state()))
        .collect();
    for order in store.orders(ana).await {
        let charge = charges.get(&order.order_id).copied();
        let agrees = match order.state() {
            OrderState::Fulfilled => {
                charge == Some(SandboxChargeState::Charged) && order.entitlements.len() == order.lines.len()
            }
            OrderState::Declined => charge == Some(SandboxChargeState::Declined) && order.entitlements.is_empty(),
            OrderState::Cancelled => charge.is_none() && order.entitlements.is_empty(),
            OrderState::Refunded => charge == Some(SandboxChargeState::Refunded) && order.entitlements.is_empty(),
            OrderState::Pending | OrderState::Paid | OrderState::Unspecified => false,
        };
        prop_assert!(agrees, "{order:?} was {charge:?}");
    }
    each_title_is_held_once(&store, ana).await
}

async fn each_title_is_held_once(store: &Store, ana: &Shopper) -> TestCaseResult {
    let library = store.library(ana).await;
    prop_assert_eq!(library.len(), store.charged().await);
    for kind in [OfferKind::Rent, OfferKind::Buy] {
        let mut titles: Vec<_> = library
            .iter()
            .filter(|one| one.kind() == kind)
            .map(|one| &one.title_id)
            .collect();
        let count = titles.len();
        titles.sort_unstable();
        titles.dedup();
        prop_assert_eq!(titles.len(), count, "{:?} is held twice", kind);
    }
    Ok(())
}

proptest! {
    #![proptest_config(Config { cases: 48, failure_persistence: None, ..Config::default() })]

    #[test]
    fn no_customer_is_charged_twice_or_entitled_twice_or_charged_for_nothing(events in prop::collection::vec(any_event(), 1..14)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let world = World::on_sqlite().await;
            let ana = world.open().sign_up("ana").await;
            live(&world, &ana, &events).await;
            balance(&world, &ana).await
        })?;
    }
}
