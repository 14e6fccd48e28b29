//! The public door: REST in, calls to the catalogue and to rent, and their answers put together. It holds clients of
//! the services and never a service.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod device;
mod extract;
mod film_pages;
mod fresh;
mod lab;
mod language;
mod media;
mod openapi;
mod palette;
mod payments;
mod posters;
mod problem;
mod rate;
mod request;
mod routes;
mod session;
mod settings;
mod streams;
mod till;
mod transport;
mod view;
mod web;

use std::sync::Arc;

use api::catalogue::Catalogue;
use api::rent::Rent;
use axum::extract::Request;
use axum::routing::get;
use axum::{Router, middleware};
use object_store::ObjectStore;
use rpc::Context;
use rpc::revocations::Revocations;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, NotForContentType, Predicate};

use crate::film_pages::FilmPages;
use crate::media::Grants;
use crate::payments::Payments;
use crate::posters::Posters;
use crate::problem::Problem;
use crate::rate::Rates;
use crate::session::Sessions;
use crate::till::Till;
use crate::web::Pages;

pub use lab::{Connect, Lab, Services};
pub use openapi::document as openapi;
pub use rate::RateLimits;
pub use settings::{Settings, StreamLimits};
pub use web::is_embedded as web_is_embedded;

/// Lines are sent as they are made; packing would hold them back.
const LINES: NotForContentType = NotForContentType::const_new("application/x-ndjson");

/// Microseconds since 1970 UTC.
pub type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;
/// A new request id at each call.
pub type RequestIds = Arc<dyn Fn() -> String + Send + Sync>;

/// What keeps this process from working and its operator can change, such as a full disk; none when all is well.
pub type Trouble = Arc<dyn Fn() -> Option<String> + Send + Sync>;

/// What the gateway is made of.
pub struct Parts {
    pub catalogue: Arc<dyn Catalogue>,
    pub rent: Arc<dyn Rent>,
    /// Where the films' bytes are.
    pub media: Arc<dyn ObjectStore>,
    pub clock: Clock,
    pub request_ids: RequestIds,
    /// With a trouble the gateway is not ready.
    pub trouble: Trouble,
    /// Says that this process is about to leave: it is not ready any more, and ends what would go on for ever,
    /// conversations and streams of events, so that their readers go elsewhere in good time.
    pub leaving: CancellationToken,
    pub settings: Settings,
    /// With it the gateway has doors for experiments.
    pub lab: Option<Lab>,
}

/// The gateway, as its handlers see it.
pub struct Gateway {
    catalogue: Arc<dyn Catalogue>,
    rent: Arc<dyn Rent>,
    media: Arc<dyn ObjectStore>,
    clock: Clock,
    request_ids: RequestIds,
    trouble: Trouble,
    settings: Settings,
    sessions: Sessions,
    till: Till,
    payments: Payments,
    film_pages: Arc<FilmPages>,
    grants: Grants,
    posters: Arc<Posters>,
    rates: Arc<Rates>,
    requests: Arc<Semaphore>,
    event_streams: Arc<streams::Places>,
    conversations: Arc<streams::Places>,
    media_answers: Arc<rpc::Shares<String>>,
    leaving: CancellationToken,
    lab: Option<Arc<Lab>>,
}

impl Gateway {
    pub fn new(parts: Parts) -> Self {
        let Parts { clock, settings, .. } = &parts;
        Self {
            sessions: Sessions::new(
                Arc::clone(&parts.rent),
                settings,
                Arc::clone(clock),
                Revocations::default(),
            ),
            till: Till::new(Arc::clone(&parts.rent), Arc::clone(clock)),
            payments: Payments::new(Arc::clone(&parts.rent), Arc::clone(clock)),
            film_pages: Arc::new(FilmPages::new(Arc::clone(clock))),
            grants: Grants::new(settings, Arc::clone(clock)),
            posters: Arc::default(),
            rates: Arc::new(Rates::new(&settings.rate_limits, clock)),
            requests: Arc::new(Semaphore::new(settings.requests)),
            event_streams: Arc::new(streams::Places::new(settings.event_streams)),
            conversations: Arc::new(streams::Places::new(settings.conversations)),
            media_answers: Arc::new(rpc::Shares::new(media::ANSWERS_A_PLAYBACK)),
            catalogue: parts.catalogue,
            rent: parts.rent,
            media: parts.media,
            clock: parts.clock,
            request_ids: parts.request_ids,
            trouble: parts.trouble,
            leaving: parts.leaving,
            settings: parts.settings,
            lab: parts.lab.map(Arc::new),
        }
    }

    /// Everything that the public may ask for.
    pub fn router(self) -> Router {
        let gateway = Arc::new(self);
        gateway.sessions.follow(gateway.leaving.clone());
        let Some(lab) = &gateway.lab else {
            return gateway.routes();
        };
        let over = lab.services().iter().map(|(transport, services)| {
            let gateway = gateway.over(services.clone());
            (*transport, Arc::new(gateway))
        });
        transport::by_header(&gateway, over.collect())
    }

    /// Whether pages say that no real money moves: where the public comes in, and the payments are a sandbox.
    async fn shows_sandbox(&self, context: &Context) -> bool {
        self.settings.is_https() && self.payments.is_sandbox(context).await
    }

    /// The same gateway with other ways to its services; what it counts and what it limits is shared.
    fn over(&self, Services { catalogue, rent }: Services) -> Self {
        let Self { clock, settings, .. } = self;
        Self {
            sessions: Sessions::new(
                Arc::clone(&rent),
                settings,
                Arc::clone(clock),
                self.sessions.revocations().clone(),
            ),
            till: Till::new(Arc::clone(&rent), Arc::clone(clock)),
            payments: Payments::new(Arc::clone(&rent), Arc::clone(clock)),
            film_pages: Arc::new(FilmPages::new(Arc::clone(clock))),
            grants: Grants::new(settings, Arc::clone(clock)),
            posters: Arc::clone(&self.posters),
            rates: Arc::clone(&self.rates),
            requests: Arc::clone(&self.requests),
            event_streams: Arc::clone(&self.event_streams),
            conversations: Arc::clone(&self.conversations),
            media_answers: Arc::clone(&self.media_answers),
            catalogue,
            rent,
            media: Arc::clone(&self.media),
            clock: Arc::clone(clock),
            request_ids: Arc::clone(&self.request_ids),
            trouble: Arc::clone(&self.trouble),
            leaving: self.leaving.clone(),
            settings: settings.clone(),
            lab: self.lab.clone(),
        }
    }

    fn routes(self: Arc<Self>) -> Router {
        let gateway = self;
        gateway
            .film_pages
            .follow(Arc::clone(&gateway.catalogue), gateway.leaving.clone());
        let mut public = routes::public();
        if gateway.lab.is_some() {
            public = public.merge(routes::lab::routes());
        }
        let (public, _) = public.split_for_parts();
        let (health, _) = routes::health::routes().split_for_parts();
        let admitted = middleware::from_fn_with_state(Arc::clone(&gateway), request::admitted);
        let own_answer = middleware::from_fn_with_state(Arc::clone(&gateway), request::own_answer);
        let public = public
            .merge(openapi::router(openapi::document()))
            .layer(own_answer)
            // Answers are made anew each time: little effort, most of the gain.
            .layer(
                CompressionLayer::new()
                    .quality(CompressionLevel::Fastest)
                    .compress_when(DefaultPredicate::new().and(LINES)),
            )
            .layer(admitted.clone());
        // What pages bring along is asked as everybody asks, without what stands before callers from outside.
        let (api, _) = routes::public().split_for_parts();
        let pages = Arc::new(Pages::new(Arc::clone(&gateway), api.with_state(Arc::clone(&gateway))));
        Router::new()
            .merge(public)
            .merge(media::routes().layer(admitted))
            .merge(health)
            // What the process counts is shown on a port of its own, and a scraper is not answered with a page of the app.
            .route("/metrics", get(async || Problem::not_found()))
            .merge(posters::routes())
            .fallback(move |request: Request| web::answer(Arc::clone(&pages), request))
            .method_not_allowed_fallback(async || Problem::method_not_allowed())
            .layer(middleware::from_fn_with_state(Arc::clone(&gateway), request::edge))
            .with_state(gateway)
    }
}
