//! The activity on one connection: its requests, and the answers that the client does not read. A connection that is
//! idle, slow or stalled for longer than a named limit is ended, so that it does not hold its permit.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use hyper::body::{Frame, SizeHint};
use tokio::sync::Notify;
use tokio::task::AbortHandle;
use tokio::time::Instant;

use super::ServerOptions;

/// After the client has closed its sending half, its answer must begin within the first limit, and continue without
/// pauses longer than the second: the client may have left altogether.
const HALF_CLOSED_LIMIT: Duration = Duration::from_secs(10);
const HALF_CLOSED_PAUSE: Duration = Duration::from_secs(2);

/// No time is being measured.
const NOT_WAITING: u64 = 0;

/// The requests of one connection.
pub(super) struct Activity {
    since: Instant,
    header_timeout: Duration,
    idle_timeout: Duration,
    stall_limit: Duration,
    is_http2: AtomicBool,
    /// When the first bytes of a request head arrived that is not complete yet.
    head_began_ms: AtomicU64,
    /// When a request or an answer last made progress.
    moved_ms: AtomicU64,
    /// Whether the next answer tells the client that the connection closes.
    retires: AtomicBool,
    begins: Notify,
    requests: Mutex<Requests>,
}

#[derive(Default)]
struct Requests {
    next: u64,
    has_asked: bool,
    under_way: HashMap<u64, Arc<Request>>,
}

/// A request, until the last of its answer is handed over.
#[derive(Default)]
struct Request {
    /// Since when its answer has waited for the client to read it.
    untaken_ms: AtomicU64,
    has_answer: AtomicBool,
    /// Over HTTP/2, the task that answers it.
    task: OnceLock<tokio::task::Id>,
}

impl Request {
    fn has_answer(&self) -> bool {
        self.has_answer.load(Ordering::Relaxed)
    }
}

/// Why a connection is ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// No request came within the limit; the client may be told before the connection closes.
    Idle,
    /// A request's head did not come in time.
    Slow,
    /// The client does not read its answer.
    Stalled,
}

impl Activity {
    pub(super) fn new(options: &ServerOptions) -> Self {
        Self {
            since: Instant::now(),
            header_timeout: options.header_timeout,
            idle_timeout: options.idle_timeout,
            stall_limit: options.stall_limit,
            is_http2: AtomicBool::new(false),
            head_began_ms: AtomicU64::new(NOT_WAITING),
            moved_ms: AtomicU64::new(NOT_WAITING),
            retires: AtomicBool::new(false),
            begins: Notify::new(),
            requests: Mutex::default(),
        }
    }

    pub(super) fn is_http2(&self) -> bool {
        self.is_http2.load(Ordering::Relaxed)
    }

    /// From now on answers over HTTP/1.1 say that the connection closes.
    pub(super) fn retire(&self) {
        self.retires.store(true, Ordering::Relaxed);
    }

    pub(super) fn retires(&self) -> bool {
        self.retires.load(Ordering::Relaxed)
    }

    pub(super) fn is_idle(&self) -> bool {
        self.requests().under_way.is_empty()
    }

    /// Bytes came from the client; `first` says that none came before.
    pub(super) fn heard(&self, first: bool, bytes: &[u8]) {
        if first && bytes.starts_with(b"PRI") {
            self.is_http2.store(true, Ordering::Relaxed);
        }
        if !self.is_http2() && self.head_began_ms.load(Ordering::Relaxed) == NOT_WAITING && self.is_idle() {
            self.head_began_ms.store(self.now_ms(), Ordering::Relaxed);
            self.begins.notify_one();
        }
    }

    /// A request's head has come.
    pub(super) fn begin(self: &Arc<Self>) -> UnderWay {
        self.head_began_ms.store(NOT_WAITING, Ordering::Relaxed);
        self.moved();
        let request = Arc::new(Request::default());
        let mut requests = self.requests();
        let number = requests.next;
        requests.next += 1;
        requests.has_asked = true;
        requests.under_way.insert(number, Arc::clone(&request));
        UnderWay {
            activity: Arc::clone(self),
            request,
            number,
        }
    }

    /// Waits until the connection exceeds a limit. Over HTTP/2 an answer that the client does not read is ended alone,
    /// without its connection.
    pub(super) async fn outstayed(&self, tasks: &Tasks) -> End {
        loop {
            let next = match self.look(tasks) {
                Ok(next) => next,
                Err(end) => return end,
            };
            let _ = tokio::time::timeout_at(next, self.begins.notified()).await;
        }
    }

    /// Waits until there was no progress for so long that a client which has closed its sending half must have left.
    pub(super) async fn quiet(&self) {
        loop {
            let begins = self.requests().under_way.values().any(|request| !request.has_answer());
            let limit = if begins { HALF_CLOSED_LIMIT } else { HALF_CLOSED_PAUSE };
            let until = self.at(self.moved_ms.load(Ordering::Relaxed)) + limit;
            if until <= Instant::now() {
                return;
            }
            // Once an answer begins the shorter limit applies, so check again after at most that.
            tokio::time::sleep_until(until.min(Instant::now() + HALF_CLOSED_PAUSE)).await;
        }
    }

    /// The limit that is exceeded, or when to check again.
    fn look(&self, tasks: &Tasks) -> Result<Instant, End> {
        let now = Instant::now();
        // A request that begins after this check cannot exceed a limit before the shortest of them has passed.
        let mut next = now + self.header_timeout.min(self.idle_timeout).min(self.stall_limit);
        let mut within = |since_ms: u64, limit: Duration, end: End| {
            let until = self.at(since_ms) + limit;
            next = next.min(until);
            if until <= now { Err(end) } else { Ok(()) }
        };
        let head_began_ms = self.head_began_ms.load(Ordering::Relaxed);
        if head_began_ms != NOT_WAITING {
            within(head_began_ms, self.header_timeout, End::Slow)?;
        }
        let requests = self.requests();
        if requests.under_way.is_empty() {
            let (limit, end) = if requests.has_asked {
                (self.idle_timeout, End::Idle)
            } else {
                (self.header_timeout, End::Slow)
            };
            within(self.moved_ms.load(Ordering::Relaxed), limit, end)?;
        }
        for request in requests.under_way.values() {
            let untaken_ms = request.untaken_ms.load(Ordering::Relaxed);
            if untaken_ms != NOT_WAITING
                && let Err(end) = within(untaken_ms, self.stall_limit, End::Stalled)
            {
                let task = request.task.get().ok_or(end)?;
                tasks.abort(*task);
            }
        }
        // A request whose task was just aborted is still listed, so pause before the next check.
        Ok(next.max(now + Duration::from_millis(10)))
    }

    fn moved(&self) {
        self.moved_ms.store(self.now_ms(), Ordering::Relaxed);
    }

    /// Milliseconds since the connection came, counted from one.
    fn now_ms(&self) -> u64 {
        u64::try_from(self.since.elapsed().as_millis()).map_or(u64::MAX, |ms| ms + 1)
    }

    fn at(&self, ms: u64) -> Instant {
        self.since + Duration::from_millis(ms)
    }

    fn requests(&self) -> MutexGuard<'_, Requests> {
        // Nothing panics while it holds the lock.
        self.requests.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request from its head to the end of its answer.
pub(super) struct UnderWay {
    activity: Arc<Activity>,
    request: Arc<Request>,
    number: u64,
}

impl UnderWay {
    /// Must be called within the task that makes the answer: over HTTP/2 that task can be aborted without its
    /// connection.
    pub(super) fn is_answered_here(&self) {
        if let Some(task) = tokio::task::try_id().filter(|_| self.activity.is_http2()) {
            let _ = self.request.task.set(task);
        }
    }

    /// Records that a part of the answer is ready for the client.
    fn offered(&self) {
        self.request.has_answer.store(true, Ordering::Relaxed);
        self.request.untaken_ms.store(self.activity.now_ms(), Ordering::Relaxed);
        self.activity.moved();
    }

    /// Records that the client has read all that was ready.
    fn taken(&self) {
        self.request.untaken_ms.store(NOT_WAITING, Ordering::Relaxed);
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.activity.requests().under_way.remove(&self.number);
        self.activity.moved();
    }
}

/// The body of an answer, which observes the client: hyper asks for the next piece once the previous one is being sent.
pub(super) struct Answer {
    body: Body,
    under_way: UnderWay,
}

impl Answer {
    pub(super) fn new(body: Body, under_way: UnderWay) -> Self {
        under_way.offered();
        Self { body, under_way }
    }
}

impl hyper::body::Body for Answer {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        self.under_way.taken();
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        self.under_way.offered();
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Aborts the tasks of a connection when the connection ends, for whichever reason.
pub(super) struct EndTogether(pub(super) Tasks);

impl Drop for EndTogether {
    fn drop(&mut self) {
        for (_, handle) in self.0.running().drain() {
            handle.abort();
        }
    }
}

/// The tasks of a connection that speaks HTTP/2, one for each request.
#[derive(Clone, Default)]
pub(super) struct Tasks(Arc<Mutex<HashMap<tokio::task::Id, AbortHandle>>>);

impl Tasks {
    fn abort(&self, task: tokio::task::Id) {
        if let Some(handle) = self.running().remove(&task) {
            handle.abort();
        }
    }

    fn running(&self) -> MutexGuard<'_, HashMap<tokio::task::Id, AbortHandle>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<Work: Future<Output: Send> + Send + 'static> hyper::rt::Executor<Work> for Tasks {
    fn execute(&self, work: Work) {
        let tasks = self.clone();
        let mut running = self.running();
        let handle = tokio::spawn(async move {
            work.await;
            if let Some(own) = tokio::task::try_id() {
                tasks.running().remove(&own);
            }
        });
        running.insert(handle.id(), handle.abort_handle());
    }
}
