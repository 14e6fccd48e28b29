//! What is beneath the store: the same bytes moved by servers that do nothing else. A floor runs in a process of its
//! own, and is loaded as the store is.

mod bare;
mod echo;
mod pages;

pub use bare::{FloorAddresses, FloorSettings, serve_floor};
pub(crate) use echo::{Echo, EchoStream};
pub(crate) use pages::{Pages, Requests, body, fetch, read_to_end};
