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

use crate::checkout_availability::CheckoutAvailability;
use crate::clock::Clock;
use crate::film_pages::FilmPages;
use crate::lab::{Lab, Services};
use crate::media::{self, MediaGrants};
use crate::payments::Payments;
use crate::posters::Posters;
use crate::rate::Rates;
use crate::session::Sessions;
use crate::settings::Settings;
use crate::{router, streams, transport};

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
    pub draining: CancellationToken,
    pub settings: Settings,
    /// With it the gateway has doors for experiments.
    pub lab: Option<Lab>,
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
    pub(crate) grants: MediaGrants,
    pub(crate) posters: Arc<Posters>,
    pub(crate) rates: Arc<Rates>,
    pub(crate) requests: Arc<Semaphore>,
    pub(crate) event_streams: Arc<streams::Permits>,
    pub(crate) conversations: Arc<streams::Permits>,
    pub(crate) media_answers: Arc<rpc::Shares<String>>,
    pub(crate) draining: CancellationToken,
    pub(crate) lab: Option<Arc<Lab>>,
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
            lab: parts.lab.map(Arc::new),
        }
    }

    /// Everything that the public may ask for.
    pub fn router(self) -> Router {
        let gateway = Arc::new(self);
        gateway.sessions.follow(gateway.draining.clone());
        let Some(lab) = &gateway.lab else {
            return router::routes(&gateway);
        };
        let over = lab.services().iter().map(|(transport, services)| {
            let gateway = gateway.over(services.clone());
            (*transport, Arc::new(gateway))
        });
        transport::by_header(&gateway, over.collect())
    }

    /// Whether pages say that no real money moves: where the public comes in, and the payments are a sandbox.
    pub(crate) async fn shows_sandbox(&self, context: &Context) -> bool {
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
            checkout_availability: CheckoutAvailability::new(Arc::clone(&rent), Arc::clone(clock)),
            payments: Payments::new(Arc::clone(&rent), Arc::clone(clock)),
            film_pages: Arc::new(FilmPages::new(Arc::clone(clock))),
            grants: MediaGrants::new(settings, Arc::clone(clock)),
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
            draining: self.draining.clone(),
            settings: settings.clone(),
            lab: self.lab.clone(),
        }
    }
}
