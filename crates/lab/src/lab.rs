//! What a gateway with a lab has in addition: its services over each available transport, and a permit for inspecting
//! one call at a time.

use std::path::PathBuf;
use std::sync::Arc;

use api::catalogue::{Catalogue, OfferKind, SearchTitlesRequest, TitleSummary};
use api::rent::{
    AuthenticateRequest, CreateCustomerRequest, OrderItem, Payment, PaymentMethod, PlaceOrderRequest, Rent,
};
use gateway::{Problem, ProblemCode, RequestIds};
use http::StatusCode;
use rpc::{Call, ClientOptions, Context, Transport};
use tokio::sync::{Mutex, OwnedSemaphorePermit, Semaphore};

/// Two calls at once would distort each other's times.
const CALLS_AT_ONCE: usize = 1;
/// The sandbox provider approves this card.
const CARD: &str = "tok_visa";

/// The services, over one transport.
#[derive(Clone)]
pub struct Services {
    pub catalogue: Arc<dyn Catalogue>,
    pub rent: Arc<dyn Rent>,
}

/// Makes clients of the services for a single call.
pub type Connect = Arc<dyn Fn(Transport, ClientOptions) -> rpc::Result<Services> + Send + Sync>;

/// The lab of a gateway.
pub struct Lab {
    services: Vec<(Transport, Services)>,
    connect: Connect,
    /// The folder of the report of `dvs compare`.
    pub(crate) comparison: PathBuf,
    place: Arc<Semaphore>,
    seat: Mutex<Option<Seat>>,
}

/// A customer of the lab itself, and the film that this customer has bought.
#[derive(Clone)]
pub(crate) struct Seat {
    session: String,
    pub(crate) entitlement_id: String,
}

impl Lab {
    /// `services` are the services over each transport that this process can use.
    pub fn new(services: Vec<(Transport, Services)>, connect: Connect, comparison: PathBuf) -> Self {
        Self {
            services,
            connect,
            comparison,
            place: Arc::new(Semaphore::new(CALLS_AT_ONCE)),
            seat: Mutex::default(),
        }
    }

    pub(crate) fn services(&self) -> &[(Transport, Services)] {
        &self.services
    }

    /// The services over this transport, on the connections that are always open.
    pub(crate) fn over(&self, transport: Transport) -> Option<&Services> {
        let mut all = self.services.iter();
        all.find(|(offered, _)| *offered == transport)
            .map(|(_, services)| services)
    }

    /// The services over connections that no other call uses.
    pub(crate) fn connect(&self, transport: Transport, options: ClientOptions) -> Result<Services, Problem> {
        Ok((self.connect)(transport, options)?)
    }

    /// The permit for one call; it is free again when this is dropped.
    pub(crate) fn place(&self) -> Result<OwnedSemaphorePermit, Problem> {
        let message = "The lab looks into one call at a time. Try again in a second.";
        Arc::clone(&self.place)
            .try_acquire_owned()
            .map_err(|_taken| Problem::busy(message))
    }

    /// A customer with a film to play, and the identity of this customer. The libraries of real customers are not
    /// touched.
    pub(crate) async fn seat(
        &self,
        services: &Services,
        ids: &RequestIds,
        context: &Context,
    ) -> Result<(Seat, Arc<str>), Problem> {
        let mut kept = self.seat.lock().await;
        if let Some(seat) = &*kept
            && let Ok(identity) = identity(services, &seat.session, context).await
        {
            return Ok((seat.clone(), identity));
        }
        let (seat, identity) = take_seat(services, ids, context).await?;
        *kept = Some(seat.clone());
        Ok((seat, identity))
    }

    /// Forgets the customer, because the film cannot be played: the next player gets a new one.
    pub(crate) async fn leave_seat(&self) {
        *self.seat.lock().await = None;
    }
}

async fn take_seat(services: &Services, ids: &RequestIds, context: &Context) -> Result<(Seat, Arc<str>), Problem> {
    let offer = film(services, context).await?.offers.into_iter().next();
    let offer = offer.ok_or_else(nothing_to_play)?;
    let customer = CreateCustomerRequest {
        email: format!("lab-{}@example.org", ids()),
        // No person signs in with this password.
        password: format!("{} {}", ids(), ids()),
        name: "The lab".to_owned(),
        language: "en".to_owned(),
        ..CreateCustomerRequest::default()
    };
    let session = services
        .rent
        .create_customer(Call::new(customer, context.clone()))
        .await?
        .token;
    let identity = identity(services, &session, context).await?;
    let order = PlaceOrderRequest {
        idempotency_key: ids(),
        items: vec![OrderItem {
            offer_id: offer.offer_id,
            price: offer.price,
        }],
        payment: Some(Payment {
            method: PaymentMethod::Card.into(),
            token: CARD.to_owned(),
        }),
    };
    let by_customer = Context {
        identity: Some(Arc::clone(&identity)),
        ..context.clone()
    };
    let order = services.rent.place_order(Call::new(order, by_customer)).await?;
    let entitlement = order.entitlements.into_iter().next().ok_or_else(nothing_to_play)?;
    let seat = Seat {
        session,
        entitlement_id: entitlement.entitlement_id,
    };
    Ok((seat, identity))
}

async fn identity(services: &Services, session: &str, context: &Context) -> Result<Arc<str>, Problem> {
    let request = AuthenticateRequest {
        token: session.to_owned(),
    };
    let identity = services.rent.authenticate(Call::new(request, context.clone())).await?;
    Ok(identity.signed.into())
}

/// A film to buy, because a purchase has no windows; or else one to rent.
async fn film(services: &Services, context: &Context) -> Result<TitleSummary, Problem> {
    for kind in [OfferKind::Buy, OfferKind::Rent] {
        let request = SearchTitlesRequest {
            offers: vec![kind.into()],
            page_size: 1,
            ..SearchTitlesRequest::default()
        };
        let found = services
            .catalogue
            .search_titles(Call::new(request, context.clone()))
            .await?;
        if let Some(mut film) = found.titles.into_iter().next() {
            film.offers.retain(|offer| offer.kind() == kind);
            return Ok(film);
        }
    }
    Err(nothing_to_play())
}

fn nothing_to_play() -> Problem {
    let message = "The lab has nothing to play: this store offers no film.";
    Problem::new(StatusCode::CONFLICT, ProblemCode::Conflict, message)
}
