//! The accept loop on a real port, with clients that are slow, silent, greedy or connected for too long.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::routing::get;
use futures::{StreamExt, stream};
use http_body_util::{BodyExt, Empty};
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rpc::{Listener, Server, ServerOptions};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};
use tokio_util::sync::{CancellationToken, DropGuard};

#[path = "server/silent.rs"]
mod silent;

/// What must happen happens within this time, even on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);
/// What must not happen would have happened within this time.
const MOMENT: Duration = Duration::from_millis(300);
const SHORT: Duration = Duration::from_millis(100);

struct Site {
    address: SocketAddr,
    /// Notified when the service drops an endless answer.
    given_up: Arc<Notify>,
    /// Lets `/later` answer.
    later: Arc<Notify>,
    run: JoinHandle<bool>,
    stop: DropGuard,
}

async fn open(options: ServerOptions) -> Site {
    let given_up = Arc::new(Notify::new());
    let later = Arc::new(Notify::new());
    let (on_drop, on_later) = (Arc::clone(&given_up), Arc::clone(&later));
    let router = Router::new()
        .route("/", get(async || "well"))
        .route(
            "/endless",
            get(async move || {
                let left = GivenUp(on_drop);
                let chunks = stream::repeat_with(move || {
                    let _ = &left;
                    Ok::<_, Infallible>(Bytes::from_static(&[b'x'; 16 * 1024]))
                });
                Body::from_stream(chunks)
            }),
        )
        .route(
            "/later",
            get(async move || {
                on_later.notified().await;
                "late"
            }),
        )
        .route(
            "/slow-stream",
            get(async || {
                let first = stream::once(async { Ok::<_, Infallible>(Bytes::from_static(b"begins ")) });
                let second = stream::once(async {
                    tokio::time::sleep(MOMENT).await;
                    Ok(Bytes::from_static(b"and ends"))
                });
                Body::from_stream(first.chain(second))
            }),
        );
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let stop = CancellationToken::new();
    let run = tokio::spawn(Server::new(Listener::Tcp(listener), router, options).run(stop.clone()));
    Site {
        address,
        given_up,
        later,
        run,
        stop: stop.drop_guard(),
    }
}

struct GivenUp(Arc<Notify>);

impl Drop for GivenUp {
    fn drop(&mut self) {
        self.0.notify_one();
    }
}

impl Site {
    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// A client over HTTP/2 whose window for an answer is this many bytes.
    async fn over_http2(&self, window: u32) -> http2::SendRequest<Empty<Bytes>> {
        let io = TokioIo::new(self.connect().await);
        let mut builder = http2::Builder::new(TokioExecutor::new());
        builder.initial_stream_window_size(window);
        let (sender, connection) = builder.handshake(io).await.unwrap();
        tokio::spawn(connection);
        sender
    }

    fn request(&self, path: &str) -> http::Request<Empty<Bytes>> {
        let uri = format!("http://{}{path}", self.address);
        http::Request::get(uri).body(Empty::new()).unwrap()
    }
}

async fn ask(stream: &mut TcpStream, path: &str) {
    let head = format!("GET {path} HTTP/1.1\r\nhost: here\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
}

/// Reads an answer whose short body ends in `last`.
async fn answer(stream: &mut TcpStream, last: &str) -> String {
    let mut answer = String::new();
    let reading = async {
        while !answer.ends_with(last) {
            let mut buffer = [0; 1024];
            let read = stream.read(&mut buffer).await.unwrap();
            assert_ne!(read, 0, "it ended after {answer:?}");
            answer.push_str(std::str::from_utf8(&buffer[..read]).unwrap());
        }
    };
    timeout(PATIENCE, reading).await.unwrap();
    answer
}

async fn closes(stream: &mut TcpStream) {
    let read = timeout(PATIENCE, stream.read(&mut [0; 1024])).await.expect("it closes");
    assert!(matches!(read, Ok(0) | Err(_)), "{read:?}");
}

#[tokio::test]
async fn one_network_cannot_take_all_connections() {
    let site = open(ServerOptions {
        connections_per_network: Some(2),
        ..ServerOptions::default()
    })
    .await;
    let mut first = site.connect().await;
    let mut second = site.connect().await;
    for stream in [&mut first, &mut second] {
        ask(stream, "/").await;
        answer(stream, "well").await;
    }
    let mut third = site.connect().await;
    answer(&mut third, "\r\n\r\n").await;
    closes(&mut third).await;
    drop(first);
    let again = async {
        loop {
            let mut stream = site.connect().await;
            ask(&mut stream, "/").await;
            let mut text = vec![0; 1024];
            if stream
                .read(&mut text)
                .await
                .is_ok_and(|_| text.starts_with(b"HTTP/1.1 200"))
            {
                return;
            }
        }
    };
    timeout(PATIENCE, again).await.expect("a place that was left is free");
}

#[tokio::test]
async fn an_unread_answer_over_http2_is_dropped_and_the_connection_still_serves() {
    let site = open(ServerOptions {
        stall_limit: MOMENT,
        ..ServerOptions::default()
    })
    .await;
    let mut client = site.over_http2(0).await;
    let mut untaken = client.send_request(site.request("/endless")).await.unwrap();
    let cut = timeout(PATIENCE, untaken.body_mut().frame())
        .await
        .expect("it is given up");
    assert!(cut.unwrap().is_err());
    timeout(PATIENCE, site.given_up.notified()).await.unwrap();
    // The connection still serves: this answer consists of a head alone, which a window of 0 bytes admits.
    let well = timeout(PATIENCE, client.send_request(site.request("/nowhere")))
        .await
        .unwrap();
    assert_eq!(well.unwrap().status(), 404);
}

#[tokio::test]
async fn an_unread_answer_over_http1_is_dropped() {
    let site = open(ServerOptions {
        stall_limit: MOMENT,
        ..ServerOptions::default()
    })
    .await;
    let mut untaken = site.connect().await;
    ask(&mut untaken, "/endless").await;
    timeout(PATIENCE, site.given_up.notified())
        .await
        .expect("it is given up");
}

#[tokio::test]
async fn an_answer_that_is_slow_to_make_is_waited_for() {
    let site = open(ServerOptions {
        stall_limit: SHORT,
        ..ServerOptions::default()
    })
    .await;
    let mut stream = site.connect().await;
    ask(&mut stream, "/slow-stream").await;
    answer(&mut stream, "and ends\r\n0\r\n\r\n").await;
    let mut client = site.over_http2(65_535).await;
    let answer = client.send_request(site.request("/slow-stream")).await.unwrap();
    assert_eq!(
        answer.into_body().collect().await.unwrap().to_bytes(),
        "begins and ends"
    );
}

#[tokio::test]
async fn a_connection_may_be_idle_for_as_long_as_is_said_and_a_head_may_not_take_as_long() {
    let site = open(ServerOptions {
        idle_timeout: MOMENT * 10,
        header_timeout: MOMENT,
        ..ServerOptions::default()
    })
    .await;
    let mut idle = site.connect().await;
    ask(&mut idle, "/").await;
    answer(&mut idle, "well").await;
    let since = Instant::now();
    closes(&mut idle).await;
    assert!(since.elapsed() >= MOMENT * 9, "{:?}", since.elapsed());

    let mut slow = site.connect().await;
    ask(&mut slow, "/").await;
    answer(&mut slow, "well").await;
    slow.write_all(b"GET / HT").await.unwrap();
    let since = Instant::now();
    closes(&mut slow).await;
    assert!(since.elapsed() < MOMENT * 10, "{:?}", since.elapsed());
}

#[tokio::test]
async fn a_connection_of_age_is_told_so_before_it_closes() {
    let site = open(ServerOptions {
        connection_age: SHORT,
        ..ServerOptions::default()
    })
    .await;
    let mut stream = site.connect().await;
    ask(&mut stream, "/").await;
    answer(&mut stream, "well").await;
    // The connection is over its age by now, and still open: the next answer announces that it closes.
    timeout(MOMENT, stream.read(&mut [0; 8]))
        .await
        .expect_err("it stays open");
    ask(&mut stream, "/").await;
    let told = answer(&mut stream, "well").await;
    assert!(told.contains("connection: close\r\n"), "{told}");
    closes(&mut stream).await;

    let mut client = site.over_http2(65_535).await;
    let late = client.send_request(site.request("/later"));
    let late = tokio::spawn(late);
    let gone = async { while client.ready().await.is_ok() && client.send_request(site.request("/")).await.is_ok() {} };
    timeout(PATIENCE, gone).await.expect("GOAWAY");
    site.later.notify_one();
    let answered = late.await.unwrap().expect("what was under way is answered");
    assert_eq!(answered.into_body().collect().await.unwrap().to_bytes(), "late");
}

#[tokio::test]
async fn a_process_that_is_about_to_leave_tells_its_connections() {
    let retiring = CancellationToken::new();
    let site = open(ServerOptions {
        retiring: retiring.clone(),
        ..ServerOptions::default()
    })
    .await;
    let mut stream = site.connect().await;
    ask(&mut stream, "/").await;
    assert!(!answer(&mut stream, "well").await.contains("connection: close"));
    retiring.cancel();
    let told = async {
        loop {
            ask(&mut stream, "/").await;
            if answer(&mut stream, "well").await.contains("connection: close\r\n") {
                return;
            }
        }
    };
    timeout(PATIENCE, told).await.unwrap();
    closes(&mut stream).await;
}

#[tokio::test]
async fn a_client_that_closes_its_sending_half_gets_its_answer() {
    let site = open(ServerOptions {
        half_close: true,
        ..ServerOptions::default()
    })
    .await;
    let mut stream = site.connect().await;
    ask(&mut stream, "/later").await;
    stream.shutdown().await.unwrap();
    timeout(MOMENT, stream.read(&mut [0; 8]))
        .await
        .expect_err("it is not cut off");
    site.later.notify_one();
    answer(&mut stream, "late").await;
    closes(&mut stream).await;
}

#[tokio::test]
async fn a_client_that_completes_no_request_head_is_disconnected() {
    let site = open(ServerOptions {
        header_timeout: SHORT,
        ..ServerOptions::default()
    })
    .await;
    for said in ["", "PRI", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "GET / HTTP/1.1\r\n"] {
        let mut stream = site.connect().await;
        stream.write_all(said.as_bytes()).await.unwrap();
        let mut rest = Vec::new();
        let _ = timeout(PATIENCE, stream.read_to_end(&mut rest)).await.expect(said);
    }
}

#[tokio::test]
async fn a_server_that_stops_refuses_connections_while_its_calls_end() {
    let site = open(ServerOptions {
        drain: PATIENCE,
        ..ServerOptions::default()
    })
    .await;
    let mut stream = site.connect().await;
    ask(&mut stream, "/endless").await;
    stream.read_exact(&mut [0; 8]).await.unwrap();
    drop(site.stop);
    let refused = async {
        while TcpStream::connect(site.address).await.is_ok() {
            tokio::time::sleep(SHORT).await;
        }
    };
    timeout(PATIENCE / 2, refused).await.expect("it is refused");
    assert!(!site.run.is_finished(), "a call is under way");
    drop(stream);
    let drained = timeout(PATIENCE, site.run).await.expect("it ends").unwrap();
    assert!(drained, "the client has left");
}

#[tokio::test]
async fn a_shutdown_ends_though_answers_are_not_taken() {
    let drain = MOMENT;
    let site = open(ServerOptions {
        drain,
        ..ServerOptions::default()
    })
    .await;
    let mut streams = Vec::new();
    for _ in 0..4 {
        let mut stream = site.connect().await;
        ask(&mut stream, "/endless").await;
        streams.push(stream);
    }
    let mut client = site.over_http2(0).await;
    let untaken = client.send_request(site.request("/endless")).await.unwrap();
    drop(site.stop);
    let drained = timeout(PATIENCE, site.run).await.expect("it ends").unwrap();
    assert!(!drained, "not all took their answers");
    drop((untaken, streams));
}
