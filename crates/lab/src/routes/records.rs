//! Many records through the gateway, which asks the catalogue over REST, by one gRPC call, or by a stream. The answer
//! is always the same JSON document; it is written as the records arrive, and never held as a whole.

use api::lab::{ExportRecordsRequest, ListRecordsRequest};
use api::{Records, RecordsText};
use axum::Extension;
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures::{FutureExt, Stream, StreamExt, stream};
use gateway::{Anybody, Problem, Query};
use http::HeaderValue;
use http::header::CONTENT_TYPE;
use rpc::{Call, Context, Fault, Transport};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Site;
use crate::lab::Services;

/// The size at which a piece of the document is sent.
const PIECE_BYTES: usize = 64 * 1024;
/// Room for the last record of a piece.
const PIECE_MARGIN_BYTES: usize = 1024;
const USUAL_RECORDS: i32 = 100_000;
const JSON: HeaderValue = HeaderValue::from_static("application/json");

#[derive(Debug, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(crate) struct RecordsQuery {
    /// How the gateway asks the catalogue.
    #[param(inline)]
    kind: RecordsKind,
    /// How many; a smaller catalogue returns all its records.
    #[param(minimum = 1, maximum = 1_000_000, default = 100_000)]
    records: i32,
    /// Records in a message of a stream; by default 1,024.
    #[param(minimum = 1, maximum = 4096)]
    batch: i32,
}

impl Default for RecordsQuery {
    fn default() -> Self {
        Self {
            kind: RecordsKind::default(),
            records: USUAL_RECORDS,
            batch: 0,
        }
    }
}

#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum RecordsKind {
    /// One call over REST.
    Rest,
    /// One gRPC call.
    #[default]
    Unary,
    /// The same, but the catalogue reads its database instead of its memory.
    Database,
    /// A gRPC server stream.
    Stream,
}

/// Many records.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RecordsDocument {
    records: Vec<RecordItem>,
}

/// A short record of a title.
#[derive(Debug, Serialize, ToSchema)]
struct RecordItem {
    #[schema(format = "uuid")]
    id: String,
    name: String,
    /// The first genre; empty if there is none.
    genre: String,
    year: i32,
}

/// Many records at once
#[utoipa::path(
    get,
    path = "/api/v1/lab/records",
    tag = "lab",
    params(RecordsQuery),
    responses((
        status = OK,
        description = "Only with --lab: the records. A fault on the way cuts the answer off.",
        body = RecordsDocument,
    )),
)]
pub(crate) async fn records(
    Extension(Site { lab, .. }): Extension<Site>,
    Anybody(context): Anybody,
    Query(query): Query<RecordsQuery>,
) -> Result<Response, Problem> {
    let transport = match query.kind {
        RecordsKind::Rest => Transport::Rest,
        RecordsKind::Unary | RecordsKind::Database | RecordsKind::Stream => Transport::Grpc,
    };
    let services = lab.over(transport).ok_or_else(|| {
        let message = "This gateway cannot reach its catalogue over this transport.";
        Problem::invalid("kind", message)
    })?;
    let batches = ask(services, &query, context).await?;
    Ok(([(CONTENT_TYPE, JSON)], Body::from_stream(document(batches))).into_response())
}

async fn ask(services: &Services, query: &RecordsQuery, context: Context) -> rpc::Result<rpc::Stream<Records>> {
    let catalogue = &services.catalogue;
    let records = query.records;
    if let RecordsKind::Stream = query.kind {
        let asked = ExportRecordsRequest {
            records,
            batch_size: query.batch,
        };
        return catalogue.export_records(Call::new(asked, context)).await;
    }
    let from_database = matches!(query.kind, RecordsKind::Database);
    let asked = ListRecordsRequest { records, from_database };
    let batch = catalogue.list_records(Call::new(asked, context)).await?;
    Ok(Box::pin(stream::iter([Ok(batch)])))
}

/// The document, in pieces of a suitable size whatever the sizes of the batches are.
fn document(batches: rpc::Stream<Records>) -> impl Stream<Item = Result<Bytes, Fault>> + Send {
    let begun = Document {
        batches: Some(batches),
        rest: None,
        is_empty: true,
    };
    let begins = stream::iter([Ok(Bytes::from_static(b"{\"records\":["))]);
    begins.chain(stream::try_unfold(begun, |mut document| async move {
        let piece = document.next().await?;
        Ok(piece.map(|piece| (piece, document)))
    }))
}

struct Document {
    /// None once the document's end is written.
    batches: Option<rpc::Stream<Records>>,
    /// The part of the last batch that is not written yet.
    rest: Option<RecordsText>,
    is_empty: bool,
}

impl Document {
    async fn next(&mut self) -> rpc::Result<Option<Bytes>> {
        let Some(batches) = &mut self.batches else {
            return Ok(None);
        };
        let mut piece = Vec::with_capacity(PIECE_BYTES + PIECE_MARGIN_BYTES);
        while piece.len() < PIECE_BYTES {
            if let Some(rest) = &mut self.rest {
                rest.take(&mut piece, PIECE_BYTES).map_err(unwritable)?;
                self.rest.take_if(|rest| rest.is_empty());
                continue;
            }
            // A record that is ready is not held back for those that may follow.
            let next = match batches.next().now_or_never() {
                None if !piece.is_empty() => break,
                None => batches.next().await,
                Some(ready) => ready,
            };
            let Some(batch) = next else {
                piece.extend_from_slice(b"]}");
                self.batches = None;
                break;
            };
            let text = batch?.into_text();
            if !text.is_empty() {
                if !std::mem::replace(&mut self.is_empty, false) {
                    piece.push(b',');
                }
                self.rest = Some(text);
            }
        }
        Ok(Some(piece.into()))
    }
}

fn unwritable(error: impl std::fmt::Display) -> Fault {
    Fault::internal(format!("a record could not be written: {error}"))
}
