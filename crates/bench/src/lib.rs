//! Measures how the services are called: gRPC against REST/JSON, each factor apart from the others.
//!
//! A [`Cell`] is one kind of work, done with one combination of factors. [`plan`] lists the cells that are worth
//! measuring. A generator ([`generate`]) loads the store from a process of its own, at the commands of a [`Driver`];
//! [`measure`] runs the cells several times and in turns, and [`Results`] holds the outcome. The tool for it is `dvs
//! compare`.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod cell;
mod commands;
mod connection_pool;
mod driver;
mod floor;
mod floors;
mod generator;
mod interval;
mod load;
mod measure;
mod origin;
mod plan;
mod players;
mod progress;
mod records;
mod report;
mod results;
mod run_journal;
mod titles;
mod usage;
mod work;

pub use cell::{Carrier, Cell, Compression, Format, Kind, Work};
pub use commands::Store;
pub use driver::Driver;
pub use floor::{FloorAddresses, FloorSettings, serve_floor};
pub use floors::{
    Apart, PAIRS_APART, PAIRS_TOGETHER, Sample, TWIN_PAGE, TWIN_SEARCH, TYPED_SEARCH, Together, floors_apart,
    floors_in_process, floors_together, in_process, session,
};
pub use generator::generate;
pub use measure::{Depth, measure, measure_under_load};
pub use origin::{ORIGIN_WAYS, measure_origin};
pub use plan::{CANNOT_BE, Extent, MOST_CELLS, fraction, plan, under_load};
pub use progress::Progress;
pub use results::{CellResult, FloorResult, Loop, Machine, OriginRow, OriginWay, Results, Run, Settings, Versions};
pub use run_journal::{Found, RunJournal};
pub use titles::fill;
