//! One message there and a stream back.

use std::time::Duration;

use futures::StreamExt;
use rpc::{Call, Code, Context};
use tokio::time::Instant;

use crate::carriers::{Carrier, Store, without_listener};
use crate::contracts::dvs::probe::v1::{CountRequest, EchoRequest};
use crate::{assert_probed, many, probe};

fn count(until: i64) -> CountRequest {
    CountRequest {
        until,
        ..CountRequest::default()
    }
}

fn call(request: CountRequest) -> Call<CountRequest> {
    Call::new(request, Context::default())
}

#[tokio::test]
async fn many_numbers_come_whole_and_in_order() {
    let store = Store::open().await;
    for Carrier { name, probe } in store.carriers() {
        let mut numbers = probe.count(call(count(many()))).await.unwrap();
        let mut expected = 0;
        while let Some(number) = numbers.next().await {
            assert_eq!(number.unwrap().value, expected, "{name}");
            expected += 1;
        }
        assert_eq!(expected, many(), "{name}");
        assert!(numbers.next().await.is_none(), "{name}");
    }
}

#[tokio::test]
async fn a_fault_before_a_stream_arrives_whole() {
    let store = Store::open().await;
    for Carrier { name, probe } in store.carriers() {
        for code in probe::CODES {
            let request = CountRequest {
                fault: code.name().to_owned(),
                fault_after: -1,
                ..count(5)
            };
            let fault = probe.count(call(request)).await.err().unwrap();
            assert_probed(&fault, code, name);
        }
    }
}

#[tokio::test]
async fn a_fault_in_a_stream_arrives_whole_and_ends_it() {
    let store = Store::open().await;
    for Carrier { name, probe } in store.carriers() {
        for code in probe::CODES {
            for fault_after in [0, 2, 5] {
                let request = CountRequest {
                    fault: code.name().to_owned(),
                    fault_after,
                    ..count(5)
                };
                let mut numbers = probe.count(call(request)).await.unwrap();
                for value in 0..fault_after {
                    assert_eq!(numbers.next().await.unwrap().unwrap().value, value, "{name}");
                }
                assert_probed(&numbers.next().await.unwrap().unwrap_err(), code, name);
                assert!(
                    numbers.next().await.is_none(),
                    "{name}: a stream ends at its first fault"
                );
            }
        }
    }
}

#[tokio::test]
async fn a_panic_in_a_stream_is_an_internal_fault() {
    let store = Store::open().await;
    for Carrier { name, probe } in store.carriers() {
        let request = CountRequest {
            mode: "panic".to_owned(),
            ..count(1)
        };
        let mut numbers = probe.count(call(request)).await.unwrap();
        assert!(numbers.next().await.unwrap().is_ok(), "{name}");
        assert_eq!(
            numbers.next().await.unwrap().unwrap_err().code,
            Code::Internal,
            "{name}"
        );
        assert!(numbers.next().await.is_none(), "{name}");
    }
}

#[tokio::test]
async fn a_deadline_ends_a_stream_in_its_middle_and_its_work() {
    let store = Store::open().await;
    for Carrier { name, probe } in store.carriers() {
        let mut call = call(CountRequest {
            mode: "forever".to_owned(),
            ..count(1)
        });
        call.context.deadline = Some(Instant::now() + Duration::from_millis(200));
        let mut numbers = probe.count(call).await.unwrap();
        assert!(numbers.next().await.unwrap().is_ok(), "{name}");
        assert_eq!(
            numbers.next().await.unwrap().unwrap_err().code,
            Code::DeadlineExceeded,
            "{name}"
        );
        assert!(numbers.next().await.is_none(), "{name}");
        store.seen.work_stopped().await;
    }
}

#[tokio::test]
async fn a_reader_who_leaves_stops_the_work() {
    let store = Store::open().await;
    for Carrier { name, probe } in store.carriers() {
        let request = CountRequest {
            mode: "forever".to_owned(),
            ..count(1)
        };
        let mut numbers = probe.count(call(request)).await.unwrap();
        assert!(numbers.next().await.unwrap().is_ok(), "{name}");
        drop(numbers);
        store.seen.work_stopped().await;
    }
}

#[tokio::test]
async fn a_reader_who_reads_nothing_holds_the_writer() {
    const PADDING_BYTES: i32 = 16 * 1024;
    // The windows and buffers of one connection, however long the stream is.
    const HELD_BYTES: i64 = 8 * 1024 * 1024;
    let store = Store::open().await;
    for Carrier { name, probe } in store.carriers() {
        let request = CountRequest {
            padding_bytes: PADDING_BYTES,
            ..count(many())
        };
        let mut numbers = probe.count(call(request)).await.unwrap();
        assert!(numbers.next().await.unwrap().is_ok(), "{name}");
        let held = store.seen.moved_in_all().await * i64::from(PADDING_BYTES);
        assert!(
            held < HELD_BYTES,
            "{name}: {held} bytes are held for a reader who reads nothing"
        );
        // More numbers than can have been buffered.
        for _ in 0..=HELD_BYTES / i64::from(PADDING_BYTES) {
            assert!(
                numbers.next().await.unwrap().is_ok(),
                "{name}: the writer continues when the reader does"
            );
        }
        drop(numbers);
        store.seen.work_stopped().await;
        store.seen.moved_in_all().await;
    }
}

#[tokio::test]
async fn a_message_over_the_limit_ends_a_stream() {
    let store = Store::open().await;
    for Carrier { name, probe } in store.carriers() {
        let padding_bytes = i32::try_from(rpc::MESSAGE_LIMIT_BYTES).unwrap();
        let mut numbers = probe
            .count(call(CountRequest {
                padding_bytes,
                ..count(3)
            }))
            .await
            .unwrap();
        let fault = numbers.next().await.unwrap().unwrap_err();
        assert_eq!(
            (fault.code, &*fault.reason),
            (Code::ResourceExhausted, "MESSAGE_TOO_LARGE"),
            "{name}"
        );
        assert!(numbers.next().await.is_none(), "{name}");
    }
}

#[tokio::test]
async fn a_connection_cut_in_the_middle_is_a_fault_and_never_a_clean_end() {
    let store = Store::open().await;
    for (Carrier { name, probe }, line) in store.carriers_over_a_line().await {
        let request = CountRequest {
            mode: "forever".to_owned(),
            ..count(3)
        };
        let mut numbers = probe.count(call(request)).await.unwrap();
        assert!(numbers.next().await.unwrap().is_ok(), "{name}");
        line.cut();
        let rest: Vec<_> = numbers.collect().await;
        assert_eq!(
            rest.last().unwrap().as_ref().unwrap_err().code,
            Code::Unavailable,
            "{name}: {rest:?}"
        );
        store.seen.work_stopped().await;
    }
}

#[tokio::test]
async fn an_address_without_a_listener_is_unavailable() {
    for Carrier { name, probe } in without_listener() {
        let fault = probe.count(call(count(1))).await.err().unwrap();
        assert_eq!(fault.code, Code::Unavailable, "{name}");
    }
}

#[tokio::test]
async fn a_process_that_leaves_ends_its_streams_and_says_so() {
    for index in 0..7 {
        let store = Store::open().await;
        let Carrier { name, probe } = store.carriers().nth(index).unwrap();
        let request = CountRequest {
            mode: "forever".to_owned(),
            ..count(1)
        };
        let mut numbers = probe.count(call(request)).await.unwrap();
        numbers.next().await.unwrap().unwrap();
        store.draining.cancel();
        let fault = numbers.next().await.unwrap().unwrap_err();
        assert_eq!((fault.code, &*fault.reason), (Code::Unavailable, "DRAINING"), "{name}");
        assert!(numbers.next().await.is_none(), "{name}");
        store.seen.work_stopped().await;
        let request = EchoRequest {
            name: "short".to_owned(),
            ..EchoRequest::default()
        };
        let answer = probe.echo(rpc::Call::new(request, rpc::Context::default())).await;
        assert!(answer.is_ok(), "{name}: what is short is still done");
    }
}
