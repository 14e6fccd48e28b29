//! Serves methods over REST.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Body;
use axum::extract::{FromRequestParts, RawPathParams};
use bytes::Bytes;
use futures::future::ready;
use futures::{FutureExt, StreamExt};
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{Request, Response, StatusCode, request};
use http_body_util::BodyExt;
use hyper::body::Frame;

use crate::call::Call;
use crate::fault::Fault;
use crate::method::{Method, RestBody};
use crate::rest::messages::{self, Mistakes};
use crate::rest::{conversation, fault, many, named, one, packing, read, unreadable, written, written_in};
use crate::routes::{Payload, peer};
use crate::stream::Stream;
use crate::wire;

/// How long the rest of a body is still read after its caller has the answer. If the connection closed at once, the
/// caller would lose the answer.
const DRAIN: Duration = Duration::from_secs(1);

const MISTAKES: Mistakes = Mistakes {
    cut: Fault::cut,
    malformed: unreadable,
};

/// Decompresses a request, and compresses the answer if the caller accepts that.
pub(crate) async fn serve_packed<Answer: Future<Output = Response<Body>>>(
    request: Request<Body>,
    serve: impl FnOnce(Request<Body>) -> Answer,
) -> Response<Body> {
    let accepted = packing::accepted(request.headers());
    let (mut parts, body) = request.into_parts();
    let body = packing::unpack(&mut parts.headers, body);
    packing::packed(accepted, serve(Request::from_parts(parts, body)).await)
}

pub(crate) async fn serve_unary<Q, A, Answer>(
    method: &Method<Q, A>,
    request: Request<Body>,
    serve: impl FnOnce(Call<Q>) -> Answer,
) -> Response<Body>
where
    Q: Payload,
    A: Payload,
    Answer: Future<Output = crate::Result<A>>,
{
    let (mut parts, body) = request.into_parts();
    let answer = async {
        let message = read_message(method, &mut parts, body).await?;
        let context = wire::read(&parts.headers, peer(&parts.extensions));
        write_answer(&parts, &serve(Call::new(message, context)).await?)
    };
    answer.await.unwrap_or_else(|fault: Fault| fault::write(&fault))
}

pub(crate) async fn serve_server_streaming<Q, A, Opening>(
    method: &Method<Q, A>,
    request: Request<Body>,
    serve: impl FnOnce(Call<Q>) -> Opening,
) -> Response<Body>
where
    Q: Payload,
    A: Payload,
    Opening: Future<Output = crate::Result<Stream<A>>>,
{
    let (mut parts, body) = request.into_parts();
    let answer = async {
        let message = read_message(method, &mut parts, body).await?;
        let context = wire::read(&parts.headers, peer(&parts.extensions));
        let answers = serve(Call::new(message, context)).await?;
        let format = named(&parts.headers, ACCEPT);
        let body = Body::from_stream(messages::write(answers, format));
        Ok(written(StatusCode::OK, many(format), body))
    };
    answer.await.unwrap_or_else(|fault: Fault| fault::write(&fault))
}

pub(crate) async fn serve_client_streaming<Q, A, Answer>(
    method: &'static Method<Q, A>,
    request: Request<Body>,
    serve: impl FnOnce(Call<Stream<Q>>) -> Answer,
) -> Response<Body>
where
    Q: Payload,
    A: Payload,
    Answer: Future<Output = crate::Result<A>>,
{
    let (mut parts, body) = request.into_parts();
    let answer = async {
        let messages = read_messages(method, &mut parts, Body::new(Drained(Some(body)))).await?;
        let context = wire::read(&parts.headers, peer(&parts.extensions));
        write_answer(&parts, &serve(Call::new(messages, context)).await?)
    };
    answer.await.unwrap_or_else(|fault: Fault| fault::write(&fault))
}

pub(crate) async fn serve_bidirectional<Q, A, Opening>(
    request: Request<Body>,
    serve: impl FnOnce(Call<Stream<Q>>) -> Opening + Send + 'static,
) -> Response<Body>
where
    Q: Payload,
    A: Payload,
    Opening: Future<Output = crate::Result<Stream<A>>> + Send,
{
    let context = wire::read(request.headers(), peer(request.extensions()));
    let opened = conversation::serve(request, move |messages| serve(Call::new(messages, context)));
    opened.unwrap_or_else(|fault| fault::write(&fault))
}

fn write_answer<A: Payload>(parts: &request::Parts, answer: &A) -> crate::Result<Response<Body>> {
    let format = named(&parts.headers, ACCEPT);
    Ok(written(StatusCode::OK, one(format), written_in(format, answer)?))
}

async fn read_message<Q: Payload, A>(
    method: &Method<Q, A>,
    parts: &mut request::Parts,
    body: Body,
) -> crate::Result<Q> {
    let message = match method.body {
        RestBody::Message => {
            let format = named(&parts.headers, CONTENT_TYPE);
            format.read(read(body).await?).map_err(unreadable)?
        }
        RestBody::Query | RestBody::Bytes { .. } => read_query(parts)?,
    };
    with_path(method, parts, message).await
}

/// The messages of a streamed body; for a file, the message that its address describes and then the pieces of the body.
async fn read_messages<Q: Payload, A>(
    method: &'static Method<Q, A>,
    parts: &mut request::Parts,
    body: Body,
) -> crate::Result<Stream<Q>> {
    let RestBody::Bytes { put, .. } = method.body else {
        return Ok(messages::read(body, named(&parts.headers, CONTENT_TYPE), MISTAKES));
    };
    let first = with_path(method, parts, read_query::<Q>(parts)?).await?;
    let pieces = body.into_data_stream().map(move |piece| {
        let piece = piece.map_err(|error| Fault::cut(format!("{error:?}")))?;
        let mut message = Q::default();
        put(&mut message, piece.into());
        Ok(message)
    });
    Ok(Box::pin(futures::stream::once(ready(Ok(first))).chain(pieces)))
}

fn read_query<Q: Payload>(parts: &request::Parts) -> crate::Result<Q> {
    serde_html_form::from_str(parts.uri.query().unwrap_or_default()).map_err(unreadable)
}

async fn with_path<Q: Payload, A>(
    method: &Method<Q, A>,
    parts: &mut request::Parts,
    mut message: Q,
) -> crate::Result<Q> {
    let path = RawPathParams::from_request_parts(parts, &()).await;
    let path = path.map_err(|_rejection| Fault::invalid("path", "The path is not valid."))?;
    for (name, value) in &path {
        (method.join)(&mut message, name, value.to_owned());
    }
    Ok(message)
}

/// A body that is read for [`DRAIN`] longer when it is dropped before its end.
struct Drained(Option<Body>);

impl hyper::body::Body for Drained {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let Some(body) = &mut self.0 else {
            return Poll::Ready(None);
        };
        let frame = futures::ready!(body.frame().poll_unpin(context));
        if !matches!(frame, Some(Ok(_))) {
            self.0 = None;
        }
        Poll::Ready(frame)
    }
}

impl Drop for Drained {
    fn drop(&mut self) {
        if let Some(mut body) = self.0.take() {
            let drain = async move { while let Some(Ok(_)) = body.frame().await {} };
            tokio::spawn(tokio::time::timeout(DRAIN, drain));
        }
    }
}
