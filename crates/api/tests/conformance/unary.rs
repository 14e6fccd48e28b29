//! One message each way.

use std::sync::Arc;
use std::time::Duration;

use futures::{StreamExt, stream};
use rpc::{Authority, Call, Code, Context};
use tokio::time::Instant;

use crate::carriers::{Carrier, Store, without_listener};
use crate::contracts::dvs::probe::v1::{Colour, EchoRequest, Nested};
use crate::{assert_probed, probe};

fn echo(name: impl Into<String>) -> Call<EchoRequest> {
    Call::new(
        EchoRequest {
            name: name.into(),
            ..EchoRequest::default()
        },
        Context::default(),
    )
}

fn full() -> EchoRequest {
    EchoRequest {
        name: "with/slash and ?query#hash%20 ação 映画".to_owned(),
        text: "a&b=c +d\n\"quoted\"".to_owned(),
        words: vec!["Film Noir".to_owned(), "Comédie".to_owned(), String::new()],
        numbers: vec![1920, -1, 0],
        colour: Colour::Amber.into(),
        colours: vec![Colour::Black.into(), Colour::Unspecified.into()],
        large: i64::MAX,
        nested: None,
    }
}

#[tokio::test]
async fn paths_and_queries_carry_every_value() {
    let store = Store::open().await;
    for Carrier { name, probe } in store.carriers() {
        let answer = probe.echo(Call::by_service(full())).await.unwrap();
        assert_eq!(answer.request, Some(full()), "{name}");
    }
}

#[tokio::test]
async fn bodies_carry_every_value_and_nested_messages() {
    let leaf = Nested {
        text: "leaf".to_owned(),
        more: Vec::new(),
    };
    let nested = Some(Nested {
        text: String::new(),
        more: vec![leaf.clone(), leaf],
    });
    let request = EchoRequest { nested, ..full() };
    let store = Store::open().await;
    for Carrier { name, probe } in store.carriers() {
        let answer = probe.tell(Call::by_service(request.clone())).await.unwrap();
        assert_eq!(answer.request.as_ref(), Some(&request), "{name}");
    }
}

/// The compressed data of an answer ends before its body does. A client that dropped the body there would cancel the
/// call, and the server closes a connection with too many cancelled calls.
#[tokio::test]
async fn thousands_of_calls_fit_on_a_connection() {
    let store = Store::open().await;
    for Carrier { name, probe } in store.carriers() {
        let calls = (0..3_000).map(|number| {
            let probe = Arc::clone(&probe);
            async move { probe.echo(echo(number.to_string())).await }
        });
        let answers: Vec<_> = stream::iter(calls).buffer_unordered(64).collect().await;
        let failed = answers.into_iter().find_map(Result::err);
        assert!(failed.is_none(), "{name}: {failed:?}");
    }
}

#[tokio::test]
async fn every_fault_arrives_whole() {
    let store = Store::open().await;
    for Carrier { name, probe } in store.carriers() {
        for code in probe::CODES {
            let fault = probe.echo(echo(format!("fault:{}", code.name()))).await.unwrap_err();
            assert_probed(&fault, code, name);
        }
    }
}

#[tokio::test]
async fn what_is_private_stays_in_its_process() {
    let store = Store::open().await;
    for Carrier { name, probe } in store.carriers().skip(1) {
        let fault = probe.echo(echo("fault:INTERNAL")).await.unwrap_err();
        assert!(!format!("{fault:?}").contains("secret"), "{name}: {fault:?}");
    }
}

#[tokio::test]
async fn a_panic_is_an_internal_fault_and_the_service_lives_on() {
    let store = Store::open().await;
    for Carrier { name, probe } in store.carriers() {
        let fault = probe.echo(echo("panic")).await.unwrap_err();
        assert_eq!(fault.code, Code::Internal, "{name}");
        assert!(!fault.message.contains("probed"), "{name}: {}", fault.message);
        assert!(probe.echo(echo("next")).await.is_ok(), "{name}");
    }
}

#[tokio::test]
async fn a_deadline_ends_the_call_and_its_work() {
    let store = Store::open().await;
    for Carrier { name, probe } in store.carriers() {
        let mut call = echo("forever");
        call.context.deadline = Some(Instant::now() + Duration::from_millis(50));
        let fault = probe.echo(call).await.unwrap_err();
        assert_eq!(fault.code, Code::DeadlineExceeded, "{name}");
        store.seen.work_stopped().await;
    }
}

#[tokio::test]
async fn a_caller_who_leaves_stops_the_work() {
    let store = Store::open().await;
    for Carrier { probe, .. } in store.carriers() {
        let call = tokio::spawn(async move { probe.echo(echo("forever")).await });
        store.seen.work_started().await;
        call.abort();
        store.seen.work_stopped().await;
    }
}

#[tokio::test]
async fn the_context_travels_with_the_call() {
    let store = Store::open().await;
    for Carrier { name, probe } in store.carriers() {
        let mut call = echo("context");
        call.context.identity = Some("signed.identity".into());
        call.context.request_id = Some("request-1".into());
        call.context.traceparent = Some("00-trace-span-01".into());
        call.context.deadline = Some(Instant::now() + Duration::from_secs(5));
        probe.echo(call).await.unwrap();
        let seen = store.seen.context();
        assert_eq!(seen.identity.as_deref(), Some("signed.identity"), "{name}");
        assert_eq!(seen.request_id.as_deref(), Some("request-1"), "{name}");
        assert_eq!(seen.traceparent.as_deref(), Some("00-trace-span-01"), "{name}");
        assert!(seen.time_left() <= Duration::from_secs(5), "{name}");
        assert_eq!(seen.authority, Authority::None, "{name}");
    }
}

#[tokio::test]
async fn acting_as_the_store_needs_the_token_over_the_network_and_nothing_in_the_folder() {
    let store = Store::open().await;
    for Carrier { name, probe } in store.carriers() {
        probe.echo(Call::by_service(echo("context").message)).await.unwrap();
        assert_eq!(store.seen.context().authority, Authority::Service, "{name}");
    }
    for Carrier { name, probe } in store.carriers_without_token() {
        probe.echo(Call::by_service(echo("context").message)).await.unwrap();
        assert_eq!(store.seen.context().authority, Authority::None, "{name}");
    }
}

#[tokio::test]
async fn a_message_over_the_limit_is_refused_in_both_directions() {
    let store = Store::open().await;
    for Carrier { name, probe } in store.carriers() {
        let fault = probe.echo(echo("large")).await.unwrap_err();
        assert_eq!(
            (fault.code, &*fault.reason),
            (Code::ResourceExhausted, "MESSAGE_TOO_LARGE"),
            "{name}"
        );
        let text = "x".repeat(rpc::MESSAGE_LIMIT_BYTES);
        let fault = probe
            .tell(Call::by_service(EchoRequest { text, ..full() }))
            .await
            .unwrap_err();
        assert_eq!(
            (fault.code, &*fault.reason),
            (Code::ResourceExhausted, "MESSAGE_TOO_LARGE"),
            "{name}"
        );
        assert!(probe.echo(echo("next")).await.is_ok(), "{name}");
    }
}

#[tokio::test]
async fn an_address_without_a_listener_is_unavailable() {
    for Carrier { name, probe } in without_listener() {
        let fault = probe.echo(echo("x")).await.unwrap_err();
        assert_eq!(fault.code, Code::Unavailable, "{name}: {fault:?}");
    }
}
