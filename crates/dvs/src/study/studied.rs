//! The store that a study calls: a running one, or a temporary one of its own.

use std::sync::Arc;

use anyhow::{Context, Result};
use api::catalogue::{Catalogue, TitleSummary};
use api::rent::{
    AuthenticateRequest, CreateCustomerRequest, OrderItem, Payment, PaymentMethod, PlaceOrderRequest, Rent,
};
use rpc::{Address, Addresses, Call, Client, ClientOptions, ServerOptions, Tap, Transport};
use store::{OsRandomness, Randomness};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use crate::commands::told;
use crate::config::{CallKind, Role, StoreOptions, StudyOptions};
use crate::folder::{self, DataFolder};
use crate::node::{Node, NodeOptions};
use crate::servers::{Ports, Servers};
use crate::{demonstration, media, reach};

/// The customer of a temporary store.
const CUSTOMER: &str = "student@example.org";
/// A card that the sandbox provider accepts.
const CARD: &str = "tok_visa";

/// A store with a tap on the connection to it.
pub(crate) struct Studied {
    pub(crate) catalogue: Client,
    pub(crate) rent: Client,
    pub(crate) tap: Tap,
    pub(crate) transport: Transport,
    /// Clients for preparing a call, without the tap.
    preparing: (Arc<dyn Catalogue>, Arc<dyn Rent>),
    watches: Option<(String, String)>,
    own: Option<Own>,
    whose: String,
}

/// A temporary store of the study.
struct Own {
    node: Node,
    servers: Servers,
    _folder: TempDir,
}

/// The customer and the entitlement for the conversation of a player.
pub(crate) struct Watcher {
    /// Signed by rent.
    pub(crate) identity: Arc<str>,
    pub(crate) entitlement_id: String,
}

impl Studied {
    pub(crate) async fn open(options: &StudyOptions) -> Result<Self> {
        let store = &options.store;
        // Playing needs a customer, and a study must not create one in a running store.
        let has_what_it_takes = options.kind != CallKind::Bidi || options.session.is_some();
        let is_elsewhere = store.catalogue.is_some() || store.rent.is_some();
        let runs_here = !is_elsewhere && folder::is_open(&store.data_dir)?;
        let mut studied = if has_what_it_takes && is_elsewhere {
            Self::elsewhere(store, options.kind).await?
        } else if has_what_it_takes && runs_here {
            Self::here(store)?
        } else {
            let why = match (is_elsewhere || runs_here, has_what_it_takes) {
                (true, false) => {
                    "a player needs a customer of the store that runs (--session and --entitlement)".into()
                }
                _ => format!("no store runs in {}", store.data_dir.display()),
            };
            Self::own(store.transport, &why).await?
        };
        studied.watches = options.session.clone().zip(options.entitlement.clone());
        Ok(studied)
    }

    async fn elsewhere(options: &StoreOptions, kind: CallKind) -> Result<Self> {
        let (service, addresses) = match kind {
            CallKind::Bidi => (Role::Rent, &options.rent),
            _ => (Role::Catalogue, &options.catalogue),
        };
        reach::ensure_answers(service, addresses.as_ref()).await?;
        let unreachable = Addresses::from(Address::Unix("not-given".into()));
        let catalogue = options.catalogue.as_ref().unwrap_or(&unreachable);
        let rent = options.rent.as_ref().unwrap_or(&unreachable);
        let token = options.token.read()?;
        let whose = "the services at the addresses given".to_owned();
        Self::tapped([catalogue, rent], options.transport, token, whose)
    }

    fn here(options: &StoreOptions) -> Result<Self> {
        let socket = |service| Addresses::from(Address::Unix(folder::socket(&options.data_dir, service)));
        let whose = format!("the one that runs in {}", options.data_dir.display());
        Self::tapped([&socket("catalogue"), &socket("rent")], options.transport, None, whose)
    }

    async fn own(transport: Transport, why: &str) -> Result<Self> {
        let temporary = tempfile::Builder::new().prefix("dvs-study-").tempdir()?;
        let path = temporary.path().join("data");
        let folder = DataFolder::open(&path, "dvs study")?;
        let media = media::open(None, &path)?;
        let node = Node::open(folder, media.clone(), NodeOptions::for_study()).await?;
        demonstration::begin(&node, &media.blobs).await?;
        let servers = Servers::new(ServerOptions::default(), CancellationToken::new());
        servers.serve_services(&node, Ports::default()).await?;
        let address = |service| Addresses::from(Address::Unix(node.socket(service)));
        let whose = format!("one of its own with the demonstration's films, thrown away afterwards: {why}");
        let mut studied = Self::tapped([&address("catalogue"), &address("rent")], transport, None, whose)?;
        studied.own = Some(Own {
            node,
            servers,
            _folder: temporary,
        });
        Ok(studied)
    }

    fn tapped(
        [catalogue, rent]: [&Addresses; 2],
        transport: Transport,
        service_token: Option<Arc<str>>,
        whose: String,
    ) -> Result<Self> {
        let tap = Tap::default();
        let quiet = ClientOptions {
            service_token,
            ..ClientOptions::default()
        };
        let tapped = ClientOptions {
            tap: Some(tap.clone()),
            ..quiet.clone()
        };
        Ok(Self {
            catalogue: reach::client(catalogue, transport, &tapped)?,
            rent: reach::client(rent, transport, &tapped)?,
            tap,
            transport,
            preparing: (
                Arc::new(reach::client(catalogue, transport, &quiet)?),
                Arc::new(reach::client(rent, transport, &quiet)?),
            ),
            watches: None,
            own: None,
            whose,
        })
    }

    /// Which store it is, in words.
    pub(crate) fn whose(&self) -> String {
        self.whose.clone()
    }

    /// The catalogue without the tap.
    pub(crate) fn catalogue_beside(&self) -> &dyn Catalogue {
        self.preparing.0.as_ref()
    }

    /// Any title of the store.
    pub(crate) async fn some_title(&self) -> Result<TitleSummary> {
        let title = lab::study::some_title(self.catalogue_beside(), rpc::Context::by_service()).await;
        title.map_err(|fault| told(&fault))?.context("this store has no titles")
    }

    /// The customer and the entitlement: those that were given, or those of the temporary store.
    pub(crate) async fn watcher(&self) -> Result<Watcher> {
        if let Some((session, entitlement_id)) = &self.watches {
            return Ok(Watcher {
                identity: self.identity(session).await?,
                entitlement_id: entitlement_id.clone(),
            });
        }
        let title = self.some_title().await?;
        let offer = title.offers.into_iter().next();
        let offer = offer.context("this title is neither rented nor sold")?;
        let rent = self.preparing.1.as_ref();
        let customer = CreateCustomerRequest {
            email: CUSTOMER.to_owned(),
            password: made_up_password(),
            name: "Student".to_owned(),
            language: "en".to_owned(),
            device: String::new(),
        };
        let session = rent.create_customer(Call::new(customer, rpc::Context::default())).await;
        let identity = self.identity(&session.map_err(|fault| told(&fault))?.token).await?;
        let order = PlaceOrderRequest {
            idempotency_key: "study".to_owned(),
            items: vec![OrderItem {
                offer_id: offer.offer_id,
                price: offer.price,
            }],
            payment: Some(Payment {
                method: PaymentMethod::Card.into(),
                token: CARD.to_owned(),
            }),
        };
        let order = rent.place_order(Call::new(order, by(&identity))).await;
        let entitlement = order.map_err(|fault| told(&fault))?.entitlements.into_iter().next();
        Ok(Watcher {
            identity,
            entitlement_id: entitlement.context("the order was not paid")?.entitlement_id,
        })
    }

    async fn identity(&self, session: &str) -> Result<Arc<str>> {
        let request = AuthenticateRequest {
            token: session.to_owned(),
        };
        let identity = self.preparing.1.authenticate(Call::by_service(request)).await;
        Ok(identity.map_err(|fault| told(&fault))?.signed.into())
    }

    pub(crate) async fn close(self) {
        let Self {
            own,
            catalogue,
            rent,
            preparing,
            ..
        } = self;
        // Servers wait until the connections of their callers are closed.
        drop((catalogue, rent, preparing));
        if let Some(own) = own {
            own.servers.close().await;
            own.node.close().await;
        }
    }
}

/// The context of a customer's call.
pub(crate) fn by(identity: &Arc<str>) -> rpc::Context {
    rpc::Context {
        identity: Some(Arc::clone(identity)),
        ..rpc::Context::default()
    }
}

/// A random password, which is used only once.
fn made_up_password() -> String {
    let mut random = [0; 16];
    OsRandomness.fill(&mut random);
    format!("{:032x}", u128::from_le_bytes(random))
}
