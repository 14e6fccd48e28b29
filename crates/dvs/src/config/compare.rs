//! The options of `dvs compare`.

use std::path::PathBuf;

use bench::{Carrier, Cell, Kind, Work};
use clap::{Args, ValueEnum};

use super::TokenOptions;

#[derive(Debug, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an option of its own on the command line"
)]
pub(crate) struct CompareOptions {
    /// A few short runs of each operation over each transport, with default settings: under two minutes.
    #[arg(long, conflicts_with = "exhaustive")]
    pub(crate) quick: bool,
    /// Every combination of the factors. May take hours.
    #[arg(long)]
    pub(crate) exhaustive: bool,
    /// Where the results go; an interrupted comparison with the same settings is resumed.
    #[arg(long, default_value = "comparison", value_name = "DIR")]
    pub(crate) output: PathBuf,
    /// Replace the results that the folder has.
    #[arg(long)]
    pub(crate) overwrite: bool,
    /// Only write the report and the summary again, from the results that the output's folder has.
    #[arg(long, conflicts_with_all = ["quick", "exhaustive", "against"])]
    pub(crate) render: bool,
    /// Where the titles are kept that are measured with, so that the next comparison finds them; in the output's folder
    /// by default.
    #[arg(long, env = "DVS_COMPARE_CACHE", value_name = "DIR")]
    pub(crate) cache: Option<PathBuf>,
    /// How many titles the catalogue has; 20000 with --quick, 100000 otherwise.
    #[arg(long, value_parser = clap::value_parser!(u32).range(2_000..=1_000_000))]
    pub(crate) records: Option<u32>,
    /// How often each combination is measured; 3 times with --quick, 5 otherwise.
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=100))]
    pub(crate) runs: Option<u16>,
    /// How long each run of a combination lasts; a quarter of a second with --quick, a second otherwise.
    #[arg(long, value_parser = seconds, value_name = "SECONDS")]
    pub(crate) seconds: Option<f64>,
    /// Only these works or parts.
    #[arg(long, value_delimiter = ',', value_parser = subject, value_name = "WORK,…")]
    pub(crate) only: Vec<Subject>,
    /// Only these carriers; `rest` is over either version of HTTP.
    #[arg(long, value_delimiter = ',', value_name = "CARRIER,…")]
    pub(crate) transport: Vec<CarrierName>,
    /// Only these kinds of call.
    #[arg(long, value_delimiter = ',', value_name = "KIND,…")]
    pub(crate) kind: Vec<KindName>,
    /// A store elsewhere instead of one on this machine: its host, with the catalogue on port 50051, or the catalogue's own
    /// address. It is read only, so there are no imports, players or baselines.
    #[arg(long, value_name = "HOST")]
    pub(crate) against: Option<String>,
    #[command(flatten)]
    pub(crate) token: TokenOptions,
}

/// A part of a comparison, to which it may be limited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Subject {
    Work(Work),
    /// The store next to servers that do nothing else.
    Floors,
    /// The table that the project's origin measured.
    Origin,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum CarrierName {
    Grpc,
    Rest,
    #[value(name = "rest_h1")]
    RestH1,
    #[value(name = "rest_h2")]
    RestH2,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum KindName {
    Unary,
    #[value(name = "server_stream", alias = "server-stream")]
    ServerStream,
    #[value(name = "client_stream", alias = "client-stream")]
    ClientStream,
    Bidi,
}

impl Subject {
    fn name(self) -> &'static str {
        match self {
            Self::Work(work) => work.name(),
            Self::Floors => "floors",
            Self::Origin => "origin",
        }
    }

    fn all() -> impl Iterator<Item = Self> {
        Work::ALL
            .into_iter()
            .map(Self::Work)
            .chain([Self::Floors, Self::Origin])
    }
}

fn seconds(text: &str) -> Result<f64, String> {
    let seconds = text.parse().ok().filter(|seconds| (0.01..=60.0).contains(seconds));
    seconds.ok_or_else(|| "write a number of seconds from 0.01 to 60".to_owned())
}

fn subject(name: &str) -> Result<Subject, String> {
    let found = Subject::all().find(|subject| subject.name() == name);
    found.ok_or_else(|| {
        let names: Vec<_> = Subject::all().map(Subject::name).collect();
        format!("{name:?} is no work: write {}", names.join(", "))
    })
}

impl CompareOptions {
    /// Whether the options select a cell.
    pub(crate) fn wants(&self, cell: &Cell) -> bool {
        let carries = |name: &CarrierName| match name {
            CarrierName::Grpc => cell.carrier == Carrier::Grpc,
            CarrierName::Rest => cell.carrier != Carrier::Grpc,
            CarrierName::RestH1 => cell.carrier == Carrier::RestH1,
            CarrierName::RestH2 => cell.carrier == Carrier::RestH2,
        };
        let is_of = |name: &KindName| match name {
            KindName::Unary => cell.work.kind() == Kind::Unary,
            KindName::ServerStream => cell.work.kind() == Kind::ServerStream,
            KindName::ClientStream => cell.work.kind() == Kind::ClientStream,
            KindName::Bidi => cell.work.kind() == Kind::Bidi,
        };
        // Nothing may be written to a store elsewhere.
        let is_allowed = self.against.is_none() || matches!(cell.work.kind(), Kind::Unary) || cell.work == Work::Export;
        is_allowed
            && (self.only.is_empty() || self.only.contains(&Subject::Work(cell.work)))
            && (self.transport.is_empty() || self.transport.iter().any(carries))
            && (self.kind.is_empty() || self.kind.iter().any(is_of))
    }

    /// Whether a part that is not an operation is measured: only if nothing else was selected.
    pub(crate) fn wants_subject(&self, subject: Subject) -> bool {
        let chooses_none = self.only.is_empty() && self.transport.is_empty() && self.kind.is_empty();
        self.against.is_none() && (chooses_none || self.only.contains(&subject))
    }

    /// The selection in words.
    pub(crate) fn chosen(&self) -> Vec<String> {
        let only = self.only.iter().map(|subject| subject.name().to_owned());
        let transport = self.transport.iter().map(|name| format!("{name:?}").to_lowercase());
        only.chain(transport)
            .chain(self.kind.iter().map(|name| format!("{name:?}").to_lowercase()))
            .collect()
    }
}

#[derive(Debug, Args)]
pub(crate) struct ComparePartOptions {
    pub(crate) part: ComparePart,
    /// The generator's own store, for calls that nothing carries.
    #[arg(long, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
}

/// The parts for which `dvs compare` starts processes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ComparePart {
    /// Loads the store.
    Generator,
    /// Sends bytes from memory.
    Floor,
}
