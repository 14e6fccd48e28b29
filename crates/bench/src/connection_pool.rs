//! The connections of a cell: a number of clients, each with one connection. Calls over HTTP/2 use them in turn. Over
//! HTTP/1.1 a connection carries one call at a time, and a call that finds none free waits, as in a browser or a proxy.

use std::num::NonZeroUsize;
use std::ops::Deref;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result, anyhow};
use rpc::{Address, Addresses, Client, ClientOptions, Tap};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::cell::{Carrier, Cell};

/// The connections to one service.
pub(crate) struct ConnectionPool<S: ?Sized> {
    clients: Arc<[Arc<S>]>,
    next: AtomicUsize,
    /// Only over HTTP/1.1.
    free: Option<Free>,
}

/// The connections without a call, and as many permits.
struct Free {
    permits: Arc<Semaphore>,
    lanes: Arc<Mutex<Vec<usize>>>,
}

/// A connection that a call may use.
pub(crate) struct Lane<S: ?Sized> {
    client: Arc<S>,
    _taken: Option<Taken>,
}

struct Taken {
    lane: usize,
    free: Arc<Mutex<Vec<usize>>>,
    _permit: OwnedSemaphorePermit,
}

impl<S: ?Sized> ConnectionPool<S> {
    pub(crate) fn new(clients: Vec<Arc<S>>, one_call_each: bool) -> Self {
        let lanes: Vec<usize> = (0..clients.len()).collect();
        Self {
            free: one_call_each.then(|| Free {
                permits: Arc::new(Semaphore::new(lanes.len())),
                lanes: Arc::new(Mutex::new(lanes)),
            }),
            clients: clients.into(),
            next: AtomicUsize::new(0),
        }
    }

    pub(crate) async fn take(&self) -> Result<Lane<S>> {
        let Some(Free { permits, lanes: free }) = &self.free else {
            let lane = self.next.fetch_add(1, Ordering::Relaxed) % self.clients.len();
            return Ok(self.lane(lane, None));
        };
        let permit = Arc::clone(permits).acquire_owned().await?;
        let lane = free.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let lane = lane.context("there are as many permits as connections")?;
        let taken = Taken {
            lane,
            free: Arc::clone(free),
            _permit: permit,
        };
        Ok(self.lane(lane, Some(taken)))
    }

    fn lane(&self, lane: usize, taken: Option<Taken>) -> Lane<S> {
        Lane {
            client: Arc::clone(&self.clients[lane]),
            _taken: taken,
        }
    }
}

impl<S: ?Sized> Deref for Lane<S> {
    type Target = S;

    fn deref(&self) -> &S {
        &self.client
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        // Before the permit is returned, so that a call with a permit always finds a connection.
        self.free.lock().unwrap_or_else(PoisonError::into_inner).push(self.lane);
    }
}

/// As many clients of a service as the cell has connections, each with one.
pub(crate) fn clients(
    cell: &Cell,
    address: &str,
    service_token: Option<&Arc<str>>,
    tap: Option<&Tap>,
) -> Result<Vec<Client>> {
    let address: Address = address.parse().map_err(|error| anyhow!("{error}"))?;
    let client = || {
        let options = ClientOptions {
            service_token: service_token.cloned(),
            tap: tap.cloned(),
            encoding: cell.encoding(),
            connections: Some(NonZeroUsize::MIN),
        };
        let addresses = Addresses::from(address.clone());
        let client = match cell.carrier {
            Carrier::Grpc | Carrier::InProcess => Client::grpc(addresses, options),
            Carrier::RestH2 => Client::rest_http2(addresses, options),
            Carrier::RestH1 => Client::rest(addresses, options),
        };
        client.map_err(|fault| anyhow!("{fault:?}"))
    };
    std::iter::repeat_with(client).take(cell.connections).collect()
}
