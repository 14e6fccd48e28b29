//! Delivers the films' bytes: the bearer of a media token gets the files of its playback session while the lease is valid.

mod range;
mod unseen;

use std::sync::Arc;
use std::time::Duration;

use api::catalogue::{GetMediaRequest, MediaAsset, MediaObject, MediaRole};
use api::rent::CheckPlaybackRequest;
use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use futures::{StreamExt, TryStreamExt};
use http::header::{ACCEPT_RANGES, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use object_store::path::Path as Location;
use object_store::{GetOptions, GetRange, ObjectMeta, ObjectStore, ObjectStoreExt};
use rpc::{Call, Code, Context, Fault};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::extract::{Path, Query};
use crate::problem::{Problem, ProblemCode};
use crate::request::Anybody;
use crate::ttl_cache::TtlCache;
use crate::{Clock, Gateway, Settings};
use range::Wanted;
use unseen::{Meter, Unseen};

/// How long this gateway uses a grant before it asks rent again whether the playback is still valid.
const GRANT_VALIDITY: Duration = Duration::from_secs(5);
/// Forged tokens are cached too, so the cache must be bounded.
const GRANTS_KEPT: u64 = 10_000;
/// The length of an upload's id, in the form with hyphens.
const ID_CHARACTERS: usize = 36;
/// No valid token is longer.
const TOKEN_LIMIT_BYTES: usize = 512;
/// The most answers at once for one playback session: a player reads a film in a few places, and its tracks.
pub(crate) const ANSWERS_A_PLAYBACK: usize = 16;

pub(crate) fn routes() -> Router<Arc<Gateway>> {
    Router::new().route("/media/{token}/{object}", get(play))
}

/// The URLs of a playback session's film and of its tracks.
pub(crate) struct Played {
    pub(crate) film_url: String,
    pub(crate) subtitles: Vec<SubtitleTrack>,
    pub(crate) chapters_url: Option<String>,
}

/// Subtitles in one language: WebVTT.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SubtitleTrack {
    /// BCP 47.
    language: String,
    /// What the player calls it.
    label: String,
    /// Works while the lease lives.
    url: String,
}

pub(crate) async fn played(
    gateway: &Gateway,
    title_id: &str,
    token: &str,
    context: &Context,
) -> Result<Played, Problem> {
    let asset = asset(gateway, title_id, context).await?;
    let mut film_url = None;
    let (mut subtitles, mut chapters_url) = (Vec::new(), None);
    for object in asset.objects.into_iter().filter(|object| !object.replaced) {
        let role = object.role();
        let mut url = rpc::rest_path(&["/media/", "/", ""], &[token, &object.name]);
        // The URL names the version of the file, so that it does not lead to a new file that replaces it while a customer watches.
        if let Some(version) = version(&object) {
            url.push_str("?v=");
            url.push_str(version);
        }
        match role {
            MediaRole::Unspecified | MediaRole::Film => film_url = film_url.or(Some(url)),
            MediaRole::Subtitles => subtitles.push(SubtitleTrack {
                language: object.language,
                label: object.label,
                url,
            }),
            MediaRole::Chapters => chapters_url = Some(url),
        }
    }
    Ok(Played {
        film_url: film_url.ok_or_else(no_media)?,
        subtitles,
        chapters_url,
    })
}

/// What the tokens that were seen lately give access to.
pub(crate) struct MediaGrants {
    known: TtlCache<Option<Arc<Grant>>>,
    unseen: Unseen,
    clock: Clock,
}

struct Grant {
    expires_at_us: i64,
    /// The sign-in session that the playback belongs to.
    session_id: String,
    asset: MediaAsset,
    /// The rental, if its first picture was not seen yet.
    unseen: Option<String>,
}

impl MediaGrants {
    pub(crate) fn new(settings: &Settings, clock: Clock) -> Self {
        Self {
            known: TtlCache::new(GRANTS_KEPT, settings.unless_lab(GRANT_VALIDITY), Arc::clone(&clock)),
            unseen: Unseen::default(),
            clock,
        }
    }

    fn is_live(&self, grant: &Grant) -> bool {
        (self.clock)() < grant.expires_at_us
    }
}

/// The version of a file: the id of its upload, which is the name of its folder.
fn version(object: &MediaObject) -> Option<&str> {
    let place = object.location.rsplit('/').nth(1)?;
    let is_id = place.len() == ID_CHARACTERS && place.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit());
    is_id.then_some(place)
}

/// The version of the file that is wanted; without one, the present file.
#[derive(Deserialize)]
struct VersionQuery {
    v: Option<String>,
}

async fn play(
    State(gateway): State<Arc<Gateway>>,
    Anybody(context): Anybody,
    method: Method,
    headers: HeaderMap,
    Path((token, name)): Path<(String, String)>,
    Query(VersionQuery { v: wanted }): Query<VersionQuery>,
) -> Result<Response, Problem> {
    let grant = grant(&gateway, &token, &context).await?;
    let place = gateway.media_answers.take(token.clone()).ok_or_else(too_many)?;
    let is_wanted = |object: &&MediaObject| match &wanted {
        Some(wanted) => version(object) == Some(wanted.as_str()),
        None => !object.replaced,
    };
    let mut named = grant.asset.objects.iter().filter(|object| object.name == name);
    let object = named.find(is_wanted).ok_or_else(no_media)?;
    let is_film = matches!(object.role(), MediaRole::Unspecified | MediaRole::Film);
    let meter = |size| {
        let entitlement_id = grant.unseen.as_ref().filter(|_| is_film)?;
        Some(gateway.grants.unseen.meter(entitlement_id, size, &token, &gateway.rent))
    };
    let response = serve(gateway.media.as_ref(), object, &method, &headers, meter).await?;
    // A film is often sent as one long answer, so the answer must end when the session does.
    let revocations = gateway.sessions.revocations().clone();
    let ended = async move { revocations.until_ended(&grant.session_id).await };
    // The permit is released after the last byte, or when the reader has left.
    Ok(response.map(|body| {
        let held = body.into_data_stream().take_until(Box::pin(ended)).inspect(move |_| {
            let _ = &place;
        });
        Body::from_stream(held)
    }))
}

/// What the token gives access to. An expired token and an invented one get the same answer.
async fn grant(gateway: &Gateway, token: &str, context: &Context) -> Result<Arc<Grant>, Problem> {
    if token.len() > TOKEN_LIMIT_BYTES {
        return Err(ended());
    }
    let known = gateway.grants.known.get(token);
    // A lease that has expired in the cache may have been renewed by another process since.
    let known = known.filter(|grant| grant.as_ref().is_none_or(|grant| is_current(gateway, grant)));
    let grant = if let Some(known) = known {
        known
    } else {
        let asked = ask(gateway, token, context).await?.map(Arc::new);
        gateway.grants.known.keep(token, asked.clone());
        asked
    };
    grant.filter(|grant| gateway.grants.is_live(grant)).ok_or_else(ended)
}

/// Whether a cached grant is still valid, as far as this gateway knows.
fn is_current(gateway: &Gateway, grant: &Grant) -> bool {
    let revocations = gateway.sessions.revocations();
    gateway.grants.is_live(grant) && revocations.is_heard() && !revocations.has_ended(&grant.session_id)
}

async fn ask(gateway: &Gateway, token: &str, context: &Context) -> Result<Option<Grant>, Problem> {
    let message = CheckPlaybackRequest {
        media_token: token.to_owned(),
    };
    let playback = match gateway.rent.check_playback(Call::new(message, context.clone())).await {
        Ok(playback) => playback,
        Err(fault) if is_refusal(&fault) => return Ok(None),
        Err(fault) => return Err(fault.into()),
    };
    Ok(Some(Grant {
        expires_at_us: playback.expires_at_us,
        session_id: playback.session_id,
        asset: asset(gateway, &playback.title_id, context).await?,
        unseen: playback.awaits_picture.then_some(playback.entitlement_id),
    }))
}

fn is_refusal(fault: &Fault) -> bool {
    matches!(
        fault.code,
        Code::NotFound
            | Code::InvalidArgument
            | Code::PermissionDenied
            | Code::Unauthenticated
            | Code::FailedPrecondition
    )
}

async fn asset(gateway: &Gateway, title_id: &str, context: &Context) -> Result<MediaAsset, Problem> {
    let message = GetMediaRequest {
        title_id: title_id.to_owned(),
    };
    let call = Call::new(message, context.onward_by_service());
    Ok(gateway.catalogue.get_media(call).await?)
}

/// Sends an object, or the range that was requested, at the speed at which the client takes it.
async fn serve(
    store: &dyn ObjectStore,
    object: &MediaObject,
    method: &Method,
    asked: &HeaderMap,
    meter: impl FnOnce(u64) -> Option<Meter>,
) -> Result<Response, Problem> {
    let location = Location::parse(&object.location).map_err(|error| broken(&object.location, &error))?;
    let meta = store
        .head(&location)
        .await
        .map_err(|error| broken(&object.location, &error))?;
    let etag = etag(&meta);
    // HEAD ignores ranges (RFC 9110, section 14.2).
    let wanted = if method == Method::GET {
        range::wanted(asked, &etag, meta.size)
    } else {
        Wanted::Whole
    };
    let (status, part) = match wanted {
        Wanted::Whole => (StatusCode::OK, 0..meta.size),
        Wanted::Part(part) => (StatusCode::PARTIAL_CONTENT, part),
        Wanted::Nothing => return Ok(out_of_range(meta.size)),
    };
    let length = part.end - part.start;
    let mut response = status.into_response();
    let headers = response.headers_mut();
    let mut put = |name, value: &str| headers.extend(HeaderValue::from_str(value).map(|value| (name, value)));
    put(CONTENT_TYPE, &object.content_type);
    put(CONTENT_LENGTH, &length.to_string());
    put(ACCEPT_RANGES, "bytes");
    put(ETAG, &etag);
    // The URL is a key that expires: no cached copy may outlive it.
    put(CACHE_CONTROL, "private, no-store");
    if status == StatusCode::PARTIAL_CONTENT {
        put(
            CONTENT_RANGE,
            &format!("bytes {}-{}/{}", part.start, part.end - 1, meta.size),
        );
    }
    if method != Method::HEAD && length > 0 {
        let options = GetOptions::new().with_range(Some(GetRange::Bounded(part)));
        let content = store
            .get_opts(&location, options)
            .await
            .map_err(|error| broken(&object.location, &error))?;
        let content = content.into_stream().map_err(std::io::Error::other);
        *response.body_mut() = match meter(meta.size) {
            Some(meter) => Body::from_stream(content.and_then(move |piece| meter.clone().pass(piece))),
            None => Body::from_stream(content),
        };
    }
    Ok(response)
}

/// Some stores give the tag with its quotes, some without.
fn etag(meta: &ObjectMeta) -> String {
    match &meta.e_tag {
        Some(tag) if tag.starts_with('"') => tag.clone(),
        Some(tag) => format!("\"{tag}\""),
        None => format!("\"{}-{}\"", meta.last_modified.timestamp_micros(), meta.size),
    }
}

fn out_of_range(size: u64) -> Response {
    let problem = Problem::new(
        StatusCode::RANGE_NOT_SATISFIABLE,
        ProblemCode::RangeNotSatisfiable,
        "The object ends before this range.",
    );
    let mut response = problem.into_response();
    let value = HeaderValue::from_str(&format!("bytes */{size}"));
    response.headers_mut().extend(value.map(|value| (CONTENT_RANGE, value)));
    response
}

fn ended() -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        ProblemCode::PlaybackEnded,
        "This playback has ended.",
    )
}

fn too_many() -> Problem {
    Problem::new(
        StatusCode::TOO_MANY_REQUESTS,
        ProblemCode::RateLimited,
        "This playback asks for too much of the film at once.",
    )
    .with_retry_after(Duration::from_secs(1))
}

fn no_media() -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        ProblemCode::MediaNotFound,
        "There is no such film here.",
    )
}

/// The problem if the blob store does not have an object that the catalogue names.
fn broken(location: &str, error: &dyn std::error::Error) -> Problem {
    tracing::error!(location, %error, "a film's bytes cannot be read");
    Problem::internal()
}
