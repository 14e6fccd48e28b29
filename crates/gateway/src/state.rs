//! The state of the gateway: what it is made of, and what its handlers share.

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

/// What keeps this process from working and its operator can change, such as a full disk; none when all is well.
pub type Trouble = Arc<dyn Fn() -> Option<String> + Send + Sync>;

/// What the gateway is made of.
#[derive(Clone)]
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
    /// Routes that are served beside the public API.
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

    /// The gateway with more routes beside the public API. They are limited, counted and answered as the API's are.
    #[must_use]
    pub fn with_routes(self, beside: OpenApiRouter<Arc<Self>>) -> Self {
        let beside = Some(beside);
        Self { beside, ..self }
    }

    /// Everything that the public may ask for.
    pub fn router(self: &Arc<Self>) -> Router {
        self.sessions.follow(self.draining.clone());
        router::routes(self)
    }

    /// The routes of a gateway of other parts. It counts and limits together with this one, and hears of ended sessions
    /// through it.
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

    /// Routes of another's with the edge of this gateway: the same headers, problem documents and counts.
    pub fn at_edge(self: &Arc<Self>, routes: Router<Arc<Self>>) -> Router {
        router::at_edge(self, routes)
    }

    /// Whether pages say that no real money moves: where the public comes in, and the payments are a sandbox.
    pub(crate) async fn shows_sandbox(&self, context: &Context) -> bool {
        self.settings.is_https() && self.payments.is_sandbox(context).await
    }
}
