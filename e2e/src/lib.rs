//! Runs the built binary as a person would, and speaks to it over HTTP and its command line. It knows nothing else.

mod account;
mod postgres;
mod process;
mod tool;

pub use account::{Account, Order, PASSWORD, offer_of};
pub use postgres::Postgres;
pub use process::{Engine, Opening, Store};
pub use tool::{Output, dvs};
