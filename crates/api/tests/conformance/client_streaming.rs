//! A stream there and one message back.

use std::time::Duration;

use futures::{StreamExt, stream};
use rpc::{Call, Code, Context, Fault, Result, Stream};
use tokio::time::Instant;

use crate::carriers::{Carrier, Store};
use crate::contracts::dvs::probe::v1::{Number, Piece};
use crate::probe::{noise, number};
use crate::{assert_probed, many, probe};

fn call<T: Send + 'static>(messages: impl futures::Stream<Item = Result<T>> + Send + 'static) -> Call<Stream<T>> {
    Call::new(Box::pin(messages), Context::default())
}

fn told(mode: &str) -> Number {
    Number {
        mode: mode.to_owned(),
        ..Number::default()
    }
}

/// Some numbers, then one with this mode for the service; after that the caller neither sends nor ends.
fn then(numbers: i64, mode: &str) -> Call<Stream<Number>> {
    let numbers = stream::iter((0..numbers).map(number)).chain(stream::iter([told(mode)]));
    call(numbers.map(Ok).chain(stream::pending()))
}

#[tokio::test]
async fn many_numbers_arrive_whole() {
    let many = many();
    let store = Store::open().await;
    for Carrier { name, probe } in store.carriers() {
        let total = probe
            .sum(call(stream::iter((0..many).map(number)).map(Ok)))
            .await
            .unwrap();
        assert_eq!((total.count, total.sum), (many, many * (many - 1) / 2), "{name}");
        let none = probe.sum(call(stream::empty())).await.unwrap();
        assert_eq!(none.count, 0, "{name}");
    }
}

#[tokio::test]
async fn a_file_arrives_with_what_is_said_of_it() {
    let store = Store::open().await;
    for Carrier { name, probe } in store.carriers() {
        let piece = |bytes: usize| Piece {
            bytes: vec![7; bytes],
            ..Piece::default()
        };
        let first = Piece {
            name: "a/b c.mp4".to_owned(),
            note: "é&x=y".to_owned(),
            ..piece(10)
        };
        let total = probe
            .upload(call(stream::iter([Ok(first), Ok(piece(1_000_000)), Ok(piece(1))])))
            .await
            .unwrap();
        assert_eq!(
            (total.name.as_str(), total.note.as_str()),
            ("a/b c.mp4", "é&x=y"),
            "{name}"
        );
        assert_eq!((total.count, total.sum), (1_000_011, 7 * 1_000_011), "{name}");
    }
}

#[tokio::test]
async fn a_fault_arrives_whole_while_the_caller_still_sends() {
    let store = Store::open().await;
    for Carrier { name, probe } in store.carriers() {
        for code in probe::CODES {
            for numbers in [0, 3] {
                let fault = probe
                    .sum(then(numbers, &format!("fault:{}", code.name())))
                    .await
                    .unwrap_err();
                assert_probed(&fault, code, name);
            }
        }
    }
}

#[tokio::test]
async fn an_early_answer_arrives_while_the_caller_still_sends() {
    let store = Store::open().await;
    for Carrier { name, probe } in store.carriers() {
        let padded = Number {
            padding: "x".repeat(10_000),
            ..number(1)
        };
        let endless = stream::iter([told("enough")]).chain(stream::repeat(padded)).map(Ok);
        assert_eq!(probe.sum(call(endless)).await.unwrap().count, 1, "{name}");
    }
}

#[tokio::test]
async fn a_panic_is_an_internal_fault() {
    let store = Store::open().await;
    for Carrier { name, probe } in store.carriers() {
        assert_eq!(
            probe.sum(then(1, "panic")).await.unwrap_err().code,
            Code::Internal,
            "{name}"
        );
    }
}

#[tokio::test]
async fn a_deadline_ends_the_call_and_its_work() {
    let store = Store::open().await;
    for Carrier { name, probe } in store.carriers() {
        let mut call = then(1, "hold");
        call.context.deadline = Some(Instant::now() + Duration::from_millis(200));
        assert_eq!(
            probe.sum(call).await.unwrap_err().code,
            Code::DeadlineExceeded,
            "{name}"
        );
        store.seen.work_stopped().await;
    }
}

#[tokio::test]
async fn a_caller_who_leaves_stops_the_work_and_is_never_taken_for_done() {
    let store = Store::open().await;
    for Carrier { name, probe } in store.carriers() {
        let sum = tokio::spawn(async move { probe.sum(then(3, "")).await });
        store.seen.work_started().await;
        sum.abort();
        let answer = sum.await;
        assert!(answer.is_err(), "{name}: {answer:?}");
        store.seen.work_stopped().await;
    }
}

#[tokio::test]
async fn a_fault_of_the_callers_own_is_its_answer_and_never_a_clean_end() {
    let store = Store::open().await;
    for Carrier { name, probe } in store.carriers() {
        let own = Fault::new(Code::Aborted, "OWN", "The file could not be read on.");
        let messages = stream::iter([Ok(number(1)), Ok(number(2)), Err(own)]);
        let fault = probe.sum(call(messages)).await.unwrap_err();
        assert_eq!((fault.code, &*fault.reason), (Code::Aborted, "OWN"), "{name}");
        store.seen.work_stopped().await;
    }
}

#[tokio::test]
async fn a_service_that_takes_nothing_holds_the_caller() {
    const PADDING_BYTES: usize = 16 * 1024;
    const HELD_BYTES: usize = 8 * 1024 * 1024;
    let store = Store::open().await;
    for Carrier { name, probe } in store.carriers() {
        let (sender, sent) = tokio::sync::watch::channel(0);
        let padded = stream::iter(0..).map(|value| Number {
            padding: noise(value, PADDING_BYTES),
            ..Number::default()
        });
        let numbers = stream::iter([told("hold")]).chain(padded);
        let numbers = numbers.map(Ok).inspect(move |_| sender.send_modify(|sent| *sent += 1));
        let sum = tokio::spawn(async move { probe.sum(call(numbers)).await });
        store.seen.work_started().await;
        let mut watched = sent.clone();
        while tokio::time::timeout(Duration::from_millis(300), watched.changed())
            .await
            .is_ok()
        {}
        let held = *sent.borrow() * PADDING_BYTES;
        assert!(
            held < HELD_BYTES,
            "{name}: {held} bytes were sent to a service that takes nothing"
        );
        sum.abort();
        store.seen.work_stopped().await;
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
        let fault = probe
            .sum(call(stream::iter([Ok(number(1)), Ok(large)])))
            .await
            .unwrap_err();
        assert_eq!(
            (fault.code, &*fault.reason),
            (Code::ResourceExhausted, "MESSAGE_TOO_LARGE"),
            "{name}"
        );
    }
}

#[tokio::test]
async fn a_connection_cut_in_the_middle_is_a_fault_on_both_sides() {
    let store = Store::open().await;
    for (Carrier { name, probe }, line) in store.carriers_over_a_line().await {
        let sum = tokio::spawn(async move { probe.sum(then(3, "")).await });
        store.seen.work_started().await;
        line.cut();
        assert_eq!(sum.await.unwrap().unwrap_err().code, Code::Unavailable, "{name}");
        store.seen.work_stopped().await;
    }
}
