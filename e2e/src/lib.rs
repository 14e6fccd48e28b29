//! Runs the built binary as a person would, and speaks to it over HTTP and its command line. It knows nothing else.

mod account;
mod process;
mod tool;

pub use account::{Account, Order, PASSWORD, offer_of};
pub use process::{Opening, Store};
pub use tool::{Output, dvs};
