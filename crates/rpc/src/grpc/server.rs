//! Serves methods over gRPC.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};

use axum::body::Body;
use bytes::Bytes;
use futures::stream::MapErr;
use futures::{FutureExt, StreamExt, TryFutureExt, TryStreamExt};
use http::{Request, Response};
use http_body_util::BodyExt;
use hyper::body::{Frame, SizeHint};
use tonic::Streaming;
use tonic::codec::CompressionEncoding;
use tonic::server::Grpc;
use tower::service_fn;

use crate::call::Call;
use crate::edge::MESSAGE_LIMIT_BYTES;
use crate::encoding::Format;
use crate::fault::Fault;
use crate::grpc::codec::{Messages, format};
use crate::grpc::status::status;
use crate::method::Method;
use crate::routes::{Payload, peer};
use crate::stream::Stream;
use crate::wire;

pub(crate) async fn serve_unary<Q, A, Answer>(
    method: &Method<Q, A>,
    request: Request<Body>,
    serve: impl FnOnce(Call<Q>) -> Answer + Clone,
) -> Response<Body>
where
    Q: Payload,
    A: Payload,
    Answer: Future<Output = crate::Result<A>> + Send,
{
    let context = wire::read(request.headers(), peer(request.extensions()));
    let format = format(request.headers());
    let service = service_fn(move |request: tonic::Request<Q>| {
        let answer = serve.clone()(Call::new(request.into_inner(), context.clone()));
        answer.map(|answer| answer.map(tonic::Response::new).map_err(|fault| status(&fault)))
    });
    grpc(method, format).unary(service, request).await.map(Body::new)
}

pub(crate) async fn serve_server_streaming<Q, A, Opening>(
    method: &Method<Q, A>,
    request: Request<Body>,
    serve: impl FnOnce(Call<Q>) -> Opening + Clone,
) -> Response<Body>
where
    Q: Payload,
    A: Payload,
    Opening: Future<Output = crate::Result<Stream<A>>> + Send,
{
    let context = wire::read(request.headers(), peer(request.extensions()));
    let format = format(request.headers());
    let service = service_fn(move |request: tonic::Request<Q>| {
        let opening = serve.clone()(Call::new(request.into_inner(), context.clone()));
        opening.map_ok(answers).map_err(|fault| status(&fault))
    });
    grpc(method, format)
        .server_streaming(service, request)
        .await
        .map(Body::new)
}

pub(crate) async fn serve_client_streaming<Q, A, Answer>(
    method: &Method<Q, A>,
    request: Request<Body>,
    serve: impl FnOnce(Call<Stream<Q>>) -> Answer + Clone,
) -> Response<Body>
where
    Q: Payload,
    A: Payload,
    Answer: Future<Output = crate::Result<A>> + Send,
{
    let context = wire::read(request.headers(), peer(request.extensions()));
    let format = format(request.headers());
    let (request, cut) = watched(request);
    let service = service_fn(move |request: tonic::Request<Streaming<Q>>| {
        let answer = serve.clone()(Call::new(messages(request.into_inner(), cut.clone()), context.clone()));
        answer.map(|answer| answer.map(tonic::Response::new).map_err(|fault| status(&fault)))
    });
    grpc(method, format)
        .client_streaming(service, request)
        .await
        .map(Body::new)
}

pub(crate) async fn serve_bidirectional<Q, A, Opening>(
    method: &Method<Q, A>,
    request: Request<Body>,
    serve: impl FnOnce(Call<Stream<Q>>) -> Opening + Clone + Send,
) -> Response<Body>
where
    Q: Payload,
    A: Payload,
    Opening: Future<Output = crate::Result<Stream<A>>> + Send,
{
    let context = wire::read(request.headers(), peer(request.extensions()));
    let format = format(request.headers());
    let (request, cut) = watched(request);
    let service = service_fn(move |request: tonic::Request<Streaming<Q>>| {
        let opening = serve.clone()(Call::new(messages(request.into_inner(), cut.clone()), context.clone()));
        opening.map_ok(answers).map_err(|fault| status(&fault))
    });
    grpc(method, format).streaming(service, request).await.map(Body::new)
}

fn grpc<Q: Payload, A: Payload>(method: &Method<Q, A>, format: Format) -> Grpc<Messages<A, Q>> {
    let packings = [CompressionEncoding::Gzip, CompressionEncoding::Zstd];
    let grpc = Grpc::new(Messages::new(format));
    let grpc = packings
        .into_iter()
        .fold(grpc, |grpc, one| grpc.accept_compressed(one).send_compressed(one));
    grpc.max_decoding_message_size(MESSAGE_LIMIT_BYTES)
        .max_encoding_message_size(method.answer_limit_bytes)
}

type Answers<A> = MapErr<Stream<A>, fn(Fault) -> tonic::Status>;

fn answers<A: Payload>(answers: Stream<A>) -> tonic::Response<Answers<A>> {
    tonic::Response::new(answers.map_err(|fault| status(&fault)))
}

/// The messages of a caller, with a fault at their end when they were cut: tonic takes a cut body for a clean end.
fn messages<Q: Payload>(streaming: Streaming<Q>, cut: Cut) -> Stream<Q> {
    let messages = streaming.map_err(Fault::from);
    let end = futures::stream::once(async move { cut.fault() }).filter_map(|fault| async move { fault.map(Err) });
    Box::pin(messages.chain(end))
}

/// Records whether a body was cut.
#[derive(Clone, Default)]
struct Cut(Arc<OnceLock<String>>);

impl Cut {
    fn fault(&self) -> Option<Fault> {
        self.0.get().map(|error| Fault::cut(error.clone()))
    }
}

fn watched(request: Request<Body>) -> (Request<Body>, Cut) {
    let cut = Cut::default();
    let request = request.map(|body| Body::new(Watched { body, cut: cut.clone() }));
    (request, cut)
}

/// A body that records its error.
struct Watched {
    body: Body,
    cut: Cut,
}

impl hyper::body::Body for Watched {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = futures::ready!(self.body.frame().poll_unpin(context));
        if let Some(Err(error)) = &frame {
            let _ = self.cut.0.set(format!("{error:?}"));
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
