//! The lab's routes, which only a store that was opened with `--lab` has: looking into a call, and the last report.

mod calls;
mod experiment;
mod lines;
mod opener;
mod records;
mod report;

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use rpc::Transport;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Gateway;
use crate::lab::Lab;
use crate::problem::Problem;

pub(crate) use lines::LabLine;

pub(crate) fn routes() -> OpenApiRouter<Arc<Gateway>> {
    OpenApiRouter::new()
        .routes(routes!(describe))
        .routes(routes!(calls::look_into))
        .routes(routes!(records::records))
        .routes(routes!(report::last))
}

/// The lab of this gateway.
fn lab(gateway: &Gateway) -> Result<&Arc<Lab>, Problem> {
    gateway.lab.as_ref().ok_or_else(Problem::not_found)
}

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

    /// How many records there may be: a page's titles, a stream's, or the places that a player looks for.
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

/// What can be done in this lab.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Lab)]
struct Description {
    /// The ways there are from this gateway to its services.
    transports: Vec<Carrier>,
    kinds: Vec<KindLimits>,
    most_repeats: usize,
    has_report: bool,
}

/// How large a call of a kind may be.
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
    responses((status = OK, description = "Only with --lab: the ways and the limits.", body = Description)),
)]
async fn describe(State(gateway): State<Arc<Gateway>>) -> Result<Json<Description>, Problem> {
    let lab = lab(&gateway)?;
    let limits = |kind: Kind| KindLimits {
        kind,
        most_records: kind.most_records(),
    };
    Ok(Json(Description {
        transports: lab
            .services()
            .iter()
            .map(|(transport, _)| (*transport).into())
            .collect(),
        kinds: Kind::ALL.map(limits).into(),
        most_repeats: calls::MOST_REPEATS,
        has_report: report::exists(lab).await,
    }))
}
