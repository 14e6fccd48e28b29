//! Everything that is generated from the contracts in `proto/`: the messages, a trait for each service, its methods on
//! both carriers and its routes. `build/main.rs` writes it. Written by hand are only names, the [records](Records),
//! which are too many to be structs, and the type of [cached answers](Shared).

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod catalogue;
mod records;
pub mod rent;
mod shared;

#[allow(
    clippy::all,
    clippy::pedantic,
    unreachable_pub,
    reason = "the generator decides the shape of generated code"
)]
mod contracts {
    include!(concat!(env!("OUT_DIR"), "/contracts.rs"));
    include!(concat!(env!("OUT_DIR"), "/enumerations.rs"));
}

/// The dead letters of a service, as staff manage them: `dvs.jobs.v1`.
pub use contracts::dvs::jobs::v1 as jobs;
/// The additional services of a store with a lab: `dvs.lab.v1`.
pub use contracts::dvs::lab::v1 as lab;
/// An amount of money: `dvs.type.v1`.
pub use contracts::dvs::r#type::v1::Money;

pub use records::{ReadRecords, Record, Records, RecordsText, RecordsWriter};
pub use shared::Shared;

/// The contracts as an encoded `FileDescriptorSet`, for gRPC reflection.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));
