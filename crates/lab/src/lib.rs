//! The lab, in which the calls of a running store can be inspected. Only a store that is started with `--lab` has it,
//! and nothing of the product depends on it.
//!
//! [`study`] makes the store's own calls, one of each kind of gRPC; [`inspector`] reads the bytes that such a call sent and
//! received. [`router`] puts both behind a gateway's routes, for the lab of the web app, and lets a request choose the transport
//! between the gateway and the services.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod inspector;
mod lab;
mod router;
mod routes;
pub mod study;

pub use self::lab::{Connect, Lab, Services};
pub use self::router::router;
pub use self::routes::openapi;
