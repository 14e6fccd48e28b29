//! A stand-in for a bank with API Pix: access tokens, charges, transfers, returns, the list of transfers, and events.

mod api;
mod bank;
mod events;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Deserialize;
use serde_json::Value;
use tokio::task::JoinHandle;

use self::bank::Bank;
use self::events::Events;
use crate::stripe::{EventMode, RefundMode, Time};

/// The credentials and the Pix key of the one account.
pub const CLIENT_ID: &str = "store";
pub const CLIENT_SECRET: &str = "a-client-secret-that-nobody-may-see";
pub const KEY: &str = "7d9f0335-8dcc-4054-9bf9-0dbd61d36906";
/// How long an access token lives.
pub const TOKEN_SECONDS: i64 = 300;

/// The switches.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Switches {
    pub events: EventMode,
    pub refunds: RefundMode,
    /// How late every answer comes, in milliseconds.
    pub delay_ms: u64,
    /// Every call is answered with 503, and does nothing.
    pub unavailable: bool,
    /// The next calls that change something are done, and their answers are lost.
    pub lose_answers: u32,
    /// A charge is taken once, and a repetition is answered with 409, as some banks do.
    pub refuse_repetitions: bool,
    /// Every access token is refused from now on, once.
    pub forget_tokens: bool,
}

struct State {
    bank: Bank,
    events: Events,
    switches: Switches,
}

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
        state.bank.now_s = (self.time)();
        state
    }

    /// Notes that something has happened to a transfer, and sends what is due.
    fn tell(&self, transfer: &Value) {
        let due = {
            let mut state = self.lock();
            let mode = state.switches.events;
            state.events.arise(transfer, mode)
        };
        self.send(due);
    }

    fn send(&self, bodies: Vec<String>) {
        let url = self.lock().bank.webhook.clone();
        if let Some(url) = url.filter(|_| !bodies.is_empty()) {
            tokio::spawn(events::deliver(self.http.clone(), url, bodies));
        }
    }

    /// Changes something, and tells of it if it did.
    fn change(&self, change: impl FnOnce(&mut Bank) -> Option<Value>) -> bool {
        let changed = change(&mut self.lock().bank);
        let is_changed = changed.is_some();
        if let Some(transfer) = changed {
            self.tell(&transfer);
        }
        is_changed
    }
}

/// A running stand-in. It ends when this is dropped.
pub struct FakePix {
    shared: Shared,
    serving: JoinHandle<()>,
}

impl Drop for FakePix {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl FakePix {
    /// Listens at an address; port 0 is a free one.
    ///
    /// # Errors
    ///
    /// The address is taken.
    pub async fn start(address: SocketAddr, time: Time) -> std::io::Result<Self> {
        let listener = tokio::net::TcpListener::bind(address).await?;
        let url: Arc<str> = format!("http://{}", listener.local_addr()?).into();
        let state = State {
            bank: Bank::default(),
            events: Events::default(),
            switches: Switches::default(),
        };
        let shared = Shared {
            state: Arc::new(Mutex::new(state)),
            url,
            http: reqwest::Client::new(),
            time,
        };
        let routes = api::routes(&shared);
        let serving = tokio::spawn(async move {
            axum::serve(listener, routes).await.unwrap();
        });
        Ok(Self { shared, serving })
    }

    /// On a free port of this machine.
    pub async fn start_alone(time: Time) -> Self {
        Self::start(([127, 0, 0, 1], 0).into(), time).await.unwrap()
    }

    /// Its address, such as `http://127.0.0.1:4242`.
    pub fn url(&self) -> &str {
        &self.shared.url
    }

    pub fn api_url(&self) -> String {
        format!("{}/api/v2", self.url())
    }

    pub fn token_url(&self) -> String {
        format!("{}/oauth/token", self.url())
    }

    /// Its routes, for a test that serves them by TLS.
    pub fn routes(&self) -> axum::Router {
        api::routes(&self.shared)
    }

    /// Changes how it behaves from now on.
    pub fn switch(&self, change: impl FnOnce(&mut Switches)) {
        let mut state = self.shared.lock();
        change(&mut state.switches);
        state.follow_switches();
    }

    /// A customer pays a charge in their bank's app; false if it is paid or removed, or not there. One that has expired is
    /// paid, as where the app sent the money at the last moment.
    pub fn pay(&self, txid: &str) -> bool {
        self.shared.change(|bank| bank.pay(txid))
    }

    /// Money comes for a charge whatever its state: what a bank should not let through.
    pub fn pay_anyway(&self, txid: &str, centavos: i64) {
        self.shared.change(|bank| Some(bank.transfer(Some(txid), centavos)));
    }

    /// Money comes to the account that no charge asked for.
    pub fn pay_without_charge(&self, centavos: i64) {
        self.shared.change(|bank| Some(bank.transfer(None, centavos)));
    }

    /// A return that is under way ends.
    pub fn settle_refund(&self, id: &str, is_returned: bool) -> bool {
        self.shared.change(|bank| bank.settle(id, is_returned))
    }

    /// The payer's bank takes the money of a transfer back, after a fraud.
    pub fn take_back(&self, txid: &str) -> bool {
        self.shared.change(|bank| bank.take_back(txid))
    }

    /// Sends the events that were held back.
    pub fn release_events(&self, is_reversed: bool) {
        let due = self.shared.lock().events.release(is_reversed);
        self.shared.send(due);
    }

    /// The bodies of the events that have arisen, with those that were lost.
    pub fn events(&self) -> Vec<String> {
        self.shared.lock().events.all.clone()
    }

    /// Where the store has its events sent.
    pub fn webhook(&self) -> Option<String> {
        self.shared.lock().bank.webhook.clone()
    }

    /// Every charge, as the API shows it.
    pub fn charges(&self) -> Vec<Value> {
        self.shared.lock().bank.charges()
    }

    /// Every transfer with its returns, as the API shows it.
    pub fn transfers(&self) -> Vec<Value> {
        self.shared.lock().bank.transfers()
    }

    /// How many access tokens were given.
    pub fn tokens_given(&self) -> usize {
        self.shared.lock().bank.tokens_given
    }
}

impl State {
    fn follow_switches(&mut self) {
        if std::mem::take(&mut self.switches.forget_tokens) {
            self.bank.tokens.clear();
        }
    }
}
