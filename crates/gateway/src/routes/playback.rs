//! Opening the player on a film, renewing its lease and storing its position.

use std::sync::Arc;

use api::rent::{self, ClosePlaybackRequest, OpenPlaybackRequest, UpdatePlaybackRequest};
use axum::Json;
use axum::extract::State;
use http::{HeaderMap, StatusCode};
use rpc::Call;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Gateway;
use crate::extract::{Body, Path, idempotency_key};
use crate::media::SubtitleTrack;
use crate::problem::Problem;
use crate::session::Customer;
use crate::view::Time;
use crate::{device, media};

pub(crate) fn routes() -> OpenApiRouter<Arc<Gateway>> {
    OpenApiRouter::new()
        .routes(routes!(open_playback))
        .routes(routes!(update_playback, close_playback))
}

/// A playback session: the lease under which a film plays.
#[derive(Debug, Serialize, ToSchema)]
#[expect(clippy::struct_field_names, reason = "these are the public API's names")]
struct Playback {
    #[schema(format = "uuid")]
    playback_id: String,
    /// Works while the lease lives.
    media_url: String,
    /// Subtitles to show with the film; they work while the lease lives.
    subtitles: Vec<SubtitleTrack>,
    /// The film's chapters (WebVTT); null when it has none.
    #[schema(required)]
    chapters_url: Option<String>,
    /// When the lease ends unless it is renewed.
    expires_at: Time,
    position_seconds: i32,
}

/// Opens the player.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
struct OpenPlayback {
    /// The customer agrees that the viewing window starts with the first picture.
    confirm_start: bool,
    /// Another player of this rental may be stopped.
    take_over: bool,
}

/// Open the player; the first picture starts the viewing window, which is to be confirmed
#[utoipa::path(
    post,
    path = "/api/v1/library/{entitlement_id}/playback",
    tag = "library",
    params(
        ("entitlement_id" = String, Path, format = "uuid"),
        ("Idempotency-Key" = Option<String>, Header, min_length = 1, max_length = 255,
            description = "Visible ASCII, the client's own. The same key gets the same session while it lives."),
    ),
    request_body = OpenPlayback,
    responses((status = OK, description = "Where the film plays from.", body = Playback)),
    security(("session_cookie" = []), ("session_token" = [])),
)]
async fn open_playback(
    State(gateway): State<Arc<Gateway>>,
    customer: Customer,
    Path(entitlement_id): Path<String>,
    headers: HeaderMap,
    Body(open): Body<OpenPlayback>,
) -> Result<Json<Playback>, Problem> {
    let message = OpenPlaybackRequest {
        entitlement_id,
        confirm_start: open.confirm_start,
        take_over: open.take_over,
        device: device::name(&headers),
        // Without the client's key, the request's id: then repeated attempts of the gateway open one session.
        idempotency_key: idempotency_key(&headers)?.unwrap_or_else(|| (gateway.request_ids)()),
    };
    let playback = gateway
        .rent
        .open_playback(Call::new(message, customer.context.clone()))
        .await?;
    answer(&gateway, &customer, playback).await
}

/// How far watching came.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct UpdatePlayback {
    #[schema(minimum = 0)]
    position_seconds: i32,
    /// The player shows a picture: with the first one, a rental's viewing window starts. A position above 0 says so too;
    /// a session that shows no picture within two minutes ends, and its rental has not started.
    #[serde(default)]
    picture_shown: bool,
}

/// Keep the position and renew the lease
#[utoipa::path(
    put,
    path = "/api/v1/library/{entitlement_id}/playback/{playback_id}",
    tag = "library",
    params(("entitlement_id" = String, Path, format = "uuid"), ("playback_id" = String, Path, format = "uuid")),
    request_body = UpdatePlayback,
    responses((status = OK, description = "The lease is renewed.", body = Playback)),
    security(("session_cookie" = []), ("session_token" = [])),
)]
async fn update_playback(
    State(gateway): State<Arc<Gateway>>,
    customer: Customer,
    Path((entitlement_id, playback_id)): Path<(String, String)>,
    Body(update): Body<UpdatePlayback>,
) -> Result<Json<Playback>, Problem> {
    let message = UpdatePlaybackRequest {
        entitlement_id,
        playback_id,
        position_seconds: update.position_seconds,
        picture_shown: update.picture_shown,
    };
    let playback = gateway
        .rent
        .update_playback(Call::new(message, customer.context.clone()))
        .await?;
    answer(&gateway, &customer, playback).await
}

/// Close the player
#[utoipa::path(
    delete,
    path = "/api/v1/library/{entitlement_id}/playback/{playback_id}",
    tag = "library",
    params(("entitlement_id" = String, Path, format = "uuid"), ("playback_id" = String, Path, format = "uuid")),
    responses((status = NO_CONTENT, description = "Closed.")),
    security(("session_cookie" = []), ("session_token" = [])),
)]
async fn close_playback(
    State(gateway): State<Arc<Gateway>>,
    customer: Customer,
    Path((entitlement_id, playback_id)): Path<(String, String)>,
) -> Result<StatusCode, Problem> {
    let message = ClosePlaybackRequest {
        entitlement_id,
        playback_id,
    };
    gateway
        .rent
        .close_playback(Call::new(message, customer.context))
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn answer(gateway: &Gateway, customer: &Customer, playback: rent::Playback) -> Result<Json<Playback>, Problem> {
    let played = media::played(gateway, &playback.title_id, &playback.media_token, &customer.context).await?;
    Ok(Json(Playback {
        playback_id: playback.playback_id,
        media_url: played.film_url,
        subtitles: played.subtitles,
        chapters_url: played.chapters_url,
        expires_at: Time::new(playback.expires_at_us),
        position_seconds: playback.position_seconds,
    }))
}
