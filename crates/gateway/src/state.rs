//! The state of the gateway: its parts, and what its handlers share.

use std::sync::Arc;

use api::catalogue::Catalogue;
use api::rent::Rent;
use axum::Router;
use object_store::ObjectStore;
use rpc::Context;
use rpc::revocations::Revocations;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use utoipa_axum::router::OpenApiRouter;

use crate::checkout_availability::CheckoutAvailability;
use crate::clock::Clock;
use crate::film_pages::FilmPages;
use crate::logo::Logos;
use crate::media::{self, MediaGrants};
use crate::payments::Payments;
use crate::posters::Posters;
use crate::rate::Rates;
use crate::session::Sessions;
use crate::settings::Settings;
use crate::store_profile::KnownProfile;
use crate::{router, streams};

/// A new request id at each call.
pub type RequestIds = Arc<dyn Fn() -> String + Send + Sync>;

/// A condition that keeps this process from working and that its operator can solve, such as a full disk; `None` if there is none.
pub type Trouble = Arc<dyn Fn() -> Option<String> + Send + Sync>;

/// The parts of a gateway.
#[derive(Clone)]
pub struct Parts {
    pub catalogue: Arc<dyn Catalogue>,
    pub rent: Arc<dyn Rent>,
    /// Where the films' bytes are.
    pub media: Arc<dyn ObjectStore>,
    pub clock: Clock,
    pub request_ids: RequestIds,
    /// While there is a trouble, the gateway is not ready.
    pub trouble: Trouble,
    /// Cancelled when this process is about to stop: it is not ready any more, and ends conversations and streams of
    /// events, which have no end of their own, so that their clients can reconnect to another process in time.
    pub draining: CancellationToken,
    pub settings: Settings,
}

/// The gateway, as its handlers see it.
pub struct Gateway {
    pub(crate) catalogue: Arc<dyn Catalogue>,
    pub(crate) rent: Arc<dyn Rent>,
    pub(crate) media: Arc<dyn ObjectStore>,
    pub(crate) clock: Clock,
    pub(crate) request_ids: RequestIds,
    pub(crate) trouble: Trouble,
    pub(crate) settings: Settings,
    pub(crate) sessions: Sessions,
    pub(crate) checkout_availability: CheckoutAvailability,
    pub(crate) payments: Payments,
    pub(crate) film_pages: Arc<FilmPages>,
    pub(crate) profile: Arc<KnownProfile>,
    pub(crate) logos: Logos,
    pub(crate) grants: MediaGrants,
    pub(crate) posters: Arc<Posters>,
    pub(crate) rates: Arc<Rates>,
    pub(crate) requests: Arc<Semaphore>,
    pub(crate) event_streams: Arc<streams::Permits>,
    pub(crate) conversations: Arc<streams::Permits>,
    pub(crate) media_answers: Arc<rpc::Shares<String>>,
    pub(crate) draining: CancellationToken,
    /// Routes that are served besides the public API.
    pub(crate) beside: Option<OpenApiRouter<Arc<Gateway>>>,
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
            checkout_availability: CheckoutAvailability::new(Arc::clone(&parts.rent), Arc::clone(clock)),
            payments: Payments::new(Arc::clone(&parts.rent), Arc::clone(clock)),
            film_pages: Arc::new(FilmPages::new(Arc::clone(clock))),
            profile: Arc::new(KnownProfile::new(Arc::clone(&parts.catalogue))),
            logos: Logos::new(Arc::clone(&parts.catalogue)),
            grants: MediaGrants::new(settings, Arc::clone(clock)),
            posters: Arc::default(),
            rates: Arc::new(Rates::new(&settings.rate_limits, clock)),
            requests: Arc::new(Semaphore::new(settings.requests)),
            event_streams: Arc::new(streams::Permits::new(settings.event_streams)),
            conversations: Arc::new(streams::Permits::new(settings.conversations)),
            media_answers: Arc::new(rpc::Shares::new(media::ANSWERS_A_PLAYBACK)),
            catalogue: parts.catalogue,
            rent: parts.rent,
            media: parts.media,
            clock: parts.clock,
            request_ids: parts.request_ids,
            trouble: parts.trouble,
            draining: parts.draining,
            settings: parts.settings,
            beside: None,
        }
    }

    /// The gateway with more routes besides the public API. They are limited, counted and answered in the same way.
    #[must_use]
    pub fn with_routes(self, beside: OpenApiRouter<Arc<Self>>) -> Self {
        let beside = Some(beside);
        Self { beside, ..self }
    }

    /// All routes of this gateway.
    pub fn router(self: &Arc<Self>) -> Router {
        self.sessions.follow(self.draining.clone());
        router::routes(self)
    }

    /// The routes of a gateway with other parts. It shares this one's counts and limits, and learns of ended sessions through it.
    pub fn router_beside(&self, parts: Parts) -> Router {
        let revocations = self.sessions.revocations().clone();
        router::routes(&Arc::new(Self {
            sessions: Sessions::new(
                Arc::clone(&parts.rent),
                &parts.settings,
                Arc::clone(&parts.clock),
                revocations,
            ),
            posters: Arc::clone(&self.posters),
            rates: Arc::clone(&self.rates),
            requests: Arc::clone(&self.requests),
            event_streams: Arc::clone(&self.event_streams),
            conversations: Arc::clone(&self.conversations),
            media_answers: Arc::clone(&self.media_answers),
            beside: self.beside.clone(),
            ..Self::new(parts)
        }))
    }

    /// Adds the edge of this gateway to other routes: the same headers, problem documents and metrics.
    pub fn at_edge(self: &Arc<Self>, routes: Router<Arc<Self>>) -> Router {
        router::at_edge(self, routes)
    }

    /// Whether pages say that no real money moves: in a public store whose payments are a sandbox.
    pub(crate) async fn shows_sandbox(&self, context: &Context) -> bool {
        self.settings.is_https() && self.payments.is_sandbox(context).await
    }
}
