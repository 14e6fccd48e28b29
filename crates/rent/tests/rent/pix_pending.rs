//! Orders by Pix that wait for their customer cost no work, and do not delay others.

use crate::pix::by_pix;
use crate::provider::Line;
use crate::world::{Store, World, order, stories};
use api::rent::OrderState;
use rent::checkpoint::{Moment, Step};
use std::time::Duration;
use store::Clock;

/// The longest pass of the reconciler: it takes milliseconds unless it never ends.
const PASS: Duration = Duration::from_mins(1);

stories!(
    an_unpaid_pix_holds_back_no_other_order,
    an_order_that_waits_for_its_customer_is_written_less_and_less_often,
    an_order_whose_provider_fails_is_asked_about_less_and_less_often,
    an_order_is_looked_at_also_after_the_clock_was_set_back,
);

impl Store {
    async fn reconcile_in_time(&self) {
        let pass = tokio::time::timeout(PASS, self.reconcile());
        pass.await.expect("the reconciler loops");
    }
}

async fn an_unpaid_pix_holds_back_no_other_order(mut world: World) {
    world.is_sole_process = true;
    let store = world.open();
    let (ana, bia) = (store.sign_up("ana").await, store.sign_up("bia").await);
    let waiting = store.place(&ana, by_pix("k", "rent-1")).await.unwrap();
    world.provider.set(Line::LateAnswers);
    let late = store.place(&bia, order("l", "rent-2")).await.unwrap();
    assert_eq!(late.state(), OrderState::Pending);
    world.provider.set(Line::Good);
    world.seconds_pass(1);

    let restarted = world.restart().await;
    restarted.reconcile_in_time().await;
    assert_eq!(restarted.get(&bia, &late.order_id).await.state(), OrderState::Fulfilled);
    assert_eq!(restarted.get(&ana, &waiting.order_id).await, waiting);
}

/// Everything that is stored of orders; it differs after any write.
async fn stored_orders(world: &World) -> Vec<(i64, bool, Option<i64>)> {
    const STORED: &str = "SELECT o.revision, o.answered, p.action_expires_at_us FROM orders o \
                          JOIN payments p ON p.customer_id = o.customer_id AND p.payment_id = o.order_id ORDER BY o.order_id";
    store::fetch_all!(&*world.db, (i64, bool, Option<i64>), STORED).unwrap()
}

/// The jobs of orders, which each look writes.
async fn stored_jobs(world: &World) -> Vec<(i64, i64, i64)> {
    const STORED: &str = "SELECT run_at_us, token, attempts FROM jobs WHERE kind = 'reconcile_order' ORDER BY job_key";
    store::fetch_all!(&*world.db, (i64, i64, i64), STORED).unwrap()
}

async fn an_order_that_waits_for_its_customer_is_written_less_and_less_often(mut world: World) {
    world.is_sole_process = true;
    let ana = world.open().sign_up("ana").await;
    world.open().place(&ana, by_pix("k", "rent-1")).await.unwrap();
    let before = stored_orders(&world).await;
    world.seconds_pass(1);
    let restarted = world.restart().await;
    let (mut looked_at_seconds, mut jobs) = (Vec::new(), stored_jobs(&world).await);
    for second in 1..=600 {
        restarted.reconcile_in_time().await;
        let jobs_now = stored_jobs(&world).await;
        if jobs_now != jobs {
            jobs = jobs_now;
            looked_at_seconds.push(second);
        }
        world.seconds_pass(1);
    }
    // The order itself is not written at all, and nothing is when no look is due.
    assert_eq!(stored_orders(&world).await, before);
    assert_eq!(looked_at_seconds, [1, 11, 22, 44, 88, 176, 296, 416, 536]);
    assert_eq!(world.provider.look_ups(), looked_at_seconds.len());
}

async fn an_order_whose_provider_fails_is_asked_about_less_and_less_often(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    let waiting = store.place(&ana, by_pix("k", "rent-1")).await.unwrap();
    world.seconds_pass(10);
    world.provider.set(Line::Dead);
    for _ in 0..60 {
        store.reconcile_in_time().await;
        world.seconds_pass(1);
    }
    // After pauses of 2, 4, 8 and 16 seconds, and up to a quarter more.
    assert_eq!(world.provider.look_ups(), 5);
    // The same after the provider answers again, after the longest pause at the latest.
    world.provider.set(Line::Good);
    world.crash.at(Step::Settle, Moment::Before);
    world.open().pay_or_die(&ana, &waiting.order_id).await;
    world
        .clock
        .advance(world.limits.reconcile_retries.longest_pause.mul_f64(1.25));
    store.reconcile_in_time().await;
    assert_eq!(store.get(&ana, &waiting.order_id).await.state(), OrderState::Fulfilled);
}

async fn an_order_is_looked_at_also_after_the_clock_was_set_back(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    let before_us = world.clock.now_us();
    world.hours_pass(48);
    store.place(&ana, by_pix("k", "rent-1")).await.unwrap();
    store.reconcile_in_time().await;
    assert_eq!(world.provider.look_ups(), 0, "its first look is not due");
    world.clock.set_us(before_us);
    store.reconcile_in_time().await;
    world.leases_end();
    store.reconcile_in_time().await;
    assert_eq!(world.provider.look_ups(), 1);
}
