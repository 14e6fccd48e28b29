//! Streams of messages, and the rules that hold for them on every carrier: a stream ends at its first fault, at its
//! deadline, at a panic, and when its reader drops it.

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

/// How many messages are read ahead for a reader; beyond that the writer waits.
pub(crate) const PUMPED_MESSAGES: usize = 16;

/// How many ready messages pass between two checks of the deadline: a check costs as much as a small message.
const UNWATCHED_MESSAGES: u8 = 32;

/// Called once with the fault that ended a stream, if there was one.
type Ended = Box<dyn FnOnce(Option<&Fault>) + Send>;

/// What ends a stream from outside, and the fault it ends with.
type Ending = (Pin<Box<WaitForCancellationFutureOwned>>, fn() -> Fault);

/// A stream that keeps these rules, and reports how it ended.
pub(crate) struct Guarded<S> {
    inner: Option<S>,
    deadline: Option<Pin<Box<Sleep>>>,
    /// What ends the stream from outside, and the fault it ends with.
    ending: Option<Ending>,
    /// How many messages may pass before the deadline and the ending are checked again.
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

    /// Calls `ended` once: with the fault that ended the stream, or without one if the stream ended normally or was
    /// dropped.
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

    /// The fault of a passed deadline or of a cancelled `ending`.
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

    // Moves a message as rarely as possible: moves are most of the cost of a stream of small messages.
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
            // A reader that waits for a message must also be woken by the deadline and the ending.
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

/// Reads a stream a few messages ahead in a task of its own, which ends when the reader drops the stream. So a service
/// in the same process works on while its caller only writes, as it does over a network.
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

/// A task that is aborted when this is dropped.
pub(crate) struct AbortOnDrop(pub(crate) JoinHandle<()>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Separates a caller's messages from the fault that may end them.
///
/// A carrier must not end the messages at a fault of the caller's, because the service would take the incomplete
/// messages for all of them. So they stay pending at the fault, and the carrier cancels the call.
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

/// Forwards live messages to a reader that may be slow. One message waits for the reader; if it is not read within
/// `patience`, the stream ends with the fault `READER_TOO_SLOW`. So no messages pile up for a slow reader.
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
            let message = "The reader took no message for too long. Continue from the last revision.";
            Err(Fault::new(Code::Aborted, "READER_TOO_SLOW", message))
        })
    });
    Box::pin(taken.chain(late))
}
