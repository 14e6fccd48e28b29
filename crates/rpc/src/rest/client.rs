//! Calls one service over REST.

use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use futures::{StreamExt, TryStreamExt};
use http::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_TYPE};
use http::{Extensions, HeaderValue, Request, Response};
use hyper_util::client::legacy::Client as HttpClient;
use hyper_util::client::legacy::connect::{CaptureConnection, capture_connection};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::call::{Call, Context};
use crate::client::ClientOptions;
use crate::connect::{Address, Connector, HangUp};
use crate::encoding::{Compression, Format};
use crate::fault::Fault;
use crate::method::{Method, RestBody};
use crate::rest::messages::{self, Mistakes};
use crate::rest::{BYTES, conversation, fault, many, named, one, packing, read, read_within, unwritable, written_in};
use crate::routes::Payload;
use crate::stream::{OwnFault, Stream, without_fault};
use crate::wire;

/// Idle connections kept to one service.
const IDLE_CONNECTIONS: usize = 32;
/// Shorter than the server waits for the next request's headers, so that a connection is not used while it is closed.
const IDLE_TIMEOUT: Duration = Duration::from_secs(5);

#[derive(Clone)]
pub(crate) struct RestClient {
    http: HttpClient<Connector, Body>,
    http2: bool,
    connector: Connector,
    bearer: Option<HeaderValue>,
    format: Format,
    compression: Option<Compression>,
}

const MISTAKES: Mistakes = Mistakes {
    cut: Fault::lost,
    malformed: Fault::internal,
};

impl RestClient {
    /// Over HTTP/1.1 with a pool of connections, or over HTTP/2 in clear text.
    pub(crate) fn new(address: &Address, http2: bool, options: ClientOptions) -> Self {
        let connector = Connector {
            address: address.clone(),
            tap: options.tap,
        };
        let http = HttpClient::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE_TIMEOUT)
            .pool_max_idle_per_host(IDLE_CONNECTIONS)
            .http2_only(http2)
            .http2_initial_connection_window_size(crate::grpc::CONNECTION_WINDOW_BYTES)
            .http2_initial_stream_window_size(crate::grpc::STREAM_WINDOW_BYTES)
            .build(connector.clone());
        Self {
            http,
            http2,
            connector,
            bearer: options.service_token.as_deref().and_then(wire::bearer_of),
            format: options.encoding.format.unwrap_or(Format::Json),
            compression: options.encoding.compression,
        }
    }

    pub(crate) async fn unary<Q: Payload, A: Payload>(&self, method: &Method<Q, A>, call: Call<Q>) -> crate::Result<A> {
        let request = self.message_request(method, call)?;
        answer(method, self.send(method, request).await?).await
    }

    pub(crate) async fn server_streaming<Q: Payload, A: Payload>(
        &self,
        method: &Method<Q, A>,
        call: Call<Q>,
    ) -> crate::Result<Stream<A>> {
        let mut request = self.message_request(method, call)?;
        request.headers_mut().insert(ACCEPT, many(self.format));
        let response = successful(self.send(method, request).await?).await?;
        let format = named(response.headers(), CONTENT_TYPE);
        Ok(messages::read(response.into_body(), format, MISTAKES))
    }

    pub(crate) async fn client_streaming<Q: Payload, A: Payload>(
        &self,
        method: &Method<Q, A>,
        call: Call<Stream<Q>>,
    ) -> crate::Result<A> {
        let (mut request, own_fault, _cancel) = self.stream_request(method, call).await?;
        // Over HTTP/2 a call can be cancelled without closing its connection.
        let left = (!self.http2).then(|| HangUpOnDrop(Some(capture_connection(&mut request))));
        let sent = async { answer(method, self.send(method, request).await?).await };
        let answer = tokio::select! {
            biased;
            fault = own_fault => return Err(fault),
            answer = sent => answer,
        };
        if let Some(left) = left {
            left.disarm();
        }
        answer
    }

    pub(crate) async fn bidirectional<Q: Payload, A: Payload>(
        &self,
        method: &Method<Q, A>,
        call: Call<Stream<Q>>,
    ) -> crate::Result<Stream<A>> {
        let uri = format!("{}{}", self.connector.address.origin(), method.rest_path).replacen("http", "ws", 1);
        let mut request = Request::get(uri).body(()).map_err(unwritable)?;
        wire::write(&call.context, self.bearer.as_ref(), request.headers_mut());
        request.headers_mut().insert(ACCEPT, one(self.format));
        conversation::call(&self.connector, request, call.message, self.format).await
    }

    /// A request whose one message is a query or a body.
    fn message_request<Q: Payload, A>(&self, method: &Method<Q, A>, call: Call<Q>) -> crate::Result<Request<Body>> {
        let mut message = call.message;
        let path = (method.split)(&mut message);
        match method.body {
            RestBody::Message => {
                let body = written_in(self.format, &message)?;
                self.request(method, &path, &call.context, Some(one(self.format)), Body::from(body))
            }
            RestBody::Query | RestBody::Bytes { .. } => {
                let target = with_query(path, &message)?;
                self.request(method, &target, &call.context, None, Body::empty())
            }
        }
    }

    /// A request whose body is a stream of messages. If the guard is dropped before they end, the body fails instead of
    /// ending, so that the service does not take it for complete.
    async fn stream_request<Q: Payload, A>(
        &self,
        method: &Method<Q, A>,
        call: Call<Stream<Q>>,
    ) -> crate::Result<(Request<Body>, OwnFault, DropGuard)> {
        let (messages, own_fault) = without_fault(call.message);
        let cancelled = CancellationToken::new();
        let cut = Box::pin(cancelled.clone().cancelled_owned());
        let (target, kind, chunks) = match method.body {
            RestBody::Bytes { take, .. } => {
                let mut messages = Box::pin(messages);
                let mut first = messages.next().await.unwrap_or_default();
                let path = (method.split)(&mut first);
                let bytes = take(&mut first);
                let target = with_query(path, &first)?;
                let rest = messages.map(move |mut message| Bytes::from(take(&mut message)));
                let chunks = futures::stream::iter([Bytes::from(bytes)]).chain(rest).map(Ok).boxed();
                (target, BYTES, chunks)
            }
            RestBody::Message | RestBody::Query => {
                let path = (method.split)(&mut Q::default());
                (
                    path,
                    many(self.format),
                    messages::write(Box::pin(messages.map(Ok)), self.format)
                        .map_err(|never| match never {})
                        .boxed(),
                )
            }
        };
        let end = futures::stream::once(cut).map(|()| Err(std::io::Error::from(std::io::ErrorKind::Interrupted)));
        let body = Body::from_stream(until_cut(chunks, end));
        let request = self.request(method, &target, &call.context, Some(kind), body)?;
        Ok((request, own_fault, cancelled.drop_guard()))
    }

    fn request<Q, A>(
        &self,
        method: &Method<Q, A>,
        target: &str,
        context: &Context,
        content_type: Option<HeaderValue>,
        body: Body,
    ) -> crate::Result<Request<Body>> {
        let uri = format!("{}{target}", self.connector.address.origin());
        let request = Request::builder().method(method.verb.http()).uri(uri).body(body);
        let mut request = request.map_err(unwritable)?;
        let headers = request.headers_mut();
        headers.insert(ACCEPT, one(self.format));
        if let Some(compression) = self.compression {
            headers.insert(ACCEPT_ENCODING, HeaderValue::from_static(compression.name()));
        }
        wire::write(context, self.bearer.as_ref(), headers);
        let Some(content_type) = content_type else {
            return Ok(request);
        };
        headers.insert(CONTENT_TYPE, content_type);
        let Some(compression) = self.compression else {
            return Ok(request);
        };
        let (mut parts, body) = request.into_parts();
        let body = packing::pack(compression, &mut parts.headers, body);
        Ok(Request::from_parts(parts, body))
    }

    async fn send<Q, A>(&self, method: &Method<Q, A>, request: Request<Body>) -> crate::Result<Response<Body>> {
        let sent = self.http.request(request).await;
        let sent = sent.map_err(|error| Fault::unreached(&error, format!("{}: {error:?}", method.grpc_path)))?;
        let (mut parts, body) = sent.into_parts();
        let body = packing::unpack(&mut parts.headers, Body::new(body));
        Ok(Response::from_parts(parts, body))
    }
}

/// Closes the connection of a call that is dropped while its body is being sent. A service that reads no more of the
/// body would otherwise never see that the body was cut, because unread bytes precede the cut.
struct HangUpOnDrop(Option<CaptureConnection>);

impl HangUpOnDrop {
    fn disarm(mut self) {
        self.0 = None;
    }
}

impl Drop for HangUpOnDrop {
    fn drop(&mut self) {
        let Some(capture) = self.0.take() else { return };
        if let Some(connected) = capture.connection_metadata().as_ref() {
            let mut extras = Extensions::new();
            connected.get_extras(&mut extras);
            if let Some(hang_up) = extras.get::<HangUp>() {
                hang_up.now();
            }
        }
    }
}

fn with_query<Q: Payload>(path: String, message: &Q) -> crate::Result<String> {
    let query = serde_html_form::to_string(message).map_err(unwritable)?;
    Ok(if query.is_empty() {
        path
    } else {
        format!("{path}?{query}")
    })
}

type Chunk = Result<Bytes, std::io::Error>;

/// The chunks until they end, or until the error of `cut`.
fn until_cut(
    chunks: impl futures::Stream<Item = Chunk> + Send + Unpin + 'static,
    cut: impl futures::Stream<Item = Chunk> + Send + Unpin + 'static,
) -> impl futures::Stream<Item = Chunk> + Send + 'static {
    futures::stream::unfold(Some((chunks, cut)), |state| async move {
        let (mut chunks, mut cut) = state?;
        tokio::select! {
            biased;
            error = cut.next() => error.map(|error| (error, None)),
            chunk = chunks.next() => chunk.map(|chunk| (chunk, Some((chunks, cut)))),
        }
    })
}

async fn answer<Q, A: Payload>(method: &Method<Q, A>, response: Response<Body>) -> crate::Result<A> {
    let response = successful(response).await?;
    let format = named(response.headers(), CONTENT_TYPE);
    let body = read_within(method.answer_limit_bytes, response.into_body()).await?;
    format
        .read(body)
        .map_err(|error| Fault::internal(format!("{}: {error}", method.grpc_path)))
}

async fn successful(response: Response<Body>) -> crate::Result<Response<Body>> {
    if response.status().is_success() {
        return Ok(response);
    }
    let (parts, body) = response.into_parts();
    let body = read(body).await?;
    Err(fault::read(parts.status, &parts.headers, &body))
}
