//! What the driver and the generator, which is a process of its own, say to each other: a line of JSON each way.

use serde::{Deserialize, Serialize};

use crate::cell::Cell;
use crate::floor::Requests;
use crate::results::Run;

/// The store that is measured: its services elsewhere or on this machine, a process each.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Store {
    pub catalogue: String,
    /// Without it nothing is played.
    pub rent: Option<String>,
    /// Opens what is not everybody's.
    pub service_token: Option<String>,
    /// How many of the comparison's own titles it has; without any, nothing is imported.
    pub titles: u32,
    /// Those of the services that are on this machine, so that their use can be seen.
    pub processes: Vec<u32>,
}

/// What the generator is to do.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Command {
    /// To turn to this store.
    Turn(Store),
    /// To sign so many players up.
    SignUp(usize),
    /// To say what the same few questions are answered in a cell, and how many bytes a call takes.
    Check(Cell),
    /// To load the store in the way of a cell.
    Load {
        cell: Cell,
        millis: u64,
        open: Option<OpenLoad>,
    },
    /// To load a server with requests for pages.
    Pages {
        address: String,
        requests: Requests,
        session: Option<String>,
        connections: usize,
        millis: u64,
        processes: Vec<u32>,
    },
    /// To load a gRPC echo over one connection.
    Echo {
        address: String,
        ask_bytes: usize,
        concurrency: usize,
        millis: u64,
        processes: Vec<u32>,
    },
    /// To read streams of so many messages from it.
    EchoStream {
        address: String,
        messages: u32,
        millis: u64,
        processes: Vec<u32>,
    },
    /// To read streams of so many records from the catalogue, so many a message.
    Records { records: i32, batch: i32, millis: u64 },
    /// To read a long answer once, and say how long it took.
    Read {
        address: String,
        path: String,
        /// What stands once in each record of it.
        mark: String,
        processes: Vec<u32>,
    },
}

/// A load that comes whether it is answered or not.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct OpenLoad {
    pub(crate) per_second: f64,
    pub(crate) seed: u64,
}

/// What came of an order.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Report {
    Done,
    Checked(Checked),
    Ran(Box<Run>),
    Failed(String),
}

/// The answers of a cell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Checked {
    pub(crate) answers: Vec<u64>,
    /// Of one call, with its share of what the carrier adds.
    pub(crate) bytes_out: u64,
    pub(crate) bytes_in: u64,
}
