//! The store's one accept loop: HTTP/1.1 and HTTP/2 on one port, with limits, connection age and a drain.

mod activity;
mod connection;
mod draining;
mod permits;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tokio::net::{TcpListener, TcpStream, UnixListener};
use tokio::sync::OwnedSemaphorePermit;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::allowance::Allowance;
use crate::wire::Peer;
use connection::{Connection, Stream};
use draining::Draining;
use permits::{Permit, Permits};

/// How long the loop pauses when the system has no file handles left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// The answer to a caller over HTTP/1.1 whose network has reached its limit of connections.
const TOO_MANY: &[u8] =
    b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 1\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";

/// Where a server listens, which also decides how its callers are authenticated.
pub enum Listener {
    Tcp(TcpListener),
    /// A socket in the data folder.
    Folder(UnixListener),
}

/// The limits of a server.
#[derive(Debug, Clone)]
pub struct ServerOptions {
    /// Connections at once; more wait in the system's queue.
    pub connections: usize,
    /// Connections at once of one network (an IPv4 address, a /64 of IPv6); none where all callers come through a proxy.
    pub connections_per_network: Option<usize>,
    /// Streams at once on one HTTP/2 connection.
    pub streams_per_connection: u32,
    /// After this the client of a connection is asked to reconnect, so that new replicas get their share.
    pub connection_age: Duration,
    /// How long a request's head may take, and how long a new connection may wait before its first request.
    pub header_timeout: Duration,
    /// How long a connection stays open without a request after its first one; longer than proxies keep theirs.
    pub idle_timeout: Duration,
    /// How long a client may read nothing of an answer that is ready.
    pub stall_limit: Duration,
    /// How often a client over HTTP/2 is pinged, and how long its answer may take.
    pub ping_interval: Duration,
    /// Whether a client over HTTP/1.1 may close its sending half and still get its answer. If not, a client that closes
    /// it is known at once to have left.
    pub half_close: bool,
    /// How long calls under way may take to end once the server stops.
    pub drain: Duration,
    /// Cancelled when the process is about to stop: connections are told so, and are still served.
    pub retiring: CancellationToken,
    /// A caller over the network that presents this token acts as the store itself.
    pub service_token: Option<Arc<str>>,
}

impl Default for ServerOptions {
    fn default() -> Self {
        Self {
            connections: 1024,
            connections_per_network: Some(256),
            streams_per_connection: 256,
            connection_age: Duration::from_mins(5),
            header_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(75),
            stall_limit: Duration::from_mins(1),
            ping_interval: Duration::from_secs(20),
            half_close: false,
            drain: Duration::from_secs(10),
            retiring: CancellationToken::new(),
            service_token: None,
        }
    }
}

/// Serves a router on a listener until it is told to stop.
pub struct Server {
    listener: Listener,
    router: Router,
    options: ServerOptions,
}

impl Server {
    pub fn new(listener: Listener, router: Router, options: ServerOptions) -> Self {
        Self {
            listener,
            router,
            options,
        }
    }

    /// Runs until `stop`, then lets the calls under way end. Answers whether all of them did in time.
    pub async fn run(self, stop: CancellationToken) -> bool {
        let connections = TaskTracker::new();
        let permits = Permits::new(self.options.connections, self.options.connections_per_network);
        let abort = CancellationToken::new();
        // Limits the log lines: while there are no file handles, each attempt fails.
        let mut complaints = Allowance::new(1);
        loop {
            let accepted = tokio::select! {
                () = stop.cancelled() => break,
                accepted = self.accept(&permits) => accepted,
            };
            match accepted {
                Ok(Some(Accepted {
                    stream,
                    draining,
                    peer,
                    address,
                    permit,
                })) => {
                    let connection = Connection {
                        router: self.router.clone(),
                        options: self.options.clone(),
                        address,
                        came_over: CameOver {
                            peer,
                            upgrades: Upgrades {
                                tasks: connections.clone(),
                                abort: abort.clone(),
                            },
                        },
                        stop: stop.clone(),
                    };
                    let abort = abort.clone();
                    connections.spawn(async move {
                        tokio::select! {
                            () = connection.serve(stream, draining, permit) => {}
                            () = abort.cancelled() => {}
                        }
                    });
                }
                Ok(None) => metrics::counter!("dvs_connections_refused_total").increment(1),
                Err(error) => {
                    if complaints.pass() {
                        tracing::error!(%error, "connections cannot be accepted; are there file handles left (ulimit -n)?");
                    }
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
        // An open listener would still accept connections, whose calls would never be read. Once it is closed, callers
        // are refused and turn to another replica.
        drop(self.listener);
        connections.close();
        let drained = tokio::time::timeout(self.options.drain, connections.wait())
            .await
            .is_ok();
        abort.cancel();
        connections.wait().await;
        drained
    }

    /// The next connection; none if its caller has reached its limit.
    async fn accept(&self, permits: &Permits) -> io::Result<Option<Accepted>> {
        let one_of_all = permits.free().await.ok_or_else(|| io::Error::other("closed"))?;
        match &self.listener {
            Listener::Tcp(listener) => {
                let (stream, address) = listener.accept().await?;
                self.accept_tcp(stream, address, permits, one_of_all)
            }
            Listener::Folder(listener) => {
                let (stream, _) = listener.accept().await?;
                let draining = Draining::of_folder(&stream)?;
                Ok(permits.take(one_of_all, None).map(|permit| Accepted {
                    draining,
                    stream: Box::new(stream),
                    peer: Peer::Folder,
                    address: None,
                    permit,
                }))
            }
        }
    }

    fn accept_tcp(
        &self,
        stream: TcpStream,
        address: SocketAddr,
        permits: &Permits,
        one_of_all: OwnedSemaphorePermit,
    ) -> io::Result<Option<Accepted>> {
        let Some(permit) = permits.take(one_of_all, Some(address.ip())) else {
            // The connection is closed whether or not the caller receives this.
            let _ = stream.try_write(TOO_MANY);
            return Ok(None);
        };
        stream.set_nodelay(true)?;
        let peer = Peer::Network {
            service_token: self.options.service_token.clone(),
            address: address.ip().to_canonical(),
        };
        Ok(Some(Accepted {
            draining: Draining::of_tcp(&stream)?,
            stream: Box::new(stream),
            peer,
            address: Some(address),
            permit,
        }))
    }
}

struct Accepted {
    stream: Box<dyn Stream>,
    draining: Draining,
    peer: Peer,
    address: Option<SocketAddr>,
    permit: Permit,
}

/// What the accept loop knows of the connection that a request came over.
pub(crate) struct CameOver {
    pub(crate) peer: Peer,
    pub(crate) upgrades: Upgrades,
}

/// Runs connections that have been upgraded to another protocol, such as WebSockets; the drain waits for them too.
pub(crate) struct Upgrades {
    tasks: TaskTracker,
    abort: CancellationToken,
}

impl Upgrades {
    pub(crate) fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        let abort = self.abort.clone();
        self.tasks.spawn(async move {
            tokio::select! {
                () = work => {}
                () = abort.cancelled() => {}
            }
        });
    }
}
