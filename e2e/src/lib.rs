//! Runs the built binary as a person would, and speaks to it over HTTP and its command line. It knows nothing else.

mod account;
mod balancer;
mod cluster;
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
