//! The REST carrier: verbs, paths, queries and JSON bodies, as the contracts define them; streams as lines of JSON, and
//! conversations over a WebSocket. A client that asks for Protobuf gets that instead of JSON.

mod client;
mod conversation;
mod delimited;
mod fault;
mod lines;
mod messages;
mod packing;
mod server;

use axum::body::Body;
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use http_body_util::{BodyExt, LengthLimitError, Limited};

use crate::edge::MESSAGE_LIMIT_BYTES;
use crate::encoding::Format;
use crate::fault::{Code, Fault};
use crate::routes::Payload;

pub(crate) use client::RestClient;
pub(crate) use server::{
    serve_bidirectional, serve_client_streaming, serve_packed, serve_server_streaming, serve_unary,
};

const JSON: HeaderValue = HeaderValue::from_static("application/json");
const LINES: HeaderValue = HeaderValue::from_static("application/x-ndjson");
const BYTES: HeaderValue = HeaderValue::from_static("application/octet-stream");
const PROTOBUF: HeaderValue = HeaderValue::from_static("application/x-protobuf");
const PROTOBUF_STREAM: HeaderValue = HeaderValue::from_static("application/x-protobuf-stream");

/// The content type of a single message in this format.
fn one(format: Format) -> HeaderValue {
    match format {
        Format::Json => JSON,
        Format::Protobuf => PROTOBUF,
    }
}

/// The content type of a stream of messages in this format.
fn many(format: Format) -> HeaderValue {
    match format {
        Format::Json => LINES,
        Format::Protobuf => PROTOBUF_STREAM,
    }
}

/// The format that a header names; JSON if it names neither.
fn named(headers: &HeaderMap, header: HeaderName) -> Format {
    match headers.get(header) {
        Some(name) if name == PROTOBUF || name == PROTOBUF_STREAM => Format::Protobuf,
        _ => Format::Json,
    }
}

/// A whole body, up to the message limit.
async fn read(body: Body) -> crate::Result<Bytes> {
    read_within(MESSAGE_LIMIT_BYTES, body).await
}

async fn read_within(limit_bytes: usize, body: Body) -> crate::Result<Bytes> {
    let collected = Limited::new(body, limit_bytes).collect().await;
    match collected {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(Fault::message_too_large(limit_bytes)),
        Err(error) => Err(Fault::lost(format!("a body was cut: {error}"))),
    }
}

fn written_in<T: Payload>(format: Format, message: &T) -> crate::Result<Vec<u8>> {
    let mut body = Vec::with_capacity(message.encoded_len());
    format.write(message, &mut body).map_err(unwritable)?;
    Ok(body)
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
