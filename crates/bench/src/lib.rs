//! Measures how the services are called: gRPC against REST/JSON, each factor apart from the others.
//!
//! A [`Cell`] is one work done in one way. [`plan`] lists those that are worth doing. A generator ([`generate`]) loads the
//! store from a process of its own, as a [`Conductor`] tells it; [`measure`] does the cells several times and in turns, and
//! [`Results`] is what came out. `dvs compare` is the tool.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod cell;
mod conductor;
mod diary;
mod floor;
mod floors;
mod generator;
mod interval;
mod lanes;
mod load;
mod measure;
mod orders;
mod origin;
mod plan;
mod players;
mod progress;
mod records;
mod report;
mod results;
mod titles;
mod usage;
mod work;

pub use cell::{Carrier, Cell, Compression, Format, Kind, Work};
pub use conductor::Conductor;
pub use diary::{Diary, Found};
pub use floor::{FloorAddresses, FloorSettings, serve_floor};
pub use floors::{
    Apart, PAIRS_APART, PAIRS_TOGETHER, Sample, TWIN_PAGE, TWIN_SEARCH, TYPED_SEARCH, Together, floors_apart,
    floors_in_process, floors_together, in_process, session,
};
pub use generator::generate;
pub use measure::{Depth, measure, measure_under_load};
pub use orders::Store;
pub use origin::{ORIGIN_WAYS, measure_origin};
pub use plan::{CANNOT_BE, Extent, MOST_CELLS, fraction, plan, under_load};
pub use progress::Progress;
pub use results::{CellResult, FloorResult, Loop, Machine, OriginRow, OriginWay, Results, Run, Settings, Versions};
pub use titles::fill;
