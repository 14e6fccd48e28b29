//! A stand-in for Stripe: Checkout sessions with their page, payments, refunds, disputes, the balance, and signed events.

mod api;
mod events;
mod idempotency;
mod objects;
mod page;
mod switches;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Deserialize;
use serde_json::Value;
use tokio::task::JoinHandle;

use self::events::{Events, deliver};
use self::idempotency::Idempotency;
use self::objects::Objects;
pub use self::switches::{EventMode, RefundMode, Switches};

/// The seconds since 1970 UTC.
pub type Time = Arc<dyn Fn() -> i64 + Send + Sync>;

/// The machine's time.
pub fn system_time() -> Time {
    #[expect(clippy::disallowed_methods, reason = "a process of its own has a clock of its own")]
    let now = || {
        std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap()
            .as_secs()
    };
    Arc::new(move || i64::try_from(now()).unwrap())
}

/// Where events go, and the secret that they are signed with.
#[derive(Debug, Clone, Deserialize)]
pub struct Webhook {
    pub url: String,
    pub secret: String,
}

/// What became of the customer's visit to the payment page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Approved,
    Declined,
    /// The customer has done their part, and the money comes later.
    Delayed,
}

struct State {
    webhook: Option<Webhook>,
    objects: Objects,
    idempotency: Idempotency,
    events: Events,
    switches: Switches,
}

/// What the handlers share.
#[derive(Clone)]
struct Shared {
    state: Arc<Mutex<State>>,
    url: Arc<str>,
    http: reqwest::Client,
    time: Time,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.tick((self.time)());
        state
    }

    /// Sends the events that have arisen, by the mode that is switched on.
    fn send_events(&self) {
        let (due, webhook) = {
            let mut state = self.lock();
            let mode = state.switches.events;
            (state.events.take_due(mode), state.webhook.clone())
        };
        if let Some(webhook) = webhook.filter(|_| !due.is_empty()) {
            tokio::spawn(deliver(self.http.clone(), webhook, due, Arc::clone(&self.time)));
        }
    }
}

impl State {
    /// Lets the sessions expire whose time has come.
    fn tick(&mut self, now_s: i64) {
        self.objects.now_s = now_s;
        let Self { objects, events, .. } = self;
        for session in objects.expire_due() {
            events.arise(now_s, "checkout.session.expired", &session);
        }
    }
}

/// A running stand-in. It ends when this is dropped.
pub struct FakeStripe {
    shared: Shared,
    serving: JoinHandle<()>,
}

impl Drop for FakeStripe {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl FakeStripe {
    /// Listens at an address; port 0 is a free one.
    ///
    /// # Errors
    ///
    /// The address is taken.
    pub async fn start(address: SocketAddr, webhook: Option<Webhook>, time: Time) -> std::io::Result<Self> {
        let listener = tokio::net::TcpListener::bind(address).await?;
        let url: Arc<str> = format!("http://{}", listener.local_addr()?).into();
        let state = State {
            webhook,
            objects: Objects::new(&url),
            idempotency: Idempotency::default(),
            events: Events::default(),
            switches: Switches::default(),
        };
        let shared = Shared {
            state: Arc::new(Mutex::new(state)),
            url,
            http: reqwest::Client::new(),
            time,
        };
        let routes = api::routes(&shared).merge(page::routes(&shared));
        let serving = tokio::spawn(async move {
            axum::serve(listener, routes).await.unwrap();
        });
        Ok(Self { shared, serving })
    }

    /// On a free port of this machine, without a webhook.
    pub async fn start_alone(time: Time) -> Self {
        Self::start(([127, 0, 0, 1], 0).into(), None, time).await.unwrap()
    }

    /// Its address, such as `http://127.0.0.1:4242`.
    pub fn url(&self) -> &str {
        &self.shared.url
    }

    /// Sends events there from now on.
    pub fn send_events_to(&self, webhook: Webhook) {
        self.shared.lock().webhook = Some(webhook);
    }

    /// Changes how it behaves from now on.
    pub fn switch(&self, change: impl FnOnce(&mut Switches)) {
        let mut state = self.shared.lock();
        change(&mut state.switches);
        if std::mem::take(&mut state.switches.forget_keys) {
            state.idempotency = Idempotency::default();
        }
    }

    /// Sends the events that were held back, the newest first if they are to come in another order.
    pub fn release_events(&self, is_reversed: bool) {
        self.shared.lock().events.release(is_reversed);
        self.shared.send_events();
    }

    /// The events that have arisen, with those that were lost.
    pub fn events(&self) -> Vec<Value> {
        self.shared.lock().events.all.clone()
    }

    /// What a customer does on the page of a session; false if the page is not open any more.
    pub fn visit(&self, session: &str, outcome: Outcome) -> bool {
        let done = page::decide(&mut self.shared.lock(), session, outcome);
        self.shared.send_events();
        done
    }

    /// The delayed payment of a session comes, or fails.
    pub fn settle(&self, session: &str, is_paid: bool) {
        page::settle(&mut self.shared.lock(), session, is_paid);
        self.shared.send_events();
    }

    /// The customer objects to the payment of a session at their bank. Returns the dispute's id.
    pub fn dispute(&self, session: &str) -> String {
        let id = self.shared.lock().dispute(session);
        self.shared.send_events();
        id
    }

    /// The session that was made for a payment of the store's.
    pub fn session_of(&self, payment: &str) -> Option<Value> {
        let state = self.shared.lock();
        let mut sessions = state.objects.list("checkout.session");
        sessions
            .find(|session| session["client_reference_id"] == payment)
            .cloned()
    }

    /// All objects of a kind, such as `refund`, newest first.
    pub fn list(&self, kind: &str) -> Vec<Value> {
        self.shared.lock().objects.list(kind).cloned().collect()
    }
}
