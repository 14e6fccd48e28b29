//! The store's one accept loop: HTTP/1.1 and HTTP/2 on one port, with limits, connection age and a drain.

use std::io;
use std::net::SocketAddr;
use std::os::fd::AsFd;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use http::Request;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use tokio::io::{AsyncRead, AsyncWrite, Interest};
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

use crate::grpc::{CONNECTION_WINDOW_BYTES, STREAM_WINDOW_BYTES};
use crate::wire::Peer;

/// How long the loop rests when the system has no file handles left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Where a server listens, and so who its callers are.
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
    /// Streams at once on one HTTP/2 connection.
    pub streams_per_connection: u32,
    /// After this a connection is asked to go, so that new replicas get their share.
    pub connection_age: Duration,
    /// How long a request's headers may take, and how long a connection may stand before it asks for anything.
    pub header_timeout: Duration,
    /// How long calls under way may take to end once the server stops.
    pub drain: Duration,
    /// Opens the store's name to callers over the network.
    pub service_token: Option<Arc<str>>,
}

impl Default for ServerOptions {
    fn default() -> Self {
        Self {
            connections: 1024,
            streams_per_connection: 256,
            connection_age: Duration::from_mins(5),
            header_timeout: Duration::from_secs(10),
            drain: Duration::from_secs(10),
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
        let places = Arc::new(Semaphore::new(self.options.connections));
        let abort = CancellationToken::new();
        loop {
            let accepted = tokio::select! {
                () = stop.cancelled() => break,
                accepted = self.accept(&places) => accepted,
            };
            match accepted {
                Ok(Accepted {
                    stream,
                    leaving,
                    peer,
                    address,
                    place,
                }) => {
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
                            () = connection.serve(stream) => {}
                            () = leaving.seen() => {}
                            () = abort.cancelled() => {}
                        }
                        drop(place);
                    });
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
        connections.close();
        let drained = tokio::time::timeout(self.options.drain, connections.wait())
            .await
            .is_ok();
        abort.cancel();
        connections.wait().await;
        drained
    }

    async fn accept(&self, places: &Arc<Semaphore>) -> io::Result<Accepted> {
        let place = Arc::clone(places).acquire_owned().await.map_err(io::Error::other)?;
        match &self.listener {
            Listener::Tcp(listener) => {
                let (stream, address) = listener.accept().await?;
                stream.set_nodelay(true)?;
                let peer = Peer::Network {
                    service_token: self.options.service_token.clone(),
                    address: address.ip().to_canonical(),
                };
                Ok(Accepted {
                    leaving: Leaving::of_tcp(&stream)?,
                    stream: Box::new(stream),
                    peer,
                    address: Some(address),
                    place,
                })
            }
            Listener::Folder(listener) => {
                let (stream, _) = listener.accept().await?;
                Ok(Accepted {
                    leaving: Leaving::of_folder(&stream)?,
                    stream: Box::new(stream),
                    peer: Peer::Folder,
                    address: None,
                    place,
                })
            }
        }
    }
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

struct Accepted {
    stream: Box<dyn Stream>,
    leaving: Leaving,
    peer: Peer,
    address: Option<SocketAddr>,
    place: tokio::sync::OwnedSemaphorePermit,
}

/// Learns that a peer has left, though what it sent before stands unread: a service that takes nothing more of a body
/// would never come to its end.
enum Leaving {
    Tcp(TcpStream),
    Folder(UnixStream),
}

impl Leaving {
    /// A second handle of the socket, which nobody reads from.
    fn of_tcp(socket: &TcpStream) -> io::Result<Self> {
        let handle = socket.as_fd().try_clone_to_owned()?;
        Ok(Self::Tcp(TcpStream::from_std(handle.into())?))
    }

    fn of_folder(socket: &UnixStream) -> io::Result<Self> {
        let handle = socket.as_fd().try_clone_to_owned()?;
        Ok(Self::Folder(UnixStream::from_std(handle.into())?))
    }

    async fn seen(&self) {
        // Of what the handles listen for, this interest has the end of reading alone, and not what there is to read.
        const END: Interest = Interest::PRIORITY;
        // An error is an end too.
        let _ = match self {
            Self::Tcp(socket) => socket.ready(END).await,
            Self::Folder(socket) => socket.ready(END).await,
        };
    }
}

struct Connection {
    router: Router,
    options: ServerOptions,
    address: Option<SocketAddr>,
    came_over: CameOver,
    stop: CancellationToken,
}

/// What the accept loop knows of the connection that a request came over.
pub(crate) struct CameOver {
    pub(crate) peer: Peer,
    pub(crate) upgrades: Upgrades,
}

/// Where connections go on that have become something else; the drain waits for them too.
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

impl Connection {
    async fn serve(self, stream: Box<dyn Stream>) {
        let mut builder = auto::Builder::new(TokioExecutor::new());
        builder
            .http1()
            .timer(TokioTimer::new())
            .header_read_timeout(self.options.header_timeout);
        builder
            .http2()
            .timer(TokioTimer::new())
            .max_concurrent_streams(self.options.streams_per_connection)
            .initial_connection_window_size(CONNECTION_WINDOW_BYTES)
            .initial_stream_window_size(STREAM_WINDOW_BYTES);
        let (router, address, came_over) = (self.router, self.address, Arc::new(self.came_over));
        let has_asked = Arc::new(AtomicBool::new(false));
        let asks = Arc::clone(&has_asked);
        let service = hyper::service::service_fn(move |mut request: Request<Incoming>| {
            asks.store(true, Ordering::Relaxed);
            request.extensions_mut().insert(Arc::clone(&came_over));
            if let Some(address) = address {
                request.extensions_mut().insert(ConnectInfo(address));
            }
            router.clone().oneshot(request)
        });
        let mut connection = pin!(builder.serve_connection_with_upgrades(TokioIo::new(stream), service));
        let age = tokio::time::sleep(self.options.connection_age);
        tokio::select! {
            result = connection.as_mut() => return ended(result),
            () = silence(&has_asked, self.options.header_timeout) => return,
            () = self.stop.cancelled() => {}
            () = age => {}
        }
        connection.as_mut().graceful_shutdown();
        ended(connection.await);
    }
}

/// Ends when a connection has asked for nothing for too long. hyper's own limit begins with the first header of
/// HTTP/1: who says less than which protocol it speaks would keep its place.
async fn silence(has_asked: &AtomicBool, limit: Duration) {
    tokio::time::sleep(limit).await;
    if has_asked.load(Ordering::Relaxed) {
        std::future::pending::<()>().await;
    }
}

/// Clients that leave in the middle are everyday; they are worth a line only to who looks for them.
fn ended(result: Result<(), Box<dyn std::error::Error + Send + Sync>>) {
    let outcome = if result.is_ok() { "closed" } else { "broken" };
    metrics::counter!("dvs_connections_ended_total", "outcome" => outcome).increment(1);
    if let Err(error) = result {
        tracing::debug!(%error, "a connection ended");
    }
}
