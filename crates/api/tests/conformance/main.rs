//! One meaning over every carrier: the same cases in process, over gRPC, and over REST on HTTP/1.1 and HTTP/2, for
//! every kind of call.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod access;
mod bidirectional;
mod capacity;
mod carriers;
mod client_streaming;
#[allow(clippy::all, clippy::pedantic, unreachable_pub, reason = "generated code")]
mod contracts {
    include!(concat!(env!("OUT_DIR"), "/probe/contracts.rs"));
    include!(concat!(env!("OUT_DIR"), "/probe/enumerations.rs"));
}
mod probe;
mod replicas;
mod server_streaming;
mod silence;
mod unary;

use std::time::Duration;

use rpc::Fault;

/// How many messages a long stream has: ten thousand, or as many as `make conformance` sets.
fn many() -> i64 {
    const MANY: i64 = 10_000;
    #[expect(clippy::disallowed_methods, reason = "a longer run is asked for from outside")]
    let told = std::env::var("DVS_CONFORMANCE_MESSAGES");
    told.map_or(MANY, |many| many.parse().unwrap())
}

/// Checks that a fault arrived over a carrier as it was sent.
fn assert_probed(fault: &Fault, code: rpc::Code, carrier: &str) {
    assert_eq!(fault.code, code, "{carrier}: {fault:?}");
    assert_eq!(fault.reason, "PROBED", "{carrier}");
    assert_eq!(fault.message, "Ação: a probed fault.", "{carrier}");
    assert_eq!(fault.fields()[0].field, "title_id", "{carrier}");
    assert_eq!(fault.metadata("order_id"), Some("7"), "{carrier}");
    assert_eq!(fault.retry_after(), Some(Duration::from_secs(2)), "{carrier}");
}
