//! Serves one connection, HTTP/1.1 or HTTP/2, until it ends, is told to close, or exceeds a limit.

use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use axum::Router;
use axum::extract::ConnectInfo;
use http::header::CONNECTION;
use http::{HeaderValue, Request, StatusCode, Version};
use hyper::body::Incoming;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use super::activity::{Activity, Answer, End, EndTogether, Tasks};
use super::draining::Draining;
use super::permits::Permit;
use super::{CameOver, ServerOptions};
use crate::grpc::{CONNECTION_WINDOW_BYTES, STREAM_WINDOW_BYTES};

/// The most that is buffered of one answer that an HTTP/2 client has not read yet.
const SEND_BUFFER_BYTES: usize = 64 * 1024;

pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

pub(super) struct Connection {
    pub(super) router: Router,
    pub(super) options: ServerOptions,
    pub(super) address: Option<SocketAddr>,
    pub(super) came_over: CameOver,
    pub(super) stop: CancellationToken,
}

impl Connection {
    pub(super) async fn serve(self, stream: Box<dyn Stream>, draining: Draining, permit: Permit) {
        let activity = Arc::new(Activity::new(&self.options));
        let tasks = Tasks::default();
        let half_close = self.options.half_close;
        let _together = EndTogether(tasks.clone());
        let socket = Socket {
            stream,
            activity: Arc::clone(&activity),
            has_spoken: false,
            _permit: permit,
        };
        tokio::select! {
            () = self.carry(socket, &activity, &tasks) => {}
            () = draining.seen(half_close.then_some(&*activity)) => {}
        }
    }

    async fn carry(self, socket: Socket, activity: &Arc<Activity>, tasks: &Tasks) {
        let builder = builder(&self.options, tasks.clone());
        let (router, address, came_over) = (self.router, self.address, Arc::new(self.came_over));
        let asked = Arc::clone(activity);
        let service = hyper::service::service_fn(move |mut request: Request<Incoming>| {
            let under_way = asked.begin();
            let activity = Arc::clone(&asked);
            request.extensions_mut().insert(Arc::clone(&came_over));
            if let Some(address) = address {
                request.extensions_mut().insert(ConnectInfo(address));
            }
            let is_http1 = request.version() < Version::HTTP_2;
            let answer = router.clone().oneshot(request);
            async move {
                under_way.is_answered_here();
                let mut answer = answer.await?;
                if is_http1 && activity.retires() && answer.status() != StatusCode::SWITCHING_PROTOCOLS {
                    answer
                        .headers_mut()
                        .insert(CONNECTION, HeaderValue::from_static("close"));
                }
                Ok::<_, std::convert::Infallible>(answer.map(|body| Answer::new(body, under_way)))
            }
        });
        let mut connection = pin!(builder.serve_connection_with_upgrades(TokioIo::new(socket), service));
        let mut age = pin!(tokio::time::sleep(self.options.connection_age));
        let mut outstayed = pin!(activity.outstayed(tasks));
        let retiring = self.options.retiring.clone();
        let mut is_retired = false;
        loop {
            tokio::select! {
                result = connection.as_mut() => return ended(result),
                end = &mut outstayed => {
                    metrics::counter!("dvs_connections_ended_total", "why" => end.name()).increment(1);
                    if end == End::Idle {
                        break;
                    }
                    return;
                }
                () = self.stop.cancelled() => break,
                () = &mut age, if !is_retired => {}
                () = retiring.cancelled(), if !is_retired => {}
            }
            is_retired = true;
            activity.retire();
            // HTTP/2 has a frame for that (GOAWAY). Over HTTP/1.1 the next answer says it: a client that is about to
            // send another request must not find the connection closed.
            if activity.is_http2() {
                connection.as_mut().graceful_shutdown();
            }
        }
        connection.as_mut().graceful_shutdown();
        // Requests under way may still end after the drain; a connection that is idle or stalled by then is closed.
        let stays = async {
            tokio::time::sleep(self.options.drain).await;
            while !activity.is_idle() {
                if activity.outstayed(tasks).await != End::Idle {
                    return;
                }
            }
        };
        tokio::select! {
            result = connection.as_mut() => ended(result),
            () = stays => {}
        }
    }
}

fn builder(options: &ServerOptions, tasks: Tasks) -> auto::Builder<Tasks> {
    let mut builder = auto::Builder::new(tasks);
    // `Activity` limits the time of a head, because hyper does not distinguish it from the time between requests.
    builder.http1().half_close(options.half_close).header_read_timeout(None);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(options.streams_per_connection)
        .max_send_buf_size(SEND_BUFFER_BYTES)
        .keep_alive_interval(options.ping_interval)
        .keep_alive_timeout(options.ping_interval)
        .initial_connection_window_size(CONNECTION_WINDOW_BYTES)
        .initial_stream_window_size(STREAM_WINDOW_BYTES);
    builder
}

impl End {
    fn name(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Slow => "slow",
            Self::Stalled => "stalled",
        }
    }
}

/// Clients often disconnect in the middle, so that is logged at the level DEBUG only.
fn ended(result: Result<(), Box<dyn std::error::Error + Send + Sync>>) {
    let outcome = if result.is_ok() { "closed" } else { "broken" };
    metrics::counter!("dvs_connections_ended_total", "outcome" => outcome).increment(1);
    if let Err(error) = result {
        tracing::debug!(%error, "a connection ended");
    }
}

/// A connection's stream, which holds its permit even after an upgrade to another protocol.
struct Socket {
    stream: Box<dyn Stream>,
    activity: Arc<Activity>,
    has_spoken: bool,
    _permit: Permit,
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(context, buffer))?;
        let heard = buffer.filled().get(before..).unwrap_or_default();
        if !heard.is_empty() {
            self.activity.heard(!self.has_spoken, heard);
            self.has_spoken = true;
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Socket {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }
}
