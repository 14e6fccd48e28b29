//! Measures how the services are called: gRPC against REST/JSON, each factor apart from the others.
//!
//! A [`Cell`] is one work done in one way. [`plan`] lists those that are worth doing, [`measure`] does them, several times
//! and in turns, against services in other processes, and [`Results`] is what came out. `dvs compare` is the tool.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod cell;
mod load;
mod measure;
mod plan;
mod report;
mod titles;
mod usage;
mod work;

pub use cell::{Carrier, Cell, Kind, Work};
pub use measure::{Store, measure};
pub use plan::{Extent, plan};
pub use report::{CellResult, Machine, Results, Run, Settings, Versions};
pub use titles::fill;
