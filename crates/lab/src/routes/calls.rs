//! Inspects one call: makes it against the live store, and streams what passes on the connection, line by line.

use axum::Extension;
use axum::body::Body as Answer;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures::stream;
use gateway::{Anybody, Body, Problem};
use http::header::CONTENT_TYPE;
use rpc::{Compression, Encoding, Format};
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use tokio_util::task::AbortOnDropHandle;
use utoipa::ToSchema;

use super::experiment::Experiment;
use super::lines::LabLine;
use super::{Carrier, Kind, Site};

/// Enough for a first impression; for more there is `dvs compare`.
pub(super) const MOST_REPEATS: usize = 200;
const USUAL_RECORDS: usize = 24;
const USUAL_BATCH: usize = 8;
/// How many lines may wait for the browser to read them.
const LINES_AHEAD: usize = 64;

/// The call that is to be inspected.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = LabCall)]
pub(super) struct Asked {
    pub(super) kind: Kind,
    pub(super) transport: Carrier,
    /// How many titles are returned or sent; in a conversation, how often the player seeks.
    #[serde(default = "usual_records")]
    #[schema(minimum = 1, default = 24)]
    pub(super) records: usize,
    /// How many titles a message of a stream contains.
    #[serde(default = "usual_batch")]
    #[schema(minimum = 1, default = 8)]
    pub(super) batch: usize,
    /// The format of messages; by default the carrier's usual one.
    pub(super) format: Option<WrittenAs>,
    pub(super) compression: Option<PackedBy>,
    /// Whether the connection was used before.
    #[serde(default)]
    pub(super) warm: bool,
    /// How often the call is repeated afterwards to be timed.
    #[serde(default)]
    #[schema(maximum = 200, default = 0)]
    pub(super) repeats: usize,
}

fn usual_records() -> usize {
    USUAL_RECORDS
}

fn usual_batch() -> usize {
    USUAL_BATCH
}

/// A format of messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = LabFormat)]
pub(super) enum WrittenAs {
    Protobuf,
    Json,
}

impl From<WrittenAs> for Format {
    fn from(format: WrittenAs) -> Self {
        match format {
            WrittenAs::Protobuf => Self::Protobuf,
            WrittenAs::Json => Self::Json,
        }
    }
}

/// A compression of messages.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = LabCompression)]
pub(super) enum PackedBy {
    Gzip,
    Zstd,
}

impl From<PackedBy> for Compression {
    fn from(compression: PackedBy) -> Self {
        match compression {
            PackedBy::Gzip => Self::Gzip,
            PackedBy::Zstd => Self::Zstd,
        }
    }
}

impl Asked {
    fn check(self) -> Result<Self, Problem> {
        let most = self.kind.most_records();
        if !(1..=most).contains(&self.records) {
            return Err(Problem::invalid(
                "records",
                format!("From 1 to {most} for this kind of call."),
            ));
        }
        if !(1..=most).contains(&self.batch) {
            return Err(Problem::invalid(
                "batch",
                format!("From 1 to {most} for this kind of call."),
            ));
        }
        if self.repeats > MOST_REPEATS {
            return Err(Problem::invalid("repeats", format!("At most {MOST_REPEATS}.")));
        }
        if self.transport == Carrier::Local && (self.format.is_some() || self.compression.is_some()) {
            let field = if self.format.is_some() { "format" } else { "compression" };
            return Err(Problem::invalid(field, "Within a process nothing is written."));
        }
        Ok(self)
    }

    pub(super) fn encoding(&self) -> Encoding {
        Encoding {
            format: self.format.map(Format::from),
            compression: self.compression.map(Compression::from),
        }
    }

    /// The format of its messages.
    pub(super) fn written_as(&self) -> WrittenAs {
        let usual = match self.transport {
            Carrier::Grpc => WrittenAs::Protobuf,
            Carrier::Local | Carrier::Rest => WrittenAs::Json,
        };
        self.format.unwrap_or(usual)
    }
}

/// Look into a call
#[utoipa::path(
    post,
    path = "/api/v1/lab/calls",
    tag = "lab",
    request_body = Asked,
    responses((
        status = OK,
        description = "Only with --lab: one LabLine on each line, as the call proceeds. One call is inspected at a time.",
        content_type = "application/x-ndjson",
        body = String,
    )),
)]
pub(super) async fn look_into(
    Extension(site): Extension<Site>,
    Anybody(context): Anybody,
    Body(asked): Body<Asked>,
) -> Result<Response, Problem> {
    let Site {
        lab,
        request_ids,
        draining,
    } = site;
    let asked = asked.check()?;
    let transport = asked.transport.into();
    if lab.over(transport).is_none() {
        let message = "This gateway does not run in one process with its services.";
        return Err(Problem::invalid("transport", message));
    }
    let place = lab.place()?;
    let experiment = Experiment::prepare(lab, asked, &request_ids, context).await?;
    let (lines, taken) = mpsc::channel(LINES_AHEAD);
    let task = tokio::spawn(async move {
        let _place = place;
        draining.run_until_cancelled(experiment.run(&lines)).await;
    });
    // A reader that leaves the page ends the call.
    let task = AbortOnDropHandle::new(task);
    let lines = stream::unfold((taken, task), |(mut taken, task)| async move {
        let line: LabLine = taken.recv().await?;
        Some((written(&line), (taken, task)))
    });
    Ok(([(CONTENT_TYPE, "application/x-ndjson")], Answer::from_stream(lines)).into_response())
}

fn written(line: &LabLine) -> Result<Bytes, serde_json::Error> {
    let mut text = serde_json::to_vec(line)?;
    text.push(b'\n');
    Ok(text.into())
}
