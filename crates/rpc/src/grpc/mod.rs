//! The gRPC carrier: tonic's client and server types over our messages.

mod client;
mod codec;
mod health;
mod server;
mod status;

pub(crate) use client::GrpcClient;
pub(crate) use health::Health;
pub use health::is_serving;
pub(crate) use server::{serve_bidirectional, serve_client_streaming, serve_server_streaming, serve_unary};

/// Flow control: the window of a connection is much larger than that of a stream, so that many small unread frames do
/// not make HTTP/2 close the connection.
pub const CONNECTION_WINDOW_BYTES: u32 = 4 * 1024 * 1024;
pub const STREAM_WINDOW_BYTES: u32 = 256 * 1024;
