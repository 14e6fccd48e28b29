//! Orders that are placed at the same time.

use crate::world::{Store, World, order, stories};
use api::rent::OrderState;
use futures::future::join_all;
use metrics_exporter_prometheus::PrometheusBuilder;

const AT_ONCE: usize = 64;

stories!(
    many_orders_at_once_with_one_key_are_one_order,
    many_orders_at_once_for_one_title_are_one_rental,
    customers_who_order_at_once_never_meet,
);

async fn many_orders_at_once_with_one_key_are_one_order(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    let answers = at_once(&store, &ana, |_| "k".to_owned()).await;
    let first = answers[0].as_ref().unwrap();
    assert_eq!(first.state(), OrderState::Fulfilled);
    assert!(answers.iter().all(|answer| answer.as_ref().unwrap() == first));
    assert_eq!(world.charge_calls(), 1);
    assert_eq!(store.orders(&ana).await.len(), 1);
    assert_eq!(store.library(&ana).await.len(), 1);
    assert_eq!(store.charged().await, 1);
}

async fn many_orders_at_once_for_one_title_are_one_rental(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    let answers = at_once(&store, &ana, |number| format!("k{number}")).await;
    let (made, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
    assert_eq!(made.len(), 1);
    for refusal in refused {
        let reason = refusal.unwrap_err().reason;
        assert!(["ALREADY_HELD", "TITLE_BEING_ORDERED"].contains(&&*reason), "{reason}");
    }
    assert_eq!(store.orders(&ana).await.len(), 1);
    assert_eq!(store.library(&ana).await.len(), 1);
    assert_eq!(store.charged().await, 1);
}

async fn at_once(
    store: &Store,
    ana: &crate::world::Shopper,
    key: impl Fn(usize) -> String,
) -> Vec<rpc::Result<api::rent::Order>> {
    let place = |number| {
        let (store, ana, order) = (store.clone(), ana.clone(), order(&key(number), "rent-1"));
        tokio::spawn(async move { store.place(&ana, order).await })
    };
    let tasks: Vec<_> = (0..AT_ONCE).map(place).collect();
    join_all(tasks).await.into_iter().map(Result::unwrap).collect()
}

async fn customers_who_order_at_once_never_meet(world: World) {
    let counted = PrometheusBuilder::new().build_recorder();
    let told = counted.handle();
    let store = world.open();
    let mut crowd = Vec::new();
    for number in 0..AT_ONCE {
        crowd.push(store.sign_up(&format!("customer-{number}")).await);
    }
    let _guard = metrics::set_default_local_recorder(&counted);
    let answers = join_all(crowd.iter().map(|one| store.place(one, order("k", "rent-1")))).await;
    for answer in answers {
        assert_eq!(answer.unwrap().state(), OrderState::Fulfilled);
    }
    assert_eq!(store.charged().await, AT_ONCE);
    let told = told.render();
    assert!(!told.contains("dvs_store_contention"), "{told}");
}

/// `SQLite` has one writer at a time, so this holds for `PostgreSQL` only.
#[tokio::test]
async fn an_order_waits_for_no_other_customers_order() {
    const HOLD: &str = "SELECT customer_id FROM customers WHERE email_folded LIKE 'ana@%' FOR UPDATE";
    const WAITING: &str = "SELECT count(*) FROM pg_stat_activity \
                           WHERE datname = current_database() AND wait_event_type = 'Lock'";
    let Some(world) = World::on_postgres().await else {
        return;
    };
    let store = world.open();
    let (ana, ben) = (store.sign_up("ana").await, store.sign_up("ben").await);
    let mut holds = world.db.begin_write_row_by_row().await.unwrap();
    store::fetch_one!(holds, (uuid::Uuid,), HOLD).unwrap();
    let placing = tokio::spawn({
        let store = store.clone();
        async move { store.place(&ana, order("k", "rent-1")).await }
    });
    while store::fetch_one!(world.db, (i64,), WAITING).unwrap() == (0,) {
        tokio::task::yield_now().await;
    }
    let placed = store.place(&ben, order("k", "rent-1")).await.unwrap();
    assert_eq!(placed.state(), OrderState::Fulfilled);
    assert!(!placing.is_finished());
    drop(holds);
    assert_eq!(placing.await.unwrap().unwrap().state(), OrderState::Fulfilled);
}
