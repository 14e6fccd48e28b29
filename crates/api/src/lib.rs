//! Everything that is generated from the contracts in `proto/`: the messages, a trait a service, its methods on both
//! carriers and its routes. `build/main.rs` writes it; there is nothing by hand here but names, the [records](Records), which
//! are too many to be structs, and what makes an answer one that is [kept](Shared).

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod catalogue;
mod records;
pub mod rent;
mod shared;

#[allow(
    clippy::all,
    clippy::pedantic,
    unreachable_pub,
    reason = "generated code is read by nobody; its shape is the generator's"
)]
mod contracts {
    include!(concat!(env!("OUT_DIR"), "/contracts.rs"));
    include!(concat!(env!("OUT_DIR"), "/enumerations.rs"));
}

/// The jobs of a service that failed for good: `dvs.jobs.v1`.
pub use contracts::dvs::jobs::v1 as jobs;
/// What a store with a lab serves besides: `dvs.lab.v1`.
pub use contracts::dvs::lab::v1 as lab;
/// An amount of money: `dvs.type.v1`.
pub use contracts::dvs::r#type::v1::Money;

pub use records::{ReadRecords, Record, Records, RecordsText, RecordsWriter};
pub use shared::Shared;

/// The contracts as an encoded `FileDescriptorSet`, for gRPC reflection.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));
