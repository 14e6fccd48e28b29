//! Conversations: a stream each way over one WebSocket.
//!
//! A message is a text frame of JSON, or a binary frame of Protobuf if the caller asked for that. WebSockets have
//! neither half-closing nor refusals, so text frames that start with `@` add them: the server sends `@open` once it has
//! accepted the call, either side sends `@end` after its last message, the server sends `@stop` when it wants no more
//! messages, and `@fault {…}` ends the call.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;

use axum::body::Body;
use bytes::Bytes;
use futures::stream::{SplitSink, SplitStream, unfold};
use futures::{SinkExt, StreamExt};
use http::header::{ACCEPT, CONNECTION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION, UPGRADE};
use http::{HeaderValue, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::Message as Frame;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::error::Error;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_tungstenite::{WebSocketStream, client_async_with_config};
use tokio_util::sync::CancellationToken;

use crate::allowance::Allowance;
use crate::connect::Connector;
use crate::edge::MESSAGE_LIMIT_BYTES;
use crate::encoding::Format;
use crate::fault::{CUT, Fault};
use crate::rest::fault::{self, FaultBody};
use crate::rest::{named, unreadable, unwritable, written_in};
use crate::routes::Payload;
use crate::server::CameOver;
use crate::stream::{AbortOnDrop, OwnFault, PUMPED_MESSAGES, Stream, without_fault};

const OPEN: &str = "@open";
const END: &str = "@end";
const STOP: &str = "@stop";
const FAULT: &str = "@fault ";

/// The most that is buffered for writing: one message, and the answers to a few pings. A peer that reads nothing beyond
/// that is disconnected.
const WRITE_BUFFER_LIMIT_BYTES: usize = MESSAGE_LIMIT_BYTES + 256 * 1024;
/// How many frames a second may be pings, pongs and the like, which belong to no message.
const ASIDES_PER_SECOND: u32 = 10;

/// Serves a conversation, in a task of its own once the connection has become a WebSocket.
pub(super) fn serve<Q, A, Opening>(
    mut request: Request<Body>,
    serve: impl FnOnce(Stream<Q>) -> Opening + Send + 'static,
) -> crate::Result<Response<Body>>
where
    Q: Payload,
    A: Payload,
    Opening: Future<Output = crate::Result<Stream<A>>> + Send,
{
    let response = switching(&request)?;
    let format = named(request.headers(), ACCEPT);
    let came_over = request.extensions_mut().remove::<Arc<CameOver>>();
    let came_over = came_over.ok_or_else(|| Fault::internal("a conversation came over no connection of ours"))?;
    let upgrade = hyper::upgrade::on(request);
    came_over.upgrades.spawn(async move {
        if let Ok(upgraded) = upgrade.await {
            let io = TokioIo::new(upgraded);
            let socket = WebSocketStream::from_raw_socket(io, Role::Server, Some(config())).await;
            converse(socket, format, serve).await;
        }
    });
    Ok(response)
}

/// The answer to a request to become a WebSocket (RFC 6455).
fn switching(request: &Request<Body>) -> crate::Result<Response<Body>> {
    let headers = request.headers();
    let key = headers.get(SEC_WEBSOCKET_KEY);
    let key = key.filter(|_| {
        headers
            .get(SEC_WEBSOCKET_VERSION)
            .is_some_and(|version| version == "13")
    });
    let key = key.ok_or_else(|| unreadable("this is a conversation: ask for a WebSocket"))?;
    let accept = HeaderValue::from_str(&derive_accept_key(key.as_bytes())).map_err(unwritable)?;
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = response.headers_mut();
    headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(SEC_WEBSOCKET_ACCEPT, accept);
    Ok(response)
}

async fn converse<Q, A, Opening>(
    socket: WebSocketStream<impl AsyncRead + AsyncWrite + Unpin + Send + 'static>,
    format: Format,
    serve: impl FnOnce(Stream<Q>) -> Opening,
) where
    Q: Payload,
    A: Payload,
    Opening: Future<Output = crate::Result<Stream<A>>> + Send,
{
    let (mut sink, source) = socket.split();
    let gone = CancellationToken::new();
    let unwanted = CancellationToken::new();
    let (sender, receiver) = mpsc::channel(PUMPED_MESSAGES);
    let reading = hear(source, sender, unwanted.clone(), gone.clone());
    let _reading = AbortOnDrop(tokio::spawn(reading));
    let messages: Stream<Q> = Box::pin(unfold(receiver, |mut receiver| async move {
        receiver.recv().await.map(|message| (message, receiver))
    }));
    let speaking = async {
        let opened = serve(messages).await;
        if let Ok(answers) = say_opening(&mut sink, opened).await
            && say_answers(&mut sink, answers, format, unwanted).await.is_ok()
        {
            let _ = sink.close().await;
        }
    };
    tokio::select! {
        () = speaking => {}
        () = gone.cancelled() => {}
    }
}

/// Reads the caller's messages until the caller disconnects. Then it cancels `gone`, even if the service takes no more
/// messages; it cancels `unwanted` once the service takes no more.
async fn hear<Q: Payload, T: AsyncRead + AsyncWrite + Unpin>(
    mut source: SplitStream<WebSocketStream<T>>,
    sender: mpsc::Sender<crate::Result<Q>>,
    unwanted: CancellationToken,
    gone: CancellationToken,
) {
    let mut sender = Some(sender);
    let mut asides = Allowance::new(ASIDES_PER_SECOND);
    loop {
        let heard = match source.next().await {
            Some(Ok(Frame::Text(text))) if text == END => {
                sender = None;
                continue;
            }
            Some(Ok(Frame::Text(text))) => Format::Json.read(text.into()).map_err(unreadable),
            Some(Ok(Frame::Binary(bytes))) => Format::Protobuf.read(bytes).map_err(unreadable),
            Some(Ok(Frame::Close(_))) | None => Err(Fault::cut("the WebSocket was closed")),
            Some(Ok(_)) if asides.pass() => continue,
            Some(Ok(_)) => Err(Fault::cut("too many pings")),
            Some(Err(Error::Capacity(_))) => Err(Fault::message_too_large(MESSAGE_LIMIT_BYTES)),
            Some(Err(error)) => Err(Fault::cut(error.to_string())),
        };
        let left = heard.as_ref().is_err_and(|fault| &*fault.reason == CUT);
        if let Some(receiver) = &sender
            && receiver.send(heard).await.is_err()
        {
            unwanted.cancel();
            sender = None;
        }
        if left {
            return gone.cancel();
        }
    }
}

type Sink<T> = SplitSink<WebSocketStream<T>, Frame>;

/// Tells the caller whether the call was accepted; returns the call's answers if it was.
async fn say_opening<A, T: AsyncRead + AsyncWrite + Unpin>(
    sink: &mut Sink<T>,
    opened: crate::Result<Stream<A>>,
) -> Result<Stream<A>, Error> {
    match opened {
        Ok(answers) => {
            sink.send(Frame::text(OPEN)).await?;
            Ok(answers)
        }
        Err(fault) => {
            sink.send(fault_frame(&fault)).await?;
            sink.close().await?;
            Err(Error::ConnectionClosed)
        }
    }
}

async fn say_answers<A: Payload, T: AsyncRead + AsyncWrite + Unpin>(
    sink: &mut Sink<T>,
    mut answers: Stream<A>,
    format: Format,
    unwanted: CancellationToken,
) -> Result<(), Error> {
    let mut unwanted = pin!(unwanted.cancelled_owned());
    let mut stopped = false;
    loop {
        let answer = tokio::select! {
            answer = answers.next() => answer,
            () = &mut unwanted, if !stopped => {
                stopped = true;
                sink.send(Frame::text(STOP)).await?;
                continue;
            }
        };
        match answer.map(|answer| answer.and_then(|answer| frame(&answer, format))) {
            None => return sink.send(Frame::text(END)).await,
            Some(Ok(frame)) => sink.send(frame).await?,
            Some(Err(fault)) => return sink.send(fault_frame(&fault)).await,
        }
    }
}

/// Opens a conversation with a service.
pub(super) async fn call<Q: Payload, A: Payload>(
    connector: &Connector,
    request: Request<()>,
    messages: Stream<Q>,
    format: Format,
) -> crate::Result<Stream<A>> {
    let connection = connector.open().await;
    let connection = connection.map_err(|error| Fault::unsent(error.to_string()))?;
    let opened = client_async_with_config(with_handshake(request)?, connection, Some(config())).await;
    let (socket, _) = opened.map_err(refused)?;
    let (sink, source) = socket.split();
    let (messages, own_fault) = without_fault(messages);
    let stop = CancellationToken::new();
    let speaking = AbortOnDrop(tokio::spawn(speak(sink, Box::pin(messages), format, stop.clone())));
    let mut answers = Answers {
        source,
        own_fault,
        stop,
        _speaking: speaking,
    };
    match answers.hear().await {
        Heard::Open => {}
        Heard::Fault(fault) => return Err(fault),
        Heard::End | Heard::Message(..) => return Err(Fault::internal("an answer came before the call was taken")),
    }
    Ok(Box::pin(unfold(answers, |mut answers| async move {
        let answer = match answers.hear().await {
            Heard::Message(format, bytes) => format.read(bytes).map_err(|error| Fault::internal(error.to_string())),
            Heard::Fault(fault) => Err(fault),
            Heard::Open => Err(Fault::internal("the call was taken twice")),
            Heard::End => return None,
        };
        Some((answer, answers))
    })))
}

fn with_handshake(request: Request<()>) -> crate::Result<Request<()>> {
    let (parts, ()) = request.into_parts();
    let mut handshake = parts.uri.into_client_request().map_err(unwritable)?;
    handshake.headers_mut().extend(parts.headers);
    Ok(handshake)
}

/// Sends the caller's messages until they end or the service wants no more.
async fn speak<Q: Payload, T: AsyncRead + AsyncWrite + Unpin>(
    mut sink: Sink<T>,
    mut messages: impl futures::Stream<Item = Q> + Unpin,
    format: Format,
    stop: CancellationToken,
) {
    loop {
        let message = tokio::select! {
            message = messages.next() => message,
            () = stop.cancelled() => None,
        };
        let ended = message.is_none();
        let frame = message.map_or_else(|| Some(Frame::text(END)), |message| frame(&message, format).ok());
        let Some(frame) = frame else { return };
        if sink.send(frame).await.is_err() || ended {
            return;
        }
    }
}

/// The frames that the service sends.
struct Answers<T> {
    source: SplitStream<WebSocketStream<T>>,
    own_fault: OwnFault,
    stop: CancellationToken,
    _speaking: AbortOnDrop,
}

enum Heard {
    Open,
    Message(Format, Bytes),
    End,
    Fault(Fault),
}

impl<T: AsyncRead + AsyncWrite + Unpin> Answers<T> {
    async fn hear(&mut self) -> Heard {
        loop {
            let frame = tokio::select! {
                biased;
                fault = &mut self.own_fault => return Heard::Fault(fault),
                frame = self.source.next() => frame,
            };
            let text = match frame {
                Some(Ok(Frame::Text(text))) => text,
                Some(Ok(Frame::Binary(bytes))) => return Heard::Message(Format::Protobuf, bytes),
                Some(Ok(Frame::Close(_))) | None => {
                    return Heard::Fault(Fault::lost("the WebSocket was closed"));
                }
                Some(Ok(_)) => continue,
                Some(Err(Error::Capacity(_))) => return Heard::Fault(Fault::message_too_large(MESSAGE_LIMIT_BYTES)),
                Some(Err(error)) => return Heard::Fault(Fault::lost(error.to_string())),
            };
            match text.as_str() {
                STOP => self.stop.cancel(),
                OPEN => return Heard::Open,
                END => return Heard::End,
                other => match other.strip_prefix(FAULT) {
                    Some(fault) => return Heard::Fault(read_fault(fault)),
                    None => return Heard::Message(Format::Json, text.into()),
                },
            }
        }
    }
}

fn read_fault(json: &str) -> Fault {
    let body = serde_json::from_str::<FaultBody>(json);
    body.map_or_else(|error| Fault::internal(error.to_string()), Fault::from)
}

fn fault_frame(fault: &Fault) -> Frame {
    let body = serde_json::to_string(&FaultBody::from(fault)).unwrap_or_default();
    Frame::text(format!("{FAULT}{body}"))
}

fn frame<T: Payload>(message: &T, format: Format) -> crate::Result<Frame> {
    let bytes = written_in(format, message)?;
    Ok(match format {
        // JSON is UTF-8.
        Format::Json => Frame::text(String::from_utf8(bytes).unwrap_or_default()),
        Format::Protobuf => Frame::binary(bytes),
    })
}

/// The fault of a call that failed before it became a WebSocket.
fn refused(error: Error) -> Fault {
    match error {
        Error::Http(response) => {
            let body = response.body().as_deref().unwrap_or_default();
            fault::read(response.status(), response.headers(), body)
        }
        error => Fault::lost(error.to_string()),
    }
}

fn config() -> WebSocketConfig {
    WebSocketConfig::default()
        .max_message_size(Some(MESSAGE_LIMIT_BYTES))
        .max_frame_size(Some(MESSAGE_LIMIT_BYTES))
        .max_write_buffer_size(WRITE_BUFFER_LIMIT_BYTES)
}
