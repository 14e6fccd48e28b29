//! Calls one service over gRPC.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures::StreamExt;
use futures::stream::unfold;
use http::HeaderValue;
use http::header::CONTENT_TYPE;
use http::uri::PathAndQuery;
use tonic::body::Body;
use tonic::client::Grpc;
use tonic::codec::CompressionEncoding;
use tonic::transport::{Channel, Endpoint};
use tonic::{CancellationHandle, Request, Streaming};
use tower::util::MapRequest;

use crate::call::{Call, Context};
use crate::client::ClientOptions;
use crate::connect::{Address, Connector};
use crate::edge::MESSAGE_LIMIT_BYTES;
use crate::encoding::Format;
use crate::fault::Fault;
use crate::grpc::codec::{JSON, Messages};
use crate::grpc::{CONNECTION_WINDOW_BYTES, STREAM_WINDOW_BYTES};
use crate::method::Method;
use crate::routes::Payload;
use crate::stream::{OwnFault, Stream, without_fault};
use crate::wire;

/// Keep-alive of HTTP/2 while calls are under way: how often a connection is pinged, and how long the answer may take.
/// Without it a network that drops all packets would go unnoticed.
const KEEP_ALIVE_INTERVAL: Duration = Duration::from_secs(5);
const KEEP_ALIVE_TIMEOUT: Duration = Duration::from_secs(5);

/// A single HTTP/2 connection would limit throughput; a few for each peer do not.
const CONNECTIONS_PER_PEER: usize = 2;

#[derive(Clone)]
pub(crate) struct GrpcClient {
    channels: Arc<[Channel]>,
    next: Arc<AtomicUsize>,
    bearer: Option<HeaderValue>,
    format: Format,
    compression: Option<CompressionEncoding>,
}

/// A channel that sets the content type of its requests.
type Line = MapRequest<Channel, fn(http::Request<Body>) -> http::Request<Body>>;

impl GrpcClient {
    pub(crate) fn new(address: &Address, options: ClientOptions) -> Result<Self, Fault> {
        let endpoint = Endpoint::from_shared(address.origin())
            .map_err(|error| Fault::internal(format!("address: {error}")))?
            .initial_connection_window_size(CONNECTION_WINDOW_BYTES)
            .initial_stream_window_size(STREAM_WINDOW_BYTES)
            .http2_keep_alive_interval(KEEP_ALIVE_INTERVAL)
            .keep_alive_timeout(KEEP_ALIVE_TIMEOUT);
        let connector = Connector {
            address: address.clone(),
            tap: options.tap,
        };
        let connect = || endpoint.connect_with_connector_lazy(connector.clone());
        let connections = options.connections.map_or(CONNECTIONS_PER_PEER, NonZeroUsize::get);
        Ok(Self {
            channels: std::iter::repeat_with(connect).take(connections).collect(),
            next: Arc::default(),
            bearer: options.service_token.as_deref().and_then(wire::bearer_of),
            format: options.encoding.format.unwrap_or(Format::Protobuf),
            compression: options.encoding.compression.map(Into::into),
        })
    }

    pub(crate) async fn unary<Q: Payload, A: Payload>(&self, method: &Method<Q, A>, call: Call<Q>) -> crate::Result<A> {
        let mut channel = self.channel(method).await?;
        let request = self.request(call.message, &call.context);
        let answer = channel.unary(request, path(method), self.codec()).await?;
        Ok(answer.into_inner())
    }

    pub(crate) async fn server_streaming<Q: Payload, A: Payload>(
        &self,
        method: &Method<Q, A>,
        call: Call<Q>,
    ) -> crate::Result<Streaming<A>> {
        let mut channel = self.channel(method).await?;
        let request = self.request(call.message, &call.context);
        let answers = channel.server_streaming(request, path(method), self.codec()).await?;
        Ok(answers.into_inner())
    }

    pub(crate) async fn client_streaming<Q: Payload, A: Payload>(
        &self,
        method: &Method<Q, A>,
        call: Call<Stream<Q>>,
    ) -> crate::Result<A> {
        let mut channel = self.channel(method).await?;
        let (messages, own_fault) = without_fault(call.message);
        let mut request = self.request(messages, &call.context);
        let _cancel = CancelOnDrop(Some(request.cancellation_handle()));
        tokio::select! {
            biased;
            fault = own_fault => Err(fault),
            answer = channel.client_streaming(request, path(method), self.codec()) => {
                Ok(answer?.into_inner())
            }
        }
    }

    pub(crate) async fn bidirectional<Q: Payload, A: Payload>(
        &self,
        method: &Method<Q, A>,
        call: Call<Stream<Q>>,
    ) -> crate::Result<Stream<A>> {
        let mut channel = self.channel(method).await?;
        let (messages, mut own_fault) = without_fault(call.message);
        let mut request = self.request(messages, &call.context);
        let cancel = CancelOnDrop(Some(request.cancellation_handle()));
        let answers = tokio::select! {
            biased;
            fault = &mut own_fault => return Err(fault),
            answer = channel.streaming(request, path(method), self.codec()) => {
                answer?.into_inner()
            }
        };
        let conversation = Conversation {
            answers: Some(answers),
            own_fault,
            cancel: Some(cancel),
        };
        Ok(Box::pin(unfold(conversation, |mut conversation| async move {
            let answer = conversation.next().await?;
            Some((answer, conversation))
        })))
    }

    /// A channel for services outside our contracts, such as gRPC's health service.
    pub(crate) fn any_channel(&self) -> Channel {
        self.channels[0].clone()
    }

    async fn channel<Q, A>(&self, method: &Method<Q, A>) -> crate::Result<Grpc<Line>> {
        let turn = self.next.fetch_add(1, Ordering::Relaxed);
        let channel = self.channels[turn % self.channels.len()].clone();
        let named = match self.format {
            Format::Protobuf => std::convert::identity,
            Format::Json => named_json,
        };
        let mut client = Grpc::new(Line::new(channel, named))
            .max_decoding_message_size(method.answer_limit_bytes)
            .max_encoding_message_size(MESSAGE_LIMIT_BYTES);
        if let Some(compression) = self.compression {
            client = client.send_compressed(compression).accept_compressed(compression);
        }
        let ready = client.ready().await;
        ready.map_err(|error| Fault::unreached(&error, format!("{}: {error:?}", method.grpc_path)))?;
        Ok(client)
    }

    /// Writes requests and reads answers.
    fn codec<Q, A>(&self) -> Messages<Q, A> {
        Messages::new(self.format)
    }

    fn request<T>(&self, message: T, context: &Context) -> Request<T> {
        let mut request = Request::new(message);
        let mut headers = std::mem::take(request.metadata_mut()).into_headers();
        wire::write(context, self.bearer.as_ref(), &mut headers);
        *request.metadata_mut() = tonic::metadata::MetadataMap::from_headers(headers);
        request
    }
}

/// How long the answers of a conversation are still read after its caller has dropped it.
const READ_ON: Duration = Duration::from_secs(1);

/// The answers of a bidirectional call whose messages are still being sent.
struct Conversation<A: Payload> {
    answers: Option<Streaming<A>>,
    own_fault: OwnFault,
    cancel: Option<CancelOnDrop>,
}

impl<A: Payload> Conversation<A> {
    async fn next(&mut self) -> Option<crate::Result<A>> {
        let answers = self.answers.as_mut()?;
        let answer = tokio::select! {
            biased;
            fault = &mut self.own_fault => Err(fault),
            answer = answers.next() => answer?.map_err(Fault::from),
        };
        Some(answer)
    }
}

impl<A: Payload> Drop for Conversation<A> {
    fn drop(&mut self) {
        let (answers, cancel) = (self.answers.take(), self.cancel.take());
        drop(cancel);
        // A service that is blocked on sending answers reads no messages, so it would not notice the cancellation. Its
        // answers are read for a moment to unblock it.
        if let (Some(mut answers), Ok(runtime)) = (answers, tokio::runtime::Handle::try_current()) {
            let read_on = async move { while let Some(Ok(_)) = answers.next().await {} };
            runtime.spawn(tokio::time::timeout(READ_ON, read_on));
        }
    }
}

/// Cancels a call when its caller drops it, so that the service sees cut messages instead of a normal end.
struct CancelOnDrop(Option<CancellationHandle>);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        if let Some(handle) = self.0.take() {
            handle.cancel();
        }
    }
}

fn path<Q, A>(method: &Method<Q, A>) -> PathAndQuery {
    PathAndQuery::from_static(method.grpc_path)
}

/// Sets the content type of JSON messages, because tonic always writes that of Protobuf.
fn named_json(mut request: http::Request<Body>) -> http::Request<Body> {
    request.headers_mut().insert(CONTENT_TYPE, JSON);
    request
}
