//! The gRPC carrier: tonic's codec, and its client and server types.

use std::collections::HashMap;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::body::Body;
use http::uri::PathAndQuery;
use http::{Request, Response};
use tonic::transport::{Channel, Endpoint};
use tonic_prost::ProstCodec;
use tonic_types::{ErrorDetails, StatusExt};

use crate::call::{Call, Context};
use crate::connect::{Address, Connector};
use crate::edge::MESSAGE_LIMIT_BYTES;
use crate::fault::{Code, Fault};
use crate::method::Method;
use crate::routes::{Payload, peer};
use crate::wire;

/// The domain of our reasons in `google.rpc.ErrorInfo`.
const DOMAIN: &str = "dvs";

/// One HTTP/2 connection is a limit of its own; a few a peer are not.
const CONNECTIONS_PER_PEER: usize = 2;

/// Flow control: a wide connection over narrow streams, so that many small unread frames do not close it.
pub(crate) const CONNECTION_WINDOW_BYTES: u32 = 4 * 1024 * 1024;
pub(crate) const STREAM_WINDOW_BYTES: u32 = 64 * 1024;

/// Calls one service over gRPC.
#[derive(Clone)]
pub struct GrpcClient {
    channels: Arc<[Channel]>,
    next: Arc<AtomicUsize>,
    service_token: Option<Arc<str>>,
}

impl GrpcClient {
    pub(crate) fn new(address: &Address, service_token: Option<Arc<str>>) -> Result<Self, Fault> {
        let endpoint = Endpoint::from_shared(address.origin())
            .map_err(|error| Fault::internal(format!("address: {error}")))?
            .initial_connection_window_size(CONNECTION_WINDOW_BYTES)
            .initial_stream_window_size(STREAM_WINDOW_BYTES);
        let connect = || endpoint.connect_with_connector_lazy(Connector(address.clone()));
        Ok(Self {
            channels: std::iter::repeat_with(connect).take(CONNECTIONS_PER_PEER).collect(),
            next: Arc::default(),
            service_token,
        })
    }

    pub(crate) async fn unary<Q: Payload, A: Payload>(&self, method: &Method<Q, A>, call: Call<Q>) -> crate::Result<A> {
        let turn = self.next.fetch_add(1, Ordering::Relaxed);
        let channel = self.channels[turn % self.channels.len()].clone();
        let mut client = tonic::client::Grpc::new(channel)
            .max_decoding_message_size(MESSAGE_LIMIT_BYTES)
            .max_encoding_message_size(MESSAGE_LIMIT_BYTES);
        client
            .ready()
            .await
            .map_err(|error| Fault::unavailable(format!("{}: {error:?}", method.grpc_path)))?;
        let mut request = tonic::Request::new(call.message);
        self.write_context(&call.context, &mut request);
        let path = PathAndQuery::from_static(method.grpc_path);
        let codec = ProstCodec::<Q, A>::default();
        let answer = client
            .unary(request, path, codec)
            .await
            .map_err(|status| fault(&status))?;
        Ok(answer.into_inner())
    }

    fn write_context<T>(&self, context: &Context, request: &mut tonic::Request<T>) {
        let mut headers = std::mem::take(request.metadata_mut()).into_headers();
        wire::write(context, self.service_token.as_deref(), &mut headers);
        *request.metadata_mut() = tonic::metadata::MetadataMap::from_headers(headers);
    }
}

/// Serves one unary method.
pub(crate) async fn serve_unary<Q, A, Serve, Answer>(request: Request<Body>, serve: Serve) -> Response<Body>
where
    Q: Payload,
    A: Payload,
    Serve: FnOnce(Call<Q>) -> Answer + Clone + Send + 'static,
    Answer: Future<Output = crate::Result<A>> + Send + 'static,
{
    let context = wire::read(request.headers(), peer(request.extensions()));
    let service = tower::service_fn(move |request: tonic::Request<Q>| {
        let answer = serve.clone()(Call::new(request.into_inner(), context.clone()));
        async move { answer.await.map(tonic::Response::new).map_err(|fault| status(&fault)) }
    });
    tonic::server::Grpc::new(ProstCodec::<A, Q>::default())
        .max_decoding_message_size(MESSAGE_LIMIT_BYTES)
        .max_encoding_message_size(MESSAGE_LIMIT_BYTES)
        .unary(service, request)
        .await
        .map(Body::new)
}

/// A fault as a status with the standard details.
fn status(fault: &Fault) -> tonic::Status {
    let metadata: HashMap<_, _> = fault.all_metadata().into_iter().collect();
    let mut details = ErrorDetails::with_error_info(fault.reason.as_ref(), DOMAIN, metadata);
    for violation in fault.fields() {
        details.add_bad_request_violation(&violation.field, &violation.message);
    }
    if let Some(wait) = fault.retry_after() {
        details.set_retry_info(Some(wait));
    }
    tonic::Status::with_error_details(fault.code.grpc(), fault.message.as_ref(), details)
}

/// A status as a fault; one that is not ours has the code's name as its reason.
fn fault(status: &tonic::Status) -> Fault {
    let details = status.get_error_details();
    let code = Code::from_grpc(status.code());
    let Some(info) = details.error_info().filter(|info| info.domain == DOMAIN) else {
        return foreign(code, status);
    };
    let mut fault = Fault::new(code, info.reason.clone(), status.message().to_owned());
    for (key, value) in &info.metadata {
        fault = fault.with_metadata(key, value);
    }
    for violation in details.bad_request().iter().flat_map(|bad| &bad.field_violations) {
        fault = fault.with_field(&violation.field, &violation.description);
    }
    if let Some(wait) = details.retry_info().and_then(|info| info.retry_delay) {
        fault = fault.with_retry_after(wait);
    }
    fault
}

/// A status that the carrier made: its text is about connections, so it is private.
fn foreign(code: Code, status: &tonic::Status) -> Fault {
    let private = format!(
        "{:?}: {} {:?}",
        status.code(),
        status.message(),
        std::error::Error::source(status)
    );
    match code {
        // tonic reports an expired deadline of the client's own as cancelled.
        Code::DeadlineExceeded | Code::Cancelled => Fault::deadline_exceeded().with_private(private),
        Code::Unavailable => Fault::unavailable(private),
        Code::ResourceExhausted => Fault::message_too_large(MESSAGE_LIMIT_BYTES).with_private(private),
        // tonic calls a message over the decoder's limit out of range.
        _ if status.code() == tonic::Code::OutOfRange => {
            Fault::message_too_large(MESSAGE_LIMIT_BYTES).with_private(private)
        }
        Code::Unimplemented => {
            Fault::new(code, "UNIMPLEMENTED", "The service does not know this method.").with_private(private)
        }
        Code::InvalidArgument => {
            Fault::new(code, "INVALID_ARGUMENT", "The service could not read the message.").with_private(private)
        }
        _ => Fault::internal(private),
    }
}
