//! The protocol between the driver and the generator, which is a process of its own: a line of JSON each way.

use serde::{Deserialize, Serialize};

use crate::cell::Cell;
use crate::floor::Requests;
use crate::results::Run;

/// The store that is measured. Its services run elsewhere, or on this machine, each in its own process.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Store {
    pub catalogue: String,
    /// Without it playback is not measured.
    pub rent: Option<String>,
    /// Authenticates the calls that are not public.
    pub service_token: Option<String>,
    /// How many of the comparison's own titles it has; without any, imports are not measured.
    pub titles: u32,
    /// The processes of the services on this machine, whose CPU time and memory are measured.
    pub processes: Vec<u32>,
}

/// A command to the generator.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Command {
    /// Use this store from now on.
    Turn(Store),
    /// Sign up this many players.
    SignUp(usize),
    /// Ask the same few questions in a cell, and report the answers and the bytes of a call.
    Check(Cell),
    /// Load the store as a cell describes.
    Load {
        cell: Cell,
        millis: u64,
        open: Option<OpenLoad>,
    },
    /// Load a server with requests for pages.
    Pages {
        address: String,
        requests: Requests,
        session: Option<String>,
        connections: usize,
        millis: u64,
        processes: Vec<u32>,
    },
    /// Load a gRPC echo over one connection.
    Echo {
        address: String,
        ask_bytes: usize,
        concurrency: usize,
        millis: u64,
        processes: Vec<u32>,
    },
    /// Read streams of this many messages from the echo.
    EchoStream {
        address: String,
        messages: u32,
        millis: u64,
        processes: Vec<u32>,
    },
    /// Read streams of this many records from the catalogue, in batches of this size.
    Records { records: i32, batch: i32, millis: u64 },
    /// Read a long answer once, and report how long it took.
    Read {
        address: String,
        path: String,
        /// A text that each record of the answer contains once.
        mark: String,
        processes: Vec<u32>,
    },
}

/// A load whose calls arrive whether or not earlier ones were answered.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct OpenLoad {
    pub(crate) per_second: f64,
    pub(crate) seed: u64,
}

/// The generator's answer to a command.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Report {
    Done,
    Checked(Checked),
    Ran(Box<Run>),
    Failed(String),
}

/// The answers in a cell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Checked {
    pub(crate) answers: Vec<u64>,
    /// The bytes of one call, with its share of what the carrier adds.
    pub(crate) bytes_out: u64,
    pub(crate) bytes_in: u64,
}
