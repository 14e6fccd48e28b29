//! The requests that were made to payment providers are kept for staff.

use std::time::Duration;

use api::rent::{LookUpOrderRequest, ProviderCall as Shown};
use payments::{CallRecorder as _, ProviderCall};
use rent::ProviderCalls;
use rpc::Call;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::world::{Store, World, order, stories};

stories!(
    staff_read_what_a_provider_was_asked_for_an_order,
    calls_are_forgotten_after_half_a_year,
    more_calls_than_can_wait_hold_nothing_up,
);

fn call(world: &World, payment: Option<Uuid>, path: &str, status: Option<u16>) -> ProviderCall {
    ProviderCall {
        provider: "stripe",
        payment,
        method: "POST".to_owned(),
        path: path.to_owned(),
        status,
        error: status.is_none().then(|| "no answer within 3 s".to_owned()),
        elapsed: Duration::from_millis(120),
        at_us: store::Clock::now_us(&*world.clock),
    }
}

fn record(world: &World) -> ProviderCalls {
    ProviderCalls::new(world.db.clone(), world.clock.clone(), world.ids.clone())
}

/// Writes what was recorded.
async fn write(calls: &ProviderCalls) {
    let cancelled = CancellationToken::new();
    cancelled.cancel();
    calls.run(cancelled).await;
}

async fn shown(store: &Store, order_id: &str) -> Vec<Shown> {
    let order_id = order_id.to_owned();
    let call = Call::by_service(LookUpOrderRequest { order_id });
    store.rent.look_up_order(call).await.unwrap().provider_calls
}

async fn staff_read_what_a_provider_was_asked_for_an_order(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    let paid = store.place(&ana, order("k", "rent-1")).await.unwrap();
    let payment: Uuid = paid.order_id.parse().unwrap();
    let calls = record(&world);
    calls.record(call(&world, Some(payment), "/v1/checkout/sessions", None));
    world.seconds_pass(1);
    calls.record(call(&world, Some(payment), "/v1/checkout/sessions", Some(200)));
    calls.record(call(&world, Some(Uuid::from_u128(7)), "/v1/refunds", Some(200)));
    calls.record(call(&world, None, "/oauth/token", Some(200)));
    assert_eq!(shown(&store, &paid.order_id).await, []);
    write(&calls).await;
    let [lost, answered] = shown(&store, &paid.order_id).await.try_into().unwrap();
    assert_eq!((lost.status, &*lost.error), (0, "no answer within 3 s"));
    assert_eq!((answered.status, &*answered.error), (200, ""));
    assert_eq!(
        (&*answered.method, &*answered.path, answered.elapsed_us),
        ("POST", "/v1/checkout/sessions", 120_000)
    );
    assert_eq!(answered.at_us - lost.at_us, 1_000_000);
}

async fn calls_are_forgotten_after_half_a_year(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    let paid = store.place(&ana, order("k", "rent-1")).await.unwrap();
    let payment = Some(paid.order_id.parse().unwrap());
    let calls = record(&world);
    calls.record(call(&world, payment, "/first", Some(200)));
    write(&calls).await;
    world.hours_pass(181 * 24);
    calls.record(call(&world, payment, "/second", Some(200)));
    write(&calls).await;
    let paths: Vec<_> = shown(&store, &paid.order_id)
        .await
        .into_iter()
        .map(|call| call.path)
        .collect();
    assert_eq!(paths, ["/second"]);
}

async fn more_calls_than_can_wait_hold_nothing_up(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    let paid = store.place(&ana, order("k", "rent-1")).await.unwrap();
    let payment = Some(paid.order_id.parse().unwrap());
    let calls = record(&world);
    for number in 0..2_000 {
        calls.record(call(&world, payment, &format!("/{number}"), Some(200)));
    }
    write(&calls).await;
    // The latest of those that had room.
    let shown = shown(&store, &paid.order_id).await;
    assert_eq!(shown.len(), 50);
    assert_eq!(shown.last().unwrap().path, "/1023");
}
