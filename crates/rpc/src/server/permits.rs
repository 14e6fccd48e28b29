//! The permits for connections: a number in all, and a number for each network, so that one caller cannot take them
//! all.

use std::net::IpAddr;
use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::call::network;
use crate::shares::{Share, Shares};

/// The permits of one listener.
pub(super) struct Permits {
    all: Arc<Semaphore>,
    by_network: Option<Shares<IpAddr>>,
}

/// A permit, until it is dropped.
pub(super) struct Permit {
    _one_of_all: OwnedSemaphorePermit,
    _one_of_network: Option<Share<IpAddr>>,
}

impl Permits {
    /// `for_each` is none if all callers come through a proxy, because the address is then the proxy's.
    pub(super) fn new(all: usize, for_each: Option<usize>) -> Self {
        Self {
            all: Arc::new(Semaphore::new(all)),
            by_network: for_each.map(Shares::new),
        }
    }

    /// Waits until one of all permits is free.
    pub(super) async fn free(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.all).acquire_owned().await.ok()
    }

    /// The permit of a connection; none if the caller's network has reached its limit.
    pub(super) fn take(&self, one_of_all: OwnedSemaphorePermit, address: Option<IpAddr>) -> Option<Permit> {
        let one_of_network = match (&self.by_network, address) {
            (Some(shares), Some(address)) => Some(shares.take(network(address))?),
            _ => None,
        };
        Some(Permit {
            _one_of_all: one_of_all,
            _one_of_network: one_of_network,
        })
    }
}
