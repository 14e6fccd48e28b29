//! The jobs that look after open orders: one for each, which nothing loses and no two processes do at once.

use std::time::Duration;

use api::rent::{CancelOrderRequest, OrderState};
use rpc::Call;
use store::jobs::Jobs;
use store::testing::{TestDb, migrations_before};
use store::{Db, fetch_all, fetch_one};
use uuid::Uuid;

use crate::crashes::give_away;
use crate::pix::by_pix;
use crate::provider::Line;
use crate::world::{Store, World, order, order_on, stories};

/// The migration that gave orders their jobs.
const UPGRADE: i64 = 11;
const KIND: &str = "reconcile_order";

stories!(
    an_order_has_a_job_while_it_is_open,
    a_provider_that_is_down_for_days_is_asked_until_it_answers,
    an_order_is_looked_after_by_one_process,
    an_order_whose_process_died_is_taken_up_when_its_lease_ends,
    a_worker_that_comes_back_late_ends_nothing,
    a_look_that_follows_the_end_of_its_order_does_nothing,
);

/// The orders that are looked after.
async fn looked_after(world: &World) -> Vec<String> {
    const KEYS: &str = "SELECT job_key FROM jobs WHERE kind = $1 ORDER BY job_key";
    let keys = fetch_all!(&*world.db, (String,), KEYS, KIND).unwrap();
    keys.into_iter().map(|(key,)| key).collect()
}

async fn an_order_has_a_job_while_it_is_open(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    store.place(&ana, order("fulfilled", "rent-1")).await.unwrap();
    let declined = order_on("declined", "rent-2", "tok_declined");
    store.place(&ana, declined).await.unwrap();
    assert_eq!(looked_after(&world).await, [""; 0]);

    let given_up = store.place(&ana, by_pix("given up", "rent-2")).await.unwrap_err();
    assert_eq!(
        given_up.fields()[0].field,
        "idempotency_key",
        "a refused order leaves nothing"
    );
    let waiting = store.place(&ana, by_pix("given-up", "rent-2")).await.unwrap();
    assert_eq!(looked_after(&world).await, [waiting.order_id.as_str()]);
    let order_id = waiting.order_id;
    let call = store.by(&ana, CancelOrderRequest { order_id }).await;
    store.rent.cancel_order(call).await.unwrap();
    assert_eq!(looked_after(&world).await, [""; 0]);

    world.provider.set(Line::LateAnswers);
    let in_vain = store.place(&ana, order("in-vain", "buy-3")).await.unwrap();
    world.provider.set(Line::Good);
    let gift = store.place(&ana, order("gift", "buy-4")).await.unwrap();
    give_away(&world, &gift, "film-3").await;
    assert_eq!(looked_after(&world).await, [in_vain.order_id.as_str()]);
    store.reconcile().await;
    assert_eq!(store.get(&ana, &in_vain.order_id).await.state(), OrderState::Refunded);
    assert_eq!(looked_after(&world).await, [""; 0]);
}

async fn a_provider_that_is_down_for_days_is_asked_until_it_answers(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    world.provider.set(Line::LateAnswers);
    let waiting = store.place(&ana, order("k", "rent-1")).await.unwrap();
    world.provider.set(Line::Dead);
    for _ in 0..72 {
        store.reconcile().await;
        world.hours_pass(1);
    }
    assert_eq!(world.provider.look_ups(), 72);
    let list = Call::by_service(api::jobs::ListDeadLettersRequest {});
    let dead_letters = store.rent.list_dead_letters(list).await.unwrap().dead_letters;
    assert_eq!(dead_letters, []);
    world.provider.set(Line::Good);
    store.reconcile().await;
    assert_eq!(store.get(&ana, &waiting.order_id).await.state(), OrderState::Fulfilled);
    assert_eq!((store.charged().await, store.library(&ana).await.len()), (1, 1));
}

async fn an_order_is_looked_after_by_one_process(world: World) {
    let stores: Vec<_> = (0..4).map(|_| world.open()).collect();
    let ana = stores[0].sign_up("ana").await;
    world.provider.set(Line::NoCharges);
    let waiting = stores[0].place(&ana, order("k", "rent-1")).await.unwrap();
    world.orders_lapse();
    futures::future::join_all(stores.iter().map(Store::reconcile)).await;
    assert_eq!(world.provider.look_ups(), 1);
    let cancelled = stores[0].get(&ana, &waiting.order_id).await;
    assert_eq!(cancelled.state(), OrderState::Cancelled);
}

async fn an_order_whose_process_died_is_taken_up_when_its_lease_ends(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    world.provider.set(Line::LateAnswers);
    let waiting = store.place(&ana, order("k", "rent-1")).await.unwrap();
    world.provider.set(Line::Good);
    let dies = Jobs::new(world.db.clone(), world.clock.clone(), world.ids.clone());
    let lease = world.limits.reconciling.lease;
    assert_eq!(dies.lease(&[KIND.to_owned()], 10, lease).await.unwrap().len(), 1);
    world
        .clock
        .advance(lease.checked_sub(Duration::from_micros(1)).unwrap());
    store.reconcile().await;
    assert_eq!(store.get(&ana, &waiting.order_id).await.state(), OrderState::Pending);
    world.clock.advance(Duration::from_micros(1));
    store.reconcile().await;
    assert_eq!(store.get(&ana, &waiting.order_id).await.state(), OrderState::Fulfilled);
}

async fn a_worker_that_comes_back_late_ends_nothing(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    world.provider.set(Line::LateAnswers);
    let waiting = store.place(&ana, order("k", "rent-1")).await.unwrap();
    world.provider.set(Line::GatedAnswers);
    let late = tokio::spawn({
        let store = world.open();
        async move { store.reconcile().await }
    });
    world.provider.waiting.acquire().await.unwrap().forget();
    // It has its answer, and no lease any more: another one took the order up, and dies.
    world.leases_end();
    let dies = Jobs::new(world.db.clone(), world.clock.clone(), world.ids.clone());
    let leased = dies.lease(&[KIND.to_owned()], 10, world.limits.reconciling.lease).await;
    assert_eq!(leased.unwrap().len(), 1);
    world.provider.gate.add_permits(1);
    late.await.unwrap();
    assert_eq!(store.get(&ana, &waiting.order_id).await.state(), OrderState::Pending);
    assert_eq!(store.library(&ana).await, []);

    world.provider.set(Line::Good);
    world.leases_end();
    store.reconcile().await;
    assert_eq!(store.get(&ana, &waiting.order_id).await.state(), OrderState::Fulfilled);
    assert_eq!((store.charged().await, store.library(&ana).await.len()), (1, 1));
}

/// The provider answers a charge so late that the reconciler has ended the order by then.
async fn a_look_that_follows_the_end_of_its_order_does_nothing(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    world.provider.set(Line::Gated);
    let placing = tokio::spawn({
        let (store, ana) = (store.clone(), ana.clone());
        async move { store.place(&ana, order("k", "rent-1")).await }
    });
    world.provider.waiting.acquire().await.unwrap().forget();
    world.orders_lapse();
    store.reconcile().await;
    assert_eq!(looked_after(&world).await, [""; 0]);
    world.provider.set(Line::LateAnswers);
    world.provider.gate.add_permits(1);
    let left = placing.await.unwrap().unwrap();
    assert_eq!(looked_after(&world).await, [left.order_id.as_str()]);
    store.reconcile().await;
    assert_eq!(looked_after(&world).await, [""; 0]);
    assert_eq!(store.get(&ana, &left.order_id).await.state(), OrderState::Cancelled);
    assert_eq!(store.charged().await, 0);
}

/// An open order, and one that has ended, as the version before wrote them.
async fn write_earlier_orders(db: &Db) -> Result<(), store::Error> {
    const CUSTOMER: &str = "INSERT INTO customers (customer_id, email, email_folded, email_verified, name, language, staff, \
         password_hash, created_at_us) VALUES ($1, 'a@b', 'a@b', FALSE, 'ana', 'en', FALSE, '', 0)";
    const ORDER: &str = "INSERT INTO orders (customer_id, order_id, idempotency_key, fingerprint, state, currency_code, \
         subtotal_minor, discount_minor, tax_minor, total_minor, payment_method, created_at_us, look_at_us, \
         lapses_at_us, answered, revision) VALUES ($1, $2, $3, $4, $3, 'BRL', 1, 0, 0, 1, 'card', 0, 1, 2, FALSE, 1)";
    let customer = Uuid::from_u128(1);
    let mut tx = db.begin_write().await?;
    store::execute!(tx, CUSTOMER, customer)?;
    for (number, state) in [(2, "pending"), (3, "declined")] {
        store::execute!(tx, ORDER, customer, Uuid::from_u128(number), state, [0_u8; 32].to_vec())?;
    }
    tx.commit().await
}

async fn orders_from_before_the_upgrade_are_looked_after(db: TestDb, sandbox: TestDb) {
    const STATE: &str = "SELECT state FROM orders WHERE order_id = $1";
    write_earlier_orders(&db).await.unwrap();
    db.migrate(&rent::MIGRATIONS).await.unwrap();
    let world = World::on(db, sandbox);
    assert_eq!(looked_after(&world).await, [Uuid::from_u128(2).to_string()]);
    world.open().reconcile().await;
    assert_eq!(looked_after(&world).await, [""; 0]);
    let (state,) = fetch_one!(&*world.db, (String,), STATE, Uuid::from_u128(2)).unwrap();
    assert_eq!(state, "cancelled");
}

mod orders_from_before_the_upgrade_are_looked_after {
    use payments::sandbox;

    use super::{UPGRADE, migrations_before};

    #[tokio::test]
    async fn sqlite() {
        let db = store::testing::sqlite(&migrations_before(UPGRADE, &rent::MIGRATIONS)).await;
        let sandbox = store::testing::sqlite(&sandbox::MIGRATIONS).await;
        super::orders_from_before_the_upgrade_are_looked_after(db, sandbox).await;
    }

    #[tokio::test]
    async fn postgres() {
        if let Some(db) = store::testing::postgres(&migrations_before(UPGRADE, &rent::MIGRATIONS)).await {
            let sandbox = store::testing::postgres(&sandbox::MIGRATIONS).await.unwrap();
            super::orders_from_before_the_upgrade_are_looked_after(db, sandbox).await;
        }
    }
}
