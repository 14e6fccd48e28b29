//! The balancer of the distributed store, and the requests that it sends.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Context, Result};
use reqwest::{Client, Method, StatusCode};
use serde_json::Value;

use crate::store::local;

/// How often the balancer checks whether the gateways are ready.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// How long a request may take, retries included.
const REQUEST_LIMIT: Duration = Duration::from_secs(10);
/// How often a request is sent at most.
const ATTEMPTS: usize = 4;

/// The load balancer in front of the gateways: it sends requests to gateways that report ready, and retries only requests
/// that are idempotent or could not connect.
pub struct Balancer {
    http: Client,
    gateways: [String; 2],
    ready: [AtomicBool; 2],
    next: AtomicUsize,
}

/// A request of the public.
#[derive(Debug, Clone)]
pub struct Asked {
    pub method: Method,
    pub path: String,
    pub session: Option<String>,
    /// The idempotency key of an order, which makes the request idempotent.
    pub key: Option<String>,
    pub body: Option<Value>,
}

impl Asked {
    pub fn get(path: impl Into<String>) -> Self {
        Self {
            method: Method::GET,
            path: path.into(),
            session: None,
            key: None,
            body: None,
        }
    }

    pub fn send(method: Method, path: impl Into<String>, body: Value) -> Self {
        Self {
            method,
            body: Some(body),
            ..Self::get(path)
        }
    }

    #[must_use]
    pub fn by(mut self, session: &str) -> Self {
        self.session = Some(session.to_owned());
        self
    }

    #[must_use]
    pub fn once(mut self, key: &str) -> Self {
        self.key = Some(key.to_owned());
        self
    }

    fn is_idempotent(&self) -> bool {
        self.key.is_some() || self.method != Method::POST
    }
}

impl Balancer {
    pub(crate) fn new(ports: [u16; 2]) -> Result<Self> {
        Ok(Self {
            http: Client::builder().timeout(REQUEST_LIMIT).build()?,
            gateways: ports.map(local),
            ready: Default::default(),
            next: AtomicUsize::new(0),
        })
    }

    /// Sends a request and returns the answer; an error if no answer came.
    pub async fn ask(&self, asked: &Asked) -> Result<(StatusCode, Value)> {
        let mut gateway = self.choose();
        for left in (0..ATTEMPTS).rev() {
            let mut request = self.http.request(
                asked.method.clone(),
                format!("{}{}", self.gateways[gateway], asked.path),
            );
            if let Some(session) = &asked.session {
                request = request.bearer_auth(session);
            }
            if let Some(key) = &asked.key {
                request = request.header("idempotency-key", key);
            }
            if let Some(body) = &asked.body {
                request = request.json(body);
            }
            let answered = async {
                let answer = request.send().await?;
                let status = answer.status();
                let bytes = answer.bytes().await?;
                Ok::<_, reqwest::Error>((status, serde_json::from_slice(&bytes).unwrap_or_default()))
            };
            match answered.await {
                Ok(answer) => return Ok(answer),
                Err(error) if left > 0 && (error.is_connect() || (asked.is_idempotent() && !error.is_timeout())) => {
                    gateway = 1 - gateway;
                }
                Err(error) => return Err(error.into()),
            }
        }
        Err(anyhow::anyhow!("every attempt failed"))
    }

    fn choose(&self) -> usize {
        let turn = self.next.fetch_add(1, Ordering::Relaxed) % self.gateways.len();
        if self.ready[turn].load(Ordering::Relaxed) {
            turn
        } else {
            1 - turn
        }
    }

    pub(crate) async fn look(self: Arc<Self>) {
        loop {
            for (gateway, ready) in self.gateways.iter().zip(&self.ready) {
                let answer = self
                    .http
                    .get(format!("{gateway}/readyz"))
                    .timeout(Duration::from_secs(1))
                    .send()
                    .await;
                ready.store(
                    answer.is_ok_and(|answer| answer.status().is_success()),
                    Ordering::Relaxed,
                );
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    pub(crate) async fn wait_until_ready(&self) -> Result<()> {
        let ready = async {
            while !self.ready.iter().all(|ready| ready.load(Ordering::Relaxed)) {
                tokio::time::sleep(LOOK_EVERY).await;
            }
        };
        tokio::time::timeout(crate::process::START_LIMIT, ready)
            .await
            .context("the gateways are not ready")
    }
}
