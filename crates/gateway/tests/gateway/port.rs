//! The gateway on a real port, behind the store's own accept loop, with a film on the disk.

use std::sync::Arc;
use std::time::Duration;

use gateway::{RateLimits, Settings};
use object_store::local::LocalFileSystem;
use reqwest::{Client, StatusCode};
use rpc::{Listener, Server, ServerOptions};
use tempfile::TempDir;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::support::World;

/// More than any buffer on the way can hold.
const FILM_BYTES: u64 = 64 * 1024 * 1024;
const INDEX: &[u8] = b"the index comes at the end";

struct Store {
    address: String,
    _folder: TempDir,
    _stop: DropGuard,
}

async fn open(choose: impl FnOnce(&mut Settings)) -> Store {
    open_with(choose, ServerOptions::default()).await
}

async fn open_with(choose: impl FnOnce(&mut Settings), options: ServerOptions) -> Store {
    let folder = tempfile::tempdir().unwrap();
    let film = std::fs::File::create(folder.path().join("film.mp4")).unwrap();
    film.set_len(FILM_BYTES).unwrap();
    std::os::unix::fs::FileExt::write_all_at(&film, INDEX, FILM_BYTES - INDEX.len() as u64).unwrap();
    let media = LocalFileSystem::new_with_prefix(folder.path()).unwrap();
    let world = World::over(Arc::new(media), choose);
    world.catalogue.add_film("film.mp4", 0);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let stop = CancellationToken::new();
    let server = Server::new(Listener::Tcp(listener), world.router, options);
    tokio::spawn(server.run(stop.clone()));
    Store {
        address,
        _folder: folder,
        _stop: stop.drop_guard(),
    }
}

#[tokio::test]
async fn a_film_with_its_index_at_the_end_can_be_sought_while_it_streams() {
    let store = open(|_| {}).await;
    let film = format!("{}/media/media-key/film.mp4", store.address);
    let client = Client::new();
    let mut whole = client.get(&film).send().await.unwrap();
    assert_eq!(whole.content_length(), Some(FILM_BYTES));
    assert!(!whole.chunk().await.unwrap().unwrap().is_empty());
    let range = format!("bytes=-{}", INDEX.len());
    let end = client.get(&film).header("range", range).send().await.unwrap();
    assert_eq!(end.status(), StatusCode::PARTIAL_CONTENT);
    assert_eq!(end.bytes().await.unwrap(), INDEX);
    let mut received = 0;
    while let Some(chunk) = whole.chunk().await.unwrap() {
        received += chunk.len();
    }
    assert!(received as u64 > FILM_BYTES / 2);
    let head = client.head(&film).send().await.unwrap();
    assert_eq!(head.headers()["content-length"], FILM_BYTES.to_string());
}

#[tokio::test]
async fn the_accept_loop_tells_the_limits_who_asks() {
    let store = open(|settings| {
        settings.rate_limits = RateLimits {
            requests_an_address: std::num::NonZeroU32::new(2),
            ..RateLimits::OFF
        };
    })
    .await;
    let titles = format!("{}/api/v1/titles", store.address);
    let client = Client::new();
    let mut statuses = Vec::new();
    for _ in 0..3 {
        statuses.push(client.get(&titles).send().await.unwrap().status().as_u16());
    }
    assert_eq!(statuses, [200, 200, 429]);
}

#[tokio::test]
async fn who_connects_and_asks_nothing_keeps_no_place() {
    let one_place = ServerOptions {
        connections: 1,
        header_timeout: Duration::from_millis(50),
        ..ServerOptions::default()
    };
    let store = open_with(|_| {}, one_place).await;
    let address = store.address.strip_prefix("http://").unwrap();
    for said in ["", "PRI", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "GET / HTTP/1.1\r\n"] {
        let mut silent = TcpStream::connect(address).await.unwrap();
        silent.write_all(said.as_bytes()).await.unwrap();
        let asked = Client::new().get(format!("{}/healthz", store.address));
        let answer = asked.timeout(Duration::from_secs(5)).send().await;
        assert_eq!(answer.unwrap().status(), StatusCode::OK, "{said:?}");
    }
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused_to_a_client_that_is_still_sending() {
    let store = open(|_| {}).await;
    let session = format!("{}/api/v1/session", store.address);
    let request = Client::new().post(session).header("content-type", "application/json");
    let answer = request.body(vec![b'x'; 8 * 1024 * 1024]).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn a_playback_has_a_limit_of_concurrent_answers_and_gets_them_back() {
    let store = open(|_| {}).await;
    let film = format!("{}/media/media-key/film.mp4", store.address);
    let client = Client::new();
    let mut reading = Vec::new();
    let refused = loop {
        let answer = client.get(&film).send().await.unwrap();
        if answer.status() != StatusCode::OK {
            break answer;
        }
        reading.push(answer);
    };
    assert_eq!((refused.status(), reading.len()), (StatusCode::TOO_MANY_REQUESTS, 16));
    reading.clear();
    let again = async { while client.get(&film).send().await.unwrap().status() != StatusCode::OK {} };
    tokio::time::timeout(Duration::from_secs(20), again).await.unwrap();
}
