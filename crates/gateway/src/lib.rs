//! The public door: REST in, calls to the catalogue and to rent, and their answers put together. It holds clients of
//! the services and never a service.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod device;
mod extract;
mod film_pages;
mod fresh;
mod language;
mod media;
mod openapi;
mod palette;
mod posters;
mod problem;
mod rate;
mod request;
mod routes;
mod session;
mod settings;
mod till;
mod view;
mod web;

use std::sync::Arc;

use api::catalogue::Catalogue;
use api::rent::Rent;
use axum::extract::Request;
use axum::{Router, middleware};
use http::HeaderValue;
use http::header::{CACHE_CONTROL, VARY};
use metrics_exporter_prometheus::PrometheusHandle;
use object_store::ObjectStore;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;
use tower_http::set_header::SetResponseHeaderLayer;

use crate::film_pages::FilmPages;
use crate::media::Grants;
use crate::posters::Posters;
use crate::problem::Problem;
use crate::rate::Rates;
use crate::session::Sessions;
use crate::till::Till;
use crate::web::Pages;

pub use openapi::document as openapi;
pub use rate::RateLimits;
pub use settings::Settings;
pub use web::is_embedded as web_is_embedded;

/// Answers change from moment to moment, and are for whoever asked, in their language.
const OWN_COPY: HeaderValue = HeaderValue::from_static("private, no-cache");
const ASKER: HeaderValue = HeaderValue::from_static("accept-language, authorization, cookie");

/// Microseconds since 1970 UTC.
pub type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;
/// A new request id at each call.
pub type RequestIds = Arc<dyn Fn() -> String + Send + Sync>;

/// What the gateway is made of.
pub struct Parts {
    pub catalogue: Arc<dyn Catalogue>,
    pub rent: Arc<dyn Rent>,
    /// Where the films' bytes are.
    pub media: Arc<dyn ObjectStore>,
    pub clock: Clock,
    pub request_ids: RequestIds,
    /// What `/metrics` shows; without it there is no such page.
    pub metrics: Option<PrometheusHandle>,
    /// Says that this process is about to leave: it is not ready any more, and ends what would go on for ever,
    /// conversations and streams of events, so that their readers go elsewhere in good time.
    pub leaving: CancellationToken,
    pub settings: Settings,
}

/// The gateway, as its handlers see it.
pub struct Gateway {
    catalogue: Arc<dyn Catalogue>,
    rent: Arc<dyn Rent>,
    media: Arc<dyn ObjectStore>,
    clock: Clock,
    request_ids: RequestIds,
    metrics: Option<PrometheusHandle>,
    settings: Settings,
    sessions: Sessions,
    till: Till,
    film_pages: Arc<FilmPages>,
    grants: Grants,
    posters: Posters,
    rates: Rates,
    requests: Arc<Semaphore>,
    event_streams: Arc<Semaphore>,
    leaving: CancellationToken,
}

impl Gateway {
    pub fn new(parts: Parts) -> Self {
        let Parts { clock, settings, .. } = &parts;
        Self {
            sessions: Sessions::new(Arc::clone(&parts.rent), settings, Arc::clone(clock)),
            till: Till::new(Arc::clone(&parts.rent), Arc::clone(clock)),
            film_pages: Arc::new(FilmPages::new(Arc::clone(clock))),
            grants: Grants::new(settings, Arc::clone(clock)),
            posters: Posters::default(),
            rates: Rates::new(&settings.rate_limits, clock),
            requests: Arc::new(Semaphore::new(settings.requests)),
            event_streams: Arc::new(Semaphore::new(settings.event_streams)),
            catalogue: parts.catalogue,
            rent: parts.rent,
            media: parts.media,
            clock: parts.clock,
            request_ids: parts.request_ids,
            metrics: parts.metrics,
            leaving: parts.leaving,
            settings: parts.settings,
        }
    }

    /// Everything that the public may ask for.
    pub fn router(self) -> Router {
        let gateway = Arc::new(self);
        let (public, _) = routes::public().split_for_parts();
        let (health, _) = routes::health::routes().split_for_parts();
        let limited = middleware::from_fn_with_state(Arc::clone(&gateway), rate::by_address);
        let in_place = middleware::from_fn_with_state(Arc::clone(&gateway), request::in_place);
        let same_origin = middleware::from_fn_with_state(Arc::clone(&gateway), session::same_origin);
        let public = public
            .merge(openapi::router(openapi::document()))
            .layer(same_origin)
            .layer(SetResponseHeaderLayer::if_not_present(CACHE_CONTROL, OWN_COPY))
            .layer(SetResponseHeaderLayer::appending(VARY, ASKER))
            // Answers are made anew each time: little effort, most of the gain.
            .layer(CompressionLayer::new().quality(CompressionLevel::Fastest))
            .layer(limited.clone())
            .layer(in_place.clone());
        // What pages bring along is asked as everybody asks, without what stands before callers from outside.
        let (api, _) = routes::public().split_for_parts();
        let pages = Arc::new(Pages::new(Arc::clone(&gateway), api.with_state(Arc::clone(&gateway))));
        Router::new()
            .merge(public)
            .merge(media::routes().layer(limited).layer(in_place))
            .merge(health)
            .merge(routes::health::metrics_router())
            .merge(posters::routes())
            .fallback(move |request: Request| web::answer(Arc::clone(&pages), request))
            .method_not_allowed_fallback(async || Problem::method_not_allowed())
            .layer(middleware::from_fn_with_state(Arc::clone(&gateway), request::edge))
            .with_state(gateway)
    }
}
