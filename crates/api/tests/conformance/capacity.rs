//! A service at capacity refuses calls at once over every carrier, and serves again once a permit is free.

use std::sync::Arc;
use std::time::Duration;

use futures::{StreamExt, stream};
use rpc::{Call, Capacity, Code, Context, Fault, Stream};

use crate::carriers::{Carrier, Store};
use crate::contracts::dvs::probe::v1::{CountRequest, EchoRequest, Number};

const ONE_PERMIT: Capacity = Capacity { calls: 1, streams: 1 };

fn echo(name: &str) -> Call<EchoRequest> {
    let request = EchoRequest {
        name: name.to_owned(),
        ..EchoRequest::default()
    };
    Call::new(request, Context::default())
}

fn count(mode: &str) -> Call<CountRequest> {
    let request = CountRequest {
        until: 1,
        mode: mode.to_owned(),
        ..CountRequest::default()
    };
    Call::new(request, Context::default())
}

fn numbers() -> Call<Stream<Number>> {
    Call::new(Box::pin(stream::empty()), Context::default())
}

fn assert_full<T>(name: &str, answer: Result<T, Fault>) {
    let Err(fault) = answer else {
        panic!("{name} has found a permit")
    };
    assert_eq!(
        (fault.code, &*fault.reason),
        (Code::Unavailable, "FULL_HOUSE"),
        "{name}"
    );
    assert_eq!(fault.retry_after(), Some(Duration::from_secs(1)), "{name}");
}

#[tokio::test]
async fn a_call_beyond_capacity_is_refused_and_served_once_a_permit_is_free() {
    let store = Store::with(ONE_PERMIT).await;
    for Carrier { name, probe } in store.carriers() {
        let staying = Arc::clone(&probe);
        let staying = tokio::spawn(async move { staying.echo(echo("forever")).await });
        store.seen.work_started().await;
        assert_full(name, probe.echo(echo("one more")).await);
        // Streams have permits of their own.
        assert_eq!(probe.count(count("")).await.unwrap().count().await, 1, "{name}");
        staying.abort();
        store.seen.work_started().await;
        store.seen.work_stopped().await;
        store.seen.work_stopped().await;
        probe.echo(echo("one more")).await.unwrap();
    }
}

#[tokio::test]
async fn a_stream_beyond_capacity_is_refused_and_served_once_a_permit_is_free() {
    let store = Store::with(ONE_PERMIT).await;
    for Carrier { name, probe } in store.carriers() {
        let mut staying = probe.count(count("forever")).await.unwrap();
        staying.next().await.unwrap().unwrap();
        assert_full(name, first(probe.count(count("")).await).await);
        assert_full(name, probe.sum(numbers()).await);
        probe.echo(echo("calls have permits of their own")).await.unwrap();
        drop(staying);
        store.seen.work_stopped().await;
        probe.sum(numbers()).await.unwrap();
        store.seen.work_stopped().await;
    }
}

/// The refusal of a stream, which some carriers deliver only when the stream is read.
async fn first(answer: Result<Stream<Number>, Fault>) -> Result<Number, Fault> {
    answer?.next().await.expect("a refusal is no end")
}
