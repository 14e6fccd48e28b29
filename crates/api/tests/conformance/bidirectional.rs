//! A stream each way.

use std::time::Duration;

use futures::{SinkExt, StreamExt, channel::mpsc, stream};
use rpc::{Call, Code, Context, Fault, Result, Stream};
use tokio::time::Instant;

use crate::carriers::{Carrier, Store};
use crate::contracts::dvs::probe::v1::Number;
use crate::probe::{noise, number};
use crate::{assert_probed, many, probe};

fn call(messages: impl futures::Stream<Item = Result<Number>> + Send + 'static) -> Call<Stream<Number>> {
    Call::new(Box::pin(messages), Context::default())
}

fn told(value: i64, mode: &str) -> Number {
    Number {
        value,
        mode: mode.to_owned(),
        ..Number::default()
    }
}

async fn next(numbers: &mut Stream<Number>) -> i64 {
    numbers.next().await.unwrap().unwrap().value
}

#[tokio::test]
async fn each_side_answers_the_other_in_turn() {
    let store = Store::open().await;
    for Carrier { name, probe } in store.carriers() {
        let (mut say, said) = mpsc::channel(0);
        say.try_send(Ok(number(1))).unwrap();
        let mut numbers = probe.converse(call(said)).await.unwrap();
        for value in 1..50 {
            assert_eq!(next(&mut numbers).await, value * 2, "{name}");
            say.send(Ok(number(value + 1))).await.unwrap();
        }
        assert_eq!(next(&mut numbers).await, 100, "{name}");
        drop(say);
        assert_eq!(
            next(&mut numbers).await,
            -1,
            "{name}: the service heard the end and had the last word"
        );
        assert!(numbers.next().await.is_none(), "{name}");
    }
}

#[tokio::test]
async fn many_numbers_pass_both_ways_in_order() {
    let many = many();
    let store = Store::open().await;
    for Carrier { name, probe } in store.carriers() {
        let said = stream::iter((0..many).map(number)).map(Ok);
        let mut numbers = probe.converse(call(said)).await.unwrap();
        for value in 0..many {
            assert_eq!(next(&mut numbers).await, value * 2, "{name}");
        }
        assert_eq!(next(&mut numbers).await, -1, "{name}");
        assert!(numbers.next().await.is_none(), "{name}");
    }
}

#[tokio::test]
async fn the_service_may_end_first() {
    let store = Store::open().await;
    for Carrier { name, probe } in store.carriers() {
        let said = stream::iter([Ok(number(1)), Ok(told(2, "end"))]).chain(stream::pending());
        let mut numbers = probe.converse(call(said)).await.unwrap();
        assert_eq!(next(&mut numbers).await, 2, "{name}");
        assert!(numbers.next().await.is_none(), "{name}");
        store.seen.work_stopped().await;
    }
}

#[tokio::test]
async fn a_service_that_reads_no_more_messages_may_still_answer() {
    let store = Store::open().await;
    for Carrier { name, probe } in store.carriers() {
        let endless = stream::iter([Ok(told(1, "stop"))]).chain(stream::repeat_with(|| Ok(number(9))));
        let mut numbers = probe.converse(call(endless)).await.unwrap();
        for expected in [2, 3, 2, 1] {
            assert_eq!(next(&mut numbers).await, expected, "{name}");
        }
        assert!(numbers.next().await.is_none(), "{name}");
        store.seen.work_stopped().await;
    }
}

#[tokio::test]
async fn a_refusal_arrives_whole() {
    let store = Store::open().await;
    for Carrier { name, probe } in store.carriers() {
        for code in probe::CODES {
            let said = stream::iter([Ok(told(1, &format!("refuse:{}", code.name())))]).chain(stream::pending());
            let fault = probe.converse(call(said)).await.err().unwrap();
            assert_probed(&fault, code, name);
        }
    }
}

#[tokio::test]
async fn a_fault_in_the_middle_arrives_whole_and_ends_it() {
    let store = Store::open().await;
    for Carrier { name, probe } in store.carriers() {
        for code in probe::CODES {
            let told = told(2, &format!("fault:{}", code.name()));
            let said = stream::iter([Ok(number(1)), Ok(told)]).chain(stream::pending());
            let mut numbers = probe.converse(call(said)).await.unwrap();
            assert_eq!(next(&mut numbers).await, 2, "{name}");
            assert_probed(&numbers.next().await.unwrap().unwrap_err(), code, name);
            assert!(numbers.next().await.is_none(), "{name}");
        }
    }
}

#[tokio::test]
async fn a_deadline_ends_it_and_its_work() {
    let store = Store::open().await;
    for Carrier { name, probe } in store.carriers() {
        let mut call = call(stream::iter([Ok(number(1))]).chain(stream::pending()));
        call.context.deadline = Some(Instant::now() + Duration::from_millis(200));
        let mut numbers = probe.converse(call).await.unwrap();
        assert_eq!(next(&mut numbers).await, 2, "{name}");
        assert_eq!(
            numbers.next().await.unwrap().unwrap_err().code,
            Code::DeadlineExceeded,
            "{name}"
        );
        store.seen.work_stopped().await;
    }
}

#[tokio::test]
async fn a_caller_who_leaves_stops_the_work_though_its_messages_have_not_ended() {
    let store = Store::open().await;
    for Carrier { name, probe } in store.carriers() {
        let said = stream::iter([Ok(number(1))]).chain(stream::pending());
        let mut numbers = probe.converse(call(said)).await.unwrap();
        assert_eq!(next(&mut numbers).await, 2, "{name}");
        drop(numbers);
        store.seen.work_stopped().await;
    }
}

#[tokio::test]
async fn a_fault_of_the_callers_own_is_its_answer_and_stops_the_work() {
    let store = Store::open().await;
    for Carrier { name, probe } in store.carriers() {
        let (mut say, said) = mpsc::channel(1);
        say.send(Ok(number(1))).await.unwrap();
        let mut numbers = probe.converse(call(said)).await.unwrap();
        assert_eq!(next(&mut numbers).await, 2, "{name}");
        say.send(Err(Fault::new(Code::Aborted, "OWN", "The player is gone.")))
            .await
            .unwrap();
        let fault = numbers.next().await.unwrap().unwrap_err();
        assert_eq!((fault.code, &*fault.reason), (Code::Aborted, "OWN"), "{name}");
        store.seen.work_stopped().await;
    }
}

#[tokio::test]
async fn a_reader_who_reads_nothing_holds_the_writer() {
    const PADDING_BYTES: usize = 16 * 1024;
    const HELD_BYTES: usize = 16 * 1024 * 1024;
    let store = Store::open().await;
    for Carrier { name, probe } in store.carriers() {
        let padded = stream::iter(0..).map(|value| Number {
            padding: noise(value, PADDING_BYTES),
            ..Number::default()
        });
        let numbers = probe.converse(call(padded.map(Ok))).await.unwrap();
        let held = usize::try_from(store.seen.moved_in_all().await).unwrap() * PADDING_BYTES;
        assert!(
            held < HELD_BYTES,
            "{name}: {held} bytes are held for a reader who reads nothing"
        );
        drop(numbers);
        store.seen.work_stopped().await;
        store.seen.moved_in_all().await;
    }
}

#[tokio::test]
async fn a_message_over_the_limit_is_refused() {
    let store = Store::open().await;
    for Carrier { name, probe } in store.carriers() {
        let large = Number {
            padding: "x".repeat(rpc::MESSAGE_LIMIT_BYTES),
            ..Number::default()
        };
        let said = stream::iter([Ok(number(1)), Ok(large)]);
        // The client may refuse it before the service has answered.
        let fault = match probe.converse(call(said)).await {
            Ok(numbers) => numbers.collect::<Vec<_>>().await.pop().unwrap().unwrap_err(),
            Err(fault) => fault,
        };
        assert_eq!(
            (fault.code, &*fault.reason),
            (Code::ResourceExhausted, "MESSAGE_TOO_LARGE"),
            "{name}"
        );
    }
}

#[tokio::test]
async fn a_connection_cut_in_the_middle_is_a_fault_and_stops_the_work() {
    let store = Store::open().await;
    for (Carrier { name, probe }, line) in store.carriers_over_a_line().await {
        let said = stream::iter([Ok(number(1))]).chain(stream::pending());
        let mut numbers = probe.converse(call(said)).await.unwrap();
        assert_eq!(next(&mut numbers).await, 2, "{name}");
        line.cut();
        assert_eq!(
            numbers.next().await.unwrap().unwrap_err().code,
            Code::Unavailable,
            "{name}"
        );
        store.seen.work_stopped().await;
    }
}
