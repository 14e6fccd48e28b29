//! Runs the built program as a person would, and uses only HTTP and its command line. It depends on no crate of the store.

mod account;
mod balancer;
mod cluster;
mod mails;
mod postgres;
mod process;
mod store;
mod tool;

pub use account::{Account, Order, PASSWORD, offer_becomes, offer_of};
pub use balancer::{Asked, Balancer};
pub use cluster::{Cluster, MEMBERS};
pub use postgres::Postgres;
pub use process::binary;
pub use store::{Engine, Opening, Store};
pub use tool::{Output, dvs, expect_refused};
