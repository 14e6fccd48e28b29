//! The edge of a service: what every call meets, whichever way it travelled.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures::FutureExt;
use prost::Message;
use tokio::time::Instant;

use crate::call::Call;
use crate::fault::{Code, Fault};
use crate::method::Method;

/// The largest message a service takes or gives.
pub const MESSAGE_LIMIT_BYTES: usize = 4 * 1024 * 1024;

/// A service behind its deadline, its message limit, and the end of its panics.
///
/// `api` implements each service's trait for the edge of anything that implements it.
pub struct Edge<S: ?Sized> {
    service: Arc<S>,
}

impl<S: ?Sized> Edge<S> {
    pub fn new(service: Arc<S>) -> Self {
        Self { service }
    }

    /// Carries one unary call over the edge.
    pub async fn unary<Request, Response, Answer>(
        &self,
        method: &Method<Request, Response>,
        mut call: Call<Request>,
        serve: impl FnOnce(Arc<S>, Call<Request>) -> Answer,
    ) -> crate::Result<Response>
    where
        Request: Message,
        Response: Message,
        Answer: Future<Output = crate::Result<Response>> + Send,
    {
        let started = Instant::now();
        let request_id = call.context.request_id.clone();
        let time_left = call.context.time_left();
        call.context.deadline = Some(started + time_left);
        within_limit(&call.message)?;
        let work = AssertUnwindSafe(serve(Arc::clone(&self.service), call)).catch_unwind();
        let answer = match tokio::time::timeout(time_left, work).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(panic)) => Err(Fault::internal(panic_text(panic.as_ref()))),
            Err(_elapsed) => Err(Fault::deadline_exceeded()),
        };
        let answer = answer.and_then(|response| within_limit(&response).map(|()| response));
        record(method, started, answer.as_ref().err(), request_id.as_deref());
        answer
    }
}

/// Refuses a message that no service would take.
pub(crate) fn within_limit(message: &impl Message) -> crate::Result<()> {
    if message.encoded_len() > MESSAGE_LIMIT_BYTES {
        return Err(Fault::message_too_large(MESSAGE_LIMIT_BYTES));
    }
    Ok(())
}

/// Counts the call, and logs a fault of our own once, with what the public does not see.
fn record<Request, Response>(
    method: &Method<Request, Response>,
    started: Instant,
    fault: Option<&Fault>,
    request_id: Option<&str>,
) {
    let code = fault.map_or("OK", |fault| fault.code.name());
    metrics::histogram!("dvs_rpc_seconds", "service" => method.service, "method" => method.name, "code" => code)
        .record(started.elapsed());
    let Some(fault) = fault else { return };
    if fault.code == Code::Internal {
        tracing::error!(
            method = method.grpc_path,
            request_id,
            private = fault.private(),
            "a call failed"
        );
    } else {
        tracing::debug!(method = method.grpc_path, request_id, reason = %fault.reason, private = fault.private(), "a call was refused");
    }
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic
        .downcast_ref::<&str>()
        .map(ToString::to_string)
        .or_else(|| panic.downcast_ref::<String>().cloned());
    format!("panic: {}", text.unwrap_or_else(|| "without words".to_owned()))
}
