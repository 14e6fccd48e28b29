//! A service that has fallen silent: every client ends its calls at the deadline by its own clock.

use std::time::Duration;

use futures::{StreamExt, stream};
use rpc::{Call, Code, Context};
use tokio::time::Instant;

use crate::carriers::{Carrier, Line, Store};
use crate::contracts::dvs::probe::v1::{CountRequest, EchoRequest};
use crate::probe::number;

const DEADLINE: Duration = Duration::from_millis(200);

fn call<T>(message: T) -> Call<T> {
    let context = Context {
        deadline: Some(Instant::now() + DEADLINE),
        ..Context::default()
    };
    Call::new(message, context)
}

/// Clients behind proxies that forward nothing.
async fn over_silence(store: &Store) -> Vec<(Carrier, Line)> {
    let carriers = store.carriers_over_a_line().await;
    for (_, line) in &carriers {
        line.fall_silent();
    }
    carriers
}

#[tokio::test]
async fn a_look_up_ends() {
    let store = Store::open().await;
    for (Carrier { name, probe }, _line) in over_silence(&store).await {
        let fault = probe.echo(call(EchoRequest::default())).await.unwrap_err();
        assert_eq!(fault.code, Code::DeadlineExceeded, "{name}");
    }
}

#[tokio::test]
async fn a_stream_that_never_begins_ends() {
    let store = Store::open().await;
    for (Carrier { name, probe }, _line) in over_silence(&store).await {
        let fault = probe.count(call(CountRequest::default())).await.err().unwrap();
        assert_eq!(fault.code, Code::DeadlineExceeded, "{name}");
    }
}

#[tokio::test]
async fn a_stream_that_falls_silent_ends() {
    let store = Store::open().await;
    for (Carrier { name, probe }, line) in store.carriers_over_a_line().await {
        let request = CountRequest {
            until: 3,
            mode: "forever".to_owned(),
            ..CountRequest::default()
        };
        let mut numbers = probe.count(call(request)).await.unwrap();
        assert!(numbers.next().await.unwrap().is_ok(), "{name}");
        line.fall_silent();
        let rest: Vec<_> = numbers.collect().await;
        let fault = rest.last().unwrap().as_ref().unwrap_err();
        assert_eq!(fault.code, Code::DeadlineExceeded, "{name}");
    }
}

#[tokio::test]
async fn a_stream_of_messages_without_an_answer_ends() {
    let store = Store::open().await;
    for (Carrier { name, probe }, _line) in over_silence(&store).await {
        let messages = Box::pin(stream::repeat_with(|| Ok(number(1))));
        let fault = probe.sum(call(messages as rpc::Stream<_>)).await.unwrap_err();
        assert_eq!(fault.code, Code::DeadlineExceeded, "{name}");
    }
}

#[tokio::test]
async fn a_conversation_without_an_answer_ends() {
    let store = Store::open().await;
    for (Carrier { name, probe }, _line) in over_silence(&store).await {
        let messages = Box::pin(stream::pending());
        let fault = match probe.converse(call(messages as rpc::Stream<_>)).await {
            Ok(mut numbers) => numbers.next().await.unwrap().unwrap_err(),
            Err(fault) => fault,
        };
        assert_eq!(fault.code, Code::DeadlineExceeded, "{name}");
    }
}
