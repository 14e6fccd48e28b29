//! Clients over HTTP/2 that ask, and then neither read nor answer.

use rpc::ServerOptions;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;

use crate::{MOMENT, PATIENCE, SHORT, open};

/// What a client over HTTP/2 sends that lets no byte of an answer through: the preface, `SETTINGS` with a window of 0, and
/// a request for `/endless`.
fn asks_without_a_window() -> Vec<u8> {
    const SETTINGS: [u8; 15] = [0, 0, 6, 4, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0];
    // `GET` and `http` by their places in HPACK's table, then the path and the host.
    let headers = [&[0x82, 0x86, 0x04, 8][..], b"/endless", &[0x01, 4], b"here"].concat();
    let length = u8::try_from(headers.len()).unwrap();
    let frame = [0, 0, length, 1, 0b101, 0, 0, 0, 1];
    [b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", &SETTINGS[..], &frame, &headers].concat()
}

#[tokio::test]
async fn a_client_over_http2_that_answers_no_ping_is_closed() {
    let site = open(ServerOptions {
        ping_interval: SHORT,
        ..ServerOptions::default()
    })
    .await;
    let mut silent = site.connect().await;
    silent.write_all(&asks_without_a_window()).await.unwrap();
    timeout(PATIENCE, site.given_up.notified())
        .await
        .expect("its answer is dropped");
    let mut heard = Vec::new();
    let _ = timeout(PATIENCE, silent.read_to_end(&mut heard))
        .await
        .expect("it closes");
}

#[tokio::test]
async fn a_shutdown_ends_though_a_client_over_http2_says_nothing_any_more() {
    let site = open(ServerOptions {
        drain: MOMENT,
        ..ServerOptions::default()
    })
    .await;
    let mut silent = site.connect().await;
    silent.write_all(&asks_without_a_window()).await.unwrap();
    // The server has the request once it answers.
    silent.read_exact(&mut [0; 16]).await.unwrap();
    drop(site.stop);
    timeout(PATIENCE, site.run).await.expect("it ends").unwrap();
    drop(silent);
}
