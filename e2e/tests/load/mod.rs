//! Steady load on a distributed store, as an open loop: requests are sent on schedule, however long others take.

mod picture;

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use e2e::{Asked, Balancer, Cluster, PASSWORD};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{Instant, interval};
use tokio_util::sync::CancellationToken;

const CUSTOMERS: usize = 24;
const SEED: u64 = 1922;
/// The time between two requests.
const PACE: Duration = Duration::from_millis(40);
/// One in this many requests is an order, and one in [`PLAY_EVERY`] plays a film.
const ORDER_EVERY: u64 = 8;
const PLAY_EVERY: u64 = 20;
/// What people search for.
const WORDS: [&str; 5] = ["nosferatu", "limite", "moon", "metropolis", "chaplin"];

/// The load while it runs.
pub(crate) struct Load {
    shared: Arc<Shared>,
    stop: CancellationToken,
    generator: JoinHandle<()>,
}

struct Shared {
    balancer: Arc<Balancer>,
    customers: Vec<Customer>,
    offers: Vec<Offer>,
    begun: Instant,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    samples: Vec<Sample>,
    marks: Vec<Mark>,
    acknowledged: Vec<Acknowledged>,
    /// The customers' films that were ordered already.
    ordered: HashSet<(usize, usize)>,
}

/// The outcome of one request.
#[derive(Debug, Clone)]
pub(crate) struct Sample {
    pub(crate) at: Duration,
    pub(crate) took: Duration,
    /// Why it failed, if it did.
    pub(crate) failure: Option<String>,
}

/// A failure or restart in the store.
#[derive(Debug, Clone)]
pub(crate) struct Mark {
    pub(crate) at: Duration,
    pub(crate) name: String,
}

/// An order that was answered.
#[derive(Debug)]
pub(crate) struct Acknowledged {
    pub(crate) customer: usize,
    pub(crate) id: String,
    state: String,
}

#[derive(Debug, Clone)]
pub(crate) struct Customer {
    pub(crate) number: usize,
    session: String,
}

struct Offer {
    title_id: String,
    offer: Value,
}

/// What the load has recorded.
pub(crate) struct Outcome {
    pub(crate) customers: Vec<Customer>,
    pub(crate) acknowledged: Vec<Acknowledged>,
    samples: Vec<Sample>,
    marks: Vec<Mark>,
}

impl Load {
    /// Signs customers up, and starts the load.
    pub(crate) async fn begin(cluster: &Cluster) -> Result<Self> {
        let balancer = Arc::clone(&cluster.balancer);
        let mut customers = Vec::new();
        for number in 0..CUSTOMERS {
            customers.push(Customer::sign_up(&balancer, number).await?);
        }
        let shared = Arc::new(Shared {
            offers: offers(&balancer).await?,
            balancer,
            customers,
            begun: Instant::now(),
            seen: Mutex::default(),
        });
        let stop = CancellationToken::new();
        let generator = tokio::spawn(Arc::clone(&shared).generate(stop.clone()));
        Ok(Self {
            shared,
            stop,
            generator,
        })
    }

    /// Records that a failure happens now.
    pub(crate) fn mark(&self, name: &str) {
        let mark = Mark {
            at: self.shared.begun.elapsed(),
            name: name.to_owned(),
        };
        self.shared.seen().marks.push(mark);
    }

    /// Ends the load, and waits for the requests under way.
    pub(crate) async fn end(self) -> Result<Outcome> {
        self.stop.cancel();
        self.generator.await?;
        let seen = std::mem::take(&mut *self.shared.seen());
        Ok(Outcome {
            customers: self.shared.customers.clone(),
            acknowledged: seen.acknowledged,
            samples: seen.samples,
            marks: seen.marks,
        })
    }
}

impl Shared {
    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn generate(self: Arc<Self>, stop: CancellationToken) {
        let mut random = StdRng::seed_from_u64(SEED);
        let mut under_way = JoinSet::new();
        let mut pace = interval(PACE);
        for number in 0_u64.. {
            tokio::select! {
                _ = pace.tick() => {}
                () = stop.cancelled() => break,
            }
            let customer = random.random_range(0..self.customers.len());
            let offer = random.random_range(0..self.offers.len());
            let shared = Arc::clone(&self);
            under_way.spawn(async move {
                if number.is_multiple_of(ORDER_EVERY) {
                    shared.order(number, customer, offer).await;
                } else if number % PLAY_EVERY == 1 {
                    shared.play(customer).await;
                } else if number.is_multiple_of(2) {
                    let word = WORDS[offer % WORDS.len()];
                    shared
                        .browse("search", Asked::get(format!("/api/v1/titles?q={word}")))
                        .await;
                } else {
                    let path = format!("/api/v1/titles/{}", shared.offers[offer].title_id);
                    let asked = Asked::get(path).by(&shared.customers[customer].session);
                    shared.browse("title", asked).await;
                }
            });
            while under_way.try_join_next().is_some() {}
        }
        under_way.join_all().await;
    }

    async fn browse(&self, what: &'static str, asked: Asked) {
        let _ = self.ask(what, &asked, &[StatusCode::OK]).await;
    }

    async fn order(&self, number: u64, customer: usize, offer: usize) {
        if !self.seen().ordered.insert((customer, offer)) {
            return;
        }
        let card = if number.is_multiple_of(ORDER_EVERY * 5) {
            "tok_declined"
        } else {
            "tok_visa"
        };
        let body = json!({
            "items": [{"offer_id": self.offers[offer].offer["id"], "price": self.offers[offer].offer["price"]}],
            "payment": {"method": "card", "token": card},
        });
        let asked = Asked::send(Method::POST, "/api/v1/orders", body);
        let asked = asked
            .by(&self.customers[customer].session)
            .once(&format!("order-{number}"));
        // A conflict of the key means that the balancer retried this call while the first attempt was under way.
        let fine = [StatusCode::CREATED, StatusCode::PAYMENT_REQUIRED, StatusCode::CONFLICT];
        let Some((status, answer)) = self.ask("order", &asked, &fine).await else {
            return;
        };
        let id = if status == StatusCode::PAYMENT_REQUIRED {
            &answer["order_id"]
        } else {
            &answer["id"]
        };
        if let Some(id) = id.as_str() {
            self.seen().acknowledged.push(Acknowledged {
                customer,
                id: id.to_owned(),
                state: answer["state"].as_str().unwrap_or("declined").to_owned(),
            });
        }
    }

    /// Plays a film of the customer's, sends a position, and ends the session.
    async fn play(&self, customer: usize) {
        let session = &self.customers[customer].session;
        let library = Asked::get("/api/v1/library").by(session);
        let Some((_, library)) = self.ask("library", &library, &[StatusCode::OK]).await else {
            return;
        };
        let Some(entitlement) = library["entitlements"][0]["id"].as_str() else {
            return;
        };
        let path = format!("/api/v1/library/{entitlement}/playback");
        let open = Asked::send(Method::POST, &path, json!({"confirm_start": true, "take_over": true}));
        // An account plays at most three films at once.
        let fine = [StatusCode::OK, StatusCode::CONFLICT];
        let Some((_, playback)) = self.ask("play", &open.by(session), &fine).await else {
            return;
        };
        let Some(playback) = playback["playback_id"].as_str() else {
            return;
        };
        let path = format!("{path}/{playback}");
        let beat = Asked::send(Method::PUT, &path, json!({"position_seconds": 7})).by(session);
        // Another request may have taken the film over in between.
        let fine = [StatusCode::OK, StatusCode::CONFLICT, StatusCode::NOT_FOUND];
        self.ask("heartbeat", &beat, &fine).await;
        let close = Asked {
            method: Method::DELETE,
            ..Asked::get(path)
        };
        let fine = [StatusCode::NO_CONTENT, StatusCode::NOT_FOUND, StatusCode::CONFLICT];
        self.ask("close", &close.by(session), &fine).await;
    }

    /// Sends a request and records its outcome; returns the answer if its status is one of the fine ones.
    async fn ask(&self, what: &'static str, asked: &Asked, fine: &[StatusCode]) -> Option<(StatusCode, Value)> {
        let (at, from) = (self.begun.elapsed(), Instant::now());
        let answer = self.balancer.ask(asked).await;
        let failure = match &answer {
            Ok((status, _)) if fine.contains(status) => None,
            Ok((status, answer)) => Some(format!("{status}: {answer}")),
            Err(error) => Some(format!("{error:#}")),
        };
        let is_fine = failure.is_none();
        self.seen().samples.push(Sample {
            at,
            took: from.elapsed(),
            failure: failure.map(|failure| format!("{what}: {failure}")),
        });
        answer.ok().filter(|_| is_fine)
    }
}

impl Customer {
    async fn sign_up(balancer: &Balancer, number: usize) -> Result<Self> {
        let email = format!("customer-{number}@example.org");
        let body = json!({"email": email, "password": PASSWORD, "name": "Customer"});
        let (status, answer) = balancer
            .ask(&Asked::send(Method::POST, "/api/v1/account", body))
            .await?;
        ensure!(status == StatusCode::CREATED, "{status}: {answer}");
        let session = answer["token"].as_str().context("no token")?.to_owned();
        Ok(Self { number, session })
    }

    pub(crate) async fn orders(&self, cluster: &Cluster) -> Result<Vec<Value>> {
        self.list(cluster, "/api/v1/orders?page_size=100", "orders").await
    }

    pub(crate) async fn library(&self, cluster: &Cluster) -> Result<Vec<Value>> {
        self.list(cluster, "/api/v1/library?page_size=100", "entitlements")
            .await
    }

    async fn list(&self, cluster: &Cluster, path: &str, name: &str) -> Result<Vec<Value>> {
        let (status, answer) = cluster.balancer.ask(&Asked::get(path).by(&self.session)).await?;
        ensure!(status == StatusCode::OK, "{path}: {status}: {answer}");
        ensure!(
            answer["next_page_token"].as_str().unwrap_or_default().is_empty(),
            "there is more: {path}"
        );
        Ok(answer[name].as_array().context("no list")?.clone())
    }
}

async fn offers(balancer: &Balancer) -> Result<Vec<Offer>> {
    let (_, page) = balancer
        .ask(&Asked::get("/api/v1/titles?page_size=60&offer=rent"))
        .await?;
    let mut offers = Vec::new();
    for title in page["titles"].as_array().context("no titles")? {
        let title_id = title["id"].as_str().context("no id")?.to_owned();
        let (_, title) = balancer.ask(&Asked::get(format!("/api/v1/titles/{title_id}"))).await?;
        let rented = title["offers"].as_array().context("no offers")?.iter();
        let offer = rented
            .clone()
            .find(|offer| offer["kind"] == "rent")
            .context("no rental")?
            .clone();
        offers.push(Offer { title_id, offer });
    }
    Ok(offers)
}

impl Outcome {
    /// The failed requests that were under way only between a mark that ends like this and the next mark.
    pub(crate) fn failures_after(&self, mark: &str) -> impl Iterator<Item = &Sample> {
        let last = |at: Duration| self.marks.iter().rev().find(move |seen| seen.at <= at);
        let is_after = move |at: Duration| last(at).is_some_and(|last| last.name.ends_with(mark));
        let failed = self.samples.iter().filter(|sample| sample.failure.is_some());
        failed.filter(move |sample| is_after(sample.at) && is_after(sample.at + sample.took))
    }

    /// How many orders were answered as fulfilled.
    pub(crate) fn fulfilled(&self) -> usize {
        self.acknowledged
            .iter()
            .filter(|order| order.state == "fulfilled")
            .count()
    }

    /// Draws errors and latency by second into a file beside the test's other output.
    pub(crate) fn draw(&self) -> Result<()> {
        let path = concat!(env!("CARGO_TARGET_TMPDIR"), "/unnoticed-death.svg");
        std::fs::write(path, picture::draw(&self.samples, &self.marks)).context(path)
    }
}
