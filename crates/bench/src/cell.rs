//! What is measured: one work, done in one way.

use std::fmt;

use rpc::{Compression, Encoding, Format};
use serde::Serialize;

/// What is asked of the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Work {
    /// One title, about 1 kB.
    Title,
    /// A page of 24 titles.
    Page,
    /// A search for a word, with facets; each is another one.
    Search,
    /// All titles.
    Export,
    /// Titles that the store has already, so that what is written is the same each time: nothing.
    Import,
}

/// The kinds of gRPC call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Unary,
    ServerStream,
    ClientStream,
}

impl Work {
    pub const ALL: [Self; 5] = [Self::Title, Self::Page, Self::Search, Self::Export, Self::Import];

    pub fn kind(self) -> Kind {
        match self {
            Self::Title | Self::Page | Self::Search => Kind::Unary,
            Self::Export => Kind::ServerStream,
            Self::Import => Kind::ClientStream,
        }
    }

    /// Its name in reports and options.
    pub fn name(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Page => "page",
            Self::Search => "search",
            Self::Export => "export",
            Self::Import => "import",
        }
    }
}

/// What carries calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Carrier {
    Grpc,
    /// REST over HTTP/2 in clear text.
    RestHttp2,
    /// REST over HTTP/1.1, a connection for each call under way, kept.
    RestHttp1,
}

impl Carrier {
    pub const ALL: [Self; 3] = [Self::Grpc, Self::RestHttp2, Self::RestHttp1];

    pub fn name(self) -> &'static str {
        match self {
            Self::Grpc => "gRPC",
            Self::RestHttp2 => "REST, HTTP/2",
            Self::RestHttp1 => "REST, HTTP/1.1",
        }
    }

    /// What it speaks where nobody asks for anything else.
    pub fn format(self) -> Format {
        match self {
            Self::Grpc => Format::Protobuf,
            Self::RestHttp2 | Self::RestHttp1 => Format::Json,
        }
    }
}

/// One work done in one way.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cell {
    pub work: Work,
    pub carrier: Carrier,
    pub format: Format,
    pub compression: Option<Compression>,
    /// Titles of a message of a stream.
    pub batch: i32,
    /// Calls under way at once.
    pub concurrency: usize,
}

impl Cell {
    /// The carrier as it comes.
    pub fn new(work: Work, carrier: Carrier) -> Self {
        Self {
            work,
            carrier,
            format: carrier.format(),
            compression: None,
            batch: 500,
            concurrency: if work.kind() == Kind::Unary { 16 } else { 1 },
        }
    }

    pub(crate) fn encoding(&self) -> Encoding {
        Encoding {
            format: Some(self.format),
            compression: self.compression,
        }
    }

    /// The format's name in reports.
    pub fn format_name(&self) -> &'static str {
        match self.format {
            Format::Protobuf => "protobuf",
            Format::Json => "json",
        }
    }

    /// The packing's name in reports.
    pub fn compression_name(&self) -> &'static str {
        match self.compression {
            None => "none",
            Some(Compression::Gzip) => "gzip",
            Some(Compression::Zstd) => "zstd",
        }
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (format, compression) = (self.format_name(), self.compression_name());
        write!(formatter, "{}, {}, {format}", self.work.name(), self.carrier.name())?;
        if self.compression.is_some() {
            write!(formatter, "+{compression}")?;
        }
        if self.work.kind() != Kind::Unary {
            write!(formatter, ", {} a message", self.batch)?;
        }
        write!(formatter, ", {} at once", self.concurrency)
    }
}
