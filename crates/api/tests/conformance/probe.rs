//! A service with a method of every kind, whose requests tell it what to do.

use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::{StreamExt, stream};
use rpc::{Call, Code, Context, Fault, Result, Stream};
use tokio::sync::{Notify, Semaphore};

use crate::contracts::dvs::probe::v1::{CountRequest, EchoRequest, Echoed, Number, Piece, ProbeService, Total};

/// Every code a service may answer.
pub(crate) const CODES: [Code; 13] = [
    Code::InvalidArgument,
    Code::Unauthenticated,
    Code::PermissionDenied,
    Code::NotFound,
    Code::AlreadyExists,
    Code::FailedPrecondition,
    Code::Aborted,
    Code::ResourceExhausted,
    Code::Cancelled,
    Code::DeadlineExceeded,
    Code::Unavailable,
    Code::Unimplemented,
    Code::Internal,
];

/// Unless something hangs, nothing here takes longer, even on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);
/// A count that has not changed for this long is final.
const STILL: Duration = Duration::from_millis(300);

/// What the service has observed.
pub(crate) struct Seen {
    context: Mutex<Context>,
    started: Semaphore,
    stopped: Semaphore,
    /// How many messages `echo` and `tell` have answered.
    answered: AtomicUsize,
    /// How many numbers were made for readers, or taken from callers.
    moved: AtomicI64,
    moving: Notify,
}

impl Seen {
    pub(crate) fn new() -> Self {
        Self {
            context: Mutex::default(),
            started: Semaphore::new(0),
            stopped: Semaphore::new(0),
            answered: AtomicUsize::new(0),
            moved: AtomicI64::new(0),
            moving: Notify::new(),
        }
    }

    /// The context of the last call that asked to record it.
    pub(crate) fn context(&self) -> Context {
        self.context.lock().unwrap().clone()
    }

    /// How many messages `echo` and `tell` have answered since the last call of this.
    pub(crate) fn answered(&self) -> usize {
        self.answered.swap(0, Ordering::SeqCst)
    }

    /// Waits until the work of a call has begun.
    pub(crate) async fn work_started(&self) {
        within_patience(self.started.acquire()).await.unwrap().forget();
    }

    /// Waits until the work of a call was dropped.
    pub(crate) async fn work_stopped(&self) {
        within_patience(self.stopped.acquire()).await.unwrap().forget();
    }

    /// How many numbers have moved, once no more do.
    pub(crate) async fn moved_in_all(&self) -> i64 {
        while tokio::time::timeout(STILL, self.moving.notified()).await.is_ok() {}
        self.moved.swap(0, Ordering::SeqCst)
    }

    fn work(self: &Arc<Self>) -> Work {
        self.started.add_permits(1);
        Work(Arc::clone(self))
    }

    fn one_moved(&self) {
        self.moved.fetch_add(1, Ordering::SeqCst);
        self.moving.notify_one();
    }
}

async fn within_patience<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, work)
        .await
        .expect("it does not take so long")
}

struct Work(Arc<Seen>);

impl Drop for Work {
    fn drop(&mut self) {
        self.0.stopped.add_permits(1);
    }
}

pub(crate) fn probed(name: &str) -> Fault {
    let code = CODES.into_iter().find(|code| code.name() == name).unwrap();
    Fault::new(code, "PROBED", "Ação: a probed fault.")
        .with_field("title_id", "says so")
        .with_metadata("order_id", "7")
        .with_retry_after(Duration::from_secs(2))
        .with_private("secret")
}

/// Text that hardly compresses, different for each seed.
pub(crate) fn noise(seed: i64, bytes: usize) -> String {
    let mut state = seed.cast_unsigned().wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut letter = || {
        // Marsaglia's xorshift.
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        char::from(b' ' + u8::try_from(state % 94).unwrap())
    };
    std::iter::repeat_with(&mut letter).take(bytes).collect()
}

pub(crate) fn number(value: i64) -> Number {
    Number {
        value,
        ..Number::default()
    }
}

pub(crate) struct Service(pub(crate) Arc<Seen>);

#[rpc::generated::async_trait]
impl ProbeService for Service {
    async fn echo(&self, call: Call<EchoRequest>) -> Result<Echoed> {
        let mut request = call.message;
        let mode = request.name.clone();
        if let Some(code) = mode.strip_prefix("fault:") {
            return Err(probed(code));
        }
        match mode.as_str() {
            "panic" => panic!("a probed panic"),
            "context" => *self.0.context.lock().unwrap() = call.context,
            "large" => request.text = "x".repeat(rpc::MESSAGE_LIMIT_BYTES),
            "forever" => {
                let _work = self.0.work();
                std::future::pending::<()>().await;
            }
            _ => {}
        }
        self.0.answered.fetch_add(1, Ordering::SeqCst);
        Ok(Echoed { request: Some(request) })
    }

    async fn tell(&self, call: Call<EchoRequest>) -> Result<Echoed> {
        self.0.answered.fetch_add(1, Ordering::SeqCst);
        Ok(Echoed {
            request: Some(call.message),
        })
    }

    async fn count(&self, call: Call<CountRequest>) -> Result<Stream<Number>> {
        let CountRequest {
            until,
            fault,
            fault_after,
            mode,
            padding_bytes,
        } = call.message;
        if !fault.is_empty() && fault_after < 0 {
            return Err(probed(&fault));
        }
        let work = self.0.work();
        let padding_bytes = usize::try_from(padding_bytes).unwrap();
        let numbers = stream::unfold((0, work), move |(value, work)| {
            let (mode, fault) = (mode.clone(), fault.clone());
            async move {
                if !fault.is_empty() && value == fault_after {
                    return Some((Err(probed(&fault)), (value + 1, work)));
                }
                if value == until {
                    match mode.as_str() {
                        "forever" => std::future::pending::<()>().await,
                        "panic" => panic!("a probed panic"),
                        _ => return None,
                    }
                }
                work.0.one_moved();
                let number = Number {
                    value,
                    padding: noise(value, padding_bytes),
                    ..Number::default()
                };
                Some((Ok(number), (value + 1, work)))
            }
        });
        Ok(Box::pin(numbers))
    }

    async fn sum(&self, call: Call<Stream<Number>>) -> Result<Total> {
        let _work = self.0.work();
        let mut numbers = call.message;
        let mut total = Total::default();
        while let Some(number) = numbers.next().await {
            let number = number?;
            self.0.one_moved();
            total.count += 1;
            total.sum += number.value;
            if let Some(code) = number.mode.strip_prefix("fault:") {
                return Err(probed(code));
            }
            match number.mode.as_str() {
                "hold" => std::future::pending::<()>().await,
                "panic" => panic!("a probed panic"),
                "enough" => return Ok(total),
                _ => {}
            }
        }
        Ok(total)
    }

    async fn upload(&self, call: Call<Stream<Piece>>) -> Result<Total> {
        let mut pieces = call.message;
        let mut total = Total::default();
        while let Some(piece) = pieces.next().await {
            let piece = piece?;
            if total.name.is_empty() {
                (total.name, total.note) = (piece.name, piece.note);
            }
            total.count += i64::try_from(piece.bytes.len()).unwrap();
            total.sum += piece.bytes.iter().map(|&byte| i64::from(byte)).sum::<i64>();
        }
        Ok(total)
    }

    async fn converse(&self, call: Call<Stream<Number>>) -> Result<Stream<Number>> {
        let mut numbers = call.message;
        let work = self.0.work();
        let first = numbers.next().await;
        let refused = first
            .as_ref()
            .and_then(|first| first.as_ref().ok()?.mode.strip_prefix("refuse:"));
        if let Some(code) = refused {
            return Err(probed(code));
        }
        let numbers: Stream<Number> = Box::pin(stream::iter(first).chain(numbers));
        Ok(Box::pin(stream::unfold(Talk::Both(numbers, work), Talk::next)))
    }

    async fn echo_to_customer(&self, call: Call<EchoRequest>) -> Result<Echoed> {
        self.echo(call).await
    }

    async fn echo_to_staff(&self, call: Call<EchoRequest>) -> Result<Echoed> {
        self.echo(call).await
    }

    async fn echo_to_either(&self, call: Call<EchoRequest>) -> Result<Echoed> {
        self.echo(call).await
    }

    async fn echo_to_service(&self, call: Call<EchoRequest>) -> Result<Echoed> {
        self.echo(call).await
    }

    async fn count_for_staff(&self, call: Call<CountRequest>) -> Result<Stream<Number>> {
        self.count(call).await
    }

    async fn sum_for_staff(&self, call: Call<Stream<Number>>) -> Result<Total> {
        self.sum(call).await
    }

    async fn converse_with_staff(&self, call: Call<Stream<Number>>) -> Result<Stream<Number>> {
        self.converse(call).await
    }
}

/// A conversation in which each number comes back doubled.
enum Talk {
    Both(Stream<Number>, Work),
    /// The service reads no more, and sends the last few numbers.
    Last(i64, Work),
    Over,
}

impl Talk {
    async fn next(self) -> Option<(Result<Number>, Self)> {
        match self {
            Self::Both(mut numbers, work) => match numbers.next().await {
                None => Some((Ok(number(-1)), Self::Over)),
                Some(Err(fault)) => Some((Err(fault), Self::Over)),
                Some(Ok(heard)) => {
                    work.0.one_moved();
                    if let Some(code) = heard.mode.strip_prefix("fault:") {
                        return Some((Err(probed(code)), Self::Over));
                    }
                    match heard.mode.as_str() {
                        "end" => None,
                        "stop" => Some((Ok(number(heard.value * 2)), Self::Last(3, work))),
                        _ => {
                            let doubled = Number {
                                value: heard.value * 2,
                                padding: heard.padding,
                                ..Number::default()
                            };
                            Some((Ok(doubled), Self::Both(numbers, work)))
                        }
                    }
                }
            },
            Self::Last(0, _) | Self::Over => None,
            Self::Last(left, work) => Some((Ok(number(left)), Self::Last(left - 1, work))),
        }
    }
}
