//! The edge of a service: the middleware that every call passes, over every carrier.

use std::any::Any;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures::FutureExt;
use metrics::Histogram;
use prost::Message;
use tokio::sync::Semaphore;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::access::{self, AccessControl};
use crate::call::{Call, Context};
use crate::capacity::{self, Capacity, Permits};
use crate::fault::{Code, Fault};
use crate::method::{Method, Seconds};
use crate::stream::{Guarded, Stream, pumped};
use crate::trace::Trace;

/// The largest message that a service accepts, and the largest answer unless the method's contract says otherwise.
pub const MESSAGE_LIMIT_BYTES: usize = 4 * 1024 * 1024;

/// Middleware around a service: it checks access, enforces deadlines, capacity and message limits, and turns panics
/// into faults.
///
/// `api` implements each service's trait for the edge of anything that implements it. A stream has a deadline only
/// when its caller set one; every other call has the default.
pub struct Edge<S: ?Sized> {
    service: Arc<S>,
    permits: Permits,
    draining: CancellationToken,
    access: Option<AccessControl>,
}

impl<S: ?Sized> Edge<S> {
    pub fn new(service: Arc<S>) -> Self {
        Self {
            service,
            permits: Capacity::default().into(),
            draining: CancellationToken::new(),
            access: None,
        }
    }

    /// Checks the access of callers. Without this, only public methods are answered.
    #[must_use]
    pub fn with_access(self, access: AccessControl) -> Self {
        Self {
            access: Some(access),
            ..self
        }
    }

    /// Handles no more calls than this at once.
    #[must_use]
    pub fn with_capacity(self, capacity: Capacity) -> Self {
        Self {
            permits: capacity.into(),
            ..self
        }
    }

    /// Ends streams once `draining` is cancelled, so that their readers reconnect to another replica before this
    /// process stops.
    #[must_use]
    pub fn draining(self, draining: CancellationToken) -> Self {
        Self { draining, ..self }
    }

    /// Handles a call with one message each way.
    pub async fn unary<Q: Message, A: Message, Answer>(
        &self,
        method: &'static Method<Q, A>,
        mut call: Call<Q>,
        serve: impl FnOnce(Arc<S>, Call<Q>) -> Answer,
    ) -> crate::Result<A>
    where
        Answer: Future<Output = crate::Result<A>> + Send,
    {
        within_limit(&call.message)?;
        call.context.deadline = Some(Instant::now() + call.context.time_left());
        self.answer(&self.permits.calls, method, call, serve).await
    }

    /// Handles a call with one message there and a stream back.
    pub async fn server_streaming<Q: Message, A: Message + 'static, Opening>(
        &self,
        method: &'static Method<Q, A>,
        call: Call<Q>,
        serve: impl FnOnce(Arc<S>, Call<Q>) -> Opening,
    ) -> crate::Result<Stream<A>>
    where
        Opening: Future<Output = crate::Result<Stream<A>>> + Send,
    {
        within_limit(&call.message)?;
        self.open(method, call, serve).await
    }

    /// Handles a call with a stream there and one message back.
    pub async fn client_streaming<Q: Message + 'static, A: Message, Answer>(
        &self,
        method: &'static Method<Q, A>,
        call: Call<Stream<Q>>,
        serve: impl FnOnce(Arc<S>, Call<Stream<Q>>) -> Answer,
    ) -> crate::Result<A>
    where
        Answer: Future<Output = crate::Result<A>> + Send,
    {
        self.answer(&self.permits.streams, method, guarded(call), serve).await
    }

    /// Handles a call with a stream each way.
    pub async fn bidirectional<Q: Message + 'static, A: Message + 'static, Opening>(
        &self,
        method: &'static Method<Q, A>,
        call: Call<Stream<Q>>,
        serve: impl FnOnce(Arc<S>, Call<Stream<Q>>) -> Opening,
    ) -> crate::Result<Stream<A>>
    where
        Opening: Future<Output = crate::Result<Stream<A>>> + Send,
    {
        self.open(method, guarded(call), serve).await.map(pumped)
    }

    async fn answer<T, Q, A: Message, Answer>(
        &self,
        permits: &Arc<Semaphore>,
        method: &'static Method<Q, A>,
        mut call: Call<T>,
        serve: impl FnOnce(Arc<S>, Call<T>) -> Answer,
    ) -> crate::Result<A>
    where
        Answer: Future<Output = crate::Result<A>> + Send,
    {
        let record = Record::start(method, &mut call.context);
        let answer = match capacity::take(permits) {
            Ok(_permit) => ended(call.context.deadline, self.serve(method, call, serve)).await,
            Err(full) => Err(full),
        };
        let answer = answer.and_then(|answer| within(method.answer_limit_bytes, &answer).map(|()| answer));
        record.end(answer.as_ref().err());
        answer
    }

    /// Calls the service if the caller may call the method.
    async fn serve<T, Q, A, R, Serving>(
        &self,
        method: &'static Method<Q, A>,
        mut call: Call<T>,
        serve: impl FnOnce(Arc<S>, Call<T>) -> Serving,
    ) -> crate::Result<R>
    where
        Serving: Future<Output = crate::Result<R>> + Send,
    {
        access::admit(self.access.as_ref(), method.access, method.name, &mut call.context).await?;
        serve(Arc::clone(&self.service), call).await
    }

    async fn open<T, Q, A: Message + 'static, Opening>(
        &self,
        method: &'static Method<Q, A>,
        mut call: Call<T>,
        serve: impl FnOnce(Arc<S>, Call<T>) -> Opening,
    ) -> crate::Result<Stream<A>>
    where
        Opening: Future<Output = crate::Result<Stream<A>>> + Send,
    {
        let record = Record::start(method, &mut call.context);
        let deadline = call.context.deadline;
        let opened = match capacity::take(&self.permits.streams) {
            Ok(permit) => ended(deadline, self.serve(method, call, serve))
                .await
                .map(|stream| (stream, permit)),
            Err(full) => Err(full),
        };
        match opened {
            Ok((stream, permit)) => {
                let answers = Guarded::new(stream, deadline).until(self.draining.clone(), Fault::draining);
                Ok(Box::pin(answers.telling(|fault| {
                    drop(permit);
                    record.end(fault);
                })))
            }
            Err(fault) => {
                record.end(Some(&fault));
                Err(fault)
            }
        }
    }
}

/// Applies the rules of [`Guarded`] to the caller's messages. They have no deadline of their own: the one of the answer
/// applies.
pub(crate) fn guarded<Q: Message + 'static>(call: Call<Stream<Q>>) -> Call<Stream<Q>> {
    Call::new(Box::pin(Guarded::new(call.message, None)), call.context)
}

/// Ends work at its deadline, and turns a panic in it into a fault.
async fn ended<T>(deadline: Option<Instant>, work: impl Future<Output = crate::Result<T>>) -> crate::Result<T> {
    let work = AssertUnwindSafe(work).catch_unwind();
    let done = match deadline {
        None => work.await,
        Some(deadline) => match tokio::time::timeout_at(deadline, work).await {
            Ok(done) => done,
            Err(_elapsed) => return Err(Fault::deadline_exceeded()),
        },
    };
    done.unwrap_or_else(|panic| Err(panic_fault(panic.as_ref())))
}

/// Refuses a message that is larger than services accept.
pub(crate) fn within_limit(message: &impl Message) -> crate::Result<()> {
    within(MESSAGE_LIMIT_BYTES, message)
}

fn within(limit_bytes: usize, message: &impl Message) -> crate::Result<()> {
    if message.encoded_len() > limit_bytes {
        return Err(Fault::message_too_large(limit_bytes));
    }
    Ok(())
}

pub(crate) fn panic_fault(panic: &(dyn Any + Send)) -> Fault {
    let text = panic.downcast_ref::<&str>().map(ToString::to_string);
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
    Fault::internal(format!("panic: {}", text.unwrap_or_else(|| "without words".to_owned())))
}

/// What metrics, the log and the trace record of a call when it ends.
struct Record {
    service: &'static str,
    method: &'static str,
    path: &'static str,
    seconds: &'static Seconds,
    request_id: Option<Arc<str>>,
    started: Instant,
    trace: Option<Trace>,
}

impl Record {
    fn start<Q, A>(method: &'static Method<Q, A>, context: &mut Context) -> Self {
        Self {
            service: method.service,
            method: method.name,
            path: method.grpc_path,
            seconds: &method.seconds,
            request_id: context.request_id.clone(),
            started: Instant::now(),
            trace: Trace::of_call(method.grpc_path, context),
        }
    }

    /// Counts the call, and logs an internal fault with its private part, which callers do not see.
    fn end(self, fault: Option<&Fault>) {
        let took = self.started.elapsed();
        match fault {
            None => self.seconds.or_look_up(|| self.histogram("OK")).record(took),
            Some(fault) => self.histogram(fault.code.name()).record(took),
        }
        if let Some(trace) = self.trace {
            trace.end(fault.map(|fault| fault.code.name()));
        }
        let (method, request_id) = (self.path, self.request_id.as_deref());
        let Some(fault) = fault else { return };
        if fault.code == Code::Internal {
            tracing::error!(method, request_id, private = fault.private(), "a call failed");
        } else {
            tracing::debug!(method, request_id, reason = %fault.reason, private = fault.private(), "a call was refused");
        }
    }

    fn histogram(&self, code: &'static str) -> Histogram {
        metrics::histogram!("dvs_rpc_seconds", "service" => self.service, "method" => self.method, "code" => code)
    }
}
