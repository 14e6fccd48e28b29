//! Whether the gateway lives, whether it can serve, and what it counts.

use std::sync::Arc;
use std::time::Duration;

use api::catalogue::SearchTitlesRequest;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use http::StatusCode;
use rpc::Call;
use serde::Serialize;
use tokio::time::Instant;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Gateway;
use crate::problem::{Problem, ProblemCode};
use crate::request::Anybody;

/// A probe must hear soon.
const PROBE_DEADLINE: Duration = Duration::from_secs(2);

/// What probes ask, in the document but with no limit of requests.
pub(crate) fn routes() -> OpenApiRouter<Arc<Gateway>> {
    OpenApiRouter::new().routes(routes!(healthz)).routes(routes!(readyz))
}

/// What is for machines beside us alone.
pub(crate) fn metrics_router() -> Router<Arc<Gateway>> {
    Router::new().route("/metrics", get(metrics))
}

/// How the gateway is.
#[derive(Debug, Serialize, ToSchema)]
struct Health {
    status: Status,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = HealthStatus)]
enum Status {
    Ok,
}

/// Whether the process lives
#[utoipa::path(
    get,
    path = "/healthz",
    tag = "operation",
    responses((status = OK, description = "It lives.", body = Health)),
)]
async fn healthz() -> Json<Health> {
    Json(Health { status: Status::Ok })
}

/// Whether films can be found; rent may rest
#[utoipa::path(
    get,
    path = "/readyz",
    tag = "operation",
    responses((status = OK, description = "It can serve.", body = Health)),
)]
async fn readyz(State(gateway): State<Arc<Gateway>>, Anybody(mut context): Anybody) -> Result<Json<Health>, Problem> {
    if gateway.leaving.is_cancelled() {
        let message = "This part of the store is about to leave.";
        return Err(Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            ProblemCode::Unavailable,
            message,
        ));
    }
    context.deadline = Some(Instant::now() + PROBE_DEADLINE);
    let message = SearchTitlesRequest {
        page_size: 1,
        ..SearchTitlesRequest::default()
    };
    gateway.catalogue.search_titles(Call::new(message, context)).await?;
    Ok(Json(Health { status: Status::Ok }))
}

async fn metrics(State(gateway): State<Arc<Gateway>>) -> Response {
    match &gateway.metrics {
        Some(metrics) => metrics.render().into_response(),
        None => Problem::not_found().into_response(),
    }
}
