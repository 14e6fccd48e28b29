//! Whether the gateway is alive, and whether it can serve.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Gateway;
use crate::problem::{Problem, ProblemCode};

/// When to ask again.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// The routes for health checks: they are in the document, and no limit of requests applies to them.
pub(crate) fn routes() -> OpenApiRouter<Arc<Gateway>> {
    OpenApiRouter::new().routes(routes!(healthz)).routes(routes!(readyz))
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

/// Whether this process can serve; what it asks of the services may fail all the same
#[utoipa::path(
    get,
    path = "/readyz",
    tag = "operation",
    responses((status = OK, description = "It can serve.", body = Health)),
)]
async fn readyz(State(gateway): State<Arc<Gateway>>) -> Result<Json<Health>, Problem> {
    // The services are not asked: if they were down, a balancer would take out every gateway, though some calls need no service.
    if gateway.draining.is_cancelled() {
        let message = "This part of the store is about to leave.";
        return Err(unready(message.to_owned()));
    }
    match (gateway.trouble)() {
        Some(trouble) => Err(unready(trouble)),
        None => Ok(Json(Health { status: Status::Ok })),
    }
}

fn unready(message: String) -> Problem {
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, ProblemCode::Unavailable, message).with_retry_after(RETRY_AFTER)
}
