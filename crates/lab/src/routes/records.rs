//! The origin's table: so many records out through the gateway, asked of the catalogue over REST, by one call of gRPC, or
//! as its stream. What comes is the same JSON document; it is written as it is made, and never held whole.

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

/// A piece of the document is handed on when it has grown to this.
const PIECE_BYTES: usize = 64 * 1024;
/// Room for a piece's last record.
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
    /// How many; a smaller catalogue gives all it has.
    #[param(minimum = 1, maximum = 1_000_000, default = 100_000)]
    records: i32,
    /// Records in a message of a stream; without it 1,024.
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
    /// One call of gRPC.
    #[default]
    Unary,
    /// The same, for which the catalogue reads its database and not its memory.
    Database,
    /// A server stream of gRPC.
    Stream,
}

/// So many records.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RecordsDocument {
    records: Vec<RecordItem>,
}

/// The least one may say of a title.
#[derive(Debug, Serialize, ToSchema)]
struct RecordItem {
    #[schema(format = "uuid")]
    id: String,
    name: String,
    /// The first; empty when there is none.
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
        let message = "This gateway has no such way to its catalogue.";
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

/// The document, in pieces of a good size whatever the sizes of the batches are.
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
    /// What is not yet written of the last batch.
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
            // What is there is not held back for what may come.
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
