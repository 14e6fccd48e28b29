//! The lab's routes, which only a store that was opened with `--lab` has: inspecting a call, many records, and the last
//! report.

mod calls;
mod experiment;
mod lines;
mod opener;
mod records;
mod report;

use std::sync::Arc;

use axum::{Extension, Json};
use gateway::{Gateway, RequestIds};
use rpc::Transport;
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;
use utoipa::{OpenApi, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::lab::Lab;

/// What the lab's handlers share.
#[derive(Clone)]
pub(crate) struct Site {
    pub(crate) lab: Arc<Lab>,
    pub(crate) request_ids: RequestIds,
    /// Cancelled when the process is about to stop; a call that is being inspected ends then.
    pub(crate) draining: CancellationToken,
}

/// The lab's routes, to be served with the public API.
pub(crate) fn routes(site: Site) -> OpenApiRouter<Arc<Gateway>> {
    documented().route_layer(Extension(site))
}

/// The document of the public API, the lab's part included.
pub fn openapi() -> String {
    gateway::openapi(Some(documented().into_openapi()))
}

fn documented() -> OpenApiRouter<Arc<Gateway>> {
    OpenApiRouter::with_openapi(Schemas::openapi())
        .routes(routes!(describe))
        .routes(routes!(calls::look_into))
        .routes(routes!(records::records))
        .routes(routes!(report::last))
}

/// The schemas that no body refers to: those of the lines of a stream.
#[derive(OpenApi)]
#[openapi(components(schemas(lines::LabLine)))]
struct Schemas;

/// A kind of gRPC call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = LabKind)]
pub(crate) enum Kind {
    Unary,
    ServerStream,
    ClientStream,
    Bidirectional,
}

impl Kind {
    const ALL: [Self; 4] = [Self::Unary, Self::ServerStream, Self::ClientStream, Self::Bidirectional];

    /// The most records of a call: titles of a page or of a stream, or the seeks of a player.
    const fn most_records(self) -> usize {
        match self {
            Self::Unary | Self::Bidirectional => 100,
            Self::ServerStream | Self::ClientStream => 500,
        }
    }
}

/// How a call travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = LabTransport)]
pub(crate) enum Carrier {
    Local,
    Grpc,
    Rest,
}

impl From<Carrier> for Transport {
    fn from(carrier: Carrier) -> Self {
        match carrier {
            Carrier::Local => Self::Local,
            Carrier::Grpc => Self::Grpc,
            Carrier::Rest => Self::Rest,
        }
    }
}

impl From<Transport> for Carrier {
    fn from(transport: Transport) -> Self {
        match transport {
            Transport::Local => Self::Local,
            Transport::Grpc => Self::Grpc,
            Transport::Rest => Self::Rest,
        }
    }
}

/// What this lab offers.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Lab)]
struct Description {
    /// The transports between this gateway and its services.
    transports: Vec<Carrier>,
    kinds: Vec<KindLimits>,
    most_repeats: usize,
    has_report: bool,
}

/// The limits of a kind of call.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LabKindLimits)]
struct KindLimits {
    kind: Kind,
    most_records: usize,
}

/// What can be done in the lab
#[utoipa::path(
    get,
    path = "/api/v1/lab",
    tag = "lab",
    responses((status = OK, description = "Only with --lab: the transports and the limits.", body = Description)),
)]
async fn describe(Extension(Site { lab, .. }): Extension<Site>) -> Json<Description> {
    let limits = |kind: Kind| KindLimits {
        kind,
        most_records: kind.most_records(),
    };
    Json(Description {
        transports: lab
            .services()
            .iter()
            .map(|(transport, _)| (*transport).into())
            .collect(),
        kinds: Kind::ALL.map(limits).into(),
        most_repeats: calls::MOST_REPEATS,
        has_report: report::exists(&lab).await,
    })
}
