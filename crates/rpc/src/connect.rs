//! Where a service is, and how to open a connection to it.

use std::fmt;
use std::future::Future;
use std::io;
use std::path::PathBuf;
use std::pin::Pin;
use std::str::FromStr;
use std::task::{Context, Poll};
use std::time::Duration;

use http::Uri;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::client::legacy::connect::{Connected, Connection};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpStream, UnixStream};
use tokio_util::either::Either;
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

use crate::socket;
use crate::tap::{Tap, Tapped};

/// How long opening a connection may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// Where a service listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// `host:port`.
    Tcp(String),
    /// A socket in the file system.
    Unix(PathBuf),
}

/// Why a text is no address.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{0:?} is no address: write http://HOST:PORT or unix:PATH")]
pub struct AddressError(String);

impl AddressError {
    pub(crate) fn of(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl fmt::Display for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(authority) => write!(formatter, "http://{authority}"),
            Self::Unix(path) => write!(formatter, "unix:{}", path.display()),
        }
    }
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        if let Some(path) = text.strip_prefix("unix:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            return Ok(Self::Unix(PathBuf::from(path)));
        }
        let authority = text.strip_prefix("http://").unwrap_or(text).trim_end_matches('/');
        let (host, port) = authority
            .rsplit_once(':')
            .ok_or_else(|| AddressError(text.to_owned()))?;
        if host.is_empty() || host.contains('/') || port.parse::<u16>().is_err() {
            return Err(AddressError(text.to_owned()));
        }
        Ok(Self::Tcp(authority.to_owned()))
    }
}

impl Address {
    /// The start of every URI on this address; a socket file has no name of its own.
    pub(crate) fn origin(&self) -> String {
        match self {
            Self::Tcp(authority) => format!("http://{authority}"),
            Self::Unix(_) => "http://localhost".to_owned(),
        }
    }
}

/// Opens connections to one address, whatever URI is asked for.
#[derive(Debug, Clone)]
pub(crate) struct Connector {
    pub(crate) address: Address,
    /// Records the bytes on them.
    pub(crate) tap: Option<Tap>,
}

impl Connector {
    /// Opens a connection, or fails after [`CONNECT_TIMEOUT`].
    pub(crate) async fn open(&self) -> io::Result<Opened> {
        let opened = tokio::time::timeout(CONNECT_TIMEOUT, connect(&self.address)).await;
        let opened = opened.map_err(|_elapsed| io::Error::from(io::ErrorKind::TimedOut))??;
        Ok(Tapped::new(opened, self.tap.as_ref()))
    }
}

impl tower::Service<Uri> for Connector {
    type Response = Socket;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Socket>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Uri) -> Self::Future {
        let connector = self.clone();
        Box::pin(async move { Ok(Socket::over(connector.open().await?)) })
    }
}

/// A connection of either kind.
pub(crate) type Opened = Tapped<Either<TcpStream, UnixStream>>;

async fn connect(address: &Address) -> io::Result<Either<TcpStream, UnixStream>> {
    match address {
        Address::Tcp(authority) => {
            let stream = TcpStream::connect(authority).await?;
            stream.set_nodelay(true)?;
            // A connection is closed when it is idle, or when its call was cancelled. The bytes of a cancelled call
            // that are still unsent would delay the reset that tells the service of the cancellation, so they are
            // discarded.
            stream.set_zero_linger()?;
            Ok(Either::Left(stream))
        }
        Address::Unix(path) => Ok(Either::Right(socket::connect(path).await?)),
    }
}

/// A connection as hyper requires it.
pub(crate) struct Socket {
    stream: TokioIo<Opened>,
    hang_up: HangUp,
    hung_up: Pin<Box<WaitForCancellationFutureOwned>>,
}

/// Closes a connection at once, even if bytes are still to be sent. A caller obtains it from the connection that
/// carried its request.
#[derive(Clone)]
pub(crate) struct HangUp(CancellationToken);

impl HangUp {
    pub(crate) fn now(&self) {
        self.0.cancel();
    }
}

impl Socket {
    fn over(stream: Opened) -> Self {
        let token = CancellationToken::new();
        Self {
            stream: TokioIo::new(stream),
            hung_up: Box::pin(token.clone().cancelled_owned()),
            hang_up: HangUp(token),
        }
    }

    fn poll_hung_up(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        match self.hung_up.as_mut().poll(cx) {
            Poll::Ready(()) => Err(io::ErrorKind::ConnectionAborted.into()),
            Poll::Pending => Ok(()),
        }
    }
}

impl Connection for Socket {
    fn connected(&self) -> Connected {
        Connected::new().extra(self.hang_up.clone())
    }
}

impl Read for Socket {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: ReadBufCursor<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl Write for Socket {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_hung_up(cx)?;
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_hung_up(cx)?;
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffers: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.poll_hung_up(cx)?;
        Pin::new(&mut self.stream).poll_write_vectored(cx, buffers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_in_their_usual_spellings() {
        let tcp = Address::Tcp("localhost:50051".to_owned());
        assert_eq!("http://localhost:50051/".parse::<Address>().unwrap(), tcp);
        assert_eq!("localhost:50051".parse::<Address>().unwrap(), tcp);
        let socket = Address::Unix(PathBuf::from("/data/rent.sock"));
        assert_eq!("unix:/data/rent.sock".parse::<Address>().unwrap(), socket);
        assert_eq!("unix:///data/rent.sock".parse::<Address>().unwrap(), socket);
        for text in ["", "localhost", "http://:1", "localhost:port", "https://localhost/x:1"] {
            assert!(text.parse::<Address>().is_err(), "{text}");
        }
    }
}
