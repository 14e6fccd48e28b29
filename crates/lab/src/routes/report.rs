//! The last report of `dvs compare`, from the folder that it was written to.

use std::io::ErrorKind;
use std::path::Path;
use std::time::UNIX_EPOCH;

use axum::{Extension, Json};
use gateway::{Problem, ProblemCode, Time};
use http::StatusCode;
use serde::Serialize;
use serde_json::Value;
use tokio::io::AsyncReadExt;
use utoipa::ToSchema;

use super::Site;
use crate::lab::Lab;

/// The report for people, and the one for programs.
const PAGE: &str = "report.html";
const RESULTS: &str = "results.json";
/// A report is a page that contains drawings.
const PAGE_LIMIT_BYTES: u64 = 4 * 1024 * 1024;
const RESULTS_LIMIT_BYTES: u64 = 8 * 1024 * 1024;

/// A report.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LabReport)]
pub(super) struct Report {
    written_at: Time,
    /// A whole page, to be shown in a frame without scripts.
    html: String,
    /// The machine on which was measured.
    #[schema(required)]
    machine: Option<Machine>,
}

/// A machine.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LabMachine)]
struct Machine {
    processor: String,
    cores: u64,
    memory_bytes: u64,
}

impl Machine {
    fn of(results: &Value) -> Option<Self> {
        let machine = results.get("machine")?;
        Some(Self {
            processor: machine.get("processor")?.as_str()?.to_owned(),
            cores: machine.get("cores")?.as_u64()?,
            memory_bytes: machine.get("memory_bytes")?.as_u64()?,
        })
    }
}

pub(super) async fn exists(lab: &Lab) -> bool {
    tokio::fs::try_exists(lab.comparison.join(PAGE)).await.unwrap_or(false)
}

/// The last report of `dvs compare`
#[utoipa::path(
    get,
    path = "/api/v1/lab/report",
    tag = "lab",
    responses((status = OK, description = "Only with --lab: the report.", body = Report)),
)]
pub(super) async fn last(Extension(Site { lab, .. }): Extension<Site>) -> Result<Json<Report>, Problem> {
    let folder = &lab.comparison;
    let (html, written_us) = read(&folder.join(PAGE), PAGE_LIMIT_BYTES).await?;
    // A report without its results is still worth showing.
    let results = read(&folder.join(RESULTS), RESULTS_LIMIT_BYTES).await.ok();
    let results = results.and_then(|(text, _)| serde_json::from_str::<Value>(&text).ok());
    Ok(Json(Report {
        written_at: Time::new(written_us),
        html,
        machine: results.as_ref().and_then(Machine::of),
    }))
}

/// A text, and when it was written in microseconds since 1970.
async fn read(path: &Path, limit_bytes: u64) -> Result<(String, i64), Problem> {
    let unreadable = |error: std::io::Error| {
        if error.kind() == ErrorKind::NotFound {
            let message = "There is no report yet: `dvs compare` writes one.";
            return Problem::new(StatusCode::NOT_FOUND, ProblemCode::NotFound, message);
        }
        tracing::warn!(%error, path = %path.display(), "a report cannot be read");
        Problem::internal()
    };
    let file = tokio::fs::File::open(path).await.map_err(unreadable)?;
    let metadata = file.metadata().await.map_err(unreadable)?;
    let mut text = String::new();
    let read = file.take(limit_bytes + 1).read_to_string(&mut text).await;
    let bytes = read.map_err(unreadable)?;
    if u64::try_from(bytes).unwrap_or(u64::MAX) > limit_bytes {
        tracing::warn!(path = %path.display(), limit_bytes, "a report is too large");
        return Err(Problem::internal());
    }
    let written = metadata
        .modified()
        .ok()
        .and_then(|at| at.duration_since(UNIX_EPOCH).ok());
    let written_us = written.and_then(|since| i64::try_from(since.as_micros()).ok());
    Ok((text, written_us.unwrap_or_default()))
}
