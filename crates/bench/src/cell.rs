//! The unit of measurement, a cell: one kind of work, done with one combination of factors.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The work that the store is asked to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Work {
    /// One title, about 1 kB.
    Title,
    /// A page of 24 titles.
    Page,
    /// A search for words, with facets; each call searches for different words.
    Search,
    /// All titles.
    Export,
    /// All titles of the large catalogue.
    ExportLarge,
    /// Titles that the store has already, so that each import writes the same: nothing.
    Import,
    /// A playback session: it is opened, reports its position 1,000 times, and stops.
    Playback,
}

/// The kinds of gRPC call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Unary,
    ServerStream,
    ClientStream,
    Bidi,
}

impl Work {
    pub const ALL: [Self; 7] = [
        Self::Title,
        Self::Page,
        Self::Search,
        Self::Export,
        Self::ExportLarge,
        Self::Import,
        Self::Playback,
    ];

    pub fn kind(self) -> Kind {
        match self {
            Self::Title | Self::Page | Self::Search => Kind::Unary,
            Self::Export | Self::ExportLarge => Kind::ServerStream,
            Self::Import => Kind::ClientStream,
            Self::Playback => Kind::Bidi,
        }
    }

    /// Its name in results and options.
    pub fn name(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Page => "page",
            Self::Search => "search",
            Self::Export => "export",
            Self::ExportLarge => "export_large",
            Self::Import => "import",
            Self::Playback => "playback",
        }
    }

    /// Whether its messages carry titles in batches.
    pub(crate) fn has_batches(self) -> bool {
        matches!(self.kind(), Kind::ServerStream | Kind::ClientStream)
    }
}

impl Kind {
    pub const ALL: [Self; 4] = [Self::Unary, Self::ServerStream, Self::ClientStream, Self::Bidi];

    pub fn name(self) -> &'static str {
        match self {
            Self::Unary => "unary",
            Self::ServerStream => "server_stream",
            Self::ClientStream => "client_stream",
            Self::Bidi => "bidi",
        }
    }
}

/// How calls are carried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Carrier {
    Grpc,
    /// REST over HTTP/2 in clear text.
    RestH2,
    /// REST over HTTP/1.1 with kept connections, each of which carries one call at a time. A conversation is a
    /// WebSocket.
    RestH1,
    /// No carrier: the service's code is called in the caller's process. One of the two floors.
    InProcess,
}

impl Carrier {
    /// The carriers that are compared.
    pub const ALL: [Self; 3] = [Self::Grpc, Self::RestH2, Self::RestH1];

    /// Its name in results and options.
    pub fn name(self) -> &'static str {
        match self {
            Self::Grpc => "grpc",
            Self::RestH2 => "rest_h2",
            Self::RestH1 => "rest_h1",
            Self::InProcess => "in_process",
        }
    }

    /// Its name for people.
    pub fn title(self) -> &'static str {
        match self {
            Self::Grpc => "gRPC",
            Self::RestH2 => "REST over HTTP/2",
            Self::RestH1 => "REST over HTTP/1.1",
            Self::InProcess => "in process",
        }
    }

    /// Its format by default.
    pub fn format(self) -> Format {
        match self {
            Self::Grpc | Self::InProcess => Format::Protobuf,
            Self::RestH2 | Self::RestH1 => Format::Json,
        }
    }
}

/// The format of messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    Protobuf,
    /// Compact, without line breaks.
    Json,
}

/// The compression of messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Compression {
    None,
    Gzip,
    Zstd,
}

/// One kind of work, done with one combination of factors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Cell {
    pub work: Work,
    pub carrier: Carrier,
    pub format: Format,
    pub compression: Compression,
    /// Titles in a message of a stream; 1 for messages that are not batches.
    pub batch: i32,
    /// How many connections are open, all the time.
    pub connections: usize,
    /// How many calls are under way at once.
    pub concurrency: usize,
}

impl Cell {
    /// The carrier with its default format and settings.
    pub fn new(work: Work, carrier: Carrier) -> Self {
        let is_unary = work.kind() == Kind::Unary;
        Self {
            work,
            carrier,
            format: carrier.format(),
            compression: Compression::None,
            batch: match work {
                Work::Export | Work::Import => 32,
                Work::ExportLarge => 1_024,
                _ => 1,
            },
            connections: if is_unary { 8 } else { 1 },
            concurrency: if is_unary { 16 } else { 1 },
        }
    }

    pub(crate) fn encoding(&self) -> rpc::Encoding {
        rpc::Encoding {
            format: Some(match self.format {
                Format::Protobuf => rpc::Format::Protobuf,
                Format::Json => rpc::Format::Json,
            }),
            compression: match self.compression {
                Compression::None => None,
                Compression::Gzip => Some(rpc::Compression::Gzip),
                Compression::Zstd => Some(rpc::Compression::Zstd),
            },
        }
    }

    /// The format with its compression, as options and reports write it.
    pub fn coding(&self) -> &'static str {
        match (self.format, self.compression) {
            (Format::Protobuf, Compression::None) => "protobuf",
            (Format::Protobuf, Compression::Gzip) => "protobuf+gzip",
            (Format::Protobuf, Compression::Zstd) => "protobuf+zstd",
            (Format::Json, Compression::None) => "json",
            (Format::Json, Compression::Gzip) => "json+gzip",
            (Format::Json, Compression::Zstd) => "json+zstd",
        }
    }

    /// The anchor of links to it.
    pub fn anchor(&self) -> String {
        let Self {
            work,
            carrier,
            batch,
            connections,
            concurrency,
            ..
        } = self;
        let (work, carrier, coding) = (work.name(), carrier.name(), self.coding().replace('+', "-"));
        format!("{work}-{carrier}-{coding}-b{batch}-n{connections}-c{concurrency}")
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (work, carrier, coding) = (self.work.name(), self.carrier.title(), self.coding());
        write!(formatter, "{work}, {carrier}, {coding}")?;
        if self.work.has_batches() {
            write!(formatter, ", {} a message", self.batch)?;
        }
        let plural = if self.connections == 1 { "" } else { "s" };
        write!(
            formatter,
            ", {} at once over {} connection{plural}",
            self.concurrency, self.connections
        )
    }
}
