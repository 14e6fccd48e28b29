//! Floors: servers that move the same bytes as the store and do nothing else. A floor runs in a process of its own,
//! under the same load as the store.

mod bare;
mod echo;
mod pages;

pub use bare::{FloorAddresses, FloorSettings, serve_floor};
pub(crate) use echo::{Echo, EchoStream};
pub(crate) use pages::{Pages, Requests, body, fetch, read_to_end};
