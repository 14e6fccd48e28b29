//! A gateway with its services in memory, a clock that the test moves, and answers that are easy to check.

mod catalogue;
mod rent;
mod settings;

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use bytes::Bytes;
use gateway::{Gateway, Parts, RateLimits, Settings};
use http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::BodyExt;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use serde_json::Value;
use tower::ServiceExt;

pub(crate) use catalogue::{FakeCatalogue, money};
pub(crate) use rent::{ANAS_TOKEN, FakeRent, entitlement, order};
pub(crate) use settings::LOGO;

pub(crate) const NOSFERATU: &str = "01890000-0000-7000-8000-000000000001";
pub(crate) const LIMITE: &str = "01890000-0000-7000-8000-000000000002";
pub(crate) const UNKNOWN: &str = "01890000-0000-7000-8000-00000000ffff";

/// 2026-11-24T00:00:00Z.
pub(crate) const START_US: i64 = 1_795_478_400_000_000;

/// A service that receives calls and never answers: its callers wait until their deadline. Here the wait is only recorded.
#[derive(Default)]
pub(crate) struct Silence {
    has_begun: AtomicBool,
    longest_wait: Mutex<Duration>,
}

impl Silence {
    pub(crate) fn begin(&self) {
        self.has_begun.store(true, Ordering::Relaxed);
    }

    pub(crate) fn longest_wait(&self) -> Duration {
        *self.longest_wait.lock().unwrap()
    }

    fn meet(&self, context: &rpc::Context) -> rpc::Result<()> {
        if !self.has_begun.load(Ordering::Relaxed) {
            return Ok(());
        }
        let mut longest_wait = self.longest_wait.lock().unwrap();
        *longest_wait = context.time_left().max(*longest_wait);
        Err(rpc::Fault::deadline_exceeded())
    }
}

pub(crate) struct World {
    pub(crate) catalogue: Arc<FakeCatalogue>,
    pub(crate) rent: Arc<FakeRent>,
    media: Arc<dyn ObjectStore>,
    now_us: Arc<AtomicI64>,
    pub(crate) draining: tokio_util::sync::CancellationToken,
    /// The trouble that the process reports.
    pub(crate) trouble: Arc<Mutex<Option<String>>>,
    pub(crate) router: Router,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with(|_| {})
    }

    pub(crate) fn with(choose: impl FnOnce(&mut Settings)) -> Self {
        Self::over(Arc::new(InMemory::new()), choose)
    }

    pub(crate) fn over(media: Arc<dyn ObjectStore>, choose: impl FnOnce(&mut Settings)) -> Self {
        Self::open(media, choose, |parts, _| Arc::new(Gateway::new(parts)).router())
    }

    /// A store whose router is made from the gateway's parts and the test's rent.
    pub(crate) fn open(
        media: Arc<dyn ObjectStore>,
        choose: impl FnOnce(&mut Settings),
        router: impl FnOnce(Parts, &Arc<FakeRent>) -> Router,
    ) -> Self {
        let mut settings = Settings {
            rate_limits: RateLimits::OFF,
            ..Settings::default()
        };
        choose(&mut settings);
        let catalogue = Arc::new(FakeCatalogue::new());
        let now_us = Arc::new(AtomicI64::new(START_US));
        let rent = Arc::new(FakeRent::new(Arc::clone(&now_us)));
        let requests = AtomicU32::new(0);
        let draining = tokio_util::sync::CancellationToken::new();
        let trouble: Arc<Mutex<Option<String>>> = Arc::default();
        let parts = Parts {
            catalogue: catalogue.clone(),
            rent: rent.clone(),
            media: media.clone(),
            clock: {
                let now_us = Arc::clone(&now_us);
                Arc::new(move || now_us.load(Ordering::Relaxed))
            },
            request_ids: Arc::new(move || format!("request-{}", requests.fetch_add(1, Ordering::Relaxed) + 1)),
            trouble: {
                let trouble = Arc::clone(&trouble);
                Arc::new(move || trouble.lock().unwrap().clone())
            },
            draining: draining.clone(),
            settings,
        };
        Self {
            router: router(parts, &rent),
            catalogue,
            rent,
            media,
            now_us,
            draining,
            trouble,
        }
    }

    pub(crate) fn pass(&self, seconds: i64) {
        self.now_us.fetch_add(seconds * 1_000_000, Ordering::Relaxed);
    }

    pub(crate) async fn store_object(&self, location: &str, content: impl Into<Bytes>) {
        let content: Bytes = content.into();
        self.media.put(&Path::from(location), content.into()).await.unwrap();
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(ask(Method::GET, path)).await
    }

    pub(crate) async fn send(&self, asked: Asked) -> Answer {
        let response = self.router.clone().oneshot(asked.0).await.unwrap();
        let (parts, body) = response.into_parts();
        // Events have no end, so their bodies cannot be read to it.
        let is_endless = parts
            .headers
            .get(header::CONTENT_TYPE)
            .is_some_and(|kind| kind == "text/event-stream");
        let body = if is_endless {
            Bytes::new()
        } else {
            body.collect().await.unwrap().to_bytes()
        };
        Answer {
            status: parts.status,
            headers: parts.headers,
            body,
        }
    }
}

/// A request that is being built.
pub(crate) struct Asked(Request<Body>);

pub(crate) fn ask(method: Method, path: &str) -> Asked {
    let mut request = Request::new(Body::empty());
    *request.method_mut() = method;
    *request.uri_mut() = path.parse().unwrap();
    Asked(request).header("host", "films.example")
}

impl Asked {
    pub(crate) fn header(mut self, name: &'static str, value: &str) -> Self {
        self.0.headers_mut().insert(name, value.parse().unwrap());
        self
    }

    pub(crate) fn by_ana(self) -> Self {
        self.header("authorization", &format!("Bearer {ANAS_TOKEN}"))
    }

    pub(crate) fn with_anas_cookie(self) -> Self {
        self.header("cookie", &format!("theme=dark; dvs_session={ANAS_TOKEN}"))
    }

    pub(crate) fn into_request(self) -> Request<Body> {
        self.0
    }

    pub(crate) fn at_address(mut self, address: &str) -> Self {
        let address: SocketAddr = format!("{address}:50000").parse().unwrap();
        self.0.extensions_mut().insert(ConnectInfo(address));
        self
    }

    pub(crate) fn json(self, body: &Value) -> Self {
        self.text(&body.to_string())
    }

    pub(crate) fn text(mut self, body: &str) -> Self {
        *self.0.body_mut() = Body::from(body.to_owned());
        self.header("content-type", "application/json")
    }
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    /// The values of a header.
    pub(crate) fn header(&self, name: &str) -> String {
        let values = self.headers.get_all(name).iter().map(|value| value.to_str().unwrap());
        values.collect::<Vec<_>>().join(", ")
    }

    /// The JSON of a success.
    pub(crate) fn json(&self) -> Value {
        assert!(
            self.status.is_success(),
            "{}: {}",
            self.status,
            String::from_utf8_lossy(&self.body)
        );
        serde_json::from_slice(&self.body).unwrap()
    }

    /// The problem document, which must be complete after every kind of failure.
    pub(crate) fn problem(&self) -> Value {
        assert_eq!(self.header(header::CONTENT_TYPE.as_str()), "application/problem+json");
        let problem: Value = serde_json::from_slice(&self.body).unwrap();
        assert_eq!(problem["status"], self.status.as_u16());
        assert_eq!(problem["request_id"], self.header("x-request-id"));
        assert_eq!(problem["type"], "about:blank");
        assert!(!problem["title"].as_str().unwrap().is_empty());
        assert!(!problem["detail"].as_str().unwrap().is_empty());
        problem
    }

    /// The status and the code of a problem.
    pub(crate) fn refusal(&self) -> (u16, String) {
        let code = self.problem()["code"].as_str().unwrap().to_owned();
        (self.status.as_u16(), code)
    }
}

/// The expected value of `Answer::refusal`.
pub(crate) fn refusal(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}
