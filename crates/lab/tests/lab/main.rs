//! The lab from outside: requests through the router of a gateway with a lab, whose services are fakes in memory.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod openapi;
mod routes;
// The fakes of the services are those of the gateway's own tests, which use more of them.
#[allow(dead_code, unused_imports, reason = "the gateway's tests use the rest")]
#[path = "../../../gateway/tests/gateway/support/mod.rs"]
mod support;

use std::num::NonZeroU32;
use std::path::Path;
use std::sync::Arc;

use gateway::{Parts, Settings};
use lab::{Lab, Services};
use object_store::memory::InMemory;
use rpc::{Fault, Transport};

use crate::support::{FakeCatalogue, FakeRent, World};

/// A store with a lab, which is made from its fake of rent.
fn with_lab(lab: impl FnOnce(&Arc<FakeRent>) -> Lab) -> World {
    World::open(
        Arc::new(InMemory::new()),
        |_| {},
        |parts, rent| lab::router(&parts, lab(rent)),
    )
}

/// A store with a lab in process, and this limit of requests a minute for an address.
fn with_limits_and_lab(requests: u32) -> World {
    let limited = |settings: &mut Settings| settings.rate_limits.requests_an_address = NonZeroU32::new(requests);
    let router = |parts: Parts, rent: &Arc<FakeRent>| lab::router(&parts, in_process(rent, Path::new("nowhere")));
    World::open(Arc::new(InMemory::new()), limited, router)
}

/// A store with a lab in process, and a report in this folder.
fn with_lab_and_report(comparison: &Path) -> World {
    with_lab(|rent| in_process(rent, comparison))
}

/// A lab whose only services are in its own process.
fn in_process(rent: &Arc<FakeRent>, comparison: &Path) -> Lab {
    let services = Services {
        catalogue: Arc::new(FakeCatalogue::new()),
        rent: rent.clone(),
    };
    let connect = Arc::new(|_, _| Err(Fault::internal("no service listens")));
    Lab::new(vec![(Transport::Local, services)], connect, comparison.to_owned())
}
