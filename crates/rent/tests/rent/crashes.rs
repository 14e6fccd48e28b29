//! The process dies before or after each step; the next process finishes or undoes the order.

use api::rent::{Order, OrderState, SandboxChargeState};
use rent::checkpoint::{Moment, RECONCILING_STEPS, STEPS, Step};

use crate::ledger_check::expect_right;
use crate::provider::Line;
use crate::world::{Shopper, Store, World, order, stories};

const MOMENTS: [Moment; 2] = [Moment::Before, Moment::After];

stories!(
    a_process_that_dies_while_it_places_an_order_leaves_one_charge_and_one_entitlement_or_neither,
    an_order_that_is_repeated_right_after_the_crash_is_charged_once,
    a_reconciler_that_dies_is_followed_by_one_that_finishes,
    a_refund_that_is_cut_off_is_given_once,
    the_only_process_takes_up_at_once_what_the_one_before_left_open,
);

/// One charge and one entitlement, or neither; and the title is not reserved any more.
async fn expect_whole(store: &Store, ana: &Shopper, offer: &str, context: &str) {
    let orders = store.orders(ana).await;
    let open: Vec<_> = orders.iter().filter(|order| is_open(order)).collect();
    assert!(open.is_empty(), "{context}: {open:?}");
    let fulfilled = orders
        .iter()
        .filter(|order| order.state() == OrderState::Fulfilled)
        .count();
    assert_eq!(store.charged().await, fulfilled, "{context}");
    assert_eq!(store.library(ana).await.len(), fulfilled, "{context}");
    if orders
        .iter()
        .all(|order| order.lines[0].offer_id != offer || order.state() != OrderState::Fulfilled)
    {
        let again = store
            .place(ana, order(&format!("{context}-again"), offer))
            .await
            .unwrap();
        assert_eq!(
            again.state(),
            OrderState::Fulfilled,
            "{context}: the title stayed blocked"
        );
    }
    expect_right(store, context).await;
}

fn is_open(order: &Order) -> bool {
    matches!(order.state(), OrderState::Pending | OrderState::Paid)
}

/// A film for each moment, so that one customer can go through all of them.
fn moments(steps: &[Step]) -> Vec<(Step, Moment, String)> {
    let moments = steps.iter().flat_map(|step| MOMENTS.map(|moment| (*step, moment)));
    (0..)
        .zip(moments)
        .map(|(number, (step, moment))| (step, moment, format!("rent-{number}")))
        .collect()
}

async fn a_process_that_dies_while_it_places_an_order_leaves_one_charge_and_one_entitlement_or_neither(world: World) {
    let ana = world.open().sign_up("ana").await;
    for (step, moment, offer) in moments(&STEPS) {
        let context = format!("{}-{}", moment.name(), step.name());
        world.crash.at(step, moment);
        let outcome = world.open().place_or_die(&ana, order(&context, &offer)).await;
        assert!(!matches!(outcome, Some(Ok(_))), "{context}: no process died");
        assert!(!world.crash.call_off());

        let store = world.open();
        world.orders_lapse();
        store.reconcile().await;
        expect_whole(&store, &ana, &offer, &context).await;
        // After that, each step once more: the same order is sent again.
        let again = store.place(&ana, order(&context, &offer)).await;
        let held = again.as_ref().is_err_and(|fault| fault.reason == "ALREADY_HELD");
        assert!(held || again.is_ok_and(|order| !is_open(&order)), "{context}");
        expect_whole(&store, &ana, &offer, &context).await;
    }
}

async fn an_order_that_is_repeated_right_after_the_crash_is_charged_once(world: World) {
    let ana = world.open().sign_up("ana").await;
    for (step, moment, offer) in moments(&STEPS) {
        let context = format!("{}-{}", moment.name(), step.name());
        world.crash.at(step, moment);
        world.open().place_or_die(&ana, order(&context, &offer)).await;
        let store = world.open();
        // At once, although the dead process left the order open: the customer does not wait for the reconciler.
        let again = store.place(&ana, order(&context, &offer)).await.unwrap();
        assert_eq!(again.state(), OrderState::Fulfilled, "{context}");
        world.orders_lapse();
        store.reconcile().await;
        expect_whole(&store, &ana, &offer, &context).await;
    }
}

async fn a_reconciler_that_dies_is_followed_by_one_that_finishes(world: World) {
    let ana = world.open().sign_up("ana").await;
    let steps = [Step::Leave, Step::LookUp, Step::Cancel, Step::Settle];
    for (step, moment, offer) in moments(&steps) {
        let context = format!("{}-{}", moment.name(), step.name());
        world.provider.set(Line::NoCharges);
        world.crash.at(step, moment);
        world.open().place_or_die(&ana, order(&context, &offer)).await;
        world.provider.set(Line::Good);
        world.orders_lapse();
        world.open().reconcile().await;
        assert!(!world.crash.call_off(), "{context}: no process died");

        world.leases_end();
        let store = world.open();
        store.reconcile().await;
        expect_whole(&store, &ana, &offer, &context).await;
    }
}

async fn a_refund_that_is_cut_off_is_given_once(world: World) {
    let ana = world.open().sign_up("ana").await;
    let store = world.open();
    for (number, moment) in (0..).zip(MOMENTS) {
        world.provider.set(Line::LateAnswers);
        let waiting = store
            .place(&ana, order(&format!("k{number}"), &format!("buy-{number}")))
            .await
            .unwrap();
        world.provider.set(Line::Good);
        let gift = store
            .place(&ana, order(&format!("l{number}"), &format!("buy-{}", number + 2)))
            .await
            .unwrap();
        give_away(&world, &gift, &format!("film-{number}")).await;
        world.crash.at(Step::Refund, moment);
        world.open().reconcile().await;
        assert!(!world.crash.call_off(), "{moment:?}: no process died");
        world.leases_end();
        world.open().reconcile().await;
        let orders = store.orders(&ana).await;
        let refunded = orders.iter().find(|order| order.order_id == waiting.order_id).unwrap();
        assert_eq!(refunded.state(), OrderState::Refunded, "{moment:?}");
    }
    let states = store.charges().await.into_iter().map(|charge| charge.state());
    assert_eq!(states.filter(|state| *state == SandboxChargeState::Refunded).count(), 2);
    assert_eq!(store.charged().await, store.library(&ana).await.len());
    expect_right(&store, "refunds").await;
}

async fn the_only_process_takes_up_at_once_what_the_one_before_left_open(mut world: World) {
    world.is_sole_process = true;
    let ana = world.open().sign_up("ana").await;
    for (step, moment, offer) in moments(&STEPS) {
        let context = format!("{}-{}", moment.name(), step.name());
        world.crash.at(step, moment);
        world.open().place_or_die(&ana, order(&context, &offer)).await;
        world.clock.advance(std::time::Duration::from_micros(1));
        let store = world.restart().await;
        store.reconcile().await;
        expect_whole(&store, &ana, &offer, &context).await;
    }
}

/// The operator changes which film an order gave.
pub(crate) async fn give_away(world: &World, order: &Order, film: &str) {
    const GIVE: &str = "UPDATE entitlements SET title_id = $2 WHERE order_id = $1";
    let order = uuid::Uuid::parse_str(&order.order_id).unwrap();
    let given: Result<(), store::Error> = store::write_tx!(world.db, |tx| -> Result<(), store::Error> {
        store::exactly_one(store::execute!(tx, GIVE, order, film)?)
    });
    given.unwrap();
}

#[test]
fn every_step_has_a_name_of_its_own() {
    let mut names: Vec<_> = STEPS.iter().chain(&RECONCILING_STEPS).map(|step| step.name()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), STEPS.len() + RECONCILING_STEPS.len());
}
