//! Streams of messages, and what every carrier of them must hold to: they end at their first fault, at their deadline,
//! at a panic, and when whoever reads them leaves.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures::{FutureExt, StreamExt};
use prost::Message;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::{Instant, Sleep};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

use crate::edge::{panic_fault, within_limit};
use crate::fault::{Code, Fault};

/// The messages of one direction of a call.
pub type Stream<T> = Pin<Box<dyn futures::Stream<Item = Result<T, Fault>> + Send>>;

/// Messages that a pump holds for a reader; the writer waits beyond.
pub(crate) const PUMPED_MESSAGES: usize = 16;

/// How many messages that are ready go by before the deadline is looked at again: each look costs as much as a small
/// message does.
const UNWATCHED_MESSAGES: u8 = 32;

/// Is told how a stream ended.
type Ended = Box<dyn FnOnce(Option<&Fault>) + Send>;

/// What ends a stream from outside, and the fault it ends with.
type Ending = (Pin<Box<WaitForCancellationFutureOwned>>, fn() -> Fault);

/// A stream that holds to its rules, and tells how it ended.
pub(crate) struct Guarded<S> {
    inner: Option<S>,
    deadline: Option<Pin<Box<Sleep>>>,
    /// What ends the stream from outside, and the fault it ends with.
    ending: Option<Ending>,
    /// Messages that may still go by before what would end the stream is looked at.
    unwatched: u8,
    ended: Option<Ended>,
}

impl<S> Guarded<S> {
    pub(crate) fn new(inner: S, deadline: Option<Instant>) -> Self {
        Self {
            inner: Some(inner),
            deadline: deadline.map(|at| Box::pin(tokio::time::sleep_until(at))),
            ending: None,
            unwatched: 0,
            ended: None,
        }
    }

    /// Ends the stream with a fault when this is cancelled.
    pub(crate) fn until(mut self, ending: CancellationToken, fault: fn() -> Fault) -> Self {
        self.ending = Some((Box::pin(ending.cancelled_owned()), fault));
        self
    }

    /// Calls `ended` once: with the fault that ended the stream, or without when it ended well or was left.
    pub(crate) fn telling(mut self, ended: impl FnOnce(Option<&Fault>) + Send + 'static) -> Self {
        self.ended = Some(Box::new(ended));
        self
    }

    /// Ends the stream with a fault.
    fn fail<T>(&mut self, fault: Fault) -> Poll<Option<Result<T, Fault>>> {
        self.end(Some(&fault));
        Poll::Ready(Some(Err(fault)))
    }

    fn end(&mut self, fault: Option<&Fault>) {
        self.inner = None;
        if let Some(ended) = self.ended.take() {
            ended(fault);
        }
    }

    /// What ends the stream from outside.
    fn interrupted(&mut self, context: &mut Context<'_>) -> Option<Fault> {
        self.inner.as_ref()?;
        let expired = self
            .deadline
            .as_mut()
            .is_some_and(|deadline| deadline.poll_unpin(context).is_ready());
        if expired {
            return Some(Fault::deadline_exceeded());
        }
        let (ending, fault) = self.ending.as_mut()?;
        ending.poll_unpin(context).is_ready().then(*fault)
    }
}

impl<S, T, E> futures::Stream for Guarded<S>
where
    S: futures::Stream<Item = Result<T, E>> + Unpin,
    T: Message,
    E: Into<Fault>,
{
    type Item = Result<T, Fault>;

    // A message is moved as little as can be: a stream of small ones is mostly moves.
    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.unwatched == 0
            && let Some(fault) = self.interrupted(context)
        {
            return self.fail(fault);
        }
        self.unwatched = self.unwatched.checked_sub(1).unwrap_or(UNWATCHED_MESSAGES);
        let Some(inner) = &mut self.inner else {
            return Poll::Ready(None);
        };
        let mut polled = Poll::Pending;
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| polled = inner.poll_next_unpin(context))) {
            return self.fail(panic_fault(panic.as_ref()));
        }
        match polled {
            Poll::Ready(Some(Ok(message))) => match within_limit(&message) {
                Ok(()) => Poll::Ready(Some(Ok(message))),
                Err(too_large) => self.fail(too_large),
            },
            Poll::Ready(Some(Err(error))) => self.fail(error.into()),
            Poll::Ready(None) => {
                self.end(None);
                Poll::Ready(None)
            }
            // Whoever waits for a message waits for what would end the stream too.
            Poll::Pending => match self.interrupted(context) {
                Some(fault) => self.fail(fault),
                None => Poll::Pending,
            },
        }
    }
}

impl<S> Drop for Guarded<S> {
    fn drop(&mut self) {
        self.end(None);
    }
}

/// Reads a stream ahead by a few messages in a task of its own, which ends when its reader leaves: so a service goes on
/// while its caller only writes, as it does over a network.
pub(crate) fn pumped<T: Send + 'static>(mut source: Stream<T>) -> Stream<T> {
    let (sender, receiver) = mpsc::channel(PUMPED_MESSAGES);
    let pump = tokio::spawn(async move {
        while let Some(item) = source.next().await {
            if sender.send(item).await.is_err() {
                return;
            }
        }
    });
    let pump = AbortOnDrop(pump);
    Box::pin(futures::stream::unfold(
        (receiver, pump),
        |(mut receiver, pump)| async move { receiver.recv().await.map(|item| (item, (receiver, pump))) },
    ))
}

/// A task that ends with whoever holds it.
pub(crate) struct AbortOnDrop(pub(crate) JoinHandle<()>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// A caller's own messages without its own fault, and the fault when it comes.
///
/// A carrier must never end the messages for a fault of the caller's: the other side would take what came for all
/// there is. So the messages stand still there, and the carrier drops the call.
pub(crate) fn without_fault<T: Send + 'static>(
    messages: Stream<T>,
) -> (impl futures::Stream<Item = T> + Send + 'static, OwnFault) {
    let (sender, receiver) = oneshot::channel();
    let messages = futures::stream::unfold((messages, sender), |(mut messages, sender)| async move {
        match messages.next().await? {
            Ok(message) => Some((message, (messages, sender))),
            Err(fault) => {
                let _ = sender.send(fault);
                drop(messages);
                std::future::pending().await
            }
        }
    });
    (messages, OwnFault(Some(receiver)))
}

/// A fault of the caller's own messages; pending for ever when there is none.
pub(crate) struct OwnFault(Option<oneshot::Receiver<Fault>>);

impl Future for OwnFault {
    type Output = Fault;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Fault> {
        let Some(receiver) = &mut self.0 else {
            return Poll::Pending;
        };
        let Poll::Ready(fault) = receiver.poll_unpin(context) else {
            return Poll::Pending;
        };
        // Without a fault the messages have ended, and none will come.
        self.0 = None;
        fault.map_or(Poll::Pending, Poll::Ready)
    }
}

/// Messages that are made as things happen, for a reader who may be slow: one waits for the reader, and when it has not
/// been taken in this time the stream ends and says so. Whoever makes them has kept nothing for that reader.
pub fn patient<T: Send + 'static>(mut source: Stream<T>, patience: Duration) -> Stream<T> {
    let (sender, receiver) = mpsc::channel(1);
    let (tell, told) = oneshot::channel();
    let forward = AbortOnDrop(tokio::spawn(async move {
        while let Some(item) = source.next().await {
            if sender.send_timeout(item, patience).await.is_err() {
                let _ = tell.send(());
                return;
            }
        }
    }));
    let taken = futures::stream::unfold((receiver, forward), |(mut receiver, forward)| async move {
        receiver.recv().await.map(|item| (item, (receiver, forward)))
    });
    let late = futures::stream::once(told).filter_map(|told| async move {
        told.ok().map(|()| {
            let message = "This watcher took nothing for too long. Go on from the last revision.";
            Err(Fault::new(Code::Aborted, "READER_TOO_SLOW", message))
        })
    });
    Box::pin(taken.chain(late))
}
