//! The world of a test: databases that survive a crash, the services around rent, a clock, and stores opened on them.

use std::panic::resume_unwind;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use api::Money;
use api::rent::next_action::{Action, ShowCode};
use api::rent::{
    AuthenticateRequest, CreateCustomerRequest, Entitlement, ListEntitlementsRequest, ListOrdersRequest,
    ListSandboxChargesRequest, Order, OrderItem, PaySandboxOrderRequest, Payment, PaymentMethod, PlaceOrderRequest,
    Rent, SandboxCharge, SandboxChargeState, VerifyEmailRequest,
};
use payments::Providers;
use payments::sandbox::{self, Sandbox};
use rent::checkpoint::{Checkpoints, Moment, Step};
use rent::{Limits, Options, Reconciler, RentService};
use rpc::identity::Signer;
use rpc::revocations::Revocations;
use rpc::{Call, Context, Edge};
use store::testing::{ManualClock, SeededRandomness, TestDb};
use store::{Ids, ShiftedClock, TimeOrderedIds};
use tokio_util::sync::CancellationToken;

use crate::catalogue::{BUY_MINOR, Films, RENT_MINOR};
use crate::letterbox::Letterbox;
use crate::provider::Provider;

pub(crate) const PASSWORD: &str = "nosferatu-1922-orlok";

/// Runs a test on both engines: `stories!(one, another)` makes `one::sqlite` and `one::postgres` of `async fn one(world: World)`.
macro_rules! stories {
    ($($story:ident),+ $(,)?) => {
        $(
            mod $story {
                #[tokio::test]
                async fn sqlite() {
                    super::$story($crate::world::World::on_sqlite().await).await;
                }

                #[tokio::test]
                async fn postgres() {
                    if let Some(world) = $crate::world::World::on_postgres().await {
                        super::$story(world).await;
                    }
                }
            }
        )+
    };
}
pub(crate) use stories;

/// Everything that outlives a process.
pub(crate) struct World {
    pub(crate) db: TestDb,
    /// The sandbox provider's own database.
    pub(crate) sandbox: TestDb,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) ids: Arc<dyn Ids>,
    randomness: Arc<SeededRandomness>,
    pub(crate) films: Arc<Films>,
    pub(crate) letterbox: Arc<Letterbox>,
    pub(crate) provider: Arc<Provider>,
    pub(crate) crash: Arc<Crash>,
    pub(crate) limits: Limits,
    pub(crate) lab: bool,
    pub(crate) is_sole_process: bool,
}

impl World {
    pub(crate) async fn on_sqlite() -> Self {
        let db = store::testing::sqlite(&rent::MIGRATIONS).await;
        Self::on(db, store::testing::sqlite(&sandbox::MIGRATIONS).await)
    }

    /// `None` on a machine without `PostgreSQL`.
    pub(crate) async fn on_postgres() -> Option<Self> {
        let db = store::testing::postgres(&rent::MIGRATIONS).await?;
        Some(Self::on(db, store::testing::postgres(&sandbox::MIGRATIONS).await?))
    }

    pub(crate) fn on(db: TestDb, sandbox: TestDb) -> Self {
        let clock = Arc::new(ManualClock::default());
        let randomness = Arc::new(SeededRandomness::new(1));
        let provider = Provider::new(Sandbox::open(sandbox.clone(), clock.clone()));
        Self {
            db,
            sandbox,
            ids: Arc::new(TimeOrderedIds::new(clock.clone(), randomness.clone())),
            clock,
            randomness,
            films: Arc::default(),
            letterbox: Arc::default(),
            provider: Arc::new(provider),
            crash: Arc::default(),
            limits: Limits {
                payment_retry_pause: Duration::ZERO,
                // Longer than any test takes, except for those about sessions.
                session: Duration::from_hours(100 * 365 * 24),
                ..Limits::default()
            },
            lab: true,
            is_sole_process: false,
        }
    }

    /// Starts a process.
    pub(crate) fn open(&self) -> Store {
        let service = RentService::open(Options {
            db: self.db.clone(),
            providers: Providers::new(vec![self.provider.clone()]),
            sandbox: Some(self.provider.sandbox.clone()),
            catalogue: self.films.clone(),
            clock: self.clock.clone(),
            ids: self.ids.clone(),
            randomness: self.randomness.clone(),
            signer: Signer::from_secret(&[7; 32]),
            revocations: Revocations::default(),
            mailer: self.letterbox.clone(),
            public_url: "https://films.example".to_owned(),
            is_sole_process: self.is_sole_process,
            lab: self.lab.then(|| Arc::new(ShiftedClock::new(self.clock.clone()))),
            checkpoints: self.crash.clone(),
            limits: self.limits.clone(),
        });
        Store {
            rent: Arc::new(Edge::new(service.clone()).with_access(service.access())),
            reconciler: Arc::new(service.reconciler()),
            service,
        }
    }

    /// The only process starts again: what the one before it left open is due.
    pub(crate) async fn restart(&self) -> Store {
        let store = self.open();
        store.reconciler.take_up_open_orders().await.unwrap();
        store
    }

    /// Follows the link that verifies a customer's address.
    pub(crate) async fn verify(&self, store: &Store, name: &str) {
        store.deliver_mails().await;
        let to = format!("{name}@example.com");
        let token = self.letterbox.token_to(&to, "verify").unwrap();
        store
            .rent
            .verify_email(by_guest(VerifyEmailRequest { token }))
            .await
            .unwrap();
    }

    pub(crate) fn charge_calls(&self) -> usize {
        self.provider.charge_calls.load(Ordering::SeqCst)
    }

    pub(crate) fn hours_pass(&self, hours: u64) {
        self.clock.advance(Duration::from_secs(hours * 60 * 60));
    }

    pub(crate) fn seconds_pass(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    /// Makes everything that is half done old enough to be given up.
    pub(crate) fn orders_lapse(&self) {
        self.clock.advance(self.limits.order_lapse);
    }

    /// What a process that died had begun to look after may be taken up by others.
    pub(crate) fn leases_end(&self) {
        self.clock.advance(self.limits.reconciling.lease);
    }
}

/// A running process.
#[derive(Clone)]
pub(crate) struct Store {
    pub(crate) rent: Arc<dyn Rent>,
    pub(crate) reconciler: Arc<Reconciler>,
    pub(crate) service: Arc<RentService>,
}

/// A signed-in customer.
#[derive(Debug, Clone)]
pub(crate) struct Shopper {
    pub(crate) token: String,
}

impl Store {
    pub(crate) async fn sign_up(&self, name: &str) -> Shopper {
        let request = CreateCustomerRequest {
            email: format!("{name}@example.com"),
            password: PASSWORD.to_owned(),
            name: name.to_owned(),
            language: "en".to_owned(),
            device: String::new(),
        };
        let session = self.rent.create_customer(by_guest(request)).await.unwrap();
        self.deliver_mails().await;
        Shopper { token: session.token }
    }

    /// Sends the mails that are due.
    pub(crate) async fn deliver_mails(&self) {
        self.service.drain().await;
        self.service.worker().run_due().await.unwrap();
    }

    /// A call by a customer through a gateway, with their signed identity.
    pub(crate) async fn by<T>(&self, shopper: &Shopper, message: T) -> Call<T> {
        let token = shopper.token.clone();
        let identity = self
            .rent
            .authenticate(by_guest(AuthenticateRequest { token }))
            .await
            .unwrap();
        let context = Context {
            identity: Some(identity.signed.into()),
            ..Context::default()
        };
        Call::new(message, context)
    }

    pub(crate) async fn place(&self, shopper: &Shopper, request: PlaceOrderRequest) -> rpc::Result<Order> {
        self.rent.place_order(self.by(shopper, request).await).await
    }

    /// Places an order in a task of its own, which dies if the process is to die.
    pub(crate) async fn place_or_die(
        &self,
        shopper: &Shopper,
        request: PlaceOrderRequest,
    ) -> Option<rpc::Result<Order>> {
        let (store, shopper) = (self.clone(), shopper.clone());
        tokio::spawn(async move { store.place(&shopper, request).await })
            .await
            .ok()
    }

    /// Pays a Pix in a task of its own, which dies if the process is to die.
    pub(crate) async fn pay_or_die(&self, shopper: &Shopper, order_id: &str) {
        let order_id = order_id.to_owned();
        let call = self.by(shopper, PaySandboxOrderRequest { order_id }).await;
        let rent = Arc::clone(&self.rent);
        let _ = tokio::spawn(async move { rent.pay_sandbox_order(call).await }).await;
    }

    /// Looks after the orders that are due, and then returns the money that was decided to go back. A look that dies leaves
    /// its order as a process that dies does.
    pub(crate) async fn reconcile(&self) {
        for _ in 0..2 {
            self.reconciler.run_due().await.unwrap();
        }
    }

    /// Notifies the watchers of this process of changes.
    pub(crate) fn announce(&self) -> tokio::task::JoinHandle<()> {
        let changes = self.service.changes();
        tokio::spawn(async move { changes.run(CancellationToken::new()).await })
    }

    pub(crate) async fn orders(&self, shopper: &Shopper) -> Vec<Order> {
        let request = ListOrdersRequest {
            page_size: 100,
            ..ListOrdersRequest::default()
        };
        self.rent
            .list_orders(self.by(shopper, request).await)
            .await
            .unwrap()
            .orders
    }

    pub(crate) async fn library(&self, shopper: &Shopper) -> Vec<Entitlement> {
        let request = ListEntitlementsRequest {
            page_size: 100,
            ..ListEntitlementsRequest::default()
        };
        self.rent
            .list_entitlements(self.by(shopper, request).await)
            .await
            .unwrap()
            .entitlements
    }

    /// The charges that the provider really made.
    pub(crate) async fn charges(&self) -> Vec<SandboxCharge> {
        let call = Call::by_service(ListSandboxChargesRequest::default());
        self.rent.list_sandbox_charges(call).await.unwrap().charges
    }

    pub(crate) async fn charged(&self) -> usize {
        self.charges()
            .await
            .iter()
            .filter(|charge| charge.state() == SandboxChargeState::Charged)
            .count()
    }
}

/// Whether the order waits for the provider.
pub(crate) fn waits(order: &Order) -> bool {
    let action = order.next_action.as_ref().and_then(|next| next.action.as_ref());
    matches!(action, Some(Action::Wait(_)))
}

/// The code that the customer pays the order with.
pub(crate) fn code_of(order: &Order) -> Option<ShowCode> {
    match order.next_action.clone()?.action? {
        Action::ShowCode(code) => Some(code),
        Action::Redirect(_) | Action::Wait(_) => None,
    }
}

pub(crate) fn by_guest<T>(message: T) -> Call<T> {
    Call::new(message, Context::default())
}

/// An order for one offer, at its price, on a card that is approved.
pub(crate) fn order(key: &str, offer_id: &str) -> PlaceOrderRequest {
    order_on(key, offer_id, "tok_visa")
}

pub(crate) fn order_on(key: &str, offer_id: &str, token: &str) -> PlaceOrderRequest {
    PlaceOrderRequest {
        idempotency_key: key.to_owned(),
        items: vec![item(offer_id)],
        payment: Some(Payment {
            method: PaymentMethod::Card.into(),
            token: token.to_owned(),
        }),
    }
}

pub(crate) fn item(offer_id: &str) -> OrderItem {
    let amount_minor = if offer_id.starts_with("rent") {
        RENT_MINOR
    } else {
        BUY_MINOR
    };
    OrderItem {
        offer_id: offer_id.to_owned(),
        price: Some(brl(amount_minor)),
    }
}

pub(crate) fn brl(amount_minor: i64) -> Money {
    Money {
        amount_minor,
        currency_code: "BRL".to_owned(),
    }
}

/// Ends the task that reaches the set moment, once.
#[derive(Default)]
pub(crate) struct Crash(Mutex<Option<(Step, Moment)>>);

impl Crash {
    pub(crate) fn at(&self, step: Step, moment: Moment) {
        *self.0.lock().unwrap() = Some((step, moment));
    }

    /// Removes the set moment; true if no task had reached it.
    pub(crate) fn call_off(&self) -> bool {
        self.0.lock().unwrap().take().is_some()
    }
}

impl Checkpoints for Crash {
    fn reached(&self, step: Step, moment: Moment) {
        let appointed = self.0.lock().unwrap().take_if(|appointed| *appointed == (step, moment));
        if appointed.is_some() {
            // Unwinds the task without the message of a panic; what it held is dropped, as at a process's death.
            resume_unwind(Box::new("the process dies here"));
        }
    }
}
