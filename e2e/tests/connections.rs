//! What the store does with connections that are idle, half closed, or speak no HTTP.

use std::net::TcpListener;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use e2e::{Opening, Store};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::Instant;

const REQUEST: &[u8] = b"GET /api/v1/titles HTTP/1.1\r\nhost: films.example\r\n\r\n";
/// The shortest that the option takes.
const IDLE: Duration = Duration::from_secs(5);
/// Far more than the store takes to notice.
const NOTICED_WITHIN: Duration = Duration::from_secs(15);
const NOISE: usize = 200;

async fn connect(store: &Store) -> Result<TcpStream> {
    let address = store.address().trim_start_matches("http://");
    Ok(TcpStream::connect(address).await?)
}

/// Reads until the store closes the connection.
async fn rest(mut connection: TcpStream) -> Result<Vec<u8>> {
    let mut answer = Vec::new();
    let read = connection.read_to_end(&mut answer);
    tokio::time::timeout(NOTICED_WITHIN, read)
        .await
        .context("the connection stays open")??;
    Ok(answer)
}

#[tokio::test]
async fn a_connection_is_kept_for_as_long_as_the_operator_says() -> Result<()> {
    let seconds = IDLE.as_secs().to_string();
    let store = Opening::new()?.with(&["--idle-timeout", &seconds]).start().await?;
    let mut connection = connect(&store).await?;
    connection.write_all(REQUEST).await?;
    let begun = Instant::now();
    let answer = rest(connection).await?;
    ensure!(
        answer.starts_with(b"HTTP/1.1 200"),
        "{}",
        String::from_utf8_lossy(&answer)
    );
    ensure!(begun.elapsed() >= IDLE, "it was closed after {:?}", begun.elapsed());
    Ok(())
}

#[tokio::test]
async fn a_client_that_closes_its_sending_half_is_answered() -> Result<()> {
    let store = Store::open().await?;
    let mut connection = connect(&store).await?;
    connection.write_all(REQUEST).await?;
    connection.shutdown().await?;
    let answer = rest(connection).await?;
    ensure!(
        answer.starts_with(b"HTTP/1.1 200"),
        "{}",
        String::from_utf8_lossy(&answer)
    );
    Ok(())
}

#[tokio::test]
async fn what_is_no_http_is_counted_and_not_logged() -> Result<()> {
    let metrics = TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string();
    let store = Opening::new()?.with(&["--metrics-listen", &metrics]).start().await?;
    store.get("/api/v1/titles").await?;
    let before = store.opening().log_text()?;
    for number in 0..NOISE {
        let mut connection = connect(&store).await?;
        let noise: &[u8] = match number % 3 {
            0 => b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 a client that speaks TLS\r\n\r\n",
            1 => b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n and then no frame at all",
            _ => b"EHLO films.example\r\n\r\n",
        };
        // The store may close it before it has all of it.
        let _ = connection.write_all(noise).await;
        let _ = rest(connection).await;
    }
    let text = store
        .http()
        .get(format!("http://{metrics}/metrics"))
        .send()
        .await?
        .text()
        .await?;
    let ended = text
        .lines()
        .filter(|line| line.starts_with("dvs_connections_ended_total"));
    let ended: usize = ended
        .filter_map(|line| line.rsplit(' ').next()?.parse::<usize>().ok())
        .sum();
    ensure!(ended >= NOISE / 2, "{text}");
    let log = store.opening().log_text()?;
    let written = &log[before.len()..];
    ensure!(!written.contains("WARN") && !written.contains("ERROR"), "{written}");
    ensure!(written.lines().count() < NOISE / 10, "{written}");
    Ok(())
}
