//! How calls travel: in process, over gRPC, over REST/JSON. It knows no service; `api` generates one-line
//! implementations on top of it, and every caller and every service meets the same deadlines, limits and faults.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod access;
mod addresses;
mod allowance;
mod budget;
mod call;
mod capacity;
mod client;
mod connect;
mod edge;
mod encoding;
mod fault;
mod grpc;
pub mod identity;
pub mod json;
mod method;
mod peers;
mod prompt;
mod rest;
pub mod revocations;
mod routes;
pub mod security;
mod server;
mod shares;
pub mod socket;
mod stream;
mod tap;
mod trace;
mod vitals;
mod wire;

pub use access::{Access, AccessControl, Permission, Sessions};
pub use addresses::Addresses;
pub use allowance::Allowance;
pub use call::{Authority, Call, Context, DEFAULT_DEADLINE, network};
pub use capacity::Capacity;
pub use client::{Client, ClientOptions, Transport};
pub use connect::{Address, AddressError};
pub use edge::{Edge, MESSAGE_LIMIT_BYTES};
pub use encoding::{Compression, Encoding, Format};
pub use fault::{Code, Fault, FieldViolation, STORAGE};
pub use grpc::{CONNECTION_WINDOW_BYTES, STREAM_WINDOW_BYTES, is_serving};
pub use method::{Method, RestBody, Seconds, Verb, rest_path};
pub use routes::Routes;
pub use server::{Listener, Server, ServerOptions};
pub use shares::{Share, Shares};
pub use stream::{Stream, patient};
pub use tap::{Direction, Passage, Tap};
pub use trace::Trace;

/// What a service method answers.
pub type Result<T> = std::result::Result<T, Fault>;

/// What generated code needs in scope; nothing else should use it.
#[doc(hidden)]
pub mod generated {
    pub use async_trait::async_trait;
}
