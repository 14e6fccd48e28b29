//! The REST carrier: verbs, paths, queries and JSON bodies, as the contracts give them; streams as lines of JSON, and
//! conversations over a WebSocket.

mod client;
mod conversation;
mod fault;
mod lines;
mod server;

use axum::body::Body;
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Response, StatusCode};
use http_body_util::{BodyExt, LengthLimitError, Limited};

use crate::edge::MESSAGE_LIMIT_BYTES;
use crate::fault::{Code, Fault};
use crate::routes::Payload;

pub(crate) use client::RestClient;
pub(crate) use server::{serve_bidirectional, serve_client_streaming, serve_server_streaming, serve_unary};

const JSON: HeaderValue = HeaderValue::from_static("application/json");
const LINES: HeaderValue = HeaderValue::from_static("application/x-ndjson");
const BYTES: HeaderValue = HeaderValue::from_static("application/octet-stream");
const PROTOBUF: HeaderValue = HeaderValue::from_static("application/x-protobuf");

/// A whole body, up to the message limit.
async fn read(body: Body) -> crate::Result<Bytes> {
    let collected = Limited::new(body, MESSAGE_LIMIT_BYTES).collect().await;
    match collected {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(Fault::message_too_large(MESSAGE_LIMIT_BYTES)),
        Err(error) => Err(Fault::lost(format!("a body was cut: {error}"))),
    }
}

/// An empty body is an empty message.
fn from_json<T: Payload>(body: &[u8]) -> Result<T, serde_json::Error> {
    if body.is_empty() {
        return Ok(T::default());
    }
    serde_json::from_slice(body)
}

fn to_json<T: Payload>(message: &T) -> crate::Result<Vec<u8>> {
    serde_json::to_vec(message).map_err(unwritable)
}

fn unwritable(error: impl std::fmt::Display) -> Fault {
    Fault::internal(format!("a message could not be written: {error}"))
}

fn unreadable(error: impl std::fmt::Display) -> Fault {
    let message = format!("The request could not be read: {error}.");
    Fault::new(Code::InvalidArgument, "MALFORMED", message)
}

fn written(status: StatusCode, content_type: HeaderValue, body: impl Into<Body>) -> Response<Body> {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, content_type);
    response
}
