//! Records the bytes on a client's connections, so that a call can be inspected.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Instant;

/// The most bytes that a tap keeps; it only counts what follows.
const TAP_LIMIT_BYTES: usize = 8 * 1024 * 1024;

/// The direction of bytes, as the client sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// To the service.
    There,
    /// From the service.
    Back,
}

/// The bytes of one read or write.
#[derive(Debug, Clone)]
pub struct Passage {
    /// Counts the client's connections, from 0.
    pub connection: usize,
    pub direction: Direction,
    pub at: Instant,
    pub bytes: Bytes,
}

/// The recorded connections of a client; clones share the record.
#[derive(Debug, Clone)]
pub struct Tap(Arc<Mutex<Seen>>);

#[derive(Debug)]
struct Seen {
    connections: usize,
    /// How many bytes went there, and back.
    counted: (u64, u64),
    /// How many more bytes are kept; 0 once some were not kept, because bytes after a gap cannot be read.
    room: usize,
    missed: u64,
    passages: Vec<Passage>,
}

impl Default for Tap {
    fn default() -> Self {
        Self::keeping(TAP_LIMIT_BYTES)
    }
}

impl Tap {
    /// A tap that counts bytes and keeps none.
    pub fn counting() -> Self {
        Self::keeping(0)
    }

    /// A tap that keeps the first `limit_bytes` bytes.
    pub fn keeping(limit_bytes: usize) -> Self {
        Self(Arc::new(Mutex::new(Seen {
            connections: 0,
            counted: (0, 0),
            room: limit_bytes,
            missed: 0,
            passages: Vec::new(),
        })))
    }

    /// How many bytes were counted and not kept.
    pub fn missed(&self) -> u64 {
        self.seen().missed
    }

    /// How many bytes have gone there, and back.
    pub fn counted(&self) -> (u64, u64) {
        self.seen().counted
    }

    /// Takes the bytes that were recorded up to now.
    pub fn take(&self) -> Vec<Passage> {
        std::mem::take(&mut self.seen().passages)
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        // Nothing panics while it holds the lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn next_connection(&self) -> usize {
        let mut seen = self.seen();
        seen.connections += 1;
        seen.connections - 1
    }

    fn see(&self, connection: usize, direction: Direction, bytes: Bytes) {
        let mut seen = self.seen();
        let counted = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        match direction {
            Direction::There => seen.counted.0 += counted,
            Direction::Back => seen.counted.1 += counted,
        }
        if bytes.is_empty() {
            return;
        }
        if bytes.len() > seen.room {
            seen.room = 0;
            seen.missed += counted;
            return;
        }
        seen.room -= bytes.len();
        seen.passages.push(Passage {
            connection,
            direction,
            at: Instant::now(),
            bytes,
        });
    }
}

/// A connection that may have a tap on it.
pub(crate) struct Tapped<T> {
    inner: T,
    tap: Option<(Tap, usize)>,
}

impl<T> Tapped<T> {
    pub(crate) fn new(inner: T, tap: Option<&Tap>) -> Self {
        Self {
            inner,
            tap: tap.map(|tap| (tap.clone(), tap.next_connection())),
        }
    }

    fn see(&self, direction: Direction, bytes: impl FnOnce() -> Bytes) {
        if let Some((tap, connection)) = &self.tap {
            tap.see(*connection, direction, bytes());
        }
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Tapped<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.inner).poll_read(context, buffer))?;
        self.see(Direction::Back, || {
            Bytes::copy_from_slice(buffer.filled().get(before..).unwrap_or_default())
        });
        Poll::Ready(Ok(()))
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Tapped<T> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.inner).poll_write(context, bytes))?;
        self.see(Direction::There, || bytes.iter().take(written).copied().collect());
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(context)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.inner).poll_write_vectored(context, slices))?;
        self.see(Direction::There, || {
            slices
                .iter()
                .flat_map(|slice| slice.iter())
                .take(written)
                .copied()
                .collect()
        });
        Poll::Ready(Ok(written))
    }
}
