//! A minimal client over HTTP/1.1, so that the server is measured and not the client.

use std::borrow::Cow;
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result, bail, ensure};
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::load::Calls;
use crate::titles::typed_searches;

/// A larger answer is an error.
const PAGE_LIMIT_BYTES: usize = 64 * 1024 * 1024;
const READ_BYTES: usize = 64 * 1024;

/// The pages that are requested, in order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Requests {
    Paths(Vec<String>),
    /// Searches, all of them different.
    Searches,
}

impl Requests {
    fn paths(&self) -> Vec<String> {
        match self {
            Self::Paths(paths) => paths.clone(),
            Self::Searches => typed_searches()
                .iter()
                .map(|search| format!("/api/v1/titles?{search}"))
                .collect(),
        }
    }
}

/// Requests pages of a server over a number of connections, each of which carries one request at a time.
pub(crate) struct Pages {
    requests: Vec<Box<[u8]>>,
    idle: Mutex<Vec<Connection>>,
}

impl Pages {
    pub(crate) async fn connect(
        address: &str,
        requests: &Requests,
        session: Option<&str>,
        connections: usize,
    ) -> Result<Self> {
        let mut idle = Vec::with_capacity(connections);
        for _ in 0..connections {
            idle.push(Connection::open(address).await?);
        }
        let requests = requests.paths();
        let requests = requests
            .iter()
            .map(|path| request(path, session, "").into_boxed_slice());
        Ok(Self {
            requests: requests.collect(),
            idle: Mutex::new(idle),
        })
    }
}

impl Calls for Pages {
    async fn once(&self, number: u64) -> Result<u64> {
        let chosen = usize::try_from(number)? % self.requests.len();
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut connection = idle.context("there are as many callers as connections")?;
        connection.page(&self.requests[chosen]).await?;
        self.idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(connection);
        Ok(1)
    }
}

/// A page as it was received.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) body: String,
}

/// Requests one page.
pub(crate) async fn fetch(address: &str, path: &str, session: Option<&str>) -> Result<Page> {
    let mut connection = Connection::open(address).await?;
    let length = connection.page(&request(path, session, "")).await?;
    let body = connection.read.split_off(connection.read.len() - length);
    Ok(Page {
        body: String::from_utf8(body).context("a page is text")?,
    })
}

/// Requests an answer that may be long, and reads all of its bytes, with the head.
pub(crate) async fn read_to_end(address: &str, path: &str) -> Result<Vec<u8>> {
    let mut connection = Connection::open(address).await?;
    let request = request(path, None, "connection: close\r\n");
    connection.stream.write_all(&request).await?;
    let mut answer = Vec::new();
    connection.stream.read_to_end(&mut answer).await?;
    ensure_ok(&answer)?;
    Ok(answer)
}

/// A request with these headers in addition to the usual ones.
fn request(path: &str, session: Option<&str>, more: &str) -> Vec<u8> {
    let session = session.map(|token| format!("authorization: Bearer {token}\r\n"));
    let session = session.unwrap_or_default();
    format!("GET {path} HTTP/1.1\r\nhost: localhost\r\naccept: application/json\r\n{session}{more}\r\n").into_bytes()
}

struct Connection {
    stream: TcpStream,
    read: Vec<u8>,
}

impl Connection {
    async fn open(address: &str) -> Result<Self> {
        let authority = address.trim_start_matches("http://");
        let stream = TcpStream::connect(authority)
            .await
            .with_context(|| format!("{address} cannot be reached"))?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            read: Vec::with_capacity(READ_BYTES),
        })
    }

    /// Sends the request, and reads the whole answer, which must have the status 200. Returns the length of its body.
    async fn page(&mut self, request: &[u8]) -> Result<usize> {
        self.stream.write_all(request).await?;
        self.read.clear();
        let head = loop {
            self.more().await?;
            if let Some(end) = self.read.windows(4).position(|window| window == b"\r\n\r\n") {
                break end + 4;
            }
        };
        ensure_ok(&self.read)?;
        let length = content_length(&self.read[..head]).context("an answer says how long it is")?;
        while self.read.len() < head + length {
            self.more().await?;
        }
        Ok(length)
    }

    async fn more(&mut self) -> Result<()> {
        self.read.reserve(READ_BYTES);
        ensure!(self.read.len() < PAGE_LIMIT_BYTES, "an answer is too long");
        if self.stream.read_buf(&mut self.read).await? == 0 {
            bail!("the server closed the connection");
        }
        Ok(())
    }
}

fn ensure_ok(answer: &[u8]) -> Result<()> {
    let head = &answer[..answer.len().min(300)];
    ensure!(
        answer.starts_with(b"HTTP/1.1 200"),
        "the server answered {}",
        String::from_utf8_lossy(head)
    );
    Ok(())
}

fn content_length(head: &[u8]) -> Option<usize> {
    const NAME: &[u8] = b"content-length: ";
    let lines = head.split(|byte| *byte == b'\n');
    let mut lines = lines.filter(|line| line.len() > NAME.len());
    let line = lines.find(|line| line[..NAME.len()].eq_ignore_ascii_case(NAME))?;
    std::str::from_utf8(&line[NAME.len()..]).ok()?.trim().parse().ok()
}

/// The body of an answer; none if the bytes are not a complete HTTP/1.1 answer.
pub(crate) fn body(answer: &[u8]) -> Option<Cow<'_, [u8]>> {
    let head = answer.windows(4).position(|window| window == b"\r\n\r\n")? + 4;
    let (head, mut rest) = answer.split_at(head);
    if !head.to_ascii_lowercase().windows(7).any(|window| window == b"chunked") {
        return Some(rest.into());
    }
    let mut body = Vec::with_capacity(rest.len());
    loop {
        let httparse::Status::Complete((begins, size)) = httparse::parse_chunk_size(rest).ok()? else {
            return None;
        };
        let chunk = rest.get(begins..)?;
        let size = usize::try_from(size).ok()?;
        if size == 0 {
            return Some(body.into());
        }
        body.extend_from_slice(chunk.get(..size)?);
        rest = chunk.get(size + 2..)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_chunk_cuts_is_counted_whole() {
        let answer = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n\"yea\r\n3\r\nr\":\r\n0\r\n\r\n";
        assert_eq!(body(answer).unwrap(), &b"\"year\":"[..]);
        assert_eq!(
            body(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}").unwrap(),
            &b"{}"[..]
        );
        assert_eq!(body(&answer[..answer.len() - 9]), None);
        assert_eq!(body(b"HTTP/1.1 200 OK\r\n"), None);
    }
}
