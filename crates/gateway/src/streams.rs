//! Permits for what stays open: streams of events, and conversations of players. One customer, and one network, may
//! only take a share of the permits, so that others find one.

use std::net::IpAddr;
use std::sync::Arc;

use http::StatusCode;
use rpc::{Share, Shares};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::problem::{Problem, ProblemCode};
use crate::settings::StreamLimits;

/// The permits for one kind of stream.
pub(crate) struct Permits {
    all: Arc<Semaphore>,
    customers: Shares<String>,
    networks: Shares<IpAddr>,
}

/// A permit, until it is dropped.
#[expect(clippy::struct_field_names, reason = "each field is a permit of one limit")]
pub(crate) struct Permit {
    _one_of_all: OwnedSemaphorePermit,
    _one_of_customer: Option<Share<String>>,
    _one_of_network: Option<Share<IpAddr>>,
}

impl Permits {
    pub(crate) fn new(limits: StreamLimits) -> Self {
        Self {
            all: Arc::new(Semaphore::new(limits.all)),
            customers: Shares::new(limits.a_customer),
            networks: Shares::new(limits.a_network),
        }
    }

    /// A permit for a caller, by the customer and the network if they are known.
    pub(crate) fn take(&self, customer: Option<&str>, network: Option<IpAddr>) -> Result<Permit, Problem> {
        let of_customer = customer.map(|id| self.customers.take(id.to_owned()).ok_or_else(too_many_of_one));
        let of_network = network.map(|network| self.networks.take(network).ok_or_else(too_many_of_one));
        Ok(Permit {
            _one_of_customer: of_customer.transpose()?,
            _one_of_network: of_network.transpose()?,
            _one_of_all: Arc::clone(&self.all).try_acquire_owned().map_err(|_full| too_many())?,
        })
    }
}

fn too_many_of_one() -> Problem {
    let message = "Too many pages of yours are connected at once. Close some of them.";
    Problem::new(StatusCode::TOO_MANY_REQUESTS, ProblemCode::RateLimited, message).with_retry_after(WAIT)
}

fn too_many() -> Problem {
    let message = "Too many are connected at the moment. Try again later.";
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, ProblemCode::Unavailable, message).with_retry_after(WAIT)
}

/// When to try again: a permit becomes free when a page is closed.
const WAIT: std::time::Duration = std::time::Duration::from_secs(10);
